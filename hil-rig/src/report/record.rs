//! Keeps what a report plots: of every look the least and the largest number of each column, and what stood from when
//! to when.
//!
//! ```text
//!   looks   | . . . . | . . . . | . . . . |        a column: least and largest of its looks
//!   full:   |    0    |    1    |  ...   N |   -->  |    0 and 1    | 2 and 3 ... |       twice as wide
//! ```
//! Bounded: [`COLUMNS`] columns whatever the length, [`INTERVALS_MAX`] intervals. A look is some eighty comparisons;
//! intervals cost nothing while nothing changes.

use points::alarm::{Alarm, AlarmSet};
use points::host::{OUTLETS, OutletSet, TARGETS, TIERS, TargetSet, TierSet};
use points::interlock::{Cause, CauseSet, Effect, EffectSet, Latch, LatchSet};
use points::point::controller;
use points::point::hosts::states;
use points::point::switching;
use points::{HostState, Moment, OutletState, Regime, ShutdownStage, Snapshot, Span};

use super::course::{Course, INTERVALS_MAX, Interval, Item};
use super::lanes::{LANES, TRACES, Trace};
use crate::rack::Report;

/// Columns of a series. When they are full, every two become one.
pub const COLUMNS: usize = 1_024;
/// Time of a column at the start: the longest tick.
const FIRST_COLUMN: Span = Span::ms(200);

/// Least and largest number of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// Least.
    pub low: f32,
    /// Largest.
    pub high: f32,
}

impl Column {
    pub(super) const NONE: Column = Column {
        low: f32::INFINITY,
        high: f32::NEG_INFINITY,
    };

    pub(super) fn take(&mut self, number: f32) {
        self.low = self.low.min(number);
        self.high = self.high.max(number);
    }

    fn merged(self, other: Column) -> Column {
        Column {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// Itself, where it holds a number.
    #[must_use]
    pub fn some(self) -> Option<Column> {
        (self.low <= self.high).then_some(self)
    }
}

/// One trace over the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its columns; those in which it had no number are empty.
    pub columns: Vec<Column>,
}

/// What stands, for comparison with the next look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Standing {
    alarms: AlarmSet,
    causes: CauseSet,
    effects: EffectSet,
    latches: LatchSet,
    regime: Option<Regime>,
    told: TierSet,
    off: TargetSet,
    cut: OutletSet,
    not_obeyed: OutletSet,
    contact_open: bool,
    core_dead: bool,
}

impl Standing {
    /// `asked`: outlets may be off by an order.
    fn of(picture: &Snapshot, report: &Report, core_dead: bool, asked: bool) -> Self {
        let (cut, not_obeyed) = if asked {
            outlets(picture)
        } else {
            (OutletSet::EMPTY, OutletSet::EMPTY)
        };
        Standing {
            alarms: picture.alarms.standing(),
            causes: picture.causes,
            effects: picture.effects,
            latches: picture.latches,
            regime: picture.get(controller::REGIME).ok(),
            told: told(picture),
            off: off(picture),
            cut,
            not_obeyed,
            contact_open: !report.contact_closed,
            core_dead,
        }
    }

    fn items(self) -> impl Iterator<Item = Item> {
        let alarms = Alarm::ALL.iter().filter(move |one| self.alarms.has(**one));
        let causes = Cause::ALL.iter().filter(move |one| self.causes.has(**one));
        let effects = Effect::ALL.iter().filter(move |one| self.effects.has(**one));
        let latches = Latch::ALL.iter().filter(move |one| self.latches.has(**one));
        let causes = causes.map(|one| Item::Cause(*one));
        causes
            .chain(latches.map(|one| Item::Latch(*one)))
            .chain(effects.map(|one| Item::Effect(*one)))
            .chain(alarms.map(|one| Item::Alarm(*one)))
            .chain(self.regime.map(Item::Regime))
            .chain(self.told.iter().map(|tier| Item::Tier(place(tier))))
            .chain(self.off.iter().map(|host| Item::HostOff(place(host))))
            .chain(self.cut.iter().map(|outlet| Item::OutletCut(place(outlet))))
            .chain(self.not_obeyed.iter().map(|outlet| Item::OutletOn(place(outlet))))
            .chain(self.contact_open.then_some(Item::ContactOpen))
            .chain(self.core_dead.then_some(Item::CoreDead))
    }
}

/// Tiers that are told to shut down, or stay down.
fn told(picture: &Snapshot) -> TierSet {
    let down = |tier: &usize| match picture.get(states::TIER.at(*tier)).ok() {
        Some(
            ShutdownStage::Commit
            | ShutdownStage::AllOff
            | ShutdownStage::PowerCut
            | ShutdownStage::CoolingDown,
        ) => true,
        Some(
            ShutdownStage::Normal
            | ShutdownStage::Advisory
            | ShutdownStage::Capped
            | ShutdownStage::Prepare
            | ShutdownStage::Restarting,
        )
        | None => false,
    };
    (0..TIERS).filter(down).fold(TierSet::EMPTY, TierSet::with)
}

