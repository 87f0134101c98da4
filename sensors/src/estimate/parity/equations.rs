//! What the channels' equations say of the means of what is seen.
//!
//! ```text
//!   readings --means of 20 and 30 s--> equations --> y, where on its line, what no line tells      or why nothing
//! ```
//! Pressures, speed and power have one time constant, since they are put into one equation. What three see is the middle of
//! them once what each is known to differ by is taken off: one that is off then moves no other's equation.
//!
//! Power goes with the cube of the speed, so it is the cube whose mean is taken: the cube of a mean is too small for a wheel
//! that slows, and a supply that sags would be taken for bearings. The means of a wheel that is known to stand are forgotten:
//! they would tell of the stop for a minute after it.

use points::Absent;

use super::channel::{CHANNELS, Channel, Clean, Seen};
use super::reference::Place;
use crate::estimate::filter::extracted;

/// What a channel says: its value, where, and what no line tells of it, as a deviation.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// The equation's own unit.
    pub y: f64,
    /// Where.
    pub place: Place,
    /// Deviation.
    pub error: f64,
}

/// Standby of the blower and what its wheel takes at full speed beyond it, W (plant study, section 1.6).
const STANDBY_W: f64 = 4.0;
const FULL_W: f64 = 447.0;
/// Slits and way through the rack, Pa s²/m⁶ of extracted flow (plant study, section 1.1).
const SLIT: f64 = 5.0;
const CORE: f64 = 20.0;
/// Pressure of the warm column per kelvin, Pa.
const STACK_PA_PER_K: f64 = 0.0386;
/// Its usual part in the clean draft is that of this rise, K; the jet loses a quarter of what it helps.
const USUAL_RISE_K: f64 = 16.0;
const STACK_SHARE: f64 = 0.75;
/// Share of warm air that the hosts breathe again (plant study, section 1.2), and the flow below which it is more, m³/s.
const RECIRCULATION: f64 = 0.3;
const FRESH_M3_S: f64 = 0.16;
/// A drive moves so much in a second at most, and the wheel lags by so much, s (plant study, section 1.3).
const SLEW_PER_S: f64 = 0.08;
const LAG_S: f64 = 2.0;
/// A drive holds this speed at least, and none below this drive.
const SLOWEST: f64 = 0.2;
const STOPS: f64 = 0.02;
/// Below this share of full speed a wheel stands, or nearly.
const STANDS: f64 = 0.18;
/// Draft, hosts' heat and rise below which nothing is divided by them: Pa, W.
const LEAST_PA: f64 = 0.5;
const LEAST_W: f64 = 1_500.0;
/// Time constants of the means, s: pressures, speed and power alike, since they are put into one equation.
const AIR_S: f64 = 20.0;
const WARM_S: f64 = 30.0;
/// While the drive moves by more than this share within seconds, or air by so many kelvin, no equation at rest holds.
const MOVES: f64 = 0.03;
const MOVES_K: f64 = 0.8;
const FAST_S: f64 = 4.0;

/// A running mean that forgets with a time constant and starts anew after a gap.
#[derive(Clone, Copy, Debug, Default)]
struct Mean(Option<f64>);

impl Mean {
    fn follow(&mut self, sample: Option<f64>, dt_s: f64, over_s: f64) {
        self.0 = sample.map(|sample| {
            self.0
                .map_or(sample, |mean| mean + (sample - mean) * dt_s / (dt_s + over_s))
        });
    }
}

/// Means of what is seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Means {
    heat: Mean,
    hosts: Mean,
    exhaust: [Mean; 3],
    exhaust_fast: Mean,
    room: Mean,
    inlets: [Mean; 2],
    draft: Mean,
    suction: Mean,
    drops: [Mean; 2],
    speed: Mean,
    drive: Mean,
    drive_fast: Mean,
    /// Behind a short mean each, so that a tachometer's jitter has no cube, and then a longer one: both together as slow as
    /// the others.
    power_fast: Mean,
    power: Mean,
    speed_fast: Mean,
    cube: Mean,
    /// Set point and speed of a wheel that follows its drive, shares.
    asked: Option<(f64, f64)>,
    asked_mean: Mean,
}

/// Speed that a drive asks for, shares.
fn asks(drive: f64) -> f64 {
    if drive < STOPS { 0.0 } else { drive.max(SLOWEST) }
}

/// The middle of those that are there; their mean where they are two.
fn middle(values: [Option<f64>; 3]) -> Option<f64> {
    match values {
        [Some(a), Some(b), Some(c)] => Some(a.max(b).min(a.min(b).max(c))),
        [Some(a), Some(b), None] | [Some(a), None, Some(b)] | [None, Some(a), Some(b)] => Some(0.5 * (a + b)),
        [Some(_), None, None] | [None, Some(_), None] | [None, None, Some(_)] | [None, None, None] => None,
    }
}

