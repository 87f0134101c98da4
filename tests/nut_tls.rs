//! `STARTTLS` with stock clients that insist on it and verify the certificate; and one that is shown another name.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use rack_controller::config::{Nut, NutUser, Tier};
use rack_controller::hosts::nut::plan::Identity;
use rack_controller::hosts::plan::Plan;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use super::nut::ask;
use super::nut_hosts::{Host, Recipe, Served, runs, upsmon_runs};
use super::nut_stock::Talk;
use super::support::{Core, Rig, configuration, core, directory, eventually, seconds};

/// Makes the directory of certificates that Debian's `upsmon` wants (NSS).
const CERTUTIL: &str = "/usr/bin/certutil";
/// The server's name in its certificate.
const NAME: &str = "rack.example";
/// How long a client that must not log in is watched: many of its polls.
const WATCHED_S: f64 = 6.0;

fn named(names: &[&str], common: &str) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name.push(DnType::CommonName, common);
    params
}

/// A server's certificate by an authority of the site, and the authority's own, in PEM.
struct Made {
    authority: String,
    certificate: String,
    key: String,
    identity: Identity,
}

fn site_certificate() -> Made {
    let (ca_key, key) = (
        KeyPair::generate().expect("a key"),
        KeyPair::generate().expect("a key"),
    );
    let mut ca = named(&[], "rack test authority");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = ca.self_signed(&ca_key).expect("a certificate");
    let certificate = named(&[NAME], NAME)
        .signed_by(&key, &Issuer::new(ca, ca_key))
        .expect("a certificate");
    Made {
        authority: authority.pem(),
        certificate: certificate.pem(),
        key: key.serialize_pem(),
        identity: Identity {
            chain: vec![certificate.der().to_vec()],
            key: key.serialize_der(),
        },
    }
}

/// A server with such a certificate, and its authority.
fn served(require_tls: bool) -> (Served, String) {
    let made = site_certificate();
    let mut plan = Plan::default();
    plan.nut.require_tls = require_tls;
    plan.nut.identity = Some(made.identity);
    (Served::start(plan), made.authority)
}

/// A directory with the authority in it.
fn trusts(authority: &str, directory: &Path) {
    let file = directory.join("authority.pem");
    std::fs::write(&file, authority).expect("a file");
    let database = format!("sql:{}", directory.display());
    let run = |arguments: &[&str]| {
        let output = Command::new(CERTUTIL)
            .args(arguments)
            .args(["-d", &database])
            .stdin(Stdio::null())
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{output:?}");
    };
    run(&["-N", "--empty-password"]);
    let file = file.display().to_string();
    run(&["-A", "-n", "rack-ca", "-t", "C,,", "-i", &file]);
}

fn recipe(at: SocketAddr, certificates: &Path, name: &str) -> Recipe {
    Recipe {
        further: format!(
            "CERTPATH {}\nCERTVERIFY 1\nFORCESSL 1\nCERTHOST {} \"{name}\" 1 1\n",
            certificates.display(),
            at.ip()
        ),
        ..Recipe::ours("rack", at)
    }
}

#[test]
fn a_stock_host_that_insists_on_a_verified_certificate_logs_in_and_obeys() {
    if !runs(&[CERTUTIL]) || !upsmon_runs() {
        return;
    }
    let (mut served, authority) = served(true);
    let certificates = directory();
    trusts(&authority, certificates.path());
    let mut host = Host::start(&recipe(served.at, certificates.path(), NAME));
    served.logged_in(0, 1);
    assert_eq!(served.watched.figures().handshakes_failed, 0);
    served.order(&[0]);
    let took = host.goes_down(Instant::now(), 3.0).expect("it obeys");
    println!("encrypted: SHUTDOWNCMD after {took:.2} s");
}

#[test]
fn a_stock_host_refuses_a_server_of_another_name_and_one_of_another_authority() {
    if !runs(&[CERTUTIL]) || !upsmon_runs() {
        return;
    }
    let (served_ours, authority) = served(false);
    let (_, another) = served(false);
    let [certificates, strange] = [&authority, &another].map(|authority| {
        let directory = directory();
        trusts(authority, directory.path());
        directory
    });
    let at = served_ours.at;
    let mut hosts = [
        Host::start(&recipe(at, certificates.path(), "another.example")),
        Host::start(&recipe(at, strange.path(), NAME)),
    ];
    eventually("both have refused", seconds(20.0), || {
        (served_ours.watched.figures().handshakes_failed >= 2).then_some(())
    });
    let since = Instant::now();
    for host in &mut hosts {
        assert_eq!(host.goes_down(since, WATCHED_S), None);
    }
    let figures = served_ours.watched.figures();
    assert_eq!((figures.logins, figures.polling_without_login), (0, 0));
    println!("{} handshakes refused by the clients", figures.handshakes_failed);
}

