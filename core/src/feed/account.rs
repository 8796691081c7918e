//! An account as a row of the feed says it: thousands of open invoices go over bad lines, so what can
//! be computed of each is left out.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use serde_json::value::RawValue;

use super::FeedRow;
use crate::account::Account;
use crate::facts::Mark;
use crate::ids::InvoiceId;

/// Leaves out what [`deserialize`] computes.
///
/// # Errors
/// As the serializer.
#[expect(clippy::borrowed_box, reason = "the shape that serde wants")]
pub(super) fn serialize<S: Serializer>(
    account: &Box<Account>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut said = Account::clone(account);
    for invoice in &mut said.open_invoices {
        if invoice.id == InvoiceId::of_number(account.client, &invoice.number) {
            invoice.id = InvoiceId::unsaid();
        }
        if invoice.open_minor == invoice.amount_minor {
            invoice.open_minor = 0;
        }
    }
    said.serialize(serializer)
}

/// Reads a row of this or an older server, which leaves nothing out.
///
/// # Errors
/// As the deserializer.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Box<Account>, D::Error> {
    let mut account = Account::deserialize(deserializer)?;
    for invoice in &mut account.open_invoices {
        if invoice.id.is_unsaid() {
            invoice.id = InvoiceId::of_number(account.client, &invoice.number);
        }
        if invoice.open_minor == 0 {
            invoice.open_minor = invoice.amount_minor;
        }
    }
    Ok(Box::new(account))
}

/// An account's row, as JSON, with another mark of behaviour (R6.1); `None`: it is no account's row. What
/// else it says is passed on as it is said, since computing all of it again for one letter would be most
/// of the work.
#[must_use]
pub fn with_mark(row: &str, mark: Mark) -> Option<String> {
    if let Some(marked) = with_said_mark(row, mark) {
        return Some(marked);
    }
    let FeedRow::Account(account) = serde_json::from_str(row).ok()? else { return None };
    let marked = Account { mark: Some(mark), ..*account };
    serde_json::to_string(&FeedRow::Account(Box::new(marked))).ok()
}

/// The same where the row says a mark.
fn with_said_mark(row: &str, mark: Mark) -> Option<String> {
    #[derive(Deserialize)]
    struct Said<'a> {
        kind: &'a str,
        #[serde(borrow)]
        mark: &'a RawValue,
    }
    let Said { kind: "account", mark: said } = serde_json::from_str(row).ok()? else {
        return None;
    };
    let said = said.get();
    // It was borrowed from the row: here it stands.
    let at = said.as_ptr().addr().checked_sub(row.as_ptr().addr())?;
    let (before, rest) = row.split_at_checked(at)?;
    let behind = rest.strip_prefix(said)?;
    Some(format!("{before}{}{behind}", serde_json::to_string(&mark).ok()?))
}

#[cfg(test)]
mod tests {
    use super::with_mark;
    use crate::account::{Account, OpenInvoice};
    use crate::facts::Mark;
    use crate::feed::FeedRow;
    use crate::ids::InvoiceId;
    use crate::samples::{account, invoice};

    /// One invoice that an import named and nothing was paid of, one of another name that is paid in
    /// part.
    fn told() -> Account {
        let mut account = account();
        let named = OpenInvoice {
            id: InvoiceId::of_number(account.client, "A-1"),
            ..invoice(1, "2026-12-01")
        };
        let other = OpenInvoice { open_minor: 40_000, ..invoice(2, "2026-12-02") };
        account.open_invoices = vec![named, other];
        account
    }

    #[test]
    fn what_can_be_computed_is_left_out_and_comes_back() {
        let account = told();
        let row = FeedRow::Account(Box::new(account.clone()));
        let json = serde_json::to_value(&row).unwrap();
        let said = |invoice: usize, key: &str| json["open_invoices"][invoice].get(key).is_some();
        assert!(!said(0, "id") && !said(0, "open_minor"), "{json}");
        assert!(said(1, "id") && said(1, "open_minor"), "{json}");
        assert_eq!(serde_json::from_value::<FeedRow>(json).unwrap(), row);
        // Everywhere else an account says everything.
        let whole = serde_json::to_value(&account).unwrap();
        assert_eq!(whole["open_invoices"][0]["open_minor"], 100_000);
        assert!(whole["open_invoices"][0].get("id").is_some());
    }

    #[test]
    fn a_row_of_an_older_server_says_everything() {
        let account = told();
        let mut older = serde_json::to_value(&account).unwrap();
        older["kind"] = "account".into();
        let row: FeedRow = serde_json::from_value(older).unwrap();
        assert_eq!(row, FeedRow::Account(Box::new(account)));
    }

    #[test]
    fn another_mark_is_all_that_changes() {
        let json =
            |account: Account| serde_json::to_string(&FeedRow::Account(Box::new(account))).unwrap();
        let mut account = told();
        account.open_invoices[1].number = "\"mark\":\"c\", õ \\".to_owned();
        for before in [None, Some(Mark::A), Some(Mark::C)] {
            let row = json(Account { mark: before, ..account.clone() });
            for mark in [Mark::A, Mark::B, Mark::C] {
                let marked = json(Account { mark: Some(mark), ..account.clone() });
                assert_eq!(with_mark(&row, mark), Some(marked), "{before:?}");
            }
        }
        // As another server may have said it.
        let spaced = json(Account { mark: Some(Mark::B), ..account.clone() })
            .replace("\"mark\":\"b\"", "\"mark\" : \"b\" ");
        let marked = spaced.replace("\"mark\" : \"b\" ", "\"mark\" : \"a\" ");
        assert_eq!(with_mark(&spaced, Mark::A), Some(marked));
    }

    #[test]
    fn only_an_account_has_a_mark() {
        for row in ["", "{}", "rubbish", r#"{"kind":"person","mark":"a"}"#, r#"{"mark":"a"}"#] {
            assert_eq!(with_mark(row, Mark::A), None, "{row}");
        }
    }
}
