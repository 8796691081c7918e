//! Load, judge, store: the only place where a request becomes a verdict.
//!
//! `judge` takes what phones wrote, `decide` what people above decided, `ladder` what time did;
//! `assign` and `publish` tell those concerned. The rules themselves are in core.

pub mod aging;
pub mod assign;
mod context;
pub mod decide;
mod deferral;
pub mod judge;
mod keep;
pub mod ladder;
pub mod publish;
mod receipt;
mod shipment;
mod visit;

pub use context::Context;

#[cfg(test)]
mod stories;
#[cfg(test)]
pub(crate) mod world;
