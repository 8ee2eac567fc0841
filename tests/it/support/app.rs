//! A running service with its simulator, and a client's view of both.

use std::time::Duration;

use clap::Parser as _;
use odaesan::config::Serve;
use odaesan::server::Application;
use reqwest::{Method, RequestBuilder, Url};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::database::{Backend, TestDatabase};

/// App id of the account that [`TestApp::bind`] makes.
pub(crate) const APP_ID: &str = "wx0123456789abcdef";

/// A wait that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Settings, read like a command line's.
#[derive(clap::Parser)]
struct Settings {
    #[command(flatten)]
    serve: Serve,
}

/// A service, its database and its simulator.
pub(crate) struct TestApp {
    /// `http://127.0.0.1:PORT` of the service.
    pub(crate) url: String,
    /// `http://127.0.0.1:PORT` of the simulator.
    pub(crate) sandbox: String,
    pub(crate) http: reqwest::Client,
    pub(crate) directory: TempDir,
    flags: Vec<String>,
    running: Option<(CancellationToken, JoinHandle<()>)>,
    sandbox_stop: CancellationToken,
    // Dropped last: nobody may be connected.
    pub(crate) database: TestDatabase,
}

impl TestApp {
    /// `None` where the database cannot be had.
    pub(crate) async fn start(backend: Backend) -> Option<Self> {
        Self::start_with(backend, &[]).await
    }

    /// With more flags of `odaesan serve`.
    pub(crate) async fn start_with(backend: Backend, flags: &[&str]) -> Option<Self> {
        let mut app = Self::without_service(backend).await?;
        app.flags = flags.iter().map(ToString::to_string).collect();
        app.start_service().await;
        Some(app)
    }

    /// Starts the service again, with these flags and no others.
    pub(crate) async fn restart_with(&mut self, flags: &[&str]) {
        self.stop_service().await;
        self.flags = flags.iter().map(ToString::to_string).collect();
        self.start_service().await;
    }

