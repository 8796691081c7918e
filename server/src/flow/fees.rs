//! Late fees of a client (R8.1, R8.2, R8.4): what they are on a day, and money that pays them.

use saldo_core::ids::{ClientId, InvoiceId};
use saldo_core::late_fee::Fees;
use saldo_core::money::Money;
use saldo_core::restructuring::Standing;
use saldo_core::roles::Role;

use super::{Context, publish, restructuring};
use crate::auth::{Principal, sight};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::fees::{self, FeePayment};
use crate::store::{StoreError, Tx, Whose, payments};

/// The longest key of a booking, in bytes.
const LONGEST_KEY_BYTES: usize = 100;

/// What a client's fees are computed from; `None`: it owes nothing and no fee is open.
///
/// # Errors
/// When the database fails.
pub async fn of_client(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
) -> Result<Option<Fees>, StoreError> {
    let since = context.policy.late_fee().since;
    let mut loaded = fees::load(tx, Whose::One(client), since).await?;
    Ok(loaded.remove(&client).and_then(|fees| living(context, fees)))
}

/// What is left of `fees` without the items of which nothing can come any more: principal and fee
/// are settled, and no agreement that may still fall covers them.
#[must_use]
pub fn living(context: &Context, mut fees: Fees) -> Option<Fees> {
    let (policy, calendar, today) = (&context.policy, &context.calendar, context.today);
    let agreements = std::mem::take(&mut fees.agreements);
    fees.items.retain(|item| {
        let agreed = item.agreed.as_ref().map(|agreed| agreed.agreement);
        let agreement = agreements.iter().find(|signed| Some(signed.id) == agreed);
        let kept = agreement
            .and_then(|signed| signed.standing(today))
            .is_some_and(|standing| matches!(standing, Standing::Kept { .. }));
        let paid_minor: i64 = item.paid.iter().map(|(_, minor)| minor).sum();
        kept || paid_minor < item.principal_minor
            || item.on(policy, calendar, agreement, today).open_minor() > 0
    });
    fees.agreements = agreements;
    fees.agreements.retain(|signed| {
        fees.items
            .iter()
            .any(|item| item.agreed.as_ref().is_some_and(|agreed| agreed.agreement == signed.id))
    });
    (!fees.items.is_empty()).then_some(fees)
}

/// A payment of a fee to be booked.
#[derive(Debug, Clone, Copy)]
pub struct Booking<'a> {
    /// The fee of which invoice.
    pub invoice: InvoiceId,
    /// How much, in minor units of the client's currency.
    pub amount_minor: i64,
    /// The value date; of money that is taken from the client's unallocated, its own holds.
    pub paid_on: chrono::NaiveDate,
    /// Taken from the client's money that nothing has taken up yet, the oldest first.
    pub from_unallocated: bool,
    /// Made by whoever sends it, so that a retry books nothing more.
    pub key: &'a str,
}

/// [`book`] in a transaction of its own, for a client whom `who` sees.
///
/// # Errors
/// As [`book`].
pub async fn pay(
    state: &AppState,
    who: &Principal,
    client: ClientId,
    booking: &Booking<'_>,
) -> Result<bool, ApiError> {
    let mut tx = state.db.begin_write().await?;
    sight::require(&mut tx, who, client).await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let is_new = book(&mut tx, &context, who, client, booking).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(is_new)
}

/// Finance control books money that pays a fee (R8.2): at most what of the fee is open. `false`:
/// it was booked before under the same key.
///
/// # Errors
/// [`ApiError::Forbidden`] for anybody else, [`ApiError::NotFound`] when the invoice has no fee,
/// [`ApiError::BadRequest`] for more than is open or than there is unallocated, for nothing, for a
/// day to come, and for a key that is empty or too long, [`ApiError::Conflict`] for a key that was
/// used for something else.
pub async fn book(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    booking: &Booking<'_>,
) -> Result<bool, ApiError> {
    who.require(&[Role::FinanceControl])?;
    let key = own_key("booked", client, booking.key)?;
    if let Some((invoice, _, amount_minor)) = fees::booked(tx, &key).await? {
        return if (invoice, amount_minor) == (booking.invoice, booking.amount_minor) {
            Ok(false)
        } else {
            Err(ApiError::Conflict("this key was used for another booking".to_owned()))
        };
    }
    if booking.amount_minor <= 0 {
        return Err(ApiError::BadRequest("the amount must be above zero".to_owned()));
    }
    if booking.paid_on > context.today {
        return Err(ApiError::BadRequest(format!("{} is to come", booking.paid_on)));
    }
    let of_client = of_client(tx, context, client).await?;
    let of_client = of_client.ok_or(ApiError::NotFound("open fee of this invoice"))?;
    let found = of_client.item(booking.invoice);
    let (item, agreement) = found.ok_or(ApiError::NotFound("open fee of this invoice"))?;
    let fee = item.on(&context.policy, &context.calendar, agreement, context.today);
    if booking.amount_minor > fee.open_minor() {
        return Err(ApiError::BadRequest(format!(
            "only {} of the fee of invoice {} is open",
            Money::new(fee.open_minor(), of_client.currency),
            fee.number
        )));
    }
    let parts = if booking.from_unallocated {
        from_unallocated(tx, context, who, client, booking, &key).await?
    } else {
        vec![part(who, client, booking, &key)]
    };
    fees::book(tx, &parts, context.now).await?;
    restructuring::after_payment(tx, context, client).await?;
    publish::account(tx, context, client).await?;
    Ok(true)
}

fn part(who: &Principal, client: ClientId, booking: &Booking<'_>, key: &str) -> FeePayment {
    FeePayment {
        key: key.to_owned(),
        client,
        invoice: booking.invoice,
        paid_on: booking.paid_on,
        amount_minor: booking.amount_minor,
        payment: None,
        booked_by: who.person,
    }
}

/// Takes the amount from payments that nothing has taken up, the oldest first, each with its own
/// value date.
async fn from_unallocated(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    booking: &Booking<'_>,
    key: &str,
) -> Result<Vec<FeePayment>, ApiError> {
    let mut left_minor = booking.amount_minor;
    let mut parts = Vec::new();
    for payment in payments::of_client(tx, client).await? {
        let taken_minor = payment.unallocated_minor.min(left_minor);
        if taken_minor > 0 {
            parts.push(FeePayment {
                paid_on: payment.paid_on.min(context.today),
                amount_minor: taken_minor,
                payment: Some(payment.id),
                ..part(who, client, booking, key)
            });
            left_minor -= taken_minor;
        }
    }
    if left_minor > 0 {
        return Err(ApiError::BadRequest(
            "the client has less unallocated money than that".to_owned(),
        ));
    }
    Ok(parts)
}

/// The key under which something is kept: two clients or two kinds of bookings never share one.
pub(super) fn own_key(kind: &str, client: ClientId, key: &str) -> Result<String, ApiError> {
    let key = key.trim();
    if key.is_empty() || key.len() > LONGEST_KEY_BYTES {
        return Err(ApiError::BadRequest(format!(
            "give a key of 1 to {LONGEST_KEY_BYTES} characters: the same again changes nothing more"
        )));
    }
    Ok(format!("{kind}/{client}/{key}"))
}
