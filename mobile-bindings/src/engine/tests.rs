//! What is sent and what an answer changes, against an office in memory.

use saldo_core::documents::{Subject, pack_bundle};
use saldo_core::facts::{Fact, FactBody, Note};
use saldo_core::feed::{ClientRow, FeedRow};
use saldo_core::ids::{ClientId, FactId, TerritoryId};
use saldo_core::time::UtcMillis as Instant;
use saldo_core::wire::{DocumentBundle, RefusalCode, RowChange, ScopeId, WholeDocument};
use tempfile::TempDir;
use uuid::Uuid;

use crate::testing::{Office, Trouble, open, person, sheet};
use crate::{Phone, PhoneError, UtcMillis};

/// 2026-11-18 12:00 UTC.
const NOW: UtcMillis = UtcMillis(1_795_003_200_000);

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn client(number: u128) -> FeedRow {
    FeedRow::Client(ClientRow {
        id: ClientId(Uuid::from_u128(number)),
        code: format!("C{number}"),
        name: format!("Client {number}"),
        territory: TerritoryId(Uuid::from_u128(1)),
        outlets: Vec::new(),
        personal_card: Some(1),
    })
}

fn note(phone: &Phone, text: &str) {
    let client = Uuid::from_u128(1).to_string();
    phone.record_note(&client, text, NOW).expect("is recorded");
}

fn unsent(phone: &Phone) -> u32 {
    phone.status().expect("tells").unsent
}

/// An office with one client, and a phone that knows it.
fn office_and_phone(folder: &TempDir) -> (std::sync::Arc<Office>, std::sync::Arc<Phone>) {
    let office = Office::new();
    office.tell(1, &client(1));
    let phone = office.phone(folder.path(), "anna");
    phone.sync(office.transport(), NOW).expect("syncs");
    (office, phone)
}

#[test]
fn a_lost_reply_is_asked_again_with_the_same_bytes() {
    let folder = folder();
    let (office, phone) = office_and_phone(&folder);
    note(&phone, "first");
    office.books().received.clear();
    office.books().trouble.extend([Trouble::LostReply, Trouble::Down, Trouble::LostReply]);
    for _ in 0..2 {
        assert!(matches!(phone.sync(office.transport(), NOW), Err(PhoneError::Offline { .. })));
        note(&phone, "meanwhile");
    }
    drop(phone);
    let phone = open(folder.path());
    assert!(matches!(phone.sync(office.transport(), NOW), Err(PhoneError::Offline { .. })));
    phone.sync(office.transport(), NOW).expect("gets through");

    let books = office.books();
    let (same, after) = books.received.split_at(4);
    assert!(same.windows(2).all(|pair| pair[0] == pair[1]), "the very same bytes");
    assert!(after.iter().all(|bytes| *bytes != same[0]));
    assert_eq!(books.breaks, 0, "the chain holds");
    drop(books);
    let mut notes = office.notes();
    notes.sort();
    assert_eq!(notes, ["first", "meanwhile", "meanwhile"], "each once");
    assert_eq!(unsent(&phone), 0);
}

#[test]
fn what_is_not_saldos_answer_changes_nothing() {
    let folder = folder();
    let (office, phone) = office_and_phone(&folder);
    note(&phone, "kept");
    office.books().trouble.push_back(Trouble::Portal);
    assert!(matches!(phone.sync(office.transport(), NOW), Err(PhoneError::Offline { .. })));
    assert_eq!(unsent(&phone), 1);
    phone.sync(office.transport(), NOW).expect("gets through");
    assert_eq!((unsent(&phone), office.notes().len()), (0, 1));
}

