//! The materials of an account: images, voices, videos and news.

use async_graphql::{Context, ID, Object, Result};
use entity::account;
use entity::media::{self, Kind};

use crate::domain::page::Numbered;
use crate::domain::{Key, media as rules, news as news_rules};
use crate::error::Error;
use crate::graphql::connection::{Arguments, Connection, NumberedPage, cost, page_cost};
use crate::graphql::image::{Image, ImagePurpose, KINDS};
use crate::graphql::loaders::{
    ArticleById, MediaById, MediaPageByNumber, MediaWindow, NewsById, NewsPageByNumber, NewsWindow, answer, find,
};
use crate::graphql::media::MediaTotal;
use crate::graphql::news::{Article, News, NewsTotal};
use crate::graphql::video::Video;
use crate::graphql::voice::Voice;

/// What is flattened into the account.
pub(super) struct Materials<'a>(pub(super) &'a account::Model);

#[Object]
impl Materials<'_> {
    /// The images of one purpose, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn images(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they are for.", default_with = "ImagePurpose::Message")] purpose: ImagePurpose,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Image, MediaTotal>> {
        self.connection(ctx, purpose.kind(), Arguments { first, after, last, before }, Image).await
    }

    /// A numbered page of the images of one purpose, ordered like `images`.
    #[graphql(complexity = "page_cost(size.try_into().unwrap_or(0), child_complexity)")]
    async fn image_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they are for.", default_with = "ImagePurpose::Message")] purpose: ImagePurpose,
        #[graphql(desc = "Number of the page, from 1; less counts as 1.", default = 1)] index: i32,
        #[graphql(desc = "Rows on a page, brought into 0 to 100.", default = 10)] size: i32,
    ) -> Result<NumberedPage<Image, MediaTotal>> {
        self.page(ctx, purpose.kind(), Numbered::new(index.into(), size.into()), Image).await
    }

    /// One image, of whatever purpose.
    async fn image(&self, ctx: &Context<'_>, #[graphql(desc = "Id of the image.")] id: ID) -> Result<Option<Image>> {
        self.media(ctx, &id, &KINDS).await.map(|media| Some(Image(media)))
    }

    /// The voices, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn voices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Voice, MediaTotal>> {
        self.connection(ctx, Kind::Voice, Arguments { first, after, last, before }, Voice).await
    }

    /// A numbered page of the voices, ordered like `voices`.
    #[graphql(complexity = "page_cost(size.try_into().unwrap_or(0), child_complexity)")]
    async fn voice_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of the page, from 1; less counts as 1.", default = 1)] index: i32,
        #[graphql(desc = "Rows on a page, brought into 0 to 100.", default = 10)] size: i32,
    ) -> Result<NumberedPage<Voice, MediaTotal>> {
        self.page(ctx, Kind::Voice, Numbered::new(index.into(), size.into()), Voice).await
    }

    /// One voice.
    async fn voice(&self, ctx: &Context<'_>, #[graphql(desc = "Id of the voice.")] id: ID) -> Result<Option<Voice>> {
        self.media(ctx, &id, &[Kind::Voice]).await.map(|media| Some(Voice(media)))
    }

    /// The videos, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn videos(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Video, MediaTotal>> {
        self.connection(ctx, Kind::Video, Arguments { first, after, last, before }, Video).await
    }

    /// A numbered page of the videos, ordered like `videos`.
    #[graphql(complexity = "page_cost(size.try_into().unwrap_or(0), child_complexity)")]
    async fn video_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of the page, from 1; less counts as 1.", default = 1)] index: i32,
        #[graphql(desc = "Rows on a page, brought into 0 to 100.", default = 10)] size: i32,
    ) -> Result<NumberedPage<Video, MediaTotal>> {
        self.page(ctx, Kind::Video, Numbered::new(index.into(), size.into()), Video).await
    }

    /// One video.
    async fn video(&self, ctx: &Context<'_>, #[graphql(desc = "Id of the video.")] id: ID) -> Result<Option<Video>> {
        self.media(ctx, &id, &[Kind::Video]).await.map(|media| Some(Video(media)))
    }

    /// The news (图文), last changed first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn news(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<News, NewsTotal>> {
        let window = Arguments { first, after, last, before }.window()?;
        let slice = answer(ctx, NewsWindow(self.0.id.clone(), window)).await?;
        Ok(Connection::new(slice, NewsTotal(self.0.id.clone()), news_rules::place, News))
    }

    /// A numbered page of the news, ordered like `news`.
    #[graphql(complexity = "page_cost(size.try_into().unwrap_or(0), child_complexity)")]
    async fn news_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of the page, from 1; less counts as 1.", default = 1)] index: i32,
        #[graphql(desc = "Rows on a page, brought into 0 to 100.", default = 10)] size: i32,
    ) -> Result<NumberedPage<News, NewsTotal>> {
        let numbered = Numbered::new(index.into(), size.into());
        let page = answer(ctx, NewsPageByNumber(self.0.id.clone(), numbered)).await?;
        Ok(NumberedPage::new(page, NewsTotal(self.0.id.clone()), News))
    }

    /// One news.
    async fn news_by_id(&self, ctx: &Context<'_>, #[graphql(desc = "Id of the news.")] id: ID) -> Result<Option<News>> {
        let found = find(ctx, NewsById(self.key(&id))).await?;
        Ok(Some(News(found.ok_or_else(|| Error::not_found("news", id.0))?)))
    }

    /// One article of whatever news.
    async fn article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the article.")] id: ID,
    ) -> Result<Option<Article>> {
        let found = find(ctx, ArticleById(self.key(&id))).await?;
        Ok(Some(Article(found.ok_or_else(|| Error::not_found("article", id.0))?)))
    }
}

impl Materials<'_> {
    fn key(&self, id: &str) -> Key {
        (self.0.id.clone(), id.to_owned())
    }

    fn list(&self, kind: Kind) -> rules::List {
        rules::List { account_id: self.0.id.clone(), kind }
    }

    async fn connection<Node: async_graphql::OutputType>(
        &self,
        ctx: &Context<'_>,
        kind: Kind,
        arguments: Arguments,
        node: fn(media::Model) -> Node,
    ) -> Result<Connection<Node, MediaTotal>> {
        let (window, list) = (arguments.window()?, self.list(kind));
        let slice = answer(ctx, MediaWindow(list.clone(), window)).await?;
        Ok(Connection::new(slice, MediaTotal(list), rules::place, node))
    }

    async fn page<Node: async_graphql::OutputType>(
        &self,
        ctx: &Context<'_>,
        kind: Kind,
        numbered: Numbered,
        node: fn(media::Model) -> Node,
    ) -> Result<NumberedPage<Node, MediaTotal>> {
        let list = self.list(kind);
        let page = answer(ctx, MediaPageByNumber(list.clone(), numbered)).await?;
        Ok(NumberedPage::new(page, MediaTotal(list), node))
    }

    /// Errors: `NotFound`, also for a material of another kind.
    async fn media(&self, ctx: &Context<'_>, id: &str, kinds: &[Kind]) -> Result<media::Model> {
        let found = find(ctx, MediaById(self.key(id))).await?.filter(|media| kinds.contains(&media.kind));
        Ok(found.ok_or_else(|| Error::not_found(rules::noun(kinds[0]), id))?)
    }
}
