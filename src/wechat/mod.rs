//! The upstream client: what this service asks of WeChat.
//!
//! One [`Client`] serves every account; the account's [`Credentials`] come with each call, and the access token
//! behind them is fetched, kept and renewed here (`token`), so that no caller ever sees one. Below the calls lies
//! one place where a request is made, read, classified and repeated (`call`); each API group is a file of plain
//! methods over it (`users`, `tags`, `media`, …). There is no trait to put a fake behind: tests, demo and production differ
//! by the base URL.
//!
//! What it promises:
//! - a failure says what can be done about it ([`Error::class`]) and whether the request may have had its effect
//!   all the same ([`Error::may_have_been_processed`]), because a mass send must not go out twice;
//! - only calls that may be repeated are repeated, within the bounds of [`Retry`];
//! - no secret and no token appears in an error, in a `Debug` form or in the log. Tokens travel in the query, so
//!   no URL is ever logged.
//!
//! It lies at the bottom of the house and uses nothing else of this crate.
//!
//! Metrics: `odaesan_wechat_calls_total{api,outcome}` and `odaesan_wechat_call_seconds{api}` count attempts, not
//! calls; `odaesan_wechat_token_refreshes_total{mode,outcome}` counts token requests. `outcome` is `ok`, WeChat's
//! `errcode`, or what came instead of an answer (see [`Error::outcome`]).

mod call;
mod client;
mod customer_service;
mod download;
mod drafts;
mod errcode;
mod error;
mod mass;
mod material;
mod media;
mod menu;
mod tags;
#[cfg(test)]
mod tests;
mod token;
mod users;
mod wire;

pub use call::describe_metrics;
pub use client::{BuildError, Client, Credentials, Retry, Settings};
pub use customer_service::ServiceMessage;
pub use download::{DownloadedMedia, MAX_MEDIA_BYTES};
pub use drafts::{Article, DraftArticle};
pub use error::{Class, Error, Result};
pub use mass::{DailyQuota, MassAudience, MassMessage, MassStatus, QueuedSend};
pub use material::{MAX_ARTICLE_IMAGE_BYTES, MaterialCounts, MaterialKind, PermanentMaterial, VideoDescription};
pub use media::{MediaFile, MediaKind, TemporaryMedia};
pub use menu::{CurrentMenu, MenuButton};
pub use tags::{Tag, TagFollowerPage, Tagging};
pub use users::{FollowerDetail, FollowerPage, Sex};