/// Bytes that the server will never take are made anew; others go again as they are.
#[test]
fn a_refused_request_is_told_and_retried_rightly() {
    for (status, code, same_again) in [
        (401, "foreign_device", true),
        (429, "too_many", true),
        (500, "internal", true),
        (400, "bad_request", false),
        (426, "protocol", false),
    ] {
        let folder = folder();
        let (office, phone) = office_and_phone(&folder);
        note(&phone, "kept");
        office.books().trouble.push_back(Trouble::Problem(status, code));
        let refused = phone.sync(office.transport(), NOW).expect_err(code);
        let PhoneError::ServerRefused { code: told, .. } = &refused else { panic!("{refused}") };
        assert_eq!(told, code);
        let later = UtcMillis(NOW.0 + 1);
        phone.sync(office.transport(), later).expect("gets through");
        let books = office.books();
        let tries: Vec<_> = books.received.iter().rev().take(2).collect();
        assert_eq!(tries[0] == tries[1], same_again, "{code}");
        assert_eq!(books.breaks, 0);
    }
}

#[test]
fn a_busy_server_is_asked_later() {
    let folder = folder();
    let (office, phone) = office_and_phone(&folder);
    note(&phone, "patient");
    office.books().trouble.push_back(Trouble::Busy);
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!((report.sent, report.unsent), (0, 1));
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!((report.sent, report.unsent), (1, 0));
}

/// One change that the server will never take must not hold up those written after it.
#[test]
fn a_refused_change_is_kept_and_the_rest_goes_through() {
    let folder = folder();
    let (office, phone) = office_and_phone(&folder);
    for text in ["before", "bad", "after", "later"] {
        note(&phone, text);
    }
    office.books().refuse = Some(("bad", RefusalCode::Forbidden));
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!((report.sent, report.refused, report.unsent), (3, 1, 0));
    let mut notes = office.notes();
    notes.sort();
    assert_eq!(notes, ["after", "before", "later"]);
    let refused = phone.status().expect("tells").refused;
    assert_eq!(refused.len(), 1);
    assert_eq!((refused[0].words.as_str(), refused[0].code.as_str()), ("note: bad", "forbidden"));
    assert_eq!(office.books().breaks, 0);
    // It can go on writing.
    note(&phone, "next day");
    assert_eq!(phone.sync(office.transport(), NOW).expect("syncs").sent, 1);
}

/// A change that never finds its place is put aside after a few tries, not for ever.
#[test]
fn a_misplaced_change_does_not_loop() {
    let folder = folder();
    let (office, phone) = office_and_phone(&folder);
    note(&phone, "bad");
    office.books().refuse = Some(("bad", RefusalCode::Sequence));
    let mut report = phone.sync(office.transport(), NOW).expect("syncs");
    report.refused += phone.sync(office.transport(), NOW).expect("syncs").refused;
    assert_eq!((report.refused, unsent(&phone)), (1, 0));
    assert!(office.books().requests.len() < 10);
}

#[test]
fn lost_sight_deletes_but_never_what_is_unsent() {
    let folder = folder();
    let (office, phone) = office_and_phone(&folder);
    office.tell(2, &client(2));
    let yesterday = Subject::RouteSheet { person: person("anna"), day: day("2026-11-17") };
    let saved = sheet(yesterday, |sheet| {
        sheet.edit_note("old").expect("fits");
    });
    let snapshot = WholeDocument { subject: yesterday, scope: ScopeId(2), saved, is_bare: false };
    office.books().scopes = vec![1, 2];
    office.books().snapshots.push(snapshot);
    phone.sync(office.transport(), NOW).expect("syncs");
    let old_note = || phone.route_sheet(Some("2026-11-17".into()), NOW).expect("shows").note;
    assert_eq!(phone.clients("", NOW).expect("lists").len(), 2);
    assert_eq!(old_note(), "old");

    phone.edit_note(Some("2026-11-17".into()), "old and mine", NOW).expect("writes");
    office.books().scopes = vec![1];
    office.books().trouble.push_back(Trouble::Busy);
    phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(phone.clients("", NOW).expect("lists").len(), 1);
    assert_eq!(old_note(), "old and mine", "unsent is never evicted");
    assert_eq!(unsent(&phone), 1);
}

#[test]
fn a_row_that_is_taken_back_is_gone() {
    let folder = folder();
    let (office, phone) = office_and_phone(&folder);
    office.tell(1, &client(2));
    office.books().page = 1;
    phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(phone.clients("", NOW).expect("lists").len(), 2);
    office.take_back(1, "client", &Uuid::from_u128(2).to_string());
    phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(phone.clients("client 2", NOW).expect("lists").len(), 0);
}

