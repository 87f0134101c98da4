//! Enrolment: a key is made here, a claim code says whom to trust and who this is, the controller gives the certificate.

use std::time::Duration;

use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::disk::{Disk, DiskError, Identity};
use super::talk::{self, TalkError};
use crate::protocol::claim::{self, Claim, NoClaim};
use crate::protocol::{FromAgent, FromController, VERSION, hex, tls};

/// Longest that the whole of it may take.
const WITHIN: Duration = Duration::from_secs(15);

/// Why a host is not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The code.
    #[error("{0}")]
    Claim(#[from] NoClaim),
    /// The connection.
    #[error("{controller}: {error}")]
    Talk {
        /// Where.
        controller: String,
        /// What.
        error: TalkError,
    },
    /// No answer.
    #[error("{0}: no answer within 15 s; is it the address that `rack-controller agent-claim` has printed?")]
    Silent(String),
    /// The controller says no.
    #[error("the controller refuses: {0}")]
    Refused(String),
    /// The answer is none.
    #[error("the controller's answer cannot be read; is the agent older than the controller?")]
    Answer,
    /// No key.
    #[error("no key: the kernel gives no random bytes")]
    Key,
    /// The state's folder.
    #[error("{0}")]
    Disk(#[from] DiskError),
}

/// Enrols this host; gives the name it has from then on.
///
/// # Errors
/// Why not, and what to do.
pub async fn enrol(disk: &Disk, controller: &str, code: &str) -> Result<String, EnrolError> {
    let claim = Claim::parse(code)?;
    let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| EnrolError::Key)?;
    let pair = Ed25519KeyPair::from_pkcs8(key.as_ref()).map_err(|_| EnrolError::Key)?;
    let asked = FromAgent::Enrol {
        version: VERSION,
        secret: hex::encode(&claim.secret),
        public_key: hex::encode(pair.public_key().as_ref()),
    };
    let exchange = timeout(WITHIN, exchange(controller, &claim, &asked));
    let (answer, authority) = exchange
        .await
        .map_err(|_| EnrolError::Silent(controller.to_owned()))?
        .map_err(|error| EnrolError::Talk {
            controller: controller.to_owned(),
            error,
        })?;
    let (host, certificate, signed_by) = match answer {
        FromController::Enrolled {
            host,
            certificate,
            signed_by,
        } => (host, certificate, signed_by),
        FromController::Refused { reason } => return Err(EnrolError::Refused(reason)),
        FromController::Welcome { .. }
        | FromController::Order(_)
        | FromController::Rehearse(_)
        | FromController::Hold { .. } => {
            return Err(EnrolError::Answer);
        }
    };
    let der = hex::decode(&certificate).ok_or(EnrolError::Answer)?;
    hex::array::<32>(&signed_by).ok_or(EnrolError::Answer)?;
    // What cannot be used is not kept.
    tls::client(&der, key.as_ref(), &authority).map_err(|_| EnrolError::Answer)?;
    disk.enrolled(&Identity {
        controller: controller.to_owned(),
        host: host.clone(),
        key: hex::encode(key.as_ref()),
        certificate,
        authority: hex::encode(&authority),
        signed_by,
    })?;
    Ok(host)
}

/// Asks once; gives the answer and the authority whose digest the code carries.
async fn exchange(
    controller: &str,
    claim: &Claim,
    asked: &FromAgent,
) -> Result<(FromController, Vec<u8>), TalkError> {
    let tcp = TcpStream::connect(controller).await?;
    let connector = TlsConnector::from(tls::enrolling(claim.authority)?);
    let mut stream = connector.connect(tls::controller()?, tcp).await?;
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let authority = chain
        .iter()
        .find(|der| claim::authority(der) == claim.authority)
        .map(|der| der.to_vec())
        .unwrap_or_default();
    talk::send(&mut stream, asked).await?;
    let answer = talk::Reader::default().next(&mut stream).await?;
    Ok((answer, authority))
}
