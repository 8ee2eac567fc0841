//! 48001 by account kind and verification.

use serde_json::{Value, json};

use crate::support::{APP, Simulator, errcode};

const FOR_EVERYBODY: [(&str, &str); 22] = [
    ("GET", "/cgi-bin/get_api_domain_ip"),
    ("GET", "/cgi-bin/getcallbackip"),
    ("POST", "/cgi-bin/callback/check"),
    ("POST", "/cgi-bin/clear_quota"),
    ("POST", "/cgi-bin/openapi/quota/get"),
    ("POST", "/cgi-bin/openapi/rid/get"),
    ("POST", "/cgi-bin/media/upload"),
    ("GET", "/cgi-bin/media/get"),
    ("POST", "/cgi-bin/media/uploadimg"),
    ("POST", "/cgi-bin/material/add_material"),
    ("POST", "/cgi-bin/material/get_material"),
    ("POST", "/cgi-bin/material/del_material"),
    ("GET", "/cgi-bin/material/get_materialcount"),
    ("POST", "/cgi-bin/material/batchget_material"),
    ("POST", "/cgi-bin/draft/switch"),
    ("POST", "/cgi-bin/draft/add"),
    ("POST", "/cgi-bin/draft/update"),
    ("POST", "/cgi-bin/draft/get"),
    ("POST", "/cgi-bin/draft/delete"),
    ("POST", "/cgi-bin/draft/batchget"),
    ("GET", "/cgi-bin/draft/count"),
    ("GET", "/cgi-bin/get_current_selfmenu_info"),
];

const FOR_VERIFIED: [(&str, &str); 29] = [
    ("GET", "/cgi-bin/user/get"),
    ("GET", "/cgi-bin/user/info"),
    ("POST", "/cgi-bin/user/info/batchget"),
    ("POST", "/cgi-bin/user/info/updateremark"),
    ("POST", "/cgi-bin/tags/create"),
    ("GET", "/cgi-bin/tags/get"),
    ("POST", "/cgi-bin/tags/update"),
    ("POST", "/cgi-bin/tags/delete"),
    ("POST", "/cgi-bin/user/tag/get"),
    ("POST", "/cgi-bin/tags/getidlist"),
    ("POST", "/cgi-bin/tags/members/batchtagging"),
    ("POST", "/cgi-bin/tags/members/batchuntagging"),
    ("POST", "/cgi-bin/tags/members/getblacklist"),
    ("POST", "/cgi-bin/tags/members/batchblacklist"),
    ("POST", "/cgi-bin/tags/members/batchunblacklist"),
    ("POST", "/cgi-bin/menu/create"),
    ("GET", "/cgi-bin/menu/get"),
    ("GET", "/cgi-bin/menu/delete"),
    ("POST", "/cgi-bin/menu/addconditional"),
    ("POST", "/cgi-bin/menu/delconditional"),
    ("POST", "/cgi-bin/menu/trymatch"),
    ("POST", "/cgi-bin/message/custom/send"),
    ("POST", "/cgi-bin/message/custom/typing"),
    ("POST", "/cgi-bin/message/mass/sendall"),
    ("POST", "/cgi-bin/message/mass/preview"),
    ("POST", "/cgi-bin/message/mass/delete"),
    ("POST", "/cgi-bin/message/mass/get"),
    ("POST", "/cgi-bin/message/mass/speed/get"),
    ("POST", "/cgi-bin/message/mass/speed/set"),
];

const FOR_VERIFIED_SERVICE: [(&str, &str); 1] = [("POST", "/cgi-bin/message/mass/send")];

#[tokio::test]
async fn followers_menus_and_messages_need_verification_and_the_other_calls_nothing() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    let call = async |(method, path): (&str, &str)| match method {
        "GET" => errcode(&account.get(path, &[]).await),
        _ => errcode(&account.post(path, json!({})).await),
    };
    for kind in ["service", "subscription"] {
        for verified in [true, false] {
            let state = account.control("PUT", "/profile", json!({"kind": kind, "verified": verified})).await;
            assert_eq!((&state["kind"], &state["verified"]), (&json!(kind), &json!(verified)));
            for endpoint in FOR_EVERYBODY {
                assert_ne!(call(endpoint).await, 48001, "{kind} {verified} {endpoint:?}");
            }
            for endpoint in FOR_VERIFIED {
                assert_eq!(call(endpoint).await == 48001, !verified, "{kind} {verified} {endpoint:?}");
            }
            for endpoint in FOR_VERIFIED_SERVICE {
                let granted = verified && kind == "service";
                assert_eq!(call(endpoint).await == 48001, !granted, "{kind} {verified} {endpoint:?}");
            }
            assert_eq!(errcode(&simulator.token(APP, "sandbox").await), 0);
        }
    }
}

#[tokio::test]
async fn a_new_account_is_a_verified_service_account() {
    let simulator = Simulator::start().await;
    let state = simulator.control("GET", "/wxnew/state", Value::Null).await;
    for (name, value) in [
        ("kind", json!("service")),
        ("verified", json!(true)),
        ("quotas", json!(true)),
        ("monthly_limit", Value::Null),
        ("followers", json!(0)),
        ("tags", json!(1)),
        ("tagged", json!(0)),
        ("blacklisted", json!(0)),
        ("comments", json!(true)),
        ("media", json!(0)),
        ("material", json!({"image": 0, "voice": 0, "video": 0, "thumb": 0})),
        ("drafts", json!(0)),
        ("published", json!(0)),
        ("webhook", Value::Null),
        ("mass_confirmation", json!("off")),
        ("mass_finish", json!("auto")),
        ("mass_status", json!("send success")),
        ("mass_early_event", json!(false)),
        ("mass_processing_ms", json!(0)),
        ("mass_quota", json!(true)),
    ] {
        assert_eq!(state[name], value, "{name}");
    }
    assert_eq!(simulator.control("GET", "/wxnew/ledger", Value::Null).await, json!([]));
}
