//! Arguments of GraphQL queries, requests that are no GraphQL, and rules that both doors share.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::room::{Room, ask, strange_ids};
use crate::support::TestApp;

on_every_database!(
    ids_that_nothing_has_are_not_found,
    lists_say_which_argument_is_wrong,
    a_number_beyond_32_bits_is_refused,
    pages_are_brought_within_bounds,
    a_request_that_is_no_graphql_is_refused,
    rules_of_groups_hold_here_too,
);

async fn ids_that_nothing_has_are_not_found(app: TestApp) {
    let room = Room::furnish(app).await;
    let own = &room.own.id;
    let other = &room.other;
    let foreign = [&other.group, &other.text, &other.openids[0], &other.image, &other.voice, &other.video, &other.news];
    let foreign = foreign.into_iter().chain([&other.article, &other.rule, &other.button, &other.mass_send]).cloned();
    let lookups = [
        "query ($own: ID!, $id: ID!) { account(id: $own) { group(id: $id) { id } } }",
        "query ($own: ID!, $id: ID!) { account(id: $own) { text(id: $id) { id } } }",
        "query ($own: ID!, $id: ID!) { account(id: $own) { follower(openid: $id) { openid } } }",
        "query ($own: ID!, $id: ID!) { account(id: $own) { followers(group: $id) { totalCount } } }",
        "query ($own: ID!, $id: ID!) { account(id: $own) { followerPage(group: $id) { pagination { count } } } }",
        "query ($own: ID!, $id: ID!) { account(id: $own) { image(id: $id) { id } } }",
        "query ($own: ID!, $id: ID!) { account(id: $own) { voice(id: $id) { id } } }",
        "query ($own: ID!, $id: ID!) { account(id: $own) { video(id: $id) { id } } }",
        "query ($own: ID!, $id: ID!) { account(id: $own) { newsById(id: $id) { id } } }",
        "query ($own: ID!, $id: ID!) { account(id: $own) { article(id: $id) { id } } }",
        "query ($own: ID!, $id: ID!) { account(id: $own) { keywordRule(id: $id) { id } } }",
        "query ($own: ID!, $id: ID!) { account(id: $own) { menuButton(id: $id) { id } } }",
        "query ($own: ID!, $id: ID!) { account(id: $own) { message(id: $id) { id } } }",
        "query ($own: ID!, $id: ID!) { account(id: $own) { massSend(id: $id) { id } } }",
        "query ($id: ID!) { account(id: $id) { id } }",
        "query ($id: ID!) { job(id: $id) { id } }",
        "query ($id: ID!) { jobs(accountId: $id) { totalCount } }",
    ];
    for query in lookups {
        for id in strange_ids().into_iter().chain(["\0".into(), "a\0b".into()]).chain(foreign.clone()) {
            let answer = ask(room.graphql(query, json!({ "own": own, "id": id }))).await;
            let error = answer.error();
            assert_eq!(error["extensions"]["code"], "NOT_FOUND", "{query} {id:?} {}", answer.body);
            assert!(error["message"].as_str().unwrap().ends_with("does not exist"), "{}", answer.body);
        }
    }
}

