//! Many phones order offline for the same few clients and sync at once through several nodes, on a bad
//! network: no client's limit is overshot, every order has one verdict, and what is released is what is
//! reserved. The control beside it adds up and then inserts, without a lock, and must overshoot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{Datelike, Days, Months};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_core::feed::FeedRow;
use saldo_core::ids::{ClientId, InvoiceId};
use saldo_mobile::{Money, NewOrder, UtcMillis};
use saldo_server::flow::{Context, publish};
use saldo_server::store::clients;
use saldo_server::store::invoices::{self, Invoice};
use saldo_tests::inside::{
    Company, Handset, PEOPLE, REPS, SUPERVISOR, TERRITORIES, Weather, client, rep, scale,
};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::NODES;
use crate::truth::count;

/// Orders of each phone in every run.
const SHORT: u64 = 3;

/// Phones of each rep and of the supervisor: those of one person write into one route sheet; a rep orders
/// for the client of its own, the supervisor for all of them.
const PHONES_OF_A_PERSON: usize = 3;

/// What a client may take in a month: the mean of three months.
const LIMIT_MINOR: i64 = 100_000;

/// A phone that finds others writing into its sheet is told to come again.
const MOST_SYNCS: usize = 60;

#[test]
fn no_limit_is_overshot_by_phones_that_sync_at_once() {
    let scale = scale("SALDO_LIMITS", SHORT);
    let (begun, company) = (Instant::now(), Company::on_nodes(NODES));
    company.wait(pay_on_time(&company));
    let people = (0..REPS).map(rep).chain([SUPERVISOR]).cycle();
    let phones: Vec<Handset> = people
        .take(PEOPLE * PHONES_OF_A_PERSON)
        .enumerate()
        .map(|(number, who)| Handset::enrolled(&company, &format!("phone-{number}"), who))
        .collect();
    let now = || UtcMillis(company.now().0);
    for phone in &phones {
        phone.sync(now()).unwrap();
    }
    let ordered: u64 = std::thread::scope(|scope| {
        let ordering: Vec<_> = (0..)
            .zip(&phones)
            .map(|(number, phone)| {
                let random = ChaCha8Rng::seed_from_u64(scale.seed * 1_000 + number);
                scope.spawn(move || order_and_sync(phone, random, scale.times, now()))
            })
            .collect();
        ordering.into_iter().map(|one| one.join().unwrap()).sum()
    });
    let (released, overshot) = check(&company, ordered);
    let naive = company.wait(naive(&company.url()));
    println!(
        "limits from seed {}: {ordered} orders of {} phones for {} clients through {NODES} nodes, \
         {released} released, overshoot {overshot}; adding up without a lock overshot by {naive}; in {:?}",
        scale.seed,
        phones.len(),
        paying().count(),
        begun.elapsed()
    );
    assert!(naive > 0, "the control saw nothing: this suite proves nothing");
}

/// The first client of each territory pays on time.
fn paying() -> impl Iterator<Item = ClientId> {
    (0..TERRITORIES).map(client)
}

/// Three months of the limit's size each, all paid, and nothing owed.
async fn pay_on_time(company: &Company) {
    let state = company.state();
    let mut tx = state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, state.clock.now()).await.unwrap();
    for (number, id) in (0_u128..).zip(paying()) {
        for owed in invoices::of_client(&mut tx, id).await.unwrap() {
            invoices::set_open(&mut tx, owed.id, 0).await.unwrap();
        }
        for back in 1..=3_u32 {
            let month = context.today.with_day(1).unwrap() - Months::new(back);
            let invoice = Invoice {
                id: InvoiceId(Uuid::from_u128(0x9000 + number * 10 + u128::from(back))),
                client: id,
                number: format!("paid-{number}-{back}"),
                issued_on: Some(month),
                due_on: month + Days::new(14),
                amount_minor: LIMIT_MINOR,
                open_minor: 0,
                disputed_minor: 0,
                was_disputed: false,
            };
            invoices::insert(&mut tx, &invoice, None).await.unwrap();
        }
        publish::client(&mut tx, &context, id).await.unwrap();
        assert!(clients::by_id(&mut tx, id).await.unwrap().is_some());
    }
    tx.commit().await.unwrap();
    state.sequencer.run(&state.db).await.unwrap();
}