/// A change that hangs on one the phone does not have: the scope is asked for anew, whole.
#[test]
fn a_gap_is_filled_anew() {
    let folder = folder();
    let (office, phone) = office_and_phone(&folder);
    let today = Subject::RouteSheet { person: person("anna"), day: day("2026-11-18") };
    let mut gap = Vec::new();
    let saved = sheet(today, |sheet| {
        sheet.edit_note("a").expect("fits");
        gap = sheet.edit_note("ab").expect("fits").expect("changes").bytes;
    });
    office.books().changes.push(DocumentBundle {
        document: today.document(),
        changes: pack_bundle([gap.as_slice()]),
    });
    phone.sync(office.transport(), NOW).expect("syncs");
    let asked = office.books().requests.last().expect("asked again").positions[0];
    assert_eq!((asked.since, asked.filling), (0, true));
    let scope = ScopeId(1);
    office.books().snapshots.push(WholeDocument { subject: today, scope, saved, is_bare: false });
    phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(phone.route_sheet(None, NOW).expect("shows").note, "ab");
}

#[test]
fn a_new_epoch_forgets_rows_and_keeps_what_was_written() {
    let folder = folder();
    let (office, phone) = office_and_phone(&folder);
    office.tell(1, &client(2));
    phone.sync(office.transport(), NOW).expect("syncs");
    note(&phone, "mine");
    office.books().epoch = 8;
    office.take_back(1, "client", &Uuid::from_u128(2).to_string());
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(report.sent, 1);
    assert_eq!(phone.clients("", NOW).expect("lists").len(), 1);
    phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(office.books().requests.last().expect("asked").epoch, Some(8));
}

/// A tombstone names a document that left a scope: it goes, but not when it is in another scope by
/// now, and never with something unsent in it.
#[test]
fn a_document_that_left_its_scope_goes() {
    for (in_scope, left_scope, unsent_note, stays) in
        [(1, 1, false, false), (1, 2, false, true), (1, 1, true, true)]
    {
        let folder = folder();
        let (office, phone) = office_and_phone(&folder);
        office.books().scopes.push(2);
        let today = Subject::RouteSheet { person: person("anna"), day: day("2026-11-18") };
        let theirs = Fact {
            id: FactId(Uuid::from_u128(77)),
            author: person("boris"),
            client: ClientId(Uuid::from_u128(1)),
            recorded_at: Instant(NOW.0 - 1),
            corrects: None,
            body: FactBody::Note(Note { text: "theirs".to_owned() }),
        };
        let saved = sheet(today, |sheet| {
            sheet.append_fact(&theirs).expect("fits");
        });
        let (document, scope) = (today.document(), ScopeId(in_scope));
        let whole = WholeDocument { subject: today, scope, saved, is_bare: false };
        office.books().snapshots.push(whole);
        phone.sync(office.transport(), NOW).expect("syncs");
        if unsent_note {
            note(&phone, "mine");
            office.books().trouble.push_back(Trouble::Busy);
        }
        office.take_back(left_scope, RowChange::DOCUMENT, &document.to_string());
        office.take_back(left_scope, RowChange::DOCUMENT, "not an id");
        phone.sync(office.transport(), NOW).expect("syncs");
        let facts = phone.route_sheet(None, NOW).expect("shows").facts;
        let theirs_is_here = facts.iter().any(|fact| fact.words == "note: theirs");
        assert_eq!(theirs_is_here, stays, "{in_scope} {left_scope} {unsent_note}");
        assert_eq!(unsent(&phone), u32::from(unsent_note));
    }
}

