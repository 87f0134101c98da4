//! What is proven of every state, every input and every delay; written from the text of the safety documents, not from
//! the table.

use points::interlock::{Cause, Effect, Latch};
use std::string::{String, ToString as _};
use std::vec::Vec;

use super::graph::{B, Graph};
use super::machine::{Asked, Effects, Given, State, evaluated, reset};
use crate::latch_of;
use crate::row::{DelayId, Row};

/// A fire, however it is known.
pub const FIRE: [Cause; 4] = [
    Cause::C01Fired,
    Cause::C02FireConfirmed,
    Cause::C03ManualFire,
    Cause::C05CutOut,
];

/// A sentence, and what would have to be true together for it to fail; or for something to be possible.
pub struct Sentence {
    pub name: String,
    pub together: Vec<B>,
}

/// A matrix as formulas, and everything that is said of it.
pub struct Theory {
    pub graph: Graph,
    pub sentences: Vec<Sentence>,
    /// What must be possible: the assumptions, and a reset of each latch.
    pub possible: Vec<Sentence>,
}

/// The parts that the sentences are about.
struct Parts<'a> {
    matrix: &'a [Row],
    before: State,
    given: Given,
    after: State,
    effects: Effects,
    /// What holds of every state that can be, and of what is given.
    assumed: B,
}

impl Parts<'_> {
    fn stands(&self, cause: Cause) -> B {
        self.given.causes[cause.index()]
    }

    fn on(&self, effect: Effect) -> B {
        self.effects[effect.index()]
    }
}

/// What holds of every state that can be: by itself at the start, and by each step again.
fn invariant(g: &mut Graph, matrix: &[Row], state: &State, now: super::graph::I) -> B {
    let mut all = Vec::new();
    for row in matrix {
        let place = row.cause.index();
        let (latched, down, cut) = (
            state.latched[place],
            state.host_down[place],
            state.power_cut[place],
        );
        let no = g.known(false);
        // A record says only what its row can latch.
        let latches = |effect| row.acts.iter().any(|act| act.effect == effect && act.latches());
        if latch_of(row.cause).is_none() {
            all.push(g.same(latched, no));
        }
        all.push(if latches(Effect::HostDown) {
            g.implies(down, latched)
        } else {
            g.same(down, no)
        });
        all.push(if latches(Effect::PduOff) {
            g.implies(cut, latched)
        } else {
            g.same(cut, no)
        });
        if row.latched().has(Effect::HostDown) {
            all.push(g.implies(latched, down));
        }
        let (stood, latched_then) = (
            g.at_most(state.since[place], now),
            g.at_most(state.latched_since[place], now),
        );
        all.push(g.implies(state.stood[place], stood));
        all.push(g.implies(latched, latched_then));
    }
    all.push(g.implies(state.held_off, state.unknown));
    g.all(all)
}

impl Theory {
    /// Everything that is said of this matrix.
    pub fn of(matrix: &[Row]) -> Theory {
        let mut graph = Graph::default();
        let g = &mut graph;
        let (before, given) = (State::open(g), Given::open(g));
        let then = g.open_number("the step before");
        let zero = g.number(0);
        let mut assumed = std::vec![
            invariant(g, matrix, &before, then),
            g.at_most(then, given.now),
            g.at_most(zero, then),
        ];
        assumed.extend(given.delays.map(|delay| g.at_most(zero, delay)));
        let assumed = g.all(assumed);
        let (after, effects) = evaluated(g, matrix, &before, &given);
        let parts = Parts {
            matrix,
            before,
            given,
            after,
            effects,
            assumed,
        };
        let mut said = Said {
            assumed,
            sentences: Vec::new(),
        };
        steps(g, &parts, &mut said);
        fire(g, &parts, &mut said);
        fan(g, &parts, &mut said);
        power(g, &parts, &mut said);
        let mut possible = std::vec![Sentence {
            name: "what is assumed".into(),
            together: std::vec![assumed],
        }];
        resets(g, &parts, &mut said, &mut possible);
        Theory {
            graph,
            sentences: said.sentences,
            possible,
        }
    }
}

struct Said {
    assumed: B,
    sentences: Vec<Sentence>,
}

