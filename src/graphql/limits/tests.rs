#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use async_graphql::{Request, Response, UploadValue, Variables, parser::parse_query, value};
use serde_json::json;

use super::*;
use crate::graphql::http::Gate as _;
use crate::graphql::toy::{self, OpenGate};

/// Limits so wide that only the one under test can strike.
fn wide() -> Limits {
    Limits {
        depth: usize::MAX,
        complexity: usize::MAX,
        aliases: usize::MAX,
        directives: usize::MAX,
        fragment_spreads: usize::MAX,
        selections: usize::MAX,
        tokens: usize::MAX,
        introspection: usize::MAX,
        ..Limits::default()
    }
}

async fn execute(limits: Limits, request: impl Into<Request>) -> Response {
    let mut request = request.into();
    let (parts, ()) = axum::http::Request::new(()).into_parts();
    let caller = OpenGate.authenticate(&parts, None).await.unwrap();
    OpenGate.equip(&caller, &mut request);
    toy::schema(limits).execute(request).await
}

/// `passes` runs, `fails` is refused before anything runs, with a message that says so.
#[track_caller]
fn boundary(limits: &Limits, passes: &str, fails: &str, message: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let response = runtime.block_on(execute(limits.clone(), passes));
    assert_eq!(response.errors, [], "{passes}");
    let response = runtime.block_on(execute(limits.clone(), fails));
    let refusal = json!(response);
    assert_eq!(refusal["data"], json!(null), "{fails}");
    assert_eq!(refusal["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{fails}");
    assert_eq!(refusal["errors"][0]["path"], json!(null), "{fails}");
    assert!(refusal["errors"][0]["message"].as_str().unwrap().contains(message), "{refusal}");
}

fn repeat(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, number| {
        let _ = write!(text, "{} ", item(number));
        text
    })
}

#[test]
fn depth() {
    let limits = Limits { depth: 3, ..wide() };
    let (passes, fails) =
        ("{ shelf { books { id __typename } } }", "{ shelf { books { shelf { __typename books { id } } } } }");
    boundary(&limits, passes, fails, "levels");
    let in_fragments =
        "{ ...A } fragment A on Query { shelf { ...B } } fragment B on Shelf { books { shelf { books { id } } } }";
    boundary(&limits, passes, in_fragments, "levels");
}

#[test]
fn complexity() {
    let limits = Limits { complexity: 21, ..wide() };
    boundary(
        &limits,
        "{ shelf { books(first: 20) { id } } }",
        "{ shelf { books(first: 21) { id } } }",
        "complexity 22",
    );
}

#[test]
fn complexity_is_not_outwitted_by_overflow() {
    let nested = "{ shelf { books(first: 4611686018427387904) { shelf { books(first: 4) { id title } } } } }";
    boundary(&Limits::default(), "{ shelf { books { id } } }", nested, "complexity");
    assert_eq!(list_cost(10, 3), 30);
    assert_eq!(list_cost(10, 0), 10, "items cost something even if their fields do not");
    assert_eq!(list_cost(usize::MAX, usize::MAX), 1 << 40);
}

#[test]
fn aliases() {
    let aliased = |count| format!("{{ {} }}", repeat(count, |number| format!("a{number}: __typename")));
    boundary(&Limits { aliases: 100, ..wide() }, &aliased(100), &aliased(101), "101 aliases");
    let spread = |count| {
        format!(
            "{{ shelf {{ {} }} }} fragment F on Shelf {{ a: __typename b: __typename }}",
            repeat(count, |_| "...F".into())
        )
    };
    boundary(&Limits { aliases: 4, ..wide() }, &spread(2), &spread(3), "6 aliases");
}

#[test]
fn directives() {
    let with = |count| format!("{{ {} }}", repeat(count, |number| format!("a{number}: __typename @skip(if: false)")));
    boundary(&Limits { directives: 5, ..wide() }, &with(5), &with(6), "6 directives");
    let on_spreads = |count| {
        format!(
            "{{ {} }} fragment F on Query {{ __typename @include(if: true) }}",
            repeat(count, |_| "...F @skip(if: false)".into())
        )
    };
    boundary(&Limits { directives: 5, ..wide() }, &on_spreads(2), &on_spreads(3), "6 directives");
}

