//! Files as they are served: by the documented routes and at their public addresses.

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::samples;
use super::shelf::{self, material, refused};
use crate::support::TestApp;

on_every_database!(
    every_upload_comes_back_byte_for_byte,
    both_ways_know_ranges_conditions_and_head,
    a_file_that_was_given_up_is_gone_by_both_ways,
    an_object_that_is_lost_is_404,
    a_public_address_below_a_path_is_downloaded,
    addresses_that_nothing_is_at_are_404,
);

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

async fn every_upload_comes_back_byte_for_byte(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    for (route, read, name, media_type, content) in [
        ("image", "image", "a.jpg", "image/jpeg", samples::jpeg(samples::SMALLEST_JPEG)),
        ("image", "image", "a.jpg", "image/jpeg", samples::jpeg(300_000)),
        ("image", "image", "a.jpg", "image/jpeg", [samples::jpeg(3_000), b"appended".to_vec()].concat()),
        ("news/image", "image", "a.jpg", "image/jpeg", samples::jpeg(70_000)),
        ("voice", "voice", "a.mp3", "audio/mpeg", samples::mp3(1)),
        ("voice", "voice", "a.mp3", "audio/mpeg", samples::tagged_mp3(200_000)),
        ("voice", "voice", "a.amr", "audio/amr", samples::amr(2_000)),
        ("video/upload", "", "a.mp4", "video/mp4", samples::mp4(samples::SMALLEST_MP4)),
        ("video/upload", "", "a.mp4", "video/mp4", samples::mp4(3_000_000)),
    ] {
        let context = format!("{route} {name} {}", content.len());
        let uploaded = material(&shelf::upload(&app, &format!("/{account}/{route}"), name, &content).await);
        let documented = format!("{}/v1/{account}/{read}/{}", app.url, uploaded.id);
        let urls = if read.is_empty() { vec![uploaded.url.clone()] } else { vec![uploaded.url.clone(), documented] };
        for url in urls {
            let response = app.http.get(&url).send().await.unwrap();
            let (status, headers) = (response.status(), response.headers().clone());
            assert_eq!(status, StatusCode::OK, "{context}");
            assert_eq!(header(&headers, "content-type"), media_type, "{context}");
            assert_eq!(header(&headers, "content-length"), content.len().to_string(), "{context}");
            assert_eq!(header(&headers, "x-content-type-options"), "nosniff", "{context}");
            assert_eq!(header(&headers, "accept-ranges"), "bytes", "{context}");
            assert!(header(&headers, "etag").len() > 10, "{context}");
            assert!(response.bytes().await.unwrap() == content, "{context}: other bytes at {url}");
        }
        // The object itself, and no other one beside it.
        let id = uploaded.url.rsplit_once('/').unwrap().1;
        let object = app.directory.path().join("files").join(&account).join(id);
        assert!(std::fs::read(object).unwrap() == content, "{context}");
    }
    assert_eq!(shelf::objects(&app).len(), 9);
}

async fn both_ways_know_ranges_conditions_and_head(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let content = samples::tagged_mp3(20_000);
    let voice = material(&shelf::upload(&app, &format!("/{account}/voice"), "a.mp3", &content).await);
    for url in [voice.url.clone(), format!("{}/v1/{account}/voice/{}", app.url, voice.id)] {
        let get = |headers: &[(&'static str, String)]| {
            let request = app.http.get(&url);
            headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
        };
        let whole = get(&[]).send().await.unwrap();
        let etag = header(whole.headers(), "etag").to_owned();
        let modified = header(whole.headers(), "last-modified").to_owned();
        assert!(etag.starts_with('"') && !modified.is_empty(), "{url}: {etag} {modified}");
        for (range, from, to) in [
            ("bytes=0-0", 0, 1),
            ("bytes=100-1099", 100, 1_100),
            ("bytes=19000-", 19_000, 20_000),
            ("bytes=-7", 19_993, 20_000),
        ] {
            let part = get(&[("range", range.to_owned())]).send().await.unwrap();
            assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT, "{url} {range}");
            assert_eq!(header(part.headers(), "content-range"), format!("bytes {from}-{}/20000", to - 1));
            assert_eq!(header(part.headers(), "content-length"), (to - from).to_string());
            assert!(part.bytes().await.unwrap() == content[from..to], "{url} {range}");
        }
        let beyond = get(&[("range", "bytes=20000-".into())]).send().await.unwrap();
        assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE, "{url}");
        assert_eq!(header(beyond.headers(), "content-range"), "bytes */20000");
        // A range of a file that is another one by now.
        let other = get(&[("range", "bytes=0-0".into()), ("if-range", "\"other\"".into())]).send().await.unwrap();
        assert_eq!(other.status(), StatusCode::OK, "{url}");
        for (name, value, status) in [
            ("if-none-match", etag.clone(), StatusCode::NOT_MODIFIED),
            ("if-none-match", format!("\"x\", W/{etag}"), StatusCode::NOT_MODIFIED),
            ("if-none-match", "\"x\"".into(), StatusCode::OK),
            ("if-modified-since", modified.clone(), StatusCode::NOT_MODIFIED),
            ("if-match", "\"x\"".into(), StatusCode::PRECONDITION_FAILED),
        ] {
            let answer = get(&[(name, value.clone())]).send().await.unwrap();
            assert_eq!(answer.status(), status, "{url} {name}: {value}");
            let is_whole = answer.bytes().await.unwrap() == content;
            assert_eq!(is_whole, status == StatusCode::OK, "{url} {name}: {value}");
        }
        let head = app.http.head(&url).send().await.unwrap();
        assert_eq!(head.status(), StatusCode::OK, "{url}");
        assert_eq!(header(head.headers(), "content-length"), "20000");
        assert_eq!((header(head.headers(), "etag"), header(head.headers(), "content-type")), (&*etag, "audio/mpeg"));
        assert!(head.bytes().await.unwrap().is_empty());
    }
    let posted = app.http.post(&voice.url).send().await.unwrap();
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
}

