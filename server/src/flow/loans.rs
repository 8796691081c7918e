//! R4.9: a phone is lent parts of its clients' free limits when it syncs, and gives them back. Each is
//! taken off the limit in the transaction that lends it, under the client's lock.

use std::collections::BTreeSet;

use saldo_core::facts::{Fact, Order};
use saldo_core::feed::FeedRow;
use saldo_core::ids::{ClientId, DeviceId, FactId, LoanId};
use saldo_core::loan::{self as rule, Loan, LoanStanding};
use saldo_core::shipment;
use saldo_core::time::UtcMillis;
use uuid::Uuid;

use super::{Context, publish};
use crate::auth::{Principal, sight};
use crate::error::ApiError;
use crate::store::loans::{Draw, Ending, LoanRecord};
use crate::store::{Db, Key, StoreError, Tx, accounts, feed, loans, scopes};

/// Lends `device` of `who` a part of the free limit of each of `clients`, as far as something is free,
/// the policy lends, `who` sees the client and the phone has none of it yet.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lend(
    db: &Db,
    who: &Principal,
    device: DeviceId,
    clients: &[ClientId],
    now: UtcMillis,
) -> Result<(), StoreError> {
    let mut tx = db.begin_write_beside().await?;
    let clients: BTreeSet<ClientId> = clients.iter().copied().collect();
    let keys = clients.iter().copied().map(Key::Client);
    tx.lock(keys.chain([Key::Device(device), Key::Person(who.person)])).await?;
    let context = Context::load(&mut tx, now).await?;
    if !context.policy.loan().lends() {
        return Ok(());
    }
    let live = loans::live_of_device(&mut tx, device).await?;
    let has = |client: ClientId| live.iter().any(|record| record.loan.client == client);
    let scope = scopes::person(&mut tx, who.person).await?;
    for client in clients {
        if has(client) || !sight::may_see(&mut tx, who, client).await? {
            continue;
        }
        let Some(loan) = new_loan(&mut tx, &context, device, client).await? else { continue };
        let set_aside_until = rule::set_aside_until(&context.policy, loan.expires_at);
        loans::insert(&mut tx, &loan, set_aside_until).await?;
        feed::put(&mut tx, scope, &FeedRow::Loan(loan)).await?;
        publish::account(&mut tx, &context, client).await?;
    }
    tx.commit().await
}

/// What a phone can be lent of a client's limit now; `None`: nothing is free.
async fn new_loan(
    tx: &mut Tx,
    context: &Context,
    device: DeviceId,
    client: ClientId,
) -> Result<Option<Loan>, StoreError> {
    let Some(account) = accounts::load(tx, context, client).await? else { return Ok(None) };
    let Context { policy, calendar, today, now } = context;
    let lent_minor = rule::lendable_minor(policy, calendar, &account, *today);
    Ok((lent_minor > 0).then(|| Loan {
        id: LoanId(Uuid::now_v7()),
        client,
        device,
        currency: account.currency,
        lent_minor,
        deferral_days: shipment::longest_deferral_days(policy, &account, *today),
        lent_at: *now,
        expires_at: rule::expires_at(policy, *now),
    }))
}

/// Ends what `device` gives back, and of its loans what is over: it has told everything that it wrote
/// on them.
///
/// # Errors
/// When the database fails.
pub(crate) async fn take_back(
    db: &Db,
    device: DeviceId,
    given_back: &[LoanId],
    now: UtcMillis,
) -> Result<(), StoreError> {
    let mut tx = db.begin_read().await?;
    let live = loans::live_of_device(&mut tx, device).await?;
    drop(tx);
    let ends =
        |record: &LoanRecord| given_back.contains(&record.loan.id) || record.loan.expires_at <= now;
    let ending: Vec<LoanRecord> = live.into_iter().filter(ends).collect();
    if ending.is_empty() {
        return Ok(());
    }
    let mut tx = db.begin_write_beside().await?;
    tx.lock(keys_of(&ending)).await?;
    let context = Context::load(&mut tx, now).await?;
    end(&mut tx, &context, &ending, Ending::Returned).await?;
    tx.commit().await
}

/// Ends the loans of a phone that was shut out: it can send nothing any more.
///
/// # Errors
/// When the database fails.
pub(crate) async fn shut_out(
    tx: &mut Tx,
    device: DeviceId,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let live = loans::live_of_device(tx, device).await?;
    if live.is_empty() {
        return Ok(());
    }
    let context = Context::load(tx, now).await?;
    end(tx, &context, &live, Ending::ShutOut).await
}

/// Ends every loan whose time is over, that of orders on their way too; gives of how many clients.
///
/// # Errors
/// When the database fails.
pub(crate) async fn expire(db: &Db, context: &Context) -> Result<usize, StoreError> {
    let mut tx = db.begin_read().await?;
    let clients = loans::clients_of_expired(&mut tx, context.now).await?;
    drop(tx);
    for client in &clients {
        let mut tx = db.begin_write_beside().await?;
        let live = loans::live_of_client(&mut tx, *client).await?;
        let over = |record: &LoanRecord| record.set_aside_until <= context.now;
        let expired: Vec<LoanRecord> = live.into_iter().filter(over).collect();
        tx.lock(keys_of(&expired)).await?;
        end(&mut tx, context, &expired, Ending::Expired).await?;
        tx.commit().await?;
    }
    Ok(clients.len())
}

