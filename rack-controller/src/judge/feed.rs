//! Devices that feed many points slowly: a feed's meter and a board of outlets.
//!
//! Their channels stand apart from those of other devices, so that a device of one or two points carries none of them.

use points::point::Tag;
use points::{Absent, Count, Flag, Moment, Reading, Snapshot};
use sensors::driver::Raw;
use sensors::plausible::{self, Plausible};
use sensors::relay_board;
use sensors::sdm630::{self, Sample};

use super::channel::put;
use crate::site::{Feeds, MeterPoints};

/// What is behind a device of many points; nothing for any other.
#[derive(Clone, Debug)]
pub(super) enum Many {
    None,
    Meter(Box<Meter>),
    Outlets(Box<Outlets>),
}

impl Many {
    pub(super) fn new(feeds: Feeds) -> Self {
        match feeds {
            Feeds::Meter(points) => Many::Meter(Box::new(Meter::new(points))),
            Feeds::Outlets { on, normally_closed } => Many::Outlets(Box::new(Outlets {
                on,
                normally_closed,
                coils: Plausible::new(plausible::RELAYS),
            })),
            Feeds::Air { .. }
            | Feeds::Pressure { .. }
            | Feeds::Analogue(_)
            | Feeds::Surface { .. }
            | Feeds::OneWire { .. }
            | Feeds::Kernel { .. }
            | Feeds::Supply { .. }
            | Feeds::Contacts
            | Feeds::Fan { .. } => Many::None,
        }
    }

    pub(super) fn take(&mut self, at: Moment, raw: Result<&Raw, Absent>) {
        match self {
            Many::None => {}
            Many::Meter(meter) => meter.take(at, raw.and_then(sdm630::decode)),
            Many::Outlets(outlets) => {
                let coils = raw.and_then(relay_board::decode);
                outlets
                    .coils
                    .sample(at, coils.map(|coils| Count::of(f64::from(coils))));
            }
        }
    }

    /// Writes the readings as of now; the last moment at which they are still these if no frame comes before.
    pub(super) fn tell(&self, now: Moment, picture: &mut Snapshot) -> Moment {
        match self {
            Many::None => Moment::NEVER,
            Many::Meter(meter) => meter.tell(now, picture),
            Many::Outlets(outlets) => outlets.tell(now, picture),
        }
    }
}

/// A meter's channels.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    points: MeterPoints,
    voltage: [Plausible; 3],
    current: [Plausible; 3],
    phase_power: [Plausible; 3],
    power: Plausible,
    power_factor: Plausible,
    frequency: Plausible,
    energy: Plausible,
}

impl Meter {
    fn new(points: MeterPoints) -> Self {
        let three = |limits| std::array::from_fn(|_| Plausible::new(limits));
        Meter {
            points,
            voltage: three(plausible::MAINS_VOLTAGE),
            current: three(plausible::PHASE_CURRENT),
            phase_power: three(plausible::PHASE_POWER),
            power: Plausible::new(plausible::POWER),
            power_factor: Plausible::new(plausible::POWER_FACTOR),
            frequency: Plausible::new(plausible::MAINS_FREQUENCY),
            energy: Plausible::new(plausible::ENERGY),
        }
    }

    fn take(&mut self, at: Moment, sample: Result<Sample, Absent>) {
        for phase in 0..3 {
            self.voltage[phase].sample(at, sample.map(|s| s.voltage[phase]));
            self.current[phase].sample(at, sample.map(|s| s.current[phase]));
            self.phase_power[phase].sample(at, sample.map(|s| s.power[phase]));
        }
        self.power.sample(at, sample.map(|s| s.total));
        self.power_factor.sample(at, sample.map(|s| s.power_factor));
        self.frequency.sample(at, sample.map(|s| s.frequency));
        self.energy.sample(at, sample.map(|s| s.energy));
    }

    fn tell(&self, now: Moment, picture: &mut Snapshot) -> Moment {
        let points = &self.points;
        let mut until = Moment::NEVER;
        for phase in 0..3 {
            until = until
                .min(put(picture, points.voltage[phase], &self.voltage[phase], now))
                .min(put(picture, points.current[phase], &self.current[phase], now))
                .min(put(
                    picture,
                    points.phase_power[phase],
                    &self.phase_power[phase],
                    now,
                ));
        }
        until
            .min(put(picture, points.power, &self.power, now))
            .min(put(picture, points.power_factor, &self.power_factor, now))
            .min(put(picture, points.frequency, &self.frequency, now))
            .min(put(picture, points.energy, &self.energy, now))
    }
}

