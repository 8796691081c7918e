//! What passes between client and company, in words: where an enforcement stands (R9), what is
//! disputed (R10.1), and the register of papers. What never lives here: what the forms send.

use saldo_core::account::Account;
use saldo_core::dispute as dispute_rule;
use saldo_core::enforcement::{self as rule, State};
use saldo_core::ids::ClientId;
use saldo_core::paper::PaperKind;

use super::Chip;
use crate::auth::Principal;
use crate::console::amounts::amount;
use crate::console::words::days_from;
use crate::flow::{Context, disputes as dispute_flow, enforcement as flow, papers as paper_flow};
use crate::store::disputes::DisputeRecord;
use crate::store::enforcement::CaseRecord;
use crate::store::papers::PaperRecord;
use crate::store::{StoreError, Tx, disputes, enforcement, papers};

/// Everything that passed between client and company.
#[derive(Debug, Default)]
pub(in crate::console) struct Dealings {
    pub case: Option<CaseInWords>,
    pub disputes: Vec<DisputeInWords>,
    pub papers: Vec<PaperInWords>,
    /// The kinds of papers to choose from, where the visitor may record one: name and title.
    pub paper_kinds: Vec<(&'static str, &'static str)>,
    /// Whether the visitor may say that a paper was recorded by mistake.
    pub may_withdraw: bool,
    /// The section whose forms stand open, as the page is about what they end; empty: none.
    pub unfolded: &'static str,
    pub today: String,
}

/// Where a case stands.
#[derive(Debug)]
pub(in crate::console) struct CaseInWords {
    pub opened_on: String,
    pub why: String,
    pub stands: Chip,
    pub since: String,
    pub next: String,
    pub by_whom: String,
    pub papers: String,
    pub story: Vec<(String, String, String)>,
    /// What the visitor may tell of it: name and words.
    pub tellable: Vec<(&'static str, &'static str)>,
    state: State,
}

/// A dispute.
#[derive(Debug)]
pub(in crate::console) struct DisputeInWords {
    pub fact: String,
    pub number: String,
    pub kind: &'static str,
    pub amount: String,
    pub note: String,
    pub raised_on: String,
    pub service: String,
    pub state: Chip,
    pub answer: String,
    /// Whether the visitor may answer it.
    pub may_answer: bool,
}

/// A paper.
#[derive(Debug)]
pub(in crate::console) struct PaperInWords {
    pub id: String,
    pub title: &'static str,
    pub dated_on: String,
    pub says: Vec<String>,
    pub note: String,
    pub by: String,
}

impl Dealings {
    /// Loads what is known of a client; nothing can be sent yet.
    pub(super) async fn load(
        tx: &mut Tx,
        context: &Context,
        account: &Account,
    ) -> Result<Self, StoreError> {
        let client = account.client;
        let case = match enforcement::open_case(tx, client).await? {
            Some(case) => Some(case_in_words(tx, context, &case).await?),
            None => None,
        };
        let disputes = disputes::of_client(tx, client).await?;
        let papers = papers::of_client(tx, client).await?;
        Ok(Self {
            case,
            disputes: disputes.iter().map(|one| dispute_in_words(one, context, account)).collect(),
            papers: papers.iter().map(|one| paper_in_words(one, account)).collect(),
            paper_kinds: Vec::new(),
            may_withdraw: false,
            unfolded: "",
            today: context.today.to_string(),
        })
    }

    /// Opens the forms that `who` may send.
    ///
    /// # Errors
    /// When the database fails.
    pub(in crate::console) async fn open_forms(
        &mut self,
        tx: &mut Tx,
        context: &Context,
        who: &Principal,
        client: ClientId,
    ) -> Result<(), StoreError> {
        self.paper_kinds = PaperKind::ALL.map(|kind| (kind.name(), kind.title())).to_vec();
        self.may_withdraw = paper_flow::MAY_WITHDRAW.contains(&who.role);
        if let Some(case) = &mut self.case {
            let tellable = flow::tellable(context, case.state, who.role);
            case.tellable = tellable.into_iter().map(|one| (one.name(), one.title())).collect();
        }
        let records = disputes::of_client(tx, client).await?;
        for (one, record) in self.disputes.iter_mut().zip(&records) {
            one.may_answer =
                record.is_open() && dispute_flow::may_answer(tx, context, who, record).await?;
        }
        Ok(())
    }
}

