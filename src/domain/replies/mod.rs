//! Replies: which material answers, of keyword rules and menu buttons alike.
//!
//! A rule or button names its reply by type and id. Whether there is such a material is checked when it is saved; that
//! it is deleted later, by force, is possible, and then there is no reply.

use entity::keyword_rule::{self, ReplyKind};
use entity::media::Kind;
use entity::{menu_button, text};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::{checks, media, news};
use crate::error::{Error, Result};

mod service_message;

pub(in crate::domain) use service_message::{forget_copies, service_message};

/// Longest text of a reply, in bytes of UTF-8. Source: WeChat reference, sections 10.1 and 20.
pub const TEXT_BYTES: usize = 2_048;

/// The material that is a reply.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// What it is sent as.
    pub kind: ReplyKind,
    /// Id of the material: of a text, image, voice, video or news; of music that of the voice.
    pub id: String,
}

/// The kind of file that a reply is; `None` for texts and news.
pub const fn media_kind(kind: ReplyKind) -> Option<Kind> {
    match kind {
        ReplyKind::Image => Some(Kind::Image),
        ReplyKind::Voice | ReplyKind::Music => Some(Kind::Voice),
        ReplyKind::Video => Some(Kind::Video),
        ReplyKind::Text | ReplyKind::News => None,
    }
}

/// Checks that a reply can be given: that the material exists in the account, and that a text is not too long for WeChat.
///
/// Errors: `Invalid`, naming `field`, which is the path of the id.
pub(super) async fn require(
    connection: &impl ConnectionTrait,
    account_id: &str,
    target: &Target,
    field: &'static str,
) -> Result<()> {
    let id = checks::id(field, &target.id)?;
    let found = match target.kind {
        ReplyKind::Text => {
            let text = text::Entity::find_by_id((account_id.to_owned(), id.clone())).one(connection).await?;
            match text {
                Some(text) if text.content.len() > TEXT_BYTES => {
                    let size = text.content.len();
                    let reason = format!("text {id} has {size} bytes; WeChat shows at most {TEXT_BYTES} in a reply");
                    return Err(Error::invalid(field, reason));
                }
                Some(_) => Ok(()),
                None => Err(Error::not_found("text", &id)),
            }
        }
        ReplyKind::News => news::find(connection, account_id, &id).await.map(|_| ()),
        kind => {
            let kinds: Vec<Kind> = media_kind(kind).into_iter().collect();
            media::find(connection, account_id, &kinds, &id).await.map(|_| ())
        }
    };
    match found {
        Err(error @ Error::NotFound { .. }) => Err(Error::invalid(field, error.to_string())),
        other => other,
    }
}

/// The rules and buttons that reply with a material, in words; at most `most`.
pub(super) async fn uses(
    connection: &impl ConnectionTrait,
    account_id: &str,
    id: &str,
    most: u64,
) -> Result<Vec<String>> {
    let rules: Vec<(String, String)> = keyword_rule::Entity::find()
        .select_only()
        .columns([keyword_rule::Column::Id, keyword_rule::Column::Name])
        .filter(keyword_rule::Column::AccountId.eq(account_id))
        .filter(keyword_rule::Column::ReplyId.eq(id))
        .filter(keyword_rule::Column::DeletedAt.is_null())
        .limit(most)
        .into_tuple()
        .all(connection)
        .await?;
    let buttons: Vec<(String, String)> = menu_button::Entity::find()
        .select_only()
        .columns([menu_button::Column::Id, menu_button::Column::Name])
        .filter(menu_button::Column::AccountId.eq(account_id))
        .filter(menu_button::Column::ReplyId.eq(id))
        .limit(most)
        .into_tuple()
        .all(connection)
        .await?;
    let rules = rules.into_iter().map(|(id, name)| format!("keyword rule {name:?} ({id})"));
    let buttons = buttons.into_iter().map(|(id, name)| format!("menu button {name:?} ({id})"));
    Ok(rules.chain(buttons).collect())
}
