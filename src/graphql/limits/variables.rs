//! What has to be right about variables before a document is validated and run.
//!
//! Three gaps of the library are closed here. A required variable that is missing would surface in the middle of the
//! execution, with a path, as if a resolver had failed; the specification makes it a request error. And a file is
//! handed to a resolver as a string of a secret form, `#__graphql_file__:0`, which the library trusts: a client that
//! writes such a string itself makes it index a list of files that is not there, and panic. And the default of a variable
//! counts for arguments, but not for `@skip` and `@include`, unless it is filled in.

use std::mem;

use async_graphql::{
    Name, Positioned, Request, ServerError, ServerResult, Value as ConstValue, Variables,
    parser::types::{
        BaseType, Directive, DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
    },
};
use async_graphql_value::Value;

use super::refuse;

/// How the library writes the number of an uploaded file into a variable.
const UPLOAD: &str = "#__graphql_file__:";

/// Checks the variables of `request` against the operation that it selects, and fills in the defaults of those not given.
///
/// Errors: a required variable without a value; a string that poses as an uploaded file.
pub(super) fn check(request: &mut Request) -> ServerResult<()> {
    let files = request.uploads.len();
    if request.variables.values().any(|value| const_poses_as_upload(value, files)) {
        return Err(posing());
    }
    // Both are parts of the request, and reading the document borrows all of it.
    let (mut variables, name) = (mem::take(&mut request.variables), request.operation_name.take());
    let complete = request.parsed_query().and_then(|document| match selected(document, name.as_deref()) {
        Some(operation) => complete_variables(&operation.node, &mut variables),
        None => Ok(()), // the library says what is wrong with the name
    });
    (request.variables, request.operation_name) = (variables, name);
    complete
}

/// Refuses a document with a literal that poses as an uploaded file.
pub(super) fn no_upload_in_document(document: &ExecutableDocument) -> ServerResult<()> {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node);
    let posed = operations.clone().any(|it| set_poses(&it.selection_set.node) || directives_pose(&it.directives))
        || fragments.clone().any(|it| set_poses(&it.selection_set.node) || directives_pose(&it.directives))
        || operations
            .flat_map(|it| &it.variable_definitions)
            .any(|it| it.node.default_value.as_ref().is_some_and(|value| const_poses_as_upload(&value.node, 0)));
    if posed { Err(posing()) } else { Ok(()) }
}

fn posing() -> ServerError {
    refuse(format!("a value must not begin with {UPLOAD:?}"))
}

/// The operation that will be executed, if the name decides on one.
pub(crate) fn selected<'d>(
    document: &'d ExecutableDocument,
    name: Option<&str>,
) -> Option<&'d Positioned<OperationDefinition>> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations.values().next(),
        (DocumentOperations::Multiple(_), None) => None,
    }
}

fn complete_variables(operation: &OperationDefinition, variables: &mut Variables) -> ServerResult<()> {
    for definition in &operation.variable_definitions {
        let (name, kind) = (&definition.node.name.node, &definition.node.var_type.node);
        let given = match (variables.get(name), &definition.node.default_value) {
            (Some(value), _) => *value != ConstValue::Null,
            (None, Some(default)) => {
                variables.insert(name.clone(), default.node.clone());
                true
            }
            (None, None) => false,
        };
        if !kind.nullable && !given {
            return Err(missing(name, &kind.base, definition.pos));
        }
    }
    Ok(())
}

fn missing(name: &Name, kind: &BaseType, pos: async_graphql::Pos) -> ServerError {
    let mut error = ServerError::new(format!("variable ${name} of required type {kind}! was not given"), Some(pos));
    error.extensions.get_or_insert_default().set("field", name.as_str());
    error
}

/// `files`: how many files the request really has.
fn const_poses_as_upload(value: &ConstValue, files: usize) -> bool {
    match value {
        ConstValue::String(text) => text_poses_as_upload(text, files),
        ConstValue::List(items) => items.iter().any(|item| const_poses_as_upload(item, files)),
        ConstValue::Object(members) => members.values().any(|member| const_poses_as_upload(member, files)),
        ConstValue::Null
        | ConstValue::Number(_)
        | ConstValue::Boolean(_)
        | ConstValue::Binary(_)
        | ConstValue::Enum(_) => false,
    }
}

fn text_poses_as_upload(text: &str, files: usize) -> bool {
    match text.strip_prefix(UPLOAD) {
        Some(number) => !number.parse::<usize>().is_ok_and(|number| number < files),
        None => false,
    }
}

fn value_poses(value: &Value) -> bool {
    match value {
        Value::String(text) => text_poses_as_upload(text, 0),
        Value::List(items) => items.iter().any(value_poses),
        Value::Object(members) => members.values().any(value_poses),
        Value::Variable(_) | Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Binary(_) | Value::Enum(_) => {
            false
        }
    }
}

fn arguments_pose(arguments: &[(Positioned<Name>, Positioned<Value>)]) -> bool {
    arguments.iter().any(|(_, value)| value_poses(&value.node))
}

fn directives_pose(directives: &[Positioned<Directive>]) -> bool {
    directives.iter().any(|directive| arguments_pose(&directive.node.arguments))
}

fn set_poses(set: &SelectionSet) -> bool {
    set.items.iter().any(|selection| {
        directives_pose(selection.node.directives())
            || match &selection.node {
                Selection::Field(field) => {
                    arguments_pose(&field.node.arguments) || set_poses(&field.node.selection_set.node)
                }
                Selection::InlineFragment(fragment) => set_poses(&fragment.node.selection_set.node),
                Selection::FragmentSpread(_) => false,
            }
    })
}
