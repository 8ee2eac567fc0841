//! Which reply a push gets by itself.
//!
//! | push | reply |
//! |---|---|
//! | text, and voice with recognised words | the keyword rule that matches, else the default rule |
//! | other messages of known types | the default rule |
//! | `subscribe`, also by a QR code | the rule for subscriptions |
//! | `CLICK` | what is bound to the button, else the default rule |
//! | everything else | nothing |
//!
//! Of these the first is taken whose material is there: a deleted one is as good as no rule. Source: behaviour, parts 12
//! and 17, D49, D50 and D54.

use entity::account;
use entity::message::ReplyState;

use crate::domain::keyword_rules::compiled;
use crate::domain::replies::{Passive, Target, passive};
use crate::domain::{Context, menu};
use crate::error::Result;
use crate::webhook::push::{Content as Said, Event, Kind, Message, Push};
use crate::webhook::reply::Content;

/// Articles that WeChat shows of a news: one as the answer to a message, eight as that to an event. Source: WeChat reference,
/// section 20.
pub(super) const fn most_articles(is_event: bool) -> usize {
    if is_event { 8 } else { 1 }
}

/// Where a reply comes from.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) rule_id: Option<String>,
    pub(super) button_id: Option<String>,
    /// Whether a keyword rule answers, and neither of the rules for other occasions.
    pub(super) by_keyword: bool,
    pub(super) target: Target,
}

/// The reply that a push gets.
#[derive(Debug)]
pub(super) struct Automatic {
    pub(super) choice: Option<Choice>,
    /// `None`, `Answered` or `Pending`.
    pub(super) state: ReplyState,
    /// What is answered, if it can be at once.
    pub(super) reply: Option<Content>,
}

impl Automatic {
    /// Of a push whose reply took too long to decide.
    pub(super) const fn undecided() -> Self {
        Self { choice: None, state: ReplyState::Failed, reply: None }
    }
}

/// Decides. Asks the database only.
pub(super) async fn decide(context: &Context, account: &account::Model, push: &Push) -> Result<Automatic> {
    let articles = most_articles(matches!(push.kind, Kind::Event(_)));
    for choice in choices(context, account, push).await? {
        match passive(context, &account.id, &choice.target, articles).await? {
            Passive::Ready(content) => {
                return Ok(Automatic { choice: Some(choice), state: ReplyState::Answered, reply: Some(content) });
            }
            Passive::Waiting => {
                return Ok(Automatic { choice: Some(choice), state: ReplyState::Pending, reply: None });
            }
            Passive::Missing => {}
        }
    }
    Ok(Automatic { choice: None, state: ReplyState::None, reply: None })
}

/// Everything that could answer, the best first.
async fn choices(context: &Context, account: &account::Model, push: &Push) -> Result<Vec<Choice>> {
    let of_rule = |by_keyword| {
        move |(rule_id, target): (String, Target)| Choice {
            rule_id: Some(rule_id),
            button_id: None,
            by_keyword,
            target,
        }
    };
    let rules = compiled(context, account).await?;
    let default = rules.default().map(of_rule(false));
    let first = match &push.kind {
        Kind::Message(message) => match words(message) {
            Words::Some(text) => rules.answer(text).map(of_rule(true)),
            Words::None => None,
            Words::Unknown => return Ok(Vec::new()),
        },
        Kind::Event(Event::Subscribe { .. }) => return Ok(rules.subscribe().map(of_rule(false)).into_iter().collect()),
        Kind::Event(Event::Click { key }) => {
            let bound = menu::reply_of_key(&context.database, &account.id, key).await?;
            bound.map(|(button_id, target)| Choice {
                rule_id: None,
                button_id: Some(button_id),
                by_keyword: false,
                target,
            })
        }
        Kind::Event(_) => return Ok(Vec::new()),
    };
    Ok(first.into_iter().chain(default).collect())
}

/// What a message says in words.
enum Words<'a> {
    Some(&'a str),
    None,
    /// It is not known what it says at all.
    Unknown,
}

fn words(message: &Message) -> Words<'_> {
    match &message.content {
        Said::Text { content, .. } => Words::Some(content),
        Said::Voice { recognition, .. } => recognition.as_deref().map_or(Words::None, Words::Some),
        Said::Image { .. }
        | Said::Video { .. }
        | Said::ShortVideo { .. }
        | Said::Location { .. }
        | Said::Link { .. } => Words::None,
        Said::Other { .. } => Words::Unknown,
    }
}
