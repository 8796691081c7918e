//! The phone SDK of Saldo: an on-device store, a sync engine and one facade object.
//!
//! What lives here: the phone's own database, the outbox, the push and pull of the sync protocol,
//! the provisional verdicts of R4.8, and the records that Kotlin and Swift see. What never does: a
//! clock (time is an argument), the network (it belongs to the app's [`Transport`]), a rule of the
//! regulation (those are in `saldo-core`).
//!
//! ```no_run
//! # fn main() -> Result<(), saldo_mobile::PhoneError> {
//! use saldo_mobile::{Phone, UtcMillis};
//! let phone = Phone::open("/data/app/saldo", "1.0".to_owned())?;
//! let sheet = phone.route_sheet(None, UtcMillis(1_764_538_200_000))?;
//! # let _ = sheet; Ok(())
//! # }
//! ```

// The exports' generated scaffolding is `extern "C"`; the modules without exports forbid it again.
#![allow(unsafe_code, reason = "uniffi's generated scaffolding only")]

mod engine;
mod error;
mod phone;
mod records;
mod rules;
mod store;
#[cfg(test)]
mod testing;

pub use engine::{HttpAnswer, HttpRequest, SyncReport, Transport, TransportError};
pub use error::PhoneError;
pub use phone::Phone;
pub use records::*;

uniffi::setup_scaffolding!();
