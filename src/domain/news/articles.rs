//! The articles of a news: what is checked of them, and how they are written and read.
//!
//! Lists read everything but the content, which may be a megabyte an article.

use std::collections::HashMap;

use entity::{Timestamp, article, news};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction,
    DerivePartialModel, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};

use super::{MOST_ARTICLES, matching};
use crate::clock;
use crate::domain::{Context, Key, any_of, checks, possible};
use crate::error::{Error, Result};

/// Longest title and author. Source: design, section 13.
const NAME_LENGTH: usize = 100;

/// Longest digest. Source: design, section 13.
const DIGEST_LENGTH: usize = 500;

/// Longest address behind 阅读原文. Source: design, section 13.
const URL_LENGTH: usize = 2_000;

/// Largest content, in bytes. Source: design, section 13.
const CONTENT_BYTES: usize = 1 << 20;

/// An article as somebody wrote it.
#[derive(Clone, Debug, Default)]
pub struct NewArticle {
    /// The article that it replaces; `None` lets the title and the place decide.
    pub id: Option<String>,
    /// 1 to 100 characters.
    pub title: String,
    /// At most 100 characters.
    pub author: Option<String>,
    /// At most 500 characters.
    pub digest: Option<String>,
    /// HTML, at most 1 MiB, not blank.
    pub content: String,
    /// At most 2,000 characters.
    pub content_source_url: Option<String>,
    /// An image, or an article image, of the account.
    pub cover_image_id: String,
    /// Whether the cover stands above the content, too.
    pub show_cover_pic: bool,
}

