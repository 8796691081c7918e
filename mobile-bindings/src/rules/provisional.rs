//! A client's account as it probably stands: the server's snapshot and, in the order of time,
//! what this phone recorded that the server has not taken into account yet.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use saldo_core::account::{Account, GrantedDeferral, MonthOfOrders};
use saldo_core::facts::{Dispute, FactBody, Order, Promise, Receipt, ReceiptMethod};
use saldo_core::ids::{FactId, InvoiceId, LoanId};
use saldo_core::late_fee::Fees;
use saldo_core::loan::{Loan, LoanStanding};
use saldo_core::time::UtcMillis as Instant;
use saldo_core::verdict::{Outcome, Verdict, What};

use super::Rules;
use crate::store::{StoredFact, StoredState, drawn_minor};

/// What the server last told of a client.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    /// The figures.
    pub(crate) account: Account,
    /// What late fees are computed from; none where it has none.
    pub(crate) fees: Option<Fees>,
    /// R4.9: what is lent to the person's phones; the account counts what is left of it as reserved.
    pub(crate) loans: BTreeMap<LoanId, Loan>,
    /// How far the server's clock is ahead.
    pub(crate) server_ahead_millis: i64,
}

impl From<Account> for Snapshot {
    fn from(account: Account) -> Self {
        Self { account, fees: None, loans: BTreeMap::new(), server_ahead_millis: 0 }
    }
}

impl Snapshot {
    /// How the loan stands on which an order draws, after those before it in `facts`.
    fn loan_of(
        &self,
        order: &Order,
        stored: &StoredFact,
        facts: &[StoredFact],
    ) -> Option<LoanStanding> {
        let drawn = order.loan?;
        let loan = self.loans.get(&drawn.loan)?;
        let before = facts.iter().take_while(|other| other.fact.id != stored.fact.id);
        let left_minor = loan.lent_minor - drawn_minor(before, facts, loan.id);
        let taken_at = stored.fact.recorded_at;
        Some(LoanStanding {
            // An order says itself what it draws, whatever this phone knows of the others by now.
            left_minor: left_minor.max(drawn.minor),
            deferral_days: loan.deferral_days,
            expires_at: loan.expires_at,
            used_at: taken_at.plus_millis(self.server_ahead_millis),
            set_aside: true,
            in_month: true,
        })
    }

    /// What an order reserves beside what it draws on a loan.
    fn reserved_minor(&self, order: &Order) -> i64 {
        let known = order.loan.filter(|drawn| self.loans.contains_key(&drawn.loan));
        order.amount.minor.saturating_sub(known.map_or(0, |drawn| drawn.minor))
    }
}

/// The account as it probably stands, and what the phone thinks of the facts on the way there.
#[derive(Debug, Clone)]
pub(crate) struct Provisional {
    /// The figures.
    pub(crate) account: Account,
    /// Late fees, with what was recorded since.
    pub(crate) fees: Option<Fees>,
    /// The provisional verdicts on facts that the server has not judged.
    pub(crate) verdicts: BTreeMap<FactId, Verdict>,
}

/// Adds to `snapshot` what `facts` (of one client, oldest first) say and it does not yet count.
pub(crate) fn provisional(
    rules: &Rules,
    snapshot: impl Into<Snapshot>,
    facts: &[StoredFact],
    now: Instant,
) -> Provisional {
    let snapshot = snapshot.into();
    let (account, fees) = (snapshot.account.clone(), snapshot.fees.clone());
    let mut so_far = Provisional { account, fees, verdicts: BTreeMap::new() };
    open_month(&mut so_far.account, rules.day(now));
    for stored in facts.iter().filter(|stored| is_news(stored)) {
        if let Some(earlier) = corrected_by(stored, facts) {
            so_far.withdraw(rules, &snapshot, earlier);
        }
        so_far.add(rules, &snapshot, stored, facts, now);
        so_far.put_disputes_aside();
    }
    so_far
}

