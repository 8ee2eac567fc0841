//! Permanent material and the images within articles.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::uploads::{IMAGE_API, Part, file, jpeg, parts};
use super::{Reply, Upstream, credentials, ok};
use crate::wechat::{
    Class, Error, MAX_ARTICLE_IMAGE_BYTES, MaterialCounts, MaterialKind, MediaKind, PermanentMaterial, VideoDescription,
};

const API: &str = "/cgi-bin/material/add_material";

fn description() -> VideoDescription {
    VideoDescription { title: "十月🎬\u{b}".to_owned(), introduction: "\"引号\"\n第二行 </script>".to_owned() }
}

fn added() -> Reply {
    Reply::json(json!({"media_id": "HTHzBbYv", "url": "http://mmbiz.qpic.cn/mmbiz_jpg/abc/0?wx_fmt=jpeg"}))
}

#[tokio::test]
async fn an_image_gets_an_id_and_an_address() {
    let upstream = Upstream::with_replies([added()]).await;
    let file = jpeg(1000);
    let material = upstream.client().add_material(&credentials(), &MaterialKind::Image, &file).await.unwrap();
    let url = Some("http://mmbiz.qpic.cn/mmbiz_jpg/abc/0?wx_fmt=jpeg".to_owned());
    assert_eq!(material, PermanentMaterial { media_id: "HTHzBbYv".to_owned(), url });

    let [call] = upstream.calls().try_into().unwrap();
    assert_eq!((&call.method, call.path.as_str()), (&Method::POST, API));
    assert_eq!((call.query("access_token"), call.query("type")), (Some("TOKEN"), Some("image")));
    assert_eq!(parts(&call).await, [Part::of(&file)]);
}

