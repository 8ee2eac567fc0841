//! What happens to a call of a WeChat endpoint: read, struck by a fault or checked and carried out, recorded, answered.
//!
//! The checks come in this order: path (40066), method (43001, 43002), token (41001, 40014, 40001, 42001) or secret
//! (40013, 40125), permission (48001), quota (45009, 45011); then the endpoint reads parameters and body. A call that
//! a check before the quota refuses is not counted against it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::Utc;
use serde_json::Value;

use crate::{
    answer::{Answer, Outcome, Refusal},
    api,
    calls::{CallRecord, Timing},
    connection::Peer,
    endpoint::{Access, Call, Endpoint},
    errcode::Errcode,
    faults::{Effect, Strike},
    mass_finish,
    payload::Payload,
    permission::Capability,
    request::Request,
    state::{SECRET, World, lock},
    tokens,
};

/// Serves every path outside of `/_control`.
pub(crate) async fn serve(
    State(world): State<Arc<World>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: axum::extract::Request,
) -> Response {
    let started = Instant::now();
    let at = Utc::now().timestamp_millis();
    let (head, body) = request.into_parts();
    let payload = match Payload::receive(text(&head.headers, header::CONTENT_TYPE), body).await {
        Ok(payload) => payload,
        Err(status) => return status.into_response(),
    };
    let host = text(&head.headers, header::HOST).map(str::to_owned);
    let request = Request::new(head.method, &head.uri, payload, peer.address.ip(), host);
    let app_id = app_id_of(&request);

    let invoke_time = world.clock.now();
    let mut entry = Entry { world: &world, request: &request, app_id, at, invoke_time, started, made: false };
    let answer = match world.faults.take(&request.path, entry.app_id.as_deref()) {
        Some(strike) => struck(&world, &request, strike).await,
        None => Some(answer(&world, &request, Duration::ZERO).await),
    };
    entry.make(answer.as_ref());
    match answer {
        Some(answer) => response(answer),
        None => {
            peer.cut();
            StatusCode::OK.into_response()
        }
    }
}

/// A call's line in the record. A client that hangs up before its answer leaves one too, as if the connection had been
/// dropped.
struct Entry<'a> {
    world: &'a World,
    request: &'a Request,
    app_id: Option<String>,
    /// Epoch milliseconds of the machine's clock.
    at: i64,
    /// Unix seconds of the simulator's clock.
    invoke_time: i64,
    started: Instant,
    made: bool,
}

impl Entry<'_> {
    fn make(&mut self, answer: Option<&Answer>) {
        self.made = true;
        let cost_in_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let timing = Timing { at: self.at, invoke_time: self.invoke_time, cost_in_ms };
        let status = answer.map(|answer| answer.status.as_u16());
        tracing::debug!(call.path = self.request.path, call.status = status, "call answered");
        self.world.calls.record(CallRecord::new(self.request, self.app_id.take(), answer, timing));
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if !self.made {
            self.make(None);
        }
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn response(answer: Answer) -> Response {
    let mut response = (answer.status, [(header::CONTENT_TYPE, answer.content_type)], answer.body).into_response();
    let disposition = answer.filename.map(|filename| format!("attachment; filename=\"{filename}\""));
    if let Some(Ok(disposition)) = disposition.map(HeaderValue::try_from) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// The answer under a fault; `None` when there is none. A call that takes effect does so at once; then its answer is
/// kept back or lost.
async fn struck(world: &Arc<World>, request: &Request, strike: Strike) -> Option<Answer> {
    let executed = if strike.executes { Some(answer(world, request, strike.delay).await) } else { None };
    tokio::time::sleep(strike.delay).await;
    match strike.effect {
        Effect::Delay => match executed {
            Some(executed) => Some(executed),
            None => Some(answer(world, request, Duration::ZERO).await),
        },
        Effect::Refuse { errcode, errmsg, status } => {
            let errmsg = errmsg.unwrap_or_else(|| errcode.errmsg().to_owned());
            Some(Answer { status, ..Refusal::with_message(errcode, errmsg).into_answer(world.next_rid()) })
        }
        Effect::Status(status) => Some(Answer::gateway_page(status)),
        Effect::Garbage(status) => Some(Answer::garbage(status)),
        Effect::Drop => None,
    }
}

/// Carries a call out whose answer is kept back for a time.
async fn answer(world: &Arc<World>, request: &Request, held_back: Duration) -> Answer {
    let answer = carry_out(world, request, held_back).unwrap_or_else(|refusal| refusal.into_answer(world.next_rid()));
    if let (Some(msg_id), Some(app_id)) = (answer.ends_first, app_id_of(request)) {
        let world = Arc::clone(world);
        // On its own, so that it comes to its end also when the client hangs up.
        let told = tokio::spawn(async move { mass_finish::conclude(&world, &app_id, msg_id).await });
        let _ = told.await;
    }
    answer
}

fn carry_out(world: &Arc<World>, request: &Request, held_back: Duration) -> Outcome {
    let endpoint = api::find(&request.path).ok_or(Errcode::INVALID_URL)?;
    if request.method != endpoint.method {
        let required = if endpoint.method == Method::GET { Errcode::REQUIRE_GET } else { Errcode::REQUIRE_POST };
        return Err(required.into());
    }
    match endpoint.access {
        Access::Token(needs) => with_token(world, request, endpoint, needs, held_back),
        Access::Secret(credentials) => {
            let credentials = credentials(request)?;
            let account = world.account(&credentials.app_id).ok_or(Errcode::INVALID_APPID)?;
            if credentials.secret != SECRET {
                return Err(Errcode::INVALID_SECRET.into());
            }
            let now = world.clock.now();
            let mut account = lock(&account);
            account.quotas.spend(endpoint.counted_as, endpoint.limits, now)?;
            (endpoint.act)(&mut Call { world, account: &mut account, request, now, held_back })
        }
    }
}

fn with_token(
    world: &Arc<World>,
    request: &Request,
    endpoint: &Endpoint,
    needs: Capability,
    held_back: Duration,
) -> Outcome {
    let token = request.parameter("access_token").ok_or(Errcode::MISSING_TOKEN)?;
    let account = tokens::app_id_of(token).and_then(|app_id| world.account(&app_id)).ok_or(Errcode::INVALID_TOKEN)?;
    let now = world.clock.now();
    let mut account = lock(&account);
    account.tokens.check(token, now)?;
    if !needs.granted_to(account.profile.kind, account.profile.verified) {
        return Err(Errcode::UNAUTHORIZED.into());
    }
    account.quotas.spend(endpoint.counted_as, endpoint.limits, now)?;
    mass_finish::expire(world, &mut account);
    (endpoint.act)(&mut Call { world, account: &mut account, request, now, held_back })
}

/// The account that a call is about, for the record and for faults: from its token, its `appid` parameter or member.
fn app_id_of(request: &Request) -> Option<String> {
    if let Some(token) = request.parameter("access_token") {
        return tokens::app_id_of(token);
    }
    let member = || {
        let body: Value = serde_json::from_slice(request.payload.plain()?).ok()?;
        body.get("appid")?.as_str().map(str::to_owned)
    };
    request.parameter("appid").map(str::to_owned).or_else(member)
}
