//! Results of what an account had WeChat do: mass sends, template messages, publications.

use super::{Element, optional};

/// How a mass send ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MassSendResult {
    /// WeChat's number of the send, as its call answered it.
    pub message_id: u64,
    /// WeChat's words, as they came.
    pub status: String,
    /// What they mean.
    pub outcome: MassSendOutcome,
    /// Size of the audience.
    pub total_count: Option<u64>,
    /// How many of them were left after WeChat's filters.
    pub filter_count: Option<u64>,
    /// How many it was sent to. WeChat counts a little early, so the number is approximate.
    pub sent_count: Option<u64>,
    /// To how many it could not be sent; may be more than 0 of a success.
    pub error_count: Option<u64>,
    /// Whether the articles are original; only of articles.
    pub copyright: Option<CopyrightCheck>,
    /// Where the articles are read; only of articles.
    pub article_urls: Vec<ArticleUrl>,
}

/// What became of a mass send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MassSendOutcome {
    /// It was sent.
    Sent,
    /// It failed.
    Failed,
    /// It was refused, for the reason of that number: content (10001, 2xxxx), copyright (3xxxx), the account's
    /// administrator (4xxxx).
    Refused(u32),
    /// Words that are not known here.
    Unknown,
}

/// Whether the articles of a mass send are original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyrightCheck {
    /// Of all together.
    pub check_state: CheckState,
    /// Of each.
    pub articles: Vec<CopyrightArticle>,
}

/// Whether articles could be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckState {
    /// Yes (1).
    Sendable,
    /// Yes, as reprints (2).
    SendableAsReprint,
    /// No (3).
    NotSendable,
    /// Nothing that is known here.
    Unknown,
}

/// Whether an article is original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyrightArticle {
    /// Its place, from 1.
    pub index: Option<u32>,
    /// What the account declared.
    pub declared: Originality,
    /// What WeChat found.
    pub audited: Originality,
    /// Where the original is read.
    pub original_url: Option<String>,
    /// WeChat's number of the original's kind.
    pub original_type: Option<i64>,
    /// Whether it may be reprinted.
    pub can_reprint: bool,
    /// Whether its content must give way to the original's.
    pub needs_replaced_content: bool,
    /// Whether it must name the original.
    pub needs_reprint_source: bool,
}

/// What an article is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Originality {
    /// Nothing was said (0).
    Undeclared,
    /// An original (1).
    Original,
    /// A reprint (2).
    Reprint,
    /// Nothing that is known here.
    Unknown,
}

/// Where an article is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleUrl {
    /// Its place, from 1.
    pub index: Option<u32>,
    /// The address.
    pub url: String,
}

/// How the sending of a template message ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateSendResult {
    /// WeChat's number of the message, as its call answered it.
    pub message_id: u64,
    /// WeChat's words, as they came.
    pub status: String,
    /// What they mean.
    pub outcome: TemplateSendOutcome,
}

/// What became of a template message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateSendOutcome {
    /// It arrived.
    Sent,
    /// The follower does not take messages of this account.
    Blocked,
    /// It failed for another reason.
    Failed,
    /// Words that are not known here.
    Unknown,
}

/// How a publication ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishResult {
    /// WeChat's number of the publication, as its call answered it.
    pub publish_id: u64,
    /// How it ended.
    pub status: PublishStatus,
    /// WeChat's id of the published articles; only when they are published.
    pub article_id: Option<String>,
    /// Where they are read.
    pub article_urls: Vec<ArticleUrl>,
    /// The articles that were refused, from 1.
    pub failed_indexes: Vec<u32>,
}

/// The state of a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishStatus {
    /// Published (0).
    Published,
    /// Not done yet (1).
    Publishing,
    /// The check for originality failed (2).
    OriginalityFailed,
    /// It failed (3).
    Failed,
    /// WeChat's review refused it (4).
    Refused,
    /// Published, and all articles deleted since by the account (5).
    Deleted,
    /// Published, and all articles banned since by WeChat (6).
    Banned,
    /// Nothing that is known here.
    Unknown,
}

