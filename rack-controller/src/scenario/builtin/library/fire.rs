//! Fire, and what looks like it.

use hil_rig::rack::{Act, Fault, Input, Instrument, LoopLevel, Side};
use points::alarm::Alarm;
use points::command::Refusal;
use points::interlock::{Cause, Effect, Latch};
use points::point::{blower, derived, power, temperature};
use points::{Absent, Flag};

use super::super::run::Run;
use super::{latches, settled};

/// The fan contact stands open.
fn open(picture: &points::Snapshot) -> bool {
    picture
        .get(blower::CONTACT_OPEN.at(0))
        .ok()
        .is_some_and(Flag::is_set)
}

/// The effects of every confirmed fire.
const FIRE: [Effect; 7] = [
    Effect::FanOff,
    Effect::HostDown,
    Effect::Horn,
    Effect::Beacon,
    Effect::Fire,
    Effect::Lockout,
    Effect::PeerWarn,
];

/// From a fire latch back to normal: soak, new readings, inspection, key.
fn recover(run: &mut Run) {
    run.reset(latches(&[Latch::Fire]), true, Err(Refusal::Soaking));
    run.pass(900.0);
    run.reset(latches(&[Latch::Fire]), false, Err(Refusal::NotInspected));
    run.pass(70.0);
    let standing = run.picture().latches;
    run.reset(latches(&[Latch::Fire]), true, Ok(()));
    run.within(5.0, "the fan contact closes", |p| !open(p));
    run.act(Act::RestoreSupply);
    run.within(60.0, "the fan turns", |p| {
        p.get(blower::SPEED.at(0)).number().is_some_and(|rpm| rpm > 500.0)
    });
    run.pass(120.0);
    let left = run.picture().latches;
    run.expect(
        "only what the fire brought along is left",
        standing.with(left) == standing,
    );
    if !left.is_empty() {
        run.reset(left, true, Ok(()));
    }
    run.act(Act::StartHosts)
        .acknowledge()
        .pass(5.0)
        .acknowledge()
        .normal(600.0);
}

pub(super) fn one_smoke(seed: u64) -> Run {
    let (mut run, mut quiet) = (settled(seed, 5_000.0), settled(seed, 5_000.0));
    run.act(Act::Smoke {
        channel: Side::Left,
        level: LoopLevel::Alarm,
    });
    let mut equal = true;
    for _ in 0..3_000 {
        run.pass(0.1);
        quiet.pass(0.1);
        equal &= run.picture().fan == quiet.picture().fan;
    }
    run.expect(
        "300 s: every fan command equals that of the run without smoke",
        equal,
    );
    let seen = run.picture().effects;
    for effect in [
        Effect::PreAlarm,
        Effect::HostWarn,
        Effect::HostPrepare,
        Effect::HostCap,
        Effect::Horn,
        Effect::Beacon,
    ] {
        run.expect(effect.key(), seen.has(effect));
    }
    run.alarm(0.2, Alarm::PreAlarm);
    run.expect(
        "hosts are not shut down by one sign",
        !run.picture().effects.has(Effect::HostDown),
    );
    run.within(320.0, "unanswered for ten minutes: hosts are shut down", |p| {
        p.effects.has(Effect::HostDown)
    });
    run.during(60.0, "the fan runs on", |p| !open(p) && p.fan.drive.get() > 0.0);
    run.act(Act::Smoke {
        channel: Side::Left,
        level: LoopLevel::Normal,
    })
    .pass(90.0);
    run.reset(latches(&[Latch::PreAlarm]), false, Ok(()))
        .act(Act::StartHosts)
        .acknowledge();
    run.normal(300.0);
    run
}

pub(super) fn smoke_and_heat(seed: u64) -> Run {
    let mut run = settled(seed, 5_000.0);
    run.act(Act::Smoke {
        channel: Side::Left,
        level: LoopLevel::Alarm,
    })
    .pass(5.0);
    run.expect(
        "smoke alone is a pre-alarm",
        run.picture().causes.has(Cause::C04PreAlarm) && !run.picture().fan.contact_open,
    );
    run.act(Act::Fire { power_w: 80_000.0 });
    run.within(120.0, "two classes confirm", |p| {
        p.causes.has(Cause::C02FireConfirmed)
    });
    run.effects(0.2, &FIRE);
    run.within(0.5, "the fan contact stands open", open);
    run.alarm(0.2, Alarm::Fire);
    run.within(62.0, "the hosts' power is cut at the fire deadline", |p| {
        p.effects.has(Effect::PduOff)
    });
    run.within(20.0, "the blower stands", |p| {
        p.get(blower::SPEED.at(0)).number().is_some_and(|rpm| rpm < 1.0)
    });
    run.act(Act::Fire { power_w: 0.0 });
    run.act(Act::Smoke {
        channel: Side::Left,
        level: LoopLevel::Normal,
    });
    run.during(300.0, "the fan stays off", |p| p.fan.contact_open && open(p));
    run.act(Act::Line {
        line: Input::CutOut,
        high: true,
    })
    .pass(70.0);
    recover(&mut run);
    run
}

