//! `saldo aging`: how late what was owed on a day was.

mod print;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use super::{CliError, DatabaseArgs};
use crate::flow::aging;

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
    let aging = aging::aging(&mut tx, args.as_of).await?;
    drop(tx);
    db.close().await;
    match args.format {
        Format::Table => print::table(&aging, args.by_client),
        Format::Csv => print::csv(&aging, args.by_client),
        Format::Json => print::json(&aging, args.by_client),
    }
    Ok(())
}
