//! `saldo policy`: check, show, compare, switch on and try out versions of the credit policy.

mod dry_run;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::Subcommand;
use saldo_core::policy::{Policy, changes};

use super::{CliError, DatabaseArgs, say};
use crate::clock::Clock;
use crate::flow::{Context, policy_change};
use crate::store::policies::{self, PolicyVersion};
use crate::sync::Sequencer;

/// What `saldo policy` takes.
#[derive(Debug, clap::Args)]
pub(super) struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// Show everything that is wrong with a policy's file: key, value and what is allowed
    Check {
        /// The policy
        file: PathBuf,
    },
    /// Print a version, to read or to edit
    Show(ShowArgs),
    /// List every version and since when it holds
    List(DatabaseArgs),
    /// Show where two policies differ, key by key, with the rule of each
    Diff(DiffArgs),
    /// Keep a policy as the next version, holding from a day
    Activate(ActivateArgs),
    /// Judge a period's orders and promises again by another policy; changes nothing
    DryRun(dry_run::DryRunArgs),
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// Which version; else the one in force
    #[arg(long)]
    version: Option<u32>,
    #[command(flatten)]
    db: DatabaseArgs,
}

#[derive(Debug, clap::Args)]
struct DiffArgs {
    /// A version's number, or a file
    before: String,
    /// A version's number, or a file
    after: String,
    #[command(flatten)]
    db: DatabaseArgs,
}

#[derive(Debug, clap::Args)]
struct ActivateArgs {
    /// The policy; the number of the version in it does not matter
    file: PathBuf,
    /// The first civil date on which it holds, such as 2027-01-01
    #[arg(long, value_name = "DATE")]
    from: NaiveDate,
    #[command(flatten)]
    db: DatabaseArgs,
}

pub(super) async fn run(args: PolicyArgs) -> Result<(), CliError> {
    match args.command {
        PolicyCommand::Check { file } => check(file),
        PolicyCommand::Show(args) => show(args).await,
        PolicyCommand::List(db) => list(&db).await,
        PolicyCommand::Diff(args) => diff(args).await,
        PolicyCommand::Activate(args) => activate(args).await,
        PolicyCommand::DryRun(args) => dry_run::run(args).await,
    }
}

fn check(file: PathBuf) -> Result<(), CliError> {
    read(&file)?;
    say(&format!("{}: nothing is wrong with it", file.display()));
    Ok(())
}

async fn show(args: ShowArgs) -> Result<(), CliError> {
    let db = args.db.open_existing().await?;
    let mut tx = db.begin_read().await?;
    let wanted = match args.version {
        Some(version) => version,
        None => Context::load(&mut tx, Clock::default().now()).await?.policy.version(),
    };
    let found = policies::by_version(&mut tx, wanted).await?;
    drop(tx);
    db.close().await;
    let version = found.ok_or(CliError::NoPolicyVersion(wanted))?;
    say(&format!("# version {wanted}, holds from {}", since(&version)));
    say(version.toml.trim_end());
    Ok(())
}

async fn list(db: &DatabaseArgs) -> Result<(), CliError> {
    let db = db.open_existing().await?;
    let mut tx = db.begin_read().await?;
    let context = Context::load(&mut tx, Clock::default().now()).await?;
    let all = policies::all(&mut tx).await?;
    drop(tx);
    db.close().await;
    say(&format!("{:>7}  {:<12} {:<17} {}", "version", "holds from", "switched on", "state"));
    for version in &all {
        let state = if version.version == context.policy.version() {
            "in force"
        } else if version.holds_from > context.today {
            "to come"
        } else {
            "past"
        };
        say(&format!(
            "{:>7}  {:<12} {:<17} {state}",
            version.version,
            since(version),
            version.activated_at.in_words(context.policy.time_zone())
        ));
    }
    Ok(())
}

/// The first version holds "since ever", which is no day that anybody means.
fn since(version: &PolicyVersion) -> String {
    if version.holds_from.to_string() == "1900-01-01" {
        "ever".to_owned()
    } else {
        version.holds_from.to_string()
    }
}

async fn diff(args: DiffArgs) -> Result<(), CliError> {
    let before = version_or_file(&args.before, &args.db).await?;
    let after = version_or_file(&args.after, &args.db).await?;
    let changes = changes(&before, &after)?;
    for one in &changes {
        let rule = if one.rule.is_empty() { String::new() } else { format!("  ({})", one.rule) };
        say(&format!("{}: {} -> {}{rule}", one.key, one.before, one.after));
    }
    if changes.is_empty() {
        say("no difference");
    }
    Ok(())
}

async fn version_or_file(name: &str, db: &DatabaseArgs) -> Result<Policy, CliError> {
    let Ok(number) = name.parse::<u32>() else { return read(Path::new(name)) };
    let db = db.open_existing().await?;
    let mut tx = db.begin_read().await?;
    let found = policies::by_version(&mut tx, number).await?;
    drop(tx);
    db.close().await;
    Ok(found.ok_or(CliError::NoPolicyVersion(number))?.read()?)
}

async fn activate(args: ActivateArgs) -> Result<(), CliError> {
    let policy = read(&args.file)?;
    let db = args.db.open_existing().await?;
    let mut tx = db.begin_write().await?;
    let done = policy_change::activate(&mut tx, policy, args.from, Clock::default().now()).await?;
    tx.commit().await?;
    Sequencer::default().run(&db).await?;
    db.close().await;
    let force = if done.in_force { ", is in force now and goes to the phones" } else { "" };
    say(&format!("version {} holds from {}{force}", done.version, args.from));
    if let Some((version, day)) = done.until {
        say(&format!("from {day} on version {version} holds, which was switched on before"));
    }
    Ok(())
}

/// The policy in a file; prints everything that is wrong with it.
fn read(file: &Path) -> Result<Policy, CliError> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| CliError::NotReadable { file: file.to_owned(), error })?;
    let errors = Policy::check(&text);
    for error in &errors {
        say(&error.to_string());
    }
    if !errors.is_empty() {
        return Err(CliError::WrongPolicy { file: file.to_owned(), count: errors.len() });
    }
    Ok(Policy::from_toml(&text)?)
}
