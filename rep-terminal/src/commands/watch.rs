//! Listening for news, as an app does while it is on the screen.

use std::sync::mpsc;
use std::time::Duration;

use saldo_mobile::PhoneError;

use super::Terminal;
use crate::clock;
use crate::error::TerminalError;
use crate::http::{Heard, Server};
use crate::print;

/// Twice the server's sign of life and a bit: nothing for so long means that the line is dead.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// The first pause before the line is tried again; each in vain doubles it.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

const LONGEST_PAUSE: Duration = Duration::from_secs(60);

impl Terminal {
    /// Syncs whenever there is news. What goes wrong with the line is told and tried again; only what
    /// trying again cannot help ends it.
    pub(super) fn watch(mut self) -> Result<(), TerminalError> {
        let mut pause = SHORTEST_PAUSE;
        loop {
            self.now = clock::now();
            match self.sync().and_then(|()| self.listen(&mut pause)) {
                Ok(()) => {}
                Err(error) if error.is_of_the_line() => {
                    print::line(&mut std::io::stderr().lock(), format_args!("{error}"));
                }
                Err(error) => return Err(error),
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Listens until the line ends, and syncs at each piece of news.
    fn listen(&mut self, pause: &mut Duration) -> Result<(), TerminalError> {
        let identity = self.phone.status()?.identity.ok_or(PhoneError::NotEnrolled)?;
        let server = Server::at(&identity.server_url)?;
        let request = self.phone.listen_request(self.now)?;
        let (heard, hears) = mpsc::channel();
        // It ends with the line: at the latest when the server hangs up.
        std::thread::spawn(move || server.listen(request, &heard));
        loop {
            match hears.recv_timeout(LONGEST_SILENCE) {
                Ok(Heard::Listening) => {
                    say!("listening");
                    *pause = SHORTEST_PAUSE;
                }
                Ok(Heard::Alive) => {}
                Ok(Heard::News(said)) => {
                    if self.phone.is_news(&said)? {
                        self.now = clock::now();
                        self.sync()?;
                    }
                }
                Ok(Heard::Refused(error)) => return Err(error),
                Err(_) => return Ok(()),
            }
        }
    }
}
