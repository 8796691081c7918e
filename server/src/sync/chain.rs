//! Whether a request follows what its installation sent before. A phone that was restored from a
//! backup or copied to a second one breaks its chain: two copies would write under one name, and
//! Automerge would refuse one of them for good.

use saldo_core::wire::Envelope;

use crate::store::installs::Chain;

/// How a request stands in the chain of its installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It only asks, and knows the last push.
    Asks,
    /// It is the next push, or the last one again.
    Pushes,
    /// It follows another past than ours.
    Forked,
}

/// How many bytes of the hash before a request must show at least.
const SHORTEST_HASH_BYTES: usize = 8;

/// Where `envelope` stands after `chain`; `pushes`: it carries something to be kept.
///
/// Phones of protocol 1 cannot begin a new installation: they are served as if nothing had
/// happened, and the gate refuses what another copy has written under the same numbers.
pub(super) fn standing(
    chain: &Chain,
    envelope: &Envelope,
    body_hash: &[u8; 32],
    protocol: u16,
    pushes: bool,
) -> Standing {
    let push = &envelope.push;
    let knows_last = if chain.hash.is_empty() {
        push.previous.is_empty()
    } else {
        push.previous.len() >= SHORTEST_HASH_BYTES && chain.hash.starts_with(&push.previous)
    };
    let follows = push.number == chain.number + 1 && knows_last;
    let is_retry = push.number == chain.number && body_hash.as_slice() == chain.hash;
    match (protocol, pushes) {
        (0 | 1, _) => {
            if !follows && !is_retry {
                tracing::warn!(
                    device = %envelope.device,
                    expected = chain.number + 1,
                    got = push.number,
                    "a push breaks the chain of its phone: restored or copied"
                );
            }
            Standing::Pushes
        }
        (_, true) if follows || is_retry => Standing::Pushes,
        (_, false) if push.number == chain.number && knows_last => Standing::Asks,
        _ => Standing::Forked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use saldo_core::ids::DeviceId;
    use saldo_core::wire::PushNumber;
    use uuid::Uuid;

    fn envelope(number: u64, previous: &[u8]) -> Envelope {
        Envelope {
            device: DeviceId(Uuid::nil()),
            install_epoch: 1,
            push: PushNumber { number, previous: previous.to_vec() },
            body: Vec::new(),
            signature: Vec::new(),
        }
    }

    #[test]
    fn what_follows_what_repeats_and_what_forks() {
        let chain = Chain { number: 3, hash: vec![7; 32] };
        let (last, other) = ([7; 8], [8; 8]);
        for (number, previous, body, pushes, expected) in [
            (4, &last[..], [1; 32], true, Standing::Pushes),
            (3, &other[..], [7; 32], true, Standing::Pushes),
            (3, &last[..], [1; 32], false, Standing::Asks),
            (4, &other[..], [1; 32], true, Standing::Forked),
            (4, &last[..7], [1; 32], true, Standing::Forked),
            (5, &last[..], [1; 32], true, Standing::Forked),
            (3, &last[..], [1; 32], true, Standing::Forked),
            (2, &last[..], [1; 32], false, Standing::Forked),
            (4, &last[..], [1; 32], false, Standing::Forked),
            (0, &[][..], [1; 32], false, Standing::Forked),
        ] {
            let envelope = envelope(number, previous);
            let standing = standing(&chain, &envelope, &body, 2, pushes);
            assert_eq!(standing, expected, "{number} after {previous:?}, pushes {pushes}");
        }
    }

    #[test]
    fn a_new_installation_begins_at_one() {
        let new = Chain::default();
        for (number, previous, pushes, expected) in [
            (1, &[][..], true, Standing::Pushes),
            (0, &[][..], false, Standing::Asks),
            (2, &[][..], true, Standing::Forked),
            (1, &[7; 8][..], true, Standing::Forked),
            (0, &[7; 8][..], false, Standing::Forked),
        ] {
            let envelope = envelope(number, previous);
            assert_eq!(standing(&new, &envelope, &[1; 32], 2, pushes), expected);
        }
    }

    #[test]
    fn phones_of_protocol_1_are_served_as_they_are() {
        let chain = Chain { number: 3, hash: vec![7; 32] };
        let envelope = envelope(1, &[]);
        assert_eq!(standing(&chain, &envelope, &[1; 32], 1, true), Standing::Pushes);
    }
}
