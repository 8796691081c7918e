//! Guarantee letters for the release of orders (R4.1, R4.3): who demands one, whether one in the
//! register suffices, and what follows when it comes. What never lives here: the rule itself
//! (`saldo_core::guarantee`) and the register (`papers`).

use saldo_core::account::Account;
use saldo_core::facts::{Fact, FactBody, Order};
use saldo_core::guarantee::{self, Letter, Unfit};
use saldo_core::ids::{ClientId, PaperId};
use saldo_core::money::Money;
use saldo_core::paper::PaperKind;
use saldo_core::roles::Role;
use saldo_core::verdict::Paper;

use super::{Context, assign, shipment};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::store::papers::PaperRecord;
use crate::store::tasks::{Ending, NewTask, TaskRecord};
use crate::store::{Tx, accounts, decisions, facts, papers, serving, tasks, verdicts};

/// The kind of the rep's task to get a letter.
pub(super) const TASK_KIND: &str = "guarantee_letter";

/// Somebody who must approve an order demands the client's guarantee letter first: the order shows
/// it as missing and the rep gets a task.
pub(super) async fn demand(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    fact: &Fact,
    task: &TaskRecord,
) -> Result<(), ApiError> {
    let FactBody::Order(order) = &fact.body else {
        return Err(ApiError::BadRequest(
            "a guarantee letter is demanded for an order; a deferral is approved, rejected or \
             sent up"
                .to_owned(),
        ));
    };
    if !decisions::demand_letter(tx, fact.id, task.role, who.person, context.now).await? {
        return Err(ApiError::Conflict("the letter was demanded already".to_owned()));
    }
    let account = accounts::load(tx, context, fact.client).await?;
    let found = match &account {
        Some(account) => find(tx, context, fact, order, account).await?,
        None => return Ok(()),
    };
    if found.is_err() {
        let serving = serving::of_client(tx, fact.client).await?;
        let wanted = NewTask {
            key: format!("letter/{}", fact.id),
            kind: TASK_KIND,
            rule: "R4.1",
            title: format!(
                "The {} demands a guarantee letter for the order: get it signed and record it",
                task.role
            ),
            client: fact.client,
            fact: Some(fact.id),
            role: Role::Rep,
            person: serving.and_then(|serving| serving.rep),
            due_on: Some(context.today),
        };
        assign::give(tx, context, &wanted).await?;
    }
    shipment::settle(tx, context, fact, order, &format!("demand/{}", task.id)).await
}

/// The letter on which somebody in `role` may approve the order; `None`: that role needs none.
/// Finance control always needs one for a client on the stop list (R4.3), the others what they
/// demanded themselves (R4.1).
pub(super) async fn required(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    order: &Order,
    role: Role,
) -> Result<Option<PaperId>, ApiError> {
    let Some(account) = accounts::load(tx, context, fact.client).await? else { return Ok(None) };
    let by_rules = saldo_core::shipment::judge(
        &context.policy,
        &context.calendar,
        &account,
        order,
        context.today,
    );
    let by_stop_list =
        role == Role::FinanceControl && by_rules.papers.contains(&Paper::GuaranteeLetter);
    let demands = decisions::letter_demands(tx, fact.id).await?;
    if !by_stop_list && !demands.iter().any(|(by, _)| *by == role) {
        return Ok(None);
    }
    match find(tx, context, fact, order, &account).await? {
        Ok((paper, _)) => Ok(Some(paper)),
        Err(unfit) => Err(ApiError::BadRequest(missing_in_words(unfit, &account))),
    }
}

/// The latest letter in the register that suffices for an order; else what is wrong with the
/// latest, `None`: there is none.
pub(super) async fn find(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    order: &Order,
    account: &Account,
) -> Result<Result<(PaperId, Letter), Option<Unfit>>, ApiError> {
    let ordered_on = fact.recorded_at.civil_date(context.policy.time_zone()).min(context.today);
    let mut wrong = None;
    for record in papers::of_kind(tx, fact.client, PaperKind::GuaranteeLetter).await? {
        let Some(letter) = letter_of(&record) else { continue };
        let unfit = guarantee::unfit(
            &context.policy,
            account,
            letter,
            order.amount.minor,
            ordered_on,
            context.today,
        );
        match unfit {
            None => return Ok(Ok((record.id, letter))),
            Some(unfit) => wrong = wrong.or(Some(unfit)),
        }
    }
    Ok(Err(wrong))
}

/// A guarantee letter came: held orders that waited for one no longer show it as missing, and the
/// rep's task to get it ends.
pub(super) async fn came(
    tx: &mut Tx,
    context: &Context,
    paper: &PaperRecord,
) -> Result<(), ApiError> {
    let Some(account) = accounts::load(tx, context, paper.client).await? else { return Ok(()) };
    for fact in held_orders(tx, paper.client).await? {
        let FactBody::Order(order) = &fact.body else { continue };
        let latest = verdicts::latest_of_fact(tx, fact.id).await?;
        let is_missing =
            latest.is_some_and(|latest| latest.verdict.papers.contains(&Paper::GuaranteeLetter));
        if !is_missing || find(tx, context, &fact, order, &account).await?.is_err() {
            continue;
        }
        shipment::settle(tx, context, &fact, order, &format!("letter/{}", paper.id)).await?;
        for task in tasks::open_of_fact(tx, fact.id).await? {
            if task.kind == TASK_KIND {
                let outcome = "the letter is in the register";
                let ending = Ending { state: "closed", by: None, outcome, at: context.now };
                assign::end(tx, &task, ending).await?;
            }
        }
    }
    Ok(())
}

/// The client's orders that wait for somebody.
async fn held_orders(tx: &mut Tx, client: ClientId) -> Result<Vec<Fact>, ApiError> {
    let mut held = Vec::new();
    for task in tasks::open_of_kind(tx, client, shipment::TASK_KIND).await? {
        let Some(fact) = task.fact else { continue };
        if held.iter().any(|known: &Fact| known.id == fact) {
            continue;
        }
        held.extend(facts::by_id(tx, fact).await?.map(|record| record.fact));
    }
    Ok(held)
}

fn letter_of(record: &PaperRecord) -> Option<Letter> {
    Some(Letter {
        dated_on: record.dated_on,
        pay_by: record.pay_by?,
        amount_minor: record.amount_minor?,
    })
}

fn missing_in_words(unfit: Option<Unfit>, account: &Account) -> String {
    let what = match unfit {
        None => "record it, or give its date, day of payment and amount here".to_owned(),
        Some(Unfit::TooOld { earliest }) => {
            format!("the latest is too old: it must be dated {earliest} or later")
        }
        Some(Unfit::NotYet) => "the latest is dated on a day to come".to_owned(),
        Some(Unfit::DayPassed) => {
            "the latest names a day of payment that is not to come any more".to_owned()
        }
        Some(Unfit::TooLittle { needed_minor }) => {
            let needed = Money::new(needed_minor, account.currency);
            format!("the latest names too little: at least {needed} is needed")
        }
    };
    format!("this release needs the client's guarantee letter (R4.1, R4.3): {what}")
}
