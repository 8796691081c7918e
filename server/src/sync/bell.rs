//! Rings when the log has got numbers: whoever listens learns which scopes have something new, and
//! never what. It rings for what other processes numbered too, a moment later.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use saldo_core::ids::DeviceId;
use saldo_core::wire::ScopeId;
use tokio::sync::{Notify, broadcast, watch};

use crate::store::{Db, StoreError, log};

/// A listener that is so many rings behind has missed some, and looks for itself.
const MOST_RINGS_BEHIND: usize = 64;

/// So many phones may listen at once; more are asked to come back later.
const MOST_LISTENERS: usize = 20_000;

/// How soon the bell may ring again: many small writes are one piece of news.
const BETWEEN_RINGS: Duration = Duration::from_millis(200);

/// How long it takes at most until the bell rings for what another process numbered.
const EVERY_LOOK: Duration = Duration::from_secs(2);

/// No number is negative.
const NEVER_RANG: i64 = -1;

/// The newest number of each scope that got one.
pub(super) type Rung = Arc<BTreeMap<ScopeId, i64>>;

/// The bell of a server. Clones are the same bell.
#[derive(Debug, Clone)]
pub struct Bell {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    numbered: Notify,
    /// The newest number given in this process.
    numbered_up_to: AtomicI64,
    rung_up_to: AtomicI64,
    rings: broadcast::Sender<Rung>,
    closed: watch::Sender<bool>,
    /// Of each phone that listens, what ends its listening.
    listeners: Mutex<HashMap<DeviceId, Arc<Notify>>>,
}

impl Default for Bell {
    fn default() -> Self {
        let inner = Inner {
            numbered: Notify::new(),
            numbered_up_to: AtomicI64::new(NEVER_RANG),
            rung_up_to: AtomicI64::new(NEVER_RANG),
            rings: broadcast::Sender::new(MOST_RINGS_BEHIND),
            closed: watch::Sender::new(false),
            listeners: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }
}

impl Bell {
    /// Entries got numbers up to this one in this process, for good: ring soon.
    pub(super) fn pull(&self, up_to: i64) {
        self.inner.numbered_up_to.fetch_max(up_to, Ordering::SeqCst);
        self.inner.numbered.notify_one();
    }

    /// Rings for every number given from now on, until the bell is closed.
    ///
    /// # Errors
    /// When the database fails; calling it again goes on.
    pub async fn ring(&self, db: &Db) -> Result<(), StoreError> {
        let mut rung_up_to = self.begin(db).await?;
        let mut of_others = db.listen().await?;
        let mut closed = self.inner.closed.subscribe();
        while !*closed.borrow_and_update() {
            tokio::select! {
                _ = closed.changed() => break,
                () = self.inner.numbered.notified() => {
                    if self.passes_over(&mut rung_up_to) {
                        tokio::time::sleep(BETWEEN_RINGS).await;
                        continue;
                    }
                }
                heard = of_others.hear() => heard?,
                () = tokio::time::sleep(EVERY_LOOK) => {}
            }
            let rung = log::newest_of_scopes(&mut db.begin_read().await?, rung_up_to).await?;
            if let Some(up_to) = rung.values().max() {
                rung_up_to = *up_to;
                self.inner.rung_up_to.store(rung_up_to, Ordering::Relaxed);
                // Nobody listens: nobody misses it.
                let _ = self.inner.rings.send(Arc::new(rung));
            }
            tokio::time::sleep(BETWEEN_RINGS).await;
        }
        Ok(())
    }

    /// Whether nobody listens: then what was numbered here needs no looking for. Who sits down later looks
    /// for itself, and sees at least what is passed over: that was committed before it came.
    fn passes_over(&self, rung_up_to: &mut i64) -> bool {
        let numbered = self.inner.numbered_up_to.load(Ordering::SeqCst);
        if self.inner.rings.receiver_count() > 0 {
            return false;
        }
        *rung_up_to = numbered.max(*rung_up_to);
        self.inner.rung_up_to.store(*rung_up_to, Ordering::Relaxed);
        true
    }

