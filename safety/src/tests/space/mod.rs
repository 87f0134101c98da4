//! The whole space of the interlock that ships, beside a second implementation written from the text.
//!
//! Which rows can touch each other is computed from the table: a row is moved by its own cause, the conditions its acts name and
//! its latch, and by nothing else (a test flips everything else and sees nothing change). So every row alone and
//! every pair of rows is searched until no new state comes: a state is everything that both implementations remember.

mod cones;
mod text;

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::vec::Vec;

use points::interlock::{Cause, CauseSet, Effect, EffectSet, LatchSet};
use points::setting::Settings;
use points::{Moment, Span};

use crate::latch::Circumstances;
use crate::row::{Code, DelayId, When};
use crate::{LatchRecord, MATRIX, Restored, Safety, latch_of};
use text::Past;

/// One step of the search.
const STEP: Span = Span::s(10);
/// Steps after which nothing depends on time any more: the longest delay below.
const LONG: u8 = 6;
/// Delays that the search sets: within their settings' spans, and whole steps.
const SET: [(DelayId, f64); 6] = [
    (DelayId::FireCut, 20.0),
    (DelayId::PreAlarmPrepare, 10.0),
    (DelayId::PreAlarmDown, 60.0),
    (DelayId::OverTemperatureGrace, 30.0),
    (DelayId::Blind, 20.0),
    (DelayId::Mains, 20.0),
];

/// The same in steps, for the text.
pub struct Times {
    pub fire_cut: u8,
    pub prepare: u8,
    pub pre_alarm_down: u8,
    pub grace: u8,
    pub blind: u8,
    pub mains: u8,
    pub hard: u8,
    /// From the latch to the cut where every host is proven down: within one step.
    pub proven: u8,
}

const TIMES: Times = Times {
    fire_cut: 2,
    prepare: 1,
    pre_alarm_down: 6,
    grace: 3,
    blind: 2,
    mains: 2,
    hard: 1,
    proven: 1,
};

/// The conditions of one step.
pub type Given = Circumstances;

const NOTHING: Given = Given {
    answered: false,
    fire_evidence: false,
    cut_allowed: false,
    trip_near: false,
    filter_ended: false,
    heat_permits: false,
    down_proven: false,
};

fn settings() -> Settings {
    let mut settings = Settings::default();
    for (delay, seconds) in SET {
        settings
            .set_named(delay.text(), seconds)
            .expect("it is within its span");
    }
    settings
}

/// What a person or fate does before an evaluation.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Nothing,
    Silence,
    Reset(Cause),
    Restart,
}

/// Both implementations at one moment.
#[derive(Clone, Debug)]
struct World<const N: usize> {
    safety: Safety,
    now: Moment,
    rows: [Cause; N],
    pasts: [Past; N],
    standing: CauseSet,
}

/// What both remember of a row.
type Memory = (Past, Option<u8>, Option<u8>, [bool; 3]);

impl<const N: usize> World<N> {
    fn new(rows: [Cause; N]) -> Self {
        let now = Moment(1_000_000_000);
        World {
            safety: Safety::new(Restored::Record(LatchRecord::CLEAR), now),
            now,
            rows,
            pasts: [Past::default(); N],
            standing: CauseSet::EMPTY,
        }
    }

    /// Everything that the future can depend on.
    fn key(&self) -> [Memory; N] {
        let steps = |span: Span| {
            u8::try_from(span.as_us() / STEP.as_us())
                .unwrap_or(LONG)
                .min(LONG)
        };
        core::array::from_fn(|place| {
            let cause = self.rows[place];
            let (stands, latched, silenced) = self.safety.interlocks.memory(cause, self.now);
            let record = self.safety.record().latched;
            let sets = [silenced, record.host_down.has(cause), record.power_cut.has(cause)];
            (self.pasts[place], stands.map(steps), latched.map(steps), sets)
        })
    }

    fn befall(&mut self, deed: Deed) {
        match deed {
            Deed::Nothing => {}
            Deed::Silence => {
                self.safety.interlocks.silence(self.standing);
                for past in &mut self.pasts {
                    past.silenced |= past.stands.is_some() || past.came.is_some();
                }
            }
            Deed::Reset(cause) => {
                let Some(latch) = latch_of(cause) else { return };
                self.safety.interlocks.release(latch);
                for (place, own) in self.rows.iter().enumerate() {
                    if latch_of(*own) == Some(latch) {
                        let past = &mut self.pasts[place];
                        (past.came, past.down, past.cut) = (None, false, false);
                    }
                }
            }
            Deed::Restart => {
                self.safety = Safety::new(Restored::Record(self.safety.record()), self.now);
                for past in &mut self.pasts {
                    past.stands = None;
                    past.silenced = false;
                    past.came = past.came.map(|_| 0);
                }
            }
        }
    }

    /// One evaluation in both, which have to agree about every effect and every latch.
    fn evaluate(&mut self, standing: u8, passes: bool, given: &Given, settings: &Settings) {
        if passes {
            self.now += STEP;
        }
        let mut causes = CauseSet::EMPTY;
        for (place, cause) in self.rows.iter().enumerate() {
            let stands = standing & (1 << place) != 0;
            causes.put(*cause, stands);
            self.pasts[place].step(*cause, stands, u8::from(passes), given, &TIMES);
        }
        self.standing = causes;
        let walk = self.safety.interlocks.walk(self.now, causes, given, settings);
        let effects = self.safety.resolve(walk.effects, false, false);
        let past = |cause: Cause| {
            let place = self.rows.iter().position(|own| *own == cause);
            place.map(|place| self.pasts[place]).unwrap_or_default()
        };
        let expected = text::effects(&past, given, &TIMES);
        assert_eq!(effects, expected, "{given:?} {self:?}");
        for (cause, past) in self.rows.iter().zip(self.pasts) {
            let latched = self.safety.record().latched;
            let held = (
                latched.causes.has(*cause),
                latched.host_down.has(*cause),
                latched.power_cut.has(*cause),
            );
            assert_eq!(
                held,
                (past.came.is_some(), past.down, past.cut),
                "{cause:?} {self:?}"
            );
        }
    }

