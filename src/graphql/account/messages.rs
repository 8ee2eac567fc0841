//! What an account received, and what its staff wrote.

use async_graphql::{Context, ID, Object, Result};
use entity::account;

use crate::domain::human_replies;
use crate::domain::messages::{self as rules, Filter, List, Selection};
use crate::domain::page::Numbered;
use crate::error::Error;
use crate::graphql::connection::{Arguments, Connection, NumberedPage, cost, page_cost};
use crate::graphql::human_reply::{HumanReply, HumanReplyTotal, human_reply_connection};
use crate::graphql::loaders::{MessageById, MessagePageByNumber, MessageWindow, answer, find};
use crate::graphql::message::{Event, Message, MessageFilter, MessageTotal};

/// What is flattened into the account.
pub(super) struct Messages<'a>(pub(super) &'a account::Model);

#[Object]
impl Messages<'_> {
    /// The messages that followers sent, newest first; events apart.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which messages; all without it.")] filter: Option<MessageFilter>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Message, MessageTotal>> {
        let window = Arguments { first, after, last, before }.window()?;
        let list = self.list(ctx, filter)?;
        let slice = answer(ctx, MessageWindow(list.clone(), window)).await?;
        Ok(Connection::new(slice, MessageTotal(list), rules::place, Message::from))
    }

    /// A numbered page of the messages, ordered like `messages`.
    #[graphql(complexity = "page_cost(size.try_into().unwrap_or(0), child_complexity)")]
    async fn message_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which messages; all without it.")] filter: Option<MessageFilter>,
        #[graphql(desc = "Number of the page, from 1; less counts as 1.", default = 1)] index: i32,
        #[graphql(desc = "Rows on a page, brought into 0 to 100.", default = 10)] size: i32,
    ) -> Result<NumberedPage<Message, MessageTotal>> {
        let list = self.list(ctx, filter)?;
        let numbered = Numbered::new(index.into(), size.into());
        let page = answer(ctx, MessagePageByNumber(list.clone(), numbered)).await?;
        Ok(NumberedPage::new(page, MessageTotal(list), Message::from))
    }

    /// One message.
    async fn message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "WeChat's number of the message.")] id: ID,
    ) -> Result<Option<Message>> {
        let found = find(ctx, MessageById((self.0.id.clone(), id.0.clone()))).await?;
        Ok(Some(found.ok_or_else(|| Error::not_found("message", id.0))?.into()))
    }

    /// What followers did and what WeChat reported, newest first.
    #[expect(clippy::too_many_arguments, reason = "a connection has four arguments of its own")]
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only events of these names, as WeChat calls them, in any case: `subscribe`, `CLICK`, …")]
        names: Option<Vec<String>>,
        #[graphql(desc = "Only events of this follower.")] openid: Option<ID>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Event, MessageTotal>> {
        let window = Arguments { first, after, last, before }.window()?;
        let names = names.map(rules::event_names).transpose()?;
        let selection = Selection::Events { names, openid: openid.map(|openid| openid.0) };
        let list = List { account_id: self.0.id.clone(), selection };
        let slice = answer(ctx, MessageWindow(list.clone(), window)).await?;
        Ok(Connection::new(slice, MessageTotal(list), rules::place, Event::from))
    }

    /// What the account's staff wrote to followers, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn human_replies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what was written to this follower.")] openid: Option<ID>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<HumanReply, HumanReplyTotal>> {
        let list = human_replies::List { account_id: self.0.id.clone(), openid: openid.map(|openid| openid.0) };
        human_reply_connection(ctx, list, Arguments { first, after, last, before }).await
    }
}

impl Messages<'_> {
    /// Errors: `Invalid`, naming the field of the filter.
    fn list(&self, ctx: &Context<'_>, filter: Option<MessageFilter>) -> Result<List> {
        let filter = filter.map_or_else(|| Ok(Filter::default()), |filter| filter.checked(ctx))?;
        Ok(List { account_id: self.0.id.clone(), selection: Selection::Messages(filter) })
    }
}
