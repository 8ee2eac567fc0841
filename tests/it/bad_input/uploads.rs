//! Forms that bring files, over both doors: what is none, what breaks off, and names that lead elsewhere.

use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::room::{Answer, Room, ask};
use super::table::{Body, table};
use crate::support::TestApp;
use crate::support::uploads::{File, jpeg, mp3, mp4};

on_every_database!(
    a_form_must_be_a_form,
    a_form_has_one_file,
    a_file_up_to_its_limit_is_taken,
    a_name_is_the_last_part_of_a_path,
    a_name_that_is_too_long_is_refused_where_people_see_it,
    a_file_is_what_the_form_says_and_no_text,
    a_map_that_leads_nowhere_is_refused,
    files_are_checked_at_both_doors,
);

/// The content of a file of so many bytes.
type Content = fn(usize) -> Vec<u8>;

const UPLOAD: &str = "mutation ($input: UploadImageInput!) { uploadImage(input: $input) { image { id name } } }";

fn form(room: &Room, form: Form) -> RequestBuilder {
    room.app.rest(Method::POST, &room.path("/image")).multipart(form)
}

fn is_error(answer: &Answer, code: &str, context: &str) {
    assert_eq!(answer.error()["extensions"]["code"], code, "{context}: {}", answer.body);
}

async fn a_form_must_be_a_form(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let part = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n";
    for route in table(&room).into_iter().filter(|route| route.body == Body::Form) {
        let typed = |content_type: &str, bytes: Vec<u8>| route.with_body(&room.app, bytes, content_type);
        for content_type in ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/mixed"] {
            let answer = ask(typed(content_type, b"{}".to_vec())).await;
            answer.is_refusal(415, content_type);
            assert!(answer.message().contains("multipart/form-data"), "{}", answer.body);
        }
        for (content_type, body) in [
            ("multipart/form-data", part.to_owned()),
            ("multipart/form-data; boundary=", part.to_owned()),
            ("multipart/form-data; boundary=x", String::new()),
            ("multipart/form-data; boundary=x", "{}".to_owned()),
            ("multipart/form-data; boundary=x", "--x".to_owned()),
            ("multipart/form-data; boundary=x", part.to_owned()),
            ("multipart/form-data; boundary=y", format!("{part}a\r\n--x--\r\n")),
        ] {
            let answer = ask(typed(content_type, body.clone().into_bytes())).await;
            answer.is_refusal(400, &format!("{} {content_type} {body:?}", route.route));
        }
    }
    room.is_as_it_was(&before, "no forms").await;
}

async fn a_form_has_one_file(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let file = || File::image("a.jpg").part();
    let answer = ask(form(&room, Form::new().part("file", file()).part("file", file()))).await;
    answer.is_refusal(400, "two files");
    answer.names("file", "two files");
    for name in ["File", "files", "file[]", "0", ""] {
        let answer = ask(form(&room, Form::new().part(name.to_owned(), file()))).await;
        answer.is_refusal(400, name);
        answer.names("file", name);
    }
    room.is_as_it_was(&before, "other names").await;
    let among = Form::new().text("name", "other.jpg").part("more", file()).part("file", file()).text("id", "x");
    assert_eq!(ask(form(&room, among)).await.body["data"]["name"], "a.jpg");
}

async fn a_file_up_to_its_limit_is_taken(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let replace = format!("/video/upload/{}", room.own.video);
    let limits: [(&str, &str, Content, usize); 5] = [
        ("/image", "a.jpg", jpeg, 1 << 20),
        ("/news/image", "a.jpg", jpeg, 1 << 20),
        ("/voice", "a.mp3", mp3, 2 << 20),
        ("/video/upload", "a.mp4", mp4, 10 << 20),
        (&replace, "a.mp4", mp4, 10 << 20),
    ];
    for (route, name, content, most) in limits {
        let answer = room.app.upload(&room.path(route), File::new(name, content(most + 1))).await;
        assert_eq!(answer, json!({ "code": 413, "message": "file size exceeded limit", "data": null }), "{route}");
    }
    room.is_as_it_was(&before, "too large").await;
    for (route, name, content, most) in limits {
        let answer = room.app.upload(&room.path(route), File::new(name, content(most))).await;
        assert_eq!(answer["code"], 200, "{route} {answer}");
    }
}

async fn a_name_is_the_last_part_of_a_path(app: TestApp) {
    let room = Room::furnish(app).await;
    for (sent, kept) in [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("/tmp/茶.JPG", "茶.JPG"),
        ("C:\\fakepath\\茶.jpeg", "茶.jpeg"),
        ("..jpg", "..jpg"),
        (".jpg", ".jpg"),
        ("a\"b'c<d>.jpg", "a\"b'c<d>.jpg"),
        ("  a b .jpg  ", "a b .jpg"),
        ("👩‍👩‍👧‍👦 100%.jpg", "👩‍👩‍👧‍👦 100%.jpg"),
    ] {
        let answer = room.app.upload(&room.path("/image"), File::image(sent)).await;
        assert_eq!(answer["data"]["name"], kept, "{sent:?} {answer}");
        let id = answer["data"]["id"].as_str().unwrap();
        let file = room.get(&format!("/image/{id}")).send().await.unwrap();
        let disposition = file.headers()["content-disposition"].to_str().unwrap().to_owned();
        assert!(disposition.starts_with("attachment; filename=\""), "{disposition}");
        assert_eq!(file.bytes().await.unwrap(), jpeg(64), "{sent:?}");
    }
}

