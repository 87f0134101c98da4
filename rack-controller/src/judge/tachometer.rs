//! Whether the tachometer can be believed: beside it, power and draft say how fast the wheel turns.
//!
//! ```text
//!   power - standby = P n^3       |draft| - stack = D n^2       n = share of full speed
//! ```
//! Both must say that it turns much faster than the tachometer counts: a lost wire counts nothing, a fan with half the
//! poles half. What else moves one of them leaves the other: worn bearings take more power at the same draft, loaded
//! filters raise the draft at the same power, an open door or a blocked discharge lowers the draft. The interlocks go on
//! with what was counted, so that a blower that stands is found as before (C10).

use points::point::{blower, flow};
use points::{Absent, Moment, Reading, Rpm, Snapshot, Span};

use super::derive::SPEED_FULL_RPM;
use super::draft::proof;
use super::steady::{LOOK, Mean, Verdict};

/// Power of the blower's electronics, and what the wheel takes at full speed beyond it, W (plant study, section 1.6).
const STANDBY_W: f64 = 4.0;
const FULL_W: f64 = 447.0;
/// Draft of the clean rack at full speed, Pa (same place).
const FULL_PA: f64 = 27.5;
/// What the warm column may draw by itself, Pa: the study's 0.5 to 1 Pa.
const STACK_PA: f64 = 1.0;
/// Share of full speed from which power and draft tell a turning wheel from a jammed one, which takes power too, and
/// from a natural draught. It is just below the slowest drive.
const TURNS: f64 = 0.19;
/// The tachometer disagrees below this share of what both others say. The worst that honest parts come to is 0.66:
/// bearings that take five times the power behind filters of twelve times the resistance.
const DISAGREES: f64 = 0.6;
/// It agrees again above this.
const AGREES: f64 = 0.7;
/// Time constant of the means: draft and tachometer are noisy, and all three must follow a ramp alike.
pub(super) const OVER: Span = Span::s(2);
/// For so long it has to disagree, and to agree again.
const DISAGREES_TIME: Span = Span::s(10);
const AGREES_TIME: Span = Span::s(5);

/// Memory of the tachometer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tachometer {
    looked: Moment,
    /// What was counted, apart from what is shown.
    counted: Reading<Rpm>,
    speed: Mean,
    power: Mean,
    draft: Mean,
    drive: Mean,
    disagrees: Verdict,
}

impl Default for Tachometer {
    fn default() -> Self {
        Tachometer {
            looked: Moment::ZERO,
            counted: Reading::absent(Absent::Starting, Moment::ZERO),
            speed: Mean::default(),
            power: Mean::default(),
            draft: Mean::default(),
            drive: Mean::default(),
            disagrees: Verdict::default(),
        }
    }
}

impl Tachometer {
    /// Looks, and shows the speed as absent while it disagrees.
    pub(super) fn judge(&mut self, now: Moment, picture: &mut Snapshot) {
        let tag = blower::SPEED.at(0);
        let shown = picture.get(tag);
        // A device's own readings never disagree: whatever does was put there by this judge.
        if shown.value != Err(Absent::Disagrees) {
            self.counted = shown;
        }
        let dt = now.since(self.looked);
        if dt >= LOOK {
            self.looked = now;
            self.look(now, dt, picture);
        }
        let said = match self.disagrees.since() {
            Some(since) if self.counted.value.is_ok() => Reading::absent(Absent::Disagrees, since),
            Some(_) | None => self.counted,
        };
        if said != shown {
            picture.put(tag, said);
        }
    }

    fn look(&mut self, now: Moment, dt: Span, picture: &Snapshot) {
        let counted = match self.counted.value {
            Err(Absent::UnderRange) => Some(0.0),
            Ok(speed) => Some(speed.get() / SPEED_FULL_RPM),
            Err(_) => None,
        };
        let power = picture.get(blower::POWER.at(0)).number();
        let draft = proof(picture.get(flow::RACK_DRAFT), picture).number();
        let speed = self.speed.follow(counted, dt, OVER);
        let power = self.power.follow(power, dt, OVER);
        let draft = self.draft.follow(draft, dt, OVER);
        let drive = picture.get(blower::DUTY.at(0)).number();
        let drive = self.drive.follow(drive.map(|percent| percent / 100.0), dt, OVER);
        let says = match (speed, power, draft) {
            // A wheel that turns as it is driven needs no other witness. More power and draft than its own are those
            // of a second blower that nobody has told of.
            (Some(speed), _, _) if drive.is_some_and(|drive| speed > AGREES * drive) => Some(false),
            (Some(speed), Some(power_w), Some(draft_pa)) => says(speed, turning(power_w, draft_pa)),
            _ => None,
        };
        self.disagrees.look(now, says, DISAGREES_TIME, AGREES_TIME);
    }

