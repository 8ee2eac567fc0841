//! Stopping a mass send.

use serde_json::{Value, json};

use super::{SEND, at_wechat, bind, code, comes_to, counts, send_text, shown, status, step_in, wait_until};
use crate::support::TestApp;

on_every_database!(
    what_wechat_was_not_asked_for_is_stopped,
    what_is_being_handed_over_goes_out,
    what_has_ended_cannot_be_stopped,
    the_job_of_a_send_can_be_cancelled_too,
);

async fn what_wechat_was_not_asked_for_is_stopped(app: TestApp) {
    let account = bind(&app, 10_001).await;
    // One chunk is handed over slowly; the other one has to come back in a minute.
    app.fault(json!({ "path": SEND, "delay_ms": 4_000 })).await;
    app.fault(json!({ "path": SEND, "errcode": 45011 })).await;
    let id = send_text(&app, &account, "a").await;
    let of_states = |shown: &Value| {
        let chunks = shown["chunks"].as_array().unwrap().clone();
        let mut states: Vec<String> = chunks.iter().map(|chunk| chunk["state"].as_str().unwrap().to_owned()).collect();
        states.sort();
        states
    };
    let is_halfway = |shown: &Value| {
        let waits = |chunk: &Value| chunk["state"] == "PENDING" && chunk["error"].is_string();
        shown["chunks"].as_array().unwrap().iter().any(waits) && of_states(shown) == ["PENDING", "SUBMITTING"]
    };
    let halfway = wait_until(&app, &account, &id, is_halfway).await;
    assert_eq!((&halfway["state"], counts(&halfway)), (&json!("SENDING"), [None; 4]));
    let response = step_in(&app, "cancelMassSend", &account, &id).await;
    assert_eq!(response["data"]["cancelMassSend"]["massSend"]["state"], "SENDING", "{response}");
    assert_eq!(of_states(&shown(&app, &account, &id).await), ["CANCELLED", "SUBMITTING"]);
    let done = comes_to(&app, &account, &id, "PARTLY_FAILED").await;
    assert_eq!(of_states(&done), ["CANCELLED", "FINISHED"]);
    let sent = at_wechat(&app).await;
    assert_eq!((sent.len(), &sent[0]["received"]), (1, &done["sentCount"]));
    assert!([5_000, 5_001].contains(&done["sentCount"].as_i64().unwrap()), "{done:#}");
    assert!(status(&app, &account, &id).await.contains(r#""status":"cancelled""#));
    assert_eq!(app.calls(SEND).await, 2);
    assert_eq!(code(&step_in(&app, "cancelMassSend", &account, &id).await), "CONFLICT");
    assert_eq!(code(&step_in(&app, "retryMassSend", &account, &id).await), "CONFLICT");
}

async fn what_is_being_handed_over_goes_out(app: TestApp) {
    let account = bind(&app, 3).await;
    app.fault(json!({ "path": SEND, "delay_ms": 2_000 })).await;
    let id = send_text(&app, &account, "a").await;
    wait_until(&app, &account, &id, |shown| shown["chunks"][0]["state"] == "SUBMITTING").await;
    let response = step_in(&app, "cancelMassSend", &account, &id).await;
    assert_eq!(code(&response), "CONFLICT", "{response}");
    comes_to(&app, &account, &id, "FINISHED").await;
    assert_eq!(at_wechat(&app).await.len(), 1);
}

async fn what_has_ended_cannot_be_stopped(app: TestApp) {
    let account = bind(&app, 3).await;
    let finished = send_text(&app, &account, "a").await;
    comes_to(&app, &account, &finished, "FINISHED").await;
    app.fault(json!({ "path": SEND, "errcode": 48003 })).await;
    let failed = send_text(&app, &account, "b").await;
    comes_to(&app, &account, &failed, "FAILED").await;
    for id in [&finished, &failed] {
        let before = shown(&app, &account, id).await;
        let response = step_in(&app, "cancelMassSend", &account, id).await;
        assert_eq!(code(&response), "CONFLICT", "{response}");
        assert_eq!(response["data"]["cancelMassSend"], Value::Null);
        assert_eq!(shown(&app, &account, id).await, before);
    }
}

/// As any other job, in the list of jobs; what it worked on shows it.
async fn the_job_of_a_send_can_be_cancelled_too(app: TestApp) {
    use crate::support::wechat::CANCEL;

    let account = bind(&app, 3).await;
    let at = (chrono::Utc::now() + chrono::TimeDelta::minutes(5)).to_rfc3339();
    for (job, minutes) in [("mass_send_chunk", 5), ("mass_send", 60)] {
        let text = super::text(&app, &account, job).await;
        let at =
            if minutes == 5 { at.clone() } else { (chrono::Utc::now() + chrono::TimeDelta::hours(1)).to_rfc3339() };
        let id = super::create(&app, &account, json!({ "type": "TEXT", "materialId": text, "scheduledAt": at })).await;
        let waiting = app.wait_for_job_of(&account, job, |job| job["state"] == "QUEUED").await;
        app.data(CANCEL, json!({ "id": waiting["id"] })).await;
        let failed = comes_to(&app, &account, &id, "FAILED").await;
        let chunk = &failed["chunks"][0];
        assert!(chunk["error"].as_str().unwrap().contains("cancelled"), "{job}: {failed:#}");
        // And it can be taken up again.
        step_in(&app, "retryMassSend", &account, &id).await;
        let again = wait_until(&app, &account, &id, |shown| shown["preparedAt"].is_string()).await;
        assert_eq!((&again["chunks"][0]["state"], &again["state"]), (&json!("PENDING"), &json!("QUEUED")), "{again:#}");
    }
    assert_eq!(app.calls(SEND).await, 0);
}
