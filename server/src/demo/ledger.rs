//! Two years of invoices and payments, as a client's habit makes them.

use chrono::NaiveDate;
use saldo_core::calendar::Calendar;
use saldo_core::ids::InvoiceId;

use super::clients::{Client, Habit, Trade};
use super::dice::Dice;

/// An invoice with what was paid of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Invoice {
    pub(super) id: InvoiceId,
    pub(super) number: String,
    pub(super) issued_on: NaiveDate,
    pub(super) due_on: NaiveDate,
    pub(super) amount_minor: i64,
    pub(super) disputed_minor: i64,
    pub(super) payments: Vec<Payment>,
}

/// Money that came in for one invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Payment {
    pub(super) paid_on: NaiveDate,
    pub(super) amount_minor: i64,
}

impl Invoice {
    /// What is unpaid.
    pub(super) fn open_minor(&self) -> i64 {
        self.amount_minor - self.payments.iter().map(|payment| payment.amount_minor).sum::<i64>()
    }

    /// Unpaid and past its due date on `today`.
    pub(super) fn is_overdue(&self, today: NaiveDate) -> bool {
        self.open_minor() > 0 && self.due_on < today
    }
}

/// Everything a client was invoiced up to `today`, oldest first.
pub(super) fn of_client(
    seed: u64,
    client: &Client,
    calendar: &Calendar,
    today: NaiveDate,
) -> Vec<Invoice> {
    let mut dice = Dice::of(seed, &client.code, 0);
    let Trade { order_minor, deferral_days, .. } = client.trade;
    let mut invoices = Vec::new();
    for days_ago in orders_days_ago(&mut dice, client) {
        let issued_on = calendar.roll_forward(after(today, -days_ago));
        if issued_on > today {
            continue;
        }
        let mut invoice = Invoice {
            id: InvoiceId(dice.uuid()),
            number: format!("{}-{:03}", client.code, invoices.len() + 1),
            issued_on,
            due_on: calendar.roll_forward(after(issued_on, i64::from(deferral_days))),
            amount_minor: order_minor * dice.between(60, 140) / 100 + dice.between(0, 99),
            disputed_minor: 0,
            payments: Vec::new(),
        };
        invoice.payments = payments(&mut dice, client.habit, &invoice, calendar, today);
        dispute(&mut dice, &mut invoice, today);
        invoices.push(invoice);
    }
    invoices
}

/// How many days ago each order was delivered, the oldest first.
fn orders_days_ago(dice: &mut Dice, client: &Client) -> Vec<i64> {
    let Trade { every_days, deferral_days, since_days, .. } = client.trade;
    let mut days_ago = match client.habit {
        // The last one is the first that was not paid: then the stop list ended deliveries.
        Habit::StoppedPaying { days_ago } => days_ago + i64::from(deferral_days),
        Habit::OnTime | Habit::ABitLate | Habit::ChronicallyLate => dice.between(0, every_days),
    };
    let mut orders = Vec::new();
    while days_ago <= since_days {
        orders.push(days_ago);
        days_ago += (every_days + dice.between(-4, 4)).max(5);
    }
    orders.reverse();
    orders
}

fn payments(
    dice: &mut Dice,
    habit: Habit,
    invoice: &Invoice,
    calendar: &Calendar,
    today: NaiveDate,
) -> Vec<Payment> {
    let days_late = days_late(dice, habit);
    if let Habit::StoppedPaying { days_ago } = habit
        && invoice.due_on >= after(today, -days_ago)
    {
        return Vec::new();
    }
    let amount_minor = invoice.amount_minor;
    let value_date = |days: i64| calendar.roll_forward(after(invoice.due_on, days));
    // Who is late sometimes pays a part first.
    let parts = if days_late > 6 && dice.chance(25) {
        let first = amount_minor * dice.between(30, 70) / 100;
        vec![(value_date(days_late - 5), first), (value_date(days_late + 3), amount_minor - first)]
    } else {
        vec![(value_date(days_late), amount_minor)]
    };
    parts
        .into_iter()
        .filter(|(paid_on, _)| *paid_on <= today)
        .map(|(paid_on, amount_minor)| Payment {
            paid_on: paid_on.max(invoice.issued_on),
            amount_minor,
        })
        .collect()
}

/// Calendar days after the due date; negative: before it.
fn days_late(dice: &mut Dice, habit: Habit) -> i64 {
    match habit {
        Habit::OnTime => dice.between(-5, 0),
        Habit::ABitLate => {
            let (low, high) = dice.weighted(&[((-3, 0), 60), ((1, 4), 28), ((5, 13), 12)]);
            dice.between(low, high)
        }
        Habit::ChronicallyLate => {
            let (low, high) =
                dice.weighted(&[((-1, 0), 18), ((2, 9), 35), ((10, 21), 35), ((22, 40), 12)]);
            dice.between(low, high)
        }
        Habit::StoppedPaying { .. } => dice.between(-2, 12),
    }
}

/// R10: some of what is overdue waits for a paper.
fn dispute(dice: &mut Dice, invoice: &mut Invoice, today: NaiveDate) {
    let whole = dice.chance(40);
    if dice.chance(12) && invoice.is_overdue(today) {
        invoice.disputed_minor =
            if whole { invoice.open_minor() } else { invoice.open_minor() / 4 };
    }
}

/// `day` and so many days (before it, when negative). The demo's dates are far from chrono's ends.
pub(super) fn after(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_add_signed(chrono::TimeDelta::days(days)).unwrap_or(day)
}