/// Hosts that are proven off.
fn off(picture: &Snapshot) -> TargetSet {
    let off = |host: &usize| picture.get(states::HOST.at(*host)).ok() == Some(HostState::OffVerified);
    (0..TARGETS).filter(off).fold(TargetSet::EMPTY, TargetSet::with)
}

/// Outlets that are cut, and those that do not obey.
fn outlets(picture: &Snapshot) -> (OutletSet, OutletSet) {
    let mut sets = (OutletSet::EMPTY, OutletSet::EMPTY);
    for outlet in 0..OUTLETS {
        match picture.get(switching::STATE.at(outlet)).ok() {
            Some(OutletState::Cut) => sets.0.put(outlet, true),
            Some(OutletState::NotObeyed) => sets.1.put(outlet, true),
            Some(OutletState::Left | OutletState::Cutting | OutletState::Returning) | None => {}
        }
    }
    sets
}

/// A place of at most [`TARGETS`].
fn place(place: usize) -> u8 {
    u8::try_from(place).unwrap_or(u8::MAX)
}

/// Takes every look at a run.
#[derive(Clone, Debug)]
pub struct Recorder {
    start: Moment,
    now: Moment,
    column: Span,
    looked: Vec<bool>,
    series: Vec<Series>,
    standing: Standing,
    core_dead: bool,
    intervals: Vec<Interval>,
    open: Vec<usize>,
    lost: u64,
    looks: u64,
    /// Stands in for a picture that is not to be had.
    nothing: Box<Snapshot>,
}

impl Recorder {
    /// A recorder of a run that starts at this moment of the rack's clock.
    #[must_use]
    pub fn new(start: Moment) -> Self {
        let empty = Series {
            columns: vec![Column::NONE; COLUMNS],
        };
        Recorder {
            start,
            now: start,
            column: FIRST_COLUMN,
            looked: vec![false; COLUMNS],
            series: vec![empty; TRACES],
            standing: Standing::default(),
            core_dead: false,
            intervals: Vec::new(),
            open: Vec::new(),
            lost: 0,
            looks: 0,
            nothing: Box::default(),
        }
    }

    /// Takes a look: the rack's truth of a moment and the controller's picture, where it is of that moment too.
    pub fn look(&mut self, now: Moment, picture: Option<&Snapshot>, report: &Report) {
        self.now = self.now.max(now);
        self.looks += 1;
        let place = self.place();
        self.looked[place] = true;
        let mut series = self.series.iter_mut();
        for (trace, take) in LANES.iter().flat_map(|lane| lane.traces) {
            let Some(series) = series.next() else { continue };
            // What a dead core measured last is not measured now; what is so in truth goes on.
            let number = match trace {
                Trace::Truth => take(picture.unwrap_or(&self.nothing), report),
                Trace::Measured | Trace::Commanded => {
                    let picture = picture.filter(|_| !self.core_dead);
                    picture.and_then(|picture| take(picture, report))
                }
            };
            if let Some(number) = number {
                series.columns[place].take(narrow(number));
            }
        }
        let standing = match picture {
            Some(picture) => {
                let before = self.standing.cut.and_also(self.standing.not_obeyed);
                let asked = picture.effects.has(Effect::PduOff) || !before.is_empty();
                Standing::of(picture, report, self.core_dead, asked)
            }
            None => Standing {
                contact_open: !report.contact_closed,
                ..self.standing
            },
        };
        if standing != self.standing {
            self.change(standing);
        }
    }

    /// A core dies or starts.
    pub fn core(&mut self, now: Moment, dead: bool) {
        self.now = self.now.max(now);
        self.core_dead = dead;
        let mut standing = self.standing;
        standing.core_dead = dead;
        self.change(standing);
    }

    /// The column of now, made room for.
    fn place(&mut self) -> usize {
        let since = self.now.since(self.start).as_us();
        loop {
            let place = usize::try_from(since / self.column.as_us()).unwrap_or(usize::MAX);
            if place < COLUMNS {
                return place;
            }
            self.halve();
        }
    }

    fn halve(&mut self) {
        self.column = Span::us(self.column.as_us().saturating_mul(2));
        for place in 0..COLUMNS {
            let (a, b) = (2 * place, 2 * place + 1);
            self.looked[place] = b < COLUMNS && (self.looked[a] || self.looked[b]);
        }
        for series in &mut self.series {
            for place in 0..COLUMNS {
                let (a, b) = (2 * place, 2 * place + 1);
                series.columns[place] = if b < COLUMNS {
                    series.columns[a].merged(series.columns[b])
                } else {
                    Column::NONE
                };
            }
        }
    }

