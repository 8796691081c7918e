//! Loans of limit to phones (R4.9), and what orders drew on them.

use saldo_core::ids::{ClientId, DeviceId, FactId, LoanId, PersonId};
use saldo_core::loan::Loan;
use saldo_core::money::Currency;
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx, lists, parse_ids};

/// A loan with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoanRecord {
    /// What was lent.
    pub loan: Loan,
    /// Whose phone it was lent to.
    pub person: PersonId,
    /// What orders drew of it; minor units.
    pub used_minor: i64,
    /// Up to when it stays set aside for orders on their way.
    pub set_aside_until: UtcMillis,
    /// How it ended; `None`: it did not yet.
    pub ending: Option<Ending>,
}

/// How a loan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The phone gave it back.
    Returned,
    /// Its time was over, and that of orders on their way.
    Expired,
    /// Its phone was shut out.
    ShutOut,
}

impl Ending {
    const fn name(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Expired => "expired",
            Self::ShutOut => "shut_out",
        }
    }
}

impl TryFrom<String> for Ending {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        [Self::Returned, Self::Expired, Self::ShutOut]
            .into_iter()
            .find(|ending| ending.name() == name)
            .ok_or_else(|| format!("\"{name}\" is no ending of a loan"))
    }
}

/// What an order draws on a loan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// Which order.
    pub fact: FactId,
    /// On which loan.
    pub loan: LoanId,
    /// How much; nothing while the order is not released.
    pub drawn_minor: i64,
    /// When the order was taken, by the server's clock.
    pub taken_at: UtcMillis,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    id: LoanId,
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    #[sqlx(try_from = "String")]
    device_id: DeviceId,
    #[sqlx(try_from = "String")]
    person_id: PersonId,
    #[sqlx(try_from = "String")]
    currency: Currency,
    lent_minor: i64,
    used_minor: i64,
    deferral_days: i64,
    lent_at: i64,
    expires_at: i64,
    set_aside_until: i64,
    ending: Option<String>,
}

impl TryFrom<Row> for LoanRecord {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let deferral_days = u16::try_from(row.deferral_days)
            .map_err(|error| StoreError::unreadable("loan.deferral_days")(error.to_string()))?;
        Ok(Self {
            loan: Loan {
                id: row.id,
                client: row.client_id,
                device: row.device_id,
                currency: row.currency,
                lent_minor: row.lent_minor,
                deferral_days,
                lent_at: UtcMillis(row.lent_at),
                expires_at: UtcMillis(row.expires_at),
            },
            person: row.person_id,
            used_minor: row.used_minor,
            set_aside_until: UtcMillis(row.set_aside_until),
            ending: super::columns::optional("loan.ending", row.ending)?,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select loan.id, loan.client_id, loan.device_id, device.person_id, client.currency, \
                 loan.lent_minor, loan.used_minor, loan.deferral_days, loan.lent_at, \
                 loan.expires_at, loan.set_aside_until, loan.ending \
             from loan join client on client.id = loan.client_id \
                 join device on device.id = loan.device_id ",
            $rest
        )
    };
}

fn read(rows: Vec<Row>) -> Result<Vec<LoanRecord>, StoreError> {
    rows.into_iter().map(LoanRecord::try_from).collect()
}

/// Keeps a new loan.
///
/// # Errors
/// When its phone has one of that client already ([`StoreError::is_unique_violation`]) or the database
/// fails.
pub async fn insert(
    tx: &mut Tx,
    loan: &Loan,
    set_aside_until: UtcMillis,
) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into loan (id, client_id, device_id, lent_minor, deferral_days, lent_at, \
             expires_at, set_aside_until) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(loan.id.to_string())
    .bind(loan.client.to_string())
    .bind(loan.device.to_string())
    .bind(loan.lent_minor)
    .bind(i64::from(loan.deferral_days))
    .bind(loan.lent_at.0)
    .bind(loan.expires_at.0)
    .bind(set_aside_until.0);
    query.execute(tx).await?;
    Ok(())
}

