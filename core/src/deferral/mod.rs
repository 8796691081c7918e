//! Who may grant a deferral (R6.4 to R6.7)? What never lives here: whether the promise was kept
//! (`promise`), and what the one who decides then says (the server's flow).

use chrono::{Days, Months, NaiveDate};

use crate::account::{Account, OpenInvoice};
use crate::calendar::Calendar;
use crate::category::Category;
use crate::exemption;
use crate::facts::{Mark, Promise};
use crate::policy::Policy;
use crate::risk::{self, AccountTerms};
use crate::roles::Role;
use crate::verdict::{Effect, Outcome, Reason, Verdict, What};

/// The most calendar days a rep may grant on its own authority (R6.4); zero: none. The stricter of
/// category and mark decides; a client without a mark is not marked (a).
#[must_use]
pub fn most_rep_days(policy: &Policy, category: Category, mark: Option<Mark>) -> u16 {
    let rules = policy.deferral();
    match (category, mark) {
        (Category::NonPayer, _) | (_, Some(Mark::C)) => 0,
        (Category::Reliable, Some(Mark::A)) => rules.rep_days_reliable_a,
        (Category::Reliable | Category::Uncertain | Category::Threatened, _) => {
            rules.rep_days_other
        }
    }
}

/// The same of an account on `today`, with the terms of the stricter of category and risk class
/// (R12.3).
#[must_use]
pub fn rep_days_of(policy: &Policy, account: &Account, today: NaiveDate) -> u16 {
    most_rep_days(policy, risk::terms_on(policy, account, today).category, account.mark)
}

/// The verdict on `promise`, agreed on `agreed_on`: accepted, or pending the one lowest role that
/// suffices (in `approvals`), with every reason. `phone_category` is what the phone believed; where
/// it differs from the account's, the reasons say since when (section 15, example 8).
///
/// The account must hold the category as it was on the server when the promise was given (R6.4),
/// and must not yet count this promise among the deferrals.
///
/// Readings: a rep may not grant what R6.5 keeps even from the supervisor: a date more than 10
/// working days after the original due date, or more time after somebody above granted some. Else
/// three days from a rep would lift the full stop of R4.4 off any old debt.
#[must_use]
pub fn judge(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    promise: &Promise,
    agreed_on: NaiveDate,
    phone_category: Option<Category>,
) -> Verdict {
    let asked = Asked {
        policy,
        calendar,
        account,
        terms: risk::terms_on(policy, account, agreed_on),
        agreed_on,
        until: promise.pay_by().unwrap_or(agreed_on),
    };
    let mut reasons = Vec::new();
    let mut needed = Role::Rep;
    for invoice in promised(account, promise) {
        let (role, of_invoice) = asked.of_invoice(invoice);
        needed = higher(needed, role);
        reasons.extend(of_invoice);
    }
    let (role, not_open) = not_open(account, promise);
    needed = higher(needed, role);
    reasons.extend(not_open);
    reasons.extend(category_changed(policy, account, phone_category, needed));
    reasons.extend(by_class(policy, account, asked.terms, needed));
    let reasons = each_once(reasons);
    if needed == Role::Rep {
        return verdict(policy, Outcome::Accepted, reasons, Vec::new());
    }
    verdict(policy, Outcome::Pending, reasons, vec![needed])
}

/// How many calendar days from `agreed_on` a rep may still grant for an open invoice on its own
/// authority (R6.4): the longest promise that defers something and that [`judge`] accepts.
#[must_use]
pub fn rep_days_left(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    invoice: &OpenInvoice,
    agreed_on: NaiveDate,
) -> u16 {
    let terms = risk::terms_on(policy, account, agreed_on);
    let most = most_rep_days(policy, terms.category, account.mark);
    let is_reps = |days: &u16| {
        let until = agreed_on.checked_add_days(Days::new(u64::from(*days))).unwrap_or(agreed_on);
        let asked = Asked { policy, calendar, account, terms, agreed_on, until };
        until > policy.rolled(calendar, invoice.effective_due_on())
            && asked.of_invoice(invoice).0 == Role::Rep
    };
    (1..=most).rev().find(is_reps).unwrap_or(0)
}