async fn case_in_words(
    tx: &mut Tx,
    context: &Context,
    case: &CaseRecord,
) -> Result<CaseInWords, StoreError> {
    let state = flow::state_of(tx, context, case).await?;
    let events = enforcement::events_of(tx, case.id).await?;
    let duty = rule::duty(&context.policy, &context.calendar, state);
    let waits_until = rule::waits_until(&context.policy, &context.calendar, state);
    let (stands, since) = match state {
        State::Doing { step, since } => {
            (Chip::new(format!("step {}", step.number()), "warn"), Some(since))
        }
        State::Demanded { delivered_on } => {
            (Chip::new("demand delivered", "bad"), Some(delivered_on))
        }
        State::PreTrial { delivered_on } => {
            (Chip::new("pre-trial period", "bad"), Some(delivered_on))
        }
        State::Agreed { .. } => (Chip::new("terms agreed", ""), None),
        State::Ended => (Chip::new("ended", "good"), None),
    };
    let next = match (duty, waits_until) {
        (Some(duty), _) => {
            format!("{} by {} ({})", duty.step.duty(), duty.by, days_from(context.today, duty.by))
        }
        (None, Some(until)) => {
            format!("the client has until {until} ({})", days_from(context.today, until))
        }
        (None, None) => String::new(),
    };
    let owners = duty.map(|duty| duty.step.owners()).unwrap_or_default();
    let papers = duty.map(|duty| duty.step.papers()).unwrap_or_default();
    Ok(CaseInWords {
        opened_on: case.opened_on.to_string(),
        why: case.why.clone(),
        stands,
        since: since.map(|day| day.to_string()).unwrap_or_default(),
        next,
        by_whom: owners.iter().map(|role| role.title()).collect::<Vec<_>>().join(", "),
        papers: papers.iter().map(|paper| paper.title()).collect::<Vec<_>>().join(", "),
        story: events
            .into_iter()
            .rev()
            .map(|one| {
                let by = one.by_name.map(|name| format!(", {name}")).unwrap_or_default();
                let words = match one.event {
                    rule::Event::TermsSigned { pay_by } => {
                        format!("{}: by {pay_by}", one.event.title())
                    }
                    event => event.title().to_owned(),
                };
                (format!("{}{by}", one.happened_on), words, one.note)
            })
            .collect(),
        tellable: Vec::new(),
        state,
    })
}

fn dispute_in_words(
    record: &DisputeRecord,
    context: &Context,
    account: &Account,
) -> DisputeInWords {
    let (policy, calendar) = (&context.policy, &context.calendar);
    let duty = dispute_rule::duty(policy, calendar, &record.of_rule(), context.today);
    let state = match (duty, record.credited_minor) {
        (Some(duty), _) if duty.is_late => {
            Chip::new(format!("answer was due {}", duty.answer_by), "bad")
        }
        (Some(duty), _) => Chip::new(format!("answer by {}", duty.answer_by), "warn"),
        (None, 0) => Chip::new("turned down", ""),
        (None, minor) => Chip::new(format!("{} credited", amount(minor, account.currency)), "good"),
    };
    let answer = match record.resolved_on {
        Some(on) => format!("{on}: {}", record.answer),
        None => String::new(),
    };
    DisputeInWords {
        fact: record.fact.to_string(),
        number: record.number.clone(),
        kind: record.kind.title(),
        amount: amount(record.amount_minor, account.currency),
        note: record.note.clone(),
        raised_on: record.raised_on.to_string(),
        service: record.kind.service(policy).title().to_owned(),
        state,
        answer,
        may_answer: false,
    }
}

fn paper_in_words(record: &PaperRecord, account: &Account) -> PaperInWords {
    let mut says = Vec::new();
    if let Some(minor) = record.amount_minor {
        says.push(amount(minor, account.currency));
    }
    if let Some(pay_by) = record.pay_by {
        says.push(format!("to be paid by {pay_by}"));
    }
    if let Some(on) = record.delivered_on {
        says.push(format!("delivered on {on}"));
    } else if record.kind.is_sent() {
        says.push("not delivered yet".to_owned());
    }
    PaperInWords {
        id: record.id.to_string(),
        title: record.kind.title(),
        dated_on: record.dated_on.to_string(),
        says,
        note: record.note.clone(),
        by: record.recorded_by_name.clone(),
    }
}
