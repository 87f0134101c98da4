//! Whether the tachometers of two blowers can be believed: beside them, power of both and draft say what the jet is.
//!
//! ```text
//!   the other as counted, this one as counted -----> jet without it \
//!                                                                    which of them do power and draft say?
//!   the other as counted, this one as the other one -> jet with it  /
//! ```
//! As for one blower ([`super::tachometer`]) both must say it: worn bearings take more power at the same draft, loaded filters
//! raise the draft at the same power. They tell two jets apart that differ by 40 %, where one alone tells a wheel that turns
//! from one that stands; so a tachometer that is not believed here is left to power and draft of both, and the interlocks take
//! its blower for one that nobody has seen standing. What is slower than it is driven and really is so, both say as well.

use points::point::{blower, flow};
use points::{Absent, Moment, Reading, Rpm, Snapshot, Span};

use super::derive::SPEED_FULL_RPM;
use super::draft::proof;
use super::steady::{LOOK, Mean, Verdict};
use super::tachometer::{OVER, Tachometer, turning};
use crate::control::pair::{power_w, together};

/// Below this share of its drive a wheel is looked at.
const SUSPECT: f64 = 0.7;
/// The other wheel says something from this share of full speed on, and its drive.
const LEAST: f64 = 0.17;
/// Jets that differ by less than this share are not told apart.
const APART: f64 = 0.15;
/// Of the way from the jet without it to the jet with it: beyond the first it turns, below the second it does not.
const TURNS: f64 = 0.6;
/// See [`TURNS`].
const STANDS: f64 = 0.4;
/// For so long it has to disagree, and to agree again.
const DISAGREES_TIME: Span = Span::s(6);
const AGREES_TIME: Span = Span::s(5);

/// Memory of one of two.
#[derive(Clone, Copy, Debug)]
struct One {
    counted: Reading<Rpm>,
    speed: Mean,
    drive: Mean,
    disagrees: Verdict,
}

impl Default for One {
    fn default() -> Self {
        One {
            counted: Reading::absent(Absent::Starting, Moment::ZERO),
            speed: Mean::default(),
            drive: Mean::default(),
            disagrees: Verdict::default(),
        }
    }
}

/// Memory of both.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Two {
    looked: Moment,
    power: Mean,
    draft: Mean,
    each: [One; 2],
}

/// The tachometers of a rack.
#[derive(Clone, Debug)]
pub(super) enum Tachometers {
    One(Tachometer),
    Two(Two),
}

impl Tachometers {
    pub(super) fn new(blowers: usize) -> Self {
        if blowers > 1 {
            Tachometers::Two(Two::default())
        } else {
            Tachometers::One(Tachometer::default())
        }
    }

    /// Looks, and shows a speed as absent while it disagrees.
    pub(super) fn judge(&mut self, now: Moment, picture: &mut Snapshot) {
        match self {
            Tachometers::One(one) => one.judge(now, picture),
            Tachometers::Two(two) => two.judge(now, picture),
        }
    }

    /// Whether one disagrees now.
    pub(super) fn disagrees(&self) -> bool {
        match self {
            Tachometers::One(one) => one.disagrees(),
            Tachometers::Two(two) => two.each.iter().any(|one| one.disagrees.since().is_some()),
        }
    }

    /// What was counted, believed or not; of two the faster one, whichever of them is believed.
    pub(super) fn counted(&self) -> Reading<Rpm> {
        match self {
            Tachometers::One(one) => one.counted(),
            Tachometers::Two(two) => two.fastest(),
        }
    }
}

impl Two {
    fn judge(&mut self, now: Moment, picture: &mut Snapshot) {
        for (place, one) in self.each.iter_mut().enumerate() {
            let shown = picture.get(blower::SPEED.at(place));
            // A device's own readings never disagree: whatever does was put there by this judge.
            if shown.value != Err(Absent::Disagrees) {
                one.counted = shown;
            }
        }
        let dt = now.since(self.looked);
        if dt >= LOOK {
            self.looked = now;
            self.look(now, dt, picture);
        }
        for (place, one) in self.each.iter().enumerate() {
            let said = match one.disagrees.since() {
                Some(since) if one.counted.value.is_ok() || is_slow(&one.counted) => {
                    Reading::absent(Absent::Disagrees, since)
                }
                Some(_) | None => one.counted,
            };
            let tag = blower::SPEED.at(place);
            if said != picture.get(tag) {
                picture.put(tag, said);
            }
        }
    }

