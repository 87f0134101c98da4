//! What control wishes: the drive that holds the exhaust at its target with least air.
//!
//! ```text
//!            hold by a person? --yes--> held speed (bounded later by safety, like every wish)
//!                  | no
//!   power, room, exhaust known? --no--> degraded floor at least, or full speed when nothing is known
//!                  | yes
//!       feed-forward + PI in the flow domain -> inverse flow map -> dead band -> slew
//! ```
//! Where two blowers share the jet all of this is in terms of one that would make it alone, up to the last step: [`sharing`]
//! makes a drive for both of it, or for one while the other stands by.
//!
//! Pure: time is an argument. Time budget: well below a microsecond.

mod doubt;
mod flow_map;
pub mod pair;
mod predictor;
mod regulator;
mod set_point;
pub mod sharing;
mod view;

use points::command::{Command, MANUAL_MINUTES_MAX, Refusal};
use points::point::control;
use points::setting::{self, Settings};
use points::snapshot::Hold;
use points::{Absent, Celsius, Flag, Moment, Percent, Quantity, Reading, Regime, Snapshot, Span};
use safety::Wish;

use doubt::{Doubt, Held, Obeys};
pub use flow_map::{FlowMap, USUAL_RISE_K, flow_share, jet_pa};
use predictor::Predictor;
use regulator::Regulator;
use sensors::estimate::commission::Fit;
use set_point::{Look, SetPoint};
use sharing::{Sharing, Stages};
pub use view::View;

/// How calm control is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Temper {
    /// Random walk that the predictor takes the unexplained heat for, W per root second: less is slower and calmer.
    pub walk_w: f64,
    /// Share of the air's jump at a step to the rated load that is kept free.
    pub step_share: f64,
    /// Changes downwards that are smaller than this share of the drive are not worth the bearing's wear; upwards a third.
    pub dead_band: f64,
}

impl Temper {
    /// What ships: the calmest of the benchmark's best (`hil-rig bench --tune`).
    pub const SHIPPED: Temper = Temper {
        walk_w: 10.0,
        step_share: 0.5,
        dead_band: 0.03,
    };
}

/// What control is to reach, and within what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// Exhaust air, °C.
    pub target_c: f64,
    /// Lowest drive, percent, and the lowest while an input is missing.
    pub minimum: f64,
    /// See `minimum`.
    pub floor: f64,
    /// Most that the drive rises and falls in a second, percent.
    pub rise: f64,
    /// See `rise`.
    pub fall: f64,
    /// Power of the hosts that the rack is rated for, W.
    pub rated_w: f64,
    /// When one of two blowers is enough.
    pub stages: Stages,
    /// Look for the set point at which hosts and blowers together take least; `target_c` is then the highest.
    pub optimise: bool,
}

impl Goal {
    /// By the settings in force, for hosts of a rated power, W.
    pub fn new(settings: &Settings, rated_w: f64) -> Self {
        Goal {
            rated_w,
            stages: Stages::new(settings),
            target_c: settings.get(setting::TARGET),
            minimum: settings.get(setting::MINIMUM_SPEED),
            floor: settings.get(setting::DEGRADED_FLOOR),
            rise: settings.get(setting::RISE),
            fall: settings.get(setting::FALL),
            optimise: settings.get(setting::OPTIMISE) > 0.0,
        }
    }
}

/// Control's state.
#[derive(Clone, Debug)]
pub struct Control {
    map: FlowMap,
    regulator: Regulator,
    predictor: Predictor,
    doubt: Doubt,
    obeys: Obeys,
    room: Held,
    power: Held,
    search: SetPoint,
    /// Exhaust temperature that is held, °C.
    set_point_c: f64,
    temper: Temper,
    sharing: Sharing,
    blowers: usize,
    /// The predictor's answer is in force.
    predicts: bool,
    hold: Option<Hold>,
    drive: f64,
    last: Option<Moment>,
    regime: Regime,
}

impl Control {
    /// Control that has seen nothing yet and wishes full speed.
    pub fn new() -> Self {
        Self::with(Temper::SHIPPED)
    }

    /// The same with another temper.
    pub fn with(temper: Temper) -> Self {
        Self::of(temper, &Fit::PLAN)
    }

