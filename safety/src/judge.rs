//! One evaluation: judge everything, walk the matrix, say what is permitted. One pure pass, no act.

use points::alarm::Alarm;
use points::command::Refusal;
use points::interlock::{Cause, CauseSet, Effect, EffectSet, Latch, OutputLine};
use points::setting::{
    DEGRADED_FLOOR, DOOR_DELAY, FIRE_SOAK, HARD, HOST_STOP_TIME, OVER_TEMPERATURE_CUT, Settings, TRIP,
};
use points::snapshot::Why;
use points::{Absent, ExtinguisherState, Flag, Moment, Percent, Span};

use crate::bound::Outputs;
use crate::bypass::Bypasses;
use crate::evidence::{Class, Evidence, Witnesses};
use crate::extinguisher;
use crate::fan::{FanWatch, Finding};
use crate::input::{Inputs, PROBES, UNITS, is_set, is_set_or_doubted};
use crate::latch::{Circumstances, Interlocks, PROVEN_TIME};
use crate::level::{Damp, Filters, Levels, Passed};
use crate::matrix::MATRIX;
use crate::pair::PairWatch;
use crate::record::{LatchRecord, Restored};
use crate::reset::{Key, Seen};
use crate::slope::Slope;
use crate::time_left::{BySlope, Loss};
use crate::timer::Held;
use crate::verdict::{Verdict, conditions, stage};
use crate::vote::{Vote, Voting};

/// After a start, probes and loops that have not reported yet count neither as lost nor as faulty for this long; the
/// fan runs at full speed meanwhile.
pub const BOOT_GRACE: Span = Span::s(5);
/// H22: power must be gone this long after the cut.
const CUT_TIME: Span = Span::s(3);
/// H22: more than this, in watts, still flows. Below it a meter may see its own supply.
const STILL_POWER_W: f64 = 200.0;
/// Stands for the number of voters while the vote is contradicted (H11): more than there are.
const CONTRADICTED_VOTERS: u8 = u8::MAX;
/// H47: so many exhaust probes vote at least before the fan is slowed by anything but control.
const SIGHTED_VOTERS: u8 = 2;
/// A read-back may lag its command by this.
const READ_BACK_TIME: Span = Span::s(1);

/// The interlocks' whole memory. Copied freely; holds no resource.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Safety {
    born: Moment,
    begun: bool,
    voting: Voting,
    levels: Levels,
    slope: Slope,
    loss: Loss,
    filters: Filters,
    damp: Damp,
    witnesses: Witnesses,
    fan: FanWatch,
    pair: PairWatch,
    door: Held,
    door_floor: Percent,
    cut: Held,
    cut_mismatch: Held,
    proven_down: Held,
    held_drive: Option<Percent>,
    answered: bool,
    pub(crate) bypasses: Bypasses,
    pub(crate) last_evidence: Moment,
    pub(crate) interlocks: Interlocks,
    pub(crate) unknown: bool,
    pub(crate) held_off: bool,
    pub(crate) key: Key,
    pub(crate) seen: Option<Seen>,
}

/// Probes that do not vote.
#[derive(Clone, Copy, Debug)]
struct Blindness {
    lost: usize,
    blind: bool,
    /// None votes yet, and one may still come: full speed without an alarm.
    starting: bool,
}

impl Blindness {
    fn of(inputs: &Inputs, vote: &Vote, in_grace: bool) -> Self {
        let waits = |index: &usize| in_grace && inputs.exhaust[*index].reading.value == Err(Absent::Starting);
        let silent = (0..PROBES).filter(|index| !vote.voting[*index]);
        let (waiting, lost) = silent.fold((0, 0), |(waiting, lost), index| {
            if waits(&index) {
                (waiting + 1, lost)
            } else {
                (waiting, lost + 1)
            }
        });
        Blindness {
            lost,
            blind: lost == PROBES,
            starting: vote.voters == 0 && waiting > 0,
        }
    }
}

