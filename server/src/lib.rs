//! The Saldo server: it takes in what phones wrote, judges it, and serves phones and the console.
//!
//! `api` and `console` are thin; `flow` is the only place where a request becomes a verdict;
//! `store` is the only place with SQL; `clock` is the only place that reads the time.

pub mod alerts;
pub mod api;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod console;
pub mod demo;
pub mod error;
pub mod first_start;
pub mod flow;
pub mod import;
pub mod jobs;
mod measure;
pub mod panics;
pub mod router;
pub mod serve;
pub mod state;
pub mod store;
pub mod sync;
#[cfg(test)]
mod testing;
pub mod upkeep;
