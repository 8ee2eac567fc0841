//! Who is calling, and what he may do.
//!
//! A caller presents an API token as `Authorization: Bearer TOKEN`, or as the password of HTTP Basic with any user name,
//! so that a legacy client only needs `http://x:TOKEN@host` as its base URL. The token itself is shown once, when it is
//! made; the database holds its SHA-256. A token has 256 random bits, so a slow password hash would protect nothing.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use entity::api_token::{self, Role};
use entity::{Timestamp, account, api_token_account};
use rand::RngExt as _;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, DatabaseConnection, EntityTrait as _, QueryFilter as _,
    QueryOrder as _,
};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::{audit, clock, database};

/// A verified token is trusted this long without asking the database again; so a revoked one works no longer than this.
const TRUST: Duration = Duration::from_secs(5);

/// `last_used_at` is written at most this often.
const LAST_USE_STEP: Duration = Duration::from_secs(60);

/// What every token starts with, so that scanners for leaked credentials can find it.
const TOKEN_PREFIX: &str = "oda_";

/// A caller whose credential was checked, or whom the operator chose to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// How the audit trail names the caller.
    pub actor: String,
    /// What the caller may do.
    pub role: Role,
    /// The only accounts the caller may see; `None` means all.
    pub accounts: Option<BTreeSet<String>>,
}

impl Principal {
    /// Everyone, where authentication is off.
    pub fn local() -> Self {
        Self { actor: "local".into(), role: Role::Admin, accounts: None }
    }

    /// The person at the command line.
    pub fn command() -> Self {
        Self { actor: "command".into(), role: Role::Admin, accounts: None }
    }

    /// Whether the account exists for this caller.
    pub fn may_see(&self, account_id: &str) -> bool {
        self.accounts.as_ref().is_none_or(|accounts| accounts.contains(account_id))
    }

    /// Errors: `Forbidden` where the caller's role is below `role`.
    pub fn require(&self, role: Role) -> Result<()> {
        if self.role >= role {
            return Ok(());
        }
        Err(Error::Forbidden(format!(
            "this needs a token of the role {}; yours is {}",
            role_name(role),
            role_name(self.role)
        )))
    }

    /// Errors: `Forbidden` for a token that is limited to certain accounts.
    pub fn require_unlimited(&self) -> Result<()> {
        match self.accounts {
            None => Ok(()),
            Some(_) => Err(Error::Forbidden("this needs a token that is not limited to certain accounts".into())),
        }
    }
}

/// The role as the command line spells it.
pub const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Reader => "reader",
        Role::Writer => "writer",
        Role::Admin => "admin",
    }
}

/// Checks credentials. Cheap to clone.
#[derive(Clone)]
pub struct Access {
    database: DatabaseConnection,
    required: bool,
    trusted: moka::future::Cache<String, Arc<Principal>>,
}

impl Access {
    /// `required`: whether a caller without a credential is turned away.
    pub fn new(database: DatabaseConnection, required: bool) -> Self {
        let trusted = moka::future::Cache::builder().max_capacity(10_000).time_to_live(TRUST).build();
        Self { database, required, trusted }
    }

    /// The caller behind an `Authorization` header value.
    ///
    /// Where authentication is off everyone is [`Principal::local`], whatever he presents.
    /// Errors: `Unauthenticated` without a header, with one that is neither Bearer nor Basic, and for a token that is
    /// unknown, expired or revoked.
    pub async fn authenticate(&self, authorization: Option<&str>) -> Result<Arc<Principal>> {
        if !self.required {
            return Ok(Arc::new(Principal::local()));
        }
        let header = authorization.ok_or(Error::Unauthenticated("an API token is needed"))?;
        let token = presented_token(header)
            .ok_or(Error::Unauthenticated("the Authorization header must be Bearer or Basic with an API token"))?;
        let digest = digest(&token);
        if let Some(principal) = self.trusted.get(&digest).await {
            return Ok(principal);
        }
        let principal = Arc::new(self.verify(&digest).await?);
        self.trusted.insert(digest, Arc::clone(&principal)).await;
        Ok(principal)
    }

    async fn verify(&self, digest: &str) -> Result<Principal> {
        const REFUSED: Error = Error::Unauthenticated("the API token is unknown, expired or revoked");
        let now = clock::now();
        let token = api_token::Entity::find()
            .filter(api_token::Column::Digest.eq(digest))
            .one(&self.database)
            .await?
            .ok_or(REFUSED)?;
        if token.revoked_at.is_some() || token.expires_at.is_some_and(|expiry| *expiry <= *now) {
            return Err(REFUSED);
        }
        let accounts = if token.limited { Some(accounts_of(&self.database, &token.id).await?) } else { None };
        self.note_use(&token, now).await?;
        Ok(Principal { actor: format!("token:{}", token.id), role: token.role, accounts })
    }

