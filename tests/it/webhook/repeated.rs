//! A push that is delivered more than once is one push.

use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::{Value, json};

use crate::support::TestApp;

on_every_database!(a_thousand_pushes_three_times_at_once_are_a_thousand, pushes_of_one_second_are_told_apart,);

const PUSHES: usize = 1_000;

async fn a_thousand_pushes_three_times_at_once_are_a_thousand(app: TestApp) {
    let account = app.bind(10).await;
    app.connect_webhook(&account, "plain").await;
    app.reply_with_text(&account, "__default", &[], "收到 ]]> 谢谢").await;
    let openids = app.openids(&account, "-1", 10).await;

    let push = |number: usize| {
        let (app, openid) = (&app, &openids[number % openids.len()]);
        // Every fifth one has an effect beside being stored. A machine that is busy may be late; WeChat then tries again.
        let what = match number % 5 {
            0 => json!({ "type": "image", "deliveries": 3, "concurrent": true, "attempts": 3 }),
            _ => {
                json!({ "type": "text", "content": format!("第{number}"), "deliveries": 3, "concurrent": true, "attempts": 3 })
            }
        };
        async move { app.push(openid, what).await }
    };
    let answers: Vec<Value> = stream::iter(0..PUSHES).map(push).buffer_unordered(6).collect().await;
    for answer in &answers {
        let deliveries = answer["deliveries"].as_array().unwrap();
        let bodies: Vec<&Value> = deliveries.iter().map(|delivery| &delivery["body"]).collect();
        assert_eq!(bodies.len(), 3);
        assert!(bodies.iter().all(|body| *body == bodies[0]), "{answer:#}");
        assert_eq!(deliveries[0]["message"]["content"], "收到 ]]> 谢谢", "{answer:#}");
    }
    let stored = app.stored_pushes().await;
    assert_eq!(stored.len(), PUSHES);
    let list = app.get(&format!("/{account}/msg?size=0")).await;
    assert_eq!(list["data"]["pagination"]["count"], PUSHES, "what is counted is what is there");
    // WeChat repeats a delivery later, too.
    let again = json!({ "type": "text", "content": "第1", "msg_id": stored.iter().find(|row| row.content.as_deref() == Some("第1")).unwrap().id.parse::<i64>().unwrap() });
    assert_eq!(app.push(&openids[1], again).await["message"]["content"], "收到 ]]> 谢谢");
    assert_eq!(app.stored_pushes().await.len(), PUSHES);
}

async fn pushes_of_one_second_are_told_apart(app: TestApp) {
    let account = app.bind(2).await;
    app.connect_webhook(&account, "plain").await;
    let openids = app.openids(&account, "-1", 2).await;
    let at = chrono::Utc::now().timestamp();
    for openid in &openids {
        for content in ["一", "二", "一"] {
            app.push(openid, json!({ "type": "text", "content": content, "create_time": at })).await;
        }
        for key in ["A", "B", "A"] {
            app.happen(openid, "CLICK", json!({ "event_key": key, "create_time": at })).await;
        }
        app.happen(openid, "VIEW", json!({ "event_key": "A", "create_time": at })).await;
    }
    // Messages have numbers of their own; the second click on A within a second is a repetition.
    assert_eq!(app.stored_pushes().await.len(), 2 * (3 + 2 + 1));
}