#[test]
fn fragment_spreads() {
    let spread = |count| {
        format!(
            "{{ {} }} fragment F on Query {{ ...G ...G }} fragment G on Query {{ __typename }}",
            repeat(count, |_| "...F".into())
        )
    };
    boundary(&Limits { fragment_spreads: 9, ..wide() }, &spread(3), &spread(4), "12 fragment spreads");
}

#[test]
fn selections() {
    let spread = |count| {
        format!("{{ {} }} fragment F on Query {{ shelf {{ __typename }} caller }}", repeat(count, |_| "...F".into()))
    };
    boundary(&Limits { selections: 9, ..wide() }, &spread(3), &spread(4), "12 fields");
}

#[test]
fn tokens() {
    let fields = |count| format!("{{ {} }}", repeat(count, |_| "__typename".into()));
    boundary(&Limits { tokens: 10, ..wide() }, &fields(8), &fields(9), "more than 10 tokens");
}

#[test]
fn nesting() {
    let nested = |levels: usize| format!("{{ a: __typename {}", "@a(a: ".to_owned() + &"[".repeat(levels));
    boundary(&wide(), "{ __typename }", &nested(63), "64 levels");
    // One less and the parser gets to see it; the whole is no document.
    boundary(&wide(), "{ __typename }", &nested(62), "syntax error");
}

#[test]
fn introspection_counts_towards_nothing_but_its_own_budget() {
    let introspection = include_str!("introspection.graphql");
    let narrow = Limits {
        depth: 1,
        complexity: 2,
        aliases: 1,
        directives: 1,
        fragment_spreads: 0,
        selections: 2,
        ..Limits::default()
    };
    let beside = format!("{} {}", introspection.replacen("__schema", "a: caller caller __schema", 1), "");
    boundary(&narrow, &beside, &beside.replacen("a: caller", "a: caller b: caller", 1), "aliases");
    boundary(&narrow, &beside, &beside.replacen("a: caller", "a: caller shelf", 1), "fields");

    let bomb = |levels: usize| {
        format!("{{ __schema {{ types {{ {} name {} }} }} }}", "fields { type { ".repeat(levels), "} }".repeat(levels))
    };
    boundary(&Limits::default(), &bomb(2), &bomb(4), "values of introspection");
    let aliased =
        |count| format!("{{ {} }}", repeat(count, |number| format!("a{number}: __schema {{ types {{ name }} }}")));
    boundary(&Limits { introspection: 10_000, ..narrow }, &aliased(24), &aliased(25), "values of introspection");
}

#[test]
fn fragment_bombs_die_at_once() {
    let chain = |fragments: usize, spreads: usize| {
        let chain = repeat(fragments, |number| {
            format!("fragment F{number} on Query {{ {} }}", repeat(spreads, |_| format!("...F{}", number + 1)))
        });
        format!("{{ ...F0 }} {chain} fragment F{fragments} on Query {{ __typename }}")
    };
    let cyclic = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }";
    let unused = "{ __typename } fragment A on Query { ...A }";
    let started = Instant::now();
    boundary(&wide(), "{ __typename }", cyclic, "spreads itself");
    boundary(&wide(), "{ __typename }", unused, "spreads itself");
    boundary(&Limits::default(), "{ __typename }", &chain(22, 2), "8388607 fragment spreads");
    boundary(&Limits::default(), "{ __typename }", &chain(8, 40), "fragment spreads");
    boundary(&Limits::default(), "{ __typename }", &chain(60, 40), "fragment spreads");
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_trusted_document_is_not_checked_but_its_variables_are() {
    let limits = Limits { depth: 1, complexity: 1, aliases: 0, tokens: 1, ..Limits::default() };
    let query = "query ($id: ID!) { a: shelf { books { id } } book(id: $id) { id } }";
    let trusted = |variables| {
        let mut request = Request::new("").variables(Variables::from_value(variables)).data(Trusted);
        request.set_parsed_query(parse_query(query).unwrap());
        request
    };
    assert_eq!(execute(limits.clone(), trusted(value!({"id": 1}))).await.errors, []);
    let missing = execute(limits.clone(), trusted(value!({}))).await;
    assert!(missing.errors[0].message.contains("$id"), "{:?}", missing.errors);
    let posing = execute(limits.clone(), trusted(value!({"id": ["#__graphql_file__:0"]}))).await;
    assert!(posing.errors[0].message.contains("must not begin"), "{:?}", posing.errors);

    let mut untrusted = trusted(value!({"id": 1}));
    untrusted.data = Default::default();
    assert!(!execute(limits, untrusted).await.is_ok(), "parsed elsewhere, but not by us");
}

