//! How followers are read, through both doors.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::APP_ID;

on_every_database!(
    a_follower_has_the_documented_members_in_their_order,
    pages_are_brought_within_bounds,
    a_connection_is_walked_in_both_directions,
    a_cursor_stays_right_while_rows_come_and_go,
);

async fn a_follower_has_the_documented_members_in_their_order(app: TestApp) {
    app.add_followers(1).await;
    let list = app.control(Method::GET, &format!("/{APP_ID}/state"), Value::Null).await;
    assert_eq!(list["followers"], 1, "{list}");
    let account = app.bind(0).await;
    let openid = &app.openids(&account, "-1", 1).await[0];
    let details = json!({
        "nickname": "小明 🎈 \"'%", "sex": 2, "country": "中国", "province": "广东", "city": "深圳",
        "headimgurl": "http://thirdwx.qlogo.cn/mmopen/1/132", "language": "zh_CN", "remark": "VIP",
        "unionid": "oUnion1", "subscribe_time": 1_403_163_520,
    });
    app.control(Method::PUT, &format!("/{APP_ID}/followers/{openid}"), details).await;
    app.get(&format!("/{account}/user/fetch?force=1")).await;
    app.wait_until_idle(&account).await;
    assert_eq!(
        app.get(&format!("/{account}/user/{openid}")).await.to_string(),
        format!(
            r#"{{"code":200,"message":"OK","data":{{"openid":"{openid}","nickname":"小明 🎈 \"'%","country":"中国","province":"广东","city":"深圳","gender":2,"avatar":"http://thirdwx.qlogo.cn/mmopen/1/132","language":"zh_CN","subscribed":true,"subscribe_time":1403163520000,"info_id":"{account}","unionid":"oUnion1","remark":"VIP","unsubscribe_time":null,"ungrouped":true,"blocked":false}}}}"#
        )
    );
    assert_eq!(
        app.get(&format!("/{account}/user?group=0&index=1&size=1")).await.to_string(),
        format!(
            r#"{{"code":200,"message":"OK","data":{{"user":[{{"openid":"{openid}","nickname":"小明 🎈 \"'%","avatar":"http://thirdwx.qlogo.cn/mmopen/1/132"}}],"pagination":{{"index":1,"size":1,"count":1}}}}}}"#
        )
    );
    let query = "query ($id: ID!, $openid: ID!) { account(id: $id) { follower(openid: $openid) {
        openid gender remark subscribedAt unsubscribedAt isSubscribed groups { name } } } }";
    assert_eq!(
        app.data(query, json!({ "id": account, "openid": openid })).await["account"]["follower"],
        json!({
            "openid": openid, "gender": "FEMALE", "remark": "VIP", "subscribedAt": "2014-06-19T07:38:40Z",
            "unsubscribedAt": null, "isSubscribed": true, "groups": [{ "name": "未分组" }],
        })
    );
}

async fn pages_are_brought_within_bounds(app: TestApp) {
    let account = app.bind(120).await;
    for (query, index, size, rows) in [
        ("", 1, 10, 10),
        ("&index=0", 1, 10, 10),
        ("&index=-1", 1, 10, 10),
        ("&index=12", 12, 10, 10),
        ("&index=13", 13, 10, 0),
        ("&index=2147483647&size=100", 2_147_483_647, 100, 0),
        ("&size=0", 1, 0, 0),
        ("&size=-1", 1, 0, 0),
        ("&size=100", 1, 100, 100),
        ("&size=1000000", 1, 100, 100),
        ("&index=2&size=100", 2, 100, 20),
        ("&index=&size=", 1, 10, 10),
    ] {
        let answer = app.get(&format!("/{account}/user?group=-1{query}")).await;
        assert_eq!(answer["data"]["pagination"], json!({ "index": index, "size": size, "count": 120 }), "{query}");
        assert_eq!(answer["data"]["user"].as_array().unwrap().len(), rows, "{query}");
    }
}

const WALK: &str = "query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    account(id: $id) { followers(first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { openid } edges { cursor node { openid } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";

async fn walk(app: &TestApp, variables: Value) -> (Vec<String>, Value) {
    let mut data = app.data(WALK, variables).await;
    let list = &mut data["account"]["followers"];
    let openids = list["nodes"].as_array().unwrap().iter().map(|node| node["openid"].as_str().unwrap().to_owned());
    let openids: Vec<_> = openids.collect();
    let edges = list["edges"].as_array().unwrap();
    assert!(edges.iter().map(|edge| edge["node"]["openid"].as_str().unwrap()).eq(openids.iter().map(String::as_str)));
    assert_eq!(list["pageInfo"]["startCursor"], edges.first().map_or(Value::Null, |edge| edge["cursor"].clone()));
    assert_eq!(list["pageInfo"]["endCursor"], edges.last().map_or(Value::Null, |edge| edge["cursor"].clone()));
    (openids, list["pageInfo"].take())
}

async fn a_connection_is_walked_in_both_directions(app: TestApp) {
    let account = app.bind(50).await;
    let all = app.openids(&account, "-1", 100).await;
    let (mut forward, mut after) = (Vec::new(), Value::Null);
    loop {
        let (openids, info) = walk(&app, json!({ "id": account, "first": 7, "after": after })).await;
        assert_eq!(info["hasPreviousPage"], !forward.is_empty());
        forward.extend(openids);
        if info["hasNextPage"] == false {
            break;
        }
        after = info["endCursor"].clone();
    }
    assert_eq!(forward, all);
    let (mut backward, mut before) = (Vec::new(), Value::Null);
    loop {
        let (openids, info) = walk(&app, json!({ "id": account, "last": 7, "before": before })).await;
        assert_eq!(info["hasNextPage"], !backward.is_empty());
        backward = [openids, backward].concat();
        if info["hasPreviousPage"] == false {
            break;
        }
        before = info["startCursor"].clone();
    }
    assert_eq!(backward, all);
    let (nobody, _) = walk(&app, json!({ "id": account, "first": 0 })).await;
    assert!(nobody.is_empty());
}

async fn a_cursor_stays_right_while_rows_come_and_go(app: TestApp) {
    let account = app.bind(30).await;
    let all = app.openids(&account, "-1", 30).await;
    let (first, info) = walk(&app, json!({ "id": account, "first": 10 })).await;
    // The row that the cursor names goes, and others before and after it.
    let gone = json!({ "openid": [all[2], all[9], all[10]], "group_id": "1" });
    app.post(&format!("/{account}/user/add/batch"), gone).await;
    let (next, _) = walk(&app, json!({ "id": account, "first": 10, "after": info["endCursor"] })).await;
    assert_eq!((first, next), (all[..10].to_vec(), all[11..21].to_vec()));
}

#[tokio::test]
async fn the_groups_of_a_follower_come_as_the_replaced_service_had_them_where_that_is_chosen() {
    let app = TestApp::start_with(crate::support::Backend::Sqlite, &["--rest-groups-as-objects"]).await.unwrap();
    let account = app.bind(1).await;
    let openid = &app.openids(&account, "-1", 1).await[0];
    assert_eq!(
        app.get(&format!("/{account}/user/groups/{openid}")).await.to_string(),
        r#"{"code":200,"message":"OK","data":[{"group_id":"0"}]}"#
    );
}
