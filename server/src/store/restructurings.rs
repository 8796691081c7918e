//! Restructuring agreements (R8.5): what was agreed, for which invoices, and what was paid on it.
//! Whether one is kept is never stored: core says it of the schedule and the payments.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use saldo_core::facts::Instalment;
use saldo_core::ids::{AgreementId, ClientId, InvoiceId, PersonId};
use saldo_core::money::{Currency, Money};
use saldo_core::restructuring::{Agreement, Signed};
use saldo_core::time::UtcMillis;

use serde_json::json;

use super::audit;
use super::sql;
use super::whose::about;
use super::{StoreError, Tx, Whose, columns};

/// An agreement as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementRecord {
    /// Which.
    pub id: AgreementId,
    /// With whom.
    pub client: ClientId,
    /// What is agreed.
    pub agreement: Agreement,
    /// For which invoices, by number.
    pub invoices: Vec<CoveredInvoice>,
    /// Who drew it up.
    pub drawn_up_by: PersonId,
    /// That person's name.
    pub drawn_up_by_name: String,
    /// When.
    pub drawn_up_at: UtcMillis,
    /// `drawn_up`, `approved`, `rejected`, `withdrawn` or `replaced`.
    pub state: String,
    /// Who approved, rejected or withdrew it.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<UtcMillis>,
    /// Why it was rejected or withdrawn.
    pub why: String,
    /// What became of it, as far as was told: `missed` or `fulfilled`.
    pub told: Option<String>,
    /// On which day that was told.
    pub told_on: Option<NaiveDate>,
}

/// An invoice that an agreement covers. Amounts are minor units of the client's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredInvoice {
    /// Which.
    pub invoice: InvoiceId,
    /// Its number on paper.
    pub number: String,
    /// What it owed on the day of the signatures.
    pub principal_minor: i64,
    /// What had been paid of it before.
    pub paid_before_minor: i64,
    /// Its part of the fee agreed.
    pub fee_minor: i64,
}

/// An agreement that holds or held, with what was paid on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// With whom.
    pub client: ClientId,
    /// The agreement and the payments.
    pub signed: Signed,
    /// Each invoice covered, with its part of the fee agreed.
    pub invoices: Vec<(InvoiceId, i64)>,
    /// What became of it, as far as was told.
    pub told: Option<String>,
}

/// Keeps an agreement that was drawn up. `false`: it was here before, and nothing changes.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, record: &AgreementRecord) -> Result<bool, StoreError> {
    let agreement = &record.agreement;
    let query = sql::query(
        "insert into restructuring (id, client_id, signed_on, requested_on, fee_minor, \
         guarantees, drawn_up_by, drawn_up_at) values ($1, $2, $3, $4, $5, $6, $7, $8) \
         on conflict (id) do nothing",
    )
    .bind(record.id.to_string())
    .bind(record.client.to_string())
    .bind(agreement.signed_on)
    .bind(agreement.requested_on)
    .bind(agreement.fee_minor)
    .bind(agreement.guarantees.join("\n"))
    .bind(record.drawn_up_by.to_string())
    .bind(record.drawn_up_at.0);
    if query.execute(tx).await?.rows_affected() == 0 {
        return Ok(false);
    }
    for one in &record.invoices {
        let query = sql::query(
            "insert into restructuring_invoice (restructuring_id, invoice_id, principal_minor, \
             paid_before_minor, fee_minor) values ($1, $2, $3, $4, $5)",
        )
        .bind(record.id.to_string())
        .bind(one.invoice.to_string())
        .bind(one.principal_minor)
        .bind(one.paid_before_minor)
        .bind(one.fee_minor);
        query.execute(tx).await?;
    }
    for one in &agreement.schedule {
        let query = sql::query(
            "insert into restructuring_instalment (restructuring_id, pay_on, amount_minor) \
             values ($1, $2, $3)",
        )
        .bind(record.id.to_string())
        .bind(one.pay_on)
        .bind(one.amount.minor);
        query.execute(tx).await?;
    }
    Ok(true)
}

