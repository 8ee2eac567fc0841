//! The rules of accounts, compiled: who answers a message, without asking the database while the rules stay the same.
//!
//! Every process has the rules that it was asked for. Whoever asks has just read the account's row and with it the
//! version of the rules, so that a change counts from the next message on, in every process, with no word between them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use entity::keyword_rule::{self, Purpose};
use entity::{account, keyword};
use moka::future::Cache;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use tokio::sync::Mutex;
use tracing::Instrument as _;

use super::live;
use crate::database;
use crate::domain::Context;
use crate::domain::replies::{self, Target};
use crate::error::{Error, Result};
use crate::keywords::{Keyword, Matcher, Rule, Way};

/// Most accounts whose rules a process keeps.
const MOST_ACCOUNTS: u64 = 1_000;

/// Rules that nobody has asked for so long are given up.
const IDLE: Duration = Duration::from_secs(3_600);

/// The compiled rules of the accounts that this process was asked for. Cheap to clone; the clones are one.
#[derive(Clone, Debug)]
pub struct CompiledRules {
    /// By account.
    known: Cache<String, Arc<Compiled>>,
    /// By account, held while its rules are read, so that of many who miss them only one reads and compiles.
    reading: Cache<String, Arc<Mutex<()>>>,
}

impl Default for CompiledRules {
    fn default() -> Self {
        Self {
            known: Cache::builder().max_capacity(MOST_ACCOUNTS).time_to_idle(IDLE).build(),
            reading: Cache::builder().max_capacity(MOST_ACCOUNTS).build(),
        }
    }
}

/// The rules of an account at some version.
#[derive(Debug)]
pub struct Compiled {
    version: i64,
    matcher: Matcher,
    /// Rule → what it answers; of rules with keywords.
    replies: HashMap<String, Target>,
    subscribe: Option<(String, Target)>,
    default: Option<(String, Target)>,
}

impl Compiled {
    /// The rule whose keyword hits the text best, by the order of [`crate::keywords`]: its id and its reply.
    pub fn answer(&self, text: &str) -> Option<(String, Target)> {
        self.hit(text).map(|hit| (hit.rule_id, hit.reply))
    }

    /// The rule for whoever follows: its id and its reply.
    pub fn subscribe(&self) -> Option<(String, Target)> {
        self.subscribe.clone()
    }

    /// The rule for when nothing else answers: its id and its reply.
    pub fn default(&self) -> Option<(String, Target)> {
        self.default.clone()
    }

    fn hit(&self, text: &str) -> Option<DryRun> {
        let hit = self.matcher.hit(text)?;
        let reason = match hit.way {
            Way::Exact => Reason::Exact,
            Way::Contains => Reason::Contains,
            Way::Contained => Reason::Contained,
        };
        let reply = self.replies.get(hit.rule)?.clone();
        Some(DryRun { rule_id: hit.rule.to_owned(), reason, keyword: Some(hit.keyword.to_owned()), reply })
    }
}

/// Why a rule answers a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It has an exact keyword that is the message.
    Exact,
    /// It has a fuzzy keyword that the message contains.
    Contains,
    /// It has a fuzzy keyword that contains the message.
    Contained,
    /// It is the one for when nothing else answers.
    Default,
}

/// What would answer a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DryRun {
    /// The rule.
    pub rule_id: String,
    /// Why it answers.
    pub reason: Reason,
    /// The keyword that hits, as it was written; none of a rule without keywords.
    pub keyword: Option<String>,
    /// What it answers; there is such a material.
    pub reply: Target,
}

/// An account, and what would answer there, the first one first.
type Candidates<'a> = (&'a str, [Option<DryRun>; 2]);

/// The rules of an account, as they are at least since its row was read. Reads nothing while they are known.
pub async fn compiled(context: &Context, account: &account::Model) -> Result<Arc<Compiled>> {
    let mut all = all_compiled(context, &[(&account.id, account.rules_version)]).await?;
    all.remove(&account.id).ok_or_else(|| Error::not_found("account", &account.id))
}

