//! Accounts, and everything that hangs below them.

use async_graphql::{Context, Enum, ID, Object, Result};
use entity::account;
use entity::api_token::Role;

use super::connection::{Arguments, Connection, NumberedPage, cost, page_cost};
use super::follower::{Follower, FollowerTotal};
use super::group::Group;
use super::job::{Job, JobState, JobTotal, job_connection};
use super::loaders::{
    FollowerByOpenid, FollowerPageByNumber, FollowerWindow, GroupById, GroupsOfAccount, TextById, TextWindow, answer,
    find,
};
use super::scalars::DateTime;
use super::text::{Text, TextTotal};
use super::{caller, domain};
use crate::domain::accounts;
use crate::domain::followers::{self, List, Selection};
use crate::domain::page::Numbered;
use crate::domain::{Key, groups, texts};
use crate::error::Error;

pub mod changes;
mod keyword_rules;
mod mass_sends;
mod materials;
mod menu;
mod messages;

use keyword_rules::KeywordRules;
use mass_sends::MassSends;
use materials::Materials;
use menu::OfMenu;
use messages::Messages;

/// An Official Account (公众号 or 服务号) that is bound to this service.
pub struct Account(pub(super) account::Model);

/// Product kinds of Official Accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "account::Kind")]
pub enum AccountKind {
    /// 服务号, a service account.
    Service,
    /// 公众号, formerly 订阅号, a subscription account.
    Subscription,
}

/// How WeChat delivers what followers do to the webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "account::WebhookMode")]
pub enum WebhookMode {
    /// 明文: clear text.
    Plain,
    /// 兼容: clear text and cipher text.
    Compatible,
    /// 安全: cipher text only.
    Safe,
}

/// An Official Account (公众号 or 服务号) that is bound to this service.
#[Object]
impl Account {
    /// Id of the account in this service; the `$INFO_ID` of the REST documents.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// WeChat's original id of the account, `gh_…`.
    async fn weixin_id(&self) -> &str {
        &self.0.weixin_id
    }

    /// Name for people; null where none was given.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Product kind; it decides what WeChat lets the account do.
    async fn kind(&self) -> AccountKind {
        self.0.kind.into()
    }

    /// Whether WeChat has verified (认证) the account's owner; it decides what WeChat lets the account do.
    async fn is_verified(&self) -> bool {
        self.0.verified
    }

    /// App id; null until the credentials were filled in. The app secret is never shown.
    async fn app_id(&self) -> Option<&str> {
        self.0.app_id.as_deref()
    }

    /// Whether the account has an app id and an app secret, so that WeChat can be asked.
    async fn has_credentials(&self) -> bool {
        self.0.app_id.is_some() && self.0.app_secret.is_some()
    }

    /// Address of the webhook, to be entered in WeChat's console.
    async fn webhook_url(&self, ctx: &Context<'_>) -> String {
        format!("{}/wx/{}", domain(ctx).public_url, self.0.id)
    }

    /// Token that signs the webhook, to be entered in WeChat's console. For admins only.
    async fn webhook_token(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        caller(ctx).require(Role::Admin)?;
        Ok(Some(&self.0.webhook_token))
    }

    /// How WeChat delivers to the webhook.
    async fn webhook_mode(&self) -> WebhookMode {
        self.0.webhook_mode.into()
    }

    /// Whether an EncodingAESKey is stored, as the encrypted modes need. The key itself is never shown.
    async fn has_encoding_aes_key(&self) -> bool {
        self.0.encoding_aes_key.is_some()
    }

    /// When the account was bound.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When the account's own settings last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// End of the last complete fetch of the followers from WeChat; null while there was none.
    async fn followers_fetched_at(&self) -> Option<DateTime> {
        self.0.followers_fetched_at.map(Into::into)
    }

    /// How many followers the account has: subscribed and not blocked.
    async fn follower_count(&self) -> i64 {
        self.0.follower_count
    }

