//! News and their articles.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::api_token::Role;
use entity::news;

use super::connection::{Count, page_cost};
use super::image::Image;
use super::job::Job;
use super::loaders::{ArticleContent, ArticlesOfNews, CopiesOfSource, MediaById, NewsById, NewsCount, answer, find};
use super::scalars::DateTime;
use super::wechat_copy::WechatCopy;
use super::{domain, scope};
use crate::domain::files;
use crate::domain::news::{self as rules, Head, MOST_ARTICLES, NewArticle};

/// A news (图文): one to eight articles in an order. Its content belongs here; WeChat's drafts are copies of it.
pub struct News(pub(super) news::Model);

/// A news (图文): one to eight articles in an order. Its content belongs here; WeChat's drafts are copies of it.
#[Object]
impl News {
    /// Id of the news.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// The articles, in their order.
    #[graphql(complexity = "page_cost(MOST_ARTICLES, child_complexity)")]
    async fn articles(&self, ctx: &Context<'_>) -> Result<Vec<Article>> {
        let articles = find(ctx, ArticlesOfNews((self.0.account_id.clone(), self.0.id.clone()))).await?;
        Ok(articles.unwrap_or_default().into_iter().map(Article).collect())
    }

    /// What WeChat holds of the present content.
    #[graphql(complexity = "page_cost(1, child_complexity)")]
    async fn wechat_copies(&self, ctx: &Context<'_>) -> Result<Vec<WechatCopy>> {
        let copies = find(ctx, CopiesOfSource((self.0.account_id.clone(), self.0.revision.clone()))).await?;
        Ok(copies.unwrap_or_default().into_iter().map(WechatCopy).collect())
    }

    /// When it was saved first.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When its articles last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

/// How many news there are in a list.
pub struct NewsTotal(pub(super) String);

impl Count for NewsTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(find(ctx, NewsCount(self.0.clone())).await?.unwrap_or_default())
    }
}

#[Object]
impl NewsTotal {
    /// How many news the list has in all.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        self.count(ctx).await
    }
}

/// An article of a news.
pub struct Article(pub(super) Head);

/// An article of a news.
#[Object]
impl Article {
    /// Id of the article. It stays when the news is edited, as long as the article does.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// The news that it is part of.
    #[graphql(complexity = "1 + child_complexity")]
    async fn news(&self, ctx: &Context<'_>) -> Result<Option<News>> {
        let key = (self.0.account_id.clone(), self.0.news_id.clone());
        Ok(find(ctx, NewsById(key)).await?.map(News))
    }

    /// Its place in the news, from 1.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Author; null where nobody is named.
    async fn author(&self) -> Option<&str> {
        self.0.author.as_deref()
    }

    /// Digest; empty for none.
    async fn digest(&self) -> &str {
        &self.0.digest
    }

    /// The content, HTML as it was saved.
    #[graphql(complexity = "40")]
    async fn content(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(answer(ctx, ArticleContent(self.0.key())).await?)
    }

    /// Address behind 阅读原文, as it was saved; null for none.
    async fn content_source_url(&self) -> Option<&str> {
        self.0.content_source_url.as_deref()
    }

    /// Id of the image that is its cover; the image may be deleted by now.
    async fn cover_image_id(&self) -> ID {
        ID(self.0.cover_image_id.clone())
    }

    /// The image that is its cover; null if it was deleted.
    async fn cover_image(&self, ctx: &Context<'_>) -> Result<Option<Image>> {
        let key = (self.0.account_id.clone(), self.0.cover_image_id.clone());
        Ok(find(ctx, MediaById(key)).await?.map(Image))
    }

    /// Public address of the cover; null if the image was deleted.
    async fn cover_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let key = (self.0.account_id.clone(), self.0.cover_image_id.clone());
        let image = find(ctx, MediaById(key)).await?;
        Ok(image.map(|image| files::url(domain(ctx), &image.account_id, &image.file_id)))
    }

    /// Whether the cover stands above the content, too.
    async fn show_cover_pic(&self) -> bool {
        self.0.show_cover_pic
    }

    /// Public address of the article's page.
    async fn url(&self, ctx: &Context<'_>) -> String {
        rules::url(domain(ctx), &self.0)
    }

    /// What WeChat would mind about it, by WeChat's present limits.
    #[graphql(complexity = "40 + page_cost(2, child_complexity)")]
    async fn warnings(&self, ctx: &Context<'_>) -> Result<Vec<ArticleWarning>> {
        let content = answer(ctx, ArticleContent(self.0.key())).await?;
        let warning = |rules::Warning { field, message, is_blocking }| ArticleWarning {
            field: field.to_owned(),
            message,
            is_blocking,
        };
        let (context, article) = (domain(ctx).clone(), self.0.clone());
        let warnings = tokio::task::spawn_blocking(move || rules::warnings(&context, &article, &content)).await?;
        Ok(warnings.into_iter().map(warning).collect())
    }

    /// When it was saved first.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was last written.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

