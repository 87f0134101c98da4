use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::config::{Config, builtin, commented};
use crate::hosts::nut::plan::Digest;
use crate::site::Site;

/// Tiers `compute` and `storage`, and what `[nut]` is given.
fn config(nut: &str) -> (Config, String) {
    let mut text = commented(&builtin());
    for tier in ["compute", "storage"] {
        text.push_str(&format!("\n[[tier]]\nname = \"{tier}\"\n"));
    }
    text.push_str(&format!("\n[nut]\n{nut}"));
    (
        Config::parse(&text).unwrap_or_else(|error| panic!("{error}")),
        text,
    )
}

fn problems(nut: &str) -> String {
    let (config, text) = config(nut);
    let error = Site::build(&config, Some(&text)).expect_err("it is refused");
    let first = text.lines().count() - nut.lines().count();
    assert!(
        error
            .problems
            .iter()
            .all(|one| one.line.is_some_and(|line| line >= first)),
        "every problem has its line: {error}"
    );
    error.to_string()
}

fn write(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("its owner may");
}

#[test]
fn users_and_certificate_are_read_and_nothing_shows_them() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = |name: &str| directory.path().join(name);
    let made = rcgen::generate_simple_self_signed(["rack.example".to_owned()]).expect("a certificate");
    write(&path("cert.pem"), &made.cert.pem(), 0o644);
    write(&path("key.pem"), &made.signing_key.serialize_pem(), 0o640);
    write(&path("a"), "sesame\r\n", 0o600);
    let d = directory.path().display();
    let (config, text) = config(&format!(
        "certificate_file = \"{d}/cert.pem\"\nkey_file = \"{d}/key.pem\"\nrequire_tls = true\nconnections = 100\n\
         [[nut.user]]\nname = \"compute\"\npassword_file = \"{d}/a\"\ntiers = [\"compute\"]\n\
         [[nut.user]]\nname = \"any\"\npassword_file = \"{d}/a\"\n"
    ));
    let site = Site::build(&config, Some(&text)).unwrap_or_else(|error| panic!("{error}"));
    let nut = &site.hosts.nut;
    assert_eq!((nut.connections, nut.per_peer, nut.require_tls), (100, 8, true));
    assert_eq!(
        nut.users.iter().map(|user| user.tiers.0).collect::<Vec<_>>(),
        [1, 3]
    );
    let identity = nut.identity.as_ref().expect("it is there");
    assert_eq!(identity.chain, [made.cert.der().to_vec()]);
    let shown = format!("{site:?}");
    assert!(!shown.contains("sesame") && !shown.contains(&format!("{:?}", identity.key)));
}

#[test]
fn mistakes_are_named_with_their_place_and_fix() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = |name: &str| directory.path().join(name);
    let d = directory.path().display();
    let [one, other] = [0, 1]
        .map(|_| rcgen::generate_simple_self_signed(["rack.example".to_owned()]).expect("a certificate"));
    write(&path("cert.pem"), &one.cert.pem(), 0o644);
    write(&path("key.pem"), &one.signing_key.serialize_pem(), 0o600);
    write(&path("open.pem"), &one.signing_key.serialize_pem(), 0o644);
    write(&path("other.pem"), &other.signing_key.serialize_pem(), 0o600);
    write(&path("password"), "sesame", 0o600);
    write(&path("open"), "sesame", 0o604);
    write(&path("empty"), "\n", 0o600);
    write(&path("long"), &"x".repeat(300), 0o600);
    let cert = format!("certificate_file = \"{d}/cert.pem\"\n");
    let user = |password: &str, rest: &str| {
        format!("[[nut.user]]\nname = \"a\"\npassword_file = \"{password}\"\n{rest}")
    };
    for (nut, expected) in [
        ("connections = 2\n".to_owned(), "2 connections; give 8 to 512"),
        ("per_peer = 0\n".to_owned(), "0 connections; give 1 to 512"),
        (
            "require_tls = true\n".to_owned(),
            "add `certificate_file` and `key_file`",
        ),
        (cert.clone(), "add `key_file`"),
        (format!("key_file = \"{d}/key.pem\"\n"), "add `certificate_file`"),
        (
            format!("{cert}key_file = \"{d}/open.pem\"\n"),
            "(mode 644); run: chmod g-w,o= ",
        ),
        (
            format!("{cert}key_file = \"{d}/other.pem\"\n"),
            "does not fit the first certificate",
        ),
        (
            format!("{cert}key_file = \"{d}/password\"\n"),
            "holds no private key",
        ),
        (format!("{cert}key_file = \"{d}/nix\"\n"), "cannot be opened"),
        (
            format!("certificate_file = \"{d}/key.pem\"\nkey_file = \"{d}/key.pem\"\n"),
            "holds no certificate",
        ),
        (user(&format!("{d}/open"), ""), "(mode 604)"),
        (user(&format!("{d}/empty"), ""), "one line of text"),
        (user(&format!("{d}/long"), ""), "more than 200 bytes"),
        (user(&format!("{d}"), ""), "is no file"),
        (user("password", ""), "give the whole path"),
        (
            user(&format!("{d}/password"), "tiers = []\n"),
            "could never log in",
        ),
        (
            user(&format!("{d}/password"), "tiers = [\"storge\"]\n"),
            "did you mean `storage`?",
        ),
        (
            user(&format!("{d}/password"), "").repeat(2),
            "another user is named `a`",
        ),
    ] {
        let error = problems(&nut);
        assert!(error.contains(expected), "{nut}{error}");
        assert!(!error.contains("sesame"), "{error}");
    }
}

#[test]
fn a_server_without_its_certificate_or_a_password_is_built_all_the_same_and_says_what_it_lacks() {
    let directory = tempfile::tempdir().expect("a directory");
    let d = directory.path().display();
    write(&directory.path().join("a"), "sesame", 0o600);
    let nut = format!(
        "certificate_file = \"{d}/none.pem\"\nkey_file = \"{d}/none.key\"\nrequire_tls = true\n\
         [[nut.user]]\nname = \"a\"\npassword_file = \"{d}/a\"\n\
         [[nut.user]]\nname = \"b\"\npassword_file = \"{d}/b\"\n"
    );
    let (config, text) = config(&nut);
    let (site, lacks) = Site::build_lacking(&config, Some(&text)).unwrap_or_else(|error| panic!("{error}"));
    let nut = &site.hosts.nut;
    assert!(
        nut.identity.is_none() && nut.require_tls,
        "nobody is let in unencrypted"
    );
    let nobodys: Vec<bool> = nut
        .users
        .iter()
        .map(|user| user.password == Digest::NOBODYS)
        .collect();
    assert_eq!(nobodys, [false, true]);
    assert_eq!(lacks.problems.len(), 3, "{lacks}");
    // A mistake in the text stays one.
    let (mut config, text) = (config, text);
    config.core.tick_ms = 1;
    assert!(Site::build_lacking(&config, Some(&text)).is_err());
}
