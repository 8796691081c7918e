//! Sync in a temporary database, in process.

mod following;
mod ordering;
mod phone;
mod world;
