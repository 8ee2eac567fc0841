//! Forms on the wire: as clients of all sorts send them, broken, too large, many at once; and what the record shows.

use std::collections::HashSet;

use reqwest::{
    StatusCode, header,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::support::{APP, Account, Simulator, errcode, file, sha256};

const UPLOAD: &str = "/cgi-bin/media/upload";
const ADD: &str = "/cgi-bin/material/add_material";
const MB: usize = 1 << 20;

/// A form with one file, its headers written out.
fn form(headers: &str, bytes: &[u8]) -> Vec<u8> {
    [format!("--xyz\r\n{headers}\r\n\r\n").as_bytes(), bytes, b"\r\n--xyz--\r\n"].concat()
}

async fn send(account: &Account<'_>, content_type: &str, body: Vec<u8>) -> Value {
    let request = account.simulator.http.post(format!("{}{UPLOAD}", account.simulator.base));
    let request = request.query(&[("access_token", account.token.as_str()), ("type", "image")]);
    let response = request.header(header::CONTENT_TYPE, content_type).body(body).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

async fn last_call(account: &Account<'_>) -> Value {
    account.simulator.control("GET", "/calls?limit=1", Value::Null).await[0].clone()
}

#[tokio::test]
async fn forms_are_read_as_clients_write_them() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let png = file("png", 300);
    for (content_type, headers, expected) in [
        ("multipart/form-data; boundary=xyz", "Content-Disposition: form-data; name=\"media\"; filename=\"a.png\"", 0),
        (
            "multipart/form-data; boundary=\"xyz\"",
            "Content-Disposition: form-data; name=\"media\"; filename=\"a.png\"\r\nContent-Type: image/png",
            0,
        ),
        (
            "Multipart/Form-Data; charset=utf-8; boundary=xyz",
            "content-disposition: form-data; name=media; filename=a.png",
            0,
        ),
        (
            "multipart/form-data; boundary=xyz",
            "Content-Type: application/octet-stream\r\nContent-Length: 300\r\n\
             Content-Disposition: form-data; filename=\"猫 1.png\"; name=\"media\"",
            0,
        ),
        ("multipart/form-data; boundary=xyz", "Content-Disposition: form-data; name=\"media\"", 41005),
        ("multipart/form-data; boundary=xyz", "Content-Disposition: form-data; name=\"media\"; filename=\"\"", 41005),
        (
            "multipart/form-data; boundary=xyz",
            "Content-Disposition: form-data; name=\"media\"; filename*=utf-8''a.png",
            41005,
        ),
        (
            "multipart/form-data; boundary=xyz",
            "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"",
            41005,
        ),
        (
            "multipart/form-data; boundary=other",
            "Content-Disposition: form-data; name=\"media\"; filename=\"a.png\"",
            41005,
        ),
        ("multipart/form-data", "Content-Disposition: form-data; name=\"media\"; filename=\"a.png\"", 41005),
        ("image/png", "Content-Disposition: form-data; name=\"media\"; filename=\"a.png\"", 41005),
    ] {
        let answer = send(&account, content_type, form(headers, &png)).await;
        assert_eq!(errcode(&answer), expected, "{content_type}; {headers}");
        if expected == 0 {
            let listed = account.control("GET", "/media", Value::Null).await;
            let latest = listed.as_array().unwrap().last().unwrap();
            assert_eq!((&latest["media_id"], &latest["sha256"]), (&answer["media_id"], &json!(sha256(&png))));
        }
    }
    assert_eq!(errcode(&account.post(UPLOAD, json!({})).await), 40004, "the type comes first");
}

#[tokio::test]
async fn broken_forms_are_refused_and_change_nothing() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let whole = form("Content-Disposition: form-data; name=\"media\"; filename=\"a.png\"", &file("png", 60));
    let closed = whole.len() - b"\r\n".len();
    for length in 0..closed {
        let answer = send(&account, "multipart/form-data; boundary=xyz", whole[..length].to_vec()).await;
        assert_eq!(errcode(&answer), 41005, "cut after {length} bytes");
    }
    assert_eq!(account.control("GET", "/media", Value::Null).await, json!([]));

    // Whatever one wrong byte makes of it, the answer is JSON with one of the codes of an upload.
    let mut seen = HashSet::new();
    for position in 0..closed {
        for byte in [0, b'\r', b'"', 0xff] {
            let mut altered = whole.clone();
            altered[position] = byte;
            let answer = send(&account, "multipart/form-data; boundary=xyz", altered).await;
            assert!([0, 40005, 41005].contains(&errcode(&answer)), "{byte} at {position}: {answer}");
            seen.insert(errcode(&answer));
        }
    }
    assert_eq!(seen.len(), 3);
    let many = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n".repeat(101) + "--xyz--\r\n";
    let answer = send(&account, "multipart/form-data; boundary=xyz", many.into_bytes()).await;
    assert_eq!(errcode(&answer), 41005);
}

