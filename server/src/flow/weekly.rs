//! Weekly control (R11.1): the list of overdue invoices goes to the reps, their comments come back.

use chrono::{Days, NaiveDate};
use saldo_core::facts::{Fact, OverdueComment};
use saldo_core::feed::{FeedRow, ListedInvoice, WeeklyListRow};
use saldo_core::ids::{PersonId, TerritoryId};
use saldo_core::roles::Role;
use saldo_core::weekly_control::{self, Line};

use super::{Context, assign};
use crate::error::ApiError;
use crate::store::tasks::{Ending, NewDeskTask, NewTask};
use crate::store::weekly_lists::{self, ReportLine};
use crate::store::{
    StoreError, Tx, accounts, feed, invoices, scopes, serving, tasks, weekly_lists as lists,
};

/// The kind of the task to comment on the list.
pub(crate) const TASK_KIND: &str = "weekly_list";
/// The kind of the task that tells of an answer that is not a standard one.
pub(crate) const TOLD_KIND: &str = "overdue_comment";

/// A rep has so many working days to comment.
const DAYS_TO_COMMENT: u32 = 1;

/// On the list's day it goes to the reps; gives how many got one. Again on the same day: nothing.
///
/// # Errors
/// When the database fails.
pub async fn send(tx: &mut Tx, context: &Context) -> Result<usize, StoreError> {
    let today = context.today;
    let is_day = weekly_control::is_list_day(&context.policy, &context.calendar, today);
    if !is_day || lists::days(tx, 1).await?.first() == Some(&today) {
        return Ok(0);
    }
    let serving = serving::of_everybody(tx).await?;
    let accounts = accounts::load_all(tx, context).await?;
    let served = accounts
        .iter()
        .map(|account| (serving.get(&account.client).and_then(|one| one.rep), account));
    let by_rep = weekly_control::list(&context.policy, &context.calendar, served, today);
    let currencies: std::collections::HashMap<_, _> =
        accounts.iter().map(|account| (account.client, account.currency)).collect();
    let mut reps = 0;
    for (rep, lines) in by_rep {
        lists::insert(tx, today, rep, &lines).await?;
        let Some(rep) = rep else { continue };
        let listed = |line: Line| {
            currencies.get(&line.client).map(|currency| ListedInvoice { currency: *currency, line })
        };
        let count = lines.len();
        let lines = lines.into_iter().filter_map(listed).collect();
        let row = FeedRow::WeeklyList(WeeklyListRow { rep, list_on: today, lines });
        let scope = scopes::person(tx, rep).await?;
        feed::put(tx, scope, &row).await?;
        ask_for_comments(tx, context, rep, count).await?;
        reps += 1;
    }
    Ok(reps)
}

async fn ask_for_comments(
    tx: &mut Tx,
    context: &Context,
    rep: PersonId,
    count: usize,
) -> Result<(), StoreError> {
    for task in tasks::open_of_person(tx, rep, TASK_KIND).await? {
        let outcome = "not commented in its week: the next list went out";
        let ending = Ending { state: "closed", by: None, outcome, at: context.now };
        assign::end(tx, &task, ending).await?;
    }
    let invoices = if count == 1 { "invoice".to_owned() } else { format!("{count} invoices") };
    let task = NewDeskTask {
        key: format!("{TASK_KIND}/{rep}/{}", context.today),
        kind: TASK_KIND,
        rule: "R11.1",
        title: format!("Comment on your overdue {invoices}"),
        role: Role::Rep,
        person: Some(rep),
        due_on: Some(context.calendar.add_working_days(context.today, DAYS_TO_COMMENT)),
    };
    assign::give_desk(tx, context, &task).await
}

