//! The sessions in the README, pasted into a shell, give what the README says.

use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;

use crate::support::{Backend, TestApp};

/// A command and what it prints. In the README, `…` stands for anything.
struct Step {
    command: String,
    prints: String,
}

fn steps() -> Vec<Step> {
    let readme = include_str!("../../README.md");
    let mut steps: Vec<Step> = Vec::new();
    for block in readme.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            match line.strip_prefix("$ ") {
                Some(command) => steps.push(Step { command: command.to_owned(), prints: String::new() }),
                None => steps.last_mut().unwrap().prints += &format!("{line}\n"),
            }
        }
    }
    steps
}

/// Whether `printed` is `told` with something in place of each `…`.
fn matches(told: &str, printed: &str) -> bool {
    let mut rest = printed;
    let mut pieces = told.split('…');
    let Some(after) = rest.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    rest = after;
    let pieces: Vec<_> = pieces.collect();
    for (number, piece) in pieces.iter().enumerate() {
        let last = number + 1 == pieces.len();
        let found = if last { rest.ends_with(piece).then(|| rest.len() - piece.len()) } else { rest.find(piece) };
        let Some(at) = found else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.is_empty()
}

/// An address that nobody listens on.
fn free_address() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[tokio::test]
async fn the_sessions_give_what_the_readme_says() {
    let simulator = free_address();
    let app = TestApp::start_with(Backend::Sqlite, &["--sandbox", "--sandbox-listen", &simulator]).await.unwrap();
    let steps = steps();
    assert!(steps.len() > 15);
    let script: String = steps
        .iter()
        .map(|step| {
            let command = step.command.replace("http://127.0.0.1:8080", &app.url).replace("127.0.0.1:8081", &simulator);
            format!("{command}\necho '=== end of step ==='\n")
        })
        .collect();
    // The demo's first fetch has ended by the time a person has typed.
    app.demo_is_fetched().await;
    let mut shell = tokio::process::Command::new("bash")
        .current_dir(app.directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    shell.stdin.take().unwrap().write_all(script.as_bytes()).await.unwrap();
    let output = shell.wait_with_output().await.unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed: Vec<_> = printed.split("=== end of step ===\n").collect();
    for (step, printed) in steps.iter().zip(printed) {
        assert!(matches(&step.prints, printed), "$ {}\nsays   {}\nprints {printed}", step.command, step.prints);
    }
}

#[test]
fn dots_stand_for_anything_and_nothing_else_does() {
    assert!(matches("a\n", "a\n"));
    assert!(matches("a…b…c", "a1b22c"));
    assert!(matches("…", "anything"));
    assert!(!matches("a…c", "abcd"));
    assert!(!matches("", "a"));
    assert!(!matches("a…", "ba"));
}
