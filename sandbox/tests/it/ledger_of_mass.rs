//! The ledger after mass sends to very many.

use serde_json::{Value, json};

use crate::{
    mass_calls::{SENDALL, accepted, by_hand, to_all, totals},
    support::APP,
};

#[tokio::test]
async fn everybody_of_250_000_has_a_line() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 250_000).await;
    let msg_id = accepted(&account, SENDALL, to_all("quarter\"million")).await;
    let url = format!("{}/_control/{APP}/ledger", simulator.base);
    let response = simulator.http.get(url).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    let lines: Vec<serde_json::Map<String, Value>> = response.json().await.unwrap();
    assert_eq!(lines.len(), 250_000);
    let expected = json!({"openid": account.openids(1).await[0], "kind": "mass", "msg_id": msg_id,
        "clientmsgid": "quarter\"million", "type": "text", "count": 1});
    assert_eq!(json!(lines[0]), expected);
    let openids: std::collections::HashSet<_> = lines.iter().map(|line| line["openid"].as_str().unwrap()).collect();
    assert_eq!(openids.len(), 250_000);

    let once =
        json!({"sends": 1, "received": 250_000, "followers": 250_000, "more_than_once": [], "more_than_once_count": 0});
    assert_eq!(totals(&account).await, once);
    accepted(&account, SENDALL, to_all("again")).await;
    let twice = totals(&account).await;
    assert_eq!((&twice["received"], &twice["more_than_once_count"]), (&json!(500_000), &json!(250_000)));
    assert_eq!(twice["more_than_once"].as_array().unwrap().len(), 100);
}
