//! The files of messages, against the simulator's own media.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::copies::sha256;
use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::messages::Sent;
use crate::support::wechat::RETRY;

on_every_database!(
    files_come_with_their_types,
    what_wechat_does_not_know_is_given_up_visibly,
    a_download_outlives_failures,
    a_download_outlives_a_stop,
);

const GET: &str = "/cgi-bin/media/get";

/// Media that a follower sent, by the simulator's push: media id and cover.
async fn media(app: &TestApp, openid: &str, kind: &str) -> (String, String) {
    // Nobody listens, but the file is there.
    let push = json!({ "openid": openid, "type": kind });
    app.control(Method::POST, &format!("/{APP_ID}/push"), push).await;
    let held = app.control(Method::GET, &format!("/{APP_ID}/media"), Value::Null).await;
    let newest = |kind: &str| {
        let found = held.as_array().unwrap().iter().rev().find(|medium| medium["type"] == kind);
        found.map_or_else(String::new, |medium| medium["media_id"].as_str().unwrap().to_owned())
    };
    let of = if kind == "shortvideo" { "video" } else { kind };
    (newest(of), newest("thumb"))
}

async fn message(app: &TestApp, account: &str, id: &str) -> Value {
    let query = "query ($id: ID!, $m: ID!) { account(id: $id) { message(id: $m) {
        ... on ImageMessage { url fileError } ... on VoiceMessage { url fileError }
        ... on VideoMessage { url thumbUrl fileError } } } }";
    app.data(query, json!({ "id": account, "m": id })).await["account"]["message"].take()
}

async fn until(app: &TestApp, account: &str, id: &str, is: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..1_500 {
        let message = message(app, account, id).await;
        if is(&message) {
            return message;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("message {id} did not come that far: {}", message(app, account, id).await);
}

async fn file(app: &TestApp, url: &Value) -> (String, String) {
    let response = app.http.get(url.as_str().unwrap()).send().await.unwrap();
    assert_eq!(response.status(), 200, "{url}");
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    (content_type, sha256(&response.bytes().await.unwrap()))
}

async fn sha_at_wechat(app: &TestApp, media_id: &str) -> Value {
    app.medium(&json!(media_id)).await["sha256"].clone()
}

async fn files_come_with_their_types(app: TestApp) {
    let account = app.bind(1).await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    let now = chrono::Utc::now().timestamp();
    for (number, (kind, content_type)) in (1_u64..).zip([
        ("image", "image/jpeg"),
        ("voice", "audio/amr"),
        ("video", "video/mp4"),
        ("shortvideo", "video/mp4"),
    ]) {
        let (media_id, thumb) = media(&app, &openid, kind).await;
        assert!(!media_id.is_empty(), "{kind}");
        let inner = format!(
            "<MsgType>{kind}</MsgType><MediaId>{media_id}</MediaId><ThumbMediaId>{thumb}</ThumbMediaId><Format>amr</Format>"
        );
        let id = app.receive(&account, number, &[Sent::of(&openid, now, &inner)]).await.remove(0);
        let is_film = kind.contains("video");
        let message = until(&app, &account, &id, |message| {
            message["url"].is_string() && (!is_film || message["thumbUrl"].is_string())
        })
        .await;
        assert_eq!(message["fileError"], Value::Null);
        let (served_as, sha) = file(&app, &message["url"]).await;
        assert_eq!((served_as.as_str(), json!(sha)), (content_type, sha_at_wechat(&app, &media_id).await), "{kind}");
        if is_film {
            let (served_as, sha) = file(&app, &message["thumbUrl"]).await;
            assert_eq!((served_as.as_str(), json!(sha)), ("image/jpeg", sha_at_wechat(&app, &thumb).await), "{kind}");
        }
        let listed = app.get(&format!("/{account}/msg?size=1")).await;
        assert_eq!(listed["data"]["message"][0]["url"], message["url"], "{listed}");
    }
}

async fn what_wechat_does_not_know_is_given_up_visibly(app: TestApp) {
    let account = app.bind(1).await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    let inner = "<MsgType>image</MsgType><MediaId>nowhere</MediaId>";
    let id = app.receive(&account, 1, &[Sent::of(&openid, 1_406_822_400, inner)]).await.remove(0);
    let message = until(&app, &account, &id, |message| message["fileError"].is_string()).await;
    assert!(message["fileError"].as_str().unwrap().contains("40007"), "{message}");
    assert_eq!(message["url"], Value::Null);
    let jobs = app.jobs(&account, "message_media").await;
    assert_eq!((&jobs[0]["state"], app.calls(GET).await), (&json!("FAILED"), 1), "once: it will not help to ask again");
    // The message stands all the same.
    assert_eq!(super::ids(&app, &account, "").await, ["1"]);
}

async fn a_download_outlives_failures(app: TestApp) {
    let account = app.bind(1).await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    let (media_id, thumb) = media(&app, &openid, "video").await;
    for fault in [
        json!({ "path": GET, "status": 502 }),
        json!({ "path": GET, "drop": true }),
        json!({ "path": GET, "errcode": -1 }),
        json!({ "path": GET, "garbage": true }),
    ] {
        app.fault(fault).await;
    }
    let inner = format!("<MsgType>video</MsgType><MediaId>{media_id}</MediaId><ThumbMediaId>{thumb}</ThumbMediaId>");
    let now = chrono::Utc::now().timestamp();
    let id = app.receive(&account, 1, &[Sent::of(&openid, now, &inner)]).await.remove(0);
    let message =
        until(&app, &account, &id, |message| message["url"].is_string() && message["thumbUrl"].is_string()).await;
    assert_eq!(message["fileError"], Value::Null);
    // One that was given up is tried again by hand, and then nothing is said of the failure any more.
    let inner = "<MsgType>voice</MsgType><MediaId>MEDIA</MediaId><Format>amr</Format>";
    let (media_id, _) = media(&app, &openid, "voice").await;
    app.fault(json!({ "path": GET, "errcode": 40007 })).await;
    let voice = Sent::of(&openid, now, &inner.replace("MEDIA", &media_id));
    let id = app.receive(&account, 2, &[voice]).await.remove(0);
    until(&app, &account, &id, |message| message["fileError"].is_string()).await;
    let jobs = app.jobs(&account, "message_media").await;
    let failed = jobs.iter().find(|job| job["state"] != "SUCCEEDED").unwrap();
    app.wait_until_done(&account).await;
    app.data(RETRY, json!({ "id": failed["id"] })).await;
    until(&app, &account, &id, |message| message["url"].is_string() && message["fileError"].is_null()).await;
}

async fn a_download_outlives_a_stop(mut app: TestApp) {
    let account = app.bind(1).await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    let (media_id, _) = media(&app, &openid, "image").await;
    app.fault(json!({ "path": GET, "delay_ms": 3_000 })).await;
    let inner = format!("<MsgType>image</MsgType><MediaId>{media_id}</MediaId>");
    let now = chrono::Utc::now().timestamp();
    let id = app.receive(&account, 1, &[Sent::of(&openid, now, &inner)]).await.remove(0);
    app.wait_until_struck(GET, 0).await;
    app.stop_service().await;
    app.start_service().await;
    until(&app, &account, &id, |message| message["url"].is_string()).await;
}
