//! Tags and the blacklist: the requests, the answers, partial failure, bounds.

use serde_json::{Value, json};

use super::{Reply, Upstream, credentials, ok, openids};
use crate::wechat::{Error, Tag};

async fn sent(upstream: &Upstream) -> (String, Value) {
    let [call] = upstream.calls().try_into().unwrap();
    (call.path.clone(), call.json())
}

#[tokio::test]
async fn tags_are_listed_with_their_counts() {
    let answer =
        json!({"tags": [{"id": 2, "name": "星标组", "count": 0}, {"id": "134", "name": "广东", "count": "10"}]});
    let upstream = Upstream::with_replies([Reply::json(answer)]).await;
    let expected =
        [Tag { id: 2, name: "星标组".to_owned(), count: 0 }, Tag { id: 134, name: "广东".to_owned(), count: 10 }];
    assert_eq!(upstream.client().tags(&credentials()).await.unwrap(), expected);
}

#[tokio::test]
async fn a_tag_is_made_renamed_and_deleted() {
    let upstream = Upstream::with_replies([Reply::json(json!({"tag": {"id": 134, "name": "广东"}}))]).await;
    let tag = upstream.client().create_tag(&credentials(), "广东").await.unwrap();
    assert_eq!(tag, Tag { id: 134, name: "广东".to_owned(), count: 0 });
    assert_eq!(sent(&upstream).await, ("/cgi-bin/tags/create".to_owned(), json!({"tag": {"name": "广东"}})));

    let upstream = Upstream::with_replies([ok()]).await;
    upstream.client().rename_tag(&credentials(), 134, "广东人").await.unwrap();
    assert_eq!(
        sent(&upstream).await,
        ("/cgi-bin/tags/update".to_owned(), json!({"tag": {"id": 134, "name": "广东人"}}))
    );

    let upstream = Upstream::with_replies([ok()]).await;
    upstream.client().delete_tag(&credentials(), 134).await.unwrap();
    assert_eq!(sent(&upstream).await, ("/cgi-bin/tags/delete".to_owned(), json!({"tag": {"id": 134}})));
}

#[tokio::test]
async fn the_name_of_a_tag_has_1_to_30_characters() {
    let upstream = Upstream::with_replies([Reply::json(json!({"tag": {"id": 134, "name": "…"}}))]).await;
    let client = upstream.client();
    for name in ["", &"字".repeat(31)] {
        assert!(matches!(client.create_tag(&credentials(), name).await, Err(Error::OutOfBounds { max: 30, .. })));
        assert!(matches!(client.rename_tag(&credentials(), 134, name).await, Err(Error::OutOfBounds { .. })));
    }
    client.create_tag(&credentials(), &"字".repeat(30)).await.unwrap();
    assert_eq!(upstream.calls().len(), 1);
}

#[tokio::test]
async fn the_followers_of_a_tag_come_in_pages() {
    let pages = [
        Reply::json(json!({"count": 2, "data": {"openid": ["oA", "oB"]}, "next_openid": "oB"})),
        Reply::json(json!({"count": 0})),
    ];
    let upstream = Upstream::with_replies(pages).await;
    let client = upstream.client();
    let first = client.tag_followers(&credentials(), 134, None).await.unwrap();
    assert_eq!((first.openids.len(), first.next.as_deref()), (2, Some("oB")));
    let last = client.tag_followers(&credentials(), 134, first.next.as_deref()).await.unwrap();
    assert_eq!((last.openids.len(), last.next), (0, None));
    let [first, last] = upstream.calls().try_into().unwrap();
    assert_eq!(first.path, "/cgi-bin/user/tag/get");
    assert_eq!(first.json(), json!({"tagid": 134, "next_openid": ""}));
    assert_eq!(last.json(), json!({"tagid": 134, "next_openid": "oB"}));
}

