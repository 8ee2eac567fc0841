#![expect(clippy::unwrap_used, reason = "a test may panic")]
mod menagerie;
mod random;

use async_graphql::{
    Name, Positioned, Request, Value, Variables,
    parser::{
        parse_query,
        types::{ExecutableDocument, Selection, SelectionSet},
    },
    value,
};
use futures_util::StreamExt as _;

use self::menagerie::{Menagerie, builder};
use super::Completion;
use crate::graphql::{
    errors::Errors,
    limits::{Limits, Trusted},
};

/// With nothing else, and as the service has it.
fn schemas() -> [Menagerie; 2] {
    [
        builder().extension(Completion).finish(),
        builder().extension(Completion).extension(Errors).extension(Limits::default()).finish(),
    ]
}

async fn data(schema: &Menagerie, request: impl Into<Request>) -> String {
    serde_json::to_string(&schema.execute(request).await.data).unwrap()
}

/// Queries and the text of the answers' data.
const TABLE: &[(&str, &str)] = &[
    // Order.
    ("{ c: wait(turns: 3) a: wait(turns: 0) b: wait(turns: 1) }", r#"{"c":3,"a":0,"b":1}"#),
    ("{ first { wait(turns: 2) number } wait(turns: 0) }", r#"{"first":{"wait":2,"number":1},"wait":0}"#),
    ("{ places { wait(turns: 1) n: number } }", r#"{"places":[{"wait":1,"n":1},{"wait":1,"n":2},null]}"#),
    // The first occurrence counts, and what is below is merged.
    (
        "{ first { wait(turns: 2) } wait(turns: 1) first { number w: wait(turns: 1) wait(turns: 2) } }",
        r#"{"first":{"wait":2,"number":1,"w":1},"wait":1}"#,
    ),
    (
        "{ ...F w: wait(turns: 0) first { number } ...F } fragment F on Query { first { a: wait(turns: 1) } }",
        r#"{"first":{"a":1,"number":1},"w":0}"#,
    ),
    // Skipped occurrences do not count.
    ("{ w: wait(turns: 2) @skip(if: true) a: wait(turns: 1) w: wait(turns: 2) }", r#"{"a":1,"w":2}"#),
    ("{ ... @include(if: false) { b: wait(turns: 0) } a: wait(turns: 1) b: wait(turns: 0) }", r#"{"a":1,"b":0}"#),
    (
        "{ ...F @skip(if: true) a: wait(turns: 1) ...F } fragment F on Query { b: wait(turns: 2) a: wait(turns: 1) }",
        r#"{"a":1,"b":2}"#,
    ),
    // Objects of which nothing is selected.
    ("{ wait(turns: 0) @skip(if: true) }", "{}"),
    ("{ cats { number @skip(if: true) } }", r#"{"cats":[{},{},{}]}"#),
    ("{ first { number @skip(if: true) } }", r#"{"first":null}"#),
    ("{ maybePets { ... on Cat { number } } }", r#"{"maybePets":[{"number":1},{}]}"#),
    ("{ nobody { number } }", r#"{"nobody":null}"#),
    // The order depends on the concrete type.
    (
        "{ pets { ... on Cat { w: wait(turns: 1) n: number } ... on Dog { n: number w: wait(turns: 1) } } }",
        r#"{"pets":[{"w":1,"n":1},{"n":2,"w":1}]}"#,
    ),
    (
        "{ pets { ... on Being { w: wait(turns: 1) number } __typename } }",
        r#"{"pets":[{"w":1,"number":1,"__typename":"Cat"},{"w":1,"number":2,"__typename":"Dog"}]}"#,
    ),
    (
        "{ being { w: wait(turns: 2) ...D ... on Cat { name } dog { ...D } } } \
         fragment D on Being { wait(turns: 1) number __typename ... on Dog { n: number } }",
        r#"{"being":{"w":2,"wait":1,"number":1,"__typename":"Cat","name":"Tom","dog":{"wait":1,"number":2,"__typename":"Dog","n":2}}}"#,
    ),
    // A failed member is null, alone …
    ("{ hurt }", r#"{"hurt":null}"#),
    ("{ wait(turns: 2) hurt first { hurt } }", r#"{"wait":2,"hurt":null,"first":{"hurt":null}}"#),
    ("{ first { a: hurt number b: hurt } }", r#"{"first":{"a":null,"number":1,"b":null}}"#),
    ("{ pets { ... on Cat { hurt } ... on Being { number } } }", r#"{"pets":[{"hurt":null,"number":1},{"number":2}]}"#),
    // … or moves up.
    ("{ wait(turns: 0) broken }", "null"),
    ("{ second { number name } wait(turns: 0) }", r#"{"second":null,"wait":0}"#),
    ("{ first { second { name } } wait(turns: 0) }", r#"{"first":null,"wait":0}"#),
    ("{ first { number maybe { second { sure { name number } } } } }", r#"{"first":{"number":1,"maybe":null}}"#),
    ("{ wait(turns: 0) surelySecond { number name } }", "null"),
    ("{ cats { name } wait(turns: 0) }", "null"),
    ("{ maybeCats { name } wait(turns: 0) }", r#"{"maybeCats":null,"wait":0}"#),
    ("{ places { number name } }", r#"{"places":[{"number":1,"name":"Tom"},null,null]}"#),
    ("{ maybePets { ... on Cat { name } ... on Dog { name number } } }", r#"{"maybePets":[{"name":"Tom"},null]}"#),
    ("{ pets { ... on Cat { name } ... on Dog { name number } } }", "null"),
    // Mutations, one after the other.
    ("mutation { b: feed(turns: 1) hurt a: feed(turns: 0) }", r#"{"b":1,"hurt":null,"a":0}"#),
    ("mutation { feed(turns: 1) broken }", "null"),
    // One half of a merged object fails.
    ("{ second { number } second { name } }", r#"{"second":null}"#),
    ("{ first { second { number } number } first { second { name } } wait(turns: 0) }", r#"{"first":null,"wait":0}"#),
];

#[tokio::test]
async fn a_response_has_the_form_of_the_specification() {
    for schema in schemas() {
        for (query, expected) in TABLE {
            assert_eq!(data(&schema, *query).await, *expected, "{query}");
        }
    }
}

#[tokio::test]
async fn variables_decide_what_is_skipped() {
    let query =
        "query ($no: Boolean!) { ... @skip(if: $no) { b: wait(turns: 2) } a: wait(turns: 1) b: wait(turns: 2) }";
    for (no, expected) in [(true, r#"{"a":1,"b":2}"#), (false, r#"{"b":2,"a":1}"#)] {
        let request = Request::new(query).variables(Variables::from_value(value!({ "no": no })));
        assert_eq!(data(&schemas()[1], request).await, expected);
    }
}

#[tokio::test]
async fn the_operation_that_is_executed_counts() {
    let query = "query A { a: wait(turns: 1) b: wait(turns: 0) } query B { b: wait(turns: 1) a: wait(turns: 0) }";
    for (name, expected) in [("A", r#"{"a":1,"b":0}"#), ("B", r#"{"b":1,"a":0}"#)] {
        assert_eq!(data(&schemas()[1], Request::new(query).operation_name(name)).await, expected);
    }
}

#[tokio::test]
async fn events_are_completed_one_by_one() {
    for schema in schemas() {
        let follow = async |query: &str| -> Vec<String> {
            let events = schema.execute_stream(query).map(|event| serde_json::to_string(&event.data).unwrap());
            events.collect().await
        };
        assert_eq!(
            follow("subscription { cats { wait(turns: 2) number } }").await,
            [r#"{"cats":{"wait":2,"number":1}}"#, r#"{"cats":{"wait":2,"number":2}}"#]
        );
        assert_eq!(
            follow("subscription { cats { wait(turns: 1) hurt name } }").await,
            [r#"{"cats":{"wait":1,"hurt":null,"name":"Tom"}}"#, "null"]
        );
        assert_eq!(follow("subscription { hurt }").await, [r#"{"hurt":1}"#, r#"{"hurt":null}"#]);
        assert_eq!(follow("subscription { closed }").await, ["null"]);
    }
}

#[tokio::test]
async fn errors_stay_as_they_are() {
    for schema in schemas() {
        let response = schema.execute("{ x: second { name hurt } places { name } }").await;
        let mut paths: Vec<_> = response.errors.iter().map(|it| serde_json::to_string(&it.path).unwrap()).collect();
        paths.sort();
        assert_eq!(paths, [r#"["places",1,"name"]"#, r#"["x","hurt"]"#, r#"["x","name"]"#]);
        for refused in ["{", "{ nothing }", "{ ...F } fragment F on Cat { number }"] {
            let response = schema.execute(refused).await;
            assert!(response.is_err());
            assert_eq!(response.data, value!(null), "{refused}");
        }
    }
}

#[tokio::test]
async fn introspection_is_in_order_without_being_walked() {
    let query = include_str!("../limits/introspection.graphql");
    let document = parse_query(query).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    for schema in [builder().finish()].into_iter().chain(schemas()) {
        let response = schema.execute(query).await;
        assert!(response.is_ok());
        assert_ordered(&document, &[&operation.node.selection_set.node], &response.data);
    }
}

/// For documents without conditions: every object has exactly the selected members, in order.
fn assert_ordered(document: &ExecutableDocument, sets: &[&SelectionSet], value: &Value) {
    match value {
        Value::List(items) => items.iter().for_each(|item| assert_ordered(document, sets, item)),
        Value::Object(members) => {
            let mut fields = Vec::new();
            sets.iter().for_each(|set| flatten(document, set, &mut fields));
            assert_eq!(members.keys().collect::<Vec<_>>(), fields.iter().map(|(name, _)| *name).collect::<Vec<_>>());
            for ((_, sets), value) in fields.iter().zip(members.values()) {
                assert_ordered(document, sets, value);
            }
        }
        _ => {}
    }
}

fn flatten<'d>(
    document: &'d ExecutableDocument,
    set: &'d SelectionSet,
    fields: &mut Vec<(&'d Name, Vec<&'d SelectionSet>)>,
) {
    for Positioned { node, .. } in &set.items {
        match node {
            Selection::Field(field) => {
                let (key, below) = (&field.node.response_key().node, &field.node.selection_set.node);
                match fields.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, sets)) => sets.push(below),
                    None => fields.push((key, vec![below])),
                }
            }
            Selection::InlineFragment(fragment) => flatten(document, &fragment.node.selection_set.node, fields),
            Selection::FragmentSpread(spread) => {
                let fragment = &document.fragments[&spread.node.fragment_name.node];
                flatten(document, &fragment.node.selection_set.node, fields);
            }
        }
    }
}

#[tokio::test]
async fn documents_of_this_program_are_left_alone() {
    let request = Request::new("{ a: wait(turns: 1) b: wait(turns: 0) }").data(Trusted);
    assert_eq!(data(&schemas()[1], request).await, r#"{"b":0,"a":1}"#);
}
