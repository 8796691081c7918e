//! Answers to the desk, from the phone: a task done, comments on the weekly list (R11.1); and a rep's
//! own figures (R11.2). Everything works offline.

use std::collections::BTreeMap;

use saldo_core::facts::{Fact, FactBody, OverdueComment, TaskDone};
use saldo_core::feed::{BonusRow, FeedRow, ListedInvoice, TaskRow};
use saldo_core::ids::{InvoiceId, TaskId};
use saldo_core::money::Money as CoreMoney;
use saldo_core::time::UtcMillis as Instant;

use super::{Phone, own_identity, views};
use crate::PhoneError;
use crate::records::{
    BonusView, Comment, OverdueLine, OverdueList, Recorded, UtcMillis, days_since,
};
use crate::store::{self, Store, StoredFact, StoredState};

#[uniffi::export]
impl Phone {
    /// Reports that a task is done, with what came of it. The task counts as done here at once; when
    /// the server does not end it, [`Phone::tasks`] shows it again with the server's answer.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] for a task that is not here, [`PhoneError::Invalid`] for one that
    /// ends by itself, was reported before, or without an outcome; [`PhoneError::StorageFull`].
    pub fn record_task_done(
        &self,
        task: &str,
        outcome: String,
        now: UtcMillis,
    ) -> Result<Recorded, PhoneError> {
        let (row, reported) = {
            let store = self.store();
            own_identity(&store)?;
            let row = task_row(&store, task)?;
            let reported = reports(&store)?.get(&row.id).is_some_and(|report| report.holds());
            (row, reported)
        };
        let invalid = |detail: &str| Err(PhoneError::Invalid { detail: detail.to_owned() });
        if reported || row.done {
            return invalid("it was reported as done already");
        }
        let Some(client) = row.client else {
            return invalid("this task ends by itself: comment on the invoices of the list");
        };
        let body = FactBody::TaskDone(TaskDone { task: row.id, outcome });
        self.record(&client.to_string(), None, now, |_, _| Ok(body))
    }

    /// R11.1: says something of an overdue invoice of the list, or of any open one.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] for an invoice that is not open here, [`PhoneError::Invalid`] for a
    /// wrong day or no words, [`PhoneError::StorageFull`].
    pub fn record_comment(
        &self,
        client: &str,
        invoice: &str,
        comment: Comment,
        now: UtcMillis,
    ) -> Result<Recorded, PhoneError> {
        let missing = || PhoneError::not_found(format!("the open invoice {invoice}"));
        let wanted: InvoiceId = invoice.parse().map_err(|_| missing())?;
        let promised = match &comment {
            Comment::PaysOn { day } => Some(day.date()?),
            _ => None,
        };
        let comment = comment.try_into()?;
        self.record(client, None, now, |store, id| {
            let today = Instant::from(now).civil_date(own_identity(store)?.time_zone);
            if let Some(day) = promised.filter(|day| *day < today) {
                return Err(PhoneError::Invalid { detail: format!("the day {day} has passed") });
            }
            let number = match store::row(store.read(), "account", &id.to_string())? {
                Some(FeedRow::Account(account)) => account
                    .open_invoices
                    .iter()
                    .find(|open| open.id == wanted)
                    .map(|open| open.number.clone()),
                _ => None,
            };
            let number = number.ok_or_else(missing)?;
            Ok(FactBody::Comment(OverdueComment { invoice: wanted, number, comment }))
        })
    }

    /// R11.1: the weekly list of overdue invoices, with what was said of each since it went out. None
    /// before the first list.
    ///
    /// # Errors
    /// [`PhoneError::NotEnrolled`], or when the storage fails.
    pub fn overdue_list(&self, now: UtcMillis) -> Result<Option<OverdueList>, PhoneError> {
        let store = self.store();
        let own = own_identity(&store)?;
        let row = store::row(store.read(), "weekly_list", &own.person.to_string())?;
        let Some(FeedRow::WeeklyList(list)) = row else { return Ok(None) };
        let names = views::Names::read(store.read())?;
        let today = Instant::from(now).civil_date(own.time_zone);
        let said =
            comments(&store, |fact| fact.recorded_at.civil_date(own.time_zone) >= list.list_on)?;
        let open = open_of(&store, &list.lines)?;
        let lines = list.lines.iter().filter_map(|listed| {
            let line = &listed.line;
            // What the phone knows to be paid needs no comment.
            let (open_minor, disputed_minor) = *open.get(&line.invoice)?;
            let money = |minor| CoreMoney::new(minor, listed.currency).into();
            let (client_code, client_name) = names.of(line.client);
            let comment = said.get(&line.invoice);
            Some(OverdueLine {
                client: line.client.to_string(),
                client_code,
                client_name,
                invoice: line.invoice.to_string(),
                number: line.number.clone(),
                due_on: line.due_on.into(),
                days_overdue: days_since(line.due_on, today),
                open: money(open_minor),
                disputed: money(disputed_minor),
                comment: comment.map(|stored| words(&stored.fact)),
                comment_state: comment.map(views::state),
            })
        });
        Ok(Some(OverdueList { list_on: list.list_on.into(), lines: lines.collect() }))
    }

