//! Tags, and the blacklist, which is a tag of its own kind.
//!
//! An account has at most 100 tags and a follower carries at most 20. The tags 0 (未分组, ungrouped), 1 (黑名单,
//! blacklist) and 2 (星标组, starred) are WeChat's own and cannot be changed (45058); new ones count from about 100.
//! All of it needs a verified account; others get 48001 ([`Class::Operator`]).
//! Source: the group "用户标签管理" (tag management) of the Official Account documentation.
//!
//! [`Class::Operator`]: super::Class::Operator

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::json;

use super::call::{Call, Done, Repeat};
use super::client::{Client, Credentials};
use super::error::{Error, Result};
use super::users::{FollowerPage, OpenidList};
use super::wire;

/// The code of an answer that lists the openids for which a tagging call failed.
const SOME_OPENIDS_FAILED: i64 = 45171;

/// Length of a tag's name in characters. WeChat's own check counts bytes, it seems (45158).
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 1..=30;

/// A tag of an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Tag {
    /// WeChat's number of it, unique in the account.
    #[serde(deserialize_with = "wire::required_integer")]
    pub id: i64,
    /// Its name, unique in the account.
    pub name: String,
    /// How many followers carry it.
    #[serde(default, deserialize_with = "wire::count")]
    pub count: u64,
}

/// A page of the followers that carry a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFollowerPage {
    /// The openids of this page, in WeChat's order.
    pub openids: Vec<String>,
    /// What to ask with for the next page. `None`: this was the last page.
    pub next: Option<String>,
}

/// How a call that tags or untags several followers went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "some openids may have failed"]
pub struct Tagging {
    /// The openids for which it failed; for all the others it worked.
    pub failed: Vec<String>,
}

impl Client {
    /// All tags of the account, WeChat's own included.
    ///
    /// `GET /cgi-bin/tags/get`; 1,000 a day. Reads, so it is repeated.
    ///
    /// # Errors
    /// 45009 (quota), 48001.
    pub async fn tags(&self, credentials: &Credentials) -> Result<Vec<Tag>> {
        #[derive(Deserialize)]
        struct Answer {
            tags: Vec<Tag>,
        }
        let answer: Answer = self.call(credentials, Call::get("/cgi-bin/tags/get")).await?;
        Ok(answer.tags)
    }

    /// Makes a tag, named with 1 to 30 characters.
    ///
    /// `POST /cgi-bin/tags/create`; 1,000 a day. **Not repeated** after an unclear outcome: the second attempt would
    /// find the name in use (45157). Read the tags then.
    ///
    /// # Errors
    /// 45157 (name not allowed, or in use), 45158 (name too long), 45056 (100 tags), 48001.
    pub async fn create_tag(&self, credentials: &Credentials, name: &str) -> Result<Tag> {
        #[derive(Deserialize)]
        struct Answer {
            tag: Tag,
        }
        const API: &str = "/cgi-bin/tags/create";
        check_name(API, name)?;
        let call = Call::post(API, &json!({"tag": {"name": name}}), Repeat::IfUnprocessed);
        let answer: Answer = self.call(credentials, call).await?;
        Ok(answer.tag)
    }

    /// Renames a tag, with 1 to 30 characters.
    ///
    /// `POST /cgi-bin/tags/update`; 1,000 a day. **Not repeated** after an unclear outcome: whether a tag may be given
    /// the name it has is not documented.
    ///
    /// # Errors
    /// 45157 (name not allowed, or in use), 45158 (name too long), 45058 (WeChat's own tag), 45159 (no such tag).
    pub async fn rename_tag(&self, credentials: &Credentials, id: i64, name: &str) -> Result<()> {
        const API: &str = "/cgi-bin/tags/update";
        check_name(API, name)?;
        let call = Call::post(API, &json!({"tag": {"id": id, "name": name}}), Repeat::IfUnprocessed);
        self.call(credentials, call).await.map(|Done {}| ())
    }

    /// Deletes a tag; its followers stay, without it.
    ///
    /// `POST /cgi-bin/tags/delete`; the quota is not documented. **Not repeated** after an unclear outcome: the
    /// second attempt would find no such tag.
    ///
    /// # Errors
    /// 45057 (more than 100,000 followers carry it), 45058 (WeChat's own tag), 45159 (no such tag).
    pub async fn delete_tag(&self, credentials: &Credentials, id: i64) -> Result<()> {
        let call = Call::post("/cgi-bin/tags/delete", &json!({"tag": {"id": id}}), Repeat::IfUnprocessed);
        self.call(credentials, call).await.map(|Done {}| ())
    }

    /// A page of the followers that carry a tag, beginning after `next_openid`, or with the first.
    ///
    /// `POST /cgi-bin/user/tag/get`; page size and quota are not documented. Reads, so it is repeated; on very big tags
    /// it is slow, or WeChat answers -1.
    ///
    /// # Errors
    /// 40003 (`next_openid`), 45159 (no such tag).
    pub async fn tag_followers(
        &self,
        credentials: &Credentials,
        id: i64,
        next_openid: Option<&str>,
    ) -> Result<TagFollowerPage> {
        let body = json!({"tagid": id, "next_openid": next_openid.unwrap_or_default()});
        let list: OpenidList =
            self.call(credentials, Call::post("/cgi-bin/user/tag/get", &body, Repeat::Always)).await?;
        let (openids, next) = list.into_page(next_openid);
        Ok(TagFollowerPage { openids, next })
    }