    /// The followers of a group, newest first: by subscription, or by membership in groups other than `0` and `1`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn followers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of a group; `-1` or nothing for all who are not blocked.")] group: Option<ID>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Follower, FollowerTotal>> {
        let window = Arguments { first, after, last, before }.window()?;
        let (list, total) = self.follower_list(ctx, group.as_deref().map(String::as_str)).await?;
        let slice = answer(ctx, FollowerWindow(list, window)).await?;
        Ok(Connection::new(slice, total, followers::Listed::place, |listed| Follower(listed.follower)))
    }

    /// A numbered page of the followers of a group, ordered like `followers`.
    #[graphql(complexity = "page_cost(size.try_into().unwrap_or(0), child_complexity)")]
    async fn follower_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of a group; `-1` for all who are not blocked.")] group: ID,
        #[graphql(desc = "Number of the page, from 1; less counts as 1.", default = 1)] index: i32,
        #[graphql(desc = "Rows on a page, brought into 0 to 100.", default = 10)] size: i32,
    ) -> Result<NumberedPage<Follower, FollowerTotal>> {
        let (list, total) = self.follower_list(ctx, Some(&group)).await?;
        let page = answer(ctx, FollowerPageByNumber(list, Numbered::new(index.into(), size.into()))).await?;
        Ok(NumberedPage::new(page, total, |listed| Follower(listed.follower)))
    }

    /// One follower by openid, also one who has left.
    async fn follower(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "WeChat's id of the follower for this account.")] openid: ID,
    ) -> Result<Option<Follower>> {
        let found = find(ctx, FollowerByOpenid(self.key(&openid))).await?;
        Ok(Some(Follower(found.ok_or_else(|| Error::not_found("follower", openid.0))?)))
    }

    /// The groups of the followers: WeChat's by number, then local ones by age.
    #[graphql(complexity = "page_cost(10, child_complexity)")]
    async fn groups(&self, ctx: &Context<'_>) -> Result<Vec<Group>> {
        let groups = find(ctx, GroupsOfAccount(self.0.id.clone())).await?.unwrap_or_default();
        Ok(groups.into_iter().map(Group).collect())
    }

    /// One group.
    async fn group(&self, ctx: &Context<'_>, #[graphql(desc = "Id of the group.")] id: ID) -> Result<Option<Group>> {
        let found = find(ctx, GroupById(self.key(&id))).await?;
        Ok(Some(Group(found.ok_or_else(|| Error::not_found("group", id.0))?)))
    }

    /// The texts, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn texts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Text, TextTotal>> {
        let window = Arguments { first, after, last, before }.window()?;
        let slice = answer(ctx, TextWindow(self.0.id.clone(), window)).await?;
        Ok(Connection::new(slice, TextTotal { account_id: self.0.id.clone() }, texts::place, Text))
    }

    /// One text.
    async fn text(&self, ctx: &Context<'_>, #[graphql(desc = "Id of the text.")] id: ID) -> Result<Option<Text>> {
        let found = find(ctx, TextById(self.key(&id))).await?;
        Ok(Some(Text(found.ok_or_else(|| Error::not_found("text", id.0))?)))
    }

    #[graphql(flatten)]
    async fn materials(&self) -> Materials<'_> {
        Materials(&self.0)
    }

    #[graphql(flatten)]
    async fn rules(&self) -> KeywordRules<'_> {
        KeywordRules(&self.0)
    }

    #[graphql(flatten)]
    async fn of_menu(&self) -> OfMenu<'_> {
        OfMenu(&self.0)
    }

    #[graphql(flatten)]
    async fn sends(&self) -> MassSends<'_> {
        MassSends(&self.0)
    }

    #[graphql(flatten)]
    async fn conversations(&self) -> Messages<'_> {
        Messages(&self.0)
    }

    /// The durable work that was done or is to be done for the account, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only jobs that stand like this.")] state: Option<JobState>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Job, JobTotal>> {
        job_connection(ctx, self.0.id.clone(), state, Arguments { first, after, last, before }).await
    }
}

impl Account {
    fn key(&self, id: &str) -> Key {
        (self.0.id.clone(), id.to_owned())
    }

    /// The followers of a group, and how many they are. Errors: `NotFound`.
    async fn follower_list(&self, ctx: &Context<'_>, group: Option<&str>) -> Result<(List, FollowerTotal)> {
        let selection = Selection::of_group(group)?;
        let total = match &selection {
            Selection::All => FollowerTotal::Known(self.0.follower_count),
            Selection::Ungrouped => FollowerTotal::OfGroup(GroupById(self.key(groups::UNGROUPED))),
            Selection::Blocked => FollowerTotal::OfGroup(GroupById(self.key(groups::BLOCKED))),
            Selection::Members(id) => {
                let group = find(ctx, GroupById(self.key(id))).await?;
                FollowerTotal::Known(group.ok_or_else(|| Error::not_found("group", id))?.follower_count)
            }
        };
        Ok((List { account_id: self.0.id.clone(), selection }, total))
    }
}

/// How many accounts there are in a list.
pub struct AccountTotal;

#[Object]
impl AccountTotal {
    /// How many accounts the list has in all.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(i64::try_from(accounts::count(domain(ctx), caller(ctx)).await?)?)
    }
}

/// Queries of accounts.
#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// One account. An account that the caller may not see does not exist for him.
    async fn account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the account.")] id: ID,
    ) -> Result<Option<Account>> {
        Ok(Some(Account(accounts::find(domain(ctx), caller(ctx), &id).await?)))
    }

    /// The accounts that the caller may see, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Account, AccountTotal>> {
        let window = Arguments { first, after, last, before }.window()?;
        let slice = accounts::slice(domain(ctx), caller(ctx), &window).await?;
        Ok(Connection::new(slice, AccountTotal, accounts::place, Account))
    }
}