    /// The number from which on to ring: where it stopped after an error, else the newest.
    async fn begin(&self, db: &Db) -> Result<i64, StoreError> {
        let rung_up_to = self.inner.rung_up_to.load(Ordering::Relaxed);
        if rung_up_to != NEVER_RANG {
            return Ok(rung_up_to);
        }
        let newest = log::state(&mut db.begin_read().await?).await?.unwrap_or_default().last_seq;
        self.inner.rung_up_to.store(newest, Ordering::Relaxed);
        Ok(newest)
    }

    /// Ends all listening: the server stops.
    pub fn close(&self) {
        self.inner.closed.send_replace(true);
    }

    /// How many phones listen.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.listening().len()
    }

    /// A seat for a phone; `None`: all are taken. A phone has one: its older one ends.
    pub(super) fn seat(&self, device: DeviceId) -> Option<Seat> {
        let mut listening = self.listening();
        if listening.len() >= MOST_LISTENERS && !listening.contains_key(&device) {
            return None;
        }
        let ended = Arc::new(Notify::new());
        if let Some(older) = listening.insert(device, Arc::clone(&ended)) {
            older.notify_one();
        }
        Some(Seat {
            bell: self.clone(),
            device,
            ended,
            rings: self.inner.rings.subscribe(),
            closed: self.inner.closed.subscribe(),
        })
    }

    /// A panic elsewhere leaves the map whole: every change of it is one call.
    fn listening(&self) -> MutexGuard<'_, HashMap<DeviceId, Arc<Notify>>> {
        self.inner.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A phone's seat at the bell; it is free again when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    bell: Bell,
    device: DeviceId,
    ended: Arc<Notify>,
    rings: broadcast::Receiver<Rung>,
    closed: watch::Receiver<bool>,
}

/// What a seat hears.
#[derive(Debug)]
pub(super) enum Heard {
    /// Numbers were given.
    Ring(Rung),
    /// More than the seat could follow.
    TooMuch,
    /// Nothing more is to be heard here.
    End,
}

impl Seat {
    /// Waits for the next ring.
    pub(super) async fn hear(&mut self) -> Heard {
        if *self.closed.borrow() {
            return Heard::End;
        }
        tokio::select! {
            () = self.ended.notified() => Heard::End,
            _ = self.closed.changed() => Heard::End,
            rung = self.rings.recv() => match rung {
                Ok(rung) => Heard::Ring(rung),
                Err(broadcast::error::RecvError::Lagged(_)) => Heard::TooMuch,
                Err(broadcast::error::RecvError::Closed) => Heard::End,
            },
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut listening = self.bell.listening();
        if listening.get(&self.device).is_some_and(|ended| Arc::ptr_eq(ended, &self.ended)) {
            listening.remove(&self.device);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[tokio::test]
    async fn a_phone_has_one_seat_and_gives_it_back() {
        let (bell, device) = (Bell::default(), DeviceId(Uuid::from_u128(1)));
        let mut first = bell.seat(device).unwrap();
        let second = bell.seat(device).unwrap();
        assert!(matches!(first.hear().await, Heard::End), "the newer one took its place");
        assert_eq!(bell.listeners(), 1);
        drop(first);
        assert_eq!(bell.listeners(), 1, "the newer one still listens");
        drop(second);
        assert_eq!(bell.listeners(), 0);
    }

    #[tokio::test]
    async fn a_closed_bell_ends_all_listening_also_later() {
        let bell = Bell::default();
        let mut seat = bell.seat(DeviceId(Uuid::from_u128(1))).unwrap();
        bell.close();
        assert!(matches!(seat.hear().await, Heard::End));
        let mut late = bell.seat(DeviceId(Uuid::from_u128(2))).unwrap();
        assert!(matches!(late.hear().await, Heard::End));
    }
}
