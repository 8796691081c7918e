//! SQL of security.