#[tokio::test]
async fn a_required_variable_that_is_missing_refuses_the_request() {
    for (query, variables, refused) in [
        ("query ($id: ID!) { book(id: $id) { id } }", value!({"id": 1}), false),
        ("query ($id: ID! = 1) { book(id: $id) { id } }", value!({}), false),
        ("query ($n: Int) { shelf { books(first: $n) { id } } }", value!({"n": 1}), false),
        ("query ($id: ID!) { book(id: $id) { id } }", value!({}), true),
        ("query ($id: ID!) { book(id: $id) { id } }", value!({"id": null}), true),
        ("query ($id: ID! = 1) { book(id: $id) { id } }", value!({"id": null}), true),
        ("query A($id: ID!) { book(id: $id) { id } }", value!({}), true),
    ] {
        let response =
            execute(Limits::default(), Request::new(query).variables(Variables::from_value(variables))).await;
        assert_eq!(response.is_err(), refused, "{query} {:?}", response.errors);
        if refused {
            let error = json!(response)["errors"][0].clone();
            assert_eq!(error["extensions"], json!({"code": "BAD_USER_INPUT", "field": "id"}));
            assert_eq!(error["path"], json!(null));
        }
    }
    let two = "query A($id: ID!) { book(id: $id) { id } } query B { caller }";
    assert!(
        execute(Limits::default(), Request::new(two).operation_name("B")).await.is_ok(),
        "only the selected one counts"
    );
}

#[tokio::test]
async fn nobody_poses_as_an_uploaded_file() {
    for query in [
        r##"mutation { read(files: ["#__graphql_file__:x"]) }"##,
        r##"mutation { read(files: ["#__graphql_file__:0"]) }"##,
        r#"mutation { read(files: ["\u0023__graphql_file__:0"]) }"#,
        r##"mutation ($f: Upload! = "#__graphql_file__:0") { read(files: [$f]) }"##,
        r##"mutation { ...F } fragment F on Mutation { read(files: "#__graphql_file__:0") }"##,
        r##"{ __typename @skip(if: "#__graphql_file__:0") }"##,
    ] {
        let response = execute(Limits::default(), query).await;
        assert!(response.errors[0].message.contains("must not begin"), "{query} {:?}", response.errors);
    }
}

#[tokio::test]
async fn an_operation_has_its_time_and_no_more() {
    let limits = Limits { operation_time: Duration::from_millis(250), ..Limits::default() };
    assert_eq!(execute(limits.clone(), "{ slow(ms: 1) }").await.errors, []);
    let started = Instant::now();
    let response = json!(execute(limits, "{ slow(ms: 60000) }").await);
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(response["errors"][0]["extensions"]["code"], "INTERNAL");
    assert_eq!(response["errors"][0]["message"], "the operation took longer than 250ms and was stopped");
}

#[tokio::test]
async fn an_operation_that_receives_files_has_more_time() {
    let limits =
        Limits { operation_time: Duration::from_millis(50), upload_time: Duration::from_secs(60), ..Limits::default() };
    let mut request = Request::new("{ slow(ms: 300) }");
    let content = tempfile::tempfile().unwrap();
    request.uploads.push(UploadValue { filename: "a.txt".to_owned(), content_type: None, content });
    assert_eq!(execute(limits, request).await.errors, []);
}
