//! Two accounts with something in them, requests to them, and what every answer must satisfy.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::uploads::File;

/// App id of the other account.
const OTHER_APP_ID: &str = "wxfedcba9876543210";

/// No request may take longer, whatever it sends.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Ids that nothing has: words, quotes, wildcards, escapes, other alphabets, what is longer than any column.
pub(super) fn strange_ids() -> Vec<String> {
    let words =
        ["nobody", "-2", "00", "null", "😀", "账号", "\"", "'", "' OR '1'='1", "a'); --", "%", "_", "%%", "\\", "\\'"];
    let spelled = ["a b", "a/b", "a+b", "a%20b", "a?b#c", "{id}", "<b>", "\u{202e}", "\u{1}", "a\r\nb"];
    let long = [64, 65, 5_000].map(|length| "x".repeat(length));
    words.into_iter().chain(spelled).map(str::to_owned).chain(long).chain(["😀".repeat(65)]).collect()
}

/// Words that the inside uses and no client may read.
const INSIDE: [&str; 9] =
    ["SELECT ", "INSERT ", "UPDATE ", "sqlx", "constraint", "/tmp/", "panicked", "internal error", "INTERNAL"];

/// The answer to a request.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn code(&self) -> u64 {
        self.body["code"].as_u64().unwrap_or_else(|| panic!("no code: {self:?}"))
    }

    pub(super) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_else(|| panic!("no message: {self:?}"))
    }

    /// The first error of a GraphQL response.
    pub(super) fn error(&self) -> &Value {
        let error = &self.body["errors"][0];
        assert!(error.is_object(), "no error: {self:?}");
        error
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The answer of a documented route: HTTP 200, this code, nothing as data.
    pub(super) fn is_refusal(&self, code: u64, context: &str) {
        assert_eq!((self.status.as_u16(), self.code()), (200, code), "{context}: {}", self.body);
        assert_eq!(self.body["data"], Value::Null, "{context}: {}", self.body);
        assert!(!self.message().is_empty(), "{context}: {}", self.body);
    }

    /// The same, and the message starts with the parameter, as the client spells it.
    pub(super) fn names(&self, parameter: &str, context: &str) {
        let rest = self.message().strip_prefix(parameter);
        assert!(rest.is_some_and(|rest| rest.starts_with([':', '['])), "{context}: {}", self.body);
    }
}

/// Sends a request whose answer is JSON, and checks what is true of every answer.
pub(super) async fn ask(request: RequestBuilder) -> Answer {
    let response = request.timeout(PATIENCE).send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{status}: {error}: {text}"));
    for word in INSIDE {
        assert!(!text.contains(word), "the answer discloses {word:?}: {status} {text}");
    }
    assert_ne!(body["code"], 500, "{text}");
    assert!(!status.is_server_error() || body["code"] == 502, "{status} {text}");
    assert!(headers.contains_key(HeaderName::from_static("x-request-id")), "{headers:?}");
    let media_type = headers[CONTENT_TYPE].to_str().unwrap();
    assert!(media_type.starts_with("application/"), "{media_type}");
    if body.get("data").is_some() && body.get("code").is_some() {
        let members: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(members, ["code", "message", "data"]);
    }
    Answer { status, headers, body }
}

/// One segment of a path, or one value of a query.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// An account and what is in it.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: String,
    /// A local group, whose only member is the first follower.
    pub(super) group: String,
    pub(super) text: String,
    pub(super) image: String,
    pub(super) article_image: String,
    pub(super) voice: String,
    pub(super) video: String,
    /// Of two articles.
    pub(super) news: String,
    /// The second one of the news.
    pub(super) article: String,
    /// A keyword rule that answers with the text.
    pub(super) rule: String,
    /// Of the menu.
    pub(super) button: String,
    /// One that has ended, to the only member of the group.
    pub(super) mass_send: String,
    /// Its only part.
    pub(super) chunk: String,
    /// One that has ended.
    pub(super) job: String,
    pub(super) openids: Vec<String>,
}

