//! SQL of devices.
