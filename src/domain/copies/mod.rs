//! WeChat's copies of files and news: asked for with the change that needs them, made by jobs, known by their content.
//!
//! A copy belongs to a file or to a revision of a news, and neither ever changes; so nothing that was edited here can be
//! sent in its old form. Temporary media are refreshed before WeChat drops them. Source: behaviour, part 11; WeChat
//! reference, sections 5 and 6.

use std::collections::HashMap;

use chrono::TimeDelta;
use entity::media::{self, Kind};
use entity::wechat_copy::{self, Form, State};
use entity::{Timestamp, account, stored_file};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _,
};
use serde::{Deserialize, Serialize};

use super::{Context, Key, any_of, possible};
use crate::error::{Error, Result};
use crate::queue::{self, NewJob};
use crate::{clock, wechat};

mod cover;
mod refresh;
mod upload;

pub(super) use cover::{cover_source, ensure_cover};
pub use refresh::refresh;
pub use upload::{Wanted, ensure};

/// The kind of job that uploads one file.
pub const UPLOAD_JOB: &str = "media_upload";

/// The kind of job that takes a draft away from WeChat.
pub const WITHDRAW_JOB: &str = "draft_withdrawal";

/// A copy is refreshed when it has less than this to live: half a day for WeChat, or this service, to be away.
pub const REFRESH: TimeDelta = TimeDelta::hours(12);

/// What an upload job works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UploadPayload {
    /// Id of the file.
    pub file_id: String,
}

/// What a withdrawal job works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WithdrawPayload {
    /// The revision that the draft is a copy of.
    pub revision: String,
    /// WeChat's id of the draft.
    pub media_id: String,
}

/// Asks for the temporary copy that replies and mass sends of this material need, in the transaction that saves it.
/// Nothing is asked for before the account has credentials, and nothing for images of articles, which need other copies.
pub(super) async fn upload_ahead(
    txn: &DatabaseTransaction,
    account: &account::Model,
    media: &media::Model,
) -> Result<()> {
    if account.app_secret.is_none() || media.kind == Kind::ArticleImage {
        return Ok(());
    }
    request_upload(txn, &account.id, &media.file_id).await
}

/// Enqueues the upload of a file, unless it is enqueued already. The transaction has locked the account.
async fn request_upload(txn: &DatabaseTransaction, account_id: &str, file_id: &str) -> Result<()> {
    let unique_key = format!("{UPLOAD_JOB}:{account_id}:{file_id}");
    if queue::find_live(txn, &unique_key).await?.is_some() {
        return Ok(());
    }
    announce(txn, account_id, Form::Temporary, file_id).await?;
    let job = NewJob { name: UPLOAD_JOB, account_id, unique_key: Some(unique_key), due_at: None };
    queue::enqueue(txn, job, &UploadPayload { file_id: file_id.to_owned() }).await?;
    Ok(())
}

/// Makes a copy's row, pending, where there is none; one that was given up is pending again, and keeps its reason.
pub async fn announce(connection: &impl ConnectionTrait, account_id: &str, form: Form, source_id: &str) -> Result<()> {
    let pending = wechat_copy::ActiveModel {
        account_id: Set(account_id.to_owned()),
        form: Set(form),
        source_id: Set(source_id.to_owned()),
        state: Set(State::Pending),
        media_id: Set(None),
        url: Set(None),
        last_error: Set(None),
        uploaded_at: Set(None),
        expires_at: Set(None),
        changed_at: Set(clock::now()),
    };
    let keep = OnConflict::columns(KEY).do_nothing_on(KEY).to_owned();
    wechat_copy::Entity::insert(pending).on_conflict(keep).exec_without_returning(connection).await?;
    wechat_copy::Entity::update_many()
        .col_expr(wechat_copy::Column::State, Expr::value(State::Pending))
        .filter(wechat_copy::Column::AccountId.eq(account_id))
        .filter(wechat_copy::Column::Form.eq(form))
        .filter(wechat_copy::Column::SourceId.eq(source_id))
        .filter(wechat_copy::Column::State.eq(State::Failed))
        .exec(connection)
        .await?;
    Ok(())
}

