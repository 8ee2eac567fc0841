//! Putting followers into groups and taking them out: all of them or none.

use serde_json::json;

use super::room::{Room, ask};
use crate::support::TestApp;
use crate::support::app::APP_ID;

on_every_database!(
    nobody_joins_or_leaves_everybody,
    one_unknown_openid_stops_the_whole_batch,
    a_large_batch_is_one_transaction,
    an_openid_must_match_to_the_last_character,
    what_changes_nothing_is_fine,
);

const ROUTES: [&str; 2] = ["/user/add", "/user/rm"];

async fn nobody_joins_or_leaves_everybody(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    for route in ROUTES {
        for group in [json!("-1"), json!(-1), json!(" -1 ")] {
            let one = json!({ "openid": room.own.openids[1], "group_id": group });
            let batch = json!({ "openid": room.own.openids, "group_id": group });
            let none = json!({ "openid": [], "group_id": group });
            let route_of_batch = format!("{route}/batch");
            for request in
                [room.post(route, &one), room.post(&route_of_batch, &batch), room.post(&route_of_batch, &none)]
            {
                let answer = ask(request).await;
                answer.is_refusal(400, route);
                answer.names("group_id", route);
            }
        }
    }
    room.is_as_it_was(&before, "the group -1").await;
}

async fn one_unknown_openid_stops_the_whole_batch(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    for route in ["/user/add/batch", "/user/rm/batch"] {
        for group in [room.own.group.as_str(), "0", "1", "2"] {
            for unknown in ["nobody", "😀", "\"", "'", "%", "_", &room.other.openids[0]] {
                for place in [0, 3, 5] {
                    let mut openids = room.own.openids.clone();
                    openids.insert(place, unknown.to_owned());
                    let context = format!("{route} {group} {unknown} {place}");
                    let answer = ask(room.post(route, &json!({ "openid": openids, "group_id": group }))).await;
                    answer.is_refusal(404, &context);
                    assert_eq!(answer.message(), format!("follower {unknown:?} does not exist"), "{context}");
                }
            }
            room.is_as_it_was(&before, group).await;
        }
    }
}

async fn a_large_batch_is_one_transaction(app: TestApp) {
    let account = app.bind(1_050).await;
    let mut openids = Vec::new();
    for page in 1..=11 {
        let users = app.get(&format!("/{account}/user?group=-1&size=100&index={page}")).await;
        let users = users["data"]["user"].as_array().unwrap().clone();
        openids.extend(users.into_iter().map(|user| user["openid"].as_str().unwrap().to_owned()));
    }
    assert_eq!(openids.len(), 1_050);
    let group_list = format!("/{account}/group");
    let groups = || app.get(&group_list);
    let before = groups().await;
    // Sorts behind all others, so that the first thousand are done when it is met.
    let unknown = "zzzzzzzzzzzzzzzzzzzzzzzzzzzz";
    let batch = openids.iter().map(String::as_str).chain([unknown]).collect::<Vec<_>>();
    for group in ["0", "1", "2"] {
        let answer =
            app.post(&format!("/{account}/user/add/batch"), json!({ "openid": batch, "group_id": group })).await;
        assert_eq!(answer["code"], 404, "{answer}");
        assert_eq!(answer["message"], format!("follower {unknown:?} does not exist"));
        assert_eq!(groups().await, before, "{group}");
        let members = app.get(&format!("/{account}/user?group=2")).await;
        assert_eq!(members["data"]["pagination"]["count"], 0, "{members}");
        assert_eq!(members["data"]["user"], json!([]));
    }
    let answer = app.post(&format!("/{account}/user/add/batch"), json!({ "openid": openids, "group_id": "2" })).await;
    assert_eq!(answer["code"], 200, "{answer}");
    assert_eq!(groups().await["data"]["groups"][2]["num"], 1_050);
    assert_eq!(app.calls("/cgi-bin/tags/members/batchtagging").await, 0, "{APP_ID}: groups are changed here alone");
}

async fn an_openid_must_match_to_the_last_character(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let openid = &room.own.openids[1];
    let swapped: String = openid
        .chars()
        .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    for close in [swapped, format!("{openid}\u{301}"), format!("{openid}."), openid[1..].to_owned()] {
        for route in ROUTES {
            let body = json!({ "openid": close, "group_id": room.own.group });
            ask(room.post(route, &body)).await.is_refusal(404, &close);
        }
        room.is_as_it_was(&before, &close).await;
    }
}

async fn what_changes_nothing_is_fine(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let ok = json!({ "code": 200, "message": "OK", "data": null });
    let (member, stranger, group) = (&room.own.openids[0], &room.own.openids[1], &room.own.group);
    for (route, body) in [
        ("/user/add/batch", json!({ "openid": [], "group_id": group })),
        ("/user/rm/batch", json!({ "openid": [], "group_id": group })),
        ("/user/add", json!({ "openid": member, "group_id": group })),
        ("/user/add/batch", json!({ "openid": [member, member], "group_id": group })),
        ("/user/rm", json!({ "openid": stranger, "group_id": group })),
        ("/user/rm", json!({ "openid": stranger, "group_id": "1" })),
        ("/user/rm", json!({ "openid": stranger, "group_id": "2" })),
        ("/user/rm", json!({ "openid": stranger, "group_id": "0" })),
        ("/user/rm", json!({ "openid": member, "group_id": "0" })),
        ("/user/add", json!({ "openid": stranger, "group_id": "0" })),
    ] {
        assert_eq!(ask(room.post(route, &body)).await.body, ok, "{route} {body}");
        room.is_as_it_was(&before, &format!("{route} {body}")).await;
    }
}
