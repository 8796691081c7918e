//! What the gate costs, on one core: `cargo bench -p saldo-benches --bench gate`.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on fails")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use saldo_core::documents::{Document, Subject, actor_of};
use saldo_core::facts::{Fact, FactBody, Note};
use saldo_core::gate::{self, Writer};
use saldo_core::ids::{ClientId, DeviceId, FactId, PersonId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use uuid::Uuid;

const REP: PersonId = PersonId(Uuid::from_u128(0xa));
const CLIENT: ClientId = ClientId(Uuid::from_u128(0xc));
const FIELDS: [&str; 4] = ["outlet_state", "location", "stock", "delivery_hours"];

/// A document that a rep writes, and everything that was written so far.
struct Written {
    subject: Subject,
    document: Document,
    number: u128,
}

impl Written {
    fn of(subject: Subject) -> Self {
        let mut document = Document::genesis(subject.kind());
        let writer = rep();
        document.set_actor(actor_of(writer.device, writer.install_epoch));
        Self { subject, document, number: 0 }
    }

    fn card(changes: usize) -> Self {
        let mut card = Self::of(Subject::ClientCard { client: CLIENT });
        let note = "shelves half empty, owner is abroad until next week, ".repeat(6);
        card.document.edit_note(&note).unwrap();
        card.edits(changes - 1);
        card
    }

    fn sheet(changes: usize) -> Self {
        let day = "2026-11-21".parse().unwrap();
        let mut sheet = Self::of(Subject::RouteSheet { person: REP, day });
        sheet.facts(changes);
        sheet
    }

    /// So many edits of a card's fields.
    fn edits(&mut self, count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|_| self.edit()).collect()
    }

    fn edit(&mut self) -> Vec<u8> {
        self.number += 1;
        let name = FIELDS[self.number as usize % FIELDS.len()];
        let value = format!("deliver before noon, call {} first", self.number);
        self.document.set_fields(&[(name, &value)]).unwrap().unwrap().bytes
    }

    /// So many facts of a sheet.
    fn facts(&mut self, count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|_| self.fact()).collect()
    }

    fn fact(&mut self) -> Vec<u8> {
        self.number += 1;
        let fact = Fact {
            id: FactId(Uuid::from_u128((7 << 76) | (self.number << 32) | 0x8000_0000_0000_0000)),
            author: REP,
            client: CLIENT,
            recorded_at: UtcMillis(1_795_257_600_000 + self.number as i64 * 60_000),
            corrects: None,
            body: FactBody::Note(Note {
                text: format!("asked for the accountant, {}", self.number),
            }),
        };
        self.document.append_fact(&fact).unwrap().bytes
    }
}

fn rep() -> Writer {
    let device = DeviceId(Uuid::from_u128(1));
    Writer { device, install_epoch: 1, person: REP, role: Role::Rep, home_phones: false }
}

fn measure(
    criterion: &mut Criterion,
    name: &str,
    subject: Subject,
    saved: Option<&[u8]>,
    push: &[Vec<u8>],
) {
    let push: Vec<&[u8]> = push.iter().map(Vec::as_slice).collect();
    let passed = gate::admit(subject, saved, &rep(), &push).unwrap();
    assert!(passed.changes.iter().all(Result::is_ok), "{:?}", passed.changes);
    criterion.bench_function(name, |bencher| {
        bencher.iter(|| gate::admit(subject, black_box(saved), &rep(), black_box(&push)));
    });
}

fn pushes(criterion: &mut Criterion) {
    let mut card = Written::card(30);
    let saved = card.document.save();
    let push = card.edits(3);
    measure(criterion, "3 edits of a card of 30 changes", card.subject, Some(&saved), &push);

    let mut sheet = Written::sheet(0);
    let push = sheet.facts(100);
    measure(criterion, "100 facts of a new route sheet", sheet.subject, None, &push);

    let mut sheet = Written::sheet(100);
    let saved = sheet.document.save();
    let push = sheet.facts(3);
    measure(criterion, "3 facts more on a sheet of 100", sheet.subject, Some(&saved), &push);
}

criterion_group!(gate, pushes);
criterion_main!(gate);
