//! Tasks: what somebody must do.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, FactId, PersonId, TaskId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx, lists};
use crate::auth::Principal;

/// A task as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRecord {
    /// Which.
    pub id: TaskId,
    /// What kind, such as `deferral_request`, `shipment_approval` or `ladder_rep`.
    pub kind: String,
    /// The R-number it comes from.
    pub rule: String,
    /// In words.
    pub title: String,
    /// About which client; none: it concerns no single one.
    pub client: Option<ClientId>,
    /// Its name; empty without a client.
    pub client_name: String,
    /// Its number in the ledger; empty without a client.
    pub client_code: String,
    /// About which fact, if any.
    pub fact: Option<FactId>,
    /// Whoever has this role may do it ...
    pub role: Role,
    /// ... or, where a person is named, only that person.
    pub person: Option<PersonId>,
    /// By when.
    pub due_on: Option<NaiveDate>,
    /// `open`, `done` or `closed`.
    pub state: String,
    /// Since when.
    pub created_at: UtcMillis,
    /// When it ended.
    pub ended_at: Option<UtcMillis>,
    /// How it ended, in words.
    pub outcome: Option<String>,
}

/// A task to be given.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// What makes it the same task when it is given again.
    pub key: String,
    /// What kind.
    pub kind: &'static str,
    /// The R-number it comes from.
    pub rule: &'static str,
    /// In words.
    pub title: String,
    /// About which client.
    pub client: ClientId,
    /// About which fact.
    pub fact: Option<FactId>,
    /// To whom by role.
    pub role: Role,
    /// To whom by name.
    pub person: Option<PersonId>,
    /// By when.
    pub due_on: Option<NaiveDate>,
}

/// A task that concerns no single client.
#[derive(Debug, Clone)]
pub struct NewDeskTask {
    /// What makes it the same task when it is given again.
    pub key: String,
    /// What kind.
    pub kind: &'static str,
    /// The R-number it comes from.
    pub rule: &'static str,
    /// In words.
    pub title: String,
    /// To whom by role.
    pub role: Role,
    /// To whom by name.
    pub person: Option<PersonId>,
    /// By when.
    pub due_on: Option<NaiveDate>,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    id: TaskId,
    kind: String,
    rule: String,
    title: String,
    client_id: Option<String>,
    client_name: String,
    client_code: String,
    fact_id: Option<String>,
    #[sqlx(try_from = "String")]
    role: Role,
    person_id: Option<String>,
    due_on: Option<NaiveDate>,
    state: String,
    created_at: i64,
    ended_at: Option<i64>,
    outcome: Option<String>,
}

impl Row {
    fn into_record(self) -> Result<TaskRecord, StoreError> {
        Ok(TaskRecord {
            id: self.id,
            kind: self.kind,
            rule: self.rule,
            title: self.title,
            client: super::columns::optional("task.client_id", self.client_id)?,
            client_name: self.client_name,
            client_code: self.client_code,
            fact: super::columns::optional("task.fact_id", self.fact_id)?,
            role: self.role,
            person: super::columns::optional("task.person_id", self.person_id)?,
            due_on: self.due_on,
            state: self.state,
            created_at: UtcMillis(self.created_at),
            ended_at: self.ended_at.map(UtcMillis),
            outcome: self.outcome,
        })
    }
}

/// Every select of a task starts so.
macro_rules! select_task {
    ($rest:literal) => {
        concat!(
            "select task.id, task.kind, task.rule, task.title, task.client_id,
                 coalesce(client.name, '') as client_name,
                 coalesce(client.code, '') as client_code, task.fact_id, task.role,
                 task.person_id, task.due_on, task.state, task.created_at, task.ended_at,
                 task.outcome
             from task left join client on client.id = task.client_id ",
            $rest
        )
    };
}

/// Gives tasks; gives the id of each that was not given before, by its place.
///
/// # Errors
/// When the database fails.
pub async fn give_all(
    tx: &mut Tx,
    tasks: &[NewTask],
    now: UtcMillis,
) -> Result<Vec<(usize, TaskId)>, StoreError> {
    let drawn: Vec<TaskId> = tasks.iter().map(|_| TaskId(uuid::Uuid::now_v7())).collect();
    let rows = tasks.iter().zip(&drawn).map(|(task, id)| {
        let about = (task.client.to_string(), task.fact.map(|fact| fact.to_string()));
        let whose = (task.role.name(), task.person.map(|person| person.to_string()));
        let words = (&task.key, task.kind, task.rule, &task.title);
        (id.to_string(), words, about, whose, task.due_on.map(lists::day))
    });
    let query = sql::query_scalar::<String>(
        "insert into task (id, task_key, kind, rule, title, client_id, fact_id, role, person_id,
             due_on, created_at)
         select item.value ->> 0, item.value -> 1 ->> 0, item.value -> 1 ->> 1,
             item.value -> 1 ->> 2, item.value -> 1 ->> 3, item.value -> 2 ->> 0,
             item.value -> 2 ->> 1, item.value -> 3 ->> 0, item.value -> 3 ->> 1,
             date(item.value ->> 4), $2
         from jsonb_each($1) item where true order by item.key
         on conflict (task_key) do nothing returning id",
    )
    .bind(lists::list(rows)?)
    .bind(now.0);
    let given: HashSet<String> = query.fetch_all(tx).await?.into_iter().collect();
    let is_new = |(_, id): &(usize, TaskId)| given.contains(&id.to_string());
    Ok(drawn.into_iter().enumerate().filter(is_new).collect())
}

