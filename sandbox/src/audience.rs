//! Sets of followers as ascending ranges of their numbers: a mass send to everybody is a handful of ranges, however
//! many they are.

use std::ops::Range;

/// Numbers of followers, each at most once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Audience(Vec<Range<u64>>);

impl FromIterator<u64> for Audience {
    /// In any order; what comes twice is in it once.
    fn from_iter<I: IntoIterator<Item = u64>>(numbers: I) -> Self {
        let mut numbers: Vec<_> = numbers.into_iter().collect();
        numbers.sort_unstable();
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for number in numbers {
            match ranges.last_mut() {
                Some(last) if number < last.end => {}
                Some(last) if number == last.end => last.end += 1,
                _ => ranges.push(number..number + 1),
            }
        }
        Self(ranges)
    }
}

impl Audience {
    /// Every number below `end`.
    pub(crate) fn below(end: u64) -> Self {
        if end == 0 { Self::default() } else { Self(std::iter::once(0..end).collect()) }
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.iter().map(|range| range.end - range.start).sum()
    }

    /// Ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> {
        self.0.iter().cloned().flatten()
    }

    /// Those that are not in `others`.
    pub(crate) fn without(&self, others: &Self) -> Self {
        let mut holes = others.0.iter().peekable();
        let mut left = Vec::new();
        for range in &self.0 {
            let mut start = range.start;
            while let Some(hole) = holes.next_if(|hole| hole.end <= range.end) {
                if hole.start > start {
                    left.push(start..hole.start);
                }
                start = start.max(hole.end);
            }
            // A hole that reaches beyond this range may cut the next one too.
            let end = holes.peek().map_or(range.end, |hole| hole.start.min(range.end));
            if start < end {
                left.push(start..end);
            }
        }
        Self(left)
    }

    /// Those that are in at least `times` of these sets; `times` is 1 or more.
    pub(crate) fn in_at_least<'a>(times: usize, sets: impl IntoIterator<Item = &'a Self>) -> Self {
        let edges = |range: &Range<u64>| [(range.start, true), (range.end, false)];
        let mut edges: Vec<_> = sets.into_iter().flat_map(|set| set.0.iter().flat_map(edges)).collect();
        edges.sort_unstable();
        let (mut depth, mut begun) = (0, None);
        let mut covered = Vec::new();
        // All edges at one place count together: where a set ends and another begins there is no gap.
        for place in edges.chunk_by(|(one, _), (other, _)| one == other) {
            let begins = place.iter().filter(|(_, begins)| *begins).count();
            depth = depth + begins - (place.len() - begins);
            let at = place[0].0;
            match begun {
                None if depth >= times => begun = Some(at),
                Some(start) if depth < times => {
                    covered.push(start..at);
                    begun = None;
                }
                _ => {}
            }
        }
        Self(covered)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn set(numbers: &[u64]) -> Audience {
        numbers.iter().copied().collect()
    }

    #[test]
    fn numbers_come_once_and_neighbours_share_a_range() {
        let audience = set(&[5, 3, 4, 3, 9]);
        assert_eq!(audience.0, [3..6, 9..10]);
        assert_eq!((audience.len(), audience.iter().collect::<Vec<_>>()), (4, vec![3, 4, 5, 9]));
        assert_eq!(Audience::below(3), set(&[0, 1, 2]));
        assert_eq!(Audience::below(0), Audience::default());
    }

    #[test]
    fn subtracting_and_counting_agree_with_plain_sets() {
        // Every pair of subsets of six numbers: all ways in which ranges can lie to each other.
        let subsets: Vec<Vec<u64>> = (0..64_u64).map(|bits| (0..6).filter(|n| bits >> n & 1 == 1).collect()).collect();
        for one in &subsets {
            for other in &subsets {
                let expected: BTreeSet<_> = one.iter().filter(|number| !other.contains(number)).copied().collect();
                let (one, other) = (set(one), set(other));
                assert_eq!(one.without(&other), expected.into_iter().collect(), "{one:?} without {other:?}");
                let both = one.iter().filter(|number| other.iter().any(|o| o == *number)).collect();
                assert_eq!(Audience::in_at_least(2, [&one, &other]), both, "{one:?} and {other:?}");
                let either = one.iter().chain(other.iter()).collect();
                assert_eq!(Audience::in_at_least(1, [&one, &other]), either, "{one:?} or {other:?}");
                assert_eq!(Audience::in_at_least(3, [&one, &other]), Audience::default());
            }
        }
    }
}
