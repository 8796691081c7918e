//! The whole demo company.

use chrono::NaiveDate;
use saldo_core::calendar::Calendar;
use saldo_core::documents::Stop;
use saldo_core::ids::PersonId;

use super::clients::{self, Client};
use super::ledger::{self, Invoice};
use super::people::{self, Person, Territory};
use super::{plan, showcase};

/// How many clients each rep serves.
const CLIENTS_OF_A_REP: usize = 80;

/// The whole demo company, as plain values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Company {
    pub(super) people: Vec<Person>,
    pub(super) territories: Vec<Territory>,
    pub(super) clients: Vec<Customer>,
    /// Today's route sheets.
    pub(super) routes: Vec<(PersonId, Vec<Stop>)>,
}

/// A client with its ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Customer {
    pub(super) client: Client,
    pub(super) invoices: Vec<Invoice>,
}

impl Customer {
    /// The days by which its oldest unpaid invoice is past due on `today`; `None`: nothing is.
    pub(super) fn days_overdue(&self, today: NaiveDate) -> Option<i64> {
        self.invoices
            .iter()
            .filter(|invoice| invoice.is_overdue(today))
            .map(|invoice| (today - invoice.due_on).num_days())
            .max()
    }
}

impl Company {
    /// Makes the company as it is on `today`. The same seed and day give the same company.
    pub(super) fn make(seed: u64, calendar: &Calendar, today: NaiveDate) -> Self {
        let (people, territories) = people::people(seed);
        let mut customers = Vec::new();
        for (place, territory) in territories.iter().enumerate() {
            let before = territories[..place].iter().filter(|t| t.country == territory.country);
            let named_before = before.count() * CLIENTS_OF_A_REP;
            let count = CLIENTS_OF_A_REP;
            for client in clients::of_territory(seed, place + 1, territory, count, named_before) {
                let invoices = ledger::of_client(seed, &client, calendar, today);
                customers.push(Customer { client, invoices });
            }
        }
        showcase::set_up(seed, &mut customers, calendar, today);
        let routes = territories
            .iter()
            .map(|territory| (territory.rep, plan::route(territory.id, &customers, today)))
            .collect();
        Self { people, territories, clients: customers, routes }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use saldo_core::policy::Policy;

    use super::*;

    const DAYS: [&str; 4] = ["2026-11-21", "2026-01-01", "2027-02-28", "2026-06-24"];

    fn company(day: &str) -> (Company, NaiveDate) {
        let today = day.parse().unwrap();
        (Company::make(crate::demo::SEED, &Policy::default().calendar(), today), today)
    }

    #[test]
    fn the_same_seed_and_day_give_the_same_company() {
        assert_eq!(company(DAYS[0]).0, company(DAYS[0]).0);
    }

    #[test]
    fn whatever_the_day_a_share_of_clients_is_overdue_on_every_rung() {
        for day in DAYS {
            let (company, today) = company(day);
            assert_eq!(company.clients.len(), 800);
            let overdue: Vec<i64> = company
                .clients
                .iter()
                .filter_map(|customer| customer.days_overdue(today))
                .collect();
            assert!((120..=160).contains(&overdue.len()), "{day}: {} of 800", overdue.len());
            for (from, to) in [(1, 7), (8, 14), (15, 21), (22, 28), (29, 400)] {
                let count = overdue.iter().filter(|days| (from..=to).contains(*days)).count();
                assert!(count >= 8, "{day}: {count} clients {from} to {to} days overdue");
            }
        }
    }

    #[test]
    fn the_ledger_is_one_that_could_be() {
        for day in DAYS {
            let (company, today) = company(day);
            let mut codes = BTreeSet::new();
            let mut names = BTreeSet::new();
            let mut ids = BTreeSet::new();
            let (mut count, mut disputed) = (0, 0);
            for Customer { client, invoices } in &company.clients {
                assert!(codes.insert(&client.code), "{}", client.code);
                assert!(names.insert(&client.name), "{}", client.name);
                assert!((1..=2).contains(&client.outlets.len()));
                for invoice in invoices {
                    assert!(ids.insert(invoice.id));
                    assert!(invoice.amount_minor > 0 && invoice.issued_on <= today);
                    assert!(invoice.issued_on <= invoice.due_on);
                    assert!((0..=invoice.amount_minor).contains(&invoice.open_minor()));
                    assert!(invoice.disputed_minor <= invoice.open_minor());
                    for payment in &invoice.payments {
                        assert!(payment.amount_minor > 0);
                        assert!((invoice.issued_on..=today).contains(&payment.paid_on));
                    }
                    disputed += usize::from(invoice.disputed_minor > 0);
                    count += 1;
                }
            }
            assert!((12_000..25_000).contains(&count), "{count} invoices");
            assert!((5..60).contains(&disputed), "{disputed} disputed");
        }
    }

    #[test]
    fn every_rep_has_a_day_s_work() {
        for day in DAYS {
            let (company, _) = company(day);
            assert_eq!(company.routes.len(), 10);
            for (_, stops) in &company.routes {
                assert!((15..=20).contains(&stops.len()), "{day}: {} stops", stops.len());
                let positions: Vec<u32> = stops.iter().map(|stop| stop.position).collect();
                assert!(positions.iter().copied().eq(1..=u32::try_from(stops.len()).unwrap()));
            }
        }
    }
}
