//! Which article of a news stays when all its articles are replaced.

use super::{Head, NewArticle};
use crate::error::{Error, Result};

/// For each new article the id of the one that it replaces, if it replaces one: the one named by its id, else one of the
/// same title, else the one at the same place, if no other title claims it. No two replace the same.
///
/// Errors: `Invalid` for an id that is not one of the news.
pub(super) fn match_up(articles: &[NewArticle], before: &[Head]) -> Result<Vec<Option<String>>> {
    let mut left: Vec<&Head> = before.iter().collect();
    let mut take = |is: &dyn Fn(&Head) -> bool| {
        let at = left.iter().position(|head| is(head))?;
        Some(left.remove(at).id.clone())
    };
    let mut kept = vec![None; articles.len()];
    for (index, article) in articles.iter().enumerate() {
        let Some(id) = &article.id else { continue };
        let found = take(&|head| head.id == *id);
        let missing = || Error::invalid(format!("articles[{index}].id"), format!("{id:?} is no article of this news"));
        kept[index] = Some(found.ok_or_else(missing)?);
    }
    for (index, article) in articles.iter().enumerate() {
        if kept[index].is_none() {
            kept[index] = take(&|head| head.title == article.title);
        }
    }
    for (index, kept) in kept.iter_mut().enumerate() {
        if kept.is_none() {
            *kept = take(&|head| usize::try_from(head.position) == Ok(index + 1));
        }
    }
    Ok(kept)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
mod tests {
    use super::*;

    fn before(titles: &[&str]) -> Vec<Head> {
        let head = |(index, title): (usize, &&str)| Head {
            account_id: String::new(),
            id: format!("id of {title}"),
            news_id: String::new(),
            position: i32::try_from(index).unwrap() + 1,
            title: (*title).to_owned(),
            author: None,
            digest: String::new(),
            content_source_url: None,
            cover_image_id: String::new(),
            show_cover_pic: true,
            created_at: crate::clock::now(),
            updated_at: crate::clock::now(),
        };
        titles.iter().enumerate().map(head).collect()
    }

    fn articles(titles: &[&str]) -> Vec<NewArticle> {
        titles.iter().map(|title| NewArticle { title: (*title).to_owned(), ..NewArticle::default() }).collect()
    }

    fn kept(new: &[&str], old: &[&str]) -> Vec<Option<String>> {
        match_up(&articles(new), &before(old)).unwrap()
    }

    fn of(title: &str) -> Option<String> {
        Some(format!("id of {title}"))
    }

    #[test]
    fn a_title_is_followed_to_its_new_place() {
        assert_eq!(kept(&["b", "a"], &["a", "b"]), [of("b"), of("a")]);
        assert_eq!(kept(&["b"], &["a", "b"]), [of("b")]);
        assert_eq!(kept(&["new", "a", "b"], &["a", "b"]), [None, of("a"), of("b")]);
    }

    #[test]
    fn a_changed_title_keeps_the_article_at_its_place() {
        assert_eq!(kept(&["A"], &["a"]), [of("a")]);
        assert_eq!(kept(&["a", "B", "c"], &["a", "b", "c"]), [of("a"), of("b"), of("c")]);
        assert_eq!(kept(&["A", "b", "c"], &["a", "b"]), [of("a"), of("b"), None]);
        assert_eq!(kept(&["x", "a"], &["a", "b"]), [None, of("a")], "b stood at the second place, which a has now");
    }

    #[test]
    fn equal_titles_are_kept_in_order_and_none_twice() {
        assert_eq!(kept(&["a", "a", "a"], &["a", "a"]), [of("a"), of("a"), None]);
    }

    #[test]
    fn a_given_id_wins_and_must_be_one_of_the_news() {
        let mut new = articles(&["b", "x"]);
        new[1].id = of("b");
        assert_eq!(match_up(&new, &before(&["a", "b"])).unwrap(), [of("a"), of("b")]);
        new[1].id = of("z");
        let error = match_up(&new, &before(&["a", "b"])).unwrap_err();
        assert_eq!(error.field(), Some("articles[1].id"));
    }
}
