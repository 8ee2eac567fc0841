//! Drops the databases that this process leaves behind, when it ends and however it ends: another process waits for the end
//! of its own input, which is this one's.

use std::collections::HashMap;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use odaesan::clock;
use sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement};

use super::database::execute;

/// Names the server and the prefix to the process that waits.
const VARIABLE: &str = "ODAESAN_TEST_SWEEP";

/// By server: how the names of this process's databases begin, and what keeps the other process waiting.
static SWEEPERS: Mutex<Option<HashMap<String, (String, Child)>>> = Mutex::new(None);

/// How the names of this process's databases on a server begin. From now on somebody waits to drop them.
pub(super) fn prefix(server: &str) -> String {
    let mut sweepers = SWEEPERS.lock().unwrap();
    let sweepers = sweepers.get_or_insert_default();
    let (prefix, _) = sweepers.entry(server.to_owned()).or_insert_with(|| {
        let id = clock::new_id().replace('-', "");
        let prefix = format!("odaesan_test_{}", &id[id.len() - 12..]);
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "support::sweeper::what_is_left_behind_is_dropped"])
            .env(VARIABLE, format!("{prefix} {server}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        (prefix, child)
    });
    prefix.clone()
}

#[tokio::test]
#[ignore = "is run by the other tests, to clean up after them"]
async fn what_is_left_behind_is_dropped() {
    let Ok(told) = std::env::var(VARIABLE) else { return };
    let (prefix, server) = told.split_once(' ').unwrap();
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    let (backend, list, force) = if server.starts_with("postgres") {
        (DbBackend::Postgres, "SELECT datname AS name FROM pg_database", " WITH (FORCE)")
    } else {
        (DbBackend::MySql, "SELECT CAST(schema_name AS CHAR) AS name FROM information_schema.schemata", "")
    };
    let admin = Database::connect(server).await.unwrap();
    for row in admin.query_all_raw(Statement::from_string(backend, list)).await.unwrap() {
        let name: String = row.try_get("", "name").unwrap();
        if name.starts_with(prefix) {
            execute(server, &format!("DROP DATABASE {name}{force}")).await;
        }
    }
}
