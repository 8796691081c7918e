//! What the rules suggest for a demo client's category, from the ledger that was made for it.

use chrono::{Datelike, NaiveDate};
use saldo_core::calendar::Calendar;
use saldo_core::category::{self, Category, PaidInvoice, PaymentHistory};
use saldo_core::policy::Policy;

use super::company::Customer;
use super::dice::Dice;
use super::ledger::Invoice;
use super::{SEED, showcase};

/// The category that R2 suggests: in the demo company it was proposed and approved so.
pub(super) fn category(
    customer: &Customer,
    policy: &Policy,
    calendar: &Calendar,
    today: NaiveDate,
) -> Category {
    let history = PaymentHistory {
        on_deferred_payment_since: customer.invoices.first().map(|invoice| invoice.issued_on),
        cases: customer.invoices.iter().map(case).collect(),
        opposed_restructuring: false,
        avoids_contact: false,
        in_court: false,
        formal_demand_delivered: false,
    };
    category::suggest(policy, calendar, &history, today).category
}

/// What a client held before a review of this year moved it, and the day of that; `None`: it has
/// had its category since the new year. The clients of the walk stay as they are.
pub(super) fn moved(
    code: &str,
    category: Category,
    today: NaiveDate,
) -> Option<(Category, NaiveDate)> {
    let place = code.parse().unwrap_or_default();
    let mut dice = Dice::of(SEED, "moved", place);
    // Eleven days after a quarter began all three had named it.
    let reviews = [4, 7, 10].map(|month| NaiveDate::from_ymd_opt(today.year(), month, 12));
    let past: Vec<_> = reviews.into_iter().flatten().filter(|on| *on < today).collect();
    if past.is_empty() || showcase::is_shown(code) || !dice.chance(12) {
        return None;
    }
    let held = match category {
        Category::Reliable => Category::Uncertain,
        Category::Uncertain if dice.chance(30) => Category::Threatened,
        Category::Uncertain => Category::Reliable,
        Category::Threatened => Category::Uncertain,
        Category::NonPayer => Category::Threatened,
    };
    Some((held, dice.pick(&past)))
}

fn case(invoice: &Invoice) -> PaidInvoice {
    let last_paid_on = invoice.payments.iter().map(|payment| payment.paid_on).max();
    PaidInvoice {
        number: invoice.number.clone(),
        due_on: invoice.due_on,
        amount_minor: invoice.amount_minor,
        paid_on: last_paid_on.filter(|_| invoice.open_minor() == 0),
        warned: false,
        agreed_new_terms: false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::demo::company::Company;
    use crate::demo::showcase;

    /// The README's walk needs each of its clients in its category, on whatever day it is walked.
    #[test]
    fn the_walk_comes_out_the_same_on_any_day() {
        let policy = Policy::default();
        let calendar = policy.calendar();
        for day in ["2026-11-21", "2026-01-01", "2026-12-31", "2027-02-28", "2026-05-10"] {
            let today = day.parse().unwrap();
            let company = Company::make(crate::demo::SEED, &calendar, today);
            for (code, expected) in [
                (showcase::RELIABLE, Category::Reliable),
                (showcase::NEAR_LIMIT, Category::Reliable),
                (showcase::STOP_LISTED, Category::Uncertain),
                (showcase::UNCERTAIN, Category::Uncertain),
            ] {
                let customer = company.clients.iter().find(|one| one.client.code == code).unwrap();
                let found = category(customer, &policy, &calendar, today);
                assert_eq!(found, expected, "{code} on {day}");
            }
            for number in [showcase::RELIABLE_INVOICE, showcase::UNCERTAIN_INVOICE] {
                let invoices = company.clients.iter().flat_map(|one| &one.invoices);
                let invoice = invoices.into_iter().find(|one| one.number == number).unwrap();
                assert!(invoice.open_minor() > 0 && invoice.due_on >= today, "{number} on {day}");
            }
        }
    }

    #[test]
    fn every_category_but_the_worst_is_common() {
        let policy = Policy::default();
        let calendar = policy.calendar();
        let today = "2026-11-21".parse().unwrap();
        let mut count: BTreeMap<Category, usize> = BTreeMap::new();
        for customer in Company::make(crate::demo::SEED, &calendar, today).clients {
            *count.entry(category(&customer, &policy, &calendar, today)).or_default() += 1;
        }
        for (category, least) in
            [(Category::Reliable, 250), (Category::Uncertain, 100), (Category::Threatened, 60)]
        {
            assert!(count[&category] >= least, "{count:?}");
        }
    }
}
