//! The files of images, voices and videos: fetched by a job, because WeChat keeps them for three days only.
//!
//! A message is complete without its file: it is stored first, and its address appears when the file is here. Source:
//! behaviour, D28, D65.

use entity::message::{self, Kind};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, UpdateMany};
use serde::{Deserialize, Serialize};

use super::read;
use crate::domain::files::{self, Format};
use crate::domain::{Context, Key};
use crate::error::{Error, Result};
use crate::queue::{self, NewJob};
use crate::webhook::push;
use crate::wechat::Credentials;

/// The kind of job that downloads the files of one message.
pub const JOB: &str = "message_media";

/// What a download job works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Payload {
    /// Id of the message.
    pub message_id: String,
}

/// Whether messages of this kind have files.
pub const fn has_files(kind: Kind) -> bool {
    matches!(kind, Kind::Image | Kind::Voice | Kind::Video | Kind::ShortVideo)
}

/// Asks for the files of a message in the transaction that stores it, or in one that has locked the account; for one that
/// has none, nothing. Whoever commits must wake the workers. Returns whether there is a job now.
pub async fn enqueue(txn: &DatabaseTransaction, message: &message::Model) -> Result<bool> {
    if !has_files(message.kind) {
        return Ok(false);
    }
    let unique_key = format!("{JOB}:{}:{}", message.account_id, message.id);
    if queue::find_live(txn, &unique_key).await?.is_none() {
        let job = NewJob { name: JOB, account_id: &message.account_id, unique_key: Some(unique_key), due_at: None };
        queue::enqueue(txn, job, &Payload { message_id: message.id.clone() }).await?;
    }
    Ok(true)
}

/// A file of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Main,
    Thumb,
}

/// What WeChat is asked for.
struct Media {
    part: Part,
    media_id: String,
    /// What it is where its content does not tell.
    otherwise: Format,
}

/// Downloads the files of a message that are not here yet, each recorded before the next. One that fails does not keep
/// the other away.
///
/// Errors: `NotFound` when the message is gone; `Invalid` when it names no media; `Wechat`; `Storage`.
pub async fn download(context: &Context, credentials: &Credentials, account_id: &str, id: &str) -> Result<()> {
    let missing = || Error::not_found("message", id);
    let key: Key = (account_id.to_owned(), id.to_owned());
    let message = message::Entity::find_by_id(key).one(&context.database).await?.ok_or_else(missing)?;
    let mut outcome = Ok(());
    for media in wanted(&message)? {
        let is_here = match media.part {
            Part::Main => message.file_id.is_some(),
            Part::Thumb => message.thumb_file_id.is_some(),
        };
        if !is_here && let Err(error) = fetch(context, credentials, &message, &media).await {
            // The first is what the message is about.
            outcome = outcome.and(Err(error));
        }
    }
    outcome?;
    of(&message.account_id, &message.id)
        .col_expr(message::Column::FileError, Expr::value(None::<String>))
        .exec(&context.database)
        .await?;
    Ok(())
}

fn wanted(message: &message::Model) -> Result<Vec<Media>> {
    let main = |media_id, otherwise| Media { part: Part::Main, media_id, otherwise };
    let thumb = |media_id| Media { part: Part::Thumb, media_id, otherwise: Format::Unknown };
    let media = match read(message) {
        Some(push::Kind::Message(push::Message { content, .. })) => match content {
            push::Content::Image { media_id, .. } => vec![main(media_id, Format::Unknown)],
            push::Content::Voice { media_id, format, .. } => {
                let is_speex = format.eq_ignore_ascii_case("speex");
                vec![main(media_id, if is_speex { Format::Speex } else { Format::Unknown })]
            }
            push::Content::Video { media_id, thumb_media_id }
            | push::Content::ShortVideo { media_id, thumb_media_id } => {
                vec![main(media_id, Format::Unknown), thumb(thumb_media_id)]
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    // A cover may be missing.
    match media.first() {
        Some(first) if !first.media_id.is_empty() => {
            Ok(media.into_iter().filter(|media| !media.media_id.is_empty()).collect())
        }
        _ => Err(Error::invalid("mediaId", "WeChat named no media in this message")),
    }
}

async fn fetch(context: &Context, credentials: &Credentials, message: &message::Model, media: &Media) -> Result<()> {
    let downloaded = context.wechat.download_media(credentials, &media.media_id).await?;
    // A name is no proof, but speex has no other.
    let is_speex = downloaded.file_name.is_some_and(|name| Format::Speex.is_extension_of(&name));
    let otherwise = if is_speex { Format::Speex } else { media.otherwise };
    let inspected = files::received(downloaded.content, otherwise).await?;
    let file = files::store(context, &message.account_id, inspected).await?;
    let column = match media.part {
        Part::Main => message::Column::FileId,
        Part::Thumb => message::Column::ThumbFileId,
    };
    let txn = context.begin(&message.account_id).await?;
    let recorded = of(&message.account_id, &message.id)
        .col_expr(column, Expr::value(file.id.as_str()))
        .filter(column.is_null())
        .exec(&txn)
        .await?;
    // Of two workers that downloaded the same the first one stays; the other's file is swept.
    if recorded.rows_affected == 1 {
        files::keep(&txn, &file).await?;
    }
    txn.commit().await?;
    Ok(())
}

/// Shows at the message that its files will not come, and why.
pub async fn give_up(context: &Context, account_id: &str, id: &str, reason: &str) -> Result<()> {
    of(account_id, id).col_expr(message::Column::FileError, Expr::value(reason)).exec(&context.database).await?;
    Ok(())
}

fn of(account_id: &str, id: &str) -> UpdateMany<message::Entity> {
    message::Entity::update_many().filter(message::Column::AccountId.eq(account_id)).filter(message::Column::Id.eq(id))
}
