//! Sync: takes in what phones wrote and tells them what is new.
//!
//! What lives here: the exchange of one request, the pool in which the gate looks at changes, the
//! order of the log, what a phone may see and how far it has come. What never does: SQL (that is
//! `store`), rules and verdicts (that is `flow`), what makes a change acceptable (that is
//! `saldo_core::gate`).

mod batch;
mod chain;
mod compare;
pub mod documents;
mod exchange;
mod gate_pool;
mod pull;
mod push;
mod returned;
mod rights;
pub mod scopes;
mod sequencer;

pub use documents::write_as_server;
pub use exchange::exchange;
pub use sequencer::Sequencer;

#[cfg(test)]
mod tests;
