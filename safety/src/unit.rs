//! What an extinguisher unit has been through: which one hangs there, how old it is, how long it was in heat and damp
//! air, whether it has fired.
//!
//! ```text
//!           break-wire says fired                  date or exposure is over
//!   good ------------------------> fired    good -----------------------> expired
//!     ^                              |        ^                               |
//!     +-- another unit is entered ---+        +---- another unit is entered --+    (or the date was wrong)
//!   record cannot be read: unknown -- units are inspected and entered --> good
//! ```
//! Beside the latches, and apart from them: nothing here stops or starts anything. It makes a unit `Expired`, `Fired` or
//! `Suspect` that its two signals would call armed (C14), and so keeps a fire from being reset over an empty unit.
//! Nothing here makes a unit act: they are passive (D3, I06).
//!
//! *Exposure.* Red phosphorus oxidises in warm damp air, so hours above a temperature at the unit and hours above a
//! relative humidity under the ceiling are counted. A sensor that is fitted and cannot be read counts as too hot or too
//! damp: unknown is never normal (I15). One that is not fitted counts nothing. The figures are settings; no public source
//! gives them for such units, so the maker's data sheet rules.
//!
//! *Age.* Counted by the wall clock as far as that is believed ([`crate::calendar`]). While it is not, a unit neither
//! expires nor un-expires by its date; its days left are not told.

use points::alarm::{Alarm, AlarmSet};
use points::command::Refusal;
use points::setting::{SHELF_LIFE, Settings, UNIT_DAMP, UNIT_DAMP_HOURS, UNIT_HOT, UNIT_HOT_HOURS};
use points::unit::{Serial, Side, UnitMemory};
use points::{Absent, Celsius, Date, Day, Flag, LoopState, Moment, Percent, Quantity, Reading, Span};

use crate::calendar::Calendar;
use crate::input::{Inputs, UNITS};
use crate::timer::Held;
use crate::unit_record::{SPENT, UnitRecord};

/// A unit that hangs nowhere for so long was taken out; a contact bounces for less.
const TAKEN_OUT: Span = Span::s(1);
/// A reading that is missing after a start counts nothing for so long.
const GRACE: Span = Span::s(60);
/// A unit that expired by its date is taken back only where it is so many days younger: a change of zone moves one.
const YOUNGER: u32 = 3;
/// Days before the end at which it is told.
pub const SOON_DAYS: u32 = 30;
/// Exposure in percent of what is borne at which it is told.
pub const SOON_EXPOSURE: f64 = 90.0;
const HOUR: Span = Span::s(3_600);

/// What a unit's memory says of it, beside its signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Life {
    /// Nothing against it.
    #[default]
    Good,
    /// Past its date or exposure.
    Expired,
    /// Its record cannot be read.
    Unknown,
    /// It has fired, whatever its wire says now.
    Fired,
}

/// Air around the units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Climate {
    /// At each unit.
    pub temperature: [Reading<Celsius>; UNITS],
    /// Under the ceiling.
    pub humidity: Reading<Percent>,
}

/// One unit as it is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub memory: UnitMemory,
    /// Time in heat.
    pub hot: Span,
    /// Time in damp air.
    pub damp: Span,
}

impl Unit {
    pub const UNKNOWN: Unit = Unit {
        memory: UnitMemory::UNKNOWN,
        hot: Span::ZERO,
        damp: Span::ZERO,
    };

    fn life(&self) -> Life {
        let memory = &self.memory;
        if memory.fired {
            Life::Fired
        } else if !memory.known {
            Life::Unknown
        } else if memory.expired {
            Life::Expired
        } else {
            Life::Good
        }
    }

    /// Exposure in percent of what a unit bears.
    fn exposure(&self, settings: &Settings) -> f64 {
        let share = |time: Span, hours: f64| 100.0 * time.as_s() / HOUR.as_s() / hours;
        share(self.hot, settings.get(UNIT_HOT_HOURS)).max(share(self.damp, settings.get(UNIT_DAMP_HOURS)))
    }

    /// Days of its shelf life that are left.
    fn days_left(&self, today: Option<Date>, settings: &Settings) -> Option<u32> {
        let end = self.memory.installed?.after(shelf_life(settings));
        Some(end.since(today?))
    }

