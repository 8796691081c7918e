//! HTTP as an app would supply it: the SDK's transport, and signing in.

use std::io::{BufRead, BufReader};
use std::sync::mpsc;
use std::time::Duration;

use saldo_mobile::{HttpAnswer, HttpRequest, PhoneError, Transport, TransportError};
use serde::{Deserialize, Serialize};
use ureq::config::AutoHeaderValue;

use crate::error::TerminalError;

/// The largest answer that is read.
const MOST_ANSWER_BYTES: u64 = 16 * 1024 * 1024;

/// A server, over HTTP or HTTPS.
#[derive(Debug)]
pub(crate) struct Server {
    base: String,
    agent: ureq::Agent,
}

impl Server {
    /// The server at `url`.
    pub(crate) fn at(url: &str) -> Result<Self, TerminalError> {
        let base = url.trim().trim_end_matches('/').to_owned();
        let host = base.strip_prefix("http://").or_else(|| base.strip_prefix("https://"));
        if host.is_none_or(str::is_empty) {
            return Err(TerminalError::BadAddress(url.to_owned()));
        }
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // Nobody asks for these, and a phone pays for every byte.
            .user_agent(AutoHeaderValue::None)
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        Ok(Self { base, agent })
    }

    /// The address.
    pub(crate) fn url(&self) -> &str {
        &self.base
    }

    /// Signs in with a password and asks for a one-time code for a phone.
    pub(crate) fn code_by_password(
        &self,
        login: &str,
        password: &str,
    ) -> Result<String, TerminalError> {
        #[derive(Serialize)]
        struct SignIn<'a> {
            login: &'a str,
            password: &'a str,
        }
        #[derive(Deserialize)]
        struct SignedIn {
            token: String,
        }
        #[derive(Deserialize)]
        struct Code {
            code: String,
        }
        let body = serde_json::to_vec(&SignIn { login, password })
            .map_err(|error| TerminalError::Usage(error.to_string()))?;
        let SignedIn { token } = self.ask("/v1/sign-in", &body, None)?;
        let Code { code } = self.ask("/v1/enrolment-codes", b"{}", Some(&token))?;
        Ok(code)
    }

    fn ask<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        body: &[u8],
        token: Option<&str>,
    ) -> Result<T, TerminalError> {
        let answer = self
            .post(path, "application/json", body, token)
            .map_err(|error| PhoneError::Offline { detail: error.to_string() })?;
        let not_saldo = |detail: String| TerminalError::NotSaldo { url: self.base.clone(), detail };
        if (200..300).contains(&answer.status) {
            return serde_json::from_slice(&answer.body)
                .map_err(|error| not_saldo(error.to_string()));
        }
        Err(self.refusal(&answer))
    }

    /// What an answer that is none of the good ones says.
    fn refusal(&self, answer: &HttpAnswer) -> TerminalError {
        #[derive(Deserialize)]
        struct Problem {
            code: String,
            title: String,
        }
        match serde_json::from_slice::<Problem>(&answer.body) {
            Ok(Problem { code, title }) => PhoneError::ServerRefused { code, detail: title }.into(),
            Err(_) => TerminalError::NotSaldo {
                url: self.base.clone(),
                detail: format!("HTTP status {}", answer.status),
            },
        }
    }

    fn post(
        &self,
        path: &str,
        content_type: &str,
        body: &[u8],
        token: Option<&str>,
    ) -> Result<HttpAnswer, ureq::Error> {
        let mut request =
            self.agent.post(format!("{}{path}", self.base)).content_type(content_type);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = request.send(body)?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MOST_ANSWER_BYTES).read_to_vec()?;
        Ok(HttpAnswer { status, body })
    }
}

/// What is heard while listening.
#[derive(Debug)]
pub(crate) enum Heard {
    /// The server listens too.
    Listening,
    /// A sign of life.
    Alive,
    /// What an event says.
    News(String),
    /// The server said no.
    Refused(TerminalError),
}

impl Server {
    /// Listens until the line ends or nobody wants to hear; what is heard goes to `heard`.
    pub(crate) fn listen(&self, request: HttpRequest, heard: &mpsc::Sender<Heard>) {
        // Whoever does not hear any more needs no reason.
        if let Err(error) = self.listen_to(request, heard) {
            let offline = PhoneError::Offline { detail: error.to_string() };
            let _ = heard.send(Heard::Refused(offline.into()));
        }
    }

    fn listen_to(
        &self,
        request: HttpRequest,
        heard: &mpsc::Sender<Heard>,
    ) -> Result<(), ureq::Error> {
        let answer = self
            .agent
            .post(format!("{}{}", self.base, request.path))
            .config()
            // It lasts as long as there is something to hear; the silence is watched elsewhere.
            .timeout_global(None)
            .build()
            .content_type(&request.content_type)
            .send(request.body.as_slice())?;
        let status = answer.status().as_u16();
        let mut body = answer.into_body();
        if status != 200 {
            let bytes = body.with_config().limit(MOST_ANSWER_BYTES).read_to_vec()?;
            let _ = heard.send(Heard::Refused(self.refusal(&HttpAnswer { status, body: bytes })));
            return Ok(());
        }
        let mut lines = BufReader::new(body.into_reader()).lines();
        let mut next = Heard::Listening;
        while heard.send(next).is_ok() {
            let Some(line) = lines.next() else { break };
            next = match line?.strip_prefix("data:") {
                Some(said) => Heard::News(said.to_owned()),
                None => Heard::Alive,
            };
        }
        Ok(())
    }
}

impl Transport for Server {
    fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        self.post(&request.path, &request.content_type, &request.body, None)
            .map_err(|error| TransportError::Unreachable { detail: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_and_a_host() {
        for (url, good) in [
            ("http://127.0.0.1:8080", true),
            ("https://saldo.example/", true),
            ("127.0.0.1:8080", false),
            ("ftp://saldo.example", false),
            ("http://", false),
        ] {
            assert_eq!(Server::at(url).is_ok(), good, "{url}");
        }
    }

    /// Port 9 (discard) of this machine: nobody listens.
    #[test]
    fn a_server_that_is_down_is_told_plainly() {
        let server = Server::at("http://127.0.0.1:9").expect("an address");
        let error = server.code_by_password("anna", "secret").expect_err("nobody is there");
        let words = error.to_string();
        assert!(
            words.starts_with("the server cannot be reached; everything stays on the phone"),
            "{words}"
        );
    }
}
