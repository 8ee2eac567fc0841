//! Every GraphQL mutation and every field of its input, refused one at a time.
//!
//! As with the routes, a table says what a field takes and gives a value that is fine. The schema, asked by introspection,
//! proves that the table is whole.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::inputs::{Mutation, Takes, table};
use super::room::{Account, Answer, Room};
use super::routes::NOBODY;
use crate::support::TestApp;

on_every_database!(
    every_field_of_every_mutation_is_checked,
    a_field_that_is_missing_is_named,
    an_input_must_be_an_object_of_known_fields,
    objects_of_other_accounts_are_out_of_reach,
    no_mutation_and_no_field_is_forgotten,
);

fn is_error(answer: &Answer, code: &str, context: &str) {
    let error = answer.error();
    assert_eq!(error["extensions"]["code"], code, "{context}: {}", answer.body);
    let data = answer.body["data"].as_object();
    assert!(data.is_none_or(|data| data.values().all(Value::is_null)), "{context}: {}", answer.body);
}

/// The error names the field: `name`, or where in the input it lies, `input.name`. Of articles it names the second one.
fn names(answer: &Answer, field: &str, context: &str) {
    let named = answer.error()["extensions"]["field"].as_str().unwrap_or_default();
    if let Some((list, member)) = field.split_once('.') {
        return assert_eq!(named, format!("{list}[1].{member}"), "{context}: {}", answer.body);
    }
    assert!(named.split(['.', '[']).any(|part| part == field), "{context}: {}", answer.body);
    assert!(answer.error()["message"].as_str().unwrap().contains(field), "{context}: {}", answer.body);
}

async fn every_field_of_every_mutation_is_checked(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    for mutation in table(&room) {
        for (field, takes, fine) in &mutation.fields {
            let context = |value: &Value| {
                format!("{} {field} = {}", mutation.name, value.to_string().chars().take(80).collect::<String>())
            };
            for value in takes.unusable(fine) {
                let context = context(&value);
                let answer = mutation.with(&room, field, Some(value)).await;
                is_error(&answer, "BAD_USER_INPUT", &context);
                // Of what is no object, or no list of objects, the library names the input, and the type that it wanted.
                let error = answer.error();
                let wanted = match takes {
                    Takes::Articles => Some("\"[ArticleInput!]\""),
                    Takes::Keywords => Some("\"[KeywordInput!]\""),
                    Takes::Reply | Takes::OptionalReply => Some("\"ReplyInput\""),
                    _ => None,
                };
                let message = error["message"].as_str().unwrap();
                let by_type = wanted.is_some_and(|wanted| message.contains(wanted));
                let by_words = matches!(takes, Takes::Audience) && message == NOBODY;
                if by_words {
                    assert_eq!(error["extensions"]["field"], *field, "{context}");
                } else if !(error["extensions"]["field"] == "input" && by_type) {
                    names(&answer, field, &context);
                }
            }
            for value in takes.unknown(fine) {
                let context = context(&value);
                let answer = mutation.with(&room, field, Some(value)).await;
                is_error(&answer, "NOT_FOUND", &context);
            }
            room.is_as_it_was(&before, &format!("{} {field}", mutation.name)).await;
        }
    }
}

async fn a_field_that_is_missing_is_named(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    for mutation in table(&room) {
        for (field, ..) in mutation.fields.iter().filter(|(_, takes, _)| takes.is_required()) {
            let context = format!("{} without {field}", mutation.name);
            let answer = mutation.with(&room, field, None).await;
            is_error(&answer, "BAD_USER_INPUT", &context);
            names(&answer, field, &context);
        }
    }
    room.is_as_it_was(&before, "missing fields").await;
}

async fn an_input_must_be_an_object_of_known_fields(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    for mutation in table(&room) {
        for variables in [
            json!({}),
            json!({ "input": null }),
            json!({ "input": 5 }),
            json!({ "input": "x" }),
            json!({ "input": [] }),
        ] {
            let context = format!("{} {variables}", mutation.name);
            let answer = mutation.execute(&room, variables).await;
            is_error(&answer, "BAD_USER_INPUT", &context);
            names(&answer, "input", &context);
        }
        let answer = mutation.with(&room, "noSuchField", Some(json!(1))).await;
        is_error(&answer, "BAD_USER_INPUT", mutation.name);
        assert!(answer.error()["message"].as_str().unwrap().contains("noSuchField"), "{}", answer.body);
    }
    room.is_as_it_was(&before, "unusable inputs").await;
}

