//! Published articles: what `article_id`s lead to.

use indexmap::IndexMap;

use crate::{drafts::Draft, errcode::Errcode, identifier};

/// The publications of an account by article_id, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Published(IndexMap<String, Draft>);

impl Published {
    /// Publishes what was a draft; returns the article_id.
    pub(crate) fn add(&mut self, draft: Draft) -> String {
        let article_id = identifier::random();
        self.0.insert(article_id.clone(), draft);
        article_id
    }

    /// Errors: 53600 when nothing was published under this id.
    pub(crate) fn get(&self, article_id: &str) -> Result<&Draft, Errcode> {
        self.0.get(article_id).ok_or(Errcode::INVALID_ARTICLE_ID)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
