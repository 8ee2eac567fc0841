//! Who gets a mass send, and how WeChat can be told so.

use std::collections::HashSet;

use entity::account::{self, Kind};
use entity::mass_send::Way;
use entity::{follower, group_member};
use futures_util::TryStreamExt as _;
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QuerySelect as _,
    QueryTrait as _, Select, StreamTrait,
};

use crate::database;
use crate::domain::followers::Selection;
use crate::domain::{Context, checks, credentials, groups};
use crate::error::{Code, Error, Result};
use crate::wechat::{Credentials, DailyQuota, MassAudience};

/// The followers that a mass send is for. Those who left and those who are blocked never get one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipients {
    /// The group; `-1` for everybody.
    pub group_id: String,
    /// Of this gender only, as WeChat counts it.
    pub gender: Option<i16>,
}

/// How a mass send would go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) way: Way,
    /// WeChat's tag, of [`Way::Tag`].
    pub(super) tag_id: Option<i64>,
    /// Followers.
    pub(super) recipients: u64,
}

/// What would come of a mass send.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// How many followers would get it.
    pub recipients: i64,
    /// How WeChat would be told; `None` when it cannot be sent.
    pub way: Option<Way>,
    /// How many calls to WeChat it takes.
    pub chunks: i64,
    /// Why it cannot be sent.
    pub problem: Option<String>,
}

impl Plan {
    /// The sizes of the chunks: as few as WeChat takes, and about as big as one another, so that none is left with a single
    /// follower.
    pub(super) fn chunk_sizes(self) -> impl Iterator<Item = u64> {
        let most = *MassAudience::LIST.end() as u64;
        let chunks = match self.way {
            Way::Openids => self.recipients.div_ceil(most),
            Way::Tag | Way::Everybody | Way::Preview => 1,
        };
        let (size, larger) = (self.recipients / chunks.max(1), self.recipients % chunks.max(1));
        (0..chunks).map(move |chunk| size + u64::from(chunk < larger))
    }
}

impl Recipients {
    /// The followers, in no order. Whether the group exists is for [`plan`] to ask.
    ///
    /// Errors: `Invalid` for an empty group id.
    fn select(&self, account_id: &str) -> Result<Select<follower::Entity>> {
        let followers = follower::Entity::find()
            .filter(follower::Column::AccountId.eq(account_id))
            .filter(follower::Column::Subscribed.eq(true))
            .filter(follower::Column::Blocked.eq(false))
            .apply_if(self.gender, |query, gender| query.filter(follower::Column::Gender.eq(gender)));
        Ok(match Selection::of_group(Some(checks::id("groupId", &self.group_id)?.as_str()))? {
            Selection::All => followers,
            Selection::Ungrouped => followers.filter(follower::Column::Ungrouped.eq(true)),
            // Nobody: they are all left out.
            Selection::Blocked => followers.filter(follower::Column::Blocked.eq(true)),
            // A group that cannot be has none, either.
            Selection::Members(group_id) if !checks::is_possible_id(&group_id) => {
                followers.filter(follower::Column::Blocked.eq(true))
            }
            Selection::Members(group_id) => {
                let members = Query::select()
                    .column(group_member::Column::Openid)
                    .from(group_member::Entity)
                    .and_where(group_member::Column::AccountId.eq(account_id))
                    .and_where(group_member::Column::GroupId.eq(group_id))
                    .to_owned();
                followers.filter(follower::Column::Openid.in_subquery(members))
            }
        })
    }

    /// How many there are. The followers of an unknown group are none.
    pub(super) async fn count(&self, connection: &impl ConnectionTrait, account_id: &str) -> Result<u64> {
        Ok(self.select(account_id)?.count(connection).await?)
    }

    /// Shows each openid to `seen`, in no order, without holding them all.
    async fn each(
        &self,
        connection: &(impl ConnectionTrait + StreamTrait),
        account_id: &str,
        mut seen: impl FnMut(&str),
    ) -> Result<()> {
        let openids = self.select(account_id)?.select_only().column(follower::Column::Openid).into_tuple::<String>();
        let mut openids = openids.stream(connection).await?;
        while let Some(openid) = openids.try_next().await? {
            seen(&openid);
        }
        Ok(())
    }
}

/// The openids of a mass send, one a line: a list of a million takes 30 MB.
#[derive(Debug, Default)]
pub(super) struct Openids {
    lines: String,
}

impl Openids {
    /// Those who are meant, at one moment.
    pub(super) async fn read(context: &Context, account_id: &str, to: &Recipients) -> Result<(Self, u64)> {
        let txn = database::snapshot(&context.database).await?;
        let (mut lines, mut count) = (String::new(), 0);
        to.each(&txn, account_id, |openid| {
            lines.push_str(openid);
            lines.push('\n');
            count += 1;
        })
        .await?;
        txn.commit().await?;
        Ok((Self { lines }, count))
    }

    /// One after the other.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.lines.lines()
    }
}