impl Said {
    /// The claim holds wherever the assumptions do.
    fn say(&mut self, g: &mut Graph, name: &str, claim: B) {
        let not = g.not(claim);
        self.sentences.push(Sentence {
            name: name.to_string(),
            together: std::vec![self.assumed, not],
        });
    }
}

/// No latch is lost by any step but a reset (I18), and every step leaves a state that can be.
fn steps(g: &mut Graph, parts: &Parts<'_>, said: &mut Said) {
    let (before, given) = (&parts.before, &parts.given);
    let clear = State::clear(g);
    let holds = invariant(g, parts.matrix, &clear, given.now);
    said.say(g, "a commissioned rack is a state that can be", holds);
    let holds = invariant(g, parts.matrix, &parts.after, given.now);
    said.say(g, "an evaluation leaves a state that can be", holds);
    let restarted = before.restarted(g, given.now);
    let holds = invariant(g, parts.matrix, &restarted, given.now);
    said.say(g, "a restart leaves a state that can be", holds);
    let silent = before.silence(g, &given.causes);
    let holds = invariant(g, parts.matrix, &silent, given.now);
    said.say(g, "silencing leaves a state that can be", holds);
    let unreadable = State {
        unknown: g.known(true),
        ..clear
    };
    let holds = invariant(g, parts.matrix, &unreadable, given.now);
    said.say(g, "unreadable records are a state that can be", holds);
    for (name, after) in [
        ("I18: an evaluation loses no latch", &parts.after),
        ("I18: a restart loses no latch", &restarted),
        ("silencing resets nothing", &silent),
    ] {
        let mut kept = std::vec![
            g.implies(before.unknown, after.unknown),
            g.implies(before.held_off, after.held_off)
        ];
        for (own, later) in [
            (&before.latched, &after.latched),
            (&before.host_down, &after.host_down),
            (&before.power_cut, &after.power_cut),
        ] {
            kept.extend(own.iter().zip(later).map(|(own, later)| g.implies(*own, *later)));
        }
        let kept = g.all(kept);
        said.say(g, name, kept);
    }
    let (quiet, loud) = (evaluated(g, parts.matrix, &silent, given).1, &parts.effects);
    let others = Effect::ALL.iter().filter(|effect| **effect != Effect::Horn);
    let same: Vec<B> = others
        .map(|effect| g.same(quiet[effect.index()], loud[effect.index()]))
        .collect();
    let same = g.all(same);
    said.say(g, "silencing changes nothing but the horn", same);
    // The first evaluation after a restart knows what is latched and nothing else.
    let after_restart = evaluated(g, parts.matrix, &restarted, given).1;
    let held = before.holds(g, Latch::Fire);
    let stays = g.implies(held, after_restart[Effect::FanOff.index()]);
    said.say(g, "I03: a fire latch holds the fan off after a restart", stays);
}

/// What is latched or stands now, of these causes.
fn held(g: &mut Graph, state: &State, causes: &[Cause]) -> B {
    g.any(causes.iter().map(|cause| state.latched[cause.index()]))
}

