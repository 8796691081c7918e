//! Changes that an app would never write. Each begins as a valid one, written into the document as
//! it stands, so that what is wrong with it is the only thing that is wrong.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, Change, ChangeHash, ExpandedChange, ObjType, ROOT, ReadDoc};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_core::documents::{Document, Stop, Subject, actor_of, pack_bundle, unpack_bundle};
use saldo_core::gate::Writer;
use saldo_core::ids::{DeviceId, PersonId};
use saldo_core::roles::Role;
use saldo_tests::inside::{SUPERVISOR, client, rep};
use uuid::Uuid;

use super::facts::fact;
use super::ground::{Ground, note, writer};

/// The attackers' phone at the gate.
const DEVICE: DeviceId = DeviceId(Uuid::from_u128(0xbad));

/// Makes hostile changes.
pub(super) struct Forge {
    pub(super) random: ChaCha8Rng,
    /// What was made before, to come again.
    made: Vec<Vec<u8>>,
}

/// So many are remembered.
const REMEMBERED: usize = 64;

impl Forge {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), made: Vec::new() }
    }

    /// An input for the gate: into which document, by whom, what.
    pub(super) fn input(&mut self, ground: &Ground) -> (usize, Writer, Vec<u8>) {
        let at = self.below(ground.kept.len());
        let (person, role) = [
            (rep(0), Role::Rep),
            (rep(0), Role::Rep),
            (rep(1), Role::Rep),
            (SUPERVISOR, Role::Supervisor),
            (rep(0), Role::Operator),
        ][self.below(5)];
        let kept = &ground.kept[at];
        let change = self.change(kept.subject, &kept.open(), DEVICE, 1, person);
        (at, writer(DEVICE, person, role), change)
    }

    /// A hostile change of an installation to a document that stands so.
    pub(super) fn change(
        &mut self,
        subject: Subject,
        now: &Document,
        device: DeviceId,
        install_epoch: u32,
        person: PersonId,
    ) -> Vec<u8> {
        let mut phone = now.clone();
        phone.set_actor(actor_of(device, install_epoch));
        let change = match self.below(16) {
            0 | 1 => self.flipped(subject, &mut phone, person),
            2 => self.edited(subject, &mut phone, person),
            3 => self.of_somebody_else(subject, &mut phone, person),
            4 => self.after_what_never_came(subject, &mut phone, person),
            5 => self.replayed(subject, &mut phone, person),
            6 => self.claims_many_operations(subject, device, install_epoch),
            7 => self.inflates(),
            8 | 9 => self.tampered(subject, &mut phone, person),
            10 => self.at_a_wrong_place(&mut phone, device, install_epoch),
            11 => self.rubbish(),
            12 | 13 => self.absurd(&mut phone, person),
            14 => self.deflated(subject, &mut phone, person),
            _ => self.valid(subject, &mut phone, person),
        };
        if self.made.len() == REMEMBERED {
            let gone = self.below(REMEMBERED);
            self.made.swap_remove(gone);
        }
        self.made.push(change.clone());
        change
    }

    pub(super) fn below(&mut self, below: usize) -> usize {
        self.random.random_range(0..below)
    }

    /// What an honest app would write.
    fn valid(&mut self, subject: Subject, phone: &mut Document, person: PersonId) -> Vec<u8> {
        let word = format!("{:x}", self.random.random::<u16>());
        let written = match (subject, self.below(3)) {
            (Subject::RouteSheet { .. }, 0) => {
                phone.append_fact(&note(self.random.random(), person, &word)).ok()
            }
            (Subject::RouteSheet { .. }, 1) => {
                let stop = Stop { client: client(2), position: 7, purpose: word.clone() };
                phone.plan_stops(&[stop]).unwrap()
            }
            (Subject::ClientCard { .. }, 0 | 1) => phone.set_fields(&[("stock", &word)]).unwrap(),
            (Subject::PersonalCard { .. }, _) => {
                phone.set_fields(&[("owner.name", &word)]).unwrap()
            }
            _ => phone.edit_note(&word).unwrap(),
        };
        // The same word by chance: nothing was written.
        written.map(|change| change.bytes).unwrap_or_default()
    }

    /// Bits flipped, the checksum right.
    fn flipped(&mut self, subject: Subject, phone: &mut Document, person: PersonId) -> Vec<u8> {
        let mut body = body_of(&self.valid(subject, phone, person));
        for _ in 0..self.below(3) + 1 {
            let at = self.below(body.len().max(1));
            let bit = self.below(8);
            if let Some(byte) = body.get_mut(at) {
                *byte ^= 1 << bit;
            }
        }
        framed(&body)
    }

    /// Bytes set, put in, taken out and cut, the checksum right.
    fn edited(&mut self, subject: Subject, phone: &mut Document, person: PersonId) -> Vec<u8> {
        let mut body = body_of(&self.valid(subject, phone, person));
        for _ in 0..self.below(4) + 1 {
            let at = self.below(body.len().max(1));
            let byte = self.random.random();
            match self.below(4) {
                0 if at < body.len() => body[at] = byte,
                1 if at < body.len() => drop(body.remove(at)),
                2 => body.truncate(at),
                _ => body.insert(at.min(body.len()), byte),
            }
        }
        framed(&body)
    }

    fn of_somebody_else(
        &mut self,
        subject: Subject,
        phone: &mut Document,
        person: PersonId,
    ) -> Vec<u8> {
        let (device, epoch) = [(0xbad, 2), (0xc0, 1), (0, 0)][self.below(3)];
        phone.set_actor(actor_of(DeviceId(Uuid::from_u128(device)), epoch));
        self.valid(subject, phone, person)
    }

    fn after_what_never_came(
        &mut self,
        subject: Subject,
        phone: &mut Document,
        person: PersonId,
    ) -> Vec<u8> {
        self.valid(subject, phone, person);
        self.valid(subject, phone, person)
    }

    fn replayed(&mut self, subject: Subject, phone: &mut Document, person: PersonId) -> Vec<u8> {
        if self.made.is_empty() {
            return self.valid(subject, phone, person);
        }
        let which = self.below(self.made.len());
        self.made[which].clone()
    }

    /// A hundred bytes that claim millions of operations, predecessors, keys or bytes of values.
    fn claims_many_operations(
        &mut self,
        subject: Subject,
        device: DeviceId,
        epoch: u32,
    ) -> Vec<u8> {
        let many = leb(1 << (14 + self.below(40)));
        let signed = if self.random.random() { many.clone() } else { vec![0xf4, 0x03] };
        let of = |value: &[u8]| [&signed[..], value].concat();
        let columns: Vec<(u8, Vec<u8>)> = match self.below(5) {
            0 => vec![(0x15, of(b"\x01a")), (0x34, many), (0x42, of(&[1]))],
            1 => vec![(0x42, [&[0][..], &many].concat())],
            2 => vec![(0x42, vec![1, 1]), (0x70, [&[1][..], &many].concat())],
            3 => vec![(0x42, vec![1, 1]), (0x56, [&[1][..], &many].concat()), (0x57, vec![0; 9])],
            _ => vec![(0x01, of(&[0])), (0x42, of(&[1])), (0x70, of(&[21]))],
        };
        let genesis = Document::genesis(subject.kind()).heads();
        let mut body = vec![1];
        body.extend(genesis[0]);
        body.push(20);
        body.extend(actor_of(device, epoch));
        body.extend([1, 4, 0, 0, 0, u8::try_from(columns.len()).unwrap()]);
        for (id, bytes) in &columns {
            body.extend([*id, u8::try_from(bytes.len()).unwrap()]);
        }
        body.extend(columns.into_iter().flat_map(|(_, bytes)| bytes));
        framed(&body)
    }

    /// A deflated change that inflates to a hundred megabytes; its checksum cannot be looked at first.
    fn inflates(&mut self) -> Vec<u8> {
        static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
            let zeros = vec![0; 1 << 20];
            // As far as 64 kB carry it, and then to 256 MB, where the bytes themselves are too many.
            for _ in 0..256 {
                encoder.write_all(&zeros).unwrap();
            }
            encoder.finish().unwrap()
        });
        let length = if self.random.random() { BOMB.len() } else { 60_000 };
        let head = [0x85, 0x6f, 0x4a, 0x83, 1, 2, 3, 4, 2];
        [&head[..], &leb(length as u64), &BOMB[..length]].concat()
    }

    /// A valid change in which one thing was replaced, encoded anew.
    fn tampered(&mut self, subject: Subject, phone: &mut Document, person: PersonId) -> Vec<u8> {
        let valid = self.valid(subject, phone, person);
        let Ok(change) = Change::try_from(&valid[..]) else { return valid };
        let mut change = change.decode();
        self.tamper(&mut change);
        // Automerge cannot encode everything that can be thought of.
        catch_unwind(AssertUnwindSafe(|| Change::from(change).raw_bytes().to_vec()))
            .unwrap_or(valid)
    }

    fn tamper(&mut self, change: &mut ExpandedChange) {
        let jump = [1, 1_000, u64::from(u32::MAX), u64::MAX / 4][self.below(4)];
        match self.below(10) {
            0 => change.seq = change.seq.wrapping_add(1),
            1 => change.seq = change.seq.saturating_sub(1),
            2 => change.seq = u64::MAX,
            3 => change.deps.clear(),
            4 => change.deps.push(ChangeHash([7; 32])),
            5 => {
                if let Some(start) = change.start_op.checked_add(jump) {
                    change.start_op = start;
                }
            }
            6 => change.time = [i64::MIN, -1, i64::MAX][self.below(3)],
            7 => change.actor_id = ActorId::from([0xff; 40]),
            8 => {
                if let Some(first) = change.operations.first().cloned() {
                    change.operations.extend(std::iter::repeat_n(first, 3));
                }
            }
            _ => {
                let id = automerge::legacy::OpId(1, ActorId::from(&b"saldo genesis"[..]));
                for operation in &mut change.operations {
                    operation.pred = vec![id.clone()].into();
                }
            }
        }
    }

    /// A well-made change that writes where nobody may, or what nobody may.
    fn at_a_wrong_place(&mut self, phone: &mut Document, device: DeviceId, epoch: u32) -> Vec<u8> {
        let mut doc = AutoCommit::load(&phone.save()).unwrap();
        doc.set_actor(ActorId::from(actor_of(device, epoch)));
        let names: Vec<String> = doc.keys(ROOT).collect();
        let name = &names[self.below(names.len())];
        let container = doc.get(ROOT, name.as_str()).unwrap().unwrap().1;
        let is_text = name == "note";
        let long = "y".repeat(self.below(60_000));
        let done = match self.below(8) {
            0 => doc.put(ROOT, "new", 1),
            1 => doc.put_object(ROOT, name.as_str(), ObjType::Map).map(drop),
            2 => doc.delete(ROOT, name.as_str()),
            3 if is_text => doc.splice_text(&container, 0, 0, &long[..long.len().min(300)]),
            4 if is_text => doc.insert(&container, 0, long),
            3 => doc.put(&container, long, "x"),
            4 => doc.put(&container, "stock", long),
            5 => doc.put_object(&container, "x", ObjType::List).map(drop),
            6 => doc.put(&container, "owner.name", automerge::ScalarValue::counter(1)),
            _ => {
                let first = doc.keys(&container).next().unwrap_or_default();
                doc.delete(&container, first)
            }
        };
        // What cannot be written so leaves no change.
        let _ = done;
        doc.commit();
        doc.get_last_local_change().map(|change| change.raw_bytes().to_vec()).unwrap_or_default()
    }

    fn rubbish(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; self.below(400)];
        self.random.fill_bytes(&mut bytes);
        if self.random.random() { framed(&bytes) } else { bytes }
    }

    /// A fact that says absurd things.
    fn absurd(&mut self, phone: &mut Document, person: PersonId) -> Vec<u8> {
        let author = if self.below(10) == 0 { SUPERVISOR } else { person };
        let fact = fact(&mut self.random, author);
        // A card takes no facts.
        phone.append_fact(&fact).map(|change| change.bytes).unwrap_or_default()
    }

    /// Deflated, and then perhaps cut or with something behind it.
    fn deflated(&mut self, subject: Subject, phone: &mut Document, person: PersonId) -> Vec<u8> {
        let body = body_of(&self.valid(subject, phone, person));
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&body).unwrap();
        let mut deflated = encoder.finish().unwrap();
        match self.below(4) {
            0 => deflated.push(0),
            1 => drop(deflated.pop()),
            _ => {}
        }
        let checksum = framed(&body)[4..8].to_vec();
        let head = [0x85, 0x6f, 0x4a, 0x83];
        [&head[..], &checksum, &[2], &leb(deflated.len() as u64), &deflated].concat()
    }
}

/// A number as unsigned LEB128.
fn leb(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// The change with this body, its checksum right: what a bundle makes of a bare body.
pub(super) fn framed(body: &[u8]) -> Vec<u8> {
    let entry = [&leb(body.len() as u64 + 1)[..], &[1], body].concat();
    unpack_bundle(&entry, 1).unwrap().remove(0)
}

/// What is behind the frame of a valid change.
fn body_of(change: &[u8]) -> Vec<u8> {
    let bundle = pack_bundle([change]);
    let digits = bundle.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
    bundle.get(digits + 1..).unwrap_or_default().to_vec()
}
