//! The proofs, and that they can fail.

use std::boxed::Box;
use std::string::String;
use std::vec::Vec;

use points::interlock::{Cause, Effect};

use super::sentences::Theory;
use super::solver::{Answer, Solver};
use crate::MATRIX;
use crate::row::{Act, Code, DelayId, Row, When};

/// Sentences of this beginning that do not hold, each with its counter-example; none where there is no solver.
fn broken(matrix: &[Row], begin: &str) -> Option<Vec<(String, Vec<String>)>> {
    let theory = Theory::of(matrix);
    let Some(mut solver) = Solver::start(&theory.graph) else {
        assert!(std::env::var_os("REQUIRE_Z3").is_none(), "no z3 here");
        std::println!("skipped: no z3 here; the Debian package is z3");
        return None;
    };
    let whole = begin.is_empty();
    for one in theory.possible.iter().filter(|_| whole) {
        assert_ne!(
            solver.can(&one.together),
            Answer::Never,
            "{} must be possible",
            one.name
        );
    }
    let mut found = Vec::new();
    let asked = theory.sentences.iter().filter(|one| one.name.starts_with(begin));
    let mut count = 0;
    for one in asked {
        count += 1;
        if let Answer::So(example) = solver.can(&one.together) {
            found.push((one.name.clone(), example));
        }
    }
    assert!(count > 0, "no sentence begins with {begin:?}");
    std::println!("{count} of {} sentences asked", theory.sentences.len());
    Some(found)
}

/// What is proven is listed, so that a reviewer sees when a sentence goes.
#[test]
fn the_sentences_are_those_of_the_document() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/proof.md");
    let document = std::fs::read_to_string(path).expect("the document");
    let (_, listed) = document.split_once("```\n").expect("a list");
    let (listed, _) = listed.split_once("```").expect("its end");
    let theory = Theory::of(&MATRIX);
    let names: Vec<&str> = theory.sentences.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(
        listed.lines().collect::<Vec<_>>(),
        names,
        "docs/proof.md:\n{}",
        names.join("\n")
    );
}

#[test]
fn every_sentence_holds_in_every_state() {
    let began = std::time::Instant::now();
    if let Some(found) = broken(&MATRIX, "") {
        assert_eq!(found, [], "a counter-example each");
        std::println!("proven in {:.2} s", began.elapsed().as_secs_f64());
    }
}

/// The matrix with the acts of one cause changed.
fn with(cause: Cause, change: impl Fn(&mut Vec<Act>)) -> Vec<Row> {
    let mut rows = MATRIX.to_vec();
    let row = &mut rows[cause.index()];
    let mut acts = row.acts.to_vec();
    change(&mut acts);
    assert_ne!(acts, row.acts, "something is changed");
    // A test's table may as well live as long as the test.
    row.acts = Box::leak(acts.into_boxed_slice());
    rows
}

fn without(effect: Effect) -> impl Fn(&mut Vec<Act>) {
    move |acts| acts.retain(|act| act.effect != effect)
}

fn recoded(effect: Effect, code: Code) -> impl Fn(&mut Vec<Act>) {
    move |acts| {
        for act in acts.iter_mut().filter(|act| act.effect == effect) {
            act.code = code;
        }
    }
}

fn added(effect: Effect, code: Code) -> impl Fn(&mut Vec<Act>) {
    move |acts| {
        acts.push(Act {
            effect,
            code,
            when: When::Always,
        });
    }
}

/// Broken tables, and a sentence that each has to break.
#[test]
fn a_broken_rule_gives_a_counter_example() {
    let always = |acts: &mut Vec<Act>| acts.iter_mut().for_each(|act| act.when = When::Always);
    let tables = [
        (
            with(Cause::C03ManualFire, without(Effect::FanOff)),
            "I01, I02: C03",
        ),
        (with(Cause::C05CutOut, without(Effect::Lockout)), "I01, I02: C05"),
        (
            with(Cause::C02FireConfirmed, recoded(Effect::FanOff, Code::Follows)),
            "I03: a fire latch holds the fan off",
        ),
        (with(Cause::C13Door, added(Effect::FanOff, Code::Follows)), "I04"),
        (
            with(Cause::C04PreAlarm, added(Effect::FanMax, Code::Follows)),
            "I17",
        ),
        (with(Cause::C17AllBlind, always), "I14: full speed exactly"),
        (
            with(Cause::C29Condensation, always),
            "H47: the least speed exactly",
        ),
        (
            with(Cause::C12Filter, added(Effect::FanLeast, Code::Follows)),
            "H47: the least speed exactly",
        ),
        (
            with(Cause::C06Warn, without(Effect::FanFloor)),
            "the floor exactly",
        ),
        (with(Cause::C01Fired, without(Effect::PduOff)), "I10: C01"),
        (
            with(Cause::C01Fired, recoded(Effect::PduOff, Code::Latched)),
            "I09: C01 cuts no power early",
        ),
        (
            with(
                Cause::C27Hard,
                recoded(Effect::PduOff, Code::Deadline(DelayId::Mains)),
            ),
            "I09: C27 cuts no power early",
        ),
        (with(Cause::C08Trip, always), "I09: C08 cuts no power early"),
        (
            with(Cause::C08Trip, recoded(Effect::HostDown, Code::Follows)),
            "hosts are down exactly",
        ),
        (with(Cause::C24EmergencyOff, without(Effect::PduOff)), "D12"),
        (with(Cause::C10FanFailed, always), "C10 shuts no host down"),
        (
            with(Cause::C20MainsLost, recoded(Effect::HostDown, Code::Latched)),
            "C20 shuts no host down",
        ),
        (with(Cause::C04PreAlarm, always), "C04 shuts no host down"),
        (
            with(Cause::C12Filter, added(Effect::HostDown, Code::Latched)),
            "C12 shuts no host down",
        ),
    ];
    for (table, expected) in &tables {
        let Some(found) = broken(table, expected) else {
            return;
        };
        let [(name, example), ..] = found.as_slice() else {
            panic!("{expected:?} holds in spite of it")
        };
        assert!(!example.is_empty(), "{name} has an example");
    }
}
