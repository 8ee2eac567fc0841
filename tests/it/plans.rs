//! The lists are read from their indexes: PostgreSQL's own counters say whether a table was scanned.

use std::time::Duration;

use entity::mass_send::Kind;
use reqwest::Method;
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::json;

use crate::support::mass_sends::FIRST_MSG_ID;
use crate::support::messages::Sent;
use crate::support::uploads::File;
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

/// A service whose PostgreSQL scans a table only where there is no index to use.
struct Planned {
    app: TestApp,
    database: DatabaseConnection,
}

impl Planned {
    async fn prepare(mut app: TestApp) -> Self {
        let mut options = ConnectOptions::new(app.database.url.clone());
        let database = Database::connect(options.max_connections(1).to_owned()).await.unwrap();
        database.execute_unprepared("ANALYZE").await.unwrap();
        // On so few rows a scan may be the better plan.
        let name = app.database.url.rsplit('/').next().unwrap();
        database.execute_unprepared(&format!("ALTER DATABASE {name} SET enable_seqscan = off")).await.unwrap();
        app.stop_service().await;
        until_alone(&database).await;
        Self { app, database }
    }

    async fn scans(&self, tables: &[&str]) -> Vec<(i64, i64)> {
        let mut all = Vec::new();
        for table in tables {
            all.push(scans(&self.database, table).await);
        }
        all
    }

    /// Sends the requests, and asserts that they used indexes of the tables and scanned none.
    async fn reads(mut self, tables: &[&str], requests: impl AsyncFnOnce(&TestApp)) {
        let before = self.scans(tables).await;
        self.app.start_service().await;
        requests(&self.app).await;
        self.app.stop_service().await;
        until_alone(&self.database).await;
        let after = self.scans(tables).await;
        for ((table, (seq_before, idx_before)), (seq, idx)) in tables.iter().zip(before).zip(after) {
            assert!(idx > idx_before, "{table}: the requests were not counted");
            assert_eq!(seq, seq_before, "{table} was scanned");
        }
    }
}

#[tokio::test]
async fn no_list_of_followers_scans_its_table() {
    let Some(app) = TestApp::start(Backend::Postgres).await else { return };
    let account = app.bind(4_000).await;
    let group = app.post(&format!("/{account}/group"), json!({ "name": "a" })).await["data"].take();
    let group = group.as_str().unwrap();
    for page in 1..=20 {
        let openids = app.get(&format!("/{account}/user?group=-1&size=100&index={page}")).await;
        let openids = openids["data"]["user"].as_array().unwrap().iter().map(|user| user["openid"].clone());
        let body = json!({ "openid": openids.collect::<Vec<_>>(), "group_id": group });
        app.post(&format!("/{account}/user/add/batch"), body).await;
    }
    let planned = Planned::prepare(app).await;
    let query = "query ($id: ID!, $group: ID) { account(id: $id) { followers(first: 20, group: $group) {
        totalCount nodes { openid groups { name } } pageInfo { endCursor } } } }";
    planned
        .reads(&["follower", "group_member"], async |app| {
            for group in ["-1", "0", "1", group] {
                for page in [1, 30] {
                    app.get(&format!("/{account}/user?group={group}&size=20&index={page}")).await;
                }
                app.data(query, json!({ "id": account, "group": group })).await;
            }
        })
        .await;
}

/// Multiplies every material, news and article: as uploads they would take minutes.
const MULTIPLY: [&str; 5] = [
    "INSERT INTO stored_file (account_id, id, media_type, size, sha256, state, changed_at, created_at)
     SELECT account_id, id || number, media_type, size, sha256, state, changed_at, created_at
     FROM stored_file, generate_series(1, 1000) AS number",
    "INSERT INTO wechat_copy (account_id, form, source_id, state, media_id, changed_at)
     SELECT account_id, form, source_id || number, state, media_id, changed_at
     FROM wechat_copy, generate_series(1, 1000) AS number",
    "INSERT INTO media (account_id, id, kind, name, title, description, file_id, created_at, updated_at)
     SELECT account_id, id || number, kind, name, title, description, file_id || number, created_at + number, updated_at
     FROM media, generate_series(1, 1000) AS number",
    "INSERT INTO news (account_id, id, revision, created_at, updated_at)
     SELECT account_id, id || number, revision || number, created_at, updated_at + number
     FROM news, generate_series(1, 1000) AS number",
    "INSERT INTO article (account_id, id, news_id, position, title, digest, content, cover_image_id, show_cover_pic,
       created_at, updated_at)
     SELECT account_id, id || number, news_id || number, position, title, digest, content, cover_image_id,
       show_cover_pic, created_at, updated_at
     FROM article, generate_series(1, 1000) AS number",
];

