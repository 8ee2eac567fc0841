//! One tracing span for each operation, whichever transport it came through, so that the calls and statements it causes
//! can be told apart from those of its neighbours in a batch or on a WebSocket.

use std::sync::Arc;

use async_graphql::Response;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use tracing::Instrument as _;

/// Longest name that is logged, in characters; clients choose it.
const NAME_LENGTH: usize = 100;

/// The schema extension.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spans;

impl ExtensionFactory for Spans {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Spans {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let name: String = operation_name.unwrap_or("anonymous").chars().take(NAME_LENGTH).collect();
        let span = tracing::info_span!("operation", graphql.operation = name);
        next.run(ctx, operation_name).instrument(span).await
    }
}
