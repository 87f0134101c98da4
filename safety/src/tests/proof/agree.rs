//! The formulas say what the shipped evaluator and reset do: random steps through both.

use std::vec::Vec;

use points::command::{Authority, Refusal};
use points::interlock::{Cause, CauseSet, Effect, EffectSet, Latch, LatchSet};
use points::setting::Settings;
use points::{ExtinguisherState, Flag, Moment, Reading, Span};

use super::super::bench::healthy;
use super::graph::Graph;
use super::machine::{Asked, DELAYS, Each, Given, State, evaluated, reset};
use crate::latch::Circumstances;
use crate::reset::{Key, Seen};
use crate::{Evidence, LatchRecord, MATRIX, Restored, Safety};

/// Steps in the test, over all seeds.
const STEPS: u32 = 1_000_000;
/// A rack's life is so long, then another one begins.
const LIFE: u32 = 400;

/// SplitMix64: every seed is a stream of its own.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let many = u64::try_from(of.len()).expect("few");
        of[usize::try_from(self.below(many)).expect("one of few")]
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    /// Few causes mostly; each that stood likely stands on, so that delays run out.
    fn causes(&mut self, before: CauseSet) -> CauseSet {
        let (keeps, comes) = (self.pick(&[2, 8, 64]), self.pick(&[4, 40, 400]));
        let mut causes = CauseSet::EMPTY;
        for cause in Cause::ALL {
            let stands = if before.has(*cause) {
                !self.one_in(keeps)
            } else {
                self.one_in(comes)
            };
            causes.put(*cause, stands);
        }
        causes
    }

    /// From nothing to hours, often just at a delay of the matrix.
    fn pause(&mut self, settings: &Settings) -> Span {
        match self.below(4) {
            0 => Span::ZERO,
            1 => Span::ms(100),
            2 => Span::us(self.below(7_200_000_000)),
            _ => {
                let delay = self.pick(&DELAYS).span(settings);
                Span::us((delay.as_us() + self.below(3)).saturating_sub(1))
            }
        }
    }
}

/// The formulas and where their values go.
struct Model {
    graph: Graph,
    after: State,
    effects: [super::graph::B; Effect::COUNT],
    granted: super::graph::B,
    freed: State,
    values: Vec<i64>,
    out: Vec<i64>,
}

/// A state's values, as they go from one step into the next.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    latched: CauseSet,
    host_down: CauseSet,
    power_cut: CauseSet,
    stood: CauseSet,
    silenced: CauseSet,
    since: Each<i64>,
    latched_since: Each<i64>,
    unknown: bool,
    held_off: bool,
}

fn set(each: &Each<super::graph::B>, out: &[i64]) -> CauseSet {
    let mut set = CauseSet::EMPTY;
    for cause in Cause::ALL {
        set.put(*cause, each[cause.index()].of(out));
    }
    set
}

impl Known {
    fn of(state: &State, out: &[i64]) -> Known {
        Known {
            latched: set(&state.latched, out),
            host_down: set(&state.host_down, out),
            power_cut: set(&state.power_cut, out),
            stood: set(&state.stood, out),
            silenced: set(&state.silenced, out),
            since: state.since.map(|since| since.of(out)),
            latched_since: state.latched_since.map(|since| since.of(out)),
            unknown: state.unknown.of(out),
            held_off: state.held_off.of(out),
        }
    }

    /// The record that it would be kept as.
    fn is(&self, record: &LatchRecord) -> bool {
        let latched = &record.latched;
        (self.latched, self.host_down, self.power_cut)
            == (latched.causes, latched.host_down, latched.power_cut)
            && (self.unknown, self.held_off) == (record.unknown, record.held_off)
    }
}

fn us(moment: Moment) -> i64 {
    i64::try_from(moment.as_us()).expect("no test lasts so long")
}

impl Model {
    fn new() -> Model {
        let mut graph = Graph::default();
        let g = &mut graph;
        let (before, given, asked) = (State::open(g), Given::open(g), Asked::open(g));
        let (after, effects) = evaluated(g, &MATRIX, &before, &given);
        let (granted, freed) = reset(g, &before, &asked);
        Model {
            after,
            effects,
            granted,
            freed,
            values: std::vec![0; graph.names.len()],
            out: Vec::new(),
            graph,
        }
    }

    fn work_out(&mut self) {
        self.graph.work_out(&self.values, &mut self.out);
    }
}

/// Puts values where formulas are open.
struct Fill<'a> {
    names: &'a [std::string::String],
    values: &'a mut [i64],
    at: usize,
}

impl Fill<'_> {
    /// The next open place, which has to be the one that is meant.
    fn next(&mut self, name: &str, value: i64) {
        assert!(
            self.names[self.at].ends_with(name),
            "{} is not {name}",
            self.names[self.at]
        );
        self.values[self.at] = value;
        self.at += 1;
    }

    fn flag(&mut self, name: &str, value: bool) {
        self.next(name, i64::from(value));
    }

    fn each(&mut self, what: &str, set: CauseSet) {
        for cause in Cause::ALL {
            self.flag(what, set.has(*cause));
        }
    }

    fn each_time(&mut self, what: &str, times: &Each<i64>) {
        for time in times {
            self.next(what, *time);
        }
    }

    fn state(&mut self, known: &Known) {
        self.each("latched", known.latched);
        self.each("latched HOST_DOWN", known.host_down);
        self.each("latched PDU_OFF", known.power_cut);
        self.each("stood", known.stood);
        self.each_time("stands since", &known.since);
        self.each_time("latched since", &known.latched_since);
        self.each("silenced", known.silenced);
        self.flag("latches unknown", known.unknown);
        self.flag("held off while unknown", known.held_off);
    }
}

