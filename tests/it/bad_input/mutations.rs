//! Every GraphQL mutation and every field of its input, refused one at a time.
//!
//! As with the routes, the table says what a field takes and gives a value that is fine. The schema, asked by
//! introspection, proves that the table is whole.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::room::{Answer, Room, ask, strange_ids};
use crate::support::TestApp;

on_every_database!(
    every_field_of_every_mutation_is_checked,
    a_field_that_is_missing_is_named,
    an_input_must_be_an_object_of_known_fields,
    objects_of_other_accounts_are_out_of_reach,
    no_mutation_and_no_field_is_forgotten,
);

/// What a field takes.
#[derive(Clone, Copy, Debug)]
enum Takes {
    /// The id of something that exists.
    Id,
    /// Ids of followers.
    Ids,
    /// A text of 1 to so many characters.
    Text(usize),
    /// A text of at most so many characters, or nothing.
    Optional(usize),
    /// 43 letters and digits, or nothing.
    AesKey,
    /// A value of an enum, or nothing.
    Enum,
    /// A boolean, or nothing.
    Flag,
}

struct Mutation {
    name: &'static str,
    input: &'static str,
    fields: Vec<(&'static str, Takes, Value)>,
}

fn table(room: &Room) -> Vec<Mutation> {
    let own = &room.own;
    let mutation = |name, input, fields| Mutation { name, input, fields };
    let account = || ("accountId", Takes::Id, json!(own.id));
    let group = || ("groupId", Takes::Id, json!(own.group));
    let openids = || ("openids", Takes::Ids, json!([own.openids[1]]));
    let key = || ("encodingAesKey", Takes::AesKey, json!("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"));
    let mode = || ("webhookMode", Takes::Enum, json!("SAFE"));
    let name = || ("name", Takes::Text(100), json!("新"));
    let id = |id: &str| ("id", Takes::Id, json!(id));
    vec![
        mutation(
            "bindAccount",
            "BindAccountInput",
            vec![("weixinId", Takes::Text(100), json!("gh_new")), ("name", Takes::Optional(100), json!("新"))],
        ),
        mutation(
            "setAccountCredentials",
            "SetAccountCredentialsInput",
            vec![
                account(),
                ("appId", Takes::Text(100), json!("wx0000000000000000")),
                ("appSecret", Takes::Text(100), json!("sandbox")),
                key(),
                mode(),
            ],
        ),
        mutation(
            "updateAccount",
            "UpdateAccountInput",
            vec![
                account(),
                ("name", Takes::Optional(100), json!("新")),
                ("kind", Takes::Enum, json!("SUBSCRIPTION")),
                ("isVerified", Takes::Flag, json!(false)),
                key(),
                mode(),
            ],
        ),
        mutation("refreshAccessToken", "RefreshAccessTokenInput", vec![account()]),
        mutation("fetchFollowers", "FetchFollowersInput", vec![account(), ("force", Takes::Flag, json!(true))]),
        mutation("addFollowersToGroup", "GroupFollowersInput", vec![account(), group(), openids()]),
        mutation("removeFollowersFromGroup", "GroupFollowersInput", vec![account(), group(), openids()]),
        mutation("createGroup", "CreateGroupInput", vec![account(), name()]),
        mutation("renameGroup", "RenameGroupInput", vec![account(), id(&own.group), name()]),
        mutation("deleteGroup", "DeleteGroupInput", vec![account(), id(&own.group)]),
        mutation("createText", "CreateTextInput", vec![account(), ("content", Takes::Text(1_000), json!("新"))]),
        mutation("cancelJob", "JobInput", vec![id(&own.job)]),
        mutation("retryJob", "JobInput", vec![id(&own.job)]),
    ]
}

impl Takes {
    fn is_required(self) -> bool {
        matches!(self, Self::Id | Self::Ids | Self::Text(_))
    }

