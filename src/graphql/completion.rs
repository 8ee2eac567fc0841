//! Gives every response the form that the specification promises.
//!
//! The library runs the fields of a selection set at once and writes each into the response when it is done, so the
//! members come in the order of completion, another one whenever a resolver waits. The specification (October 2021,
//! section 6.3) wants them in the order of the document, and people, snapshot tests and caches that compare bytes rely
//! on that. It also leaves a failed field out of the response instead of putting the null there that section 6.4.4
//! asks for, and writes null for an object without members.
//!
//! [`Completion`] walks every response once, next to the document that it answers:
//!
//! - members are put into the order of `CollectFields` (6.3.2): first occurrence counts, fragments are expanded in
//!   place, `@skip` and `@include` are heeded. An object in order is not touched.
//! - a member that failed and is missing becomes null where its type allows that; otherwise the null moves up to the
//!   nearest field or item that may be null, or to `data`. A member has failed if an error's path leads to or through
//!   it. One that is missing without an error stays missing: nobody knows what it should be.
//! - an object that has no members because none was selected is `{}`, unless its type may be null and is not abstract:
//!   then nothing tells it from a null.
//!
//! Errors are not touched. Which members an object of an interface or a union has depends on its concrete type, so the
//! extension asks for `__typename` wherever a field is of such a type, under a name of its own, and takes the
//! answer out again.
//!
//! What is selected is looked up while walking, once for each place of the document and concrete type that the
//! response really has: linear in the document with its fragments expanded, which [`Limits`](super::limits::Limits)
//! keep bounded, and never more than the response can use.
//!
//! Two gaps of the library cannot be closed here, where a document has been executed already: it does not apply a
//! fragment on a union to an object that a field returns by its own type, so those members are missing, and it does not
//! know the defaults of variables when it decides about `@skip` and `@include`.
//!
//! Introspection is left alone: none of its resolvers waits or fails. Documents of this program ([`Trusted`]) are
//! left alone too: the REST adapter looks members up by name and has its own rules for what is missing.
//!
//! Add it to the schema before every other extension: it has to see the response that the others have finished, and
//! the document that they have let pass.

mod shape;
mod walk;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use async_graphql::{
    Name, Pos, Positioned, Response, ServerResult, Value, Variables,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextParseQuery},
    parser::types::{DocumentOperations, ExecutableDocument, Field, OperationType, Selection, SelectionSet},
    registry::Registry,
};

use self::shape::Source;
use super::limits::{Trusted, selected};

/// The member by which an object of an abstract type tells its concrete type. Names with two underscores are reserved,
/// so that it is in no client's way.
const CONCRETE: &str = "__concreteType";

/// The schema extension.
#[derive(Clone, Copy, Debug, Default)]
pub struct Completion;

impl ExtensionFactory for Completion {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(CompletionOfRequest::default())
    }
}

#[derive(Default)]
struct CompletionOfRequest(OnceLock<Request>);

/// What was asked.
struct Request {
    /// As the client wrote it.
    document: ExecutableDocument,
    /// The variables that can decide about `@skip` and `@include`.
    switches: HashMap<Name, bool>,
}

#[async_trait::async_trait]
impl Extension for CompletionOfRequest {
    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let mut document = next.run(ctx, query, variables).await?;
        if ctx.data_opt::<Trusted>().is_none() {
            let switches = variables.iter().filter_map(|(name, value)| match value {
                Value::Boolean(on) => Some((name.clone(), *on)),
                _ => None,
            });
            let _ = self.0.set(Request { document: document.clone(), switches: switches.collect() });
            ask_for_concrete_types(&mut document, &ctx.schema_env.registry);
        }
        Ok(document)
    }

    /// Runs once for an operation, and once for every event of a subscription.
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let mut response = next.run(ctx, operation_name).await;
        if let Some(Request { document, switches }) = self.0.get()
            && let Some(operation) = selected(document, operation_name)
            && let Some(root) = root_type(&ctx.schema_env.registry, operation.node.ty)
        {
            let source = Source { registry: &ctx.schema_env.registry, fragments: &document.fragments, switches };
            walk::complete(&source, root, &operation.node.selection_set.node, &mut response);
        }
        response
    }
}

fn root_type(registry: &Registry, operation: OperationType) -> Option<&str> {
    match operation {
        OperationType::Query => Some(&registry.query_type),
        OperationType::Mutation => registry.mutation_type.as_deref(),
        OperationType::Subscription => registry.subscription_type.as_deref(),
    }
}

fn ask_for_concrete_types(document: &mut ExecutableDocument, registry: &Registry) {
    let operations = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(operations) => operations.values_mut().collect(),
    };
    for operation in operations {
        if let Some(root) = root_type(registry, operation.node.ty) {
            ask_below(registry, root, &mut operation.node.selection_set.node);
        }
    }
    for fragment in document.fragments.values_mut() {
        ask_below(registry, &fragment.node.type_condition.node.on.node, &mut fragment.node.selection_set.node);
    }
}

/// Asks in all sets below `set`, which is applied to `parent`. What the schema does not know is the validator's
/// business.
fn ask_below(registry: &Registry, parent: &str, set: &mut SelectionSet) {
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::FragmentSpread(_) => {}
            Selection::InlineFragment(fragment) => {
                let condition = fragment.node.type_condition.as_ref().map(|condition| condition.node.on.node.clone());
                ask_below(registry, condition.as_deref().unwrap_or(parent), &mut fragment.node.selection_set.node);
            }
            Selection::Field(field) => {
                let below = &mut field.node.selection_set.node;
                let kind = registry.types.get(parent).and_then(|parent| parent.field_by_name(&field.node.name.node));
                if let (Some(kind), false) = (kind, below.items.is_empty()) {
                    let kind = shape::named(&kind.ty);
                    ask_below(registry, kind, below);
                    if shape::is_abstract(registry, kind) {
                        below.items.push(concrete_type());
                    }
                }
            }
        }
    }
}

fn concrete_type() -> Positioned<Selection> {
    let at = |name| Positioned::new(Name::new(name), Pos::default());
    let field = Field {
        alias: Some(at(CONCRETE)),
        name: at("__typename"),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::default(),
    };
    Positioned::new(Selection::Field(Positioned::new(field, Pos::default())), Pos::default())
}

#[cfg(test)]
mod tests;
