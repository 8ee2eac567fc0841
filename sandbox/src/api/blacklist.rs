//! The blacklist: WeChat "Blacklist management" (黑名单管理).

use std::ops::Bound;

use super::page;
use crate::{
    answer::{Answer, Outcome, Refusal},
    endpoint::{Call, Endpoint},
    permission::Capability,
    request::{openids, text},
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/cgi-bin/tags/members/getblacklist", Capability::Followers, list),
    Endpoint::post("/cgi-bin/tags/members/batchblacklist", Capability::Followers, add),
    Endpoint::post("/cgi-bin/tags/members/batchunblacklist", Capability::Followers, remove),
];

/// Openids on a page: the figure in WeChat's notes; an example of the same page shows 10 000.
const PAGE: usize = 1000;
/// Most openids of one call.
const MAX_BATCH: usize = 20;

fn list(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let after = call.page_start(text(&body, "begin_openid"))?;
    let blacklist = &call.account.blacklist;
    let start = after.map_or(Bound::Unbounded, Bound::Excluded);
    let page = blacklist.range((start, Bound::Unbounded)).take(PAGE);
    let openids = page.map(|index| call.account.followers.openid(*index)).collect();
    page::answer(Some(blacklist.len() as u64), openids)
}

fn add(call: &mut Call<'_>) -> Outcome {
    let indexes = batch(call)?;
    call.account.blacklist.extend(indexes);
    Answer::done()
}

fn remove(call: &mut Call<'_>) -> Outcome {
    for index in batch(call)? {
        call.account.blacklist.remove(&index);
    }
    Answer::done()
}

/// One openid of another account refuses the whole call.
fn batch(call: &Call<'_>) -> Result<Vec<u64>, Refusal> {
    let body = call.json()?;
    openids(&body, "openid_list", MAX_BATCH)?.into_iter().map(|openid| call.follower(openid)).collect()
}
