//! What people do with their phones.

use chrono::{DateTime, Days};
use rand::RngExt;
use saldo_core::documents::CARD_FIELDS;
use saldo_mobile::{
    CivilDate, Mark, Money, NewInstalment, NewOrder, NewPromise, NewReceipt, NewVisit, PaidBy,
    PhoneError, ReasonForDelay, Recorded, UtcMillis,
};
use saldo_tests::inside::{CLIENTS, client};

use super::story::{Kept, Story};

/// Where a note is begun anew: the most is 2,500.
const LONG_NOTE: usize = 1_500;

impl Story {
    /// A client: mostly one that the phone saw when it last came to rest.
    fn about(&mut self, phone: usize) -> String {
        let sees = self.phones[phone].sees.len();
        if sees == 0 || self.below(10) == 0 {
            return client(self.below(CLIENTS)).to_string();
        }
        let number = self.below(sees);
        self.phones[phone].sees[number].clone()
    }

    pub(super) fn record(&mut self, phone: usize) {
        let (about, kind) = (self.about(phone), self.below(5));
        let (now, cents) = (self.clock(), 100 + i64::from(self.random.random_range(0..20_000_u16)));
        let amount = Money { minor: cents, currency: "EUR".to_owned() };
        let it = self.phones[phone].handset.phone();
        let recorded = match kind {
            0 => it.record_visit(&about, visit(cents), now),
            1 => it.record_note(&about, &format!("heard {cents}"), now),
            2 => it.record_order(&about, order(amount), None, now),
            3 => it.record_receipt(&about, receipt(amount), now),
            _ => match open_invoice(it, &about, now) {
                Some(invoice) => {
                    it.record_promise(&about, promise(invoice, amount, now), None, now)
                }
                None => it.record_note(&about, "owes nothing", now),
            },
        };
        match recorded {
            Ok(Recorded { fact, .. }) => {
                self.tell(format_args!("phone {phone} records {fact} (kind {kind}) of {about}"));
                assert!(self.recorded.insert(fact.clone()), "{fact} is there twice");
                self.tally.facts += 1;
            }
            // It does not see the client.
            Err(PhoneError::NotFound { .. }) => {}
            Err(error) => panic!("phone {phone}: {error}"),
        }
    }

    pub(super) fn note_of_sheet(&mut self, phone: usize) {
        let (now, place) = (self.clock(), self.random.random::<u32>());
        let Kept { handset, .. } = &self.phones[phone];
        let it = handset.phone();
        let sheet = it.route_sheet(None, now).unwrap();
        let word = format!("<{place:x}>");
        let note = with_word(&sheet.note, &word, place as usize);
        it.edit_note(None, &note, now).unwrap();
        let day = format!("{} {}", handset.person(), sheet.day.0);
        self.tell(format_args!("phone {phone} writes {word} into its sheet's note"));
        self.written.entry(day).or_default().push(word);
    }

    pub(super) fn note_of_card(&mut self, phone: usize) {
        let (now, place, about) = (self.clock(), self.random.random::<u32>(), self.about(phone));
        let it = self.phones[phone].handset.phone();
        let Ok(card) = it.card(&about) else { return };
        let word = format!("<{place:x}>");
        let mut note = card.note;
        if note.len() > LONG_NOTE {
            note.clear();
            // Whoever writes at the same time writes into what is being deleted.
            self.forked = true;
        }
        it.edit_card_note(&about, &with_word(&note, &word, place as usize), now).unwrap();
        self.tell(format_args!("phone {phone} writes {word} into the note of card {about}"));
        self.written.entry(about).or_default().push(word);
    }

    pub(super) fn field_of_card(&mut self, phone: usize) {
        let (now, about, field) = (self.clock(), self.about(phone), self.below(2));
        let name = CARD_FIELDS[field].name;
        let text = format!("{}", self.below(1_000));
        match self.phones[phone].handset.phone().edit_card_field(&about, name, &text, now) {
            Ok(()) => self.tell(format_args!("phone {phone} sets {name} of card {about}: {text}")),
            Err(PhoneError::NotFound { .. }) => {}
            Err(error) => panic!("phone {phone}: {error}"),
        }
    }
}

/// The note with a word more, somewhere between its words.
fn with_word(note: &str, word: &str, place: usize) -> String {
    let ends: Vec<usize> = note.match_indices('>').map(|(at, _)| at + 1).collect();
    let at = match ends.get(place % (ends.len() + 1)) {
        Some(at) => *at,
        None => note.len(),
    };
    let (before, after) = note.split_at(at);
    format!("{before}{word}{after}")
}

fn visit(number: i64) -> NewVisit {
    NewVisit {
        outlet: None,
        mark: [Mark::A, Mark::B, Mark::C][usize::try_from(number % 3).unwrap()],
        outlet_state: String::new(),
        next_contact_at: None,
        help_wanted: number % 7 == 0,
        note: format!("seen {number}"),
    }
}

fn order(amount: Money) -> NewOrder {
    let note = String::new();
    NewOrder { amount, deferral_days: 14, prepaid: false, wanted_on: None, note }
}

fn receipt(amount: Money) -> NewReceipt {
    NewReceipt { amount, paid_by: PaidBy::Cash, invoices: Vec::new(), note: String::new() }
}

fn open_invoice(phone: &saldo_mobile::Phone, about: &str, now: UtcMillis) -> Option<String> {
    let account = phone.client(about, now).ok()?.account?;
    account.invoices.first().map(|invoice| invoice.invoice.clone())
}

fn promise(invoice: String, amount: Money, now: UtcMillis) -> NewPromise {
    let day = DateTime::from_timestamp_millis(now.0).unwrap().date_naive() + Days::new(5);
    NewPromise {
        invoices: vec![invoice],
        reason: ReasonForDelay::NoFunds,
        reason_text: String::new(),
        instalments: vec![NewInstalment { pay_on: CivilDate(day.to_string()), amount }],
    }
}
