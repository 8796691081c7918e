//! The heart of Saldo, the same on the phone and on the server.
//!
//! What lives here: the words of the credit office (money, calendar, policy), the rules of the
//! regulation as pure functions, the facts that people write, the Automerge documents they are
//! written into, the messages of the sync protocol and the gate that a change must pass.
//!
//! What never does: IO, a clock, randomness, async, SQL, uniffi. Time is an argument.

pub mod absence;
pub mod account;
pub mod aging;
pub mod calendar;
pub mod category;
pub mod deferral;
pub mod delivery;
pub mod discipline;
pub mod dispute;
pub mod document_package;
pub mod documents;
pub mod duty;
pub mod enforcement;
pub mod escalation;
pub mod exemption;
pub mod expected_payments;
pub mod explain;
pub mod facts;
pub mod feed;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod gate;
pub mod guarantee;
pub mod ids;
pub mod late_fee;
pub mod loan;
pub mod memo;
pub mod money;
pub mod new_terms;
pub mod paper;
pub mod policy;
pub mod prepayment;
pub mod priority;
pub mod promise;
pub mod reminder;
pub mod restructuring;
pub mod risk;
pub mod roles;
pub mod rule_health;
#[cfg(test)]
mod samples;
pub mod shipment;
pub mod stop_list;
pub mod time;
pub mod verdict;
#[cfg(test)]
mod vocabulary;
pub mod weekly_control;
pub mod wire;
pub mod words;
