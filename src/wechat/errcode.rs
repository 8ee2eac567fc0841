//! WeChat's error codes: what the client does about each, and what a person can do.
//!
//! Source: the pages "全局返回码" (global return codes) and "错误码" of each API in the Official Account documentation.
//! A code that is listed nowhere is permanent: repeating a request that is refused for an unknown reason only burns
//! the quota.

use std::time::Duration;

use super::Class;

/// The reaction to an `errcode` other than 0.
pub(super) const fn class(errcode: i64) -> Class {
    match errcode {
        40001 | 40014 | 42001 => Class::Token,
        -1 | 42010 | 45011 | 45066 | 45169 | 46007 | 61450 | 61503 | 268487001 | 268487002 | 268488001 => Class::Retry,
        45009 | 45010 | 45028 | 45029 | 45034 | 45056 | 45074 | 48006 => Class::Quota,
        40003 | 43004 | 43005 | 43019 | 43101 | 45015 | 45047 | 46004 | 48002 | 50005 | 70000 => Class::Recipient,
        40013 | 40125 | 40164 | 40243 | 41002 | 41004 | 45501 | 48001 | 48003 | 48004 | 50002 | 50004 | 50007 => {
            Class::Operator
        }
        61004 | 61007 | 61016 | 89501..=89507 => Class::Operator,
        _ => Class::Permanent,
    }
}

/// Whether a refusal with this code leaves open if the request took effect: "system error" and its like, and 45066,
/// which says that an earlier call with the same `clientmsgid` is still being worked on.
pub(super) const fn leaves_outcome_open(errcode: i64) -> bool {
    matches!(errcode, -1 | 45066 | 61450 | 268487001 | 268487002 | 268488001)
}

/// How long a repetition has to wait at least, where the documentation says so: the minute quota, a mass send that is
/// still being worked on, statistics that are not ready.
pub(super) const fn retry_after(errcode: i64) -> Option<Duration> {
    match errcode {
        45011 | 45066 => Some(Duration::from_mins(1)),
        61503 => Some(Duration::from_hours(1)),
        _ => None,
    }
}

