#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::io::Write as _;

use super::*;
use crate::error::Code;

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\xff\xd9";

fn inspected(name: &str, content: &[u8]) -> Result<Inspected> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    let accepted = Accepted { bytes: 100, formats: &[Format::Jpeg], refusal: "only pictures" };
    look(Upload { file_name: name.to_owned(), content: file }, accepted)
}

#[test]
fn a_name_is_the_last_part_of_any_path() {
    for (name, base) in [
        ("a.jpg", "a.jpg"),
        ("/etc/a.jpg", "a.jpg"),
        ("../../a.jpg", "a.jpg"),
        ("C:\\fakepath\\a.jpg", "a.jpg"),
        ("a\\b/c\\茶.jpg", "茶.jpg"),
        ("a/", ""),
        ("..", ".."),
        ("", ""),
        ("  a b.jpg\u{3000}", "a b.jpg"),
        ("a\0\r\n\u{7f}.jpg", "a.jpg"),
        ("\u{202e}gpj.a.jpg", "gpj.a.jpg"),
    ] {
        assert_eq!(base_name(name), base, "{name:?}");
    }
}

#[test]
fn content_and_name_must_agree() {
    assert_eq!(inspected("a.jpg", JPEG).unwrap().format, Format::Jpeg);
    assert_eq!(inspected("folder\\a.JPEG", JPEG).unwrap().file_name, "a.JPEG");
    let refusals: [(&str, &[u8]); 6] = [
        ("a.png", JPEG),
        ("a", JPEG),
        ("", JPEG),
        ("a.jpg/", JPEG),
        ("a.jpg", b"GIF89a"),
        // A format that is known and not taken here.
        ("a.amr", b"#!AMR\n"),
    ];
    for (name, content) in refusals {
        let error = inspected(name, content).unwrap_err();
        assert_eq!((error.code(), error.to_string()), (Code::UnsupportedMediaType, "only pictures".into()), "{name:?}");
    }
}

#[test]
fn the_size_is_looked_at_first() {
    let full = [b"\xff\xd8\xff".as_slice(), &[0; 95], b"\xff\xd9"].concat();
    assert_eq!(inspected("a.jpg", &full).unwrap().size, 100);
    assert_eq!(inspected("a.png", &[0; 101]).unwrap_err().code(), Code::PayloadTooLarge);
    assert_eq!(inspected("a.png", b"").unwrap_err().field(), Some("file"));
}

#[test]
fn the_whole_content_is_hashed_and_left_at_its_start() {
    let mut inspected = inspected("a.jpg", JPEG).unwrap();
    let mut content = Vec::new();
    inspected.content.read_to_end(&mut content).unwrap();
    assert_eq!(content, JPEG);
    // By sha256sum.
    assert_eq!(inspected.sha256, "a96021502fb4a8df642108f90ae9ffc50c75d2d925e8c6c391a66cb366f0ca83");
}
