//! Verdicts on shipments for the ledger: requests come at fixed times, whether the earlier ones were
//! answered or not, and each is counted from the time at which it was to be sent.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_sync_bench::error::BenchError;
use saldo_sync_bench::figures::millis;
use saldo_sync_bench::line::Line;
use tokio::task::LocalSet;
use tokio::time::Instant;
use uuid::Uuid;

use crate::error::OfficeError;
use crate::ground::Ground;
use crate::latencies::{Latencies, a_second};
use crate::ledger::{self, CLIENTS_OF_A_REP, REPS, SEED};
use crate::{company, report};

/// What 99 of 100 verdicts are to stay under, in microseconds.
const TARGET_MICROS: u64 = 20_000;
/// How many come in a second.
const A_SECOND: u32 = 300;
/// Those of the first seconds are not counted: connections and plans are made.
const WARM_UP: Duration = Duration::from_secs(3);
/// So long the ledger asks before that, so that the database knows that there are orders (`facts::BEFORE`).
const BEFORE: Duration = Duration::from_secs(3);

/// What was answered.
#[derive(Debug, Default)]
struct Answered {
    latencies: Latencies,
    outcomes: BTreeMap<String, u64>,
}

/// Measures for so long.
pub(crate) fn measure(ground: &Ground, time: Duration) -> Result<(), OfficeError> {
    let database = ground.after_the_night("verdict")?;
    let who = ["api-key", "create", "--person", company::DIRECTOR, "--name", "bench"];
    let key = match ground.saldo(&database, &who) {
        Ok(said) => key_in(&said),
        Err(OfficeError::Bench(BenchError::Failed { said, .. })) if said.contains("api-key") => {
            report::line("\nverdict: SKIPPED, this program has no api-key");
            return ground.wait(database.remove());
        }
        Err(error) => return Err(error),
    };
    let server = ground.serve(&database)?;
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    let mut requests = (0..).map(|number| request(&mut dice, server.address(), &key, number));
    let mut ask_for = |time| {
        let some = requests.by_ref().take(all_of(time) as usize).collect();
        ground.wait(LocalSet::new().run_until(ask(server.address(), some)))
    };
    report::progress("the ledger asks, uncounted");
    ask_for(BEFORE)?;
    ground.wait(database.settle())?;
    report::progress("the ledger asks");
    let (cpu, database_cpu) = (server.cpu_micros(), ground.wait(database.cpu_micros()));
    let started = Instant::now();
    let answered = ask_for(WARM_UP + time)?;
    let elapsed = started.elapsed();
    let count = answered.latencies.count();
    let each = |micros: u64| millis(micros / (count + all_of(WARM_UP)).max(1));
    let cpu = each(server.cpu_micros().saturating_sub(cpu));
    let database_cpu = each(ground.wait(database.cpu_micros()).saturating_sub(database_cpu));
    server.stop()?;
    report::head("verdict: shipments of the ledger, 300 a second");
    report::under("verdict, ms: p99", TARGET_MICROS, answered.latencies.permille(990));
    let others =
        [500, 900, 999, 1_000].map(|permille| millis(answered.latencies.permille(permille)));
    report::told("verdict, ms: p50, p90, p99.9, longest", &others.join(", "));
    report::told("verdicts", &count.to_string());
    let all = count + all_of(WARM_UP);
    report::told("answered a second", &a_second(all, elapsed).to_string());
    report::told("server CPU ms each", &cpu);
    report::told("PostgreSQL CPU ms each", &database_cpu);
    for (outcome, count) in answered.outcomes {
        report::told(&format!("answers: {outcome}"), &count.to_string());
    }
    ground.wait(database.remove())
}

fn all_of(time: Duration) -> u64 {
    time.as_secs() * u64::from(A_SECOND)
}

/// The key in what the command printed: its longest word.
fn key_in(said: &str) -> String {
    said.split_whitespace().max_by_key(|word| word.len()).unwrap_or_default().to_owned()
}

/// Sends requests at their times.
async fn ask(server: SocketAddr, requests: Vec<Vec<u8>>) -> Result<Answered, OfficeError> {
    let lines: Rc<RefCell<Vec<Line>>> = Rc::default();
    let every = Duration::from_secs(1) / A_SECOND;
    let began = Instant::now();
    let mut asked = Vec::new();
    for (number, request) in (0..).zip(requests) {
        let at = began + every * number;
        tokio::time::sleep_until(at).await;
        let lines = Rc::clone(&lines);
        asked.push(tokio::task::spawn_local(async move {
            let free = lines.borrow_mut().pop();
            let mut line = match free {
                Some(line) => line,
                None => Line::to(server).await?,
            };
            let answer = line.exchange(&request).await?;
            let took = at.elapsed();
            lines.borrow_mut().push(line);
            Ok::<_, OfficeError>((at.duration_since(began) >= WARM_UP, took, answer))
        }));
    }
    let mut all = Answered::default();
    for one in asked {
        let (counts, took, answer) =
            one.await.map_err(|error| OfficeError::CutOff(error.to_string()))??;
        if counts {
            all.latencies.add(took);
            *all.outcomes.entry(outcome_of(&answer)).or_default() += 1;
        }
    }
    Ok(all)
}

fn outcome_of(answer: &[u8]) -> String {
    let answer: serde_json::Value = serde_json::from_slice(answer).unwrap_or_default();
    let outcome = answer.pointer("/outcome").or_else(|| answer.pointer("/verdict/outcome"));
    outcome.and_then(serde_json::Value::as_str).unwrap_or("unknown").to_owned()
}

fn request(dice: &mut ChaCha8Rng, server: SocketAddr, key: &str, number: u64) -> Vec<u8> {
    let client = ledger::client_code(dice.random_range(0..REPS * CLIENTS_OF_A_REP));
    let amount = format!("{}.{:02}", dice.random_range(10..120), dice.random_range(0..100));
    let body = serde_json::json!({
        "client_code": client, "amount": amount, "deferral_days": 7,
    })
    .to_string();
    let id = Uuid::from_u128((0x7_u128 << 76) | (0x2 << 62) | u128::from(number));
    format!(
        "PUT /v1/shipments/{id} HTTP/1.1\r\nhost: {server}\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
