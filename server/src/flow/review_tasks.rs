//! A review of categories in the inboxes of those who name something (R2.6): first of the two who
//! propose, then of the one who approves. Nothing is decided here.

use saldo_core::roles::Role;

use super::categories::REVIEWERS;
use super::{Context, assign};
use crate::store::category_reviews::{self, Review};
use crate::store::tasks::{Ending, NewDeskTask};
use crate::store::{StoreError, Tx, tasks};

/// The kind of the task; it ends by itself when everything is named.
pub(crate) const TASK_KIND: &str = "category_review";

/// Gives and ends the tasks of the review that is open, by what waits now. Doing it again changes
/// nothing.
///
/// # Errors
/// When the database fails.
pub(super) async fn follow(tx: &mut Tx, context: &Context) -> Result<(), StoreError> {
    let Some(review) = category_reviews::current(tx).await? else { return Ok(()) };
    for role in REVIEWERS {
        let key = key(review, role);
        let waiting = category_reviews::count_waiting(tx, review, role).await?;
        if waiting > 0 {
            let (kind, rule, as_of) = (TASK_KIND, "R2.6", review.as_of);
            let title = match role {
                Role::CommercialDirector => format!("Approve the categories as of {as_of}"),
                _ if waiting == 1 => {
                    format!("Confirm or change the category of 1 client as of {as_of}")
                }
                _ => format!("Confirm or change the categories of {waiting} clients as of {as_of}"),
            };
            let task = NewDeskTask { key, kind, rule, title, role, person: None, due_on: None };
            assign::give_desk(tx, context, &task).await?;
        } else if role != Role::CommercialDirector
            || category_reviews::count_undecided(tx, review).await? == 0
        {
            end(tx, context, &key, "done", "everything is named").await?;
        }
    }
    Ok(())
}

/// A new review takes the place of the one that is open: nothing of that waits any more.
///
/// # Errors
/// When the database fails.
pub(super) async fn close(tx: &mut Tx, context: &Context) -> Result<(), StoreError> {
    let Some(review) = category_reviews::current(tx).await? else { return Ok(()) };
    for role in REVIEWERS {
        end(tx, context, &key(review, role), "closed", "a newer review took its place").await?;
    }
    Ok(())
}

async fn end(
    tx: &mut Tx,
    context: &Context,
    key: &str,
    state: &'static str,
    outcome: &str,
) -> Result<(), StoreError> {
    if let Some(task) = tasks::by_key(tx, key).await?.filter(|task| task.state == "open") {
        assign::end(tx, &task, Ending { state, by: None, outcome, at: context.now }).await?;
    }
    Ok(())
}

fn key(review: Review, role: Role) -> String {
    format!("{TASK_KIND}/{}/{}", review.id, role.name())
}
