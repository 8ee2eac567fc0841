//! The routes as the V1 document has them, letter by letter.

use reqwest::Method;
use serde_json::{Value, json};

use super::{OK, at_wechat, create, listed, make_at_wechat};
use crate::support::TestApp;

on_every_database!(
    the_menu_of_the_document_is_fetched_and_listed,
    the_eight_routes_answer_as_documented,
    numbers_and_texts_are_taken_for_each_other,
);

/// The answer of "列出菜单信息" in the document, with `ID` for the ids, which nobody can know.
const EXAMPLE: &str = r#"{"code":200,"message":"OK","data":[{"id":"ID","name":"移动网站","type":null,"keycode":null,"url":null,"reply_id":null,"reply_type":null,"sequence":1,"sub_button":[{"id":"ID","name":"Yeapoo","type":"view","keycode":null,"url":"http://m.yeapoo.com","reply_id":null,"reply_type":null,"sequence":1},{"id":"ID","name":"POP","type":"click","keycode":"V20131226171926_pop_199","url":null,"reply_id":null,"reply_type":null,"sequence":2},{"id":"ID","name":"km","type":"click","keycode":"V20131226171935_km_199","url":null,"reply_id":null,"reply_type":null,"sequence":3},{"id":"ID","name":"伊顿","type":"click","keycode":"V20131226172002_YD_199","url":null,"reply_id":null,"reply_type":null,"sequence":4},{"id":"ID","name":"qwe","type":"click","keycode":"V20131226172022_qwe_199","url":null,"reply_id":null,"reply_type":null,"sequence":5}]},{"id":"ID","name":"案例","type":null,"keycode":null,"url":null,"reply_id":null,"reply_type":null,"sequence":2,"sub_button":[{"id":"ID","name":"果园","type":"click","keycode":"V20140603155931_GY_199","url":null,"reply_id":null,"reply_type":null,"sequence":1}]},{"id":"ID","name":"新闻","type":null,"keycode":null,"url":null,"reply_id":null,"reply_type":null,"sequence":3,"sub_button":[{"id":"ID","name":"社会","type":"click","keycode":"V20131226172719_SH_199","url":null,"reply_id":null,"reply_type":null,"sequence":1},{"id":"ID","name":"科技","type":"click","keycode":"V20131226172726_KJ_199","url":null,"reply_id":null,"reply_type":null,"sequence":2}]}]}"#;

/// The menu that the example shows, as WeChat has it.
fn menu_of_example() -> Value {
    let click = |name: &str, key: &str| json!({ "type": "click", "name": name, "key": key });
    json!([
        { "name": "移动网站", "sub_button": [
            { "type": "view", "name": "Yeapoo", "url": "http://m.yeapoo.com" },
            click("POP", "V20131226171926_pop_199"),
            click("km", "V20131226171935_km_199"),
            click("伊顿", "V20131226172002_YD_199"),
            click("qwe", "V20131226172022_qwe_199"),
        ] },
        { "name": "案例", "sub_button": [click("果园", "V20140603155931_GY_199")] },
        { "name": "新闻", "sub_button": [
            click("社会", "V20131226172719_SH_199"),
            click("科技", "V20131226172726_KJ_199"),
        ] },
    ])
}

/// Writes `ID` for every id, which must be one.
fn without_ids(answer: &mut Value) {
    match answer {
        Value::Array(list) => list.iter_mut().for_each(without_ids),
        Value::Object(members) => {
            if let Some(id) = members.get_mut("id") {
                assert_eq!(id.as_str().unwrap().len(), 36, "{id}");
                *id = json!("ID");
            }
            members.values_mut().for_each(without_ids);
        }
        _ => {}
    }
}

async fn the_menu_of_the_document_is_fetched_and_listed(app: TestApp) {
    let account = app.bind(0).await;
    make_at_wechat(&app, &menu_of_example()).await;
    assert_eq!(app.get(&format!("/{account}/menu/fetch?force=1")).await.to_string(), OK);
    let mut answer = app.get(&format!("/{account}/menu")).await;
    without_ids(&mut answer);
    assert_eq!(answer.to_string(), EXAMPLE);
    assert_eq!(
        app.get(&format!("/{account}/menu/fetch")).await.to_string(),
        r#"{"code":400,"message":"menu info has already been fetched","data":null}"#
    );
    // And back: WeChat shows what it showed.
    let before = at_wechat(&app).await["button"].take();
    let answer = app.json(app.rest(Method::POST, &format!("/{account}/menu/publish"))).await;
    assert_eq!(answer.to_string(), OK);
    assert_eq!(at_wechat(&app).await["button"], before);
}

