//! When what is seen may not be what is: then the drive may rise, and does not fall.
//!
//! ```text
//!   speed far below the drive, for 15 s at most --> drive >= drive in force; full speed after 2 s of hardly any
//!   door open, or closed for less than a minute --> drive >= that at its opening and a twentieth
//! ```
//! A tachometer that counts nothing looks like a blower that stands, and its air like no flow at all: a model that believes
//! it takes the wheel that really turns for far too much. The judge finds out within some twelve seconds; until then no speed
//! is better than this one, and if the blower does fail, what it can still give is wanted. And a door that closes warms the air at once, while the probes show the cool air of before for
//! five of their time constants more: by a kelvin beyond what it was before the door was opened, at 8 kW, which is what
//! the twentieth is for.
//!
//! A reading that drops out for some seconds is held as it was: neither room nor load is another one so soon, and a predictor
//! that has to begin anew costs a minute.

/// Speed over drive below which one of the two is wrong. A blower that comes up from the slowest drive falls no further behind
/// than 0.71, at the steepest default rise.
const SLOW: f64 = 0.6;
/// For so long the speed is doubted, s: the judge of the tachometer needs ten, and its means two. A blower that is still slow
/// then is one.
const SLOW_S: f64 = 15.0;
/// Speed over drive below which the blower seems to stand, and after how much of that full speed is asked for, s: a reading that
/// is wrong once is none.
const STANDS: f64 = 0.2;
/// See [`STANDS`].
const BOOST_S: f64 = 2.0;
/// For so long after a door has closed the exhaust probes may show the air of before, s.
const DOOR_S: f64 = 60.0;
/// What is driven then, over the drive at which the door was opened.
const DOOR_MORE: f64 = 1.05;

/// For so long a reading that has dropped out is held, s.
const HELD_S: f64 = 10.0;

/// A reading, held over a short gap.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    last: Option<f64>,
    age_s: f64,
}

impl Held {
    /// The number that is read, or the last one for a while; none after that.
    pub(super) fn look(&mut self, dt_s: f64, read: Option<f64>) -> Option<f64> {
        match read {
            Some(_) => (self.last, self.age_s) = (read, 0.0),
            None => self.age_s += dt_s,
        }
        self.last.filter(|_| self.age_s < HELD_S)
    }
}

/// Time constant with which what a blower makes of its drive is followed, s: its lag and slew are over in a fraction of it.
const OBEYS_S: f64 = 20.0;
/// A blower that makes more than this of its drive is as it should be, and one that makes less than the other is no help
/// to drive harder.
const OBEYS: std::ops::RangeInclusive<f64> = 0.4..=0.93;
/// Least drive at which its speed says anything, percent.
const OBEYS_FROM_PERCENT: f64 = 15.0;

/// Speed over drive: a supply that sags makes a blower slow, and what is wished for is its speed.
#[derive(Clone, Debug)]
pub(super) struct Obeys(f64);

impl Default for Obeys {
    fn default() -> Self {
        Obeys(1.0)
    }
}

impl Obeys {
    /// Looks at a speed that is believed.
    pub(super) fn look(&mut self, dt_s: f64, speed_percent: Option<f64>, drive_percent: f64) {
        if let Some(speed) = speed_percent
            && drive_percent > OBEYS_FROM_PERCENT
        {
            self.0 += (speed / drive_percent - self.0) * dt_s / (dt_s + OBEYS_S);
        }
    }

    /// Speed over drive.
    pub(super) fn share(&self) -> f64 {
        if self.0 > *OBEYS.end() {
            1.0
        } else {
            self.0.max(*OBEYS.start())
        }
    }
}

/// What is doubted.
#[derive(Clone, Debug)]
pub(super) struct Doubt {
    /// Since when the speed is far below the drive, s; none while it is not.
    slow_s: Option<f64>,
    /// Since when there is hardly any, s.
    stands_s: f64,
    /// Since when the door is closed, s, and the drive when it was opened, percent.
    closed_s: f64,
    opened_percent: f64,
}

impl Default for Doubt {
    fn default() -> Self {
        Doubt {
            slow_s: None,
            stands_s: 0.0,
            closed_s: DOOR_S,
            opened_percent: 0.0,
        }
    }
}

