//! A TCP proxy between a phone and a server: it counts bytes both ways and how often the direction
//! turned, and hands everything on later by a set delay, each way. It looks into nothing, so it
//! serves whatever is measured.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::error::BenchError;

/// What went through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Bytes from the phone, headers of HTTP included.
    pub(crate) up: u64,
    /// Bytes to the phone.
    pub(crate) down: u64,
    /// How often an answer followed a question: round trips in sequence.
    pub(crate) turns: u64,
}

#[derive(Debug, Default)]
struct Books {
    counted: Counted,
    last_went_up: bool,
}

/// A running proxy; dropping it cuts its connections.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    books: Arc<Mutex<Books>>,
    accepting: JoinHandle<()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

impl Proxy {
    /// Starts a proxy to `server`.
    pub(crate) async fn start(server: SocketAddr, delay: Duration) -> Result<Self, BenchError> {
        let listener =
            TcpListener::bind("127.0.0.1:0").await.map_err(BenchError::io("the proxy"))?;
        let address = listener.local_addr().map_err(BenchError::io("the proxy"))?;
        let books = Arc::new(Mutex::new(Books::default()));
        let counting = Arc::clone(&books);
        let accepting = tokio::spawn(async move {
            while let Ok((phone, _)) = listener.accept().await {
                let Ok(upstream) = TcpStream::connect(server).await else { continue };
                // Nobody's packets wait for more of them.
                let _ = (phone.set_nodelay(true), upstream.set_nodelay(true));
                let (from_phone, to_phone) = phone.into_split();
                let (from_server, to_server) = upstream.into_split();
                pump(from_phone, to_server, Way::Up, delay, &counting);
                pump(from_server, to_phone, Way::Down, delay, &counting);
            }
        });
        Ok(Self { address, books, accepting })
    }

    /// Where the phone connects to.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What went through so far.
    pub(crate) fn counted(&self) -> Counted {
        self.books.lock().unwrap_or_else(PoisonError::into_inner).counted
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Books {
    fn note(&mut self, way: Way, bytes: usize) {
        let bytes = bytes as u64;
        match way {
            Way::Up => self.counted.up += bytes,
            Way::Down => {
                self.counted.down += bytes;
                self.counted.turns += u64::from(self.last_went_up);
            }
        }
        self.last_went_up = way == Way::Up;
    }
}

fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    way: Way,
    delay: Duration,
    books: &Arc<Mutex<Books>>,
) {
    let books = Arc::clone(books);
    let (send, mut waiting) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(bytes @ 1..) = from.read(&mut buffer).await {
            books.lock().unwrap_or_else(PoisonError::into_inner).note(way, bytes);
            if send.send((Instant::now() + delay, buffer[..bytes].to_vec())).is_err() {
                break;
            }
        }
    });
    tokio::spawn(async move {
        while let Some((due, bytes)) = waiting.recv().await {
            if !delay.is_zero() {
                wait_until(due).await;
            }
            if to.write_all(&bytes).await.is_err() {
                break;
            }
        }
        let _ = to.shutdown().await;
    });
}

/// The runtime's clock wakes a millisecond or two late, and so each way would take as much longer: the last bit of it
/// a thread waits.
async fn wait_until(due: Instant) {
    if let Some(early) = due.checked_sub(Duration::from_millis(3)) {
        tokio::time::sleep_until(early).await;
    }
    let rest = due.saturating_duration_since(Instant::now());
    // Only if the runtime ends does nobody wait: then there is nothing to hand on either.
    let _ = tokio::task::spawn_blocking(move || std::thread::sleep(rest)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers each byte with two, and a phone that asks three times.
    #[tokio::test]
    async fn it_counts_bytes_and_turns_and_waits_each_way() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut phone, _) = listener.accept().await.unwrap();
            let mut byte = [0];
            while phone.read_exact(&mut byte).await.is_ok() {
                phone.write_all(&[byte[0], byte[0]]).await.unwrap();
            }
        });
        let delay = Duration::from_millis(20);
        let proxy = Proxy::start(server, delay).await.unwrap();
        let mut phone = TcpStream::connect(proxy.address()).await.unwrap();
        let started = Instant::now();
        for byte in 0..3 {
            phone.write_all(&[byte]).await.unwrap();
            let mut answer = [0; 2];
            phone.read_exact(&mut answer).await.unwrap();
            assert_eq!(answer, [byte, byte]);
        }
        assert!(started.elapsed() >= delay * 6, "{:?}", started.elapsed());
        assert_eq!(proxy.counted(), Counted { up: 3, down: 6, turns: 3 });
    }
}