/// What is shown of an account by itself.
const ACCOUNT: &str = "
    weixinId name kind isVerified appId hasCredentials webhookToken webhookMode hasEncodingAesKey updatedAt
    followersFetchedAt followerCount
    groups { id name followerCount }
    followers { nodes { openid groups { id } } }
    blocked: followers(group: \"1\") { nodes { openid } }
    texts { totalCount nodes { id content } }
    jobs { totalCount nodes { id state } }";

/// And of its materials.
const MATERIALS: &str = "
    images(first: 3) { totalCount nodes { id name url updatedAt wechatCopies { form state mediaId } } }
    articleImages: images(purpose: ARTICLE, first: 3) { totalCount nodes { id url wechatCopies { form state } } }
    voices(first: 3) { totalCount nodes { id name url updatedAt wechatCopies { form state mediaId } } }
    videos(first: 3) { totalCount nodes { id title description url updatedAt wechatCopies { form state mediaId } } }
    news(first: 3) { totalCount nodes { id updatedAt wechatCopies { form state }
      articles { id title author digest content contentSourceUrl coverImageId showCoverPic updatedAt } } }";

/// And of its keyword rules.
const RULES: &str = "
    subscribeRule { id replyType replyId updatedAt }
    defaultRule { id replyType replyId updatedAt }
    keywordRules(first: 3) { totalCount nodes { id name replyType replyId updatedAt keywords { id content isFuzzy } } }";
/// And of its menu.
const MENU: &str = "
    menu { isPublished publishedAt fetchedAt buttons { id name type keycode url replyId sequence details
      subButtons { id name type keycode url replyId sequence } } }";

/// And of its mass sends.
const MASS_SENDS: &str = "
    massSends { totalCount nodes { id state materialId deletedAt chunks { id state error sentAt finishedAt } } }";

/// A service with two accounts of different owners.
pub(super) struct Room {
    pub(super) app: TestApp,
    pub(super) own: Account,
    pub(super) other: Account,
}

impl Room {
    pub(super) async fn furnish(app: TestApp) -> Self {
        let own = app.bind(5).await;
        let own = furnished(&app, own).await;
        app.control(Method::POST, &format!("/{OTHER_APP_ID}/followers"), json!({ "count": 5 })).await;
        let other = app.bind_only("gh_other").await;
        let fillin = json!({ "id": other, "app_id": OTHER_APP_ID, "app_secret": "sandbox" });
        assert_eq!(app.post("/bind/fillin", fillin).await["code"], 200);
        app.wait_until_idle(&other).await;
        let other = furnished(&app, other).await;
        assert!(own.openids.iter().all(|openid| !other.openids.contains(openid)), "{own:?} {other:?}");
        Self { app, own, other }
    }

    /// Everything that a request could have changed.
    pub(super) async fn state(&self) -> Value {
        let mut state = self.of_both(ACCOUNT).await;
        for (part, fields) in [("materials", MATERIALS), ("rules", RULES), ("menu", MENU), ("massSends", MASS_SENDS)] {
            for (name, shown) in self.of_both(fields).await.as_object().unwrap() {
                state[name][part] = shown.clone();
            }
        }
        state
    }

    async fn of_both(&self, fields: &str) -> Value {
        let query = format!(
            "query ($own: ID!, $other: ID!) {{
              accounts {{ totalCount }}
              own: account(id: $own) {{ ...Everything }}
              other: account(id: $other) {{ ...Everything }}
            }}
            fragment Everything on Account {{ {fields} }}"
        );
        self.app.data(&query, json!({ "own": self.own.id, "other": self.other.id })).await
    }

    pub(super) async fn is_as_it_was(&self, before: &Value, context: &str) {
        assert_eq!(self.state().await, *before, "{context}: something was done");
    }

    /// A path below the first account.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/{}{rest}", self.own.id)
    }

    pub(super) fn get(&self, rest: &str) -> RequestBuilder {
        self.app.rest(Method::GET, &self.path(rest))
    }

    pub(super) fn delete(&self, rest: &str) -> RequestBuilder {
        self.app.rest(Method::DELETE, &self.path(rest))
    }

    pub(super) fn post(&self, rest: &str, body: &Value) -> RequestBuilder {
        self.app.rest(Method::POST, &self.path(rest)).json(body)
    }

    pub(super) fn put(&self, rest: &str, body: &Value) -> RequestBuilder {
        self.app.rest(Method::PUT, &self.path(rest)).json(body)
    }

    /// Names of the first account's groups.
    pub(super) async fn group_names(&self) -> Vec<String> {
        let groups = ask(self.get("/group")).await;
        let groups = groups.body["data"]["groups"].as_array().unwrap().clone();
        groups.iter().map(|group| group["name"].as_str().unwrap().to_owned()).collect()
    }

    pub(super) fn graphql(&self, query: &str, variables: Value) -> RequestBuilder {
        let body = json!({ "query": query, "variables": variables });
        self.app.http.post(format!("{}/graphql", self.app.url)).json(&body)
    }
}