/// What would answer messages, and nothing where nothing would: account, version of its rules, text.
///
/// Where the reply of a rule was deleted by force, the rule for when nothing else answers does. Source: behaviour, D54.
pub async fn dry_runs(context: &Context, asked: &[(&str, i64, &str)]) -> Result<Vec<Option<DryRun>>> {
    let accounts: Vec<_> = asked.iter().map(|(account_id, version, _)| (*account_id, *version)).collect();
    let compiled = all_compiled(context, &accounts).await?;
    let candidates = asked.iter().map(|(account_id, _, text)| {
        let rules = compiled.get(*account_id)?;
        let default =
            rules.default().map(|(rule_id, reply)| DryRun { rule_id, reason: Reason::Default, keyword: None, reply });
        Some((*account_id, [rules.hit(text), default]))
    });
    let candidates: Vec<Option<Candidates<'_>>> = candidates.collect();
    let targets = candidates.iter().flatten().flat_map(|(account_id, candidates)| {
        candidates.iter().flatten().map(|candidate| ((*account_id).to_owned(), candidate.reply.clone()))
    });
    let there = replies::existing(context, targets.collect()).await?;
    let first = |(account_id, candidates): Candidates<'_>| {
        let exists = |candidate: &DryRun| there.contains(&(account_id.to_owned(), candidate.reply.clone()));
        candidates.into_iter().flatten().find(exists)
    };
    Ok(candidates.into_iter().map(|candidates| candidates.and_then(first)).collect())
}

/// The rules of accounts, each as it is at least at the version given; those that do not exist are left out.
async fn all_compiled(context: &Context, asked: &[(&str, i64)]) -> Result<HashMap<String, Arc<Compiled>>> {
    let (mut found, missing) = known(context, asked).await;
    if missing.is_empty() {
        return Ok(found);
    }
    // On its own feet: whoever waits may give up, and the next one should not have to begin anew.
    let missing = missing.into_iter().map(|(account_id, version)| (account_id.to_owned(), version)).collect();
    let reading = tokio::spawn(read(context.clone(), missing).in_current_span());
    found.extend(reading.await.map_err(|error| Error::Internal(error.to_string()))??);
    Ok(found)
}

/// Reads and compiles what is missing, and keeps it.
async fn read(context: Context, mut missing: Vec<(String, i64)>) -> Result<HashMap<String, Arc<Compiled>>> {
    // In one order, so that nobody waits for somebody who waits for him.
    missing.sort_unstable();
    let mut locks = Vec::with_capacity(missing.len());
    for account_id in missing.iter().map(|(account_id, _)| account_id).collect::<BTreeSet<_>>() {
        let lock = context.rules.reading.get_with(account_id.clone(), async { Arc::default() }).await;
        locks.push(lock.lock_owned().await);
    }
    let missing: Vec<_> = missing.iter().map(|(account_id, version)| (account_id.as_str(), *version)).collect();
    // Somebody else may have read them in the meantime.
    let (mut found, missing) = known(&context, &missing).await;
    if missing.is_empty() {
        return Ok(found);
    }
    let account_ids: HashSet<&str> = missing.iter().map(|(account_id, _)| *account_id).collect();
    let stored = Stored::read(&context, account_ids).await?;
    let compiled = tokio::task::spawn_blocking(move || stored.compile());
    let compiled = compiled.await.map_err(|error| Error::Internal(error.to_string()))?;
    for (account_id, rules) in compiled {
        context.rules.known.insert(account_id.clone(), Arc::clone(&rules)).await;
        found.insert(account_id, rules);
    }
    Ok(found)
}

