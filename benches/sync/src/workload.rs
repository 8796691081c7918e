//! The reference workload, made from a fixed seed: what a rep's territory holds and what a day
//! changes in it. Plain values; who writes them, and into what, is not known here. What never lives
//! here: anybody's real data.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The seed of every run.
pub(crate) const SEED: u64 = 20_261_128;

/// How many client cards the rep holds.
pub(crate) const CARDS: usize = 150;
/// How many changes each of them has seen.
pub(crate) const CHANGES_OF_A_CARD: usize = 30;
/// How many route sheets the rep holds.
pub(crate) const SHEETS: usize = 20;
/// How many clients a route sheet visits.
pub(crate) const VISITS: usize = 20;
/// How many invoices of each client are open.
pub(crate) const OPEN_INVOICES: usize = 8;
/// How many cards a day edits, and how often each.
pub(crate) const EDITED_CARDS: usize = 12;
/// See [`EDITED_CARDS`].
pub(crate) const EDITS_OF_A_CARD: usize = 3;
/// How many other cards change at the server meanwhile, and how often each.
pub(crate) const OTHER_CARDS: usize = 15;
/// See [`OTHER_CARDS`].
pub(crate) const EDITS_OF_ANOTHER: usize = 2;

/// The fields that a card has; together they say as much as 25 short ones, and an edit says as much
/// as one of those.
const FIELDS: [&str; 8] = [
    "outlet_state",
    "goods_available",
    "location",
    "brand_representation",
    "price_level",
    "stock",
    "delivery_hours",
    "payment_days",
];
const FIELD_CHARACTERS: usize = 36;
const EDIT_CHARACTERS: usize = 12;
const NOTE_CHARACTERS: usize = 300;

/// What people write about shops: much the same everywhere, so it compresses together far better
/// than alone.
const PHRASES: [&str; 40] = [
    "shelves full",
    "shelves half empty",
    "fresh goods missing",
    "owner is abroad until next week",
    "pays after delivery",
    "pays by bank on Fridays",
    "cash at the door",
    "truck in the yard behind",
    "deliver before noon",
    "own stand at the entrance",
    "two metres at eye level",
    "price tags wrong",
    "new manager since Monday",
    "promised a larger order",
    "smaller order than usual",
    "busy before the holidays",
    "competitor gives a discount",
    "fridge broken",
    "clean and well lit",
    "being rebuilt",
    "stock for two weeks",
    "turnover slow this month",
    "on the market square",
    "opposite the station",
    "near the school",
    "asks for a longer deferral",
    "invoice was not received",
    "will pay on the tenth",
    "wants the new catalogue",
    "returns two crates",
    "coffee sells well",
    "bakery sold out by ten",
    "juice near its date",
    "dairy full range",
    "snacks basics only",
    "asked for the accountant",
    "nobody answered",
    "call again after lunch",
    "all as agreed",
    "reminded of the open invoices",
];

/// One edit of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CardEdit {
    /// A field reads so from now on.
    Field(&'static str, String),
    /// The note reads so from now on.
    Note(String),
}

/// One thing that a rep writes into a route sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SheetEntry {
    /// A visit at the how-many-th client of the day: the state of the outlet and a note.
    Visit { stop: usize, doubtful: bool, outlet_state: String, note: String },
    /// A call.
    Call { stop: usize, reached: bool, said: String },
    /// A note about the client.
    Remark { stop: usize, text: String },
    /// An order; the amount in minor units.
    Order { stop: usize, amount_minor: i64 },
    /// Cash received; the amount in minor units.
    Cash { stop: usize, amount_minor: i64 },
    /// So many characters more at the end of the sheet's own note.
    MoreNote(String),
}

/// What a route sheet is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DayKind {
    /// A day gone by: a visit, a call, two remarks and a line in the note at each client: 100
    /// changes.
    Past,
    /// The day of W3: one remark more at each client: 120 changes.
    Today,
    /// The same, but at every fourth client an order or cash in place of a remark: facts on which
    /// the rules have something to say.
    TodayWithMoney,
}

fn dice(what: u64, number: usize) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(SEED ^ (what << 48) ^ number as u64)
}

/// So many characters of what people write.
fn text(dice: &mut ChaCha8Rng, characters: usize) -> String {
    let mut text = String::new();
    while text.len() < characters {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(PHRASES[dice.random_range(0..PHRASES.len())]);
        if dice.random_range(0..6) == 0 {
            text.push_str(&format!(" {}", dice.random_range(2..900)));
        }
    }
    text.truncate(characters);
    text
}

