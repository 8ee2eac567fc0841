//! Tokens: one request for many calls, renewed ahead of time, replaced when refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use super::{Reply, Request, TAGS_API, TOKEN_API, Upstream, credentials, no_tags};
use crate::wechat::token::{Line, Standing, Token};
use crate::wechat::{Class, Client, Credentials, Error};

/// The token side of the platform: which token it calls current, and whether a call with a token passes.
#[derive(Default)]
struct Platform {
    current: AtomicU32,
    /// Tokens below this number are refused with `errcode`.
    valid_from: AtomicU32,
    errcode: i64,
}

impl Platform {
    fn answer(&self, request: &Request) -> Reply {
        if request.path == TOKEN_API {
            if request.json()["force_refresh"] == true {
                let forced = self.current.fetch_add(1, Ordering::SeqCst) + 1;
                self.valid_from.store(forced, Ordering::SeqCst);
            }
            return Reply::token(&format!("TOKEN-{}", self.current.load(Ordering::SeqCst)));
        }
        let token = request.query("access_token").unwrap();
        let number: u32 = token.strip_prefix("TOKEN-").unwrap().parse().unwrap();
        if number < self.valid_from.load(Ordering::SeqCst) {
            return Reply::refusal(self.errcode, "invalid credential, access_token is invalid or not latest");
        }
        no_tags()
    }

    async fn start(errcode: i64) -> (Arc<Self>, Upstream) {
        let platform = Arc::new(Self { errcode, ..Self::default() });
        let answering = Arc::clone(&platform);
        let upstream = Upstream::start(move |request| answering.answer(request)).await;
        (platform, upstream)
    }
}

/// Puts a token into the client's keeping that is to be renewed now and works until `deadline`.
async fn plant(client: &Client, token: &str, deadline: Instant) {
    let token = Token { value: token.into(), renew_at: Instant::now(), deadline };
    client.inner.tokens.line(&credentials()).await.keep(&Arc::new(token));
}

fn modes(upstream: &Upstream) -> Vec<bool> {
    upstream.requests_of(TOKEN_API).iter().map(|request| request.json()["force_refresh"] == true).collect()
}

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_hundred_calls_at_once_ask_for_one_token() {
    let upstream = Upstream::start(|request| match request.path.as_str() {
        TOKEN_API => Reply::token("TOKEN").after(Duration::from_millis(50)),
        _ => no_tags(),
    })
    .await;
    let client = upstream.client();
    let credentials = credentials();
    let results = join_all((0..100).map(|_| client.tags(&credentials))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(upstream.requests_of(TOKEN_API).len(), 1);
    assert_eq!(upstream.calls().len(), 100);
}

#[tokio::test]
async fn those_who_waited_for_a_token_share_the_failure() {
    let upstream =
        Upstream::start(|_| Reply::refusal(40125, "invalid appsecret").after(Duration::from_millis(50))).await;
    let client = upstream.client();
    let credentials = credentials();
    let results = join_all((0..100).map(|_| client.tags(&credentials))).await;
    assert!(results.iter().all(|result| result.as_ref().unwrap_err().class() == Class::Operator));
    assert_eq!(upstream.requests().len(), 1);

    client.tags(&credentials).await.unwrap_err();
    assert_eq!(upstream.requests().len(), 2, "a later call asks again");
}

#[tokio::test]
async fn a_task_that_is_cancelled_while_it_asks_leaves_the_place_free() {
    let mut delays = [Duration::from_millis(300), Duration::ZERO].into_iter();
    let upstream = Upstream::start(move |request| match request.path.as_str() {
        TOKEN_API => Reply::token("TOKEN").after(delays.next().unwrap()),
        _ => no_tags(),
    })
    .await;
    let client = upstream.client();
    let credentials = credentials();
    let first = tokio::time::timeout(Duration::from_millis(100), client.tags(&credentials));
    let second = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        client.tags(&credentials).await
    };
    let (first, second) = tokio::join!(first, second);
    first.unwrap_err();
    second.unwrap();
    assert_eq!(upstream.requests_of(TOKEN_API).len(), 2);
}

#[test]
fn a_token_is_fresh_until_five_minutes_before_its_end() {
    let given = Instant::now();
    let standing = |life: Duration, age: Duration| {
        let line = Line::default();
        line.keep(&Arc::new(Token::new("TOKEN".into(), given, life)));
        match line.standing(given + age) {
            Standing::Fresh(_) => "fresh",
            Standing::Expiring(_) => "expiring",
            Standing::Missing => "missing",
        }
    };
    let seconds = Duration::from_secs;
    assert_eq!(standing(seconds(7200), seconds(0)), "fresh");
    assert_eq!(standing(seconds(7200), seconds(6899)), "fresh");
    assert_eq!(standing(seconds(7200), seconds(6900)), "expiring");
    assert_eq!(standing(seconds(7200), seconds(7199)), "expiring");
    assert_eq!(standing(seconds(7200), seconds(7200)), "missing");
    // WeChat had nothing fresher: not asked again at once.
    assert_eq!(standing(seconds(290), seconds(29)), "fresh");
    assert_eq!(standing(seconds(290), seconds(30)), "expiring");
    assert_eq!(standing(seconds(0), seconds(0)), "missing");
}

