//! The lists are read from their indexes: PostgreSQL's own counters say whether a table was scanned.

use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::json;

use crate::support::{Backend, TestApp};

/// How often PostgreSQL scanned a table, and how often it used one of its indexes.
async fn scans(database: &DatabaseConnection, table: &str) -> (i64, i64) {
    let sql = "SELECT seq_scan, coalesce(idx_scan, 0) AS idx_scan FROM pg_stat_user_tables WHERE relname = $1";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [table.into()]);
    let row = database.query_one_raw(statement).await.unwrap().unwrap();
    (row.try_get("", "seq_scan").unwrap(), row.try_get("", "idx_scan").unwrap())
}

/// A connection publishes its counts when it ends, and before that when it likes.
async fn until_alone(database: &DatabaseConnection) {
    let others = "SELECT count(*) AS others FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for _ in 0..200 {
        let row = database.query_one_raw(Statement::from_string(DbBackend::Postgres, others)).await.unwrap().unwrap();
        if row.try_get::<i64>("", "others").unwrap() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the service's connections do not end");
}

#[tokio::test]
async fn no_list_of_followers_scans_its_table() {
    let Some(mut app) = TestApp::start(Backend::Postgres).await else { return };
    let account = app.bind(4_000).await;
    let group = app.post(&format!("/{account}/group"), json!({ "name": "a" })).await["data"].take();
    let group = group.as_str().unwrap();
    for page in 1..=20 {
        let openids = app.get(&format!("/{account}/user?group=-1&size=100&index={page}")).await;
        let openids = openids["data"]["user"].as_array().unwrap().iter().map(|user| user["openid"].clone());
        let body = json!({ "openid": openids.collect::<Vec<_>>(), "group_id": group });
        app.post(&format!("/{account}/user/add/batch"), body).await;
    }
    let mut options = ConnectOptions::new(app.database.url.clone());
    let database = Database::connect(options.max_connections(1).to_owned()).await.unwrap();
    database.execute_unprepared("ANALYZE").await.unwrap();
    // On so few rows a scan may be the better plan. This leaves it only where there is no index to use.
    let name = app.database.url.rsplit('/').next().unwrap();
    database.execute_unprepared(&format!("ALTER DATABASE {name} SET enable_seqscan = off")).await.unwrap();
    app.stop_service().await;
    until_alone(&database).await;
    let tables = ["follower", "group_member"];
    let mut before = Vec::new();
    for table in tables {
        before.push(scans(&database, table).await);
    }

    app.start_service().await;
    let query = "query ($id: ID!, $group: ID) { account(id: $id) { followers(first: 20, group: $group) {
        totalCount nodes { openid groups { name } } pageInfo { endCursor } } } }";
    for group in ["-1", "0", "1", group] {
        for page in [1, 30] {
            app.get(&format!("/{account}/user?group={group}&size=20&index={page}")).await;
        }
        app.data(query, json!({ "id": account, "group": group })).await;
    }

    app.stop_service().await;
    until_alone(&database).await;
    for (table, (seq_before, idx_before)) in tables.into_iter().zip(before) {
        let (seq, idx) = scans(&database, table).await;
        assert!(idx > idx_before, "{table}: the requests were not counted");
        assert_eq!(seq, seq_before, "{table} was scanned");
    }
}
