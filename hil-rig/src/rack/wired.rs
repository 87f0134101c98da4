//! Instruments that are no chips on an I2C bus: meters and relay boards on the RS-485 line, probes on the 1-Wire bus.
//!
//! ```text
//!   rs485   38400 8N1: with the 60 ms that older meters want between requests, all are asked well within a second
//!           1 meter of feed A    2 meter of feed B    11 outlets 1 to 8    12 outlets 9 to 16
//!   w1      28-000000b0a401 to 28-000000b0a408: one probe at each board
//! ```
//! Outlets are wired through the normally closed contacts: a relay that is on switches its outlet off, so that a board
//! without supply leaves every host its power. All of them look at the plant once a second.

use super::Rack;
use super::fault::Kind;
use super::faulty::Faults;
use super::instrument::Instrument;
use crate::chip::ds18b20::{Ds18b20, OneWireBus, ProbeFault};
use crate::chip::rtu::{RtuDevice, RtuFault, RtuLine};
use crate::chip::sdm630::{Sdm630, Terminals};
use crate::chip::{RelayBoard, rtu};
use crate::plant::{Probe, ProbeConfig, Truth};

/// Names of the serial lines, in the order of their numbers.
pub const SERIAL_LINES: [&str; 1] = ["rs485"];
/// Names of the buses whose devices are texts, in the order of their numbers.
pub const TEXT_BUSES: [&str; 1] = ["w1"];
/// Speed of the serial line, baud; a character has ten bits there.
pub const SERIAL_BAUD: u32 = 38_400;
/// Longest frame on a serial line, in bytes.
pub const SERIAL_FRAME_MAX: usize = rtu::FRAME_MAX;
/// Longest text.
pub const TEXT_MAX: usize = crate::chip::ds18b20::TEXT_MAX;

/// Units of the meters of feed A and B.
pub const METERS: [u8; 2] = [1, 2];
/// Units of the relay boards of outlets 1 to 8 and 9 to 16.
pub const OUTLET_BOARDS: [u8; 2] = [11, 12];
/// Serial numbers of the probes at boards 1 to 8.
pub const BOARD_PROBES: [u64; 8] = [
    0x00B0_A401,
    0x00B0_A402,
    0x00B0_A403,
    0x00B0_A404,
    0x00B0_A405,
    0x00B0_A406,
    0x00B0_A407,
    0x00B0_A408,
];

/// Steps of the plant between two looks.
const STEPS: u8 = 10;
/// How a feed's power is spread over its phases: as single-phase supplies happen to be plugged.
const PHASE_SHARES: [f64; 3] = [0.38, 0.33, 0.29];
/// Mains at the rack without load, V, and what a phase's load takes from it, V/W.
const MAINS_V: [f64; 3] = [230.4, 229.8, 231.1];
const SAG_V_PER_W: f64 = 0.4e-3;
const MAINS_HZ: f64 = 50.0;
/// Power factor of supplies with correction, rising with their load: at none and at 2 kW a phase and more.
const FACTORS: (f64, f64) = (0.90, 0.985);
const FACTOR_FULL_W: f64 = 2_000.0;

#[derive(Clone, Debug)]
pub(super) struct Wired {
    line: RtuLine,
    w1: OneWireBus,
    probes: Vec<Probe>,
    steps: u8,
}

impl Wired {
    pub(super) fn new(seed: u64) -> Self {
        let (mut line, mut w1) = (RtuLine::default(), OneWireBus::default());
        for unit in METERS {
            line.add(unit, RtuDevice::Sdm630(Box::new(Sdm630::new(unit).fast())));
        }
        for unit in OUTLET_BOARDS {
            line.add(unit, RtuDevice::RelayBoard(RelayBoard::new(unit).fast()));
        }
        for serial in BOARD_PROBES {
            w1.add(Ds18b20::new(serial));
        }
        let probe = |place| Probe::new(ProbeConfig::air_temperature(), seed, &format!("w1-{place}"));
        Wired {
            line,
            w1,
            probes: (0..BOARD_PROBES.len()).map(probe).collect(),
            steps: 0,
        }
    }

    /// Lets everything see the plant, once a second, with what is wrong with each; `dt_s` is the plant's step.
    pub(super) fn feed(
        &mut self,
        now_us: u64,
        dt_s: f64,
        truth: &Truth,
        it_power_w: f64,
        faults: &mut Faults,
    ) {
        let due = self.steps == 0;
        self.steps = (self.steps + 1) % STEPS;
        if !due {
            return;
        }
        // The hosts have two supplies each, loaded alike.
        for (unit, instrument) in METERS.into_iter().zip(Instrument::MeterA as usize..) {
            let terminals = feed_terminals(faults.shown(instrument, now_us, it_power_w / 2.0));
            if let Some(RtuDevice::Sdm630(meter)) = self.line.device_mut(unit) {
                meter.set(now_us, terminals);
            }
        }
        let places = BOARD_PROBES.iter().zip(&mut self.probes).zip(truth.boards_c);
        for (((serial, probe), board_c), instrument) in places.zip(Instrument::W1Board1 as usize..) {
            let seen = probe.step(dt_s * f64::from(STEPS), board_c);
            let seen = faults.shown(instrument, now_us, seen);
            if let Some(probe) = self.w1.probe_mut(*serial) {
                probe.set(seen);
            }
        }
    }

