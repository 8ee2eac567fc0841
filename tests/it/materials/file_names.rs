//! Names of files: what clients send, what becomes the name of a material, and what a download is saved as.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::graphql_uploads::{UPLOAD_IMAGE, operation};
use super::samples;
use super::shelf::{self, material, refused};
use crate::support::TestApp;

on_every_database!(
    names_come_through_both_doors_as_they_were_meant,
    names_without_a_usable_extension_are_refused_by_both_doors,
    a_name_that_is_too_long_is_refused_where_it_is_shown,
    a_download_is_saved_under_the_name_of_the_material,
);

/// What stands behind `name="…"; ` in a part's header, and the name that is meant.
const NAMES: &[(&str, &str)] = &[
    ("filename=\"a.jpg\"", "a.jpg"),
    ("filename=a.jpg", "a.jpg"),
    ("filename=\"图片 一.jpg\"", "图片 一.jpg"),
    ("filename=\"  a  b .jpg\"", "a  b .jpg"),
    ("filename=\"🎉👨‍👩‍👧.jpg\"", "🎉👨‍👩‍👧.jpg"),
    ("filename=\"A.JPG\"", "A.JPG"),
    ("filename=\"a.jpeg\"", "a.jpeg"),
    ("filename=\"a.JpEg\"", "a.JpEg"),
    ("filename=\"archive.tar.jpg\"", "archive.tar.jpg"),
    ("filename=\".jpg\"", ".jpg"),
    // As browsers write a quote, and as others do.
    ("filename=\"say %22hi%22.jpg\"", "say \"hi\".jpg"),
    ("filename=\"say \\\"hi\\\".jpg\"", "say \"hi\".jpg"),
    ("filename=\"it's; a=b.jpg\"", "it's; a=b.jpg"),
    ("filename=\"100%.jpg\"", "100%.jpg"),
    ("filename=\"a?b*c<d>|e:f.jpg\"", "a?b*c<d>|e:f.jpg"),
    // Folders are cut off, of whatever system.
    ("filename=\"../../../etc/a.jpg\"", "a.jpg"),
    ("filename=\"/absolute/a.jpg\"", "a.jpg"),
    ("filename=\"C:\\fakepath\\a.jpg\"", "a.jpg"),
    ("filename=\"..\\..\\图.jpg\"", "图.jpg"),
    ("filename=\"\\\\server\\share\\a.jpg\"", "a.jpg"),
    ("filename*=UTF-8''%E5%9B%BE%E7%89%87.jpg", "图片.jpg"),
    ("filename=\"x.jpg\"; filename*=UTF-8''%E5%9B%BE.jpg", "图.jpg"),
    ("filename*=utf-8'zh-CN'%E5%9B%BE.jpg; filename=\"x.jpg\"", "图.jpg"),
    ("filename*=UTF-8''..%2F..%2Fa.jpg", "a.jpg"),
    ("filename*=UTF-8''a%00b%0D%0A.jpg", "ab.jpg"),
];

/// An upload of an image through each door, with this header of its part.
fn uploads(app: &TestApp, account: &str, disposition: &str) -> [RequestBuilder; 2] {
    let header = |field: &str| format!("Content-Disposition: form-data; name=\"{field}\"; {disposition}").into_bytes();
    let content = samples::jpeg(1_000);
    let body = shelf::form(&[(&header("file"), &content)]);
    let rest = shelf::post_form(app, &format!("/{account}/image"), body);
    let variables = json!({ "input": { "accountId": account, "file": null } });
    let graphql = operation(app, UPLOAD_IMAGE, &variables, &[("variables.input.file", &header("0"), &content)]);
    [rest, graphql]
}

