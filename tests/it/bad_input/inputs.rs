//! Every GraphQL mutation and every field of its input: what each takes, and the values that are of no use.

use serde_json::{Map, Value, json};

use super::room::{Account, Answer, Room, ask, strange_ids};
use crate::support::uploads::File;

/// What a field takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Takes {
    /// The id of something that exists.
    Id,
    /// The id of a menu button, or nothing.
    Parent,
    /// Ids of followers.
    Ids,
    /// A text of 1 to so many characters.
    Text(usize),
    /// A text of 1 to so many characters, or null.
    NullableText(usize),
    /// A text of at most so many characters, or nothing.
    Optional(usize),
    /// A text of 1 to so many bytes.
    Bytes(usize),
    /// 43 letters and digits, or nothing.
    AesKey,
    /// A value of an enum, or nothing.
    Enum,
    /// A value of an enum.
    RequiredEnum,
    /// An integer, or nothing.
    Integer,
    /// A boolean, or nothing.
    Flag,
    /// 1 to 8 articles.
    Articles,
    /// The image of an article, or the reply of a menu button. One that does not exist is bad input, as the article is.
    Cover,
    /// The article of the news that is replaced, or nothing. As with covers.
    Article,
    /// Keywords, or nothing.
    Keywords,
    /// A type and the id of something that exists.
    Reply,
    /// A reply that a material is, beside a text that has its place; or nothing.
    OptionalReply,
    /// A group that somebody is in, or nothing.
    Audience,
    /// An openid, which only WeChat knows to be one.
    Addressee,
    /// An instant that lies ahead, or nothing.
    Ahead,
    /// A file, which a form brings.
    File(fn() -> File),
}

