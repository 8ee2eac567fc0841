//! Who receives a mass send.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{at_wechat, bind, comes_to, create, received, refused, shown, text};
use crate::support::TestApp;
use crate::support::app::APP_ID;

on_every_database!(
    a_group_and_a_gender_select,
    who_left_or_is_blocked_never_receives,
    who_receives_is_settled_when_it_is_accepted,
    a_send_does_not_grow_with_followers_of_other_accounts,
);

/// A local group of these followers. Returns its id.
async fn group(app: &TestApp, account: &str, openids: &[String]) -> String {
    let group = app.post(&format!("/{account}/group"), json!({ "name": "客人" })).await["data"].take();
    let group = group.as_str().unwrap().to_owned();
    join(app, account, &group, openids).await;
    group
}

async fn join(app: &TestApp, account: &str, group: &str, openids: &[String]) {
    let body = json!({ "openid": openids, "group_id": group });
    let answer = app.post(&format!("/{account}/user/add/batch"), body).await;
    assert_eq!(answer["code"], 200, "{answer}");
}

async fn a_group_and_a_gender_select(app: TestApp) {
    app.add_followers(12).await;
    let openids = app.openids_at_wechat(APP_ID).await;
    let of = |places: &[usize]| places.iter().map(|place| openids[*place].clone()).collect::<Vec<_>>();
    let tag = app.tag(APP_ID, "茶友", &of(&[0, 1, 2, 9])).await.to_string();
    app.tag_more(APP_ID, 2, &of(&[2, 3, 4])).await;
    app.blacklist(APP_ID, &of(&[9, 10])).await;
    for (place, sex) in [(0, 1), (1, 2), (2, 2), (3, 1), (5, 2), (6, 2), (7, 1), (9, 2)] {
        app.change_follower(APP_ID, &openids[place], json!({ "sex": sex })).await;
    }
    let account = bind(&app, 0).await;
    let local = group(&app, &account, &of(&[0, 5, 6])).await;
    join(&app, &account, "1", &of(&[6])).await;
    let text = text(&app, &account, "a").await;
    // Blocked: 6 here, which takes him out of his group; 9 and 10 at WeChat. Ungrouped: who carries no tag and is in no
    // local group.
    let (female, male, unknown) = (json!("FEMALE"), json!("MALE"), json!("UNKNOWN"));
    for (group, gender, places) in [
        ("-1", &Value::Null, &[0, 1, 2, 3, 4, 5, 7, 8, 11][..]),
        ("-1", &female, &[1, 2, 5]),
        ("-1", &male, &[0, 3, 7]),
        ("-1", &unknown, &[4, 8, 11]),
        ("0", &Value::Null, &[7, 8, 11]),
        ("0", &unknown, &[8, 11]),
        ("2", &Value::Null, &[2, 3, 4]),
        ("2", &male, &[3]),
        (&tag, &Value::Null, &[0, 1, 2]),
        (&tag, &female, &[1, 2]),
        (&local, &Value::Null, &[0, 5]),
        (&local, &male, &[0]),
    ] {
        let before = at_wechat(&app).await.len();
        let input = json!({ "type": "TEXT", "materialId": text, "groupId": group, "gender": gender });
        let id = create(&app, &account, input).await;
        let done = comes_to(&app, &account, &id, "FINISHED").await;
        assert_eq!(done["recipientCount"], places.len(), "{group} {gender}");
        let wanted: BTreeSet<String> = of(places).into_iter().collect();
        if places.len() == 1 {
            assert_eq!((&done["way"], at_wechat(&app).await.len()), (&json!("PREVIEW"), before), "{group} {gender}");
            assert!(received(&app, "preview").await.is_superset(&wanted));
            continue;
        }
        let ledger = app.control(reqwest::Method::GET, &format!("/{APP_ID}/ledger"), Value::Null).await;
        let of_send =
            ledger.as_array().unwrap().iter().filter(|line| line["msg_id"] == done["chunks"][0]["wechatMsgId"]);
        let got: Vec<&str> = of_send.map(|line| line["openid"].as_str().unwrap()).collect();
        assert_eq!(got.len(), wanted.len(), "{group} {gender}");
        assert_eq!(got.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), wanted, "{group} {gender}");
    }
    for (group, gender) in [("1", "UNKNOWN"), (&*tag, "UNKNOWN"), ("nobody", "MALE")] {
        let input = json!({ "type": "TEXT", "materialId": text, "groupId": group, "gender": gender });
        let response = super::ask_to_send(&app, &account, input).await;
        let error = &response["errors"][0];
        assert_eq!(error["message"], "invalid openid list under selection condition", "{group} {response}");
        assert_eq!(error["extensions"]["field"], "groupId", "{response}");
    }
}

