//! The settings: one field, one flag, one environment variable, one unit, one default each.
//!
//! Nothing else reads the environment. `odaesan serve --help` prints all of this.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use reqwest::Url;
use secrecy::SecretString;

use crate::secrets::{self, Sealer};

/// Where the data lives.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Data")]
pub struct Data {
    /// Directory of the embedded database, of the key file and of the files; made when missing
    #[arg(long, global = true, env = "ODAESAN_DATA_DIR", value_name = "DIRECTORY", default_value = "./data")]
    pub data_dir: PathBuf,

    /// Database: sqlite:, postgres: or mysql: [default: sqlite://odaesan.db in the data directory]
    #[arg(long, global = true, env = "DATABASE_URL", value_name = "URL", hide_env_values = true, value_parser = database_url)]
    pub database_url: Option<String>,

    /// Most connections to the database that this process opens
    #[arg(long, global = true, env = "ODAESAN_DATABASE_CONNECTIONS", value_name = "NUMBER", default_value_t = 10,
          value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub database_connections: u32,

    /// Storage of files: fs:DIRECTORY, s3://BUCKET/PREFIX, cos:// or oss:// [default: files in the data directory]
    #[arg(long, global = true, env = "ODAESAN_STORAGE_URL", value_name = "URL", hide_env_values = true)]
    pub storage_url: Option<String>,
}

impl Data {
    /// The database's address. Makes the data directory where the embedded database is to live in it.
    pub fn database_url(&self) -> std::io::Result<String> {
        if let Some(url) = &self.database_url {
            return Ok(url.clone());
        }
        std::fs::create_dir_all(&self.data_dir)?;
        Ok(format!("sqlite://{}?mode=rwc", self.data_dir.join("odaesan.db").display()))
    }
}

impl Data {
    /// The storage's address.
    pub fn storage_url(&self) -> String {
        match &self.storage_url {
            Some(url) => url.clone(),
            None => format!("fs:{}", self.data_dir.join("files").display()),
        }
    }
}

/// Whether callers must show an API token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Auth {
    /// Anybody who reaches the service may do everything
    Off,
    /// An API token is needed
    Required,
}

/// What HTTP status a documented REST route answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RestStatus {
    /// 200 for every answer, as legacy clients expect
    Ok,
    /// The envelope's code
    Mirror,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// The migrations and the driver say in many lines what the service says in one.
const DEFAULT_LOG: &str = "info,sea_orm_migration=warn,sqlx=warn";

/// What is logged, and how.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Log")]
pub struct Log {
    /// What is logged: error, warn, info, debug, trace, or a filter such as info,odaesan::wechat=debug
    #[arg(long, global = true, env = "ODAESAN_LOG", value_name = "FILTER", default_value = DEFAULT_LOG,
          value_parser = log_filter)]
    pub log: String,

    /// How log lines look
    #[arg(long, global = true, env = "ODAESAN_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// Settings of the service.
