use super::*;
use crate::scenario::{Answer, Order, Situation, Term};
use points::command::{MANUAL_MINUTES_DEFAULT, Refusal};
use proptest::prelude::*;

const GOOD: &str = "\
title Smoke and an 80 kW fire
covers H16 idle C02
covers H15 hot C04 C02
seed 7
rack load 5 kW   # a mild load
over rig

wait 15 min
expect normal
smoke a alarm
within 200 ms cause C04 and effect prealarm and no effect fan_off
always fan: contact closed
fire 80 kW
within 2 min cause C02
end fan
note before drive
for 30 s  rack.exhaust.temperature < 400 °C and drive <= before + 5 %
key reset fire inspected -> refused soaking
at 20 min
acknowledge all
";

#[test]
fn a_scenario_is_read_whole() {
    let scenario = Scenario::parse("smoke", GOOD).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(
        (scenario.name.as_str(), scenario.seed, scenario.over_rig),
        ("smoke", 7, true)
    );
    assert_eq!(scenario.covers.len(), 3);
    assert_eq!(scenario.covers[1].situation, Situation::Hot);
    assert_eq!(scenario.before.len(), 1);
    assert_eq!(scenario.steps.len(), 13);
    assert_eq!(scenario.steps[0].line, 8);
    assert!(
        matches!(&scenario.steps[3].kind, StepKind::Within(limit, condition)
        if *limit == Span::ms(200) && condition.terms.len() == 3 && matches!(condition.terms[2], Term::Effects(..)))
    );
    assert!(matches!(scenario.steps[7].kind, StepKind::End(12)));
}

#[test]
fn faults_are_written_with_or_without_their_amount() {
    for text in [
        "fault exhaust-a nack",
        "fault exhaust-a drift 2 K/h",
        "fault exhaust-a drift",
        "fault draft drift -5 Pa/h",
        "fault exhaust-a flip-bit 4",
        "fault feeds intermittent 12.5 %",
        "fault meter-b silent",
        "fault meter-a exception 6",
        "fault meter-a late 1.5 s",
        "fault outlets-9 wrong-unit",
        "fault w1-board-8 power-on",
        "mend exhaust-a drift",
        "mend exhaust-a all",
        "mend outlets-1 late",
        "mend w1-board-8 all",
        "mend everything",
        "swap exhaust-a exhaust-b on",
        "contact bounce door 7 0.01 s",
        "contact storm leak 200 Hz",
        "relay host-down dead",
        "clock stuck air 2 s",
        "discharge blocked 90 %",
        "fan contact welded",
        "fan contact dead lying",
    ] {
        // What is mended has to be broken before.
        let broken = text.strip_prefix("mend ").filter(|rest| rest.contains(' '));
        let broken = broken.map_or_else(String::new, |rest| {
            format!("rack fault {}\n", rest.replace(" all", " frozen"))
        });
        let scenario = Scenario::parse("x", &format!("title x\n{broken}{text}\nexpect normal"));
        let steps = scenario
            .unwrap_or_else(|problems| panic!("{text}: {problems}"))
            .steps;
        assert!(
            matches!(&steps[0].kind, StepKind::Act(act) if act.to_string() == text),
            "{text}: {:?}",
            steps[0].kind
        );
    }
}

#[test]
fn a_hold_may_be_in_somebodys_name_and_a_rack_may_have_a_second_blower() {
    let text = "title x\nrack with second-blower\nhold 80 % for 5 min by mara\nhold 80 %\nhold 50 % by ivo -> refused held-by-other";
    let scenario = Scenario::parse("x", text).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(scenario.second_blower && scenario.before.is_empty());
    let held = scenario.steps.iter().filter_map(|step| {
        if let StepKind::Order(Order::Hold { minutes, by, .. }, answer) = &step.kind {
            Some((*minutes, by.map(|by| by.as_str().to_owned()), *answer))
        } else {
            None
        }
    });
    let usual = MANUAL_MINUTES_DEFAULT;
    let refused = Answer::Refused(Refusal::HeldByOther);
    assert_eq!(
        held.collect::<Vec<_>>(),
        [
            (5, Some("mara".to_owned()), Answer::Done),
            (usual, None, Answer::Done),
            (usual, Some("ivo".to_owned()), refused),
        ]
    );
}