async fn lists_say_which_argument_is_wrong(app: TestApp) {
    let room = Room::furnish(app).await;
    let lists = [
        "{ accounts(ARGUMENTS) { totalCount } }".to_owned(),
        format!("{{ account(id: \"{}\") {{ followers(ARGUMENTS) {{ totalCount }} }} }}", room.own.id),
        format!("{{ account(id: \"{}\") {{ texts(ARGUMENTS) {{ totalCount }} }} }}", room.own.id),
        format!("{{ account(id: \"{}\") {{ jobs(ARGUMENTS) {{ totalCount }} }} }}", room.own.id),
        format!("{{ account(id: \"{}\") {{ images(ARGUMENTS) {{ totalCount }} }} }}", room.own.id),
        format!("{{ account(id: \"{}\") {{ voices(ARGUMENTS) {{ totalCount }} }} }}", room.own.id),
        format!("{{ account(id: \"{}\") {{ videos(ARGUMENTS) {{ totalCount }} }} }}", room.own.id),
        format!("{{ account(id: \"{}\") {{ news(ARGUMENTS) {{ totalCount }} }} }}", room.own.id),
        format!("{{ account(id: \"{}\") {{ keywordRules(ARGUMENTS) {{ totalCount }} }} }}", room.own.id),
        format!("{{ account(id: \"{}\") {{ messages(ARGUMENTS) {{ totalCount }} }} }}", room.own.id),
        format!("{{ account(id: \"{}\") {{ events(ARGUMENTS) {{ totalCount }} }} }}", room.own.id),
        format!("{{ account(id: \"{}\") {{ humanReplies(ARGUMENTS) {{ totalCount }} }} }}", room.own.id),
        format!("{{ account(id: \"{}\") {{ massSends(ARGUMENTS) {{ totalCount }} }} }}", room.own.id),
        format!("{{ jobs(accountId: \"{}\", ARGUMENTS) {{ totalCount }} }}", room.own.id),
    ];
    for list in &lists {
        for (arguments, field) in [
            ("first: -1", "first"),
            ("first: 101", "first"),
            ("first: 2147483647", "first"),
            ("first: \"5\"", "first"),
            ("first: 1.5", "first"),
            ("last: -1", "last"),
            ("last: 101", "last"),
            ("first: 1, last: 1", "last"),
            ("after: \"\"", "after"),
            ("after: \"nonsense\"", "after"),
            ("after: \"😀\"", "after"),
            ("after: 5", "after"),
            // base64url of `x:y`, `5:`, `99999999999999999999:a` and `5:a` with a NUL at its end.
            ("after: \"eDp5\"", "after"),
            ("after: \"NTo\"", "after"),
            ("before: \"OTk5OTk5OTk5OTk5OTk5OTk5OTk6YQ\"", "before"),
            ("before: \"NTphAA\"", "before"),
        ] {
            let query = list.replace("ARGUMENTS", arguments);
            let answer = ask(room.graphql(&query, json!({}))).await;
            let extensions = &answer.error()["extensions"];
            assert_eq!(
                (&extensions["code"], &extensions["field"]),
                (&json!("BAD_USER_INPUT"), &json!(field)),
                "{query} {}",
                answer.body
            );
        }
        // Odd, but fine: nothing, everything, and places that lie far outside of the list.
        for arguments in [
            "first: 0",
            "last: 0",
            "first: 100",
            "first: null",
            "after: \"NTphYg\"",
            "before: \"LTk5OTk5OTk5OTk5OmE\"",
            "after: \"ODIxMDI2Njg3Njc5OTk5OTolJyJc\"",
        ] {
            let query = list.replace("ARGUMENTS", arguments);
            let answer = ask(room.graphql(&query, json!({}))).await;
            assert!(answer.body["errors"].is_null(), "{query} {}", answer.body);
            let query = query.replace("totalCount", "totalCount nodes { __typename }");
            let answer = ask(room.graphql(&query, json!({}))).await;
            assert!(answer.body["errors"].is_null(), "{query} {}", answer.body);
        }
    }
}

async fn a_number_beyond_32_bits_is_refused(app: TestApp) {
    let room = Room::furnish(app).await;
    let own = &room.own.id;
    for query in [
        "{ accounts(first: 99999999999) { totalCount } }".to_owned(),
        format!("{{ account(id: \"{own}\") {{ texts(last: -2147483649) {{ totalCount }} }} }}"),
        format!(
            "{{ account(id: \"{own}\") {{ followerPage(group: \"-1\", size: 2147483648) {{ nodes {{ openid }} }} }} }}"
        ),
    ] {
        let answer = ask(room.graphql(&query, json!({}))).await;
        assert_eq!(answer.error()["extensions"]["code"], "BAD_USER_INPUT", "{query} {}", answer.body);
        assert!(answer.error()["message"].as_str().unwrap().contains("2147483647"), "{query} {}", answer.body);
    }
    let query = "query ($first: Int) { accounts(first: $first) { totalCount } }";
    let answer = ask(room.graphql(query, json!({ "first": 99_999_999_999_i64 }))).await;
    assert_eq!(answer.error()["extensions"]["code"], "BAD_USER_INPUT", "{}", answer.body);
}

async fn pages_are_brought_within_bounds(app: TestApp) {
    let room = Room::furnish(app).await;
    let query = "query ($id: ID!, $index: Int!, $size: Int!) { account(id: $id) {
        followerPage(group: \"-1\", index: $index, size: $size) {
            nodes { openid } pagination { index size count } } } }";
    for (index, size, shown, rows) in [
        (0, 10, (1, 10), 5),
        (-1, 2, (1, 2), 2),
        (i32::MIN, i32::MIN, (1, 0), 0),
        (1, 0, (1, 0), 0),
        (1, -1, (1, 0), 0),
        (1, 1_000_000, (1, 100), 5),
        (i32::MAX, i32::MAX, (i32::MAX, 100), 0),
    ] {
        let page = room.app.data(query, json!({ "id": room.own.id, "index": index, "size": size })).await;
        let page = &page["account"]["followerPage"];
        assert_eq!(page["pagination"], json!({ "index": shown.0, "size": shown.1, "count": 5 }), "{index} {size}");
        assert_eq!(page["nodes"].as_array().unwrap().len(), rows, "{index} {size}");
    }
    for (index, size, field) in
        [(json!("x"), json!(1), "index"), (json!(1), json!(1.5), "size"), (json!(null), json!(1), "index")]
    {
        let answer = ask(room.graphql(query, json!({ "id": room.own.id, "index": index, "size": size }))).await;
        assert_eq!(answer.error()["extensions"]["code"], "BAD_USER_INPUT", "{}", answer.body);
        assert!(answer.error()["extensions"]["field"].as_str().unwrap().contains(field), "{}", answer.body);
    }
}

