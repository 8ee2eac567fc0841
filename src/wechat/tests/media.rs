//! Temporary media: the kinds, their limits, the answers of older and newer servers, errors.

use chrono::{DateTime, TimeDelta};
use serde_json::json;

use super::uploads::{MEDIA_API, file, jpeg, taken};
use super::{Reply, Upstream, credentials};
use crate::wechat::{Class, Error, MediaFile, MediaKind};

const KINDS: [(MediaKind, &str, usize); 4] = [
    (MediaKind::Image, "image", 10_485_760),
    (MediaKind::Voice, "voice", 2_097_152),
    (MediaKind::Video, "video", 10_485_760),
    (MediaKind::Thumb, "thumb", 65_536),
];

#[tokio::test]
async fn a_file_lasts_three_days() {
    let upstream = Upstream::with_replies([taken()]).await;
    let media = upstream.client().upload_media(&credentials(), MediaKind::Image, &jpeg(10)).await.unwrap();
    assert_eq!(media.media_id, "0oS5uSzJzM3PvS");
    assert_eq!(media.created_at, DateTime::from_timestamp(1_790_000_000, 0).unwrap());
    assert_eq!(media.expires_at(), DateTime::from_timestamp(1_790_259_200, 0).unwrap());
    assert_eq!(MediaKind::LIFETIME, TimeDelta::hours(72));
}

#[tokio::test]
async fn a_thumb_may_be_named_in_either_way() {
    let answers = [
        json!({"type": "thumb", "media_id": "T", "created_at": 1_790_000_000}),
        json!({"type": "thumb", "thumb_media_id": "T", "created_at": "1790000000"}),
        json!({"type": "thumb", "media_id": "", "thumb_media_id": "T", "created_at": 1_790_000_000}),
    ];
    for answer in answers {
        let upstream = Upstream::with_replies([Reply::json(answer.clone())]).await;
        let media = upstream.client().upload_media(&credentials(), MediaKind::Thumb, &jpeg(10)).await.unwrap();
        assert_eq!((media.media_id.as_str(), media.created_at.timestamp()), ("T", 1_790_000_000), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_that_names_no_media_or_no_time_is_unreadable() {
    let answers = [
        json!({"type": "image", "created_at": 1_790_000_000}),
        json!({"type": "image", "media_id": "", "created_at": 1_790_000_000}),
        json!({"type": "image", "media_id": "M"}),
        json!({"type": "image", "media_id": "M", "created_at": i64::MAX}),
        json!({"errcode": 0, "errmsg": "ok"}),
    ];
    for answer in answers {
        let upstream = Upstream::with_replies([Reply::json(answer.clone())]).await;
        let result = upstream.client().upload_media(&credentials(), MediaKind::Image, &jpeg(10)).await;
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Unreadable { api: MEDIA_API, .. }), "{answer}: {error:?}");
        assert!(error.may_have_been_processed());
    }
}

#[tokio::test]
async fn each_kind_is_named_and_takes_files_up_to_its_size() {
    let upstream = Upstream::with_replies(KINDS.map(|_| taken())).await;
    let client = upstream.client();
    for (kind, name, largest) in KINDS {
        assert_eq!(kind.max_bytes(), largest);
        for given in [0, largest + 1] {
            let error = client.upload_media(&credentials(), kind, &jpeg(given)).await.unwrap_err();
            assert!(matches!(error, Error::OutOfBounds { api: MEDIA_API, min: 1, .. }), "{error:?}");
            let advice = format!("{MEDIA_API} takes 1 to {largest} bytes of a");
            assert!(error.advice().starts_with(&advice) && error.advice().contains(name), "{}", error.advice());
            assert_eq!((error.class(), error.may_have_been_processed()), (Class::Permanent, false));
        }
        client.upload_media(&credentials(), kind, &jpeg(largest)).await.unwrap();
        let last = upstream.calls().pop().unwrap();
        assert_eq!(last.query("type"), Some(name));
        assert!(last.body.len() > largest);
    }
    assert_eq!(upstream.calls().len(), KINDS.len());
}

#[tokio::test]
async fn a_refusal_of_the_content_is_permanent_and_says_what_to_change() {
    let refusals = [
        (40004, "kind of media"),
        (40005, "file format"),
        (40006, "too large"),
        (40009, "2 MB"),
        (40010, "2 MB"),
        (40011, "10 MB"),
        (40012, "64 KB"),
        (41005, "missing or empty"),
        (44001, "missing or empty"),
        (45001, "too large"),
        (45007, "60 seconds"),
    ];
    for (errcode, hint) in refusals {
        let upstream = Upstream::with_replies([Reply::refusal(errcode, "invalid")]).await;
        let file = file("media.mp3", "audio/mpeg", 10);
        let error = upstream.client().upload_media(&credentials(), MediaKind::Voice, &file).await.unwrap_err();
        assert_eq!(error.refusal().unwrap().0, errcode);
        assert_eq!(error.class(), Class::Permanent);
        assert!(error.advice().contains(hint), "{}", error.advice());
    }
}

#[test]
fn a_file_is_shown_without_its_content() {
    let file = MediaFile { content: "confidential".into(), ..jpeg(0) };
    let shown = format!("{file:?}");
    assert_eq!(shown, "MediaFile { file_name: \"media.jpg\", content_type: \"image/jpeg\", bytes: 12 }");
}
