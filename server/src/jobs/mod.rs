//! What happens every night, for a civil date: promises whose day is over, releases that ended,
//! the ladder, deliveries to check, terms that change, reminders of what will be due, the route sheets
//! of the day; and, all day long,
//! requests that nobody answered. Every step is idempotent: running a date twice
//! changes nothing, and a run that was cut off is simply run again.

mod absence;
mod compaction;
mod control;
mod deliveries;
mod disputes;
mod documents;
mod enforcement;
mod ladder;
mod personal_data;
mod promises;
mod releases;
mod reminders;
mod restructuring;
mod reviews;
mod risk;
mod route_sheets;
mod terms;

use std::time::Duration;

use chrono::NaiveDate;
use saldo_core::feed::FeedRow;
use saldo_core::time::UtcMillis;
use tokio::time::Instant;

use crate::error::ApiError;
use crate::flow::{Context, loans, publish};
use crate::state::AppState;
use crate::store::{Db, StoreError, feed, job_runs, scopes};

/// The name under which a run is recorded.
pub const NIGHTLY: &str = "nightly";

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The date it ran for.
    pub run_on: NaiveDate,
    /// Promises settled because their day was over.
    pub promises_settled: usize,
    /// Restructurings missed, fulfilled or kept again.
    pub restructurings_settled: usize,
    /// Clients whose releases ended.
    pub releases_ended: usize,
    /// Clients looked at for the ladder and the stop list.
    pub clients_looked_at: usize,
    /// Clients whose standing changed.
    pub standings_changed: usize,
    /// Clients of whom something is to be reminded of or called about.
    pub clients_reminded: usize,
    /// Deliveries to be checked.
    pub deliveries_asked: usize,
    /// Clients proposed for the prepayment list.
    pub prepayment_proposed: usize,
    /// Stricter terms that ended.
    pub terms_ended: usize,
    /// Clients in the review of categories that opened.
    pub clients_reviewed: usize,
    /// Cases of enforcement that began.
    pub cases_opened: usize,
    /// Disputes that rep and finance control look at this week.
    pub disputes_followed_up: usize,
    /// Requests that nobody answered and that went up.
    pub requests_sent_up: usize,
    /// Ladder tasks that nobody decided and that went up.
    pub undecided_gone_up: usize,
    /// Reps who got the weekly list.
    pub lists_sent: usize,
    /// Route sheets made.
    pub route_sheets_made: usize,
    /// Clients whose risk class became another.
    pub risk_classes_changed: usize,
    /// Clients whose worsening was told.
    pub risk_alerts: usize,
    /// Clients whose persons were erased because the retention time is over.
    pub persons_erased: usize,
    /// Entries of the log that no phone needs any more.
    pub entries_dropped: u64,
    /// Documents saved whole that had changes behind them.
    pub documents_saved: usize,
    /// How long each job took, in the order in which they ran.
    pub took: Vec<(&'static str, Duration)>,
}

/// How long each job of a night takes.
struct Watch {
    since: Instant,
    took: Vec<(&'static str, Duration)>,
}

impl Watch {
    fn start() -> Self {
        Self { since: Instant::now(), took: Vec::new() }
    }

    /// What ran since the job before was this one.
    fn was(&mut self, job: &'static str) {
        let elapsed = self.since.elapsed();
        tracing::debug!(job, millis = elapsed.as_millis(), "a job of the night ended");
        self.took.push((job, elapsed));
        self.since = Instant::now();
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: {} promises settled, {} restructurings settled, releases of {} clients ended, {} clients looked at, \
             {} standings changed, {} clients to remind, {} deliveries to check, \
             {} clients proposed for prepayment, {} stricter terms ended, \
             {} clients in a new review, {} cases opened, {} disputes to follow up, \
             {} requests sent up, {} undecided gone up, \
             {} weekly lists, {} route sheets made, {} risk classes changed, {} of them told, \
             persons of {} clients erased, {} entries of the log dropped, {} documents saved whole",
            self.run_on,
            self.promises_settled,
            self.restructurings_settled,
            self.releases_ended,
            self.clients_looked_at,
            self.standings_changed,
            self.clients_reminded,
            self.deliveries_asked,
            self.prepayment_proposed,
            self.terms_ended,
            self.clients_reviewed,
            self.cases_opened,
            self.disputes_followed_up,
            self.requests_sent_up,
            self.undecided_gone_up,
            self.lists_sent,
            self.route_sheets_made,
            self.risk_classes_changed,
            self.risk_alerts,
            self.persons_erased,
            self.entries_dropped,
            self.documents_saved
        )
    }
}

/// Why a night's work could not be done.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// A later date was run before.
    #[error("the night of {latest} has run; an earlier date ({asked}) would change nothing")]
    DateIsPast {
        /// The date asked for.
        asked: NaiveDate,
        /// The latest that ran.
        latest: NaiveDate,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something that waits could not be moved on.
    #[error("{0}")]
    Flow(ApiError),
}

impl From<ApiError> for JobError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Store(error) => Self::Store(error),
            other => Self::Flow(other),
        }
    }
}

