//! What late fees are computed from (R8), and what ended them: payments and waivers. No fee is
//! stored here; core computes it.

use std::collections::HashMap;

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, FactId, InvoiceId, PaymentId, PersonId};
use saldo_core::late_fee::{AgreedFee, FeeItem, Fees};
use saldo_core::money::Currency;
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;

use serde_json::json;

use super::audit;
use super::sql;
use super::whose::about;
use super::{StoreError, Tx, Whose, columns, restructurings};

/// Money that pays a fee. Amounts are minor units of the client's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeePayment {
    /// What makes it the same booking when it comes again.
    pub key: String,
    /// Of whose fee.
    pub client: ClientId,
    /// Of which invoice's.
    pub invoice: InvoiceId,
    /// The value date.
    pub paid_on: NaiveDate,
    /// How much; above zero.
    pub amount_minor: i64,
    /// The client's unallocated money it is taken from; `None`: money that is in no ledger here.
    pub payment: Option<PaymentId>,
    /// Who booked it.
    pub booked_by: PersonId,
}

/// A waiver to be kept.
#[derive(Debug, Clone)]
pub struct NewWaiver<'a> {
    /// What makes it the same waiver when it comes again.
    pub key: &'a str,
    /// Of whose fee.
    pub client: ClientId,
    /// Of which invoice's.
    pub invoice: InvoiceId,
    /// What is waived, in minor units; above zero.
    pub amount_minor: i64,
    /// On which day.
    pub waived_on: NaiveDate,
    /// Why.
    pub why: &'a str,
    /// The fact that asked for it, if one did.
    pub fact: Option<FactId>,
    /// By whom ...
    pub by: PersonId,
    /// ... and in which role.
    pub role: Role,
}

/// A payment or waiver of a fee as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeEnding {
    /// Of which invoice's fee.
    pub invoice: InvoiceId,
    /// That invoice's number.
    pub number: String,
    /// The value date or the day of the waiver.
    pub on: NaiveDate,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// The name of who booked or waived it.
    pub by: String,
    /// Of a waiver, why; `None`: it is a payment.
    pub why: Option<String>,
}

/// The booking with this key: what it paid in all; `None`: there is none.
///
/// # Errors
/// When the database fails.
pub async fn booked(
    tx: &mut Tx,
    key: &str,
) -> Result<Option<(InvoiceId, NaiveDate, i64)>, StoreError> {
    let query = sql::query_as::<(String, NaiveDate, i64)>(
        "select invoice_id, min(paid_on), cast(sum(amount_minor) as bigint) from fee_payment \
         where booking_key = $1 group by invoice_id",
    )
    .bind(key);
    query
        .fetch_optional(tx)
        .await?
        .map(|(invoice, on, minor)| Ok((invoice_id(invoice)?, on, minor)))
        .transpose()
}

