//! One thing that happens, and what must follow.

use std::sync::Arc;

use chrono::Days;
use saldo_core::ids::InvoiceId;
use saldo_mobile::Outcome;
use saldo_server::flow::{Context, publish};
use saldo_server::store::invoices::{self, Invoice};
use saldo_server::store::loans;
use saldo_tests::inside::{Company, Handset, SUPERVISOR, Weather, client, rep};
use uuid::Uuid;

use super::{
    HOURS, LATE_HOURS, all_is_well, an_order, decided, hours, is_firm, left, lending, lent_to,
    nothing_is_overshot, now, order, shop, verdict,
};
use crate::truth::count;

#[test]
fn what_is_lent_is_taken_off_at_once_and_an_order_within_it_is_firm() {
    let company = lending();
    let mari = lent_to(&company, "mari", rep(0));
    let boss = Handset::enrolled(&company, "boss", SUPERVISOR);
    boss.sync(now(&company)).unwrap();
    assert_eq!(left(&company, &mari), 40_000);
    assert_eq!(nothing_is_overshot(&company), 0);

    // Offline, Mari may promise 400.00; the boss sees only 600.00 free.
    let firm = order(&company, &mari, 30_000);
    assert!(is_firm(&firm), "{firm:?}");
    let others = order(&company, &boss, 60_000);
    assert!(!is_firm(&others));
    assert_eq!(others.provisional.as_ref().map(|one| one.outcome), Some(Outcome::Released));
    let more = order(&company, &mari, 10_001);
    assert!(!is_firm(&more), "one cent more than what is left");
    boss.sync(now(&company)).unwrap();
    mari.sync(now(&company)).unwrap();
    assert_eq!(decided(&company, &boss, &others), Outcome::Released);
    assert_eq!(decided(&company, &mari, &firm), Outcome::Released);
    assert!(verdict(&company, &mari, &firm.fact).firm);
    assert_eq!(decided(&company, &mari, &more), Outcome::Held);
    nothing_is_overshot(&company);
    all_is_well(&company);
}

#[test]
fn the_phone_that_has_some_of_the_limit_sees_it_as_free_and_says_how_much_is_firm() {
    let company = lending();
    let mari = lent_to(&company, "mari", rep(0));
    let boss = Handset::enrolled(&company, "boss", SUPERVISOR);
    boss.sync(now(&company)).unwrap();
    let may = |phone: &Handset| {
        phone.phone().client(&shop(), now(&company)).unwrap().account.unwrap().may_do
    };
    assert_eq!(may(&mari).free_limit.unwrap().minor, 100_000);
    assert_eq!(may(&mari).lent.unwrap().left.minor, 40_000);
    assert_eq!((may(&boss).free_limit.unwrap().minor, may(&boss).lent), (60_000, None));
    order(&company, &mari, 15_000);
    assert_eq!(may(&mari).free_limit.unwrap().minor, 85_000);
    assert_eq!(may(&mari).lent.unwrap().left.minor, 25_000);
    // Beyond what is lent the rest of the limit counts, and what is lent is used up first.
    let beyond = order(&company, &mari, 80_000);
    assert_eq!(beyond.provisional.as_ref().map(|one| one.outcome), Some(Outcome::Released));
    assert!(!is_firm(&beyond) && left(&company, &mari) == 0);
    mari.sync(now(&company)).unwrap();
    assert_eq!(decided(&company, &mari, &beyond), Outcome::Released);
    assert_eq!(nothing_is_overshot(&company), 95_000);
    all_is_well(&company);
}

#[test]
fn what_was_not_used_goes_back_with_the_next_sync_and_is_lent_anew() {
    let company = lending();
    let mari = lent_to(&company, "mari", rep(0));
    order(&company, &mari, 10_000);
    mari.sync(now(&company)).unwrap();
    let ended = "select count(*) from loan where ending = 'returned' and used_minor = 10000";
    assert_eq!(count(&company.sql(), ended), 1);
    assert_eq!(left(&company, &mari), 36_000, "four tenths of the 900.00 that are free");
    nothing_is_overshot(&company);
    // Given back by hand it is not asked for again.
    mari.phone().return_limit(&shop()).unwrap();
    assert_eq!(left(&company, &mari), 0, "at once");
    mari.sync(now(&company)).unwrap();
    assert_eq!(count(&company.sql(), "select count(*) from loan where ended_at is null"), 0);
    assert_eq!(nothing_is_overshot(&company), 10_000);
    // A fresh one stays where it is: a sync that has nothing to say says nothing.
    mari.phone().borrow_limit(&shop(), now(&company)).unwrap();
    mari.sync(now(&company)).unwrap();
    let report = mari.sync(now(&company)).unwrap();
    assert_eq!((report.round_trips, report.rows), (1, 0));
    assert_eq!(count(&company.sql(), "select count(*) from loan"), 3);
    // Half its time over, it is renewed.
    hours(&company, HOURS / 2);
    mari.sync(now(&company)).unwrap();
    assert_eq!(count(&company.sql(), "select count(*) from loan"), 4);
    assert_eq!(left(&company, &mari), 36_000);
}

