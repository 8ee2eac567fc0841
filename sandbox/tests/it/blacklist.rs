//! The blacklist.

use serde_json::{Value, json};

use crate::support::{APP, Simulator, errcode, ok};

const LIST: &str = "/cgi-bin/tags/members/getblacklist";
const ADD: &str = "/cgi-bin/tags/members/batchblacklist";
const REMOVE: &str = "/cgi-bin/tags/members/batchunblacklist";

#[tokio::test]
async fn up_to_20_go_on_and_off_the_list_at_once() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 21).await;
    let openids = account.openids(21).await;
    assert_eq!(
        account.post(LIST, json!({"begin_openid": ""})).await,
        json!({"total": 0, "count": 0, "next_openid": ""})
    );
    for path in [ADD, REMOVE] {
        for (list, expected) in
            [(json!(openids), 40032), (json!([]), 40032), (json!("x"), 40031), (json!([openids[0], "oUnknown"]), 40003)]
        {
            assert_eq!(errcode(&account.post(path, json!({"openid_list": list})).await), expected, "{path} {list}");
        }
    }
    assert_eq!(account.post(LIST, json!({})).await["total"], 0, "a refused call changes nothing");
    assert_eq!(account.post(ADD, json!({"openid_list": openids[..20]})).await, ok());
    let listed = account.post(LIST, json!({"begin_openid": ""})).await;
    let expected = json!({"total": 20, "count": 20, "data": {"openid": openids[..20]}, "next_openid": openids[19]});
    assert_eq!(listed, expected);
    assert_eq!(account.post(REMOVE, json!({"openid_list": openids[1..]})).await.get("errcode"), Some(&json!(0)));
    assert_eq!(account.post(LIST, json!({})).await["data"]["openid"], json!([openids[0]]));
    let info = account.get("/cgi-bin/user/info", &[("openid", &openids[0])]).await;
    assert_eq!((&info["subscribe"], &info["groupid"]), (&json!(1), &json!(1)), "who is blacklisted still follows");
}

#[tokio::test]
async fn the_list_comes_in_pages_of_1000() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1005).await;
    let openids = account.openids(1005).await;
    for batch in openids.chunks(20) {
        assert_eq!(account.post(ADD, json!({"openid_list": batch})).await, ok());
    }
    let first = account.post(LIST, json!({"begin_openid": ""})).await;
    assert_eq!((&first["total"], &first["count"]), (&json!(1005), &json!(1000)));
    let second = account.post(LIST, json!({"begin_openid": first["next_openid"]})).await;
    assert_eq!((&second["count"], &second["data"]["openid"]), (&json!(5), &json!(openids[1000..])));
    let end = account.post(LIST, json!({"begin_openid": second["next_openid"]})).await;
    assert_eq!(end, json!({"total": 1005, "count": 0, "next_openid": ""}));
    let state = account.control("GET", "/state", Value::Null).await;
    assert_eq!(state["blacklisted"], 1005);
}
