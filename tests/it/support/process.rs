//! The program itself, as a child process: what only a real process can show, dying above all.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A start or an end that takes longer has failed: what the design promises for SIGTERM.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `odaesan serve`. It is killed with this value.
pub(crate) struct Process {
    child: Child,
    lines: mpsc::Receiver<String>,
}

/// The program with these arguments, and with nothing of the environment that it reads.
pub(crate) fn program<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_odaesan"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ODAESAN_") || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command to its end; one that goes on for too long is killed and fails the test.
pub(crate) async fn finish(mut command: Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (stdout, stderr) = (drain(child.stdout.take().unwrap()), drain(child.stderr.take().unwrap()));
    let status = wait(&mut child).await;
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

fn drain(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

async fn wait(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() >= deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the program did not end within {PATIENCE:?}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

impl Process {
    /// Starts `odaesan serve` with these flags.
    pub(crate) fn serve(flags: &[String]) -> Self {
        let mut command = program(std::iter::once("serve".to_owned()).chain(flags.iter().cloned()));
        command.env("ODAESAN_LOG", "warn").stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    /// The next line of standard output.
    pub(crate) async fn line(&mut self) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Ok(line) = self.lines.try_recv() {
                return line;
            }
            assert!(Instant::now() < deadline, "the program printed no such line");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The address in the line that begins with these words.
    pub(crate) async fn address(&mut self, words: &str) -> String {
        loop {
            let line = self.line().await;
            if let Some(address) = line.strip_prefix(words) {
                return address.trim().to_owned();
            }
        }
    }

    /// `kill -9`, and waits until it is dead.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM. Returns the exit code and how long it took.
    pub(crate) async fn terminate(mut self) -> (Option<i32>, Duration) {
        let started = Instant::now();
        let signalled = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(signalled.success());
        let status = wait(&mut self.child).await;
        (status.code(), started.elapsed())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail for one that has ended, as most have.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
