//! The toy service of the tests: a library of shelves, books and recordings.

use std::convert::Infallible;
use std::io::Read as _;
use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::{
    Context, EmptySubscription, Enum, Error, ErrorExtensions as _, ID, InputObject, Json, Object, Request, Response,
    Schema, ServerError, SimpleObject, Union, Upload, ValidationMode, Value,
};
use axum::body::Body;
use axum::http::header::{CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RANGE};
use axum::http::request::Parts;
use axum::http::{self, StatusCode};
use chrono::{DateTime, Utc};
use serde_json::json;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use crate::rest::{Executor, FileService, Route};

/// What a book is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum Genre {
    Unknown,
    Novel,
    Poetry,
}

/// Who wrote a book.
#[derive(Clone, SimpleObject)]
pub(super) struct Author {
    /// The full name.
    pub(super) name: String,
    pub(super) born: Option<i32>,
}

/// A printed work.
#[derive(Clone, SimpleObject)]
pub(super) struct Book {
    pub(super) id: ID,
    pub(super) title: String,
    pub(super) pages: Option<i32>,
    pub(super) genre: Genre,
    /// When it came into the library.
    pub(super) added_at: DateTime<Utc>,
    pub(super) author: Option<Author>,
}

/// A spoken work.
#[derive(Clone, SimpleObject)]
pub(super) struct Recording {
    pub(super) id: ID,
    pub(super) seconds: f64,
    pub(super) label: String,
}

#[derive(Clone, Union)]
pub(super) enum Work {
    Book(Book),
    Recording(Recording),
}

/// A loan of something that may be lost by now.
#[derive(Clone, SimpleObject)]
pub(super) struct Loan {
    pub(super) id: ID,
    pub(super) work: Option<Work>,
}

#[derive(Clone, SimpleObject)]
pub(super) struct Shelf {
    pub(super) id: ID,
    /// The name on the shelf.
    pub(super) name: String,
    pub(super) labels: Vec<Option<String>>,
    pub(super) books: Vec<Book>,
}

#[derive(SimpleObject)]
pub(super) struct Paging {
    index: i32,
    size: i32,
    count: i32,
}

#[derive(SimpleObject)]
pub(super) struct ShelfPage {
    nodes: Vec<Shelf>,
    paging: Paging,
}

/// A book to come.
#[derive(Debug, InputObject)]
pub(super) struct BookInput {
    /// Its title.
    title: String,
    page_count: Option<i32>,
    #[graphql(default)]
    rare: bool,
    genre: Option<Genre>,
    sequels: Option<Vec<BookInput>>,
}

#[derive(InputObject)]
pub(super) struct ShelfInput {
    /// The library's id.
    library_id: ID,
    /// 1 to 10 characters.
    shelf_name: String,
}

pub(super) struct Library;

/// One library.
#[Object]
impl Library {
    async fn id(&self) -> ID {
        "l1".into()
    }

    /// A shelf of the library.
    async fn shelf(&self, id: ID) -> Option<Shelf> {
        shelves().into_iter().find(|shelf| shelf.id == id)
    }

    /// Shelves, page by page.
    async fn shelf_page(&self, #[graphql(desc = "From 1.")] index: i32, size: i32) -> ShelfPage {
        let nodes = shelves().into_iter().take(usize::try_from(size).unwrap_or_default()).collect();
        ShelfPage { nodes, paging: Paging { index, size, count: 2 } }
    }

    async fn shelves(&self) -> Vec<Shelf> {
        shelves()
    }

    async fn works(&self) -> Vec<Work> {
        vec![Work::Book(book("b1", "山\u{1f600}\"\n")), Work::Recording(recording())]
    }

    async fn loans(&self) -> Vec<Loan> {
        let loan = |id: &str, work| Loan { id: id.into(), work };
        vec![
            loan("1", Some(Work::Book(book("b1", "Sea")))),
            loan("2", Some(Work::Recording(recording()))),
            loan("3", None),
        ]
    }

