//! The file a server works on: one server a file, and its folder made when it is missing.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::ServeError;
use crate::store::Db;

/// A database file that this process alone serves. The claim ends with the value, or with the
/// process, however that dies.
#[derive(Debug)]
pub struct DataFile {
    file: PathBuf,
    /// Held, never read: the operating system lets the lock go when the process dies.
    lock: File,
}

impl Drop for DataFile {
    /// Lets go by name, not by closing alone: a program that this process is just starting holds a
    /// copy of every open file for a moment, and with it the lock.
    fn drop(&mut self) {
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, file = %self.file.display(), "the lock stays until this process ends");
        }
    }
}

impl DataFile {
    /// Makes the folder and claims the file in it for this process.
    ///
    /// # Errors
    /// When the folder cannot be written, or another server works on the file.
    pub fn claim(file: &Path) -> Result<Self, ServeError> {
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(ServeError::not_writable(file))?;
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(beside(file, ".lock"))
            .map_err(ServeError::not_writable(file))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { file: file.to_owned(), lock }),
            Err(TryLockError::WouldBlock) => Err(ServeError::AlreadyServed(file.to_owned())),
            Err(TryLockError::Error(error)) => Err(ServeError::not_writable(file)(error)),
        }
    }

    /// Opens the database, making it or bringing its schema up to date.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(&self) -> Result<Db, ServeError> {
        Db::open_sqlite(&self.file)
            .await
            .map_err(|error| ServeError::NotOpened { file: self.file.clone(), error })
    }

    /// Throws the database away. Nothing may have it open.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn remove(&self) -> Result<(), ServeError> {
        for suffix in ["", "-wal", "-shm"] {
            let file = beside(&self.file, suffix);
            match fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(ServeError::not_writable(&file)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// `saldo.db` and `-wal` give `saldo.db-wal`.
fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_server() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("made/on/the/way/saldo.db");
        let first = DataFile::claim(&file).unwrap();
        let second = DataFile::claim(&file).unwrap_err();
        assert!(matches!(second, ServeError::AlreadyServed(_)), "{second}");
        drop(first);
        DataFile::claim(&file).unwrap();
    }

    #[test]
    fn a_program_being_started_does_not_keep_the_claim() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("saldo.db");
        let first = DataFile::claim(&file).unwrap();
        // What a started program has of it before it runs its own code.
        let _inherited = first.lock.try_clone().unwrap();
        drop(first);
        DataFile::claim(&file).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told_with_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let blocking = folder.path().join("a-file");
        fs::write(&blocking, "").unwrap();
        let error = DataFile::claim(&blocking.join("saldo.db")).unwrap_err();
        assert!(error.to_string().contains("a-file/saldo.db"), "{error}");
        assert!(error.to_string().contains("--db"), "{error}");
    }

    #[tokio::test]
    async fn removing_forgets_everything() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("saldo.db");
        let claimed = DataFile::claim(&file).unwrap();
        claimed.open().await.unwrap().close().await;
        assert!(file.exists());
        claimed.remove().unwrap();
        assert!(!file.exists());
        claimed.remove().unwrap();
    }
}
