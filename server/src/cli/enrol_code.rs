//! `saldo enrol-code`: lets a phone in.

use super::{CliError, DatabaseArgs, person, say};
use crate::auth::{EnrolmentCode, enrolment};
use crate::clock::Clock;
use crate::store::security;

/// What `saldo enrol-code` takes.
#[derive(Debug, clap::Args)]
pub(super) struct EnrolCodeArgs {
    /// Whose phone
    login: String,
    #[command(flatten)]
    db: DatabaseArgs,
}

pub(super) async fn run(args: EnrolCodeArgs) -> Result<(), CliError> {
    let now = Clock::default().now();
    let db = args.db.open_existing().await?;
    let code = EnrolmentCode::draw()?;
    let mut tx = db.begin_write().await?;
    let person = person::known(&mut tx, &args.login).await?;
    enrolment::keep(&mut tx, &code, person.id, None, now).await?;
    security::record(
        &mut tx,
        now,
        security::SecurityEvent::CodeIssued,
        Some(person.id),
        "terminal",
        "on the command line",
    )
    .await?;
    tx.commit().await?;
    db.close().await;
    say(&format!("{}: works once, for one phone of {}, for a day", code.reveal(), args.login));
    Ok(())
}
