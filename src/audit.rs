//! The audit trail: who did what and when, for what cannot be undone and for what touches credentials.

use entity::audit;
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait as _};

use crate::clock;
use crate::error::Result;

/// Writes one row, in the transaction of the action itself: no action without its row, and no row without its action.
///
/// `action`: the kind of object and the verb, `group.delete`.
pub async fn record(
    txn: &DatabaseTransaction,
    actor: &str,
    action: &'static str,
    account_id: Option<&str>,
    object_id: Option<&str>,
) -> Result<()> {
    audit::Entity::insert(audit::ActiveModel {
        id: Set(clock::new_id()),
        at: Set(clock::now()),
        actor: Set(actor.to_owned()),
        account_id: Set(account_id.map(Into::into)),
        action: Set(action.to_owned()),
        object_id: Set(object_id.map(Into::into)),
    })
    .exec_without_returning(txn)
    .await?;
    tracing::info!(audit.action = action, audit.actor = actor, account.id = account_id, object.id = object_id, "audit");
    Ok(())
}
