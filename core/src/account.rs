//! The figures a rule needs to know about a client: plain input, the same on the phone (from the
//! last snapshot in the feed) and on the server (loaded in the transaction that judges).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::category::Category;
use crate::exemption::Exemption;
use crate::facts::Mark;
use crate::ids::{ClientId, FactId, InvoiceId};
use crate::money::Currency;
use crate::risk::RiskClass;
use crate::time::UtcMillis;

/// A client's account. All amounts are minor units of `currency`: one client is kept in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Whose.
    pub client: ClientId,
    /// Of every amount here.
    pub currency: Currency,
    /// When these figures were taken (R4.8).
    pub as_of: UtcMillis,
    /// The category that holds (R2).
    pub category: Category,
    /// Since when it holds (section 15, example 8).
    pub category_since: UtcMillis,
    /// The rep's latest mark of behaviour (R6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// What the contract allows.
    pub contract: Contract,
    /// Every invoice of which something is unpaid, oldest due date first.
    pub open_invoices: Vec<OpenInvoice>,
    /// Money received that no invoice has taken up yet.
    #[serde(default)]
    pub unallocated_minor: i64,
    /// What was ordered in each of the last complete months, oldest first; months without orders
    /// since the first order stand in it with zero (R4.1).
    pub complete_months: Vec<MonthOfOrders>,
    /// Shipped, released or reserved in the current calendar month, returns deducted (R4.1).
    pub ordered_this_month: MonthOfOrders,
    /// Released or reserved and not yet invoiced, of any month (R4.2).
    pub reserved_minor: i64,
    /// R4.5: on the prepayment list, with which share in per cent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepayment_percent: Option<u8>,
    /// R12: the risk class by the last assessment; `None`: never assessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<RiskClass>,
    /// R1.1: written orders that lift rules for this client. Older snapshots and bases have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exemptions: Vec<Exemption>,
}

/// The contract's credit depth and the card's safe shipment limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// R4.2: greatest debt. "Not set" is not zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth_minor: Option<i64>,
    /// R4.2: longest deferral, in calendar days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth_days: Option<u16>,
    /// R3.1: the card's safe shipment limit, used where there is no history (R4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe_shipment_minor: Option<i64>,
}

/// What was ordered in one calendar month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthOfOrders {
    /// The first day of the month.
    pub month: NaiveDate,
    /// Including VAT, without what was cancelled, less returns.
    pub ordered_minor: i64,
}

/// An invoice of which something is unpaid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenInvoice {
    /// Which. In a row of the feed it is left out where the number says it ([`crate::feed`]).
    #[serde(default = "InvoiceId::unsaid", skip_serializing_if = "InvoiceId::is_unsaid")]
    pub id: InvoiceId,
    /// Its number on paper.
    pub number: String,
    /// When it was issued, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_on: Option<NaiveDate>,
    /// The contract's due date; the ladder and the fee count from here (R6.9).
    pub due_on: NaiveDate,
    /// The whole amount.
    pub amount_minor: i64,
    /// What is unpaid; never zero. In a row of the feed it is left out where it is the whole amount.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub open_minor: i64,
    /// Of `open_minor`, what is disputed and waits for a service (R10).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub disputed_minor: i64,
    /// R8.5: a restructuring covers it and its schedule is kept: the day of the next instalment,
    /// which stands in for `due_on` for ladder, stop list and fee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restructured_until: Option<NaiveDate>,
    /// R7.8: the client's last acknowledgement of the debt, from which the limitation period runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_on: Option<NaiveDate>,
    /// R7.8: written off: off the ladder and the lists, but still owed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_written_off: bool,
    /// Deferrals that hold or held, in the order in which they were given (R6.4, R6.9).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deferrals: Vec<GrantedDeferral>,
}

/// A deferral that was accepted for an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedDeferral {
    /// The promise that asked for it.
    pub promise: FactId,
    /// The day of the agreement.
    pub agreed_on: NaiveDate,
    /// The new date of payment.
    pub until: NaiveDate,
    /// Calendar days that a rep granted on its own authority; zero when somebody above approved it.
    pub rep_days: u16,
}

impl OpenInvoice {
    /// R8.5: the due date from which ladder, weekly list and fee count: the next instalment's while
    /// a restructuring is kept, never before the contract's; else the contract's.
    #[must_use]
    pub fn ladder_due_on(&self) -> NaiveDate {
        self.restructured_until.map_or(self.due_on, |until| until.max(self.due_on))
    }

    /// R6.9: the date after which the invoice is overdue for limits, stop list and reminders: the
    /// latest deferral's, else the contract's or the restructuring's (R8.5).
    #[must_use]
    pub fn effective_due_on(&self) -> NaiveDate {
        self.deferrals
            .iter()
            .map(|deferral| deferral.until)
            .fold(self.ladder_due_on(), NaiveDate::max)
    }

    /// Whole calendar days since the due date of [`Self::ladder_due_on`]; that date itself is day
    /// 0, before it negative.
    #[must_use]
    pub fn days_overdue(&self, today: NaiveDate) -> i64 {
        (today - self.ladder_due_on()).num_days()
    }

