//! `/healthz`, `/readyz` and `/metrics`.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::access::Access;
use crate::domain::Context;
use crate::{demo, queue};

/// Longest wait for one part of the service to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub(super) struct Health {
    pub(super) context: Context,
    pub(super) metrics: PrometheusHandle,
    pub(super) access: Access,
    pub(super) sandbox_address: Option<SocketAddr>,
}

pub(super) fn router(health: Health) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(health)
}

/// 200 once every part is there: the database (its migrations were applied before anything was served) and the
/// simulator, if it belongs to this process. Otherwise 503 with the name of what is missing.
async fn ready(State(health): State<Health>) -> Response {
    let database = tokio::time::timeout(PATIENCE, health.context.database.ping()).await;
    if !matches!(database, Ok(Ok(()))) {
        return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response();
    }
    if let Some(address) = health.sandbox_address {
        let sandbox = tokio::time::timeout(PATIENCE, demo::is_ready(address)).await;
        if !matches!(sandbox, Ok(true)) {
            return (StatusCode::SERVICE_UNAVAILABLE, "the simulator does not answer\n").into_response();
        }
    }
    "ready\n".into_response()
}

/// What Prometheus scrapes. It tells of accounts and traffic, so it wants a token where the API does.
async fn metrics(State(health): State<Health>, headers: HeaderMap) -> Response {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Err(error) = health.access.authenticate(header).await {
        let status = StatusCode::from_u16(error.code().rest()).unwrap_or(StatusCode::UNAUTHORIZED);
        return (status, error.public_message()).into_response();
    }
    match queue::count_by_state(&health.context.database).await {
        Ok(counts) => {
            for (state, count) in counts {
                metrics::gauge!("odaesan_jobs", "state" => state).set(count as f64);
            }
        }
        Err(error) => tracing::warn!(error = crate::error::chain(&error), "jobs could not be counted"),
    }
    health.metrics.run_upkeep();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], health.metrics.render()).into_response()
}
