//! An account that sends, and following one of its mass sends to its end.

use std::collections::BTreeSet;
use std::time::Duration;

use entity::follower;
use reqwest::Method;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ConnectOptions, Database, EntityTrait as _, IntoActiveModel as _,
    TransactionTrait as _,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::oracle::{self, Ledger, Verdict, judge};
use crate::copies::jpeg;
use crate::support::TestApp;
use crate::support::wechat::RETRY;

/// Path that sends to a list of openids.
pub(super) const SEND: &str = "/cgi-bin/message/mass/send";
/// Path that sends to everybody or to a tag.
pub(super) const SENDALL: &str = "/cgi-bin/message/mass/sendall";
/// Path that sends to one follower.
pub(super) const PREVIEW: &str = "/cgi-bin/message/mass/preview";
/// Path that tells how a send ended.
pub(super) const STATUS: &str = "/cgi-bin/message/mass/get";

/// So many followers are fetched at most. What is beyond is written into the database as it was fetched: fetching 20,000
/// takes longer than all the rest, and has tests of its own.
const FETCHED: u64 = 10;

/// Rows written by one statement: SQLite takes at most 32,766 values, each of 19 columns.
const WRITTEN_AT_ONCE: usize = 1_000;

/// A wait that takes longer has failed: many runs go on at once, and some wait for leases.
const PATIENCE: Duration = Duration::from_secs(180);

/// How many followers an account has, and how it is told who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// Three chunks of a 服务号.
    Big,
    /// Three followers of a 服务号: one chunk.
    Three,
    /// Two followers of a 服务号, the fewest that a list may name.
    Two,
    /// One follower of a 服务号: a preview.
    One,
    /// Five followers of a 公众号, all at once.
    Whole,
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Material {
    Text,
    News,
}

impl Audience {
    pub(super) const ALL: [Self; 5] = [Self::Big, Self::Three, Self::Two, Self::One, Self::Whole];

    /// How many can receive it.
    pub(super) const fn size(self) -> u64 {
        match self {
            Self::Big => 20_003,
            Self::Three => 3,
            Self::Two => 2,
            Self::One => 1,
            Self::Whole => 5,
        }
    }

    /// The call that sends to it.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Big | Self::Three | Self::Two => SEND,
            Self::One => PREVIEW,
            Self::Whole => SENDALL,
        }
    }
}

/// An account whose followers have been fetched.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) app_id: String,
    account: String,
    pub(super) audience: Audience,
    /// Who is to receive a mass send, by WeChat itself.
    pub(super) eligible: BTreeSet<String>,
    text: String,
    /// The `clientmsgid`s of all its sends.
    names: BTreeSet<String>,
}

const CREATE: &str = "mutation ($input: CreateMassSendInput!) { createMassSend(input: $input) { massSend { id } } }";
const LOOK: &str = "query ($account: ID!, $id: ID!) { account(id: $account) {
    massSend(id: $id) { id way state recipientCount sentCount lastError
        chunks { id clientMsgId state recipientCount sentCount errcode error } }
    jobs(state: QUEUED, first: 50) { nodes { id name dueAt } } } }";
const AGAIN: &str = "mutation ($input: MassSendInput!) { retryMassSend(input: $input) { massSend { state } } }";

