//! A task that concerns no single client: where it is done, and the form that ends it.

use askama::Template;
use axum::response::Response;
use saldo_core::ids::TaskId;

use super::PageError;
use super::layout::{Frame, page};
use super::picture::Chip;
use super::task::{due_chip, ending};
use crate::auth::Principal;
use crate::flow::decide::has_form_of_its_own;
use crate::flow::{Context, month_plan, review_tasks, team, weekly};
use crate::store::tasks::{self, TaskRecord};

#[derive(Template)]
#[template(path = "desk_task.html")]
struct DeskTaskPage {
    frame: Frame,
    id: TaskId,
    title: String,
    rule: String,
    due: Option<Chip>,
    /// Not open any more: how it ended.
    ended: Option<String>,
    /// Whose it is, where it is not the visitor's.
    waits_for: Option<&'static str>,
    /// The page on which it is done: its path and what to call it.
    place: Option<(&'static str, &'static str)>,
    /// Whether a form ends it; else it ends by itself when the work is done.
    may_finish: bool,
}

/// The page of a task without a client.
///
/// # Errors
/// When its template fails.
pub(super) fn page_of(
    context: &Context,
    who: &Principal,
    task: &TaskRecord,
) -> Result<Response, PageError> {
    page(&DeskTaskPage {
        frame: Frame::of(who, &task.title, "/"),
        id: task.id,
        title: task.title.clone(),
        rule: task.rule.clone(),
        due: task.due_on.map(|due| due_chip(context.today, due)),
        ended: (task.state != "open").then(|| ending(task)),
        waits_for: (!tasks::is_of(task, who)).then(|| task.role.title()),
        place: place(&task.kind),
        may_finish: !has_form_of_its_own(&task.kind),
    })
}

fn place(kind: &str) -> Option<(&'static str, &'static str)> {
    match kind {
        review_tasks::TASK_KIND => Some(("/categories", "Go to the categories")),
        month_plan::PLAN_KIND | month_plan::APPROVAL_KIND => Some(("/plan", "The month's plan")),
        team::TASK_KIND => Some(("/team", "What the team has overdue")),
        weekly::TASK_KIND => Some(("/control", "The list; comments come from the phone")),
        _ => None,
    }
}
