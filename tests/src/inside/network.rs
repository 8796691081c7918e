//! The network between a phone and the server: as bad as a suite wants it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use saldo_mobile::{HttpAnswer, HttpRequest, Transport, TransportError};

use super::Company;

/// What becomes of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// It arrives and is answered.
    Fine,
    /// The request never arrives.
    Cut,
    /// The request is served, its answer is lost.
    LostReply,
    /// The request arrives twice; the phone hears the first answer.
    Twice,
    /// The request arrives twice; the phone hears the second answer.
    TwiceLastHeard,
    /// The request is on its way for long: it arrives when the suite says, after whatever came
    /// meanwhile, and nobody waits for its answer any more.
    Late,
}

/// One phone's line to the server.
#[derive(Debug)]
pub struct Line {
    company: Arc<Company>,
    weather: Mutex<VecDeque<Weather>>,
    under_way: Mutex<Vec<Vec<u8>>>,
    served: Mutex<VecDeque<Vec<u8>>>,
}

/// So many requests that were served are remembered, to arrive once more.
const REMEMBERED: usize = 4;

impl Line {
    /// A line on which the weather is fine.
    #[must_use]
    pub fn new(company: &Arc<Company>) -> Arc<Self> {
        Arc::new(Self {
            company: Arc::clone(company),
            weather: Mutex::default(),
            under_way: Mutex::default(),
            served: Mutex::default(),
        })
    }

    /// What becomes of the next exchanges, one after the other; then the weather is fine.
    pub fn forecast(&self, weather: impl IntoIterator<Item = Weather>) {
        let mut next = lock(&self.weather);
        next.clear();
        next.extend(weather);
    }

    /// Lets the late request with this number (of those under way) arrive.
    pub fn arrive(&self, number: usize) {
        let late = {
            let mut under_way = lock(&self.under_way);
            if under_way.is_empty() {
                return;
            }
            let number = number % under_way.len();
            under_way.swap_remove(number)
        };
        let _ = self.company.answer(SYNC, &late);
    }

    /// Lets every late request arrive.
    pub fn all_arrive(&self) {
        while self.under_way() > 0 {
            self.arrive(0);
        }
    }

    /// How many requests are under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        lock(&self.under_way).len()
    }

    /// A request that was served before arrives once more.
    pub fn echo(&self, number: usize) {
        let again = {
            let served = lock(&self.served);
            if served.is_empty() {
                return;
            }
            served[number % served.len()].clone()
        };
        let _ = self.company.answer(SYNC, &again);
    }

    fn serve(&self, request: &HttpRequest) -> Result<HttpAnswer, TransportError> {
        if request.path == SYNC {
            let mut served = lock(&self.served);
            served.push_back(request.body.clone());
            if served.len() > REMEMBERED {
                served.pop_front();
            }
        }
        self.company.answer(&request.path, &request.body).ok_or_else(|| unreachable("it is down"))
    }
}

const SYNC: &str = "/v1/sync";

impl Transport for Line {
    fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let weather = lock(&self.weather).pop_front().unwrap_or(Weather::Fine);
        match weather {
            Weather::Fine => self.serve(&request),
            Weather::Cut => Err(unreachable("cut")),
            Weather::LostReply => {
                let _ = self.serve(&request);
                Err(unreachable("the answer was lost"))
            }
            Weather::Twice => {
                let first = self.serve(&request);
                let _ = self.serve(&request);
                first
            }
            Weather::TwiceLastHeard => {
                let _ = self.serve(&request);
                self.serve(&request)
            }
            Weather::Late => {
                lock(&self.under_way).push(request.body);
                Err(unreachable("it takes too long"))
            }
        }
    }
}

fn unreachable(detail: &str) -> TransportError {
    TransportError::Unreachable { detail: detail.to_owned() }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