/// What is asked of every invoice alike.
struct Asked<'a> {
    policy: &'a Policy,
    calendar: &'a Calendar,
    account: &'a Account,
    terms: AccountTerms,
    agreed_on: NaiveDate,
    until: NaiveDate,
}

impl Asked<'_> {
    /// The lowest role that may defer `invoice` so far, and why.
    fn of_invoice(&self, invoice: &OpenInvoice) -> (Role, Vec<Reason>) {
        let due_on = self.policy.rolled(self.calendar, invoice.effective_due_on());
        if self.until <= due_on {
            let what = What::NothingDeferred { until: self.until };
            return (Role::Rep, vec![Reason::new("R6.4", Effect::Allows, what)]);
        }
        let by_rep = self.authority_of_rep(invoice);
        let (role_above, above) = self.above_rep(invoice);
        let mut reasons = vec![by_rep];
        reasons.extend(above);
        let reasons = exemption::lift(self.account, reasons, self.agreed_on);
        let rep_suffices = reasons.iter().all(|reason| reason.effect == Effect::Allows);
        // R1.1: whoever is exempt from R6.5 needs nobody above the supervisor.
        let exempt = self.account.exempt_from("R6.5", self.agreed_on).is_some();
        let role_above = if exempt { Role::Supervisor } else { role_above };
        (if rep_suffices { Role::Rep } else { role_above }, reasons)
    }

    /// R6.4.
    fn authority_of_rep(&self, invoice: &OpenInvoice) -> Reason {
        let (category, mark) = (self.terms.category, self.account.mark);
        if self.account.category == Category::NonPayer {
            return Reason::new("R6.4", Effect::Holds, What::NonPayer);
        }
        if mark == Some(Mark::C) {
            return Reason::new("R6.4", Effect::Holds, What::HighRiskMark);
        }
        let most = most_rep_days(self.policy, category, mark);
        // A promise entered late for a day already past grants nothing, and takes nothing back.
        let days = (self.until - self.agreed_on).num_days().max(0);
        let granted_before = rep_days(invoice);
        if days + granted_before <= i64::from(most) {
            let what = What::WithinRepAuthority { days, granted_before, most, category, mark };
            Reason::new("R6.4", Effect::Allows, what)
        } else {
            let what = What::BeyondRepAuthority { days, granted_before, most, category, mark };
            Reason::new("R6.4", Effect::Holds, what)
        }
    }

    /// R6.5: who decides if the rep may not, and what keeps even the supervisor from it. A deferral
    /// that reps gave before weighs only once their days are used up.
    fn above_rep(&self, invoice: &OpenInvoice) -> (Role, Vec<Reason>) {
        let rules = self.policy.deferral();
        let due_on = self.policy.rolled(self.calendar, invoice.ladder_due_on());
        let mut reasons = Vec::new();
        let mut role = Role::Supervisor;
        if !invoice.deferrals.is_empty() {
            role = Role::HeadOfSales;
            let by_reps_only = invoice.deferrals.iter().all(|deferral| deferral.rep_days > 0);
            let effect = if by_reps_only { Effect::Allows } else { Effect::Holds };
            let times = u16::try_from(invoice.deferrals.len()).unwrap_or(u16::MAX);
            reasons.push(Reason::new("R6.5", effect, What::RepeatedDeferral { times }));
        }
        let working_days = self.calendar.working_days_between(due_on, self.until);
        let most = rules.supervisor_working_days;
        if working_days > i64::from(most) {
            role = Role::HeadOfSales;
            let what = What::BeyondSupervisor { until: self.until, working_days, most };
            reasons.push(Reason::new("R6.5", Effect::Holds, what));
        }
        let months = Months::new(rules.head_of_sales_months);
        let last = due_on.checked_add_months(months).unwrap_or(NaiveDate::MAX);
        if self.until > last {
            role = Role::Director;
            let what = What::BeyondHeadOfSales { until: self.until, last };
            reasons.push(Reason::new("R6.5", Effect::Holds, what));
        }
        (role, reasons)
    }
}

