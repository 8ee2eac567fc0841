//! What WeChat is asked to send, for every type.

use reqwest::Method;
use serde_json::{Value, json};

use super::{at_wechat, bind, comes_to, counts, news, says, send, shown, status, text, uploaded};
use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::uploads::{File, jpeg, mp3};

on_every_database!(
    every_type_reaches_everybody,
    a_video_is_refused_by_wechat_and_says_so,
    a_text_goes_out_as_it_is,
    reprints_are_sent_on_request_only,
    each_send_of_a_news_has_a_draft_of_its_own,
);

async fn every_type_reaches_everybody(app: TestApp) {
    let account = bind(&app, 3).await;
    let files = [File::new("a.jpg", jpeg(777)), File::new("a.mp3", mp3(555))];
    let [image, voice] = files;
    let image = uploaded(&app, &account, "image", image).await;
    let voice = uploaded(&app, &account, "voice", voice).await;
    let news = news(&app, &account, "春茶").await;
    let text = text(&app, &account, "你好").await;
    for (position, (kind, material, wechat_type, of)) in [
        ("text", &text, "text", "TEXT"),
        ("image", &image, "image", "IMAGE"),
        ("voice", &voice, "voice", "VOICE"),
        ("mpnews", &news, "mpnews", "NEWS"),
        ("news", &news, "mpnews", "NEWS"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = send(&app, &account, "-1", (kind, material)).await;
        let done = comes_to(&app, &account, &id, "FINISHED").await;
        assert_eq!((&done["type"], &done["wechatType"]), (&json!(of), &json!(wechat_type)), "{done:#}");
        assert_eq!((&done["way"], &done["recipientCount"]), (&json!("OPENIDS"), &json!(3)));
        assert_eq!(counts(&done), [Some(3), Some(3), Some(3), Some(0)]);
        assert_eq!(status(&app, &account, &id).await, says("send success", counts(&done)));
        let chunk = &done["chunks"][0];
        let sent = &at_wechat(&app).await[position];
        assert_eq!((&sent["api"], &sent["type"]), (&json!("send"), &json!(wechat_type)));
        assert_eq!((&sent["msg_id"], &sent["received"]), (&chunk["wechatMsgId"], &json!(3)));
        let clientmsgid = chunk["clientMsgId"].as_str().unwrap();
        assert_eq!((sent["clientmsgid"].as_str(), clientmsgid.len()), (Some(clientmsgid), 32));
        match kind {
            "text" => assert_eq!(sent["content"], json!({ "content": "你好" })),
            "image" | "voice" => {
                let media = app.control(Method::GET, &format!("/{APP_ID}/media"), Value::Null).await;
                let media = media.as_array().unwrap();
                let of = media.iter().find(|media| media["media_id"] == sent["content"]["media_id"]).unwrap();
                let size = if kind == "image" { 777 } else { 555 };
                assert_eq!((&of["type"], &of["size"]), (&json!(kind), &json!(size)));
            }
            _ => assert!(sent["msg_data_id"].is_i64(), "{sent}"),
        }
    }
    // Everybody received each of the five once.
    assert_eq!(super::received(&app, "mass").await.len(), 3);
    let sum = app.control(Method::GET, &format!("/{APP_ID}/ledger/mass"), Value::Null).await;
    assert_eq!((&sum["sends"], &sum["received"], &sum["followers"]), (&json!(5), &json!(15), &json!(3)), "{sum}");
}

async fn a_video_is_refused_by_wechat_and_says_so(app: TestApp) {
    let account = bind(&app, 3).await;
    let video = uploaded(&app, &account, "video/upload", File::video("a.mp4")).await;
    for kind in ["mpvideo", "video"] {
        let id = send(&app, &account, "-1", (kind, &video)).await;
        let failed = comes_to(&app, &account, &id, "FAILED").await;
        assert_eq!((&failed["type"], &failed["wechatType"]), (&json!("VIDEO"), &json!("mpvideo")));
        let chunk = &failed["chunks"][0];
        assert_eq!(
            (&chunk["state"], &chunk["errcode"], &chunk["wechatMsgId"]),
            (&json!("FAILED"), &json!(48022), &Value::Null)
        );
        let reason = chunk["error"].as_str().unwrap();
        assert!(reason.contains("48022") && reason.contains("video"), "{reason}");
        assert_eq!(counts(&failed), [Some(3), Some(3), Some(0), Some(3)]);
        assert_eq!(status(&app, &account, &id).await, says("send fail", counts(&failed)));
        assert!(failed["finishedAt"].is_string(), "{failed}");
    }
    assert!(at_wechat(&app).await.is_empty());
}

async fn a_text_goes_out_as_it_is(app: TestApp) {
    let account = bind(&app, 2).await;
    let contents = ["\"引号\" \\ / <a href=\"http://example.com\">链接</a>", "两行\r\n\t😀", "{{{}}}%s%n'; --", "é"];
    for content in contents {
        let text = text(&app, &account, content).await;
        let id = send(&app, &account, "-1", ("text", &text)).await;
        comes_to(&app, &account, &id, "FINISHED").await;
    }
    let sent: Vec<Value> = at_wechat(&app).await.iter().map(|send| send["content"]["content"].clone()).collect();
    assert_eq!(json!(sent), json!(contents));
    // What WeChat would find too long is not taken on: more than 2,048 bytes.
    let long = text(&app, &account, &"汉".repeat(683)).await;
    let body = json!({ "group_id": "-1", "msg_type": "text", "msg_id": long });
    let message = super::refused(&app.post(&format!("/{account}/masssend/send"), body).await, 400);
    assert!(message.starts_with("msg_id: ") && message.contains("2048"), "{message}");
}

async fn reprints_are_sent_on_request_only(app: TestApp) {
    let account = bind(&app, 2).await;
    let news = news(&app, &account, "a").await;
    for (input, flag) in [(json!({}), 0), (json!({ "ignoreReprint": true }), 1)] {
        let mut input = input;
        (input["type"], input["materialId"]) = (json!("NEWS"), json!(news));
        let id = super::create(&app, &account, input).await;
        comes_to(&app, &account, &id, "FINISHED").await;
        assert_eq!(shown(&app, &account, &id).await["ignoreReprint"], flag == 1);
        let path = format!("/calls?path={}&limit=1", super::SEND);
        let calls = app.control(Method::GET, &path, Value::Null).await;
        let body = &calls[0]["body"];
        let body = body.as_str().map_or_else(|| body.clone(), |text| serde_json::from_str(text).unwrap());
        assert_eq!(body["send_ignore_reprint"], flag, "{body}");
    }
}

async fn each_send_of_a_news_has_a_draft_of_its_own(app: TestApp) {
    let account = bind(&app, 2).await;
    let news = news(&app, &account, "春茶").await;
    let draft = "mutation ($input: NewsInput!) { createNewsDraft(input: $input) { news { id } } }";
    app.data(draft, json!({ "input": { "accountId": account, "id": news } })).await;
    app.wait_for_all_jobs(&account).await;
    let drafts = async || app.control(Method::GET, &format!("/{APP_ID}/drafts"), Value::Null).await;
    let kept = drafts().await;
    assert_eq!(kept.as_array().unwrap().len(), 1, "{kept}");
    let mut used = Vec::new();
    for _ in 0..2 {
        let id = send(&app, &account, "-1", ("mpnews", &news)).await;
        comes_to(&app, &account, &id, "FINISHED").await;
        let sent = at_wechat(&app).await.pop().unwrap();
        used.push(sent["content"]["media_id"].clone());
        assert_eq!(drafts().await, kept, "the kept draft is still there, and no other one is left");
    }
    assert_ne!(used[0], used[1]);
    assert!(!used.contains(&kept[0]["media_id"]));
}
