//! How phones and server sync: real processes over HTTP on loopback, bytes and round trips counted by
//! a proxy between them. What is measured, and what came out, stands in docs/performance.md.
//!
//! What lives here: the workload, the processes, the counting and the table. What never does: a
//! shortcut into the server or the phone, and an assertion on a time.

mod bare;
mod company;
mod crowd;
mod exchange;
mod handset;
mod memory;
mod peers;
mod phone;
mod proxy;
mod table;
mod targets;
mod template;
mod workload;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use saldo_sync_bench::{error, figures, line, process};

use crowd::Many;
use error::BenchError;
use exchange::Measured;
use targets::Results;
use template::{Ground, Reference};

/// Measures how phones and server sync.
#[derive(Debug, Parser)]
#[command(name = "sync_bench")]
struct Args {
    #[command(subcommand)]
    command: Option<Role>,
    #[command(flatten)]
    bench: BenchArgs,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// A phone in a process of its own; the bench starts these itself
    #[command(hide = true)]
    Phone(phone::PhoneArgs),
}

/// What is measured.
#[derive(Debug, clap::Args)]
struct BenchArgs {
    /// The program to measure [default: `saldo` beside this program]
    #[arg(long, value_name = "PROGRAM")]
    saldo: Option<PathBuf>,
    /// samod's side, built in benches/peers; left out when it is not there
    #[arg(long, value_name = "PROGRAM")]
    peers: Option<PathBuf>,
    /// Pairs of fresh processes a row
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Only these parts [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Days that come one after the other, each alone
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    alone: u16,
    /// Reps that send a day at the same moment
    #[arg(long, default_value_t = 96)]
    crowd: usize,
    /// For how long the server's memory is watched
    #[arg(long, default_value_t = 2)]
    memory_minutes: u64,
    /// Where databases and phones are made, and left to be looked at [default: a temporary folder
    /// that is removed]
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// A part of the bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// W1, W2 and W3
    Exchanges,
    /// samod's W1, W2 and W3, after ours
    Samod,
    /// A few changes among 5,000 documents
    Documents,
    /// W3: days that come one after the other to a server that runs
    Alone,
    /// W4: many phones at once
    Crowd,
    /// The server's memory over time
    Memory,
    /// The phone by itself
    Phone,
}

impl BenchArgs {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

fn main() -> ExitCode {
    let Args { command, bench } = Args::parse();
    let done = match command {
        Some(Role::Phone(args)) => phone::run(&args),
        None => run(&bench),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "sync_bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &BenchArgs) -> Result<(), BenchError> {
    let temporary = tempfile::tempdir().map_err(BenchError::io("a temporary folder"))?;
    let ground = ground(args, temporary.path())?;
    let mut results = Results::default();
    if [Part::Exchanges, Part::Samod, Part::Phone].into_iter().any(|part| args.wants(part)) {
        table::progress("the reference workload");
        let reference = ground.reference()?;
        table::progress("W1, W2, W3");
        results.saldo = exchange::all(&ground, &reference, args.rounds)?;
        table::exchanges("Saldo", &results.saldo);
        if args.wants(Part::Samod) {
            results.samod = beside(args, &ground, &reference)?;
        }
        if args.wants(Part::Phone) {
            table::progress("the phone by itself");
            let alone = handset::alone(&ground, &reference, &results.saldo, args.rounds)?;
            table::handset(&alone);
            results.handset = Some(alone);
        }
    }
    if args.wants(Part::Documents) {
        table::progress("a few changes among 5,000 documents");
        results.many = handset::among_many(&ground)?;
        table::exchanges("Saldo among 5,000 documents", &results.many);
    }
    if [Part::Alone, Part::Crowd, Part::Memory].into_iter().any(|part| args.wants(part)) {
        many_phones(args, &ground, &mut results)?;
    }
    targets::compare(&results);
    Ok(())
}

/// samod on the same documents, in the same run.
fn beside(
    args: &BenchArgs,
    ground: &Ground,
    reference: &Reference,
) -> Result<Vec<Measured>, BenchError> {
    let Some(peers) = args.peers.as_ref().filter(|peers| peers.exists()) else {
        table::line("\nsamod: SKIPPED, its side is not built (--peers PROGRAM; benches/sync/run)");
        return Ok(Vec::new());
    };
    table::progress("samod on the same documents");
    let measured = peers::samod(ground, peers, reference, args.rounds)?;
    table::exchanges("samod 0.16 on the same documents", &measured);
    Ok(measured)
}

fn many_phones(args: &BenchArgs, ground: &Ground, results: &mut Results) -> Result<(), BenchError> {
    table::progress("a company with many phones");
    let alone = if args.wants(Part::Alone) { usize::from(args.alone) } else { 0 };
    let at_once = args.wants(Part::Crowd) || args.wants(Part::Memory);
    let mut many = Many::make(ground, alone, if at_once { args.crowd } else { 0 })?;
    if args.wants(Part::Crowd) {
        table::progress("many phones at once");
        let crowd = many.measure(ground)?;
        table::crowd(&crowd);
        results.crowd = Some(crowd);
    }
    if args.wants(Part::Alone) {
        table::progress("days that come alone");
        let cpu_micros = many.measure_alone(ground)?;
        table::alone(&cpu_micros);
        results.lone_day_cpu_micros = Some(cpu_micros);
    }
    if args.wants(Part::Memory) {
        table::progress("the server's memory");
        let held = memory::watch(many, ground, args.memory_minutes)?;
        table::memory(args.memory_minutes, &held);
    }
    Ok(())
}

fn ground(args: &BenchArgs, temporary: &Path) -> Result<Ground, BenchError> {
    let bench = std::env::current_exe().map_err(BenchError::io("this program"))?;
    let saldo = args.saldo.clone().unwrap_or_else(|| bench.with_file_name("saldo"));
    if !saldo.exists() {
        return Err(BenchError::NotBuilt(saldo));
    }
    let folder = args.folder.clone().unwrap_or_else(|| temporary.to_owned());
    std::fs::create_dir_all(&folder).map_err(BenchError::io("the folder"))?;
    let runtime = tokio::runtime::Runtime::new().map_err(BenchError::io("the runtime"))?;
    Ok(Ground { saldo, bench, folder, runtime })
}