    /// The ids of the tags that a follower carries.
    ///
    /// `POST /cgi-bin/tags/getidlist`; the quota is not documented. Reads, so it is repeated.
    ///
    /// # Errors
    /// 40003 or 49003 (openid).
    pub async fn follower_tags(&self, credentials: &Credentials, openid: &str) -> Result<Vec<i64>> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default, deserialize_with = "wire::integers")]
            tagid_list: Option<Vec<i64>>,
        }
        let call = Call::post("/cgi-bin/tags/getidlist", &json!({"openid": openid}), Repeat::Always);
        let answer: Answer = self.call(credentials, call).await?;
        Ok(answer.tagid_list.unwrap_or_default())
    }

    /// Gives a tag to 1 to 50 followers, beside the tags they carry.
    ///
    /// `POST /cgi-bin/tags/members/batchtagging`; 100,000 a day. Sets a state, so it is repeated.
    ///
    /// # Errors
    /// 40003 or 49003 (an openid of another account), 45159 (no such tag), 45059 (a follower carries 20 tags). 45171 is
    /// no error but [`Tagging::failed`]. More than 50 or none are refused here, before anything is sent.
    pub async fn tag(&self, credentials: &Credentials, id: i64, openids: &[String]) -> Result<Tagging> {
        self.change_tagging(credentials, "/cgi-bin/tags/members/batchtagging", id, openids).await
    }

    /// Takes a tag from 1 to 50 followers.
    ///
    /// `POST /cgi-bin/tags/members/batchuntagging`; 100,000 a day. Sets a state, so it is repeated.
    ///
    /// # Errors
    /// As [`Client::tag`]. The limit of 50 is documented for tagging only, and assumed for this.
    pub async fn untag(&self, credentials: &Credentials, id: i64, openids: &[String]) -> Result<Tagging> {
        self.change_tagging(credentials, "/cgi-bin/tags/members/batchuntagging", id, openids).await
    }

    async fn change_tagging(
        &self,
        credentials: &Credentials,
        api: &'static str,
        id: i64,
        openids: &[String],
    ) -> Result<Tagging> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default, deserialize_with = "wire::integer")]
            errcode: Option<i64>,
            #[serde(default)]
            fail_openid_list: Vec<String>,
        }
        Error::check_bounds(api, "openids", openids.len(), 1..=50)?;
        let call = Call::post(api, &json!({"openid_list": openids, "tagid": id}), Repeat::Always)
            .answered_by(&[SOME_OPENIDS_FAILED]);
        let answer: Answer = self.call(credentials, call).await?;
        if answer.errcode == Some(SOME_OPENIDS_FAILED) && answer.fail_openid_list.is_empty() {
            return Err(Error::Unreadable { api, reason: "some openids failed, but it does not say which".to_owned() });
        }
        Ok(Tagging { failed: answer.fail_openid_list })
    }

    /// A page of the blacklist, beginning after `next_openid`, or with the first. The page size is not certain.
    ///
    /// `POST /cgi-bin/tags/members/getblacklist`; the quota is not documented. Reads, so it is repeated.
    ///
    /// # Errors
    /// 40003 (`next_openid`), 48001.
    pub async fn blacklist(&self, credentials: &Credentials, next_openid: Option<&str>) -> Result<FollowerPage> {
        let body = json!({"begin_openid": next_openid.unwrap_or_default()});
        let call = Call::post("/cgi-bin/tags/members/getblacklist", &body, Repeat::Always);
        let list: OpenidList = self.call(credentials, call).await?;
        let total = list.total();
        let (openids, next) = list.into_page(next_openid);
        Ok(FollowerPage { total, openids, next })
    }

    /// Everybody on the blacklist, page by page.
    ///
    /// # Errors
    /// As [`Client::blacklist`].
    pub async fn whole_blacklist(&self, credentials: &Credentials) -> Result<HashSet<String>> {
        let mut openids = HashSet::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.blacklist(credentials, after.as_deref()).await?;
            openids.extend(page.openids);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(openids),
            }
        }
    }

    /// Puts 1 to 20 followers on the blacklist.
    ///
    /// `POST /cgi-bin/tags/members/batchblacklist`; the quota is not documented. Sets a state, so it is repeated.
    ///
    /// # Errors
    /// 40003 or 49003 (openid). More than 20 or none are refused here, before anything is sent.
    pub async fn add_to_blacklist(&self, credentials: &Credentials, openids: &[String]) -> Result<()> {
        self.change_blacklist(credentials, "/cgi-bin/tags/members/batchblacklist", openids).await
    }

    /// Takes 1 to 20 followers off the blacklist.
    ///
    /// `POST /cgi-bin/tags/members/batchunblacklist`; as [`Client::add_to_blacklist`].
    ///
    /// # Errors
    /// As [`Client::add_to_blacklist`].
    pub async fn remove_from_blacklist(&self, credentials: &Credentials, openids: &[String]) -> Result<()> {
        self.change_blacklist(credentials, "/cgi-bin/tags/members/batchunblacklist", openids).await
    }

    async fn change_blacklist(&self, credentials: &Credentials, api: &'static str, openids: &[String]) -> Result<()> {
        Error::check_bounds(api, "openids", openids.len(), 1..=20)?;
        let call = Call::post(api, &json!({"openid_list": openids}), Repeat::Always);
        self.call(credentials, call).await.map(|Done {}| ())
    }
}

fn check_name(api: &'static str, name: &str) -> Result<()> {
    Error::check_bounds(api, "characters of a tag's name", name.chars().count(), NAME_LENGTH)
}
