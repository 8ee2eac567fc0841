//! Drafts: sets of articles, to be sent to many or published.
//!
//! Sending or publishing consumes a draft: it leaves the draft box, and its media id is unknown from then on (40007).
//! So the content has to be kept elsewhere. Every kind of account may use drafts, it says; 48001 has been reported for
//! personal accounts. Image posts (`newspic`) are not made here.
//! Source: the group "草稿箱" (draft box) of the Official Account documentation.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::call::{Call, Done, Repeat};
use super::client::{Client, Credentials};
use super::error::{Error, Result};
use super::wire;

/// An article of a draft.
///
/// The lengths are for the caller to check: WeChat's codes for what exceeds them are not certain. All members go out,
/// empty ones too, so that an update removes what was there; control characters are left out, other characters go out
/// as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Article {
    /// Title; required. At most [`Article::MAX_TITLE_CHARACTERS`].
    #[serde(serialize_with = "wire::writable", deserialize_with = "text")]
    pub title: String,
    /// Author; may be empty. At most [`Article::MAX_AUTHOR_CHARACTERS`].
    #[serde(serialize_with = "wire::writable", deserialize_with = "text")]
    pub author: String,
    /// Abstract, shown only where the draft has one article. Empty: WeChat takes the first 54 characters of the content.
    /// At most [`Article::MAX_DIGEST_CHARACTERS`].
    #[serde(serialize_with = "wire::writable", deserialize_with = "text")]
    pub digest: String,
    /// HTML; required. WeChat takes out scripts, and images that were not uploaded with
    /// [`Client::upload_article_image`]. At most [`Article::MAX_CONTENT_CHARACTERS`] and [`Article::MAX_CONTENT_BYTES`].
    #[serde(serialize_with = "wire::writable", deserialize_with = "text")]
    pub content: String,
    /// Where "read the original" leads; may be empty. At most [`Article::MAX_SOURCE_URL_BYTES`].
    #[serde(serialize_with = "wire::writable", deserialize_with = "text")]
    pub content_source_url: String,
    /// The cover: media id of a permanent image or thumb; required.
    #[serde(deserialize_with = "text")]
    pub thumb_media_id: String,
    /// Whether the cover is shown above the content. Not in the present documentation of the request, but in answers.
    #[serde(serialize_with = "wire::digit", deserialize_with = "wire::flag")]
    pub show_cover_pic: bool,
    /// Whether readers may comment; needs the right to (88000).
    #[serde(serialize_with = "wire::digit", deserialize_with = "wire::flag")]
    pub need_open_comment: bool,
    /// Whether only followers may comment.
    #[serde(serialize_with = "wire::digit", deserialize_with = "wire::flag")]
    pub only_fans_can_comment: bool,
}

impl Article {
    /// The longest title, in Unicode characters; it was 64 before 19 December 2025. Source of this and what follows: the
    /// page of `draft/add`.
    pub const MAX_TITLE_CHARACTERS: usize = 32;
    /// The longest author, in Unicode characters.
    pub const MAX_AUTHOR_CHARACTERS: usize = 16;
    /// The longest abstract, in Unicode characters.
    pub const MAX_DIGEST_CHARACTERS: usize = 128;
    /// The longest content, in Unicode characters of the HTML: fewer than 20,000.
    pub const MAX_CONTENT_CHARACTERS: usize = 19_999;
    /// The longest content, in bytes of UTF-8: less than 1 MB. The same page says 2 KB in another place, which its own
    /// number of characters contradicts.
    pub const MAX_CONTENT_BYTES: usize = (1 << 20) - 1;
    /// The longest source URL, in bytes: 1 KB.
    pub const MAX_SOURCE_URL_BYTES: usize = 1 << 10;
    /// How many articles a draft has. Source: the page of `material/add_news`, which drafts replace; their own page
    /// gives no number.
    pub const PER_DRAFT: RangeInclusive<usize> = 1..=8;
}

