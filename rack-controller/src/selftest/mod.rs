//! The blower's self-test at night, and what it and the days between tell of filters, sensors and bearings.
//!
//! ```text
//!  idle --hour and conditions, or a person--> before --20 s--> rising --full--> full --60 s--> coasting --2 s--> recovering
//!    ^                                                                                                             |
//!    `-- aborted at once by an interlock, warmth, a missing input, a person -------------- whole: findings <-------'
//! ```
//! Control wishes, safety permits: the test only ever wishes for more drive than control does, but for the two seconds
//! of the coast-down, which need safety's permit tick by tick ([`safety::Coasting`]). Whatever bounds a wish bounds this one.
//!
//! Pure: time, day and minute are arguments. What has to outlive the process is a [`SelfTestRecord`].

mod bearing;
mod course;
mod means;
mod record;

use points::alarm::{Alarm, AlarmSet};
use points::command::Refusal;
use points::point::{blower, contact, flow, self_test};
use points::setting::{FILTER_END, FILTER_SOON, SELF_TEST, SELF_TEST_HOUR, Settings};
use points::{Absent, Blower, Count, Date, Day, Flag, Moment, Pascal, Percent, Quantity, Reading, Regime};
use points::{SelfTestResult, SelfTestState, SelfTestWait, Snapshot, Span};
use safety::{Coasting, Verdict, Wish, is_calm, is_cool};
use sensors::estimate::filter::{Filters, ZERO_BAD_PA};

use bearing::Bearing;
use course::{Course, Whole};
use means::Means;
pub use record::{SELF_TEST_RECORD_BYTES, SelfTestRecord};

/// Looks are taken so often: sensors answer twice a second.
const LOOK: Span = Span::ms(500);
/// After a start the rack settles first.
const SETTLED: Span = Span::s(1_800);
/// The hour that the site allows and the one after.
const WINDOW_MIN: u32 = 120;
/// After one that was aborted.
const PAUSE: Span = Span::s(900);
/// Filters are glanced at when nobody has looked for so long, d; by means over a minute.
const GLANCE_D: f64 = 0.9;
const GLANCE_OVER: Span = Span::s(60);
/// The points of the filters are written so often: days do not change faster.
const SHOW: Span = Span::s(10);
/// Without a whole test for so long, while the site allows it, somebody is told, d.
const OVERDUE_D: f64 = 7.0;
const DAY_S: f64 = 86_400.0;
/// A filter that resists less than this share of a clean one is not there.
const MISSING: f64 = 0.5;
/// Shares of full speed between which a tachometer is right at full drive.
const FULL: std::ops::RangeInclusive<f64> = 0.93..=1.05;

/// What a look sees beside the picture.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Number of the tick.
    pub tick: u64,
    /// The verdict of this tick.
    pub verdict: &'a Verdict,
    /// What control's wish was made by.
    pub regime: Regime,
    /// A commissioning run has the fan.
    pub commissioning: bool,
    /// The drive in force.
    pub drive: Percent,
    /// Day and minute of it by the wall clock (UTC).
    pub wall: Option<(Date, u16)>,
    /// A filter takes too little of the draft, whatever its contact says.
    pub filter_missing: bool,
    /// How many blowers there are.
    pub blowers: usize,
    /// Which of two is tested: they take turns.
    pub tested: Blower,
    /// Settings in force.
    pub settings: &'a Settings,
}

/// How the last one ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Last {
    /// Seconds since 1970.
    pub at_s: u64,
    pub result: SelfTestResult,
}

/// What the last whole one measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Measured {
    /// Day on which it ended.
    pub day: f64,
    pub findings: u16,
    /// Share of full speed at full drive, and time constant of the coast-down, s; not a number where none was seen.
    pub speed: f64,
    pub coast_s: f64,
}