#[tokio::test]
async fn the_tags_of_a_follower_are_ids() {
    let upstream = Upstream::with_replies([Reply::json(json!({"tagid_list": [134, 2]}))]).await;
    assert_eq!(upstream.client().follower_tags(&credentials(), "oA").await.unwrap(), [134, 2]);
    assert_eq!(sent(&upstream).await, ("/cgi-bin/tags/getidlist".to_owned(), json!({"openid": "oA"})));

    let upstream = Upstream::with_replies([Reply::json(json!({"tagid_list": []}))]).await;
    assert!(upstream.client().follower_tags(&credentials(), "oA").await.unwrap().is_empty());
}

#[tokio::test]
async fn tagging_tells_for_whom_it_failed() {
    let partial = || Reply::json(json!({"errcode": 45171, "errmsg": "some openid fail", "fail_openid_list": ["oB"]}));
    let asked = ["oA".to_owned(), "oB".to_owned()];

    let upstream = Upstream::with_replies([ok()]).await;
    assert!(upstream.client().tag(&credentials(), 134, &asked).await.unwrap().failed.is_empty());
    let (path, body) = sent(&upstream).await;
    assert_eq!(path, "/cgi-bin/tags/members/batchtagging");
    assert_eq!(body, json!({"openid_list": ["oA", "oB"], "tagid": 134}));

    let upstream = Upstream::with_replies([partial()]).await;
    assert_eq!(upstream.client().untag(&credentials(), 134, &asked).await.unwrap().failed, ["oB"]);
    assert_eq!(sent(&upstream).await.0, "/cgi-bin/tags/members/batchuntagging");

    let upstream = Upstream::with_replies([Reply::refusal(45171, "some openid fail")]).await;
    let error = upstream.client().tag(&credentials(), 134, &asked).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "who failed is not known: {error:?}");
}

#[tokio::test]
async fn tagging_takes_1_to_50_and_the_blacklist_1_to_20() {
    let upstream = Upstream::with_replies([ok(), ok(), ok(), ok()]).await;
    let client = upstream.client();
    let account = credentials();
    for given in [0, 51] {
        assert!(matches!(client.tag(&account, 134, &openids(given)).await, Err(Error::OutOfBounds { max: 50, .. })));
        assert!(matches!(client.untag(&account, 134, &openids(given)).await, Err(Error::OutOfBounds { max: 50, .. })));
    }
    for given in [0, 21] {
        let added = client.add_to_blacklist(&account, &openids(given)).await;
        assert!(matches!(added, Err(Error::OutOfBounds { max: 20, .. })));
        let removed = client.remove_from_blacklist(&account, &openids(given)).await;
        assert!(matches!(removed, Err(Error::OutOfBounds { max: 20, .. })));
    }
    assert!(upstream.requests().is_empty());
    assert!(client.tag(&account, 134, &openids(50)).await.unwrap().failed.is_empty());
    assert!(client.untag(&account, 134, &openids(50)).await.unwrap().failed.is_empty());
    client.add_to_blacklist(&account, &openids(20)).await.unwrap();
    client.remove_from_blacklist(&account, &openids(20)).await.unwrap();
    let calls = upstream.calls();
    assert_eq!(calls[2].path, "/cgi-bin/tags/members/batchblacklist");
    assert_eq!(calls[3].path, "/cgi-bin/tags/members/batchunblacklist");
    assert_eq!(calls[2].json(), json!({"openid_list": openids(20)}));
}

#[tokio::test]
async fn the_blacklist_comes_in_pages_with_a_total() {
    let answer = json!({"total": 23, "count": 1, "data": {"openid": ["oA"]}, "next_openid": "oA"});
    let upstream = Upstream::with_replies([Reply::json(answer)]).await;
    let page = upstream.client().blacklist(&credentials(), None).await.unwrap();
    assert_eq!((page.total, page.openids.len(), page.next.as_deref()), (23, 1, Some("oA")));
    assert_eq!(sent(&upstream).await, ("/cgi-bin/tags/members/getblacklist".to_owned(), json!({"begin_openid": ""})));
}
