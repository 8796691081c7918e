//! Several nodes on one PostgreSQL database.

use std::time::Duration;

use saldo_core::ids::DocumentId;
use saldo_test_cluster::Cluster;
use sqlx::{Connection as _, PgConnection};
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
    // Letting go reaches the server when its connection is used again, or ends; when the server has seen
    // that, is its own affair.
    one.close().await;
    let takes_over = async {
        while other.claim(Work::Jobs).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), takes_over).await.unwrap();
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

#[tokio::test]
async fn nodes_that_start_at_once_make_one_schema() {
    let url = Cluster::of_this_process().unwrap().empty_database().await.unwrap();
    let starting = (0..4).map(|_| Db::connect_postgres(&url));
    for started in futures_util::future::join_all(starting).await {
        let mut tx = started.unwrap().begin_read().await.unwrap();
        assert!(log::state(&mut tx).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_database_of_others_is_left_alone() {
    let url = Cluster::of_this_process().unwrap().empty_database().await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("create table theirs (id int)").execute(&mut connection).await.unwrap();
    let error = Db::connect_postgres(&url).await.unwrap_err();
    assert!(error.to_string().contains("not Saldo's"), "{error}");
}

#[tokio::test]
async fn who_cannot_be_reached_is_told_at_once() {
    let error = Db::connect_postgres("postgres://nobody@127.0.0.1:1/saldo").await.unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
}
