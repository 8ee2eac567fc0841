//! Uploads.

use std::fmt::Write as _;

use super::*;

const ONE: &str = r#"{"query":"mutation($f: Upload!) { read(files: [$f]) }","variables":{"f":null}}"#;
const MANY: &str = r#"{"query":"mutation($f: [Upload!]!) { read(files: $f) }","variables":{"f":[null,null]}}"#;

/// A part: its `Content-Disposition` parameters, and its content.
type Part<'p> = (&'p str, &'p str);

fn form(parts: &[Part<'_>]) -> HttpRequest<Body> {
    let mut body = String::new();
    for (parameters, content) in parts {
        let kind = if parameters.contains("filename") { "Content-Type: text/plain\r\n" } else { "" };
        let _ = write!(body, "--XX\r\nContent-Disposition: form-data; {parameters}\r\n{kind}\r\n{content}\r\n");
    }
    body.push_str("--XX--\r\n");
    with(post(body), CONTENT_TYPE, "multipart/form-data; boundary=XX")
}

fn upload<'p>(operations: &'p str, map: &'p str, files: &[Part<'p>]) -> HttpRequest<Body> {
    form(&[&[(r#"name="operations""#, operations), (r#"name="map""#, map)], files].concat())
}

async fn sent(request: HttpRequest<Body>) -> Reply {
    send(Limits::default(), with(request, header::ACCEPT, STRICT)).await
}

#[tokio::test]
async fn a_file_arrives_with_its_name_type_and_content() {
    let reply = sent(upload(ONE, r#"{"0":["variables.f"]}"#, &[(r#"name="0"; filename="图片 1.txt""#, "内容")])).await;
    assert_eq!(reply.json, json!({"data": {"read": ["图片 1.txt text/plain 内容"]}}));
}

#[tokio::test]
async fn several_files_arrive_in_lists_and_in_batches() {
    let files = [(r#"name="b"; filename="B""#, "bbb"), (r#"name="a"; filename="A""#, "aaa")];
    let reply = sent(upload(MANY, r#"{"a":["variables.f.0"],"b":["variables.f.1"]}"#, &files)).await;
    assert_eq!(reply.json["data"]["read"], json!(["A text/plain aaa", "B text/plain bbb"]));

    let batch = format!("[{ONE},{ONE}]");
    let reply = sent(upload(&batch, r#"{"a":["0.variables.f"],"b":["1.variables.f"]}"#, &files)).await;
    assert_eq!(reply.json[0]["data"]["read"], json!(["A text/plain aaa"]));
    assert_eq!(reply.json[1]["data"]["read"], json!(["B text/plain bbb"]));
}

#[tokio::test]
async fn two_variables_can_share_a_file_and_both_read_all_of_it() {
    let both = r#"{"query":"mutation($a: Upload!, $b: Upload!) { both(one: $a, other: $b) }","variables":{"a":null,"b":null}}"#;
    let files = [(r#"name="0"; filename="A""#, "all of it")];
    let reply = sent(upload(both, r#"{"0":["variables.a","variables.b"]}"#, &files)).await;
    assert_eq!(reply.json["data"]["both"], json!(["A text/plain all of it", "A text/plain all of it"]));
}

#[tokio::test]
async fn a_wrong_map_is_refused() {
    let file = (r#"name="0"; filename="A""#, "a");
    for (operations, map, files) in [
        (ONE, r#"{"0":["variables.other"]}"#, &[file][..]),
        (ONE, r#"{"0":["variables"]}"#, &[file]),
        (ONE, r#"{"0":["query"]}"#, &[file]),
        (r#"{"query":"{ caller }","extensions":{"variables":null}}"#, r#"{"0":["extensions.variables"]}"#, &[file]),
        (ONE, r#"{"0":["variables/f"]}"#, &[file]),
        (ONE, r#"{"0":["0.variables.f"]}"#, &[file]),
        (ONE, r#"{"0":["variables.f","variables.f"]}"#, &[file]),
        (ONE, r#"{"0":"variables.f"}"#, &[file]),
        (ONE, r"[]", &[file]),
        (ONE, r"{", &[file]),
        (ONE, r#"{"0":["variables.f"]}"#, &[]),
        (ONE, r#"{"0":["variables.f"]}"#, &[(r#"name="1"; filename="A""#, "a")]),
        (ONE, r#"{"0":["variables.f"]}"#, &[file, file]),
        (MANY, r#"{"0":["variables.f.2"]}"#, &[file]),
        ("{", r#"{"0":["variables.f"]}"#, &[file]),
        ("[]", r"{}", &[]),
    ] {
        let reply = sent(upload(operations, map, files)).await;
        assert_eq!((reply.status, reply.code()), (400, "BAD_USER_INPUT"), "{map} {}", reply.json);
    }
    for parts in [
        &[][..],
        &[(r#"name="operations""#, ONE)],
        &[(r#"name="map""#, r#"{"0":["variables.f"]}"#), (r#"name="operations""#, ONE), file],
        &[(r#"name="operations""#, ONE), file, (r#"name="map""#, r#"{"0":["variables.f"]}"#)],
    ] {
        assert_eq!(sent(form(parts)).await.status, 400, "{parts:?}");
    }
    let torn = with(
        post("--XX\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n{"),
        CONTENT_TYPE,
        "multipart/form-data; boundary=XX",
    );
    assert_eq!(sent(torn).await.status, 400);
}

#[tokio::test]
async fn files_have_their_size_and_number() {
    let limits = Limits { upload_bytes: 1000, upload_files: 2, body_bytes: 500, ..Limits::default() };
    let map = r#"{"0":["variables.f"]}"#;
    let of_size = |size: usize| upload(ONE, map, &[(r#"name="0"; filename="A""#, &"x".repeat(size))]);
    assert_eq!(send(limits.clone(), of_size(1000)).await.status, 200);
    let too_large = send(limits.clone(), of_size(1001)).await;
    assert_eq!((too_large.status, too_large.code()), (413, "PAYLOAD_TOO_LARGE"));

    let three = r#"{"0":["variables.f.0"],"1":["variables.f.1"],"2":["variables.f.2"]}"#;
    let operations = MANY.replace("[null,null]", "[null,null,null]");
    let too_many = send(limits.clone(), upload(&operations, three, &[])).await;
    assert_eq!((too_many.status, too_many.code()), (413, "PAYLOAD_TOO_LARGE"));

    let nulls = MANY.replace("[null,null]", "[null,null,null]");
    let shared = r#"{"0":["variables.f.0","variables.f.1","variables.f.2"]}"#;
    let file = [(r#"name="0"; filename="A""#, "a")];
    assert_eq!(send(limits.clone(), upload(&nulls, shared, &file)).await.status, 413, "one file, three variables");

    let padded = |size: usize| format!("{ONE:<size$}");
    assert_eq!(send(limits.clone(), upload(&padded(500), map, &file)).await.status, 200);
    assert_eq!(send(limits, upload(&padded(501), map, &file)).await.status, 413);
}

#[tokio::test]
async fn a_form_of_another_origin_is_refused_unless_preflighted() {
    let file = [(r#"name="0"; filename="A""#, "a")];
    let foreign = || with(upload(ONE, r#"{"0":["variables.f"]}"#, &file), header::ORIGIN, "https://evil.example");
    let reply = sent(foreign()).await;
    assert_eq!((reply.status, reply.code()), (403, "FORBIDDEN"));
    let preflighted = with(foreign(), HeaderName::from_static("graphql-require-preflight"), "1");
    assert_eq!(sent(preflighted).await.status, 200);
}
