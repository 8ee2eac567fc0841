//! Relations of mass sends.

use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::{mass_send, mass_send_chunk};

use super::{Answers, Loaders, in_order};
use crate::domain::page::{Numbered, Page, Slice, Window};
use crate::domain::{Key, mass_sends};
use crate::error::Error;

/// Key: account and id. Value: the mass send. Absent: it does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MassSendById(pub(in crate::graphql) Key);

impl Loader<MassSendById> for Loaders {
    type Value = mass_send::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MassSendById]) -> Answers<MassSendById, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|MassSendById(key)| key.clone()).collect();
        let rows = mass_sends::find_many(&self.context, &keys).await?;
        Ok(rows.into_iter().map(|row| (MassSendById((row.account_id.clone(), row.id.clone())), row)).collect())
    }
}

/// Key: account and mass send. Value: its chunks, in order. Absent: none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChunksOfMassSend(pub(in crate::graphql) Key);

impl Loader<ChunksOfMassSend> for Loaders {
    type Value = Vec<mass_send_chunk::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ChunksOfMassSend]) -> Answers<ChunksOfMassSend, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|ChunksOfMassSend(key)| key.clone()).collect();
        let found = mass_sends::chunks_of(&self.context, &keys).await?;
        Ok(found.into_iter().map(|(key, chunks)| (ChunksOfMassSend(key), chunks)).collect())
    }
}

/// Key: an account's id and a window of its mass sends. Value: what the window shows. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MassSendWindow(pub(in crate::graphql) String, pub(in crate::graphql) Window);

impl Loader<MassSendWindow> for Loaders {
    type Value = Slice<mass_send::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MassSendWindow]) -> Answers<MassSendWindow, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|MassSendWindow(id, window)| (id.as_str(), window)).collect();
        Ok(in_order(keys, mass_sends::slices(&self.context, &asked).await?))
    }
}

/// Key: an account's id and the number of a page of its mass sends. Value: the page. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MassSendPageByNumber(pub(in crate::graphql) String, pub(in crate::graphql) Numbered);

impl Loader<MassSendPageByNumber> for Loaders {
    type Value = Page<mass_send::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MassSendPageByNumber]) -> Answers<MassSendPageByNumber, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|MassSendPageByNumber(id, numbered)| (id.as_str(), *numbered)).collect();
        Ok(in_order(keys, mass_sends::pages(&self.context, &asked).await?))
    }
}

/// Key: an account's id. Value: how many mass sends it has. Absent: none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MassSendCount(pub(in crate::graphql) String);

impl Loader<MassSendCount> for Loaders {
    type Value = i64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MassSendCount]) -> Answers<MassSendCount, Self::Value> {
        let account_ids: Vec<_> = keys.iter().map(|MassSendCount(id)| id.as_str()).collect();
        let counts = mass_sends::counts(&self.context, &account_ids).await?;
        Ok(counts.into_iter().map(|(account_id, count)| (MassSendCount(account_id), count)).collect())
    }
}