/// How a mass send to these followers, so many, can go out. Source: WeChat reference, sections 1.2 and 8.
///
/// Errors: `NoRecipients`; `Invalid`, naming what cannot be sent, why, and what would help.
pub(super) async fn plan(
    connection: &impl ConnectionTrait,
    account: &account::Model,
    to: &Recipients,
    recipients: u64,
) -> Result<Plan> {
    if recipients == 0 {
        return Err(Error::NoRecipients);
    }
    if !account.verified {
        let reason = "WeChat lets only verified accounts send to many; verify the account, then say so in its settings";
        return Err(Error::invalid("accountId", reason));
    }
    match account.kind {
        Kind::Service if recipients == 1 => Ok(Plan { way: Way::Preview, tag_id: None, recipients }),
        Kind::Service => Ok(Plan { way: Way::Openids, tag_id: None, recipients }),
        Kind::Subscription => {
            let (way, tag_id) = whole_audience(connection, account, to).await?;
            Ok(Plan { way, tag_id, recipients })
        }
    }
}

/// What a 公众号 sends to: everybody, or a tag, and no part of them.
async fn whole_audience(
    connection: &impl ConnectionTrait,
    account: &account::Model,
    to: &Recipients,
) -> Result<(Way, Option<i64>)> {
    let only = "WeChat lets this kind of account send to everybody or to one of WeChat's tags only";
    if to.gender.is_some() {
        return Err(Error::invalid("gender", format!("{only}, not to a gender; leave it out")));
    }
    match to.group_id.trim() {
        groups::ALL => Ok((Way::Everybody, None)),
        groups::UNGROUPED => {
            let reason =
                format!("{only}; those in no group carry none: send to -1, or put them into a group of WeChat's");
            Err(Error::invalid("groupId", reason))
        }
        id => match groups::find(connection, &account.id, id).await?.wechat_tag_id {
            Some(tag_id) => Ok((Way::Tag, Some(tag_id))),
            None => {
                let reason =
                    format!("{only}, and group {id} exists only here; make the tag in WeChat's console and fetch it");
                Err(Error::invalid("groupId", reason))
            }
        },
    }
}

/// What would come of a mass send, without sending it.
///
/// Errors: `Invalid` for an empty group id.
pub async fn estimate(context: &Context, account: &account::Model, to: &Recipients) -> Result<Estimate> {
    let count = to.count(&context.database, &account.id).await?;
    let recipients = i64::try_from(count)?;
    match plan(&context.database, account, to, count).await {
        Ok(plan) => {
            let chunks = i64::try_from(plan.chunk_sizes().count()).unwrap_or(i64::MAX);
            Ok(Estimate { recipients, way: Some(plan.way), chunks, problem: None })
        }
        Err(error) if error.code() == Code::BadUserInput => {
            Ok(Estimate { recipients, way: None, chunks: 0, problem: Some(error.public_message()) })
        }
        Err(error) => Err(error),
    }
}

/// How many mass sends WeChat lets the account ask for today. Each chunk takes one.
///
/// Errors: `Invalid` while the account has no credentials; `Wechat`.
pub async fn quota(context: &Context, account: &account::Model) -> Result<DailyQuota> {
    let credentials = credentials::open(context, account)?;
    Ok(context.wechat.mass_quota(&credentials, account.kind == Kind::Service).await?)
}

/// Checks, before a 公众号 sends, that WeChat would reach exactly those who are meant: what is changed here stays here, so the
/// blacklist and the groups may differ from WeChat's.
///
/// Errors: `Invalid`, saying how they differ; `Wechat`.
pub(super) async fn require_same_at_wechat(
    context: &Context,
    credentials: &Credentials,
    account: &account::Model,
    to: &Recipients,
    tag_id: Option<i64>,
) -> Result<()> {
    let blocked_there = context.wechat.whole_blacklist(credentials).await?;
    match tag_id {
        None => {
            let blocked_here: Vec<String> = follower::Entity::find()
                .select_only()
                .column(follower::Column::Openid)
                .filter(follower::Column::AccountId.eq(&account.id))
                .filter(follower::Column::Subscribed.eq(true))
                .filter(follower::Column::Blocked.eq(true))
                .into_tuple()
                .all(&context.database)
                .await?;
            let reached = blocked_here.iter().filter(|openid| !blocked_there.contains(*openid)).count();
            let mut missing = 0;
            let txn = database::snapshot(&context.database).await?;
            to.each(&txn, &account.id, |openid| missing += usize::from(blocked_there.contains(openid))).await?;
            txn.commit().await?;
            differ(missing, reached, "everybody")
        }
        Some(tag_id) => {
            let mut there = HashSet::new();
            let mut after: Option<String> = None;
            loop {
                let page = context.wechat.tag_followers(credentials, tag_id, after.as_deref()).await?;
                there.extend(page.openids.into_iter().filter(|openid| !blocked_there.contains(openid)));
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            let mut missing = 0;
            let txn = database::snapshot(&context.database).await?;
            to.each(&txn, &account.id, |openid| missing += usize::from(!there.remove(openid))).await?;
            txn.commit().await?;
            differ(missing, there.len(), "WeChat's tag")
        }
    }
}

/// `missing`: who is meant and would not be reached; `reached`: who would be and is not meant.
fn differ(missing: usize, reached: usize, audience: &str) -> Result<()> {
    if missing == 0 && reached == 0 {
        return Ok(());
    }
    let reason = format!(
        "a send to {audience} would reach {reached} followers who are not meant and miss {missing} who are, because \
         groups or the blacklist were changed here or at WeChat; bring them into line at WeChat, or fetch the followers by \
         force, and send again"
    );
    Err(Error::invalid("groupId", reason))
}
