//! The automatic reply to a message or an event.

use async_graphql::{Context, Enum, ID, Object, Result};
use entity::message::{self, ReplyState};

use crate::domain::messages;
use crate::domain::replies::Target;
use crate::graphql::reply::{Material, ReplyType, material};
use crate::graphql::scalars::DateTime;

/// Where an automatic reply stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AutomaticReplyState {
    /// It waits for what it shows to be at WeChat.
    Pending,
    /// It was the answer to WeChat's delivery.
    Answered,
    /// It goes out by itself, as a customer-service message.
    Deferred,
    /// It went out by itself.
    Sent,
    /// It could not be given.
    Failed,
    /// It went out by itself, and whether it arrived is not known.
    Unclear,
}

/// The way that a reply takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ReplyChannel {
    /// As the answer to WeChat's delivery (被动回复).
    Passive,
    /// As a customer-service message (客服消息), because it could not be ready in time.
    CustomerService,
}

/// An automatic reply.
pub struct AutomaticReply {
    message: message::Model,
    state: AutomaticReplyState,
}

impl AutomaticReply {
    /// `None` where there is nothing to say.
    pub(super) fn of(message: &message::Model) -> Option<Self> {
        let state = match message.reply_state {
            ReplyState::None => return None,
            ReplyState::Pending => AutomaticReplyState::Pending,
            ReplyState::Answered => AutomaticReplyState::Answered,
            ReplyState::Deferred => AutomaticReplyState::Deferred,
            ReplyState::Sent => AutomaticReplyState::Sent,
            ReplyState::Failed => AutomaticReplyState::Failed,
            ReplyState::Unclear => AutomaticReplyState::Unclear,
        };
        Some(Self { message: message.clone(), state })
    }
}

/// An automatic reply.
#[Object]
impl AutomaticReply {
    /// Where it stands.
    async fn state(&self) -> AutomaticReplyState {
        self.state
    }

    /// The way it takes; null while that is open, and of one that could not be given.
    async fn channel(&self) -> Option<ReplyChannel> {
        match self.state {
            AutomaticReplyState::Answered => Some(ReplyChannel::Passive),
            AutomaticReplyState::Deferred | AutomaticReplyState::Sent | AutomaticReplyState::Unclear => {
                Some(ReplyChannel::CustomerService)
            }
            AutomaticReplyState::Pending | AutomaticReplyState::Failed => None,
        }
    }

    /// When it was given; null before that.
    async fn replied_at(&self) -> Option<DateTime> {
        self.message.replied_at.map(Into::into)
    }

    /// What it is sent as; null where that is not known any more.
    #[graphql(name = "type")]
    async fn kind(&self) -> Option<ReplyType> {
        self.message.reply_kind.map(Into::into)
    }

    /// The text as it was given; null of other replies, and before it was given.
    async fn text(&self) -> Option<String> {
        messages::reply_text(&self.message)
    }

    /// Id of the keyword rule that answers; null where a menu button does.
    async fn rule_id(&self) -> Option<ID> {
        self.message.rule_id.clone().map(ID)
    }

    /// Id of the menu button that answers; null where a rule does.
    async fn button_id(&self) -> Option<ID> {
        self.message.button_id.clone().map(ID)
    }

    /// The material that answers, as it is now; null when it was deleted.
    async fn material(&self, ctx: &Context<'_>) -> Result<Option<Material>> {
        match (self.message.reply_kind, &self.message.reply_id) {
            (Some(kind), Some(id)) => material(ctx, &self.message.account_id, &Target { kind, id: id.clone() }).await,
            _ => Ok(None),
        }
    }

    /// Why it could not be given, or why that is not known; null otherwise.
    async fn error(&self) -> Option<&str> {
        self.message.reply_error.as_deref()
    }
}
