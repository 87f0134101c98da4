//! A rack to judge: inputs that are healthy until a test says otherwise, and a blower that follows its command.

use std::sync::OnceLock;

use crate::*;
use points::command::Authority;
use points::interlock::{Cause, Effect, Latch, LatchSet, OutputLine};
use points::setting::Settings;
use points::{
    Absent, Ampere, Blower, Celsius, Flag, Kelvin, LoopState, Moment, Pascal, Percent, Quantity, Ratio,
    Reading, Rpm, Span, Watt,
};

/// The bench's tick.
pub const TICK: Span = Span::ms(100);

#[derive(Clone, Debug)]
pub struct Bench {
    pub safety: Safety,
    pub inputs: Inputs,
    pub settings: Settings,
    pub outputs: Outputs,
    pub verdict: Option<Verdict>,
    pub now: Moment,
    pub wish: f64,
    pub step: Span,
    /// The blower turns when it is driven.
    pub fan_works: bool,
    /// The blower stops when it is stopped.
    pub fan_stops: bool,
    /// Inputs keep their stamps: nothing new is measured.
    pub frozen: bool,
    pub ticks: u64,
    /// Control asks for no drive.
    pub asks: bool,
    /// Control wishes that this one of two blowers stands by.
    pub rests: Option<Blower>,
    pub coasting: Coasting,
}

fn good<Q: Quantity>(value: Q) -> Reading<Q> {
    Reading::good(value, Moment::ZERO)
}

/// A set of them.
pub fn buses(numbers: &[u8]) -> BusSet {
    let mut set = BusSet::EMPTY;
    numbers.iter().for_each(|bus| set.add(*bus));
    set
}

/// A healthy rack at 40 C.
pub fn healthy() -> Inputs {
    let probe = |bus| Probe {
        reading: good(Celsius::of(40.0)),
        bus,
        rising: false,
    };
    let no = good(Flag::Clear);
    Inputs {
        exhaust: [probe(1), probe(1), probe(2)],
        ceiling: good(Celsius::of(41.0)),
        heat: HeatInputs {
            unexplained: no,
            buses: buses(&[1, 2, 4]),
        },
        smoke: [good(LoopState::Normal); 2],
        smoke_bus: 3,
        break_wire: [good(LoopState::Normal); 2],
        extinguisher_home: [good(Flag::Set); 2],
        unit_life: [Life::Good; 2],
        manual_fire: no,
        emergency_off: no,
        cut_out_open: no,
        door_open: no,
        mains_present: good(Flag::Set),
        key_switch: no,
        seal_broken: no,
        isolator_open: no,
        contact_open: no,
        fan: FanInputs {
            speed: good(Rpm::of(2000.0)),
            current: good(Ampere::of(3.0)),
            drive: good(Percent::of(60.0)),
            expected_current: None,
        },
        pair: None,
        draft: good(Pascal::of(-9.0)),
        it_power: good(Watt::of(5000.0)),
        filter_resistance: [good(Ratio::of(1.2)); 2],
        filter_missing: false,
        filter_out: [false; 2],
        dew_point_margin: good(Kelvin::of(12.0)),
        power_cut_stands: no,
        front_alive: true,
        host_not_down: false,
        hosts: HostsTime::default(),
        hosts_proven_down: false,
        watchdog_acted: false,
        contact_fitted: true,
    }
}

fn stamp(inputs: &mut Inputs, now: Moment) {
    let i = inputs;
    i.exhaust.iter_mut().for_each(|probe| probe.reading.at = now);
    i.ceiling.at = now;
    i.dew_point_margin.at = now;
    i.smoke
        .iter_mut()
        .chain(&mut i.break_wire)
        .for_each(|reading| reading.at = now);
    i.extinguisher_home
        .iter_mut()
        .for_each(|reading| reading.at = now);
    i.filter_resistance
        .iter_mut()
        .for_each(|reading| reading.at = now);
    for flag in [
        &mut i.heat.unexplained,
        &mut i.manual_fire,
        &mut i.emergency_off,
        &mut i.cut_out_open,
        &mut i.door_open,
        &mut i.mains_present,
        &mut i.key_switch,
        &mut i.seal_broken,
        &mut i.isolator_open,
        &mut i.contact_open,
        &mut i.power_cut_stands,
    ] {
        flag.at = now;
    }
    (i.fan.speed.at, i.fan.current.at, i.fan.drive.at) = (now, now, now);
    (i.draft.at, i.it_power.at) = (now, now);
    for one in i.pair.iter_mut().flatten() {
        (one.speed.at, one.current.at, one.isolated.at) = (now, now, now);
    }
}

impl Bench {
    /// A commissioned rack that has run for a minute: every test begins with the same one.
    pub fn new() -> Bench {
        static MINUTE_OLD: OnceLock<Bench> = OnceLock::new();
        let run = || {
            let mut bench = Bench::start(Restored::NeverLatched, Some(false));
            bench.run(60.0);
            bench
        };
        MINUTE_OLD.get_or_init(run).clone()
    }

    /// A rack in the moment of a start.
    pub fn start(restored: Restored, contact_open: Option<bool>) -> Bench {
        let now = Moment(1_000_000);
        Bench {
            safety: Safety::new(restored, now),
            inputs: healthy(),
            settings: Settings::default(),
            outputs: exit(&restored, contact_open),
            verdict: None,
            now,
            wish: 40.0,
            step: TICK,
            fan_works: true,
            fan_stops: true,
            frozen: false,
            ticks: 0,
            asks: false,
            rests: None,
            coasting: Coasting::new(),
        }
    }

