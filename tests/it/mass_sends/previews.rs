//! Previews, and mass sends to a single follower, which WeChat takes as previews only.

use reqwest::Method;
use serde_json::{Value, json};

use super::{OK, SEND, at_wechat, bind, comes_to, counts, news, received, refused, says, send, status, text, uploaded};
use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::uploads::File;

on_every_database!(
    every_type_can_be_previewed,
    a_preview_that_wechat_refuses_says_why,
    a_preview_uses_no_draft_up,
    a_single_recipient_gets_a_preview,
);

async fn preview(app: &TestApp, account: &str, openid: &str, kind: &str, material: &str) -> Value {
    let body = json!({ "openid": openid, "msg_type": kind, "msg_id": material });
    app.post(&format!("/{account}/masssend/preview"), body).await
}

async fn every_type_can_be_previewed(app: TestApp) {
    let account = bind(&app, 3).await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    let mutation = "mutation ($input: PreviewMassSendInput!) { previewMassSend(input: $input) { openid } }";
    for (kind, of, wechat_type, material) in [
        ("text", "TEXT", "text", text(&app, &account, "你好").await),
        ("image", "IMAGE", "image", uploaded(&app, &account, "image", File::image("a.jpg")).await),
        ("voice", "VOICE", "voice", uploaded(&app, &account, "voice", File::voice("a.mp3")).await),
        ("mpnews", "NEWS", "mpnews", news(&app, &account, "春茶").await),
    ] {
        assert_eq!(preview(&app, &account, &openid, kind, &material).await.to_string(), OK, "{kind}");
        let input = json!({ "accountId": account, "openid": openid, "type": of, "materialId": material });
        let data = app.data(mutation, json!({ "input": input })).await;
        assert_eq!(data["previewMassSend"]["openid"], json!(openid));
        let path = format!("/{APP_ID}/messages?openid={openid}");
        let messages = app.control(Method::GET, &path, Value::Null).await;
        let got: Vec<&Value> = messages.as_array().unwrap().iter().filter(|of| of["type"] == wechat_type).collect();
        assert_eq!((got.len(), &got[0]["kind"]), (2, &json!("preview")), "{kind}");
        if kind == "text" {
            assert_eq!(got[0]["content"], json!({ "content": "你好" }));
        }
    }
    assert_eq!(received(&app, "preview").await, [openid].into());
    let list = app.get(&format!("/{account}/masssend")).await;
    assert_eq!((&list["data"]["message"], at_wechat(&app).await.len()), (&json!([]), 0), "nothing of it is kept");
}

async fn a_preview_that_wechat_refuses_says_why(app: TestApp) {
    let account = bind(&app, 3).await;
    let openids = app.openids(&account, "-1", 3).await;
    let text = text(&app, &account, "a").await;
    let video = uploaded(&app, &account, "video/upload", File::video("a.mp4")).await;
    app.blacklist(APP_ID, &openids[1..2]).await;
    for (openid, kind, material, errcode) in [
        (openids[0].as_str(), "mpvideo", &video, "48022"),
        ("nobody", "text", &text, "40003"),
        (&openids[1], "text", &text, "43019"),
    ] {
        let message = refused(&preview(&app, &account, openid, kind, material).await, 502);
        assert!(message.contains(errcode), "{message}");
    }
    for (openid, kind, material, named) in [
        ("", "text", text.as_str(), "openid: "),
        (" ", "text", &text, "openid: "),
        (&openids[0], "text", "nobody", "msg_id: "),
        (&openids[0], "image", &text, "msg_id: "),
        (&openids[0], "music", &text, "msg_type: "),
    ] {
        let message = refused(&preview(&app, &account, openid, kind, material).await, 400);
        assert!(message.starts_with(named), "{message}");
    }
    // Nobody knows whether it arrived, and it is not tried again.
    app.fault(json!({ "path": "/cgi-bin/message/mass/preview", "drop": true, "executes": true })).await;
    let calls = app.calls("/cgi-bin/message/mass/preview").await;
    let message = refused(&preview(&app, &account, &openids[0], "text", &text).await, 502);
    assert!(message.contains("ask before you send it again"), "{message}");
    assert_eq!(app.calls("/cgi-bin/message/mass/preview").await, calls + 1);
    assert_eq!(received(&app, "preview").await.len(), 1);
}

