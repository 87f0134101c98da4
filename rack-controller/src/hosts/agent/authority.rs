//! The rack's own authority, on the core's side: who is enrolled, and who may be.
//!
//! `DATA/agents/` holds its key and certificate, the key that orders are signed by, and the list of hosts; only the core's
//! user can enter. It is made at the first start with `[agent]`. A claim is kept in memory alone: it lives a quarter of an
//! hour, a restart ends it, and nothing that lets a host in lies on a disk. What breaks here costs the agents, never the start.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rack_agent::protocol::claim::{self, Claim};
use rack_agent::protocol::{hex, tls};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ED25519, PublicKeyData, SignatureAlgorithm,
};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde::{Deserialize, Serialize};

use super::news::News;
use super::plan::{AgentPlan, Enrolled, Granted, Keys, Secret};
use crate::config::nearest;
use crate::hosts::plan::Plan;
use crate::log;
use crate::transition::AgentDid;

/// Its directory in the data directory.
pub const DIRECTORY: &str = "agents";
/// Claims at once; a further one replaces the oldest.
const CLAIMS_MAX: usize = 16;
/// Hosts at most, also such that the site's file has no more; a further one is not enrolled.
const ENROLLED_MAX: usize = 64;
/// Longest file that is read, bytes.
const FILE_MAX: u64 = 64 * 1024;

/// Why it cannot be used, or something is not done.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The site has no agents.
    #[error("the site's file has no section [agent]; add it, with `listen`, and start the controller again")]
    NoSection,
    /// It could not be opened.
    #[error("{0}; no agent can connect or enrol")]
    Closed(String),
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What.
        error: io::Error,
    },
    /// What stands in it.
    #[error("{path}: {what}")]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A key or certificate cannot be made.
    #[error("key or certificate: {0}")]
    Making(#[from] rcgen::Error),
    /// No random bytes.
    #[error("the kernel gives no random bytes")]
    Random,
    /// No such host.
    #[error("the site's file has no host {0:?}{1}")]
    Unknown(String, String),
    /// It is not enrolled.
    #[error("{0:?} is not enrolled")]
    NotEnrolled(String),
    /// The code.
    #[error(
        "the claim code is used, has run out or is of another rack; type `rack-controller agent-claim HOST` again"
    )]
    NoClaim,
    /// Full.
    #[error("{ENROLLED_MAX} hosts are enrolled; remove one with `rack-controller agent-remove`")]
    Full,
}

/// The authority of one core.
#[derive(Debug)]
pub struct AgentAuthority {
    /// Or why there is none.
    inner: Result<Mutex<Inner>, AuthorityError>,
    /// Rises with every change of who is enrolled.
    generation: AtomicU64,
    /// What becomes of enrolments, for the journal.
    news: News,
}

#[derive(Debug)]
struct Inner {
    directory: PathBuf,
    /// Names in the site's file.
    hosts: Vec<String>,
    address: Option<String>,
    listens: Option<SocketAddr>,
    keys: Keys,
    issuer: Issuer<'static, KeyPair>,
    signed_by: [u8; 32],
    enrolled: Vec<Enrolled>,
    claims: Vec<Pending>,
}

/// A claim that waits for its host.
#[derive(Debug)]
struct Pending {
    /// SHA-256 of the secret: compared, its time says nothing of the secret.
    digest: [u8; 32],
    host: String,
    until: Instant,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    #[serde(default)]
    host: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    certificate_sha256: String,
}

/// An Ed25519 public key that somebody else has the private one of.
struct Public([u8; 32]);

impl PublicKeyData for Public {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().unwrap_or([0; 32])
}

impl AgentAuthority {
    /// Opens or makes it, where the site has agents.
    pub fn open(data: &Path, plan: &Plan) -> AgentAuthority {
        let inner = match &plan.agent {
            None => Err(AuthorityError::NoSection),
            Some(agent) => Inner::open(data, plan, agent).map_err(|error| {
                log::line(&format!("agents: {error}; no agent can connect or enrol"));
                AuthorityError::Closed(error.to_string())
            }),
        };
        AgentAuthority {
            inner: inner.map(Mutex::new),
            generation: AtomicU64::new(1),
            news: News::default(),
        }
    }

