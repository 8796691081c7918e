//! What the owners of rungs decided (R7.2 to R7.8). Never updated, never deleted.

use chrono::NaiveDate;
use saldo_core::escalation::{Choice, Rung};
use saldo_core::ids::{ClientId, PersonId, TaskId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;

use serde_json::json;

use super::audit;
use super::sql;
use super::{StoreError, Tx};

/// A decision as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LadderDecision {
    /// About whom.
    pub client: ClientId,
    /// On which rung.
    pub rung: Rung,
    /// What.
    pub choice: Choice,
    /// In which role.
    pub role: Role,
    /// By whom.
    pub person_name: String,
    /// The day that it names.
    pub until_on: Option<NaiveDate>,
    /// In words.
    pub why: String,
    /// When.
    pub decided_at: UtcMillis,
}

/// A decision to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewLadderDecision<'a> {
    /// The rung's task.
    pub task: TaskId,
    /// About whom.
    pub client: ClientId,
    /// On which rung.
    pub rung: Rung,
    /// What.
    pub choice: Choice,
    /// In which role.
    pub role: Role,
    /// By whom.
    pub person: PersonId,
    /// The day that it names.
    pub until_on: Option<NaiveDate>,
    /// In words.
    pub why: &'a str,
    /// When.
    pub decided_at: UtcMillis,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    #[sqlx(try_from = "String")]
    rung: Rung,
    #[sqlx(try_from = "String")]
    choice: Choice,
    #[sqlx(try_from = "String")]
    role: Role,
    person_name: String,
    until_on: Option<NaiveDate>,
    why: String,
    decided_at: i64,
}

impl From<Row> for LadderDecision {
    fn from(row: Row) -> Self {
        Self {
            client: row.client_id,
            rung: row.rung,
            choice: row.choice,
            role: row.role,
            person_name: row.person_name,
            until_on: row.until_on,
            why: row.why,
            decided_at: UtcMillis(row.decided_at),
        }
    }
}

/// Keeps a decision; gives its id.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, new: &NewLadderDecision<'_>) -> Result<String, StoreError> {
    let id = uuid::Uuid::now_v7().to_string();
    sql::query(
        "insert into ladder_decision
                 (id, task_id, client_id, rung, choice, role, person_id, until_on, why, decided_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&id)
    .bind(new.task.to_string())
    .bind(new.client.to_string())
    .bind(new.rung.name())
    .bind(new.choice.name())
    .bind(new.role.name())
    .bind(new.person.to_string())
    .bind(new.until_on)
    .bind(new.why)
    .bind(new.decided_at.0)
    .execute(tx)
    .await?;
    let said = json!({
        "task": new.task,
        "client": new.client,
        "rung": new.rung.name(),
        "choice": new.choice.name(),
        "role": new.role.name(),
        "by": new.person,
        "until": new.until_on,
        "why": new.why,
    });
    audit::append(tx, "ladder_decision", &id, new.decided_at, &said).await?;
    Ok(id)
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select decision.client_id, decision.rung, decision.choice, decision.role,
                 person.name as person_name, decision.until_on, decision.why, decision.decided_at
             from ladder_decision decision join person on person.id = decision.person_id ",
            $rest
        )
    };
}

/// What was decided about a client, newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_client(
    tx: &mut Tx,
    client: ClientId,
    limit: i64,
) -> Result<Vec<LadderDecision>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(select!(
        "where decision.client_id = $1
             order by decision.decided_at desc, decision.id desc limit cast($2 as bigint)"
    ))
    .bind(client.to_string())
    .bind(limit)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(LadderDecision::from).collect())
}

/// What was decided on one rung since an instant, newest first, about every client.
///
/// # Errors
/// When the database fails.
pub async fn on_rung_since(
    tx: &mut Tx,
    rung: Rung,
    since: UtcMillis,
) -> Result<Vec<LadderDecision>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(select!(
        "where decision.rung = $1 and decision.decided_at >= $2
             order by decision.decided_at desc, decision.id desc"
    ))
    .bind(rung.name())
    .bind(since.0)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(LadderDecision::from).collect())
}
