//! Late fees on the phone (R8): today's, by core's own function, and a waiver written offline.

use chrono::NaiveDate;
use saldo_core::account::Account;
use saldo_core::facts::{FactBody, Waiver};
use saldo_core::feed::FeedRow;
use saldo_core::ids::{ClientId, InvoiceId};
use saldo_core::late_fee::{Fee, FeeStanding, Fees, FeesRow};
use saldo_core::money::Money as CoreMoney;
use saldo_core::restructuring::{Signed, Standing};

use super::{Phone, own_identity, record, views};
use crate::PhoneError;
use crate::records::{
    AgreementStanding, AgreementView, FeeView, FeesView, Money, NewWaiver, Recorded,
    ScheduledPayment, UtcMillis,
};
use crate::rules::Rules;
use crate::store::{self, Store};

#[uniffi::export]
impl Phone {
    /// R8.3: the late fee of an invoice shall not be asked for. The provisional verdict says whether
    /// the rep may waive it, or who must decide.
    ///
    /// # Errors
    /// As [`Phone::record_visit`], and [`PhoneError::NotFound`] for an invoice that has no fee here,
    /// [`PhoneError::Invalid`] without a reason.
    pub fn record_waiver(
        &self,
        client: &str,
        waiver: NewWaiver,
        now: UtcMillis,
    ) -> Result<Recorded, PhoneError> {
        self.record(client, None, now, |store, id| {
            let missing =
                || PhoneError::not_found(format!("the fee of invoice {}", waiver.invoice));
            let invoice: InvoiceId = waiver.invoice.parse().map_err(|_| missing())?;
            let number = number_of(store, id, invoice)?.ok_or_else(missing)?;
            Ok(FactBody::Waiver(Waiver { invoice, number, why: waiver.why }))
        })
    }
}

fn number_of(
    store: &Store,
    client: ClientId,
    invoice: InvoiceId,
) -> Result<Option<String>, PhoneError> {
    let told = row(store.read(), client)?.into_iter().flat_map(|row| row.fees.items);
    if let Some(item) = told.into_iter().find(|item| item.invoice == invoice) {
        return Ok(Some(item.number));
    }
    // A policy that this app cannot read stands in the way of verdicts, and of nothing else.
    let rules = views::rules(store.read(), &own_identity(store)?)?;
    let since = rules.map(|rules| rules.policy().late_fee().since);
    let open =
        record::snapshot(store, client)?.into_iter().flat_map(|account| account.open_invoices);
    let found = open
        .into_iter()
        .find(|open| open.id == invoice && since.is_none_or(|since| open.due_on >= since));
    Ok(found.map(|open| open.number))
}

fn row(connection: &rusqlite::Connection, client: ClientId) -> Result<Option<FeesRow>, PhoneError> {
    match store::row(connection, "fees", &client.to_string())? {
        Some(FeedRow::Fees(row)) => Ok(Some(*row)),
        _ => Ok(None),
    }
}

/// What a client's fees are computed from, as the server told it beside the account; none where there
/// is nothing to compute.
pub(super) fn beside(
    connection: &rusqlite::Connection,
    rules: &Rules,
    account: &Account,
) -> Result<Option<Fees>, PhoneError> {
    let row = row(connection, account.client)?;
    Ok(FeesRow::whole(row, account, rules.policy().late_fee().since))
}

/// Today's fees for a screen; none where no fee and no agreement is to be shown.
pub(super) fn view(rules: &Rules, fees: &Fees, today: NaiveDate) -> Option<FeesView> {
    let found = fees.on(rules.policy(), rules.calendar(), today);
    let money = |minor| Money::from(CoreMoney::new(minor, fees.currency));
    let agreements: Vec<AgreementView> =
        fees.agreements.iter().filter_map(|signed| agreement(fees, signed, today)).collect();
    if found.is_empty() && agreements.is_empty() {
        return None;
    }
    Some(FeesView {
        open: money(found.iter().map(Fee::open_minor).sum()),
        payable: money(found.iter().map(Fee::payable_minor).sum()),
        fees: found.iter().map(|fee| line(fee, money)).collect(),
        agreements,
    })
}

fn line(fee: &Fee, money: impl Fn(i64) -> Money) -> FeeView {
    FeeView {
        invoice: fee.invoice.to_string(),
        number: fee.number.clone(),
        due_on: fee.due_on.into(),
        week: fee.week,
        rate_percent: fee.rate_percent.normalize().to_string(),
        paid_in_full_on: fee.paid_in_full_on.map(Into::into),
        accrued: money(fee.accrued_minor),
        paid: money(fee.paid_minor),
        waived: money(fee.waived_minor),
        open: money(fee.open_minor()),
        payable: fee.standing == FeeStanding::Payable,
        agreed_on: fee.agreed_on.map(Into::into),
    }
}

fn agreement(fees: &Fees, signed: &Signed, today: NaiveDate) -> Option<AgreementView> {
    let money = |minor| Money::from(CoreMoney::new(minor, fees.currency));
    let (standing, day) = match signed.standing(today)? {
        Standing::Kept { next_on } => (AgreementStanding::Kept, Some(next_on)),
        Standing::Missed { on } => (AgreementStanding::Missed, Some(on)),
        Standing::Fulfilled => (AgreementStanding::Fulfilled, None),
        Standing::Incomplete { .. } => return None,
    };
    let schedule = &signed.agreement.schedule;
    let paid_minor: i64 = signed.paid.iter().map(|(_, minor)| minor).sum();
    let wanted_minor = |day: NaiveDate| -> i64 {
        let by: i64 =
            schedule.iter().filter(|one| one.pay_on <= day).map(|one| one.amount.minor).sum();
        (by - paid_minor).max(0)
    };
    let covers = |item: &&saldo_core::late_fee::FeeItem| {
        item.agreed.as_ref().is_some_and(|agreed| agreed.agreement == signed.id)
    };
    Some(AgreementView {
        signed_on: signed.agreement.signed_on.into(),
        standing,
        instalment_on: day.map(Into::into),
        instalment: day.map(|day| money(wanted_minor(day))),
        invoices: fees.items.iter().filter(covers).map(|item| item.number.clone()).collect(),
        schedule: schedule
            .iter()
            .map(|one| ScheduledPayment { pay_on: one.pay_on.into(), amount: one.amount.into() })
            .collect(),
        paid: money(paid_minor),
    })
}
