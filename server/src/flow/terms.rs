//! Terms stricter than the contract's: the prepayment list (R4.5) and new terms after a full stop
//! (R4.4). They are proposed, decided, hold from the day on which the notice reached the client
//! (R13.1), and end by themselves. What they mean for one order is core's.

use chrono::{NaiveDate, TimeDelta};
use saldo_core::account::Account;
use saldo_core::ids::{ClientId, TermsId};
use saldo_core::new_terms::{self, NewTerms};
use saldo_core::paper::PaperKind;
use saldo_core::prepayment::Proposal;
use saldo_core::roles::Role;
use saldo_core::stop_list::{self, StopLevel};

use super::papers::Given;
use super::{Context, assign, publish};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::store::papers::PaperRecord;
use crate::store::stricter_terms::{self, NewRecord, TermsKind, TermsRecord, TermsState};
use crate::store::tasks::{Ending, NewTask};
use crate::store::{StoreError, Tx, accounts, papers, tasks};

/// Who sets new terms; finance control alone decides on the prepayment list.
pub const SETTERS: [Role; 2] = [Role::FinanceControl, Role::HeadOfSales];

/// Who may read the list of all terms.
pub const VIEWERS: [Role; 4] =
    [Role::FinanceControl, Role::HeadOfSales, Role::CommercialDirector, Role::Director];

/// The kind of the task to decide on a proposal for the prepayment list.
const PROPOSAL: &str = "prepayment_proposal";
/// The kind of the task to bring a notice to the client.
const NOTICE: &str = "terms_notice";

/// Working days for a decision and for a notice.
const WORKING_DAYS_TO_ACT: u32 = 3;

/// What somebody does about stricter terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// The client moves to the prepayment list: the notice goes out.
    Confirm,
    /// It does not, and why.
    Reject(&'a str),
    /// The notice reached the client on this day: from it on the terms hold.
    Noticed(NaiveDate),
    /// They end before their day, and why.
    End(&'a str),
}

/// Whether a task of this kind is ended by a [`Step`], and not by telling what came of it.
#[must_use]
pub(super) fn is_of_terms(kind: &str) -> bool {
    [PROPOSAL, NOTICE].contains(&kind)
}

/// Where the console lets a task of this kind be decided; `None`: on its own page.
#[must_use]
pub(crate) fn page_of(kind: &str) -> Option<&'static str> {
    is_of_terms(kind).then_some("/terms")
}

/// R4.5: proposes a client for the prepayment list and asks finance control. `false`: the month was
/// proposed before.
///
/// # Errors
/// When the database fails.
pub(crate) async fn propose(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    proposal: &Proposal,
) -> Result<bool, StoreError> {
    let record = NewRecord {
        id: TermsId(uuid::Uuid::now_v7()),
        client,
        kind: TermsKind::PrepaymentList,
        month: Some(proposal.month),
        terms: NewTerms { prepayment_percent: Some(proposal.percent), ..NewTerms::default() },
        months: proposal.months,
        evidence: proposal.late_in_words(),
        agreed: false,
    };
    if !stricter_terms::insert(tx, &record, context.now).await? {
        return Ok(false);
    }
    let title = format!("Proposed for the prepayment list: {}", proposal.in_words());
    ask(tx, context, client, (PROPOSAL, TermsKind::PrepaymentList.rule(), record.id), title)
        .await?;
    Ok(true)
}

/// R4.4: sets new terms for a client that is stopped wholly; they hold once the client has the
/// notice, for as long as [`new_terms::months`] says.
///
/// # Errors
/// [`ApiError::NotEntitled`] for anybody but finance control and head of sales,
/// [`ApiError::BadRequest`] for terms that are not stricter, without a reason, or for a client that
/// is not stopped wholly, [`ApiError::Conflict`] where new terms are under way, [`ApiError::NotFound`].
pub async fn set_new(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    terms: NewTerms,
    agreed: bool,
    why: &str,
) -> Result<TermsId, ApiError> {
    entitled(who, &SETTERS, "new terms are set by finance control or the head of sales (R4.4)")?;
    let account = accounts::load(tx, context, client).await?.ok_or(ApiError::NotFound("client"))?;
    check_new(context, &account, &terms, why)?;
    let under_way = |one: &TermsRecord| {
        one.kind == TermsKind::NewTerms
            && matches!(one.state(), TermsState::Decided | TermsState::InForce)
    };
    if stricter_terms::of_client(tx, client).await?.iter().any(under_way) {
        return Err(ApiError::Conflict(
            "new terms are under way for this client: end those first".to_owned(),
        ));
    }
    let record = NewRecord {
        id: TermsId(uuid::Uuid::now_v7()),
        client,
        kind: TermsKind::NewTerms,
        month: None,
        terms,
        months: new_terms::months(&context.policy, &account),
        evidence: why.trim().to_owned(),
        agreed,
    };
    stricter_terms::insert(tx, &record, context.now).await?;
    stricter_terms::decide(tx, record.id, who.person, None, context.now).await?;
    ask_for_notice(tx, context, client, TermsKind::NewTerms, record.id).await?;
    Ok(record.id)
}

