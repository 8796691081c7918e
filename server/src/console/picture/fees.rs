//! A client's late fees (R8) on its picture: each with its rate, week and standing, what was paid
//! of them and waived, and the forms of those who may book or waive.

use saldo_core::ids::{ClientId, InvoiceId};
use saldo_core::late_fee::{Fee, FeeStanding};
use saldo_core::money::Currency;
use saldo_core::roles::Role;

use super::{Chip, amount, number};
use crate::error::ApiError;
use crate::flow::{Context, fees};
use crate::store::Tx;
use crate::store::fees::FeeEnding;

/// More fees than these are counted and not shown.
const MOST_SHOWN: usize = 15;

/// The fees in words.
#[derive(Debug)]
pub(in crate::console) struct FeesInWords {
    /// The latest first.
    pub lines: Vec<FeeLine>,
    /// How many earlier ones are not shown.
    pub earlier: usize,
    pub endings: Vec<EndingLine>,
    pub open: String,
    pub payable: String,
    /// Money that may be taken for a fee.
    pub unallocated: Option<String>,
    pub today: String,
    /// So that a form sent twice books once.
    pub key: String,
    pub may_book: bool,
    pub may_waive: bool,
}

/// The fee of one invoice.
#[derive(Debug)]
pub(in crate::console) struct FeeLine {
    pub invoice: InvoiceId,
    pub number: String,
    /// `week 3 of delay, 4.5 %`, or where it was agreed.
    pub how: String,
    /// What became of the principal.
    pub principal: String,
    pub accrued: String,
    /// What was paid and waived of it, if anything was.
    pub ended: Option<String>,
    pub open: String,
    pub is_open: bool,
    pub standing: Chip,
}

/// A payment or waiver of a fee.
#[derive(Debug)]
pub(in crate::console) struct EndingLine {
    pub number: String,
    pub on: String,
    pub amount: String,
    pub what: String,
}

impl FeesInWords {
    /// `None`: the client has no fees, and nothing was paid or waived of any.
    pub(super) async fn load(
        tx: &mut Tx,
        context: &Context,
        client: ClientId,
        unallocated_minor: i64,
        currency: Currency,
    ) -> Result<Option<Self>, ApiError> {
        let of_client = fees::of_client(tx, context, client).await?;
        let found = of_client
            .map_or(Vec::new(), |fees| fees.on(&context.policy, &context.calendar, context.today));
        let endings = crate::store::fees::endings(tx, client).await?;
        if found.is_empty() && endings.is_empty() {
            return Ok(None);
        }
        let sum = |part: fn(&Fee) -> i64| amount(found.iter().map(part).sum(), currency);
        Ok(Some(Self {
            open: sum(Fee::open_minor),
            payable: sum(Fee::payable_minor),
            earlier: found.len().saturating_sub(MOST_SHOWN),
            lines: found.iter().rev().take(MOST_SHOWN).map(|fee| line(fee, currency)).collect(),
            endings: endings.into_iter().map(|one| ending(one, currency)).collect(),
            unallocated: (unallocated_minor > 0).then(|| amount(unallocated_minor, currency)),
            today: context.today.to_string(),
            key: uuid::Uuid::now_v7().to_string(),
            may_book: false,
            may_waive: false,
        }))
    }

    /// Shows the forms that somebody in this role may send.
    pub(in crate::console) fn allow(&mut self, role: Role) {
        let any = self.lines.iter().any(|line| line.is_open);
        self.may_book = any && role == Role::FinanceControl;
        self.may_waive = any && matches!(role, Role::HeadOfSales | Role::Director);
    }
}

fn line(fee: &Fee, currency: Currency) -> FeeLine {
    let ended: Vec<String> = [(fee.paid_minor, "paid"), (fee.waived_minor, "waived")]
        .into_iter()
        .filter(|(minor, _)| *minor > 0)
        .map(|(minor, how)| format!("{} {how}", number(minor, currency)))
        .collect();
    let open_minor = fee.open_minor();
    FeeLine {
        invoice: fee.invoice,
        number: fee.number.clone(),
        how: match fee.agreed_on {
            Some(signed_on) => format!("agreed in the restructuring of {signed_on}"),
            None => format!("week {} of delay, {} %", fee.week, fee.rate_percent.normalize()),
        },
        principal: match fee.paid_in_full_on {
            Some(on) => format!("paid in full on {on}"),
            None => format!("{} unpaid", number(fee.unpaid_minor, currency)),
        },
        accrued: number(fee.accrued_minor, currency),
        ended: (!ended.is_empty()).then(|| ended.join(", ")),
        open: number(open_minor, currency),
        is_open: open_minor > 0,
        standing: match (open_minor, fee.standing) {
            (0, _) => Chip::new("ended", "good"),
            (_, FeeStanding::Payable) => Chip::new("payable", "bad"),
            (_, FeeStanding::Shown) if fee.paid_in_full_on.is_some() => {
                Chip::new("not payable yet", "")
            }
            (_, FeeStanding::Shown) => Chip::new("accrues", "warn"),
        },
    }
}

fn ending(one: FeeEnding, currency: Currency) -> EndingLine {
    EndingLine {
        number: one.number,
        on: one.on.to_string(),
        amount: number(one.amount_minor, currency),
        what: match one.why {
            Some(why) => format!("waived by {}: {why}", one.by),
            None => format!("paid, booked by {}", one.by),
        },
    }
}
