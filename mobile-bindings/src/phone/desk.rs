//! What came back from the desk: verdicts, tasks, alerts; and how the phone stands.

use std::collections::BTreeMap;

use saldo_core::documents::Subject;
use saldo_core::feed::FeedRow;
use saldo_core::ids::ClientId;
use saldo_core::time::UtcMillis as Instant;

use super::{Phone, control, own_identity, views};
use crate::PhoneError;
use crate::records::{
    AlertView, JudgedFactView, Language, PhoneStatus, RefusedChange, TaskView, UtcMillis,
    VerdictView, in_words,
};
use crate::rules::{Provisional, Rules};
use crate::store::{self, RefusedRow, Store, StoredFact, Waiting};

/// A screen shows no more.
const MOST_VERDICTS: u32 = 200;

#[uniffi::export]
impl Phone {
    /// How the phone stands. Works before it is enrolled.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn status(&self) -> Result<PhoneStatus, PhoneError> {
        let store = self.store();
        let refused = store::refused(store.read())?;
        Ok(PhoneStatus {
            identity: store::identity(store.read())?.as_ref().map(views::identity),
            last_sync_at: store::sync_state(store.read())?.completed_at.map(UtcMillis),
            unsent: store::count_unsent(store.read())?,
            oldest_unsent_at: store::oldest_unsent(store.read())?.map(UtcMillis),
            refused: refused
                .into_iter()
                .map(|row| refused_change(&store, row))
                .collect::<Result<_, _>>()?,
            clients: u32::try_from(store::rows(store.read(), "client")?.len()).unwrap_or(u32::MAX),
        })
    }

    /// The person's latest orders, promises and waivers, newest first, with what the server decided on
    /// them, or what the phone expects it to decide (`provisional`).
    ///
    /// # Errors
    /// [`PhoneError::NotEnrolled`], or when the storage fails.
    pub fn verdicts(&self, now: UtcMillis) -> Result<Vec<JudgedFactView>, PhoneError> {
        let store = self.store();
        let own = own_identity(&store)?;
        let names = views::Names::read(store.read())?;
        let mut phone = Expectations {
            store: &store,
            rules: views::rules(store.read(), &own)?,
            now: now.into(),
            language: self.language(),
            clients: BTreeMap::new(),
        };
        let facts = store::own_facts_to_watch(store.read(), own.person, MOST_VERDICTS)?;
        facts
            .iter()
            .map(|stored| {
                let verdict =
                    match store::row(store.read(), "verdict", &stored.fact.id.to_string())? {
                        Some(FeedRow::Verdict(judged)) => {
                            Some(VerdictView::of_server(&judged, phone.language))
                        }
                        _ => phone.expects(stored)?,
                    };
                let (client_code, client_name) = names.of(stored.fact.client);
                Ok(JudgedFactView {
                    fact: stored.fact.id.to_string(),
                    client: stored.fact.client.to_string(),
                    client_code,
                    client_name,
                    recorded_at: stored.fact.recorded_at.into(),
                    words: in_words(&stored.fact),
                    state: views::state(stored),
                    verdict,
                })
            })
            .collect()
    }

    /// What the person must do: open tasks first, by their day.
    ///
    /// # Errors
    /// [`PhoneError::NotEnrolled`], or when the storage fails.
    pub fn tasks(&self) -> Result<Vec<TaskView>, PhoneError> {
        let store = self.store();
        own_identity(&store)?;
        let names = views::Names::read(store.read())?;
        let mut reports = control::reports(&store)?;
        let mut tasks = Vec::new();
        for row in store::rows(store.read(), "task")? {
            let FeedRow::Task(row) = row else { continue };
            let (client_code, client_name) =
                row.client.map(|client| names.of(client)).unwrap_or_default();
            let report = reports.remove(&row.id);
            let reported = report.as_ref().is_some_and(control::Report::holds);
            tasks.push(TaskView {
                reported,
                answer: report.and_then(|report| report.answer),
                task: row.id.to_string(),
                kind: row.task,
                title: row.title,
                client: row.client.map(|client| client.to_string()),
                client_code,
                client_name,
                rule: row.rule,
                due_on: row.due_on.map(Into::into),
                done: row.done || reported,
            });
        }
        // Without a day comes last.
        tasks.sort_by_key(|task| (task.done, task.due_on.is_none(), task.due_on.clone()));
        Ok(tasks)
    }

    /// The alerts about the person's clients, newest first.
    ///
    /// # Errors
    /// [`PhoneError::NotEnrolled`], or when the storage fails.
    pub fn alerts(&self) -> Result<Vec<AlertView>, PhoneError> {
        let store = self.store();
        own_identity(&store)?;
        let names = views::Names::read(store.read())?;
        let mut alerts = Vec::new();
        for row in store::rows(store.read(), "alert")? {
            let FeedRow::Alert(row) = row else { continue };
            let (client_code, client_name) = names.of(row.client);
            alerts.push(AlertView {
                alert: row.id.to_string(),
                client: row.client.to_string(),
                client_code,
                client_name,
                text: row.text,
                rule: row.rule,
                raised_at: row.raised_at.into(),
            });
        }
        alerts.sort_by_key(|alert| std::cmp::Reverse(alert.raised_at));
        Ok(alerts)
    }
}

