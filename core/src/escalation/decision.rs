//! What the owner of a rung may decide (R7.2 to R7.8) and what follows from it. What never lives here:
//! who is signed in, and the tasks themselves (the server's).
//!
//! Readings: more time never lowers a rung; it moves the deadline, at the latest to the day on which
//! the next owner takes over. Measures, sub-tasks and reports end no debt: only money does.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Rung, reached_on};
use crate::calendar::Calendar;
use crate::policy::Policy;
use crate::roles::Role;

/// A decision on a rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// R7.2: work with the rep in the office.
    WorkInOffice,
    /// R7.2: work with the rep in the field.
    WorkInField,
    /// R7.2: training "negotiating with a debtor".
    Training,
    /// R7.2: a call to the debtor.
    CallDebtor,
    /// R7.2: a visit to the debtor.
    VisitDebtor,
    /// R7.2: together with finance control.
    WithFinanceControl,
    /// R7.3, R7.6: more time for the one below.
    MoreTime,
    /// R7.3, R7.6: unconditional collection.
    Collect,
    /// R7.4: the notice letter.
    NoticeLetter,
    /// R7.4: a schedule of payments is demanded.
    PaymentSchedule,
    /// R7.4: a claim letter.
    ClaimLetter,
    /// R7.5: what security found and reached.
    Report,
    /// R7.6: a task for finance control.
    FinanceControlTask,
    /// R7.6: restructuring.
    Restructure,
    /// R7.6: another category and its terms.
    NewTerms,
    /// R7.6: transfer to the base of irrecoverable debt.
    Irrecoverable,
    /// R7.7: the fee is paid.
    FeePaid,
    /// R7.7: a restructuring is signed.
    Signed,
    /// R7.7: the claim procedure begins.
    Claim,
    /// R7.8: hopeless: written off.
    WriteOff,
}

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

impl Choice {
    /// Every decision.
    pub const ALL: [Self; 20] = [
        Self::WorkInOffice,
        Self::WorkInField,
        Self::Training,
        Self::CallDebtor,
        Self::VisitDebtor,
        Self::WithFinanceControl,
        Self::MoreTime,
        Self::Collect,
        Self::NoticeLetter,
        Self::PaymentSchedule,
        Self::ClaimLetter,
        Self::Report,
        Self::FinanceControlTask,
        Self::Restructure,
        Self::NewTerms,
        Self::Irrecoverable,
        Self::FeePaid,
        Self::Signed,
        Self::Claim,
        Self::WriteOff,
    ];

