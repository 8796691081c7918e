//! The clients of the demo company: who they are and how, in secret, they pay.

use saldo_core::documents::persons::{Detail, PersonField, Post};
use saldo_core::ids::{ClientId, OutletId, TerritoryId};

use super::dice::Dice;
use super::people::Territory;
use super::words::Country;

/// How a client pays. The rules never see it; they see only what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// On the day or before.
    OnTime,
    /// Mostly on time, some days late now and then.
    ABitLate,
    /// More often late than not, for up to three weeks.
    ChronicallyLate,
    /// Paid until a day, and not since.
    StoppedPaying {
        /// How many days before today.
        days_ago: i64,
    },
}

/// A client with its contract and its card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) id: ClientId,
    /// Its number in the ledger: the territory's number and three digits.
    pub(super) code: String,
    pub(super) name: String,
    pub(super) country: Country,
    pub(super) territory: TerritoryId,
    pub(super) outlets: Vec<Outlet>,
    pub(super) habit: Habit,
    pub(super) trade: Trade,
    pub(super) depth_minor: Option<i64>,
    pub(super) safe_shipment_minor: Option<i64>,
    pub(super) prepayment_percent: Option<u8>,
    pub(super) card: Vec<(&'static str, String)>,
    /// Fields of its personal card: made-up names, numbers and addresses.
    pub(super) persons: Vec<(String, String)>,
}

/// A point of sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outlet {
    pub(super) id: OutletId,
    pub(super) name: String,
    pub(super) address: String,
}

/// What a client buys, and on which terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trade {
    /// A usual order.
    pub(super) order_minor: i64,
    /// From one order to the next.
    pub(super) every_days: i64,
    /// The contract's deferral.
    pub(super) deferral_days: u16,
    /// How long ago it began.
    pub(super) since_days: i64,
}

/// The clients of the `number`-th territory (from 1), so many of them. `named_before` is how many
/// companies of its country have a name already.
pub(super) fn of_territory(
    seed: u64,
    number: usize,
    territory: &Territory,
    count: usize,
    named_before: usize,
) -> Vec<Client> {
    (0..count)
        .map(|place| {
            let code = number * 1000 + place + 1;
            let name = territory.country.company(named_before + place);
            client(Dice::of(seed, "client", code), code, name, territory)
        })
        .collect()
}

fn client(mut dice: Dice, code: usize, name: String, territory: &Territory) -> Client {
    let country = territory.country;
    let id = ClientId(dice.uuid());
    let habit = habit(&mut dice);
    let trade = trade(&mut dice, habit);
    let month_minor = trade.order_minor * 30 / trade.every_days;
    Client {
        id,
        code: code.to_string(),
        outlets: outlets(&mut dice, &name, territory),
        name,
        country,
        territory: territory.id,
        habit,
        trade,
        // One in five contracts names no depth: "not set" is not zero (R4.2).
        depth_minor: (!dice.chance(20)).then(|| round_up(month_minor * 3)),
        safe_shipment_minor: dice.chance(40).then(|| round_up(month_minor)),
        prepayment_percent: (habit == Habit::ChronicallyLate && dice.chance(6)).then_some(50),
        persons: persons(&mut dice, country),
        card: card(&mut dice),
    }
}

fn habit(dice: &mut Dice) -> Habit {
    match dice.weighted(&[(0, 53), (1, 20), (2, 18), (3, 9)]) {
        0 => Habit::OnTime,
        1 => Habit::ABitLate,
        2 => Habit::ChronicallyLate,
        _ => {
            // Most of them recently: the ladder is fullest at its foot.
            let (low, high) = dice.weighted(&[
                ((5, 14), 25),
                ((15, 21), 25),
                ((22, 28), 20),
                ((29, 60), 15),
                ((60, 180), 10),
                ((180, 500), 5),
            ]);
            Habit::StoppedPaying { days_ago: dice.between(low, high) }
        }
    }
}

