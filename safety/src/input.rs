//! What safety judges: readings that the sensors' judges have already passed, debounced and ranged.

use points::{
    Absent, Ampere, Celsius, Flag, Kelvin, LoopState, Moment, Pascal, Percent, Quantity, Ratio, Reading, Rpm,
    Span, Watt,
};

use crate::pair::BlowerInputs;
use crate::time_left::{Caps, Foreseen, HostsTime};
use crate::unit::Life;

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

/// A set of buses by their numbers, 0 to 63; what hangs on none is in no set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BusSet(u64);

impl BusSet {
    /// None.
    pub const EMPTY: BusSet = BusSet(0);

    const fn bit(bus: u8) -> u64 {
        if bus < 64 { 1 << bus } else { 0 }
    }

    /// Adds a bus.
    pub const fn add(&mut self, bus: u8) {
        self.0 |= Self::bit(bus);
    }

    /// Whether the bus is one of them.
    pub const fn has(self, bus: u8) -> bool {
        self.0 & Self::bit(bus) != 0
    }
}

/// What the heat balance says (class Q of D3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeatInputs {
    /// More heat than anything explains has stood long enough to be a sign of fire. Absent while one of its readings
    /// cannot be trusted.
    pub unexplained: Reading<Flag>,
    /// Every bus that any of its readings comes by.
    pub buses: BusSet,
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
    /// Air under the ceiling: the witness of another place when the probes disagree (H11). No evidence of anything.
    pub ceiling: Reading<Celsius>,
    /// The heat balance.
    pub heat: HeatInputs,
    /// Smoke detector channels; both are one evidence class (D3).
    pub smoke: [Reading<LoopState>; UNITS],
    /// Bus of the converter that reads the smoke loops.
    pub smoke_bus: u8,
    /// Break-wires of the extinguisher units.
    pub break_wire: [Reading<LoopState>; UNITS],
    /// Extinguisher units fully home.
    pub extinguisher_home: [Reading<Flag>; UNITS],
    /// What is remembered of the extinguisher units.
    pub unit_life: [Life; UNITS],
    /// Manual fire button pressed.
    pub manual_fire: Reading<Flag>,
    /// Emergency power-off stands, by its second contact.
    pub emergency_off: Reading<Flag>,
    /// Thermal cut-out open.
    pub cut_out_open: Reading<Flag>,
    /// Door open. `Disagrees`: its contact says closed and the air says otherwise.
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
    /// The blower; where there are two both together: the faster one, the current of both.
    pub fan: FanInputs,
    /// Each of two blowers; none where there is one.
    pub pair: Option<[BlowerInputs; 2]>,
    /// Rack inside minus room; below zero while the jet entrains.
    pub draft: Reading<Pascal>,
    /// Power of the hosts.
    pub it_power: Reading<Watt>,
    /// Filter resistance over clean, 1 = clean.
    pub filter_resistance: [Reading<Ratio>; UNITS],
    /// A filter is not in its slot, by its contact or by the air.
    pub filter_missing: bool,
    /// A filter is out of its slot, left and right, by its contact.
    pub filter_out: [bool; UNITS],
    /// The coldest surface in the rack above the dew point of the room's air.
    pub dew_point_margin: Reading<Kelvin>,
    /// Read-back of the power-cut line: the trip stands.
    pub power_cut_stands: Reading<Flag>,
    /// The front answers.
    pub front_alive: bool,
    /// A host is not proven down at its tier's deadline.
    pub host_not_down: bool,
    /// What the hosts' plan and the model say of time.
    pub hosts: HostsTime,
    /// Every host of the site is proven off, each by its power as the core itself reads it and by something else, and nobody
    /// else is logged in: the cut of their power need not wait for its deadline.
    pub hosts_proven_down: bool,
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
            ceiling: none(now),
            heat: HeatInputs {
                unexplained: none(now),
                buses: BusSet::EMPTY,
            },
            smoke: [none(now); UNITS],
            smoke_bus: u8::MAX,
            break_wire: [none(now); UNITS],
            extinguisher_home: [none(now); UNITS],
            unit_life: [Life::Good; UNITS],
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
            pair: None,
            draft: none(now),
            it_power: none(now),
            filter_resistance: [none(now); UNITS],
            filter_missing: false,
            filter_out: [false; UNITS],
            dew_point_margin: none(now),
            power_cut_stands: none(now),
            front_alive: true,
            host_not_down: false,
            hosts: HostsTime {
                lead: None,
                foreseen: Foreseen::Silent,
                asked: false,
                caps: Caps::Unable,
            },
            hosts_proven_down: false,
            watchdog_acted: false,
            contact_fitted: true,
        }
    }

    /// Turns every value older than [`READING_AGE_MAX`] into `Stale` (I15).
    pub(crate) fn age(&mut self, now: Moment) {
        fn age<Q: Quantity>(reading: &mut Reading<Q>, now: Moment) {
            *reading = reading.within(READING_AGE_MAX, now);
        }
        // Every field by name: one that is added is not forgotten here.
        let Inputs {
            exhaust,
            ceiling,
            heat,
            smoke,
            smoke_bus: _,
            break_wire,
            extinguisher_home,
            unit_life: _,
            manual_fire,
            emergency_off,
            cut_out_open,
            door_open,
            mains_present,
            key_switch,
            seal_broken,
            isolator_open,
            contact_open,
            fan,
            pair,
            draft,
            it_power,
            filter_resistance,
            filter_missing: _,
            filter_out: _,
            dew_point_margin,
            power_cut_stands,
            front_alive: _,
            host_not_down: _,
            hosts: _,
            hosts_proven_down: _,
            watchdog_acted: _,
            contact_fitted: _,
        } = self;
        let FanInputs {
            speed,
            current,
            drive,
            expected_current: _,
        } = fan;
        let HeatInputs {
            unexplained,
            buses: _,
        } = heat;
        for BlowerInputs {
            speed,
            current,
            isolated,
        } in pair.iter_mut().flatten()
        {
            age(speed, now);
            age(current, now);
            age(isolated, now);
        }
        for probe in exhaust {
            age(&mut probe.reading, now);
        }
        for reading in smoke.iter_mut().chain(break_wire) {
            age(reading, now);
        }
        for contact in [
            unexplained,
            manual_fire,
            emergency_off,
            cut_out_open,
            door_open,
            mains_present,
            key_switch,
            seal_broken,
            isolator_open,
            contact_open,
            power_cut_stands,
        ]
        .into_iter()
        .chain(extinguisher_home)
        {
            age(contact, now);
        }
        for resistance in filter_resistance {
            age(resistance, now);
        }
        age(dew_point_margin, now);
        age(ceiling, now);
        age(speed, now);
        age(current, now);
        age(drive, now);
        age(draft, now);
        age(it_power, now);
    }
}

/// The contact is known to stand as named.
pub(crate) fn is_set(reading: &Reading<Flag>) -> bool {
    matches!(reading.value, Ok(Flag::Set))
}

/// The contact is known to stand as named, or what it says is not believed: a door that the air says is open is treated as
/// open (H07, D12).
pub(crate) fn is_set_or_doubted(reading: &Reading<Flag>) -> bool {
    matches!(reading.value, Ok(Flag::Set) | Err(Absent::Disagrees))
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
