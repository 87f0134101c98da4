//! What control wishes: the drive that holds the exhaust at its target with least air.
//!
//! ```text
//!            hold by a person? --yes--> held speed (bounded later by safety, like every wish)
//!                  | no
//!   power, room, exhaust known? --no--> degraded floor at least, or full speed when nothing is known
//!                  | yes
//!       feed-forward + PI in the flow domain -> inverse flow map -> dead band -> slew
//! ```
//! Pure: time is an argument. Time budget: well below a microsecond.

mod flow_map;
mod regulator;

use points::command::{Command, MANUAL_MINUTES_MAX, Refusal};
use points::setting::{self, Settings};
use points::snapshot::Hold;
use points::{Celsius, Flag, Moment, Percent, Reading, Regime, Span, Watt};
use safety::Wish;

pub use flow_map::FlowMap;
use regulator::Regulator;

/// What control looks at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Voted exhaust air.
    pub exhaust: Reading<Celsius>,
    /// Room air.
    pub room: Reading<Celsius>,
    /// Power of the IT load.
    pub it_power: Reading<Watt>,
    /// The door.
    pub door_open: Reading<Flag>,
}

/// Control's state.
#[derive(Clone, Debug)]
pub struct Control {
    regulator: Regulator,
    hold: Option<Hold>,
    drive: f64,
    last: Option<Moment>,
    regime: Regime,
}

impl Control {
    /// Control that has seen nothing yet and wishes full speed.
    pub fn new() -> Self {
        Control {
            regulator: Regulator::new(FlowMap::default()),
            hold: None,
            drive: 100.0,
            last: None,
            regime: Regime::Boot,
        }
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
    pub fn decide(&mut self, now: Moment, view: &View, settings: &Settings, actual: Percent) -> Wish {
        let dt_s = self.last.map_or(0.0, |last| now.since(last).as_s()).min(1.0);
        self.last = Some(now);
        self.hold = self.hold.filter(|hold| now < hold.until);
        let minimum = settings.get(setting::MINIMUM_SPEED);
        let floor = settings.get(setting::DEGRADED_FLOOR);
        let (target, regime) = match (self.hold, self.wanted(view, settings, dt_s, actual)) {
            (Some(hold), _) => (hold.speed.get().max(minimum), Regime::Manual),
            (None, (wanted, Regime::Normal)) => (wanted.max(minimum), Regime::Normal),
            (None, (wanted, regime)) => (wanted.max(floor), regime),
        };
        self.regime = regime;
        self.drive = slew(actual.get(), target, dt_s, settings);
        Wish {
            drive: Percent::of(self.drive.clamp(0.0, 100.0)),
        }
    }

    /// The drive that the readings call for, before floors.
    fn wanted(&mut self, view: &View, settings: &Settings, dt_s: f64, actual: Percent) -> (f64, Regime) {
        let target = settings.get(setting::TARGET);
        let Some(exhaust) = view.exhaust.number() else {
            return (100.0, Regime::Boot);
        };
        let inputs = regulator::Inputs {
            exhaust_c: exhaust,
            target_c: target,
            room_c: view.room.number(),
            power_w: view.it_power.number(),
            drive_percent: actual.get(),
        };
        let drive = self.regulator.step(dt_s, &inputs);
        // An open door lets air take a short way past the hosts: estimates are void, the floor stands.
        let door_closed = view.door_open.ok() == Some(Flag::Clear);
        let whole = inputs.room_c.is_some() && inputs.power_w.is_some() && door_closed;
        (drive, if whole { Regime::Normal } else { Regime::Degraded })
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
            | Command::Reset { .. }
            | Command::ReplaceUnit { .. }
            | Command::Override { .. }
            | Command::EndOverride { .. }
            | Command::OutOfService { .. }
            | Command::InService { .. } => Ok(()),
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

/// Changes smaller than this are not worth the bearing's wear, in percent of drive.
const DEAD_BAND: f64 = 0.6;

/// From the drive in force towards the target: fast up, slow down, nothing inside the dead band.
fn slew(from: f64, to: f64, dt_s: f64, settings: &Settings) -> f64 {
    if (to - from).abs() < DEAD_BAND && to < 100.0 {
        return from;
    }
    let up = settings.get(setting::RISE) * dt_s;
    let down = settings.get(setting::FALL) * dt_s;
    to.clamp(from - down, from + up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::{Absent, Text};
    use proptest::prelude::*;

    fn view(exhaust: Option<f64>, room: Option<f64>, power: Option<f64>) -> View {
        fn reading<Q: points::Quantity>(value: Option<f64>) -> Reading<Q> {
            match value.and_then(Q::new) {
                Some(value) => Reading::good(value, Moment(0)),
                None => Reading::absent(Absent::NoAnswer, Moment(0)),
            }
        }
        View {
            exhaust: reading(exhaust),
            room: reading(room),
            it_power: reading(power),
            door_open: Reading::good(Flag::Clear, Moment(0)),
        }
    }

    fn run(control: &mut Control, view: &View, seconds: u64, from: f64) -> f64 {
        let settings = Settings::default();
        let mut drive = Percent::of(from);
        for step in 0..seconds * 10 {
            drive = control
                .decide(Moment(step * 100_000), view, &settings, drive)
                .drive;
        }
        drive.get()
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
                    &settings,
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
            let (mut control, settings, mut drive) = (Control::new(), Settings::default(), Percent::of(50.0));
            for (index, (exhaust, room, power, missing)) in steps.into_iter().enumerate() {
                let keep = |bit: u8, value: f64| (missing & bit == 0).then_some(value);
                let view = view(keep(1, exhaust), keep(2, room), keep(4, power));
                let next = control.decide(Moment(index as u64 * 100_000), &view, &settings, drive).drive;
                prop_assert!((0.0..=100.0).contains(&next.get()));
                prop_assert!(next.get() - drive.get() <= 0.8 + 1e-9 && drive.get() - next.get() <= 0.1 + 1e-9);
                drive = next;
            }
        }
    }
}
