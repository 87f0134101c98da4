//! The blower's watch at its limits: what its three witnesses say, from which moment on, and what a stop must look like.

use super::bench::healthy;
use super::{Bench, bench::TICK};
use crate::fan::{FanWatch, Finding};
use crate::{Inputs, Verdict, Wish, bound};
use points::interlock::{Effect, EffectSet};
use points::setting::Settings;
use points::{Absent, Ampere, Flag, Moment, Pascal, Percent, Rpm, Span};

/// A blower and what is commanded; nothing follows by itself.
struct Stand {
    watch: FanWatch,
    inputs: Inputs,
    verdict: Verdict,
    drive: f64,
    stop: bool,
    now: Moment,
}

impl Stand {
    /// Driven at 60 % since now; every witness says that it works.
    fn new() -> Stand {
        let mut stand = Stand {
            watch: FanWatch::default(),
            inputs: healthy(),
            verdict: Bench::new().verdict.unwrap(),
            drive: 60.0,
            stop: false,
            now: Moment::ZERO + Span::s(100),
        };
        stand.witnesses(Ok(2000.0), Ok(3.0), Ok(-9.0));
        stand
    }

    /// A blower whose watch has seen it work for long.
    fn running() -> Stand {
        let mut stand = Stand::new();
        stand.run(60.0);
        stand
    }

    fn witnesses(&mut self, speed: Seen, current: Seen, draft: Seen) {
        self.inputs.fan.speed.value = speed.map(Rpm::of);
        self.inputs.fan.current.value = current.map(Ampere::of);
        self.inputs.draft.value = draft.map(Pascal::of);
    }

    fn tick(&mut self) -> Finding {
        let off = if self.stop { &[Effect::FanOff][..] } else { &[] };
        self.verdict.effects = EffectSet::of(off);
        let settings = Settings::default();
        let drive = Percent::of(self.drive);
        let last = bound(Wish::of(drive), &self.verdict, &settings, 0);
        let finding = self.watch.judge(self.now, &self.inputs, &last);
        self.now += TICK;
        finding
    }

    /// What is found so many seconds after the first of these ticks.
    fn run(&mut self, seconds: f64) -> Finding {
        let until = self.now + Span::from_s(seconds).unwrap();
        let mut finding = self.tick();
        while self.now <= until {
            finding = self.tick();
        }
        finding
    }
}

type Seen = Result<f64, Absent>;
const LOST: Seen = Err(Absent::NoAnswer);
const NONE: Seen = Err(Absent::NotFitted);

#[test]
fn a_blower_fails_three_seconds_after_its_ten_of_spinning_up_and_turns_again_after_three() {
    let mut stand = Stand::new();
    stand.witnesses(Ok(0.0), Ok(0.0), Ok(0.0));
    assert!(!stand.run(12.9).failed);
    assert!(stand.tick().failed, "10 s and 3 s");
    stand.witnesses(Ok(2000.0), Ok(3.0), Ok(-9.0));
    // The draft's mean needs one tick more to leave nothing behind.
    stand.inputs.draft.value = Err(Absent::Stale);
    assert!(stand.run(2.9).failed);
    assert!(!stand.tick().failed);
    stand.witnesses(Ok(0.0), Ok(0.0), Ok(0.0));
    assert!(!stand.run(2.9).failed);
    assert!(stand.tick().failed, "it is spun up: 3 s");
    stand.stop = true;
    assert!(!stand.tick().failed, "a blower that is not driven proves nothing");
    stand.stop = false;
    stand.drive = 20.0;
    assert!(!stand.run(12.9).failed);
    assert!(stand.tick().failed);
}

#[test]
fn a_blower_that_works_is_never_failed_not_while_it_spins_up_either() {
    let mut stand = Stand::new();
    for _ in 0..500 {
        let found = stand.tick();
        let amiss = [
            found.failed,
            found.no_flow,
            found.contact_astray,
            found.contact_mismatch,
            found.not_obeyed,
        ];
        assert_eq!(amiss, [false; 5]);
    }
}

