//! Which rule answers a message: the keyword rules of an account, compiled once and asked for every message.
//!
//! **Order.** The first of these that hits decides:
//!
//! 1. *Exact*: an exact keyword that equals the whole message.
//! 2. *Contains*: a fuzzy keyword that the message contains.
//! 3. *Contained*: a fuzzy keyword that contains the message.
//!
//! Within each the longer keyword wins, then the older rule. All compare what [`fold`] makes of keyword and message, and
//! lengths are counted there, in characters (Unicode scalar values).
//!
//! The third is what the replaced service called fuzzy (behaviour, 12.1), so that rules made for it still answer: who
//! writes `优惠券` gets the rule of `优惠券领取`. It comes last and is bounded, because a short message is part of many a
//! keyword by chance: the message has two letters or digits at least, and does not cut a word of the keyword in an
//! alphabet whose words stand apart (`hi` is no part of `shipping`, nor `10` of `100元`, but `vip` is one of `开通vip`).
//!
//! Of the replaced service's three ways one is left out: to cut the message into words by a dictionary of Chinese and
//! look for keywords that contain one of them. Any `我们` or `什么` in a long message would call a rule that has nothing to
//! do with it, who answers would depend on the edition of a dictionary of megabytes, and nobody misses it: there it was
//! broken from the start and practically never hit (behaviour, 12.1, step 3).
//!
//! **Cost.** Exact keywords are looked up in a hash map. Fuzzy ones form one Aho-Corasick automaton, which reads the
//! message once and looks at one keyword per position, and one automaton of all their parts, which reads it once
//! more if it is no longer than the longest keyword. So a match costs time by the length of the message and not
//! by the number of rules.
//!
//! A [`Matcher`] never changes: compile another one when the rules have changed.

use std::collections::HashMap;

use aho_corasick::automaton::Automaton as _;
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, MatchKind};
use unicode_normalization::UnicodeNormalization as _;

use contained::Parts;

mod contained;
#[cfg(test)]
mod tests;

/// The id of a rule, given back as it came.
pub type RuleId = String;

/// A rule, as far as matching goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id. Of two rules made at once, the one with the smaller id counts as the older.
    pub id: RuleId,
    /// When it was made, on any scale: a smaller number is older.
    pub created: i64,
    /// What it listens to. A rule without keywords never matches.
    pub keywords: Vec<Keyword>,
}

/// A word that a rule listens to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyword {
    /// The word. One that [`fold`] leaves empty never matches.
    pub text: String,
    /// Whether it must be the whole message; otherwise the message need only contain it, or be contained in it.
    pub is_exact: bool,
}

/// How a keyword hits, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// An exact keyword equals the message.
    Exact,
    /// The message contains a fuzzy keyword.
    Contains,
    /// A fuzzy keyword contains the message.
    Contained,
}

/// What hits a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit<'a> {
    /// Id of the rule.
    pub rule: &'a str,
    /// How its keyword hits.
    pub way: Way,
    /// The keyword, as it was written.
    pub keyword: &'a str,
}

/// The form in which keywords and messages are compared.
///
/// 1. White space at both ends goes (Unicode's `White_Space`, so also the ideographic space U+3000).
/// 2. NFKC (Unicode Standard Annex 15): full-width and half-width forms become the usual ones (`ＡＢＣ１２３！` is `ABC123!`,
///    `ｶﾞ` is `ガ`), and so do other compatibility forms (`①` is `1`, `ﬁ` is `fi`, `㎏` is `kg`); accents are composed.
/// 3. Lower case, character by character (Unicode's `Lowercase_Mapping`), without regard to neighbours or language; the
///    final sigma `ς` is `σ`, because a keyword may end where the message's word does not.
/// 4. NFKC again, for what lower case has taken apart.
///
/// It keeps what it is not told to fold: traditional and simplified characters differ, `ß` is not `ss`, `é` is not `e`,
/// white space within is not collapsed, and an emoji with a variation selector or a skin tone is not the bare one.
pub fn fold(text: &str) -> String {
    let lower = text.trim().nfkc().flat_map(char::to_lowercase);
    lower.map(|character| if character == 'ς' { 'σ' } else { character }).nfkc().collect()
}

/// The compiled rules of an account.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// The ids of the rules, oldest first; elsewhere a rule is an index into it.
    rules: Vec<RuleId>,
    /// Folded keyword → the oldest rule that has it.
    exact: HashMap<String, Holder>,
    fuzzy: Option<Fuzzy>,
}

