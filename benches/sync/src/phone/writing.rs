//! What the rep writes, through the SDK's own calls: the workload's values become facts, fields and
//! notes.

use saldo_mobile::{
    ContactWay, Mark, Money, NewContact, NewOrder, NewReceipt, NewVisit, PaidBy, Phone, UtcMillis,
};

use crate::error::BenchError;
use crate::workload::{
    self, CARDS, CardEdit, DayKind, EDITED_CARDS, EDITS_OF_A_CARD, EDITS_OF_ANOTHER, OTHER_CARDS,
    SHEETS, SheetEntry, VISITS,
};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;
const MINUTE_MILLIS: i64 = 60 * 1_000;

/// The first card that a day edits; the clients before it are visited.
const FIRST_EDITED: usize = VISITS;
/// The first card that changes at the server meanwhile.
const FIRST_OTHER: usize = FIRST_EDITED + EDITED_CARDS;

/// The ids of the phone's clients, in the order of their numbers.
fn clients(phone: &Phone, now: UtcMillis) -> Result<Vec<String>, BenchError> {
    Ok(phone.clients("", now)?.into_iter().map(|line| line.client).collect())
}

/// What was written before the first measurement: every card's history, and the sheets of the days
/// before today.
pub(super) fn history(phone: &Phone, now: UtcMillis) -> Result<(), BenchError> {
    let clients = clients(phone, now)?;
    for (number, client) in clients.iter().enumerate().take(CARDS) {
        edit(phone, client, workload::card_history(number), now)?;
    }
    for number in 0..SHEETS {
        let days_ago = i64::try_from(SHEETS - number).unwrap_or(i64::MAX);
        let at = UtcMillis(now.0 - days_ago * DAY_MILLIS);
        // Other clients each day, as on a route.
        let route: Vec<&String> =
            (0..VISITS).map(|stop| &clients[(number * VISITS + stop) % clients.len()]).collect();
        write_day(phone, &route, workload::day(number, DayKind::Past), at)?;
    }
    Ok(())
}

/// The day of W3: a new route sheet, and some cards edited.
pub(super) fn today(phone: &Phone, kind: DayKind, now: UtcMillis) -> Result<(), BenchError> {
    let clients = clients(phone, now)?;
    let route: Vec<&String> = clients.iter().take(VISITS).collect();
    write_day(phone, &route, workload::day(SHEETS, kind), now)?;
    for (number, client) in clients.iter().enumerate().skip(FIRST_EDITED).take(EDITED_CARDS) {
        edit(phone, client, workload::card_edits(number, EDITS_OF_A_CARD), now)?;
    }
    Ok(())
}

/// What changes at the server meanwhile, by a colleague's phone.
pub(super) fn others(phone: &Phone, now: UtcMillis) -> Result<(), BenchError> {
    let clients = clients(phone, now)?;
    for (number, client) in clients.iter().enumerate().skip(FIRST_OTHER).take(OTHER_CARDS) {
        edit(phone, client, workload::card_edits(number, EDITS_OF_ANOTHER), now)?;
    }
    Ok(())
}

/// One edit in each of the first so many cards.
pub(super) fn one_edit_each(phone: &Phone, cards: usize, now: UtcMillis) -> Result<(), BenchError> {
    for (number, client) in clients(phone, now)?.iter().enumerate().take(cards) {
        edit(phone, client, workload::card_edits(number, 1), now)?;
    }
    Ok(())
}

/// The first client.
pub(super) fn somebody(phone: &Phone, now: UtcMillis) -> Result<String, BenchError> {
    Ok(phone.client_by_code(&workload::client_code(0), now)?.client)
}

/// A visit at a client.
pub(super) fn visit_at(phone: &Phone, client: &str, now: UtcMillis) -> Result<(), BenchError> {
    phone.record_visit(client, visit(None, false, "clean", "all as agreed"), now)?;
    Ok(())
}

fn edit(
    phone: &Phone,
    client: &str,
    edits: Vec<CardEdit>,
    now: UtcMillis,
) -> Result<(), BenchError> {
    for edit in edits {
        match edit {
            CardEdit::Field(field, text) => phone.edit_card_field(client, field, &text, now)?,
            CardEdit::Note(text) => phone.edit_card_note(client, &text, now)?,
        }
    }
    Ok(())
}

/// Writes a day's entries, from `at` on a few seconds apart.
fn write_day(
    phone: &Phone,
    route: &[&String],
    entries: Vec<SheetEntry>,
    at: UtcMillis,
) -> Result<(), BenchError> {
    let mut note = String::new();
    for (number, entry) in (0..).zip(entries) {
        // Backwards from `at`, which may be now: nothing is written in the future.
        let now = UtcMillis(at.0 - MINUTE_MILLIS + number * 100);
        match entry {
            SheetEntry::Visit { stop, doubtful, outlet_state, note } => {
                let outlet = phone.client(route[stop], now)?.outlets.pop();
                let outlet = outlet.map(|outlet| outlet.outlet);
                let visit = visit(outlet, doubtful, &outlet_state, &note);
                phone.record_visit(route[stop], visit, now)?;
            }
            SheetEntry::Call { stop, reached, said } => {
                let contact = NewContact { way: ContactWay::Call, reached, said };
                phone.record_contact(route[stop], contact, now)?;
            }
            SheetEntry::Remark { stop, text } => {
                phone.record_note(route[stop], &text, now)?;
            }
            SheetEntry::Order { stop, amount_minor } => {
                phone.record_order(route[stop], order(amount_minor), None, now)?;
            }
            SheetEntry::Cash { stop, amount_minor } => {
                phone.record_receipt(route[stop], cash(amount_minor), now)?;
            }
            SheetEntry::MoreNote(text) => {
                note.push_str(&text);
                phone.edit_note(None, &note, now)?;
            }
        }
    }
    Ok(())
}

fn visit(outlet: Option<String>, doubtful: bool, outlet_state: &str, note: &str) -> NewVisit {
    NewVisit {
        outlet,
        mark: if doubtful { Mark::B } else { Mark::A },
        outlet_state: outlet_state.to_owned(),
        next_contact_at: None,
        help_wanted: false,
        note: note.to_owned(),
    }
}

fn euros(minor: i64) -> Money {
    Money { minor, currency: "EUR".to_owned() }
}

fn order(amount_minor: i64) -> NewOrder {
    NewOrder {
        amount: euros(amount_minor),
        deferral_days: 7,
        prepaid: false,
        wanted_on: None,
        note: String::new(),
    }
}

fn cash(amount_minor: i64) -> NewReceipt {
    NewReceipt {
        amount: euros(amount_minor),
        paid_by: PaidBy::Cash,
        invoices: Vec::new(),
        note: String::new(),
    }
}
