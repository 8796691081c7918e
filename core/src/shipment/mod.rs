//! May this order be shipped (R4)? What never lives here: who approved (the server's flow), and
//! taking the limit (the transaction that stores the verdict).

mod limit;

pub use limit::{MonthlyLimit, free_depth_minor, monthly_limit};

use chrono::NaiveDate;

use crate::account::Account;
use crate::calendar::Calendar;
use crate::category::Category;
use crate::exemption;
use crate::facts::Order;
use crate::loan::LoanStanding;
use crate::policy::Policy;
use crate::risk::{self, AccountTerms};
use crate::roles::Role;
use crate::stop_list::{self, StopLevel};
use crate::time::{HOUR_MILLIS, UtcMillis};
use crate::verdict::{Effect, Outcome, Paper, Reason, Verdict, What};

/// The verdict on shipping `order` to `account` on `today`: released, held or refused, with every
/// reason. The order itself must not yet be counted in the account.
#[must_use]
pub fn judge(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    order: &Order,
    today: NaiveDate,
) -> Verdict {
    let mut reasons = Vec::new();
    let terms = risk::terms_on(policy, account, today);
    if order.amount.currency == account.currency {
        if order.prepaid {
            reasons.push(Reason::new("R4.10", Effect::Allows, What::Prepaid));
        } else {
            reasons.extend(prepaid_only(policy, terms.category));
            reasons.push(in_month(policy, account, terms, order, today));
            reasons.extend(in_depth(account, order));
            reasons.extend(in_days(policy, account, terms.category, order));
        }
    } else {
        let what = What::OtherCurrency { asked: order.amount.currency, account: account.currency };
        reasons.push(Reason::new("R4.1", Effect::Refuses, what));
    }
    reasons.extend(on_stop_list(policy, calendar, account, today));
    if !order.prepaid {
        reasons.extend(on_prepayment_list(account));
    }
    let mut reasons = exemption::lift(account, reasons, today);
    reasons.extend(by_class(policy, account, terms, order, today));
    verdict(policy, reasons)
}

/// The same for an order that may draw on a part of the limit lent to its phone (R4.9), which the
/// account counts as reserved while it is set aside. Wholly within it and taken in time, the order is
/// released without a look at limits, stop list and category: those counted when it was lent. Else
/// what it draws counts as free for it, and everything is looked at. What was not set aside any more
/// is released only as far as the limits still leave room.
#[must_use]
pub fn judge_on_loan(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    order: &Order,
    loan: Option<&LoanStanding>,
    today: NaiveDate,
) -> Verdict {
    let on_credit = !order.prepaid && order.amount.currency == account.currency;
    if order.loan.is_none() || !on_credit {
        return judge(policy, calendar, account, order, today);
    }
    let told = |verdict: Verdict, what: What| {
        let mut verdict = verdict;
        verdict.reasons.push(Reason::new("R4.9", Effect::Allows, what));
        verdict
    };
    let Some(loan) = loan else {
        return told(judge(policy, calendar, account, order, today), What::LoanGone);
    };
    let LoanStanding { left_minor, expires_at: until, used_at, set_aside, .. } = *loan;
    if loan.is_firm(order) {
        let mut reasons = Vec::new();
        if !set_aside {
            let terms = risk::terms_on(policy, account, today);
            reasons.push(in_month(policy, account, terms, order, today));
            reasons.extend(in_depth(account, order));
        }
        let what = What::OnLoan { left_minor, request_minor: order.amount.minor, until };
        return told(verdict(policy, exemption::lift(account, reasons, today)), what);
    }
    let drawn_minor = if set_aside { loan.drawn_minor(order) } else { 0 };
    let account = account.without_reserved(drawn_minor, loan.in_month);
    let judged = judge(policy, calendar, &account, order, today);
    if used_at >= until {
        told(judged, What::LoanOver { until })
    } else if drawn_minor > 0 {
        told(judged, What::PartlyOnLoan { drawn_minor, until })
    } else {
        told(judged, What::LoanGone)
    }
}