impl Sender {
    /// Makes an account at WeChat and binds it. One of its followers has left, two are on the blacklist: they get nothing.
    pub(super) async fn bind(app: &TestApp, number: usize, audience: Audience) -> Self {
        let app_id = format!("wx{number:016x}");
        let add = async |count: u64| {
            app.control(Method::POST, &format!("/{app_id}/followers"), json!({ "count": count })).await
        };
        let added = add(audience.size().min(FETCHED) + 3).await;
        let first = added["first_openid"].as_str().unwrap();
        app.change_follower(&app_id, first, json!({ "subscribe": false })).await;
        let openids = app.openids_at_wechat(&app_id).await;
        app.blacklist(&app_id, &openids[..2]).await;
        let kind = if audience == Audience::Whole { "subscription" } else { "service" };
        let profile = json!({ "kind": kind, "quotas": false, "mass_quota": false });
        app.control(Method::PUT, &format!("/{app_id}/profile"), profile).await;
        let account = app.bind_app(&format!("gh_{number}"), &app_id).await;
        let fetched = app.wait_until_idle(&account).await;
        assert_eq!(fetched["state"], "SUCCEEDED", "{fetched}");
        let mut eligible: BTreeSet<String> = openids[2..].iter().cloned().collect();
        if audience.size() > FETCHED {
            add(audience.size() - FETCHED).await;
            let more = app.openids_at_wechat(&app_id).await.split_off(openids.len());
            write_followers(app, &account, &openids[2], &more).await;
            eligible.extend(more);
        }
        let mut sender = Self { app_id, account, audience, eligible, text: String::new(), names: BTreeSet::new() };
        if audience == Audience::Whole {
            let mutation = "mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { account { id } } }";
            let input = json!({ "accountId": sender.account, "kind": "SUBSCRIPTION" });
            app.data(mutation, json!({ "input": input })).await;
        }
        let text = app.post(&format!("/{}/text", sender.account), json!({ "content": "春茶九折" })).await;
        sender.text = text["data"].as_str().unwrap().to_owned();
        sender
    }

    /// Has WeChat report the ends of its sends to this service.
    pub(super) async fn connect(&self, app: &TestApp) {
        let (url, token) = app.webhook(&self.account).await;
        let console = json!({ "url": url, "token": token, "mode": "plain" });
        let checked = app.control(Method::PUT, &format!("/{}/webhook", self.app_id), console).await;
        assert_eq!(checked["verified"], true, "{checked}");
    }

    /// Changes the account at WeChat.
    pub(super) async fn set(&self, app: &TestApp, profile: Value) {
        app.control(Method::PUT, &format!("/{}/profile", self.app_id), profile).await;
    }

    /// Plans a fault for its calls only.
    pub(super) async fn fault(&self, app: &TestApp, mut fault: Value) {
        fault["app_id"] = json!(self.app_id);
        app.fault(fault).await;
    }

    /// The faults of its calls that have not struck yet.
    pub(super) async fn faults(&self, app: &TestApp) -> Vec<Value> {
        let faults = app.control(Method::GET, "/faults", Value::Null).await;
        let mine = |fault: &&Value| fault["app_id"] == json!(self.app_id);
        faults.as_array().unwrap().iter().filter(mine).cloned().collect()
    }

    /// Sends to everybody. Returns the id of the mass send.
    pub(super) async fn start(&self, app: &TestApp, material: Material) -> String {
        let (kind, id) = match material {
            Material::Text => ("TEXT", self.text.clone()),
            Material::News => ("NEWS", self.news(app).await),
        };
        let input = json!({ "accountId": self.account, "type": kind, "materialId": id });
        let data = app.data(CREATE, json!({ "input": input })).await;
        data["createMassSend"]["massSend"]["id"].as_str().unwrap().to_owned()
    }

    /// A news with a cover that WeChat does not have yet.
    async fn news(&self, app: &TestApp) -> String {
        let seed = rand::random::<u8>();
        let size = usize::from(rand::random::<u16>()) + 500;
        let (cover, _) = app.upload_article_image(&self.account, jpeg(seed, size)).await;
        app.create_news(&self.account, json!([{ "title": "茶", "content": "<p>茶</p>", "coverImageId": cover }])).await
    }

    /// The mass send as the service shows it, null while it cannot be asked. What waits out a pause is put back to work:
    /// pauses are for WeChat's sake.
    pub(super) async fn hurry(&self, app: &TestApp, id: &str) -> Value {
        let Some(mut answer) = ask(app, LOOK, json!({ "account": self.account, "id": id })).await else {
            return Value::Null;
        };
        let jobs = answer["data"]["account"]["jobs"]["nodes"].take();
        for job in jobs.as_array().into_iter().flatten() {
            let is_ours = job["name"].as_str().is_some_and(|name| name.starts_with("mass_send"));
            // One that is about to start could have failed for good when it is put back.
            if is_ours && is_far_off(&job["dueAt"]) {
                // There may be no database.
                ask(app, RETRY, json!({ "id": job["id"] })).await;
            }
        }
        answer["data"]["account"]["massSend"].take()
    }