    pub(super) fn exchange(&mut self, now_us: u64, line: usize, request: &[u8], reply: &mut [u8]) -> usize {
        if line < SERIAL_LINES.len() {
            self.line.exchange(now_us, request, reply)
        } else {
            0
        }
    }

    pub(super) fn text(&mut self, bus: usize, name: &str, buffer: &mut [u8]) -> Option<usize> {
        (bus < TEXT_BUSES.len())
            .then(|| self.w1.read(name, buffer))
            .flatten()
    }

    pub(super) fn line_fault(&mut self, instrument: Instrument, fault: RtuFault, on: bool) {
        if let Some(unit) = unit(instrument) {
            self.line.set_fault(unit, fault, on);
        }
    }

    pub(super) fn probe_fault(&mut self, instrument: Instrument, fault: ProbeFault, on: bool) {
        let serial = board(instrument).and_then(|board| BOARD_PROBES.get(board));
        if let Some(probe) = serial.and_then(|serial| self.w1.probe_mut(*serial)) {
            probe.set_fault(fault, on);
        }
    }

    /// The sensing element of a 1-Wire probe.
    pub(super) fn probe_mut(&mut self, instrument: Instrument) -> Option<&mut Probe> {
        self.probes.get_mut(board(instrument)?)
    }

    /// Which outlets are told to be on, outlet 1 in bit 0.
    pub(super) fn told(&self) -> u16 {
        let coils = OUTLET_BOARDS.map(|unit| match self.line.device(unit) {
            Some(RtuDevice::RelayBoard(board)) => board.coils(),
            Some(RtuDevice::Sdm630(_)) | None => 0,
        });
        !u16::from_le_bytes(coils)
    }

    /// Tells an outlet to be on or off, by whatever way but the line.
    pub(super) fn switch(&mut self, number: u16, on: bool) {
        let place = number.saturating_sub(1);
        let unit = OUTLET_BOARDS.get(usize::from(place / 8));
        if let Some(RtuDevice::RelayBoard(board)) = unit.and_then(|unit| self.line.device_mut(*unit)) {
            board.switch(place % 8, !on);
        }
    }
}

impl Rack {
    /// One request on serial line number `line` (in the order of [`SERIAL_LINES`]) at the rack's now, and what
    /// comes back, as many bytes as fit `reply`; zero for silence.
    pub fn exchange(&mut self, line: usize, request: &[u8], reply: &mut [u8]) -> usize {
        self.wiring.wired.exchange(self.now_us, line, request, reply)
    }

    /// The text of a device of bus number `bus` (in the order of [`TEXT_BUSES`]) as the rack is now; none where
    /// there is no such device.
    pub fn text(&mut self, bus: usize, name: &str, buffer: &mut [u8]) -> Option<usize> {
        self.wiring.wired.text(bus, name, buffer)
    }
}

/// The unit number of a device on the serial line.
fn unit(instrument: Instrument) -> Option<u8> {
    let from = |first: Instrument| (instrument as usize).checked_sub(first as usize);
    match instrument.kind() {
        Kind::Meter => METERS.get(from(Instrument::MeterA)?).copied(),
        Kind::Outlets => OUTLET_BOARDS.get(from(Instrument::Outlets1)?).copied(),
        Kind::Air
        | Kind::Thermistor
        | Kind::Wall
        | Kind::Pressure
        | Kind::Loops
        | Kind::Feeds
        | Kind::Supply
        | Kind::Fan
        | Kind::Multiplexer
        | Kind::Expander
        | Kind::OneWire => None,
    }
}

/// The board that a 1-Wire probe hangs at, from 0; out of range for any other instrument.
fn board(instrument: Instrument) -> Option<usize> {
    (instrument as usize).checked_sub(Instrument::W1Board1 as usize)
}

/// What a feed's meter sees while the feed carries this power.
fn feed_terminals(power_w: f64) -> Terminals {
    let powers = PHASE_SHARES.map(|share| share * power_w);
    let share = (power_w / 3.0 / FACTOR_FULL_W).clamp(0.0, 1.0);
    Terminals {
        voltage_v: std::array::from_fn(|phase| MAINS_V[phase] - SAG_V_PER_W * powers[phase]),
        power_w: powers,
        power_factor: FACTORS.0 + (FACTORS.1 - FACTORS.0) * share,
        frequency_hz: MAINS_HZ,
    }
}
