//! The server: a repository on a folder, which takes whoever comes.

use std::io::Write;
use std::path::Path;

use samod::storage::TokioFilesystemStorage;
use samod::{Repo, Url};
use tokio::net::TcpListener;

use crate::PeerError;

/// Serves until it is killed.
pub(crate) async fn serve(storage: &Path) -> Result<(), PeerError> {
    let repo = Repo::build_tokio().with_storage(TokioFilesystemStorage::new(storage)).load().await;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let url = Url::parse(&format!("tcp://{address}"))
        .map_err(|error| std::io::Error::other(error.to_string()))?;
    let acceptor = repo.make_acceptor(url)?;
    writeln!(std::io::stdout(), "listening on {address}")?;
    loop {
        let (phone, _) = listener.accept().await?;
        phone.set_nodelay(true)?;
        acceptor.accept_tokio_io(phone)?;
    }
}
