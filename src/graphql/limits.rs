//! What one client may ask for at once, and the check that comes before everything else.
//!
//! GraphQL lets a few hundred bytes ask for an astronomical answer: fragments that spread fragments double at every
//! step, aliases repeat a field at will, and the validator itself walks all of that before a limit on the result of
//! its walk can strike. So [`Limits`] as a schema extension works in three places:
//!
//! 1. before validation, over the parsed document, in time linear in its length: nesting and tokens
//!    (module `scan`), then everything that grows by repetition (module `measure`), with fragments measured once and
//!    multiplied where they are spread;
//! 2. after validation, the complexity that the schema's own annotations add up to;
//! 3. around execution, the time.
//!
//! It sits in the schema and not in the HTTP handler, so that the WebSocket, the event stream and the REST adapter
//! pass the same gate. A document marked [`Trusted`] was written by this program and skips 1 and 2.
//!
//! Introspection counts towards none of these numbers: tools ask for it with depth 13 and more. Because it can be
//! made to explode like anything else, it has a budget of its own ([`Limits::introspection`]), which the standard
//! query of every tool fits into.
//!
//! What is refused here is a request error without a path, `BAD_USER_INPUT`. Only the time is different: see
//! [`Limits::operation_time`].

mod measure;
mod repeated;
mod scan;
mod variables;

use std::{
    any::TypeId,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_graphql::parser::types::OperationType;
use async_graphql::{
    Request, Response, ServerError, ServerResult, ValidationResult,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextPrepareRequest, NextValidation},
    parser::types::ExecutableDocument,
};

use self::measure::Measure;
pub(crate) use self::variables::selected;
use crate::error::Code;

/// What one client may ask for at once. `Default` is the documented set of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Fields nested in each other; `{ a { b } }` is 2. `__typename` does not count.
    pub depth: usize,
    /// Sum of what the schema's fields say they cost; a list costs its page size times its items.
    pub complexity: usize,
    /// Fields given another name, after fragments are expanded.
    pub aliases: usize,
    /// Directives, after fragments are expanded.
    pub directives: usize,
    /// Fragment spreads, after fragments are expanded.
    pub fragment_spreads: usize,
    /// Fields, after fragments are expanded. Keeps the validator's work bounded where fields cost nothing.
    pub selections: usize,
    /// Lexical tokens of the document; the parser's and the validator's work grows with them. Long lists belong into
    /// variables, which do not count.
    pub tokens: usize,
    /// Values an introspection would answer, estimated generously. The standard query, with every option, comes to
    /// some 700,000.
    pub introspection: usize,
    /// Operations in one HTTP request.
    pub batch: usize,
    /// Bytes of a request body, and of a WebSocket message; of a multipart request, of everything but the files.
    pub body_bytes: usize,
    /// Files in one multipart request; one that several variables share counts as often.
    pub upload_files: usize,
    /// Bytes of one file.
    pub upload_bytes: u64,
    /// Operations that run on one WebSocket at a time.
    pub socket_operations: usize,
    /// How long a WebSocket may stay without `connection_init`.
    pub connection_init_time: Duration,
    /// How long one operation, or one event of a subscription, may take to execute.
    ///
    /// What takes longer is stopped with `INTERNAL`, not with a code of the 4xx family: nothing says that the caller
    /// is at fault, a change may have happened in part, and a stored answer of an idempotent request must not repeat
    /// the failure for a day (4xx answers are repeated, 5xx are not).
    pub operation_time: Duration,
    /// Time for one operation that receives files: they are written to the storage, perhaps over a network and one after
    /// the other.
    pub upload_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 12,
            complexity: 5_000,
            aliases: 100,
            directives: 50,
            fragment_spreads: 200,
            selections: 10_000,
            tokens: 15_000,
            introspection: 2_000_000,
            batch: 10,
            body_bytes: 2 << 20,
            upload_files: 10,
            upload_bytes: 20 << 20,
            socket_operations: 100,
            connection_init_time: Duration::from_secs(10),
            operation_time: Duration::from_secs(10),
            upload_time: Duration::from_secs(120),
        }
    }
}

/// Marks a request (`request.data(Trusted)`) whose document was written by this program, as the REST adapter's are:
/// neither document nor complexity are checked. Its variables, which come from a client, are.
#[derive(Clone, Copy, Debug)]
pub struct Trusted;

