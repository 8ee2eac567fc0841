//! Uploads by the GraphQL multipart request specification.

use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::samples;
use super::shelf::{self, BOUNDARY};
use crate::support::TestApp;

on_every_database!(
    every_mutation_takes_a_file,
    several_files_come_with_one_request,
    a_refused_file_is_an_error_of_its_field,
    a_file_beyond_every_limit_is_413,
    forms_that_are_not_as_specified_are_400,
);

pub(super) const UPLOAD_IMAGE: &str =
    "mutation ($input: UploadImageInput!) { uploadImage(input: $input) { image { id name url size sha256 } } }";

/// A multipart request: each file is the path it goes to, the headers of its part, and its content.
pub(super) fn operation(
    app: &TestApp,
    query: &str,
    variables: &Value,
    files: &[(&str, &[u8], &[u8])],
) -> RequestBuilder {
    let places = files.iter().enumerate().map(|(index, (path, ..))| (index.to_string(), json!([path])));
    let map: serde_json::Map<String, Value> = places.collect();
    let operations = json!({ "query": query, "variables": variables }).to_string();
    let map = Value::Object(map).to_string();
    let text = |name: &str| format!("Content-Disposition: form-data; name=\"{name}\"").into_bytes();
    let (operations_header, map_header) = (text("operations"), text("map"));
    let mut parts: Vec<(&[u8], &[u8])> =
        vec![(&operations_header, operations.as_bytes()), (&map_header, map.as_bytes())];
    parts.extend(files.iter().map(|(_, header, content)| (*header, *content)));
    post(app, shelf::form(&parts))
}

fn post(app: &TestApp, body: Vec<u8>) -> RequestBuilder {
    let request = app.http.post(format!("{}/graphql", app.url)).header("graphql-require-preflight", "1");
    request.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}")).body(body)
}

async fn every_mutation_takes_a_file(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    for (kind, input, file_name, content, more) in [
        ("image", "UploadImageInput", "a.jpg", samples::jpeg(4_000), json!({})),
        ("image", "UploadImageInput", "a.jpeg", samples::jpeg(5_000), json!({ "purpose": "ARTICLE" })),
        ("voice", "UploadVoiceInput", "a.mp3", samples::tagged_mp3(6_000), json!({})),
        ("voice", "UploadVoiceInput", "a.amr", samples::amr(30), json!({})),
        ("video", "UploadVideoInput", "a.mp4", samples::mp4(7_000), json!({ "title": "片", "description": "述" })),
    ] {
        let name = format!("{}{}", kind[..1].to_uppercase(), &kind[1..]);
        let query = format!(
            "mutation ($input: {input}!) {{ upload{name}(input: $input) {{
                {kind} {{ id url fileName mediaType size sha256 createdAt updatedAt }} }} }}"
        );
        let mut variables = json!({ "input": { "accountId": account, "file": null } });
        variables["input"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let header = shelf::file_header("0", file_name);
        let answer =
            app.json(operation(&app, &query, &variables, &[("variables.input.file", &header, &content)])).await;
        let uploaded = &answer["data"][format!("upload{name}")][kind];
        assert_eq!(uploaded["size"], content.len(), "{answer}");
        assert_eq!(uploaded["sha256"], sha256(&content), "{answer}");
        let (status, bytes) = shelf::fetched(&app, uploaded["url"].as_str().unwrap()).await;
        assert!(status == StatusCode::OK && bytes == content, "{kind}: {status}");
    }
    let film = shelf::video(&app, &account).await;
    let query =
        "mutation ($input: ReplaceVideoFileInput!) { replaceVideoFile(input: $input) { video { id url size } } }";
    let variables = json!({ "input": { "accountId": account, "id": film.id, "file": null } });
    let (header, content) = (shelf::file_header("0", "b.mp4"), samples::mp4(8_000));
    let answer = app.json(operation(&app, query, &variables, &[("variables.input.file", &header, &content)])).await;
    let replaced = &answer["data"]["replaceVideoFile"]["video"];
    assert_eq!((&replaced["id"], &replaced["size"]), (&json!(film.id), &json!(8_000)), "{answer}");
    assert!(shelf::fetched(&app, replaced["url"].as_str().unwrap()).await.1 == content);
    assert!(!shelf::is_served(&app, &film.url).await);
}

fn sha256(content: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn several_files_come_with_one_request(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let query = "mutation ($a: UploadImageInput!, $b: UploadVoiceInput!) {
        a: uploadImage(input: $a) { image { name sha256 } } b: uploadVoice(input: $b) { voice { name sha256 } } }";
    let input = json!({ "accountId": account, "file": null });
    let (image, voice) = (samples::jpeg(3_000), samples::mp3(4));
    let (image_header, voice_header) = (shelf::file_header("0", "a.jpg"), shelf::file_header("1", "b.mp3"));
    let files: [(&str, &[u8], &[u8]); 2] =
        [("variables.a.file", &image_header, &image), ("variables.b.file", &voice_header, &voice)];
    let answer = app.json(operation(&app, query, &json!({ "a": input, "b": input }), &files)).await;
    assert_eq!(
        answer["data"],
        json!({
            "a": { "image": { "name": "a.jpg", "sha256": sha256(&image) } },
            "b": { "voice": { "name": "b.mp3", "sha256": sha256(&voice) } },
        }),
        "{answer}"
    );
    // One file for two variables: each becomes a material of its own.
    let query = "mutation ($a: UploadImageInput!, $b: UploadImageInput!) {
        a: uploadImage(input: $a) { image { id sha256 url } } b: uploadImage(input: $b) { image { id sha256 url } } }";
    let operations = json!({ "query": query, "variables": { "a": input, "b": input } }).to_string();
    let text = |name: &str| format!("Content-Disposition: form-data; name=\"{name}\"").into_bytes();
    let body = shelf::form(&[
        (&text("operations"), operations.as_bytes()),
        (&text("map"), br#"{"0":["variables.a.file","variables.b.file"]}"#),
        (&image_header, &image),
    ]);
    let answer = app.json(post(&app, body)).await;
    let (a, b) = (&answer["data"]["a"]["image"], &answer["data"]["b"]["image"]);
    assert_eq!((&a["sha256"], &b["sha256"]), (&json!(sha256(&image)), &json!(sha256(&image))), "{answer}");
    assert_ne!((&a["id"], &a["url"]), (&b["id"], &b["url"]));
    assert_eq!(shelf::stored(&app, &account).await["kept"], 4);
}

