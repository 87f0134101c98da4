//! Which chip hangs where, and how physics becomes the volts and degrees a chip sees.
//!
//! Three buses at 400 kHz: `air` (a multiplexer at 0x70 with room, ceiling, inlets, extinguishers, walls and boards;
//! exhaust A, draft and suction before it), `fire` (loops, exhaust B, left filter,
//! contact expander) and `fan` (fan controller, supply monitor,
//! feeds, exhaust C, right filter).

use super::fault::Kind;
use super::faulty::Faults;
use super::instrument::Instrument;
use super::level::{Cable, LoopLevel};
use super::lines::Input;
use super::wired::Wired;
use crate::chip::sdp8xx::Model;
use crate::chip::{
    Ads1115, Bus, BusError, BusFaults, Chip, ChipId, Emc2305, Ina226, Ina228, Mcp23017, Sdp8xx, Sht4x,
    Tca9548a, Tmp117,
};
use crate::plant::probe::stream_seed;
use crate::plant::{Probe, ProbeConfig, Truth};
use embedded_hal::i2c::Operation;

/// Names of the buses, in the order of their numbers.
pub const BUSES: [&str; 3] = ["air", "fire", "fan"];

const CLOCK_HZ: u32 = 400_000;
/// Supply of the loops and their pull-up: 3.3 V through 4.7 kOhm.
const LOOP_V: f64 = 3.3;
const PULL_UP_OHM: f64 = 4_700.0;
const END_OF_LINE_OHM: f64 = 4_700.0;
const ALARM_OHM: f64 = 9_400.0;
/// Power transducers: 4 to 20 mA for 0 to 10 kW a feed, over 100 Ohm.
const FEED_FULL_W: f64 = 10_000.0;
/// The blower's supply and how the monitor sees it: 48 V behind a divider by two, a shunt of 2 mOhm.
const SUPPLY_V: f64 = 48.0;
const DIVIDER: f64 = 2.0;
const SHUNT_OHM: f64 = 0.002;
/// Thermistors: 10 kOhm at 25 deg C, Beta 3950 K, pulled up to 3.3 V through 10 kOhm (11-chips, section 14).
const NTC_OHM: f64 = 10_000.0;
const NTC_BETA_K: f64 = 3_950.0;
const NTC_PULL_UP_OHM: f64 = 10_000.0;
const NTC_REFERENCE_V: f64 = 3.3;
/// Steps of the plant between two looks of the slow instruments: they measure once a second.
const SLOW_STEPS: u8 = 10;
/// How a wall's probe errs: glued to the steel, its noise is that of eight averages.
const WALL_PROBE: ProbeConfig = ProbeConfig {
    lag_s: 5.0,
    noise_sd: 0.01,
    noise_ratio: 0.0,
    offset: 0.0,
    drift_sd_per_root_hour: 0.0,
    drift_max: 0.0,
};

/// Contacts whose second pole goes to the expander, and the expander's line: 0 to 7 for A0 to A7, 8 to 15 for B0 to B7.
const SECOND_POLES: [(Input, u8); 13] = [
    (Input::Door, 0),
    (Input::FilterLeft, 1),
    (Input::FilterRight, 2),
    (Input::HomeLeft, 3),
    (Input::HomeRight, 4),
    (Input::Seal, 5),
    (Input::Leak, 6),
    (Input::Mains, 8),
    (Input::Key, 9),
    (Input::FireButton, 10),
    (Input::EmergencyOff, 11),
    (Input::CutOut, 12),
    (Input::Isolator, 13),
];
/// Lines of the expander that have a pole.
const POLES: u16 = 0x3F7F;

/// Probes of temperature and of pressure, in the order of the instruments.
const AIR_PROBES: usize = Instrument::Board8 as usize + 1;
const PRESSURE_PROBES: usize = 4;
const FIRST_PRESSURE: usize = Instrument::Draft as usize;

/// What the wires carry besides the plant's truth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Electric<'a> {
    /// Power of the hosts, W.
    pub(super) it_power_w: f64,
    /// The supply reaches the blowers.
    pub(super) energised: bool,
    /// Its voltage, ratio to nominal.
    pub(super) voltage: f64,
    /// Tachometers of the blowers that are fitted, rpm; none where the wire is cut.
    pub(super) tachs: &'a [Option<f64>],
}

