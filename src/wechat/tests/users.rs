//! Followers: pages and their end, details that are given or not, bounds.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Reply, Upstream, credentials, openids};
use crate::wechat::{Class, Error, FollowerDetail, FollowerPage, Sex};

async fn page(answer: Value, asked: Option<&str>) -> FollowerPage {
    let upstream = Upstream::with_replies([Reply::json(answer)]).await;
    upstream.client().followers(&credentials(), asked).await.unwrap()
}

#[tokio::test]
async fn a_page_names_where_the_next_one_begins() {
    let answer = json!({"total": 23000, "count": 2, "data": {"openid": ["oA", "oB"]}, "next_openid": "oB"});
    let expected =
        FollowerPage { total: 23000, openids: vec!["oA".to_owned(), "oB".to_owned()], next: Some("oB".to_owned()) };
    assert_eq!(page(answer, None).await, expected);
}

#[tokio::test]
async fn the_list_ends_in_every_way_wechat_ends_it() {
    let ends = [
        json!({"total": 2, "count": 0, "next_openid": ""}),
        json!({"total": 2, "count": 0}),
        json!({"total": 2, "count": 0, "data": null, "next_openid": null}),
        json!({"total": 2, "count": 0, "data": {"openid": []}, "next_openid": "oB"}),
        json!({"total": "2", "count": "0", "data": {}, "next_openid": "oB"}),
        json!({"total": 2, "count": 1, "data": {"openid": ["oB"]}, "next_openid": ""}),
        json!({"total": 2, "count": 1, "data": {"openid": ["oB"]}}),
    ];
    for end in ends {
        let page = page(end.clone(), Some("oA")).await;
        assert_eq!((page.total, page.next), (2, None), "{end}");
    }
}

#[tokio::test]
async fn a_page_that_points_back_at_itself_is_the_last() {
    let answer = json!({"total": 2, "count": 1, "data": {"openid": ["oB"]}, "next_openid": "oB"});
    assert_eq!(page(answer.clone(), Some("oA")).await.next.as_deref(), Some("oB"));
    assert_eq!(page(answer, Some("oB")).await.next, None);
}

#[tokio::test]
async fn a_page_is_asked_for_by_the_last_openid_of_the_one_before() {
    let empty = || Reply::json(json!({"total": 0, "count": 0, "next_openid": ""}));
    let upstream = Upstream::with_replies([empty(), empty()]).await;
    let client = upstream.client();
    client.followers(&credentials(), None).await.unwrap();
    client.followers(&credentials(), Some("oB_-+")).await.unwrap();
    let [first, second] = upstream.calls().try_into().unwrap();
    assert_eq!((first.method.clone(), first.path.as_str()), (Method::GET, "/cgi-bin/user/get"));
    assert_eq!((first.query("next_openid"), second.query("next_openid")), (None, Some("oB_-+")));
}

#[tokio::test]
async fn details_of_today_and_of_those_who_left() {
    let answer = json!({"user_info_list": [
        {"subscribe": 1, "openid": "oA", "language": "zh_CN", "subscribe_time": 1790000000, "unionid": "oU", "remark": "VIP",
         "groupid": 0, "tagid_list": [128, 2], "subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene": 98765, "qr_scene_str": ""},
        {"subscribe": 0, "openid": "oB"},
    ]});
    let upstream = Upstream::with_replies([Reply::json(answer)]).await;
    let asked = vec!["oA".to_owned(), "oB".to_owned()];
    let details = upstream.client().follower_details(&credentials(), &asked).await.unwrap();
    let expected = [
        FollowerDetail {
            subscribe: true,
            openid: "oA".to_owned(),
            unionid: Some("oU".to_owned()),
            subscribe_time: Some(1_790_000_000),
            remark: Some("VIP".to_owned()),
            tagid_list: Some(vec![128, 2]),
            subscribe_scene: Some("ADD_SCENE_QR_CODE".to_owned()),
            qr_scene: Some(98765),
            language: Some("zh_CN".to_owned()),
            ..FollowerDetail::default()
        },
        FollowerDetail { subscribe: false, openid: "oB".to_owned(), ..FollowerDetail::default() },
    ];
    assert_eq!(details, expected);
    assert_eq!(
        upstream.calls()[0].json(),
        json!({"user_list": [{"openid": "oA", "lang": "zh_CN"}, {"openid": "oB", "lang": "zh_CN"}]})
    );
}

#[tokio::test]
async fn details_of_the_old_days_are_kept_and_empty_ones_are_not_given() {
    let old = json!({"subscribe": "1", "openid": "oA", "nickname": "小明🌸", "sex": "2", "city": "广州", "province": "广东",
        "country": "中国", "headimgurl": "http://wx.qlogo.cn/a/0", "subscribe_time": "1380000000", "remark": "", "tagid_list": ["2"]});
    let empty = json!({"subscribe": 1, "openid": "oB", "nickname": "", "sex": 0, "city": "", "province": "", "country": "",
        "headimgurl": "", "tagid_list": null, "unionid": null});
    let upstream = Upstream::with_replies([Reply::json(old), Reply::json(empty)]).await;
    let client = upstream.client();

    let detail = client.follower_detail(&credentials(), "oA").await.unwrap();
    assert_eq!((detail.nickname.as_deref(), detail.sex), (Some("小明🌸"), Some(Sex::Female)));
    assert_eq!((detail.subscribe, detail.subscribe_time), (true, Some(1_380_000_000)));
    assert_eq!((detail.remark.as_deref(), detail.tagid_list), (Some(""), Some(vec![2])));
    assert_eq!(detail.headimgurl.as_deref(), Some("http://wx.qlogo.cn/a/0"));

    let detail = client.follower_detail(&credentials(), "oB").await.unwrap();
    let expected = FollowerDetail { subscribe: true, openid: "oB".to_owned(), ..FollowerDetail::default() };
    assert_eq!(detail, expected);
    assert_eq!(upstream.calls()[0].query("openid"), Some("oA"));
}

#[tokio::test]
async fn details_are_asked_for_1_to_100() {
    let upstream = Upstream::with_replies([Reply::json(json!({"user_info_list": []}))]).await;
    let client = upstream.client();
    for given in [0, 101] {
        let error = client.follower_details(&credentials(), &openids(given)).await.unwrap_err();
        assert!(matches!(error, Error::OutOfBounds { min: 1, max: 100, .. }), "{error:?}");
        assert_eq!((error.class(), error.may_have_been_processed()), (Class::Permanent, false));
    }
    client.follower_details(&credentials(), &openids(100)).await.unwrap();
    assert_eq!(upstream.requests().len(), 2, "what is out of bounds asks for no token either");
}

#[tokio::test]
async fn a_remark_has_at_most_30_bytes() {
    let upstream = Upstream::with_replies([Reply::json(json!({"errcode": 0, "errmsg": "ok"}))]).await;
    let client = upstream.client();
    client.update_remark(&credentials(), "oA", "一二三四五六七八九十").await.unwrap();
    assert_eq!(upstream.calls()[0].json(), json!({"openid": "oA", "remark": "一二三四五六七八九十"}));
    let body = String::from_utf8(upstream.calls()[0].body.to_vec()).unwrap();
    assert!(body.contains("一二三"), "characters go out as they are: {body}");

    let error = client.update_remark(&credentials(), "oA", "一二三四五六七八九十.").await.unwrap_err();
    assert!(matches!(error, Error::OutOfBounds { given: 31, .. }), "{error:?}");
}
