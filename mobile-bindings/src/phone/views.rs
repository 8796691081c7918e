//! From what is stored to what a screen shows.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rusqlite::Connection;
use saldo_core::account::{Account, OpenInvoice};
use saldo_core::feed::{ClientRow, FeedRow, StandingRow};
use saldo_core::ids::ClientId;
use saldo_core::money::Money as CoreMoney;
use saldo_core::time::UtcMillis as Instant;
use saldo_core::words::Language as CoreLanguage;
use saldo_core::{deferral, escalation, stop_list};

use super::fees;
use crate::PhoneError;
use crate::records::{
    ClientFigures, ClientLine, FactState, FactView, Identity, InvoiceView, Language, Money,
    RiskView, Rung, in_words,
};
use crate::rules::{Provisional, Rules, Snapshot, provisional};
use crate::store::{self, OwnIdentity, StoredFact, StoredState};

pub(super) fn identity(own: &OwnIdentity) -> Identity {
    Identity {
        person: own.person.to_string(),
        name: own.name.clone(),
        role: own.role.into(),
        device: own.device.to_string(),
        server_url: own.server_url.clone(),
        time_zone: own.time_zone.name().to_owned(),
    }
}

/// The rules in force. None before the first sync has brought the policy, and while it says
/// something that this app does not understand: then nothing is judged here, and everything else
/// works. Keys that only newer apps know are passed over.
pub(super) fn rules(
    connection: &Connection,
    own: &OwnIdentity,
) -> Result<Option<Rules>, PhoneError> {
    let policy = store::policy(connection)?;
    Ok(policy.map(|policy| Rules::new(policy, own.time_zone).of(own.role)))
}

/// The client; an error when it is not here.
pub(super) fn client(connection: &Connection, id: ClientId) -> Result<ClientRow, PhoneError> {
    match store::row(connection, "client", &id.to_string())? {
        Some(FeedRow::Client(row)) => Ok(row),
        _ => Err(PhoneError::not_found(format!("the client {id}"))),
    }
}

pub(super) fn client_id(text: &str) -> Result<ClientId, PhoneError> {
    text.parse().map_err(|_| PhoneError::not_found(format!("the client {text}")))
}

/// The client's account as it probably stands; none before the first sync has brought it.
pub(super) fn account(
    connection: &Connection,
    rules: &Rules,
    client: ClientId,
    now: Instant,
) -> Result<Option<Provisional>, PhoneError> {
    let Some(FeedRow::Account(account)) = store::row(connection, "account", &client.to_string())?
    else {
        return Ok(None);
    };
    let facts = store::facts_of_client(connection, client)?;
    as_it_stands(connection, rules, *account, &facts, now).map(Some)
}

/// R4.8: the figures held when they were taken and still when the phone last heard everything.
pub(super) fn as_it_stands(
    connection: &Connection,
    rules: &Rules,
    mut account: Account,
    facts: &[StoredFact],
    now: Instant,
) -> Result<Provisional, PhoneError> {
    if let Some(completed_at) = store::sync_state(connection)?.completed_at {
        account.as_of = account.as_of.max(Instant(completed_at));
    }
    let fees = fees::beside(connection, rules, &account)?;
    let loans = store::loans(connection)?;
    let server_ahead_millis = store::sync_state(connection)?.server_ahead_millis;
    let snapshot = Snapshot { account, fees, loans, server_ahead_millis };
    Ok(provisional(rules, snapshot, facts, now))
}

pub(super) fn standing(
    connection: &Connection,
    client: ClientId,
) -> Result<Option<StandingRow>, PhoneError> {
    match store::row(connection, "standing", &client.to_string())? {
        Some(FeedRow::Standing(row)) => Ok(Some(row)),
        _ => Ok(None),
    }
}

/// The rung and since when: the server's, or a higher one that was reached since. A client that
/// owes nothing overdue stands on none.
pub(super) fn rung(
    rules: &Rules,
    account: &Account,
    standing: Option<&StandingRow>,
    today: NaiveDate,
) -> Option<(Rung, Option<NaiveDate>)> {
    if account.overdue_minor(today) == 0 {
        return None;
    }
    let by_server = standing.and_then(|row| row.rung.map(|rung| (rung, row.rung_since)));
    let by_days = escalation::of_client(rules.policy(), rules.calendar(), account, today)
        .map(|reached| (reached.rung, Some(reached.reached_on)));
    let higher = match (by_server, by_days) {
        (Some(server), Some(days)) if days.0 > server.0 => Some(days),
        (server, days) => server.or(days),
    };
    higher.map(|(rung, since)| (rung.into(), since))
}

