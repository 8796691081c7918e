//! Who decided what on a fact that waited for a decision.

use saldo_core::ids::{FactId, PaperId, PersonId, TaskId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;

use serde_json::json;

use super::audit;
use super::sql;
use super::{StoreError, Tx};

/// A decision as kept.
#[derive(Debug, Clone)]
pub struct NewDecision<'a> {
    /// The task that asked for it.
    pub task: TaskId,
    /// The fact it is about.
    pub fact: FactId,
    /// In which role it was given.
    pub role: Role,
    /// By whom.
    pub person: PersonId,
    /// `approve`, `reject` or `send_up`.
    pub choice: &'static str,
    /// The reason given; may be empty for an approval.
    pub why: &'a str,
    /// The guarantee letter on which it was given, where one was needed (R4.1, R4.3).
    pub paper: Option<PaperId>,
    /// When.
    pub decided_at: UtcMillis,
}

/// Keeps a decision.
///
/// # Errors
/// When the database fails, or the task was decided before (a unique violation).
pub async fn insert(tx: &mut Tx, decision: &NewDecision<'_>) -> Result<(), StoreError> {
    let id = uuid::Uuid::now_v7().to_string();
    sql::query(
        "insert into decision
                 (id, task_id, fact_id, role, person_id, choice, why, guarantee_letter, paper_id,
                 decided_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&id)
    .bind(decision.task.to_string())
    .bind(decision.fact.to_string())
    .bind(decision.role.name())
    .bind(decision.person.to_string())
    .bind(decision.choice)
    .bind(decision.why)
    .bind(decision.paper.is_some())
    .bind(decision.paper.map(|paper| paper.to_string()))
    .bind(decision.decided_at.0)
    .execute(tx)
    .await?;
    let said = json!({
        "task": decision.task,
        "fact": decision.fact,
        "role": decision.role.name(),
        "by": decision.person,
        "choice": decision.choice,
        "why": decision.why,
        "paper": decision.paper,
    });
    audit::append(tx, "decision", &id, decision.decided_at, &said).await
}

/// The roles that approved a fact, each with who did and when, in the order of their decisions.
///
/// # Errors
/// When the database fails.
pub async fn approvals(
    tx: &mut Tx,
    fact: FactId,
) -> Result<Vec<(Role, PersonId, UtcMillis)>, StoreError> {
    let rows: Vec<(String, String, i64)> = sql::query_as::<(String, String, i64)>(
        "select role, person_id, decided_at from decision
             where fact_id = $1 and choice = 'approve' order by decided_at, id",
    )
    .bind(fact.to_string())
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|(role, person, at)| {
            Ok((
                Role::try_from(role).map_err(StoreError::unreadable("decision.role"))?,
                person.parse().map_err(|error: uuid::Error| {
                    StoreError::unreadable("decision.person_id")(error.to_string())
                })?,
                UtcMillis(at),
            ))
        })
        .collect()
}

/// Notes that somebody who must approve an order demands the client's guarantee letter first
/// (R4.1). `false`: the role demanded it before.
///
/// # Errors
/// When the database fails.
pub async fn demand_letter(
    tx: &mut Tx,
    order: FactId,
    role: Role,
    person: PersonId,
    now: UtcMillis,
) -> Result<bool, StoreError> {
    let query = sql::query(
        "insert into letter_demand (fact_id, role, person_id, demanded_at) \
         values ($1, $2, $3, $4) on conflict (fact_id, role) do nothing",
    )
    .bind(order.to_string())
    .bind(role.name())
    .bind(person.to_string())
    .bind(now.0);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// The roles that demand a guarantee letter for an order, and since when.
///
/// # Errors
/// When the database fails.
pub async fn letter_demands(
    tx: &mut Tx,
    order: FactId,
) -> Result<Vec<(Role, UtcMillis)>, StoreError> {
    let query = sql::query_as::<(String, i64)>(
        "select role, demanded_at from letter_demand where fact_id = $1 \
         order by demanded_at, role",
    )
    .bind(order.to_string());
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|(role, at)| {
            let role =
                Role::try_from(role).map_err(StoreError::unreadable("letter_demand.role"))?;
            Ok((role, UtcMillis(at)))
        })
        .collect()
}
