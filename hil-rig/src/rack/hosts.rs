//! The hosts as a load: each works, boots, obeys a power cap and shuts down in its own time, or hangs.
//!
//! ```text
//!   off --start--> booting --boot_s--> running --told down--> stopping --its own time--> off
//!    ^                                    |  hangs: is told and never stops   |            ^
//!    |                                                                         '--> halted |  its software is gone,
//!    '------------------------------ supply cut, whatever it does -------------------------'  its power is not
//! ```
//! Host 1 hangs on outlet 1, and so on to the sixteenth; one that has lost its power stays off until somebody starts it.
//! What they draw together is what their work asks for, each a share by its peak; a capped host no more than its cap.
//! While nobody boots, stops or changes its cap a step looks at no host.

use serde::{Deserialize, Serialize};

use super::argument::{Field, Value};
use crate::plant::probe::stream_seed;

/// Most hosts of a rack; those beyond it do not exist.
pub const HOSTS_MAX: usize = 64;
/// Every host has its power, one bit each.
pub(super) const ALL_FED: u64 = u64::MAX;

/// One host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HostConfig {
    /// Tier by which it is shut down; 1 goes first.
    pub tier: u8,
    /// Power of a working host at full load, W: its share of what the rack's work asks for.
    pub peak_w: f64,
    /// Deepest power cap it obeys, share of its peak. Below some 0.42 a working host idles; parked cores and lowered
    /// clocks get it further.
    pub cap_share_min: f64,
    /// Share of the power left while it shuts down: nearly idle.
    pub stopping_share: f64,
    /// Shortest and longest orderly shutdown, s; each stop takes its own time between them.
    pub stop_s: (f64, f64),
    /// From power to its first answer, s. It works hard meanwhile and hears nothing.
    pub boot_s: f64,
    /// From a power cap to its effect, s.
    pub cap_delay_s: f64,
    /// It shuts down by the rack's contact; otherwise only what tells it by itself does, its agent or a person.
    pub by_contact: bool,
}

impl Default for HostConfig {
    fn default() -> Self {
        Self {
            tier: 1,
            peak_w: 2_000.0,
            cap_share_min: 0.25,
            stopping_share: 0.45,
            stop_s: (45.0, 45.0),
            boot_s: 60.0,
            cap_delay_s: 2.0,
            by_contact: true,
        }
    }
}

/// Six hosts in three tiers.
#[must_use]
pub fn six_hosts() -> Vec<HostConfig> {
    let host = |tier| HostConfig {
        tier,
        ..HostConfig::default()
    };
    [1, 1, 2, 2, 3, 3].map(host).to_vec()
}

/// What a host does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HostState {
    /// It works.
    Running,
    /// It starts.
    Booting {
        /// Time left, s.
        left_s: f64,
    },
    /// It shuts down.
    Stopping {
        /// Time left, s.
        left_s: f64,
    },
    /// Its software has ended and it draws power all the same.
    Halted,
    /// It is off.
    Off,
}

/// What a host's management controller says of its power.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// What is so.
    #[default]
    Truth,
    /// That it is off, whatever is so.
    Off,
    /// That it is on, whatever is so.
    On,
    /// Nothing: it does not answer.
    Nothing,
}

impl Field for Claim {
    fn take(value: Value) -> Option<Self> {
        match value {
            Value::Word(0) => Some(Claim::Truth),
            Value::Word(1) => Some(Claim::Off),
            Value::Word(2) => Some(Claim::On),
            Value::Word(3) => Some(Claim::Nothing),
            Value::Word(_) | Value::Number(_) => None,
        }
    }

    fn value(self) -> Value {
        Value::Word(self as usize)
    }
}

/// Which hosts an act means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// Every one.
    All,
    /// The one of this number, from 1.
    One(u8),
}

impl Pick {
    fn means(self, place: usize) -> bool {
        match self {
            Pick::All => true,
            Pick::One(number) => usize::from(number) == place + 1,
        }
    }
}

