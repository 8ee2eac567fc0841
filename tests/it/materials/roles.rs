//! Who may do what with materials, where authentication is on.

use entity::api_token::Role;
use odaesan::access::{self, NewToken};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::graphql_uploads::{UPLOAD_IMAGE, operation};
use super::samples;
use super::shelf::{self, article, material};
use crate::support::TestApp;

on_every_database!(
    a_reader_reads_and_changes_nothing,
    a_token_of_another_account_finds_nothing,
    files_and_pages_are_for_everybody_who_knows_their_address,
);

/// A service that wants tokens.
struct Guarded {
    app: TestApp,
    admin: String,
}

impl Guarded {
    async fn start(mut app: TestApp) -> Self {
        app.restart_with(&["--auth", "required"]).await;
        let admin = token(&app, Role::Admin, &[]).await;
        Self { app, admin }
    }

    async fn bind(&self, weixin_id: &str) -> String {
        let request = self.app.rest(Method::POST, "/bind").bearer_auth(&self.admin);
        let bound = self.app.json(request.json(&json!({ "weixin_id": weixin_id }))).await;
        bound["data"]["id"].as_str().unwrap_or_else(|| panic!("{bound}")).to_owned()
    }

    fn upload(&self, token: &str, path: &str, name: &str, content: &[u8]) -> RequestBuilder {
        let body = shelf::form(&[(&shelf::file_header("file", name), content)]);
        shelf::post_form(&self.app, path, body).bearer_auth(token)
    }

    async fn code(&self, request: RequestBuilder, token: &str) -> Value {
        self.app.json(request.bearer_auth(token)).await["code"].take()
    }
}

async fn token(app: &TestApp, role: Role, accounts: &[&str]) -> String {
    let new =
        NewToken { role, accounts: accounts.iter().map(ToString::to_string).collect(), label: None, lifetime: None };
    access::create_token(&shelf::database(app).await, new).await.unwrap()
}

async fn a_reader_reads_and_changes_nothing(app: TestApp) {
    let guarded = Guarded::start(app).await;
    let (app, admin) = (&guarded.app, &guarded.admin);
    let account = guarded.bind("gh_1").await;
    let (reader, writer) = (token(app, Role::Reader, &[]).await, token(app, Role::Writer, &[]).await);
    let jpeg = samples::jpeg(1_000);
    let path = format!("/{account}/image");
    let image = material(&app.json(guarded.upload(&writer, &path, "a.jpg", &jpeg)).await);
    let saved = app.rest(Method::POST, &format!("/{account}/news/single")).json(&article("a", &image));
    let news = app.json(saved.bearer_auth(&writer)).await["data"].as_str().unwrap().to_owned();
    for (route, name, content) in [
        ("image", "a.jpg", &jpeg),
        ("news/image", "a.jpg", &jpeg),
        ("voice", "a.mp3", &samples::mp3(2)),
        ("video/upload", "a.mp4", &samples::mp4(1_000)),
        ("video/upload/x", "a.mp4", &samples::mp4(1_000)),
    ] {
        let answer = app.json(guarded.upload(&reader, &format!("/{account}/{route}"), name, content)).await;
        assert_eq!(answer["code"], 403, "{route}: {answer}");
    }
    let one = format!("{path}/{}", image.id);
    for request in [
        app.rest(Method::PUT, &one).json(&json!({ "name": "x" })),
        app.rest(Method::DELETE, &one),
        app.rest(Method::DELETE, &format!("{one}?force=1")),
        app.rest(Method::POST, &format!("/{account}/video/x")).json(&json!({ "title": "x" })),
        app.rest(Method::POST, &format!("/{account}/news/single")).json(&article("a", &image)),
        app.rest(Method::PUT, &format!("/{account}/news/single/{news}")).json(&article("b", &image)),
        app.rest(Method::DELETE, &format!("/{account}/news/{news}")),
    ] {
        assert_eq!(guarded.code(request, &reader).await, 403);
    }
    let variables = json!({ "input": { "accountId": account, "file": null } });
    let header = shelf::file_header("0", "a.jpg");
    let files: [(&str, &[u8], &[u8]); 1] = [("variables.input.file", &header, &jpeg)];
    let answer = app.json(operation(app, UPLOAD_IMAGE, &variables, &files).bearer_auth(&reader)).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{answer}");
    // Who has no token at all is not even listened to.
    let response = operation(app, UPLOAD_IMAGE, &variables, &files).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    for read in [path.clone(), format!("{path}/url/{}", image.id), format!("/{account}/news/{news}")] {
        assert_eq!(guarded.code(app.rest(Method::GET, &read), &reader).await, 200, "{read}");
    }
    let download = app.rest(Method::GET, &one).bearer_auth(&reader).send().await.unwrap();
    assert!(download.bytes().await.unwrap() == jpeg);
    let list = app.json(app.rest(Method::GET, &path).bearer_auth(admin)).await;
    assert_eq!((&list["data"]["pagination"]["count"], &list["data"]["image"][0]["name"]), (&json!(1), &json!("a.jpg")));
}

