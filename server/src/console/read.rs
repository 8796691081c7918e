//! What pages read from a request; what cannot be read is told by a page.

use std::str::FromStr;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::http::request::Parts;
use saldo_core::money::{Currency, Money};
use saldo_core::words::Language;
use serde::de::DeserializeOwned;

use super::PageError;
use crate::api::IdOf;
use crate::error::ApiError;

/// A form that was sent.
#[derive(Debug)]
pub(super) struct Sent<T>(pub T);

/// The one id in the path.
#[derive(Debug)]
pub(super) struct PageOf<T>(pub T);

/// The language in which the visitor's browser wants to read what the rules say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reads(pub Language);

impl<S: Send + Sync> FromRequestParts<S> for Reads {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let header = parts.headers.get(header::ACCEPT_LANGUAGE);
        let header = header.and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Self(Language::accepted(header)))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = PageError;
    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let form = axum::Form::<T>::from_request(request, state).await;
        form.map(|form| Self(form.0))
            .map_err(|rejection| ApiError::BadRequest(rejection.body_text()).into())
    }
}

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for PageOf<T> {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        Ok(Self(IdOf::from_request_parts(parts, state).await?.0))
    }
}

/// A day that somebody filled in; `what` names the field.
pub(super) fn day_of(text: &str, what: &str) -> Result<chrono::NaiveDate, ApiError> {
    text.trim()
        .parse()
        .map_err(|_| ApiError::BadRequest(format!("{what} must be a day such as 2026-11-30")))
}

/// A day that may be left empty.
pub(super) fn day_if_any(text: &str, what: &str) -> Result<Option<chrono::NaiveDate>, ApiError> {
    if text.trim().is_empty() { Ok(None) } else { day_of(text, what).map(Some) }
}

/// An amount that somebody filled in, with a point or a comma.
pub(super) fn amount_of(text: &str, currency: Currency) -> Result<Money, ApiError> {
    Money::parse_decimal(&text.trim().replace(',', "."), currency)
        .map_err(|error| ApiError::BadRequest(format!("the amount: {error}")))
}