#[tokio::test]
async fn no_list_of_materials_scans_its_table() {
    let Some(app) = TestApp::start(Backend::Postgres).await else { return };
    let account = app.bind(1).await;
    let mut images = Vec::new();
    for (route, file) in [
        ("image", File::image("a.jpg")),
        ("news/image", File::image("a.jpg")),
        ("voice", File::voice("a.mp3")),
        ("video/upload", File::video("a.mp4")),
    ] {
        images.push(app.upload(&format!("/{account}/{route}"), file).await["data"]["id"].take());
    }
    let article = json!({ "title": "a", "image_id": images[1], "content": "a" });
    let saved = app.post(&format!("/{account}/news/multiple"), json!([article, article])).await;
    let news = saved["data"].as_str().unwrap();
    app.wait_for_all_jobs(&account).await;
    let database = Database::connect(&app.database.url).await.unwrap();
    for statement in MULTIPLY {
        database.execute_unprepared(statement).await.unwrap();
    }
    database.close().await.unwrap();
    let planned = Planned::prepare(app).await;
    let query = "query ($id: ID!, $image: ID!, $news: ID!) { account(id: $id) {
        images(first: 20) { totalCount nodes { size wechatCopies { state } } pageInfo { endCursor } }
        articleImages: images(purpose: ARTICLE, last: 20) { totalCount nodes { size } }
        voices(first: 20) { totalCount nodes { size } }
        videos(first: 20) { totalCount nodes { size } }
        news(first: 5) { totalCount nodes { wechatCopies { state } articles { content coverUrl } } }
        image(id: $image) { size } newsById(id: $news) { articles { title } } } }";
    let ids = json!({ "id": account, "image": images[0], "news": news });
    planned
        .reads(&["media", "stored_file", "wechat_copy", "news", "article"], async |app| {
            for list in ["image", "voice", "video", "news"] {
                for page in [1, 30] {
                    let listed = app.get(&format!("/{account}/{list}?size=20&index={page}")).await;
                    assert_eq!(listed["data"]["pagination"]["count"], 1_001, "{listed}");
                }
            }
            for material in [format!("image/{}", images[0].as_str().unwrap()), format!("news/{news}")] {
                assert_eq!(
                    app.rest(Method::GET, &format!("/{account}/{material}")).send().await.unwrap().status(),
                    200
                );
            }
            app.data(query, ids).await;
        })
        .await;
}

/// Multiplies every rule that is not the only one, and every keyword.
const MULTIPLY_RULES: [&str; 2] = [
    "INSERT INTO keyword_rule (account_id, id, name, purpose, reply_kind, reply_id, created_at, updated_at)
     SELECT account_id, id || number, name, purpose, reply_kind, reply_id, created_at + number, updated_at
     FROM keyword_rule, generate_series(1, 1000) AS number WHERE purpose = 'keywords'",
    "INSERT INTO keyword (account_id, id, rule_id, position, content, fuzzy)
     SELECT account_id, id || number, rule_id || number, position, content || number, fuzzy
     FROM keyword, generate_series(1, 1000) AS number",
];

