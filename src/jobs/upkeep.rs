//! What is to be done from time to time without anybody asking: refreshing WeChat's copies, sweeping files.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::{Context, copies, files};
use crate::error::{Result, chain};

/// Works once now and then every `interval`, until `stop`. Any number of processes may do it at a time.
pub(super) async fn keep_up(context: Context, interval: Duration, stop: CancellationToken) {
    loop {
        match round(&context, interval).await {
            Ok((0, 0)) => {}
            Ok((refreshed, swept)) => tracing::info!(refreshed, swept, "upkeep"),
            Err(error) => tracing::warn!(error = chain(&error), "upkeep failed and is tried again"),
        }
        tokio::select! {
            () = tokio::time::sleep(interval) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Uploads asked for, and files swept.
async fn round(context: &Context, interval: Duration) -> Result<(usize, usize)> {
    Ok((copies::refresh(context, interval).await?, files::sweep(context).await?))
}
