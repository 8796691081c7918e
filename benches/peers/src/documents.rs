//! The documents of the workload, as files named by their ids, and a storage of samod's made of
//! them.

use std::path::Path;

use automerge::Automerge;
use samod::DocumentId;
use samod::storage::{Storage, StorageKey, TokioFilesystemStorage};
use sha2::{Digest, Sha256};

use crate::PeerError;

/// The id that a text names.
pub(crate) fn id(text: &str) -> Result<DocumentId, PeerError> {
    text.parse().map_err(|_| PeerError::BadId(text.to_owned()))
}

/// Puts every document of the folder into a storage, each as the one snapshot that samod itself
/// would keep of it.
pub(crate) async fn store(documents: &Path, storage: &Path) -> Result<(), PeerError> {
    let kept = TokioFilesystemStorage::new(storage);
    for file in std::fs::read_dir(documents)? {
        let file = file?;
        let id = id(&file.file_name().to_string_lossy())?;
        let document = Automerge::load(&std::fs::read(file.path())?)?;
        let mut heads = Sha256::new();
        for head in document.get_heads() {
            heads.update(head.0);
        }
        let (id, heads) = (id.to_string(), hex::encode(heads.finalize()));
        let key = StorageKey::from_parts([id.as_str(), "snapshot", heads.as_str()])
            .map_err(|_| PeerError::BadId(id.clone()))?;
        kept.put(key, document.save()).await;
    }
    Ok(())
}
