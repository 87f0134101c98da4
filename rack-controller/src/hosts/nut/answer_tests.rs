use super::*;
use crate::hosts::nut::line::parse;
use points::point::temperature;
use points::{Celsius, Snapshot};
use proptest::prelude::*;

use crate::hosts::nut::plan::User;
use crate::hosts::plan::{OnControllerLoss, Plan, TargetPlan};
use points::host::TierSet;
use std::sync::Arc;

const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn options() -> Options {
    Options {
        description: "Rack \"one\" \\ here\n".into(),
        ..Options::default()
    }
}

/// What a connection hears from a server like this, one entry per line asked.
fn heard_of(options: &Options, encrypted: bool, status: HostWord, lines: &[&str]) -> Vec<String> {
    let mut snapshot = Snapshot::default();
    snapshot.put_now(temperature::EXHAUST_VOTED, Celsius::of(31.4));
    let mut session = Session::default();
    let mut all = Vec::new();
    for line in lines {
        let login = session.login;
        let state = State {
            options,
            peer: CLIENT,
            encrypted,
            encrypts: false,
            view: &|_| View {
                status,
                on_loss: OnControllerLoss::Stay,
                picture: (status != HostWord::Unknown).then_some(&snapshot),
                simulated: false,
                rated_w: None,
            },
            clients: &|tier| vec![CLIENT; usize::from(login == Some(tier))],
        };
        let mut out = String::new();
        let next = answer(&parse(line.as_bytes()), &mut session, &state, &mut out);
        assert_eq!(next == Next::Close, *line == "LOGOUT", "{line}");
        assert_eq!(out.pop(), Some('\n'), "{line}");
        all.push(out);
    }
    all
}

fn heard(status: HostWord, lines: &[&str]) -> Vec<String> {
    heard_of(&options(), false, status, lines)
}

/// Two tiers, of which this client's is the second.
fn two_tiers(change: impl FnOnce(&mut Plan)) -> Options {
    let mut plan = Plan::default();
    plan.tiers[0].name = "compute".into();
    plan.tiers.push(TierPlan {
        name: "storage".into(),
        ..plan.tiers[0].clone()
    });
    plan.targets.push(TargetPlan {
        name: "s1".into(),
        tier: 1,
        addresses: vec![CLIENT],
        off_by: None,
        ..TargetPlan::default()
    });
    change(&mut plan);
    Options {
        plan: Arc::new(plan),
        ..options()
    }
}

#[track_caller]
fn of(options: &Options, encrypted: bool, pairs: &[(&str, &str)]) {
    let asked: Vec<&str> = pairs.iter().map(|(line, _)| *line).collect();
    let answers = heard_of(options, encrypted, HostWord::Run, &asked);
    for ((line, expected), heard) in pairs.iter().zip(answers) {
        assert_eq!(heard, *expected, "{line}");
    }
}

#[test]
fn each_tier_is_a_ups_and_the_aliases_are_the_askers_own() {
    of(
        &two_tiers(|_| ()),
        false,
        &[
            (
                "LIST UPS",
                "BEGIN LIST UPS\nUPS compute \"Rack \\\"one\\\" \\\\ here , tier compute\"\n\
                 UPS storage \"Rack \\\"one\\\" \\\\ here , tier storage\"\nEND LIST UPS",
            ),
            ("GET VAR Storage ups.status", "VAR Storage ups.status \"OL\""),
            ("USERNAME a", "OK"),
            ("PASSWORD b", "OK"),
            ("LOGIN ups", "OK"),
            ("GET NUMLOGINS compute", "NUMLOGINS compute 0"),
            ("GET NUMLOGINS storage", "NUMLOGINS storage 1"),
            ("GET NUMLOGINS rack", "NUMLOGINS rack 1"),
            (
                "LIST CLIENT compute",
                "BEGIN LIST CLIENT compute\nEND LIST CLIENT compute",
            ),
        ],
    );
    // A tier's own name goes before the alias.
    let named = two_tiers(|plan| plan.tiers[0].name = "ups".into());
    of(
        &named,
        false,
        &[
            ("USERNAME a", "OK"),
            ("PASSWORD b", "OK"),
            ("LOGIN ups", "OK"),
            ("GET NUMLOGINS rack", "NUMLOGINS rack 0"),
        ],
    );
}