    /// Whether it stands on the ladder: something of it is unpaid and not disputed (R7.10), and it is
    /// not written off (R7.8).
    #[must_use]
    pub fn climbs(&self) -> bool {
        self.undisputed_minor() > 0 && !self.is_written_off
    }

    /// Unpaid and not disputed (R7.10).
    #[must_use]
    pub fn undisputed_minor(&self) -> i64 {
        self.open_minor - self.disputed_minor
    }
}

impl Account {
    /// Everything the client owes, less money that no invoice has taken up.
    #[must_use]
    pub fn receivable_minor(&self) -> i64 {
        let open: i64 = self.open_invoices.iter().map(|invoice| invoice.open_minor).sum();
        open - self.unallocated_minor
    }

    /// What the client still has to bring, by invoice, the earliest due (R6.9) first: unpaid, not
    /// disputed (R10) or written off (R7.8), less money that no invoice has taken up. Invoices that need nothing are left
    /// out.
    #[must_use]
    pub fn still_to_pay(&self) -> Vec<(&OpenInvoice, i64)> {
        let mut invoices: Vec<&OpenInvoice> =
            self.open_invoices.iter().filter(|invoice| !invoice.is_written_off).collect();
        invoices.sort_by_key(|invoice| (invoice.effective_due_on(), invoice.id));
        let mut unallocated_minor = self.unallocated_minor.max(0);
        let mut to_pay = Vec::with_capacity(invoices.len());
        for invoice in invoices {
            let wanted_minor = invoice.undisputed_minor().max(0);
            let covered_minor = unallocated_minor.min(wanted_minor);
            unallocated_minor -= covered_minor;
            if wanted_minor > covered_minor {
                to_pay.push((invoice, wanted_minor - covered_minor));
            }
        }
        to_pay
    }

    /// What is past its due date ([`OpenInvoice::ladder_due_on`]) on `today`.
    #[must_use]
    pub fn overdue_minor(&self, today: NaiveDate) -> i64 {
        self.open_invoices
            .iter()
            .filter(|invoice| invoice.days_overdue(today) > 0)
            .map(|invoice| invoice.open_minor)
            .sum()
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if hands a reference"
)]
fn is_zero(minor: &i64) -> bool {
    *minor == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{account, day, granted, invoice};

    /// The due date itself is day 0 (section 0).
    #[test]
    fn days_overdue_count_from_the_due_date() {
        let invoice = invoice(1, "2026-11-18");
        for (today, days) in [("2026-11-16", -2), ("2026-11-18", 0), ("2026-11-19", 1)] {
            assert_eq!(invoice.days_overdue(day(today)), days, "{today}");
        }
    }

    #[test]
    fn what_is_past_its_day_is_overdue_whatever_was_deferred() {
        let mut account = account();
        account.open_invoices =
            vec![invoice(1, "2026-11-16"), invoice(2, "2026-11-17"), invoice(3, "2026-11-18")];
        account.open_invoices[0].deferrals = vec![granted("2026-11-16", "2026-11-30", 0)];
        account.open_invoices[1].open_minor = 30_000;
        for (today, minor) in [
            ("2026-11-16", 0),
            ("2026-11-17", 100_000),
            ("2026-11-18", 130_000),
            ("2026-11-19", 230_000),
        ] {
            assert_eq!(account.overdue_minor(day(today)), minor, "{today}");
        }
    }

    #[test]
    fn money_that_lies_idle_pays_the_earliest_first() {
        let mut account = account();
        account.open_invoices =
            vec![invoice(1, "2026-11-18"), invoice(2, "2026-11-16"), invoice(3, "2026-11-17")];
        account.open_invoices[2].disputed_minor = 40_000;
        for (unallocated_minor, expected) in [
            (-5, vec![("A-2", 100_000), ("A-3", 60_000), ("A-1", 100_000)]),
            (0, vec![("A-2", 100_000), ("A-3", 60_000), ("A-1", 100_000)]),
            (99_999, vec![("A-2", 1), ("A-3", 60_000), ("A-1", 100_000)]),
            (100_000, vec![("A-3", 60_000), ("A-1", 100_000)]),
            (130_000, vec![("A-3", 30_000), ("A-1", 100_000)]),
            (160_000, vec![("A-1", 100_000)]),
            (260_000, vec![]),
        ] {
            account.unallocated_minor = unallocated_minor;
            let found: Vec<_> = account
                .still_to_pay()
                .into_iter()
                .map(|(invoice, minor)| (invoice.number.as_str(), minor))
                .collect();
            assert_eq!(found, expected, "{unallocated_minor} idle");
        }
        assert_eq!(account.receivable_minor(), 300_000 - 260_000);
    }

    /// A snapshot stays small: nothing disputed is not written, and comes back as nothing.
    #[test]
    fn a_disputed_part_is_written_only_where_there_is_one() {
        let mut invoice = invoice(1, "2026-11-18");
        for (disputed_minor, written) in [(0, false), (1, true)] {
            invoice.disputed_minor = disputed_minor;
            let json = serde_json::to_string(&invoice).unwrap();
            assert_eq!(json.contains("disputed_minor"), written);
            assert_eq!(serde_json::from_str::<OpenInvoice>(&json).unwrap(), invoice);
        }
    }
}
