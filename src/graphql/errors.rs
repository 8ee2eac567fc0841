//! From errors of the core to errors of GraphQL.
//!
//! A resolver says `?` and nothing else. The library then keeps the message and drops the kind, but it also keeps the
//! typed cause, and [`Errors`] reads that back: it sets `extensions.code` from the one table in [`crate::error`],
//! names the field at fault, passes on what WeChat said, replaces the message of everything internal and logs it with
//! its causes, once. What reaches a client has passed through here, whichever transport it takes, so no resolver maps
//! errors and none can leak one.
//!
//! Errors that carry no cause of ours are sorted by where they come from: without a path they are the refusal of a
//! whole request (syntax, validation, limits), so the caller's; with a path, the refusal of an argument's value is the
//! caller's, and everything else is a defect.
//!
//! Add it to the schema before every other extension that makes errors: the first one added is the outermost.

mod nulls;

use std::sync::{Arc, OnceLock};

use async_graphql::{
    ErrorExtensionValues, Name, PathSegment, Pos, Positioned, Response, ServerError, ServerResult, Value, Variables,
    async_trait,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextExecute, NextParseQuery, NextRequest, NextResolve,
        NextSubscribe, ResolveInfo,
    },
    futures_util::{StreamExt, stream::BoxStream},
    parser::types::{ExecutableDocument, OperationType, Selection},
};

use self::nulls::Nulls;
use crate::error::{Code, Error, chain};

/// What a client reads in place of everything internal.
const INTERNAL: &str = "internal error";

/// Request errors that one answer lists. A document can hold thousands; nobody reads past the first few.
const LISTED: usize = 20;

/// The schema extension.
#[derive(Clone, Copy, Debug, Default)]
pub struct Errors;

impl ExtensionFactory for Errors {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(ErrorsOfRequest { arguments: Arc::default(), nulls: Nulls::default() })
    }
}

/// Where an argument's value stands in the document, and the argument's name.
type Argument = (Pos, Name);

struct ErrorsOfRequest {
    /// The arguments of the subscribed field. The start of a subscription is the one place where the library resolves
    /// arguments without telling extensions about the field.
    arguments: Arc<OnceLock<Vec<Argument>>>,
    nulls: Nulls,
}

#[async_trait::async_trait]
impl Extension for ErrorsOfRequest {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let mut response = next.run(ctx).await;
        finish(&mut response);
        response
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let arguments = Arc::clone(&self.arguments);
        next.run(ctx, stream)
            .map(move |mut response| {
                for error in &mut response.errors {
                    blame_argument(error, arguments.get().into_iter().flatten().map(|(pos, name)| (*pos, name)));
                }
                finish(&mut response);
                response
            })
            .boxed()
    }

    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let document = next.run(ctx, query, variables).await?;
        let arguments = subscription_arguments(&document);
        if !arguments.is_empty() {
            let _ = self.arguments.set(arguments);
        }
        Ok(document)
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        self.nulls.finish(next.run(ctx, operation_name).await)
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let (node, kind, field) = (info.path_node, info.return_type, info.field);
        let outcome = next.run(ctx, info).await.map_err(|mut error| {
            blame_argument(&mut error, field.arguments.iter().map(|(name, value)| (value.pos, &name.node)));
            error
        });
        Ok(self.nulls.settle(node, kind, outcome))
    }
}

fn subscription_arguments(document: &ExecutableDocument) -> Vec<Argument> {
    let subscriptions =
        document.operations.iter().filter(|(_, operation)| operation.node.ty == OperationType::Subscription);
    subscriptions
        .flat_map(|(_, operation)| &operation.node.selection_set.node.items)
        .filter_map(|Positioned { node, .. }| match node {
            Selection::Field(field) => Some(&field.node.arguments),
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => None,
        })
        .flatten()
        .map(|(name, value)| (value.pos, name.node.clone()))
        .collect()
}

/// Marks `error` as the caller's if it is about the value of one of these arguments.
///
/// The library points such an error at the value (a resolver's error points at the field), or, where the argument was
/// left out, nowhere, which is line 0.
fn blame_argument<'a>(error: &mut ServerError, mut arguments: impl Iterator<Item = (Pos, &'a Name)>) {
    if error.source.is_some() || error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some()) {
        return;
    }
    let Some(at) = error.locations.first().copied() else { return };
    if at == Pos::default() {
        error.locations.clear();
        set(error, "code", Code::BadUserInput.as_str());
    } else if let Some((_, name)) = arguments.find(|(pos, _)| *pos == at) {
        error.message = format!("{name}: {}", error.message);
        set(error, "code", Code::BadUserInput.as_str());
        set_field(error, name.as_str());
    }
}

