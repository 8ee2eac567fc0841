//! Followers: who they are, what is known of each, and the account's remark on them.
//!
//! All of it needs a verified account; others get 48001 ([`Class::Operator`]).
//! Source: the group "用户管理" (user management) of the Official Account documentation.
//!
//! [`Class::Operator`]: super::Class::Operator

use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{Call, Done, Repeat};
use super::client::{Client, Credentials};
use super::error::{Error, Result};
use super::wire;

/// Language of the place names in [`FollowerDetail`].
const LANGUAGE: &str = "zh_CN";

/// A page of openids, of all followers or of the blacklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowerPage {
    /// How many there are on all pages.
    pub total: u64,
    /// The openids of this page, in WeChat's order.
    pub openids: Vec<String>,
    /// Where the next page begins: what to ask with next. `None`: this was the last page.
    pub next: Option<String>,
}

/// What WeChat tells about one person.
///
/// Since December 2021 nickname, avatar, sex and place are not given any more; they are read where a platform still
/// gives them. `None` means not given, which for someone who does not follow is everything but the openid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct FollowerDetail {
    /// Whether this person follows the account.
    #[serde(deserialize_with = "wire::flag")]
    pub subscribe: bool,
    /// Identity of this person for this account.
    pub openid: String,
    /// Identity across the accounts of one Open Platform account, if this account is bound to one.
    #[serde(default, deserialize_with = "wire::text")]
    pub unionid: Option<String>,
    /// When this person began to follow, in Unix seconds.
    #[serde(default, deserialize_with = "wire::integer")]
    pub subscribe_time: Option<i64>,
    /// The account's own name for this person; empty if it has none.
    #[serde(default)]
    pub remark: Option<String>,
    /// The tags this person carries.
    #[serde(default, deserialize_with = "wire::integers")]
    pub tagid_list: Option<Vec<i64>>,
    /// How this person came, for example `ADD_SCENE_QR_CODE`; an open set.
    #[serde(default, deserialize_with = "wire::text")]
    pub subscribe_scene: Option<String>,
    /// The number in the QR code through which this person came; 0 if there was none.
    #[serde(default, deserialize_with = "wire::integer")]
    pub qr_scene: Option<i64>,
    /// The text in the QR code through which this person came.
    #[serde(default, deserialize_with = "wire::text")]
    pub qr_scene_str: Option<String>,
    /// Name. Not given any more.
    #[serde(default, deserialize_with = "wire::text")]
    pub nickname: Option<String>,
    /// Sex. Not given any more.
    #[serde(default, deserialize_with = "sex")]
    pub sex: Option<Sex>,
    /// Language of this person's WeChat, for example `zh_CN`. Not given any more.
    #[serde(default, deserialize_with = "wire::text")]
    pub language: Option<String>,
    /// City. Not given any more.
    #[serde(default, deserialize_with = "wire::text")]
    pub city: Option<String>,
    /// Province. Not given any more.
    #[serde(default, deserialize_with = "wire::text")]
    pub province: Option<String>,
    /// Country. Not given any more.
    #[serde(default, deserialize_with = "wire::text")]
    pub country: Option<String>,
    /// URL of the avatar. Not given any more.
    #[serde(default, deserialize_with = "wire::text")]
    pub headimgurl: Option<String>,
}

/// A person's sex, as far as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    /// WeChat's 1.
    Male,
    /// WeChat's 2.
    Female,
}

fn sex<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Sex>, D::Error> {
    Ok(match wire::integer(deserializer)? {
        Some(1) => Some(Sex::Male),
        Some(2) => Some(Sex::Female),
        _ => None,
    })
}

/// A page of openids as WeChat writes it: `data` is absent on an empty page, `total` where it is not known.
#[derive(Deserialize)]
pub(super) struct OpenidList {
    #[serde(default, deserialize_with = "wire::integer")]
    total: Option<i64>,
    #[serde(default, deserialize_with = "wire::integer")]
    count: Option<i64>,
    #[serde(default)]
    data: Option<Openids>,
    #[serde(default, deserialize_with = "wire::text")]
    next_openid: Option<String>,
}

#[derive(Deserialize)]
struct Openids {
    #[serde(default)]
    openid: Option<Vec<String>>,
}

