//! The service as a whole: builds every part from the settings, mounts the doors, and stops them together.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use sea_orm::DatabaseConnection;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::Access;
use crate::config::{RestStatus, Serve};
use crate::domain::keyword_rules::CompiledRules;
use crate::domain::{Context, credentials, deliveries, media};
use crate::error::{Error, chain};
use crate::rest::{self, StatusPolicy};
use crate::storage::Storage;
use crate::{database, demo, idempotency, jobs, secrets, storage, telemetry, wechat};

mod article_page;
mod doors;
mod files;
mod health;
mod layers;
mod origin;
mod page;
mod public;
mod webhook;

pub use doors::{Operations, RestOptions, adapter};

/// Requests in flight and jobs may take this long after the stop.
const GRACE: Duration = Duration::from_secs(25);

/// Why the service did not start, in one line.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Two settings contradict each other.
    #[error("{0}")]
    Setting(String),
    /// The data directory cannot be used.
    #[error("--data-dir (ODAESAN_DATA_DIR): {0}")]
    DataDirectory(#[source] std::io::Error),
    /// The key cannot be used.
    #[error("--secret-key (ODAESAN_SECRET_KEY): {0}")]
    Key(#[from] secrets::Error),
    /// The database cannot be reached or migrated.
    #[error("--database-url (DATABASE_URL): {0}")]
    Database(#[from] database::ConnectError),
    /// The database cannot be read.
    #[error("{}", chain(.0))]
    Core(#[from] Error),
    /// The address of the service cannot be bound.
    #[error("--listen (ODAESAN_LISTEN) {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The address of the simulator cannot be bound.
    #[error("--sandbox-listen (ODAESAN_SANDBOX_LISTEN) {address}: {source}")]
    Simulator {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The client of WeChat cannot be made.
    #[error("--wechat-url (ODAESAN_WECHAT_URL): {0}")]
    Wechat(#[from] wechat::BuildError),
    /// The storage of files cannot be used.
    #[error("--storage-url (ODAESAN_STORAGE_URL): {0}")]
    StorageUrl(#[from] storage::OpenError),
    /// The storage of files does not work.
    #[error("--storage-url (ODAESAN_STORAGE_URL): {}", chain(.0))]
    Storage(#[from] storage::Error),
    /// A route document contradicts the schema.
    #[error("{0}")]
    Routes(#[from] rest::Problem),
    /// The demo account could not be made.
    #[error("the demo account could not be made: {0}")]
    Demo(String),
}

/// The service, ready to run: its database is migrated and its address taken.
pub struct Application {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    context: Context,
    runs_jobs: bool,
    upkeep: Duration,
    sandbox: Option<sandbox::Sandbox>,
    stop: CancellationToken,
}

impl Application {
    /// Builds every part. Nothing is served yet. Errors: the setting at fault.
    pub async fn build(settings: &Serve) -> Result<Self, StartError> {
        settings.check().map_err(StartError::Setting)?;
        settings.make_data_dir().map_err(StartError::DataDirectory)?;
        let sealer = settings.sealer()?;
        let listener = TcpListener::bind(settings.listen)
            .await
            .map_err(|source| StartError::Listen { address: settings.listen, source })?;
        let address =
            listener.local_addr().map_err(|source| StartError::Listen { address: settings.listen, source })?;
        let sandbox = if settings.sandbox { Some(bind_sandbox(settings).await?) } else { None };
        let metrics = telemetry::metrics();
        let storage = Storage::open(&settings.data.storage_url())?;
        storage.check().await?;
        // After everything that can be wrong without it: it is changed by the migrations.
        let database = open_database(settings).await?;
        credentials::check_sealer(&database, &sealer).await?;

        let context = Context {
            database: database.clone(),
            wechat: wechat_client(settings, sandbox.as_ref())?,
            sealer,
            storage,
            upload_limits: upload_limits(settings),
            public_url: public_url(settings, address).into(),
            time_zone: settings.time_zone,
            work: Arc::new(Notify::new()),
            mass_status_after: Duration::from_secs(settings.mass_status_after),
            rules: CompiledRules::default(),
            recorder: deliveries::Recorder::new(database.clone()),
        };
        let access = Access::new(database.clone(), settings.auth_required());
        let stop = CancellationToken::new();
        let schema = doors::schema(settings, &context);
        let files = public::file_router(context.clone());
        let operations = Operations::new(schema.clone(), context.clone(), files.clone());
        let status = match settings.rest_status {
            RestStatus::Ok => StatusPolicy::EnvelopeOnly,
            RestStatus::Mirror => StatusPolicy::Mirror,
        };
        let chosen = RestOptions {
            status,
            groups_as_objects: settings.rest_groups_as_objects,
            max_json_bytes: settings.limits.body_bytes,
            max_upload_bytes: settings.uploads.largest(),
        };
        let adapter = doors::adapter(operations, chosen).await?;
        let gate = doors::Caller::new(access.clone(), context.clone());
        let idempotency = idempotency::Store::new(database.clone());
        let origins = origin::Policy::new(settings);
        let sandbox_address = sandbox.as_ref().map(sandbox::Sandbox::address);
        let router = Router::new()
            .merge(doors::rest_router(&adapter, &access, &idempotency, status, &origins))
            .merge(doors::graphql_router(schema, gate, settings, &access, &idempotency, &stop))
            .merge(health::router(health::Health { context: context.clone(), metrics, access, sandbox_address }))
            .merge(files)
            .merge(public::page_router(context.clone(), settings.time_zone))
            .merge(webhook::router(context.clone(), Duration::from_secs(settings.webhook_window)))
            .merge(page::router());
        let router = layers::wrap(router, settings, origins);
        let upkeep = Duration::from_secs(settings.upkeep_seconds);
        Ok(Self { listener, address, router, context, runs_jobs: !settings.no_jobs, upkeep, sandbox, stop })
    }

    /// Where it listens, with the port that port 0 became.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the simulator listens, if it was asked for.
    pub fn sandbox_address(&self) -> Option<SocketAddr> {
        self.sandbox.as_ref().map(sandbox::Sandbox::address)
    }

    /// Serves until `stop`: then takes no more connections, finishes the requests in flight, hands the jobs back, and
    /// returns within 30 seconds. `ready` is called once requests are answered, with the demo account's id if there is
    /// one.
    pub async fn run(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
        ready: impl FnOnce(Option<String>),
    ) -> Result<(), StartError> {
        let tasks = TaskTracker::new();
        let stopping = self.stop.clone();
        tasks.spawn(async move {
            stop.await;
            tracing::info!("stopping");
            stopping.cancel();
        });
        let sandbox_address = self.sandbox_address();
        // The simulator outlives the service, whose last calls it answers.
        let sandbox_stop = CancellationToken::new();
        if let Some(sandbox) = self.sandbox {
            let stopped = sandbox_stop.clone().cancelled_owned();
            tokio::spawn(async move {
                if let Err(error) = sandbox.run(stopped).await {
                    tracing::error!(%error, "the simulator ended");
                }
            });
        }
        let listener = self.listener.tap_io(|connection| {
            if let Err(error) = connection.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY could not be set");
            }
        });
        let serving = axum::serve(listener, self.router).with_graceful_shutdown(self.stop.clone().cancelled_owned());
        tasks.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the service ended");
            }
        });
        let demo = match sandbox_address {
            Some(address) => Some(demo::prepare(&self.context, address, self.address).await.map_err(StartError::Demo)?),
            None => None,
        };
        if self.runs_jobs {
            tasks.spawn(jobs::work(self.context.clone(), self.upkeep, self.stop.clone()));
        }
        tracing::info!(http.address = %self.address, "serving");
        ready(demo);

        self.stop.cancelled().await;
        tasks.close();
        if tokio::time::timeout(GRACE, tasks.wait()).await.is_err() {
            tracing::warn!(grace_seconds = GRACE.as_secs(), "requests in flight did not end in time and were cut off");
        }
        sandbox_stop.cancel();
        if let Err(error) = self.context.database.close().await {
            tracing::warn!(%error, "the database was not closed");
        }
        tracing::info!("stopped");
        Ok(())
    }
}

fn upload_limits(settings: &Serve) -> media::Limits {
    let uploads = &settings.uploads;
    media::Limits { image: uploads.image_bytes, voice: uploads.voice_bytes, video: uploads.video_bytes }
}

async fn open_database(settings: &Serve) -> Result<DatabaseConnection, StartError> {
    let url = settings.data.database_url().map_err(StartError::DataDirectory)?;
    database::migrate(&url).await?;
    Ok(database::connect(&url, settings.data.database_connections).await.map_err(database::ConnectError::from)?)
}

async fn bind_sandbox(settings: &Serve) -> Result<sandbox::Sandbox, StartError> {
    let simulator = &settings.simulator;
    let config = sandbox::Config {
        listen: simulator.sandbox_listen,
        finish_after: Duration::from_millis(simulator.sandbox_finish_ms),
    };
    sandbox::Sandbox::bind(config)
        .await
        .map_err(|source| StartError::Simulator { address: simulator.sandbox_listen, source })
}

fn wechat_client(settings: &Serve, sandbox: Option<&sandbox::Sandbox>) -> Result<wechat::Client, StartError> {
    let base_url = match sandbox {
        Some(sandbox) => demo::base_url(sandbox.address()),
        None => settings.wechat_url.clone(),
    };
    let timeout = Duration::from_secs(settings.wechat_timeout);
    let mut client = wechat::Settings::new(base_url);
    client.read_timeout = timeout;
    client.attempt_timeout = client.attempt_timeout.max(timeout);
    Ok(wechat::Client::new(client)?)
}

fn public_url(settings: &Serve, address: SocketAddr) -> String {
    match &settings.public_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => format!("http://{address}"),
    }
}
