//! Parity residuals: which readings the equations go by, when they must be silent, and what is shown.
//!
//! ```text
//!   readings, heat balance, clean curves --once a second--> residuals, sums, finding (sensors/src/estimate/parity)
//!                                                               `--> points; one alarm where no other tells the same
//! ```
//! It shows and decides nothing: no protection, no wish and no reading depends on it. What other judges find by evidence of
//! their own (door, missing filter, tachometer, lost probe) keeps its own alarm; parity's stands for what has none.

use points::alarm::{Alarm, AlarmSet};
use points::interlock::Cause;
use points::point::{Tag, blower, contact, flow, parity, power, self_test, temperature};
use points::{Absent, Flag, Moment, ParityFinding, Snapshot, Span};
use sensors::estimate::commission::Fit;
use sensors::estimate::parity::{Clean, Coast, Parity as Estimate, RESIDUALS, Seen};

use crate::control::FlowMap;
use crate::judge::{Judge, SPEED_FULL_RPM};

/// Time between two looks.
const LOOK: Span = Span::s(1);
/// Below this speed the blower moves nothing that any curve tells, rpm: the slowest drive holds 560.
const STANDING_RPM: f64 = 500.0;
/// A second blower that turns faster than this shares the work, rpm.
const SECOND_RPM: f64 = 100.0;
/// Below this a drive asks for nothing, percent.
const STOPS: f64 = 2.0;
const _: () = assert!(RESIDUALS == parity::RESIDUALS.len());

/// Memory of parity.
#[derive(Clone, Debug)]
pub(crate) struct Parity {
    estimate: Estimate,
    clean: Clean,
    looked: Option<Moment>,
    /// A filter is out of its slot.
    filter_out: bool,
    conditions: AlarmSet,
}

impl Parity {
    /// Nothing seen yet.
    pub(crate) fn new() -> Self {
        Self::of(&Fit::PLAN, false)
    }

    fn of(fit: &Fit, commissioned: bool) -> Self {
        Parity {
            estimate: Estimate::new(commissioned),
            clean: Clean {
                full_rpm: SPEED_FULL_RPM,
                planned_m3_s: FlowMap::planned,
                draft: fit.draft,
            },
            looked: None,
            filter_out: false,
            conditions: AlarmSet::EMPTY,
        }
    }

    /// The rack has these constants from now on; what it is like is learned anew.
    pub(crate) fn commissioned(&mut self, fit: &Fit) {
        *self = Self::of(fit, true);
    }

    /// Conditions of alarms, as of the last look.
    pub(crate) const fn conditions(&self) -> AlarmSet {
        self.conditions
    }

    /// Looks once a second, and writes what it says. `stopped`: the fan is held off.
    pub(crate) fn look(&mut self, now: Moment, stopped: bool, judge: &Judge, picture: &mut Snapshot) {
        if self.looked.is_some_and(|looked| now.since(looked) < LOOK) {
            return;
        }
        self.looked = Some(now);
        let out = judge.filter_lacks() || any(picture, contact::FILTER_PRESENT.iter(), Flag::Clear);
        if self.filter_out && !out {
            self.estimate.new_filter();
        }
        self.filter_out = out;
        let seen = see(stopped, out, judge, picture);
        self.estimate.look(now, &seen, &self.clean);
        let finding = self.estimate.finding();
        picture.put(parity::FINDING, finding);
        for residual in 0..RESIDUALS {
            picture.put(parity::RESIDUAL.at(residual), self.estimate.residual(residual));
            picture.put(parity::SUM.at(residual), self.estimate.sum(residual));
        }
        let tells = finding
            .ok()
            .is_some_and(|finding| tells(finding, picture.alarms.active));
        self.conditions.put(Alarm::ParityFinding, tells);
    }
}

fn any(picture: &Snapshot, mut tags: impl Iterator<Item = Tag<Flag>>, flag: Flag) -> bool {
    tags.any(|tag| picture.get(tag).ok() == Some(flag))
}

