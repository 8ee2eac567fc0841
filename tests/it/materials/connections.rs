//! Lists of materials through GraphQL.

use serde_json::{Value, json};

use super::shelf::{self, article};
use crate::support::TestApp;

on_every_database!(
    every_list_is_walked_in_both_directions,
    a_cursor_stays_right_while_materials_come_and_go,
    numbered_pages_have_the_same_order,
    single_reads_find_what_belongs_to_the_account,
);

fn list_query(list: &str) -> String {
    format!(
        "query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {{ account(id: $id) {{
            list: {list}(first: $first, after: $after, last: $last, before: $before) {{
                totalCount nodes {{ id }} edges {{ cursor node {{ id }} }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
    )
}

async fn window(app: &TestApp, list: &str, variables: Value) -> (Vec<String>, Value) {
    let mut data = app.data(&list_query(list), variables).await;
    let list = &mut data["account"]["list"];
    let ids: Vec<_> =
        list["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
    let edges = list["edges"].as_array().unwrap();
    assert!(edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap()).eq(ids.iter().map(String::as_str)));
    assert_eq!(list["pageInfo"]["startCursor"], edges.first().map_or(Value::Null, |edge| edge["cursor"].clone()));
    assert_eq!(list["pageInfo"]["endCursor"], edges.last().map_or(Value::Null, |edge| edge["cursor"].clone()));
    (ids, list["pageInfo"].take())
}

/// Ten of everything. Returns the ids of each list, as it shows them.
async fn furnish(app: &TestApp, account: &str) -> Vec<(&'static str, Vec<String>)> {
    let mut lists: Vec<(&str, Vec<String>)> = ["images", "voices", "videos", "news"].map(|list| (list, vec![])).into();
    for number in 0..10 {
        let image = shelf::image(app, account, &format!("{number}.jpg")).await;
        let news = shelf::news(app, account, &[article("a", &image)]).await;
        let (voice, video) = (shelf::voice(app, account, "a.mp3").await, shelf::video(app, account).await);
        for ((_, ids), id) in lists.iter_mut().zip([image.id, voice.id, video.id, news]) {
            ids.insert(0, id);
        }
    }
    lists
}

async fn every_list_is_walked_in_both_directions(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    for (list, all) in furnish(&app, &account).await {
        let (mut forward, mut after) = (Vec::new(), Value::Null);
        loop {
            let (ids, info) = window(&app, list, json!({ "id": account, "first": 3, "after": after })).await;
            assert_eq!(info["hasPreviousPage"], !forward.is_empty(), "{list}");
            forward.extend(ids);
            if info["hasNextPage"] == false {
                break;
            }
            after = info["endCursor"].clone();
        }
        assert_eq!(forward, all, "{list}");
        let (mut backward, mut before) = (Vec::new(), Value::Null);
        loop {
            let (ids, info) = window(&app, list, json!({ "id": account, "last": 3, "before": before })).await;
            assert_eq!(info["hasNextPage"], !backward.is_empty(), "{list}");
            backward = [ids, backward].concat();
            if info["hasPreviousPage"] == false {
                break;
            }
            before = info["startCursor"].clone();
        }
        assert_eq!(backward, all, "{list}");
        for wrong in
            [json!({ "first": -1 }), json!({ "first": 101 }), json!({ "after": "x" }), json!({ "first": 1, "last": 1 })]
        {
            let mut variables = json!({ "id": account });
            variables.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
            let error = app.error(&list_query(list), variables).await;
            assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{list} {wrong}: {error}");
        }
    }
}

async fn a_cursor_stays_right_while_materials_come_and_go(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let lists = furnish(&app, &account).await;
    for (list, all) in &lists {
        let (first, info) = window(&app, list, json!({ "id": account, "first": 4 })).await;
        assert_eq!(first, all[..4]);
        // The row that the cursor names goes, and the one behind it; another one comes.
        let kind = list.trim_end_matches('s');
        for id in &all[3..5] {
            let kind = if *list == "news" { "news" } else { kind };
            let answer = app.delete(&format!("/{account}/{kind}/{id}?force=1")).await;
            assert_eq!(answer["code"], 200, "{answer}");
        }
        match *list {
            "images" => drop(shelf::image(&app, &account, "new.jpg").await),
            "voices" => drop(shelf::voice(&app, &account, "new.mp3").await),
            "videos" => drop(shelf::video(&app, &account).await),
            _ => {
                let image = shelf::article_image(&app, &account).await;
                shelf::news(&app, &account, &[article("new", &image)]).await;
            }
        }
        let (next, _) = window(&app, list, json!({ "id": account, "first": 4, "after": info["endCursor"] })).await;
        assert_eq!(next, all[5..9], "{list}");
        let (back, _) = window(&app, list, json!({ "id": account, "last": 10, "before": info["endCursor"] })).await;
        assert_eq!(back[1..], all[..3], "{list}: the new one stands in front");
    }
    // A cursor of one list is none of an account that has other rows: it shows what comes after that instant.
    let (_, info) = window(&app, "images", json!({ "id": account, "first": 1 })).await;
    let other = app.bind_only("gh_2").await;
    let (none, _) = window(&app, "images", json!({ "id": other, "first": 9, "after": info["endCursor"] })).await;
    assert!(none.is_empty());
}

async fn numbered_pages_have_the_same_order(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    for (list, all) in furnish(&app, &account).await {
        let page = if list == "news" { "newsPage".to_owned() } else { format!("{}Page", list.trim_end_matches('s')) };
        let query = format!(
            "query ($id: ID!, $index: Int!, $size: Int!) {{ account(id: $id) {{
                list: {page}(index: $index, size: $size) {{ nodes {{ id }} pagination {{ index size count }} }} }} }}"
        );
        for (index, size, from, to) in [(1, 4, 0, 4), (3, 4, 8, 10), (4, 4, 10, 10), (1, 100, 0, 10)] {
            let data = app.data(&query, json!({ "id": account, "index": index, "size": size })).await;
            let nodes = data["account"]["list"]["nodes"].as_array().unwrap();
            let ids: Vec<_> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
            assert_eq!(ids, all[from..to], "{page} {index} {size}");
            let pagination = json!({ "index": index, "size": size, "count": 10 });
            assert_eq!(data["account"]["list"]["pagination"], pagination, "{page}");
        }
    }
}

