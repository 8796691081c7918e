//! What tasks ask for, where facts may show that it was done.

use saldo_core::duty::Duty;
use saldo_core::ids::{FactId, TaskId};

use super::sql;
use super::{StoreError, Tx, lists};

/// Notes what tasks ask for, each by its key. What was noted before stays.
///
/// # Errors
/// When the database fails.
pub async fn note(tx: &mut Tx, duties: &[(String, Duty)]) -> Result<(), StoreError> {
    if duties.is_empty() {
        return Ok(());
    }
    let query = sql::query(
        "insert into task_duty (task_id, duty)
         select task.id, item.value ->> 1
         from json_each($1) item join task on task.task_key = item.value ->> 0
         where true
         on conflict (task_id, duty) do nothing",
    )
    .bind(lists::list(duties.iter().map(|(key, duty)| (key, duty.name())))?);
    query.execute(tx).await?;
    Ok(())
}

/// What a task asks for and no fact has shown yet.
///
/// # Errors
/// When the database fails.
pub async fn unmet(tx: &mut Tx, task: TaskId) -> Result<Vec<Duty>, StoreError> {
    let names: Vec<String> = sql::query_scalar::<String>(
        "select duty from task_duty where task_id = $1 and met_by is null order by duty",
    )
    .bind(task.to_string())
    .fetch_all(tx)
    .await?;
    names
        .into_iter()
        .map(|name| Duty::try_from(name).map_err(StoreError::unreadable("task_duty.duty")))
        .collect()
}

/// A fact shows that this part of a task was done.
///
/// # Errors
/// When the database fails.
pub async fn meet(tx: &mut Tx, task: TaskId, duty: Duty, by: FactId) -> Result<(), StoreError> {
    sql::query(
        "update task_duty set met_by = $3
             where task_id = $1 and duty = $2 and met_by is null",
    )
    .bind(task.to_string())
    .bind(duty.name())
    .bind(by.to_string())
    .execute(tx)
    .await?;
    Ok(())
}
