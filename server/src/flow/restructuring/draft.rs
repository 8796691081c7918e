//! An agreement as somebody draws it up: whether it can be at all, what the invoices owe, and how
//! the fee is split. Whether it is complete is core's word and the director's concern.

use chrono::NaiveDate;
use saldo_core::facts::Instalment;
use saldo_core::ids::{AgreementId, ClientId, InvoiceId};
use saldo_core::money::{Currency, Money};
use saldo_core::restructuring::{self as rule, Agreement};

use super::LONGEST_WORDS_BYTES;
use crate::error::ApiError;
use crate::flow::Context;
use crate::store::restructurings::CoveredInvoice;
use crate::store::{Tx, Whose, fees, invoices, payments};

/// The most invoices or instalments one agreement may have.
const MOST_ENTRIES: usize = 100;

/// What is agreed with a client. Amounts are minor units of the client's currency.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Made by whoever sends it, so that a retry draws up nothing more.
    pub id: AgreementId,
    /// The day of the signatures.
    pub signed_on: NaiveDate,
    /// The day of the client's written request.
    pub requested_on: Option<NaiveDate>,
    /// The invoices covered.
    pub invoices: Vec<InvoiceId>,
    /// The fee agreed, which may be zero.
    pub fee_minor: Option<i64>,
    /// The guarantees, in words.
    pub guarantees: Vec<String>,
    /// When how much is paid, in the order of days.
    pub schedule: Vec<(NaiveDate, i64)>,
}

impl Draft {
    /// Whether it can be at all; complete it need not be.
    pub(super) fn check(&self, context: &Context) -> Result<(), ApiError> {
        let bad = |words: String| Err(ApiError::BadRequest(words));
        if self.invoices.is_empty() || self.invoices.len() > MOST_ENTRIES {
            return bad(format!("name 1 to {MOST_ENTRIES} invoices"));
        }
        if self.schedule.len() > MOST_ENTRIES {
            return bad(format!("give at most {MOST_ENTRIES} instalments"));
        }
        if self.signed_on > context.today {
            return bad(format!(
                "{} is to come: an agreement holds once it is signed",
                self.signed_on
            ));
        }
        if self.fee_minor.is_some_and(|minor| minor < 0) {
            return bad("the fee agreed cannot be below zero".to_owned());
        }
        if self.guarantees.iter().map(String::len).sum::<usize>() > LONGEST_WORDS_BYTES {
            return bad(format!("write at most {LONGEST_WORDS_BYTES} characters of guarantees"));
        }
        if !self.schedule.is_sorted_by(|one, next| one.0 < next.0) {
            return bad("instalments must be in the order of their days, each day once".to_owned());
        }
        if self.schedule.iter().any(|(_, minor)| *minor <= 0) {
            return bad("every instalment must be above zero".to_owned());
        }
        Ok(())
    }

    /// What each invoice owed on the day of the signatures, with its part of the fee: by what accrued
    /// on it until then, or where nothing did, by what it owed.
    pub(super) async fn covered(
        &self,
        tx: &mut Tx,
        context: &Context,
        client: ClientId,
    ) -> Result<Vec<CoveredInvoice>, ApiError> {
        let mut covered: Vec<CoveredInvoice> = Vec::with_capacity(self.invoices.len());
        for id in &self.invoices {
            if covered.iter().any(|one| one.invoice == *id) {
                continue;
            }
            let invoice =
                invoices::by_id(tx, *id).await?.filter(|invoice| invoice.client == client);
            let invoice = invoice.ok_or(ApiError::NotFound("invoice of this client"))?;
            if invoice.open_minor == 0 {
                return Err(ApiError::BadRequest(format!("invoice {} is paid", invoice.number)));
            }
            let paid = payments::on_invoice(tx, *id).await?;
            let sum = |after: bool| -> i64 {
                paid.iter().filter(|(on, _)| (*on >= self.signed_on) == after).map(|(_, m)| m).sum()
            };
            covered.push(CoveredInvoice {
                invoice: *id,
                number: invoice.number,
                principal_minor: invoice.open_minor + sum(true),
                paid_before_minor: sum(false),
                fee_minor: 0,
            });
        }
        let since = context.policy.late_fee().since;
        let accrued = fees::load(tx, Whose::One(client), since).await?.remove(&client);
        let weight = |one: &CoveredInvoice| {
            let found = accrued.as_ref().and_then(|fees| fees.item(one.invoice));
            found.map_or(0, |(item, agreement)| {
                let (policy, calendar) = (&context.policy, &context.calendar);
                item.on(policy, calendar, agreement, self.signed_on).open_minor()
            })
        };
        let mut weights: Vec<i64> = covered.iter().map(weight).collect();
        if weights.iter().all(|weight| *weight == 0) {
            weights = covered.iter().map(|one| one.principal_minor).collect();
        }
        let parts = rule::split_minor(self.fee_minor.unwrap_or(0), &weights);
        for (one, fee_minor) in covered.iter_mut().zip(parts) {
            one.fee_minor = fee_minor;
        }
        Ok(covered)
    }

    /// What is agreed, in core's words.
    pub(super) fn agreement(
        &self,
        covered: &[CoveredInvoice],
        currency: Currency,
    ) -> Result<Agreement, ApiError> {
        let principal_minor: i64 = covered.iter().map(|one| one.principal_minor).sum();
        let owed_minor = principal_minor + self.fee_minor.unwrap_or(0);
        let scheduled_minor: i64 = self.schedule.iter().map(|(_, minor)| minor).sum();
        if scheduled_minor > owed_minor {
            return Err(ApiError::BadRequest(format!(
                "the instalments come to {}, debt and fee only to {}",
                Money::new(scheduled_minor, currency),
                Money::new(owed_minor, currency)
            )));
        }
        Ok(Agreement {
            signed_on: self.signed_on,
            requested_on: self.requested_on,
            principal_minor,
            fee_minor: self.fee_minor,
            guarantees: self
                .guarantees
                .iter()
                .map(|one| one.trim().to_owned())
                .filter(|one| !one.is_empty())
                .collect(),
            schedule: self
                .schedule
                .iter()
                .map(|(pay_on, minor)| Instalment {
                    pay_on: *pay_on,
                    amount: Money::new(*minor, currency),
                })
                .collect(),
        })
    }
}
