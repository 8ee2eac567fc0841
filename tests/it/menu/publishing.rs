//! Publishing: what WeChat gets, what it says, and what is known of it afterwards.

use std::time::{Duration, Instant};

use reqwest::Method;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Database, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::{OK, at_wechat, bind, create, fetch_again, listed, make_in_console, publish, refused, state, text, unbind};
use crate::support::TestApp;
use crate::support::app::APP_ID;

on_every_database!(
    an_empty_menu_is_deleted_at_wechat,
    what_is_known_over_a_life,
    wechats_refusal_is_passed_on,
    an_unknown_type_is_sent_as_it_is,
    an_unclear_end_leaves_it_unknown,
    nobody_publishes_while_somebody_does,
    a_publication_ends_also_when_nobody_waits,
    a_dead_publication_does_not_stand_in_the_way,
);

const CREATE: &str = "/cgi-bin/menu/create";
const LINK: &str = "http://example.com";

/// Makes a button that opens an address.
async fn link(app: &TestApp, account: &str, name: &str) -> String {
    let id = create(app, account, "0", name).await;
    bind(app, account, &id, "link", LINK).await;
    id
}

/// Waits until `isPublished` is this.
async fn is(app: &TestApp, account: &str, published: &Value) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while state(app, account).await.0 != *published {
        assert!(Instant::now() < deadline, "it does not become {published}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn an_empty_menu_is_deleted_at_wechat(app: TestApp) {
    let account = app.bind(0).await;
    let id = link(&app, &account, "a").await;
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    assert_eq!(at_wechat(&app).await["origin"], "api");
    assert_eq!(app.delete(&format!("/{account}/menu/{id}")).await.to_string(), OK);
    assert_eq!(state(&app, &account).await.0, json!(false));
    for _ in 0..2 {
        assert_eq!(publish(&app, &account).await.to_string(), OK);
        let shown = at_wechat(&app).await;
        assert_eq!((&shown["origin"], &shown["button"]), (&Value::Null, &json!([])));
        assert_eq!(state(&app, &account).await.0, json!(true));
    }
    assert_eq!((app.calls("/cgi-bin/menu/delete").await, app.calls(CREATE).await), (2, 1));
}

async fn what_is_known_over_a_life(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    assert_eq!(state(&app, &account).await, (Value::Null, false, false));
    let fillin = json!({ "id": account, "app_id": APP_ID, "app_secret": "sandbox" });
    assert_eq!(app.post("/bind/fillin", fillin).await["code"], 200);
    app.wait_for_all_jobs(&account).await;
    assert_eq!(state(&app, &account).await, (json!(true), true, true), "both have none");
    let is_published = async || state(&app, &account).await.0;
    let parent = create(&app, &account, "0", "a").await;
    assert_eq!(is_published().await, json!(false));
    let child = create(&app, &account, &parent, "b").await;
    let text = text(&app, &account, "a").await;
    bind(&app, &account, &child, "text", &text).await;
    let other = link(&app, &account, "c").await;
    assert_eq!(is_published().await, json!(false));
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    assert_eq!(is_published().await, json!(true));
    // Back and forth: the same menu again is published.
    let put = async |id: &str, name: &str, sequence: i32| {
        let answer = app.put(&format!("/{account}/menu/{id}"), json!({ "name": name, "sequence": sequence })).await;
        assert_eq!(answer.to_string(), OK);
    };
    put(&other, "c", 1).await;
    assert_eq!(is_published().await, json!(false));
    put(&other, "c", 2).await;
    assert_eq!(is_published().await, json!(true));
    unbind(&app, &account, &child).await;
    assert_eq!(is_published().await, json!(false));
    bind(&app, &account, &child, "text", &text).await;
    assert_eq!(is_published().await, json!(true), "the key is the same");
    put(&child, "B", 1).await;
    refused(&app.get(&format!("/{account}/menu/fetch")).await, 400);
    assert_eq!(is_published().await, json!(false));
    fetch_again(&app, &account).await;
    assert_eq!(is_published().await, json!(true));
    assert_eq!(listed(&app, &account).await[0]["sub_button"][0]["name"], "b");
    // What others do at WeChat is seen when it is fetched.
    make_in_console(&app, json!({ "button": [{ "type": "view", "name": "x", "url": LINK }] })).await;
    fetch_again(&app, &account).await;
    assert_eq!(is_published().await, json!(true));
}

async fn wechats_refusal_is_passed_on(app: TestApp) {
    let account = app.bind(0).await;
    link(&app, &account, "a").await;
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    let shown = at_wechat(&app).await;
    link(&app, &account, "b").await;
    let before = state(&app, &account).await;
    let mutation = "mutation ($id: ID!) { publishMenu(input: { accountId: $id }) { menu { isPublished } } }";
    for (errcode, code) in [(40018, 502), (40119, 502), (45010, 429), (48001, 502), (65317, 502)] {
        app.fault(json!({ "path": CREATE, "errcode": errcode, "times": 2 })).await;
        let message = refused(&publish(&app, &account).await, code);
        assert!(message.contains(&errcode.to_string()) && message.contains(CREATE), "{message}");
        let error = app.error(mutation, json!({ "id": account })).await;
        assert_eq!(error["extensions"]["errcode"], errcode, "{error}");
        assert_eq!((at_wechat(&app).await, state(&app, &account).await), (shown.clone(), before.clone()), "{errcode}");
    }
    assert_eq!(before.0, json!(false));
    let data = app.data(mutation, json!({ "id": account })).await;
    assert_eq!(data["publishMenu"]["menu"]["isPublished"], true);
}

/// The simulator knows none; what it is sent is what counts.
async fn an_unknown_type_is_sent_as_it_is(app: TestApp) {
    use entity::menu_button::{Column, Entity};

    let account = app.bind(0).await;
    let id = link(&app, &account, "a").await;
    let database = Database::connect(&app.database.url).await.unwrap();
    let update = Entity::update_many()
        .col_expr(Column::Kind, Expr::value("type_of_2030"))
        .col_expr(Column::Url, Expr::value(None::<String>))
        .col_expr(Column::Details, Expr::value(r#"{"z":[1,null,{"b":"汉","a":1.5}],"media_id":"m"}"#))
        .filter(Column::Id.eq(&id));
    assert_eq!(update.exec(&database).await.unwrap().rows_affected, 1);
    database.close().await.unwrap();
    let message = refused(&publish(&app, &account).await, 502);
    assert!(message.contains("40017"), "{message}");
    let calls = app.control(Method::GET, &format!("/calls?path={CREATE}&limit=1"), Value::Null).await;
    let body = &calls[0]["body"];
    let body = body.as_str().map_or_else(|| body.clone(), |text| serde_json::from_str(text).unwrap());
    assert_eq!(
        body,
        json!({ "button": [{ "type": "type_of_2030", "name": "a", "z": [1, null, { "b": "汉", "a": 1.5 }], "media_id": "m" }] })
    );
}

async fn an_unclear_end_leaves_it_unknown(app: TestApp) {
    let account = app.bind(0).await;
    link(&app, &account, "a").await;
    app.fault(json!({ "path": CREATE, "drop": true, "executes": true, "times": 3 })).await;
    refused(&publish(&app, &account).await, 502);
    assert_eq!(state(&app, &account).await.0, Value::Null);
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    assert_eq!(state(&app, &account).await.0, json!(true));
}

async fn nobody_publishes_while_somebody_does(app: TestApp) {
    let account = app.bind(0).await;
    link(&app, &account, "a").await;
    app.fault(json!({ "path": CREATE, "delay_ms": 1_500 })).await;
    let second = async {
        is(&app, &account, &Value::Null).await;
        link(&app, &account, "b").await;
        let fetched = app.get(&format!("/{account}/menu/fetch?force=1")).await;
        (publish(&app, &account).await, fetched)
    };
    let (first, (second, fetched)) = tokio::join!(publish(&app, &account), second);
    assert_eq!(first.to_string(), OK);
    refused(&second, 409);
    refused(&fetched, 409);
    assert_eq!(state(&app, &account).await.0, json!(false), "`b` came too late");
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    assert_eq!(state(&app, &account).await.0, json!(true));
}

async fn a_publication_ends_also_when_nobody_waits(app: TestApp) {
    let account = app.bind(0).await;
    link(&app, &account, "a").await;
    app.fault(json!({ "path": CREATE, "delay_ms": 1_000 })).await;
    let request = app.rest(Method::POST, &format!("/{account}/menu/publish")).timeout(Duration::from_millis(500));
    assert!(request.send().await.unwrap_err().is_timeout());
    is(&app, &account, &json!(true)).await;
}

async fn a_dead_publication_does_not_stand_in_the_way(app: TestApp) {
    use entity::menu::{Column, Entity};

    let account = app.bind(0).await;
    link(&app, &account, "a").await;
    let database = Database::connect(&app.database.url).await.unwrap();
    let left_behind = async |age: chrono::TimeDelta| {
        let since = (chrono::Utc::now() - age).timestamp_millis();
        let update = Entity::update_many()
            .col_expr(Column::Published, Expr::value(format!("publishing {since} x")))
            .filter(Column::AccountId.eq(&account));
        assert_eq!(update.exec(&database).await.unwrap().rows_affected, 1);
    };
    left_behind(chrono::TimeDelta::minutes(2)).await;
    refused(&publish(&app, &account).await, 409);
    left_behind(chrono::TimeDelta::minutes(4)).await;
    assert_eq!(state(&app, &account).await.0, Value::Null);
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    assert_eq!(state(&app, &account).await.0, json!(true));
    left_behind(chrono::TimeDelta::minutes(4)).await;
    fetch_again(&app, &account).await;
    assert_eq!(state(&app, &account).await.0, json!(true));
    database.close().await.unwrap();
}
