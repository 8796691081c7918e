//! A client's whole picture, as whoever decides about it needs to see it: loaded at once, in one
//! transaction, and put into words.

mod dealings;
mod fees;
mod ladder;
mod restructuring;
mod risk;
mod terms;

pub(super) use restructuring::{AgreementInWords, agreements};
pub(super) use risk::{RiskInWords, class_chip};

use chrono_tz::Tz;
use saldo_core::account::{Account, OpenInvoice};
use saldo_core::escalation::Rung;
use saldo_core::exemption::Exemption;
use saldo_core::ids::ClientId;
use saldo_core::money::Currency;
use saldo_core::roles::Role;
use saldo_core::shipment::{free_depth_minor, free_limit_minor, monthly_limit};

use saldo_core::words::Language;

use self::dealings::Dealings;
use self::ladder::DebtFile;
use self::terms::TermsOverTime;
use super::amounts::{amount, number};
use super::bar::{AgingBar, Gauge};
use super::words::{self, FactInWords};
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::restructuring::DRAW_UP;
use crate::flow::risk::RECORDERS;
use crate::store::clients::Client;
use crate::store::promises::PromiseRecord;
use crate::store::tasks::TaskRecord;
use crate::store::verdicts::VerdictRecord;
use crate::store::{
    StoreError, Tx, accounts, clients, facts, loans, people, promises, standings, tasks,
    territories, verdicts,
};

/// How many facts and verdicts of the past are shown.
const MOST_OF_THE_PAST: i64 = 12;

/// A client's whole picture, in words.
#[derive(Debug)]
pub(super) struct Picture {
    pub id: ClientId,
    pub code: String,
    pub name: String,
    pub territory: String,
    pub outlets: Vec<String>,
    pub currency: Currency,
    pub balance: String,
    pub overdue: String,
    pub is_overdue: bool,
    pub unallocated: Option<String>,
    pub bar: AgingBar,
    pub category: Chip,
    pub category_since: String,
    pub mark: Option<Chip>,
    pub stop: Option<Chip>,
    pub rung: Option<RungInWords>,
    pub limits: Vec<Limit>,
    pub free: String,
    pub terms: Vec<String>,
    pub over_time: TermsOverTime,
    pub dealings: Dealings,
    pub invoices: Vec<InvoiceInWords>,
    pub fees: Option<fees::FeesInWords>,
    pub agreements: Vec<AgreementInWords>,
    pub may_restructure: bool,
    pub promises: Vec<PromiseInWords>,
    pub facts: Vec<FactInWords>,
    pub verdicts: Vec<PastVerdict>,
    pub tasks: Vec<OpenTask>,
    pub risk: RiskInWords,
    pub debt_file: DebtFile,
}

/// A word on a coloured ground.
#[derive(Debug)]
pub(super) struct Chip {
    pub text: String,
    pub class: &'static str,
}

/// Where the client stands on the ladder.
#[derive(Debug)]
pub(super) struct RungInWords {
    pub rule: &'static str,
    pub owner: &'static str,
    pub since: String,
}

/// A limit and what is used of it.
#[derive(Debug)]
pub(super) struct Limit {
    pub name: &'static str,
    pub rule: &'static str,
    pub used: String,
    pub most: String,
    pub gauge: Gauge,
}

/// An open invoice.
#[derive(Debug)]
pub(super) struct InvoiceInWords {
    pub number: String,
    pub due_on: String,
    pub amount: String,
    pub open: String,
    pub disputed: Option<String>,
    pub age: String,
    pub class: &'static str,
    pub deferred_until: Option<String>,
    /// R12.1 (7): how likely it is to be paid.
    pub likely: Option<String>,
    pub restructured_until: Option<String>,
}

/// A promise and what became of it.
#[derive(Debug)]
pub(super) struct PromiseInWords {
    pub agreed_on: String,
    pub pay_by: String,
    pub deferral: String,
    pub state: Chip,
}

/// A verdict of the past.
#[derive(Debug)]
pub(super) struct PastVerdict {
    pub at: String,
    pub outcome: Chip,
    pub summary: String,
}

/// Something that waits for somebody.
#[derive(Debug)]
pub(super) struct OpenTask {
    pub id: String,
    pub title: String,
    pub rule: String,
    pub whose: &'static str,
    pub due: String,
}

impl Chip {
    pub(super) fn new(text: impl Into<String>, class: &'static str) -> Self {
        Self { text: text.into(), class }
    }
}

