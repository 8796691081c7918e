//! Written orders that lift rules for a client until a day (R1.1). Never updated, never deleted.

use std::collections::HashMap;

use chrono::NaiveDate;
use saldo_core::exemption::Exemption;
use saldo_core::ids::{ClientId, PersonId};
use saldo_core::time::UtcMillis;

use serde_json::json;

use super::audit;
use super::sql;
use super::whose::about;
use super::{StoreError, Tx, Whose};

/// Keeps an order.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    client: ClientId,
    order: &Exemption,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let (id, rules) = (uuid::Uuid::now_v7().to_string(), order.rules.join(","));
    let query = sql::query(
        "insert into exemption \
         (id, client_id, rules, holds_from, holds_until, why, ordered_by, ordered_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&id)
    .bind(client.to_string())
    .bind(&rules)
    .bind(order.from)
    .bind(order.until)
    .bind(&order.why)
    .bind(order.by.to_string())
    .bind(now.0);
    query.execute(tx).await?;
    let said = json!({
        "client": client,
        "rules": rules,
        "from": order.from,
        "until": order.until,
        "by": order.by,
        "why": order.why,
    });
    audit::append(tx, "exemption", &id, now, &said).await
}

/// The orders that have not ended on `on`, by client.
///
/// # Errors
/// When the database fails.
pub async fn not_ended(
    tx: &mut Tx,
    whose: Whose<'_>,
    on: NaiveDate,
) -> Result<HashMap<ClientId, Vec<Exemption>>, StoreError> {
    let query = sql::query_as::<Row>(about!(
        whose,
        "client_id",
        "select client_id, rules, holds_from, holds_until, why, ordered_by from exemption \
         where holds_until >= $2 and",
        "order by ordered_at, id"
    ))
    .bind(whose.text())
    .bind(on);
    let mut by_client: HashMap<ClientId, Vec<Exemption>> = HashMap::new();
    for row in query.fetch_all(tx).await? {
        by_client.entry(row.client_id).or_default().push(Exemption {
            rules: row.rules.split(',').map(str::to_owned).collect(),
            from: row.holds_from,
            until: row.holds_until,
            by: row.ordered_by,
            why: row.why,
        });
    }
    Ok(by_client)
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    rules: String,
    holds_from: NaiveDate,
    holds_until: NaiveDate,
    why: String,
    #[sqlx(try_from = "String")]
    ordered_by: PersonId,
}
