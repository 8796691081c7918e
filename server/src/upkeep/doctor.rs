//! A look at whether all is well. Nothing is changed; each finding says what to do.

use std::collections::BTreeMap;

use saldo_core::documents::Document;
use saldo_core::feed::FeedRow;
use saldo_core::time::{HOUR_MILLIS, UtcMillis};
use saldo_core::wire::digest;

use super::audit::{AuditProof, verify_in};
use super::digests;
use crate::flow::{Context, explain};
use crate::store::quarantine::{self, MOST_BYTES_OF_DEVICE, MOST_CHANGES_OF_DEVICE};
use crate::store::{Db, StoreError, Tx, documents, feed, job_runs, scopes, upkeep};

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Well,
    /// Somebody should know, but nothing is broken.
    Notable,
    /// Somebody must see to it.
    Ill,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub about: &'static str,
    /// How it is.
    pub health: Health,
    /// In words, with what to do where it is not well.
    pub words: String,
}

impl Finding {
    fn new(about: &'static str, health: Health, words: impl Into<String>) -> Self {
        Self { about, health, words: words.into() }
    }

    /// Whether somebody must see to it.
    #[must_use]
    pub fn is_ill(&self) -> bool {
        self.health == Health::Ill
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = match self.health {
            Health::Well => "ok ",
            Health::Notable => "!  ",
            Health::Ill => "ILL",
        };
        write!(f, "{sign} {:<10} {}", self.about, self.words)
    }
}

/// How many documents or rows are read at once.
const AT_ONCE: i64 = 500;

/// Looks at everything.
///
/// # Errors
/// When the database cannot be read at all.
pub async fn examine(db: &Db, now: UtcMillis) -> Result<Vec<Finding>, StoreError> {
    let mut tx = db.begin_read().await?;
    let faults = upkeep::faults(&mut tx).await?;
    if !faults.is_empty() {
        // Whatever else is read from a broken file says nothing.
        let words = format!("{}: restore the last backup (saldo restore)", faults.join("; "));
        return Ok(vec![Finding::new("file", Health::Ill, words)]);
    }
    let contents = upkeep::contents(&mut tx).await?;
    let mut findings = vec![Finding::new("file", Health::Well, format!("whole: {contents}"))];
    let context = match Context::load(&mut tx, now).await {
        Ok(context) => context,
        Err(error) => {
            findings.push(Finding::new("policy", Health::Ill, error.to_string()));
            return Ok(findings);
        }
    };
    let version = context.policy.version();
    findings.push(Finding::new("policy", Health::Well, format!("version {version} is in force")));
    findings.extend(of_log(&mut tx).await?);
    findings.push(of_documents(&mut tx).await?);
    findings.push(of_rows(&mut tx).await?);
    findings.push(of_digests(&mut tx).await?);
    findings.push(of_verdicts(&mut tx).await?);
    findings.push(of_audit(&mut tx).await?);
    findings.push(of_quarantine(&mut tx, &context).await?);
    findings.push(of_phones(&mut tx, &context).await?);
    findings.push(of_night(&mut tx, &context).await?);
    Ok(findings)
}

async fn of_log(tx: &mut Tx) -> Result<Vec<Finding>, StoreError> {
    let lag = upkeep::lag(tx).await?;
    let numbers = if lag.given_seq - lag.compacted_seq != lag.numbered {
        let words = format!(
            "{} numbered entries after {}, numbers given up to {}: they have holes; phones may \
             miss something. Stop the server and restore the last backup",
            lag.numbered, lag.compacted_seq, lag.given_seq
        );
        Finding::new("log", Health::Ill, words)
    } else {
        let words = format!(
            "numbers without holes up to {} (compacted up to {})",
            lag.given_seq, lag.compacted_seq
        );
        Finding::new("log", Health::Well, words)
    };
    let mut findings = vec![numbers];
    if lag.unnumbered > 0 {
        let words = format!(
            "{} entries wait for a number: a running server gives them within a moment; \
             start it if none runs",
            lag.unnumbered
        );
        findings.push(Finding::new("log", Health::Notable, words));
    }
    if lag.failing_pushes > 0 {
        let words = format!(
            "{} alerts could not be pushed so far: see the provider's answers in the log",
            lag.failing_pushes
        );
        findings.push(Finding::new("alerts", Health::Notable, words));
    }
    if lag.unjudged > 0 {
        let words = format!(
            "{} orders or promises have no verdict: report it and keep a copy of the database",
            lag.unjudged
        );
        findings.push(Finding::new("verdicts", Health::Ill, words));
    }
    Ok(findings)
}

/// The audit log is as it was sealed.
async fn of_audit(tx: &mut Tx) -> Result<Finding, StoreError> {
    Ok(match verify_in(tx, None).await? {
        AuditProof::Whole { head, unsealed } => {
            let words = format!("{} rows as they were sealed, {unsealed} wait", head.number);
            Finding::new("audit", Health::Well, words)
        }
        AuditProof::Broken { number, words } => {
            let words = format!(
                "row {number}: {words}. Somebody changed the database by hand: compare it with a \
                 backup (saldo audit verify)"
            );
            Finding::new("audit", Health::Ill, words)
        }
    })
}

