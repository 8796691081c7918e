//! What handlers read from a request; what cannot be read is told as a problem, not as plain text.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use saldo_core::wire::LARGEST_REQUEST_BYTES;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::error::ApiError;

/// The JSON body.
#[derive(Debug)]
pub(super) struct JsonBody<T>(pub T);

/// The body as it came.
#[derive(Debug)]
pub(super) struct BytesBody(pub Bytes);

/// The query of the address.
#[derive(Debug)]
pub(super) struct QueryOf<T>(pub T);

/// The one id in the path. What is no id names nothing: it is not found.
#[derive(Debug)]
pub(crate) struct IdOf<T>(pub T);

/// The one id in the path, made by whoever asks for what it will name.
#[derive(Debug)]
pub(super) struct NewId(pub Uuid);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        axum::Json::<T>::from_request(request, state)
            .await
            .map(|body| Self(body.0))
            .map_err(|rejection| ApiError::BadRequest(rejection.body_text()))
    }
}

impl<S: Send + Sync> FromRequest<S> for BytesBody {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                ApiError::TooLarge { most_bytes: LARGEST_REQUEST_BYTES }
            } else {
                ApiError::BadRequest(rejection.body_text())
            }
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryOf<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Query::<T>::from_request_parts(parts, state)
            .await
            .map(|query| Self(query.0))
            .map_err(|rejection| ApiError::BadRequest(rejection.body_text()))
    }
}

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for IdOf<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::BadRequest(rejection.body_text()))?;
        text.parse().map(Self).map_err(|_| ApiError::NotFound("thing"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for NewId {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::BadRequest(rejection.body_text()))?;
        match text.parse::<Uuid>() {
            // Nil stands for none.
            Ok(id) if !id.is_nil() => Ok(Self(id)),
            _ => Err(ApiError::BadRequest(format!(
                "{text} is no id: make a UUID and keep it, so that a retry is the same request"
            ))),
        }
    }
}
