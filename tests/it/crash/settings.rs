//! Wrong settings: each stops the start with one line that names it.

use std::net::TcpListener;
use std::process::Output;

use crate::support::process::{finish, program};

/// A wrong setting.
struct Wrong {
    flags: Vec<String>,
    environment: Vec<(&'static str, String)>,
    /// What the line has to contain: the setting's names.
    names: &'static [&'static str],
    /// What it must not contain.
    secret: Option<&'static str>,
}

fn by_flag(flags: &[&str], names: &'static [&'static str]) -> Wrong {
    let flags = flags.iter().map(ToString::to_string).collect();
    Wrong { flags, environment: Vec::new(), names, secret: None }
}

fn by_variable(name: &'static str, value: &str, names: &'static [&'static str]) -> Wrong {
    Wrong { flags: Vec::new(), environment: vec![(name, value.to_owned())], names, secret: None }
}

impl Wrong {
    fn without(self, secret: &'static str) -> Self {
        Self { secret: Some(secret), ..self }
    }
}

/// Runs `odaesan serve` with it, on a free port and an empty directory.
async fn start(wrong: &Wrong) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let mut arguments = vec!["serve".to_owned(), "--data-dir".to_owned(), directory.path().display().to_string()];
    let names_address = wrong.flags.iter().any(|flag| flag == "--listen")
        || wrong.environment.iter().any(|(name, _)| *name == "ODAESAN_LISTEN");
    if !names_address {
        arguments.extend(["--listen".to_owned(), "127.0.0.1:0".to_owned()]);
    }
    arguments.extend(wrong.flags.iter().cloned());
    let mut command = program(arguments);
    command.envs(wrong.environment.iter().map(|(name, value)| (name, value)));
    finish(command).await
}

