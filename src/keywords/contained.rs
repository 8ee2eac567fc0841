//! Which keyword contains a message: an automaton of all parts of all keywords.
//!
//! A generalised suffix automaton (Blumer et al., 1985; Mohri, Moreno and Weinstein, 2009): it has a path for every part
//! of every keyword and for nothing else, and at most two states a character. A message is a part if it can be walked,
//! one step a character, however many keywords there are.
//!
//! Keywords are added by rank, so that the state of a part knows the best of its keywords: the one that first led there.

/// Stands on both sides of a run of letters and digits in alphabets that part words: what has it there in the message
/// must have it there in the keyword. No keyword contains it.
const EDGE: char = '\0';

/// The automaton, for reading.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// State → where its steps begin in `steps`; one more for the end of the last one.
    starts: Vec<u32>,
    /// By state; of one state by character.
    steps: Vec<(char, u32)>,
    /// State → the best rank of a keyword that has this part.
    ranks: Vec<u32>,
}

impl Parts {
    /// From folded keywords, best rank first.
    pub(super) fn compile<'a>(keywords: impl IntoIterator<Item = &'a str>) -> Self {
        let mut growing = Growing::default();
        for (rank, keyword) in (0..).zip(keywords) {
            growing.add(rank, keyword);
        }
        growing.finish()
    }

    /// The best rank of a keyword that contains the folded message.
    pub(super) fn find(&self, message: &str) -> Option<usize> {
        let state = edged(message).try_fold(ROOT, |state, character| self.step(state, character))?;
        usize::try_from(self.ranks[state as usize]).ok()
    }

    fn step(&self, state: u32, character: char) -> Option<u32> {
        let (from, to) = (self.starts[state as usize] as usize, self.starts[state as usize + 1] as usize);
        let steps = &self.steps[from..to];
        steps.binary_search_by_key(&character, |(known, _)| *known).ok().map(|at| steps[at].1)
    }
}

/// The state of the part that is empty.
const ROOT: u32 = 0;

/// The automaton, while keywords are added.
#[derive(Debug)]
struct Growing {
    states: Vec<State>,
}

#[derive(Clone, Debug)]
struct State {
    /// Characters of the longest part that leads here.
    length: u32,
    /// Where the longest part leads that ends the same and also elsewhere; none for the root.
    suffix: Option<u32>,
    rank: u32,
    /// By character.
    steps: Vec<(char, u32)>,
}

impl State {
    fn step(&self, character: char) -> Option<u32> {
        self.steps.binary_search_by_key(&character, |(known, _)| *known).ok().map(|at| self.steps[at].1)
    }

    fn set(&mut self, character: char, to: u32) {
        match self.steps.binary_search_by_key(&character, |(known, _)| *known) {
            Ok(at) => self.steps[at].1 = to,
            Err(at) => self.steps.insert(at, (character, to)),
        }
    }
}

impl Default for Growing {
    fn default() -> Self {
        Self { states: vec![State { length: 0, suffix: None, rank: 0, steps: Vec::new() }] }
    }
}

impl Growing {
    fn add(&mut self, rank: u32, keyword: &str) {
        let mut last = ROOT;
        for character in edged(keyword) {
            last = self.extend(last, character, rank);
        }
    }

    /// The state of the part that leads to `last`, longer by a character.
    fn extend(&mut self, last: u32, character: char, rank: u32) -> u32 {
        let length = self.states[last as usize].length + 1;
        if let Some(known) = self.states[last as usize].step(character) {
            // An earlier keyword has it.
            return if self.states[known as usize].length == length {
                known
            } else {
                self.split(last, character, known)
            };
        }
        let new = self.push(State { length, suffix: None, rank, steps: Vec::new() });
        let mut at = Some(last);
        while let Some(state) = at {
            if let Some(known) = self.states[state as usize].step(character) {
                let fits = self.states[known as usize].length == self.states[state as usize].length + 1;
                let suffix = if fits { known } else { self.split(state, character, known) };
                self.states[new as usize].suffix = Some(suffix);
                return new;
            }
            self.states[state as usize].set(character, new);
            at = self.states[state as usize].suffix;
        }
        self.states[new as usize].suffix = Some(ROOT);
        new
    }

    /// Gives the parts that lead to `known` from `state` and its suffixes a state of their own.
    fn split(&mut self, state: u32, character: char, known: u32) -> u32 {
        let length = self.states[state as usize].length + 1;
        // They were found where the longer ones were, so the best keyword of those is theirs.
        let split = self.push(State { length, ..self.states[known as usize].clone() });
        self.states[known as usize].suffix = Some(split);
        let mut at = Some(state);
        while let Some(state) = at {
            if self.states[state as usize].step(character) != Some(known) {
                break;
            }
            self.states[state as usize].set(character, split);
            at = self.states[state as usize].suffix;
        }
        split
    }

    /// # Panics
    /// Beyond 2³² states, which is gigabytes of keywords.
    fn push(&mut self, state: State) -> u32 {
        let index = u32::try_from(self.states.len()).expect("the keywords of an account fit the automaton");
        self.states.push(state);
        index
    }

    fn finish(self) -> Parts {
        let count = self.states.iter().map(|state| state.steps.len()).sum();
        let mut parts = Parts {
            starts: Vec::with_capacity(self.states.len() + 1),
            steps: Vec::with_capacity(count),
            ranks: Vec::with_capacity(self.states.len()),
        };
        for state in self.states {
            parts.starts.push(start(&parts.steps));
            parts.steps.extend(state.steps);
            parts.ranks.push(state.rank);
        }
        parts.starts.push(start(&parts.steps));
        parts
    }
}

/// # Panics
/// As [`Growing::push`]; there are at most three steps for two states.
fn start(steps: &[(char, u32)]) -> u32 {
    u32::try_from(steps.len()).expect("the keywords of an account fit the automaton")
}

/// The text with an [`EDGE`] wherever a run of letters and digits of such an alphabet begins or ends.
fn edged(text: &str) -> impl Iterator<Item = char> {
    let befores = std::iter::once(false).chain(text.chars().map(parts_words));
    let edges = befores.zip(text.chars()).flat_map(|(before, character)| {
        let edge = (before != parts_words(character)).then_some(EDGE);
        edge.into_iter().chain([character])
    });
    edges.chain(text.chars().next_back().filter(|last| parts_words(*last)).map(|_| EDGE))
}

/// Whether it is a letter or a digit of an alphabet whose words stand apart: all but those of East and South-East Asia,
/// where a word ends no one can see.
fn parts_words(character: char) -> bool {
    matches!(character, '\0'..='\u{dff}' | '\u{1e00}'..='\u{1fff}') && character.is_alphanumeric()
}