    /// What the owner of `rung` may decide, in the order of the regulation. The rep of R7.1 decides
    /// nothing: it acts, and its facts tell.
    #[must_use]
    pub const fn offered(rung: Rung) -> &'static [Self] {
        match rung {
            Rung::Rep => &[],
            Rung::Supervisor => &[
                Self::WorkInOffice,
                Self::WorkInField,
                Self::Training,
                Self::CallDebtor,
                Self::VisitDebtor,
                Self::WithFinanceControl,
            ],
            Rung::HeadOfSales => &[Self::MoreTime, Self::Collect],
            Rung::FinanceControl => &[Self::NoticeLetter, Self::PaymentSchedule, Self::ClaimLetter],
            Rung::Security => &[Self::Report],
            Rung::Director => &[
                Self::MoreTime,
                Self::FinanceControlTask,
                Self::Restructure,
                Self::NewTerms,
                Self::Collect,
                Self::Irrecoverable,
                Self::WriteOff,
            ],
            Rung::Legal => &[Self::FeePaid, Self::Signed, Self::Claim],
            Rung::WriteOff => &[Self::WriteOff],
        }
    }

    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WorkInOffice => "work_in_office",
            Self::WorkInField => "work_in_field",
            Self::Training => "training",
            Self::CallDebtor => "call_debtor",
            Self::VisitDebtor => "visit_debtor",
            Self::WithFinanceControl => "with_finance_control",
            Self::MoreTime => "more_time",
            Self::Collect => "collect",
            Self::NoticeLetter => "notice_letter",
            Self::PaymentSchedule => "payment_schedule",
            Self::ClaimLetter => "claim_letter",
            Self::Report => "report",
            Self::FinanceControlTask => "finance_control_task",
            Self::Restructure => "restructure",
            Self::NewTerms => "new_terms",
            Self::Irrecoverable => "irrecoverable",
            Self::FeePaid => "fee_paid",
            Self::Signed => "signed",
            Self::Claim => "claim",
            Self::WriteOff => "write_off",
        }
    }

    /// What is decided, for a form and for the record.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::WorkInOffice => "Work with the rep in the office",
            Self::WorkInField => "Work with the rep in the field",
            Self::Training => "Training: negotiating with a debtor",
            Self::CallDebtor => "Call the debtor myself",
            Self::VisitDebtor => "Visit the debtor myself",
            Self::WithFinanceControl => "Act together with finance control",
            Self::MoreTime => "More time",
            Self::Collect => "Unconditional collection",
            Self::NoticeLetter => "Send the notice letter",
            Self::PaymentSchedule => "Demand a payment schedule",
            Self::ClaimLetter => "Send a claim letter",
            Self::Report => "Report results",
            Self::FinanceControlTask => "A task for finance control",
            Self::Restructure => "Restructuring",
            Self::NewTerms => "Other category and terms",
            Self::Irrecoverable => "To the base of irrecoverable debt",
            Self::FeePaid => "The fee is paid",
            Self::Signed => "A restructuring is signed",
            Self::Claim => "Begin the claim procedure",
            Self::WriteOff => "Write off as hopeless",
        }
    }

    /// Whether it names a day.
    #[must_use]
    pub const fn takes_day(self) -> bool {
        matches!(
            self,
            Self::WorkInOffice
                | Self::WorkInField
                | Self::Training
                | Self::CallDebtor
                | Self::VisitDebtor
                | Self::WithFinanceControl
                | Self::MoreTime
                | Self::FinanceControlTask
        )
    }

    /// Whether it needs words: measures and letters are told by their names.
    #[must_use]
    pub const fn needs_words(self) -> bool {
        !matches!(
            self,
            Self::WorkInOffice
                | Self::WorkInField
                | Self::Training
                | Self::CallDebtor
                | Self::VisitDebtor
                | Self::WithFinanceControl
                | Self::NoticeLetter
                | Self::PaymentSchedule
        )
    }

    /// Whether the rung's task stays open all the same: its owner must look at the debt again.
    #[must_use]
    pub const fn leaves_open(self) -> bool {
        matches!(
            self,
            Self::MoreTime | Self::NoticeLetter | Self::PaymentSchedule | Self::ClaimLetter
        )
    }

    /// The tasks that follow, when it is decided on `rung`.
    #[must_use]
    pub const fn follow_ups(self, rung: Rung) -> &'static [FollowUp] {
        use Due::{AfterPreTrial, Later, OnTheDay, Soon};
        use Role::{Director, FinanceControl, HeadOfSales, Legal, Supervisor};
        const fn task(kind: &'static str, role: Role, title: &'static str, due: Due) -> FollowUp {
            FollowUp { kind, role, title, due }
        }
        const MEASURE: &str = "measure";
        const COLLECT: &str = "collect";
        match self {
            Self::WorkInOffice => {
                const {
                    &[task(
                        MEASURE,
                        Supervisor,
                        "Work with the rep in the office on this debt",
                        OnTheDay,
                    )]
                }
            }
            Self::WorkInField => {
                const {
                    &[task(
                        MEASURE,
                        Supervisor,
                        "Work with the rep in the field on this debt",
                        OnTheDay,
                    )]
                }
            }
            Self::Training => {
                const {
                    &[task(
                        MEASURE,
                        Supervisor,
                        "Train the rep: negotiating with a debtor",
                        OnTheDay,
                    )]
                }
            }
            Self::CallDebtor => const { &[task(MEASURE, Supervisor, "Call the debtor", OnTheDay)] },
            Self::VisitDebtor => {
                const { &[task(MEASURE, Supervisor, "Visit the debtor", OnTheDay)] }
            }
            Self::WithFinanceControl => {
                const {
                    &[
                        task(
                            MEASURE,
                            Supervisor,
                            "Act on this debt with finance control",
                            OnTheDay,
                        ),
                        task(
                            MEASURE,
                            FinanceControl,
                            "Act on this debt with the supervisor",
                            OnTheDay,
                        ),
                    ]
                }
            }
            Self::MoreTime => match rung {
                Rung::Director => {
                    const {
                        &[task(
                            "more_time",
                            HeadOfSales,
                            "The director gave you more time: collect by this day",
                            OnTheDay,
                        )]
                    }
                }
                _ => {
                    const {
                        &[task(
                            "more_time",
                            Supervisor,
                            "The head of sales gave you more time: collect by this day",
                            OnTheDay,
                        )]
                    }
                }
            },
            Self::Collect => match rung {
                Rung::Director => {
                    const {
                        &[
                            task(
                                COLLECT,
                                HeadOfSales,
                                "Collect unconditionally: no more time is given",
                                Soon,
                            ),
                            task(
                                COLLECT,
                                FinanceControl,
                                "Collect unconditionally: prepare the claim",
                                Soon,
                            ),
                        ]
                    }
                }
                _ => {
                    const {
                        &[
                            task(
                                COLLECT,
                                Supervisor,
                                "Collect unconditionally: no more time is given",
                                Soon,
                            ),
                            task(
                                "memo_read",
                                Director,
                                "Read the memo: the head of sales collects unconditionally",
                                Soon,
                            ),
                        ]
                    }
                }
            },
            Self::NoticeLetter => {
                const {
                    &[task(
                        "notice_letter",
                        FinanceControl,
                        "Send the notice letter and record its delivery",
                        Soon,
                    )]
                }
            }
            Self::PaymentSchedule => {
                const {
                    &[task(
                        "payment_schedule",
                        FinanceControl,
                        "Get the client's schedule of payments",
                        Soon,
                    )]
                }
            }
            Self::ClaimLetter => {
                const {
                    &[task(
                        "claim_letter",
                        FinanceControl,
                        "Send the claim letter and record its delivery",
                        Soon,
                    )]
                }
            }
            Self::FinanceControlTask => {
                const {
                    &[task(
                        "director_task",
                        FinanceControl,
                        "The director's task on this debt",
                        OnTheDay,
                    )]
                }
            }
            Self::Restructure => {
                const {
                    &[task(
                        "restructure",
                        HeadOfSales,
                        "Agree on a restructuring with the client",
                        Later,
                    )]
                }
            }
            Self::NewTerms => {
                const {
                    &[task(
                        "terms_letter",
                        FinanceControl,
                        "Tell the client in writing of the new terms",
                        Soon,
                    )]
                }
            }
            Self::Irrecoverable => {
                const {
                    &[task(
                        "irrecoverable",
                        FinanceControl,
                        "Book the debt into the base of irrecoverable debt",
                        Soon,
                    )]
                }
            }
            Self::Claim => {
                const {
                    &[
                        task("claim_documents", Legal, "Collect the contract documents", Soon),
                        task("claim_to_client", Legal, "Send the claim to the client", Later),
                        task(
                            "court",
                            Legal,
                            "Go to court unless it is paid or signed",
                            AfterPreTrial,
                        ),
                    ]
                }
            }
            Self::WriteOff => {
                const { &[task("write_off_booking", FinanceControl, "Book the write-off", Soon)] }
            }
            Self::Report | Self::FeePaid | Self::Signed => &[],
        }
    }
}