/// Something about an article that WeChat minds.
#[derive(SimpleObject)]
pub struct ArticleWarning {
    /// The field at fault, as it is called here: `title`.
    field: String,
    /// What is wrong, and what would be right.
    message: String,
    /// Whether WeChat would refuse the article; else it would take it and drop what the message names.
    is_blocking: bool,
}

/// An article as it is to be.
#[derive(InputObject)]
pub struct ArticleInput {
    /// The article of the news that it replaces, and whose id and address it keeps. Absent: one of the same title, else the
    /// one at the same place.
    id: Option<ID>,
    /// Title: 1 to 100 characters; WeChat takes 32.
    title: String,
    /// Author: at most 100 characters; WeChat takes 16.
    author: Option<String>,
    /// The image that is its cover: any image of the account.
    cover_image_id: ID,
    /// Whether the cover stands above the content, too.
    #[graphql(default = true)]
    show_cover_pic: bool,
    /// Digest: at most 500 characters; WeChat takes 128.
    digest: Option<String>,
    /// Content, HTML: at most 1 MiB; WeChat takes 20,000 characters.
    content: String,
    /// Address behind 阅读原文: at most 2,000 characters; linked if it is http or https.
    content_source_url: Option<String>,
}

impl From<ArticleInput> for NewArticle {
    fn from(input: ArticleInput) -> Self {
        Self {
            id: input.id.map(|id| id.0),
            title: input.title,
            author: input.author,
            digest: input.digest,
            content: input.content,
            content_source_url: input.content_source_url,
            cover_image_id: input.cover_image_id.0,
            show_cover_pic: input.show_cover_pic,
        }
    }
}

/// A news to be saved.
#[derive(InputObject)]
pub struct CreateNewsInput {
    /// The account.
    account_id: ID,
    /// 1 to 8 articles, in their order.
    articles: Vec<ArticleInput>,
}

/// Other articles for a news.
#[derive(InputObject)]
pub struct ReplaceNewsInput {
    /// The account.
    account_id: ID,
    /// The news.
    id: ID,
    /// 1 to 8 articles, in their order, in place of all that were there.
    articles: Vec<ArticleInput>,
}

/// A news to be deleted.
#[derive(InputObject)]
pub struct DeleteNewsInput {
    /// The account.
    account_id: ID,
    /// The news.
    id: ID,
    /// Whether to delete it also while a keyword rule or a menu button replies with it.
    #[graphql(default = false)]
    force: bool,
}

/// A news to be drafted at WeChat.
#[derive(InputObject)]
pub struct NewsInput {
    /// The account.
    account_id: ID,
    /// The news.
    id: ID,
}

/// The news that a mutation concerned, as it is now; as it was, if it was deleted.
#[derive(SimpleObject)]
pub struct NewsPayload {
    /// The news.
    news: News,
}

/// A news whose draft at WeChat was asked for.
#[derive(SimpleObject)]
pub struct NewsDraftPayload {
    /// The news.
    news: News,
    /// The job that makes the draft; null if the draft is there already.
    job: Option<Job>,
}

/// Mutations of news.
#[derive(Default)]
pub struct NewsMutation;

#[Object]
impl NewsMutation {
    /// Saves a news.
    async fn create_news(&self, ctx: &Context<'_>, input: CreateNewsInput) -> Result<Option<NewsPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let articles = input.articles.into_iter().map(Into::into).collect();
        Ok(Some(NewsPayload { news: News(rules::create(domain(ctx), &scope, articles).await?) }))
    }

    /// Replaces the articles of a news. Those that stay keep their ids and addresses; its draft at WeChat is taken away.
    async fn replace_news(&self, ctx: &Context<'_>, input: ReplaceNewsInput) -> Result<Option<NewsPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let articles = input.articles.into_iter().map(Into::into).collect();
        Ok(Some(NewsPayload { news: News(rules::replace(domain(ctx), &scope, &input.id, articles).await?) }))
    }

    /// Deletes a news. The pages of its articles are gone, its draft at WeChat is taken away.
    async fn delete_news(&self, ctx: &Context<'_>, input: DeleteNewsInput) -> Result<Option<NewsPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        Ok(Some(NewsPayload { news: News(rules::delete(domain(ctx), &scope, &input.id, input.force).await?) }))
    }

    /// Makes a draft of a news, as it is now, in WeChat's draft box, with the images that it needs. Refused for what
    /// WeChat would refuse; the error names article and field.
    async fn create_news_draft(&self, ctx: &Context<'_>, input: NewsInput) -> Result<Option<NewsDraftPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let (news, job) = rules::request_draft(domain(ctx), &scope, &input.id).await?;
        Ok(Some(NewsDraftPayload { news: News(news), job: job.map(Job) }))
    }
}