/// Facts of a colleague's phone and the planning's stops merge into the sheet with unsent facts.
#[test]
fn a_document_that_comes_merges_with_what_is_unsent() {
    let folder = folder();
    let (office, phone) = office_and_phone(&folder);
    note(&phone, "mine");
    let today = Subject::RouteSheet { person: person("anna"), day: day("2026-11-18") };
    let theirs = Fact {
        id: FactId(Uuid::from_u128(77)),
        author: person("anna"),
        client: ClientId(Uuid::from_u128(1)),
        recorded_at: Instant(NOW.0 - 1),
        corrects: None,
        body: FactBody::Note(Note { text: "theirs".to_owned() }),
    };
    let saved = sheet(today, |sheet| {
        sheet.append_fact(&theirs).expect("fits");
    });
    let scope = ScopeId(1);
    office.books().snapshots.push(WholeDocument { subject: today, scope, saved, is_bare: false });
    office.books().trouble.push_back(Trouble::Busy);
    phone.sync(office.transport(), NOW).expect("syncs");
    let sheet = phone.route_sheet(None, NOW).expect("shows");
    let words: Vec<_> = sheet.facts.iter().map(|fact| fact.words.as_str()).collect();
    assert_eq!(words, ["note: theirs", "note: mine"]);
    assert_eq!(unsent(&phone), 1);
}

#[test]
fn a_phone_let_in_again_writes_its_unsent_facts_anew() {
    let folder = folder();
    let (office, phone) = office_and_phone(&folder);
    note(&phone, "sent");
    phone.sync(office.transport(), NOW).expect("syncs");
    note(&phone, "unsent");
    let before = phone.status().expect("tells").identity.expect("enrolled").device;
    phone.enrol(office.transport(), "http://office", "anna", "again").expect("is let in");
    let after = phone.status().expect("tells").identity.expect("enrolled").device;
    assert_ne!(before, after);
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!((report.sent, report.refused, report.unsent), (1, 0, 0));
    let mut notes = office.notes();
    notes.sort();
    assert_eq!(notes, ["sent", "unsent"]);
}

#[test]
fn another_person_finds_nothing_and_destroys_nothing() {
    let folder = folder();
    let (office, phone) = office_and_phone(&folder);
    note(&phone, "private");
    let refused = phone.enrol(office.transport(), "http://office", "boris", "x");
    let words = refused.expect_err("unsent").to_string();
    assert!(words.contains("of anna were never sent"), "{words}");
    phone.sync(office.transport(), NOW).expect("is still anna's");
    phone.enrol(office.transport(), "http://office", "boris", "x").expect("is let in");
    assert!(phone.clients("", NOW).expect("lists").is_empty());
    assert!(phone.route_sheet(None, NOW).expect("shows").facts.is_empty());
    phone.sync(office.transport(), NOW).expect("syncs");
    let client = Uuid::from_u128(1).to_string();
    assert!(phone.client(&client, NOW).expect("shows").facts.is_empty());
}

#[test]
fn more_than_one_push_holds_goes_in_several() {
    let folder = folder();
    let (office, phone) = office_and_phone(&folder);
    let long: String = (0..3_900_u32)
        .map(|n| {
            char::from(b'a' + u8::try_from(n.wrapping_mul(2_654_435_761) >> 13 & 15).unwrap_or(0))
        })
        .collect();
    for number in 0..70 {
        note(&phone, &format!("{number}{long}"));
    }
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!((report.sent, report.unsent), (70, 0));
    let books = office.books();
    assert!(books.requests.iter().filter(|request| !request.bundles.is_empty()).count() > 1);
    let most = saldo_core::wire::LARGEST_REQUEST_BYTES;
    assert!(books.received.iter().all(|bytes| bytes.len() <= most));
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().expect(text)
}

impl From<&str> for crate::CivilDate {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// An app that learns of a new kind of documents asks for everything anew, once: the server told
/// the older one nothing of them. What waited for its answer goes first, as it is.
#[test]
fn an_updated_app_asks_for_what_the_older_one_could_not_read() {
    let folder = folder();
    let (office, phone) = office_and_phone(&folder);
    drop(phone);
    let file = rusqlite::Connection::open(folder.path().join("saldo.db")).expect("opens");
    file.execute("UPDATE sync_state SET kinds = ''", []).expect("is as before the update");
    drop(file);
    let phone = open(folder.path());
    for fills in [true, false] {
        phone.sync(office.transport(), NOW).expect("syncs");
        let books = office.books();
        let asked = books.requests.last().expect("a request");
        assert!(
            asked.positions.iter().all(|held| held.filling == fills && (held.since == 0) == fills)
        );
    }
}
