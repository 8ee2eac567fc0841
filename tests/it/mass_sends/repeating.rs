//! Trying again what was not sent, and deciding what is not known.

use serde_json::{Value, json};

use super::{SEND, at_wechat, bind, code, comes_to, counts, says, send_text, shown, status, step_in};
use crate::support::TestApp;
use crate::support::app::APP_ID;

on_every_database!(
    what_wechat_refused_is_sent_on_request,
    only_the_chunks_that_failed_are_sent_again,
    an_unclear_chunk_is_decided_by_a_person,
    only_what_is_unclear_is_decided,
);

async fn what_wechat_refused_is_sent_on_request(app: TestApp) {
    let account = bind(&app, 3).await;
    app.fault(json!({ "path": SEND, "errcode": 48003, "times": 2 })).await;
    let id = send_text(&app, &account, "a").await;
    let first = comes_to(&app, &account, &id, "FAILED").await;
    assert_eq!(first["chunks"][0]["errcode"], 48003);
    // The agreement is not accepted yet.
    let response = step_in(&app, "retryMassSend", &account, &id).await;
    assert!(response["errors"].is_null(), "{response}");
    app.wait_for_calls(SEND, 2).await;
    let second = comes_to(&app, &account, &id, "FAILED").await;
    assert_eq!(second["chunks"][0]["errcode"], 48003);
    step_in(&app, "retryMassSend", &account, &id).await;
    let done = comes_to(&app, &account, &id, "FINISHED").await;
    let chunk = &done["chunks"][0];
    assert_eq!(
        (&chunk["errcode"], &chunk["error"], &chunk["id"]),
        (&Value::Null, &Value::Null, &first["chunks"][0]["id"])
    );
    assert_eq!(status(&app, &account, &id).await, says("send success", [Some(3), Some(3), Some(3), Some(0)]));
    assert_eq!((at_wechat(&app).await.len(), app.calls(SEND).await), (1, 3));
    let response = step_in(&app, "retryMassSend", &account, &id).await;
    assert_eq!(code(&response), "CONFLICT", "{response}");
    assert_eq!(app.calls(SEND).await, 3);
}

async fn only_the_chunks_that_failed_are_sent_again(app: TestApp) {
    let account = bind(&app, 10_001).await;
    app.fault(json!({ "path": SEND, "errcode": 48003 })).await;
    let id = send_text(&app, &account, "a").await;
    let half = comes_to(&app, &account, &id, "PARTLY_FAILED").await;
    let finished: Vec<&Value> =
        half["chunks"].as_array().unwrap().iter().filter(|chunk| chunk["state"] == "FINISHED").collect();
    assert_eq!(finished.len(), 1, "{half:#}");
    assert_eq!(half["totalCount"], 10_001, "who was not sent to is counted, too");
    assert_eq!(
        (half["sentCount"].as_i64(), half["errorCount"].as_i64().is_some()),
        (finished[0]["sentCount"].as_i64(), true)
    );
    assert!(status(&app, &account, &id).await.contains(r#""status":"send fail""#));
    step_in(&app, "retryMassSend", &account, &id).await;
    let done = comes_to(&app, &account, &id, "FINISHED").await;
    assert_eq!(counts(&done), [Some(10_001), Some(10_001), Some(10_001), Some(0)]);
    assert!(done["chunks"].as_array().unwrap().contains(finished[0]), "{done:#}");
    let sum = app.control(reqwest::Method::GET, &format!("/{APP_ID}/ledger/mass"), Value::Null).await;
    assert_eq!((&sum["received"], &sum["more_than_once_count"]), (&json!(10_001), &json!(0)), "{sum}");
    assert_eq!(app.calls(SEND).await, 3);
}

/// A mass send to a single follower, of which nobody knows whether it arrived: WeChat would send a preview twice.
async fn unclear(app: &TestApp, account: &str, executes: bool) -> Value {
    app.fault(json!({ "path": PREVIEW, "drop": true, "executes": executes })).await;
    let id = send_text(app, account, "a").await;
    comes_to(app, account, &id, "UNCLEAR").await
}

const PREVIEW: &str = "/cgi-bin/message/mass/preview";

/// Writes down what became of a chunk. Returns the response.
async fn decide(app: &TestApp, account: &str, chunk: &str, decision: &str) -> Value {
    let query =
        "mutation ($input: DecideMassSendChunkInput!) { decideMassSendChunk(input: $input) { massSend { id state } } }";
    let input = json!({ "accountId": account, "chunkId": chunk, "decision": decision });
    app.graphql(query, json!({ "input": input })).await
}

async fn an_unclear_chunk_is_decided_by_a_person(app: TestApp) {
    let account = bind(&app, 1).await;
    for (executes, decision, state) in [(true, "SENT", "FINISHED"), (false, "NOT_SENT", "FAILED")] {
        let shown = unclear(&app, &account, executes).await;
        let (id, chunk) = (shown["id"].as_str().unwrap(), shown["chunks"][0]["id"].as_str().unwrap());
        assert_eq!((&shown["chunks"][0]["state"], counts(&shown)), (&json!("UNCLEAR"), [None; 4]));
        assert!(shown["chunks"][0]["error"].is_string() && shown["finishedAt"].is_string(), "{shown:#}");
        assert_eq!(status(&app, &account, id).await, says("unclear", [None; 4]));
        // It is not sent again by itself, nor on request.
        assert_eq!(code(&step_in(&app, "retryMassSend", &account, id).await), "CONFLICT");
        let response = decide(&app, &account, chunk, decision).await;
        let decided = &response["data"]["decideMassSendChunk"]["massSend"];
        assert_eq!((&decided["id"], &decided["state"]), (&shown["id"], &json!(state)), "{response}");
        let word = if decision == "SENT" { "send success" } else { "send fail" };
        assert!(status(&app, &account, id).await.contains(word));
        assert_eq!(code(&decide(&app, &account, chunk, decision).await), "CONFLICT");
        if decision == "NOT_SENT" {
            step_in(&app, "retryMassSend", &account, id).await;
            let done = comes_to(&app, &account, id, "FINISHED").await;
            assert_eq!(counts(&done), [Some(1), Some(1), Some(1), Some(0)]);
        }
    }
    // One arrived without an answer, the other one when it was sent again.
    let ledger = app.control(reqwest::Method::GET, &format!("/{APP_ID}/ledger"), Value::Null).await;
    let arrived =
        |ledger: &Value| ledger.as_array().unwrap().iter().map(|line| line["count"].as_u64().unwrap()).sum::<u64>();
    assert_eq!((arrived(&ledger), app.calls(PREVIEW).await), (2, 3));
}

async fn only_what_is_unclear_is_decided(app: TestApp) {
    let account = bind(&app, 3).await;
    let id = send_text(&app, &account, "a").await;
    let done = comes_to(&app, &account, &id, "FINISHED").await;
    let chunk = done["chunks"][0]["id"].as_str().unwrap();
    for decision in ["SENT", "NOT_SENT"] {
        assert_eq!(code(&decide(&app, &account, chunk, decision).await), "CONFLICT");
        for nobody in ["nobody", &id, "\0"] {
            assert_eq!(code(&decide(&app, &account, nobody, decision).await), "NOT_FOUND", "{nobody:?}");
        }
    }
    assert_eq!(shown(&app, &account, &id).await, done);
}
