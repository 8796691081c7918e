//! Paper problems (R10): who resolves a dispute, by when the client has an answer, who looks at it
//! every week, and what of an invoice is kept off the ladder. What never lives here: the ladder
//! (`escalation`), which climbs with the undisputed part only (R7.10).
//!
//! Readings: days are calendar days; a deadline on a day off moves to the working day before, for
//! the client was told three days, but never before the dispute itself.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::policy::Policy;
use crate::roles::Role;

/// Why an amount is disputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeKind {
    /// A promotion that was promised and not settled.
    Promotion,
    /// Goods that were returned.
    ReturnedGoods,
    /// Less was delivered than billed.
    ShortDelivery,
    /// Quality, or another claim.
    Claim,
    /// The balances were never reconciled.
    Reconciliation,
}

impl DisputeKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Promotion,
        Self::ReturnedGoods,
        Self::ShortDelivery,
        Self::Claim,
        Self::Reconciliation,
    ];

    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Promotion => "promotion",
            Self::ReturnedGoods => "returned_goods",
            Self::ShortDelivery => "short_delivery",
            Self::Claim => "claim",
            Self::Reconciliation => "reconciliation",
        }
    }

    /// The name that people read.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Promotion => "promotion not settled",
            Self::ReturnedGoods => "goods returned",
            Self::ShortDelivery => "short delivery",
            Self::Claim => "quality or other claim",
            Self::Reconciliation => "balances not reconciled",
        }
    }

    /// What the service does, for a task's title.
    #[must_use]
    pub const fn duty(self) -> &'static str {
        match self {
            Self::Promotion => "Settle the promotion debt and answer the client",
            Self::ReturnedGoods => "Find the returned goods, credit them and answer the client",
            Self::ShortDelivery => "Check the delivery with the warehouse and answer the client",
            Self::Claim => "Examine the claim and answer the client",
            Self::Reconciliation => "Reconcile the balance, have the act signed, answer the client",
        }
    }

    /// Who can resolve it.
    #[must_use]
    pub fn service(self, policy: &Policy) -> Role {
        let services = policy.dispute();
        match self {
            Self::Promotion => services.promotion,
            Self::ReturnedGoods => services.returned_goods,
            Self::ShortDelivery => services.short_delivery,
            Self::Claim => services.claim,
            Self::Reconciliation => services.reconciliation,
        }
    }
}

impl TryFrom<String> for DisputeKind {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a kind of dispute"))
    }
}

/// A disputed part of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Why.
    pub kind: DisputeKind,
    /// The day on which it was told.
    pub raised_on: NaiveDate,
    /// How much of the invoice, in minor units.
    pub disputed_minor: i64,
    /// The day on which it was resolved, whether credited or turned down; `None`: not yet. From
    /// then on nothing of it is kept off the ladder: what was credited is no longer unpaid.
    pub resolved_on: Option<NaiveDate>,
}

/// Who sees to a dispute until it is resolved besides the service (R10.1).
pub const FOLLOWED_BY: [Role; 2] = [Role::Rep, Role::FinanceControl];

/// What follows from a dispute on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// Who resolves it.
    pub service: Role,
    /// The day by which the client has an answer.
    pub answer_by: NaiveDate,
    /// That day is over and nothing was resolved.
    pub is_late: bool,
    /// The next day on which [`FOLLOWED_BY`] look at it: today at the earliest.
    pub follow_up_on: NaiveDate,
}

/// What follows from `dispute` on `today`; `None`: it is resolved.
#[must_use]
pub fn duty(
    policy: &Policy,
    calendar: &Calendar,
    dispute: &Dispute,
    today: NaiveDate,
) -> Option<Duty> {
    if dispute.resolved_on.is_some_and(|on| on <= today) {
        return None;
    }
    let rules = policy.dispute();
    let answer_by = calendar
        .roll_back(plus_days(dispute.raised_on, u64::from(rules.answer_days)))
        .max(dispute.raised_on);
    Some(Duty {
        service: dispute.kind.service(policy),
        answer_by,
        is_late: today > answer_by,
        follow_up_on: follow_up_on(calendar, dispute.raised_on, rules.follow_up_days, today),
    })
}

/// What of an invoice of which `open_minor` is unpaid is kept off the ladder on `today` (R7.10).
#[must_use]
pub fn disputed_minor(disputes: &[Dispute], open_minor: i64, today: NaiveDate) -> i64 {
    disputes
        .iter()
        .filter(|one| one.raised_on <= today && one.resolved_on.is_none_or(|on| on > today))
        .map(|one| one.disputed_minor.max(0))
        .fold(0_i64, i64::saturating_add)
        .min(open_minor.max(0))
}

