//! `sync_bench phone`: a phone in a fresh process, on the SDK that an app uses. It does one thing,
//! prints one line of JSON and ends.

mod transport;
mod writing;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use saldo_mobile::{Phone, Transport, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::error::BenchError;
use crate::process;
use crate::workload::DayKind;
use transport::Http;

/// What a phone process is told to do.
#[derive(Debug, clap::Args)]
pub(crate) struct PhoneArgs {
    /// The phone's folder
    #[arg(long)]
    folder: PathBuf,
    /// The server's address, such as http://127.0.0.1:8080
    #[arg(long, default_value = "")]
    server: String,
    /// The one-time code to enrol with; the number of the client to show
    #[arg(long, default_value = "")]
    code: String,
    /// How often
    #[arg(long, default_value_t = 1)]
    times: usize,
    /// What
    task: Task,
}

/// What a phone process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Task {
    /// Enrols with a code.
    Enrol,
    /// Writes what 20 days wrote, and syncs.
    History,
    /// Syncs so many times.
    Sync,
    /// Writes a day; nothing is sent.
    Day,
    /// The same, with orders and cash among its facts.
    DayWithMoney,
    /// Changes other cards than the day does, and syncs.
    Others,
    /// Edits the first so many cards, once each; nothing is sent.
    Edit,
    /// Opens its store and shows a client.
    Show,
    /// Records so many facts.
    Record,
}

impl Task {
    /// As the command line names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Enrol => "enrol",
            Self::History => "history",
            Self::Sync => "sync",
            Self::Day => "day",
            Self::DayWithMoney => "day-with-money",
            Self::Others => "others",
            Self::Edit => "edit",
            Self::Show => "show",
            Self::Record => "record",
        }
    }
}

/// What a phone process prints.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Told {
    /// How long the thing itself took, each time, in microseconds; what the process needed to start
    /// is not in it.
    pub(crate) micros: Vec<u64>,
    /// Requests.
    pub(crate) round_trips: u64,
    /// Changes that became durable at the server.
    pub(crate) sent: u64,
    /// Changes that the server did not take.
    pub(crate) refused: u64,
    /// Rows that came.
    pub(crate) rows: u64,
    /// Documents that came or changed.
    pub(crate) documents: u64,
    /// The phone's processor time in that, in microseconds.
    pub(crate) cpu_micros: u64,
    /// The most memory that the process ever held, in kB.
    pub(crate) peak_kb: u64,
}

/// Does what the arguments say.
pub(crate) fn run(args: &PhoneArgs) -> Result<(), BenchError> {
    let mut told = Told::default();
    match args.task {
        Task::Show => show(args, &mut told)?,
        task => {
            let phone = open(args)?;
            let http: Arc<dyn Transport> = Arc::new(Http::to(&args.server));
            match task {
                Task::Enrol => {
                    phone.enrol(http, &args.server, &args.code, "A phone")?;
                }
                Task::History => {
                    sync(&phone, &http, &mut told)?;
                    writing::history(&phone, now())?;
                    sync(&phone, &http, &mut told)?;
                }
                Task::Sync => {
                    for _ in 0..args.times {
                        sync(&phone, &http, &mut told)?;
                    }
                }
                Task::Day => writing::today(&phone, DayKind::Today, now())?,
                Task::DayWithMoney => writing::today(&phone, DayKind::TodayWithMoney, now())?,
                Task::Others => {
                    sync(&phone, &http, &mut told)?;
                    writing::others(&phone, now())?;
                    sync(&phone, &http, &mut told)?;
                }
                Task::Edit => writing::one_edit_each(&phone, args.times, now())?,
                Task::Record | Task::Show => record(&phone, args.times, &mut told)?,
            }
        }
    }
    told.peak_kb = process::status_kb("self", "VmHWM:");
    let line = serde_json::to_string(&told)
        .map_err(|error| BenchError::io("what the phone says")(error.into()))?;
    writeln!(std::io::stdout(), "{line}").map_err(BenchError::io("what the phone says"))
}

fn open(args: &PhoneArgs) -> Result<Arc<Phone>, BenchError> {
    Ok(Phone::open(&args.folder.to_string_lossy(), "1.0".to_owned())?)
}

/// The phone's clock.
fn now() -> UtcMillis {
    UtcMillis(chrono::Utc::now().timestamp_millis())
}

fn sync(phone: &Phone, http: &Arc<dyn Transport>, told: &mut Told) -> Result<(), BenchError> {
    let cpu_before = process::cpu_micros("self");
    let started = Instant::now();
    let report = phone.sync(Arc::clone(http), now())?;
    told.micros.push(micros_since(started));
    told.cpu_micros += process::cpu_micros("self").saturating_sub(cpu_before);
    told.round_trips += u64::from(report.round_trips);
    told.sent += u64::from(report.sent);
    told.refused += u64::from(report.refused);
    told.rows += u64::from(report.rows);
    told.documents += u64::from(report.documents);
    Ok(())
}

/// From nothing to a client on the screen: the store is opened and the last client shown.
fn show(args: &PhoneArgs, told: &mut Told) -> Result<(), BenchError> {
    // Which one is not asked on the way: a screen knows it.
    let code = &args.code;
    let started = Instant::now();
    let phone = open(args)?;
    phone.client_by_code(code, now())?;
    told.micros.push(micros_since(started));
    Ok(())
}

fn record(phone: &Phone, times: usize, told: &mut Told) -> Result<(), BenchError> {
    let client = writing::somebody(phone, now())?;
    for _ in 0..times {
        let started = Instant::now();
        writing::visit_at(phone, &client, now())?;
        told.micros.push(micros_since(started));
    }
    Ok(())
}

fn micros_since(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)
}
