//! One client's late fees by invoice (R8.1 to R8.5): what the server keeps of them, and what that
//! makes on a day. No fee is ever kept as a number that grows: dates and payments give it anew,
//! on the server and, offline, on the phone.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{FeeStanding, accrued_minor, period, rate_percent, standing, week_of_delay};
use crate::calendar::Calendar;
use crate::ids::{AgreementId, ClientId, InvoiceId};
use crate::money::Currency;
use crate::policy::Policy;
use crate::restructuring::{Signed, Standing};

/// What one client's fees are computed from. All amounts are minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fees {
    /// Whose.
    pub client: ClientId,
    /// Of every amount here.
    pub currency: Currency,
    /// By invoice, the earliest due first: every one that is unpaid or has a fee.
    pub items: Vec<FeeItem>,
    /// The restructuring agreements that cover some of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agreements: Vec<Signed>,
}

/// What the fee of one invoice is computed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeItem {
    /// Of which invoice; its principal may be paid.
    pub invoice: InvoiceId,
    /// Its number on paper.
    pub number: String,
    /// The contract's due date.
    pub due_on: NaiveDate,
    /// What is unpaid and what was paid, together.
    pub principal_minor: i64,
    /// Of what is unpaid, what is disputed.
    #[serde(default)]
    pub disputed_minor: i64,
    /// What was paid of the principal (day, minor units).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paid: Vec<(NaiveDate, i64)>,
    /// What was paid of the fee.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fee_paid: Vec<(NaiveDate, i64)>,
    /// What was waived of the fee.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waived: Vec<(NaiveDate, i64)>,
    /// The latest restructuring that covers the invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed: Option<AgreedFee>,
}

/// What a restructuring says about the fee of one invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreedFee {
    /// Which.
    pub agreement: AgreementId,
    /// The day of the signatures.
    pub signed_on: NaiveDate,
    /// The invoice's part of the fee agreed.
    pub fee_minor: i64,
}

/// The fee of one invoice on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fee {
    /// Of which invoice.
    pub invoice: InvoiceId,
    /// Its number on paper.
    pub number: String,
    /// The due date it counts from: the contract's, or the next instalment's.
    pub due_on: NaiveDate,
    /// What is unpaid of the principal and not disputed.
    pub unpaid_minor: i64,
    /// The started week of delay: that of the last payment where all is paid, else the day's; zero
    /// while nothing is overdue.
    pub week: i64,
    /// The rate of that week (or of those days), in per cent.
    pub rate_percent: Decimal,
    /// What accrued, or what was agreed.
    pub accrued_minor: i64,
    /// Of that, paid.
    pub paid_minor: i64,
    /// Of that, waived.
    pub waived_minor: i64,
    /// Whether the client must pay it yet (R8.4).
    pub standing: FeeStanding,
    /// The day on which the principal was paid in full; none while it is not.
    pub paid_in_full_on: Option<NaiveDate>,
    /// The restructuring whose agreed fee stands in for the accrued one.
    pub agreed_on: Option<NaiveDate>,
}

impl Fee {
    /// What is neither paid nor waived of it, in minor units.
    #[must_use]
    pub fn open_minor(&self) -> i64 {
        (self.accrued_minor - self.paid_minor - self.waived_minor).max(0)
    }

    /// What of it the client must pay now (R8.4), in minor units.
    #[must_use]
    pub fn payable_minor(&self) -> i64 {
        match self.standing {
            FeeStanding::Payable => self.open_minor(),
            FeeStanding::Shown => 0,
        }
    }
}

impl Fees {
    /// Every fee on `today`, in the order of the items; items of which nothing ever accrued are
    /// left out.
    #[must_use]
    pub fn on(&self, policy: &Policy, calendar: &Calendar, today: NaiveDate) -> Vec<Fee> {
        self.items
            .iter()
            .map(|item| item.on(policy, calendar, self.agreement_of(item), today))
            .filter(|fee| fee.accrued_minor > 0)
            .collect()
    }

    /// The item of an invoice, with the agreement that covers it.
    #[must_use]
    pub fn item(&self, invoice: InvoiceId) -> Option<(&FeeItem, Option<&Signed>)> {
        let item = self.items.iter().find(|item| item.invoice == invoice)?;
        Some((item, self.agreement_of(item)))
    }

    /// The agreement that covers an item.
    #[must_use]
    pub fn agreement_of(&self, item: &FeeItem) -> Option<&Signed> {
        let agreed = item.agreed.as_ref()?;
        self.agreements.iter().find(|signed| signed.id == agreed.agreement)
    }
}