    async fn note_use(&self, token: &api_token::Model, now: Timestamp) -> Result<()> {
        if token.last_used_at.is_some_and(|last| *now < *clock::after(last, LAST_USE_STEP)) {
            return Ok(());
        }
        api_token::Entity::update_many()
            .col_expr(api_token::Column::LastUsedAt, Expr::value(now))
            .filter(api_token::Column::Id.eq(&token.id))
            .exec(&self.database)
            .await?;
        Ok(())
    }
}

async fn accounts_of(database: &DatabaseConnection, token_id: &str) -> Result<BTreeSet<String>> {
    let rows =
        api_token_account::Entity::find().filter(api_token_account::Column::TokenId.eq(token_id)).all(database).await?;
    Ok(rows.into_iter().map(|row| row.account_id).collect())
}

/// The token in an `Authorization` header: RFC 6750 Bearer, or the password of RFC 7617 Basic.
fn presented_token(header: &str) -> Option<String> {
    let (scheme, credential) = header.trim().split_once(' ')?;
    let credential = credential.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        Some(credential.to_owned())
    } else if scheme.eq_ignore_ascii_case("basic") {
        let pair = String::from_utf8(STANDARD.decode(credential).ok()?).ok()?;
        pair.split_once(':').map(|(_user, password)| password.to_owned())
    } else {
        None
    }
}

fn digest(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A token to be made.
#[derive(Debug)]
pub struct NewToken {
    /// What it may do.
    pub role: Role,
    /// The only accounts it may see; empty means all.
    pub accounts: Vec<String>,
    /// What it is for.
    pub label: Option<String>,
    /// How long it is valid; `None` means until it is revoked.
    pub lifetime: Option<Duration>,
}

/// Makes a token and returns it: the only time it can be seen.
///
/// Errors: `NotFound` for an account that does not exist.
pub async fn create_token(database: &DatabaseConnection, new: NewToken) -> Result<String> {
    let token = format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 32]>()));
    let now = clock::now();
    let id = clock::new_id();
    let txn = database::begin(database).await?;
    api_token::Entity::insert(api_token::ActiveModel {
        id: Set(id.clone()),
        label: Set(new.label),
        digest: Set(digest(&token)),
        role: Set(new.role),
        limited: Set(!new.accounts.is_empty()),
        created_at: Set(now),
        expires_at: Set(new.lifetime.map(|lifetime| clock::after(now, lifetime))),
        last_used_at: Set(None),
        revoked_at: Set(None),
    })
    .exec_without_returning(&txn)
    .await?;
    for account_id in new.accounts.into_iter().collect::<BTreeSet<_>>() {
        if account::Entity::find_by_id(&account_id).one(&txn).await?.is_none() {
            return Err(Error::not_found("account", account_id));
        }
        api_token_account::Entity::insert(api_token_account::ActiveModel {
            token_id: Set(id.clone()),
            account_id: Set(account_id),
        })
        .exec_without_returning(&txn)
        .await?;
    }
    audit::record(&txn, &Principal::command().actor, "token.create", None, Some(&id)).await?;
    txn.commit().await?;
    Ok(token)
}

/// All tokens, oldest first, each with the accounts it is limited to.
pub async fn list_tokens(database: &DatabaseConnection) -> Result<Vec<(api_token::Model, BTreeSet<String>)>> {
    let tokens = api_token::Entity::find().order_by_asc(api_token::Column::Id).all(database).await?;
    let mut listed = Vec::with_capacity(tokens.len());
    for token in tokens {
        let accounts = accounts_of(database, &token.id).await?;
        listed.push((token, accounts));
    }
    Ok(listed)
}

/// Revokes a token by its id, effective everywhere within seconds. Errors: `NotFound`, also for one revoked before.
pub async fn revoke_token(database: &DatabaseConnection, id: &str) -> Result<()> {
    let txn = database::begin(database).await?;
    let revoked = api_token::Entity::update_many()
        .col_expr(api_token::Column::RevokedAt, Expr::value(clock::now()))
        .filter(Condition::all().add(api_token::Column::Id.eq(id)).add(api_token::Column::RevokedAt.is_null()))
        .exec(&txn)
        .await?;
    if revoked.rows_affected == 0 {
        return Err(Error::not_found("token", id));
    }
    audit::record(&txn, &Principal::command().actor, "token.revoke", None, Some(id)).await?;
    txn.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_in_both_schemes_and_nowhere_else() {
        let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        for (header, token) in [
            ("Bearer oda_x".to_owned(), Some("oda_x")),
            ("bearer  oda_x ".to_owned(), Some("oda_x")),
            (basic("x:oda_x"), Some("oda_x")),
            (basic(":oda:x"), Some("oda:x")),
            (basic("no colon"), None),
            ("Basic %%%".to_owned(), None),
            ("Digest oda_x".to_owned(), None),
            ("oda_x".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(presented_token(&header).as_deref(), token, "{header:?}");
        }
    }

    #[test]
    fn roles_include_the_ones_below() {
        let principal = |role| Principal { role, ..Principal::local() };
        assert!(principal(Role::Admin).require(Role::Writer).is_ok());
        assert!(principal(Role::Writer).require(Role::Writer).is_ok());
        assert!(principal(Role::Reader).require(Role::Writer).is_err());
    }
}
