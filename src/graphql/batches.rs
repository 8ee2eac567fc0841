//! When the loads of data loaders run: as soon as no resolver can go on without them, and never before.
//!
//! A data loader alone waits for some time and takes the questions that have come until then. How many that are depends
//! on the machine, and with it the number of statements. Here the execution and its loads take turns in the request's
//! own task: the execution runs until it can only wait, so every row of a level has asked; then the loads run until all
//! questions are answered. So the number of statements is a property of the document, nobody waits for a timer, and a
//! request that is given up takes its loads along.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_graphql::Response;
use async_graphql::dataloader::DataLoader;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, poll_fn};
use futures_util::stream::FuturesUnordered;
use futures_util::task::AtomicWaker;

/// The loads that wait for their turn.
#[derive(Clone, Default)]
pub(super) struct Waiting(Arc<Mutex<Vec<BoxFuture<'static, ()>>>>);

impl Waiting {
    /// A data loader whose loads wait here. The schema needs the extension [`Batches`], which runs them.
    pub(super) fn loader<T: Send + Sync + 'static>(&self, loader: T) -> DataLoader<T> {
        let waiting = self.clone();
        let add = move |load| waiting.0.lock().unwrap_or_else(PoisonError::into_inner).push(load);
        DataLoader::new(loader, add).delay(Duration::ZERO)
    }

    fn take(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs an execution and its loads in turns.
    async fn take_turns<T>(&self, execution: impl Future<Output = T>) -> T {
        let mut execution = pin!(execution);
        let mut loads = FuturesUnordered::new();
        let bell = Arc::new(Bell { rung: AtomicBool::new(true), task: AtomicWaker::new() });
        let waker = Waker::from(Arc::clone(&bell));
        poll_fn(|task| {
            bell.task.register(task.waker());
            loop {
                while let Poll::Ready(Some(())) = loads.poll_next_unpin(task) {}
                if !loads.is_empty() {
                    return Poll::Pending;
                }
                // Large joins poll some of their parts, ring, and return: they are not done with asking.
                while bell.rung.swap(false, Ordering::AcqRel) {
                    if let Poll::Ready(done) = execution.as_mut().poll(&mut Context::from_waker(&waker)) {
                        return Poll::Ready(done);
                    }
                }
                loads.extend(self.take());
                if loads.is_empty() {
                    return Poll::Pending;
                }
            }
        })
        .await
    }
}

/// Remembers that the execution can go on, and wakes the task.
struct Bell {
    rung: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.task.wake();
    }
}

/// The schema extension that runs the loads that wait for their turn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Batches;

impl ExtensionFactory for Batches {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Batches {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let execution = next.run(ctx, operation_name);
        match ctx.data_opt::<Waiting>() {
            Some(waiting) => waiting.take_turns(execution).await,
            None => execution.await,
        }
    }
}
