//! Mass sends (群发): one message to many followers.
//!
//! A verified 服务号 names the followers, 2 to 10,000 in a call; a verified 公众号 can only send to everybody or to a tag, and
//! once a day. An answer means that the send is queued; how it ended comes as an event, or can be asked for. Every send carries
//! a `clientmsgid`: within 24 hours WeChat sends once what comes under one of them, and answers a repetition with the number
//! of the first. Source: the group "群发" (mass sending) of the Official Account documentation.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::{Call, Done, Repeat};
use super::client::{Client, Credentials};
use super::error::{Error, Result};
use super::wire;

/// The code that says that something was sent under this `clientmsgid` before.
const SENT_BEFORE: i64 = 45065;

/// To whom a mass send goes.
#[derive(Clone, Copy, Debug)]
pub enum MassAudience<'a> {
    /// To these followers, [`MassAudience::LIST`] of them. Only a verified 服务号 may do so.
    Openids(&'a [String]),
    /// To whoever carries the tag of this number.
    Tag(i64),
    /// To all followers; it then stands in the account's history.
    Everybody,
}

impl MassAudience<'_> {
    /// How many followers a list names. Source: the page of `message/mass/send`.
    pub const LIST: RangeInclusive<usize> = 2..=10_000;
}

/// What a mass send shows. Media ids are those of temporary or permanent media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MassMessage {
    /// A text.
    Text(String),
    /// An image, by its media id.
    Image(String),
    /// A voice, by its media id.
    Voice(String),
    /// A video, by its media id. WeChat refuses those that came to it over its API (48022).
    Video(String),
    /// Articles, by the media id of a draft, which is used up by the send.
    Articles(String),
}

impl MassMessage {
    /// WeChat's name of the type, the `msgtype`.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Voice(_) => "voice",
            Self::Video(_) => "mpvideo",
            Self::Articles(_) => "mpnews",
        }
    }

    /// The members `msgtype` and the one of that name. An image goes in the older of two forms, which both sending and
    /// previewing know.
    fn members(&self) -> Map<String, Value> {
        let content = match self {
            Self::Text(content) => json!(Text { content }),
            Self::Image(media_id) | Self::Voice(media_id) | Self::Video(media_id) | Self::Articles(media_id) => {
                json!({"media_id": media_id})
            }
        };
        let mut members = Map::new();
        members.insert("msgtype".to_owned(), self.type_name().into());
        members.insert(self.type_name().to_owned(), content);
        members
    }
}

/// The member `text`.
#[derive(Serialize)]
struct Text<'a> {
    #[serde(serialize_with = "wire::writable")]
    content: &'a str,
}

/// A mass send that WeChat took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuedSend {
    /// WeChat's number of it, by which its events and [`Client::mass_status`] name it. A repetition does not always tell it.
    pub msg_id: Option<i64>,
    /// WeChat's number of the articles, for its statistics; only of articles.
    pub msg_data_id: Option<i64>,
    /// Whether it was taken before, under the same `clientmsgid`.
    pub is_repetition: bool,
}

/// How far WeChat is with a mass send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MassStatus {
    /// It is being sent.
    Sending,
    /// It was sent.
    Sent,
    /// It failed.
    Failed,
    /// It was sent, and its articles were deleted since.
    Deleted,
}

/// How often a call may be made in a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct DailyQuota {
    /// Calls a day.
    #[serde(rename = "daily_limit", deserialize_with = "wire::count")]
    pub limit: u64,
    /// Calls made today.
    #[serde(deserialize_with = "wire::count")]
    pub used: u64,
    /// Calls left today.
    #[serde(rename = "remain", deserialize_with = "wire::count")]
    pub remaining: u64,
}

