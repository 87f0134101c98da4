//! What safety judges: readings that the sensors' judges have already passed, debounced and ranged.

use points::{
    Absent, Ampere, Celsius, Flag, LoopState, Moment, Pascal, Percent, Quantity, Ratio, Reading, Rpm, Span,
    Watt,
};

/// Exhaust probes that vote.
pub const PROBES: usize = 3;
/// Extinguisher units, smoke channels and filters.
pub const UNITS: usize = 2;
/// A value older than this counts for nothing, whatever judged it before (belt and braces: readings go stale
/// after 2 s already).
pub const READING_AGE_MAX: Span = Span::s(5);

/// One voted exhaust probe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probe {
    /// Its temperature. `OverRange` counts as hot (H08); `LostHot` is heat evidence and never part of all-blind (D3).
    pub reading: Reading<Celsius>,
    /// The bus it hangs on: two evidence classes on one bus are not independent (D3).
    pub bus: u8,
    /// It rises faster than 8.3 K/min, sustained.
    pub rising: bool,
}

/// What is known of the blower.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FanInputs {
    /// Tachometer; 0 when it stands. `UnderRange` is the chip's word for "slower than I can count".
    pub speed: Reading<Rpm>,
    /// Supply current.
    pub current: Reading<Ampere>,
    /// Drive read back from the chip. Carried for the record; the command is what is judged.
    pub drive: Reading<Percent>,
    /// Current that the commissioned curve gives at this drive, where there is one.
    pub expected_current: Option<Ampere>,
}

/// Everything one evaluation sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inputs {
    /// Voted exhaust probes.
    pub exhaust: [Probe; PROBES],
    /// Smoke detector channels; both are one evidence class (D3).
    pub smoke: [Reading<LoopState>; UNITS],
    /// Bus of the converter that reads the smoke loops.
    pub smoke_bus: u8,
    /// Break-wires of the extinguisher units.
    pub break_wire: [Reading<LoopState>; UNITS],
    /// Extinguisher units fully home.
    pub extinguisher_home: [Reading<Flag>; UNITS],
    /// Manual fire button pressed.
    pub manual_fire: Reading<Flag>,
    /// Emergency power-off stands, by its second contact.
    pub emergency_off: Reading<Flag>,
    /// Thermal cut-out open.
    pub cut_out_open: Reading<Flag>,
    /// Door open.
    pub door_open: Reading<Flag>,
    /// Mains present.
    pub mains_present: Reading<Flag>,
    /// Key switch turned.
    pub key_switch: Reading<Flag>,
    /// Seal broken.
    pub seal_broken: Reading<Flag>,
    /// The blower's isolator is open.
    pub isolator_open: Reading<Flag>,
    /// Auxiliary contact of the bistable fan contact: it stands open.
    pub contact_open: Reading<Flag>,
    /// The blower.
    pub fan: FanInputs,
    /// Rack inside minus room; below zero while the jet entrains.
    pub draft: Reading<Pascal>,
    /// Power of the hosts.
    pub it_power: Reading<Watt>,
    /// Filter resistance over clean, 1 = clean.
    pub filter_resistance: [Reading<Ratio>; UNITS],
    /// Read-back of the power-cut line: the trip stands.
    pub power_cut_stands: Reading<Flag>,
    /// The front answers.
    pub front_alive: bool,
    /// The watchdog ended the last run, and nobody has acknowledged it yet.
    pub watchdog_acted: bool,
    /// A bistable contact is fitted in the blower's supply.
    pub contact_fitted: bool,
}

impl Inputs {
    /// Nothing has been read yet: every reading is absent, `Starting`, since `now`.
    pub const fn starting(now: Moment) -> Inputs {
        const fn none<Q: Quantity>(now: Moment) -> Reading<Q> {
            Reading::absent(Absent::Starting, now)
        }
        let probe = Probe {
            reading: none(now),
            bus: 0,
            rising: false,
        };
        Inputs {
            exhaust: [probe; PROBES],
            smoke: [none(now); UNITS],
            smoke_bus: u8::MAX,
            break_wire: [none(now); UNITS],
            extinguisher_home: [none(now); UNITS],
            manual_fire: none(now),
            emergency_off: none(now),
            cut_out_open: none(now),
            door_open: none(now),
            mains_present: none(now),
            key_switch: none(now),
            seal_broken: none(now),
            isolator_open: none(now),
            contact_open: none(now),
            fan: FanInputs {
                speed: none(now),
                current: none(now),
                drive: none(now),
                expected_current: None,
            },
            draft: none(now),
            it_power: none(now),
            filter_resistance: [none(now); UNITS],
            power_cut_stands: none(now),
            front_alive: true,
            watchdog_acted: false,
            contact_fitted: true,
        }
    }

    /// The same, with every value older than [`READING_AGE_MAX`] turned into `Stale` (I15).
    pub(crate) fn fresh(&self, now: Moment) -> Inputs {
        fn keep<Q: Quantity>(reading: Reading<Q>, now: Moment) -> Reading<Q> {
            reading.within(READING_AGE_MAX, now)
        }
        Inputs {
            exhaust: self.exhaust.map(|probe| Probe {
                reading: keep(probe.reading, now),
                ..probe
            }),
            smoke: self.smoke.map(|reading| keep(reading, now)),
            smoke_bus: self.smoke_bus,
            break_wire: self.break_wire.map(|reading| keep(reading, now)),
            extinguisher_home: self.extinguisher_home.map(|reading| keep(reading, now)),
            manual_fire: keep(self.manual_fire, now),
            emergency_off: keep(self.emergency_off, now),
            cut_out_open: keep(self.cut_out_open, now),
            door_open: keep(self.door_open, now),
            mains_present: keep(self.mains_present, now),
            key_switch: keep(self.key_switch, now),
            seal_broken: keep(self.seal_broken, now),
            isolator_open: keep(self.isolator_open, now),
            contact_open: keep(self.contact_open, now),
            fan: FanInputs {
                speed: keep(self.fan.speed, now),
                current: keep(self.fan.current, now),
                drive: keep(self.fan.drive, now),
                expected_current: self.fan.expected_current,
            },
            draft: keep(self.draft, now),
            it_power: keep(self.it_power, now),
            filter_resistance: self.filter_resistance.map(|reading| keep(reading, now)),
            power_cut_stands: keep(self.power_cut_stands, now),
            front_alive: self.front_alive,
            watchdog_acted: self.watchdog_acted,
            contact_fitted: self.contact_fitted,
        }
    }
}

/// The contact is known to stand as named.
pub(crate) fn is_set(reading: &Reading<Flag>) -> bool {
    matches!(reading.value, Ok(Flag::Set))
}

/// The contact is known not to stand as named, or the site has none. An unknown contact never counts as normal.
pub(crate) fn is_healthy(reading: &Reading<Flag>) -> bool {
    matches!(reading.value, Ok(Flag::Clear) | Err(Absent::NotFitted))
}

/// The loop cannot say whether there is an alarm. A loop that the site does not have is not faulty, and one that
/// has not been read yet is not faulty either while `in_grace` lasts: no restart raises fire (D3).
pub(crate) fn is_faulty(reading: &Reading<LoopState>, in_grace: bool) -> bool {
    match reading.value {
        Ok(LoopState::Normal | LoopState::Alarm) | Err(Absent::NotFitted) => false,
        Ok(LoopState::Open | LoopState::Short | LoopState::Between) => true,
        Err(reason) => !(in_grace && reason == Absent::Starting),
    }
}
