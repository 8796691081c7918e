//! Static SQL about one client or about everybody.

use saldo_core::ids::ClientId;

/// Whose figures.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    /// One client's.
    One(ClientId),
    /// Every client's.
    Everybody,
}

impl Whose {
    /// What `$1` of `about!` stands for.
    pub(super) fn text(self) -> String {
        match self {
            Self::One(client) => client.to_string(),
            Self::Everybody => String::new(),
        }
    }
}

/// The static SQL about `$whose`: a `where` on one client must use its index, so it is a text of
/// its own and not an `or`. `$1` is [`Whose::text`].
macro_rules! about {
    ($whose:expr, $column:literal, $before:expr, $after:literal) => {
        match $whose {
            crate::store::Whose::One(_) => concat!($before, " ", $column, " = $1 ", $after),
            crate::store::Whose::Everybody => concat!($before, " $1 = '' ", $after),
        }
    };
}
pub(super) use about;