    async fn cover_url(&self, id: ID) -> Option<String> {
        match id.as_str() {
            "none" => None,
            "odd" => Some("not a url \u{1f600}".to_owned()),
            id => Some(format!("https://books.example/files/{id}.jpg?v=1")),
        }
    }
}

pub(super) fn book(id: &str, title: &str) -> Book {
    Book {
        id: id.into(),
        title: title.to_owned(),
        pages: Some(12),
        genre: Genre::Poetry,
        added_at: DateTime::from_timestamp_millis(1_403_163_520_123).unwrap_or_default(),
        author: None,
    }
}

fn recording() -> Recording {
    Recording { id: "r1".into(), seconds: 1.5, label: "Wave".to_owned() }
}

fn shelves() -> Vec<Shelf> {
    let author = Some(Author { name: "李白".to_owned(), born: Some(701) });
    let labels = vec![Some("a\"b".to_owned()), None, Some(String::new()), Some("c".to_owned())];
    vec![
        Shelf {
            id: "s1".into(),
            name: "Upper".to_owned(),
            labels,
            books: vec![Book { author, genre: Genre::Novel, ..book("b1", "Sea") }, book("b2", "Sky")],
        },
        Shelf { id: "s2".into(), name: "Lower".to_owned(), labels: Vec::new(), books: Vec::new() },
    ]
}

pub(super) struct Query;

#[Object]
impl Query {
    /// A library by its id.
    async fn library(&self, id: ID) -> Option<Library> {
        (id == "l1").then_some(Library)
    }

    /// What the service received, as JSON.
    #[expect(clippy::too_many_arguments, reason = "one for each kind of value")]
    async fn echo(
        &self,
        text: Option<String>,
        id: Option<ID>,
        whole: Option<i32>,
        decimal: Option<f64>,
        flag: Option<bool>,
        genre: Option<Genre>,
        instant: Option<DateTime<Utc>>,
        texts: Option<Vec<String>>,
        books: Option<Vec<BookInput>>,
        any: Option<Json<serde_json::Value>>,
    ) -> Json<serde_json::Value> {
        Json(json!({
            "text": text, "id": id, "whole": whole, "decimal": decimal, "flag": flag,
            "genre": genre.map(|genre| format!("{genre:?}")), "instant": instant.map(|it| it.to_rfc3339()),
            "texts": texts, "books": books.map(|books| format!("{books:?}")), "any": any.map(|any| any.0),
        }))
    }

    /// Fails as it is told.
    async fn failing(
        &self,
        code: Option<String>,
        field: Option<String>,
        message: String,
    ) -> async_graphql::Result<bool> {
        Err(coded(code.as_deref(), field.as_deref(), &message))
    }
}

pub(super) fn coded(code: Option<&str>, field: Option<&str>, message: &str) -> Error {
    Error::new(message).extend_with(|_, extensions| {
        for (name, value) in [("code", code), ("field", field)] {
            if let Some(value) = value {
                extensions.set(name, value);
            }
        }
    })
}

#[derive(SimpleObject)]
pub(super) struct Cover {
    name: String,
    content_type: Option<String>,
    size: u64,
    start: String,
    caption: Option<String>,
}

pub(super) struct Mutation;

#[Object]
impl Mutation {
    /// Puts up a shelf.
    async fn create_shelf(&self, input: ShelfInput) -> async_graphql::Result<Shelf> {
        let name = input.shelf_name.trim();
        if name.is_empty() || name.chars().count() > 10 {
            return Err(coded(Some("BAD_USER_INPUT"), Some("shelfName"), "shelfName: 1 to 10 characters"));
        }
        Ok(Shelf { id: input.library_id, name: name.to_owned(), labels: Vec::new(), books: Vec::new() })
    }

    async fn rename_shelf(&self, id: ID, name: String) -> String {
        format!("{}:{name}", id.as_str())
    }

    async fn remove_shelf(&self, id: ID) -> String {
        format!("removed {}", id.as_str())
    }

