//! Which of two blowers run, and what a wish for the jet is as a drive.
//!
//! ```text
//!   both at one drive --wanted below `blower.single_below` for 10 min--> one runs, the other stands behind its flap
//!         ^  ^                                                             |              |
//!         |  '------- more is wanted, or anything is not as usual ---------'              |
//!         '--- stood for `blower.alternate_after`: both for a minute, then the other -----'
//! ```
//! *Both at one drive* is the usual state. At equal flow it takes 4 to 8 % less than one alone on the plan's jet (the fan laws
//! alone would promise more: two work at less flow each, off the best of their curve), they turn at 71 % of the speed, and the
//! loss of one leaves 71 % of the jet at once where a standing one would first have to start. What both move at their least
//! speed is more than a rack at rest needs: then one is enough. Who stands is changed after a day, so both wear alike and none
//! stands so long that its grease stiffens: the change is its exercise.
//!
//! *Bumpless*: a wish is the jet's ([`super::pair`]); its drive is that over what the blowers that are seen turning make of
//! one drive. When one falls out the other's drive rises in the same tick by what is lacking, without slew; when one comes in
//! both go down as it gains speed.

use points::point::blower;
use points::setting::{self, Settings};
use points::{Absent, Blower, Snapshot};

use super::pair::{EQUAL, together};
use crate::judge::SPEED_FULL_RPM;

/// Time constant with which the jet per drive follows the tachometers, s; a loss beyond [`AT_ONCE`] counts at once.
const FOLLOW_S: f64 = 2.0;
/// See [`FOLLOW_S`].
const AT_ONCE: f64 = 0.08;
/// Little has to be wanted for so long before one stands by, s.
const LOW_S: f64 = 600.0;
/// Both run for so long when they change over, s.
const CHANGE_S: f64 = 60.0;
/// So much more than the limit, percent, has the other started again.
const WIDTH: f64 = 7.0;
/// Below this share of full speed nothing is told of two wheels beside each other: they start or stop.
const SLOWEST: f64 = 0.17;

/// How one of two blowers turns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turn {
    /// At this share of full speed.
    At(f64),
    /// As the other one: its tachometer is not believed, and power and draft say that it turns.
    Alike,
    /// Nobody knows.
    Unknown,
}

/// What control sees of two blowers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairView {
    /// How each turns.
    pub turns: [Turn; 2],
    /// Both are there: neither is lost nor isolated.
    pub whole: bool,
}

impl PairView {
    /// By the picture; none where there is one blower.
    pub fn of(picture: &Snapshot, lost: [bool; 2]) -> Option<Self> {
        let turn = |place| match picture.get(blower::SPEED.at(place)).value {
            Ok(speed) => Turn::At(speed.get() / SPEED_FULL_RPM),
            Err(Absent::UnderRange) => Turn::At(0.0),
            Err(Absent::Disagrees) => Turn::Alike,
            Err(_) => Turn::Unknown,
        };
        if picture.get(blower::SPEED.at(1)).value == Err(Absent::NotFitted) {
            return None;
        }
        let isolated = |place| picture.get(blower::ISOLATOR_OPEN.at(place)).ok() == Some(points::Flag::Set);
        Some(PairView {
            turns: [turn(0), turn(1)],
            whole: lost == [false; 2] && !isolated(0) && !isolated(1),
        })
    }

    /// The jet of both over that of the faster one; none where nothing is told of it.
    fn gain(&self) -> Option<f64> {
        match self.turns {
            [Turn::At(a), Turn::At(b)] => {
                let fast = a.max(b);
                (fast > SLOWEST).then(|| together(a, b) / fast)
            }
            [Turn::Alike, Turn::At(one)] | [Turn::At(one), Turn::Alike] => (one > SLOWEST).then_some(EQUAL),
            [Turn::Alike, Turn::Alike] => Some(EQUAL),
            [Turn::Unknown, Turn::Unknown] => None,
            // The one that is seen carries the rack, as far as anybody knows.
            [Turn::Unknown, _] | [_, Turn::Unknown] => Some(1.0),
        }
    }
}

/// When one is enough, and how long one stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stages {
    /// Jet's speed below which one runs alone, percent of one blower's full speed.
    pub single_below: f64,
    /// Time after which the one that stands takes over, s.
    pub alternate_s: f64,
}

impl Stages {
    /// By the settings in force.
    pub fn new(settings: &Settings) -> Self {
        Stages {
            single_below: settings.get(setting::SINGLE_BELOW),
            alternate_s: 3_600.0 * settings.get(setting::ALTERNATE_AFTER),
        }
    }
}

/// Memory of the two.
#[derive(Clone, Debug)]
pub(super) struct Sharing {
    /// The jet's speed per drive, 1 to [`EQUAL`].
    gain: f64,
    rests: Option<Blower>,
    /// How long little has been wanted, and how long one has stood, s.
    low_s: f64,
    stood_s: f64,
    /// Who stands next.
    next: Blower,
}

impl Sharing {
    pub(super) const fn new() -> Self {
        Sharing {
            gain: 1.0,
            rests: None,
            low_s: 0.0,
            stood_s: 0.0,
            next: Blower::B,
        }
    }

