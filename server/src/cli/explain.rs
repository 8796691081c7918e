//! `saldo explain`: why a verdict is what it is, and the proof that it comes out again (R14.1).

use chrono_tz::Tz;
use saldo_core::ids::{FactId, VerdictId};
use saldo_core::time::HOUR_MILLIS;
use saldo_core::verdict::{Effect, Reason, Verdict};
use saldo_core::words::Language;
use uuid::Uuid;

use super::{CliError, DatabaseArgs, say};
use crate::clock::Clock;
use crate::flow::Context;
use crate::flow::explain::{self, Explanation};
use crate::store::{Tx, clients, verdicts};

/// What `saldo explain` takes.
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// The id of a verdict, or of the order or promise that was judged
    #[arg(value_name = "VERDICT_OR_FACT", required_unless_present = "all")]
    id: Option<Uuid>,
    /// Judge every verdict of the company again; print those that come out otherwise
    #[arg(long, conflicts_with = "id")]
    all: bool,
    /// The language of the reasons: en, et, lv, lt or ru
    #[arg(long, env = "SALDO_LANG", value_name = "LANG", default_value = "en")]
    lang: Language,
    #[command(flatten)]
    db: DatabaseArgs,
}

/// Prints the explanation.
///
/// # Errors
/// When there is no such verdict, when one comes out otherwise, or when the database fails.
pub(super) async fn run(args: ExplainArgs) -> Result<(), CliError> {
    let db = args.db.open_existing().await?;
    let mut tx = db.begin_read().await?;
    let told = match args.id {
        Some(id) => one(&mut tx, id, args.lang).await,
        None => all(&mut tx, args.lang).await,
    };
    drop(tx);
    db.close().await;
    told
}

async fn one(tx: &mut Tx, id: Uuid, language: Language) -> Result<(), CliError> {
    let record = match verdicts::by_id(tx, VerdictId(id)).await? {
        Some(record) => Some(record),
        None => verdicts::latest_of_fact(tx, FactId(id)).await?,
    };
    let record = record.ok_or(CliError::NoVerdict(id))?;
    let zone = Context::load(tx, Clock::default().now()).await?.policy.time_zone();
    let client = clients::by_id(tx, record.client).await?;
    let client = client.map(|client| format!("{} {}", client.code, client.name));
    let explained = explain::verdict(tx, record).await?;
    tell(&explained, &client.unwrap_or_default(), zone, language);
    if explained.is_same() { Ok(()) } else { Err(CliError::VerdictsDiffer(1)) }
}

async fn all(tx: &mut Tx, language: Language) -> Result<(), CliError> {
    let proof = explain::every_verdict_again(tx).await?;
    for difference in &proof.differences {
        say(&format!("{} comes out otherwise", difference.verdict));
        say(&format!("  kept   {}", summary(&difference.kept, language)));
        say(&format!("  again  {}", summary(&difference.again, language)));
    }
    let differ = proof.differences.len();
    say(&format!("{} verdicts judged again, {differ} came out otherwise", proof.judged));
    if differ == 0 { Ok(()) } else { Err(CliError::VerdictsDiffer(differ)) }
}

fn tell(explained: &Explanation, client: &str, zone: Tz, language: Language) {
    let record = &explained.record;
    let currency = record.basis.account.currency;
    say(&format!("verdict  {} on {}", record.id, record.fact));
    say(&format!("client   {client}"));
    say(&format!(
        "judged   {} by policy version {}",
        record.judged_at.in_words(zone),
        record.verdict.policy_version
    ));
    let age_hours = explained.age_millis() / HOUR_MILLIS;
    let age = language.hours(age_hours);
    say(&format!("figures  of {}, {age} old then", explained.figures_of().in_words(zone)));
    say(&format!("outcome  {}", summary(&record.verdict, language)));
    let line = |reason: &Reason| {
        let sign = match reason.effect {
            Effect::Allows => "+",
            Effect::Holds => "!",
            Effect::Refuses => "x",
        };
        say(&format!("  {sign} {:<6} {}", reason.rule, reason.in_words(language, currency)));
    };
    say("the rules, judged again");
    explained.again.by_rules.reasons.iter().for_each(line);
    if !explained.again.decisions.is_empty() {
        say("people decided");
        explained.again.decisions.iter().for_each(line);
    }
    if explained.is_same() {
        say("again    the same verdict, to the letter");
    } else {
        say(&format!("again    ANOTHER VERDICT: {}", summary(&explained.again.whole, language)));
    }
}

/// The outcome, who must still approve, what must be on paper, and by which rules.
fn summary(verdict: &Verdict, language: Language) -> String {
    let mut told = language.outcome(verdict.outcome).to_owned();
    let roles: Vec<_> = verdict.approvals.iter().map(|role| language.role(*role)).collect();
    let papers: Vec<_> = verdict.papers.iter().map(|paper| language.paper(*paper)).collect();
    for part in [roles.join(", "), papers.join(", ")] {
        if !part.is_empty() {
            told.push_str("; ");
            told.push_str(&part);
        }
    }
    let rules: Vec<_> = verdict.reasons.iter().map(|reason| reason.rule.as_str()).collect();
    format!("{told} ({})", rules.join(", "))
}