/// Records orders offline, then syncs until everything is at the server; gives how many orders.
fn order_and_sync(phone: &Handset, mut random: ChaCha8Rng, orders: u64, now: UtcMillis) -> u64 {
    let own = (0..REPS).find(|number| rep(*number) == phone.person());
    for _ in 0..orders {
        let number = own.unwrap_or_else(|| random.random_range(0..TERRITORIES));
        let order = NewOrder {
            amount: Money { minor: random.random_range(50..400) * 100, currency: "EUR".to_owned() },
            deferral_days: 14,
            prepaid: false,
            wanted_on: None,
            note: String::new(),
        };
        phone.phone().record_order(&client(number).to_string(), order, None, now).unwrap();
    }
    for _ in 0..MOST_SYNCS {
        let weather = [Weather::Fine, Weather::LostReply, Weather::Twice, Weather::TwiceLastHeard];
        phone.line().forecast([weather[random.random_range(0..weather.len())]]);
        match phone.sync(now) {
            Ok(report) if report.unsent == 0 => return orders,
            // Others wrote into the sheet meanwhile, or the answer was lost.
            Ok(_) | Err(_) => std::thread::sleep(Duration::from_millis(random.random_range(1..20))),
        }
    }
    panic!("a phone never gets rid of its orders: {:?}", phone.phone().status());
}

/// Gives how many orders were released, and by how much limits were overshot in all.
fn check(company: &Arc<Company>, ordered: u64) -> (i64, i64) {
    let sql = company.sql();
    assert_eq!(count(&sql, "select count(*) from client_order").unsigned_abs(), ordered);
    let judged = "select count(*) from client_order
        where (select count(*) from verdict where verdict.fact_id = client_order.fact_id) <> 1";
    assert_eq!(count(&sql, judged), 0, "orders without exactly one verdict");
    let mut released = BTreeMap::new();
    for id in paying() {
        let sum = format!(
            "select coalesce(sum(amount_minor), 0) from client_order
             where state = 'released' and client_id = '{id}'"
        );
        let reserved: String = sql
            .query_row(
                "select body from feed_row where kind = 'account' and id = ?1",
                [id.to_string()],
                |row| row.get(0),
            )
            .unwrap();
        let FeedRow::Account(account) = serde_json::from_str(&reserved).unwrap() else {
            panic!("{reserved}")
        };
        released.insert(id, count(&sql, &sum));
        assert_eq!(account.reserved_minor, released[&id], "what phones are told is reserved");
    }
    let overshot = released.values().map(|sum| (sum - LIMIT_MINOR).max(0)).sum();
    assert_eq!(overshot, 0, "{released:?}");
    assert!(released.values().any(|sum| *sum > LIMIT_MINOR / 2), "limits were used: {released:?}");
    let ill: Vec<_> = company.examine().into_iter().filter(|one| one.is_ill()).collect();
    assert!(ill.is_empty(), "{ill:?}");
    (count(&sql, "select count(*) from client_order where state = 'released'"), overshot)
}

/// Sixteen add up what is taken of a limit, and insert if it fits: gives by how much it is overshot.
async fn naive(url: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql("create table naive_order (amount_minor bigint not null)")
        .execute(&mut connection)
        .await
        .unwrap();
    let orders = (0..16).map(|_| async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        for _ in 0..8 {
            let mut tx = connection.begin().await.unwrap();
            let taken: i64 = sqlx::query_scalar(
                "select cast(coalesce(sum(amount_minor), 0) as bigint) from naive_order",
            )
            .fetch_one(&mut *tx)
            .await
            .unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
            if taken + 20_000 <= LIMIT_MINOR {
                sqlx::query("insert into naive_order values (20000)")
                    .execute(&mut *tx)
                    .await
                    .unwrap();
            }
            tx.commit().await.unwrap();
        }
    });
    futures_util::future::join_all(orders).await;
    let taken: i64 =
        sqlx::query_scalar("select cast(sum(amount_minor) as bigint) from naive_order")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    taken - LIMIT_MINOR
}