#[test]
fn where_encryption_is_required_a_login_in_the_clear_is_refused_and_the_status_is_not() {
    let (mut served, _) = served(true);
    let mut talk = Talk::to(served.at).expect("it listens");
    for (line, answer) in [
        ("USERNAME host", "OK\n"),
        ("PASSWORD sesame", "OK\n"),
        ("LOGIN rack", "ERR ACCESS-DENIED\n"),
        ("PRIMARY rack", "ERR ACCESS-DENIED\n"),
        ("GET VAR rack ups.status", "VAR rack ups.status \"OL\"\n"),
        ("GET VAR rack ups.status", "VAR rack ups.status \"OL\"\n"),
    ] {
        assert_eq!(talk.ask(line), answer, "{line}");
    }
    served.order(&[0]);
    assert_eq!(
        talk.ask("GET VAR rack ups.status"),
        "VAR rack ups.status \"FSD OL\"\n"
    );
    let figures = served.watched.figures();
    assert_eq!(
        (figures.logins, figures.polling_without_login, figures.denied),
        (0, 1, 2)
    );
    served.order(&[]);
    if !upsmon_runs() {
        return;
    }
    // A stock upsmon encrypts wherever the server can, though it verifies nothing unless it is told to.
    let _host = Host::start(&Recipe::ours("rack", served.at));
    served.logged_in(0, 1);
}

/// Keys and passwords are read by the core; the process on the network, which can open no file, serves them.
#[test]
fn the_shipped_controller_serves_its_sites_tiers_users_and_certificate() {
    if !runs(&[CERTUTIL, "/usr/bin/upsc"]) || !upsmon_runs() {
        return;
    }
    let directory = directory();
    let (certificates, secrets) = (super::support::directory(), super::support::directory());
    let made = site_certificate();
    trusts(&made.authority, certificates.path());
    let write = |name: &str, text: &str| {
        let file = secrets.path().join(name);
        std::fs::write(&file, text).expect("a file");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).expect("its owner may");
        file.display().to_string()
    };
    let nut = Nut {
        certificate_file: Some(write("nut.pem", &made.certificate)),
        key_file: Some(write("nut.key", &made.key)),
        require_tls: true,
        user: vec![NutUser {
            name: "host".into(),
            password_file: write("password", "sesame\n"),
            tiers: Some(vec!["storage".into()]),
        }],
        ..Nut::default()
    };
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |config| {
        config.tier = ["compute", "storage"].map(site_tier).into();
        config.nut = Some(nut);
    });
    let data = core::commissioned(directory.path());
    let core = Core::start(&config, &data, &rig);
    core.served(20.0);
    let listed = Command::new("upsc")
        .args(["-l", &core.nut.to_string()])
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    assert_eq!(String::from_utf8_lossy(&listed.stdout), "compute\nstorage\n");
    let recipe = |ups| {
        let mut recipe = recipe(core.nut, certificates.path(), NAME);
        recipe.monitors = vec![format!("{ups}@{} 1 host sesame secondary", core.nut)];
        recipe
    };
    let _hosts = ["storage", "compute"].map(|ups| Host::start(&recipe(ups)));
    let logins = |tier: &str| ask(core.nut, &format!("GET NUMLOGINS {tier}"));
    eventually("the user's tier is logged in to", seconds(20.0), || {
        (logins("storage")? == "NUMLOGINS storage 1").then_some(())
    });
    eventually("the other login is refused and told", seconds(20.0), || {
        core.process
            .said(0, "a login from 127.0.0.1 is refused")
            .then_some(())
    });
    assert_eq!(logins("compute").as_deref(), Some("NUMLOGINS compute 0"));
}

fn site_tier(name: &str) -> Tier {
    serde_json::from_value(serde_json::json!({ "name": name })).expect("a tier")
}
