//! The tasks of a case: one for each owner of the step it stands on, with its papers and its last
//! day. What never lives here: what moves a case.

use saldo_core::enforcement::{self as rule, State, Step};
use saldo_core::ids::{ClientId, PersonId};
use saldo_core::roles::Role;

use crate::flow::{Context, assign, deferral, ladder};
use crate::store::enforcement::CaseRecord;
use crate::store::serving::Serving;
use crate::store::tasks::{self, Ending, NewTask, TaskRecord};
use crate::store::{StoreError, Tx};

/// The kind of the rep's task of step 1.
pub(crate) const CONTACT: &str = "enforcement_contact";

/// Whether a task of this kind is a step of a case.
#[must_use]
pub(crate) fn is_step(kind: &str) -> bool {
    Step::ALL.into_iter().any(|step| self::kind(step) == kind)
}

/// Whether the holder of a step's task is the one who acts, and does not only take part.
#[must_use]
pub(crate) fn acts(task: &TaskRecord) -> bool {
    let step = Step::ALL.into_iter().find(|step| self::kind(*step) == task.kind);
    step.and_then(|step| step.owners().first()).is_some_and(|first| *first == task.role)
}

/// The tasks of the step on which a case stands, to be given; closes those of every other. `open` are the
/// open tasks about the client.
pub(super) async fn of_step(
    tx: &mut Tx,
    context: &Context,
    case: &CaseRecord,
    state: State,
    serving: Option<&Serving>,
    open: &[TaskRecord],
) -> Result<Vec<NewTask>, StoreError> {
    let duty = rule::duty(&context.policy, &context.calendar, state);
    let step = duty.map(|duty| duty.step);
    for other in Step::ALL.into_iter().filter(|other| Some(*other) != step) {
        let outcome = match step {
            Some(step) => format!("the case went on to step {}", step.number()),
            None => "the case waits for the client".to_owned(),
        };
        close(tx, context, open, kind(other), &outcome).await?;
    }
    let (Some(duty), State::Doing { since, .. }) = (duty, state) else { return Ok(Vec::new()) };
    if is_done_elsewhere(open, duty.step) {
        return Ok(Vec::new());
    }
    let mut given = Vec::new();
    for (place, role) in duty.step.owners().iter().enumerate() {
        if open.iter().any(|task| task.kind == kind(duty.step) && task.role == *role) {
            continue;
        }
        let task = NewTask {
            key: format!("enforcement/{}/{}/{since}/{}", case.id, duty.step.name(), role.name()),
            kind: kind(duty.step),
            rule: rule_of(duty.step),
            title: title(duty.step, place == 0, case),
            client: case.client,
            fact: None,
            role: *role,
            person: by_name(*role, serving),
            due_on: Some(duty.by.max(context.today)),
        };
        given.push(task);
    }
    Ok(given)
}

/// The case ended: nothing is left to do in it. `open` are the open tasks about the client.
pub(super) async fn end_all(
    tx: &mut Tx,
    context: &Context,
    open: &[TaskRecord],
    outcome: &str,
) -> Result<(), StoreError> {
    for step in Step::ALL {
        close(tx, context, open, kind(step), outcome).await?;
    }
    Ok(())
}

/// The first rung's task asks the rep for the same: one of the two is enough.
pub(super) async fn end_of_first_rung(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
) -> Result<(), StoreError> {
    let open = tasks::open_of_kind(tx, client, ladder::FIRST_RUNG).await?;
    let outcome = "goes on as step 1 of the enforcement";
    close(tx, context, &open, ladder::FIRST_RUNG, outcome).await
}

/// Whether another task asks the same of the same people: R7.1's first contact, and the decision of
/// R6.5 on a deferral that is asked for again.
fn is_done_elsewhere(open: &[TaskRecord], step: Step) -> bool {
    let kind = match step {
        Step::Contact => ladder::FIRST_RUNG,
        Step::AskAgain => deferral::TASK_KIND,
        Step::Propose | Step::Reconcile | Step::Demand | Step::Claim | Step::Court => {
            return false;
        }
    };
    open.iter().any(|task| task.kind == kind)
}

async fn close(
    tx: &mut Tx,
    context: &Context,
    open: &[TaskRecord],
    kind: &str,
    outcome: &str,
) -> Result<(), StoreError> {
    for task in open.iter().filter(|task| task.kind == kind) {
        let ending = Ending { state: "closed", by: None, outcome, at: context.now };
        assign::end(tx, task, ending).await?;
    }
    Ok(())
}

/// Whoever stands first acts, the others take part.
fn title(step: Step, acts: bool, case: &CaseRecord) -> String {
    let mut title = if acts { String::new() } else { "Take part: ".to_owned() };
    title.push_str(step.duty());
    if step == Step::Contact {
        title.push_str(&format!(" ({})", case.why));
    }
    let papers: Vec<_> = step.papers().iter().map(|paper| paper.title()).collect();
    if acts && !papers.is_empty() {
        title.push_str(&format!(" [{}]", papers.join(", ")));
    }
    title
}

fn by_name(role: Role, serving: Option<&Serving>) -> Option<PersonId> {
    match role {
        Role::Rep => serving.and_then(|serving| serving.rep),
        Role::Supervisor => serving.and_then(|serving| serving.supervisor),
        _ => None,
    }
}

const fn kind(step: Step) -> &'static str {
    match step {
        Step::Contact => CONTACT,
        Step::Propose => "enforcement_propose",
        Step::Reconcile => "enforcement_reconcile",
        Step::Demand => "enforcement_demand",
        Step::Claim => "enforcement_claim",
        Step::AskAgain => "enforcement_ask_again",
        Step::Court => "enforcement_court",
    }
}

const fn rule_of(step: Step) -> &'static str {
    match step {
        Step::Contact => "R9.1",
        Step::Propose => "R9.2",
        Step::Reconcile => "R9.3",
        Step::Demand | Step::Claim => "R9.4",
        Step::AskAgain => "R9.6",
        Step::Court => "R9.7",
    }
}