/// What several see: their middle, once what each is expected to differ by is taken off. One alone agrees with nobody.
fn agreed(values: [Option<f64>; 3], own: [f64; 3]) -> Option<f64> {
    let mut known = values;
    for (value, own) in known.iter_mut().zip(own) {
        *value = value.map(|value| value - own);
    }
    middle(known)
}

/// Channels of one draft and of one exhaust.
const GAUGES: [Channel; 3] = [Channel::Draft, Channel::Left, Channel::Right];
const EXHAUSTS: [Channel; 3] = [Channel::ExhaustA, Channel::ExhaustB, Channel::ExhaustC];

impl Means {
    /// Takes a look.
    pub fn follow(&mut self, seen: &Seen, clean: &Clean, dt_s: f64) {
        let share = |percent: f64| percent / 100.0;
        self.heat.follow(seen.heat.number(), dt_s, WARM_S);
        self.hosts.follow(seen.hosts.number(), dt_s, WARM_S);
        for (mean, reading) in self.exhaust.iter_mut().zip(seen.exhaust) {
            mean.follow(reading.number(), dt_s, WARM_S);
        }
        self.room.follow(seen.room.number(), dt_s, WARM_S);
        for (mean, reading) in self.inlets.iter_mut().zip(seen.inlets) {
            mean.follow(reading.number(), dt_s, WARM_S);
        }
        let middle_c = middle(seen.exhaust.map(|probe| probe.number()));
        self.exhaust_fast.follow(middle_c, dt_s, FAST_S);
        self.draft.follow(seen.draft.number().map(|pa| -pa), dt_s, AIR_S);
        self.suction
            .follow(seen.suction.number().map(|pa| -pa), dt_s, AIR_S);
        for (mean, reading) in self.drops.iter_mut().zip(seen.drops) {
            mean.follow(reading.number(), dt_s, AIR_S);
        }
        let speed = match seen.speed.value {
            Err(Absent::UnderRange) => Some(0.0),
            Ok(_) | Err(_) => seen.speed.number().map(|rpm| rpm / clean.full_rpm),
        };
        let drive = seen.drive.number().map(share);
        self.drive.follow(drive, dt_s, AIR_S);
        self.drive_fast.follow(drive, dt_s, FAST_S);
        // A blower that is not to turn, or is known to stand, has no speed at rest; it begins anew from where it is.
        let turns = seen.blower.is_none();
        let speed = speed.filter(|_| turns);
        self.speed.follow(speed, dt_s, AIR_S);
        self.speed_fast.follow(speed, dt_s, FAST_S);
        let cube = self.speed_fast.0.map(|speed| speed * speed * speed);
        self.cube.follow(cube, dt_s, AIR_S - FAST_S);
        let power_w = seen.power.number().filter(|_| turns);
        self.power_fast.follow(power_w, dt_s, FAST_S);
        self.power.follow(self.power_fast.0, dt_s, AIR_S - FAST_S);
        self.asked = drive.filter(|_| turns).map(|drive| {
            let target = asks(drive);
            let begins = speed.unwrap_or(target);
            let (set, wheel) = self.asked.unwrap_or((begins, begins));
            let most = SLEW_PER_S * dt_s;
            let set = set + (target - set).clamp(-most, most);
            (set, wheel + (set - wheel) * dt_s / (dt_s + LAG_S))
        });
        self.asked_mean
            .follow(self.asked.map(|(_, wheel)| wheel), dt_s, AIR_S);
    }

    /// The drive or the air moves faster than an equation at rest allows.
    pub fn moves(&self) -> (bool, bool) {
        let apart = |a: Mean, b: Mean| a.0.zip(b.0).map_or(0.0, |(a, b)| (a - b).abs());
        let exhaust = middle(self.exhaust.map(|mean| mean.0));
        let warm = exhaust
            .zip(self.exhaust_fast.0)
            .map_or(0.0, |(a, b)| (a - b).abs());
        (apart(self.drive, self.drive_fast) > MOVES, warm > MOVES_K)
    }