/// Whether the snapshot cannot count this fact yet. Orders, promises and waivers are news until their
/// verdict is here; the rest until everything that followed its sending has come in.
fn is_news(stored: &StoredFact) -> bool {
    match stored.state {
        StoredState::Refused => false,
        StoredState::Unsent | StoredState::Sent => !stored.judged,
        StoredState::Settled => {
            let judged_there = matches!(
                stored.fact.body,
                FactBody::Order(_) | FactBody::Promise(_) | FactBody::Waiver(_)
            );
            !stored.judged && judged_there
        }
    }
}

/// The earlier fact whose place `stored` takes; only its own author can have it replaced.
fn corrected_by<'a>(stored: &StoredFact, facts: &'a [StoredFact]) -> Option<&'a StoredFact> {
    let corrected = stored.fact.corrects?;
    facts
        .iter()
        .find(|earlier| earlier.fact.id == corrected && earlier.fact.author == stored.fact.author)
}

impl Provisional {
    /// What followed from a fact that is being corrected is taken back, as the server does.
    fn withdraw(&mut self, rules: &Rules, snapshot: &Snapshot, earlier: &StoredFact) {
        if let FactBody::Dispute(dispute) = &earlier.fact.body {
            take_back(&mut self.account, dispute);
            return;
        }
        let expected = self.verdicts.remove(&earlier.fact.id).map(|verdict| verdict.outcome);
        let binds = matches!(expected, Some(Outcome::Released | Outcome::Accepted));
        if !binds && !earlier.bound {
            return;
        }
        match &earlier.fact.body {
            FactBody::Order(order) => {
                let in_month = binds
                    || rules.day(earlier.fact.recorded_at) >= self.account.ordered_this_month.month;
                let minor = snapshot.reserved_minor(order);
                free(&mut self.account, order, minor, in_month);
            }
            FactBody::Promise(_) => {
                for invoice in &mut self.account.open_invoices {
                    invoice.deferrals.retain(|deferral| deferral.promise != earlier.fact.id);
                }
            }
            _ => {}
        }
    }

    fn add(
        &mut self,
        rules: &Rules,
        snapshot: &Snapshot,
        stored: &StoredFact,
        facts: &[StoredFact],
        now: Instant,
    ) {
        let recorded_at = stored.fact.recorded_at;
        match &stored.fact.body {
            FactBody::Visit(visit) => self.account.mark = Some(visit.mark),
            FactBody::Receipt(receipt) => self.pay(receipt, rules.day(recorded_at)),
            FactBody::Order(order) => {
                let loan = snapshot.loan_of(order, stored, facts);
                let verdict = rules.judge_order(&self.account, order, loan.as_ref(), now);
                if verdict.outcome == Outcome::Released {
                    reserve(&mut self.account, order, snapshot.reserved_minor(order));
                }
                self.verdicts.insert(stored.fact.id, verdict);
            }
            FactBody::Promise(promise) => {
                let verdict = rules.judge_promise(&self.account, promise, recorded_at, now);
                if verdict.outcome == Outcome::Accepted {
                    let agreed_on = rules.day(recorded_at);
                    defer(&mut self.account, stored.fact.id, promise, &verdict, agreed_on);
                }
                self.verdicts.insert(stored.fact.id, verdict);
            }
            FactBody::Waiver(waiver) => {
                let verdict = rules.judge_waiver(&self.account, self.fees.as_ref(), waiver, now);
                if verdict.outcome == Outcome::Accepted {
                    self.waive(rules, waiver, now);
                }
                self.verdicts.insert(stored.fact.id, verdict);
            }
            FactBody::Contact(_)
            | FactBody::Note(_)
            | FactBody::TaskDone(_)
            | FactBody::Comment(_)
            | FactBody::Paper(_)
            | FactBody::Enforcement(_) => {}
            FactBody::Dispute(dispute) => put_aside(&mut self.account, dispute),
        }
    }
}

