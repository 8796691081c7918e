//! Enforcement when a scheduled payment fails without warning (R9): which step follows from what
//! happened, who owns it, with which papers, by when. What never lives here: the ladder, which runs
//! beside it by the calendar (`escalation`), and the decision on a new deferral (`deferral`, R6.5).
//!
//! Readings: the sources give deadlines to step 4 alone, the others have the policy's
//! `step_working_days`. A partial payment without dialogue (step 5) goes back to step 3, and once
//! the demand was delivered to step 4, for the rest: a cent must not undo a demand. Once the claim
//! was delivered only money or signed terms stop it; talk does not. An agreed day that passes
//! without a word begins again with step 1. The day of a demand moves off a day off as any due date.

mod step;

pub use step::{Paper, Step};

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::policy::Policy;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Somebody has to do this step.
    Doing {
        /// Which.
        step: Step,
        /// Since when.
        since: NaiveDate,
    },
    /// Step 4: the demand was delivered; the client has some days to pay.
    Demanded {
        /// The day of delivery.
        delivered_on: NaiveDate,
    },
    /// Step 4: the claim was delivered; the pre-trial period runs.
    PreTrial {
        /// The day of delivery.
        delivered_on: NaiveDate,
    },
    /// New terms or a guarantee letter name a day; nothing is to be done until it has passed.
    Agreed {
        /// The day by which it will be paid.
        pay_by: NaiveDate,
    },
    /// Paid in full, or settled, or judged: nothing is left to do.
    Ended,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The client was reached, informed of the default, and gave its reason.
    Reached,
    /// A meeting was fixed, or held.
    Met,
    /// The client avoids contact, refuses explanations or any reasonable date.
    NoDialogue,
    /// Signed: a guarantee letter, an amendment or a deferral that somebody entitled approved.
    TermsSigned {
        /// The day by which it will be paid.
        pay_by: NaiveDate,
    },
    /// The client refuses the restructuring that was proposed, or any other reasonable terms.
    Opposes,
    /// Step 6: the client warns that it will not keep what was agreed and asks again.
    AsksAgain,
    /// Step 6: nobody entitled agreed to what the client asked for.
    TermsRefused,
    /// The demand, with its papers, reached the client against signature or by registered letter.
    DemandDelivered,
    /// The claim reached the client.
    ClaimDelivered,
    /// A part was paid, and the client explained it.
    PaidInPart,
    /// Step 5: a part was paid without a word.
    PaidInPartSilently,
    /// Everything is paid, fees included.
    PaidInFull,
    /// Step 7: court proceedings exist (R2.4).
    WentToCourt,
    /// Step 7: a settlement was signed and kept, or a judgment executed.
    Settled,
    /// Nothing but a day that ended.
    DayOver,
}

impl Event {
    /// Every kind of event, with `pay_by` for signed terms.
    #[must_use]
    pub const fn all(pay_by: NaiveDate) -> [Self; 15] {
        [
            Self::Reached,
            Self::Met,
            Self::NoDialogue,
            Self::Opposes,
            Self::TermsSigned { pay_by },
            Self::AsksAgain,
            Self::TermsRefused,
            Self::DemandDelivered,
            Self::ClaimDelivered,
            Self::PaidInPart,
            Self::PaidInPartSilently,
            Self::PaidInFull,
            Self::WentToCourt,
            Self::Settled,
            Self::DayOver,
        ]
    }

