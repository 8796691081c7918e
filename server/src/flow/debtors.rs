//! Who owes how much at which risk (R12.1 (5) to (7)): by class, by due date, by client. Amounts of
//! different currencies are never added up.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use saldo_core::account::{Account, OpenInvoice};
use saldo_core::ids::{ClientId, TerritoryId};
use saldo_core::money::Currency;
use saldo_core::risk::{Likelihood, LikelyTo, RiskClass, likelihood};

use super::Context;
use crate::store::clients::Client;
use crate::store::{StoreError, Tx, accounts, clients};

/// What is owed as of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debtors {
    /// By currency.
    pub totals: Vec<Total>,
    /// Who owes, the worst class first, then the most.
    pub clients: Vec<Debtor>,
}

/// Everything owed in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// Which.
    pub currency: Currency,
    /// All of it.
    pub whole: Owed,
    /// By class, the worst first; without one: never assessed. Only classes that owe.
    pub by_class: Vec<(Option<RiskClass>, Owed)>,
    /// By due date; each, also where nothing is owed.
    pub by_due: Vec<(Due, Owed)>,
}

/// A sum of what is owed, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Owed {
    /// By how many clients.
    pub clients: usize,
    /// On how many invoices.
    pub invoices: usize,
    /// How much.
    pub open_minor: i64,
    /// Of that, past the contract's due date.
    pub overdue_minor: i64,
    /// What of the invoices that are not due yet is likely to come in time.
    pub in_time: Likely,
    /// What of the overdue ones is likely to come within two weeks.
    pub soon: Likely,
}

/// What of a sum is likely to come in, by the likelihoods of its invoices; those of which nobody
/// knows it are in neither part. The two kinds of likelihood are never mixed: a share of debts that
/// are overdue says nothing about being paid in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Likely {
    /// So much.
    pub likely_minor: i64,
    /// Of so much.
    pub of_minor: i64,
}

impl Likely {
    /// Rounded, of a hundred; `None` of nothing.
    #[must_use]
    pub fn percent(self) -> Option<i64> {
        (self.of_minor > 0).then(|| (self.likely_minor * 100 + self.of_minor / 2) / self.of_minor)
    }

    fn add(&mut self, other: Self) {
        self.likely_minor += other.likely_minor;
        self.of_minor += other.of_minor;
    }
}

/// A client that owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debtor {
    /// Who.
    pub client: ClientId,
    /// Its number in the ledger.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Of the amounts.
    pub currency: Currency,
    /// Its class; `None`: never assessed.
    pub class: Option<RiskClass>,
    /// How much.
    pub owed: Owed,
    /// Of the oldest unpaid invoice.
    pub oldest_due_on: NaiveDate,
    /// Every open invoice with how likely it is to be paid, oldest due date first.
    pub invoices: Vec<(OpenInvoice, Option<Likelihood>)>,
}

/// When something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Due {
    /// Overdue by more than three weeks.
    LongAgo,
    /// Overdue by up to three weeks.
    Overdue,
    /// Today or within a week.
    InAWeek,
    /// Within the week after that.
    InTwoWeeks,
    /// Later.
    Later,
}

impl Due {
    /// Every one, the oldest first.
    pub const ALL: [Self; 5] =
        [Self::LongAgo, Self::Overdue, Self::InAWeek, Self::InTwoWeeks, Self::Later];

    /// Of an invoice so many days after its due date.
    #[must_use]
    pub const fn of(days_overdue: i64) -> Self {
        match days_overdue {
            22.. => Self::LongAgo,
            1..=21 => Self::Overdue,
            -7..=0 => Self::InAWeek,
            -14..=-8 => Self::InTwoWeeks,
            _ => Self::Later,
        }
    }

    /// The name used in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LongAgo => "overdue_over_21_days",
            Self::Overdue => "overdue_1_to_21_days",
            Self::InAWeek => "due_within_7_days",
            Self::InTwoWeeks => "due_within_14_days",
            Self::Later => "due_later",
        }
    }

    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::LongAgo => "overdue by more than 21 days",
            Self::Overdue => "overdue by 1 to 21 days",
            Self::InAWeek => "due within 7 days",
            Self::InTwoWeeks => "due in 8 to 14 days",
            Self::Later => "due later",
        }
    }
}

impl Owed {
    fn of(invoice: &OpenInvoice, likelihood: Option<Likelihood>, today: NaiveDate) -> Self {
        let open_minor = invoice.open_minor;
        let overdue_minor = if invoice.days_overdue(today) > 0 { open_minor } else { 0 };
        let mut owed = Self { invoices: 1, open_minor, overdue_minor, ..Self::default() };
        if let Some(Likelihood { likely_to, percent }) = likelihood {
            let likely_minor = open_minor * i64::from(percent) / 100;
            let known = Likely { likely_minor, of_minor: open_minor };
            match likely_to {
                LikelyTo::BePaidInTime => owed.in_time = known,
                LikelyTo::BePaidSoon => owed.soon = known,
            }
        }
        owed
    }

    fn add(&mut self, other: Self) {
        self.clients += other.clients;
        self.invoices += other.invoices;
        self.open_minor += other.open_minor;
        self.overdue_minor += other.overdue_minor;
        self.in_time.add(other.in_time);
        self.soon.add(other.soon);
    }
}

