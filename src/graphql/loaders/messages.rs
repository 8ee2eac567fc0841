//! Relations of messages.

use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::{human_reply, message};

use super::{Answers, Loaders, in_order};
use crate::domain::page::{Numbered, Page, Slice, Window};
use crate::domain::{Key, human_replies, messages};
use crate::error::Error;

/// Key: account and id. Value: the message. Absent: it does not exist, or is an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageById(pub(in crate::graphql) Key);

impl Loader<MessageById> for Loaders {
    type Value = message::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MessageById]) -> Answers<MessageById, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|MessageById(key)| key.clone()).collect();
        let rows = messages::find_many(&self.context, &keys).await?;
        Ok(rows.into_iter().map(|row| (MessageById((row.account_id.clone(), row.id.clone())), row)).collect())
    }
}

/// Key: a list of messages or events and a window. Value: what the window shows. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageWindow(pub(in crate::graphql) messages::List, pub(in crate::graphql) Window);

impl Loader<MessageWindow> for Loaders {
    type Value = Slice<message::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MessageWindow]) -> Answers<MessageWindow, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|MessageWindow(list, window)| (list, window)).collect();
        Ok(in_order(keys, messages::slices(&self.context, &asked).await?))
    }
}

/// Key: a list of messages and the number of a page. Value: the page. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessagePageByNumber(pub(in crate::graphql) messages::List, pub(in crate::graphql) Numbered);

impl Loader<MessagePageByNumber> for Loaders {
    type Value = Page<message::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MessagePageByNumber]) -> Answers<MessagePageByNumber, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|MessagePageByNumber(list, numbered)| (list, *numbered)).collect();
        Ok(in_order(keys, messages::pages(&self.context, &asked).await?))
    }
}

/// Key: a list of messages or events. Value: how many there are. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageCount(pub(in crate::graphql) messages::List);

impl Loader<MessageCount> for Loaders {
    type Value = i64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MessageCount]) -> Answers<MessageCount, Self::Value> {
        let lists: Vec<_> = keys.iter().map(|MessageCount(list)| list).collect();
        Ok(in_order(keys, messages::counts(&self.context, &lists).await?))
    }
}

/// Key: a list of what the staff wrote and a window. Value: what the window shows. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HumanReplyWindow(pub(in crate::graphql) human_replies::List, pub(in crate::graphql) Window);

impl Loader<HumanReplyWindow> for Loaders {
    type Value = Slice<human_reply::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[HumanReplyWindow]) -> Answers<HumanReplyWindow, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|HumanReplyWindow(list, window)| (list, window)).collect();
        Ok(in_order(keys, human_replies::slices(&self.context, &asked).await?))
    }
}

/// Key: a list of what the staff wrote. Value: how much there is. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HumanReplyCount(pub(in crate::graphql) human_replies::List);

impl Loader<HumanReplyCount> for Loaders {
    type Value = i64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[HumanReplyCount]) -> Answers<HumanReplyCount, Self::Value> {
        let lists: Vec<_> = keys.iter().map(|HumanReplyCount(list)| list).collect();
        Ok(in_order(keys, human_replies::counts(&self.context, &lists).await?))
    }
}
