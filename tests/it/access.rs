//! Who may do what, where authentication is on.

use odaesan::access::{self, NewToken};
use odaesan::database;
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, EntityTrait as _};
use serde_json::{Value, json};

use crate::support::{Backend, TestApp};

const REQUIRED: [&str; 2] = ["--auth", "required"];

struct Guarded {
    app: TestApp,
    database: DatabaseConnection,
}

impl Guarded {
    async fn start() -> Self {
        let app = TestApp::start_with(Backend::Sqlite, &REQUIRED).await.unwrap();
        let database = database::connect(&app.database.url, 2).await.unwrap();
        Self { app, database }
    }

    async fn token(&self, role: entity::api_token::Role, accounts: &[&str]) -> String {
        let new = NewToken {
            role,
            accounts: accounts.iter().map(ToString::to_string).collect(),
            label: Some("test".into()),
            lifetime: None,
        };
        access::create_token(&self.database, new).await.unwrap()
    }

    async fn get(&self, token: &str, path: &str) -> Value {
        self.app.json(self.app.rest(Method::GET, path).bearer_auth(token)).await
    }

    async fn post(&self, token: &str, path: &str, body: Value) -> Value {
        self.app.json(self.app.rest(Method::POST, path).bearer_auth(token).json(&body)).await
    }

    async fn graphql(&self, token: &str, query: &str) -> Value {
        let request = self.app.http.post(format!("{}/graphql", self.app.url)).bearer_auth(token);
        self.app.json(request.json(&json!({ "query": query }))).await
    }
}

use entity::api_token::Role::{Admin, Reader, Writer};