async fn a_token_of_another_account_finds_nothing(app: TestApp) {
    let guarded = Guarded::start(app).await;
    let (app, admin) = (&guarded.app, &guarded.admin);
    let (account, other) = (guarded.bind("gh_1").await, guarded.bind("gh_2").await);
    let stranger = token(app, Role::Writer, &[&other]).await;
    let jpeg = samples::jpeg(1_000);
    let image = material(&app.json(guarded.upload(admin, &format!("/{account}/image"), "a.jpg", &jpeg)).await);
    for (method, path) in [
        (Method::GET, "image".to_owned()),
        (Method::GET, format!("image/{}", image.id)),
        (Method::GET, format!("image/url/{}", image.id)),
        (Method::DELETE, format!("image/{}", image.id)),
        (Method::GET, "news".to_owned()),
        (Method::GET, "video".to_owned()),
        (Method::GET, "voice".to_owned()),
    ] {
        let request = app.rest(method, &format!("/{account}/{path}"));
        assert_eq!(guarded.code(request, &stranger).await, 404, "{path}");
    }
    let answer = app.json(guarded.upload(&stranger, &format!("/{account}/image"), "a.jpg", &jpeg)).await;
    assert_eq!(answer["code"], 404, "{answer}");
    let header = shelf::file_header("0", "a.jpg");
    let variables = json!({ "input": { "accountId": account, "file": null } });
    let files: [(&str, &[u8], &[u8]); 1] = [("variables.input.file", &header, &jpeg)];
    let answer = app.json(operation(app, UPLOAD_IMAGE, &variables, &files).bearer_auth(&stranger)).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND", "{answer}");
    // Nor is another account's image a cover of his.
    let request = app.rest(Method::POST, &format!("/{other}/news/single")).json(&article("a", &image));
    assert_eq!(guarded.code(request, &stranger).await, 400);
    assert_eq!(shelf::objects(app).len(), 1);
}

async fn files_and_pages_are_for_everybody_who_knows_their_address(app: TestApp) {
    let guarded = Guarded::start(app).await;
    let (app, admin) = (&guarded.app, &guarded.admin);
    let account = guarded.bind("gh_1").await;
    let jpeg = samples::jpeg(1_000);
    let image = material(&app.json(guarded.upload(admin, &format!("/{account}/image"), "a.jpg", &jpeg)).await);
    let saved = app.rest(Method::POST, &format!("/{account}/news/single")).json(&article("a", &image));
    let news = app.json(saved.bearer_auth(admin)).await["data"].as_str().unwrap().to_owned();
    let read = app.json(app.rest(Method::GET, &format!("/{account}/news/{news}")).bearer_auth(admin)).await;
    assert!(shelf::fetched(app, &image.url).await == (StatusCode::OK, jpeg));
    let page = read["data"][0]["article_url"].as_str().unwrap();
    assert_eq!(shelf::fetched(app, page).await.0, StatusCode::OK);
    let documented = app.rest(Method::GET, &format!("/{account}/image/{}", image.id)).send().await.unwrap();
    assert_eq!(documented.status(), StatusCode::UNAUTHORIZED);
}
