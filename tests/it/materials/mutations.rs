//! Changes of materials through GraphQL: what they answer, and which field an error names.

use serde_json::{Value, json};

use super::shelf;
use crate::support::TestApp;

on_every_database!(
    materials_are_renamed_captioned_and_deleted,
    an_error_names_the_article_and_the_field,
    a_given_article_id_keeps_the_article,
    deletions_leave_a_trail,
);

const CREATE: &str = "mutation ($input: CreateNewsInput!) { createNews(input: $input) { news {
    id createdAt updatedAt articles { id position title author digest content contentSourceUrl showCoverPic coverImageId } } } }";
const REPLACE: &str = "mutation ($input: ReplaceNewsInput!) { replaceNews(input: $input) { news {
    id articles { id title } } } }";

async fn materials_are_renamed_captioned_and_deleted(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let (image, voice) = (shelf::image(&app, &account, "a.jpg").await, shelf::voice(&app, &account, "a.mp3").await);
    let film = shelf::video(&app, &account).await;
    for (kind, material) in [("image", &image), ("voice", &voice)] {
        let name = format!("{}{}", kind[..1].to_uppercase(), &kind[1..]);
        let rename = format!(
            "mutation ($input: RenameMediaInput!) {{ rename{name}(input: $input) {{ {kind} {{ id name url fileName }} }} }}"
        );
        let input = json!({ "accountId": account, "id": material.id, "name": "  新 名 " });
        let data = app.data(&rename, json!({ "input": input })).await;
        let extension = if kind == "image" { "jpg" } else { "mp3" };
        assert_eq!(
            data[format!("rename{name}")][kind],
            json!({ "id": material.id, "name": "新 名", "url": material.url, "fileName": format!("新 名.{extension}") })
        );
        let input = json!({ "accountId": account, "id": material.id, "name": "" });
        let error = app.error(&rename, json!({ "input": input })).await;
        assert_eq!(
            (&error["extensions"]["field"], &error["extensions"]["code"]),
            (&json!("name"), &json!("BAD_USER_INPUT"))
        );
        // The other kind has no such id.
        let other = if kind == "image" { &voice } else { &image };
        let input = json!({ "accountId": account, "id": other.id, "name": "x" });
        assert_eq!(app.error(&rename, json!({ "input": input })).await["extensions"]["code"], "NOT_FOUND");
    }
    let update =
        "mutation ($input: UpdateVideoInput!) { updateVideo(input: $input) { video { title description url } } }";
    for (input, title, description) in [
        (json!({ "title": "a", "description": "b" }), "a", "b"),
        (json!({ "description": "c" }), "a", "c"),
        (json!({ "title": null, "description": null }), "a", "c"),
        (json!({ "title": "" }), "", "c"),
        (json!({}), "", "c"),
    ] {
        let mut input = input;
        (input["accountId"], input["id"]) = (json!(account), json!(film.id));
        let data = app.data(update, json!({ "input": input })).await;
        let expected = json!({ "title": title, "description": description, "url": film.url });
        assert_eq!(data["updateVideo"]["video"], expected, "{input}");
    }
    for (kind, material) in [("Image", &image), ("Voice", &voice), ("Video", &film)] {
        let member = kind.to_lowercase();
        let delete = format!(
            "mutation ($input: DeleteMediaInput!) {{ delete{kind}(input: $input) {{ {member} {{ id url sha256 }} }} }}"
        );
        let input = json!({ "input": { "accountId": account, "id": material.id } });
        let data = app.data(&delete, input.clone()).await;
        let deleted = &data[format!("delete{kind}")][&member];
        assert_eq!((&deleted["id"], &deleted["url"]), (&json!(material.id), &json!(material.url)));
        assert_eq!(deleted["sha256"].as_str().unwrap().len(), 64, "as it was: {deleted}");
        assert_eq!(app.error(&delete, input).await["extensions"]["code"], "NOT_FOUND");
    }
}

fn input(title: &str, image: &str) -> Value {
    json!({ "title": title, "coverImageId": image, "content": format!("<p>{title}</p>") })
}

