//! The documented routes: what each takes, and requests that are fine but for one thing.

use reqwest::multipart::Form;
use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value, json};

use super::parameters::{Parameter, Place, Sent, Takes};
use super::room::{Account, Room, encoded};
use crate::support::TestApp;
use crate::support::uploads::File;

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// There is none.
    Absent,
    /// An object in JSON, whose members are the parameters of the body.
    Members,
    /// An object in JSON that is one parameter, whose members the table names.
    Object,
    /// A list of such objects. Of two, the second one is bad.
    List,
    /// A form.
    Form,
}

/// A route: method, path and operation, as `odaesan routes` prints them.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) route: &'static str,
    pub(super) body: Body,
    pub(super) parameters: Vec<Parameter>,
}

/// Largest files, by default.
const IMAGE: Takes = Takes::File("jpg", 1 << 20);
const VOICE: Takes = Takes::File("mp3", 2 << 20);
const VIDEO: Takes = Takes::File("mp4", 10 << 20);

pub(super) fn table(room: &Room) -> Vec<Route> {
    let parameter = |name, place, takes, fine: &str| Parameter { name, place, takes, fine: Sent::This(json!(fine)) };
    let path = |name, fine: &str| parameter(name, Place::Path, Takes::Id, fine);
    let query = |name, takes, fine: &str| parameter(name, Place::Query, takes, fine);
    let body = |name, takes, fine: &str| parameter(name, Place::Body, takes, fine);
    let (own, openid) = (&room.own, &room.own.openids[1]);
    let account = || account(own);
    let openids = Sent::This(json!([openid]));
    let many = || Parameter { name: "openid", place: Place::Body, takes: Takes::Ids, fine: openids.clone() };
    let one = || body("openid", Takes::Id, openid);
    let group = || body("group_id", Takes::Id, &own.group);
    let key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
    let mut table = vec![
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
    ];
    table.extend(images(own));
    table.extend(voices(own));
    table.extend(videos(own));
    table.extend(news(own));
    table.extend(rules(own));
    table.extend(menu(own));
    table.push(messages(own));
    table.extend(mass_sends(own));
    table
}

/// Its body is that of its parameters.
fn route(route: &'static str, parameters: Vec<Parameter>) -> Route {
    let of_body = || parameters.iter().filter(|parameter| parameter.place == Place::Body);
    let body = match of_body().next() {
        None => Body::Absent,
        Some(_) if of_body().any(|parameter| matches!(parameter.takes, Takes::File(..))) => Body::Form,
        Some(_) => Body::Members,
    };
    Route { route, body, parameters }
}

fn account(own: &Account) -> Parameter {
    Parameter { name: "info_id", place: Place::Path, takes: Takes::Id, fine: Sent::This(json!(own.id)) }
}

fn id(id: &str) -> Parameter {
    Parameter { name: "id", place: Place::Path, takes: Takes::Id, fine: Sent::This(json!(id)) }
}

fn page(own: &Account) -> Vec<Parameter> {
    let number = |name, fine: &str| Parameter {
        name,
        place: Place::Query,
        takes: Takes::Integer,
        fine: Sent::This(json!(fine)),
    };
    vec![account(own), number("index", "1"), number("size", "10")]
}

fn force() -> Parameter {
    Parameter { name: "force", place: Place::Query, takes: Takes::Flag, fine: Sent::This(json!("0")) }
}

fn member(name: &'static str, takes: Takes, fine: Value) -> Parameter {
    Parameter { name, place: Place::Body, takes, fine: Sent::This(fine) }
}

fn file(takes: Takes, fine: File) -> Parameter {
    Parameter { name: "file", place: Place::Body, takes, fine: Sent::File(fine) }
}

fn images(own: &Account) -> Vec<Route> {
    let one = || vec![account(own), id(&own.image)];
    let name = member("name", Takes::Text(100), json!("新"));
    vec![
        route("POST /v1/{infoId}/image UploadImage", vec![account(own), file(IMAGE, File::image("新.jpg"))]),
        route("GET /v1/{infoId}/image ListImages", page(own)),
        route("GET /v1/{infoId}/image/url/{id} GetImage", one()),
        route("GET /v1/{infoId}/image/{id} DownloadImage", one()),
        route("PUT /v1/{infoId}/image/{id} RenameImage", [one(), vec![name]].concat()),
        route("DELETE /v1/{infoId}/image/{id} DeleteImage", [one(), vec![force()]].concat()),
    ]
}

fn voices(own: &Account) -> Vec<Route> {
    let one = || vec![account(own), id(&own.voice)];
    let name = member("name", Takes::Text(100), json!("新"));
    vec![
        route("POST /v1/{infoId}/voice UploadVoice", vec![account(own), file(VOICE, File::voice("新.mp3"))]),
        route("GET /v1/{infoId}/voice ListVoices", page(own)),
        route("GET /v1/{infoId}/voice/url/{id} GetVoice", one()),
        route("GET /v1/{infoId}/voice/{id} DownloadVoice", one()),
        route("PUT /v1/{infoId}/voice/{id} RenameVoice", [one(), vec![name]].concat()),
        route("DELETE /v1/{infoId}/voice/{id} DeleteVoice", [one(), vec![force()]].concat()),
    ]
}

