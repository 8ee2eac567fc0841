//! Followers: WeChat "User management" (用户管理): list, details, remark.

use serde::Serialize;
use serde_json::{Value, json};

use super::page;
use crate::{
    answer::{Answer, Outcome},
    endpoint::{Call, Endpoint},
    errcode::Errcode,
    permission::Capability,
    request::text,
    state::Account,
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/cgi-bin/user/get", Capability::Followers, list).daily(500),
    Endpoint::get("/cgi-bin/user/info", Capability::Followers, info).daily(5_000_000),
    Endpoint::post("/cgi-bin/user/info/batchget", Capability::Followers, infos).daily(5_000_000),
    Endpoint::post("/cgi-bin/user/info/updateremark", Capability::Followers, update_remark).daily(10_000),
];

/// Openids on a page of `user/get`.
const PAGE: usize = 10_000;
/// Most entries of a `batchget`.
const MAX_BATCH: usize = 100;
/// Longest remark in bytes of UTF-8.
const MAX_REMARK: usize = 30;

/// What is told about one person. Since 2021-12-27 without nickname, sex, region and avatar; about somebody who does
/// not follow, nothing but that.
#[derive(Serialize)]
struct UserInfo {
    subscribe: u8,
    openid: String,
    #[serde(flatten)]
    profile: Option<ProfileInfo>,
    #[serde(flatten)]
    following: Option<FollowingInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unionid: Option<String>,
}

#[derive(Serialize)]
struct ProfileInfo {
    nickname: String,
    sex: u8,
    city: String,
    province: String,
    country: String,
    headimgurl: String,
}

#[derive(Serialize)]
struct FollowingInfo {
    language: String,
    subscribe_time: i64,
    remark: String,
    /// The group of the retired groups API: 1 for the blacklist.
    groupid: i64,
    tagid_list: Vec<i64>,
    subscribe_scene: String,
    qr_scene: i64,
    qr_scene_str: String,
}

impl UserInfo {
    fn of(account: &Account, index: u64, lang: &str) -> Self {
        let follower = account.followers.details(index).into_owned();
        let (openid, unionid) = (follower.openid, follower.unionid);
        if !account.followers.is_following(index) {
            return Self { subscribe: 0, openid, profile: None, following: None, unionid };
        }
        let profile = follower.profile.map(|profile| ProfileInfo {
            sex: profile.sex,
            city: profile.city.name(lang).to_owned(),
            province: profile.province.name(lang).to_owned(),
            country: profile.country.name(lang).to_owned(),
            nickname: profile.nickname,
            headimgurl: profile.headimgurl,
        });
        let following = FollowingInfo {
            language: follower.language,
            subscribe_time: follower.subscribe_time,
            remark: follower.remark,
            groupid: i64::from(account.blacklist.contains(&index)),
            tagid_list: account.tags.of(index),
            subscribe_scene: follower.subscribe_scene,
            qr_scene: follower.qr_scene,
            qr_scene_str: follower.qr_scene_str,
        };
        Self { subscribe: 1, openid, profile, following: Some(following), unionid }
    }
}

fn list(call: &mut Call<'_>) -> Outcome {
    let after = call.page_start(call.request.parameter("next_openid"))?;
    let followers = &call.account.followers;
    page::answer(Some(followers.following()), followers.page(after, PAGE))
}

fn info(call: &mut Call<'_>) -> Outcome {
    let openid = call.request.parameter("openid").ok_or(Errcode::MISSING_OPENID)?;
    let index = call.follower(openid)?;
    let lang = call.request.parameter("lang").unwrap_or_default();
    Answer::data(&UserInfo::of(call.account, index, lang))
}

fn infos(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let entries = body.get("user_list").and_then(Value::as_array).ok_or(Errcode::INVALID_OPENID_LIST)?;
    if entries.is_empty() || entries.len() > MAX_BATCH {
        return Err(Errcode::INVALID_LIST_SIZE.into());
    }
    let mut infos = Vec::with_capacity(entries.len());
    for entry in entries {
        let index = call.follower(text(entry, "openid").ok_or(Errcode::MISSING_OPENID)?)?;
        infos.push(UserInfo::of(call.account, index, text(entry, "lang").unwrap_or_default()));
    }
    Answer::data(&json!({ "user_info_list": infos }))
}

fn update_remark(call: &mut Call<'_>) -> Outcome {
    let body = call.json()?;
    let index = call.follower(text(&body, "openid").ok_or(Errcode::MISSING_OPENID)?)?;
    // An empty remark takes the old one away.
    let remark = body.get("remark").and_then(Value::as_str).ok_or(Errcode::INVALID_REMARK)?;
    if remark.len() > MAX_REMARK {
        return Err(Errcode::INVALID_REMARK.into());
    }
    if !call.account.followers.is_following(index) {
        return Err(Errcode::REQUIRE_SUBSCRIBE.into());
    }
    remark.clone_into(&mut call.account.followers.details_mut(index).remark);
    Answer::done()
}