async fn a_name_that_is_too_long_is_refused_where_people_see_it(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let name = |length: usize, extension: &str| format!("{}.{extension}", "名".repeat(length - 4));
    let image = |length| ("/image", File::image(&name(length, "jpg")));
    let voice = |length| ("/voice", File::voice(&name(length, "mp3")));
    for (route, file) in [image(101), voice(101)] {
        let answer = room.app.upload(&room.path(route), file).await;
        assert_eq!(answer["code"], 400, "{answer}");
        assert_eq!(answer["message"], "file: the file's name must have at most 100 characters, has 101");
    }
    room.is_as_it_was(&before, "long names").await;
    for (route, file) in [image(100), voice(100)] {
        let answer = room.app.upload(&room.path(route), file).await;
        assert_eq!(answer["data"]["name"].as_str().unwrap().chars().count(), 100, "{answer}");
    }
    let article_image = ("/news/image", File::image(&name(300, "jpg")));
    for (route, file) in [article_image, ("/video/upload", File::video(&name(300, "mp4")))] {
        assert_eq!(room.app.upload(&room.path(route), file).await["code"], 200, "{route}");
    }
}

/// The library hands a file on as a string of this form.
async fn a_file_is_what_the_form_says_and_no_text(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    for posing in [
        "",
        "a.jpg",
        "#__graphql_file__:0",
        "#__graphql_file__:1",
        "#__graphql_file__:x",
        "#__graphql_file__:99999999999999999999",
    ] {
        let input = json!({ "accountId": room.own.id, "file": posing });
        is_error(&ask(room.graphql(UPLOAD, json!({ "input": input }))).await, "BAD_USER_INPUT", posing);
        let literal = format!(
            "mutation {{ uploadImage(input: {{ accountId: \"{}\", file: \"{posing}\" }}) {{ image {{ id }} }} }}",
            room.own.id
        );
        is_error(&ask(room.graphql(&literal, Value::Null)).await, "BAD_USER_INPUT", posing);
        let query = form(&room, Form::new().text("more", "more")).query(&[("file", posing)]);
        let answer = ask(query).await;
        answer.is_refusal(400, posing);
        answer.names("file", posing);
    }
    room.is_as_it_was(&before, "posing texts").await;
}

async fn a_map_that_leads_nowhere_is_refused(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let variables = json!({ "input": { "accountId": room.own.id, "file": null } });
    for place in ["file", "input", "input.file.0", "input.accountId", "input.FILE", "", "input."] {
        let answer = ask(room.app.graphql_upload(UPLOAD, &variables, place, File::image("a.jpg"))).await;
        assert_eq!(answer.status, 400, "{place} {}", answer.body);
        is_error(&answer, "BAD_USER_INPUT", place);
    }
    let operations = json!({ "query": UPLOAD, "variables": variables }).to_string();
    let file = || File::image("a.jpg").part();
    let map = json!({ "0": ["variables.input.file"] }).to_string();
    for (context, form) in [
        ("nothing", Form::new()),
        ("no map", Form::new().text("operations", operations.clone()).part("0", file())),
        ("no file", Form::new().text("operations", operations.clone()).text("map", map.clone())),
        ("no operations", Form::new().text("map", map.clone()).part("0", file())),
        ("file first", Form::new().part("0", file()).text("operations", operations.clone()).text("map", map.clone())),
        ("another file", Form::new().text("operations", operations.clone()).text("map", map.clone()).part("1", file())),
        ("no JSON", Form::new().text("operations", "{").text("map", map.clone()).part("0", file())),
        ("a list as map", Form::new().text("operations", operations.clone()).text("map", "[]").part("0", file())),
        ("NUL", Form::new().text("operations", "\0").text("map", map.clone()).part("0", Part::bytes(Vec::new()))),
    ] {
        let answer = ask(room.app.http.post(format!("{}/graphql", room.app.url)).multipart(form)).await;
        assert_eq!(answer.status, 400, "{context} {}", answer.body);
        is_error(&answer, "BAD_USER_INPUT", context);
    }
    room.is_as_it_was(&before, "maps").await;
}

async fn files_are_checked_at_both_doors(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    for (context, file, code, message) in [
        ("empty", File::new("a.jpg", Vec::new()), "BAD_USER_INPUT", "file: is empty"),
        ("a PNG", File::image("a.png"), "UNSUPPORTED_MEDIA_TYPE", "only JPG formated images are supported"),
        (
            "cut off",
            File::new("a.jpg", jpeg(64)[..60].to_vec()),
            "UNSUPPORTED_MEDIA_TYPE",
            "only JPG formated images are supported",
        ),
        ("large", File::new("a.jpg", jpeg((1 << 20) + 1)), "PAYLOAD_TOO_LARGE", "file size exceeded limit"),
    ] {
        let variables = json!({ "input": { "accountId": room.own.id, "file": null } });
        let answer = ask(room.app.graphql_upload(UPLOAD, &variables, "input.file", file.clone())).await;
        is_error(&answer, code, context);
        assert_eq!(answer.error()["message"], message, "{context}: {}", answer.body);
        let answer = room.app.upload(&room.path("/image"), file).await;
        assert_eq!(answer["message"], message, "{context}: {answer}");
    }
    room.is_as_it_was(&before, "files").await;
    let variables = json!({ "input": { "accountId": room.own.id, "file": null } });
    let answer = ask(room.app.graphql_upload(UPLOAD, &variables, "input.file", File::image("茶.jpg"))).await;
    assert_eq!(answer.body["data"]["uploadImage"]["image"]["name"], "茶.jpg", "{}", answer.body);
}
