//! What is told of the matrix: which cause holds which effect in force, and which of them it lets wait.

use super::Bench;
use points::Flag;
use points::interlock::{Cause, Effect, EffectSet};

fn holds_and_waits(bench: &Bench, cause: Cause) -> (EffectSet, EffectSet) {
    let why = bench.safety.why();
    (why.holds[cause.index()], why.waits[cause.index()])
}

const fn set(effects: &[Effect]) -> EffectSet {
    EffectSet::of(effects)
}

const NONE: EffectSet = EffectSet::EMPTY;

#[test]
fn a_pre_alarm_lets_wait_what_it_will_do_and_nothing_once_that_is_answered_or_done() {
    let at_once = set(&[
        Effect::PreAlarm,
        Effect::HostWarn,
        Effect::Horn,
        Effect::Beacon,
        Effect::PeerWarn,
        Effect::Mail,
    ]);
    let prepared = at_once.with(set(&[Effect::HostPrepare, Effect::HostCap]));
    let down = set(&[Effect::HostDown]);
    let mut bench = Bench::new();
    let cause = Cause::C04PreAlarm;
    assert_eq!(holds_and_waits(&bench, cause), (NONE, NONE));
    bench.smoke(0, true);
    bench.tick();
    let waits = down.with(set(&[Effect::HostPrepare, Effect::HostCap]));
    assert_eq!(holds_and_waits(&bench, cause), (at_once, waits));
    bench.run(60.0);
    assert_eq!(holds_and_waits(&bench, cause), (prepared, down));
    let mut answered = bench.clone();
    assert_eq!(answered.safety.answer_prealarm(answered.now), Ok(()));
    answered.tick();
    assert_eq!(
        holds_and_waits(&answered, cause),
        (prepared, NONE),
        "its shutdown does not come"
    );
    bench.run(540.0);
    assert_eq!(holds_and_waits(&bench, cause), (prepared.with(down), NONE));
    bench.smoke(0, false);
    bench.run(61.0);
    let kept = set(&[Effect::PreAlarm, Effect::HostWarn, Effect::HostDown]);
    assert_eq!(
        holds_and_waits(&bench, cause),
        (kept, NONE),
        "what is latched stays"
    );
}

#[test]
fn a_fire_lets_the_cut_wait_and_a_silenced_horn_is_not_held() {
    let mut bench = Bench::new();
    let cause = Cause::C03ManualFire;
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    bench.tick();
    let (holds, waits) = holds_and_waits(&bench, cause);
    assert!(holds.has(Effect::FanOff) && holds.has(Effect::Horn) && holds.has(Effect::Mail));
    assert_eq!(waits, set(&[Effect::PduOff]));
    bench.safety.silence();
    bench.inputs.manual_fire.value = Ok(Flag::Clear);
    bench.tick();
    let (holds, waits) = holds_and_waits(&bench, cause);
    assert!(holds.has(Effect::FanOff) && !holds.has(Effect::Horn) && !holds.has(Effect::Mail));
    assert_eq!(waits, set(&[Effect::PduOff]), "the sequence is finished");
    assert!(bench.safety.why().silenced.has(cause));
    bench.run(60.0);
    let (holds, waits) = holds_and_waits(&bench, cause);
    assert!(holds.has(Effect::PduOff) && waits == NONE);
}

#[test]
fn what_the_site_does_not_allow_does_not_wait() {
    let mut bench = Bench::new();
    bench.probes(56.0);
    bench.tick();
    assert_eq!(holds_and_waits(&bench, Cause::C08Trip).1, NONE);
    assert_eq!(bench.verdict.unwrap().countdown, None);
    bench
        .settings
        .set_named("safety.over_temperature_cut", 1.0)
        .unwrap();
    bench.tick();
    assert_eq!(holds_and_waits(&bench, Cause::C08Trip).1, set(&[Effect::PduOff]));
    assert!(bench.verdict.unwrap().countdown.is_some());
}
