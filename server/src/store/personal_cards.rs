//! Personal cards (R13.1): which generation of a client's card may be written, what was erased, and
//! whose retention time is over. What stands in a card is `store::documents`'; it never stands here.

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, PersonId};
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx, columns};

/// The generation of a card that nobody has erased yet.
pub const FIRST_GENERATION: u32 = 1;

/// The generation of a client's personal card that may be written; every earlier one is erased.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn generation(tx: &mut Tx, client: ClientId) -> Result<u32, StoreError> {
    let found: Option<i64> =
        sql::query_scalar::<i64>("select generation from personal_card where client_id = $1")
            .bind(client.to_string())
            .fetch_optional(tx)
            .await?;
    let found = columns::small("personal_card.generation", found)?;
    Ok(found.unwrap_or(FIRST_GENERATION))
}

/// The generations of all clients whose card was ever written or erased.
///
/// # Errors
/// As [`generation`].
pub async fn generations(
    tx: &mut Tx,
) -> Result<std::collections::HashMap<ClientId, u32>, StoreError> {
    let query = sql::query_as::<(String, i64)>("select client_id, generation from personal_card");
    let rows: Vec<(String, i64)> = query.fetch_all(tx).await?;
    let unreadable = StoreError::unreadable("personal_card.client_id");
    let read = |(client, generation): (String, i64)| {
        let generation = columns::small("personal_card.generation", Some(generation))?;
        let client = client.parse().map_err(|error: uuid::Error| unreadable(error.to_string()))?;
        Ok((client, generation.unwrap_or(FIRST_GENERATION)))
    };
    rows.into_iter().map(read).collect()
}

/// Notes that somebody wrote into this generation: where a client has no invoices, the retention
/// time counts from here.
///
/// # Errors
/// When the database fails.
pub async fn written(
    tx: &mut Tx,
    client: ClientId,
    generation: u32,
    now: UtcMillis,
) -> Result<(), StoreError> {
    sql::query(
        "insert into personal_card (client_id, generation, written_at) values ($1, $2, $3)
             on conflict (client_id) do update set written_at = excluded.written_at",
    )
    .bind(client.to_string())
    .bind(i64::from(generation))
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// An erasure, as it is recorded: without what was erased.
#[derive(Debug, Clone, Copy)]
pub struct NewErasure<'a> {
    /// Whose card.
    pub client: ClientId,
    /// Which generation of it.
    pub generation: u32,
    /// When.
    pub at: UtcMillis,
    /// By whom; none: because the retention time ended.
    pub by: Option<PersonId>,
    /// Why.
    pub why: &'a str,
}

/// Records an erasure; from now on the next generation is written.
///
/// # Errors
/// When the database fails, or this generation was erased before.
pub async fn erased(tx: &mut Tx, erasure: NewErasure<'_>) -> Result<(), StoreError> {
    let client = erasure.client.to_string();
    sql::query(
        "insert into card_erasure (client_id, generation, erased_at, erased_by, why)
             values ($1, $2, $3, $4, $5)",
    )
    .bind(&client)
    .bind(i64::from(erasure.generation))
    .bind(erasure.at.0)
    .bind(erasure.by.map(|by| by.to_string()))
    .bind(erasure.why)
    .execute(tx)
    .await?;
    sql::query(
        "insert into personal_card (client_id, generation, written_at) values ($1, $2, null)
             on conflict (client_id) do update
                 set generation = excluded.generation, written_at = null",
    )
    .bind(&client)
    .bind(i64::from(erasure.generation) + 1)
    .execute(tx)
    .await?;
    Ok(())
}

/// The newest generation of each client that was erased, with why.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn last_erasures(tx: &mut Tx) -> Result<Vec<(ClientId, u32, String)>, StoreError> {
    let query = sql::query_as::<(String, i64, String)>(
        "select client_id, generation, why from card_erasure where generation =
             (select max(other.generation) from card_erasure as other
              where other.client_id = card_erasure.client_id)
         order by client_id",
    );
    let rows: Vec<(String, i64, String)> = query.fetch_all(tx).await?;
    let unreadable = StoreError::unreadable("card_erasure.client_id");
    rows.into_iter()
        .map(|(client, generation, why)| {
            let generation = columns::small("card_erasure.generation", Some(generation))?;
            let client =
                client.parse().map_err(|error: uuid::Error| unreadable(error.to_string()))?;
            Ok((client, generation.unwrap_or(FIRST_GENERATION), why))
        })
        .collect()
}

/// An erasure that was recorded.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Erasure {
    /// When.
    #[sqlx(try_from = "i64")]
    pub erased_at: UtcMillis,
    /// The name of whoever did it; none: the retention time ended.
    pub by_name: Option<String>,
    /// Why.
    pub why: String,
}

/// The erasures of a client's card, newest first.
///
/// # Errors
/// When the database fails.
pub async fn erasures(tx: &mut Tx, client: ClientId) -> Result<Vec<Erasure>, StoreError> {
    Ok(sql::query_as::<Erasure>(
        "select card_erasure.erased_at, person.name as by_name, card_erasure.why
             from card_erasure left join person on person.id = card_erasure.erased_by
             where card_erasure.client_id = $1 order by card_erasure.generation desc",
    )
    .bind(client.to_string())
    .fetch_all(tx)
    .await?)
}

/// The clients with a written card whose retention time is over: nothing is open, no order waits,
/// is released or left without an invoice, and the last invoice (where there is none, the last writing) is before these.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn over_retention(
    tx: &mut Tx,
    invoice_before: NaiveDate,
    written_before: UtcMillis,
    limit: u32,
) -> Result<Vec<ClientId>, StoreError> {
    let query = sql::query_scalar::<String>(
        "select card.client_id from personal_card card
         where card.written_at is not null
           and not exists (select 1 from invoice
                           where invoice.client_id = card.client_id and invoice.open_minor > 0)
           and not exists (select 1 from client_order o
                           where o.client_id = card.client_id and o.state in ('held', 'released', 'shipped'))
           and not exists (select 1 from invoice
                           where invoice.client_id = card.client_id
                             and coalesce(invoice.issued_on, invoice.due_on) >= $1)
           and (card.written_at < $2
                or exists (select 1 from invoice where invoice.client_id = card.client_id))
         order by card.client_id limit cast($3 as bigint)",
    )
    .bind(invoice_before)
    .bind(written_before.0)
    .bind(i64::from(limit));
    super::parse_ids(query.fetch_all(tx).await?, "personal_card.client_id")
}
