//! Videos as a legacy client sees them.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::samples;
use super::shelf::{self, Material, OK, material, refused};
use crate::support::TestApp;

on_every_database!(
    a_video_has_the_documented_answers,
    title_and_description_are_kept_or_overwritten,
    another_file_has_another_address,
    a_file_that_is_refused_replaces_nothing,
    videos_that_do_not_exist_are_404,
    lists_of_videos_are_newest_first,
);

async fn a_video_has_the_documented_answers(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/video");
    let answer = shelf::upload(&app, &format!("{path}/upload"), "film.mp4", &samples::mp4(5_000)).await;
    let Material { id, url } = material(&answer);
    assert_eq!(answer.to_string(), format!(r#"{{"code":200,"message":"OK","data":{{"id":"{id}","url":"{url}"}}}}"#));
    let single = app.get(&format!("{path}/{id}")).await;
    let created = single["data"]["create_time"].as_i64().unwrap();
    assert!((chrono::Utc::now().timestamp_millis() - created).abs() < 60_000, "{created}");
    assert_eq!(
        single.to_string(),
        format!(
            r#"{{"code":200,"message":"OK","data":{{"title":"","description":"","url":"{url}","create_time":{created}}}}}"#
        )
    );
    let body = json!({ "title": "片名 \"🎬\"", "description": "第一行\n第二行" });
    assert_eq!(app.post(&format!("{path}/{id}"), body).await.to_string(), OK);
    assert_eq!(
        app.get(&path).await.to_string(),
        format!(
            r#"{{"code":200,"message":"OK","data":{{"video":[{{"id":"{id}","title":"片名 \"🎬\"","description":"第一行\n第二行","url":"{url}","create_time":{created}}}],"pagination":{{"index":1,"size":10,"count":1}}}}}}"#
        )
    );
    assert_eq!(app.delete(&format!("{path}/{id}")).await.to_string(), OK);
    assert_eq!(
        app.get(&path).await["data"].to_string(),
        r#"{"video":[],"pagination":{"index":1,"size":10,"count":0}}"#
    );
    assert!(!shelf::is_served(&app, &url).await);
}

async fn title_and_description_are_kept_or_overwritten(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let film = shelf::video(&app, &account).await;
    let path = format!("/{account}/video/{}", film.id);
    for (body, title, description) in [
        (json!({ "title": "a", "description": "b" }), "a", "b"),
        (json!({ "title": "c" }), "c", "b"),
        (json!({ "title": "d", "description": null }), "d", "b"),
        (json!({ "title": "e", "description": "" }), "e", ""),
        (json!({ "title": "", "description": "f" }), "", "f"),
        (json!({ "title": 7, "description": true, "unknown": {} }), "7", "true"),
        (
            json!({ "title": "片".repeat(100), "description": "述".repeat(1_000) }),
            &"片".repeat(100),
            &"述".repeat(1_000),
        ),
    ] {
        assert_eq!(app.post(&path, body.clone()).await.to_string(), OK, "{body}");
        let video = app.get(&path).await;
        assert_eq!((&video["data"]["title"], &video["data"]["description"]), (&json!(title), &json!(description)));
    }
    let before = app.get(&path).await;
    for (body, field) in [
        (json!({}), "title"),
        (json!({ "description": "only" }), "title"),
        (json!({ "title": null, "description": "x" }), "title"),
        (json!({ "title": "片".repeat(101) }), "title"),
        (json!({ "title": "x", "description": "述".repeat(1_001) }), "description"),
        (json!({ "title": "x", "description": "\0" }), "description"),
        (json!({ "title": ["x"] }), "title"),
    ] {
        let message = refused(app.rest(Method::POST, &path).json(&body), 400, &body.to_string()).await;
        assert!(message.starts_with(&format!("{field}: ")), "{body}: {message}");
    }
    assert_eq!(app.get(&path).await, before);
}

async fn another_file_has_another_address(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let film = shelf::video(&app, &account).await;
    let path = format!("/{account}/video/{}", film.id);
    app.post(&path, json!({ "title": "a", "description": "b" })).await;
    let before = app.get(&path).await;
    let content = samples::mp4(70_000);
    let answer = shelf::upload(&app, &format!("/{account}/video/upload/{}", film.id), "other.MP4", &content).await;
    let url = answer["data"]["url"].as_str().unwrap().to_owned();
    assert_eq!(answer.to_string(), format!(r#"{{"code":200,"message":"OK","data":{{"url":"{url}"}}}}"#));
    assert_ne!(url, film.url);
    assert_eq!(shelf::fetched(&app, &url).await, (StatusCode::OK, content));
    assert!(!shelf::is_served(&app, &film.url).await, "the old file is served");
    let mut after = app.get(&path).await;
    assert_eq!(after["data"]["url"], json!(url));
    after["data"]["url"] = before["data"]["url"].clone();
    assert_eq!(after, before, "title, description and time stay");
    assert_eq!(app.get(&format!("/{account}/video")).await["data"]["video"][0]["url"], json!(url));
    assert_eq!(shelf::stored(&app, &account).await["kept"], 1);
}

async fn a_file_that_is_refused_replaces_nothing(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let film = shelf::video(&app, &account).await;
    let before = shelf::stored(&app, &account).await;
    let path = format!("/{account}/video/upload/{}", film.id);
    let large = samples::mp4((10 << 20) + 1);
    for (name, content, code, message) in [
        ("a.mp4", &large, 413, shelf::SIZE_REFUSAL),
        ("a.mp4", &samples::jpeg(1_000), 415, shelf::VIDEO_REFUSAL),
        ("a.avi", &samples::mp4(1_000), 415, shelf::VIDEO_REFUSAL),
        ("a.mp4", &Vec::new(), 400, "file: is empty"),
    ] {
        let body = shelf::form(&[(&shelf::file_header("file", name), content)]);
        assert_eq!(refused(shelf::post_form(&app, &path, body), code, name).await, message);
    }
    assert_eq!(shelf::stored(&app, &account).await, before);
    assert!(shelf::is_served(&app, &film.url).await);
}

async fn videos_that_do_not_exist_are_404(app: TestApp) {
    let (account, other) = (app.bind_only("gh_1").await, app.bind_only("gh_2").await);
    let (film, gone) = (shelf::video(&app, &account).await, shelf::video(&app, &account).await);
    let image = shelf::image(&app, &account, "a.jpg").await;
    app.delete(&format!("/{account}/video/{}", gone.id)).await;
    let before = shelf::stored(&app, &account).await;
    for (account, id) in [(&account, "nobody"), (&account, &gone.id), (&account, &image.id), (&other, &film.id)] {
        let path = format!("/{account}/video/{id}");
        refused(app.rest(Method::GET, &path), 404, &path).await;
        refused(app.rest(Method::DELETE, &path), 404, &path).await;
        refused(app.rest(Method::POST, &path).json(&json!({ "title": "x" })), 404, &path).await;
        let body = shelf::form(&[(&shelf::file_header("file", "a.mp4"), &samples::mp4(1_000))]);
        let path = format!("/{account}/video/upload/{id}");
        refused(shelf::post_form(&app, &path, body), 404, &path).await;
    }
    assert_eq!(shelf::stored(&app, &account).await, before);
    assert_eq!(app.get(&format!("/{other}/video")).await["data"]["pagination"]["count"], 0);
}

async fn lists_of_videos_are_newest_first(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.insert(0, shelf::video(&app, &account).await.id);
    }
    // A change does not move a video.
    app.post(&format!("/{account}/video/{}", ids[2]), json!({ "title": "x" })).await;
    shelf::upload(&app, &format!("/{account}/video/upload/{}", ids[2]), "a.mp4", &samples::mp4(1_000)).await;
    for (query, from, to) in [("", 0, 3), ("?size=2", 0, 2), ("?size=2&index=2", 2, 3), ("?index=2", 3, 3)] {
        let answer = app.get(&format!("/{account}/video{query}")).await;
        let listed = answer["data"]["video"].as_array().unwrap();
        let listed: Vec<_> = listed.iter().map(|video| video["id"].as_str().unwrap()).collect();
        assert_eq!(listed, ids[from..to], "{query}");
        assert_eq!(answer["data"]["pagination"]["count"], 3, "{query}");
    }
}
