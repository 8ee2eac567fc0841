//! Who comes, who goes, and what is known of them.

use reqwest::Method;
use serde_json::{Value, json};

use super::NEWCOMER;
use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::webhook::MODES;

on_every_database!(
    a_newcomer_is_listed_and_asked_about,
    who_leaves_is_forgotten_and_may_come_back,
    events_out_of_order_change_nothing,
    withdrawn_consent_erases_what_is_known,
    an_account_without_credentials_listens_too,
);

const FOLLOWER: &str = "query ($id: ID!, $openid: ID!) { account(id: $id) { followerCount follower(openid: $openid) {
    nickname remark gender country province city language avatarUrl unionid isSubscribed isBlocked isUngrouped
    subscribedAt unsubscribedAt groups { id } } } }";

async fn follower(app: &TestApp, account: &str, openid: &str) -> (Value, Value) {
    let mut data = app.data(FOLLOWER, json!({ "id": account, "openid": openid })).await;
    (data["account"]["followerCount"].take(), data["account"]["follower"].take())
}

const PROFILE: [&str; 6] = ["nickname", "remark", "country", "province", "city", "avatarUrl"];

fn profile() -> Value {
    json!({ "nickname": "新来的 🎈", "sex": 1, "country": "中国", "province": "广东", "city": "深圳", "remark": "VIP",
            "headimgurl": "http://thirdwx.qlogo.cn/mmopen/1/132", "unionid": "oUnion1" })
}

async fn a_newcomer_is_listed_and_asked_about(app: TestApp) {
    let account = app.bind(2).await;
    for (index, mode) in MODES.iter().enumerate() {
        app.connect_webhook(&account, mode).await;
        let openid = format!("{NEWCOMER}{index}");
        // By a QR code with a scene, every second time.
        let scanned = if index % 2 == 0 { json!({}) } else { json!({ "event_key": "qrscene_shop", "ticket": "T" }) };
        let reply = app.happen(&openid, "subscribe", scanned).await;
        assert_eq!(reply, Value::Null, "there is no rule that welcomes");
        let (count, found) = follower(&app, &account, &openid).await;
        assert_eq!(count, json!(3 + index));
        assert_eq!((&found["isSubscribed"], &found["isUngrouped"]), (&json!(true), &json!(true)), "{found}");
    }
    // Who follows, is asked about.
    app.wait_for_all_jobs(&account).await;
    let openid = format!("{NEWCOMER}0");
    app.happen(&openid, "unsubscribe", json!({})).await;
    app.happen(&openid, "subscribe", json!({ "create_time": chrono::Utc::now().timestamp() + 1 })).await;
    app.change_follower(APP_ID, &openid, profile()).await;
    app.happen(&openid, "user_info_modified", json!({ "open_id": openid })).await;
    app.wait_for_all_jobs(&account).await;
}

async fn who_leaves_is_forgotten_and_may_come_back(app: TestApp) {
    let account = app.bind(2).await;
    app.connect_webhook(&account, "plain").await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    app.change_follower(APP_ID, &openid, profile()).await;
    app.fetch_again(&account).await;
    let group = app.post(&format!("/{account}/group"), json!({ "name": "老客户" })).await["data"].clone();
    let added = app.post(&format!("/{account}/user/add"), json!({ "group_id": group, "openid": openid })).await;
    assert_eq!(added["code"], 200, "{added}");
    let (_, before) = follower(&app, &account, &openid).await;
    assert_eq!(before["nickname"], "新来的 🎈");

    app.happen(&openid, "unsubscribe", json!({})).await;
    let (count, gone) = follower(&app, &account, &openid).await;
    assert_eq!(count, json!(1));
    for member in PROFILE {
        assert_eq!(gone[member], Value::Null, "{member}: {gone}");
    }
    assert_eq!(
        (&gone["gender"], &gone["isSubscribed"], &gone["groups"]),
        (&json!("UNKNOWN"), &json!(false), &json!([]))
    );
    assert_eq!(gone["subscribedAt"], before["subscribedAt"], "the dates stay");
    assert_ne!(gone["unsubscribedAt"], Value::Null);

    let at = chrono::Utc::now().timestamp() + 5;
    app.happen(&openid, "subscribe", json!({ "create_time": at })).await;
    let (count, back) = follower(&app, &account, &openid).await;
    assert_eq!(count, json!(2));
    assert_eq!(
        (&back["isSubscribed"], &back["isUngrouped"], &back["unsubscribedAt"]),
        (&json!(true), &json!(true), &Value::Null)
    );
    // WeChat is asked again who it is.
    app.wait_for_all_jobs(&account).await;
    let (_, told) = follower(&app, &account, &openid).await;
    assert_eq!((&told["nickname"], &told["unionid"]), (&json!("新来的 🎈"), &json!("oUnion1")), "{told}");
}

