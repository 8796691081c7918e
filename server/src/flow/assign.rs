//! Gives tasks and ends them, on the desk (the task table) and on the phone (the feed) at once.

use chrono::NaiveDate;
use saldo_core::feed::{FeedRow, TaskRow};
use saldo_core::ids::{FactId, PersonId};
use saldo_core::roles::Role;

use super::Context;
use crate::store::tasks::{Ending, NewDeskTask, NewTask, TaskRecord};
use crate::store::{StoreError, Tx, feed, people, scopes, tasks};

/// Gives a task to a person or to everybody with a role. The same key again gives nothing.
///
/// # Errors
/// When the database fails.
pub async fn give(tx: &mut Tx, context: &Context, task: &NewTask) -> Result<(), StoreError> {
    give_all(tx, context, std::slice::from_ref(task)).await
}

/// Gives tasks, each as [`give`].
///
/// # Errors
/// When the database fails.
pub async fn give_all(tx: &mut Tx, context: &Context, tasks: &[NewTask]) -> Result<(), StoreError> {
    if tasks.is_empty() {
        return Ok(());
    }
    let given = tasks::give_all(tx, tasks, context.now).await?;
    people::learn_holders(tx, unnamed(tasks.iter().map(|task| (task.role, task.person)))).await?;
    let mut shown = Vec::new();
    for (place, id) in given {
        let Some(task) = tasks.get(place) else { continue };
        let held = holders(tx, task.role, task.person).await?;
        let row = FeedRow::Task(TaskRow {
            id,
            task: task.kind.to_owned(),
            title: task.title.clone(),
            client: Some(task.client),
            rule: task.rule.to_owned(),
            due_on: task.due_on,
            done: false,
        });
        shown.extend(held.into_iter().map(|person| (person, row.clone())));
    }
    let scopes = scopes::of_people(tx, shown.iter().map(|(person, _)| *person)).await?;
    let in_scope = |(person, row)| scopes.get(&person).map(|scope| (*scope, row));
    for (scope, row) in shown.into_iter().filter_map(in_scope) {
        feed::put_new(tx, scope, &row).await?;
    }
    Ok(())
}

/// Gives a task that concerns no single client, as [`give`].
///
/// # Errors
/// When the database fails.
pub async fn give_desk(
    tx: &mut Tx,
    context: &Context,
    task: &NewDeskTask,
) -> Result<(), StoreError> {
    let Some(id) = tasks::give_desk(tx, task, context.now).await? else { return Ok(()) };
    let row = TaskRow {
        id,
        task: task.kind.to_owned(),
        title: task.title.clone(),
        client: None,
        rule: task.rule.to_owned(),
        due_on: task.due_on,
        done: false,
    };
    show(tx, row, task.role, task.person).await
}

async fn show(
    tx: &mut Tx,
    row: TaskRow,
    role: Role,
    person: Option<PersonId>,
) -> Result<(), StoreError> {
    let row = FeedRow::Task(row);
    for person in holders(tx, role, person).await? {
        let scope = scopes::person(tx, person).await?;
        feed::put(tx, scope, &row).await?;
    }
    Ok(())
}

/// Ends an open task. `false`: somebody ended it meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn end(tx: &mut Tx, task: &TaskRecord, ending: Ending<'_>) -> Result<bool, StoreError> {
    if !tasks::end(tx, task.id, ending).await? {
        return Ok(false);
    }
    for person in holders(tx, task.role, task.person).await? {
        let scope = scopes::person(tx, person).await?;
        feed::delete(tx, scope, "task", &task.id.to_string()).await?;
    }
    Ok(true)
}

/// Ends open tasks, as [`end`]; gives how many were still open.
///
/// # Errors
/// When the database fails.
pub async fn end_all(
    tx: &mut Tx,
    tasks: &[(&TaskRecord, Ending<'_>)],
) -> Result<usize, StoreError> {
    if tasks.is_empty() {
        return Ok(0);
    }
    let each: Vec<_> = tasks.iter().map(|(task, ending)| (task.id, *ending)).collect();
    let ended = tasks::end_all(tx, &each).await?;
    let whose = tasks.iter().map(|(task, _)| (task.role, task.person));
    people::learn_holders(tx, unnamed(whose)).await?;
    let mut shown = Vec::new();
    for (task, _) in tasks.iter().filter(|(task, _)| ended.contains(&task.id)) {
        let held = holders(tx, task.role, task.person).await?;
        shown.extend(held.into_iter().map(|person| (person, task.id.to_string())));
    }
    let scopes = scopes::of_people(tx, shown.iter().map(|(person, _)| *person)).await?;
    let in_scope = |(person, id)| scopes.get(&person).map(|scope| (*scope, id));
    feed::delete_all(tx, "task", shown.into_iter().filter_map(in_scope)).await?;
    Ok(ended.len())
}

/// Moves the day by which an open task is due, on the desk and on the phone.
///
/// # Errors
/// When the database fails.
pub async fn put_off(tx: &mut Tx, task: &TaskRecord, due_on: NaiveDate) -> Result<(), StoreError> {
    tasks::put_off(tx, task.id, due_on).await?;
    let row = TaskRow {
        id: task.id,
        task: task.kind.clone(),
        title: task.title.clone(),
        client: task.client,
        rule: task.rule.clone(),
        due_on: Some(due_on),
        done: false,
    };
    show(tx, row, task.role, task.person).await
}

/// Closes every open task about a fact, because what it asks for went away.
///
/// # Errors
/// When the database fails.
pub async fn close_about(
    tx: &mut Tx,
    context: &Context,
    fact: FactId,
    outcome: &str,
) -> Result<(), StoreError> {
    for task in tasks::open_of_fact(tx, fact).await? {
        let ending = Ending { state: "closed", by: None, outcome, at: context.now };
        end(tx, &task, ending).await?;
    }
    Ok(())
}

/// Who is to be asked for of tasks that name nobody.
fn unnamed(whose: impl Iterator<Item = (Role, Option<PersonId>)>) -> impl Iterator<Item = Role> {
    whose.filter(|(_, person)| person.is_none()).map(|(role, _)| tasks::holder_of_role(role))
}

/// Whose task it is: the person named, else everybody who holds the role, as in the inbox.
async fn holders(
    tx: &mut Tx,
    role: Role,
    person: Option<PersonId>,
) -> Result<Vec<PersonId>, StoreError> {
    if let Some(person) = person {
        return Ok(vec![person]);
    }
    people::holders(tx, tasks::holder_of_role(role)).await
}