impl Picture {
    /// Loads everything about a client that `context` may be asked for. Sight is checked before.
    ///
    /// # Errors
    /// [`ApiError::NotFound`], or when the database fails.
    pub(super) async fn load(
        tx: &mut Tx,
        context: &Context,
        language: Language,
        client: ClientId,
    ) -> Result<(Self, Account), ApiError> {
        let card = clients::by_id(tx, client).await?.ok_or(ApiError::NotFound("client"))?;
        let account =
            accounts::load(tx, context, client).await?.ok_or(ApiError::NotFound("client"))?;
        let standing = standings::of_client(tx, client).await?;
        let territory = territories::by_id(tx, card.territory).await?;
        let outlets = clients::outlets_of(tx, client).await?;
        let zone = context.policy.time_zone();
        let risk = RiskInWords::load(tx, context, language, client, &account).await?;
        let mut picture = Self::of_account(context, language, card, &account, risk);
        picture.territory = territory.map(|territory| territory.name).unwrap_or_default();
        picture.outlets = outlets
            .into_iter()
            .map(|outlet| {
                [outlet.name, outlet.address].join(", ").trim_matches([',', ' ']).to_owned()
            })
            .collect();
        picture.terms.extend(reserved_in_words(tx, context, &account).await?);
        for order in &account.exemptions {
            let by = people::by_id(tx, order.by).await?.map(|person| person.name);
            picture.terms.push(exempt_in_words(order, &by.unwrap_or_default()));
        }
        if let Some(standing) = standing {
            picture.stop =
                words::stop_in_words(standing.stop).map(|(text, class)| Chip::new(text, class));
            picture.rung = standing.rung.map(|rung| rung_in_words(rung, standing.rung_since));
        }
        picture.over_time = TermsOverTime::load(tx, context, client).await?;
        let currency = account.currency;
        picture.fees =
            fees::FeesInWords::load(tx, context, client, account.unallocated_minor, currency)
                .await?;
        picture.agreements = agreements(tx, context, client, currency).await?;
        picture.dealings = Dealings::load(tx, context, &account).await?;
        let promises = promises::of_client(tx, client).await?;
        picture.promises = promises.iter().map(promise_in_words).collect();
        let facts = facts::of_client(tx, client, MOST_OF_THE_PAST).await?;
        picture.facts = facts.iter().map(|fact| FactInWords::of(fact, zone)).collect();
        let verdicts = verdicts::of_client(tx, client, MOST_OF_THE_PAST).await?;
        picture.verdicts =
            verdicts.iter().map(|verdict| past_verdict(verdict, zone, language)).collect();
        let tasks = tasks::of_client(tx, client).await?;
        picture.tasks = tasks
            .iter()
            .filter(|task| task.state == "open")
            .map(|task| open_task(task, context))
            .collect();
        picture.debt_file = DebtFile::load(tx, context, client).await?;
        Ok((picture, account))
    }

    /// Shows the forms that somebody in this role may send.
    pub(super) fn allow(&mut self, role: Role) {
        if let Some(fees) = &mut self.fees {
            fees.allow(role);
        }
        self.risk.may_record = RECORDERS.contains(&role);
        self.may_restructure = DRAW_UP.contains(&role) && !self.invoices.is_empty();
    }

    fn of_account(
        context: &Context,
        language: Language,
        card: Client,
        account: &Account,
        risk: RiskInWords,
    ) -> Self {
        let today = context.today;
        let currency = account.currency;
        let overdue_minor = account.overdue_minor(today);
        let free_minor = free_limit_minor(&context.policy, &context.calendar, account, today);
        Self {
            id: card.id,
            code: card.code,
            name: card.name,
            territory: String::new(),
            outlets: Vec::new(),
            currency,
            balance: amount(account.receivable_minor(), currency),
            overdue: amount(overdue_minor, currency),
            is_overdue: overdue_minor > 0,
            unallocated: (account.unallocated_minor > 0)
                .then(|| amount(account.unallocated_minor, currency)),
            bar: AgingBar::of_account(account, today),
            category: Chip::new(account.category.title(), words::category_class(account.category)),
            category_since: account
                .category_since
                .civil_date(context.policy.time_zone())
                .to_string(),
            mark: account.mark.map(mark_chip),
            stop: None,
            rung: None,
            limits: limits(context, account),
            free: amount(free_minor, currency),
            terms: terms_in_words(account),
            over_time: TermsOverTime::default(),
            dealings: Dealings::default(),
            invoices: account
                .open_invoices
                .iter()
                .map(|invoice| invoice_in_words(invoice, context, language, account))
                .collect(),
            fees: None,
            agreements: Vec::new(),
            may_restructure: false,
            promises: Vec::new(),
            facts: Vec::new(),
            verdicts: Vec::new(),
            tasks: Vec::new(),
            risk,
            debt_file: DebtFile::default(),
        }
    }
}

pub(super) fn mark_chip(mark: saldo_core::facts::Mark) -> Chip {
    use saldo_core::facts::Mark;
    match mark {
        Mark::A => Chip::new("mark (a) no doubt", "good"),
        Mark::B => Chip::new("mark (b) doubt", "warn"),
        Mark::C => Chip::new("mark (c) high risk", "bad"),
    }
}