pub(super) fn money(account: &Account, minor: i64) -> Money {
    CoreMoney::new(minor, account.currency).into()
}

pub(super) fn line(row: &ClientRow, figures: Option<ClientFigures>) -> ClientLine {
    ClientLine {
        client: row.id.to_string(),
        code: row.code.clone(),
        name: row.name.clone(),
        address: row.outlets.first().map(|outlet| outlet.address.clone()).unwrap_or_default(),
        figures,
    }
}

pub(super) fn figures(
    rules: &Rules,
    account: &Account,
    standing: Option<&StandingRow>,
    now: Instant,
) -> ClientFigures {
    let today = rules.day(now);
    ClientFigures {
        balance: money(account, account.receivable_minor()),
        overdue: money(account, account.overdue_minor(today)),
        stop: stop_list::level(rules.policy(), rules.calendar(), account, today).into(),
        category: account.category.into(),
        rung: rung(rules, account, standing, today).map(|(rung, _)| rung),
        risk: account.risk.map(Into::into),
    }
}

/// The client's risk by the server's last assessment.
pub(super) fn risk(
    connection: &Connection,
    client: ClientId,
    language: Language,
) -> Result<Option<RiskView>, PhoneError> {
    match store::row(connection, "risk", &client.to_string())? {
        Some(FeedRow::Risk(row)) => Ok(Some(RiskView::of(&row, language))),
        _ => Ok(None),
    }
}

pub(super) fn invoice(
    rules: &Rules,
    account: &Account,
    invoice: &OpenInvoice,
    today: NaiveDate,
    language: Language,
) -> InvoiceView {
    let likely = account
        .risk
        .and_then(|class| saldo_core::risk::likelihood(class, invoice.days_overdue(today)));
    InvoiceView {
        invoice: invoice.id.to_string(),
        number: invoice.number.clone(),
        issued_on: invoice.issued_on.map(Into::into),
        due_on: invoice.due_on.into(),
        effective_due_on: invoice.effective_due_on().into(),
        amount: money(account, invoice.amount_minor),
        open: money(account, invoice.open_minor),
        disputed: money(account, invoice.disputed_minor),
        days_overdue: invoice.days_overdue(today),
        deferrals: u32::try_from(invoice.deferrals.len()).unwrap_or(u32::MAX),
        rep_days_left: deferral::rep_days_left(
            rules.policy(),
            rules.calendar(),
            account,
            invoice,
            today,
        ),
        likely: likely.map(|known| CoreLanguage::from(language).likelihood(known)),
    }
}

/// The code and name of every client, for facts, tasks and alerts.
pub(super) struct Names(BTreeMap<ClientId, (String, String)>);

impl Names {
    pub(super) fn read(connection: &Connection) -> Result<Self, PhoneError> {
        let clients = store::rows(connection, "client")?;
        Ok(Self(
            clients
                .into_iter()
                .filter_map(|row| match row {
                    FeedRow::Client(row) => Some((row.id, (row.code, row.name))),
                    _ => None,
                })
                .collect(),
        ))
    }

    /// Code and name; a client that is not here any more has an empty code.
    pub(super) fn of(&self, client: ClientId) -> (String, String) {
        self.0
            .get(&client)
            .cloned()
            .unwrap_or_else(|| (String::new(), "a client not on this phone".to_owned()))
    }

    pub(super) fn fact(&self, stored: &StoredFact) -> FactView {
        let (client_code, client_name) = self.of(stored.fact.client);
        FactView {
            fact: stored.fact.id.to_string(),
            kind: stored.fact.body.kind().to_owned(),
            client: stored.fact.client.to_string(),
            client_code,
            client_name,
            recorded_at: stored.fact.recorded_at.into(),
            words: in_words(&stored.fact),
            corrects: stored.fact.corrects.map(|earlier| earlier.to_string()),
            state: state(stored),
        }
    }
}

pub(super) fn state(stored: &StoredFact) -> FactState {
    match stored.state {
        StoredState::Refused => FactState::NotTaken,
        _ if stored.judged => FactState::Judged,
        StoredState::Unsent => FactState::OnPhone,
        StoredState::Sent | StoredState::Settled => FactState::AtServer,
    }
}