async fn furnished(app: &TestApp, id: String) -> Account {
    let created = app.post(&format!("/{id}/group"), json!({ "name": "客人" })).await;
    let group = created["data"].as_str().unwrap().to_owned();
    let openids = app.openids(&id, "-1", 5).await;
    assert_eq!(openids.len(), 5);
    let joined = app.post(&format!("/{id}/user/add"), json!({ "openid": openids[0], "group_id": group })).await;
    assert_eq!(joined["code"], 200, "{joined}");
    let saved = app.post(&format!("/{id}/text"), json!({ "content": "你好" })).await;
    let text = saved["data"].as_str().unwrap().to_owned();
    let image = uploaded(app, &id, "image", File::image("茶.jpg")).await;
    let article_image = uploaded(app, &id, "news/image", File::image("封面.jpg")).await;
    let voice = uploaded(app, &id, "voice", File::voice("问候.mp3")).await;
    let video = uploaded(app, &id, "video/upload", File::video("茶艺.mp4")).await;
    let articles = ["春茶", "秋茶"].map(|title| json!({ "title": title, "image_id": article_image, "content": title }));
    let saved = app.post(&format!("/{id}/news/multiple"), json!(articles)).await;
    let news = saved["data"].as_str().unwrap_or_else(|| panic!("{saved}")).to_owned();
    let saved = app.get(&format!("/{id}/news/{news}")).await;
    let article = saved["data"][1]["id"].as_str().unwrap().to_owned();
    let keywords = json!([{ "content": "茶", "fuzzy": "1" }, { "content": "春茶", "fuzzy": "0" }]);
    let rule = json!({ "rule_name": "茶", "keyword": keywords, "reply_id": text, "reply_type": "text" });
    let saved = app.post(&format!("/{id}/keyword"), rule).await;
    let rule = saved["data"].as_str().unwrap_or_else(|| panic!("{saved}")).to_owned();
    let saved = app.post(&format!("/{id}/menu"), json!({ "parent_id": "0", "name": "茶单", "sequence": 1 })).await;
    let button = saved["data"].as_str().unwrap_or_else(|| panic!("{saved}")).to_owned();
    let one = json!({ "group_id": group, "msg_type": "text", "msg_id": text });
    assert_eq!(app.post(&format!("/{id}/masssend/send"), one).await["code"], 200);
    let job = no_job_left(app, &id).await;
    let query = "query ($id: ID!) { account(id: $id) { massSends { nodes { id chunks { id } } } } }";
    let sent = app.data(query, json!({ "id": id })).await["account"]["massSends"]["nodes"][0].take();
    let mass_send = sent["id"].as_str().unwrap().to_owned();
    let chunk = sent["chunks"][0]["id"].as_str().unwrap().to_owned();
    Account {
        id,
        group,
        text,
        image,
        article_image,
        voice,
        video,
        news,
        article,
        rule,
        button,
        mass_send,
        chunk,
        job,
        openids,
    }
}

/// The id of what was uploaded.
async fn uploaded(app: &TestApp, account: &str, route: &str, file: File) -> String {
    let saved = app.upload(&format!("/{account}/{route}"), file).await;
    saved["data"]["id"].as_str().unwrap_or_else(|| panic!("{saved}")).to_owned()
}

/// Waits until every job of the account has ended, and returns the newest.
async fn no_job_left(app: &TestApp, account: &str) -> String {
    let query = "query ($id: ID!) { account(id: $id) { jobs { nodes { id state } } } }";
    for _ in 0..1_000 {
        let data = app.data(query, json!({ "id": account })).await;
        let jobs = data["account"]["jobs"]["nodes"].as_array().unwrap();
        if jobs.iter().all(|job| job["state"] == "SUCCEEDED") {
            return jobs[0]["id"].as_str().unwrap().to_owned();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the jobs of {account} do not end");
}
