//! Relations of materials.

use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::{media as media_row, news as news_row, stored_file, wechat_copy};

use super::{Answers, Loaders, in_order};
use crate::domain::page::{Numbered, Page, Slice, Window};
use crate::domain::{Key, copies, files, media, news};
use crate::error::Error;

/// Key: account and id. Value: the live material. Absent: it does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaById(pub(in crate::graphql) Key);

impl Loader<MediaById> for Loaders {
    type Value = media_row::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MediaById]) -> Answers<MediaById, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|MediaById(key)| key.clone()).collect();
        let rows = media::find_many(&self.context.database, &keys).await?;
        Ok(rows.into_iter().map(|row| (MediaById((row.account_id.clone(), row.id.clone())), row)).collect())
    }
}

/// Key: account and id. Value: the file, also one that was given up. Absent: it does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileById(pub(in crate::graphql) Key);

impl Loader<FileById> for Loaders {
    type Value = stored_file::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[FileById]) -> Answers<FileById, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|FileById(key)| key.clone()).collect();
        let rows = files::known(&self.context, &keys).await?;
        Ok(rows.into_iter().map(|row| (FileById((row.account_id.clone(), row.id.clone())), row)).collect())
    }
}

/// Key: account and id. Value: the live news. Absent: it does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewsById(pub(in crate::graphql) Key);

impl Loader<NewsById> for Loaders {
    type Value = news_row::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[NewsById]) -> Answers<NewsById, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|NewsById(key)| key.clone()).collect();
        let rows = news::find_many(&self.context, &keys).await?;
        Ok(rows.into_iter().map(|row| (NewsById((row.account_id.clone(), row.id.clone())), row)).collect())
    }
}

/// Key: account and id. Value: the live article, without its content. Absent: it does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArticleById(pub(in crate::graphql) Key);

impl Loader<ArticleById> for Loaders {
    type Value = news::Head;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ArticleById]) -> Answers<ArticleById, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|ArticleById(key)| key.clone()).collect();
        let rows = news::find_articles(&self.context, &keys).await?;
        Ok(rows.into_iter().map(|row| (ArticleById(row.key()), row)).collect())
    }
}

/// Key: account and news. Value: the articles without their content, in order. Absent: none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArticlesOfNews(pub(in crate::graphql) Key);

impl Loader<ArticlesOfNews> for Loaders {
    type Value = Vec<news::Head>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ArticlesOfNews]) -> Answers<ArticlesOfNews, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|ArticlesOfNews(key)| key.clone()).collect();
        let found = news::heads_of(&self.context, &keys).await?;
        Ok(found.into_iter().map(|(key, value)| (ArticlesOfNews(key), value)).collect())
    }
}

/// Key: account and article. Value: its HTML. Absent: the article does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArticleContent(pub(in crate::graphql) Key);

impl Loader<ArticleContent> for Loaders {
    type Value = String;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ArticleContent]) -> Answers<ArticleContent, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|ArticleContent(key)| key.clone()).collect();
        let found = news::contents(&self.context, &keys).await?;
        Ok(found.into_iter().map(|(key, value)| (ArticleContent(key), value)).collect())
    }
}

/// Key: account and file, or revision of a news. Value: what WeChat holds of it. Absent: nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CopiesOfSource(pub(in crate::graphql) Key);

impl Loader<CopiesOfSource> for Loaders {
    type Value = Vec<wechat_copy::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[CopiesOfSource]) -> Answers<CopiesOfSource, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|CopiesOfSource(key)| key.clone()).collect();
        let found = copies::of_sources(&self.context, &keys).await?;
        Ok(found.into_iter().map(|(key, value)| (CopiesOfSource(key), value)).collect())
    }
}

/// Key: a list of materials and a window. Value: what the window shows. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaWindow(pub(in crate::graphql) media::List, pub(in crate::graphql) Window);

impl Loader<MediaWindow> for Loaders {
    type Value = Slice<media_row::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MediaWindow]) -> Answers<MediaWindow, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|MediaWindow(list, window)| (list, window)).collect();
        Ok(in_order(keys, media::slices(&self.context, &asked).await?))
    }
}

/// Key: a list of materials and the number of a page. Value: the page. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaPageByNumber(pub(in crate::graphql) media::List, pub(in crate::graphql) Numbered);

impl Loader<MediaPageByNumber> for Loaders {
    type Value = Page<media_row::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MediaPageByNumber]) -> Answers<MediaPageByNumber, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|MediaPageByNumber(list, numbered)| (list, *numbered)).collect();
        Ok(in_order(keys, media::pages(&self.context, &asked).await?))
    }
}

/// Key: a list of materials. Value: how many there are. Absent: none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaCount(pub(in crate::graphql) media::List);

impl Loader<MediaCount> for Loaders {
    type Value = i64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MediaCount]) -> Answers<MediaCount, Self::Value> {
        let lists: Vec<_> = keys.iter().map(|MediaCount(list)| list).collect();
        let counts = media::counts(&self.context, &lists).await?;
        Ok(counts.into_iter().map(|(list, count)| (MediaCount(list), count)).collect())
    }
}

/// Key: an account's id and a window of its news. Value: what the window shows. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewsWindow(pub(in crate::graphql) String, pub(in crate::graphql) Window);

impl Loader<NewsWindow> for Loaders {
    type Value = Slice<news_row::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[NewsWindow]) -> Answers<NewsWindow, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|NewsWindow(account_id, window)| (account_id.as_str(), window)).collect();
        Ok(in_order(keys, news::slices(&self.context, &asked).await?))
    }
}

/// Key: an account's id and the number of a page of its news. Value: the page. Never absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewsPageByNumber(pub(in crate::graphql) String, pub(in crate::graphql) Numbered);

impl Loader<NewsPageByNumber> for Loaders {
    type Value = Page<news_row::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[NewsPageByNumber]) -> Answers<NewsPageByNumber, Self::Value> {
        let asked: Vec<_> = keys.iter().map(|NewsPageByNumber(id, numbered)| (id.as_str(), *numbered)).collect();
        Ok(in_order(keys, news::pages(&self.context, &asked).await?))
    }
}

/// Key: an account's id. Value: how many news it has. Absent: none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewsCount(pub(in crate::graphql) String);

impl Loader<NewsCount> for Loaders {
    type Value = i64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[NewsCount]) -> Answers<NewsCount, Self::Value> {
        let account_ids: Vec<_> = keys.iter().map(|NewsCount(id)| id.as_str()).collect();
        let counts = news::counts(&self.context, &account_ids).await?;
        Ok(counts.into_iter().map(|(account_id, count)| (NewsCount(account_id), count)).collect())
    }
}
