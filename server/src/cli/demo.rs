//! `saldo demo`: the server with a made-up company.

use std::path::PathBuf;

use super::serve::console_url;
use super::{CliError, ListenArgs, say};
use crate::clock::Clock;
use crate::demo;
use crate::serve::{self, DataFile};
use crate::state::AppState;

/// What `saldo demo` takes.
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    #[command(flatten)]
    listen: ListenArgs,
    /// The demo company's database; a second run goes on with it
    #[arg(long, value_name = "FILE", default_value = "saldo-data/demo.db")]
    db: PathBuf,
    /// Throw the demo company away and make it anew
    #[arg(long)]
    fresh: bool,
}

pub(super) async fn run(args: DemoArgs) -> Result<(), CliError> {
    let listener = serve::bind(args.listen.listen).await?;
    let file = DataFile::claim(&args.db)?;
    if args.fresh {
        // Only a demo is thrown away: whoever mistypes --db keeps the company.
        throw_away(&file).await?;
    }
    let state = AppState::new(file.open().await?, Clock::default());
    let address = serve::address_of(&listener)?;
    let welcome = demo::open(&state).await?;
    say(&welcome.text(&program(), &console_url(address), &args.db.display().to_string()));
    say(&format!("listening on http://{address}"));
    serve::until_told_to_stop(listener, state, None).await?;
    Ok(())
}

async fn throw_away(file: &DataFile) -> Result<(), CliError> {
    let db = file.open().await?;
    let holds_a_real_company = demo::real_company(&db).await?;
    db.close().await;
    match holds_a_real_company {
        Some(name) => Err(demo::DemoError::RealCompany(name).into()),
        None => Ok(file.remove()?),
    }
}

/// How to call this program from where the person is.
fn program() -> String {
    let Ok(program) = std::env::current_exe() else { return "saldo".to_owned() };
    let here = std::env::current_dir().unwrap_or_default();
    program.strip_prefix(&here).unwrap_or(&program).display().to_string()
}