    /// R11.2: the person's own figures, the newest month first.
    ///
    /// # Errors
    /// [`PhoneError::NotEnrolled`], or when the storage fails.
    pub fn bonus(&self) -> Result<Vec<BonusView>, PhoneError> {
        let store = self.store();
        let own = own_identity(&store)?;
        let mut rows: Vec<BonusRow> = store::rows(store.read(), "bonus")?
            .into_iter()
            .filter_map(|row| match row {
                FeedRow::Bonus(row) if row.rep == own.person => Some(row),
                _ => None,
            })
            .collect();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.month), row.currency));
        Ok(rows.iter().map(bonus_view).collect())
    }
}

/// A report of a task as done, and what the server said of it.
pub(super) struct Report {
    is_refused: bool,
    pub(super) answer: Option<String>,
}

impl Report {
    /// Whether the task counts as done here: the server has not said otherwise.
    pub(super) fn holds(&self) -> bool {
        !self.is_refused && self.answer.is_none()
    }
}

/// The person's last report of each task.
pub(super) fn reports(store: &Store) -> Result<BTreeMap<TaskId, Report>, PhoneError> {
    let own = own_identity(store)?;
    let mut reports = BTreeMap::new();
    for stored in store::own_facts_of_kind(store.read(), own.person, "task_done")? {
        let FactBody::TaskDone(done) = &stored.fact.body else { continue };
        let answer = match store::row(store.read(), "task_answer", &stored.fact.id.to_string())? {
            Some(FeedRow::TaskAnswer(row)) => Some(row.words),
            _ => None,
        };
        let is_refused = stored.state == StoredState::Refused;
        reports.insert(done.task, Report { is_refused, answer });
    }
    Ok(reports)
}

fn task_row(store: &Store, task: &str) -> Result<TaskRow, PhoneError> {
    match store::row(store.read(), "task", task)? {
        Some(FeedRow::Task(row)) => Ok(row),
        _ => Err(PhoneError::not_found(format!("the task {task}"))),
    }
}

/// The person's last comment on each invoice, of those that `counts`.
fn comments(
    store: &Store,
    counts: impl Fn(&Fact) -> bool,
) -> Result<BTreeMap<InvoiceId, StoredFact>, PhoneError> {
    let own = own_identity(store)?;
    let mut last = BTreeMap::new();
    for stored in store::own_facts_of_kind(store.read(), own.person, "comment")? {
        let FactBody::Comment(said) = &stored.fact.body else { continue };
        if stored.state != StoredState::Refused && counts(&stored.fact) {
            last.insert(said.invoice, stored);
        }
    }
    Ok(last)
}

/// Unpaid and disputed of each listed invoice, as the accounts here have it.
fn open_of(
    store: &Store,
    lines: &[ListedInvoice],
) -> Result<BTreeMap<InvoiceId, (i64, i64)>, PhoneError> {
    let clients: std::collections::BTreeSet<_> = lines.iter().map(|one| one.line.client).collect();
    let mut open = BTreeMap::new();
    for client in clients {
        if let Some(FeedRow::Account(account)) =
            store::row(store.read(), "account", &client.to_string())?
        {
            let invoices = account.open_invoices.iter();
            open.extend(invoices.map(|one| (one.id, (one.open_minor, one.disputed_minor))));
        }
    }
    Ok(open)
}

fn words(fact: &Fact) -> String {
    match &fact.body {
        FactBody::Comment(said) => said.comment.in_words(),
        _ => String::new(),
    }
}

fn bonus_view(row: &BonusRow) -> BonusView {
    let money = |minor| CoreMoney::new(minor, row.currency).into();
    BonusView {
        month: row.month.into(),
        as_of: row.as_of.into(),
        prepaid: money(row.collected.prepaid_minor),
        current: money(row.collected.current_minor),
        overdue: money(row.collected.overdue_minor),
        collected: money(row.base.collected_minor),
        expected: money(row.expected_minor),
        minimum: money(row.base.minimum_minor),
        base: money(row.base.base_minor),
        overdue_percent: row.share.map(|share| share.percent.normalize().to_string()),
        allowed_percent: row.share.map(|share| share.allowed_percent.normalize().to_string()),
        is_within: row.share.is_none_or(|share| share.is_within),
    }
}
