//! `kill -9` while deliveries arrive: what was acknowledged is in the database.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::signed::{Signer, text};
use crate::support::TestApp;
use crate::support::process::Process;

with_processes!(nothing_that_was_acknowledged_is_lost);

/// Connections that deliver at the same time.
const CONNECTIONS: usize = 64;

/// Deliveries that are acknowledged before the process is killed.
const BEFORE: u64 = 500;

async fn serve(app: &mut TestApp) -> Process {
    let mut process = Process::serve(&app.serve_flags());
    app.url = process.address("Odaesan serves ").await;
    process
}

async fn nothing_that_was_acknowledged_is_lost(mut app: TestApp) {
    let mut process = serve(&mut app).await;
    let account = app.bind_only("gh_0123456789ab").await;
    let mut acknowledged = BTreeSet::new();
    let mut delivered = 0;
    for _ in 0..3 {
        let signer = Arc::new(Signer::of(&app, &account).await);
        let count = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        for connection in 0..CONNECTIONS {
            let (signer, count) = (signer.clone(), count.clone());
            let http = app.http.clone();
            let first = 1_000_000 * (delivered + connection as u64);
            tasks.spawn(async move {
                let mut mine = Vec::new();
                // Until nobody answers any more.
                for id in first.. {
                    let request = http.post(signer.address()).body(text(&format!("o{connection}"), id, "你好"));
                    match request.send().await {
                        Ok(response) if response.status().is_success() => match response.text().await {
                            Ok(words) if words == "success" => mine.push(id.to_string()),
                            _ => break,
                        },
                        _ => break,
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                }
                mine
            });
        }
        delivered += CONNECTIONS as u64;
        while count.load(Ordering::Relaxed) < BEFORE {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        process.kill();
        while let Some(mine) = tasks.join_next().await {
            acknowledged.extend(mine.unwrap());
        }
        let stored: BTreeSet<String> = app.stored_pushes().await.into_iter().map(|row| row.id).collect();
        let lost: Vec<_> = acknowledged.difference(&stored).collect();
        assert!(lost.is_empty(), "{} of {} are lost: {lost:?}", lost.len(), acknowledged.len());
        process = serve(&mut app).await;
        let list = app.get(&format!("/{account}/msg?size=0")).await;
        assert_eq!(list["data"]["pagination"]["count"], json!(stored.len()), "the number that is kept is right");
    }
    assert!(acknowledged.len() as u64 >= 3 * BEFORE);
    drop(process);
}