impl Safety {
    /// Starts from what a start finds. Raises nothing by itself and forgets no latch (I18); the delays of what is
    /// latched run anew, since no time is known to have passed.
    pub fn new(restored: Restored, now: Moment) -> Self {
        let record = restored.record();
        Safety {
            born: now,
            begun: false,
            voting: Voting::default(),
            levels: Levels::default(),
            slope: Slope::default(),
            loss: Loss::default(),
            filters: Filters::default(),
            damp: Damp::default(),
            witnesses: Witnesses::default(),
            fan: FanWatch::default(),
            pair: PairWatch::default(),
            door: Held::default(),
            door_floor: Percent::of(0.0),
            cut: Held::default(),
            cut_mismatch: Held::default(),
            proven_down: Held::default(),
            held_drive: None,
            answered: false,
            bypasses: Bypasses {
                out_of_service: record.out_of_service,
                ..Bypasses::default()
            },
            // The soak starts anew as well.
            last_evidence: now,
            interlocks: Interlocks::new(record.latched, now),
            unknown: record.unknown,
            held_off: record.held_off,
            key: Key::default(),
            seen: None,
        }
    }

    /// What must outlive the process. Cheap; compare with the last one to notice a change.
    pub const fn record(&self) -> LatchRecord {
        LatchRecord {
            latched: self.interlocks.latched,
            unknown: self.unknown,
            held_off: self.held_off,
            out_of_service: self.bypasses.out_of_service,
        }
    }

