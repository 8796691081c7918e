//! Enforcement (R9): a case begins when a scheduled payment fails without warning, moves with what
//! is told, paid, signed and delivered, and ends with the money. What never lives here: which step
//! follows from what (`saldo_core::enforcement`), and the ladder, which runs beside it.

mod follows;
mod tasks;

use chrono::NaiveDate;
use saldo_core::account::Account;
use saldo_core::enforcement::{self as rule, Event, State};
use saldo_core::facts::{self as told, Fact};
use saldo_core::feed::{EnforcementRow, FeedRow};
use saldo_core::ids::{AgreementId, ClientId, FactId, PaperId};
use saldo_core::paper::PaperKind;
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;

use super::{Context, assign, papers};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::store::enforcement::{self as store, CaseRecord, NewEvent, PaidOnDebt};
use crate::store::papers::NewPaper;
use crate::store::tasks::NewTask;
use crate::store::{StoreError, Tx, accounts, feed, scopes, serving};

pub(super) use follows::{
    deferral_accepted, deferral_asked, deferral_refused, forget_fact, forget_paper, paper, reached,
};
pub(crate) use tasks::{CONTACT, acts, is_step};

/// A scheduled payment failed without warning: a case is opened, or the open one looked at again;
/// the rep's task of the ladder's first rung goes on in it. `false`: nothing is overdue that could be
/// enforced.
///
/// # Errors
/// When the database fails.
pub async fn payment_failed(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    why: &str,
) -> Result<bool, StoreError> {
    let Some(account) = accounts::load(tx, context, client).await? else { return Ok(false) };
    if !is_owing(&account, context) {
        return Ok(false);
    }
    store::open(tx, client, context.today, why, context.now).await?;
    end_agreed(tx, context, client, why).await?;
    tasks::end_of_first_rung(tx, context, client).await?;
    look_at(tx, context, client).await?;
    Ok(true)
}

/// What was agreed until a day to come failed before it, as when an instalment is missed: the terms
/// ended yesterday.
async fn end_agreed(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    why: &str,
) -> Result<(), StoreError> {
    let Some(case) = store::open_case(tx, client).await? else { return Ok(()) };
    let State::Agreed { pay_by } = state_of(tx, context, &case).await? else { return Ok(()) };
    let yesterday = context.today.pred_opt().unwrap_or(context.today);
    if pay_by < context.today {
        return Ok(());
    }
    let mut ended = by_itself(context, "terms-ended", Event::TermsSigned { pay_by: yesterday });
    ended.note = why.to_owned();
    store::append(tx, case.id, &ended, context.now).await.map(drop)
}

/// R8.5: an agreement holds: until its last day the client has time, unless an instalment is missed.
pub(super) async fn agreement_signed(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    agreement: AgreementId,
    pay_by: NaiveDate,
) -> Result<(), StoreError> {
    let signed =
        by_itself(context, &format!("agreement/{agreement}"), Event::TermsSigned { pay_by });
    happened(tx, context, client, signed).await.map(drop)
}

/// An invoice of each of these clients fell due, nobody warned, and nobody was reached in the time of a
/// step: a case begins; gives how many did. The first contact stays the task of R7.1 while that is open.
///
/// # Errors
/// When the database fails.
pub async fn nobody_reached(
    tx: &mut Tx,
    context: &Context,
    clients: &[ClientId],
) -> Result<usize, StoreError> {
    let accounts = accounts::load_some(tx, context, clients).await?;
    let why = "an invoice fell due and nobody was reached";
    let mut opened = Vec::new();
    for client in clients {
        if accounts.get(client).is_some_and(|account| is_owing(account, context))
            && store::open(tx, *client, context.today, why, context.now).await?
        {
            opened.push(*client);
        }
    }
    look_at_all(tx, context, &opened).await?;
    Ok(opened.len())
}

