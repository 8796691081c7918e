//! Why a server cannot start or go on.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// Why a server cannot start or go on. Each says what the person at the terminal can do.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Something else listens there.
    #[error(
        "port {} is taken by another program: stop that one, or choose another port with --listen {}:PORT (0 takes any free one)",
        .0.port(), .0.ip()
    )]
    PortTaken(SocketAddr),
    /// Ports below 1024 are not everybody's.
    #[error(
        "you may not listen on port {}: choose one above 1023 with --listen {}:PORT",
        .0.port(), .0.ip()
    )]
    PortForbidden(SocketAddr),
    /// The address cannot be bound for another reason.
    #[error("cannot listen on {address} ({error}): choose another address with --listen")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the machine says.
        error: io::Error,
    },
    /// The address for monitoring cannot be had.
    #[error("cannot show figures on {address} ({error}): choose another address with --metrics")]
    Monitoring {
        /// What was asked for.
        address: SocketAddr,
        /// What the machine says.
        error: io::Error,
    },
    /// Two servers on one file would hand out two sequences of numbers.
    #[error("another saldo server already works on {}: stop it, or choose another file with --db", .0.display())]
    AlreadyServed(PathBuf),
    /// The folder or the file cannot be made or written.
    #[error("cannot write {} ({error}): make its folder writable, or choose another file with --db", .file.display())]
    NotWritable {
        /// Which.
        file: PathBuf,
        /// What the machine says.
        error: io::Error,
    },
    /// The file is there, but no database of ours opens from it.
    #[error("cannot open {} ({error}): choose another file with --db", .file.display())]
    NotOpened {
        /// Which.
        file: PathBuf,
        /// What the database says.
        error: StoreError,
    },
    /// The database failed at start.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine failed while serving.
    #[error("the server had to stop ({0}): start it again")]
    Serving(io::Error),
}

impl ServeError {
    pub(super) fn listen(address: SocketAddr, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AddrInUse => Self::PortTaken(address),
            io::ErrorKind::PermissionDenied => Self::PortForbidden(address),
            _ => Self::Listen { address, error },
        }
    }

    pub(super) fn not_writable(file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |error| Self::NotWritable { file, error }
    }
}
