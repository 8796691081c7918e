//! Sign-in by password, and the sessions that come of it.

use axum::http::HeaderValue;
use saldo_core::time::{HOUR_MILLIS, UtcMillis};

use super::{Principal, Remote, SessionToken, passwords};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::security::{self, SecurityEvent};
use crate::store::sessions;

/// The cookie's name.
pub const COOKIE: &str = "saldo_session";

/// How long a session lasts without a request.
const LASTS_MILLIS: i64 = 12 * HOUR_MILLIS;

/// A session is prolonged when this much of it has gone by: once an hour, not with every request.
const PROLONG_AFTER_MILLIS: i64 = HOUR_MILLIS;

/// Somebody has signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// For the one who signed in and nobody else.
    pub token: SessionToken,
    /// Who.
    pub principal: Principal,
    /// When the session ends if nothing happens.
    pub expires_at: UtcMillis,
}

/// Signs somebody in. A wrong password is noted and held back; an unknown login takes as long.
///
/// # Errors
/// [`ApiError::TooMany`], [`ApiError::WrongPassword`], or our own fault.
pub async fn sign_in(
    state: &AppState,
    login: &str,
    password: String,
    remote: Remote,
) -> Result<SignedIn, ApiError> {
    state.rate_limits.sign_in(login, remote.0)?;
    let mut tx = state.db.begin_read().await?;
    let credentials = sessions::credentials(&mut tx, login.trim()).await?;
    drop(tx);
    let hash = credentials.as_ref().map(|known| known.password_hash.clone());
    let fits = passwords::verify(password, hash).await?;
    let now = state.clock.now();
    let Some(known) = credentials.as_ref().filter(|_| fits) else {
        let person = credentials.map(|known| known.person);
        let detail = if person.is_some() { "wrong password" } else { "unknown login" };
        tracing::warn!(person = ?person, %remote, detail, "a sign-in failed");
        let mut tx = state.db.begin_write_beside().await?;
        let event = SecurityEvent::WrongPassword;
        security::record(&mut tx, now, event, person, &remote.to_string(), detail).await?;
        tx.commit().await?;
        return Err(ApiError::WrongPassword);
    };
    let token = SessionToken::draw()?;
    let expires_at = now.plus_millis(LASTS_MILLIS);
    let mut tx = state.db.begin_write_beside().await?;
    sessions::insert(&mut tx, &token.hash(), known.person, now, expires_at).await?;
    tx.commit().await?;
    let principal = Principal { person: known.person, name: known.name.clone(), role: known.role };
    Ok(SignedIn { token, principal, expires_at })
}

/// Whose session this is, if it still holds; a session in use lasts on.
///
/// # Errors
/// When the database fails.
pub async fn resume(state: &AppState, token: &SessionToken) -> Result<Option<Principal>, ApiError> {
    let now = state.clock.now();
    let hash = token.hash();
    let mut tx = state.db.begin_read().await?;
    let session = sessions::by_token_hash(&mut tx, &hash, now).await?;
    drop(tx);
    let Some(session) = session else { return Ok(None) };
    let new_end = now.plus_millis(LASTS_MILLIS);
    if new_end.0 - session.expires_at.0 >= PROLONG_AFTER_MILLIS {
        let mut tx = state.db.begin_write_beside().await?;
        sessions::extend(&mut tx, &hash, new_end).await?;
        tx.commit().await?;
    }
    Ok(Some(session.principal))
}

/// Ends a session.
///
/// # Errors
/// When the database fails.
pub async fn sign_out(state: &AppState, token: &SessionToken) -> Result<(), ApiError> {
    let mut tx = state.db.begin_write_beside().await?;
    sessions::delete(&mut tx, &token.hash()).await?;
    tx.commit().await?;
    Ok(())
}

/// The cookie of a session. It ends with the browser, and on the server by itself.
///
/// # Errors
/// Never with a real token.
pub fn cookie(state: &AppState, token: &SessionToken) -> Result<HeaderValue, ApiError> {
    let secure = if state.behind_proxy { "; Secure" } else { "" };
    let text = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict{secure}", token.reveal());
    HeaderValue::from_str(&text).map_err(|error| ApiError::Internal(error.to_string()))
}

/// Makes the browser forget the cookie.
pub const FORGET_COOKIE: HeaderValue =
    HeaderValue::from_static("saldo_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