#[derive(Clone, Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    #[allow(missing_docs, reason = "the group documents itself")]
    pub data: Data,

    /// Address of the service
    #[arg(
        long,
        env = "ODAESAN_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080",
        help_heading = "HTTP"
    )]
    pub listen: SocketAddr,

    /// Prefix of every URL that is handed out [default: http:// and the address of the service]
    #[arg(long, env = "ODAESAN_PUBLIC_URL", value_name = "URL", value_parser = http_url, help_heading = "HTTP")]
    pub public_url: Option<Url>,

    /// Origins of browser frontends that may call, scheme, host and port, separated by commas
    #[arg(long, env = "ODAESAN_CORS_ORIGINS", value_name = "ORIGINS", value_delimiter = ',', value_parser = origin,
          help_heading = "HTTP")]
    pub cors_origins: Vec<String>,

    /// HTTP status of documented REST routes
    #[arg(long, env = "ODAESAN_REST_STATUS", value_name = "STATUS", default_value = "ok", help_heading = "HTTP")]
    pub rest_status: RestStatus,

    /// Answer GET /v1/{infoId}/user/groups/{id} with objects ([{"group_id":"100"}]), as the replaced service did
    #[arg(long, env = "ODAESAN_REST_GROUPS_AS_OBJECTS", help_heading = "HTTP",
          value_parser = clap::builder::BoolishValueParser::new())]
    pub rest_groups_as_objects: bool,

    /// Whether callers must show an API token [default: off on a loopback address, required on any other]
    #[arg(long, env = "ODAESAN_AUTH", value_name = "AUTH", help_heading = "Access")]
    pub auth: Option<Auth>,

    /// Allow --auth off on an address that others can reach
    #[arg(long, help_heading = "Access")]
    pub i_know_this_is_open: bool,

    /// Key that encrypts app secrets at rest: 32 bytes in base64 [default: the file secret.key in the data directory]
    #[arg(long, env = "ODAESAN_SECRET_KEY", value_name = "KEY", hide_env_values = true, help_heading = "Access")]
    pub secret_key: Option<SecretString>,

    /// WeChat's API
    #[arg(long, env = "ODAESAN_WECHAT_URL", value_name = "URL", default_value = "https://api.weixin.qq.com",
          value_parser = http_url, help_heading = "WeChat")]
    pub wechat_url: Url,

    /// Longest wait for one answer of WeChat, in seconds; uploads take as long as their size needs
    #[arg(long, env = "ODAESAN_WECHAT_TIMEOUT", value_name = "SECONDS", default_value_t = 15,
          value_parser = clap::value_parser!(u64).range(1..=300), help_heading = "WeChat")]
    pub wechat_timeout: u64,

    /// How far the timestamp of a delivery to the webhook may be from this server's clock, in seconds
    #[arg(long, env = "ODAESAN_WEBHOOK_WINDOW", value_name = "SECONDS", default_value_t = 300,
          value_parser = clap::value_parser!(u64).range(1..=86_400), help_heading = "WeChat")]
    pub webhook_window: u64,

    /// How long after WeChat took a mass send it is asked how it ended, unless it reported before, in seconds
    #[arg(long, env = "ODAESAN_MASS_STATUS_AFTER", value_name = "SECONDS", default_value_t = 600,
          value_parser = clap::value_parser!(u64).range(1..=86_400), help_heading = "WeChat")]
    pub mass_status_after: u64,

    /// Also start the simulator of WeChat, use it instead of WeChat, and bind a demo account with followers
    #[arg(long, help_heading = "WeChat")]
    pub sandbox: bool,

    #[command(flatten)]
    #[allow(missing_docs, reason = "the group documents itself")]
    pub simulator: Simulator,

    /// Time zone of days and dates
    #[arg(
        long,
        env = "ODAESAN_TIME_ZONE",
        value_name = "ZONE",
        default_value = "Asia/Shanghai",
        help_heading = "HTTP"
    )]
    pub time_zone: chrono_tz::Tz,

    /// Run no jobs in this process; another one must
    #[arg(long, env = "ODAESAN_NO_JOBS", help_heading = "Jobs", value_parser = clap::builder::BoolishValueParser::new())]
    pub no_jobs: bool,

    /// How often WeChat's copies are looked after and files that nothing needs are swept, in seconds
    #[arg(long, env = "ODAESAN_UPKEEP_SECONDS", value_name = "SECONDS", default_value_t = 300,
          value_parser = clap::value_parser!(u64).range(1..=21_600), help_heading = "Jobs")]
    pub upkeep_seconds: u64,

    #[command(flatten)]
    #[allow(missing_docs, reason = "the group documents itself")]
    pub uploads: Uploads,

    #[command(flatten)]
    #[allow(missing_docs, reason = "the group documents itself")]
    pub limits: Limits,
}

impl Serve {
    /// Whether callers must show an API token.
    pub fn auth_required(&self) -> bool {
        match self.auth {
            Some(auth) => auth == Auth::Required,
            None => !self.listen.ip().is_loopback(),
        }
    }

    /// Errors: the sentence that stops the start, where two settings contradict each other.
    pub fn check(&self) -> Result<(), String> {
        if !self.auth_required() && !self.listen.ip().is_loopback() && !self.i_know_this_is_open {
            return Err(format!(
                "--auth off on {} would let anybody who reaches it do everything; add --i-know-this-is-open if you mean it",
                self.listen
            ));
        }
        Ok(())
    }

    /// Makes the data directory, where the key, the embedded database or the files are to live in it.
    pub fn make_data_dir(&self) -> std::io::Result<()> {
        match (&self.secret_key, &self.data.database_url, &self.data.storage_url) {
            (Some(_), Some(_), Some(_)) => Ok(()),
            _ => std::fs::create_dir_all(&self.data.data_dir),
        }
    }

    /// Opens the key. Makes the key file in the data directory, which must be there, where no key is set.
    pub fn sealer(&self) -> Result<Sealer, secrets::Error> {
        match &self.secret_key {
            Some(key) => Sealer::from_base64(key),
            None => Sealer::from_file(&self.data.data_dir.join("secret.key")),
        }
    }
}

/// Settings of the simulator.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Simulator")]
pub struct Simulator {
    /// Address of the simulator
    #[arg(long, env = "ODAESAN_SANDBOX_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    pub sandbox_listen: SocketAddr,

    /// How long after a mass send the simulator reports its end, in milliseconds
    #[arg(long, env = "ODAESAN_SANDBOX_FINISH_MS", value_name = "MILLISECONDS", default_value_t = 500)]
    pub sandbox_finish_ms: u64,
}

