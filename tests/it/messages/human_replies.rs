//! What the staff writes: every type, every refusal, and what is not known.

use chrono::Utc;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::messages::Sent;
use crate::support::uploads::File;

on_every_database!(
    every_type_reaches_the_follower,
    a_refusal_is_said_and_kept,
    what_may_have_arrived_is_not_sent_again,
    only_who_wrote_lately_can_be_written_to,
    a_dropped_upload_is_made_anew,
);

const SEND: &str = "/cgi-bin/message/custom/send";
const MUTATION: &str = "mutation ($input: SendHumanReplyInput!) { sendHumanReply(input: $input) {
    humanReply { id openid type text state errcode error sentAt material { __typename } follower { openid } } } }";

/// An account and a follower who has just written, also by WeChat's reckoning.
async fn prepared(app: &TestApp) -> (String, String) {
    let account = app.bind(2).await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    let profile = json!({ "windows": { "message": { "messages": 100, "seconds": 172_800 } } });
    app.control(Method::PUT, &format!("/{APP_ID}/profile"), profile).await;
    app.control(Method::POST, &format!("/{APP_ID}/push"), json!({ "openid": openid, "type": "text", "content": "a" }))
        .await;
    app.receive(&account, 1, &[Sent::text(&openid, Utc::now().timestamp(), "a")]).await;
    (account, openid)
}

async fn received(app: &TestApp, openid: &str) -> Vec<Value> {
    let all = app.control(Method::GET, &format!("/{APP_ID}/messages?openid={openid}"), Value::Null).await;
    all.as_array().unwrap().iter().filter(|message| message["kind"] == "custom").cloned().collect()
}

async fn list(app: &TestApp, account: &str) -> Vec<Value> {
    let query =
        "query ($id: ID!) { account(id: $id) { humanReplies { totalCount nodes { openid type text state errcode error
        sentAt actor } } } }";
    let data = app.data(query, json!({ "id": account })).await;
    let nodes = data["account"]["humanReplies"]["nodes"].as_array().unwrap().clone();
    assert_eq!(data["account"]["humanReplies"]["totalCount"], nodes.len());
    nodes
}