#[test]
fn what_is_over_is_not_firm_and_goes_back_when_nothing_can_be_on_its_way() {
    let company = lending();
    let mari = lent_to(&company, "mari", rep(0));
    hours(&company, HOURS);
    assert_eq!(left(&company, &mari), 0);
    assert!(!is_firm(&order(&company, &mari, 1)));
    hours(&company, LATE_HOURS - 1);
    company.end_loans();
    assert_eq!(count(&company.sql(), "select count(*) from loan where ended_at is null"), 1);
    hours(&company, 1);
    // At once, even before somebody looks.
    let boss = Handset::enrolled(&company, "boss", SUPERVISOR);
    let whole = {
        boss.sync(now(&company)).unwrap();
        order(&company, &boss, 100_000)
    };
    boss.sync(now(&company)).unwrap();
    assert_eq!(decided(&company, &boss, &whole), Outcome::Released);
    company.end_loans();
    assert_eq!(count(&company.sql(), "select count(*) from loan where ending = 'expired'"), 1);
    assert_eq!(nothing_is_overshot(&company), 100_000);
    mari.sync(now(&company)).unwrap();
    nothing_is_overshot(&company);
    all_is_well(&company);
}

/// The order was taken in time; the phone comes back after the loan's end by the server's clock.
#[test]
fn a_late_firm_order_is_honoured_though_others_took_everything_else() {
    let company = lending();
    let mari = lent_to(&company, "mari", rep(0));
    let boss = Handset::enrolled(&company, "boss", SUPERVISOR);
    boss.sync(now(&company)).unwrap();
    hours(&company, HOURS - 1);
    let late = order(&company, &mari, 40_000);
    assert!(is_firm(&late));
    hours(&company, LATE_HOURS);
    let (fits, too_much) = (order(&company, &boss, 60_000), order(&company, &boss, 1));
    boss.sync(now(&company)).unwrap();
    assert_eq!(decided(&company, &boss, &fits), Outcome::Released);
    assert_eq!(decided(&company, &boss, &too_much), Outcome::Held);
    mari.sync(now(&company)).unwrap();
    assert_eq!(decided(&company, &mari, &late), Outcome::Released);
    assert_eq!(nothing_is_overshot(&company), 100_000);
    // It has told everything: a later one, whatever its clock says, is looked at like any order.
    let backdated =
        mari.phone().record_order(&shop(), an_order(1), None, saldo_mobile::UtcMillis(0)).unwrap();
    mari.sync(now(&company)).unwrap();
    assert_eq!(decided(&company, &mari, &backdated), Outcome::Held);
    all_is_well(&company);
}

#[test]
fn after_the_last_hour_a_late_order_goes_only_where_there_is_room() {
    for (others, outcome) in [(60_000, Outcome::Released), (60_001, Outcome::Held)] {
        let company = lending();
        let mari = lent_to(&company, "mari", rep(0));
        let late = order(&company, &mari, 40_000);
        assert!(is_firm(&late));
        hours(&company, HOURS + LATE_HOURS);
        company.end_loans();
        let boss = Handset::enrolled(&company, "boss", SUPERVISOR);
        boss.sync(now(&company)).unwrap();
        let taken = order(&company, &boss, others);
        boss.sync(now(&company)).unwrap();
        assert_eq!(decided(&company, &boss, &taken), Outcome::Released);
        owes_since(&company, 2);
        mari.sync(now(&company)).unwrap();
        assert_eq!(decided(&company, &mari, &late), outcome, "others took {others}");
        nothing_is_overshot(&company);
        all_is_well(&company);
    }
}

#[test]
fn the_stop_list_and_the_category_count_as_of_the_loan() {
    let company = lending();
    let mari = lent_to(&company, "mari", rep(0));
    let firm = order(&company, &mari, 20_000);
    owes_since(&company, 2);
    let boss = Handset::enrolled(&company, "boss", SUPERVISOR);
    boss.sync(now(&company)).unwrap();
    let stopped = order(&company, &boss, 1);
    boss.sync(now(&company)).unwrap();
    assert_eq!(decided(&company, &boss, &stopped), Outcome::Held, "on the stop list");
    mari.sync(now(&company)).unwrap();
    assert_eq!(decided(&company, &mari, &firm), Outcome::Released);
    assert_eq!(left(&company, &mari), 0, "and nothing is lent any more");
    all_is_well(&company);
}

#[test]
fn a_copy_of_the_phone_cannot_use_the_same_part_twice() {
    let company = lending();
    let mut mari = lent_to(&company, "mari", rep(0));
    let copy = mari.twin(&company, "copy");
    let boss = Handset::enrolled(&company, "boss", SUPERVISOR);
    boss.sync(now(&company)).unwrap();
    let rest = order(&company, &boss, 60_000);
    boss.sync(now(&company)).unwrap();
    assert_eq!(decided(&company, &boss, &rest), Outcome::Released);
    let (first, second) = (order(&company, &mari, 40_000), order(&company, &copy, 40_000));
    assert!(is_firm(&first) && is_firm(&second), "neither knows of the other");
    mari.sync(now(&company)).unwrap();
    copy.sync(now(&company)).unwrap();
    assert_eq!(decided(&company, &mari, &first), Outcome::Released);
    assert_eq!(decided(&company, &copy, &second), Outcome::Held);
    assert_eq!(nothing_is_overshot(&company), 100_000);
    all_is_well(&company);
}

