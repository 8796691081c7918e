//! SQL of payments.