/// The next of the days that come every so many after `raised_on`, on a working day.
fn follow_up_on(
    calendar: &Calendar,
    raised_on: NaiveDate,
    every_days: u32,
    today: NaiveDate,
) -> NaiveDate {
    let every = i64::from(every_days.max(1));
    // One step back, for a day that has passed can roll forward to today.
    let passed = ((today - raised_on).num_days().max(0) / every - 1).max(0);
    (passed + 1..=passed + 4)
        .map(|times| plus_days(raised_on, (times * every).unsigned_abs()))
        .map(|day| calendar.roll_forward(day))
        .find(|day| *day >= today)
        .unwrap_or(today)
}

fn plus_days(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{any_day, day, default_policy};

    fn raised(on: &str) -> Dispute {
        Dispute {
            kind: DisputeKind::Claim,
            raised_on: day(on),
            disputed_minor: 40_000,
            resolved_on: None,
        }
    }

    fn on(dispute: &Dispute, today: &str) -> Duty {
        let (policy, calendar) = default_policy();
        duty(&policy, &calendar, dispute, day(today)).unwrap()
    }

    #[test]
    fn the_answer_comes_within_three_days() {
        for (raised_on, answer_by) in [
            ("2026-11-16", "2026-11-19"),
            ("2026-11-18", "2026-11-20"), // Saturday: the day before
            ("2026-11-20", "2026-11-23"), // over the weekend
            ("2026-11-21", "2026-11-24"),
            ("2026-12-24", "2026-12-24"), // nobody works before Sunday
        ] {
            let dispute = raised(raised_on);
            assert_eq!(on(&dispute, raised_on).answer_by, day(answer_by), "{raised_on}");
            assert!(!on(&dispute, answer_by).is_late);
            let next = day(answer_by).succ_opt().unwrap().to_string();
            assert!(on(&dispute, &next).is_late, "{next}");
        }
    }

    #[test]
    fn it_is_looked_at_every_week() {
        let dispute = raised("2026-11-18");
        for (today, expected) in [
            ("2026-11-18", "2026-11-25"),
            ("2026-11-25", "2026-11-25"),
            ("2026-11-26", "2026-12-02"),
            ("2026-12-23", "2026-12-23"),
            ("2026-12-24", "2026-12-30"),
        ] {
            assert_eq!(on(&dispute, today).follow_up_on, day(expected), "{today}");
        }
        let over_christmas = raised("2026-12-18");
        for today in ["2026-12-24", "2026-12-25", "2026-12-27", "2026-12-28"] {
            assert_eq!(on(&over_christmas, today).follow_up_on, day("2026-12-28"), "{today}");
        }
    }

    #[test]
    fn each_kind_has_its_service() {
        let policy = Policy::from_toml("[dispute]\nclaim = \"legal\"").unwrap();
        let services = DisputeKind::ALL.map(|kind| kind.service(&policy));
        assert_eq!(
            services,
            [
                Role::CommercialDirector,
                Role::FinanceControl,
                Role::HeadOfSales,
                Role::Legal,
                Role::FinanceControl
            ]
        );
        for kind in DisputeKind::ALL {
            assert_eq!(DisputeKind::try_from(kind.name().to_owned()), Ok(kind));
            assert!(kind.duty().ends_with("the client"));
        }
        assert!(DisputeKind::try_from("mood".to_owned()).is_err());
    }

    #[test]
    fn what_is_resolved_is_nobodys_duty_and_climbs_again() {
        let (policy, calendar) = default_policy();
        let mut dispute = raised("2026-11-18");
        dispute.resolved_on = Some(day("2026-11-20"));
        assert!(duty(&policy, &calendar, &dispute, day("2026-11-19")).is_some());
        assert_eq!(duty(&policy, &calendar, &dispute, day("2026-11-20")), None);
        for (today, minor) in
            [("2026-11-17", 0), ("2026-11-18", 40_000), ("2026-11-19", 40_000), ("2026-11-20", 0)]
        {
            assert_eq!(disputed_minor(&[dispute.clone()], 100_000, day(today)), minor, "{today}");
        }
        let three = [raised("2026-11-18"), raised("2026-11-18"), raised("2026-11-18")];
        for (open_minor, minor) in
            [(130_000, 120_000), (120_000, 120_000), (70_000, 70_000), (0, 0)]
        {
            assert_eq!(disputed_minor(&three, open_minor, day("2026-11-18")), minor);
        }
    }

    proptest! {
        #[test]
        fn somebody_looks_within_a_week_and_lateness_stays(
            raised_on in any_day(), later in 0..100_u64, more in 0..30_u64,
        ) {
            let (policy, calendar) = default_policy();
            let dispute = Dispute { raised_on, ..raised("2026-11-18") };
            let of = |today| duty(&policy, &calendar, &dispute, today).unwrap();
            let today = raised_on + Days::new(later);
            let now = of(today);
            prop_assert!(now.follow_up_on >= today);
            prop_assert!(now.follow_up_on <= calendar.roll_forward(today + Days::new(7)));
            prop_assert!(calendar.is_working_day(now.follow_up_on));
            prop_assert!(now.answer_by <= raised_on + Days::new(3));
            prop_assert!(of(today + Days::new(more)).is_late >= now.is_late);
        }
    }
}