fn limits(context: &Context, account: &Account) -> Vec<Limit> {
    let currency = account.currency;
    let month = monthly_limit(&context.policy, account, context.today);
    let mut limits = vec![Limit {
        name: "Shipment limit, this month",
        rule: "R4.1",
        used: number(month.used_minor, currency),
        most: amount(month.limit_minor, currency),
        gauge: Gauge::of(month.used_minor, month.limit_minor),
    }];
    if let (Some(depth_minor), Some(free_minor)) =
        (account.contract.depth_minor, free_depth_minor(account))
    {
        let used_minor = depth_minor - free_minor;
        limits.push(Limit {
            name: "Credit depth",
            rule: "R4.2",
            used: number(used_minor, currency),
            most: amount(depth_minor, currency),
            gauge: Gauge::of(used_minor, depth_minor),
        });
    }
    limits
}

fn terms_in_words(account: &Account) -> Vec<String> {
    let mut terms = Vec::new();
    if let Some(days) = account.contract.depth_days {
        terms.push(format!("at most {days} days of deferral"));
    }
    if account.contract.depth_minor.is_none() {
        terms.push("no credit depth in the contract".to_owned());
    }
    if let Some(percent) = account.prepayment_percent {
        terms.push(format!("{percent} % in advance"));
    }
    terms
}

/// What is taken of the limits before an invoice: by released orders, and by what is lent to phones
/// (R4.9).
async fn reserved_in_words(
    tx: &mut Tx,
    context: &Context,
    account: &Account,
) -> Result<Vec<String>, StoreError> {
    let (zone, currency) = (context.policy.time_zone(), account.currency);
    let mut lent_minor = 0;
    let mut lines = Vec::new();
    for record in loans::live_of_client(tx, account.client).await? {
        let left_minor = record.loan.lent_minor - record.used_minor;
        if left_minor == 0 || record.set_aside_until <= context.now {
            continue;
        }
        lent_minor += left_minor;
        let whose = people::by_id(tx, record.person).await?.map(|person| person.name);
        let whose = whose.unwrap_or_default();
        let left = amount(left_minor, currency);
        let until = record.loan.expires_at;
        lines.push(if context.now < until {
            format!("{left} lent to a phone of {whose} until {} (R4.9)", until.in_words(zone))
        } else {
            let back = record.set_aside_until.in_words(zone);
            format!("{left} set aside until {back} for orders on a phone of {whose} (R4.9)")
        });
    }
    let released_minor = account.reserved_minor - lent_minor;
    if released_minor > 0 {
        let released = amount(released_minor, currency);
        lines.insert(0, format!("{released} released and not yet invoiced"));
    }
    Ok(lines)
}

fn exempt_in_words(order: &Exemption, by: &str) -> String {
    let (rules, until) = (order.rules.join(", "), order.until);
    format!("exempt from {rules} until {until}, ordered by {by}: {} (R1.1)", order.why)
}

fn invoice_in_words(
    invoice: &OpenInvoice,
    context: &Context,
    language: Language,
    account: &Account,
) -> InvoiceInWords {
    let (today, currency) = (context.today, account.currency);
    let until = invoice.effective_due_on();
    let deferred = until > invoice.ladder_due_on();
    let class = match invoice.days_overdue(today) {
        ..=0 => "",
        _ if deferred && until >= today => "warn",
        _ => "bad",
    };
    InvoiceInWords {
        number: invoice.number.clone(),
        due_on: invoice.due_on.to_string(),
        amount: number(invoice.amount_minor, currency),
        open: number(invoice.open_minor, currency),
        disputed: (invoice.disputed_minor > 0).then(|| amount(invoice.disputed_minor, currency)),
        age: words::days_from(today, invoice.due_on),
        class,
        restructured_until: invoice.restructured_until.map(|day| day.to_string()),
        deferred_until: deferred.then(|| until.to_string()),
        likely: risk::likely(account.risk, invoice.days_overdue(today), language),
    }
}

fn promise_in_words(promise: &PromiseRecord) -> PromiseInWords {
    let class = match promise.state.as_str() {
        "kept" => "good",
        "partly_kept" => "warn",
        "broken" => "bad",
        _ => "",
    };
    PromiseInWords {
        agreed_on: promise.agreed_on.to_string(),
        pay_by: promise.pay_by.to_string(),
        deferral: promise.deferral.clone(),
        state: Chip::new(promise.state.replace('_', " "), class),
    }
}

fn past_verdict(record: &VerdictRecord, zone: Tz, language: Language) -> PastVerdict {
    let outcome = record.verdict.outcome;
    PastVerdict {
        at: record.judged_at.in_words(zone),
        outcome: Chip::new(language.outcome(outcome), words::outcome_class(outcome)),
        summary: words::summary(&record.verdict, record.basis.account.currency, language),
    }
}

fn rung_in_words(rung: Rung, since: Option<chrono::NaiveDate>) -> RungInWords {
    RungInWords {
        rule: rung.rule(),
        owner: rung.owner().title(),
        since: since.map(|day| day.to_string()).unwrap_or_default(),
    }
}

fn open_task(task: &TaskRecord, context: &Context) -> OpenTask {
    OpenTask {
        id: task.id.to_string(),
        title: task.title.clone(),
        rule: task.rule.clone(),
        whose: task.role.title(),
        due: task.due_on.map(|day| words::days_from(context.today, day)).unwrap_or_default(),
    }
}
