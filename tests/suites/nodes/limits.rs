//! Many phones order offline for the same few clients and sync at once through several nodes, on a bad
//! network: no client's limit is overshot, every order has one verdict, and what is released is what is
//! reserved. The control beside it adds up and then inserts, without a lock, and must overshoot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_core::feed::FeedRow;
use saldo_core::time::HOUR_MILLIS;
use saldo_mobile::{Money, NewOrder, UtcMillis};
use saldo_tests::inside::{
    Company, Handset, LIMIT_MINOR, PEOPLE, REPS, SUPERVISOR, Scale, TERRITORIES, Weather, client,
    number, rep, scale, solvent,
};
use sqlx::{Connection as _, PgConnection};

use super::NODES;
use crate::truth::count;

/// Orders of each phone in every run.
const SHORT: u64 = 3;

/// Phones of each rep and of the supervisor: those of one person write into one route sheet; a rep orders
/// for the client of its own, the supervisor for all of them.
const PHONES_OF_A_PERSON: u64 = 3;

/// Of these so many share a sheet.
const PHONES_OF_A_SHEET: usize = 3;

/// A phone that finds others writing into its sheet is told to come again.
const MOST_SYNCS: usize = 60;

#[test]
fn no_limit_is_overshot_by_phones_that_sync_at_once() {
    let scale = scale("SALDO_LIMITS", SHORT);
    let (begun, company) = (Instant::now(), Company::on_nodes(NODES));
    company.wait_for_a_tenth();
    company.pay_everything();
    let phones = phones(&company);
    let ordered = order_all_at_once(&company, &phones, scale);
    let (released, overshot) = check(&company, ordered.len());
    let naive = company.wait(naive(&company.url()));
    println!(
        "limits from seed {}: {} orders of {} phones for {} clients through {NODES} nodes, \
         {released} released, overshoot {overshot}; adding up without a lock overshot by {naive}; in {:?}",
        scale.seed,
        ordered.len(),
        phones.len(),
        solvent().count(),
        begun.elapsed()
    );
    assert!(naive > 0, "the control saw nothing: this suite proves nothing");
}

/// R4.9: the same, and every phone was lent a part of each of its clients' limits before.
#[test]
fn every_firm_order_is_released_by_whichever_node() {
    let scale = scale("SALDO_LIMITS", SHORT);
    let (begun, company) = (Instant::now(), Company::on_nodes(NODES));
    company.wait_for_a_tenth();
    company.pay_everything();
    company.policy(2, "[loan]\nshare_percent = 20");
    let phones = phones(&company);
    for (number, phone) in phones.iter().enumerate() {
        let now = clock_of(&company, number);
        for client in solvent() {
            // A rep knows its own client only.
            let _ = phone.phone().borrow_limit(&client.to_string(), now);
        }
        phone.sync(now).unwrap();
    }
    let lent = count(&company.sql(), "select count(*) from loan");
    assert!(lent > 0);
    let ordered = order_all_at_once(&company, &phones, scale);
    let (released, overshot) = check(&company, ordered.len());
    let sql = company.sql();
    let mut statement = sql.prepare("select state from client_order where fact_id = ?1").unwrap();
    let firm: Vec<&Ordered> = ordered.iter().filter(|one| one.is_firm).collect();
    for Ordered { fact, .. } in &firm {
        let state: String = statement.query_row([fact], |row| row.get(0)).unwrap();
        assert_eq!(state, "released", "{fact} was firm");
    }
    assert!(!firm.is_empty(), "nothing was firm: this suite proves nothing");
    println!(
        "limits lent from seed {}: {lent} loans, {} orders of {} phones through {NODES} nodes, {} of \
         them firm and all of those released, {released} released in all, overshoot {overshot}; in {:?}",
        scale.seed,
        ordered.len(),
        phones.len(),
        firm.len(),
        begun.elapsed()
    );
}

/// An order as the phone wrote it.
struct Ordered {
    fact: String,
    is_firm: bool,
}

/// The phones of everybody, each with what its person may see.
fn phones(company: &Arc<Company>) -> Vec<Handset> {
    let of_a_person = number("SALDO_PHONES_OF_A_PERSON").unwrap_or(PHONES_OF_A_PERSON);
    let people = (0..REPS).map(rep).chain([SUPERVISOR]).cycle();
    let phones: Vec<Handset> = people
        .take(PEOPLE * usize::try_from(of_a_person).unwrap())
        .enumerate()
        .map(|(number, who)| Handset::enrolled(company, &format!("phone-{number}"), who))
        .collect();
    for (number, phone) in phones.iter().enumerate() {
        phone.sync(clock_of(company, number)).unwrap();
    }
    phones
}

