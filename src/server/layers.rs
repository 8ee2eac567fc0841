//! What surrounds every request: its id, its span, its measure, CORS, and a net for panics.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{MatchedPath, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderValue, Method};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::timeout::TimeoutBody;
use tracing::Instrument as _;

use super::origin::{Policy, check_host};
use crate::clock;
use crate::config::Serve;
use crate::error::Code;
use crate::rest::{self, Route, StatusPolicy};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(super) fn wrap(router: Router, settings: &Serve, origins: Arc<Policy>) -> Router {
    let router = router
        .layer(CatchPanicLayer::custom(|_panic: Box<dyn std::any::Any + Send>| {
            // The panic itself was printed by the hook, with its place.
            rest::refusal(Code::Internal, "internal error", StatusPolicy::Mirror).into_response()
        }))
        .layer(from_fn(expect_body))
        .layer(from_fn_with_state(origins, check_host))
        .layer(from_fn(observe))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, NewRequestId));
    if settings.cors_origins.is_empty() { router } else { router.layer(cors(&settings.cors_origins)) }
}

#[derive(Clone)]
struct NewRequestId;

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&clock::new_id()).ok().map(RequestId::new)
    }
}

/// A client may be silent this long within a body; a slower one would hold a connection for ever.
const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// Ends a body that does not come.
async fn expect_body(request: Request, next: Next) -> Response {
    if request.body().size_hint().exact() == Some(0) {
        return next.run(request).await;
    }
    next.run(request.map(|body| Body::new(TimeoutBody::new(BODY_PATIENCE, body)))).await
}

/// One span and one log line a request; counts and times by route. The query is left out of the log: it can hold what a
/// person searched for.
async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let request_id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let span = tracing::info_span!("request", request.id = request_id, http.method = %method, http.path = request.uri().path());
    async {
        let response = next.run(request).await;
        let elapsed = started.elapsed();
        let operation = response.extensions().get::<Route>().map(|route| route.operation.to_string());
        let status = response.status().as_u16();
        // The documented path, where the route has one; methods can be invented, and each would be a new series.
        let route = response.extensions().get::<Route>().map_or(route, |route| route.path.to_string());
        let labels = [
            ("method", known(&method).to_owned()),
            ("route", route),
            ("operation", operation.clone().unwrap_or_default()),
            ("status", status.to_string()),
        ];
        metrics::histogram!("odaesan_http_request_seconds", &labels).record(elapsed.as_secs_f64());
        tracing::info!(
            http.status = status,
            operation,
            duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            "request"
        );
        response
    }
    .instrument(span)
    .await
}

fn known(method: &Method) -> &str {
    match *method {
        Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::DELETE | Method::OPTIONS => method.as_str(),
        _ => "other",
    }
}

fn cors(origins: &[String]) -> CorsLayer {
    let origins =
        origins.iter().filter(|origin| !origin.is_empty()).filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("graphql-require-preflight"),
        ])
        .expose_headers([REQUEST_ID])
        .max_age(Duration::from_secs(3_600))
}