/// What a list costs: its page size times what one item costs; for `#[graphql(complexity = "…")]`.
///
/// Page sizes come from clients and nest, so plain multiplication overflows, and wraps around to something small in a
/// release build. This stays at a ceiling far above any limit, with room for the library to go on adding to it.
pub const fn list_cost(size: usize, item: usize) -> usize {
    const CEILING: usize = 1 << 40;
    match size.saturating_mul(if item == 0 { 1 } else { item }) {
        cost if cost > CEILING => CEILING,
        cost => cost,
    }
}

/// Parses the document of `request`, unless that has been done, and keeps it there.
///
/// Use this instead of [`Request::parsed_query`]: the parser descends recursively, and a document of nothing but
/// opening braces would overflow the stack before the parser's own limit is looked at.
///
/// Errors: the syntax error, short; nesting or tokens beyond the limit.
pub fn parse<'r>(request: &'r mut Request, limits: &Limits) -> ServerResult<&'r ExecutableDocument> {
    // An empty text carries a document that was parsed elsewhere, or nothing, which the parser refuses quickly.
    scan::scan(&request.query, limits.tokens).map_err(|excess| ServerError::new(excess, None))?;
    request.parsed_query().map_err(|error| ServerError { message: brief(&error.message), ..error })
}

/// The parser's message without the excerpt of the document, which on one line can be as long as the document.
fn brief(message: &str) -> String {
    match message.split_once("\n  = ") {
        Some((_, reason)) => format!("syntax error: {reason}"),
        None => message.to_owned(),
    }
}

/// A request error: no path, so that it is seen as the refusal of the whole request.
fn refuse(message: impl Into<String>) -> ServerError {
    ServerError::new(message, None)
}

impl ExtensionFactory for Limits {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Admission { limits: self.clone(), measured: OnceLock::new(), may_take_long: AtomicBool::new(false) })
    }
}

/// The extension's state for one request.
struct Admission {
    limits: Limits,
    /// Set when the document was measured; trusted documents are not.
    measured: OnceLock<Measure>,
    /// Whether it receives files, or may change something: a change may wait for WeChat, and nobody knows what became of one
    /// that was stopped.
    may_take_long: AtomicBool,
}

impl Admission {
    fn admit(&self, request: &mut Request) -> ServerResult<()> {
        if !request.data.contains_key(&TypeId::of::<Trusted>()) {
            let document = parse(request, &self.limits)?;
            let measure = Measure::of(document).ok_or_else(|| refuse("a fragment spreads itself"))?;
            measure.within(&self.limits).map_err(refuse)?;
            variables::no_upload_in_document(document)?;
            repeated::no_change_repeated(document)?;
            let _ = self.measured.set(measure);
        }
        variables::check(request)
    }
}

#[async_trait::async_trait]
impl Extension for Admission {
    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let mut request = next.run(ctx, request).await?;
        self.admit(&mut request)?;
        let changes = changes(&mut request);
        self.may_take_long.store(changes || !request.uploads.is_empty(), Ordering::Relaxed);
        Ok(request)
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await?;
        if let Some(measure) = self.measured.get() {
            // The library adds 1 for every introspection field.
            let complexity = result.complexity.saturating_sub(measure.introspection_fields());
            if complexity > self.limits.complexity {
                return Err(vec![refuse(format!(
                    "the document has complexity {complexity}, at most {} is allowed: ask for smaller pages or fewer fields",
                    self.limits.complexity
                ))]);
            }
        }
        Ok(result)
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let Limits { operation_time, upload_time, .. } = self.limits;
        let limit =
            if self.may_take_long.load(Ordering::Relaxed) { operation_time.max(upload_time) } else { operation_time };
        match tokio::time::timeout(limit, next.run(ctx, operation_name)).await {
            Ok(response) => response,
            Err(_elapsed) => {
                tracing::warn!(operation = operation_name, limit_ms = limit.as_millis() as u64, "operation stopped");
                let mut error = refuse(format!("the operation took longer than {limit:?} and was stopped"));
                error.extensions.get_or_insert_default().set("code", Code::Internal.as_str());
                Response::from_errors(vec![error])
            }
        }
    }
}

/// Whether a document has a mutation. One that cannot be read has none.
fn changes(request: &mut Request) -> bool {
    let is_mutation = |ty| ty == OperationType::Mutation;
    request.parsed_query().is_ok_and(|document| document.operations.iter().any(|(_, one)| is_mutation(one.node.ty)))
}

#[cfg(test)]
mod tests;
