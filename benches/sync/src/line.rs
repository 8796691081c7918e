//! A kept HTTP connection that costs next to nothing: what asks must not take the processors from
//! what answers. Requests are made beforehand, whole.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::error::BenchError;

/// A connection to the server.
#[derive(Debug)]
pub struct Line {
    stream: BufReader<TcpStream>,
}

/// The bytes of a sync request with this body.
pub fn sync_request(server: SocketAddr, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST /v1/sync HTTP/1.1\r\nhost: {server}\r\ncontent-type: application/vnd.saldo.sync\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

impl Line {
    /// Connects.
    pub async fn to(server: SocketAddr) -> Result<Self, BenchError> {
        let stream = TcpStream::connect(server).await.map_err(BenchError::io("connecting"))?;
        stream.set_nodelay(true).map_err(BenchError::io("connecting"))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a request and gives the body of the answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Vec<u8>, BenchError> {
        let cut = || BenchError::io("an exchange");
        self.stream.get_mut().write_all(request).await.map_err(cut())?;
        let mut status = 0;
        let mut length = 0;
        let mut line = String::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line).await.map_err(cut())?;
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            if let Some(rest) = text.strip_prefix("HTTP/1.1 ") {
                status = rest.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0);
            } else if let Some((name, value)) = text.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.map_err(cut())?;
        if matches!(status, 200..300) { Ok(body) } else { Err(BenchError::Refused { status }) }
    }
}
