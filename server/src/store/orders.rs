//! SQL of orders.
