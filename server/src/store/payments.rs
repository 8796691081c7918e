//! Payments and which invoices took them up. The payment date is the bank's value date, or for
//! cash the day of the rep's receipt.

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, ImportId, InvoiceId, PaymentId};

use super::sql;
use super::{StoreError, Tx, columns, invoices};

/// Money received. Amounts are minor units of the client's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Which; [`PaymentId::of_source`] of the source key where nothing better names it.
    pub id: PaymentId,
    /// Who paid.
    pub client: ClientId,
    /// The value date.
    pub paid_on: NaiveDate,
    /// How much; above zero.
    pub amount_minor: i64,
    /// Where it comes from.
    pub source: Source,
    /// What makes it the same payment when it comes again.
    pub source_key: String,
}

/// Where a payment comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The company's ledger, by an import.
    Ledger,
    /// A rep's receipt (R6.2).
    Cash,
    /// What the company credited for a dispute (R10.1): no money came in.
    Credit,
}

impl Source {
    /// The name used in SQL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Cash => "cash",
            Self::Credit => "credit",
        }
    }
}

impl TryFrom<String> for Source {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        [Self::Ledger, Self::Cash, Self::Credit]
            .into_iter()
            .find(|source| source.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a source of payments"))
    }
}

/// A stored payment with what of it no invoice and no late fee has taken up.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StoredPayment {
    /// Which.
    #[sqlx(try_from = "String")]
    pub id: PaymentId,
    /// Who paid.
    #[sqlx(try_from = "String", rename = "client_id")]
    pub client: ClientId,
    /// The value date.
    pub paid_on: NaiveDate,
    /// How much.
    pub amount_minor: i64,
    /// Where it comes from.
    #[sqlx(try_from = "String")]
    pub source: Source,
    /// What makes it the same payment when it comes again.
    pub source_key: String,
    /// What no invoice and no late fee has taken up yet.
    pub unallocated_minor: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, client_id, paid_on, amount_minor, source, source_key, \
             amount_minor - coalesce((select cast(sum(allocation.amount_minor) as bigint) \
                 from allocation where allocation.payment_id = payment.id), 0) \
             - coalesce((select cast(sum(fee_payment.amount_minor) as bigint) \
                 from fee_payment where fee_payment.payment_id = payment.id), 0) \
                 as unallocated_minor \
             from payment ",
            $rest
        )
    };
}

/// Adds a payment, brought in by `import` if any; `false` when one with its source key is there
/// already, and then nothing changes.
///
/// # Errors
/// When the amount is not above zero or the database fails.
pub async fn insert(
    tx: &mut Tx,
    payment: &Payment,
    import: Option<ImportId>,
) -> Result<bool, StoreError> {
    let query = sql::query(
        "insert into payment (id, client_id, paid_on, amount_minor, source, source_key, \
         import_id) values ($1, $2, $3, $4, $5, $6, $7) on conflict (source_key) do nothing",
    )
    .bind(payment.id.to_string())
    .bind(payment.client.to_string())
    .bind(payment.paid_on)
    .bind(payment.amount_minor)
    .bind(payment.source.name())
    .bind(&payment.source_key)
    .bind(columns::text(import));
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// The payment with this source key.
///
/// # Errors
/// When the database fails.
pub async fn by_source_key(
    tx: &mut Tx,
    source_key: &str,
) -> Result<Option<StoredPayment>, StoreError> {
    let query = sql::query_as(select!("where source_key = $1")).bind(source_key);
    Ok(query.fetch_optional(tx).await?)
}

/// A client's payments with source keys that begin with `prefix`, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn by_source_prefix(
    tx: &mut Tx,
    client: ClientId,
    prefix: &str,
) -> Result<Vec<StoredPayment>, StoreError> {
    // Compared by length, not by `like`: codes and numbers may hold its wildcards.
    let query = sql::query_as(select!(
        "where client_id = $1 and substr(source_key, 1, length($2)) = $2 order by paid_on, id"
    ))
    .bind(client.to_string())
    .bind(prefix);
    Ok(query.fetch_all(tx).await?)
}

/// A client's payments, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Vec<StoredPayment>, StoreError> {
    let query = sql::query_as(select!("where client_id = $1 order by paid_on, id"))
        .bind(client.to_string());
    Ok(query.fetch_all(tx).await?)
}

/// Whether there is a payment with this id.
///
/// # Errors
/// When the database fails.
pub async fn exists(tx: &mut Tx, payment: PaymentId) -> Result<bool, StoreError> {
    let query = sql::query_scalar::<i64>("select count(*) from payment where id = $1")
        .bind(payment.to_string());
    Ok(query.fetch_one(tx).await? > 0)
}