/// The open invoices that are promised, each once, in an order that the phone has no say in.
fn promised<'a>(account: &'a Account, promise: &Promise) -> Vec<&'a OpenInvoice> {
    let mut invoices: Vec<_> = account
        .open_invoices
        .iter()
        .filter(|open| promise.invoices.iter().any(|named| named.invoice == open.id))
        .collect();
    invoices.sort_by_key(|invoice| invoice.id);
    invoices
}

/// Promised invoices that are not open. Paid meanwhile is no harm; but where none is open somebody
/// must look at what was meant.
fn not_open(account: &Account, promise: &Promise) -> (Role, Vec<Reason>) {
    let is_open = |id| account.open_invoices.iter().any(|open| open.id == id);
    let mut missing: Vec<_> =
        promise.invoices.iter().filter(|named| !is_open(named.invoice)).collect();
    missing.sort_by_key(|named| named.invoice);
    let none_open = !missing.is_empty() && missing.len() == promise.invoices.len();
    let (role, effect) =
        if none_open { (Role::Supervisor, Effect::Holds) } else { (Role::Rep, Effect::Allows) };
    let reasons = missing.into_iter().map(|named| {
        let what = What::InvoiceNotOpen { invoice: named.invoice, number: named.number.clone() };
        Reason::new("R6.3", effect, what)
    });
    (role, reasons.collect())
}

/// Section 15, example 8. It holds where the phone's category would have left it to the rep.
fn category_changed(
    policy: &Policy,
    account: &Account,
    phone_category: Option<Category>,
    needed: Role,
) -> Option<Reason> {
    let believed = phone_category.filter(|believed| *believed != account.category)?;
    let days = |category| {
        let terms =
            account.risk.map_or(category, |class| risk::terms_of(policy, category, class).category);
        most_rep_days(policy, terms, account.mark)
    };
    let stricter = days(account.category) < days(believed);
    let effect = if stricter && needed != Role::Rep { Effect::Holds } else { Effect::Allows };
    let what = What::CategoryChanged { category: account.category, at: account.category_since };
    Some(Reason::new("R6.4", effect, what))
}

/// R12.3: names the class where it set the terms; it holds where the category's own would have left
/// more to the rep.
fn by_class(
    policy: &Policy,
    account: &Account,
    terms: AccountTerms,
    needed: Role,
) -> Option<Reason> {
    let stricter = most_rep_days(policy, terms.category, account.mark)
        < most_rep_days(policy, account.category, account.mark);
    let holds = stricter && needed != Role::Rep;
    terms.reason(account, if holds { Effect::Holds } else { Effect::Allows })
}

/// R6.4: days that reps granted add up per invoice.
fn rep_days(invoice: &OpenInvoice) -> i64 {
    invoice.deferrals.iter().map(|deferral| i64::from(deferral.rep_days)).sum()
}

/// The higher of two roles on the way up from the rep.
fn higher(one: Role, other: Role) -> Role {
    let rank = |role| match role {
        Role::Rep => 0,
        Role::Supervisor => 1,
        Role::HeadOfSales => 2,
        _ => 3,
    };
    if rank(other) > rank(one) { other } else { one }
}

/// Several invoices can give the same reason.
fn each_once(reasons: Vec<Reason>) -> Vec<Reason> {
    let mut once: Vec<Reason> = Vec::with_capacity(reasons.len());
    for reason in reasons {
        if !once.contains(&reason) {
            once.push(reason);
        }
    }
    once
}

fn verdict(
    policy: &Policy,
    outcome: Outcome,
    reasons: Vec<Reason>,
    approvals: Vec<Role>,
) -> Verdict {
    Verdict { outcome, reasons, approvals, papers: Vec::new(), policy_version: policy.version() }
}

#[cfg(test)]
mod tests;
