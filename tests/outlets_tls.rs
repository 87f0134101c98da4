//! Outlets of PDUs on Redfish over TLS, with the shipped core and front: one PDU shows a certificate by the authority that the
//! site's file names and is switched; another one shows a stranger's, hears nothing, and the log says why, once.

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hil_rig::rack::Input;
use rack_controller::config::{Outlet, Pdu, PduKind};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

use super::outlets::SmallPdu;
use super::support::{Core, Rig, configuration, core, directory};

/// The shortest deadline from a fire to the cut, and the longest until an outlet of a network is read back, s.
const FIRE_CUT_S: f64 = 20.0;
const NETWORK_S: f64 = 15.0;
/// States of an outlet, by their numbers.
const CUT: f64 = 2.0;
const NOT_OBEYED: f64 = 3.0;

/// An authority's own certificate in PEM, and the identity of a server at the loopback address that it has signed.
fn identity(authority: &str) -> (String, Arc<ServerConfig>) {
    let (own_key, key) = (
        KeyPair::generate().expect("a key"),
        KeyPair::generate().expect("a key"),
    );
    let mut own = CertificateParams::default();
    own.distinguished_name.push(DnType::CommonName, authority);
    own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = own.self_signed(&own_key).expect("a certificate").pem();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("an address");
    let signed = params.signed_by(&key, &Issuer::new(own, own_key));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocols")
        .with_no_client_auth()
        .with_single_cert(
            vec![signed.expect("a certificate").der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        );
    (pem, Arc::new(config.expect("an identity")))
}

/// A PDU behind TLS with this identity, and how many handshakes were done with it.
fn pdu(config: Arc<ServerConfig>) -> (SmallPdu, Arc<AtomicUsize>) {
    let done = Arc::new(AtomicUsize::new(0));
    let own = Arc::clone(&done);
    let pdu = SmallPdu::over(move |mut stream: TcpStream| {
        let mut session = ServerConnection::new(Arc::clone(&config)).ok()?;
        while session.is_handshaking() {
            session.complete_io(&mut stream).ok()?;
        }
        own.fetch_add(1, Ordering::Relaxed);
        Some(StreamOwned::new(session, stream))
    });
    (pdu, done)
}

fn outlet(picture: &Value, number: u8, what: &str) -> Option<f64> {
    core::number(picture, &format!("outlet.{number}.{what}"))
}

#[test]
fn a_pdu_over_tls_is_switched_and_one_with_a_strangers_certificate_hears_nothing() {
    let (authority, own) = identity("site");
    let (_, strange) = identity("stranger");
    let ((good, _), (false_one, handshakes)) = (pdu(own), pdu(strange));
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 6000.0);
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).expect("a file");
        let own = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&path, own).expect("its owner's alone");
        Some(path.display().to_string())
    };
    let (certificate_file, password_file) = (file("ca.pem", &authority), file("password", "pass"));
    let config = configuration(directory.path(), |config| {
        config
            .device
            .retain(|device| !device.points.values().any(|point| point == "outlet.9.on"));
        config.setting.insert("safety.fire_cut_delay".into(), FIRE_CUT_S);
        let pdu = |name: &str, small: &SmallPdu| Pdu {
            name: name.into(),
            kind: PduKind::Redfish,
            address: format!("https://{}", small.at),
            unit: None,
            user: Some("rack".into()),
            password_file: password_file.clone(),
            certificate_file: certificate_file.clone(),
        };
        config.pdu = vec![pdu("good", &good), pdu("false", &false_one)];
        let outlet = |number, pdu: &str| Outlet {
            number,
            load: Some("shelf".into()),
            pdu: Some(pdu.into()),
            id: Some("A1".into()),
            ..Outlet::default()
        };
        config.outlet = vec![outlet(9, "good"), outlet(10, "false")];
    });
    let running = Core::start(&config, &core::commissioned(directory.path()), &rig);
    running.until("the good one is read", 20.0, |picture| {
        outlet(picture, 9, "on") == Some(1.0) && outlet(picture, 9, "power").is_some_and(|watts| watts > 80.0)
    });
    rig.line(Input::FireButton, true);
    running.until("the good one is cut", FIRE_CUT_S + NETWORK_S, |picture| {
        outlet(picture, 9, "state") == Some(CUT) && outlet(picture, 9, "on") == Some(0.0)
    });
    running.until("the other one is named", NETWORK_S + 10.0, |picture| {
        core::raised(picture, "outlet.not_obeyed") && outlet(picture, 10, "state") == Some(NOT_OBEYED)
    });
    assert_eq!(
        handshakes.load(Ordering::Relaxed),
        0,
        "it was asked nothing, and no password was sent"
    );
    let said = running.process.err();
    let why =
        "PDU false: its certificate is not trusted: neither it nor who signed it is in `certificate_file`";
    let lines = said.iter().filter(|line| line.contains(why));
    assert_eq!(lines.count(), 1, "{said:#?}");
}
