//! Messages that the account's staff writes to a follower, as customer-service messages.
//!
//! A message is written down before WeChat is asked, and what became of it after that: nothing is sent twice, and what
//! may have arrived without anybody knowing is shown as such.

use chrono::{SecondsFormat, TimeDelta};
use entity::human_reply::{self, State};
use entity::keyword_rule::ReplyKind;
use entity::{account, follower};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, Order,
    QueryFilter as _, Select,
};

use super::page::{self, Keyset, Slice, Union, Window};
use super::replies::{self, Target};
use super::{Context, Scope, checks, credentials, messages};
use crate::clock;
use crate::error::{Error, Result};
use crate::wechat::{self, ServiceMessage};

/// How long after a follower's message the account may write. Source: WeChat reference, section 10.2.
const WINDOW: TimeDelta = TimeDelta::hours(48);

/// How long a message can be on its way: longer than all time-outs of a call to WeChat together.
const ON_ITS_WAY: TimeDelta = TimeDelta::minutes(10);

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A text for this follower alone: 1 to 2,048 bytes of UTF-8, not blank.
    Text(String),
    /// A stored material.
    Material(Target),
}

impl Content {
    /// Of what a caller gives: one of the two. Errors: `Invalid`.
    pub fn new(text: Option<String>, reply: Option<Target>) -> Result<Self> {
        match (text, reply) {
            (Some(_), Some(_)) => Err(Error::invalid("reply", "cannot be combined with text")),
            (None, None) => Err(Error::invalid("text", "must be given, or reply in its place")),
            (Some(text), None) => {
                let text = checks::text("text", &text, replies::TEXT_BYTES)?;
                match text.len() {
                    size if size > replies::TEXT_BYTES => {
                        let reason = format!("must have at most {} bytes, has {size}", replies::TEXT_BYTES);
                        Err(Error::invalid("text", reason))
                    }
                    _ => Ok(Self::Text(text)),
                }
            }
            (None, Some(target)) => Ok(Self::Material(target)),
        }
    }
}

/// Sends a message to a follower, and says what became of it. What was begun is brought to its end, also when nobody waits
/// for it any more.
///
/// Errors: `NotFound` for an unknown follower; `Conflict` for one who has left, or whose last message is older than 48
/// hours; `Invalid` for a material that does not exist, and while the account has no credentials; `Wechat` when WeChat
/// refused; `Unclear` when it may have taken the message. Of the last two the message stays in the lists.
pub async fn send(context: &Context, scope: &Scope, openid: &str, content: Content) -> Result<human_reply::Model> {
    let openid = checks::id("openid", openid)?;
    if let Content::Material(target) = &content {
        replies::require(&context.database, scope.id(), target, "reply.id").await?;
    }
    require_open_window(context, scope.id(), &openid).await?;
    let credentials = credentials::open(context, &scope.account)?;
    let message = compose(context, &scope.account, &content).await?;
    let row = human_reply::ActiveModel {
        account_id: Set(scope.id().to_owned()),
        id: Set(clock::new_id()),
        openid: Set(openid),
        kind: Set(match &content {
            Content::Text(_) => ReplyKind::Text,
            Content::Material(target) => target.kind,
        }),
        text: Set(match &content {
            Content::Text(text) => Some(text.clone()),
            Content::Material(_) => None,
        }),
        material_id: Set(match &content {
            Content::Text(_) => None,
            Content::Material(target) => Some(target.id.trim().to_owned()),
        }),
        state: Set(State::Sending),
        errcode: Set(None),
        error: Set(None),
        actor: Set(scope.actor.clone()),
        created_at: Set(clock::now()),
        sent_at: Set(None),
    };
    let row = human_reply::Entity::insert(row).exec_with_returning(&context.database).await?;
    let sending = Sending { context: context.clone(), account: scope.account.clone(), credentials, content, row };
    let done = tokio::spawn(sending.finish(message));
    done.await.map_err(|panic| Error::Internal(panic.to_string()))?
}

/// Errors: `NotFound`; `Conflict`, saying since when the follower cannot be written to.
async fn require_open_window(context: &Context, account_id: &str, openid: &str) -> Result<()> {
    let missing = || Error::not_found("follower", openid);
    if !checks::is_possible_id(openid) {
        return Err(missing());
    }
    let key = (account_id.to_owned(), openid.to_owned());
    let follower = follower::Entity::find_by_id(key).one(&context.database).await?.ok_or_else(missing)?;
    let shown = |at: &chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    if !follower.subscribed {
        let since = follower.unsubscribed_at.map(|at| format!(" since {}", shown(&at))).unwrap_or_default();
        return Err(Error::Conflict(format!("follower {openid} does not follow the account{since}")));
    }
    let last = messages::last_of(&context.database, account_id, openid).await?;
    match last.map(|message| message.created_at) {
        Some(at) if *at + WINDOW > *clock::now() => Ok(()),
        Some(at) => Err(Error::Conflict(format!(
            "the last message of follower {openid} is of {}; WeChat lets an account write within 48 hours of one, so not \
             since {}",
            shown(&at),
            shown(&(*at + WINDOW))
        ))),
        None => Err(Error::Conflict(format!(
            "follower {openid} has sent no message; WeChat lets an account write within 48 hours of one"
        ))),
    }
}

