//! A toy schema, books on shelves, to test the door without the house.

use std::{io::Read, sync::Arc, time::Duration};

use async_graphql::{Context, ID, InputObject, Object, Request, Result, Schema, SimpleObject, Subscription, Upload};
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};

use crate::{
    error::Error,
    graphql::{
        errors::Errors,
        http::Gate,
        limits::{Limits, list_cost},
    },
    wechat,
};

pub(crate) type ToySchema = Schema<Query, Mutation, Events>;

/// The schema, guarded as the real one is.
pub(crate) fn schema(limits: Limits) -> ToySchema {
    Schema::build(Query, Mutation, Events).extension(Errors).extension(limits).finish()
}

/// Lets everybody in but the bearer of `wrong`, and keeps the credential.
#[derive(Clone, Copy)]
pub(crate) struct OpenGate;

/// What [`OpenGate`] puts into the context.
#[derive(Clone)]
pub(crate) struct Credential(String);

impl Gate for OpenGate {
    type Caller = Credential;

    async fn authenticate(&self, _parts: &Parts, authorization: Option<&str>) -> Result<Credential, Error> {
        match authorization {
            Some("Bearer wrong") => Err(Error::Unauthenticated("this token is not valid")),
            Some("Bearer unlucky") => Err(Error::Internal("token table at /var/secret is gone".to_owned())),
            other => Ok(Credential(other.unwrap_or("nobody").to_owned())),
        }
    }

    fn equip(&self, caller: &Credential, request: &mut Request) {
        request.data.insert(caller.clone());
    }
}

/// What can be asked.
pub(crate) struct Query;

/// A book.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Book {
    id: ID,
    title: String,
}

/// A shelf.
pub(crate) struct Shelf;

#[async_graphql::ComplexObject]
impl Book {
    /// Where it stands.
    async fn shelf(&self) -> Shelf {
        Shelf
    }

    /// Who wrote it. Nobody knows of the second book, though somebody should.
    async fn author(&self) -> Result<String, Error> {
        if *self.id == "2" { Err(Error::not_found("author", "2")) } else { Ok("Anon".to_owned()) }
    }
}

fn book(number: usize) -> Book {
    Book { id: number.to_string().into(), title: format!("Book {number}") }
}

#[Object]
impl Shelf {
    /// Its books.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn books(&self, #[graphql(default = 2)] first: usize) -> Vec<Book> {
        (1..=first).map(book).collect()
    }

    /// Three places; one book may be missing, and then the others stay.
    async fn places(&self) -> Vec<Option<Book>> {
        (1..=3).map(|number| Some(book(number))).collect()
    }
}

#[Object]
impl Query {
    /// The shelf.
    async fn shelf(&self) -> Shelf {
        Shelf
    }

    /// One book; 1 to 9 exist.
    async fn book(&self, id: ID) -> Result<Option<Book>, Error> {
        match id.parse() {
            Ok(number @ 1..=9) => Ok(Some(book(number))),
            Ok(_) => Err(Error::not_found("book", id.as_str())),
            Err(_) => Err(Error::invalid("id", "must be a number")),
        }
    }

    /// The credential of the caller.
    async fn caller(&self, ctx: &Context<'_>) -> String {
        ctx.data_unchecked::<Credential>().0.clone()
    }

    /// Gives the time back.
    async fn at(&self, time: DateTime<Utc>) -> Option<String> {
        Some(time.to_rfc3339())
    }

    /// At most three characters.
    async fn short(&self, #[graphql(validator(chars_max_length = 3))] text: String) -> String {
        text
    }

    /// Fails as a database does.
    async fn database(&self) -> Result<Option<i32>, Error> {
        Err(sea_orm::DbErr::Custom("SELECT secret FROM token".to_owned()).into())
    }

    /// Fails as a data loader does.
    async fn shared(&self) -> Result<Option<i32>, Arc<Error>> {
        Err(Arc::new(Error::Conflict("the name is in use".to_owned())))
    }

    /// Fails as WeChat does.
    async fn wechat(&self) -> Result<Option<i32>, Error> {
        let errmsg = "invalid tag name rid: 1-2-3".to_owned();
        Err(wechat::Error::Refused { api: "/cgi-bin/tags/create", errcode: 45157, errmsg }.into())
    }

    /// Fails with an error that is not of the core.
    async fn foreign(&self) -> Result<Option<i32>> {
        Err(std::io::Error::other("/etc/passwd is not readable").into())
    }

    /// Fails because the context lacks something.
    async fn lacking(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        ctx.data::<Duration>().map(|_| Some(true))
    }

    /// Takes its time.
    async fn slow(&self, ms: u64) -> bool {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        true
    }
}

/// What can be changed.
pub(crate) struct Mutation;

/// A new book.
#[derive(InputObject)]
pub(crate) struct NewBook {
    title: String,
}

#[Object]
impl Mutation {
    /// Adds a book.
    async fn add_book(&self, input: NewBook) -> Book {
        Book { title: input.title, ..book(10) }
    }

    /// Reads files; each as name, media type and text.
    async fn read(&self, ctx: &Context<'_>, files: Vec<Upload>) -> Result<Vec<String>> {
        files.iter().map(|file| read(ctx, *file)).collect()
    }

    /// Reads a file twice over two variables.
    async fn both(&self, ctx: &Context<'_>, one: Upload, other: Upload) -> Result<[String; 2]> {
        Ok([read(ctx, one)?, read(ctx, other)?])
    }
}

fn read(ctx: &Context<'_>, file: Upload) -> Result<String> {
    let mut upload = file.value(ctx)?;
    let mut text = String::new();
    upload.content.read_to_string(&mut text)?;
    Ok(format!("{} {} {text}", upload.filename, upload.content_type.unwrap_or_default()))
}

/// What can be followed.
pub(crate) struct Events;

#[Subscription]
impl Events {
    /// Counts from 1, a number every 5 ms.
    async fn count(&self, to: u32) -> impl Stream<Item = u32> {
        stream::iter(1..=to).then(|number| async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            number
        })
    }

    /// Says nothing and does not end.
    async fn silence(&self) -> impl Stream<Item = bool> {
        stream::pending()
    }

    /// Says who listens.
    async fn listener(&self, ctx: &Context<'_>) -> impl Stream<Item = String> + use<> {
        stream::iter([ctx.data_unchecked::<Credential>().0.clone()])
    }

    /// Cannot be followed.
    async fn closed(&self) -> Result<stream::Empty<bool>, Error> {
        Err(Error::not_found("shelf", "9"))
    }

    /// Wants a time.
    async fn since(&self, time: DateTime<Utc>) -> impl Stream<Item = String> {
        stream::iter([time.to_rfc3339()])
    }

    /// Each item fails.
    async fn failing(&self) -> impl Stream<Item = Result<bool, Arc<Error>>> {
        stream::iter([Err(Arc::new(Error::Internal("secret".to_owned()))), Ok(true)])
    }
}
