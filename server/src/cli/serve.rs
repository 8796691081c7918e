//! `saldo serve`.

use std::path::PathBuf;

use super::{CliError, ListenArgs, default_database, say};
use crate::clock::Clock;
use crate::serve::{self, DataFile};
use crate::state::AppState;

/// What `saldo serve` takes.
#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    listen: ListenArgs,
    /// The company's database; made when it does not exist
    #[arg(long, value_name = "FILE", env = "SALDO_DB", default_value_os_t = default_database())]
    db: PathBuf,
}

pub(super) async fn run(args: ServeArgs) -> Result<(), CliError> {
    // Bound first: a taken port must not leave a new database with a password nobody has read.
    let listener = serve::bind(args.listen.listen).await?;
    let file = DataFile::claim(&args.db)?;
    let state = AppState::new(file.open().await?, Clock::default());
    let address = serve::address_of(&listener)?;
    say(&format!("listening on http://{address}"));
    serve::until_told_to_stop(listener, state).await?;
    Ok(())
}