/// A client's payments of which something is left, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn idle_of(tx: &mut Tx, client: ClientId) -> Result<Vec<PaymentId>, StoreError> {
    let query = sql::query_scalar::<String>(
        "select id from payment where client_id = $1 and amount_minor > \
             coalesce((select cast(sum(allocation.amount_minor) as bigint) \
                 from allocation where allocation.payment_id = payment.id), 0) \
             + coalesce((select cast(sum(fee_payment.amount_minor) as bigint) \
                 from fee_payment where fee_payment.payment_id = payment.id), 0) \
         order by paid_on, id",
    )
    .bind(client.to_string());
    super::parse_ids(query.fetch_all(tx).await?, "payment.id")
}

/// Which invoices took up a payment and how much of it, oldest due date first.
///
/// # Errors
/// When the database fails.
pub async fn taken_up(
    tx: &mut Tx,
    payment: PaymentId,
) -> Result<Vec<(InvoiceId, i64)>, StoreError> {
    let query = sql::query_as::<(String, i64)>(
        "select allocation.invoice_id, allocation.amount_minor from allocation \
         join invoice on invoice.id = allocation.invoice_id \
         where allocation.payment_id = $1 order by invoice.due_on, invoice.number",
    )
    .bind(payment.to_string());
    let rows: Vec<(String, i64)> = query.fetch_all(tx).await?;
    rows.into_iter()
        .map(|(id, minor)| Ok((columns::id("allocation.invoice_id", id)?, minor)))
        .collect()
}

/// What was paid on an invoice: value date and amount of each payment, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn on_invoice(
    tx: &mut Tx,
    invoice: InvoiceId,
) -> Result<Vec<(NaiveDate, i64)>, StoreError> {
    let query = sql::query_as(
        "select payment.paid_on, allocation.amount_minor from allocation \
         join payment on payment.id = allocation.payment_id \
         where allocation.invoice_id = $1 order by payment.paid_on, payment.id",
    )
    .bind(invoice.to_string());
    Ok(query.fetch_all(tx).await?)
}

/// Notes that an invoice took up so much of a payment, without touching what is unpaid.
/// Whoever calls it has counted that already; everybody else wants [`allocate`].
///
/// # Errors
/// When the amount is not above zero or the database fails.
pub async fn insert_allocation(
    tx: &mut Tx,
    payment: PaymentId,
    invoice: InvoiceId,
    amount_minor: i64,
) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into allocation (payment_id, invoice_id, amount_minor) values ($1, $2, $3) \
         on conflict (payment_id, invoice_id) \
         do update set amount_minor = allocation.amount_minor + excluded.amount_minor",
    )
    .bind(payment.to_string())
    .bind(invoice.to_string())
    .bind(amount_minor);
    query.execute(tx).await?;
    Ok(())
}

/// Which invoices take up a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenUpBy<'a> {
    /// The client's unpaid invoices, oldest effective due date first (R6.9).
    OldestFirst,
    /// These of the client's invoices, in this order, and no others.
    These(&'a [InvoiceId]),
}

/// Lets a client's unpaid invoices take up what is left of a payment, and gives what stays
/// unallocated, in minor units. Doing it again changes nothing more. An unknown payment leaves 0.
///
/// # Errors
/// When the database fails.
pub async fn allocate(
    tx: &mut Tx,
    payment: PaymentId,
    taken_up_by: TakenUpBy<'_>,
) -> Result<i64, StoreError> {
    let query = sql::query_as::<StoredPayment>(select!("where id = $1")).bind(payment.to_string());
    let Some(stored) = query.fetch_optional(tx).await? else { return Ok(0) };
    let mut left_minor = stored.unallocated_minor;
    if left_minor == 0 {
        return Ok(0);
    }
    for (invoice, open_minor) in takers(tx, stored.client, taken_up_by).await? {
        let taken_minor = left_minor.min(open_minor);
        if taken_minor == 0 {
            break;
        }
        insert_allocation(tx, payment, invoice, taken_minor).await?;
        invoices::set_open(tx, invoice, open_minor - taken_minor).await?;
        left_minor -= taken_minor;
    }
    Ok(left_minor)
}

/// The invoices that may take up a payment, in their order, with what is unpaid of each.
async fn takers(
    tx: &mut Tx,
    client: ClientId,
    taken_up_by: TakenUpBy<'_>,
) -> Result<Vec<(InvoiceId, i64)>, StoreError> {
    let open = open_by_effective_due(tx, client).await?;
    Ok(match taken_up_by {
        TakenUpBy::OldestFirst => open,
        TakenUpBy::These(invoices) => invoices
            .iter()
            .enumerate()
            // Named twice is named once, else it would take up more than is unpaid.
            .filter(|(place, wanted)| !invoices[..*place].contains(wanted))
            .filter_map(|(_, wanted)| open.iter().find(|(id, _)| id == wanted).copied())
            .collect(),
    })
}

