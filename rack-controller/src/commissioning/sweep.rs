//! The sweep of a commissioning run: which speed is held for how long, and what is noted meanwhile.
//!
//! ```text
//!   percent 100 |--.                 .--
//!            80 |  |        .--.     |
//!            60 |  '--.     |  |     |
//!            45 |     |     |  '-----'     seven minutes each; a level is left early when the exhaust
//!            35 |     '-----'              comes too near to where control holds it
//! ```
//! Levels go down, up and down again, so that a load that drifts does not look like the blower's doing.

use points::{Moment, Percent, Span};
use sensors::estimate::commission::{Record, SAMPLE_S, Sample};

use crate::control::{FlowMap, jet_pa};

/// Levels, percent of full drive, in their order.
const LEVELS: [f64; 6] = [100.0, 60.0, 35.0, 80.0, 45.0, 100.0];
/// The drive as it was is held so long first: the fit goes out from a rack that stands.
const BEFORE: Span = Span::s(120);
/// How long each is held: chips have come to rest by then, the chassis is on its way.
const HOLD: Span = Span::s(420);
/// Levels below this are left at once when the exhaust gets too warm: faster ones are what cools it.
const WARM_BELOW: f64 = 75.0;
/// Time between two looks: the probes' and the blower's own pace.
const LOOK: Span = Span::s(1);
/// What a look sees.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Voted exhaust, °C.
    pub exhaust_c: f64,
    /// Room, °C.
    pub room_c: f64,
    /// Power of the hosts, W.
    pub power_w: f64,
    /// Speed by the tachometer, percent of full.
    pub speed_percent: f64,
    /// Draft, rack minus room, Pa.
    pub draft_pa: f64,
}

/// A sweep that runs.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// The drive before the first level, while it is held.
    before: Option<Percent>,
    level: usize,
    since: Moment,
    looked: Option<Moment>,
    /// Sums of the looks since the last sample: flow, power, suction, and their count.
    sums: [f64; 3],
    looks: f64,
    record: Record,
}

impl Sweep {
    /// Begins now, from a drive that has been held for a while.
    pub const fn begin(now: Moment, drive: Percent) -> Self {
        Sweep {
            before: Some(drive),
            level: 0,
            since: now,
            looked: None,
            sums: [0.0; 3],
            looks: 0.0,
            record: Record::new(),
        }
    }

