//! The documented routes and their parameters: what each takes, a value that is fine, and the values that are not.

use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value, json};

use super::room::{Room, encoded, strange_ids};
use crate::support::TestApp;

/// What a parameter takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Takes {
    /// The id of something that exists.
    Id,
    /// The id of an account, in a body. Blank ones have a test of their own.
    AccountId,
    /// Ids of followers.
    Ids,
    /// A text of 1 to so many characters.
    Text(usize),
    /// 43 letters and digits, or nothing.
    AesKey,
    /// A mode of the webhook, or nothing.
    Mode,
    /// An integer, or nothing.
    Integer,
    /// A boolean, or nothing.
    Flag,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Body,
}

/// A parameter, as clients spell it, with a value that is fine.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) place: Place,
    takes: Takes,
    pub(super) fine: Value,
}

/// A route: method, path and operation, as `odaesan routes` prints them.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) route: &'static str,
    pub(super) parameters: Vec<Parameter>,
}

/// What is sent in place of a value that is fine.
#[derive(Clone, Debug)]
pub(super) enum Sent {
    Nothing,
    This(Value),
}

/// What is empty without its white space.
pub(super) const BLANK: &[&str] = &["", " ", "\u{3000}\n"];

/// A bad value and the code of the answer to it. Code 400 names the parameter.
pub(super) type Refused = (Sent, u64);

pub(super) fn table(room: &Room) -> Vec<Route> {
    let parameter = |name, place, takes, fine: &str| Parameter { name, place, takes, fine: fine.into() };
    let path = |name, fine: &str| parameter(name, Place::Path, Takes::Id, fine);
    let query = |name, takes, fine: &str| parameter(name, Place::Query, takes, fine);
    let body = |name, takes, fine: &str| parameter(name, Place::Body, takes, fine);
    let (own, openid) = (&room.own, &room.own.openids[1]);
    let account = || path("info_id", &own.id);
    let many = || Parameter { name: "openid", place: Place::Body, takes: Takes::Ids, fine: json!([openid]) };
    let one = || body("openid", Takes::Id, openid);
    let group = || body("group_id", Takes::Id, &own.group);
    let key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
    let route = |route, parameters| Route { route, parameters };
    vec![
        route("POST /v1/bind BindAccount", vec![body("weixin_id", Takes::Text(100), "gh_new")]),
        route(
            "POST /v1/bind/fillin FillInCredentials",
            vec![
                body("id", Takes::AccountId, &own.id),
                body("app_id", Takes::Text(100), "wx0000000000000000"),
                body("app_secret", Takes::Text(100), "sandbox"),
                body("encoding_aes_key", Takes::AesKey, key),
                body("mode", Takes::Mode, "safe"),
            ],
        ),
        route("GET /v1/bind/refresh/{id} RefreshAccessToken", vec![path("id", &own.id)]),
        route("GET /v1/{infoId}/user/fetch FetchFollowers", vec![account(), query("force", Takes::Flag, "0")]),
        route("POST /v1/{infoId}/group CreateGroup", vec![account(), body("name", Takes::Text(100), "新")]),
        route("GET /v1/{infoId}/group ListGroups", vec![account()]),
        route(
            "PUT /v1/{infoId}/group/{id} RenameGroup",
            vec![account(), path("id", &own.group), body("name", Takes::Text(100), "新")],
        ),
        route("PUT /v1/{infoId}/group/{id} DeleteGroup", vec![account(), path("id", &own.group)]),
        route("DELETE /v1/{infoId}/group/{id} DeleteGroup", vec![account(), path("id", &own.group)]),
        route(
            "GET /v1/{infoId}/user ListFollowers",
            vec![
                account(),
                query("group", Takes::Id, "-1"),
                query("index", Takes::Integer, "1"),
                query("size", Takes::Integer, "10"),
            ],
        ),
        route("GET /v1/{infoId}/user/{id} GetFollower", vec![account(), path("id", openid)]),
        route("GET /v1/{infoId}/user/groups/{id} ListGroupsOfFollower", vec![account(), path("id", openid)]),
        route("POST /v1/{infoId}/user/add AddFollowerToGroup", vec![account(), one(), group()]),
        route("POST /v1/{infoId}/user/add/batch AddFollowersToGroup", vec![account(), many(), group()]),
        route("POST /v1/{infoId}/user/rm RemoveFollowerFromGroup", vec![account(), one(), group()]),
        route("POST /v1/{infoId}/user/rm/batch RemoveFollowersFromGroup", vec![account(), many(), group()]),
        route("POST /v1/{infoId}/text CreateText", vec![account(), body("content", Takes::Text(1_000), "新")]),
        route("GET /v1/{infoId}/text/{id} GetText", vec![account(), path("id", &own.text)]),
    ]
}

impl Parameter {
    /// Whether something must be sent.
    fn is_required(&self) -> bool {
        matches!(self.takes, Takes::Id | Takes::AccountId | Takes::Ids | Takes::Text(_))
    }

