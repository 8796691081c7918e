use chrono::NaiveDate;
use saldo_core::account::MonthOfOrders;

use crate::import::ledger::Ledger;
use crate::store::clients::{self, ClientFilter, SortBy};

const LEDGER: &str = "client,name,number,issued_on,due_on,amount,settled_on,territory
A,Õun,1,2025-11-28,2025-12-10,10.00,2025-12-09,North
A,Õun,2,2026-01-01,2026-01-10,20.00,2026-01-09,North
A,Õun,3,2026-01-31,2026-02-10,30.00,,North
A,Õun,4,2026-03-01,2026-03-15,40.00,,North
B,100%_pirn,1,2026-03-02,2026-03-16,50.00,,South
C,Kirss,1,,2026-02-01,60.00,,South
D,Ploom,1,2026-02-05,2026-02-20,70.00,2026-02-19,South
";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[tokio::test]
async fn an_account_has_its_months_and_open_invoices() {
    let ledger = Ledger::new().await;
    ledger.receivables(LEDGER).await;
    let account = ledger.account("A", day("2026-03-11")).await;
    let month = |month: &str, ordered_minor| MonthOfOrders { month: day(month), ordered_minor };
    assert_eq!(
        account.complete_months,
        [month("2025-12-01", 0), month("2026-01-01", 5_000), month("2026-02-01", 0)]
    );
    assert_eq!(account.ordered_this_month, month("2026-03-01", 4_000));
    let open: Vec<_> =
        account.open_invoices.iter().map(|one| (one.number.as_str(), one.open_minor)).collect();
    assert_eq!(open, [("3", 3_000), ("4", 4_000)]);
    assert_eq!(account.receivable_minor(), 7_000);
    assert_eq!(account.overdue_minor(day("2026-03-11")), 3_000);
    assert_eq!((account.reserved_minor, account.unallocated_minor), (0, 0));

    // The first order this month: no complete month yet. No issue date: no history at all.
    assert_eq!(ledger.account("B", day("2026-03-11")).await.complete_months, []);
    let unknown = ledger.account("C", day("2026-03-11")).await;
    assert_eq!((unknown.complete_months.len(), unknown.ordered_this_month.ordered_minor), (0, 0));
}

#[tokio::test]
async fn everybody_at_once_is_each_one_by_itself() {
    let ledger = Ledger::new().await;
    ledger.receivables(LEDGER).await;
    ledger
        .payments("client,number,paid_on,amount\nA,3,2026-02-20,5.00\nB,,2026-03-01,1.00\n")
        .await;
    let all = ledger.accounts(day("2026-03-11")).await;
    assert_eq!(all.len(), 4);
    for (code, of_all) in ["A", "B", "C", "D"].into_iter().zip(all) {
        assert_eq!(of_all, ledger.account(code, day("2026-03-11")).await);
    }
}

#[tokio::test]
async fn the_list_is_searched_sorted_and_paged() {
    let ledger = Ledger::new().await;
    ledger.receivables(LEDGER).await;
    ledger.payments("client,paid_on,amount\nB,2026-03-01,45.00\n").await;
    let mut tx = ledger.db.begin_read().await.unwrap();
    let south = saldo_core::ids::TerritoryId::of_name("South");
    let all = ClientFilter {
        territories: None,
        text: String::new(),
        overdue_only: false,
        sort_by: SortBy::Code,
        limit: 10,
        offset: 0,
    };
    for (filter, codes, total) in [
        (all.clone(), &["A", "B", "C", "D"][..], 4),
        (ClientFilter { territories: Some(vec![south]), ..all.clone() }, &["B", "C", "D"], 3),
        (ClientFilter { territories: Some(vec![]), ..all.clone() }, &[], 0),
        (ClientFilter { text: "kir".to_owned(), ..all.clone() }, &["C"], 1),
        (ClientFilter { text: "0%_P".to_owned(), ..all.clone() }, &["B"], 1),
        (ClientFilter { text: "_".to_owned(), ..all.clone() }, &["B"], 1),
        (ClientFilter { overdue_only: true, ..all.clone() }, &["A", "C"], 2),
        (ClientFilter { sort_by: SortBy::Balance, ..all.clone() }, &["A", "C", "B", "D"], 4),
        (ClientFilter { sort_by: SortBy::Overdue, limit: 2, ..all.clone() }, &["C", "A"], 4),
        (ClientFilter { sort_by: SortBy::OldestDue, ..all.clone() }, &["C", "A", "B", "D"], 4),
        (ClientFilter { sort_by: SortBy::Name, offset: 2, ..all.clone() }, &["D", "A"], 4),
    ] {
        let page = clients::list(&mut tx, &filter, day("2026-03-11")).await.unwrap();
        let found: Vec<_> = page.clients.iter().map(|client| client.code.as_str()).collect();
        assert_eq!((found.as_slice(), page.total), (codes, total), "{filter:?}");
    }
    let page = clients::list(&mut tx, &all, day("2026-03-11")).await.unwrap();
    let figures: Vec<_> =
        page.clients.iter().map(|one| (one.balance_minor, one.overdue_minor)).collect();
    assert_eq!(figures, [(7_000, 3_000), (500, 0), (6_000, 6_000), (0, 0)]);
}
