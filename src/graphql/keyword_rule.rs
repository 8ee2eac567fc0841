//! Keyword rules: what an account answers, and when.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entity::api_token::Role;
use entity::keyword;
use entity::keyword_rule::{self, Purpose};

use super::connection::{Count, page_cost};
use super::loaders::{KeywordRuleById, KeywordRuleCount, KeywordsOfRule, find};
use super::reply::{Material, ReplyInput, ReplyType, material};
use super::scalars::DateTime;
use super::{domain, scope};
use crate::domain::keyword_rules::{self as rules, DryRun, NewKeyword, NewRule, Reason};
use crate::domain::replies::Target;

/// Keywords that a rule is taken to have, where the cost of a query is reckoned.
const USUAL_KEYWORDS: usize = 10;

/// A rule that says what the account answers, and when.
pub struct KeywordRule(pub(super) keyword_rule::Model);

/// When a rule answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Purpose")]
pub enum KeywordRulePurpose {
    /// When a message hits one of its keywords.
    Keywords,
    /// When somebody follows the account. There is one such rule at most; its name is `__subscribe`.
    Subscribe,
    /// When nothing else answers a message. There is one such rule at most; its name is `__default`.
    Default,
}

/// A rule that says what the account answers, and when.
#[Object]
impl KeywordRule {
    /// Id of the rule.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// Name for people; several rules may have the same. `__subscribe` and `__default` say what the rule is for.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it answers.
    async fn purpose(&self) -> KeywordRulePurpose {
        self.0.purpose.into()
    }

    /// What it listens to, in the order in which it was written; nothing for the two rules without keywords.
    #[graphql(complexity = "page_cost(USUAL_KEYWORDS, child_complexity)")]
    async fn keywords(&self, ctx: &Context<'_>) -> Result<Vec<Keyword>> {
        let keywords = find(ctx, KeywordsOfRule((self.0.account_id.clone(), self.0.id.clone()))).await?;
        Ok(keywords.unwrap_or_default().into_iter().map(Keyword).collect())
    }

    /// What the reply is sent as.
    async fn reply_type(&self) -> ReplyType {
        self.0.reply_kind.into()
    }

    /// Id of the material that is the reply; it may be deleted by now.
    async fn reply_id(&self) -> ID {
        ID(self.0.reply_id.clone())
    }

    /// The material that is the reply; null if it was deleted, and then the rule `__default` answers instead.
    #[graphql(complexity = "1 + child_complexity")]
    async fn reply(&self, ctx: &Context<'_>) -> Result<Option<Material>> {
        let target = Target { kind: self.0.reply_kind, id: self.0.reply_id.clone() };
        material(ctx, &self.0.account_id, &target).await
    }

    /// When it was made. Of two rules that hit a message alike the older one answers.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

/// A word that a rule listens to.
pub struct Keyword(keyword::Model);

/// A word that a rule listens to.
#[Object]
impl Keyword {
    /// Id of the keyword; another one each time the keywords of the rule are replaced.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// The word, as it was written. Case, width and outer white space make no difference when it is compared.
    async fn content(&self) -> &str {
        &self.0.content
    }

    /// Whether it is enough that the message contains it, or is contained in it; otherwise it must be the whole message.
    async fn is_fuzzy(&self) -> bool {
        self.0.fuzzy
    }
}

/// How many rules there are in a list.
pub struct KeywordRuleTotal(pub(super) String);

impl Count for KeywordRuleTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(find(ctx, KeywordRuleCount(self.0.clone())).await?.unwrap_or_default())
    }
}

#[Object]
impl KeywordRuleTotal {
    /// How many rules the list has in all.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        self.count(ctx).await
    }
}

/// What would answer a message, and why.
pub struct KeywordMatch {
    pub(super) account_id: String,
    pub(super) outcome: Option<DryRun>,
}

/// Why a rule would answer a message, in the order in which rules are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum KeywordMatchReason {
    /// An exact keyword is the whole message.
    Exact,
    /// The message contains a fuzzy keyword.
    Contains,
    /// A fuzzy keyword contains the message, which has two letters or digits at least and cuts no word of it.
    Contained,
    /// No keyword hits, or its reply was deleted: the rule `__default` answers.
    Default,
    /// Nothing would answer.
    None,
}

/// What would answer a message, and why.
#[Object]
impl KeywordMatch {
    /// Why the rule would answer.
    async fn reason(&self) -> KeywordMatchReason {
        match self.outcome.as_ref().map(|outcome| outcome.reason) {
            Some(Reason::Exact) => KeywordMatchReason::Exact,
            Some(Reason::Contains) => KeywordMatchReason::Contains,
            Some(Reason::Contained) => KeywordMatchReason::Contained,
            Some(Reason::Default) => KeywordMatchReason::Default,
            None => KeywordMatchReason::None,
        }
    }

