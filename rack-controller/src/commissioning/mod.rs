//! Commissioning: a guided sweep of the blower tells this rack's own constants from the plan's.
//!
//! ```text
//!  idle --a person, conditions--> sweeping --forty minutes--> fitting --a minute or two--> fitted: constants in force
//!    ^                               |                           |
//!    '---- aborted at once by an interlock, warmth, a missing input, a person            '--> refused: why, the old ones stay
//! ```
//! Control wishes, safety permits: a sweep takes control's wish and gives another one, which safety bounds like every
//! wish. It may ask for less air than control does, so it ends a level as soon as the exhaust comes to control's target and
//! is ended altogether where control's own self-test would be.
//!
//! Pure: time and day are arguments; nothing is allocated. What has to outlive the process is a [`CommissioningRecord`].

mod record;
pub mod sweep;

use points::command::Refusal;
use points::point::{commissioning, flow, power, temperature};
use points::setting::{Settings, TARGET};
use points::{Absent, Blower, CommissioningResult, CommissioningState, Date, Moment, Percent, Quantity};
use points::{Reading, Regime, Snapshot, Span};
use safety::{Verdict, Wish, is_calm, is_cool};
use sensors::estimate::commission::{Constant, Fit, FitError, Fitting};

use crate::control::FlowMap;
pub use record::{COMMISSIONING_RECORD_BYTES, CommissioningRecord};
use sweep::{Look, Sweep};

/// Power of the hosts over what the rack is rated for, between which a sweep makes sense: heat enough to see, and not so
/// much that the slow levels are over at once.
const LOAD: std::ops::RangeInclusive<f64> = 0.1..=0.6;
/// Jet's speed, percent, above which a rack with two blowers needs both; one alone never turns so fast.
const BOTH_NEEDED: f64 = 102.0;
/// Samples of the fit in one tick: some fifty microseconds of a 2-core VM.
const PORTION: usize = 4;
/// The points are written so often.
const SHOW: Span = Span::s(1);

/// What a run sees beside the picture.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The verdict of this tick.
    pub verdict: &'a Verdict,
    /// What control's wish was made by.
    pub regime: Regime,
    /// The drive in force.
    pub drive: Percent,
    /// Speed by the tachometer, percent of full.
    pub speed_percent: Option<f64>,
    /// Power of the hosts that the rack is rated for, W.
    pub rated_w: f64,
    /// How many blowers there are. Two are equal: one of them is swept, and the other stands by.
    pub blowers: usize,
    /// Day and minute of it by the wall clock (UTC).
    pub wall: Option<(Date, u16)>,
    /// Settings in force.
    pub settings: &'a Settings,
}

/// A fit and when it was made, seconds since 1970; 0 where no wall clock was set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fitted {
    pub fit: Fit,
    pub at_s: u64,
}

/// How the last run ended, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Last {
    pub result: CommissioningResult,
    pub at_s: u64,
}

/// Commissioning and its memory.
#[derive(Clone, Debug)]
pub struct Commissioning {
    state: CommissioningState,
    sweep: Sweep,
    fitting: Option<Fitting>,
    /// Portions of the fit that are done, for the progress.
    portions: f64,
    fitted: Option<Fitted>,
    last: Option<Last>,
    shown: Moment,
    changes: u32,
    /// Counts the fits, the one that a start finds included.
    fits: u32,
}

impl Commissioning {
    /// Goes on from what a start finds.
    pub fn new(found: Option<&CommissioningRecord>) -> Self {
        Commissioning {
            state: CommissioningState::Idle,
            sweep: Sweep::begin(Moment::ZERO, Percent::of(0.0)),
            fitting: None,
            portions: 0.0,
            fitted: found.and_then(|record| record.fitted),
            last: found.and_then(|record| record.last),
            shown: Moment::ZERO,
            changes: 0,
            fits: u32::from(found.is_some_and(|record| record.fitted.is_some())),
        }
    }

    /// The constants in force: the fit's, or the plan's.
    pub fn fit(&self) -> Fit {
        self.fitted.map_or(Fit::PLAN, |fitted| fitted.fit)
    }

    /// What must outlive the process.
    pub const fn record(&self) -> CommissioningRecord {
        CommissioningRecord {
            fitted: self.fitted,
            last: self.last,
        }
    }