    /// Values that are input of no use.
    fn unusable(self, fine: &Value) -> Vec<Value> {
        let too_long = |longest: usize| ["a", "汉", "😀"].map(|unit| json!(unit.repeat(longest + 1)));
        let mut unusable = json!([{}, { "a": 1 }, [{}], [[1]]]).as_array().unwrap().clone();
        let more = match self {
            Self::Id => json!([null, true, 1.5, ["a"], []]),
            Self::Ids => {
                json!([null, true, [null], [true], [""], [" "], [fine[0], ""], [fine[0], null], [fine[0], {}]])
            }
            Self::Text(longest) => {
                unusable.extend(too_long(longest));
                json!([null, "", " ", "\u{3000}\t\n", "\0", "a\0b", 5, true, ["a"], []])
            }
            Self::Optional(longest) => {
                unusable.extend(too_long(longest));
                json!(["a\0b", 5, true, ["a"], []])
            }
            Self::AesKey => json!(["short", "汉".repeat(43), "!".repeat(43), "a".repeat(44), "a\0", 5, true, []]),
            Self::Enum => json!(["loud", "safe", "", "😀", "\0", 5, true, ["SAFE"], []]),
            Self::Flag => json!(["true", "", "1", 1, 0, "😀", [true], []]),
        };
        unusable.extend(more.as_array().unwrap().iter().cloned());
        unusable
    }

    /// Values that name nothing.
    fn unknown(self, fine: &Value) -> Vec<Value> {
        let strange = strange_ids().into_iter().chain(["\0".into(), "a\0b".into()]);
        match self {
            Self::Id => strange.map(|id| json!(id)).chain([json!(999), json!(-2)]).collect(),
            Self::Ids => strange.map(|id| json!([fine[0], id])).chain([json!("nobody"), json!(999)]).collect(),
            Self::Text(_) | Self::Optional(_) | Self::AesKey | Self::Enum | Self::Flag => Vec::new(),
        }
    }
}

impl Mutation {
    /// Executes it with an input that is fine, but for one field; `None` leaves that out.
    async fn with(&self, room: &Room, field: &str, value: Option<Value>) -> Answer {
        let mut input: Map<String, Value> =
            self.fields.iter().map(|(name, _, fine)| ((*name).to_owned(), fine.clone())).collect();
        match value {
            Some(value) => input.insert(field.to_owned(), value),
            None => input.remove(field),
        };
        self.execute(room, json!({ "input": input })).await
    }

    async fn execute(&self, room: &Room, variables: Value) -> Answer {
        let query = format!("mutation ($input: {}!) {{ {}(input: $input) {{ __typename }} }}", self.input, self.name);
        ask(room.graphql(&query, variables)).await
    }
}

fn is_error(answer: &Answer, code: &str, context: &str) {
    let error = answer.error();
    assert_eq!(error["extensions"]["code"], code, "{context}: {}", answer.body);
    let data = answer.body["data"].as_object();
    assert!(data.is_none_or(|data| data.values().all(Value::is_null)), "{context}: {}", answer.body);
}

/// The error names the field: `name`, or where in the input it lies, `input.name`.
fn names(answer: &Answer, field: &str, context: &str) {
    let named = answer.error()["extensions"]["field"].as_str().unwrap_or_default();
    assert!(named.split('.').any(|part| part == field), "{context}: {}", answer.body);
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
                names(&answer, field, &context);
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
        for (field, ..) in &mutation.fields {
            let foreign = match (mutation.name, *field) {
                // A job names its account itself.
                ("cancelJob" | "retryJob", _) => continue,
                (_, "id" | "groupId") => json!(room.other.group),
                (_, "openids") => json!([room.own.openids[1], room.other.openids[0]]),
                _ => continue,
            };
            let context = format!("{} {field}", mutation.name);
            is_error(&mutation.with(&room, field, Some(foreign)).await, "NOT_FOUND", &context);
        }
    }
    room.is_as_it_was(&before, "objects of another account").await;
}

async fn no_mutation_and_no_field_is_forgotten(app: TestApp) {
    let room = Room::furnish(app).await;
    let query =
        "{ __schema { mutationType { fields { name args { name type { ofType { name inputFields { name } } } } } } } }";
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
        assert_eq!(tested, names(&input["inputFields"]), "{}", mutation.name);
    }
}