    /// The same for a rack with these constants.
    pub fn of(temper: Temper, fit: &Fit) -> Self {
        Self::of_blowers(temper, fit, 1)
    }

    /// The same for so many blowers.
    pub fn of_blowers(temper: Temper, fit: &Fit, blowers: usize) -> Self {
        let map = FlowMap::fitted(fit).of_blowers(fit, blowers);
        Control {
            map,
            regulator: Regulator::new(map),
            predictor: Predictor::new(map, fit, temper),
            doubt: Doubt::default(),
            obeys: Obeys::default(),
            room: Held::default(),
            power: Held::default(),
            search: SetPoint::default(),
            set_point_c: setting::TARGET.row().default,
            temper,
            sharing: Sharing::new(),
            blowers,
            predicts: false,
            hold: None,
            drive: 100.0,
            last: None,
            regime: Regime::Boot,
        }
    }

    /// The rack has these constants from now on; the drive goes on from where it is.
    pub fn commissioned(&mut self, fit: &Fit) {
        let fresh = Self::of_blowers(self.temper, fit, self.blowers);
        (self.map, self.regulator, self.predictor) = (fresh.map, fresh.regulator, fresh.predictor);
    }

    /// Who holds the fan.
    pub fn hold(&self) -> Option<Hold> {
        self.hold
    }

    /// What the last wish was made by.
    pub fn regime(&self) -> Regime {
        self.regime
    }

    /// The drive wished for, given what can be seen.
    ///
    /// `actual` is the drive in force, so that control goes on from where safety has put the fan.
    pub fn decide(&mut self, now: Moment, view: &View, goal: &Goal, actual: Percent) -> Wish {
        let dt_s = self.last.map_or(0.0, |last| now.since(last).as_s()).min(1.0);
        self.last = Some(now);
        self.hold = self.hold.filter(|hold| now < hold.until);
        self.set_point_c = self.set_point(dt_s, view, goal, actual);
        let goal = &Goal {
            target_c: self.set_point_c,
            ..*goal
        };
        let (gain, rescale) = match &view.pair {
            Some(pair) => self.sharing.follow(dt_s, pair),
            None => (1.0, 1.0),
        };
        // Where a blower has fallen out or come in, the jet goes on as it was.
        let actual = Percent::of((actual.get() * rescale).min(100.0));
        let (wanted, found) = self.wanted(view, goal, dt_s, Percent::of(actual.get() * gain));
        let (target, regime) = match (self.hold, (wanted / gain, found)) {
            (Some(hold), _) => (hold.speed.get().max(goal.minimum), Regime::Manual),
            (None, (wanted, Regime::Normal)) => (wanted.max(goal.minimum), Regime::Normal),
            (None, (wanted, regime)) => (wanted.max(goal.floor), regime),
        };
        self.regime = regime;
        let band = match regime {
            Regime::Normal => self.temper.dead_band * actual.get(),
            Regime::Boot | Regime::Manual | Regime::Degraded | Regime::Critical | Regime::Fire => STILL,
        };
        self.drive = slew(actual.get(), target.min(100.0), dt_s, goal, band);
        let rests = view.pair.and_then(|pair| {
            let usual = regime == Regime::Normal;
            self.sharing.stage(dt_s, wanted, usual, pair.whole, &goal.stages)
        });
        Wish {
            rests,
            ..Wish::of(Percent::of(self.drive.clamp(0.0, 100.0)))
        }
    }