    /// The controller dies and starts again on its own record; the contact keeps its state.
    pub fn restart(&mut self) {
        let bytes = self.safety.record().to_bytes(7);
        let restored = Restored::of_slots(&bytes, &[0; RECORD_BYTES]);
        self.safety = Safety::new(restored, self.now);
        // The contact has long followed its last command.
        self.outputs = exit(&restored, Some(self.outputs.contact_open()));
    }

    /// One tick.
    pub fn tick(&mut self) -> Verdict {
        self.now += self.step;
        self.ticks += 1;
        if !self.frozen {
            self.follow();
            stamp(&mut self.inputs, self.now);
        }
        let verdict = self
            .safety
            .evaluate(self.now, &self.inputs, &self.settings, &self.outputs);
        let asked = self.asks;
        let coast = self
            .coasting
            .permit(self.now, self.ticks, asked, &verdict, &self.settings);
        let (drive, rests) = (Percent::of(self.wish), self.rests);
        self.outputs = bound(Wish { drive, coast, rests }, &verdict, &self.settings, self.ticks);
        self.verdict = Some(verdict);
        verdict
    }

    /// The blower and the contacts follow their commands.
    fn follow(&mut self) {
        if self.inputs.contact_open.value.is_ok() {
            self.inputs.contact_open.value = Ok(Flag::from_bool(self.outputs.contact_open()));
        }
        if self.inputs.power_cut_stands.value.is_ok() {
            let cut = self.outputs.lines().has(OutputLine::PowerCut);
            self.inputs.power_cut_stands.value = Ok(Flag::from_bool(cut));
            self.inputs.it_power.value = Ok(Watt::of(if cut { 0.0 } else { 5000.0 }));
        }
        let supplied = !self.outputs.contact_open() && self.inputs.isolator_open.value != Ok(Flag::Set);
        let turns = if supplied { self.fan_works } else { !self.fan_stops };
        let drive = if turns {
            self.outputs.drive().get().max(30.0)
        } else {
            0.0
        };
        if self.inputs.fan.speed.value.is_ok() {
            self.inputs.fan.speed.value = Ok(Rpm::of(drive * 40.0));
        }
        if self.inputs.fan.current.value.is_ok() {
            self.inputs.fan.current.value = Ok(Ampere::of(drive * 0.05));
        }
        if self.inputs.draft.value.is_ok() {
            self.inputs.draft.value = Ok(Pascal::of(drive * -0.2));
        }
    }

    /// Runs for so many seconds.
    pub fn run(&mut self, seconds: f64) -> Verdict {
        let until = self.now + Span::from_s(seconds).unwrap();
        let mut verdict = self.tick();
        while self.now < until {
            verdict = self.tick();
        }
        verdict
    }

    pub fn probe(&mut self, index: usize, degrees: f64) {
        self.inputs.exhaust[index].reading.value = Ok(Celsius::of(degrees));
    }

    pub fn probes(&mut self, degrees: f64) {
        (0..3).for_each(|index| self.probe(index, degrees));
    }

    pub fn lose(&mut self, index: usize, reason: Absent) {
        self.inputs.exhaust[index].reading.value = Err(reason);
    }

    pub fn smoke(&mut self, channel: usize, alarm: bool) {
        self.inputs.smoke[channel].value = Ok(if alarm {
            LoopState::Alarm
        } else {
            LoopState::Normal
        });
    }

    /// A person heals every cause: probes replaced, loops mended, buttons released, door shut.
    pub fn heal(&mut self) {
        self.inputs = healthy();
        (self.fan_works, self.fan_stops, self.frozen) = (true, true, false);
    }

    pub fn unexplained(&mut self, stands: bool) {
        self.inputs.heat.unexplained.value = Ok(Flag::from_bool(stands));
    }

    /// A person turns the key, resets one latch and lets go of the key.
    pub fn reset(&mut self, latch: Latch) -> Result<(), points::command::Refusal> {
        self.reset_all(LatchSet::of(&[latch]))
    }

    pub fn reset_all(&mut self, latches: LatchSet) -> Result<(), points::command::Refusal> {
        self.inputs.key_switch.value = Ok(Flag::Clear);
        self.tick();
        self.inputs.key_switch.value = Ok(Flag::Set);
        self.tick();
        let answer = self.safety.reset(self.now, latches, true, Authority::Unproven);
        self.inputs.key_switch.value = Ok(Flag::Clear);
        self.tick();
        answer
    }

    pub fn has(&self, cause: Cause) -> bool {
        self.verdict.unwrap().causes.has(cause)
    }

    pub fn does(&self, effect: Effect) -> bool {
        self.verdict.unwrap().effects.has(effect)
    }

    pub fn line(&self, line: OutputLine) -> bool {
        self.outputs.lines().has(line)
    }

    pub fn drive(&self) -> f64 {
        self.outputs.drive().get()
    }

    /// The fan is off, by drive and contact.
    pub fn off(&self) -> bool {
        self.outputs.contact_open() && self.outputs.drive().get() <= 0.0
    }
}