#[tokio::test]
async fn a_body_that_no_upload_needs_is_refused() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    for (size, expected) in [(10 * MB, 0), (10 * MB + 1, 40009), (12 * MB, 45001), (40 * MB, 45001)] {
        let answer = account.upload(UPLOAD, "image", "a.jpg", file("jpg", size)).await;
        assert_eq!(errcode(&answer), expected, "{size}");
    }
    assert!(last_call(&account).await["body"].as_str().unwrap().contains("a form of more than"));
    let request = simulator.http.post(format!("{}/cgi-bin/draft/add?access_token={}", simulator.base, account.token));
    let response = request.body(vec![b' '; 12 * MB]).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let answer = account.upload("/cgi-bin/draft/add", "", "a.jpg", file("jpg", 10)).await;
    assert_eq!(errcode(&answer), 47001, "a form is no JSON");
}

#[tokio::test]
async fn the_record_describes_files() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let video = file("mp4", 5000);
    let part = Part::bytes(video.clone()).file_name("片.mp4").mime_str("video/mp4").unwrap();
    let description = json!({"title": "片名", "introduction": "介绍"}).to_string();
    let form = Form::new().part("media", part).text("description", description.clone());
    account.send_form(ADD, &[("type", "video")], form).await;
    let call = last_call(&account).await;
    assert_eq!(call["query"], json!({"access_token": "***", "type": "video"}));
    let body: Value = serde_json::from_str(call["body"].as_str().unwrap()).unwrap();
    let file_part = json!({
        "name": "media", "filename": "片.mp4", "content_type": "video/mp4", "size": 5000, "sha256": sha256(&video),
    });
    let text_part = json!({
        "name": "description", "filename": null, "content_type": null, "size": description.len(),
        "sha256": sha256(description.as_bytes()), "text": description,
    });
    assert_eq!(body, json!([file_part, text_part]));

    let image = file("png", 400);
    let media_id = account.upload(UPLOAD, "image", "a.png", image.clone()).await["media_id"].clone();
    let media_id = media_id.as_str().unwrap();
    let query = [("access_token", account.token.as_str()), ("media_id", media_id)];
    simulator.http.get(format!("{}/cgi-bin/media/get", simulator.base)).query(&query).send().await.unwrap();
    let response = last_call(&account).await["response"].clone();
    assert_eq!(
        serde_json::from_str::<Value>(response.as_str().unwrap()).unwrap(),
        json!({
            "filename": format!("{media_id}.png"), "content_type": "image/png", "size": 400, "sha256": sha256(&image),
        })
    );
}

#[tokio::test]
async fn uploads_at_once_do_not_disturb_each_other() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let url = format!("{}{UPLOAD}?access_token={}&type=image", simulator.base, account.token);
    let uploads: Vec<_> = (0..40_usize)
        .map(|number| {
            let bytes = file("png", 200_000 + number / 2);
            let form = Form::new().part("media", Part::bytes(bytes).file_name(format!("{number}.png")));
            tokio::spawn(simulator.http.post(&url).multipart(form).send())
        })
        .collect();
    let mut ids = HashSet::new();
    for upload in uploads {
        let answer: Value = upload.await.unwrap().unwrap().json().await.unwrap();
        ids.insert(answer["media_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 40, "the same content has a new media_id each time");
    let listed = account.control("GET", "/media", Value::Null).await;
    assert_eq!(listed.as_array().unwrap().len(), 40);
    for media in listed.as_array().unwrap() {
        let number: usize = media["filename"].as_str().unwrap().strip_suffix(".png").unwrap().parse().unwrap();
        assert_eq!(media["sha256"], sha256(&file("png", 200_000 + number / 2)));
    }
}

#[tokio::test]
async fn a_fault_strikes_an_upload_before_or_after_it_took_effect() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    for (executes, kept) in [(false, 0), (true, 1)] {
        let fault = json!({"path": ADD, "errcode": -1, "executes": executes});
        simulator.control("POST", "/faults", fault).await;
        assert_eq!(errcode(&account.upload(ADD, "image", "a.jpg", file("jpg", 100)).await), -1);
        let state = account.control("GET", "/state", Value::Null).await;
        assert_eq!(state["material"]["image"], kept, "executes: {executes}");
    }
}
