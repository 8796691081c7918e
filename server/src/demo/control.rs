//! The demo company under control: its weekly list with what reps said of it, the month's plan, what
//! was overdue day by day, what was decided on the ladder, tasks that were finished. All of it through
//! the flows that everybody uses, but for the past nights' shares, which no clock can live through
//! again. The clients of the README's walk are left alone.

use std::collections::BTreeMap;

use chrono::{Days, Months, NaiveDate, NaiveTime, TimeZone};
use rust_decimal::Decimal;
use saldo_core::escalation::{Choice, Rung};
use saldo_core::facts::{Fact, FactBody, OverdueComment};
use saldo_core::ids::{DeviceId, DocumentId, FactId, PersonId};
use saldo_core::money::Currency;
use saldo_core::roles::Role;
use saldo_core::time::{HOUR_MILLIS, UtcMillis};
use saldo_core::weekly_control::{Comment, is_list_day};

use super::company::Company;
use super::dice::Dice;
use super::ledger::Invoice;
use super::terms::{before, somebody};
use super::{SEED, showcase};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::flow::judge::{NewFact, new_facts};
use crate::flow::ladder_decisions::{self, Decision};
use crate::flow::{Context, decide, ladder, memo, month_plan, weekly};
use crate::state::AppState;
use crate::store::overdue_days::{self, Owed};
use crate::store::tasks::TaskRecord;
use crate::store::weekly_lists::ReportLine;
use crate::store::{Tx, tasks};

/// What the head of sales said of the plan for this month, and of the one proposed for the next.
const WHY: [&str; 2] = [
    "what stands with the legal department stays overdue until the court decides; the rest comes down",
    "the slow payers of this month get prepayment or shorter deferrals",
];

/// Lets the company be led: the last list, comments, a plan, decisions.
///
/// # Errors
/// When the database fails.
pub(super) async fn tell(state: &AppState, made: &Company) -> Result<(), ApiError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    past_nights(&mut tx, &context, made).await?;
    comments(&mut tx, &context, made).await?;
    tx.commit().await?;
    plan(state, made, context.today).await?;
    decisions(state, made, &context).await?;
    finished(state, made).await
}

/// What was overdue at the end of each night of this month and the last (R7.9), as the ledger had it.
async fn past_nights(tx: &mut Tx, context: &Context, made: &Company) -> Result<(), ApiError> {
    let this = month_plan::month_of(context.today);
    let first = this.checked_sub_months(Months::new(1)).unwrap_or(this);
    let currency = context.policy.currency();
    for day in first.iter_days().take_while(|day| *day < context.today) {
        let mut owed: BTreeMap<PersonId, Owed> = BTreeMap::new();
        for customer in &made.clients {
            let territory = customer.client.territory;
            let Some(served) = made.territories.iter().find(|one| one.id == territory) else {
                continue;
            };
            let of_rep =
                owed.entry(served.rep).or_insert_with(|| nothing(day, served.rep, currency));
            for invoice in &customer.invoices {
                let open_minor = open_on(invoice, day);
                of_rep.receivable_minor += open_minor;
                if context.policy.rolled(&context.calendar, invoice.due_on) < day {
                    of_rep.overdue_minor += open_minor;
                }
            }
        }
        for owed in owed.values() {
            overdue_days::keep(tx, owed).await?;
        }
    }
    Ok(())
}

const fn nothing(on_day: NaiveDate, rep: PersonId, currency: Currency) -> Owed {
    Owed { on_day, rep: Some(rep), currency, receivable_minor: 0, overdue_minor: 0 }
}

fn open_on(invoice: &Invoice, day: NaiveDate) -> i64 {
    if invoice.issued_on > day {
        return 0;
    }
    let paid = invoice.payments.iter().filter(|payment| payment.paid_on <= day);
    invoice.amount_minor - paid.map(|payment| payment.amount_minor).sum::<i64>()
}

