//! A program that is let in by an API key and acts as a person. What it may do are the routes of the
//! ledger and nothing else: no session and no phone may call those, and no key the others.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use saldo_core::ids::ApiKeyId;

use super::sign_in::resume;
use super::{ApiToken, Principal, presented_token};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::api_keys;

/// The company's ledger: the program that ships, invoices and books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// By which key it came.
    pub key: ApiKeyId,
    /// As whom it acts.
    pub who: Principal,
}

/// Somebody who may look: a person by a session, or the ledger by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader(pub Principal);

impl FromRequestParts<AppState> for Ledger {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Some(token) = presented_key(&parts.headers) else {
            return Err(no_key(parts, state).await);
        };
        let mut tx = state.db.begin_read().await?;
        let found = api_keys::by_token_hash(&mut tx, &token.hash()).await?;
        let (key, who) = found.ok_or(ApiError::BadKey)?;
        Ok(Self { key, who })
    }
}

impl FromRequestParts<AppState> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        if presented_key(&parts.headers).is_some() {
            return Ledger::from_request_parts(parts, state).await.map(|ledger| Self(ledger.who));
        }
        Principal::from_request_parts(parts, state).await.map(Self)
    }
}

fn presented_key(headers: &HeaderMap) -> Option<ApiToken> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    ApiToken::presented(value.strip_prefix("Bearer ")?.trim())
}

/// Why somebody without a key is not let in: who is signed in hears that this is not for people.
async fn no_key(parts: &Parts, state: &AppState) -> ApiError {
    let session = match presented_token(&parts.headers) {
        Some(token) => resume(state, &token).await,
        None => Ok(None),
    };
    match session {
        Ok(Some(_)) => ApiError::NotEntitled(
            "this is for the company's ERP, by an API key (saldo api-key create); a session of a \
             person may not call it"
                .to_owned(),
        ),
        Ok(None) => ApiError::BadKey,
        Err(error) => error,
    }
}