    /// Whether people tell it. Money and days speak for themselves, and terms are signed on paper or
    /// decided by who is entitled.
    #[must_use]
    pub const fn is_told(self) -> bool {
        !matches!(
            self,
            Self::TermsSigned { .. }
                | Self::TermsRefused
                | Self::PaidInPart
                | Self::PaidInPartSilently
                | Self::PaidInFull
                | Self::DayOver
        )
    }

    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::Met => "met",
            Self::NoDialogue => "no_dialogue",
            Self::Opposes => "opposes",
            Self::TermsSigned { .. } => "terms_signed",
            Self::AsksAgain => "asks_again",
            Self::TermsRefused => "terms_refused",
            Self::DemandDelivered => "demand_delivered",
            Self::ClaimDelivered => "claim_delivered",
            Self::PaidInPart => "paid_in_part",
            Self::PaidInPartSilently => "paid_in_part_silently",
            Self::PaidInFull => "paid_in_full",
            Self::WentToCourt => "went_to_court",
            Self::Settled => "settled",
            Self::DayOver => "day_over",
        }
    }

    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Reached => "the client was reached and gave its reason",
            Self::Met => "a meeting was fixed or held",
            Self::NoDialogue => "the client avoids contact or refuses explanations",
            Self::Opposes => "the client refuses the terms that were proposed",
            Self::TermsSigned { .. } => "terms with a day of payment were agreed",
            Self::AsksAgain => "the client asks again",
            Self::TermsRefused => "what the client asked for was refused",
            Self::DemandDelivered => "the demand to pay was delivered",
            Self::ClaimDelivered => "the claim was delivered",
            Self::PaidInPart => "a part was paid",
            Self::PaidInPartSilently => "a part was paid without a word",
            Self::PaidInFull => "everything overdue was paid",
            Self::WentToCourt => "the case went to court",
            Self::Settled => "a settlement was kept, or a judgment executed",
            Self::DayOver => "a day ended",
        }
    }
}

impl State {
    /// A scheduled payment failed on `today` without warning.
    #[must_use]
    pub const fn begun(today: NaiveDate) -> Self {
        Self::Doing { step: Step::Contact, since: today }
    }
}

/// The state after `event` on `today`. What does not concern a state leaves it as it is, and so does
/// the same event once more.
#[must_use]
pub fn next(
    policy: &Policy,
    calendar: &Calendar,
    state: State,
    event: Event,
    today: NaiveDate,
) -> State {
    if state == State::Ended {
        return state;
    }
    let step = match event {
        Event::PaidInFull | Event::Settled => return State::Ended,
        Event::TermsSigned { pay_by } => return State::Agreed { pay_by },
        Event::DayOver => return after_waiting(policy, calendar, state, today),
        Event::DemandDelivered => {
            let delivered = matches!(state, State::Doing { step: Step::Demand, .. });
            return if delivered { State::Demanded { delivered_on: today } } else { state };
        }
        Event::ClaimDelivered => {
            let delivered = matches!(state, State::Doing { step: Step::Claim, .. });
            return if delivered { State::PreTrial { delivered_on: today } } else { state };
        }
        Event::Reached => after_contact(state),
        Event::Met => after_meeting(state),
        // A refusal of any reasonable date is step 4's as silence is.
        Event::NoDialogue | Event::Opposes => after_silence(state),
        // The proceedings themselves change nobody's duty.
        Event::WentToCourt => None,
        Event::AsksAgain => after_asking_again(state),
        Event::TermsRefused => {
            matches!(state, State::Doing { step: Step::AskAgain, .. }).then_some(Step::Reconcile)
        }
        Event::PaidInPart => matches!(state, State::Demanded { .. }).then_some(Step::Reconcile),
        Event::PaidInPartSilently => after_silent_part(state),
    };
    step.map_or(state, |step| State::Doing { step, since: today })
}

/// Where a case that was opened on `begun` stands on `today`, after what happened on which day.
/// The order of `events` decides between those of one day only.
#[must_use]
pub fn state_on(
    policy: &Policy,
    calendar: &Calendar,
    begun: NaiveDate,
    events: &[(NaiveDate, Event)],
    today: NaiveDate,
) -> State {
    let mut in_order: Vec<_> = events.iter().filter(|(on, _)| *on <= today).copied().collect();
    in_order.sort_by_key(|(on, _)| *on);
    let mut state = State::begun(begun);
    for (on, event) in in_order {
        // What was heard late of the days before the case began counts from its beginning.
        let on = on.max(begun);
        state = next(policy, calendar, state, Event::DayOver, on);
        state = next(policy, calendar, state, event, on);
    }
    next(policy, calendar, state, Event::DayOver, today)
}

