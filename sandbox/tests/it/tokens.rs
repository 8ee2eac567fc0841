//! Getting tokens and losing them.

use serde_json::{Value, json};

use crate::support::{APP, Simulator, errcode};

const USERS: &str = "/cgi-bin/user/get";

#[tokio::test]
async fn any_app_id_with_the_secret_sandbox_gets_a_token() {
    let simulator = Simulator::start().await;
    for app_id in [APP, "wx1", "wxb11529c136998cb6"] {
        let grant = simulator.token(app_id, "sandbox").await;
        assert_eq!(grant["expires_in"], 7200, "{app_id}");
        let grant = simulator.stable_token(app_id, false).await;
        assert_eq!(grant["expires_in"], 7200, "{app_id}");
    }
}

#[tokio::test]
async fn wrong_credentials_are_refused_by_code() {
    let simulator = Simulator::start().await;
    let grant = "client_credential";
    for (grant_type, app_id, secret, expected) in [
        (grant, APP, "wrong", 40125),
        (grant, "gh_0123456789ab", "sandbox", 40013),
        (grant, "wx/..", "sandbox", 40013),
        (grant, "", "sandbox", 41002),
        (grant, APP, "", 41004),
        ("authorization_code", APP, "sandbox", 40002),
        ("", APP, "sandbox", 40002),
    ] {
        let query = [("grant_type", grant_type), ("appid", app_id), ("secret", secret)];
        let request = simulator.http.get(format!("{}/cgi-bin/token", simulator.base)).query(&query);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(errcode(&answer), expected, "{query:?}");
        let body = json!({"grant_type": grant_type, "appid": app_id, "secret": secret});
        let answer = simulator.post_without_token("/cgi-bin/stable_token", body).await;
        assert_eq!(errcode(&answer), expected, "{query:?}");
    }
}

#[tokio::test]
async fn a_new_token_leaves_the_old_one_five_minutes() {
    let simulator = Simulator::start().await;
    let old = simulator.account(APP, 1).await;
    let new = simulator.account(APP, 0).await;
    assert_ne!(old.token, new.token);
    simulator.move_clock(290).await;
    assert_eq!(errcode(&old.get(USERS, &[]).await), 0);
    simulator.move_clock(310).await;
    assert_eq!(errcode(&old.get(USERS, &[]).await), 40001);
    assert_eq!(errcode(&new.get(USERS, &[]).await), 0);
    simulator.move_clock(7201).await;
    assert_eq!(errcode(&new.get(USERS, &[]).await), 42001);
}

#[tokio::test]
async fn stable_tokens_stay_the_same_and_count_down() {
    let simulator = Simulator::start().await;
    let first = simulator.stable_token(APP, false).await;
    simulator.token(APP, "sandbox").await;
    simulator.move_clock(6855).await;
    let later = simulator.stable_token(APP, false).await;
    assert_eq!(first["access_token"], later["access_token"]);
    let left = later["expires_in"].as_i64().unwrap();
    assert!((340..=345).contains(&left), "{left}");
    simulator.move_clock(6901).await;
    assert_ne!(simulator.stable_token(APP, false).await["access_token"], first["access_token"]);
}

#[tokio::test]
async fn forcing_replaces_the_stable_token_at_once_but_not_twice_in_30_seconds() {
    let simulator = Simulator::start().await;
    let mut account = simulator.account(APP, 1).await;
    let first = simulator.stable_token(APP, false).await;
    let forced = simulator.stable_token(APP, true).await;
    assert_ne!(first["access_token"], forced["access_token"]);
    assert_eq!(simulator.stable_token(APP, true).await["access_token"], forced["access_token"]);
    for (grant, expected) in [(&first, 40001), (&forced, 0)] {
        account.token = grant["access_token"].as_str().unwrap().to_owned();
        assert_eq!(errcode(&account.get(USERS, &[]).await), expected);
    }
    for turn in 1..20 {
        simulator.move_clock(turn * 31).await;
        assert_eq!(errcode(&simulator.stable_token(APP, true).await), 0, "turn {turn}");
    }
    simulator.move_clock(20 * 31).await;
    let refused = errcode(&simulator.stable_token(APP, true).await);
    // Ten minutes may cross midnight in China, where the count begins again.
    assert!(refused == 45009 || crossed_midnight(20 * 31), "{refused}");
}

fn crossed_midnight(seconds: u64) -> bool {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let day = |time: u64| (time + 8 * 3600) / 86_400;
    day(now) != day(now + seconds)
}

#[tokio::test]
async fn tokens_can_be_revoked_and_expired_on_demand() {
    let simulator = Simulator::start().await;
    for (action, expected) in [("revoke", 40001), ("expire", 42001)] {
        let mut account = simulator.account(APP, 0).await;
        let stable = simulator.stable_token(APP, false).await;
        account.control("POST", "/token", json!({ "action": action })).await;
        assert_eq!(errcode(&account.get(USERS, &[]).await), expected);
        account.token = stable["access_token"].as_str().unwrap().to_owned();
        assert_eq!(errcode(&account.get(USERS, &[]).await), expected);
        let next = simulator.stable_token(APP, false).await;
        assert_ne!(next["access_token"], stable["access_token"], "after {action} normal mode gives a new one");
        account.token = next["access_token"].as_str().unwrap().to_owned();
        assert_eq!(errcode(&account.get(USERS, &[]).await), 0);
    }
}

#[tokio::test]
async fn a_reset_ends_every_token() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 7).await;
    simulator.control("POST", "/reset", Value::Null).await;
    assert_eq!(errcode(&account.get(USERS, &[]).await), 40001);
    assert_eq!(
        simulator.account(APP, 0).await.get(USERS, &[]).await,
        json!({"total": 0, "count": 0, "next_openid": ""})
    );
}
