//! The draft box: sets of articles that a mass send or a publication takes away.
//!
//! Source: WeChat "Draft box" (草稿箱).

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::{
    article::{Article, Rules},
    errcode::Errcode,
    identifier,
};

/// Most articles of a draft: the historical maximum, as today's page gives none.
const MAX_ARTICLES: usize = 8;
/// What the addresses of previews count from; WeChat's have ten digits too.
const FIRST_NUMBER: u64 = 2_247_483_648;

/// A set of articles.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    number: u64,
    articles: Vec<Article>,
    /// Unix seconds.
    create_time: i64,
    /// Unix seconds.
    update_time: i64,
}

/// The drafts of an account by media_id, oldest first.
#[derive(Debug)]
pub(crate) struct Drafts {
    kept: IndexMap<String, Draft>,
    next_number: u64,
}

impl Default for Drafts {
    fn default() -> Self {
        Self { kept: IndexMap::new(), next_number: FIRST_NUMBER }
    }
}

impl Draft {
    /// `{"news_item":[…],"create_time":…,"update_time":…}`.
    pub(crate) fn to_json(&self, with_content: bool) -> Value {
        let shown = |(index, article): (usize, &Article)| article.to_json(self.number, index + 1, with_content);
        json!({
            "news_item": self.articles.iter().enumerate().map(shown).collect::<Vec<_>>(),
            "create_time": self.create_time,
            "update_time": self.update_time,
        })
    }

    /// What the addresses of its articles count by; of a mass send, its `msg_data_id`.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// How many articles it has.
    pub(crate) const fn len(&self) -> usize {
        self.articles.len()
    }

    fn settle(&mut self) {
        if let [only] = self.articles.as_mut_slice() {
            only.fill_digest();
        }
    }
}

impl Drafts {
    /// Returns the new media_id. Errors: 44003 without articles, 47001 when they are no list, 45008 for more than 8,
    /// those of an article.
    pub(crate) fn add(&mut self, articles: &Value, rules: Rules<'_>, now: i64) -> Result<String, Errcode> {
        let articles = match articles {
            Value::Null => return Err(Errcode::EMPTY_NEWS),
            Value::Array(articles) if articles.is_empty() => return Err(Errcode::EMPTY_NEWS),
            Value::Array(articles) if articles.len() > MAX_ARTICLES => return Err(Errcode::TOO_MANY_ARTICLES),
            Value::Array(articles) => articles,
            _ => return Err(Errcode::DATA_FORMAT),
        };
        let articles = articles.iter().map(|article| Article::read(article, rules)).collect::<Result<_, _>>()?;
        let mut draft = Draft { number: self.next_number, articles, create_time: now, update_time: now };
        draft.settle();
        self.next_number += 1;
        let media_id = identifier::random();
        self.kept.insert(media_id.clone(), draft);
        Ok(media_id)
    }

    /// Errors: 40007.
    pub(crate) fn get(&self, media_id: &str) -> Result<&Draft, Errcode> {
        self.kept.get(media_id).ok_or(Errcode::INVALID_MEDIA_ID)
    }

    /// Puts an article in the place of another; `index` counts from 0. Errors: 40007, 40114, those of an article.
    pub(crate) fn replace(
        &mut self,
        media_id: &str,
        index: Option<i64>,
        article: &Value,
        rules: Rules<'_>,
        now: i64,
    ) -> Result<(), Errcode> {
        let draft = self.kept.get_mut(media_id).ok_or(Errcode::INVALID_MEDIA_ID)?;
        let index = index.and_then(|index| usize::try_from(index).ok());
        let place = index.and_then(|index| draft.articles.get_mut(index)).ok_or(Errcode::INVALID_INDEX)?;
        *place = Article::read(article, rules)?;
        draft.update_time = now;
        draft.settle();
        Ok(())
    }

    /// Takes a draft out of the box, for a deletion, a mass send or a publication: its media_id is 40007 from now on.
    /// Errors: 40007.
    pub(crate) fn take(&mut self, media_id: &str) -> Result<Draft, Errcode> {
        self.kept.shift_remove(media_id).ok_or(Errcode::INVALID_MEDIA_ID)
    }

    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// Newest first, with their media_ids.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Draft)> {
        self.kept.iter().rev().map(|(media_id, draft)| (media_id.as_str(), draft))
    }

    /// A page of `batchget`, newest first.
    pub(crate) fn page(&self, (offset, count): (usize, usize), with_content: bool) -> Value {
        let shown = |(media_id, draft): (&str, &Draft)| json!({"media_id": media_id, "content": draft.to_json(with_content), "update_time": draft.update_time});
        let items: Vec<_> = self.iter().skip(offset).take(count).map(shown).collect();
        json!({"total_count": self.len(), "item_count": items.len(), "item": items})
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::{
        contents::Contents,
        format::Format,
        library::{File, Library},
        media::MediaKind,
    };

    #[test]
    fn a_draft_that_was_taken_cannot_be_used_again() {
        let mut library = Library::default();
        let content = Contents::default().keep(b"x", "1").unwrap();
        let file = File { kind: MediaKind::Thumb, filename: "x.jpg".to_owned(), format: Format::Jpeg, content };
        let thumb = library.add_permanent(file, None, 0, 0).unwrap().media_id.clone();
        let rules = Rules { library: &library, comments: true };
        let article = json!({"title": "十月活动", "content": "<p>正文</p>", "thumb_media_id": thumb});
        let mut drafts = Drafts::default();
        let media_id = drafts.add(&json!([article]), rules, 1000).unwrap();
        let other = drafts.add(&json!([article]), rules, 1000).unwrap();

        let taken = drafts.take(&media_id).unwrap().to_json(true);
        assert_eq!(taken["news_item"][0]["title"], "十月活动");
        assert_eq!(taken["news_item"][0]["digest"], "正文");
        assert_eq!(drafts.get(&media_id).err(), Some(Errcode::INVALID_MEDIA_ID));
        assert_eq!(drafts.take(&media_id).err(), Some(Errcode::INVALID_MEDIA_ID));
        let replaced = drafts.replace(&media_id, Some(0), &article, rules, 1001);
        assert_eq!(replaced, Err(Errcode::INVALID_MEDIA_ID));
        assert_eq!(drafts.len(), 1);
        assert!(drafts.get(&other).is_ok());
    }
}
