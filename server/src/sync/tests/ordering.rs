//! The order of the log.

use super::world::{World, person_row};
use crate::store::{Tx, feed, log, scopes};
use crate::sync::Sequencer;

/// Sixteen writers, half of which have numbers given where they commit, and a reader that follows: no number
/// is missing, none comes late.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn numbers_have_no_holes_and_a_reader_never_skips() {
    let world = World::new().await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16_u128 {
        let (db, sequencer) = (world.db().clone(), world.state.sequencer.clone());
        writers.spawn(async move {
            for entry in 0..5_u128 {
                let mut tx = db.begin_write().await.unwrap();
                let scope = scopes::company(&mut tx).await.unwrap();
                let row = person_row(writer * 100 + entry);
                feed::put(&mut tx, scope, &row).await.unwrap();
                if writer % 2 == 0 {
                    commit(&sequencer, tx).await;
                } else {
                    tx.commit().await.unwrap();
                }
                if writer % 2 == 1 || !db.has_one_writer() {
                    sequencer.run(&db).await.unwrap();
                }
            }
        });
    }
    let mut read = Vec::new();
    while read.len() < 80 {
        let since = read.last().copied().unwrap_or(0);
        read.extend(numbers_after(&world, since).await);
        tokio::task::yield_now().await;
    }
    writers.join_all().await;
    assert_eq!(read, (1..=80).collect::<Vec<i64>>());
}

#[tokio::test]
async fn what_is_not_committed_gets_no_number() {
    let world = World::new().await;
    let mut tx = world.db().begin_write().await.unwrap();
    let scope = scopes::company(&mut tx).await.unwrap();
    feed::put(&mut tx, scope, &person_row(1)).await.unwrap();
    drop(tx);
    world.number().await;
    assert_eq!(numbers_after(&world, 0).await, Vec::<i64>::new());
    world.put(&[person_row(1), person_row(1), person_row(2)]).await;
    assert_eq!(numbers_after(&world, 0).await, vec![1, 2], "the same row again is no news");
}

/// On a file number and entry hold together; what is undone leaves no hole, and what was committed before
/// without a number gets one too.
#[tokio::test]
async fn the_writer_of_a_file_gives_the_numbers_itself() {
    let world = World::new().await;
    let mut tx = world.db().begin_write().await.unwrap();
    let scope = scopes::company(&mut tx).await.unwrap();
    feed::put(&mut tx, scope, &person_row(1)).await.unwrap();
    tx.commit().await.unwrap();
    let mut undone = world.db().begin_write_beside().await.unwrap();
    feed::put(&mut undone, scope, &person_row(2)).await.unwrap();
    log::number_all(&mut undone).await.unwrap();
    drop(undone);
    let mut tx = world.db().begin_write_beside().await.unwrap();
    feed::put(&mut tx, scope, &person_row(3)).await.unwrap();
    commit(&world.state.sequencer, tx).await;
    let of_a_file = if world.db().has_one_writer() { vec![1, 2] } else { vec![] };
    assert_eq!(numbers_after(&world, 0).await, of_a_file);
    world.number().await;
    assert_eq!(numbers_after(&world, 0).await, vec![1, 2]);
}

/// What a large company's first ledger brings: a statement that changes thousands of pages must be able to undo
/// itself, in a long transaction as beside others.
#[tokio::test]
async fn entries_of_a_whole_company_get_their_numbers_at_once() {
    const ENTRIES: u128 = 80_000;
    let world = World::new().await;
    for beside in [false, true] {
        let mut tx = world.db().begin_write().await.unwrap();
        let scope = scopes::company(&mut tx).await.unwrap();
        for number in 0..ENTRIES {
            let row = person_row(number + u128::from(beside) * ENTRIES);
            feed::put_new(&mut tx, scope, &row).await.unwrap();
        }
        tx.commit().await.unwrap();
        if beside {
            world.state.sequencer.run(world.db()).await.unwrap();
        } else {
            let mut tx = world.db().begin_write().await.unwrap();
            log::number_all(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
    assert_eq!(numbers_after(&world, 0).await.len() as u128, 2 * ENTRIES);
}

async fn commit(sequencer: &Sequencer, mut tx: Tx) {
    let numbered = sequencer.number(&mut tx).await.unwrap();
    sequencer.commit(tx, numbered).await.unwrap();
}

async fn numbers_after(world: &World, since: i64) -> Vec<i64> {
    let mut tx = world.db().begin_read().await.unwrap();
    log::numbers_after(&mut tx, since).await.unwrap()
}