/// What one evaluation was given besides the causes.
struct Around {
    now: Moment,
    circumstances: Circumstances,
    starting: bool,
    door_open: bool,
}

fn given(fill: &mut Fill<'_>, causes: CauseSet, around: &Around, settings: &Settings) {
    for delay in DELAYS.iter().filter(|delay| **delay != crate::DelayId::HardCut) {
        let span = i64::try_from(delay.span(settings).as_us()).expect("a delay is short");
        fill.next(delay.text(), span);
    }
    fill.next("now", us(around.now));
    fill.each("stands", causes);
    fill.flag("pre-alarm answered", around.circumstances.answered);
    fill.flag("fire evidence", around.circumstances.fire_evidence);
    fill.flag("cut allowed", around.circumstances.cut_allowed);
    fill.flag("trip near", around.circumstances.trip_near);
    fill.flag("filter ended", around.circumstances.filter_ended);
    fill.flag("heat permits", around.circumstances.heat_permits);
    fill.flag("hosts proven down", around.circumstances.down_proven);
    fill.flag("probes starting", around.starting);
    fill.flag("door open", around.door_open);
}

/// A rack that lives in the evaluator and in the formulas.
struct Both {
    safety: Safety,
    known: Known,
    causes: CauseSet,
    now: Moment,
    settings: Settings,
    granted: u32,
    refused: [u32; 16],
}

impl Both {
    fn born(random: &mut Random) -> Both {
        let now = Moment(1_000_000 + random.below(1_000_000));
        let safety = Safety::new(Restored::NeverLatched, now);
        let zero = [us(now); Cause::COUNT];
        let mut settings = Settings::default();
        for delay in DELAYS.iter().filter(|delay| **delay != crate::DelayId::HardCut) {
            let row = points::setting::ROWS.iter().find(|row| row.name == delay.text());
            let row = row.expect("a delay is a setting");
            let within = [row.low, row.default, row.high];
            settings
                .set_named(row.name, random.pick(&within))
                .expect("it is within");
        }
        Both {
            known: Known {
                latched: CauseSet::EMPTY,
                host_down: CauseSet::EMPTY,
                power_cut: CauseSet::EMPTY,
                stood: CauseSet::EMPTY,
                silenced: CauseSet::EMPTY,
                since: zero,
                latched_since: zero,
                unknown: false,
                held_off: false,
            },
            safety,
            causes: CauseSet::EMPTY,
            now,
            settings,
            granted: 0,
            refused: [0; 16],
        }
    }

    fn evaluate(&mut self, model: &mut Model, random: &mut Random) {
        self.now += random.pause(&self.settings);
        self.causes = random.causes(self.causes);
        let around = Around {
            now: self.now,
            circumstances: Circumstances {
                answered: random.one_in(2),
                fire_evidence: random.one_in(4),
                cut_allowed: random.one_in(2),
                trip_near: random.one_in(4),
                filter_ended: random.one_in(4),
                heat_permits: random.one_in(2),
                down_proven: random.one_in(4),
            },
            starting: random.one_in(16),
            door_open: random.one_in(8),
        };
        // As an evaluation does it, from the causes on.
        self.safety.held_off |= self.safety.unknown && around.circumstances.fire_evidence;
        let walk = self
            .safety
            .interlocks
            .walk(self.now, self.causes, &around.circumstances, &self.settings);
        let effects = self
            .safety
            .resolve(walk.effects, around.door_open, around.starting);
        let mut fill = Fill {
            names: &model.graph.names,
            values: &mut model.values,
            at: 0,
        };
        fill.state(&self.known);
        given(&mut fill, self.causes, &around, &self.settings);
        model.work_out();
        self.known = Known::of(&model.after, &model.out);
        let mut expected = EffectSet::EMPTY;
        for effect in Effect::ALL {
            expected.put(*effect, model.effects[effect.index()].of(&model.out));
        }
        assert_eq!(effects, expected, "{:?} at {:?}", self.causes, self.now);
        assert!(
            self.known.is(&self.safety.record()),
            "{:?} at {:?}",
            self.causes,
            self.now
        );
    }

