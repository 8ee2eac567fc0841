//! WeChat's copies of files and news: what is uploaded when, how often, and what becomes of it.
//!
//! The simulator tells what WeChat holds; the database of a test is asked only where no client can see the thing.

/// One test for each database out of `async fn name(app: TestApp)`, with the flags of [`FLAGS`].
macro_rules! with_upkeep {
    ($($name:ident),+ $(,)?) => {
        with_upkeep!(@on sqlite Sqlite: $($name),+);
        with_upkeep!(@on postgres Postgres: $($name),+);
        with_upkeep!(@on mariadb MariaDb: $($name),+);
    };
    (@on $module:ident $backend:ident: $($name:ident),+) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $name() {
                    use $crate::support::{Backend, TestApp};
                    if let Some(app) = TestApp::start_with(Backend::$backend, &$crate::copies::FLAGS).await {
                        super::$name(app).await;
                    }
                }
            )+
        }
    };
}

mod ahead;
mod credentials;
mod drafts;
mod edits;
mod failures;
mod faults;
mod files;
mod killed;
mod refresh;
mod refusals;
mod storage;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::uploads::File;

/// An upkeep every second, time-outs that a test can wait for, and addresses of files that outlive a restart.
pub(crate) const FLAGS: [&str; 6] =
    ["--upkeep-seconds", "1", "--wechat-timeout", "1", "--public-url", "https://files.example"];

/// Path of the upload of temporary media.
pub(crate) const UPLOAD: &str = "/cgi-bin/media/upload";
/// Path of the upload of permanent material.
pub(crate) const MATERIAL: &str = "/cgi-bin/material/add_material";
/// Path of the upload of images within articles.
pub(crate) const ARTICLE_IMAGE: &str = "/cgi-bin/media/uploadimg";
/// Path that makes a draft.
pub(crate) const DRAFT: &str = "/cgi-bin/draft/add";
/// Path that deletes a draft.
pub(crate) const WITHDRAWAL: &str = "/cgi-bin/draft/delete";

/// A wait that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Long enough for several rounds of the upkeep.
const ROUNDS: Duration = Duration::from_millis(3_500);

/// A JPEG of its own for each seed, with so many bytes between its markers.
pub(crate) fn jpeg(seed: u8, size: usize) -> Vec<u8> {
    [&[0xff, 0xd8, 0xff, 0xe0], vec![seed; size].as_slice(), &[0xff, 0xd9]].concat()
}

/// An MP3 frame.
pub(crate) fn mp3(seed: u8) -> Vec<u8> {
    [&[0xff, 0xfb, 0x90, 0x00], [seed; 400].as_slice()].concat()
}

/// An AMR recording.
pub(crate) fn amr(seed: u8) -> Vec<u8> {
    [b"#!AMR\n".as_slice(), &[seed; 300]].concat()
}

