//! Keeping temporary media alive, and making those that are missing.

use std::time::Duration;

use chrono::TimeDelta;
use entity::media::{self, Kind};
use entity::wechat_copy::{self, Form, State};
use entity::{account, stored_file};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::{REFRESH, request_upload};
use crate::clock;
use crate::domain::Context;
use crate::error::Result;

/// Uploads asked for in one go, of each sort.
const BATCH: u64 = 100;

/// A refresh that failed is asked for again after this time: what WeChat refuses it will mostly refuse again, and its
/// quotas come back within a day.
const AFTER_FAILURE: TimeDelta = TimeDelta::hours(1);

/// A first upload that was given up is asked for again after this time: what was wrong may be mended by then.
const AFTER_GIVING_UP: TimeDelta = TimeDelta::days(1);

/// Asks for uploads: of temporary media that WeChat will drop soon or did not take, and of materials that have no copy, because their
/// account had no credentials when they were saved, or other ones. `pause`: none is asked for again within this time,
/// should WeChat's clock and ours disagree. Returns how many were asked for.
pub async fn refresh(context: &Context, pause: Duration) -> Result<usize> {
    let mut due = ending(context, pause).await?;
    due.extend(missing(context).await?);
    for (account_id, file_id) in &due {
        let txn = context.begin(account_id).await?;
        request_upload(&txn, account_id, file_id).await?;
        // It has had its turn, also where an upload was under way already.
        wechat_copy::Entity::update_many()
            .col_expr(wechat_copy::Column::ChangedAt, Expr::value(clock::now()))
            .filter(wechat_copy::Column::AccountId.eq(account_id))
            .filter(wechat_copy::Column::Form.eq(Form::Temporary))
            .filter(wechat_copy::Column::SourceId.eq(file_id))
            .exec(&txn)
            .await?;
        context.commit_work(txn).await?;
    }
    Ok(due.len())
}

/// Copies of live files that end soon, or have ended while nobody looked; first those that were left alone longest, so
/// that many which fail again and again do not keep the others from their turn.
async fn ending(context: &Context, pause: Duration) -> Result<Vec<(String, String)>> {
    let now = clock::now();
    let pause = TimeDelta::from_std(pause).unwrap_or_default();
    let untouched_for = |pause| wechat_copy::Column::ChangedAt.lt(clock::before(now, pause));
    let kept = Query::select()
        .expr(Expr::value(1))
        .from(stored_file::Entity)
        .and_where(
            stored_file::Column::AccountId.into_expr().equals((wechat_copy::Entity, wechat_copy::Column::AccountId)),
        )
        .and_where(stored_file::Column::Id.into_expr().equals((wechat_copy::Entity, wechat_copy::Column::SourceId)))
        .and_where(stored_file::Column::State.eq(stored_file::State::Kept))
        .to_owned();
    let rested = Condition::any()
        .add(untouched_for(pause.max(AFTER_FAILURE)))
        .add(Condition::all().add(wechat_copy::Column::LastError.is_null()).add(untouched_for(pause)));
    let ends_soon = Condition::all()
        .add(wechat_copy::Column::State.eq(State::Ready))
        .add(wechat_copy::Column::ExpiresAt.lt(clock::before(now, -REFRESH)))
        .add(rested);
    let given_up =
        Condition::all().add(wechat_copy::Column::State.eq(State::Failed)).add(untouched_for(AFTER_GIVING_UP));
    let copies = wechat_copy::Entity::find()
        .select_only()
        .columns([wechat_copy::Column::AccountId, wechat_copy::Column::SourceId])
        .filter(wechat_copy::Column::Form.eq(Form::Temporary))
        .filter(Condition::any().add(ends_soon).add(given_up))
        .filter(Condition::all().add(Expr::exists(kept)))
        .order_by_asc(wechat_copy::Column::ChangedAt)
        .limit(BATCH)
        .into_tuple()
        .all(&context.database);
    Ok(copies.await?)
}

/// Live materials without a temporary copy, of accounts that have credentials.
async fn missing(context: &Context) -> Result<Vec<(String, String)>> {
    let copied = Query::select()
        .expr(Expr::value(1))
        .from(wechat_copy::Entity)
        .and_where(wechat_copy::Column::AccountId.into_expr().equals((media::Entity, media::Column::AccountId)))
        .and_where(wechat_copy::Column::Form.eq(Form::Temporary))
        .and_where(wechat_copy::Column::SourceId.into_expr().equals((media::Entity, media::Column::FileId)))
        .to_owned();
    let with_credentials = Query::select()
        .column(account::Column::Id)
        .from(account::Entity)
        .and_where(account::Column::AppSecret.is_not_null())
        .to_owned();
    let without = media::Entity::find()
        .select_only()
        .columns([media::Column::AccountId, media::Column::FileId])
        .filter(media::Column::DeletedAt.is_null())
        .filter(media::Column::Kind.is_in([Kind::Image, Kind::Voice, Kind::Video]))
        .filter(media::Column::AccountId.in_subquery(with_credentials))
        .filter(Condition::all().add(Expr::exists(copied).not()))
        .limit(BATCH)
        .into_tuple()
        .all(&context.database);
    Ok(without.await?)
}
