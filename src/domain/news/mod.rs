//! News (图文): ordered sets of one to eight articles. The content is ours; WeChat's drafts are copies of it.
//!
//! "Single" and "multiple" of the V1 document differ in the shape of the request only. Source: behaviour, part 10.

use entity::media::Kind;
use entity::{article, news};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, Select,
};

use super::{Context, Key, Scope, any_of, checks, copies, mass_sends, media, possible, replies};
use crate::error::{Error, Result};
use crate::{audit, clock};

mod articles;
mod draft;
mod limits;
mod lists;
mod matching;
mod needs;
mod published;

pub use articles::{Head, NewArticle, contents, find_many as find_articles, heads_of};
pub use draft::{DRAFT_JOB, DraftPayload, make_draft, request_draft};
pub(in crate::domain) use draft::{draft_to_send, require_sendable};
pub use limits::{Warning, warnings};
pub use lists::{counts, pages, place, slices};
pub use published::{Published, published, url};

/// Most articles of a news. Source: WeChat reference, section 6.1.
pub const MOST_ARTICLES: usize = 8;

/// Saves a news. Source: /v1 "保存单图文消息", "保存多图文消息".
///
/// Errors: `Invalid`, naming the article and the field; also for a cover that is no image of the account.
pub async fn create(context: &Context, scope: &Scope, articles: Vec<NewArticle>) -> Result<news::Model> {
    let articles = articles::checked(articles)?;
    let txn = context.begin(scope.id()).await?;
    require_covers(&txn, scope.id(), &articles, &[]).await?;
    let now = clock::now();
    let news = news::ActiveModel {
        account_id: Set(scope.id().to_owned()),
        id: Set(clock::new_id()),
        revision: Set(clock::new_id()),
        created_at: Set(now),
        updated_at: Set(now),
        deleted_at: Set(None),
    };
    let news = news::Entity::insert(news).exec_with_returning(&txn).await?;
    articles::write(&txn, &news, articles, Vec::new()).await?;
    txn.commit().await?;
    Ok(news)
}

/// Replaces all articles of a news. One that stays keeps its id and with it its address: the one whose id is given, else
/// one of the same title, else the one at the same place, if no other title claims it.
///
/// Errors: as [`create`]; `Invalid` for an article id that is not one of this news. Source: /v1 "修改单图文消息",
/// "修改多图文消息".
pub async fn replace(context: &Context, scope: &Scope, id: &str, articles: Vec<NewArticle>) -> Result<news::Model> {
    let articles = articles::checked(articles)?;
    let txn = context.begin(scope.id()).await?;
    let news = find(&txn, scope.id(), id).await?;
    let before = articles::heads(&txn, &news).await?;
    require_covers(&txn, scope.id(), &articles, &before).await?;
    copies::withdraw(&txn, scope.id(), &news.revision).await?;
    let mut news = news.into_active_model();
    news.revision = Set(clock::new_id());
    news.updated_at = Set(clock::now());
    let news = news.update(&txn).await?;
    articles::write(&txn, &news, articles, before).await?;
    context.commit_work(txn).await?;
    Ok(news)
}

/// Deletes a news with its articles: their pages are gone, their draft is taken away from WeChat.
/// Source: /v1 "删除图文消息"; design, section 13.
///
/// Errors: `Conflict` while rules or buttons reply with it, naming them, unless `force`.
pub async fn delete(context: &Context, scope: &Scope, id: &str, force: bool) -> Result<news::Model> {
    let txn = context.begin(scope.id()).await?;
    let news = find(&txn, scope.id(), id).await?;
    if !force {
        let mut uses = replies::uses(&txn, scope.id(), id).await?;
        uses.extend(mass_sends::uses(&txn, scope.id(), id).await?);
        replies::refuse_used("news", uses)?;
    }
    copies::withdraw(&txn, scope.id(), &news.revision).await?;
    let mut news = news.into_active_model();
    news.deleted_at = Set(Some(clock::now()));
    let news = news.update(&txn).await?;
    articles::remove_all(&txn, &news).await?;
    audit::record(&txn, &scope.actor, "news.delete", Some(scope.id()), Some(id)).await?;
    context.commit_work(txn).await?;
    Ok(news)
}

/// One live news. Errors: `NotFound`.
pub async fn find(connection: &impl ConnectionTrait, account_id: &str, id: &str) -> Result<news::Model> {
    let missing = || Error::not_found("news", id);
    if !checks::is_possible_id(id) {
        return Err(missing());
    }
    let found = live().filter(news::Column::AccountId.eq(account_id)).filter(news::Column::Id.eq(id));
    found.one(connection).await?.ok_or_else(missing)
}

/// Live news by account and id, in no order; those that do not exist are left out.
pub async fn find_many(context: &Context, keys: &[Key]) -> Result<Vec<news::Model>> {
    let wanted = any_of(news::Column::AccountId, news::Column::Id, possible(keys));
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    Ok(live().filter(wanted).all(&context.database).await?)
}

fn live() -> Select<news::Entity> {
    news::Entity::find().filter(news::Column::DeletedAt.is_null())
}

/// Errors: `Invalid` naming the first article whose cover is no image of the account. A cover that the news has already
/// may be deleted by now: old content stays editable.
async fn require_covers(
    txn: &DatabaseTransaction,
    account_id: &str,
    articles: &[NewArticle],
    before: &[Head],
) -> Result<()> {
    let keys: Vec<Key> =
        articles.iter().map(|article| (account_id.to_owned(), article.cover_image_id.clone())).collect();
    let found = media::find_many(txn, &keys).await?;
    let is_image = |id: &str| {
        found.iter().any(|media| media.id == id && matches!(media.kind, Kind::Image | Kind::ArticleImage))
            || before.iter().any(|head| head.cover_image_id == id)
    };
    match articles.iter().position(|article| !is_image(&article.cover_image_id)) {
        None => Ok(()),
        Some(index) => {
            let reason = format!("image {:?} does not exist", articles[index].cover_image_id);
            Err(Error::invalid(format!("articles[{index}].coverImageId"), reason))
        }
    }
}

/// Live articles of a news, with their content, in order.
async fn full(connection: &impl ConnectionTrait, news: &news::Model) -> Result<Vec<article::Model>> {
    let mut articles = article::Entity::find()
        .filter(article::Column::AccountId.eq(&news.account_id))
        .filter(article::Column::NewsId.eq(&news.id))
        .filter(article::Column::DeletedAt.is_null())
        .all(connection)
        .await?;
    articles.sort_by_key(|article| article.position);
    Ok(articles)
}
