//! Provisional verdicts (R4.8): core's rules over the last snapshot and over what this phone
//! recorded since. No rule is written here; the server's verdict replaces every word of it.
#![forbid(unsafe_code)]

mod fees;
mod provisional;

pub(crate) use provisional::{Provisional, Snapshot, provisional};

use chrono::NaiveDate;
use chrono_tz::Tz;
use saldo_core::account::Account;
use saldo_core::calendar::Calendar;
use saldo_core::facts::{Order, Promise, Waiver};
use saldo_core::late_fee::{Fees, waiver};
use saldo_core::loan::LoanStanding;
use saldo_core::money::Money;
use saldo_core::policy::Policy;
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis as Instant;
use saldo_core::verdict::{Outcome, Verdict};
use saldo_core::{deferral, shipment};

/// The rules in force, as the phone knows them.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    policy: Policy,
    calendar: Calendar,
    zone: Tz,
    /// Whose phone it is.
    role: Role,
}

impl Rules {
    pub(crate) fn new(policy: Policy, zone: Tz) -> Self {
        let calendar = policy.calendar();
        Self { policy, calendar, zone, role: Role::Rep }
    }

    /// On the phone of somebody in this role.
    pub(crate) fn of(self, role: Role) -> Self {
        Self { role, ..self }
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The civil date of an instant at the company.
    pub(crate) fn day(&self, at: Instant) -> NaiveDate {
        at.civil_date(self.zone)
    }

    /// The verdict on an order; `loan`: how that stands on which it draws (R4.9).
    pub(crate) fn judge_order(
        &self,
        account: &Account,
        order: &Order,
        loan: Option<&LoanStanding>,
        now: Instant,
    ) -> Verdict {
        shipment::judge_on_phone(&self.policy, &self.calendar, account, order, loan, now)
    }

    /// The verdict on a promise agreed at `agreed_at`; unknown when the snapshot is too old `now`.
    pub(crate) fn judge_promise(
        &self,
        account: &Account,
        promise: &Promise,
        agreed_at: Instant,
        now: Instant,
    ) -> Verdict {
        let agreed_on = self.day(agreed_at);
        self.too_old(account, now).unwrap_or_else(|| {
            deferral::judge(&self.policy, &self.calendar, account, promise, agreed_on, None)
        })
    }

    /// R8.3: the verdict on a waiver; unknown when the snapshot is too old `now`.
    pub(crate) fn judge_waiver(
        &self,
        account: &Account,
        fees: Option<&Fees>,
        waiver: &Waiver,
        now: Instant,
    ) -> Verdict {
        self.too_old(account, now).unwrap_or_else(|| {
            let found = fees.and_then(|fees| fees.item(waiver.invoice));
            let today = self.day(now);
            waiver::judge(&self.policy, &self.calendar, waiver, found, self.role, today)
        })
    }

    /// The verdict on the smallest order there can be: what stands in the way of any order.
    pub(crate) fn judge_smallest_order(&self, account: &Account, now: Instant) -> Verdict {
        let smallest = Order {
            amount: Money::new(1, account.currency),
            deferral_days: 0,
            prepaid: false,
            wanted_on: None,
            loan: None,
            lines: Vec::new(),
            note: String::new(),
        };
        self.judge_order(account, &smallest, None, now)
    }

    /// R4.8: the verdict "unknown", when the figures are older than the lease.
    pub(crate) fn too_old(&self, account: &Account, now: Instant) -> Option<Verdict> {
        let verdict = self.judge_smallest_order(account, now);
        (verdict.outcome == Outcome::Unknown).then_some(verdict)
    }
}

#[cfg(test)]
mod tests;