fn trade(dice: &mut Dice, habit: Habit) -> Trade {
    let whole_euros = dice.weighted(&[((120, 600), 45), ((600, 2_500), 40), ((2_500, 9_000), 15)]);
    let since_days = if dice.chance(10) { dice.between(40, 300) } else { dice.between(500, 730) };
    Trade {
        order_minor: dice.between(whole_euros.0, whole_euros.1) * 100,
        every_days: dice.weighted(&[(21, 20), (30, 45), (45, 20), (60, 15)]),
        deferral_days: match habit {
            Habit::OnTime => 14,
            Habit::ABitLate => dice.pick(&[7, 14]),
            Habit::ChronicallyLate | Habit::StoppedPaying { .. } => 7,
        },
        since_days: match habit {
            // Somebody who stopped must have begun.
            Habit::StoppedPaying { days_ago } => since_days.max(days_ago + 120),
            _ => since_days,
        },
    }
}

fn outlets(dice: &mut Dice, client: &str, territory: &Territory) -> Vec<Outlet> {
    (0..dice.weighted(&[(1, 70), (2, 30)]))
        .map(|place| Outlet {
            id: OutletId(dice.uuid()),
            name: if place == 0 { client.to_owned() } else { format!("{client}, second shop") },
            address: territory.country.address(dice, territory.town),
        })
        .collect()
}

/// R3.1: who owns, manages and decides.
fn persons(dice: &mut Dice, country: Country) -> Vec<(String, String)> {
    let owner = country.person(dice);
    let manager = if dice.chance(40) { owner.clone() } else { country.person(dice) };
    let decision_maker = if dice.chance(60) { manager.clone() } else { country.person(dice) };
    let mut fields = Vec::new();
    for (post, name) in
        [(Post::Owner, owner), (Post::Manager, manager), (Post::DecisionMaker, decision_maker)]
    {
        let number = dice.between(1_000, 9_999);
        // Numbers and addresses that belong to nobody.
        let details = [
            (Detail::Name, name),
            (Detail::Telephone, format!("{} 0000 {number}", country.dialling_code())),
            (Detail::Email, format!("{}{number}@example.com", post.name())),
        ];
        fields
            .extend(details.map(|(detail, text)| (PersonField { post, detail }.to_string(), text)));
    }
    if dice.chance(20) {
        let consent = PersonField { post: Post::Owner, detail: Detail::MarketingConsent };
        fields.push((consent.to_string(), "given 2026-01-15 by letter".to_owned()));
    }
    fields
}

/// R3.1: what the outlet looks like.
fn card(dice: &mut Dice) -> Vec<(&'static str, String)> {
    let state =
        dice.pick(&["clean, well lit", "shelves half empty", "being rebuilt", "busy, orderly"]);
    let goods =
        dice.pick(&["full range", "basics only", "fresh goods missing", "full range and bakery"]);
    let location =
        dice.pick(&["main street", "housing estate", "at the station", "village centre"]);
    let brands =
        dice.pick(&["own stand at the door", "one shelf", "none", "two shelves, eye level"]);
    let prices = dice.pick(&["as recommended", "5 % above", "10 % above", "often reduced"]);
    let stock = dice.pick(&["for one week", "for two weeks", "for a month", "for some days"]);
    let hours = dice.pick(&["8 to 11", "7 to 9, not on Mondays", "before noon", "any time"]);
    let days = dice.pick(&["Fridays", "the 10th and the 25th", "Tuesdays", "as it comes"]);
    vec![
        ("outlet_state", state.to_owned()),
        ("goods_available", goods.to_owned()),
        ("location", location.to_owned()),
        ("brand_representation", brands.to_owned()),
        ("price_level", prices.to_owned()),
        ("stock", stock.to_owned()),
        ("delivery_hours", hours.to_owned()),
        ("payment_days", days.to_owned()),
    ]
}

/// Up to the next 500.00: nobody writes 3,417.20 into a contract.
fn round_up(minor: i64) -> i64 {
    const STEP_MINOR: i64 = 50_000;
    (minor + STEP_MINOR - 1) / STEP_MINOR * STEP_MINOR
}

#[cfg(test)]
mod tests {
    use super::round_up;

    #[test]
    fn contracts_name_round_amounts() {
        for (minor, rounded) in [(1, 50_000), (50_000, 50_000), (50_001, 100_000)] {
            assert_eq!(round_up(minor), rounded, "{minor}");
        }
    }
}
