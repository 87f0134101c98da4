//! HTTP to management controllers and webhooks: bounded in time, no redirects, and whoever is not named by a certificate of the
//! site is not trusted.

use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// Longest that one request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client that trusts what is in this PEM text and nobody else. Answers of every status are answers.
///
/// # Errors
/// When the text is no PEM.
pub(super) fn agent(certificate: Option<&str>) -> Result<ureq::Agent, String> {
    let mut roots = Vec::new();
    for item in parse_pem(certificate.unwrap_or_default().as_bytes()) {
        let item = item.map_err(|error| format!("its certificate file: {error}"))?;
        if let PemItem::Certificate(certificate) = item {
            roots.push(Certificate::from_der(certificate.der()).to_owned());
        }
    }
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .build();
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .max_redirects(0)
        .tls_config(tls)
        .build();
    Ok(ureq::Agent::new_with_config(config))
}
