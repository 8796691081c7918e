//! The sections of a policy. What never lives here: what is allowed in them (`allowed`) and what a
//! rule makes of them.

use chrono::NaiveDate;
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::duties::{Dispute, Enforcement, Reminders, Restructuring, WeeklyControl, WorkingHours};
use super::personal::PersonalData;
use super::risk::Risk;
use crate::category::Category;
use crate::money::Currency;

/// Every parameter of a policy, as its file has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    pub(super) version: u32,
    pub(super) company: Company,
    pub(super) working_hours: WorkingHours,
    pub(super) category: CategoryRules,
    pub(super) terms: TermsByCategory,
    pub(super) shipment: Shipment,
    pub(super) contract: ContractRules,
    pub(super) stop_list: StopList,
    pub(super) prepayment: Prepayment,
    pub(super) reminder: Reminders,
    pub(super) deferral: Deferral,
    pub(super) sync: Sync,
    pub(super) loan: LoanRules,
    pub(super) ladder: Ladder,
    pub(super) late_fee: LateFee,
    pub(super) restructuring: Restructuring,
    pub(super) enforcement: Enforcement,
    pub(super) dispute: Dispute,
    pub(super) weekly_control: WeeklyControl,
    pub(super) risk: Risk,
    pub(super) personal_data: PersonalData,
}

/// Where and in what the company reckons (section 0).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// Civil dates are dates here.
    #[serde(serialize_with = "zone_name", deserialize_with = "zone_by_name")]
    pub time_zone: Tz,
    /// ISO 3166, two letters.
    pub country: String,
    /// Of every amount in the policy.
    pub currency: Currency,
    /// Days off besides the country's.
    pub extra_holidays: Vec<NaiveDate>,
    /// Weekends or holidays that are worked.
    pub extra_working_days: Vec<NaiveDate>,
    /// Whether a due date on a day off moves.
    pub due_roll: DueRoll,
}

/// What becomes of a due date on a day off (section 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueRoll {
    /// It stays.
    None,
    /// It moves to the next banking day.
    NextBankingDay,
}

/// R2: the thresholds of the categories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryRules {
    /// How long a past is judged.
    pub period_months: u32,
    /// R2.2: with fewer invoices there are no payment statistics.
    pub fewest_invoices: u32,
    /// R2.3, R2.4: a long delay is longer than so many days.
    pub long_delay_days: i64,
    /// R2.3, R2.4: more long delays than this, due in one month, weigh.
    pub long_delays_in_month: u32,
    /// R2.3: one delay longer than so many days threatens.
    pub threatened_delay_days: i64,
    /// R2.3: late in a greater share of the cases threatens.
    pub threatened_late_percent: u32,
    /// R2.1: at least so long on deferred payment.
    pub reliable_months: u32,
    /// R2.1: at most so many delays.
    pub reliable_delays: u32,
    /// R2.1: each of at most so many days.
    pub reliable_delay_days: i64,
    /// R2.6: a review opens every so many months, counted from January.
    pub review_months: u32,
}

/// R2.7: the terms of every category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsByCategory {
    reliable: Terms,
    uncertain: Terms,
    threatened: Terms,
    non_payer: Terms,
}

impl TermsByCategory {
    /// The terms of `category`.
    #[must_use]
    pub const fn of(&self, category: Category) -> &Terms {
        match category {
            Category::Reliable => &self.reliable,
            Category::Uncertain => &self.uncertain,
            Category::Threatened => &self.threatened,
            Category::NonPayer => &self.non_payer,
        }
    }
}

/// R2.7: what a category brings with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Share of R4.1's limit.
    #[serde(with = "rust_decimal::serde::str")]
    pub limit_percent: Decimal,
    /// The highest discount.
    #[serde(with = "rust_decimal::serde::str")]
    pub discount_percent: Decimal,
    /// R4.2: the longest deferral of a shipment, in calendar days.
    pub deferral_days: u16,
    /// R4.1: the limit where there is neither history nor a safe limit, before `limit_percent`; in
    /// the company's currency.
    #[serde(with = "rust_decimal::serde::str")]
    pub default_limit: Decimal,
    /// Only against prepayment.
    pub prepaid_only: bool,
}

/// R4.1, R4.7.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shipment {
    /// R4.1: complete months of which the mean is taken.
    pub months: u8,
    /// R4.1, R4.3: a guarantee letter is dated at most so many calendar days before the order.
    pub letter_days: u16,
    /// R4.7: how many days a release holds.
    pub release_valid_days: u16,
    /// R4.7: by how much the shipment may exceed what was released.
    #[serde(with = "rust_decimal::serde::str")]
    pub release_deviation_percent: Decimal,
    /// R4.6: who paid everything on time for so many months goes first.
    pub on_time_months: u32,
}

/// R4.9: what of a client's free limit is lent to a phone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoanRules {
    /// Of what is free, to one phone; zero: nothing is lent.
    #[serde(with = "rust_decimal::serde::str")]
    pub share_percent: Decimal,
    /// How many hours a phone may use it.
    pub hours: u32,
    /// For how many hours after that it stays set aside for orders that were taken in time and are
    /// still on the phone.
    pub late_hours: u32,
}