    /// The drive that the readings call for, before floors.
    fn wanted(&mut self, view: &View, goal: &Goal, dt_s: f64, actual: Percent) -> (f64, Regime) {
        let Some(exhaust) = view.exhaust.number() else {
            return (self.map.top(), Regime::Boot);
        };
        // An open door lets air take a short way past the hosts: estimates are void, the floor stands.
        let door = view.door_open.ok();
        let (door_closed, door_open) = (door == Some(Flag::Clear), door == Some(Flag::Set));
        // Which of two is to be believed, and what a lost one leaves, the pair's own judge says.
        let alone = view.speed_percent.filter(|_| view.pair.is_none());
        let believed = self.doubt.look(dt_s, alone, actual.get(), door_open);
        self.obeys.look(dt_s, believed, actual.get());
        let speed_percent = if view.pair.is_none() {
            believed
        } else {
            view.speed_percent
        };
        // From here on a drive is the speed that it is to give.
        let obeys = self.obeys.share();
        let inputs = regulator::Inputs {
            exhaust_c: exhaust,
            target_c: goal.target_c,
            rated_w: goal.rated_w,
            room_c: self.room.look(dt_s, view.room.number()),
            power_w: self.power.look(dt_s, view.it_power.number()),
            drive_percent: obeys * actual.get(),
            top_percent: if view.pair.is_some_and(|pair| !pair.whole) {
                100.0
            } else {
                self.map.top()
            },
            speed_percent,
            flow_share: self.share(view),
        };
        let base = self.regulator.step(dt_s, &inputs);
        let predicted = if door_closed {
            self.predictor.step(dt_s, &inputs)
        } else {
            self.predictor.forget();
            None
        };
        self.predicts = predicted.is_some();
        if let Some(drive) = predicted {
            self.regulator.follow(drive, &inputs);
        }
        let drive = predicted.unwrap_or(base);
        let drive = (drive / obeys).max(self.doubt.least(actual.get()).unwrap_or_default());
        let whole = inputs.room_c.is_some() && inputs.power_w.is_some() && door_closed;
        (drive, if whole { Regime::Normal } else { Regime::Degraded })
    }

    /// The exhaust temperature to hold, °C: the goal's, or what the search for the least power tries beneath it.
    fn set_point(&mut self, dt_s: f64, view: &View, goal: &Goal, actual: Percent) -> f64 {
        if !goal.optimise {
            self.search.stop();
            return goal.target_c;
        }
        // Only what control itself does to a rack that is as it should be says anything.
        let rules =
            self.hold.is_none() && self.regime == Regime::Normal && (actual.get() - self.drive).abs() < STILL;
        let powers = view.it_power.number().zip(view.blowers_w);
        let look = view.exhaust.number().zip(powers).filter(|_| rules);
        let look = look.map(|(exhaust_c, (hosts_w, blowers_w))| Look {
            exhaust_c,
            total_w: hosts_w + blowers_w,
        });
        self.search.step(dt_s, look, goal.target_c)
    }

    /// Shows which exhaust temperature is held, and what the search for the least power has found.
    pub fn show(&self, now: Moment, picture: &mut Snapshot) {
        picture.put(
            control::SET_POINT,
            Reading::good(Celsius::of(self.set_point_c), now),
        );
        picture.put(control::MIDDLE, found(self.search.middle_c(), now));
        picture.put(control::SLOPE, found(self.search.slope_w_k(), now));
    }

    /// Extracted flow over that of the clean rack at the same speed.
    fn share(&self, view: &View) -> Option<f64> {
        let (flow, speed) = view.flow.number().zip(view.speed_percent)?;
        let clean = self.map.flow(speed);
        (clean > 0.0).then(|| flow / clean)
    }

    /// Takes or gives back the fan for a person.
    ///
    /// # Errors
    /// When the command is unsigned, outside its span, or somebody else holds the fan.
    pub fn command(&mut self, now: Moment, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Manual {
                speed,
                owner,
                reason,
                minutes,
            } => {
                if owner.is_empty() || reason.is_empty() {
                    return Err(Refusal::Unsigned);
                }
                if !(1..=MANUAL_MINUTES_MAX).contains(minutes) || !(0.0..=100.0).contains(&speed.get()) {
                    return Err(Refusal::OutOfSpan);
                }
                if self
                    .hold
                    .is_some_and(|hold| now < hold.until && hold.owner != *owner)
                {
                    return Err(Refusal::HeldByOther);
                }
                let until = now + Span::s(60 * u64::from(*minutes));
                self.hold = Some(Hold {
                    speed: *speed,
                    owner: *owner,
                    reason: *reason,
                    until,
                });
                Ok(())
            }
            Command::Automatic { owner } => {
                if owner.is_empty() {
                    return Err(Refusal::Unsigned);
                }
                self.hold = None;
                Ok(())
            }
            Command::Acknowledge { .. }
            | Command::Shelve { .. }
            | Command::Unshelve { .. }
            | Command::AlarmOutOfService { .. }
            | Command::AlarmInService { .. }
            | Command::Silence { .. }
            | Command::HoldHosts { .. }
            | Command::ResumeHosts { .. }
            | Command::AbortHosts { .. }
            | Command::DrillHosts { .. }
            | Command::RehearseHosts { .. }
            | Command::Reset { .. }
            | Command::ReplaceUnit { .. }
            | Command::Override { .. }
            | Command::EndOverride { .. }
            | Command::OutOfService { .. }
            | Command::InService { .. }
            | Command::SelfTest { .. }
            | Command::Commissioning { .. } => Ok(()),
        }
    }

    /// Lets go of the fan: a fire latch ends every hold.
    pub fn release(&mut self) {
        self.hold = None;
    }
}

