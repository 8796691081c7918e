//! The queries behind an account, each once for whoever is asked about, grouped in memory.

use std::collections::HashMap;

use chrono::NaiveDate;
use saldo_core::account::{Account, GrantedDeferral, MonthOfOrders, OpenInvoice};
use saldo_core::exemption::Exemption;
use saldo_core::ids::{ClientId, FactId, InvoiceId};
use saldo_core::new_terms::NewTerms;
use saldo_core::risk::RiskClass;
use saldo_core::time::UtcMillis;

use super::{debts, months};
use crate::flow::Context;
use crate::store::sql;
use crate::store::whose::about;
use crate::store::{
    StoreError, Tx, Whose, bad_debts, clients, exemptions, restructurings, risk, stricter_terms,
};

/// Everything that accounts are made of, by client.
#[derive(Debug, Default)]
pub(super) struct Figures {
    open_invoices: HashMap<ClientId, Vec<OpenInvoice>>,
    unallocated_minor: HashMap<ClientId, i64>,
    first_order_on: HashMap<ClientId, NaiveDate>,
    /// By first day of the month.
    invoiced_minor: HashMap<ClientId, HashMap<NaiveDate, i64>>,
    released_this_month_minor: HashMap<ClientId, i64>,
    reserved_minor: HashMap<ClientId, i64>,
    exemptions: HashMap<ClientId, Vec<Exemption>>,
    classes: HashMap<ClientId, RiskClass>,
    /// R4.4, R4.5: what holds in place of the contract where it is stricter.
    stricter_terms: HashMap<ClientId, NewTerms>,
}

impl Figures {
    /// Loads the figures of whoever is asked about.
    pub(super) async fn load(
        tx: &mut Tx,
        context: &Context,
        whose: Whose<'_>,
    ) -> Result<Self, StoreError> {
        let mut figures = Self::default();
        figures.load_open_invoices(tx, context, whose).await?;
        figures.load_unallocated(tx, whose).await?;
        figures.load_first_orders(tx, whose).await?;
        figures.load_invoiced(tx, context, whose).await?;
        figures.load_released(tx, context, whose).await?;
        figures.load_lent(tx, context, whose).await?;
        figures.exemptions = exemptions::not_ended(tx, whose, context.today).await?;
        figures.classes = risk::classes(tx, whose).await?;
        figures.stricter_terms = stricter_terms::holding(tx, whose, context.today).await?;
        let written_off = bad_debts::written_off(tx, whose).await?;
        for invoice in figures.open_invoices.values_mut().flatten() {
            invoice.is_written_off = written_off.contains(&invoice.id);
        }
        Ok(figures)
    }

    /// The account of a client; its figures are taken out.
    pub(super) fn account_of(&mut self, context: &Context, card: clients::Client) -> Account {
        let client = card.id;
        let invoiced = self.invoiced_minor.remove(&client).unwrap_or_default();
        let month = months::first_of(context.today);
        let stricter = self.stricter_terms.remove(&client).unwrap_or_default();
        let ordered_minor = invoiced.get(&month).copied().unwrap_or(0)
            + self.released_this_month_minor.remove(&client).unwrap_or(0);
        Account {
            client,
            currency: card.currency,
            as_of: context.now,
            category: card.category,
            category_since: card.category_since,
            mark: card.mark,
            contract: stricter.over(&card.contract),
            open_invoices: self.open_invoices.remove(&client).unwrap_or_default(),
            unallocated_minor: self.unallocated_minor.remove(&client).unwrap_or(0),
            complete_months: months::complete(
                context.today,
                limit_months(context),
                self.first_order_on.remove(&client),
                &invoiced,
            ),
            ordered_this_month: MonthOfOrders { month, ordered_minor },
            reserved_minor: self.reserved_minor.remove(&client).unwrap_or(0),
            prepayment_percent: card.prepayment_percent.max(stricter.prepayment_percent),
            risk: self.classes.remove(&client),
            exemptions: self.exemptions.remove(&client).unwrap_or_default(),
        }
    }

    async fn load_open_invoices(
        &mut self,
        tx: &mut Tx,
        context: &Context,
        whose: Whose<'_>,
    ) -> Result<(), StoreError> {
        let mut deferrals = deferrals(tx, whose).await?;
        let restructured = restructurings::until(tx, whose, context.today).await?;
        let mut disputed = debts::open_disputes(tx, whose).await?;
        let acknowledged = debts::Acknowledged::load(tx, context, whose).await?;
        let query = sql::query_as::<OpenRecord>(about!(
            whose,
            "client_id",
            "select id, client_id, number, issued_on, due_on, amount_minor, open_minor, \
             disputed_minor from invoice where open_minor > 0 and",
            "order by client_id, due_on, number"
        ))
        .bind(whose.text());
        for record in query.fetch_all(tx).await? {
            self.open_invoices.entry(record.client_id).or_default().push(OpenInvoice {
                id: record.id,
                number: record.number,
                issued_on: record.issued_on,
                due_on: record.due_on,
                amount_minor: record.amount_minor,
                open_minor: record.open_minor,
                // Beside the ledger's own: the same part may be disputed in both.
                disputed_minor: disputed
                    .remove(&record.id)
                    .map_or(record.disputed_minor, |minor| {
                        record.disputed_minor.saturating_add(minor)
                    })
                    .min(record.open_minor),
                restructured_until: restructured.get(&record.id).copied(),
                acknowledged_on: acknowledged.of(
                    record.client_id,
                    record.id,
                    record.issued_on.unwrap_or(record.due_on),
                ),
                is_written_off: false,
                deferrals: deferrals.remove(&record.id).unwrap_or_default(),
            });
        }
        Ok(())
    }

