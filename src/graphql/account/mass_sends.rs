//! The mass sends of an account.

use async_graphql::{Context, ID, Object, Result};
use entity::account;

use crate::domain::mass_sends::{self as rules, Recipients};
use crate::domain::page::Numbered;
use crate::error::Error;
use crate::graphql::connection::{Arguments, Connection, NumberedPage, cost, page_cost};
use crate::graphql::domain;
use crate::graphql::follower::Gender;
use crate::graphql::loaders::{MassSendById, MassSendPageByNumber, MassSendWindow, answer, find};
use crate::graphql::mass_send::{MassSend, MassSendEstimate, MassSendQuota, MassSendTotal};

/// What an estimate costs: the followers are counted.
const ESTIMATE: usize = 20;

/// What a question to WeChat costs.
const CALL: usize = 20;

/// What is flattened into the account.
pub(super) struct MassSends<'a>(pub(super) &'a account::Model);

#[Object]
impl MassSends<'_> {
    /// The mass sends, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn mass_sends(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<MassSend, MassSendTotal>> {
        let window = Arguments { first, after, last, before }.window()?;
        let slice = answer(ctx, MassSendWindow(self.0.id.clone(), window)).await?;
        Ok(Connection::new(slice, MassSendTotal(self.0.id.clone()), rules::place, MassSend))
    }

    /// A numbered page of the mass sends, ordered like `massSends`.
    #[graphql(complexity = "page_cost(size.try_into().unwrap_or(0), child_complexity)")]
    async fn mass_send_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of the page, from 1; less counts as 1.", default = 1)] index: i32,
        #[graphql(desc = "Rows on a page, brought into 0 to 100.", default = 10)] size: i32,
    ) -> Result<NumberedPage<MassSend, MassSendTotal>> {
        let numbered = Numbered::new(index.into(), size.into());
        let page = answer(ctx, MassSendPageByNumber(self.0.id.clone(), numbered)).await?;
        Ok(NumberedPage::new(page, MassSendTotal(self.0.id.clone()), MassSend))
    }

    /// One mass send.
    async fn mass_send(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the mass send.")] id: ID,
    ) -> Result<Option<MassSend>> {
        let found = find(ctx, MassSendById((self.0.id.clone(), id.0.clone()))).await?;
        Ok(Some(MassSend(found.ok_or_else(|| Error::not_found("mass send", id.0))?)))
    }

    /// What would come of a mass send, without sending it.
    #[graphql(complexity = "ESTIMATE + child_complexity")]
    async fn mass_send_estimate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the group; `-1` for everybody.", default_with = "ID::from(\"-1\")")] group_id: ID,
        #[graphql(desc = "Only followers of this gender.")] gender: Option<Gender>,
    ) -> Result<Option<MassSendEstimate>> {
        let to = Recipients { group_id: group_id.0, gender: gender.map(Gender::number) };
        let estimate = rules::estimate(domain(ctx), self.0, &to).await?;
        Ok(Some(estimate.into()))
    }

    /// How many parts of mass sends WeChat lets the account send today, as WeChat says when it is asked; that a 公众号 may
    /// send once a day, and that a follower gets four a month at most, is not in it.
    #[graphql(complexity = "CALL + child_complexity")]
    async fn mass_send_quota(&self, ctx: &Context<'_>) -> Result<Option<MassSendQuota>> {
        let quota = rules::quota(domain(ctx), self.0).await?;
        Ok(Some(quota.into()))
    }
}