/// Keeps the parts of one booking.
///
/// # Errors
/// When the database fails, or a booking has this key already (a unique violation).
pub async fn book(tx: &mut Tx, parts: &[FeePayment], now: UtcMillis) -> Result<(), StoreError> {
    for (part, number) in parts.iter().zip(0_i64..) {
        let query = sql::query(
            "insert into fee_payment (id, booking_key, part, client_id, invoice_id, paid_on, \
             amount_minor, payment_id, booked_by, booked_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(uuid::Uuid::now_v7().to_string())
        .bind(&part.key)
        .bind(number)
        .bind(part.client.to_string())
        .bind(part.invoice.to_string())
        .bind(part.paid_on)
        .bind(part.amount_minor)
        .bind(columns::text(part.payment))
        .bind(part.booked_by.to_string())
        .bind(now.0);
        query.execute(tx).await?;
    }
    Ok(())
}

/// Keeps a waiver. `false`: it was here before, and nothing changes.
///
/// # Errors
/// When the database fails.
pub async fn waive(
    tx: &mut Tx,
    waiver: &NewWaiver<'_>,
    now: UtcMillis,
) -> Result<bool, StoreError> {
    let id = uuid::Uuid::now_v7().to_string();
    let query = sql::query(
        "insert into fee_waiver (id, waiver_key, client_id, invoice_id, amount_minor, waived_on, \
         why, fact_id, role, waived_by, waived_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (waiver_key) do nothing",
    )
    .bind(&id)
    .bind(waiver.key)
    .bind(waiver.client.to_string())
    .bind(waiver.invoice.to_string())
    .bind(waiver.amount_minor)
    .bind(waiver.waived_on)
    .bind(waiver.why)
    .bind(columns::text(waiver.fact))
    .bind(waiver.role.name())
    .bind(waiver.by.to_string())
    .bind(now.0);
    let is_new = query.execute(tx).await?.rows_affected() == 1;
    if is_new {
        let said = json!({
            "client": waiver.client,
            "invoice": waiver.invoice,
            "amount_minor": waiver.amount_minor,
            "waived_on": waiver.waived_on,
            "fact": waiver.fact,
            "role": waiver.role.name(),
            "by": waiver.by,
            "why": waiver.why,
        });
        audit::append(tx, "fee_waiver", &id, now, &said).await?;
    }
    Ok(is_new)
}

/// Whether a waiver with this key is there.
///
/// # Errors
/// When the database fails.
pub async fn is_waived(tx: &mut Tx, key: &str) -> Result<bool, StoreError> {
    let query =
        sql::query_scalar::<i64>("select count(*) from fee_waiver where waiver_key = $1").bind(key);
    Ok(query.fetch_one(tx).await? > 0)
}

/// Takes back what a fact waived.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(tx: &mut Tx, fact: FactId, now: UtcMillis) -> Result<(), StoreError> {
    let query = sql::query(
        "update fee_waiver set withdrawn_at = $2 where fact_id = $1 and withdrawn_at is null",
    )
    .bind(fact.to_string())
    .bind(now.0);
    if query.execute(tx).await?.rows_affected() > 0 {
        audit::append(tx, "fee_waiver_withdrawn", &fact.to_string(), now, &json!({})).await?;
    }
    Ok(())
}

