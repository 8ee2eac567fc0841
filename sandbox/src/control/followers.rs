//! Filling an account with followers, and changing one of them.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    Answer, Rejection, account,
    body::{Fields, required},
};
use crate::{
    invalid::InvalidField,
    match_rule::Platform,
    profiles::{Follower, Place, Profile},
    state::{Account, World, lock},
};

/// Most followers that one call adds.
const MAX_COUNT: u32 = 100_000_000;

/// Answers how many were added and how many follow now, with the first and the last of the new openids.
pub(super) async fn generate(
    State(world): State<Arc<World>>,
    Path(app_id): Path<String>,
    mut fields: Fields,
) -> Answer {
    let account = account(&world, &app_id)?;
    let count = required("count", fields.count("count", MAX_COUNT)?)?;
    let profiles = fields.flag("profiles")?.unwrap_or(false);
    fields.finish()?;
    let followers = &mut lock(&account).followers;
    let added = followers.generate(count.into(), profiles);
    let ends = (count > 0).then(|| (followers.openid(added.start), followers.openid(added.end - 1)));
    let (first, last) = ends.unzip();
    Ok(Json(json!({
        "added": count,
        "followers": followers.following(),
        "first_openid": first,
        "last_openid": last,
    })))
}

/// Sets the members that are given; the rest stays.
pub(super) async fn change(
    State(world): State<Arc<World>>,
    Path((app_id, openid)): Path<(String, String)>,
    fields: Fields,
) -> Answer {
    let account = account(&world, &app_id)?;
    let account = &mut *lock(&account);
    let index = account.followers.find(&openid).ok_or_else(|| Rejection::Unknown {
        field: "openid",
        reason: "nobody has it: add followers, or push a subscribe event".to_owned(),
    })?;
    let change = Change::read(fields, account)?;
    if change.tags.is_some() && !change.subscribe.unwrap_or_else(|| account.followers.is_following(index)) {
        return Err(InvalidField::new("tags", "only somebody who follows carries tags").into());
    }
    change.apply(account, index);
    Ok(Json(json!({
        "openid": openid,
        "subscribe": account.followers.is_following(index),
        "tags": account.tags.of(index),
        "blacklisted": account.blacklist.contains(&index),
    })))
}

/// Everything that can be set about a follower, checked before anything is changed.
struct Change {
    subscribe: Option<bool>,
    blacklisted: Option<bool>,
    tags: Option<Vec<i64>>,
    subscribe_time: Option<i64>,
    subscribe_scene: Option<String>,
    qr_scene: Option<i64>,
    qr_scene_str: Option<String>,
    language: Option<String>,
    remark: Option<String>,
    unionid: Option<String>,
    nickname: Option<String>,
    sex: Option<u8>,
    country: Option<String>,
    province: Option<String>,
    city: Option<String>,
    headimgurl: Option<String>,
    platform: Option<Platform>,
    wxname: Option<String>,
}

impl Change {
    fn read(mut fields: Fields, account: &Account) -> Result<Self, InvalidField> {
        let flag = |value: &Value| value.as_bool().or_else(|| Some(value.as_u64().filter(|n| *n <= 1)? == 1));
        let sex = |value: &Value| value.as_u64().and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= 2);
        let platform = |value: &Value| Platform::numbered(value.as_i64()?);
        let usable = |id: &Value| id.as_i64().filter(|id| account.tags.get(*id).is_ok());
        let tags = |value: &Value| value.as_array()?.iter().map(usable).collect::<Option<Vec<_>>>();
        let change = Self {
            subscribe: fields.take_as("subscribe", "true or false", flag)?,
            blacklisted: fields.flag("blacklisted")?,
            tags: fields.take_as("tags", "a list of ids that tags/get lists", tags)?,
            subscribe_time: fields.integer("subscribe_time")?,
            subscribe_scene: fields.text("subscribe_scene")?,
            qr_scene: fields.integer("qr_scene")?,
            qr_scene_str: fields.text("qr_scene_str")?,
            language: fields.text("language")?,
            remark: fields.text("remark")?,
            unionid: fields.text("unionid")?,
            nickname: fields.text("nickname")?,
            sex: fields.take_as("sex", "0, 1 or 2", sex)?,
            country: fields.text("country")?,
            province: fields.text("province")?,
            city: fields.text("city")?,
            headimgurl: fields.text("headimgurl")?,
            platform: fields.take_as("client_platform_type", "1, 2 or 3", platform)?,
            wxname: fields.text("wxname")?,
        };
        fields.finish()?;
        Ok(change)
    }

    fn apply(self, account: &mut Account, index: u64) {
        let openid = account.followers.openid(index);
        match self.subscribe {
            Some(true) => account.followers.join(&openid, account.followers.details(index).subscribe_time),
            Some(false) => account.leave(index),
            None => {}
        }
        match self.blacklisted {
            Some(true) => drop(account.blacklist.insert(index)),
            Some(false) => drop(account.blacklist.remove(&index)),
            None => {}
        }
        if let Some(tags) = &self.tags {
            account.tags.clear(index);
            account.tags.put(index, tags);
        }
        self.apply_details(account.followers.details_mut(index));
    }

    fn apply_details(self, follower: &mut Follower) {
        set(&mut follower.subscribe_time, self.subscribe_time);
        set(&mut follower.subscribe_scene, self.subscribe_scene);
        set(&mut follower.qr_scene, self.qr_scene);
        set(&mut follower.qr_scene_str, self.qr_scene_str);
        set(&mut follower.language, self.language);
        set(&mut follower.remark, self.remark);
        set(&mut follower.platform, self.platform);
        if self.unionid.is_some() {
            follower.unionid = self.unionid;
        }
        if self.wxname.is_some() {
            follower.wxname = self.wxname;
        }
        let places = [&self.country, &self.province, &self.city];
        let with_profile = self.nickname.is_some()
            || self.sex.is_some()
            || self.headimgurl.is_some()
            || places.iter().any(|place| place.is_some());
        if with_profile {
            let profile = follower.profile.get_or_insert_with(Profile::default);
            set(&mut profile.nickname, self.nickname);
            set(&mut profile.sex, self.sex);
            set(&mut profile.country, self.country.map(Place::named));
            set(&mut profile.province, self.province.map(Place::named));
            set(&mut profile.city, self.city.map(Place::named));
            set(&mut profile.headimgurl, self.headimgurl);
        }
    }
}

fn set<T>(member: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *member = value;
    }
}
