//! A client's fees beside its account, as phones hold them: of most open invoices the account says
//! all that a fee is computed from, so the row of the fees names only the others.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{FeeItem, Fees};
use crate::account::{Account, OpenInvoice};

/// What the feed says of a client's fees beside its account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeesRow {
    /// The items that the account does not say, or (not [`FeesRow::beside_account`]) all.
    #[serde(flatten)]
    pub fees: Fees,
    /// The open invoices of the account that are not among the items are items too: nothing was paid
    /// of them, and nothing paid, waived or agreed of their fees.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside_account: bool,
}

impl FeesRow {
    /// The row that says, beside `account`, what `fees` says; `None`: the account says all of it.
    /// Invoices due before `since` have no fee.
    #[must_use]
    pub fn of(fees: Option<Fees>, account: &Account, since: NaiveDate) -> Option<Self> {
        let whole = fees.unwrap_or_else(|| none_of(account));
        let mut beside = whole.clone();
        let said: Vec<FeeItem> = said_by(account, since).collect();
        beside.items.retain(|item| !said.contains(item));
        let row = Self { fees: beside, beside_account: true };
        if Self::whole(Some(row.clone()), account, since).unwrap_or_else(|| none_of(account))
            != whole
        {
            return Some(Self { fees: whole, beside_account: false });
        }
        let says_more = !(row.fees.items.is_empty() && row.fees.agreements.is_empty());
        says_more.then_some(row)
    }

    /// What a client's fees are computed from, by its row (`None`: there is none) and its account;
    /// `None`: it owes nothing and no fee is open.
    #[must_use]
    pub fn whole(row: Option<Self>, account: &Account, since: NaiveDate) -> Option<Fees> {
        let (mut fees, beside_account) =
            row.map_or((none_of(account), true), |row| (row.fees, row.beside_account));
        if beside_account {
            let missing: Vec<FeeItem> = said_by(account, since)
                .filter(|said| fees.items.iter().all(|item| item.invoice != said.invoice))
                .collect();
            fees.items.extend(missing);
            fees.items.sort_by(|one, other| {
                (one.due_on, &one.number).cmp(&(other.due_on, &other.number))
            });
        }
        (!fees.items.is_empty()).then_some(fees)
    }
}

fn none_of(account: &Account) -> Fees {
    let (client, currency) = (account.client, account.currency);
    Fees { client, currency, items: Vec::new(), agreements: Vec::new() }
}

fn said_by(account: &Account, since: NaiveDate) -> impl Iterator<Item = FeeItem> {
    account.open_invoices.iter().filter(move |invoice| invoice.due_on >= since).map(untouched)
}

/// The item of an invoice of which nothing was paid, and nothing paid, waived or agreed of its fee.
fn untouched(invoice: &OpenInvoice) -> FeeItem {
    FeeItem {
        invoice: invoice.id,
        number: invoice.number.clone(),
        due_on: invoice.due_on,
        principal_minor: invoice.open_minor,
        disputed_minor: invoice.disputed_minor,
        paid: Vec::new(),
        fee_paid: Vec::new(),
        waived: Vec::new(),
        agreed: None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{account, day, invoice};

    const SINCE: &str = "2026-01-01";

    /// An account with these open invoices, and the items that the server would find.
    fn told(dues: &[&str]) -> (Account, Vec<FeeItem>) {
        let mut account = account();
        account.open_invoices =
            (0..).zip(dues).map(|(number, due_on)| invoice(number, due_on)).collect();
        let items = account.open_invoices.iter().map(untouched).collect();
        (account, items)
    }

    fn with(account: &Account, items: Vec<FeeItem>) -> Option<Fees> {
        (!items.is_empty()).then(|| Fees { items, ..none_of(account) })
    }

    #[test]
    fn what_the_account_says_is_not_said_again() {
        let since = day(SINCE);
        let (account, mut items) = told(&["2026-03-01", "2026-03-02", "2026-03-03"]);
        assert_eq!(FeesRow::of(with(&account, items.clone()), &account, since), None);
        items[1].principal_minor += 500;
        items[1].paid.push((day("2026-03-05"), 500));
        let fees = with(&account, items.clone());
        let row = FeesRow::of(fees.clone(), &account, since).unwrap();
        assert!(row.beside_account);
        assert_eq!(row.fees.items, items[1..2]);
        assert_eq!(FeesRow::whole(Some(row), &account, since), fees);
    }

    #[test]
    fn who_owes_nothing_has_no_row() {
        let (account, _) = told(&[]);
        assert_eq!(FeesRow::of(None, &account, day(SINCE)), None);
        assert_eq!(FeesRow::whole(None, &account, day(SINCE)), None);
    }

    #[test]
    fn an_invoice_from_before_fees_has_none() {
        let (account, mut items) = told(&["2025-12-31", "2026-01-01"]);
        let fees = with(&account, items.split_off(1));
        assert_eq!(FeesRow::of(fees.clone(), &account, day(SINCE)), None);
        assert_eq!(FeesRow::whole(None, &account, day(SINCE)), fees);
    }

    #[test]
    fn an_open_invoice_without_a_fee_makes_the_row_say_everything() {
        let since = day(SINCE);
        let (account, items) = told(&["2026-03-01", "2026-03-02"]);
        for fees in [with(&account, items[..1].to_vec()), None] {
            let row = FeesRow::of(fees.clone(), &account, since);
            assert!(row.as_ref().is_some_and(|row| !row.beside_account));
            assert_eq!(FeesRow::whole(row, &account, since), fees);
        }
    }

    #[test]
    fn a_row_of_an_older_server_says_everything() {
        let (account, items) = told(&["2026-03-01"]);
        let fees = with(&account, items);
        let older = serde_json::to_value(&fees).unwrap();
        let row: FeesRow = serde_json::from_value(older).unwrap();
        assert!(!row.beside_account);
        assert_eq!(FeesRow::whole(Some(row), &account, day(SINCE)), fees);
    }

    proptest! {
        #[test]
        fn whatever_the_fees_are_they_come_out(
            touched in proptest::collection::vec((0..4_u8, 0..60_u64), 0..8),
        ) {
            let since = day(SINCE);
            let mut account = account();
            let mut items = Vec::new();
            account.open_invoices = Vec::new();
            for (number, (what, days)) in (0..).zip(touched) {
                let due_on = day("2025-12-01") + chrono::Days::new(days);
                let open = invoice(number, &due_on.to_string());
                let mut item = untouched(&open);
                match what {
                    0 => {}
                    1 => item.fee_paid.push((due_on, 100)),
                    2 => item.disputed_minor = 7,
                    _ => item.waived.push((due_on, 100)),
                }
                // Of what is paid the account says nothing.
                if number % 3 != 2 {
                    account.open_invoices.push(open);
                }
                if due_on >= since {
                    items.push(item);
                }
            }
            items.sort_by(|one, other| (one.due_on, &one.number).cmp(&(other.due_on, &other.number)));
            let fees = with(&account, items);
            let row = FeesRow::of(fees.clone(), &account, since);
            prop_assert_eq!(FeesRow::whole(row, &account, since), fees);
        }
    }
}
