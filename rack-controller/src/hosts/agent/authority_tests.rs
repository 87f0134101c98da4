//! Claims, enrolment, and what a broken file does.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use points::Span;

use super::*;
use crate::hosts::plan::TargetPlan;

fn plan() -> Plan {
    let target = |name: &str| TargetPlan {
        name: name.into(),
        tier: 0,
        addresses: Vec::new(),
        off_by: None,
        ..TargetPlan::default()
    };
    Plan {
        targets: vec![target("db-1"), target("web-1")],
        agent: Some(AgentPlan {
            address: None,
            dead_man: Span::s(20),
            keys: None,
        }),
        ..Plan::default()
    }
}

fn open(data: &Path) -> AgentAuthority {
    AgentAuthority::open(data, &plan())
}

fn secret(code: &str) -> [u8; claim::SECRET] {
    Claim::parse(code).expect("a code").secret
}

#[test]
fn a_claim_is_not_used_up_by_a_disk_that_takes_nothing() {
    let data = tempfile::tempdir().expect("a directory");
    let (authority, now) = (open(data.path()), Instant::now());
    let (code, _) = authority.claim("db-1", now).expect("a host");
    let folder = data.path().join(DIRECTORY);
    std::fs::rename(&folder, data.path().join("away")).expect("it was there");
    let failed = authority.enrol(&secret(&code), [1; 32], now);
    assert!(failed.is_err() && authority.enrolled().is_empty(), "{failed:?}");
    std::fs::rename(data.path().join("away"), &folder).expect("it is back");
    assert!(authority.enrol(&secret(&code), [1; 32], now).is_ok());
}

#[test]
fn a_claim_lets_one_host_in_once_and_not_after_a_quarter_of_an_hour() {
    let data = tempfile::tempdir().expect("a directory");
    let (authority, now) = (open(data.path()), Instant::now());
    authority.listens(Some("127.0.0.1:4437".parse().expect("an address")));
    let (code, address) = authority.claim("db-1", now).expect("a host");
    assert_eq!(address, "127.0.0.1:4437");
    let before = authority.generation();
    let granted = authority
        .enrol(&secret(&code), [1; 32], now)
        .expect("it is let in");
    assert_eq!(granted.host, "db-1");
    assert!(authority.generation() > before);
    assert_eq!(authority.enrolled()[0].fingerprint, sha256(&granted.certificate));
    let again = authority.enrol(&secret(&code), [1; 32], now);
    assert!(matches!(again, Err(AuthorityError::NoClaim)));
    let (code, _) = authority.claim("db-1", now).expect("a host");
    let late = now + claim::LIVES;
    let late = authority.enrol(&secret(&code), [1; 32], late);
    assert!(matches!(late, Err(AuthorityError::NoClaim)));
    // A newer claim for the same host replaces the older one.
    let (older, _) = authority.claim("db-1", now).expect("a host");
    let (newer, _) = authority.claim("db-1", now).expect("a host");
    assert!(authority.enrol(&secret(&older), [2; 32], now).is_err());
    let renewed = authority
        .enrol(&secret(&newer), [2; 32], now)
        .expect("it is let in");
    assert_eq!(authority.enrolled().len(), 1);
    assert_eq!(authority.enrolled()[0].fingerprint, sha256(&renewed.certificate));
    let mut told = Vec::new();
    authority.news().tell(|place, did| told.push((place, did)));
    let (enrolled, refused) = ((Some(0), AgentDid::Enrolled), (None, AgentDid::Refused));
    // The third refusal came within a minute of another.
    assert_eq!(told, [enrolled, refused, refused, enrolled]);
    authority.remove("db-1").expect("it was enrolled");
    authority
        .news()
        .tell(|place, did| assert_eq!((place, did), (Some(0), AgentDid::Removed)));
    assert!(matches!(
        authority.remove("db-1"),
        Err(AuthorityError::NotEnrolled(_))
    ));
    assert!(open(data.path()).enrolled().is_empty());
}

#[test]
fn a_host_that_the_file_does_not_have_is_told_with_the_nearest_one() {
    let data = tempfile::tempdir().expect("a directory");
    let authority = open(data.path());
    let error = authority.claim("bd-1", Instant::now()).expect_err("no host");
    assert!(error.to_string().contains("did you mean \"db-1\""), "{error}");
    let none = AgentAuthority::open(data.path(), &Plan::default());
    let error = none.claim("db-1", Instant::now()).expect_err("no section");
    assert!(error.to_string().contains("[agent]"), "{error}");
}

#[test]
fn claims_are_bounded_and_the_next_life_knows_none_of_them() {
    let data = tempfile::tempdir().expect("a directory");
    let mut plan = plan();
    let first = plan.targets[0].clone();
    plan.targets = (0..=CLAIMS_MAX)
        .map(|number| TargetPlan {
            name: format!("h{number}"),
            ..first.clone()
        })
        .collect();
    let (authority, now) = (AgentAuthority::open(data.path(), &plan), Instant::now());
    let codes: Vec<String> = plan
        .targets
        .iter()
        .map(|target| authority.claim(&target.name, now).expect("a host").0)
        .collect();
    assert!(authority.enrol(&secret(&codes[0]), [1; 32], now).is_err());
    assert!(authority.enrol(&secret(&codes[1]), [1; 32], now).is_ok());
    let next = AgentAuthority::open(data.path(), &plan);
    assert!(next.enrol(&secret(&codes[2]), [1; 32], now).is_err());
    assert_eq!(next.enrolled(), authority.enrolled());
}

#[test]
fn the_next_life_has_the_same_authority_and_nobody_else_can_read_its_keys() {
    let data = tempfile::tempdir().expect("a directory");
    let keys = |authority: &AgentAuthority| {
        let mut plan = plan();
        authority.equip(&mut plan);
        plan.agent.and_then(|agent| agent.keys).expect("keys")
    };
    let (first, next) = (keys(&open(data.path())), keys(&open(data.path())));
    assert_eq!(
        (&first.authority, &first.signing),
        (&next.authority, &next.signing)
    );
    assert_ne!(first.key, next.key, "the controller's own is made anew");
    assert_eq!(format!("{:?}", first.signing), "Secret(..)");
    let mode = |path: &Path| std::fs::metadata(path).map(|found| found.permissions().mode() & 0o777);
    let directory = data.path().join(DIRECTORY);
    assert_eq!(mode(&directory).expect("it is there"), 0o700);
    for name in ["authority.key", "signing.key"] {
        assert_eq!(mode(&directory.join(name)).expect("it is there"), 0o600);
    }
}

#[test]
fn a_broken_file_costs_the_agents_and_is_left_as_it_is() {
    for name in ["authority.key", "authority.crt", "signing.key", "hosts.toml"] {
        let data = tempfile::tempdir().expect("a directory");
        let authority = open(data.path());
        let (code, _) = authority.claim("db-1", Instant::now()).expect("a host");
        authority
            .enrol(&secret(&code), [1; 32], Instant::now())
            .expect("it is let in");
        let path = data.path().join(DIRECTORY).join(name);
        std::fs::write(&path, "broken").expect("it is written");
        let authority = open(data.path());
        let error = authority
            .claim("db-1", Instant::now() + Duration::from_secs(1))
            .expect_err(name)
            .to_string();
        assert!(error.contains(name) || error.contains("authority.crt"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "broken");
    }
}
