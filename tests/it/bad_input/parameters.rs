//! What the parameters of the documented routes take, and the values that are of no use in their places.

use serde_json::{Value, json};

use super::room::strange_ids;
use crate::support::uploads::{File, jpeg};

/// What a parameter takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Takes {
    /// The id of something that exists.
    Id,
    /// The id of an account, in a body. Blank ones have a test of their own.
    AccountId,
    /// The id of a menu button, in a body. Blank ones stand for the bar.
    Parent,
    /// Ids of followers.
    Ids,
    /// A text of 1 to so many characters.
    Text(usize),
    /// A text that must be there and may be empty, at most so many characters.
    MayBeEmpty(usize),
    /// A text of at most so many characters, or nothing.
    Optional(usize),
    /// A text of 1 to so many bytes.
    Bytes(usize),
    /// The image of an article, or the reply of a rule or button. One that does not exist is bad input, as the article is.
    Cover,
    /// The article of the news that is replaced, or nothing. As with covers.
    Article,
    /// 43 letters and digits, or nothing.
    AesKey,
    /// A mode of the webhook, or nothing.
    Mode,
    /// What a reply is sent as.
    ReplyType,
    /// What a menu button can do: a reply, or `link`.
    ButtonReplyType,
    /// A group that somebody is in; of any other one, and of what is none, nobody receives anything.
    Audience,
    /// An openid, which only WeChat knows to be one.
    Addressee,
    /// What a mass send shows.
    MassSendType,
    /// A gender as a word or as WeChat's number, or nothing.
    Gender,
    /// Keywords, or nothing.
    Keywords,
    /// An integer, or nothing.
    Integer,
    /// An integer.
    Number,
    /// A boolean, or nothing.
    Flag,
    /// A date, or nothing.
    Date,
    /// What is searched for, at most so many characters, or nothing.
    Search(usize),
    /// A file whose name ends in this, of at most so many bytes.
    File(&'static str, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Body,
}

/// A parameter, as clients spell it, with what is fine in its place.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) place: Place,
    pub(super) takes: Takes,
    pub(super) fine: Sent,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(super) enum Sent {
    Nothing,
    This(Value),
    File(File),
}

/// What is empty without its white space.
pub(super) const BLANK: &[&str] = &["", " ", "\u{3000}\n"];

/// Code of a file beyond its limit.
pub(super) const TOO_LARGE: u64 = 413;

/// Code of a file of another format.
pub(super) const OTHER_FORMAT: u64 = 415;

/// A bad value and the code of the answer to it. Code 400 names the parameter.
pub(super) type Refused = (Sent, u64);

fn texts(texts: &[&str], code: u64) -> Vec<Refused> {
    texts.iter().map(|text| (Sent::This(json!(text)), code)).collect()
}

fn values(values: Value) -> Vec<Refused> {
    values.as_array().unwrap().iter().map(|value| (Sent::This(value.clone()), 400)).collect()
}

/// Ids that nothing has.
fn strange(code: u64) -> Vec<Refused> {
    strange_ids().into_iter().map(|id| (Sent::This(json!(id)), code)).collect()
}

fn too_long(longest: usize) -> Vec<Refused> {
    values(json!(["a", "汉", "😀"].map(|unit| unit.repeat(longest + 1))))
}

/// Lists of which one element is no keyword, or which are too long.
fn refused_keywords() -> Vec<Refused> {
    let fine = json!({ "content": "新", "fuzzy": "1" });
    let with = |content: Value, fuzzy: Value| json!({ "content": content, "fuzzy": fuzzy });
    let mut odd = vec![json!(null), json!(5), json!("茶"), json!(""), json!(true), json!([]), json!({})];
    odd.extend([json!({ "content": "茶" }), json!({ "fuzzy": "1" })]);
    let contents =
        json!([null, "", " ", "\u{3000}\n", "\0", "a\0b", {}, [], ["a"], "汉".repeat(501), "😀".repeat(501)]);
    odd.extend(contents.as_array().unwrap().iter().map(|content| with(content.clone(), json!("1"))));
    let flags = json!([null, "", 2, -1, 1.5, "2", "maybe", "真", "1\0", {}, [], [true]]);
    odd.extend(flags.as_array().unwrap().iter().map(|fuzzy| with(json!("茶"), fuzzy.clone())));
    let lists = odd.into_iter().map(|odd| json!([fine, odd]));
    let others = json!([5, -1.5, "茶", true, [[fine]], vec![&fine; 1_001]]);
    values(lists.chain(others.as_array().unwrap().iter().cloned()).collect())
}

