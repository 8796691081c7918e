//! A phone's line to a server process, over HTTP.

use std::time::Duration;

use saldo_mobile::{HttpAnswer, HttpRequest, Transport, TransportError};
use ureq::Agent;

/// A line to a server process.
#[derive(Debug)]
pub struct HttpLine {
    agent: Agent,
    url: String,
}

impl HttpLine {
    /// A line to the server at `url`.
    #[must_use]
    pub fn to(url: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        Self { agent, url: url.to_owned() }
    }

    fn post(&self, request: &HttpRequest) -> Result<HttpAnswer, ureq::Error> {
        let url = format!("{}{}", self.url, request.path);
        let sent = self.agent.post(url).content_type(&request.content_type).send(&request.body)?;
        let status = sent.status().as_u16();
        let body = sent.into_body().read_to_vec()?;
        Ok(HttpAnswer { status, body })
    }
}

impl Transport for HttpLine {
    fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        self.post(&request)
            .map_err(|error| TransportError::Unreachable { detail: error.to_string() })
    }
}
