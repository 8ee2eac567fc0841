//! Messages to many followers at once: WeChat "Mass send by tag" (根据标签群发消息), "Mass send by openid"
//! (根据OpenID群发消息), "Mass-send preview" (预览消息).

use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::{
    answer::{Answer, Outcome, Refusal},
    audience::Audience,
    endpoint::{Call, Endpoint},
    errcode::Errcode,
    ledger::{Received, Way},
    mass::{Api, Articles, Earlier, Order},
    mass_finish,
    mass_message::{self, MassMessage},
    mass_settings::{Confirmation, Finish},
    permission::Capability,
    quotas::Limits,
    request::{integer, openids, text},
    service_message::Shelf,
    state::Account,
};

const SENDALL: &str = "/cgi-bin/message/mass/sendall";

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(SENDALL, Capability::MassSend, sendall).daily(100).per_minute(60),
    Endpoint::post("/cgi-bin/message/mass/send", Capability::MassSendToList, send)
        .daily(100)
        .per_minute(60)
        .counted_as(SENDALL),
    Endpoint::post("/cgi-bin/message/mass/preview", Capability::MassSend, preview),
];

/// Under this, previews by WeChat id are counted, besides all previews under their path.
const PREVIEWS_BY_NAME: &str = "/cgi-bin/message/mass/preview?towxname";
/// Previews by WeChat id a day.
const PREVIEWS_BY_NAME_LIMITS: Limits = Limits { daily: 100, per_minute: None };
/// Longest `clientmsgid`, in bytes.
const MAX_CLIENTMSGID: usize = 32;
/// Most openids of one call.
const MAX_OPENIDS: usize = 10_000;

fn sendall(call: &mut Call<'_>) -> Outcome {
    submit(call, Api::Sendall)
}

fn send(call: &mut Call<'_>) -> Outcome {
    submit(call, Api::Send)
}

/// The checks come in this order: `clientmsgid`, audience, message, the day's sends; only then is anything changed.
fn submit(call: &mut Call<'_>, api: Api) -> Outcome {
    let body = call.json()?;
    let clientmsgid = clientmsgid(&body, api)?;
    let now_ms = call.world.clock.now_ms();
    refuse_repetition(call, &clientmsgid, now_ms)?;
    let audience = match api {
        Api::Sendall => by_filter(call, &body)?,
        Api::Send => by_openids(call, &body)?,
    };
    let message = read_message(call, &body)?;
    let settings = &call.account.mass.settings;
    if let Some(daily) = settings.quota.daily(call.account.profile.kind)
        && call.account.mass.sent_on_day(call.now) >= daily as usize
    {
        return Err(Errcode::NO_MASS_QUOTA.into());
    }
    let confirmation = settings.confirmation;
    let processing =
        i64::from(settings.processing_ms).max(i64::try_from(call.held_back.as_millis()).unwrap_or(i64::MAX));
    let articles = message.draft.map(|media_id| consume(call.account, &media_id)).transpose()?;
    let data_id = articles.as_ref().map(|articles| articles.data_id);
    let msg_id = call.world.next_mass_id();
    let order = Order {
        api,
        clientmsgid,
        kind: message.kind,
        content: message.content,
        articles,
        audience,
        announced: confirmation == Confirmation::Announced,
        processed_at_ms: now_ms.saturating_add(processing),
    };
    call.account.mass.accept(msg_id, order, call.now);
    if confirmation == Confirmation::Announced {
        return Err(Errcode::ENTERED_APPROVAL.into());
    }
    let mut answer = json!({"errcode": 0, "errmsg": "send job submission success", "msg_id": msg_id});
    if let Some(data_id) = data_id {
        answer["msg_data_id"] = json!(data_id);
    }
    let mut answer = Answer::data(&answer)?;
    if confirmation == Confirmation::Off {
        call.account.set_out(msg_id, call.now);
        let settings = &call.account.mass.settings;
        if settings.early_event && settings.finish == Finish::Auto {
            answer.ends_first = Some(msg_id);
        } else {
            mass_finish::schedule(call.world, call.account, msg_id);
        }
    }
    Ok(answer)
}