#[test]
fn a_wrong_user_is_told_at_login_and_hears_the_status_all_the_same() {
    let users = |require_tls| {
        two_tiers(|plan| {
            plan.nut.require_tls = require_tls;
            plan.nut.users.push(User {
                name: "a".into(),
                password: Digest::of(b"one"),
                tiers: TierSet::EMPTY.with(1),
            });
        })
    };
    let right = [("USERNAME a", "OK"), ("PASSWORD one", "OK")];
    let wrong = [("USERNAME a", "OK"), ("PASSWORD two", "OK")];
    let denied = [
        ("LOGIN storage", "ERR ACCESS-DENIED"),
        ("PRIMARY storage", "ERR ACCESS-DENIED"),
        ("LOGIN nix", "ERR UNKNOWN-UPS"),
        ("GET NUMLOGINS storage", "NUMLOGINS storage 0"),
        ("GET VAR storage ups.status", "VAR storage ups.status \"OL\""),
    ];
    let granted = [
        ("LOGIN compute", "ERR ACCESS-DENIED"),
        ("PRIMARY storage", "OK PRIMARY-GRANTED"),
        ("LOGIN storage", "OK"),
    ];
    of(&users(false), false, &[&wrong[..], &denied[..]].concat());
    of(&users(false), false, &[&right[..], &granted[..]].concat());
    of(&users(true), false, &[&right[..], &denied[..]].concat());
    of(&users(true), true, &[&right[..], &granted[..]].concat());
    of(&users(true), true, &[("STARTTLS", "ERR ALREADY-SSL-MODE")]);
}

#[track_caller]
fn dialogue(status: HostWord, pairs: &[(&str, &str)]) {
    let asked: Vec<&str> = pairs.iter().map(|(line, _)| *line).collect();
    for ((line, expected), heard) in pairs.iter().zip(heard(status, &asked)) {
        assert_eq!(heard, *expected, "{line}");
    }
}

// Byte for byte what upsd 2.8.0 answers to the same lines, but for its name, what it can write and its variables.
#[test]
fn the_answers_are_those_of_upsd() {
    dialogue(
        HostWord::Run,
        &[
            ("STARTTLS", "ERR FEATURE-NOT-CONFIGURED"),
            ("NETVER", "1.3"),
            ("protver", "1.3"),
            ("VER x", "ERR INVALID-ARGUMENT"),
            ("GET VAR rack ups.status", "VAR rack ups.status \"OL\""),
            ("get var \"RACK\" UPS.STATUS x", "VAR RACK UPS.STATUS \"OL\""),
            ("GET VAR ups ups.status # poll", "VAR ups ups.status \"OL\""),
            ("GET VAR nix ups.status", "ERR UNKNOWN-UPS"),
            ("GET VAR rack X-buzzword", "ERR VAR-NOT-SUPPORTED"),
            ("GET VAR rack ambient.humidity", "ERR VAR-NOT-SUPPORTED"),
            (
                "GET VAR rack ups.temperature",
                "VAR rack ups.temperature \"31.4\"",
            ),
            ("GET TYPE rack ups.status", "TYPE rack ups.status STRING:64"),
            (
                "GET TYPE rack ups.temperature",
                "TYPE rack ups.temperature NUMBER",
            ),
            ("GET TYPE rack server.version", "ERR VAR-NOT-SUPPORTED"),
            ("GET DESC rack ups.status", "DESC rack ups.status \"UPS status\""),
            ("GET DESC rack nix", "DESC rack nix \"Description unavailable\""),
            ("GET DESC rack \"a b\"", "ERR INVALID-ARGUMENT"),
            (
                "GET CMDDESC rack load.off",
                "CMDDESC rack load.off \"Description unavailable\"",
            ),
            ("GET UPSDESC rack", "UPSDESC rack \"Rack \\\"one\\\" \\\\ here \""),
            ("GET NUMLOGINS rack", "NUMLOGINS rack 0"),
            ("GET TRACKING", "OFF"),
            ("GET TRACKING 1", "ERR FEATURE-NOT-CONFIGURED"),
            (
                "LIST UPS",
                "BEGIN LIST UPS\nUPS rack \"Rack \\\"one\\\" \\\\ here \"\nEND LIST UPS",
            ),
            ("LIST RW rack", "BEGIN LIST RW rack\nEND LIST RW rack"),
            ("LIST CMD ups", "BEGIN LIST CMD ups\nEND LIST CMD ups"),
            (
                "LIST ENUM rack ups.status",
                "BEGIN LIST ENUM rack ups.status\nEND LIST ENUM rack ups.status",
            ),
            ("LIST RANGE rack nix", "ERR VAR-NOT-SUPPORTED"),
            ("LIST CLIENT rack", "BEGIN LIST CLIENT rack\nEND LIST CLIENT rack"),
            ("LIST CLIENT nix", "ERR UNKNOWN-UPS"),
            ("LOGIN rack", "ERR USERNAME-REQUIRED"),
            ("FSD nix", "ERR USERNAME-REQUIRED"),
            ("SET VAR rack", "ERR USERNAME-REQUIRED"),
            ("INSTCMD rack load.off", "ERR USERNAME-REQUIRED"),
            ("USERNAME a", "OK"),
            ("USERNAME b", "ERR ALREADY-SET-USERNAME"),
            ("PRIMARY rack", "ERR PASSWORD-REQUIRED"),
            ("PASSWORD c", "OK"),
            ("PASSWORD d", "ERR ALREADY-SET-PASSWORD"),
            ("LOGIN nix", "ERR UNKNOWN-UPS"),
            ("LOGIN rack", "OK"),
            ("LOGIN nix", "ERR ALREADY-LOGGED-IN"),
            ("LOGIN", "ERR INVALID-ARGUMENT"),
            ("GET NUMLOGINS ups", "NUMLOGINS ups 1"),
            (
                "LIST CLIENT rack",
                "BEGIN LIST CLIENT rack\nCLIENT rack 127.0.0.1\nEND LIST CLIENT rack",
            ),
            ("PRIMARY rack", "OK PRIMARY-GRANTED"),
            ("MASTER rack", "OK MASTER-GRANTED"),
            ("FSD rack", "ERR ACCESS-DENIED"),
            ("SET VAR rack ups.status \"FSD\"", "ERR READONLY"),
            ("SET VAR rack nix 1", "ERR VAR-NOT-SUPPORTED"),
            ("SET TRACKING ON", "ERR FEATURE-NOT-CONFIGURED"),
            ("SET TRACKING 1", "ERR INVALID-ARGUMENT"),
            ("INSTCMD rack load.off", "ERR CMD-NOT-SUPPORTED"),
            ("INSTCMD nix load.off", "ERR UNKNOWN-UPS"),
            ("NIX", "ERR UNKNOWN-COMMAND"),
            ("", "ERR UNKNOWN-COMMAND"),
            ("LOGOUT", "OK Goodbye"),
        ],
    );
}

