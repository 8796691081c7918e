//! In which order released shipments go (R4.6). What never lives here: whether they may go at all
//! (`shipment`).

use crate::ids::FactId;
use crate::time::UtcMillis;

/// A shipment that may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Released {
    /// The order.
    pub order: FactId,
    /// When it was released.
    pub released_at: UtcMillis,
    /// Paid before shipment (R4.10).
    pub prepaid: bool,
    /// Whether its client pays on time ([`crate::discipline::pays_on_time`]).
    pub pays_on_time: bool,
}

/// Why a shipment stands where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// It is prepaid: it goes first.
    Prepaid,
    /// Its client pays on time: it goes first.
    PaysOnTime,
    /// Neither: it goes after those, by the time of its release.
    ByTime,
}

impl Because {
    /// The name used in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prepaid => "prepaid",
            Self::PaysOnTime => "pays_on_time",
            Self::ByTime => "by_time",
        }
    }

    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Prepaid => "prepaid",
            Self::PaysOnTime => "pays on time",
            Self::ByTime => "by time of release",
        }
    }
}

impl Released {
    /// Why it goes first, or does not.
    #[must_use]
    pub const fn because(&self) -> Because {
        if self.prepaid {
            Because::Prepaid
        } else if self.pays_on_time {
            Because::PaysOnTime
        } else {
            Because::ByTime
        }
    }
}

/// R4.6: what is prepaid or of clients who pay on time first, each part by the time of release; of
/// two releases of one instant the lower id, so that the order is the same for everybody.
pub fn sort(shipments: &mut [Released]) {
    shipments.sort_by_key(|one| (one.because() == Because::ByTime, one.released_at, one.order));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn released(order: u128, at: i64, prepaid: bool, pays_on_time: bool) -> Released {
        let order = FactId(Uuid::from_u128(order));
        Released { order, released_at: UtcMillis(at), prepaid, pays_on_time }
    }

    #[test]
    fn prepaid_and_those_who_pay_on_time_go_first_by_time() {
        let mut shipments = [
            released(1, 10, false, false),
            released(2, 40, true, false),
            released(3, 30, false, true),
            released(4, 5, false, false),
            released(6, 50, true, true),
            released(5, 50, false, true),
        ];
        sort(&mut shipments);
        let order: Vec<_> =
            shipments.iter().map(|one| (one.order.0.as_u128(), one.because())).collect();
        let expected = [
            (3, Because::PaysOnTime),
            (2, Because::Prepaid),
            (5, Because::PaysOnTime),
            (6, Because::Prepaid),
            (4, Because::ByTime),
            (1, Because::ByTime),
        ];
        assert_eq!(order, expected);
    }

    proptest! {
        #[test]
        fn the_order_in_which_they_come_is_nothing(
            shipments in prop::collection::vec((0..9_i64, any::<bool>(), any::<bool>()), 0..8),
        ) {
            let mut one: Vec<_> = (0..)
                .zip(&shipments)
                .map(|(id, (at, prepaid, on_time))| released(id, *at, *prepaid, *on_time))
                .collect();
            let mut other: Vec<_> = one.iter().rev().copied().collect();
            sort(&mut one);
            sort(&mut other);
            prop_assert_eq!(one, other);
        }
    }
}