impl FeeItem {
    /// The fee on `today`, given the `agreement` that [`FeeItem::agreed`] names.
    ///
    /// Readings: while the agreement is kept, and when it was fulfilled, the fee is the one agreed;
    /// a missed instalment brings back the whole accrued one, as if nothing had been agreed (R8.5),
    /// payable all the same (R8.4). A disputed part carries no fee while it is disputed; what of it
    /// proves to be owed carries it from the due date on.
    #[must_use]
    pub fn on(
        &self,
        policy: &Policy,
        calendar: &Calendar,
        agreement: Option<&Signed>,
        today: NaiveDate,
    ) -> Fee {
        let stands = agreement.and_then(|signed| signed.standing(today));
        let agreed = self
            .agreed
            .as_ref()
            .filter(|_| matches!(stands, Some(Standing::Kept { .. } | Standing::Fulfilled)));
        let due_on = match stands {
            Some(Standing::Kept { next_on }) => next_on.max(self.due_on),
            _ => self.due_on,
        };
        let undisputed_minor = (self.principal_minor - self.disputed_minor).max(0);
        let accrued_minor = match agreed {
            Some(agreed) => agreed.fee_minor,
            None => accrued_minor(policy, calendar, due_on, undisputed_minor, &self.paid, today),
        };
        let paid_in_full_on = self.paid_in_full_on(today);
        let rolled = policy.rolled(calendar, due_on);
        let last = paid_in_full_on.unwrap_or(today);
        let rules = policy.late_fee();
        // What was paid or waived of the fee before the signatures is not part of the one agreed.
        let since = agreed.map_or(NaiveDate::MIN, |agreed| agreed.signed_on);
        let signed_on = self.agreed.as_ref().map(|agreed| agreed.signed_on);
        Fee {
            invoice: self.invoice,
            number: self.number.clone(),
            due_on,
            unpaid_minor: (undisputed_minor - until(&self.paid, today)).max(0),
            week: week_of_delay(rolled, last),
            rate_percent: rate_percent(rules, period(rules, rolled, last)),
            accrued_minor,
            paid_minor: between(&self.fee_paid, since, today),
            waived_minor: between(&self.waived, since, today),
            standing: standing(policy, calendar, self.due_on, signed_on, paid_in_full_on, today),
            paid_in_full_on,
            agreed_on: agreed.map(|agreed| agreed.signed_on),
        }
    }

    /// The day by which all of the principal was paid; `None`: something is unpaid on `today`.
    fn paid_in_full_on(&self, today: NaiveDate) -> Option<NaiveDate> {
        let last = self.paid.iter().map(|(on, _)| *on).filter(|on| *on <= today).max()?;
        (until(&self.paid, today) >= self.principal_minor).then_some(last)
    }
}

/// What came in up to `today`.
fn until(amounts: &[(NaiveDate, i64)], today: NaiveDate) -> i64 {
    between(amounts, NaiveDate::MIN, today)
}

