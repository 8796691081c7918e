//! How phones and server sync: real processes over HTTP on loopback, bytes and round trips counted by
//! a proxy between them. What is measured, and what came out, stands in docs/performance.md.
//!
//! What lives here: the workload, the processes, the counting and the table. What never does: a
//! shortcut into the server or the phone, and an assertion on a time.

mod company;
mod error;
mod exchange;
mod figures;
mod phone;
mod process;
mod proxy;
mod table;
mod template;
mod workload;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use error::BenchError;
use template::Ground;

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
    /// Pairs of fresh processes a row
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Where databases and phones are made, and left to be looked at [default: a temporary folder
    /// that is removed]
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Args { command, bench } = Args::parse();
    let done = match command {
        Some(Role::Phone(args)) => phone::run(&args),
        None => run(bench),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "sync_bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: BenchArgs) -> Result<(), BenchError> {
    let bench = std::env::current_exe().map_err(BenchError::io("this program"))?;
    let saldo = args.saldo.unwrap_or_else(|| bench.with_file_name("saldo"));
    if !saldo.exists() {
        return Err(BenchError::NotBuilt(saldo));
    }
    let temporary = tempfile::tempdir().map_err(BenchError::io("a temporary folder"))?;
    let folder = args.folder.unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder).map_err(BenchError::io("the folder"))?;
    let runtime = tokio::runtime::Runtime::new().map_err(BenchError::io("the runtime"))?;
    let ground = Ground { saldo, bench, folder, runtime };

    table::progress("making the reference workload");
    let reference = ground.reference()?;
    table::progress("W1, W2, W3");
    let measured = exchange::all(&ground, &reference, args.rounds)?;
    table::exchanges("Saldo", &measured);
    Ok(())
}