/// Every document loads, and those of which there are changes are there.
async fn of_documents(tx: &mut Tx) -> Result<Finding, StoreError> {
    let (mut read, mut damaged) = (0_u64, Vec::new());
    let mut after = String::new();
    loop {
        let page = documents::page(tx, &after, AT_ONCE).await?;
        let Some((last, _)) = page.last() else { break };
        after.clone_from(last);
        for (id, kept) in page {
            read += 1;
            match Document::load(kept.subject.kind(), &kept.saved) {
                Ok(mut loaded) => {
                    let digest = digest::of_document(kept.subject.document(), &loaded.heads());
                    if kept.digest != 0 && kept.digest != digest {
                        damaged.push(format!("{id} (its digest is another's)"));
                    }
                }
                Err(error) => damaged.push(format!("{id} ({error})")),
            }
        }
    }
    let missing = documents::missing(tx).await?;
    damaged.extend(missing.iter().map(|id| format!("{id} (it has changes and is not there)")));
    Ok(if damaged.is_empty() {
        Finding::new("documents", Health::Well, format!("all {read} load"))
    } else {
        let words = format!(
            "damaged: {}. Restore the last backup; phones bring theirs",
            damaged.join(", ")
        );
        Finding::new("documents", Health::Ill, words)
    })
}

/// The digest of every scope, as phones are told it, is that of what it holds.
async fn of_digests(tx: &mut Tx) -> Result<Finding, StoreError> {
    let computed = digests::of_every_scope(tx).await?;
    let (mut proved, mut differ, mut waiting) = (0_u64, Vec::new(), 0_u64);
    for scope in scopes::all(tx).await? {
        let expected = computed.get(&scope).copied().unwrap_or(digest::NOTHING);
        match scopes::digest_of(tx, scope).await? {
            Some(kept) if kept == expected => proved += 1,
            Some(_) => differ.push(scope.0.to_string()),
            // Something in it has no number yet.
            None => waiting += 1,
        }
    }
    Ok(if differ.is_empty() {
        let words =
            format!("{proved} scopes hold what phones are told; {waiting} wait for numbers");
        Finding::new("digests", Health::Well, words)
    } else {
        let words = format!(
            "of the scopes {} are not those of what they hold: phones ask for what they have \
             already. Report it and keep a copy of the database",
            differ.join(", ")
        );
        Finding::new("digests", Health::Ill, words)
    })
}

/// Every row of the feed reads.
async fn of_rows(tx: &mut Tx) -> Result<Finding, StoreError> {
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    let mut unreadable = Vec::new();
    let mut after = feed::Place::first();
    loop {
        let page = feed::page(tx, &after, AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = last.place();
        for row in page {
            match serde_json::from_str::<FeedRow>(&row.body) {
                Ok(_) => *kinds.entry(row.kind).or_default() += 1,
                Err(error) => unreadable.push(format!("{} {} ({error})", row.kind, row.id)),
            }
        }
    }
    Ok(if unreadable.is_empty() {
        let told: Vec<_> = kinds.iter().map(|(kind, rows)| format!("{rows} {kind}")).collect();
        Finding::new("feed", Health::Well, format!("every row reads: {}", told.join(", ")))
    } else {
        let words = format!("unreadable rows: {}: report it", unreadable.join(", "));
        Finding::new("feed", Health::Ill, words)
    })
}

/// R14.1: every verdict comes out again.
async fn of_verdicts(tx: &mut Tx) -> Result<Finding, StoreError> {
    let proof = explain::every_verdict_again(tx).await?;
    Ok(if proof.differences.is_empty() {
        let words = format!("all {} come out again from their bases", proof.judged);
        Finding::new("verdicts", Health::Well, words)
    } else {
        let words = format!(
            "{} of {} come out otherwise: `saldo explain --all` names them",
            proof.differences.len(),
            proof.judged
        );
        Finding::new("verdicts", Health::Ill, words)
    })
}

async fn of_quarantine(tx: &mut Tx, context: &Context) -> Result<Finding, StoreError> {
    let refused = upkeep::quarantined(tx).await?;
    if refused.is_empty() {
        return Ok(Finding::new("quarantine", Health::Well, "empty"));
    }
    let zone = context.policy.time_zone();
    let told: Vec<_> = refused
        .iter()
        .map(|one| {
            let newest = UtcMillis(one.newest_at).in_words(zone);
            format!("{} {} (newest {newest})", one.times, one.what)
        })
        .collect();
    let mut words = format!(
        "changes that were not taken: {}; their phones show them, the bytes are kept",
        told.join(", ")
    );
    for (device, times, at) in quarantine::filled(tx).await? {
        let newest = at.in_words(zone);
        let more = format!(
            ". Phone {device} has filled its share of {MOST_CHANGES_OF_DEVICE} changes or \
             {MOST_BYTES_OF_DEVICE} bytes: {times} more were only counted (newest {newest}); an \
             honest app does not do that: find out whose it is, and shut it out (console, page \
             Phones)"
        );
        words.push_str(&more);
    }
    Ok(Finding::new("quarantine", Health::Notable, words))
}

async fn of_phones(tx: &mut Tx, context: &Context) -> Result<Finding, StoreError> {
    let lease_hours = context.policy.sync().lease_hours;
    let since = context.now.plus_millis(-i64::from(lease_hours) * HOUR_MILLIS);
    let (silent, waiting) = upkeep::phones_behind(tx, since).await?;
    let health = if silent + waiting == 0 { Health::Well } else { Health::Notable };
    let words = format!(
        "{silent} not heard of for {lease_hours} hours, {waiting} with something unsent at their \
         last sync (console, page Phones)"
    );
    Ok(Finding::new("phones", health, words))
}

async fn of_night(tx: &mut Tx, context: &Context) -> Result<Finding, StoreError> {
    Ok(match job_runs::latest(tx, crate::jobs::NIGHTLY).await? {
        Some(latest) if latest >= context.today => {
            Finding::new("night", Health::Well, format!("the night of {latest} has run"))
        }
        Some(latest) => {
            let words = format!(
                "the last night that ran is {latest}: a running server catches up by itself; \
                 else saldo jobs run --date {}",
                context.today
            );
            Finding::new("night", Health::Notable, words)
        }
        None => Finding::new("night", Health::Notable, "no night has run yet"),
    })
}
