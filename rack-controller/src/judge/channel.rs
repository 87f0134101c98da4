//! One device's frames decoded and judged, channel by channel.

use points::point::Tag;
use points::{Absent, Ampere, Celsius, Moment, Pascal, Percent, Rpm, Snapshot, Watt};
use sensors::driver::Raw;
use sensors::loops::{SupervisedLoop, current_loop};
use sensors::plausible::{self, Plausible};
use sensors::{ads1115, emc2305, ina226, ina228, sdp8xx, sht4x, tmp117};

use crate::core::frame::DeviceFrame;
use crate::site::{Channel, Feeds, Monitor};

#[derive(Clone, Debug)]
pub(super) struct DeviceJudge {
    feeds: Feeds,
    count: u32,
    /// In the order in which the device's feeds are declared.
    channels: [Plausible; 4],
    loops: [SupervisedLoop; 4],
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
            Feeds::Surface { .. } | Feeds::Contacts => two(plausible::AIR, plausible::AIR),
            Feeds::Supply { .. } => two(plausible::CURRENT, plausible::POWER),
            Feeds::Fan { .. } => two(plausible::DUTY, plausible::SPEED),
        };
        DeviceJudge {
            feeds,
            count: 0,
            channels,
            loops: [const { SupervisedLoop::new() }; 4],
        }
    }

    /// Takes a frame, if it is new.
    pub(super) fn take(&mut self, frame: &DeviceFrame) {
        if frame.count == self.count {
            return;
        }
        self.count = frame.count;
        let (at, raw) = (frame.at, frame.result);
        let feeds = self.feeds;
        let [first, second, _, _] = &mut self.channels;
        match &feeds {
            Feeds::Air { .. } => {
                let sample = raw.and_then(|raw| sht4x::decode(&raw));
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
                    raw.and_then(|raw| sdp8xx::decode(&raw, range))
                        .map(|s| s.pressure),
                );
            }
            Feeds::Analogue(channels) => self.scan(*channels, at, raw),
            Feeds::Supply {
                shunt_milliohm,
                bus_divider,
                monitor,
                ..
            } => {
                let sample = raw.and_then(|raw| match monitor {
                    Monitor::Ina226 { .. } => {
                        ina226::decode(&raw, *shunt_milliohm).map(|s| (s.current, s.power))
                    }
                    Monitor::Ina228 => ina228::decode(&raw, *shunt_milliohm).map(|s| (s.current, s.power)),
                });
                first.sample(at, sample.map(|(current, _)| current));
                let watts = sample.and_then(|(_, power)| {
                    points::Quantity::new(power.get() * bus_divider).ok_or(Absent::OverRange)
                });
                second.sample::<Watt>(at, watts);
            }
            // Its contacts look at its frames themselves.
            Feeds::Contacts => {}
            Feeds::Surface { .. } => first.sample(at, raw.and_then(|raw| tmp117::decode(&raw))),
            Feeds::Fan { .. } => {
                let sample = raw.and_then(|raw| emc2305::decode(&raw));
                first.sample(at, sample.map(|s| s.drive));
                second.sample(at, sample.map(|s| s.speed));
            }
        }
    }

    /// A converter's scan: three bytes a channel, in the order measured.
    fn scan(&mut self, channels: [Option<Channel>; 4], at: Moment, raw: Result<Raw, Absent>) {
        let mut voltages = [Err(raw.err().unwrap_or(Absent::ShortTransfer)); 4];
        if let Ok(raw) = raw {
            for sample in raw
                .bytes()
                .chunks(3)
                .filter_map(|bytes| bytes.first().map(|channel| (*channel, bytes)))
            {
                if let Some(voltage) = voltages.get_mut(usize::from(sample.0)) {
                    *voltage = ads1115::decode(&Raw::new(sample.1)).map(|sample| sample.voltage);
                }
            }
        }
        let places = channels
            .into_iter()
            .zip(&mut self.channels)
            .zip(&mut self.loops)
            .zip(voltages);
        for (((channel, own), supervised), voltage) in places {
            match channel {
                Some(Channel::Loop(_)) => supervised.sample(at, voltage),
                Some(Channel::Transducer { full_scale, .. }) => {
                    own.sample(at, voltage.and_then(|voltage| current_loop(voltage, full_scale)));
                }
                Some(Channel::Thermistor { part, .. }) => {
                    own.sample(at, voltage.and_then(|voltage| part.celsius(voltage)));
                }
                None => {}
            }
        }
    }

    /// Writes the readings as of now.
    pub(super) fn tell(&self, now: Moment, picture: &mut Snapshot) {
        let [first, second, _, _] = &self.channels;
        match &self.feeds {
            Feeds::Air {
                temperature,
                humidity,
            } => {
                put::<Celsius>(picture, *temperature, first, now);
                put::<Percent>(picture, *humidity, second, now);
            }
            Feeds::Pressure { pressure, .. } => put::<Pascal>(picture, Some(*pressure), first, now),
            Feeds::Analogue(channels) => {
                for ((channel, own), supervised) in channels.iter().zip(&self.channels).zip(&self.loops) {
                    match channel {
                        Some(Channel::Loop(tag)) => picture.put(*tag, supervised.reading(now)),
                        Some(Channel::Transducer { power, .. }) => picture.put(*power, own.reading(now)),
                        Some(Channel::Thermistor { temperature, .. }) => {
                            picture.put(*temperature, own.reading(now));
                        }
                        None => {}
                    }
                }
            }
            Feeds::Contacts => {}
            Feeds::Surface { temperature } => put::<Celsius>(picture, Some(*temperature), first, now),
            Feeds::Supply { current, power, .. } => {
                put::<Ampere>(picture, *current, first, now);
                put::<Watt>(picture, *power, second, now);
            }
            Feeds::Fan { duty, speed, .. } => {
                put::<Percent>(picture, Some(*duty), first, now);
                put::<Rpm>(picture, Some(*speed), second, now);
            }
        }
    }
}

fn put<Q: points::Quantity>(picture: &mut Snapshot, tag: Option<Tag<Q>>, channel: &Plausible, now: Moment) {
    if let Some(tag) = tag {
        picture.put(tag, channel.reading(now));
    }
}