/// The mistakes that a new user makes: each has line, column and what to write instead.
#[test]
fn mistakes_have_a_place_and_a_fix() {
    for (text, line, column, says) in [
        ("titel x\nexpect normal", 1, 1, "did you mean `title`?"),
        ("title x\nwait 5 sec\nexpect normal", 2, 8, "is no unit"),
        (
            "title x\nsite with one-wire\nexpect normal",
            2,
            11,
            "one-wire-board",
        ),
        (
            "title x\nfault meter-a nack\nexpect normal",
            2,
            1,
            "what can befall it: bad-crc, frozen",
        ),
        ("title x\nwait 5 kPa\nexpect normal", 2, 8, "does not fit here"),
        (
            "title x\nexpect rack.exhaust.temprature > 4 °C",
            2,
            8,
            "did you mean `rack.exhaust.temperature`?",
        ),
        (
            "title x\nwait 10 min\nat 5 min\nexpect normal",
            3,
            4,
            "line 2 puts this step at 10 min",
        ),
        (
            "title x\nwithin 10 ms effect horn",
            2,
            8,
            "`10 ms` is shorter than the tick",
        ),
        ("title x\nwithin -5 s effect horn", 2, 8, "no possible time"),
        ("title x\nload 90 kW\nexpect normal", 2, 6, "write 0 to 60000 W"),
        (
            "title x\nsmoke a on\nexpect normal",
            2,
            9,
            "normal, alarm, open, short",
        ),
        (
            "title x\nfault loops bad-crc\nexpect normal",
            2,
            1,
            "what can befall it: nack",
        ),
        (
            "title x\nfault draft drift 2 K/h\nexpect normal",
            2,
            21,
            "does not fit here",
        ),
        (
            "title x\nfault exhaust-a drift 900 K/h\nexpect normal",
            2,
            23,
            "write -600 to 600 K/h",
        ),
        (
            "title x\nfault exhaust-a nack 3\nexpect normal",
            2,
            22,
            "is no amount",
        ),
        ("title x\nexpect effect fanoff2", 2, 15, "did you mean `fan_off`?"),
        (
            "title x\nexpect rack.draft.pressure = -9 Pa",
            2,
            28,
            "wants a tolerance",
        ),
        ("title x\nexpect normal now", 2, 15, "too much"),
        ("title x\nexpect normal\nseed 4", 3, 1, "before the first step"),
        ("title x\nwait 5 s", 1, 1, "cannot fail"),
        ("expect normal", 1, 1, "no title"),
        (
            "title x\ncovers H99 idle C01\nexpect normal",
            2,
            8,
            "write H01 to H48",
        ),
        ("title x\nend\nexpect normal", 2, 1, "no `always` stands here"),
        (
            "title x\nreset fire -> refused souking",
            2,
            23,
            "did you mean `soaking`?",
        ),
        ("title x\nexpect door.open is ajar", 2, 21, "is never `ajar`"),
    ] {
        let problems = Scenario::parse("x", text).expect_err(text);
        let first = &problems.0[0];
        assert_eq!((first.line, first.column), (line, column), "{text:?}: {problems}");
        assert!(first.message.contains(says), "{text:?}: {problems}");
    }
}

/// What reads well and yet says nothing, or something else than was meant.
#[test]
fn what_cannot_be_meant_has_a_place_and_a_fix() {
    for (text, line, column, says) in [
        ("needs cluster-night", 2, 7, "did you mean `cluster-day`?"),
        (
            "hold 30 % for 90 s",
            2,
            15,
            "`90 s`: a hold lasts whole minutes; write `1 min` or `2 min`",
        ),
        ("title y", 2, 1, "has a title already"),
        (
            "always calm: normal\nalways calm: no alarm",
            3,
            8,
            "line 2 watches as `calm:` already",
        ),
        ("mend exhaust-a frozen", 2, 16, "no line above breaks `exhaust-a`"),
        (
            "fault exhaust-a nack\nmend exhaust-a frozen",
            3,
            16,
            "lines above break `exhaust-a` with: nack",
        ),
        (
            "expect drive > 100.5 %",
            2,
            16,
            "can never be: what is compared is 0 to 100 %",
        ),
        ("expect age smoke.a < 0 s", 2, 22, "0 s or more"),
        ("expect effect horn, beacon", 2, 15, "leave out the comma"),
        ("expect drive > 5 %, effect horn", 2, 18, "leave out the comma"),
        (
            "site setting safety.fire_cut_delay 5 s",
            2,
            36,
            "`5 s` is out of span: `safety.fire_cut_delay` takes 20 s to 120 s",
        ),
        (
            "site setting fire_cut_delay 30 s",
            2,
            14,
            "did you mean `safety.fire_cut_delay`?",
        ),
        ("wait -5 min", 2, 6, "`-5 min` is no possible time"),
        ("wait 1,5 min", 2, 6, "write `1.5`"),
    ] {
        mistake(text, line, column, says);
    }
}

