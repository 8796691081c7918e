//! How a phone is let in, before it syncs.

use serde::{Deserialize, Serialize};

use crate::ids::{DeviceId, PersonId};
use crate::roles::Role;

/// `POST /v1/enrol`, as JSON: a phone asks to be let in with a one-time code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentRequest {
    /// The one-time code.
    pub code: String,
    /// The device's Ed25519 public key, hexadecimal.
    pub public_key: String,
    /// What the person calls the device.
    pub device_name: String,
    /// The app's version.
    pub app_version: String,
}

/// The answer: the phone is let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// Of this device from now on.
    pub device: DeviceId,
    /// Whose it is.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// The person's role.
    pub role: Role,
    /// The company's time zone (IANA name).
    pub time_zone: String,
    /// Of the first installation; a restored phone gets the next.
    pub install_epoch: u32,
}
