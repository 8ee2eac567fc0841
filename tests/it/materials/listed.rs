//! Images and voices as a legacy client sees them.

use reqwest::Method;
use serde_json::json;

use super::samples;
use super::shelf::{self, Material, OK, material, refused};
use crate::support::TestApp;

on_every_database!(
    an_image_has_the_documented_answers,
    a_voice_has_the_documented_answers,
    lists_are_newest_first_in_pages_and_counted,
    a_new_name_is_one_to_a_hundred_characters,
    what_does_not_exist_is_404_with_http_200,
    uploads_to_unknown_accounts_are_404,
);

async fn an_image_has_the_documented_answers(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/image");
    assert_eq!(
        app.get(&path).await.to_string(),
        r#"{"code":200,"message":"OK","data":{"image":[],"pagination":{"index":1,"size":10,"count":0}}}"#
    );
    let answer = shelf::upload(&app, &path, "海边 1.jpg", &samples::jpeg(5_000)).await;
    let Material { id, url } = material(&answer);
    assert_eq!(
        answer.to_string(),
        format!(r#"{{"code":200,"message":"OK","data":{{"id":"{id}","name":"海边 1.jpg","url":"{url}"}}}}"#)
    );
    assert!(url.starts_with(&format!("{}/files/", app.url)), "{url}");
    assert_eq!(
        app.get(&path).await.to_string(),
        format!(
            r#"{{"code":200,"message":"OK","data":{{"image":[{{"id":"{id}","name":"海边 1.jpg","url":"{url}"}}],"pagination":{{"index":1,"size":10,"count":1}}}}}}"#
        )
    );
    assert_eq!(
        app.get(&format!("{path}/url/{id}")).await.to_string(),
        format!(r#"{{"code":200,"message":"OK","data":{{"name":"海边 1.jpg","url":"{url}"}}}}"#)
    );
    let one = format!("{path}/{id}");
    assert_eq!(app.put(&one, json!({ "name": "山 🏔 \"'%_\\" })).await.to_string(), OK);
    assert_eq!(
        app.get(&format!("{path}/url/{id}")).await["data"].to_string(),
        format!(r#"{{"name":"山 🏔 \"'%_\\","url":"{url}"}}"#)
    );
    assert_eq!(app.get(&path).await["data"]["image"][0]["name"], "山 🏔 \"'%_\\");
    assert_eq!(app.delete(&one).await.to_string(), OK);
    assert_eq!(app.get(&path).await["data"]["pagination"]["count"], 0);
    assert_eq!(app.get(&format!("{path}/")).await["data"]["image"], json!([]), "with a trailing slash");
}

async fn a_voice_has_the_documented_answers(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/voice");
    let answer = shelf::upload(&app, &path, "问候.mp3", &samples::mp3(3)).await;
    let Material { id, url } = material(&answer);
    assert_eq!(
        answer.to_string(),
        format!(r#"{{"code":200,"message":"OK","data":{{"id":"{id}","name":"问候.mp3","url":"{url}"}}}}"#)
    );
    // The same list by each of the names it was ever known by.
    let list = format!(r#"[{{"id":"{id}","name":"问候.mp3","url":"{url}"}}]"#);
    assert_eq!(
        app.get(&path).await.to_string(),
        format!(
            r#"{{"code":200,"message":"OK","data":{{"image":{list},"music":{list},"voice":{list},"pagination":{{"index":1,"size":10,"count":1}}}}}}"#
        )
    );
    assert_eq!(
        app.get(&format!("{path}/url/{id}")).await.to_string(),
        format!(r#"{{"code":200,"message":"OK","data":{{"name":"问候.mp3","url":"{url}"}}}}"#)
    );
    let one = format!("{path}/{id}");
    assert_eq!(app.put(&one, json!({ "name": 2_026 })).await.to_string(), OK, "a number stands for its text");
    assert_eq!(app.get(&format!("{path}/url/{id}")).await["data"]["name"], "2026");
    assert_eq!(app.delete(&one).await.to_string(), OK);
    assert_eq!(
        app.get(&path).await["data"].to_string(),
        r#"{"image":[],"music":[],"voice":[],"pagination":{"index":1,"size":10,"count":0}}"#
    );
    let tagged = shelf::upload(&app, &path, "a.MP3", &samples::tagged_mp3(9_000)).await;
    let amr = shelf::upload(&app, &path, "b.Amr", &samples::amr(50)).await;
    assert_eq!((&tagged["data"]["name"], &amr["data"]["name"]), (&json!("a.MP3"), &json!("b.Amr")));
}

async fn lists_are_newest_first_in_pages_and_counted(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    for kind in ["image", "voice"] {
        let mut names = Vec::new();
        for number in 1..=12 {
            match kind {
                "image" => shelf::image(&app, &account, &format!("{number}.jpg")).await,
                _ => shelf::voice(&app, &account, &format!("{number}.mp3")).await,
            };
            names.insert(0, format!("{number}.{}", if kind == "image" { "jpg" } else { "mp3" }));
        }
        for (query, index, size, from, to) in [
            ("", 1, 10, 0, 10),
            ("?index=2", 2, 10, 10, 12),
            ("?index=3", 3, 10, 12, 12),
            ("?index=0&size=5", 1, 5, 0, 5),
            ("?index=-3&size=5", 1, 5, 0, 5),
            ("?index=2&size=5", 2, 5, 5, 10),
            ("?size=0", 1, 0, 0, 0),
            ("?size=-1", 1, 0, 0, 0),
            ("?size=1000", 1, 100, 0, 12),
            ("?index=&size=", 1, 10, 0, 10),
        ] {
            let answer = app.get(&format!("/{account}/{kind}{query}")).await;
            let listed = answer["data"]["image"].as_array().unwrap_or_else(|| panic!("{query}: {answer}"));
            let listed: Vec<_> = listed.iter().map(|item| item["name"].as_str().unwrap()).collect();
            assert_eq!(listed, names[from..to], "{kind}{query}");
            assert_eq!(
                answer["data"]["pagination"].to_string(),
                format!(r#"{{"index":{index},"size":{size},"count":12}}"#),
                "{kind}{query}"
            );
        }
        for query in ["?index=a", "?size=1.5", "?size=99999999999"] {
            let message = refused(app.rest(Method::GET, &format!("/{account}/{kind}{query}")), 400, query).await;
            assert!(message.starts_with(&query[1..query.find('=').unwrap()]), "{message}");
        }
    }
    // Article images are no images.
    shelf::article_image(&app, &account).await;
    assert_eq!(app.get(&format!("/{account}/image")).await["data"]["pagination"]["count"], 12);
}

async fn a_new_name_is_one_to_a_hundred_characters(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::image(&app, &account, "a.jpg").await;
    let path = format!("/{account}/image/{}", image.id);
    for body in [
        json!({}),
        json!({ "name": null }),
        json!({ "name": "" }),
        json!({ "name": " \u{3000}\n" }),
        json!({ "name": "名".repeat(101) }),
        json!({ "name": "a\0b" }),
        json!({ "name": ["a"] }),
        json!({ "name": { "a": "b" } }),
    ] {
        let message = refused(app.rest(Method::PUT, &path).json(&body), 400, &body.to_string()).await;
        assert!(message.starts_with("name: "), "{body}: {message}");
    }
    let answer = app.json(app.rest(Method::PUT, &path)).await;
    assert_eq!(answer["code"], 400, "without a body: {answer}");
    assert_eq!(app.get(&format!("/{account}/image/url/{}", image.id)).await["data"]["name"], "a.jpg");
    let longest = "😀".repeat(100);
    assert_eq!(app.put(&path, json!({ "name": format!(" {longest} ") })).await.to_string(), OK);
    let renamed = app.get(&format!("/{account}/image/url/{}", image.id)).await;
    assert_eq!(renamed["data"], json!({ "name": longest, "url": image.url }));
    assert!(shelf::is_served(&app, &image.url).await);
}

async fn what_does_not_exist_is_404_with_http_200(app: TestApp) {
    let (account, other) = (app.bind_only("gh_1").await, app.bind_only("gh_2").await);
    let (image, voice) = (shelf::image(&app, &account, "a.jpg").await, shelf::voice(&app, &account, "a.mp3").await);
    let (drawn, film) = (shelf::article_image(&app, &account).await, shelf::video(&app, &account).await);
    let gone = shelf::image(&app, &account, "gone.jpg").await;
    let before_deletion = app.get(&format!("/{account}/image/url/{}", gone.id)).await;
    assert_eq!(before_deletion["code"], 200);
    assert_eq!(app.delete(&format!("/{account}/image/{}", gone.id)).await.to_string(), OK);
    let shouted = image.id.to_uppercase();
    assert_ne!(shouted, image.id, "the id has no letter that could be another one");
    let before = shelf::stored(&app, &account).await;
    for (kind, account, id) in [
        ("image", &account, "nobody"),
        ("image", &account, &voice.id),
        ("image", &account, &film.id),
        ("image", &account, &gone.id),
        ("image", &account, &shouted),
        ("image", &account, &format!("{}%20", image.id)),
        ("image", &account, &"x".repeat(5_000)),
        ("image", &account, "%00"),
        ("image", &account, "%25"),
        ("image", &other, &image.id),
        ("image", &"nobody".to_owned(), &image.id),
        ("voice", &account, "nobody"),
        ("voice", &account, &image.id),
        ("voice", &account, &drawn.id),
        ("voice", &other, &voice.id),
    ] {
        let path = format!("/{account}/{kind}/{id}");
        for request in [
            app.rest(Method::GET, &path),
            app.rest(Method::GET, &format!("/{account}/{kind}/url/{id}")),
            app.rest(Method::PUT, &path).json(&json!({ "name": "x" })),
            app.rest(Method::DELETE, &path),
            app.rest(Method::DELETE, &format!("{path}?force=1")),
        ] {
            if id == "%00" {
                refused(request, 400, &path).await;
            } else {
                refused(request, 404, &path).await;
            }
        }
    }
    assert_eq!(shelf::stored(&app, &account).await, before);
    // An article image is an image like any other, but for the list.
    let path = format!("/{account}/image/{}", drawn.id);
    assert_eq!(app.put(&path, json!({ "name": "x" })).await.to_string(), OK);
    assert_eq!(app.delete(&path).await.to_string(), OK);
    refused(app.rest(Method::DELETE, &path), 404, &path).await;
}

async fn uploads_to_unknown_accounts_are_404(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let before = shelf::stored(&app, &account).await;
    for (route, name, content) in [
        ("image", "a.jpg", samples::jpeg(1_000)),
        ("news/image", "a.jpg", samples::jpeg(1_000)),
        ("voice", "a.mp3", samples::mp3(2)),
        ("video/upload", "a.mp4", samples::mp4(1_000)),
        ("video/upload/nobody", "a.mp4", samples::mp4(1_000)),
    ] {
        for owner in ["nobody", "%F0%9F%98%80", "..%2F..", &"x".repeat(300)] {
            let body = shelf::form(&[(&shelf::file_header("file", name), &content)]);
            let path = format!("/{owner}/{route}");
            refused(shelf::post_form(&app, &path, body), 404, &path).await;
        }
    }
    assert_eq!(shelf::stored(&app, &account).await, before);
}
