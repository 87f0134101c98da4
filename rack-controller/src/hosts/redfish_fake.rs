//! A Redfish service of the tests: it answers whoever has the right name and password by what the test says.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

/// Serves at a free port for ever; says where. `answers` gets method, path and body, and gives status and body.
pub(super) fn serve(
    authorization: &'static str,
    answers: impl Fn(&str, &str, &Value) -> (u16, Value) + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = answer(stream, authorization, &answers);
        }
    });
    format!("http://{at}")
}

fn answer(
    stream: TcpStream,
    authorization: &str,
    answers: &impl Fn(&str, &str, &Value) -> (u16, Value),
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut head, mut length, mut authorized) = (String::new(), 0, false);
    reader.read_line(&mut head)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let lower = line.trim().to_ascii_lowercase();
        if lower.is_empty() {
            break;
        }
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        authorized |= line.trim().strip_prefix("authorization: ") == Some(authorization);
    }
    let mut sent = vec![0; length];
    reader.read_exact(&mut sent)?;
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (status, body) = if authorized {
        answers(method, path, &serde_json::from_slice(&sent).unwrap_or_default())
    } else {
        (401, Value::Null)
    };
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let mut to = stream;
    write!(
        to,
        "HTTP/1.1 {status} -\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