/// Gives a task that concerns no single client. `None`: it was given before.
///
/// # Errors
/// When the database fails.
pub async fn give_desk(
    tx: &mut Tx,
    task: &NewDeskTask,
    now: UtcMillis,
) -> Result<Option<TaskId>, StoreError> {
    let id = TaskId(uuid::Uuid::now_v7());
    let done = sql::query(
        "insert into task (id, task_key, kind, rule, title, role, person_id, due_on, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (task_key) do nothing",
    )
    .bind(id.to_string())
    .bind(&task.key)
    .bind(task.kind)
    .bind(task.rule)
    .bind(&task.title)
    .bind(task.role.name())
    .bind(task.person.map(|person| person.to_string()))
    .bind(task.due_on)
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok((done.rows_affected() == 1).then_some(id))
}

/// One task.
///
/// # Errors
/// When the database fails.
pub async fn by_id(tx: &mut Tx, task: TaskId) -> Result<Option<TaskRecord>, StoreError> {
    let row: Option<Row> = sql::query_as::<Row>(select_task!("where task.id = $1"))
        .bind(task.to_string())
        .fetch_optional(tx)
        .await?;
    row.map(Row::into_record).transpose()
}

/// The open tasks of somebody: given by name, or to the role and nobody by name (as
/// [`holder_of_role`] has it).
///
/// # Errors
/// When the database fails.
pub async fn inbox(tx: &mut Tx, who: &Principal) -> Result<Vec<TaskRecord>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(select_task!(
        "where task.state = 'open'
               and (task.person_id = $1
                    or (task.person_id is null
                        and case when task.role in ('rep', 'supervisor') then 'head_of_sales'
                            else task.role end = $2))
             order by task.due_on is null, task.due_on, task.created_at, task.id"
    ))
    .bind(who.person.to_string())
    .bind(who.role.name())
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::into_record).collect()
}

/// Whose a task is that names a role and no person. A rep's or supervisor's would show one team's
/// client to every team, so it is the head of sales'.
#[must_use]
pub const fn holder_of_role(role: Role) -> Role {
    match role {
        Role::Rep | Role::Supervisor => Role::HeadOfSales,
        other => other,
    }
}

/// Whether a task is `who`'s to do: the same rule as [`inbox`].
#[must_use]
pub fn is_of(task: &TaskRecord, who: &Principal) -> bool {
    match task.person {
        Some(person) => person == who.person,
        None => who.role == holder_of_role(task.role),
    }
}

/// The tasks about a client, open ones first, then the newest.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Vec<TaskRecord>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(select_task!(
        "where task.client_id = $1
             order by task.state <> 'open', task.created_at desc, task.id limit 100"
    ))
    .bind(client.to_string())
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::into_record).collect()
}

/// The open tasks about a fact.
///
/// # Errors
/// When the database fails.
pub async fn open_of_fact(tx: &mut Tx, fact: FactId) -> Result<Vec<TaskRecord>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(select_task!(
        "where task.fact_id = $1 and task.state = 'open' order by task.created_at, task.id"
    ))
    .bind(fact.to_string())
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::into_record).collect()
}

/// The open tasks of one kind about a client.
///
/// # Errors
/// When the database fails.
pub async fn open_of_kind(
    tx: &mut Tx,
    client: ClientId,
    kind: &str,
) -> Result<Vec<TaskRecord>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(select_task!(
        "where task.client_id = $1 and task.kind = $2 and task.state = 'open'
             order by task.created_at, task.id"
    ))
    .bind(client.to_string())
    .bind(kind)
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::into_record).collect()
}

/// The open tasks about a client.
///
/// # Errors
/// When the database fails.
pub async fn open_about(tx: &mut Tx, client: ClientId) -> Result<Vec<TaskRecord>, StoreError> {
    let query = sql::query_as::<Row>(select_task!(
        "where task.client_id = $1 and task.state = 'open' order by task.created_at, task.id"
    ))
    .bind(client.to_string());
    let rows: Vec<Row> = query.fetch_all(tx).await?;
    rows.into_iter().map(Row::into_record).collect()
}