    fn lock(&self) -> Result<MutexGuard<'_, Inner>, AuthorityError> {
        match &self.inner {
            Ok(inner) => Ok(inner.lock().unwrap_or_else(PoisonError::into_inner)),
            Err(AuthorityError::Closed(why)) => Err(AuthorityError::Closed(why.clone())),
            Err(_) => Err(AuthorityError::NoSection),
        }
    }

    /// The plan with what the front needs.
    pub fn equip(&self, plan: &mut Plan) {
        if let Some(agent) = &mut plan.agent {
            agent.keys = self.lock().ok().map(|inner| inner.keys.clone());
        }
    }

    /// A number that rises with every change of who is enrolled.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// What has become of enrolments since it was told last.
    pub const fn news(&self) -> &News {
        &self.news
    }

    /// Who is enrolled.
    pub fn enrolled(&self) -> Vec<Enrolled> {
        self.lock()
            .map(|inner| inner.enrolled.clone())
            .unwrap_or_default()
    }

    /// The front listens here.
    pub fn listens(&self, at: Option<SocketAddr>) {
        if let Ok(mut inner) = self.lock() {
            inner.listens = at;
        }
    }

    /// A claim for a host: its code, and where the host is to connect to.
    ///
    /// # Errors
    /// When the site has no such host, or there is no authority.
    pub fn claim(&self, host: &str, now: Instant) -> Result<(String, String), AuthorityError> {
        let mut inner = self.lock()?;
        if !inner.hosts.iter().any(|known| known == host) {
            let near = nearest(host, inner.hosts.iter().map(String::as_str));
            let near = near.map_or_else(
                || "; add it as [[host]]".to_owned(),
                |near| format!("; did you mean {near:?}?"),
            );
            return Err(AuthorityError::Unknown(host.to_owned(), near));
        }
        let mut secret = [0; claim::SECRET];
        SystemRandom::new()
            .fill(&mut secret)
            .map_err(|_| AuthorityError::Random)?;
        inner
            .claims
            .retain(|pending| pending.until > now && pending.host != host);
        if inner.claims.len() >= CLAIMS_MAX {
            inner.claims.remove(0);
        }
        inner.claims.push(Pending {
            digest: sha256(&secret),
            host: host.to_owned(),
            until: now + claim::LIVES,
        });
        let claim = Claim {
            secret,
            authority: claim::authority(&inner.keys.authority),
        };
        log::line(&format!("agents: a claim for {host} is made"));
        Ok((claim.code(), inner.where_to()))
    }

    /// Enrols the host whose claim has this secret, for this public key.
    ///
    /// # Errors
    /// When there is no such claim any more, or what is granted cannot be kept.
    pub fn enrol(
        &self,
        secret: &[u8; claim::SECRET],
        public_key: [u8; 32],
        now: Instant,
    ) -> Result<Granted, AuthorityError> {
        let mut inner = self.lock()?;
        let digest = sha256(secret);
        inner.claims.retain(|pending| pending.until > now);
        let claims = &inner.claims;
        let place = claims.iter().position(|pending| pending.digest == digest);
        let Some(place) = place else {
            self.news.put(None, AgentDid::Refused, now);
            return Err(AuthorityError::NoClaim);
        };
        let host = inner.claims.get(place).map(|pending| pending.host.clone());
        let host = host.ok_or(AuthorityError::NoClaim)?;
        let certificate = host_certificate(&host, public_key, &inner.issuer)?;
        let mut enrolled = inner.enrolled.clone();
        enrolled.retain(|known| known.host != host);
        if enrolled.len() >= ENROLLED_MAX {
            return Err(AuthorityError::Full);
        }
        enrolled.push(Enrolled {
            host: host.clone(),
            fingerprint: sha256(&certificate),
        });
        inner.keep(enrolled)?;
        // Used up by what was granted, not by what could not be kept.
        inner.claims.remove(place);
        log::line(&format!("agents: {host} is enrolled"));
        self.news.put(inner.place(&host), AgentDid::Enrolled, now);
        self.generation.fetch_add(1, Ordering::Release);
        Ok(Granted {
            host,
            certificate,
            signed_by: inner.signed_by,
        })
    }

    /// Takes a host's certificate away.
    ///
    /// # Errors
    /// When it is not enrolled, or that cannot be kept.
    pub fn remove(&self, host: &str) -> Result<(), AuthorityError> {
        let mut inner = self.lock()?;
        let mut enrolled = inner.enrolled.clone();
        enrolled.retain(|known| known.host != host);
        if enrolled.len() == inner.enrolled.len() {
            return Err(AuthorityError::NotEnrolled(host.to_owned()));
        }
        inner.keep(enrolled)?;
        log::line(&format!("agents: {host} is removed"));
        self.news
            .put(inner.place(host), AgentDid::Removed, Instant::now());
        self.generation.fetch_add(1, Ordering::Release);
        Ok(())
    }
}