/// The primary key.
const KEY: [wechat_copy::Column; 3] =
    [wechat_copy::Column::AccountId, wechat_copy::Column::Form, wechat_copy::Column::SourceId];

/// What WeChat answered to an upload.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// Its id.
    pub media_id: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// When WeChat took it, by WeChat's clock; `None` where WeChat does not say.
    pub at: Option<Timestamp>,
    /// How long WeChat keeps it; `None` for ever.
    pub lifetime: Option<TimeDelta>,
}

/// Starts a transaction that records what WeChat took, and locks the account in it.
///
/// Errors: `Conflict` when the account has another app by now: what its old app took is of no use to the new one, and a
/// row of it would never be made anew.
pub async fn begin_recording(
    context: &Context,
    account_id: &str,
    credentials: &wechat::Credentials,
) -> Result<DatabaseTransaction> {
    let txn = context.begin(account_id).await?;
    let account = account::Entity::find_by_id(account_id).one(&txn).await?;
    if account.and_then(|account| account.app_id).as_ref() != Some(&credentials.app_id) {
        return Err(Error::Conflict("the account was given another app in the meantime".into()));
    }
    Ok(txn)
}

/// Records what WeChat took. See [`begin_recording`].
pub async fn record(
    txn: &DatabaseTransaction,
    account_id: &str,
    form: Form,
    source_id: &str,
    received: Received,
) -> Result<wechat_copy::Model> {
    let now = clock::now();
    let uploaded_at = received.at.unwrap_or(now);
    // Never later than by our own clock, should WeChat's be ahead.
    let expires_at = received.lifetime.map(|lifetime| ((*uploaded_at).min(*now) + lifetime).into());
    let copy = wechat_copy::Model {
        account_id: account_id.to_owned(),
        form,
        source_id: source_id.to_owned(),
        state: State::Ready,
        media_id: received.media_id,
        url: received.url,
        last_error: None,
        uploaded_at: Some(uploaded_at),
        expires_at,
        changed_at: now,
    };
    let replace = OnConflict::columns(KEY)
        .update_columns([
            wechat_copy::Column::State,
            wechat_copy::Column::MediaId,
            wechat_copy::Column::Url,
            wechat_copy::Column::LastError,
            wechat_copy::Column::UploadedAt,
            wechat_copy::Column::ExpiresAt,
            wechat_copy::Column::ChangedAt,
        ])
        .to_owned();
    let row = copy.clone().into_active_model().reset_all();
    wechat_copy::Entity::insert(row).on_conflict(replace).exec_without_returning(txn).await?;
    Ok(copy)
}

/// Records why a copy could not be made. One that is at WeChat stays usable as long as WeChat keeps it.
pub async fn record_failure(
    connection: &impl ConnectionTrait,
    account_id: &str,
    (form, source_id): (Form, &str),
    reason: &str,
    gave_up: bool,
) -> Result<()> {
    let update = || {
        wechat_copy::Entity::update_many()
            .filter(wechat_copy::Column::AccountId.eq(account_id))
            .filter(wechat_copy::Column::Form.eq(form))
            .filter(wechat_copy::Column::SourceId.eq(source_id))
    };
    update()
        .col_expr(wechat_copy::Column::LastError, Expr::value(reason))
        .col_expr(wechat_copy::Column::ChangedAt, Expr::value(clock::now()))
        .exec(connection)
        .await?;
    if gave_up {
        update()
            .col_expr(wechat_copy::Column::State, Expr::value(State::Failed))
            .filter(wechat_copy::Column::State.eq(State::Pending))
            .exec(connection)
            .await?;
    }
    Ok(())
}

