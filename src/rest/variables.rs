//! The variables of an operation: where each comes from, and how a request fills them.

use std::collections::HashMap;

use async_graphql::parser::types::Type;
use async_graphql::{Name, Pos, UploadValue};
use async_graphql_value::{ConstValue, Variables};
use serde_json::value::RawValue;

use super::coerce::{Given, Inputs, Kind, Refusal, Typed};
use super::directives::snake_case;
use super::document::Declared;
use super::envelope::Failure;
use super::problem::Problem;
use super::types::Types;
use crate::error::Code;

/// A variable of an operation.
#[derive(Debug)]
pub(super) struct Variable {
    /// Without `$`.
    pub(super) name: Name,
    /// As clients spell it; the first one is shown.
    pub(super) names: Vec<String>,
    /// `@from(body: true)`
    pub(super) whole_body: bool,
    pub(super) ty: Type,
    pub(super) typed: Typed,
    pub(super) default: Option<ConstValue>,
    pub(super) position: Pos,
    /// Of the argument that it feeds.
    pub(super) description: Option<String>,
}

impl Variable {
    pub(super) fn read(
        file: &'static str,
        declared: &Declared,
        types: &Types,
        inputs: &Inputs,
    ) -> Result<Self, Problem> {
        let definition = &declared.definition;
        let name = definition.name.node.clone();
        let from = declared.from.as_ref();
        let whole_body = from.is_some_and(|from| from.flag("body"));
        let given_name = from.and_then(|from| from.text("name"));
        let aliases = from.map(|from| from.texts("aliases")).unwrap_or_default();
        if whole_body && (given_name.is_some() || !aliases.is_empty()) {
            let reason = format!("${name}: a whole body has no name");
            return Err(Problem::new(file, declared.position, reason));
        }
        let mut names = vec![given_name.map_or_else(|| snake_case(&name), str::to_owned)];
        names.extend(aliases);
        let default = definition.default_value.as_ref().map(|value| value.node.clone());
        let typed = inputs.typed(types, &definition.var_type.node, default.is_some());
        Ok(Self {
            name,
            names,
            whole_body,
            ty: definition.var_type.node.clone(),
            typed,
            default,
            position: declared.position,
            description: None,
        })
    }

    pub(super) const fn is_upload(&self) -> bool {
        matches!(self.typed.kind, Kind::Upload)
    }
}

/// The members of a request's body.
#[derive(Debug)]
pub(super) enum Members<'a> {
    /// No body, or one that nobody asks for.
    None,
    /// A JSON object.
    Json(HashMap<String, &'a RawValue>),
    /// Any JSON, for the one variable that takes it whole.
    Whole(&'a RawValue),
    /// The text parts of a form.
    Form(&'a [(String, String)]),
}

/// What a request offers, apart from files.
#[derive(Debug)]
pub(super) struct Offered<'a> {
    /// Values of the path's variables, by index of the variable.
    pub(super) path: Vec<(usize, &'a str)>,
    pub(super) query: &'a [(String, String)],
    pub(super) members: Members<'a>,
}

impl<'a> Offered<'a> {
    fn given(&self, index: usize, variable: &Variable) -> Option<Given<'a>> {
        if let Some((_, value)) = self.path.iter().find(|(place, _)| *place == index) {
            return Some(Given::Texts(vec![value]));
        }
        if variable.whole_body {
            return if let Members::Whole(raw) = self.members { Some(Given::Json(raw)) } else { None };
        }
        variable.names.iter().find_map(|name| texts(self.query, name)).or_else(|| match &self.members {
            Members::Json(members) => {
                variable.names.iter().find_map(|name| members.get(name)).map(|raw| Given::Json(raw))
            }
            Members::Form(parts) => variable.names.iter().find_map(|name| texts(parts, name)),
            Members::Whole(_) | Members::None => None,
        })
    }
}

fn texts<'a>(pairs: &'a [(String, String)], name: &str) -> Option<Given<'a>> {
    let texts: Vec<&str> = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
    (!texts.is_empty()).then_some(Given::Texts(texts))
}

/// Fills the variables. A value that is missing or of no use is a failure that names the parameter as the client
/// spells it. Variables without a value are left out, so that their defaults apply.
pub(super) fn fill(
    inputs: &Inputs,
    variables: &[Variable],
    offered: &Offered<'_>,
    files: &[(usize, UploadValue)],
) -> Result<Variables, Failure> {
    let mut filled = Variables::default();
    for (index, variable) in variables.iter().enumerate() {
        if variable.is_upload() && files.iter().any(|(place, _)| *place == index) {
            // A place for the upload, which the request sets.
            filled.insert(variable.name.clone(), ConstValue::Null);
            continue;
        }
        let coerced = inputs.coerce(&variable.typed, offered.given(index, variable));
        let named = |refusal: Refusal| if variable.whole_body { refusal } else { refusal.under(&variable.names[0]) };
        if let Some(value) = coerced.map_err(|refusal| Failure::new(Code::BadUserInput, named(refusal).message()))? {
            filled.insert(variable.name.clone(), value);
        }
    }
    Ok(filled)
}
