//! What a request says of loans of limit (R4.9): which go back, and of whose limit the phone wants some.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use saldo_core::documents::{Document, Subject};
use saldo_core::ids::{ClientId, LoanId};
use saldo_core::loan::is_due_back;
use saldo_core::time::{HOUR_MILLIS, UtcMillis as Instant};
use saldo_core::wire::MOST_LOANS;

use crate::PhoneError;
use crate::store::{self, LoanInHand, OwnIdentity, Store};

/// How long a phone waits before it asks again for what it was not lent.
const ASKS_EVERY_MILLIS: i64 = HOUR_MILLIS / 4;

/// How long the person's wish for some of a client's limit holds.
const WISH_HOLDS_MILLIS: i64 = 24 * HOUR_MILLIS;

/// What a request says of loans.
#[derive(Debug, Default)]
pub(super) struct OfLoans {
    pub(super) given_back: Vec<LoanId>,
    pub(super) borrowing: Vec<ClientId>,
}

/// What the next request says. What goes back is closed on the disk first, so that no order can be
/// written on it, whatever becomes of the request. `all_is_told`: the request carries everything unsent.
pub(super) fn of_loans(
    store: &mut Store,
    own: &OwnIdentity,
    now: Instant,
    all_is_told: bool,
) -> Result<OfLoans, PhoneError> {
    if !all_is_told {
        return Ok(OfLoans::default());
    }
    let at_server = store::server_time(store.read(), now)?;
    let (back, kept): (Vec<LoanInHand>, Vec<LoanInHand>) = store::loans_in_hand(store.read(), own)?
        .into_iter()
        .partition(|held| is_due_back(&held.loan, held.left_minor, at_server));
    if !back.is_empty() {
        store.write(|tx| store::close_loans(tx, back.iter().map(|held| held.loan.id)))?;
    }
    let mut given_back = store::closed_loans(store.read())?;
    given_back.truncate(MOST_LOANS);
    if !store::lends(store.read())? {
        return Ok(OfLoans { given_back, borrowing: Vec::new() });
    }
    let asked_at = store::sync_state(store.read())?.asked_for_loans_at;
    let asked_lately =
        asked_at.is_some_and(|asked_at| (now.0.saturating_sub(asked_at)).abs() < ASKS_EVERY_MILLIS);
    if asked_lately && given_back.is_empty() {
        return Ok(OfLoans::default());
    }
    let held: BTreeSet<ClientId> = kept.iter().map(|held| held.loan.client).collect();
    let wanted = wanted(store, own, now)?;
    let borrowing: Vec<ClientId> =
        wanted.into_iter().filter(|client| !held.contains(client)).take(MOST_LOANS).collect();
    store.write(|tx| store::set_asked_for_loans(tx, Some(now)))?;
    Ok(OfLoans { given_back, borrowing })
}

/// Whom the person wants limit for: who stands on today's route sheet, and who was asked for by hand.
fn wanted(
    store: &Store,
    own: &OwnIdentity,
    now: Instant,
) -> Result<BTreeSet<ClientId>, PhoneError> {
    let since = now.plus_millis(-WISH_HOLDS_MILLIS);
    let mut wanted: BTreeSet<ClientId> =
        store::wanted_loans(store.read(), since)?.into_iter().collect();
    let day = now.civil_date(own.time_zone);
    let subject = Subject::RouteSheet { person: own.person, day };
    if let Some(stored) = store::load_document(store.read(), subject.document())? {
        let sheet = Document::load(subject.kind(), &stored.saved)?;
        wanted.extend(sheet.stops().into_iter().map(|stop| stop.client));
    }
    Ok(wanted)
}