/// The self-test and its memory.
#[derive(Clone, Debug)]
pub struct SelfTest {
    born: Moment,
    course: Course,
    coasting: Coasting,
    /// This test had its permit to coast.
    coasted: bool,
    filters: Filters,
    /// Of each blower.
    bearings: [Bearing; 2],
    /// Which of two the next one tests.
    tested: Blower,
    last: Option<Last>,
    measured: Option<Measured>,
    /// Since which day nobody has seen a whole one.
    unseen_since: Option<f64>,
    /// A moment of this run and its day.
    anchor: Option<(Moment, f64)>,
    /// The last day known before this run.
    base: Option<f64>,
    wanted: bool,
    paused_until: Moment,
    waits: SelfTestWait,
    looked: Moment,
    shown: Moment,
    glance: Means,
    glance_since: Moment,
    /// A filter was out of its frame.
    out: bool,
    conditions: AlarmSet,
    changes: u32,
}

impl SelfTest {
    /// Goes on from what a start finds.
    pub fn new(found: Option<&SelfTestRecord>, now: Moment) -> Self {
        let filters = found.and_then(SelfTestRecord::filters).unwrap_or_default();
        SelfTest {
            born: now,
            course: Course::Idle,
            coasting: Coasting::new(),
            coasted: false,
            filters,
            bearings: found.map_or([Bearing::NEW; 2], |record| record.bearings),
            tested: found.map_or(Blower::A, |record| record.tested),
            last: found.and_then(|record| record.last),
            measured: found.and_then(|record| record.measured),
            unseen_since: None,
            anchor: None,
            base: filters.day(),
            wanted: false,
            paused_until: now,
            waits: SelfTestWait::Start,
            looked: now,
            shown: Moment::ZERO,
            glance: Means::default(),
            glance_since: now,
            out: false,
            conditions: AlarmSet::EMPTY,
            changes: 0,
        }
    }

    /// What must outlive the process.
    pub fn record(&self) -> SelfTestRecord {
        SelfTestRecord::new(
            &self.filters,
            self.bearings,
            self.tested,
            self.last,
            self.measured,
        )
    }

    /// Counts the moments at which that has changed.
    pub const fn changes(&self) -> u32 {
        self.changes
    }

    /// Conditions of alarms, as of the last look.
    pub const fn conditions(&self) -> AlarmSet {
        self.conditions
    }

    /// Which of two blowers the next one tests, or the one that runs.
    pub const fn tested(&self) -> Blower {
        self.tested
    }

    /// Whether one runs.
    pub fn runs(&self) -> bool {
        self.course.state() != SelfTestState::Idle
    }

    /// Whether one runs or is about to.
    pub fn has_the_fan(&self) -> bool {
        self.runs() || self.wanted
    }

    /// A person wants one now.
    ///
    /// # Errors
    /// What stands against it.
    pub fn want(&mut self, seen: &Seen<'_>) -> Result<(), Refusal> {
        if self.has_the_fan() {
            return Err(Refusal::SelfTestRuns);
        }
        match against(seen) {
            Some(SelfTestWait::Interlock) => Err(Refusal::CauseStands),
            Some(SelfTestWait::Cool) => Err(Refusal::TooWarm),
            Some(_) => Err(Refusal::NotAutomatic),
            None => {
                self.wanted = true;
                Ok(())
            }
        }
    }

    /// A person gives the fan back to control.
    pub fn end(&mut self, now: Moment, wall: Option<(Date, u16)>) {
        self.wanted = false;
        if self.runs() {
            self.abort(now, wall);
        }
    }

    /// One tick: the wish that goes on to safety's bounds.
    pub fn step(&mut self, now: Moment, seen: &Seen<'_>, wish: Wish, picture: &Snapshot) -> Wish {
        if self.runs()
            && let Some(why) = against(seen)
        {
            self.waits = why;
            self.abort(now, seen.wall);
        }
        if now.since(self.looked) >= LOOK {
            self.looked = now;
            self.look(now, seen, picture);
        }
        if !self.runs() {
            return wish;
        }
        if let Some(whole) = self.course.go(now, seen, picture) {
            self.whole(now, seen, &whole);
        }
        let coasts = self.course.state() == SelfTestState::Coasting;
        let asked = coasts && seen.blowers < 2;
        let coast = self
            .coasting
            .permit(now, seen.tick, asked, seen.verdict, seen.settings);
        self.coasted |= coast.is_some() || (coasts && !asked);
        let drive = self.course.drive(now, seen, wish.drive);
        let rests = self.course.rests(now, seen);
        Wish { drive, coast, rests }
    }

