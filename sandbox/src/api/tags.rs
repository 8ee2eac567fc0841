//! Tags: WeChat "User tag management" (用户标签管理): create, list, rename, delete.

use serde_json::{Value, json};

use crate::{
    answer::{Answer, Outcome, Refusal},
    endpoint::{Call, Endpoint},
    errcode::Errcode,
    permission::Capability,
    request::integer,
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/cgi-bin/tags/create", Capability::Followers, create).daily(1000),
    Endpoint::get("/cgi-bin/tags/get", Capability::Followers, list).daily(1000),
    Endpoint::post("/cgi-bin/tags/update", Capability::Followers, update).daily(1000),
    Endpoint::post("/cgi-bin/tags/delete", Capability::Followers, delete).daily(1000),
];

fn create(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let name = name(&body)?;
    let id = call.account.tags.create(name, call.account.profile.tag_name_unit)?;
    Answer::data(&json!({"tag": {"id": id, "name": name}}))
}

fn list(call: &mut Call<'_>) -> Outcome {
    let tags = call.account.tags.iter();
    let tags: Vec<_> = tags.map(|(id, tag)| json!({"id": id, "name": tag.name, "count": tag.len()})).collect();
    Answer::data(&json!({ "tags": tags }))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    call.account.tags.rename(id(&body)?, name(&body)?, call.account.profile.tag_name_unit)?;
    Answer::done()
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    call.account.tags.delete(id(&body)?)?;
    Answer::done()
}

fn name(body: &Value) -> Result<&str, Refusal> {
    body["tag"]["name"].as_str().ok_or_else(|| Errcode::DATA_FORMAT.into())
}

fn id(body: &Value) -> Result<i64, Refusal> {
    integer(&body["tag"]["id"]).ok_or_else(|| Errcode::DATA_FORMAT.into())
}
