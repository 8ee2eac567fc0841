//! Every documented route and every parameter of it, refused one at a time.
//!
//! The bad values follow from what [`table`] says about each parameter. The list of routes and the OpenAPI document of
//! the program prove that the table is whole.

use std::collections::BTreeSet;

use odaesan::server::{Operations, RestOptions, adapter};
use serde_json::{Value, json};

use super::parameters::{BLANK, OTHER_FORMAT, Parameter, Place, Sent, TOO_LARGE, Takes};
use super::room::{Account, Room, ask};
use super::table::{Body, Route, table};
use crate::support::{Backend, TestApp};

on_every_database!(
    every_parameter_of_every_route_is_checked,
    every_body_must_be_json_of_the_right_type,
    another_account_is_out_of_reach,
    an_id_must_match_to_the_last_character,
    a_blank_account_id_is_refused_by_name,
    a_blank_segment_of_a_path_is_refused,
);

/// Of a mass send that nobody would receive.
pub(super) const NOBODY: &str = "invalid openid list under selection condition";

async fn every_parameter_of_every_route_is_checked(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    for route in table(&room) {
        for parameter in &route.parameters {
            let context = format!("{} {}", route.route, parameter.name);
            for (sent, code) in parameter.refused() {
                let context = format!("{context} = {}", format!("{sent:?}").chars().take(80).collect::<String>());
                let bad = Some((parameter.name, parameter.place, sent));
                let answer = ask(route.request(&room.app, bad)).await;
                answer.is_refusal(code, &context);
                match code {
                    // Nobody is in such a group, in the words of the replaced service.
                    400 if matches!(parameter.takes, Takes::Audience) && answer.message() == NOBODY => {}
                    400 => answer.names(&route.spelled(parameter), &context),
                    TOO_LARGE => assert_eq!(answer.message(), "file size exceeded limit", "{context}"),
                    OTHER_FORMAT => assert!(answer.message().starts_with("only "), "{context}: {}", answer.body),
                    _ => assert!(answer.message().ends_with("does not exist"), "{context}: {}", answer.body),
                }
            }
            room.is_as_it_was(&before, &context).await;
        }
    }
}

async fn every_body_must_be_json_of_the_right_type(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let malformed: [&[u8]; 15] = [
        b"{",
        b"}",
        b"{\"",
        b"{\"name\":\"a\"",
        b"{\"name\":\"a\",}",
        b"{name:'a'}",
        b"name=a",
        b"{}{}",
        b" ",
        b"\r\n\t",
        b"\xef\xbb\xbf",
        b"\xff\xfe{}",
        b"{\"name\":\"\xff\"}",
        b"{\"name\":NaN}",
        b"nul",
    ];
    let other_types: [&[u8]; 7] =
        [b"[]", b"[{\"name\":\"a\"}]", b"\"a\"", b"5", b"-1.5", b"true", b"\"\\ud83d\\ude00\""];
    let deep = "[".repeat(200_000);
    let deep =
        [deep.clone(), format!("{deep}{}", "]".repeat(200_000)), format!("{{\"name\":{deep}{}}}", "]".repeat(200_000))];
    for route in table(&room).into_iter().filter(Route::takes_json) {
        let first = route.parameters.iter().find(|parameter| parameter.place == Place::Body).unwrap();
        for bytes in malformed.iter().chain(&other_types).copied().chain(deep.iter().map(String::as_bytes)) {
            let shown: String = String::from_utf8_lossy(bytes).chars().take(40).collect();
            let context = format!("{} {shown:?}", route.route);
            let answer = ask(route.with_body(&room.app, bytes.to_vec(), "application/json")).await;
            answer.is_refusal(400, &context);
            if other_types.contains(&bytes) {
                let is_list_of_objects = route.body == Body::List && bytes.starts_with(b"[{");
                answer.names(if is_list_of_objects { "[0].title" } else { "body" }, &context);
            }
        }
        for bytes in [&b"{}"[..], b"null", b"{\"more\":1}", b"{\"NAME\":\"a\",\"Content\":\"a\",\"ID\":\"a\"}"] {
            let answer = ask(route.with_body(&room.app, bytes.to_vec(), "application/json")).await;
            answer.is_refusal(400, route.route);
            // Null is an object without members, and no parameter.
            let is_nothing = route.body != Body::Members && bytes == b"null";
            answer.names(if is_nothing { "body" } else { first.name }, route.route);
        }
        for content_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "application/jsonx",
            "text/json",
            "json",
            "*/*",
            "application/octet-stream",
        ] {
            let context = format!("{} {content_type}", route.route);
            let fine = route.json(None).to_string().into_bytes();
            let answer = ask(route.with_body(&room.app, fine, content_type)).await;
            answer.is_refusal(415, &context);
            assert!(answer.message().contains("application/json"), "{context}: {}", answer.body);
        }
        room.is_as_it_was(&before, route.route).await;
    }
}

