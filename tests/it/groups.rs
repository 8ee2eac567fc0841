//! Groups of followers, and who is in them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;

on_every_database!(
    the_system_groups_are_always_there,
    a_group_is_created_renamed_and_deleted,
    a_put_without_a_body_deletes,
    a_name_is_taken_only_while_its_group_lives,
    followers_join_and_leave_groups,
    a_follower_can_be_in_several_groups,
    the_groups_0_and_1_are_states,
    counts_are_what_the_lists_show,
    a_batch_with_an_unknown_openid_is_refused_whole,
    another_accounts_groups_and_followers_do_not_exist,
    deleting_a_group_of_many_frees_those_without_another,
);

const OK: &str = r#"{"code":200,"message":"OK","data":null}"#;

/// Number of followers in each group, by the group's name, and in all.
async fn counts(app: &TestApp, account: &str) -> Value {
    let answer = app.get(&format!("/{account}/group")).await;
    let mut counts = json!({ "total": answer["data"]["total"] });
    for group in answer["data"]["groups"].as_array().unwrap() {
        counts[group["name"].as_str().unwrap()] = group["num"].clone();
    }
    counts
}

async fn create(app: &TestApp, account: &str, name: &str) -> String {
    let answer = app.post(&format!("/{account}/group"), json!({ "name": name })).await;
    assert_eq!(answer["code"], 200, "{answer}");
    answer["data"].as_str().unwrap().to_owned()
}

async fn change(app: &TestApp, account: &str, verb: &str, openid: &str, group: &str) {
    let answer = app.post(&format!("/{account}/user/{verb}"), json!({ "openid": openid, "group_id": group })).await;
    assert_eq!(answer.to_string(), OK);
}

async fn groups_of(app: &TestApp, account: &str, openid: &str) -> Value {
    app.get(&format!("/{account}/user/groups/{openid}")).await["data"].take()
}

async fn the_system_groups_are_always_there(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    assert_eq!(
        app.get(&format!("/{account}/group")).await.to_string(),
        r#"{"code":200,"message":"OK","data":{"total":0,"groups":[{"id":"0","name":"未分组","num":0},{"id":"1","name":"黑名单","num":0},{"id":"2","name":"星标组","num":0}]}}"#
    );
    for id in ["-1", "0", "1", "2"] {
        let path = format!("/{account}/group/{id}");
        for answer in [app.put(&path, json!({ "name": "x" })).await, app.delete(&path).await] {
            assert_eq!(answer["code"], 400, "{answer}");
            assert!(answer["message"].as_str().unwrap().starts_with("id: "), "{answer}");
        }
    }
}

async fn a_group_is_created_renamed_and_deleted(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let group = create(&app, &account, " 贵宾 🎉 \"'%_\\ ").await;
    let path = format!("/{account}/group/{group}");
    assert_eq!(counts(&app, &account).await["贵宾 🎉 \"'%_\\"], 0);
    assert_eq!(app.put(&path, json!({ "name": "常客" })).await.to_string(), OK);
    assert_eq!(counts(&app, &account).await["常客"], 0);
    assert_eq!(app.delete(&path).await.to_string(), OK);
    assert_eq!(app.get(&format!("/{account}/group")).await["data"]["groups"].as_array().unwrap().len(), 3);
    for answer in [app.delete(&path).await, app.put(&path, json!({ "name": "x" })).await] {
        assert_eq!(answer["code"], 404, "{answer}");
    }
}

async fn a_put_without_a_body_deletes(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let group = create(&app, &account, "a").await;
    let path = format!("/{account}/group/{group}");
    let empty = app.json(app.rest(Method::PUT, &path).header("content-type", "application/json").body("{}")).await;
    assert_eq!(empty["code"], 400, "{empty}");
    assert_eq!(counts(&app, &account).await["a"], 0);
    assert_eq!(app.json(app.rest(Method::PUT, &path)).await.to_string(), OK);
    assert_eq!(counts(&app, &account).await["a"], Value::Null);
}

async fn a_name_is_taken_only_while_its_group_lives(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let first = create(&app, &account, "a").await;
    let second = create(&app, &account, "b").await;
    for answer in [
        app.post(&format!("/{account}/group"), json!({ "name": " a" })).await,
        app.put(&format!("/{account}/group/{second}"), json!({ "name": "a" })).await,
        app.post(&format!("/{account}/group"), json!({ "name": "未分组" })).await,
    ] {
        assert_eq!(answer["code"], 409, "{answer}");
    }
    // Its own name, and another case.
    assert_eq!(app.put(&format!("/{account}/group/{first}"), json!({ "name": "a" })).await.to_string(), OK);
    create(&app, &account, "A").await;
    // Free again, more than once.
    for _ in 0..2 {
        let answer = app.delete(&format!("/{account}/group/{first}")).await;
        assert!(matches!(answer["code"].as_i64(), Some(200 | 404)));
        let again = create(&app, &account, "a").await;
        assert_eq!(app.delete(&format!("/{account}/group/{again}")).await.to_string(), OK);
    }
    // The name of another account's group is free.
    let other = app.bind_only("gh_2").await;
    create(&app, &other, "b").await;
}