    /// Waits until a mass send satisfies `is`, and returns it.
    pub(super) async fn wait_until(&self, app: &TestApp, id: &str, is: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let send = self.hurry(app, id).await;
            if !send.is_null() && is(&send) {
                return send;
            }
            assert!(Instant::now() < deadline, "the mass send did not come that far: {send:#}");
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    }

    /// Waits for the end of a mass send, and returns it.
    pub(super) async fn end(&mut self, app: &TestApp, id: &str) -> Value {
        const UNDER_WAY: [&str; 5] = ["QUEUED", "PREPARING", "AWAITING_APPROVAL", "SENDING", "SENT"];
        let send = self.wait_until(app, id, |send| !UNDER_WAY.contains(&send["state"].as_str().unwrap())).await;
        self.names.extend(oracle::names(&send));
        send
    }

    /// Tries again what was refused and asks about what is unclear, and waits for the end.
    pub(super) async fn again(&mut self, app: &TestApp, id: &str) -> Value {
        app.data(AGAIN, json!({ "input": { "accountId": self.account, "id": id } })).await;
        self.end(app, id).await
    }

    /// Waits for the end of a mass send and judges it. Where nothing was unclear, all of it was sent.
    pub(super) async fn ended(&mut self, app: &TestApp, id: &str, since: i64) -> Verdict {
        let send = self.end(app, id).await;
        judge(self, &send, &Ledger::read(app, &self.app_id).await, since)
    }

    /// The number of its newest preview.
    pub(super) async fn newest_preview(&self, app: &TestApp) -> i64 {
        match self.audience {
            Audience::One => Ledger::read(app, &self.app_id).await.newest_preview(),
            _ => 0,
        }
    }

    /// What went out without having been asked for.
    pub(super) fn strays(&self, ledger: &Ledger) -> Option<Verdict> {
        let strays = ledger.strays(&self.names);
        let problem = format!("{} sent under names that are no chunks': {strays:?}", self.app_id);
        (!strays.is_empty()).then(|| Verdict { problems: vec![problem], ..Verdict::default() })
    }
}

/// Writes followers like one that was fetched.
async fn write_followers(app: &TestApp, account: &str, like: &str, openids: &[String]) {
    let mut options = ConnectOptions::new(app.database.url.clone());
    // The service writes, too.
    options.map_sqlx_sqlite_opts(|options| options.busy_timeout(PATIENCE));
    let database = Database::connect(options.max_connections(1).to_owned()).await.unwrap();
    let one =
        follower::Entity::find_by_id((account.to_owned(), like.to_owned())).one(&database).await.unwrap().unwrap();
    let row = |openid: &String| follower::ActiveModel {
        openid: Set(openid.clone()),
        ..one.clone().into_active_model().reset_all()
    };
    let txn = database.begin().await.unwrap();
    for openids in openids.chunks(WRITTEN_AT_ONCE) {
        follower::Entity::insert_many(openids.iter().map(row)).exec_without_returning(&txn).await.unwrap();
    }
    txn.commit().await.unwrap();
    database.close().await.unwrap();
}

/// Whether a time is more than half a second away.
fn is_far_off(at: &Value) -> bool {
    let at = chrono::DateTime::parse_from_rfc3339(at.as_str().unwrap()).unwrap();
    at > chrono::Utc::now() + chrono::TimeDelta::milliseconds(500)
}

/// Asks the service; `None` where it is not there or cannot answer.
async fn ask(app: &TestApp, query: &str, variables: Value) -> Option<Value> {
    let body = json!({ "query": query, "variables": variables });
    let response = app.http.post(format!("{}/graphql", app.url)).json(&body).send().await.ok()?;
    let answer: Value = response.json().await.ok()?;
    answer.get("errors").is_none().then_some(answer)
}
