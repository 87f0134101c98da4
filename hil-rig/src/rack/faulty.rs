//! Faults at work: what the table's rows do to chips, to their places on the buses and to what reaches them.
//!
//! Whatever stands is kept here; what costs time at every step of the plant is looked at only where a bit says that
//! there is something.

use rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::Act;
use super::fault::{Fault, Kind};
use super::instrument::Instrument;
use super::skew::Skew;
use super::standing::Standing;
use super::wiring::{BUSES, Wiring};
use crate::chip::ds18b20::ProbeFault;
use crate::chip::rtu::RtuFault;
use crate::chip::{BusFaults, ChipFault};
use crate::plant::probe::stream_seed;

const INSTRUMENTS: usize = Instrument::ALL.len();
const _: () = assert!(INSTRUMENTS <= 64, "one bit each");

/// What is wrong with the tachometer.
#[derive(Clone, Debug)]
struct Tach {
    lost: bool,
    half: bool,
    /// Standard deviation as a share of the speed.
    noise: f64,
    stream: Xoshiro256PlusPlus,
}

/// Faults of all instruments.
#[derive(Clone, Debug)]
pub(super) struct Faults {
    seed: u64,
    standing: Standing,
    skews: Vec<Skew>,
    /// One bit for each instrument whose skew is any.
    skewed: u64,
    /// In whose place each instrument hangs: its own, unless two are exchanged.
    places: [u8; INSTRUMENTS],
    tach: Tach,
    tach_well: bool,
    drive_held: Option<f64>,
}

#[expect(clippy::cast_possible_truncation, reason = "at most 64 instruments")]
const fn own_places() -> [u8; INSTRUMENTS] {
    let (mut places, mut place) = ([0; INSTRUMENTS], 0);
    while place < INSTRUMENTS {
        places[place] = place as u8;
        place += 1;
    }
    places
}

impl Faults {
    pub(super) fn new(seed: u64) -> Self {
        Faults {
            seed,
            standing: Standing::default(),
            skews: (0..INSTRUMENTS).map(|_| Skew::new(0)).collect(),
            skewed: 0,
            places: own_places(),
            tach: Tach {
                lost: false,
                half: false,
                noise: 0.0,
                stream: Xoshiro256PlusPlus::seed_from_u64(0),
            },
            tach_well: true,
            drive_held: None,
        }
    }

    /// The seed of one fault's own stream.
    fn stream_seed(&self, instrument: Instrument, fault: Fault) -> u64 {
        let instrument = stream_seed(self.seed, Instrument::NAMES[instrument as usize]);
        stream_seed(instrument, fault.row().name)
    }

    /// In whose place an instrument hangs, both by their numbers.
    #[inline]
    pub(super) fn place(&self, instrument: usize) -> usize {
        usize::from(self.places[instrument])
    }

    /// What an instrument shows for what it measures.
    #[inline]
    pub(super) fn shown(&mut self, instrument: usize, now_us: u64, measured: f64) -> f64 {
        if self.skewed >> instrument & 1 == 0 {
            measured
        } else {
            self.skews[instrument].of(now_us, measured)
        }
    }

    /// The speed that the tachometer's pulses show; none without pulses.
    #[inline]
    pub(super) fn tach(&mut self, rpm: f64) -> Option<f64> {
        if self.tach_well {
            return Some(rpm);
        }
        let tach = &mut self.tach;
        let shown = if tach.half { rpm / 2.0 } else { rpm };
        let jitter: f64 = if tach.noise > 0.0 {
            tach.noise * Distribution::<f64>::sample(&StandardNormal, &mut tach.stream)
        } else {
            0.0
        };
        (!tach.lost).then(|| (shown * (1.0 + jitter)).max(0.0))
    }

    /// The drive that the fan runs at whatever it is told.
    #[inline]
    pub(super) fn drive_held(&self) -> Option<f64> {
        self.drive_held
    }

    /// Hangs two instruments of one kind in each other's place, or back in their own. One that hung in a third's place
    /// comes back from there first.
    pub(super) fn swap(&mut self, one: Instrument, other: Instrument, on: bool) {
        if one == other || one.kind() != other.kind() || !one.kind().is_probe() {
            return;
        }
        let own = own_places();
        for instrument in [one as usize, other as usize] {
            let third = self.place(instrument);
            self.places[third] = own[third];
            self.places[instrument] = own[instrument];
        }
        if on {
            self.places.swap(one as usize, other as usize);
        }
    }

