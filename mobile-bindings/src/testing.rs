//! An office for tests: a server in memory that keeps documents and a log, proves every envelope,
//! watches the chain of pushes, and fails as told. It judges nothing.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use saldo_core::documents::{Document, DocumentKind, Subject, unpack_bundle};
use saldo_core::facts::{Fact, FactBody};
use saldo_core::feed::FeedRow;
use saldo_core::gate::{Writer, admit};
use saldo_core::ids::{DeviceId, DocumentId, PersonId};
use saldo_core::time::UtcMillis as Instant;
use saldo_core::wire::{
    AckState, DocumentBundle, Enrolled, EnrolmentRequest, Envelope, Fate, Fates, MOST_CHANGES,
    PROTOCOL, RefusalCode, RowChange, ScopeId, ScopePosition, SyncRequest, SyncResponse,
    WholeDocument, pack,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{HttpAnswer, HttpRequest, Phone, Transport, TransportError};

/// How the next exchange goes wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// The request never arrives.
    Down,
    /// The request is served, its answer is lost.
    LostReply,
    /// The server says no.
    Problem(u16, &'static str),
    /// Something else answers with a page of its own.
    Portal,
    /// The server is busy: every change later.
    Busy,
}

#[derive(Debug, Default)]
pub(crate) struct Books {
    keys: BTreeMap<DeviceId, [u8; 32]>,
    chain: BTreeMap<DeviceId, (u64, Vec<u8>)>,
    people: BTreeMap<DeviceId, PersonId>,
    /// Every sync request's bytes, also of those whose answer was lost.
    pub(crate) received: Vec<Vec<u8>>,
    /// What was in them.
    pub(crate) requests: Vec<SyncRequest>,
    /// Pushes that neither followed nor repeated the one before.
    pub(crate) breaks: u32,
    pub(crate) trouble: VecDeque<Trouble>,
    /// Notes that contain this text are refused.
    pub(crate) refuse: Option<(&'static str, RefusalCode)>,
    documents: BTreeMap<DocumentId, Vec<u8>>,
    log: Vec<RowChange>,
    pub(crate) scopes: Vec<i64>,
    pub(crate) epoch: u64,
    /// At most so many rows an answer.
    pub(crate) page: usize,
    pub(crate) snapshots: Vec<WholeDocument>,
    pub(crate) changes: Vec<DocumentBundle>,
    /// The next change is refused so.
    pub(crate) misplace: Option<RefusalCode>,
    /// A server that knows nothing of readings.
    pub(crate) deaf_to_readings: bool,
    /// Erased at the server: changes to them are refused.
    pub(crate) erased: Vec<DocumentId>,
}

/// The office.
#[derive(Debug)]
pub(crate) struct Office(Mutex<Books>);

impl Office {
    pub(crate) fn new() -> Arc<Self> {
        let books = Books { scopes: vec![1], epoch: 7, page: 1_000, ..Books::default() };
        Arc::new(Self(Mutex::new(books)))
    }

    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().expect("no test panics inside")
    }

    /// A row reaches the phones with their next sync.
    pub(crate) fn tell(&self, scope: i64, row: &FeedRow) {
        let body = serde_json::to_string(row).expect("rows are JSON");
        let (kind, id) = (row.kind().to_owned(), row.id());
        self.books().log.push(RowChange { scope: ScopeId(scope), kind, id, body: Some(body) });
    }

    /// A row is gone.
    pub(crate) fn take_back(&self, scope: i64, kind: &str, id: &str) {
        let (kind, id) = (kind.to_owned(), id.to_owned());
        self.books().log.push(RowChange { scope: ScopeId(scope), kind, id, body: None });
    }

    /// Everybody gets the document whole with the next sync.
    pub(crate) fn spread(&self, subject: Subject) {
        let mut books = self.books();
        let document = subject.document();
        let saved = books.documents[&document].clone();
        let scope = ScopeId(1);
        books.snapshots.push(WholeDocument { subject, scope, saved, is_bare: false });
    }

    /// The document as the office has it.
    pub(crate) fn document(&self, subject: Subject) -> Document {
        let saved = self.books().documents[&subject.document()].clone();
        Document::load(subject.kind(), &saved).expect("is readable")
    }

    /// The document is erased: phones are told, and whatever they still say of it is refused.
    pub(crate) fn erase(&self, subject: Subject) {
        let document = subject.document();
        self.take_back(1, RowChange::DOCUMENT, &document.to_string());
        let mut books = self.books();
        books.documents.remove(&document);
        books.erased.push(document);
    }

    /// The notes that reached the office.
    pub(crate) fn notes(&self) -> Vec<String> {
        let books = self.books();
        let kind = DocumentKind::RouteSheet;
        let facts = books
            .documents
            .values()
            .filter_map(|saved| Document::load(kind, saved).ok())
            .flat_map(|sheet| sheet.facts());
        facts
            .filter_map(|fact| match fact.body {
                FactBody::Note(note) => Some(note.text),
                _ => None,
            })
            .collect()
    }

    /// A phone in `folder` that is let in as `who`.
    pub(crate) fn phone(self: &Arc<Self>, folder: &Path, who: &str) -> Arc<Phone> {
        let phone = open(folder);
        phone.enrol(self.transport(), "http://office", who, "test").expect("is let in");
        phone
    }

    pub(crate) fn transport(self: &Arc<Self>) -> Arc<dyn Transport> {
        Arc::clone(self) as Arc<dyn Transport>
    }
}

/// The phone in `folder`.
pub(crate) fn open(folder: &Path) -> Arc<Phone> {
    Phone::open(&folder.to_string_lossy(), "0".to_owned()).expect("opens")
}

/// The person with this one-time code.
pub(crate) fn person(code: &str) -> PersonId {
    let number = code.bytes().fold(0_u128, |number, byte| number * 256 + u128::from(byte));
    PersonId(Uuid::from_u128(number))
}

impl Transport for Office {
    fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let unreachable = || TransportError::Unreachable { detail: "cut".to_owned() };
        let mut books = self.books();
        let answer = |status, body| Ok(HttpAnswer { status, body });
        if request.path == "/v1/enrol" {
            return answer(200, books.enrol(&request.body));
        }
        match books.trouble.pop_front() {
            Some(Trouble::Down) => {
                books.received.push(request.body);
                Err(unreachable())
            }
            Some(Trouble::Portal) => answer(200, b"<html>sign in to the hotel</html>".to_vec()),
            Some(Trouble::Problem(status, code)) => {
                books.received.push(request.body);
                let body = format!(r#"{{"code":"{code}","title":"no","status":{status}}}"#);
                answer(status, body.into_bytes())
            }
            Some(Trouble::LostReply) => {
                books.sync(request.body, false);
                Err(unreachable())
            }
            Some(Trouble::Busy) => answer(200, books.sync(request.body, true)),
            None => answer(200, books.sync(request.body, false)),
        }
    }
}

impl Books {
    fn enrol(&mut self, body: &[u8]) -> Vec<u8> {
        let request: EnrolmentRequest = serde_json::from_slice(body).expect("JSON");
        let device = DeviceId(Uuid::from_u128(self.keys.len() as u128 + 1));
        let key = hex::decode(&request.public_key).expect("hexadecimal");
        self.keys.insert(device, key.try_into().expect("32 bytes"));
        let person = person(&request.code);
        self.people.insert(device, person);
        let enrolled = Enrolled {
            device,
            person,
            name: request.code,
            role: saldo_core::roles::Role::Rep,
            time_zone: "Europe/Tallinn".to_owned(),
            install_epoch: 1,
        };
        serde_json::to_vec(&enrolled).expect("JSON")
    }

    fn sync(&mut self, body: Vec<u8>, busy: bool) -> Vec<u8> {
        let envelope = Envelope::from_bytes(&body).expect("an envelope");
        let key = self.keys.get(&envelope.device).expect("a known device");
        let request = envelope.open(key).expect("its own signature").request;
        self.received.push(body);
        self.watch_chain(&envelope, &request);
        let changes: Vec<(Subject, Vec<u8>)> = request
            .bundles
            .iter()
            .flat_map(|bundle| {
                let changes = unpack_bundle(&bundle.changes, MOST_CHANGES).expect("our bundle");
                changes.into_iter().map(|change| (bundle.subject, change))
            })
            .collect();
        let mut fates = Fates::default();
        for (number, (subject, bytes)) in (0..).zip(&changes) {
            let state = match busy {
                true => AckState::Later,
                false => self.take(envelope.device, *subject, bytes),
            };
            match state {
                AckState::Durable => fates.durable += 1,
                state => fates.others.push(Fate { change: number, state }),
            }
        }
        let response = self.answer(&request, fates);
        self.requests.push(request);
        pack(&response).expect("packs")
    }

    /// A push follows the one before or repeats it; what only asks shows the last.
    fn watch_chain(&mut self, envelope: &Envelope, request: &SyncRequest) {
        let hash = Sha256::digest(&envelope.body).to_vec();
        let (number, last) = self.chain.get(&envelope.device).cloned().unwrap_or_default();
        let push = &envelope.push;
        let knows = last.starts_with(&push.previous) && push.previous.len() == last.len().min(8);
        if request.bundles.is_empty() && request.readings.is_empty() {
            self.breaks += u32::from(push.number != number || !knows);
            return;
        }
        let follows = push.number == number + 1 && knows;
        let repeats = push.number == number && hash == last;
        self.breaks += u32::from(!follows && !repeats);
        self.chain.insert(envelope.device, (push.number, hash));
    }

    /// Through the real gate, one change at a time.
    fn take(&mut self, device: DeviceId, subject: Subject, change: &[u8]) -> AckState {
        let document = subject.document();
        let refused = |code, detail: &str| AckState::Refused { code, detail: detail.to_owned() };
        if self.erased.contains(&document) {
            return refused(RefusalCode::Erased, "it was erased");
        }
        if let Some(code) = self.misplace.take() {
            return refused(code, "not here");
        }
        let saved = self.documents.get(&document).map(Vec::as_slice);
        let writer = Writer {
            device,
            install_epoch: 1,
            person: self.people[&device],
            role: saldo_core::roles::Role::Rep,
            home_phones: false,
        };
        let passed = admit(subject, saved, &writer, &[change]).expect("our own is readable");
        match &passed.changes[0] {
            Err(refusal) => refused(refusal.code, &refusal.detail),
            Ok(admitted) => match self.refuse.filter(|(text, _)| says(&admitted.facts, text)) {
                Some((_, code)) => refused(code, "not here"),
                None => {
                    self.documents.insert(document, passed.saved);
                    AckState::Durable
                }
            },
        }
    }

    fn answer(&mut self, request: &SyncRequest, fates: Fates) -> SyncResponse {
        let known = request.epoch == Some(self.epoch);
        let since = |scope: i64| {
            let held = request.positions.iter().find(|held| held.scope.0 == scope);
            held.filter(|_| known).map_or(0, |held| held.since)
        };
        let seq = |index: usize| index as u64 + 1;
        let news: Vec<(u64, RowChange)> = (0..)
            .zip(&self.log)
            .map(|(index, row)| (seq(index), row.clone()))
            .filter(|(seq, row)| self.scopes.contains(&row.scope.0) && *seq > since(row.scope.0))
            .collect();
        let more = news.len() > self.page;
        let rows: Vec<_> = news.into_iter().take(self.page).collect();
        let newest =
            if more { rows.last().map_or(0, |(seq, _)| *seq) } else { self.log.len() as u64 };
        let position = |scope: &i64| ScopePosition {
            scope: ScopeId(*scope),
            since: newest.max(since(*scope)),
            filling: false,
            digest: None,
        };
        SyncResponse {
            protocol: PROTOCOL,
            server_time: Instant(0),
            epoch: self.epoch,
            fates: Some(fates),
            positions: self.scopes.iter().map(position).collect(),
            whole: std::mem::take(&mut self.snapshots),
            bundles: std::mem::take(&mut self.changes),
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            readings: if self.deaf_to_readings {
                Vec::new()
            } else {
                request.readings.iter().map(|reading| reading.id).collect()
            },
            more,
            ..SyncResponse::default()
        }
    }
}

fn says(facts: &[Fact], text: &str) -> bool {
    facts.iter().any(|fact| match &fact.body {
        FactBody::Note(note) => note.text.contains(text),
        _ => false,
    })
}

/// A route sheet as another phone or the planning would leave it.
pub(crate) fn sheet(subject: Subject, write: impl FnOnce(&mut Document)) -> Vec<u8> {
    let mut document = Document::genesis(subject.kind());
    document.set_actor([9; 20]);
    write(&mut document);
    document.save()
}
