//! Showing one follower what a mass send would look like.

use entity::mass_send::Kind;
use entity::wechat_copy::Form;

use super::{prepare, reply_kind, require_material, submit};
use crate::domain::news::{self, DraftPayload};
use crate::domain::replies::Target;
use crate::domain::{Context, Scope, checks, copies, credentials};
use crate::error::{Error, Result};
use crate::wechat::{Credentials, MassMessage};

/// Sends a material to one follower as he would get it with many. Nothing of it is kept here.
///
/// Errors: `Invalid` for a material that does not exist or that WeChat would refuse, for an empty openid, and while the
/// account has no credentials; `Wechat`; `Unclear` when WeChat may have sent it; `Storage`, `Conflict` from uploads.
pub async fn preview(context: &Context, scope: &Scope, kind: Kind, material_id: &str, openid: &str) -> Result<String> {
    let openid = checks::id("openid", openid)?;
    if !checks::is_possible_id(&openid) {
        return Err(Error::not_found("follower", openid));
    }
    let material = Target { kind: reply_kind(kind), id: material_id.trim().to_owned() };
    require_material(context, &context.database, scope.id(), &material, "materialId").await?;
    let credentials = credentials::open(context, &scope.account)?;
    let message = compose(context, &credentials, scope.id(), kind, &material.id).await?;
    let hint = "it is not known whether the follower got the preview: ask before you send it again";
    match context.wechat.preview(&credentials, &openid, &message).await {
        Ok(()) => Ok(openid),
        Err(source) if source.may_have_been_processed() => Err(Error::Unclear { hint, source }),
        Err(error) => Err(error.into()),
    }
}

async fn compose(
    context: &Context,
    credentials: &Credentials,
    account_id: &str,
    kind: Kind,
    id: &str,
) -> Result<MassMessage> {
    let media_id = match kind {
        Kind::Text => return submit::text(context, account_id, id).await,
        Kind::News => kept_draft(context, credentials, account_id, id).await?,
        Kind::Image | Kind::Voice | Kind::Video => {
            prepare::uploaded(context, credentials, account_id, kind, id).await?
        }
    };
    Ok(submit::message(kind, media_id))
}

/// The draft of a news that stays in the draft box; it is made where there is none, or none that WeChat knows any more.
pub(super) async fn kept_draft(
    context: &Context,
    credentials: &Credentials,
    account_id: &str,
    id: &str,
) -> Result<String> {
    let news = news::find(&context.database, account_id, id).await?;
    if let Some(draft) = copies::find(&context.database, account_id, Form::Draft, &news.revision).await?
        && let Some(media_id) = &draft.media_id
        && let Err(error) = context.wechat.draft(credentials, media_id).await
    {
        if !error.is_unknown_media() {
            return Err(error.into());
        }
        copies::forget(&context.database, account_id, Form::Draft, &news.revision).await?;
    }
    let payload = DraftPayload { news_id: news.id, revision: news.revision };
    let draft = news::make_draft(context, credentials, account_id, &payload).await?;
    let media_id = draft.and_then(|draft| draft.media_id);
    media_id.ok_or_else(|| Error::Conflict("the news was changed meanwhile; ask again".into()))
}
