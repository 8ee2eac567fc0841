//! Followers.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entity::api_token::Role;
use entity::follower;

use super::connection::{Count, page_cost};
use super::group::Group;
use super::job::{Job, JobPayload};
use super::loaders::{GroupById, GroupsOfFollower, answer, find};
use super::message::FollowerMessages;
use super::scalars::DateTime;
use super::{domain, scope};
use crate::domain::followers;

/// A person who follows an account, or once did.
pub struct Follower(pub(super) follower::Model);

/// Gender of a person, as far as WeChat told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Gender {
    /// Not told.
    Unknown,
    /// Male.
    Male,
    /// Female.
    Female,
}

impl Gender {
    /// What WeChat counts as 0, 1 and 2.
    pub(super) const fn of(number: i16) -> Self {
        match number {
            1 => Self::Male,
            2 => Self::Female,
            _ => Self::Unknown,
        }
    }

    /// The number that WeChat counts it as.
    pub(super) const fn number(self) -> i16 {
        match self {
            Self::Unknown => 0,
            Self::Male => 1,
            Self::Female => 2,
        }
    }
}

/// A person who follows an account, or once did.
#[Object]
impl Follower {
    /// WeChat's id of the person for this account.
    async fn openid(&self) -> ID {
        ID(self.0.openid.clone())
    }

    /// Id of the account that is followed.
    async fn account_id(&self) -> ID {
        ID(self.0.account_id.clone())
    }

    /// WeChat's id of the person across the accounts of one owner; null without an Open Platform account.
    async fn unionid(&self) -> Option<&str> {
        self.0.unionid.as_deref()
    }

    /// Nickname. WeChat has not given any since the end of 2021.
    async fn nickname(&self) -> Option<&str> {
        self.0.nickname.as_deref()
    }

    /// Remark that the account's staff wrote at WeChat.
    async fn remark(&self) -> Option<&str> {
        self.0.remark.as_deref()
    }

    /// Gender. WeChat has not given any since the end of 2021.
    async fn gender(&self) -> Gender {
        Gender::of(self.0.gender)
    }

    /// Country. WeChat has not given any since the end of 2021.
    async fn country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }

    /// Province. WeChat has not given any since the end of 2021.
    async fn province(&self) -> Option<&str> {
        self.0.province.as_deref()
    }

    /// City. WeChat has not given any since the end of 2021.
    async fn city(&self) -> Option<&str> {
        self.0.city.as_deref()
    }

    /// Language of the person's WeChat, for example `zh_CN`.
    async fn language(&self) -> Option<&str> {
        self.0.language.as_deref()
    }

    /// Address of the picture. WeChat has not given any since the end of 2021.
    async fn avatar_url(&self) -> Option<&str> {
        self.0.avatar_url.as_deref()
    }

    /// How the person found the account, `ADD_SCENE_…`; an open set of WeChat's.
    async fn subscribe_scene(&self) -> Option<&str> {
        self.0.subscribe_scene.as_deref()
    }

    /// Whether the person follows the account now.
    async fn is_subscribed(&self) -> bool {
        self.0.subscribed
    }

    /// Whether the person is on the blacklist, the group `1`.
    async fn is_blocked(&self) -> bool {
        self.0.blocked
    }

    /// Whether the person follows, is not blocked and is in no group: the group `0`.
    async fn is_ungrouped(&self) -> bool {
        self.0.ungrouped
    }

    /// Start of the latest subscription.
    async fn subscribed_at(&self) -> DateTime {
        self.0.subscribed_at.into()
    }

    /// When the person left; null for one who follows.
    async fn unsubscribed_at(&self) -> Option<DateTime> {
        self.0.unsubscribed_at.map(Into::into)
    }

    /// The groups that the person is in: for one in none the group `0`, for a blocked one the group `1`, for one who left
    /// none at all.
    #[graphql(complexity = "page_cost(5, child_complexity)")]
    async fn groups(&self, ctx: &Context<'_>) -> Result<Vec<Group>> {
        let groups = find(ctx, GroupsOfFollower(self.0.clone())).await?;
        Ok(groups.unwrap_or_default().into_iter().map(Group).collect())
    }

    #[graphql(flatten)]
    async fn conversation(&self) -> FollowerMessages<'_> {
        FollowerMessages(&self.0)
    }
}

/// How many followers there are in a list. Kept beside the lists, so never counted by scanning.
pub enum FollowerTotal {
    /// Read with the account or the group.
    Known(i64),
    /// To be read with this group.
    OfGroup(GroupById),
}

impl Count for FollowerTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i64> {
        match self {
            Self::Known(count) => Ok(*count),
            Self::OfGroup(key) => Ok(answer(ctx, key.clone()).await?.follower_count),
        }
    }
}

#[Object]
impl FollowerTotal {
    /// How many followers the list has in all.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        self.count(ctx).await
    }
}

/// A fetch of the followers from WeChat.
#[derive(InputObject)]
pub struct FetchFollowersInput {
    /// The account.
    account_id: ID,
    /// Whether to fetch again what was fetched before. WeChat's groups then become what WeChat says, changes that were
    /// made to them here are lost; local groups and their members stay.
    #[graphql(default = false)]
    force: bool,
}

/// Followers and the group they are to be in, or not to be in.
#[derive(InputObject)]
pub struct GroupFollowersInput {
    /// The account.
    account_id: ID,
    /// The group; `0` stands for no group, `1` for the blacklist.
    group_id: ID,
    /// The followers. One who does not exist makes the whole call fail.
    openids: Vec<ID>,
}

impl GroupFollowersInput {
    fn openids(self) -> Vec<String> {
        self.openids.into_iter().map(|openid| openid.0).collect()
    }
}

/// The group that followers were put into or taken out of, as it is now.
#[derive(SimpleObject)]
pub struct GroupFollowersPayload {
    /// The group.
    group: Group,
}

/// Mutations of followers.
#[derive(Default)]
pub struct FollowerMutation;

#[Object]
impl FollowerMutation {
    /// Starts to fetch all followers and groups from WeChat. The work is done by a job.
    ///
    /// Without `force` it is `ALREADY_FETCHED` once there was a fetch, or while one runs.
    async fn fetch_followers(&self, ctx: &Context<'_>, input: FetchFollowersInput) -> Result<Option<JobPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let job = followers::fetch::start(domain(ctx), &scope, input.force).await?;
        Ok(Some(JobPayload { job: Job(job) }))
    }

    /// Puts followers into a group. The groups `0` and `1` take them out of all others; any other group adds to the ones
    /// they are in.
    async fn add_followers_to_group(
        &self,
        ctx: &Context<'_>,
        input: GroupFollowersInput,
    ) -> Result<Option<GroupFollowersPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let group_id = input.group_id.clone();
        followers::membership::add(domain(ctx), &scope, &group_id, &input.openids()).await?;
        group_payload(ctx, scope.id(), &group_id).await
    }

    /// Takes followers out of a group. Who is then in no group is in the group `0`.
    async fn remove_followers_from_group(
        &self,
        ctx: &Context<'_>,
        input: GroupFollowersInput,
    ) -> Result<Option<GroupFollowersPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let group_id = input.group_id.clone();
        followers::membership::remove(domain(ctx), &scope, &group_id, &input.openids()).await?;
        group_payload(ctx, scope.id(), &group_id).await
    }
}

async fn group_payload(ctx: &Context<'_>, account_id: &str, group_id: &str) -> Result<Option<GroupFollowersPayload>> {
    let group = crate::domain::groups::find(&domain(ctx).database, account_id, group_id.trim()).await?;
    Ok(Some(GroupFollowersPayload { group: Group(group) }))
}
