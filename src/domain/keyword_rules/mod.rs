//! Keyword rules: what an account answers, and when.
//!
//! Most rules listen to keywords. Two have no keywords and stand once in an account: the reply to whoever follows, named
//! `__subscribe`, and the reply when nothing else answers, named `__default`; their names say what they are for. Every
//! change adds 1 to the account's `rules_version`, by which [`compiled`] sees that it has to read the rules again.
//! Source: /v1 "关键字回复"; behaviour, part 12.

use std::collections::HashSet;

use entity::keyword_rule::{self, Purpose};
use entity::{account, keyword};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, Query};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbBackend,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _, Select,
};

use super::replies::{self, Target};
use super::{Context, Key, Scope, any_of, checks, possible};
use crate::error::{Error, Result};
use crate::{audit, clock};

mod lists;
mod matching;

pub use lists::{counts, keywords_of, pages, place, slices};
pub use matching::{Compiled, CompiledRules, DryRun, Reason, compiled, dry_runs};

/// Name of the rule that answers whoever follows the account.
pub const SUBSCRIBE_NAME: &str = "__subscribe";

/// Name of the rule that answers when nothing else does.
pub const DEFAULT_NAME: &str = "__default";

/// Longest keyword, in characters. Source: design, section 13.
pub const KEYWORD_LENGTH: usize = 500;

/// Most keywords of a rule: as many as one statement can write on every database, and more than a person reads.
pub const MOST_KEYWORDS: usize = 1_000;

/// Most characters of the keywords of all rules of an account: 50,000 of ten. They are compiled anew after a change, while
/// followers wait for their replies.
pub const ACCOUNT_CHARACTERS: i64 = 500_000;

/// A rule as it is to be.
#[derive(Clone, Debug)]
pub struct NewRule {
    /// 1 to 100 characters, not necessarily another one than those of other rules; [`SUBSCRIBE_NAME`] and
    /// [`DEFAULT_NAME`] say what the rule is for.
    pub name: String,
    /// What it listens to, in order; `None` for what it has, which is nothing for a new one.
    pub keywords: Option<Vec<NewKeyword>>,
    /// What it answers.
    pub reply: Target,
}

/// A keyword as it is to be.
#[derive(Clone, Debug)]
pub struct NewKeyword {
    /// 1 to 500 characters, kept as they are.
    pub content: String,
    /// Whether a part of the message is enough; otherwise it must be the whole message.
    pub is_fuzzy: bool,
}

/// What a rule is for, by its name.
fn purpose_of(name: &str) -> Purpose {
    match name {
        SUBSCRIBE_NAME => Purpose::Subscribe,
        DEFAULT_NAME => Purpose::Default,
        _ => Purpose::Keywords,
    }
}

/// The purpose, if an account has one rule for it.
const fn only_one(purpose: Purpose) -> Option<Purpose> {
    match purpose {
        Purpose::Keywords => None,
        Purpose::Subscribe | Purpose::Default => Some(purpose),
    }
}

impl NewRule {
    /// The rule as it may be stored. Errors: `Invalid`, naming the field, of a keyword also its index.
    fn checked(self) -> Result<Self> {
        let name = checks::required("name", &self.name, checks::NAME_LENGTH)?;
        let keywords = self.keywords.as_deref().unwrap_or_default();
        if purpose_of(&name) != Purpose::Keywords && !keywords.is_empty() {
            return Err(Error::invalid("keywords", format!("the rule {name} takes no keywords")));
        }
        if keywords.len() > MOST_KEYWORDS {
            let reason = format!("must be at most {MOST_KEYWORDS} keywords, are {}", keywords.len());
            return Err(Error::invalid("keywords", reason));
        }
        for (index, keyword) in keywords.iter().enumerate() {
            checks::text(format!("keywords[{index}].content"), &keyword.content, KEYWORD_LENGTH)?;
        }
        let id = checks::id("reply.id", &self.reply.id)?;
        Ok(Self { name, reply: Target { id, ..self.reply }, ..self })
    }

    fn purpose(&self) -> Purpose {
        purpose_of(&self.name)
    }

    /// Writes all but the keywords in place of what the rule was.
    async fn write(&self, txn: &DatabaseTransaction, rule: keyword_rule::Model) -> Result<keyword_rule::Model> {
        let mut rule = rule.into_active_model();
        rule.name = Set(self.name.clone());
        rule.purpose = Set(self.purpose());
        rule.only_one = Set(only_one(self.purpose()));
        rule.reply_kind = Set(self.reply.kind);
        rule.reply_id = Set(self.reply.id.clone());
        rule.updated_at = Set(clock::now());
        Ok(rule.update(txn).await?)
    }

