//! The verdict on what a webhook answered: nothing to say, a reply that WeChat can deliver, or the notice
//! 「该公众号提供的服务出现故障，请稍后再试」 for the user.
//!
//! Source: WeChat "Passive replies" (被动回复用户消息).

use crate::{
    crypto::{AesKey, signature},
    webhook::{Mode, Webhook},
    xml::Element,
};

/// Longest text of a reply, in bytes of UTF-8.
const MAX_TEXT: usize = 2048;
/// Most news items in answer to a message.
const MAX_ITEMS_TO_MESSAGE: usize = 1;
/// Most news items in answer to an event.
const MAX_ITEMS_TO_EVENT: usize = 8;

/// What the user sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// `success`: nothing.
    Success,
    /// An empty body: nothing.
    Empty,
    /// The reply.
    Reply,
    /// The notice that the service is out of order.
    Fault,
}

impl Verdict {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Empty => "empty",
            Self::Reply => "reply",
            Self::Fault => "fault",
        }
    }
}

/// A verdict and its grounds.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    /// The reply's XML in clear, also of one that cannot be delivered.
    pub(crate) reply: Option<String>,
    /// Why it is a fault.
    pub(crate) reason: Option<String>,
}

/// Who talked to whom, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conversation<'a> {
    pub(crate) webhook: &'a Webhook,
    pub(crate) app_id: &'a str,
    pub(crate) original_id: &'a str,
    pub(crate) openid: &'a str,
    pub(crate) is_event: bool,
}

impl Conversation<'_> {
    /// Judges the body of an answer with HTTP 200.
    pub(crate) fn judge(&self, body: &str) -> Judgement {
        match body {
            "" => return Judgement { verdict: Verdict::Empty, reply: None, reason: None },
            "success" => return Judgement { verdict: Verdict::Success, reply: None, reason: None },
            _ => {}
        }
        let clear = match self.in_clear(body) {
            Ok(clear) => clear,
            Err(reason) => return Judgement { verdict: Verdict::Fault, reply: None, reason: Some(reason) },
        };
        let reason = Element::parse(&clear).and_then(|root| self.check(&root)).err();
        let verdict = if reason.is_none() { Verdict::Reply } else { Verdict::Fault };
        Judgement { verdict, reply: Some(clear), reason }
    }

    /// The reply's XML. In compatible mode both forms are taken.
    fn in_clear(&self, body: &str) -> Result<String, String> {
        let root = Element::parse(body).map_err(|reason| format!("the answer is neither success nor XML: {reason}"))?;
        let encrypted = root.child("Encrypt").map(|_| &root);
        match (&self.webhook.mode, encrypted) {
            (Mode::Plain, None) | (Mode::Compatible(_), None) => Ok(body.to_owned()),
            (Mode::Plain, Some(_)) => Err("the reply is encrypted, the mode is plain".to_owned()),
            (Mode::Safe(_), None) => Err("the reply is not encrypted, the mode is safe".to_owned()),
            (Mode::Compatible(key) | Mode::Safe(key), Some(root)) => self.decrypt(key, root),
        }
    }

    fn decrypt(&self, key: &AesKey, root: &Element) -> Result<String, String> {
        let encrypted = root.child_text("Encrypt");
        let (timestamp, nonce) = (root.child_text("TimeStamp"), root.child_text("Nonce"));
        if signature(&[&self.webhook.token, timestamp, nonce, encrypted]) != root.child_text("MsgSignature") {
            return Err("MsgSignature is wrong".to_owned());
        }
        key.decrypt(encrypted, self.app_id).map_err(|error| error.to_string())
    }

    fn check(&self, root: &Element) -> Result<(), String> {
        require(root.name == "xml", "the root element is not xml")?;
        require(root.child_text("ToUserName") == self.openid, "ToUserName is not the sender")?;
        require(root.child_text("FromUserName") == self.original_id, "FromUserName is not the account")?;
        require(root.child_text("CreateTime").parse::<i64>().is_ok(), "CreateTime is no number")?;
        match root.child_text("MsgType") {
            "text" => {
                let length = root.child("Content").map_or(0, |content| content.text.len());
                require(length > 0, "Content is empty")?;
                require(length <= MAX_TEXT, "Content is longer than 2048 bytes")
            }
            "image" => require_text(root, "Image", "MediaId"),
            "voice" => require_text(root, "Voice", "MediaId"),
            "video" => require_text(root, "Video", "MediaId"),
            "music" => require_text(root, "Music", "ThumbMediaId"),
            "news" => self.check_news(root),
            "transfer_customer_service" => Ok(()),
            other => Err(format!("MsgType {other:?} is unknown")),
        }
    }

    fn check_news(&self, root: &Element) -> Result<(), String> {
        let items = root.child("Articles").map_or(&[][..], |articles| &articles.children);
        let count = root.child_text("ArticleCount").parse::<usize>();
        require(count == Ok(items.len()), "ArticleCount is not the number of items")?;
        let most = if self.is_event { MAX_ITEMS_TO_EVENT } else { MAX_ITEMS_TO_MESSAGE };
        require((1..=most).contains(&items.len()), "the number of news items is not allowed here")?;
        let complete = |item: &Element| {
            item.name == "item"
                && ["Title", "Description", "PicUrl", "Url"].iter().all(|name| item.child(name).is_some())
        };
        require(items.iter().all(complete), "a news item lacks Title, Description, PicUrl or Url")
    }
}

fn require_text(root: &Element, parent: &str, name: &str) -> Result<(), String> {
    let given = root.child(parent).is_some_and(|parent| !parent.child_text(name).is_empty());
    require(given, &format!("{parent}/{name} is missing"))
}

fn require(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}
