//! What bears on single debts: open disputes (R10.1), and when the client last acknowledged what it
//! owes (R7.8).

use std::collections::HashMap;

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, InvoiceId};

use crate::flow::Context;
use crate::store::sql;
use crate::store::whose::about;
use crate::store::{StoreError, Tx, Whose};

/// What is disputed and not resolved of each invoice, in minor units.
pub(super) async fn open_disputes(
    tx: &mut Tx,
    whose: Whose<'_>,
) -> Result<HashMap<InvoiceId, i64>, StoreError> {
    let query = sql::query_as::<DisputedRecord>(about!(
        whose,
        "client_id",
        "select invoice_id, cast(sum(amount_minor) as bigint) as amount_minor from dispute \
         where state = 'open' and",
        "group by invoice_id"
    ))
    .bind(whose.text());
    let records = query.fetch_all(tx).await?;
    Ok(records.into_iter().map(|record| (record.invoice_id, record.amount_minor)).collect())
}

/// When clients last acknowledged what they owe.
#[derive(Debug, Default)]
pub(super) struct Acknowledged {
    /// By a paper: everything that was billed until then.
    by_paper: HashMap<ClientId, NaiveDate>,
    /// By paying a part of the invoice.
    by_part: HashMap<InvoiceId, NaiveDate>,
}

impl Acknowledged {
    pub(super) async fn load(
        tx: &mut Tx,
        context: &Context,
        whose: Whose<'_>,
    ) -> Result<Self, StoreError> {
        let papers = sql::query_as::<PaperRecord>(about!(
            whose,
            "client_id",
            "select client_id, max(dated_on) as last_on from paper \
             where withdrawn_at is null and dated_on <= $2 \
                 and kind in ('guarantee_letter', 'reconciliation_act') and",
            "group by client_id"
        ))
        .bind(whose.text())
        .bind(context.today);
        // What the company credits is no word of the client's.
        let parts = sql::query_as::<PartRecord>(about!(
            whose,
            "invoice.client_id",
            "select allocation.invoice_id, max(payment.paid_on) as last_on from invoice \
             join allocation on allocation.invoice_id = invoice.id \
             join payment on payment.id = allocation.payment_id \
             where invoice.open_minor > 0 and payment.source <> 'credit' \
                 and payment.paid_on <= $2 and",
            "group by allocation.invoice_id"
        ))
        .bind(whose.text())
        .bind(context.today);
        let papers = papers.fetch_all(tx).await?;
        let parts = parts.fetch_all(tx).await?;
        Ok(Self {
            by_paper: papers.into_iter().map(|one| (one.client_id, one.last_on)).collect(),
            by_part: parts.into_iter().map(|one| (one.invoice_id, one.last_on)).collect(),
        })
    }

    /// The last acknowledgement of an invoice that was billed on `billed_on`.
    pub(super) fn of(
        &self,
        client: ClientId,
        invoice: InvoiceId,
        billed_on: NaiveDate,
    ) -> Option<NaiveDate> {
        let by_paper = self.by_paper.get(&client).copied().filter(|on| *on >= billed_on);
        by_paper.max(self.by_part.get(&invoice).copied())
    }
}

#[derive(sqlx::FromRow)]
struct DisputedRecord {
    #[sqlx(try_from = "String")]
    invoice_id: InvoiceId,
    amount_minor: i64,
}

#[derive(sqlx::FromRow)]
struct PaperRecord {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    last_on: NaiveDate,
}

#[derive(sqlx::FromRow)]
struct PartRecord {
    #[sqlx(try_from = "String")]
    invoice_id: InvoiceId,
    last_on: NaiveDate,
}
