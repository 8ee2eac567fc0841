//! Temporary media and the images of articles.

use reqwest::header;
use serde_json::{Value, json};

use crate::support::{APP, Account, OTHER_APP, Simulator, errcode, file, sha256};

const UPLOAD: &str = "/cgi-bin/media/upload";
const GET: &str = "/cgi-bin/media/get";
const UPLOAD_IMAGE: &str = "/cgi-bin/media/uploadimg";
const MB: usize = 1 << 20;

/// A download: type, disposition, bytes.
async fn download(account: &Account<'_>, media_id: &str) -> (String, String, Vec<u8>) {
    let simulator = account.simulator;
    let query = [("access_token", account.token.as_str()), ("media_id", media_id)];
    let response = simulator.http.get(format!("{}{GET}", simulator.base)).query(&query).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let text = |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let (content_type, disposition) = (text(header::CONTENT_TYPE), text(header::CONTENT_DISPOSITION));
    (content_type, disposition, response.bytes().await.unwrap().to_vec())
}

async fn upload(account: &Account<'_>, kind: &str, format: &str, size: usize) -> String {
    let answer = account.upload(UPLOAD, kind, &format!("猫.{format}"), file(format, size)).await;
    answer["media_id"].as_str().unwrap_or_else(|| panic!("{kind} {format}: {answer}")).to_owned()
}

#[tokio::test]
async fn what_was_uploaded_comes_back_byte_by_byte() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let now = simulator.control("GET", "/clock", Value::Null).await["now"].as_i64().unwrap();
    let answer = account.upload(UPLOAD, "image", "cat.PNG", file("png", 5000)).await;
    let members: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["type", "media_id", "created_at"]);
    assert_eq!(answer["type"], "image");
    assert!((now..now + 60).contains(&answer["created_at"].as_i64().unwrap()));
    let media_id = answer["media_id"].as_str().unwrap();
    assert_eq!(media_id.len(), 64);
    assert!(media_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')));

    for (kind, format, content_type) in [
        ("image", "png", "image/png"),
        ("image", "jpg", "image/jpeg"),
        ("image", "gif", "image/gif"),
        ("voice", "amr", "audio/amr"),
        ("voice", "mp3", "audio/mpeg"),
        ("thumb", "jpg", "image/jpeg"),
    ] {
        let media_id = upload(&account, kind, format, 777).await;
        let disposition = format!("attachment; filename=\"{media_id}.{format}\"");
        let expected = (content_type.to_owned(), disposition, file(format, 777));
        assert_eq!(download(&account, &media_id).await, expected, "{kind} {format}");
    }
    let thumb = account.upload(UPLOAD, "thumb", "a.jpg", file("jpg", 10)).await;
    assert_eq!(thumb["type"], "thumb");
    assert!(thumb.get("thumb_media_id").is_none());
}

#[tokio::test]
async fn a_video_comes_back_as_a_working_link() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let media_id = upload(&account, "video", "mp4", 3 * MB).await;
    let answer = account.get(GET, &[("media_id", &media_id)]).await;
    let link = answer["video_url"].as_str().unwrap();
    assert!(link.starts_with(&simulator.base), "{link}");
    let response = simulator.http.get(link).send().await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "video/mp4");
    assert_eq!(response.bytes().await.unwrap(), file("mp4", 3 * MB));

    upload(&account, "image", "png", 100).await;
    let image = format!("{}/vweixinp/{}", simulator.base, sha256(&file("png", 100)));
    assert_eq!(simulator.http.get(image).send().await.unwrap().status(), 404, "only videos have links");
    simulator.control("POST", "/reset", Value::Null).await;
    assert_eq!(simulator.http.get(link).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn media_expire_after_three_days() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let media_id = upload(&account, "image", "jpg", 100).await;
    let permanent = account.material("image", "a.jpg", file("jpg", 100)).await;
    for (offset, expected) in [(3 * 86_400 - 60, 0), (3 * 86_400, 40007), (0, 0)] {
        simulator.move_clock(offset).await;
        let account = simulator.account(APP, 0).await;
        let code = match download(&account, &media_id).await {
            (_, disposition, bytes) if disposition.is_empty() => errcode(&serde_json::from_slice(&bytes).unwrap()),
            _ => 0,
        };
        assert_eq!(code, expected, "after {offset} seconds");
        let usable = account.control("GET", "/state", Value::Null).await["media"].clone();
        assert_eq!(usable, json!(u8::from(expected == 0)));
        assert_eq!(download(&account, &permanent).await.2, file("jpg", 100), "a permanent one works here and stays");
    }
}

