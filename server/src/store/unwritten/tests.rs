use saldo_core::feed::{FeedRow, PersonRow};
use saldo_core::ids::PersonId;
use saldo_core::roles::Role;
use saldo_core::wire::ScopeId;
use uuid::Uuid;

use super::MOST_WAITING;
use crate::store::{Db, Tx, feed, log, scopes, sql};

struct Company {
    db: Db,
    scope: ScopeId,
    _folder: tempfile::TempDir,
}

impl Company {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = crate::testing::database(folder.path()).await;
        let mut tx = db.begin_write().await.unwrap();
        let scope = scopes::company(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        Self { db, scope, _folder: folder }
    }

    async fn write(&self) -> Tx {
        self.db.begin_write().await.unwrap()
    }

    async fn told(&self, tx: &mut Tx, number: u128) -> Option<FeedRow> {
        feed::get(tx, self.scope, "person", &id(number).to_string()).await.unwrap()
    }

    /// How many entries of the log have come since the last time.
    async fn news(&self) -> u64 {
        let mut tx = self.write().await;
        let numbered = log::number_all(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        numbered.entries
    }
}

fn id(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

fn row(number: u128, name: &str) -> FeedRow {
    FeedRow::Person(PersonRow { id: id(number), name: name.to_owned(), role: Role::Rep })
}

#[tokio::test]
async fn a_row_is_read_before_it_is_written_and_only_its_last_version_is_told() {
    let company = Company::new().await;
    let mut tx = company.write().await;
    feed::put(&mut tx, company.scope, &row(1, "first")).await.unwrap();
    assert_eq!(company.told(&mut tx, 1).await, Some(row(1, "first")));
    feed::put(&mut tx, company.scope, &row(1, "second")).await.unwrap();
    feed::put_new(&mut tx, company.scope, &row(2, "gone again")).await.unwrap();
    feed::delete(&mut tx, company.scope, "person", &id(2).to_string()).await.unwrap();
    feed::delete(&mut tx, company.scope, "person", &id(3).to_string()).await.unwrap();
    assert_eq!(company.told(&mut tx, 2).await, None);
    tx.commit().await.unwrap();
    assert_eq!(company.news().await, 1);

    let mut tx = company.write().await;
    assert_eq!(company.told(&mut tx, 1).await, Some(row(1, "second")));
    feed::put(&mut tx, company.scope, &row(1, "another")).await.unwrap();
    feed::put(&mut tx, company.scope, &row(1, "second")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(company.news().await, 0, "it says what it said before");

    let mut tx = company.write().await;
    feed::delete(&mut tx, company.scope, "person", &id(1).to_string()).await.unwrap();
    assert_eq!(company.told(&mut tx, 1).await, None);
    tx.commit().await.unwrap();
    assert_eq!(company.news().await, 1);
    assert_eq!(company.told(&mut company.db.begin_read().await.unwrap(), 1).await, None);
}

#[tokio::test]
async fn what_is_given_up_was_never_there() {
    let company = Company::new().await;
    let mut tx = company.write().await;
    feed::put(&mut tx, company.scope, &row(1, "first")).await.unwrap();
    drop(tx);
    assert_eq!(company.told(&mut company.write().await, 1).await, None);
    assert_eq!(company.news().await, 0);
}

#[tokio::test]
async fn a_long_transaction_writes_before_its_end() {
    let company = Company::new().await;
    let mut tx = company.write().await;
    let many = 2 * MOST_WAITING + 500;
    for number in 0..many {
        feed::put(&mut tx, company.scope, &row(number as u128, "one of many")).await.unwrap();
    }
    let written = "select /* beside what waits */ count(*) from feed_row";
    let written: i64 = sql::query_scalar::<i64>(written).fetch_one(&mut tx).await.unwrap();
    assert_eq!(usize::try_from(written).unwrap(), 2 * MOST_WAITING);
    assert!(company.told(&mut tx, 0).await.is_some());
    assert!(company.told(&mut tx, many as u128 - 1).await.is_some());
    tx.commit().await.unwrap();
    assert_eq!(company.news().await, many as u64);
}

/// Whoever passes over an error must not have half of what it wrote.
#[tokio::test]
async fn what_could_not_be_written_lets_nothing_hold() {
    let company = Company::new().await;
    let mut tx = company.write().await;
    // No such scope.
    feed::put(&mut tx, ScopeId(i64::MAX), &row(1, "first")).await.unwrap();
    assert!(super::write(&mut tx).await.is_err());
    feed::put(&mut tx, company.scope, &row(2, "second")).await.unwrap();
    assert!(tx.commit().await.is_err());
    assert_eq!(company.news().await, 0);
}

#[tokio::test]
#[cfg(debug_assertions)]
#[should_panic(expected = "rows wait to be written for: select count(*) from feed_row")]
async fn a_statement_that_does_not_see_what_waits_fails() {
    let company = Company::new().await;
    let mut tx = company.write().await;
    feed::put(&mut tx, company.scope, &row(1, "first")).await.unwrap();
    let count = sql::query_scalar::<i64>("select count(*) from feed_row");
    let _: Result<i64, _> = count.fetch_one(&mut tx).await;
}
