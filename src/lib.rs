//! Odaesan runs WeChat Official Accounts (微信公众号): one core, two doors.
//!
//! # The map
//!
//! ```text
//!    GraphQL clients        legacy REST clients             WeChat, or the sandbox
//!           |                        |                        |              ^
//!     POST /graphql           /v1/{account}/…          /wx/{account}         |
//!           |                        |                        |              |
//!           |          rest: a route is a GraphQL operation   |              |
//!           v                        |                        |              |
//!  graphql: schema, <----------------+        server::webhook: is it signed? |
//!  resolvers, loaders                                         |              |
//!           |                                                 |              |
//!           +-----------> domain: the rules <-----------------+              |
//!                          ^    |    |    |                                  |
//!  jobs: who does ---------+    |    |    +--> wechat: the upstream client --+
//!  the durable work             |    |
//!                            entity  queue      webhook: pushes and replies, read and written
//!                           migration
//! ```
//!
//! | part | what it is | may use |
//! |---|---|---|
//! | [`wechat`], [`webhook`], [`storage`], [`article_html`], `disposition`, [`clock`], [`database`], [`secrets`], [`keywords`], [`config`] | mechanisms | nothing of this crate but each other |
//! | [`error`], [`queue`], [`access`], [`audit`] | mechanisms that know the table of errors | the above |
//! | [`domain`] | the rules of the business; the only code that writes its tables | the above |
//! | [`graphql`], [`jobs`] | authorise, call the domain, convert; run the durable work | the domain |
//! | [`rest`] | routes from documents; knows no resource | the table of errors |
//! | [`idempotency`] | repeats the answers of repeated writes, for both doors | access, rest's envelope |
//! | [`server`], [`cli`], [`demo`], [`telemetry`] | the program around it | everything |
//!
//! A test (`tests/it/layering.rs`) holds the arrows.
//!
//! # Where to add what
//!
//! | to add | touch |
//! |---|---|
//! | a REST route | a document in `src/rest/routes/` |
//! | an internal column | `entity/`, a new step in `migration/` |
//! | a published column | also one resolver function in `graphql/` |
//! | a rule | its module in `domain/` |
//! | a webhook event | `webhook/push/event.rs`; what it changes in `domain/deliveries/effects.rs`; its type in `graphql/message/event.rs` |
//! | a kind of job | a file in `jobs/` and a line in its table |
//! | a setting | `config.rs`, and its reader |

pub mod access;
pub mod article_html;
pub mod audit;
pub mod cli;
pub mod clock;
pub mod config;
pub mod database;
pub mod demo;
mod disposition;
pub mod domain;
pub mod error;
pub mod graphql;
pub mod idempotency;
pub mod jobs;
pub mod keywords;
pub mod queue;
pub mod rest;
pub mod secrets;
pub mod server;
pub mod storage;
pub mod telemetry;
pub mod webhook;
pub mod wechat;
