//! The command line: one file a command. Here are the arguments, what is printed and how an error
//! ends; what a command does lives in the rooms it calls.

pub mod aging;
mod api_key;
mod audit;
mod backup;
mod categories;
mod database;
mod demo;
mod doctor;
mod enrol_code;
mod error;
mod exempt;
mod expected_payments;
mod explain;
pub mod import;
mod jobs;
mod migrate;
mod person;
mod personal_data;
mod policy;
mod serve;
mod territory;

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use database::DatabaseArgs;
pub use error::CliError;

/// Offline-first credit control for field sales: phones write facts; the server writes verdicts.
#[derive(Debug, Parser)]
#[command(name = "saldo", version)]
struct Saldo {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server: phones sync with it, people work in its console
    Serve(serve::ServeArgs),
    /// Run the server with a made-up company of 800 clients, to try everything
    Demo(demo::DemoArgs),
    /// Take in a ledger file: invoices with what was paid of them, or payments
    Import(import::ImportArgs),
    /// Show how late what was owed on a day was
    Aging(aging::AgingArgs),
    /// Show what money is expected in which week, as CSV
    ExpectedPayments(expected_payments::ExpectedPaymentsArgs),
    /// Add and list the people who sign in, and give them passwords
    Person(person::PersonArgs),
    /// Let programs in: keys by which the company's ERP ships, invoices and books
    ApiKey(api_key::ApiKeyArgs),
    /// Say whose clients are whose
    Territory(territory::TerritoryArgs),
    /// Print a one-time code that lets somebody's phone in
    EnrolCode(enrol_code::EnrolCodeArgs),
    /// Check, show, compare and switch on versions of the credit policy
    Policy(policy::PolicyArgs),
    /// Suggest the clients' categories from how they paid, or override one
    Categories(categories::CategoriesArgs),
    /// Exempt a client from rules until a day, by a written order of management
    Exempt(exempt::ExemptArgs),
    /// Show what is kept of a client's persons, or erase it
    PersonalData(personal_data::PersonalDataArgs),
    /// Say why a verdict is what it is, and prove that the rules say it again
    Explain(explain::ExplainArgs),
    /// Run what is done every night
    Jobs(jobs::JobsArgs),
    /// Copy the database while the server runs, and prove the copy
    Backup(backup::BackupArgs),
    /// Come back from a copy; what stood there is moved aside
    Restore(backup::RestoreArgs),
    /// Look whether all is well: the file, the log, documents, verdicts, phones, the night
    Doctor(doctor::DoctorArgs),
    /// Show what was decided about money, and prove that nobody changed it afterwards
    Audit(audit::AuditArgs),
    /// Move a company from its file into PostgreSQL, and prove that everything came over
    MigrateToPostgres(migrate::MigrateArgs),
    /// A rep's phone in the terminal
    Rep(saldo_rep_terminal::RepArgs),
}

/// Where a server listens.
#[derive(Debug, Clone, clap::Args)]
struct ListenArgs {
    /// Address and port; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

/// Runs the command that the arguments name.
#[must_use]
pub fn run() -> ExitCode {
    let Saldo { command } = Saldo::parse();
    crate::panics::say_only_what_is_unexpected();
    match start(command) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "saldo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(command: Command) -> Result<ExitCode, CliError> {
    match command {
        // The phone is a program of its own, on the phone SDK alone; it waits for nothing else.
        Command::Rep(args) => return Ok(saldo_rep_terminal::run(args)),
        Command::Serve(args) => on_tokio(serve::run(args)),
        Command::Demo(args) => on_tokio(demo::run(args)),
        Command::Import(args) => on_tokio(import::run(args)),
        Command::Aging(args) => on_tokio(aging::run(args)),
        Command::ExpectedPayments(args) => on_tokio(expected_payments::run(args)),
        Command::Person(args) => on_tokio(person::run(args)),
        Command::ApiKey(args) => on_tokio(api_key::run(args)),
        Command::Territory(args) => on_tokio(territory::run(args)),
        Command::EnrolCode(args) => on_tokio(enrol_code::run(args)),
        Command::Policy(args) => on_tokio(policy::run(args)),
        Command::Categories(args) => on_tokio(categories::run(args)),
        Command::Exempt(args) => on_tokio(exempt::run(args)),
        Command::PersonalData(args) => on_tokio(personal_data::run(args)),
        Command::Explain(args) => on_tokio(explain::run(args)),
        Command::Jobs(args) => on_tokio(jobs::run(args)),
        Command::Backup(args) => on_tokio(backup::back_up(args)),
        Command::Restore(args) => on_tokio(backup::restore(args)),
        Command::Doctor(args) => on_tokio(doctor::run(args)),
        Command::Audit(args) => on_tokio(audit::run(args)),
        Command::MigrateToPostgres(args) => on_tokio(migrate::run(args)),
    }
    .map(|()| ExitCode::SUCCESS)
}

/// Runs a command that waits for the network or the database. Only these pay for a runtime.
fn on_tokio(command: impl Future<Output = Result<(), CliError>>) -> Result<(), CliError> {
    log_to_stderr();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(CliError::Runtime)?
        .block_on(command)
}

/// Warnings, and the pushes of the development provider: they name no client and no amount.
const DEFAULT_LOG: &str = "warn,saldo::push=info";

/// Logs are sentences on stderr: warnings and worse, and the pushes of the provider for trying out,
/// unless `RUST_LOG` says otherwise.
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(DEFAULT_LOG));
    // A second logger in one process (tests) is no reason to stop.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
}

/// Prints a line for the person at the terminal. A reader that went away is no error.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
