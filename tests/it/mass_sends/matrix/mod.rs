//! The fault matrix: whatever goes wrong on the way, nobody is sent to twice and nobody is forgotten.
//!
//! A cell is one way in which things go wrong. Each of its runs is a mass send that is struck at another point: at another
//! chunk, before or after WeChat took it, once or several times, as a text or as news, in one of the four ways to send. The
//! simulator's ledger says who got what ([`oracle`]); the table is printed, and a single follower who got it twice, or who
//! got nothing and of whom the service does not say so, fails the test.
//!
//! `ODAESAN_TEST_MATRIX=full cargo test --test it -- mass_sends::matrix --nocapture` makes all runs and prints the tables: all
//! of every cell on SQLite; on the servers a third of the runs with faults of WeChat's, one round of deaths of five, and
//! everything of the rest. Without the variable SQLite gets a third and no absence of the database, and the servers get
//! nothing: the rest of the suite would wait.

mod absences;
mod calls;
mod deaths;
mod faults;
mod oracle;
mod replicas;
mod sender;
mod table;

use futures_util::future::join4;

use crate::support::Backend;
use table::Table;

/// Runs of each cell on the database that gets them all. Where several tests make a cell, all of them together.
const RUNS: u64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    matrix(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    matrix(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_mariadb() {
    matrix(Backend::MariaDb).await;
}

/// Whether all runs are asked for.
fn is_full() -> bool {
    std::env::var("ODAESAN_TEST_MATRIX").is_ok_and(|value| value == "full")
}

async fn matrix(backend: Backend) {
    if !is_full() && backend != Backend::Sqlite {
        return eprintln!("skipped: ODAESAN_TEST_MATRIX is not full");
    }
    // A database that is away for ten seconds is no neighbour for other tests.
    let absences = async || if is_full() { absences::runs(backend).await } else { Vec::new() };
    // Each of them waits most of its time: for pauses, for leases, for the database.
    let (calls, deaths, replicas, absences) =
        join4(faults::runs(backend), deaths::runs(backend), replicas::runs(backend), absences()).await;
    let mut table = Table::default();
    for (cell, result) in [calls, deaths, replicas, absences].into_iter().flatten() {
        table.add(cell, result);
    }
    if table.is_empty() {
        return;
    }
    eprintln!("\n{backend:?}\n{table}");
    let least = if is_full() && backend == Backend::Sqlite { RUNS } else { 1 };
    assert!(table.fewest_runs() >= least, "a cell has too few runs");
    assert!(table.problems.is_empty(), "{:#?}", table.problems);
}