impl MassSendResult {
    pub(super) fn read(fields: &Element) -> Option<Self> {
        let urls = fields.all(&["ArticleUrlResult", "ResultList", "item"]);
        let status = fields.string("Status");
        Some(Self {
            message_id: message_id(fields)?,
            outcome: mass_send_outcome(&status),
            status,
            total_count: fields.number("TotalCount"),
            filter_count: fields.number("FilterCount"),
            sent_count: fields.number("SentCount"),
            error_count: fields.number("ErrorCount"),
            copyright: fields.child("CopyrightCheckResult").map(CopyrightCheck::read),
            article_urls: urls.into_iter().map(|item| article_url(item, "ArticleIdx", "ArticleUrl")).collect(),
        })
    }
}

impl TemplateSendResult {
    pub(super) fn read(fields: &Element) -> Option<Self> {
        let status = fields.string("Status");
        let outcome = match normal(&status).as_str() {
            "success" => TemplateSendOutcome::Sent,
            "failed:userblock" => TemplateSendOutcome::Blocked,
            other if other.starts_with("failed") => TemplateSendOutcome::Failed,
            _ => TemplateSendOutcome::Unknown,
        };
        Some(Self { message_id: message_id(fields)?, status, outcome })
    }
}

impl PublishResult {
    pub(super) fn read(fields: &Element) -> Option<Self> {
        let info = fields.child("PublishEventInfo")?;
        let urls = info.all(&["article_detail", "item"]);
        Some(Self {
            publish_id: info.number("publish_id")?,
            status: publish_status(info.number("publish_status")),
            article_id: optional(info, "article_id"),
            article_urls: urls.into_iter().map(|item| article_url(item, "idx", "article_url")).collect(),
            failed_indexes: info
                .children_named("fail_idx")
                .filter_map(|index| index.text.trim().parse().ok())
                .collect(),
        })
    }
}

impl CopyrightCheck {
    fn read(result: &Element) -> Self {
        let check_state = match result.number("CheckState") {
            Some(1) => CheckState::Sendable,
            Some(2) => CheckState::SendableAsReprint,
            Some(3) => CheckState::NotSendable,
            _ => CheckState::Unknown,
        };
        let articles = result.all(&["ResultList", "item"]);
        Self { check_state, articles: articles.into_iter().map(CopyrightArticle::read).collect() }
    }
}

impl CopyrightArticle {
    fn read(item: &Element) -> Self {
        let is_set = |name| item.number(name) == Some(1);
        Self {
            index: item.number("ArticleIdx"),
            declared: originality(item.number("UserDeclareState")),
            audited: originality(item.number("AuditState")),
            original_url: optional(item, "OriginalArticleUrl"),
            original_type: item.number("OriginalArticleType"),
            can_reprint: is_set("CanReprint"),
            needs_replaced_content: is_set("NeedReplaceContent"),
            needs_reprint_source: is_set("NeedShowReprintSource"),
        }
    }
}

/// Result events write `MsgID`, messages `MsgId`; either is taken.
fn message_id(fields: &Element) -> Option<u64> {
    fields.number("MsgID").or_else(|| fields.number("MsgId"))
}

/// WeChat's documents and deliveries differ in blanks and case (`send success`, `sendsuccess`).
fn normal(status: &str) -> String {
    status.chars().filter(|character| !character.is_whitespace()).collect::<String>().to_ascii_lowercase()
}

fn mass_send_outcome(status: &str) -> MassSendOutcome {
    let status = normal(status);
    let reason = status.strip_prefix("err(").and_then(|rest| rest.strip_suffix(')'));
    match (status.as_str(), reason.and_then(|number| number.parse().ok())) {
        (_, Some(number)) => MassSendOutcome::Refused(number),
        ("sendsuccess", _) => MassSendOutcome::Sent,
        ("sendfail", _) => MassSendOutcome::Failed,
        _ => MassSendOutcome::Unknown,
    }
}

fn publish_status(number: Option<i64>) -> PublishStatus {
    match number {
        Some(0) => PublishStatus::Published,
        Some(1) => PublishStatus::Publishing,
        Some(2) => PublishStatus::OriginalityFailed,
        Some(3) => PublishStatus::Failed,
        Some(4) => PublishStatus::Refused,
        Some(5) => PublishStatus::Deleted,
        Some(6) => PublishStatus::Banned,
        _ => PublishStatus::Unknown,
    }
}

fn originality(number: Option<i64>) -> Originality {
    match number {
        Some(0) => Originality::Undeclared,
        Some(1) => Originality::Original,
        Some(2) => Originality::Reprint,
        _ => Originality::Unknown,
    }
}

fn article_url(item: &Element, index: &str, url: &str) -> ArticleUrl {
    ArticleUrl { index: item.number(index), url: item.string(url) }
}
