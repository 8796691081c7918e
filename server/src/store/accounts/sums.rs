//! What is summed or looked up of each client, by one statement: two dozen small questions asked one after
//! the other cost more on their way than in the database. Each answers in lines of the same columns.

use chrono::NaiveDate;
use saldo_core::ids::ClientId;
use saldo_core::time::UtcMillis;

use super::months;
use crate::flow::Context;
use crate::store::sql;
use crate::store::{StoreError, Tx, Whose};

/// One line. What the columns mean depends on what it is.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Line {
    #[sqlx(try_from = "String")]
    pub(super) what: What,
    #[sqlx(try_from = "String")]
    pub(super) client_id: ClientId,
    /// An invoice's id, a month's first day, a class.
    pub(super) about: Option<String>,
    pub(super) on_day: Option<NaiveDate>,
    pub(super) amount_minor: Option<i64>,
    pub(super) reserved_minor: Option<i64>,
}

/// What a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum What {
    /// `amount_minor` of money that no invoice or fee has taken up, or below zero: that one has.
    Unallocated,
    /// `on_day`: the first invoice or order.
    First,
    /// `amount_minor` invoiced in the month `about`; credited for returns (R4.1): below zero.
    Invoiced,
    /// `amount_minor` released or lent this month and not invoiced, `reserved_minor` of it or earlier that
    /// holds today.
    Released,
    /// `about`: the client's class of risk.
    Class,
    /// `amount_minor` of the invoice `about` is disputed (R10.1).
    Disputed,
    /// `on_day`: the last paper that acknowledges what is owed (R7.8).
    AcknowledgedByPaper,
    /// `on_day`: the last part paid of the invoice `about` (R7.8). What the company credits is no word of
    /// the client's.
    AcknowledgedByPart,
    /// The invoice `about` is written off.
    WrittenOff,
    /// There are deferrals of unpaid invoices.
    HasDeferrals,
    /// There are written orders that have not ended (R1.1).
    HasExemptions,
    /// There are stricter terms that hold (R4.4, R4.5).
    HasStricterTerms,
    /// There are agreements (R8.5).
    HasAgreements,
}

impl TryFrom<String> for What {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Ok(match name.as_str() {
            "unallocated" => Self::Unallocated,
            "first" => Self::First,
            "invoiced" => Self::Invoiced,
            "released" => Self::Released,
            "class" => Self::Class,
            "disputed" => Self::Disputed,
            "paper" => Self::AcknowledgedByPaper,
            "part" => Self::AcknowledgedByPart,
            "written_off" => Self::WrittenOff,
            "deferrals" => Self::HasDeferrals,
            "exemptions" => Self::HasExemptions,
            "stricter_terms" => Self::HasStricterTerms,
            "agreements" => Self::HasAgreements,
            _ => return Err(format!("no line is called {name}")),
        })
    }
}

