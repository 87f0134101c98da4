//! Parity residuals: which readings the equations go by, when they must be silent, and what is shown.
//!
//! ```text
//!   readings, heat balance, clean curves --once a second--> residuals, sums, finding (sensors/src/estimate/parity)
//!                                                               `--> points; one alarm where no other tells the same
//! ```
//! *A restart* takes over what was learned, where the record on disk is whole, of the constants that are in force, and not older than
//! [`KEPT_DAYS`] by a wall clock that is set: a core that is started anew does not take what has drifted for what is usual. What is
//! replaced is learned anew: a channel whose input a person takes back into service with another serial number, the flow with
//! another filter, all with a commissioning run.
//!
//! It shows and decides nothing: no protection, no wish and no reading depends on it. What other judges find by evidence of
//! their own (door, missing filter, tachometer, lost probe) keeps its own alarm; parity's stands for what has none.

mod record;

use points::alarm::{Alarm, AlarmSet};
use points::input::Input;
use points::interlock::Cause;
use points::point::{Tag, blower, contact, flow, parity, power, self_test, temperature};
use points::{Absent, Date, Flag, Moment, ParityFinding, Snapshot, Span};
pub use record::{PARITY_RECORD_BYTES, ParityRecord};
use safety::crc32c;
use sensors::estimate::commission::Fit;
use sensors::estimate::parity::{
    CHANNELS, Channel, Clean, Coast, FIGURES, Learned, Parity as Estimate, RESIDUALS, Seen,
};

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
/// What was learned longer ago than this is learned anew: a rack that has stood so long was worked at.
const KEPT_DAYS: u32 = 30;
/// The wall clock must be set so soon after the start for a record to be taken over. Nothing is learned before: a minute of rest
/// comes first.
const CLOCK_TIME: Span = Span::s(45);
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
    /// Of the constants in force.
    mark: u32,
    /// What a process before has left, until it is known whether it holds, and since when that is waited for.
    found: Option<ParityRecord>,
    began: Option<Moment>,
    /// The last day on which what is learned was looked at, and how far it had come when it was last kept.
    day: Option<Date>,
    progress: u32,
    /// Counts the moments at which the record has changed.
    changes: u32,
}

impl Parity {
    /// Nothing seen yet; `found` is what a process before has left on disk.
    pub(crate) fn new(found: Option<ParityRecord>) -> Self {
        Parity {
            found,
            ..Self::of(&Fit::PLAN, false)
        }
    }

    fn of(fit: &Fit, commissioned: bool) -> Self {
        Parity {
            mark: mark(fit, commissioned),
            found: None,
            began: None,
            day: None,
            progress: 0,
            changes: 0,
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
        *self = Parity {
            found: self.found.take(),
            began: self.began,
            day: self.day,
            changes: self.changes.wrapping_add(1),
            ..Self::of(fit, true)
        };
    }

    /// A person has put another part in the place of this one.
    pub(crate) fn replaced(&mut self, input: Input) {
        for channel in channels_of(input) {
            self.estimate.replaced(*channel);
        }
    }

    /// What has to be on disk.
    pub(crate) fn record(&self) -> ParityRecord {
        // Until it is known whether what was found holds, it stays what it is.
        self.found.unwrap_or(ParityRecord {
            mark: self.mark,
            day: self.day.unwrap_or(Date::from_days(0)),
            learned: self.estimate.learned(),
        })
    }

    /// Counts the moments at which that has changed: when something more is learned, and once a day.
    pub(crate) const fn changes(&self) -> u32 {
        self.changes
    }

    /// Takes over what was found once the day is known, and keeps what has changed.
    fn keep(&mut self, now: Moment, today: Option<Date>) {
        let began = *self.began.get_or_insert(now);
        match (self.found, today) {
            (Some(found), Some(today)) => {
                self.found = None;
                let whole = found.mark == self.mark && found.day <= today;
                if whole && today.since(found.day) <= KEPT_DAYS {
                    self.estimate.restore(&found.learned);
                    self.progress = self.estimate.progress();
                    self.day = Some(found.day);
                }
            }
            (Some(_), None) if now.since(began) > CLOCK_TIME => self.found = None,
            // Until it is known, what is on disk stays there.
            (Some(_), None) => return,
            (None, _) => {}
        }
        let progress = self.estimate.progress();
        let new_day = today.is_some() && today != self.day && self.estimate.learned() != NOTHING;
        if progress != self.progress || new_day {
            self.progress = progress;
            self.day = today.or(self.day);
            self.changes = self.changes.wrapping_add(1);
        }
    }

    /// Conditions of alarms, as of the last look.
    pub(crate) const fn conditions(&self) -> AlarmSet {
        self.conditions
    }

    /// Looks once a second, and writes what it says. `stopped`: the fan is held off; `today`: by the wall clock.
    pub(crate) fn look(
        &mut self,
        now: Moment,
        stopped: bool,
        today: Option<Date>,
        judge: &Judge,
        picture: &mut Snapshot,
    ) {
        if self.looked.is_some_and(|looked| now.since(looked) < LOOK) {
            return;
        }
        self.looked = Some(now);
        self.keep(now, today);
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

const NOTHING: Learned = [[0.0; FIGURES]; CHANNELS];

/// Tells constants that make other residuals apart.
fn mark(fit: &Fit, commissioned: bool) -> u32 {
    let mut bytes = [0; 33];
    let figures = [fit.flow, fit.bend, fit.draft.0, fit.draft.1];
    for (place, figure) in bytes.chunks_exact_mut(8).zip(figures) {
        place.copy_from_slice(&figure.to_le_bytes());
    }
    bytes[32] = u8::from(commissioned);
    crc32c(&bytes)
}

/// The channels that were learned with a part.
const fn channels_of(input: Input) -> &'static [Channel] {
    match input {
        Input::ExhaustA => &[Channel::ExhaustA],
        Input::ExhaustB => &[Channel::ExhaustB],
        Input::ExhaustC => &[Channel::ExhaustC],
        Input::Tachometer => &[Channel::Speed, Channel::Power, Channel::Flow],
        Input::BlowerCurrent => &[Channel::Power],
        Input::Draft => &[Channel::Draft, Channel::Suction],
        Input::FilterLeft => &[Channel::Left],
        Input::FilterRight => &[Channel::Right],
        Input::PowerMeter => &[Channel::Heat],
        Input::Ceiling
        | Input::SmokeA
        | Input::SmokeB
        | Input::BreakWireLeft
        | Input::BreakWireRight
        | Input::HomeLeft
        | Input::HomeRight
        | Input::FireButton
        | Input::EmergencyOff
        | Input::CutOut
        | Input::Door
        | Input::Mains
        | Input::Seal
        | Input::Isolator
        | Input::FanContact
        | Input::PowerCutReadBack => &[],
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