impl Parameter {
    /// The id that is fine in a path.
    pub(super) fn id(&self) -> &str {
        match &self.fine {
            Sent::This(Value::String(id)) => id,
            other => panic!("{} {other:?}", self.name),
        }
    }

    /// Whether something must be sent.
    fn is_required(&self) -> bool {
        use Takes::{
            AccountId, Addressee, Audience, ButtonReplyType, Bytes, Cover, File, Id, Ids, MassSendType, MayBeEmpty,
            Number, Parent, ReplyType, Text,
        };
        let is_text = matches!(self.takes, Text(_) | MayBeEmpty(_) | Bytes(_));
        let is_choice = matches!(self.takes, Number | ReplyType | ButtonReplyType | MassSendType);
        is_text
            || is_choice
            || matches!(self.takes, Id | AccountId | Audience | Addressee | Parent | Ids | Cover | File(..))
    }

    /// Values of no use in this place.
    pub(super) fn refused(&self) -> Vec<Refused> {
        let mut refused = match (self.takes, self.place) {
            (Takes::Id, Place::Path) => [texts(&["\0", "a\0b"], 400), strange(404)].concat(),
            (Takes::Id, Place::Query) => [texts(&["", " ", "\0", "a\0b"], 400), strange(404)].concat(),
            (Takes::Id | Takes::AccountId | Takes::Parent, _) => {
                let unknown = [json!(999), json!(1.5), json!(true), json!(-2)].map(|value| (Sent::This(value), 404));
                let unusable = values(json!([null, "\0", "a\0b", {}, { "a": 1 }, [], ["a"]]));
                let blank = if let Takes::Id = self.takes { BLANK } else { [].as_slice() };
                [texts(blank, 400), unusable, unknown.to_vec(), strange(404)].concat()
            }
            (Takes::Ids, _) => self.refused_lists(),
            (Takes::Text(longest), _) => {
                let unusable = json!([null, "", " ", "\u{3000}\t\n", "\0", "a\0b", {}, { "a": 1 }, [], ["a"]]);
                [values(unusable), too_long(longest)].concat()
            }
            (Takes::MayBeEmpty(longest), _) => {
                [values(json!([null, "\0", "a\0b", {}, { "a": 1 }, [], ["a"]])), too_long(longest)].concat()
            }
            (Takes::Optional(longest), _) => {
                [values(json!(["\0", "a\0b", {}, { "a": 1 }, [], ["a"]])), too_long(longest)].concat()
            }
            (Takes::Bytes(most), _) => {
                let unusable = json!([null, "", " ", "\u{3000}\t\n", "\0", "a\0b", {}, { "a": 1 }, [], ["a"]]);
                let too_long = ["a", "汉", "😀"].map(|unit| unit.repeat(most / unit.len() + 1));
                [values(unusable), values(json!(too_long))].concat()
            }
            (Takes::Cover, _) => {
                let unusable = json!([null, "", " ", "\0", "a\0b", 999, 1.5, true, -2, {}, { "a": 1 }, [], ["a"]]);
                [values(unusable), strange(400)].concat()
            }
            (Takes::Article, _) => {
                let unusable = json!(["", " ", "\0", "a\0b", 999, 1.5, true, -2, {}, { "a": 1 }, [], ["a"]]);
                [values(unusable), strange(400)].concat()
            }
            (Takes::AesKey, _) => {
                let odd = ["汉", "😀", "!", "a "].map(|unit| json!(unit.repeat(43)));
                [values(json!(["short", "a\0", 5, true, {}, [], ["a"]])), values(json!(odd))].concat()
            }
            (Takes::Mode, _) => values(json!(["loud", "safe!", "😀", "saf\0", 7, true, {}, [], ["safe"]])),
            (Takes::ReplyType, _) => {
                values(json!([null, "", " ", "link", "texts", "文本", "😀", "text\0", 7, true, {}, [], ["text"]]))
            }
            (Takes::Audience, _) => {
                let others = json!([null, "", " ", "\0", "a\0b", 1, 999, 1.5, true, {}, { "a": 1 }, [], ["a"]]);
                [values(others), strange(400)].concat()
            }
            (Takes::Addressee, _) => values(json!([null, "", " ", "\0", "a\0b", {}, { "a": 1 }, [], ["a"]])),
            (Takes::MassSendType, _) => {
                values(json!([null, "", " ", "music", "mptext", "文本", "😀", "text\0", 7, true, {}, [], ["text"]]))
            }
            (Takes::Gender, _) => {
                values(json!(["3", 3, -1, 1.5, "man", "男", "😀", "1\0", true, {}, { "a": 1 }, [], [1]]))
            }
            (Takes::Keywords, _) => refused_keywords(),
            (Takes::Integer, _) => {
                let words = ["x", "一", "😀", "1.5", "1e99", "NaN", "inf", "0x10", "1 2", "1,2", "--1", "\0", "'"];
                [texts(&words, 400), texts(&["99999999999", "-99999999999", "2147483648"], 400)].concat()
            }
            (Takes::Number, _) => {
                let words = json!(["x", "一", "1.5", "1e99", "NaN", "0x10", "1 2", "--1", "\0", "99999999999"]);
                let others =
                    json!([null, "", " ", 1.5, true, 2_147_483_648_i64, -2_147_483_649_i64, {}, { "a": 1 }, [], [1]]);
                [values(words), values(others)].concat()
            }
            (Takes::ButtonReplyType, _) => {
                values(json!([null, "", " ", "song", "text!", "tex", "😀", "tex\0", 7, true, {}, [], ["text"]]))
            }
            (Takes::Date, _) => {
                let words = ["x", "0", "今天", "😀", "20140827", "2014-8-27", "2014/08/27", "2014-02-30", "\0", "'"];
                let times =
                    ["2014-08-27 24:00:00", "2014-08-27 08:30", "2014-08-27T08:30:00Z", "-2014-08-27", "2014-08-27'"];
                [texts(&words, 400), texts(&times, 400)].concat()
            }
            (Takes::Search(longest), _) => [texts(&["\0", "a\0b"], 400), too_long(longest)].concat(),
            (Takes::Flag, Place::Body) => {
                values(json!([2, -1, 1.5, "2", "maybe", "tru", "真", "😀", "null", "1\0", {}, { "a": 1 }, [], [true]]))
            }
            (Takes::Flag, _) => {
                texts(&["2", "-1", "10", "maybe", "tru", "truetrue", "真", "😀", "null", "1\0", "'"], 400)
            }
            (Takes::File(extension, most), _) => self.refused_files(extension, most),
        };
        if self.is_required() && self.place != Place::Path {
            refused.push((Sent::Nothing, 400));
        }
        refused
    }

