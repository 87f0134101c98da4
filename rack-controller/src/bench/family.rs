//! Families of published fan controllers, written from their published algorithms.

use super::contender::{Contender, Seen, Tuning};

/// Lowest drive of all families, percent: the slowest that the blower holds.
const LEAST: f64 = 20.0;
const MOST: f64 = 100.0;

/// A linear curve: [`LEAST`] below the span, full speed at its upper end (lm-sensors, `fancontrol`). It falls only when
/// the temperature has fallen by the hysteresis, and rises at once.
pub struct Curve {
    from_c: f64,
    span_k: f64,
    hysteresis_k: f64,
    /// Temperature acted upon.
    acted_c: Option<f64>,
}

impl Curve {
    /// A curve that reaches full speed at the target.
    pub fn new(Tuning(span_k, hysteresis_k): Tuning, target_c: f64) -> Self {
        Curve {
            from_c: target_c - span_k,
            span_k,
            hysteresis_k,
            acted_c: None,
        }
    }
}

/// The temperature that counts: at once when it rises, and when it falls as far as it is beyond the hysteresis.
fn acted_on(acted_c: Option<f64>, now_c: f64, hysteresis_k: f64) -> f64 {
    acted_c.map_or(now_c, |acted_c| acted_c.clamp(now_c, now_c + hysteresis_k))
}

impl Contender for Curve {
    fn decide(&mut self, seen: &Seen) -> f64 {
        let acted_c = acted_on(self.acted_c, seen.exhaust_c, self.hysteresis_k);
        self.acted_c = Some(acted_c);
        let share = ((acted_c - self.from_c) / self.span_k).clamp(0.0, 1.0);
        LEAST + (MOST - LEAST) * share
    }
}

/// Steps of the table.
const TABLE: usize = 5;

/// A table of five steps between [`LEAST`] and full speed, with the same hysteresis downwards.
pub struct Steps(Curve);

impl Steps {
    /// A table whose last step is at the target.
    pub fn new(tuning: Tuning, target_c: f64) -> Self {
        Steps(Curve::new(tuning, target_c))
    }
}

impl Contender for Steps {
    fn decide(&mut self, seen: &Seen) -> f64 {
        let drive = self.0.decide(seen);
        #[expect(clippy::cast_precision_loss, reason = "five")]
        let step = (MOST - LEAST) / TABLE as f64;
        // Full speed only at the upper end, the first step from the lower end on.
        LEAST + step * ((drive - LEAST) / step).floor()
    }
}

/// A proportional-integral loop on the set point, its integral held while the output is at an end
/// (openbmc, phosphor-pid-control).
pub struct Cascade {
    proportional: f64,
    integral: f64,
    target_c: f64,
    sum: f64,
}

impl Cascade {
    /// A loop that has seen nothing yet.
    pub fn new(Tuning(proportional, integral): Tuning, target_c: f64) -> Self {
        Cascade {
            proportional,
            integral,
            target_c,
            sum: 60.0,
        }
    }
}

impl Contender for Cascade {
    fn decide(&mut self, seen: &Seen) -> f64 {
        let error_k = seen.exhaust_c - self.target_c;
        self.sum = (self.sum + self.integral * error_k).clamp(LEAST, MOST);
        (self.proportional * error_k + self.sum).clamp(LEAST, MOST)
    }
}

/// Drive of the one-sided loop at no error, percent.
const ZERO: f64 = 35.0;
/// Its derivative gain, of the proportional one, s: as published, 0.4 beside 1.75.
const DERIVATIVE_S: f64 = 0.23;

/// A one-sided PID on the margin to the target: the integral only ever adds to what the loop gives at no error
/// (Oxide's Hubris, `task/thermal`).
pub struct Margin {
    proportional: f64,
    integral: f64,
    target_c: f64,
    sum: f64,
    before_k: Option<f64>,
}

impl Margin {
    /// A loop that has seen nothing yet.
    pub fn new(Tuning(proportional, integral): Tuning, target_c: f64) -> Self {
        Margin {
            proportional,
            integral,
            target_c,
            sum: 0.0,
            before_k: None,
        }
    }
}

impl Contender for Margin {
    fn decide(&mut self, seen: &Seen) -> f64 {
        let error_k = seen.exhaust_c - self.target_c;
        let rises_k = error_k - self.before_k.unwrap_or(error_k);
        self.before_k = Some(error_k);
        let rest = ZERO + self.proportional * (error_k + DERIVATIVE_S * rises_k);
        // No more than can matter: from nothing to what takes the drive to its end.
        self.sum = (self.sum + self.integral * error_k).clamp(0.0, (MOST - rest).max(0.0));
        (rest + self.sum).clamp(LEAST, MOST)
    }
}

/// Full speed.
pub struct FullSpeed;

impl Contender for FullSpeed {
    fn decide(&mut self, _: &Seen) -> f64 {
        MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::Moment;

    fn seen(exhaust_c: f64) -> Seen {
        Seen {
            now: Moment::ZERO,
            exhaust_c,
            room_c: 24.0,
            power_w: 5_000.0,
            drive: 50.0,
            speed: 50.0,
            draft_pa: -8.0,
            flow_m3_s: 0.24,
        }
    }

    fn drives(contender: &mut dyn Contender, course_c: &[f64]) -> Vec<f64> {
        course_c
            .iter()
            .map(|exhaust_c| contender.decide(&seen(*exhaust_c)))
            .collect()
    }

    #[test]
    fn a_curve_is_full_at_its_target_and_falls_behind_its_hysteresis() {
        let mut curve = Curve::new(Tuning(8.0, 1.0), 44.0);
        let drives = drives(&mut curve, &[30.0, 40.0, 44.0, 43.5, 42.0]);
        assert_eq!(drives, [20.0, 60.0, 100.0, 100.0, 90.0]);
    }

    #[test]
    fn a_table_takes_its_steps() {
        let mut steps = Steps::new(Tuning(10.0, 0.0), 45.0);
        let drives = drives(&mut steps, &[34.0, 36.9, 37.1, 41.0, 44.9, 45.0]);
        assert_eq!(drives, [20.0, 20.0, 36.0, 68.0, 84.0, 100.0]);
    }

    #[test]
    fn loops_settle_at_their_target_and_stay_within_their_ends() {
        let loops: [Box<dyn Contender>; 2] = [
            Box::new(Cascade::new(Tuning(4.0, 0.1), 44.0)),
            Box::new(Margin::new(Tuning(5.0, 0.1), 44.0)),
        ];
        for mut contender in loops {
            // A rack that falls by a fifth of a kelvin for every percent.
            let mut exhaust_c = 50.0;
            for _ in 0..3_000 {
                let drive = contender.decide(&seen(exhaust_c));
                assert!((LEAST..=MOST).contains(&drive));
                exhaust_c += 0.02 * (56.0 - 0.2 * drive - exhaust_c);
            }
            assert!((exhaust_c - 44.0).abs() < 0.1, "{exhaust_c}");
        }
    }
}