    /// What was counted, believed or not.
    pub(super) const fn counted(&self) -> Reading<Rpm> {
        self.counted
    }

    /// Whether it disagrees now.
    pub(super) const fn disagrees(&self) -> bool {
        self.disagrees.since().is_some()
    }
}

/// Whether a counted speed is far below what the others say; none between the limits.
fn says(speed: f64, others: f64) -> Option<bool> {
    if others < TURNS || speed > AGREES * others {
        Some(false)
    } else if speed < DISAGREES * others {
        Some(true)
    } else {
        None
    }
}

/// The least share of full speed that power and draft agree on.
pub(super) fn turning(power_w: f64, draft_pa: f64) -> f64 {
    let by_power = ((power_w - STANDBY_W).max(0.0) / FULL_W).cbrt();
    let by_draft = ((-draft_pa - STACK_PA).max(0.0) / FULL_PA).sqrt();
    by_power.min(by_draft)
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::{Pascal, Percent, Watt};

    /// Half a minute of a rack at a drive in percent; whether the speed is absent because it disagrees, and what safety
    /// goes on with.
    fn after(drive: f64, counted: f64, power: f64, draft: f64) -> (bool, Option<f64>) {
        let (mut judge, mut picture) = (Tachometer::default(), Snapshot::default());
        for tick in 1..=300 {
            let now = Moment::ZERO + Span::ms(100 * tick);
            if tick % 5 == 0 {
                picture.put(blower::SPEED.at(0), Reading::good(Rpm::of(counted), now));
            }
            picture.put(blower::DUTY.at(0), Reading::good(Percent::of(drive), now));
            picture.put(blower::POWER.at(0), Reading::good(Watt::of(power), now));
            picture.put(flow::RACK_DRAFT, Reading::good(Pascal::of(draft), now));
            judge.judge(now, &mut picture);
        }
        let absent = picture.get(blower::SPEED.at(0)).value == Err(Absent::Disagrees);
        assert_eq!(absent, judge.disagrees());
        (absent, judge.counted().number())
    }

    #[test]
    fn a_lost_and_a_halved_tachometer_are_told_and_what_was_counted_is_kept() {
        assert_eq!(after(49.0, 0.0, 57.0, -8.7), (true, Some(0.0)));
        assert_eq!(after(49.0, 690.0, 57.0, -8.7), (true, Some(690.0)));
        let slowest = after(20.0, 0.0, 7.6, -2.3);
        assert_eq!(slowest, (true, Some(0.0)), "at the slowest drive too");
    }

    #[test]
    fn what_happens_to_honest_parts_is_not_held_against_it() {
        for (drive, counted, power, draft, what) in [
            (49.0, 1_380.0, 57.0, -8.7, "half drive"),
            (20.0, 560.0, 7.6, -2.3, "the slowest drive"),
            (100.0, 2_800.0, 451.0, -27.4, "full drive"),
            (
                100.0,
                1_080.0,
                500.0,
                -6.0,
                "bearings at a twentieth, filters at twelve times",
            ),
            (49.0, 1_380.0, 57.0, -14.0, "filters at four times"),
            (20.0, 0.0, 12.0, -1.5, "a jammed wheel in a natural draught"),
            (
                49.0,
                0.0,
                4.0,
                -8.7,
                "a draft that lies beside a wheel that stands",
            ),
            (49.0, 690.0, 12.0, -2.6, "a brown-out to a quarter"),
            (49.0, 1_380.0, 57.0, -0.2, "a blocked discharge"),
            (
                49.0,
                0.0,
                57.0,
                -0.2,
                "power and draft that contradict each other",
            ),
            (
                20.0,
                570.0,
                454.0,
                -27.3,
                "a second blower that nobody has told of",
            ),
        ] {
            assert!(!after(drive, counted, power, draft).0, "{what}");
        }
    }
}