async fn every_type_reaches_the_follower(app: TestApp) {
    let (account, openid) = prepared(&app).await;
    let upload = async |route: &str, file| {
        let answer = app.upload(&format!("/{account}/{route}"), file).await;
        answer["data"]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    };
    let image = upload("image", File::image("a.jpg")).await;
    let voice = upload("voice", File::voice("歌.mp3")).await;
    let video = upload("video/upload", File::video("a.mp4")).await;
    app.post(&format!("/{account}/video/{video}"), json!({ "title": "片", "description": "述" })).await;
    let text = app.post(&format!("/{account}/text"), json!({ "content": "存" })).await["data"].take();
    let article = |title: &str| json!({ "title": title, "image_id": image, "digest": "摘", "content": "<p>文</p>" });
    let news =
        app.post(&format!("/{account}/news/multiple"), json!([article("一"), article("二")])).await["data"].take();
    let reply = |kind: &str, id: &Value| json!({ "reply": { "type": kind, "id": id } });
    let cases = [
        ("TEXT", json!({ "text": "你好 <a href=\"https://example.com/\">链接</a> 🎉" })),
        ("TEXT", reply("TEXT", &text)),
        ("IMAGE", reply("IMAGE", &json!(image))),
        ("VOICE", reply("VOICE", &json!(voice))),
        ("VIDEO", reply("VIDEO", &json!(video))),
        ("MUSIC", reply("MUSIC", &json!(voice))),
        ("NEWS", reply("NEWS", &news)),
    ];
    for (kind, content) in &cases {
        let mut input = json!({ "accountId": account, "openid": openid });
        input.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
        let data = app.data(MUTATION, json!({ "input": input })).await;
        let sent = &data["sendHumanReply"]["humanReply"];
        assert_eq!(
            (&sent["type"], &sent["state"], &sent["error"]),
            (&json!(kind), &json!("SENT"), &Value::Null),
            "{sent}"
        );
        assert!(sent["sentAt"].is_string() && sent["follower"]["openid"] == *openid, "{sent}");
        assert_eq!(sent["text"].is_string(), content.get("text").is_some(), "{sent}");
        assert_eq!(sent["material"].is_object(), content.get("reply").is_some(), "{sent}");
    }
    let received = received(&app, &openid).await;
    let types: Vec<&str> = received.iter().map(|message| message["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["text", "text", "image", "voice", "video", "music", "news"]);
    let content = |index: usize| &received[index]["content"];
    assert_eq!(content(0)["content"], "你好 <a href=\"https://example.com/\">链接</a> 🎉");
    assert_eq!(content(1)["content"], "存");
    assert_eq!((&content(4)["title"], &content(4)["description"]), (&json!("片"), &json!("述")));
    let music = content(5);
    assert_eq!((&music["title"], &music["musicurl"]), (&json!("歌.mp3"), &music["hqmusicurl"]));
    let song = app.http.get(music["musicurl"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(song.headers()["content-type"], "audio/mpeg");
    assert_eq!(music["thumb_media_id"], content(4)["thumb_media_id"], "one cover for all");
    let card = &content(6)["articles"];
    assert_eq!(card.as_array().unwrap().len(), 1);
    assert_eq!((&card[0]["title"], &card[0]["description"]), (&json!("一"), &json!("摘")));
    for address in ["url", "picurl"] {
        assert_eq!(app.http.get(card[0][address].as_str().unwrap()).send().await.unwrap().status(), 200, "{card}");
    }
    let listed = list(&app, &account).await;
    let listed: Vec<&Value> = listed.iter().rev().map(|row| &row["type"]).collect();
    assert_eq!(listed, cases.iter().map(|(kind, _)| kind).collect::<Vec<_>>());
}

async fn a_refusal_is_said_and_kept(app: TestApp) {
    let (account, openid) = prepared(&app).await;
    let input = json!({ "accountId": account, "openid": openid, "text": "a" });
    for errcode in [45015, 45047, 48001, 40003, 45002] {
        app.fault(json!({ "path": SEND, "errcode": errcode })).await;
        let error = app.error(MUTATION, json!({ "input": input })).await;
        assert_eq!(
            (&error["extensions"]["code"], &error["extensions"]["errcode"]),
            (&json!("UPSTREAM"), &json!(errcode))
        );
        let newest = list(&app, &account).await.remove(0);
        assert_eq!((&newest["state"], &newest["errcode"]), (&json!("FAILED"), &json!(errcode)), "{newest}");
        assert_eq!((&newest["error"], &newest["sentAt"]), (&error["message"], &Value::Null));
    }
    assert!(received(&app, &openid).await.is_empty());
    assert_eq!(app.calls(SEND).await, 5);
}

async fn what_may_have_arrived_is_not_sent_again(mut app: TestApp) {
    let (account, openid) = prepared(&app).await;
    app.restart_with(&["--wechat-timeout", "1"]).await;
    let input = json!({ "accountId": account, "openid": openid, "text": "a" });
    for (number, fault) in (1..).zip([
        json!({ "path": SEND, "drop": true, "executes": true }),
        json!({ "path": SEND, "status": 502, "executes": true }),
        json!({ "path": SEND, "errcode": -1 }),
        json!({ "path": SEND, "delay_ms": 3_000 }),
    ]) {
        app.fault(fault.clone()).await;
        let error = app.error(MUTATION, json!({ "input": input })).await;
        assert_eq!(error["extensions"]["code"], "UPSTREAM", "{fault} {error}");
        let all = list(&app, &account).await;
        assert_eq!((all.len(), &all[0]["state"]), (number, &json!("UNCLEAR")), "{fault}");
        assert!(all[0]["error"].as_str().unwrap().contains("not known"), "{}", all[0]);
    }
    app.wait_until_struck(SEND, 0).await;
    // The simulator does not count a call that nobody waits for any more.
    assert!(app.calls(SEND).await <= 4, "each once at most");
}

async fn only_who_wrote_lately_can_be_written_to(app: TestApp) {
    let account = app.bind(3).await;
    let openids = app.openids(&account, "-1", 3).await;
    let now = Utc::now().timestamp();
    let old = now - 48 * 3_600 - 60;
    let click = "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>a</EventKey>";
    app.receive(&account, 1, &[Sent::text(&openids[0], old, "a"), Sent::of(&openids[0], now, click)]).await;
    app.receive(&account, 10, &[Sent::text("oStranger", now, "a")]).await;
    let since = chrono::DateTime::from_timestamp(old, 0).unwrap().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    for (openid, code, words) in [
        (openids[0].as_str(), "CONFLICT", since.as_str()),
        (&openids[1], "CONFLICT", "has sent no message"),
        ("oStranger", "NOT_FOUND", "does not exist"),
    ] {
        let input = json!({ "accountId": account, "openid": openid, "text": "a" });
        let error = app.error(MUTATION, json!({ "input": input })).await;
        assert_eq!(error["extensions"]["code"], code, "{error}");
        assert!(error["message"].as_str().unwrap().contains(words), "{error}");
    }
    // Who left cannot be written to, whatever he wrote.
    app.receive(&account, 20, &[Sent::text(&openids[2], now, "a")]).await;
    app.change_follower(APP_ID, &openids[2], json!({ "subscribe": false })).await;
    app.fetch_again(&account).await;
    let input = json!({ "accountId": account, "openid": openids[2], "text": "a" });
    let error = app.error(MUTATION, json!({ "input": input })).await;
    assert_eq!(error["extensions"]["code"], "CONFLICT", "{error}");
    let other = app.bind_only("gh_2").await;
    let input = json!({ "accountId": other, "openid": openids[0], "text": "a" });
    assert_eq!(app.error(MUTATION, json!({ "input": input })).await["extensions"]["code"], "NOT_FOUND");
    assert!(list(&app, &account).await.is_empty());
    assert_eq!(app.calls(SEND).await, 0);
}

async fn a_dropped_upload_is_made_anew(app: TestApp) {
    let (account, openid) = prepared(&app).await;
    let image = app.upload(&format!("/{account}/image"), File::image("a.jpg")).await["data"]["id"].take();
    app.wait_until_done(&account).await;
    app.fault(json!({ "path": SEND, "errcode": 40007 })).await;
    let input = json!({ "accountId": account, "openid": openid, "reply": { "type": "IMAGE", "id": image } });
    let data = app.data(MUTATION, json!({ "input": input })).await;
    assert_eq!(data["sendHumanReply"]["humanReply"]["state"], "SENT");
    assert_eq!((app.calls(SEND).await, app.calls("/cgi-bin/media/upload").await), (2, 2));
    assert_eq!(received(&app, &openid).await.len(), 1);
}
