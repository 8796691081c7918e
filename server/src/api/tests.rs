//! The router, in process.
