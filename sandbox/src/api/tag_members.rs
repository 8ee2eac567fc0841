//! Who carries which tag: WeChat "User tag management" (用户标签管理), the calls about members.

use serde_json::{Value, json};

use super::page;
use crate::{
    answer::{Answer, Outcome, Refusal},
    endpoint::{Call, Endpoint},
    errcode::Errcode,
    permission::Capability,
    request::{integer, openids, text},
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/cgi-bin/user/tag/get", Capability::Followers, members),
    Endpoint::post("/cgi-bin/tags/getidlist", Capability::Followers, tags_of_follower),
    Endpoint::post("/cgi-bin/tags/members/batchtagging", Capability::Followers, tag).daily(100_000),
    Endpoint::post("/cgi-bin/tags/members/batchuntagging", Capability::Followers, untag).daily(100_000),
];

/// Openids on a page of a tag's followers.
const PAGE: usize = 10_000;
/// Most openids of one tagging call.
const MAX_BATCH: usize = 50;

fn members(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let after = call.page_start(text(&body, "next_openid"))?;
    let page = call.account.tags.get(tag_id(&body)?)?.after(after).take(PAGE);
    page::answer(None, page.map(|index| call.account.followers.openid(index)).collect())
}

fn tags_of_follower(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let index = call.follower(text(&body, "openid").ok_or(Errcode::MISSING_OPENID)?)?;
    Answer::data(&json!({"tagid_list": call.account.tags.of(index)}))
}

fn tag(call: &mut Call<'_>) -> Outcome {
    let batch = Batch::read(call)?;
    call.account.tags.attach(batch.tag_id, &batch.present)?;
    batch.answer()
}

fn untag(call: &mut Call<'_>) -> Outcome {
    let batch = Batch::read(call)?;
    call.account.tags.detach(batch.tag_id, &batch.present)?;
    batch.answer()
}

/// A tagging call. One openid of another account refuses it whole (40003); who has left fails alone (45171).
struct Batch {
    tag_id: i64,
    present: Vec<u64>,
    gone: Vec<String>,
}

impl Batch {
    fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let body = call.json()?;
        let mut batch = Self { tag_id: tag_id(&body)?, present: Vec::new(), gone: Vec::new() };
        for openid in openids(&body, "openid_list", MAX_BATCH)? {
            let index = call.follower(openid)?;
            if call.account.followers.is_following(index) {
                batch.present.push(index);
            } else {
                batch.gone.push(openid.to_owned());
            }
        }
        Ok(batch)
    }

    fn answer(self) -> Outcome {
        if self.gone.is_empty() { Answer::done() } else { Err(Refusal::some_failed(self.gone)) }
    }
}

fn tag_id(body: &Value) -> Result<i64, Refusal> {
    integer(&body["tagid"]).ok_or_else(|| Errcode::INVALID_TAG.into())
}
