//! Why a command could not do what was asked, in one sentence that says what to do.

use std::path::PathBuf;

use saldo_core::policy::PolicyError;

use crate::demo::DemoError;
use crate::error::ApiError;
use crate::import::FileError;
use crate::jobs::JobError;
use crate::serve::ServeError;
use crate::store::StoreError;
use crate::upkeep::UpkeepError;

/// Why a command could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The machine gives no threads or timers.
    #[error("the machine gives no threads to work with ({0}): check its limits (ulimit -u)")]
    Runtime(std::io::Error),
    /// The server could not start or had to stop.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Nobody has this login.
    #[error("there is nobody with the login {0}: saldo person list shows who there is")]
    NobodyOf(String),
    /// Only a supervisor leads reps.
    #[error("{0} is no supervisor: name one with --supervisor (saldo person list shows them)")]
    NoSupervisor(String),
    /// Somebody has this login.
    #[error("the login {0} is taken: choose another")]
    LoginTaken(String),
    /// Of this person's role nobody sees clients.
    #[error(
        "{0} sees no clients, so a program that acts as it could do nothing: name somebody of another \
         role with --person"
    )]
    SeesNoClients(String),
    /// There is no such key that holds.
    #[error("there is no key {0} that holds: saldo api-key list shows which there are")]
    NoKey(saldo_core::ids::ApiKeyId),
    /// There is no territory of this name.
    #[error("there is no territory {0}: saldo territory list shows which there are")]
    NoTerritory(String),
    /// There is no client with this code.
    #[error("there is no client with the code {0}: look it up in the console's list of clients")]
    NoClient(String),
    /// There is no verdict with this id, and none on a fact with it.
    #[error(
        "there is no verdict {0} and none on a fact {0}: take the id from GET /v1/verdicts or a phone"
    )]
    NoVerdict(uuid::Uuid),
    /// Verdicts do not come out again as they were kept.
    #[error(
        "{0} verdicts come out otherwise than they were kept: the database or the rules were changed; \
         keep a copy of the database and report it"
    )]
    VerdictsDiffer(usize),
    /// The password could not be read.
    #[error(
        "no password could be read from standard input ({0}): pipe one in, or leave --password-stdin away"
    )]
    NoPassword(std::io::Error),
    /// A file cannot be read.
    #[error("{file} cannot be read ({error}): check its name and that it is text")]
    NotReadable {
        /// Which.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A policy says what is not allowed.
    #[error("{0}")]
    Policy(#[from] PolicyError),
    /// A policy's file is wrong; every error was printed.
    #[error("{}: {count} {} to put right", .file.display(), if *.count == 1 { "thing" } else { "things" })]
    WrongPolicy {
        /// Which file.
        file: PathBuf,
        /// How many errors.
        count: usize,
    },
    /// There is no such version.
    #[error("there is no version {0} of the policy: saldo policy list shows which there are")]
    NoPolicyVersion(u32),
    /// What was asked cannot be done.
    #[error("{}", in_words(.0))]
    Api(#[from] ApiError),
    /// There is no demo.
    #[error("{}", match .0 { DemoError::Api(error) => in_words(error), other => other.to_string() })]
    Demo(#[from] DemoError),
    /// The night could not be run.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The database failed.
    #[error("{0}: check --db and the free space on its disk")]
    Store(#[from] StoreError),
    /// A ledger file cannot be read as a whole.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file or folder cannot be written.
    #[error("{file} cannot be written ({error}): check its folder and the free space on its disk")]
    NotWritable {
        /// Which.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A copy could not be made or taken back.
    #[error(transparent)]
    Upkeep(#[from] UpkeepError),
    /// Something is not well; each finding was printed.
    #[error("{0} of these must be seen to")]
    NotWell(usize),
    /// There is nothing to look at.
    #[error(
        "there is no company's database {0}: name it with --db or --database-url, or make it with \
         `saldo serve`"
    )]
    NoDatabase(String),
    /// Somebody changed what was sealed.
    #[error("the audit log is broken at row {number}: {words}; compare the database with a backup")]
    AuditBroken {
        /// The first row that is not as it was sealed.
        number: i64,
        /// What is wrong with it.
        words: String,
    },
    /// Another node is at it.
    #[error("a server is running jobs on this database just now: try again when it is done")]
    JobsAreRun,
    /// The environment contradicts itself.
    #[error(
        "both SALDO_DB and DATABASE_URL are set: unset one of them, or name the database with --db or \
         --database-url"
    )]
    TwoDatabases,
    /// Not a database of ours.
    #[error(
        "{0} is no URL of a PostgreSQL database: it begins with postgres://; a file is named with --db"
    )]
    UnknownUrl(String),
    /// PostgreSQL cannot be worked with.
    #[error(
        "{url} cannot be used: {error}. Check that PostgreSQL runs there, and the URL's user, password \
         and database"
    )]
    NotConnected {
        /// Which, without its password.
        url: String,
        /// Why.
        error: StoreError,
    },
    /// What the command does is done otherwise with PostgreSQL.
    #[error("this is for a database in a file; {0}")]
    OnlyOfFiles(&'static str),
}

/// At the terminal there is no log to look into: our own faults are told whole.
fn in_words(error: &ApiError) -> String {
    match error {
        ApiError::Store(error) => format!("{error}: check --db and the free space on its disk"),
        ApiError::Internal(detail) => format!("{detail}: try again"),
        other => other.to_string(),
    }
}
