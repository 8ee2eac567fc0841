//! Storing pushes, many in one transaction.
//!
//! What costs time in storing a push is making it durable. So the pushes that arrive while one transaction is being
//! committed go into the next one together: nobody waits for company, and under load the cost is shared. A push counts
//! as stored when its transaction was committed, not before.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use entity::message::{self, Column};
use entity::message_tally;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, DatabaseConnection, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _,
};
use tokio::sync::{mpsc, oneshot};

use super::Stored;
use crate::database;
use crate::error::{Error, Result, chain};

/// Most pushes of one transaction.
const BATCH: usize = 128;

/// Pushes that may wait to be stored; beyond, whoever brings another one waits with it.
const WAITING: usize = 4_096;

/// Stores pushes that change nothing else. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Recorder {
    database: DatabaseConnection,
    /// To the task that stores; it starts with the first push.
    queue: Arc<OnceLock<mpsc::Sender<Entry>>>,
}

#[derive(Debug)]
struct Entry {
    row: message::Model,
    done: oneshot::Sender<Result<Stored>>,
}

impl Recorder {
    /// Into this database.
    pub fn new(database: DatabaseConnection) -> Self {
        Self { database, queue: Arc::default() }
    }

    /// The task ends when the last clone of this is gone.
    fn queue(&self) -> &mpsc::Sender<Entry> {
        self.queue.get_or_init(|| {
            let (queue, entries) = mpsc::channel(WAITING);
            tokio::spawn(run(self.database.clone(), entries));
            queue
        })
    }

    /// Stores a push. Returns when it is durable.
    pub(super) async fn record(&self, row: message::Model) -> Result<Stored> {
        let (done, stored) = oneshot::channel();
        let stopped = || Error::Internal("nobody stores pushes any more".into());
        self.queue().send(Entry { row, done }).await.map_err(|_| stopped())?;
        stored.await.map_err(|_| stopped())?
    }
}

async fn run(database: DatabaseConnection, mut entries: mpsc::Receiver<Entry>) {
    let mut batch = Vec::with_capacity(BATCH);
    while entries.recv_many(&mut batch, BATCH).await > 0 {
        let rows = batch.iter().map(|entry| entry.row.clone()).collect();
        match store(&database, rows).await {
            Ok(all) => {
                for (entry, stored) in batch.drain(..).zip(all) {
                    answer(entry.done, Ok(stored));
                }
            }
            // Perhaps because of one of them: each for itself.
            Err(error) => {
                tracing::warn!(error = chain(&error), pushes = batch.len(), "pushes could not be stored together");
                for entry in batch.drain(..) {
                    let stored = store(&database, vec![entry.row]).await;
                    answer(entry.done, stored.and_then(|mut all| all.pop().ok_or_else(nothing_stored)));
                }
            }
        }
    }
}

/// Whoever asked may have gone away meanwhile; his push is stored all the same.
fn answer(done: oneshot::Sender<Result<Stored>>, stored: Result<Stored>) {
    if done.send(stored).is_err() {
        tracing::debug!("a push was stored that nobody waited for");
    }
}

fn nothing_stored() -> Error {
    Error::Internal("a push was neither stored nor found".into())
}

async fn store(database: &DatabaseConnection, rows: Vec<message::Model>) -> Result<Vec<Stored>> {
    let txn = database::begin(database).await?;
    let stored = insert(&txn, rows).await?;
    txn.commit().await?;
    Ok(stored)
}

/// Stores one push in a transaction that does more.
pub(super) async fn insert_one(txn: &DatabaseTransaction, row: message::Model) -> Result<Stored> {
    insert(txn, vec![row]).await?.pop().ok_or_else(nothing_stored)
}

/// Stores pushes that are not known yet, in the order given, and counts the messages among them.
async fn insert(txn: &DatabaseTransaction, rows: Vec<message::Model>) -> Result<Vec<Stored>> {
    const KEY: [Column; 2] = [Column::AccountId, Column::Id];
    // Two processes that lock the same rows do so in the same order.
    let mut sorted: Vec<&message::Model> = rows.iter().collect();
    sorted.sort_unstable_by(|a, b| (&a.account_id, &a.id).cmp(&(&b.account_id, &b.id)));
    let keep = OnConflict::columns(KEY).do_nothing_on(KEY).to_owned();
    let mut rest = sorted.as_slice();
    while !rest.is_empty() {
        // Few lengths, so that few statements have to be prepared.
        let (some, others) = rest.split_at(1 << fitting(rest).ilog2());
        rest = others;
        let some = some.iter().map(|row| (*row).clone().into_active_model().reset_all());
        message::Entity::insert_many(some).on_conflict(keep.clone()).exec_without_returning(txn).await?;
    }
    let stored = read_back(txn, rows).await?;
    count(txn, &stored).await?;
    Ok(stored)
}

/// How many of these rows, at least one, one statement takes.
fn fitting(rows: &[&message::Model]) -> usize {
    // Ids, instants and what the protocol adds to 25 values.
    const FIXED: usize = 400;
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let size = |row: &message::Model| {
        FIXED + row.payload.len() + length(&row.content) + length(&row.folded) + length(&row.reply)
    };
    let mut total = 0;
    let fit = rows.iter().take_while(|row| {
        total += size(row);
        total <= database::STATEMENT_BYTES
    });
    fit.count().max(1)
}

/// What is in the database now: of the deliveries of one push it names the first.
async fn read_back(txn: &DatabaseTransaction, rows: Vec<message::Model>) -> Result<Vec<Stored>> {
    let keys = rows.iter().map(|row| (row.account_id.as_str(), row.id.as_str()));
    let found =
        message::Entity::find().filter(crate::domain::any_of(Column::AccountId, Column::Id, keys)).all(txn).await?;
    let found: HashMap<(&str, &str), &message::Model> =
        found.iter().map(|row| ((row.account_id.as_str(), row.id.as_str()), row)).collect();
    let stored = |row: message::Model| match found.get(&(row.account_id.as_str(), row.id.as_str())) {
        Some(first) if first.delivery == row.delivery => Ok(Stored::New(row)),
        Some(first) => Ok(Stored::Known((*first).clone())),
        None => Err(nothing_stored()),
    };
    rows.into_iter().map(stored).collect()
}

/// Keeps the number of messages.
async fn count(txn: &DatabaseTransaction, stored: &[Stored]) -> Result<()> {
    let mut tallies: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for stored in stored {
        if let Stored::New(message) = stored
            && !message.is_event
        {
            let (messages, by_keyword) = tallies.entry(&message.account_id).or_default();
            *messages += 1;
            *by_keyword += i64::from(message.by_keyword);
        }
    }
    for (account_id, (messages, by_keyword)) in tallies {
        use message_tally::Column as C;
        let more = |column: C, by: i64| Expr::col((message_tally::Entity, column)).add(by);
        let tally = message_tally::ActiveModel {
            account_id: Set(account_id.to_owned()),
            messages: Set(messages),
            by_keyword: Set(by_keyword),
        };
        let add = OnConflict::column(C::AccountId)
            .value(C::Messages, more(C::Messages, messages))
            .value(C::ByKeyword, more(C::ByKeyword, by_keyword))
            .to_owned();
        message_tally::Entity::insert(tally).on_conflict(add).exec_without_returning(txn).await?;
    }
    Ok(())
}