/// The same on a phone (R4.8): provisional, and unknown once the snapshot is older than the lease,
/// or so far in the phone's future that its clock cannot be believed. An order within a loan is firm
/// (R4.9): `loan` says how that stands.
#[must_use]
pub fn judge_on_phone(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    order: &Order,
    loan: Option<&LoanStanding>,
    now: UtcMillis,
) -> Verdict {
    let lease_hours = policy.sync().lease_hours;
    let age_millis = now.0.saturating_sub(account.as_of.0).saturating_abs();
    if age_millis > i64::from(lease_hours) * HOUR_MILLIS {
        let what = What::SnapshotTooOld { as_of: account.as_of, lease_hours };
        return Verdict {
            outcome: Outcome::Unknown,
            reasons: vec![Reason::new("R4.8", Effect::Holds, what)],
            approvals: Vec::new(),
            papers: Vec::new(),
            policy_version: policy.version(),
        };
    }
    judge_on_loan(policy, calendar, account, order, loan, now.civil_date(policy.time_zone()))
}

/// What R4.1 and R4.2 still leave free on `today`, in minor units; never below zero. Zero while
/// the client is on the stop list or may only prepay, unless an exemption lifts that (R1.1); what
/// one allows beyond the limits themselves has no figure.
#[must_use]
pub fn free_limit_minor(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    today: NaiveDate,
) -> i64 {
    if ships_nothing(policy, calendar, account, today) {
        return 0;
    }
    let in_month_minor = monthly_limit(policy, account, today).free_minor();
    free_depth_minor(account).map_or(in_month_minor, |depth| depth.min(in_month_minor)).max(0)
}

/// How much the client may owe for a month's shipments, in minor units, whatever is used of it: the
/// monthly limit (R4.1) or the contract's depth (R4.2), whichever is less; zero like
/// [`free_limit_minor`]. This is the "limit" whose fall is told (R12.4).
#[must_use]
pub fn credit_limit_minor(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    today: NaiveDate,
) -> i64 {
    if ships_nothing(policy, calendar, account, today) {
        return 0;
    }
    let in_month_minor = monthly_limit(policy, account, today).limit_minor;
    account.contract.depth_minor.map_or(in_month_minor, |depth| depth.min(in_month_minor)).max(0)
}

/// Whether something other than the limits themselves keeps the client from any shipment on credit.
fn ships_nothing(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    today: NaiveDate,
) -> bool {
    let terms = risk::terms_on(policy, account, today);
    let mut against: Vec<Reason> = prepaid_only(policy, terms.category).into_iter().collect();
    against.extend(on_stop_list(policy, calendar, account, today));
    against.extend(on_prepayment_list(account));
    Verdict::worst(&exemption::lift(account, against, today)) != Effect::Allows
}

/// R12.3: names the class where it set the terms. It holds or refuses what the category's own terms
/// would not have, unless an exemption lifts that.
fn by_class(
    policy: &Policy,
    account: &Account,
    terms: AccountTerms,
    order: &Order,
    today: NaiveDate,
) -> Option<Reason> {
    terms.set_by_class?;
    if order.prepaid || order.amount.currency != account.currency {
        return None;
    }
    let worst = |terms: AccountTerms| {
        let mut reasons: Vec<Reason> = prepaid_only(policy, terms.category).into_iter().collect();
        reasons.push(in_month(policy, account, terms, order, today));
        reasons.extend(in_days(policy, account, terms.category, order));
        Verdict::worst(&exemption::lift(account, reasons, today))
    };
    let by_category = AccountTerms { category: account.category, set_by_class: None };
    let (with, without) = (worst(terms), worst(by_category));
    terms.reason(account, if with > without { with } else { Effect::Allows })
}

/// R2.7: no credit on the terms of this category.
fn prepaid_only(policy: &Policy, category: Category) -> Option<Reason> {
    let required = policy.terms().of(category).prepaid_only;
    let what = What::PrepaymentRequired { percent: 100 };
    required.then(|| Reason::new("R2.7", Effect::Refuses, what))
}

/// R4.1.
fn in_month(
    policy: &Policy,
    account: &Account,
    terms: AccountTerms,
    order: &Order,
    today: NaiveDate,
) -> Reason {
    let limit = limit::on_terms(policy, account, terms.category, today);
    let MonthlyLimit { limit_minor, used_minor, months, source } = limit;
    let request_minor = order.amount.minor;
    if request_minor <= limit.free_minor() {
        let what =
            What::WithinShipmentLimit { limit_minor, used_minor, request_minor, months, source };
        Reason::new("R4.1", Effect::Allows, what)
    } else {
        let what =
            What::AboveShipmentLimit { limit_minor, used_minor, request_minor, months, source };
        Reason::new("R4.1", Effect::Holds, what)
    }
}