async fn another_account_is_out_of_reach(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let other = &room.other;
    for route in table(&room) {
        let object = |parameter: &Parameter| match (parameter.name, parameter.place) {
            ("id", Place::Path) => of_kind(other, &route),
            ("group", _) | ("group_id", _) => Some(&other.group),
            ("openid", _) => Some(&other.openids[0]),
            ("image_id", _) => Some(&other.article_image),
            ("menu_id" | "parent_id", _) => Some(&other.button),
            ("reply_id" | "msg_id", _) => Some(&other.text),
            ("id", Place::Body) if matches!(parameter.takes, Takes::Article) => Some(&other.article),
            _ => None,
        };
        for parameter in &route.parameters {
            let Some(foreign) = object(parameter) else { continue };
            let context = format!("{} {}", route.route, parameter.name);
            let bad = Some((parameter.name, parameter.place, Sent::This(json!(foreign))));
            let answer = ask(route.request(&room.app, bad)).await;
            match parameter.takes {
                Takes::Audience => {
                    answer.is_refusal(400, &context);
                    assert_eq!(answer.message(), NOBODY);
                    continue;
                }
                // WeChat knows no such follower.
                Takes::Addressee => {
                    answer.is_refusal(502, &context);
                    assert!(answer.message().contains("40003"), "{context}: {}", answer.body);
                    continue;
                }
                Takes::Cover | Takes::Article => {
                    answer.is_refusal(400, &context);
                    answer.names(&route.spelled(parameter), &context);
                }
                _ => answer.is_refusal(404, &context),
            }
            assert!(answer.message().contains(foreign), "{context}: {}", answer.body);
        }
        room.is_as_it_was(&before, route.route).await;
    }
}

/// An object of the account of the kind that the route's path names.
fn of_kind<'a>(account: &'a Account, route: &Route) -> Option<&'a String> {
    match route.template().split('/').nth(3)? {
        "group" => Some(&account.group),
        "text" => Some(&account.text),
        "user" => Some(&account.openids[0]),
        "image" => Some(&account.image),
        "voice" => Some(&account.voice),
        "video" => Some(&account.video),
        "news" => Some(&account.news),
        "keyword" => Some(&account.rule),
        "menu" => Some(&account.button),
        "masssend" => Some(&account.mass_send),
        _ => None,
    }
}

async fn an_id_must_match_to_the_last_character(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    for route in table(&room) {
        for parameter in route.parameters.iter().filter(|parameter| parameter.place == Place::Path) {
            let fine = parameter.id();
            let flipped: String = fine
                .chars()
                .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
                .collect();
            for close in
                [flipped, format!("{fine} "), format!(" {fine}"), format!("{fine}\t"), format!("{fine}\u{301}")]
            {
                let context = format!("{} {} = {close:?}", route.route, parameter.name);
                let bad = Some((parameter.name, Place::Path, Sent::This(json!(close))));
                ask(route.request(&room.app, bad)).await.is_refusal(404, &context);
                room.is_as_it_was(&before, &context).await;
            }
        }
    }
}

async fn a_blank_account_id_is_refused_by_name(app: TestApp) {
    let room = Room::furnish(app).await;
    let table = table(&room);
    let fillin = table.iter().find(|route| route.route.ends_with("FillInCredentials")).unwrap();
    for blank in BLANK {
        let answer = ask(fillin.request(&room.app, Some(("id", Place::Body, Sent::This(json!(blank)))))).await;
        answer.is_refusal(400, blank);
        answer.names("id", blank);
    }
}

/// Whether it counts as missing or as unknown is the route's business.
async fn a_blank_segment_of_a_path_is_refused(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    for route in table(&room) {
        for parameter in route.parameters.iter().filter(|parameter| parameter.place == Place::Path) {
            for blank in [" ", "\u{3000}"] {
                let bad = Some((parameter.name, Place::Path, Sent::This(json!(blank))));
                let answer = ask(route.request(&room.app, bad)).await;
                assert!(matches!(answer.code(), 400 | 404), "{} {}: {}", route.route, parameter.name, answer.body);
            }
        }
    }
    room.is_as_it_was(&before, "blank segments").await;
}

/// The program's own list of routes against the table: a new route needs a line there.
#[tokio::test]
async fn no_route_and_no_parameter_is_forgotten() {
    let adapter = adapter(Operations::unconnected(), RestOptions::default()).await.unwrap();
    let app = TestApp::start(Backend::Sqlite).await.unwrap();
    let room = Room::furnish(app).await;
    let table = table(&room);
    let served: BTreeSet<String> =
        adapter.routes().map(|route| format!("{} {} {}", route.method, route.path, route.operation)).collect();
    let tested: BTreeSet<String> = table.iter().map(|route| route.route.to_owned()).collect();
    assert_eq!(tested, served);
    assert!(table.iter().all(|route| route.parameters.iter().any(|parameter| !parameter.refused().is_empty())));

    let paths = adapter.openapi()["paths"].as_object().unwrap();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().replace("infoId", "info_id");
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let members = members(adapter.openapi(), &operation["requestBody"]["content"]);
            let documented: BTreeSet<String> =
                parameters.iter().map(|parameter| text(&parameter["name"])).chain(members).collect();
            let of_route =
                |route: &&Route| route.template() == path && route.method().as_str().eq_ignore_ascii_case(method);
            let tested: BTreeSet<String> = table
                .iter()
                .filter(of_route)
                .flat_map(|route| &route.parameters)
                .map(|parameter| parameter.name.to_owned())
                .collect();
            assert_eq!(tested, documented, "{method} {path}");
        }
    }
}

/// The members that the OpenAPI document names for a body: of an object, of the objects of a list, or of a form.
fn members(openapi: &Value, content: &Value) -> Vec<String> {
    let types = ["application/json", "multipart/form-data"];
    let Some(schema) = types.iter().find_map(|media_type| content.get(media_type)) else { return Vec::new() };
    let schema = &schema["schema"];
    let schema = schema.get("items").unwrap_or(schema);
    let schema = match schema.get("$ref") {
        Some(reference) => openapi.pointer(reference.as_str().unwrap().trim_start_matches('#')).unwrap(),
        None => schema,
    };
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}