async fn assert_refused(cases: Vec<Wrong>) {
    let mut problems = Vec::new();
    for wrong in cases {
        let output = start(&wrong).await;
        let error = String::from_utf8(output.stderr).unwrap();
        let case = format!("{:?} {:?}", wrong.flags, wrong.environment);
        if output.status.code().is_none_or(|code| code == 0) {
            problems.push(format!("{case}: exit {:?}", output.status.code()));
        }
        if error.lines().count() != 1 {
            problems.push(format!("{case}: not one line:\n{error}"));
        }
        for name in wrong.names.iter().filter(|name| !error.contains(**name)) {
            problems.push(format!("{case}: does not name {name}: {error}"));
        }
        if wrong.secret.is_some_and(|secret| error.contains(secret)) {
            problems.push(format!("{case}: shows a secret: {error}"));
        }
        if !output.stdout.is_empty() {
            problems.push(format!("{case}: standard output {:?}", String::from_utf8_lossy(&output.stdout)));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn a_value_of_the_wrong_form_is_named() {
    assert_refused(vec![
        by_flag(&["--listen", "nonsense"], &["--listen", "ODAESAN_LISTEN", "nonsense"]),
        by_variable("ODAESAN_LISTEN", "nonsense", &["ODAESAN_LISTEN", "nonsense"]),
        by_variable("ODAESAN_LISTEN", "", &["ODAESAN_LISTEN"]),
        by_flag(&["--listen", "127.0.0.1:99999"], &["ODAESAN_LISTEN", "99999"]),
        by_variable("DATABASE_URL", "mongodb://root:hunter2@x", &["DATABASE_URL"]).without("hunter2"),
        by_flag(&["--database-url", "hunter2"], &["--database-url", "DATABASE_URL"]).without("hunter2"),
        by_variable("ODAESAN_DATABASE_CONNECTIONS", "0", &["ODAESAN_DATABASE_CONNECTIONS", "0"]),
        by_variable("ODAESAN_PUBLIC_URL", "example.com", &["ODAESAN_PUBLIC_URL", "example.com"]),
        by_variable("ODAESAN_WECHAT_URL", "ftp://x", &["ODAESAN_WECHAT_URL", "ftp://x"]),
        by_variable("ODAESAN_WECHAT_TIMEOUT", "soon", &["ODAESAN_WECHAT_TIMEOUT", "soon"]),
        by_variable("ODAESAN_CORS_ORIGINS", "*", &["ODAESAN_CORS_ORIGINS"]),
        by_variable("ODAESAN_REST_STATUS", "maybe", &["ODAESAN_REST_STATUS", "maybe"]),
        by_variable("ODAESAN_AUTH", "perhaps", &["ODAESAN_AUTH", "perhaps"]),
        by_variable("ODAESAN_NO_JOBS", "some", &["ODAESAN_NO_JOBS", "some"]),
        by_variable("ODAESAN_GRAPHQL_DEPTH", "-1", &["ODAESAN_GRAPHQL_DEPTH"]),
        by_variable("ODAESAN_LOG", "((", &["ODAESAN_LOG"]),
        by_variable("ODAESAN_LOG_FORMAT", "xml", &["ODAESAN_LOG_FORMAT", "xml"]),
        by_variable("ODAESAN_TIME_ZONE", "Shanghai", &["--time-zone", "ODAESAN_TIME_ZONE", "Shanghai"]),
        by_variable("ODAESAN_TIME_ZONE", "", &["ODAESAN_TIME_ZONE"]),
        by_flag(&["--time-zone", "+08:00"], &["--time-zone", "+08:00"]),
        by_variable("ODAESAN_IMAGE_BYTES", "1MB", &["ODAESAN_IMAGE_BYTES", "1MB"]),
        by_variable("ODAESAN_VOICE_BYTES", "0", &["ODAESAN_VOICE_BYTES", "0"]),
        by_variable("ODAESAN_VIDEO_BYTES", "99999999999", &["ODAESAN_VIDEO_BYTES", "99999999999"]),
        by_variable("ODAESAN_UPKEEP_SECONDS", "0", &["ODAESAN_UPKEEP_SECONDS", "0"]),
        by_variable("ODAESAN_SANDBOX_LISTEN", "8081", &["ODAESAN_SANDBOX_LISTEN", "8081"]),
        by_flag(&["--no-such-flag"], &["--no-such-flag"]),
        by_flag(&["--listen"], &["--listen"]),
        by_flag(&["surplus"], &["surplus"]),
    ])
    .await;
}

#[tokio::test]
async fn a_value_that_cannot_be_used_is_named() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let held = holder.local_addr().unwrap().to_string();
    // Port 1 is nobody's.
    let nobody = "postgres://odaesan:hunter2@127.0.0.1:1/odaesan";
    let in_the_way = tempfile::NamedTempFile::new().unwrap();
    let mut port_in_use = by_flag(&["--listen"], &["--listen", "ODAESAN_LISTEN", "in use"]);
    port_in_use.flags.push(held.clone());
    let mut sandbox_port = by_flag(&["--sandbox", "--sandbox-listen"], &["ODAESAN_SANDBOX_LISTEN", "in use"]);
    sandbox_port.flags.push(held);
    assert_refused(vec![
        by_variable("ODAESAN_SECRET_KEY", "hunter2", &["ODAESAN_SECRET_KEY"]).without("hunter2"),
        by_variable("ODAESAN_SECRET_KEY", "", &["ODAESAN_SECRET_KEY"]),
        by_flag(&["--listen", "0.0.0.0:0", "--auth", "off"], &["--auth", "0.0.0.0", "--i-know-this-is-open"]),
        by_flag(&["--listen", "192.0.2.1:0"], &["--listen", "ODAESAN_LISTEN", "192.0.2.1"]),
        by_variable("DATABASE_URL", nobody, &["DATABASE_URL"]).without("hunter2"),
        by_variable("DATABASE_URL", "sqlite:///nowhere/at/all.db?mode=rwc", &["DATABASE_URL"]),
        by_variable("DATABASE_URL", "postgres://", &["DATABASE_URL"]),
        port_in_use,
        sandbox_port,
    ])
    .await;
    // Not in the table, whose rows have a directory that can be used.
    let mut command = program(["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
    command.arg(in_the_way.path());
    let output = finish(command).await;
    let error = String::from_utf8(output.stderr).unwrap();
    assert_ne!(output.status.code(), Some(0));
    assert!(error.lines().count() == 1 && error.contains("ODAESAN_DATA_DIR"), "{error}");
}

const STORAGE: &[&str] = &["--storage-url", "ODAESAN_STORAGE_URL"];

fn storage(url: &str) -> Wrong {
    by_variable("ODAESAN_STORAGE_URL", url, STORAGE)
}

/// The address of a storage may hold a password wherever something is wrong with it.
#[tokio::test]
async fn a_storage_that_cannot_be_used_is_named_without_its_secrets() {
    let in_the_way = tempfile::NamedTempFile::new().unwrap();
    let below_a_file = format!("fs:{}/files", in_the_way.path().display());
    let keys = "access_key_id=AKIDEXAMPLE&secret_access_key=hunter2";
    let with_keys = |address: &str| storage(&format!("{address}{keys}")).without("hunter2");
    assert_refused(vec![
        storage(""),
        storage("hunter2").without("hunter2"),
        storage("files"),
        storage("/var/lib/hunter2").without("hunter2"),
        storage("ftp://odaesan:hunter2@127.0.0.1/files").without("hunter2"),
        storage("file:///tmp/hunter2").without("hunter2"),
        storage("fs:"),
        storage(&below_a_file),
        storage("fs:/proc/odaesan"),
        with_keys("s3://?"),
        with_keys("s3:///prefix?"),
        with_keys("s3://a?"),
        with_keys("s3://bucket?region=&"),
        with_keys("s3://bucket?endpoint=nonsense&"),
        with_keys("s3://bucket?speed=fast&"),
        with_keys("cos://bucket?"),
        with_keys("oss://bucket?"),
        storage("s3://AKIDEXAMPLE:hunter2@bucket?region=eu-central-1").without("hunter2"),
        storage("s3://bucket?region=eu-central-1&secret_access_key=hunter2").without("hunter2"),
        storage("s3://bucket?region=eu-central-1&access_key_id=AKIDEXAMPLE&secret_access_key=a&hunter2")
            .without("hunter2"),
        storage("s3://bucket?region=eu-central-1&secret_access_key=a#hunter2").without("hunter2"),
    ])
    .await;
}

/// Nobody listens at port 1: the start proves that files can be kept, and does not wait for the first upload.
#[tokio::test]
async fn a_storage_out_of_reach_stops_the_start() {
    let nobody =
        "s3://bucket?region=eu-central-1&endpoint=http://127.0.0.1:1&access_key_id=A&secret_access_key=hunter2";
    let mut out_of_reach = storage(nobody).without("hunter2");
    // It is tried several times, which is logged.
    out_of_reach.environment.push(("ODAESAN_LOG", "error".into()));
    assert_refused(vec![out_of_reach]).await;
}

#[tokio::test]
async fn flags_win_over_the_environment() {
    let mut wrong = by_flag(&["--listen", "nonsense"], &["nonsense"]);
    wrong.environment.push(("ODAESAN_LISTEN", "127.0.0.1:0".into()));
    assert_refused(vec![wrong]).await;
}

#[tokio::test]
async fn the_help_lists_every_setting() {
    let output = finish(program(["serve", "--help"])).await;
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8(output.stdout).unwrap();
    let settings = [
        "DATABASE_URL",
        "ODAESAN_DATA_DIR",
        "ODAESAN_LISTEN",
        "ODAESAN_PUBLIC_URL",
        "ODAESAN_WECHAT_URL",
        "ODAESAN_SECRET_KEY",
        "ODAESAN_CORS_ORIGINS",
        "ODAESAN_STORAGE_URL",
        "ODAESAN_TIME_ZONE",
        "ODAESAN_IMAGE_BYTES",
        "ODAESAN_VOICE_BYTES",
        "ODAESAN_VIDEO_BYTES",
        "ODAESAN_UPKEEP_SECONDS",
        "ODAESAN_SANDBOX_LISTEN",
        "ODAESAN_LOG",
        "ODAESAN_LOG_FORMAT",
    ];
    let missing: Vec<_> = settings
        .iter()
        .filter(|name| !["=", "]"].iter().any(|end| help.contains(&format!("[env: {name}{end}"))))
        .collect();
    assert!(missing.is_empty(), "serve --help is the full list, and lacks {missing:?}");
}

#[tokio::test]
async fn the_log_can_be_set_where_the_command_stands() {
    for arguments in [["--log", "warn", "schema"], ["schema", "--log", "warn"]] {
        let output = finish(program(arguments)).await;
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    // Without a command, serve is meant; here it stops at its wrong address.
    let output = finish(program(["--log", "warn", "--listen", "nonsense"])).await;
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("--listen (ODAESAN_LISTEN)"), "{error}");
}