async fn an_error_names_the_article_and_the_field(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::article_image(&app, &account).await;
    let kept =
        app.data(CREATE, json!({ "input": { "accountId": account, "articles": [input("a", &image.id)] } })).await;
    let news = kept["createNews"]["news"]["id"].as_str().unwrap();
    let before = shelf::stored(&app, &account).await;
    for (member, value) in [
        ("title", json!("")),
        ("title", json!("题".repeat(101))),
        ("author", json!("者".repeat(101))),
        ("digest", json!("摘".repeat(501))),
        ("content", json!(" ")),
        ("content", json!("x".repeat((1 << 20) + 1))),
        ("contentSourceUrl", json!("u".repeat(2_001))),
        ("coverImageId", json!("nobody")),
        ("coverImageId", json!("")),
        ("id", json!("nobody")),
    ] {
        let mut wrong = input("b", &image.id);
        wrong[member] = value;
        let articles = json!([input("a", &image.id), wrong]);
        for (query, input) in [
            (CREATE, json!({ "accountId": account, "articles": articles })),
            (REPLACE, json!({ "accountId": account, "id": news, "articles": articles })),
        ] {
            let error = app.error(query, json!({ "input": input })).await;
            let field = format!("articles[1].{member}");
            assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
            assert_eq!(error["extensions"]["field"], json!(field), "{error}");
            assert!(error["message"].as_str().unwrap().starts_with(&format!("{field}: ")), "{error}");
        }
    }
    for count in [0, 9] {
        let articles = vec![input("a", &image.id); count];
        let error = app.error(CREATE, json!({ "input": { "accountId": account, "articles": articles } })).await;
        assert_eq!(error["extensions"]["field"], "articles", "{error}");
    }
    assert_eq!(shelf::stored(&app, &account).await, before);
}

async fn a_given_article_id_keeps_the_article(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::article_image(&app, &account).await;
    let articles = json!([input("a", &image.id), input("b", &image.id)]);
    let data = app.data(CREATE, json!({ "input": { "accountId": account, "articles": articles } })).await;
    let news = &data["createNews"]["news"];
    assert_eq!(
        news["articles"][1],
        json!({
            "id": news["articles"][1]["id"], "position": 2, "title": "b", "author": null, "digest": "",
            "content": "<p>b</p>", "contentSourceUrl": null, "showCoverPic": true, "coverImageId": image.id,
        })
    );
    assert_eq!(news["createdAt"], news["updatedAt"]);
    let (a, b) = (&news["articles"][0]["id"], &news["articles"][1]["id"]);
    let mut named = [input("b", &image.id), input("c", &image.id), input("d", &image.id)];
    (named[0]["id"], named[2]["id"]) = (a.clone(), b.clone());
    let replace =
        |articles: Value| json!({ "input": { "accountId": account, "id": news["id"], "articles": articles } });
    let data = app.data(REPLACE, replace(json!(named))).await;
    let articles = &data["replaceNews"]["news"]["articles"];
    assert_eq!((&articles[0]["id"], &articles[2]["id"]), (a, b), "an id counts more than a title");
    // One that stands twice is refused.
    named[1]["id"] = a.clone();
    let error = app.error(REPLACE, replace(json!(named))).await;
    assert_eq!(error["extensions"]["field"], "articles", "{error}");
    // The id of an article of another news is none of this one.
    let other =
        app.data(CREATE, json!({ "input": { "accountId": account, "articles": [input("z", &image.id)] } })).await;
    named[1]["id"] = other["createNews"]["news"]["articles"][0]["id"].clone();
    let error = app.error(REPLACE, replace(json!(named))).await;
    assert_eq!(error["extensions"]["field"], "articles[1].id", "{error}");
}

async fn deletions_leave_a_trail(app: TestApp) {
    use sea_orm::EntityTrait as _;

    let account = app.bind_only("gh_1").await;
    let image = shelf::image(&app, &account, "a.jpg").await;
    let news = shelf::news(&app, &account, &[shelf::article("a", &image)]).await;
    app.delete(&format!("/{account}/image/{}", image.id)).await;
    app.delete(&format!("/{account}/news/{news}")).await;
    app.delete(&format!("/{account}/image/{}", image.id)).await;
    let trail = entity::audit::Entity::find().all(&shelf::database(&app).await).await.unwrap();
    let mut told: Vec<_> = trail.iter().filter(|row| row.action.ends_with(".delete")).collect();
    told.sort_by(|one, other| one.id.cmp(&other.id));
    let told: Vec<_> = told.iter().map(|row| (row.action.as_str(), row.object_id.as_deref())).collect();
    assert_eq!(told, [("news.delete", Some(news.as_str())), ("image.delete", Some(image.id.as_str()))]);
}
