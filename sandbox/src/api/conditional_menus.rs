//! Menus for some followers only: WeChat "Personalised menus" (个性化菜单).

use serde_json::json;

use super::menus::body;
use crate::{
    answer::{Answer, Outcome},
    button::Rules,
    endpoint::{Call, Endpoint},
    errcode::Errcode,
    match_rule::Person,
    permission::Capability,
    request::{integer, text},
    state::Account,
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/cgi-bin/menu/addconditional", Capability::Menus, add).daily(2000),
    Endpoint::post("/cgi-bin/menu/delconditional", Capability::Menus, delete).daily(2000),
    Endpoint::post("/cgi-bin/menu/trymatch", Capability::Menus, try_match).daily(20_000),
];

fn add(call: &mut Call<'_>) -> Outcome {
    let body = body(call)?;
    let Account { menus, library, published, .. } = &mut *call.account;
    let id = menus.add_conditional(&body, Rules { library, published })?;
    Answer::data(&json!({"menuid": id.to_string()}))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    call.account.menus.delete_conditional(integer(&body["menuid"]).ok_or(Errcode::NO_CONDITIONAL_MENU)?)?;
    Answer::done()
}

/// Followers have no WeChat id here, so `user_id` is an openid.
fn try_match(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let Account { menus, followers, tags, .. } = &*call.account;
    let index = text(&body, "user_id").and_then(|openid| followers.find(openid));
    let index = index.filter(|index| followers.is_following(*index)).ok_or(Errcode::NO_SUCH_USER)?;
    let person = Person { tag_id: tags.latest_of(index), platform: followers.details(index).platform };
    Answer::data(&json!({"button": menus.seen_by(person)?}))
}