/// Something happened in the client's open case, if there is one. `false`: there is none, or it was
/// told before.
pub(super) async fn happened(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    event: NewEvent,
) -> Result<bool, StoreError> {
    let Some(case) = store::open_case(tx, client).await? else { return Ok(false) };
    if !store::append(tx, case.id, &event, context.now).await? {
        return Ok(false);
    }
    look_at(tx, context, client).await?;
    Ok(true)
}

/// Looks at a client's open case, if there is one: takes in what was paid, ends it when everything is,
/// gives the tasks of its step and tells the phones. Doing it again on the same day changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn look_at(tx: &mut Tx, context: &Context, client: ClientId) -> Result<(), StoreError> {
    look_at_all(tx, context, &[client]).await
}

/// Looks at the open cases against clients, as [`look_at`]. What is the same for all of them is asked
/// once, however many there are.
///
/// # Errors
/// When the database fails.
pub async fn look_at_all(
    tx: &mut Tx,
    context: &Context,
    clients: &[ClientId],
) -> Result<(), StoreError> {
    if clients.is_empty() {
        return Ok(());
    }
    let cases = store::open_cases(tx, clients).await?;
    if cases.is_empty() {
        return Ok(());
    }
    let clients: Vec<ClientId> = cases.iter().map(|case| case.client).collect();
    let accounts = accounts::load_some(tx, context, &clients).await?;
    take_in_payments(tx, context, &cases).await?;
    for case in &cases {
        if accounts.get(&case.client).is_some_and(|account| !is_owing(account, context)) {
            let paid = by_itself(context, "paid-in-full", Event::PaidInFull);
            store::append(tx, case.id, &paid, context.now).await?;
        }
    }
    let mut events = store::events_of_all(tx, &cases).await?;
    let servings = serving::of_clients(tx, &clients).await?;
    let open = crate::store::tasks::open_about_all(tx, &clients).await?;
    let (mut going_on, mut given, mut closing) = (Vec::new(), Vec::new(), Vec::new());
    for case in &cases {
        let open = open.get(&case.client).map(Vec::as_slice).unwrap_or_default();
        let state = state_by(context, case, &events.remove(&case.id).unwrap_or_default());
        closing.extend(tasks::of_others(context, state, open));
        if state == State::Ended {
            store::end(tx, case.id, context.today).await?;
            take_from_phones(tx, case.client).await?;
            continue;
        }
        let serving = servings.get(&case.client);
        given.extend(tasks::of_step(context, case, state, serving, open));
        going_on.push((case, state));
    }
    tasks::close(tx, context, &closing).await?;
    assign::give_all(tx, context, &given).await?;
    tell_phones(tx, context, &going_on).await
}

/// Where a case stands on the context's day.
///
/// # Errors
/// When the database fails.
pub async fn state_of(
    tx: &mut Tx,
    context: &Context,
    case: &CaseRecord,
) -> Result<State, StoreError> {
    let events: Vec<_> = store::events_of(tx, case.id)
        .await?
        .into_iter()
        .map(|record| (record.happened_on, record.event))
        .collect();
    Ok(state_by(context, case, &events))
}

fn state_by(context: &Context, case: &CaseRecord, events: &[(NaiveDate, Event)]) -> State {
    let (policy, calendar) = (&context.policy, &context.calendar);
    rule::state_on(policy, calendar, case.opened_on, events, context.today)
}

/// What can be told of a case that stands so, by somebody in `role`: what would change nothing is
/// left out.
#[must_use]
pub fn tellable(context: &Context, state: State, role: Role) -> Vec<Event> {
    let (policy, calendar, today) = (&context.policy, &context.calendar, context.today);
    Event::all(today)
        .into_iter()
        .filter(|event| event.is_told() && may_tell(role, *event))
        .filter(|_| state != State::Ended)
        .filter(|event| match event {
            Event::WentToCourt => matches!(state, State::Doing { step: rule::Step::Court, .. }),
            // An opposition says something of the client even where it changes no step (R2.4).
            Event::Opposes => true,
            event => rule::next(policy, calendar, state, *event, today) != state,
        })
        .collect()
}

