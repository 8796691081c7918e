//! The two ends: what the server keeps of a document, and what a phone knows of it.

use saldo_core::documents::{
    CARD_FIELDS, Document, Subject, WrittenChange, actor_of, pack_bundle, unpack_bundle,
};
use saldo_core::facts::Fact;
use saldo_core::gate::{Writer, admit};
use saldo_core::ids::{DeviceId, PersonId};
use saldo_core::roles::Role;
use saldo_core::wire::RefusalCode;
use uuid::Uuid;

/// What a phone knows of the document.
#[derive(Clone)]
pub(super) struct Replica {
    pub(super) writer: Writer,
    pub(super) shown: Document,
    /// As the server knows it.
    pub(super) base: Document,
    pub(super) outbox: Vec<Written>,
    /// So many entries of the log were heard.
    pub(super) heard: usize,
}

#[derive(Clone)]
pub(super) struct Written {
    pub(super) change: WrittenChange,
    pub(super) says: Says,
}

#[derive(Clone)]
pub(super) enum Says {
    Fact(Fact),
    Note(String),
    Field(String),
}

/// The server: the document, and the log of what was added to it.
#[derive(Default)]
pub(super) struct Server {
    pub(super) saved: Option<Vec<u8>>,
    pub(super) log: Vec<Vec<u8>>,
}

impl Server {
    /// Takes in a bundle as the server does; of each change whether it is durable.
    pub(super) fn take(
        &mut self,
        subject: Subject,
        writer: &Writer,
        bundle: &[u8],
    ) -> Vec<Result<(), RefusalCode>> {
        let changes = unpack_bundle(bundle, 500).unwrap();
        let bytes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
        let passed = admit(subject, self.saved.as_deref(), writer, &bytes).unwrap();
        let new: Vec<&[u8]> = bytes
            .into_iter()
            .zip(&passed.changes)
            .filter(|(_, fate)| fate.as_ref().is_ok_and(|admitted| !admitted.known))
            .map(|(bytes, _)| bytes)
            .collect();
        if !new.is_empty() {
            self.log.push(pack_bundle(new));
            self.saved = Some(passed.saved);
        }
        passed.changes.into_iter().map(|fate| fate.map(|_| ()).map_err(|no| no.code)).collect()
    }
}

impl Replica {
    pub(super) fn new(subject: Subject, number: u32, person: PersonId) -> Self {
        let device = DeviceId(Uuid::from_u128(u128::from(number) + 1));
        let role = Role::Rep;
        let writer = Writer { device, install_epoch: 1, person, role, home_phones: false };
        let mut shown = Document::genesis(subject.kind());
        shown.set_actor(actor_of(device, 1));
        let base = Document::genesis(subject.kind());
        Self { writer, shown, base, outbox: Vec::new(), heard: 0 }
    }

    pub(super) fn write(&mut self, says: Says) {
        let change = match &says {
            Says::Fact(fact) => self.shown.append_fact(fact).ok(),
            Says::Note(text) => self.shown.edit_note(text).unwrap(),
            Says::Field(text) => self.shown.set_fields(&[(CARD_FIELDS[0].name, text)]).unwrap(),
        };
        if let Some(change) = change {
            self.outbox.push(Written { change, says });
        }
    }

    pub(super) fn waits(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// What became of the first of what is unsent; whether the server could place everything.
    pub(super) fn answered(&mut self, fates: &[Result<(), RefusalCode>]) -> bool {
        let sent: Vec<Written> = self.outbox.drain(..fates.len()).collect();
        let (mut stays, mut durable) = (Vec::new(), Vec::new());
        for (written, fate) in sent.into_iter().zip(fates) {
            match fate {
                Ok(()) => durable.push(written.change.bytes),
                Err(RefusalCode::KnownFact) => {}
                Err(RefusalCode::Sequence | RefusalCode::MissingDependency) => stays.push(written),
                Err(code) => panic!("{code:?}"),
            }
        }
        if !durable.is_empty() {
            let durable: Vec<&[u8]> = durable.iter().map(Vec::as_slice).collect();
            self.base.apply(&durable).unwrap();
        }
        self.outbox.splice(..0, stays);
        fates.iter().all(Result::is_ok)
    }

    pub(super) fn hear(&mut self, entries: &[Vec<u8>], heard: usize) {
        let changes: Vec<Vec<u8>> =
            entries.iter().flat_map(|entry| unpack_bundle(entry, 500).unwrap()).collect();
        if !changes.is_empty() {
            let bytes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
            self.base.apply(&bytes).unwrap();
            self.shown.apply(&bytes).unwrap();
        }
        self.heard = self.heard.max(heard);
    }

    /// What is unsent is written anew onto what the server knows, by another actor.
    pub(super) fn begin_install(&mut self, epoch: u32) {
        self.writer.install_epoch = epoch;
        self.write_anew();
    }

    /// What the other copy has brought is not written again.
    pub(super) fn write_anew(&mut self) {
        self.shown = self.base.clone();
        self.shown.set_actor(actor_of(self.writer.device, self.writer.install_epoch));
        for Written { says, .. } in std::mem::take(&mut self.outbox) {
            self.write(says);
        }
    }
}