/// A board's relays as the outlets they switch.
#[derive(Clone, Debug)]
pub(super) struct Outlets {
    on: [Option<Tag<Flag>>; 8],
    normally_closed: bool,
    /// All coils as one number: they are read together.
    coils: Plausible,
}

impl Outlets {
    fn tell(&self, now: Moment, picture: &mut Snapshot) -> Moment {
        let coils: Reading<Count> = self.coils.reading(now);
        for (relay, tag) in self.on.iter().enumerate() {
            let Some(tag) = tag else { continue };
            let on = coils.map(|coils| Flag::from_bool(is_set(coils, relay) != self.normally_closed));
            picture.put(*tag, on);
        }
        self.coils.stands_until(now)
    }
}

/// Whether a relay of a board is on.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a byte as it was read, kept within its limits"
)]
fn is_set(coils: Count, relay: usize) -> bool {
    coils.get() as u8 >> relay & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::Span;
    use points::point::hosts::outlets::ON;
    use points::point::power;

    fn meter() -> Many {
        Many::new(Feeds::Meter(MeterPoints {
            voltage: [Some(power::VOLTAGE.at(0)), None, None],
            current: [None; 3],
            phase_power: [None; 3],
            power: Some(power::FEED_POWER.at(0)),
            power_factor: None,
            frequency: None,
            energy: Some(power::ENERGY.at(0)),
        }))
    }

    fn raw(energy: f32) -> Raw {
        let values = [
            230.0, 231.0, 229.0, 1.0, 1.0, 1.0, 220.0, 221.0, 219.0, 660.0, 0.95, 50.0, energy,
        ];
        Raw::new(&values.map(f32::to_be_bytes).concat())
    }

    fn at(seconds: u64) -> Moment {
        Moment::ZERO + Span::s(seconds)
    }

    #[test]
    fn a_meters_points_come_with_its_frames_and_grow_stale_without() {
        let (mut meter, mut picture) = (meter(), Snapshot::default());
        let volts = |picture: &Snapshot| picture.get(power::VOLTAGE.at(0)).number();
        meter.take(at(1), Ok(&raw(10.0)));
        let until = meter.tell(at(1), &mut picture);
        assert_eq!(volts(&picture), Some(230.0));
        assert_eq!(picture.get(power::FEED_POWER.at(0)).number(), Some(660.0));
        assert!(until > at(2) && until < at(7), "{until:?}");
        meter.tell(until, &mut picture);
        assert_eq!(volts(&picture), Some(230.0));
        meter.tell(until + Span::ms(20), &mut picture);
        assert_eq!(picture.get(power::VOLTAGE.at(0)).value, Err(Absent::Stale));
        meter.take(at(8), Err(Absent::NoAnswer));
        meter.tell(at(8), &mut picture);
        assert_eq!(picture.get(power::VOLTAGE.at(0)).value, Err(Absent::NoAnswer));
        meter.take(at(9), Ok(&raw(10.0)));
        meter.tell(at(9), &mut picture);
        assert_eq!(volts(&picture), Some(230.0), "at once, not after a while");
    }

    #[test]
    fn energy_that_falls_is_held_back_until_the_next_reading_stands_by_it() {
        let (mut meter, mut picture) = (meter(), Snapshot::default());
        let mut energy = |second: u64, kwh: f32| {
            meter.take(at(second), Ok(&raw(kwh)));
            meter.tell(at(second), &mut picture);
            picture.get(power::ENERGY.at(0)).number()
        };
        assert_eq!(energy(1, 100.0), Some(100.0));
        assert_eq!(energy(2, 0.0), Some(100.0), "a glitch, or another meter");
        assert_eq!(energy(3, 0.0), Some(0.0), "another meter");
    }

    #[test]
    fn an_outlet_on_a_normally_closed_contact_is_on_while_its_relay_is_off() {
        for (normally_closed, expected) in [
            (true, [Flag::Clear, Flag::Set]),
            (false, [Flag::Set, Flag::Clear]),
        ] {
            let mut on = [None; 8];
            (on[0], on[1]) = (Some(ON.at(0)), Some(ON.at(1)));
            let mut board = Many::new(Feeds::Outlets { on, normally_closed });
            let mut picture = Snapshot::default();
            board.take(at(1), Ok(&Raw::new(&[0b01])));
            board.tell(at(1), &mut picture);
            let found = [0, 1].map(|outlet| picture.get(ON.at(outlet)).ok());
            assert_eq!(found, expected.map(Some));
        }
    }
}
