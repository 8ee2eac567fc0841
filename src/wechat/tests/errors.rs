//! The table of codes, and what a person is told.

use std::ops::RangeInclusive;

use crate::wechat::Class::{self, Operator, Permanent, Quota, Recipient, Retry, Token};
use crate::wechat::Error;

/// Every documented code with its class, in the order of the codes; transcribed from the documentation's list and
/// not from the client.
const DOCUMENTED: &[(RangeInclusive<i64>, Class)] = &[
    (-1..=-1, Retry),
    (40001..=40001, Token),
    (40002..=40002, Permanent),
    (40003..=40003, Recipient),
    (40004..=40012, Permanent),
    (40013..=40013, Operator),
    (40014..=40014, Token),
    (40015..=40124, Permanent),
    (40125..=40125, Operator),
    (40126..=40163, Permanent),
    (40164..=40164, Operator),
    (40165..=40242, Permanent),
    (40243..=40243, Operator),
    (40244..=41001, Permanent),
    (41002..=41002, Operator),
    (41003..=41003, Permanent),
    (41004..=41004, Operator),
    (41005..=42000, Permanent),
    (42001..=42001, Token),
    (42002..=42009, Permanent),
    (42010..=42010, Retry),
    (43001..=43003, Permanent),
    (43004..=43005, Recipient),
    (43019..=43019, Recipient),
    (43101..=43101, Recipient),
    (43104..=45008, Permanent),
    (45009..=45010, Quota),
    (45011..=45011, Retry),
    (45015..=45015, Recipient),
    (45016..=45027, Permanent),
    (45028..=45029, Quota),
    (45034..=45034, Quota),
    (45047..=45047, Recipient),
    (45048..=45052, Permanent),
    (45056..=45056, Quota),
    (45057..=45065, Permanent),
    (45066..=45066, Retry),
    (45067..=45072, Permanent),
    (45074..=45074, Quota),
    (45080..=45168, Permanent),
    (45169..=45169, Retry),
    (45171..=45171, Permanent),
    (45501..=45501, Operator),
    (46001..=46003, Permanent),
    (46004..=46004, Recipient),
    (46007..=46007, Retry),
    (47001..=47003, Permanent),
    (48001..=48001, Operator),
    (48002..=48002, Recipient),
    (48003..=48004, Operator),
    (48005..=48005, Permanent),
    (48006..=48006, Quota),
    (48008..=50001, Permanent),
    (50002..=50002, Operator),
    (50004..=50004, Operator),
    (50005..=50005, Recipient),
    (50007..=50007, Operator),
    (53404..=53600, Permanent),
    (61004..=61004, Operator),
    (61007..=61007, Operator),
    (61016..=61016, Operator),
    (61450..=61450, Retry),
    (61451..=61501, Permanent),
    (61503..=61503, Retry),
    (63178..=65417, Permanent),
    (70000..=70000, Recipient),
    (76001..=88010, Permanent),
    (89501..=89507, Operator),
    (268487001..=268487002, Retry),
    (268488001..=268488001, Retry),
    (9500001..=9500002, Permanent),
    // Not documented.
    (7..=7, Permanent),
    (-7..=-7, Permanent),
    (i64::MAX..=i64::MAX, Permanent),
];

fn refused(api: &'static str, errcode: i64) -> Error {
    Error::Refused { api, errcode, errmsg: "words rid: 6a0c1f22-1b2c3d4e-0f1e2d3c".to_owned() }
}

#[test]
fn every_documented_code_has_its_class() {
    for (errcodes, class) in DOCUMENTED {
        for errcode in errcodes.clone() {
            assert_eq!(refused("/cgi-bin/user/get", errcode).class(), *class, "{errcode}");
        }
    }
}

#[test]
fn a_wrong_credential_is_the_operators_business_where_the_token_is_asked_for() {
    assert_eq!(refused("/cgi-bin/stable_token", 40001).class(), Operator);
}

#[test]
fn a_refusal_leaves_the_outcome_open_only_where_the_platform_failed() {
    for errcode in [-1, 45066, 61450, 268487001, 268487002, 268488001] {
        assert!(refused("/cgi-bin/message/mass/sendall", errcode).may_have_been_processed(), "{errcode}");
    }
    for errcode in [40001, 42001, 45009, 45011, 45028, 45169, 48001, 42010] {
        assert!(!refused("/cgi-bin/message/mass/sendall", errcode).may_have_been_processed(), "{errcode}");
    }
}

#[test]
fn advice_says_what_wechat_said_and_what_to_do() {
    let hints = [
        (40013, "AppID"),
        (40125, "AppSecret"),
        (40001, "AppSecret"),
        (40164, "IP whitelist"),
        (40243, "unfreeze"),
        (45009, "00:00"),
        (48001, "verified"),
        (48004, "banned"),
        (50002, "frozen"),
        (61004, "IP address"),
        (89501, "administrator"),
        (89503, "administrator"),
        (89506, "24 hours"),
        (89507, "1 hour"),
        (45157, "choose another"),
        (45158, "too long"),
        (45056, "100 tags"),
        (45028, "mass send"),
        (50007, "frozen"),
    ];
    for (errcode, hint) in hints {
        let advice = refused("/cgi-bin/tags/create", errcode).advice();
        let said =
            format!("WeChat refused /cgi-bin/tags/create with {errcode} (words rid: 6a0c1f22-1b2c3d4e-0f1e2d3c): ");
        let hinted = advice.strip_prefix(&said).unwrap_or_else(|| panic!("{advice}"));
        assert!(hinted.contains(hint), "{advice}");
    }
}

#[test]
fn a_code_without_a_hint_of_its_own_gets_its_classs() {
    assert!(refused("/cgi-bin/menu/create", 40021).advice().ends_with("change what the message names"));
    assert!(refused("/cgi-bin/menu/create", 42010).advice().ends_with("try again later"));
    let unreadable = Error::Unreadable { api: "/cgi-bin/tags/get", reason: "it is not JSON".to_owned() };
    assert!(unreadable.advice().contains("try again later"));
}

#[test]
fn out_of_bounds_says_what_would_be_right() {
    let error = Error::OutOfBounds { api: "/cgi-bin/tags/create", what: "openids", given: 51, min: 1, max: 50 };
    assert_eq!(error.advice(), "/cgi-bin/tags/create takes 1 to 50 openids, not 51");
}
