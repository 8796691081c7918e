//! Who read a client's personal card (R13.1). Never what stood in it.

use saldo_core::ids::{ClientId, DeviceId, PersonId, ReadingId};
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx};

/// Where somebody read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On a page of the console.
    Console,
    /// Through the API.
    Api,
    /// On a phone.
    Phone(DeviceId),
    /// With `saldo personal-data` on the server.
    Command,
}

impl Place {
    /// The name used in SQL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Api => "api",
            Self::Phone(_) => "phone",
            Self::Command => "command",
        }
    }

    const fn device(self) -> Option<DeviceId> {
        match self {
            Self::Phone(device) => Some(device),
            Self::Console | Self::Api | Self::Command => None,
        }
    }
}

/// A reading to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct NewReading<'a> {
    /// Which.
    pub id: ReadingId,
    /// Whose card.
    pub client: ClientId,
    /// Who read.
    pub person: PersonId,
    /// When, by the reader's clock.
    pub read_at: UtcMillis,
    /// Where.
    pub place: Place,
    /// What for.
    pub purpose: &'a str,
}

/// Records a reading; the same again changes nothing. `false`: there is no such client.
///
/// # Errors
/// When the database fails.
pub async fn record(
    tx: &mut Tx,
    reading: NewReading<'_>,
    now: UtcMillis,
) -> Result<bool, StoreError> {
    let known: i64 = sql::query_scalar::<i64>("select count(*) from client where id = $1")
        .bind(reading.client.to_string())
        .fetch_one(tx)
        .await?;
    if known == 0 {
        return Ok(false);
    }
    sql::query(
        "insert into card_reading
                 (id, client_id, person_id, read_at, received_at, place, device_id, purpose)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing",
    )
    .bind(reading.id.to_string())
    .bind(reading.client.to_string())
    .bind(reading.person.to_string())
    .bind(reading.read_at.0)
    .bind(now.0)
    .bind(reading.place.name())
    .bind(reading.place.device().map(|device| device.to_string()))
    .bind(reading.purpose)
    .execute(tx)
    .await?;
    Ok(true)
}

/// A reading that was recorded.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Reading {
    /// Who read.
    pub person_name: String,
    /// When, by the reader's clock.
    #[sqlx(try_from = "i64")]
    pub read_at: UtcMillis,
    /// When the server heard of it.
    #[sqlx(try_from = "i64")]
    pub received_at: UtcMillis,
    /// [`Place::name`].
    pub place: String,
    /// What for.
    pub purpose: String,
}

/// The latest readings of a client's card, newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_client(
    tx: &mut Tx,
    client: ClientId,
    limit: u32,
) -> Result<Vec<Reading>, StoreError> {
    Ok(sql::query_as::<Reading>(
        "select person.name as person_name, card_reading.read_at, card_reading.received_at,
                    card_reading.place, card_reading.purpose
             from card_reading join person on person.id = card_reading.person_id
             where card_reading.client_id = $1
             order by card_reading.read_at desc, card_reading.id desc limit cast($2 as bigint)",
    )
    .bind(client.to_string())
    .bind(i64::from(limit))
    .fetch_all(tx)
    .await?)
}
