//! Every sequence of acts up to a depth, against a second implementation written from the text.
//!
//! One-directional invariants let most wrong code pass; an oracle that says *exactly* when the fan is off, hosts are
//! down, power is cut and a reset is granted does not.

use super::Bench;
use points::command::Authority;
use points::interlock::{Latch, LatchSet};
use points::{Flag, LoopState, Moment, Span};

const DEPTH: usize = 4;

#[derive(Clone, Copy, Debug)]
enum Act {
    Smoke,
    Hot,
    Unexplained,
    WireFired,
    WireOpen,
    Button,
    EmergencyOff,
    Door,
    Heal,
    WaitSeconds(u64),
    ResetFire,
    ResetEmergencyOff,
    Restart,
}

const ACTS: [Act; 16] = [
    Act::Smoke,
    Act::Hot,
    Act::Unexplained,
    Act::WireFired,
    Act::WireOpen,
    Act::Button,
    Act::EmergencyOff,
    Act::Door,
    Act::Heal,
    Act::WaitSeconds(9),
    Act::WaitSeconds(58),
    Act::WaitSeconds(63),
    Act::WaitSeconds(610),
    Act::ResetFire,
    Act::ResetEmergencyOff,
    Act::Restart,
];

/// The text, said again in other words: what stood when.
#[derive(Clone, Copy, Debug, Default)]
struct Oracle {
    smoke: Option<Moment>,
    heat: Option<Moment>,
    /// The heat balance: on the buses of all probes and not on that of smoke.
    balance: Option<Moment>,
    /// Button or wire: holds a reset back for the same minute.
    single: Option<Moment>,
    quiet_since: Moment,
    pre_alarm_since: Option<Moment>,
    fire: Option<Moment>,
    emergency: bool,
    damage: Option<Moment>,
    pre_alarm_down: bool,
    fire_cut: bool,
    damage_cut: bool,
}

/// The facts of one tick.
#[derive(Clone, Copy, Debug, Default)]
struct Facts {
    smoke: bool,
    hot: bool,
    unexplained: bool,
    wire_fired: bool,
    wire_open: bool,
    button: bool,
    emergency: bool,
    door: bool,
}

fn lately(now: Moment, last: Option<Moment>) -> bool {
    last.is_some_and(|last| now.since(last) <= Span::s(60))
}

impl Oracle {
    fn see(&mut self, now: Moment, facts: Facts) {
        for (stands, last) in [
            (facts.smoke, &mut self.smoke),
            (facts.hot, &mut self.heat),
            (facts.unexplained, &mut self.balance),
            (facts.button || facts.wire_fired, &mut self.single),
        ] {
            if stands {
                *last = Some(now);
            }
        }
        let (smoke, heat) = (lately(now, self.smoke), lately(now, self.heat));
        let balance = lately(now, self.balance);
        let fired = facts.wire_fired || (facts.wire_open && (smoke || heat || balance));
        if facts.smoke || facts.hot || facts.unexplained || facts.button || fired {
            self.quiet_since = now;
        }
        if facts.button || fired || (smoke && (heat || balance)) {
            self.fire = self.fire.or(Some(now));
        }
        self.emergency |= facts.emergency;
        if facts.hot {
            self.damage = self.damage.or(Some(now));
        }
        self.pre_alarm_since = if smoke || heat || balance {
            self.pre_alarm_since.or(Some(now))
        } else {
            None
        };
        let old = |since: Option<Moment>, span| since.is_some_and(|since| now.since(since) >= span);
        self.pre_alarm_down |= old(self.pre_alarm_since, Span::s(600));
        self.fire_cut |= old(self.fire, Span::s(60));
        self.damage_cut |= old(self.damage, Span::s(10));
    }

    fn off(&self) -> bool {
        self.fire.is_some() || self.emergency
    }

    fn down(&self) -> bool {
        self.off() || self.damage.is_some() || self.pre_alarm_down
    }

    fn cut(&self) -> bool {
        self.emergency || self.fire_cut || self.damage_cut
    }

    fn may_reset_fire(&self, now: Moment, facts: Facts) -> bool {
        let quiet = [self.smoke, self.heat, self.balance, self.single]
            .into_iter()
            .all(|last| !lately(now, last));
        let healthy = !facts.wire_open && !facts.wire_fired && !facts.button && !facts.door;
        self.fire.is_some() && quiet && healthy && now.since(self.quiet_since) >= Span::s(600)
    }

    fn may_reset_emergency(&self, facts: Facts) -> bool {
        self.emergency && !facts.emergency && !facts.door
    }

    fn restart(&mut self, now: Moment) {
        (self.smoke, self.heat, self.balance, self.single) = (None, None, None, None);
        self.pre_alarm_since = None;
        self.quiet_since = now;
        self.fire = self.fire.map(|_| now);
        self.damage = self.damage.map(|_| now);
    }
}

