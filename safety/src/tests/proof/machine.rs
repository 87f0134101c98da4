//! The interlock as formulas, written by a walk over a matrix: state, what is given, one evaluation, a reset.
//!
//! Time is whole microseconds without a bound, delays and settings are open: what is proven holds for every delay.

use points::interlock::{Cause, Effect, Latch};

use super::graph::{B, Graph, I};
use crate::row::{Code, DelayId, Row, When};
use crate::{KEY_FRESH, latch_of};

/// One of something for each cause.
pub type Each<T> = [T; Cause::COUNT];

/// What the interlock remembers.
#[derive(Clone, Copy, Debug)]
pub struct State {
    pub latched: Each<B>,
    pub host_down: Each<B>,
    pub power_cut: Each<B>,
    pub stood: Each<B>,
    /// Since when it stands, where it does.
    pub since: Each<I>,
    /// Since when it is latched, where it is.
    pub latched_since: Each<I>,
    pub silenced: Each<B>,
    pub unknown: B,
    pub held_off: B,
}

/// What is given to one evaluation.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    pub now: I,
    pub causes: Each<B>,
    pub answered: B,
    pub fire_evidence: B,
    pub cut_allowed: B,
    pub trip_near: B,
    pub filter_ended: B,
    pub heat_permits: B,
    pub down_proven: B,
    pub starting: B,
    pub door_open: B,
    /// By [`DelayId`].
    pub delays: [I; DELAYS.len()],
}

pub const DELAYS: [DelayId; 7] = [
    DelayId::FireCut,
    DelayId::PreAlarmPrepare,
    DelayId::PreAlarmDown,
    DelayId::OverTemperatureGrace,
    DelayId::HardCut,
    DelayId::Blind,
    DelayId::Mains,
];

/// Effects in force.
pub type Effects = [B; Effect::COUNT];

/// A cause's name and what of it.
fn named(cause: Cause, what: &str) -> std::string::String {
    std::format!("{} {what}", cause.key())
}

impl State {
    /// Any state.
    pub fn open(g: &mut Graph) -> State {
        let each =
            |g: &mut Graph, what: &str| core::array::from_fn(|place| g.open(&named(Cause::ALL[place], what)));
        let each_time = |g: &mut Graph, what: &str| {
            core::array::from_fn(|place| g.open_number(&named(Cause::ALL[place], what)))
        };
        State {
            latched: each(g, "latched"),
            host_down: each(g, "latched HOST_DOWN"),
            power_cut: each(g, "latched PDU_OFF"),
            stood: each(g, "stood"),
            since: each_time(g, "stands since"),
            latched_since: each_time(g, "latched since"),
            silenced: each(g, "silenced"),
            unknown: g.open("latches unknown"),
            held_off: g.open("held off while unknown"),
        }
    }

    /// Nothing is latched.
    pub fn clear(g: &mut Graph) -> State {
        let (no, zero) = (g.known(false), g.number(0));
        State {
            latched: [no; Cause::COUNT],
            host_down: [no; Cause::COUNT],
            power_cut: [no; Cause::COUNT],
            stood: [no; Cause::COUNT],
            since: [zero; Cause::COUNT],
            latched_since: [zero; Cause::COUNT],
            silenced: [no; Cause::COUNT],
            unknown: no,
            held_off: no,
        }
    }

    /// The latch is held.
    pub fn holds(&self, g: &mut Graph, latch: Latch) -> B {
        if latch == Latch::Unknown {
            return self.unknown;
        }
        let own = Cause::ALL.iter().filter(|cause| latch_of(**cause) == Some(latch));
        g.any(own.map(|cause| self.latched[cause.index()]))
    }

    /// The process ended and another one began at this time: the record is kept, every delay begins anew.
    pub fn restarted(&self, g: &mut Graph, now: I) -> State {
        let no = g.known(false);
        State {
            stood: [no; Cause::COUNT],
            latched_since: [now; Cause::COUNT],
            silenced: [no; Cause::COUNT],
            ..*self
        }
    }

    /// The horn is silenced while these causes stand.
    pub fn silence(&self, g: &mut Graph, causes: &Each<B>) -> State {
        let silenced = core::array::from_fn(|place| {
            let either = g.or(causes[place], self.latched[place]);
            g.or(self.silenced[place], either)
        });
        State { silenced, ..*self }
    }
}

impl Given {
    /// Anything.
    pub fn open(g: &mut Graph) -> Given {
        let delays = DELAYS.map(|delay| match delay {
            DelayId::HardCut => g.number(10_000_000),
            DelayId::FireCut
            | DelayId::PreAlarmPrepare
            | DelayId::PreAlarmDown
            | DelayId::OverTemperatureGrace
            | DelayId::Blind
            | DelayId::Mains => g.open_number(delay.text()),
        });
        Given {
            now: g.open_number("now"),
            causes: core::array::from_fn(|place| g.open(&named(Cause::ALL[place], "stands"))),
            answered: g.open("pre-alarm answered"),
            fire_evidence: g.open("fire evidence"),
            cut_allowed: g.open("cut allowed"),
            trip_near: g.open("trip near"),
            filter_ended: g.open("filter ended"),
            heat_permits: g.open("heat permits"),
            down_proven: g.open("hosts proven down"),
            starting: g.open("probes starting"),
            door_open: g.open("door open"),
            delays,
        }
    }

