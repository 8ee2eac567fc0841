//! The GraphQL door: types, resolvers, loaders. It authorises, calls the domain and converts; no rule and no SQL here.
//!
//! One file a type. A published column is one resolver function, whose doc comment is its manual page.
//!
//! What can be missing or refused on its own (an object looked up by id, the payload of a mutation) is nullable, so that
//! its error leaves the rest of the answer standing; lists and plain columns are not.

use std::sync::Arc;

use async_graphql::{Context, MergedObject, MergedSubscription, Request, SDLExportOptions, Schema};
use entity::api_token::Role;

use crate::access::Principal;
use crate::domain::{self, Scope};
use crate::error::Result;

pub mod account;
pub mod batches;
pub mod completion;
pub mod connection;
pub mod errors;
pub mod follower;
pub mod group;
pub mod http;
pub mod human_reply;
pub mod image;
pub mod job;
pub mod keyword_rule;
pub mod limits;
pub mod loaders;
pub mod mass_send;
pub mod media;
pub mod menu;
pub mod message;
pub mod news;
pub mod playground;
pub mod reply;
pub mod scalars;
pub mod spans;
pub mod text;
pub mod transport;
pub mod video;
pub mod voice;
pub mod wechat_copy;

#[cfg(test)]
mod toy;

/// Everything that can be asked.
#[derive(MergedObject, Default)]
pub struct Query(account::AccountQuery, job::JobQuery);

/// Everything that can be changed. Every mutation takes one `input` and returns a payload with the changed object.
#[derive(MergedObject, Default)]
pub struct Mutation(
    account::changes::AccountMutation,
    follower::FollowerMutation,
    group::GroupMutation,
    text::TextMutation,
    image::ImageMutation,
    voice::VoiceMutation,
    video::VideoMutation,
    news::NewsMutation,
    keyword_rule::KeywordRuleMutation,
    menu::MenuMutation,
    human_reply::HumanReplyMutation,
    mass_send::changes::MassSendMutation,
    job::JobMutation,
);

/// Everything that can be followed as it happens.
#[derive(MergedSubscription, Default)]
pub struct Subscription(job::JobSubscription, mass_send::MassSendSubscription);

/// The schema of this service.
pub type OdaesanSchema = Schema<Query, Mutation, Subscription>;

/// The schema's text, `schema.graphql`.
pub fn sdl() -> String {
    let schema = Schema::build(Query::default(), Mutation::default(), Subscription::default()).finish();
    schema.sdl_with_options(SDLExportOptions::new().include_specified_by())
}

/// Puts what every request needs into it: who is calling, and loaders that live as long as the request. The schema has
/// the extension [`batches::Batches`].
pub fn prepare(request: Request, context: &domain::Context, principal: Arc<Principal>) -> Request {
    let waiting = batches::Waiting::default();
    let loaders = waiting.loader(loaders::Loaders::new(context.clone()));
    request.data(principal).data(loaders).data(waiting)
}

fn domain<'a>(ctx: &Context<'a>) -> &'a domain::Context {
    ctx.data_unchecked()
}

fn caller<'a>(ctx: &Context<'a>) -> &'a Principal {
    ctx.data_unchecked::<Arc<Principal>>()
}

async fn scope(ctx: &Context<'_>, account_id: &str, role: Role) -> Result<Scope> {
    Scope::open(domain(ctx), caller(ctx), account_id, role).await
}
