//! Late fees as they probably stand: what this phone recorded since the server told them. The fee
//! itself is core's.

use chrono::NaiveDate;
use saldo_core::facts::{Receipt, Waiver};
use saldo_core::time::UtcMillis as Instant;

use super::provisional::pay;
use super::{Provisional, Rules};

impl Provisional {
    /// Money pays invoices, and stops their fees from rising (R8.2).
    pub(super) fn pay(&mut self, receipt: &Receipt, on: NaiveDate) {
        let taken = pay(&mut self.account, receipt);
        let Some(fees) = &mut self.fees else { return };
        for (invoice, minor) in taken {
            let Some(item) = fees.items.iter_mut().find(|item| item.invoice == invoice) else {
                continue;
            };
            item.paid.push((on, minor));
            let agreed = item.agreed.as_ref().map(|agreed| agreed.agreement);
            for signed in fees.agreements.iter_mut().filter(|one| Some(one.id) == agreed) {
                signed.paid.push((on, minor));
            }
        }
    }

    /// What of the fee is open is waived (R8.3).
    pub(super) fn waive(&mut self, rules: &Rules, waiver: &Waiver, now: Instant) {
        let Some(fees) = &mut self.fees else { return };
        let today = rules.day(now);
        let Some((item, agreement)) = fees.item(waiver.invoice) else { return };
        let open_minor = item.on(rules.policy(), rules.calendar(), agreement, today).open_minor();
        let waived = fees.items.iter_mut().find(|item| item.invoice == waiver.invoice);
        if let Some(item) = waived
            && open_minor > 0
        {
            item.waived.push((today, open_minor));
        }
    }

    /// What is disputed by now carries no fee.
    pub(super) fn put_disputes_aside(&mut self) {
        let Some(fees) = &mut self.fees else { return };
        for item in &mut fees.items {
            let open = self.account.open_invoices.iter().find(|open| open.id == item.invoice);
            item.disputed_minor = open.map_or(0, |open| open.disputed_minor);
        }
    }
}

#[cfg(test)]
mod tests {
    use saldo_core::account::Account;
    use saldo_core::facts::{FactBody, ReceiptMethod};
    use saldo_core::ids::InvoiceId;
    use saldo_core::late_fee::{Fee, FeeItem, Fees};
    use saldo_core::money::{Currency, Money};
    use saldo_core::roles::Role;
    use saldo_core::verdict::Outcome;
    use uuid::Uuid;

    use crate::rules::tests::{NOW, account, day, invoice, rules, stored};
    use crate::rules::{Provisional, Snapshot, provisional};
    use crate::store::StoredFact;

    const INVOICE: InvoiceId = InvoiceId(Uuid::from_u128(7));

    /// 1,000.00 due on 2026-11-11, a week before the day.
    fn snapshot() -> Snapshot {
        let account =
            Account { open_invoices: vec![invoice(7, "2026-11-11", 100_000)], ..account() };
        let item = FeeItem {
            invoice: INVOICE,
            number: "7".to_owned(),
            due_on: day("2026-11-11"),
            principal_minor: 100_000,
            disputed_minor: 0,
            paid: vec![],
            fee_paid: vec![],
            waived: vec![],
            agreed: None,
        };
        let fees = Fees {
            client: account.client,
            currency: Currency::EUR,
            items: vec![item],
            agreements: vec![],
        };
        Snapshot { fees: Some(fees), ..Snapshot::from(account) }
    }

    fn cash(id: u128, minor: i64) -> StoredFact {
        let receipt = saldo_core::facts::Receipt {
            amount: Money::new(minor, Currency::EUR),
            method: ReceiptMethod::Cash,
            invoices: vec![],
            note: String::new(),
        };
        stored(id, FactBody::Receipt(receipt))
    }

    fn waiver(id: u128) -> StoredFact {
        let waiver = saldo_core::facts::Waiver {
            invoice: INVOICE,
            number: "7".to_owned(),
            why: "paid at once".to_owned(),
        };
        stored(id, FactBody::Waiver(waiver))
    }

    fn fee(stands: &Provisional) -> Fee {
        let rules = rules();
        let fees = stands.fees.as_ref().expect("fees");
        fees.on(rules.policy(), rules.calendar(), rules.day(NOW)).remove(0)
    }

    /// Section 15, example 3, offline: cash in the first week, and the rep may waive.
    #[test]
    fn cash_makes_the_fee_the_reps_to_waive() {
        let unpaid = provisional(&rules(), snapshot(), &[waiver(2)], NOW);
        assert_eq!(fee(&unpaid).open_minor(), 1_500);
        let verdict = unpaid.verdicts.values().next().expect("a verdict");
        assert_eq!(
            (verdict.outcome, &verdict.approvals[..]),
            (Outcome::Pending, &[Role::Director][..])
        );

        let paid = provisional(&rules(), snapshot(), &[cash(1, 100_000), waiver(2)], NOW);
        let verdict = paid.verdicts.values().next().expect("a verdict");
        assert_eq!(verdict.outcome, Outcome::Accepted);
        assert_eq!((fee(&paid).waived_minor, fee(&paid).open_minor()), (1_500, 0));
    }

    #[test]
    fn what_is_not_in_full_is_not_the_reps() {
        let paid = provisional(&rules(), snapshot(), &[cash(1, 99_999), waiver(2)], NOW);
        let verdict = paid.verdicts.values().next().expect("a verdict");
        assert_eq!(verdict.approvals, [Role::Director]);
        let director = rules().of(Role::Director);
        let own = provisional(&director, snapshot(), &[waiver(2)], NOW);
        assert_eq!(own.verdicts.values().next().expect("a verdict").outcome, Outcome::Accepted);
    }

    /// R4.8: figures older than the lease promise nothing.
    #[test]
    fn an_old_snapshot_waives_nothing() {
        let mut old = snapshot();
        old.account.as_of = NOW.plus_millis(-100 * saldo_core::time::HOUR_MILLIS);
        let stands = provisional(&rules(), old, &[cash(1, 100_000), waiver(2)], NOW);
        let verdict = stands.verdicts.values().next().expect("a verdict");
        assert_eq!(verdict.outcome, Outcome::Unknown);
        assert_eq!(fee(&stands).open_minor(), 1_500);
    }
}