    /// Everything but the service, for tests that run the program itself.
    pub(crate) async fn without_service(backend: Backend) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let database = TestDatabase::create(backend, &directory).await?;
        let config = sandbox::Config { listen: ([127, 0, 0, 1], 0).into(), ..sandbox::Config::default() };
        let simulator = sandbox::Sandbox::bind(config).await.unwrap();
        let sandbox = format!("http://{}", simulator.address());
        // After the simulator, which has chosen the process's TLS provider.
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        let sandbox_stop = CancellationToken::new();
        let stopped = sandbox_stop.clone().cancelled_owned();
        tokio::spawn(async move { simulator.run(stopped).await.unwrap() });
        Some(Self {
            url: String::new(),
            sandbox,
            http,
            directory,
            flags: Vec::new(),
            running: None,
            sandbox_stop,
            database,
        })
    }

    /// The flags of `odaesan serve` for this database and simulator; the address is any free one.
    pub(crate) fn serve_flags(&self) -> Vec<String> {
        let mut flags: Vec<String> = [
            ("--listen", "127.0.0.1:0"),
            ("--data-dir", self.directory.path().to_str().unwrap()),
            ("--database-url", &self.database.url),
            ("--wechat-url", &self.sandbox),
        ]
        .into_iter()
        .flat_map(|(flag, value)| [flag.to_owned(), value.to_owned()])
        .collect();
        flags.extend(self.flags.iter().cloned());
        flags
    }

    /// Starts the service, again after [`TestApp::stop_service`].
    pub(crate) async fn start_service(&mut self) {
        let application = Application::build(&self.settings()).await.unwrap();
        self.url = format!("http://{}", application.address());
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let (ready, is_ready) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(async move {
            application.run(stopped, |_demo| ready.send(()).unwrap()).await.unwrap();
        });
        is_ready.await.unwrap();
        self.running = Some((stop, task));
    }

    /// What the service says when it does not start.
    pub(crate) async fn try_to_start(&self) -> Result<(), String> {
        Application::build(&self.settings()).await.map(drop).map_err(|error| error.to_string())
    }

    fn settings(&self) -> Serve {
        Settings::parse_from(std::iter::once("odaesan".to_owned()).chain(self.serve_flags())).serve
    }

    /// Stops the service as SIGTERM does, and waits until it has.
    pub(crate) async fn stop_service(&mut self) {
        let (stop, task) = self.running.take().unwrap();
        stop.cancel();
        task.await.unwrap();
    }

    // --- GraphQL ---

    /// Executes an operation and returns the whole response.
    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        self.json(self.http.post(format!("{}/graphql", self.url)).json(&body)).await
    }

    /// Executes an operation that must succeed and returns its data.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let mut response = self.graphql(query, variables).await;
        assert!(response.get("errors").is_none(), "{query}\n{response:#}");
        response["data"].take()
    }

    /// Executes an operation that must fail, and returns its first error's code.
    pub(crate) async fn error(&self, query: &str, variables: Value) -> Value {
        let mut response = self.graphql(query, variables).await;
        assert!(response["errors"][0].is_object(), "{query}\n{response:#}");
        response["errors"][0].take()
    }

    // --- REST ---

    /// A request of the documented REST API; `path` without `/v1`.
    pub(crate) fn rest(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/v1{path}", self.url))
    }

    /// `GET`, and the envelope.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.json(self.rest(Method::GET, path)).await
    }

    /// `POST` of JSON, and the envelope.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.json(self.rest(Method::POST, path).json(&body)).await
    }

    /// `PUT` of JSON, and the envelope.
    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        self.json(self.rest(Method::PUT, path).json(&body)).await
    }

    /// `DELETE`, and the envelope.
    pub(crate) async fn delete(&self, path: &str) -> Value {
        self.json(self.rest(Method::DELETE, path)).await
    }

    /// Sends a request and reads the answer as JSON, in the order of its members.
    pub(crate) async fn json(&self, request: RequestBuilder) -> Value {
        let response = request.send().await.unwrap();
        let text = response.text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    // --- the simulator ---

    /// A call of the simulator's control API; `path` without `/_control`.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/_control{path}", self.sandbox);
        let request = self.http.request(method, Url::parse(&url).unwrap());
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {} {}", response.status(), response.text().await.unwrap());
        serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null)
    }

    /// Gives the simulated account so many more followers.
    pub(crate) async fn add_followers(&self, count: u64) {
        self.control(Method::POST, &format!("/{APP_ID}/followers"), json!({ "count": count })).await;
    }

    /// Makes the next `times` calls of an endpoint fail.
    pub(crate) async fn fault(&self, fault: Value) {
        self.control(Method::POST, "/faults", fault).await;
    }

    /// How often an endpoint was called.
    pub(crate) async fn calls(&self, path: &str) -> u64 {
        self.control(Method::GET, "/counts", Value::Null).await[path].as_u64().unwrap_or(0)
    }

    // --- an account to work with ---

    /// Binds an account and fills in its credentials; the first fetches of the menu and the followers have ended. Returns
    /// its id.
    pub(crate) async fn bind(&self, followers: u64) -> String {
        self.add_followers(followers).await;
        let id = self.bind_only("gh_0123456789ab").await;
        let answer = self.post("/bind/fillin", json!({ "id": id, "app_id": APP_ID, "app_secret": "sandbox" })).await;
        assert_eq!(answer, json!({ "code": 200, "message": "OK", "data": null }));
        self.wait_for_job_of(&id, "menu_fetch", has_ended).await;
        self.wait_until_idle(&id).await;
        id
    }

    /// Binds an account that has no credentials. Returns its id.
    pub(crate) async fn bind_only(&self, weixin_id: &str) -> String {
        let answer = self.post("/bind", json!({ "weixin_id": weixin_id })).await;
        assert_eq!(answer["code"], 200, "{answer}");
        answer["data"]["id"].as_str().unwrap().to_owned()
    }

    /// Waits until the demo account of `--sandbox` is there and its followers are fetched.
    pub(crate) async fn demo_is_fetched(&self) {
        let id = self.bind_only("gh_odaesan_demo").await;
        self.wait_until_idle(&id).await;
    }

    /// Openids of the first followers in the list of a group.
    pub(crate) async fn openids(&self, account: &str, group: &str, count: u64) -> Vec<String> {
        let answer = self.get(&format!("/{account}/user?group={group}&size={count}")).await;
        let users = answer["data"]["user"].as_array().unwrap_or_else(|| panic!("{answer}"));
        users.iter().map(|user| user["openid"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until the account's newest fetch of followers has ended, and returns its job.
    pub(crate) async fn wait_until_idle(&self, account: &str) -> Value {
        self.wait_for_job(account, has_ended).await
    }

    /// Waits until the account's newest fetch of followers satisfies `is`, and returns its job.
    pub(crate) async fn wait_for_job(&self, account: &str, is: impl Fn(&Value) -> bool) -> Value {
        self.wait_for_job_of(account, "follower_fetch", is).await
    }

    /// Waits until no job of the account waits or runs.
    pub(crate) async fn wait_for_all_jobs(&self, account: &str) {
        let query = "query ($id: ID!) { account(id: $id) { jobs(first: 100) { nodes { name state } } } }";
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let data = self.data(query, json!({ "id": account })).await;
            let jobs = data["account"]["jobs"]["nodes"].as_array().unwrap();
            if jobs.iter().all(has_ended) {
                return;
            }
            assert!(tokio::time::Instant::now() < deadline, "the jobs do not end: {jobs:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the account's newest job of this name satisfies `is`, and returns it.
    pub(crate) async fn wait_for_job_of(&self, account: &str, name: &str, is: impl Fn(&Value) -> bool) -> Value {
        let query = "query ($id: ID!) { account(id: $id) { jobs(first: 100) { nodes {
            id name state done total skipped failures lastError finishedAt } } } }";
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let mut data = self.data(query, json!({ "id": account })).await;
            let jobs = data["account"]["jobs"]["nodes"].take();
            let job = jobs.as_array().unwrap().iter().find(|job| job["name"] == name);
            if let Some(job) = job
                && is(job)
            {
                return job.clone();
            }
            assert!(tokio::time::Instant::now() < deadline, "the job {name} did not come that far: {jobs:#}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Whether a job neither waits nor runs.
fn has_ended(job: &Value) -> bool {
    !matches!(job["state"].as_str(), Some("QUEUED" | "RUNNING"))
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some((stop, task)) = self.running.take() {
            stop.cancel();
            task.abort();
        }
        self.sandbox_stop.cancel();
    }
}