/// R4.2 in money.
fn in_depth(account: &Account, order: &Order) -> Option<Reason> {
    let depth_minor = account.contract.depth_minor?;
    let free_minor = free_depth_minor(account)?;
    let receivable_minor = account.receivable_minor();
    let (reserved_minor, request_minor) = (account.reserved_minor, order.amount.minor);
    Some(if request_minor <= free_minor {
        let what = What::WithinCreditDepth {
            depth_minor,
            receivable_minor,
            reserved_minor,
            request_minor,
        };
        Reason::new("R4.2", Effect::Allows, what)
    } else {
        let what =
            What::AboveCreditDepth { depth_minor, receivable_minor, reserved_minor, request_minor };
        Reason::new("R4.2", Effect::Holds, what)
    })
}

/// R4.2 in days: the longest deferral that the contract, and the stricter of category and risk class,
/// allow on `today`.
#[must_use]
pub fn longest_deferral_days(policy: &Policy, account: &Account, today: NaiveDate) -> u16 {
    longest_on_terms(policy, account, risk::terms_on(policy, account, today).category)
}

fn longest_on_terms(policy: &Policy, account: &Account, category: Category) -> u16 {
    let by_category = policy.terms().of(category).deferral_days;
    account.contract.depth_days.map_or(by_category, |days| days.min(by_category))
}

/// R4.2 in days.
fn in_days(
    policy: &Policy,
    account: &Account,
    category: Category,
    order: &Order,
) -> Option<Reason> {
    let allowed_days = longest_on_terms(policy, account, category);
    let asked_days = order.deferral_days;
    (asked_days > allowed_days).then(|| {
        Reason::new("R4.2", Effect::Holds, What::DeferralTooLong { asked_days, allowed_days })
    })
}

/// R4.3, R4.4.
fn on_stop_list(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    today: NaiveDate,
) -> Option<Reason> {
    let stop = stop_list::stop(policy, calendar, account, today)?;
    let (invoice, number) = (stop.invoice.id, stop.invoice.number.clone());
    let overdue_minor = stop.overdue_minor;
    match stop.level {
        StopLevel::Free => None,
        StopLevel::StopList => {
            let working_days_overdue = stop.working_days_overdue;
            let what = What::OnStopList { invoice, number, overdue_minor, working_days_overdue };
            Some(Reason::new("R4.3", Effect::Holds, what))
        }
        StopLevel::Stopped => {
            let days_overdue = stop.days_overdue;
            let what = What::ShipmentStopped { invoice, number, overdue_minor, days_overdue };
            Some(Reason::new("R4.4", Effect::Refuses, what))
        }
    }
}

/// R4.5: a part in advance can be confirmed by finance control; all in advance is a prepaid order.
fn on_prepayment_list(account: &Account) -> Option<Reason> {
    let percent = account.prepayment_percent.filter(|percent| *percent > 0)?;
    let effect = if percent < 100 { Effect::Holds } else { Effect::Refuses };
    Some(Reason::new("R4.5", effect, What::PrepaymentRequired { percent }))
}

fn verdict(policy: &Policy, reasons: Vec<Reason>) -> Verdict {
    let (mut approvals, mut papers) = (Vec::<Role>::new(), Vec::<Paper>::new());
    for reason in reasons.iter().filter(|reason| reason.effect != Effect::Allows) {
        let (roles, paper) = demanded(&reason.what);
        for role in roles {
            if !approvals.contains(role) {
                approvals.push(*role);
            }
        }
        papers.extend(paper.filter(|paper| !papers.contains(paper)));
    }
    let outcome = match Verdict::worst(&reasons) {
        Effect::Allows => Outcome::Released,
        Effect::Holds => Outcome::Held,
        Effect::Refuses => {
            // Whoever approves, it is not shipped: nobody is asked.
            approvals.clear();
            Outcome::Refused
        }
    };
    Verdict { outcome, reasons, approvals, papers, policy_version: policy.version() }
}

/// Who must approve, and which paper must be there, before a reason that speaks against shipping
/// is overcome.
fn demanded(what: &What) -> (&'static [Role], Option<Paper>) {
    match what {
        What::AboveShipmentLimit { .. } => {
            (&[Role::CommercialDirector, Role::Security, Role::FinanceControl], None)
        }
        What::OnStopList { .. } => (&[Role::FinanceControl], Some(Paper::GuaranteeLetter)),
        What::ShipmentStopped { .. } => (&[], Some(Paper::PaymentSchedule)),
        What::AboveCreditDepth { .. }
        | What::DeferralTooLong { .. }
        | What::PrepaymentRequired { .. } => (&[Role::FinanceControl], None),
        _ => (&[], None),
    }
}

#[cfg(test)]
mod class_tests;
#[cfg(test)]
mod tests;
