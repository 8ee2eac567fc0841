//! Every filter, alone and with others; what is counted is what is listed.

use serde_json::{Value, json};

use super::ids;
use crate::support::TestApp;
use crate::support::messages::Sent;

on_every_database!(a_text_is_searched_for_as_it_is, answers_of_keywords_can_be_left_out, filters_work_together,);

const BASE: i64 = 1_406_822_400;

async fn search(app: &TestApp, account: &str, needle: &str) -> Vec<String> {
    let request = app.rest(reqwest::Method::GET, &format!("/{account}/msg"));
    let answer = app.json(request.query(&[("filter", needle), ("size", "100")])).await;
    let found = answer["data"]["message"].as_array().unwrap_or_else(|| panic!("{needle} {answer}"));
    assert_eq!(answer["data"]["pagination"]["count"], found.len(), "{needle}");
    found.iter().map(|message| message["id"].as_str().unwrap().to_owned()).collect()
}

async fn a_text_is_searched_for_as_it_is(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let texts = [
        "100% sure",
        "100 sure",
        "a_b",
        "acb",
        "back\\slash",
        "it's \"quoted\"",
        "Straße ＡＢＣ",
        "ÄÖÜ",
        "你好，世界",
        "🎉 party",
        "wow!",
        "%",
        "x'; DROP TABLE message; --",
    ];
    let mut pushes: Vec<Sent> = texts.iter().zip(BASE..).map(|(text, at)| Sent::text("oX", at, text)).collect();
    // What is no text never matches, whatever it says.
    let voice = "<MsgType>voice</MsgType><MediaId>m</MediaId><Format>amr</Format><Recognition>100% sure</Recognition>";
    pushes.push(Sent::of("oX", BASE + 50, voice));
    pushes.push(Sent::of("oX", BASE + 51, "<MsgType>link</MsgType><Title>100% sure</Title><Url>http://a_b</Url>"));
    app.receive(&account, 1, &pushes).await;
    for (needle, expected) in [
        ("100%", vec!["1"]),
        ("%", vec!["12", "1"]),
        ("_", vec!["3"]),
        ("a_b", vec!["3"]),
        ("\\", vec!["5"]),
        ("k\\s", vec!["5"]),
        ("'", vec!["13", "6"]),
        ("\"quoted\"", vec!["6"]),
        ("!", vec!["11"]),
        ("abc", vec!["7"]),
        ("ａｂｃ", vec!["7"]),
        ("äöü", vec!["8"]),
        ("好，世", vec!["9"]),
        ("好,世", vec!["9"]),
        ("🎉", vec!["10"]),
        ("SURE", vec!["2", "1"]),
        ("nothing", vec![]),
        ("' OR '1'='1", vec![]),
    ] {
        assert_eq!(search(&app, &account, needle).await, expected, "{needle}");
    }
    // Present, even if empty: texts only.
    assert_eq!(search(&app, &account, "").await.len(), texts.len());
    assert_eq!(ids(&app, &account, "").await.len(), texts.len() + 2);
}

async fn answers_of_keywords_can_be_left_out(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let pushes = [
        Sent::text("oX", BASE, "a").answered(),
        Sent::text("oX", BASE + 1, "b"),
        Sent::of("oX", BASE + 2, "<MsgType>sticker</MsgType>"),
        Sent::of("oX", BASE + 3, "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>a</EventKey>"),
    ];
    app.receive(&account, 1, &pushes).await;
    for all in ["", "filterivrmsg=0", "filterivrmsg=false", "filterivrmsg="] {
        assert_eq!(ids(&app, &account, all).await, ["2", "1"], "{all}");
    }
    for some in ["filterivrmsg=1", "filterivrmsg=true"] {
        assert_eq!(ids(&app, &account, some).await, ["2"], "{some}");
    }
    assert_eq!(app.get(&format!("/{account}/msg?filterivrmsg=2")).await["code"], 400);
    let query = "query ($id: ID!) { account(id: $id) { all: messages { totalCount }
        some: messages(filter: { withoutKeywordReplies: true }) { totalCount nodes { id } } } }";
    let data = app.data(query, json!({ "id": account })).await;
    assert_eq!(data["account"]["all"]["totalCount"], 3);
    assert_eq!(data["account"]["some"], json!({ "totalCount": 2, "nodes": [{ "id": "3" }, { "id": "2" }] }));
}