    fn change(&mut self, after: Standing) {
        let at_s = self.now.since(self.start).as_s();
        let (before, intervals) = (self.standing, &mut self.intervals);
        self.open.retain(|place| {
            let Some(interval) = intervals.get_mut(*place) else {
                return false;
            };
            let stands = after.items().any(|item| item == interval.item);
            if !stands {
                interval.to_s = Some(at_s);
            }
            stands
        });
        for item in after.items() {
            let known = before.items().any(|other| other == item);
            if known {
                continue;
            }
            if self.intervals.len() >= INTERVALS_MAX {
                self.lost += 1;
                continue;
            }
            self.open.push(self.intervals.len());
            self.intervals.push(Interval {
                item,
                from_s: at_s,
                to_s: None,
            });
        }
        self.standing = after;
    }

    /// What was recorded.
    #[must_use]
    pub fn course(mut self) -> Course {
        let last = self.place();
        self.looked.truncate(last + 1);
        for series in &mut self.series {
            series.columns.truncate(last + 1);
        }
        Course {
            length_s: self.now.since(self.start).as_s(),
            column_s: self.column.as_s(),
            looked: self.looked,
            series: self.series,
            intervals: self.intervals,
            lost: self.lost,
            looks: self.looks,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a plot needs no more than the seven digits of an f32"
)]
fn narrow(number: f64) -> f32 {
    number as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rack::{Rack, RackConfig};
    use points::Percent;

    fn drive(percent: f64) -> Snapshot {
        let mut picture = Snapshot::default();
        picture.fan.drive = Percent::of(percent);
        picture
    }

    /// The series of the commanded drive.
    fn commanded(course: &Course) -> Vec<(f64, Option<Column>)> {
        let lane = LANES
            .iter()
            .position(|lane| lane.title == "Blower drive")
            .expect("a lane");
        course.columns(super::super::lanes::first(lane) + 1).collect()
    }

    #[test]
    fn a_long_run_keeps_its_extremes_and_no_more_columns() {
        let report = Rack::new(RackConfig::default()).report();
        let mut recorder = Recorder::new(Moment(5_000_000));
        let ticks = 40_000_u64;
        for tick in 1..=ticks {
            let peak = if tick == 12_345 { 97.0 } else { 40.0 };
            recorder.look(Moment(5_000_000 + tick * 100_000), Some(&drive(peak)), &report);
        }
        let course = recorder.course();
        assert!((course.length_s - 4_000.0).abs() < 1e-9);
        assert_eq!(course.looks, ticks);
        let columns = commanded(&course);
        assert!(columns.len() > COLUMNS / 2 && columns.len() <= COLUMNS);
        let peaks: Vec<f64> = columns
            .iter()
            .filter(|(_, column)| column.is_some_and(|column| column.high > 90.0))
            .map(|(at_s, _)| *at_s)
            .collect();
        assert_eq!(peaks.len(), 1);
        assert!((peaks[0] - 1_234.5).abs() <= course.column_s, "{peaks:?}");
        assert!(
            columns
                .iter()
                .all(|(_, column)| column.is_some_and(|c| (c.low - 40.0).abs() < 1e-3))
        );
    }

    #[test]
    fn what_stands_has_a_beginning_and_an_end() {
        let mut report = Rack::new(RackConfig::default()).report();
        let mut recorder = Recorder::new(Moment::ZERO);
        let mut picture = Snapshot::default();
        recorder.look(Moment(1_000_000), Some(&picture), &report);
        picture.causes.put(Cause::C13Door, true);
        recorder.look(Moment(2_000_000), Some(&picture), &report);
        recorder.core(Moment(2_500_000), true);
        report.contact_closed = false;
        recorder.look(Moment(3_000_000), Some(&picture), &report);
        recorder.core(Moment(3_500_000), false);
        picture.causes.put(Cause::C13Door, false);
        recorder.look(Moment(4_000_000), Some(&picture), &report);
        let course = recorder.course();
        let interval = |item, from_s, to_s| Interval { item, from_s, to_s };
        assert_eq!(
            course.intervals,
            [
                interval(Item::Cause(Cause::C13Door), 2.0, Some(4.0)),
                interval(Item::CoreDead, 2.5, Some(3.5)),
                interval(Item::ContactOpen, 3.0, None),
            ]
        );
    }

    #[test]
    fn intervals_beyond_the_bound_are_counted() {
        let report = Rack::new(RackConfig::default()).report();
        let mut recorder = Recorder::new(Moment::ZERO);
        let mut picture = Snapshot::default();
        let turns = INTERVALS_MAX as u64 + 5;
        for turn in 0..turns {
            picture.causes.put(Cause::C13Door, true);
            recorder.look(Moment(2 * turn), Some(&picture), &report);
            picture.causes.put(Cause::C13Door, false);
            recorder.look(Moment(2 * turn + 1), Some(&picture), &report);
        }
        let course = recorder.course();
        assert_eq!((course.intervals.len(), course.lost), (INTERVALS_MAX, 5));
    }
}
