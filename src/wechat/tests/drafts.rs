//! Drafts: the JSON that goes out, the articles that come back, repetition, errors.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::{Reply, Upstream, credentials, ok};
use crate::wechat::{Article, Class, DraftArticle, Error};

const ADD_API: &str = "/cgi-bin/draft/add";

fn article() -> Article {
    Article {
        title: "十月活动🎉".to_owned(),
        author: "小欧".to_owned(),
        digest: "他说\"好\"".to_owned(),
        content: "<p>第一行\r\n第二行\t'单引号' &amp; \\</p><script>alert(\"x\")</script>\u{2028}é".to_owned(),
        content_source_url: "https://example.com/a?b=1&c=二".to_owned(),
        thumb_media_id: "HTHzBbYv".to_owned(),
        show_cover_pic: true,
        need_open_comment: true,
        only_fans_can_comment: false,
    }
}

fn made() -> Reply {
    Reply::json(json!({"media_id": "D1", "item": []}))
}

#[tokio::test]
async fn a_draft_goes_out_with_its_characters_as_they_are() {
    let upstream = Upstream::with_replies([made()]).await;
    assert_eq!(upstream.client().add_draft(&credentials(), &[article()]).await.unwrap(), "D1");

    let [call] = upstream.calls().try_into().unwrap();
    assert_eq!((&call.method, call.path.as_str()), (&Method::POST, ADD_API));
    assert_eq!(call.query("access_token"), Some("TOKEN"));
    let expected = concat!(
        r#"{"articles":[{"title":"十月活动🎉","author":"小欧","digest":"他说\"好\"","#,
        r#""content":"<p>第一行\r\n第二行\t'单引号' &amp; \\</p><script>alert(\"x\")</script>"#,
        "\u{2028}é\",",
        r#""content_source_url":"https://example.com/a?b=1&c=二","thumb_media_id":"HTHzBbYv","#,
        r#""show_cover_pic":1,"need_open_comment":1,"only_fans_can_comment":0}]}"#,
    );
    assert_eq!(std::str::from_utf8(&call.body).unwrap(), expected);
}

#[tokio::test]
async fn what_json_can_only_escape_is_left_out() {
    let upstream = Upstream::with_replies([made()]).await;
    let every_control: String = ('\0'..='\u{9f}').collect();
    let article = Article { title: every_control.clone(), content: every_control, ..article() };
    upstream.client().add_draft(&credentials(), &[article]).await.unwrap();

    let call = &upstream.calls()[0];
    assert!(!std::str::from_utf8(&call.body).unwrap().contains("\\u"));
    let sent = call.json();
    let expected: String = "\u{8}\t\n\u{c}\r".chars().chain(' '..='\u{9f}').collect();
    assert_eq!(sent["articles"][0]["title"], json!(expected));
    assert_eq!(sent["articles"][0]["content"], json!(expected));
}

#[tokio::test]
async fn a_draft_has_1_to_8_articles() {
    let upstream = Upstream::with_replies([made()]).await;
    let client = upstream.client();
    for given in [0, 9] {
        let error = client.add_draft(&credentials(), &vec![article(); given]).await.unwrap_err();
        assert!(matches!(error, Error::OutOfBounds { api: ADD_API, min: 1, max: 8, .. }), "{error:?}");
    }
    client.add_draft(&credentials(), &vec![article(); 8]).await.unwrap();
    assert_eq!(upstream.calls()[0].json()["articles"].as_array().unwrap().len(), 8);
    assert_eq!(upstream.calls().len(), 1);
}

#[tokio::test]
async fn a_draft_is_not_made_twice() {
    let unclear = [
        Reply::refusal(-1, "system error"),
        Reply::status(500),
        Reply::json(json!({"errcode": 0, "errmsg": "ok"})),
        Reply::json(json!({"media_id": ""})),
        made().after(Duration::from_secs(5)),
    ];
    for reply in unclear {
        let upstream = Upstream::with_replies([reply]).await;
        let error = upstream.client().add_draft(&credentials(), &[article()]).await.unwrap_err();
        assert_eq!((error.class(), error.may_have_been_processed()), (Class::Retry, true), "{error:?}");
        assert_eq!(upstream.calls().len(), 1);
    }
}

#[tokio::test]
async fn one_article_is_replaced_by_one_object_and_again_if_need_be() {
    let upstream = Upstream::with_replies([Reply::status(502), ok()]).await;
    let article = Article {
        title: "新标题".to_owned(),
        content: "<p>…</p>".to_owned(),
        thumb_media_id: "T".to_owned(),
        ..Article::default()
    };
    upstream.client().update_draft(&credentials(), "D1", 2, &article).await.unwrap();
    let [first, second] = upstream.calls().try_into().unwrap();
    assert_eq!((first.path.as_str(), &first.body), ("/cgi-bin/draft/update", &second.body));
    assert_eq!(
        second.json(),
        json!({"media_id": "D1", "index": 2, "articles": {
            "title": "新标题", "author": "", "digest": "", "content": "<p>…</p>", "content_source_url": "",
            "thumb_media_id": "T", "show_cover_pic": 0, "need_open_comment": 0, "only_fans_can_comment": 0,
        }})
    );
}

