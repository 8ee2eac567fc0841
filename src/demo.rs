//! The demo of `serve --sandbox`: an account with followers on the simulator, so that everything can be tried with no
//! account at WeChat.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use entity::account::{self, WebhookMode};
use reqwest::Url;
use secrecy::SecretString;
use serde_json::json;

use crate::access::Principal;
use crate::domain::accounts::{self, NewCredentials};
use crate::domain::{Context, Scope};
use crate::error::{Error, chain};

const WEIXIN_ID: &str = "gh_odaesan_demo";
const APP_ID: &str = "wxde000000000000de";
const FOLLOWERS: u32 = 120;

/// Base URL of a simulator.
///
/// # Panics
///
/// Never: an address is always the host of a URL.
pub fn base_url(address: SocketAddr) -> Url {
    #[expect(clippy::expect_used, reason = "an address is always the host of a URL")]
    Url::parse(&format!("http://{address}")).expect("an address is the host of a URL")
}

/// Whether a simulator answers.
pub async fn is_ready(address: SocketAddr) -> bool {
    let url = format!("{}_control/ready", base_url(address));
    matches!(http().get(url).send().await, Ok(answer) if answer.status().is_success())
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap_or_default()
}

/// Gives the simulator followers, binds the demo account to it, starts the fetch, and enters the account's webhook, at this
/// `service`, in the simulator's console. Returns the account's id.
///
/// The simulator forgets everything when it stops, and makes the same followers again when it is asked again, so a demo
/// that is started anew finds the followers it knew.
pub(crate) async fn prepare(context: &Context, simulator: SocketAddr, service: SocketAddr) -> Result<String, String> {
    let control = |what| format!("{}_control/{APP_ID}/{what}", base_url(simulator));
    let followers = json!({ "count": FOLLOWERS, "profiles": true });
    done(http().post(control("followers")).json(&followers)).await?;
    let account = bind(context).await.map_err(|error| chain(&error))?;
    let webhook = format!("{}wx/{}", base_url(reachable(service)), account.id);
    let webhook = json!({ "url": webhook, "token": account.webhook_token, "mode": "plain" });
    done(http().put(control("webhook")).json(&webhook)).await?;
    Ok(account.id)
}

async fn done(request: reqwest::RequestBuilder) -> Result<(), String> {
    let answer = request.send().await.and_then(reqwest::Response::error_for_status);
    answer.map(drop).map_err(|error| chain(&error))
}

/// An address that can be called, of one that can be listened on.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

async fn bind(context: &Context) -> Result<account::Model, Error> {
    let principal = Principal::command();
    let account = accounts::bind(context, &principal, WEIXIN_ID, Some("Demo")).await?;
    let scope = Scope { account, actor: principal.actor };
    let credentials = NewCredentials {
        app_id: APP_ID.into(),
        app_secret: SecretString::from("sandbox"),
        encoding_aes_key: None,
        webhook_mode: Some(WebhookMode::Plain),
    };
    accounts::set_credentials(context, &scope, credentials).await
}