/// Somebody at a desk tells what happened.
///
/// # Errors
/// [`ApiError::BadRequest`] for an event that follows by itself, [`ApiError::Forbidden`] for what is
/// not theirs to tell, [`ApiError::NotFound`] when no case is open.
pub async fn tell(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    event: Event,
    note: &str,
) -> Result<(), ApiError> {
    let told = told::Enforcement { event, note: note.trim().to_owned() };
    let is_right = Fact {
        id: FactId(uuid::Uuid::nil()),
        author: who.person,
        client,
        recorded_at: context.now,
        corrects: None,
        body: told::FactBody::Enforcement(told.clone()),
    };
    is_right.check().map_err(|error| ApiError::BadRequest(error.to_string()))?;
    if !may_tell(who.role, event) {
        return Err(ApiError::Forbidden);
    }
    if store::open_case(tx, client).await?.is_none() {
        return Err(ApiError::NotFound("open case of enforcement"));
    }
    let told_by = (Some(who.person), None);
    keep(tx, context, client, &told, told_by).await
}

/// A phone told what happened. Where no case is open, one begins if something is overdue.
pub(super) async fn take(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    told: &told::Enforcement,
) -> Result<(), ApiError> {
    if !may_tell(Role::Rep, told.event) {
        return ask_finance_control(tx, context, fact, told).await;
    }
    if store::open_case(tx, fact.client).await?.is_none()
        && !payment_failed(tx, context, fact.client, "told by the rep").await?
    {
        return Ok(());
    }
    keep(tx, context, fact.client, told, (Some(fact.author), Some(fact))).await
}

/// Keeps what was told. A delivery is a paper of the register, and moves the case as such.
async fn keep(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    told: &told::Enforcement,
    (by, fact): (Option<saldo_core::ids::PersonId>, Option<&Fact>),
) -> Result<(), ApiError> {
    let zone = context.policy.time_zone();
    let on =
        fact.map_or(context.today, |fact| fact.recorded_at.civil_date(zone).min(context.today));
    let delivered = match told.event {
        Event::DemandDelivered => Some(PaperKind::Demand),
        Event::ClaimDelivered => Some(PaperKind::Claim),
        _ => None,
    };
    if let (Some(kind), Some(by)) = (delivered, by) {
        let paper = NewPaper {
            id: PaperId(fact.map_or_else(uuid::Uuid::now_v7, |fact| fact.id.0)),
            client,
            kind,
            dated_on: on,
            delivered_on: Some(on),
            pay_by: None,
            amount_minor: None,
            note: told.note.clone(),
            recorded_by: by,
            fact: fact.map(|fact| fact.id),
        };
        return papers::register(tx, context, &paper).await;
    }
    let event = NewEvent {
        key: fact.map_or_else(
            || format!("told/{}/{}", told.event.name(), context.now.0),
            |fact| format!("fact/{}", fact.id),
        ),
        event: told.event,
        happened_on: on,
        note: told.note.clone(),
        by,
        fact: fact.map(|fact| fact.id),
    };
    happened(tx, context, client, event).await?;
    Ok(())
}

/// Whether somebody in `role` may say so: court and settlement are for those who own step 7.
fn may_tell(role: Role, event: Event) -> bool {
    match event {
        Event::WentToCourt | Event::Settled => rule::Step::Court.owners().contains(&role),
        _ => role != Role::Operator,
    }
}

/// R9 ends with the money: whether something undisputed is past its contractual day. The fee is an
/// item of its own (R8.2) and holds no case open; what a restructuring covers is not overdue.
fn is_owing(account: &Account, context: &Context) -> bool {
    account.still_to_pay().into_iter().any(|(invoice, _)| {
        invoice.due_on < context.today
            && invoice.restructured_until.is_none_or(|until| until < context.today)
    })
}

