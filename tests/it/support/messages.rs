//! Received messages, put where the webhook puts them: read from the XML that WeChat sends, and counted.

use chrono::{DateTime, Utc};
use entity::message::{self, Kind, ReplyState};
use entity::message_tally;
use odaesan::domain::messages::downloads;
use odaesan::webhook::push::{self, Content, Event, Push};
use odaesan::{clock, keywords};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ActiveValue::Set, Database, DatabaseConnection, EntityTrait as _, IntoActiveModel as _, TransactionTrait as _,
};

use super::TestApp;

/// A push of a follower.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// Of whom.
    pub(crate) openid: String,
    /// When, in seconds since 1970.
    pub(crate) at: i64,
    /// `MsgType` and what follows.
    pub(crate) inner: String,
    /// Whether a keyword rule answered.
    pub(crate) by_keyword: bool,
}

impl Sent {
    /// A text.
    pub(crate) fn text(openid: &str, at: i64, content: &str) -> Self {
        Self::of(openid, at, &format!("<MsgType>text</MsgType><Content><![CDATA[{content}]]></Content>"))
    }

    /// Anything.
    pub(crate) fn of(openid: &str, at: i64, inner: &str) -> Self {
        Self { openid: openid.to_owned(), at, inner: inner.to_owned(), by_keyword: false }
    }

    /// The same, answered by a keyword rule.
    pub(crate) fn answered(self) -> Self {
        Self { by_keyword: true, ..self }
    }

    fn model(&self, account: &str, number: u64) -> message::Model {
        let xml = format!(
            "<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName><![CDATA[{}]]></FromUserName>\
             <CreateTime>{}</CreateTime>{}<MsgId>{number}</MsgId></xml>",
            self.openid, self.at, self.inner
        );
        let push = Push::parse(xml.as_bytes()).unwrap();
        let (kind, event, content) = match &push.kind {
            push::Kind::Event(_) => (Kind::Event, push.fields.text_of("Event").map(str::to_lowercase), None),
            push::Kind::Message(message) => match &message.content {
                Content::Text { content, .. } => (Kind::Text, None, Some(content.clone())),
                Content::Image { .. } => (Kind::Image, None, None),
                Content::Voice { recognition, .. } => (Kind::Voice, None, recognition.clone()),
                Content::Video { .. } => (Kind::Video, None, None),
                Content::ShortVideo { .. } => (Kind::ShortVideo, None, None),
                Content::Location { .. } => (Kind::Location, None, None),
                Content::Link { .. } => (Kind::Link, None, None),
                Content::Other { type_name } => (Kind::Other, Some(type_name.to_lowercase()), None),
            },
        };
        let button_id = matches!(push.kind, push::Kind::Event(Event::Click { .. })).then(|| "button".to_owned());
        message::Model {
            account_id: account.to_owned(),
            id: push.dedup_key(),
            delivery: clock::new_id(),
            kind,
            is_event: kind == Kind::Event,
            event,
            openid: push.from_user.clone(),
            folded: content.as_deref().map(keywords::fold),
            content,
            payload: push.fields.to_json().to_string(),
            created_at: push.created_at,
            received_at: clock::now(),
            by_keyword: self.by_keyword,
            rule_id: None,
            button_id,
            reply_state: ReplyState::None,
            reply_kind: None,
            reply_id: None,
            reply: None,
            replied_at: None,
            reply_error: None,
            file_id: None,
            thumb_file_id: None,
            file_error: None,
        }
    }
}

/// Seconds since 1970 of a time in RFC 3339.
pub(crate) fn at(time: &str) -> i64 {
    time.parse::<DateTime<Utc>>().unwrap().timestamp()
}

impl TestApp {
    /// The database of the service.
    pub(crate) async fn connect(&self) -> DatabaseConnection {
        Database::connect(&self.database.url).await.unwrap()
    }

    /// Stores pushes, whose numbers count up from `first`, and asks for their files. Returns their ids.
    pub(crate) async fn receive(&self, account: &str, first: u64, pushes: &[Sent]) -> Vec<String> {
        let models: Vec<_> = (first..).zip(pushes).map(|(number, push)| push.model(account, number)).collect();
        let messages = |counted: fn(&message::Model) -> bool| {
            i64::try_from(models.iter().filter(|model| !model.is_event && counted(model)).count()).unwrap()
        };
        let database = self.connect().await;
        let txn = database.begin().await.unwrap();
        for models in models.chunks(500) {
            let rows = models.iter().map(|model| model.clone().into_active_model());
            message::Entity::insert_many(rows).exec_without_returning(&txn).await.unwrap();
        }
        let (all, by_keyword) = (messages(|_| true), messages(|model| model.by_keyword));
        let tally = message_tally::ActiveModel {
            account_id: Set(account.to_owned()),
            messages: Set(all),
            by_keyword: Set(by_keyword),
        };
        let more =
            |column: message_tally::Column, more: i64| (column, Expr::col((message_tally::Entity, column)).add(more));
        let add = OnConflict::column(message_tally::Column::AccountId)
            .values([more(message_tally::Column::Messages, all), more(message_tally::Column::ByKeyword, by_keyword)])
            .to_owned();
        message_tally::Entity::insert(tally).on_conflict(add).exec_without_returning(&txn).await.unwrap();
        for model in &models {
            downloads::enqueue(&txn, model).await.unwrap();
        }
        txn.commit().await.unwrap();
        database.close().await.unwrap();
        models.into_iter().map(|model| model.id).collect()
    }
}
