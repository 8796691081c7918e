//! A ledger in a temporary file, filled by importing texts: for tests here and of the aging.

use chrono::NaiveDate;
use saldo_core::account::Account;
use saldo_core::ids::ClientId;
use saldo_core::time::UtcMillis;

use super::{
    Mapping, Problems, Source, Table, Written, read_payments, read_receivables, read_scores,
    write_payments, write_receivables, write_scores,
};
use crate::flow::Context;
use crate::store::invoices::Invoice;
use crate::store::{Db, Tx, accounts, invoices, policies};

/// 2026-03-11 10:00 in Tallinn.
const NOW: UtcMillis = UtcMillis(1_773_216_000_000);

/// What came of an import.
pub(crate) struct Outcome {
    pub(crate) written: Written,
    pub(crate) problems: Problems,
}

impl Outcome {
    /// How many invoices and payments came in or changed, and how many rows were there.
    pub(crate) fn counts(&self) -> [usize; 4] {
        let written = &self.written;
        [
            written.new_invoices,
            written.changed_invoices,
            written.new_payments,
            written.already_there,
        ]
    }

    /// Line and reason of each problem.
    pub(crate) fn reasons(&self) -> Vec<String> {
        let problems = self.problems.by_line();
        problems.iter().map(|problem| format!("{}: {}", problem.line, problem.reason)).collect()
    }
}

/// A ledger.
pub(crate) struct Ledger {
    pub(crate) db: Db,
    _folder: tempfile::TempDir,
}

impl Ledger {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = crate::testing::database(folder.path()).await;
        let mut tx = db.begin_write().await.unwrap();
        policies::ensure_default(&mut tx, NOW).await.unwrap();
        tx.commit().await.unwrap();
        Self { db, _folder: folder }
    }

    /// Imports receivables and makes them durable.
    pub(crate) async fn receivables(&self, text: &str) -> Outcome {
        let (tx, outcome) = self.receivables_in_flight(text).await;
        tx.commit().await.unwrap();
        outcome
    }

    /// Imports receivables into a transaction that is still open.
    pub(crate) async fn receivables_in_flight(&self, text: &str) -> (Tx, Outcome) {
        let mut tx = self.db.begin_write().await.unwrap();
        let context = Context::load(&mut tx, NOW).await.unwrap();
        let mut problems = Problems::default();
        let table = Table::read(text, None, &mut problems).unwrap();
        let (rows, reader) = read_receivables(
            &table,
            &Mapping::default(),
            context.policy.currency(),
            context.today,
            &mut problems,
        )
        .unwrap();
        let source = Source::new("ledger.csv", text.as_bytes(), "Unassigned");
        let columns = &reader.columns;
        let written = write_receivables(
            &mut tx,
            &context,
            &source,
            columns,
            &rows,
            &mut problems,
            &mut |_| {},
        )
        .await
        .unwrap();
        (tx, Outcome { written, problems })
    }

    /// Imports payments and makes them durable.
    pub(crate) async fn payments(&self, text: &str) -> Outcome {
        let mut tx = self.db.begin_write().await.unwrap();
        let context = Context::load(&mut tx, NOW).await.unwrap();
        let mut problems = Problems::default();
        let table = Table::read(text, None, &mut problems).unwrap();
        let (rows, reader) = read_payments(
            &table,
            &Mapping::default(),
            context.policy.currency(),
            context.today,
            &mut problems,
        )
        .unwrap();
        let source = Source::new("payments.csv", text.as_bytes(), "Unassigned");
        let columns = &reader.columns;
        let written =
            write_payments(&mut tx, &context, &source, columns, &rows, &mut problems, &mut |_| {})
                .await
                .unwrap();
        tx.commit().await.unwrap();
        Outcome { written, problems }
    }

    /// Imports credit scores and makes them durable.
    pub(crate) async fn scores(&self, text: &str) -> Outcome {
        let mut tx = self.db.begin_write().await.unwrap();
        let context = Context::load(&mut tx, NOW).await.unwrap();
        let mut problems = Problems::default();
        let table = Table::read(text, None, &mut problems).unwrap();
        let (rows, reader) = read_scores(
            &table,
            &Mapping::default(),
            context.policy.currency(),
            context.today,
            &mut problems,
        )
        .unwrap();
        let source = Source::new("scores.csv", text.as_bytes(), "Unassigned");
        let columns = &reader.columns;
        let written =
            write_scores(&mut tx, &context, &source, columns, &rows, &mut problems, &mut |_| {})
                .await
                .unwrap();
        tx.commit().await.unwrap();
        Outcome { written, problems }
    }

    /// A client's invoice.
    pub(crate) async fn invoice(&self, code: &str, number: &str) -> Invoice {
        let mut tx = self.db.begin_read().await.unwrap();
        let client = ClientId::of_code(code);
        invoices::by_number(&mut tx, client, number).await.unwrap().unwrap()
    }

    /// A client's account on a day.
    pub(crate) async fn account(&self, code: &str, today: NaiveDate) -> Account {
        let mut tx = self.db.begin_read().await.unwrap();
        let context = Context::load(&mut tx, NOW).await.unwrap().on(today);
        accounts::load(&mut tx, &context, ClientId::of_code(code)).await.unwrap().unwrap()
    }

    /// Every client's account on a day.
    pub(crate) async fn accounts(&self, today: NaiveDate) -> Vec<Account> {
        let mut tx = self.db.begin_read().await.unwrap();
        let context = Context::load(&mut tx, NOW).await.unwrap().on(today);
        accounts::load_all(&mut tx, &context).await.unwrap()
    }
}