    fn refused_lists(&self) -> Vec<Refused> {
        let Sent::This(fine) = &self.fine else { panic!("{self:?}") };
        let fine = &fine[0];
        // An empty list of followers is fine.
        let unusable = json!([
            null, "", {}, { "a": 1 }, [null], [{}], [["a"]], [""], [" "], ["\0"], [fine, ""], [fine, null],
            [fine, [fine]]
        ]);
        let lists = strange_ids().into_iter().map(|id| (Sent::This(json!([fine, id])), 404));
        [values(unusable), strange(404), lists.collect()].concat()
    }

    /// Files that are none, are called something else, are something else, or are too large.
    fn refused_files(&self, extension: &str, most: usize) -> Vec<Refused> {
        let Sent::File(fine) = &self.fine else { panic!("{self:?}") };
        let named = |name: &str| (Sent::File(fine.called(name)), OTHER_FORMAT);
        let name = format!("a.{extension}");
        let holding = |content: &[u8], code| (Sent::File(File::new(&name, content.to_vec())), code);
        let mut refused = vec![holding(b"", 400), (Sent::File(File::new("", Vec::new())), 400)];
        refused.extend(["", extension, "a", "a.", "a.exe", "a.png", &format!("{name}.exe"), "😀"].map(named));
        let contents =
            [b"a".as_slice(), b"\0", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7", b"<svg/>", b"\xff\xd8\xff"];
        refused.extend(contents.map(|content| holding(content, OTHER_FORMAT)));
        let other = if extension == "jpg" { b"#!AMR\n\0".to_vec() } else { jpeg(64) };
        refused.push(holding(&other, OTHER_FORMAT));
        refused.push(holding(&vec![b'a'; most + 1], TOO_LARGE));
        // A text is a file without a name.
        refused.push((Sent::This(json!("a text")), OTHER_FORMAT));
        refused
    }
}