    /// What every channel says, or why it says nothing; and the draft over the clean rack's.
    ///
    /// `own` is what a channel is expected to be at a place.
    pub fn say(
        &self,
        seen: &Seen,
        clean: &Clean,
        own: &impl Fn(Channel, f64) -> f64,
    ) -> ([Result<Said, Absent>; CHANNELS], Option<f64>) {
        let mut said = [Err(Absent::Suspended); CHANNELS];
        let mut put = |channel: Channel, what: Result<Said, Absent>| {
            if let Some(place) = said.get_mut(channel as usize) {
                *place = what;
            }
        };
        let rise_k = middle(self.exhaust.map(|mean| mean.0))
            .zip(self.room.0)
            .map(|(air_c, room_c)| air_c - room_c);
        let speed = seen.speed.value.err().filter(|why| *why != Absent::UnderRange);
        put(Channel::Speed, self.speed(seen));
        put(Channel::Power, self.power(seen, speed));
        let x = (rise_k.unwrap_or(USUAL_RISE_K) - USUAL_RISE_K) / 10.0;
        let all = self.exhaust.map(|mean| mean.0);
        let exhaust_c = agreed(all, EXHAUSTS.map(|channel| own(channel, x)));
        for (channel, (probe, air_c)) in EXHAUSTS.into_iter().zip(seen.exhaust.iter().zip(all)) {
            put(
                channel,
                self.exhaust(seen, probe.value.err(), air_c.zip(exhaust_c), x),
            );
        }
        put(Channel::Heat, self.heat(seen));
        let air = self.air(seen, clean, rise_k, speed, own);
        let gauges = [seen.draft, seen.drops[0], seen.drops[1]];
        for (place, (channel, gauge)) in GAUGES.into_iter().zip(gauges).enumerate() {
            let whose = gauge.value.err();
            put(channel, whose.map_or(air, Err).and_then(|air| air.gauge(place)));
        }
        let suction = seen.suction.value.err();
        put(
            Channel::Suction,
            suction.map_or(air, Err).and_then(|air| self.suction(&air)),
        );
        put(Channel::Flow, air.map(|air| air.flow(clean)));
        for (place, channel) in [Channel::InletLeft, Channel::InletRight].into_iter().enumerate() {
            put(channel, self.inlet(seen, place, rise_k, air));
        }
        (said, air.ok().map(|air| air.growth(clean)))
    }

    fn place(&self, x: f64) -> Place {
        Place {
            speed: self.speed.0.unwrap_or(0.0),
            x,
        }
    }

    fn speed(&self, seen: &Seen) -> Result<Said, Absent> {
        let why = seen.blower.or(seen.drive.value.err());
        let counted = seen.speed.value.err().filter(|why| *why != Absent::UnderRange);
        if let Some(why) = why.or(counted) {
            return Err(why);
        }
        let (speed, asked) = self.speed.0.zip(self.asked_mean.0).ok_or(Absent::Starting)?;
        // Binned by the drive: a tachometer that lies would move the bin too.
        Ok(Said {
            y: speed - asked,
            place: Place {
                speed: asked,
                x: asked - 0.6,
            },
            error: 0.01,
        })
    }

    fn power(&self, seen: &Seen, speed: Option<Absent>) -> Result<Said, Absent> {
        if let Some(why) = seen.blower.or(speed).or(seen.power.value.err()) {
            return Err(why);
        }
        let means = self.speed.0.zip(self.cube.0).zip(self.power.0);
        let ((speed, cube), power_w) = means.ok_or(Absent::Starting)?;
        if speed < STANDS {
            return Err(Absent::Suspended);
        }
        let expected_w = STANDBY_W + FULL_W * cube;
        let zero = 0.5 / expected_w;
        Ok(Said {
            y: power_w / expected_w - 1.0,
            place: self.place(speed - 0.6),
            error: libm::hypot(0.02, zero),
        })
    }

    /// A probe and what they agree on.
    fn exhaust(
        &self,
        seen: &Seen,
        lost: Option<Absent>,
        both: Option<(f64, f64)>,
        x: f64,
    ) -> Result<Said, Absent> {
        if let Some(why) = seen.heat_ways.or(lost) {
            return Err(why);
        }
        let (own_c, all_c) = both.ok_or(Absent::Suspended)?;
        Ok(Said {
            y: own_c - all_c,
            place: self.place(x),
            error: 0.07,
        })
    }

    fn heat(&self, seen: &Seen) -> Result<Said, Absent> {
        if let Some(why) = seen.heat.value.err().or(seen.hosts.value.err()) {
            return Err(why);
        }
        let (heat_w, hosts_w) = self.heat.0.zip(self.hosts.0).ok_or(Absent::Starting)?;
        let speed = self.speed.0.unwrap_or(0.0);
        Ok(Said {
            y: heat_w / hosts_w.max(LEAST_W),
            place: self.place(speed - 0.6),
            error: 0.06,
        })
    }

    fn suction(&self, air: &Air) -> Result<Said, Absent> {
        let suction_pa = self.suction.0.ok_or(Absent::Starting)?;
        let core_pa = CORE * air.m3_s * air.m3_s;
        Ok(Said {
            y: suction_pa - air.pa + STACK_PA_PER_K * air.rise_k - core_pa,
            place: Place {
                speed: air.speed,
                x: core_pa,
            },
            error: libm::hypot(0.12, 0.02 * air.pa),
        })
    }