/// Settles an agreement that is `drawn_up`. `false`: it is not any more.
///
/// # Errors
/// When the database fails.
pub async fn decide(
    tx: &mut Tx,
    id: AgreementId,
    state: &'static str,
    by: PersonId,
    at: UtcMillis,
    why: &str,
) -> Result<bool, StoreError> {
    let query = sql::query(
        "update restructuring set state = $2, decided_by = $3, decided_at = $4, why = $5 \
         where id = $1 and state = 'drawn_up'",
    )
    .bind(id.to_string())
    .bind(state)
    .bind(by.to_string())
    .bind(at.0)
    .bind(why);
    let is_decided = query.execute(tx).await?.rows_affected() == 1;
    if is_decided {
        let said = json!({ "state": state, "by": by, "why": why });
        audit::append(tx, "restructuring", &id.to_string(), at, &said).await?;
    }
    Ok(is_decided)
}

/// The approved agreements that share an invoice with `id` give way to it; their ids.
///
/// # Errors
/// When the database fails.
pub async fn replace_others(tx: &mut Tx, id: AgreementId) -> Result<Vec<AgreementId>, StoreError> {
    let query = sql::query_scalar::<String>(
        "update restructuring set state = 'replaced' where state = 'approved' and id <> $1 \
         and id in (select other.restructuring_id from restructuring_invoice other \
             join restructuring_invoice mine on mine.invoice_id = other.invoice_id \
             where mine.restructuring_id = $1) returning id",
    )
    .bind(id.to_string());
    super::parse_ids(query.fetch_all(tx).await?, "restructuring.id")
}

/// Remembers what of an agreement was told; `None`: it is kept (again).
///
/// # Errors
/// When the database fails.
pub async fn set_told(
    tx: &mut Tx,
    id: AgreementId,
    told: Option<&'static str>,
    on: NaiveDate,
) -> Result<(), StoreError> {
    let query = sql::query("update restructuring set told = $2, told_on = $3 where id = $1")
        .bind(id.to_string())
        .bind(told)
        .bind(told.map(|_| on));
    query.execute(tx).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    id: AgreementId,
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    #[sqlx(try_from = "String")]
    currency: Currency,
    signed_on: NaiveDate,
    requested_on: Option<NaiveDate>,
    fee_minor: Option<i64>,
    guarantees: String,
    #[sqlx(try_from = "String")]
    drawn_up_by: PersonId,
    drawn_up_by_name: String,
    drawn_up_at: i64,
    state: String,
    decided_by: Option<String>,
    decided_at: Option<i64>,
    why: String,
    told: Option<String>,
    told_on: Option<NaiveDate>,
}

#[derive(sqlx::FromRow)]
struct InvoiceRow {
    #[sqlx(try_from = "String")]
    restructuring_id: AgreementId,
    #[sqlx(try_from = "String")]
    invoice_id: InvoiceId,
    number: String,
    principal_minor: i64,
    paid_before_minor: i64,
    fee_minor: i64,
}

macro_rules! columns {
    () => {
        "select restructuring.id, restructuring.client_id, client.currency, signed_on, \
         requested_on, fee_minor, guarantees, drawn_up_by, person.name as drawn_up_by_name, \
         drawn_up_at, state, decided_by, decided_at, why, told, told_on from restructuring \
         join client on client.id = restructuring.client_id \
         join person on person.id = restructuring.drawn_up_by where"
    };
}

/// A client's agreements of every state, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Vec<AgreementRecord>, StoreError> {
    let query = sql::query_as::<Row>(concat!(
        columns!(),
        " restructuring.client_id = $1 order by drawn_up_at desc, restructuring.id"
    ))
    .bind(client.to_string());
    let rows = query.fetch_all(tx).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut parts = Parts::load(tx, Whose::One(client)).await?;
    rows.into_iter().map(|row| parts.record(row)).collect()
}

/// One agreement.
///
/// # Errors
/// When the database fails.
pub async fn by_id(tx: &mut Tx, id: AgreementId) -> Result<Option<AgreementRecord>, StoreError> {
    let query = sql::query_scalar::<String>("select client_id from restructuring where id = $1")
        .bind(id.to_string());
    let Some(client) = query.fetch_optional(tx).await? else { return Ok(None) };
    let client = ClientId::try_from(client).map_err(|error: uuid::Error| {
        StoreError::unreadable("restructuring.client_id")(error.to_string())
    })?;
    Ok(of_client(tx, client).await?.into_iter().find(|record| record.id == id))
}

