//! How much a company's server takes: the real program in a process of its own on loopback, on either
//! database as an operator has it, durable. What is measured, and what came out, stands in
//! docs/performance.md.
//!
//! What lives here: the company, its phones, the counting and the table. What never does: a shortcut into
//! the server, and an assertion on a time.

mod company;
mod database;
mod day;
mod error;
mod facts;
mod fill;
mod ground;
mod latencies;
mod ledger;
mod night;
mod phone;
mod pull;
mod report;
mod shipments;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use saldo_sync_bench::error::BenchError;

use error::OfficeError;
use ground::Ground;

/// Measures how much a company's server takes. Without --minutes in short: seconds for each measure and a
/// log of 200,000 entries.
#[derive(Debug, Parser)]
#[command(name = "office_bench")]
struct Args {
    /// The database under the server
    #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
    database: Engine,
    /// A PostgreSQL server where databases `saldo_bench_...` may be made [default: one of its own, durable,
    /// that is removed]
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Only these measures [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Measure>,
    /// Whole: so many minutes of facts and verdicts, and a log of 5,000,000 entries
    #[arg(long)]
    minutes: Option<u64>,
    /// Requests at the same time, where it is not said by the measure
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// The program to measure [default: `saldo` beside this program]
    #[arg(long, value_name = "PROGRAM")]
    saldo: Option<PathBuf>,
    /// Where databases are made; the imported company is left there and used again [default: a temporary
    /// folder that is removed]
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// A database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    Sqlite,
    Postgres,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// Judged facts a second
    Facts,
    /// Verdicts on shipments for the ledger, 300 a second
    Verdict,
    /// 20 changes out of a long log
    Pull,
    /// The night's jobs of 50,000 clients
    Night,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "office_bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), OfficeError> {
    let temporary = tempfile::tempdir().map_err(BenchError::io("a temporary folder"))?;
    let ground = Ground::prepare(args, temporary.path())?;
    let wants = |measure| args.only.is_empty() || args.only.contains(&measure);
    let time = args
        .minutes
        .map_or(Duration::from_secs(20), |minutes| Duration::from_secs(minutes.saturating_mul(60)));
    let entries = if args.minutes.is_some() { 5_000_000 } else { 200_000 };
    report::line(&format!("database: {:?}", args.database));
    if wants(Measure::Night) {
        night::measure(&ground)?;
    }
    if wants(Measure::Facts) {
        facts::measure(&ground, time, args.clients)?;
    }
    if wants(Measure::Verdict) {
        shipments::measure(&ground, time)?;
    }
    if wants(Measure::Pull) {
        pull::measure(&ground, entries, args.clients.min(4))?;
    }
    Ok(())
}