    /// Judges everything. `last` is what was commanded in the tick before (from [`crate::exit`] in the first).
    pub fn evaluate(&mut self, now: Moment, inputs: &Inputs, settings: &Settings, last: &Outputs) -> Verdict {
        let mut inputs = *inputs;
        inputs.age(now);
        self.expire_overrides(now);
        self.bypasses.apply(&mut inputs, now);
        let in_grace = now.since(self.born) < BOOT_GRACE;
        self.begin(&inputs, last);
        self.key.watch(now, &inputs.key_switch);

        let vote = self.voting.take(now, &inputs, settings);
        // Whom the vote follows is part of who votes: the step between them is no slope.
        let followed = if vote.contradicted {
            CONTRADICTED_VOTERS
        } else {
            vote.voters
        };
        self.slope.take(now, vote.level, followed);
        let passed = self.levels.judge(now, vote.level, settings);
        let evidence = self.witnesses.weigh(now, &inputs, &vote, in_grace);
        if !evidence.live.is_empty() || evidence.fired {
            self.last_evidence = now;
        }
        self.held_off |= self.unknown && evidence.any();
        let blindness = Blindness::of(&inputs, &vote, in_grace);
        let fan = self.fan.judge(now, &inputs, last);
        let pair = self.pair.judge(now, &inputs, last);
        let (loaded, ended) = self
            .filters
            .judge(&inputs.filter_resistance, &inputs.filter_out, settings);
        let door_open_long = self.judge_door(now, &inputs, settings, last);
        let units = [0, 1].map(|unit| {
            let (home, wire) = (&inputs.extinguisher_home[unit], &inputs.break_wire[unit]);
            extinguisher::state(home, wire, inputs.unit_life[unit])
        });

        let twice = settings.span(HOST_STOP_TIME) + settings.span(HOST_STOP_TIME);
        let stop_lead = inputs.hosts.lead.unwrap_or(twice);
        let by_slope = BySlope {
            trip: self.slope.time_to(vote.level, settings.get(TRIP)),
            damage: self.slope.time_to(vote.level, settings.get(HARD)),
        };
        let to_trip = by_slope.trip;
        let trip_near = to_trip.is_some_and(|left| left < stop_lead);
        let falls_short = self.pair.falls_short(now, passed.high, trip_near);

        let mut causes = exhaust_causes(&inputs, &vote, &passed, &blindness);
        let mut put = |cause, stands| causes.put(cause, stands);
        put(Cause::C01Fired, evidence.fired);
        put(Cause::C02FireConfirmed, evidence.confirmed);
        put(Cause::C03ManualFire, is_set(&inputs.manual_fire));
        put(Cause::C04PreAlarm, evidence.pre_alarm());
        put(Cause::C05CutOut, is_set(&inputs.cut_out_open));
        put(Cause::C10FanFailed, fan.failed || falls_short);
        put(Cause::C11NoFlow, fan.no_flow);
        put(Cause::C12Filter, loaded || ended);
        put(Cause::C13Door, door_open_long);
        put(Cause::C14Extinguisher, is_impaired(&inputs, &units, in_grace));
        put(Cause::C18FrontLost, !inputs.front_alive);
        put(Cause::C19Watchdog, inputs.watchdog_acted);
        put(Cause::C20MainsLost, inputs.mains_present.value == Ok(Flag::Clear));
        put(Cause::C21FanOffNotObeyed, fan.not_obeyed);
        put(Cause::C22CutNotObeyed, self.judge_cut(now, &inputs, last));
        put(Cause::C23HostNotDown, inputs.host_not_down);
        // C26 has a row and no input yet: it never stands.
        put(Cause::C24EmergencyOff, is_set(&inputs.emergency_off));
        put(Cause::C25Untrusted, is_set(&inputs.seal_broken));
        // Off without a cause that says why (latches unknown) is a loss of cooling as well.
        let isolated = is_set(&inputs.isolator_open) || fan.contact_astray || (self.unknown && self.held_off);
        put(Cause::C28CoolingIsolated, isolated);
        put(
            Cause::C29Condensation,
            self.damp.judge(&inputs.dew_point_margin, settings),
        );
        put(Cause::C30FilterMissing, inputs.filter_missing);
        let cooling_lost = causes.any(CauseSet::of(&[Cause::C10FanFailed, Cause::C28CoolingIsolated]));
        let left = self.loss.judge(now, cooling_lost, by_slope, &inputs.hosts, twice);
        self.answered &= causes.has(Cause::C04PreAlarm);

        let circumstances = Circumstances {
            answered: self.answered,
            fire_evidence: evidence.any(),
            cut_allowed: settings.get(OVER_TEMPERATURE_CUT) >= 0.5,
            // Without a vote nothing can be predicted, and without cooling there is no time to wait for one.
            trip_near: if vote.voters == 0 {
                blindness.blind
            } else {
                left.short
            },
            filter_ended: ended,
            heat_permits: self.heat_permits(&inputs, &vote, settings) && !trip_near,
            down_proven: self.proven_down.stood(now, inputs.hosts_proven_down, PROVEN_TIME),
        };
        let walk = self.interlocks.walk(now, causes, &circumstances, settings);
        // A fire that is latched now has its overrides end in the same evaluation (I07).
        self.expire_overrides(now);
        let mut effects = self.resolve(
            walk.effects,
            is_set_or_doubted(&inputs.door_open),
            blindness.starting,
        );
        self.hold(&blindness, &evidence, last);
        // H47: one of two blowers that makes up for the other, and a speed held where nothing is seen, outrank less air too.
        if pair.make_up || self.held_drive.is_some() {
            effects.put(Effect::FanLeast, false);
        }

        let predicted = left
            .spare
            .filter(|_| cooling_lost && !effects.has(Effect::HostDown));
        let latched = self.interlocks.latched.causes;
        let mut alarms = conditions(causes, latched);
        alarms.put(Alarm::LoopFault, evidence.loop_fault);
        alarms.put(Alarm::UnexplainedHeat, evidence.live.has(Class::HeatBalance));
        alarms.put(Alarm::FilterEnd, ended);
        alarms.put(Alarm::VoteContradicted, vote.contradicted);
        alarms.put(Alarm::LatchUnknown, self.unknown);
        alarms.put(Alarm::OneBlowerLost, pair.lost != [false; 2]);
        alarms.put(Alarm::SoftwareFireStop, !inputs.contact_fitted);
        alarms.put(Alarm::InputOverridden, !self.bypasses.overridden().is_empty());
        alarms.put(Alarm::InputOutOfService, !self.bypasses.out_of_service.is_empty());
        alarms.put(
            Alarm::OutputMismatch,
            self.judge_read_back(now, &inputs, last, &fan),
        );
        self.seen = Some(Seen {
            inputs,
            causes,
            evidence,
            units,
            fan_proven: fan.proven,
            soak: settings.span(FIRE_SOAK),
        });

        let floor = self.door_floor.max(Percent::of(settings.get(DEGRADED_FLOOR)));
        Verdict {
            causes,
            latched,
            latches: self.record().latches(),
            effects,
            conditions: alarms,
            vote,
            evidence,
            stage: stage(effects),
            countdown: [walk.countdown, predicted].into_iter().flatten().min(),
            host_down: effects.has(Effect::HostDown),
            power_cut: effects.has(Effect::PduOff),
            cap: effects.has(Effect::HostCap),
            extinguisher: units,
            fan_proven: fan.proven,
            to_trip,
            to_damage: left.damage,
            down_stands: causes
                .iter()
                .filter(|cause| *cause != Cause::C23HostNotDown)
                .any(|cause| MATRIX[cause.index()].effects().has(Effect::HostDown)),
            floor,
            hold: self.held_drive,
            make_up: pair.make_up,
            lost: pair.lost,
        }
    }