async fn a_preview_uses_no_draft_up(app: TestApp) {
    let account = bind(&app, 3).await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    let news = news(&app, &account, "春茶").await;
    app.wait_for_all_jobs(&account).await;
    let drafts = async || {
        let drafts = app.control(Method::GET, &format!("/{APP_ID}/drafts"), Value::Null).await;
        drafts.as_array().unwrap().clone()
    };
    for _ in 0..3 {
        assert_eq!(preview(&app, &account, &openid, "news", &news).await.to_string(), OK);
        assert_eq!(drafts().await.len(), 1);
    }
    // Somebody deletes the draft in WeChat's console.
    let media_id = drafts().await[0]["media_id"].clone();
    app.wechat(APP_ID, "/draft/delete", json!({ "media_id": media_id })).await;
    assert_eq!(preview(&app, &account, &openid, "news", &news).await.to_string(), OK);
    assert_eq!(drafts().await.len(), 1);
    // And an edited news is previewed as it is now.
    let cover = app.get(&format!("/{account}/news/{news}")).await["data"][0]["image_id"].take();
    let article = json!({ "title": "秋茶", "image_id": cover, "content": "a" });
    assert_eq!(app.put(&format!("/{account}/news/single/{news}"), article).await["code"], 200);
    app.wait_for_all_jobs(&account).await;
    assert_eq!(preview(&app, &account, &openid, "news", &news).await.to_string(), OK);
    let messages = app.control(Method::GET, &format!("/{APP_ID}/messages?openid={openid}"), Value::Null).await;
    let last = messages.as_array().unwrap().last().unwrap().clone();
    let draft = drafts().await.into_iter().find(|draft| draft["media_id"] == last["content"]["media_id"]).unwrap();
    assert_eq!(draft["articles"][0]["title"], "秋茶");
}

async fn a_single_recipient_gets_a_preview(app: TestApp) {
    let account = bind(&app, 3).await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    let group = app.post(&format!("/{account}/group"), json!({ "name": "一人" })).await["data"].take();
    let group = group.as_str().unwrap();
    let body = json!({ "openid": openid, "group_id": group });
    assert_eq!(app.post(&format!("/{account}/user/add"), body).await.to_string(), OK);
    let (text, news) = (text(&app, &account, "a").await, news(&app, &account, "春茶").await);
    for (sends, (kind, material)) in [("text", &text), ("mpnews", &news), ("mpnews", &news)].into_iter().enumerate() {
        let id = send(&app, &account, group, (kind, material)).await;
        let done = comes_to(&app, &account, &id, "FINISHED").await;
        assert_eq!((&done["way"], &done["recipientCount"]), (&json!("PREVIEW"), &json!(1)), "{done:#}");
        assert_eq!(
            (counts(&done), &done["chunks"][0]["wechatMsgId"]),
            ([Some(1), Some(1), Some(1), Some(0)], &Value::Null)
        );
        assert_eq!(status(&app, &account, &id).await, says("send success", [Some(1), Some(1), Some(1), Some(0)]));
        assert_eq!(received(&app, "preview").await, [openid.clone()].into());
        let messages = app.control(Method::GET, &format!("/{APP_ID}/messages?openid={openid}"), Value::Null).await;
        assert_eq!(messages.as_array().unwrap().len(), sends + 1, "{messages}");
    }
    assert_eq!((at_wechat(&app).await.len(), app.calls(SEND).await), (0, 0));
    let list = app.get(&format!("/{account}/masssend")).await;
    assert_eq!(list["data"]["pagination"]["count"], 3);
}
