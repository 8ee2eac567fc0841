//! Messages to single followers: WeChat "Send customer-service message" (发送客服消息), "Typing state" (客服输入状态).

use serde_json::Value;

use crate::{
    answer::{Answer, Outcome, Refusal},
    endpoint::{Call, Endpoint},
    errcode::Errcode,
    ledger::{Received, Way},
    permission::Capability,
    request::text,
    service_message::{ServiceMessage, Shelf},
    state::Account,
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/cgi-bin/message/custom/send", Capability::CustomerService, send).daily(500_000),
    Endpoint::post("/cgi-bin/message/custom/typing", Capability::CustomerService, typing),
];

/// The checks come in this order: receiver, message, whether the receiver follows, blacklist, window.
fn send(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let index = receiver(call, &body)?;
    let Account { library, drafts, published, followers, blacklist, windows, ledger, .. } = &mut *call.account;
    let message = ServiceMessage::read(&body, Shelf { library, drafts, published, now: call.now })?;
    if !followers.is_following(index) {
        return Err(Errcode::WINDOW_CLOSED.into());
    }
    if blacklist.contains(&index) {
        return Err(Errcode::ON_BLACKLIST.into());
    }
    windows.spend(index, call.now)?;
    ledger.add(Received {
        openid: followers.openid(index),
        way: Way::Custom,
        message_type: message.kind,
        at: call.now,
        content: message.content,
        kf_account: message.agent,
        msg_id: None,
    });
    Answer::done()
}

fn typing(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let index = receiver(call, &body)?;
    let windows = &mut call.account.windows;
    match text(&body, "command") {
        Some("Typing") => windows.begin_typing(index, call.now)?,
        Some("CancelTyping") => windows.end_typing(index, call.now)?,
        _ => return Err(Errcode::INVALID_COMMAND.into()),
    }
    Answer::done()
}

/// The number behind `touser`. Errors: 40003.
fn receiver(call: &Call<'_>, body: &Value) -> Result<u64, Refusal> {
    call.follower(text(body, "touser").unwrap_or_default())
}
