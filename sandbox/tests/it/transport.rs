//! The rules that hold for every endpoint.

use serde_json::{Value, json};

use crate::support::{APP, OTHER_APP, Simulator, errcode};

#[tokio::test]
async fn errors_have_http_200_wechats_content_type_and_a_request_id() {
    let simulator = Simulator::start().await;
    let response = simulator.http.get(format!("{}/cgi-bin/user/get", simulator.base)).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json; encoding=utf-8");
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["errcode"], 41001);
    let (text, rid) = answer["errmsg"].as_str().unwrap().split_once(" rid: ").unwrap();
    assert_eq!(text, "access_token missing");
    let groups: Vec<_> = rid.split('-').collect();
    assert_eq!(groups.len(), 3);
    assert!(groups.iter().all(|group| group.len() == 8 && group.bytes().all(|byte| byte.is_ascii_hexdigit())), "{rid}");
}

#[tokio::test]
async fn data_answers_have_no_errcode() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 3).await;
    let page = account.get("/cgi-bin/user/get", &[]).await;
    assert_eq!(page.as_object().unwrap().keys().collect::<Vec<_>>(), ["total", "count", "data", "next_openid"]);
    assert_eq!(account.get("/cgi-bin/tags/get", &[]).await.as_object().unwrap().keys().collect::<Vec<_>>(), ["tags"]);
    let token = simulator.token(APP, "sandbox").await;
    assert_eq!(token.as_object().unwrap().keys().collect::<Vec<_>>(), ["access_token", "expires_in"]);
}

#[tokio::test]
async fn the_wrong_method_is_named() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    for path in
        ["/cgi-bin/user/get", "/cgi-bin/user/info", "/cgi-bin/tags/get", "/cgi-bin/token", "/cgi-bin/getcallbackip"]
    {
        assert_eq!(errcode(&account.post(path, json!({})).await), 43001, "{path}");
    }
    for path in [
        "/cgi-bin/stable_token",
        "/cgi-bin/clear_quota",
        "/cgi-bin/clear_quota/v2",
        "/cgi-bin/user/info/batchget",
        "/cgi-bin/tags/create",
        "/cgi-bin/user/tag/get",
        "/cgi-bin/tags/members/getblacklist",
    ] {
        assert_eq!(errcode(&account.get(path, &[]).await), 43002, "{path}");
    }
}

#[tokio::test]
async fn tokens_are_told_apart() {
    let simulator = Simulator::start().await;
    let mut account = simulator.account(APP, 1).await;
    let genuine = account.token.clone();
    for (token, expected) in [("", 41001), ("ACCESS_TOKEN", 40014), ("12_AAAA", 40014), (genuine.as_str(), 0)] {
        token.clone_into(&mut account.token);
        assert_eq!(errcode(&account.get("/cgi-bin/user/get", &[]).await), expected, "{token}");
    }
    // Well-formed, and no token of this account: another simulator issued it.
    let stranger = Simulator::start().await;
    account.token = stranger.account(APP, 0).await.token;
    let answer = account.get("/cgi-bin/user/get", &[]).await;
    assert_eq!(errcode(&answer), 40001);
    assert!(
        answer["errmsg"].as_str().unwrap().starts_with("invalid credential, access_token is invalid or not latest")
    );
}

#[tokio::test]
async fn a_body_is_read_by_its_content() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    for (body, expected) in [
        ("", 44002),
        ("{", 47001),
        ("[]", 47001),
        ("\"tag\"", 47001),
        ("tag=x", 47001),
        ("{\"tag\":{\"name\":7}}", 47001),
        ("{}", 47001),
    ] {
        let answer = account.post_text("/cgi-bin/tags/create", body.to_owned()).await;
        assert_eq!(errcode(&answer), expected, "{body}");
    }
    for (number, content_type) in
        ["text/plain", "application/x-www-form-urlencoded", "application/json"].iter().enumerate()
    {
        let request = simulator.http.post(format!("{}/cgi-bin/tags/create", simulator.base));
        let request = request.query(&[("access_token", &account.token)]).header("Content-Type", *content_type);
        let body = json!({"tag": {"name": format!("标签{number}")}}).to_string();
        let answer: Value = request.body(body).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["tag"]["name"], format!("标签{number}"), "{content_type}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_an_invalid_url() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    for path in ["/cgi-bin/unknown", "/", "/cgi-bin/user/get/", "/cgi-bin/USER/GET"] {
        assert_eq!(errcode(&account.get(path, &[]).await), 40066, "{path}");
    }
}

#[tokio::test]
async fn the_openid_of_another_account_is_unknown() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 5).await;
    let other = simulator.account(OTHER_APP, 5).await;
    let foreign = other.openids(1).await.remove(0);
    assert_eq!(errcode(&other.get("/cgi-bin/user/info", &[("openid", &foreign)]).await), 0);
    for (path, query) in [("/cgi-bin/user/info", "openid"), ("/cgi-bin/user/get", "next_openid")] {
        assert_eq!(errcode(&account.get(path, &[(query, &foreign)]).await), 40003, "{path}");
    }
    let tag = account.create_tag("vip").await;
    for (path, body) in [
        ("/cgi-bin/user/info/batchget", json!({"user_list": [{"openid": foreign}]})),
        ("/cgi-bin/user/info/updateremark", json!({"openid": foreign, "remark": "x"})),
        ("/cgi-bin/tags/getidlist", json!({"openid": foreign})),
        ("/cgi-bin/tags/members/batchtagging", json!({"openid_list": [foreign], "tagid": tag})),
        ("/cgi-bin/tags/members/batchuntagging", json!({"openid_list": [foreign], "tagid": tag})),
        ("/cgi-bin/user/tag/get", json!({"tagid": tag, "next_openid": foreign})),
        ("/cgi-bin/tags/members/batchblacklist", json!({"openid_list": [foreign]})),
        ("/cgi-bin/tags/members/batchunblacklist", json!({"openid_list": [foreign]})),
        ("/cgi-bin/tags/members/getblacklist", json!({"begin_openid": foreign})),
    ] {
        assert_eq!(errcode(&account.post(path, body).await), 40003, "{path}");
    }
}
