//! What the owner of a rung may decide (R7.2 to R7.8) and what follows from it. What never lives here:
//! who is signed in, and the tasks themselves (the server's).
//!
//! Readings: more time never lowers a rung; it moves the deadline, at the latest to the day on which
//! the next owner takes over. Measures, sub-tasks and reports end no debt: only money does.

mod choice;
#[cfg(test)]
mod tests;

pub use choice::Choice;

use chrono::NaiveDate;

use super::{Rung, reached_on};
use crate::calendar::Calendar;
use crate::policy::Policy;
use crate::roles::Role;

/// A task that follows from a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowUp {
    /// The kind of the task.
    pub kind: &'static str,
    /// Whose it is.
    pub role: Role,
    /// In words.
    pub title: &'static str,
    /// By when.
    pub due: Due,
}

/// By when a task that follows is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// On the day that the decision names; without one as [`Due::Soon`].
    OnTheDay,
    /// In the working days of a step of enforcement (`enforcement.step_working_days`).
    Soon,
    /// In twice as many.
    Later,
    /// After the pre-trial period (`enforcement.pre_trial_days`).
    AfterPreTrial,
}

/// Why a decision cannot be taken so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The rung's owner does not decide this.
    #[error("the rung of the {} does not decide that", .0.owner())]
    NotOffered(Rung),
    /// A day is needed.
    #[error("give the day until which")]
    DayMissing,
    /// The day has passed.
    #[error("{0} is not after today: give a later day")]
    DayPassed(NaiveDate),
    /// The next owner takes over before.
    #[error("the debt is the {}'s from {on} on: no time can be given beyond that", .next.owner())]
    AfterNextRung {
        /// The next rung.
        next: Rung,
        /// When it is reached.
        on: NaiveDate,
    },
    /// Words are needed.
    #[error("say it in words: who reads the decision later needs them")]
    WordsMissing,
}

/// Whether the owner of `rung` may decide `choice` on `today` with this day and these words, about a
/// debt whose oldest invoice was due (by contract) on `due_on`.
///
/// # Errors
/// Why not.
pub fn check(
    policy: &Policy,
    calendar: &Calendar,
    rung: Rung,
    choice: Choice,
    (until_on, words): (Option<NaiveDate>, &str),
    (due_on, today): (Option<NaiveDate>, NaiveDate),
) -> Result<(), Refusal> {
    if !Choice::offered(rung).contains(&choice) {
        return Err(Refusal::NotOffered(rung));
    }
    if choice.needs_words() && words.trim().is_empty() {
        return Err(Refusal::WordsMissing);
    }
    if choice != Choice::MoreTime {
        return match until_on {
            Some(day) if day < today => Err(Refusal::DayPassed(day)),
            _ => Ok(()),
        };
    }
    let until_on = until_on.ok_or(Refusal::DayMissing)?;
    if until_on <= today {
        return Err(Refusal::DayPassed(until_on));
    }
    match due_on.and_then(|due_on| next_rung(policy, calendar, due_on, rung)) {
        Some((next, on)) if until_on >= on => Err(Refusal::AfterNextRung { next, on }),
        _ => Ok(()),
    }
}

/// What the owner of `rung` can still decide on `today` about a debt whose oldest invoice was due (by
/// contract) on `due_on`: what [`check`] would refuse whatever day is named is left out.
#[must_use]
pub fn open_choices(
    policy: &Policy,
    calendar: &Calendar,
    rung: Rung,
    (due_on, today): (Option<NaiveDate>, NaiveDate),
) -> Vec<Choice> {
    let is_open = |choice: &Choice| {
        *choice != Choice::MoreTime
            || today.succ_opt().is_some_and(|tomorrow| {
                let soonest = (Some(tomorrow), "until tomorrow");
                check(policy, calendar, rung, *choice, soonest, (due_on, today)).is_ok()
            })
    };
    Choice::offered(rung).iter().copied().filter(is_open).collect()
}

/// Who takes over from the owner of `rung` when nothing is decided (R7.3, R7.6), and when. None:
/// nobody; the rung's owner keeps it beside the others.
#[must_use]
pub fn next_rung(
    policy: &Policy,
    calendar: &Calendar,
    due_on: NaiveDate,
    rung: Rung,
) -> Option<(Rung, NaiveDate)> {
    let next = match rung {
        Rung::HeadOfSales => Rung::Director,
        Rung::Director => Rung::Legal,
        _ => return None,
    };
    let due_on = policy.rolled(calendar, due_on);
    Some((next, reached_on(policy, calendar, due_on, next)))
}

impl Due {
    /// The day, for a decision of `today`. Never a day off, unless the decision names one.
    #[must_use]
    pub fn on(
        self,
        policy: &Policy,
        calendar: &Calendar,
        today: NaiveDate,
        named: Option<NaiveDate>,
    ) -> NaiveDate {
        let step = policy.enforcement().step_working_days;
        match self {
            Self::OnTheDay => named.unwrap_or_else(|| calendar.add_working_days(today, step)),
            Self::Soon => calendar.add_working_days(today, step),
            Self::Later => calendar.add_working_days(today, step * 2),
            Self::AfterPreTrial => {
                let days = chrono::Days::new(u64::from(policy.enforcement().pre_trial_days));
                let sent_on = calendar.add_working_days(today, step * 2);
                let after = sent_on.checked_add_days(days).unwrap_or(NaiveDate::MAX);
                calendar.roll_forward(after)
            }
        }
    }
}