/// The approved agreements of whoever is asked about, with what was paid on each.
///
/// # Errors
/// When the database fails.
pub async fn approved(tx: &mut Tx, whose: Whose<'_>) -> Result<Vec<Approved>, StoreError> {
    let query = sql::query_as::<Row>(about!(
        whose,
        "restructuring.client_id",
        concat!(columns!(), " state = 'approved' and"),
        "order by signed_on, drawn_up_at, restructuring.id"
    ))
    .bind(whose.text());
    let rows = query.fetch_all(tx).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut parts = Parts::load(tx, whose).await?;
    let mut paid = paid_since(tx, whose).await?;
    rows.into_iter()
        .map(|row| {
            let record = parts.record(row)?;
            let paid = paid.remove(&record.id).unwrap_or_default();
            Ok(Approved {
                client: record.client,
                invoices: record.invoices.iter().map(|one| (one.invoice, one.fee_minor)).collect(),
                signed: Signed { id: record.id, agreement: record.agreement, paid },
                told: record.told,
            })
        })
        .collect()
}

/// R8.5: the day that stands in for the due date of each invoice that an agreement covers and whose
/// schedule is kept on `today`.
///
/// # Errors
/// When the database fails.
pub async fn until(
    tx: &mut Tx,
    whose: Whose<'_>,
    today: NaiveDate,
) -> Result<HashMap<InvoiceId, NaiveDate>, StoreError> {
    let mut until = HashMap::new();
    for one in approved(tx, whose).await? {
        if let Some(day) = one.signed.until(today) {
            until.extend(one.invoices.iter().map(|(invoice, _)| (*invoice, day)));
        }
    }
    Ok(until)
}

/// Invoices and instalments by agreement.
struct Parts {
    invoices: HashMap<AgreementId, Vec<CoveredInvoice>>,
    instalments: HashMap<AgreementId, Vec<(NaiveDate, i64)>>,
}

impl Parts {
    async fn load(tx: &mut Tx, whose: Whose<'_>) -> Result<Self, StoreError> {
        let query = sql::query_as::<InvoiceRow>(about!(
            whose,
            "restructuring.client_id",
            "select restructuring_invoice.restructuring_id, restructuring_invoice.invoice_id, \
             invoice.number, principal_minor, paid_before_minor, restructuring_invoice.fee_minor \
             from restructuring_invoice \
             join restructuring on restructuring.id = restructuring_invoice.restructuring_id \
             join invoice on invoice.id = restructuring_invoice.invoice_id where",
            "order by invoice.due_on, invoice.number"
        ))
        .bind(whose.text());
        let mut invoices: HashMap<AgreementId, Vec<CoveredInvoice>> = HashMap::new();
        for row in query.fetch_all(tx).await? {
            invoices.entry(row.restructuring_id).or_default().push(CoveredInvoice {
                invoice: row.invoice_id,
                number: row.number,
                principal_minor: row.principal_minor,
                paid_before_minor: row.paid_before_minor,
                fee_minor: row.fee_minor,
            });
        }
        let query = sql::query_as::<(String, NaiveDate, i64)>(about!(
            whose,
            "restructuring.client_id",
            "select restructuring_id, pay_on, amount_minor from restructuring_instalment \
             join restructuring on restructuring.id = restructuring_instalment.restructuring_id \
             where",
            "order by pay_on"
        ))
        .bind(whose.text());
        let mut instalments: HashMap<AgreementId, Vec<(NaiveDate, i64)>> = HashMap::new();
        for (id, pay_on, minor) in query.fetch_all(tx).await? {
            instalments.entry(agreement_id(id)?).or_default().push((pay_on, minor));
        }
        Ok(Self { invoices, instalments })
    }