/// The last list goes out, where last night's jobs did not send it, and most of it is commented.
async fn comments(tx: &mut Tx, context: &Context, made: &Company) -> Result<(), ApiError> {
    let mut list_on = context.today;
    while !is_list_day(&context.policy, &context.calendar, list_on) {
        list_on = before(list_on, 1);
    }
    let morning = Context { now: on_the_day(context, list_on, 7), ..context.clone() }.on(list_on);
    weekly::send(tx, &morning).await?;
    let report = weekly::report(tx, Some(list_on), None).await?;
    for territory in &made.territories {
        let of_rep = report.lines.iter().filter(|line| line.rep == Some(territory.rep));
        let mut facts = Vec::new();
        for (place, line) in of_rep.enumerate() {
            if let Some(said) = said(line, place, list_on) {
                facts.push(said_by(context, territory.rep, line, said, (place, list_on)));
            }
        }
        new_facts(tx, context, &facts).await?;
    }
    Ok(())
}

/// What a rep says of a line, if anything.
fn said(line: &ReportLine, place: usize, list_on: NaiveDate) -> Option<Comment> {
    if showcase::is_shown(&line.code) {
        return None;
    }
    let mut dice = Dice::of(SEED, &line.number, place);
    let day = list_on + Days::new(dice.between(3, 12).unsigned_abs());
    // One answer of a rep's is no standard one: it is told at once.
    let unusual = [
        Comment::AsksReconciliation,
        Comment::NotReached,
        Comment::Refuses,
        Comment::Disputes,
        Comment::Other {
            text: "the shop changes hands, the new owner wants our contract".to_owned(),
        },
    ];
    match place {
        2 => unusual.get(dice.pick(&[0_usize, 1, 2, 3, 4])).cloned(),
        _ => match dice.weighted(&[(0_u8, 25), (1, 50), (2, 25)]) {
            0 => None,
            1 => Some(Comment::PaysOn { day }),
            _ => Some(Comment::WaitingForBank),
        },
    }
}

/// The rep said it at some time of the list's day.
fn said_by(
    context: &Context,
    rep: PersonId,
    line: &ReportLine,
    comment: Comment,
    (place, list_on): (usize, NaiveDate),
) -> NewFact {
    const BETWEEN_TWO_MILLIS: i64 = HOUR_MILLIS / 12;
    let minutes = i64::try_from(place).unwrap_or_default() * BETWEEN_TWO_MILLIS;
    let recorded_at = on_the_day(context, list_on, 10).plus_millis(minutes).min(context.now);
    let comment = OverdueComment { invoice: line.invoice, number: line.number.clone(), comment };
    NewFact {
        document: DocumentId::of_route_sheet(rep, list_on),
        device: DeviceId(uuid::Uuid::nil()),
        taken_at: recorded_at,
        fact: Fact {
            id: FactId(Dice::of(SEED, &line.number, 77).uuid()),
            author: rep,
            client: line.client,
            recorded_at,
            corrects: None,
            body: FactBody::Comment(comment),
        },
    }
}

/// So many o'clock on a day, and never after now.
fn on_the_day(context: &Context, day: NaiveDate, hour: u32) -> UtcMillis {
    let time = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
    let zone = context.policy.time_zone();
    let instant = zone.from_local_datetime(&day.and_time(time)).earliest();
    instant.map_or(context.now, |at| UtcMillis(at.timestamp_millis())).min(context.now)
}

/// Planned by the head of sales and approved by the director, a little above what the last month ended
/// with; the next month's, a little below that, waits for her.
async fn plan(state: &AppState, made: &Company, today: NaiveDate) -> Result<(), ApiError> {
    const POINTS: [i64; 2] = [3, -2];
    let (sales, director) = (somebody(made, Role::HeadOfSales)?, somebody(made, Role::Director)?);
    let mut month = month_plan::month_of(today);
    let ended_with = share_on(state, before(month, 1)).await?;
    for (points, why) in POINTS.into_iter().zip(WHY) {
        let percent = Decimal::from((ended_with + points).clamp(1, 100));
        month_plan::propose(state, &sales, month, percent, why).await?;
        if points > 0 {
            let answer = "agreed; I want to see the five largest by name at month's end";
            month_plan::decide(state, &director, month, true, answer).await?;
        }
        month = month.checked_add_months(Months::new(1)).unwrap_or(month);
    }
    Ok(())
}

