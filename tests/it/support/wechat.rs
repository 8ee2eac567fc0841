//! WeChat's side of an account: changing it as its administrator would, and reading it back.
//!
//! What the simulator tells over WeChat's own API is the oracle: a fetch is right when the lists of the service show
//! what [`TestApp::at_wechat`] shows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::TestApp;

/// Openids of one tagging call. Source: WeChat reference, section 4.5.
const TAGGED_AT_ONCE: usize = 50;
/// Openids of one call that blacklists. Source: WeChat reference, section 4.6.
const BLACKLISTED_AT_ONCE: usize = 20;
/// Rows of the largest page that the service gives.
const PAGE: usize = 100;

/// Everything that the lists of an account show.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lists {
    /// The group `-1`.
    pub(crate) all: BTreeSet<String>,
    /// By the id of the group: its name and its members.
    pub(crate) groups: BTreeMap<String, (String, BTreeSet<String>)>,
}

impl TestApp {
    // --- WeChat's API, used by somebody else ---

    /// A call of WeChat's API for an account, which must succeed. No body: GET.
    pub(crate) async fn wechat(&self, app_id: &str, path: &str, body: Value) -> Value {
        let url = format!("{}/cgi-bin/stable_token", self.sandbox);
        let credentials = json!({ "grant_type": "client_credential", "appid": app_id, "secret": "sandbox" });
        let token = self.json(self.http.post(url).json(&credentials)).await;
        let token = token["access_token"].as_str().unwrap_or_else(|| panic!("{token}"));
        let joint = if path.contains('?') { '&' } else { '?' };
        let url = format!("{}/cgi-bin{path}{joint}access_token={token}", self.sandbox);
        let request = if body.is_null() { self.http.get(url) } else { self.http.post(url).json(&body) };
        let answer = self.json(request).await;
        assert_eq!(answer["errcode"].as_i64().unwrap_or(0), 0, "{path} {answer}");
        answer
    }

    /// Makes a tag and gives it to these followers. Returns its id.
    pub(crate) async fn tag(&self, app_id: &str, name: &str, openids: &[String]) -> i64 {
        let tag = self.wechat(app_id, "/tags/create", json!({ "tag": { "name": name } })).await;
        let id = tag["tag"]["id"].as_i64().unwrap();
        self.tag_more(app_id, id, openids).await;
        id
    }

    /// Gives an existing tag to these followers.
    pub(crate) async fn tag_more(&self, app_id: &str, id: i64, openids: &[String]) {
        for chunk in openids.chunks(TAGGED_AT_ONCE) {
            let body = json!({ "tagid": id, "openid_list": chunk });
            self.wechat(app_id, "/tags/members/batchtagging", body).await;
        }
    }

    /// Puts followers on the blacklist.
    pub(crate) async fn blacklist(&self, app_id: &str, openids: &[String]) {
        for chunk in openids.chunks(BLACKLISTED_AT_ONCE) {
            self.wechat(app_id, "/tags/members/batchblacklist", json!({ "openid_list": chunk })).await;
        }
    }

    /// Changes what the simulator knows of one follower.
    pub(crate) async fn change_follower(&self, app_id: &str, openid: &str, change: Value) {
        self.control(Method::PUT, &format!("/{app_id}/followers/{openid}"), change).await;
    }

    /// The openids of all who follow, in WeChat's order.
    pub(crate) async fn openids_at_wechat(&self, app_id: &str) -> Vec<String> {
        self.pages_at_wechat(app_id, |next| (format!("/user/get?next_openid={next}"), Value::Null)).await
    }

    async fn pages_at_wechat(&self, app_id: &str, call: impl Fn(&str) -> (String, Value)) -> Vec<String> {
        let mut openids = Vec::new();
        let mut next = String::new();
        loop {
            // The simulator takes an empty openid for a wrong one.
            let (path, mut body) = call(&next);
            let path = path.trim_end_matches("?next_openid=");
            if let Some(members) = body.as_object_mut() {
                members.retain(|_, value| *value != json!(""));
            }
            let page = self.wechat(app_id, path, body).await;
            let Some(list) = page["data"]["openid"].as_array() else { return openids };
            openids.extend(list.iter().map(|openid| openid.as_str().unwrap().to_owned()));
            next = page["next_openid"].as_str().unwrap().to_owned();
        }
    }

    /// What the lists should show of WeChat's groups, from WeChat itself. `elsewhere`: who is in a local group, and so
    /// not ungrouped.
    pub(crate) async fn at_wechat(&self, app_id: &str, elsewhere: &BTreeSet<String>) -> Lists {
        let follow: BTreeSet<String> = self.openids_at_wechat(app_id).await.into_iter().collect();
        let call = |next: &str| ("/tags/members/getblacklist".to_owned(), json!({ "begin_openid": next }));
        let blacklist: BTreeSet<String> = self.pages_at_wechat(app_id, call).await.into_iter().collect();
        let all: BTreeSet<String> = follow.difference(&blacklist).cloned().collect();
        let mut ungrouped: BTreeSet<String> = all.difference(elsewhere).cloned().collect();
        let mut groups = BTreeMap::new();
        let tags = self.wechat(app_id, "/tags/get", Value::Null).await;
        for tag in tags["tags"].as_array().unwrap() {
            let call = |next: &str| ("/user/tag/get".to_owned(), json!({ "tagid": tag["id"], "next_openid": next }));
            let members: BTreeSet<String> = self.pages_at_wechat(app_id, call).await.into_iter().collect();
            let members: BTreeSet<String> = members.intersection(&all).cloned().collect();
            ungrouped.retain(|openid| !members.contains(openid));
            groups.insert(tag["id"].to_string(), (tag["name"].as_str().unwrap().to_owned(), members));
        }
        groups.insert("0".into(), ("未分组".into(), ungrouped));
        groups.insert("1".into(), ("黑名单".into(), follow.intersection(&blacklist).cloned().collect()));
        Lists { all, groups }
    }

