//! Access tokens: WeChat "Get access token" and "Get stable access token" (获取稳定版接口调用凭据).

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Outcome, Refusal},
    endpoint::{Access, Call, Credentials, Endpoint},
    errcode::Errcode,
    request::{Request, text},
    tokens::Grant,
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::new(Method::GET, "/cgi-bin/token", Access::Secret(from_query), token).daily(2000),
    Endpoint::new(Method::POST, "/cgi-bin/stable_token", Access::Secret(from_body), stable_token)
        .daily(500_000)
        .per_minute(10_000),
];

const GRANT_TYPE: &str = "client_credential";

fn token(call: &mut Call<'_>) -> Outcome {
    let grant = call.account.tokens.issue(&call.account.app_id, call.now);
    answer(&grant)
}

fn stable_token(call: &mut Call<'_>) -> Outcome {
    let (tokens, app_id) = (&mut call.account.tokens, &call.account.app_id);
    let forced = call.request.json()?.get("force_refresh").and_then(Value::as_bool).unwrap_or(false);
    answer(&if forced { tokens.forced(app_id, call.now)? } else { tokens.stable(app_id, call.now) })
}

fn answer(grant: &Grant) -> Outcome {
    Answer::data(&json!({"access_token": grant.access_token, "expires_in": grant.expires_in}))
}

fn from_query(request: &Request) -> Result<Credentials, Refusal> {
    credentials(|name| request.parameter(name).map(str::to_owned))
}

fn from_body(request: &Request) -> Result<Credentials, Refusal> {
    let body = request.json()?;
    credentials(|name| text(&body, name).map(str::to_owned))
}

fn credentials(find: impl Fn(&str) -> Option<String>) -> Result<Credentials, Refusal> {
    if find("grant_type").as_deref() != Some(GRANT_TYPE) {
        return Err(Errcode::INVALID_GRANT_TYPE.into());
    }
    let app_id = find("appid").ok_or(Errcode::MISSING_APPID)?;
    let secret = find("secret").ok_or(Errcode::MISSING_SECRET)?;
    Ok(Credentials { app_id, secret })
}
