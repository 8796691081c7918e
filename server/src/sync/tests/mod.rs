//! Sync in a temporary database, in process.

mod bare;
mod erased;
mod following;
mod hostile;
mod listening;
mod nodes;
mod ordering;
mod phone;
mod protocol_2;
mod pushing;
mod rep_phone;
mod together;
mod turned_away;
mod world;