/// Once the phone has said that it gives a part back, it writes no order on it, heard or not.
#[test]
fn what_was_given_back_is_not_firm_though_the_answer_was_lost() {
    let company = lending();
    let mari = lent_to(&company, "mari", rep(0));
    let first = order(&company, &mari, 10_000);
    mari.line().forecast([Weather::LostReply]);
    mari.sync(now(&company)).unwrap_err();
    assert!(!is_firm(&order(&company, &mari, 1)), "it went back");
    // What was lent instead comes with the next answer.
    mari.sync(now(&company)).unwrap();
    assert_eq!(decided(&company, &mari, &first), Outcome::Released);
    assert!(left(&company, &mari) > 0);
    nothing_is_overshot(&company);
    for weather in [Weather::Cut, Weather::Twice, Weather::TwiceLastHeard] {
        let firm = order(&company, &mari, 1_000);
        assert!(is_firm(&firm), "{weather:?}");
        mari.line().forecast([weather]);
        while mari.sync(now(&company)).is_err() {}
        assert_eq!(decided(&company, &mari, &firm), Outcome::Released, "{weather:?}");
        nothing_is_overshot(&company);
    }
    let live = "select count(*) from loan where ended_at is null";
    assert_eq!(count(&company.sql(), live), 1);
    all_is_well(&company);
}

#[test]
fn what_a_corrected_order_drew_is_the_phone_s_again() {
    let company = lending();
    let mari = lent_to(&company, "mari", rep(0));
    let first = order(&company, &mari, 30_000);
    let corrected = mari
        .phone()
        .record_order(&shop(), an_order(40_000), Some(first.fact), now(&company))
        .unwrap();
    assert!(is_firm(&corrected) && left(&company, &mari) == 0);
    mari.sync(now(&company)).unwrap();
    assert_eq!(decided(&company, &mari, &corrected), Outcome::Released);
    assert_eq!(nothing_is_overshot(&company), 40_000);
    all_is_well(&company);
}

#[test]
fn a_phone_that_is_shut_out_has_nothing_any_more() {
    let company = lending();
    let _mari = lent_to(&company, "mari", rep(0));
    let state = company.state();
    company.wait(async {
        let mut tx = state.db.begin_read().await.unwrap();
        let live = loans::live_of_client(&mut tx, client(0)).await.unwrap();
        drop(tx);
        let boss = saldo_server::auth::Principal {
            person: SUPERVISOR,
            name: "the boss".to_owned(),
            role: saldo_core::roles::Role::Supervisor,
        };
        let here = saldo_server::auth::Remote(std::net::Ipv4Addr::LOCALHOST.into());
        let device = live[0].loan.device;
        saldo_server::auth::enrolment::revoke(&state, &boss, device, here).await.unwrap();
    });
    let ended = "select count(*) from loan where ending = 'shut_out'";
    assert_eq!(count(&company.sql(), ended), 1);
    assert_eq!(nothing_is_overshot(&company), 0);
    all_is_well(&company);
}

#[test]
fn nothing_is_lent_to_who_may_not_see_the_client_or_of_what_is_not_free() {
    let company = lending();
    let stranger = lent_to_stranger(&company);
    assert_eq!(left(&company, &stranger), 0);
    owes_since(&company, 2);
    let mari = lent_to(&company, "mari", rep(0));
    assert_eq!(left(&company, &mari), 0, "on the stop list");
    assert_eq!(count(&company.sql(), "select count(*) from loan"), 0);
}

/// A hostile phone asks for a client that it never saw.
fn lent_to_stranger(company: &Arc<Company>) -> Handset {
    let mut mari = Handset::enrolled(company, "stranger", rep(0));
    mari.sync(now(company)).unwrap();
    company.assign(0, Some(rep(1)));
    mari.phone().borrow_limit(&shop(), now(company)).unwrap();
    mari.sync(now(company)).unwrap();
    company.assign(0, Some(rep(0)));
    mari.reopen();
    mari
}

/// The first client owes something since so many days.
fn owes_since(company: &Company, days: u64) {
    let state = company.state();
    company.wait(async {
        let mut tx = state.db.begin_write().await.unwrap();
        let context = Context::load(&mut tx, state.clock.now()).await.unwrap();
        let due_on = context.today - Days::new(days);
        let invoice = Invoice {
            id: InvoiceId(Uuid::from_u128(0xbad)),
            client: client(0),
            number: "overdue".to_owned(),
            issued_on: None,
            due_on,
            amount_minor: 10_000,
            open_minor: 10_000,
            disputed_minor: 0,
            was_disputed: false,
        };
        invoices::insert(&mut tx, &invoice, None).await.unwrap();
        publish::client(&mut tx, &context, client(0)).await.unwrap();
        tx.commit().await.unwrap();
        state.sequencer.run(&state.db).await.unwrap();
    });
}
