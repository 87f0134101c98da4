//! Who is driven through the benchmark: ours and families of published controllers, each with as many tunings to choose
//! from as every other.
//!
//! The families are written from their published algorithms: a linear fan curve with hysteresis (lm-sensors' fancontrol),
//! a table of steps with hysteresis, a proportional-integral loop on the temperature's set point (openbmc's
//! phosphor-pid-control), and a one-sided PID on the worst margin (Oxide's Hubris). All see the same readings once a
//! second and hand their wish to the same safety layer.

use points::{Celsius, CubicMetrePerSecond, Flag, Moment, Percent, Quantity, Reading, Watt};
use sensors::estimate::commission::Fit;

use super::family::{Cascade, Curve, FullSpeed, Margin, Steps};
use crate::control::{Control, Goal, Temper, View};

/// Power of the hosts that the rack is rated for: the courses' largest, W.
const RATED_W: f64 = 10_500.0;
/// Tunings of a family.
pub const TUNINGS: usize = 20;

/// What a controller sees once a second.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// When.
    pub now: Moment,
    /// Voted exhaust air, °C.
    pub exhaust_c: f64,
    /// Room, °C.
    pub room_c: f64,
    /// Power of all hosts, W.
    pub power_w: f64,
    /// Drive in force, percent.
    pub drive: f64,
    /// Speed of the blower, percent of full.
    pub speed: f64,
    /// Draft, Pa.
    pub draft_pa: f64,
    /// Extracted flow as told by tachometer and draft, m³/s.
    pub flow_m3_s: f64,
}

/// A controller: from what it sees to the drive it wishes, in percent.
pub trait Contender {
    /// The next second's drive.
    fn decide(&mut self, seen: &Seen) -> f64;
}

/// A kind of controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What ships: the least flow that keeps what is to come, feed-forward and PI behind it.
    Ours,
    /// Linear curve with hysteresis.
    Curve,
    /// Table of steps with hysteresis.
    Steps,
    /// PI on the temperature's set point.
    Cascade,
    /// One-sided PID on the worst margin.
    Margin,
    /// No control at all.
    FullSpeed,
}

/// Every kind, ours first.
pub const KINDS: [Kind; 6] = [
    Kind::Ours,
    Kind::Curve,
    Kind::Steps,
    Kind::Cascade,
    Kind::Margin,
    Kind::FullSpeed,
];

/// Two figures of a tuning; what they are says [`Kind::tuning`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning(pub f64, pub f64);

impl Kind {
    /// Its name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Ours => "ours: predictive",
            Kind::Curve => "linear curve, hysteresis",
            Kind::Steps => "table of steps, hysteresis",
            Kind::Cascade => "PI on the set point",
            Kind::Margin => "one-sided PID on the margin",
            Kind::FullSpeed => "full speed",
        }
    }

    /// What the two figures of its tuning are.
    pub const fn tuning(self) -> &'static str {
        match self {
            Kind::Ours => "share of the jump kept free, dead band",
            Kind::Curve | Kind::Steps => "span K, hysteresis K",
            Kind::Cascade => "proportional %/K, integral %/(K s)",
            Kind::Margin => "proportional %/K, integral %/(K s)",
            Kind::FullSpeed => "none",
        }
    }

    /// The tunings among which its best is looked for.
    pub fn grid(self) -> Vec<Tuning> {
        let (first, second): (&[f64; 5], &[f64; 4]) = match self {
            Kind::Ours => (&[0.0, 0.3, 0.5, 0.7, 1.0], &[0.015, 0.03, 0.045, 0.06]),
            Kind::Curve => (&[4.0, 6.0, 8.0, 12.0, 20.0], &[0.0, 0.5, 1.0, 2.0]),
            Kind::Steps => (&[5.0, 7.5, 10.0, 15.0, 20.0], &[0.5, 1.0, 2.0, 3.0]),
            Kind::Cascade => (&[1.5, 4.0, 8.0, 15.0, 25.0], &[0.01, 0.02, 0.04, 0.1]),
            Kind::Margin => (&[1.75, 5.0, 10.0, 15.0, 25.0], &[0.0135, 0.03, 0.06, 0.12]),
            Kind::FullSpeed => return vec![Tuning(0.0, 0.0)],
        };
        let pairs = first
            .iter()
            .flat_map(|a| second.iter().map(move |b| Tuning(*a, *b)));
        pairs.collect()
    }

    /// The best of its grid by energy, as `hil-rig bench --tune` finds it; for ours, twice the dead band of that: half a
    /// per cent dearer and calmer.
    pub const fn tuned(self) -> Tuning {
        match self {
            Kind::Ours => Tuning(Temper::SHIPPED.step_share, Temper::SHIPPED.dead_band),
            Kind::Curve => Tuning(4.0, 0.0),
            Kind::Steps => Tuning(5.0, 0.5),
            Kind::Cascade => Tuning(25.0, 0.02),
            Kind::Margin => Tuning(25.0, 0.0135),
            Kind::FullSpeed => Tuning(0.0, 0.0),
        }
    }

    /// One that holds the exhaust at `target_c` and has seen nothing yet.
    pub fn make(self, tuning: Tuning, target_c: f64) -> Box<dyn Contender> {
        self.fitted(tuning, target_c, &Fit::PLAN)
    }

    /// The same at a rack with these constants; only ours knows what to do with them.
    pub fn fitted(self, tuning: Tuning, target_c: f64, fit: &Fit) -> Box<dyn Contender> {
        match self {
            Kind::Ours => Box::new(Ours::new(tuning, target_c, fit)),
            Kind::Curve => Box::new(Curve::new(tuning, target_c)),
            Kind::Steps => Box::new(Steps::new(tuning, target_c)),
            Kind::Cascade => Box::new(Cascade::new(tuning, target_c)),
            Kind::Margin => Box::new(Margin::new(tuning, target_c)),
            Kind::FullSpeed => Box::new(FullSpeed),
        }
    }
}

/// The shipped control.
struct Ours {
    control: Control,
    goal: Goal,
}

impl Ours {
    fn new(Tuning(step_share, dead_band): Tuning, target_c: f64, fit: &Fit) -> Self {
        Ours {
            control: Control::of(
                Temper {
                    step_share,
                    dead_band,
                    ..Temper::SHIPPED
                },
                fit,
            ),
            goal: Goal {
                target_c,
                ..Goal::new(&points::setting::Settings::default(), RATED_W)
            },
        }
    }
}

impl Contender for Ours {
    fn decide(&mut self, seen: &Seen) -> f64 {
        fn good<Q: Quantity>(value: f64, now: Moment) -> Reading<Q> {
            Q::new(value).map_or(Reading::absent(points::Absent::OverRange, now), |value| {
                Reading::good(value, now)
            })
        }
        let view = View {
            exhaust: good::<Celsius>(seen.exhaust_c, seen.now),
            room: good::<Celsius>(seen.room_c, seen.now),
            it_power: good::<Watt>(seen.power_w, seen.now),
            blowers_w: None,
            door_open: Reading::good(Flag::Clear, seen.now),
            speed_percent: Some(seen.speed),
            flow: good::<CubicMetrePerSecond>(seen.flow_m3_s, seen.now),
            pair: None,
        };
        let wish = self
            .control
            .decide(seen.now, &view, &self.goal, Percent::of(seen.drive));
        wish.drive.get()
    }
}
