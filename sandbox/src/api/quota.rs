//! Counters and request ids: WeChat "Clear quota", "Get API quota", "Get rid info" (openApi 管理).

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Outcome, Refusal},
    api,
    endpoint::{Access, Call, Credentials, Endpoint},
    errcode::Errcode,
    permission::Capability,
    request::{Request, text},
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/cgi-bin/clear_quota", Capability::Platform, clear),
    Endpoint::new(Method::POST, "/cgi-bin/clear_quota/v2", Access::Secret(app_credentials), clear_by_secret),
    Endpoint::post("/cgi-bin/openapi/quota/get", Capability::Platform, get),
    Endpoint::post("/cgi-bin/openapi/quota/clear", Capability::Platform, clear_path),
    Endpoint::post("/cgi-bin/openapi/rid/get", Capability::Platform, rid),
];

/// Request ids can be looked up for 7 days.
const RID_SECONDS: i64 = 7 * 86_400;

fn clear(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let app_id = text(&body, "appid").ok_or(Errcode::MISSING_APPID)?;
    if app_id != call.account.app_id {
        return Err(Errcode::INVALID_APPID.into());
    }
    clear_by_secret(call)
}

fn clear_by_secret(call: &mut Call<'_>) -> Outcome {
    call.account.quotas.clear(call.now)?;
    Answer::done()
}

/// WeChat's samples show app id and secret now in the body, now in the query.
fn app_credentials(request: &Request) -> Result<Credentials, Refusal> {
    let body = if request.is_empty() { Value::Null } else { request.json()? };
    let find = |name: &str| text(&body, name).or_else(|| request.parameter(name)).map(str::to_owned);
    let app_id = find("appid").ok_or(Errcode::MISSING_APPID)?;
    let secret = find("appsecret").ok_or(Errcode::MISSING_SECRET)?;
    Ok(Credentials { app_id, secret })
}

fn get(call: &mut Call<'_>) -> Outcome {
    let endpoint = named_endpoint(call)?;
    let daily_limit = call.account.quotas.daily_limit(endpoint.counted_as, endpoint.limits);
    let used = call.account.quotas.used(endpoint.counted_as, call.now);
    let mut answer = json!({
        "errcode": 0,
        "errmsg": "ok",
        "quota": {"daily_limit": daily_limit, "used": used, "remain": daily_limit.saturating_sub(used)},
    });
    if let Some(calls) = endpoint.limits.per_minute {
        answer["rate_limit"] = json!({"call_count": calls, "refresh_second": 60});
    }
    Answer::data(&answer)
}

fn clear_path(call: &mut Call<'_>) -> Outcome {
    let endpoint = named_endpoint(call)?;
    call.account.quotas.clear_path(endpoint.counted_as, call.now)?;
    Answer::done()
}

/// The endpoint that `cgi_path` names. Errors: 76021 when there is none, 76022 when the account may not call it.
fn named_endpoint(call: &Call<'_>) -> Result<&'static Endpoint, Refusal> {
    let body = call.json()?;
    let endpoint = text(&body, "cgi_path").and_then(api::find).ok_or(Errcode::CGI_PATH_NOT_FOUND)?;
    let profile = call.account.profile;
    match endpoint.access {
        Access::Token(needs) if !needs.granted_to(profile.kind, profile.verified) => {
            Err(Errcode::CGI_PATH_NOT_ALLOWED.into())
        }
        Access::Token(_) | Access::Secret(_) => Ok(endpoint),
    }
}

fn rid(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let rid = text(&body, "rid").filter(|rid| is_rid(rid)).ok_or(Errcode::BAD_RID)?;
    let record = call.world.calls.find(rid).ok_or(Errcode::RID_NOT_FOUND)?;
    let trace = record.trace.as_ref().ok_or(Errcode::RID_NOT_FOUND)?;
    if record.app_id() != Some(&call.account.app_id) {
        return Err(Errcode::RID_OF_OTHER_ACCOUNT.into());
    }
    if call.now - trace.invoke_time > RID_SECONDS {
        return Err(Errcode::RID_TOO_OLD.into());
    }
    Answer::data(&json!({
        "errcode": 0,
        "errmsg": "ok",
        "request": {
            "invoke_time": trace.invoke_time,
            "cost_in_ms": trace.cost_in_ms,
            "request_url": record.query_string(),
            "request_body": record.body(),
            "response_body": record.response(),
            "client_ip": trace.client_ip,
        },
    }))
}

/// Three groups of eight hexadecimal digits.
fn is_rid(text: &str) -> bool {
    let is_group = |group: &str| group.len() == 8 && group.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split('-').count() == 3 && text.split('-').all(is_group)
}