    /// Twice a second: whether to begin, a glance at the filters, and what has changed about them.
    fn look(&mut self, now: Moment, seen: &Seen<'_>, picture: &Snapshot) {
        if !self.runs() {
            self.waits = self.waits_for(now, seen);
            if self.waits == SelfTestWait::Nothing {
                self.wanted = false;
                self.coasted = false;
                self.course = Course::begin(now);
            }
        }
        let out = seen.filter_missing
            || contact::FILTER_PRESENT
                .iter()
                .any(|tag| picture.get(tag).ok() == Some(Flag::Clear));
        if self.out && !out {
            self.filters.renewed();
            self.glance = Means::default();
            self.changes = self.changes.wrapping_add(1);
        }
        self.out = out;
        self.glance_at(now, seen, picture);
    }

    /// What the next one waits for.
    fn waits_for(&self, now: Moment, seen: &Seen<'_>) -> SelfTestWait {
        if !self.wanted {
            if seen.settings.get(SELF_TEST) < 0.5 {
                return SelfTestWait::Disabled;
            }
            let Some((day, minute)) = seen.wall else {
                return SelfTestWait::Clock;
            };
            if now.since(self.born) < SETTLED {
                return SelfTestWait::Start;
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the setting's span is 0 to 23"
            )]
            let from = 60 * seen.settings.get(SELF_TEST_HOUR) as u32;
            let since = (u32::from(minute) + 1_440 - from) % 1_440;
            // The night that began before midnight is that of the day before.
            let night = day.days().saturating_sub(u32::from(u32::from(minute) < since));
            let begun = f64::from(night) + f64::from(from) / 1_440.0;
            let done = self.measured.is_some_and(|measured| measured.day >= begun);
            if since >= WINDOW_MIN || done {
                return SelfTestWait::Hour;
            }
            if now < self.paused_until {
                return SelfTestWait::Pause;
            }
        }
        against(seen).unwrap_or(SelfTestWait::Nothing)
    }

    /// Today with its part, where it is known: by what has passed since the first look at the wall clock, so that one that
    /// is set anew makes no filter older.
    fn day(&mut self, now: Moment, wall: Option<(Date, u16)>) -> Option<f64> {
        if self.anchor.is_none()
            && let Some((day, minute)) = wall
        {
            self.anchor = Some((now, f64::from(day.days()) + f64::from(minute) / 1_440.0));
        }
        let (from, day) = self.anchor.or(self.base.map(|day| (self.born, day)))?;
        Some(day + now.since(from).as_s() / DAY_S)
    }

    /// What the filters show at whatever speed there is, once a day where no test has looked.
    fn glance_at(&mut self, now: Moment, seen: &Seen<'_>, picture: &Snapshot) {
        let Some(day) = self.day(now, seen.wall) else {
            return;
        };
        self.unseen_since.get_or_insert(day);
        let due = self.filters.day().is_none_or(|at| day - at >= GLANCE_D) || self.filters.is_new();
        if !due || self.runs() || !is_plain(picture, self.out) {
            (self.glance, self.glance_since) = (Means::default(), now);
            return;
        }
        self.glance.take(picture);
        if now.since(self.glance_since) >= GLANCE_OVER {
            if let Some(sight) = self.glance.sight()
                && self.filters.look(day, &sight)
            {
                self.changes = self.changes.wrapping_add(1);
                self.shown = Moment::ZERO;
            }
            (self.glance, self.glance_since) = (Means::default(), now);
        }
    }

    fn abort(&mut self, now: Moment, wall: Option<(Date, u16)>) {
        self.course = Course::Idle;
        self.paused_until = now + PAUSE;
        self.ended(wall, SelfTestResult::Aborted);
    }

    fn ended(&mut self, wall: Option<(Date, u16)>, result: SelfTestResult) {
        let at_s = wall.map_or(0, |(day, minute)| {
            86_400 * u64::from(day.days()) + 60 * u64::from(minute)
        });
        self.last = Some(Last { at_s, result });
        self.changes = self.changes.wrapping_add(1);
        self.shown = Moment::ZERO;
    }

    /// A whole one: what it says.
    fn whole(&mut self, now: Moment, seen: &Seen<'_>, whole: &Whole) {
        self.course = Course::Idle;
        let day = self.day(now, seen.wall);
        let filters_said = match (day, &whole.full) {
            (Some(day), Some(full)) if whole.plain && !self.out => {
                self.filters.night(day, whole.slow.as_ref(), full)
            }
            _ => false,
        };
        let sides = day.and_then(|day| self.filters.sides(day, end(seen.settings)));
        let missing = self.out || sides.is_some_and(|sides| sides.iter().any(|side| side.ratio < MISSING));
        let zero_bad = self
            .filters
            .zeros_pa()
            .iter()
            .any(|zero| zero.abs() > ZERO_BAD_PA);
        let worn = self.bearings[seen.tested.index()].night(whole.coast_s, whole.speed.zip(whole.power_w));
        if seen.blowers > 1 {
            self.tested = seen.tested.other();
        }
        let speed_good = whole.speed.is_some_and(|speed| FULL.contains(&speed));
        let found = [
            !filters_said && !missing,
            !speed_good,
            zero_bad,
            // A second test within the hour has no permit.
            self.coasted && whole.coast_s.is_none(),
            whole.power_w.is_none(),
            missing,
            worn,
        ];
        let findings = found
            .iter()
            .zip(0_u16..)
            .fold(0, |bits, (found, bit)| bits | u16::from(*found) << bit);
        self.measured = Some(Measured {
            day: day.unwrap_or(0.0),
            findings,
            speed: whole.speed.unwrap_or(f64::NAN),
            coast_s: whole.coast_s.unwrap_or(f64::NAN),
        });
        self.ended(
            seen.wall,
            if findings == 0 {
                SelfTestResult::Passed
            } else {
                SelfTestResult::Failed
            },
        );
    }

    /// Writes what it knows into the picture: states when they change, figures now and then.
    pub fn show(&mut self, now: Moment, seen: &Seen<'_>, picture: &mut Snapshot) {
        let (state, waits) = (self.course.state(), self.waits);
        if picture.get(self_test::STATE).ok() != Some(state) || self.due(now) {
            picture.put(self_test::STATE, Reading::good(state, now));
        }
        if picture.get(self_test::WAITS_FOR).ok() != Some(waits) || self.due(now) {
            picture.put(self_test::WAITS_FOR, Reading::good(waits, now));
        }
        if !self.due(now) {
            return;
        }
        self.shown = now;
        let day = self.day(now, seen.wall);
        self.show_last(now, day, seen.blowers, picture);
        self.show_filters(now, day, seen.settings, picture);
        self.tell(day, seen.settings, picture);
    }

    fn due(&self, now: Moment) -> bool {
        self.shown == Moment::ZERO || now.since(self.shown) >= SHOW
    }

    fn show_last(&self, now: Moment, day: Option<f64>, blowers: usize, picture: &mut Snapshot) {
        let result = self.last.map_or(SelfTestResult::None, |last| last.result);
        picture.put(self_test::RESULT, Reading::good(result, now));
        let unix = |at_s: u64| f64::from(u32::try_from(at_s).unwrap_or(u32::MAX - 1));
        let at = self.last.filter(|last| last.at_s > 0).map(|last| unix(last.at_s));
        put(picture, self_test::LAST, now, at);
        let measured = self.measured;
        let age = measured
            .zip(day)
            .map(|(measured, day)| DAY_S * (day - measured.day).max(0.0));
        put(picture, self_test::AGE, now, age);
        let findings = measured.map_or(0, |measured| measured.findings);
        picture.put(
            self_test::FINDINGS,
            Reading::good(Count::of(f64::from(findings)), now),
        );
        put(
            picture,
            self_test::SPEED,
            now,
            measured.map(|measured| 100.0 * measured.speed),
        );
        if blowers > 1 {
            for (place, bearing) in self.bearings.iter().enumerate() {
                put(picture, blower::COAST_DOWN.at(place), now, bearing.coast_s());
            }
        } else {
            put(
                picture,
                blower::COAST_DOWN.at(0),
                now,
                measured.map(|measured| measured.coast_s),
            );
        }
        // Of the one that was tested last.
        let last = if blowers > 1 {
            self.tested.other()
        } else {
            Blower::A
        };
        let [coast, power] = self.bearings[last.index()].shares();
        put(picture, self_test::COAST, now, coast.map(|share| 100.0 * share));
        put(picture, self_test::POWER, now, power.map(|share| 100.0 * share));
    }

    fn show_filters(&self, now: Moment, day: Option<f64>, settings: &Settings, picture: &mut Snapshot) {
        let sides = day.and_then(|day| self.filters.sides(day, end(settings)));
        let zeros = self.filters.zeros_pa().map(|zero| self.measured.map(|_| zero));
        for side in 0..2 {
            let why = picture.get(flow::FILTER_DROP.at(side)).value.err();
            let fitted = why != Some(Absent::NotFitted);
            let days = sides.filter(|_| fitted).map(|sides| sides[side].days);
            let tags = [flow::FILTER_DAYS, flow::FILTER_DAYS_LOW, flow::FILTER_DAYS_HIGH];
            let figures = [days.map(|d| d.best), days.map(|d| d.low), days.map(|d| d.high)];
            for (tag, figure) in tags.iter().zip(figures) {
                let value = figure.and_then(<Day as Quantity>::new);
                let none = if fitted {
                    Absent::Suspended
                } else {
                    Absent::NotFitted
                };
                picture.put(
                    tag.at(side),
                    value.map_or(Reading::absent(none, now), |days| Reading::good(days, now)),
                );
            }
            put(
                picture,
                self_test::FILTER_ZERO.at(side),
                now,
                zeros[side].filter(|_| fitted),
            );
        }
        // Kept as room minus rack, shown as rack minus room like the draft.
        put::<Pascal>(picture, self_test::DRAFT_ZERO, now, zeros[2].map(|zero| -zero));
    }

    fn tell(&mut self, day: Option<f64>, settings: &Settings, picture: &Snapshot) {
        let soon = settings.get(FILTER_SOON);
        let ends = flow::FILTER_DAYS
            .iter()
            .any(|tag| picture.get(tag).number().is_some_and(|days| days <= soon));
        self.conditions.put(Alarm::FilterSoon, ends);
        let seen = self.measured.map(|measured| measured.day).or(self.unseen_since);
        let overdue = settings.get(SELF_TEST) >= 0.5
            && day.zip(seen).is_some_and(|(day, seen)| day - seen >= OVERDUE_D);
        let found = self.measured.is_some_and(|measured| measured.findings != 0);
        self.conditions.put(Alarm::SelfTest, overdue || found);
        let worn = self.bearings.iter().any(Bearing::is_worn);
        self.conditions.put(Alarm::BearingWear, worn);
    }
}

