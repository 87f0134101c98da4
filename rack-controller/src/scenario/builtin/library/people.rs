//! What people do at the rack.

use hil_rig::rack::{Act, Input};
use points::alarm::Alarm;
use points::command::{Command, Refusal};
use points::interlock::{Cause, Effect, Latch};
use points::point::{blower, controller, power};
use points::{Percent, Regime, Text};

use super::super::run::Run;
use super::{latches, settled};

pub(super) fn door(seed: u64) -> Run {
    let mut run = settled(seed, 5_000.0);
    run.act(Act::Door { open: true });
    run.within(0.3, "the floor rises at once", |p| {
        p.effects.has(Effect::FanFloor) && p.fan.drive.get() >= 60.0
    });
    run.effects(12.0, &[Effect::Beacon, Effect::Fault]);
    run.alarm(1.0, Alarm::DoorOpen);
    run.during(280.0, "no air-flow alarm follows, and the floor stands", |p| {
        !p.alarms.raised.has(Alarm::NoFlow) && p.fan.drive.get() >= 60.0
    });
    run.act(Act::Door { open: false });
    run.normal(120.0);
    run
}

pub(super) fn emergency_off(seed: u64) -> Run {
    let mut run = settled(seed, 5_000.0);
    run.act(Act::Line {
        line: Input::EmergencyOff,
        high: false,
    });
    run.effects(
        0.3,
        &[Effect::FanOff, Effect::HostDown, Effect::PduOff, Effect::Lockout],
    );
    run.alarm(0.2, Alarm::EmergencyOff);
    run.within(1.0, "the fan contact stands open", |p| {
        p.get(blower::CONTACT_OPEN.at(0))
            .ok()
            .is_some_and(points::Flag::is_set)
    });
    run.pass(60.0);
    run.reset(latches(&[Latch::EmergencyOff]), false, Err(Refusal::CauseStands));
    run.act(Act::Line {
        line: Input::EmergencyOff,
        high: true,
    });
    run.during(60.0, "its release gives nothing back", |p| {
        p.effects.has(Effect::FanOff) && p.effects.has(Effect::PduOff)
    });
    let by = Text::new("technician").unwrap_or(Text::EMPTY);
    let reset = Command::Reset {
        latches: latches(&[Latch::EmergencyOff]),
        by,
        inspected: false,
    };
    run.command("reset without the key", &reset, Err(Refusal::NoKey));
    run.reset(latches(&[Latch::EmergencyOff]), false, Ok(()));
    run.act(Act::RestoreSupply).act(Act::StartHosts).acknowledge();
    run.within(30.0, "the fan turns again", |p| {
        p.get(blower::SPEED.at(0)).number().is_some_and(|rpm| rpm > 500.0)
    });
    let standing = run.picture().latches;
    if !standing.is_empty() {
        run.pass(60.0).reset(standing, false, Ok(()));
    }
    run.acknowledge().normal(300.0);
    run
}

pub(super) fn isolator(seed: u64) -> Run {
    let mut run = settled(seed, 5_000.0);
    run.act(Act::Line {
        line: Input::Isolator,
        high: false,
    });
    run.effects(0.5, &[Effect::HostCap]);
    run.alarm(1.0, Alarm::CoolingIsolated);
    run.within(20.0, "the cause is the isolator, not a failed blower", |p| {
        p.causes.has(Cause::C28CoolingIsolated) && !p.causes.has(Cause::C10FanFailed)
    });
    run.within(400.0, "the hosts are shut down before the trip", |p| {
        p.effects.has(Effect::HostDown)
    });
    run.expect("by prediction", !run.picture().causes.has(Cause::C08Trip));
    run.within(120.0, "the hosts are off", |p| {
        p.get(power::IT_POWER).number().is_some_and(|w| w < 100.0)
    });
    run.act(Act::Line {
        line: Input::Isolator,
        high: true,
    });
    run.pass(400.0);
    super::cooling_is_back(&mut run);
    run
}

pub(super) fn manual_hold(seed: u64) -> Run {
    let mut run = settled(seed, 5_000.0);
    let hold = |speed: f64, minutes| Command::Manual {
        speed: Percent::of(speed),
        owner: Text::new("mara").unwrap_or(Text::EMPTY),
        reason: Text::new("noise measurement").unwrap_or(Text::EMPTY),
        minutes,
    };
    run.command("no hold without an end", &hold(50.0, 0), Err(Refusal::OutOfSpan));
    run.command("hold at 80 %", &hold(80.0, 5), Ok(()));
    run.within(30.0, "the fan is held", |p| {
        (p.fan.drive.get() - 80.0).abs() < 1.0
    });
    run.command("hold at 5 %", &hold(5.0, 5), Ok(()));
    run.during(120.0, "not below the minimum", |p| p.fan.drive.get() >= 20.0);
    run.within(600.0, "protection takes the fan from the person", |p| {
        p.effects.any(points::interlock::EffectSet::of(&[
            Effect::FanFloor,
            Effect::FanMax,
        ])) || p.hold.is_none()
    });
    run.within(600.0, "the hold ends by itself", |p| {
        p.hold.is_none() && p.get(controller::REGIME).ok() != Some(Regime::Manual)
    });
    run.acknowledge().normal(600.0);
    run
}
