//! Who a request is from: found by its cookie or its bearer token.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use saldo_core::ids::PersonId;
use saldo_core::roles::Role;

use super::SessionToken;
use super::sign_in::{COOKIE, resume};
use crate::console::PageError;
use crate::error::ApiError;
use crate::state::AppState;

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub person: PersonId,
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
}

impl Principal {
    /// # Errors
    /// [`ApiError::Forbidden`] when the role is none of `roles`.
    pub fn require(&self, roles: &[Role]) -> Result<(), ApiError> {
        if roles.contains(&self.role) { Ok(()) } else { Err(ApiError::Forbidden) }
    }
}

/// Somebody who is signed in and looks at a page; who is not, is led to the sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor(pub Principal);

/// The address a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remote(pub IpAddr);

impl FromRequestParts<AppState> for Principal {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let token = presented_token(&parts.headers).ok_or(ApiError::SignInFirst)?;
        resume(state, &token).await?.ok_or(ApiError::SignInFirst)
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        match Principal::from_request_parts(parts, state).await {
            Ok(principal) => Ok(Self(principal)),
            Err(ApiError::SignInFirst) => Err(PageError::sign_in_first(parts)),
            Err(error) => Err(PageError::from(error)),
        }
    }
}

impl FromRequestParts<AppState> for Remote {
    type Rejection = std::convert::Infallible;

    /// Without connect info (a router called in process) it is the machine itself.
    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip());
        let told = if state.behind_proxy { told_by_proxy(&parts.headers) } else { None };
        Ok(Self(told.unwrap_or(peer)))
    }
}

impl std::fmt::Display for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a request came from, as our own proxy tells it: the last entry, which it added itself.
/// What stands before that was written by the sender and proves nothing.
fn told_by_proxy(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

/// The token of a request: the bearer token of a program, else the cookie of a browser.
#[must_use]
pub fn presented_token(headers: &HeaderMap) -> Option<SessionToken> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if let Some(bearer) = bearer {
        return SessionToken::presented(bearer.trim());
    }
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .and_then(|(_, token)| SessionToken::presented(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_proxy_added_counts() {
        for (given, told) in [
            (&[][..], None),
            (&["203.0.113.9"], Some("203.0.113.9")),
            (&["10.0.0.1, 203.0.113.9"], Some("203.0.113.9")),
            (&["198.51.100.1", "10.0.0.1,2001:db8::1"], Some("2001:db8::1")),
            (&["203.0.113.9, unknown"], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in given {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            assert_eq!(told_by_proxy(&headers), told.map(|ip| ip.parse().unwrap()), "{given:?}");
        }
    }
}
