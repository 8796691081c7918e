//! A rep reports from the phone that a task is done.

use saldo_core::facts::{Fact, TaskDone};
use saldo_core::feed::{FeedRow, TaskAnswerRow};

use super::{Context, assign, decide, enforcement};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::store::tasks::Ending;
use crate::store::{Tx, feed, people, scopes, tasks};

/// Ends the task, if it is the author's, about the fact's client, and asks for an action. Else the
/// fact stays as it is and its author is told why nothing ended.
pub(super) async fn take(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    done: &TaskDone,
) -> Result<(), ApiError> {
    let Some(words) = end(tx, context, fact, done).await? else { return Ok(()) };
    let row = FeedRow::TaskAnswer(TaskAnswerRow {
        fact: fact.id,
        task: done.task,
        client: fact.client,
        words,
    });
    let scope = scopes::person(tx, fact.author).await?;
    Ok(feed::put(tx, scope, &row).await?)
}

/// `None`: it is ended; else why not.
async fn end(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    done: &TaskDone,
) -> Result<Option<String>, ApiError> {
    let strange = || Ok(Some("this is none of your tasks about the client".to_owned()));
    let Some(author) = people::by_id(tx, fact.author).await? else { return strange() };
    let who = Principal { person: author.id, name: author.name, role: author.role };
    let Some(task) = tasks::by_id(tx, done.task).await? else { return strange() };
    if !tasks::is_of(&task, &who) || task.client != Some(fact.client) {
        return strange();
    }
    if decide::has_form_of_its_own(&task.kind) {
        return Ok(Some("this asks for a decision: take it in the console".to_owned()));
    }
    if enforcement::is_step(&task.kind) && enforcement::acts(&task) {
        return Ok(Some("a step of the enforcement ends by what happened: record that".to_owned()));
    }
    if task.state != "open" {
        let how = task.outcome.as_deref().unwrap_or("ended");
        return Ok(Some(format!("it was settled before: {how}")));
    }
    let ending = Ending {
        state: "done",
        by: Some(fact.author),
        outcome: done.outcome.trim(),
        at: context.now,
    };
    assign::end(tx, &task, ending).await?;
    Ok(None)
}
