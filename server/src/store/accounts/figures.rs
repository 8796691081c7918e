//! What is behind an account, asked once for whoever is asked about, grouped in memory.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use saldo_core::account::{Account, GrantedDeferral, MonthOfOrders, OpenInvoice};
use saldo_core::exemption::Exemption;
use saldo_core::ids::{ClientId, FactId, InvoiceId};
use saldo_core::new_terms::NewTerms;
use saldo_core::risk::RiskClass;

use super::debts::Debts;
use super::months;
use super::sums::{self, Line, What};
use crate::flow::Context;
use crate::store::sql;
use crate::store::whose::about;
use crate::store::{StoreError, Tx, Whose, clients, exemptions, restructurings, stricter_terms};

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
        let mut debts = Debts::default();
        let mut has = HashSet::new();
        for line in sums::load(tx, context, whose).await? {
            match line.what {
                What::HasDeferrals
                | What::HasExemptions
                | What::HasStricterTerms
                | What::HasAgreements => drop(has.insert(line.what)),
                What::Disputed
                | What::AcknowledgedByPaper
                | What::AcknowledgedByPart
                | What::WrittenOff => debts.add(line)?,
                What::Unallocated | What::First | What::Invoiced | What::Released | What::Class => {
                    figures.add(line)?;
                }
            }
        }
        // Most clients have none of these.
        if has.contains(&What::HasDeferrals) {
            debts.deferrals = deferrals(tx, whose).await?;
        }
        if has.contains(&What::HasAgreements) {
            debts.restructured = restructurings::until(tx, whose, context.today).await?;
        }
        if has.contains(&What::HasExemptions) {
            figures.exemptions = exemptions::not_ended(tx, whose, context.today).await?;
        }
        if has.contains(&What::HasStricterTerms) {
            figures.stricter_terms = stricter_terms::holding(tx, whose, context.today).await?;
        }
        figures.load_open_invoices(tx, debts, whose).await?;
        Ok(figures)
    }

    fn add(&mut self, line: Line) -> Result<(), StoreError> {
        let client = line.client_id;
        let amount_minor = line.amount_minor.unwrap_or_default();
        match line.what {
            What::Unallocated => *self.unallocated_minor.entry(client).or_default() += amount_minor,
            What::First => {
                if let Some(on) = line.on_day {
                    let first = self.first_order_on.entry(client).or_insert(on);
                    *first = on.min(*first);
                }
            }
            What::Invoiced => {
                let month = line.about.unwrap_or_default();
                let place = "invoice.issued_on, credit_note.issued_on";
                let unreadable = |error: chrono::ParseError| StoreError::Unreadable {
                    place,
                    detail: error.to_string(),
                };
                let month: NaiveDate = month.parse().map_err(unreadable)?;
                let of_client = self.invoiced_minor.entry(client).or_default();
                *of_client.entry(month).or_default() += amount_minor;
            }
            // Orders that were released or have left and are not invoiced yet. What left has no last day
            // any more: it counts until it is invoiced or returned. This month's count in the limit even
            // when the release ran out before the invoice came: the goods may have left (R4.1). What is
            // lent to phones and not used yet (R4.9) is reserved, in the month in which it was lent.
            What::Released => {
                *self.released_this_month_minor.entry(client).or_default() += amount_minor;
                *self.reserved_minor.entry(client).or_default() +=
                    line.reserved_minor.unwrap_or_default();
            }
            What::Class => {
                let class = RiskClass::try_from(line.about.unwrap_or_default())
                    .map_err(StoreError::unreadable("client_risk.class"))?;
                self.classes.insert(client, class);
            }
            _ => {}
        }
        Ok(())
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
                months::counted(context),
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
        mut debts: Debts,
        whose: Whose<'_>,
    ) -> Result<(), StoreError> {
        let query = sql::query_as::<OpenRecord>(about!(
            whose,
            "client_id",
            "select id, client_id, number, issued_on, due_on, amount_minor, open_minor, \
             disputed_minor from invoice where open_minor > 0 and",
            "order by client_id, due_on, number"
        ))
        .bind(whose.text());
        for record in query.fetch_all(tx).await? {
            let (client, id) = (record.client_id, record.id);
            self.open_invoices.entry(client).or_default().push(OpenInvoice {
                id,
                issued_on: record.issued_on,
                due_on: record.due_on,
                amount_minor: record.amount_minor,
                open_minor: record.open_minor,
                // Beside the ledger's own: the same part may be disputed in both.
                disputed_minor: debts
                    .disputed_minor
                    .remove(&id)
                    .map_or(record.disputed_minor, |minor| {
                        record.disputed_minor.saturating_add(minor)
                    })
                    .min(record.open_minor),
                restructured_until: debts.restructured.get(&id).copied(),
                acknowledged_on: debts.acknowledged_on(
                    client,
                    id,
                    record.issued_on.unwrap_or(record.due_on),
                ),
                is_written_off: debts.written_off.contains(&id),
                deferrals: debts.deferrals.remove(&id).unwrap_or_default(),
                number: record.number,
            });
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
