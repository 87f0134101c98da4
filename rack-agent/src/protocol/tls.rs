//! How TLS is set up on both ends: 1.3 alone, Ed25519, the provider passed explicitly, no resumption.
//!
//! Every rack has an authority of its own. A host trusts this one and no public one, whatever address the controller has: the
//! name in its certificate is [`CONTROLLER`], everywhere. Certificates name no day on which they end, because neither end
//! trusts a wall clock: what ends a host's is that the controller forgets it.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, ServerConfig,
    SignatureScheme,
};

use super::claim;

/// The name in the controller's certificate.
pub const CONTROLLER: &str = "rack-controller.internal";

/// Why TLS cannot be set up: keys or certificates that are none.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// By TLS.
    #[error("certificate or key: {0}")]
    Tls(#[from] Error),
    /// By the check of certificates.
    #[error("authority: {0}")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn roots(authority: &[u8]) -> Result<Arc<RootCertStore>, Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.to_vec()))?;
    Ok(Arc::new(roots))
}

fn pkcs8(key: &[u8]) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_vec()))
}

/// The controller's end. Hosts without a certificate get in, to enrol; what they may say is the server's to bound.
///
/// # Errors
/// When key or certificates are none.
pub fn server(certificate: &[u8], key: &[u8], authority: &[u8]) -> Result<Arc<ServerConfig>, TlsError> {
    let clients = WebPkiClientVerifier::builder_with_provider(roots(authority)?, provider())
        .allow_unauthenticated()
        .build()?;
    // The authority comes along: who enrols knows it by its digest alone.
    let chain = [certificate, authority].map(|der| CertificateDer::from(der.to_vec()));
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain.to_vec(), pkcs8(key))?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// An enrolled host's end.
///
/// # Errors
/// When key or certificates are none.
pub fn client(certificate: &[u8], key: &[u8], authority: &[u8]) -> Result<Arc<ClientConfig>, TlsError> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots(authority)?)
        .with_client_auth_cert(vec![CertificateDer::from(certificate.to_vec())], pkcs8(key))?;
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}

/// The end of a host that enrols: it takes the controller whose authority has this digest.
///
/// # Errors
/// None so far.
pub fn enrolling(authority: [u8; claim::AUTHORITY]) -> Result<Arc<ClientConfig>, TlsError> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned {
            authority,
            provider: provider(),
        }))
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}

/// The name to connect by.
///
/// # Errors
/// None: it is a name.
pub fn controller() -> Result<ServerName<'static>, TlsError> {
    ServerName::try_from(CONTROLLER).map_err(|_| TlsError::Tls(Error::General("name".into())))
}

/// Takes a chain whose authority has the digest of the claim code, and checks everything else as usual.
#[derive(Debug)]
struct Pinned {
    authority: [u8; claim::AUTHORITY],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let authority = intermediates
            .iter()
            .find(|der| claim::authority(der) == self.authority)
            .ok_or(Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
        let usual =
            WebPkiServerVerifier::builder_with_provider(roots(authority)?, Arc::clone(&self.provider))
                .build()
                .map_err(|error| Error::General(error.to_string()))?;
        usual.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.3 alone is spoken".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