impl LoanRules {
    /// R4.9: whether anything is lent at all.
    #[must_use]
    pub fn lends(&self) -> bool {
        !self.share_percent.is_zero()
    }
}

/// R3.2: before the contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractRules {
    /// The extract from the register is at most so many calendar days old.
    pub register_extract_days: i64,
}

/// R4.3, R4.4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopList {
    /// R4.3: an invoice of which no more than this is unpaid does not count; company's currency.
    #[serde(with = "rust_decimal::serde::str")]
    pub tolerance: Decimal,
    /// R4.3: up to so many working days overdue finance control may release an order.
    pub finance_control_working_days: i64,
    /// R4.4: longer overdue nothing is shipped.
    pub full_stop_calendar_days: i64,
    /// R4.4: new terms hold at least so long.
    pub new_terms_months_least: u32,
    /// R4.4: and at most so long.
    pub new_terms_months_most: u32,
}

/// R4.5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prepayment {
    /// So many late invoices in the last month.
    pub invoices: u32,
    /// Late by at least so many days.
    pub late_days_least: i64,
    /// And at most so many.
    pub late_days_most: i64,
    /// Share to prepay the first time.
    pub first_percent: u8,
    /// And again.
    pub again_percent: u8,
    /// For at most so long.
    pub months: u32,
}

/// R6.4 to R6.7.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deferral {
    /// R6.4: rep, reliable client, mark (a): calendar days from the agreement.
    pub rep_days_reliable_a: u16,
    /// R6.4: rep, new or doubtful client.
    pub rep_days_other: u16,
    /// R6.5: supervisor: working days from the original due date.
    pub supervisor_working_days: u16,
    /// R6.5: head of sales: months from the original due date.
    pub head_of_sales_months: u32,
    /// R6.7: working hours until a request without an answer goes up.
    pub waiting_hours: u32,
}

/// R4.8.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sync {
    /// Figures older than this say nothing any more.
    pub lease_hours: u32,
}

/// R7.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// R7.1.
    pub rep: RungRule,
    /// R7.2.
    pub supervisor: RungRule,
    /// R7.3.
    pub head_of_sales: RungRule,
    /// R7.4.
    pub finance_control: RungRule,
    /// R7.5.
    pub security: RungRule,
    /// R7.6.
    pub director: RungRule,
    /// R7.7.
    pub legal: RungRule,
    /// R7.7: the second threshold, of which the later counts.
    pub legal_also: Threshold,
    /// R7.8.
    pub write_off: WriteOff,
}

/// When a rung is reached and by when its owner must have acted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RungRule {
    /// Reached on this day overdue.
    pub day: u32,
    /// Counted in these days.
    pub unit: DayUnit,
    /// So long after reaching it the owner must have acted.
    pub act_days: u32,
    /// Counted in these days.
    pub act_unit: DayUnit,
}

/// A day overdue.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// This day overdue.
    pub day: u32,
    /// Counted in these days.
    pub unit: DayUnit,
}

/// R7.8: limitation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteOff {
    /// Since the due date.
    pub years: u32,
    /// So long after reaching it the owner must have acted.
    pub act_days: u32,
    /// Counted in these days.
    pub act_unit: DayUnit,
}

/// Which days are counted. Working and banking days are the same calendar (section 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayUnit {
    /// Every day.
    Calendar,
    /// Working days.
    Working,
    /// Banking days.
    Banking,
}

/// R8.1 to R8.3: the price of delay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateFee {
    /// How it is reckoned.
    pub reckoning: FeeReckoning,
    /// R8.1: in per cent of what is unpaid, by started week of the first month.
    pub first_month_percents: Vec<Percent>,
    /// R8.1: and of the second; after its last week the fee stays.
    pub second_month_percents: Vec<Percent>,
    /// R8.1: whether the second month's rates come on top of the first month's last.
    pub second_month_adds: bool,
    /// R8.1: the statutory rate, for [`FeeReckoning::Yearly`].
    #[serde(with = "rust_decimal::serde::str")]
    pub yearly_percent: Decimal,
    /// R8.1: at most this share of the principal; zero: no cap.
    #[serde(with = "rust_decimal::serde::str")]
    pub cap_percent: Decimal,
    /// R8.1: invoices due by contract before this day carry no fee: their contracts knew none.
    pub since: NaiveDate,
    /// R8.3: the rep may waive the fee of a debt paid in full within so many weeks.
    pub rep_waives_weeks: u32,
    /// R8.3: and the head of sales within so many.
    pub head_of_sales_waives_weeks: u32,
}

/// R8.1: how the price of delay is reckoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeReckoning {
    /// By started weeks.
    ByWeek,
    /// By days, at a yearly rate.
    Yearly,
}

/// A percentage in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Percent(#[serde(with = "rust_decimal::serde::str")] pub Decimal);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's serialize_with hands a reference")]
fn zone_name<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.name())
}

fn zone_by_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}
