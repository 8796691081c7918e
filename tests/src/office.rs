//! Somebody in the office: the console's API over HTTP, without a browser.

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Response;

use crate::HarnessError;

/// Somebody in the office who is signed in.
#[derive(Debug)]
pub struct Office {
    agent: Agent,
    url: String,
    token: String,
}

impl Office {
    /// Signs in.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn sign_in(url: &str, login: &str, password: &str) -> Result<Self, HarnessError> {
        let mut office = Self {
            agent: Agent::config_builder().http_status_as_error(false).build().into(),
            url: url.to_owned(),
            token: String::new(),
        };
        let signed_in =
            office.post("/v1/sign-in", &json!({ "login": login, "password": password }))?;
        office.token = signed_in["token"].as_str().unwrap_or_default().to_owned();
        Ok(office)
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn get(&self, path: &str) -> Result<Value, HarnessError> {
        let request = self.agent.get(format!("{}{path}", self.url));
        answer(path, request.header("authorization", self.bearer()).call()?)
    }

    /// Sends something.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, HarnessError> {
        let request = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("authorization", self.bearer())
            .content_type("application/json");
        answer(path, request.send(body.to_string())?)
    }

    /// The tasks that wait for me about the client with this code.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn inbox_about(&self, client_code: &str) -> Result<Vec<Value>, HarnessError> {
        let all = self.get("/v1/inbox")?;
        let tasks = all.as_array().cloned().unwrap_or_default();
        Ok(tasks.into_iter().filter(|task| task["client_code"] == client_code).collect())
    }

    /// Decides on the first task of this kind about the client.
    ///
    /// # Errors
    /// When there is none, or the server refuses.
    pub fn decide(
        &self,
        client_code: &str,
        kind: &str,
        decision: &Value,
    ) -> Result<(), HarnessError> {
        let inbox = self.inbox_about(client_code)?;
        let task = inbox.iter().find(|task| task["kind"] == kind);
        let Some(id) = task.and_then(|task| task["id"].as_str()) else {
            let path = format!("/v1/inbox (a {kind} of {client_code})");
            return Err(HarnessError::Unexpected { path, body: Value::from(inbox).to_string() });
        };
        self.post(&format!("/v1/tasks/{id}/decision"), decision)?;
        Ok(())
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

fn answer(path: &str, mut response: Response<ureq::Body>) -> Result<Value, HarnessError> {
    let status = response.status().as_u16();
    let body = response.body_mut().read_to_string()?;
    if !(200..300).contains(&status) {
        return Err(HarnessError::Refused { path: path.to_owned(), status, body });
    }
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&body)
        .map_err(|_| HarnessError::Unexpected { path: path.to_owned(), body })
}