/// The lines about `$whose`, which follows a client's id (see `about!`). $1: whose; $2: today; $3: the first
/// day of the earliest month that counts; $4: of the next month; $5: of this month; $6: when this month
/// began; $7: now.
macro_rules! lines {
    ($whose:literal) => {
        concat!(
            // Its casts tell PostgreSQL the types of the columns.
            "select 'unallocated' as what, client_id, cast(null as text) as about, \
                 cast(null as date) as on_day, cast(sum(amount_minor) as bigint) as amount_minor, \
                 cast(null as bigint) as reserved_minor \
             from payment where client_id ",
            $whose,
            " group by client_id \
             union all \
             select 'unallocated', payment.client_id, null, null, \
                 cast(-sum(allocation.amount_minor) as bigint), null \
             from payment join allocation on allocation.payment_id = payment.id \
             where payment.client_id ",
            $whose,
            " group by payment.client_id \
             union all \
             select 'unallocated', client_id, null, null, cast(-sum(amount_minor) as bigint), null \
             from fee_payment where payment_id is not null and client_id ",
            $whose,
            " group by client_id \
             union all \
             select 'first', client_id, null, min(issued_on), null, null from invoice \
             where issued_on is not null and client_id ",
            $whose,
            " group by client_id \
             union all \
             select 'first', client_id, null, min(ordered_on), null, null from client_order \
             where state in ('released', 'shipped', 'invoiced') and client_id ",
            $whose,
            " group by client_id \
             union all \
             select 'invoiced', client_id, substr(cast(issued_on as text), 1, 7) || '-01', null, \
                 cast(sum(amount_minor) as bigint), null \
             from invoice where issued_on >= $3 and issued_on < $4 and client_id ",
            $whose,
            " group by client_id, substr(cast(issued_on as text), 1, 7) \
             union all \
             select 'invoiced', client_id, substr(cast(issued_on as text), 1, 7) || '-01', null, \
                 cast(-sum(credited_minor) as bigint), null \
             from credit_note where issued_on >= $3 and issued_on < $4 and client_id ",
            $whose,
            " group by client_id, substr(cast(issued_on as text), 1, 7) \
             union all \
             select 'released', client_id, null, null, \
                 cast(sum(case when ordered_on >= $5 and ordered_on < $4 \
                     then amount_minor else 0 end) as bigint), \
                 cast(sum(case when valid_until is null or valid_until >= $2 \
                     then amount_minor else 0 end) as bigint) \
             from client_order where state in ('released', 'shipped') and client_id ",
            $whose,
            " group by client_id \
             union all \
             select 'released', client_id, null, null, \
                 cast(sum(case when lent_at >= $6 then lent_minor - used_minor else 0 end) \
                     as bigint), \
                 cast(sum(lent_minor - used_minor) as bigint) \
             from loan where ended_at is null and set_aside_until > $7 and client_id ",
            $whose,
            " group by client_id \
             union all \
             select 'class', client_id, class, null, null, null from client_risk where client_id ",
            $whose,
            " union all \
             select 'disputed', min(client_id), invoice_id, null, \
                 cast(sum(amount_minor) as bigint), null \
             from dispute where state = 'open' and client_id ",
            $whose,
            " group by invoice_id \
             union all \
             select 'paper', client_id, null, max(dated_on), null, null from paper \
             where withdrawn_at is null and dated_on <= $2 \
                 and kind in ('guarantee_letter', 'reconciliation_act') and client_id ",
            $whose,
            " group by client_id \
             union all \
             select 'part', min(invoice.client_id), allocation.invoice_id, max(payment.paid_on), \
                 null, null \
             from invoice join allocation on allocation.invoice_id = invoice.id \
             join payment on payment.id = allocation.payment_id \
             where invoice.open_minor > 0 and payment.source <> 'credit' \
                 and payment.paid_on <= $2 and invoice.client_id ",
            $whose,
            " group by allocation.invoice_id \
             union all \
             select 'written_off', invoice.client_id, bad_debt.invoice_id, null, null, null \
             from invoice join bad_debt on bad_debt.invoice_id = invoice.id \
             where bad_debt.kind = 'written_off' and invoice.client_id ",
            $whose,
            " union all \
             select 'deferrals', client_id, null, null, null, null from promise \
             where deferral = 'accepted' and client_id ",
            $whose,
            " group by client_id \
             union all \
             select 'exemptions', client_id, null, null, null, null from exemption \
             where holds_until >= $2 and client_id ",
            $whose,
            " group by client_id \
             union all \
             select 'stricter_terms', client_id, null, null, null, null from stricter_terms \
             where noticed_on is not null and ended_on is null and client_id ",
            $whose,
            " group by client_id \
             union all \
             select 'agreements', client_id, null, null, null, null from restructuring \
             where state = 'approved' and client_id ",
            $whose,
            " group by client_id"
        )
    };
}

/// The lines of whoever is asked about.
pub(super) async fn load(
    tx: &mut Tx,
    context: &Context,
    whose: Whose<'_>,
) -> Result<Vec<Line>, StoreError> {
    let text = match whose {
        Whose::One(_) => lines!("= $1"),
        Whose::Some(_) => concat!(
            // Read once, however many lines ask for it.
            "with whose (id) as materialized (select item.atom from jsonb_each($1) item) ",
            lines!("in (select id from whose)")
        ),
        Whose::Everybody => lines!("is not null and $1 = ''"),
    };
    let this_month = months::first_of(context.today);
    let query = sql::query_as::<Line>(text)
        .bind(whose.text())
        .bind(context.today)
        .bind(months::earliest(context.today, months::counted(context)))
        .bind(months::after(context.today))
        .bind(this_month)
        .bind(UtcMillis::start_of(this_month, context.policy.time_zone()).0)
        .bind(context.now.0);
    Ok(query.fetch_all(tx).await?)
}