/// H01, D4: two of three; of two both, and without a draft the tachometer; the last one alone, current and draft only where
/// the drive asks for plenty.
#[test]
fn who_of_the_witnesses_decides() {
    for (speed, current, draft, drive, failed) in [
        (Ok(29.9), NONE, NONE, 20.0, true),
        (Ok(30.0), NONE, NONE, 20.0, false),
        (Err(Absent::UnderRange), LOST, LOST, 20.0, true),
        (LOST, Ok(0.14), NONE, 50.0, true),
        (LOST, Ok(0.15), NONE, 50.0, false),
        (LOST, Ok(0.0), NONE, 49.9, false),
        (LOST, LOST, Ok(0.99), 50.0, true),
        (LOST, LOST, Ok(1.0), 50.0, false),
        (LOST, LOST, Ok(0.0), 49.9, false),
        (LOST, LOST, LOST, 100.0, false),
        (Ok(0.0), Ok(3.0), LOST, 100.0, true),
        (Ok(30.0), Ok(0.0), LOST, 100.0, false),
        (Ok(0.0), LOST, Ok(-9.0), 100.0, false),
        (Ok(0.0), Ok(0.0), LOST, 20.0, true),
        (Ok(0.0), Ok(3.0), Ok(-9.0), 100.0, false),
        (Ok(2000.0), Ok(0.0), Ok(0.0), 20.0, true),
        // Little draft stands for standing at high drive only; hardly any does so always. Suction counts as pressure does.
        (Ok(2000.0), Ok(0.0), Ok(-0.7), 50.0, true),
        (Ok(2000.0), Ok(0.0), Ok(-0.7), 49.9, false),
        (Ok(2000.0), Ok(0.0), Ok(-0.49), 49.9, true),
        (Ok(2000.0), Ok(0.0), Ok(-0.5), 49.9, false),
    ] {
        let mut stand = Stand::new();
        stand.drive = drive;
        stand.witnesses(speed, current, draft);
        let found = stand.run(20.0).failed;
        assert_eq!(found, failed, "{speed:?} {current:?} {draft:?} at {drive}");
    }
}

#[test]
fn a_fifth_of_the_current_that_the_drive_implies_is_a_current() {
    for (implied, amperes, failed) in [
        (5.0, 0.99, true),
        (5.0, 1.0, false),
        (0.5, 0.14, true),
        (0.5, 0.15, false),
    ] {
        let mut stand = Stand::new();
        stand.inputs.fan.expected_current = Some(Ampere::of(implied));
        stand.witnesses(LOST, Ok(amperes), NONE);
        assert_eq!(stand.run(20.0).failed, failed, "{amperes} of {implied}");
    }
}

#[test]
fn a_blower_is_proven_by_two_witnesses_for_thirty_seconds_after_it_spun_up() {
    for (speed, current, draft, proven) in [
        (Ok(2000.0), Ok(3.0), Ok(-9.0), true),
        (Ok(2000.0), Ok(0.0), Ok(-9.0), true),
        (Ok(2000.0), Ok(0.0), Ok(0.0), false),
        (Ok(2000.0), LOST, NONE, false),
        (Ok(2000.0), NONE, NONE, true),
        (NONE, Ok(3.0), Ok(-9.0), true),
        (NONE, NONE, NONE, false),
    ] {
        let mut stand = Stand::new();
        stand.witnesses(speed, current, draft);
        assert!(!stand.run(39.9).proven);
        assert_eq!(stand.tick().proven, proven, "{speed:?} {current:?} {draft:?}");
    }
    let mut stand = Stand::running();
    stand.witnesses(LOST, LOST, LOST);
    assert!(!stand.tick().proven);
    stand.witnesses(Ok(2000.0), Ok(3.0), LOST);
    assert!(!stand.run(29.9).proven);
    assert!(stand.tick().proven);
}

/// C11, H03.
#[test]
fn no_flow_is_a_turning_blower_without_draft_for_fifteen_seconds() {
    for (speed, draft, drive, no_flow) in [
        (Ok(2000.0), Ok(0.49), 30.0, true),
        (Ok(2000.0), Ok(-0.49), 30.0, true),
        (Ok(2000.0), Ok(0.5), 30.0, false),
        (Ok(2000.0), Ok(0.0), 29.9, false),
        (Ok(0.0), Ok(0.0), 60.0, false),
        (LOST, Ok(0.0), 60.0, false),
        (Ok(2000.0), LOST, 60.0, false),
    ] {
        let mut stand = Stand::new();
        stand.drive = drive;
        stand.witnesses(speed, Ok(3.0), draft);
        assert!(!stand.run(14.9).no_flow);
        assert_eq!(stand.tick().no_flow, no_flow, "{speed:?} {draft:?} at {drive}");
    }
}

