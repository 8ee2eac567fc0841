//! The number of SQL statements of a nested query depends on the query and never on the number of rows.
//!
//! Statements are counted by the metrics of a process of its own: those of this one count all its services together.

mod fields;

use std::time::Duration;

use entity::human_reply::{self, State};
use entity::keyword_rule::ReplyKind;
use entity::mass_send::Kind;
use odaesan::clock;
use sea_orm::{ActiveValue::Set, EntityTrait as _};
use serde_json::{Map, Value, json};

use self::fields::OF_ACCOUNT;
use crate::support::TestApp;
use crate::support::messages::Sent;
use crate::support::process::Process;
use crate::support::uploads::File;

on_every_database!(
    statements_do_not_follow_the_rows,
    a_missing_object_is_an_error_of_its_field_alone,
    reads_after_a_change_in_one_document_are_fresh,
);

/// A service in a process of its own, whose statements are counted.
struct Counted<'a> {
    app: &'a TestApp,
    url: String,
    /// Statements of a request that reads nothing, and of the look at the metrics.
    floor: u64,
    _process: Process,
}

impl Counted<'_> {
    async fn start(app: &TestApp) -> Counted<'_> {
        let mut flags = app.serve_flags();
        flags.extend(["--no-jobs", "--graphql-complexity", "1000000"].map(ToOwned::to_owned));
        let mut process = Process::serve(&flags);
        let url = process.address("Odaesan serves ").await;
        let url = url.split_whitespace().next().unwrap().to_owned();
        let mut service = Counted { app, url, floor: 0, _process: process };
        service.floor = service.ask("{ __typename }").await.1;
        service
    }

    async fn statements(&self) -> u64 {
        let text = self.app.http.get(format!("{}/metrics", self.url)).send().await.unwrap().text().await.unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("odaesan_sql_statements_total ")).unwrap();
        line.trim().parse().unwrap()
    }

    /// The answer, and how many statements it took.
    async fn ask(&self, query: &str) -> (Value, u64) {
        let before = self.statements().await;
        let request = self.app.http.post(format!("{}/graphql", self.url)).json(&json!({ "query": query }));
        let answer = self.app.json(request).await;
        (answer, self.statements().await - before - self.floor)
    }
}

/// Gives an account rules that answer with each of these, and the two without keywords.
async fn rule(app: &TestApp, account: &str, number: usize, replies: &[(&str, &Value)]) {
    for (kind, reply) in replies {
        let words =
            (0..=number % 3).map(|word| json!({ "content": format!("关键 {number}{kind}{word}"), "fuzzy": word % 2 }));
        let words = words.chain([json!({ "content": format!("关键 {number}"), "fuzzy": 1 })]).collect::<Vec<_>>();
        for (name, words) in [("规则", json!(words)), ("__subscribe", Value::Null), ("__default", Value::Null)] {
            let rule = json!({ "rule_name": name, "keyword": words, "reply_id": reply, "reply_type": kind });
            let answer = app.post(&format!("/{account}/keyword"), rule).await;
            assert_eq!(answer["code"], 200, "{answer}");
        }
    }
}

/// Adds a list of buttons, one for each reply, and a button of the bar that has the last reply.
async fn add_to_menu(app: &TestApp, account: &str, name: &str, replies: &[(&str, Value)]) {
    let create = async |parent: &Value| -> Value {
        let body = json!({ "parent_id": parent, "name": name, "sequence": 1 });
        app.post(&format!("/{account}/menu"), body).await["data"].take()
    };
    let bind = async |button: Value, (reply_type, reply_id): &(&str, Value)| {
        let body = json!({ "menu_id": button, "reply_id": reply_id, "reply_type": reply_type });
        let answer = app.post(&format!("/{account}/menu/bind"), body).await;
        assert_eq!(answer["code"], 200, "{answer}");
    };
    let bar = json!("0");
    bind(create(&bar).await, replies.last().unwrap()).await;
    let parent = create(&bar).await;
    for reply in replies {
        bind(create(&parent).await, reply).await;
    }
}

