//! An enrolled phone with real documents, which speaks protocol 1 through the front door: what an
//! app from before protocol 2 gets.

use std::collections::HashMap;

use chrono::NaiveDate;
use saldo_core::documents::{Document, DocumentKind, Subject, WrittenChange, actor_of};
use saldo_core::facts::{Fact, FactBody, Note, Order};
use saldo_core::ids::{ClientId, DeviceId, FactId, PersonId};
use saldo_core::money::{Currency, Money};
use saldo_core::time::UtcMillis;
use saldo_core::wire::{
    AckState, Envelope, LARGEST_UNPACKED_BYTES, PushNumber, PushedChange, ScopePosition,
    SyncRequest, SyncResponse, public_key_of, unpack,
};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv4Addr};
use uuid::Uuid;

use super::world::World;
use crate::auth::Remote;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::devices;
use crate::sync::exchange;

/// From where every phone calls.
pub(super) const REMOTE: Remote = Remote(IpAddr::V4(Ipv4Addr::LOCALHOST));

/// An enrolled phone; a clone is what a backup restores.
#[derive(Clone)]
pub(super) struct RepPhone {
    pub(super) device: DeviceId,
    pub(super) person: PersonId,
    pub(super) secret: [u8; 32],
    pub(super) install_epoch: u32,
    pub(super) outbox: Vec<PushedChange>,
    pub(super) documents: HashMap<Subject, Document>,
    push: PushNumber,
    epoch: Option<u64>,
    positions: Vec<ScopePosition>,
    facts_written: u128,
}

impl RepPhone {
    /// Lets a phone of `person` in.
    pub(super) async fn enrol(world: &World, person: PersonId, number: u8) -> Self {
        let secret = [number; 32];
        let id = DeviceId(Uuid::from_u128(1_000 + u128::from(number)));
        let mut tx = world.db().begin_write().await.unwrap();
        let (device, install_epoch) = devices::enrol(
            &mut tx,
            id,
            person,
            "A phone",
            &public_key_of(&secret),
            "1.0",
            UtcMillis(0),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        Self {
            device,
            person,
            secret,
            install_epoch,
            outbox: Vec::new(),
            documents: HashMap::new(),
            push: PushNumber { number: 1, previous: Vec::new() },
            epoch: None,
            positions: Vec::new(),
            facts_written: 0,
        }
    }

    /// Writes into a document and keeps the change in the outbox.
    pub(super) fn write(
        &mut self,
        subject: Subject,
        write: impl FnOnce(&mut Document) -> WrittenChange,
    ) {
        let document =
            self.documents.entry(subject).or_insert_with(|| Document::genesis(subject.kind()));
        document.set_actor(actor_of(self.device, self.install_epoch));
        let bytes = write(document).bytes;
        self.outbox.push(PushedChange { document: subject.document(), subject, bytes });
    }

    /// Sets a field of a client's card.
    pub(super) fn set_field(&mut self, client: ClientId, name: &str, value: &str) {
        self.write(Subject::ClientCard { client }, |card| {
            card.set_fields(&[(name, value)]).unwrap().unwrap()
        });
    }

    /// Writes a fact into this person's route sheet.
    pub(super) fn record(&mut self, client: ClientId, body: FactBody) -> FactId {
        self.facts_written += 1;
        let id = FactId(Uuid::from_u128((u128::from(self.secret[0]) << 64) + self.facts_written));
        let author = self.person;
        let fact = Fact { id, author, client, recorded_at: UtcMillis(0), corrects: None, body };
        self.write(sheet_of(author), |sheet| sheet.append_fact(&fact).unwrap());
        id
    }

    /// What this phone would send now.
    pub(super) fn request(&self) -> SyncRequest {
        SyncRequest {
            protocol: 1,
            app_version: "1.1".to_owned(),
            phone_time: UtcMillis(0),
            epoch: self.epoch,
            positions: self.positions.clone(),
            changes: self.outbox.clone(),
            unsent_after: 0,
            kinds: vec![DocumentKind::PersonalCard.name().to_owned()],
            ..SyncRequest::default()
        }
    }

    /// Seals a request as this phone's next push.
    pub(super) fn seal(&mut self, request: &SyncRequest) -> Vec<u8> {
        let push = self.push.clone();
        let envelope =
            Envelope::seal(self.device, self.install_epoch, push, request, &self.secret).unwrap();
        self.push = PushNumber {
            number: self.push.number + 1,
            previous: Sha256::digest(&envelope.body).to_vec(),
        };
        envelope.to_bytes().unwrap()
    }

    /// One request and its answer, applied.
    pub(super) async fn sync(&mut self, world: &World) -> Result<SyncResponse, ApiError> {
        let request = self.request();
        let sealed = self.seal(&request);
        let response = send(world, &sealed).await?;
        self.apply(&response);
        Ok(response)
    }

    /// Applies an answer.
    pub(super) fn apply(&mut self, response: &SyncResponse) {
        let states = response.acks.iter().map(|ack| &ack.state);
        let kept =
            self.outbox.drain(..).zip(states).filter(|(_, state)| **state == AckState::Later);
        self.outbox = kept.map(|(change, _)| change).collect();
        for snapshot in &response.documents {
            match self.documents.get_mut(&snapshot.subject) {
                Some(document) => document.merge_saved(&snapshot.saved).unwrap(),
                None => {
                    let kind = snapshot.subject.kind();
                    let document = Document::load(kind, &snapshot.saved).unwrap();
                    self.documents.insert(snapshot.subject, document);
                }
            }
        }
        for change in &response.changes {
            let mut documents = self.documents.iter_mut();
            let (_, document) =
                documents.find(|(subject, _)| subject.document() == change.document).unwrap();
            document.apply(&[&change.bytes]).unwrap();
        }
        self.epoch = Some(response.epoch);
        self.positions.clone_from(&response.positions);
    }

    /// The values of a card's field, as this phone shows them.
    pub(super) fn field(&self, client: ClientId, name: &str) -> Vec<String> {
        self.documents
            .get(&Subject::ClientCard { client })
            .map(|card| values_of(card, name))
            .unwrap_or_default()
    }
}

/// The values of a card's field.
pub(super) fn values_of(card: &Document, name: &str) -> Vec<String> {
    let mut fields = card.fields().into_iter().filter(|field| field.name == name);
    fields.next().map(|field| field.values).unwrap_or_default()
}

/// The route sheet of a person on the day of these tests.
pub(super) fn sheet_of(person: PersonId) -> Subject {
    Subject::RouteSheet { person, day: NaiveDate::from_ymd_opt(2026, 3, 11).unwrap() }
}

/// A note about a client.
pub(super) fn note(text: &str) -> FactBody {
    FactBody::Note(Note { text: text.to_owned() })
}

/// An order of this amount.
pub(super) fn order(amount_minor: i64) -> FactBody {
    FactBody::Order(Order {
        amount: Money::new(amount_minor, Currency::EUR),
        deferral_days: 7,
        prepaid: false,
        wanted_on: None,
        loan: None,
        lines: Vec::new(),
        note: String::new(),
    })
}

/// Sends sealed bytes through the front door.
pub(super) async fn send(world: &World, sealed: &[u8]) -> Result<SyncResponse, ApiError> {
    send_to(&world.state, sealed).await
}

/// The same by whoever does not hold the world.
pub(super) async fn send_to(state: &AppState, sealed: &[u8]) -> Result<SyncResponse, ApiError> {
    let answer = exchange(state, REMOTE, sealed).await?;
    Ok(unpack(&answer, LARGEST_UNPACKED_BYTES).unwrap())
}
