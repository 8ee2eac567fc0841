//! Days of a time zone, from inclusive to exclusive. Source: /v1 "列出接收到的消息"; behaviour, X8 and D66.

use serde_json::json;

use super::ids;
use crate::support::TestApp;
use crate::support::messages::{Sent, at};

on_every_database!(
    a_day_begins_where_the_zone_says_and_ends_before_the_next,
    another_zone_has_other_days,
    what_is_no_date_is_refused_by_name,
);

/// The last second of a day in China, the first of the next, its last, and the first after it.
fn around_a_day() -> Vec<Sent> {
    ["2014-08-26T15:59:59Z", "2014-08-26T16:00:00Z", "2014-08-27T15:59:59Z", "2014-08-27T16:00:00Z"]
        .map(|time| Sent::text("oX", at(time), time))
        .into()
}

async fn a_day_begins_where_the_zone_says_and_ends_before_the_next(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    app.receive(&account, 1, &around_a_day()).await;
    for (query, expected) in [
        ("start_date=2014-08-27&end_date=2014-08-28", vec!["3", "2"]),
        ("start_date=2014-08-26&end_date=2014-08-27", vec!["1"]),
        ("start_date=2014-08-27", vec!["4", "3", "2"]),
        ("end_date=2014-08-27", vec!["1"]),
        ("start_date=&end_date=%20", vec!["4", "3", "2", "1"]),
        ("start_date=2014-08-28&end_date=2014-08-27", vec![]),
        ("start_date=2014-08-27%2000:00:01&end_date=2014-08-28%2000:00:01", vec!["4", "3"]),
        ("start_date=2014-08-27T23:59:59&end_date=2014-08-28T00:00:00", vec!["3"]),
        ("start_date=0001-01-01&end_date=9999-12-31", vec!["4", "3", "2", "1"]),
    ] {
        assert_eq!(ids(&app, &account, query).await, expected, "{query}");
    }
    let query = "query ($id: ID!, $filter: MessageFilter) { account(id: $id) { messages(filter: $filter) {
        totalCount nodes { id } } } }";
    for filter in [
        json!({ "sentFrom": "2014-08-26T16:00:00Z", "sentBefore": "2014-08-27T16:00:00Z" }),
        json!({ "sentFrom": "2014-08-27T00:00:00+08:00", "sentBeforeLocal": "2014-08-28" }),
        json!({ "sentFromLocal": "2014-08-27", "sentBeforeLocal": "2014-08-28 00:00:00" }),
    ] {
        let data = app.data(query, json!({ "id": account, "filter": filter })).await;
        let expected = json!({ "totalCount": 2, "nodes": [{ "id": "3" }, { "id": "2" }] });
        assert_eq!(data["account"]["messages"], expected, "{filter}");
    }
    let twice = json!({ "sentFrom": "2014-08-26T16:00:00Z", "sentFromLocal": "2014-08-27" });
    let error = app.error(query, json!({ "id": account, "filter": twice })).await;
    assert_eq!(error["extensions"]["field"], "sentFromLocal", "{error}");
}

async fn another_zone_has_other_days(mut app: TestApp) {
    let account = app.bind_only("gh_1").await;
    app.receive(&account, 1, &around_a_day()).await;
    app.restart_with(&["--time-zone", "UTC"]).await;
    assert_eq!(ids(&app, &account, "start_date=2014-08-27&end_date=2014-08-28").await, ["4", "3"]);
    // Clocks in São Paulo left out the first hour of this day.
    app.restart_with(&["--time-zone", "America/Sao_Paulo"]).await;
    let border = [at("2018-11-04T02:59:59Z"), at("2018-11-04T03:00:00Z")].map(|at| Sent::text("oX", at, "a"));
    app.receive(&account, 10, &border).await;
    assert_eq!(ids(&app, &account, "start_date=2018-11-04&end_date=2018-11-05").await, ["11"]);
    assert_eq!(ids(&app, &account, "start_date=2018-11-03&end_date=2018-11-04").await, ["10"]);
}

async fn what_is_no_date_is_refused_by_name(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    for bad in
        ["yesterday", "2014-02-30", "2014-8-1", "20140827", "1409068800000", "2014-08-27Z", "2014-08-27' OR '1'='1"]
    {
        for name in ["start_date", "end_date"] {
            let request = app.rest(reqwest::Method::GET, &format!("/{account}/msg")).query(&[(name, bad)]);
            let answer = app.json(request).await;
            assert_eq!(answer["code"], 400, "{name}={bad} {answer}");
            assert!(answer["message"].as_str().unwrap().starts_with(&format!("{name}: ")), "{answer}");
        }
    }
}