/// The call's `clientmsgid`; without one, what WeChat derives from audience and content. Errors: 45067, 47001.
fn clientmsgid(body: &Value, api: Api) -> Result<String, Errcode> {
    let given = body.get("clientmsgid").filter(|given| !given.is_null() && given.as_str() != Some(""));
    if let Some(given) = given {
        let given = given.as_str().ok_or(Errcode::DATA_FORMAT)?;
        return if given.len() > MAX_CLIENTMSGID { Err(Errcode::CLIENTMSGID_TOO_LONG) } else { Ok(given.to_owned()) };
    }
    let audience = match api {
        Api::Sendall => &body["filter"],
        Api::Send => &body["touser"],
    };
    let kind = text(body, "msgtype").unwrap_or_default();
    let whole = json!([audience, kind, mass_message::content(body, kind)]).to_string();
    Ok(Sha1::digest(whole).iter().take(MAX_CLIENTMSGID / 2).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")))
}

/// Errors: 45066, 89504, or 45065 with the `msg_id` of the earlier call.
fn refuse_repetition(call: &Call<'_>, clientmsgid: &str, now_ms: i64) -> Result<(), Refusal> {
    match call.account.mass.earlier(clientmsgid, now_ms) {
        None => Ok(()),
        Some(Earlier::Processing) => Err(Errcode::CLIENTMSGID_TOO_FAST.into()),
        Some(Earlier::Undecided) => Err(Errcode::AWAITING_APPROVAL.into()),
        Some(Earlier::Sent(msg_id)) => {
            Err(Refusal::from(Errcode::CLIENTMSGID_EXISTS).with_member("msg_id", msg_id.into()))
        }
    }
}

/// Everybody, or who carries a tag. Errors: 40152 without a filter or with a tag that cannot be used, 47001 when
/// `is_to_all` is neither true nor false.
fn by_filter(call: &Call<'_>, body: &Value) -> Result<Audience, Refusal> {
    let filter = body.get("filter").filter(|filter| filter.is_object()).ok_or(Errcode::INVALID_GROUP_ID)?;
    let to_all = match filter.get("is_to_all") {
        None | Some(Value::Null) => false,
        Some(to_all) => to_all.as_bool().ok_or(Errcode::DATA_FORMAT)?,
    };
    if to_all {
        return Ok(call.account.followers.present());
    }
    let tag_id = integer(&filter["tag_id"]).ok_or(Errcode::INVALID_GROUP_ID)?;
    let tag = call.account.tags.get(tag_id).map_err(|_| Errcode::INVALID_GROUP_ID)?;
    Ok(tag.after(None).collect())
}

/// Errors: 40031 for anything but a list of openids of this account, 40032 when it is empty or too long, 40130 for one.
fn by_openids(call: &Call<'_>, body: &Value) -> Result<Audience, Refusal> {
    let openids = openids(body, "touser", MAX_OPENIDS)?;
    if openids.len() == 1 {
        return Err(Errcode::TOO_FEW_OPENIDS.into());
    }
    let find = |openid: &str| call.account.followers.find(openid).ok_or_else(|| Errcode::INVALID_OPENID_LIST.into());
    openids.into_iter().map(find).collect()
}

fn read_message(call: &Call<'_>, body: &Value) -> Result<MassMessage, Errcode> {
    let Account { library, drafts, published, .. } = &*call.account;
    MassMessage::read(body, Shelf { library, drafts, published, now: call.now })
}

/// Takes the draft away. Errors: 40007.
fn consume(account: &mut Account, media_id: &str) -> Result<Articles, Errcode> {
    let draft = account.drafts.take(media_id)?;
    let (original_id, data_id, key) = (account.original_id(), draft.number(), rand::random::<u128>());
    let address = format!("http://mp.weixin.qq.com/s?__biz={original_id}&mid={data_id}&sn={key:032x}");
    Ok(Articles { data_id, count: draft.len(), address })
}

/// To one person, by openid or, in preference, by WeChat id. The checks come in this order: the day's previews by WeChat
/// id, receiver, whether the receiver follows, blacklist, message. Nothing is consumed.
fn preview(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let index = match text(&body, "towxname") {
        Some(wxname) => {
            call.account.quotas.spend(PREVIEWS_BY_NAME, PREVIEWS_BY_NAME_LIMITS, call.now)?;
            call.account.followers.named(wxname).ok_or(Errcode::INVALID_USERNAME)?
        }
        None => call.follower(text(&body, "touser").unwrap_or_default())?,
    };
    if !call.account.followers.is_following(index) {
        return Err(Errcode::REQUIRE_SUBSCRIBE.into());
    }
    if call.account.blacklist.contains(&index) {
        return Err(Errcode::ON_BLACKLIST.into());
    }
    let message = read_message(call, &body)?;
    let msg_id = call.world.next_mass_id();
    call.account.ledger.add(Received {
        openid: call.account.followers.openid(index),
        way: Way::Preview,
        message_type: message.kind,
        at: call.now,
        content: message.content,
        kf_account: None,
        msg_id: Some(msg_id),
    });
    Answer::data(&json!({"errcode": 0, "errmsg": "preview success", "msg_id": msg_id}))
}
