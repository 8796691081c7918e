//! How much memory a hostile input costs the server at the most. A program of its own, because it
//! counts what the whole process allocates. What C code allocates (zstd, SQLite) is bounded where it
//! is called, and not counted.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "it tells its figures")]
#![allow(dead_code, reason = "what it shares with the suites is not all used here")]

#[path = "../suites/hostile/attacker.rs"]
mod attacker;
mod counting;
#[path = "../suites/hostile/requests.rs"]
mod requests;

use chrono::NaiveDate;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_core::documents::{Document, Subject, actor_of};
use saldo_core::facts::{Fact, FactBody, Note};
use saldo_core::ids::{FactId, PersonId};
use saldo_core::time::UtcMillis;
use saldo_core::wire::{MOST_WANTED, RowChange, ScopeId, SyncRequest, ThingOfScope};
use saldo_tests::inside::{Company, client, rep};
use uuid::Uuid;

use attacker::{Attacker, Said, read};

/// No input may cost more.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Sends it and says how much memory it took meanwhile.
fn costs(company: &Company, name: &str, bytes: &[u8]) -> usize {
    let before = counting::begin();
    let answer = company.answer("/v1/sync", bytes).unwrap();
    let cost = counting::peak().saturating_sub(before);
    read(&answer);
    println!("{name}: {} bytes cost {} kB", bytes.len(), cost / 1024);
    assert!(cost < MOST_BYTES, "{name}: {} bytes cost {cost} bytes", bytes.len());
    cost
}

fn note(random: &mut ChaCha8Rng, author: PersonId) -> Fact {
    let text = (0..3_900).map(|_| char::from(random.random_range(b'a'..=b'z'))).collect();
    Fact {
        id: FactId(Uuid::from_u128(random.random())),
        author,
        client: client(0),
        recorded_at: UtcMillis(0),
        corrects: None,
        body: FactBody::Note(Note { text }),
    }
}

/// A sheet of nearly the largest size, as the attacker's phone can make one; gives its scope.
fn fill_sheet(company: &Company, attacker: &mut Attacker, sheet: &mut Document, subject: Subject) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..7 {
        let changes: Vec<_> = (0..35)
            .map(|_| {
                let written = sheet.append_fact(&note(&mut random, attacker.person)).unwrap();
                (subject, written.bytes)
            })
            .collect();
        let request = attacker.request(&changes);
        match attacker.push(company, &request) {
            Said::Answer(told) => {
                let fates = told.fates.unwrap();
                assert_eq!(fates.durable, 35, "{:?}", fates.others.first());
            }
            Said::Problem(status) => panic!("{status}"),
        }
    }
}

#[test]
fn no_input_costs_more_memory_than_it_may() {
    let company = Company::in_a_file();
    let mut attacker = Attacker::enrolled(&company, rep(0), 0xaa);
    let warm = attacker.request(&[]);
    costs(&company, "a request that asks", &attacker.seal(attacker.number, &warm).0);

    for which in 0..5 {
        let plain = requests::many_entries(which);
        let body = zstd::bulk::compress(&plain, 3).unwrap();
        let bytes = requests::signed(&attacker, body);
        costs(&company, &format!("a list of many entries, {which}"), &bytes);
    }
    let zeros = zstd::bulk::compress(&vec![0; 1 << 30], 3).unwrap();
    costs(&company, "an envelope of 1 GB", &zeros);
    costs(&company, "a request of 1 GB", &requests::signed(&attacker, zeros));
    let wide = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00];
    costs(&company, "a window of 128 MB", &requests::signed(&attacker, wide));

    let day = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
    let subject = Subject::RouteSheet { person: rep(0), day };
    let mut sheet = Document::genesis(subject.kind());
    sheet.set_actor(actor_of(attacker.device, attacker.install_epoch));
    fill_sheet(&company, &mut attacker, &mut sheet, subject);
    let scope: i64 = company
        .sql()
        .query_row(
            "select scope_id from document where id = ?1",
            [subject.document().to_string()],
            |row| row.get(0),
        )
        .unwrap();

    let wanted = ThingOfScope {
        scope: ScopeId(scope),
        kind: RowChange::DOCUMENT.to_owned(),
        id: subject.document().to_string(),
    };
    let asks = SyncRequest { wanted: vec![wanted; MOST_WANTED], ..attacker.request(&[]) };
    let (bytes, _) = attacker.seal(attacker.number, &asks);
    costs(&company, "a large document asked for 500 times", &bytes);

    let changes: Vec<_> = (0..100_u32)
        .map(|number| {
            let change = sheet.edit_note(&format!("{number}")).unwrap().unwrap();
            (subject, change.bytes)
        })
        .collect();
    let request = attacker.request(&changes);
    let (bytes, _) = attacker.seal(attacker.number + 1, &request);
    costs(&company, "many changes of a large document", &bytes);
}