/// What the filter should leave, said in another language than SQL.
fn expected(pushes: &[(u64, Sent, &str)], filter: &Value) -> Vec<String> {
    let fits = |(_, push, kind): &&(u64, Sent, &str)| {
        let types = filter.get("types").and_then(Value::as_array);
        let text = filter.get("text").and_then(Value::as_str);
        types.is_none_or(|types| types.contains(&json!(kind)))
            && text.is_none_or(|text| *kind == "TEXT" && push.inner.contains(text))
            && filter.get("openid").is_none_or(|openid| *openid == push.openid)
            && !(filter.get("withoutKeywordReplies") == Some(&json!(true)) && push.by_keyword)
            && (filter.get("sentFrom").is_none() || push.at >= BASE + 20)
            && (filter.get("sentBefore").is_none() || push.at < BASE + 60)
    };
    pushes.iter().rev().filter(fits).map(|(number, ..)| number.to_string()).collect()
}

async fn filters_work_together(app: TestApp) {
    let (account, other) = (app.bind_only("gh_1").await, app.bind_only("gh_2").await);
    let kinds = [
        ("TEXT", "<MsgType>text</MsgType><Content>apple</Content>"),
        ("TEXT", "<MsgType>text</MsgType><Content>pear</Content>"),
        ("LINK", "<MsgType>link</MsgType><Title>apple</Title>"),
        ("LOCATION", "<MsgType>location</MsgType><Label>apple</Label>"),
        ("OTHER", "<MsgType>sticker</MsgType>"),
    ];
    let mut pushes = Vec::new();
    for number in 1..=80_u64 {
        let (kind, inner) = kinds[usize::try_from(number % 5).unwrap()];
        let openid = if number % 3 == 0 { "oB" } else { "oA" };
        let push = Sent::of(openid, BASE + i64::try_from(number).unwrap(), inner);
        let push = if number % 10 == 5 { push.answered() } else { push };
        pushes.push((number, push, kind));
    }
    let sent: Vec<Sent> = pushes.iter().map(|(_, push, _)| push.clone()).collect();
    app.receive(&account, 1, &sent).await;
    app.receive(&other, 1, &sent[..7]).await;
    let parts = [
        ("types", json!(["TEXT", "LINK"])),
        ("text", json!("apple")),
        ("openid", json!("oB")),
        ("withoutKeywordReplies", json!(true)),
        ("sentFrom", json!("2014-07-31T16:00:20Z")),
        ("sentBefore", json!("2014-07-31T16:01:00Z")),
    ];
    let query = "query ($id: ID!, $filter: MessageFilter) { account(id: $id) {
        messages(filter: $filter, first: 100) { totalCount nodes { id } } } }";
    let mut filters: Vec<Value> = (0..1 << parts.len())
        .map(|set: usize| {
            let chosen = parts.iter().enumerate().filter(|(index, _)| set >> index & 1 == 1);
            Value::Object(chosen.map(|(_, (name, value))| ((*name).to_owned(), value.clone())).collect())
        })
        .collect();
    let six = ["TEXT", "IMAGE", "VOICE", "VIDEO", "LOCATION", "LINK"];
    for types in [json!(six), json!(["OTHER"]), json!(["TEXT", "OTHER"]), json!([]), json!(["LOCATION"])] {
        filters.push(json!({ "types": types }));
        filters.push(json!({ "types": types, "withoutKeywordReplies": true }));
        filters.push(json!({ "types": types, "openid": "oA" }));
    }
    for nobody in ["nobody", "oa", "oA ", "\u{0}", ""] {
        filters.push(json!({ "openid": nobody }));
    }
    for filter in filters {
        let data = app.data(query, json!({ "id": account, "filter": filter })).await;
        let expected = expected(&pushes, &filter);
        let nodes: Vec<Value> = expected.iter().map(|id| json!({ "id": id })).collect();
        let list = json!({ "totalCount": expected.len(), "nodes": nodes });
        assert_eq!(data["account"]["messages"], list, "{filter}");
    }
    assert_eq!(ids(&app, &other, "").await.len(), 6, "an account sees its own messages");
}