async fn a_request_that_is_no_graphql_is_refused(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let url = format!("{}/graphql", room.app.url);
    let valid = json!({ "query": "{ __typename }" }).to_string();
    for (body, content_type, status) in [
        ("", "application/json", 400),
        ("{", "application/json", 400),
        (" ", "application/json", 400),
        ("5", "application/json", 400),
        ("[]", "application/json", 400),
        ("{}", "application/json", 400),
        ("{\"query\":5}", "application/json", 400),
        ("{\"query\":\" \"}", "application/json", 400),
        ("{\"query\":\"{ __typename }\",\"variables\":[]}", "application/json", 400),
        ("{\"query\":\"{ __typename }\",\"variables\":\"{}\"}", "application/json", 400),
        (valid.as_str(), "text/plain", 415),
        (valid.as_str(), "application/x-www-form-urlencoded", 415),
    ] {
        let request = room.app.http.post(&url).header("content-type", content_type).body(body.to_owned());
        let answer = ask(request).await;
        assert_eq!(answer.status.as_u16(), status, "{body} {content_type} {}", answer.body);
        let code = if status == 415 { "UNSUPPORTED_MEDIA_TYPE" } else { "BAD_USER_INPUT" };
        assert_eq!(answer.error()["extensions"]["code"], code, "{body} {}", answer.body);
        assert!(answer.body["data"].is_null(), "{}", answer.body);
    }
    for query in
        ["{", "{ nothing }", "mutation { nothing }", "😀", "query ($a: Nothing) { __typename }", "{ account { id } }"]
    {
        let answer = ask(room.graphql(query, Value::Null)).await;
        assert_eq!(answer.error()["extensions"]["code"], "BAD_USER_INPUT", "{query} {}", answer.body);
    }
    let large = room.app.http.post(&url).header("content-type", "application/json").body(vec![b' '; (2 << 20) + 1]);
    let answer = ask(large).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.body);
    assert_eq!(answer.error()["extensions"]["code"], "PAYLOAD_TOO_LARGE", "{}", answer.body);
    // Changes do not go over GET, not even when a link is followed.
    let query = format!(
        "mutation {{ deleteGroup(input: {{ accountId: \"{}\", id: \"{}\" }}) {{ group {{ id }} }} }}",
        room.own.id, room.own.group
    );
    let answer = ask(room.app.http.get(&url).query(&[("query", query)])).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{}", answer.body);
    room.is_as_it_was(&before, "no GraphQL").await;
}

async fn rules_of_groups_hold_here_too(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let (own, group, openids) = (&room.own.id, &room.own.group, &room.own.openids);
    let mut cases = vec![
        ("createGroup", "CreateGroupInput", json!({ "accountId": own, "name": "客人" }), "CONFLICT", Value::Null),
        ("createGroup", "CreateGroupInput", json!({ "accountId": own, "name": " 黑名单 " }), "CONFLICT", Value::Null),
        (
            "renameGroup",
            "RenameGroupInput",
            json!({ "accountId": own, "id": group, "name": "星标组" }),
            "CONFLICT",
            Value::Null,
        ),
        ("fetchFollowers", "FetchFollowersInput", json!({ "accountId": own }), "ALREADY_FETCHED", Value::Null),
        ("cancelJob", "JobInput", json!({ "id": room.own.job }), "CONFLICT", Value::Null),
        ("retryJob", "JobInput", json!({ "id": room.own.job }), "CONFLICT", Value::Null),
    ];
    for id in ["-1", "0", "1", "2"] {
        let rename = json!({ "accountId": own, "id": id, "name": "我的" });
        cases.push(("renameGroup", "RenameGroupInput", rename, "BAD_USER_INPUT", json!("id")));
        cases.push((
            "deleteGroup",
            "DeleteGroupInput",
            json!({ "accountId": own, "id": id }),
            "BAD_USER_INPUT",
            json!("id"),
        ));
    }
    for mutation in ["addFollowersToGroup", "removeFollowersFromGroup"] {
        let everybody = json!({ "accountId": own, "groupId": "-1", "openids": openids });
        cases.push((mutation, "GroupFollowersInput", everybody, "BAD_USER_INPUT", json!("groupId")));
        let blank = json!({ "accountId": own, "groupId": " ", "openids": openids });
        cases.push((mutation, "GroupFollowersInput", blank, "BAD_USER_INPUT", json!("groupId")));
    }
    for (mutation, input, value, code, field) in cases {
        let query = format!("mutation ($input: {input}!) {{ {mutation}(input: $input) {{ __typename }} }}");
        let answer = ask(room.graphql(&query, json!({ "input": value }))).await;
        let extensions = &answer.error()["extensions"];
        assert_eq!((&extensions["code"], &extensions["field"]), (&json!(code), &field), "{mutation} {}", answer.body);
        room.is_as_it_was(&before, mutation).await;
    }
}