/// A film of two boxes.
pub(crate) fn mp4(seed: u8) -> Vec<u8> {
    [b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov\0\0\x02\x08mdat".as_slice(), &[seed; 512]].concat()
}

/// SHA-256 as 64 hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The selection of everything that a copy shows.
const COPIES: &str = "wechatCopies { form state mediaId url lastError uploadedAt expiresAt }";

impl TestApp {
    /// Sends a file that must be taken. Returns the id of the material, and its address.
    pub(crate) async fn uploaded(&self, path: &str, name: &str, content: Vec<u8>) -> (String, String) {
        let answer = self.upload(path, File::new(name, content)).await;
        assert_eq!(answer["code"], 200, "{path} {answer}");
        let text = |member: &str| answer["data"][member].as_str().unwrap_or_default().to_owned();
        (text("id"), text("url"))
    }

    /// Uploads an image to be sent. Returns its id.
    pub(crate) async fn upload_image(&self, account: &str, content: Vec<u8>) -> String {
        self.uploaded(&format!("/{account}/image"), "图片.jpg", content).await.0
    }

    /// Uploads an image of articles. Returns its id and its address.
    pub(crate) async fn upload_article_image(&self, account: &str, content: Vec<u8>) -> (String, String) {
        self.uploaded(&format!("/{account}/news/image"), "cover.jpg", content).await
    }

    /// All copies of a material or of a news; `kind`: the field of the account, as `image` or `newsById`.
    pub(crate) async fn copies(&self, account: &str, kind: &str, id: &str) -> Vec<Value> {
        let query = format!(
            "query ($account: ID!, $id: ID!) {{ account(id: $account) {{ it: {kind}(id: $id) {{ {COPIES} }} }} }}"
        );
        let data = self.data(&query, json!({ "account": account, "id": id })).await;
        data["account"]["it"]["wechatCopies"].as_array().unwrap_or_else(|| panic!("{kind} {id}: {data}")).clone()
    }

    /// The copy of a form, null where there is none.
    pub(crate) async fn copy(&self, account: &str, (kind, id): (&str, &str), form: &str) -> Value {
        let copies = self.copies(account, kind, id).await;
        copies.into_iter().find(|copy| copy["form"] == form).unwrap_or_default()
    }

    /// Waits until a copy satisfies `is`, and returns it.
    pub(crate) async fn wait_for_copy(
        &self,
        account: &str,
        source: (&str, &str),
        form: &str,
        is: impl Fn(&Value) -> bool,
    ) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let copy = self.copy(account, source, form).await;
            if is(&copy) {
                return copy;
            }
            assert!(Instant::now() < deadline, "the {form} copy of {source:?} did not come that far: {copy:#}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until a material is at WeChat as temporary media. Returns the copy.
    pub(crate) async fn wait_until_uploaded(&self, account: &str, kind: &str, id: &str) -> Value {
        self.wait_for_copy(account, (kind, id), "TEMPORARY", is_ready).await
    }

    /// What WeChat holds of an app.
    pub(crate) async fn media_at(&self, app_id: &str) -> Vec<Value> {
        self.control(Method::GET, &format!("/{app_id}/media"), Value::Null).await.as_array().unwrap().clone()
    }

    /// What WeChat holds under an id.
    pub(crate) async fn medium(&self, media_id: &Value) -> Value {
        let all = self.media_at(APP_ID).await;
        all.into_iter().find(|medium| medium["media_id"] == *media_id).unwrap_or_default()
    }

    /// The draft box of an app, oldest first.
    pub(crate) async fn drafts_at(&self, app_id: &str) -> Vec<Value> {
        self.control(Method::GET, &format!("/{app_id}/drafts"), Value::Null).await.as_array().unwrap().clone()
    }

    /// Moves WeChat's clock to so many seconds before or after ours.
    pub(crate) async fn set_clock(&self, offset_seconds: i64) {
        self.control(Method::PUT, "/clock", json!({ "offset_seconds": offset_seconds })).await;
    }

    /// The jobs of a kind, newest first.
    pub(crate) async fn jobs(&self, account: &str, name: &str) -> Vec<Value> {
        let query = "query ($id: ID!) { account(id: $id) { jobs(first: 100) { nodes {
            id name state failures lastError } } } }";
        let data = self.data(query, json!({ "id": account })).await;
        let jobs = data["account"]["jobs"]["nodes"].as_array().unwrap();
        jobs.iter().filter(|job| job["name"] == name).cloned().collect()
    }

    /// Waits until none of the account's jobs waits or runs.
    pub(crate) async fn wait_until_done(&self, account: &str) {
        let query = "query ($id: ID!) { account(id: $id) { queued: jobs(state: QUEUED) { totalCount }
            running: jobs(state: RUNNING) { totalCount } } }";
        let deadline = Instant::now() + PATIENCE;
        loop {
            let data = self.data(query, json!({ "id": account })).await;
            let counts = ["queued", "running"].map(|state| data["account"][state]["totalCount"].as_i64().unwrap());
            if counts == [0, 0] {
                return;
            }
            assert!(Instant::now() < deadline, "jobs did not end: {data}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Puts a job back to work as soon as nobody works on it; a job that has succeeded meanwhile needs nothing.
    pub(crate) async fn retry_job(&self, job: &Value) {
        let query = "query ($id: ID!) { job(id: $id) { state } }";
        let deadline = Instant::now() + PATIENCE;
        loop {
            let state = self.data(query, json!({ "id": job["id"] })).await["job"]["state"].take();
            if state == "SUCCEEDED" {
                return;
            }
            let answer = self.graphql(crate::support::wechat::RETRY, json!({ "id": job["id"] })).await;
            if answer.get("errors").is_none() {
                return;
            }
            assert!(Instant::now() < deadline, "{answer}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until a planned failure of a path has struck so often that no more than `left` are left of it. That is before
    /// a delayed answer; the simulator counts a call with its answer.
    pub(crate) async fn wait_until_struck(&self, path: &str, left: u64) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let faults = self.control(Method::GET, "/faults", Value::Null).await;
            let planned = faults.as_array().unwrap().iter().find(|fault| fault["path"] == path);
            if planned.map_or(0, |fault| fault["times"].as_u64().unwrap()) <= left {
                return;
            }
            assert!(Instant::now() < deadline, "{path} was not called: {faults}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Removes all planned failures.
    pub(crate) async fn heal(&self) {
        self.control(Method::DELETE, "/faults", Value::Null).await;
    }

    /// Saves a news. Returns its id.
    pub(crate) async fn create_news(&self, account: &str, articles: Value) -> String {
        let query = "mutation ($input: CreateNewsInput!) { createNews(input: $input) { news { id } } }";
        let data = self.data(query, json!({ "input": { "accountId": account, "articles": articles } })).await;
        data["createNews"]["news"]["id"].as_str().unwrap().to_owned()
    }

    /// Other articles for a news.
    pub(crate) async fn replace_news(&self, account: &str, id: &str, articles: Value) {
        let query = "mutation ($input: ReplaceNewsInput!) { replaceNews(input: $input) { news { id } } }";
        self.data(query, json!({ "input": { "accountId": account, "id": id, "articles": articles } })).await;
    }

    /// Asks for a draft. Returns the job, null where the draft is there.
    pub(crate) async fn ask_for_draft(&self, account: &str, id: &str) -> Value {
        let data = self.data(CREATE_DRAFT, json!({ "account": account, "id": id })).await;
        data["createNewsDraft"]["job"].clone()
    }

    /// Waits until the draft of a news is at WeChat. Returns the copy.
    pub(crate) async fn wait_until_drafted(&self, account: &str, id: &str) -> Value {
        self.wait_for_copy(account, ("newsById", id), "DRAFT", is_ready).await
    }

    /// An image, a news of one article with it as its cover, and nothing else.
    pub(crate) async fn simple_news(&self, account: &str, title: &str) -> (String, Value) {
        let (cover, _) = self.upload_article_image(account, jpeg(200, 3_000)).await;
        let articles = json!([{ "title": title, "content": "<p>正文</p>", "coverImageId": cover }]);
        (self.create_news(account, articles.clone()).await, articles)
    }
}

/// Asks for a draft.
pub(crate) const CREATE_DRAFT: &str = "mutation ($account: ID!, $id: ID!) {
    createNewsDraft(input: { accountId: $account, id: $id }) { job { id state } news { id } } }";

/// Whether a copy can be sent.
pub(crate) fn is_ready(copy: &Value) -> bool {
    copy["state"] == "READY"
}

/// A time of GraphQL, in seconds since the epoch.
pub(crate) fn seconds(time: &Value) -> i64 {
    let text = time.as_str().unwrap_or_else(|| panic!("{time} is no time"));
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp()
}