/// An article as WeChat has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct DraftArticle {
    /// What was written, after WeChat's changes to the content.
    #[serde(flatten)]
    pub article: Article,
    /// Preview for people; works for a while.
    #[serde(default, deserialize_with = "wire::text")]
    pub url: Option<String>,
    /// Where the cover can be fetched.
    #[serde(default, deserialize_with = "wire::text")]
    pub thumb_url: Option<String>,
}

fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    wire::text(deserializer).map(Option::unwrap_or_default)
}

impl Client {
    /// Makes a draft of 1 to 8 articles and returns its media id.
    ///
    /// `POST /cgi-bin/draft/add`; 1,000 a day. **Not repeated** after an unclear outcome: a second draft would stand in
    /// the console's draft box beside the first, and people would send the wrong one.
    ///
    /// # Errors
    /// 40007 (a cover is not a permanent material of this account), 41039 (source URL), 45166 (content refused), 45003 (title),
    /// 45004 (abstract), 40192 (author), 45002 (content too long), 53404–53406 (product card), 88000 (no right to
    /// comments), 45009 (quota), 48001. More than 8 articles or none are refused here, before anything is sent.
    pub async fn add_draft(&self, credentials: &Credentials, articles: &[Article]) -> Result<String> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(deserialize_with = "wire::required_text")]
            media_id: String,
        }
        const API: &str = "/cgi-bin/draft/add";
        Error::check_bounds(API, "articles", articles.len(), Article::PER_DRAFT)?;
        let call = Call::post(API, &json!({"articles": articles}), Repeat::IfUnprocessed);
        let answer: Answer = self.call(credentials, call).await?;
        Ok(answer.media_id)
    }

    /// Replaces an article of a draft; `index` counts from 0. Articles are neither added nor removed this way.
    ///
    /// `POST /cgi-bin/draft/update`; 1,000 a day. Sets a state, so it is repeated.
    ///
    /// # Errors
    /// 40007 (no such draft, or the cover), 40114 (no such article), and as [`Client::add_draft`].
    pub async fn update_draft(
        &self,
        credentials: &Credentials,
        media_id: &str,
        index: usize,
        article: &Article,
    ) -> Result<()> {
        let body = json!({"media_id": media_id, "index": index, "articles": article});
        let call = Call::post("/cgi-bin/draft/update", &body, Repeat::Always);
        self.call(credentials, call).await.map(|Done {}| ())
    }

    /// The articles of a draft.
    ///
    /// `POST /cgi-bin/draft/get`; 500 a day. Reads, so it is repeated.
    ///
    /// # Errors
    /// 40007 (no such draft, or it was sent or published), 45009 (quota).
    pub async fn draft(&self, credentials: &Credentials, media_id: &str) -> Result<Vec<DraftArticle>> {
        #[derive(Deserialize)]
        struct Answer {
            news_item: Vec<DraftArticle>,
        }
        let call = Call::post("/cgi-bin/draft/get", &json!({"media_id": media_id}), Repeat::Always);
        let answer: Answer = self.call(credentials, call).await?;
        Ok(answer.news_item)
    }

    /// Deletes a draft for good.
    ///
    /// `POST /cgi-bin/draft/delete`; 1,000 a day. **Not repeated** after an unclear outcome: the second attempt would
    /// find no such draft.
    ///
    /// # Errors
    /// 40007 (no such draft, or it was sent or published).
    pub async fn delete_draft(&self, credentials: &Credentials, media_id: &str) -> Result<()> {
        let call = Call::post("/cgi-bin/draft/delete", &json!({"media_id": media_id}), Repeat::IfUnprocessed);
        self.call(credentials, call).await.map(|Done {}| ())
    }

    /// How many drafts the account has, those made in the console included.
    ///
    /// `GET /cgi-bin/draft/count`; 1,000 a day. Reads, so it is repeated.
    ///
    /// # Errors
    /// 45009 (quota).
    pub async fn count_drafts(&self, credentials: &Credentials) -> Result<u64> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(deserialize_with = "wire::count")]
            total_count: u64,
        }
        let answer: Answer = self.call(credentials, Call::get("/cgi-bin/draft/count")).await?;
        Ok(answer.total_count)
    }
}
