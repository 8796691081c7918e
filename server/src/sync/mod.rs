//! Sync: takes in what phones wrote and tells them what is new.
//!
//! What lives here: the exchange of one request, the pool in which the gate looks at changes, the line
//! in which pushes are stored, the order of the log, the bell that rings for news, what a phone may see, how
//! far it has come and how an answer is packed. What never does: SQL (that is `store`), rules and verdicts
//! (that is `flow`), what makes a change acceptable (that is `saldo_core::gate`).

mod batch;
mod bell;
mod chain;
mod compare;
pub mod documents;
mod exchange;
mod gate_pool;
mod listen;
mod look;
mod packing;
mod prove;
mod pull;
mod push;
mod returned;
mod rights;
pub mod scopes;
mod sequencer;
mod stops;
mod storing;
mod telling;
mod visit;

pub use bell::Bell;
pub use documents::write_as_server;
pub use exchange::exchange;
pub(crate) use gate_pool::in_pool;
pub use listen::{Listener, Told, listen};
pub use sequencer::Sequencer;
pub use stops::stops_of;
pub use storing::Storing;

#[cfg(test)]
mod tests;