async fn compose(context: &Context, account: &account::Model, content: &Content) -> Result<ServiceMessage> {
    match content {
        Content::Text(text) => Ok(ServiceMessage::Text { content: text.clone() }),
        Content::Material(target) => replies::service_message(context, account, target).await,
    }
}

/// A message that is written down and not yet sent.
struct Sending {
    context: Context,
    account: account::Model,
    credentials: wechat::Credentials,
    content: Content,
    row: human_reply::Model,
}

impl Sending {
    async fn finish(self, message: ServiceMessage) -> Result<human_reply::Model> {
        let sent = match (self.call(&message).await, &self.content) {
            (Err(error), Content::Material(target)) if error.is_unknown_media() => self.call_anew(target).await,
            (sent, _) => sent.map_err(Error::Wechat),
        };
        let (state, error) = match sent {
            Ok(()) => (State::Sent, None),
            Err(Error::Wechat(source)) if source.may_have_been_processed() => {
                let hint = "it is not known whether the follower got the message: ask before you write it again";
                (State::Unclear, Some(Error::Unclear { hint, source }))
            }
            Err(error) => (State::Failed, Some(error)),
        };
        let mut row = self.row.into_active_model();
        row.state = Set(state);
        row.errcode =
            Set(error.as_ref().and_then(Error::wechat).and_then(wechat::Error::refusal).map(|(code, _)| code));
        row.error = Set(error.as_ref().map(Error::public_message));
        row.sent_at = Set((state == State::Sent).then(clock::now));
        let row = row.update(&self.context.database).await?;
        error.map_or(Ok(row), Err)
    }

    async fn call(&self, message: &ServiceMessage) -> wechat::Result<()> {
        self.context.wechat.send_message(&self.credentials, &self.row.openid, message).await
    }

    /// With new uploads: WeChat dropped the old ones early, and so nothing was sent.
    async fn call_anew(&self, target: &Target) -> Result<()> {
        replies::forget_copies(&self.context, &self.account.id, target).await?;
        let message = replies::service_message(&self.context, &self.account, target).await?;
        Ok(self.call(&message).await?)
    }
}

/// Where a message stands by now: one that is on its way for longer than that can take was left there by a process that
/// died.
pub fn state(row: &human_reply::Model) -> State {
    match row.state {
        State::Sending if *row.created_at + ON_ITS_WAY < *clock::now() => State::Unclear,
        state => state,
    }
}

/// What an account's staff wrote, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct List {
    /// The account.
    pub account_id: String,
    /// To this follower only.
    pub openid: Option<String>,
}

impl List {
    fn query(&self) -> Select<human_reply::Entity> {
        let of_account = human_reply::Entity::find().filter(human_reply::Column::AccountId.eq(&self.account_id));
        match self.openid.as_deref() {
            None => of_account,
            Some(openid) if checks::is_possible_id(openid) => of_account.filter(human_reply::Column::Openid.eq(openid)),
            // Nobody can be that.
            Some(_) => of_account.filter(human_reply::Column::Openid.eq("")),
        }
    }
}

/// Windows of lists.
pub async fn slices(context: &Context, asked: &[(&List, &Window)]) -> Result<Vec<Slice<human_reply::Model>>> {
    let stretch = |(list, window): &(&List, &Window)| {
        window.apply(list.query(), human_reply::Column::CreatedAt, human_reply::Column::Id, Order::Desc)
    };
    let stretches: Vec<_> = asked.iter().map(stretch).collect();
    let lists = Union { at: "created_at", id: "id" }.read(&context.database, &stretches).await?;
    Ok(asked.iter().zip(lists).map(|((_, window), rows)| window.cut(rows)).collect())
}

/// How many messages there are in each of these lists.
pub async fn counts(context: &Context, lists: &[&List]) -> Result<Vec<i64>> {
    let queries: Vec<_> = lists.iter().map(|list| list.query()).collect();
    Ok(page::counts(&context.database, &queries).await?)
}

/// The place of a message in its list.
pub fn place(row: &human_reply::Model) -> Keyset {
    Keyset { at: row.created_at, id: row.id.clone() }
}