fn videos(own: &Account) -> Vec<Route> {
    let one = || vec![account(own), id(&own.video)];
    let film = || file(VIDEO, File::video("新.mp4"));
    let caption = vec![
        member("title", Takes::MayBeEmpty(100), json!("新")),
        member("description", Takes::Optional(1_000), json!("新")),
    ];
    vec![
        route("POST /v1/{infoId}/video/upload UploadVideo", vec![account(own), film()]),
        route("POST /v1/{infoId}/video/{id} UpdateVideo", [one(), caption].concat()),
        route("POST /v1/{infoId}/video/upload/{id} ReplaceVideoFile", [one(), vec![film()]].concat()),
        route("GET /v1/{infoId}/video ListVideos", page(own)),
        route("GET /v1/{infoId}/video/{id} GetVideo", one()),
        route("DELETE /v1/{infoId}/video/{id} DeleteVideo", [one(), vec![force()]].concat()),
    ]
}

fn news(own: &Account) -> Vec<Route> {
    let one = || vec![account(own), id(&own.news)];
    let articles = |route, body, path: Vec<Parameter>| Route { route, body, parameters: [path, article(own)].concat() };
    vec![
        route(
            "POST /v1/{infoId}/news/image UploadArticleImage",
            vec![account(own), file(IMAGE, File::image("新.jpg"))],
        ),
        articles("POST /v1/{infoId}/news/single CreateSingleNews", Body::Object, vec![account(own)]),
        articles("POST /v1/{infoId}/news/multiple CreateMultipleNews", Body::List, vec![account(own)]),
        route("GET /v1/{infoId}/news ListNews", page(own)),
        route("GET /v1/{infoId}/news/{id} GetNews", one()),
        articles("PUT /v1/{infoId}/news/single/{id} ReplaceSingleNews", Body::Object, one()),
        articles("PUT /v1/{infoId}/news/multiple/{id} ReplaceMultipleNews", Body::List, one()),
        route("DELETE /v1/{infoId}/news/{id} DeleteNews", [one(), vec![force()]].concat()),
    ]
}

fn rules(own: &Account) -> Vec<Route> {
    let one = || vec![account(own), id(&own.rule)];
    let rule = || {
        let keywords = json!([{ "content": "新", "fuzzy": "0" }, { "content": "茶", "fuzzy": "1" }]);
        vec![
            member("rule_name", Takes::Text(100), json!("新")),
            member("keyword", Takes::Keywords, keywords),
            member("reply_id", Takes::Cover, json!(own.text)),
            member("reply_type", Takes::ReplyType, json!("text")),
        ]
    };
    vec![
        route("POST /v1/{infoId}/keyword CreateKeywordRule", [vec![account(own)], rule()].concat()),
        route("GET /v1/{infoId}/keyword/subscribe GetSubscribeRule", vec![account(own)]),
        route("GET /v1/{infoId}/keyword/default GetDefaultRule", vec![account(own)]),
        route("GET /v1/{infoId}/keyword ListKeywordRules", page(own)),
        route("GET /v1/{infoId}/keyword/{id} GetKeywordRule", one()),
        route("PUT /v1/{infoId}/keyword/{id} ReplaceKeywordRule", [one(), rule()].concat()),
        route("DELETE /v1/{infoId}/keyword/{id} DeleteKeywordRule", one()),
    ]
}

fn menu(own: &Account) -> Vec<Route> {
    let one = || vec![account(own), id(&own.button)];
    let named = || vec![member("name", Takes::Text(100), json!("新")), member("sequence", Takes::Number, json!(1))];
    let button = || member("menu_id", Takes::Id, json!(own.button));
    let parent = member("parent_id", Takes::Parent, json!("0"));
    let reply = member("reply_id", Takes::Cover, json!(own.text));
    let reply_type = member("reply_type", Takes::ButtonReplyType, json!("text"));
    vec![
        route("GET /v1/{infoId}/menu/fetch FetchMenu", vec![account(own), force()]),
        route("POST /v1/{infoId}/menu/publish PublishMenu", vec![account(own)]),
        route("GET /v1/{infoId}/menu GetMenu", vec![account(own)]),
        route("POST /v1/{infoId}/menu CreateMenuButton", [vec![account(own), parent], named()].concat()),
        route("PUT /v1/{infoId}/menu/{id} UpdateMenuButton", [one(), named()].concat()),
        route("DELETE /v1/{infoId}/menu/{id} DeleteMenuButton", one()),
        route("POST /v1/{infoId}/menu/bind BindMenuButton", vec![account(own), button(), reply, reply_type]),
        route("POST /v1/{infoId}/menu/unbind UnbindMenuButton", vec![account(own), button()]),
    ]
}

fn messages(own: &Account) -> Route {
    let query = |name, takes, fine: &str| Parameter { name, place: Place::Query, takes, fine: Sent::This(json!(fine)) };
    let filters = vec![
        query("start_date", Takes::Date, "2014-08-27"),
        query("end_date", Takes::Date, "2014-08-28 08:30:00"),
        query("filterivrmsg", Takes::Flag, "1"),
        query("filter", Takes::Search(500), "%"),
    ];
    route("GET /v1/{infoId}/msg ListMessages", [page(own), filters].concat())
}