async fn who_left_or_is_blocked_never_receives(app: TestApp) {
    let account = bind(&app, 6).await;
    let openids = app.openids(&account, "-1", 6).await;
    let group = group(&app, &account, &openids[..4]).await;
    app.happen(&openids[0], "unsubscribe", json!({})).await;
    join(&app, &account, "1", &openids[1..2]).await;
    let text = text(&app, &account, "a").await;
    // Those who left and came back are there again.
    app.happen(&openids[5], "unsubscribe", json!({})).await;
    app.happen(&openids[5], "subscribe", json!({})).await;
    for (to, wanted) in [(group.as_str(), 2..4), ("-1", 2..6)] {
        let before = received(&app, "mass").await;
        assert!(!before.contains(&openids[0]) && !before.contains(&openids[1]));
        let id = super::send(&app, &account, to, ("text", &text)).await;
        let done = comes_to(&app, &account, &id, "FINISHED").await;
        assert_eq!(done["recipientCount"], wanted.len(), "{to}");
    }
    let ledger = app.control(reqwest::Method::GET, &format!("/{APP_ID}/ledger"), Value::Null).await;
    let of = |openid: &String| ledger.as_array().unwrap().iter().filter(|line| line["openid"] == *openid).count();
    assert_eq!(openids.iter().map(of).collect::<Vec<_>>(), [0, 0, 2, 2, 1, 1]);
    // With the last two of the group gone, nobody is left of it.
    join(&app, &account, "1", &openids[2..4]).await;
    let body = json!({ "group_id": group, "msg_type": "text", "msg_id": text });
    let message = refused(&app.post(&format!("/{account}/masssend/send"), body).await, 400);
    assert_eq!(message, "invalid openid list under selection condition");
}

async fn who_receives_is_settled_when_it_is_accepted(app: TestApp) {
    let account = bind(&app, 4).await;
    let openids = app.openids(&account, "-1", 4).await;
    let group = group(&app, &account, &openids[..2]).await;
    let text = text(&app, &account, "a").await;
    let at = (chrono::Utc::now() + chrono::TimeDelta::minutes(5)).to_rfc3339();
    let input = json!({ "type": "TEXT", "materialId": text, "groupId": group, "scheduledAt": at });
    let id = create(&app, &account, input).await;
    super::wait_until(&app, &account, &id, |shown| shown["preparedAt"].is_string()).await;
    join(&app, &account, &group, &openids[2..]).await;
    assert_eq!(app.delete(&format!("/{account}/group/{group}")).await["code"], 200);
    super::advance(&app, &account, "mass_send_chunk").await;
    comes_to(&app, &account, &id, "FINISHED").await;
    assert_eq!(received(&app, "mass").await, openids[..2].iter().cloned().collect());
    let shown = shown(&app, &account, &id).await;
    assert_eq!(
        (&shown["groupId"], &shown["group"], &shown["recipientCount"]),
        (&json!(group), &Value::Null, &json!(2))
    );
}

async fn a_send_does_not_grow_with_followers_of_other_accounts(app: TestApp) {
    let account = bind(&app, 3).await;
    app.control(reqwest::Method::POST, "/wxfedcba9876543210/followers", json!({ "count": 5 })).await;
    let other = app.bind_app("gh_other", "wxfedcba9876543210").await;
    app.wait_for_all_jobs(&other).await;
    let id = super::send_text(&app, &account, "a").await;
    let done = comes_to(&app, &account, &id, "FINISHED").await;
    assert_eq!((&done["recipientCount"], &done["totalCount"]), (&json!(3), &json!(3)));
    let ledger = app.control(reqwest::Method::GET, "/wxfedcba9876543210/ledger", Value::Null).await;
    assert_eq!(ledger, json!([]));
}
