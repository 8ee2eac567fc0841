//! A running simulator, and an account on it as a client sees it.

use reqwest::{
    Client, Method, Response,
    multipart::{Form, Part},
};
use sandbox::{Config, Sandbox};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

pub(crate) const APP: &str = "wx0123456789abcdef";
pub(crate) const OTHER_APP: &str = "wxfedcba9876543210";

/// A simulator on a free port; stops when dropped.
pub(crate) struct Simulator {
    pub(crate) base: String,
    pub(crate) http: Client,
    _stop: oneshot::Sender<()>,
}

impl Simulator {
    pub(crate) async fn start() -> Self {
        Self::start_with(Config::default()).await
    }

    /// With other settings than usual, on a free port all the same.
    pub(crate) async fn start_with(config: Config) -> Self {
        let config = Config { listen: ([127, 0, 0, 1], 0).into(), ..config };
        let sandbox = Sandbox::bind(config).await.unwrap();
        let base = format!("http://{}", sandbox.address());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(sandbox.run(async { drop(stopped.await) }));
        let http = Client::builder().no_proxy().build().unwrap();
        Self { base, http, _stop: stop }
    }

    /// A control call; the answer must be a success.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.try_control(method, path, body).await;
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    /// A control call: status and answer. `null` sends no body.
    pub(crate) async fn try_control(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}/_control{path}", self.base));
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn move_clock(&self, offset_seconds: i64) {
        self.control("PUT", "/clock", json!({ "offset_seconds": offset_seconds })).await;
    }

    /// What `/cgi-bin/token` answers.
    pub(crate) async fn token(&self, app_id: &str, secret: &str) -> Value {
        let query = [("grant_type", "client_credential"), ("appid", app_id), ("secret", secret)];
        let request = self.http.get(format!("{}/cgi-bin/token", self.base)).query(&query);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// What `/cgi-bin/stable_token` answers.
    pub(crate) async fn stable_token(&self, app_id: &str, force_refresh: bool) -> Value {
        let body = json!({"grant_type": "client_credential", "appid": app_id, "secret": "sandbox", "force_refresh": force_refresh});
        self.post_without_token("/cgi-bin/stable_token", body).await
    }

    pub(crate) async fn post_without_token(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.base)).body(body.to_string());
        request.send().await.unwrap().json().await.unwrap()
    }

    /// An account with a token and so many followers.
    pub(crate) async fn account(&self, app_id: &'static str, followers: u64) -> Account<'_> {
        if followers > 0 {
            self.control("POST", &format!("/{app_id}/followers"), json!({ "count": followers })).await;
        }
        let token = self.token(app_id, "sandbox").await["access_token"].as_str().unwrap().to_owned();
        Account { simulator: self, app_id, token }
    }
}

/// An account as a client with a token sees it.
pub(crate) struct Account<'a> {
    pub(crate) simulator: &'a Simulator,
    pub(crate) app_id: &'static str,
    pub(crate) token: String,
}

impl Account<'_> {
    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let request = self.simulator.http.get(format!("{}{path}", self.simulator.base));
        let request = request.query(&[("access_token", self.token.as_str())]).query(query);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Sends the text of the JSON without any Content-Type, as several SDKs do.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.post_text(path, body.to_string()).await
    }

    pub(crate) async fn post_text(&self, path: &str, body: String) -> Value {
        let request = self.simulator.http.post(format!("{}{path}", self.simulator.base));
        let request = request.query(&[("access_token", self.token.as_str())]).body(body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Sends a form with this account's token and returns the whole response.
    pub(crate) async fn send_form(&self, path: &str, query: &[(&str, &str)], form: Form) -> Response {
        let request = self.simulator.http.post(format!("{}{path}", self.simulator.base));
        let request = request.query(&[("access_token", self.token.as_str())]).query(query);
        request.multipart(form).send().await.unwrap()
    }

    /// Uploads a file as the part `media`.
    pub(crate) async fn upload(&self, path: &str, kind: &str, filename: &str, bytes: Vec<u8>) -> Value {
        let form = Form::new().part("media", Part::bytes(bytes).file_name(filename.to_owned()));
        self.send_form(path, &[("type", kind)], form).await.json().await.unwrap()
    }

    /// Adds permanent material and returns its media_id.
    pub(crate) async fn material(&self, kind: &str, filename: &str, bytes: Vec<u8>) -> String {
        let form = Form::new().part("media", Part::bytes(bytes).file_name(filename.to_owned()));
        let form = form.text("description", json!({"title": "片名", "introduction": "介绍"}).to_string());
        let response = self.send_form("/cgi-bin/material/add_material", &[("type", kind)], form).await;
        let answer: Value = response.json().await.unwrap();
        answer["media_id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// A control call of this account.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        self.simulator.control(method, &format!("/{}{path}", self.app_id), body).await
    }

    /// Drafts so many articles; returns the media_id.
    pub(crate) async fn draft(&self, articles: usize) -> String {
        let thumb = self.material("thumb", "a.jpg", file("jpg", 100)).await;
        let article = json!({"title": "十月", "content": "x", "thumb_media_id": thumb});
        let draft = self.post("/cgi-bin/draft/add", json!({"articles": vec![article; articles]})).await;
        draft["media_id"].as_str().unwrap_or_else(|| panic!("{draft}")).to_owned()
    }

    /// Drafts an article and publishes it; returns the article_id.
    pub(crate) async fn publish(&self) -> String {
        let draft = self.draft(1).await;
        let published = self.control("POST", "/publish", json!({ "media_id": draft })).await;
        published["article_id"].as_str().unwrap().to_owned()
    }

    /// The first openids of the follower list.
    pub(crate) async fn openids(&self, count: usize) -> Vec<String> {
        let page = self.get("/cgi-bin/user/get", &[]).await;
        let openids = page["data"]["openid"].as_array().unwrap();
        openids.iter().take(count).map(|openid| openid.as_str().unwrap().to_owned()).collect()
    }

    /// Creates a tag and returns its id.
    pub(crate) async fn create_tag(&self, name: &str) -> i64 {
        let answer = self.post("/cgi-bin/tags/create", json!({"tag": {"name": name}})).await;
        answer["tag"]["id"].as_i64().unwrap_or_else(|| panic!("{answer}"))
    }
}

/// The `errcode` of an answer; 0 when there is none.
pub(crate) fn errcode(answer: &Value) -> i64 {
    answer.get("errcode").map_or(0, |errcode| errcode.as_i64().unwrap())
}

pub(crate) fn ok() -> Value {
    json!({"errcode": 0, "errmsg": "ok"})
}

/// A file of this many bytes that begins as its format does.
pub(crate) fn file(format: &str, size: usize) -> Vec<u8> {
    let beginning: &[u8] = match format {
        "jpg" => b"\xff\xd8\xff\xe0",
        "png" => b"\x89PNG\r\n\x1a\n",
        "gif" => b"GIF89a",
        "bmp" => b"BM",
        "amr" => b"#!AMR\n",
        "mp3" => b"ID3\x03",
        "wma" => b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
        "wav" => b"RIFF\0\0\0\0WAVE",
        "mp4" => b"\0\0\0\x18ftypmp42",
        _ => b"none",
    };
    let mut bytes = beginning.to_vec();
    bytes.resize(size, 7);
    bytes
}

/// The SHA-256 of some bytes in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
