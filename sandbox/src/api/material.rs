//! Permanent material: WeChat "Upload permanent material" (新增永久素材), "Get permanent material" (获取永久素材), "Delete
//! permanent material" (删除永久素材), "Get the number of materials" (获取素材总数), "Get the list of materials" (获取素材列表).

use serde_json::{Value, json};

use super::{media, upload};
use crate::{
    answer::{Answer, Outcome, Refusal},
    endpoint::{Call, Endpoint},
    errcode::Errcode,
    library::{Description, Media},
    media::{Keeping, MediaKind},
    permission::Capability,
    request::{Request, page, text},
    video,
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/cgi-bin/material/add_material", Capability::Content, add),
    Endpoint::post("/cgi-bin/material/get_material", Capability::Content, get),
    Endpoint::post("/cgi-bin/material/del_material", Capability::Content, delete),
    Endpoint::get("/cgi-bin/material/get_materialcount", Capability::Content, count),
    Endpoint::post("/cgi-bin/material/batchget_material", Capability::Content, list),
];

/// Articles are listed under this type; since `add_news` is retired, they are the drafts.
const NEWS: &str = "news";

fn add(call: &mut Call<'_>) -> Outcome {
    let file = upload::file(call, Keeping::Permanent)?;
    let kind = file.kind;
    let description = (kind == MediaKind::Video).then(|| description(call.request)).transpose()?;
    let drafts = call.account.drafts.len();
    let media = call.account.library.add_permanent(file, description, drafts, call.now)?;
    match (kind, &media.url) {
        (MediaKind::Image, Some(url)) => Answer::data(&json!({"media_id": media.media_id, "url": url})),
        _ => Answer::data(&json!({"media_id": media.media_id})),
    }
}

/// Title and introduction of a video, JSON in a form field of its own. Errors: 47001 when it is no JSON object, 40097
/// when it is missing or one of the two is.
fn description(request: &Request) -> Result<Description, Refusal> {
    let part = upload::part(request, "description").ok_or(Errcode::INVALID_ARGS)?;
    let value = serde_json::from_slice::<Value>(&part.bytes).ok().filter(Value::is_object);
    let value = value.ok_or(Errcode::DATA_FORMAT)?;
    let member = |name: &str| text(&value, name).map(str::to_owned).ok_or(Errcode::INVALID_ARGS);
    Ok(Description { title: member("title")?, introduction: member("introduction")? })
}

/// Three shapes: articles and videos are JSON, everything else its bytes.
fn get(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let media_id = text(&body, "media_id").ok_or(Errcode::MISSING_MEDIA_ID)?;
    if let Ok(draft) = call.account.drafts.get(media_id) {
        return Answer::data(&draft.to_json(true));
    }
    let found = call.account.library.permanent(media_id)?;
    match &found.description {
        Some(description) => Answer::data(&json!({
            "title": description.title,
            "description": description.introduction,
            "down_url": video::link(call.world, call.request, &found.file.content),
        })),
        None => media::bytes(found),
    }
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    call.account.library.delete(text(&body, "media_id").ok_or(Errcode::MISSING_MEDIA_ID)?)?;
    Answer::done()
}

fn count(call: &mut Call<'_>) -> Outcome {
    let library = &call.account.library;
    Answer::data(&json!({
        "voice_count": library.count(MediaKind::Voice),
        "video_count": library.count(MediaKind::Video),
        "image_count": library.count(MediaKind::Image),
        "news_count": call.account.drafts.len(),
    }))
}

fn list(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let kind = text(&body, "type").unwrap_or_default();
    if kind == NEWS {
        return Answer::data(&call.account.drafts.page(page(&body)?, true));
    }
    // Thumbs are no type of this list.
    let kind = MediaKind::named(kind).ok().filter(|kind| *kind != MediaKind::Thumb);
    let kind = kind.ok_or(Errcode::INVALID_MEDIA_TYPE)?;
    let (offset, count) = page(&body)?;
    let items: Vec<_> = call.account.library.material(kind).skip(offset).take(count).map(item).collect();
    let total = call.account.library.count(kind);
    Answer::data(&json!({"total_count": total, "item_count": items.len(), "item": items}))
}

fn item(media: &Media) -> Value {
    let mut item = json!({"media_id": media.media_id, "name": media.file.filename, "update_time": media.created_at});
    if let Some(url) = &media.url {
        item["url"] = json!(url);
    }
    if let Some(description) = &media.description {
        item["description"] = json!(description.introduction);
    }
    item
}