#[derive(Clone, Debug)]
pub(super) struct Wiring {
    buses: [Bus; 3],
    /// The bus of each instrument and its place there; none where it hangs on no I2C bus.
    places: [Option<(usize, ChipId)>; Instrument::ALL.len()],
    air: Vec<Probe>,
    pressure: Vec<Probe>,
    wall: [Probe; 2],
    loops: [LoopLevel; 4],
    thermistors: [Cable; 2],
    steps: u8,
    /// What a crust of powder adds to each air probe's reading, K, and whether they carry one.
    crust_k: [f64; AIR_PROBES],
    soiled: bool,
    /// Levels of the contacts as the expander saw them last.
    contacts: Option<u64>,
    /// What hangs on no I2C bus.
    pub(super) wired: Wired,
    pub(super) faults: Faults,
}

impl Wiring {
    pub(super) fn new(seed: u64) -> Self {
        let mut buses = [Bus::new(CLOCK_HZ), Bus::new(CLOCK_HZ), Bus::new(CLOCK_HZ)];
        let places = std::array::from_fn(|place| mount(&mut buses, Instrument::ALL[place]));
        for bus in &mut buses {
            bus.power(0, true);
        }
        let probe = |config: ProbeConfig, kind: &str, place: usize| {
            Probe::new(config, seed, &format!("{kind}{place}"))
        };
        Wiring {
            buses,
            places,
            air: (0..AIR_PROBES)
                .map(|k| probe(ProbeConfig::air_temperature(), "air", k))
                .collect(),
            pressure: (0..PRESSURE_PROBES)
                .map(|k| probe(ProbeConfig::differential_pressure(), "pressure", k))
                .collect(),
            wall: [0, 1].map(|k| probe(WALL_PROBE, "wall", k)),
            loops: [LoopLevel::Normal; 4],
            thermistors: [Cable::Whole; 2],
            steps: 0,
            crust_k: std::array::from_fn(|place| crust_k(seed, place)),
            soiled: false,
            contacts: None,
            wired: Wired::new(seed),
            faults: Faults::new(seed),
        }
    }

    #[inline]
    pub(super) fn transfer(
        &mut self,
        now_us: u64,
        bus: usize,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), BusError> {
        self.buses
            .get_mut(bus)
            .ok_or(BusError::NackAddress)?
            .transfer(now_us, address, operations)
    }

    /// The fan chip has its supply.
    pub(super) fn fan_chip_powered(&self) -> bool {
        let chip = self.places[Instrument::Fan as usize].and_then(|(bus, id)| self.buses[bus].chip(id));
        matches!(chip, Some(Chip::Emc2305(fan)) if fan.powered())
    }

    fn chip(&mut self, instrument: Instrument) -> Option<&mut Chip> {
        let (bus, id) = self.places[instrument as usize]?;
        self.buses[bus].chip_mut(id)
    }

    /// Drive on a blower's control input, 0..1; pulled up to full while the fan chip has no power. Blower A is the
    /// chip's channel 1 (0 here), blower B channel 2.
    pub(super) fn drive(&mut self, now_us: u64, blower: usize) -> f64 {
        if let Some(drive) = self.faults.drive_held()
            && blower == 0
        {
            return drive;
        }
        match self.chip(Instrument::Fan) {
            Some(Chip::Emc2305(fan)) if fan.powered() => fan.drive(blower, now_us),
            _ => 1.0,
        }
    }