/// An article without its content.
#[derive(Clone, Debug, PartialEq, Eq, Hash, DerivePartialModel)]
#[sea_orm(entity = "article::Entity")]
pub struct Head {
    /// The account it belongs to.
    pub account_id: String,
    /// Its id.
    pub id: String,
    /// The news it is part of.
    pub news_id: String,
    /// Its place in the news, from 1.
    pub position: i32,
    /// Its title.
    pub title: String,
    /// Its author, if one is named.
    pub author: Option<String>,
    /// Its digest; empty for none.
    pub digest: String,
    /// The address behind 阅读原文, as it was saved.
    pub content_source_url: Option<String>,
    /// The image that is its cover.
    pub cover_image_id: String,
    /// Whether the cover stands above the content, too.
    pub show_cover_pic: bool,
    /// When it was saved first.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}

impl From<&article::Model> for Head {
    fn from(article: &article::Model) -> Self {
        Self {
            account_id: article.account_id.clone(),
            id: article.id.clone(),
            news_id: article.news_id.clone(),
            position: article.position,
            title: article.title.clone(),
            author: article.author.clone(),
            digest: article.digest.clone(),
            content_source_url: article.content_source_url.clone(),
            cover_image_id: article.cover_image_id.clone(),
            show_cover_pic: article.show_cover_pic,
            created_at: article.created_at,
            updated_at: article.updated_at,
        }
    }
}

impl Head {
    /// Account and id.
    pub fn key(&self) -> Key {
        (self.account_id.clone(), self.id.clone())
    }
}

/// Articles that may be stored. Errors: `Invalid`, naming the article by its index and the field.
pub(super) fn checked(articles: Vec<NewArticle>) -> Result<Vec<NewArticle>> {
    if articles.is_empty() || articles.len() > MOST_ARTICLES {
        let reason = format!("must have 1 to {MOST_ARTICLES} articles, has {}", articles.len());
        return Err(Error::invalid("articles", reason));
    }
    let articles: Vec<_> = articles.into_iter().enumerate().map(checked_one).collect::<Result<_>>()?;
    let named = || articles.iter().filter_map(|article| article.id.as_deref());
    if let Some(twice) = named().find(|id| named().filter(|other| other == id).count() > 1) {
        return Err(Error::invalid("articles", format!("the article {twice:?} stands twice")));
    }
    Ok(articles)
}

fn checked_one((index, article): (usize, NewArticle)) -> Result<NewArticle> {
    let field = |name: &str| format!("articles[{index}].{name}");
    let optional =
        |name: &str, value: Option<String>, longest| checks::optional(field(name), value.as_deref(), longest);
    let content = article.content;
    if content.len() > CONTENT_BYTES {
        let reason = format!("must have at most {CONTENT_BYTES} bytes, has {}", content.len());
        return Err(Error::invalid(field("content"), reason));
    }
    Ok(NewArticle {
        id: article.id.map(|id| checks::id(field("id"), &id)).transpose()?,
        title: checks::required(field("title"), &article.title, NAME_LENGTH)?,
        author: optional("author", article.author, NAME_LENGTH)?,
        digest: optional("digest", article.digest, DIGEST_LENGTH)?,
        content: checks::text(field("content"), &content, CONTENT_BYTES)?,
        content_source_url: optional("contentSourceUrl", article.content_source_url, URL_LENGTH)?,
        cover_image_id: checks::id(field("coverImageId"), &article.cover_image_id)?,
        show_cover_pic: article.show_cover_pic,
    })
}

/// Writes the articles of a news in place of those that were there.
pub(super) async fn write(
    txn: &DatabaseTransaction,
    news: &news::Model,
    articles: Vec<NewArticle>,
    before: Vec<Head>,
) -> Result<()> {
    let kept = matching::match_up(&articles, &before)?;
    let gone = before.iter().filter(|head| !kept.iter().flatten().any(|id| *id == head.id));
    remove(txn, news, gone.map(|head| head.id.clone()).collect()).await?;
    // One instant for the news and all its articles.
    let now = news.updated_at;
    for (index, (article, kept)) in articles.into_iter().zip(kept).enumerate() {
        let created_at = before.iter().find(|head| Some(&head.id) == kept.as_ref()).map(|head| head.created_at);
        let is_new = kept.is_none();
        let row = article::ActiveModel {
            account_id: Set(news.account_id.clone()),
            id: Set(kept.unwrap_or_else(clock::new_id)),
            news_id: Set(news.id.clone()),
            position: Set(i32::try_from(index + 1)?),
            title: Set(article.title),
            author: Set(article.author),
            digest: Set(article.digest.unwrap_or_default()),
            content: Set(article.content),
            content_source_url: Set(article.content_source_url),
            cover_image_id: Set(article.cover_image_id),
            show_cover_pic: Set(article.show_cover_pic),
            created_at: Set(created_at.unwrap_or(now)),
            updated_at: Set(now),
            deleted_at: Set(None),
        };
        if is_new {
            article::Entity::insert(row).exec_without_returning(txn).await?;
        } else {
            row.update(txn).await?;
        }
    }
    Ok(())
}

/// Takes all articles out of a news.
pub(super) async fn remove_all(txn: &DatabaseTransaction, news: &news::Model) -> Result<()> {
    let ids = heads(txn, news).await?.into_iter().map(|head| head.id).collect();
    remove(txn, news, ids).await
}

async fn remove(txn: &DatabaseTransaction, news: &news::Model, ids: Vec<String>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    article::Entity::update_many()
        .col_expr(article::Column::DeletedAt, Expr::value(clock::now()))
        .filter(article::Column::AccountId.eq(&news.account_id))
        .filter(article::Column::Id.is_in(ids))
        .exec(txn)
        .await?;
    Ok(())
}

/// The articles of one news, in order.
pub(super) async fn heads(connection: &impl ConnectionTrait, news: &news::Model) -> Result<Vec<Head>> {
    let key = (news.account_id.clone(), news.id.clone());
    Ok(of_news(connection, std::slice::from_ref(&key)).await?.remove(&key).unwrap_or_default())
}

/// The articles of several news, each in order: account and news → articles. One without articles is left out.
pub async fn heads_of(context: &Context, news: &[Key]) -> Result<HashMap<Key, Vec<Head>>> {
    of_news(&context.database, news).await
}

async fn of_news(connection: &impl ConnectionTrait, news: &[Key]) -> Result<HashMap<Key, Vec<Head>>> {
    let wanted = any_of(article::Column::AccountId, article::Column::NewsId, possible(news));
    let mut articles: HashMap<Key, Vec<Head>> = HashMap::new();
    if wanted.is_empty() {
        return Ok(articles);
    }
    for head in live().filter(wanted).into_partial_model::<Head>().all(connection).await? {
        articles.entry((head.account_id.clone(), head.news_id.clone())).or_default().push(head);
    }
    for of_one in articles.values_mut() {
        of_one.sort_by_key(|head| head.position);
    }
    Ok(articles)
}

/// Live articles by account and id, in no order; those that do not exist are left out.
pub async fn find_many(context: &Context, keys: &[Key]) -> Result<Vec<Head>> {
    let wanted = any_of(article::Column::AccountId, article::Column::Id, possible(keys));
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    Ok(live().filter(wanted).into_partial_model::<Head>().all(&context.database).await?)
}

/// The contents of articles: account and id → HTML.
pub async fn contents(context: &Context, keys: &[Key]) -> Result<HashMap<Key, String>> {
    let wanted = any_of(article::Column::AccountId, article::Column::Id, possible(keys));
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(String, String, String)> = live()
        .filter(wanted)
        .select_only()
        .columns([article::Column::AccountId, article::Column::Id, article::Column::Content])
        .into_tuple()
        .all(&context.database)
        .await?;
    Ok(rows.into_iter().map(|(account_id, id, content)| ((account_id, id), content)).collect())
}

fn live() -> sea_orm::Select<article::Entity> {
    article::Entity::find().filter(article::Column::DeletedAt.is_null())
}

#[cfg(test)]
mod tests;