/// Makes the errors of `response` fit to be seen.
fn finish(response: &mut Response) {
    let found = response.errors.len();
    if found > LISTED && response.errors.iter().all(|error| error.path.is_empty()) {
        response.errors.truncate(LISTED);
        response.errors.push(ServerError::new(format!("and {} more errors", found - LISTED), None));
    }
    for error in &mut response.errors {
        classify(error);
    }
}

/// Sets `extensions` from the cause, masks and logs what is internal.
fn classify(error: &mut ServerError) {
    let source = error.source.take();
    let cause = source.as_deref().and_then(|any| {
        // The error of a data loader is shared between the fields that wait for it.
        any.downcast_ref::<Error>().or_else(|| any.downcast_ref::<Arc<Error>>().map(Arc::as_ref))
    });
    match cause {
        Some(cause) => report(error, cause),
        None if given_code(error).is_some() => {}
        None if error.path.is_empty() && source.is_none() => refused_request(error),
        None => {
            tracing::error!(graphql.path = path(error), error = error.message, "a resolver failed");
            error.message = INTERNAL.to_owned();
            error.extensions = None;
            set(error, "code", Code::Internal.as_str());
        }
    }
}

/// An error of the core.
fn report(error: &mut ServerError, cause: &Error) {
    let code = cause.code();
    match code {
        Code::Internal => tracing::error!(graphql.path = path(error), error = chain(cause), "a resolver failed"),
        Code::Upstream => tracing::warn!(graphql.path = path(error), error = chain(cause), "WeChat failed a resolver"),
        Code::BadUserInput
        | Code::AlreadyFetched
        | Code::Unauthenticated
        | Code::Forbidden
        | Code::NotFound
        | Code::Conflict
        | Code::PayloadTooLarge
        | Code::UnsupportedMediaType
        | Code::RateLimited => {}
    }
    error.message = cause.public_message();
    set(error, "code", code.as_str());
    if let Some(field) = cause.field() {
        set(error, "field", field);
    }
    if matches!(cause, Error::Unclear { .. }) {
        set(error, "isUnclear", true);
    }
    if let Some((errcode, errmsg)) = cause.wechat().and_then(crate::wechat::Error::refusal) {
        set(error, "errcode", errcode);
        set(error, "errmsg", errmsg);
    }
}

/// Syntax, validation, limits: the library's own words are meant for the caller.
fn refused_request(error: &mut ServerError) {
    if let Some(field) = refused_field(&error.message) {
        set_field(error, &field);
    }
    set(error, "code", Code::BadUserInput.as_str());
}

/// The argument or input field that the validator complains about:
/// `Invalid value for argument "input.article", field "title" of type …`.
fn refused_field(message: &str) -> Option<String> {
    let (argument, rest) = message.strip_prefix("Invalid value for argument \"")?.split_once('"')?;
    let missing = rest.strip_prefix(", field \"").and_then(|rest| rest.split_once('"'));
    Some(match missing {
        Some((field, _)) => format!("{argument}.{field}"),
        None => argument.to_owned(),
    })
}

/// Names the field at fault as rules do: the members of a mutation's `input` by themselves.
fn set_field(error: &mut ServerError, field: &str) {
    set(error, "field", indexed(field.strip_prefix("input.").unwrap_or(field)));
}

/// `articles.1.title` of the validator as rules write it, `articles[1].title`.
fn indexed(field: &str) -> String {
    let is_index = |segment: &str| segment.bytes().all(|byte| byte.is_ascii_digit());
    let written = |(place, segment): (usize, &str)| match place {
        0 => segment.to_owned(),
        _ if is_index(segment) => format!("[{segment}]"),
        _ => format!(".{segment}"),
    };
    field.split('.').enumerate().map(written).collect()
}

/// The code that an extension of ours has set already.
pub(crate) fn given_code(error: &ServerError) -> Option<Code> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(name) => Code::from_name(name),
        _ => None,
    }
}

fn set(error: &mut ServerError, name: &str, value: impl Into<Value>) {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set(name, value);
}

/// Where in the answer, `account.groups.0.name`.
fn path(error: &ServerError) -> String {
    let segments = error.path.iter().map(|segment| match segment {
        PathSegment::Field(name) => name.clone(),
        PathSegment::Index(index) => index.to_string(),
    });
    segments.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests;
