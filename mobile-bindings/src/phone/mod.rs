//! The one object that an app holds. Every call is synchronous: run it off the main thread. Calls
//! may come from several threads; recording is possible while a sync waits for the network.

mod card;
mod clients;
mod control;
mod dealings;
mod desk;
mod fees;
mod loans;
mod persons;
mod record;
mod sheet;
mod time;
mod views;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::PhoneError;
use crate::engine::{self, HttpRequest, SyncReport, Transport};
use crate::records::{Identity, Language, UtcMillis};
use crate::store::{self, OwnIdentity, Store};

/// A phone: one person, one folder.
#[derive(Debug, uniffi::Object)]
pub struct Phone {
    store: Mutex<Store>,
    // One sync at a time: a push is answered before the next one is made.
    syncing: Mutex<()>,
    app_version: String,
    language: Mutex<Language>,
}

#[uniffi::export]
impl Phone {
    /// Opens the phone's data in `folder`, making it if it is not there.
    ///
    /// # Errors
    /// [`PhoneError::InUse`] when another process holds it, [`PhoneError::StorageDamaged`] when it
    /// cannot be read, [`PhoneError::StorageFull`].
    #[uniffi::constructor]
    pub fn open(folder: &str, app_version: String) -> Result<Arc<Self>, PhoneError> {
        let store = Store::open(Path::new(folder))?;
        Ok(Arc::new(Self {
            store: Mutex::new(store),
            syncing: Mutex::new(()),
            app_version,
            language: Mutex::default(),
        }))
    }

    /// From now on verdicts are told in this language. It is not kept: say it after opening.
    pub fn speak(&self, language: Language) {
        *self.language.lock().unwrap_or_else(PoisonError::into_inner) = language;
    }

    /// The language in which verdicts are told; English until [`Phone::speak`].
    #[must_use]
    pub fn language(&self) -> Language {
        *self.language.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets this phone in with a one-time code. Enrolling the same person again (after a restore,
    /// or when the server shut the device out) keeps everything unsent; another person is let in
    /// only when nothing is unsent, and finds nothing of the one before.
    ///
    /// # Errors
    /// [`PhoneError::ServerRefused`] with `bad_code`; [`PhoneError::Offline`];
    /// [`PhoneError::Invalid`] when somebody else's unsent changes are on the phone.
    #[expect(clippy::needless_pass_by_value, reason = "uniffi hands a foreign trait over so")]
    pub fn enrol(
        &self,
        transport: Arc<dyn Transport>,
        server_url: &str,
        code: &str,
        device_name: &str,
    ) -> Result<Identity, PhoneError> {
        let _one = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        engine::enrol(&self.store, &*transport, server_url, code, device_name, &self.app_version)?;
        own_identity(&self.store()).map(|own| views::identity(&own))
    }

    /// Sends what is unsent and fetches what is new, until there is nothing more. Stopping at any
    /// moment loses nothing; calling again goes on.
    ///
    /// # Errors
    /// [`PhoneError::Offline`]: nothing is lost, try later. [`PhoneError::ServerRefused`]: show
    /// its words. [`PhoneError::NotEnrolled`].
    #[expect(clippy::needless_pass_by_value, reason = "uniffi hands a foreign trait over so")]
    pub fn sync(
        &self,
        transport: Arc<dyn Transport>,
        now: UtcMillis,
    ) -> Result<SyncReport, PhoneError> {
        let _one = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        engine::sync(&self.store, &*transport, &self.app_version, now.into())
    }

    /// The request that begins to listen whether there is news: the app posts it, keeps the answer
    /// (server-sent events) open while it is on the screen, and hands the data of each event to
    /// [`Phone::is_news`]. When the stream ends, sync and ask for this anew, with growing pauses.
    ///
    /// # Errors
    /// [`PhoneError::NotEnrolled`].
    pub fn listen_request(&self, now: UtcMillis) -> Result<HttpRequest, PhoneError> {
        engine::listen_request(&self.store(), &self.app_version, now.into())
    }

    /// Whether what was heard while listening is a reason to sync. Waits for a sync under way: what
    /// it brings is no news any more.
    ///
    /// # Errors
    /// [`PhoneError::StorageDamaged`].
    pub fn is_news(&self, heard: &str) -> Result<bool, PhoneError> {
        let _one = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        engine::is_news(&self.store(), heard)
    }
}

impl Phone {
    fn store(&self) -> MutexGuard<'_, Store> {
        engine::lock(&self.store)
    }
}

fn own_identity(store: &Store) -> Result<OwnIdentity, PhoneError> {
    store::identity(store.read())?.ok_or(PhoneError::NotEnrolled)
}