    /// What the last evaluation judged, every reading as old as it was then.
    pub fn inputs(&self) -> Option<&Inputs> {
        self.seen.as_ref().map(|seen| &seen.inputs)
    }

    /// Why the effects of the last evaluation are in force, cause by cause.
    pub fn why(&self) -> Why {
        self.interlocks.why()
    }

    /// Soak that is left before the fire latch can be reset, while that stands.
    pub fn soak_left(&self, now: Moment) -> Option<Span> {
        let seen = self.seen.as_ref().filter(|_| self.holds(Latch::Fire))?;
        Some(seen.soak.left(now.since(self.last_evidence))).filter(|left| *left > Span::ZERO)
    }

    /// Answers the pre-alarm: a person looks after it, so its shutdown does not run. Forgotten when the evidence goes.
    ///
    /// # Errors
    /// When no pre-alarm stands.
    pub fn answer_prealarm(&mut self, _now: Moment) -> Result<(), Refusal> {
        if self.seen.is_some_and(|seen| seen.causes.has(Cause::C04PreAlarm)) {
            self.answered = true;
            return Ok(());
        }
        Err(Refusal::NotRaised)
    }

    /// Silences the horn for the causes that stand or are latched now; a new cause sounds it again.
    pub fn silence(&mut self) {
        self.interlocks
            .silence(self.seen.map_or(CauseSet::EMPTY, |seen| seen.causes));
    }

    /// The contact's state at the start is a latch record of its own (D3): open without a latch that says why means
    /// that a latch was lost.
    fn begin(&mut self, inputs: &Inputs, last: &Outputs) {
        if self.begun {
            return;
        }
        self.begun = !inputs.contact_fitted || inputs.contact_open.value.is_ok();
        let open = last.contact_open() || (inputs.contact_fitted && is_set(&inputs.contact_open));
        if open && !self.interlocks.latched.effects().has(Effect::FanOff) {
            self.unknown = true;
            self.held_off = true;
        }
    }

    /// D12: with the door open the fan does not go below what it did when the door opened. Whether C13 stands.
    fn judge_door(&mut self, now: Moment, inputs: &Inputs, settings: &Settings, last: &Outputs) -> bool {
        let open = is_set_or_doubted(&inputs.door_open);
        let stood = self.door.watch(now, open);
        if stood.is_none() {
            self.door_floor = Percent::of(0.0);
        }
        // In the first tick `last` is the full speed of the start, which nobody has judged.
        if stood == Some(Span::ZERO) && self.seen.is_some() {
            self.door_floor = self.door_floor.max(last.drive());
        }
        stood.is_some_and(|stood| stood > settings.span(DOOR_DELAY))
    }

    /// H47: whether there is room for less air. Only while everything that says how hot the rack is, is there, and
    /// nothing that over-temperature has latched waits for a person.
    fn heat_permits(&mut self, inputs: &Inputs, vote: &Vote, settings: &Settings) -> bool {
        let cool = self.damp.is_cool(vote.level, settings);
        let sighted = vote.voters >= SIGHTED_VOTERS && !vote.contradicted;
        let known = inputs.it_power.value.is_ok() && inputs.dew_point_margin.value.is_ok();
        cool && sighted && known && !self.holds(Latch::OverTemperature)
    }

