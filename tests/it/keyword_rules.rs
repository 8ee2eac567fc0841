//! Keyword rules through both doors: what is saved, what is refused, and which rule would answer.

mod graphql;
mod limits;
mod matching;
mod replicas;
mod roles;
mod routes;
mod shelf;
mod special;
