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
#[derive(Debug, Clone)]
pub struct Request {
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
    pub content_sha256: String,
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

/// What was asked before under the id of this request.
///
/// # Errors
/// When the database fails.
pub async fn before(tx: &mut Tx, id: Uuid, step: Step) -> Result<Option<Before>, StoreError> {
    let query = sql::query_as::<Before>(
        "select content_sha256, answer from ledger_request where id = $1 and step = $2",
    )
    .bind(id.to_string())
    .bind(step.name());
    Ok(query.fetch_optional(tx).await?)
}

/// Keeps a request with its answer, in the audit log too. The transaction holds the request's id.
///
/// # Errors
/// When the database fails.
pub async fn keep(tx: &mut Tx, request: &Request, answer: &str) -> Result<(), StoreError> {
    let (id, step) = (request.id.to_string(), request.step.name());
    sql::query(
        "insert into ledger_request (id, step, key_id, client_id, content_sha256, at, answer)
             values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&id)
    .bind(step)
    .bind(request.key.to_string())
    .bind(request.client.to_string())
    .bind(&request.content_sha256)
    .bind(request.at.0)
    .bind(answer)
    .execute(tx)
    .await?;
    let said = json!({
        "step": step,
        "key": request.key,
        "by": request.by,
        "client": request.client,
        "content_sha256": request.content_sha256,
    });
    audit::append(tx, "ledger_request", &id, request.at, &said).await
}
