//! What passed with a few demo clients: an enforcement with its demand, terms that were agreed,
//! disputes, papers. Told through the same flows as everybody's; the clients of the README's walk are
//! left alone.

use chrono::{Days, NaiveDate};
use saldo_core::account::Account;
use saldo_core::dispute::DisputeKind;
use saldo_core::enforcement::Event;
use saldo_core::facts::{
    Contact, ContactWay, Dispute, Enforcement, Fact, FactBody, Paper as ToldPaper,
};
use saldo_core::ids::{ClientId, DeviceId, DocumentId, FactId, PersonId};
use saldo_core::money::Money;
use saldo_core::paper::PaperKind;
use saldo_core::roles::Role;
use saldo_core::time::HOUR_MILLIS;

use super::dice::Dice;
use super::{SEED, showcase};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::flow::disputes::{Answer, resolve};
use crate::flow::judge::{NewFact, new_facts};
use crate::flow::{Context, papers};
use crate::state::AppState;
use crate::store::{Tx, accounts, clients, enforcement, people, serving};

/// Lets what passed with four clients be told.
///
/// # Errors
/// When the database fails.
pub(super) async fn tell(state: &AppState) -> Result<(), ApiError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    for (place, (account, rep)) in chosen(&mut tx, &context).await?.into_iter().enumerate() {
        let pen = Pen { context: &context, account, rep, place };
        match place {
            0 => pen.demanded(&mut tx).await?,
            1 => pen.agreed(&mut tx).await?,
            2 => pen.disputed(&mut tx).await.map(drop)?,
            _ => pen.answered(&mut tx).await?,
        }
    }
    tx.commit().await.map_err(ApiError::from)
}

/// Four clients with a case, and who serves them.
async fn chosen(tx: &mut Tx, context: &Context) -> Result<Vec<(Account, PersonId)>, ApiError> {
    let mut chosen = Vec::new();
    let mut held = Vec::new();
    for client in enforcement::clients_with_case(tx).await? {
        held.extend(clients::by_id(tx, client).await?);
    }
    held.retain(|client| !showcase::is_shown(&client.code));
    held.sort_by(|a, b| a.code.cmp(&b.code));
    for client in held {
        let rep = serving::of_client(tx, client.id).await?.and_then(|serving| serving.rep);
        let account = accounts::load(tx, context, client.id).await?;
        if let (Some(rep), Some(account)) = (rep, account)
            && account.open_invoices.first().is_some_and(|open| open.disputed_minor == 0)
        {
            chosen.push((account, rep));
        }
        if chosen.len() == 4 {
            break;
        }
    }
    Ok(chosen)
}

/// Tells of one client.
struct Pen<'a> {
    context: &'a Context,
    account: Account,
    rep: PersonId,
    place: usize,
}

impl Pen<'_> {
    /// Nobody opens the door; the demand was handed over against signature.
    async fn demanded(&self, tx: &mut Tx) -> Result<(), ApiError> {
        let call = Contact {
            way: ContactWay::Call,
            reached: false,
            said: "three calls, the owner does not answer".to_owned(),
        };
        self.told(tx, 0, FactBody::Contact(call)).await?;
        let silent = Enforcement {
            event: Event::NoDialogue,
            note: "the shop says that the owner is away, no number is given".to_owned(),
        };
        self.told(tx, 1, FactBody::Enforcement(silent)).await?;
        let overdue_minor = self.account.overdue_minor(self.today()).max(1);
        let demand = ToldPaper {
            paper: PaperKind::Demand,
            dated_on: self.today(),
            delivered_on: Some(self.today()),
            pay_by: None,
            amount: Some(self.money(overdue_minor)),
            note: "signed by the shop assistant".to_owned(),
        };
        self.told(tx, 2, FactBody::Paper(demand)).await.map(drop)
    }

    /// The client was reached and signed a guarantee letter.
    async fn agreed(&self, tx: &mut Tx) -> Result<(), ApiError> {
        let call = Contact {
            way: ContactWay::Call,
            reached: true,
            said: "waits for the money of a large order, pays next week".to_owned(),
        };
        self.told(tx, 0, FactBody::Contact(call)).await?;
        let overdue_minor = self.account.overdue_minor(self.today()).max(1);
        let pay_by = self.today().checked_add_days(Days::new(9)).unwrap_or(self.today());
        let letter = ToldPaper {
            paper: PaperKind::GuaranteeLetter,
            dated_on: self.today(),
            delivered_on: None,
            pay_by: Some(pay_by),
            amount: Some(self.money(overdue_minor)),
            note: "signed by the owner".to_owned(),
        };
        self.told(tx, 1, FactBody::Paper(letter)).await.map(drop)
    }

    /// A third of the oldest invoice waits for the head of sales.
    async fn disputed(&self, tx: &mut Tx) -> Result<Option<FactId>, ApiError> {
        let Some(invoice) = self.account.open_invoices.first() else { return Ok(None) };
        let dispute = Dispute {
            invoice: invoice.id,
            number: invoice.number.clone(),
            dispute: DisputeKind::ShortDelivery,
            amount: self.money((invoice.open_minor / 3).max(1)),
            note: "two pallets of six came, the driver noted it on the delivery note".to_owned(),
        };
        self.told(tx, 0, FactBody::Dispute(dispute)).await.map(Some)
    }

    /// The head of sales credited a part, and finance control had the balance signed.
    async fn answered(&self, tx: &mut Tx) -> Result<(), ApiError> {
        let Some(fact) = self.disputed(tx).await? else { return Ok(()) };
        let everybody = people::all(tx).await?;
        let of = |role: Role| everybody.iter().find(|person| person.role == role);
        if let Some(head) = of(Role::HeadOfSales) {
            let who = Principal { person: head.id, name: head.name.clone(), role: head.role };
            let disputed_minor = self.account.open_invoices.first().map_or(1, |one| one.open_minor);
            let answer = Answer {
                credited: Some(self.money((disputed_minor / 6).max(1))),
                words: "one pallet was missing and is credited, the other came a day later"
                    .to_owned(),
            };
            resolve(tx, self.context, &who, fact, &answer).await?;
        }
        let Some(control) = of(Role::FinanceControl) else { return Ok(()) };
        let act = papers::Given {
            kind: PaperKind::ReconciliationAct,
            dated_on: self.today(),
            delivered_on: None,
            pay_by: None,
            amount: None,
            note: "balance signed by both sides".to_owned(),
        };
        let client: ClientId = self.account.client;
        papers::record(tx, self.context, control.id, client, &act).await.map(drop)
    }

    /// The rep told it some hours ago.
    async fn told(&self, tx: &mut Tx, number: usize, body: FactBody) -> Result<FactId, ApiError> {
        let id = FactId(Dice::of(SEED, "dealings", self.place * 10 + number).uuid());
        let hours = i64::try_from(6 - number).unwrap_or(1);
        let fact = Fact {
            id,
            author: self.rep,
            client: self.account.client,
            recorded_at: self.context.now.plus_millis(-hours * HOUR_MILLIS / 4),
            corrects: None,
            body,
        };
        let told = NewFact {
            document: DocumentId::of_route_sheet(self.rep, self.today()),
            device: DeviceId(uuid::Uuid::nil()),
            taken_at: fact.recorded_at,
            fact,
        };
        new_facts(tx, self.context, &[told]).await?;
        Ok(id)
    }

    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.account.currency)
    }

    const fn today(&self) -> NaiveDate {
        self.context.today
    }
}
