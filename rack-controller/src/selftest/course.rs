//! The course of one self-test: which phase, for how long, at which drive, and what is kept of each.

use points::point::blower;
use points::setting::RISE;
use points::{Blower, Moment, Percent, SelfTestState, Snapshot, Span};
use safety::COAST_MOST;
use sensors::estimate::filter::Sight;

use super::means::Means;
use super::{LOOK, Seen, is_plain};
use crate::judge::SPEED_FULL_RPM;

/// The speed that control holds is looked at for so long.
const BEFORE: Span = Span::s(20);
/// Full speed is reached by then, or is not.
const RISE_MOST: Span = Span::s(40);
/// Share of full speed that counts as reached.
const REACHED: f64 = 0.97;
/// Of two blowers the one that stood by meanwhile is started so long before the other coasts: it carries the rack then.
const JOINS: Span = Span::s(25);
/// Full speed lasts so long; means are taken in its second half.
pub(super) const FULL: Span = Span::s(60);
const FULL_SETTLES: Span = Span::s(30);
/// Time in which a blower turns again after its drive is back.
const RECOVER: Span = Span::s(15);
/// Speeds seen in the coast-down; more are not kept.
const COASTS: usize = 12;
/// The drive's cut takes so long to reach the wheel.
const CUT_ACTS: Span = Span::ms(250);
/// A slope needs so many speeds over so long, s.
const COASTS_LEAST: usize = 3;
const COAST_LEAST_S: f64 = 0.7;

/// What a whole test has seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole {
    pub slow: Option<Sight>,
    pub full: Option<Sight>,
    /// The air took its usual ways throughout.
    pub plain: bool,
    /// Share of full speed, and power, W, at full drive.
    pub speed: Option<f64>,
    pub power_w: Option<f64>,
    /// Time constant of the coast-down, s.
    pub coast_s: Option<f64>,
}

/// Speeds of the coast-down with their moments.
#[derive(Clone, Copy, Debug, Default)]
struct Speeds {
    seen: [(f64, f64); COASTS],
    count: usize,
    last: Option<Moment>,
}

impl Speeds {
    fn take(&mut self, since: Moment, tested: Blower, picture: &Snapshot) {
        let speed = picture.get(blower::SPEED.at(tested.index()));
        let new = self.last.is_none_or(|last| speed.at > last);
        let fresh = speed.at >= since + CUT_ACTS;
        if let (Some(rpm), true, true, Some(place)) =
            (speed.number(), new, fresh, self.seen.get_mut(self.count))
            && rpm > 0.0
        {
            *place = (speed.at.since(since).as_s(), rpm.ln());
            self.count += 1;
            self.last = Some(speed.at);
        }
    }

    /// Time constant by the slope of ln speed over time.
    fn time_constant(&self) -> Option<f64> {
        let seen = self.seen.get(..self.count)?;
        let (first, last) = (seen.first()?, seen.last()?);
        if seen.len() < COASTS_LEAST || last.0 - first.0 < COAST_LEAST_S {
            return None;
        }
        let count = f64::from(u32::try_from(seen.len()).ok()?);
        let mean = |of: fn(&(f64, f64)) -> f64| seen.iter().map(of).sum::<f64>() / count;
        let (t, n) = (mean(|seen| seen.0), mean(|seen| seen.1));
        let (mut up, mut down) = (0.0, 0.0);
        for (at, ln) in seen {
            up += (at - t) * (ln - n);
            down += (at - t) * (at - t);
        }
        let slope = up / down;
        (slope < 0.0).then(|| -1.0 / slope)
    }
}

/// What one that runs remembers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    since: Moment,
    looked: Moment,
    /// Drive that control held before.
    held: f64,
    slow: Means,
    full: Means,
    plain: bool,
    speeds: Speeds,
}

/// Which phase.
#[derive(Clone, Copy, Debug)]
pub(super) enum Course {
    Idle,
    Before(Run),
    Rising(Run),
    Full(Run),
    Coasting(Run),
    Recovering(Run),
}

impl Course {
    pub fn begin(now: Moment) -> Self {
        Course::Before(Run {
            since: now,
            looked: now,
            held: 0.0,
            slow: Means::default(),
            full: Means::default(),
            plain: true,
            speeds: Speeds::default(),
        })
    }

    pub const fn state(&self) -> SelfTestState {
        match self {
            Course::Idle => SelfTestState::Idle,
            Course::Before(_) => SelfTestState::Before,
            Course::Rising(_) => SelfTestState::Rising,
            Course::Full(_) => SelfTestState::Full,
            Course::Coasting(_) => SelfTestState::Coasting,
            Course::Recovering(_) => SelfTestState::Recovering,
        }
    }