#[tokio::test]
async fn no_list_of_rules_scans_its_table() {
    let Some(app) = TestApp::start(Backend::Postgres).await else { return };
    let account = app.bind_only("gh_1").await;
    let text = app.post(&format!("/{account}/text"), json!({ "content": "a" })).await["data"].take();
    let image = app.upload(&format!("/{account}/image"), File::image("a.jpg")).await["data"]["id"].take();
    let keywords = json!([{ "content": "a", "fuzzy": 1 }, { "content": "b", "fuzzy": 0 }]);
    let rule = |name: &str| json!({ "rule_name": name, "reply_id": text, "reply_type": "text" });
    let mut listed = rule("a");
    listed["keyword"] = keywords;
    let id = app.post(&format!("/{account}/keyword"), listed).await["data"].take();
    app.post(&format!("/{account}/keyword"), rule("__default")).await;
    let database = Database::connect(&app.database.url).await.unwrap();
    for statement in MULTIPLY_RULES {
        database.execute_unprepared(statement).await.unwrap();
    }
    database.close().await.unwrap();
    let planned = Planned::prepare(app).await;
    let query = "query ($id: ID!) { account(id: $id) {
        keywordRules(last: 20) { totalCount nodes { keywords { content } } pageInfo { startCursor } }
        subscribeRule { id } defaultRule { id } keywordMatch(text: \"a1\") { rule { name } } } }";
    planned
        .reads(&["keyword_rule", "keyword"], async |app| {
            for page in [1, 30] {
                let listed = app.get(&format!("/{account}/keyword?size=20&index={page}")).await;
                assert_eq!(listed["data"]["pagination"]["count"], 1_001, "{listed}");
            }
            for path in ["subscribe", "default", id.as_str().unwrap()] {
                assert_eq!(app.get(&format!("/{account}/keyword/{path}")).await["code"], 200);
            }
            app.data(query, json!({ "id": account })).await;
            // Whether a rule answers with it is asked before it is deleted.
            assert_eq!(app.delete(&format!("/{account}/image/{}", image.as_str().unwrap())).await["code"], 200);
        })
        .await;
}

#[tokio::test]
async fn no_list_of_messages_scans_its_table() {
    let Some(app) = TestApp::start(Backend::Postgres).await else { return };
    let account = app.bind(2).await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    let link = "<MsgType>link</MsgType><Title>n</Title><Url>u</Url>";
    let click = "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>a</EventKey>";
    let push = |number: i64| {
        let at = 1_406_822_400 + number * 60;
        match number % 4 {
            0 => Sent::text("oX", at, &format!("n{number}")).answered(),
            1 => Sent::text(&openid, at, &format!("n{number}")),
            2 => Sent::of("oX", at, link),
            _ => Sent::of("oX", at, click),
        }
    };
    app.receive(&account, 1_000_000, &(0..8_000).map(push).collect::<Vec<_>>()).await;
    let planned = Planned::prepare(app).await;
    let query = "query ($id: ID!, $openid: ID!) { account(id: $id) {
        all: messages(first: 20) { totalCount nodes { id } pageInfo { endCursor } }
        links: messages(last: 20, filter: { types: [LINK] }) { totalCount nodes { id } }
        his: messages(filter: { openid: $openid }) { totalCount nodes { id } }
        events(first: 20) { totalCount nodes { id } } humanReplies { totalCount nodes { id } }
        followers { nodes { messages(first: 2) { totalCount nodes { id } } humanReplies { totalCount } } } } }";
    planned
        .reads(&["message", "message_tally", "human_reply"], async |app| {
            for filter in ["", "filterivrmsg=1", "filter=n41", "start_date=2014-08-02&end_date=2014-08-03"] {
                for page in [1, 30] {
                    let listed = app.get(&format!("/{account}/msg?size=20&index={page}&{filter}")).await;
                    assert_eq!(listed["code"], 200, "{listed}");
                }
            }
            app.data(query, json!({ "id": account, "openid": openid })).await;
        })
        .await;
}

#[tokio::test]
async fn no_list_of_mass_sends_scans_its_table() {
    let Some(app) = TestApp::start(Backend::Postgres).await else { return };
    let account = app.bind(2).await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    let text = app.post(&format!("/{account}/text"), json!({ "content": "a" })).await["data"].take();
    let image = app.upload(&format!("/{account}/image"), File::image("a.jpg")).await["data"]["id"].take();
    app.wait_for_all_jobs(&account).await;
    let shown =
        [vec![(Kind::Text, text.as_str().unwrap()); 4_000], vec![(Kind::Image, image.as_str().unwrap())]].concat();
    let ids = app.store_mass_sends(&account, &shown, 2).await;
    let planned = Planned::prepare(app).await;
    let query = "query ($id: ID!, $one: ID!) { account(id: $id) {
        massSends(first: 20) { totalCount nodes { status chunks { id } material { __typename } } pageInfo { endCursor } }
        last: massSends(last: 20) { nodes { sentCount } } massSend(id: $one) { status chunks { state } } } }";
    planned
        .reads(&["mass_send", "mass_send_chunk"], async |app| {
            for page in [1, 30] {
                let listed = app.get(&format!("/{account}/masssend?size=20&index={page}")).await;
                assert_eq!(listed["data"]["pagination"]["count"], 4_001, "{listed}");
            }
            assert_eq!(app.get(&format!("/{account}/masssend/{}", ids[7])).await["data"]["sent_count"], 4);
            app.data(query, json!({ "id": account, "one": ids[2_000] })).await;
            // Which part WeChat reports on.
            app.connect_webhook(&account, "plain").await;
            let event = json!({ "type": "event", "event": "MASSSENDJOBFINISH", "msg_id": FIRST_MSG_ID + 14,
                "status": "send success", "total_count": 9, "filter_count": 9, "sent_count": 9, "error_count": 0 });
            assert_eq!(app.push(&openid, event).await["status"], 200);
            assert_eq!(app.get(&format!("/{account}/masssend/{}", ids[7])).await["data"]["sent_count"], 11);
            // Whether a mass send still needs it is asked before it is deleted.
            assert_eq!(app.delete(&format!("/{account}/image/{}", image.as_str().unwrap())).await["code"], 200);
        })
        .await;
}
