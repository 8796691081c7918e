//! The category that a client's past year suggests, with its evidence (R2.1 to R2.6). What never
//! lives here: the decision. A suggestion changes nothing until people confirm it.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};

use super::{Category, Evidence, PaymentHistory, Suggestion};
use crate::calendar::Calendar;
use crate::policy::{CategoryRules, Policy};

/// The category that `history` suggests on `today`: checked from worst to best, the first that
/// matches, with everything that speaks for it.
///
/// Readings: an invoice due before the period and still unpaid is a delay, but no case of the
/// percentages; "1-2 weeks" in R2.2 is the second week, since the first is R2.1's.
#[must_use]
pub fn suggest(
    policy: &Policy,
    calendar: &Calendar,
    history: &PaymentHistory,
    today: NaiveDate,
) -> Suggestion {
    let rules = policy.category();
    let past = Past::of(policy, calendar, history, today);
    let checks = [
        (Category::NonPayer, past.non_payer(rules, history)),
        (Category::Threatened, past.threatened(rules, history)),
        (Category::Uncertain, past.no_statistics(rules)),
        (Category::Reliable, past.reliable(rules, history, today)),
    ];
    let (category, evidence) = checks
        .into_iter()
        .find(|(_, evidence)| !evidence.is_empty())
        .unwrap_or_else(|| (Category::Uncertain, past.uncertain(history)));
    Suggestion { category, evidence }
}

/// One delay.
struct Delay {
    number: String,
    due_on: NaiveDate,
    days_late: i64,
    warned: bool,
    agreed: bool,
}

/// What the rules look at.
struct Past {
    /// Invoices that fell due in the period, and how much they were in all.
    cases: u32,
    amount_minor: i64,
    /// Of them late.
    late_cases: u32,
    late_amount_minor: i64,
    /// Every delay, earliest due date first.
    delays: Vec<Delay>,
}

/// Long delays that were due in one calendar month.
#[derive(Default, Clone, Copy)]
struct LongInMonth {
    delays: u32,
    unwarned: u32,
}

impl Past {
    fn of(
        policy: &Policy,
        calendar: &Calendar,
        history: &PaymentHistory,
        today: NaiveDate,
    ) -> Self {
        let period = Months::new(policy.category().period_months);
        let start = today.checked_sub_months(period).unwrap_or(NaiveDate::MIN);
        let mut past = Self {
            cases: 0,
            amount_minor: 0,
            late_cases: 0,
            late_amount_minor: 0,
            delays: Vec::new(),
        };
        for case in &history.cases {
            let due_on = policy.rolled(calendar, case.due_on);
            let in_period = due_on > start && due_on <= today;
            let until = case.paid_on.map_or(today, |paid_on| paid_on.min(today));
            let days_late = (until - due_on).num_days();
            if in_period {
                past.cases += 1;
                past.amount_minor = past.amount_minor.saturating_add(case.amount_minor);
            }
            if days_late <= 0 || (!in_period && case.paid_on.is_some()) {
                continue;
            }
            if in_period {
                past.late_cases += 1;
                past.late_amount_minor = past.late_amount_minor.saturating_add(case.amount_minor);
            }
            past.delays.push(Delay {
                number: case.number.clone(),
                due_on,
                days_late,
                warned: case.warned,
                agreed: case.agreed_new_terms,
            });
        }
        past.delays.sort_by(|one, other| {
            (one.due_on, &one.number, one.days_late).cmp(&(
                other.due_on,
                &other.number,
                other.days_late,
            ))
        });
        past
    }

