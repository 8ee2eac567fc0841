//! Drafts: WeChat "Draft box" (草稿箱): add, change, get, delete, list, count, switch.

use serde_json::{Value, json};

use crate::{
    answer::{Answer, Outcome},
    article::Rules,
    endpoint::{Call, Endpoint},
    errcode::Errcode,
    permission::Capability,
    request::{integer, page, text},
    state::Account,
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/cgi-bin/draft/switch", Capability::Content, switch),
    Endpoint::post("/cgi-bin/draft/add", Capability::Content, add).daily(1000),
    Endpoint::post("/cgi-bin/draft/update", Capability::Content, update).daily(1000),
    Endpoint::post("/cgi-bin/draft/get", Capability::Content, get).daily(500),
    Endpoint::post("/cgi-bin/draft/delete", Capability::Content, delete).daily(1000),
    Endpoint::post("/cgi-bin/draft/batchget", Capability::Content, list).daily(1000),
    Endpoint::get("/cgi-bin/draft/count", Capability::Content, count).daily(1000),
];

/// The box is open for everybody today.
fn switch(_: &mut Call<'_>) -> Outcome {
    Answer::data(&json!({"errcode": 0, "is_open": 1}))
}

fn add(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let Account { drafts, library, profile, .. } = &mut *call.account;
    let rules = Rules { library, comments: profile.comments };
    let media_id = drafts.add(&body["articles"], rules, call.now)?;
    Answer::data(&json!({ "media_id": media_id }))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let media_id = media_id(&body)?;
    let Account { drafts, library, profile, .. } = &mut *call.account;
    let rules = Rules { library, comments: profile.comments };
    drafts.replace(media_id, integer(&body["index"]), &body["articles"], rules, call.now)?;
    Answer::done()
}

fn get(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let draft = call.account.drafts.get(media_id(&body)?)?.to_json(true);
    Answer::data(&json!({"news_item": draft["news_item"]}))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    call.account.drafts.take(media_id(&body)?)?;
    Answer::done()
}

fn list(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let without_content = integer(&body["no_content"]) == Some(1);
    Answer::data(&call.account.drafts.page(page(&body)?, !without_content))
}

fn count(call: &mut Call<'_>) -> Outcome {
    Answer::data(&json!({"total_count": call.account.drafts.len()}))
}

fn media_id(body: &Value) -> Result<&str, Errcode> {
    text(body, "media_id").ok_or(Errcode::MISSING_MEDIA_ID)
}