/// The overdue share at the end of a night, in whole per cent.
async fn share_on(state: &AppState, day: NaiveDate) -> Result<i64, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let owed = overdue_days::of_days(&mut tx, day, day).await?;
    let receivable: i64 = owed.iter().map(|one| one.receivable_minor).sum();
    let overdue: i64 = owed.iter().map(|one| one.overdue_minor).sum();
    Ok(overdue * 100 / receivable.max(1))
}

/// Each supervisor planned measures and sent a memo; the head of sales gave one of them time.
async fn decisions(state: &AppState, made: &Company, context: &Context) -> Result<(), ApiError> {
    let soon = context.calendar.add_working_days(context.today, 2);
    for supervisor in made.people.iter().filter(|person| person.role == Role::Supervisor) {
        let who = Principal {
            person: supervisor.id,
            name: supervisor.name.to_owned(),
            role: supervisor.role,
        };
        let measures = [
            (Choice::VisitDebtor, "the owner is in the shop in the mornings"),
            (Choice::CallDebtor, "asks for the invoice again: it was sent twice"),
            (Choice::WorkInField, "the rep gives in too early: I come along"),
            (Choice::WithFinanceControl, "the balance must be signed before we press on"),
        ];
        let waiting = of_kind(state, &who, ladder::task_kind(Rung::Supervisor)).await?;
        for (task, (choice, why)) in waiting.iter().zip(measures) {
            let decision = measure(choice, Some(soon), why);
            ladder_decisions::decide(state, &who, task.id, &decision).await?;
        }
        if let Some(task) = of_kind(state, &who, memo::TASK_KIND).await?.first() {
            let Some(client) = task.client else { continue };
            let mut tx = state.db.begin_read().await?;
            let draft = memo::draft(&mut tx, context, client, Role::HeadOfSales).await?;
            drop(tx);
            let own = "I ask for a week: the client sells its van and pays all of it.";
            memo::send(state, &who, task.id, &format!("{draft}\n\n{own}")).await?;
        }
    }
    let sales = somebody(made, Role::HeadOfSales)?;
    let waiting = of_kind(state, &sales, ladder::task_kind(Rung::HeadOfSales)).await?;
    let until = context.calendar.add_working_days(context.today, 1);
    let given = measure(Choice::MoreTime, Some(until), "the van is sold: the money comes then");
    for task in waiting {
        match ladder_decisions::decide(state, &sales, task.id, &given).await {
            Ok(()) => break,
            // The debt is the next owner's already: nobody has time to give.
            Err(ApiError::BadRequest(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn measure(choice: Choice, until_on: Option<NaiveDate>, why: &str) -> Decision {
    Decision {
        choice,
        until_on,
        why: why.to_owned(),
        category: None,
        memo: None,
        more_follows: false,
    }
}

/// Each rep has finished two of its tasks today.
async fn finished(state: &AppState, made: &Company) -> Result<(), ApiError> {
    const OUTCOMES: [&str; 2] = [
        "spoke with the bookkeeper: the transfer goes out on Friday",
        "the owner was out; left the statement with the shop assistant",
    ];
    for territory in &made.territories {
        let Some(rep) = made.people.iter().find(|person| person.id == territory.rep) else {
            continue;
        };
        let who = Principal { person: rep.id, name: rep.name.to_owned(), role: rep.role };
        let waiting = of_kind(state, &who, ladder::task_kind(Rung::Rep)).await?;
        for (task, outcome) in waiting.iter().zip(OUTCOMES) {
            decide::finish(state, &who, task.id, outcome).await?;
        }
    }
    Ok(())
}

/// Somebody's open tasks of a kind, by client.
async fn of_kind(
    state: &AppState,
    who: &Principal,
    kind: &str,
) -> Result<Vec<TaskRecord>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let mut found = tasks::inbox(&mut tx, who).await?;
    found.retain(|task| task.kind == kind && !showcase::is_shown(&task.client_code));
    found.sort_by(|a, b| a.client_code.cmp(&b.client_code));
    Ok(found)
}