    fn swapped(&self) -> impl Iterator<Item = Act> + '_ {
        let pairs = Instrument::ALL.iter().zip(self.places);
        pairs.filter_map(|(one, place)| {
            let other = *Instrument::ALL.get(usize::from(place))?;
            let first = (*one as usize) < other as usize;
            first.then_some(Act::Swap {
                one: *one,
                other,
                on: true,
            })
        })
    }

    /// What an error in what is shown makes of a fault, and the tachometer's and fan's own ones.
    fn skew(&mut self, now_us: u64, instrument: Instrument, fault: Fault, amount: Option<f64>) {
        let seed = self.stream_seed(instrument, fault);
        let number = amount.unwrap_or(0.0);
        let skew = &mut self.skews[instrument as usize];
        match fault {
            Fault::Offset => skew.offset = number,
            Fault::Drift => skew.drift(now_us, number),
            Fault::Stuck => skew.stuck = amount,
            Fault::Spike => skew.spikes(seed, number),
            Fault::TachLost => self.tach.lost = amount.is_some(),
            Fault::TachHalf => self.tach.half = amount.is_some(),
            Fault::TachNoise => {
                self.tach.noise = number / 100.0;
                self.tach.stream = Xoshiro256PlusPlus::seed_from_u64(seed);
            }
            Fault::DriveIgnored => self.drive_held = amount.map(|percent| percent / 100.0),
            Fault::Nack
            | Fault::QuietNack
            | Fault::ShortTransfer
            | Fault::QuietShort
            | Fault::Timeout
            | Fault::Intermittent
            | Fault::Unplugged
            | Fault::AllZero
            | Fault::AllOnes
            | Fault::FlipBit
            | Fault::BadCrc
            | Fault::Frozen
            | Fault::Delayed
            | Fault::Crossed
            | Fault::Mislatched
            | Fault::Noise
            | Fault::Slow
            | Fault::Silent
            | Fault::Exception
            | Fault::WrongUnit
            | Fault::Late
            | Fault::CutReply
            | Fault::LineNoise
            | Fault::Missing
            | Fault::EmptyText
            | Fault::PowerOn
            | Fault::Shorted => {}
        }
        let any = self.skews[instrument as usize].any();
        let place = instrument as u8;
        self.skewed = self.skewed & !(1 << place) | u64::from(any) << place;
        self.tach_well = !self.tach.lost && !self.tach.half && self.tach.noise <= 0.0;
    }
}

/// The chip's own fault of this name; none for one that is not in the chip nor in its place on the bus.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the table's ranges fit and none is below zero"
)]
fn of_chip(fault: Fault, amount: f64, seed: u64) -> Option<ChipFault> {
    let whole = amount.round();
    Some(match fault {
        Fault::Nack => ChipFault::Nack,
        Fault::QuietNack => ChipFault::QuietNack,
        Fault::ShortTransfer => ChipFault::ShortTransfer,
        Fault::QuietShort => ChipFault::QuietShort { bytes: whole as u8 },
        Fault::Timeout => ChipFault::Timeout,
        Fault::Intermittent => ChipFault::Intermittent {
            per_mille: (10.0 * amount).round() as u16,
            seed,
        },
        Fault::Unplugged => ChipFault::Unplugged,
        Fault::AllZero => ChipFault::AllZero,
        Fault::AllOnes => ChipFault::AllOnes,
        Fault::FlipBit => ChipFault::FlipBit { byte: whole as u8 },
        Fault::BadCrc => ChipFault::BadCrc,
        Fault::Frozen => ChipFault::Frozen,
        Fault::Delayed => ChipFault::Delayed {
            by_us: (1e6 * amount).round() as u64,
        },
        Fault::Crossed => ChipFault::MuxCrossed { by: whole as u8 },
        Fault::Mislatched => ChipFault::MuxMislatched { by: whole as u8 },
        Fault::Offset
        | Fault::Drift
        | Fault::Stuck
        | Fault::Spike
        | Fault::Noise
        | Fault::Slow
        | Fault::TachLost
        | Fault::TachHalf
        | Fault::TachNoise
        | Fault::DriveIgnored
        | Fault::Silent
        | Fault::Exception
        | Fault::WrongUnit
        | Fault::Late
        | Fault::CutReply
        | Fault::LineNoise
        | Fault::Missing
        | Fault::EmptyText
        | Fault::PowerOn
        | Fault::Shorted => return None,
    })
}