async fn followers_join_and_leave_groups(app: TestApp) {
    let account = app.bind(3).await;
    let group = create(&app, &account, "a").await;
    let openids = app.openids(&account, "-1", 3).await;
    change(&app, &account, "add", &openids[0], &group).await;
    change(&app, &account, "add", &openids[0], &group).await;
    assert_eq!(
        app.get(&format!("/{account}/user?group={group}")).await["data"]["pagination"],
        json!({ "index": 1, "size": 10, "count": 1 })
    );
    assert_eq!(app.openids(&account, "0", 10).await, openids[1..]);
    let batch = json!({ "openid": openids, "group_id": group });
    assert_eq!(app.post(&format!("/{account}/user/add/batch"), batch.clone()).await.to_string(), OK);
    assert_eq!(counts(&app, &account).await, json!({ "total": 3, "未分组": 0, "黑名单": 0, "星标组": 0, "a": 3 }));
    // The newest member comes first.
    assert_eq!(app.openids(&account, &group, 10).await.last(), Some(&openids[0]));
    assert_eq!(app.post(&format!("/{account}/user/rm/batch"), batch.clone()).await.to_string(), OK);
    assert_eq!(app.post(&format!("/{account}/user/rm/batch"), batch).await.to_string(), OK);
    assert_eq!(counts(&app, &account).await, json!({ "total": 3, "未分组": 3, "黑名单": 0, "星标组": 0, "a": 0 }));
}

async fn a_follower_can_be_in_several_groups(app: TestApp) {
    let account = app.bind(1).await;
    let openid = &app.openids(&account, "-1", 1).await[0];
    let (a, b) = (create(&app, &account, "a").await, create(&app, &account, "b").await);
    assert_eq!(groups_of(&app, &account, openid).await, json!(["0"]));
    for group in [&a, &b, "2"] {
        change(&app, &account, "add", openid, group).await;
    }
    assert_eq!(groups_of(&app, &account, openid).await, json!(["2", a, b]));
    change(&app, &account, "rm", openid, &a).await;
    change(&app, &account, "rm", openid, "2").await;
    assert_eq!(groups_of(&app, &account, openid).await, json!([b]));
    assert_eq!(app.delete(&format!("/{account}/group/{b}")).await.to_string(), OK);
    assert_eq!(groups_of(&app, &account, openid).await, json!(["0"]));
    assert_eq!(counts(&app, &account).await, json!({ "total": 1, "未分组": 1, "黑名单": 0, "星标组": 0, "a": 0 }));
}

async fn the_groups_0_and_1_are_states(app: TestApp) {
    let account = app.bind(2).await;
    let openid = &app.openids(&account, "-1", 1).await[0];
    let group = create(&app, &account, "a").await;
    change(&app, &account, "add", openid, &group).await;
    change(&app, &account, "add", openid, "1").await;
    assert_eq!(groups_of(&app, &account, openid).await, json!(["1"]));
    assert_eq!(counts(&app, &account).await, json!({ "total": 1, "未分组": 1, "黑名单": 1, "星标组": 0, "a": 0 }));
    let follower = app.get(&format!("/{account}/user/{openid}")).await;
    assert_eq!((&follower["data"]["blocked"], &follower["data"]["ungrouped"]), (&json!(true), &json!(false)));
    assert!(!app.openids(&account, "-1", 10).await.contains(openid));
    assert_eq!(app.openids(&account, "1", 10).await, std::slice::from_ref(openid));
    // Leaving group 0 means nothing; leaving the blacklist leads into group 0.
    change(&app, &account, "rm", openid, "0").await;
    assert_eq!(groups_of(&app, &account, openid).await, json!(["1"]));
    change(&app, &account, "rm", openid, "1").await;
    assert_eq!(groups_of(&app, &account, openid).await, json!(["0"]));
    // A group takes somebody off the blacklist; group 0 takes him out of all groups.
    change(&app, &account, "add", openid, "1").await;
    change(&app, &account, "add", openid, &group).await;
    assert_eq!(groups_of(&app, &account, openid).await, json!([group]));
    change(&app, &account, "add", openid, "0").await;
    assert_eq!(groups_of(&app, &account, openid).await, json!(["0"]));
    assert_eq!(counts(&app, &account).await, json!({ "total": 2, "未分组": 2, "黑名单": 0, "星标组": 0, "a": 0 }));
}