fn check_new(
    context: &Context,
    account: &Account,
    terms: &NewTerms,
    why: &str,
) -> Result<(), ApiError> {
    let refused = |words: &str| Err(ApiError::BadRequest(words.to_owned()));
    let level = stop_list::level(&context.policy, &context.calendar, account, context.today);
    if level != StopLevel::Stopped {
        return refused("new terms are for a client that is stopped wholly (R4.4)");
    }
    if why.trim().is_empty() {
        return refused("say how the terms came about: who agreed, or why they are imposed");
    }
    if terms.prepayment_percent.is_some_and(|percent| percent > 100) {
        return refused("at most 100 % can be prepaid");
    }
    if terms.depth_minor.is_some_and(|minor| minor < 0) {
        return refused("a credit depth is not below zero");
    }
    if !terms.are_stricter_than(&account.contract, account.prepayment_percent) {
        return refused("none of these terms is stricter than what holds for the client");
    }
    Ok(())
}

/// Takes stricter terms a step further; phones are told where that changes what holds.
///
/// # Errors
/// [`ApiError::NotEntitled`], [`ApiError::NotFound`], [`ApiError::Conflict`] where they are not at
/// that step (any more), [`ApiError::BadRequest`] for a missing reason or a day that cannot be.
pub async fn step(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    id: TermsId,
    step: Step<'_>,
) -> Result<(), ApiError> {
    let record = stricter_terms::by_id(tx, id).await?.ok_or(ApiError::NotFound("terms"))?;
    match record.kind {
        TermsKind::PrepaymentList => entitled(
            who,
            &[Role::FinanceControl],
            "the prepayment list is finance control's to decide (R4.5)",
        )?,
        TermsKind::NewTerms => {
            entitled(
                who,
                &SETTERS,
                "new terms are finance control's or the head of sales' (R4.4)",
            )?;
        }
    }
    match (step, record.state()) {
        (Step::Confirm, TermsState::Proposed) => {
            stricter_terms::decide(tx, id, who.person, None, context.now).await?;
            end_tasks(tx, context, who, &record, PROPOSAL, "confirmed").await?;
            Ok(ask_for_notice(tx, context, record.client, record.kind, id).await?)
        }
        (Step::Reject(why), TermsState::Proposed | TermsState::Decided) => {
            let why = reason(why)?;
            reject(tx, context, who, &record, why).await
        }
        (Step::Noticed(on), TermsState::Decided) => {
            put_in_force(tx, context, who, &record, on).await
        }
        (Step::End(why), TermsState::InForce) => {
            let why = reason(why)?;
            stricter_terms::end(tx, id, context.today, Some(who.person), Some(why)).await?;
            Ok(publish::account(tx, context, record.client).await?)
        }
        _ => Err(ApiError::Conflict("this went on meanwhile: look at it as it is now".to_owned())),
    }
}

async fn reject(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    record: &TermsRecord,
    why: &str,
) -> Result<(), ApiError> {
    if record.state() == TermsState::Proposed {
        stricter_terms::decide(tx, record.id, who.person, Some(why), context.now).await?;
    } else {
        stricter_terms::call_off(tx, record.id, why).await?;
    }
    end_tasks(tx, context, who, record, PROPOSAL, "rejected").await?;
    Ok(end_tasks(tx, context, who, record, NOTICE, "called off").await?)
}

async fn put_in_force(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    record: &TermsRecord,
    on: NaiveDate,
) -> Result<(), ApiError> {
    let decided_on = record.decided_at.map(|at| at.civil_date(context.policy.time_zone()));
    if on > context.today || decided_on.is_some_and(|decided_on| on < decided_on) {
        return Err(ApiError::BadRequest(format!(
            "the notice reached the client between the day of the decision ({}) and today ({})",
            decided_on.unwrap_or(context.today),
            context.today
        )));
    }
    let until = new_terms::hold_until(&context.policy, on, record.months, None);
    stricter_terms::put_in_force(tx, record.id, on, until).await?;
    register_notice(tx, context, who, record, on, decided_on.unwrap_or(on)).await?;
    let outcome = format!("the notice reached the client on {on}");
    end_tasks(tx, context, who, record, NOTICE, &outcome).await?;
    Ok(publish::account(tx, context, record.client).await?)
}