fn refused_change(store: &Store, row: RefusedRow) -> Result<RefusedChange, PhoneError> {
    let kept = !row.subject.is_some_and(|subject| subject.kind().is_personal());
    let (fact, words) = match row.says {
        Waiting::Note(text) => (None, format!("the note{}: {text}", whose(store, row.subject)?)),
        Waiting::Field { name, text } => {
            let whose = whose(store, row.subject)?;
            // Of a personal card the text was not kept.
            let text = if text.is_empty() { String::new() } else { format!(": {text}") };
            (None, format!("the field {name}{whose}{text}"))
        }
        Waiting::Fact(id) => {
            let words = store::fact(store.read(), id)?
                .map_or_else(|| "a fact".to_owned(), |stored| in_words(&stored.fact));
            (Some(id.to_string()), words)
        }
    };
    Ok(RefusedChange {
        fact,
        words,
        kept,
        code: row.code,
        detail: row.detail,
        refused_at: UtcMillis(row.refused_at),
    })
}

/// Of which client, where the change was about one; of a sheet, nothing.
fn whose(store: &Store, subject: Option<Subject>) -> Result<String, PhoneError> {
    let (Some(Subject::ClientCard { client }) | Some(Subject::PersonalCard { client, .. })) =
        subject
    else {
        return Ok(String::new());
    };
    match views::client(store.read(), client) {
        Ok(row) => Ok(format!(" of {} {}", row.code, row.name)),
        Err(PhoneError::NotFound { .. }) => Ok(" of a client not on this phone".to_owned()),
        Err(error) => Err(error),
    }
}

/// What the phone expects the server to say; each client's account is worked out once.
struct Expectations<'a> {
    store: &'a Store,
    rules: Option<Rules>,
    now: Instant,
    language: Language,
    clients: BTreeMap<ClientId, Option<Provisional>>,
}

impl Expectations<'_> {
    fn expects(&mut self, stored: &StoredFact) -> Result<Option<VerdictView>, PhoneError> {
        let Some(rules) = &self.rules else { return Ok(None) };
        let client = stored.fact.client;
        if !self.clients.contains_key(&client) {
            let stands = views::account(self.store.read(), rules, client, self.now)?;
            self.clients.insert(client, stands);
        }
        Ok(self.clients.get(&client).and_then(Option::as_ref).and_then(|stands| {
            let verdict = stands.verdicts.get(&stored.fact.id)?;
            let account = &stands.account;
            Some(VerdictView::of_phone(verdict, account.currency, account.as_of, self.language))
        }))
    }
}