#[tokio::test]
async fn a_video_is_described_in_a_field_of_its_own() {
    let upstream = Upstream::with_replies([Reply::json(json!({"media_id": "V", "url": ""}))]).await;
    let file = file("media.mp4", "video/mp4", 1000);
    let kind = MaterialKind::Video(description());
    let material = upstream.client().add_material(&credentials(), &kind, &file).await.unwrap();
    assert_eq!(material, PermanentMaterial { media_id: "V".to_owned(), url: None });

    let [call] = upstream.calls().try_into().unwrap();
    assert_eq!(call.query("type"), Some("video"));
    assert_eq!(call.header("content-length"), Some(call.body.len().to_string().as_str()));
    let [media, field] = parts(&call).await.try_into().unwrap();
    assert_eq!(media, Part::of(&file));
    assert_eq!((field.name.as_str(), field.file_name), ("description", None));
    let text = std::str::from_utf8(&field.content).unwrap();
    assert_eq!(text, r#"{"title":"十月🎬","introduction":"\"引号\"\n第二行 </script>"}"#);
}

#[tokio::test]
async fn every_kind_is_named_and_has_the_size_of_temporary_media() {
    let kinds = [
        (MaterialKind::Image, MediaKind::Image, "image"),
        (MaterialKind::Voice, MediaKind::Voice, "voice"),
        (MaterialKind::Video(description()), MediaKind::Video, "video"),
        (MaterialKind::Thumb, MediaKind::Thumb, "thumb"),
    ];
    for (kind, media_kind, name) in kinds {
        let upstream = Upstream::with_replies([added()]).await;
        let client = upstream.client();
        assert_eq!(kind.media_kind(), media_kind);
        for given in [0, media_kind.max_bytes() + 1] {
            let error = client.add_material(&credentials(), &kind, &jpeg(given)).await.unwrap_err();
            assert!(matches!(error, Error::OutOfBounds { api: API, .. }), "{error:?}");
        }
        client.add_material(&credentials(), &kind, &jpeg(1)).await.unwrap();
        let [call] = upstream.calls().try_into().unwrap();
        assert_eq!(call.query("type"), Some(name));
    }
}

#[tokio::test]
async fn a_material_is_not_made_twice() {
    for reply in [Reply::refusal(-1, "system error"), added().after(Duration::from_secs(5)), Reply::json(json!({}))] {
        let upstream = Upstream::with_replies([reply]).await;
        let result = upstream.client().add_material(&credentials(), &MaterialKind::Image, &jpeg(10)).await;
        assert!(result.unwrap_err().may_have_been_processed());
        assert_eq!(upstream.calls().len(), 1);
    }
}

#[tokio::test]
async fn a_full_store_is_a_matter_of_quota() {
    for errcode in [45034, 45074] {
        let upstream = Upstream::with_replies([Reply::refusal(errcode, "out of limit")]).await;
        let result = upstream.client().add_material(&credentials(), &MaterialKind::Image, &jpeg(10)).await;
        let error = result.unwrap_err();
        assert_eq!(error.class(), Class::Quota);
        assert!(error.advice().ends_with("delete materials first"), "{}", error.advice());
    }
}

#[tokio::test]
async fn an_image_for_an_article_gets_an_address_and_is_smaller_than_1_mb() {
    let url = "http://mmbiz.qpic.cn/mmbiz_png/abc/0";
    let upstream = Upstream::with_replies([Reply::json(json!({"errcode": 0, "errmsg": "ok", "url": url}))]).await;
    let client = upstream.client();
    assert_eq!(MAX_ARTICLE_IMAGE_BYTES, 1_048_575);
    for given in [0, 1_048_576] {
        let error = client.upload_article_image(&credentials(), &jpeg(given)).await.unwrap_err();
        assert!(matches!(error, Error::OutOfBounds { api: IMAGE_API, .. }), "{error:?}");
    }
    let file = jpeg(1_048_575);
    assert_eq!(client.upload_article_image(&credentials(), &file).await.unwrap(), url);
    let [call] = upstream.calls().try_into().unwrap();
    assert_eq!((call.path.as_str(), call.query("access_token"), call.query("type")), (IMAGE_API, Some("TOKEN"), None));
    assert_eq!(parts(&call).await, [Part::of(&file)]);
}

#[tokio::test]
async fn a_material_is_deleted_once() {
    const API: &str = "/cgi-bin/material/del_material";
    let upstream = Upstream::with_replies([ok()]).await;
    upstream.client().delete_material(&credentials(), "HTHzBbYv").await.unwrap();
    let [call] = upstream.calls().try_into().unwrap();
    assert_eq!((call.path.as_str(), call.json()), (API, json!({"media_id": "HTHzBbYv"})));

    let refusals = [
        (-1, Class::Retry, "try again later"),
        (40007, Class::Permanent, "does not know"),
        (48005, Class::Permanent, "the menu"),
        (45060, Class::Permanent, "the menu"),
    ];
    for (errcode, class, hint) in refusals {
        let upstream = Upstream::with_replies([Reply::refusal(errcode, "refused")]).await;
        let error = upstream.client().delete_material(&credentials(), "HTHzBbYv").await.unwrap_err();
        assert_eq!((error.api(), error.class()), (API, class));
        assert!(error.advice().contains(hint), "{}", error.advice());
    }
}

#[tokio::test]
async fn materials_are_counted_by_kind() {
    let answers: [Value; 2] = [
        json!({"voice_count": 1, "video_count": 2, "image_count": 3, "news_count": 4}),
        json!({"errcode": 0, "voice_count": "1", "video_count": "2", "image_count": "3", "news_count": "4"}),
    ];
    for answer in answers {
        let upstream = Upstream::with_replies([Reply::json(answer)]).await;
        let counts = upstream.client().material_counts(&credentials()).await.unwrap();
        assert_eq!(counts, MaterialCounts { voices: 1, videos: 2, images: 3, news: 4 });
        let [call] = upstream.calls().try_into().unwrap();
        assert_eq!((&call.method, call.path.as_str()), (&Method::GET, "/cgi-bin/material/get_materialcount"));
    }
    let upstream = Upstream::with_token(|_| Reply::json(json!({"voice_count": 1}))).await;
    let error = upstream.client().material_counts(&credentials()).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
}