    /// Share of it that is done.
    pub fn done(&self, now: Moment) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "six")]
        let (level, levels) = (self.level as f64, LEVELS.len() as f64);
        let held_s = now.since(self.since).as_s();
        let past_s = match self.before {
            Some(_) => held_s,
            None if self.level < LEVELS.len() => BEFORE.as_s() + level * HOLD.as_s() + held_s,
            None => return 1.0,
        };
        past_s / (BEFORE.as_s() + levels * HOLD.as_s())
    }

    /// Whether the drive is still held as it was.
    pub const fn is_before(&self) -> bool {
        self.before.is_some()
    }

    /// What was noted.
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// One tick; the drive to hold, none once it is over. `warm_c` is where the exhaust ends a level early.
    pub fn step(&mut self, now: Moment, look: &Look, warm_c: f64) -> Option<Percent> {
        let due = self.looked.is_none_or(|looked| now.since(looked) >= LOOK);
        if due {
            // By the looks' own clock: a tick that comes a millisecond late makes no second longer.
            let next = self.looked.map_or(now, |looked| looked + LOOK);
            self.looked = Some(if now.since(next) < LOOK { next } else { now });
            self.look(look);
        }
        let held = now.since(self.since);
        if let Some(before) = self.before {
            if held < BEFORE {
                return Some(before);
            }
            (self.before, self.since) = (None, now);
            return LEVELS.first().copied().map(Percent::of);
        }
        if held >= HOLD
            || (look.exhaust_c > warm_c && LEVELS.get(self.level).is_some_and(|level| *level < WARM_BELOW))
        {
            self.level += 1;
            self.since = now;
        }
        LEVELS.get(self.level).copied().map(Percent::of)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "seven digits are more than a sensor has"
    )]
    fn look(&mut self, look: &Look) {
        let jet = jet_pa(look.draft_pa, look.exhaust_c - look.room_c);
        let seen = [FlowMap::planned(look.speed_percent), look.power_w, jet];
        for (sum, seen) in self.sums.iter_mut().zip(seen) {
            *sum += seen;
        }
        self.looks += 1.0;
        if self.looks * LOOK.as_s() < SAMPLE_S {
            return;
        }
        let [flow, power, jet] = self.sums.map(|sum| (sum / self.looks) as f32);
        // Six levels of seven minutes fit; one more would be left out.
        self.record.push(Sample {
            exhaust_c: look.exhaust_c as f32,
            room_c: look.room_c as f32,
            power_w: power,
            flow_m3_s: flow,
            jet_pa: jet,
        });
        (self.sums, self.looks) = ([0.0; 3], 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(exhaust_c: f64) -> Look {
        Look {
            exhaust_c,
            room_c: 24.0,
            power_w: 4_000.0,
            speed_percent: 60.0,
            draft_pa: -12.0,
        }
    }

    /// Drives and how long each was held, s.
    fn levels(exhaust_c: impl Fn(f64) -> f64) -> (Vec<(f64, f64)>, usize) {
        levels_at(100_000, exhaust_c)
    }

    fn levels_at(tick_us: u64, exhaust_c: impl Fn(f64) -> f64) -> (Vec<(f64, f64)>, usize) {
        let (mut sweep, mut levels): (_, Vec<(f64, f64)>) =
            (Sweep::begin(Moment::ZERO, Percent::of(47.0)), Vec::new());
        let (mut now, mut drive) = (Moment::ZERO, 47.0);
        while let Some(asked) = sweep.step(now, &look(exhaust_c(drive)), 42.0) {
            drive = asked.get();
            match levels.last_mut() {
                Some((level, held_s)) if (*level - drive).abs() < 1e-9 => *held_s += 0.1,
                Some(_) | None => levels.push((drive, 0.0)),
            }
            assert!(sweep.done(now) < 1.0);
            now += Span::us(tick_us);
        }
        assert!((sweep.done(now) - 1.0).abs() < 1e-9);
        (levels, sweep.record().samples().len())
    }

    #[test]
    fn the_drive_as_it_was_and_six_levels_of_seven_minutes_are_noted_every_five_seconds() {
        let (levels, samples) = levels(|_| 36.0);
        let begun = levels.first().map_or(0.0, |(_, held_s)| *held_s);
        assert_eq!(levels.len(), 1 + LEVELS.len());
        assert!((begun - BEFORE.as_s()).abs() < 0.2, "{begun}");
        assert!(
            levels
                .iter()
                .skip(1)
                .all(|(_, held_s)| (held_s - HOLD.as_s()).abs() < 0.2),
            "{levels:?}"
        );
        assert!((524..=530).contains(&samples), "{samples}");
    }

    #[test]
    fn ticks_that_are_a_little_late_make_no_sample_longer() {
        for tick_us in [100_100, 103_000, 250_000] {
            let (_, samples) = levels_at(tick_us, |_| 36.0);
            assert!((524..=530).contains(&samples), "{tick_us}: {samples}");
        }
    }

    #[test]
    fn a_slow_level_that_gets_too_warm_is_left_at_once() {
        let (levels, _) = levels(|drive| if drive < 40.0 { 43.0 } else { 36.0 });
        for (drive, held_s) in levels.into_iter().skip(1) {
            let hold = if drive < 40.0 { Span::ms(100) } else { HOLD };
            assert!((held_s - hold.as_s()).abs() < 0.25, "{drive}: {held_s}");
        }
    }
}
