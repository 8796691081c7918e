//! Clients who pay on time: for suites in which orders are released.

use chrono::{Datelike, Days, Months};
use saldo_core::ids::{ClientId, InvoiceId};
use saldo_core::time::{HOUR_MILLIS, UtcMillis};
use saldo_server::flow::{Context, publish};
use saldo_server::store::invoices::{self, Invoice};
use uuid::Uuid;

use super::{Company, TERRITORIES, client};

/// What such a client may take in a month: the mean of three months.
pub const LIMIT_MINOR: i64 = 100_000;

/// The first client of each territory.
pub fn solvent() -> impl Iterator<Item = ClientId> {
    (0..TERRITORIES).map(client)
}

impl Company {
    /// It is the tenth day of next month, ten in the morning: what lasts some days is over within the
    /// month, whenever the suite runs.
    pub fn wait_for_a_tenth(&self) {
        let state = self.state();
        let now = state.clock.now();
        let tenth = self.wait(async {
            let mut tx = state.db.begin_read().await.unwrap();
            let context = Context::load(&mut tx, now).await.unwrap();
            let tenth = (context.today.with_day(1).unwrap() + Months::new(1)).with_day(10).unwrap();
            UtcMillis::start_of(tenth, context.policy.time_zone()).plus_millis(10 * HOUR_MILLIS)
        });
        self.pass(tenth.0 - now.0);
    }

    /// The clients of [`solvent`] owe nothing and had, in each of the last three months, orders of
    /// [`LIMIT_MINOR`].
    pub fn pay_everything(&self) {
        let state = self.state();
        self.wait(async {
            let mut tx = state.db.begin_write().await.unwrap();
            let context = Context::load(&mut tx, state.clock.now()).await.unwrap();
            for (number, id) in (0_u128..).zip(solvent()) {
                for owed in invoices::of_client(&mut tx, id).await.unwrap() {
                    invoices::set_open(&mut tx, owed.id, 0).await.unwrap();
                }
                for back in 1..=3_u32 {
                    let month = context.today.with_day(1).unwrap() - Months::new(back);
                    let mut ordered_minor = LIMIT_MINOR;
                    // What stood there before counts in the mean as well.
                    for other in invoices::of_client(&mut tx, id).await.unwrap() {
                        if other.issued_on.and_then(|on| on.with_day(1)) == Some(month) {
                            ordered_minor -= other.amount_minor;
                        }
                    }
                    let invoice = Invoice {
                        id: InvoiceId(Uuid::from_u128(0x9000 + number * 10 + u128::from(back))),
                        client: id,
                        number: format!("paid-{number}-{back}"),
                        issued_on: Some(month),
                        due_on: month + Days::new(14),
                        amount_minor: ordered_minor,
                        open_minor: 0,
                        disputed_minor: 0,
                        was_disputed: false,
                    };
                    invoices::insert(&mut tx, &invoice, None).await.unwrap();
                }
                publish::client(&mut tx, &context, id).await.unwrap();
            }
            tx.commit().await.unwrap();
            state.sequencer.run(&state.db).await.unwrap();
        });
    }
}