async fn single_reads_find_what_belongs_to_the_account(app: TestApp) {
    let (account, other) = (app.bind_only("gh_1").await, app.bind_only("gh_2").await);
    let image = shelf::image(&app, &account, "a.jpg").await;
    let drawn = shelf::article_image(&app, &account).await;
    let (voice, film) = (shelf::voice(&app, &account, "a.mp3").await, shelf::video(&app, &account).await);
    let news = shelf::news(&app, &account, &[article("a", &image), article("b", &drawn)]).await;
    let articles = shelf::articles(&app, &account, &news).await;
    let second = articles[1]["id"].as_str().unwrap();
    for (field, id) in [
        ("image", &*image.id),
        ("image", &*drawn.id),
        ("voice", &*voice.id),
        ("video", &*film.id),
        ("newsById", &*news),
        ("article", second),
    ] {
        let query = format!("query ($a: ID!, $id: ID!) {{ account(id: $a) {{ it: {field}(id: $id) {{ id }} }} }}");
        let data = app.data(&query, json!({ "a": account, "id": id })).await;
        assert_eq!(data["account"]["it"]["id"], id, "{field}");
        for (owner, id) in [(&other, id), (&account, "nobody"), (&account, &*id.to_uppercase()), (&account, "\0")] {
            let error = app.error(&query, json!({ "a": owner, "id": id })).await;
            assert_eq!(error["extensions"]["code"], "NOT_FOUND", "{field} {id:?}: {error}");
        }
    }
    let query = "query ($a: ID!, $id: ID!) { account(id: $a) { article(id: $id) {
        title position content news { id articles { id } } coverImage { id purpose url } coverImageId coverUrl url } } }";
    let data = app.data(query, json!({ "a": account, "id": second })).await;
    assert_eq!(
        data["account"]["article"],
        json!({
            "title": "b", "position": 2, "content": "<p>b</p>",
            "news": { "id": news, "articles": [{ "id": articles[0]["id"] }, { "id": second }] },
            "coverImage": { "id": drawn.id, "purpose": "ARTICLE", "url": drawn.url }, "coverImageId": drawn.id,
            "coverUrl": drawn.url, "url": articles[1]["article_url"],
        })
    );
    app.delete(&format!("/{account}/news/{news}")).await;
    for field in ["newsById", "article"] {
        let query = format!("query ($a: ID!, $id: ID!) {{ account(id: $a) {{ it: {field}(id: $id) {{ id }} }} }}");
        let id = if field == "article" { second } else { &news };
        let error = app.error(&query, json!({ "a": account, "id": id })).await;
        assert_eq!(error["extensions"]["code"], "NOT_FOUND", "{field}");
    }
}
