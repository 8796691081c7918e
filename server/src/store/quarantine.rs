//! SQL of quarantine.
