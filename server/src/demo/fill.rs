//! Puts the demo company into an empty database: all of it in one transaction, so that a run that
//! is cut off leaves nothing half made.

use chrono::{Datelike, NaiveDate, NaiveTime};
use saldo_core::account::Contract;
use saldo_core::documents::Subject;
use saldo_core::ids::PaymentId;
use saldo_core::time::UtcMillis;

use super::company::{Company, Customer};
use super::ledger::Invoice;
use super::people::Person;
use super::{
    PASSWORD, SEED, contracts, control, dealings, fees, history, orders, registers, terms,
};
use crate::auth::passwords;
use crate::error::ApiError;
use crate::flow::{Context, publish};
use crate::jobs;
use crate::state::AppState;
use crate::store::payments::{self, Payment, Source};
use crate::store::{
    StoreError, Tx, clients, company, invoices, people, personal_cards, policies, territories,
};
use crate::sync;

/// What the demo company is called.
const NAME: &str = "Põhjakaar Hulgi (demo)";

/// Makes the demo company as of today and runs last night's jobs on it.
///
/// # Errors
/// When the database fails.
pub(super) async fn fill(state: &AppState) -> Result<(), ApiError> {
    let now = state.clock.now();
    let mut tx = state.db.begin_write().await?;
    let named = company::Company { name: NAME.to_owned(), is_demo: true, created_at: now };
    company::ensure(&mut tx, &named).await?;
    policies::ensure_default(&mut tx, now).await?;
    let context = Context::load(&mut tx, now).await?;
    let made = Company::make(SEED, &context.calendar, context.today);
    staff(&mut tx, &made, now).await?;
    for customer in &made.clients {
        ledger(&mut tx, &context, customer).await?;
    }
    documents(&mut tx, &context, &made).await?;
    contracts::write(&mut tx, &context, &made).await?;
    terms::write(&mut tx, &context, &made).await?;
    orders::write(&mut tx, &context, &made).await?;
    fees::add(&mut tx, &context, &made, SEED).await?;
    publish::everything(&mut tx, &context).await?;
    tx.commit().await?;
    jobs::run_due(state).await?;
    registers::tell(state, &made).await?;
    dealings::tell(state).await?;
    control::tell(state, &made).await?;
    state.sequencer.run(&state.db).await?;
    Ok(())
}

async fn staff(tx: &mut Tx, made: &Company, now: UtcMillis) -> Result<(), ApiError> {
    // One hash for all: everybody may know the password, so a salt for each hides nothing.
    let password_hash = passwords::hash_here(PASSWORD)?;
    for &Person { id, login, name, role, supervisor } in &made.people {
        let person = people::Person {
            id,
            login: login.to_owned(),
            name: name.to_owned(),
            role,
            supervisor,
            password_hash: password_hash.clone(),
            active: true,
            created_at: now,
        };
        people::insert(tx, &person).await?;
    }
    for territory in &made.territories {
        let territory = territories::Territory {
            id: territory.id,
            name: territory.name.to_owned(),
            rep: Some(territory.rep),
        };
        territories::insert(tx, &territory).await?;
    }
    Ok(())
}

async fn ledger(tx: &mut Tx, context: &Context, customer: &Customer) -> Result<(), StoreError> {
    let client = client(context, customer);
    match history::moved(&client.code, client.category, context.today) {
        Some((held, on)) => {
            // R2.8: a review of this year found it so.
            clients::insert(tx, &clients::Client { category: held, ..client.clone() }).await?;
            clients::set_category(tx, client.id, client.category, midnight(on)).await?;
        }
        None => clients::insert(tx, &client).await?,
    }
    for outlet in &customer.client.outlets {
        let outlet = clients::Outlet {
            id: outlet.id,
            client: customer.client.id,
            name: outlet.name.clone(),
            address: outlet.address.clone(),
        };
        clients::insert_outlet(tx, &outlet).await?;
    }
    for invoice in &customer.invoices {
        let written = invoices::Invoice {
            id: invoice.id,
            client: customer.client.id,
            number: invoice.number.clone(),
            issued_on: Some(invoice.issued_on),
            due_on: invoice.due_on,
            amount_minor: invoice.amount_minor,
            open_minor: invoice.open_minor(),
            disputed_minor: invoice.disputed_minor,
            was_disputed: invoice.disputed_minor > 0,
        };
        invoices::insert(tx, &written, None).await?;
        paid(tx, customer, invoice).await?;
    }
    Ok(())
}

async fn paid(tx: &mut Tx, customer: &Customer, invoice: &Invoice) -> Result<(), StoreError> {
    for (part, payment) in (1..).zip(&invoice.payments) {
        let source_key = format!("demo/{}/{part}", invoice.number);
        let written = Payment {
            id: PaymentId::of_source(&source_key),
            client: customer.client.id,
            paid_on: payment.paid_on,
            amount_minor: payment.amount_minor,
            source: Source::Ledger,
            source_key,
        };
        payments::insert(tx, &written, None).await?;
        payments::insert_allocation(tx, written.id, invoice.id, payment.amount_minor).await?;
    }
    Ok(())
}

fn client(context: &Context, customer: &Customer) -> clients::Client {
    let Customer { client, invoices } = customer;
    let Context { policy, calendar, today, now } = context;
    let since = invoices.first().map_or(*today, |invoice| invoice.issued_on);
    // R2.6: categories are set at the start of the calendar year.
    let year = today.with_ordinal(1).unwrap_or(*today);
    clients::Client {
        id: client.id,
        code: client.code.clone(),
        name: client.name.clone(),
        country: client.country.code().to_owned(),
        currency: policy.currency(),
        territory: client.territory,
        category: history::category(customer, policy, calendar, *today),
        category_since: midnight(year).min(*now),
        mark: None,
        contract: Contract {
            depth_minor: client.depth_minor,
            depth_days: Some(client.trade.deferral_days),
            safe_shipment_minor: client.safe_shipment_minor,
        },
        prepayment_percent: None,
        created_at: midnight(since),
    }
}

async fn documents(tx: &mut Tx, context: &Context, made: &Company) -> Result<(), StoreError> {
    for Customer { client, .. } in &made.clients {
        let fields: Vec<(&str, &str)> =
            client.card.iter().map(|(name, value)| (*name, value.as_str())).collect();
        sync::write_as_server(tx, Subject::ClientCard { client: client.id }, |card| {
            Ok(card.set_fields(&fields)?.into_iter().collect())
        })
        .await?;
        let generation = personal_cards::FIRST_GENERATION;
        let persons: Vec<(&str, &str)> =
            client.persons.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let subject = Subject::PersonalCard { client: client.id, generation };
        sync::write_as_server(tx, subject, |card| {
            Ok(card.set_fields(&persons)?.into_iter().collect())
        })
        .await?;
        personal_cards::written(tx, client.id, generation, context.now).await?;
    }
    for (person, stops) in &made.routes {
        let subject = Subject::RouteSheet { person: *person, day: context.today };
        sync::write_as_server(tx, subject, |sheet| {
            Ok(sheet.plan_stops(stops)?.into_iter().collect())
        })
        .await?;
    }
    Ok(())
}

/// The first instant of a day.
pub(super) fn midnight(day: NaiveDate) -> UtcMillis {
    UtcMillis(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
}
