//! Composes a life: its header, what happens before a stop, the stop, what happens in it, and the way back.
//!
//! ```text
//!   wait | disturbances, at most two faults at once | fire: stop in 0.5 s | power cut at its deadline | soak, way back
//!        | calm: nothing stops                      | whatever happens: the fan stays off             | normal again
//! ```

use points::setting::{ROWS, Row};

use super::writer::Writer;

/// What a life is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Nothing in it may stop the rack before its fire: at most two faults at once.
    Calm,
    /// Cooling is lost or heat comes: hosts may be shut down, the fan may not be stopped before its fire.
    Hot,
    /// Any number of faults: only what must hold whatever is broken is judged.
    Wild,
}

impl Life {
    /// That of a seed: six in ten are calm, two hot, two wild.
    #[must_use]
    pub fn of(seed: u64) -> Life {
        match seed % 10 {
            0..6 => Life::Calm,
            6..8 => Life::Hot,
            _ => Life::Wild,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Life::Calm => "calm",
            Life::Hot => "hot",
            Life::Wild => "wild",
        }
    }

    /// Most faults at once.
    pub(super) fn faults(self) -> usize {
        match self {
            Life::Calm | Life::Hot => 2,
            Life::Wild => 12,
        }
    }

    /// Longest time between two disturbances, s, and most of them: a calm life's end before anything may stop it.
    fn pace(self) -> (f64, usize) {
        match self {
            Life::Calm => (40.0, 10),
            Life::Hot => (90.0, 12),
            Life::Wild => (10.0, 20),
        }
    }
}

/// What stops the rack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Button,
    CutOut,
    Wire,
    /// Smoke and heat in the rack.
    Burning,
    EmergencyOff,
}

impl Stop {
    const ALL: [Stop; 5] = [
        Stop::Button,
        Stop::CutOut,
        Stop::Wire,
        Stop::Burning,
        Stop::EmergencyOff,
    ];

    fn word(self) -> &'static str {
        match self {
            Stop::Button => "the fire button",
            Stop::CutOut => "the cut-out",
            Stop::Wire => "an extinguisher",
            Stop::Burning => "a fire",
            Stop::EmergencyOff => "the emergency power-off",
        }
    }
}

/// Settings that change no reason to stop a healthy rack.
const MILD: [&str; 5] = [
    "control.exhaust_target",
    "control.minimum_speed",
    "control.degraded_floor",
    "safety.fire_cut_delay",
    "safety.door_delay",
];
/// Settings of limits and delays, for lives in which hosts may be shut down.
const STERN: [&str; 8] = [
    "safety.exhaust_warn",
    "safety.exhaust_high",
    "safety.exhaust_trip",
    "safety.exhaust_hard",
    "safety.fire_cut_delay",
    "safety.over_temperature_grace",
    "safety.over_temperature_cut",
    "safety.mains_delay",
];
/// Hosts' power is cut so long after a fire where the site says nothing else.
const CUT_S: f64 = 60.0;
/// What the cut may be late by: the tick and the look.
const CUT_MARGIN_S: f64 = 1.0;

/// The life of a seed, as the text of a scenario.
#[must_use]
pub fn text(seed: u64) -> String {
    let life = Life::of(seed);
    let mut writer = Writer::new(seed, life);
    let stop = (life != Life::Hot || writer.dice.chance(50.0)).then(|| writer.dice.pick(&Stop::ALL));
    let cut_s = header(&mut writer, seed, stop);
    before(&mut writer, has_two_blowers(seed));
    if let Some(stop) = stop {
        strike(&mut writer, stop);
        held(&mut writer, stop, cut_s);
        if life == Life::Calm && matches!(stop, Stop::Button | Stop::CutOut) && writer.dice.chance(30.0) {
            if has_two_blowers(seed) {
                TWO_MENDED.iter().for_each(|line| writer.line(line));
            }
            back(&mut writer);
        }
    }
    writer.lines
}

/// A quarter of all lives are of racks with two blowers, one of which is amiss: the other bears it, so nothing else in the
/// life changes.
fn has_two_blowers(seed: u64) -> bool {
    seed / 10 % 4 == 1
}

