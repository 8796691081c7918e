//! A phone without a store: its key, its place in the chain, its positions and the cards it was
//! told. It speaks the real protocol with `saldo_core::wire`; so one process can be hundreds.

use std::net::SocketAddr;

use chrono::NaiveDate;
use saldo_core::documents::{Document, DocumentKind, Subject, actor_of, pack_bundle};
use saldo_core::facts::{Contact, ContactWay, Fact, FactBody, Mark, Note, Visit};
use saldo_core::ids::{ClientId, DeviceId, FactId, PersonId};
use saldo_core::time::UtcMillis;
use saldo_core::wire::{
    Envelope, LARGEST_UNPACKED_BYTES, PROTOCOL, PushNumber, PushedBundle, ScopePosition,
    SyncRequest, SyncResponse, public_key_of, unpack,
};
use saldo_server::store::{Tx, devices};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::BenchError;
use crate::line::{Line, sync_request};
use crate::workload::{self, CardEdit, SheetEntry};

/// A phone without a store.
#[derive(Debug, Clone)]
pub(crate) struct Bare {
    device: DeviceId,
    person: PersonId,
    secret: [u8; 32],
    push_number: u64,
    previous: Vec<u8>,
    epoch: Option<u64>,
    positions: Vec<ScopePosition>,
    cards: Vec<(ClientId, Document)>,
    facts_written: u64,
}

impl Bare {
    /// Lets the `number`-th phone in, as that of `person`.
    pub(crate) async fn enrol(
        tx: &mut Tx,
        person: PersonId,
        number: u64,
        now: UtcMillis,
    ) -> Result<Self, BenchError> {
        let secret: [u8; 32] = Sha256::digest(number.to_be_bytes()).into();
        let device = DeviceId(Uuid::from_u128(0x7000_0000 + u128::from(number)));
        devices::enrol(tx, device, person, "A phone", &public_key_of(&secret), "1.0", now).await?;
        Ok(Self {
            device,
            person,
            secret,
            push_number: 0,
            previous: Vec::new(),
            epoch: None,
            positions: Vec::new(),
            cards: Vec::new(),
            facts_written: 0,
        })
    }

    /// Fetches everything.
    pub(crate) async fn fill(&mut self, server: SocketAddr) -> Result<(), BenchError> {
        let mut line = Line::to(server).await?;
        while self.take(&line.exchange(&sync_request(server, &self.ask()?)).await?)?.more {}
        Ok(())
    }

    /// Takes over what another phone of the same person was told.
    pub(crate) fn told_as(&mut self, other: &Self) {
        self.epoch = other.epoch;
        self.positions.clone_from(&other.positions);
    }

    /// The sealed bytes of a request that only asks. It leaves no trace, so it may be sent again.
    pub(crate) fn ask(&self) -> Result<Vec<u8>, BenchError> {
        Ok(self.seal(self.push_number, &self.request())?.to_bytes()?)
    }

    /// The sealed bytes of a push; the next one follows it.
    pub(crate) fn push(&mut self, bundles: Vec<PushedBundle>) -> Result<Vec<u8>, BenchError> {
        let request = SyncRequest { bundles, ..self.request() };
        let envelope = self.seal(self.push_number + 1, &request)?;
        self.push_number += 1;
        self.previous = Sha256::digest(&envelope.body)[..8].to_vec();
        Ok(envelope.to_bytes()?)
    }

    /// Notes what an answer told.
    pub(crate) fn take(&mut self, answer: &[u8]) -> Result<SyncResponse, BenchError> {
        let told: SyncResponse = unpack(answer, LARGEST_UNPACKED_BYTES)?;
        self.epoch = Some(told.epoch);
        self.positions.clone_from(&told.positions);
        for whole in &told.whole {
            if let Subject::ClientCard { client } = whole.subject {
                let card = Document::load(DocumentKind::ClientCard, &whole.saved)?;
                self.cards.push((client, card));
            }
        }
        Ok(told)
    }