    async fn load_unallocated(&mut self, tx: &mut Tx, whose: Whose<'_>) -> Result<(), StoreError> {
        let paid = sql::query_as::<AmountRecord>(about!(
            whose,
            "client_id",
            "select client_id, cast(sum(amount_minor) as bigint) as amount_minor from payment \
             where",
            "group by client_id"
        ))
        .bind(whose.text());
        for record in paid.fetch_all(tx).await? {
            self.unallocated_minor.insert(record.client_id, record.amount_minor);
        }
        let taken_up = sql::query_as::<AmountRecord>(about!(
            whose,
            "payment.client_id",
            "select payment.client_id, cast(sum(allocation.amount_minor) as bigint) \
                 as amount_minor \
             from payment join allocation on allocation.payment_id = payment.id where",
            "group by payment.client_id"
        ))
        .bind(whose.text());
        for record in taken_up.fetch_all(tx).await? {
            *self.unallocated_minor.entry(record.client_id).or_default() -= record.amount_minor;
        }
        // What pays a fee (R8.2) pays nothing else.
        let for_fees = sql::query_as::<AmountRecord>(about!(
            whose,
            "client_id",
            "select client_id, cast(sum(amount_minor) as bigint) as amount_minor \
             from fee_payment where payment_id is not null and",
            "group by client_id"
        ))
        .bind(whose.text());
        for record in for_fees.fetch_all(tx).await? {
            *self.unallocated_minor.entry(record.client_id).or_default() -= record.amount_minor;
        }
        Ok(())
    }

    async fn load_first_orders(&mut self, tx: &mut Tx, whose: Whose<'_>) -> Result<(), StoreError> {
        let invoices = sql::query_as::<FirstRecord>(about!(
            whose,
            "client_id",
            "select client_id, min(issued_on) as first_on from invoice \
             where issued_on is not null and",
            "group by client_id"
        ))
        .bind(whose.text());
        let orders = sql::query_as::<FirstRecord>(about!(
            whose,
            "client_id",
            "select client_id, min(ordered_on) as first_on from client_order \
             where state in ('released', 'shipped', 'invoiced') and",
            "group by client_id"
        ))
        .bind(whose.text());
        let mut records = invoices.fetch_all(tx).await?;
        records.extend(orders.fetch_all(tx).await?);
        for record in records {
            self.first_order_on
                .entry(record.client_id)
                .and_modify(|first| *first = record.first_on.min(*first))
                .or_insert(record.first_on);
        }
        Ok(())
    }

    /// What was invoiced in each month that can count, this month included; what was credited for
    /// returns is deducted in the month of the credit note (R4.1).
    async fn load_invoiced(
        &mut self,
        tx: &mut Tx,
        context: &Context,
        whose: Whose<'_>,
    ) -> Result<(), StoreError> {
        let query = sql::query_as::<MonthRecord>(about!(
            whose,
            "client_id",
            "select client_id, substr(cast(issued_on as text), 1, 7) || '-01' as month, \
             cast(sum(amount_minor) as bigint) as amount_minor from invoice \
             where issued_on >= $2 and issued_on < $3 and",
            "group by client_id, substr(cast(issued_on as text), 1, 7)"
        ))
        .bind(whose.text())
        .bind(months::earliest(context.today, limit_months(context)))
        .bind(months::after(context.today));
        let returned = sql::query_as::<MonthRecord>(about!(
            whose,
            "client_id",
            "select client_id, substr(cast(issued_on as text), 1, 7) || '-01' as month, \
             cast(-sum(credited_minor) as bigint) as amount_minor from credit_note \
             where issued_on >= $2 and issued_on < $3 and",
            "group by client_id, substr(cast(issued_on as text), 1, 7)"
        ))
        .bind(whose.text())
        .bind(months::earliest(context.today, limit_months(context)))
        .bind(months::after(context.today));
        let mut records = query.fetch_all(tx).await?;
        records.extend(returned.fetch_all(tx).await?);
        for record in records {
            let month: NaiveDate = record.month.parse().map_err(|_| StoreError::Unreadable {
                place: "invoice.issued_on, credit_note.issued_on",
                detail: record.month,
            })?;
            let of_client = self.invoiced_minor.entry(record.client_id).or_default();
            *of_client.entry(month).or_default() += record.amount_minor;
        }
        Ok(())
    }

