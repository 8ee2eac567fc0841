//! Followers by event: who comes, who goes, who withdraws his consent.
//!
//! Events come in no certain order. What tells the order is their time, by WeChat's clock, and the events that were stored
//! before: an older event changes nothing any more.

use entity::{Timestamp, follower, message};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QuerySelect as _, UpdateMany,
};
use serde::{Deserialize, Serialize};

use super::census::Census;
use super::fetch;
use crate::clock;
use crate::error::Result;
use crate::queue::{self, NewJob};

/// The kind of job that asks WeChat about one follower.
pub const DETAILS_JOB: &str = "follower_details";

/// What such a job works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DetailsPayload {
    /// The follower.
    pub openid: String,
}

/// Somebody follows, again or for the first time. `at`: when, by WeChat's clock.
///
/// A new follower is in no group and not blocked until WeChat says otherwise.
pub(in crate::domain) async fn subscribe(
    txn: &DatabaseTransaction,
    account_id: &str,
    openid: &str,
    at: Timestamp,
) -> Result<()> {
    if is_outdated(txn, account_id, openid, at).await? {
        return Ok(());
    }
    let openids = [openid.to_owned()];
    let before = Census::take(txn, account_id, &openids).await?;
    let key = (account_id.to_owned(), openid.to_owned());
    match follower::Entity::find_by_id(key).one(txn).await? {
        // A fetch was faster than the event.
        Some(follower) if follower.subscribed => {
            let mut follower = follower.into_active_model();
            follower.seen_at = Set(clock::now());
            follower.update(txn).await?;
        }
        Some(follower) => {
            let mut follower = follower.into_active_model();
            follower.subscribed = Set(true);
            follower.blocked = Set(false);
            follower.ungrouped = Set(true);
            follower.subscribed_at = Set(at);
            follower.unsubscribed_at = Set(None);
            follower.seen_at = Set(clock::now());
            follower.update(txn).await?;
        }
        None => {
            follower::Entity::insert(newcomer(account_id, openid, at)).exec_without_returning(txn).await?;
        }
    }
    before.settle(txn, account_id, &openids).await
}

/// A follower of whom nothing but the openid is known.
fn newcomer(account_id: &str, openid: &str, at: Timestamp) -> follower::ActiveModel {
    follower::ActiveModel {
        account_id: Set(account_id.to_owned()),
        openid: Set(openid.to_owned()),
        unionid: Set(None),
        nickname: Set(None),
        remark: Set(None),
        gender: Set(0),
        country: Set(None),
        province: Set(None),
        city: Set(None),
        language: Set(None),
        avatar_url: Set(None),
        subscribe_scene: Set(None),
        subscribed: Set(true),
        blocked: Set(false),
        ungrouped: Set(true),
        subscribed_at: Set(at),
        unsubscribed_at: Set(None),
        seen_at: Set(clock::now()),
    }
}

/// A follower left: he is in no list and no group any more, and what is known of his person is erased. His openid and the
/// dates stay. Source: WeChat reference, section 16.4.
pub(in crate::domain) async fn unsubscribe(
    txn: &DatabaseTransaction,
    account_id: &str,
    openid: &str,
    at: Timestamp,
) -> Result<()> {
    if is_outdated(txn, account_id, openid, at).await? {
        return Ok(());
    }
    let openids = [openid.to_owned()];
    let before = Census::take(txn, account_id, &openids).await?;
    fetch::mark_gone(txn, account_id, &openids).await?;
    before.settle(txn, account_id, &openids).await
}

/// A user withdrew his consent, or gave up WeChat: what is known of his person is erased, whether he still follows or not.
/// Source: WeChat reference, section 19.8.
pub(in crate::domain) async fn erase(txn: &DatabaseTransaction, account_id: &str, openid: &str) -> Result<()> {
    erased(follower::Entity::update_many())
        // What WeChat was asked before this counts no more.
        .col_expr(follower::Column::SeenAt, Expr::value(clock::now()))
        .filter(follower::Column::AccountId.eq(account_id))
        .filter(follower::Column::Openid.eq(openid))
        .exec(txn)
        .await?;
    Ok(())
}

/// An update that erases what is known of persons.
pub(super) fn erased(update: UpdateMany<follower::Entity>) -> UpdateMany<follower::Entity> {
    use follower::Column as C;
    let personal = [C::Unionid, C::Nickname, C::Remark, C::Country, C::Province, C::City, C::Language, C::AvatarUrl];
    personal
        .into_iter()
        .fold(update, |update, column| update.col_expr(column, Expr::value(None::<String>)))
        .col_expr(C::Gender, Expr::value(0))
}

/// Asks for a job that asks WeChat about one follower, unless one is waiting already. The transaction has locked the account.
pub(in crate::domain) async fn ask_details(txn: &DatabaseTransaction, account_id: &str, openid: &str) -> Result<()> {
    let unique_key = format!("{DETAILS_JOB}:{account_id}:{openid}");
    if queue::find_live(txn, &unique_key).await?.is_some() {
        return Ok(());
    }
    let job = NewJob { name: DETAILS_JOB, account_id, unique_key: Some(unique_key), due_at: None };
    queue::enqueue(txn, job, &DetailsPayload { openid: openid.to_owned() }).await?;
    Ok(())
}

/// Whether a later event about this follower's coming or going was stored already.
async fn is_outdated(txn: &DatabaseTransaction, account_id: &str, openid: &str, at: Timestamp) -> Result<bool> {
    let later: Option<String> = message::Entity::find()
        .select_only()
        .column(message::Column::Id)
        .filter(message::Column::AccountId.eq(account_id))
        .filter(message::Column::Openid.eq(openid))
        .filter(message::Column::IsEvent.eq(true))
        .filter(message::Column::CreatedAt.gt(at))
        .filter(message::Column::Event.is_in(["subscribe", "unsubscribe"]))
        .limit(1)
        .into_tuple()
        .one(txn)
        .await?;
    Ok(later.is_some())
}
