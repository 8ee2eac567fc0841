//! A schema in which fields wait for each other and fail in every way.

#![expect(clippy::unused_async, reason = "resolvers are asynchronous by shape")]

use async_graphql::{Interface, Object, Result, Schema, SchemaBuilder, SimpleObject, Subscription, Union};
use futures_util::{Stream, stream};

use crate::error::Error;

pub(super) type Menagerie = Schema<Query, Mutation, Events>;

pub(super) fn builder() -> SchemaBuilder<Query, Mutation, Events> {
    Schema::build(Query, Mutation, Events).limit_recursive_depth(64)
}

pub(super) struct Query;

/// A cat. What is wrong with it depends on its number.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub(super) struct Cat {
    number: i32,
}

/// A dog.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub(super) struct Dog {
    number: i32,
}

#[derive(Clone, Interface)]
#[graphql(
    field(name = "number", ty = "&i32"),
    field(name = "wait", ty = "u32", arg(name = "turns", ty = "u32")),
    field(name = "cat", ty = "Being"),
    field(name = "dog", ty = "Option<Being>")
)]
pub(super) enum Being {
    Cat(Cat),
    Dog(Dog),
}

#[derive(Clone, Union)]
pub(super) enum Pet {
    Cat(Cat),
    Dog(Dog),
}

fn cat(number: i32) -> Cat {
    Cat { number }
}

fn failure() -> Error {
    Error::not_found("thing", "1")
}

/// Lets others go first so many times.
async fn wait(turns: u32) -> u32 {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
    turns
}

#[async_graphql::ComplexObject]
impl Cat {
    async fn wait(&self, turns: u32) -> u32 {
        wait(turns).await
    }
    async fn cat(&self) -> Being {
        Being::Cat(cat(1))
    }
    async fn dog(&self) -> Option<Being> {
        Some(Being::Dog(Dog { number: 2 }))
    }
    /// Always fails, and may.
    async fn hurt(&self) -> Result<Option<i32>, Error> {
        Err(failure())
    }
    /// Fails for the second cat and must not.
    async fn name(&self) -> Result<String, Error> {
        if self.number == 2 { Err(failure()) } else { Ok("Tom".to_owned()) }
    }
    async fn sure(&self) -> Self {
        self.clone()
    }
    async fn maybe(&self) -> Option<Self> {
        Some(self.clone())
    }
    async fn second(&self) -> Self {
        cat(2)
    }
}

#[async_graphql::ComplexObject]
impl Dog {
    async fn wait(&self, turns: u32) -> u32 {
        wait(turns).await
    }
    async fn cat(&self) -> Being {
        Being::Cat(cat(1))
    }
    async fn dog(&self) -> Option<Being> {
        Some(Being::Dog(self.clone()))
    }
    /// Always fails and must not.
    async fn name(&self) -> Result<String, Error> {
        Err(failure())
    }
}

#[Object]
impl Query {
    async fn wait(&self, turns: u32) -> u32 {
        wait(turns).await
    }
    async fn being(&self) -> Being {
        Being::Cat(cat(1))
    }
    async fn first(&self) -> Option<Cat> {
        Some(cat(1))
    }
    async fn second(&self) -> Option<Cat> {
        Some(cat(2))
    }
    async fn surely_second(&self) -> Cat {
        cat(2)
    }
    async fn nobody(&self) -> Option<Cat> {
        None
    }
    async fn cats(&self) -> Vec<Cat> {
        vec![cat(1), cat(2), cat(3)]
    }
    async fn maybe_cats(&self) -> Option<Vec<Cat>> {
        Some(vec![cat(1), cat(2), cat(3)])
    }
    async fn places(&self) -> Vec<Option<Cat>> {
        vec![Some(cat(1)), Some(cat(2)), None]
    }
    async fn pets(&self) -> Vec<Pet> {
        vec![Pet::Cat(cat(1)), Pet::Dog(Dog { number: 2 })]
    }
    async fn maybe_pets(&self) -> Vec<Option<Pet>> {
        vec![Some(Pet::Cat(cat(1))), Some(Pet::Dog(Dog { number: 2 }))]
    }
    async fn hurt(&self) -> Result<Option<i32>, Error> {
        Err(failure())
    }
    async fn broken(&self) -> Result<i32, Error> {
        Err(failure())
    }
    /// 100 nodes.
    async fn herd(&self) -> Vec<Cat> {
        (0..100).map(|number| cat(number * 2 + 1)).collect()
    }
}

pub(super) struct Mutation;

#[Object]
impl Mutation {
    async fn feed(&self, turns: u32) -> u32 {
        wait(turns).await
    }
    async fn hurt(&self) -> Result<Option<i32>, Error> {
        Err(failure())
    }
    async fn broken(&self) -> Result<i32, Error> {
        Err(failure())
    }
}

pub(super) struct Events;

#[Subscription]
impl Events {
    async fn cats(&self) -> impl Stream<Item = Cat> {
        stream::iter([cat(1), cat(2)])
    }
    async fn hurt(&self) -> impl Stream<Item = Option<Result<i32, std::sync::Arc<Error>>>> {
        stream::iter([Some(Ok(1)), Some(Err(std::sync::Arc::new(failure())))])
    }
    async fn closed(&self) -> Result<stream::Empty<bool>, Error> {
        Err(failure())
    }
}