impl Debtor {
    /// What a client owes on `today`; `None`: nothing.
    #[must_use]
    pub fn of(card: &Client, account: &Account, today: NaiveDate) -> Option<Self> {
        let oldest_due_on = account.open_invoices.iter().map(|open| open.due_on).min()?;
        let mut owed = Owed { clients: 1, ..Owed::default() };
        let mut invoices = Vec::with_capacity(account.open_invoices.len());
        for invoice in &account.open_invoices {
            let likely =
                account.risk.and_then(|class| likelihood(class, invoice.days_overdue(today)));
            owed.add(Owed::of(invoice, likely, today));
            invoices.push((invoice.clone(), likely));
        }
        Some(Self {
            client: card.id,
            code: card.code.clone(),
            name: card.name.clone(),
            currency: account.currency,
            class: account.risk,
            owed,
            oldest_due_on,
            invoices,
        })
    }
}

impl Debtors {
    /// What the clients of `seen` (`None`: all) owe on the context's day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(
        tx: &mut Tx,
        context: &Context,
        seen: Option<&[TerritoryId]>,
    ) -> Result<Self, StoreError> {
        let seen: Option<BTreeSet<&TerritoryId>> = seen.map(|seen| seen.iter().collect());
        let cards: HashMap<ClientId, Client> =
            clients::all(tx).await?.into_iter().map(|card| (card.id, card)).collect();
        let debtors = accounts::load_all(tx, context)
            .await?
            .iter()
            .filter_map(|account| Some((cards.get(&account.client)?, account)))
            .filter(|(card, _)| seen.as_ref().is_none_or(|seen| seen.contains(&card.territory)))
            .filter_map(|(card, account)| Debtor::of(card, account, context.today))
            .collect();
        Ok(Self::sum(debtors, context.today))
    }

    fn sum(mut clients: Vec<Debtor>, today: NaiveDate) -> Self {
        clients.sort_by(|one, other| {
            let rank = |debtor: &Debtor| (debtor.class, debtor.owed.open_minor);
            rank(other).cmp(&rank(one)).then_with(|| one.code.cmp(&other.code))
        });
        let mut by_currency: BTreeMap<Currency, Vec<&Debtor>> = BTreeMap::new();
        for debtor in &clients {
            by_currency.entry(debtor.currency).or_default().push(debtor);
        }
        let totals = by_currency
            .into_iter()
            .map(|(currency, debtors)| Total::of(currency, &debtors, today))
            .collect();
        Self { totals, clients }
    }
}

impl Total {
    fn of(currency: Currency, debtors: &[&Debtor], today: NaiveDate) -> Self {
        let mut whole = Owed::default();
        let mut by_class: BTreeMap<Option<RiskClass>, Owed> = BTreeMap::new();
        let mut by_due: BTreeMap<Due, (BTreeSet<ClientId>, Owed)> =
            Due::ALL.into_iter().map(|due| (due, Default::default())).collect();
        for debtor in debtors {
            whole.add(debtor.owed);
            by_class.entry(debtor.class).or_default().add(debtor.owed);
            for (invoice, likely) in &debtor.invoices {
                let due = Due::of(invoice.days_overdue(today));
                let (clients, owed) = by_due.entry(due).or_default();
                clients.insert(debtor.client);
                owed.add(Owed::of(invoice, *likely, today));
            }
        }
        Self {
            currency,
            whole,
            by_class: by_class.into_iter().rev().collect(),
            by_due: by_due
                .into_iter()
                .map(|(due, (clients, owed))| (due, Owed { clients: clients.len(), ..owed }))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::Days;

    use super::*;
    use crate::flow::world::{World, today};
    use crate::jobs;

    #[test]
    fn a_due_date_has_its_line() {
        for (days, due) in [
            (22, Due::LongAgo),
            (21, Due::Overdue),
            (1, Due::Overdue),
            (0, Due::InAWeek),
            (-7, Due::InAWeek),
            (-8, Due::InTwoWeeks),
            (-14, Due::InTwoWeeks),
            (-15, Due::Later),
        ] {
            assert_eq!(Due::of(days), due, "{days}");
        }
    }

    /// One invoice long overdue, one not due: each in its line, and all of them in the totals.
    #[tokio::test]
    async fn debts_are_summed_by_class_and_due_date() {
        let world = World::new().await;
        world.overdue_invoice(11, 30, 20_000).await;
        world.invoice(12, today(), today() + Days::new(10), 30_000).await;
        jobs::run(&world.state.db, world.now, today()).await.unwrap();
        let mut tx = world.state.db.begin_read().await.unwrap();
        let context = Context::load(&mut tx, world.now).await.unwrap();
        let found = Debtors::load(&mut tx, &context, None).await.unwrap();
        let class = found.clients[0].class.unwrap();
        let percent = i64::from(likelihood(class, -10).unwrap().percent);
        let owed = Owed {
            clients: 1,
            invoices: 2,
            open_minor: 50_000,
            overdue_minor: 20_000,
            in_time: Likely { likely_minor: 30_000 * percent / 100, of_minor: 30_000 },
            // Thirty days overdue: nobody knows.
            soon: Likely::default(),
        };
        let total = &found.totals[0];
        assert_eq!((total.whole, &total.by_class[..]), (owed, &[(Some(class), owed)][..]));
        let open: Vec<i64> = total.by_due.iter().map(|(_, owed)| owed.open_minor).collect();
        assert_eq!(open, [20_000, 0, 0, 30_000, 0]);
        let nothing = Debtors::load(&mut tx, &context, Some(&[])).await.unwrap();
        assert_eq!(nothing.clients, []);
    }
}
