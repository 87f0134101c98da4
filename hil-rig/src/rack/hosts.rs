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
        count
    }

    /// How each is set: whether it hangs, whether it halts, how slow it is, and the cap it obeys or is about to, share of its
    /// peak.
    pub(super) fn set(&self) -> impl Iterator<Item = (bool, bool, f64, Option<f64>)> {
        let cap = |host: &Host| host.coming.map_or(host.cap, |(_, cap)| cap);
        let hosts = self.hosts.iter();
        hosts.map(move |host| (host.hangs, host.halts, host.slow, cap(host)))
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
        let draws = self.hosts.iter().map(|host| {
            let (factor, most_w) = host.draw();
            (asked_w * host.share * factor).min(most_w)
        });
        draws.sum()
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn six() -> Hosts {
        Hosts::new(&six_hosts(), 1, 6_000.0)
    }

    fn run(hosts: &mut Hosts, seconds: u32, told_down: bool) -> f64 {
        for _ in 0..10 * seconds {
            hosts.step(0.1, 6_000.0, told_down, ALL_FED);
        }
        hosts.power_w()
    }

    #[test]
    fn together_they_draw_what_is_asked_to_the_bit_and_stop_as_one() {
        let mut hosts = six();
        for asked_w in [5_000.1, 7_777.7, 0.3] {
            hosts.step(0.1, asked_w, false, ALL_FED);
            assert_eq!(hosts.power_w().to_bits(), asked_w.to_bits());
        }
        hosts.step(0.1, 6_000.0, true, ALL_FED);
        assert_eq!(hosts.power_w().to_bits(), (6_000.0_f64 * 0.45).to_bits());
        assert!(run(&mut hosts, 44, true) > 0.0 && run(&mut hosts, 2, true) <= 0.0 && hosts.off());
        assert!(run(&mut hosts, 100, false) <= 0.0, "they stay off until started");
        hosts.start(Pick::All);
        assert!(run(&mut hosts, 1, false) > 5_999.0);
        assert_eq!(hosts.count().booting, 6);
        run(&mut hosts, 60, false);
        assert_eq!(hosts.count().running, 6);
        hosts.step(0.1, 6_000.0, false, 0);
        assert!(hosts.off(), "a cut takes them at once");
    }

    #[test]
    fn a_cap_takes_effect_after_its_delay_and_goes_no_deeper_than_a_host_can() {
        let mut hosts = six();
        hosts.cap(Pick::One(1), Some(0.3));
        assert!((run(&mut hosts, 1, false) - 6_000.0).abs() < 1e-9);
        assert!(
            (run(&mut hosts, 2, false) - 5_600.0).abs() < 1e-9,
            "{}",
            hosts.power_w()
        );
        hosts.cap(Pick::All, Some(0.0));
        assert!((run(&mut hosts, 3, false) - 6.0 * 500.0).abs() < 1e-9);
        hosts.cap(Pick::All, None);
        assert!((run(&mut hosts, 3, false) - 6_000.0).abs() < 1e-9);
    }

    #[test]
    fn one_that_hangs_draws_on_until_it_is_cut_and_one_that_boots_hears_nothing() {
        let mut hosts = six();
        hosts.hang(Pick::One(6), true);
        let left_w = run(&mut hosts, 600, true);
        assert!((left_w - 1_000.0).abs() < 1e-9, "{left_w}");
        assert_eq!((hosts.count().running, hosts.count().off), (1, 5));
        hosts.hang(Pick::One(6), false);
        assert!(run(&mut hosts, 46, true) <= 0.0);
        hosts.start(Pick::One(2));
        assert_eq!(
            (run(&mut hosts, 10, true) > 999.0, hosts.count().booting),
            (true, 1)
        );
        run(&mut hosts, 51, true);
        assert_eq!(hosts.count().stopping, 1);
    }

    #[test]
    fn tiers_can_go_one_by_one_each_in_its_own_bounded_time() {
        let mut configs = six_hosts();
        for config in &mut configs {
            config.stop_s = (20.0, 90.0);
        }
        let ends = |seed| {
            let mut hosts = Hosts::new(&configs, seed, 6_000.0);
            hosts.stop(Pick::One(1));
            hosts.stop(Pick::One(2));
            let mut ends = [0.0_f64; 2];
            for _ in 0..1_000 {
                for (place, (tier, state)) in hosts.each().enumerate() {
                    assert_eq!(usize::from(tier), place / 2 + 1);
                    if place < 2 && matches!(state, HostState::Stopping { .. }) {
                        ends[place] += 0.1;
                    }
                    assert!(place < 2 || state == HostState::Running);
                }
                hosts.step(0.1, 6_000.0, false, ALL_FED);
            }
            ends
        };
        let [first_s, second_s] = ends(1);
        assert!((19.9..90.2).contains(&first_s) && (19.9..90.2).contains(&second_s));
        assert!((first_s - second_s).abs() > 0.5, "{first_s} {second_s}");
        assert_eq!(ends(1).map(f64::to_bits), ends(1).map(f64::to_bits));
        assert_ne!(ends(1).map(f64::to_bits), ends(2).map(f64::to_bits));
    }

    #[test]
    fn one_with_an_agent_hears_its_agent_alone() {
        let mut configs = six_hosts();
        configs[0].by_contact = false;
        let mut hosts = Hosts::new(&configs, 1, 6_000.0);
        run(&mut hosts, 60, true);
        assert_eq!((hosts.count().running, hosts.count().off), (1, 5));
        hosts.stop(Pick::One(1));
        assert!(run(&mut hosts, 46, true) <= 0.0 && hosts.off());
    }

    proptest! {
        #[test]
        fn whatever_is_asked_of_them_they_draw_no_more_than_the_work_and_nothing_when_cut(
            course in prop::collection::vec((0..8_u8, 1..8_u8, 0.0..1.0_f64, any::<bool>(), 0.0..20.0_f64), 1..40)
        ) {
            let mut hosts = six();
            for (act, host, share, told, dt_s) in course {
                let which = if host > 6 { Pick::All } else { Pick::One(host) };
                match act {
                    0 => hosts.start(which),
                    1 => hosts.stop(which),
                    2 => hosts.hang(which, told),
                    3 => hosts.cap(which, Some(share)),
                    4 => hosts.cap(which, None),
                    5 => hosts.halt(which, told),
                    6 => hosts.slow(which, 1.0 + 10.0 * share),
                    _ => {}
                }
                hosts.step(dt_s, 9_000.0, told, ALL_FED);
                prop_assert!((0.0..=9_000.0 + 1e-6).contains(&hosts.power_w()), "{}", hosts.power_w());
                let count = hosts.count();
                prop_assert_eq!(count.running + count.booting + count.stopping + count.halted + count.off, 6);
            }
            hosts.step(0.1, 9_000.0, false, 0);
            prop_assert!(hosts.off() && hosts.power_w() <= 0.0);
        }
    }
}
