//! The network as the app gives it, and what an answer says before anybody looks inside.

use serde::Deserialize;

use crate::PhoneError;

/// A request that the app carries to the server.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpRequest {
    /// Under the server's base URL, such as `/v1/sync`. The method is always POST.
    pub path: String,
    /// The content type of the body.
    pub content_type: String,
    /// The bytes.
    pub body: Vec<u8>,
}

/// What came back, whatever the status.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The bytes.
    pub body: Vec<u8>,
}

/// No answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum TransportError {
    /// The server cannot be reached, or the answer broke off.
    #[error("{detail}")]
    Unreachable {
        /// What failed, for support.
        detail: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for TransportError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unreachable { detail: error.reason }
    }
}

/// The network: certificates, proxies, background transfer and battery are the platform's.
#[uniffi::export(with_foreign)]
pub trait Transport: Send + Sync {
    /// Sends one request and waits for its answer. Never retries: the phone does that itself, with
    /// the same bytes.
    ///
    /// # Errors
    /// When no whole answer came. A status that says no is an answer.
    fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError>;
}

/// Why there is no answer to work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// Nothing, or nothing that is Saldo's, came back.
    Offline(String),
    /// The server said no.
    Refused { status: u16, code: String, title: String },
}

impl From<NoAnswer> for PhoneError {
    fn from(answer: NoAnswer) -> Self {
        match answer {
            NoAnswer::Offline(detail) => Self::Offline { detail },
            NoAnswer::Refused { code, title, .. } => Self::ServerRefused { code, detail: title },
        }
    }
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    title: String,
}

/// Sends a request; the body of a good answer.
pub(crate) fn ask(
    transport: &dyn Transport,
    path: &str,
    content_type: &str,
    body: Vec<u8>,
) -> Result<Vec<u8>, NoAnswer> {
    let request =
        HttpRequest { path: path.to_owned(), content_type: content_type.to_owned(), body };
    let answer = transport
        .send(request)
        .map_err(|TransportError::Unreachable { detail }| NoAnswer::Offline(detail))?;
    if (200..300).contains(&answer.status) {
        return Ok(answer.body);
    }
    // A proxy in between, or a hotel's sign-in page, has no code of ours: as good as no network.
    match serde_json::from_slice::<Problem>(&answer.body) {
        Ok(Problem { code, title }) => {
            Err(NoAnswer::Refused { status: answer.status, code, title })
        }
        Err(_) => Err(NoAnswer::Offline(format!("HTTP status {}", answer.status))),
    }
}
