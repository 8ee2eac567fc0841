//! Forms as clients send them, and a look at what is stored.

use std::path::Path;

use entity::stored_file::{self, State};
use odaesan::database;
use reqwest::{Method, RequestBuilder, StatusCode};
use sea_orm::{DatabaseConnection, EntityTrait as _};
use serde_json::{Value, json};

use super::samples;
use crate::support::TestApp;

pub(super) const OK: &str = r#"{"code":200,"message":"OK","data":null}"#;

/// What parts of a form are parted by.
pub(super) const BOUNDARY: &str = "------------------------materials";

pub(super) const IMAGE_REFUSAL: &str = "only JPG formated images are supported";
pub(super) const VOICE_REFUSAL: &str = "only AMR/MP3 formated voices are supported";
pub(super) const VIDEO_REFUSAL: &str = "only MP4 formated videos are supported";
pub(super) const SIZE_REFUSAL: &str = "file size exceeded limit";

/// A form of parts, each with its headers and its content.
pub(super) fn form(parts: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (headers, content) in parts {
        body.extend(format!("--{BOUNDARY}\r\n").as_bytes());
        body.extend(*headers);
        body.extend(b"\r\n\r\n");
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// The header of a part that is a file.
pub(super) fn file_header(field: &str, file_name: &str) -> Vec<u8> {
    format!(
        "Content-Disposition: form-data; name=\"{field}\"; filename=\"{file_name}\"\r\nContent-Type: application/octet-stream"
    )
    .into_bytes()
}

/// A request that carries a form; `path` without `/v1`.
pub(super) fn post_form(app: &TestApp, path: &str, body: Vec<u8>) -> RequestBuilder {
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    app.rest(Method::POST, path).header("content-type", content_type).body(body)
}

/// Uploads a file as the field `file`, and returns the envelope.
pub(super) async fn upload(app: &TestApp, path: &str, file_name: &str, content: &[u8]) -> Value {
    let body = form(&[(&file_header("file", file_name), content)]);
    app.json(post_form(app, path, body)).await
}

/// A material that was uploaded.
#[derive(Clone, Debug)]
pub(super) struct Material {
    pub(super) id: String,
    pub(super) url: String,
}

/// The material in `data`, whose upload must have succeeded.
pub(super) fn material(envelope: &Value) -> Material {
    assert_eq!((&envelope["code"], &envelope["message"]), (&json!(200), &json!("OK")), "{envelope}");
    let text = |member: &str| envelope["data"][member].as_str().unwrap_or_else(|| panic!("{envelope}")).to_owned();
    Material { id: text("id"), url: text("url") }
}

pub(super) async fn image(app: &TestApp, account: &str, file_name: &str) -> Material {
    material(&upload(app, &format!("/{account}/image"), file_name, &samples::jpeg(samples::SMALLEST_JPEG)).await)
}

pub(super) async fn article_image(app: &TestApp, account: &str) -> Material {
    material(&upload(app, &format!("/{account}/news/image"), "cover.jpg", &samples::jpeg(2_000)).await)
}

pub(super) async fn voice(app: &TestApp, account: &str, file_name: &str) -> Material {
    material(&upload(app, &format!("/{account}/voice"), file_name, &samples::mp3(2)).await)
}

pub(super) async fn video(app: &TestApp, account: &str) -> Material {
    material(&upload(app, &format!("/{account}/video/upload"), "film.mp4", &samples::mp4(5_000)).await)
}

/// The answer must be an envelope of this code under HTTP 200 and without data. Returns the message.
pub(super) async fn refused(request: RequestBuilder, code: u64, context: &str) -> String {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{context}");
    let text = response.text().await.unwrap();
    let envelope: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{context}: {error}: {text}"));
    assert_eq!((&envelope["code"], &envelope["data"]), (&json!(code), &Value::Null), "{context}: {text}");
    let message = envelope["message"].as_str().unwrap_or_default().to_owned();
    assert!(!message.is_empty(), "{context}: {text}");
    message
}

/// What is at an address: status and bytes.
pub(super) async fn fetched(app: &TestApp, url: &str) -> (StatusCode, Vec<u8>) {
    let response = app.http.get(url).send().await.unwrap();
    (response.status(), response.bytes().await.unwrap().to_vec())
}

/// Whether an address has a file.
pub(super) async fn is_served(app: &TestApp, url: &str) -> bool {
    match fetched(app, url).await.0 {
        StatusCode::OK => true,
        StatusCode::NOT_FOUND => false,
        status => panic!("{url}: {status}"),
    }
}

/// All files in the storage's directory, unfinished ones included, relative to it.
pub(super) fn objects(app: &TestApp) -> Vec<String> {
    fn walk(root: &Path, directory: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let root = app.directory.path().join("files");
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    found.sort();
    found
}

pub(super) async fn database(app: &TestApp) -> DatabaseConnection {
    database::connect(&app.database.url, 2).await.unwrap()
}

/// All rows of files.
pub(super) async fn rows(database: &DatabaseConnection) -> Vec<stored_file::Model> {
    stored_file::Entity::find().all(database).await.unwrap()
}

/// Everything that an upload leaves behind if it succeeds: objects, kept rows, listed materials.
pub(super) async fn stored(app: &TestApp, account: &str) -> Value {
    let database = database(app).await;
    let kept = rows(&database).await.into_iter().filter(|row| row.state == State::Kept).count();
    drop(database);
    let query = "query ($id: ID!) { account(id: $id) {
        images { totalCount nodes { id name url } } articleImages: images(purpose: ARTICLE) { totalCount nodes { id url } }
        voices { totalCount nodes { id name url } } videos { totalCount nodes { id title url sha256 } }
        news { totalCount nodes { id updatedAt } } } }";
    json!({ "objects": objects(app), "kept": kept, "listed": app.data(query, json!({ "id": account })).await })
}

/// An article with everything that must be there.
pub(super) fn article(title: &str, image: &Material) -> Value {
    json!({ "title": title, "image_id": image.id, "content": format!("<p>{title}</p>") })
}

/// Saves a news of several articles. Returns its id.
pub(super) async fn news(app: &TestApp, account: &str, articles: &[Value]) -> String {
    let answer = app.post(&format!("/{account}/news/multiple"), json!(articles)).await;
    assert_eq!(answer["code"], 200, "{answer}");
    answer["data"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// The articles of a news.
pub(super) async fn articles(app: &TestApp, account: &str, news: &str) -> Vec<Value> {
    let answer = app.get(&format!("/{account}/news/{news}")).await;
    answer["data"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}