    fn ask(&mut self, model: &mut Model, random: &mut Random) {
        let mut latches = LatchSet::EMPTY;
        for latch in Latch::ALL {
            latches.put(*latch, random.one_in(4));
        }
        let inspected = !random.one_in(4);
        let rare = |random: &mut Random| random.one_in(8);
        let mut inputs = healthy();
        let not_healthy = [(); 5].map(|()| rare(random));
        let [door, button, cut_out, emergency_off, unit] = not_healthy;
        let told = |wrong: bool| Reading::good(if wrong { Flag::Set } else { Flag::Clear }, self.now);
        inputs.door_open = told(door);
        inputs.manual_fire = told(button);
        inputs.cut_out_open = told(cut_out);
        inputs.emergency_off = told(emergency_off);
        let key_set = !rare(random);
        inputs.key_switch = told(key_set);
        let mut key = Key::default();
        let turned = !rare(random);
        let turned_at = Moment(self.now.as_us().saturating_sub(random.below(80_000_000)));
        if turned {
            key.watch(turned_at, &told(false));
        }
        key.watch(turned_at, &told(true));
        let causes = if random.one_in(2) {
            CauseSet::EMPTY
        } else {
            self.causes
        };
        let (fired, loop_fault) = (rare(random), rare(random));
        let soak = Span::s(600);
        self.safety.last_evidence = Moment(self.now.as_us().saturating_sub(random.below(1_500_000_000)));
        let evidence = Evidence {
            live: crate::ClassSet::EMPTY,
            held: crate::ClassSet::EMPTY,
            confirmed: false,
            fired,
            loop_fault,
        };
        let seen = !random.one_in(64);
        let fan_proven = !rare(random);
        self.safety.key = key;
        self.safety.seen = seen.then_some(Seen {
            inputs,
            causes,
            evidence,
            units: [
                if unit {
                    ExtinguisherState::Fired
                } else {
                    ExtinguisherState::Armed
                },
                ExtinguisherState::Armed,
            ],
            fan_proven,
            soak,
        });
        let answer = self
            .safety
            .reset(self.now, latches, inspected, Authority::Unproven);

        let first = model
            .graph
            .names
            .iter()
            .position(|name| name == "reset at")
            .expect("it is open");
        let mut fill = Fill {
            names: &model.graph.names,
            values: &mut model.values,
            at: 0,
        };
        fill.state(&self.known);
        fill.at = first;
        fill.next("reset at", us(self.now));
        for latch in Latch::ALL {
            fill.flag("is asked for", latches.has(*latch));
        }
        fill.flag("inspected", inspected);
        fill.flag("something was seen", seen);
        fill.each("was seen", causes);
        fill.flag("evidence was seen", fired);
        fill.flag("a loop is faulty", loop_fault);
        fill.flag("key is turned", key_set);
        fill.flag("key was seen to turn", turned);
        fill.next("key turned at", us(turned_at));
        fill.next("last evidence at", us(self.safety.last_evidence));
        fill.next("soak", 600_000_000);
        fill.flag("door closed", !door);
        fill.flag("fire button released", !button);
        fill.flag("cut-out closed", !cut_out);
        fill.flag("emergency-off released", !emergency_off);
        fill.flag("units ready", !unit);
        fill.flag("fan proven", fan_proven);
        model.work_out();
        let granted = model.granted.of(&model.out);
        assert_eq!(
            answer.is_ok(),
            granted,
            "{answer:?} for {latches:?} of {:?}",
            self.known
        );
        self.known = Known::of(&model.freed, &model.out);
        assert!(self.known.is(&self.safety.record()), "{latches:?}");
        self.count(answer);
    }

    fn count(&mut self, answer: Result<(), Refusal>) {
        match answer {
            Ok(()) => self.granted += 1,
            Err(refusal) => self.refused[refusal as usize % 16] += 1,
        }
    }

    /// A person silences; the process ends; the records turn out unreadable.
    fn befall(&mut self, random: &mut Random) {
        match random.below(3) {
            0 => {
                self.safety.interlocks.silence(self.causes);
                self.known.silenced = self.known.silenced.with(self.causes).with(self.known.latched);
            }
            1 => {
                let record = self.safety.record();
                self.safety = Safety::new(Restored::Record(record), self.now);
                self.known.stood = CauseSet::EMPTY;
                self.known.silenced = CauseSet::EMPTY;
                self.known.latched_since = [us(self.now); Cause::COUNT];
            }
            _ => {
                self.safety.unknown = true;
                self.known.unknown = true;
            }
        }
    }
}

#[test]
fn the_formulas_do_what_the_evaluator_does_a_million_times() {
    let mut model = Model::new();
    let (mut left, mut seed, mut granted) = (STEPS, 0, 0);
    let mut refusals = [0; 16];
    while left > 0 {
        seed += 1;
        let random = &mut Random(seed);
        let mut both = Both::born(random);
        for _ in 0..LIFE.min(left) {
            match random.below(16) {
                0 => both.befall(random),
                1..=4 => both.ask(&mut model, random),
                _ => both.evaluate(&mut model, random),
            }
        }
        left -= LIFE.min(left);
        granted += both.granted;
        for (sum, one) in refusals.iter_mut().zip(both.refused) {
            *sum += one;
        }
    }
    std::println!("{STEPS} steps, {granted} resets granted, refused by reason {refusals:?}");
    // Steps that never come to a reset would agree about nothing.
    assert!(granted > 1_000, "{granted}");
    assert!(
        refusals.iter().filter(|count| **count > 100).count() >= 8,
        "{refusals:?}"
    );
}
