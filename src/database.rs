//! The connection to the database, and the one way to change it.
//!
//! Everything that differs between SQLite, PostgreSQL and MySQL or MariaDB at run time stands here.

use std::time::Duration;

use migration::{Migrator, MigratorTrait as _};
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::mysql::MySqlConnection;
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait as _,
};

/// How long a writer waits for another one before it gives up. SQLite has one writer at a time.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);

/// What a statement may weigh, in bytes, to go out at once: less than one record of TLS, 16 KiB.
///
/// A longer one is sent in several writes, of which the last waits for the receiver's delayed acknowledgement, because the
/// driver leaves Nagle's algorithm on. Measured on PostgreSQL over TLS: 40 ms a statement.
pub const STATEMENT_BYTES: usize = 14 << 10;

/// Connects, and counts every statement in the metrics `odaesan_sql_statements_total` and
/// `odaesan_sql_failures_total`.
///
/// `url`: `sqlite:…`, `postgres:…` or `mysql:…`. SQLite is opened with a write-ahead log, full durability and foreign
/// keys. At most `max_connections` connections are held.
pub async fn connect(url: &str, max_connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(max_connections)
        .acquire_timeout(Duration::from_secs(20))
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|options| {
            options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(BUSY_TIMEOUT)
                .foreign_keys(true)
        })
        // A cached plan for a list of ids is made for no ids in particular, and then compares every row with each of them.
        .map_sqlx_postgres_opts(|options| options.options([("plan_cache_mode", "force_custom_plan")]));
    let mut database = Database::connect(options).await?;
    let statements = metrics::counter!("odaesan_sql_statements_total");
    let failures = metrics::counter!("odaesan_sql_failures_total");
    database.set_metric_callback(move |info| {
        statements.increment(1);
        if info.failed {
            failures.increment(1);
        }
    });
    Ok(database)
}

/// Starts a transaction that writes.
///
/// On SQLite it takes the write lock at once, because a reader that turns writer cannot wait for one. Elsewhere it reads
/// what others have committed; code that reads and then writes first locks the row it decides on.
pub async fn begin(database: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = match database.get_database_backend() {
        DbBackend::Sqlite => TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        },
        _ => {
            TransactionOptions { isolation_level: Some(IsolationLevel::ReadCommitted), ..TransactionOptions::default() }
        }
    };
    database.begin_with_options(options).await
}

/// Starts a transaction that only reads, and sees one moment in all its statements.
pub async fn snapshot(database: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let isolation_level = match database.get_database_backend() {
        // Its readers always see one moment.
        DbBackend::Sqlite => None,
        _ => Some(IsolationLevel::RepeatableRead),
    };
    database.begin_with_options(TransactionOptions { isolation_level, ..TransactionOptions::default() }).await
}

/// Why the database is of no use, in words for whoever set it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConnectError(String);

impl From<DbErr> for ConnectError {
    fn from(error: DbErr) -> Self {
        Self(error.to_string())
    }
}

/// What a first connection fails with. A pool only ever says that it waited in vain.
async fn reason(url: &str, error: DbErr) -> ConnectError {
    let (scheme, _) = url.split_once(':').unwrap_or_default();
    let failed = match scheme {
        "postgres" | "postgresql" => PgConnection::connect(url).await.err(),
        "mysql" => MySqlConnection::connect(url).await.err(),
        _ => None,
    };
    failed.map_or_else(|| error.into(), |error| ConnectError(error.to_string()))
}

/// Connects for the first time, and applies the pending migrations, once, also when several processes start at the same
/// time: the others wait.
pub async fn migrate(url: &str) -> Result<(), ConnectError> {
    // The lock belongs to a connection, so there must be only one.
    let database = match connect(url, 1).await {
        Ok(database) => database,
        Err(error) => return Err(reason(url, error).await),
    };
    let (lock, unlock) = match database.get_database_backend() {
        DbBackend::Postgres => ("SELECT pg_advisory_lock(7236272)", "SELECT pg_advisory_unlock(7236272)"),
        DbBackend::MySql => (
            "SELECT GET_LOCK(CONCAT(DATABASE(), '.odaesan'), 60)",
            "SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.odaesan'))",
        ),
        // One process at a time opens an embedded database, and it has no such locks.
        _ => return Ok(Migrator::up(&database, None).await?),
    };
    database.execute_unprepared(lock).await?;
    let applied = Migrator::up(&database, None).await;
    database.execute_unprepared(unlock).await?;
    Ok(applied?)
}