pub(super) fn fired(seed: u64) -> Run {
    let mut run = settled(seed, 5_000.0);
    run.act(Act::BreakWire {
        side: Side::Right,
        level: LoopLevel::Alarm,
    });
    run.within(0.5, "the fan stop is commanded", |p| p.fan.contact_open);
    run.effects(0.2, &FIRE);
    run.within(0.5, "the fan contact stands open", open);
    run.alarm(0.2, Alarm::Fired);
    run.within(62.0, "power is cut", |p| p.effects.has(Effect::PduOff));
    run.act(Act::BreakWire {
        side: Side::Right,
        level: LoopLevel::Normal,
    });
    run.during(120.0, "a healed wire starts nothing", |p| p.fan.contact_open);
    recover(&mut run);
    run
}

pub(super) fn fire_button(seed: u64) -> Run {
    let mut run = settled(seed, 5_000.0);
    run.act(Act::Line {
        line: Input::FireButton,
        high: true,
    });
    run.effects(0.5, &FIRE);
    run.within(0.5, "the fan contact stands open", open);
    run.pass(30.0);
    run.reset(latches(&[Latch::Fire]), true, Err(Refusal::CauseStands));
    run.act(Act::Line {
        line: Input::FireButton,
        high: false,
    })
    .pass(70.0);
    recover(&mut run);
    run
}

pub(super) fn probe_killed(seed: u64) -> Run {
    let mut run = settled(seed, 5_000.0);
    run.act(Act::Fire { power_w: 45_000.0 });
    run.within(120.0, "the exhaust passes 70 °C", |p| {
        p.get(temperature::EXHAUST.at(0))
            .number()
            .is_some_and(|c| c > 70.0)
    });
    run.act(Act::Fault {
        instrument: Instrument::ExhaustA,
        fault: Fault::Nack,
        amount: None,
    });
    run.within(10.0, "it is lost hot", |p| {
        p.get(temperature::EXHAUST.at(0)).value == Err(Absent::LostHot)
    });
    run.within(1.0, "that is one sign of fire", |p| {
        p.causes.has(Cause::C04PreAlarm)
    });
    run.expect("and no blindness", !run.picture().causes.has(Cause::C17AllBlind));
    run.expect(
        "two probes vote",
        run.picture()
            .get(derived::VOTERS)
            .number()
            .is_some_and(|n| (n - 2.0).abs() < 0.1),
    );
    run.effects(1.0, &[Effect::HostDown, Effect::FanMax]);
    run.act(Act::Fire { power_w: 0.0 });
    run.act(Act::Mend {
        instrument: Instrument::ExhaustA,
        fault: Some(Fault::Nack),
    });
    run.within(900.0, "the exhaust is cool", |p| {
        p.get(temperature::EXHAUST_VOTED)
            .number()
            .is_some_and(|c| c < 40.0)
    });
    run.pass(120.0);
    let standing = run.picture().latches;
    run.expect("no fire latch", !standing.has(Latch::Fire));
    run.reset(standing, true, Ok(()))
        .act(Act::StartHosts)
        .acknowledge();
    run.normal(600.0);
    run
}

pub(super) fn holds(seed: u64) -> Run {
    let mut run = settled(seed, 5_000.0);
    run.act(Act::Line {
        line: Input::FireButton,
        high: true,
    });
    run.within(1.0, "the fan contact stands open", open);
    run.pass(30.0);
    run.act(Act::Line {
        line: Input::FireButton,
        high: false,
    });
    run.die(5.0);
    run.act(Act::FanChipPower { on: false });
    run.die(60.0);
    run.act(Act::FanChipPower { on: true });
    run.stands_for(600.0);
    run.restart();
    run.during(120.0, "after the restart the fan is held off", |p| {
        p.fan.contact_open && p.latches.has(Latch::Fire)
    });
    run.stands_for(1.0);
    run.expect(
        "hosts are still told to shut down",
        run.picture().effects.has(Effect::HostDown),
    );
    run.expect(
        "no power without a person",
        run.picture()
            .get(power::IT_POWER)
            .number()
            .is_some_and(|w| w < 100.0),
    );
    recover(&mut run);
    run
}

/// Without a latching contact the stop is duty 0 with the fan chip's watchdog off, and a standing alarm says so.
pub(super) fn software_stop(seed: u64) -> Run {
    let mut site = crate::config::builtin();
    site.core.tick_ms = 100;
    site.fan_contact = None;
    let mut run = Run::of(&site, super::rack(seed, 5_000.0));
    run.pass(300.0);
    run.expect(
        "a standing alarm says that the stop is in software",
        run.picture().alarms.raised.has(Alarm::SoftwareFireStop),
    );
    run.act(Act::Line {
        line: Input::FireButton,
        high: true,
    });
    run.effects(0.5, &FIRE);
    run.pass(30.0);
    run.act(Act::Line {
        line: Input::FireButton,
        high: false,
    });
    run.stands_for(120.0).restart();
    run.during(60.0, "after the restart nothing is driven", |p| {
        p.fan.drive.get() < 0.1
    });
    run.stands_for(1.0);
    run.pass(900.0).reset(latches(&[Latch::Fire]), true, Ok(()));
    run.within(60.0, "the fan turns", |p| {
        p.get(blower::SPEED.at(0)).number().is_some_and(|rpm| rpm > 500.0)
    });
    run.die(10.0);
    let drive = run.report().map_or(0.0, |report| report.drive);
    run.expect(
        &format!("the fan chip's watchdog is on again ({drive:.2})"),
        drive > 0.99,
    );
    run
}
