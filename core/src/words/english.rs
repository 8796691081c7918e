//! English.

use chrono::NaiveDate;

use super::numbers::Amounts;
use super::plural::of_two;
use super::{Language, Tongue};
use crate::category::Category;
use crate::escalation::Rung;
use crate::facts::Mark;
use crate::money::Currency;
use crate::risk::RiskClass;
use crate::roles::Role;
use crate::stop_list::StopLevel;
use crate::verdict::{Effect, LimitSource, Outcome, Paper, What};

pub(super) struct English;

impl Tongue for English {
    fn outcome(&self, outcome: Outcome) -> &'static str {
        outcome.name()
    }

    fn effect(&self, effect: Effect) -> &'static str {
        match effect {
            Effect::Allows => "speaks for it",
            Effect::Holds => "needs approval",
            Effect::Refuses => "cannot be approved away",
        }
    }

    fn role(&self, role: Role) -> &'static str {
        role.title()
    }

    fn category(&self, category: Category) -> &'static str {
        category.title()
    }

    fn rung(&self, rung: Rung) -> &'static str {
        match rung {
            Rung::Rep => "rep",
            Rung::Supervisor => "supervisor",
            Rung::HeadOfSales => "head of sales",
            Rung::FinanceControl => "finance control",
            Rung::Security => "security",
            Rung::Director => "director",
            Rung::Legal => "legal",
            Rung::WriteOff => "write-off",
        }
    }

    fn paper(&self, paper: Paper) -> &'static str {
        paper.title()
    }

    fn stop_level(&self, level: StopLevel) -> &'static str {
        match level {
            StopLevel::Free => "free",
            StopLevel::StopList => "stop list",
            StopLevel::Stopped => "stopped",
        }
    }

    fn risk_class(&self, class: RiskClass) -> &'static str {
        class.title()
    }

    fn mark(&self, mark: Mark) -> &'static str {
        match mark {
            Mark::A => "no doubt of payment",
            Mark::B => "doubt of payment",
            Mark::C => "high risk of losing the money",
        }
    }

    fn date(&self, date: NaiveDate) -> String {
        date.format("%Y-%m-%d").to_string()
    }

    fn days(&self, n: i64) -> String {
        format!("{n} {}", of_two(n, "day", "days"))
    }

    fn working_days(&self, n: i64) -> String {
        format!("{n} {}", of_two(n, "working day", "working days"))
    }

    fn hours(&self, n: i64) -> String {
        format!("{n} {}", of_two(n, "hour", "hours"))
    }

    fn reason(&self, what: &What, currency: Currency) -> String {
        let money = Amounts(Language::English, currency);
        match what {
            What::Exempted { lifted, until, why } => {
                format!("exempt from {lifted} until {}: {why}", self.date(*until))
            }
            What::WithinShipmentLimit {
                limit_minor,
                used_minor,
                request_minor,
                months,
                source,
            } => {
                format!(
                    "fits this month's shipment limit: {} used of {} ({}), {} asked",
                    money.of(*used_minor),
                    money.of(*limit_minor),
                    limit_from(*source, *months),
                    money.of(*request_minor)
                )
            }
            What::AboveShipmentLimit { limit_minor, used_minor, request_minor, months, source } => {
                format!(
                    "above this month's shipment limit of {} ({}): {} used, {} asked",
                    money.of(*limit_minor),
                    limit_from(*source, *months),
                    money.of(*used_minor),
                    money.of(*request_minor)
                )
            }
            What::WithinCreditDepth {
                depth_minor,
                receivable_minor,
                reserved_minor,
                request_minor,
            } => format!(
                "fits the contract's credit depth of {}: owes {}, reserved {}, {} asked",
                money.of(*depth_minor),
                money.of(*receivable_minor),
                money.of(*reserved_minor),
                money.of(*request_minor)
            ),
            What::AboveCreditDepth {
                depth_minor,
                receivable_minor,
                reserved_minor,
                request_minor,
            } => format!(
                "above the contract's credit depth of {}: owes {}, reserved {}, {} asked",
                money.of(*depth_minor),
                money.of(*receivable_minor),
                money.of(*reserved_minor),
                money.of(*request_minor)
            ),
            What::DeferralTooLong { asked_days, allowed_days } => format!(
                "{} of deferral asked, {allowed_days} allowed",
                self.days(i64::from(*asked_days))
            ),
            What::OnStopList { number, overdue_minor, working_days_overdue, .. } => format!(
                "on the stop list: {} overdue, invoice {number} by {}",
                money.of(*overdue_minor),
                self.working_days(*working_days_overdue)
            ),
            What::ShipmentStopped { number, overdue_minor, days_overdue, .. } => format!(
                "shipment stopped until the money is in: {} overdue, invoice {number} by {}",
                money.of(*overdue_minor),
                self.days(*days_overdue)
            ),
            What::PrepaymentRequired { percent } => {
                format!("only with {percent} % paid in advance")
            }
            What::Prepaid => "prepaid: limits do not bind".to_owned(),
            What::OtherCurrency { asked, account } => {
                format!("the order is in {asked}, the client's account in {account}")
            }
            What::SnapshotTooOld { lease_hours, .. } => format!(
                "the phone's figures are older than {}: sync before you promise anything",
                self.hours(i64::from(*lease_hours))
            ),
            What::OnLoan { left_minor, request_minor, .. } => format!(
                "within what is lent to this phone of the limit: {} left, {} asked",
                money.of(*left_minor),
                money.of(*request_minor)
            ),
            What::PartlyOnLoan { drawn_minor, .. } => {
                format!("{} of it is lent to this phone and counts as free", money.of(*drawn_minor))
            }
            What::LoanOver { .. } => {
                "what was lent to this phone was used after its time".to_owned()
            }
            What::LoanGone => "what was lent to this phone has gone back or was used up".to_owned(),
            What::WithinRepAuthority { days, granted_before, most, category, mark } => format!(
                "within the rep's authority: {}, {granted_before} granted before, {most} allowed ({}{})",
                self.days(*days),
                category.title(),
                marked(*mark)
            ),
            What::BeyondRepAuthority { days, granted_before, most, category, mark } => format!(
                "beyond the rep's authority: {}, {granted_before} granted before, {most} allowed ({}{})",
                self.days(*days),
                category.title(),
                marked(*mark)
            ),
            What::NonPayer => "the client is a non-payer: no credit exists for it".to_owned(),
            What::HighRiskMark => "marked (c), high risk: the supervisor decides".to_owned(),
            What::CategoryChanged { category, .. } => {
                format!("the category changed to {} after the phone's last sync", category.title())
            }
            What::RepeatedDeferral { times } => {
                format!("deferred {times} {} before", of_two(i64::from(*times), "time", "times"))
            }
            What::BeyondSupervisor { until, working_days, most } => format!(
                "{} is {} after the due date; a supervisor may grant {most}",
                self.date(*until),
                self.working_days(*working_days)
            ),
            What::BeyondHeadOfSales { until, last } => format!(
                "{} is later than {}, the last day that the head of sales may grant",
                self.date(*until),
                self.date(*last)
            ),
            What::NothingDeferred { until } => {
                format!("{} is no later than the due date: nothing is deferred", self.date(*until))
            }
            What::InvoiceNotOpen { number, .. } => format!("invoice {number} is not open"),
            What::RiskClassStricter { class, category, terms } => format!(
                "the risk class ({}) is stricter than the category ({}): the terms of {} hold",
                self.risk_class(*class),
                self.category(*category),
                self.category(*terms)
            ),
            What::LetterDemanded { role, .. } => {
                format!("the {role} demands the client's guarantee letter")
            }
            What::GuaranteedBy { dated_on, pay_by, amount_minor } => format!(
                "guarantee letter of {} for {}, to be paid by {}",
                self.date(*dated_on),
                money.of(*amount_minor),
                self.date(*pay_by)
            ),
            What::FeePaidInWeek { number, paid_on, week, fee_minor, role } => format!(
                "invoice {number} was paid in full on {}, in week {week} of delay: its fee of {} \
                 may be waived by the {role}",
                self.date(*paid_on),
                money.of(*fee_minor)
            ),
            What::FeeNotPaidInFull { number, open_minor, fee_minor } => format!(
                "invoice {number} is not paid in full, {} is open: only the director may waive \
                 its fee of {}",
                money.of(*open_minor),
                money.of(*fee_minor)
            ),
            What::FeeOfAgreement { number, signed_on, fee_minor } => format!(
                "the fee of {} on invoice {number} was agreed in the restructuring of {}: only \
                 the director may waive it",
                money.of(*fee_minor),
                self.date(*signed_on)
            ),
            What::NoFeeOpen { number } => format!("no fee of invoice {number} is open"),
            What::Approved { role, .. } => format!("approved by the {role}"),
            What::Turned { role, why, .. } => format!("rejected by the {role}: {why}"),
            What::SentUp { from, to, .. } => format!("sent up by the {from} to the {to}"),
        }
    }
}

fn limit_from(source: LimitSource, months: u8) -> String {
    match source {
        LimitSource::Months => {
            format!("the mean of {months} {}", of_two(i64::from(months), "month", "months"))
        }
        LimitSource::SafeShipment => "the card's safe limit".to_owned(),
        LimitSource::CategoryDefault => "the category's default".to_owned(),
    }
}

fn marked(mark: Option<Mark>) -> String {
    mark.map(|mark| format!(", mark ({})", mark.letter())).unwrap_or_default()
}
