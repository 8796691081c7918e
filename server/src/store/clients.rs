//! SQL of clients.
