//! The decisions themselves: their names, whose they are, and which tasks follow.

use serde::{Deserialize, Serialize};

use super::{Due, FollowUp};
use crate::escalation::Rung;
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
