//! Mass sends (群发): the documented routes, and what GraphQL shows and does beyond them.
//!
//! Who received what is read from the simulator's ledger, and what WeChat was asked to send from its list of mass sends.

mod account_kinds;
mod approval;
mod articles;
mod cancelling;
mod documented;
mod following;
mod foreseeing;
mod materials;
mod matrix;
mod outcomes;
mod previews;
mod recipients;
mod repeating;
mod roles;
mod schedule;
mod states;
mod used;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::uploads::File;
use crate::support::wechat::RETRY;

const OK: &str = r#"{"code":200,"message":"OK","data":null}"#;

/// The calls that send.
const SEND: &str = "/cgi-bin/message/mass/send";
const SENDALL: &str = "/cgi-bin/message/mass/sendall";

/// What is shown of a mass send.
const FIELDS: &str = "id type wechatType materialId groupId gender way ignoreReprint state status recipientCount
    totalCount filterCount sentCount errorCount lastError scheduledAt preparedAt finishedAt deletedAt actor createdAt
    material { __typename ... on Text { content } ... on Image { name } }
    group { id name }
    chunks { id clientMsgId recipientCount state wechatMsgId status errcode error totalCount filterCount sentCount errorCount
      submittedAt sentAt finishedAt }";

/// Makes a text and returns its id.
async fn text(app: &TestApp, account: &str, content: &str) -> String {
    let saved = app.post(&format!("/{account}/text"), json!({ "content": content })).await;
    saved["data"].as_str().unwrap_or_else(|| panic!("{saved}")).to_owned()
}

/// The id of what was uploaded.
async fn uploaded(app: &TestApp, account: &str, route: &str, file: File) -> String {
    let saved = app.upload(&format!("/{account}/{route}"), file).await;
    saved["data"]["id"].as_str().unwrap_or_else(|| panic!("{saved}")).to_owned()
}

/// Makes a news of one article and returns its id.
async fn news(app: &TestApp, account: &str, title: &str) -> String {
    let cover = uploaded(app, account, "news/image", File::image("封面.jpg")).await;
    let article = json!({ "title": title, "image_id": cover, "content": "<p>春</p>" });
    let saved = app.post(&format!("/{account}/news/single"), article).await;
    saved["data"].as_str().unwrap_or_else(|| panic!("{saved}")).to_owned()
}

/// Sends by the documented route, which must take it, and returns the id that the newest mass send has then.
async fn send(app: &TestApp, account: &str, group: &str, (kind, material): (&str, &str)) -> String {
    let body = json!({ "group_id": group, "msg_type": kind, "msg_id": material });
    assert_eq!(app.post(&format!("/{account}/masssend/send"), body).await.to_string(), OK);
    let query = "query ($id: ID!) { account(id: $id) { massSends(first: 1) { nodes { id } } } }";
    let data = app.data(query, json!({ "id": account })).await;
    data["account"]["massSends"]["nodes"][0]["id"].as_str().unwrap().to_owned()
}

/// Sends a new text to everybody by the documented route. Returns the id of the mass send.
async fn send_text(app: &TestApp, account: &str, content: &str) -> String {
    let text = text(app, account, content).await;
    send(app, account, "-1", ("text", &text)).await
}

/// The response to the mutation that sends, whatever it is; `input` without the account.
async fn ask_to_send(app: &TestApp, account: &str, mut input: Value) -> Value {
    input["accountId"] = json!(account);
    let query = "mutation ($input: CreateMassSendInput!) { createMassSend(input: $input) { massSend { id state scheduledAt } } }";
    app.graphql(query, json!({ "input": input })).await
}

/// Sends by the mutation, which must take it. Returns the id of the mass send.
async fn create(app: &TestApp, account: &str, input: Value) -> String {
    let response = ask_to_send(app, account, input).await;
    let id = &response["data"]["createMassSend"]["massSend"]["id"];
    id.as_str().unwrap_or_else(|| panic!("{response:#}")).to_owned()
}

/// Steps in with one of the mutations that take an account and the id of a mass send. Returns the response.
async fn step_in(app: &TestApp, mutation: &str, account: &str, id: &str) -> Value {
    let query = format!(
        "mutation ($input: MassSendInput!) {{ {mutation}(input: $input) {{ massSend {{ id state deletedAt }} }} }}"
    );
    app.graphql(&query, json!({ "input": { "accountId": account, "id": id } })).await
}

