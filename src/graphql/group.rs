//! Groups of followers.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::api_token::Role;
use entity::group;

use super::scalars::DateTime;
use super::{domain, scope};
use crate::domain::groups;

/// A group of followers: one of WeChat's, or one that exists only here.
pub struct Group(pub(super) group::Model);

/// A group of followers: one of WeChat's, or one that exists only here.
#[Object]
impl Group {
    /// Id of the group: `0` for followers in no group, `1` for the blacklist, `2` for starred followers, other numbers for
    /// WeChat's tags, UUIDs for local groups.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// Name, unique among the groups of the account.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// How many followers are listed in the group.
    async fn follower_count(&self) -> i64 {
        self.0.follower_count
    }

    /// Whether it is one of WeChat's own groups, which can be neither renamed nor deleted.
    async fn is_system(&self) -> bool {
        groups::is_system(&self.0.id)
    }

    /// Id of the WeChat tag that the group mirrors; null for a local group.
    async fn wechat_tag_id(&self) -> Option<i64> {
        self.0.wechat_tag_id
    }

    /// When the group was made, or first fetched.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// A group to be made.
#[derive(InputObject)]
pub struct CreateGroupInput {
    /// The account.
    account_id: ID,
    /// Name: 1 to 100 characters, not in use.
    name: String,
}

/// A new name for a group.
#[derive(InputObject)]
pub struct RenameGroupInput {
    /// The account.
    account_id: ID,
    /// The group.
    id: ID,
    /// Name: 1 to 100 characters, not in use.
    name: String,
}

/// A group to be deleted.
#[derive(InputObject)]
pub struct DeleteGroupInput {
    /// The account.
    account_id: ID,
    /// The group.
    id: ID,
}

/// The group that a mutation concerned, as it is now; as it was, if it was deleted.
#[derive(SimpleObject)]
pub struct GroupPayload {
    /// The group.
    group: Group,
}

/// Mutations of groups.
#[derive(Default)]
pub struct GroupMutation;

#[Object]
impl GroupMutation {
    /// Makes a local group. WeChat does not learn of it.
    async fn create_group(&self, ctx: &Context<'_>, input: CreateGroupInput) -> Result<Option<GroupPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let group = groups::create(domain(ctx), &scope, &input.name).await?;
        Ok(Some(GroupPayload { group: Group(group) }))
    }

    /// Renames a group. A mirror of a WeChat tag gets WeChat's name again with the next forced fetch.
    async fn rename_group(&self, ctx: &Context<'_>, input: RenameGroupInput) -> Result<Option<GroupPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let group = groups::rename(domain(ctx), &scope, &input.id, &input.name).await?;
        Ok(Some(GroupPayload { group: Group(group) }))
    }

    /// Deletes a group; its members stay followers. A mirror of a WeChat tag comes back with the next forced fetch.
    async fn delete_group(&self, ctx: &Context<'_>, input: DeleteGroupInput) -> Result<Option<GroupPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let group = groups::delete(domain(ctx), &scope, &input.id).await?;
        Ok(Some(GroupPayload { group: Group(group) }))
    }
}
