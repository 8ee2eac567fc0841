//! What a follower and the account wrote to each other.

use async_graphql::{Context, Object, Result};
use entity::follower;

use super::{Message, MessageFilter, MessageTotal};
use crate::domain::human_replies;
use crate::domain::messages::{self, Filter, List, Selection};
use crate::error::Error;
use crate::graphql::connection::{Arguments, Connection, cost};
use crate::graphql::human_reply::{HumanReply, HumanReplyTotal, human_reply_connection};
use crate::graphql::loaders::{MessageWindow, answer};

/// What is flattened into the follower.
pub(in crate::graphql) struct FollowerMessages<'a>(pub(in crate::graphql) &'a follower::Model);

#[Object]
impl FollowerMessages<'_> {
    /// What the follower sent, newest first; events apart.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which messages; all without it. `openid` has no place here.")] filter: Option<MessageFilter>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Message, MessageTotal>> {
        let window = Arguments { first, after, last, before }.window()?;
        let filter = filter.unwrap_or_default();
        if filter.sender().is_some() {
            return Err(Error::invalid("openid", "has no place here: the follower is the sender").into());
        }
        let filter = Filter { openid: Some(self.0.openid.clone()), ..filter.checked(ctx)? };
        let list = List { account_id: self.0.account_id.clone(), selection: Selection::Messages(filter) };
        let slice = answer(ctx, MessageWindow(list.clone(), window)).await?;
        Ok(Connection::new(slice, MessageTotal(list), messages::place, Message::from))
    }

    /// What the account's staff wrote to the follower, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn human_replies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<HumanReply, HumanReplyTotal>> {
        let list = human_replies::List { account_id: self.0.account_id.clone(), openid: Some(self.0.openid.clone()) };
        human_reply_connection(ctx, list, Arguments { first, after, last, before }).await
    }
}
