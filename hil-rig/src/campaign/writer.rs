//! The text of a life as it grows: what happens next, what stands by now, and what time it is.

use std::fmt::Write as _;

use super::dice::Dice;
use super::draw;
use super::life::Life;
use crate::rack::{Act, Fault, Instrument, Kind};

/// Longest a bus hangs, s: far below the time after which a blind rack shuts its hosts down.
const BUS_S: u32 = 90;
/// What speaks for heat or fire is believed again so long after it was mended, s.
const BELIEVED_S: f64 = 90.0;
/// A converter that did not answer is configured anew after this at the latest, s.
const CONFIGURED_S: f64 = 15.0;
/// Longest a core is dead where the rack has to stay in service, s.
const DEAD_S: f64 = 20.0;
/// Faults that give no reading, or none that was not measured: two probes may have one at once.
const SILENT: [Fault; 7] = [
    Fault::Nack,
    Fault::Unplugged,
    Fault::Timeout,
    Fault::ShortTransfer,
    Fault::BadCrc,
    Fault::Intermittent,
    Fault::Delayed,
];

/// A fault that stands, and when it ends by itself, s of the life.
struct Standing {
    act: Act,
    ends_s: Option<f64>,
}

/// The text so far.
pub(super) struct Writer {
    pub(super) dice: Dice,
    pub(super) life: Life,
    pub(super) lines: String,
    standing: Vec<Standing>,
    now_s: f64,
}

/// Whether a fault is of what speaks for heat or fire: the vote's probes, the loops, whatever holds a bus of theirs.
fn of_evidence(act: &Act) -> bool {
    let probes = [Instrument::ExhaustA, Instrument::ExhaustB, Instrument::ExhaustC];
    if let Act::Fault {
        instrument, fault, ..
    } = act
    {
        let shared = [Kind::Loops, Kind::Multiplexer].contains(&instrument.kind());
        return shared || *fault == Fault::Timeout || probes.contains(instrument);
    }
    matches!(
        act,
        Act::BusStuck { .. } | Act::ClockStuck { .. } | Act::ChannelStuck { .. }
    )
}

/// Whether a fault can make a probe read what nobody measured.
fn misleads(act: &Act) -> bool {
    matches!(act, Act::Fault { fault, .. } if !SILENT.contains(fault))
}

/// Whether a fault lies in the way of a loop's word.
fn of_loops(act: &Act) -> bool {
    if let Act::Fault { instrument, .. } = act {
        return instrument.kind() == Kind::Loops;
    }
    matches!(act, Act::BusStuck { bus: 1, .. } | Act::ClockStuck { bus: 1, .. })
}

impl Writer {
    pub(super) fn new(seed: u64, life: Life) -> Self {
        Writer {
            dice: Dice::new(seed),
            life,
            lines: String::new(),
            standing: Vec::new(),
            now_s: 0.0,
        }
    }

    pub(super) fn line(&mut self, text: impl std::fmt::Display) {
        let _ = writeln!(self.lines, "{text}");
    }

    /// Waits a while; gives how long, s.
    pub(super) fn wait(&mut self, low_s: f64, high_s: f64) -> f64 {
        let time_s = (10.0 * self.dice.between(low_s, high_s)).round().max(2.0) / 10.0;
        self.line(format_args!("wait {time_s} s"));
        self.now_s += time_s;
        let now_s = self.now_s;
        self.standing
            .retain(|one| one.ends_s.is_none_or(|ends| ends > now_s));
        time_s
    }

    /// Mends a fault. What speaks for heat or fire is believed again a while later only, so until then it counts as broken.
    fn mend(&mut self, place: usize) {
        let act = self.standing.remove(place).act;
        if let Act::Fault {
            instrument, fault, ..
        } = act
        {
            let fault = Some(fault);
            self.line(Act::Mend { instrument, fault });
        }
        if of_evidence(&act) {
            let ends_s = Some(self.now_s + BELIEVED_S);
            self.standing.push(Standing { act, ends_s });
        }
    }

    fn mend_one(&mut self) {
        if let Some(place) = self.standing.iter().position(|one| one.ends_s.is_none()) {
            self.mend(place);
        }
    }

    /// Before the word of a loop counts: whatever lies in its way is mended or waited for.
    pub(super) fn clear_loops(&mut self) {
        while let Some(place) = self.standing.iter().position(|one| of_loops(&one.act)) {
            if self.standing[place].ends_s.is_some() {
                self.wait(1.0, 20.0);
            } else {
                self.mend(place);
            }
        }
        self.wait(CONFIGURED_S, CONFIGURED_S + 5.0);
    }

    /// Everything is mended: no fault stands any more.
    pub(super) fn mended(&mut self) {
        self.standing.clear();
    }

    /// Whether this fault may stand beside those that do: of what speaks for heat or fire only one at a time may mislead.
    fn allowed(&self, act: &Act) -> bool {
        let others: Vec<&Act> = self.standing.iter().map(|one| &one.act).collect();
        if self.life == Life::Wild {
            return true;
        }
        let voters = others.iter().filter(|other| of_evidence(other)).count();
        let misled = misleads(act) || others.iter().any(|other| of_evidence(other) && misleads(other));
        others.len() < self.life.faults() && !(of_evidence(act) && voters > 0 && misled)
    }

    fn fault(&mut self) {
        if self.standing.len() >= self.life.faults() {
            self.mend_one();
        }
        let (act, ends_s) = if self.dice.chance(15.0) {
            let (act, time_s) = draw::bus(&mut self.dice, BUS_S);
            (act, Some(self.now_s + time_s))
        } else {
            (draw::fault(&mut self.dice), None)
        };
        if self.allowed(&act) {
            self.line(act);
            self.standing.push(Standing { act, ends_s });
        }
    }

    /// The core dies and another one starts; gives how long it was dead, s.
    pub(super) fn death(&mut self, longest_s: f64) -> f64 {
        self.line("core dies");
        let dead_s = self.wait(0.2, longest_s);
        self.line("core starts");
        dead_s
    }

    /// One disturbance of a rack in service.
    pub(super) fn disturb(&mut self) {
        match self.dice.below(20) {
            0..9 => self.fault(),
            9..14 if self.life != Life::Calm && self.dice.chance(60.0) => {
                let act = draw::hot(&mut self.dice);
                self.line(act);
            }
            9..14 => {
                let act = draw::everyday(&mut self.dice);
                self.line(act);
            }
            14 => self.mend_one(),
            15 => self.line("acknowledge all"),
            16 => self.line("silence"),
            17 if self.life == Life::Calm => self.line("reset fire -> refused not-latched"),
            18 => {
                self.death(DEAD_S);
            }
            19 if self.life == Life::Calm => {
                let (drive, minutes) = (10 + 10 * self.dice.below(10), 1 + self.dice.below(20));
                self.line("automatic");
                self.line(format_args!("hold {drive} % for {minutes} min"));
            }
            _ => self.mend_one(),
        }
    }

    /// One thing that happens while the fan is held off: whatever breaks, whatever people ask.
    pub(super) fn worsen(&mut self) {
        match self.dice.below(14) {
            0..5 => self.fault(),
            5..8 => {
                let act = draw::everyday(&mut self.dice);
                self.line(act);
            }
            8 => self.line("hold 100 % for 5 min by mara -> refused latched-off"),
            9 => self.line("reset standing inspected -> refused no-key"),
            10 => self.line("acknowledge all"),
            11 => self.line("start hosts"),
            12 => self.line("restore supply"),
            _ => {
                let act = draw::hot(&mut self.dice);
                self.line(act);
            }
        }
    }
}