fn mass_sends(own: &Account) -> Vec<Route> {
    let shown = || {
        vec![member("msg_type", Takes::MassSendType, json!("text")), member("msg_id", Takes::Cover, json!(own.text))]
    };
    let to = vec![
        account(own),
        member("group_id", Takes::Audience, json!("-1")),
        member("gender", Takes::Gender, json!("0")),
    ];
    let openid = member("openid", Takes::Addressee, json!(own.openids[1]));
    vec![
        route("POST /v1/{infoId}/masssend/send SendToMany", [to, shown()].concat()),
        route("POST /v1/{infoId}/masssend/preview PreviewSendToMany", [vec![account(own), openid], shown()].concat()),
        route("GET /v1/{infoId}/masssend ListMassSends", page(own)),
        route("GET /v1/{infoId}/masssend/{id} GetMassSendStatus", vec![account(own), id(&own.mass_send)]),
    ]
}

/// The members of an article. The first one that is missing is the title.
fn article(own: &Account) -> Vec<Parameter> {
    vec![
        member("title", Takes::Text(100), json!("新")),
        Parameter { name: "article_id", place: Place::Body, takes: Takes::Article, fine: Sent::Nothing },
        member("author", Takes::Optional(100), json!("新")),
        member("image_id", Takes::Cover, json!(own.article_image)),
        member("show_cover_pic", Takes::Flag, json!("1")),
        member("digest", Takes::Optional(500), json!("新")),
        member("content", Takes::Bytes(1 << 20), json!("<p>新</p>")),
        member("content_source_url", Takes::Optional(2_000), json!("https://example.com/")),
    ]
}

impl Route {
    pub(super) fn method(&self) -> Method {
        self.route.split(' ').next().unwrap().parse().unwrap()
    }

    pub(super) fn template(&self) -> &str {
        self.route.split(' ').nth(1).unwrap()
    }

    /// Whether the body is JSON.
    pub(super) fn takes_json(&self) -> bool {
        matches!(self.body, Body::Members | Body::Object | Body::List)
    }

    /// How a refusal names the parameter.
    pub(super) fn spelled(&self, parameter: &Parameter) -> String {
        match (self.body, parameter.place) {
            (Body::List, Place::Body) => format!("[1].{}", parameter.name),
            _ => parameter.name.to_owned(),
        }
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
                Sent::This(value) => Some(format!("{}={}", parameter.name, encoded(value.as_str().unwrap()))),
                Sent::Nothing | Sent::File(_) => None,
            })
            .collect();
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    /// A request that is fine, but for one parameter.
    pub(super) fn request(&self, app: &TestApp, bad: Option<(&str, Place, Sent)>) -> RequestBuilder {
        let request = app.rest(self.method(), &self.path(&self.values(bad.as_ref())));
        match self.body {
            Body::Absent => request,
            Body::Members | Body::Object | Body::List => request.json(&self.json(bad.as_ref())),
            Body::Form => request.multipart(self.form(bad.as_ref())),
        }
    }

    /// A request whose path is fine, with this body.
    pub(super) fn with_body(&self, app: &TestApp, bytes: Vec<u8>, content_type: &str) -> RequestBuilder {
        let path = self.path(&self.values(None));
        app.rest(self.method(), &path).header("content-type", content_type).body(bytes)
    }

    /// The body, fine but for one parameter.
    pub(super) fn json(&self, bad: Option<&(&str, Place, Sent)>) -> Value {
        let members = |bad| {
            let members = self.values(bad).into_iter().filter_map(|(parameter, sent)| match (parameter.place, sent) {
                (Place::Body, Sent::This(value)) => Some((parameter.name.to_owned(), value)),
                _ => None,
            });
            Value::Object(members.collect::<Map<_, _>>())
        };
        if self.body == Body::List { json!([members(None), members(bad)]) } else { members(bad) }
    }

    /// A form that is fine, but for one parameter. There is always something in it.
    fn form(&self, bad: Option<&(&str, Place, Sent)>) -> Form {
        let form = Form::new().text("more", "more");
        let members = self.values(bad).into_iter().filter(|(parameter, _)| parameter.place == Place::Body);
        members.fold(form, |form, (parameter, sent)| match sent {
            Sent::Nothing => form,
            Sent::This(value) => form.text(parameter.name, value.as_str().unwrap().to_owned()),
            Sent::File(file) => form.part(parameter.name, file.part()),
        })
    }

    /// Every parameter and what is sent in its place.
    fn values(&self, bad: Option<&(&str, Place, Sent)>) -> Vec<(&Parameter, Sent)> {
        let sent = |parameter: &Parameter| match bad {
            Some((name, place, sent)) if parameter.name == *name && parameter.place == *place => sent.clone(),
            _ => parameter.fine.clone(),
        };
        self.parameters.iter().map(|parameter| (parameter, sent(parameter))).collect()
    }
}