/// Gives an account so many of every material, and as many news, the first of one article, the second of two.
async fn furnish(app: &TestApp, account: &str, materials: usize) {
    for number in 0..materials {
        let mut covers = Vec::new();
        for (route, file) in [
            ("image", File::image(&format!("{number}.jpg"))),
            ("news/image", File::image("a.jpg")),
            ("voice", File::voice(&format!("{number}.mp3"))),
            ("video/upload", File::video("a.mp4")),
        ] {
            let answer = app.upload(&format!("/{account}/{route}"), file).await;
            assert_eq!(answer["code"], 200, "{answer}");
            covers.push(answer["data"]["id"].clone());
        }
        // Half of the covers are images to be sent; WeChat minds the address in each content.
        let article = |place: usize| {
            json!({ "title": format!("{number}.{place}"), "image_id": covers[place % 2], "digest": "d",
                "content": format!("<p>{number}.{place}</p><img src=\"https://example.com/{number}.jpg\">") })
        };
        let articles: Vec<Value> = (0..=number % 8).map(article).collect();
        let answer = app.post(&format!("/{account}/news/multiple"), json!(articles)).await;
        assert_eq!(answer["code"], 200, "{answer}");
        let text = app.post(&format!("/{account}/text"), json!({ "content": format!("答 {number}") })).await;
        let replies = [("image", &covers[0]), ("voice", &covers[2]), ("music", &covers[2]), ("video", &covers[3])];
        let replies = [&replies[..], &[("news", &answer["data"]), ("text", &text["data"])]].concat();
        rule(app, account, number, &replies).await;
        let draft = "mutation ($input: NewsInput!) { createNewsDraft(input: $input) { news { id } } }";
        app.data(draft, json!({ "input": { "accountId": account, "id": answer["data"] } })).await;
        let text = text["data"].clone();
        let (image, voice, video) = (covers[0].clone(), covers[2].clone(), covers[3].clone());
        let news = answer["data"].clone();
        let replies = [("text", text), ("image", image), ("voice", voice), ("video", video), ("news", news)];
        add_to_menu(app, account, &number.to_string(), &replies).await;
        let kinds = [Kind::Text, Kind::Image, Kind::Voice, Kind::Video, Kind::News];
        let shown: Vec<_> = kinds.into_iter().zip(replies.iter().map(|(_, id)| id.as_str().unwrap())).collect();
        app.store_mass_sends(account, &shown, 1 + i32::try_from(number % 3).unwrap()).await;
    }
    converse(app, account, materials).await;
    let left = "query ($id: ID!) { account(id: $id) { a: jobs(state: QUEUED) { totalCount } b: jobs(state: RUNNING) { totalCount } } }";
    for _ in 0..1_000 {
        let data = app.data(left, json!({ "id": account })).await;
        if data["account"] == json!({ "a": { "totalCount": 0 }, "b": { "totalCount": 0 } }) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the jobs of {account} do not end");
}

/// Messages, events and what the staff wrote, of each of some followers so many.
async fn converse(app: &TestApp, account: &str, each: usize) {
    let (mut pushes, mut replies) = (Vec::new(), Vec::new());
    for (place, openid) in app.openids(account, "-1", 3).await.into_iter().enumerate() {
        for number in 0..each {
            let at = 1_406_822_400 + i64::try_from(number).unwrap();
            let text = Sent::text(&openid, at, &format!("n{number}"));
            pushes.push(if place == 0 { text.answered() } else { text });
            pushes.push(Sent::of(&openid, at, "<MsgType>link</MsgType><Title>n</Title><Url>u</Url>"));
            pushes.push(Sent::of(&openid, at, "<MsgType>sticker</MsgType>"));
            pushes.push(Sent::of(
                &openid,
                at + i64::try_from(place).unwrap(),
                "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>a</EventKey>",
            ));
            replies.push(human_reply::ActiveModel {
                account_id: Set(account.to_owned()),
                id: Set(clock::new_id()),
                openid: Set(openid.clone()),
                kind: Set(ReplyKind::Text),
                text: Set(Some(format!("n{number}"))),
                material_id: Set(None),
                state: Set(State::Sent),
                errcode: Set(None),
                error: Set(None),
                actor: Set("test".to_owned()),
                created_at: Set(clock::now()),
                sent_at: Set(Some(clock::now())),
            });
        }
    }
    app.receive(account, 1, &pushes).await;
    let database = app.connect().await;
    human_reply::Entity::insert_many(replies).exec_without_returning(&database).await.unwrap();
    database.close().await.unwrap();
}

/// Binds an account with so many followers and texts. Every third follower is starred, every tenth blocked.
async fn bind(app: &TestApp, number: u64, followers: u64, texts: u64) -> String {
    let app_id = format!("wx{number:016x}");
    app.control(reqwest::Method::POST, &format!("/{app_id}/followers"), json!({ "count": followers })).await;
    let account = app.bind_only(&format!("gh_{number}")).await;
    let answer = app.post("/bind/fillin", json!({ "id": account, "app_id": app_id, "app_secret": "sandbox" })).await;
    assert_eq!(answer["code"], 200, "{answer}");
    app.wait_until_idle(&account).await;
    let openids = app.openids(&account, "-1", 100).await;
    let every = |step: usize| openids.iter().step_by(step).cloned().collect::<Vec<_>>();
    for (group, openids) in [("2", every(3)), ("1", every(10))] {
        let body = json!({ "openid": openids, "group_id": group });
        assert_eq!(app.post(&format!("/{account}/user/add/batch"), body).await["code"], 200);
    }
    for text in 0..texts {
        let answer = app.post(&format!("/{account}/text"), json!({ "content": format!("{number}.{text}") })).await;
        assert_eq!(answer["code"], 200, "{answer}");
    }
    account
}

/// What the names in braces stand for, of an account that has everything.
async fn names(app: &TestApp, account: &str) -> Map<String, Value> {
    let query = "query ($id: ID!) { account(id: $id) {
        followers(first: 3) { edges { cursor } nodes { openid } } texts { nodes { id } }
        images { nodes { id } } voices { nodes { id } } videos { nodes { id } } news { nodes { id articles { id } } }
        keywordRules(last: 1) { nodes { id } } massSends(last: 1) { nodes { id } }
        menu { buttons { id } } } }";
    let data = app.data(query, json!({ "id": account })).await;
    let name = |pointer: &str| data.pointer(pointer).cloned().unwrap_or_else(|| json!("none"));
    Map::from_iter([
        ("image".to_owned(), name("/account/images/nodes/0/id")),
        ("mass_send".to_owned(), name("/account/massSends/nodes/0/id")),
        ("rule".to_owned(), name("/account/keywordRules/nodes/0/id")),
        ("voice".to_owned(), name("/account/voices/nodes/0/id")),
        ("video".to_owned(), name("/account/videos/nodes/0/id")),
        ("news".to_owned(), name("/account/news/nodes/0/id")),
        ("article".to_owned(), name("/account/news/nodes/0/articles/0/id")),
        ("button".to_owned(), name("/account/menu/buttons/0/id")),
        ("cursor".to_owned(), name("/account/followers/edges/2/cursor")),
        ("openid".to_owned(), name("/account/followers/nodes/0/openid")),
        ("text".to_owned(), name("/account/texts/nodes/0/id")),
    ])
}

