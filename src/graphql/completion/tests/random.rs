//! Random documents, and what their answers should be, by another way than the extension's.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{Completion, menagerie::builder};

/// One selection of a random document.
#[derive(Clone, Debug)]
enum Pick {
    /// A field that waits; the number makes its key and its turns.
    Leaf(u32),
    /// A cat or a dog, and what to select of it.
    Being(bool, Vec<Pick>),
    /// A fragment, on a type or on none; included or not.
    Fragment(Option<&'static str>, bool, Vec<Pick>),
}

fn picks() -> impl Strategy<Value = Vec<Pick>> {
    let leaf = (0..5_u32).prop_map(Pick::Leaf);
    let pick = leaf.prop_recursive(4, 40, 5, |inner| {
        let inner = proptest::collection::vec(inner, 1..5);
        let condition = prop_oneof![Just(None), Just(Some("Being")), Just(Some("Cat")), Just(Some("Dog"))];
        prop_oneof![
            (0..5_u32).prop_map(Pick::Leaf),
            (any::<bool>(), inner.clone()).prop_map(|(cat, picks)| Pick::Being(cat, picks)),
            (condition, prop::bool::weighted(0.8), inner)
                .prop_map(|(condition, included, picks)| Pick::Fragment(condition, included, picks)),
        ]
    });
    proptest::collection::vec(pick, 1..6)
}

fn write_document(picks: &[Pick], text: &mut String) {
    text.push_str("{ ");
    for pick in picks {
        match pick {
            Pick::Leaf(turns) => write!(text, "w{turns}: wait(turns: {turns}) ").unwrap(),
            Pick::Being(cat, picks) => {
                text.push_str(if *cat { "cat " } else { "dog " });
                write_document(picks, text);
            }
            Pick::Fragment(condition, included, picks) => {
                let condition = condition.map(|it| format!("on {it} ")).unwrap_or_default();
                write!(text, "... {condition}@include(if: {included}) ").unwrap();
                write_document(picks, text);
            }
        }
    }
    text.push_str("} ");
}

/// The members that one object should have, in order, each with what was selected below it.
fn collect<'p>(kind: &str, picks: &'p [Pick], members: &mut Vec<(String, Vec<&'p Pick>)>) {
    for pick in picks {
        let (key, below) = match pick {
            Pick::Leaf(turns) => (format!("w{turns}"), &[][..]),
            Pick::Being(cat, picks) => ((if *cat { "cat" } else { "dog" }).to_owned(), picks.as_slice()),
            Pick::Fragment(condition, included, picks) => {
                if *included && condition.is_none_or(|it| it == kind || it == "Being") {
                    collect(kind, picks, members);
                }
                continue;
            }
        };
        match members.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => known.extend(below),
            None => members.push((key, below.iter().collect())),
        }
    }
}

fn expected(kind: &str, picks: &[Pick]) -> String {
    let mut members = Vec::new();
    collect(kind, picks, &mut members);
    let members = members.into_iter().map(|(key, below)| {
        let below: Vec<Pick> = below.into_iter().cloned().collect();
        let value = match key.as_str() {
            "cat" => expected("Cat", &below),
            "dog" => expected("Dog", &below),
            leaf => leaf[1..].to_owned(),
        };
        format!("\"{key}\":{value}")
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// Replaces the conditions that the validator would refuse: a cat is never a dog.
fn valid(within: &'static str, picks: Vec<Pick>) -> Vec<Pick> {
    let picks = picks.into_iter().map(|pick| match pick {
        Pick::Leaf(turns) => Pick::Leaf(turns),
        Pick::Being(cat, picks) => Pick::Being(cat, valid("Being", picks)),
        Pick::Fragment(condition, included, picks) => {
            let condition = if within == "Being" { condition } else { condition.map(|_| within) };
            Pick::Fragment(condition, included, valid(condition.unwrap_or(within), picks))
        }
    });
    picks.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn members_come_in_the_order_of_the_document(picks in picks().prop_map(|picks| valid("Being", picks))) {
        let mut document = "{ being ".to_owned();
        write_document(&picks, &mut document);
        document.push('}');
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let schema = builder().extension(Completion).finish();
        let response = runtime.block_on(schema.execute(&document));
        prop_assert_eq!(&response.errors, &[], "{}", document);
        let text = serde_json::to_string(&response.data).unwrap();
        prop_assert_eq!(text, format!("{{\"being\":{}}}", expected("Cat", &picks)), "{}", document);
    }
}
