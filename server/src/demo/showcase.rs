//! Five clients at fixed codes, set up so that the README's walk comes out the same on any day.

use chrono::{Datelike, Months, NaiveDate};
use saldo_core::calendar::Calendar;
use saldo_core::ids::InvoiceId;

use super::clients::{Habit, Trade};
use super::company::Customer;
use super::dice::Dice;
use super::ledger::{Invoice, Payment, after};

/// Reliable, an invoice due today: the rep may grant 5 days, 6 wait for the supervisor (R6.4).
pub(super) const RELIABLE: &str = "1001";
/// Its unpaid invoice.
pub(super) const RELIABLE_INVOICE: &str = "1001-015";
/// Ordered 4, 5 and 6 thousand in the last months and 3 thousand in this one: 2 thousand more are
/// released, anything beyond is held for three approvers (R4.1; section 15, example 5).
pub(super) const NEAR_LIMIT: &str = "1002";
/// Some days overdue: finance control and a guarantee letter can release one order (R4.3).
pub(super) const STOP_LISTED: &str = "1003";
/// Uncertain, an invoice due today: the rep may grant 3 days (R6.4).
pub(super) const UNCERTAIN: &str = "2001";
/// Its unpaid invoice.
pub(super) const UNCERTAIN_INVOICE: &str = "2001-015";
/// Weeks overdue: nothing is shipped until the money is in (R4.4).
pub(super) const STOPPED: &str = "2002";

/// The most of them that one rep serves.
pub(super) const MOST_OF_A_REP: usize = 3;

/// Whether the client with this code is one of them.
pub(super) fn is_shown(code: &str) -> bool {
    [RELIABLE, NEAR_LIMIT, STOP_LISTED, UNCERTAIN, STOPPED].contains(&code)
}

/// Gives each of them the ledger that its part in the walk needs.
pub(super) fn set_up(seed: u64, customers: &mut [Customer], calendar: &Calendar, today: NaiveDate) {
    for (place, customer) in customers.iter_mut().enumerate() {
        let mut pen =
            Pen { dice: Dice::of(seed, "showcase", place), calendar, today, invoices: Vec::new() };
        let client = &mut customer.client;
        let (habit, depth_minor) = match client.code.as_str() {
            RELIABLE => {
                pen.paid_months(200_000, &[0]);
                pen.open(0, 14, 124_000);
                (Habit::OnTime, 1_000_000)
            }
            NEAR_LIMIT => {
                pen.paid_months(500_000, &[0]);
                pen.last_months([400_000, 500_000, 600_000]);
                pen.shipped_this_month(300_000);
                (Habit::OnTime, 5_000_000)
            }
            STOP_LISTED => {
                pen.paid_months(250_000, &[0, 0, 4, 0, 6]);
                pen.open(-6, 7, 158_050);
                (Habit::ABitLate, 600_000)
            }
            UNCERTAIN => {
                pen.paid_months(120_000, &[0, 9, 0, 0, 10]);
                pen.open(0, 7, 73_520);
                (Habit::ABitLate, 400_000)
            }
            STOPPED => {
                pen.paid_months(120_000, &[12, 6, 9]);
                pen.open(-26, 7, 236_000);
                (Habit::StoppedPaying { days_ago: 26 }, 800_000)
            }
            _ => continue,
        };
        client.habit = habit;
        client.trade = Trade { deferral_days: 14, since_days: 430, ..client.trade };
        client.depth_minor = Some(depth_minor);
        client.prepayment_percent = None;
        customer.invoices = pen.numbered(&client.code);
    }
}

/// How many complete months a showcase client has bought: a year and more, else nobody is
/// reliable (R2.1).
const MONTHS: u32 = 14;

/// Writes a ledger.
struct Pen<'a> {
    dice: Dice,
    calendar: &'a Calendar,
    today: NaiveDate,
    invoices: Vec<Invoice>,
}

impl Pen<'_> {
    /// An invoice in each complete month, paid so many days late in turn.
    fn paid_months(&mut self, amount_minor: i64, days_late: &[i64]) {
        let this_month = self.this_month();
        for (months_ago, late) in (1..=MONTHS).rev().zip(days_late.iter().cycle()) {
            let month = this_month - Months::new(months_ago);
            let due_on = self.calendar.roll_forward(after(month, 23));
            let late_on = self.calendar.roll_forward(after(due_on, *late));
            // The youngest may not be paid in the future: it was paid in time.
            let paid_on = if late_on > self.today { due_on } else { late_on };
            let payment = Payment { paid_on: paid_on.min(self.today), amount_minor };
            self.write(after(month, 9), due_on, amount_minor, vec![payment]);
        }
    }

    /// What was ordered in the last complete months, oldest first.
    fn last_months(&mut self, amounts_minor: [i64; 3]) {
        for (invoice, amount_minor) in
            self.invoices.iter_mut().rev().zip(amounts_minor.iter().rev())
        {
            invoice.amount_minor = *amount_minor;
            for payment in &mut invoice.payments {
                payment.amount_minor = *amount_minor;
            }
        }
    }

    /// An unpaid invoice due so many days from today (before it, when negative; a holiday moves it
    /// to the next banking day).
    fn open(&mut self, due_in_days: i64, deferral_days: i64, amount_minor: i64) {
        let due_on = self.calendar.roll_forward(after(self.today, due_in_days));
        self.write(after(due_on, -deferral_days), due_on, amount_minor, Vec::new());
    }

    /// An unpaid invoice of this month, not due yet.
    fn shipped_this_month(&mut self, amount_minor: i64) {
        let issued_on = self.this_month().max(after(self.today, -5));
        let due_on = self.calendar.roll_forward(after(issued_on, 14));
        self.write(issued_on, due_on, amount_minor, Vec::new());
    }

    fn write(
        &mut self,
        issued_on: NaiveDate,
        due_on: NaiveDate,
        amount_minor: i64,
        payments: Vec<Payment>,
    ) {
        self.invoices.push(Invoice {
            id: InvoiceId(self.dice.uuid()),
            number: String::new(),
            issued_on,
            due_on,
            amount_minor,
            disputed_minor: 0,
            payments,
        });
    }

    fn this_month(&self) -> NaiveDate {
        self.today.with_day(1).unwrap_or(self.today)
    }

    /// The invoices in the order of their days, with their numbers.
    fn numbered(mut self, code: &str) -> Vec<Invoice> {
        self.invoices.sort_by_key(|invoice| invoice.issued_on);
        for (place, invoice) in (1..).zip(&mut self.invoices) {
            invoice.number = format!("{code}-{place:03}");
        }
        self.invoices
    }
}
