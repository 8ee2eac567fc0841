//! What WeChat holds of files and news.

use async_graphql::{Enum, Object};
use entity::wechat_copy::{self, Form, State};

use super::scalars::DateTime;
use crate::domain::copies;

/// What WeChat holds of a file or of a news. It belongs to one content: an edit needs another copy.
pub struct WechatCopy(pub(super) wechat_copy::Model);

/// What a copy is at WeChat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Form")]
pub enum WechatCopyForm {
    /// Temporary media, for replies and mass sends; WeChat drops it after three days, it is refreshed before.
    Temporary,
    /// Permanent material, for the covers of articles.
    Permanent,
    /// An image within the content of articles.
    ArticleImage,
    /// A draft of a news; gone from WeChat's draft box once it is sent or published.
    Draft,
}

/// Where a copy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum WechatCopyState {
    /// Asked for, not at WeChat yet.
    Pending,
    /// At WeChat, ready to be sent.
    Ready,
    /// WeChat has dropped it, and it was not refreshed in time.
    Expired,
    /// Given up; `lastError` says why. Retrying its job tries again.
    Failed,
    /// A draft that was sent or published.
    Consumed,
}

/// What WeChat holds of a file or of a news. It belongs to one content: an edit needs another copy.
#[Object]
impl WechatCopy {
    /// What it is at WeChat.
    async fn form(&self) -> WechatCopyForm {
        self.0.form.into()
    }

    /// Where it stands.
    async fn state(&self) -> WechatCopyState {
        match self.0.state {
            State::Pending => WechatCopyState::Pending,
            State::Ready if !copies::is_usable(&self.0, chrono::TimeDelta::zero()) => WechatCopyState::Expired,
            State::Ready => WechatCopyState::Ready,
            State::Failed => WechatCopyState::Failed,
            State::Consumed => WechatCopyState::Consumed,
        }
    }

    /// WeChat's id of it; null before the first upload, and for images within articles, which have an address only.
    async fn media_id(&self) -> Option<&str> {
        self.0.media_id.as_deref()
    }

    /// WeChat's address of it, where WeChat gives one. It works within WeChat only.
    async fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// Why the last attempt failed; null after a success.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// When WeChat took it, by WeChat's clock.
    async fn uploaded_at(&self) -> Option<DateTime> {
        self.0.uploaded_at.map(Into::into)
    }

    /// When WeChat drops it; null for what WeChat keeps.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(Into::into)
    }
}
