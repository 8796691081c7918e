//! How often somebody may try, counted in memory by a steady clock.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::Clock;
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota};
use saldo_core::ids::DeviceId;

use super::Remote;
use crate::error::ApiError;

/// Above so many remembered keys, those that have recovered are forgotten.
const MOST_KEYS: usize = 10_000;

/// How often somebody may try.
#[derive(Debug)]
pub struct RateLimits {
    sign_in_by_login: DefaultKeyedRateLimiter<String>,
    sign_in_by_address: DefaultKeyedRateLimiter<IpAddr>,
    enrol_by_address: DefaultKeyedRateLimiter<IpAddr>,
    sync_by_device: DefaultKeyedRateLimiter<DeviceId>,
    listen_by_device: DefaultKeyedRateLimiter<DeviceId>,
    new_install_by_device: DefaultKeyedRateLimiter<DeviceId>,
    foreign_by_address: DefaultKeyedRateLimiter<IpAddr>,
    foreign: DefaultDirectRateLimiter,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            sign_in_by_login: a_minute(5),
            sign_in_by_address: a_minute(30),
            enrol_by_address: a_minute(10),
            sync_by_device: a_minute(120),
            listen_by_device: a_minute(20),
            new_install_by_device: a_minute(5),
            foreign_by_address: a_minute(10),
            foreign: DefaultDirectRateLimiter::direct(quota(60)),
        }
    }
}

impl RateLimits {
    /// A sign-in of `login` from `address`.
    ///
    /// # Errors
    /// [`ApiError::TooMany`].
    pub fn sign_in(&self, login: &str, address: IpAddr) -> Result<(), ApiError> {
        check(&self.sign_in_by_address, &network_of(address), "sign-ins by address")?;
        let login = login.chars().take(64).collect::<String>().to_ascii_lowercase();
        check(&self.sign_in_by_login, &login, "sign-ins by login")
    }

    /// An enrolment from `address`.
    ///
    /// # Errors
    /// [`ApiError::TooMany`].
    pub fn enrol(&self, address: IpAddr) -> Result<(), ApiError> {
        check(&self.enrol_by_address, &network_of(address), "enrolments by address")
    }

    /// A sync of `device`.
    ///
    /// # Errors
    /// [`ApiError::TooMany`].
    pub fn sync(&self, device: DeviceId) -> Result<(), ApiError> {
        check(&self.sync_by_device, &device, "syncs by device")
    }

    /// `device` begins to listen.
    ///
    /// # Errors
    /// [`ApiError::TooMany`].
    pub fn listen(&self, device: DeviceId) -> Result<(), ApiError> {
        check(&self.listen_by_device, &device, "listening by device")
    }

    /// A new installation of `device`.
    ///
    /// # Errors
    /// [`ApiError::TooMany`].
    pub fn new_install(&self, device: DeviceId) -> Result<(), ApiError> {
        check(&self.new_install_by_device, &device, "new installations by device")
    }

    /// Whether a foreign device that calls from `address` is noted once more. It is turned away all
    /// the same: others behind the same address are not to suffer for it.
    #[must_use]
    pub fn notes_foreign(&self, Remote(address): Remote) -> bool {
        tidy(&self.foreign_by_address);
        self.foreign_by_address.check_key(&network_of(address)).is_ok()
            && self.foreign.check().is_ok()
    }
}

fn a_minute<K: Hash + Eq + Clone>(times: u32) -> DefaultKeyedRateLimiter<K> {
    DefaultKeyedRateLimiter::keyed(quota(times))
}

fn quota(times: u32) -> Quota {
    Quota::per_minute(NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN))
}

fn tidy<K: Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>) {
    if limiter.len() > MOST_KEYS {
        limiter.retain_recent();
    }
}

fn check<K: Hash + Eq + Clone>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
    what: &'static str,
) -> Result<(), ApiError> {
    tidy(limiter);
    limiter.check_key(key).map_err(|not_until| {
        let wait = not_until.wait_time_from(limiter.clock().now());
        tracing::warn!(what, "somebody tries too often");
        ApiError::TooMany { seconds: wait.as_secs().saturating_add(1) }
    })
}

/// One subscriber owns a whole /64 of IPv6: it counts as one address.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn the_sixth_try_of_a_login_waits_whatever_its_case() {
        let limits = RateLimits::default();
        for _ in 0..5 {
            limits.sign_in("mari", HERE).unwrap();
        }
        let error = limits.sign_in("MARI", HERE).unwrap_err();
        assert!(matches!(error, ApiError::TooMany { seconds: 1..=61 }), "{error:?}");
        limits.sign_in("jaan", HERE).unwrap();
    }

    #[test]
    fn an_address_is_held_back_over_all_logins() {
        let limits = RateLimits::default();
        for number in 0..30 {
            limits.sign_in(&format!("login{number}"), HERE).unwrap();
        }
        assert!(limits.sign_in("another", HERE).is_err());
        limits.sign_in("another", "192.0.2.1".parse().unwrap()).unwrap();
    }

    #[test]
    fn neighbours_in_one_ipv6_network_are_one() {
        let limits = RateLimits::default();
        for number in 1..=10 {
            limits.enrol(format!("2001:db8::{number}").parse().unwrap()).unwrap();
        }
        assert!(limits.enrol("2001:db8::ffff".parse().unwrap()).is_err());
        limits.enrol("2001:db8:0:1::1".parse().unwrap()).unwrap();
    }
}
