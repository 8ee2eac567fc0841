#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use super::*;

fn article() -> NewArticle {
    NewArticle {
        title: "春茶".into(),
        content: "<p>茶</p>".into(),
        cover_image_id: "image".into(),
        ..NewArticle::default()
    }
}

/// The second of two articles, changed.
fn second(change: impl FnOnce(&mut NewArticle)) -> Result<NewArticle> {
    let mut articles = vec![article(), article()];
    change(&mut articles[1]);
    checked(articles).map(|mut articles| articles.remove(1))
}

fn refused(change: impl FnOnce(&mut NewArticle)) -> String {
    second(change).unwrap_err().field().unwrap().to_owned()
}

#[test]
fn there_are_1_to_8() {
    for count in [0, 9, 1_000] {
        let error = checked(vec![article(); count]).unwrap_err();
        assert_eq!(error.field(), Some("articles"));
        assert!(error.to_string().ends_with(&format!("has {count}")), "{error}");
    }
    for count in 1..=8 {
        assert_eq!(checked(vec![article(); count]).unwrap().len(), count);
    }
}

#[test]
fn texts_end_at_their_limits() {
    type Member = fn(&mut NewArticle) -> &mut Option<String>;
    let optional: [(&str, Member, usize); 3] = [
        ("author", |article| &mut article.author, 100),
        ("digest", |article| &mut article.digest, 500),
        ("contentSourceUrl", |article| &mut article.content_source_url, 2_000),
    ];
    for unit in ["a", "汉", "😀"] {
        for (name, member, longest) in optional {
            let most = unit.repeat(longest);
            let mut kept = second(|article| *member(article) = Some(format!(" {most}\n"))).unwrap();
            assert_eq!(member(&mut kept).as_deref(), Some(most.as_str()));
            let more = unit.repeat(longest + 1);
            assert_eq!(refused(|article| *member(article) = Some(more)), format!("articles[1].{name}"));
        }
        assert_eq!(second(|article| article.title = unit.repeat(100)).unwrap().title, unit.repeat(100));
        assert_eq!(refused(|article| article.title = unit.repeat(101)), "articles[1].title");
    }
}

#[test]
fn a_content_is_kept_as_it_is_up_to_a_mebibyte() {
    for unit in ["a", "汉", "😀"] {
        let most = unit.repeat(CONTENT_BYTES / unit.len());
        assert!(second(|article| article.content = most.clone()).unwrap().content == most);
        assert_eq!(refused(|article| article.content = most + unit), "articles[1].content");
    }
    assert_eq!(second(|article| article.content = " \n<p> ".into()).unwrap().content, " \n<p> ");
}

#[test]
fn what_must_be_there_is_not_blank() {
    for blank in ["", " ", "\u{3000}\t\n"] {
        assert_eq!(refused(|article| article.title = blank.into()), "articles[1].title");
        assert_eq!(refused(|article| article.content = blank.into()), "articles[1].content");
        assert_eq!(refused(|article| article.cover_image_id = blank.into()), "articles[1].coverImageId");
        assert_eq!(refused(|article| article.id = Some(blank.into())), "articles[1].id");
        let kept = second(|article| (article.author, article.digest) = (Some(blank.into()), Some(blank.into())));
        let kept = kept.unwrap();
        assert_eq!((kept.author, kept.digest), (None, None));
    }
    assert_eq!(refused(|article| article.digest = Some("a\0b".into())), "articles[1].digest");
    assert_eq!(refused(|article| article.content = "a\0b".into()), "articles[1].content");
}

#[test]
fn an_article_is_named_once() {
    let named = |id: &str| NewArticle { id: Some(id.into()), ..article() };
    let error = checked(vec![named("a"), article(), named(" a ")]).unwrap_err();
    assert_eq!(error.field(), Some("articles"));
    assert!(error.to_string().contains("\"a\""), "{error}");
    assert!(checked(vec![named("a"), named("A"), article(), article()]).is_ok());
}
