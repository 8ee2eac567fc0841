//! Documents that stop the start, and what is said about them.

use super::library::Toy;
use super::{Adapter, Options, SHELVES, Source, WORKS, options, problem_with};

/// One operation on one line, so that columns are easy to read.
#[tokio::test]
async fn mistakes_are_named_with_their_place() {
    for (text, problem) in [
        // GraphQL itself.
        (
            "query A @rest(method: GET, path: \"/a\") { missing }",
            "1:42: A: Unknown field \"missing\" on type \"Query\".",
        ),
        (
            "query A($id: ID!) @rest(method: GET, path: \"/a/{id}\") { library(id: \"l1\") { id } }",
            "1:9: A: Variable \"$id\" is not used by operation \"A\"",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { id } } fragment F on Book { id }",
            "1:69: the fragment F is used by no operation",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { ...F } }",
            "1:62: A: Unknown fragment: \"F\"",
        ),
        ("{ library(id: \"l1\") { id } }", "1:1: an operation without a name"),
        ("subscription A { a }", "1:1: A: a subscription cannot be a route"),
        // Directives.
        ("query A { library(id: \"l1\") { id } }", "1:1: A: no @rest says which route this is"),
        ("query A @resst { library(id: \"l1\") { id } }", "1:9: A: there is no directive @resst"),
        ("query A @lower { library(id: \"l1\") { id } }", "1:9: A: @lower cannot stand here"),
        ("query A @rest(path: \"/a\") { library(id: \"l1\") { id } }", "1:9: A: @rest needs the argument \"method\""),
        (
            "query A @rest(method: FETCH, path: \"/a\") { library(id: \"l1\") { id } }",
            "1:23: A: @rest(method:) takes RestMethod!, not FETCH",
        ),
        (
            "query A @rest(method: GET, path: 1) { library(id: \"l1\") { id } }",
            "1:34: A: @rest(path:) takes String!, not 1",
        ),
        (
            "query A @rest(method: GET, path: \"/a\", cache: 1) { library(id: \"l1\") { id } }",
            "1:40: A: @rest has no argument \"cache\"",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { shelves { labels @join @join } } }",
            "1:85: A: @join stands here twice",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { works { ... on Book @lower { id } } } }",
            "1:82: A: @lower cannot stand here",
        ),
        (
            "query A($x: ID! @from(name: \"a\") @from(name: \"b\")) @rest(method: GET, path: \"/a\") { library(id: $x) { id } }",
            "1:34: A: @from stands here twice",
        ),
        // Paths and their variables.
        (
            "query A @rest(method: GET, path: \"a\") { library(id: \"l1\") { id } }",
            "1:9: A: @rest: the path \"a\" does not begin with /",
        ),
        (
            "query A @rest(method: GET, path: \"/a/{id}\") { library(id: \"l1\") { id } }",
            "1:9: A: @rest: the path /a/{id} has {id}, but there is no variable $id",
        ),
        (
            "query A($id: ID!) @rest(method: GET, path: \"/{id}/{id}\") { library(id: $id) { id } }",
            "1:19: A: @rest: the path /{id}/{id} has {id} twice",
        ),
        (
            "query A($books: [BookInput!]) @rest(method: POST, path: \"/{books}\") { echo(books: $books) }",
            "1:31: A: @rest: a path segment cannot give $books, a [BookInput!]",
        ),
        (
            "query A($books: [BookInput!]) @rest(method: GET, path: \"/a\") { echo(books: $books) }",
            "1:9: A: $books: nothing in a request to this route can give it",
        ),
        (
            "query A($text: String @from(body: true)) @rest(method: PUT, path: \"/a\", body: ABSENT) { echo(text: $text) }",
            "1:9: A: $text: nothing in a request to this route can give it",
        ),
        (
            "mutation A($file: Upload!) @rest(method: GET, path: \"/a\") { uploadCover(file: $file) { name } }",
            "1:12: A: $file: nothing in a request to this route can give it",
        ),
        (
            "mutation A($file: Upload!) @rest(method: PUT, path: \"/a\", body: PRESENT) { uploadCover(file: $file) { name } }",
            "1:28: A: @rest: a form cannot be told apart by its presence",
        ),
        (
            "query A($text: String, $id: ID @from(name: \"text\")) @rest(method: GET, path: \"/a\") { echo(text: $text, id: $id) }",
            "1:24: A: $id: $text is named \"text\" on the wire, too",
        ),
        (
            "query A($text: String @from(body: true, name: \"t\")) @rest(method: POST, path: \"/a\") { echo(text: $text) }",
            "1:9: A: $text: a whole body has no name",
        ),
        (
            "query A($text: String @from(body: true), $id: ID @from(body: true)) @rest(method: POST, path: \"/a\") { echo(text: $text, id: $id) }",
            "1:9: A: $text: two variables take the whole body",
        ),
        // Paths into the response.
        (
            "query A @rest(method: GET, path: \"/a\", data: \"library.name\") { library(id: \"l1\") { id } }",
            "1:9: A: @rest: \"library.name\": library selects no \"name\"",
        ),
        (
            "query A @rest(method: GET, path: \"/a\", data: \"shelf\") { library(id: \"l1\") { id } }",
            "1:9: A: @rest: \"shelf\": the operation selects no \"shelf\"",
        ),
        (
            "query A @rest(method: GET, path: \"/a\", data: \"library.shelves.id\") { library(id: \"l1\") { shelves { id } } }",
            "1:9: A: @rest: \"library.shelves.id\": \"shelves\" is a list, which a path cannot cross; see @unwrap",
        ),
        (
            "query A @rest(method: GET, path: \"/a\", data: \"library\", download: \"library.id\") { library(id: \"l1\") { id } }",
            "1:9: A: @rest: data and download exclude each other",
        ),
        (
            "query A @rest(method: GET, path: \"/a\", downloadName: \"library.id\") { library(id: \"l1\") { id } }",
            "1:9: A: @rest: downloadName without download",
        ),
        (
            "query A @rest(method: GET, path: \"/a\", notFound: \"no\") { library(id: \"l1\") { id } }",
            "1:9: A: @rest: notFound without data or download",
        ),
        (
            "query A @rest(method: GET, path: \"/a\", data: \"library\") { library(id: \"l1\") @omitEmpty { id } }",
            "1:9: A: @rest: \"library\": @omitEmpty has no meaning at the end of the path",
        ),
        (
            "query A @rest(method: GET, path: \"/a\", data: \"library.id\") { library(id: \"l1\") @unwrap { id } }",
            "1:9: A: @rest: \"library.id\": @unwrap has no meaning on the way",
        ),
        // Presentation that does not fit.
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { id @epochMillis } }",
            "1:65: A: @epochMillis does not fit the type ID",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { id @code } }",
            "1:65: A: @code does not fit the type ID",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") @lower { id } }",
            "1:60: A: @lower takes a plain value, but this is of the type Library",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { shelves @join { id } } }",
            "1:70: A: @join takes a list of plain values (see @unwrap), but this is of the type [Shelf!]!",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { id @join } }",
            "1:65: A: @join takes a list, but this is of the type ID!",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { shelves @unwrap { id name } } }",
            "1:70: A: @unwrap takes an object with exactly one selected member",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { shelves { labels @unwrap } } }",
            "1:79: A: @unwrap takes an object or a list of objects, but this is of the type [String]!",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { shelves @keyBy(member: \"id\") { name } } }",
            "1:70: A: @keyBy: \"id\" is not selected",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { shelves @keyBy(member: \"books\") { books { id } } } }",
            "1:70: A: @keyBy: \"books\" is not a plain value",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { shelves { labels @keyBy(member: \"id\") } } }",
            "1:79: A: @keyBy takes a list of objects, but this is of the type [String]!",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { shelves @spread { name } } }",
            "1:70: A: @spread takes an object that keeps its name off",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { id other: id @named(as: \"id\") } }",
            "1:62: A: two members of this object are named \"id\"",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { loans { id work @spread { ... on Book { id } } } } }",
            "1:70: A: two members of this object are named \"id\"",
        ),
        (
            "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { id @lower @code } }",
            "1:72: A: @lower and @code cannot stand together",
        ),
        // Routes.
        (
            "query A @rest(method: GET, path: \"/a\") @rest(method: GET, path: \"/a\") { library(id: \"l1\") { id } }",
            "1:40: A: GET /a is a route of A already",
        ),
        (
            "query A($x: ID!) @rest(method: GET, path: \"/{x}\") { library(id: $x) { id } } query B($y: ID!) @rest(method: PUT, path: \"/{y}\") { library(id: $y) { id } }",
            "1:95: B: the path /{y} is /{x} of A with other names",
        ),
        (
            "query A @rest(method: PUT, path: \"/a\", body: ABSENT) { library(id: \"l1\") { id } } query B @rest(method: PUT, path: \"/a\") { library(id: \"l1\") { id } }",
            "1:91: B: PUT /a is a route of A already",
        ),
        // Extensions.
        ("extend enum Nothing @enumCode(value: A, code: 1)", "1:21: there is no enum Nothing"),
        ("extend enum Genre @enumCode(value: A, code: 9)", "1:19: the enum Genre has no value \"A\""),
        ("extend enum Genre @enumCode(value: POETRY, code: 1)", "1:19: the code 1 of Genre is that of NOVEL already"),
        ("extend enum Genre { NEW }", "1:1: only `extend enum` and `extend input` with directives can stand here"),
        ("extend enum Genre @memberName(field: \"a\", names: [\"b\"])", "1:19: @memberName cannot stand here"),
        (
            "extend input BookInput @memberName(field: \"a\", names: [\"b\"])",
            "1:24: the input object BookInput has no field \"a\"",
        ),
        ("extend input BookInput @memberName(field: \"title\", names: [])", "1:24: @memberName(names:) is empty"),
        (
            "extend input BookInput @memberName(field: \"rare\", names: [\"b\"])",
            "1:24: the names of BookInput.rare are given twice",
        ),
        (
            "extend input BookInput @memberName(field: \"title\", names: [\"page_count\"])",
            "1:24: BookInput.pageCount is named \"page_count\" on the wire, too",
        ),
        ("extend schema @rest", "1:1: only `extend enum` and `extend input` can stand here"),
    ] {
        assert_eq!(problem_with(text).await.to_string(), format!("new.graphql:{problem}"), "{text}");
    }
}

#[tokio::test]
async fn a_code_is_missing_where_one_is_to_be_shown() {
    let text = "query A @rest(method: GET, path: \"/a\") { library(id: \"l1\") { shelves { books { genre @code } } } }";
    let toy = Toy::new();
    let sources = [Source { file: "new.graphql", text }];
    let problem = Adapter::new(&sources, &toy.sdl(), toy, options()).await.err().unwrap();
    assert_eq!(
        problem.to_string(),
        "new.graphql:1:86: A: @code: the value UNKNOWN of Genre has no code; see @enumCode"
    );
}

#[tokio::test]
async fn a_syntax_error_has_its_place() {
    let problem = problem_with("query A @rest(method: GET, path: \"/a\") {\n  library(id: ) { id } }").await;
    assert_eq!(problem.to_string(), "new.graphql:2:15: expected value");
}

#[tokio::test]
async fn names_and_downloads_are_checked_across_documents() {
    let toy = Toy::new();
    let again = Source { file: "again.graphql", text: SHELVES.text };
    let sdl = toy.sdl();
    let problem = Adapter::new(&[super::CODES, SHELVES, again], &sdl, toy.clone(), options()).await.err().unwrap();
    let expected = "again.graphql:5:1: CreateShelf: an operation of this name stands in routes/shelves.graphql, too";
    assert_eq!(problem.to_string(), expected);
    let without = Options { files: None, ..options() };
    let problem = Adapter::new(&[super::CODES, WORKS], &sdl, toy, without).await.err().unwrap();
    assert_eq!(problem.operation.as_deref(), Some("DownloadCover"));
    assert_eq!(problem.reason, "a download, but there is no file service");
}

#[tokio::test]
async fn a_schema_that_is_none_is_named_so() {
    let problem = Adapter::new(&[], "nonsense", Toy::new(), options()).await.err().unwrap();
    assert_eq!(problem.file, "schema");
}
