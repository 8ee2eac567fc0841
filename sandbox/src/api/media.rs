//! Temporary media and the images of articles: WeChat "Upload temporary media" (新增临时素材), "Get temporary media"
//! (获取临时素材), "Upload images in articles" (上传图文消息图片).

use serde_json::json;

use super::upload;
use crate::{
    answer::{Answer, Outcome},
    endpoint::{Call, Endpoint},
    errcode::Errcode,
    library::{Media, image_address},
    media::{Keeping, MediaKind, check_article_image},
    permission::Capability,
    video,
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/cgi-bin/media/upload", Capability::Content, add).daily(100_000),
    Endpoint::get("/cgi-bin/media/get", Capability::Content, get).daily(200_000),
    Endpoint::post("/cgi-bin/media/uploadimg", Capability::Content, add_article_image),
];

fn add(call: &mut Call<'_>) -> Outcome {
    let file = upload::file(call, Keeping::Temporary)?;
    let media = call.account.library.add_temporary(file, call.now);
    Answer::data(&json!({"type": media.file.kind.name(), "media_id": media.media_id, "created_at": media.created_at}))
}

/// Permanent material can be fetched like this too: its media_id works wherever a temporary one does.
fn get(call: &mut Call<'_>) -> Outcome {
    let media_id = call.request.parameter("media_id").ok_or(Errcode::MISSING_MEDIA_ID)?;
    let media = call.account.library.usable(media_id, call.now)?;
    match media.file.kind {
        MediaKind::Video => {
            Answer::data(&json!({"video_url": video::link(call.world, call.request, &media.file.content)}))
        }
        MediaKind::Image | MediaKind::Voice | MediaKind::Thumb => bytes(media),
    }
}

/// The download of anything but a video.
pub(super) fn bytes(media: &Media) -> Outcome {
    Answer::file(media.file.format.content_type(), media.download_name(), media.file.content.bytes.clone())
}

/// The image gets an address and no media_id; it does not count as material.
fn add_article_image(call: &mut Call<'_>) -> Outcome {
    let (filename, part) = upload::media(call.request)?;
    let format = check_article_image(filename, &part.bytes)?;
    Answer::data(&json!({"url": image_address(format)}))
}