    async fn insert(&self, txn: &DatabaseTransaction, account_id: &str) -> Result<keyword_rule::Model> {
        let now = clock::now();
        let rule = keyword_rule::ActiveModel {
            account_id: Set(account_id.to_owned()),
            id: Set(clock::new_id()),
            name: Set(self.name.clone()),
            purpose: Set(self.purpose()),
            only_one: Set(only_one(self.purpose())),
            reply_kind: Set(self.reply.kind),
            reply_id: Set(self.reply.id.clone()),
            created_at: Set(now),
            updated_at: Set(now),
            deleted_at: Set(None),
        };
        Ok(keyword_rule::Entity::insert(rule).exec_with_returning(txn).await?)
    }
}

/// Saves a rule. One for a purpose that has its rule already replaces it and keeps its id. Source: /v1
/// "保存关键字消息回复规则"; behaviour, D23.
///
/// Errors: `Invalid`, also for a reply that does not exist and for keywords of a rule that takes none.
pub async fn create(context: &Context, scope: &Scope, rule: NewRule) -> Result<keyword_rule::Model> {
    let rule = rule.checked()?;
    let txn = context.begin(scope.id()).await?;
    replies::require(&txn, scope.id(), &rule.reply, "reply.id").await?;
    let saved = match holder(&txn, scope.id(), rule.purpose()).await? {
        Some(held) => rule.write(&txn, held).await?,
        None => rule.insert(&txn, scope.id()).await?,
    };
    insert_keywords(&txn, &saved, rule.keywords.unwrap_or_default()).await?;
    count_change(&txn, scope.id()).await?;
    txn.commit().await?;
    Ok(saved)
}

/// Replaces what a rule is. Keywords that are given, even none, stand in place of all that it had. A rule that gets the
/// name of one without keywords loses those it had. Source: /v1 "更新消息回复".
///
/// Errors: as [`create`]; `Conflict` for a purpose that has another rule.
pub async fn replace(context: &Context, scope: &Scope, id: &str, rule: NewRule) -> Result<keyword_rule::Model> {
    let rule = rule.checked()?;
    let txn = context.begin(scope.id()).await?;
    let before = find(&txn, scope.id(), id).await?;
    replies::require(&txn, scope.id(), &rule.reply, "reply.id").await?;
    if let Some(other) = holder(&txn, scope.id(), rule.purpose()).await?
        && other.id != before.id
    {
        return Err(Error::Conflict(format!("the rule {} exists already ({})", rule.name, other.id)));
    }
    let saved = rule.write(&txn, before).await?;
    if rule.keywords.is_some() || saved.purpose != Purpose::Keywords {
        keyword::Entity::delete_many()
            .filter(keyword::Column::AccountId.eq(scope.id()))
            .filter(keyword::Column::RuleId.eq(&saved.id))
            .exec(&txn)
            .await?;
        insert_keywords(&txn, &saved, rule.keywords.unwrap_or_default()).await?;
    }
    count_change(&txn, scope.id()).await?;
    txn.commit().await?;
    Ok(saved)
}

/// Deletes a rule; its keywords stop matching with it. Source: /v1 "删除规则信息".
pub async fn delete(context: &Context, scope: &Scope, id: &str) -> Result<keyword_rule::Model> {
    let txn = context.begin(scope.id()).await?;
    let mut rule = find(&txn, scope.id(), id).await?.into_active_model();
    rule.only_one = Set(None);
    rule.deleted_at = Set(Some(clock::now()));
    let rule = rule.update(&txn).await?;
    count_change(&txn, scope.id()).await?;
    audit::record(&txn, &scope.actor, "keyword_rule.delete", Some(scope.id()), Some(id)).await?;
    txn.commit().await?;
    Ok(rule)
}

/// One live rule, of whatever purpose. Errors: `NotFound`.
pub async fn find(connection: &impl ConnectionTrait, account_id: &str, id: &str) -> Result<keyword_rule::Model> {
    let missing = || Error::not_found("keyword rule", id);
    if !checks::is_possible_id(id) {
        return Err(missing());
    }
    let found = live().filter(keyword_rule::Column::AccountId.eq(account_id)).filter(keyword_rule::Column::Id.eq(id));
    found.one(connection).await?.ok_or_else(missing)
}

