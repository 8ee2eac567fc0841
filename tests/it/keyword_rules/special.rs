//! The two rules without keywords: the reply to whoever follows, and the reply when nothing else answers.

use reqwest::Method;
use serde_json::{Value, json};

use super::shelf::{self, OK, body, refused, special};
use crate::support::TestApp;

on_every_database!(
    there_is_none_at_first_and_one_at_most,
    they_take_no_keywords,
    a_rule_is_renamed_to_and_from_their_names,
    two_who_save_at_once_save_one,
);

const BOTH: [(&str, &str); 2] = [("__subscribe", "subscribe"), ("__default", "default")];

async fn there_is_none_at_first_and_one_at_most(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/keyword");
    let replies = shelf::replies(&app, &account).await;
    for (name, route) in BOTH {
        let route = format!("{path}/{route}");
        assert_eq!(app.get(&route).await.to_string(), OK, "{name}");
        let id = shelf::id(&app.post(&path, special(name, "text", &replies[0].1)).await);
        for (kind, reply) in &replies {
            assert_eq!(shelf::id(&app.post(&path, special(name, kind, reply)).await), id, "{name} keeps its id");
            assert_eq!(
                app.get(&route).await.to_string(),
                format!(
                    r#"{{"code":200,"message":"OK","data":{{"id":"{id}","reply_id":"{reply}","reply_type":"{kind}"}}}}"#
                )
            );
            assert_eq!(
                app.get(&format!("{path}/{id}")).await.to_string(),
                format!(
                    r#"{{"code":200,"message":"OK","data":{{"name":"{name}","reply_id":"{reply}","reply_type":"{kind}","keyword":[]}}}}"#
                )
            );
        }
        let other = special(name, "text", &replies[0].1);
        assert_eq!(app.put(&format!("{path}/{id}"), other).await.to_string(), OK);
        assert_eq!(app.get(&route).await["data"]["reply_type"], "text");
        // They are not listed and not counted.
        let list = app.get(&path).await["data"].take();
        assert_eq!((&list["keyword"], &list["pagination"]["count"]), (&json!([]), &json!(0)));
        // A deleted one makes room for another.
        assert_eq!(app.delete(&format!("{path}/{id}")).await.to_string(), OK);
        assert_eq!(app.get(&route).await.to_string(), OK);
        let next = shelf::id(&app.post(&path, special(name, "text", &replies[0].1)).await);
        assert_ne!(next, id);
        assert_eq!(app.get(&route).await["data"]["id"], next);
    }
    // Each account has its own, and only these names mean anything.
    let other = app.bind_only("gh_2").await;
    assert_eq!(app.get(&format!("/{other}/keyword/subscribe")).await.to_string(), OK);
    let reply = shelf::text(&app, &other, "您好").await;
    for name in ["__Subscribe", "_default", "__subscribe__"] {
        shelf::rule(&app, &other, name, &["a"], &reply).await;
    }
    assert_eq!(app.get(&format!("/{other}/keyword/subscribe")).await["data"], Value::Null);
    assert_eq!(app.get(&format!("/{other}/keyword")).await["data"]["pagination"]["count"], 3);
}

async fn they_take_no_keywords(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/keyword");
    let reply = shelf::text(&app, &account, "您好").await;
    for (name, route) in BOTH {
        let request = app.rest(Method::POST, &path).json(&body(name, &["a"], "text", &reply));
        assert_eq!(refused(&app, request, 400).await, format!("keyword: the rule {name} takes no keywords"));
        assert_eq!(app.get(&format!("{path}/{route}")).await["data"], Value::Null);
        let id = shelf::id(&app.post(&path, body(name, &[], "text", &reply)).await);
        let request = app.rest(Method::PUT, &format!("{path}/{id}")).json(&body(name, &["a"], "text", &reply));
        assert_eq!(refused(&app, request, 400).await, format!("keyword: the rule {name} takes no keywords"));
        assert_eq!(app.put(&format!("{path}/{id}"), body(name, &[], "text", &reply)).await.to_string(), OK);
    }
}

async fn a_rule_is_renamed_to_and_from_their_names(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/keyword");
    let reply = shelf::text(&app, &account, "您好").await;
    let rule = shelf::rule(&app, &account, "a", &["a", "b"], &reply).await;
    let one = format!("{path}/{rule}");
    // Its keywords are gone with that, as such a rule has none.
    assert_eq!(app.put(&one, special("__default", "text", &reply)).await.to_string(), OK);
    assert_eq!(app.get(&one).await["data"]["keyword"], json!([]));
    assert_eq!(app.get(&format!("{path}/default")).await["data"]["id"], rule);
    assert_eq!(app.get(&path).await["data"]["keyword"], json!([]));
    // From one purpose to the other, and to another rule's.
    assert_eq!(app.put(&one, special("__subscribe", "text", &reply)).await.to_string(), OK);
    assert_eq!(app.get(&format!("{path}/default")).await["data"], Value::Null);
    assert_eq!(app.get(&format!("{path}/subscribe")).await["data"]["id"], rule);
    let other = shelf::id(&app.post(&path, special("__default", "text", &reply)).await);
    let request = app.rest(Method::PUT, &one).json(&special("__default", "text", &reply));
    let message = refused(&app, request, 409).await;
    assert!(message.contains("__default") && message.contains(&other), "{message}");
    assert_eq!(app.get(&one).await["data"]["name"], "__subscribe");
    // And back to a rule with keywords, which makes room.
    assert_eq!(app.put(&one, body("b", &["c"], "text", &reply)).await.to_string(), OK);
    assert_eq!(app.get(&format!("{path}/subscribe")).await["data"], Value::Null);
    assert_eq!(app.get(&path).await["data"]["keyword"], json!([{ "id": rule, "name": "b", "keywords": "c" }]));
    assert_eq!(app.put(&format!("{path}/{other}"), special("__subscribe", "text", &reply)).await.to_string(), OK);
    assert_eq!(app.put(&one, special("__default", "text", &reply)).await.to_string(), OK);
}

async fn two_who_save_at_once_save_one(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/keyword");
    let reply = shelf::text(&app, &account, "您好").await;
    let save = || app.post(&path, special("__subscribe", "text", &reply));
    let (a, b, c, d) = tokio::join!(save(), save(), save(), save());
    let ids: std::collections::HashSet<String> = [a, b, c, d].iter().map(shelf::id).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
}