    pub fn delay(&self, delay: DelayId) -> I {
        self.delays[delay as usize]
    }

    /// Every host has been proven down, and what was latched at `since` is so for as long as that takes at least.
    pub fn proven_early(&self, g: &mut Graph, since: I) -> B {
        let wait = g.number(5_000_000);
        let end = g.sum(since, wait);
        let over = g.at_most(end, self.now);
        g.and(self.down_proven, over)
    }

    fn holds(&self, g: &mut Graph, when: When) -> B {
        match when {
            When::Always => g.known(true),
            When::Unanswered => g.not(self.answered),
            When::NoFireEvidence => g.not(self.fire_evidence),
            When::FireEvidence => self.fire_evidence,
            When::CutAllowed => self.cut_allowed,
            When::TripNear => self.trip_near,
            When::FilterEnded => self.filter_ended,
            When::HeatPermits => self.heat_permits,
        }
    }
}

/// One evaluation of a matrix.
pub fn evaluated(g: &mut Graph, matrix: &[Row], before: &State, given: &Given) -> (State, Effects) {
    let mut state = *before;
    let mut effects = [g.known(false); Effect::COUNT];
    let finds = g.and(before.unknown, given.fire_evidence);
    state.held_off = g.or(before.held_off, finds);
    for row in matrix {
        walk_row(g, row, given, &mut state, &mut effects);
    }
    resolve(g, &state, given, &mut effects);
    (state, effects)
}

fn walk_row(g: &mut Graph, row: &Row, given: &Given, state: &mut State, effects: &mut Effects) {
    let place = row.cause.index();
    let stands = given.causes[place];
    let looked_at = g.or(stands, state.latched[place]);
    let silenced = g.and(state.silenced[place], looked_at);
    let kept = g.and(stands, state.stood[place]);
    state.silenced[place] = silenced;
    state.since[place] = g.choice(kept, state.since[place], given.now);
    state.stood[place] = stands;
    let audible = g.not(silenced);
    for act in row.acts {
        let (present, since) = match act.code {
            Code::Deadline(_) => (state.latched[place], state.latched_since[place]),
            Code::Latched | Code::Follows | Code::FollowsAfter(_) | Code::After(_) => {
                (stands, state.since[place])
            }
        };
        let end = match act.code {
            Code::Latched | Code::Follows => since,
            Code::FollowsAfter(id) | Code::After(id) | Code::Deadline(id) => g.sum(since, given.delay(id)),
        };
        let mut passed = g.at_most(end, given.now);
        if matches!(act.code, Code::Deadline(_)) && act.effect == Effect::PduOff {
            let early = given.proven_early(g, since);
            passed = g.or(passed, early);
        }
        let holds = given.holds(g, act.when);
        let due = g.all([present, passed, holds]);
        let latching = if act.latches() { due } else { g.known(false) };
        let free = g.not(state.latched[place]);
        let new = g.and(latching, free);
        state.latched_since[place] = g.choice(new, given.now, state.latched_since[place]);
        state.latched[place] = g.or(state.latched[place], latching);
        let on = if act.effect == Effect::HostDown {
            state.host_down[place] = g.or(state.host_down[place], latching);
            g.or(due, state.host_down[place])
        } else if act.effect == Effect::PduOff {
            state.power_cut[place] = g.or(state.power_cut[place], latching);
            g.or(due, state.power_cut[place])
        } else if act.is_plainly_latched() {
            state.latched[place]
        } else {
            due
        };
        let heard = if act.effect == Effect::Horn {
            g.and(on, audible)
        } else {
            on
        };
        let own = &mut effects[act.effect.index()];
        *own = g.or(*own, heard);
    }
}

fn resolve(g: &mut Graph, state: &State, given: &Given, effects: &mut Effects) {
    let off_unknown = g.and(state.unknown, state.held_off);
    let free = g.not(state.held_off);
    let max_unknown = g.and(state.unknown, free);
    for (effect, also) in [
        (Effect::Lockout, state.unknown),
        (Effect::Fault, state.unknown),
        (Effect::Beacon, state.unknown),
        (Effect::Mail, state.unknown),
        (Effect::FanOff, off_unknown),
        (Effect::FanMax, max_unknown),
        (Effect::FanMax, given.starting),
        (Effect::FanFloor, given.door_open),
    ] {
        let own = &mut effects[effect.index()];
        *own = g.or(*own, also);
    }
    let runs = g.not(effects[Effect::FanOff.index()]);
    for effect in [Effect::FanMax, Effect::FanFloor] {
        effects[effect.index()] = g.and(effects[effect.index()], runs);
    }
    let more = [Effect::FanOff, Effect::FanMax, Effect::FanFloor].map(|effect| effects[effect.index()]);
    let asked = g.any(more);
    let free = g.not(asked);
    let least = Effect::FanLeast.index();
    effects[least] = g.and(effects[least], free);
}