    /// Counts the moments at which that has changed.
    pub const fn changes(&self) -> u32 {
        self.changes
    }

    /// Counts the fits: another number is another fit.
    pub const fn fits(&self) -> u32 {
        self.fits
    }

    /// Whether one goes on.
    pub fn runs(&self) -> bool {
        self.state != CommissioningState::Idle
    }

    /// A person wants one now.
    ///
    /// # Errors
    /// What stands against it.
    pub fn want(&mut self, now: Moment, seen: &Seen<'_>, picture: &Snapshot) -> Result<(), Refusal> {
        if self.runs() {
            return Err(Refusal::CommissioningRuns);
        }
        if let Some(why) = against(seen) {
            return Err(why);
        }
        let Some(look) = look(seen, picture) else {
            return Err(Refusal::NotAutomatic);
        };
        // Beyond one blower's full speed both are needed, and one is what is swept.
        if !LOAD.contains(&(look.power_w / seen.rated_w.max(1.0))) || look.speed_percent > BOTH_NEEDED {
            return Err(Refusal::LoadUnfit);
        }
        self.sweep = Sweep::begin(now, seen.drive);
        self.state = CommissioningState::Sweeping;
        self.shown = Moment::ZERO;
        Ok(())
    }

    /// A person gives the fan back to control.
    pub fn end(&mut self, wall: Option<(Date, u16)>) {
        if self.runs() {
            self.ended(wall, CommissioningResult::Aborted);
        }
    }

    /// One tick: the wish that goes on to safety's bounds. New constants are told by [`Self::fits`].
    pub fn step(&mut self, now: Moment, seen: &Seen<'_>, wish: Wish, picture: &Snapshot) -> Wish {
        match self.state {
            CommissioningState::Idle => wish,
            CommissioningState::Sweeping => self.go_on(now, seen, wish, picture),
            CommissioningState::Fitting => {
                self.fit_on(seen.wall);
                wish
            }
        }
    }

    fn go_on(&mut self, now: Moment, seen: &Seen<'_>, wish: Wish, picture: &Snapshot) -> Wish {
        let (None, Some(look)) = (against(seen), look(seen, picture)) else {
            self.ended(seen.wall, CommissioningResult::Aborted);
            return wish;
        };
        if let Some(drive) = self.sweep.step(now, &look, seen.settings.get(TARGET)) {
            let alone = seen.blowers > 1 && !self.sweep.is_before();
            return Wish {
                drive,
                rests: alone.then_some(Blower::B),
                ..wish
            };
        }
        match Fitting::new(self.sweep.record()) {
            Ok(fitting) => {
                (self.fitting, self.portions) = (Some(fitting), 0.0);
                self.state = CommissioningState::Fitting;
            }
            Err(why) => self.ended(seen.wall, result(&why)),
        }
        wish
    }

    fn fit_on(&mut self, wall: Option<(Date, u16)>) {
        let Some(fitting) = &mut self.fitting else {
            self.ended(wall, CommissioningResult::Aborted);
            return;
        };
        self.portions += 1.0;
        match fitting.work(self.sweep.record(), PORTION) {
            Ok(None) => {}
            Ok(Some(fit)) => {
                let at_s = seconds(wall);
                self.fitted = Some(Fitted { fit, at_s });
                self.fits = self.fits.wrapping_add(1);
                self.ended(wall, CommissioningResult::Fitted);
            }
            Err(why) => self.ended(wall, result(&why)),
        }
    }

    fn ended(&mut self, wall: Option<(Date, u16)>, result: CommissioningResult) {
        self.state = CommissioningState::Idle;
        self.fitting = None;
        self.last = Some(Last {
            result,
            at_s: seconds(wall),
        });
        self.changes = self.changes.wrapping_add(1);
        self.shown = Moment::ZERO;
    }

    fn progress(&self, now: Moment) -> f64 {
        match self.state {
            CommissioningState::Idle => 0.0,
            CommissioningState::Sweeping => 100.0 * self.sweep.done(now),
            CommissioningState::Fitting => {
                #[expect(clippy::cast_precision_loss, reason = "hundreds")]
                let whole = (Fitting::PASSES_ALL as usize * self.sweep.record().samples().len()) as f64;
                #[expect(clippy::cast_precision_loss, reason = "four")]
                let done = self.portions * PORTION as f64;
                (100.0 * done / whole.max(1.0)).min(100.0)
            }
        }
    }

