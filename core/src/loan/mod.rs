//! Loans of limit: a part of a client's free limit that the server sets aside for one phone, so that
//! an order taken offline within it is firm (R4.9). What never lives here: the shipment's verdict
//! ([`crate::shipment`]), and who is lent what (the server's flow).

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::calendar::Calendar;
use crate::facts::{Drawn, Order};
use crate::ids::{ClientId, DeviceId, LoanId};
use crate::money::{Currency, percent_of};
use crate::policy::Policy;
use crate::shipment;
use crate::time::{HOUR_MILLIS, UtcMillis};

/// A part of a client's limit that is lent to a phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loan {
    /// Which.
    pub id: LoanId,
    /// Of whose limit.
    pub client: ClientId,
    /// To which phone. Another phone of the same person has no part in it.
    pub device: DeviceId,
    /// Of the amount.
    pub currency: Currency,
    /// How much was lent, used or not; minor units.
    pub lent_minor: i64,
    /// R4.2: the longest deferral that the client had when it was lent, in calendar days.
    pub deferral_days: u16,
    /// Since when, by the server's clock.
    pub lent_at: UtcMillis,
    /// Up to when the phone may use it, by the server's clock; that instant is too late.
    pub expires_at: UtcMillis,
}

/// How a loan stands when an order that draws on it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanStanding {
    /// What other orders left of it; minor units.
    pub left_minor: i64,
    /// [`Loan::deferral_days`].
    pub deferral_days: u16,
    /// [`Loan::expires_at`].
    pub expires_at: UtcMillis,
    /// When the order was taken, by the server's clock.
    pub used_at: UtcMillis,
    /// Whether the account still counts what is left as reserved. Once that is over, it is in the free
    /// limit again, and others may have it.
    pub set_aside: bool,
    /// Whether that is in the month of judging (R4.1), and not in an earlier one.
    pub in_month: bool,
}

impl LoanStanding {
    /// How much of it `order` draws.
    #[must_use]
    pub fn drawn_minor(&self, order: &Order) -> i64 {
        let wanted_minor = order.loan.map_or(0, |drawn| drawn.minor);
        wanted_minor.min(order.amount.minor).min(self.left_minor).max(0)
    }

    /// Whether `order` is firm: wholly within what is left, on no longer deferral than the client had
    /// when it was lent, and taken in time.
    #[must_use]
    pub fn is_firm(&self, order: &Order) -> bool {
        self.drawn_minor(order) == order.amount.minor
            && order.deferral_days <= self.deferral_days
            && self.used_at < self.expires_at
    }
}

/// What an order takes of a loan of which so much is left; `None`: nothing. A prepaid order needs none
/// (R4.10), and one that asks for a longer deferral than the client had is not of its terms.
#[must_use]
pub fn draw(loan: &Loan, left_minor: i64, order: &Order, now: UtcMillis) -> Option<Drawn> {
    let fits = !order.prepaid
        && order.amount.currency == loan.currency
        && order.deferral_days <= loan.deferral_days
        && (loan.lent_at..loan.expires_at).contains(&now);
    let minor = order.amount.minor.min(left_minor);
    (fits && minor > 0).then_some(Drawn { loan: loan.id, minor })
}

/// How much of the client's free limit is lent to one phone on `today`; minor units. Nothing where the
/// client may be shipped nothing on credit.
#[must_use]
pub fn lendable_minor(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    today: NaiveDate,
) -> i64 {
    let free_minor = shipment::free_limit_minor(policy, calendar, account, today);
    percent_of(free_minor, policy.loan().share_percent).clamp(0, free_minor)
}

/// Up to when a phone may use what it is lent `now`: the policy's hours, no longer than its figures are
/// believed (R4.8), and within the calendar month whose limit it is a part of (R4.1).
#[must_use]
pub fn expires_at(policy: &Policy, now: UtcMillis) -> UtcMillis {
    let hours = policy.loan().hours.min(policy.sync().lease_hours);
    let zone = policy.time_zone();
    let today = now.civil_date(zone);
    let next_month = today
        .with_day(1)
        .and_then(|first| first.checked_add_months(Months::new(1)))
        .unwrap_or(NaiveDate::MAX);
    let hours_later = now.plus_millis(i64::from(hours) * HOUR_MILLIS);
    hours_later.min(UtcMillis::start_of(next_month, zone))
}

/// Up to when it stays set aside for orders that were taken in time and are still on the phone.
#[must_use]
pub fn set_aside_until(policy: &Policy, expires_at: UtcMillis) -> UtcMillis {
    expires_at.plus_millis(i64::from(policy.loan().late_hours) * HOUR_MILLIS)
}

/// Whether a phone gives a loan back with its next sync: it was drawn on, or more than half of its time
/// has passed. One that is fresh and whole would only be lent again.
#[must_use]
pub fn is_due_back(loan: &Loan, left_minor: i64, now: UtcMillis) -> bool {
    let half = loan.expires_at.0.saturating_sub(loan.lent_at.0) / 2;
    left_minor < loan.lent_minor || now >= loan.lent_at.plus_millis(half)
}

impl Account {
    /// The account without so much of what is reserved in it, `in_month` in the month's figure as well.
    #[must_use]
    pub fn without_reserved(&self, minor: i64, in_month: bool) -> Self {
        let mut account = self.clone();
        account.reserved_minor = account.reserved_minor.saturating_sub(minor);
        if in_month {
            let ordered = &mut account.ordered_this_month.ordered_minor;
            *ordered = ordered.saturating_sub(minor);
        }
        account
    }
}

#[cfg(test)]
mod tests;
