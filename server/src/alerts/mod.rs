//! Alerts: a worsening of a client's risk is told once per step to the rep and the supervisor
//! (R12.1 (8), R12.2). Raised in the transaction that found it, sent from the outbox afterwards.

mod dispatch;
mod listeners;
mod provider;
mod raise;

pub use dispatch::dispatch_once;
pub use listeners::{Listener, Listeners};
pub use provider::{Provider, PushError};
pub use raise::raise;
pub(crate) use raise::{push_words, raise_of, write};
