//! The hosts as a load: they work, shut down in their own time when told to, and stay off until somebody starts them.

/// Time an orderly shutdown takes, s.
const STOP_S: f64 = 45.0;
/// Share of the power left while shutting down: nearly idle.
const STOPPING_SHARE: f64 = 0.45;

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Running,
    Stopping { left_s: f64 },
    Off,
}

/// All hosts of the rack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hosts {
    state: State,
    power_w: f64,
}

impl Hosts {
    pub(super) fn new(power_w: f64) -> Self {
        Hosts {
            state: State::Running,
            power_w,
        }
    }

    /// Power drawn now, W.
    #[must_use]
    pub fn power_w(&self) -> f64 {
        self.power_w
    }

    /// Whether they are off.
    #[must_use]
    pub fn off(&self) -> bool {
        self.state == State::Off
    }

    pub(super) fn step(&mut self, dt_s: f64, asked_w: f64, told_down: bool, powered: bool) {
        self.state = match self.state {
            State::Running | State::Stopping { .. } if !powered => State::Off,
            State::Running if told_down => State::Stopping { left_s: STOP_S },
            State::Stopping { left_s } if left_s <= dt_s => State::Off,
            State::Stopping { left_s } => State::Stopping {
                left_s: left_s - dt_s,
            },
            State::Running | State::Off => self.state,
        };
        self.power_w = match self.state {
            State::Running => asked_w,
            State::Stopping { .. } => asked_w * STOPPING_SHARE,
            State::Off => 0.0,
        };
    }

    pub(super) fn start(&mut self) {
        self.state = State::Running;
    }
}