    /// Waits until an endpoint was called so often.
    pub(crate) async fn wait_for_calls(&self, path: &str, count: u64) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.calls(path).await < count {
            assert!(Instant::now() < deadline, "{path} was not called {count} times");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    // --- the service ---

    /// What the lists show, read page by page. Every list must be as long as the counts say, and name nobody twice.
    pub(crate) async fn lists(&self, account: &str) -> Lists {
        let groups = self.get(&format!("/{account}/group")).await;
        let all = self.walk(account, "-1", &groups["data"]["total"]).await;
        let mut lists = Lists { all, groups: BTreeMap::new() };
        for group in groups["data"]["groups"].as_array().unwrap() {
            let (id, name) = (group["id"].as_str().unwrap(), group["name"].as_str().unwrap());
            let members = self.walk(account, id, &group["num"]).await;
            lists.groups.insert(id.to_owned(), (name.to_owned(), members));
        }
        lists
    }

    async fn walk(&self, account: &str, group: &str, count: &Value) -> BTreeSet<String> {
        let mut members = BTreeSet::new();
        for index in 1.. {
            let page = self.get(&format!("/{account}/user?group={group}&index={index}&size={PAGE}")).await;
            assert_eq!(page["data"]["pagination"]["count"], *count, "group {group}");
            let users = page["data"]["user"].as_array().unwrap();
            for user in users {
                let openid = user["openid"].as_str().unwrap();
                assert!(members.insert(openid.to_owned()), "{openid} stands twice in the group {group}");
            }
            if users.len() < PAGE {
                break;
            }
        }
        assert_eq!(members.len() as u64, *count, "the count of the group {group}");
        members
    }

    /// Asserts that the lists show exactly what WeChat has, the local groups apart. Returns the lists.
    pub(crate) async fn assert_mirrors_wechat(&self, account: &str, app_id: &str) -> Lists {
        self.control(Method::DELETE, "/faults", Value::Null).await;
        let mut lists = self.lists(account).await;
        let is_local = |id: &String| id.parse::<i64>().is_err();
        let local: BTreeMap<_, _> = lists.groups.extract_if(.., |id, _| is_local(id)).collect();
        let elsewhere = local.values().flat_map(|(_, members)| members.iter().cloned()).collect();
        let expected = self.at_wechat(app_id, &elsewhere).await;
        // Not one assertion over everything: a thousand openids explain nothing.
        let names =
            |lists: &Lists| lists.groups.iter().map(|(id, (name, _))| (id.clone(), name.clone())).collect::<Vec<_>>();
        assert_eq!(names(&lists), names(&expected));
        assert_same(&lists.all, &expected.all, "-1");
        for (id, (_, members)) in &expected.groups {
            assert_same(&lists.groups[id].1, members, id);
        }
        lists.groups.extend(local);
        lists
    }

    /// Binds another account, with credentials; its first fetch has started. Returns its id.
    pub(crate) async fn bind_app(&self, weixin_id: &str, app_id: &str) -> String {
        let id = self.bind_only(weixin_id).await;
        let answer = self.post("/bind/fillin", json!({ "id": id, "app_id": app_id, "app_secret": "sandbox" })).await;
        assert_eq!(answer["code"], 200, "{answer}");
        id
    }

    /// Fetches again and waits for the end. Returns the job.
    pub(crate) async fn fetch_again(&self, account: &str) -> Value {
        let answer = self.get(&format!("/{account}/user/fetch?force=1")).await;
        assert_eq!(answer, json!({ "code": 200, "message": "OK", "data": null }));
        self.wait_until_idle(account).await
    }

    /// Waits for the end of the newest job, and cuts its pauses short. Returns it.
    pub(crate) async fn hurry(&self, account: &str) -> Value {
        loop {
            let job = self.wait_for_job(account, |job| job["state"] != "RUNNING").await;
            if job["state"] != "QUEUED" {
                return job;
            }
            self.graphql(RETRY, json!({ "id": job["id"] })).await;
        }
    }
}

/// Puts a job back to work.
pub(crate) const RETRY: &str = "mutation ($id: ID!) { retryJob(input: { id: $id }) { job { state } } }";
/// Stops a job.
pub(crate) const CANCEL: &str =
    "mutation ($id: ID!) { cancelJob(input: { id: $id }) { job { state isCancelRequested } } }";

fn assert_same(shown: &BTreeSet<String>, expected: &BTreeSet<String>, group: &str) {
    let missing: Vec<_> = expected.difference(shown).take(3).collect();
    let surplus: Vec<_> = shown.difference(expected).take(3).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "group {group}: {} shown, {} expected; missing {missing:?}…, surplus {surplus:?}…",
        shown.len(),
        expected.len()
    );
}