/// Live rules by account and id, in no order; those that do not exist are left out.
pub async fn find_many(context: &Context, keys: &[Key]) -> Result<Vec<keyword_rule::Model>> {
    let wanted = any_of(keyword_rule::Column::AccountId, keyword_rule::Column::Id, possible(keys));
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    Ok(live().filter(wanted).all(&context.database).await?)
}

/// The rules of accounts for purposes that have one rule, in no order; those that do not exist are left out.
pub async fn find_special(context: &Context, asked: &[(&str, Purpose)]) -> Result<Vec<keyword_rule::Model>> {
    let purposes: HashSet<_> = asked.iter().map(|(_, purpose)| *purpose).collect();
    let query = keyword_rule::Entity::find()
        .filter(keyword_rule::Column::AccountId.is_in(asked.iter().map(|(account_id, _)| *account_id)))
        .filter(keyword_rule::Column::OnlyOne.is_in(purposes));
    Ok(query.all(&context.database).await?)
}

fn live() -> Select<keyword_rule::Entity> {
    keyword_rule::Entity::find().filter(keyword_rule::Column::DeletedAt.is_null())
}

/// The rule that an account has for a purpose that has one rule.
async fn holder(txn: &DatabaseTransaction, account_id: &str, purpose: Purpose) -> Result<Option<keyword_rule::Model>> {
    let Some(purpose) = only_one(purpose) else { return Ok(None) };
    let query = keyword_rule::Entity::find()
        .filter(keyword_rule::Column::AccountId.eq(account_id))
        .filter(keyword_rule::Column::OnlyOne.eq(purpose));
    Ok(query.one(txn).await?)
}

async fn insert_keywords(
    txn: &DatabaseTransaction,
    rule: &keyword_rule::Model,
    keywords: Vec<NewKeyword>,
) -> Result<()> {
    if keywords.is_empty() {
        return Ok(());
    }
    let row = |(position, new): (i32, NewKeyword)| keyword::ActiveModel {
        account_id: Set(rule.account_id.clone()),
        id: Set(clock::new_id()),
        rule_id: Set(rule.id.clone()),
        position: Set(position),
        content: Set(new.content),
        fuzzy: Set(new.is_fuzzy),
    };
    keyword::Entity::insert_many((1..).zip(keywords).map(row)).exec_without_returning(txn).await?;
    require_room(txn, &rule.account_id).await
}

/// Errors: `Invalid` when the keywords of all rules together are longer than [`ACCOUNT_CHARACTERS`].
async fn require_room(txn: &DatabaseTransaction, account_id: &str) -> Result<()> {
    let live_rules = Query::select()
        .column(keyword_rule::Column::Id)
        .from(keyword_rule::Entity)
        .and_where(keyword_rule::Column::AccountId.eq(account_id))
        .and_where(keyword_rule::Column::DeletedAt.is_null())
        .to_owned();
    let length = Func::sum(Func::char_length(Expr::col(keyword::Column::Content)));
    let characters: Option<Option<i64>> = keyword::Entity::find()
        .select_only()
        .column_as(Expr::expr(length).cast_as(bigint(txn)), "characters")
        .filter(keyword::Column::AccountId.eq(account_id))
        .filter(keyword::Column::RuleId.in_subquery(live_rules))
        .into_tuple()
        .one(txn)
        .await?;
    match characters.flatten().unwrap_or_default() {
        characters if characters > ACCOUNT_CHARACTERS => {
            let reason = format!(
                "all rules of the account together would have keywords of {characters} characters; at most \
                 {ACCOUNT_CHARACTERS} are compiled"
            );
            Err(Error::invalid("keywords", reason))
        }
        _ => Ok(()),
    }
}

/// What a sum is read as: each database has another type for sums of its own.
fn bigint(txn: &DatabaseTransaction) -> &'static str {
    match txn.get_database_backend() {
        DbBackend::MySql => "signed",
        _ => "bigint",
    }
}

/// Tells whoever has compiled the rules that they have changed.
async fn count_change(txn: &DatabaseTransaction, account_id: &str) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::RulesVersion, Expr::col(account::Column::RulesVersion).add(1))
        .filter(account::Column::Id.eq(account_id))
        .exec(txn)
        .await?;
    Ok(())
}
