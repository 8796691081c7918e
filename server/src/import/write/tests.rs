use chrono::NaiveDate;
use saldo_core::category::Category;
use saldo_core::ids::ClientId;

use crate::import::ledger::Ledger;
use crate::store::{clients, imports, territories};

const FILE: &str = "\
client,name,number,issued_on,due_on,amount,currency,settled_on,disputed,territory
C1,Õun OÜ,1,2026-01-10,2026-01-24,100.00,EUR,2026-02-01,no,North
C1,Õun OÜ,2,2026-02-10,2026-02-24,50.00,EUR,,yes,North
C2,Pirn AS,1,2026-02-11,2026-02-25,70.00,EUR,2026-03-01,yes,
";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_file_comes_in_whole() {
    let ledger = Ledger::new().await;
    let outcome = ledger.receivables(FILE).await;
    assert_eq!(outcome.counts(), [3, 0, 2, 0]);
    assert_eq!((outcome.written.new_clients, outcome.written.new_territories), (2, 2));
    assert_eq!(outcome.written.touched.len(), 2);
    assert_eq!(
        outcome.reasons(),
        ["4: client C1 has an invoice of this number too: both are kept"]
    );

    let paid = ledger.invoice("C1", "1").await;
    assert_eq!((paid.open_minor, paid.disputed_minor, paid.was_disputed), (0, 0, false));
    let disputed = ledger.invoice("C1", "2").await;
    assert_eq!((disputed.open_minor, disputed.disputed_minor), (5_000, 5_000));
    let once = ledger.invoice("C2", "1").await;
    assert_eq!((once.open_minor, once.disputed_minor, once.was_disputed), (0, 0, true));

    let mut tx = ledger.db.begin_read().await.unwrap();
    let client = clients::by_code(&mut tx, "C1").await.unwrap().unwrap();
    assert_eq!((client.name.as_str(), client.category), ("Õun OÜ", Category::Uncertain));
    let names: Vec<_> =
        territories::all(&mut tx).await.unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["North", "Unassigned"]);
    assert_eq!(imports::all(&mut tx).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_same_file_again_changes_nothing() {
    let ledger = Ledger::new().await;
    ledger.receivables(FILE).await;
    let before = ledger.accounts(day("2026-03-11")).await;
    let outcome = ledger.receivables(FILE).await;
    assert_eq!(outcome.counts(), [0, 0, 0, 3]);
    assert!(outcome.written.is_nothing());
    assert_eq!(outcome.reasons(), [""; 0]);
    assert_eq!(ledger.accounts(day("2026-03-11")).await, before);
    // Other bytes that say the same, too; and no import is remembered that brought nothing.
    assert!(ledger.receivables(&FILE.replace("100.00", "100")).await.written.is_nothing());
    let mut tx = ledger.db.begin_read().await.unwrap();
    assert_eq!(imports::all(&mut tx).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_import_that_dies_leaves_nothing() {
    let ledger = Ledger::new().await;
    let (tx, outcome) = ledger.receivables_in_flight(FILE).await;
    assert_eq!(outcome.written.new_invoices, 3);
    drop(tx);
    let mut tx = ledger.db.begin_read().await.unwrap();
    assert_eq!(clients::ids(&mut tx).await.unwrap(), []);
    assert_eq!(territories::all(&mut tx).await.unwrap(), []);
    assert_eq!(imports::all(&mut tx).await.unwrap(), []);
}

#[tokio::test]
async fn what_was_paid_since_closes_a_known_invoice() {
    let ledger = Ledger::new().await;
    let head = "client,number,due_on,amount,settled_on,paid_amount,paid_on,disputed";
    for (row, counts, open_minor, disputed_minor) in [
        ("C,1,2026-02-24,50.00,,,,yes", [1, 0, 0, 0], 5_000, 5_000),
        ("C,1,2026-02-24,50.00,,20.00,2026-02-20,yes", [0, 1, 1, 0], 3_000, 3_000),
        ("C,1,2026-02-24,50.00,,20.00,2026-02-20,yes", [0, 0, 0, 1], 3_000, 3_000),
        ("C,1,2026-02-24,50.00,,20.00,2026-02-20,no", [0, 1, 0, 0], 3_000, 0),
        ("C,1,2026-02-24,50.00,2026-03-01,20.00,2026-02-20,no", [0, 1, 1, 0], 0, 0),
        ("C,1,2026-02-24,50.00,2026-03-01,20.00,2026-02-20,no", [0, 0, 0, 1], 0, 0),
        // An older export knows less: that takes nothing back.
        ("C,1,2026-02-24,50.00,,,,no", [0, 0, 0, 1], 0, 0),
    ] {
        let outcome = ledger.receivables(&format!("{head}\n{row}\n")).await;
        assert_eq!(outcome.counts(), counts, "{row}");
        assert_eq!(outcome.reasons(), [""; 0], "{row}");
        let invoice = ledger.invoice("C", "1").await;
        assert_eq!((invoice.open_minor, invoice.disputed_minor), (open_minor, disputed_minor));
        assert!(invoice.was_disputed);
    }
}

#[tokio::test]
async fn what_contradicts_is_named_with_both_values_and_left_out() {
    let head = "client,number,issued_on,due_on,amount,currency,settled_on,paid_amount,paid_on";
    let good = "C,1,2026-02-10,2026-02-24,50.00,EUR,2026-03-01,,";
    for (row, part) in [
        ("C,1,2026-02-10,2026-02-24,60.00,EUR,,,", "50.00 EUR by line 2 and 60.00 EUR by this row"),
        ("C,1,2026-02-10,2026-02-25,50.00,EUR,,,", "2026-02-24 by line 2 and 2026-02-25"),
        ("C,1,2026-02-11,2026-02-24,50.00,EUR,,,", "2026-02-10 by line 2 and 2026-02-11"),
        ("C,1,2026-02-10,2026-02-24,50.00,EUR,2026-03-02,,", "settled on 2026-03-01"),
        ("C,2,2026-02-10,2026-02-24,50.00,USD,,,", "client C is kept in EUR"),
    ] {
        let ledger = Ledger::new().await;
        let outcome = ledger.receivables(&format!("{head}\n{good}\n{row}\n")).await;
        assert_eq!(outcome.written.new_invoices, 1, "{row}");
        assert_eq!(outcome.problems.rows_left_out(), 1, "{row}");
        assert!(outcome.reasons()[0].contains(part), "{row}: {:?}", outcome.reasons());
        assert!(outcome.reasons()[0].starts_with("3: "));
        // The same from a later file.
        let ledger = Ledger::new().await;
        ledger.receivables(&format!("{head}\n{good}\n")).await;
        let later = ledger.receivables(&format!("{head}\n{row}\n")).await;
        let part = part.replace("line 2", "the ledger");
        assert!(later.reasons()[0].contains(&part), "{row}: {:?}", later.reasons());
        assert!(later.written.is_nothing());
    }
}

#[tokio::test]
async fn a_client_under_several_names_keeps_the_first() {
    let ledger = Ledger::new().await;
    let outcome = ledger
        .receivables(
            "client,name,number,due_on,amount\nC,One,1,2026-02-24,1.00\nC,Two,2,2026-02-24,1.00\n\
             C,Three,3,2026-02-24,1.00\nC,Two,4,2026-02-24,1.00\n",
        )
        .await;
    assert_eq!(outcome.written.new_clients, 1);
    assert_eq!(outcome.reasons(), ["3: client C has 2 more names; \"One\" is kept"]);
}

#[tokio::test]
async fn more_money_than_was_owed_stays_the_clients() {
    let ledger = Ledger::new().await;
    let outcome = ledger
        .receivables(
            "client,number,due_on,amount,paid_amount,paid_on\n\
             C,1,2026-02-24,50.00,60.00,2026-02-20\n",
        )
        .await;
    assert!(outcome.reasons()[0].contains("10.00 EUR more than was unpaid"));
    let account = ledger.account("C", day("2026-03-11")).await;
    assert_eq!((account.unallocated_minor, account.receivable_minor()), (1_000, -1_000));
}

#[tokio::test]
async fn payments_find_their_invoices_or_wait() {
    let ledger = Ledger::new().await;
    ledger.receivables("client,number,due_on,amount\nC,1,2026-02-24,50.00\n").await;
    let file = "client,invoice,paid_on,amount,reference\n\
                C,1,2026-02-20,20.00,R1\n\
                C,1,2026-02-20,40.00,R2\n\
                C,9,2026-02-21,5.00,R3\n\
                C,,2026-02-22,1.00,\n\
                D,1,2026-02-22,1.00,\n\
                C,1,2026-02-20,21.00,R1\n\
                C,1,2026-02-20,-1.00,R4\n";
    let outcome = ledger.payments(file).await;
    assert_eq!(outcome.counts(), [0, 0, 4, 0]);
    let parts = [
        "3: more than was unpaid of the invoice: 10.00 EUR is kept",
        "4: the client has no invoice of this number: 5.00 EUR is kept",
        "5: no invoice is named: 1.00 EUR is kept",
        "6: no client has this code",
        "7: the payment R1 of 2026-02-20 is 20.00 EUR by the ledger and 21.00 EUR",
        "8: is negative",
    ];
    assert_eq!(outcome.reasons().len(), parts.len(), "{:?}", outcome.reasons());
    for (reason, part) in outcome.reasons().iter().zip(parts) {
        assert!(reason.starts_with(part), "{reason}");
    }
    assert_eq!(outcome.problems.rows_left_out(), 3);
    assert_eq!(ledger.invoice("C", "1").await.open_minor, 0);
    assert_eq!(ledger.account("C", day("2026-03-11")).await.unallocated_minor, 1_600);

    let again = ledger.payments(file).await;
    assert_eq!(again.counts(), [0, 0, 0, 4]);
    assert!(again.written.is_nothing());

    // The invoice that a payment waited for comes, and the payments once more.
    ledger.receivables("client,number,due_on,amount\nC,9,2026-02-28,5.00\n").await;
    assert_eq!(ledger.payments(file).await.counts(), [0, 1, 0, 3]);
    assert_eq!(ledger.invoice("C", "9").await.open_minor, 0);
    assert_eq!(ledger.account("C", day("2026-03-11")).await.unallocated_minor, 1_100);
}

#[tokio::test]
async fn two_clients_may_share_a_number_across_files() {
    let ledger = Ledger::new().await;
    ledger.receivables("client,number,due_on,amount\nC,1,2026-02-24,50.00\n").await;
    let outcome = ledger.receivables("client,number,due_on,amount\nD,1,2026-02-24,60.00\n").await;
    assert_eq!(outcome.written.new_invoices, 1);
    assert!(outcome.reasons()[0].contains("client C has an invoice of this number too"));
    assert_eq!(outcome.written.touched, [ClientId::of_code("D")]);
}