/// Fire beats everything: I01 to I04, I17, I29.
fn fire(g: &mut Graph, parts: &Parts<'_>, said: &mut Said) {
    for cause in FIRE {
        let effects = [
            Effect::FanOff,
            Effect::HostDown,
            Effect::Fire,
            Effect::Lockout,
            Effect::PeerWarn,
            Effect::Beacon,
        ];
        let all = g.all(effects.map(|effect| parts.on(effect)));
        let claim = g.implies(parts.stands(cause), all);
        said.say(
            g,
            &std::format!("I01, I02: {} acts in its own evaluation", cause.key()),
            claim,
        );
    }
    let latched = held(g, &parts.before, &FIRE);
    let claim = g.implies(latched, parts.on(Effect::FanOff));
    said.say(g, "I03: a fire latch holds the fan off", claim);
    let all_off: Vec<Cause> = FIRE.into_iter().chain([Cause::C24EmergencyOff]).collect();
    let off = held(g, &parts.after, &all_off);
    let unknown = g.and(parts.after.unknown, parts.after.held_off);
    let off = g.or(off, unknown);
    let exactly = g.same(parts.on(Effect::FanOff), off);
    said.say(
        g,
        "I04: the fan is held off by a fire, emergency-off or unknown latch, and by nothing else",
        exactly,
    );
    for effect in [Effect::FanMax, Effect::FanFloor] {
        let both = g.and(parts.on(Effect::FanOff), parts.on(effect));
        let never = g.not(both);
        said.say(g, &std::format!("FAN_OFF beats {}", effect.key()), never);
    }
    for effect in [Effect::FanOff, Effect::FanMax, Effect::FanFloor] {
        let both = g.and(parts.on(effect), parts.on(Effect::FanLeast));
        let never = g.not(both);
        said.say(g, &std::format!("{} beats FAN_LEAST", effect.key()), never);
    }
    let place = Cause::C04PreAlarm.index();
    let (mut other, mut before) = (parts.given, parts.before);
    other.causes[place] = g.open("pre-alarm in the other run");
    other.answered = g.open("answered in the other run");
    before.latched[place] = g.open("pre-alarm latched in the other run");
    before.host_down[place] = g.open("pre-alarm HOST_DOWN in the other run");
    let (_, effects) = evaluated(g, parts.matrix, &before, &other);
    let fan = [Effect::FanOff, Effect::FanMax, Effect::FanFloor, Effect::FanLeast];
    let same = fan.map(|effect| g.same(effects[effect.index()], parts.on(effect)));
    let same = g.all(same);
    said.say(g, "I17: a pre-alarm changes no fan effect", same);
}

/// Full speed and floor, exactly when the text says so (I14).
fn fan(g: &mut Graph, parts: &Parts<'_>, said: &mut Said) {
    let runs = g.not(parts.on(Effect::FanOff));
    let dark = g.not(parts.given.fire_evidence);
    let blind = g.and(parts.stands(Cause::C17AllBlind), dark);
    let free = g.not(parts.after.held_off);
    let unknown = g.and(parts.after.unknown, free);
    let hot = [
        Cause::C07High,
        Cause::C08Trip,
        Cause::C10FanFailed,
        Cause::C27Hard,
    ];
    let mut asks = std::vec![blind, unknown, parts.given.starting];
    asks.extend(hot.map(|cause| parts.stands(cause)));
    let asks = g.any(asks);
    let expected = g.and(runs, asks);
    let exactly = g.same(parts.on(Effect::FanMax), expected);
    said.say(
        g,
        "I14: full speed exactly when heat, blindness or doubt asks for it",
        exactly,
    );
    let low = [Cause::C06Warn, Cause::C13Door, Cause::C26PeerWarning];
    let mut asks = std::vec![parts.given.door_open];
    asks.extend(low.map(|cause| parts.stands(cause)));
    let asks = g.any(asks);
    let expected = g.and(runs, asks);
    let exactly = g.same(parts.on(Effect::FanFloor), expected);
    said.say(
        g,
        "the floor exactly when warm, open or warned by a peer",
        exactly,
    );
    let more = [Effect::FanOff, Effect::FanMax, Effect::FanFloor].map(|effect| parts.on(effect));
    let more = g.any(more);
    let free = g.not(more);
    let (damp, permits) = (parts.stands(Cause::C29Condensation), parts.given.heat_permits);
    let expected = g.all([damp, permits, free]);
    let exactly = g.same(parts.on(Effect::FanLeast), expected);
    said.say(
        g,
        "H47: the least speed exactly when water may condense, heat permits it and nothing asks for more",
        exactly,
    );
}

