//! Following a mass send over a subscription.

use std::time::Duration;

use serde_json::{Value, json};

use super::{at_wechat, bind, comes_to, create, finish_at_wechat, profile, send_text, step_in, text};
use crate::support::TestApp;

on_every_database!(its_progress_can_be_followed_to_the_end, what_cannot_be_followed_is_an_error);

/// Follows a mass send.
struct Stream {
    response: reqwest::Response,
    text: String,
    /// Events taken from the text.
    taken: usize,
}

impl Stream {
    async fn open(app: &TestApp, account: &str, id: &str) -> Self {
        let query = "subscription ($account: ID!, $id: ID!) { massSendProgress(accountId: $account, id: $id) {
            state status totalCount chunks { state wechatMsgId } } }";
        let body = json!({ "query": query, "variables": { "account": account, "id": id } });
        let request = app.http.post(format!("{}/graphql/stream", app.url)).header("accept", "text/event-stream");
        let response = request.json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200);
        Self { response, text: String::new(), taken: 0 }
    }

    /// The next event; `None` when there are no more.
    async fn next(&mut self) -> Option<Value> {
        loop {
            let whole = self.text.rfind("\n\n").map_or("", |end| &self.text[..end]);
            let events: Vec<Value> = whole
                .lines()
                .filter_map(|line| line.strip_prefix("data:"))
                .filter(|data| !data.trim().is_empty())
                .map(|data| serde_json::from_str(data).unwrap())
                .collect();
            if let Some(event) = events.get(self.taken) {
                self.taken += 1;
                return Some(event.clone());
            }
            if self.text.contains("event: complete") {
                return None;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(60), self.response.chunk()).await.unwrap().unwrap();
            self.text += std::str::from_utf8(&chunk?).unwrap();
        }
    }

    /// The next event in which the mass send is in this state.
    async fn comes_to(&mut self, state: &str) -> Value {
        loop {
            let event = self.next().await.unwrap_or_else(|| panic!("{state} did not come: {}", self.text));
            let shown = &event["data"]["massSendProgress"];
            if shown["state"] == state {
                return shown.clone();
            }
        }
    }
}

async fn its_progress_can_be_followed_to_the_end(app: TestApp) {
    let account = bind(&app, 3).await;
    profile(&app, json!({ "mass_finish": "manual" })).await;
    let text = text(&app, &account, "a").await;
    let at = (chrono::Utc::now() + chrono::TimeDelta::minutes(5)).to_rfc3339();
    let id = create(&app, &account, json!({ "type": "TEXT", "materialId": text, "scheduledAt": at })).await;
    let mut stream = Stream::open(&app, &account, &id).await;
    let first = stream.next().await.unwrap();
    assert_eq!(first["data"]["massSendProgress"]["chunks"][0]["state"], "PENDING", "{first}");
    super::advance(&app, &account, "mass_send_chunk").await;
    let sent = stream.comes_to("SENT").await;
    assert_eq!(
        sent,
        json!({ "state": "SENT", "status": "sending", "totalCount": null,
            "chunks": [{ "state": "SENT", "wechatMsgId": at_wechat(&app).await[0]["msg_id"] }] })
    );
    finish_at_wechat(&app, &sent["chunks"][0]["wechatMsgId"], json!({})).await;
    let last = stream.comes_to("FINISHED").await;
    assert_eq!((&last["status"], &last["totalCount"]), (&json!("send success"), &json!(3)));
    assert!(ends(&mut stream).await, "{}", stream.text);
    // What has ended is shown once.
    let mut stream = Stream::open(&app, &account, &id).await;
    stream.comes_to("FINISHED").await;
    assert!(ends(&mut stream).await, "{}", stream.text);
    let waiting = create(&app, &account, json!({ "type": "TEXT", "materialId": text, "scheduledAt": at })).await;
    let mut stream = Stream::open(&app, &account, &waiting).await;
    stream.next().await.unwrap();
    step_in(&app, "cancelMassSend", &account, &waiting).await;
    stream.comes_to("CANCELLED").await;
    assert!(ends(&mut stream).await, "{}", stream.text);
}

/// Whether nothing of a mass send comes any more: the last event says only that there are no more.
async fn ends(stream: &mut Stream) -> bool {
    while let Some(event) = stream.next().await {
        if event["data"]["massSendProgress"].is_object() {
            return false;
        }
    }
    true
}

async fn what_cannot_be_followed_is_an_error(app: TestApp) {
    let account = bind(&app, 3).await;
    let other = app.bind_only("gh_other").await;
    let id = send_text(&app, &account, "a").await;
    comes_to(&app, &account, &id, "FINISHED").await;
    for (account, id) in
        [(account.as_str(), "nobody"), (other.as_str(), id.as_str()), ("nobody", &id), (&account, "\0")]
    {
        let mut stream = Stream::open(&app, account, id).await;
        let event = stream.next().await.unwrap();
        assert_eq!(event["errors"][0]["extensions"]["code"], "NOT_FOUND", "{event}");
    }
}
