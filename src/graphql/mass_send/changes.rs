//! Sending to many, and stepping in.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entity::api_token::Role;

use super::{MassSend, MassSendType};
use crate::domain::mass_sends::{self, Decision, NewMassSend, Recipients};
use crate::graphql::follower::Gender;
use crate::graphql::scalars::DateTime;
use crate::graphql::{domain, scope};

/// A message to many followers.
#[derive(InputObject)]
pub struct CreateMassSendInput {
    /// The account.
    account_id: ID,
    /// What it shows.
    #[graphql(name = "type")]
    kind: MassSendType,
    /// Id of the text, image, voice, video or news.
    material_id: ID,
    /// Id of the group that gets it; `-1` for everybody. Those who left and those who are blocked never get one.
    #[graphql(default_with = "ID::from(\"-1\")")]
    group_id: ID,
    /// Only followers of this gender, as far as it is known. Not for a 公众号.
    gender: Option<Gender>,
    /// Not to go out before, at most 366 days ahead. Absent: at once.
    scheduled_at: Option<DateTime>,
    /// Whether to send also where WeChat finds an article to be a reprint.
    #[graphql(default)]
    ignore_reprint: bool,
}

/// A preview of a message to many followers.
#[derive(InputObject)]
pub struct PreviewMassSendInput {
    /// The account.
    account_id: ID,
    /// What it shows.
    #[graphql(name = "type")]
    kind: MassSendType,
    /// Id of the text, image, voice, video or news.
    material_id: ID,
    /// The follower who gets it.
    openid: ID,
}

/// A mass send to be stopped, tried again, or taken back.
#[derive(InputObject)]
pub struct MassSendInput {
    /// The account.
    account_id: ID,
    /// The mass send.
    id: ID,
}

/// What a person found out about an unclear part of a mass send.
#[derive(InputObject)]
pub struct DecideMassSendChunkInput {
    /// The account.
    account_id: ID,
    /// The part.
    chunk_id: ID,
    /// What became of it.
    decision: MassSendDecision,
}

/// What became of an unclear part of a mass send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Decision")]
pub enum MassSendDecision {
    /// It was sent.
    Sent,
    /// It was not sent; it can then be tried again.
    NotSent,
}

/// The mass send that a mutation concerned, as it is now.
#[derive(SimpleObject)]
pub struct MassSendPayload {
    /// The mass send.
    mass_send: MassSend,
}

/// A preview that was sent.
#[derive(SimpleObject)]
pub struct PreviewMassSendPayload {
    /// Who got it.
    openid: ID,
}

/// Mutations of mass sends.
#[derive(Default)]
pub struct MassSendMutation;

#[Object]
impl MassSendMutation {
    /// Takes on a message to many followers (群发). It goes out by itself, in parts of at most 10,000 followers; follow it with
    /// `massSendProgress`. Give an `Idempotency-Key`, so that a repeated request does not send it twice.
    async fn create_mass_send(&self, ctx: &Context<'_>, input: CreateMassSendInput) -> Result<Option<MassSendPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let new = NewMassSend {
            kind: input.kind.into(),
            material_id: input.material_id.0,
            to: Recipients { group_id: input.group_id.0, gender: input.gender.map(Gender::number) },
            scheduled_at: input.scheduled_at.map(|DateTime(at)| at),
            ignore_reprint: input.ignore_reprint,
        };
        Ok(Some(MassSendPayload { mass_send: MassSend(mass_sends::accept(domain(ctx), &scope, new).await?) }))
    }

    /// Sends a material to one follower as he would get it with many. Nothing of it is kept here.
    async fn preview_mass_send(
        &self,
        ctx: &Context<'_>,
        input: PreviewMassSendInput,
    ) -> Result<Option<PreviewMassSendPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let kind = input.kind.into();
        let openid = mass_sends::preview(domain(ctx), &scope, kind, &input.material_id, &input.openid).await?;
        Ok(Some(PreviewMassSendPayload { openid: ID(openid) }))
    }

    /// Stops what WeChat was not asked to send yet. The rest goes out.
    async fn cancel_mass_send(&self, ctx: &Context<'_>, input: MassSendInput) -> Result<Option<MassSendPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        Ok(Some(MassSendPayload { mass_send: MassSend(mass_sends::cancel(domain(ctx), &scope, &input.id).await?) }))
    }

    /// Tries again what WeChat refused before it took it, and asks WeChat once more about what is unclear. Nobody gets it twice.
    async fn retry_mass_send(&self, ctx: &Context<'_>, input: MassSendInput) -> Result<Option<MassSendPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        Ok(Some(MassSendPayload { mass_send: MassSend(mass_sends::retry(domain(ctx), &scope, &input.id).await?) }))
    }

    /// Writes down what a person found out about an unclear part, in WeChat's console or from a follower.
    async fn decide_mass_send_chunk(
        &self,
        ctx: &Context<'_>,
        input: DecideMassSendChunkInput,
    ) -> Result<Option<MassSendPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let decision = input.decision.into();
        let mass_send = mass_sends::decide(domain(ctx), &scope, &input.chunk_id, decision).await?;
        Ok(Some(MassSendPayload { mass_send: MassSend(mass_send) }))
    }

    /// Deletes the articles of a mass send at WeChat: the bubbles stay in the chats and lead nowhere. WeChat allows ten such
    /// calls a day, one for each part. Texts, images and voices cannot be taken back.
    async fn delete_mass_send_at_wechat(
        &self,
        ctx: &Context<'_>,
        input: MassSendInput,
    ) -> Result<Option<MassSendPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let mass_send = mass_sends::delete_at_wechat(domain(ctx), &scope, &input.id).await?;
        Ok(Some(MassSendPayload { mass_send: MassSend(mass_send) }))
    }
}
