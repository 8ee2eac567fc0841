//! The keyword rules of an account.

use async_graphql::{Context, ID, Object, Result};
use entity::account;
use entity::keyword_rule::Purpose;

use crate::domain::keyword_rules as rules;
use crate::domain::page::Numbered;
use crate::error::Error;
use crate::graphql::connection::{Arguments, Connection, NumberedPage, cost, page_cost};
use crate::graphql::keyword_rule::{KeywordMatch, KeywordRule, KeywordRuleTotal};
use crate::graphql::loaders::{
    DryRunOfText, KeywordRuleById, KeywordRulePageByNumber, KeywordRuleWindow, SpecialRule, answer, find,
};

/// What a dry run costs: the rules may have to be read.
const DRY_RUN: usize = 40;

/// What is flattened into the account.
pub(super) struct KeywordRules<'a>(pub(super) &'a account::Model);

#[Object]
impl KeywordRules<'_> {
    /// The rules that listen to keywords, also those that have none, oldest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn keyword_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<KeywordRule, KeywordRuleTotal>> {
        let window = Arguments { first, after, last, before }.window()?;
        let slice = answer(ctx, KeywordRuleWindow(self.0.id.clone(), window)).await?;
        Ok(Connection::new(slice, KeywordRuleTotal(self.0.id.clone()), rules::place, KeywordRule))
    }

    /// A numbered page of the rules that listen to keywords, ordered like `keywordRules`.
    #[graphql(complexity = "page_cost(size.try_into().unwrap_or(0), child_complexity)")]
    async fn keyword_rule_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of the page, from 1; less counts as 1.", default = 1)] index: i32,
        #[graphql(desc = "Rows on a page, brought into 0 to 100.", default = 10)] size: i32,
    ) -> Result<NumberedPage<KeywordRule, KeywordRuleTotal>> {
        let numbered = Numbered::new(index.into(), size.into());
        let page = answer(ctx, KeywordRulePageByNumber(self.0.id.clone(), numbered)).await?;
        Ok(NumberedPage::new(page, KeywordRuleTotal(self.0.id.clone()), KeywordRule))
    }

    /// One rule, of whatever purpose.
    async fn keyword_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the rule.")] id: ID,
    ) -> Result<Option<KeywordRule>> {
        let found = find(ctx, KeywordRuleById((self.0.id.clone(), id.0.clone()))).await?;
        Ok(Some(KeywordRule(found.ok_or_else(|| Error::not_found("keyword rule", id.0))?)))
    }

    /// The rule that answers whoever follows the account; null if there is none.
    async fn subscribe_rule(&self, ctx: &Context<'_>) -> Result<Option<KeywordRule>> {
        self.special(ctx, Purpose::Subscribe).await
    }

    /// The rule that answers a message when nothing else does; null if there is none.
    async fn default_rule(&self, ctx: &Context<'_>) -> Result<Option<KeywordRule>> {
        self.special(ctx, Purpose::Default).await
    }

    /// Which rule would answer a message, why, and with what. Nothing is sent or stored.
    #[graphql(complexity = "DRY_RUN + child_complexity")]
    async fn keyword_match(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message, as a follower would write it.")] text: String,
    ) -> Result<KeywordMatch> {
        let outcome = answer(ctx, DryRunOfText(self.0.id.clone(), self.0.rules_version, text)).await?;
        Ok(KeywordMatch { account_id: self.0.id.clone(), outcome })
    }
}

impl KeywordRules<'_> {
    async fn special(&self, ctx: &Context<'_>, purpose: Purpose) -> Result<Option<KeywordRule>> {
        Ok(find(ctx, SpecialRule(self.0.id.clone(), purpose)).await?.map(KeywordRule))
    }
}
