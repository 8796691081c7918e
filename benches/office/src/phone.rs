//! A rep's phone without a store: its key, its place in the chain, its positions. It speaks the real
//! protocol with `saldo_core::wire`; so one thread can be hundreds.

use std::collections::HashMap;

use saldo_core::ids::{DeviceId, PersonId};
use saldo_core::wire::{
    Envelope, LARGEST_UNPACKED_BYTES, PROTOCOL, PushNumber, PushedBundle, ScopeId, ScopePosition,
    SyncRequest, SyncResponse, unpack,
};
use sha2::{Digest, Sha256};

use crate::company;
use crate::database::Database;
use crate::error::OfficeError;
use crate::ledger::REPS;

/// A phone.
#[derive(Debug, Clone)]
pub(crate) struct Phone {
    pub(crate) device: DeviceId,
    pub(crate) person: PersonId,
    secret: [u8; 32],
    push_number: u64,
    previous: Vec<u8>,
    epoch: u64,
    positions: Vec<ScopePosition>,
}

/// The phones of every rep, each of which has everything up to the end of the log, but of its territory
/// all except the last so many entries.
pub(crate) async fn all(database: &Database, behind: usize) -> Result<Vec<Phone>, OfficeError> {
    let mut bulk = database.connect().await?;
    let state = bulk.rows("select epoch, cast(last_seq as text) from log_state".to_owned()).await?;
    let (epoch, last) = state.first().cloned().unwrap_or_default();
    let scopes = bulk.rows("select id, kind || '/' || about from scope".to_owned()).await?;
    let scopes: HashMap<String, i64> = scopes.into_iter().map(|(id, name)| (name, id)).collect();
    let territories = "select cast(0 as bigint), rep_id || '/' || id from territory".to_owned();
    let territories = bulk.rows(territories).await?;
    let territories: HashMap<String, String> = territories
        .into_iter()
        .filter_map(|(_, text)| text.split_once('/').map(|(a, b)| (a.to_owned(), b.to_owned())))
        .collect();
    let mut phones = Vec::new();
    for number in 0..REPS {
        let person = company::rep(number);
        let territory = territories.get(&person.to_string()).cloned().unwrap_or_default();
        let scope = |name: String| scopes.get(&name).copied();
        let mut positions = Vec::new();
        for scope in [scope("company/".to_owned()), scope(format!("person/{person}"))] {
            positions.extend(scope.map(|scope| position(scope, last.parse().unwrap_or(0))));
        }
        if let Some(scope) = scope(format!("territory/{territory}")) {
            let query = format!(
                "select seq, '' from log where scope_id = {scope} and seq is not null
                 order by seq desc limit 1 offset {behind}"
            );
            let since = match behind {
                0 => last.parse().unwrap_or(0),
                _ => bulk.rows(query).await?.first().map_or(0, |(seq, _)| *seq),
            };
            positions.push(position(scope, since));
        }
        phones.push(Phone {
            device: company::device(number),
            person,
            secret: company::secret(number),
            push_number: 0,
            previous: Vec::new(),
            epoch: u64::try_from(epoch).unwrap_or_default(),
            positions,
        });
    }
    bulk.close().await?;
    Ok(phones)
}

fn position(scope: i64, since: i64) -> ScopePosition {
    let since = u64::try_from(since).unwrap_or_default();
    ScopePosition { scope: ScopeId(scope), since, filling: false, digest: None }
}

impl Phone {
    /// The sealed bytes of a request that only asks. It leaves the phone as it is, so it may be sent
    /// again.
    pub(crate) fn ask(&self) -> Result<Vec<u8>, OfficeError> {
        Ok(self.seal(self.push_number, &self.request())?.to_bytes()?)
    }

    /// The sealed bytes of a push; the next one follows it.
    pub(crate) fn push(&mut self, bundles: Vec<PushedBundle>) -> Result<Vec<u8>, OfficeError> {
        let request = SyncRequest { bundles, ..self.request() };
        let envelope = self.seal(self.push_number + 1, &request)?;
        self.push_number += 1;
        self.previous = Sha256::digest(&envelope.body)[..8].to_vec();
        Ok(envelope.to_bytes()?)
    }

    /// Notes what an answer told.
    pub(crate) fn take(&mut self, answer: &[u8]) -> Result<SyncResponse, OfficeError> {
        let told: SyncResponse = unpack(answer, LARGEST_UNPACKED_BYTES)?;
        self.epoch = told.epoch;
        self.positions.clone_from(&told.positions);
        Ok(told)
    }

    fn request(&self) -> SyncRequest {
        SyncRequest {
            protocol: PROTOCOL,
            app_version: "1.0".to_owned(),
            epoch: Some(self.epoch),
            positions: self.positions.clone(),
            ..SyncRequest::default()
        }
    }

    fn seal(&self, number: u64, request: &SyncRequest) -> Result<Envelope, OfficeError> {
        let push = PushNumber { number, previous: self.previous.clone() };
        Ok(Envelope::seal(self.device, 1, push, request, &self.secret)?)
    }
}
