//! Several processes on one database: what one changes counts for all of them.

use serde_json::json;

use super::shelf::{self, body, matched, special};
use crate::support::TestApp;
use crate::support::process::Process;

on_every_database!(@on postgres Postgres: a_change_counts_in_every_process);
on_every_database!(@on mariadb MariaDb: a_change_counts_in_every_process);

async fn a_change_counts_in_every_process(mut app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let reply = shelf::text(&app, &account, "您好").await;
    let mut process = Process::serve(&app.serve_flags());
    let other = process.address("Odaesan serves ").await.split_whitespace().next().unwrap().to_owned();
    let own = app.url.clone();
    let rule = shelf::rule(&app, &account, "甲", &["你好"], &reply).await;
    let path = format!("/{account}/keyword/{rule}");
    for round in 0..5 {
        // Both have compiled what was, and each changes it in its turn.
        let word = format!("第{round}个");
        (app.url).clone_from(if round % 2 == 0 { &own } else { &other });
        app.put(&path, body("甲", &[&format!("={word}")], "text", &reply)).await;
        for url in [&own, &other] {
            app.url.clone_from(url);
            assert_eq!(matched(&app, &account, &word).await, ("EXACT".to_owned(), json!("甲"), json!(word)));
            assert_eq!(matched(&app, &account, "你好").await.0, "NONE");
        }
    }
    app.url.clone_from(&other);
    app.post(&format!("/{account}/keyword"), special("__default", "text", &reply)).await;
    app.url.clone_from(&own);
    assert_eq!(matched(&app, &account, "你好").await.0, "DEFAULT");
}
