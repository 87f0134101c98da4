//! HTTP to management controllers and webhooks: bounded in time, no redirects, and whoever is not named by a certificate of the
//! site is not trusted.

use std::sync::Arc;
use std::time::Duration;

use rustls::CertificateError as Bad;
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
        // A proxy of the environment would be sent the site's passwords.
        .proxy(None)
        .tls_config(tls)
        .build();
    Ok(ureq::Agent::new_with_config(config))
}

/// Why the other's certificate is not taken, and what to do; none where something else went wrong.
pub(super) fn distrust(error: &ureq::Error) -> Option<String> {
    let rustls::Error::InvalidCertificate(bad) = of_tls(error)? else {
        return None;
    };
    let text = if matches!(bad, Bad::UnknownIssuer | Bad::BadSignature) {
        "neither it nor who signed it is in `certificate_file`; put the one that signed it there"
    } else if matches!(bad, Bad::NotValidForName | Bad::NotValidForNameContext { .. }) {
        "it is another one's: the name or address in `address` is not in it"
    } else if matches!(bad, Bad::Expired | Bad::ExpiredContext { .. }) {
        "it has expired; renew it on the device"
    } else if matches!(bad, Bad::NotValidYet | Bad::NotValidYetContext { .. }) {
        "it is not valid yet; set the clocks of the device and of this machine"
    } else {
        return Some(bad.to_string());
    };
    Some(text.to_owned())
}

/// What went wrong with TLS, whichever way it came.
fn of_tls(error: &ureq::Error) -> Option<&rustls::Error> {
    if let ureq::Error::Rustls(error) = error {
        Some(error)
    } else if let ureq::Error::Io(error) = error {
        error.get_ref()?.downcast_ref()
    } else {
        None
    }
}