    fn judge(&mut self, today: Option<Date>, settings: &Settings) {
        let worn = self.exposure(settings) >= 100.0;
        let by_date = match (self.memory.installed, today) {
            (Some(installed), Some(today)) => {
                let (age, life) = (today.since(installed), shelf_life(settings));
                age >= life || (self.memory.expired && age.saturating_add(YOUNGER) >= life)
            }
            (None, _) => false,
            (Some(_), None) => self.memory.expired,
        };
        self.memory.expired = worn || by_date;
    }
}

/// The shelf life in days; its span in the table keeps it small and positive.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the setting's span is 180 to 3650"
)]
fn shelf_life(settings: &Settings) -> u32 {
    settings.get(SHELF_LIFE) as u32
}

/// What was entered by a person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NewUnit {
    /// The holder.
    pub unit: Side,
    /// Serial number.
    pub serial: Serial,
    /// The day from which its shelf life counts; today where none is given.
    pub installed: Option<Date>,
    /// The inspection list has been gone through.
    pub inspected: bool,
}

/// Both units. Copied freely; holds no resource.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Units {
    units: [Unit; UNITS],
    spent: [Serial; SPENT],
    calendar: Calendar,
    out: [Held; UNITS],
    fitted: [bool; UNITS],
    born: Moment,
    aged: Option<Moment>,
    conditions: AlarmSet,
}

impl Units {
    /// Goes on from what a start finds; nothing where no record can be read.
    pub fn new(found: Option<&UnitRecord>, now: Moment) -> Self {
        let (units, spent, last) = match found {
            Some(record) => (record.units, record.spent, record.day),
            None => ([Unit::UNKNOWN; UNITS], [Serial::EMPTY; SPENT], None),
        };
        Units {
            units,
            spent,
            calendar: Calendar::new(last),
            out: [Held::default(); UNITS],
            fitted: [true; UNITS],
            born: now,
            aged: None,
            conditions: AlarmSet::EMPTY,
        }
    }

    /// What must outlive the process. Compare with the last one to notice a change; time counts in whole hours there, so
    /// that a disk is written once an hour.
    pub fn record(&self) -> UnitRecord {
        let hours = |span: Span| Span(span.as_us() - span.as_us() % HOUR.as_us());
        UnitRecord {
            units: self.units.map(|unit| Unit {
                hot: hours(unit.hot),
                damp: hours(unit.damp),
                ..unit
            }),
            spent: self.spent,
            day: self.calendar.last(),
        }
    }

    /// Looks at the signals, in every tick. Whether anything that is remembered has changed.
    pub fn watch(&mut self, now: Moment, inputs: &Inputs) -> bool {
        let mut changed = false;
        for (place, unit) in self.units.iter_mut().enumerate() {
            let (home, wire) = (
                inputs.extinguisher_home[place].value,
                inputs.break_wire[place].value,
            );
            self.fitted[place] = home != Err(Absent::NotFitted) || wire != Err(Absent::NotFitted);
            let memory = &mut unit.memory;
            if wire == Ok(LoopState::Alarm) && !memory.fired {
                memory.fired = true;
                changed = true;
            }
            let out = home == Ok(Flag::Clear) && wire == Ok(LoopState::Open);
            if self.out[place].stood(now, out, TAKEN_OUT) && !memory.removed {
                memory.removed = true;
                changed = true;
            }
        }
        changed
    }

    /// Lets time pass: wall clock and air. To be called every few seconds.
    pub fn age(&mut self, now: Moment, wall: Option<Date>, air: &Climate, settings: &Settings) {
        self.calendar.take(now, wall);
        let passed = self.aged.map_or(Span::ZERO, |aged| now.since(aged));
        self.aged = Some(now);
        let in_grace = now.since(self.born) < GRACE;
        let damp = counts(&air.humidity, settings.get(UNIT_DAMP), in_grace);
        for (place, unit) in self.units.iter_mut().enumerate() {
            if counts(&air.temperature[place], settings.get(UNIT_HOT), in_grace) {
                unit.hot = unit.hot + passed;
            }
            if damp {
                unit.damp = unit.damp + passed;
            }
            unit.judge(self.calendar.today(), settings);
        }
        self.tell(settings);
    }

    /// A person has looked at the wall clock, and it is right.
    pub fn confirm_date(&mut self, now: Moment, settings: &Settings) {
        self.calendar.confirm(now);
        for unit in &mut self.units {
            unit.judge(self.calendar.today(), settings);
        }
        self.tell(settings);
    }