/// The code of a response's only error.
fn code(response: &Value) -> &str {
    response["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{response:#}"))
}

/// Everything that is shown of a mass send.
async fn shown(app: &TestApp, account: &str, id: &str) -> Value {
    let query =
        format!("query ($account: ID!, $id: ID!) {{ account(id: $account) {{ massSend(id: $id) {{ {FIELDS} }} }} }}");
    app.data(&query, json!({ "account": account, "id": id })).await["account"]["massSend"].take()
}

/// Waits until a mass send is as wanted, and returns what is then shown of it.
async fn wait_until(app: &TestApp, account: &str, id: &str, is: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let shown = shown(app, account, id).await;
        if is(&shown) {
            return shown;
        }
        assert!(Instant::now() < deadline, "the mass send did not come that far: {shown:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until a mass send is in this state, and returns what is then shown of it.
async fn comes_to(app: &TestApp, account: &str, id: &str, state: &str) -> Value {
    wait_until(app, account, id, |shown| shown["state"] == state).await
}

/// The four counts of a mass send or of a chunk: total, filter, sent, error.
fn counts(of: &Value) -> [Option<i64>; 4] {
    ["totalCount", "filterCount", "sentCount", "errorCount"].map(|count| of[count].as_i64())
}

/// The answer of the route that tells how a mass send stands.
async fn status(app: &TestApp, account: &str, id: &str) -> String {
    app.get(&format!("/{account}/masssend/{id}")).await.to_string()
}

/// What the route says of these words and counts.
fn says(status: &str, counts: [Option<i64>; 4]) -> String {
    let [total, filter, sent, error] = counts.map(|count| count.map_or("null".to_owned(), |count| count.to_string()));
    format!(
        r#"{{"code":200,"message":"OK","data":{{"status":"{status}","total_count":{total},"filter_count":{filter},"sent_count":{sent},"error_count":{error}}}}}"#
    )
}

/// Changes how the simulated account is and how its mass sends go.
async fn profile(app: &TestApp, settings: Value) {
    app.control(Method::PUT, &format!("/{APP_ID}/profile"), settings).await;
}

/// What WeChat was asked to send, oldest first.
async fn at_wechat(app: &TestApp) -> Vec<Value> {
    let sends = app.control(Method::GET, &format!("/{APP_ID}/mass"), Value::Null).await;
    sends.as_array().unwrap().clone()
}

/// Ends a send at WeChat, which tells the webhook.
async fn finish_at_wechat(app: &TestApp, msg_id: &Value, how: Value) {
    let told = app.control(Method::POST, &format!("/{APP_ID}/mass/{msg_id}/finish"), how).await;
    assert_eq!(told["status"], 200, "{told:#}");
}

/// Who received mass sends or previews; nobody may have received one of them twice.
async fn received(app: &TestApp, kind: &str) -> BTreeSet<String> {
    let ledger = app.control(Method::GET, &format!("/{APP_ID}/ledger"), Value::Null).await;
    let lines = ledger.as_array().unwrap().iter().filter(|line| line["kind"] == kind);
    lines
        .map(|line| {
            assert_eq!(line["count"], 1, "{line}");
            line["openid"].as_str().unwrap().to_owned()
        })
        .collect()
}

/// Puts the account's newest job of a kind, which waits for its time, to work at once.
async fn advance(app: &TestApp, account: &str, name: &str) {
    let job = app.wait_for_job_of(account, name, |job| job["state"] == "QUEUED").await;
    app.data(RETRY, json!({ "id": job["id"] })).await;
}

/// Moves WeChat's clock so many seconds ahead.
async fn pass_at_wechat(app: &TestApp, seconds: i64) {
    app.control(Method::PUT, "/clock", json!({ "offset_seconds": seconds })).await;
}

/// Asserts a refusal of this code, and returns its message.
fn refused(answer: &Value, code: u64) -> String {
    assert_eq!((&answer["code"], &answer["data"]), (&json!(code), &Value::Null), "{answer}");
    answer["message"].as_str().unwrap().to_owned()
}

/// Binds an account with so many followers, whose webhook WeChat knows. Returns its id.
async fn bind(app: &TestApp, followers: u64) -> String {
    let account = app.bind(followers).await;
    app.connect_webhook(&account, "plain").await;
    account
}