/// What the clock of the phone with this number shows: three phones of each person the same, of which each
/// trio is a day behind the one before, so that they write into a sheet of their own.
fn clock_of(company: &Company, number: usize) -> UtcMillis {
    let days = i64::try_from(number / PEOPLE / PHONES_OF_A_SHEET).unwrap();
    UtcMillis(company.now().0 - days * 24 * HOUR_MILLIS)
}

fn order_all_at_once(company: &Company, phones: &[Handset], scale: Scale) -> Vec<Ordered> {
    std::thread::scope(|scope| {
        let ordering: Vec<_> = (0_u64..)
            .zip(phones)
            .enumerate()
            .map(|(place, (number, phone))| {
                let now = clock_of(company, place);
                let random = ChaCha8Rng::seed_from_u64(scale.seed * 1_000 + number);
                scope.spawn(move || order_and_sync(phone, random, scale.times, now))
            })
            .collect();
        ordering.into_iter().flat_map(|one| one.join().unwrap()).collect()
    })
}

/// Records orders offline, then syncs until everything is at the server.
fn order_and_sync(
    phone: &Handset,
    mut random: ChaCha8Rng,
    orders: u64,
    now: UtcMillis,
) -> Vec<Ordered> {
    let mut ordered = Vec::new();
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
        let about = client(number).to_string();
        let recorded = phone.phone().record_order(&about, order, None, now).unwrap();
        let is_firm = recorded.provisional.is_some_and(|verdict| verdict.firm);
        ordered.push(Ordered { fact: recorded.fact, is_firm });
    }
    for _ in 0..MOST_SYNCS {
        let weather = [Weather::Fine, Weather::LostReply, Weather::Twice, Weather::TwiceLastHeard];
        phone.line().forecast([weather[random.random_range(0..weather.len())]]);
        match phone.sync(now) {
            Ok(report) if report.unsent == 0 => return ordered,
            // Others wrote into the sheet meanwhile, or the answer was lost.
            Ok(_) | Err(_) => std::thread::sleep(Duration::from_millis(random.random_range(1..20))),
        }
    }
    panic!("a phone never gets rid of its orders: {:?}", phone.phone().status());
}

/// Gives how many orders were released, and by how much limits were overshot in all.
fn check(company: &Arc<Company>, ordered: usize) -> (i64, i64) {
    let sql = company.sql();
    assert_eq!(usize::try_from(count(&sql, "select count(*) from client_order")), Ok(ordered));
    let judged = "select count(*) from client_order
        where (select count(*) from verdict where verdict.fact_id = client_order.fact_id) <> 1";
    assert_eq!(count(&sql, judged), 0, "orders without exactly one verdict");
    let mut released = BTreeMap::new();
    for id in solvent() {
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
        let lent = format!(
            "select coalesce(sum(lent_minor - used_minor), 0) from loan
             where ended_at is null and client_id = '{id}'"
        );
        let taken = released[&id] + count(&sql, &lent);
        assert_eq!(account.reserved_minor, taken, "what phones are told is reserved");
        assert!(taken <= LIMIT_MINOR, "{taken} are released and lent of {id}");
    }
    let overshot = released.values().map(|sum| (sum - LIMIT_MINOR).max(0)).sum();
    assert_eq!(overshot, 0, "{released:?}");
    assert!(released.values().any(|sum| *sum > LIMIT_MINOR / 2), "limits were used: {released:?}");
    let ill: Vec<_> = company.examine().into_iter().filter(|one| one.is_ill()).collect();
    assert!(ill.is_empty(), "{ill:?}");
    (count(&sql, "select count(*) from client_order where state = 'released'"), overshot)
}

/// Sixteen add up what is taken of a limit, and insert if it fits, all at the same time: gives by how much
/// it is overshot.
async fn naive(url: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql("create table naive_order (amount_minor bigint not null)")
        .execute(&mut connection)
        .await
        .unwrap();
    let all_have_added_up = tokio::sync::Barrier::new(16);
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
            all_have_added_up.wait().await;
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
