//! Files: from an upload to the storage, and out of it again.
//!
//! A row is written before its object and outlives it, so that nothing in the storage is ever without a row, whenever a
//! process dies: what was begun and never kept, and what was released, is found by its row and swept. A file never
//! changes; another content is another file, with another address.

use std::fs::File;

use chrono::TimeDelta;
use entity::stored_file::{self, State};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use super::{Context, Key, any_of, possible};
use crate::clock;
use crate::error::{Error, Result, chain};

mod format;
mod inspect;

pub use format::Format;
pub(super) use inspect::{Accepted, Inspected, inspect, received};

/// How long a file may arrive: what was begun longer ago was left behind by a process that died.
const ARRIVAL: TimeDelta = TimeDelta::hours(1);

/// How long the object of a released file stays in the storage, for a mistake to be undone by hand.
const RETENTION: TimeDelta = TimeDelta::days(7);

/// How long an object that the storage did not remove is left alone.
const RETRY: TimeDelta = TimeDelta::hours(1);

/// Objects removed in one go.
const SWEEP: u64 = 100;

/// A file as a client sent it: on the local disk, complete, at its start.
#[derive(Debug)]
pub struct Upload {
    /// The name that the client gave it, as it came; perhaps with folders in front.
    pub file_name: String,
    /// The content.
    pub content: File,
}

/// Key of a file's object in the storage.
pub fn key(account_id: &str, id: &str) -> String {
    format!("{account_id}/{id}")
}

/// Public address of a file.
pub fn url(context: &Context, account_id: &str, id: &str) -> String {
    // What RFC 3986, section 2.3, calls unreserved stays as it is.
    const SEGMENT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let segment = |text| utf8_percent_encode(text, SEGMENT);
    format!("{}/files/{}/{}", context.public_url, segment(account_id), segment(id))
}

/// The file behind a public address of this service: account and id. `None` for any other address.
pub fn at_url(context: &Context, url: &str) -> Option<Key> {
    let path = url.strip_prefix(&*context.public_url)?.strip_prefix("/files/")?;
    let path = path.split(['?', '#']).next()?;
    let (account_id, id) = path.split_once('/')?;
    let segment = |text| percent_encoding::percent_decode_str(text).decode_utf8().ok();
    Some((segment(account_id)?.into_owned(), segment(id)?.into_owned()))
}

/// Writes an inspected upload to the storage. It belongs to nothing until [`keep`], and is swept if that never comes.
pub(super) async fn store(context: &Context, account_id: &str, inspected: Inspected) -> Result<stored_file::Model> {
    let now = clock::now();
    let file = stored_file::ActiveModel {
        account_id: Set(account_id.to_owned()),
        id: Set(format!("{}.{}", clock::new_id(), inspected.format.extension())),
        media_type: Set(inspected.format.media_type().to_owned()),
        size: Set(i64::try_from(inspected.size)?),
        sha256: Set(inspected.sha256),
        state: Set(State::Arriving),
        changed_at: Set(now),
        created_at: Set(now),
    };
    let file = stored_file::Entity::insert(file).exec_with_returning(&context.database).await?;
    let content = tokio::fs::File::from_std(inspected.content);
    let written = context.storage.write(&key(account_id, &file.id), content).await?;
    if written != inspected.size {
        return Err(Error::Internal(format!("{written} of {} bytes of an upload were stored", inspected.size)));
    }
    Ok(file)
}

/// Makes a file stay, within the transaction of what it belongs to.
pub(super) async fn keep(txn: &DatabaseTransaction, file: &stored_file::Model) -> Result<()> {
    match turn(txn, &file.account_id, &file.id, State::Arriving, State::Kept).await? {
        0 => Err(Error::Conflict("the upload took too long and was given up; send it again".into())),
        _ => Ok(()),
    }
}

/// Gives a file up, within the transaction of what it belonged to. It is served no more, and swept after a while.
pub(super) async fn release(txn: &DatabaseTransaction, account_id: &str, id: &str) -> Result<()> {
    turn(txn, account_id, id, State::Kept, State::Released).await.map(|_| ())
}