/// Hosts and their power: I09 to I12, I14, I30, H26.
fn power(g: &mut Graph, parts: &Parts<'_>, said: &mut Said) {
    let (before, after, given) = (&parts.before, &parts.after, &parts.given);
    let cut = g.any(after.power_cut);
    let exactly = g.same(parts.on(Effect::PduOff), cut);
    said.say(g, "I30: power is cut exactly while a cut is latched", exactly);
    let down = g.any(after.host_down);
    let exactly = g.same(parts.on(Effect::HostDown), down);
    said.say(g, "hosts are down exactly while a shutdown is latched", exactly);
    let claim = g.implies(parts.on(Effect::PduOff), parts.on(Effect::HostDown));
    said.say(g, "I11: no cut without a shutdown request", claim);
    for cause in [Cause::C08Trip, Cause::C27Hard, Cause::C24EmergencyOff] {
        let claim = g.implies(parts.stands(cause), parts.on(Effect::HostDown));
        said.say(
            g,
            &std::format!("I12: {} shuts hosts down at once", cause.key()),
            claim,
        );
    }
    let effects = [Effect::FanOff, Effect::PduOff, Effect::HostDown, Effect::Lockout];
    let all = g.all(effects.map(|effect| parts.on(effect)));
    let claim = g.implies(parts.stands(Cause::C24EmergencyOff), all);
    said.say(g, "D12: emergency-off takes fan and power at once", claim);
    for cause in FIRE {
        let place = cause.index();
        let end = g.sum(after.latched_since[place], given.delay(DelayId::FireCut));
        let over = g.at_most(end, given.now);
        let late = g.and(after.latched[place], over);
        let claim = g.implies(late, parts.on(Effect::PduOff));
        said.say(
            g,
            &std::format!("I10: {} has cut the power at the fire deadline", cause.key()),
            claim,
        );
    }
    for cause in Cause::ALL {
        new_cut(g, parts, *cause, said);
        new_shutdown(g, parts, *cause, said);
    }
    let place = Cause::C17AllBlind.index();
    let end = g.sum(after.since[place], given.delay(DelayId::Blind));
    let over = g.at_most(end, given.now);
    let long = g.and(parts.stands(Cause::C17AllBlind), over);
    let claim = g.implies(long, parts.on(Effect::HostDown));
    said.say(
        g,
        "I14: hosts are down once the rack was blind for its delay",
        claim,
    );
    let lost = before.holds(g, Latch::Fire);
    let claim = g.implies(lost, parts.on(Effect::Lockout));
    said.say(g, "I30: nothing starts again under a fire latch", claim);
}

/// A cut that comes now has its reason and its time (I09, H26).
fn new_cut(g: &mut Graph, parts: &Parts<'_>, cause: Cause, said: &mut Said) {
    let (before, after, given) = (&parts.before, &parts.after, &parts.given);
    let place = cause.index();
    let was_not = g.not(before.power_cut[place]);
    let new = g.and(after.power_cut[place], was_not);
    let deadlines = [
        (Cause::C08Trip, DelayId::OverTemperatureGrace),
        (Cause::C27Hard, DelayId::HardCut),
    ];
    let fires = FIRE.map(|cause| (cause, DelayId::FireCut));
    let mut with_delay = deadlines.iter().chain(&fires);
    let delay = with_delay
        .find(|(with, _)| *with == cause)
        .map(|(_, delay)| *delay);
    let mut reasons = std::vec![if [Cause::C08Trip, Cause::C23HostNotDown].contains(&cause) {
        given.cut_allowed
    } else if cause == Cause::C24EmergencyOff {
        parts.stands(cause)
    } else {
        g.known(delay.is_some())
    }];
    if let Some(delay) = delay {
        let delay = given.delay(delay);
        let end = g.sum(after.latched_since[place], delay);
        let over = g.at_most(end, given.now);
        // Or all of them are proven down, and nothing is lost (D5).
        let proven = given.proven_early(g, after.latched_since[place]);
        reasons.push(g.or(over, proven));
        // The hosts were asked in an evaluation before, unless there is no time between.
        let zero = g.number(0);
        let none = g.at_most(delay, zero);
        reasons.push(g.or(before.host_down[place], none));
    }
    let reason = g.all(reasons);
    let claim = g.implies(new, reason);
    said.say(
        g,
        &std::format!("I09: {} cuts no power early or without its reason", cause.key()),
        claim,
    );
}