/// A part paid is silent where nobody was spoken with since the case stands where it does.
async fn take_in_payments(
    tx: &mut Tx,
    context: &Context,
    cases: &[CaseRecord],
) -> Result<(), StoreError> {
    for paid in store::payments_on_debts(tx, cases).await? {
        let PaidOnDebt { case, source_key, paid_on, is_cash } = paid;
        let Some(case) = cases.iter().find(|one| one.id == case) else { continue };
        let on = paid_on.min(context.today);
        let event = if is_cash || is_explained(tx, context, case, on).await? {
            Event::PaidInPart
        } else {
            Event::PaidInPartSilently
        };
        let paid = NewEvent {
            key: format!("payment/{source_key}"),
            event,
            happened_on: on,
            note: String::new(),
            by: None,
            fact: None,
        };
        store::append(tx, case.id, &paid, context.now).await?;
    }
    Ok(())
}

async fn is_explained(
    tx: &mut Tx,
    context: &Context,
    case: &CaseRecord,
    on: NaiveDate,
) -> Result<bool, StoreError> {
    let on_that_day = context.clone().on(on);
    let since = match state_of(tx, &on_that_day, case).await? {
        State::Doing { since, .. } => since,
        State::Demanded { delivered_on } | State::PreTrial { delivered_on } => delivered_on,
        State::Agreed { .. } | State::Ended => return Ok(true),
    };
    let zone = context.policy.time_zone();
    let until = UtcMillis::start_of(on.succ_opt().unwrap_or(on), zone);
    let last = store::last_dialogue(tx, case.client, until).await?;
    Ok(last.is_some_and(|last| last.civil_date(zone) >= since))
}

fn by_itself(context: &Context, key: &str, event: Event) -> NewEvent {
    NewEvent {
        key: format!("{key}/{}", context.today),
        event,
        happened_on: context.today,
        note: String::new(),
        by: None,
        fact: None,
    }
}

async fn tell_phones(
    tx: &mut Tx,
    context: &Context,
    cases: &[(&CaseRecord, State)],
) -> Result<(), StoreError> {
    let clients: Vec<ClientId> = cases.iter().map(|(case, _)| case.client).collect();
    let scopes = scopes::made_of_clients(tx, &clients).await?;
    let (policy, calendar) = (&context.policy, &context.calendar);
    let row = |(case, state): &(&CaseRecord, State)| {
        let row = EnforcementRow {
            client: case.client,
            opened_on: case.opened_on,
            state: *state,
            act_by: rule::duty(policy, calendar, *state).map(|duty| duty.by),
            waits_until: rule::waits_until(policy, calendar, *state),
        };
        scopes.get(&case.client).map(|scope| (*scope, FeedRow::Enforcement(row)))
    };
    let rows: Vec<_> = cases.iter().filter_map(row).collect();
    feed::put_all(tx, &rows).await
}

async fn take_from_phones(tx: &mut Tx, client: ClientId) -> Result<(), StoreError> {
    let Some(serving) = serving::of_client(tx, client).await? else { return Ok(()) };
    let scope = scopes::territory(tx, serving.territory).await?;
    feed::delete(tx, scope, "enforcement", &client.to_string()).await
}

/// A rep tells what is not a rep's to tell.
async fn ask_finance_control(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    told: &told::Enforcement,
) -> Result<(), ApiError> {
    let task = NewTask {
        key: format!("enforcement-told/{}", fact.id),
        kind: "enforcement_told",
        rule: "R9.7",
        title: format!("The rep tells that {}: record it if it is so", told.event.title()),
        client: fact.client,
        fact: Some(fact.id),
        role: Role::FinanceControl,
        person: None,
        due_on: Some(context.today),
    };
    Ok(assign::give(tx, context, &task).await?)
}
