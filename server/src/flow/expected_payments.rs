//! What money is expected when (R5.1): by client and rep, a currency at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use saldo_core::expected_payments::{Schedule, schedule};
use saldo_core::facts::Promise;
use saldo_core::ids::{ClientId, PersonId, TerritoryId};
use saldo_core::money::Currency;

use super::Context;
use crate::store::{StoreError, Tx, accounts, clients, people, promises, territories};

/// What is expected as of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedPayments {
    /// By rep's name and currency; without a name: of clients whom no rep serves.
    pub reps: Vec<RepExpects>,
    /// By client code; who owes nothing is left out.
    pub clients: Vec<ClientExpects>,
}

/// What a rep is to collect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepExpects {
    /// Who; `None`: nobody serves these clients.
    pub rep: Option<String>,
    /// Of the amounts.
    pub currency: Currency,
    /// When how much.
    pub schedule: Schedule,
}

/// What is expected of one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientExpects {
    /// Who.
    pub client: ClientId,
    /// Its number in the company's ledger.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its rep's name.
    pub rep: Option<String>,
    /// Of the amounts.
    pub currency: Currency,
    /// When how much.
    pub schedule: Schedule,
}

impl ExpectedPayments {
    /// What is expected of the clients of `seen` (`None`: of all) as of the context's day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(
        tx: &mut Tx,
        context: &Context,
        seen: Option<&[TerritoryId]>,
    ) -> Result<Self, StoreError> {
        let seen: Option<BTreeSet<&TerritoryId>> = seen.map(|seen| seen.iter().collect());
        let reps = reps(tx).await?;
        let mut promised: HashMap<ClientId, Vec<Promise>> = HashMap::new();
        for (client, promise) in promises::that_hold(tx).await? {
            promised.entry(client).or_default().push(promise);
        }
        let mut cards: HashMap<ClientId, clients::Client> =
            clients::all(tx).await?.into_iter().map(|card| (card.id, card)).collect();
        let mut expected = Vec::new();
        for account in accounts::load_all(tx, context).await? {
            let Some(card) = cards.remove(&account.client) else { continue };
            if seen.as_ref().is_some_and(|seen| !seen.contains(&card.territory)) {
                continue;
            }
            let held: Vec<&Promise> =
                promised.get(&account.client).map(|held| held.iter().collect()).unwrap_or_default();
            let schedule =
                schedule(&context.policy, &context.calendar, &account, &held, context.today);
            if schedule.all_minor() > 0 {
                expected.push(ClientExpects {
                    client: card.id,
                    code: card.code,
                    name: card.name,
                    rep: reps.get(&card.territory).cloned(),
                    currency: account.currency,
                    schedule,
                });
            }
        }
        Ok(Self { reps: by_rep(&expected), clients: expected })
    }
}

/// The names of those who serve, by territory.
async fn reps(tx: &mut Tx) -> Result<HashMap<TerritoryId, String>, StoreError> {
    let names: HashMap<PersonId, String> =
        people::all(tx).await?.into_iter().map(|person| (person.id, person.name)).collect();
    Ok(territories::all(tx)
        .await?
        .into_iter()
        .filter_map(|territory| Some((territory.id, names.get(&territory.rep?)?.clone())))
        .collect())
}

fn by_rep(clients: &[ClientExpects]) -> Vec<RepExpects> {
    let mut sums: BTreeMap<(Option<&str>, Currency), Schedule> = BTreeMap::new();
    for one in clients {
        sums.entry((one.rep.as_deref(), one.currency))
            .and_modify(|sum| sum.add(&one.schedule))
            .or_insert_with(|| one.schedule.clone());
    }
    sums.into_iter()
        .map(|((rep, currency), schedule)| RepExpects {
            rep: rep.map(str::to_owned),
            currency,
            schedule,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use saldo_core::facts::{FactBody, Instalment, PromisedInvoice, ReasonForDelay};

    use super::*;
    use crate::flow::world::{World, eur, today};

    /// One overdue, one due next Monday, one promised for Friday.
    #[tokio::test]
    async fn invoices_and_accepted_promises_make_the_schedule() {
        let world = World::new().await;
        world.overdue_invoice(11, 3, 20_000).await;
        world.invoice(12, today(), today() + Days::new(5), 30_000).await;
        let promised = world.invoice(13, today(), today(), 10_000).await;
        let promise = Promise {
            invoices: vec![PromisedInvoice { invoice: promised, number: "A-13".to_owned() }],
            reason: ReasonForDelay::NoFunds,
            reason_text: String::new(),
            instalments: vec![Instalment { pay_on: today() + Days::new(2), amount: eur(10_000) }],
        };
        world.send(1, FactBody::Promise(promise)).await;

        let mut tx = world.state.db.begin_read().await.unwrap();
        let context = Context::load(&mut tx, world.now).await.unwrap();
        let found = ExpectedPayments::load(&mut tx, &context, None).await.unwrap();
        let [client] = found.clients.as_slice() else { panic!("{found:?}") };
        assert_eq!((client.code.as_str(), client.rep.as_deref()), ("10001", Some("sales rep")));
        let weeks: Vec<_> = client
            .schedule
            .weeks
            .iter()
            .map(|week| (week.expected_minor, week.promised_minor))
            .collect();
        assert_eq!(client.schedule.overdue_minor, 20_000);
        assert_eq!(weeks, [(10_000, 10_000), (30_000, 0), (0, 0), (0, 0), (0, 0)]);
        assert_eq!(found.reps[0].schedule, client.schedule);
        let nothing = ExpectedPayments::load(&mut tx, &context, Some(&[])).await.unwrap();
        assert_eq!(nothing.clients, []);
    }
}