/// What is wrong with a device on the serial line; none for a fault that is not in how it speaks.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the table's ranges fit and none is below zero"
)]
fn of_line(fault: Fault, amount: f64) -> Option<RtuFault> {
    Some(match fault {
        Fault::Silent => RtuFault::Silent,
        Fault::BadCrc => RtuFault::BadCrc,
        Fault::Exception => RtuFault::Exception {
            code: amount.round() as u8,
        },
        Fault::WrongUnit => RtuFault::WrongUnit,
        Fault::Late => RtuFault::Late {
            by_us: (1e6 * amount).round() as u64,
        },
        Fault::CutReply => RtuFault::Cut,
        Fault::LineNoise => RtuFault::Noise,
        Fault::Frozen => RtuFault::Frozen,
        Fault::Nack
        | Fault::QuietNack
        | Fault::ShortTransfer
        | Fault::QuietShort
        | Fault::Timeout
        | Fault::Intermittent
        | Fault::Unplugged
        | Fault::AllZero
        | Fault::AllOnes
        | Fault::FlipBit
        | Fault::Delayed
        | Fault::Crossed
        | Fault::Mislatched
        | Fault::Offset
        | Fault::Drift
        | Fault::Stuck
        | Fault::Spike
        | Fault::Noise
        | Fault::Slow
        | Fault::TachLost
        | Fault::TachHalf
        | Fault::TachNoise
        | Fault::DriveIgnored
        | Fault::Missing
        | Fault::EmptyText
        | Fault::PowerOn
        | Fault::Shorted => return None,
    })
}

/// What is wrong with the text of a probe on the 1-Wire bus; none for a fault that is not in it.
fn of_probe(fault: Fault) -> Option<ProbeFault> {
    Some(match fault {
        Fault::Missing => ProbeFault::Gone,
        Fault::EmptyText => ProbeFault::Empty,
        Fault::BadCrc => ProbeFault::SaysNo,
        Fault::PowerOn => ProbeFault::Starved,
        Fault::Shorted => ProbeFault::Shorted,
        Fault::Frozen => ProbeFault::Frozen,
        Fault::Nack
        | Fault::QuietNack
        | Fault::ShortTransfer
        | Fault::QuietShort
        | Fault::Timeout
        | Fault::Intermittent
        | Fault::Unplugged
        | Fault::AllZero
        | Fault::AllOnes
        | Fault::FlipBit
        | Fault::Delayed
        | Fault::Crossed
        | Fault::Mislatched
        | Fault::Offset
        | Fault::Drift
        | Fault::Stuck
        | Fault::Spike
        | Fault::Noise
        | Fault::Slow
        | Fault::TachLost
        | Fault::TachHalf
        | Fault::TachNoise
        | Fault::DriveIgnored
        | Fault::Silent
        | Fault::Exception
        | Fault::WrongUnit
        | Fault::Late
        | Fault::CutReply
        | Fault::LineNoise => return None,
    })
}

impl Wiring {
    /// A fault befalls an instrument; one that cannot befall it does nothing. A fault that stands takes the new amount.
    pub(super) fn fault(&mut self, now_us: u64, instrument: Instrument, fault: Fault, asked: Option<f64>) {
        if let Some(fit) = fault.fit(instrument.kind()) {
            let amount = fit.meant(asked);
            self.faults.standing.set(instrument, fault, amount);
            self.switch(now_us, instrument, fault, amount, true);
        }
    }

    /// A fault, or every one, is taken from an instrument.
    pub(super) fn mend(&mut self, now_us: u64, instrument: Instrument, fault: Option<Fault>) {
        let Some(fault) = fault else {
            for fault in Fault::ALL {
                self.mend(now_us, instrument, Some(*fault));
            }
            let other = Instrument::ALL[self.faults.place(instrument as usize)];
            self.faults.swap(instrument, other, false);
            return;
        };
        if let Some(amount) = self.faults.standing.take(instrument, fault) {
            self.switch(now_us, instrument, fault, amount, false);
        }
    }