    /// The jet's speed per drive now, and by how much a drive changes for the jet to stay as it is.
    pub(super) fn follow(&mut self, dt_s: f64, view: &PairView) -> (f64, f64) {
        let before = self.gain;
        if let Some(gain) = view.gain() {
            self.gain = if gain < self.gain - AT_ONCE {
                gain
            } else {
                self.gain + (gain - self.gain) * dt_s / (dt_s + FOLLOW_S)
            };
        }
        (self.gain, before / self.gain)
    }

    /// Who stands by, given the jet's speed that is wanted, percent. `usual` is automatic control on good readings.
    pub(super) fn stage(
        &mut self,
        dt_s: f64,
        wanted: f64,
        usual: bool,
        whole: bool,
        stages: &Stages,
    ) -> Option<Blower> {
        let may = usual && whole;
        match self.rests {
            None => {
                self.low_s = if may && wanted < stages.single_below {
                    self.low_s + dt_s
                } else {
                    0.0
                };
                if self.low_s >= LOW_S {
                    (self.rests, self.stood_s) = (Some(self.next), 0.0);
                    self.next = self.next.other();
                }
            }
            Some(_) => {
                self.stood_s += dt_s;
                let changes = self.stood_s >= stages.alternate_s;
                if !may || wanted > stages.single_below + WIDTH || changes {
                    self.rests = None;
                    self.low_s = if changes && may { LOW_S - CHANGE_S } else { 0.0 };
                }
            }
        }
        self.rests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAGES: Stages = Stages {
        single_below: 28.0,
        alternate_s: 3_600.0,
    };

    fn view(a: f64, b: f64) -> PairView {
        PairView {
            turns: [Turn::At(a), Turn::At(b)],
            whole: true,
        }
    }

    #[test]
    fn the_loss_of_one_raises_the_others_drive_at_once_and_its_return_takes_it_back_as_it_gains_speed() {
        let mut sharing = Sharing::new();
        for _ in 0..200 {
            sharing.follow(0.1, &view(0.5, 0.5));
        }
        assert!((sharing.gain - EQUAL).abs() < 1e-3);
        // It coasts: in every tick the jet wished for stays what it was.
        let mut drive = 50.0;
        for tick in 0..30 {
            let coasting = 0.5 * (-0.1 * f64::from(tick) / 3.0).exp();
            let (gain, rescale) = sharing.follow(0.1, &view(0.5, coasting));
            drive *= rescale;
            assert!((drive * gain - 50.0 * EQUAL).abs() < 0.1);
        }
        assert!(
            (drive - 50.0 * EQUAL).abs() < 0.1,
            "{drive}: one alone after three seconds"
        );
        for tick in 0..300 {
            let risen = (0.02 * f64::from(tick)).min(0.701);
            drive *= sharing.follow(0.1, &view(0.701, risen)).1;
        }
        assert!((drive - 50.0).abs() < 0.1, "{drive}");
    }

    #[test]
    fn a_tachometer_that_is_not_believed_turns_as_the_other_and_one_that_nobody_reads_counts_for_nothing() {
        let of = |turns| PairView { turns, whole: true }.gain();
        assert_eq!(of([Turn::At(0.5), Turn::Alike]), Some(EQUAL));
        assert_eq!(of([Turn::Unknown, Turn::At(0.5)]), Some(1.0));
        assert_eq!(of([Turn::At(0.1), Turn::At(0.0)]), None, "they start");
        assert_eq!(of([Turn::At(0.6), Turn::At(0.0)]), Some(1.0));
    }

    #[test]
    fn one_stands_by_after_ten_minutes_of_little_and_starts_when_more_is_wanted() {
        let mut sharing = Sharing::new();
        let mut stage = |seconds: u32, wanted, usual, whole| {
            (0..seconds).fold(None, |_, _| sharing.stage(1.0, wanted, usual, whole, &STAGES))
        };
        assert_eq!(stage(599, 25.0, true, true), None);
        assert_eq!(stage(1, 25.0, true, true), Some(Blower::B));
        assert_eq!(
            stage(60, 34.0, true, true),
            Some(Blower::B),
            "within the hysteresis"
        );
        assert_eq!(stage(1, 36.0, true, true), None);
        assert_eq!(stage(599, 25.0, true, true), None);
        assert_eq!(
            stage(1, 25.0, true, true),
            Some(Blower::A),
            "the other one this time"
        );
        assert_eq!(
            stage(1, 25.0, false, true),
            None,
            "a person, a missing input, a door"
        );
        assert_eq!(stage(600, 25.0, true, true), Some(Blower::B));
        assert_eq!(stage(1, 25.0, true, false), None, "one is lost");
        assert_eq!(stage(5_000, 25.0, true, false), None);
    }

    #[test]
    fn who_stands_is_changed_with_both_running_for_a_minute_between() {
        let mut sharing = Sharing::new();
        let mut seen = Vec::new();
        for second in 0..9_000_u32 {
            let rests = sharing.stage(1.0, 22.0, true, true, &STAGES);
            if seen.last().is_none_or(|(_, before)| *before != rests) {
                seen.push((second, rests));
            }
        }
        let stood: Vec<Option<Blower>> = seen.iter().map(|(_, rests)| *rests).collect();
        let (a, b) = (Some(Blower::A), Some(Blower::B));
        assert_eq!(stood, [None, b, None, a, None, b], "{seen:?}");
        assert_eq!(seen[3].0 - seen[2].0, 60);
    }
}