impl Inner {
    fn open(data: &Path, plan: &Plan, agent: &AgentPlan) -> Result<Inner, AuthorityError> {
        let directory = data.join(DIRECTORY);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&directory);
        made.map_err(|error| file(&directory, error))?;
        let key = authority_key(&directory.join("authority.key"))?;
        let params = authority_params();
        let certificate = directory.join("authority.crt");
        let authority = match read(&certificate)? {
            Some(der) => der,
            None => {
                let der = params.self_signed(&key)?.der().to_vec();
                replace(&certificate, &der).map_err(|error| file(&certificate, error))?;
                der
            }
        };
        let issuer = Issuer::new(params, key);
        let signing_path = directory.join("signing.key");
        let signing = match read(&signing_path)? {
            Some(der) => der,
            None => {
                let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
                let der = made.map_err(|_| AuthorityError::Random)?.as_ref().to_vec();
                replace(&signing_path, &der).map_err(|error| file(&signing_path, error))?;
                der
            }
        };
        let pair = Ed25519KeyPair::from_pkcs8(&signing)
            .map_err(|error| broken(&signing_path, &error.to_string()))?;
        let own = KeyPair::generate_for(&PKCS_ED25519)?;
        let keys = Keys {
            certificate: controller_certificate(&own, &issuer)?,
            authority,
            key: Secret(own.serialize_der()),
            signing: Secret(signing),
        };
        tls::server(&keys.certificate, &keys.key.0, &keys.authority)
            .map_err(|error| broken(&certificate, &error.to_string()))?;
        Ok(Inner {
            enrolled: book(&directory.join("hosts.toml"))?,
            hosts: plan.targets.iter().map(|target| target.name.clone()).collect(),
            address: agent.address.clone(),
            listens: None,
            signed_by: pair.public_key().as_ref().try_into().unwrap_or([0; 32]),
            keys,
            issuer,
            claims: Vec::new(),
            directory,
        })
    }

    /// The place of a host in the site's file.
    fn place(&self, host: &str) -> Option<usize> {
        self.hosts.iter().position(|known| known == host)
    }

    /// Where hosts are to connect to.
    fn where_to(&self) -> String {
        if let Some(address) = &self.address {
            return address.clone();
        }
        match self.listens {
            Some(at) if at.ip().is_unspecified() => {
                let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
                format!("{name}:{}", at.port())
            }
            Some(at) => at.to_string(),
            None => "ADDRESS:PORT".into(),
        }
    }

    fn keep(&mut self, enrolled: Vec<Enrolled>) -> Result<(), AuthorityError> {
        let path = self.directory.join("hosts.toml");
        let book = Book {
            host: enrolled
                .iter()
                .map(|one| Line {
                    name: one.host.clone(),
                    certificate_sha256: hex::encode(&one.fingerprint),
                })
                .collect(),
        };
        let text = toml::to_string(&book).map_err(|error| broken(&path, &error.to_string()))?;
        replace(&path, text.as_bytes()).map_err(|error| file(&path, error))?;
        self.enrolled = enrolled;
        Ok(())
    }
}

fn file(path: &Path, error: io::Error) -> AuthorityError {
    AuthorityError::File {
        path: path.to_owned(),
        error,
    }
}

fn broken(path: &Path, what: &str) -> AuthorityError {
    AuthorityError::Content {
        path: path.to_owned(),
        what: format!("{what}; restore it from a backup, or remove it and enrol every host again"),
    }
}

fn authority_key(path: &Path) -> Result<KeyPair, AuthorityError> {
    match read(path)? {
        Some(der) => KeyPair::from_pkcs8_der_and_sign_algo(&der.as_slice().into(), &PKCS_ED25519)
            .map_err(|error| broken(path, &error.to_string())),
        None => {
            let key = KeyPair::generate_for(&PKCS_ED25519)?;
            replace(path, &key.serialize_der()).map_err(|error| file(path, error))?;
            Ok(key)
        }
    }
}

/// The same at every start: with its key they are the authority. Certificates name no usable end: neither side trusts a
/// wall clock, and who is taken off the list is out.
fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named("rack controller: authority of the agents");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}

fn controller_certificate(key: &KeyPair, issuer: &Issuer<'_, KeyPair>) -> Result<Vec<u8>, AuthorityError> {
    let mut params = CertificateParams::new(vec![tls::CONTROLLER.to_owned()])?;
    params.distinguished_name = named("rack controller");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params.signed_by(key, issuer)?.der().to_vec())
}

fn host_certificate(
    host: &str,
    public_key: [u8; 32],
    issuer: &Issuer<'_, KeyPair>,
) -> Result<Vec<u8>, AuthorityError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(host);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params.signed_by(&Public(public_key), issuer)?.der().to_vec())
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, AuthorityError> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file(path, error)),
        Ok(found) if found.len() > FILE_MAX => Err(broken(path, &format!("more than {FILE_MAX} bytes"))),
        Ok(_) => std::fs::read(path).map(Some).map_err(|error| file(path, error)),
    }
}

fn book(path: &Path) -> Result<Vec<Enrolled>, AuthorityError> {
    let Some(bytes) = read(path)? else {
        return Ok(Vec::new());
    };
    let text = String::from_utf8(bytes).map_err(|_| broken(path, "not UTF-8"))?;
    let book: Book = toml::from_str(&text).map_err(|error| broken(path, error.message()))?;
    if book.host.len() > ENROLLED_MAX {
        return Err(broken(path, &format!("more than {ENROLLED_MAX} hosts")));
    }
    let lines = book.host.into_iter();
    lines
        .map(|line| {
            let fingerprint = hex::array(&line.certificate_sha256);
            Ok(Enrolled {
                fingerprint: fingerprint.ok_or_else(|| broken(path, "a digest has 64 hexadecimal digits"))?,
                host: line.name,
            })
        })
        .collect()
}

/// Writes beside the file and renames: a cut in between leaves the old one.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    if let Some(directory) = path.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "authority_tests.rs"]
mod tests;
