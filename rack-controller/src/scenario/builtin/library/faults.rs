//! Broken probes, buses and processes.

use hil_rig::rack::{Act, Fault, Instrument};
use points::alarm::Alarm;
use points::interlock::{Cause, Effect, Latch};
use points::point::{contact, flow, temperature};
use points::{Absent, Span};

use super::super::run::Run;
use super::{latches, settled};

const EXHAUST: [Instrument; 3] = [Instrument::ExhaustA, Instrument::ExhaustB, Instrument::ExhaustC];

pub(super) fn blind(seed: u64) -> Run {
    let mut run = settled(seed, 5_000.0);
    let nack = |run: &mut Run, instrument, on| {
        let fault = Fault::Nack;
        run.act(if on {
            Act::Fault {
                instrument,
                fault,
                amount: None,
            }
        } else {
            Act::Mend {
                instrument,
                fault: Some(fault),
            }
        });
    };
    nack(&mut run, EXHAUST[0], true);
    run.alarm(10.0, Alarm::ProbeLost);
    run.expect(
        "one probe lost does not move the fan to its limit",
        !run.picture().effects.has(Effect::FanMax),
    );
    nack(&mut run, EXHAUST[1], true);
    run.alarm(10.0, Alarm::ProbesLost);
    nack(&mut run, EXHAUST[2], true);
    run.within(6.0, "all blind: full speed", |p| {
        p.causes.has(Cause::C17AllBlind) && p.fan.drive.get() >= 100.0
    });
    run.alarm(0.2, Alarm::Blind);
    run.expect("not fire", !run.picture().causes.has(Cause::C04PreAlarm));
    run.during(590.0, "hosts run on", |p| !p.effects.has(Effect::HostDown));
    run.within(15.0, "hosts are shut down after the delay", |p| {
        p.effects.has(Effect::HostDown)
    });
    for instrument in EXHAUST {
        nack(&mut run, instrument, false);
    }
    run.within(30.0, "the probes are back", |p| !p.causes.has(Cause::C17AllBlind));
    run.pass(60.0);
    run.reset(latches(&[Latch::Blind]), false, Ok(()))
        .act(Act::StartHosts)
        .acknowledge();
    run.normal(600.0);
    run
}

pub(super) fn bus_stuck(seed: u64) -> Run {
    let mut run = settled(seed, 5_000.0);
    run.act(Act::BusStuck {
        bus: 0,
        for_us: Span::s(2).as_us(),
    });
    run.within(0.5, "the reason is named", |p| {
        p.get(flow::RACK_DRAFT).value == Err(Absent::BusStuck)
    });
    run.alarm(0.2, Alarm::BusFault);
    run.during(1.2, "the other buses do not notice", |p| {
        let fresh = |age: Span, limit: Span| age < limit;
        let smoke = p.get(contact::SMOKE.at(0));
        let left = p.get(flow::FILTER_DROP.at(0));
        smoke.ok().is_some()
            && fresh(smoke.age(p.now), Span::ms(400))
            && left.ok().is_some()
            && p.get(temperature::EXHAUST.at(1)).ok().is_some()
            && p.get(temperature::EXHAUST.at(2)).ok().is_some()
    });
    run.within(3.0, "recovery is seen", |p| {
        p.get(flow::RACK_DRAFT).ok().is_some()
    });
    run.expect("no interlock followed", run.picture().latches.is_empty());
    run.acknowledge().normal(60.0);
    run
}

pub(super) fn core_death(seed: u64) -> Run {
    let mut run = settled(seed, 5_000.0);
    let before = run.report().map_or(0.0, |report| report.drive);
    run.expect("the fan is well below full speed", before < 0.7);
    run.die(5.0);
    let drive = run.report().map_or(0.0, |report| report.drive);
    run.expect(
        &format!("5 s later the fan chip drives fully ({drive:.2})"),
        drive > 0.99,
    );
    run.die(30.0).restart();
    run.alarm(1.0, Alarm::Watchdog);
    run.within(5.0, "it comes up on readings", |p| {
        p.get(temperature::EXHAUST_VOTED).ok().is_some()
    });
    run.expect("nothing is latched", run.picture().latches.is_empty());
    run.acknowledge().normal(120.0);
    run
}

pub(super) fn lying_bus(seed: u64) -> Run {
    let mut run = settled(seed, 5_000.0);
    for fault in [
        Fault::AllZero,
        Fault::AllOnes,
        Fault::BadCrc,
        Fault::ShortTransfer,
        Fault::QuietNack,
        Fault::QuietShort,
        Fault::Timeout,
        Fault::Delayed,
        Fault::Unplugged,
    ] {
        run.act(Act::Fault {
            instrument: Instrument::ExhaustA,
            fault,
            amount: None,
        });
        run.within(12.0, &format!("{fault:?} is no reading"), |p| {
            p.get(temperature::EXHAUST.at(0)).ok().is_none()
        });
        let voted = run.picture().get(temperature::EXHAUST_VOTED).number();
        run.expect(
            "the vote is not led astray",
            voted.is_some_and(|c| (38.0..46.0).contains(&c)),
        );
        run.act(Act::Mend {
            instrument: Instrument::ExhaustA,
            fault: Some(fault),
        });
        run.within(30.0, "it is read again", |p| {
            p.get(temperature::EXHAUST.at(0)).ok().is_some()
        });
    }
    run.acknowledge().normal(60.0);
    run
}