    /// From here, with every cause gone, resets lead to a rack in which nothing is in force.
    fn can_be_cleared(&self, settings: &Settings) {
        let mut world = self.clone();
        for cause in self.rows {
            world.befall(Deed::Reset(cause));
        }
        world.evaluate(0, true, &NOTHING, settings);
        let walk = world
            .safety
            .interlocks
            .walk(world.now, CauseSet::EMPTY, &NOTHING, settings);
        assert_eq!(walk.effects, EffectSet::EMPTY, "{self:?}");
        assert!(world.safety.record().causes().is_empty(), "{self:?}");
    }
}

/// Every mixture of the conditions that these rows name.
fn conditions(rows: &[Cause]) -> Vec<Given> {
    let names = |sought: &[When]| {
        let acts = rows.iter().flat_map(|cause| MATRIX[cause.index()].acts);
        acts.clone().any(|act| sought.contains(&act.when))
    };
    let mut all = std::vec![NOTHING];
    let mut vary = |is_named: bool, set: fn(&mut Given)| {
        if is_named {
            let more: Vec<Given> = all
                .iter()
                .map(|given| {
                    let mut given = *given;
                    set(&mut given);
                    given
                })
                .collect();
            all.extend(more);
        }
    };
    vary(names(&[When::Unanswered]), |given| given.answered = true);
    vary(names(&[When::FireEvidence, When::NoFireEvidence]), |given| {
        given.fire_evidence = true;
    });
    vary(names(&[When::CutAllowed]), |given| given.cut_allowed = true);
    vary(names(&[When::TripNear]), |given| given.trip_near = true);
    vary(names(&[When::FilterEnded]), |given| given.filter_ended = true);
    vary(names(&[When::HeatPermits]), |given| given.heat_permits = true);
    let mut acts = rows.iter().flat_map(|cause| MATRIX[cause.index()].acts);
    let cuts = |act: &crate::Act| act.effect == Effect::PduOff && matches!(act.code, Code::Deadline(_));
    vary(acts.any(cuts), |given| given.down_proven = true);
    all
}

/// Searches until no new state comes; states and steps.
fn search<const N: usize>(rows: [Cause; N], settings: &Settings) -> (usize, usize) {
    let given = conditions(&rows);
    let acts = rows.iter().flat_map(|cause| MATRIX[cause.index()].acts);
    let mut deeds = std::vec![Deed::Nothing, Deed::Restart];
    // A silence that no horn hears, and a second reset of the same latch, lead nowhere else.
    if acts.clone().any(|act| act.effect == Effect::Horn) {
        deeds.push(Deed::Silence);
    }
    let mut latches = LatchSet::EMPTY;
    for (cause, latch) in rows.iter().filter_map(|cause| Some((*cause, latch_of(*cause)?))) {
        if !latches.has(latch) {
            deeds.push(Deed::Reset(cause));
        }
        latches.put(latch, true);
    }
    // That an evaluation without time is nothing new is shown of every row alone.
    let paces: &[bool] = if N == 1 { &[false, true] } else { &[true] };
    let start = World::new(rows);
    let mut known = HashSet::from([start.key()]);
    let (mut open, mut steps) = (std::vec![start], 0);
    while let Some(world) = open.pop() {
        world.can_be_cleared(settings);
        for deed in &deeds {
            let mut after = world.clone();
            after.befall(*deed);
            for given in &given {
                for standing in 0..1_u8 << N {
                    for passes in paces {
                        let mut next = after.clone();
                        next.evaluate(standing, *passes, given, settings);
                        steps += 1;
                        if known.insert(next.key()) {
                            open.push(next);
                        }
                    }
                }
            }
        }
    }
    (known.len(), steps)
}

#[test]
fn every_row_does_in_every_state_what_the_text_says() {
    let settings = settings();
    let (mut states, mut steps) = (0, 0);
    for cause in Cause::ALL {
        let (more, taken) = search([*cause], &settings);
        (states, steps) = (states + more, steps + taken);
    }
    std::println!("30 rows: {states} states, {steps} steps");
    assert!(states > 30 * 2, "rows that never move say nothing");
}

/// Cores that share the pairs.
const WORKERS: usize = 2;

#[test]
fn every_pair_of_rows_does_in_every_state_what_the_text_says() {
    let (settings, began) = (settings(), std::time::Instant::now());
    let pairs: Vec<[Cause; 2]> = Cause::ALL
        .iter()
        .flat_map(|one| Cause::ALL.iter().map(|other| [*one, *other]))
        .filter(|[one, other]| one.index() < other.index())
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut sum = (0, 0);
        while let Some(pair) = pairs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (states, steps) = search(*pair, &settings);
            sum = (sum.0 + states, sum.1 + steps);
        }
        sum
    };
    let sums = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        let sums = workers
            .into_iter()
            .map(|worker| worker.join().expect("both agree"));
        sums.fold((0, 0), |sum: (usize, usize), one| (sum.0 + one.0, sum.1 + one.1))
    });
    let seconds = began.elapsed().as_secs_f64();
    std::println!(
        "{} pairs: {} states, {} steps in {seconds:.1} s",
        pairs.len(),
        sums.0,
        sums.1
    );
    assert_eq!(pairs.len(), 30 * 29 / 2);
}