    /// Lets every probe and chip see the plant.
    pub(super) fn feed(&mut self, now_us: u64, dt_s: f64, truth: &Truth, electric: &Electric<'_>) {
        self.feed_air(now_us, dt_s, truth);
        self.wired
            .feed(now_us, dt_s, truth, electric.it_power_w, &mut self.faults);
        // The first look is at the start, before any time has passed.
        if self.steps == 0 {
            self.feed_walls(now_us, dt_s * f64::from(SLOW_STEPS), truth);
        }
        self.steps = (self.steps + 1) % SLOW_STEPS;
        let pressures = [
            truth.draft_pa,
            truth.suction_chamber_pa,
            truth.filter_left_pa,
            truth.filter_right_pa,
        ];
        for place in 0..PRESSURE_PROBES {
            let instrument = FIRST_PRESSURE + place;
            let there = self.faults.place(instrument) - FIRST_PRESSURE;
            let seen = self.pressure[place].step(dt_s, pressures[there]);
            let seen = self.faults.shown(instrument, now_us, seen);
            if let Some(Chip::Sdp8xx(chip)) = self.chip(Instrument::ALL[instrument]) {
                chip.set(now_us, seen, truth.room_c);
            }
        }
        let volts = self.loops.map(loop_volts);
        if let Some(Chip::Ads1115(chip)) = self.chip(Instrument::Loops) {
            for (channel, volts) in volts.into_iter().enumerate() {
                chip.set_input(now_us, channel, volts);
            }
        }
        // The hosts have two supplies each, loaded alike.
        let feed_w = self
            .faults
            .shown(Instrument::Feeds as usize, now_us, electric.it_power_w / 2.0);
        if let Some(Chip::Ads1115(chip)) = self.chip(Instrument::Feeds) {
            for channel in 0..2 {
                let milliampere = 4.0 + 16.0 * feed_w / FEED_FULL_W;
                chip.set_input(now_us, channel, milliampere / 10.0);
            }
        }
        // One supply feeds both blowers.
        let supply_v = SUPPLY_V * electric.voltage;
        let ampere = if electric.energised && supply_v > 0.0 {
            (truth.blower_power_w + truth.blower_b_power_w) / supply_v
        } else {
            0.0
        };
        let fine = self.faults.shown(Instrument::SupplyFine as usize, now_us, ampere);
        let ampere = self.faults.shown(Instrument::Supply as usize, now_us, ampere);
        if let Some(Chip::Ina226(chip)) = self.chip(Instrument::Supply) {
            chip.set(now_us, ampere * SHUNT_OHM, supply_v / DIVIDER);
        }
        if let Some(Chip::Ina228(chip)) = self.chip(Instrument::SupplyFine) {
            // It takes the whole supply without a divider.
            chip.set(now_us, fine * SHUNT_OHM, supply_v);
        }
        for (blower, tach) in electric.tachs.iter().enumerate() {
            let tach = tach.and_then(|rpm| {
                if blower == 0 {
                    self.faults.tach(rpm)
                } else {
                    Some(rpm)
                }
            });
            if let Some(Chip::Emc2305(chip)) = self.chip(Instrument::Fan) {
                chip.set_tach(now_us, blower, tach);
            }
        }
    }

    fn feed_air(&mut self, now_us: u64, dt_s: f64, truth: &Truth) {
        let b = &truth.boards_c;
        let e = truth.exhaust_c;
        let air = [
            e,
            e,
            e,
            truth.room_c,
            truth.ceiling_c,
            truth.inlet_left_c,
            truth.inlet_right_c,
            truth.extinguisher_c[0],
            truth.extinguisher_c[1],
            b[0],
            b[1],
            b[2],
            b[3],
            b[4],
            b[5],
            b[6],
            b[7],
        ];
        for place in 0..AIR_PROBES {
            let there = self.faults.place(place);
            let seen = self.air[place].step(dt_s, air[there]);
            let seen = self.faults.shown(place, now_us, seen);
            let humidity = if there == Instrument::Ceiling as usize {
                truth.ceiling_rh_percent
            } else {
                truth.room_rh_percent
            };
            let thermistor = place
                .checked_sub(Instrument::ExtinguisherLeft as usize)
                .and_then(|side| self.thermistors.get(side))
                .copied();
            match self.chip(Instrument::ALL[place]) {
                Some(Chip::Sht4x(chip)) => chip.set(now_us, seen, humidity),
                Some(Chip::Ads1115(chip)) => {
                    chip.set_input(now_us, 0, ntc_volts(thermistor.unwrap_or(Cable::Whole), seen));
                }
                _ => {}
            }
        }
    }

    fn feed_walls(&mut self, now_us: u64, dt_s: f64, truth: &Truth) {
        for (place, instrument) in [Instrument::WallLeft, Instrument::WallRight]
            .into_iter()
            .enumerate()
        {
            let seen = self.wall[place].step(dt_s, truth.wall_c);
            let seen = self.faults.shown(instrument as usize, now_us, seen);
            if let Some(Chip::Tmp117(chip)) = self.chip(instrument) {
                chip.set(now_us, seen);
            }
        }
    }