impl Client {
    /// Sends a message to many followers. `client_msg_id`: at most 32 bytes of letters, digits, `_` and `-`; the same one for
    /// every attempt at the same send. `ignore_reprint`: send also what WeChat finds to be a reprint.
    ///
    /// `POST /cgi-bin/message/mass/send` or `…/sendall`; 100 a day and 60 a minute together. **Not repeated here** after an
    /// unclear outcome; within 24 hours the caller may, with the same `client_msg_id`. 45065 is no error but
    /// [`QueuedSend::is_repetition`].
    ///
    /// # Errors
    /// 45066 (the first attempt is still being worked on), 45028 (no mass send is left), 45009 and 45011 (quota), 40007 (media
    /// or draft), 40130, 40031 and 40032 (openids), 40152 (tag), 44004 and 45002 (text), 48022, 45161 and 48013 (video), 48001,
    /// 48003, 89504 and 89505 (see [`Error::is_awaiting_approval`]).
    pub async fn send_to_many(
        &self,
        credentials: &Credentials,
        audience: MassAudience<'_>,
        message: &MassMessage,
        client_msg_id: &str,
        ignore_reprint: bool,
    ) -> Result<QueuedSend> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default, deserialize_with = "wire::integer")]
            errcode: Option<i64>,
            #[serde(default, deserialize_with = "wire::integer", alias = "msgid")]
            msg_id: Option<i64>,
            #[serde(default, deserialize_with = "wire::integer")]
            msg_data_id: Option<i64>,
        }
        let api = match audience {
            MassAudience::Openids(_) => "/cgi-bin/message/mass/send",
            MassAudience::Tag(_) | MassAudience::Everybody => "/cgi-bin/message/mass/sendall",
        };
        let mut body = message.members();
        match audience {
            MassAudience::Openids(openids) => {
                Error::check_bounds(api, "openids", openids.len(), MassAudience::LIST)?;
                body.insert("touser".to_owned(), json!(openids));
            }
            MassAudience::Tag(id) => {
                body.insert("filter".to_owned(), json!({"is_to_all": false, "tag_id": id}));
            }
            MassAudience::Everybody => {
                body.insert("filter".to_owned(), json!({"is_to_all": true}));
            }
        }
        body.insert("send_ignore_reprint".to_owned(), json!(u8::from(ignore_reprint)));
        body.insert("clientmsgid".to_owned(), client_msg_id.into());
        let call = Call::post(api, &Value::Object(body), Repeat::IfUnprocessed).answered_by(&[SENT_BEFORE]);
        let answer: Answer = self.call(credentials, call).await?;
        let is_repetition = answer.errcode == Some(SENT_BEFORE);
        if answer.msg_id.is_none() && !is_repetition {
            return Err(Error::Unreadable {
                api,
                reason: "it does not say under which number it was queued".to_owned(),
            });
        }
        Ok(QueuedSend { msg_id: answer.msg_id, msg_data_id: answer.msg_data_id, is_repetition })
    }

    /// Sends a message to one follower as he would get it with many. It looks the same and counts towards no quota of mass
    /// sends; drafts are not used up.
    ///
    /// `POST /cgi-bin/message/mass/preview`. **Not repeated** after an unclear outcome: the follower would get it twice.
    ///
    /// # Errors
    /// 40003 and 43004 (no follower), 40007 (media or draft), 40008, 45009 (quota), 48001.
    pub async fn preview(&self, credentials: &Credentials, openid: &str, message: &MassMessage) -> Result<()> {
        let mut body = message.members();
        body.insert("touser".to_owned(), openid.into());
        let call = Call::post("/cgi-bin/message/mass/preview", &Value::Object(body), Repeat::IfUnprocessed);
        self.call(credentials, call).await.map(|Done {}| ())
    }

    /// How far WeChat is with a mass send; to how many it went, only the event tells.
    ///
    /// `POST /cgi-bin/message/mass/get`; the quota is not documented. Reads, so it is repeated.
    ///
    /// # Errors
    /// 40059 (no such send).
    pub async fn mass_status(&self, credentials: &Credentials, msg_id: i64) -> Result<MassStatus> {
        #[derive(Deserialize)]
        struct Answer {
            msg_status: String,
        }
        const API: &str = "/cgi-bin/message/mass/get";
        let call = Call::post(API, &json!({"msg_id": msg_id.to_string()}), Repeat::Always);
        let answer: Answer = self.call(credentials, call).await?;
        match answer.msg_status.to_ascii_uppercase().as_str() {
            "SENDING" => Ok(MassStatus::Sending),
            "SEND_SUCCESS" => Ok(MassStatus::Sent),
            "SEND_FAIL" => Ok(MassStatus::Failed),
            "DELETE" => Ok(MassStatus::Deleted),
            _ => Err(Error::Unreadable { api: API, reason: "its status is none that is documented".to_owned() }),
        }
    }

    /// Deletes the articles of a mass send: the bubbles stay in the chats and lead nowhere. Whoever sent an article several
    /// times has one page of it, which goes for all of them.
    ///
    /// `POST /cgi-bin/message/mass/delete`; 10 a day. Deleting twice is deleting once, so it is repeated.
    ///
    /// # Errors
    /// 40008 (texts and images cannot be deleted), 40059 (no such send), 45009 (quota).
    pub async fn delete_mass_send(&self, credentials: &Credentials, msg_id: i64) -> Result<()> {
        let call = Call::post("/cgi-bin/message/mass/delete", &json!({"msg_id": msg_id}), Repeat::Always);
        self.call(credentials, call).await.map(|Done {}| ())
    }

    /// How often mass sends may still be asked for today: in lists of openids, or to everybody and to tags.
    ///
    /// `POST /cgi-bin/openapi/quota/get`. Reads, so it is repeated.
    ///
    /// # Errors
    /// 76021 and 76022 (no such call, or none of this account's).
    pub async fn mass_quota(&self, credentials: &Credentials, by_openids: bool) -> Result<DailyQuota> {
        #[derive(Deserialize)]
        struct Answer {
            quota: DailyQuota,
        }
        let path = if by_openids { "/cgi-bin/message/mass/send" } else { "/cgi-bin/message/mass/sendall" };
        let call = Call::post("/cgi-bin/openapi/quota/get", &json!({"cgi_path": path}), Repeat::Always);
        let answer: Answer = self.call(credentials, call).await?;
        Ok(answer.quota)
    }
}