async fn a_refused_file_is_an_error_of_its_field(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let other = app.bind_only("gh_2").await;
    let before = shelf::stored(&app, &account).await;
    let image = samples::jpeg(2_000);
    let large = samples::jpeg((1 << 20) + 1);
    let png = samples::no_jpegs().remove(0).1;
    for (owner, name, content, code, message) in [
        (account.as_str(), "a.jpg", &png, "UNSUPPORTED_MEDIA_TYPE", shelf::IMAGE_REFUSAL),
        (&account, "a.png", &image, "UNSUPPORTED_MEDIA_TYPE", shelf::IMAGE_REFUSAL),
        (&account, "a.jpg", &large, "PAYLOAD_TOO_LARGE", shelf::SIZE_REFUSAL),
        (&account, "a.jpg", &Vec::new(), "BAD_USER_INPUT", "file: is empty"),
        ("nobody", "a.jpg", &image, "NOT_FOUND", ""),
    ] {
        let variables = json!({ "input": { "accountId": owner, "file": null } });
        let header = shelf::file_header("0", name);
        let answer =
            app.json(operation(&app, UPLOAD_IMAGE, &variables, &[("variables.input.file", &header, content)])).await;
        let error = &answer["errors"][0];
        assert_eq!((&error["extensions"]["code"], &error["path"]), (&json!(code), &json!(["uploadImage"])), "{answer}");
        assert!(message.is_empty() || error["message"] == message, "{answer}");
        assert_eq!(answer["data"]["uploadImage"], Value::Null, "{answer}");
    }
    let film = shelf::video(&app, &other).await;
    let query = "mutation ($input: ReplaceVideoFileInput!) { replaceVideoFile(input: $input) { video { id } } }";
    let variables = json!({ "input": { "accountId": account, "id": film.id, "file": null } });
    let (header, content) = (shelf::file_header("0", "b.mp4"), samples::mp4(1_000));
    let answer = app.json(operation(&app, query, &variables, &[("variables.input.file", &header, &content)])).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND", "{answer}");
    assert!(shelf::is_served(&app, &film.url).await);
    app.delete(&format!("/{other}/video/{}", film.id)).await;
    std::fs::remove_file(app.directory.path().join("files").join(&shelf::objects(&app)[0])).unwrap();
    assert_eq!(shelf::stored(&app, &account).await, before);
}

async fn a_file_beyond_every_limit_is_413(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let variables = json!({ "input": { "accountId": account, "file": null } });
    let (header, content) = (shelf::file_header("0", "a.jpg"), vec![b'x'; (10 << 20) + 1]);
    let request = operation(&app, UPLOAD_IMAGE, &variables, &[("variables.input.file", &header, &content)]);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "PAYLOAD_TOO_LARGE", "{body}");
    assert_eq!(shelf::stored(&app, &account).await["kept"], 0);
}

async fn forms_that_are_not_as_specified_are_400(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let before = shelf::stored(&app, &account).await;
    let operations =
        json!({ "query": UPLOAD_IMAGE, "variables": { "input": { "accountId": account, "file": null } } }).to_string();
    let operations = operations.as_bytes();
    let text = |name: &str| format!("Content-Disposition: form-data; name=\"{name}\"").into_bytes();
    let (asked, map, file) = (text("operations"), text("map"), shelf::file_header("0", "a.jpg"));
    let (right, content) = (&br#"{"0":["variables.input.file"]}"#[..], &samples::jpeg(2_000)[..]);
    let whole = shelf::form(&[(&asked, operations), (&map, right), (&file, content)]);
    for (what, body) in [
        ("no map", shelf::form(&[(&asked, operations), (&file, content)])),
        ("no file", shelf::form(&[(&asked, operations), (&map, right)])),
        ("map first", shelf::form(&[(&map, right), (&asked, operations), (&file, content)])),
        ("a file that nobody asks for", shelf::form(&[(&asked, operations), (&map, b"{}"), (&file, content)])),
        (
            "a path to nothing",
            shelf::form(&[(&asked, operations), (&map, br#"{"0":["variables.x"]}"#), (&file, content)]),
        ),
        ("no JSON", shelf::form(&[(&asked, b"{"), (&map, right), (&file, content)])),
        ("half of it", whole[..whole.len() - 500].to_vec()),
    ] {
        let response = post(&app, body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{what}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{what}: {answer}");
    }
    // The file as a text, or not at all.
    for file in [json!("a.jpg"), json!(null), json!({}), json!(0)] {
        let error = app.error(UPLOAD_IMAGE, json!({ "input": { "accountId": account, "file": file } })).await;
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{file}: {error}");
    }
    assert_eq!(shelf::stored(&app, &account).await, before);
    assert_eq!(app.json(post(&app, whole)).await["data"]["uploadImage"]["image"]["name"], "a.jpg");
}
