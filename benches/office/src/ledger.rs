//! The ledger of a company as its bookkeeping gives it: made up, from one seed.

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The seed of every run.
pub(crate) const SEED: u64 = 20_261_128;

/// Reps, each with a territory.
pub(crate) const REPS: usize = 500;
/// Clients of each.
pub(crate) const CLIENTS_OF_A_REP: usize = 100;
/// Open invoices of each client.
const OPEN_INVOICES: usize = 4;
/// Paid invoices of each client, one in each of the months before.
const PAID_INVOICES: u64 = 3;
/// Of every so many clients one pays late: two of its open invoices are overdue.
const ONE_PAYS_LATE_OF: usize = 5;

/// The file: one row an invoice, 50,000 clients with 200,000 open and 150,000 paid ones.
pub(crate) fn csv(today: NaiveDate) -> String {
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    let mut csv = "client_code,client_name,invoice_number,issued_on,due_on,amount,paid_amount,\
                   paid_on,country,territory\n"
        .to_owned();
    for client in 0..REPS * CLIENTS_OF_A_REP {
        let pays_late = client.is_multiple_of(ONE_PAYS_LATE_OF);
        for month in 1..=PAID_INVOICES {
            let issued_on = today - Days::new(30 * month + dice.random_range(15..40));
            let due_on = issued_on + Days::new(14);
            let late = if pays_late { 8 } else { 0 };
            let paid_on = due_on - Days::new(5) + Days::new(dice.random_range(0..=5 + late));
            let amount = amount(&mut dice, 20_000..360_000);
            let paid = format!("{amount},{paid_on}");
            row(&mut csv, client, &format!("P{month}"), (issued_on, due_on), &amount, &paid);
        }
        for number in 0..OPEN_INVOICES {
            let (issued_on, due_on) = if pays_late && number < 2 {
                let issued_on = today - Days::new(dice.random_range(15..70));
                (issued_on, issued_on + Days::new(14))
            } else {
                let issued_on = today - Days::new(dice.random_range(0..26));
                (issued_on, issued_on + Days::new(30))
            };
            let amount = amount(&mut dice, 2_000..90_000);
            row(&mut csv, client, &number.to_string(), (issued_on, due_on), &amount, ",");
        }
    }
    csv
}

fn row(
    csv: &mut String,
    client: usize,
    number: &str,
    (issued_on, due_on): (NaiveDate, NaiveDate),
    amount: &str,
    paid: &str,
) {
    let (code, territory) = (client_code(client), client / CLIENTS_OF_A_REP);
    // Writing into a string cannot fail.
    let _ = writeln!(
        csv,
        "{code},Kauplus {client:05} OÜ,{code}-{number},{issued_on},{due_on},{amount},{paid},EE,{}",
        territory_name(territory)
    );
}

fn amount(dice: &mut ChaCha8Rng, minor: std::ops::Range<u32>) -> String {
    let minor = dice.random_range(minor);
    format!("{}.{:02}", minor / 100, minor % 100)
}

/// The number in the ledger of the `number`-th client.
pub(crate) fn client_code(number: usize) -> String {
    format!("K{number:05}")
}

/// The name of the `number`-th rep's territory.
pub(crate) fn territory_name(number: usize) -> String {
    format!("Territory {number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_as_large_as_told_and_the_same_every_time() {
        let today = NaiveDate::default();
        let csv = csv(today);
        let open = csv.lines().filter(|line| line.contains(",,,EE,")).count();
        assert_eq!((csv.lines().count() - 1, open), (350_000, 200_000));
        assert_eq!(csv, super::csv(today));
    }
}