impl TryFrom<String> for Choice {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|choice| choice.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a decision on the ladder"))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{day, default_policy};

    #[test]
    fn names_come_back_and_each_choice_is_offered_somewhere() {
        for choice in Choice::ALL {
            assert_eq!(Choice::try_from(choice.name().to_owned()), Ok(choice));
            let rungs: Vec<_> = Rung::ALL
                .into_iter()
                .filter(|rung| Choice::offered(*rung).contains(&choice))
                .collect();
            assert!(!rungs.is_empty(), "{choice:?}");
            // R7.6: "each makes its task"; what only reports the end makes none.
            let ends = matches!(choice, Choice::Report | Choice::FeePaid | Choice::Signed);
            for rung in rungs {
                assert_eq!(choice.follow_ups(rung).is_empty(), ends, "{choice:?}");
            }
        }
    }

    /// Due Friday 2026-11-06: R7.3 on 2026-11-23, R7.6 on 2026-11-30, R7.7 on 2026-12-07.
    #[test]
    fn more_time_ends_before_the_next_owner_takes_over() {
        let (policy, calendar) = default_policy();
        let (due_on, today) = (Some(day("2026-11-06")), day("2026-11-24"));
        let next = |rung| next_rung(&policy, &calendar, day("2026-11-06"), rung);
        assert_eq!(next(Rung::HeadOfSales), Some((Rung::Director, day("2026-11-30"))));
        assert_eq!(next(Rung::Director), Some((Rung::Legal, day("2026-12-07"))));
        assert_eq!(next(Rung::Security), None);
        let asked = |rung, until: &str| {
            let what = (Some(day(until)), "he pays then");
            check(&policy, &calendar, rung, Choice::MoreTime, what, (due_on, today))
        };
        let (sales, director) = (Rung::HeadOfSales, Rung::Director);
        assert_eq!(asked(sales, "2026-11-24"), Err(Refusal::DayPassed(today)));
        assert_eq!(asked(sales, "2026-11-25"), Ok(()));
        assert_eq!(asked(sales, "2026-11-29"), Ok(()));
        let up = |next, on: &str| Err(Refusal::AfterNextRung { next, on: day(on) });
        assert_eq!(asked(sales, "2026-11-30"), up(director, "2026-11-30"));
        assert_eq!(asked(director, "2026-12-06"), Ok(()));
        assert_eq!(asked(director, "2026-12-07"), up(Rung::Legal, "2026-12-07"));
    }