/// D12: what persons have isolated, or what stands open by itself, is another matter than a blower that fails.
#[test]
fn a_blower_without_supply_is_neither_failed_nor_without_flow() {
    let isolated: fn(&mut Stand) = |stand| stand.inputs.isolator_open.value = Ok(Flag::Set);
    let astray: fn(&mut Stand) = |stand| stand.inputs.contact_open.value = Ok(Flag::Set);
    for (cut_off, speed) in [
        (isolated, 0.0),
        (astray, 0.0),
        (isolated, 2000.0),
        (astray, 2000.0),
    ] {
        let mut stand = Stand::running();
        cut_off(&mut stand);
        stand.witnesses(Ok(speed), Ok(0.0), Ok(0.0));
        let found = stand.run(60.0);
        assert!(!found.failed && !found.no_flow && !found.proven, "{speed}");
    }
}

#[test]
fn a_contact_that_does_not_stand_as_commanded_for_a_second_is_told_either_way() {
    for (open, stop, astray, mismatch) in [
        (Ok(Flag::Clear), false, false, false),
        (Ok(Flag::Set), false, true, true),
        (Ok(Flag::Clear), true, false, true),
        (Ok(Flag::Set), true, false, false),
        (Err(Absent::Stale), false, false, false),
        (Err(Absent::Stale), true, false, false),
    ] {
        let mut stand = Stand::running();
        stand.inputs.contact_open.value = open;
        stand.stop = stop;
        let found = stand.run(0.9);
        assert!(!found.contact_astray && !found.contact_mismatch);
        let found = stand.tick();
        let seen = (found.contact_astray, found.contact_mismatch);
        assert_eq!(seen, (astray, mismatch), "{open:?} {stop}");
    }
    // What a site without the contact reads there says nothing.
    for stop in [false, true] {
        let mut stand = Stand::running();
        stand.inputs.contact_fitted = false;
        stand.inputs.contact_open.value = Ok(Flag::from_bool(!stop));
        stand.stop = stop;
        let found = stand.run(5.0);
        assert!(!found.contact_astray && !found.contact_mismatch);
        assert_eq!(found.proven, !stop, "it is driven");
    }
}

/// H21: current is gone 1.5 s after the stop, speed below half after 10 s; below 30 rpm a tachometer invents.
#[test]
fn a_stop_is_obeyed_when_current_ceases_and_speed_falls_to_half() {
    let running = 100.0;
    for (start, speed, current, after, not_obeyed) in [
        (running, LOST, Ok(0.31), 1.5, false),
        (running, LOST, Ok(0.31), 1.6, true),
        (running, LOST, Ok(0.3), 60.0, false),
        (running, Ok(51.0), LOST, 10.0, false),
        (running, Ok(51.0), LOST, 10.1, true),
        (running, Ok(50.0), LOST, 60.0, false),
        (40.0, Ok(30.0), LOST, 60.0, false),
        (40.0, Ok(31.0), LOST, 60.0, true),
        (running, Ok(0.0), Ok(0.0), 60.0, false),
        (running, LOST, LOST, 60.0, false),
    ] {
        let mut stand = Stand::new();
        stand.witnesses(Ok(start), Ok(3.0), Ok(-9.0));
        stand.run(20.0);
        stand.stop = true;
        stand.witnesses(speed, current, Ok(0.0));
        let found = stand.run(after).not_obeyed;
        assert_eq!(found, not_obeyed, "{start} {speed:?} {current:?} after {after} s");
    }
}

#[test]
fn after_a_start_into_a_stop_the_first_speed_seen_is_that_at_the_stop() {
    let mut stand = Stand::new();
    stand.stop = true;
    stand.witnesses(LOST, LOST, LOST);
    stand.run(1.0);
    stand.witnesses(Ok(1000.0), LOST, LOST);
    assert!(!stand.run(5.0).not_obeyed);
    stand.witnesses(Ok(501.0), LOST, LOST);
    assert!(stand.run(5.0).not_obeyed);
    stand.witnesses(Ok(499.0), LOST, LOST);
    assert!(!stand.tick().not_obeyed);
    stand.stop = false;
    stand.witnesses(Ok(700.0), LOST, LOST);
    assert!(!stand.tick().not_obeyed, "driven again");
    stand.stop = true;
    assert!(!stand.run(10.0).not_obeyed);
    assert!(stand.tick().not_obeyed);
}
