//! Limit that is lent to this phone (R4.9): orders within it are firm, offline too.

use rusqlite::Connection;
use saldo_core::facts::{FactBody, Order};
use saldo_core::ids::ClientId;
use saldo_core::loan::draw;
use saldo_core::money::Money;
use saldo_core::time::UtcMillis as Instant;

use super::{Phone, own_identity, views};
use crate::PhoneError;
use crate::records::{LentView, UtcMillis};
use crate::store::{self, LoanInHand, OwnIdentity};

#[uniffi::export]
impl Phone {
    /// R4.9: the next sync asks the server for a part of this client's free limit, beside those on the
    /// day's route sheet. Whether anything is lent, and how much, is the policy's.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] for a client that is not here, [`PhoneError::StorageFull`].
    pub fn borrow_limit(&self, client: &str, now: UtcMillis) -> Result<(), PhoneError> {
        let mut store = self.store();
        own_identity(&store)?;
        let client = views::client(store.read(), views::client_id(client)?)?.id;
        store.write(|tx| store::want_loan(tx, client, now.into()))
    }

    /// R4.9: gives back what is lent to this phone of the client's limit: from now on no order is firm
    /// on it, and with the next sync others have it. A client on the day's route sheet is asked for
    /// again later.
    ///
    /// # Errors
    /// As [`Phone::borrow_limit`].
    pub fn return_limit(&self, client: &str) -> Result<(), PhoneError> {
        let mut store = self.store();
        let own = own_identity(&store)?;
        let client = views::client(store.read(), views::client_id(client)?)?.id;
        let held = store::loans_in_hand(store.read(), &own)?;
        let of_client = held.into_iter().filter(|held| held.loan.client == client);
        let loans: Vec<_> = of_client.map(|held| held.loan.id).collect();
        store.write(|tx| {
            store::want_no_loan(tx, client)?;
            store::close_loans(tx, loans)
        })
    }

    /// What is lent to this phone and can be used now, by client.
    ///
    /// # Errors
    /// [`PhoneError::NotEnrolled`], or when the storage fails.
    pub fn lent_limits(&self, now: UtcMillis) -> Result<Vec<LentView>, PhoneError> {
        let store = self.store();
        let own = own_identity(&store)?;
        let names = views::Names::read(store.read())?;
        let mut lent = Vec::new();
        for held in usable(store.read(), &own, now.into())? {
            let (client_code, client_name) = names.of(held.loan.client);
            lent.push(LentView { client_code, client_name, ..view(&held) });
        }
        lent.sort_by(|a, b| {
            (&a.client_name, &a.client_code).cmp(&(&b.client_name, &b.client_code))
        });
        Ok(lent)
    }
}

/// The loans on which an order taken `now` could draw.
fn usable(
    connection: &Connection,
    own: &OwnIdentity,
    now: Instant,
) -> Result<Vec<LoanInHand>, PhoneError> {
    let at_server = store::server_time(connection, now)?;
    let mut held = store::loans_in_hand(connection, own)?;
    held.retain(|held| {
        held.left_minor > 0 && (held.loan.lent_at..held.loan.expires_at).contains(&at_server)
    });
    Ok(held)
}

/// What of the client's limit an order taken `now` could draw on.
pub(super) fn of_client(
    connection: &Connection,
    client: ClientId,
    now: Instant,
) -> Result<Option<LoanInHand>, PhoneError> {
    let Some(own) = store::identity(connection)? else { return Ok(None) };
    Ok(usable(connection, &own, now)?.into_iter().find(|held| held.loan.client == client))
}

/// The order with what it draws on the phone's loan, if it has one. What the order drew that it corrects
/// is its to draw again.
pub(super) fn drawing(
    connection: &Connection,
    client: ClientId,
    order: Order,
    corrects: Option<&str>,
    now: Instant,
) -> Result<Order, PhoneError> {
    let at_server = store::server_time(connection, now)?;
    let Some(own) = store::identity(connection)? else { return Ok(order) };
    let held = store::loans_in_hand(connection, &own)?;
    let Some(held) = held.into_iter().find(|held| held.loan.client == client) else {
        return Ok(order);
    };
    let mut left_minor = held.left_minor;
    if let Some(earlier) = corrects.and_then(|earlier| earlier.parse().ok())
        && let Some(earlier) = store::fact(connection, earlier)?
        && let FactBody::Order(Order { loan: Some(drawn), .. }) = earlier.fact.body
        && drawn.loan == held.loan.id
    {
        left_minor = left_minor.saturating_add(drawn.minor);
    }
    let loan = draw(&held.loan, left_minor, &order, at_server);
    Ok(Order { loan, ..order })
}

pub(super) fn view(held: &LoanInHand) -> LentView {
    let LoanInHand { loan, left_minor } = held;
    LentView {
        client: loan.client.to_string(),
        client_code: String::new(),
        client_name: String::new(),
        lent: Money::new(loan.lent_minor, loan.currency).into(),
        left: Money::new(*left_minor, loan.currency).into(),
        until: loan.expires_at.into(),
    }
}
