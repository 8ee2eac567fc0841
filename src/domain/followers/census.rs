//! Keeps the counts of an account and its groups equal to what their lists show.
//!
//! Whoever changes followers takes a census of them before and after, in the same transaction: the difference is what
//! the counts change by. So there is one place that knows which list shows whom, and no caller counts by himself.

use std::collections::BTreeMap;

use entity::{account, follower, group_member};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::domain::groups;
use crate::error::Result;

/// How often each list shows one of certain followers.
#[derive(Debug, Default)]
pub(super) struct Census {
    /// Of the list of all followers.
    listed: i64,
    /// Of each group's list, by the group's id.
    in_group: BTreeMap<String, i64>,
}

impl Census {
    /// Counts these followers. The transaction has locked the account.
    pub(super) async fn take(txn: &DatabaseTransaction, account_id: &str, openids: &[String]) -> Result<Self> {
        let mut census = Self::default();
        let flags: Vec<(bool, bool, bool)> = follower::Entity::find()
            .select_only()
            .column(follower::Column::Subscribed)
            .column(follower::Column::Blocked)
            .column(follower::Column::Ungrouped)
            .filter(follower::Column::AccountId.eq(account_id))
            .filter(follower::Column::Openid.is_in(openids))
            .into_tuple()
            .all(txn)
            .await?;
        for (subscribed, blocked, ungrouped) in flags {
            census.listed += i64::from(subscribed && !blocked);
            *census.in_group.entry(groups::UNGROUPED.to_owned()).or_default() += i64::from(ungrouped);
            *census.in_group.entry(groups::BLOCKED.to_owned()).or_default() += i64::from(subscribed && blocked);
        }
        let members: Vec<(String, i64)> = group_member::Entity::find()
            .select_only()
            .column(group_member::Column::GroupId)
            .column_as(group_member::Column::Openid.count(), "members")
            .filter(group_member::Column::AccountId.eq(account_id))
            .filter(group_member::Column::Openid.is_in(openids))
            .group_by(group_member::Column::GroupId)
            .into_tuple()
            .all(txn)
            .await?;
        census.in_group.extend(members);
        Ok(census)
    }

    /// Changes the stored counts by what happened to these followers since this census.
    pub(super) async fn settle(self, txn: &DatabaseTransaction, account_id: &str, openids: &[String]) -> Result<()> {
        let after = Self::take(txn, account_id, openids).await?;
        let listed = after.listed - self.listed;
        if listed != 0 {
            account::Entity::update_many()
                .col_expr(account::Column::FollowerCount, Expr::col(account::Column::FollowerCount).add(listed))
                .filter(account::Column::Id.eq(account_id))
                .exec(txn)
                .await?;
        }
        let mut changes = after.in_group;
        for (group_id, count) in self.in_group {
            *changes.entry(group_id).or_default() -= count;
        }
        for (group_id, change) in changes {
            groups::add_to_count(txn, account_id, &group_id, change).await?;
        }
        Ok(())
    }
}
