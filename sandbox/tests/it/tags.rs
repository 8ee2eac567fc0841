//! Tags and who carries them.

use serde_json::{Value, json};

use crate::support::{APP, Account, Simulator, errcode, ok};

const CREATE: &str = "/cgi-bin/tags/create";
const UPDATE: &str = "/cgi-bin/tags/update";
const DELETE: &str = "/cgi-bin/tags/delete";
const TAG: &str = "/cgi-bin/tags/members/batchtagging";
const UNTAG: &str = "/cgi-bin/tags/members/batchuntagging";
const MEMBERS: &str = "/cgi-bin/user/tag/get";
const OF_FOLLOWER: &str = "/cgi-bin/tags/getidlist";

async fn tags(account: &Account<'_>) -> Value {
    account.get("/cgi-bin/tags/get", &[]).await["tags"].clone()
}

#[tokio::test]
async fn a_new_account_has_the_starred_tag_only() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    assert_eq!(tags(&account).await, json!([{"id": 2, "name": "星标组", "count": 0}]));
}

#[tokio::test]
async fn a_tag_lives_through_create_rename_use_and_delete() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 3).await;
    let openids = account.openids(3).await;
    let created = account.post(CREATE, json!({"tag": {"name": "广东"}})).await;
    assert_eq!(created["tag"]["name"], "广东");
    let id = created["tag"]["id"].as_i64().unwrap();
    assert!(id >= 100);

    assert_eq!(account.post(UPDATE, json!({"tag": {"id": id, "name": "广东人"}})).await, ok());
    assert_eq!(account.post(UPDATE, json!({"tag": {"id": id, "name": "广东人"}})).await, ok(), "its own name is free");
    assert_eq!(account.post(TAG, json!({"openid_list": openids[..2], "tagid": id})).await, ok());
    assert_eq!(account.post(TAG, json!({"openid_list": openids[..2], "tagid": id})).await, ok(), "twice is once");
    assert_eq!(account.post(TAG, json!({"openid_list": openids[1..2], "tagid": 2})).await, ok());
    let listed = json!([{"id": 2, "name": "星标组", "count": 1}, {"id": id, "name": "广东人", "count": 2}]);
    assert_eq!(tags(&account).await, listed);

    let members = account.post(MEMBERS, json!({"tagid": id, "next_openid": ""})).await;
    assert_eq!(members, json!({"count": 2, "data": {"openid": openids[..2]}, "next_openid": openids[1]}));
    let rest = account.post(MEMBERS, json!({"tagid": id.to_string(), "next_openid": openids[1]})).await;
    assert_eq!(rest, json!({"count": 0, "next_openid": ""}), "a number in a string will do");
    assert_eq!(account.post(OF_FOLLOWER, json!({"openid": openids[1]})).await, json!({"tagid_list": [2, id]}));
    let info = account.get("/cgi-bin/user/info", &[("openid", &openids[1])]).await;
    assert_eq!(info["tagid_list"], json!([2, id]));

    assert_eq!(account.post(UNTAG, json!({"openid_list": openids, "tagid": id})).await, ok(), "also who has it not");
    assert_eq!(account.post(OF_FOLLOWER, json!({"openid": openids[1]})).await, json!({"tagid_list": [2]}));
    assert_eq!(account.post(TAG, json!({"openid_list": openids, "tagid": id})).await, ok());
    assert_eq!(account.post(DELETE, json!({"tag": {"id": id}})).await, ok());
    assert_eq!(account.post(OF_FOLLOWER, json!({"openid": openids[1]})).await, json!({"tagid_list": [2]}));
    assert_eq!(errcode(&account.post(MEMBERS, json!({"tagid": id})).await), 45159);
}

#[tokio::test]
async fn names_are_checked() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let id = account.create_tag("taken").await;
    for (name, expected) in [
        (String::new(), 45157),
        ("  ".to_owned(), 45157),
        ("taken".to_owned(), 45157),
        ("星标组".to_owned(), 45157),
        ("黑名单".to_owned(), 45157),
        ("未分组".to_owned(), 45157),
        ("标".repeat(31), 45158),
        ("标".repeat(30), 0),
        ("x".to_owned(), 0),
    ] {
        assert_eq!(errcode(&account.post(CREATE, json!({"tag": {"name": name}})).await), expected, "{name}");
    }
    let other = account.create_tag("other").await;
    for (id, name, expected) in [
        (other, "taken", 45157),
        (other, "", 45157),
        (other, &"标".repeat(31), 45158),
        (0, "y", 45058),
        (1, "y", 45058),
        (2, "y", 45058),
        (9999, "y", 45159),
        (id, "renamed", 0),
    ] {
        let answer = account.post(UPDATE, json!({"tag": {"id": id, "name": name}})).await;
        assert_eq!(errcode(&answer), expected, "{id} {name}");
    }
    for (id, expected) in [(0, 45058), (1, 45058), (2, 45058), (9999, 45159)] {
        assert_eq!(errcode(&account.post(DELETE, json!({"tag": {"id": id}})).await), expected, "{id}");
    }
    account.control("PUT", "/profile", json!({"tag_name_unit": "bytes"})).await;
    assert_eq!(errcode(&account.post(CREATE, json!({"tag": {"name": "签".repeat(11)}})).await), 45158);
}

