//! Conversations with an account: its webhook in the simulator's console, and what its followers do.

use entity::message;
use reqwest::Method;
use sea_orm::{Database, EntityTrait as _, QueryOrder as _};
use serde_json::{Value, json};

use super::TestApp;
use super::app::APP_ID;

/// An EncodingAESKey; like the one in WeChat's own example it has more bits than the key.
pub(crate) const ENCODING_AES_KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";

/// How WeChat delivers, in the simulator's words.
pub(crate) const MODES: [&str; 3] = ["plain", "compatible", "safe"];

impl TestApp {
    /// Enters the account's webhook in the simulator's console, for deliveries in this mode.
    pub(crate) async fn connect_webhook(&self, account: &str, mode: &str) {
        let mutation = "mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { account { id } } }";
        let input =
            json!({ "accountId": account, "webhookMode": mode.to_uppercase(), "encodingAesKey": ENCODING_AES_KEY });
        self.data(mutation, json!({ "input": input })).await;
        let (url, token) = self.webhook(account).await;
        let console = json!({ "url": url, "token": token, "mode": mode, "encoding_aes_key": ENCODING_AES_KEY });
        let checked = self.control(Method::PUT, &format!("/{APP_ID}/webhook"), console).await;
        assert_eq!(checked["verified"], true, "{checked}");
    }

    /// Address and token of an account's webhook.
    pub(crate) async fn webhook(&self, account: &str) -> (String, String) {
        let query = "query ($id: ID!) { account(id: $id) { webhookUrl webhookToken } }";
        let data = self.data(query, json!({ "id": account })).await;
        let text = |name: &str| data["account"][name].as_str().unwrap().to_owned();
        (text("webhookUrl"), text("webhookToken"))
    }

    /// Somebody does something. Returns what the simulator says of the deliveries.
    pub(crate) async fn push(&self, openid: &str, mut what: Value) -> Value {
        what["openid"] = json!(openid);
        self.control(Method::POST, &format!("/{APP_ID}/push"), what).await
    }

    /// Somebody writes a text. Returns the reply, `null` where there is none.
    pub(crate) async fn write(&self, openid: &str, text: &str) -> Value {
        let answer = self.push(openid, json!({ "type": "text", "content": text })).await;
        assert_eq!(answer["status"], 200, "{answer:#}");
        answer["message"].clone()
    }

    /// An event of somebody. Returns the reply, `null` where there is none.
    pub(crate) async fn happen(&self, openid: &str, event: &str, more: Value) -> Value {
        let mut what = json!({ "type": "event", "event": event });
        what.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.push(openid, what).await;
        assert_eq!(answer["status"], 200, "{answer:#}");
        answer["message"].clone()
    }

    /// Makes a keyword rule; `keywords`: content, and whether a message need only contain it. Returns its id.
    pub(crate) async fn reply_with(
        &self,
        account: &str,
        name: &str,
        keywords: &[(&str, bool)],
        (kind, id): (&str, &str),
    ) -> String {
        let keyword =
            |(content, fuzzy): &(&str, bool)| json!({ "content": content, "fuzzy": if *fuzzy { "1" } else { "0" } });
        let keywords: Vec<Value> = keywords.iter().map(keyword).collect();
        let mut rule = json!({ "rule_name": name, "reply_type": kind, "reply_id": id });
        if !name.starts_with("__") {
            rule["keyword"] = json!(keywords);
        }
        let answer = self.post(&format!("/{account}/keyword"), rule).await;
        assert_eq!(answer["code"], 200, "{answer}");
        answer["data"].as_str().unwrap().to_owned()
    }

    /// Makes a keyword rule that replies with a text. Returns its id.
    pub(crate) async fn reply_with_text(
        &self,
        account: &str,
        name: &str,
        keywords: &[(&str, bool)],
        text: &str,
    ) -> String {
        let text = self.post(&format!("/{account}/text"), json!({ "content": text })).await;
        self.reply_with(account, name, keywords, ("text", text["data"].as_str().unwrap())).await
    }

    /// Everything that was stored of pushes, oldest first.
    pub(crate) async fn stored_pushes(&self) -> Vec<message::Model> {
        let database = Database::connect(&self.database.url).await.unwrap();
        let rows = message::Entity::find().order_by_asc(message::Column::ReceivedAt).all(&database).await.unwrap();
        database.close().await.unwrap();
        rows
    }
}
