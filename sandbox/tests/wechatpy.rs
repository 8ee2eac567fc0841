//! The real Python SDK wechatpy, unchanged but for its base URL, against a running simulator.
//!
//! `ODAESAN_TEST_PYTHON` names an interpreter that can import `wechatpy` (1.8.18 with its `cryptography` extra);
//! without one the test is skipped and says so.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::process::{Command, Output};

use sandbox::{Config, Sandbox};
use tokio::{sync::oneshot, task::spawn_blocking};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wechatpy/conversation.py");

async fn run(python: &str, arguments: &[&str]) -> std::io::Result<Output> {
    let mut command = Command::new(python);
    command.args(arguments).env("NO_PROXY", "*");
    spawn_blocking(move || command.output()).await?
}

/// Why wechatpy cannot be used with this interpreter.
async fn problem(python: &str) -> Option<String> {
    match run(python, &["-c", "import wechatpy, wechatpy.crypto"]).await {
        Ok(output) if output.status.success() => None,
        Ok(output) => String::from_utf8_lossy(&output.stderr).lines().last().map(str::to_owned),
        Err(error) => Some(error.to_string()),
    }
}

#[tokio::test]
async fn wechatpy_works_against_the_simulator() {
    let Ok(python) = std::env::var("ODAESAN_TEST_PYTHON") else {
        eprintln!("skipped: ODAESAN_TEST_PYTHON is not set");
        return;
    };
    if let Some(problem) = problem(&python).await {
        eprintln!("skipped: {python}: {problem}");
        return;
    }
    let config = Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::default() };
    let sandbox = Sandbox::bind(config).await.unwrap();
    let base = format!("http://{}/", sandbox.address());
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(sandbox.run(async { drop(stopped.await) }));
    let output = run(&python, &[SCRIPT, &base]).await.unwrap();
    drop(stop);
    running.await.unwrap().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert_eq!(stdout.lines().last(), Some("every part passed"), "{stdout}\n{stderr}");
}
