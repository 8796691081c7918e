//! Today's route sheets: first who owes, then who will, then who is due for a visit anyway.

use chrono::NaiveDate;
use saldo_core::documents::Stop;
use saldo_core::ids::{ClientId, TerritoryId};

use super::company::Customer;
use super::showcase;

/// A full day on the road.
const STOPS: usize = 18;
/// Of them at most so many because something is overdue, and so many because it will be due.
const OVERDUE_STOPS: usize = 9;
const DUE_SOON_STOPS: usize = 5;
/// R5.4: the earliest personal reminder is seven days ahead.
const DUE_SOON_DAYS: i64 = 7;

/// The stops of the rep who serves `territory`, in order.
pub(super) fn route(territory: TerritoryId, clients: &[Customer], today: NaiveDate) -> Vec<Stop> {
    let mine: Vec<&Customer> =
        clients.iter().filter(|customer| customer.client.territory == territory).collect();
    let mut chosen: Vec<(ClientId, String)> = Vec::new();
    let mut choose = |most: usize, candidates: Vec<(ClientId, String)>| {
        let mut taken = 0;
        for (client, purpose) in candidates {
            if taken == most || chosen.len() == STOPS {
                break;
            }
            if chosen.iter().all(|(already, _)| *already != client) {
                chosen.push((client, purpose));
                taken += 1;
            }
        }
    };
    // The README's walk begins with them.
    choose(showcase::MOST_OF_A_REP, shown(&mine, today));
    choose(OVERDUE_STOPS, overdue(&mine, today));
    choose(DUE_SOON_STOPS, due_soon(&mine, today));
    choose(STOPS, mine.iter().map(|c| (c.client.id, "plan".to_owned())).collect());
    (1..)
        .zip(chosen)
        .map(|(position, (client, purpose))| Stop { client, position, purpose })
        .collect()
}

fn shown(mine: &[&Customer], today: NaiveDate) -> Vec<(ClientId, String)> {
    mine.iter()
        .filter(|customer| showcase::is_shown(&customer.client.code))
        .map(|customer| {
            let purpose = overdue(&[customer], today)
                .pop()
                .or_else(|| due_soon(&[customer], today).pop())
                .map_or_else(|| "plan".to_owned(), |(_, purpose)| purpose);
            (customer.client.id, purpose)
        })
        .collect()
}

/// The longest overdue first.
fn overdue(mine: &[&Customer], today: NaiveDate) -> Vec<(ClientId, String)> {
    let mut clients: Vec<(i64, ClientId)> = mine
        .iter()
        .filter_map(|customer| Some((customer.days_overdue(today)?, customer.client.id)))
        .collect();
    clients.sort_unstable_by_key(|&(days, id)| (-days, id));
    clients
        .into_iter()
        .map(|(days, id)| {
            (
                id,
                if days == 1 {
                    "overdue by a day".into()
                } else {
                    format!("overdue by {days} days")
                },
            )
        })
        .collect()
}

/// The soonest first.
fn due_soon(mine: &[&Customer], today: NaiveDate) -> Vec<(ClientId, String)> {
    let mut clients: Vec<(NaiveDate, ClientId)> = mine
        .iter()
        .filter_map(|customer| {
            let due_on = customer
                .invoices
                .iter()
                .filter(|invoice| invoice.open_minor() > 0 && invoice.due_on >= today)
                .map(|invoice| invoice.due_on)
                .min()?;
            ((due_on - today).num_days() <= DUE_SOON_DAYS).then_some((due_on, customer.client.id))
        })
        .collect();
    clients.sort_unstable();
    clients.into_iter().map(|(due_on, id)| (id, format!("due soon: {due_on}"))).collect()
}