    /// One tick; what a whole one has seen, at its end.
    pub fn go(&mut self, now: Moment, seen: &Seen<'_>, picture: &Snapshot) -> Option<Whole> {
        let (phase, mut run) = match *self {
            Course::Idle => return None,
            Course::Before(run) => (SelfTestState::Before, run),
            Course::Rising(run) => (SelfTestState::Rising, run),
            Course::Full(run) => (SelfTestState::Full, run),
            Course::Coasting(run) => (SelfTestState::Coasting, run),
            Course::Recovering(run) => (SelfTestState::Recovering, run),
        };
        let passed = now.since(run.since);
        let looks = now.since(run.looked) >= LOOK;
        if looks {
            run.looked = now;
            run.plain &= is_plain(picture, seen.filter_missing);
        }
        let next = |run: Run| Run { since: now, ..run };
        *self = match phase {
            SelfTestState::Idle => Course::Idle,
            SelfTestState::Before => {
                if looks {
                    run.slow.take(picture);
                }
                run.held = seen.drive.get();
                if passed >= BEFORE {
                    Course::Rising(next(run))
                } else {
                    Course::Before(run)
                }
            }
            SelfTestState::Rising => {
                let speed = picture.get(blower::SPEED.at(seen.tested.index())).number();
                let reached = speed.is_some_and(|rpm| rpm >= REACHED * SPEED_FULL_RPM);
                if reached || passed >= RISE_MOST {
                    Course::Full(next(run))
                } else {
                    Course::Rising(run)
                }
            }
            SelfTestState::Full => {
                if looks && (FULL_SETTLES..FULL).contains(&passed) {
                    run.full.take(picture);
                }
                let joins = if seen.blowers > 1 { JOINS } else { Span::ZERO };
                if passed >= FULL + joins {
                    Course::Coasting(next(run))
                } else {
                    Course::Full(run)
                }
            }
            SelfTestState::Coasting => {
                run.speeds.take(run.since, seen.tested, picture);
                if passed >= COAST_MOST {
                    Course::Recovering(next(run))
                } else {
                    Course::Coasting(run)
                }
            }
            SelfTestState::Recovering => {
                if passed >= RECOVER {
                    return Some(run.whole());
                }
                Course::Recovering(run)
            }
        };
        None
    }

    /// The drive: control's, or more of it.
    pub fn drive(&self, now: Moment, seen: &Seen<'_>, control: Percent) -> Percent {
        let least = match self {
            Course::Idle | Course::Before(_) => return control,
            Course::Rising(run) => run.held + seen.settings.get(RISE) * now.since(run.since).as_s(),
            Course::Full(_) => 100.0,
            // One of two coasts while the other carries the rack.
            Course::Coasting(_) if seen.blowers > 1 => 100.0,
            // After a coast-down, as it was before the test: control goes on from there.
            Course::Coasting(run) | Course::Recovering(run) => run.held,
        };
        control.max(Percent::of(least.clamp(0.0, 100.0)))
    }

    /// Which of two blowers is without drive: the other one during the minute at full speed, then the one that is tested, whose
    /// coast-down needs no permit, since the rack is cooled meanwhile.
    pub fn rests(&self, now: Moment, seen: &Seen<'_>) -> Option<Blower> {
        match self {
            Course::Full(run) => (now.since(run.since) < FULL).then(|| seen.tested.other()),
            Course::Coasting(_) => Some(seen.tested),
            Course::Idle | Course::Before(_) | Course::Rising(_) | Course::Recovering(_) => None,
        }
        .filter(|_| seen.blowers > 1)
    }
}

impl Run {
    fn whole(&self) -> Whole {
        Whole {
            slow: self.slow.sight(),
            full: self.full.sight(),
            plain: self.plain,
            speed: self.full.speed(),
            power_w: self.full.power_w(),
            coast_s: self.speeds.time_constant(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::{Reading, Rpm};

    #[test]
    fn the_time_constant_is_that_of_the_speeds_and_a_look_too_few_has_none() {
        let (mut speeds, mut picture) = (Speeds::default(), Snapshot::default());
        let since = Moment::ZERO + Span::s(10);
        for (number, ms) in [0, 100, 500, 900, 1_300, 1_700].into_iter().enumerate() {
            let at = since + Span::ms(ms);
            let rpm = 2_800.0 * (-at.since(since).as_s() / 2.4).exp();
            picture.put(blower::SPEED.at(0), Reading::good(Rpm::of(rpm), at));
            speeds.take(since, Blower::A, &picture);
            speeds.take(since, Blower::A, &picture);
            assert_eq!(speeds.time_constant().is_some(), number >= 4, "{number}");
        }
        let found = speeds.time_constant().expect("it is seen");
        assert!((found - 2.4).abs() < 1e-6 && speeds.count == 4, "{found}");
    }
}