#[tokio::test]
async fn nobody_comes_in_without_a_token() {
    let guarded = Guarded::start().await;
    let app = &guarded.app;
    let basic = |password: &str| app.rest(Method::GET, "/x/group").basic_auth("x", Some(password));
    for request in [
        app.rest(Method::GET, "/x/group"),
        app.rest(Method::GET, "/no/such/path"),
        app.rest(Method::GET, "/x/group").bearer_auth("oda_wrong"),
        app.rest(Method::GET, "/x/group").header("authorization", "nonsense"),
        basic("oda_wrong"),
        app.rest(Method::POST, "/bind").body("never read"),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic "));
        let envelope: Value = response.json().await.unwrap();
        assert_eq!((&envelope["code"], &envelope["data"]), (&json!(401), &Value::Null));
    }
    let response =
        app.http.post(format!("{}/graphql", app.url)).json(&json!({ "query": "{ accounts { totalCount } }" }));
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    for (path, status) in
        [("/metrics", 401), ("/healthz", 200), ("/readyz", 200), ("/", 200), ("/v1/openapi.json", 200)]
    {
        let response = app.http.get(format!("{}{path}", app.url)).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
}

#[tokio::test]
async fn a_token_is_taken_as_bearer_and_as_the_password_of_basic() {
    let guarded = Guarded::start().await;
    let token = guarded.token(Admin, &[]).await;
    let bound = guarded.post(&token, "/bind", json!({ "weixin_id": "gh_1" })).await;
    let id = bound["data"]["id"].as_str().unwrap();
    // As a legacy client does with a base URL of http://x:TOKEN@host.
    let url = guarded.app.url.replace("http://", &format!("http://x:{token}@"));
    let response = guarded.app.http.get(format!("{url}/v1/{id}/group")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.json::<Value>().await.unwrap()["code"], 200);
}

#[tokio::test]
async fn roles_bound_what_a_token_may_do() {
    let guarded = Guarded::start().await;
    let (admin, writer, reader) =
        (guarded.token(Admin, &[]).await, guarded.token(Writer, &[]).await, guarded.token(Reader, &[]).await);
    let id = guarded.post(&admin, "/bind", json!({ "weixin_id": "gh_1" })).await["data"]["id"].take();
    let group = format!("/{}/group", id.as_str().unwrap());
    for token in [&writer, &reader] {
        assert_eq!(guarded.post(token, "/bind", json!({ "weixin_id": "gh_2" })).await["code"], 403);
        let fillin = json!({ "id": id, "app_id": "wx1", "app_secret": "s" });
        assert_eq!(guarded.post(token, "/bind/fillin", fillin).await["code"], 403);
        let secret = guarded.graphql(token, "{ accounts { nodes { id webhookToken } } }").await;
        assert_eq!(secret["errors"][0]["extensions"]["code"], "FORBIDDEN", "{secret}");
        assert_eq!(guarded.get(token, &group).await["code"], 200);
    }
    assert_eq!(guarded.post(&reader, &group, json!({ "name": "a" })).await["code"], 403);
    assert_eq!(guarded.post(&writer, &group, json!({ "name": "a" })).await["code"], 200);
    // The documented GET that changes something is no loophole.
    assert_eq!(guarded.get(&reader, &format!("/{}/user/fetch", id.as_str().unwrap())).await["code"], 403);
}

#[tokio::test]
async fn an_account_that_a_token_may_not_see_does_not_exist_for_it() {
    let guarded = Guarded::start().await;
    let admin = guarded.token(Admin, &[]).await;
    let mut ids = Vec::new();
    for weixin_id in ["gh_1", "gh_2"] {
        let bound = guarded.post(&admin, "/bind", json!({ "weixin_id": weixin_id })).await;
        ids.push(bound["data"]["id"].as_str().unwrap().to_owned());
    }
    let limited = guarded.token(Writer, &[&ids[0]]).await;
    assert_eq!(guarded.get(&limited, &format!("/{}/group", ids[0])).await["code"], 200);
    let hidden = guarded.get(&limited, &format!("/{}/group", ids[1])).await;
    let missing = guarded.get(&limited, "/no-such-account/group").await;
    assert_eq!(hidden["code"], 404);
    assert_eq!(
        hidden.to_string().replace(&ids[1], ""),
        missing.to_string().replace("no-such-account", ""),
        "the two cannot be told apart"
    );
    for path in ["group", "text"] {
        let body = json!({ "name": "x", "content": "x" });
        assert_eq!(guarded.post(&limited, &format!("/{}/{path}", ids[1]), body).await["code"], 404);
    }
    let list = guarded.graphql(&limited, "{ accounts { totalCount nodes { id } } }").await;
    assert_eq!(list["data"]["accounts"], json!({ "totalCount": 1, "nodes": [{ "id": ids[0] }] }));
    // Nor may a limited admin bind what he could not see afterwards.
    let limited = guarded.token(Admin, &[&ids[0]]).await;
    assert_eq!(guarded.post(&limited, "/bind", json!({ "weixin_id": "gh_3" })).await["code"], 403);
}

#[tokio::test]
async fn a_revoked_or_expired_token_is_worth_nothing() {
    let guarded = Guarded::start().await;
    let token = guarded.token(Admin, &[]).await;
    let (row, _) = access::list_tokens(&guarded.database).await.unwrap().remove(0);
    assert!(row.last_used_at.is_none());
    // Never used before it is revoked, so nothing is remembered of it.
    access::revoke_token(&guarded.database, &row.id).await.unwrap();
    assert_eq!(guarded.get(&token, "/x/group").await["code"], 401);
    assert!(access::revoke_token(&guarded.database, &row.id).await.is_err());
    let expired = NewToken {
        role: Admin,
        accounts: Vec::new(),
        label: None,
        lifetime: Some(std::time::Duration::from_millis(1)),
    };
    let token = access::create_token(&guarded.database, expired).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    assert_eq!(guarded.get(&token, "/x/group").await["code"], 401);
}

#[tokio::test]
async fn secrets_are_sealed_and_actions_leave_a_trail() {
    let guarded = Guarded::start().await;
    let token = guarded.token(Admin, &[]).await;
    let id = guarded.post(&token, "/bind", json!({ "weixin_id": "gh_1" })).await["data"]["id"].take();
    let fillin = json!({
        "id": id, "app_id": "wx0123456789abcdef", "app_secret": "sandbox", "mode": "safe",
        "encoding_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    });
    assert_eq!(guarded.post(&token, "/bind/fillin", fillin).await["code"], 200);
    let group = guarded.post(&token, &format!("/{}/group", id.as_str().unwrap()), json!({ "name": "a" })).await;
    let path = format!("/{}/group/{}", id.as_str().unwrap(), group["data"].as_str().unwrap());
    guarded.app.json(guarded.app.rest(Method::DELETE, &path).bearer_auth(&token)).await;

    let account = entity::account::Entity::find().one(&guarded.database).await.unwrap().unwrap();
    assert!(account.app_secret.as_ref().is_some_and(|sealed| sealed.starts_with("v1:") && !sealed.contains("sandbox")));
    assert!(account.encoding_aes_key.is_some_and(|sealed| sealed.starts_with("v1:")));
    // Copied into another row, it is of no use.
    guarded.database.execute_unprepared("UPDATE account SET id = 'thief'").await.unwrap_err();

    let (row, _) = access::list_tokens(&guarded.database).await.unwrap().remove(0);
    assert!(row.last_used_at.is_some());
    let mut trail = entity::audit::Entity::find().all(&guarded.database).await.unwrap();
    trail.sort_by(|one, other| one.id.cmp(&other.id));
    let told: Vec<_> = trail.iter().map(|row| (row.actor.as_str(), row.action.as_str())).collect();
    let caller = format!("token:{}", row.id);
    assert_eq!(
        told,
        [
            ("command", "token.create"),
            (caller.as_str(), "account.bind"),
            (caller.as_str(), "account.set_credentials"),
            (caller.as_str(), "group.delete"),
        ]
    );
    assert_eq!(trail[3].object_id.as_deref(), group["data"].as_str());
}

#[tokio::test]
async fn a_revoked_token_ends_an_open_socket() {
    use futures_util::{SinkExt as _, StreamExt as _};
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

    let guarded = Guarded::start().await;
    let token = guarded.token(Admin, &[]).await;
    let url = format!("{}/graphql/ws", guarded.app.url.replace("http://", "ws://"));
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let init = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } });
    socket.send(Message::text(init.to_string())).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().to_text().unwrap().contains("connection_ack"));

    let (row, _) = access::list_tokens(&guarded.database).await.unwrap().remove(0);
    access::revoke_token(&guarded.database, &row.id).await.unwrap();
    // Nothing is asked: the credential is looked at now and then.
    let end = tokio::time::timeout(std::time::Duration::from_secs(30), async {
        loop {
            if let Message::Close(frame) = socket.next().await.unwrap().unwrap() {
                return frame.unwrap();
            }
        }
    });
    assert_eq!(u16::from(end.await.unwrap().code), 4403);
}

