//! One device's frames decoded and judged, channel by channel.

use points::point::Tag;
use points::{Absent, Ampere, Celsius, Moment, Pascal, Percent, Rpm, Snapshot, Watt};
use sensors::driver::Raw;
use sensors::loops::{SupervisedLoop, current_loop};
use sensors::plausible::{self, Plausible};
use sensors::{ads1115, ds18b20, emc2305, ina226, ina228, kernel_value, sdp8xx, sht4x, tmp117};

use super::feed::Many;
use crate::core::frame::DeviceFrame;
use crate::site::{Channel, Feeds, Monitor};

#[derive(Clone, Debug)]
pub(super) struct DeviceJudge {
    feeds: Feeds,
    /// In the order in which the device's feeds are declared.
    channels: [Plausible; 4],
    loops: [SupervisedLoop; 4],
    /// Instead of those, for a device that feeds many points.
    many: Many,
}

impl DeviceJudge {
    pub(super) fn new(feeds: Feeds) -> Self {
        let two = |a, b| {
            [
                Plausible::new(a),
                Plausible::new(b),
                Plausible::new(a),
                Plausible::new(b),
            ]
        };
        let channels = match feeds {
            Feeds::Air { .. } => two(plausible::AIR, plausible::HUMIDITY),
            Feeds::Pressure { fine: true, .. } => two(plausible::PRESSURE_125, plausible::AIR),
            Feeds::Pressure { fine: false, .. } => two(plausible::PRESSURE_500, plausible::AIR),
            Feeds::Analogue(channels) => channels.map(|channel| {
                Plausible::new(match channel {
                    Some(Channel::Thermistor { .. }) => plausible::AIR,
                    Some(Channel::Loop(_) | Channel::Transducer { .. }) | None => plausible::POWER,
                })
            }),
            Feeds::Surface { .. }
            | Feeds::OneWire { .. }
            | Feeds::Kernel { .. }
            | Feeds::Contacts
            | Feeds::Meter(_)
            | Feeds::Outlets { .. } => two(plausible::AIR, plausible::AIR),
            Feeds::Supply { .. } => two(plausible::CURRENT, plausible::POWER),
            Feeds::Fan { .. } => two(plausible::DUTY, plausible::SPEED),
        };
        DeviceJudge {
            feeds,
            channels,
            loops: [const { SupervisedLoop::new() }; 4],
            many: Many::new(feeds),
        }
    }

    /// Takes a new frame.
    pub(super) fn take(&mut self, frame: &DeviceFrame) {
        let (at, raw) = (frame.at, frame.result.as_ref().map_err(|reason| *reason));
        let DeviceJudge {
            feeds,
            channels: own,
            loops,
            many,
        } = self;
        let [first, second, _, _] = own;
        match feeds {
            Feeds::Air { .. } => {
                let sample = raw.and_then(sht4x::decode);
                first.sample(at, sample.map(|s| s.temperature));
                second.sample(at, sample.map(|s| s.humidity));
            }
            Feeds::Pressure { fine, .. } => {
                let range = if *fine {
                    sdp8xx::Range::Pa125
                } else {
                    sdp8xx::Range::Pa500
                };
                first.sample(
                    at,
                    raw.and_then(|raw| sdp8xx::decode(raw, range)).map(|s| s.pressure),
                );
            }
            Feeds::Analogue(channels) => scan(channels, own, loops, at, raw),
            Feeds::Supply {
                shunt_milliohm,
                bus_divider,
                monitor,
                ..
            } => {
                let sample = raw.and_then(|raw| match monitor {
                    Monitor::Ina226 { .. } => {
                        ina226::decode(raw, *shunt_milliohm).map(|s| (s.current, s.power))
                    }
                    Monitor::Ina228 => ina228::decode(raw, *shunt_milliohm).map(|s| (s.current, s.power)),
                });
                first.sample(at, sample.map(|(current, _)| current));
                let watts = sample.and_then(|(_, power)| {
                    points::Quantity::new(power.get() * *bus_divider).ok_or(Absent::OverRange)
                });
                second.sample::<Watt>(at, watts);
            }
            Feeds::OneWire { .. } => first.sample(at, raw.and_then(ds18b20::decode)),
            Feeds::Kernel { .. } => first.sample(at, raw.and_then(kernel_value::decode)),
            Feeds::Meter(_) | Feeds::Outlets { .. } => many.take(at, raw),
            // Its contacts look at its frames themselves.
            Feeds::Contacts => {}
            Feeds::Surface { .. } => first.sample(at, raw.and_then(tmp117::decode)),
            Feeds::Fan { .. } => {
                let sample = raw.and_then(emc2305::decode);
                first.sample(at, sample.map(|s| s.drive));
                second.sample(at, sample.map(|s| s.speed));
            }
        }
    }