fn fill(field: &str, names: &Map<String, Value>) -> String {
    names
        .iter()
        .fold(field.to_owned(), |field, (name, value)| field.replace(&format!("{{{name}}}"), value.as_str().unwrap()))
}

async fn statements_do_not_follow_the_rows(mut app: TestApp) {
    let largest = bind(&app, 1, 110, 5).await;
    furnish(&app, &largest, 9).await;
    let names = names(&app, &largest).await;
    bind(&app, 2, 1, 1).await;
    // Something in every list, as the largest has.
    let small = bind(&app, 3, 4, 0).await;
    furnish(&app, &small, 1).await;
    bind(&app, 4, 30, 2).await;
    app.bind_only("gh_empty").await;
    app.stop_service().await;
    let service = Counted::start(&app).await;
    let listed = service.ask("{ accounts(first: 5) { nodes { id } } }").await.0;
    let listed = listed["data"]["accounts"]["nodes"].as_array().unwrap();
    let position = |id: &str| listed.iter().position(|account| account["id"] == id).unwrap();
    assert_eq!(listed.len(), 5);
    // The rules of all accounts are read at once, when they are first asked for; then they are known.
    let match_all = "{ accounts(first: 5) { nodes { keywordMatch(text: \"a\") { reason } } } }";
    let (first, second) = (service.ask(match_all).await.1, service.ask(match_all).await.1);
    assert!(second < first && first < second + 5, "{first} {second}");
    for field in OF_ACCOUNT {
        let of_one = field.contains('{') && names.keys().any(|name| field.contains(&format!("{{{name}}}")));
        let field = fill(field, &names);
        let (mut alone, mut each) = (Vec::new(), Vec::new());
        for account in listed {
            let query = format!("{{ account(id: {}) {{ id {field} }} }}", account["id"]);
            // Where the others do not have the object, they have an error and null.
            let (answer, statements) = service.ask(&query).await;
            alone.push(answer["data"]["account"].clone());
            each.push(statements);
        }
        let wanted = each[position(&largest)];
        assert_eq!(each.iter().max(), Some(&wanted), "{field}");
        if !of_one {
            assert_eq!(each[position(&small)], wanted, "{field}");
        }
        for (accounts, argument) in [(1, "first"), (2, "first"), (5, "first"), (1, "last"), (2, "last"), (5, "last")] {
            let query = format!("{{ accounts({argument}: {accounts}) {{ nodes {{ id {field} }} }} }}");
            let (answer, statements) = service.ask(&query).await;
            let alone = if argument == "last" { &alone[5 - accounts..] } else { &alone[..accounts] };
            assert_eq!(answer["data"]["accounts"]["nodes"], json!(alone), "{query}\n{answer:#}");
            // The newest account has no rows, so what would hang below them is not read; the oldest is the largest.
            if accounts == 5 || argument == "last" {
                assert_eq!(statements, wanted, "{query}");
            } else {
                assert!(statements <= wanted, "{statements} {query}");
            }
        }
    }
}

