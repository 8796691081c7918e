//! SQL, and nothing but SQL: one file a table family. No rule is here, and no SQL is elsewhere.
//!
//! Every function takes a [`Tx`]; whoever opens it decides what is done at once. SQL text is
//! static and the same for both databases: `$1` placeholders, `on conflict`, `returning`; what one
//! of them lacks, its migrations make (`jsonb_each`).

mod columns;
mod db;
mod lists;
mod sql;

pub mod accounts;
pub mod agings;
pub mod alerts;
pub mod api_keys;
pub mod audit;
pub mod bad_debts;
pub mod card_readings;
pub mod category_history;
pub mod category_reviews;
pub mod clients;
pub mod collections;
pub mod compaction;
pub mod company;
pub mod contracts;
pub mod credit_notes;
pub mod decisions;
pub mod deliveries;
pub mod devices;
pub mod disputes;
pub mod documents;
pub mod enforcement;
pub mod enrolments;
pub mod exemptions;
pub mod facts;
pub mod feed;
pub mod fees;
pub mod imports;
pub mod installs;
pub mod invoices;
pub mod job_runs;
pub mod ladder_decisions;
pub mod ledger_requests;
pub mod loans;
pub mod log;
pub mod memos;
pub mod month_plans;
pub mod news;
pub mod orders;
pub mod overdue_days;
pub mod papers;
pub mod payment_history;
pub mod payments;
pub mod people;
pub mod personal_cards;
pub mod policies;
pub mod promises;
pub mod quarantine;
pub mod released;
pub mod restructurings;
pub mod risk;
pub mod route_plan;
pub mod rule_firings;
pub mod scopes;
pub mod security;
pub mod serving;
pub mod sessions;
pub mod sight;
pub mod standings;
pub mod stricter_terms;
pub mod task_duties;
pub mod tasks;
pub mod territories;
mod unwritten;
pub mod upkeep;
pub mod verdicts;
pub mod weekly_lists;
mod whose;

pub use db::{Claim, Db, Key, MovedTable, NewsOfOthers, StoreError, Tx, Work, move_tables};
pub use whose::Whose;

/// Reads ids that a query gave as text.
pub(crate) fn parse_ids<T>(texts: Vec<String>, place: &'static str) -> Result<Vec<T>, StoreError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    texts
        .into_iter()
        .map(|text| {
            text.parse().map_err(|error: T::Err| StoreError::unreadable(place)(error.to_string()))
        })
        .collect()
}