/// What a person asks to reset, and what the last evaluation saw.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub now: I,
    pub latches: [B; Latch::COUNT],
    pub inspected: B,
    pub seen: B,
    pub causes: Each<B>,
    pub evidence: B,
    pub loop_fault: B,
    pub key_set: B,
    pub key_turned: B,
    pub key_turned_at: I,
    pub last_evidence: I,
    pub soak: I,
    pub door_healthy: B,
    pub button_healthy: B,
    pub cut_out_healthy: B,
    pub emergency_off_healthy: B,
    pub units_ready: B,
    pub fan_proven: B,
}

impl Asked {
    /// Anything.
    pub fn open(g: &mut Graph) -> Asked {
        Asked {
            now: g.open_number("reset at"),
            latches: core::array::from_fn(|place| {
                g.open(&std::format!("{} is asked for", Latch::ALL[place].key()))
            }),
            inspected: g.open("inspected"),
            seen: g.open("something was seen"),
            causes: core::array::from_fn(|place| g.open(&named(Cause::ALL[place], "was seen"))),
            evidence: g.open("evidence was seen"),
            loop_fault: g.open("a loop is faulty"),
            key_set: g.open("key is turned"),
            key_turned: g.open("key was seen to turn"),
            key_turned_at: g.open_number("key turned at"),
            last_evidence: g.open_number("last evidence at"),
            soak: g.open_number("soak"),
            door_healthy: g.open("door closed"),
            button_healthy: g.open("fire button released"),
            cut_out_healthy: g.open("cut-out closed"),
            emergency_off_healthy: g.open("emergency-off released"),
            units_ready: g.open("units ready"),
            fan_proven: g.open("fan proven"),
        }
    }

    /// The key was turned at the rack, not long ago.
    pub fn key(&self, g: &mut Graph) -> B {
        let fresh_us = i64::try_from(KEY_FRESH.as_us()).unwrap_or(i64::MAX);
        let fresh = g.number(fresh_us);
        let until = g.sum(self.key_turned_at, fresh);
        let fresh = g.at_most(self.now, until);
        g.all([self.key_set, self.key_turned, fresh])
    }

    /// What a latch asks for besides the key.
    pub fn permits(&self, g: &mut Graph, latch: Latch) -> B {
        let own = Cause::ALL.iter().filter(|cause| latch_of(**cause) == Some(latch));
        let standing = g.any(own.map(|cause| self.causes[cause.index()]));
        let gone = g.not(standing);
        let quiet = g.not(self.evidence);
        let blind = self.causes[Cause::C17AllBlind.index()];
        let sighted = g.not(blind);
        let more = match latch {
            Latch::Fire => {
                let soaked = g.sum(self.last_evidence, self.soak);
                let soaked = g.at_most(soaked, self.now);
                let loops = g.not(self.loop_fault);
                g.all([
                    quiet,
                    self.button_healthy,
                    self.cut_out_healthy,
                    soaked,
                    self.door_healthy,
                    self.units_ready,
                    sighted,
                    loops,
                    self.inspected,
                ])
            }
            Latch::Unknown => g.all([quiet, self.door_healthy, self.inspected]),
            Latch::EmergencyOff => g.all([self.emergency_off_healthy, self.door_healthy]),
            Latch::OverTemperature => g.all([sighted, self.fan_proven]),
            Latch::Blind | Latch::CoolingLoss => self.fan_proven,
            Latch::PreAlarm | Latch::NotObeyed => g.known(true),
        };
        g.and(gone, more)
    }
}

/// A reset: whether it is granted, and what is then remembered.
pub fn reset(g: &mut Graph, before: &State, asked: &Asked) -> (B, State) {
    let any = g.any(asked.latches);
    let key = asked.key(g);
    let mut granted = g.all([any, asked.seen, key]);
    for latch in Latch::ALL {
        let (held, permits) = (before.holds(g, *latch), asked.permits(g, *latch));
        let good = g.and(held, permits);
        let good = g.implies(asked.latches[latch.index()], good);
        granted = g.and(granted, good);
    }
    let freed: [B; Latch::COUNT] = core::array::from_fn(|place| g.and(granted, asked.latches[place]));
    let kept: [B; Latch::COUNT] = core::array::from_fn(|place| g.not(freed[place]));
    let mut state = *before;
    for cause in Cause::ALL {
        if let Some(latch) = latch_of(*cause) {
            for own in [&mut state.latched, &mut state.host_down, &mut state.power_cut] {
                own[cause.index()] = g.and(own[cause.index()], kept[latch.index()]);
            }
        }
    }
    let unknown = kept[Latch::Unknown.index()];
    state.unknown = g.and(before.unknown, unknown);
    state.held_off = g.and(before.held_off, unknown);
    (granted, state)
}