/// What was paid and waived of a client's fees, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn endings(tx: &mut Tx, client: ClientId) -> Result<Vec<FeeEnding>, StoreError> {
    let query = sql::query_as::<(String, String, NaiveDate, i64, String, Option<String>)>(
        "select ended.invoice_id, invoice.number, ended.ended_on, ended.amount_minor, \
         person.name, ended.why from ( \
             select invoice_id, paid_on as ended_on, amount_minor, booked_by as person_id, \
                 booked_at as at, null as why from fee_payment where client_id = $1 \
             union all \
             select invoice_id, waived_on, amount_minor, waived_by, waived_at, why \
                 from fee_waiver where client_id = $1 and withdrawn_at is null) ended \
         join invoice on invoice.id = ended.invoice_id \
         join person on person.id = ended.person_id \
         order by ended.ended_on desc, ended.at desc",
    )
    .bind(client.to_string());
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|(invoice, number, on, amount_minor, by, why)| {
            Ok(FeeEnding { invoice: invoice_id(invoice)?, number, on, amount_minor, by, why })
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct ItemRow {
    #[sqlx(try_from = "String")]
    id: InvoiceId,
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    #[sqlx(try_from = "String")]
    currency: Currency,
    number: String,
    due_on: NaiveDate,
    open_minor: i64,
    disputed_minor: i64,
}

/// What the fees of whoever is asked about are computed from: every invoice due from `since` on
/// that is unpaid, was paid late or is covered by an agreement. Clients without one are left out.
///
/// # Errors
/// When the database fails.
pub async fn load(
    tx: &mut Tx,
    whose: Whose<'_>,
    since: NaiveDate,
) -> Result<HashMap<ClientId, Fees>, StoreError> {
    let mut endings = Endings::load(tx, whose).await?;
    let query = sql::query_as::<ItemRow>(about!(
        whose,
        "invoice.client_id",
        "select invoice.id, invoice.client_id, client.currency, invoice.number, invoice.due_on, \
         invoice.open_minor, invoice.disputed_minor \
         from invoice join client on client.id = invoice.client_id \
         where invoice.due_on >= $2 and (invoice.open_minor > 0 or exists ( \
             select 1 from allocation join payment on payment.id = allocation.payment_id \
             where allocation.invoice_id = invoice.id and payment.paid_on > invoice.due_on)) and",
        "order by invoice.client_id, invoice.due_on, invoice.number"
    ))
    .bind(whose.text())
    .bind(since);
    let mut fees: HashMap<ClientId, Fees> = HashMap::new();
    for row in query.fetch_all(tx).await? {
        let paid = endings.paid.remove(&row.id).unwrap_or_default();
        let paid_minor: i64 = paid.iter().map(|(_, minor)| minor).sum();
        let item = FeeItem {
            invoice: row.id,
            number: row.number,
            due_on: row.due_on,
            // Not the invoice's amount: what was credited was never owed.
            principal_minor: row.open_minor + paid_minor,
            disputed_minor: row.disputed_minor,
            paid,
            fee_paid: endings.fee_paid.remove(&row.id).unwrap_or_default(),
            waived: endings.waived.remove(&row.id).unwrap_or_default(),
            agreed: None,
        };
        let of_client = fees.entry(row.client_id).or_insert_with(|| Fees {
            client: row.client_id,
            currency: row.currency,
            items: Vec::new(),
            agreements: Vec::new(),
        });
        of_client.items.push(item);
    }
    for approved in restructurings::approved(tx, whose).await? {
        let Some(of_client) = fees.get_mut(&approved.client) else { continue };
        for (invoice, fee_minor) in &approved.invoices {
            let item = of_client.items.iter_mut().find(|item| item.invoice == *invoice);
            if let Some(item) = item {
                item.agreed = Some(AgreedFee {
                    agreement: approved.signed.id,
                    signed_on: approved.signed.agreement.signed_on,
                    fee_minor: *fee_minor,
                });
            }
        }
        of_client.agreements.push(approved.signed);
    }
    Ok(fees)
}

/// A day and minor units.
type OnDay = (NaiveDate, i64);

/// What came in, by invoice.
#[derive(Default)]
struct Endings {
    paid: HashMap<InvoiceId, Vec<OnDay>>,
    fee_paid: HashMap<InvoiceId, Vec<OnDay>>,
    waived: HashMap<InvoiceId, Vec<OnDay>>,
}

/// The endings about `$whose`, which follows a client's id; those of one day in the order in which they
/// came.
macro_rules! endings {
    ($whose:literal) => {
        concat!(
            "select 'paid' as how, allocation.invoice_id, payment.paid_on as on_day, \
                 allocation.amount_minor, payment.id as by_id, cast(0 as bigint) as at, \
                 cast(0 as bigint) as part \
             from allocation join payment on payment.id = allocation.payment_id \
             where payment.client_id ",
            $whose,
            " union all \
             select 'fee_paid', invoice_id, paid_on, amount_minor, '', booked_at, part \
             from fee_payment where client_id ",
            $whose,
            " union all \
             select 'waived', invoice_id, waived_on, amount_minor, '', waived_at, 0 \
             from fee_waiver where withdrawn_at is null and client_id ",
            $whose,
            " order by on_day, by_id, at, part"
        )
    };
}

impl Endings {
    async fn load(tx: &mut Tx, whose: Whose<'_>) -> Result<Self, StoreError> {
        let text = match whose {
            Whose::One(_) => endings!("= $1"),
            Whose::Some(_) => endings!("in (select item.atom from jsonb_each($1) item)"),
            Whose::Everybody => endings!("is not null and $1 = ''"),
        };
        let query = sql::query_as::<(String, String, NaiveDate, i64)>(text).bind(whose.text());
        let mut endings = Self::default();
        for (how, invoice, on, minor) in query.fetch_all(tx).await? {
            let of_kind = match how.as_str() {
                "paid" => &mut endings.paid,
                "fee_paid" => &mut endings.fee_paid,
                _ => &mut endings.waived,
            };
            of_kind.entry(invoice_id(invoice)?).or_default().push((on, minor));
        }
        Ok(endings)
    }
}

fn invoice_id(text: String) -> Result<InvoiceId, StoreError> {
    InvoiceId::try_from(text)
        .map_err(|error| StoreError::unreadable("invoice_id")(error.to_string()))
}