/// Runs the night of `date`.
///
/// # Errors
/// When a later date ran before, or the database fails; what was done until then holds.
pub async fn run(db: &Db, now: UtcMillis, date: NaiveDate) -> Result<Summary, JobError> {
    let mut reading = db.begin_read().await?;
    if let Some(latest) = job_runs::latest(&mut reading, NIGHTLY).await?
        && latest > date
    {
        return Err(JobError::DateIsPast { asked: date, latest });
    }
    let mut context = Context::load(&mut reading, now).await?;
    drop(reading);
    context.today = date;
    let mut watch = Watch::start();
    tell_company(db, &context).await?;
    watch.was("company");
    // The sheets first: who is on the way to a client today hears of it before others (R12.4).
    let route_sheets_made = route_sheets::make(db, &context).await?;
    watch.was("route sheets");
    // Promises before the ladder: a broken one is part of the picture that the ladder's owner sees.
    let promises_settled = promises::settle(db, &context).await?;
    watch.was("promises");
    let restructurings_settled = restructuring::settle(db, &context).await?;
    watch.was("restructurings");
    let releases_ended = releases::end(db, &context).await?;
    watch.was("releases");
    let (clients_looked_at, standings_changed) = ladder::climb(db, &context).await?;
    watch.was("ladder");
    let deliveries_asked = deliveries::ask(db, &context).await?;
    watch.was("deliveries");
    let terms_ended = terms::end(db, &context).await?;
    watch.was("terms");
    let prepayment_proposed = terms::propose(db, &context).await?;
    watch.was("prepayment");
    let clients_reviewed = reviews::open(db, &context).await?;
    watch.was("reviews");
    // After the ladder: what became overdue is no longer to be reminded of.
    let clients_reminded = reminders::give(db, &context).await?;
    watch.was("reminders");
    // After the ladder: while its first task asks for a contact, step 1 does not ask again.
    let cases_opened = enforcement::move_on(db, &context).await?;
    watch.was("enforcement");
    let disputes_followed_up = disputes::follow_up(db, &context).await?;
    watch.was("disputes");
    let requests_sent_up = absence::send_up(db, &context).await?;
    watch.was("unanswered requests");
    let (risk_classes_changed, risk_alerts) = risk::assess(db, &context).await?;
    watch.was("risk");
    let (undecided_gone_up, lists_sent) = control::run(db, &context).await?;
    watch.was("control");
    let persons_erased = personal_data::erase(db, &context).await?;
    watch.was("personal data");
    let entries_dropped = compaction::compact(db, &context).await?;
    watch.was("compaction");
    let documents_saved = documents::save_whole(db).await?;
    watch.was("documents");
    let summary = Summary {
        run_on: date,
        promises_settled,
        restructurings_settled,
        releases_ended,
        clients_looked_at,
        standings_changed,
        clients_reminded,
        deliveries_asked,
        prepayment_proposed,
        terms_ended,
        clients_reviewed,
        cases_opened,
        disputes_followed_up,
        requests_sent_up,
        undecided_gone_up,
        lists_sent,
        route_sheets_made,
        risk_classes_changed,
        risk_alerts,
        persons_erased,
        entries_dropped,
        documents_saved,
        took: watch.took,
    };
    let mut tx = db.begin_write().await?;
    job_runs::record(&mut tx, NIGHTLY, date, now, &summary.to_string()).await?;
    tx.commit().await?;
    Ok(summary)
}

/// A policy that came into force at midnight and people who came or went reach the phones. With a
/// new policy every client's figures do: how many months they have depends on it.
async fn tell_company(db: &Db, context: &Context) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    let company = scopes::company(&mut tx).await?;
    let told = match feed::get(&mut tx, company, "policy", "policy").await? {
        Some(FeedRow::Policy(row)) => Some(row.version),
        _ => None,
    };
    if told.is_some_and(|version| version != context.policy.version()) {
        publish::everything(&mut tx, context).await?;
    } else {
        publish::company(&mut tx, context).await?;
    }
    tx.commit().await
}

/// Runs the night of today if it has not run yet, and numbers what it wrote for the phones.
///
/// # Errors
/// When the database fails.
pub async fn run_due(state: &AppState) -> Result<Option<Summary>, ApiError> {
    let now = state.clock.now();
    let mut reading = state.db.begin_read().await?;
    let context = Context::load(&mut reading, now).await?;
    let today = context.today;
    let latest = job_runs::latest(&mut reading, NIGHTLY).await?;
    drop(reading);
    if latest.is_some_and(|latest| latest >= today) {
        // A rep who began after midnight gets the day's sheet all the same.
        if route_sheets::make(&state.db, &context).await? > 0 {
            state.sequencer.run(&state.db).await?;
        }
        return Ok(None);
    }
    let summary = match run(&state.db, now, today).await {
        Ok(summary) => summary,
        Err(JobError::DateIsPast { .. }) => return Ok(None),
        Err(JobError::Store(error)) => return Err(error.into()),
        Err(JobError::Flow(error)) => return Err(error),
    };
    state.sequencer.run(&state.db).await?;
    Ok(Some(summary))
}

/// Ends the loans of limit whose time is over (R4.9), and numbers what that wrote for the phones; gives
/// of how many clients.
///
/// # Errors
/// When the database fails.
pub async fn end_loans(state: &AppState) -> Result<usize, ApiError> {
    let mut reading = state.db.begin_read().await?;
    let context = Context::load(&mut reading, state.clock.now()).await?;
    drop(reading);
    let clients = loans::expire(&state.db, &context).await?;
    if clients > 0 {
        state.sequencer.run(&state.db).await?;
    }
    Ok(clients)
}

/// Sends up the requests that have waited too long by now (R6.7), and numbers what that wrote for
/// the phones; gives how many.
///
/// # Errors
/// When the database fails.
pub async fn send_up_unanswered(state: &AppState) -> Result<usize, ApiError> {
    let mut reading = state.db.begin_read().await?;
    let context = Context::load(&mut reading, state.clock.now()).await?;
    drop(reading);
    let sent_up = absence::send_up(&state.db, &context).await?;
    if sent_up > 0 {
        state.sequencer.run(&state.db).await?;
    }
    Ok(sent_up)
}
