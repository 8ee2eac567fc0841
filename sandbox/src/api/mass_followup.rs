//! What can be asked and changed about mass sends: WeChat "Query a mass send" (查询群发消息发送状态), "Delete a mass send"
//! (删除群发消息), "Mass-send speed" (获取和设置群发速度).

use serde_json::{Value, json};

use crate::{
    answer::{Answer, Outcome},
    endpoint::{Call, Endpoint},
    errcode::Errcode,
    permission::Capability,
    request::{integer, text},
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/cgi-bin/message/mass/get", Capability::MassSend, get),
    Endpoint::post("/cgi-bin/message/mass/delete", Capability::MassSend, delete).daily(10),
    Endpoint::post("/cgi-bin/message/mass/speed/get", Capability::MassSend, speed),
    Endpoint::post("/cgi-bin/message/mass/speed/set", Capability::MassSend, set_speed),
];

/// Messages a minute by speed, in units of 10,000.
const REAL_SPEEDS: [u32; 5] = [80, 60, 45, 30, 10];

fn get(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let send = call.account.mass.get(msg_id(&body)?)?;
    Answer::data(&json!({"msg_id": send.msg_id, "msg_status": send.stage.msg_status()}))
}

/// By `msg_id` and index, or by the address of an article. Errors: those of [`crate::mass::MassSends::delete`], 40066.
fn delete(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let given = |member: &str| body.get(member).is_some_and(|value| !value.is_null());
    let (msg_id, index) = match text(&body, "url") {
        Some(url) if !given("msg_id") => call.account.mass.article_at(url)?,
        _ => {
            let index = if given("article_idx") { integer(&body["article_idx"]) } else { Some(0) };
            let index = index.and_then(|index| usize::try_from(index).ok());
            (msg_id(&body)?, index.ok_or(Errcode::INVALID_ARTICLE_INDEX)?)
        }
    };
    call.account.mass.delete(msg_id, index)?;
    Answer::done()
}

fn msg_id(body: &Value) -> Result<i64, Errcode> {
    integer(&body["msg_id"]).ok_or(Errcode::INVALID_MSG_ID)
}

fn speed(call: &mut Call<'_>) -> Outcome {
    let speed = call.account.mass.speed;
    Answer::data(&json!({"speed": speed, "realspeed": REAL_SPEEDS.get(usize::from(speed))}))
}

/// Errors: 45084 without a speed, 45083 unless it is 0 to 4.
fn set_speed(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let speed = integer(&body["speed"]).ok_or(Errcode::NO_SPEED)?;
    let known = |speed: &u8| usize::from(*speed) < REAL_SPEEDS.len();
    call.account.mass.speed = u8::try_from(speed).ok().filter(known).ok_or(Errcode::SPEED_OUT_OF_RANGE)?;
    Answer::done()
}