/// One step or header line behind a title: its first mistake.
fn mistake(text: &str, line: usize, column: usize, says: &str) {
    let problems = Scenario::parse("x", &format!("title x\n{text}\nexpect normal")).expect_err(text);
    let first = &problems.0[0];
    assert_eq!((first.line, first.column), (line, column), "{text:?}: {problems}");
    assert!(first.message.contains(says), "{text:?}: {problems}");
}

#[test]
fn what_is_said_in_other_words_is_told_in_ours() {
    for (text, line, column, says) in [
        ("expect effect horn or effect beacon", 2, 20, "there is no `or`"),
        ("expect drive > 5 % or normal", 2, 20, "there is no `or`"),
        ("expect not effect horn", 2, 8, "write `no effect horn`"),
        (
            "expect host_down",
            2,
            8,
            "is the name of an effect; write `effect host_down`",
        ),
        ("expect c04", 2, 8, "is the name of a cause; write `cause c04`"),
        ("expect no FAN_OFF", 2, 11, "write `no effect FAN_OFF`"),
        ("expect only fire", 2, 13, "write `only effect fire`"),
        ("expect drive > before", 2, 16, "write `note before ...` above"),
        (
            "note before drive\nexpect drive > befor",
            3,
            16,
            "did you mean the note `before`?",
        ),
        ("end calm", 2, 5, "write `always calm: ...` above this line"),
        ("expect truth energised is yes", 2, 24, "`truth energised > 0.5`"),
        ("always two words: normal", 2, 8, "write `two-words:`"),
        ("fault exhaust-a nack for 5 min", 2, 22, "an act takes no time"),
        ("fault exhaust-a drift for 5 min", 2, 23, "an act takes no time"),
        ("door open for 5 min", 2, 11, "an act takes no time"),
        ("blower jamed on", 2, 8, "did you mean `jammed`?"),
        ("blower", 2, 7, "write one of: blower"),
        (
            "reset fire -> refused fan-proven",
            2,
            23,
            "did you mean `fan-not-proven`?",
        ),
        (
            "expect door.open is ajar",
            2,
            21,
            "write one of: no, yes, read, absent, or a reason",
        ),
        ("expect smoke.a is no-anser", 2, 19, "did you mean `no-answer`?"),
    ] {
        mistake(text, line, column, says);
    }
}

/// One number more or less is another cause: none is guessed.
#[test]
fn a_cause_is_never_guessed() {
    for text in ["expect cause C32", "covers H16 idle C32"] {
        let problems = Scenario::parse("x", &format!("title x\n{text}\nexpect normal")).expect_err(text);
        let message = &problems.0[0].message;
        assert!(
            message.ends_with("there are C01 to C30: `hil-rig words causes` lists them"),
            "{message}"
        );
        assert!(!message.contains("mean"), "{message}");
    }
}

#[test]
fn points_are_found_by_their_beginning_and_by_their_end() {
    for (written, says) in [
        ("rack.exhaust.a", "did you mean `rack.exhaust.a.temperature`?"),
        (
            "exhaust.a.temperature",
            "did you mean `rack.exhaust.a.temperature`?",
        ),
        (
            "rack.exhaust.temprature",
            "did you mean `rack.exhaust.temperature`?",
        ),
        ("rack", " and more"),
        ("what.is.this", "`hil-rig words points` lists the points"),
    ] {
        mistake(&format!("expect {written} > 5 °C"), 2, 8, says);
    }
}

#[test]
fn every_mistake_is_told_at_once() {
    let problems =
        Scenario::parse("x", "title x\nwate 5 s\nexpect norml\nload 5").expect_err("three mistakes");
    assert_eq!(
        problems.0.iter().map(|problem| problem.line).collect::<Vec<_>>(),
        [2, 3, 4]
    );
}

#[test]
fn what_is_too_large_is_refused_whole() {
    let long = "x".repeat(FILE_MAX + 1);
    let many = format!("title x\n{}", "expect normal\n".repeat(STEPS_MAX + 1));
    for text in [long.as_str(), many.as_str(), "title x\0"] {
        assert!(Scenario::parse("x", text).is_err());
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "[a-z0-9 .:#\n°±>=<-]{0,200}") {
        let _ = Scenario::parse("x", &text);
    }

    #[test]
    fn no_line_of_known_words_panics(words in prop::collection::vec(prop::sample::select(vec![
        "within", "for", "at", "when", "do", "5", "s", "kW", "and", "no", "only", "effect", "fan_off", "alarm", "is",
        "truth", "exhaust", "note", "end", "always", "x:", "->", "refused", "reset", "key", "load", "fault", "=", "±",
    ]), 0..12)) {
        let _ = Scenario::parse("x", &format!("title x\n{}", words.join(" ")));
    }
}
