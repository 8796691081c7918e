//! Load, judge, store: the only place where a request becomes a verdict.
//!
//! `judge` takes what phones wrote, `ledger` what the company's ERP tells, `decide` what people above decided, `ladder` and `reminders` what
//! time did;
//! `assign` and `publish` tell those concerned. The rules themselves are in core.

pub mod aging;
pub mod assign;
mod at_hand;
pub mod bonus;
pub mod categories;
pub mod client_card;
mod contact_log;
mod context;
pub mod contract;
pub mod debtors;
pub mod decide;
pub(crate) mod deferral;
pub mod delivery;
pub mod disputes;
mod done;
pub mod dry_run;
pub mod enforcement;
pub mod exempt;
pub mod expected_payments;
pub mod explain;
pub mod fees;
mod following;
mod imported;
pub mod judge;
mod keep;
pub mod ladder;
pub mod ladder_decisions;
pub mod ledger;
mod letters;
pub(crate) mod loans;
pub mod memo;
pub mod month_plan;
pub mod papers;
pub mod personal_data;
pub mod policy_change;
pub mod publish;
mod receipt;
pub mod released;
pub mod reminders;
pub mod restructuring;
pub(crate) mod review_tasks;
pub mod risk;
pub mod rules;
mod shipment;
pub mod team;
pub mod terms;
mod visit;
pub mod waiver;
pub mod weekly;

pub use context::Context;
pub use imported::{after_import, after_scores};

#[cfg(test)]
mod stories;
#[cfg(test)]
pub(crate) mod world;
