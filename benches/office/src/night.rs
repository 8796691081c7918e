//! The night's jobs of a company with 50,000 clients and 200,000 open invoices: the first night after the
//! ledger came, the next one, and the same date once more.

use std::time::Instant;

use chrono::Days;
use saldo_sync_bench::figures::millis;

use crate::error::{OfficeError, expect};
use crate::ground::Ground;
use crate::{company, report};

/// What a night is to stay under, in microseconds.
const TARGET_MICROS: u64 = 60_000_000;

/// Everything that a night writes gives one of these.
const WRITTEN: &str = "(select coalesce(max(id), 0) from log) + (select count(*) from task)";

/// The processor time of the programs that ran to their end, in microseconds: ticks of 10 ms.
fn children_cpu_micros() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold blanks: the 14th and 15th field of what is left.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(13).take(2);
    ticks.filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * 10_000
}

/// Measures three runs.
pub(crate) fn measure(ground: &Ground) -> Result<(), OfficeError> {
    let database = ground.before_the_night("night")?;
    let count = |query: &str| ground.wait(database.count(query));
    let clients = count("select count(*) from client")?;
    let open = count("select count(*) from invoice where open_minor > 0")?;
    report::head("night: the jobs of a night");
    report::told("clients", &clients.to_string());
    report::told("open invoices", &open.to_string());
    let today = company::today();
    let tomorrow = today + Days::new(1);
    let nights =
        [("the first night", today), ("the next night", tomorrow), ("that date again", tomorrow)];
    let mut details = Vec::new();
    for (name, date) in nights {
        report::progress(name);
        // Entries of the log are also dropped at night: what counts is what was written.
        let before = count(WRITTEN)?;
        let cpu = children_cpu_micros();
        let started = Instant::now();
        let said = ground.saldo(&database, &["jobs", "run", "--date", &date.to_string()])?;
        let elapsed = started.elapsed();
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        report::under(&format!("{name}, whole, ms"), TARGET_MICROS, micros);
        let cpu = children_cpu_micros().saturating_sub(cpu);
        report::told(&format!("{name}, CPU ms of the program"), &millis(cpu));
        let after = count(WRITTEN)?;
        if name == "that date again" {
            expect("entries and tasks of a date that was run", before, after)?;
        }
        details.push((name, said));
    }
    for (name, said) in details {
        report::line(&format!("\n{name}:\n\n```text\n{}```", said));
    }
    ground.wait(database.remove())
}
