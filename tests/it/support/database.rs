//! A database of its own for each test.

use odaesan::clock;
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};
use tempfile::TempDir;

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

/// A database that is dropped with this value.
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
        let name = format!("odaesan_test_{}", clock::new_id().replace('-', ""));
        let admin = Database::connect(&server).await.unwrap();
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        admin.close().await.unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        Some(Self { url: format!("{base}/{name}"), server: Some((server, name)) })
    }
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
        // A test's own runtime cannot wait inside a drop.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let admin = Database::connect(&server).await.unwrap();
                // The service may have been cut off within a transaction, which would hold the database for ever: its
                // runtime is the one that waits here.
                let force = if server.starts_with("postgres") {
                    " WITH (FORCE)"
                } else {
                    end_connections(&admin, &name).await;
                    ""
                };
                admin.execute_unprepared(&format!("DROP DATABASE {name}{force}")).await.unwrap();
                admin.close().await.unwrap();
            });
        });
        if dropped.join().is_err() {
            eprintln!("a test database was not dropped");
        }
    }
}
