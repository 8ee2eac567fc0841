//! Bringing the menu to WeChat.

use entity::account;
use tracing::Instrument as _;

use super::published::{self, State};
use super::{limits, tree, written};
use crate::domain::{Context, Scope, credentials};
use crate::error::{Error, Result, chain};
use crate::wechat::{self, Credentials, MenuButton};
use crate::{audit, clock};

/// Makes WeChat show the menu as it is here; without buttons, no menu. That ends the conditional menus of WeChat's API,
/// too, as WeChat deletes all at once.
///
/// Errors: `Invalid` for what WeChat would refuse, naming the button, and without credentials; `Wechat` with WeChat's
/// reason; `Conflict` while somebody else publishes. Source: /v1 "发布菜单"; behaviour, D56.
pub async fn publish(context: &Context, scope: &Scope) -> Result<()> {
    let credentials = credentials::open(context, &scope.account)?;
    let publication = Publication::begin(context, scope).await?;
    // A caller who does not wait for the end, or whose time is over, must not leave it unrecorded.
    let work = publication.run(context.clone(), scope.account.clone(), credentials);
    let done = tokio::spawn(work.in_current_span()).await;
    done.map_err(|error| Error::Internal(format!("the publication of a menu: {error}")))?
}

/// A menu on its way to WeChat. Of several at a time nobody could say which of them WeChat shows in the end.
struct Publication {
    buttons: Vec<MenuButton>,
    canonical: String,
    /// The state before.
    before: State,
    /// What stands for the published menu until the end.
    marker: String,
}

impl Publication {
    async fn begin(context: &Context, scope: &Scope) -> Result<Self> {
        let txn = context.begin(scope.id()).await?;
        let before = published::read(&txn, scope.id()).await?;
        if published::is_under_way(&before) {
            return Err(Error::Conflict("the menu is being published right now".into()));
        }
        let nodes = tree(&txn, scope.id()).await?;
        limits::check(&nodes)?;
        let buttons = written::buttons(&nodes)?;
        let canonical = written::canonical(&buttons)?;
        let marker = published::under_way();
        published::write(&txn, State { published: Some(marker.clone()), ..before.clone() }).await?;
        audit::record(&txn, &scope.actor, "menu.publish", Some(scope.id()), None).await?;
        txn.commit().await?;
        Ok(Self { buttons, canonical, before, marker })
    }

    async fn run(self, context: Context, account: account::Model, credentials: Credentials) -> Result<()> {
        let sent = match self.buttons.is_empty() {
            true => context.wechat.delete_menu(&credentials).await,
            false => context.wechat.create_menu(&credentials, &self.buttons).await,
        };
        let recorded = self.record(&context, &account.id, sent.as_ref().err()).await;
        match (sent, recorded) {
            (Ok(()), recorded) => recorded,
            (Err(refused), Ok(())) => Err(refused.into()),
            (Err(refused), Err(error)) => {
                tracing::error!(error = chain(&error), "the end of a publication could not be recorded");
                Err(refused.into())
            }
        }
    }

    /// Records what WeChat shows now, unless another publication or a fetch knows it better.
    async fn record(self, context: &Context, account_id: &str, failure: Option<&wechat::Error>) -> Result<()> {
        let txn = context.begin(account_id).await?;
        let now = published::read(&txn, account_id).await?;
        if now.published.as_ref() != Some(&self.marker) {
            return Ok(());
        }
        let state = match failure {
            None => published::known(now, self.canonical, clock::now()),
            Some(error) if error.may_have_been_processed() => State { published: None, ..now },
            Some(_) => State { published: published::shown(&self.before).map(Into::into), ..now },
        };
        published::write(&txn, state).await?;
        Ok(txn.commit().await?)
    }
}