    /// No instrument and no bus has a fault any more.
    pub(super) fn mend_everything(&mut self, now_us: u64) {
        for instrument in Instrument::ALL {
            self.mend(now_us, *instrument, None);
        }
        for bus in 0..BUSES.len() {
            if let Some(bus) = self.bus_mut(bus) {
                *bus.faults() = BusFaults::default();
            }
        }
    }

    fn switch(&mut self, now_us: u64, instrument: Instrument, fault: Fault, amount: f64, on: bool) {
        if matches!(fault, Fault::Noise | Fault::Slow) {
            let [slow, noisy] = [Fault::Slow, Fault::Noise]
                .map(|fault| self.faults.standing.amount(instrument, fault).unwrap_or(1.0));
            if let Some(probe) = self.probe_mut(instrument) {
                probe.worsen(slow, noisy);
            }
        } else if !self.switch_device(now_us, instrument, fault, amount, on) {
            self.faults.skew(now_us, instrument, fault, on.then_some(amount));
        }
    }

    /// A fault in how the device itself speaks; says whether it is one.
    fn switch_device(
        &mut self,
        now_us: u64,
        instrument: Instrument,
        fault: Fault,
        amount: f64,
        on: bool,
    ) -> bool {
        match instrument.kind() {
            Kind::Meter | Kind::Outlets => of_line(fault, amount)
                .map(|fault| self.wired.line_fault(instrument, fault, on))
                .is_some(),
            Kind::OneWire => of_probe(fault)
                .map(|fault| self.wired.probe_fault(instrument, fault, on))
                .is_some(),
            Kind::Air
            | Kind::Thermistor
            | Kind::Wall
            | Kind::Pressure
            | Kind::Loops
            | Kind::Feeds
            | Kind::Supply
            | Kind::Fan
            | Kind::Multiplexer
            | Kind::Expander => {
                let seed = self.faults.stream_seed(instrument, fault);
                let chip = of_chip(fault, amount, seed).zip(self.place_mut(instrument));
                chip.map(|(fault, (bus, id))| bus.set_fault(id, now_us, fault, on))
                    .is_some()
            }
        }
    }

    /// Holds a line of a bus for a time; for none it is let go.
    pub(super) fn hold(
        &mut self,
        bus: usize,
        line: impl FnOnce(&mut BusFaults) -> &mut Option<u64>,
        now_us: u64,
        for_us: u64,
    ) {
        if let Some(bus) = self.bus_mut(bus) {
            *line(bus.faults()) = (for_us > 0).then(|| now_us.saturating_add(for_us));
        }
    }

    /// What stands, each as the act that makes it; a line that is held, for the time it has left.
    pub(super) fn standing(&self, now_us: u64) -> impl Iterator<Item = Act> + '_ {
        let of_instruments = self.faults.standing.iter().map(|(instrument, fault, amount)| {
            let counts = fault
                .fit(instrument.kind())
                .is_some_and(|fit| fit.amount.is_some());
            Act::Fault {
                instrument,
                fault,
                amount: counts.then_some(amount),
            }
        });
        let of_buses = (0..BUSES.len()).flat_map(move |bus| held(bus, self.lines_held(bus), now_us));
        of_instruments.chain(self.faults.swapped()).chain(of_buses)
    }
}

/// The lines of a bus that are still held.
fn held(bus: usize, faults: BusFaults, now_us: u64) -> impl Iterator<Item = Act> {
    let left = move |until_us: Option<u64>| until_us?.checked_sub(now_us).filter(|left_us| *left_us > 0);
    let data = left(faults.stuck_low_until).map(|for_us| Act::BusStuck { bus, for_us });
    let clock = left(faults.clock_low_until).map(|for_us| Act::ClockStuck { bus, for_us });
    let channels = faults.channel_stuck_low_until.into_iter().enumerate();
    let channels = channels.filter_map(move |(channel, until_us)| {
        left(until_us).map(|for_us| Act::ChannelStuck { channel, for_us })
    });
    data.into_iter().chain(clock).chain(channels)
}