async fn counts_are_what_the_lists_show(app: TestApp) {
    let account = app.bind(25).await;
    let openids = app.openids(&account, "-1", 25).await;
    let (a, b) = (create(&app, &account, "a").await, create(&app, &account, "b").await);
    for (number, openid) in openids.iter().enumerate() {
        for (divisor, group) in [(2, a.as_str()), (3, b.as_str()), (5, "2"), (7, "1"), (11, "0")] {
            if number % divisor == 0 {
                change(&app, &account, "add", openid, group).await;
            }
        }
    }
    let answer = app.get(&format!("/{account}/group")).await;
    let groups = answer["data"]["groups"].as_array().unwrap();
    for group in groups {
        let id = group["id"].as_str().unwrap();
        let listed = app.openids(&account, id, 100).await.len();
        let page = app.get(&format!("/{account}/user?group={id}&size=0")).await;
        assert_eq!(page["data"], json!({ "user": [], "pagination": { "index": 1, "size": 0, "count": listed } }));
        assert_eq!(group["num"], listed, "{group}");
    }
    assert_eq!(answer["data"]["total"], app.openids(&account, "-1", 100).await.len());
}

async fn a_batch_with_an_unknown_openid_is_refused_whole(app: TestApp) {
    let account = app.bind(2).await;
    let group = create(&app, &account, "a").await;
    let mut openids = app.openids(&account, "-1", 2).await;
    openids.insert(1, "o_nobody".into());
    for verb in ["add", "rm"] {
        let body = json!({ "openid": openids, "group_id": group });
        let answer = app.post(&format!("/{account}/user/{verb}/batch"), body).await;
        assert_eq!(answer["code"], 404, "{answer}");
        assert!(answer["message"].as_str().unwrap().contains("o_nobody"), "{answer}");
        let body = json!({ "openid": [], "group_id": group });
        assert_eq!(app.post(&format!("/{account}/user/{verb}/batch"), body).await.to_string(), OK);
    }
    assert_eq!(counts(&app, &account).await["a"], 0);
}

async fn another_accounts_groups_and_followers_do_not_exist(app: TestApp) {
    let account = app.bind(1).await;
    let other = app.bind_only("gh_other").await;
    let openid = &app.openids(&account, "-1", 1).await[0];
    let group = create(&app, &account, "a").await;
    change(&app, &account, "add", openid, &group).await;
    for answer in [
        app.put(&format!("/{other}/group/{group}"), json!({ "name": "x" })).await,
        app.delete(&format!("/{other}/group/{group}")).await,
        app.get(&format!("/{other}/user?group={group}")).await,
        app.get(&format!("/{other}/user/{openid}")).await,
        app.get(&format!("/{other}/user/groups/{openid}")).await,
        app.post(&format!("/{other}/user/add"), json!({ "openid": openid, "group_id": "2" })).await,
        app.post(&format!("/{account}/user/add"), json!({ "openid": openid, "group_id": "100" })).await,
    ] {
        assert_eq!(answer["code"], 404, "{answer}");
    }
    assert_eq!(groups_of(&app, &account, openid).await, json!([group]));
}

async fn deleting_a_group_of_many_frees_those_without_another(app: TestApp) {
    let account = app.bind(2_300).await;
    let (a, b) = (create(&app, &account, "a").await, create(&app, &account, "b").await);
    let mut openids = Vec::new();
    for page in 1..=23 {
        let answer = app.get(&format!("/{account}/user?group=-1&size=100&index={page}")).await;
        let users = answer["data"]["user"].as_array().unwrap();
        openids.extend(users.iter().map(|user| user["openid"].as_str().unwrap().to_owned()));
    }
    assert_eq!(openids.len(), 2_300);
    for (group, openids) in [(&a, &openids[..]), (&b, &openids[..300])] {
        let body = json!({ "openid": openids, "group_id": group });
        assert_eq!(app.post(&format!("/{account}/user/add/batch"), body).await.to_string(), OK);
    }
    assert_eq!(app.delete(&format!("/{account}/group/{a}")).await.to_string(), OK);
    assert_eq!(
        counts(&app, &account).await,
        json!({ "total": 2_300, "未分组": 2_000, "黑名单": 0, "星标组": 0, "b": 300 })
    );
}
