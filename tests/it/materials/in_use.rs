//! Images that articles show are not deleted by mistake.

use reqwest::Method;
use serde_json::{Value, json};

use super::shelf::{self, OK, article, refused};
use crate::support::TestApp;

on_every_database!(
    an_image_in_use_is_deleted_by_force_only,
    what_uses_an_image_no_more_does_not_hold_it,
    graphql_refuses_the_same,
    a_news_whose_cover_is_gone_still_reads,
);

async fn an_image_in_use_is_deleted_by_force_only(app: TestApp) {
    let (account, other) = (app.bind_only("gh_1").await, app.bind_only("gh_2").await);
    let drawn = shelf::article_image(&app, &account).await;
    for force in ["1", "true", "TRUE", "yes"] {
        let (cover, shown) =
            (shelf::image(&app, &account, "cover.jpg").await, shelf::image(&app, &account, "shown.jpg").await);
        let mut within = article("里面 \"100%\"", &drawn);
        within["content"] = json!(format!("<p><img alt='' src=\"{}\"></p>", shown.url));
        let news = shelf::news(&app, &account, &[article("a", &cover), within]).await;
        for (image, title) in [(&cover, "\"a\""), (&shown, "里面")] {
            let path = format!("/{account}/image/{}", image.id);
            for query in ["", "?force=0", "?force=false", "?force=", "?force=no"] {
                let message = refused(app.rest(Method::DELETE, &format!("{path}{query}")), 409, query).await;
                assert!(message.contains(title) && message.contains(&news), "{message}");
            }
            assert!(shelf::is_served(&app, &image.url).await);
            assert_eq!(app.delete(&format!("{path}?force={force}")).await.to_string(), OK, "{force}");
            assert!(!shelf::is_served(&app, &image.url).await);
            refused(app.rest(Method::GET, &path), 404, "deleted").await;
        }
    }
    // The words of others are no use: neither another account's article nor a title.
    let image = shelf::image(&app, &account, "a.jpg").await;
    let foreign = shelf::image(&app, &other, "a.jpg").await;
    let mut named = article(&image.url[image.url.len() - 40..], &foreign);
    named["content"] = json!(format!("<img src=\"{}\">", image.url));
    shelf::news(&app, &other, &[named]).await;
    let mut titled = article(&image.url[image.url.len() - 40..], &drawn);
    (titled["digest"], titled["content"]) = (json!(image.url), json!("<p>a</p>"));
    shelf::news(&app, &account, &[titled]).await;
    assert_eq!(app.delete(&format!("/{account}/image/{}", image.id)).await.to_string(), OK);
}

async fn what_uses_an_image_no_more_does_not_hold_it(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let (image, drawn) = (shelf::image(&app, &account, "a.jpg").await, shelf::article_image(&app, &account).await);
    let path = format!("/{account}/image/{}", image.id);
    let edited = shelf::news(&app, &account, &[article("a", &image)]).await;
    let shortened = shelf::news(&app, &account, &[article("b", &drawn), article("c", &image)]).await;
    let deleted = shelf::news(&app, &account, &[article("d", &image)]).await;
    refused(app.rest(Method::DELETE, &path), 409, "three").await;
    app.put(&format!("/{account}/news/single/{edited}"), article("a", &drawn)).await;
    refused(app.rest(Method::DELETE, &path), 409, "two").await;
    app.put(&format!("/{account}/news/single/{shortened}"), article("b", &drawn)).await;
    let message = refused(app.rest(Method::DELETE, &path), 409, "one").await;
    assert!(message.contains(&deleted) && !message.contains(&edited) && !message.contains(&shortened), "{message}");
    app.delete(&format!("/{account}/news/{deleted}")).await;
    assert_eq!(app.delete(&path).await.to_string(), OK);
}

async fn graphql_refuses_the_same(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::image(&app, &account, "a.jpg").await;
    shelf::news(&app, &account, &[article("a", &image)]).await;
    let query = "mutation ($input: DeleteMediaInput!) { deleteImage(input: $input) { image { id name url } } }";
    let input = json!({ "accountId": account, "id": image.id });
    let error = app.error(query, json!({ "input": input })).await;
    assert_eq!(error["extensions"]["code"], "CONFLICT", "{error}");
    let forced = json!({ "accountId": account, "id": image.id, "force": true });
    let data = app.data(query, json!({ "input": forced })).await;
    assert_eq!(data["deleteImage"]["image"], json!({ "id": image.id, "name": "a.jpg", "url": image.url }));
    let error = app.error(query, json!({ "input": forced })).await;
    assert_eq!(error["extensions"]["code"], "NOT_FOUND", "{error}");
}

async fn a_news_whose_cover_is_gone_still_reads(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::image(&app, &account, "a.jpg").await;
    let news = shelf::news(&app, &account, &[article("a", &image)]).await;
    assert_eq!(app.delete(&format!("/{account}/image/{}?force=1", image.id)).await.to_string(), OK);
    let read = &shelf::articles(&app, &account, &news).await[0];
    assert_eq!((&read["image_id"], &read["url"], &read["title"]), (&json!(image.id), &Value::Null, &json!("a")));
    let listed = app.get(&format!("/{account}/news")).await;
    assert_eq!(listed["data"]["news"][&news][0]["url"], Value::Null);
    let query = "query ($a: ID!, $id: ID!) { account(id: $a) { newsById(id: $id) {
        articles { coverImageId coverUrl coverImage { id } } } } }";
    let data = app.data(query, json!({ "a": account, "id": news })).await;
    assert_eq!(
        data["account"]["newsById"]["articles"],
        json!([{ "coverImageId": image.id, "coverUrl": null, "coverImage": null }])
    );
    let page = app.http.get(read["article_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(!page.text().await.unwrap().contains("<img"));
    // It stays editable with that cover; another news cannot have it.
    let answer = app.put(&format!("/{account}/news/single/{news}"), article("b", &image)).await;
    assert_eq!(answer["code"], 200, "{answer}");
    let request = app.rest(Method::POST, &format!("/{account}/news/single")).json(&article("a", &image));
    let message = refused(request, 400, "the cover is gone").await;
    assert!(message.starts_with("image_id: "), "{message}");
}
