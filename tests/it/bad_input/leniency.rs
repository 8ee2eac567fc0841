//! What legacy clients send and always could: odd, but not bad.

use reqwest::Method;
use serde_json::{Value, json};

use super::room::{Answer, Room, ask};
use crate::support::TestApp;

on_every_database!(
    numbers_and_booleans_stand_for_texts,
    one_value_stands_for_a_list_of_one,
    members_and_parameters_that_nobody_asked_for_are_ignored,
    json_is_json_by_any_of_its_names,
    a_trailing_slash_is_no_part_of_a_path,
    page_numbers_are_brought_within_bounds,
    force_is_spelled_in_several_ways,
    force_is_also_spelled_yes,
);

async fn numbers_and_booleans_stand_for_texts(app: TestApp) {
    let room = Room::furnish(app).await;
    let bound = room.app.post("/bind", json!({ "weixin_id": 12345 })).await;
    assert_eq!(bound["code"], 200, "{bound}");
    assert_eq!(bound, room.app.post("/bind", json!({ "weixin_id": "12345" })).await);
    // What has more digits than a double keeps them all.
    for (sent, kept) in [
        ("2026", "2026"),
        ("-1.50", "-1.50"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("true", "true"),
        ("false", "false"),
    ] {
        let body = |member: &str| format!("{{\"{member}\":{sent}}}");
        let created = ask(room.app.rest(Method::POST, &room.path("/group")).body(body("name"))).await;
        assert_eq!(created.code(), 200, "{}", created.body);
        assert!(room.group_names().await.iter().any(|name| name == kept));
        let saved = ask(room.app.rest(Method::POST, &room.path("/text")).body(body("content"))).await;
        let read = ask(room.get(&format!("/text/{}", saved.body["data"].as_str().unwrap()))).await;
        assert_eq!(read.body["data"]["content"], kept);
    }
    let starred = json!({ "openid": room.own.openids[1], "group_id": 2 });
    assert_eq!(ask(room.post("/user/add", &starred)).await.code(), 200);
    assert_eq!(groups_of(&room, 1).await, json!(["2"]));
}

async fn one_value_stands_for_a_list_of_one(app: TestApp) {
    let room = Room::furnish(app).await;
    let body = json!({ "openid": room.own.openids[1], "group_id": "2" });
    assert_eq!(ask(room.post("/user/add/batch", &body)).await.code(), 200);
    assert_eq!(groups_of(&room, 1).await, json!(["2"]));
    assert_eq!(ask(room.post("/user/rm/batch", &body)).await.code(), 200);
    assert_eq!(groups_of(&room, 1).await, json!(["0"]));
}

async fn members_and_parameters_that_nobody_asked_for_are_ignored(app: TestApp) {
    let room = Room::furnish(app).await;
    let body = json!({
        "name": "多余", "more": { "deep": [1, null] }, "id": "x", "info_id": "nobody", "infoId": "nobody", "Name": "other", "": 1
    });
    let created = ask(room.post("/group", &body)).await;
    assert_eq!(created.code(), 200, "{}", created.body);
    assert!(room.group_names().await.contains(&"多余".to_owned()));
    let plain = ask(room.get("/user?group=-1")).await.body;
    for query in
        ["_=1690000000", "callback=f", "access_token=x", "=", "&&", "group=0&group=-1", "Group=0", "😀=%F0%9F%98%80"]
    {
        let listed = ask(room.get(&format!("/user?group=-1&{query}"))).await;
        assert_eq!(listed.body, plain, "{query}");
    }
}

async fn json_is_json_by_any_of_its_names(app: TestApp) {
    let room = Room::furnish(app).await;
    for (index, content_type) in [
        None,
        Some("application/json"),
        Some("application/json; charset=utf-8"),
        Some("application/json;charset=GBK"),
        Some("APPLICATION/JSON"),
        Some(" application/json ;"),
        Some("application/vnd.x+json"),
        Some("application/problem+json; a=b"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("茶 {index}");
        let bom = if index % 2 == 0 { "\u{feff}" } else { " \r\n" };
        let mut request =
            room.app.rest(Method::POST, &room.path("/group")).body(format!("{bom}{}", json!({ "name": name })));
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let created = ask(request).await;
        assert_eq!(created.code(), 200, "{content_type:?} {}", created.body);
        assert!(room.group_names().await.contains(&name), "{content_type:?}");
    }
}

async fn a_trailing_slash_is_no_part_of_a_path(app: TestApp) {
    let room = Room::furnish(app).await;
    let openid = &room.own.openids[0];
    for path in [
        "/group".to_owned(),
        format!("/user/{openid}"),
        format!("/user/groups/{openid}"),
        format!("/text/{}", room.own.text),
        format!("/image/url/{}", room.own.image),
        format!("/voice/url/{}", room.own.voice),
        "/video".to_owned(),
        format!("/video/{}", room.own.video),
        format!("/news/{}", room.own.news),
        "/keyword".to_owned(),
        "/keyword/subscribe".to_owned(),
        format!("/keyword/{}", room.own.rule),
        "/user/fetch".to_owned(),
    ] {
        let (plain, slashed) = (ask(room.get(&path)).await, ask(room.get(&format!("{path}/"))).await);
        assert_eq!((slashed.status, slashed.body), (plain.status, plain.body), "{path}");
    }
    assert_eq!(ask(room.get("/user/?group=0")).await.body, ask(room.get("/user?group=0")).await.body);
    assert_eq!(ask(room.app.rest(Method::GET, &format!("/bind/refresh/{}/", room.own.id))).await.code(), 200);
    assert_eq!(ask(room.app.rest(Method::POST, "/bind/").json(&json!({ "weixin_id": "gh_s" }))).await.code(), 200);
    assert_eq!(ask(room.app.rest(Method::POST, "/bind/fillin/").json(&json!({}))).await.status, 200);
    let put = room.put(&format!("/group/{}/", room.own.group), &json!({ "name": "改" }));
    assert_eq!(ask(put).await.code(), 200);
    assert!(room.group_names().await.contains(&"改".to_owned()));
    let member = json!({ "openid": [openid], "group_id": "2" });
    for path in ["/user/add/batch/", "/user/rm/batch/"] {
        assert_eq!(ask(room.post(path, &member)).await.code(), 200, "{path}");
    }
    assert_eq!(ask(room.delete(&format!("/group/{}/", room.own.group))).await.code(), 200);
}

async fn page_numbers_are_brought_within_bounds(app: TestApp) {
    let room = Room::furnish(app).await;
    for (query, index, size, rows) in [
        ("", 1, 10, 5),
        ("&index=&size=", 1, 10, 5),
        ("&index=%20&size=%20", 1, 10, 5),
        ("&index=0", 1, 10, 5),
        ("&index=-1", 1, 10, 5),
        ("&index=-2147483648", 1, 10, 5),
        ("&index=2", 2, 10, 0),
        ("&index=2147483647&size=100", 2_147_483_647, 100, 0),
        ("&size=0", 1, 0, 0),
        ("&size=-1", 1, 0, 0),
        ("&size=2", 1, 2, 2),
        ("&index=3&size=2", 3, 2, 1),
        ("&size=100", 1, 100, 5),
        ("&size=101", 1, 100, 5),
        ("&size=1000000", 1, 100, 5),
        ("&size=%202%20", 1, 2, 2),
        ("&size=2.0", 1, 2, 2),
        ("&index=002&size=04", 2, 4, 1),
    ] {
        let listed = ask(room.get(&format!("/user?group=-1{query}"))).await;
        assert_eq!(listed.code(), 200, "{query} {}", listed.body);
        let data = &listed.body["data"];
        assert_eq!(data["pagination"], json!({ "index": index, "size": size, "count": 5 }), "{query}");
        assert_eq!(data["user"].as_array().unwrap().len(), rows, "{query}");
    }
}

async fn force_is_spelled_in_several_ways(app: TestApp) {
    let room = Room::furnish(app).await;
    for query in ["", "?force=", "?force=%20", "?force", "?force=0", "?force=false", "?force=FALSE", "?force=%200"] {
        let answer = fetch(&room, query).await;
        answer.is_refusal(400, query);
        assert_eq!(answer.message(), "follower info has already been fetched", "{query}");
    }
    for query in ["?force=1", "?force=true", "?force=TRUE", "?force=True", "?force=%201%20", "?force=0&force=1"] {
        assert_eq!(fetch(&room, query).await.code(), 200, "{query}");
        room.app.wait_until_idle(&room.own.id).await;
    }
}

/// Behaviour reference, part 20, X17: 1, true and yes force.
async fn force_is_also_spelled_yes(app: TestApp) {
    let room = Room::furnish(app).await;
    for query in ["?force=yes", "?force=YES"] {
        let answer = fetch(&room, query).await;
        assert_eq!(answer.code(), 200, "{query} {}", answer.body);
        room.app.wait_until_idle(&room.own.id).await;
    }
}

async fn fetch(room: &Room, query: &str) -> Answer {
    ask(room.get(&format!("/user/fetch{query}"))).await
}

async fn groups_of(room: &Room, follower: usize) -> Value {
    ask(room.get(&format!("/user/groups/{}", room.own.openids[follower]))).await.body["data"].clone()
}
