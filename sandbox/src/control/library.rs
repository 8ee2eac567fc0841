//! What was uploaded and drafted.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{Answer, account};
use crate::{
    drafts::Draft,
    library::Media,
    media::Keeping,
    state::{World, lock},
};

/// Everything that is kept, oldest first; expired media stay until their room is needed.
pub(super) async fn media(State(world): State<Arc<World>>, Path(app_id): Path<String>) -> Answer {
    let account = account(&world, &app_id)?;
    let account = lock(&account);
    Ok(Json(account.library.iter().map(shown).collect()))
}

fn shown(media: &Media) -> Value {
    json!({
        "media_id": media.media_id,
        "type": media.file.kind.name(),
        "permanent": media.keeping == Keeping::Permanent,
        "filename": media.file.filename,
        "content_type": media.file.format.content_type(),
        "size": media.file.content.bytes.len(),
        "sha256": media.file.content.sha256,
        "created_at": media.created_at,
        "expires_at": media.expires_at(),
        "url": media.url,
        "title": media.description.as_ref().map(|description| &description.title),
        "introduction": media.description.as_ref().map(|description| &description.introduction),
    })
}

/// The draft box, oldest first, with the articles as `draft/get` shows them.
pub(super) async fn drafts(State(world): State<Arc<World>>, Path(app_id): Path<String>) -> Answer {
    let account = account(&world, &app_id)?;
    let account = lock(&account);
    let shown = |(media_id, draft): (&str, &Draft)| {
        let mut content = draft.to_json(true);
        json!({
            "media_id": media_id,
            "create_time": content["create_time"],
            "update_time": content["update_time"],
            "articles": content["news_item"].take(),
        })
    };
    Ok(Json(account.drafts.iter().rev().map(shown).collect()))
}