#[tokio::test]
async fn a_token_near_its_end_is_renewed_in_normal_mode() {
    let (_, upstream) = Platform::start(40001).await;
    let client = upstream.client();
    plant(&client, "TOKEN-7", Instant::now() + MINUTE).await;
    client.tags(&credentials()).await.unwrap();
    assert_eq!(modes(&upstream), [false]);
    assert_eq!(upstream.calls()[0].query("access_token"), Some("TOKEN-0"));
}

#[tokio::test]
async fn while_one_task_renews_ahead_of_time_the_others_use_the_old_token() {
    let upstream = Upstream::start(|request| match request.path.as_str() {
        TOKEN_API => Reply::token("NEW").after(Duration::from_millis(200)),
        _ => no_tags(),
    })
    .await;
    let client = upstream.client();
    plant(&client, "OLD", Instant::now() + MINUTE).await;
    let credentials = credentials();
    let results = join_all((0..20).map(|_| client.tags(&credentials))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(upstream.requests_of(TOKEN_API).len(), 1);
    let old = upstream.calls().iter().filter(|call| call.query("access_token") == Some("OLD")).count();
    assert_eq!((upstream.calls().len(), old), (20, 19));
}

#[tokio::test]
async fn a_renewal_ahead_of_time_that_fails_is_left_alone_for_a_while() {
    let upstream = Upstream::start(|request| match request.path.as_str() {
        TOKEN_API => Reply::refusal(40164, "invalid ip 203.0.113.9, not in whitelist"),
        _ => no_tags(),
    })
    .await;
    let client = upstream.client();
    plant(&client, "OLD", Instant::now() + MINUTE).await;
    for _ in 0..3 {
        client.tags(&credentials()).await.unwrap();
    }
    assert_eq!(upstream.requests_of(TOKEN_API).len(), 1);
    assert!(upstream.calls().iter().all(|call| call.query("access_token") == Some("OLD")));
}

#[tokio::test]
async fn an_expired_token_is_not_used() {
    let (_, upstream) = Platform::start(40001).await;
    let client = upstream.client();
    plant(&client, "TOKEN-7", Instant::now()).await;
    client.tags(&credentials()).await.unwrap();
    assert_eq!(upstream.calls()[0].query("access_token"), Some("TOKEN-0"));
}

#[tokio::test]
async fn a_stale_token_is_replaced_in_normal_mode_and_the_call_repeated() {
    for errcode in [40001, 40014, 42001] {
        let (platform, upstream) = Platform::start(errcode).await;
        let client = upstream.client();
        client.tags(&credentials()).await.unwrap();
        // Another system renewed the token: the platform has a new one, and the old one is dead.
        platform.current.store(1, Ordering::SeqCst);
        platform.valid_from.store(1, Ordering::SeqCst);
        client.tags(&credentials()).await.unwrap();
        assert_eq!(modes(&upstream), [false, false]);
        let used: Vec<_> = upstream.calls().iter().map(|call| call.query("access_token").unwrap().to_owned()).collect();
        assert_eq!(used, ["TOKEN-0", "TOKEN-0", "TOKEN-1"]);
    }
}

#[tokio::test]
async fn a_hundred_calls_that_find_the_token_stale_replace_it_once() {
    let (platform, upstream) = Platform::start(42001).await;
    let client = upstream.client();
    client.tags(&credentials()).await.unwrap();
    platform.current.store(1, Ordering::SeqCst);
    platform.valid_from.store(1, Ordering::SeqCst);
    let credentials = credentials();
    let results = join_all((0..100).map(|_| client.tags(&credentials))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(modes(&upstream), [false, false]);
}

#[tokio::test]
async fn a_new_token_is_forced_only_when_the_refused_one_comes_again_and_then_once_in_30_seconds() {
    let (platform, upstream) = Platform::start(40001).await;
    let client = upstream.client();
    // The platform refuses the very token that it calls current.
    platform.valid_from.store(1, Ordering::SeqCst);
    client.tags(&credentials()).await.unwrap();
    assert_eq!(modes(&upstream), [false, false, true]);

    // The same again at once: no second forced renewal, and the first refusal is the answer.
    platform.valid_from.store(2, Ordering::SeqCst);
    let error = client.tags(&credentials()).await.unwrap_err();
    assert!(matches!(error, Error::Refused { api: TAGS_API, errcode: 40001, .. }), "{error:?}");
    assert_eq!(modes(&upstream), [false, false, true, false]);
}

#[tokio::test]
async fn a_second_refusal_is_final() {
    let upstream = Upstream::start(|request| match request.path.as_str() {
        TOKEN_API if request.json()["force_refresh"] == true => Reply::token("FORCED"),
        TOKEN_API => Reply::token("NORMAL"),
        _ => Reply::refusal(40001, "invalid credential"),
    })
    .await;
    let error = upstream.client().tags(&credentials()).await.unwrap_err();
    assert_eq!(error.class(), Class::Token);
    assert_eq!(upstream.calls().len(), 2);
}

#[tokio::test]
async fn a_write_that_is_not_idempotent_is_repeated_after_a_stale_token() {
    let upstream = Upstream::start(|request| match (request.path.as_str(), request.query("access_token")) {
        (TOKEN_API, _) if request.json()["force_refresh"] == true => Reply::token("FORCED"),
        (TOKEN_API, _) => Reply::token("NORMAL"),
        (_, Some("FORCED")) => Reply::json(json!({"tag": {"id": 134, "name": "广东"}})),
        _ => Reply::refusal(40001, "invalid credential"),
    })
    .await;
    assert_eq!(upstream.client().create_tag(&credentials(), "广东").await.unwrap().id, 134);
}

#[tokio::test]
async fn a_failure_to_replace_the_token_is_the_answer() {
    let mut asked = 0;
    let upstream = Upstream::start(move |request| match request.path.as_str() {
        TOKEN_API => {
            asked += 1;
            if asked == 1 { Reply::token("OLD") } else { Reply::refusal(40125, "invalid appsecret") }
        }
        _ => Reply::refusal(42001, "access_token expired"),
    })
    .await;
    let error = upstream.client().tags(&credentials()).await.unwrap_err();
    assert!(matches!(error, Error::Refused { api: TOKEN_API, errcode: 40125, .. }), "{error:?}");
}

#[tokio::test]
async fn verify_asks_wechat_whatever_token_is_at_hand() {
    let (_, upstream) = Platform::start(40001).await;
    let client = upstream.client();
    client.verify(&credentials()).await.unwrap();
    client.verify(&credentials()).await.unwrap();
    assert_eq!(modes(&upstream), [false, false]);
    client.tags(&credentials()).await.unwrap();
    assert_eq!(modes(&upstream), [false, false], "the token that was checked is kept");
}

#[tokio::test]
async fn verify_says_that_the_secret_is_wrong() {
    for errcode in [40001, 40125] {
        let upstream = Upstream::start(move |_| Reply::refusal(errcode, "invalid appsecret")).await;
        let error = upstream.client().verify(&credentials()).await.unwrap_err();
        assert_eq!(error.class(), Class::Operator, "{errcode}");
        assert_eq!(upstream.requests().len(), 1);
    }
}

#[tokio::test]
async fn with_another_secret_the_old_token_is_not_used() {
    let (_, upstream) = Platform::start(40001).await;
    let client = upstream.client();
    client.tags(&credentials()).await.unwrap();
    let changed = Credentials { app_secret: "another".into(), ..credentials() };
    client.tags(&changed).await.unwrap();
    let secrets: Vec<_> =
        upstream.requests_of(TOKEN_API).iter().map(|request| request.json()["secret"].clone()).collect();
    assert_eq!(secrets, ["the-secret-of-this-app", "another"]);
}

#[tokio::test]
async fn forgetting_an_account_drops_its_tokens_only() {
    let (_, upstream) = Platform::start(40001).await;
    let client = upstream.client();
    let other = Credentials { app_id: "wxfedcba9876543210".to_owned(), ..credentials() };
    client.tags(&credentials()).await.unwrap();
    client.tags(&other).await.unwrap();
    client.forget(&other.app_id).await;
    client.tags(&credentials()).await.unwrap();
    assert_eq!(upstream.requests_of(TOKEN_API).len(), 2);
    client.tags(&other).await.unwrap();
    assert_eq!(upstream.requests_of(TOKEN_API).len(), 3);
}

#[tokio::test]
async fn the_life_of_a_token_may_be_text_or_absurd() {
    for life in [json!("7200"), json!(i64::MAX), json!(0)] {
        let answer = json!({"access_token": "TOKEN", "expires_in": life});
        let upstream = Upstream::start(move |request| match request.path.as_str() {
            TOKEN_API => Reply::json(answer.clone()),
            _ => no_tags(),
        })
        .await;
        upstream.client().tags(&credentials()).await.unwrap();
    }
}