async fn a_file_that_was_given_up_is_gone_by_both_ways(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let (image, voice) = (shelf::image(&app, &account, "a.jpg").await, shelf::voice(&app, &account, "a.mp3").await);
    let film = shelf::video(&app, &account).await;
    let etag = app.http.get(&image.url).send().await.unwrap().headers()["etag"].clone();
    for (kind, material) in [("image", &image), ("voice", &voice), ("video", &film)] {
        assert_eq!(app.delete(&format!("/{account}/{kind}/{}", material.id)).await.to_string(), shelf::OK);
        assert!(!shelf::is_served(&app, &material.url).await, "{kind}");
        refused(app.rest(Method::GET, &format!("/{account}/{kind}/{}", material.id)), 404, kind).await;
    }
    // Nor does a validator bring it back.
    let known = app.http.get(&image.url).header("if-none-match", etag).send().await.unwrap();
    assert_eq!(known.status(), StatusCode::NOT_FOUND);
    assert_eq!(app.http.head(&image.url).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(shelf::stored(&app, &account).await["kept"], 0);
    assert_eq!(shelf::objects(&app).len(), 3, "the objects stay for a while");
}

async fn an_object_that_is_lost_is_404(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::image(&app, &account, "a.jpg").await;
    std::fs::remove_file(app.directory.path().join("files").join(&shelf::objects(&app)[0])).unwrap();
    assert!(!shelf::is_served(&app, &image.url).await);
    let path = format!("/{account}/image/{}", image.id);
    let message = refused(app.rest(Method::GET, &path), 404, "lost").await;
    assert!(!message.contains('/'), "{message}");
    assert_eq!(app.delete(&path).await.to_string(), shelf::OK);
}

async fn a_public_address_below_a_path_is_downloaded(mut app: TestApp) {
    let account = app.bind_only("gh_1").await;
    for prefix in ["https://example.com/odaesan", "https://example.com/a/b%20c/~d/", "http://example.com:8443"] {
        app.restart_with(&["--public-url", prefix]).await;
        let content = samples::jpeg(9_000);
        let answer = shelf::upload(&app, &format!("/{account}/image"), "a.jpg", &content).await;
        let image = material(&answer);
        let file = image.url.strip_prefix(prefix.trim_end_matches('/')).unwrap_or_else(|| panic!("{answer}"));
        assert!(file.starts_with(&format!("/files/{account}/")), "{answer}");
        let documented = format!("{}/v1/{account}/image/{}", app.url, image.id);
        assert!(shelf::fetched(&app, &documented).await == (StatusCode::OK, content.clone()), "{prefix}");
        // What a proxy passes on, without the path.
        assert!(shelf::fetched(&app, &format!("{}{file}", app.url)).await == (StatusCode::OK, content), "{prefix}");
        let id = shelf::news(&app, &account, &[shelf::article("a", &image)]).await;
        let article = &shelf::articles(&app, &account, &id).await[0];
        let page = article["article_url"].as_str().unwrap();
        assert!(page.starts_with(&format!("{}/page/{account}/", prefix.trim_end_matches('/'))), "{page}");
        assert_eq!(article["url"], json!(image.url));
    }
}

async fn addresses_that_nothing_is_at_are_404(app: TestApp) {
    let (account, other) = (app.bind_only("gh_1").await, app.bind_only("gh_2").await);
    let image = shelf::image(&app, &account, "a.jpg").await;
    let id = image.url.rsplit_once('/').unwrap().1.to_owned();
    for path in [
        format!("/files/{other}/{id}"),
        format!("/files/{account}/{}", id.to_uppercase()),
        format!("/files/{}/{id}", account.to_uppercase()),
        format!("/files/{account}/{}", id.trim_end_matches(".jpg")),
        format!("/files/{account}/{id}%20"),
        format!("/files/{account}/{id}/"),
        format!("/files/{account}/{id}%00"),
        format!("/files/{account}/{}", image.id),
        format!("/files/{account}/..%2F{account}%2F{id}"),
        format!("/files/{account}%2F{id}"),
        "/files/..%2F..%2Fsecret.key/x".into(),
        format!("/files/.unfinished/{id}"),
        format!("/files/{account}/{}", "x".repeat(5_000)),
        format!("/files/{account}/%F0%9F%98%80"),
        "/files/".into(),
        format!("/files/{account}"),
        format!("/files/{account}/"),
    ] {
        let (status, bytes) = shelf::fetched(&app, &format!("{}{path}", app.url)).await;
        assert_eq!((status, bytes.len() < 1_000), (StatusCode::NOT_FOUND, true), "{path}");
    }
    let (status, _) = shelf::fetched(&app, &format!("{}/files/{account}/%ff", app.url)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(shelf::is_served(&app, &image.url).await);
}