    fn look(&mut self, now: Moment, dt: Span, picture: &Snapshot) {
        let power = self.power.follow(power_w(picture), dt, OVER);
        let draft = proof(picture.get(flow::RACK_DRAFT), picture).number();
        let draft = self.draft.follow(draft, dt, OVER);
        for (place, one) in self.each.iter_mut().enumerate() {
            let counted = match one.counted.value {
                Err(Absent::UnderRange) => Some(0.0),
                Ok(speed) => Some(speed.get() / SPEED_FULL_RPM),
                Err(_) => None,
            };
            one.speed.follow(counted, dt, OVER);
            let drive = picture.get(blower::DUTY.at(place)).number();
            one.drive.follow(drive.map(|percent| percent / 100.0), dt, OVER);
        }
        let speeds = self.each.map(|one| one.speed.now());
        let drives = self.each.map(|one| one.drive.now());
        for (place, one) in self.each.iter_mut().enumerate() {
            let own = speeds[place].zip(one.drive.now());
            let says = match (own, speeds[1 - place], power.zip(draft)) {
                (Some((speed, drive)), _, _) if speed > SUSPECT * drive => Some(false),
                (Some((speed, drive)), Some(other), Some((power_w, draft_pa))) => says(
                    together(other, speed),
                    together(other, as_driven(drive, other, drives[1 - place])),
                    turning(power_w, draft_pa),
                ),
                _ => None,
            };
            one.disagrees.look(now, says, DISAGREES_TIME, AGREES_TIME);
        }
    }

    fn fastest(&self) -> Reading<Rpm> {
        let believed = self.each.iter().filter(|one| one.disagrees.since().is_none());
        let all = believed.clone().next().is_none();
        let faster = |best: Option<Reading<Rpm>>, one: &One| {
            let own = one.counted;
            match best {
                Some(best) if rank(&best) >= rank(&own) => Some(best),
                Some(_) | None => Some(own),
            }
        };
        let best = if all {
            self.each.iter().fold(None, faster)
        } else {
            believed.fold(None, faster)
        };
        best.unwrap_or(self.each[0].counted)
    }
}

/// How fast a wheel would be that turns as it is driven: as the other one, by their drives, also while both follow a drive
/// that has just risen; by its own drive where the other shows nothing.
fn as_driven(drive: f64, other: f64, other_drive: Option<f64>) -> f64 {
    match other_drive {
        Some(other_drive) if other > LEAST && other_drive > LEAST => other * drive / other_drive,
        Some(_) | None => drive,
    }
}

/// Which of two readings says more of a blower that turns: a speed, then "too slow to count", then no reading.
fn rank(reading: &Reading<Rpm>) -> f64 {
    match reading.value {
        Ok(speed) => speed.get(),
        Err(Absent::UnderRange) => -1.0,
        Err(_) => -2.0,
    }
}

fn is_slow(reading: &Reading<Rpm>) -> bool {
    reading.value == Err(Absent::UnderRange)
}

/// Whether the jet is the one with this wheel turning; none where that cannot be told.
fn says(without: f64, with: f64, jet: f64) -> Option<bool> {
    let way = with - without;
    if way < APART * with {
        return None;
    }
    let part = (jet - without) / way;
    if part > TURNS {
        Some(true)
    } else if part < STANDS {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::point::blowers;
    use points::{Pascal, Percent, Watt};

    /// Half a minute of a rack with both at a drive in percent: which speeds are not believed, and the faster of what was
    /// counted.
    fn after(drive: f64, counted: [f64; 2], power: f64, draft: f64) -> ([bool; 2], Option<f64>) {
        let (mut judge, mut picture) = (Tachometers::new(2), Snapshot::default());
        for tick in 1..=300 {
            let now = Moment::ZERO + Span::ms(100 * tick);
            for (place, rpm) in counted.into_iter().enumerate() {
                if tick % 5 == 0 {
                    picture.put(blower::SPEED.at(place), Reading::good(Rpm::of(rpm), now));
                }
                picture.put(blower::DUTY.at(place), Reading::good(Percent::of(drive), now));
            }
            picture.put(blowers::POWER, Reading::good(Watt::of(power), now));
            picture.put(flow::RACK_DRAFT, Reading::good(Pascal::of(draft), now));
            judge.judge(now, &mut picture);
        }
        let absent = [0, 1].map(|place| picture.get(blower::SPEED.at(place)).value == Err(Absent::Disagrees));
        assert_eq!(absent != [false; 2], judge.disagrees());
        (absent, judge.counted().number())
    }

    /// Powers and drafts are the plant's: one at half speed 57 W and 8.4 Pa, two 150 W and 15.3 Pa.
    #[test]
    fn a_lost_or_halved_one_of_two_is_told_and_one_that_stands_is_not() {
        assert_eq!(
            after(50.0, [0.0, 1_400.0], 150.0, -15.3),
            ([true, false], Some(1_400.0))
        );
        assert_eq!(
            after(50.0, [1_400.0, 700.0], 150.0, -15.3),
            ([false, true], Some(1_400.0))
        );
        assert_eq!(
            after(20.0, [0.0, 560.0], 17.1, -4.0),
            ([true, false], Some(560.0))
        );
        for (counted, power, draft, what) in [
            ([1_400.0, 1_400.0], 150.0, -15.3, "both turn"),
            ([0.0, 1_400.0], 61.0, -8.4, "one stands"),
            ([1_400.0, 0.0], 66.0, -14.0, "one stands, filters at four times"),
            ([0.0, 1_400.0], 120.0, -8.4, "one stands, worn bearings"),
            ([0.0, 0.0], 8.0, -0.5, "both stand"),
        ] {
            assert_eq!(after(50.0, counted, power, draft).0, [false; 2], "{what}");
        }
        assert_eq!(
            after(50.0, [0.0, 0.0], 150.0, -15.3),
            ([true; 2], Some(0.0)),
            "both wires are cut"
        );
    }
}
