//! `saldo audit`: the log of what was decided about money, and the proof that nobody changed it.

use clap::{Args, Subcommand};

use super::{CliError, DatabaseArgs, say};
use crate::store::audit::{self, Head};
use crate::upkeep::{self, AuditProof};

/// What `saldo audit` takes.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Prove that every row is as it was sealed, or name the first that is not
    Verify(VerifyArgs),
    /// Print the newest rows as JSON, one a line
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct VerifyArgs {
    /// An end that an earlier look printed and you wrote down elsewhere: it must still lie on the chain
    #[arg(long, value_name = "NUMBER:SEAL", value_parser = read_head)]
    head: Option<Head>,
    #[command(flatten)]
    db: DatabaseArgs,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Only what this id is about
    #[arg(long, value_name = "ID")]
    about: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    last: u32,
    #[command(flatten)]
    db: DatabaseArgs,
}

pub(super) async fn run(args: AuditArgs) -> Result<(), CliError> {
    match args.command {
        AuditCommand::Verify(args) => verify(args).await,
        AuditCommand::Show(args) => show(args).await,
    }
}

async fn verify(args: VerifyArgs) -> Result<(), CliError> {
    let db = args.db.open_existing().await?;
    let found = upkeep::verify_audit(&db, args.head).await;
    db.close().await;
    match found? {
        AuditProof::Whole { head, unsealed } => {
            say(&format!("{} rows are as they were sealed", head.number));
            if unsealed > 0 {
                say(&format!("{unsealed} wait for their seals: a running server gives them"));
            }
            say(&format!(
                "write this down elsewhere, and name it with --head next time: {}:{}",
                head.number,
                hex::encode(head.seal)
            ));
            Ok(())
        }
        AuditProof::Broken { number, words } => Err(CliError::AuditBroken { number, words }),
    }
}

async fn show(args: ShowArgs) -> Result<(), CliError> {
    let db = args.db.open_existing().await?;
    let mut tx = db.begin_read().await?;
    let rows = audit::newest(&mut tx, args.about.as_deref(), args.last.into()).await?;
    drop(tx);
    db.close().await;
    for row in rows.into_iter().rev() {
        let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
        let line = serde_json::json!({
            "number": row.number,
            "at": chrono::DateTime::from_timestamp_millis(row.at).map(|at| at.to_rfc3339()),
            "kind": row.kind,
            "about": row.about,
            "said": body,
        });
        say(&line.to_string());
    }
    Ok(())
}

fn read_head(text: &str) -> Result<Head, String> {
    let wrong = || "it is NUMBER:SEAL, as `saldo audit verify` prints it".to_owned();
    let (number, seal) = text.split_once(':').ok_or_else(wrong)?;
    let seal = hex::decode(seal).ok().and_then(|seal| seal.try_into().ok()).ok_or_else(wrong)?;
    Ok(Head { number: number.parse().map_err(|_| wrong())?, seal })
}
