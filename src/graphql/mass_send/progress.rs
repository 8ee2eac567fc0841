//! Following a mass send.

use std::time::Duration;

use async_graphql::{Context, ID, Result, Subscription};
use entity::mass_send::Model;
use entity::mass_send_chunk;
use futures_util::{Stream, StreamExt as _, stream};

use super::MassSend;
use crate::domain::{Context as Domain, accounts, mass_sends};
use crate::error::Error;
use crate::graphql::{caller, domain};

/// How often a mass send is looked at for its followers.
const LOOK: Duration = Duration::from_millis(500);

/// Subscriptions to mass sends.
#[derive(Default)]
pub struct MassSendSubscription;

#[Subscription]
impl MassSendSubscription {
    /// A mass send as it is now, and again after every change of it or of one of its parts, until it has ended.
    async fn mass_send_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account.")] account_id: ID,
        #[graphql(desc = "Id of the mass send.")] id: ID,
    ) -> Result<impl Stream<Item = Result<MassSend>>> {
        let context = domain(ctx).clone();
        let account = accounts::find(&context, caller(ctx), &account_id).await?;
        let first = look(&context, &account.id, &id).await?;
        let seen = Some(first.clone());
        let changes = stream::unfold(seen, move |last| {
            let (context, account_id, id) = (context.clone(), account.id.clone(), id.clone());
            async move {
                let last = last.filter(|(mass_send, _)| mass_send.finished_at.is_none())?;
                loop {
                    tokio::time::sleep(LOOK).await;
                    match look(&context, &account_id, &id).await {
                        Ok(now) if now == last => {}
                        Ok(now) => return Some((Ok(MassSend(now.0.clone())), Some(now))),
                        Err(error) => return Some((Err(error.into()), None)),
                    }
                }
            }
        });
        Ok(stream::once(async { Ok(MassSend(first.0)) }).chain(changes))
    }
}

type Seen = (Model, Vec<mass_send_chunk::Model>);

async fn look(context: &Domain, account_id: &str, id: &str) -> Result<Seen, Error> {
    let key = (account_id.to_owned(), id.to_owned());
    let mass_send = mass_sends::find(&context.database, account_id, id).await?;
    let chunks = mass_sends::chunks_of(context, std::slice::from_ref(&key)).await?.remove(&key);
    Ok((mass_send, chunks.unwrap_or_default()))
}
