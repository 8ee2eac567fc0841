//! What is to be done from time to time without anybody asking: refreshing WeChat's copies, sweeping files.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::{Context, copies, files};
use crate::error::{Result, chain};

/// Works once now and then every `interval`, until `stop`. Any number of processes may do it at a time.
pub(super) async fn keep_up(context: Context, interval: Duration, stop: CancellationToken) {
    loop {
        told("files swept", sweep(&context).await);
        told("uploads asked for", refresh(&context, interval).await);
        tokio::select! {
            () = tokio::time::sleep(interval) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Most batches of one round: a defect that finds the same work again and again must not keep everything else waiting.
const BATCHES: usize = 100;

async fn sweep(context: &Context) -> Result<usize> {
    let mut swept = 0;
    for _ in 0..BATCHES {
        match files::sweep(context).await? {
            0 => break,
            some => swept += some,
        }
    }
    Ok(swept)
}

async fn refresh(context: &Context, pause: Duration) -> Result<usize> {
    let mut asked = 0;
    for _ in 0..BATCHES {
        match copies::refresh(context, pause).await? {
            0 => break,
            some => asked += some,
        }
    }
    Ok(asked)
}

fn told(what: &str, outcome: Result<usize>) {
    match outcome {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, what, "upkeep"),
        Err(error) => tracing::warn!(error = chain(&error), what, "upkeep failed and is tried again"),
    }
}
