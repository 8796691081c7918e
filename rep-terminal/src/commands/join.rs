//! Joining and talking to the server: sign-in, enrol, sync, status.

use std::sync::Arc;

use saldo_mobile::{FactState, PhoneError};

use super::Terminal;
use crate::args::SignInArgs;
use crate::error::TerminalError;
use crate::http::Server;
use crate::print;

impl Terminal {
    pub(super) fn sign_in(&self, args: &SignInArgs) -> Result<(), TerminalError> {
        self.online()?;
        let server = Server::at(&args.server)?;
        let password = match &args.password {
            Some(password) => password.clone(),
            None => rpassword::prompt_password(format!("password of {}: ", args.login)).map_err(
                |error| {
                    TerminalError::Usage(format!(
                        "no password could be read here ({error}): give it with --password"
                    ))
                },
            )?,
        };
        let code = server.code_by_password(&args.login, &password)?;
        self.enrol(server.url(), &code, &args.device)
    }

    pub(super) fn enrol(&self, url: &str, code: &str, device: &str) -> Result<(), TerminalError> {
        self.online()?;
        let server = Server::at(url)?;
        let url = server.url().to_owned();
        let identity = self.phone.enrol(Arc::new(server), &url, code, device)?;
        say!(
            "this is now the phone of {}, {}",
            identity.name,
            identity.role.title(self.phone.language())
        );
        self.sync()
    }

    pub(super) fn sync(&self) -> Result<(), TerminalError> {
        self.online()?;
        let status = self.phone.status()?;
        let identity = status.identity.ok_or(PhoneError::NotEnrolled)?;
        let server = Server::at(&identity.server_url)?;
        let refused_before = status.refused.len();
        let verdicts_before = self.phone.verdicts(self.now)?;
        let report = self.phone.sync(Arc::new(server), self.now)?;
        say!("synced: {} sent, {} news", report.sent, report.rows + report.documents);
        if report.refused > 0 {
            let refused = self.phone.status()?.refused;
            let new = refused.len().saturating_sub(refused_before);
            print::refused(&self.phone, refused.get(..new).unwrap_or(&refused))?;
        }
        // Oldest first, as it was recorded.
        for judged in self.phone.verdicts(self.now)?.iter().rev() {
            if judged.state == FactState::Judged && !verdicts_before.contains(judged) {
                print::judged(&self.phone, judged)?;
            }
        }
        if report.unsent > 0 {
            say!("{} still unsent: they stay on the phone, sync again later", report.unsent);
        }
        Ok(())
    }

    pub(super) fn status(&self) -> Result<(), TerminalError> {
        let status = self.phone.status()?;
        let Some(identity) = status.identity else {
            return Err(PhoneError::NotEnrolled.into());
        };
        say!("phone of   {}, {}", identity.name, identity.role.title(self.phone.language()));
        say!("server     {}", identity.server_url);
        let last = match status.last_sync_at {
            Some(at) => print::ago(&self.phone, at, self.now)?,
            None => "never: run `saldo rep sync`".to_owned(),
        };
        say!("last sync  {last}");
        let unsent = match (status.unsent, status.oldest_unsent_at) {
            (0, _) | (_, None) => "nothing".to_owned(),
            (count, Some(at)) => {
                format!("{count}, the oldest of {}", print::ago(&self.phone, at, self.now)?)
            }
        };
        say!("unsent     {unsent}");
        say!("clients    {}", status.clients);
        print::refused(&self.phone, &status.refused)
    }

    fn online(&self) -> Result<(), TerminalError> {
        if self.offline { Err(TerminalError::NeedsServer) } else { Ok(()) }
    }
}