async fn turn(txn: &DatabaseTransaction, account_id: &str, id: &str, from: State, to: State) -> Result<u64> {
    let turned = stored_file::Entity::update_many()
        .col_expr(stored_file::Column::State, Expr::value(to))
        .col_expr(stored_file::Column::ChangedAt, Expr::value(clock::now()))
        .filter(stored_file::Column::AccountId.eq(account_id))
        .filter(stored_file::Column::Id.eq(id))
        .filter(stored_file::Column::State.eq(from))
        .exec(txn)
        .await?;
    Ok(turned.rows_affected)
}

/// Files by account and id, in whatever state and in no order; those that never were are left out. What is known of a
/// file outlives it: who asks may have read of it just before it was given up.
pub async fn known(context: &Context, keys: &[Key]) -> Result<Vec<stored_file::Model>> {
    read(&context.database, keys).await
}

/// Kept files by account and id, in no order; others are left out.
pub async fn find_many(connection: &impl ConnectionTrait, keys: &[Key]) -> Result<Vec<stored_file::Model>> {
    let mut files = read(connection, keys).await?;
    files.retain(|file| file.state == State::Kept);
    Ok(files)
}

async fn read(connection: &impl ConnectionTrait, keys: &[Key]) -> Result<Vec<stored_file::Model>> {
    let wanted = any_of(stored_file::Column::AccountId, stored_file::Column::Id, possible(keys));
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    Ok(stored_file::Entity::find().filter(wanted).all(connection).await?)
}

/// One kept file. Errors: `NotFound`.
pub async fn find(context: &Context, account_id: &str, id: &str) -> Result<stored_file::Model> {
    let found = find_many(&context.database, &[(account_id.to_owned(), id.to_owned())]).await?;
    found.into_iter().next().ok_or_else(|| Error::not_found("file", id))
}

/// Removes the objects of files that nothing needs: released seven days ago, or left behind by a process that died
/// while it received them. Returns how many were removed. Any number of processes may do it at a time.
///
/// An object that the storage does not remove is put off, so that it keeps no other one.
pub async fn sweep(context: &Context) -> Result<usize> {
    let now = clock::now();
    stored_file::Entity::update_many()
        .col_expr(stored_file::Column::State, Expr::value(State::Released))
        // Nobody ever had them, so nobody can want them back.
        .col_expr(stored_file::Column::ChangedAt, Expr::value(clock::before(now, RETENTION + ARRIVAL)))
        .filter(stored_file::Column::State.eq(State::Arriving))
        .filter(stored_file::Column::ChangedAt.lt(clock::before(now, ARRIVAL)))
        .exec(&context.database)
        .await?;
    let due = stored_file::Entity::find()
        .filter(stored_file::Column::State.eq(State::Released))
        .filter(stored_file::Column::ChangedAt.lt(clock::before(now, RETENTION)))
        .order_by_asc(stored_file::Column::ChangedAt)
        .limit(SWEEP)
        .all(&context.database)
        .await?;
    let mut swept = 0;
    for file in &due {
        let (state, changed_at) = match context.storage.delete(&key(&file.account_id, &file.id)).await {
            Ok(()) => (State::Swept, now),
            Err(error) => {
                tracing::warn!(file = file.id, error = chain(&error), "a file was not removed and is tried again");
                (State::Released, clock::before(now, RETENTION - RETRY))
            }
        };
        swept += usize::from(state == State::Swept);
        stored_file::Entity::update_many()
            .col_expr(stored_file::Column::State, Expr::value(state))
            .col_expr(stored_file::Column::ChangedAt, Expr::value(changed_at))
            .filter(stored_file::Column::AccountId.eq(&file.account_id))
            .filter(stored_file::Column::Id.eq(&file.id))
            .exec(&context.database)
            .await?;
    }
    Ok(swept)
}
