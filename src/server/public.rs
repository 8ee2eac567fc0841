//! What anybody may read who knows its address: files, and the pages of articles.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use chrono_tz::Tz;
use entity::stored_file;
use moka::future::Cache;
use tokio::sync::Semaphore;

use super::article_page::{self, ArticlePage};
use super::files::{Served, serve};
use crate::domain::news::Published;
use crate::domain::{Context, files, news};
use crate::error::{Code, Error, Result, chain};

/// `/files/{account}/{file}`.
pub(super) fn file_router(context: Context) -> Router {
    Router::new().route("/files/{account}/{file}", get(file)).with_state(context)
}

/// `/page/{account}/{article}`. Dates are those of the time zone.
pub(super) fn page_router(context: Context, time_zone: Tz) -> Router {
    let weigh = |_: &String, html: &Bytes| u32::try_from(html.len()).unwrap_or(u32::MAX);
    let at_once = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let pages = Pages {
        context,
        time_zone,
        rendered: Cache::builder().weigher(weigh).max_capacity(RENDERED_BYTES).build(),
        turns: Arc::new(Semaphore::new(at_once)),
    };
    Router::new().route("/page/{account}/{article}", get(page)).with_state(pages)
}

/// Pages that are kept, in bytes: a thousand usual ones.
const RENDERED_BYTES: u64 = 32 << 20;

/// Anybody may ask for a page, and sanitising the largest content takes a processor for a while: a content is rendered
/// once, as many at a time as there are processors, and kept.
#[derive(Clone)]
struct Pages {
    context: Context,
    time_zone: Tz,
    /// By what the page is made of; see [`version`].
    rendered: Cache<String, Bytes>,
    turns: Arc<Semaphore>,
}

/// Everything that can change about a page.
fn version(published: &Published) -> String {
    let Published { article, account_name, cover_url, url, .. } = published;
    let revision = article.updated_at.timestamp_millis();
    format!("{url} {revision} {account_name:?} {cover_url:?}")
}

impl Pages {
    async fn html(&self, published: Published) -> Result<Bytes, Arc<Error>> {
        let version = version(&published);
        let render = async {
            // It is never closed.
            let _turn = self.turns.acquire().await.ok();
            let time_zone = self.time_zone;
            let rendered = tokio::task::spawn_blocking(move || render(&published, time_zone)).await;
            let html = rendered.map_err(|panic| Error::Internal(panic.to_string()))?;
            html.map(Bytes::from).map_err(|error| Error::Internal(error.to_string()))
        };
        self.rendered.try_get_with(version, render).await
    }
}

fn render(published: &Published, time_zone: Tz) -> Result<String, askama::Error> {
    let article = &published.article;
    article_page::render(&ArticlePage {
        title: &article.title,
        author: article.author.as_deref(),
        account_name: published.account_name.as_deref(),
        date: article.created_at.with_timezone(&time_zone).date_naive(),
        digest: &article.digest,
        cover_url: published.cover_url.as_deref(),
        show_cover: article.show_cover_pic,
        content: &published.content,
        source_url: article.content_source_url.as_deref(),
        page_url: &published.url,
    })
}

async fn file(
    State(context): State<Context>,
    Path((account_id, id)): Path<(String, String)>,
    request: Parts,
) -> Response {
    match find_file(&context, &account_id, &id).await {
        Ok(served) => serve(&context.storage, &served, &request).await,
        Err(error) => refusal(&error),
    }
}

async fn find_file(context: &Context, account_id: &str, id: &str) -> Result<Served> {
    let stored_file::Model { size, media_type, sha256, created_at, .. } = files::find(context, account_id, id).await?;
    let key = files::key(account_id, id);
    Ok(Served { key, size: u64::try_from(size)?, media_type, sha256, modified: *created_at })
}

fn refusal(error: &Error) -> Response {
    match error.code() {
        Code::NotFound => StatusCode::NOT_FOUND.into_response(),
        _ => {
            tracing::error!(error = chain(error), "something public could not be served");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn page(State(pages): State<Pages>, Path((account_id, id)): Path<(String, String)>, request: Parts) -> Response {
    let html = match news::published(&pages.context, &account_id, &id).await {
        Ok(published) => pages.html(published).await,
        Err(error) => Err(Arc::new(error)),
    };
    match html {
        Ok(html) => article_page::respond(html, &request.headers),
        Err(error) if error.code() == Code::NotFound => article_page::not_found(),
        Err(error) => refusal(&error),
    }
}
