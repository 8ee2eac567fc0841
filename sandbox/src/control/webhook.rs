//! Where pushes go.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::json;

use super::{
    Answer, account,
    body::{Fields, required},
};
use crate::{
    push::check_address,
    state::{World, lock},
    webhook::Webhook,
};

/// Stores the settings, makes WeChat's check of the address and says what came of it. The settings stay also when
/// the check fails, so that a service may be started later.
pub(super) async fn set_webhook(
    State(world): State<Arc<World>>,
    Path(app_id): Path<String>,
    mut fields: Fields,
) -> Answer {
    let account = account(&world, &app_id)?;
    let url = required("url", fields.text("url")?)?;
    let token = required("token", fields.text("token")?)?;
    let mode = fields.text("mode")?;
    let key = fields.text("encoding_aes_key")?;
    fields.finish()?;
    let webhook = Webhook::new(&url, token, mode.as_deref().unwrap_or("plain"), key.as_deref())?;
    let original_id = {
        let mut account = lock(&account);
        account.webhook = Some(webhook.clone());
        account.original_id()
    };
    let (verified, exchange) = check_address(&world.http, &webhook).await;
    let mut answer = exchange.to_json();
    answer["verified"] = json!(verified);
    answer["original_id"] = json!(original_id);
    Ok(Json(answer))
}
