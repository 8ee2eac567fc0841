//! Which rule answers a message: the keyword rules of an account, compiled once and asked for every message.
//!
//! **Order.** Exact keywords go before fuzzy ones; among those of a kind the longer keyword wins, then the older rule.
//! An exact keyword hits when it equals the whole message, a fuzzy one when the message contains it. Both compare what
//! [`fold`] makes of keyword and message, and lengths are counted there, in characters (Unicode scalar values).
//!
//! **Cost.** Exact keywords are looked up in a hash map. Fuzzy ones form one Aho-Corasick automaton, which reads the
//! message once and looks at one keyword per position, so that a match costs time by the length of the message and not
//! by the number of rules.
//!
//! A [`Matcher`] never changes: compile another one when the rules have changed.

use std::collections::HashMap;

use aho_corasick::automaton::Automaton as _;
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, MatchKind};
use unicode_normalization::UnicodeNormalization as _;

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
    /// Whether it must be the whole message; otherwise the message need only contain it.
    pub is_exact: bool,
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
    exact: HashMap<String, usize>,
    fuzzy: Option<Fuzzy>,
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
                    // The oldest rule comes first and stays.
                    if keyword.is_exact { &mut exact } else { &mut fuzzy }.entry(folded).or_insert(index);
                }
            }
        }
        Self { rules: ids, exact, fuzzy: Fuzzy::compile(fuzzy) }
    }

    /// The rule that answers `text`, if any does.
    pub fn find(&self, text: &str) -> Option<RuleId> {
        let folded = fold(text);
        let rule = self.exact.get(&folded).copied().or_else(|| self.fuzzy.as_ref()?.find(&folded))?;
        Some(self.rules[rule].clone())
    }
}

/// The fuzzy keywords. The number of a pattern is its rank: the longest keyword of the oldest rule is 0.
#[derive(Clone, Debug)]
struct Fuzzy {
    automaton: NFA,
    /// Pattern → rule.
    rules: Vec<usize>,
}

impl Fuzzy {
    /// From distinct folded keywords and their rules; `None` when there are none.
    fn compile(keywords: HashMap<String, usize>) -> Option<Self> {
        let mut ranked: Vec<(usize, usize, String)> =
            keywords.into_iter().map(|(text, rule)| (text.chars().count(), rule, text)).collect();
        ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        if ranked.is_empty() {
            return None;
        }
        let automaton = NFA::builder()
            .match_kind(MatchKind::Standard)
            .build(ranked.iter().map(|(_, _, text)| text))
            .expect("the keywords of an account fit the automaton");
        Some(Self { automaton, rules: ranked.into_iter().map(|(_, rule, _)| rule).collect() })
    }

    fn find(&self, folded: &str) -> Option<usize> {
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
        best.map(|rank| self.rules[rank])
    }
}
