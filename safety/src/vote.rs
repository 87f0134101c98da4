//! The exhaust vote: 2oo3, degrading toward tripping (D4).
//!
//! ```text
//!  three vote -> the middle     two vote -> the hotter     one votes -> it     none -> blind (C17)
//! ```
//!
//! An over-range probe votes as very hot (H08); a probe lost while hot does not vote and is fire evidence instead
//! (D3). A probe that disagrees with two that agree stops voting after 60 s (H10) and comes back only by agreeing.

use points::setting::{DISAGREEMENT, Settings};
use points::{Absent, Celsius, Moment, Reading, Span};

use crate::input::{Inputs, PROBES, Probe};
use crate::timer::Held;

/// What an over-range probe counts as: above every limit, and the end of the points' range. It only orders the
/// vote and is never shown as a temperature.
const OVER_RANGE_C: f64 = 150.0;
/// Disagreement must stand this long before a probe stops voting, and agreement before it votes again.
pub const DISAGREEMENT_TIME: Span = Span::s(60);

/// The exhaust temperature as voted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vote {
    /// Middle of three, hotter of two, or the only one; `OverRange` when the vote is above what can be measured.
    pub value: Reading<Celsius>,
    /// How many probes voted.
    pub voters: u8,
    /// Which probes voted.
    pub voting: [bool; PROBES],
    /// The vote as a number to compare with limits, over-range included.
    pub(crate) level: Option<f64>,
}

impl Vote {
    /// Probes that must say so before the vote does: two of three, one when the vote has degraded.
    pub const fn threshold(&self) -> usize {
        if self.voters as usize == PROBES { 2 } else { 1 }
    }
}

/// Memory of the vote.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Voting {
    excluded: [bool; PROBES],
    disagreeing: [Held; PROBES],
    agreeing: [Held; PROBES],
}

/// The probe's temperature for comparison, if it has one to give.
fn number(probe: &Probe) -> Option<f64> {
    match probe.reading.value {
        Ok(value) => Some(value.get()),
        Err(Absent::OverRange) => Some(OVER_RANGE_C),
        Err(_) => None,
    }
}

impl Voting {
    /// Takes the vote.
    pub fn take(&mut self, now: Moment, inputs: &Inputs, settings: &Settings) -> Vote {
        let numbers = inputs.exhaust.map(|probe| number(&probe));
        self.judge_disagreement(now, numbers, settings.get(DISAGREEMENT));

        let mut candidates = [(0.0, 0); PROBES];
        let mut voters = 0;
        let mut voting = [false; PROBES];
        for (index, number) in numbers.iter().enumerate() {
            if let (Some(number), false) = (number, self.excluded[index]) {
                candidates[voters] = (*number, index);
                voting[index] = true;
                voters += 1;
            }
        }
        let ordered = &mut candidates[..voters];
        ordered.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        // Middle of three is place 1, the hotter of two is place 1, the only one is place 0.
        let chosen = if voters > 1 {
            ordered.get(1)
        } else {
            ordered.first()
        };
        let value = match chosen {
            Some((_, index)) => inputs.exhaust[*index].reading,
            None => self.no_value(now, inputs),
        };
        // At most three.
        #[expect(clippy::cast_possible_truncation, reason = "at most PROBES")]
        let count = voters as u8;
        Vote {
            value,
            voters: count,
            voting,
            level: chosen.map(|(number, _)| *number),
        }
    }

    /// Why there is no vote: the gravest reason first.
    fn no_value(&self, now: Moment, inputs: &Inputs) -> Reading<Celsius> {
        let lost_hot = inputs
            .exhaust
            .iter()
            .find(|probe| probe.reading.value == Err(Absent::LostHot));
        let probe = lost_hot.unwrap_or(&inputs.exhaust[0]);
        match probe.reading.value {
            Ok(_) => Reading::absent(Absent::Disagrees, now),
            Err(reason) => Reading::absent(reason, probe.reading.at),
        }
    }

    fn judge_disagreement(&mut self, now: Moment, numbers: [Option<f64>; PROBES], limit: f64) {
        for index in 0..PROBES {
            let (one, other) = ((index + 1) % PROBES, (index + 2) % PROBES);
            let peer = |place: usize| numbers[place].filter(|_| !self.excluded[place]);
            let (mine, first, second) = (numbers[index], peer(one), peer(other));
            if self.excluded[index] {
                // Back only within half the limit of every peer that still votes, and with at least one to say so.
                let near = |number: f64| {
                    let mut peers = [first, second].into_iter().flatten().peekable();
                    peers.peek().is_some() && peers.all(|peer| (number - peer).abs() <= limit / 2.0)
                };
                let agrees = mine.is_some_and(near);
                if self.agreeing[index].stood(now, agrees, DISAGREEMENT_TIME) {
                    self.excluded[index] = false;
                    self.disagreeing[index] = Held::default();
                }
            } else {
                let alone = matches!((mine, first, second), (Some(mine), Some(first), Some(second))
                    if (first - second).abs() <= limit
                        && (mine - first).abs() > limit
                        && (mine - second).abs() > limit);
                if self.disagreeing[index].stood(now, alone, DISAGREEMENT_TIME) {
                    self.excluded[index] = true;
                    self.agreeing[index] = Held::default();
                }
            }
        }
    }
}
