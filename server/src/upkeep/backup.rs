//! A copy of the database while the server goes on: one consistent picture, proved to be whole
//! before it gets its name.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::UpkeepError;
use crate::store::upkeep::{self, Contents};
use crate::store::{Db, StoreError};

/// A copy that was made and proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// Where it is.
    pub file: PathBuf,
    /// How large it is.
    pub bytes: u64,
    /// What it holds.
    pub contents: Contents,
}

/// Copies the database into `target`, which must not exist. The server may run; what is committed
/// after this began is not in the copy. Cut off in the middle it leaves `target.partial` at most.
///
/// # Errors
/// [`UpkeepError::Exists`]; [`UpkeepError::File`] when the disk is full or the folder cannot be
/// written; [`UpkeepError::NotWhole`] when the copy does not pass its proof.
pub async fn back_up(db: &Db, target: &Path) -> Result<BackedUp, UpkeepError> {
    if target.exists() {
        return Err(UpkeepError::Exists(target.to_owned()));
    }
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(UpkeepError::file(folder))?;
    }
    let partial = with_suffix(target, ".partial");
    remove_if_there(&partial)?;
    db.copy_into(&partial).await?;
    sync(&partial)?;
    let contents = prove(&partial).await?;
    fs::rename(&partial, target).map_err(UpkeepError::file(target))?;
    sync_folder_of(target)?;
    let bytes = fs::metadata(target).map_err(UpkeepError::file(target))?.len();
    Ok(BackedUp { file: target.to_owned(), bytes, contents })
}

/// Proves that a file is a whole database of ours.
pub(super) async fn prove(file: &Path) -> Result<Contents, UpkeepError> {
    let not_whole = |detail: String| UpkeepError::NotWhole { file: file.to_owned(), detail };
    let copy = Db::open_copy(file).await.map_err(|error| not_whole(error.to_string()))?;
    let proved = contents_of(&copy).await;
    copy.close().await;
    match proved {
        Ok((_, faults)) if !faults.is_empty() => Err(not_whole(faults.join("; "))),
        Ok((contents, _)) => Ok(contents),
        Err(error) => Err(not_whole(error.to_string())),
    }
}

async fn contents_of(copy: &Db) -> Result<(Contents, Vec<String>), StoreError> {
    let mut tx = copy.begin_read().await?;
    let faults = upkeep::faults(&mut tx).await?;
    Ok((upkeep::contents(&mut tx).await?, faults))
}

pub(super) fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

pub(super) fn remove_if_there(file: &Path) -> Result<(), UpkeepError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(UpkeepError::file(file)(error))
        }
        _ => Ok(()),
    }
}

/// Makes a file durable.
pub(super) fn sync(file: &Path) -> Result<(), UpkeepError> {
    File::open(file).and_then(|open| open.sync_all()).map_err(UpkeepError::file(file))
}

/// Makes the names in a file's folder durable.
pub(super) fn sync_folder_of(file: &Path) -> Result<(), UpkeepError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    sync(folder.unwrap_or(Path::new(".")))
}
