//! The escalation ladder (R7): which rungs an unpaid invoice has reached, when, and by when their
//! owners must have acted. What never lives here: tasks and records (the server's nightly job), and
//! deferrals: the ladder counts from the contract's due date (R6.9).

mod decision;
mod rung;

pub use decision::{Choice, Due, FollowUp, Refusal, check, next_rung, open_choices};
pub use rung::Rung;

use chrono::{Days, Months, NaiveDate};

use crate::account::Account;
use crate::calendar::Calendar;
use crate::policy::{DayUnit, Policy};

/// A rung that was reached, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Which.
    pub rung: Rung,
    /// The first day on which its threshold was passed.
    pub reached_on: NaiveDate,
    /// The day by which its owner must have acted; a working day.
    pub act_by: NaiveDate,
}

/// Every rung that an undisputed unpaid invoice due (by contract) on `due_on` has reached by
/// `today`, lowest first.
///
/// Each rung has its own threshold, some in calendar and some in working days: over holidays a
/// higher rung can be reached some days before a lower one, which then follows and is not skipped.
/// Of a debt that the client acknowledged since, see [`reached_after`].
#[must_use]
pub fn reached(
    policy: &Policy,
    calendar: &Calendar,
    due_on: NaiveDate,
    today: NaiveDate,
) -> Vec<Reached> {
    reached_after(policy, calendar, due_on, None, today)
}

/// The same of an invoice of which the client acknowledged the debt last on `acknowledged_on`: the
/// limitation period of R7.8 runs from then, if that is later than the due date. An acknowledgement
/// takes the rung of R7.8 away; time alone never does.
#[must_use]
pub fn reached_after(
    policy: &Policy,
    calendar: &Calendar,
    due_on: NaiveDate,
    acknowledged_on: Option<NaiveDate>,
    today: NaiveDate,
) -> Vec<Reached> {
    if today <= due_on {
        return Vec::new();
    }
    let due_on = policy.rolled(calendar, due_on);
    let limited_from =
        acknowledged_on.filter(|on| *on <= today).map_or(due_on, |on| on.max(due_on));
    Rung::ALL
        .into_iter()
        .map(|rung| {
            let from = if rung == Rung::WriteOff { limited_from } else { due_on };
            (rung, reached_on(policy, calendar, from, rung))
        })
        .filter(|(_, reached_on)| *reached_on <= today)
        .map(|(rung, reached_on)| Reached {
            rung,
            reached_on,
            act_by: act_by(policy, calendar, due_on, rung, reached_on),
        })
        .collect()
}

/// The highest rung of the account's open invoices (R7), with the day it was reached. Only what
/// is not disputed climbs (R7.10).
#[must_use]
pub fn of_client(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    today: NaiveDate,
) -> Option<Reached> {
    // The earliest due invoice has reached whatever any other has, and no later, but for the rung
    // of R7.8: that one an acknowledgement moves.
    account
        .open_invoices
        .iter()
        .filter(|invoice| invoice.climbs())
        .filter_map(|invoice| {
            let (due_on, acknowledged_on) = (invoice.ladder_due_on(), invoice.acknowledged_on);
            reached_after(policy, calendar, due_on, acknowledged_on, today).pop()
        })
        .min_by_key(|reached| (std::cmp::Reverse(reached.rung), reached.reached_on))
}

/// The first day on which an invoice really due on `due_on` stands on `rung`.
fn reached_on(policy: &Policy, calendar: &Calendar, due_on: NaiveDate, rung: Rung) -> NaiveDate {
    let ladder = policy.ladder();
    let on_day = |day, unit| plus(calendar, due_on, day, unit);
    let rule = match rung {
        Rung::Rep => ladder.rep,
        Rung::Supervisor => ladder.supervisor,
        Rung::HeadOfSales => ladder.head_of_sales,
        Rung::FinanceControl => ladder.finance_control,
        Rung::Security => ladder.security,
        Rung::Director => ladder.director,
        Rung::Legal => {
            let also = ladder.legal_also;
            return on_day(ladder.legal.day, ladder.legal.unit).max(on_day(also.day, also.unit));
        }
        Rung::WriteOff => {
            // The anniversary itself is still within the limitation period.
            let months = Months::new(ladder.write_off.years * 12);
            let last = due_on.checked_add_months(months).unwrap_or(NaiveDate::MAX);
            return plus(calendar, last, 1, DayUnit::Calendar);
        }
    };
    on_day(rule.day, rule.unit)
}

/// The day by which the owner of `rung` must have acted: never a day off. The director's is at the
/// latest the day of R7.7.
fn act_by(
    policy: &Policy,
    calendar: &Calendar,
    due_on: NaiveDate,
    rung: Rung,
    reached_on_day: NaiveDate,
) -> NaiveDate {
    let ladder = policy.ladder();
    let (days, unit) = match rung {
        Rung::Rep => (ladder.rep.act_days, ladder.rep.act_unit),
        Rung::Supervisor => (ladder.supervisor.act_days, ladder.supervisor.act_unit),
        Rung::HeadOfSales => (ladder.head_of_sales.act_days, ladder.head_of_sales.act_unit),
        Rung::FinanceControl => (ladder.finance_control.act_days, ladder.finance_control.act_unit),
        Rung::Security => (ladder.security.act_days, ladder.security.act_unit),
        Rung::Director => (ladder.director.act_days, ladder.director.act_unit),
        Rung::Legal => (ladder.legal.act_days, ladder.legal.act_unit),
        Rung::WriteOff => (ladder.write_off.act_days, ladder.write_off.act_unit),
    };
    let last = plus(calendar, reached_on_day, days, unit);
    let last = if rung == Rung::Director {
        last.min(reached_on(policy, calendar, due_on, Rung::Legal)).max(reached_on_day)
    } else {
        last
    };
    calendar.roll_forward(last)
}

fn plus(calendar: &Calendar, from: NaiveDate, days: u32, unit: DayUnit) -> NaiveDate {
    match unit {
        DayUnit::Calendar => {
            from.checked_add_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MAX)
        }
        DayUnit::Working | DayUnit::Banking => calendar.add_working_days(from, days),
    }
}

#[cfg(test)]
mod tests;
