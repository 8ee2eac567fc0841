//! Two processes on one database, that both want the work; and the death of one of them.

use futures_util::future::join_all;
use serde_json::json;

use super::deaths::serve;
use super::oracle::Verdict;
use super::sender::{Audience, Material, SEND, Sender};
use crate::support::{Backend, TestApp};
use Audience::{Big, One, Three, Two, Whole};
use Material::{News, Text};

const COMPETING: &str = "two replicas";
const KILLED: &str = "two replicas, one killed";

const SENDS: [(Audience, Material); 10] = [
    (Three, Text),
    (Big, Text),
    (Whole, News),
    (Two, News),
    (One, Text),
    (Two, Text),
    (Three, News),
    (Whole, Text),
    (Three, Text),
    (Two, News),
];

/// On the servers: an embedded database has one process.
pub(super) async fn runs(backend: Backend) -> Vec<(&'static str, Verdict)> {
    if backend == Backend::Sqlite {
        return Vec::new();
    }
    let Some(mut app) = TestApp::without_service(backend).await else { return Vec::new() };
    let first = serve(&mut app).await;
    let first_url = app.url.clone();
    let _second = serve(&mut app).await;
    let second_url = app.url.clone();
    let senders = SENDS.into_iter().enumerate().map(|(number, (audience, _))| Sender::bind(&app, number, audience));
    let mut senders = join_all(senders).await;
    let mut results = Vec::new();
    let mut first = Some(first);
    for cell in [COMPETING, KILLED] {
        let mut started = Vec::new();
        for (number, (sender, (audience, material))) in senders.iter().zip(SENDS).enumerate() {
            // Of every second one WeChat has accepted what it has not answered yet.
            let slow = json!({ "path": audience.path(), "delay_ms": 300, "executes": number % 2 == 0, "times": 1_000 });
            sender.fault(&app, slow).await;
            let since = sender.newest_preview(&app).await;
            app.url.clone_from(if number % 2 == 0 { &first_url } else { &second_url });
            started.push((sender.start(&app, material).await, since));
        }
        app.url.clone_from(&second_url);
        if cell == KILLED {
            let made = app.calls(SEND).await;
            app.wait_for_calls(SEND, made + 1).await;
            first.take().unwrap().kill();
        }
        let ended = senders
            .iter_mut()
            .zip(&started)
            .map(async |(sender, (id, since))| (cell, sender.ended(&app, id, *since).await));
        results.extend(join_all(ended).await);
        app.heal().await;
    }
    results
}
