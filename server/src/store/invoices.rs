//! SQL of invoices.
