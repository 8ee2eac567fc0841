//! The control API below `/_control`: what tests and the demo do to the simulator from outside.
//!
//! JSON in, JSON out. A refusal has a 4xx status and names what is wrong: `{"error":"…","field":"…"}`.

mod account;
mod body;
mod faults;
mod followers;
mod library;
mod mass;
mod mass_profile;
mod menu;
mod observe;
mod push;
mod received;
mod webhook;

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get, post, put},
};
use serde_json::{Value, json};

use crate::{
    invalid::InvalidField,
    state::{Account, World},
};

/// Longest body of a control call, in bytes: base64 of the largest file that WeChat takes has 14 MB.
const MAX_BODY: usize = 16 << 20;

/// Everything below `/_control`.
pub(crate) fn router() -> Router<Arc<World>> {
    // A nested router does not see the bare prefix with a slash.
    Router::new().nest("/_control", calls()).route("/_control/", any(unknown_path))
}

/// One line for each call.
fn calls() -> Router<Arc<World>> {
    Router::new()
        .route("/ready", get(observe::ready))
        .route("/reset", post(observe::reset))
        .route("/calls", get(observe::calls))
        .route("/counts", get(observe::counts))
        .route("/clock", get(observe::clock).put(observe::set_clock))
        .route("/faults", get(faults::list).post(faults::add).delete(faults::clear))
        .route("/{app_id}/followers", post(followers::generate))
        .route("/{app_id}/followers/{openid}", put(followers::change))
        .route("/{app_id}/webhook", put(webhook::set_webhook))
        .route("/{app_id}/push", post(push::push))
        .route("/{app_id}/profile", put(account::set_profile))
        .route("/{app_id}/token", post(account::end_tokens))
        .route("/{app_id}/media", get(library::media))
        .route("/{app_id}/drafts", get(library::drafts))
        .route("/{app_id}/publish", post(library::publish))
        .route("/{app_id}/menu", get(menu::show).put(menu::set))
        .route("/{app_id}/state", get(account::state))
        .route("/{app_id}/mass", get(mass::list))
        .route("/{app_id}/mass/{msg_id}/confirm", post(mass::confirm))
        .route("/{app_id}/mass/{msg_id}/finish", post(mass::finish))
        .route("/{app_id}/ledger", get(received::ledger))
        .route("/{app_id}/ledger/mass", get(received::mass))
        .route("/{app_id}/messages", get(received::messages))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// What a control call answers.
type Answer = Result<Json<Value>, Rejection>;

/// Why a control call is refused.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// 400: a member or parameter.
    Invalid(InvalidField),
    /// 404: an app id or openid in the path.
    Unknown { field: &'static str, reason: String },
}

impl From<InvalidField> for Rejection {
    fn from(invalid: InvalidField) -> Self {
        Self::Invalid(invalid)
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let (status, field, reason) = match self {
            Self::Invalid(InvalidField { field, reason }) => (StatusCode::BAD_REQUEST, field, reason),
            Self::Unknown { field, reason } => (StatusCode::NOT_FOUND, field.to_owned(), reason),
        };
        (status, Json(json!({"error": format!("{field}: {reason}"), "field": field}))).into_response()
    }
}

/// The account that the path names.
fn account(world: &World, app_id: &str) -> Result<Arc<Mutex<Account>>, Rejection> {
    let reason = || format!("{app_id:?} is no app id: wx, then letters, digits, _ and -, 64 characters at most");
    world.account(app_id).ok_or_else(|| Rejection::Unknown { field: "app_id", reason: reason() })
}

async fn unknown_path() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"error": "path: there is no such control call", "field": "path"})))
        .into_response()
}

async fn wrong_method() -> Response {
    let error = json!({"error": "method: this control call takes another one", "field": "method"});
    (StatusCode::METHOD_NOT_ALLOWED, Json(error)).into_response()
}
