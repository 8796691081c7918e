//! `saldo backup` and `saldo restore`.

use std::path::PathBuf;

use super::{CliError, DatabaseArgs, say};
use crate::clock::Clock;
use crate::upkeep;

/// What `saldo backup` takes.
#[derive(Debug, clap::Args)]
pub(super) struct BackupArgs {
    /// Where the copy goes; nothing is overwritten
    #[arg(value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    db: DatabaseArgs,
}

/// What `saldo restore` takes.
#[derive(Debug, clap::Args)]
pub(super) struct RestoreArgs {
    /// The copy that `saldo backup` made
    #[arg(value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    db: DatabaseArgs,
}

/// What the operator must do where nothing could be carried over.
const BEFORE_WAS_UNREADABLE: &str = "what stood there before could not be read: shut out again whoever was shut out after the copy \
     was made (saldo person list, the console's page Phones), and erase again whose data were \
     erased, before you start the server";

const BACK_UP_POSTGRES: &str = "PostgreSQL is copied by its own programs, such as pg_dump or pg_basebackup (docs/operations.md)";

const RESTORE_POSTGRES: &str = "PostgreSQL is restored by its own programs; the server notices by itself \
     and every phone tells what it has (docs/operations.md)";

pub(super) async fn back_up(args: BackupArgs) -> Result<(), CliError> {
    args.db.file(BACK_UP_POSTGRES)?;
    let db = args.db.open_existing().await?;
    let made = upkeep::back_up(&db, &args.to).await;
    db.close().await;
    let made = made?;
    say(&format!("copied to {} ({} bytes), and proved whole", made.file.display(), made.bytes));
    say(&made.contents.to_string());
    Ok(())
}

pub(super) async fn restore(args: RestoreArgs) -> Result<(), CliError> {
    let file = args.db.file(RESTORE_POSTGRES)?;
    let restored = upkeep::restore(&args.from, &file, Clock::default().now()).await?;
    say(&format!("{} is back from {}", file.display(), args.from.display()));
    say(&restored.contents.to_string());
    if let Some(aside) = restored.moved_aside {
        say(&format!(
            "what stood there before is now {}: keep it until all is well",
            aside.display()
        ));
    }
    match restored.kept {
        Some(kept) => say(&format!(
            "{} phones, {} people and {} API keys stay shut out, the persons of {} clients stay erased",
            kept.shut_out.phones.len(),
            kept.shut_out.people.len(),
            kept.shut_out.keys.len(),
            kept.erased.len()
        )),
        None => say(BEFORE_WAS_UNREADABLE),
    }
    say("everybody signs in again; every phone tells what it has at its next sync");
    say("take the ledger files of the days since the copy in again: what is there is passed over");
    Ok(())
}
