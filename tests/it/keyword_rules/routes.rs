//! The documented routes of rules with keywords, to the letter.

use reqwest::Method;
use serde_json::{Value, json};

use super::shelf::{self, OK, body, refused};
use crate::support::TestApp;

on_every_database!(
    a_rule_has_the_documented_answers,
    every_type_of_reply_is_saved_and_shown,
    fuzzy_is_read_in_all_its_spellings,
    keywords_are_kept_unless_others_are_given,
    rules_are_listed_oldest_first_also_without_keywords,
    rules_that_do_not_exist_are_404,
    a_material_in_use_is_deleted_by_force_only,
);

async fn a_rule_has_the_documented_answers(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/keyword");
    assert_eq!(
        app.get(&path).await.to_string(),
        r#"{"code":200,"message":"OK","data":{"keyword":[],"pagination":{"index":1,"size":10,"count":0}}}"#
    );
    let reply = shelf::text(&app, &account, "您好").await;
    let answer = app.post(&path, body("优惠 \"规则\"", &["=优惠券", " VIP,会员 "], "text", &reply)).await;
    let id = shelf::id(&answer);
    assert_eq!(answer.to_string(), format!(r#"{{"code":200,"message":"OK","data":"{id}"}}"#));
    let one = app.get(&format!("{path}/{id}")).await;
    let ids: Vec<_> = (0..2).map(|index| one["data"]["keyword"][index]["id"].as_str().unwrap()).collect();
    assert_eq!(
        one.to_string(),
        format!(
            r#"{{"code":200,"message":"OK","data":{{"name":"优惠 \"规则\"","reply_id":"{reply}","reply_type":"text","keyword":[{{"id":"{}","content":"优惠券","fuzzy":false}},{{"id":"{}","content":" VIP,会员 ","fuzzy":true}}]}}}}"#,
            ids[0], ids[1]
        )
    );
    assert_eq!(
        app.get(&path).await.to_string(),
        format!(
            r#"{{"code":200,"message":"OK","data":{{"keyword":[{{"id":"{id}","name":"优惠 \"规则\"","keywords":"优惠券, VIP,会员 "}}],"pagination":{{"index":1,"size":10,"count":1}}}}}}"#
        )
    );
    let answer = app.put(&format!("{path}/{id}"), body("规则", &["新"], "text", &reply)).await;
    assert_eq!(answer.to_string(), OK);
    assert_eq!(app.delete(&format!("{path}/{id}")).await.to_string(), OK);
    assert_eq!(app.get(&path).await["data"]["keyword"], json!([]));
}

async fn every_type_of_reply_is_saved_and_shown(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/keyword");
    let replies = shelf::replies(&app, &account).await;
    for (kind, reply) in &replies {
        for spelled in [(*kind).to_owned(), kind.to_uppercase()] {
            let id = shelf::id(&app.post(&path, body("a", &["a"], &spelled, reply)).await);
            let read = app.get(&format!("{path}/{id}")).await;
            assert_eq!((&read["data"]["reply_type"], &read["data"]["reply_id"]), (&json!(kind), &json!(reply)));
        }
        // The material of another kind is none.
        for (other, _) in replies.iter().filter(|(_, id)| id != reply) {
            let request = app.rest(Method::POST, &path).json(&body("a", &["a"], other, reply));
            let message = refused(&app, request, 400).await;
            assert!(message.starts_with("reply_id: ") && message.contains(reply), "{other} {message}");
        }
    }
}

async fn fuzzy_is_read_in_all_its_spellings(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/keyword");
    let reply = shelf::text(&app, &account, "您好").await;
    let with = |fuzzy: &Value| {
        let keyword = json!([{ "content": 12, "fuzzy": fuzzy }]);
        json!({ "rule_name": 7, "keyword": keyword, "reply_id": reply, "reply_type": "text", "more": 1 })
    };
    for (given, read) in [
        (json!("1"), true),
        (json!("0"), false),
        (json!(1), true),
        (json!(0), false),
        (json!(true), true),
        (json!(false), false),
        (json!("true"), true),
        (json!("false"), false),
    ] {
        let id = shelf::id(&app.post(&path, with(&given)).await);
        let data = app.get(&format!("{path}/{id}")).await["data"].take();
        assert_eq!((&data["keyword"][0]["fuzzy"], &data["keyword"][0]["content"]), (&json!(read), &json!("12")));
        assert_eq!(data["name"], "7");
    }
    for given in [json!("2"), json!(2), json!("maybe"), json!(""), json!(null), json!([]), json!({})] {
        let message = refused(&app, app.rest(Method::POST, &path).json(&with(&given)), 400).await;
        assert!(message.starts_with("keyword[0].fuzzy: "), "{given} {message}");
    }
    // One object stands for a list of one, and a list may be absent.
    let one =
        json!({ "rule_name": "a", "keyword": { "content": "b", "fuzzy": 1 }, "reply_id": reply, "reply_type": "text" });
    let id = shelf::id(&app.post(&path, one).await);
    assert_eq!(app.get(&format!("{path}/{id}")).await["data"]["keyword"][0]["content"], "b");
    for none in [json!(null), json!([]), json!("")] {
        let body = json!({ "rule_name": "a", "keyword": none, "reply_id": reply, "reply_type": "text" });
        let id = shelf::id(&app.post(&path, body).await);
        assert_eq!(app.get(&format!("{path}/{id}")).await["data"]["keyword"], json!([]), "{none}");
    }
}

async fn keywords_are_kept_unless_others_are_given(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let (first, second) = (shelf::text(&app, &account, "1").await, shelf::text(&app, &account, "2").await);
    let id = shelf::rule(&app, &account, "a", &["=b", "c"], &first).await;
    let path = format!("/{account}/keyword/{id}");
    let before = app.get(&path).await["data"].take();
    for keyword in [None, Some(Value::Null)] {
        let mut body = json!({ "rule_name": "新", "reply_id": second, "reply_type": "text" });
        if let Some(keyword) = keyword {
            body["keyword"] = keyword;
        }
        assert_eq!(app.put(&path, body).await.to_string(), OK);
        let after = app.get(&path).await["data"].take();
        assert_eq!((&after["name"], &after["reply_id"]), (&json!("新"), &json!(second)));
        assert_eq!(after["keyword"], before["keyword"], "with their ids");
    }
    assert_eq!(app.put(&path, body("a", &["c", "=d"], "text", &first)).await.to_string(), OK);
    let after = app.get(&path).await["data"].take();
    let contents: Vec<_> = after["keyword"].as_array().unwrap().iter().map(|keyword| &keyword["content"]).collect();
    assert_eq!(contents, ["c", "d"]);
    assert!(
        after["keyword"]
            .as_array()
            .unwrap()
            .iter()
            .all(|new| { before["keyword"].as_array().unwrap().iter().all(|old| old["id"] != new["id"]) })
    );
    assert_eq!(app.put(&path, body("a", &[], "text", &first)).await.to_string(), OK);
    assert_eq!(app.get(&path).await["data"]["keyword"], json!([]));
}

async fn rules_are_listed_oldest_first_also_without_keywords(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/keyword");
    let reply = shelf::text(&app, &account, "您好").await;
    let mut rules = Vec::new();
    for number in 0..12 {
        let words = ["=a", "b", "c"];
        rules.push(shelf::rule(&app, &account, "同名", &words[..number % 4], &reply).await);
        if number % 5 == 0 {
            let name = if number == 0 { "__subscribe" } else { "__default" };
            assert_eq!(app.post(&path, shelf::special(name, "text", &reply)).await["code"], 200);
        }
    }
    // The first one changes and stays the first.
    app.put(&format!("{path}/{}", rules[0]), body("改", &["x"], "text", &reply)).await;
    app.delete(&format!("{path}/{}", rules.remove(5))).await;
    for (query, from, to, index, size) in
        [("", 0, 10, 1, 10), ("?index=2", 10, 11, 2, 10), ("?index=2&size=4", 4, 8, 2, 4), ("?size=0", 0, 0, 1, 0)]
    {
        let data = app.get(&format!("{path}{query}")).await["data"].take();
        assert_eq!(data["pagination"], json!({ "index": index, "size": size, "count": 11 }), "{query}");
        let listed: Vec<_> =
            data["keyword"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
        assert_eq!(listed, rules[from..to], "{query}");
    }
    let data = app.get(&path).await["data"].take();
    let shown = |index: usize| (&data["keyword"][index]["name"], &data["keyword"][index]["keywords"]);
    assert_eq!(shown(0), (&json!("改"), &json!("x")));
    assert_eq!((shown(1).1, shown(3).1, shown(4).1), (&json!("a"), &json!("a,b,c"), &json!("")));
    // Nothing is cut, however long.
    let long: Vec<String> = (0..200).map(|number| format!("{number:0>50}")).collect();
    let words: Vec<&str> = long.iter().map(String::as_str).collect();
    app.put(&format!("{path}/{}", rules[0]), body("改", &words, "text", &reply)).await;
    assert_eq!(app.get(&path).await["data"]["keyword"][0]["keywords"], long.join(","));
}

async fn rules_that_do_not_exist_are_404(app: TestApp) {
    let (account, other) = (app.bind_only("gh_1").await, app.bind_only("gh_2").await);
    let reply = shelf::text(&app, &account, "您好").await;
    let deleted = shelf::rule(&app, &account, "a", &["a"], &reply).await;
    assert_eq!(app.delete(&format!("/{account}/keyword/{deleted}")).await.to_string(), OK);
    let foreign_reply = shelf::text(&app, &other, "您好").await;
    let foreign = shelf::rule(&app, &other, "a", &["a"], &foreign_reply).await;
    for id in ["nobody", &deleted, &foreign, &foreign.to_uppercase()] {
        let path = format!("/{account}/keyword/{id}");
        for request in [
            app.rest(Method::GET, &path),
            app.rest(Method::PUT, &path).json(&body("b", &["b"], "text", &reply)),
            app.rest(Method::DELETE, &path),
        ] {
            assert_eq!(refused(&app, request, 404).await, format!("keyword rule {id:?} does not exist"));
        }
    }
    // Nor can a rule answer with what is another account's.
    let request =
        app.rest(Method::POST, &format!("/{account}/keyword")).json(&body("b", &["b"], "text", &foreign_reply));
    assert_eq!(refused(&app, request, 400).await, format!("reply_id: text {foreign_reply:?} does not exist"));
    assert_eq!(app.get(&format!("/{other}/keyword")).await["data"]["keyword"][0]["name"], "a");
}

async fn a_material_in_use_is_deleted_by_force_only(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let replies = shelf::replies(&app, &account).await;
    let path = format!("/{account}/keyword");
    for (kind, route) in [("music", "voice"), ("video", "video"), ("image", "image"), ("news", "news")] {
        let reply = &replies.iter().find(|(known, _)| *known == kind).unwrap().1;
        let name = format!("用 \"{kind}\"");
        let rule = shelf::id(&app.post(&path, body(&name, &["a"], kind, reply)).await);
        let material = format!("/{account}/{route}/{reply}");
        let message = refused(&app, app.rest(Method::DELETE, &material), 409).await;
        assert!(message.contains(&rule) && message.contains(kind), "{message}");
        // A rule that is deleted, or answers with something else, holds it no more.
        app.put(&format!("{path}/{rule}"), body(&name, &["a"], "text", &replies[0].1)).await;
        if kind == "image" {
            assert!(!refused(&app, app.rest(Method::DELETE, &material), 409).await.contains(&rule), "an article");
        }
        app.put(&format!("{path}/{rule}"), body(&name, &["a"], kind, reply)).await;
        assert_eq!(app.delete(&format!("{material}?force=1")).await.to_string(), OK, "{kind}");
        let read = app.get(&format!("{path}/{rule}")).await;
        assert_eq!((&read["data"]["reply_type"], &read["data"]["reply_id"]), (&json!(kind), &json!(reply)));
        // It cannot be saved again like that.
        let request = app.rest(Method::PUT, &format!("{path}/{rule}")).json(&body(&name, &["a"], kind, reply));
        assert!(refused(&app, request, 400).await.starts_with("reply_id: "));
        let unused =
            shelf::id(&app.upload(&format!("/{account}/voice"), crate::support::uploads::File::voice("b.mp3")).await);
        let gone = shelf::id(&app.post(&path, body("b", &["b"], "voice", &unused)).await);
        app.delete(&format!("{path}/{gone}")).await;
        assert_eq!(app.delete(&format!("/{account}/voice/{unused}")).await.to_string(), OK);
    }
}