/// What has to be done in `state`; `None`: nothing, until something happens or [`waits_until`].
#[must_use]
pub fn duty(policy: &Policy, calendar: &Calendar, state: State) -> Option<Duty> {
    match state {
        State::Doing { step, since } => {
            let days = policy.enforcement().step_working_days;
            Some(Duty { step, by: calendar.add_working_days(since, days) })
        }
        State::Demanded { .. } | State::PreTrial { .. } | State::Agreed { .. } | State::Ended => {
            None
        }
    }
}

/// What somebody has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duty {
    /// Which step; its owners and papers are its own.
    pub step: Step,
    /// The last day for it.
    pub by: NaiveDate,
}

/// The last day that the client has in `state`; `None`: it is not the client's turn.
#[must_use]
pub fn waits_until(policy: &Policy, calendar: &Calendar, state: State) -> Option<NaiveDate> {
    let rules = policy.enforcement();
    match state {
        State::Demanded { delivered_on } => {
            Some(policy.rolled(calendar, plus_days(delivered_on, rules.demand_days)))
        }
        State::PreTrial { delivered_on } => Some(plus_days(delivered_on, rules.pre_trial_days)),
        State::Agreed { pay_by } => Some(pay_by),
        State::Doing { .. } | State::Ended => None,
    }
}

/// The client's last day is over. A late look finds the same as one in time.
fn after_waiting(policy: &Policy, calendar: &Calendar, state: State, today: NaiveDate) -> State {
    let Some(last) = waits_until(policy, calendar, state).filter(|last| *last < today) else {
        return state;
    };
    let step = match state {
        State::Demanded { .. } => Step::Claim,
        State::PreTrial { .. } => Step::Court,
        State::Agreed { .. } => Step::Contact,
        State::Doing { .. } | State::Ended => return state,
    };
    State::Doing { step, since: plus_days(last, 1) }
}

fn after_contact(state: State) -> Option<Step> {
    match state {
        State::Doing { step: Step::Contact, .. } => Some(Step::Propose),
        // "No payment and no dialogue" is what a claim needs.
        State::Demanded { .. } => Some(Step::Reconcile),
        State::Doing {
            step:
                Step::Propose
                | Step::Reconcile
                | Step::Demand
                | Step::Claim
                | Step::AskAgain
                | Step::Court,
            ..
        }
        | State::PreTrial { .. }
        | State::Agreed { .. }
        | State::Ended => None,
    }
}

fn after_meeting(state: State) -> Option<Step> {
    match state {
        State::Doing { step: Step::Contact | Step::Propose | Step::Demand, .. }
        | State::Demanded { .. } => Some(Step::Reconcile),
        State::Doing {
            step: Step::Reconcile | Step::Claim | Step::AskAgain | Step::Court, ..
        }
        | State::PreTrial { .. }
        | State::Agreed { .. }
        | State::Ended => None,
    }
}

fn after_silence(state: State) -> Option<Step> {
    match state {
        State::Doing {
            step: Step::Contact | Step::Propose | Step::Reconcile | Step::AskAgain,
            ..
        } => Some(Step::Demand),
        State::Doing { step: Step::Demand | Step::Claim | Step::Court, .. }
        | State::Demanded { .. }
        | State::PreTrial { .. }
        | State::Agreed { .. }
        | State::Ended => None,
    }
}

fn after_asking_again(state: State) -> Option<Step> {
    match state {
        State::Doing {
            step: Step::Contact | Step::Propose | Step::Reconcile | Step::Demand,
            ..
        }
        | State::Demanded { .. }
        | State::Agreed { .. } => Some(Step::AskAgain),
        State::Doing { step: Step::Claim | Step::AskAgain | Step::Court, .. }
        | State::PreTrial { .. }
        | State::Ended => None,
    }
}

/// Step 5.
fn after_silent_part(state: State) -> Option<Step> {
    match state {
        State::Doing { step: Step::Contact | Step::Propose | Step::AskAgain, .. } => {
            Some(Step::Reconcile)
        }
        State::Doing { step: Step::Claim, .. }
        | State::Demanded { .. }
        | State::PreTrial { .. } => Some(Step::Demand),
        State::Doing { step: Step::Reconcile | Step::Demand | Step::Court, .. }
        | State::Agreed { .. }
        | State::Ended => None,
    }
}

fn plus_days(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_add_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests;