    /// Values of no use in this place.
    pub(super) fn refused(&self) -> Vec<Refused> {
        let texts = |texts: &[&str], code| -> Vec<Refused> {
            texts.iter().map(|text| (Sent::This(json!(text)), code)).collect()
        };
        let values = |values: Value| -> Vec<Refused> {
            values.as_array().unwrap().iter().map(|value| (Sent::This(value.clone()), 400)).collect()
        };
        let strange = || strange_ids().into_iter().map(|id| (Sent::This(json!(id)), 404));
        let mut refused = match (self.takes, self.place) {
            (Takes::Id, Place::Path) => [texts(&["\0", "a\0b"], 400), strange().collect()].concat(),
            (Takes::Id, Place::Query) => [texts(&["", " ", "\0", "a\0b"], 400), strange().collect()].concat(),
            (Takes::Id | Takes::AccountId, _) => {
                let unknown = [json!(999), json!(1.5), json!(true), json!(-2)].map(|value| (Sent::This(value), 404));
                let unusable = values(json!([null, "\0", "a\0b", {}, { "a": 1 }, [], ["a"]]));
                let blank = if let Takes::Id = self.takes { BLANK } else { [].as_slice() };
                [texts(blank, 400), unusable, unknown.to_vec(), strange().collect()].concat()
            }
            (Takes::Ids, _) => {
                let fine = &self.fine[0];
                let unusable = json!([
                    null, "", {}, { "a": 1 }, [null], [{}], [["a"]], [""], [" "], ["\0"], [fine, ""], [fine, null],
                    [fine, [fine]]
                ]);
                let lists = strange_ids().into_iter().map(|id| (Sent::This(json!([fine, id])), 404));
                [values(unusable), values(json!([[]])), strange().collect(), lists.collect()].concat()
            }
            (Takes::Text(longest), _) => {
                let too_long = ["a", "汉", "😀"].map(|unit| json!(unit.repeat(longest + 1)));
                let unusable = json!([null, "", " ", "\u{3000}\t\n", "\0", "a\0b", {}, { "a": 1 }, [], ["a"]]);
                [values(unusable), values(json!(too_long))].concat()
            }
            (Takes::AesKey, _) => {
                let odd = ["汉", "😀", "!", "a "].map(|unit| json!(unit.repeat(43)));
                [values(json!(["short", "a\0", 5, true, {}, [], ["a"]])), values(json!(odd))].concat()
            }
            (Takes::Mode, _) => values(json!(["loud", "safe!", "😀", "saf\0", 7, true, {}, [], ["safe"]])),
            (Takes::Integer, _) => {
                let words = ["x", "一", "😀", "1.5", "1e99", "NaN", "inf", "0x10", "1 2", "1,2", "--1", "\0", "'"];
                [texts(&words, 400), texts(&["99999999999", "-99999999999", "2147483648"], 400)].concat()
            }
            (Takes::Flag, _) => {
                texts(&["2", "-1", "10", "maybe", "tru", "truetrue", "真", "😀", "null", "1\0", "'"], 400)
            }
        };
        // An empty list of followers is fine.
        refused.retain(|(sent, _)| {
            !(matches!(self.takes, Takes::Ids) && matches!(sent, Sent::This(Value::Array(list)) if list.is_empty()))
        });
        if self.is_required() && self.place != Place::Path {
            refused.push((Sent::Nothing, 400));
        }
        refused
    }
}

impl Route {
    pub(super) fn method(&self) -> Method {
        self.route.split(' ').next().unwrap().parse().unwrap()
    }

    pub(super) fn template(&self) -> &str {
        self.route.split(' ').nth(1).unwrap()
    }

    pub(super) fn has_body(&self) -> bool {
        self.parameters.iter().any(|parameter| parameter.place == Place::Body)
    }

    /// The path with every value in its place.
    fn path(&self, values: &[(&Parameter, Sent)]) -> String {
        let mut path = String::new();
        for segment in self.template().trim_start_matches("/v1").split('/').skip(1) {
            path.push('/');
            match segment.strip_prefix('{') {
                None => path.push_str(segment),
                Some(name) => {
                    let name = if name == "infoId}" { "info_id" } else { name.trim_end_matches('}') };
                    let found =
                        values.iter().find(|(parameter, _)| parameter.place == Place::Path && parameter.name == name);
                    let Some((_, Sent::This(Value::String(value)))) = found else { panic!("{name} {values:?}") };
                    path.push_str(&encoded(value));
                }
            }
        }
        let query: Vec<String> = values
            .iter()
            .filter(|(parameter, _)| parameter.place == Place::Query)
            .filter_map(|(parameter, sent)| match sent {
                Sent::Nothing => None,
                Sent::This(value) => Some(format!("{}={}", parameter.name, encoded(value.as_str().unwrap()))),
            })
            .collect();
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    /// A request that is fine, but for one parameter.
    pub(super) fn request(&self, app: &TestApp, bad: Option<(&str, Place, Sent)>) -> RequestBuilder {
        let (path, body) = self.sent(bad);
        let request = app.rest(self.method(), &path);
        if self.has_body() { request.json(&body) } else { request }
    }

    /// A request whose path is fine, with this body.
    pub(super) fn with_body(&self, app: &TestApp, bytes: Vec<u8>, content_type: &str) -> RequestBuilder {
        app.rest(self.method(), &self.sent(None).0).header("content-type", content_type).body(bytes)
    }

    /// The path and the body's members, fine but for one parameter.
    pub(super) fn sent(&self, bad: Option<(&str, Place, Sent)>) -> (String, Map<String, Value>) {
        let sent = |parameter: &Parameter| match &bad {
            Some((name, place, sent)) if parameter.name == *name && parameter.place == *place => sent.clone(),
            _ => Sent::This(parameter.fine.clone()),
        };
        let values: Vec<(&Parameter, Sent)> = self.parameters.iter().map(|it| (it, sent(it))).collect();
        let path = self.path(&values);
        let members = values.into_iter().filter_map(|(parameter, sent)| match (parameter.place, sent) {
            (Place::Body, Sent::This(value)) => Some((parameter.name.to_owned(), value)),
            _ => None,
        });
        (path, members.collect())
    }
}
