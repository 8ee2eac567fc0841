//! Everything the simulator remembers: the accounts and what is around them.
//!
//! An account comes into being when its app id is first used. Each has a lock of its own, and nobody waits for
//! anything while holding one.

use std::{
    collections::{BTreeSet, HashMap},
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

use sha1::{Digest, Sha1};

use crate::{
    audience::Audience,
    calls::Calls,
    clock::Clock,
    contents::Contents,
    drafts::Drafts,
    faults::Faults,
    followers::Followers,
    ledger::Ledger,
    library::Library,
    mass::MassSends,
    menus::Menus,
    permission::Kind,
    published::Published,
    quotas::Quotas,
    tags::{NameUnit, Tags},
    tokens::Tokens,
    webhook::Webhook,
    windows::Windows,
};

/// The secret of every account.
pub(crate) const SECRET: &str = "sandbox";
/// Longest app id that counts as one.
const MAX_APP_ID: usize = 64;
/// `MsgId`s begin here; WeChat's have 17 digits too.
const FIRST_MSG_ID: i64 = 24_000_000_000_000_001;
/// `msg_id`s of mass sends begin here: beyond 32 bits, as WeChat's may be.
const FIRST_MASS_ID: i64 = 10_000_000_001;

/// One simulator.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) calls: Calls,
    /// What was uploaded to any account.
    pub(crate) contents: Contents,
    /// Where the simulator listens.
    pub(crate) address: SocketAddr,
    pub(crate) finish_after: Duration,
    /// For pushes to webhooks.
    pub(crate) http: reqwest::Client,
    accounts: Mutex<HashMap<String, Arc<Mutex<Account>>>>,
    next_msg_id: AtomicI64,
    next_mass_id: AtomicI64,
    refusals: AtomicU32,
}

/// One Official Account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) app_id: String,
    pub(crate) profile: Profile,
    pub(crate) tokens: Tokens,
    pub(crate) quotas: Quotas,
    pub(crate) followers: Followers,
    pub(crate) tags: Tags,
    /// Numbers of followers on the blacklist.
    pub(crate) blacklist: BTreeSet<u64>,
    pub(crate) library: Library,
    pub(crate) drafts: Drafts,
    pub(crate) published: Published,
    pub(crate) menus: Menus,
    /// When which follower may be written to.
    pub(crate) windows: Windows,
    pub(crate) ledger: Ledger,
    pub(crate) mass: MassSends,
    pub(crate) webhook: Option<Webhook>,
}

/// What an account is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Profile {
    pub(crate) kind: Kind,
    pub(crate) verified: bool,
    /// Most mass sends that one follower receives in a month; `None` for any number.
    pub(crate) monthly_limit: Option<u32>,
    pub(crate) tag_name_unit: NameUnit,
    /// Whether articles may be open to comments.
    pub(crate) comments: bool,
}

impl World {
    pub(crate) fn new(address: SocketAddr, finish_after: Duration, http: reqwest::Client) -> Self {
        Self {
            clock: Clock::default(),
            faults: Faults::default(),
            calls: Calls::default(),
            contents: Contents::default(),
            address,
            finish_after,
            http,
            accounts: Mutex::default(),
            next_msg_id: AtomicI64::new(FIRST_MSG_ID),
            next_mass_id: AtomicI64::new(FIRST_MASS_ID),
            refusals: AtomicU32::new(0),
        }
    }

    /// The account of an app id, created on first use; `None` when that is no app id: they begin with `wx`.
    pub(crate) fn account(&self, app_id: &str) -> Option<Arc<Mutex<Account>>> {
        let well_formed = app_id.starts_with("wx")
            && app_id.len() <= MAX_APP_ID
            && app_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        let create = || Arc::new(Mutex::new(Account::new(app_id)));
        well_formed.then(|| Arc::clone(lock(&self.accounts).entry(app_id.to_owned()).or_insert_with(create)))
    }

    /// Forgets accounts, faults, calls and the clock's offset.
    pub(crate) fn reset(&self) {
        lock(&self.accounts).clear();
        self.faults.clear();
        self.calls.clear();
        self.clock.set_offset(0);
    }

    /// A `MsgId` that was not used before.
    pub(crate) fn next_msg_id(&self) -> i64 {
        self.next_msg_id.fetch_add(1, Ordering::Relaxed)
    }

    /// A `msg_id` of a mass send or a preview that was not used before.
    pub(crate) fn next_mass_id(&self) -> i64 {
        self.next_mass_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Every account that came into being.
    pub(crate) fn accounts(&self) -> Vec<Arc<Mutex<Account>>> {
        lock(&self.accounts).values().cloned().collect()
    }

    /// A request id: three groups of hexadecimal digits, the first of which is the time.
    pub(crate) fn next_rid(&self) -> String {
        let number = self.refusals.fetch_add(1, Ordering::Relaxed);
        // Only the low 32 bits of the time have room.
        let time = self.clock.now() & 0xffff_ffff;
        format!("{time:08x}-{number:08x}-{:08x}", rand::random::<u32>())
    }
}

impl Account {
    fn new(app_id: &str) -> Self {
        Self {
            app_id: app_id.to_owned(),
            profile: Profile {
                kind: Kind::Service,
                verified: true,
                monthly_limit: None,
                tag_name_unit: NameUnit::default(),
                comments: true,
            },
            tokens: Tokens::default(),
            quotas: Quotas::default(),
            followers: Followers::new(app_id),
            tags: Tags::default(),
            blacklist: BTreeSet::new(),
            library: Library::default(),
            drafts: Drafts::default(),
            published: Published::default(),
            menus: Menus::default(),
            windows: Windows::default(),
            ledger: Ledger::default(),
            mass: MassSends::default(),
            webhook: None,
        }
    }

    /// The account's name in pushes: `gh_` and 12 hexadecimal digits.
    pub(crate) fn original_id(&self) -> String {
        let digest = Sha1::digest(format!("original id of {}", self.app_id));
        digest.iter().take(6).fold("gh_".to_owned(), |id, byte| format!("{id}{byte:02x}"))
    }

    /// A mass send goes to those of its audience who follow, are not on the blacklist and have not received as many as
    /// a month allows: they receive it now.
    pub(crate) fn set_out(&mut self, msg_id: i64, now: i64) {
        let Ok(send) = self.mass.get(msg_id) else { return };
        let blacklisted = self.blacklist.iter().copied().collect();
        let present = send.order.audience.without(&self.followers.absent()).without(&blacklisted);
        let reachable = match self.profile.monthly_limit {
            None => present,
            Some(0) => Audience::default(),
            Some(limit) => present.without(&self.mass.exhausted(limit as usize, now)),
        };
        self.mass.set_out(msg_id, reachable, now);
    }

    /// A follower leaves: tags, remark and windows go with them, the blacklist entry stays.
    pub(crate) fn leave(&mut self, index: u64) {
        self.followers.leave(index);
        self.tags.clear(index);
        self.windows.close(index);
        if !self.followers.details(index).remark.is_empty() {
            self.followers.details_mut(index).remark.clear();
        }
    }
}

/// Takes a lock. Every change under a lock is complete in itself, so a panic elsewhere does not spoil the state.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
