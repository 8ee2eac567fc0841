//! Addresses of the platform and the check of the webhook's reachability: WeChat "Get API domain IP", "Get callback
//! IP", "Callback check" (网络通信检测).

use serde_json::json;

use crate::{
    answer::{Answer, Outcome},
    endpoint::{Call, Endpoint},
    errcode::Errcode,
    permission::Capability,
    request::text,
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/cgi-bin/get_api_domain_ip", Capability::Platform, api_domain_ip),
    Endpoint::get("/cgi-bin/getcallbackip", Capability::Platform, callback_ip),
    Endpoint::post("/cgi-bin/callback/check", Capability::Platform, check_callback),
];

const OPERATORS: [&str; 4] = ["CHINANET", "UNICOM", "CAP", "DEFAULT"];

fn api_domain_ip(_: &mut Call<'_>) -> Outcome {
    Answer::data(&json!({"ip_list": ["127.0.0.1", "101.226.62.77", "101.226.62.0/25"]}))
}

/// Pushes of the simulator come from the machine it runs on.
fn callback_ip(_: &mut Call<'_>) -> Outcome {
    Answer::data(&json!({"ip_list": ["127.0.0.1", "::1", "101.226.103.0/25"]}))
}

fn check_callback(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let action = text(&body, "action").unwrap_or_default();
    let operator = text(&body, "check_operator").unwrap_or_default();
    if !["dns", "ping", "all"].contains(&action) {
        return Err(Errcode::INVALID_CHECK_ACTION.into());
    }
    if !OPERATORS.contains(&operator) {
        return Err(Errcode::INVALID_CHECK_OPERATOR.into());
    }
    let webhook = call.account.webhook.as_ref().ok_or(Errcode::INVALID_CHECK_URL)?;
    // A name is not looked up: what counts is the shape, and no test may depend on the network.
    let host = webhook.url.host_str().map(|host| host.trim_matches(['[', ']'])).unwrap_or_default();
    let ip = if host.parse::<std::net::IpAddr>().is_ok() { host } else { "127.0.0.1" };
    let real_operator = if operator == "DEFAULT" { "UNICOM" } else { operator };
    let mut answer = json!({});
    if action != "ping" {
        answer["dns"] = json!([{"ip": ip, "real_operator": real_operator}]);
    }
    if action != "dns" {
        answer["ping"] = json!([{"ip": ip, "from_operator": real_operator, "package_loss": "0%", "time": "0.079ms"}]);
    }
    Answer::data(&answer)
}
