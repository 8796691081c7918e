//! The order of the log with many writers on many nodes, which hold their transactions open for random
//! times, while whoever gives the numbers is killed again and again, and somebody keeps a transaction
//! open in another database of the cluster. Whoever follows the numbers misses nothing. The control
//! beside it follows numbers that were drawn before commit, and must miss something.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_core::feed::{FeedRow, PersonRow};
use saldo_core::ids::{PersonId, TerritoryId};
use saldo_core::roles::Role;
use saldo_server::clock::Clock;
use saldo_server::state::AppState;
use saldo_server::store::{Db, Key, StoreError, feed, scopes};
use saldo_test_cluster::Cluster;
use saldo_tests::inside::{Company, number, scale};
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::NODES;

const WRITERS: u64 = 64;

/// Entries that each writer appends in every run.
const SHORT: u64 = 25;

const READERS: usize = 3;

/// How long a transaction stays open in another database. As long as one is, PostgreSQL keeps every row that
/// was written over since.
const OPEN_ELSEWHERE: Duration = Duration::from_secs(60);

/// How often whoever gives the numbers is killed; the environment may say otherwise.
const MILLIS_BETWEEN_KILLS: u64 = 100;

#[test]
fn whoever_follows_the_numbers_of_many_nodes_misses_nothing() {
    let scale = scale("SALDO_ORDER_OF_NODES", SHORT);
    let (begun, company) = (Instant::now(), Company::on_nodes(1));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let killed = runtime.block_on(run(&company.url(), scale.seed, scale.times));
    let ill: Vec<_> = company.examine().into_iter().filter(|one| one.is_ill()).collect();
    assert!(ill.is_empty(), "{ill:?}");
    let (missed, of) = runtime.block_on(naive(&company.url(), scale.seed, scale.times));
    println!(
        "order of {NODES} nodes from seed {}: {} entries of {WRITERS} writers, {READERS} readers \
         missed none, the one who gives numbers was killed {killed} times; the naive cursor missed \
         {missed} of {of}; in {:?}",
        scale.seed,
        WRITERS * scale.times,
        begun.elapsed()
    );
    assert!(killed > 0, "nobody was killed");
    assert!(missed > 0, "the control saw nothing: this suite proves nothing");
}

/// Gives how often the one who gave numbers was killed.
async fn run(url: &str, seed: u64, entries: u64) -> u64 {
    let elsewhere = tokio::spawn(stay_in_transactions_elsewhere());
    let mut nodes = Vec::new();
    for _ in 0..NODES {
        nodes.push(AppState::new(Db::connect_postgres(url).await.unwrap(), Clock::default()));
    }
    let from = last_number(url).await;
    let over = std::sync::Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for number in 0..READERS as u64 {
        readers.spawn(follow(url.to_owned(), from, over.clone(), 2 * (number + 1)));
    }
    let killer = tokio::spawn(kill_who_numbers(url.to_owned(), over.clone()));
    let mut writers = JoinSet::new();
    for (writer, node) in (0..WRITERS).zip(nodes.iter().cycle()) {
        let random = ChaCha8Rng::seed_from_u64(seed * WRITERS + writer);
        let entries = writer * entries..(writer + 1) * entries;
        writers.spawn(write(
            node.clone(),
            random,
            TerritoryId(Uuid::from_u128(writer.into())),
            entries,
        ));
    }
    writers.join_all().await;
    over.store(true, Ordering::SeqCst);
    let killed = killer.await.unwrap();
    while let Err(error) = nodes[0].sequencer.run(&nodes[0].db).await {
        println!("the last one who gave numbers was killed too: {error}");
    }
    let last = last_number(url).await;
    assert_eq!(last - from, i64::try_from(WRITERS * entries).unwrap(), "one number an entry");
    let expected: Vec<i64> = (from + 1..=last).collect();
    for mut read in readers.join_all().await {
        // What was numbered after the reader's last look.
        read.extend(after(url, read.last().copied().unwrap_or(from)).await);
        assert_eq!(read, expected, "0 lost, 0 twice, 0 holes");
    }
    for node in nodes {
        node.db.close().await;
    }
    assert!(!elsewhere.is_finished(), "no transaction was open in another database");
    elsewhere.abort();
    killed
}

/// Keeps a transaction open in another database of the cluster, and then the next.
async fn stay_in_transactions_elsewhere() {
    let url = Cluster::of_this_process().unwrap().url("postgres");
    let mut elsewhere = PgConnection::connect(&url).await.unwrap();
    loop {
        // Has a transaction id, so that whatever looks at the oldest open one would wait for it.
        sqlx::raw_sql("begin; select txid_current()").execute(&mut elsewhere).await.unwrap();
        tokio::time::sleep(OPEN_ELSEWHERE).await;
        sqlx::raw_sql("rollback").execute(&mut elsewhere).await.unwrap();
    }
}