    fn record(&mut self, row: Row) -> Result<AgreementRecord, StoreError> {
        let invoices = self.invoices.remove(&row.id).unwrap_or_default();
        let schedule = self.instalments.remove(&row.id).unwrap_or_default();
        Ok(AgreementRecord {
            id: row.id,
            client: row.client_id,
            agreement: Agreement {
                signed_on: row.signed_on,
                requested_on: row.requested_on,
                principal_minor: invoices.iter().map(|one| one.principal_minor).sum(),
                fee_minor: row.fee_minor,
                guarantees: row.guarantees.lines().map(str::to_owned).collect(),
                schedule: schedule
                    .into_iter()
                    .map(|(pay_on, minor)| Instalment {
                        pay_on,
                        amount: Money::new(minor, row.currency),
                    })
                    .collect(),
            },
            invoices,
            drawn_up_by: row.drawn_up_by,
            drawn_up_by_name: row.drawn_up_by_name,
            drawn_up_at: UtcMillis(row.drawn_up_at),
            state: row.state,
            decided_by: columns::optional("restructuring.decided_by", row.decided_by)?,
            decided_at: row.decided_at.map(UtcMillis),
            why: row.why,
            told: row.told,
            told_on: row.told_on,
        })
    }
}

/// What was paid since the signatures on what approved agreements cover: of each invoice what came
/// in beyond what had been paid before, and its fee, paid or waived (day, minor units).
async fn paid_since(
    tx: &mut Tx,
    whose: Whose<'_>,
) -> Result<HashMap<AgreementId, Vec<(NaiveDate, i64)>>, StoreError> {
    let principal = sql::query_as::<(String, String, i64, NaiveDate, i64)>(about!(
        whose,
        "restructuring.client_id",
        "select restructuring.id, allocation.invoice_id, paid_before_minor, payment.paid_on, \
         allocation.amount_minor from restructuring \
         join restructuring_invoice on restructuring_invoice.restructuring_id = restructuring.id \
         join allocation on allocation.invoice_id = restructuring_invoice.invoice_id \
         join payment on payment.id = allocation.payment_id \
         where restructuring.state = 'approved' and",
        "order by payment.paid_on, payment.id"
    ))
    .bind(whose.text());
    let mut before: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut paid: HashMap<AgreementId, Vec<(NaiveDate, i64)>> = HashMap::new();
    for (id, invoice, paid_before_minor, on, minor) in principal.fetch_all(tx).await? {
        let left = before.entry((id.clone(), invoice)).or_insert(paid_before_minor);
        let counts_minor = minor - minor.min(*left);
        *left -= minor.min(*left);
        if counts_minor > 0 {
            paid.entry(agreement_id(id)?).or_default().push((on, counts_minor));
        }
    }
    for query in [
        about!(
            whose,
            "restructuring.client_id",
            "select restructuring.id, fee_payment.paid_on, fee_payment.amount_minor \
             from restructuring join restructuring_invoice \
                 on restructuring_invoice.restructuring_id = restructuring.id \
             join fee_payment on fee_payment.invoice_id = restructuring_invoice.invoice_id \
                 and fee_payment.paid_on >= restructuring.signed_on \
             where restructuring.state = 'approved' and",
            "order by fee_payment.paid_on"
        ),
        about!(
            whose,
            "restructuring.client_id",
            "select restructuring.id, fee_waiver.waived_on, fee_waiver.amount_minor \
             from restructuring join restructuring_invoice \
                 on restructuring_invoice.restructuring_id = restructuring.id \
             join fee_waiver on fee_waiver.invoice_id = restructuring_invoice.invoice_id \
                 and fee_waiver.waived_on >= restructuring.signed_on \
                 and fee_waiver.withdrawn_at is null \
             where restructuring.state = 'approved' and",
            "order by fee_waiver.waived_on"
        ),
    ] {
        let query = sql::query_as::<(String, NaiveDate, i64)>(query).bind(whose.text());
        for (id, on, minor) in query.fetch_all(tx).await? {
            paid.entry(agreement_id(id)?).or_default().push((on, minor));
        }
    }
    Ok(paid)
}

fn agreement_id(text: String) -> Result<AgreementId, StoreError> {
    AgreementId::try_from(text)
        .map_err(|error| StoreError::unreadable("restructuring.id")(error.to_string()))
}
