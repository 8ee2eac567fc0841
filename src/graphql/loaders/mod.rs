//! Relations, read for all rows of a list at once.
//!
//! One key type a question; each says what its value is and what its absence means. Resolvers of one level ask their
//! questions one by one, and the domain answers all questions of a type with as many statements as it needs for one.
//!
//! Nothing is cached: a document may read, change and read again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::Context as Ctx;
use async_graphql::dataloader::{DataLoader, Loader};
use entity::{follower, group, job, text};

use crate::domain::followers::{self, Listed};
use crate::domain::page::{Numbered, Page, Slice, Window};
use crate::domain::{Context, Key, groups, jobs, texts};
use crate::error::Error;

mod keyword_rules;
mod mass_sends;
mod materials;
mod menu;
mod messages;

pub use keyword_rules::{
    DryRunOfText, KeywordRuleById, KeywordRuleCount, KeywordRulePageByNumber, KeywordRuleWindow, KeywordsOfRule,
    SpecialRule,
};
pub use mass_sends::{ChunksOfMassSend, MassSendById, MassSendCount, MassSendPageByNumber, MassSendWindow};
pub use materials::{
    ArticleById, ArticleContent, ArticlesOfNews, CopiesOfSource, FileById, MediaById, MediaCount, MediaPageByNumber,
    MediaWindow, NewsById, NewsCount, NewsPageByNumber, NewsWindow,
};
pub use menu::{MenuButtonById, MenuOfAccount, MenuState};
pub use messages::{HumanReplyCount, HumanReplyWindow, MessageById, MessageCount, MessagePageByNumber, MessageWindow};

/// Answers the questions below from the database.
pub struct Loaders {
    context: Context,
}

impl Loaders {
    pub(super) fn new(context: Context) -> Self {
        Self { context }
    }
}

type Answers<K, V> = Result<HashMap<K, V>, Arc<Error>>;

/// The answer to a question, if it has one.
pub(super) async fn find<K, V>(ctx: &Ctx<'_>, key: K) -> Result<Option<V>, Arc<Error>>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    Loaders: Loader<K, Value = V, Error = Arc<Error>>,
{
    ctx.data_unchecked::<DataLoader<Loaders>>().load_one(key).await
}

/// The answer to a question that always has one.
pub(super) async fn answer<K, V>(ctx: &Ctx<'_>, key: K) -> Result<V, Arc<Error>>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    Loaders: Loader<K, Value = V, Error = Arc<Error>>,
{
    find(ctx, key).await?.ok_or_else(|| Arc::new(Error::Internal("a loader left a question open".to_owned())))
}

/// Values in the order of their keys, as answers.
fn in_order<K: Clone + Eq + Hash, V>(keys: &[K], values: Vec<V>) -> HashMap<K, V> {
    keys.iter().cloned().zip(values).collect()
}

/// Key: a follower. Value: the groups he is in. Absent: none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupsOfFollower(pub(super) follower::Model);

impl Loader<GroupsOfFollower> for Loaders {
    type Value = Vec<group::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[GroupsOfFollower]) -> Answers<GroupsOfFollower, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|GroupsOfFollower(follower)| follower).collect();
        let mut groups = followers::groups_of(&self.context, &asked).await?;
        let answer = |key: &GroupsOfFollower| {
            let groups = groups.remove(&(key.0.account_id.clone(), key.0.openid.clone()))?;
            Some((key.clone(), groups))
        };
        Ok(keys.iter().filter_map(answer).collect())
    }
}

/// Key: an account's id. Value: its groups, in the order of their list. Absent: none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupsOfAccount(pub(super) String);

impl Loader<GroupsOfAccount> for Loaders {
    type Value = Vec<group::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[GroupsOfAccount]) -> Answers<GroupsOfAccount, Self::Value> {
        let account_ids: Vec<_> = keys.iter().map(|GroupsOfAccount(id)| id.as_str()).collect();
        let lists = groups::lists(&self.context, &account_ids).await?;
        Ok(lists.into_iter().map(|(account_id, groups)| (GroupsOfAccount(account_id), groups)).collect())
    }
}

