//! `saldo jobs`: the night's work, by hand.

use chrono::NaiveDate;
use clap::Subcommand;
use tokio::time::Instant;

use super::{CliError, DatabaseArgs, say};
use crate::clock::Clock;
use crate::jobs;
use crate::store::Work;
use crate::sync::Sequencer;

/// What `saldo jobs` takes.
#[derive(Debug, clap::Args)]
pub(super) struct JobsArgs {
    #[command(subcommand)]
    command: JobsCommand,
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// Run the night of a date: promises, ladder, tasks, stop lists; a second time changes nothing
    Run(RunArgs),
}

#[derive(Debug, clap::Args)]
struct RunArgs {
    /// The civil date (YYYY-MM-DD) at the company
    #[arg(long)]
    date: NaiveDate,
    #[command(flatten)]
    db: DatabaseArgs,
}

pub(super) async fn run(args: JobsArgs) -> Result<(), CliError> {
    let JobsCommand::Run(RunArgs { date, db }) = args.command;
    let db = db.open_existing().await?;
    let Some(claim) = db.claim(Work::Jobs).await? else { return Err(CliError::JobsAreRun) };
    let summary = jobs::run(&db, Clock::default().now(), date).await?;
    let before = Instant::now();
    // A server may run beside us, or not: either numbers what was written.
    Sequencer::default().run(&db).await?;
    let numbering = before.elapsed();
    // It holds a connection, and closing waits for every one.
    drop(claim);
    db.close().await;
    say(&summary.to_string());
    for (job, took) in summary.took.into_iter().chain([("numbering", numbering)]) {
        say(&format!("{:>9.1} s  {job}", took.as_secs_f64()));
    }
    Ok(())
}
