//! The database goes away for ten seconds in the middle of mass sends, while WeChat is being asked and answers.

use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database};
use serde_json::json;
use tokio::time::Instant;

use super::oracle::Verdict;
use super::sender::{Audience, Material, Sender};
use crate::support::database::end_connections;
use crate::support::{Backend, TestApp};
use Audience::{Big, One, Three, Two, Whole};
use Material::{News, Text};

const CELL: &str = "the database away for ten seconds";

const AWAY: Duration = Duration::from_secs(10);

/// Who gets what, when WeChat answers in milliseconds after it was asked, and whether it has accepted by then.
const SENDS: [(Audience, Material, u64, bool); 10] = [
    (Three, Text, 1_500, true),
    (Whole, Text, 4_000, false),
    (Big, Text, 3_000, true),
    (Two, Text, 12_000, true),
    (Three, News, 2_000, false),
    (Two, News, 500, true),
    (One, Text, 1_000, true),
    (Whole, News, 6_000, true),
    (Two, Text, 100, false),
    (Three, Text, 8_000, false),
];

pub(super) async fn runs(backend: Backend) -> Vec<(&'static str, Verdict)> {
    let flags = ["--wechat-timeout", "60", "--mass-status-after", "1"];
    let Some(app) = TestApp::start_with(backend, &flags).await else { return Vec::new() };
    let senders = SENDS.into_iter().enumerate().map(|(number, (audience, ..))| Sender::bind(&app, number, audience));
    let mut senders = join_all(senders).await;
    let mut ids = Vec::new();
    for (sender, (audience, material, delay, executes)) in senders.iter().zip(SENDS) {
        let late = json!({ "path": audience.path(), "delay_ms": delay, "executes": executes, "times": 3 });
        sender.fault(&app, late).await;
        ids.push(sender.start(&app, material).await);
    }
    let struck = async |sender: &Sender| sender.faults(&app).await.iter().any(|fault| fault["times"] != 3);
    while !struck(&senders[0]).await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    take_away(backend, &app.database.url).await;
    let ended = senders.iter_mut().zip(&ids).map(async |(sender, id)| (CELL, sender.ended(&app, id, 0).await));
    join_all(ended).await
}

/// Keeps everybody out of a database for [`AWAY`].
async fn take_away(backend: Backend, url: &str) {
    let (_, name) = url.rsplit_once('/').unwrap();
    let admin = |variable: &str| ConnectOptions::new(std::env::var(variable).unwrap());
    let only = |mut options: ConnectOptions| options.max_connections(1).to_owned();
    match backend {
        Backend::Sqlite => {
            let other = Database::connect(only(ConnectOptions::new(url.to_owned()))).await.unwrap();
            other.execute_unprepared("PRAGMA busy_timeout = 20000").await.unwrap();
            other.execute_unprepared("BEGIN EXCLUSIVE").await.unwrap();
            tokio::time::sleep(AWAY).await;
            other.execute_unprepared("ROLLBACK").await.unwrap();
            other.close().await.unwrap();
        }
        Backend::Postgres => {
            let admin = Database::connect(only(admin("ODAESAN_TEST_POSTGRES"))).await.unwrap();
            let allow = |allowed: bool| format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}");
            admin.execute_unprepared(&allow(false)).await.unwrap();
            let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            admin.execute_unprepared(&end).await.unwrap();
            tokio::time::sleep(AWAY).await;
            admin.execute_unprepared(&allow(true)).await.unwrap();
            admin.close().await.unwrap();
        }
        Backend::MariaDb => {
            // It has no way to close one database, so that whoever comes in is thrown out again.
            let admin = Database::connect(only(admin("ODAESAN_TEST_MYSQL"))).await.unwrap();
            let back = Instant::now() + AWAY;
            while Instant::now() < back {
                end_connections(&admin, name).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            admin.close().await.unwrap();
        }
    }
}
