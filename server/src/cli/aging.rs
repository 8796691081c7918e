//! `saldo aging`: how late what was owed on a day was.

mod print;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use super::{CliError, DatabaseArgs};
use crate::flow::aging::Aging;
use crate::store::agings;

/// What `saldo aging` takes.
#[derive(Debug, Args)]
pub struct AgingArgs {
    /// The day, such as 2013-06-30
    #[arg(long, value_name = "DATE")]
    as_of: NaiveDate,
    /// A line for each client too
    #[arg(long)]
    by_client: bool,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// How the aging is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Table,
    /// For spreadsheets.
    Csv,
    /// For programs.
    Json,
}

/// Prints the aging.
///
/// # Errors
/// When there is no database or it fails.
pub async fn run(args: AgingArgs) -> Result<(), CliError> {
    let db = args.database.open_existing().await?;
    let mut tx = db.begin_read().await?;
    let mut aging = Aging::load(&mut tx, None, args.as_of).await?;
    let unallocated = agings::unallocated_on(&mut tx, args.as_of).await?;
    drop(tx);
    db.close().await;
    // In a file that two days are compared in, every client has its place.
    aging.clients.sort_by(|one, other| one.code.cmp(&other.code));
    if !args.by_client {
        aging.clients.clear();
    }
    match args.format {
        Format::Table => print::table(&aging, &unallocated),
        Format::Csv => print::csv(&aging),
        Format::Json => print::json(&aging, &unallocated, args.by_client),
    }
    Ok(())
}
