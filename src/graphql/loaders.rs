//! Relations, read for all rows of a list at once.
//!
//! One key type a question; each says what its value is and what its absence means.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::{follower, group};

use crate::domain::{Context, followers};
use crate::error::Error;

/// Answers the questions below from the database.
pub struct Loaders {
    context: Context,
}

impl Loaders {
    pub(super) fn new(context: Context) -> Self {
        Self { context }
    }
}

/// Key: a follower. Value: the groups he is in. Absent: none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupsOfFollower(pub(super) follower::Model);

impl Loader<GroupsOfFollower> for Loaders {
    type Value = Vec<group::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[GroupsOfFollower]) -> Result<HashMap<GroupsOfFollower, Self::Value>, Self::Error> {
        let mut by_account: HashMap<&str, Vec<follower::Model>> = HashMap::new();
        for GroupsOfFollower(follower) in keys {
            by_account.entry(&follower.account_id).or_default().push(follower.clone());
        }
        let mut found = HashMap::new();
        for (account_id, asked) in by_account {
            let mut groups = followers::groups_of(&self.context, account_id, &asked).await?;
            found.extend(asked.into_iter().filter_map(|follower| {
                groups.remove(&follower.openid).map(|groups| (GroupsOfFollower(follower), groups))
            }));
        }
        Ok(found)
    }
}
