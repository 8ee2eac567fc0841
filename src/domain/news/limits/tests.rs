#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use sea_orm::DatabaseConnection;
use tempfile::TempDir;

use super::*;
use crate::domain::media;
use crate::secrets::Sealer;
use crate::storage::Storage;
use crate::wechat;

const OURS: &str = "https://odaesan.example.com";

/// The rules with nothing behind them: warnings look nowhere but at the article.
fn context(directory: &TempDir) -> Context {
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".to_owned().into();
    Context {
        database: DatabaseConnection::default(),
        wechat: wechat::Client::new(wechat::Settings::new("http://127.0.0.1:1".parse().unwrap())).unwrap(),
        sealer: Sealer::from_base64(&key).unwrap(),
        storage: Storage::open(&format!("fs:{}", directory.path().display())).unwrap(),
        upload_limits: media::Limits { image: 1, voice: 1, video: 1 },
        public_url: OURS.into(),
        time_zone: chrono_tz::Asia::Shanghai,
        mass_status_after: std::time::Duration::from_secs(600),
        work: std::sync::Arc::default(),
        rules: crate::domain::keyword_rules::CompiledRules::default(),
        recorder: crate::domain::deliveries::Recorder::new(DatabaseConnection::default()),
    }
}

fn head() -> Head {
    let now = crate::clock::now();
    Head {
        account_id: "account".into(),
        id: "article".into(),
        news_id: "news".into(),
        position: 1,
        title: "春茶".into(),
        author: None,
        digest: String::new(),
        content_source_url: None,
        cover_image_id: "image".into(),
        show_cover_pic: true,
        created_at: now,
        updated_at: now,
    }
}

/// The fields that WeChat minds, and whether it would refuse the article.
fn minded(head: &Head, content: &str) -> Vec<(&'static str, bool)> {
    let directory = tempfile::tempdir().unwrap();
    let warnings = warnings(&context(&directory), head, content);
    warnings.into_iter().map(|warning| (warning.field, warning.is_blocking)).collect()
}

fn with(change: impl FnOnce(&mut Head)) -> Vec<(&'static str, bool)> {
    let mut head = head();
    change(&mut head);
    minded(&head, "<p>茶</p>")
}

#[test]
fn what_wechat_takes_is_not_minded() {
    assert_eq!(with(|_| {}), []);
    assert_eq!(with(|head| head.title = "茶".repeat(32)), []);
    assert_eq!(with(|head| head.author = Some("茶".repeat(16))), []);
    assert_eq!(with(|head| head.digest = "😀".repeat(128)), []);
    assert_eq!(with(|head| head.content_source_url = Some("HTTPS://example.com/?a=b".into())), []);
    assert_eq!(minded(&head(), &"茶".repeat(19_999)), []);
}

/// Source: WeChat reference, section 6.1.
#[test]
fn what_is_too_long_for_wechat_blocks() {
    assert_eq!(with(|head| head.title = "茶".repeat(33)), [("title", true)]);
    assert_eq!(with(|head| head.author = Some("茶".repeat(17))), [("author", true)]);
    assert_eq!(with(|head| head.digest = "😀".repeat(129)), [("digest", true)]);
    let url = format!("https://example.com/{}", "a".repeat(1_010));
    assert_eq!(with(|head| head.content_source_url = Some(url)), [("contentSourceUrl", true)]);
    assert_eq!(minded(&head(), &"茶".repeat(20_000)), [("content", true)]);
    // By characters and by bytes.
    assert_eq!(minded(&head(), &"茶".repeat(400_000)), [("content", true), ("content", true)]);
}

#[test]
fn a_message_says_the_limit_and_what_there_is() {
    let directory = tempfile::tempdir().unwrap();
    let warnings = warnings(&context(&directory), &Head { title: "茶".repeat(40), ..head() }, "");
    assert_eq!(warnings[0].message, "WeChat takes at most 32 characters, this has 40");
}

#[test]
fn an_address_that_is_none_is_lost() {
    for url in ["example.com", "javascript:alert(1)", "ftp://example.com", "://", "mailto:a@example.com"] {
        assert_eq!(with(|head| head.content_source_url = Some(url.into())), [("contentSourceUrl", false)], "{url}");
    }
}

#[test]
fn images_of_others_are_lost_and_ours_are_uploaded_on_the_way() {
    let image = |source: &str| minded(&head(), &format!("<p>茶</p><img src=\"{source}\">"));
    for kept in [
        "https://mmbiz.qpic.cn/mmbiz_jpg/a/0",
        "http://mmbiz.qpic.cn/a?b",
        "//mmbiz.qpic.cn/a",
        &format!("{OURS}/files/account/f.jpg"),
        &format!("{OURS}/files/account/f.jpg?v=1#top"),
    ] {
        assert_eq!(image(kept), [], "{kept}");
    }
    for lost in [
        "https://example.com/a.jpg",
        "https://mmbiz.qpic.cn.example.com/a",
        "https://example.com/mmbiz.qpic.cn/a",
        "/files/account/f.jpg",
        "data:image/gif;base64,AAAA",
        &format!("{OURS}/files/other/f.jpg"),
        &format!("{OURS}.example.com/files/account/f.jpg"),
        &format!("{OURS}/page/account/article"),
    ] {
        assert_eq!(image(lost), [("content", false)], "{lost}");
    }
}

#[test]
fn a_long_address_is_cut_in_the_message() {
    let directory = tempfile::tempdir().unwrap();
    let content = format!("<img src=\"https://example.com/{}\">", "茶".repeat(500));
    let warnings = warnings(&context(&directory), &head(), &content);
    assert!(warnings[0].message.contains("茶…;"), "{}", warnings[0].message);
    assert!(warnings[0].message.chars().count() < 200, "{}", warnings[0].message);
}
