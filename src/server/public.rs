//! What anybody may read who knows its address: files, and the pages of articles.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use chrono_tz::Tz;
use entity::stored_file;

use super::article_page::{self, ArticlePage};
use super::files::{Served, serve};
use crate::domain::{Context, files, news};
use crate::error::{Code, Error, Result, chain};

/// `/files/{account}/{file}`.
pub(super) fn file_router(context: Context) -> Router {
    Router::new().route("/files/{account}/{file}", get(file)).with_state(context)
}

/// `/page/{account}/{article}`. Dates are those of the time zone.
pub(super) fn page_router(context: Context, time_zone: Tz) -> Router {
    Router::new().route("/page/{account}/{article}", get(page)).with_state((context, time_zone))
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
            tracing::error!(error = chain(error), "a file could not be looked up");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn page(
    State((context, time_zone)): State<(Context, Tz)>,
    Path((account_id, id)): Path<(String, String)>,
    request: Parts,
) -> Response {
    let published = match news::published(&context, &account_id, &id).await {
        Ok(published) => published,
        Err(error) if error.code() == Code::NotFound => return article_page::not_found(),
        Err(error) => return refusal(&error),
    };
    // Sanitising the largest content takes a while, in which nobody else should wait.
    let render = move || {
        let article = &published.article;
        let page = ArticlePage {
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
        };
        article_page::render(&page, &request.headers)
    };
    tokio::task::spawn_blocking(render).await.unwrap_or_else(|panic| {
        tracing::error!(error = %panic, "an article page could not be rendered");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    })
}
