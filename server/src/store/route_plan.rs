//! Whom a rep should visit: the clients of its territories with something unpaid, the longest
//! overdue first.

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, PersonId};

use super::sql;
use super::{StoreError, Tx};

/// A client worth a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub client: ClientId,
    /// Of its oldest unpaid invoice; negative before the due date.
    pub days_overdue: i64,
}

/// At most `limit` clients of `rep` worth a visit on `today`.
///
/// # Errors
/// When the database fails.
pub async fn candidates(
    tx: &mut Tx,
    rep: PersonId,
    today: NaiveDate,
    limit: i64,
) -> Result<Vec<Candidate>, StoreError> {
    let rows: Vec<(String, NaiveDate)> = sql::query_as::<(String, NaiveDate)>(
        "select client.id, min(invoice.due_on) from client
             join territory on territory.id = client.territory_id
             join invoice on invoice.client_id = client.id and invoice.open_minor > 0
             where territory.rep_id = $1
             group by client.id
             order by min(invoice.due_on), client.id limit cast($2 as bigint)",
    )
    .bind(rep.to_string())
    .bind(limit)
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|(client, due_on)| {
            let client = client.parse().map_err(|error: uuid::Error| {
                StoreError::unreadable("client.id")(error.to_string())
            })?;
            Ok(Candidate { client, days_overdue: (today - due_on).num_days() })
        })
        .collect()
}
