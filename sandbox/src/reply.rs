//! The verdict on what a webhook answered: nothing to say, a reply that WeChat can deliver, or the notice
//! 「该公众号提供的服务出现故障，请稍后再试」 for the user.
//!
//! Source: WeChat "Passive replies" (被动回复用户消息).

use crate::{
    crypto::{AesKey, signature},
    library::Library,
    passive::Reply,
    webhook::{Mode, Webhook},
    xml::Element,
};

/// What the user sees in place of a reply that cannot be delivered.
pub(crate) const NOTICE: &str = "该公众号提供的服务出现故障，请稍后再试";

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
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    /// The reply's XML in clear, also of one that cannot be delivered.
    pub(crate) xml: Option<String>,
    /// The reply, if it could be read.
    pub(crate) reply: Option<Reply>,
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

impl Judgement {
    pub(crate) const fn fault(reason: String) -> Self {
        Self { verdict: Verdict::Fault, xml: None, reply: None, reason: Some(reason) }
    }

    const fn silent(verdict: Verdict) -> Self {
        Self { verdict, xml: None, reply: None, reason: None }
    }

    /// Makes it a fault when WeChat does not have the media of the reply.
    pub(crate) fn check_media(&mut self, library: &Library, now: i64) {
        if let Some(Err(reason)) = self.reply.as_ref().map(|reply| reply.check_media(library, now)) {
            self.verdict = Verdict::Fault;
            self.reason = Some(reason);
        }
    }
}

impl Conversation<'_> {
    /// Judges the body of an answer with HTTP 200.
    pub(crate) fn judge(&self, body: &str) -> Judgement {
        match body {
            "" => return Judgement::silent(Verdict::Empty),
            "success" => return Judgement::silent(Verdict::Success),
            _ => {}
        }
        let clear = match self.in_clear(body) {
            Ok(clear) => clear,
            Err(reason) => return Judgement::fault(reason),
        };
        match Element::parse(&clear).and_then(|root| self.read(&root)) {
            Ok(reply) => Judgement { verdict: Verdict::Reply, xml: Some(clear), reply: Some(reply), reason: None },
            Err(reason) => Judgement { xml: Some(clear), ..Judgement::fault(reason) },
        }
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

    fn read(&self, root: &Element) -> Result<Reply, String> {
        require(root.name == "xml", "the root element is not xml")?;
        require(root.child_text("ToUserName") == self.openid, "ToUserName is not the sender")?;
        require(root.child_text("FromUserName") == self.original_id, "FromUserName is not the account")?;
        require(root.child_text("CreateTime").parse::<i64>().is_ok(), "CreateTime is no number")?;
        Reply::read(root, self.is_event)
    }
}

fn require(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}
