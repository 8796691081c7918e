//! A phone that was let in and whose owner means ill: it has its key, and says what it likes.

use saldo_core::documents::Subject;
use saldo_core::documents::pack_bundle;
use saldo_core::ids::{DeviceId, PersonId};
use saldo_core::wire::{
    Enrolled, EnrolmentRequest, Envelope, LARGEST_UNPACKED_BYTES, PROTOCOL, PushNumber,
    PushedBundle, SyncRequest, SyncResponse, public_key_of, unpack,
};
use saldo_mobile::HttpAnswer;
use saldo_tests::inside::Company;
use sha2::{Digest, Sha256};

/// The phone and its place in the chain.
#[derive(Debug, Clone)]
pub(super) struct Attacker {
    pub(super) person: PersonId,
    pub(super) device: DeviceId,
    pub(super) install_epoch: u32,
    pub(super) secret: [u8; 32],
    pub(super) number: u64,
    pub(super) hash: Vec<u8>,
}

/// What the server said to a push.
#[derive(Debug)]
pub(super) enum Said {
    /// It answered.
    Answer(Box<SyncResponse>),
    /// With this HTTP status.
    Problem(u16),
}

impl Attacker {
    /// Lets a phone of this person in, with a key from `number`.
    pub(super) fn enrolled(company: &Company, person: PersonId, number: u8) -> Self {
        let secret = [number; 32];
        let request = EnrolmentRequest {
            code: company.code_for(person),
            public_key: public_key_of(&secret).iter().map(|byte| format!("{byte:02x}")).collect(),
            device_name: "a phone".to_owned(),
            app_version: "1.0".to_owned(),
        };
        let body = serde_json::to_vec(&request).unwrap();
        let answer = company.answer("/v1/enrol", &body).unwrap();
        assert_eq!(answer.status, 200);
        let enrolled: Enrolled = serde_json::from_slice(&answer.body).unwrap();
        Self {
            person,
            device: enrolled.device,
            install_epoch: enrolled.install_epoch,
            secret,
            number: 0,
            hash: Vec::new(),
        }
    }

    /// A request that carries these changes, each document's together.
    pub(super) fn request(&self, changes: &[(Subject, Vec<u8>)]) -> SyncRequest {
        let mut bundles: Vec<(Subject, Vec<&[u8]>)> = Vec::new();
        for (subject, bytes) in changes {
            match bundles.iter_mut().find(|(other, _)| other == subject) {
                Some((_, bundle)) => bundle.push(bytes),
                None => bundles.push((*subject, vec![bytes])),
            }
        }
        let bundles = bundles
            .into_iter()
            .map(|(subject, changes)| PushedBundle { subject, changes: pack_bundle(changes) })
            .collect();
        SyncRequest {
            protocol: PROTOCOL,
            app_version: "1.0".to_owned(),
            bundles,
            ..SyncRequest::default()
        }
    }

    /// The request sealed as the push with this number, and the hash of its body.
    pub(super) fn seal(&self, number: u64, request: &SyncRequest) -> (Vec<u8>, Vec<u8>) {
        let previous = self.hash.iter().copied().take(8).collect();
        let push = PushNumber { number, previous };
        let envelope =
            Envelope::seal(self.device, self.install_epoch, push, request, &self.secret).unwrap();
        (envelope.to_bytes().unwrap(), Sha256::digest(&envelope.body).to_vec())
    }

    /// Pushes as its chain goes.
    pub(super) fn push(&mut self, company: &Company, request: &SyncRequest) -> Said {
        let (bytes, hash) = self.seal(self.number + 1, request);
        let said = read(&company.answer("/v1/sync", &bytes).unwrap());
        match &said {
            Said::Answer(told) => match told.install_epoch {
                Some(epoch) => {
                    (self.install_epoch, self.number, self.hash) = (epoch, 0, Vec::new());
                }
                None => (self.number, self.hash) = (self.number + 1, hash),
            },
            Said::Problem(_) => {}
        }
        said
    }
}

/// What an answer says: readable, or a problem with a code, and never the server's fault.
pub(super) fn read(answer: &HttpAnswer) -> Said {
    if answer.status == 200 {
        return Said::Answer(Box::new(unpack(&answer.body, LARGEST_UNPACKED_BYTES).unwrap()));
    }
    let problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(matches!(answer.status, 400 | 401 | 413 | 426 | 429), "{problem}");
    assert!(problem["code"].as_str().is_some_and(|code| !code.is_empty()), "{problem}");
    Said::Problem(answer.status)
}