async fn the_eight_routes_answer_as_documented(app: TestApp) {
    let account = app.bind(0).await;
    let path = format!("/{account}/menu");
    assert_eq!(app.get(&path).await.to_string(), r#"{"code":200,"message":"OK","data":[]}"#);
    let answer = app.post(&path, json!({ "parent_id": "0", "name": "菜单", "sequence": 1 })).await;
    let id = answer["data"].as_str().unwrap();
    assert_eq!(answer.to_string(), format!(r#"{{"code":200,"message":"OK","data":"{id}"}}"#));
    assert_eq!(
        app.get(&path).await.to_string(),
        format!(
            r#"{{"code":200,"message":"OK","data":[{{"id":"{id}","name":"菜单","type":null,"keycode":null,"url":null,"reply_id":null,"reply_type":null,"sequence":1}}]}}"#
        )
    );
    let one = format!("{path}/{id}");
    assert_eq!(app.put(&one, json!({ "name": "歌", "sequence": 1 })).await.to_string(), OK);
    let text = super::text(&app, &account, "你好").await;
    let body = json!({ "menu_id": id, "reply_id": text, "reply_type": "text" });
    assert_eq!(app.post(&format!("{path}/bind"), body).await.to_string(), OK);
    let keycode = listed(&app, &account).await[0]["keycode"].as_str().unwrap().to_owned();
    assert_eq!(
        app.get(&path).await.to_string(),
        format!(
            r#"{{"code":200,"message":"OK","data":[{{"id":"{id}","name":"歌","type":"click","keycode":"{keycode}","url":null,"reply_id":"{text}","reply_type":"text","sequence":1}}]}}"#
        )
    );
    assert_eq!(app.json(app.rest(Method::POST, &format!("{path}/publish"))).await.to_string(), OK);
    assert_eq!(
        at_wechat(&app).await["button"],
        json!([{ "type": "click", "name": "歌", "key": keycode, "sub_button": [] }])
    );
    let link = json!({ "menu_id": id, "reply_id": "http://m.yeapoo.com", "reply_type": "link" });
    assert_eq!(app.post(&format!("{path}/bind"), link).await.to_string(), OK);
    assert_eq!(
        app.get(&path).await.to_string(),
        format!(
            r#"{{"code":200,"message":"OK","data":[{{"id":"{id}","name":"歌","type":"view","keycode":null,"url":"http://m.yeapoo.com","reply_id":null,"reply_type":null,"sequence":1}}]}}"#
        )
    );
    assert_eq!(app.post(&format!("{path}/unbind"), json!({ "menu_id": id })).await.to_string(), OK);
    assert_eq!(listed(&app, &account).await[0]["type"], Value::Null);
    assert_eq!(app.delete(&one).await.to_string(), OK);
    assert_eq!(app.get(&path).await.to_string(), r#"{"code":200,"message":"OK","data":[]}"#);
}

async fn numbers_and_texts_are_taken_for_each_other(app: TestApp) {
    let account = app.bind(0).await;
    let path = format!("/{account}/menu");
    create(&app, &account, "0", "a").await;
    for (parent, name, sequence) in [
        (json!(0), json!(2024), json!("1")),
        (json!(""), json!("c"), json!(2.0)),
        (json!(" 0 "), json!(" d "), json!("-5")),
    ] {
        let body = json!({ "parent_id": parent, "name": name, "sequence": sequence });
        let answer = app.post(&path, body).await;
        assert_eq!(answer["code"], 200, "{answer}");
    }
    assert_eq!(super::names(&app, &account).await, json!(["d", "2024", "c", "a"]));
    let id = listed(&app, &account).await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(app.put(&format!("{path}/{id}"), json!({ "name": 1.5, "sequence": "4" })).await.to_string(), OK);
    assert_eq!(super::names(&app, &account).await, json!(["2024", "c", "a", "1.5"]));
    let link = json!({ "menu_id": id, "reply_id": "HTTPS://example.com", "reply_type": "LINK" });
    assert_eq!(app.post(&format!("{path}/bind"), link).await.to_string(), OK);
}
