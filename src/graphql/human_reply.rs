//! Messages that the account's staff writes to a follower.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entity::api_token::Role;
use entity::human_reply::{Model, State};

use super::connection::{Arguments, Connection};
use super::follower::Follower;
use super::loaders::{FollowerByOpenid, HumanReplyCount, HumanReplyWindow, answer, find};
use super::reply::{Material, ReplyInput, ReplyType, material};
use super::scalars::DateTime;
use super::{domain, scope};
use crate::domain::human_replies::{self, Content, List};
use crate::domain::replies::Target;

/// A message that the account's staff wrote to a follower.
pub struct HumanReply(Model);

/// Where a message of the staff stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum HumanReplyState {
    /// On its way.
    Sending,
    /// WeChat took it.
    Sent,
    /// WeChat refused it.
    Failed,
    /// Whether WeChat took it is not known. It is not sent again by itself.
    Unclear,
}

/// A message that the account's staff wrote to a follower.
#[Object]
impl HumanReply {
    /// Id of the message.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// WeChat's id of the follower for this account.
    async fn openid(&self) -> ID {
        ID(self.0.openid.clone())
    }

    /// To whom it was written; null for somebody who is not known here any more.
    async fn follower(&self, ctx: &Context<'_>) -> Result<Option<Follower>> {
        let key = (self.0.account_id.clone(), self.0.openid.clone());
        Ok(find(ctx, FollowerByOpenid(key)).await?.map(Follower))
    }

    /// What it was sent as.
    #[graphql(name = "type")]
    async fn kind(&self) -> ReplyType {
        self.0.kind.into()
    }

    /// The text, where it was written for this follower alone; null for a stored material.
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// The stored material, as it is now; null for a text that was written for this follower alone, and for a material
    /// that was deleted.
    async fn material(&self, ctx: &Context<'_>) -> Result<Option<Material>> {
        match &self.0.material_id {
            Some(id) => material(ctx, &self.0.account_id, &Target { kind: self.0.kind, id: id.clone() }).await,
            None => Ok(None),
        }
    }

    /// Where it stands.
    async fn state(&self) -> HumanReplyState {
        human_replies::state(&self.0).into()
    }

    /// WeChat's code when it refused; null otherwise.
    async fn errcode(&self) -> Option<i64> {
        self.0.errcode
    }

    /// Why it was not sent, or why that is not known; null otherwise.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// Who wrote it, as the audit trail names him.
    async fn actor(&self) -> &str {
        &self.0.actor
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When WeChat took it; null where it did not, or where that is not known.
    async fn sent_at(&self) -> Option<DateTime> {
        self.0.sent_at.map(Into::into)
    }
}

/// How many messages of the staff there are in a list.
pub struct HumanReplyTotal(List);

#[Object]
impl HumanReplyTotal {
    /// How many messages the list has in all.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(answer(ctx, HumanReplyCount(self.0.clone())).await?)
    }
}

/// The messages of a list.
pub(super) async fn human_reply_connection(
    ctx: &Context<'_>,
    list: List,
    arguments: Arguments,
) -> Result<Connection<HumanReply, HumanReplyTotal>> {
    let slice = answer(ctx, HumanReplyWindow(list.clone(), arguments.window()?)).await?;
    Ok(Connection::new(slice, HumanReplyTotal(list), human_replies::place, HumanReply))
}

/// A message to a follower: a text, or a stored material.
#[derive(InputObject)]
pub struct SendHumanReplyInput {
    /// The account.
    account_id: ID,
    /// The follower. His last message must be less than 48 hours old.
    openid: ID,
    /// A text for this follower alone: 1 to 2,048 bytes of UTF-8. Instead of `reply`.
    text: Option<String>,
    /// A stored material. Instead of `text`. Of a news the first article is sent.
    reply: Option<ReplyInput>,
}

/// The message that a mutation sent.
#[derive(SimpleObject)]
pub struct HumanReplyPayload {
    /// The message.
    human_reply: HumanReply,
}

/// Mutations of messages to followers.
#[derive(Default)]
pub struct HumanReplyMutation;

#[Object]
impl HumanReplyMutation {
    /// Sends a customer-service message (客服消息) to one follower. WeChat lets verified accounts do so, within 48 hours of
    /// the follower's last message. What WeChat refused, and what may have arrived without an answer of WeChat's, is an
    /// error here and stays in the list `humanReplies`; it is never sent again by itself.
    async fn send_human_reply(
        &self,
        ctx: &Context<'_>,
        input: SendHumanReplyInput,
    ) -> Result<Option<HumanReplyPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let content = Content::new(input.text, input.reply.map(Target::from))?;
        let sent = human_replies::send(domain(ctx), &scope, &input.openid, content).await?;
        Ok(Some(HumanReplyPayload { human_reply: HumanReply(sent) }))
    }
}