#[derive(Clone, Debug)]
struct World {
    bench: Bench,
    oracle: Oracle,
    facts: Facts,
}

impl World {
    fn tick(&mut self) {
        let facts = self.facts;
        let flag = |set| Ok(Flag::from_bool(set));
        self.bench.smoke(0, facts.smoke);
        self.bench.probes(if facts.hot { 95.0 } else { 40.0 });
        self.bench.inputs.heat.unexplained.value = flag(facts.unexplained);
        self.bench.inputs.break_wire[0].value = Ok(if facts.wire_fired {
            LoopState::Alarm
        } else {
            LoopState::Normal
        });
        self.bench.inputs.break_wire[1].value = Ok(if facts.wire_open {
            LoopState::Open
        } else {
            LoopState::Normal
        });
        self.bench.inputs.manual_fire.value = flag(facts.button);
        self.bench.inputs.emergency_off.value = flag(facts.emergency);
        self.bench.inputs.door_open.value = flag(facts.door);
        let verdict = self.bench.tick();
        self.oracle.see(self.bench.now, facts);
        let seen = (self.bench.off(), verdict.host_down, verdict.power_cut);
        assert_eq!(
            seen,
            (self.oracle.off(), self.oracle.down(), self.oracle.cut()),
            "{self:?}"
        );
    }

    fn turn_key(&mut self, latch: Latch) {
        self.bench.inputs.key_switch.value = Ok(Flag::Set);
        self.tick();
        let now = self.bench.now;
        let expected = match latch {
            Latch::Fire => self.oracle.may_reset_fire(now, self.facts),
            Latch::EmergencyOff => self.oracle.may_reset_emergency(self.facts),
            Latch::PreAlarm
            | Latch::OverTemperature
            | Latch::Blind
            | Latch::CoolingLoss
            | Latch::NotObeyed
            | Latch::Unknown => false,
        };
        let answer = self
            .bench
            .safety
            .reset(now, LatchSet::of(&[latch]), true, Authority::Unproven);
        assert_eq!(answer.is_ok(), expected, "{answer:?} {self:?}");
        if expected && latch == Latch::Fire {
            (self.oracle.fire, self.oracle.fire_cut) = (None, false);
        }
        if expected && latch == Latch::EmergencyOff {
            self.oracle.emergency = false;
        }
        self.bench.inputs.key_switch.value = Ok(Flag::Clear);
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Smoke => self.facts.smoke = !self.facts.smoke,
            Act::Hot => self.facts.hot = !self.facts.hot,
            Act::Unexplained => self.facts.unexplained = !self.facts.unexplained,
            Act::WireFired => self.facts.wire_fired = !self.facts.wire_fired,
            Act::WireOpen => self.facts.wire_open = !self.facts.wire_open,
            Act::Button => self.facts.button = !self.facts.button,
            Act::EmergencyOff => self.facts.emergency = !self.facts.emergency,
            Act::Door => self.facts.door = !self.facts.door,
            Act::Heal => self.facts = Facts::default(),
            Act::WaitSeconds(seconds) => (0..seconds / 5).for_each(|_| self.long_tick()),
            Act::ResetFire => self.turn_key(Latch::Fire),
            Act::ResetEmergencyOff => self.turn_key(Latch::EmergencyOff),
            Act::Restart => {
                self.bench.restart();
                self.oracle.restart(self.bench.now);
            }
        }
        self.tick();
    }

    fn long_tick(&mut self) {
        self.bench.step = Span::ms(4900);
        self.tick();
        self.bench.step = super::bench::TICK;
    }
}

fn explore(world: &World, depth: usize, visited: &mut usize) {
    for act in ACTS {
        let mut next = world.clone();
        next.act(act);
        *visited += 1;
        if depth > 1 {
            explore(&next, depth - 1, visited);
        }
    }
}

#[test]
fn every_sequence_of_acts_ends_where_the_text_says() {
    let mut world = World {
        bench: Bench::new(),
        oracle: Oracle::default(),
        facts: Facts::default(),
    };
    world.oracle.quiet_since = Moment(1_000_000);
    let mut visited = 0;
    explore(&world, DEPTH, &mut visited);
    assert_eq!(visited, 16 + 16_usize.pow(2) + 16_usize.pow(3) + 16_usize.pow(4));
}

#[test]
fn every_sequence_after_a_fire_that_has_soaked_ends_where_the_text_says() {
    let mut world = World {
        bench: Bench::new(),
        oracle: Oracle::default(),
        facts: Facts::default(),
    };
    for act in [
        Act::Smoke,
        Act::Hot,
        Act::EmergencyOff,
        Act::WaitSeconds(63),
        Act::Heal,
        Act::WaitSeconds(610),
    ] {
        world.act(act);
    }
    let mut visited = 0;
    explore(&world, DEPTH, &mut visited);
    assert!(world.bench.off() && visited > 50_000);
}