/// Everything that was ever written into the `number`-th card, oldest first.
pub(crate) fn card_history(number: usize) -> Vec<CardEdit> {
    let dice = &mut dice(1, number);
    let mut edits: Vec<CardEdit> =
        FIELDS.iter().map(|name| CardEdit::Field(name, text(dice, FIELD_CHARACTERS))).collect();
    let mut note = text(dice, NOTE_CHARACTERS);
    edits.push(CardEdit::Note(note.clone()));
    while edits.len() < CHANGES_OF_A_CARD {
        if edits.len().is_multiple_of(7) {
            // Somebody writes the end of the note anew.
            note.truncate(NOTE_CHARACTERS - 40);
            note.push_str(&text(dice, 40));
            edits.push(CardEdit::Note(note.clone()));
        } else {
            let place = dice.random_range(0..FIELDS.len());
            edits.push(edit(dice, place, edits.len()));
        }
    }
    edits
}

/// What a day changes in the `number`-th card.
pub(crate) fn card_edits(number: usize, edits: usize) -> Vec<CardEdit> {
    let dice = &mut dice(2, number);
    (0..edits)
        .map(|edit| self::edit(dice, (number + edit) % FIELDS.len(), CHANGES_OF_A_CARD + edit))
        .collect()
}

/// An edit of a field; its number makes it another value than any before.
fn edit(dice: &mut ChaCha8Rng, place: usize, number: usize) -> CardEdit {
    let number = format!(" {number}");
    let said = text(dice, EDIT_CHARACTERS - number.len());
    CardEdit::Field(FIELDS[place], said + &number)
}

/// What the rep writes on the `number`-th day, in order.
pub(crate) fn day(number: usize, kind: DayKind) -> Vec<SheetEntry> {
    let dice = &mut dice(3, number);
    let remarks = if kind == DayKind::Past { 2 } else { 3 };
    let mut entries = Vec::new();
    for stop in 0..VISITS {
        entries.push(SheetEntry::Visit {
            stop,
            doubtful: dice.random_range(0..10) == 0,
            outlet_state: text(dice, 24),
            note: text(dice, 60),
        });
        let reached = dice.random_range(0..4) > 0;
        entries.push(SheetEntry::Call { stop, reached, said: text(dice, 40) });
        for remark in 0..remarks {
            let amount_minor = i64::from(dice.random_range(50..400)) * 100;
            entries.push(match (kind, remark, stop % 8) {
                (DayKind::TodayWithMoney, 0, 0) => SheetEntry::Order { stop, amount_minor },
                (DayKind::TodayWithMoney, 0, 4) => SheetEntry::Cash { stop, amount_minor },
                _ => SheetEntry::Remark { stop, text: text(dice, 40) },
            });
        }
        entries.push(SheetEntry::MoreNote(text(dice, 30)));
    }
    entries
}

/// The name of the `number`-th client; in the order of names they are in the order of numbers.
pub(crate) fn client_name(number: usize) -> String {
    format!("Kauplus {number:05} OÜ")
}

/// The number in the ledger of the `number`-th client.
pub(crate) fn client_code(number: usize) -> String {
    format!("K{number:05}")
}

/// An invoice of the ledger: days from today, and minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LedgerInvoice {
    /// When it was issued.
    pub(crate) issued_days_ago: i64,
    /// When it is due, counted from the day of issue.
    pub(crate) deferral_days: i64,
    /// How much it is.
    pub(crate) amount_minor: i64,
}

/// The open invoices of the `number`-th client; of every eighth client some are overdue.
pub(crate) fn invoices(number: usize, count: usize) -> Vec<LedgerInvoice> {
    let dice = &mut dice(4, number);
    (0..count)
        .map(|_| {
            let days = if number.is_multiple_of(8) { 12..40 } else { 12..28 };
            LedgerInvoice {
                issued_days_ago: dice.random_range(days),
                deferral_days: 30,
                amount_minor: i64::from(dice.random_range(2_000..90_000)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn it_is_the_same_every_time_and_as_large_as_told() {
        assert_eq!(card_history(7), card_history(7));
        assert_eq!(card_history(7).len(), CHANGES_OF_A_CARD);
        for (kind, changes) in
            [(DayKind::Past, 100), (DayKind::Today, 120), (DayKind::TodayWithMoney, 120)]
        {
            assert_eq!(day(3, kind), day(3, kind));
            assert_eq!(day(3, kind).len(), changes);
        }
    }

    #[test]
    fn every_edit_changes_something() {
        for number in 0..CARDS {
            let mut note = String::new();
            let mut fields = HashMap::new();
            let day = card_edits(number, EDITS_OF_A_CARD);
            for edit in card_history(number).into_iter().chain(day) {
                match edit {
                    CardEdit::Note(text) => {
                        assert_ne!(text, note, "card {number}");
                        assert_eq!(text.len(), NOTE_CHARACTERS);
                        note = text;
                    }
                    CardEdit::Field(name, text) => {
                        assert!(text.len() >= EDIT_CHARACTERS);
                        let before = fields.insert(name, text.clone());
                        assert_ne!(before, Some(text), "card {number}");
                    }
                }
            }
        }
    }
}
