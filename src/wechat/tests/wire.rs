//! Numbers, flags and texts in every dress WeChat sends them in.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::wechat::wire;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Members {
    #[serde(deserialize_with = "wire::integer")]
    integer: Option<i64>,
    #[serde(deserialize_with = "wire::flag")]
    flag: bool,
    #[serde(deserialize_with = "wire::text")]
    text: Option<String>,
    #[serde(deserialize_with = "wire::integers")]
    integers: Option<Vec<i64>>,
    #[serde(deserialize_with = "wire::count")]
    count: u64,
}

fn read(members: Value) -> serde_json::Result<Members> {
    // By way of text, as an answer comes.
    serde_json::from_str(&members.to_string())
}

#[test]
fn a_value_is_read_in_every_dress() {
    let expected = Members {
        integer: Some(9_007_199_254_740_993),
        flag: true,
        text: Some("x".to_owned()),
        integers: Some(vec![1, 2]),
        count: 3,
    };
    let numbers = json!({"integer": 9_007_199_254_740_993_i64, "flag": 1, "text": "x", "integers": [1, 2], "count": 3, "new": {}});
    let texts =
        json!({"integer": "9007199254740993", "flag": "1", "text": "x", "integers": ["1", " 2 "], "count": "3"});
    assert_eq!(read(numbers).unwrap(), expected);
    assert_eq!(read(texts).unwrap(), expected);
    assert!(read(json!({"flag": true})).unwrap().flag);
}

#[test]
fn empty_and_null_are_not_given() {
    for absent in
        [json!({}), json!({"integer": null, "text": null, "integers": null}), json!({"integer": "", "text": ""})]
    {
        assert_eq!(read(absent).unwrap(), Members::default());
    }
    assert!(!read(json!({"flag": ""})).unwrap().flag);
}

#[test]
fn what_is_no_number_is_refused() {
    for members in [
        json!({"integer": "x"}),
        json!({"integer": []}),
        json!({"integer": 1.5}),
        json!({"count": -1}),
        json!({"integers": [null]}),
        json!({"integers": "1,2"}),
        json!({"text": 1}),
    ] {
        assert!(read(members.clone()).is_err(), "{members}");
    }
}
