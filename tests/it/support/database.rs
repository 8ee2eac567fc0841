//! A database of its own for each test.
//!
//! MariaDB and MySQL take seconds to make the tables, so there a database that a test has done with is emptied and given to
//! the next one. The `sweeper` drops them all in the end.

use std::sync::Mutex;

use odaesan::clock;
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};
use tempfile::TempDir;

use super::sweeper;

/// Where the data lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// A file.
    Sqlite,
    /// The server that `ODAESAN_TEST_POSTGRES` names.
    Postgres,
    /// The server that `ODAESAN_TEST_MYSQL` names.
    MariaDb,
}

impl Backend {
    const fn variable(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("ODAESAN_TEST_POSTGRES"),
            Self::MariaDb => Some("ODAESAN_TEST_MYSQL"),
        }
    }
}

/// Names of databases that have all tables and no rows.
static EMPTIED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A database that is dropped, or emptied for another test, with this value.
pub(crate) struct TestDatabase {
    pub(crate) url: String,
    /// The server and the name, where it is not a file.
    server: Option<(String, String)>,
}

impl TestDatabase {
    /// `None`, and a line that says why, where there is no such server.
    pub(crate) async fn create(backend: Backend, directory: &TempDir) -> Option<Self> {
        let Some(variable) = backend.variable() else {
            let url = format!("sqlite://{}?mode=rwc", directory.path().join("odaesan.db").display());
            return Some(Self { url, server: None });
        };
        let Ok(server) = std::env::var(variable) else {
            eprintln!("skipped: {variable} is not set");
            return None;
        };
        let emptied = if backend == Backend::MariaDb { EMPTIED.lock().unwrap().pop() } else { None };
        let name = match emptied {
            Some(name) => name,
            None => {
                let name = format!("{}_{}", sweeper::prefix(&server), clock::new_id().replace('-', ""));
                execute(&server, &format!("CREATE DATABASE {name}")).await;
                name
            }
        };
        let (base, _) = server.rsplit_once('/').unwrap();
        Some(Self { url: format!("{base}/{name}"), server: Some((server, name)) })
    }

    /// Makes it one without tables.
    pub(crate) async fn renew(&self) {
        if let Some((server, name)) = &self.server {
            execute(server, &format!("DROP DATABASE {name}")).await;
            execute(server, &format!("CREATE DATABASE {name}")).await;
        }
    }
}

/// Executes a statement in a connection of its own.
pub(super) async fn execute(server: &str, statement: &str) {
    let admin = Database::connect(server).await.unwrap();
    admin.execute_unprepared(statement).await.unwrap();
    admin.close().await.unwrap();
}

/// Takes all rows out of the tables. An error where it has not all tables.
async fn empty(url: &str) -> Result<(), sea_orm::DbErr> {
    let mut options = ConnectOptions::new(url);
    let database = Database::connect(options.max_connections(1).to_owned()).await?;
    let sql = "SELECT CAST(table_name AS CHAR) AS name FROM information_schema.tables
        WHERE table_schema = database() AND table_name <> 'seaql_migrations'";
    let tables = database.query_all_raw(Statement::from_string(DbBackend::MySql, sql)).await?;
    database.execute_unprepared("SET foreign_key_checks = 0").await?;
    database.execute_unprepared("START TRANSACTION").await?;
    for table in &tables {
        let name: String = table.try_get("", "name")?;
        database.execute_unprepared(&format!("DELETE FROM `{name}`")).await?;
    }
    database.execute_unprepared("COMMIT").await?;
    database.close().await
}

/// What `FORCE` does on PostgreSQL.
pub(crate) async fn end_connections(admin: &DatabaseConnection, name: &str) {
    let sql = "SELECT CAST(id AS SIGNED) AS id FROM information_schema.processlist WHERE db = ?";
    let connections = Statement::from_sql_and_values(DbBackend::MySql, sql, [name.into()]);
    for row in admin.query_all_raw(connections).await.unwrap() {
        // It may have ended by itself.
        let _ = admin.execute_unprepared(&format!("KILL {}", row.try_get::<i64>("", "id").unwrap())).await;
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some((server, name)) = self.server.take() else { return };
        let url = self.url.clone();
        // A test's own runtime cannot wait inside a drop.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                // The service may have been cut off within a transaction, which would hold the database for ever: its
                // runtime is the one that waits here.
                if server.starts_with("postgres") {
                    return execute(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
                }
                let admin = Database::connect(&server).await.unwrap();
                end_connections(&admin, &name).await;
                admin.close().await.unwrap();
                match empty(&url).await {
                    Ok(()) => EMPTIED.lock().unwrap().push(name),
                    Err(_) => execute(&server, &format!("DROP DATABASE {name}")).await,
                }
            });
        });
        if dropped.join().is_err() {
            eprintln!("a test database was not dropped");
        }
    }
}
