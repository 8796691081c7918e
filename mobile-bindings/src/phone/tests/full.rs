//! A phone whose disk is full: it says so, loses nothing, and goes on when there is space again.

use std::sync::Arc;

use super::{NOW, folder, id, world};
use crate::store;
use crate::{FactState, Phone, PhoneError};

/// Lets the phone's file grow by so many pages at most.
fn room_for(phone: &Phone, more: i64) {
    let store = phone.store();
    let number = |pragma: &str| -> i64 {
        store.read().query_row(pragma, [], |row| row.get(0)).expect("a pragma")
    };
    // Pages that are free inside the file count as room too.
    let free = number("PRAGMA freelist_count");
    let most = number("PRAGMA page_count") + more - free.min(more);
    number(&format!("PRAGMA max_page_count = {most}"));
}

fn space_again(phone: &Phone) {
    let set = "PRAGMA max_page_count = 1073741823";
    phone.store().read().query_row(set, [], |row| row.get::<_, i64>(0)).expect("a pragma");
}

/// Records until nothing fits any more; what was said to be recorded.
fn fill_up(phone: &Phone) -> Vec<String> {
    let mut recorded = Vec::new();
    for number in 0..10_000 {
        let text = format!("note {number} {}", "x".repeat(400));
        match phone.record_note(&id(), &text, NOW) {
            Ok(it) => recorded.push(it.fact),
            Err(error) => {
                assert_eq!(error, PhoneError::StorageFull, "after {number}");
                return recorded;
            }
        }
    }
    panic!("it never gets full");
}

fn kept(phone: &Phone) -> Vec<String> {
    let facts = phone.client(&id(), NOW).expect("shows").facts;
    facts.into_iter().rev().map(|fact| fact.fact).collect()
}

#[test]
fn what_was_recorded_before_the_disk_was_full_is_safe_and_arrives_later() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    room_for(&phone, 20);
    let recorded = fill_up(&phone);
    assert!(recorded.len() > 3, "{}", recorded.len());
    for _ in 0..3 {
        let long = "y".repeat(400);
        assert_eq!(phone.record_note(&id(), &long, NOW), Err(PhoneError::StorageFull));
        let long = "z".repeat(2_000);
        assert_eq!(phone.edit_note(None, &long, NOW), Err(PhoneError::StorageFull));
    }
    assert_eq!(kept(&phone), recorded, "all that was said to be recorded, and no more");
    assert_eq!(phone.route_sheet(None, NOW).expect("shows").note, "", "all or nothing");
    // A push is small: it may still find room, and else says why it is not sent.
    let synced = phone.sync(office.transport(), NOW);
    assert!(matches!(synced, Ok(_) | Err(PhoneError::StorageFull)), "{synced:?}");
    assert_eq!(kept(&phone), recorded);

    space_again(&phone);
    let after = phone.record_note(&id(), "there is space again", NOW).expect("keeps").fact;
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!((report.refused, report.unsent), (0, 0));
    assert_eq!(office.notes().len(), recorded.len() + 1, "each is there once");
    assert_eq!(kept(&phone).last(), Some(&after));
    let facts = phone.client(&id(), NOW).expect("shows").facts;
    assert!(facts.iter().all(|fact| fact.state == FactState::AtServer));
}

/// The disk gets full while an answer is written down: the server has the facts, and the phone
/// learns it as soon as there is space.
#[test]
fn an_answer_that_finds_no_room_is_asked_for_again() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    let recorded = phone.record_note(&id(), "on its way", NOW).expect("keeps").fact;
    let big = saldo_core::feed::FeedRow::Policy(saldo_core::feed::PolicyRow {
        version: 2,
        toml: format!("# {}\n", "p".repeat(200_000)),
    });
    office.tell(1, &big);
    room_for(&phone, 12);
    assert_eq!(phone.sync(office.transport(), NOW), Err(PhoneError::StorageFull));
    assert_eq!(office.notes().len(), 1, "the server has it");
    let states = |phone: &Phone| -> Vec<FactState> {
        phone.client(&id(), NOW).expect("shows").facts.iter().map(|fact| fact.state).collect()
    };
    assert_eq!(states(&phone), [FactState::OnPhone], "the phone does not know it yet");
    assert!(store::in_flight(phone.store().read()).expect("reads").is_some());

    // Closed and opened with space: the same bytes go again, and nothing is there twice.
    drop(phone);
    let phone: Arc<Phone> = crate::testing::open(folder.path());
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!((report.sent, report.unsent), (1, 0));
    assert_eq!((office.notes().len(), kept(&phone)), (1, vec![recorded]));
    assert_eq!(office.books().breaks, 0, "the chain of pushes holds");
}
