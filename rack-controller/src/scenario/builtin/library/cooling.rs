//! Load, blower and filters.

use hil_rig::plant::Profile;
use hil_rig::rack::{Act, RackConfig, Side};
use points::alarm::Alarm;
use points::interlock::{Cause, Effect};
use points::point::{flow, power, temperature};

use super::super::run::Run;
use super::{latches, settled};

pub(super) fn start(seed: u64) -> Run {
    let mut run = Run::new(
        RackConfig {
            seed,
            load: Profile::synthetic_load(seed),
            ..RackConfig::default()
        },
        100,
    );
    run.within(5.0, "exhaust is read", |p| {
        p.get(temperature::EXHAUST_VOTED).ok().is_some()
    });
    run.within(150.0, "the load step is seen", |p| {
        p.get(power::IT_POWER).number().is_some_and(|w| w > 6_500.0)
    });
    let before = run.picture().fan.drive.get();
    run.within(60.0, "the fan answers", |p| p.fan.drive.get() > before + 5.0);
    run.pass(290.0 - run.now_s());
    run.during(10.0, "exhaust within 1 K of the target", |p| {
        p.get(temperature::EXHAUST_VOTED)
            .number()
            .is_some_and(|c| (c - 42.0).abs() < 1.0)
    });
    run
}

pub(super) fn blower_stop(seed: u64) -> Run {
    let mut run = settled(seed, 12_000.0);
    run.act(Act::BlowerJammed { on: true });
    run.effects(
        8.0,
        &[Effect::FanMax, Effect::HostCap, Effect::HostWarn, Effect::Fault],
    );
    run.alarm(1.0, Alarm::FanFailed);
    run.effects(30.0, &[Effect::HostDown]);
    run.within(90.0, "the hosts are off", |p| {
        p.get(power::IT_POWER).number().is_some_and(|w| w < 100.0)
    });
    let chips_c = run.report().map_or(999.0, |report| report.chips_c);
    run.expect(
        &format!("chips stay below 100 °C ({chips_c:.0})"),
        chips_c < 100.0,
    );
    run.act(Act::BlowerJammed { on: false });
    run.within(60.0, "the blower is back", |p| !p.causes.has(Cause::C10FanFailed));
    run.within(900.0, "the exhaust is cool", |p| {
        p.get(temperature::EXHAUST_VOTED)
            .number()
            .is_some_and(|c| c < 40.0)
    });
    run.pass(40.0);
    super::cooling_is_back(&mut run);
    run
}

/// At its lowest drive a blower draws hardly more current than a held wheel: tachometer and draft must see it.
pub(super) fn blower_stop_slow(seed: u64) -> Run {
    let mut run = Run::new(
        RackConfig {
            load: Profile::constant(2_500.0),
            seed,
            ..RackConfig::default()
        },
        100,
    );
    run.pass(900.0);
    let drive = run.picture().fan.drive.get();
    run.expect(
        &format!("the fan runs at its lowest drive ({drive:.0} %)"),
        drive < 30.0,
    );
    run.act(Act::BlowerJammed { on: true });
    run.effects(8.0, &[Effect::FanMax, Effect::HostCap]);
    run.act(Act::BlowerJammed { on: false }).pass(90.0);
    let standing = run.picture().latches;
    run.reset(standing, false, Ok(())).acknowledge().normal(300.0);
    run
}

pub(super) fn filter(seed: u64) -> Run {
    let mut run = settled(seed, 5_000.0);
    let ratio = |run: &Run, side| {
        run.picture()
            .get(flow::FILTER_RESISTANCE.at(side))
            .number()
            .unwrap_or(0.0)
    };
    let clean = ratio(&run, 0);
    run.expect(
        &format!("a clean filter reads 1 ({clean:.2})"),
        (0.7..1.3).contains(&clean),
    );
    for side in [Side::Left, Side::Right] {
        run.act(Act::FilterResistance { side, ratio: 2.0 });
    }
    run.pass(600.0);
    let twice = ratio(&run, 1);
    run.expect(
        &format!("twice the resistance reads 2 ({twice:.2})"),
        (1.5..2.6).contains(&twice),
    );
    for side in [Side::Left, Side::Right] {
        run.act(Act::FilterResistance { side, ratio: 4.2 });
    }
    run.alarm(600.0, Alarm::FilterWarn);
    run.within(600.0, "end of life", |p| {
        p.causes.has(Cause::C12Filter) && p.alarms.raised.has(Alarm::FilterEnd)
    });
    run.during(60.0, "no fan effect of their own", |p| {
        !p.effects.any(points::interlock::EffectSet::of(&[
            Effect::FanMax,
            Effect::FanFloor,
            Effect::FanOff,
        ]))
    });
    run.within(600.0, "the exhaust is held all the same", |p| {
        p.get(temperature::EXHAUST_VOTED)
            .number()
            .is_some_and(|c| (c - 42.0).abs() < 1.0)
    });
    for side in [Side::Left, Side::Right] {
        run.act(Act::FilterResistance { side, ratio: 1.0 });
    }
    run.normal(300.0);
    run
}

/// A day of July of the weather year, the cluster's load from its first row.
pub(super) fn recorded_day(seed: u64) -> Run {
    let folder =
        std::env::var_os("RIG_DATA").map_or_else(|| "../shared/data".into(), std::path::PathBuf::from);
    if !folder.join("MANIFEST.md").exists() {
        let mut run = settled(seed, 5_000.0);
        run.expect("skipped: no recorded data; set RIG_DATA to their folder", true);
        return run;
    }
    let mut run = match crate::demo::recorded(&folder) {
        Ok((load, room)) => Run::new(
            RackConfig {
                seed,
                load,
                room,
                ..RackConfig::default()
            },
            100,
        ),
        Err(error) => {
            let mut run = settled(seed, 5_000.0);
            run.expect(&error.to_string(), false);
            return run;
        }
    };
    run.pass(900.0);
    run.during(
        86_400.0,
        "the exhaust stays below its warning and nothing is latched",
        |p| {
            p.latches.is_empty()
                && p.get(temperature::EXHAUST_VOTED)
                    .number()
                    .is_some_and(|c| c < 45.0)
        },
    );
    run.expect("no latch stands", run.picture().latches == latches(&[]));
    run
}