/// Whether a copy can be sent for at least `life` from now.
pub fn is_usable(copy: &wechat_copy::Model, life: TimeDelta) -> bool {
    copy.state == State::Ready && copy.expires_at.is_none_or(|expires_at| *expires_at > *clock::now() + life)
}

/// One copy, in whatever state.
pub async fn find(
    connection: &impl ConnectionTrait,
    account_id: &str,
    form: Form,
    source_id: &str,
) -> Result<Option<wechat_copy::Model>> {
    let key = (account_id.to_owned(), form, source_id.to_owned());
    Ok(wechat_copy::Entity::find_by_id(key).one(connection).await?)
}

/// The copies of files and revisions: account and source → copies, by form. One without copies is left out.
pub async fn of_sources(context: &Context, sources: &[Key]) -> Result<HashMap<Key, Vec<wechat_copy::Model>>> {
    let wanted = any_of(wechat_copy::Column::AccountId, wechat_copy::Column::SourceId, possible(sources));
    let mut copies: HashMap<Key, Vec<_>> = HashMap::new();
    if wanted.is_empty() {
        return Ok(copies);
    }
    for copy in wechat_copy::Entity::find().filter(wanted).all(&context.database).await? {
        copies.entry((copy.account_id.clone(), copy.source_id.clone())).or_default().push(copy);
    }
    for of_source in copies.values_mut() {
        of_source.sort_by_key(|copy| copy.form);
    }
    Ok(copies)
}

/// Forgets all copies of an account: they were those of another app.
pub(super) async fn forget_all(txn: &DatabaseTransaction, account_id: &str) -> Result<()> {
    wechat_copy::Entity::delete_many().filter(wechat_copy::Column::AccountId.eq(account_id)).exec(txn).await?;
    Ok(())
}

/// Forgets the copies of an account that could not be made: with other credentials they may be.
pub(super) async fn forget_failed(txn: &DatabaseTransaction, account_id: &str) -> Result<()> {
    wechat_copy::Entity::delete_many()
        .filter(wechat_copy::Column::AccountId.eq(account_id))
        .filter(wechat_copy::Column::State.eq(State::Failed))
        .exec(txn)
        .await?;
    Ok(())
}

/// Forgets one copy.
pub async fn forget(connection: &impl ConnectionTrait, account_id: &str, form: Form, source_id: &str) -> Result<()> {
    let key = (account_id.to_owned(), form, source_id.to_owned());
    wechat_copy::Entity::delete_by_id(key).exec(connection).await?;
    Ok(())
}

/// Takes the draft of a revision that is no more away from WeChat, in the transaction that ends the revision.
pub(super) async fn withdraw(txn: &DatabaseTransaction, account_id: &str, revision: &str) -> Result<()> {
    let Some(draft) = find(txn, account_id, Form::Draft, revision).await? else { return Ok(()) };
    match (draft.state, draft.media_id) {
        (State::Ready, Some(media_id)) => {
            let unique_key = Some(format!("{WITHDRAW_JOB}:{account_id}:{revision}"));
            let job = NewJob { name: WITHDRAW_JOB, account_id, unique_key, due_at: None };
            let payload = WithdrawPayload { revision: revision.to_owned(), media_id };
            queue::enqueue(txn, job, &payload).await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What a file is as WeChat's media. Errors: `Internal` for a file of an unknown type.
fn media_kind(file: &stored_file::Model) -> Result<wechat::MediaKind> {
    use crate::domain::files::Format;
    Ok(match super::media::format(file)? {
        Format::Jpeg => wechat::MediaKind::Image,
        Format::Mp3 | Format::Amr => wechat::MediaKind::Voice,
        Format::Mp4 => wechat::MediaKind::Video,
        Format::Png | Format::Gif | Format::Speex | Format::Unknown => {
            return Err(Error::Internal(format!("the file {} is no material", file.id)));
        }
    })
}