/// Each writes into a territory of its own: on the row of one scope that all refer to, PostgreSQL would
/// spend its time in noting who does.
async fn write(
    node: AppState,
    mut random: ChaCha8Rng,
    territory: TerritoryId,
    entries: std::ops::Range<u64>,
) {
    for entry in entries {
        let id = PersonId(Uuid::from_u128(0x0001_0000 + u128::from(entry)));
        let name = format!("Somebody {entry}");
        let row = FeedRow::Person(PersonRow { id, name, role: Role::Rep });
        let mut tries = 0;
        // The killer's aim is good, but the connection may be another's by the time it is hit. The same
        // row again writes nothing, should the first have been committed.
        while let Err(error) = append(&node, &mut random, territory, id, &row).await {
            tries += 1;
            assert!(tries < 10, "{error}");
        }
        a_while(&mut random).await;
        if random.random_range(0..3) > 0 {
            // Killed while it gave numbers: somebody else gives them.
            let _ = node.sequencer.run(&node.db).await;
        }
    }
}

async fn append(
    node: &AppState,
    random: &mut ChaCha8Rng,
    territory: TerritoryId,
    id: PersonId,
    row: &FeedRow,
) -> Result<(), StoreError> {
    let mut tx = node.db.begin_write_beside().await?;
    tx.lock([Key::Person(id)]).await?;
    let scope = scopes::territory(&mut tx, territory).await?;
    feed::put(&mut tx, scope, row).await?;
    a_while(random).await;
    tx.commit().await
}

async fn a_while(random: &mut ChaCha8Rng) {
    match random.random_range(0..4) {
        0 => tokio::time::sleep(Duration::from_millis(random.random_range(1..40))).await,
        1 => tokio::task::yield_now().await,
        _ => {}
    }
}

/// Ends the connection of whoever holds the state of the log, as the death of its node would.
async fn kill_who_numbers(url: String, over: std::sync::Arc<AtomicBool>) -> u64 {
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let every = number("SALDO_KILL_EVERY_MILLIS").unwrap_or(MILLIS_BETWEEN_KILLS);
    let mut killed = 0;
    while !over.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(every)).await;
        let ended = sqlx::query_scalar::<_, i64>(
            "select count(*) from (select pg_terminate_backend(pid) from pg_locks
             where relation = 'log_state'::regclass and mode = 'RowExclusiveLock' limit 1) killed",
        );
        killed += ended.fetch_one(&mut connection).await.unwrap().unsigned_abs();
    }
    killed
}

async fn last_number(url: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar("select coalesce((select last_seq from log_state), 0)")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

async fn after(url: &str, since: i64) -> Vec<i64> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar("select seq from log where seq > $1 order by seq")
        .bind(since)
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

/// Reads what is behind the last number that it has read, until all is over.
async fn follow(
    url: String,
    from: i64,
    over: std::sync::Arc<AtomicBool>,
    pause_millis: u64,
) -> Vec<i64> {
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let mut read: Vec<i64> = Vec::new();
    while !over.load(Ordering::SeqCst) {
        let more: Vec<i64> = sqlx::query_scalar("select seq from log where seq > $1 order by seq")
            .bind(read.last().copied().unwrap_or(from))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        read.extend(more);
        tokio::time::sleep(Duration::from_millis(pause_millis)).await;
    }
    read
}

/// The same with numbers that PostgreSQL draws before commit, and a cursor over them: how many entries
/// its reader missed, and of how many.
async fn naive(url: &str, seed: u64, entries: u64) -> (u64, u64) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql("create table naive (number bigserial primary key)")
        .execute(&mut connection)
        .await
        .unwrap();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS / 4 {
        let (url, mut random) =
            (url.to_owned(), ChaCha8Rng::seed_from_u64(seed * WRITERS + writer));
        writers.spawn(async move {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            for _ in 0..entries {
                let mut tx = connection.begin().await.unwrap();
                sqlx::query("insert into naive default values").execute(&mut *tx).await.unwrap();
                a_while(&mut random).await;
                tx.commit().await.unwrap();
            }
        });
    }
    let (mut read, mut cursor) = (BTreeSet::new(), 0_i64);
    loop {
        let last = writers.is_empty();
        let more: Vec<i64> = sqlx::query_scalar("select number from naive where number > $1")
            .bind(cursor)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        for number in more {
            cursor = cursor.max(number);
            read.insert(number);
        }
        while writers.try_join_next().is_some() {}
        if last {
            let of = WRITERS / 4 * entries;
            return (of - read.len() as u64, of);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