async fn objects_of_other_accounts_are_out_of_reach(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    for mutation in table(&room) {
        for (field, takes, _) in &mutation.fields {
            let foreign = match *field {
                "id" => of_kind(&room.other, &mutation).map(|id| json!(id)),
                "groupId" => Some(json!(room.other.group)),
                "parentId" => Some(json!(room.other.button)),
                "replyId" | "materialId" => Some(json!(room.other.text)),
                "chunkId" => Some(json!(room.other.chunk)),
                "openid" => Some(json!(room.other.openids[0])),
                "openids" => Some(json!([room.own.openids[1], room.other.openids[0]])),
                "articles.id" => Some(json!(room.other.article)),
                "articles.coverImageId" => Some(json!(room.other.article_image)),
                "reply" => Some(json!({ "type": "TEXT", "id": room.other.text })),
                _ => None,
            };
            let Some(foreign) = foreign else { continue };
            let context = format!("{} {field}", mutation.name);
            let answer = mutation.with(&room, field, Some(foreign)).await;
            match takes {
                Takes::Audience => {
                    is_error(&answer, "BAD_USER_INPUT", &context);
                    assert_eq!(answer.error()["message"], NOBODY, "{context}");
                }
                // WeChat knows no such follower.
                Takes::Addressee => is_error(&answer, "UPSTREAM", &context),
                Takes::Cover | Takes::Article | Takes::Reply | Takes::OptionalReply => {
                    is_error(&answer, "BAD_USER_INPUT", &context);
                    names(&answer, field, &context);
                }
                _ => is_error(&answer, "NOT_FOUND", &context),
            }
        }
    }
    room.is_as_it_was(&before, "objects of another account").await;
}

/// An object of the account of the kind that the mutation is about. A job names its account itself.
fn of_kind<'a>(account: &'a Account, mutation: &Mutation) -> Option<&'a String> {
    let kinds = [
        ("Group", &account.group),
        ("Image", &account.image),
        ("Voice", &account.voice),
        ("Video", &account.video),
        ("News", &account.news),
        ("KeywordRule", &account.rule),
        ("Menu", &account.button),
        ("MassSend", &account.mass_send),
    ];
    kinds.into_iter().find(|(kind, _)| mutation.name.contains(kind)).map(|(_, id)| id)
}

async fn no_mutation_and_no_field_is_forgotten(app: TestApp) {
    let room = Room::furnish(app).await;
    let query = "{ __schema { mutationType { fields { name args { name type { ofType { name inputFields { name
        type { ofType { ofType { ofType { inputFields { name } } } } } } } } } } } } }";
    let schema = room.app.data(query, json!({})).await;
    let names = |list: &Value| -> BTreeSet<String> {
        list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    let mutations = &schema["__schema"]["mutationType"]["fields"];
    let table = table(&room);
    assert_eq!(table.iter().map(|mutation| mutation.name.to_owned()).collect::<BTreeSet<_>>(), names(mutations));
    for declared in mutations.as_array().unwrap() {
        let mutation = table.iter().find(|mutation| declared["name"] == mutation.name).unwrap();
        let input = &declared["args"][0]["type"]["ofType"];
        assert_eq!((names(&declared["args"]), &input["name"]), (["input".to_owned()].into(), &json!(mutation.input)));
        let tested: BTreeSet<String> = mutation.fields.iter().map(|(name, ..)| (*name).to_owned()).collect();
        let mut fields = names(&input["inputFields"]);
        for field in input["inputFields"].as_array().unwrap() {
            let members = field.pointer("/type/ofType/ofType/ofType/inputFields").unwrap_or(&Value::Null);
            if members.is_array() {
                let name = field["name"].as_str().unwrap();
                fields.extend(names(members).iter().map(|member| format!("{name}.{member}")));
            }
        }
        assert_eq!(tested, fields, "{}", mutation.name);
    }
}