/// One loan, ended or not.
///
/// # Errors
/// When the database fails.
pub async fn by_id(tx: &mut Tx, loan: LoanId) -> Result<Option<LoanRecord>, StoreError> {
    let query = sql::query_as::<Row>(select!("where loan.id = $1")).bind(loan.to_string());
    query.fetch_optional(tx).await?.map(LoanRecord::try_from).transpose()
}

/// The loans of a phone that did not end.
///
/// # Errors
/// When the database fails.
pub async fn live_of_device(tx: &mut Tx, device: DeviceId) -> Result<Vec<LoanRecord>, StoreError> {
    let query =
        sql::query_as::<Row>(select!("where loan.device_id = $1 and loan.ended_at is null"))
            .bind(device.to_string());
    read(query.fetch_all(tx).await?)
}

/// The loans of a client that did not end.
///
/// # Errors
/// When the database fails.
pub async fn live_of_client(tx: &mut Tx, client: ClientId) -> Result<Vec<LoanRecord>, StoreError> {
    let query = sql::query_as::<Row>(select!(
        "where loan.client_id = $1 and loan.ended_at is null order by loan.lent_at, loan.id"
    ))
    .bind(client.to_string());
    read(query.fetch_all(tx).await?)
}

/// The clients of loans that are over by `now` and did not end yet.
///
/// # Errors
/// When the database fails.
pub async fn clients_of_expired(tx: &mut Tx, now: UtcMillis) -> Result<Vec<ClientId>, StoreError> {
    let query = sql::query_scalar::<String>(
        "select distinct client_id from loan where ended_at is null and set_aside_until <= $1",
    )
    .bind(now.0);
    parse_ids(query.fetch_all(tx).await?, "loan.client_id")
}

/// Ends those of `loans` that did not end yet, and gives them.
///
/// # Errors
/// When the database fails.
pub async fn end(
    tx: &mut Tx,
    loans: impl IntoIterator<Item = LoanId>,
    ending: Ending,
    now: UtcMillis,
) -> Result<Vec<LoanId>, StoreError> {
    let query = sql::query_scalar::<String>(
        "update loan set ended_at = $2, ending = $3 \
         where ended_at is null and id in (select item.atom from jsonb_each($1) item) \
         returning id",
    )
    .bind(lists::ids(loans)?)
    .bind(now.0)
    .bind(ending.name());
    parse_ids(query.fetch_all(tx).await?, "loan.id")
}

/// Keeps what an order draws. Whether the loan has so much left; if not, nothing is kept.
///
/// # Errors
/// When the database fails.
pub async fn draw(tx: &mut Tx, draw: &Draw) -> Result<bool, StoreError> {
    let before = draw_of(tx, draw.fact).await?.map_or(0, |before| before.drawn_minor);
    let query = sql::query(
        "update loan set used_minor = used_minor + $2 \
         where id = $1 and used_minor + $2 between 0 and lent_minor",
    )
    .bind(draw.loan.to_string())
    .bind(draw.drawn_minor - before);
    if query.execute(tx).await?.rows_affected() != 1 {
        return Ok(false);
    }
    let query = sql::query(
        "insert into loan_draw (fact_id, loan_id, drawn_minor, taken_at) values ($1, $2, $3, $4) \
         on conflict (fact_id) do update set drawn_minor = excluded.drawn_minor",
    )
    .bind(draw.fact.to_string())
    .bind(draw.loan.to_string())
    .bind(draw.drawn_minor)
    .bind(draw.taken_at.0);
    query.execute(tx).await?;
    Ok(true)
}

/// What an order draws; `None`: on no loan.
///
/// # Errors
/// When the database fails.
pub async fn draw_of(tx: &mut Tx, fact: FactId) -> Result<Option<Draw>, StoreError> {
    let query = sql::query_as::<(String, i64, i64)>(
        "select loan_id, drawn_minor, taken_at from loan_draw where fact_id = $1",
    )
    .bind(fact.to_string());
    let Some((loan, drawn_minor, taken_at)) = query.fetch_optional(tx).await? else {
        return Ok(None);
    };
    let loan = super::columns::id("loan_draw.loan_id", loan)?;
    Ok(Some(Draw { fact, loan, drawn_minor, taken_at: UtcMillis(taken_at) }))
}
