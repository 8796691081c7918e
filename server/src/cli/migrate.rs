//! `saldo migrate-to-postgres`: a company leaves its file.

use std::path::PathBuf;

use saldo_core::money::{Currency, Money};

use super::database::Place;
use super::{CliError, say};
use crate::clock::Clock;
use crate::upkeep;

/// What `saldo migrate-to-postgres` takes.
#[derive(Debug, clap::Args)]
pub(super) struct MigrateArgs {
    /// The company's file; no server may run on it
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// An empty PostgreSQL database of version 15 or later, such as
    /// postgres://saldo:PASSWORD@db.example.com/saldo
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
}

pub(super) async fn run(args: MigrateArgs) -> Result<(), CliError> {
    if !args.from.exists() {
        return Err(CliError::NoDatabase(args.from.display().to_string()));
    }
    let place = Place::of_url(args.database_url)?;
    let to = place.open().await?;
    let moved = upkeep::move_to_postgres(&args.from, &to, Clock::default().now()).await;
    to.close().await;
    let moved = moved?;
    for table in moved.tables.iter().filter(|table| table.rows > 0) {
        say(&format!("{:>10} rows of {}, each read back and compared", table.rows, table.name));
    }
    say(&moved.contents.to_string());
    for balance in &moved.balances {
        let amount = |minor: i64| match balance.currency.parse::<Currency>() {
            Ok(currency) => Money::new(minor, currency).to_string(),
            Err(_) => format!("{minor} minor units of {}", balance.currency),
        };
        say(&format!(
            "{} open of {} invoices, {} paid: the same in both",
            amount(balance.open_minor),
            balance.invoices,
            amount(balance.paid_minor)
        ));
    }
    say(&format!("the digests of {} scopes are the same: phones go on as before", moved.scopes));
    say(&format!("the file is now {}: keep it until all is well", moved.aside.display()));
    say(&format!("start every node with --database-url {place}"));
    Ok(())
}