    fn inlet(
        &self,
        seen: &Seen,
        place: usize,
        rise_k: Option<f64>,
        air: Result<Air, Absent>,
    ) -> Result<Said, Absent> {
        let own = seen.inlets.get(place).and_then(|probe| probe.value.err());
        if let Some(why) = seen.heat_ways.or(own).or(seen.room.value.err()) {
            return Err(why);
        }
        if air?.m3_s < FRESH_M3_S {
            return Err(Absent::Suspended);
        }
        let inlet = self.inlets.get(place).and_then(|mean| mean.0);
        let ((inlet_c, room_c), rise_k) = inlet.zip(self.room.0).zip(rise_k).ok_or(Absent::Suspended)?;
        Ok(Said {
            y: inlet_c - room_c - RECIRCULATION * rise_k,
            place: self.place((rise_k - USUAL_RISE_K) / 10.0),
            error: 0.15,
        })
    }

    /// The draft as three sensors see it.
    fn air(
        &self,
        seen: &Seen,
        clean: &Clean,
        rise_k: Option<f64>,
        speed: Option<Absent>,
        own: &impl Fn(Channel, f64) -> f64,
    ) -> Result<Air, Absent> {
        if let Some(why) = seen.air.or(seen.blower).or(speed) {
            return Err(why);
        }
        let speed = self.speed.0.ok_or(Absent::Starting)?;
        let rise_k = rise_k.unwrap_or(USUAL_RISE_K);
        let planned_m3_s = (clean.planned_m3_s)(100.0 * speed);
        let gauges = [self.draft.0, self.drops[0].0, self.drops[1].0];
        let whole = |m3_s: f64| {
            let slit_pa = SLIT * m3_s * m3_s;
            [
                gauges[0],
                gauges[1].map(|pa| pa + slit_pa),
                gauges[2].map(|pa| pa + slit_pa),
            ]
        };
        let among = |gauges: [Option<f64>; 3], m3_s: f64| {
            let known = GAUGES.map(|channel| own(channel, SLIT * m3_s * m3_s));
            agreed(gauges, known).or(gauges.into_iter().flatten().next())
        };
        // The slits take a little: what they take by the flow that a draft without them gives is near enough.
        let none = seen.draft.value.err().unwrap_or(Absent::Starting);
        let first_pa = among(whole(planned_m3_s), planned_m3_s).ok_or(none)?;
        let m3_s = extracted(speed, first_pa, rise_k).unwrap_or(0.0);
        let gauges = whole(m3_s);
        let pa = among(gauges, m3_s).unwrap_or(first_pa);
        Ok(Air {
            speed,
            pa,
            agreed_pa: if gauges.iter().flatten().count() > 1 {
                Some(pa)
            } else {
                None
            },
            gauges,
            rise_k,
            planned_m3_s,
            m3_s,
        })
    }
}

/// The air's way.
#[derive(Clone, Copy, Debug)]
struct Air {
    speed: f64,
    /// Draft, Pa; what more than one agree on; and as each of the three says it.
    pa: f64,
    agreed_pa: Option<f64>,
    gauges: [Option<f64>; 3],
    rise_k: f64,
    planned_m3_s: f64,
    /// Extracted flow, by what a jet of this speed draws against this draft.
    m3_s: f64,
}

impl Air {
    fn gauge(&self, place: usize) -> Result<Said, Absent> {
        let own = self.gauges.get(place).copied().flatten();
        let (own_pa, all_pa) = own.zip(self.agreed_pa).ok_or(Absent::Suspended)?;
        Ok(Said {
            y: own_pa - all_pa,
            place: Place {
                speed: self.speed,
                x: SLIT * self.m3_s * self.m3_s,
            },
            error: libm::hypot(0.1, 0.012 * self.pa),
        })
    }

    /// What the jet alone sucks, Pa.
    fn jet_pa(&self) -> f64 {
        self.pa - STACK_SHARE * STACK_PA_PER_K * (self.rise_k - USUAL_RISE_K)
    }

    fn growth(&self, clean: &Clean) -> f64 {
        let (linear, square) = clean.draft;
        let clean_pa = (linear + square * self.planned_m3_s) * self.planned_m3_s;
        self.jet_pa() / clean_pa.max(LEAST_PA)
    }

    fn flow(&self, clean: &Clean) -> Said {
        let (linear, square) = clean.draft;
        let jet_pa = self.jet_pa().max(0.0);
        let through = 2.0 * jet_pa / (linear + libm::sqrt(linear * linear + 4.0 * square * jet_pa));
        Said {
            y: through / self.planned_m3_s.max(f64::MIN_POSITIVE) - 1.0,
            place: Place {
                speed: self.speed,
                x: self.speed - 0.6,
            },
            error: libm::hypot(0.02, 0.12 / self.pa.max(LEAST_PA)),
        }
    }
}
