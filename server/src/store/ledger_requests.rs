//! What a key asked for, once: the same again gets the same answer.

use saldo_core::ids::{ApiKeyId, ClientId, PersonId};
use saldo_core::time::UtcMillis;
use serde_json::json;
use uuid::Uuid;

use super::sql;
use super::{StoreError, Tx, audit};

/// What an id stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It became a shipment, an invoice, a return or a payment.
    Made,
    /// The shipment with it left.
    Shipped,
    /// The shipment with it was cancelled.
    Cancelled,
}

impl Step {
    /// The name used in SQL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Shipped => "shipped",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A request to be kept.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The id in its path.
    pub id: Uuid,
    /// What it does.
    pub step: Step,
    /// By which key.
    pub key: ApiKeyId,
    /// As whom.
    pub by: PersonId,
    /// About which client.
    pub client: ClientId,
    /// The hash of what it says.
    pub content_sha256: &'a str,
    /// When.
    pub at: UtcMillis,
}

/// What was asked before under an id.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Before {
    /// The hash of what was said.
    pub content_sha256: String,
    /// What was answered, as JSON.
    pub answer: String,
}

/// Takes the id for this request, for which the others with it wait; or gives what was asked before.
/// It is also appended to the audit log.
///
/// # Errors
/// When the database fails.
pub async fn claim(tx: &mut Tx, request: &Request<'_>) -> Result<Option<Before>, StoreError> {
    let (id, step) = (request.id.to_string(), request.step.name());
    let claimed = sql::query(
        "insert into ledger_request (id, step, key_id, client_id, content_sha256, at, answer)
             values ($1, $2, $3, $4, $5, $6, '') on conflict (id, step) do nothing",
    )
    .bind(&id)
    .bind(step)
    .bind(request.key.to_string())
    .bind(request.client.to_string())
    .bind(request.content_sha256)
    .bind(request.at.0)
    .execute(tx)
    .await?;
    if claimed.rows_affected() == 1 {
        let said = json!({
            "step": step,
            "key": request.key,
            "by": request.by,
            "client": request.client,
            "content_sha256": request.content_sha256,
        });
        audit::append(tx, "ledger_request", &id, request.at, &said).await?;
        return Ok(None);
    }
    let before = sql::query_as::<Before>(
        "select content_sha256, answer from ledger_request where id = $1 and step = $2",
    )
    .bind(&id)
    .bind(step)
    .fetch_one(tx)
    .await?;
    Ok(Some(before))
}

/// Keeps what is answered to a request that was claimed.
///
/// # Errors
/// When the database fails.
pub async fn set_answer(tx: &mut Tx, id: Uuid, step: Step, answer: &str) -> Result<(), StoreError> {
    sql::query("update ledger_request set answer = $3 where id = $1 and step = $2")
        .bind(id.to_string())
        .bind(step.name())
        .bind(answer)
        .execute(tx)
        .await?;
    Ok(())
}