impl OpenidList {
    /// How many there are on all pages, as far as it is told.
    pub(super) fn total(&self) -> u64 {
        self.total.and_then(|total| u64::try_from(total).ok()).unwrap_or(0)
    }

    /// The openids, and where the next page begins.
    ///
    /// The list ends with a page without openids or without `next_openid`. The last page with openids may name its
    /// last one all the same: then one more, empty page follows. A page that points back at where it began would be
    /// asked for again without end, and counts as the last.
    pub(super) fn into_page(self, asked: Option<&str>) -> (Vec<String>, Option<String>) {
        let openids = self.data.and_then(|data| data.openid).unwrap_or_default();
        let ended = openids.is_empty() || self.count == Some(0);
        let next = self.next_openid.filter(|next| !ended && Some(next.as_str()) != asked);
        (openids, next)
    }
}

impl Client {
    /// A page of up to 10,000 openids of the followers, beginning after `next_openid`, or with the first.
    ///
    /// `GET /cgi-bin/user/get`; **500 calls a day**. Reads, so it is repeated.
    ///
    /// # Errors
    /// 40003 (`next_openid`), 45009 (quota), 48001, 50002.
    pub async fn followers(&self, credentials: &Credentials, next_openid: Option<&str>) -> Result<FollowerPage> {
        let mut call = Call::get("/cgi-bin/user/get");
        if let Some(next_openid) = next_openid {
            call = call.query("next_openid", next_openid);
        }
        let list: OpenidList = self.call(credentials, call).await?;
        let total = list.total();
        let (openids, next) = list.into_page(next_openid);
        Ok(FollowerPage { total, openids, next })
    }

    /// What WeChat tells about 1 to 100 persons. Match by openid: neither the order nor that none is missing is warranted.
    ///
    /// `POST /cgi-bin/user/info/batchget`; 5,000,000 a day together with `user/info`. Reads, so it is repeated.
    ///
    /// # Errors
    /// 40003 for the whole call if one openid belongs to another account; 48001. More than 100 or none are refused
    /// here, before anything is sent.
    pub async fn follower_details(&self, credentials: &Credentials, openids: &[String]) -> Result<Vec<FollowerDetail>> {
        #[derive(Deserialize)]
        struct Answer {
            user_info_list: Vec<FollowerDetail>,
        }
        const API: &str = "/cgi-bin/user/info/batchget";
        Error::check_bounds(API, "openids", openids.len(), 1..=100)?;
        let list: Vec<Value> = openids.iter().map(|openid| json!({"openid": openid, "lang": LANGUAGE})).collect();
        let call = Call::post(API, &json!({"user_list": list}), Repeat::Always);
        let answer: Answer = self.call(credentials, call).await?;
        Ok(answer.user_info_list)
    }

    /// What WeChat tells about one person.
    ///
    /// `GET /cgi-bin/user/info`; 5,000,000 a day together with `batchget`. Reads, so it is repeated.
    ///
    /// # Errors
    /// 40003 (openid), 48001.
    pub async fn follower_detail(&self, credentials: &Credentials, openid: &str) -> Result<FollowerDetail> {
        let call = Call::get("/cgi-bin/user/info").query("openid", openid).query("lang", LANGUAGE);
        self.call(credentials, call).await
    }

    /// Sets the account's own name for a follower, at most 30 bytes; empty removes it.
    ///
    /// `POST /cgi-bin/user/info/updateremark`; 10,000 a day. Sets a state, so it is repeated.
    ///
    /// # Errors
    /// 40003 (openid), 40092 (remark), 43004 (does not follow), 48001. A longer remark is refused here: the
    /// documentation says "less than 30 characters", and bytes in another place.
    pub async fn update_remark(&self, credentials: &Credentials, openid: &str, remark: &str) -> Result<()> {
        const API: &str = "/cgi-bin/user/info/updateremark";
        Error::check_bounds(API, "bytes of a remark", remark.len(), 0..=30)?;
        let call = Call::post(API, &json!({"openid": openid, "remark": remark}), Repeat::Always);
        self.call(credentials, call).await.map(|Done {}| ())
    }
}