    /// Orders that were released or have left and are not invoiced yet. What left has no last day any
    /// more: it counts until it is invoiced or returned. This month's count in the limit even
    /// when the release ran out before the invoice came: the goods may have left (R4.1).
    async fn load_released(
        &mut self,
        tx: &mut Tx,
        context: &Context,
        whose: Whose<'_>,
    ) -> Result<(), StoreError> {
        let query = sql::query_as::<ReleasedRecord>(about!(
            whose,
            "client_id",
            "select client_id, \
             cast(sum(case when ordered_on >= $2 and ordered_on < $3 \
                 then amount_minor else 0 end) as bigint) as this_month_minor, \
             cast(sum(case when valid_until is null or valid_until >= $4 \
                 then amount_minor else 0 end) as bigint) as reserved_minor \
             from client_order where state in ('released', 'shipped') and",
            "group by client_id"
        ))
        .bind(whose.text())
        .bind(months::first_of(context.today))
        .bind(months::after(context.today))
        .bind(context.today);
        for record in query.fetch_all(tx).await? {
            self.released_this_month_minor.insert(record.client_id, record.this_month_minor);
            self.reserved_minor.insert(record.client_id, record.reserved_minor);
        }
        Ok(())
    }

    /// R4.9: what is lent to phones and not used yet is reserved, in the month in which it was lent.
    async fn load_lent(
        &mut self,
        tx: &mut Tx,
        context: &Context,
        whose: Whose<'_>,
    ) -> Result<(), StoreError> {
        let month = months::first_of(context.today);
        let query = sql::query_as::<ReleasedRecord>(about!(
            whose,
            "client_id",
            "select client_id, \
             cast(sum(case when lent_at >= $2 then lent_minor - used_minor else 0 end) as bigint) \
                 as this_month_minor, \
             cast(sum(lent_minor - used_minor) as bigint) as reserved_minor \
             from loan where ended_at is null and set_aside_until > $3 and",
            "group by client_id"
        ))
        .bind(whose.text())
        .bind(UtcMillis::start_of(month, context.policy.time_zone()).0)
        .bind(context.now.0);
        for record in query.fetch_all(tx).await? {
            let client = record.client_id;
            *self.released_this_month_minor.entry(client).or_default() += record.this_month_minor;
            *self.reserved_minor.entry(client).or_default() += record.reserved_minor;
        }
        Ok(())
    }
}

/// Accepted deferrals of unpaid invoices, in the order in which they were given; what became of
/// the promise since does not matter here (R6.4: granted days add up).
async fn deferrals(
    tx: &mut Tx,
    whose: Whose<'_>,
) -> Result<HashMap<InvoiceId, Vec<GrantedDeferral>>, StoreError> {
    let query = sql::query_as::<DeferralRecord>(about!(
        whose,
        "promise.client_id",
        "select promise_invoice.invoice_id, promise.fact_id, promise.agreed_on, \
         promise.pay_by, promise_invoice.rep_days from promise \
         join promise_invoice on promise_invoice.promise_id = promise.fact_id \
         join invoice on invoice.id = promise_invoice.invoice_id and invoice.open_minor > 0 \
         where promise.deferral = 'accepted' and",
        "order by promise.agreed_on, promise.pay_by, promise.fact_id"
    ))
    .bind(whose.text());
    let mut by_invoice: HashMap<InvoiceId, Vec<GrantedDeferral>> = HashMap::new();
    for record in query.fetch_all(tx).await? {
        by_invoice.entry(record.invoice_id).or_default().push(GrantedDeferral {
            promise: record.fact_id,
            agreed_on: record.agreed_on,
            until: record.pay_by,
            rep_days: u16::try_from(record.rep_days).map_err(|_| StoreError::Unreadable {
                place: "promise_invoice.rep_days",
                detail: record.rep_days.to_string(),
            })?,
        });
    }
    Ok(by_invoice)
}

/// R4.1: how many complete months make the mean.
fn limit_months(context: &Context) -> u32 {
    u32::from(context.policy.shipment().months)
}

#[derive(sqlx::FromRow)]
struct OpenRecord {
    #[sqlx(try_from = "String")]
    id: InvoiceId,
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    number: String,
    issued_on: Option<NaiveDate>,
    due_on: NaiveDate,
    amount_minor: i64,
    open_minor: i64,
    disputed_minor: i64,
}

#[derive(sqlx::FromRow)]
struct DeferralRecord {
    #[sqlx(try_from = "String")]
    invoice_id: InvoiceId,
    #[sqlx(try_from = "String")]
    fact_id: FactId,
    agreed_on: NaiveDate,
    pay_by: NaiveDate,
    rep_days: i64,
}

#[derive(sqlx::FromRow)]
struct AmountRecord {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    amount_minor: i64,
}

#[derive(sqlx::FromRow)]
struct FirstRecord {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    first_on: NaiveDate,
}

#[derive(sqlx::FromRow)]
struct MonthRecord {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    month: String,
    amount_minor: i64,
}

#[derive(sqlx::FromRow)]
struct ReleasedRecord {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    this_month_minor: i64,
    reserved_minor: i64,
}