impl Field for Pick {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "only whole numbers from 1 to 64 pass"
    )]
    fn take(value: Value) -> Option<Self> {
        match value {
            Value::Word(_) => Some(Pick::All),
            Value::Number(number) if number.fract() == 0.0 && (1.0..=64.0).contains(&number) => {
                Some(Pick::One(number as u8))
            }
            Value::Number(_) => None,
        }
    }

    fn value(self) -> Value {
        match self {
            Pick::All => Value::Word(0),
            Pick::One(number) => Value::Number(f64::from(number)),
        }
    }
}

/// How many hosts do what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostCount {
    /// At work.
    pub running: u8,
    /// Starting.
    pub booting: u8,
    /// Shutting down.
    pub stopping: u8,
    /// Halted and not off.
    pub halted: u8,
    /// Off.
    pub off: u8,
    /// Without power, and therefore off: the supply is cut, or their outlet.
    #[serde(default)]
    pub unfed: u8,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Host {
    config: HostConfig,
    state: HostState,
    /// Share of what the rack's work asks for.
    share: f64,
    hangs: bool,
    /// It halts and does not switch itself off.
    halts: bool,
    /// Its stops take so many times as long.
    slow: f64,
    /// What its management controller says.
    claim: Claim,
    /// It has been told to stop by itself, apart from the rack's contact.
    told: bool,
    /// The cap in force, share of its peak, and one on its way with the time it still takes, s.
    cap: Option<f64>,
    coming: Option<(f64, Option<f64>)>,
    /// Stops so far: each draws a time of its own.
    stops: u64,
    seed: u64,
}

impl Host {
    fn stop_s(&mut self) -> f64 {
        let (shortest_s, longest_s) = self.config.stop_s;
        self.stops += 1;
        if shortest_s >= longest_s {
            return self.slow * shortest_s;
        }
        let drawn_s = (longest_s - shortest_s) * unit(stream_seed(self.seed ^ self.stops, "stop"));
        self.slow * (shortest_s + drawn_s)
    }

    /// Draw over what its work asks of it, and the most it may draw, W.
    fn draw(&self) -> (f64, f64) {
        let factor = match self.state {
            HostState::Running | HostState::Booting { .. } => 1.0,
            HostState::Stopping { .. } | HostState::Halted => self.config.stopping_share,
            HostState::Off => 0.0,
        };
        // A power limit holds until the power is off.
        let limited = matches!(
            self.state,
            HostState::Running | HostState::Stopping { .. } | HostState::Halted
        );
        let cap = self.cap.filter(|_| limited);
        let most_w = cap.map_or(f64::INFINITY, |cap| {
            cap.max(self.config.cap_share_min) * self.config.peak_w
        });
        (factor, most_w)
    }

    /// What it draws of what the rack's work asks for, W.
    fn watts(&self, asked_w: f64) -> f64 {
        let (factor, most_w) = self.draw();
        (asked_w * self.share * factor).min(most_w)
    }

    /// One step; whether anything is still on its way.
    fn step(&mut self, dt_s: f64, told_down: bool, powered: bool) -> bool {
        let told = (told_down && self.config.by_contact || self.told) && !self.hangs;
        self.state = match self.state {
            HostState::Running
            | HostState::Booting { .. }
            | HostState::Stopping { .. }
            | HostState::Halted
            | HostState::Off
                if !powered =>
            {
                HostState::Off
            }
            HostState::Running if told => HostState::Stopping {
                left_s: self.stop_s(),
            },
            HostState::Stopping { left_s } if self.hangs => HostState::Stopping { left_s },
            HostState::Stopping { left_s } if left_s <= dt_s && self.halts => HostState::Halted,
            HostState::Stopping { left_s } if left_s <= dt_s => HostState::Off,
            HostState::Stopping { left_s } => HostState::Stopping {
                left_s: left_s - dt_s,
            },
            HostState::Booting { left_s } if left_s <= dt_s => HostState::Running,
            HostState::Booting { left_s } => HostState::Booting {
                left_s: left_s - dt_s,
            },
            HostState::Running | HostState::Halted | HostState::Off => self.state,
        };
        match &mut self.coming {
            Some((left_s, cap)) if *left_s <= dt_s => {
                self.cap = *cap;
                self.coming = None;
            }
            Some((left_s, _)) => *left_s -= dt_s,
            None => {}
        }
        if self.state == HostState::Off {
            (self.told, self.cap, self.coming) = (false, None, None);
        }
        let moving = match self.state {
            HostState::Stopping { .. } | HostState::Booting { .. } => true,
            // One that has just come up will hear in the next step what it has been told.
            HostState::Running => told,
            HostState::Halted | HostState::Off => false,
        };
        moving || self.coming.is_some()
    }
}

