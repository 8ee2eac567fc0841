//! `kill -9` of the program, at every step of a mass send.
//!
//! One death hits many mass sends, each of another account and at another point: WeChat holds its answers back, so that all
//! workers are in the middle of a call when the program dies. Then another one starts, and goes on when the leases of the
//! dead have run out.

use std::time::Duration;

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::oracle::Verdict;
use super::sender::{Audience, Material, STATUS, Sender};
use crate::copies::{DRAFT, MATERIAL};
use crate::support::process::Process;
use crate::support::{Backend, TestApp};
use Audience::{Big, One, Three, Two, Whole};
use Material::{News, Text};

/// So long WeChat holds its answers back: until everybody waits for one, and the program is dead.
const HOLD_MS: u64 = 20_000;

/// A wait that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(120);

const PREPARING: &str = "kill -9 while it prepares";
const SUBMITTING: &str = "kill -9 while it submits";
const WAITING: &str = "kill -9 while it waits or asks for the report";
const AGAIN_AND_AGAIN: &str = "kill -9 three times in a row";

/// Who, which call, whether WeChat carries it out, how many calls pass first, and whether an earlier one was lost. Two of
/// them in each round: so many workers prepare.
const PREPARATIONS: [(Audience, &str, bool, u64, bool); 10] = [
    (Three, DRAFT, true, 0, false),
    (Two, MATERIAL, true, 0, false),
    (Big, DRAFT, true, 1, false),
    (Whole, DRAFT, false, 0, true),
    (Two, DRAFT, false, 0, false),
    (One, DRAFT, true, 0, false),
    (Three, MATERIAL, false, 0, true),
    (Whole, MATERIAL, false, 0, false),
    (Big, DRAFT, false, 2, false),
    (Two, DRAFT, true, 0, true),
];

/// The same of submissions, four in each round; what is sent in place of the call, which is the audience's.
const SUBMISSIONS: [(Audience, Material, bool, u64, bool); 20] = [
    (Three, Text, true, 0, false),
    (Whole, Text, true, 0, false),
    (One, Text, true, 0, false),
    (Two, News, false, 0, false),
    (Big, Text, true, 2, false),
    (Three, News, true, 0, false),
    (Two, Text, false, 0, true),
    (One, News, false, 0, false),
    (Whole, News, true, 0, true),
    (Three, Text, false, 0, false),
    (Two, Text, true, 0, true),
    (Whole, Text, false, 0, false),
    (Big, News, false, 1, false),
    (Two, News, true, 0, true),
    (Three, News, false, 0, true),
    (One, Text, false, 0, false),
    (Whole, News, false, 0, false),
    (Three, Text, true, 0, true),
    (Two, News, true, 0, false),
    (Three, News, true, 0, true),
];

/// What asks for its report, one in each round, and whether an earlier question was lost.
const REPORTS: [(Audience, Material, bool); 5] =
    [(Three, Text, false), (Whole, News, false), (Two, Text, true), (Two, News, false), (Whole, Text, true)];

/// What waits: for a worker that submits, or for one that prepares.
const WAITERS: [(Audience, Material); 5] = [(Two, Text), (Three, News), (Whole, Text), (Two, News), (One, Text)];

