//! Every kind of value, as legacy clients write it.

use serde_json::{Value, json};

use super::Server;

async fn echoed(server: &Server, member: &str, json: &str) -> Value {
    server.post("/v1/echo", format!("{{\"{member}\":{json}}}")).await.data()[member].take()
}

async fn refused(server: &Server, member: &str, json: &str) -> String {
    let (code, message) = server.post("/v1/echo", format!("{{\"{member}\":{json}}}")).await.failure();
    assert_eq!(code, 400);
    message
}

#[tokio::test]
async fn values_become_what_the_type_asks_for() {
    let server = Server::start().await;
    for (member, given, expected) in [
        // Texts keep every digit that was written.
        ("text", "\"  a \"", json!("  a ")),
        ("text", "\"\"", json!("")),
        ("text", "12", json!("12")),
        ("text", "-0", json!("-0")),
        ("text", "1.50", json!("1.50")),
        ("text", "1e3", json!("1e3")),
        ("text", "123456789012345678901234567890", json!("123456789012345678901234567890")),
        ("text", "true", json!("true")),
        ("text", "null", json!(null)),
        ("text", "\"\\u0001 \u{10ffff} 山 \\ud83d\\ude00\"", json!("\u{1} \u{10ffff} 山 \u{1f600}")),
        ("id", "42", json!("42")),
        ("id", "\"42\"", json!("42")),
        // Integers.
        ("whole", "5", json!(5)),
        ("whole", "5.0", json!(5)),
        ("whole", "5e2", json!(500)),
        ("whole", "\" 5 \"", json!(5)),
        ("whole", "\"-5\"", json!(-5)),
        ("whole", "\"+5\"", json!(5)),
        ("whole", "2147483647", json!(2_147_483_647)),
        ("whole", "\"-2147483648\"", json!(-2_147_483_648)),
        ("whole", "\"\"", json!(7)),
        ("whole", "\" \"", json!(7)),
        ("whole", "null", json!(7)),
        // Numbers.
        ("decimal", "1", json!(1.0)),
        ("decimal", "\"1.25\"", json!(1.25)),
        ("decimal", "\"\"", json!(null)),
        // Booleans.
        ("flag", "true", json!(true)),
        ("flag", "0", json!(false)),
        ("flag", "1", json!(true)),
        ("flag", "\"0\"", json!(false)),
        ("flag", "\"1\"", json!(true)),
        ("flag", "\"TRUE\"", json!(true)),
        ("flag", "\" False \"", json!(false)),
        ("flag", "\"yes\"", json!(true)),
        ("flag", "\"No\"", json!(false)),
        ("flag", "\"\"", json!(null)),
        // Enums: names in any case, codes as numbers or texts.
        ("genre", "\"NOVEL\"", json!("Novel")),
        ("genre", "\"novel\"", json!("Novel")),
        ("genre", "\" Poetry \"", json!("Poetry")),
        ("genre", "1", json!("Novel")),
        ("genre", "\"2\"", json!("Poetry")),
        ("genre", "0", json!("Unknown")),
        ("genre", "\"prose\"", json!("Novel")),
        ("genre", "\"\"", json!(null)),
        // Instants.
        ("instant", "\"2026-01-31T08:00:00+08:00\"", json!("2026-01-31T00:00:00+00:00")),
        ("instant", "1403163520123", json!("2014-06-19T07:38:40.123+00:00")),
        ("instant", "\"1403163520000\"", json!("2014-06-19T07:38:40+00:00")),
        ("instant", "\"\"", json!(null)),
        // Lists.
        ("texts", "[\"a\", 1, true]", json!(["a", "1", "true"])),
        ("texts", "\"a\"", json!(["a"])),
        ("texts", "5", json!(["5"])),
        ("texts", "[]", json!([])),
        ("texts", "null", json!(null)),
        // Any JSON.
        ("any", "{\"a\":[1,{\"b\":null}]}", json!({"a": [1, {"b": null}]})),
        ("any", "\"a\"", json!("a")),
    ] {
        assert_eq!(echoed(&server, member, given).await, expected, "{member}: {given}");
    }
}