/// A shutdown that comes now has its cause, and the delay the text gives it.
fn new_shutdown(g: &mut Graph, parts: &Parts<'_>, cause: Cause, said: &mut Said) {
    let (before, after, given) = (&parts.before, &parts.after, &parts.given);
    let place = cause.index();
    let was_not = g.not(before.host_down[place]);
    let new = g.and(after.host_down[place], was_not);
    let stood = |g: &mut Graph, delay| {
        let end = g.sum(after.since[place], given.delay(delay));
        g.at_most(end, given.now)
    };
    let at_once = [
        Cause::C08Trip,
        Cause::C23HostNotDown,
        Cause::C24EmergencyOff,
        Cause::C27Hard,
    ];
    let reason = if FIRE.contains(&cause) || at_once.contains(&cause) {
        g.known(true)
    } else if cause == Cause::C04PreAlarm {
        let unanswered = g.not(given.answered);
        let long = stood(g, DelayId::PreAlarmDown);
        g.and(unanswered, long)
    } else if [Cause::C10FanFailed, Cause::C28CoolingIsolated].contains(&cause) {
        given.trip_near
    } else if cause == Cause::C17AllBlind {
        let long = stood(g, DelayId::Blind);
        g.or(given.fire_evidence, long)
    } else if cause == Cause::C20MainsLost {
        stood(g, DelayId::Mains)
    } else {
        g.known(false)
    };
    let reason = g.and(parts.stands(cause), reason);
    let claim = g.implies(new, reason);
    said.say(
        g,
        &std::format!("{} shuts no host down without its reason", cause.key()),
        claim,
    );
}

/// A latch goes by a person's reset with everything it asks for, and by nothing else (I05); and it can go.
fn resets(g: &mut Graph, parts: &Parts<'_>, said: &mut Said, possible: &mut Vec<Sentence>) {
    let before = &parts.before;
    let asked = Asked::open(g);
    let (granted, after) = reset(g, before, &asked);
    let then = parts.given.now;
    let holds = invariant(g, parts.matrix, &after, then);
    said.say(g, "a reset leaves a state that can be", holds);
    let key = asked.key(g);
    for latch in Latch::ALL {
        let (was, is) = (before.holds(g, *latch), after.holds(g, *latch));
        let kept = g.not(is);
        let gone = g.and(was, kept);
        let own = asked.latches[latch.index()];
        let permits = asked.permits(g, *latch);
        let by_a_person = g.all([granted, own, key, permits]);
        let claim = g.implies(gone, by_a_person);
        let name = std::format!(
            "I05: the latch {} goes by its reset with the key alone",
            latch.key()
        );
        said.say(g, &name, claim);
        let taken = g.and(granted, own);
        let claim = g.implies(taken, gone);
        said.say(
            g,
            &std::format!("a granted reset of {} takes it", latch.key()),
            claim,
        );
        let others = Latch::ALL.iter().filter(|other| *other != latch);
        let others: Vec<B> = others.map(|other| g.not(asked.latches[other.index()])).collect();
        let alone = g.all(others);
        let met = g.all([asked.seen, key, permits, own, was, alone]);
        let claim = g.implies(met, granted);
        said.say(
            g,
            &std::format!("a reset of {} is granted when all is met", latch.key()),
            claim,
        );
        possible.push(Sentence {
            name: std::format!("a reset of {}", latch.key()),
            together: std::vec![parts.assumed, granted, own, alone],
        });
    }
    let fire_gone = {
        let (was, is) = (before.holds(g, Latch::Fire), after.holds(g, Latch::Fire));
        let kept = g.not(is);
        g.and(was, kept)
    };
    let soaked = g.sum(asked.last_evidence, asked.soak);
    let soaked = g.at_most(soaked, asked.now);
    let seen = FIRE.map(|cause| asked.causes[cause.index()]);
    let fires = g.any(seen);
    let (no_fire, no_evidence) = (g.not(fires), g.not(asked.evidence));
    let needed = g.all([
        soaked,
        no_fire,
        no_evidence,
        asked.door_healthy,
        asked.units_ready,
        asked.inspected,
    ]);
    let claim = g.implies(fire_gone, needed);
    said.say(
        g,
        "I05: a fire latch goes after its soak, with the door closed, inspected, and no evidence",
        claim,
    );
    let same: Vec<B> = (0..Cause::COUNT)
        .flat_map(|place| {
            [
                (before.latched[place], after.latched[place]),
                (before.host_down[place], after.host_down[place]),
                (before.power_cut[place], after.power_cut[place]),
            ]
        })
        .map(|(was, is)| g.same(was, is))
        .collect();
    let same = g.all(same);
    let claim = g.or(granted, same);
    said.say(g, "a refused reset changes nothing", claim);
}