/// What a look sees, and why parts of it say nothing.
fn see(stopped: bool, filter_out: bool, judge: &Judge, picture: &Snapshot) -> Seen {
    let (speed, doubted) = judge.tachometer();
    let drive = picture.get(blower::DUTY.at(0));
    let off = stopped
        || picture.get(blower::CONTACT_OPEN.at(0)).ok() == Some(Flag::Set)
        || picture.get(blower::ISOLATOR_OPEN.at(0)).ok() == Some(Flag::Set)
        || picture.get(contact::MAINS_PRESENT).ok() == Some(Flag::Clear)
        || drive.number().is_some_and(|percent| percent < STOPS);
    // Two witnesses say that a driven wheel stands (C10), and that has an alarm of its own. Speed and power of a wheel that is
    // held, and that of one which runs up again, follow no drive: their equations say nothing of bearings, meter or drive.
    let failed = picture.causes.has(Cause::C10FanFailed);
    // Driven, or turning: a second tachometer that is not believed does not make it stand.
    let (other, driven) = (blower::SPEED.at(1), blower::DUTY.at(1));
    let second = picture.get(other).number().is_some_and(|rpm| rpm > SECOND_RPM)
        || picture
            .get(driven)
            .number()
            .is_some_and(|percent| percent >= STOPS);
    let stands =
        speed.value == Err(Absent::UnderRange) || speed.number().is_some_and(|rpm| rpm < STANDING_RPM);
    // A door that is taken for open while its contact says closed is what the flow's equation is to tell: only where which
    // air is, is not known then.
    let (door, warm) = match picture.get(contact::DOOR_OPEN).value {
        Ok(Flag::Clear) | Err(Absent::NotFitted) => (None, None),
        Ok(Flag::Set) => (Some(Absent::Suspended), Some(Absent::Suspended)),
        Err(Absent::Disagrees) => (None, Some(Absent::Disagrees)),
        Err(why) => (Some(why), Some(why)),
    };
    let suspended = |is: bool| is.then_some(Absent::Suspended);
    let share = picture.get(self_test::COAST).number();
    let coast = share.zip(picture.get(self_test::AGE).number());
    Seen {
        heat: judge.heat_since_learned(),
        hosts: picture.get(power::IT_POWER),
        exhaust: [0, 1, 2].map(|probe| picture.get(temperature::EXHAUST.at(probe))),
        room: picture.get(temperature::ROOM),
        inlets: [0, 1].map(|side| picture.get(temperature::INLET.at(side))),
        draft: picture.get(flow::RACK_DRAFT),
        suction: picture.get(flow::SUCTION),
        drops: [0, 1].map(|side| picture.get(flow::FILTER_DROP.at(side))),
        speed,
        drive,
        doubted,
        power: picture.get(blower::POWER.at(0)),
        blower: suspended(off || failed || second),
        air: door.or(suspended(stands || filter_out)),
        heat_ways: warm.or(suspended(stands || filter_out)),
        coast: coast.map(|(percent, age_s)| Coast {
            share: percent / 100.0,
            age_s,
        }),
    }
}

/// Whether a finding is told by an alarm of parity's own: not what is usual and shown elsewhere (filters load), and not what
/// an alarm that stands tells already.
fn tells(finding: ParityFinding, active: AlarmSet) -> bool {
    let told_by: &[Alarm] = match finding {
        ParityFinding::None | ParityFinding::Clogging => return false,
        ParityFinding::Unisolated
        | ParityFinding::Room
        | ParityFinding::InletLeft
        | ParityFinding::InletRight
        | ParityFinding::BlowerMeter
        | ParityFinding::Uneven => &[],
        ParityFinding::ExhaustA
        | ParityFinding::ExhaustB
        | ParityFinding::ExhaustC
        | ParityFinding::Exhaust => &[
            Alarm::ProbeLost,
            Alarm::ProbesLost,
            Alarm::Blind,
            Alarm::VoteContradicted,
        ],
        ParityFinding::Draft
        | ParityFinding::FilterLeft
        | ParityFinding::FilterRight
        | ParityFinding::Suction
        | ParityFinding::Pressure
        | ParityFinding::PressureOrAir => &[Alarm::SelfTest],
        ParityFinding::Tachometer => &[Alarm::TachometerDisagrees],
        ParityFinding::Drive => &[
            Alarm::FanFailed,
            Alarm::OneBlowerLost,
            Alarm::CoolingIsolated,
            Alarm::MainsLost,
        ],
        ParityFinding::Bearing | ParityFinding::BearingOrMeter => &[Alarm::BearingWear],
        ParityFinding::Door => &[Alarm::DoorDoubted, Alarm::DoorOpen],
        ParityFinding::Leak => &[Alarm::FilterMissing, Alarm::DoorDoubted],
        ParityFinding::Discharge => &[Alarm::NoFlow],
        ParityFinding::HeatAlone => &[Alarm::UnexplainedHeat, Alarm::PreAlarm],
    };
    !told_by.iter().any(|alarm| active.has(*alarm))
}

#[cfg(test)]
#[path = "parity_tests.rs"]
mod tests;