#[tokio::test]
async fn what_is_of_no_use_is_refused_by_name() {
    let server = Server::start().await;
    let integer = "expected an integer from -2147483648 to 2147483647, got";
    let genre = "expected one of unknown (0), novel (1, prose), poetry (2), got";
    for (member, given, reason) in [
        ("whole", "2147483648", format!("whole: {integer} 2147483648")),
        ("whole", "-2147483649", format!("whole: {integer} -2147483649")),
        ("whole", "1.5", format!("whole: {integer} 1.5")),
        ("whole", "1e400", format!("whole: {integer} 1e400")),
        ("whole", "\"NaN\"", format!("whole: {integer} \"NaN\"")),
        ("whole", "true", format!("whole: {integer} true")),
        ("whole", "[1]", format!("whole: {integer} [1]")),
        ("whole", "{\"a\":1}", format!("whole: {integer} {{\"a\":1}}")),
        ("decimal", "\"inf\"", "decimal: expected a number, got \"inf\"".to_owned()),
        ("flag", "2", "flag: expected true or false, 1 or 0, got 2".to_owned()),
        ("flag", "\"maybe\"", "flag: expected true or false, 1 or 0, got \"maybe\"".to_owned()),
        ("genre", "3", format!("genre: {genre} 3")),
        ("genre", "\"山\"", format!("genre: {genre} \"山\"")),
        ("text", "[]", "text: expected a text, got []".to_owned()),
        ("text", "\"a\\u0000\"", "text: a text cannot contain the character NUL".to_owned()),
        ("any", "{\"a\":[\"\\u0000\"]}", "any: a text cannot contain the character NUL".to_owned()),
        ("texts", "[\"a\", null]", "texts[1]: missing, expected a text".to_owned()),
        ("texts", "[\"a\", {}]", "texts[1]: expected a text, got {}".to_owned()),
        ("instant", "\"today\"", {
            let instant = "a time such as 2026-01-31T08:00:00Z, or milliseconds since 1970";
            format!("instant: expected {instant}, got \"today\"")
        }),
        ("books", "[1]", "books[0]: expected an object, got 1".to_owned()),
        ("books", "[{}]", "books[0].title: missing, expected a text".to_owned()),
        ("books", "[{\"title\":\"a\"},{\"title\":null}]", "books[1].title: missing, expected a text".to_owned()),
        ("books", "{\"title\":\"a\",\"page_count\":\"x\"}", format!("books.page_count: {integer} \"x\"")),
        (
            "books",
            "[{\"title\":\"a\",\"sequels\":[{\"title\":\"b\",\"genre\":9}]}]",
            format!("books[0].sequels[0].genre: {genre} 9"),
        ),
    ] {
        assert_eq!(refused(&server, member, given).await, reason, "{member}: {given}");
    }
    let long = format!("\"{}\"", "山".repeat(1_000));
    assert_eq!(refused(&server, "whole", &long).await, format!("whole: {integer} \"{}…", "山".repeat(39)));
}

#[tokio::test]
async fn input_objects_map_their_members_at_every_depth() {
    let server = Server::start().await;
    let body = "{\"title\":1,\"page_count\":\"3\",\"is_rare\":1,\"unknown\":{},\"sequels\":{\"title\":\"s\",\"rare\":\"true\"}}";
    let expected = "[BookInput { title: \"1\", page_count: Some(3), rare: true, genre: None, sequels: \
                    Some([BookInput { title: \"s\", page_count: None, rare: true, genre: None, sequels: None }]) }]";
    assert_eq!(echoed(&server, "books", body).await, expected);
}

#[tokio::test]
async fn input_objects_do_not_nest_without_end() {
    let server = Server::start().await;
    let nested = |depth: usize| {
        format!("{}{{\"title\":\"a\"}}{}", "{\"title\":\"a\",\"sequels\":".repeat(depth), "}".repeat(depth))
    };
    assert!(echoed(&server, "books", &nested(5)).await.is_string());
    let message = refused(&server, "books", &nested(40)).await;
    assert!(message.ends_with(": nested too deep"), "{message}");
}

#[tokio::test]
async fn missing_values_are_named_as_the_client_spells_them() {
    let server = Server::start().await;
    for (body, message) in [
        ("{}", "whole: missing, expected an integer from -2147483648 to 2147483647"),
        ("{\"whole\":\"\"}", "whole: missing, expected an integer from -2147483648 to 2147483647"),
        ("{\"whole\":1,\"shelfName\":\"a\"}", "shelf_name: missing, expected a text"),
        (
            "{\"whole\":1,\"shelf_name\":\"\",\"genre\":null}",
            "genre: missing, expected one of unknown (0), novel (1, prose), poetry (2)",
        ),
        ("{\"whole\":1,\"shelf_name\":\"\",\"genre\":1}", "books: missing, expected a list, each element an object"),
    ] {
        assert_eq!(server.post("/v1/strict", body).await.failure(), (400, message.to_owned()), "{body}");
    }
    assert_eq!(server.post("/v1/strict", "").await.failure().0, 400, "no body at all");
    let (code, message) = server.post("/v1/books", "").await.failure();
    assert_eq!((code, message.as_str()), (400, "body: missing, expected a list, each element an object"));
    assert_eq!(server.post("/v1/books", "[{}]").await.failure().1, "[0].title: missing, expected a text");
}

#[tokio::test]
async fn query_parameters_are_as_lenient() {
    let server = Server::start().await;
    for (query, member, expected) in [
        ("text=%E5%B1%B1+a%2Bb", "text", json!("山 a+b")),
        ("text=", "text", json!("")),
        ("text=a&text=b", "text", json!("b")),
        ("whole=%205%20", "whole", json!(5)),
        ("whole=", "whole", json!(7)),
        ("flag=1", "flag", json!(true)),
        ("flag=False", "flag", json!(false)),
        ("flag", "flag", json!(null)),
        ("genre=2", "genre", json!("Poetry")),
        ("genre=poetry&unknown=1", "genre", json!("Poetry")),
        ("texts=a&texts=b", "texts", json!(["a", "b"])),
        ("texts=a", "texts", json!(["a"])),
        ("texts=", "texts", json!(null)),
    ] {
        let mut data = server.get(&format!("/v1/echo?{query}")).await.data();
        assert_eq!(data[member].take(), expected, "{query}");
    }
    for (query, message) in [
        ("whole=abc", "whole: expected an integer from -2147483648 to 2147483647, got \"abc\""),
        ("text=%00", "text: a text cannot contain the character NUL"),
        ("texts=a&texts=%00", "texts[1]: a text cannot contain the character NUL"),
    ] {
        assert_eq!(server.get(&format!("/v1/echo?{query}")).await.failure(), (400, message.to_owned()));
    }
}