    /// Writes what it knows into the picture.
    pub fn show(&mut self, now: Moment, picture: &mut Snapshot) {
        if self.shown != Moment::ZERO && now.since(self.shown) < SHOW {
            return;
        }
        self.shown = now;
        picture.put(commissioning::STATE, Reading::good(self.state, now));
        put(picture, commissioning::PROGRESS, now, Some(self.progress(now)));
        let result = self.last.map_or(CommissioningResult::None, |last| last.result);
        picture.put(commissioning::RESULT, Reading::good(result, now));
        let unix = |at_s: u64| (at_s > 0).then(|| f64::from(u32::try_from(at_s).unwrap_or(u32::MAX - 1)));
        put(
            picture,
            commissioning::LAST,
            now,
            self.last.and_then(|last| unix(last.at_s)),
        );
        put(
            picture,
            commissioning::FITTED,
            now,
            self.fitted.and_then(|fitted| unix(fitted.at_s)),
        );
        let fit = self.fitted.map(|fitted| fitted.fit);
        put(
            picture,
            commissioning::RESIDUAL,
            now,
            fit.map(|fit| fit.residual_k),
        );
        let percent = |of: fn(&Fit) -> f64| fit.map(|fit| 100.0 * of(&fit));
        put(picture, commissioning::FLOW, now, percent(|fit| fit.flow));
        put(picture, commissioning::CHIPS, now, percent(|fit| fit.chips_w));
        put(
            picture,
            commissioning::CHIPS_CAPACITY,
            now,
            percent(|fit| fit.chips_j),
        );
        put(
            picture,
            commissioning::CHASSIS_CAPACITY,
            now,
            percent(|fit| fit.chassis_j),
        );
        put(picture, commissioning::DRAFT, now, percent(draft_share));
    }
}

/// Suction of the clean rack at full speed over the plan's.
fn draft_share(fit: &Fit) -> f64 {
    let full = FlowMap::planned(100.0);
    FlowMap::fitted(fit).drop_pa(full) / FlowMap::default().drop_pa(full)
}

/// Seconds since 1970; 0 without a wall clock.
fn seconds(wall: Option<(Date, u16)>) -> u64 {
    wall.map_or(0, |(day, minute)| {
        86_400 * u64::from(day.days()) + 60 * u64::from(minute)
    })
}

/// What stands against a run: what stands against every act that takes the fan out of control's hands.
fn against(seen: &Seen<'_>) -> Option<Refusal> {
    if seen.regime != Regime::Normal {
        Some(Refusal::NotAutomatic)
    } else if !is_calm(seen.verdict) {
        Some(Refusal::CauseStands)
    } else if !is_cool(seen.verdict, seen.settings) {
        Some(Refusal::TooWarm)
    } else {
        None
    }
}

/// A look, where everything that it needs is read.
fn look(seen: &Seen<'_>, picture: &Snapshot) -> Option<Look> {
    Some(Look {
        exhaust_c: seen.verdict.vote.value.number()?,
        room_c: picture.get(temperature::ROOM).number()?,
        power_w: picture.get(power::IT_POWER).number()?,
        speed_percent: seen.speed_percent?,
        draft_pa: picture.get(flow::RACK_DRAFT).number()?,
    })
}

/// The result that says why.
const fn result(why: &FitError) -> CommissioningResult {
    match why {
        FitError::Short(_) => CommissioningResult::Short,
        FitError::Narrow(_) => CommissioningResult::Narrow,
        FitError::Cold(_) => CommissioningResult::Cold,
        FitError::Swapped => CommissioningResult::Swapped,
        FitError::Draft => CommissioningResult::Draft,
        FitError::Unexplained(_) => CommissioningResult::Unexplained,
        FitError::Off { constant, .. } => match constant {
            Constant::Flow | Constant::Walls => CommissioningResult::OffFlow,
            Constant::ChipsConductance
            | Constant::ChipsCapacity
            | Constant::ChassisCapacity
            | Constant::ChassisConductance => CommissioningResult::OffHeat,
        },
    }
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