/// What may be amiss with one of two blowers, and what puts it right.
const ONE_OF_TWO: [&str; 5] = [
    "blower jammed on",
    "blower-b jammed on",
    "tach-b lost on",
    "blower wear b 60 %",
    "blower-b jammed off",
];
const TWO_MENDED: [&str; 3] = ["blower-b jammed off", "tach-b lost off", "blower wear b 100 %"];

/// Title, rack and site. Gives the delay of the power cut, s.
fn header(writer: &mut Writer, seed: u64, stop: Option<Stop>) -> f64 {
    let life = writer.life;
    let end = stop.map_or("no fire", Stop::word);
    writer.line(format_args!("title Random life {seed}: {}, {end}", life.word()));
    writer.line(format_args!("seed {seed}"));
    let tick_ms = writer.dice.pick(&[20, 50, 100, 100, 100, 200]);
    writer.line(format_args!("tick {tick_ms} ms"));
    if has_two_blowers(seed) {
        writer.line("rack with second-blower");
        writer.line("site with second-blower");
    }
    let (load_w, room_c) = match life {
        Life::Calm | Life::Wild => (
            writer.dice.between(300.0, 8_000.0),
            writer.dice.between(8.0, 26.0),
        ),
        Life::Hot => (
            writer.dice.between(3_000.0, 14_000.0),
            writer.dice.between(16.0, 32.0),
        ),
    };
    writer.line(format_args!("rack load {load_w:.0} W"));
    writer.line(format_args!("rack room {room_c:.0} °C"));
    let names: &[&str] = if life == Life::Calm { &MILD } else { &STERN };
    let mut cut_s = CUT_S;
    for name in names {
        if let Some(row) = ROWS.iter().find(|row| row.name == *name)
            && writer.dice.chance(25.0)
        {
            let value = setting(writer, row);
            if *name == "safety.fire_cut_delay" {
                cut_s = value;
            }
        }
    }
    cut_s
}

/// A setting somewhere in its span.
fn setting(writer: &mut Writer, row: &Row) -> f64 {
    let value = writer
        .dice
        .between(row.low, row.high)
        .round()
        .clamp(row.low, row.high);
    writer.line(format_args!(
        "site setting {} {value} {}",
        row.name, row.kind.unit
    ));
    value
}

/// What happens before anything has to stop.
fn before(writer: &mut Writer, two: bool) {
    writer.wait(120.0, 240.0);
    let forbidden = match writer.life {
        Life::Calm => {
            writer.line("expect no latch and no effect fan_max fault");
            "no effect fan_off host_down pdu_off and no latch fire over_temperature unknown"
        }
        Life::Hot => "no effect fan_off and no latch fire unknown",
        Life::Wild => "no latch unknown",
    };
    writer.line(format_args!("always before: {forbidden}"));
    if two {
        let amiss = writer.dice.pick(&ONE_OF_TWO);
        writer.line(amiss);
    }
    let (longest_s, most) = writer.life.pace();
    for _ in 0..=writer.dice.below(most) {
        writer.disturb();
        writer.wait(0.2, longest_s);
    }
}

/// What has to stop the rack, and what has to follow at once.
fn strike(writer: &mut Writer, stop: Stop) {
    match stop {
        Stop::Wire => writer.clear_loops(),
        Stop::Button | Stop::CutOut | Stop::Burning | Stop::EmergencyOff => {
            writer.wait(0.5, 10.0);
        }
    }
    writer.line("end before");
    let (act, limit) = match stop {
        Stop::Button => ("contact fire-button high", "500 ms"),
        Stop::CutOut => ("contact cut-out low", "500 ms"),
        Stop::Wire => (
            writer
                .dice
                .pick(&["break-wire left alarm", "break-wire right alarm"]),
            "500 ms",
        ),
        Stop::Burning => ("smoke a alarm\nsmoke b alarm\nfire 120 kW", "5 min"),
        Stop::EmergencyOff => ("contact emergency-off low", "500 ms"),
    };
    writer.line(act);
    writer.line(format_args!("within {limit} effect fan_off host_down lockout"));
    writer.line("within 300 ms truth contact-closed < 0.5");
    writer.line("always off: effect fan_off host_down lockout and truth contact-closed < 0.5");
}

