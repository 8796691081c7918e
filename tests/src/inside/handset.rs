//! A phone of the SDK in a folder of its own, with its line to the server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};
use saldo_core::ids::PersonId;
use saldo_mobile::{Phone, PhoneError, SyncReport, Transport, UtcMillis};

use super::{Company, Line};

/// A phone in a folder, open.
#[derive(Debug)]
pub struct Handset {
    folder: PathBuf,
    person: PersonId,
    phone: Option<Arc<Phone>>,
    line: Arc<Line>,
}

const FILE: &str = "saldo.db";

impl Handset {
    /// A new phone of this person, let in.
    #[must_use]
    pub fn enrolled(company: &Arc<Company>, name: &str, person: PersonId) -> Self {
        let mut handset = Self {
            folder: company.folder().join(name),
            person,
            phone: None,
            line: Line::new(company),
        };
        handset.open();
        handset.enrol(company);
        handset
    }

    /// Lets the phone in (again).
    pub fn enrol(&self, company: &Company) {
        let code = company.code_for(self.person);
        self.phone().enrol(self.transport(), "http://inside", &code, "a phone").unwrap();
    }

    /// Whose it is.
    #[must_use]
    pub fn person(&self) -> PersonId {
        self.person
    }

    /// The phone.
    ///
    /// # Panics
    /// While it is closed.
    #[must_use]
    pub fn phone(&self) -> &Phone {
        self.phone.as_deref().unwrap()
    }

    /// Its line.
    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// Its line, as the phone wants it.
    #[must_use]
    pub fn transport(&self) -> Arc<dyn Transport> {
        Arc::clone(&self.line) as Arc<dyn Transport>
    }

    /// Syncs in whatever weather there is.
    ///
    /// # Errors
    /// As [`Phone::sync`].
    pub fn sync(&self, now: UtcMillis) -> Result<SyncReport, PhoneError> {
        self.phone().sync(self.transport(), now)
    }

    /// The app is closed.
    pub fn close(&mut self) {
        self.phone = None;
    }

    /// The app is opened.
    pub fn open(&mut self) {
        self.phone = Some(open_phone(&self.folder));
    }

    /// The app is closed and opened again.
    pub fn reopen(&mut self) {
        self.close();
        self.open();
    }

    /// Keeps a copy of the phone's file, as a backup does.
    pub fn back_up(&mut self, copy: &Path) {
        self.close();
        std::fs::copy(self.file(), copy).unwrap();
        self.open();
    }

    /// Puts a copy in the place of the phone's file; `None`: as a new phone.
    pub fn restore(&mut self, copy: Option<&Path>) {
        self.close();
        std::fs::remove_dir_all(&self.folder).unwrap();
        if let Some(copy) = copy {
            std::fs::create_dir_all(&self.folder).unwrap();
            std::fs::copy(copy, self.file()).unwrap();
        }
        self.open();
    }

    /// A second phone with everything that this one has: who moved to a new phone and goes on with
    /// the old one.
    #[must_use]
    pub fn twin(&mut self, company: &Arc<Company>, name: &str) -> Self {
        self.close();
        let folder = company.folder().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(self.file(), folder.join(FILE)).unwrap();
        self.open();
        let mut twin = Self { folder, person: self.person, phone: None, line: Line::new(company) };
        twin.open();
        twin
    }

    /// Where its data are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its database.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// Its database, for questions in plain SQL.
    #[must_use]
    pub fn sql(&self) -> Connection {
        Connection::open_with_flags(self.file(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }
}

/// Opens the phone in `folder`.
#[must_use]
pub fn open_phone(folder: &Path) -> Arc<Phone> {
    Phone::open(&folder.to_string_lossy(), "suites".to_owned()).unwrap()
}
