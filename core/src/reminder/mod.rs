//! What a rep does before an invoice is due (R5.3 to R5.6): letters, personal reminders, Friday's
//! warning calls, and what is said at a visit. What never lives here: the check after delivery
//! (`delivery`), what happens once it is overdue (`escalation`), and who has done what (the server's
//! tasks).
//!
//! Readings: dates count back from the date that a deferral moved (R6.9), on a banking day. A
//! reminder that would fall on a day off moves to the working day before, as R5.5 says of calls:
//! later it could come after the due date. What a non-payer owed before it was one is reminded as a
//! threatened client's.

use chrono::{Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::account::{Account, OpenInvoice};
use crate::calendar::Calendar;
use crate::category::Category;
use crate::ids::InvoiceId;
use crate::money::{Currency, Money};
use crate::policy::Policy;

/// Why the client is contacted about an invoice that is not overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// R5.3: a letter, so that the invoice comes into the client's payment plan.
    Written,
    /// R5.4: in person, by the category.
    Personal,
    /// R5.5: the warning call about next week.
    Call,
}

impl Occasion {
    /// The R-number.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Written => "R5.3",
            Self::Personal => "R5.4",
            Self::Call => "R5.5",
        }
    }

    /// What to do, for a task's title.
    #[must_use]
    pub const fn duty(self) -> &'static str {
        match self {
            Self::Written => "remind in writing",
            Self::Personal => "remind in person",
            Self::Call => "call",
        }
    }
}

/// What the client is told of an invoice (R5.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// Which.
    pub invoice: InvoiceId,
    /// Its number on paper.
    pub number: String,
    /// Its date, if known.
    pub issued_on: Option<NaiveDate>,
    /// The day on which it is really due.
    pub due_on: NaiveDate,
    /// What is still to be paid of it, in minor units.
    pub to_pay_minor: i64,
    /// Why, each once and in the order of the regulation; empty for a visit.
    pub occasions: Vec<Occasion>,
}

impl Reminder {
    /// R5.6: what the rep says at a visit and compares with the client's record: date, number,
    /// amount and way of payment.
    #[must_use]
    pub fn in_words(&self, currency: Currency) -> String {
        let of = self.issued_on.map(|on| format!(" of {on}")).unwrap_or_default();
        format!(
            "invoice {}{of}: {} due on {}; ask how it will be paid, and compare with the client's record",
            self.number,
            Money::new(self.to_pay_minor, currency),
            self.due_on
        )
    }
}

/// What is to be done about `account` on `today` (R5.3 to R5.5), by invoice, the earliest due
/// first. An invoice stands here once a day, whatever speaks for it (R5.3 and R5.4 on one day are
/// one task).
#[must_use]
pub fn of_day(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    today: NaiveDate,
) -> Vec<Reminder> {
    let weeks = weeks_called(policy, calendar, today);
    let mut reminders = not_overdue(policy, calendar, account, today);
    for (invoice, reminder) in &mut reminders {
        reminder.occasions = occasions(policy, calendar, account.category, invoice, today);
        let due_on = invoice.effective_due_on();
        if weeks.iter().any(|monday| due_on.week(Weekday::Mon).checked_first_day() == Some(*monday))
        {
            reminder.occasions.push(Occasion::Call);
        }
    }
    reminders.into_iter().map(|(_, one)| one).filter(|one| !one.occasions.is_empty()).collect()
}

/// R5.6: what to remind the decision maker of at a visit on `today`: everything that is not overdue
/// yet, the earliest due first.
#[must_use]
pub fn at_visit(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    today: NaiveDate,
) -> Vec<Reminder> {
    not_overdue(policy, calendar, account, today).into_iter().map(|(_, one)| one).collect()
}

fn not_overdue<'a>(
    policy: &Policy,
    calendar: &Calendar,
    account: &'a Account,
    today: NaiveDate,
) -> Vec<(&'a OpenInvoice, Reminder)> {
    let with_words = |(invoice, to_pay_minor): (&'a OpenInvoice, i64)| {
        let reminder = Reminder {
            invoice: invoice.id,
            number: invoice.number.clone(),
            issued_on: invoice.issued_on,
            due_on: policy.rolled(calendar, invoice.effective_due_on()),
            to_pay_minor,
            occasions: Vec::new(),
        };
        (invoice, reminder)
    };
    let to_pay = account.still_to_pay().into_iter().map(with_words);
    to_pay.filter(|(_, reminder)| reminder.due_on >= today).collect()
}

/// R5.3, R5.4.
fn occasions(
    policy: &Policy,
    calendar: &Calendar,
    category: Category,
    invoice: &OpenInvoice,
    today: NaiveDate,
) -> Vec<Occasion> {
    let rules = policy.reminder();
    let due_on = policy.rolled(calendar, invoice.effective_due_on());
    let falls_on_today = |days: &[u32]| {
        days.iter().any(|days| {
            due_on
                .checked_sub_days(Days::new(u64::from(*days)))
                .is_some_and(|day| calendar.roll_back(day) == today)
        })
    };
    let personal = match category {
        Category::Reliable => &rules.reliable_days,
        Category::Uncertain => &rules.uncertain_days,
        Category::Threatened | Category::NonPayer => &rules.threatened_days,
    };
    let mut occasions = Vec::new();
    for (applies, occasion) in [
        (falls_on_today(&rules.written_days), Occasion::Written),
        (falls_on_today(personal), Occasion::Personal),
    ] {
        if applies {
            occasions.push(occasion);
        }
    }
    occasions
}

/// R5.5: the Mondays of the weeks about which clients are called on `today`. The day of the calls
/// moves to the working day before if it is a day off; over long holidays two weeks' calls can meet.
fn weeks_called(policy: &Policy, calendar: &Calendar, today: NaiveDate) -> Vec<NaiveDate> {
    let weekday = policy.reminder().call_weekday.num_days_from_monday();
    let Some(monday) = today.week(Weekday::Mon).checked_first_day() else { return Vec::new() };
    if !calendar.is_working_day(today) {
        return Vec::new();
    }
    let after = |from: NaiveDate, days: u32| from.checked_add_days(Days::new(u64::from(days)));
    // No company is closed for more than five weeks on end.
    (0..5_u32)
        .filter(|week| {
            after(monday, week * 7 + weekday).is_some_and(|day| calendar.roll_back(day) == today)
        })
        .filter_map(|week| after(monday, week * 7 + 7))
        .collect()
}

#[cfg(test)]
mod tests;
