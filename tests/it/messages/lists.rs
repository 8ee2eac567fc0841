//! The order of lists, cursors while messages arrive, pages that lie deep, and the messages of one follower.

use serde_json::{Value, json};

use super::{ids, page};
use crate::support::TestApp;
use crate::support::messages::Sent;

on_every_database!(
    messages_of_one_second_have_an_order,
    a_cursor_stays_right_while_messages_arrive,
    pages_of_many_are_cut_and_counted,
    a_follower_has_messages_of_his_own,
);

const BASE: i64 = 1_406_822_400;

fn texts(openid: &str, from: i64, count: i64) -> Vec<Sent> {
    (from..from + count).map(|number| Sent::text(openid, BASE + number, &format!("n{number}"))).collect()
}

async fn messages_of_one_second_have_an_order(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    app.receive(&account, 10, &vec![Sent::text("oX", BASE, "a"); 9]).await;
    let all: Vec<String> = (10..19).rev().map(|id| id.to_string()).collect();
    assert_eq!(ids(&app, &account, "").await, all);
    let mut paged = Vec::new();
    for index in 1..=5 {
        let (messages, _) = page(&app, &account, &format!("size=2&index={index}")).await;
        paged.extend(messages.iter().map(|message| message["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(paged, all);
}

async fn a_cursor_stays_right_while_messages_arrive(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    app.receive(&account, 1, &texts("oX", 1, 9)).await;
    let query = "query ($id: ID!, $after: String, $before: String, $first: Int, $last: Int) { account(id: $id) {
        messages(first: $first, last: $last, after: $after, before: $before) { nodes { id }
        pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }";
    let window = async |variables: Value| {
        let mut whole = json!({ "id": account });
        whole.as_object_mut().unwrap().extend(variables.as_object().unwrap().clone());
        let mut data = app.data(query, whole).await;
        let nodes = data["account"]["messages"]["nodes"].as_array().unwrap();
        let ids: Vec<String> = nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
        (ids, data["account"]["messages"]["pageInfo"].take())
    };
    let (first, info) = window(json!({ "first": 4 })).await;
    assert_eq!((first, &info["hasNextPage"]), (["9", "8", "7", "6"].map(String::from).to_vec(), &json!(true)));
    app.receive(&account, 20, &texts("oX", 20, 3)).await;
    let (next, end) = window(json!({ "first": 10, "after": info["endCursor"] })).await;
    assert_eq!((next, &end["hasNextPage"]), (["5", "4", "3", "2", "1"].map(String::from).to_vec(), &json!(false)));
    let (newer, _) = window(json!({ "last": 10, "before": info["startCursor"] })).await;
    assert_eq!(newer, ["22", "21", "20"]);
    assert_eq!(window(json!({ "last": 2 })).await.0, ["2", "1"]);
}

async fn pages_of_many_are_cut_and_counted(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let many: Vec<Sent> = (0..5_000)
        .map(|number| {
            let push = Sent::text("oX", BASE + number / 3, &format!("n{number}"));
            if number % 4 == 0 { push.answered() } else { push }
        })
        .collect();
    app.receive(&account, 100_000, &many).await;
    let (last, count) = page(&app, &account, "size=100&index=50").await;
    assert_eq!((last.len(), count, &last[99]["id"]), (100, 5_000, &json!("100000")));
    assert_eq!(page(&app, &account, "size=100&index=51").await, (vec![], 5_000));
    let (rows, count) = page(&app, &account, "size=100&index=38&filterivrmsg=1").await;
    assert_eq!((rows.len(), count), (50, 3_750));
    let (rows, count) = page(&app, &account, "size=10&filter=n499").await;
    assert_eq!((rows.len(), count), (10, 11), "n499 and n4990 to n4999");
}

async fn a_follower_has_messages_of_his_own(app: TestApp) {
    let account = app.bind(2).await;
    let openids = app.openids(&account, "-1", 2).await;
    app.receive(&account, 1, &texts(&openids[0], 1, 3)).await;
    app.receive(&account, 10, &texts(&openids[1], 10, 2)).await;
    app.receive(&account, 20, &texts("oStranger", 20, 1)).await;
    let query = "query ($id: ID!, $filter: MessageFilter) { account(id: $id) { followers { nodes { openid
        messages(first: 2, filter: $filter) { totalCount nodes { id sender { openid } } } humanReplies { totalCount } } } } }";
    let data = app.data(query, json!({ "id": account })).await;
    for follower in data["account"]["followers"]["nodes"].as_array().unwrap() {
        let (ids, count) = if follower["openid"] == *openids[0] { (["3", "2"], 3) } else { (["11", "10"], 2) };
        let nodes = ids.map(|id| json!({ "id": id, "sender": { "openid": follower["openid"] } }));
        assert_eq!(follower["messages"], json!({ "totalCount": count, "nodes": nodes }));
        assert_eq!(follower["humanReplies"]["totalCount"], 0);
    }
    let error = app.error(query, json!({ "id": account, "filter": { "openid": "x" } })).await;
    assert_eq!(error["extensions"]["field"], "openid", "{error}");
}
