//! Clients that hang up in the middle of an upload.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::samples;
use super::shelf::{self, BOUNDARY};
use crate::support::TestApp;

on_every_database!(
    a_client_that_hangs_up_half_way_leaves_nothing,
    a_client_that_ends_its_side_half_way_is_answered,
    a_client_that_hangs_up_after_the_last_byte_is_served,
);

/// The head of an upload through the REST door, and its body.
fn request(app: &TestApp, path: &str, file_name: &str, content: &[u8]) -> (String, Vec<u8>) {
    let body = shelf::form(&[(&shelf::file_header("file", file_name), content)]);
    let host = app.url.strip_prefix("http://").unwrap();
    let head = format!(
        "POST /v1{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    (head, body)
}

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.url.strip_prefix("http://").unwrap()).await.unwrap()
}

async fn a_client_that_hangs_up_half_way_leaves_nothing(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let film = shelf::video(&app, &account).await;
    let before = shelf::stored(&app, &account).await;
    for (route, name, content) in [
        ("image".to_owned(), "a.jpg", samples::jpeg(900_000)),
        ("news/image".to_owned(), "a.jpg", samples::jpeg(900_000)),
        ("voice".to_owned(), "a.mp3", samples::tagged_mp3(1_900_000)),
        ("video/upload".to_owned(), "a.mp4", samples::mp4(9_000_000)),
        (format!("video/upload/{}", film.id), "a.mp4", samples::mp4(9_000_000)),
    ] {
        let (head, body) = request(&app, &format!("/{account}/{route}"), name, &content);
        for sent in [0, 10, 200, body.len() / 2, body.len() - 60, body.len() - 1] {
            let mut stream = connect(&app).await;
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&body[..sent]).await.unwrap();
            stream.flush().await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
            drop(stream);
        }
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while shelf::objects(&app).iter().any(|object| object.starts_with(".unfinished")) {
        assert!(tokio::time::Instant::now() < deadline, "{:?}", shelf::objects(&app));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let after = shelf::stored(&app, &account).await;
    // The last byte but one ends the form already: such an upload may be a whole one.
    let mut incomplete = 0;
    for (kind, least) in [("images", 0), ("articleImages", 0), ("voices", 0), ("videos", 1)] {
        let count = after["listed"]["account"][kind]["totalCount"].as_i64().unwrap();
        assert!((least..=least + 1).contains(&count), "{kind}: {after:#}");
        incomplete += count - least;
    }
    assert_eq!(after["kept"].as_i64(), Some(1 + incomplete), "{after:#}");
    assert_eq!(before["listed"]["account"]["news"], after["listed"]["account"]["news"]);
    let objects = shelf::objects(&app);
    let rows = shelf::rows(&shelf::database(&app).await).await;
    // A request that was cut off within its work leaves a row that the sweep finds; an object is never without one.
    let has_row = |object: &String| rows.iter().any(|row| *object == format!("{}/{}", row.account_id, row.id));
    assert!(objects.iter().all(has_row), "{objects:?} {rows:#?}");
}

async fn a_client_that_ends_its_side_half_way_is_answered(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let before = shelf::stored(&app, &account).await;
    let (head, body) = request(&app, &format!("/{account}/image"), "a.jpg", &samples::jpeg(500_000));
    let mut stream = connect(&app).await;
    // Chunks do not say how many will come: the end of the stream is all that tells.
    let head = head.replace(&format!("Content-Length: {}", body.len()), "Transfer-Encoding: chunked");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(format!("{:x}\r\n", 300_000).as_bytes()).await.unwrap();
    stream.write_all(&body[..300_000]).await.unwrap();
    stream.write_all(b"\r\n0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let envelope: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && envelope["code"] == 400, "{answer}");
    assert_eq!(shelf::stored(&app, &account).await, before);
}

async fn a_client_that_hangs_up_after_the_last_byte_is_served(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    for number in 0..20 {
        let (head, body) =
            request(&app, &format!("/{account}/image"), &format!("{number}.jpg"), &samples::jpeg(200_000));
        let mut stream = connect(&app).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        stream.flush().await.unwrap();
        tokio::time::sleep(Duration::from_millis(number)).await;
    }
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    // Each is whole or not there at all.
    let query = "query ($id: ID!) { account(id: $id) { images(first: 50) { totalCount nodes { url } } } }";
    let data = app.data(query, serde_json::json!({ "id": account })).await;
    let images = data["account"]["images"]["nodes"].as_array().unwrap();
    for image in images {
        assert_eq!(shelf::fetched(&app, image["url"].as_str().unwrap()).await.1.len(), 200_000);
    }
    let stored = shelf::stored(&app, &account).await;
    assert_eq!(stored["kept"], images.len(), "{stored:#}");
    let objects = shelf::objects(&app);
    assert!(objects.iter().all(|object| !object.starts_with(".unfinished")), "{objects:?}");
}
