//! Load, judge, store: the only place where a request becomes a verdict.

mod context;
pub mod judge;

pub use context::Context;
