//! SQL of promises.