type Results = Vec<(&'static str, Verdict)>;

pub(super) async fn runs(backend: Backend) -> Results {
    let rounds = match backend {
        Backend::Sqlite if super::is_full() => 0..REPORTS.len(),
        Backend::Sqlite => 2..3,
        Backend::Postgres => 0..1,
        Backend::MariaDb => 1..2,
    };
    let (rounds, in_a_row) = join(join_all(rounds.map(|number| round(backend, number))), in_a_row(backend)).await;
    rounds.into_iter().flatten().chain(in_a_row).collect()
}

/// A process that serves this test's database and simulator. It waits for WeChat longer than WeChat holds back.
pub(super) async fn serve(app: &mut TestApp) -> Process {
    let mut flags = app.serve_flags();
    flags.extend(["--wechat-timeout", "60", "--mass-status-after", "1"].map(str::to_owned));
    let mut process = Process::serve(&flags);
    app.url = process.address("Odaesan serves ").await;
    process
}

/// A mass send that is to be held at a point.
struct Held {
    cell: &'static str,
    sender: Sender,
    material: Material,
    faults: Vec<Value>,
    id: String,
}

impl Held {
    async fn new(
        app: &TestApp,
        number: usize,
        (cell, audience, material): (&'static str, Audience, Material),
        held: Option<(&str, bool, u64, bool)>,
    ) -> Self {
        let mut faults = Vec::new();
        if let Some((path, executes, after, is_repeated)) = held {
            if is_repeated {
                faults.push(json!({ "path": path, "drop": true, "executes": executes, "after": after, "times": 1 }));
            }
            let after = if is_repeated { 0 } else { after };
            faults.push(json!({ "path": path, "delay_ms": HOLD_MS, "executes": executes, "after": after, "times": 1 }));
        }
        Self { cell, sender: Sender::bind(app, number, audience).await, material, faults, id: String::new() }
    }

    async fn start(&mut self, app: &TestApp) {
        for fault in &self.faults {
            self.sender.fault(app, fault.clone()).await;
        }
        self.id = self.sender.start(app, self.material).await;
    }

    /// Waits until WeChat holds its answer back.
    async fn wait_until_held(&self, app: &TestApp) {
        let deadline = Instant::now() + PATIENCE;
        while !self.sender.faults(app).await.is_empty() {
            assert!(Instant::now() < deadline, "it did not come that far: {:?}", self.faults);
            self.sender.hurry(app, &self.id).await;
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

async fn round(backend: Backend, number: usize) -> Results {
    let Some(mut app) = TestApp::without_service(backend).await else { return Vec::new() };
    let process = serve(&mut app).await;
    let (audience, material, lost) = REPORTS[number];
    let mut all = vec![((WAITING, audience, material), Some((STATUS, false, 0, lost)))];
    for (audience, material, executes, after, lost) in &SUBMISSIONS[4 * number..4 * (number + 1)] {
        let held = (audience.path(), *executes, *after, *lost);
        all.push(((SUBMITTING, *audience, *material), Some(held)));
    }
    let (audience, material) = WAITERS[number];
    all.push(((WAITING, audience, material), None));
    for (audience, path, executes, after, lost) in &PREPARATIONS[2 * number..2 * (number + 1)] {
        all.push(((PREPARING, *audience, News), Some((*path, *executes, *after, *lost))));
    }
    let held = all.into_iter().enumerate().map(|(number, (send, held))| Held::new(&app, number, send, held));
    let mut held: Vec<Held> = join_all(held).await;
    // In the order in which they take the workers away from those that come later.
    for stretch in [0..1, 1..5, 5..8] {
        for send in &mut held[stretch.clone()] {
            send.start(&app).await;
        }
        join_all(held[stretch].iter().map(|send| send.wait_until_held(&app))).await;
    }
    process.kill();
    app.heal().await;
    let _process = serve(&mut app).await;
    ended(&app, &mut held).await
}

async fn ended(app: &TestApp, held: &mut [Held]) -> Results {
    let ended = held.iter_mut().map(async |send| (send.cell, send.sender.ended(app, &send.id, 0).await));
    join_all(ended).await
}

/// Ten mass sends through three deaths: the first of them may die three times.
async fn in_a_row(backend: Backend) -> Results {
    let Some(mut app) = TestApp::without_service(backend).await else { return Vec::new() };
    let mut process = serve(&mut app).await;
    let mut held = Vec::new();
    for (number, (audience, material, executes, _, _)) in SUBMISSIONS.into_iter().step_by(2).enumerate() {
        let audience = if audience == Big { Three } else { audience };
        let mut send = Held::new(&app, number, (AGAIN_AND_AGAIN, audience, material), None).await;
        // Long enough to die in.
        let slow = |path: &str| json!({ "path": path, "delay_ms": 400, "executes": executes, "times": 1_000 });
        send.faults = vec![slow(audience.path()), slow(DRAFT)];
        held.push(send);
    }
    for send in &mut held {
        send.start(&app).await;
    }
    for made in [1, 2, 4] {
        app.wait_for_calls(super::sender::SEND, made).await;
        process.kill();
        process = serve(&mut app).await;
    }
    let results = ended(&app, &mut held).await;
    drop(process);
    results
}
