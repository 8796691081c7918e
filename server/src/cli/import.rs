//! `saldo import`: takes in a ledger file.

mod report;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};

use self::report::Report;
use super::{CliError, DatabaseArgs};
use crate::clock::Clock;
use crate::flow::{self, Context};
use crate::import::{
    Encoding, FileError, Mapping, Problems, Source, Table, Written, read_payments,
    read_receivables, read_scores, write_payments, write_receivables, write_scores,
};
use crate::store::{StoreError, Tx};

/// More clients than this make a ledger another one.
const MANY_CLIENTS: usize = 500;

/// How often progress is told.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// What `saldo import` takes.
#[derive(Debug, Args)]
pub struct ImportArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Invoices, one a row, with what was paid of them
    Receivables(FileArgs),
    /// Payments, one a row: client, invoice, day, amount, reference
    Payments(FileArgs),
    /// Credit scores, one a row: client, provider, day, score from 0 (good) to 1 (bad), up to nine
    /// months of forecast; and when the board changed or a tax debt became known
    Scores(FileArgs),
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Receivables,
    Payments,
    Scores,
}

/// The file and how it is to be read. What is not said is recognised.
#[derive(Debug, Args)]
struct FileArgs {
    /// The CSV file
    file: PathBuf,
    /// A TOML file that says everything below: [columns] client_code = "Kunde", ..., currency,
    /// territory, date_format, decimal, thousands, delimiter, encoding
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Which column is what, such as client_code=customerID; nothing behind the = : the file has
    /// none. Fields: client_code, client_name, invoice_number, issued_on, due_on, amount,
    /// currency, settled_on, paid_amount, paid_on, disputed, country, territory, reference, provider,
    /// rated_on, score, forecast_1 to forecast_9, board_change, tax_debt
    #[arg(long, value_name = "FIELD=NAME")]
    column: Vec<String>,
    /// Of amounts without a currency column [default: the company's]
    #[arg(long)]
    currency: Option<String>,
    /// Of clients without a territory column [default: Unassigned]
    #[arg(long, value_name = "NAME")]
    territory: Option<String>,
    /// Such as "%d.%m.%Y" or "%m/%d/%Y"
    #[arg(long, value_name = "FORMAT")]
    date_format: Option<String>,
    /// "." or ","
    #[arg(long, value_name = "SIGN", value_parser = ["." , ","])]
    decimal: Option<String>,
    /// What groups thousands
    #[arg(long, value_name = "SIGN")]
    thousands: Option<char>,
    /// What separates fields
    #[arg(long, value_name = "SIGN")]
    delimiter: Option<char>,
    /// [default: utf-8]
    #[arg(long, value_enum)]
    encoding: Option<Encoding>,
    /// Show what would come in and every bad row, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Write every problem into a CSV file
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Takes in the file: all of its good rows or, when anything fails, nothing.
///
/// # Errors
/// When the file as a whole cannot be read, or the database fails.
pub async fn run(args: ImportArgs) -> Result<(), CliError> {
    let (args, kind) = match args.what {
        What::Receivables(args) => (args, Kind::Receivables),
        What::Payments(args) => (args, Kind::Payments),
        What::Scores(args) => (args, Kind::Scores),
    };
    let now = Clock::default().now();
    let mapping = args.mapping()?;
    let bytes = read_file(&args.file)?;
    let text = mapping.encoding.unwrap_or_default().decode(&bytes)?;
    let mut problems = Problems::default();
    let table = Table::read(&text, mapping.delimiter_byte()?, &mut problems)?;
    let territory = mapping.territory.as_deref().unwrap_or("Unassigned");
    let source = Source::new(&file_name(&args.file), &bytes, territory);

    let db = args.database.open(now).await?;
    let mut tx = db.begin_write().await?;
    let context = Context::load(&mut tx, now).await?;
    let currency = context.policy.currency();
    let mut told = Told::new(table.rows.len());
    let mut progress = |done| told.tell(done);
    // One after the other reads and writes the rows of a file of its kind.
    macro_rules! take_in {
        ($read:ident, $write:ident) => {{
            let (rows, reader) = $read(&table, &mapping, currency, context.today, &mut problems)?;
            let columns = &reader.columns;
            let written =
                $write(&mut tx, &context, &source, columns, &rows, &mut problems, &mut progress)
                    .await?;
            (reader, written)
        }};
    }
    let (reader, written) = match kind {
        Kind::Receivables => take_in!(read_receivables, write_receivables),
        Kind::Payments => take_in!(read_payments, write_payments),
        Kind::Scores => take_in!(read_scores, write_scores),
    };
    // A dry run did everything and then lets go of the transaction.
    if args.dry_run {
        drop(tx);
    } else {
        if !written.is_nothing() {
            told.tell_now(&format!("telling phones of {} clients", written.touched.len()));
        }
        follow_up(&mut tx, &context, kind, &written).await?;
        tx.commit().await?;
    }
    db.close().await;
    let report = Report {
        file: &source.file_name,
        table: &table,
        reader: &reader,
        written: &written,
        problems: &problems,
        is_scores: kind == Kind::Scores,
        dry_run: args.dry_run,
    };
    report.say(args.report.is_some());
    match &args.report {
        Some(target) => write_report(&problems, target),
        None => Ok(()),
    }
}

/// The one place where the rest of the house hears of an import, before it is durable.
async fn follow_up(
    tx: &mut Tx,
    context: &Context,
    kind: Kind,
    written: &Written,
) -> Result<(), StoreError> {
    if written.touched.len() > MANY_CLIENTS {
        tx.learn_ledger().await?;
    }
    match kind {
        Kind::Receivables | Kind::Payments => {
            flow::after_import(tx, context, &written.touched).await
        }
        Kind::Scores => {
            flow::after_scores(tx, context, &written.touched, &written.new_events).await
        }
    }
}

impl FileArgs {
    /// The mapping file with the flags over it.
    fn mapping(&self) -> Result<Mapping, FileError> {
        let mut mapping = match &self.map {
            Some(file) => {
                let text = std::fs::read_to_string(file).map_err(unreadable(file))?;
                Mapping::from_toml(&text, &file.display().to_string())?
            }
            None => Mapping::default(),
        };
        for column in &self.column {
            mapping.set_column(column)?;
        }
        let decimal = self.decimal.as_ref().and_then(|decimal| decimal.chars().next());
        mapping.currency = self.currency.clone().or(mapping.currency);
        mapping.territory = self.territory.clone().or(mapping.territory);
        mapping.date_format = self.date_format.clone().or(mapping.date_format);
        mapping.decimal = decimal.or(mapping.decimal);
        mapping.thousands = self.thousands.or(mapping.thousands);
        mapping.delimiter = self.delimiter.or(mapping.delimiter);
        mapping.encoding = self.encoding.or(mapping.encoding);
        Ok(mapping)
    }
}

fn read_file(file: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(file).map_err(unreadable(file))
}

fn unreadable(file: &Path) -> impl FnOnce(std::io::Error) -> FileError {
    move |error| FileError::Unreadable { file: file.display().to_string(), error }
}

fn file_name(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn write_report(problems: &Problems, target: &Path) -> Result<(), CliError> {
    let not_writable =
        |error: std::io::Error| CliError::NotWritable { file: target.to_owned(), error };
    let file = std::fs::File::create(target).map_err(not_writable)?;
    problems.write_csv(file).map_err(|error| not_writable(std::io::Error::other(error)))
}

/// Tells on stderr how far the import is.
struct Told {
    rows: usize,
    last: Instant,
}

impl Told {
    fn new(rows: usize) -> Self {
        Self { rows, last: Instant::now() }
    }

    fn tell(&mut self, done: usize) {
        if self.last.elapsed() >= PROGRESS_EVERY {
            self.tell_now(&format!("{done} of {} rows", self.rows));
        }
    }

    fn tell_now(&mut self, line: &str) {
        self.last = Instant::now();
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}
