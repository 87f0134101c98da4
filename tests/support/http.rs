//! One HTTP request over one connection: nothing that a technician's browser could not send.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longest a page may take before it counts as absent.
const PATIENCE: Duration = Duration::from_secs(5);

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// Asks for a page.
///
/// # Errors
/// When nobody answers, or what comes is no HTTP.
pub fn get(at: SocketAddr, path: &str) -> io::Result<Answer> {
    exchange(
        at,
        &format!("GET {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n"),
    )
}

/// Gives a command as the page does.
///
/// # Errors
/// When nobody answers, or what comes is no HTTP.
pub fn command(at: SocketAddr, body: &serde_json::Value) -> io::Result<Answer> {
    post(at, "/api/v1/commands", body)
}

/// Sends JSON as the page does.
///
/// # Errors
/// When nobody answers, or what comes is no HTTP.
pub fn post(at: SocketAddr, path: &str, body: &serde_json::Value) -> io::Result<Answer> {
    let body = body.to_string();
    let length = body.len();
    exchange(
        at,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\nX-Rack-Command: 1\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        ),
    )
}

fn exchange(at: SocketAddr, request: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&at, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let broken = || io::Error::new(io::ErrorKind::InvalidData, format!("no HTTP answer: {text:.200}"));
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .ok_or_else(broken)?;
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    Ok(Answer {
        status,
        body: if chunked { joined(body) } else { body.to_owned() },
    })
}

/// The chunks of a body as one.
fn joined(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((length, behind)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length.trim(), 16).unwrap_or(0);
        let Some(chunk) = behind.get(..length).filter(|chunk| !chunk.is_empty()) else {
            break;
        };
        body.push_str(chunk);
        rest = behind.get(length + 2..).unwrap_or_default();
    }
    body
}