/// Months turn while a phone is offline: what was this month is among the complete ones then, and
/// what is reserved now counts in the new one.
fn open_month(account: &mut Account, today: NaiveDate) {
    let first = today.with_day(1).unwrap_or(today);
    if account.ordered_this_month.month < first {
        let opened = MonthOfOrders { month: first, ordered_minor: 0 };
        let complete = std::mem::replace(&mut account.ordered_this_month, opened);
        account.complete_months.push(complete);
    }
}

fn reserve(account: &mut Account, order: &Order, minor: i64) {
    // R4.10: what is prepaid binds no credit.
    if order.prepaid || order.amount.currency != account.currency {
        return;
    }
    account.reserved_minor = account.reserved_minor.saturating_add(minor);
    let ordered = &mut account.ordered_this_month.ordered_minor;
    *ordered = ordered.saturating_add(minor);
}

/// The opposite of [`reserve`]; of an order of an earlier month only the reservation goes.
fn free(account: &mut Account, order: &Order, minor: i64, in_month: bool) {
    if order.prepaid || order.amount.currency != account.currency {
        return;
    }
    let less = |before: i64| before.saturating_sub(minor).max(0);
    account.reserved_minor = less(account.reserved_minor);
    if in_month {
        let ordered = &mut account.ordered_this_month.ordered_minor;
        *ordered = less(*ordered);
    }
}

/// Cash pays the invoices it names, then the oldest due (R6.2); gives what each took. What the bank
/// should bring frees nothing until it is there.
pub(super) fn pay(account: &mut Account, receipt: &Receipt) -> Vec<(InvoiceId, i64)> {
    let cash = matches!(receipt.method, ReceiptMethod::Cash);
    if !cash || receipt.amount.currency != account.currency {
        return Vec::new();
    }
    let mut left = receipt.amount.minor;
    let mut taken = Vec::new();
    let mut invoices: Vec<_> = account.open_invoices.iter_mut().collect();
    // Stable: within "named" and "not named" the oldest due date stays first.
    invoices.sort_by_key(|invoice| !receipt.invoices.contains(&invoice.id));
    for invoice in invoices {
        let paid = left.min(invoice.open_minor);
        invoice.open_minor -= paid;
        invoice.disputed_minor = invoice.disputed_minor.min(invoice.open_minor);
        left -= paid;
        if paid > 0 {
            taken.push((invoice.id, paid));
        }
    }
    account.open_invoices.retain(|invoice| invoice.open_minor > 0);
    account.unallocated_minor = account.unallocated_minor.saturating_add(left);
    taken
}

/// R10.1: the disputed part waits for its service and no longer climbs.
fn put_aside(account: &mut Account, dispute: &Dispute) {
    if dispute.amount.currency != account.currency {
        return;
    }
    for invoice in account.open_invoices.iter_mut().filter(|open| open.id == dispute.invoice) {
        let disputed_minor = invoice.disputed_minor.saturating_add(dispute.amount.minor);
        invoice.disputed_minor = disputed_minor.min(invoice.open_minor);
    }
}

/// The opposite of [`put_aside`].
fn take_back(account: &mut Account, dispute: &Dispute) {
    for invoice in account.open_invoices.iter_mut().filter(|open| open.id == dispute.invoice) {
        invoice.disputed_minor = (invoice.disputed_minor - dispute.amount.minor).max(0);
    }
}

fn defer(
    account: &mut Account,
    fact: FactId,
    promise: &Promise,
    verdict: &Verdict,
    agreed_on: NaiveDate,
) {
    let Some(until) = promise.pay_by() else { return };
    let by_rep = verdict.reasons.iter().find_map(|reason| match &reason.what {
        What::WithinRepAuthority { days, .. } => Some(*days),
        _ => None,
    });
    let days = by_rep.unwrap_or_else(|| (until - agreed_on).num_days());
    let deferral = GrantedDeferral {
        promise: fact,
        agreed_on,
        until,
        rep_days: u16::try_from(days).unwrap_or(0),
    };
    for invoice in &mut account.open_invoices {
        if promise.invoices.iter().any(|promised| promised.invoice == invoice.id) {
            invoice.deferrals.push(deferral.clone());
        }
    }
}