async fn names_come_through_both_doors_as_they_were_meant(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let mut wrong = Vec::new();
    for (disposition, name) in NAMES {
        let [rest, graphql] = uploads(&app, &account, disposition);
        let (rest, graphql) = (app.json(rest).await, app.json(graphql).await);
        for (door, given) in
            [("REST", &rest["data"]["name"]), ("GraphQL", &graphql["data"]["uploadImage"]["image"]["name"])]
        {
            if given != name {
                wrong.push(format!("{door} {disposition}: {given}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let kept = shelf::stored(&app, &account).await["kept"].clone();
    assert_eq!(kept, 2 * NAMES.len());
}

async fn names_without_a_usable_extension_are_refused_by_both_doors(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let before = shelf::stored(&app, &account).await;
    for disposition in [
        "filename=\"a\"",
        "filename=\"a.\"",
        "filename=\"jpg\"",
        "filename=\"\"",
        "filename=\"a.jpg.png\"",
        "filename=\"a.jpg/\"",
        "filename=\"a.jpgx\"",
        "filename=\"a.jp\u{200b}g\"",
        "filename=\"a.ｊｐｇ\"",
        "filename=\"/\"",
        "filename=\"..\"",
        "filename*=UTF-8''a.png; filename=\"a.jpg\"",
    ] {
        let [rest, graphql] = uploads(&app, &account, disposition);
        assert_eq!(refused(rest, 415, disposition).await, shelf::IMAGE_REFUSAL);
        let error = app.json(graphql).await["errors"][0].take();
        assert_eq!(
            (&error["message"], &error["extensions"]["code"]),
            (&json!(shelf::IMAGE_REFUSAL), &json!("UNSUPPORTED_MEDIA_TYPE")),
            "{disposition}"
        );
    }
    assert_eq!(shelf::stored(&app, &account).await, before);
}

async fn a_name_that_is_too_long_is_refused_where_it_is_shown(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let long = format!("{}.jpg", "图".repeat(296));
    let longest = format!("{}.jpg", "图".repeat(96));
    let before = shelf::stored(&app, &account).await;
    for name in [&long, &format!("x{longest}")] {
        let [rest, graphql] = uploads(&app, &account, &format!("filename=\"{name}\""));
        let message = refused(rest, 400, name).await;
        assert!(message.starts_with("file: the file's name"), "{message}");
        let error = app.json(graphql).await["errors"][0].take();
        assert_eq!(error["extensions"]["field"], "file", "{error}");
    }
    assert_eq!(shelf::stored(&app, &account).await, before);
    let kept = material(&shelf::upload(&app, &format!("/{account}/image"), &longest, &samples::jpeg(1_000)).await);
    assert_eq!(app.get(&format!("/{account}/image/url/{}", kept.id)).await["data"]["name"], json!(longest));
    // Nobody sees the names of the others.
    material(&shelf::upload(&app, &format!("/{account}/news/image"), &long, &samples::jpeg(1_000)).await);
    let film = format!("{}.mp4", "片".repeat(5_000));
    let film = material(&shelf::upload(&app, &format!("/{account}/video/upload"), &film, &samples::mp4(1_000)).await);
    let query = "query ($id: ID!, $video: ID!) { account(id: $id) { video(id: $video) { fileName } } }";
    let video = app.data(query, json!({ "id": account, "video": film.id })).await;
    let saved_as = video["account"]["video"]["fileName"].as_str().unwrap().to_owned();
    assert!(saved_as.ends_with("片.mp4") && saved_as.chars().count() == 100, "{saved_as}");
}

async fn a_download_is_saved_under_the_name_of_the_material(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::image(&app, &account, "a.jpg").await;
    let amr = material(&shelf::upload(&app, &format!("/{account}/voice"), "a.amr", &samples::amr(3)).await);
    for (kind, id, name, written) in [
        ("image", &image.id, "海 边.jpg", "filename=\"_ _.jpg\"; filename*=UTF-8''%E6%B5%B7%20%E8%BE%B9.jpg"),
        ("image", &image.id, "海", "filename=\"_.jpg\"; filename*=UTF-8''%E6%B5%B7.jpg"),
        ("image", &image.id, "a.JPEG", "filename=\"a.JPEG\"; filename*=UTF-8''a.JPEG"),
        ("image", &image.id, "a.png", "filename=\"a.png.jpg\"; filename*=UTF-8''a.png.jpg"),
        ("image", &image.id, "\"q\" \\ ;.jpg", "filename=\"_q_ _ ;.jpg\"; filename*=UTF-8''%22q%22%20%5C%20%3B.jpg"),
        ("image", &image.id, "🎉.jpg", "filename=\"_.jpg\"; filename*=UTF-8''%F0%9F%8E%89.jpg"),
        (
            "image",
            &image.id,
            "a\r\nx-evil: 1.jpg",
            "filename=\"a__x-evil: 1.jpg\"; filename*=UTF-8''a%0D%0Ax-evil%3A%201.jpg",
        ),
        ("image", &image.id, "../x.jpg", "filename=\".._x.jpg\"; filename*=UTF-8''..%2Fx.jpg"),
        ("voice", &amr.id, "问", "filename=\"_.amr\"; filename*=UTF-8''%E9%97%AE.amr"),
        ("voice", &amr.id, "a.mp3", "filename=\"a.mp3.amr\"; filename*=UTF-8''a.mp3.amr"),
    ] {
        let path = format!("/{account}/{kind}/{id}");
        assert_eq!(app.put(&path, json!({ "name": name })).await.to_string(), shelf::OK, "{name}");
        for method in [Method::GET, Method::HEAD] {
            let response = app.rest(method, &path).send().await.unwrap();
            assert!(!response.headers().contains_key("x-evil"), "{name}");
            assert_eq!(response.headers()["content-disposition"], format!("attachment; {written}"), "{name}");
        }
    }
    let shown: Value = app.get(&format!("/{account}/image/url/{}", image.id)).await;
    assert_eq!(shown["data"]["name"], "../x.jpg");
}