/// What a person can do about the codes that people meet.
pub(super) const fn hint(errcode: i64) -> Option<&'static str> {
    Some(match errcode {
        -1 => "WeChat is busy; try again later",
        40001 => "the AppSecret is wrong, or the access token was revoked; check the AppSecret in the WeChat console",
        40003 => "this openid does not belong to a follower of this account",
        40004 => "WeChat has no such kind of media; it takes image, voice, video and thumb",
        40005 | 40113 | 40137 => {
            "WeChat does not take this file format; use JPEG or PNG for images, also GIF outside of articles, MP3 or AMR \
             for voices, MP4 for videos, JPEG for thumbs"
        }
        40006 | 45001 => {
            "the file is too large; images and videos may have 10 MB, voices 2 MB, thumbs 64 KB and images within \
             articles 1 MB"
        }
        40007 | 46001 => {
            "WeChat does not know this media or draft (any more): temporary media last three days, and a draft ends when \
             it is sent or published; upload or create it anew"
        }
        40008 => "this kind of message is not possible here; choose another",
        40009 => "the image is too large; make it smaller than 2 MB, within an article smaller than 1 MB",
        40010 => "the voice is too large; it may have 2 MB",
        40011 => "the video is too large; it may have 10 MB",
        40012 => "the thumb is too large; it may have 64 KB",
        40013 => "the AppID is wrong; copy it again from the WeChat console",
        40016 => "a menu has 1 to 3 buttons",
        40017 | 40024 => "WeChat does not know the type of a menu button; bind a reply or a link to it",
        40018 => {
            "the name of a menu button is missing or too long; it may have 16 bytes, that is, 5 Chinese characters"
        }
        40019 | 40026 => "the key of a menu button is missing or too long; it may have 128 bytes",
        40020 | 40027 => "the address of a menu button is missing or too long; it may have 1,024 bytes",
        40022 => "a menu has two levels of buttons, not more",
        40023 => "below a menu button there may be 1 to 5 others",
        40025 => {
            "the name of a menu button is missing or too long; below another it may have 60 bytes, 20 Chinese characters"
        }
        40033 | 47002 => "the text has characters that WeChat cannot read; remove control characters from it",
        40054 | 40055 => "WeChat does not take the address of a menu button; it must begin with http:// or https://",
        40062 | 45003 => "the title is too long or missing; in an article it may have 32 characters",
        40114 => "the draft has no article at this position",
        40117 | 40118 => "the material of a menu button is missing or none; choose another in the WeChat console",
        40119..=40121 => "this account may not use the type of a menu button; bind a reply or a link to it",
        40125 => "the AppSecret is wrong; reset it in the WeChat console and enter the new one here",
        40128 => "this place needs permanent material; upload the file as such",
        40164 => "add this server's IP address, which the message names, to the IP whitelist in the WeChat console",
        40165 | 40166 => "the app id or the page of the mini program that a menu button opens is wrong; correct it",
        40192 => "the author is too long; it may have 16 characters",
        40243 => "the AppSecret is frozen; unfreeze it in the WeChat console",
        41002 => "the AppID is missing; enter it",
        41004 => "the AppSecret is missing; enter it",
        41005 | 44001 | 44006 => "the file is missing or empty; choose another",
        41006 => "the media id is missing; choose a file first",
        41007 => "a menu button has neither an action nor buttons below it",
        41039 => "WeChat does not take the source URL of the article; it must be a full web address of at most 1 KB",
        43004 | 50005 => "this user does not follow the account (any more)",
        43019 => "this user is on the blacklist; remove the user from it first",
        44003 | 44004 => "an article has no content, or there is no article; write some",
        45002 => "the content is too long; an article may have fewer than 20,000 characters and less than 1 MB",
        45004 => "the abstract is too long; in an article it may have 128 characters",
        45005 => "the source URL is too long; it may have 1 KB",
        45007 => "the voice is too long; it may last 60 seconds",
        45009 => "the daily quota of this call is used up; it resets at 00:00 China time",
        45010 => "the quota for creating menus is used up; try again tomorrow",
        45011 => "too many calls in this minute; try again in a minute",
        45015 => "the user has not been active within the time in which customer-service messages are allowed",
        45028 => "no mass send is left in this period; wait until the quota resets",
        45034 | 45074 => "the limit of permanent materials is reached; delete materials first",
        45047 => "the allowance of customer-service messages for this user is used up until the user is active again",
        45056 => "the account has 100 tags, WeChat's limit; delete a tag first",
        45057 => "the tag has more than 100,000 followers; untag followers first",
        45058 => "this is one of WeChat's own tags, which cannot be changed",
        45059 => "a follower can carry at most 20 tags; remove another tag first",
        45060 | 48005 => "an auto-reply or the menu uses this material; remove it there first",
        45064 => {
            "this account may not link the mini program of a menu button; link the two in the WeChat console first"
        }
        45157 => "the name is empty, not allowed, or another tag has it; choose another",
        45158 => "the name is too long; WeChat takes at most 30 bytes for a tag",
        45159 => "WeChat does not know this tag (any more); fetch the followers anew",
        45166 => {
            "WeChat refuses the content of the article; remove what it does not allow, such as foreign scripts or links"
        }
        45501 => "WeChat has blocked this account's calls for a while; look at the notices in the WeChat console",
        46007 => "WeChat is still converting this file; try again in a minute",
        48001 => "this kind of account may not use this function; most functions need a verified account",
        48003 => "accept the mass-send agreement in the WeChat console",
        48004 => "WeChat has banned this account from this function; look at the notices in the WeChat console",
        48006 => "the quota can be cleared ten times a month, and that is used up",
        50002 => "the account is frozen or cancelled; look at the notices in the WeChat console",
        50004 => "WeChat has forbidden this account to use its API; look at the notices in the WeChat console",
        50007 => "the account is frozen; look at the notices in the WeChat console",
        53404 => "this account may not place product cards for now; remove the card from the article",
        53405 => "the product card in the article is not valid; correct or remove it",
        53406 => "this account has not enabled product cards; enable them in the WeChat console or remove the card",
        61004 => "register this server's IP address with the third-party platform that manages the account",
        88000 => "this account may not open comments; switch comments off for the article",
        89501 | 89503 => {
            "the account's administrator must allow this server's IP address; WeChat has sent the question"
        }
        89504 => "the send waits until the account's administrator approves it in WeChat",
        89505 => "the account's administrator has been asked to confirm the send in WeChat",
        89506 => "the administrator refused this server's IP address; it is blocked for 24 hours",
        89507 => "the administrator refused this server's IP address; it is blocked for 1 hour",
        _ => return None,
    })
}