    /// The rule that would answer; null if none would.
    #[graphql(complexity = "1 + child_complexity")]
    async fn rule(&self, ctx: &Context<'_>) -> Result<Option<KeywordRule>> {
        let Some(outcome) = &self.outcome else { return Ok(None) };
        let key = (self.account_id.clone(), outcome.rule_id.clone());
        Ok(find(ctx, KeywordRuleById(key)).await?.map(KeywordRule))
    }

    /// The keyword that hits, as it was written; null if none does.
    async fn keyword(&self) -> Option<&str> {
        self.outcome.as_ref()?.keyword.as_deref()
    }

    /// What the rule would answer; null if none would.
    #[graphql(complexity = "1 + child_complexity")]
    async fn reply(&self, ctx: &Context<'_>) -> Result<Option<Material>> {
        let Some(outcome) = &self.outcome else { return Ok(None) };
        material(ctx, &self.account_id, &outcome.reply).await
    }
}

/// A keyword as it is to be.
#[derive(InputObject)]
pub struct KeywordInput {
    /// The word: 1 to 500 characters, kept as it is.
    content: String,
    /// Whether it is enough that the message contains it, or is contained in it; otherwise it must be the whole message.
    is_fuzzy: bool,
}

impl From<KeywordInput> for NewKeyword {
    fn from(input: KeywordInput) -> Self {
        Self { content: input.content, is_fuzzy: input.is_fuzzy }
    }
}

/// A rule to be saved.
#[derive(InputObject)]
pub struct CreateKeywordRuleInput {
    /// The account.
    account_id: ID,
    /// Name: 1 to 100 characters. `__subscribe` makes it the rule for whoever follows, `__default` the one for when nothing
    /// else answers.
    name: String,
    /// What it listens to: at most 1,000 keywords. A rule named `__subscribe` or `__default` takes none.
    keywords: Option<Vec<KeywordInput>>,
    /// What it answers.
    reply: ReplyInput,
}

/// What a rule is to be.
#[derive(InputObject)]
pub struct ReplaceKeywordRuleInput {
    /// The account.
    account_id: ID,
    /// The rule.
    id: ID,
    /// Name: 1 to 100 characters. `__subscribe` makes it the rule for whoever follows, `__default` the one for when nothing
    /// else answers.
    name: String,
    /// What it listens to, in place of all that it had: at most 1,000 keywords. Absent or null: what it had; nothing, if the
    /// name is `__subscribe` or `__default`.
    keywords: Option<Vec<KeywordInput>>,
    /// What it answers.
    reply: ReplyInput,
}

/// A rule to be deleted.
#[derive(InputObject)]
pub struct DeleteKeywordRuleInput {
    /// The account.
    account_id: ID,
    /// The rule.
    id: ID,
}

/// The rule that a mutation concerned, as it is now; as it was, if it was deleted.
#[derive(SimpleObject)]
pub struct KeywordRulePayload {
    /// The rule.
    rule: KeywordRule,
}

fn new_rule(name: String, keywords: Option<Vec<KeywordInput>>, reply: ReplyInput) -> NewRule {
    let keywords = keywords.map(|keywords| keywords.into_iter().map(Into::into).collect());
    NewRule { name, keywords, reply: reply.into() }
}

/// Mutations of keyword rules.
#[derive(Default)]
pub struct KeywordRuleMutation;

#[Object]
impl KeywordRuleMutation {
    /// Saves a rule; it counts from the next message on. A second one named `__subscribe` or `__default` replaces the
    /// first and keeps its id.
    async fn create_keyword_rule(
        &self,
        ctx: &Context<'_>,
        input: CreateKeywordRuleInput,
    ) -> Result<Option<KeywordRulePayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let rule = new_rule(input.name, input.keywords, input.reply);
        Ok(Some(KeywordRulePayload { rule: KeywordRule(rules::create(domain(ctx), &scope, rule).await?) }))
    }

    /// Replaces what a rule is; it counts from the next message on. Refused where it would be the second one named
    /// `__subscribe` or `__default`.
    async fn replace_keyword_rule(
        &self,
        ctx: &Context<'_>,
        input: ReplaceKeywordRuleInput,
    ) -> Result<Option<KeywordRulePayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let rule = new_rule(input.name, input.keywords, input.reply);
        let rule = rules::replace(domain(ctx), &scope, &input.id, rule).await?;
        Ok(Some(KeywordRulePayload { rule: KeywordRule(rule) }))
    }

    /// Deletes a rule, of whatever purpose; it answers no more.
    async fn delete_keyword_rule(
        &self,
        ctx: &Context<'_>,
        input: DeleteKeywordRuleInput,
    ) -> Result<Option<KeywordRulePayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let rule = rules::delete(domain(ctx), &scope, &input.id).await?;
        Ok(Some(KeywordRulePayload { rule: KeywordRule(rule) }))
    }
}
