//! How clients paid: for the suggestion of a category (R2), every client at once; for the score
//! (R12), the clients of a span.

use std::collections::HashMap;

use chrono::NaiveDate;
use saldo_core::category::{PaidInvoice, PaymentHistory};
use saldo_core::enforcement::Event;
use saldo_core::ids::ClientId;

use super::enforcement::clients_with_event;
use super::risk::Span;
use super::sql;
use super::{StoreError, Tx};

/// Every client's payments as they were known at the end of `as_of`: invoices due from `from` on,
/// and older ones that were unpaid then. An invoice of which nothing is open and no payment is
/// known says nothing about the payer and is left out. What the company credited (R10.1) is no
/// payment, and nothing that was to be paid.
///
/// # Errors
/// When the database fails.
pub async fn of_everybody(
    tx: &mut Tx,
    from: NaiveDate,
    as_of: NaiveDate,
) -> Result<HashMap<ClientId, PaymentHistory>, StoreError> {
    let mut histories: HashMap<ClientId, PaymentHistory> = HashMap::new();
    for (client, since) in first_shipments(tx).await? {
        histories.entry(client).or_default().on_deferred_payment_since = Some(since);
    }
    // R2.5: a promise for the invoice recorded before its due date had passed.
    let query = sql::query_as::<CaseRecord>(
        "select invoice.client_id, invoice.number, invoice.due_on, \
             invoice.amount_minor - coalesce(paid.credited_minor, 0) as amount_minor, \
             invoice.open_minor, paid.last_on, \
             coalesce(warned.agreed_on <= invoice.due_on, false) as warned, \
             coalesce(warned.accepted_on <= $2, false) as agreed_new_terms \
         from invoice \
         left join (select allocation.invoice_id, \
                 max(case when payment.source <> 'credit' then payment.paid_on end) as last_on, \
                 cast(sum(case when payment.source = 'credit' then allocation.amount_minor \
                     else 0 end) as bigint) as credited_minor \
             from allocation join payment on payment.id = allocation.payment_id \
             group by allocation.invoice_id) as paid on paid.invoice_id = invoice.id \
         left join (select promise_invoice.invoice_id, min(promise.agreed_on) as agreed_on, \
                 min(case when promise.deferral = 'accepted' then promise.agreed_on end) \
                     as accepted_on \
             from promise_invoice join promise on promise.fact_id = promise_invoice.promise_id \
             group by promise_invoice.invoice_id) as warned on warned.invoice_id = invoice.id \
         where invoice.due_on <= $2 and (invoice.due_on >= $1 or invoice.open_minor > 0 \
             or paid.last_on > $2) \
         order by invoice.client_id, invoice.due_on, invoice.number",
    )
    .bind(from)
    .bind(as_of);
    for record in query.fetch_all(tx).await? {
        let paid_on = record.last_on.filter(|on| record.open_minor == 0 && *on <= as_of);
        if record.open_minor == 0 && record.last_on.is_none() {
            continue;
        }
        histories.entry(record.client_id).or_default().cases.push(PaidInvoice {
            number: record.number,
            due_on: record.due_on,
            amount_minor: record.amount_minor,
            paid_on,
            warned: record.warned,
            agreed_new_terms: record.agreed_new_terms,
        });
    }
    load_conduct(tx, from, as_of, &mut histories).await?;
    Ok(histories)
}

/// Every invoice of the clients of a span that says something of the payer on `as_of`, with the day
/// on which it was paid in full. Like [`of_everybody`], without what only a category asks for.
///
/// # Errors
/// When the database fails.
pub async fn invoices_between(
    tx: &mut Tx,
    span: Span,
    as_of: NaiveDate,
) -> Result<HashMap<ClientId, Vec<PaidInvoice>>, StoreError> {
    let query = sql::query_as::<PaidRecord>(
        "select invoice.client_id, invoice.due_on, invoice.amount_minor, invoice.open_minor, \
             (select max(payment.paid_on) from allocation \
                 join payment on payment.id = allocation.payment_id \
                 where allocation.invoice_id = invoice.id and payment.source <> 'credit') \
                 as last_on \
         from invoice where invoice.client_id >= $1 and invoice.client_id <= $2",
    )
    .bind(span.first.to_string())
    .bind(span.last.to_string());
    let mut by_client: HashMap<ClientId, Vec<PaidInvoice>> = HashMap::new();
    for record in query.fetch_all(tx).await? {
        if record.open_minor == 0 && record.last_on.is_none() {
            continue;
        }
        by_client.entry(record.client_id).or_default().push(PaidInvoice {
            // The score asks for days only; a million numbers would only fill the memory.
            number: String::new(),
            due_on: record.due_on,
            amount_minor: record.amount_minor,
            paid_on: record.last_on.filter(|on| record.open_minor == 0 && *on <= as_of),
            warned: false,
            agreed_new_terms: false,
        });
    }
    Ok(by_client)
}

#[derive(sqlx::FromRow)]
struct PaidRecord {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    due_on: NaiveDate,
    amount_minor: i64,
    open_minor: i64,
    last_on: Option<NaiveDate>,
}

/// R2.3, R2.4: who avoided contact, opposed a restructuring or had the demand of R9, step 4,
/// delivered in the period, and who stood in court at its end.
async fn load_conduct(
    tx: &mut Tx,
    from: NaiveDate,
    as_of: NaiveDate,
    histories: &mut HashMap<ClientId, PaymentHistory>,
) -> Result<(), StoreError> {
    for client in clients_with_event(tx, Event::NoDialogue, from, as_of, false).await? {
        histories.entry(client).or_default().avoids_contact = true;
    }
    for client in clients_with_event(tx, Event::Opposes, from, as_of, false).await? {
        histories.entry(client).or_default().opposed_restructuring = true;
    }
    // Proceedings may have begun before the period and go on.
    for client in clients_with_event(tx, Event::WentToCourt, NaiveDate::MIN, as_of, true).await? {
        histories.entry(client).or_default().in_court = true;
    }
    let demands = sql::query_scalar::<String>(
        "select distinct client_id from paper where kind = 'demand' and withdrawn_at is null \
         and delivered_on between $1 and $2",
    )
    .bind(from)
    .bind(as_of);
    for client in super::parse_ids(demands.fetch_all(tx).await?, "paper.client_id")? {
        histories.entry(client).or_default().formal_demand_delivered = true;
    }
    Ok(())
}

/// The first invoice's date stands for the first shipment on deferred payment; where it is not
/// known, its due date.
async fn first_shipments(tx: &mut Tx) -> Result<Vec<(ClientId, NaiveDate)>, StoreError> {
    let query = sql::query_as::<FirstRecord>(
        "select client_id, min(coalesce(issued_on, due_on)) as first_on from invoice \
         group by client_id",
    );
    let records = query.fetch_all(tx).await?;
    Ok(records.into_iter().map(|record| (record.client_id, record.first_on)).collect())
}

#[derive(sqlx::FromRow)]
struct FirstRecord {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    first_on: NaiveDate,
}

#[derive(sqlx::FromRow)]
struct CaseRecord {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    number: String,
    due_on: NaiveDate,
    amount_minor: i64,
    open_minor: i64,
    last_on: Option<NaiveDate>,
    warned: bool,
    agreed_new_terms: bool,
}