/// A field of an input, what it takes, and a value that is fine. `articles.title` is the title of each article.
pub(super) type Field = (&'static str, Takes, Value);

pub(super) struct Mutation {
    pub(super) name: &'static str,
    pub(super) input: &'static str,
    pub(super) fields: Vec<Field>,
}

pub(super) fn table(room: &Room) -> Vec<Mutation> {
    let own = &room.own;
    let account = || account(own);
    let group = || ("groupId", Takes::Id, json!(own.group));
    let openids = || ("openids", Takes::Ids, json!([own.openids[1]]));
    let key = || ("encodingAesKey", Takes::AesKey, json!("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"));
    let mode = || ("webhookMode", Takes::Enum, json!("SAFE"));
    let name = || ("name", Takes::Text(100), json!("新"));
    let mut table = vec![
        mutation(
            "bindAccount",
            "BindAccountInput",
            vec![("weixinId", Takes::Text(100), json!("gh_new")), ("name", Takes::Optional(100), json!("新"))],
        ),
        mutation(
            "setAccountCredentials",
            "SetAccountCredentialsInput",
            vec![
                account(),
                ("appId", Takes::Text(100), json!("wx0000000000000000")),
                ("appSecret", Takes::Text(100), json!("sandbox")),
                key(),
                mode(),
            ],
        ),
        mutation(
            "updateAccount",
            "UpdateAccountInput",
            vec![
                account(),
                ("name", Takes::Optional(100), json!("新")),
                ("kind", Takes::Enum, json!("SUBSCRIPTION")),
                ("isVerified", Takes::Flag, json!(false)),
                key(),
                mode(),
            ],
        ),
        mutation("refreshAccessToken", "RefreshAccessTokenInput", vec![account()]),
        mutation("fetchFollowers", "FetchFollowersInput", vec![account(), ("force", Takes::Flag, json!(true))]),
        mutation("addFollowersToGroup", "GroupFollowersInput", vec![account(), group(), openids()]),
        mutation("removeFollowersFromGroup", "GroupFollowersInput", vec![account(), group(), openids()]),
        mutation("createGroup", "CreateGroupInput", vec![account(), name()]),
        mutation("renameGroup", "RenameGroupInput", vec![account(), id(&own.group), name()]),
        mutation("deleteGroup", "DeleteGroupInput", vec![account(), id(&own.group)]),
        mutation("createText", "CreateTextInput", vec![account(), ("content", Takes::Text(1_000), json!("新"))]),
        mutation(
            "sendHumanReply",
            "SendHumanReplyInput",
            vec![
                account(),
                ("openid", Takes::Id, json!(own.openids[1])),
                ("text", Takes::Bytes(2_048), json!("新")),
                ("reply", Takes::OptionalReply, Value::Null),
            ],
        ),
        mutation("cancelJob", "JobInput", vec![id(&own.job)]),
        mutation("retryJob", "JobInput", vec![id(&own.job)]),
    ];
    table.extend(materials(own));
    table.extend(videos(own));
    table.extend(news(own));
    table.extend(rules(own));
    table.extend(menu(own));
    table.extend(mass_sends(own));
    table
}

fn mutation(name: &'static str, input: &'static str, fields: Vec<Field>) -> Mutation {
    Mutation { name, input, fields }
}

fn account(own: &Account) -> Field {
    ("accountId", Takes::Id, json!(own.id))
}

fn id(id: &str) -> Field {
    ("id", Takes::Id, json!(id))
}

/// The form has it.
fn file(fine: fn() -> File) -> Field {
    ("file", Takes::File(fine), Value::Null)
}

fn materials(own: &Account) -> Vec<Mutation> {
    let rename = |of: &str| vec![account(own), id(of), ("name", Takes::Text(100), json!("新"))];
    let delete = |of: &str| vec![account(own), id(of), ("force", Takes::Flag, json!(false))];
    let purpose = ("purpose", Takes::Enum, json!("ARTICLE"));
    vec![
        mutation("uploadImage", "UploadImageInput", vec![account(own), file(|| File::image("新.jpg")), purpose]),
        mutation("renameImage", "RenameMediaInput", rename(&own.image)),
        mutation("deleteImage", "DeleteMediaInput", delete(&own.image)),
        mutation("uploadVoice", "UploadVoiceInput", vec![account(own), file(|| File::voice("新.mp3"))]),
        mutation("renameVoice", "RenameMediaInput", rename(&own.voice)),
        mutation("deleteVoice", "DeleteMediaInput", delete(&own.voice)),
        mutation("deleteVideo", "DeleteMediaInput", delete(&own.video)),
    ]
}

fn videos(own: &Account) -> Vec<Mutation> {
    let film = || file(|| File::video("新.mp4"));
    let caption =
        || vec![("title", Takes::Optional(100), json!("新")), ("description", Takes::Optional(1_000), json!("新"))];
    vec![
        mutation("uploadVideo", "UploadVideoInput", [vec![account(own), film()], caption()].concat()),
        mutation("updateVideo", "UpdateVideoInput", [vec![account(own), id(&own.video)], caption()].concat()),
        mutation("replaceVideoFile", "ReplaceVideoFileInput", vec![account(own), id(&own.video), film()]),
    ]
}

fn news(own: &Account) -> Vec<Mutation> {
    let one = || vec![account(own), id(&own.news)];
    vec![
        mutation("createNews", "CreateNewsInput", [vec![account(own)], articles(own)].concat()),
        mutation("replaceNews", "ReplaceNewsInput", [one(), articles(own)].concat()),
        mutation("deleteNews", "DeleteNewsInput", [one(), vec![("force", Takes::Flag, json!(false))]].concat()),
        mutation("createNewsDraft", "NewsInput", one()),
    ]
}

fn rules(own: &Account) -> Vec<Mutation> {
    let one = || vec![account(own), id(&own.rule)];
    let keywords = json!([{ "content": "新", "isFuzzy": false }, { "content": "茶", "isFuzzy": true }]);
    let rule = vec![
        ("name", Takes::Text(100), json!("新")),
        ("keywords", Takes::Keywords, keywords),
        ("reply", Takes::Reply, json!({ "type": "TEXT", "id": own.text })),
    ];
    vec![
        mutation("createKeywordRule", "CreateKeywordRuleInput", [vec![account(own)], rule.clone()].concat()),
        mutation("replaceKeywordRule", "ReplaceKeywordRuleInput", [one(), rule].concat()),
        mutation("deleteKeywordRule", "DeleteKeywordRuleInput", one()),
    ]
}

fn menu(own: &Account) -> Vec<Mutation> {
    let one = || vec![account(own), id(&own.button)];
    let sequence = || ("sequence", Takes::Integer, json!(1));
    let create = vec![
        account(own),
        ("parentId", Takes::Parent, json!(own.button)),
        ("name", Takes::Text(100), json!("新")),
        sequence(),
    ];
    let update = vec![("name", Takes::NullableText(100), json!("新")), sequence()];
    let reply = vec![("replyType", Takes::RequiredEnum, json!("TEXT")), ("replyId", Takes::Cover, json!(own.text))];
    vec![
        mutation("fetchMenu", "FetchMenuInput", vec![account(own), ("force", Takes::Flag, json!(false))]),
        mutation("publishMenu", "PublishMenuInput", vec![account(own)]),
        mutation("createMenuButton", "CreateMenuButtonInput", create),
        mutation("updateMenuButton", "UpdateMenuButtonInput", [one(), update].concat()),
        mutation("deleteMenuButton", "MenuButtonInput", one()),
        mutation("bindMenuButton", "BindMenuButtonInput", [one(), reply].concat()),
        mutation("unbindMenuButton", "MenuButtonInput", one()),
    ]
}

fn mass_sends(own: &Account) -> Vec<Mutation> {
    let one = || vec![account(own), id(&own.mass_send)];
    let shown = || vec![("type", Takes::RequiredEnum, json!("TEXT")), ("materialId", Takes::Cover, json!(own.text))];
    let to = vec![
        account(own),
        ("groupId", Takes::Audience, json!("-1")),
        ("gender", Takes::Enum, Value::Null),
        ("scheduledAt", Takes::Ahead, Value::Null),
        ("ignoreReprint", Takes::Flag, json!(false)),
    ];
    let openid = ("openid", Takes::Addressee, json!(own.openids[1]));
    let chunk = ("chunkId", Takes::Id, json!(own.chunk));
    let decision = ("decision", Takes::RequiredEnum, json!("SENT"));
    vec![
        mutation("createMassSend", "CreateMassSendInput", [to, shown()].concat()),
        mutation("previewMassSend", "PreviewMassSendInput", [vec![account(own), openid], shown()].concat()),
        mutation("cancelMassSend", "MassSendInput", one()),
        mutation("retryMassSend", "MassSendInput", one()),
        mutation("deleteMassSendAtWechat", "MassSendInput", one()),
        mutation("decideMassSendChunk", "DecideMassSendChunkInput", vec![account(own), chunk, decision]),
    ]
}

fn articles(own: &Account) -> Vec<Field> {
    let members = vec![
        ("articles.id", Takes::Article, Value::Null),
        ("articles.title", Takes::Text(100), json!("新")),
        ("articles.author", Takes::Optional(100), json!("新")),
        ("articles.coverImageId", Takes::Cover, json!(own.image)),
        ("articles.showCoverPic", Takes::Flag, json!(false)),
        ("articles.digest", Takes::Optional(500), json!("新")),
        ("articles.content", Takes::Bytes(1 << 20), json!("<p>新</p>")),
        ("articles.contentSourceUrl", Takes::Optional(2_000), json!("https://example.com/")),
    ];
    let name = |field: &str| field.trim_start_matches("articles.").to_owned();
    let article: Map<String, Value> = members.iter().map(|(field, _, fine)| (name(field), fine.clone())).collect();
    [vec![("articles", Takes::Articles, json!([article, article]))], members].concat()
}

impl Takes {
    pub(super) fn is_required(self) -> bool {
        use Takes::{Addressee, Articles, Bytes, Cover, File, Id, Ids, Reply, RequiredEnum, Text};
        matches!(self, Id | Ids | Addressee | Text(_) | Bytes(_) | Articles | Cover | Reply | File(_) | RequiredEnum)
    }

    /// Values that are input of no use.
    pub(super) fn unusable(self, fine: &Value) -> Vec<Value> {
        let too_long = |longest: usize| ["a", "汉", "😀"].map(|unit| json!(unit.repeat(longest + 1)));
        let mut unusable = json!([{}, { "a": 1 }, [{}], [[1]]]).as_array().unwrap().clone();
        let more = match self {
            Self::Id => json!([null, true, 1.5, ["a"], []]),
            Self::Ids => {
                json!([null, true, [null], [true], [""], [" "], [fine[0], ""], [fine[0], null], [fine[0], {}]])
            }
            Self::Text(longest) => {
                unusable.extend(too_long(longest));
                json!([null, "", " ", "\u{3000}\t\n", "\0", "a\0b", 5, true, ["a"], []])
            }
            Self::Parent => json!([true, 1.5, ["a"], []]),
            Self::NullableText(longest) => {
                unusable.extend(too_long(longest));
                json!(["", " ", "\u{3000}\t\n", "\0", "a\0b", 5, true, ["a"], []])
            }
            // Of a number beyond 32 bits the library names the input alone.
            Self::Integer => json!(["1", "", "x", 1.5, true, [1], []]),
            Self::RequiredEnum => json!([null, "loud", "text", "", "😀", "\0", 5, true, ["TEXT"], []]),
            Self::Optional(longest) => {
                unusable.extend(too_long(longest));
                json!(["a\0b", 5, true, ["a"], []])
            }
            Self::Bytes(most) => {
                unusable.extend(["a", "汉", "😀"].map(|unit| json!(unit.repeat(most / unit.len() + 1))));
                json!([null, "", " ", "\u{3000}\t\n", "\0", "a\0b", 5, true, ["a"], []])
            }
            Self::Articles => {
                json!([null, true, 5, "x", [], [null], [fine[0], null], [fine[0], 5], [fine[0], {}], vec![&fine[0]; 9]])
            }
            Self::Cover | Self::Article => {
                unusable.extend(strange_ids().into_iter().map(Value::from));
                unusable.extend((matches!(self, Self::Cover)).then_some(Value::Null));
                json!([true, 1.5, ["a"], [], "", " ", "\u{3000}\t\n", "\0", "a\0b", 999, -2])
            }
            Self::Keywords => {
                let with = |content: Value, fuzzy: Value| json!({ "content": content, "isFuzzy": fuzzy });
                let contents = json!([null, "", " ", "\u{3000}\n", "\0", "a\0b", 5, ["a"], "汉".repeat(501)]);
                let contents = contents.as_array().unwrap().iter().map(|content| with(content.clone(), json!(true)));
                let flags = [json!(null), json!("1"), json!(1)].map(|fuzzy| with(json!("茶"), fuzzy));
                unusable.extend(contents.chain(flags).map(|odd| json!([fine[0], odd])));
                json!([true, 5, "x", [null], [fine[0], null], [fine[0], 5], [fine[0], {}], vec![&fine[0]; 1_001]])
            }
            Self::Reply => {
                let with = |id: Value| json!({ "type": "TEXT", "id": id });
                unusable.extend(strange_ids().into_iter().map(|id| with(json!(id))));
                unusable.extend([json!(""), json!("\0"), json!(null), json!(999), json!([])].map(with));
                unusable
                    .extend(["IMAGE", "NEWS", "LINK", "text"].map(|kind| json!({ "type": kind, "id": fine["id"] })));
                json!([null, true, 5, "x", ["a"], [], { "id": fine["id"] }, { "type": "TEXT" }])
            }
            Self::OptionalReply => json!([5, true, "x", { "type": "TEXT", "id": "x" }]),
            Self::Audience => {
                unusable.extend(strange_ids().into_iter().map(Value::from));
                json!([null, true, 1.5, ["a"], [], "", " ", "\0", "a\0b", "1", 999])
            }
            Self::Addressee => json!([null, true, 1.5, ["a"], [], "", " "]),
            Self::Ahead => {
                json!([
                    true,
                    5,
                    "",
                    "x",
                    "2030-13-01T00:00:00Z",
                    "2030-01-01",
                    "2020-01-01T00:00:00Z",
                    "9999-01-01T00:00:00Z"
                ])
            }
            Self::File(_) => json!([null, true, 5, 1.5, ["a"], [null], []]),
            Self::AesKey => json!(["short", "汉".repeat(43), "!".repeat(43), "a".repeat(44), "a\0", 5, true, []]),
            Self::Enum => json!(["loud", "safe", "", "😀", "\0", 5, true, ["SAFE"], []]),
            Self::Flag => json!(["true", "", "1", 1, 0, "😀", [true], []]),
        };
        unusable.extend(more.as_array().unwrap().iter().cloned());
        unusable
    }

    /// Values that name nothing.
    pub(super) fn unknown(self, fine: &Value) -> Vec<Value> {
        let strange = strange_ids().into_iter().chain(["\0".into(), "a\0b".into()]);
        match self {
            Self::Id | Self::Parent => strange.map(|id| json!(id)).chain([json!(999), json!(-2)]).collect(),
            Self::Ids => strange.map(|id| json!([fine[0], id])).chain([json!("nobody"), json!(999)]).collect(),
            _ => Vec::new(),
        }
    }
}

impl Mutation {
    /// Executes it with an input that is fine, but for one field; `None` leaves that out. Of the articles the second one
    /// is at fault.
    pub(super) async fn with(&self, room: &Room, field: &str, value: Option<Value>) -> Answer {
        let whole = self.fields.iter().filter(|(name, ..)| !name.contains('.'));
        let mut input: Map<String, Value> = whole.map(|(name, _, fine)| ((*name).to_owned(), fine.clone())).collect();
        let (members, member) = match field.split_once('.') {
            Some((list, member)) => (input[list][1].as_object_mut().unwrap(), member),
            None => (&mut input, field),
        };
        match value {
            Some(value) => members.insert(member.to_owned(), value),
            None => members.remove(member),
        };
        let file = self.fields.iter().find_map(|(name, takes, _)| match takes {
            Takes::File(file) if *name != field => Some(file()),
            _ => None,
        });
        let variables = json!({ "input": input });
        match file {
            Some(file) => ask(room.app.graphql_upload(&self.query(), &variables, "input.file", file)).await,
            None => self.execute(room, variables).await,
        }
    }

    pub(super) async fn execute(&self, room: &Room, variables: Value) -> Answer {
        ask(room.graphql(&self.query(), variables)).await
    }

    pub(super) fn query(&self) -> String {
        format!("mutation ($input: {}!) {{ {}(input: $input) {{ __typename }} }}", self.input, self.name)
    }
}