/// What stands against a test, the hour apart.
fn against(seen: &Seen<'_>) -> Option<SelfTestWait> {
    if seen.regime != Regime::Normal || seen.commissioning {
        Some(SelfTestWait::Control)
    } else if !is_calm(seen.verdict) {
        Some(SelfTestWait::Interlock)
    } else if !is_cool(seen.verdict, seen.settings) {
        Some(SelfTestWait::Cool)
    } else {
        None
    }
}

/// Whether the air takes the ways that the curves are for.
fn is_plain(picture: &Snapshot, out: bool) -> bool {
    picture.get(contact::DOOR_OPEN).ok() != Some(Flag::Set)
        && picture.get(contact::DOOR_OPEN).value != Err(Absent::Disagrees)
        && !out
}

/// Resistance over clean at which a filter ends.
fn end(settings: &Settings) -> f64 {
    settings.get(FILTER_END) / 100.0
}

/// A figure, or none yet.
fn put<Q: Quantity>(picture: &mut Snapshot, tag: points::point::Tag<Q>, now: Moment, figure: Option<f64>) {
    let value = figure.and_then(Q::new);
    picture.put(
        tag,
        value.map_or(Reading::absent(Absent::Suspended, now), |value| {
            Reading::good(value, now)
        }),
    );
}

#[cfg(test)]
mod tests;