/// A number of 0..1 from a seed.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
fn unit(seed: u64) -> f64 {
    (seed >> 11) as f64 / (1_u64 << 53) as f64
}

/// All hosts of the rack.
#[derive(Clone, Debug, PartialEq)]
pub struct Hosts {
    hosts: Vec<Host>,
    /// Something is on its way: the hosts are looked at in every step.
    moving: bool,
    /// What told them and fed them in the step before.
    told_down: bool,
    fed: u64,
    /// Draw over what the work asks for, while no host is capped.
    factor: f64,
    capped: bool,
    power_w: f64,
    /// What the work asked for in the step before, W.
    asked_w: f64,
}

impl Hosts {
    /// Hosts at work, drawing `power_w` together.
    pub(super) fn new(configs: &[HostConfig], seed: u64, power_w: f64) -> Self {
        let configs = &configs[..configs.len().min(HOSTS_MAX)];
        let peak_w: f64 = configs.iter().map(|config| config.peak_w.max(0.0)).sum();
        let hosts = configs.iter().zip(1_u64..).map(|(config, number)| Host {
            config: *config,
            state: HostState::Running,
            share: if peak_w > 0.0 {
                config.peak_w.max(0.0) / peak_w
            } else {
                0.0
            },
            hangs: false,
            halts: false,
            slow: 1.0,
            claim: Claim::Truth,
            told: false,
            cap: None,
            coming: None,
            stops: 0,
            seed: stream_seed(seed ^ number << 32, "host"),
        });
        let mut all = Self {
            hosts: hosts.collect(),
            moving: false,
            told_down: false,
            fed: ALL_FED,
            factor: 1.0,
            capped: false,
            power_w: 0.0,
            asked_w: power_w,
        };
        all.sum_up();
        all.power_w = all.drawn_w(power_w);
        all
    }

    /// Power drawn now, W.
    #[must_use]
    pub fn power_w(&self) -> f64 {
        self.power_w
    }

    /// Whether they are all off.
    #[must_use]
    pub fn off(&self) -> bool {
        self.hosts.iter().all(|host| host.state == HostState::Off)
    }

    /// What each host does and its tier, in their order.
    pub fn each(&self) -> impl Iterator<Item = (u8, HostState)> {
        self.hosts.iter().map(|host| (host.config.tier, host.state))
    }

    /// How many do what.
    #[must_use]
    pub fn count(&self) -> HostCount {
        let mut count = HostCount::default();
        for host in &self.hosts {
            match host.state {
                HostState::Running => count.running += 1,
                HostState::Booting { .. } => count.booting += 1,
                HostState::Stopping { .. } => count.stopping += 1,
                HostState::Halted => count.halted += 1,
                HostState::Off => count.off += 1,
            }
        }
        if self.fed != ALL_FED {
            for place in 0..self.hosts.len() {
                count.unfed += u8::from(!self.is_fed(place));
            }
        }
        count
    }

    /// Whether a host, by its place, has its power.
    fn is_fed(&self, place: usize) -> bool {
        self.fed >> place & 1 == 1
    }

    /// Power that a host draws, by its place, W.
    #[must_use]
    pub fn watts(&self, place: usize) -> f64 {
        self.hosts.get(place).map_or(0.0, |host| host.watts(self.asked_w))
    }

    /// What each host's management controller says of its power, in their order: that it is on. None where it is silent;
    /// so it is where it has no power itself.
    pub fn said(&self) -> impl Iterator<Item = Option<bool>> {
        let hosts = self.hosts.iter().enumerate();
        hosts.map(|(place, host)| match host.claim {
            Claim::Truth | Claim::Off | Claim::On if !self.is_fed(place) => None,
            Claim::Truth => Some(host.state != HostState::Off),
            Claim::Off => Some(false),
            Claim::On => Some(true),
            Claim::Nothing => None,
        })
    }