    /// Powder on every probe of the rack's air, or off it: they lag more and err by a little, each in its own way.
    pub(super) fn soil(&mut self, on: bool) {
        if std::mem::replace(&mut self.soiled, on) == on {
            return;
        }
        for (place, (probe, crust_k)) in self.air.iter_mut().zip(self.crust_k).enumerate() {
            if place != Instrument::Room as usize {
                let was = probe.config();
                let (lag, offset_k) = if on {
                    (CRUST_LAG, crust_k)
                } else {
                    (1.0 / CRUST_LAG, -crust_k)
                };
                probe.configure(ProbeConfig {
                    lag_s: was.lag_s * lag,
                    offset: was.offset + offset_k,
                    ..was
                });
            }
        }
    }

    /// Lets the expander see the contacts: one bit each in the order of [`super::INPUTS`].
    pub(super) fn feed_contacts(&mut self, levels: u64) {
        if self.contacts == Some(levels) {
            return;
        }
        self.contacts = Some(levels);
        let pins = SECOND_POLES.iter().fold(0, |pins, (input, pin)| {
            pins | u16::from(levels >> *input as u8 & 1 == 1) << pin
        });
        if let Some(Chip::Mcp23017(chip)) = self.chip(Instrument::Expander) {
            chip.set(pins);
        }
    }

    /// The cable of a thermistor, 0 left, 1 right.
    pub(super) fn thermistor(&self, side: usize) -> Cable {
        self.thermistors.get(side).copied().unwrap_or(Cable::Whole)
    }

    /// Powder lies on the air probes.
    pub(super) fn is_soiled(&self) -> bool {
        self.soiled
    }

    /// The cable of the thermistor on an extinguisher, 0 left, 1 right.
    pub(super) fn set_thermistor(&mut self, side: usize, cable: Cable) {
        if let Some(own) = self.thermistors.get_mut(side) {
            *own = cable;
        }
    }

    #[cfg(test)]
    pub(super) fn loops(&self) -> [LoopLevel; 4] {
        self.loops
    }

    /// Lag of an air probe, s.
    #[cfg(test)]
    pub(super) fn lag_s(&self, instrument: Instrument) -> f64 {
        self.air[instrument as usize].config().lag_s
    }

    pub(super) fn set_loop(&mut self, channel: usize, level: LoopLevel) {
        if let Some(own) = self.loops.get_mut(channel) {
            *own = level;
        }
    }

    /// What a loop shows.
    pub(super) fn loop_level(&self, channel: usize) -> LoopLevel {
        self.loops.get(channel).copied().unwrap_or(LoopLevel::Normal)
    }

    pub(super) fn bus_mut(&mut self, bus: usize) -> Option<&mut Bus> {
        self.buses.get_mut(bus)
    }

    /// Which lines of a bus are held until when.
    pub(super) fn lines_held(&self, bus: usize) -> BusFaults {
        self.buses.get(bus).map(Bus::lines_held).unwrap_or_default()
    }

    /// The bus of an instrument and its place on it; none where it is no chip on one.
    pub(super) fn place_mut(&mut self, instrument: Instrument) -> Option<(&mut Bus, ChipId)> {
        let (bus, id) = self.places[instrument as usize]?;
        Some((&mut self.buses[bus], id))
    }

    /// The probe of an instrument that has one.
    pub(super) fn probe_mut(&mut self, instrument: Instrument) -> Option<&mut Probe> {
        let place = instrument as usize;
        match instrument.kind() {
            Kind::Air | Kind::Thermistor => self.air.get_mut(place),
            Kind::Pressure => self.pressure.get_mut(place - FIRST_PRESSURE),
            Kind::Wall => self.wall.get_mut(place - Instrument::WallLeft as usize),
            Kind::OneWire => self.wired.probe_mut(instrument),
            Kind::Loops
            | Kind::Feeds
            | Kind::Supply
            | Kind::Fan
            | Kind::Multiplexer
            | Kind::Expander
            | Kind::Meter
            | Kind::Outlets => None,
        }
    }
}

/// What powder on a probe multiplies its lag by. A power of two: cleaned, the lag is what it was to the bit.
const CRUST_LAG: f64 = 2.0;
/// The most that powder on a probe adds to or takes from its reading, K.
const CRUST_K: f64 = 1.0;

/// What powder will add to a probe's reading, K: of the seed and its place, and without a draw from any stream.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
fn crust_k(seed: u64, place: usize) -> f64 {
    let share = (stream_seed(seed, &format!("crust{place}")) >> 11) as f64 / (1_u64 << 53) as f64;
    CRUST_K * (2.0 * share - 1.0)
}