    #[test]
    fn what_is_missing_is_told() {
        let (policy, calendar) = default_policy();
        let today = day("2026-11-24");
        let asked = |rung, choice, until_on, words| {
            check(&policy, &calendar, rung, choice, (until_on, words), (None, today))
        };
        let (sales, more) = (Rung::HeadOfSales, Choice::MoreTime);
        assert_eq!(asked(sales, more, None, "why"), Err(Refusal::DayMissing));
        assert_eq!(asked(sales, more, Some(day("2026-11-25")), " "), Err(Refusal::WordsMissing));
        let wrong = asked(sales, Choice::WriteOff, None, "why");
        assert_eq!(wrong, Err(Refusal::NotOffered(sales)));
        let past = Some(day("2026-11-23"));
        let measure = asked(Rung::Supervisor, Choice::CallDebtor, past, "");
        assert_eq!(measure, Err(Refusal::DayPassed(day("2026-11-23"))));
        assert_eq!(asked(Rung::Supervisor, Choice::CallDebtor, Some(today), ""), Ok(()));
    }

    #[test]
    fn deadlines_count_in_working_days() {
        let (policy, calendar) = default_policy();
        let friday = day("2026-11-20");
        for (due, expected) in [
            (Due::Soon, "2026-11-25"),
            (Due::Later, "2026-11-30"),
            (Due::AfterPreTrial, "2026-12-30"),
            (Due::OnTheDay, "2026-11-25"),
        ] {
            assert_eq!(due.on(&policy, &calendar, friday, None), day(expected), "{due:?}");
        }
        let named = Some(day("2026-12-01"));
        assert_eq!(Due::OnTheDay.on(&policy, &calendar, friday, named), day("2026-12-01"));
    }
}
