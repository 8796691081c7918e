//! What the targets share: a small house of documents and writers, and panics that count only when
//! nobody catches them (the gate catches Automerge's).

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{LazyLock, Once};

use saldo_core::documents::{Document, Stop, Subject, actor_of};
use saldo_core::facts::{Fact, FactBody, Note};
use saldo_core::gate::Writer;
use saldo_core::ids::{ClientId, DeviceId, FactId, PersonId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use uuid::Uuid;

/// The rep who writes.
pub const REP: PersonId = PersonId(Uuid::from_u128(0xa));
/// The client of the cards.
pub const CLIENT: ClientId = ClientId(Uuid::from_u128(0xc));
/// The phone that writes.
pub const PHONE: DeviceId = DeviceId(Uuid::from_u128(1));
/// Another phone, of an honest colleague.
pub const COLLEAGUE: DeviceId = DeviceId(Uuid::from_u128(2));

thread_local! {
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs a target; a panic that comes out of it ends the process and is told.
pub fn run(target: impl FnOnce()) {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        // In place of libFuzzer's, which ends the process at panics that are caught as well.
        std::panic::set_hook(Box::new(|panic| {
            SAID.with(|said| *said.borrow_mut() = panic.to_string());
        }));
    });
    if catch_unwind(AssertUnwindSafe(target)).is_err() {
        SAID.with(|said| eprintln!("{}", said.borrow()));
        std::process::abort();
    }
}

/// A rep's day.
#[must_use]
pub fn sheet() -> Subject {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 21).unwrap_or_default();
    Subject::RouteSheet { person: REP, day }
}

/// A client's card.
#[must_use]
pub fn card() -> Subject {
    Subject::ClientCard { client: CLIENT }
}

/// A client's persons.
#[must_use]
pub fn persons() -> Subject {
    Subject::PersonalCard { client: CLIENT, generation: 1 }
}

/// Somebody with this role who writes with the phone, as the rep or as somebody else.
#[must_use]
pub fn writer(role: Role, is_rep: bool) -> Writer {
    let person = if is_rep { REP } else { PersonId(Uuid::from_u128(0xb)) };
    Writer { device: PHONE, install_epoch: 1, person, role, home_phones: false }
}

/// A note about the client.
#[must_use]
pub fn note(number: u128, text: &str) -> Fact {
    Fact {
        id: FactId(Uuid::from_u128(number)),
        author: REP,
        client: CLIENT,
        recorded_at: UtcMillis(1_795_257_600_000),
        corrects: None,
        body: FactBody::Note(Note { text: text.into() }),
    }
}

/// A planned stop.
#[must_use]
pub fn stop(client: u128, purpose: &str) -> Stop {
    Stop { client: ClientId(Uuid::from_u128(client)), position: 1, purpose: purpose.into() }
}

/// A document at the server into which both phones have written.
pub struct Kept {
    /// About what.
    pub subject: Subject,
    /// Its saved form.
    pub saved: Vec<u8>,
    /// The valid changes that the phone could write next, each into the document as it is.
    pub next: Vec<Vec<u8>>,
}

/// One document of every kind.
pub static KEPT: LazyLock<[Kept; 3]> = LazyLock::new(|| {
    [sheet(), card(), persons()].map(|subject| kept(subject).expect("it is valid"))
});

fn kept(subject: Subject) -> Option<Kept> {
    let mut mine = Document::genesis(subject.kind());
    let mut theirs = Document::genesis(subject.kind());
    mine.set_actor(actor_of(PHONE, 1));
    theirs.set_actor(actor_of(COLLEAGUE, 1));
    for (document, number) in [(&mut mine, 1), (&mut theirs, 2)] {
        honest(document, number)?;
    }
    mine.merge_saved(&theirs.save()).ok()?;
    let saved = mine.save();
    let mut next = Vec::new();
    let mut write = |write: &dyn Fn(&mut Document) -> Option<Vec<u8>>| {
        next.extend(write(&mut mine.clone()));
    };
    write(&|document| document.append_fact(&note(9, "new")).ok().map(|change| change.bytes));
    write(&|document| document.edit_note("a net").ok()?.map(|change| change.bytes));
    write(&|document| {
        document.plan_stops(&[stop(2, "b"), stop(3, "c")]).ok()?.map(|change| change.bytes)
    });
    write(&|document| {
        let fields = [("price_level", "y"), ("stock", "2")];
        document.set_fields(&fields).ok()?.map(|change| change.bytes)
    });
    write(&|document| document.set_fields(&[("buyer.name", "y")]).ok()?.map(|change| change.bytes));
    Some(Kept { subject, saved, next })
}

/// Writes what an honest phone writes: a fact, a stop, a field, a note, whichever the kind takes.
/// `None`: nothing of it could be written.
pub fn honest(document: &mut Document, number: u8) -> Option<Vec<Vec<u8>>> {
    let mut written = Vec::new();
    let fact = note(u128::from(number) << 64, "kept");
    written.extend(document.append_fact(&fact).ok());
    let value = format!("{number}");
    written.extend(document.plan_stops(&[stop(1, &value)]).ok().flatten());
    written.extend(document.set_fields(&[("price_level", &value)]).ok().flatten());
    written.extend(document.set_fields(&[("buyer.name", &value)]).ok().flatten());
    written.extend(document.edit_note(&value).ok().flatten());
    (!written.is_empty()).then(|| written.into_iter().map(|change| change.bytes).collect())
}