#[tokio::test]
async fn pages_of_foreign_origins_and_foreign_names_for_us_are_turned_away() {
    let app = TestApp::start_with(Backend::Sqlite, &["--cors-origins", "https://app.example"]).await.unwrap();
    let account = app.bind_only("gh_1").await;
    let texts = format!("/{account}/text");
    for (header, value, status) in [
        ("origin", "https://evil.example", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("host", "evil.example:8080", 403),
        ("origin", "https://app.example", 200),
        ("sec-fetch-site", "same-origin", 200),
        ("host", "localhost:8080", 200),
    ] {
        // What a page can send without being asked: no Content-Type of ours, no header of ours.
        let request = app.rest(Method::POST, &texts).header(header, value).body(r#"{"content":"x"}"#);
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{header}: {value}");
        assert_eq!(response.json::<Value>().await.unwrap()["code"], status, "{header}: {value}");
    }
    let count = app.data("query ($id: ID!) { account(id: $id) { texts { totalCount } } }", json!({ "id": account }));
    assert_eq!(count.await["account"]["texts"]["totalCount"], 3);
    let rebound = app.http.post(format!("{}/graphql", app.url)).header("host", "evil.example");
    let response = rebound.json(&json!({ "query": "{ accounts { totalCount } }" })).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn nobody_starts_with_a_key_that_does_not_open_what_is_stored() {
    let mut app = TestApp::start(Backend::Sqlite).await.unwrap();
    app.bind(1).await;
    app.stop_service().await;
    let key = app.directory.path().join("secret.key");
    let right = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let refused = app.try_to_start().await.unwrap_err();
    assert!(refused.contains("--secret-key (ODAESAN_SECRET_KEY)"), "{refused}");
    std::fs::write(&key, right).unwrap();
    app.start_service().await;
}
