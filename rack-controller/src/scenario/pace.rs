//! How fast a run goes: as fast as it can, or so many virtual seconds a second, for people who look on.

use std::str::FromStr;
use std::time::{Duration, Instant};

use hil_rig::scenario::{Step, Verdict, Watcher};

/// Slowest and fastest that may be asked for by number.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=1_000_000.0;

/// How fast a run goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As fast as it can.
    Max,
    /// At most so many virtual seconds a second.
    Times(f64),
}

impl FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = || text.parse().ok().filter(|speed| SPEEDS.contains(speed));
        match text {
            "max" => Ok(Pace::Max),
            _ => number().map(Pace::Times).ok_or_else(|| {
                format!(
                    "`max`, or virtual seconds per second from {} to {}",
                    SPEEDS.start(),
                    SPEEDS.end()
                )
            }),
        }
    }
}

impl Pace {
    /// The speed over the rig's socket, which has a limit of its own.
    ///
    /// # Errors
    /// When it is beyond that.
    pub fn over_rig(self) -> Result<f64, String> {
        let most = hil_rig::server::SPEED_MAX;
        match self {
            Pace::Max => Ok(most),
            Pace::Times(speed) if speed <= most => Ok(speed),
            Pace::Times(speed) => Err(format!(
                "--speed {speed}: over the rig's socket at most {most}; faster runs are in process"
            )),
        }
    }
}

/// Holds a run in process back to its pace.
#[derive(Debug)]
pub struct Paced {
    pace: Pace,
    began: Option<Instant>,
}

impl Paced {
    /// Not begun.
    pub fn new(pace: Pace) -> Self {
        Paced { pace, began: None }
    }

    /// What is left to wait at this virtual time, with so much real time behind.
    fn left(&self, at_s: f64, elapsed: Duration) -> Duration {
        match self.pace {
            Pace::Max => Duration::ZERO,
            Pace::Times(speed) => {
                let due = Duration::try_from_secs_f64(at_s / speed).unwrap_or_default();
                due.saturating_sub(elapsed)
            }
        }
    }
}

impl Watcher for Paced {
    fn step(&mut self, _: &Step, at_s: f64, _: &[Verdict]) -> bool {
        self.look(at_s)
    }

    fn look(&mut self, at_s: f64) -> bool {
        let began = *self.began.get_or_insert_with(Instant::now);
        let left = self.left(at_s, began.elapsed());
        if !left.is_zero() {
            std::thread::sleep(left);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_max_or_a_number_in_its_range() {
        assert_eq!("max".parse(), Ok(Pace::Max));
        assert_eq!("2.5".parse(), Ok(Pace::Times(2.5)));
        for wrong in ["", "fast", "0", "-1", "nan", "inf", "1e9"] {
            let error = wrong.parse::<Pace>().expect_err(wrong);
            assert!(error.starts_with("`max`, or virtual seconds"), "{error}");
        }
    }

    #[test]
    fn the_socket_has_a_limit_of_its_own() {
        assert_eq!(Pace::Max.over_rig(), Ok(10.0));
        assert_eq!(Pace::Times(3.0).over_rig(), Ok(3.0));
        let error = Pace::Times(50.0).over_rig().expect_err("too fast");
        assert_eq!(
            error,
            "--speed 50: over the rig's socket at most 10; faster runs are in process"
        );
    }

    #[test]
    fn a_paced_run_waits_for_real_time_and_a_late_one_does_not() {
        let paced = Paced::new(Pace::Times(10.0));
        let second = Duration::from_secs(1);
        assert_eq!(paced.left(20.0, second), second);
        assert_eq!(paced.left(20.0, 3 * second), Duration::ZERO);
        assert_eq!(Paced::new(Pace::Max).left(20.0, second), Duration::ZERO);
    }
}