    /// H22: whether power flows although it was cut. The line's read-back stands in for a meter that says nothing.
    fn judge_cut(&mut self, now: Moment, inputs: &Inputs, last: &Outputs) -> bool {
        let cut_long = self
            .cut
            .stood(now, last.lines().has(OutputLine::PowerCut), CUT_TIME);
        let flows = match inputs.it_power.number() {
            Some(power) => power > STILL_POWER_W,
            None => inputs.power_cut_stands.value == Ok(Flag::Clear),
        };
        cut_long && flows
    }

    fn judge_read_back(&mut self, now: Moment, inputs: &Inputs, last: &Outputs, fan: &Finding) -> bool {
        let commanded = last.lines().has(OutputLine::PowerCut);
        let differs = inputs
            .power_cut_stands
            .ok()
            .is_some_and(|stands| stands.is_set() != commanded);
        self.cut_mismatch.stood(now, differs, READ_BACK_TIME) || fan.contact_mismatch
    }

    /// What stands beside the matrix, then: latched OFF beats ON requests.
    pub(crate) fn resolve(&self, mut effects: EffectSet, door_open: bool, starting: bool) -> EffectSet {
        if self.unknown {
            effects = effects.with(EffectSet::of(&[
                Effect::Lockout,
                Effect::Fault,
                Effect::Beacon,
                Effect::Mail,
            ]));
            effects.put(
                if self.held_off {
                    Effect::FanOff
                } else {
                    Effect::FanMax
                },
                true,
            );
        }
        if starting {
            effects.put(Effect::FanMax, true);
        }
        // D12: at once, not only when C13 stands.
        if door_open {
            effects.put(Effect::FanFloor, true);
        }
        if effects.has(Effect::FanOff) {
            effects = effects.without(EffectSet::of(&[Effect::FanMax, Effect::FanFloor]));
        }
        // H47: whoever asks for air outranks whoever wants less of it.
        if effects.any(EffectSet::of(&[Effect::FanOff, Effect::FanMax, Effect::FanFloor])) {
            effects.put(Effect::FanLeast, false);
        }
        effects
    }

    /// D3: all blind with fire evidence leaves the fan as it is.
    fn hold(&mut self, blindness: &Blindness, evidence: &Evidence, last: &Outputs) {
        self.held_drive = if blindness.blind && evidence.any() {
            Some(self.held_drive.unwrap_or(last.drive()))
        } else {
            None
        };
    }

    /// Latches held now, as far as the key's owner is concerned.
    pub(crate) fn holds(&self, latch: Latch) -> bool {
        self.record().latches().has(latch)
    }
}

/// Causes seen in the exhaust.
fn exhaust_causes(inputs: &Inputs, vote: &Vote, passed: &Passed, blindness: &Blindness) -> CauseSet {
    let rising = (0..PROBES)
        .filter(|index| vote.voting[*index] && inputs.exhaust[*index].rising)
        .count();
    let mut causes = CauseSet::EMPTY;
    for (cause, stands) in [
        (Cause::C06Warn, passed.warn),
        (Cause::C07High, passed.high),
        (Cause::C08Trip, passed.trip),
        (Cause::C27Hard, passed.hard),
        (Cause::C09Rising, rising >= vote.threshold()),
        (Cause::C15OneProbeLost, blindness.lost == 1),
        (Cause::C16TwoProbesLost, blindness.lost == 2),
        (Cause::C17AllBlind, blindness.blind),
    ] {
        causes.put(cause, stands);
    }
    causes
}

/// C14: a unit that the site has is not armed. One that has not been read yet after a start is not judged.
fn is_impaired(inputs: &Inputs, units: &[ExtinguisherState; UNITS], in_grace: bool) -> bool {
    (0..UNITS).any(|unit| {
        let (home, wire) = (&inputs.extinguisher_home[unit], &inputs.break_wire[unit]);
        let unread = home.value == Err(Absent::Starting) || wire.value == Err(Absent::Starting);
        extinguisher::is_fitted(home, wire)
            && units[unit] != ExtinguisherState::Armed
            && !(in_grace && unread)
    })
}
