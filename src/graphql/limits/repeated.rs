//! A change that a document asks for twice under one name is refused.
//!
//! The specification merges two fields of one response key and runs them once. The library merges only their results: it
//! would run the change twice. Refusing is the one answer that does not surprise anybody; whoever means it twice gives
//! the second one an alias.

use std::collections::HashSet;

use async_graphql::{
    Name, ServerResult,
    parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet},
};

use super::refuse;

/// Checks the root fields of every mutation, with fragments expanded. The document has been measured, so that their
/// number is bounded and no fragment spreads itself.
pub(super) fn no_change_repeated(document: &ExecutableDocument) -> ServerResult<()> {
    for (_, operation) in document.operations.iter() {
        if operation.node.ty == OperationType::Mutation {
            check(document, &operation.node.selection_set.node, &mut HashSet::new())?;
        }
    }
    Ok(())
}

fn check<'d>(
    document: &'d ExecutableDocument,
    set: &'d SelectionSet,
    seen: &mut HashSet<&'d Name>,
) -> ServerResult<()> {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                let key = &field.node.response_key().node;
                if field.node.name.node != "__typename" && !seen.insert(key) {
                    return Err(refuse(format!("the mutation asks for {key} twice; give one of them an alias")));
                }
            }
            Selection::InlineFragment(fragment) => check(document, &fragment.node.selection_set.node, seen)?,
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    check(document, &fragment.node.selection_set.node, seen)?;
                }
            }
        }
    }
    Ok(())
}
