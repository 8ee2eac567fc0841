//! What a frontend developer meets at `/graphql`, on the real schema. The transport itself is tested beside its code.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Backend, TestApp};

async fn app() -> TestApp {
    TestApp::start(Backend::Sqlite).await.unwrap()
}

#[tokio::test]
async fn an_error_leaves_the_rest_of_the_answer_standing_and_in_order() {
    let app = app().await;
    let id = app.bind_only("gh_1").await;
    let query = "query ($id: ID!) {
        zebra: account(id: $id) { weixinId id nobody: follower(openid: \"o_nobody\") { openid } name }
        missing: account(id: \"nope\") { id }
        accounts { totalCount }
    }";
    let body = json!({ "query": query, "variables": { "id": id } });
    let response = app.http.post(format!("{}/graphql", app.url)).json(&body).send().await.unwrap();
    let text = response.text().await.unwrap();
    let response: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        response["data"].to_string(),
        json!({
            "zebra": { "weixinId": "gh_1", "id": id, "nobody": null, "name": null },
            "missing": null,
            "accounts": { "totalCount": 1 },
        })
        .to_string()
    );
    let mut errors: Vec<_> = response["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["path"].to_string(), error["extensions"]["code"].as_str().unwrap()))
        .collect();
    errors.sort();
    assert_eq!(errors, [(r#"["missing"]"#.into(), "NOT_FOUND"), (r#"["zebra","nobody"]"#.into(), "NOT_FOUND")]);
}

#[tokio::test]
async fn an_error_names_the_field_at_fault() {
    let app = app().await;
    let id = app.bind_only("gh_1").await;
    for (query, field) in [
        ("mutation ($id: ID!) { createGroup(input: { accountId: $id, name: \" \" }) { group { id } } }", "name"),
        ("mutation ($id: ID!) { createText(input: { accountId: $id, content: \"\" }) { text { id } } }", "content"),
        ("mutation ($id: ID!) { deleteGroup(input: { accountId: $id, id: \"0\" }) { group { id } } }", "id"),
        ("mutation ($id: ID!) { fetchFollowers(input: { accountId: $id }) { job { id } } }", "accountId"),
        ("query ($id: ID!) { account(id: $id) { followers(first: -1) { totalCount } } }", "first"),
        ("query ($id: ID!) { account(id: $id) { followers(first: 101) { totalCount } } }", "first"),
        ("query ($id: ID!) { account(id: $id) { followers(first: 1, last: 1) { totalCount } } }", "last"),
        ("query ($id: ID!) { account(id: $id) { texts(after: \"b2xk\") { totalCount } } }", "after"),
    ] {
        let error = app.error(query, json!({ "id": id })).await;
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{query} {error}");
        assert_eq!(error["extensions"]["field"], field, "{query} {error}");
    }
}

#[tokio::test]
async fn each_limit_lets_pass_what_is_within_it_and_refuses_what_is_not() {
    let app = app().await;
    let repeated = |count: usize, piece: &dyn Fn(usize) -> String| (0..count).map(piece).collect::<String>();
    let aliases = |count| format!("{{ {} }}", repeated(count, &|number| format!("a{number}: __typename ")));
    let directives = |count| format!("{{ {} }}", repeated(count, &|_| "__typename @include(if: true) ".into()));
    let spreads =
        |count| format!("{{ {} }} fragment F on Query {{ __typename }}", repeated(count, &|_| "...F ".into()));
    let lists = |accounts, followers| {
        format!(
            "{{ accounts(first: {accounts}) {{ nodes {{ followers(first: {followers}) {{ nodes {{ openid }} }} }} }} }}"
        )
    };
    for (within, beyond, limit) in [
        (aliases(100), aliases(101), "alias"),
        (directives(50), directives(51), "directive"),
        (spreads(200), spreads(201), "spread"),
        (lists(20, 20), lists(100, 100), "complexity"),
    ] {
        assert!(app.graphql(&within, json!({})).await.get("errors").is_none(), "{limit}: {within}");
        let error = app.error(&beyond, json!({})).await;
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{limit}: {error}");
        assert!(error["message"].as_str().unwrap().contains(limit), "{limit}: {error}");
    }
}

#[tokio::test]
async fn a_change_asked_for_twice_under_one_name_is_refused_before_it_runs() {
    let app = app().await;
    let id = app.bind_only("gh_1").await;
    let twice = "mutation ($id: ID!) { ...F createText(input: { accountId: $id, content: \"a\" }) { text { id } } }
        fragment F on Mutation { createText(input: { accountId: $id, content: \"a\" }) { text { content } } }";
    let error = app.error(twice, json!({ "id": id })).await;
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
    let aliased = twice.replacen("...F createText", "...F again: createText", 1);
    app.data(&aliased, json!({ "id": id })).await;
    let count = app.data("query ($id: ID!) { account(id: $id) { texts { totalCount } } }", json!({ "id": id })).await;
    assert_eq!(count["account"]["texts"]["totalCount"], 2);
}

#[tokio::test]
async fn the_default_of_a_variable_counts_for_directives_too() {
    let app = app().await;
    let query = "query ($without: Boolean = true) { accounts @skip(if: $without) { totalCount } __typename }";
    assert_eq!(app.data(query, json!({})).await, json!({ "__typename": "Query" }));
    let with = app.data(query, json!({ "without": false })).await;
    assert_eq!(with, json!({ "accounts": { "totalCount": 0 }, "__typename": "Query" }));
}

#[tokio::test]
async fn tools_can_introspect_the_schema() {
    let app = app().await;
    let query = "{ __schema { queryType { name } types { name kind description fields { name
        args { name type { name ofType { name ofType { name ofType { name } } } } }
        type { name ofType { name ofType { name ofType { name } } } } } } directives { name args { name } } } }";
    let data = app.data(query, json!({})).await;
    let types = data["__schema"]["types"].as_array().unwrap();
    assert!(types.iter().any(|kind| kind["name"] == "Follower"));
}

#[tokio::test]
async fn a_browser_gets_the_playground_and_every_answer_an_id() {
    let app = app().await;
    let page = app.http.get(format!("{}/graphql", app.url)).header("accept", "text/html").send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"), "{policy}");
    assert!(page.headers().contains_key("x-request-id"));
    let html = page.text().await.unwrap();
    let scripts: Vec<_> = html.split("src=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(!scripts.is_empty());
    for script in scripts {
        assert!(script.starts_with("/graphql/"), "{script} comes from elsewhere");
        let file = app.http.get(format!("{}{script}", app.url)).send().await.unwrap();
        assert!(file.status().is_success(), "{script}");
    }
    for path in ["/", "/nope", "/v1/x/group", "/readyz", "/metrics"] {
        let answer = app.http.get(format!("{}{path}", app.url)).send().await.unwrap();
        assert!(answer.headers().contains_key("x-request-id"), "{path}");
    }
    let own = app.http.get(&app.url).header("x-request-id", "mine").send().await.unwrap();
    assert_eq!(own.headers()["x-request-id"], "mine");
}

#[tokio::test]
async fn a_jobs_progress_can_be_followed() {
    let app = app().await;
    app.add_followers(2_500).await;
    app.fault(json!({ "path": "/cgi-bin/user/info/batchget", "times": 25, "delay_ms": 300 })).await;
    let id = app.bind_only("gh_1").await;
    let fillin = json!({ "id": id, "app_id": crate::support::app::APP_ID, "app_secret": "sandbox" });
    assert_eq!(app.post("/bind/fillin", fillin).await["code"], 200);
    let query = "query ($id: ID!) { account(id: $id) { jobs { nodes { id } } } }";
    let job = app.data(query, json!({ "id": id })).await["account"]["jobs"]["nodes"][0]["id"].take();
    let body = json!({
        "query": "subscription ($id: ID!) { jobProgress(id: $id) { state done total } }",
        "variables": { "id": job },
    });
    let request = app.http.post(format!("{}/graphql/stream", app.url)).header("accept", "text/event-stream");
    let mut stream = request.json(&body).send().await.unwrap();
    let mut text = String::new();
    while let Some(chunk) = tokio::time::timeout(Duration::from_secs(30), stream.chunk()).await.unwrap().unwrap() {
        text += std::str::from_utf8(&chunk).unwrap();
        if text.contains("event: complete") {
            break;
        }
    }
    let events: Vec<Value> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .filter(|data| !data.trim().is_empty())
        .map(|data| serde_json::from_str::<Value>(data).unwrap()["data"]["jobProgress"].take())
        // The last event says only that there are no more.
        .filter(Value::is_object)
        .collect();
    assert_eq!(events.last(), Some(&json!({ "state": "SUCCEEDED", "done": 2_500, "total": 2_500 })), "{text}");
    let done: Vec<_> = events.iter().map(|event| event["done"].as_i64().unwrap()).collect();
    assert!(done.is_sorted() && done.len() >= 3, "{done:?}");
}