    /// How each is set: whether it hangs, whether it halts, how slow it is, what its management controller says, and the cap
    /// it obeys or is about to, share of its peak.
    pub(super) fn set(&self) -> impl Iterator<Item = (bool, bool, f64, Claim, Option<f64>)> {
        let cap = |host: &Host| host.coming.map_or(host.cap, |(_, cap)| cap);
        let hosts = self.hosts.iter();
        hosts.map(move |host| (host.hangs, host.halts, host.slow, host.claim, cap(host)))
    }

    /// One step; `fed` has a bit for each host that has its power.
    pub(super) fn step(&mut self, dt_s: f64, asked_w: f64, told_down: bool, fed: u64) {
        if self.moving || told_down != self.told_down || fed != self.fed {
            (self.told_down, self.fed) = (told_down, fed);
            self.moving = false;
            for (place, host) in self.hosts.iter_mut().enumerate() {
                self.moving |= host.step(dt_s, told_down, fed >> place & 1 == 1);
            }
            self.sum_up();
        }
        self.asked_w = asked_w;
        self.power_w = self.drawn_w(asked_w);
    }

    fn sum_up(&mut self) {
        let mut draws = self.hosts.iter().map(|host| (host.share, host.draw()));
        self.capped = draws.clone().any(|(_, (_, most_w))| most_w.is_finite());
        let first = draws.next().map_or(0.0, |(_, (factor, _))| factor);
        let alike = draws
            .clone()
            .all(|(_, (factor, _))| factor.to_bits() == first.to_bits());
        // Hosts that do the same draw exactly what is asked of all; only different ones need their shares.
        self.factor = if alike {
            first
        } else {
            self.hosts.iter().map(|host| host.share * host.draw().0).sum()
        };
    }

    fn drawn_w(&self, asked_w: f64) -> f64 {
        if !self.capped {
            return asked_w * self.factor;
        }
        self.hosts.iter().map(|host| host.watts(asked_w)).sum()
    }

    /// Switches on whatever does not run.
    pub(super) fn start(&mut self, which: Pick) {
        self.each_of(which, |host| {
            if host.state != HostState::Running {
                let left_s = host.config.boot_s;
                host.told = false;
                host.state = if left_s > 0.0 {
                    HostState::Booting { left_s }
                } else {
                    HostState::Running
                };
            }
        });
    }

    /// Tells hosts to shut down, apart from the rack's contact.
    pub(super) fn stop(&mut self, which: Pick) {
        self.each_of(which, |host| host.told = host.state != HostState::Off);
    }

    /// A host that hangs neither begins nor ends a shutdown.
    pub(super) fn hang(&mut self, which: Pick, on: bool) {
        self.each_of(which, |host| host.hangs = on);
    }

    /// A host that halts ends its software and keeps its power.
    pub(super) fn halt(&mut self, which: Pick, on: bool) {
        self.each_of(which, |host| host.halts = on);
    }

    /// What a host's management controller says of its power.
    pub(super) fn claim(&mut self, which: Pick, claim: Claim) {
        self.each_of(which, |host| host.claim = claim);
    }

    /// Stops that begin from now on take so many times as long.
    pub(super) fn slow(&mut self, which: Pick, times: f64) {
        self.each_of(which, |host| host.slow = times.max(1.0));
    }

    /// Caps hosts at a share of their peak, or lifts the cap, after their delay.
    pub(super) fn cap(&mut self, which: Pick, share: Option<f64>) {
        self.each_of(which, |host| host.coming = Some((host.config.cap_delay_s, share)));
    }

    fn each_of(&mut self, which: Pick, change: impl Fn(&mut Host)) {
        let meant = self
            .hosts
            .iter_mut()
            .enumerate()
            .filter(|(place, _)| which.means(*place));
        meant.for_each(|(_, host)| change(host));
        self.moving = true;
    }
}

#[cfg(test)]
#[path = "hosts_tests.rs"]
mod tests;
