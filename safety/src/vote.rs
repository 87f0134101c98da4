//! The exhaust vote: 2oo3, degrading toward tripping (D4).
//!
//! ```text
//!  three vote -> the middle     two vote -> the hotter     one votes -> it     none -> blind (C17)
//! ```
//!
//! An over-range probe votes as very hot (H08); a probe lost while hot does not vote and is fire evidence instead
//! (D3). A probe that disagrees with two that agree stops voting after 60 s (H10) and comes back only by agreeing.
//!
//! Two probes that are wrong alike outvote the good one (H11). A witness of another place, the air under the ceiling,
//! decides: when it is with the hottest probe and above the others, the limits and control go by the hottest. Evidence
//! of fire does not: whoever tells the two cases apart is one probe and one witness, and that stops no fan.

use points::setting::{DISAGREEMENT, Settings};
use points::{Absent, Celsius, Moment, Reading, Span};

use crate::input::{Inputs, PROBES, Probe};
use crate::timer::Held;

/// What an over-range probe counts as: above every limit, and the end of the points' range. It only orders the
/// vote and is never shown as a temperature.
const OVER_RANGE_C: f64 = 150.0;
/// Disagreement must stand this long before a probe stops voting, and agreement before it votes again.
pub const DISAGREEMENT_TIME: Span = Span::s(60);
/// The witness must be with the hottest probe this long before it is followed: longer than probes of different lag
/// (12 s) take to meet after a step.
const CONTRADICTED_TIME: Span = Span::s(20);

/// The exhaust temperature as voted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vote {
    /// Middle of three, hotter of two, or the only one; `OverRange` when the vote is above what can be measured.
    pub value: Reading<Celsius>,
    /// How many probes voted.
    pub voters: u8,
    /// Which probes voted.
    pub voting: [bool; PROBES],
    /// The vote is contradicted by the hottest probe together with the witness (H11): `value` is that probe's.
    pub contradicted: bool,
    /// The vote as a number to compare with limits, over-range included.
    pub(crate) level: Option<f64>,
    /// What the probes that vote say by themselves, for evidence of fire.
    pub(crate) majority: Option<f64>,
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
    against: Held,
    with: Held,
    contradicted: bool,
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
        let majority = chosen.copied();
        let limit = settings.get(DISAGREEMENT);
        let followed = self.follow(now, numbers, majority, inputs.ceiling.number(), limit);
        let value = match followed {
            Some((_, index)) => inputs.exhaust[index].reading,
            None => self.no_value(now, inputs),
        };
        // At most three.
        #[expect(clippy::cast_possible_truncation, reason = "at most PROBES")]
        let count = voters as u8;
        Vote {
            value,
            voters: count,
            voting,
            contradicted: self.contradicted,
            level: followed.map(|(number, _)| number),
            majority: majority.map(|(number, _)| number),
        }
    }

    /// The probe to go by: the vote's, or the hottest of three while the witness stands with it against the vote. A
    /// witness that is lost takes nothing back (I15); probes that agree again do, and one that says otherwise does.
    fn follow(
        &mut self,
        now: Moment,
        numbers: [Option<f64>; PROBES],
        majority: Option<(f64, usize)>,
        witness: Option<f64>,
        limit: f64,
    ) -> Option<(f64, usize)> {
        let (vote, _) = majority?;
        // With a probe lost the hotter of two votes already.
        let hottest = match numbers {
            [Some(a), Some(b), Some(c)] => [(a, 0), (b, 1), (c, 2)]
                .into_iter()
                .max_by(|one, other| one.0.total_cmp(&other.0)),
            _ => None,
        };
        let apart = hottest.filter(|(hottest, _)| hottest - vote > limit);
        let with = |(hottest, _): (f64, usize)| {
            witness.map(|witness| (witness - hottest).abs() <= limit && witness - vote > limit)
        };
        let (Some(probe), true) = (apart, self.contradicted || apart.and_then(with) == Some(true)) else {
            (self.against, self.with) = (Held::default(), Held::default());
            self.contradicted = false;
            return majority;
        };
        let with = with(probe);
        let against = self.against.stood(now, with == Some(true), CONTRADICTED_TIME);
        let over = self.with.stood(now, with == Some(false), DISAGREEMENT_TIME);
        self.contradicted = against || (self.contradicted && !over);
        if self.contradicted { Some(probe) } else { majority }
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
