//! Who somebody is: people by password, phones by their key, programs by an API key; what they may see; how often
//! somebody may try.
//!
//! No SQL is here, and no rule of the regulation.

mod api_key;
pub mod enrolment;
pub mod passwords;
mod principal;
mod rate_limits;
mod same_site;
mod secrets;
pub mod sight;
pub mod sign_in;

pub use api_key::{Ledger, Reader};
pub use principal::{Principal, Remote, Visitor, presented_token};
pub use rate_limits::RateLimits;
pub use same_site::refuse_other_sites;
pub use secrets::{ApiToken, EnrolmentCode, SessionToken};
