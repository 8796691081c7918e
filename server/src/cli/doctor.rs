//! `saldo doctor`: whether all is well, and what to do where it is not.

use super::{CliError, DatabaseArgs, say};
use crate::clock::Clock;
use crate::upkeep;

/// What `saldo doctor` takes.
#[derive(Debug, clap::Args)]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    db: DatabaseArgs,
}

/// Prints every finding.
///
/// # Errors
/// When something is not well, or the database cannot be read at all.
pub(super) async fn run(args: DoctorArgs) -> Result<(), CliError> {
    let db = args.db.open_existing().await?;
    let found = upkeep::examine(&db, Clock::default().now()).await;
    db.close().await;
    let findings = found?;
    for finding in &findings {
        say(&finding.to_string());
    }
    let ill = findings.iter().filter(|finding| finding.is_ill()).count();
    if ill == 0 { Ok(()) } else { Err(CliError::NotWell(ill)) }
}
