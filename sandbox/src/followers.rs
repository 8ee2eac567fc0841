//! Who follows an account. Followers are numbered in the order in which they came; everything about a number is
//! computed until something about it changes, so a million of them take no memory.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use crate::{audience::Audience, openid::OpenidCodec, profiles::Follower};

/// The followers of one account, past ones included: who left keeps the number.
#[derive(Debug)]
pub(crate) struct Followers {
    codec: OpenidCodec,
    /// How many numbers are given out.
    numbered: u64,
    /// Numbers from `start` on, up to the next entry, were generated this way.
    batches: Vec<Batch>,
    /// Numbers whose details differ from what would be generated.
    touched: BTreeMap<u64, Follower>,
    /// Numbers of followers whose openid was given from outside.
    newcomers: HashMap<String, u64>,
    left: BTreeSet<u64>,
}

#[derive(Debug)]
struct Batch {
    start: u64,
    profiles: bool,
}

impl Followers {
    pub(crate) fn new(app_id: &str) -> Self {
        Self {
            codec: OpenidCodec::new(app_id),
            numbered: 0,
            batches: Vec::new(),
            touched: BTreeMap::new(),
            newcomers: HashMap::new(),
            left: BTreeSet::new(),
        }
    }

    /// Generates `count` more, with or without nickname, sex and region. Returns the new numbers.
    pub(crate) fn generate(&mut self, count: u64, profiles: bool) -> std::ops::Range<u64> {
        let start = self.numbered;
        if self.batches.last().is_none_or(|batch| batch.profiles != profiles) {
            self.batches.push(Batch { start, profiles });
        }
        self.numbered += count;
        start..self.numbered
    }

    /// The number behind an openid, also of somebody who left.
    pub(crate) fn find(&self, openid: &str) -> Option<u64> {
        let generated = || self.codec.decode(openid).filter(|index| *index < self.numbered);
        self.newcomers.get(openid).copied().or_else(generated)
    }

    pub(crate) fn openid(&self, index: u64) -> String {
        self.touched.get(&index).map_or_else(|| self.codec.encode(index), |follower| follower.openid.clone())
    }

    /// The openid of mphelper, WeChat's own account that tells the results of jobs: nobody who follows has it.
    pub(crate) fn mphelper(&self) -> String {
        self.codec.encode(u64::MAX)
    }

    pub(crate) fn details(&self, index: u64) -> Cow<'_, Follower> {
        self.touched.get(&index).map_or_else(|| Cow::Owned(self.generated(index)), Cow::Borrowed)
    }

    /// From here on the details are stored.
    pub(crate) fn details_mut(&mut self, index: u64) -> &mut Follower {
        let generated = self.generated(index);
        self.touched.entry(index).or_insert(generated)
    }

    fn generated(&self, index: u64) -> Follower {
        let batch = self.batches.partition_point(|batch| batch.start <= index);
        let profiles = batch.checked_sub(1).is_some_and(|batch| self.batches[batch].profiles);
        Follower::generate(&self.codec, index, profiles)
    }

    pub(crate) fn is_following(&self, index: u64) -> bool {
        index < self.numbered && !self.left.contains(&index)
    }

    /// Somebody follows, for the first time or again.
    pub(crate) fn join(&mut self, openid: &str, now: i64) {
        match self.find(openid) {
            Some(index) => {
                if self.left.remove(&index) {
                    self.details_mut(index).subscribe_time = now;
                }
            }
            None => {
                let index = self.numbered;
                self.numbered += 1;
                self.newcomers.insert(openid.to_owned(), index);
                self.touched.insert(index, Follower::newcomer(openid, now));
            }
        }
    }

    pub(crate) fn leave(&mut self, index: u64) {
        self.left.insert(index);
    }

    /// How many follow now.
    pub(crate) fn following(&self) -> u64 {
        self.numbered - self.gone()
    }

    /// How many have left.
    pub(crate) fn gone(&self) -> u64 {
        self.left.len() as u64
    }

    /// Who follows now.
    pub(crate) fn present(&self) -> Audience {
        Audience::below(self.numbered).without(&self.absent())
    }

    /// Who has left.
    pub(crate) fn absent(&self) -> Audience {
        self.left.iter().copied().collect()
    }

    /// The number behind a WeChat id; nobody has one until it is set.
    pub(crate) fn named(&self, wxname: &str) -> Option<u64> {
        let has_it = |follower: &Follower| follower.wxname.as_deref() == Some(wxname);
        self.touched.iter().find(|(_, follower)| has_it(follower)).map(|(index, _)| *index)
    }

    /// The openids of up to `limit` present followers after a number, oldest first.
    pub(crate) fn page(&self, after: Option<u64>, limit: usize) -> Vec<String> {
        let start = after.map_or(0, |index| index + 1);
        (start..self.numbered).filter(|index| self.is_following(*index)).take(limit).map(|i| self.openid(i)).collect()
    }
}
