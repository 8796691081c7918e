//! `saldo exempt`: management lifts rules for a client until a day (R1.1).

use chrono::NaiveDate;

use super::person::known;
use super::{CliError, DatabaseArgs, say};
use crate::auth::Principal;
use crate::clock::Clock;
use crate::flow::{Context, exempt};
use crate::store::clients;
use crate::sync::Sequencer;

/// What `saldo exempt` takes.
#[derive(Debug, clap::Args)]
pub(super) struct ExemptArgs {
    /// The client's code
    client: String,
    /// The rules to lift, such as R4.1,R4.3
    #[arg(long, value_delimiter = ',', required = true)]
    rules: Vec<String>,
    /// The last day on which they are lifted, such as 2027-01-31
    #[arg(long, value_name = "DATE")]
    until: NaiveDate,
    /// The reason, as the written order gives it
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// The login of the director or commercial director who ordered it
    #[arg(long, value_name = "LOGIN")]
    by: String,
    #[command(flatten)]
    db: DatabaseArgs,
}

pub(super) async fn run(args: ExemptArgs) -> Result<(), CliError> {
    let db = args.db.open_existing().await?;
    let mut tx = db.begin_write().await?;
    let context = Context::load(&mut tx, Clock::default().now()).await?;
    let person = known(&mut tx, &args.by).await?;
    let who = Principal { person: person.id, name: person.name, role: person.role };
    let client = clients::by_code(&mut tx, &args.client)
        .await?
        .ok_or_else(|| CliError::NoClient(args.client.clone()))?;
    exempt::exempt(&mut tx, &context, &who, client.id, &args.rules, args.until, &args.why).await?;
    tx.commit().await?;
    Sequencer::default().run(&db).await?;
    db.close().await;
    say(&format!(
        "{} ({}) is exempt from {} until {}, ordered by {}",
        client.name,
        client.code,
        args.rules.join(", "),
        args.until,
        args.by
    ));
    Ok(())
}