fn keys_of(records: &[LoanRecord]) -> Vec<Key> {
    let keys = records.iter().flat_map(|LoanRecord { loan, person, .. }| {
        [Key::Client(loan.client), Key::Device(loan.device), Key::Person(*person)]
    });
    keys.collect()
}

async fn end(
    tx: &mut Tx,
    context: &Context,
    records: &[LoanRecord],
    how: Ending,
) -> Result<(), StoreError> {
    let ids = records.iter().map(|record| record.loan.id);
    let ended = loans::end(tx, ids, how, context.now).await?;
    let mut clients = BTreeSet::new();
    for record in records.iter().filter(|record| ended.contains(&record.loan.id)) {
        let scope = scopes::person(tx, record.person).await?;
        feed::delete(tx, scope, "loan", &record.loan.id.to_string()).await?;
        clients.insert(record.loan.client);
    }
    for client in clients {
        publish::account(tx, context, client).await?;
    }
    Ok(())
}

/// An order that draws on a loan of its own phone for its own client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawing {
    loan: LoanId,
    /// How the loan stands for it.
    pub(super) standing: LoanStanding,
    taken_at: UtcMillis,
}

/// What an order that came from `device` draws on; `None`: on nothing, or what it names is not lent to
/// that phone for that client, or is given back. `taken_at`: by the server's clock.
///
/// # Errors
/// When the database fails.
pub(super) async fn of_new_order(
    tx: &mut Tx,
    context: &Context,
    device: DeviceId,
    fact: &Fact,
    order: &Order,
    taken_at: UtcMillis,
) -> Result<Option<Drawing>, StoreError> {
    let Some(drawn) = order.loan else { return Ok(None) };
    let Some(record) = loans::by_id(tx, drawn.loan).await? else { return Ok(None) };
    if record.loan.device != device || record.loan.client != fact.client {
        return Ok(None);
    }
    Ok(drawing(context, &record, taken_at, 0))
}

/// What an order draws on that was judged before.
///
/// # Errors
/// When the database fails.
pub(super) async fn of_judged_order(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
) -> Result<Option<Drawing>, StoreError> {
    let Some(draw) = loans::draw_of(tx, fact.id).await? else { return Ok(None) };
    let Some(record) = loans::by_id(tx, draw.loan).await? else { return Ok(None) };
    Ok(drawing(context, &record, draw.taken_at, draw.drawn_minor))
}

fn drawing(
    context: &Context,
    record: &LoanRecord,
    taken_at: UtcMillis,
    drawn_minor: i64,
) -> Option<Drawing> {
    let LoanRecord { loan, used_minor, set_aside_until, ending, .. } = record;
    // What the phone gave back, it said, it writes no more on. What expired it may have used in time.
    if !matches!(ending, None | Some(Ending::Expired)) || taken_at < loan.lent_at {
        return None;
    }
    let zone = context.policy.time_zone();
    let month = |at: UtcMillis| at.civil_date(zone).format("%Y-%m").to_string();
    let standing = LoanStanding {
        left_minor: loan.lent_minor - used_minor + drawn_minor,
        deferral_days: loan.deferral_days,
        expires_at: loan.expires_at,
        used_at: taken_at,
        set_aside: ending.is_none() && context.now < *set_aside_until,
        in_month: month(loan.lent_at) == month(context.now),
    };
    Some(Drawing { loan: loan.id, standing, taken_at })
}

impl Drawing {
    /// The day for whose month the order counts (R4.1): a firm one is counted where its loan was.
    pub(super) fn ordered_on(&self, context: &Context, order: &Order) -> chrono::NaiveDate {
        if self.standing.is_firm(order) && self.standing.set_aside {
            self.taken_at.civil_date(context.policy.time_zone())
        } else {
            context.today
        }
    }

    /// Keeps what the order draws; nothing while it is not released, or of what is not set aside.
    ///
    /// # Errors
    /// When the database fails, or the loan has not so much left, which was looked at under the
    /// client's lock.
    pub(super) async fn keep(
        &self,
        tx: &mut Tx,
        fact: &Fact,
        order: &Order,
        released: bool,
    ) -> Result<(), ApiError> {
        let drawn_minor =
            if released && self.standing.set_aside { self.standing.drawn_minor(order) } else { 0 };
        let draw = Draw { fact: fact.id, loan: self.loan, drawn_minor, taken_at: self.taken_at };
        if loans::draw(tx, &draw).await? {
            return Ok(());
        }
        Err(ApiError::Internal(format!("loan {} has no {drawn_minor} left", self.loan)))
    }
}

/// An order was taken back by who took it: what it drew is the phone's again, while that has the loan.
///
/// # Errors
/// When the database fails.
pub(super) async fn withdraw(tx: &mut Tx, fact: FactId) -> Result<(), StoreError> {
    if let Some(draw) = loans::draw_of(tx, fact).await? {
        loans::draw(tx, &Draw { drawn_minor: 0, ..draw }).await?;
    }
    Ok(())
}