/// The rules that are known, and the accounts whose rules are not. Versions only grow: what is known may also be newer
/// than the caller's row.
async fn known<'a>(
    context: &Context,
    asked: &[(&'a str, i64)],
) -> (HashMap<String, Arc<Compiled>>, Vec<(&'a str, i64)>) {
    let (mut found, mut missing) = (HashMap::new(), Vec::new());
    for (account_id, version) in asked {
        match context.rules.known.get(*account_id).await {
            Some(rules) if rules.version >= *version => drop(found.insert((*account_id).to_owned(), rules)),
            _ => missing.push((*account_id, *version)),
        }
    }
    (found, missing)
}

/// The rules of accounts, as they are stored at one moment.
struct Stored {
    versions: Vec<(String, i64)>,
    rules: Vec<keyword_rule::Model>,
    /// Account, rule, content, fuzzy.
    keywords: Vec<(String, String, String, bool)>,
}

impl Stored {
    async fn read(context: &Context, account_ids: HashSet<&str>) -> Result<Self> {
        let txn = database::snapshot(&context.database).await?;
        let versions = account::Entity::find()
            .select_only()
            .columns([account::Column::Id, account::Column::RulesVersion])
            .filter(account::Column::Id.is_in(account_ids.iter().copied()))
            .into_tuple()
            .all(&txn)
            .await?;
        let of_accounts = keyword_rule::Column::AccountId.is_in(account_ids.iter().copied());
        let rules = live().filter(of_accounts).all(&txn).await?;
        let keywords = live_keywords(&txn, &account_ids).await?;
        txn.commit().await?;
        Ok(Self { versions, rules, keywords })
    }

    /// Takes long for many rules.
    fn compile(self) -> Vec<(String, Arc<Compiled>)> {
        let mut words: HashMap<(String, String), Vec<Keyword>> = HashMap::new();
        for (account_id, rule_id, text, fuzzy) in self.keywords {
            words.entry((account_id, rule_id)).or_default().push(Keyword { text, is_exact: !fuzzy });
        }
        let mut rules: HashMap<String, Vec<keyword_rule::Model>> = HashMap::new();
        for rule in self.rules {
            rules.entry(rule.account_id.clone()).or_default().push(rule);
        }
        let account = |(id, version): (String, i64)| {
            let of_account = rules.remove(&id).unwrap_or_default();
            (id, Arc::new(Compiled::new(version, of_account, &mut words)))
        };
        self.versions.into_iter().map(account).collect()
    }
}

impl Compiled {
    fn new(version: i64, rules: Vec<keyword_rule::Model>, words: &mut HashMap<(String, String), Vec<Keyword>>) -> Self {
        let (mut replies, mut subscribe, mut default, mut matched) = (HashMap::new(), None, None, Vec::new());
        for rule in rules {
            let reply = Target { kind: rule.reply_kind, id: rule.reply_id };
            match rule.purpose {
                Purpose::Subscribe => subscribe = Some((rule.id, reply)),
                Purpose::Default => default = Some((rule.id, reply)),
                Purpose::Keywords => {
                    let keywords = words.remove(&(rule.account_id, rule.id.clone())).unwrap_or_default();
                    replies.insert(rule.id.clone(), reply);
                    matched.push(Rule { id: rule.id, created: rule.created_at.timestamp_millis(), keywords });
                }
            }
        }
        Self { version, matcher: Matcher::compile(matched), replies, subscribe, default }
    }
}

async fn live_keywords(
    txn: &DatabaseTransaction,
    account_ids: &HashSet<&str>,
) -> Result<Vec<(String, String, String, bool)>> {
    let of_live_rules = Query::select()
        .column(keyword_rule::Column::Id)
        .from(keyword_rule::Entity)
        .and_where(keyword_rule::Column::AccountId.is_in(account_ids.iter().copied()))
        .and_where(keyword_rule::Column::DeletedAt.is_null())
        .to_owned();
    let keywords = keyword::Entity::find()
        .select_only()
        .columns([
            keyword::Column::AccountId,
            keyword::Column::RuleId,
            keyword::Column::Content,
            keyword::Column::Fuzzy,
        ])
        .filter(keyword::Column::AccountId.is_in(account_ids.iter().copied()))
        .filter(keyword::Column::RuleId.in_subquery(of_live_rules))
        .into_tuple()
        .all(txn)
        .await?;
    Ok(keywords)
}