/// Takes a comment in: it stands in the report, an answer that is no standard one is told at once, and
/// the list's task ends with the last comment.
pub(super) async fn comment(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    said: &OverdueComment,
) -> Result<(), ApiError> {
    let invoices = invoices::of_client(tx, fact.client).await?;
    // The fact is kept whatever it names; only what is the client's own stands in the report.
    let Some(invoice) = invoices.into_iter().find(|one| one.id == said.invoice) else {
        return Ok(());
    };
    let said_on = fact.recorded_at.civil_date(context.policy.time_zone());
    let told = weekly_control::told_at_once(&said.comment, said_on);
    let is_standard = told.is_empty();
    weekly_lists::keep_comment(tx, fact, invoice.id, said_on, is_standard).await?;
    for role in told {
        tell(tx, context, fact, &invoice.number, said, *role).await?;
    }
    finish_list(tx, context, fact.author).await
}

/// The same answer about the same invoice is told again only when the first was dealt with.
async fn tell(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    number: &str,
    said: &OverdueComment,
    role: Role,
) -> Result<(), ApiError> {
    let title = format!("{number}: {}", said.comment.in_words());
    let open = tasks::open_of_kind(tx, fact.client, TOLD_KIND).await?;
    if open.iter().any(|task| task.role == role && task.title == title) {
        return Ok(());
    }
    let person = match role {
        Role::Supervisor => {
            serving::of_client(tx, fact.client).await?.and_then(|one| one.supervisor)
        }
        _ => None,
    };
    let task = NewTask {
        key: format!("{TOLD_KIND}/{}/{}", fact.id, role.name()),
        kind: TOLD_KIND,
        rule: "R11.1",
        title,
        client: fact.client,
        fact: Some(fact.id),
        role,
        person,
        due_on: Some(context.calendar.roll_forward(context.today)),
    };
    Ok(assign::give(tx, context, &task).await?)
}

async fn finish_list(tx: &mut Tx, context: &Context, rep: PersonId) -> Result<(), ApiError> {
    let Some(list_on) = lists::days(tx, 1).await?.first().copied() else { return Ok(()) };
    if lists::uncommented(tx, list_on, rep).await? > 0 {
        return Ok(());
    }
    for task in tasks::open_of_person(tx, rep, TASK_KIND).await? {
        let outcome = "every invoice on the list has a comment";
        let ending = Ending { state: "done", by: Some(rep), outcome, at: context.now };
        assign::end(tx, &task, ending).await?;
    }
    Ok(())
}

/// A week's report: each listed invoice of these territories' reps with what was said of it.
#[derive(Debug, Clone)]
pub struct Report {
    /// The list's day; `None`: none went out yet.
    pub list_on: Option<NaiveDate>,
    /// The days of the lists there are, newest first.
    pub days: Vec<NaiveDate>,
    /// The lines, by rep.
    pub lines: Vec<ReportLine>,
}

/// The report of the list of `list_on`, or of the last one. Who sees only some territories gives them.
///
/// # Errors
/// When the database fails.
pub async fn report(
    tx: &mut Tx,
    list_on: Option<NaiveDate>,
    territories: Option<&[TerritoryId]>,
) -> Result<Report, StoreError> {
    const MOST_DAYS: i64 = 60;
    let days = lists::days(tx, MOST_DAYS).await?;
    let Some(list_on) = list_on.filter(|day| days.contains(day)).or(days.first().copied()) else {
        return Ok(Report { list_on: None, days, lines: Vec::new() });
    };
    let next = days.iter().rev().find(|day| **day > list_on);
    let until = next.map_or(NaiveDate::MAX, |next| *next - Days::new(1));
    // The database's dates end with the year 9999.
    let until = until.min(NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or(list_on));
    let mut lines = lists::report(tx, list_on, until).await?;
    if let Some(territories) = territories {
        let serving = serving::of_everybody(tx).await?;
        lines.retain(|line| {
            serving.get(&line.client).is_some_and(|one| territories.contains(&one.territory))
        });
    }
    Ok(Report { list_on: Some(list_on), days, lines })
}