async fn a_missing_object_is_an_error_of_its_field_alone(app: TestApp) {
    let account = bind(&app, 1, 6, 1).await;
    app.bind_only("gh_empty").await;
    let names = names(&app, &account).await;
    let group = app.post(&format!("/{account}/group"), json!({ "name": "a" })).await["data"].take();
    let query = format!(
        "{{ accounts {{ nodes {{ id text(id: {}) {{ content }} follower(openid: {}) {{ openid }} group(id: {group}) {{ name }}
           nobody: follower(openid: \"o_nobody\") {{ openid }} groups {{ id }} }} }} }}",
        names["text"], names["openid"]
    );
    let answer = app.graphql(&query, Value::Null).await;
    let errors = answer["errors"].as_array().unwrap();
    assert!(errors.iter().all(|error| error["extensions"]["code"] == "NOT_FOUND"), "{answer:#}");
    let mut paths: Vec<_> = errors.iter().map(|error| error["path"].to_string()).collect();
    paths.sort();
    assert_eq!(
        paths,
        ["follower", "group", "nobody", "text"]
            .map(|field| json!(["accounts", "nodes", 0, field]).to_string())
            .into_iter()
            .chain([json!(["accounts", "nodes", 1, "nobody"]).to_string()])
            .collect::<Vec<_>>()
    );
    let full = &answer["data"]["accounts"]["nodes"][1];
    assert_eq!((&full["group"]["name"], &full["text"]["content"]), (&json!("a"), &json!("1.0")), "{answer:#}");
    assert_eq!(full["follower"]["openid"], names["openid"]);
}

async fn reads_after_a_change_in_one_document_are_fresh(app: TestApp) {
    let account = bind(&app, 1, 6, 1).await;
    let input = json!({ "accountId": account });
    let text = json!({ "accountId": account, "content": "new" });
    let openids = app.openids(&account, "0", 1).await;
    let members = json!({ "accountId": account, "groupId": "2", "openids": openids });
    let query = "mutation ($account: UpdateAccountInput!, $text: CreateTextInput!, $members: GroupFollowersInput!) {
        before: updateAccount(input: $account) { account { ...State } }
        createText(input: $text) { text { id } }
        addFollowersToGroup(input: $members) { group { id } }
        after: updateAccount(input: $account) { account { ...State } } }
        fragment State on Account { texts { totalCount nodes { content } } group(id: \"2\") { followerCount }
            followers(group: \"2\") { totalCount nodes { openid groups { id } } } }";
    let data = app.data(query, json!({ "account": input, "text": text, "members": members })).await;
    let count = |state: &str, pointer: &str| data.pointer(&format!("/{state}/account{pointer}")).unwrap().as_i64();
    for pointer in ["/texts/totalCount", "/group/followerCount", "/followers/totalCount"] {
        assert_eq!(count("after", pointer), count("before", pointer).map(|count| count + 1), "{pointer} {data:#}");
    }
    let after = &data["after"]["account"];
    assert_eq!(after["texts"]["nodes"][0]["content"], "new");
    assert_eq!(after["followers"]["nodes"][0], json!({ "openid": openids[0], "groups": [{ "id": "2" }] }));
}
