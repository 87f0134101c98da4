//! A Redfish service of the tests: it answers whoever has the right name and password by what the test says.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

/// What a test answers: status and body for method, path and body. A request that is only for one state of the resource has
/// that state's mark behind its method: `PATCH if MARK`.
pub(super) trait Answers: Fn(&str, &str, &Value) -> (u16, Value) + Send + 'static {}

impl<F: Fn(&str, &str, &Value) -> (u16, Value) + Send + 'static> Answers for F {}

/// Serves at a free port for ever; says where.
pub(super) fn serve(authorization: &'static str, answers: impl Answers) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = answer(stream, authorization, &answers);
        }
    });
    format!("http://{at}")
}

/// The same with TLS and this identity.
pub(super) fn serve_tls(identity: Signed, authorization: &'static str, answers: impl Answers) -> String {
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocols")
        .with_no_client_auth()
        .with_single_cert(
            vec![identity.certificate.der().clone()],
            PrivatePkcs8KeyDer::from(identity.key.serialize_der()).into(),
        )
        .expect("an identity");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let session = ServerConnection::new(Arc::clone(&config)).expect("a session");
            let _ = answer(StreamOwned::new(session, stream), authorization, &answers);
        }
    });
    format!("https://{at}")
}

/// An authority of the tests.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate, PEM.
    pub pem: String,
}

/// A certificate that an authority has signed, with its key.
pub(super) struct Signed {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let key = KeyPair::generate().expect("a key");
        let mut own = CertificateParams::default();
        own.distinguished_name.push(DnType::CommonName, name);
        own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = own.self_signed(&key).expect("a certificate").pem();
        Authority {
            issuer: Issuer::new(own, key),
            pem,
        }
    }

    /// A device's certificate for this name or address, changed as the test wants.
    pub fn signs(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Signed {
        let key = KeyPair::generate().expect("a key");
        let mut own = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        change(&mut own);
        Signed {
            certificate: own.signed_by(&key, &self.issuer).expect("a certificate"),
            key,
        }
    }
}

fn answer(stream: impl Read + Write, authorization: &str, answers: &impl Answers) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length, mut authorized, mut only) = (String::new(), 0, false, String::new());
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
        if lower.starts_with("if-match:") {
            only = format!(
                " if {}",
                line.trim().get("if-match:".len()..).unwrap_or_default().trim()
            );
        }
        authorized |= line.trim().strip_prefix("authorization: ") == Some(authorization);
    }
    let mut sent = vec![0; length];
    reader.read_exact(&mut sent)?;
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let method = format!("{method}{only}");
    let (status, body) = if authorized {
        answers(&method, path, &serde_json::from_slice(&sent).unwrap_or_default())
    } else {
        (401, Value::Null)
    };
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let mut to = reader.into_inner();
    write!(
        to,
        "HTTP/1.1 {status} -\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    to.flush()
}