#[tokio::test]
async fn an_account_has_up_to_100_tags_of_its_own_and_a_follower_up_to_20() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 2).await;
    let openids = account.openids(2).await;
    let mut ids = Vec::new();
    for number in 0..100 {
        ids.push(account.create_tag(&format!("tag {number}")).await);
    }
    assert_eq!(errcode(&account.post(CREATE, json!({"tag": {"name": "one too many"}})).await), 45056);
    for id in &ids[..20] {
        assert_eq!(account.post(TAG, json!({"openid_list": [openids[0]], "tagid": id})).await, ok());
    }
    let refused = account.post(TAG, json!({"openid_list": [openids[1], openids[0]], "tagid": ids[20]})).await;
    assert_eq!(errcode(&refused), 45059);
    assert_eq!(
        account.post(OF_FOLLOWER, json!({"openid": openids[1]})).await,
        json!({"tagid_list": []}),
        "refused whole"
    );
    let again = account.post(TAG, json!({"openid_list": [openids[0]], "tagid": ids[0]})).await;
    assert_eq!(again, ok(), "a tag that the follower has is no new one");
}

#[tokio::test]
async fn tagging_takes_up_to_50_and_names_who_left() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 51).await;
    let openids = account.openids(51).await;
    let id = account.create_tag("vip").await;
    for path in [TAG, UNTAG] {
        for (body, expected) in [
            (json!({"openid_list": openids[..50], "tagid": id}), 0),
            (json!({"openid_list": openids, "tagid": id}), 40032),
            (json!({"openid_list": [], "tagid": id}), 40032),
            (json!({"openid_list": "x", "tagid": id}), 40031),
            (json!({"openid_list": [7], "tagid": id}), 40031),
            (json!({"openid_list": openids[..1], "tagid": 9999}), 45159),
            (json!({"openid_list": openids[..1], "tagid": 1}), 45159),
            (json!({"openid_list": openids[..1]}), 45159),
            (json!({"openid_list": ["oUnknown"], "tagid": id}), 40003),
        ] {
            assert_eq!(errcode(&account.post(path, body.clone()).await), expected, "{path} {body}");
        }
    }
    account.control("PUT", &format!("/followers/{}", openids[1]), json!({"subscribe": false})).await;
    let answer = account.post(TAG, json!({"openid_list": openids[..3], "tagid": id})).await;
    assert_eq!((errcode(&answer), &answer["fail_openid_list"]), (45171, &json!([openids[1]])));
    let members = account.post(MEMBERS, json!({"tagid": id})).await;
    assert_eq!(members["data"]["openid"], json!([openids[0], openids[2]]), "the rest succeeded");
    let unknown = account.post(TAG, json!({"openid_list": [openids[3], "oUnknown"], "tagid": id})).await;
    assert_eq!(errcode(&unknown), 40003);
    assert_eq!(account.post(MEMBERS, json!({"tagid": id})).await["count"], 2, "refused whole");
}

#[tokio::test]
async fn the_followers_of_a_tag_come_in_pages_of_10_000() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 10_010).await;
    let id = account.create_tag("many").await;
    let first = account.openids(10_000).await;
    let rest = account.get("/cgi-bin/user/get", &[("next_openid", &first[9999])]).await["data"]["openid"].clone();
    for batch in first.chunks(50) {
        assert_eq!(account.post(TAG, json!({"openid_list": batch, "tagid": id})).await, ok());
    }
    assert_eq!(account.post(TAG, json!({"openid_list": rest, "tagid": id})).await, ok());
    let page = account.post(MEMBERS, json!({"tagid": id, "next_openid": ""})).await;
    assert_eq!((&page["count"], &page["next_openid"]), (&json!(10_000), &json!(first[9999])));
    let page = account.post(MEMBERS, json!({"tagid": id, "next_openid": first[9999]})).await;
    assert_eq!((&page["count"], &page["data"]["openid"]), (&json!(10), &rest));
}
