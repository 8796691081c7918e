//! The sync engine: bytes out, bytes in. What is sent, what an answer changes on the phone, and
//! the loop around both. It never opens a connection itself and never reads a clock.

mod answered;
mod apply;
mod enrol;
mod held;
mod listen;
mod loans;
mod looked_through;
mod push;
mod quiet;
mod restored;
mod rewrite;
mod transport;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use saldo_core::time::UtcMillis as Instant;
use saldo_core::wire::{MOST_WANTED, ScopeId};

use crate::PhoneError;
use crate::store::Store;

pub(crate) use apply::{Applied, apply_response};
pub(crate) use enrol::{enrol, random};
pub(crate) use listen::{is_news, listen_request};
pub(crate) use push::{Questions, prepare_push};
pub(crate) use rewrite::{write_fact, write_field, write_note};
pub(crate) use transport::ask;
pub use transport::{HttpAnswer, HttpRequest, Transport, TransportError};

const SYNC_PATH: &str = "/v1/sync";
const SYNC_CONTENT: &str = "application/vnd.saldo.sync";

/// What a sync did.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct SyncReport {
    /// How many requests it took.
    pub round_trips: u32,
    /// Changes that are now on the server's disk.
    pub sent: u32,
    /// Changes that the server did not take; they are kept and shown in the status.
    pub refused: u32,
    /// Changes that are still on this phone only.
    pub unsent: u32,
    /// Rows of the feed that came or went.
    pub rows: u32,
    /// Documents that came whole or changed.
    pub documents: u32,
    /// Verdicts that came.
    pub verdicts: u32,
    /// Things that were held otherwise than the server holds them, and were put right.
    pub repaired: u32,
}

impl SyncReport {
    fn add(&mut self, applied: &Applied) {
        self.round_trips += 1;
        self.sent += applied.durable;
        self.refused += applied.refused;
        self.rows += applied.rows;
        self.documents += applied.documents;
        self.verdicts += applied.verdicts;
        self.repaired += u32::try_from(applied.wanted.len()).unwrap_or(u32::MAX);
    }
}

/// Pushes and pulls until there is nothing more. The store is free for recording while the
/// network is busy. Whenever it stops, it can be started again.
pub(crate) fn sync(
    store: &Mutex<Store>,
    transport: &dyn Transport,
    app_version: &str,
    now: Instant,
) -> Result<SyncReport, PhoneError> {
    let mut report = SyncReport::default();
    let mut refills = 0;
    let mut compared = BTreeSet::new();
    let mut questions = Questions::default();
    loop {
        let body = prepare_push(&mut lock(store), app_version, now, &questions)?;
        let answer = match ask(transport, SYNC_PATH, SYNC_CONTENT, body) {
            Ok(answer) => answer,
            Err(error) => {
                if push::was_not_taken(&error) {
                    lock(store).write(|tx| crate::store::clear_in_flight(tx))?;
                }
                // Nobody knows whether it was heard: ask again with the next.
                lock(store).write(|tx| crate::store::set_asked_for_loans(tx, None))?;
                return Err(error.into());
            }
        };
        let mut applied = apply_response(&mut lock(store), &answer, now)?;
        report.add(&applied);
        refills += u32::from(applied.refill);
        questions = next_questions(&mut applied, &mut compared);
        if !applied.wants_more(refills) && questions == Questions::default() {
            break;
        }
    }
    report.unsent = crate::store::count_unsent(lock(store).read())?;
    Ok(report)
}

/// What to ask next: first the things that are known to differ, then where the next scope differs.
/// Each scope is compared once a sync: what does not become equal by that is looked at next time.
fn next_questions(applied: &mut Applied, compared: &mut BTreeSet<ScopeId>) -> Questions {
    let wanted = std::mem::take(&mut applied.wanted);
    let compare = match wanted.is_empty() {
        true => applied.differs.iter().copied().find(|scope| compared.insert(*scope)),
        false => None,
    };
    Questions { compare, wanted: wanted.into_iter().take(MOST_WANTED).collect() }
}

/// A panic elsewhere leaves the store whole: every write is a transaction.
pub(crate) fn lock(store: &Mutex<Store>) -> std::sync::MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}
