//! The documents into which attackers write at the gate.

use chrono::NaiveDate;
use saldo_core::documents::{Document, Stop, Subject, actor_of};
use saldo_core::facts::{Fact, FactBody, Note};
use saldo_core::gate::{Writer, admit};
use saldo_core::ids::{DeviceId, FactId, PersonId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use saldo_tests::inside::{SUPERVISOR, client, rep};
use uuid::Uuid;

use super::COLLEAGUE;

/// A document as the server keeps it.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) subject: Subject,
    pub(super) saved: Vec<u8>,
    pub(super) heads: Vec<[u8; 32]>,
}

impl Kept {
    pub(super) fn facts(&self) -> Vec<Fact> {
        self.open().facts()
    }

    pub(super) fn open(&self) -> Document {
        Document::load(self.subject.kind(), &self.saved).unwrap()
    }
}

/// The documents.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    pub(super) kept: Vec<Kept>,
}

/// The sheet of a person on the day of the suite.
pub(super) fn sheet_of(person: PersonId) -> Subject {
    let day = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
    Subject::RouteSheet { person, day }
}

/// A note about the first client.
pub(super) fn note(id: u128, author: PersonId, text: &str) -> Fact {
    Fact {
        id: FactId(Uuid::from_u128(id)),
        author,
        client: client(0),
        recorded_at: UtcMillis(1_795_257_600_000),
        corrects: None,
        body: FactBody::Note(Note { text: text.to_owned() }),
    }
}

/// Somebody who writes with a device.
pub(super) fn writer(device: DeviceId, person: PersonId, role: Role) -> Writer {
    Writer { device, install_epoch: 1, person, role, home_phones: false }
}

impl Ground {
    /// One document of every kind, of the rep and of others, with something honest in each.
    pub(super) fn new() -> Self {
        let subjects = [
            sheet_of(rep(0)),
            sheet_of(rep(1)),
            Subject::ClientCard { client: client(0) },
            Subject::PersonalCard { client: client(0), generation: 1 },
        ];
        let mut kept = Vec::new();
        for (number, subject) in (1_u128..).zip(subjects) {
            let mut document = Document::genesis(subject.kind());
            document.set_actor(actor_of(COLLEAGUE, 1));
            honest(&mut document, number, SUPERVISOR);
            kept.push(Kept { subject, heads: document.heads(), saved: document.save() });
        }
        Self { kept }
    }
}

/// Writes what an honest phone writes into a document of this kind.
fn honest(document: &mut Document, number: u128, author: PersonId) -> Vec<Vec<u8>> {
    let value = format!("{number}");
    let stop = Stop { client: client(1), position: 1, purpose: value.clone() };
    let written = [
        document.append_fact(&note((0xffff << 64) + number, author, &value)).ok(),
        document.plan_stops(&[stop]).ok().flatten(),
        document.set_fields(&[("price_level", &value)]).ok().flatten(),
        document.set_fields(&[("buyer.name", &value)]).ok().flatten(),
        document.edit_note(&value).ok().flatten(),
    ];
    written.into_iter().flatten().map(|change| change.bytes).collect()
}

/// A colleague's phone that has the document writes into it and is admitted: what was taken from an
/// attacker stands in nobody's way.
pub(super) fn a_colleague_goes_on(subject: Subject, saved: &[u8], again: &str) {
    let mut phone = Document::load(subject.kind(), saved).unwrap();
    let device = DeviceId(Uuid::from_u128(0xc1));
    phone.set_actor(actor_of(device, 1));
    let person = match subject {
        Subject::RouteSheet { person, .. } => person,
        Subject::ClientCard { .. } | Subject::PersonalCard { .. } => rep(3),
    };
    let written = honest(&mut phone, 0xbeef, person);
    assert!(!written.is_empty(), "{again}: a colleague cannot write");
    let written: Vec<&[u8]> = written.iter().map(Vec::as_slice).collect();
    let colleague = writer(device, person, Role::Rep);
    let passed = admit(subject, Some(saved), &colleague, &written).unwrap();
    for answer in &passed.changes {
        assert!(answer.is_ok(), "{again}: a colleague is refused: {answer:?}");
    }
}
