//! What each effect can depend on, computed from the table, and that it depends on nothing else.

use std::vec::Vec;

use points::interlock::{Cause, CauseSet, Effect};
use points::{Moment, Span};

use super::{Given, NOTHING, settings};
use crate::latch::Interlocks;
use crate::row::When;
use crate::{LatchRecord, MATRIX, Restored, Safety};

/// Random lives and steps in each.
const LIVES: u64 = 300;
const STEPS: u64 = 60;

/// Causes whose rows have the effect.
fn cone(effect: Effect) -> CauseSet {
    let rows = MATRIX.iter().filter(|row| row.effects().has(effect));
    let causes: Vec<Cause> = rows.map(|row| row.cause).collect();
    CauseSet::of(&causes)
}

/// With what inhibits it.
fn whole_cone(effect: Effect) -> CauseSet {
    let inhibits = inhibits(effect).iter().map(|other| cone(*other));
    inhibits.fold(cone(effect), CauseSet::with)
}

/// The effects that inhibit it: whoever asks for no air, or for more.
fn inhibits(effect: Effect) -> &'static [Effect] {
    match effect {
        Effect::FanMax | Effect::FanFloor => &[Effect::FanOff],
        Effect::FanLeast => &[Effect::FanOff, Effect::FanMax, Effect::FanFloor],
        Effect::FanOff
        | Effect::Damper
        | Effect::HostWarn
        | Effect::HostPrepare
        | Effect::HostCap
        | Effect::HostShed
        | Effect::HostDown
        | Effect::PduOff
        | Effect::Horn
        | Effect::Beacon
        | Effect::Fire
        | Effect::PreAlarm
        | Effect::Fault
        | Effect::PeerWarn
        | Effect::Mail
        | Effect::Lockout => &[],
    }
}

/// The conditions that the effect's acts name, and those of what inhibits it.
fn named(effect: Effect) -> Vec<When> {
    let acts = MATRIX.iter().flat_map(|row| row.acts);
    acts.filter(|act| act.effect == effect || inhibits(effect).contains(&act.effect))
        .map(|act| act.when)
        .collect()
}

fn random(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

fn given(bits: u64) -> Given {
    Given {
        answered: bits & 1 != 0,
        fire_evidence: bits & 2 != 0,
        cut_allowed: bits & 4 != 0,
        trip_near: bits & 8 != 0,
        filter_ended: bits & 16 != 0,
        heat_permits: bits & 32 != 0,
        down_proven: bits & 64 != 0,
    }
}

/// Each condition alone turned over, and how the acts name it.
fn turned(given: &Given) -> [(Given, &'static [When]); 6] {
    let with = |change: fn(&mut Given)| {
        let mut other = *given;
        change(&mut other);
        other
    };
    [
        (
            with(|given| given.answered = !given.answered),
            &[When::Unanswered],
        ),
        (
            with(|given| given.fire_evidence = !given.fire_evidence),
            &[When::FireEvidence, When::NoFireEvidence],
        ),
        (
            with(|given| given.cut_allowed = !given.cut_allowed),
            &[When::CutAllowed],
        ),
        (
            with(|given| given.trip_near = !given.trip_near),
            &[When::TripNear],
        ),
        (
            with(|given| given.filter_ended = !given.filter_ended),
            &[When::FilterEnded],
        ),
        (
            with(|given| given.heat_permits = !given.heat_permits),
            &[When::HeatPermits],
        ),
    ]
}

/// Whether an effect is in force after one more evaluation.
fn after(
    interlocks: Interlocks,
    now: Moment,
    causes: CauseSet,
    given: &Given,
) -> points::interlock::EffectSet {
    let mut safety = Safety::new(Restored::Record(LatchRecord::CLEAR), now);
    safety.interlocks = interlocks;
    let walk = safety.interlocks.walk(now, causes, given, &settings());
    safety.resolve(walk.effects, false, false)
}

#[test]
fn no_effect_depends_on_anything_outside_its_cone() {
    let mut turns = 0_u64;
    for seed in 0..LIVES {
        let state = &mut (seed + 1);
        let mut now = Moment(1_000_000_000);
        let mut interlocks = Interlocks::new(crate::latch::Latched::default(), now);
        let mut causes = CauseSet::EMPTY;
        for _ in 0..STEPS {
            now += Span::s(random(state) % 30);
            for cause in Cause::ALL {
                if random(state).is_multiple_of(16) {
                    causes.put(*cause, !causes.has(*cause));
                }
            }
            let given = given(random(state));
            let before = interlocks;
            let effects = after(before, now, causes, &given);
            let check = |other, inside: &dyn Fn(Effect) -> bool, what: &dyn core::fmt::Debug| {
                for effect in Effect::ALL.iter().filter(|effect| !inside(**effect)) {
                    let changed = effects.has(*effect) != points::interlock::EffectSet::has(other, *effect);
                    assert!(!changed, "{effect:?} depends on {what:?}");
                }
            };
            for cause in Cause::ALL {
                let mut other = causes;
                other.put(*cause, !causes.has(*cause));
                let other = after(before, now, other, &given);
                check(other, &|effect| whole_cone(effect).has(*cause), cause);
                turns += 1;
            }
            for (other, names) in turned(&given) {
                let other = after(before, now, causes, &other);
                check(
                    other,
                    &|effect| named(effect).iter().any(|when| names.contains(when)),
                    &names,
                );
                turns += 1;
            }
            // That every host is proven down is named by no act: it moves the cut alone.
            let proven = Given {
                down_proven: !given.down_proven,
                ..given
            };
            let other = after(before, now, causes, &proven);
            check(other, &|effect| effect == Effect::PduOff, &"proven down");
            turns += 1;
            interlocks.walk(now, causes, &given, &settings());
        }
    }
    std::println!("{turns} turns of an input");
    assert_eq!(turns, LIVES * STEPS * (30 + 7));
    assert!(
        !after(
            Interlocks::new(crate::latch::Latched::default(), Moment(1)),
            Moment(1),
            cone(Effect::FanOff),
            &NOTHING
        )
        .is_empty()
    );
}
