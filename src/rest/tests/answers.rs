//! The shape of answers.

use serde_json::json;

use super::Server;

#[tokio::test]
async fn a_page_reads_like_the_document() {
    let server = Server::start().await;
    let answer = server.get("/v1/l1/shelf?limit=1").await;
    let expected = "{\"code\":200,\"message\":\"OK\",\"data\":{\"shelf\":[{\"id\":\"s1\",\"name\":\"Upper\"}],\
                    \"pagination\":{\"index\":1,\"size\":1,\"count\":2}}}";
    assert_eq!(answer.body, expected);
    assert_eq!(answer.headers["x-toy"], "yes", "headers of the execution are passed on");
}

#[tokio::test]
async fn every_presentation_directive_does_what_it_says() {
    let server = Server::start().await;
    let answer = server.get("/v1/l1/shelf/s1").await;
    let sea = json!({
        "id": "b1", "genre": "novel", "genre_code": 1, "raw": "NOVEL", "added": 1_403_163_520_123_i64,
        "added_at": "2014-06-19T07:38:40.123+00:00", "the-title": "Sea", "author_name": "李白", "author_born": 701
    });
    let sky = json!({
        "id": "b2", "genre": "poetry", "genre_code": 2, "raw": "POETRY", "added": 1_403_163_520_123_i64,
        "added_at": "2014-06-19T07:38:40.123+00:00", "the-title": "Sky", "author_name": null, "author_born": null
    });
    let expected = json!({
        "id": "s1",
        "name": "Upper",
        "labels": "a\"b,,c",
        "joined": "a\"b \"  \" c",
        "titles": ["Sea", "Sky"],
        "all_titles": "Sea、Sky",
        "book": [sea, sky],
        "by_id": {"b1": {"title": "Sea"}, "b2": {"title": "Sky"}},
        "kept": {"Sea": {"title": "Sea", "pages": 12}, "Sky": {"title": "Sky", "pages": 12}},
        "pages_by_id": {"b1": 12, "b2": 12}
    });
    assert_eq!(answer.data(), expected);
    let order: Vec<String> = answer.data().as_object().unwrap().keys().cloned().collect();
    assert_eq!(order, expected.as_object().unwrap().keys().cloned().collect::<Vec<_>>());
    assert!(answer.body.contains("李白"), "only what JSON demands is escaped");
}

#[tokio::test]
async fn an_empty_list_is_left_out_only_where_the_document_says_so() {
    let server = Server::start().await;
    let data = server.get("/v1/l1/shelf/s2").await.data();
    assert_eq!(data.get("book"), None);
    assert_eq!((&data["labels"], &data["titles"], &data["by_id"]), (&json!(""), &json!([]), &json!({})));
}

#[tokio::test]
async fn members_of_a_union_follow_the_type() {
    let server = Server::start().await;
    let expected = json!([
        {"kind": "book", "id": "b1", "title": "山\u{1f600}\"\n", "url": "山\u{1f600}\"\n", "length": 12},
        {"kind": "recording", "id": "r1", "url": "Wave", "length": 1.5}
    ]);
    assert_eq!(server.get("/v1/l1/works").await.data(), expected);
}

#[tokio::test]
async fn a_spread_union_flattens_into_its_parent_and_vanishes_when_null() {
    let server = Server::start().await;
    let expected = json!([
        {"id": "1", "title": "Sea", "added": 1_403_163_520_123_i64},
        {"id": "2", "label": "Wave", "seconds": 1.5},
        {"id": "3"}
    ]);
    assert_eq!(server.get("/v1/l1/loans").await.data(), expected);
}

#[tokio::test]
async fn a_null_on_the_way_is_null_or_not_found_as_the_route_says() {
    let server = Server::start().await;
    assert_eq!(server.get("/v1/l1/shelf/s9/or-null").await.data(), json!(null));
    assert_eq!(server.get("/v1/l9/shelf/s1/or-null").await.data(), json!(null));
    for uri in ["/v1/l1/shelf/s9", "/v1/l9/shelf/s1"] {
        assert_eq!(server.get(uri).await.failure(), (404, "the shelf does not exist".to_owned()));
    }
}

#[tokio::test]
async fn without_a_path_data_is_null() {
    let server = Server::start().await;
    assert_eq!(server.get("/v1/remove/s1").await.body, "{\"code\":200,\"message\":\"OK\",\"data\":null}");
}