    /// Writes the readings as of now; the last moment at which they are still these if no frame comes before.
    pub(super) fn tell(&self, now: Moment, picture: &mut Snapshot) -> Moment {
        let [first, second, _, _] = &self.channels;
        match &self.feeds {
            Feeds::Air {
                temperature,
                humidity,
            } => put::<Celsius>(picture, *temperature, first, now)
                .min(put::<Percent>(picture, *humidity, second, now)),
            Feeds::Pressure { pressure, .. } => put::<Pascal>(picture, Some(*pressure), first, now),
            Feeds::Analogue(channels) => {
                let mut until = Moment::NEVER;
                for ((channel, own), supervised) in channels.iter().zip(&self.channels).zip(&self.loops) {
                    until = until.min(match channel {
                        Some(Channel::Loop(tag)) => {
                            picture.put(*tag, supervised.reading(now));
                            supervised.stands_until(now)
                        }
                        Some(Channel::Transducer { power, .. }) => put(picture, Some(*power), own, now),
                        Some(Channel::Thermistor { temperature, .. }) => {
                            put(picture, Some(*temperature), own, now)
                        }
                        None => Moment::NEVER,
                    });
                }
                until
            }
            Feeds::Contacts => Moment::NEVER,
            Feeds::Meter(_) | Feeds::Outlets { .. } => self.many.tell(now, picture),
            Feeds::Surface { temperature }
            | Feeds::OneWire { temperature, .. }
            | Feeds::Kernel { temperature, .. } => put::<Celsius>(picture, Some(*temperature), first, now),
            Feeds::Supply { current, power, .. } => {
                put::<Ampere>(picture, *current, first, now).min(put::<Watt>(picture, *power, second, now))
            }
            Feeds::Fan { duty, speed, .. } => put::<Percent>(picture, Some(*duty), first, now)
                .min(put::<Rpm>(picture, Some(*speed), second, now)),
        }
    }
}

/// A converter's scan: three bytes a channel, in the order measured.
fn scan(
    channels: &[Option<Channel>; 4],
    own: &mut [Plausible; 4],
    loops: &mut [SupervisedLoop; 4],
    at: Moment,
    raw: Result<&Raw, Absent>,
) {
    let mut voltages = [Err(raw.err().unwrap_or(Absent::ShortTransfer)); 4];
    for bytes in raw.map(Raw::bytes).unwrap_or_default().chunks(3) {
        let place = bytes.first().map_or(usize::MAX, |channel| usize::from(*channel));
        if let Some(voltage) = voltages.get_mut(place) {
            *voltage = ads1115::decode_bytes(bytes).map(|sample| sample.voltage);
        }
    }
    for (place, channel) in channels.iter().enumerate() {
        let voltage = voltages[place];
        match channel {
            Some(Channel::Loop(_)) => loops[place].sample(at, voltage),
            Some(Channel::Transducer { full_scale, .. }) => {
                let power = voltage.and_then(|voltage| current_loop(voltage, *full_scale));
                own[place].sample(at, power);
            }
            Some(Channel::Thermistor { part, .. }) => {
                own[place].sample(at, voltage.and_then(|voltage| part.celsius(voltage)));
            }
            None => {}
        }
    }
}

/// Writes a channel's reading; until when it stands by itself.
pub(super) fn put<Q: points::Quantity>(
    picture: &mut Snapshot,
    tag: Option<Tag<Q>>,
    channel: &Plausible,
    now: Moment,
) -> Moment {
    let Some(tag) = tag else {
        return Moment::NEVER;
    };
    picture.put(tag, channel.reading(now));
    channel.stands_until(now)
}