    /// The changes of a day: a new route sheet with these entries, and so many edits in each of so
    /// many cards behind those visited.
    pub(crate) fn write_day(
        &mut self,
        day: NaiveDate,
        entries: &[SheetEntry],
        edited_cards: usize,
        edits: usize,
        now: UtcMillis,
    ) -> Result<Vec<PushedBundle>, BenchError> {
        self.cards.sort_by_key(|(client, _)| *client);
        let actor = actor_of(self.device, 1);
        let subject = Subject::RouteSheet { person: self.person, day };
        let mut sheet = Document::genesis(DocumentKind::RouteSheet);
        sheet.set_actor(actor);
        let mut note = String::new();
        let mut changes = Vec::new();
        for entry in entries {
            changes.extend(match self.fact(entry, now) {
                Some(fact) => Some(sheet.append_fact(&fact)?),
                None => {
                    if let SheetEntry::MoreNote(text) = entry {
                        note.push_str(text);
                    }
                    sheet.edit_note(&note)?
                }
            });
        }
        let bundle = |subject, changes: &[saldo_core::documents::WrittenChange]| PushedBundle {
            subject,
            changes: pack_bundle(changes.iter().map(|change| change.bytes.as_slice())),
        };
        let mut bundles = vec![bundle(subject, &changes)];
        let first = self.cards.len().saturating_sub(edited_cards);
        for (number, (client, card)) in self.cards.iter_mut().enumerate().skip(first) {
            card.set_actor(actor);
            let mut changes = Vec::new();
            for edit in workload::card_edits(number + self.push_number as usize, edits) {
                if let CardEdit::Field(field, text) = edit {
                    changes.extend(card.set_fields(&[(field, text.as_str())])?);
                }
            }
            bundles.push(bundle(Subject::ClientCard { client: *client }, &changes));
        }
        Ok(bundles)
    }

    /// The fact that an entry is; `None` for what is none.
    fn fact(&mut self, entry: &SheetEntry, now: UtcMillis) -> Option<Fact> {
        let (stop, body) = match entry {
            SheetEntry::Visit { stop, doubtful, outlet_state, note } => {
                let visit = Visit {
                    outlet: None,
                    mark: if *doubtful { Mark::B } else { Mark::A },
                    outlet_state: outlet_state.clone(),
                    next_contact_at: None,
                    help_wanted: false,
                    note: note.clone(),
                };
                (stop, FactBody::Visit(visit))
            }
            SheetEntry::Call { stop, reached, said } => {
                let contact =
                    Contact { way: ContactWay::Call, reached: *reached, said: said.clone() };
                (stop, FactBody::Contact(contact))
            }
            SheetEntry::Remark { stop, text } => {
                (stop, FactBody::Note(Note { text: text.clone() }))
            }
            SheetEntry::Order { .. } | SheetEntry::Cash { .. } | SheetEntry::MoreNote(_) => {
                return None;
            }
        };
        let (client, _) = self.cards.get(stop % self.cards.len().max(1))?;
        self.facts_written += 1;
        let id = (u128::from(now.0.unsigned_abs()) << 80)
            | (0x7 << 76)
            | (0x2 << 62)
            | (self.device.0.as_u128() & 0xffff_ffff) << 24
            | u128::from(self.facts_written);
        Some(Fact {
            id: FactId(Uuid::from_u128(id)),
            author: self.person,
            client: *client,
            recorded_at: now,
            corrects: None,
            body,
        })
    }

    fn request(&self) -> SyncRequest {
        SyncRequest {
            protocol: PROTOCOL,
            app_version: "1.0".to_owned(),
            epoch: self.epoch,
            positions: self.positions.clone(),
            ..SyncRequest::default()
        }
    }

    fn seal(&self, number: u64, request: &SyncRequest) -> Result<Envelope, BenchError> {
        let push = PushNumber { number, previous: self.previous.clone() };
        Ok(Envelope::seal(self.device, 1, push, request, &self.secret)?)
    }
}
