//! What apps of every version wrote is read for ever: documents and messages as they lay on disks
//! and travelled, byte for byte. The files in `fixtures` are never changed; a new version adds its
//! own (see `fixtures.rs`).

#![allow(clippy::unwrap_used, clippy::panic, reason = "what cannot be read fails its test")]

mod documents;
mod fixtures;
mod messages;
mod newer;