#[tokio::test]
async fn the_articles_of_a_draft_come_back_with_a_preview() {
    let answer = json!({"news_item": [
        {"article_type": "news", "title": "十月活动🎉", "author": "小欧", "digest": "他说\"好\"",
         "content": article().content, "content_source_url": article().content_source_url, "thumb_media_id": "HTHzBbYv",
         "show_cover_pic": 1, "need_open_comment": "1", "only_fans_can_comment": 0,
         "url": "http://mp.weixin.qq.com/s?__biz=a", "thumb_url": "http://mmbiz.qpic.cn/b", "product_info": {}},
        {"title": "二", "author": null, "content": "<p></p>", "thumb_media_id": "T", "url": ""},
    ], "create_time": 1_790_000_000, "update_time": 1_790_000_000});
    let upstream = Upstream::with_replies([Reply::refusal(-1, "system error"), Reply::json(answer)]).await;
    let articles = upstream.client().draft(&credentials(), "D1").await.unwrap();
    let second = Article {
        title: "二".to_owned(),
        content: "<p></p>".to_owned(),
        thumb_media_id: "T".to_owned(),
        ..Article::default()
    };
    let expected = [
        DraftArticle {
            article: article(),
            url: Some("http://mp.weixin.qq.com/s?__biz=a".to_owned()),
            thumb_url: Some("http://mmbiz.qpic.cn/b".to_owned()),
        },
        DraftArticle { article: second, url: None, thumb_url: None },
    ];
    assert_eq!(articles, expected);
    let call = upstream.calls().pop().unwrap();
    assert_eq!((call.path.as_str(), call.json()), ("/cgi-bin/draft/get", json!({"media_id": "D1"})));
}

#[tokio::test]
async fn a_draft_is_deleted_once() {
    let upstream = Upstream::with_replies([ok(), Reply::status(502)]).await;
    let client = upstream.client();
    client.delete_draft(&credentials(), "D1").await.unwrap();
    let error = client.delete_draft(&credentials(), "D1").await.unwrap_err();
    assert!(error.may_have_been_processed());
    let [call, _] = upstream.calls().try_into().unwrap();
    assert_eq!((call.path.as_str(), call.json()), ("/cgi-bin/draft/delete", json!({"media_id": "D1"})));
}

#[tokio::test]
async fn drafts_are_counted() {
    let upstream = Upstream::with_replies([Reply::status(502), Reply::json(json!({"total_count": 3}))]).await;
    assert_eq!(upstream.client().count_drafts(&credentials()).await.unwrap(), 3);
    let call = upstream.calls().pop().unwrap();
    assert_eq!((&call.method, call.path.as_str()), (&Method::GET, "/cgi-bin/draft/count"));
}

#[tokio::test]
async fn a_consumed_draft_and_refused_content_say_what_to_do() {
    let refusals = [
        (40007, Class::Permanent, "sent or published"),
        (40114, Class::Permanent, "position"),
        (40192, Class::Permanent, "16 characters"),
        (41039, Class::Permanent, "source URL"),
        (45002, Class::Permanent, "20,000 characters"),
        (45003, Class::Permanent, "32 characters"),
        (45004, Class::Permanent, "128 characters"),
        (45166, Class::Permanent, "content of the article"),
        (53404, Class::Permanent, "product card"),
        (53405, Class::Permanent, "product card"),
        (53406, Class::Permanent, "product card"),
        (88000, Class::Permanent, "comments"),
        (45009, Class::Quota, "00:00"),
        (48001, Class::Operator, "verified"),
    ];
    for (errcode, class, hint) in refusals {
        let upstream = Upstream::with_replies([Reply::refusal(errcode, "refused")]).await;
        let error = upstream.client().update_draft(&credentials(), "D1", 0, &article()).await.unwrap_err();
        assert_eq!((error.refusal().unwrap().0, error.class()), (errcode, class));
        let (_, advice) =
            error.advice().split_once("): ").map(|(said, hint)| (said.to_owned(), hint.to_owned())).unwrap();
        assert!(advice.contains(hint), "{errcode}: {advice}");
    }
}

#[test]
fn the_limits_are_those_of_the_documentation() {
    assert_eq!(
        (Article::MAX_TITLE_CHARACTERS, Article::MAX_AUTHOR_CHARACTERS, Article::MAX_DIGEST_CHARACTERS),
        (32, 16, 128)
    );
    assert_eq!((Article::MAX_CONTENT_CHARACTERS, Article::MAX_CONTENT_BYTES), (19_999, 1_048_575));
    assert_eq!((Article::MAX_SOURCE_URL_BYTES, Article::PER_DRAFT), (1024, 1..=8));
}