/// The notice is a paper (R13.1); one that is in the register already is not registered twice.
async fn register_notice(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    record: &TermsRecord,
    delivered_on: NaiveDate,
    dated_on: NaiveDate,
) -> Result<(), ApiError> {
    let notices = papers::of_kind(tx, record.client, PaperKind::NoticeLetter).await?;
    let is_it =
        |one: &PaperRecord| one.delivered_on == Some(delivered_on) && one.dated_on >= dated_on;
    if notices.iter().any(is_it) {
        return Ok(());
    }
    let note = match record.kind {
        TermsKind::PrepaymentList => "notice of prepayment (R4.5)",
        TermsKind::NewTerms => "notice of new terms (R4.4)",
    };
    let given = Given {
        kind: PaperKind::NoticeLetter,
        dated_on,
        delivered_on: Some(delivered_on),
        pay_by: None,
        amount: None,
        note: note.to_owned(),
    };
    super::papers::record(tx, context, who.person, record.client, &given).await?;
    Ok(())
}

/// Moves the end of new terms by the client's discipline, and ends whatever is past its day; gives
/// whether they ended. Doing it again changes nothing.
///
/// # Errors
/// When the database fails.
pub(crate) async fn look_at(
    tx: &mut Tx,
    context: &Context,
    record: &TermsRecord,
    last_overdue_on: Option<NaiveDate>,
) -> Result<bool, StoreError> {
    let (Some(noticed_on), Some(known)) = (record.noticed_on, record.holds_until) else {
        return Ok(false);
    };
    let until = match record.kind {
        TermsKind::PrepaymentList => known,
        TermsKind::NewTerms => {
            new_terms::hold_until(&context.policy, noticed_on, record.months, last_overdue_on)
        }
    };
    if until != known {
        stricter_terms::set_until(tx, record.id, until).await?;
    }
    if until >= context.today {
        return Ok(false);
    }
    let ended_on = until.checked_add_signed(TimeDelta::days(1)).unwrap_or(context.today);
    stricter_terms::end(tx, record.id, ended_on, None, None).await?;
    publish::account(tx, context, record.client).await?;
    Ok(true)
}

async fn ask_for_notice(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    kind: TermsKind,
    id: TermsId,
) -> Result<(), StoreError> {
    let title = match kind {
        TermsKind::PrepaymentList => {
            "Send the notice of prepayment; it holds from the day it arrives"
        }
        TermsKind::NewTerms => {
            "Send the notice of the new terms; they hold from the day it arrives"
        }
    };
    ask(tx, context, client, (NOTICE, kind.rule(), id), title.to_owned()).await
}

async fn ask(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    (kind, rule, id): (&'static str, &'static str, TermsId),
    title: String,
) -> Result<(), StoreError> {
    let task = NewTask {
        key: task_key(kind, id),
        kind,
        rule,
        title,
        client,
        fact: None,
        role: Role::FinanceControl,
        person: None,
        due_on: Some(context.calendar.add_working_days(context.today, WORKING_DAYS_TO_ACT)),
    };
    assign::give(tx, context, &task).await
}

async fn end_tasks(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    record: &TermsRecord,
    kind: &'static str,
    outcome: &str,
) -> Result<(), StoreError> {
    if let Some(task) = tasks::by_key(tx, &task_key(kind, record.id)).await? {
        let ending = Ending { state: "done", by: Some(who.person), outcome, at: context.now };
        assign::end(tx, &task, ending).await?;
    }
    Ok(())
}

fn task_key(kind: &str, id: TermsId) -> String {
    format!("{kind}/{id}")
}

fn entitled(who: &Principal, roles: &[Role], words: &str) -> Result<(), ApiError> {
    if roles.contains(&who.role) { Ok(()) } else { Err(ApiError::NotEntitled(words.to_owned())) }
}

fn reason(why: &str) -> Result<&str, ApiError> {
    let why = why.trim();
    if why.is_empty() {
        return Err(ApiError::BadRequest("say why: it is kept with the terms".to_owned()));
    }
    Ok(why)
}