impl Default for Control {
    fn default() -> Self {
        Self::new()
    }
}

/// A number that the search for the least power has, or none while it does not search.
fn found<Q: Quantity>(number: Option<f64>, now: Moment) -> Reading<Q> {
    let number = number.and_then(Q::new);
    number.map_or(Reading::absent(Absent::Suspended, now), |number| {
        Reading::good(number, now)
    })
}

/// Share of the dead band that holds upwards: what is asked for safety's sake waits less.
const RISE_BAND: f64 = 0.3;
/// Dead band of a drive that is given and not found: a hold, a floor; percent.
const STILL: f64 = 0.6;

/// From the drive in force towards the target: fast up, slow down, nothing inside the dead band.
fn slew(from: f64, to: f64, dt_s: f64, goal: &Goal, band: f64) -> f64 {
    let change = to - from;
    let band = if change > 0.0 { RISE_BAND * band } else { band };
    if change.abs() < band && to < 100.0 {
        return from;
    }
    to.clamp(from - goal.fall * dt_s, from + goal.rise * dt_s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::Text;
    use proptest::prelude::*;

    fn view(exhaust: Option<f64>, room: Option<f64>, power: Option<f64>) -> View {
        fn reading<Q: Quantity>(value: Option<f64>) -> Reading<Q> {
            match value.and_then(Q::new) {
                Some(value) => Reading::good(value, Moment(0)),
                None => Reading::absent(Absent::NoAnswer, Moment(0)),
            }
        }
        View {
            exhaust: reading(exhaust),
            room: reading(room),
            it_power: reading(power),
            blowers_w: Some(60.0),
            door_open: Reading::good(Flag::Clear, Moment(0)),
            speed_percent: None,
            flow: reading(None),
            pair: None,
        }
    }

    fn run(control: &mut Control, view: &View, seconds: u64, from: f64) -> f64 {
        let goal = Goal::new(&Settings::default(), 12e3);
        let mut drive = Percent::of(from);
        for step in 0..seconds * 10 {
            drive = control.decide(Moment(step * 100_000), view, &goal, drive).drive;
        }
        drive.get()
    }

    /// A rack that draws less at a speed needs more speed for the same heat.
    #[test]
    fn commissioned_constants_are_what_the_drive_goes_by() {
        let drive = |flow: f64| {
            let mut control = Control::new();
            control.commissioned(&Fit { flow, ..Fit::PLAN });
            let goal = Goal::new(&Settings::default(), 12e3);
            let (mut now, mut actual) = (Moment::ZERO, Percent::of(60.0));
            for _ in 0..1_200 {
                now += Span::ms(100);
                let seen = view(Some(goal.target_c), Some(24.0), Some(5_000.0));
                actual = control.decide(now, &seen, &goal, actual).drive;
            }
            actual.get()
        };
        assert!(drive(0.7) > drive(1.0) + 3.0, "{} {}", drive(0.7), drive(1.0));
    }

    /// Neither a tachometer that counts nothing nor a door that has just closed slows the fan.
    #[test]
    fn what_is_doubted_does_not_slow_the_fan() {
        let goal = Goal::new(&Settings::default(), 12e3);
        let (mut control, mut now, mut drive) = (Control::new(), Moment::ZERO, Percent::of(60.0));
        let mut run = |seconds: u32, exhaust: f64, speed: Option<f64>, door: Flag| {
            let mut slowest = 100.0_f64;
            for _ in 0..10 * seconds {
                now += Span::ms(100);
                let seen = View {
                    speed_percent: speed.or(Some(drive.get())),
                    door_open: Reading::good(door, now),
                    ..view(Some(exhaust), Some(24.0), Some(6e3))
                };
                drive = control.decide(now, &seen, &goal, drive).drive;
                slowest = slowest.min(drive.get());
            }
            (slowest, drive.get())
        };
        let (_, settled) = run(900, 42.0, None, Flag::Clear);
        let (slowest, _) = run(12, 42.0, Some(0.0), Flag::Clear);
        assert!(slowest >= settled - 1e-9, "{slowest} under {settled}");
        let (_, settled) = run(300, 42.0, None, Flag::Clear);
        let (slowest, _) = run(120, 35.0, None, Flag::Set);
        assert!(slowest >= settled - 1e-9, "{slowest} under {settled}");
        let (slowest, _) = run(59, 36.0, None, Flag::Clear);
        assert!(slowest >= settled, "{slowest} under {settled}");
        let (slowest, _) = run(120, 36.0, None, Flag::Clear);
        assert!(
            slowest < settled - 5.0,
            "cool air is believed after all: {slowest}"
        );
    }

    #[test]
    fn nothing_known_means_full_speed_and_a_missing_meter_the_floor() {
        assert!((run(&mut Control::new(), &view(None, Some(24.0), Some(5e3)), 30, 20.0) - 100.0).abs() < 1.0);
        let degraded = run(
            &mut Control::new(),
            &view(Some(35.0), Some(24.0), None),
            300,
            100.0,
        );
        assert!((degraded - 60.0).abs() < 1.0, "{degraded}");
    }

    #[test]
    fn feed_forward_alone_finds_the_speed_of_the_worked_example() {
        // 5 kW, room 24 C, exhaust 40 C: 0.239 m3/s at 49 % (the study's table of the 42U rack).
        let mut settings = Settings::default();
        settings
            .set_named("control.exhaust_target", 40.0)
            .expect("in its span");
        let mut control = Control::new();
        let mut drive = Percent::of(50.0);
        for step in 0..300 {
            drive = control
                .decide(
                    Moment(step * 100_000),
                    &view(Some(40.0), Some(24.0), Some(5e3)),
                    &Goal::new(&settings, 12e3),
                    drive,
                )
                .drive;
        }
        assert!((40.0..60.0).contains(&drive.get()), "{drive:?}");
    }

    #[test]
    fn a_hold_has_owner_reason_and_expiry() {
        let mut control = Control::new();
        let hold = |owner: &str, minutes| Command::Manual {
            speed: Percent::of(80.0),
            owner: Text::new(owner).expect("short"),
            reason: Text::new("filter change").expect("short"),
            minutes,
        };
        assert_eq!(control.command(Moment(0), &hold("", 5)), Err(Refusal::Unsigned));
        assert_eq!(
            control.command(Moment(0), &hold("mara", 241)),
            Err(Refusal::OutOfSpan)
        );
        assert_eq!(control.command(Moment(0), &hold("mara", 1)), Ok(()));
        assert_eq!(
            control.command(Moment(1), &hold("ivo", 1)),
            Err(Refusal::HeldByOther)
        );
        let view = view(Some(35.0), Some(24.0), Some(5e3));
        let drive = run(&mut control, &view, 59, 100.0);
        assert!(
            (drive - 80.0).abs() < 1.0 && control.regime() == Regime::Manual,
            "{drive}"
        );
        run(&mut control, &view, 70, drive);
        assert_eq!(control.regime(), Regime::Normal);
        assert_eq!(control.hold(), None);
    }

    proptest! {
        #[test]
        fn the_wish_is_a_drive_and_never_jumps(
            steps in proptest::collection::vec((0.0..90.0f64, -10.0..45.0f64, 0.0..20e3f64, 0u8..8), 1..80)
        ) {
            let (mut control, goal, mut drive) = (Control::new(), Goal::new(&Settings::default(), 12e3), Percent::of(50.0));
            for (index, (exhaust, room, power, missing)) in steps.into_iter().enumerate() {
                let keep = |bit: u8, value: f64| (missing & bit == 0).then_some(value);
                let view = view(keep(1, exhaust), keep(2, room), keep(4, power));
                let next = control.decide(Moment(index as u64 * 100_000), &view, &goal, drive).drive;
                prop_assert!((0.0..=100.0).contains(&next.get()));
                prop_assert!(next.get() - drive.get() <= 0.8 + 1e-9 && drive.get() - next.get() <= 0.1 + 1e-9);
                drive = next;
            }
        }
    }
}
