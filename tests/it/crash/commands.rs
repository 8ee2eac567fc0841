//! The commands besides `serve`, and what `serve --sandbox` offers.

use std::process::Output;
use std::time::Duration;

use serde_json::{Value, json};

use super::SERVES;
use crate::support::process::{Process, finish, program};
use crate::support::{Backend, TestApp};

/// Runs a command on this test's database; it must succeed. Returns its standard output.
async fn run(app: &TestApp, arguments: &[&str]) -> String {
    let output = on_database(app, arguments).await;
    assert_eq!(output.status.code(), Some(0), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

async fn on_database(app: &TestApp, arguments: &[&str]) -> Output {
    let mut command = program(arguments);
    command.env("DATABASE_URL", &app.database.url).env("ODAESAN_DATA_DIR", app.directory.path());
    finish(command).await
}

async fn status_with(app: &TestApp, token: &str) -> u16 {
    let url = format!("{}/graphql", app.url);
    let request = app.http.post(url).json(&json!({ "query": "{ accounts { totalCount } }" })).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

with_processes!(tokens_are_made_listed_and_revoked, migrations_go_up_and_down);

async fn tokens_are_made_listed_and_revoked(mut app: TestApp) {
    let mut flags = app.serve_flags();
    flags.extend(["--auth".to_owned(), "required".to_owned()]);
    let mut process = Process::serve(&flags);
    app.url = process.address(SERVES).await;

    let printed =
        run(&app, &["token", "create", "--role", "reader", "--label", "看板", "--expires-in-days", "30"]).await;
    let token = printed.lines().last().unwrap();
    assert!(token.len() >= 40 && !token.contains(char::is_whitespace), "the token alone on the last line: {printed}");
    assert_eq!(status_with(&app, token).await, 200);
    assert_eq!(status_with(&app, "nonsense").await, 401);

    let list = run(&app, &["token", "list"]).await;
    assert!(!list.contains(token), "a token can be seen once");
    let row = list.lines().find(|line| line.contains("看板")).unwrap_or_else(|| panic!("{list}"));
    assert!(row.contains("reader") && row.contains("valid"), "{row}");
    assert!(!row.contains("never"), "it expires, and was used: {row}");
    let id = row.split_whitespace().next().unwrap();
    assert!(run(&app, &["token", "revoke", id]).await.contains("revoked"));
    assert!(run(&app, &["token", "list"]).await.contains("revoked"));
    // A process that has just let it pass does so for a few seconds more.
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while status_with(&app, token).await != 401 {
        assert!(std::time::Instant::now() < deadline, "effective everywhere within seconds");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    for (arguments, word) in [
        (["token", "revoke", "00000000-0000-0000-0000-000000000000"].as_slice(), "00000000-0000"),
        (&["token", "create", "--role", "reader", "--account", "nobody"], "nobody"),
        (&["token", "create", "--role", "owner"], "owner"),
        (&["token", "create"], "--role"),
        (&["token", "create", "--role", "reader", "--expires-in-days", "0"], "--expires-in-days"),
    ] {
        let output = on_database(&app, arguments).await;
        let error = String::from_utf8(output.stderr).unwrap();
        assert_ne!(output.status.code(), Some(0), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}: a script would take it for a token");
        assert!(error.lines().count() == 1 && error.contains(word), "{arguments:?}: {error}");
    }
}

async fn migrations_go_up_and_down(app: TestApp) {
    let states = |status: &str| {
        status.lines().map(|line| line.split_whitespace().next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    app.database.renew().await;
    let before = run(&app, &["migrate", "status"]).await;
    let steps = states(&before).len();
    assert!(steps >= 6 && states(&before).iter().all(|state| state == "Pending"), "{before}");
    run(&app, &["migrate", "up"]).await;
    run(&app, &["migrate"]).await;
    let after = run(&app, &["migrate", "status"]).await;
    assert!(states(&after).iter().all(|state| state == "Applied"), "{after}");
    run(&app, &["migrate", "down"]).await;
    let down = states(&run(&app, &["migrate", "status"]).await);
    assert_eq!(down.iter().filter(|state| *state == "Applied").count(), steps - 1);
    // All the way down and up again leaves nothing in the way.
    for _ in 1..steps {
        run(&app, &["migrate", "down"]).await;
    }
    let down = states(&run(&app, &["migrate", "status"]).await);
    assert!(down.iter().all(|state| state == "Pending"), "{down:?}");
    run(&app, &["migrate", "up"]).await;
    assert_eq!(run(&app, &["migrate", "status"]).await, after);
}

#[tokio::test]
async fn the_contracts_are_printed() {
    let print = async |command: &str| {
        let output = finish(program([command])).await;
        assert_eq!(output.status.code(), Some(0), "{command}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{command}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(print("schema").await, include_str!("../../../schema.graphql"));
    let openapi: Value = serde_json::from_str(&print("openapi").await).unwrap();
    assert!(openapi["openapi"].as_str().unwrap().starts_with("3.1"), "{}", openapi["openapi"]);
    let routes = print("routes").await;
    for line in routes.lines() {
        let [method, path, operation] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line:?}") };
        assert!(["GET", "POST", "PUT", "DELETE"].contains(&method), "{line}");
        assert!(path.starts_with("/v1/") && operation.chars().all(char::is_alphanumeric), "{line}");
        assert!(openapi["paths"][path][method.to_lowercase()].is_object(), "not in the OpenAPI document: {line}");
    }
    assert!(routes.lines().any(|line| line == "GET /v1/{infoId}/user/fetch FetchFollowers"), "{routes}");
}

#[tokio::test]
async fn what_the_sandbox_offers_works() {
    let app = TestApp::without_service(Backend::Sqlite).await.unwrap();
    let directory = app.directory.path().to_str().unwrap();
    let flags = ["--sandbox", "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0", "--data-dir", directory];
    let mut process = Process::serve(&flags.map(str::to_owned));
    let service = process.address(SERVES).await;
    let simulator = process.address("Its simulator of WeChat serves ").await;
    let account = process.address("The demo account is ").await;
    for url in [format!("{service}/readyz"), format!("{simulator}/_control/ready")] {
        assert_eq!(app.http.get(url).send().await.unwrap().status(), 200);
    }

    let page = process.address("  1. open ").await;
    let page = page.strip_suffix(" in a browser").unwrap_or_else(|| panic!("{page}"));
    let response = app.http.get(page).header("accept", "text/html").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.text().await.unwrap().to_lowercase().contains("<!doctype html"));

    // Word for word as it is printed, and at once as somebody would who reads it.
    let rest = process.address("  2. ").await;
    let graphql = process.address("  3. ").await;
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        let (graphql, rest) = (shell(&graphql).await, shell(&rest).await);
        assert_eq!(rest["code"], 200, "{rest}");
        assert!(graphql.get("errors").is_none(), "{graphql}");
        if graphql["data"]["account"]["followerCount"] == 120 {
            assert_eq!(rest["data"]["user"].as_array().unwrap().len(), 3, "{rest}");
            assert_eq!(graphql["data"]["account"]["followers"]["nodes"].as_array().unwrap().len(), 3);
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{graphql}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(process.terminate().await.0, Some(0));

    // Started again it is the same demo, with the same followers.
    let mut process = Process::serve(&flags.map(str::to_owned));
    assert_eq!(process.address("The demo account is ").await, account);
}

/// Runs a line as a shell does, and reads its output as JSON.
async fn shell(line: &str) -> Value {
    let mut command = std::process::Command::new("sh");
    command.args(["-c", line]);
    let output = finish(command).await;
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{line}: {error}"))
}
