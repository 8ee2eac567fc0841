//! Replies: which material answers, of keyword rules and menu buttons alike.
//!
//! A rule or button names its reply by type and id. Whether there is such a material is checked when it is saved; that
//! it is deleted later, by force, is possible, and then there is no reply.

use std::collections::{HashMap, HashSet};

use entity::keyword_rule::{self, ReplyKind};
use entity::media::Kind;
use entity::{menu_button, text};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::{Context, Key, checks, media, news, texts};
use crate::error::{Error, Result};

mod passive;
mod service_message;

pub(in crate::domain) use passive::{Passive, passive, prepare};
pub(in crate::domain) use service_message::{forget_copies, service_message};

/// Longest text of a reply, in bytes of UTF-8. Source: WeChat reference, sections 10.1 and 20.
pub const TEXT_BYTES: usize = crate::webhook::reply::MAX_TEXT_BYTES;

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
        ReplyKind::Text if !checks::is_possible_id(&id) => Err(Error::not_found("text", &id)),
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

/// Those of the replies of accounts that can be given: whose material is there.
pub(super) async fn existing(context: &Context, asked: HashSet<(String, Target)>) -> Result<HashSet<(String, Target)>> {
    let of = |is: fn(ReplyKind) -> bool| -> Vec<Key> {
        let these = asked.iter().filter(|(_, target)| is(target.kind));
        these.map(|(account_id, target)| (account_id.clone(), target.id.clone())).collect()
    };
    let texts = texts::find_many(context, &of(|kind| kind == ReplyKind::Text)).await?;
    let news = news::find_many(context, &of(|kind| kind == ReplyKind::News)).await?;
    let media = media::find_many(&context.database, &of(|kind| media_kind(kind).is_some())).await?;
    let texts: HashSet<Key> = texts.into_iter().map(|text| (text.account_id, text.id)).collect();
    let news: HashSet<Key> = news.into_iter().map(|news| (news.account_id, news.id)).collect();
    let media: HashMap<Key, Kind> = media.into_iter().map(|media| ((media.account_id, media.id), media.kind)).collect();
    let is_there = |(account_id, target): &(String, Target)| {
        let key = (account_id.clone(), target.id.clone());
        match target.kind {
            ReplyKind::Text => texts.contains(&key),
            ReplyKind::News => news.contains(&key),
            kind => media_kind(kind).is_some_and(|kind| media.get(&key) == Some(&kind)),
        }
    };
    Ok(asked.into_iter().filter(is_there).collect())
}

/// Most uses of a material that a message names.
pub(super) const NAMED: u64 = 5;

/// Errors: `Conflict`, saying where a material is used, if it is.
pub(super) fn refuse_used(noun: &str, mut uses: Vec<String>) -> Result<()> {
    if uses.is_empty() {
        return Ok(());
    }
    uses.truncate(NAMED as usize);
    Err(Error::Conflict(format!("the {noun} is in use: {}; delete it with force to do so anyway", uses.join(", "))))
}

/// The rules and buttons that reply with a material, in words; not many more than are named.
pub(super) async fn uses(connection: &impl ConnectionTrait, account_id: &str, id: &str) -> Result<Vec<String>> {
    let rules: Vec<(String, String)> = keyword_rule::Entity::find()
        .select_only()
        .columns([keyword_rule::Column::Id, keyword_rule::Column::Name])
        .filter(keyword_rule::Column::AccountId.eq(account_id))
        .filter(keyword_rule::Column::ReplyId.eq(id))
        .filter(keyword_rule::Column::DeletedAt.is_null())
        .limit(NAMED)
        .into_tuple()
        .all(connection)
        .await?;
    let buttons: Vec<(String, String)> = menu_button::Entity::find()
        .select_only()
        .columns([menu_button::Column::Id, menu_button::Column::Name])
        .filter(menu_button::Column::AccountId.eq(account_id))
        .filter(menu_button::Column::ReplyId.eq(id))
        .limit(NAMED)
        .into_tuple()
        .all(connection)
        .await?;
    let rules = rules.into_iter().map(|(id, name)| format!("keyword rule {name:?} ({id})"));
    let buttons = buttons.into_iter().map(|(id, name)| format!("menu button {name:?} ({id})"));
    Ok(rules.chain(buttons).collect())
}