/// Key: account and id. Value: the live group. Absent: it does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupById(pub(super) Key);

impl Loader<GroupById> for Loaders {
    type Value = group::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[GroupById]) -> Answers<GroupById, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|GroupById(key)| key.clone()).collect();
        let rows = groups::find_many(&self.context, &keys).await?;
        Ok(rows.into_iter().map(|row| (GroupById((row.account_id.clone(), row.id.clone())), row)).collect())
    }
}

/// Key: account and openid. Value: the follower, also one who has left. Absent: he does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FollowerByOpenid(pub(super) Key);

impl Loader<FollowerByOpenid> for Loaders {
    type Value = follower::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[FollowerByOpenid]) -> Answers<FollowerByOpenid, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|FollowerByOpenid(key)| key.clone()).collect();
        let rows = followers::find_many(&self.context, &keys).await?;
        let answer = |row: follower::Model| (FollowerByOpenid((row.account_id.clone(), row.openid.clone())), row);
        Ok(rows.into_iter().map(answer).collect())
    }
}

/// Key: account and id. Value: the text. Absent: it does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextById(pub(super) Key);

impl Loader<TextById> for Loaders {
    type Value = text::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[TextById]) -> Answers<TextById, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|TextById(key)| key.clone()).collect();
        let rows = texts::find_many(&self.context, &keys).await?;
        Ok(rows.into_iter().map(|row| (TextById((row.account_id.clone(), row.id.clone())), row)).collect())
    }
}

/// Key: a list of followers and a window. Value: what the window shows. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FollowerWindow(pub(super) followers::List, pub(super) Window);

impl Loader<FollowerWindow> for Loaders {
    type Value = Slice<Listed>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[FollowerWindow]) -> Answers<FollowerWindow, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|FollowerWindow(list, window)| (list, window)).collect();
        Ok(in_order(keys, followers::slices(&self.context, &asked).await?))
    }
}

/// Key: a list of followers and the number of a page. Value: the page. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FollowerPageByNumber(pub(super) followers::List, pub(super) Numbered);

impl Loader<FollowerPageByNumber> for Loaders {
    type Value = Page<Listed>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[FollowerPageByNumber]) -> Answers<FollowerPageByNumber, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|FollowerPageByNumber(list, numbered)| (list, *numbered)).collect();
        Ok(in_order(keys, followers::pages(&self.context, &asked).await?))
    }
}

/// Key: an account's id and a window of its texts. Value: what the window shows. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextWindow(pub(super) String, pub(super) Window);

impl Loader<TextWindow> for Loaders {
    type Value = Slice<text::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[TextWindow]) -> Answers<TextWindow, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|TextWindow(account_id, window)| (account_id.as_str(), window)).collect();
        Ok(in_order(keys, texts::slices(&self.context, &asked).await?))
    }
}

/// Key: an account's id. Value: how many texts it has. Absent: none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextCount(pub(super) String);

impl Loader<TextCount> for Loaders {
    type Value = i64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[TextCount]) -> Answers<TextCount, Self::Value> {
        let account_ids: Vec<_> = keys.iter().map(|TextCount(id)| id.as_str()).collect();
        let counts = texts::counts(&self.context, &account_ids).await?;
        Ok(counts.into_iter().map(|(account_id, count)| (TextCount(account_id), count)).collect())
    }
}

/// Key: a list of jobs and a window. Value: what the window shows. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JobWindow(pub(super) jobs::List, pub(super) Window);

impl Loader<JobWindow> for Loaders {
    type Value = Slice<job::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[JobWindow]) -> Answers<JobWindow, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|JobWindow(list, window)| (list, window)).collect();
        Ok(in_order(keys, jobs::slices(&self.context, &asked).await?))
    }
}

/// Key: a list of jobs. Value: how many jobs are in it. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JobCount(pub(super) jobs::List);

impl Loader<JobCount> for Loaders {
    type Value = i64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[JobCount]) -> Answers<JobCount, Self::Value> {
        let lists: Vec<_> = keys.iter().map(|JobCount(list)| list).collect();
        Ok(in_order(keys, jobs::counts(&self.context, &lists).await?))
    }
}
