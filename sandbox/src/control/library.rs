//! What was uploaded, drafted and published.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    Answer, account,
    body::{Fields, required},
};
use crate::{
    drafts::Draft,
    invalid::InvalidField,
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

/// The owner publishes a draft in the console: it leaves the draft box and gets an article_id.
pub(super) async fn publish(State(world): State<Arc<World>>, Path(app_id): Path<String>, mut fields: Fields) -> Answer {
    let account = account(&world, &app_id)?;
    let media_id = required("media_id", fields.text("media_id")?)?;
    fields.finish()?;
    let mut account = lock(&account);
    let draft = account.drafts.take(&media_id).map_err(|_| InvalidField::new("media_id", "is no draft"))?;
    Ok(Json(json!({"article_id": account.published.add(draft)})))
}
