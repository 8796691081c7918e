//! A phone of protocol 2 that holds nothing but its place in the chain and a card.

use saldo_core::documents::{Document, Subject, actor_of, pack_bundle};
use saldo_core::ids::DeviceId;
use saldo_core::time::UtcMillis;
use saldo_core::wire::{
    Envelope, PROTOCOL, PushNumber, PushedBundle, ScopePosition, SyncRequest, SyncResponse,
    public_key_of,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::rep_phone::send;
use super::world::{CLIENTS, REPS, World};
use crate::store::devices;

const SECRET: [u8; 32] = [5; 32];

/// A phone that holds nothing but its place in the chain.
#[derive(Clone)]
pub(super) struct Bare {
    pub(super) device: DeviceId,
    pub(super) install_epoch: u32,
    pub(super) number: u64,
    pub(super) hash: Vec<u8>,
    pub(super) epoch: Option<u64>,
    pub(super) positions: Vec<ScopePosition>,
    pub(super) card: Document,
}

impl Bare {
    pub(super) async fn enrol(world: &World) -> Self {
        let mut tx = world.db().begin_write().await.unwrap();
        let device = DeviceId(Uuid::from_u128(77));
        let key = public_key_of(&SECRET);
        devices::enrol(&mut tx, device, REPS[0], "A phone", &key, "2.0", UtcMillis(0))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let card = Document::genesis(card().kind());
        let (epoch, positions, hash) = (None, Vec::new(), Vec::new());
        Self { device, install_epoch: 1, number: 0, hash, epoch, positions, card }
    }

    pub(super) fn request(&self) -> SyncRequest {
        SyncRequest {
            protocol: PROTOCOL,
            app_version: "2.0".to_owned(),
            epoch: self.epoch,
            positions: self.positions.clone(),
            ..SyncRequest::default()
        }
    }

    /// Writes a field of the card: one more change to push.
    pub(super) fn writes(&mut self, value: &str) -> PushedBundle {
        self.card.set_actor(actor_of(self.device, self.install_epoch));
        let change = self.card.set_fields(&[("stock", value)]).unwrap().unwrap();
        PushedBundle { subject: card(), changes: pack_bundle([change.bytes.as_slice()]) }
    }

    pub(super) async fn pushes(&mut self, world: &World, bundle: PushedBundle) -> SyncResponse {
        let request = SyncRequest { bundles: vec![bundle], ..self.request() };
        let (sealed, hash) = self.seal(self.number + 1, &request);
        let told = send(world, &sealed).await.unwrap();
        if told.install_epoch.is_none() {
            (self.number, self.hash) = (self.number + 1, hash);
        }
        self.take(&told);
        told
    }

    pub(super) async fn asks(&mut self, world: &World, request: SyncRequest) -> SyncResponse {
        let (sealed, _) = self.seal(self.number, &request);
        let told = send(world, &sealed).await.unwrap();
        self.take(&told);
        told
    }

    pub(super) fn seal(&self, number: u64, request: &SyncRequest) -> (Vec<u8>, Vec<u8>) {
        let push = PushNumber { number, previous: self.hash.iter().copied().take(8).collect() };
        let envelope =
            Envelope::seal(self.device, self.install_epoch, push, request, &SECRET).unwrap();
        (envelope.to_bytes().unwrap(), Sha256::digest(&envelope.body).to_vec())
    }

    pub(super) fn take(&mut self, told: &SyncResponse) {
        self.epoch = Some(told.epoch);
        self.positions.clone_from(&told.positions);
        if let Some(install_epoch) = told.install_epoch {
            (self.install_epoch, self.number, self.hash) = (install_epoch, 0, Vec::new());
        }
    }
}

pub(super) fn card() -> Subject {
    Subject::ClientCard { client: CLIENTS[0] }
}