async fn open_by_effective_due(
    tx: &mut Tx,
    client: ClientId,
) -> Result<Vec<(InvoiceId, i64)>, StoreError> {
    let query = sql::query_as::<(String, i64)>(
        "select invoice.id, invoice.open_minor from invoice \
         left join (select promise_invoice.invoice_id, max(promise.pay_by) as until \
             from promise join promise_invoice on promise_invoice.promise_id = promise.fact_id \
             where promise.client_id = $1 and promise.deferral = 'accepted' \
             group by promise_invoice.invoice_id) deferred on deferred.invoice_id = invoice.id \
         where invoice.client_id = $1 and invoice.open_minor > 0 \
         order by case when deferred.until > invoice.due_on then deferred.until \
             else invoice.due_on end, invoice.due_on, invoice.number",
    )
    .bind(client.to_string());
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|(id, open_minor)| {
            let id = InvoiceId::try_from(id).map_err(|error| StoreError::Unreadable {
                place: "invoice.id",
                detail: error.to_string(),
            })?;
            Ok((id, open_minor))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::ledger::Ledger;

    const LEDGER: &str = "client,number,due_on,amount\nA,1,2026-02-10,30.00\n\
                          A,2,2026-02-20,20.00\nA,3,2026-01-31,10.00\nB,1,2026-01-01,99.00\n";

    fn cash(key: &str, amount_minor: i64) -> Payment {
        Payment {
            id: PaymentId::of_source(key),
            client: ClientId::of_code("A"),
            paid_on: "2026-03-01".parse().unwrap(),
            amount_minor,
            source: Source::Cash,
            source_key: key.to_owned(),
        }
    }

    fn number(number: &str) -> InvoiceId {
        InvoiceId::of_number(ClientId::of_code("A"), number)
    }

    #[tokio::test]
    async fn invoices_take_money_up_in_their_order_and_never_too_much() {
        let foreign = InvoiceId::of_number(ClientId::of_code("B"), "1");
        let twice = [number("2"), number("2"), foreign, number("1")];
        for (amount_minor, taken_up_by, open, rest) in [
            (1_500, TakenUpBy::OldestFirst, [2_500, 2_000, 0], 0),
            (6_500, TakenUpBy::OldestFirst, [0, 0, 0], 500),
            (2_500, TakenUpBy::These(&twice), [2_500, 0, 1_000], 0),
            (6_500, TakenUpBy::These(&twice), [0, 0, 1_000], 1_500),
            (1_500, TakenUpBy::These(&[]), [3_000, 2_000, 1_000], 1_500),
        ] {
            let ledger = Ledger::new().await;
            ledger.receivables(LEDGER).await;
            let mut tx = ledger.db.begin_write().await.unwrap();
            let payment = cash("receipt/1", amount_minor);
            assert!(insert(&mut tx, &payment, None).await.unwrap());
            assert!(!insert(&mut tx, &payment, None).await.unwrap());
            // The second time nothing is left to take, or nobody to take it.
            for _ in 0..2 {
                let left = allocate(&mut tx, payment.id, taken_up_by).await.unwrap();
                assert_eq!(left, rest);
            }
            for (place, open_minor) in open.into_iter().enumerate() {
                let invoice = number(&(place + 1).to_string());
                let invoice = invoices::by_id(&mut tx, invoice).await.unwrap().unwrap();
                assert_eq!(invoice.open_minor, open_minor);
            }
            assert_eq!(
                of_client(&mut tx, payment.client).await.unwrap()[0].unallocated_minor,
                rest
            );
        }
    }

    #[tokio::test]
    async fn a_dispute_shrinks_with_what_is_unpaid() {
        let ledger = Ledger::new().await;
        ledger.receivables(LEDGER).await;
        let mut tx = ledger.db.begin_write().await.unwrap();
        invoices::set_disputed(&mut tx, number("1"), 9_999).await.unwrap();
        let payment = cash("receipt/1", 2_000);
        insert(&mut tx, &payment, None).await.unwrap();
        allocate(&mut tx, payment.id, TakenUpBy::These(&[number("1")])).await.unwrap();
        let invoice = invoices::by_id(&mut tx, number("1")).await.unwrap().unwrap();
        let figures = (invoice.open_minor, invoice.disputed_minor, invoice.was_disputed);
        assert_eq!(figures, (1_000, 1_000, true));
        let paid = on_invoice(&mut tx, number("1")).await.unwrap();
        assert_eq!(paid, [("2026-03-01".parse().unwrap(), 2_000)]);
    }
}