/// The rule that a keyword stands for.
#[derive(Clone, Debug)]
struct Holder {
    rule: usize,
    /// The keyword, as this rule has it.
    written: String,
}

impl Matcher {
    /// Compiles rules, given in any order. Time and memory grow with the length of all keywords together.
    ///
    /// # Panics
    /// When the keywords need more than 2³¹ units of the automaton, which is hundreds of megabytes of text.
    pub fn compile(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut rules: Vec<Rule> = rules.into_iter().collect();
        rules.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        let (mut ids, mut exact, mut fuzzy) = (Vec::with_capacity(rules.len()), HashMap::new(), HashMap::new());
        for (index, rule) in rules.into_iter().enumerate() {
            ids.push(rule.id);
            for keyword in rule.keywords {
                let folded = fold(&keyword.text);
                if !folded.is_empty() {
                    let holder = Holder { rule: index, written: keyword.text };
                    // The oldest rule comes first and stays.
                    if keyword.is_exact { &mut exact } else { &mut fuzzy }.entry(folded).or_insert(holder);
                }
            }
        }
        Self { rules: ids, exact, fuzzy: Fuzzy::compile(fuzzy) }
    }

    /// The rule that answers `text`, if any does.
    pub fn find(&self, text: &str) -> Option<RuleId> {
        self.hit(text).map(|hit| hit.rule.to_owned())
    }

    /// The rule that answers `text`, if any does, and why.
    pub fn hit(&self, text: &str) -> Option<Hit<'_>> {
        let folded = fold(text);
        let (way, holder) = match self.exact.get(&folded) {
            Some(holder) => (Way::Exact, holder),
            None => self.fuzzy.as_ref()?.find(&folded)?,
        };
        Some(Hit { rule: &self.rules[holder.rule], way, keyword: &holder.written })
    }
}

/// The fuzzy keywords. The number of a pattern is its rank: the longest keyword of the oldest rule is 0.
#[derive(Clone, Debug)]
struct Fuzzy {
    automaton: NFA,
    parts: Parts,
    /// By rank.
    holders: Vec<Holder>,
    /// Characters of the longest keyword.
    longest: usize,
}

impl Fuzzy {
    /// From distinct folded keywords and their rules; `None` when there are none.
    fn compile(keywords: HashMap<String, Holder>) -> Option<Self> {
        let mut ranked: Vec<(usize, String, Holder)> =
            keywords.into_iter().map(|(text, holder)| (text.chars().count(), text, holder)).collect();
        // Two keywords of one rule and one length have no order but their own.
        ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.2.rule.cmp(&b.2.rule)).then_with(|| a.1.cmp(&b.1)));
        let longest = ranked.first()?.0;
        let automaton = NFA::builder()
            .match_kind(MatchKind::Standard)
            .build(ranked.iter().map(|(_, text, _)| text))
            .expect("the keywords of an account fit the automaton");
        let parts = Parts::compile(ranked.iter().map(|(_, text, _)| text.as_str()));
        Some(Self { automaton, parts, holders: ranked.into_iter().map(|(.., holder)| holder).collect(), longest })
    }

    fn find(&self, folded: &str) -> Option<(Way, &Holder)> {
        let (way, rank) = match self.within(folded) {
            Some(rank) => (Way::Contains, rank),
            None => (Way::Contained, self.around(folded)?),
        };
        Some((way, &self.holders[rank]))
    }

    /// The rank of the keyword that the message contains.
    fn within(&self, folded: &str) -> Option<usize> {
        let mut best: Option<usize> = None;
        // An automaton of standard kind can always be started unanchored.
        let mut state = self.automaton.start_state(Anchored::No).ok()?;
        for &byte in folded.as_bytes() {
            state = self.automaton.next_state(Anchored::No, state, byte);
            if self.automaton.is_match(state) {
                // Of the keywords that end here the first is the longest, the others are its ends. Looking at no other
                // keeps the cost of nested keywords (`a`, `aa`, `aaa`, …) down to one look per position.
                let rank = self.automaton.match_pattern(state, 0).as_usize();
                best = Some(best.map_or(rank, |best| best.min(rank)));
            }
        }
        best
    }

    /// The rank of the keyword that contains the message.
    fn around(&self, folded: &str) -> Option<usize> {
        let is_short = folded.chars().nth(self.longest).is_none();
        let says_something = folded.chars().filter(|character| character.is_alphanumeric()).nth(1).is_some();
        if is_short && says_something { self.parts.find(folded) } else { None }
    }
}
