use super::*;
use crate::hosts::nut::line::parse;
use points::point::temperature;
use points::{Celsius, Snapshot};
use proptest::prelude::*;

const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn options() -> Options {
    Options {
        description: "Rack \"one\" \\ here\n".into(),
        ..Options::default()
    }
}

/// What a connection hears, one entry per line asked.
fn heard(status: HostWord, lines: &[&str]) -> Vec<String> {
    let mut snapshot = Snapshot::default();
    snapshot.put_now(temperature::EXHAUST_VOTED, Celsius::of(31.4));
    let (options, mut session) = (options(), Session::default());
    let mut all = Vec::new();
    for line in lines {
        let logins = usize::from(session.logged_in);
        let state = State {
            options: &options,
            view: View {
                status,
                picture: (status != HostWord::Unknown).then_some(&snapshot),
                simulated: false,
                rated_w: None,
            },
            clients: &|| vec![CLIENT; logins],
        };
        let mut out = String::new();
        let next = answer(&parse(line.as_bytes()), &mut session, &state, &mut out);
        assert_eq!(next == Next::Close, *line == "LOGOUT", "{line}");
        assert_eq!(out.pop(), Some('\n'), "{line}");
        all.push(out);
    }
    all
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
            ("USERNAME a", "OK"),
            ("USERNAME b", "ERR ALREADY-SET-USERNAME"),
            ("PRIMARY rack", "ERR PASSWORD-REQUIRED"),
            ("PASSWORD c", "OK"),
            ("PASSWORD d", "ERR ALREADY-SET-PASSWORD"),
            ("LOGIN nix", "ERR UNKNOWN-UPS"),
            ("LOGIN rack", "OK"),
            ("LOGIN ups", "ERR ALREADY-LOGGED-IN"),
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
