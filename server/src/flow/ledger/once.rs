//! One request of a key: opened, claimed by its id, answered, and never done twice.

use saldo_core::ids::{ClientId, FactId};
use saldo_core::money::{Currency, Money};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{bad, conflict};
use crate::auth::{Ledger, sight};
use crate::error::ApiError;
use crate::flow::Context;
use crate::state::AppState;
use crate::store::clients::{self, Client};
use crate::store::ledger_requests::{self, Request, Step};
use crate::store::{Key, Tx, orders};

/// Of whom a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// The client with this id.
    Client(ClientId),
    /// The client with this code in the ledger.
    Code(String),
    /// The client of this shipment.
    OfShipment(FactId),
}

/// A request under way: its transaction holds the client, so that nobody else writes about it, and the
/// request's id, so that nobody gives it to something else.
#[derive(Debug)]
pub struct Opened {
    id: Uuid,
    pub(super) tx: Tx,
    pub(super) context: Context,
    pub(super) client: Client,
    pub(super) ledger: Ledger,
    claimed: Option<Request>,
}

impl Opened {
    /// Opens a transaction for the request with this id, about a client in the key's sight.
    ///
    /// # Errors
    /// [`ApiError::BadRequest`] for a client and [`ApiError::NotFound`] for a shipment that is not there
    /// or out of sight.
    pub async fn open(
        state: &AppState,
        ledger: Ledger,
        id: Uuid,
        whom: &Whom,
    ) -> Result<Self, ApiError> {
        // Who it is about, and by which policy, is found out before others have to wait.
        let mut reading = state.db.begin_read().await?;
        let client = match whom {
            Whom::Client(id) => clients::by_id(&mut reading, *id).await?,
            Whom::Code(code) => clients::by_code(&mut reading, code).await?,
            Whom::OfShipment(id) => match orders::by_fact(&mut reading, *id).await? {
                Some(order) => clients::by_id(&mut reading, order.client).await?,
                None => None,
            },
        };
        let client = match client {
            Some(client) if sight::sees(&mut reading, &ledger.who, client.territory).await? => {
                client
            }
            _ => return not_there(whom),
        };
        let context = Context::load(&mut reading, state.clock.now()).await?;
        drop(reading);
        let mut tx = state.db.begin_write_beside().await?;
        // Before anything of what it owes or ordered is read: whoever comes second sees what the first
        // one did.
        tx.lock([Key::Client(client.id), Key::Named(id)]).await?;
        Ok(Self { id, tx, context, client, ledger, claimed: None })
    }

    /// An amount as it stands in a request, such as `120.00` or `120.00 EUR`.
    ///
    /// # Errors
    /// [`ApiError::BadRequest`] when it is none, or in another currency than the client's.
    pub fn money(
        &self,
        field: &str,
        text: &str,
        currency: Option<Currency>,
    ) -> Result<Money, ApiError> {
        let (number, said) = match text.trim().rsplit_once(' ') {
            Some((number, code)) => match code.parse() {
                Ok(code) => (number, Some(code)),
                Err(error) => return bad(format!("{field}: {error}")),
            },
            None => (text, currency),
        };
        for other in [said, currency].into_iter().flatten() {
            if other != self.client.currency {
                return bad(format!(
                    "{field} is in {other} and the account of client {} is kept in {}: send it in {}, \
                     or give the client a code of its own for {other}",
                    self.client.code, self.client.currency, self.client.currency
                ));
            }
        }
        Money::parse_decimal(number, self.client.currency)
            .or_else(|error| bad(format!("{field}: {error}")))
    }

    /// Takes the request's id for this. When it was asked before, gives what was answered then.
    ///
    /// # Errors
    /// [`ApiError::Conflict`] when something else was asked under the id.
    pub async fn claim(
        &mut self,
        step: Step,
        kind: &str,
        content: &impl Serialize,
    ) -> Result<Option<Value>, ApiError> {
        let content =
            serde_json::to_string(&(kind, self.client.id, content)).map_err(unwritable)?;
        let content_sha256 = hex::encode(Sha256::digest(&content));
        let request = Request {
            id: self.id,
            step,
            key: self.ledger.key,
            by: self.ledger.who.person,
            client: self.client.id,
            content_sha256,
            at: self.context.now,
        };
        match ledger_requests::before(&mut self.tx, self.id, step).await? {
            None => {
                self.claimed = Some(request);
                Ok(None)
            }
            Some(before) if before.content_sha256 == request.content_sha256 => {
                serde_json::from_str(&before.answer).map(Some).map_err(unwritable)
            }
            Some(_) => conflict(other_content(step)),
        }
    }

    /// Keeps the answer and makes everything durable.
    ///
    /// # Errors
    /// When the database fails; then nothing of it holds.
    pub async fn finish(
        mut self,
        state: &AppState,
        answer: &impl Serialize,
    ) -> Result<Value, ApiError> {
        let answer = serde_json::to_value(answer).map_err(unwritable)?;
        if let Some(request) = self.claimed {
            ledger_requests::keep(&mut self.tx, &request, &answer.to_string()).await?;
        }
        self.tx.commit().await?;
        // An ERP waits for its answer, not for the phones to hear.
        state.sequencer.run_soon(&state.db);
        Ok(answer)
    }
}

fn other_content(step: Step) -> &'static str {
    match step {
        Step::Made => {
            "this id was sent before with another content: an id names one thing that never changes. \
             Send something new under a new id; an order with another amount under a new id with \
             `replaces`"
        }
        Step::Shipped => {
            "this shipment was confirmed before with another day or amount: ask GET \
             /v1/shipments/{id}; what left beside it is asked for under a new id, what came back is a \
             return"
        }
        Step::Cancelled => "this shipment was cancelled before, for another reason: it is done",
    }
}

fn not_there<T>(whom: &Whom) -> Result<T, ApiError> {
    let whom = match whom {
        Whom::Client(id) => id.to_string(),
        Whom::Code(code) => format!("with the code {code}"),
        Whom::OfShipment(_) => return Err(ApiError::NotFound("shipment")),
    };
    bad(format!(
        "there is no client {whom}, or this key's person does not see it: import the client's invoices \
         first (saldo import receivables), or look its code up in the console"
    ))
}

fn unwritable(error: serde_json::Error) -> ApiError {
    ApiError::Internal(format!("a request of the ledger: {error}"))
}