#[tokio::test]
async fn unknown_foreign_and_missing_media_are_refused_in_json() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let other = simulator.account(OTHER_APP, 0).await;
    let foreign = upload(&other, "image", "jpg", 100).await;
    for (media_id, expected) in [("unknown", 40007), (foreign.as_str(), 40007), ("", 41006)] {
        let answer = account.get(GET, &[("media_id", media_id)]).await;
        assert_eq!(errcode(&answer), expected, "{media_id}");
        assert!(answer["errmsg"].as_str().unwrap().contains(" rid: "));
    }
    assert_eq!(errcode(&account.post(GET, json!({})).await), 43001);
    assert_eq!(errcode(&account.get(UPLOAD, &[("type", "image")]).await), 43002);
}

#[tokio::test]
async fn types_formats_and_sizes_are_checked() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    for (kind, name, format, size, expected) in [
        ("image", "a.jpg", "jpg", 10 * MB, 0),
        ("image", "a.jpg", "jpg", 10 * MB + 1, 40009),
        ("voice", "a.mp3", "mp3", 2 * MB, 0),
        ("voice", "a.mp3", "mp3", 2 * MB + 1, 40010),
        ("video", "a.mp4", "mp4", 10 * MB, 0),
        ("video", "a.mp4", "mp4", 10 * MB + 1, 40011),
        ("thumb", "a.jpg", "jpg", 64 << 10, 0),
        ("thumb", "a.jpg", "jpg", (64 << 10) + 1, 40012),
        ("image", "a.jpg", "jpg", 0, 44001),
        ("image", "a.jpg", "png", 100, 0),
        ("image", "a.jpg", "none", 100, 40005),
        ("image", "a.txt", "jpg", 100, 40005),
        ("image", "jpg", "jpg", 100, 40005),
        ("image", "a.bmp", "bmp", 100, 40005),
        ("image", "a.mp4", "mp4", 100, 40005),
        ("voice", "a.wma", "wma", 100, 40005),
        ("voice", "a.wav", "wav", 100, 40005),
        ("video", "a.mp4", "jpg", 100, 40005),
        ("thumb", "a.png", "png", 100, 40005),
        ("thumb", "a.jpg", "png", 100, 40005),
        ("file", "a.jpg", "jpg", 100, 40004),
        ("", "a.jpg", "jpg", 100, 40004),
        ("news", "a.jpg", "jpg", 100, 40004),
    ] {
        let answer = account.upload(UPLOAD, kind, name, file(format, size)).await;
        assert_eq!(errcode(&answer), expected, "{kind} {name} {format} {size}: {answer}");
    }
}

#[tokio::test]
async fn images_of_articles_get_an_address_and_nothing_else() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    for (format, beginning) in [("jpg", "http://mmbiz.qpic.cn/mmbiz_jpeg/"), ("png", "http://mmbiz.qpic.cn/mmbiz_png/")]
    {
        let answer = account.upload(UPLOAD_IMAGE, "", &format!("a.{format}"), file(format, MB - 1)).await;
        assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
        let url = answer["url"].as_str().unwrap();
        assert!(url.starts_with(beginning) && url.ends_with("/0"), "{url}");
    }
    for (name, format, size, expected) in [
        ("a.jpg", "jpg", MB, 40009),
        ("a.gif", "gif", 100, 40005),
        ("a.bmp", "bmp", 100, 40005),
        ("a.jpg", "none", 100, 40005),
        ("a.jpg", "jpg", 0, 44001),
    ] {
        let answer = account.upload(UPLOAD_IMAGE, "", name, file(format, size)).await;
        assert_eq!(errcode(&answer), expected, "{name} {format} {size}");
    }
    assert_eq!(account.control("GET", "/media", Value::Null).await, json!([]));
}

#[tokio::test]
async fn the_control_api_lists_what_was_uploaded() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let temporary = upload(&account, "image", "jpg", 100).await;
    let permanent = account.material("video", "片.mp4", file("mp4", 200)).await;
    let listed = account.control("GET", "/media", Value::Null).await;
    let created_at = listed[0]["created_at"].as_i64().unwrap();
    assert_eq!(
        listed[0],
        json!({
            "media_id": temporary, "type": "image", "permanent": false, "filename": "猫.jpg",
            "content_type": "image/jpeg", "size": 100, "sha256": sha256(&file("jpg", 100)),
            "created_at": created_at, "expires_at": created_at + 3 * 86_400,
            "url": null, "title": null, "introduction": null,
        })
    );
    assert_eq!((&listed[1]["media_id"], &listed[1]["permanent"]), (&json!(permanent), &json!(true)));
    assert_eq!((&listed[1]["expires_at"], &listed[1]["title"]), (&Value::Null, &json!("片名")));
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let state = account.control("GET", "/state", Value::Null).await;
    assert_eq!(state["media"], 1);
    assert_eq!(state["material"], json!({"image": 0, "voice": 0, "video": 1, "thumb": 0}));
    simulator.control("POST", "/reset", Value::Null).await;
    assert_eq!(account.control("GET", "/media", Value::Null).await, json!([]));
}