async fn events_out_of_order_change_nothing(app: TestApp) {
    // Without credentials, so that WeChat is not asked: the simulator's followers do what they did last.
    let account = app.bind_only("gh_0123456789ab").await;
    app.connect_webhook(&account, "plain").await;
    let now = chrono::Utc::now().timestamp();
    let at = |seconds: i64| json!({ "create_time": now + seconds });
    // He left at 20; that he had come at 10 arrives later.
    app.happen(NEWCOMER, "subscribe", at(0)).await;
    app.happen(NEWCOMER, "unsubscribe", at(20)).await;
    app.happen(NEWCOMER, "subscribe", at(10)).await;
    let (count, gone) = follower(&app, &account, NEWCOMER).await;
    assert_eq!((count, &gone["isSubscribed"]), (json!(0), &json!(false)));
    // He came back at 40; that he had left at 30 arrives later.
    app.happen(NEWCOMER, "subscribe", at(40)).await;
    app.happen(NEWCOMER, "unsubscribe", at(30)).await;
    let (count, back) = follower(&app, &account, NEWCOMER).await;
    assert_eq!((count, &back["isSubscribed"]), (json!(1), &json!(true)));
    assert_eq!(app.stored_pushes().await.len(), 5, "all of them are stored");
}

async fn withdrawn_consent_erases_what_is_known(app: TestApp) {
    let account = app.bind(1).await;
    app.connect_webhook(&account, "plain").await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    for event in ["user_authorization_revoke", "user_authorization_cancellation"] {
        app.change_follower(APP_ID, &openid, profile()).await;
        app.fetch_again(&account).await;
        assert_eq!(follower(&app, &account, &openid).await.1["nickname"], "新来的 🎈");
        app.happen("oWeChatItself", event, json!({ "open_id": openid, "app_id": APP_ID, "revoke_info": ["1"] })).await;
        let (count, erased) = follower(&app, &account, &openid).await;
        assert_eq!(count, json!(1), "he follows all the same");
        for member in PROFILE {
            assert_eq!(erased[member], Value::Null, "{event} {member}");
        }
    }
}

async fn an_account_without_credentials_listens_too(app: TestApp) {
    let account = app.bind_only("gh_0123456789ab").await;
    let (url, token) = app.webhook(&account).await;
    let console = json!({ "url": url, "token": token, "mode": "plain" });
    app.control(Method::PUT, &format!("/{APP_ID}/webhook"), console).await;
    app.happen(NEWCOMER, "subscribe", json!({})).await;
    let image = app.push(NEWCOMER, json!({ "type": "image" })).await;
    assert_eq!(image["body"], "success", "{image}");
    let (count, found) = follower(&app, &account, NEWCOMER).await;
    assert_eq!((count, &found["isSubscribed"]), (json!(1), &json!(true)));
    let jobs =
        app.data("query ($id: ID!) { account(id: $id) { jobs { totalCount } } }", json!({ "id": account })).await;
    assert_eq!(jobs["account"]["jobs"]["totalCount"], 0, "nobody can be asked");
    assert_eq!(app.stored_pushes().await.len(), 2);
}