/// How large uploads may be.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Uploads")]
pub struct Uploads {
    /// Size of an image, in bytes
    #[arg(long, env = "ODAESAN_IMAGE_BYTES", value_name = "BYTES", default_value_t = 1024 * 1024,
          value_parser = file_bytes())]
    pub image_bytes: u64,

    /// Size of a voice, in bytes
    #[arg(long, env = "ODAESAN_VOICE_BYTES", value_name = "BYTES", default_value_t = 2 * 1024 * 1024,
          value_parser = file_bytes())]
    pub voice_bytes: u64,

    /// Size of a video, in bytes
    #[arg(long, env = "ODAESAN_VIDEO_BYTES", value_name = "BYTES", default_value_t = 10 * 1024 * 1024,
          value_parser = file_bytes())]
    pub video_bytes: u64,
}

impl Uploads {
    /// The largest of them.
    pub fn largest(&self) -> u64 {
        self.image_bytes.max(self.voice_bytes).max(self.video_bytes)
    }
}

/// A gigabyte is more than WeChat takes of anything.
fn file_bytes() -> clap::builder::RangedU64ValueParser<u64> {
    clap::builder::RangedU64ValueParser::new().range(1..=1 << 30)
}

/// How much one GraphQL request may ask for.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "GraphQL limits")]
pub struct Limits {
    /// Levels of nested fields
    #[arg(long, env = "ODAESAN_GRAPHQL_DEPTH", value_name = "LEVELS", default_value_t = 12, value_parser = at_least_one())]
    pub graphql_depth: usize,

    /// Sum of the fields' costs, lists times their size
    #[arg(long, env = "ODAESAN_GRAPHQL_COMPLEXITY", value_name = "COST", default_value_t = 5_000, value_parser = at_least_one())]
    pub graphql_complexity: usize,

    /// Aliases
    #[arg(long, env = "ODAESAN_GRAPHQL_ALIASES", value_name = "NUMBER", default_value_t = 100, value_parser = at_least_one())]
    pub graphql_aliases: usize,

    /// Directives
    #[arg(long, env = "ODAESAN_GRAPHQL_DIRECTIVES", value_name = "NUMBER", default_value_t = 50, value_parser = at_least_one())]
    pub graphql_directives: usize,

    /// Fragment spreads, after expansion
    #[arg(long, env = "ODAESAN_GRAPHQL_SPREADS", value_name = "NUMBER", default_value_t = 200, value_parser = at_least_one())]
    pub graphql_spreads: usize,

    /// Operations in a batch
    #[arg(long, env = "ODAESAN_GRAPHQL_BATCH", value_name = "NUMBER", default_value_t = 10, value_parser = at_least_one())]
    pub graphql_batch: usize,

    /// Size of a request's body without uploads, in bytes; also of a REST request
    #[arg(long, env = "ODAESAN_BODY_BYTES", value_name = "BYTES", default_value_t = 2 * 1024 * 1024,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1_024..))]
    pub body_bytes: usize,

    /// Time for one operation, in seconds
    #[arg(long, env = "ODAESAN_GRAPHQL_SECONDS", value_name = "SECONDS", default_value_t = 10,
          value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub graphql_seconds: u64,
}

fn at_least_one() -> clap::builder::RangedU64ValueParser<usize> {
    clap::builder::RangedU64ValueParser::new().range(1..)
}

fn http_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("must start with http:// or https:// and name a host".into());
    }
    Ok(url)
}

/// An empty one stands for none, as a variable that is set to nothing does.
fn origin(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    let url = http_url(text.trim())?;
    let origin = url.origin().ascii_serialization();
    if origin != text.trim().trim_end_matches('/') {
        return Err(format!("an origin has no path; did you mean {origin}?"));
    }
    Ok(origin)
}

fn database_url(text: &str) -> Result<String, String> {
    match text.split_once(':') {
        Some(("sqlite" | "postgres" | "postgresql" | "mysql", _)) => Ok(text.to_owned()),
        // Not the text itself: it may hold a password.
        _ => Err("must start with sqlite:, postgres: or mysql:".into()),
    }
}

fn log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
mod tests {
    use super::*;

    #[test]
    fn origins_have_no_path() {
        assert_eq!(origin("https://app.example.com").unwrap(), "https://app.example.com");
        assert_eq!(origin("http://localhost:5173/").unwrap(), "http://localhost:5173");
        assert!(origin("https://app.example.com/admin").is_err());
        assert!(origin("app.example.com").is_err());
        assert!(origin("*").is_err());
    }

    #[test]
    fn a_wrong_database_is_refused_without_its_password() {
        assert!(!database_url("mongodb://root:secret@host").unwrap_err().contains("secret"));
        assert!(database_url("sqlite::memory:").is_ok());
    }
}