/// The open tasks about these clients, by client.
///
/// # Errors
/// When the database fails.
pub async fn open_about_all(
    tx: &mut Tx,
    clients: &[ClientId],
) -> Result<HashMap<ClientId, Vec<TaskRecord>>, StoreError> {
    let query = sql::query_as::<Row>(select_task!(
        "where task.client_id in (select item.atom from jsonb_each($1) item)
             and task.state = 'open' order by task.created_at, task.id"
    ))
    .bind(lists::ids(clients)?);
    let rows: Vec<Row> = query.fetch_all(tx).await?;
    let mut by_client: HashMap<ClientId, Vec<TaskRecord>> = HashMap::new();
    for row in rows {
        let task = row.into_record()?;
        if let Some(client) = task.client {
            by_client.entry(client).or_default().push(task);
        }
    }
    Ok(by_client)
}

/// The task with this key, whatever became of it.
///
/// # Errors
/// When the database fails.
pub async fn by_key(tx: &mut Tx, key: &str) -> Result<Option<TaskRecord>, StoreError> {
    let row: Option<Row> = sql::query_as::<Row>(select_task!("where task.task_key = $1"))
        .bind(key)
        .fetch_optional(tx)
        .await?;
    row.map(Row::into_record).transpose()
}

/// Every open task of one kind, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn all_open_of_kind(tx: &mut Tx, kind: &str) -> Result<Vec<TaskRecord>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(select_task!(
        "where task.kind = $1 and task.state = 'open' order by task.created_at, task.id"
    ))
    .bind(kind)
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::into_record).collect()
}

/// The clients about whom a task of this kind is open.
///
/// # Errors
/// When the database fails.
pub async fn clients_with_open(tx: &mut Tx, kind: &str) -> Result<Vec<ClientId>, StoreError> {
    let clients: Vec<String> = sql::query_scalar::<String>(
        "select distinct client_id from task
             where kind = $1 and state = 'open' and client_id is not null",
    )
    .bind(kind)
    .fetch_all(tx)
    .await?;
    super::parse_ids(clients, "task.client_id")
}

/// The open tasks of one kind that are given to a person by name.
///
/// # Errors
/// When the database fails.
pub async fn open_of_person(
    tx: &mut Tx,
    person: PersonId,
    kind: &str,
) -> Result<Vec<TaskRecord>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(select_task!(
        "where task.person_id = $1 and task.kind = $2 and task.state = 'open'
             order by task.created_at, task.id"
    ))
    .bind(person.to_string())
    .bind(kind)
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::into_record).collect()
}

/// Moves the day by which an open task is due.
///
/// # Errors
/// When the database fails.
pub async fn put_off(tx: &mut Tx, task: TaskId, due_on: NaiveDate) -> Result<(), StoreError> {
    sql::query("update task set due_on = $2 where id = $1 and state = 'open'")
        .bind(task.to_string())
        .bind(due_on)
        .execute(tx)
        .await?;
    Ok(())
}

/// How a task ends.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    /// `done` by somebody, or `closed` because it went away.
    pub state: &'static str,
    /// By whom, if by somebody.
    pub by: Option<PersonId>,
    /// In words.
    pub outcome: &'a str,
    /// When.
    pub at: UtcMillis,
}

/// Ends open tasks, each with its own words; gives which of them were still open.
///
/// # Errors
/// When the database fails.
pub async fn end_all(
    tx: &mut Tx,
    tasks: &[(TaskId, Ending<'_>)],
) -> Result<HashSet<TaskId>, StoreError> {
    let rows = tasks.iter().map(|(task, ending)| {
        let by = ending.by.map(|person| person.to_string());
        (task.to_string(), ending.state, ending.at.0, by, ending.outcome)
    });
    let query = sql::query_scalar::<String>(
        "update task set state = ended.state, ended_at = ended.at, ended_by = ended.by,
             outcome = ended.outcome
         from (select item.value ->> 0 as id, item.value ->> 1 as state,
                   cast(item.value ->> 2 as bigint) as at, item.value ->> 3 as by,
                   item.value ->> 4 as outcome
               from jsonb_each($1) item) as ended
         where task.id = ended.id and task.state = 'open'
         returning task.id",
    )
    .bind(lists::list(rows)?);
    let ended: Vec<String> = query.fetch_all(tx).await?;
    Ok(super::parse_ids(ended, "task.id")?.into_iter().collect())
}

/// Ends an open task. `false`: it was not open any more.
///
/// # Errors
/// When the database fails.
pub async fn end(tx: &mut Tx, task: TaskId, ending: Ending<'_>) -> Result<bool, StoreError> {
    let done = sql::query(
        "update task set state = $2, ended_at = $3, ended_by = $4, outcome = $5
             where id = $1 and state = 'open'",
    )
    .bind(task.to_string())
    .bind(ending.state)
    .bind(ending.at.0)
    .bind(ending.by.map(|person| person.to_string()))
    .bind(ending.outcome)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