/// What happens while the fan is held off; power is cut at its deadline.
fn held(writer: &mut Writer, stop: Stop, cut_s: f64) {
    if stop == Stop::EmergencyOff {
        writer.line("within 300 ms effect pdu_off");
    } else {
        let mut left_s = cut_s;
        while left_s > 4.0 {
            if writer.dice.chance(4.0) {
                writer.death(8.0);
                // Delays of what is latched run anew: no time is known to have passed.
                left_s = cut_s;
            } else {
                writer.worsen();
            }
            left_s -= writer.wait(0.5, 12.0_f64.min(left_s - 2.0));
        }
        let limit_s = left_s.max(0.0) + CUT_MARGIN_S;
        writer.line(format_args!("within {limit_s:.1} s effect pdu_off"));
    }
    for _ in 0..writer.dice.below(6) {
        if writer.dice.chance(15.0) {
            writer.death(20.0);
            writer.wait(1.0, 5.0);
        }
        writer.worsen();
        writer.wait(0.5, 30.0);
    }
    if stop == Stop::Burning {
        writer.line("fire out");
    }
    let latch = if stop == Stop::EmergencyOff {
        "emergency_off"
    } else {
        "fire"
    };
    writer.line(format_args!("expect latch {latch}"));
    writer.line("end off");
}

/// People put everything right and bring the rack back.
fn back(writer: &mut Writer) {
    writer.mended();
    for line in BACK.lines() {
        writer.line(line);
    }
}

const BACK: &str = "mend everything
contact fire-button low
contact cut-out high
contact seal high
contact leak low
contact filter-left high
contact filter-right high
contact isolator high
contact mains high
door closed
extinguisher left home
extinguisher right home
filter left out
filter right out
new filter left
new filter right
wait 5 s
filter left in
filter right in
blower jammed off
blower wear a 100 %
discharge blocked 0 %
brown-out 100 %
host hangs all off
host cap all none
load 5 kW
room 22 °C
humidity 45 %
wait 14 min
key reset fire inspected
restore supply
contact isolator low
within 2 s     latch cooling_loss
contact isolator high
within 60 s    blower.a.speed > 500 rpm
wait 3 min
key reset standing inspected
start hosts
automatic
acknowledge all
wait 10 s
acknowledge all
within 15 min  normal";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Scenario, StepKind};

    #[test]
    fn every_life_is_a_scenario_and_its_seed_decides_it() {
        let mut words = [0; 3];
        for seed in 0..2_000 {
            let text = text(seed);
            let read = Scenario::parse("life", &text);
            let scenario = read.unwrap_or_else(|problems| panic!("{seed}: {problems}\n{text}"));
            assert_eq!(scenario.seed, seed);
            assert!(
                scenario
                    .steps
                    .iter()
                    .any(|step| matches!(step.kind, StepKind::Always(_))),
                "{seed} expects nothing"
            );
            words[Life::of(seed) as usize] += 1;
        }
        assert_eq!(words, [1_200, 400, 400]);
        assert_eq!(text(7), text(7));
        assert_ne!(text(7), text(17));
    }

    /// Something of everything comes: else a campaign of any length says nothing about it.
    #[test]
    fn lives_are_of_many_kinds() {
        let all: String = (0..2_000).map(text).collect();
        for word in [
            "the fire button",
            "the cut-out",
            "an extinguisher",
            "a fire",
            "the emergency power-off",
            "no fire",
            "core dies",
            "bus stuck air",
            "clock stuck fan",
            "channel stuck",
            "fault exhaust-a",
            "fault multiplexer",
            "fault loops",
            "fault fan",
            "fault meter-a",
            "mend ",
            "contact stuck",
            "contact storm",
            "relay ",
            "blower jammed on",
            "contact isolator low",
            "contact mains low",
            "brown-out",
            "hold ",
            "site setting",
            "key reset fire inspected",
            "site with second-blower",
            "blower-b jammed on",
            "tach-b lost on",
        ] {
            assert!(all.contains(word), "{word}");
        }
    }
}