#[test]
fn without_a_picture_the_status_is_stale_and_a_commitment_stands() {
    dialogue(
        HostWord::Unknown,
        &[
            ("GET VAR rack ups.status", "ERR DATA-STALE"),
            ("GET VAR rack ups.temperature", "ERR DATA-STALE"),
            ("GET VAR rack nix", "ERR VAR-NOT-SUPPORTED"),
            ("GET VAR rack device.type", "VAR rack device.type \"rack\""),
            ("LIST VAR rack", "ERR DATA-STALE"),
        ],
    );
    let listed = heard(HostWord::ShutDown, &["GET VAR rack ups.status", "LIST VAR rack"]);
    assert_eq!(listed[0], "VAR rack ups.status \"FSD OL\"");
    assert!(
        listed[1].contains("\nVAR rack ups.status \"FSD OL\"\n"),
        "{}",
        listed[1]
    );
    assert!(listed[1].ends_with("\nEND LIST VAR rack"), "{}", listed[1]);
}

fn some_status() -> impl Strategy<Value = HostWord> {
    prop_oneof![
        Just(HostWord::Run),
        Just(HostWord::Prepare),
        Just(HostWord::ShutDown),
        Just(HostWord::Unknown)
    ]
}

const LINE: &str = concat!(
    "(GET|LIST|SET|LOGIN|USERNAME|PASSWORD|PRIMARY|MASTER|FSD|INSTCMD|VER|HELP|STARTTLS|.{0,8})",
    "( (VAR|TYPE|DESC|CMDDESC|UPSDESC|NUMLOGINS|TRACKING|UPS|RW|CMD|ENUM|RANGE|CLIENT|.{0,8}))?",
    "( (rack|UPS|\"rack\"|.{0,8}))?",
    "( (ups\\.status|server\\.info|ups\\.load|.{0,12})){0,2}",
);

proptest! {
    #[test]
    fn every_answer_is_whole_lines_without_anything_else(
        status in some_status(),
        lines in proptest::collection::vec(LINE, 1..6),
    ) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        for answer in heard(status, &lines) {
            prop_assert!(!answer.is_empty());
            prop_assert!(!answer.chars().any(|c| c.is_control() && c != '\n'), "{:?}", answer);
            prop_assert!(answer.lines().all(|line| !line.is_empty()), "{:?}", answer);
        }
    }
}