    async fn add_books(&self, books: Vec<BookInput>) -> async_graphql::Result<Vec<String>> {
        if let Some(index) = books.iter().position(|book| book.title == "forbidden") {
            let field = format!("books[{index}].pageCount");
            return Err(coded(Some("BAD_USER_INPUT"), Some(&field), &format!("{field}: not this one")));
        }
        Ok(books.into_iter().map(|book| book.title).collect())
    }

    /// Keeps a picture.
    async fn upload_cover(&self, ctx: &Context<'_>, file: Upload, caption: Option<String>) -> std::io::Result<Cover> {
        let upload = file.value(ctx)?;
        let (name, content_type, size) = (upload.filename.clone(), upload.content_type.clone(), upload.size()?);
        let mut start = String::new();
        upload.into_read().take(8).read_to_string(&mut start)?;
        Ok(Cover { name, content_type, size, start, caption })
    }
}

/// The toy service: one schema that executes, one that validates.
#[derive(Clone)]
pub(super) struct Toy {
    fast: Schema<Query, Mutation, EmptySubscription>,
    strict: Schema<Query, Mutation, EmptySubscription>,
}

impl Toy {
    pub(super) fn new() -> Self {
        let fast = Schema::build(Query, Mutation, EmptySubscription).validation_mode(ValidationMode::Fast).finish();
        let strict = Schema::build(Query, Mutation, EmptySubscription).extension(NeverExecute).finish();
        Self { fast, strict }
    }

    pub(super) fn sdl(&self) -> String {
        self.fast.sdl()
    }
}

impl Executor for Toy {
    async fn execute(&self, request: Request, parts: &Parts) -> Response {
        assert!(parts.extensions.get::<Route>().is_some(), "the executor learns the route");
        if parts.headers.get("x-token").is_some_and(|token| token == "wrong") {
            let error = coded(Some("UNAUTHENTICATED"), None, "the token is not valid");
            return Response::from_errors(vec![error.into_server_error(async_graphql::Pos::default())]);
        }
        let mut response = self.fast.execute(request).await;
        response.http_headers.insert("x-toy", http::HeaderValue::from_static("yes"));
        response
    }

    async fn check(&self, request: Request) -> Vec<ServerError> {
        self.strict.execute(request).await.errors
    }
}

struct NeverExecute;

impl ExtensionFactory for NeverExecute {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for NeverExecute {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::new(Value::Null)
    }
}

/// Ten bytes at `/files/sea.jpg`, with a range and a condition; `/files/broken.jpg` fails.
pub(super) fn files() -> FileService {
    BoxCloneSyncService::new(service_fn(async |request: http::Request<Body>| {
        assert_eq!(request.uri().query(), Some("v=1"), "the query belongs to the URL");
        assert!(request.headers().get("x-token").is_none(), "credentials are not passed on");
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let response = http::Response::builder().header(ETAG, "\"v1\"").header(CONTENT_TYPE, "image/jpeg");
        let response = match (request.uri().path(), header(RANGE), header(IF_NONE_MATCH)) {
            ("/files/sea.jpg", _, Some("\"v1\"")) => response.status(StatusCode::NOT_MODIFIED).body(Body::empty()),
            ("/files/sea.jpg", Some("bytes=2-4"), _) => {
                let response = response.status(StatusCode::PARTIAL_CONTENT).header(CONTENT_RANGE, "bytes 2-4/10");
                response.body(Body::from("234"))
            }
            ("/files/sea.jpg", Some(_), _) => response.status(StatusCode::RANGE_NOT_SATISFIABLE).body(Body::empty()),
            ("/files/sea.jpg", ..) => response.body(Body::from("0123456789")),
            ("/files/broken.jpg", ..) => response.status(StatusCode::INTERNAL_SERVER_ERROR).body(Body::from("disk")),
            _ => response.status(StatusCode::NOT_FOUND).body(Body::from("nothing")),
        };
        Ok::<_, Infallible>(response.unwrap_or_default())
    }))
}