    /// A person enters the unit that hangs in a holder now.
    ///
    /// # Errors
    /// With the first that speaks against it; nothing is changed then.
    pub fn replace(&mut self, new: &NewUnit, inputs: &Inputs, settings: &Settings) -> Result<(), Refusal> {
        let unless = |met: bool, refusal| if met { Ok(()) } else { Err(refusal) };
        let place = new.unit.index();
        let old = self.units[place];
        unless(!new.serial.is_empty(), Refusal::Unsigned)?;
        let here = self.units.iter().map(|unit| unit.memory.serial);
        let used = here.chain(self.spent).any(|serial| serial == new.serial);
        unless(!used, Refusal::SerialUsed)?;
        let today = self.calendar.today();
        let installed = new.installed.or(today).ok_or(Refusal::DateUnknown)?;
        let fits =
            today.is_none_or(|today| installed <= today && today.since(installed) < shelf_life(settings));
        unless(fits, Refusal::DateWrong)?;
        // A holder of which nothing is known may hold a good unit: that one is entered where it hangs.
        let first = old.memory.serial.is_empty() && !old.memory.fired;
        unless(first || old.memory.removed, Refusal::UnitNotRemoved)?;
        let home = inputs.extinguisher_home[place].value == Ok(Flag::Set);
        let whole = inputs.break_wire[place].value == Ok(LoopState::Normal);
        unless(home && whole, Refusal::UnitNotHome)?;
        let plain = old.memory.known && !old.memory.fired;
        unless(plain || new.inspected, Refusal::NotInspected)?;
        if !old.memory.serial.is_empty() {
            self.spent.rotate_right(1);
            self.spent[0] = old.memory.serial;
        }
        self.units[place] = Unit {
            memory: UnitMemory {
                known: true,
                serial: new.serial,
                installed: Some(installed),
                ..UnitMemory::UNKNOWN
            },
            ..Unit::UNKNOWN
        };
        self.tell(settings);
        Ok(())
    }

    /// What each unit's memory says of it.
    pub fn life(&self) -> [Life; UNITS] {
        self.units.map(|unit| unit.life())
    }

    /// What is remembered of each, as it is shown.
    pub fn memory(&self) -> [UnitMemory; UNITS] {
        self.units.map(|unit| unit.memory)
    }

    /// Days left of each, and exposure in percent; why there are none where there are none.
    pub fn figures(&self, settings: &Settings) -> [(Result<Day, Absent>, Result<Percent, Absent>); UNITS] {
        let (day, share) = (<Day as Quantity>::new, <Percent as Quantity>::new);
        let mut figures = [(Err(Absent::NotFitted), Err(Absent::NotFitted)); UNITS];
        for (place, figure) in figures.iter_mut().enumerate() {
            let unit = &self.units[place];
            if self.fitted[place] {
                let left = unit.days_left(self.calendar.today(), settings);
                let known = unit.memory.known.then(|| unit.exposure(settings));
                *figure = (
                    left.and_then(|days| day(f64::from(days)))
                        .ok_or(Absent::Suspended),
                    known.and_then(share).ok_or(Absent::Suspended),
                );
            }
        }
        figures
    }

    /// Conditions of alarms, as of the last look at time or a unit entered.
    pub fn conditions(&self) -> AlarmSet {
        self.conditions
    }

    fn tell(&mut self, settings: &Settings) {
        let mut conditions = AlarmSet::EMPTY;
        let today = self.calendar.today();
        let fitted = || {
            (0..UNITS)
                .filter(|place| self.fitted[*place])
                .map(|place| &self.units[place])
        };
        let soon = |unit: &Unit| {
            let days = unit.days_left(today, settings);
            !unit.memory.expired
                && (days.is_some_and(|days| days <= SOON_DAYS) || unit.exposure(settings) >= SOON_EXPOSURE)
        };
        conditions.put(Alarm::UnitUnknown, fitted().any(|unit| !unit.memory.known));
        conditions.put(Alarm::UnitExpired, fitted().any(|unit| unit.memory.expired));
        conditions.put(Alarm::UnitExpiring, fitted().any(soon));
        conditions.put(Alarm::DateDoubted, fitted().next().is_some() && today.is_none());
        self.conditions = conditions;
    }
}

/// Whether time counts: above the limit, or nobody can say.
fn counts<Q: Quantity>(reading: &Reading<Q>, above: f64, in_grace: bool) -> bool {
    match reading.value {
        Ok(value) => value.get() > above,
        Err(Absent::NotFitted) => false,
        Err(_) => !in_grace,
    }
}