impl Doubt {
    /// Looks. Gives the speed, percent, where it is believed.
    pub(super) fn look(
        &mut self,
        dt_s: f64,
        speed_percent: Option<f64>,
        drive_percent: f64,
        door_open: bool,
    ) -> Option<f64> {
        if door_open && self.closed_s >= DOOR_S {
            self.opened_percent = drive_percent;
        }
        self.closed_s = if door_open {
            0.0
        } else {
            (self.closed_s + dt_s).min(DOOR_S)
        };
        let slow = speed_percent.is_some_and(|speed| speed < SLOW * drive_percent);
        self.slow_s = slow.then(|| (self.slow_s.unwrap_or_default() + dt_s).min(SLOW_S));
        let stands = speed_percent.is_some_and(|speed| speed < STANDS * drive_percent);
        self.stands_s = if stands { self.stands_s + dt_s } else { 0.0 };
        speed_percent.filter(|_| !self.speed_doubted())
    }

    fn speed_doubted(&self) -> bool {
        self.slow_s.is_some_and(|since_s| since_s < SLOW_S)
    }

    /// The least drive, percent, while the drive in force is `drive_percent`; none where nothing is doubted.
    pub(super) fn least(&self, drive_percent: f64) -> Option<f64> {
        let door = (self.closed_s < DOOR_S).then(|| (DOOR_MORE * self.opened_percent).min(100.0));
        let boost = self.stands_s >= BOOST_S;
        let speed = self
            .speed_doubted()
            .then_some(if boost { 100.0 } else { drive_percent });
        door.into_iter().chain(speed).reduce(f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_held_over_a_short_gap_only() {
        let mut held = Held::default();
        assert_eq!(held.look(1.0, None), None);
        assert_eq!(held.look(1.0, Some(24.0)), Some(24.0));
        for second in 1..20 {
            assert_eq!(held.look(1.0, None), (second < 10).then_some(24.0), "{second}");
        }
        assert_eq!(held.look(1.0, Some(25.0)), Some(25.0));
    }

    #[test]
    fn a_blower_that_is_slow_for_good_is_driven_harder_and_one_that_only_lags_is_not() {
        let mut obeys = Obeys::default();
        for _ in 0..10 {
            obeys.look(1.0, Some(90.0), 100.0);
        }
        assert!((obeys.share() - 1.0).abs() < 1e-9);
        for _ in 0..200 {
            obeys.look(1.0, Some(50.0), 100.0);
            obeys.look(1.0, None, 100.0);
            obeys.look(1.0, Some(0.0), 10.0);
        }
        assert!((obeys.share() - 0.5).abs() < 0.01, "{}", obeys.share());
        for _ in 0..400 {
            obeys.look(1.0, Some(0.0), 100.0);
        }
        assert!((obeys.share() - 0.4).abs() < 1e-9);
    }

    #[test]
    fn a_speed_far_below_the_drive_is_doubted_for_a_while_and_then_believed() {
        let mut doubt = Doubt::default();
        assert_eq!(doubt.look(1.0, Some(65.0), 66.0, false), Some(65.0));
        assert_eq!(doubt.least(66.0), None);
        for second in 1..15 {
            assert_eq!(doubt.look(1.0, Some(0.0), 66.0, false), None);
            let least = doubt.least(66.0).expect("it is doubted");
            assert!(
                (least - if second < 2 { 66.0 } else { 100.0 }).abs() < 1e-9,
                "{second}: {least}"
            );
        }
        assert_eq!(doubt.look(1.0, Some(0.0), 66.0, false), Some(0.0), "it is slow");
        assert_eq!(doubt.least(66.0), None);
        // The judge has taken it away meanwhile: nothing is doubted that is not told.
        assert_eq!(doubt.look(1.0, None, 66.0, false), None);
        assert_eq!(doubt.least(66.0), None);
        assert_eq!(doubt.look(1.0, Some(20.0), 66.0, false), None, "it begins anew");
    }

    #[test]
    fn a_door_that_was_open_is_doubted_for_a_minute_longer() {
        let mut doubt = Doubt::default();
        doubt.look(1.0, Some(65.0), 66.0, true);
        assert!(doubt.least(66.0).is_some());
        for second in 1..=60 {
            doubt.look(1.0, Some(65.0), 66.0, false);
            let least = doubt.least(30.0);
            assert_eq!(least.is_some(), second < 60, "{second}");
            assert!(
                least.is_none_or(|least| (least - 1.05 * 66.0).abs() < 1e-9),
                "{least:?}"
            );
        }
    }
}
