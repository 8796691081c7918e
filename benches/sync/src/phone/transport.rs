//! HTTP as an app would supply it: one connection that is kept, and no header that nobody needs.

use std::time::Duration;

use saldo_mobile::{HttpAnswer, HttpRequest, Transport, TransportError};
use ureq::config::AutoHeaderValue;

/// The largest answer that is read.
const MOST_ANSWER_BYTES: u64 = 16 * 1024 * 1024;

/// How long each step of a request may take.
const PATIENCE: Option<Duration> = Some(Duration::from_secs(60));

/// A server over HTTP.
#[derive(Debug)]
pub(super) struct Http {
    base: String,
    agent: ureq::Agent,
}

impl Http {
    /// The server at `url`. Nothing is connected yet.
    pub(super) fn to(url: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(AutoHeaderValue::None)
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            // Step by step: for one over all, each look for an address would start a thread.
            .timeout_connect(PATIENCE)
            .timeout_send_request(PATIENCE)
            .timeout_send_body(PATIENCE)
            .timeout_recv_response(PATIENCE)
            .timeout_recv_body(PATIENCE)
            .build()
            .into();
        Self { base: url.to_owned(), agent }
    }

    fn post(&self, request: &HttpRequest) -> Result<HttpAnswer, ureq::Error> {
        let mut response = self
            .agent
            .post(format!("{}{}", self.base, request.path))
            .content_type(&request.content_type)
            .send(&request.body[..])?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MOST_ANSWER_BYTES).read_to_vec()?;
        Ok(HttpAnswer { status, body })
    }
}

impl Transport for Http {
    fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        self.post(&request)
            .map_err(|error| TransportError::Unreachable { detail: error.to_string() })
    }
}
