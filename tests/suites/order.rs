//! The order of the log: whoever follows its numbers misses nothing, however writers, commits and
//! the giving of numbers interleave; and the control beside it, a cursor over numbers that were
//! drawn before commit, which must miss something, or this suite would see nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use saldo_core::feed::{FeedRow, PersonRow};
use saldo_core::ids::PersonId;
use saldo_core::roles::Role;
use saldo_mobile::UtcMillis;
use saldo_server::state::AppState;
use saldo_server::store::{feed, scopes};
use saldo_tests::inside::{Company, Handset, SUPERVISOR, rep, scale};
use uuid::Uuid;

use crate::truth::{count, same_rows};

/// Entries that each writer appends in every run.
const SHORT: u64 = 40;

const WRITERS: u64 = 16;

/// Readers that follow by SQL, as the server reads for a phone.
const READERS: usize = 3;

#[test]
fn whoever_follows_the_numbers_misses_nothing() {
    let scale = scale("SALDO_ORDER", SHORT);
    let (begun, total) = (Instant::now(), WRITERS * scale.times);
    let company = Company::in_a_file();
    let phones = [SUPERVISOR, rep(0)].map(|who| Handset::enrolled(&company, &who.to_string(), who));
    for phone in &phones {
        phone.sync(UtcMillis(company.now().0)).unwrap();
    }
    let from = count(&company.sql(), "select last_seq from log_state");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|number| {
                let (company, over) = (&company, &over);
                let pause = Duration::from_micros(300 * (number as u64 + 1));
                scope.spawn(move || follow(&company.sql(), from, over, pause))
            })
            .collect();
        let followers: Vec<_> = phones
            .iter()
            .map(|phone| {
                let (company, over) = (&company, &over);
                scope.spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        phone.sync(UtcMillis(company.now().0)).unwrap();
                    }
                })
            })
            .collect();
        write_all(&company.state(), scale.seed, scale.times);
        over.store(true, Ordering::Relaxed);
        let last = count(&company.sql(), "select last_seq from log_state");
        let expected: Vec<i64> = (from + 1..=last).collect();
        assert_eq!(last - from, i64::try_from(total).unwrap(), "as many numbers as entries");
        for reader in readers {
            assert_eq!(reader.join().unwrap(), expected, "0 lost, 0 twice, 0 holes");
        }
        for follower in followers {
            follower.join().unwrap();
        }
    });
    for phone in &phones {
        let report = phone.sync(UtcMillis(company.now().0)).unwrap();
        assert_eq!(report.repaired, 0, "nothing had to be put right");
        same_rows("a phone", &phone.sql(), &company.sql(), phone.person());
    }
    let (missed, of) = naive(company.folder(), scale.seed, scale.times);
    println!(
        "order from seed {}: {total} entries of {WRITERS} writers, {READERS} readers and {} phones \
         missed none; the naive cursor missed {missed} of {of}; in {:?}",
        scale.seed,
        phones.len(),
        begun.elapsed()
    );
    assert!(missed > 0, "the control saw nothing: this suite proves nothing");
}

/// Every writer appends its entries, holds its transaction open for a while, and lets somebody give
/// the numbers at once, later, or leaves that to others. Those who give numbers run all the time.
fn write_all(state: &AppState, seed: u64, entries: u64) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let (state, mut random) =
                (state.clone(), ChaCha8Rng::seed_from_u64(seed * WRITERS + writer));
            writers.spawn(async move {
                for entry in 0..entries {
                    let mut tx = state.db.begin_write().await.unwrap();
                    let scope = scopes::company(&mut tx).await.unwrap();
                    feed::put(&mut tx, scope, &row(writer * entries + entry)).await.unwrap();
                    a_while(&mut random).await;
                    tx.commit().await.unwrap();
                    a_while(&mut random).await;
                    if random.random_range(0..3) > 0 {
                        state.sequencer.run(&state.db).await.unwrap();
                    }
                }
            });
        }
        writers.join_all().await;
        state.sequencer.run(&state.db).await.unwrap();
    });
}

async fn a_while(random: &mut ChaCha8Rng) {
    match random.random_range(0..4) {
        0 => tokio::time::sleep(Duration::from_millis(random.random_range(1..4))).await,
        1 => tokio::task::yield_now().await,
        _ => {}
    }
}

fn row(number: u64) -> FeedRow {
    let id = PersonId(Uuid::from_u128(0x0001_0000 + u128::from(number)));
    FeedRow::Person(PersonRow { id, name: format!("Somebody {number}"), role: Role::Rep })
}

/// Reads what is behind the last number that it has read, until all is over.
fn follow(sql: &Connection, from: i64, over: &AtomicBool, pause: Duration) -> Vec<i64> {
    let mut read: Vec<i64> = Vec::new();
    let mut statement = sql.prepare("select seq from log where seq > ?1 order by seq").unwrap();
    loop {
        // Asked first: what is written before it is over is read after it is over.
        let last = over.load(Ordering::Relaxed);
        let since = read.last().copied().unwrap_or(from);
        let more = statement.query_map([since], |row| row.get::<_, i64>(0)).unwrap();
        read.extend(more.map(Result::unwrap));
        if last {
            return read;
        }
        std::thread::sleep(pause);
    }
}

/// The same with numbers drawn from a counter before the transaction that uses them commits, as a
/// database with many writers draws them, and a cursor over those numbers: how many entries its
/// reader missed, and of how many.
fn naive(folder: &Path, seed: u64, entries: u64) -> (u64, u64) {
    let file = folder.join("naive.db");
    let sql = open(&file);
    sql.execute_batch("pragma journal_mode = wal; create table log (number integer primary key)")
        .unwrap();
    let (next, over) = (Arc::new(AtomicI64::new(1)), AtomicBool::new(false));
    let read = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let sql = open(&file);
            let mut statement = sql.prepare("select number from log where number > ?1").unwrap();
            let (mut read, mut cursor) = (BTreeSet::new(), 0_i64);
            loop {
                let last = over.load(Ordering::Relaxed);
                let more = statement.query_map([cursor], |row| row.get::<_, i64>(0)).unwrap();
                for number in more.map(Result::unwrap) {
                    cursor = cursor.max(number);
                    read.insert(number);
                }
                if last {
                    return read;
                }
            }
        });
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (file, next) = (PathBuf::from(&file), Arc::clone(&next));
                scope.spawn(move || write_naively(&file, &next, seed * WRITERS + writer, entries))
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        over.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    let of = u64::try_from(count(&sql, "select count(*) from log")).unwrap();
    assert_eq!(of, WRITERS * entries);
    (of - read.len() as u64, of)
}

fn write_naively(file: &Path, next: &AtomicI64, seed: u64, entries: u64) {
    let (mut sql, mut random) = (open(file), ChaCha8Rng::seed_from_u64(seed));
    for _ in 0..entries {
        let number = next.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_micros(random.random_range(0..2_000)));
        let tx = sql.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        tx.execute("insert into log (number) values (?1)", [number]).unwrap();
        tx.commit().unwrap();
    }
}

fn open(file: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let sql = Connection::open_with_flags(file, flags).unwrap();
    sql.busy_timeout(Duration::from_secs(30)).unwrap();
    sql
}
