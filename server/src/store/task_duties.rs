//! What tasks ask for, where facts may show that it was done.

use std::collections::HashMap;

use saldo_core::duty::Duty;
use saldo_core::ids::{FactId, TaskId};

use super::sql;
use super::{StoreError, Tx, columns, lists};

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
         from jsonb_each($1) item join task on task.task_key = item.value ->> 0
         where true
         on conflict (task_id, duty) do nothing",
    )
    .bind(lists::list(duties.iter().map(|(key, duty)| (key, duty.name())))?);
    query.execute(tx).await?;
    Ok(())
}

/// What these tasks ask for and no fact has shown yet; a task that asks for nothing (more) is missing.
///
/// # Errors
/// When the database fails.
pub async fn unmet(
    tx: &mut Tx,
    tasks: impl IntoIterator<Item = TaskId>,
) -> Result<HashMap<TaskId, Vec<Duty>>, StoreError> {
    let query = sql::query_as::<(String, String)>(
        "select task_id, duty from task_duty
         where task_id in (select item.atom from jsonb_each($1) item) and met_by is null
         order by task_id, duty",
    )
    .bind(lists::ids(tasks)?);
    let rows: Vec<(String, String)> = query.fetch_all(tx).await?;
    let mut unmet: HashMap<TaskId, Vec<Duty>> = HashMap::new();
    for (task, duty) in rows {
        let duty = Duty::try_from(duty).map_err(StoreError::unreadable("task_duty.duty"))?;
        unmet.entry(columns::id("task_duty.task_id", task)?).or_default().push(duty);
    }
    Ok(unmet)
}

/// Facts show that these parts of tasks were done.
///
/// # Errors
/// When the database fails.
pub async fn meet(tx: &mut Tx, met: &[(TaskId, Duty, FactId)]) -> Result<(), StoreError> {
    if met.is_empty() {
        return Ok(());
    }
    let query = sql::query(
        "update task_duty set met_by = met.fact_id
         from (select item.value ->> 0 as task_id, item.value ->> 1 as duty,
                   item.value ->> 2 as fact_id
               from jsonb_each($1) item) as met
         where task_duty.task_id = met.task_id and task_duty.duty = met.duty
             and task_duty.met_by is null",
    )
    .bind(lists::list(met.iter().map(|(task, duty, by)| (task, duty.name(), by)))?);
    query.execute(tx).await?;
    Ok(())
}
