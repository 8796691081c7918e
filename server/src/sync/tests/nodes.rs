//! Several nodes on one PostgreSQL database.

use saldo_core::ids::DocumentId;
use uuid::Uuid;

use crate::store::log::{self, Delta, Entry};
use crate::store::{Db, Work, scopes};
use crate::sync::Sequencer;

async fn nodes<const COUNT: usize>() -> [Db; COUNT] {
    let url = crate::testing::postgres_url().await;
    let mut nodes = Vec::new();
    for _ in 0..COUNT {
        nodes.push(Db::connect_postgres(&url).await.unwrap());
    }
    nodes.try_into().unwrap()
}

#[tokio::test]
async fn one_does_the_work_of_all_and_another_takes_over() {
    let [one, other] = nodes().await;
    let claim = one.claim(Work::Jobs).await.unwrap();
    assert!(claim.is_some());
    assert!(other.claim(Work::Jobs).await.unwrap().is_none());
    assert!(other.claim(Work::Alerts).await.unwrap().is_some(), "other work is free");
    drop(claim);
    // Letting go reaches the server when its connection is used again, or ends.
    one.close().await;
    assert!(other.claim(Work::Jobs).await.unwrap().is_some());
}

#[tokio::test]
async fn what_one_numbers_the_others_hear() {
    let [one, other] = nodes().await;
    let mut news = other.listen().await.unwrap();
    let mut tx = one.begin_write().await.unwrap();
    let scope = scopes::company(&mut tx).await.unwrap();
    let entry = Entry::Document(DocumentId(Uuid::from_u128(1)));
    log::append(&mut tx, scope, entry, Delta { before: 0, after: 1 }).await.unwrap();
    tx.commit().await.unwrap();
    Sequencer::default().run(&one).await.unwrap();
    news.hear().await.unwrap();
    let state = log::state(&mut other.begin_read().await.unwrap()).await.unwrap().unwrap();
    assert_eq!((state.last_seq, state.waiting), (1, false));
}