fn loop_volts(level: LoopLevel) -> f64 {
    let divided = |ohm: f64| LOOP_V * ohm / (ohm + PULL_UP_OHM);
    match level {
        LoopLevel::Normal => divided(END_OF_LINE_OHM),
        LoopLevel::Alarm => divided(ALARM_OHM),
        LoopLevel::Open => LOOP_V,
        LoopLevel::Short => 0.0,
        LoopLevel::Ohms(ohm) => divided(ohm.max(0.0)),
    }
}

/// Volts that a thermistor at this temperature shows at its divider.
fn ntc_volts(cable: Cable, celsius: f64) -> f64 {
    match cable {
        Cable::Whole => {
            let ohm = NTC_OHM * (NTC_BETA_K * (1.0 / (celsius + 273.15) - 1.0 / 298.15)).exp();
            NTC_REFERENCE_V * ohm / (ohm + NTC_PULL_UP_OHM)
        }
        Cable::Open => NTC_REFERENCE_V,
        Cable::Short => 0.0,
    }
}

/// Solders one instrument to its place; none for one that hangs on no I2C bus.
fn mount(buses: &mut [Bus; 3], instrument: Instrument) -> Option<(usize, ChipId)> {
    use Instrument as I;
    let serial = 0x4000 + u32::from(instrument as u8);
    let factory = [0x0A11, 0x7117, u16::from(instrument as u8)];
    let air = |channel, address| (0, channel, address, Chip::from(Sht4x::new(serial)));
    let pressure = |bus, address, model| {
        (
            bus,
            None,
            address,
            Chip::from(Sdp8xx::new(model, u64::from(serial))),
        )
    };
    let (bus, channel, address, chip) = match instrument {
        I::ExhaustA => air(None, 0x44),
        I::ExhaustB => (1, None, 0x44, Chip::from(Sht4x::new(serial))),
        I::ExhaustC => (2, None, 0x44, Chip::from(Sht4x::new(serial))),
        I::Room => air(Some(0), 0x45),
        I::Ceiling => air(Some(1), 0x45),
        I::InletLeft => air(Some(2), 0x45),
        I::InletRight => air(Some(3), 0x45),
        I::ExtinguisherLeft => (0, Some(2), 0x48, Chip::from(Ads1115::new())),
        I::ExtinguisherRight => (0, Some(3), 0x48, Chip::from(Ads1115::new())),
        I::WallLeft => (0, Some(2), 0x49, Chip::from(Tmp117::new(factory))),
        I::WallRight => (0, Some(3), 0x49, Chip::from(Tmp117::new(factory))),
        I::Board1 => air(Some(4), 0x45),
        I::Board2 => air(Some(4), 0x46),
        I::Board3 => air(Some(5), 0x45),
        I::Board4 => air(Some(5), 0x46),
        I::Board5 => air(Some(6), 0x45),
        I::Board6 => air(Some(6), 0x46),
        I::Board7 => air(Some(7), 0x45),
        I::Board8 => air(Some(7), 0x46),
        I::Draft => pressure(0, 0x25, Model::Sdp810Pa125),
        I::Suction => pressure(0, 0x26, Model::Sdp811Pa500),
        I::FilterLeft => pressure(1, 0x25, Model::Sdp810Pa125),
        I::FilterRight => pressure(2, 0x25, Model::Sdp810Pa125),
        I::Loops => (1, None, 0x48, Chip::from(Ads1115::new())),
        I::Feeds => (2, None, 0x49, Chip::from(Ads1115::new())),
        I::Expander => (1, None, 0x20, Chip::from(Mcp23017::new(POLES))),
        I::Supply => (2, None, 0x40, Chip::from(Ina226::new())),
        I::SupplyFine => (2, None, 0x41, Chip::from(Ina228::new())),
        I::Fan => (2, None, 0x2E, Chip::from(Emc2305::new())),
        I::Multiplexer => (0, None, 0x70, Chip::from(Tca9548a::new())),
        I::MeterA
        | I::MeterB
        | I::Outlets1
        | I::Outlets9
        | I::W1Board1
        | I::W1Board2
        | I::W1Board3
        | I::W1Board4
        | I::W1Board5
        | I::W1Board6
        | I::W1Board7
        | I::W1Board8 => return None,
    };
    Some((bus, buses[bus].add(address, channel, chip)))
}
