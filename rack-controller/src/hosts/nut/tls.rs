//! `STARTTLS`: certificate and key as what a handshake needs.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use super::plan::Identity;

/// What shakes hands with this certificate. TLS 1.2 is spoken too: hosts of older distributions know nothing newer.
/// Clients show no certificate; who they are says their password.
///
/// # Errors
/// When the key is none that can sign, or is not the certificate's.
pub fn acceptor(identity: &Identity) -> Result<TlsAcceptor, rustls::Error> {
    let chain = identity.chain.iter().cloned().map(CertificateDer::from).collect();
    let key =
        PrivateKeyDer::try_from(identity.key.clone()).map_err(|why| rustls::Error::General(why.into()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
