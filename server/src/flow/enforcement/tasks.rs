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

/// A task that goes away, and in which words.
pub(super) type Closing<'a> = (&'a TaskRecord, String);

/// The tasks of the step on which a case stands, to be given. `open` are the open tasks about the client.
pub(super) fn of_step(
    context: &Context,
    case: &CaseRecord,
    state: State,
    serving: Option<&Serving>,
    open: &[TaskRecord],
) -> Vec<NewTask> {
    let duty = rule::duty(&context.policy, &context.calendar, state);
    let (Some(duty), State::Doing { since, .. }) = (duty, state) else { return Vec::new() };
    if is_done_elsewhere(open, duty.step) {
        return Vec::new();
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
    given
}

/// The tasks of every other step: they go away.
pub(super) fn of_others<'a>(
    context: &Context,
    state: State,
    open: &'a [TaskRecord],
) -> Vec<Closing<'a>> {
    let step = rule::duty(&context.policy, &context.calendar, state).map(|duty| duty.step);
    let outcome = match (state, step) {
        (State::Ended, _) => "the case ended".to_owned(),
        (_, Some(step)) => format!("the case went on to step {}", step.number()),
        (_, None) => "the case waits for the client".to_owned(),
    };
    let is_of_other = |task: &&TaskRecord| {
        Step::ALL.into_iter().any(|other| Some(other) != step && kind(other) == task.kind)
    };
    open.iter().filter(is_of_other).map(|task| (task, outcome.clone())).collect()
}

/// Ends what goes away.
pub(super) async fn close(
    tx: &mut Tx,
    context: &Context,
    closing: &[Closing<'_>],
) -> Result<(), StoreError> {
    let ending = |outcome| Ending { state: "closed", by: None, outcome, at: context.now };
    let ended: Vec<_> =
        closing.iter().map(|(task, outcome)| (*task, ending(outcome.as_str()))).collect();
    assign::end_all(tx, &ended).await.map(drop)
}

/// The first rung's task asks the rep for the same: one of the two is enough.
pub(super) async fn end_of_first_rung(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
) -> Result<(), StoreError> {
    let open = tasks::open_of_kind(tx, client, ladder::FIRST_RUNG).await?;
    let outcome = "goes on as step 1 of the enforcement";
    let closing: Vec<_> = open.iter().map(|task| (task, outcome.to_owned())).collect();
    close(tx, context, &closing).await
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
