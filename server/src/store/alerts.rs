//! SQL of alerts.