    /// R2.4.
    fn non_payer(&self, rules: &CategoryRules, history: &PaymentHistory) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        if history.opposed_restructuring && history.avoids_contact {
            for (month, long) in self.long_by_month(rules) {
                if long.unwarned > rules.long_delays_in_month {
                    evidence.push(long_in_month(rules, month, long));
                }
            }
            if !evidence.is_empty() {
                evidence.push(Evidence::AvoidsAndOpposes);
            }
        }
        if history.in_court {
            evidence.push(Evidence::InCourt);
        }
        if history.formal_demand_delivered {
            evidence.push(Evidence::FormalDemand);
        }
        evidence
    }

    /// R2.3.
    fn threatened(&self, rules: &CategoryRules, history: &PaymentHistory) -> Vec<Evidence> {
        let more_than_days = rules.threatened_delay_days;
        let mut evidence: Vec<Evidence> = self
            .delays
            .iter()
            .filter(|delay| delay.days_late > more_than_days)
            .map(|delay| Evidence::LongDelay {
                number: delay.number.clone(),
                due_on: delay.due_on,
                days_late: delay.days_late,
                more_than_days,
            })
            .collect();
        for (month, long) in self.long_by_month(rules) {
            if long.delays > rules.long_delays_in_month && long.unwarned * 2 > long.delays {
                evidence.push(long_in_month(rules, month, long));
            }
        }
        let more_than_percent = rules.threatened_late_percent;
        if u64::from(self.late_cases) * 100 > u64::from(self.cases) * u64::from(more_than_percent) {
            evidence.push(Evidence::OftenLate {
                late: self.late_cases,
                cases: self.cases,
                late_amount_minor: self.late_amount_minor,
                amount_minor: self.amount_minor,
                more_than_percent,
            });
        }
        if history.opposed_restructuring && history.avoids_contact {
            evidence.push(Evidence::AvoidsAndOpposes);
        }
        evidence
    }

    /// R2.2, its first half.
    fn no_statistics(&self, rules: &CategoryRules) -> Vec<Evidence> {
        if self.cases >= rules.fewest_invoices {
            return Vec::new();
        }
        vec![Evidence::NoStatistics { cases: self.cases, fewest: rules.fewest_invoices }]
    }

    /// R2.1.
    fn reliable(
        &self,
        rules: &CategoryRules,
        history: &PaymentHistory,
        today: NaiveDate,
    ) -> Vec<Evidence> {
        let least = today.checked_sub_months(Months::new(rules.reliable_months));
        let Some(since) =
            history.on_deferred_payment_since.filter(|since| least.is_some_and(|l| *since <= l))
        else {
            return Vec::new();
        };
        let short = |delay: &Delay| {
            delay.days_late <= rules.reliable_delay_days && delay.warned && delay.agreed
        };
        let delays = u32::try_from(self.delays.len()).unwrap_or(u32::MAX);
        if delays > rules.reliable_delays || !self.delays.iter().all(short) {
            return Vec::new();
        }
        let longest_days = self.delays.iter().map(|delay| delay.days_late).max().unwrap_or(0);
        vec![Evidence::PaysInTime { cases: self.cases, delays, longest_days, since }]
    }

    /// R2.2, its second half: unstable, or nothing else fits.
    fn uncertain(&self, history: &PaymentHistory) -> Vec<Evidence> {
        vec![Evidence::Unstable {
            late: self.late_cases,
            cases: self.cases,
            longest_days: self.delays.iter().map(|delay| delay.days_late).max().unwrap_or(0),
            since: history.on_deferred_payment_since,
        }]
    }

    /// R2.3, R2.4: by the first day of the month in which they were due.
    fn long_by_month(&self, rules: &CategoryRules) -> BTreeMap<NaiveDate, LongInMonth> {
        let mut months: BTreeMap<NaiveDate, LongInMonth> = BTreeMap::new();
        for delay in self.delays.iter().filter(|delay| delay.days_late > rules.long_delay_days) {
            let month = months.entry(delay.due_on.with_day(1).unwrap_or(delay.due_on)).or_default();
            month.delays += 1;
            month.unwarned += u32::from(!delay.warned);
        }
        months
    }
}

fn long_in_month(rules: &CategoryRules, month: NaiveDate, long: LongInMonth) -> Evidence {
    Evidence::LongDelaysInMonth {
        month,
        delays: long.delays,
        without_warning: long.unwarned,
        more_than_days: rules.long_delay_days,
    }
}