/// What came in from `since` up to `today`.
fn between(amounts: &[(NaiveDate, i64)], since: NaiveDate, today: NaiveDate) -> i64 {
    amounts.iter().filter(|(on, _)| *on >= since && *on <= today).map(|(_, minor)| minor).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{day, default_policy, fee_item, signed};

    fn fee(item: &FeeItem, agreement: Option<&Signed>, today: &str) -> Fee {
        let (policy, calendar) = default_policy();
        item.on(&policy, &calendar, agreement, day(today))
    }

    /// Every fee of a client: each with its own agreement, without those that never accrued.
    #[test]
    fn the_fees_of_a_client() {
        let (policy, calendar) = default_policy();
        let agreement = signed("2026-10-20", &[("2026-11-02", 106_000)]);
        let mut agreed = fee_item("2026-09-01", &[]);
        agreed.agreed = Some(AgreedFee {
            agreement: agreement.id,
            signed_on: day("2026-10-20"),
            fee_minor: 6_000,
        });
        let mut late = fee_item("2026-10-12", &[]);
        late.invoice = crate::samples::invoice_id(2);
        let mut due = fee_item("2026-12-01", &[]);
        due.invoice = crate::samples::invoice_id(3);
        let mut other = agreement.clone();
        other.id = crate::ids::AgreementId(uuid::Uuid::from_u128(56));
        let fees = Fees {
            client: crate::samples::account().client,
            currency: crate::money::Currency::EUR,
            items: vec![agreed, late, due],
            agreements: vec![other, agreement],
        };
        let on: Vec<_> = fees
            .on(&policy, &calendar, day("2026-10-26"))
            .into_iter()
            .map(|fee| (fee.invoice, fee.accrued_minor, fee.agreed_on.is_some()))
            .collect();
        let ids: Vec<_> = fees.items.iter().map(|item| item.invoice).collect();
        assert_eq!(on, [(ids[0], 6_000, true), (ids[1], 3_000, false)]);
        let (item, covered_by) = fees.item(ids[0]).unwrap();
        assert_eq!((item.invoice, covered_by.unwrap().id), (ids[0], fees.agreements[1].id));
        assert!(fees.item(ids[1]).unwrap().1.is_none());
        assert!(fees.item(crate::samples::invoice_id(9)).is_none());
    }

    /// R8.2: paying the principal does not lose the fee; paying or waiving it ends it.
    #[test]
    fn a_fee_lasts_until_it_is_paid_or_waived() {
        let mut item = fee_item("2026-08-31", &[(day("2026-09-10"), 100_000)]);
        let of = |item: &FeeItem, today| {
            let fee = fee(item, None, today);
            (fee.week, fee.accrued_minor, fee.open_minor(), fee.payable_minor())
        };
        assert_eq!(of(&item, "2026-08-31"), (0, 0, 0, 0));
        assert_eq!(of(&item, "2026-09-07"), (1, 1_500, 1_500, 0));
        assert_eq!(of(&item, "2026-09-10"), (2, 3_000, 3_000, 0));
        assert_eq!(of(&item, "2027-03-01"), (2, 3_000, 3_000, 0));
        item.fee_paid.push((day("2026-10-01"), 1_000));
        assert_eq!(of(&item, "2026-09-30"), (2, 3_000, 3_000, 0));
        assert_eq!(of(&item, "2026-10-01"), (2, 3_000, 2_000, 0));
        item.waived.push((day("2026-10-02"), 2_000));
        assert_eq!(of(&item, "2026-10-02"), (2, 3_000, 0, 0));
    }

    /// R8.4: unpaid, it is payable from the rung of R7.7 on.
    #[test]
    fn it_is_payable_from_legal_on() {
        let item = fee_item("2026-08-31", &[]);
        assert_eq!(fee(&item, None, "2026-09-28").payable_minor(), 0);
        assert_eq!(fee(&item, None, "2026-09-29").payable_minor(), 8_000);
    }

    #[test]
    fn a_disputed_part_carries_none() {
        let mut item = fee_item("2026-08-31", &[]);
        for (disputed_minor, fee_minor, unpaid_minor) in
            [(0, 3_000, 100_000), (40_000, 1_800, 60_000), (100_000, 0, 0)]
        {
            item.disputed_minor = disputed_minor;
            let fee = fee(&item, None, "2026-09-10");
            assert_eq!((fee.accrued_minor, fee.unpaid_minor), (fee_minor, unpaid_minor));
        }
        item.paid = vec![(day("2026-09-03"), 60_000)];
        item.disputed_minor = 40_000;
        assert_eq!(fee(&item, None, "2026-10-10").accrued_minor, 900);
        assert_eq!(fee(&item, None, "2026-10-10").paid_in_full_on, None);
    }

    /// R8.5: kept and fulfilled, the agreed fee; missed, all of it again, and payable.
    #[test]
    fn an_agreement_stands_in_while_it_is_kept() {
        let parts = [("2026-11-02", 53_000), ("2026-12-02", 53_000)];
        let mut agreement = signed("2026-10-20", &parts);
        let mut item = fee_item("2026-09-01", &[]);
        item.agreed = Some(AgreedFee {
            agreement: agreement.id,
            signed_on: day("2026-10-20"),
            fee_minor: 6_000,
        });
        let of = |item: &FeeItem, agreement: &Signed, today| {
            let fee = fee(item, Some(agreement), today);
            (fee.due_on.to_string(), fee.accrued_minor, fee.payable_minor())
        };
        let contract = |fee, payable| ("2026-09-01".to_owned(), fee, payable);
        let next = |on: &str, payable| (on.to_owned(), 6_000, payable);
        assert_eq!(of(&item, &agreement, "2026-10-19"), contract(12_000, 12_000));
        assert_eq!(of(&item, &agreement, "2026-10-20"), next("2026-11-02", 6_000));
        assert_eq!(of(&item, &agreement, "2026-11-02"), next("2026-11-02", 6_000));
        assert_eq!(of(&item, &agreement, "2026-11-03"), contract(14_000, 14_000));
        agreement.paid = vec![(day("2026-11-02"), 53_000)];
        item.paid = vec![(day("2026-11-02"), 50_000)];
        // What was paid of the fee before the signatures counts only once the agreement fell.
        item.fee_paid = vec![(day("2026-10-10"), 500), (day("2026-11-02"), 3_000)];
        assert_eq!(of(&item, &agreement, "2026-11-03"), next("2026-12-02", 3_000));
        // Half was paid in week 9, half is not paid: 14 % of all, less what was paid of it.
        assert_eq!(of(&item, &agreement, "2026-12-03"), contract(14_000, 10_500));
        agreement.paid.push((day("2026-12-02"), 53_000));
        item.paid.push((day("2026-12-02"), 50_000));
        item.fee_paid.push((day("2026-12-02"), 3_000));
        assert_eq!(of(&item, &agreement, "2027-06-01"), contract(6_000, 0));
    }
}
