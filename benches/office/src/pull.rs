//! A pull out of a long log: phones that are a few changes behind ask what is new. Answers are the same
//! each time, for the phones take no note of them; the server notes every such visit.

use std::rc::Rc;
use std::time::Instant;

use saldo_core::wire::{LARGEST_UNPACKED_BYTES, SyncResponse, unpack};
use saldo_sync_bench::figures::{bytes, millis};
use saldo_sync_bench::line::{Line, sync_request};
use saldo_sync_bench::process::Server;
use tokio::task::LocalSet;

use crate::error::{OfficeError, expect};
use crate::ground::Ground;
use crate::latencies::{Latencies, a_second};
use crate::{fill, phone, report};

/// How far behind a phone is.
const BEHIND: usize = 20;
/// What 99 of 100 pulls are to stay under, in microseconds.
const TARGET_MICROS: u64 = 20_000;
/// How often each of the 500 phones asks in each part.
const TIMES: usize = 4;

/// Measures one after the other, then so many at once.
pub(crate) fn measure(ground: &Ground, entries: u64, lines: usize) -> Result<(), OfficeError> {
    let database = ground.after_the_night("pull")?;
    report::progress(&format!("filling the log with {entries} entries"));
    ground.wait(fill::log(&database, entries))?;
    let rows = ground.wait(database.count("select count(*) from log where seq is not null"))?;
    let requests = ground.wait(async {
        let phones = phone::all(&database, BEHIND).await?;
        phones.iter().map(phone::Phone::ask).collect::<Result<Vec<_>, OfficeError>>()
    })?;
    let server = ground.serve(&database)?;
    let address = server.address();
    let requests: Rc<Vec<Vec<u8>>> =
        Rc::new(requests.iter().map(|body| sync_request(address, body)).collect());
    report::progress("the phones ask");
    report::head("pull: 20 changes out of a long log");
    report::told("numbered entries of the log", &rows.to_string());
    for lines in [1, lines] {
        let cpu = server.cpu_micros();
        let started = Instant::now();
        let work = ask_all(&server, Rc::clone(&requests), lines);
        let asked = ground.wait(LocalSet::new().run_until(work))?;
        let elapsed = started.elapsed();
        let cpu = server.cpu_micros().saturating_sub(cpu) / asked.latencies.count().max(1);
        let count = asked.latencies.count();
        if lines == 1 {
            report::told("bytes of an answer", &bytes(asked.bytes / count.max(1)));
        }
        let what = |figure: &str| format!("{figure}, {lines} at once, {count} pulls");
        report::under(&what("pull, ms: p99"), TARGET_MICROS, asked.latencies.permille(990));
        let others = [500, 900, 1_000].map(|permille| millis(asked.latencies.permille(permille)));
        report::told(&what("pull, ms: p50, p90, longest"), &others.join(", "));
        report::told(&what("a second"), &a_second(count, elapsed).to_string());
        report::told(&what("server CPU ms each"), &millis(cpu));
    }
    server.stop()?;
    ground.wait(database.remove())
}

/// What was asked.
#[derive(Debug, Default)]
struct AskedAll {
    latencies: Latencies,
    bytes: u64,
}

async fn ask_all(
    server: &Server,
    requests: Rc<Vec<Vec<u8>>>,
    lines: usize,
) -> Result<AskedAll, OfficeError> {
    let address = server.address();
    let mut working = Vec::new();
    for first in 0..lines {
        let requests = Rc::clone(&requests);
        working.push(tokio::task::spawn_local(async move {
            let mut all = AskedAll::default();
            let mut line = Line::to(address).await?;
            for number in (first..requests.len() * TIMES).step_by(lines) {
                let Some(request) = requests.get(number % requests.len()) else { break };
                let asked_at = Instant::now();
                let answer = line.exchange(request).await?;
                all.latencies.add_since(asked_at);
                all.bytes += answer.len() as u64;
                is_behind(&unpack(&answer, LARGEST_UNPACKED_BYTES)?)?;
            }
            Ok::<AskedAll, OfficeError>(all)
        }));
    }
    let mut all = AskedAll::default();
    for one in working {
        let asked = one.await.map_err(|error| OfficeError::CutOff(error.to_string()))??;
        all.latencies.extend(asked.latencies);
        all.bytes += asked.bytes;
    }
    Ok(all)
}

/// An answer with fewer changes would be measured for nothing.
fn is_behind(told: &SyncResponse) -> Result<(), OfficeError> {
    let changes = told.rows.len() + told.bundles.len();
    expect("changes in an answer", BEHIND as u64, changes as u64)?;
    expect("cards in an answer", fill::CARDS_OF_A_TERRITORY as u64, told.bundles.len() as u64)
}
