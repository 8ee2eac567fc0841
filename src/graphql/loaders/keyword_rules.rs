//! Relations of keyword rules.

use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::keyword;
use entity::keyword_rule::{self, Purpose};

use super::{Answers, Loaders, in_order};
use crate::domain::page::{Numbered, Page, Slice, Window};
use crate::domain::{Key, keyword_rules};
use crate::error::Error;

/// Key: account and id. Value: the live rule. Absent: it does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeywordRuleById(pub(in crate::graphql) Key);

impl Loader<KeywordRuleById> for Loaders {
    type Value = keyword_rule::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[KeywordRuleById]) -> Answers<KeywordRuleById, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|KeywordRuleById(key)| key.clone()).collect();
        let rows = keyword_rules::find_many(&self.context, &keys).await?;
        Ok(rows.into_iter().map(|row| (KeywordRuleById((row.account_id.clone(), row.id.clone())), row)).collect())
    }
}

/// Key: an account's id and a purpose that has one rule. Value: the rule. Absent: there is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SpecialRule(pub(in crate::graphql) String, pub(in crate::graphql) Purpose);

impl Loader<SpecialRule> for Loaders {
    type Value = keyword_rule::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[SpecialRule]) -> Answers<SpecialRule, Self::Value> {
        let asked: Vec<_> =
            keys.iter().map(|SpecialRule(account_id, purpose)| (account_id.as_str(), *purpose)).collect();
        let rows = keyword_rules::find_special(&self.context, &asked).await?;
        Ok(rows.into_iter().map(|row| (SpecialRule(row.account_id.clone(), row.purpose), row)).collect())
    }
}

/// Key: account and rule. Value: the keywords, in order. Absent: none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeywordsOfRule(pub(in crate::graphql) Key);

impl Loader<KeywordsOfRule> for Loaders {
    type Value = Vec<keyword::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[KeywordsOfRule]) -> Answers<KeywordsOfRule, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|KeywordsOfRule(key)| key.clone()).collect();
        let found = keyword_rules::keywords_of(&self.context, &keys).await?;
        Ok(found.into_iter().map(|(key, value)| (KeywordsOfRule(key), value)).collect())
    }
}

/// Key: an account's id and a window of its rules. Value: what the window shows. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeywordRuleWindow(pub(in crate::graphql) String, pub(in crate::graphql) Window);

impl Loader<KeywordRuleWindow> for Loaders {
    type Value = Slice<keyword_rule::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[KeywordRuleWindow]) -> Answers<KeywordRuleWindow, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|KeywordRuleWindow(id, window)| (id.as_str(), window)).collect();
        Ok(in_order(keys, keyword_rules::slices(&self.context, &asked).await?))
    }
}

/// Key: an account's id and the number of a page of its rules. Value: the page. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeywordRulePageByNumber(pub(in crate::graphql) String, pub(in crate::graphql) Numbered);

impl Loader<KeywordRulePageByNumber> for Loaders {
    type Value = Page<keyword_rule::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[KeywordRulePageByNumber]) -> Answers<KeywordRulePageByNumber, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|KeywordRulePageByNumber(id, numbered)| (id.as_str(), *numbered)).collect();
        Ok(in_order(keys, keyword_rules::pages(&self.context, &asked).await?))
    }
}

/// Key: an account's id. Value: how many rules its list has. Absent: none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeywordRuleCount(pub(in crate::graphql) String);

impl Loader<KeywordRuleCount> for Loaders {
    type Value = i64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[KeywordRuleCount]) -> Answers<KeywordRuleCount, Self::Value> {
        let account_ids: Vec<_> = keys.iter().map(|KeywordRuleCount(id)| id.as_str()).collect();
        let counts = keyword_rules::counts(&self.context, &account_ids).await?;
        Ok(counts.into_iter().map(|(account_id, count)| (KeywordRuleCount(account_id), count)).collect())
    }
}

/// Key: an account's id, the version of its rules, and a text. Value: what would answer it, if anything would. Never
/// absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DryRunOfText(pub(in crate::graphql) String, pub(in crate::graphql) i64, pub(in crate::graphql) String);

impl Loader<DryRunOfText> for Loaders {
    type Value = Option<keyword_rules::DryRun>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[DryRunOfText]) -> Answers<DryRunOfText, Self::Value> {
        let asked: Vec<_> =
            keys.iter().map(|DryRunOfText(id, version, text)| (id.as_str(), *version, text.as_str())).collect();
        Ok(in_order(keys, keyword_rules::dry_runs(&self.context, &asked).await?))
    }
}
