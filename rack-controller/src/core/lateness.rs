//! How late ticks begin: the largest of the last minute, the 99th percentile of the last half minute, and a count of
//! those that matter.

use points::{Moment, Span};

/// A tick later than this is counted and raises an alarm.
pub const LATE: Span = Span::ms(100);
/// A tick later than this does not feed the watchdog: nobody has judged the rack for too long.
pub const TOO_LATE: Span = Span::s(1);
const WINDOW: Span = Span::s(6);
/// Windows of the largest: a minute.
const WINDOWS: usize = 10;
/// Windows of the percentile: half a minute.
const RECENT: usize = 5;
/// Steps of an octave in the histogram: neighbouring bounds differ by 9 %.
const STEPS: usize = 8;
/// Octaves from 1 us on; what is above the last counts as the last.
const BUCKETS: usize = 24 * STEPS;

#[derive(Clone, Debug)]
struct Window {
    largest: Span,
    counts: [u16; BUCKETS],
}

impl Default for Window {
    fn default() -> Self {
        Window {
            largest: Span::ZERO,
            counts: [0; BUCKETS],
        }
    }
}

/// The statistics of lateness.
#[derive(Clone, Debug)]
pub struct Lateness {
    windows: Box<[Window; WINDOWS]>,
    place: usize,
    began: Moment,
    late: u32,
    p99: Span,
}

impl Default for Lateness {
    fn default() -> Self {
        Lateness {
            windows: Box::new(std::array::from_fn(|_| Window::default())),
            place: 0,
            began: Moment::ZERO,
            late: 0,
            p99: Span::ZERO,
        }
    }
}

impl Lateness {
    /// Takes a tick's lateness.
    pub fn take(&mut self, now: Moment, lateness: Span) {
        if now - self.began >= WINDOW {
            self.p99 = self.percentile();
            self.began = now;
            self.place = (self.place + 1) % WINDOWS;
            self.windows[self.place] = Window::default();
        }
        let window = &mut self.windows[self.place];
        window.largest = window.largest.max(lateness);
        let count = &mut window.counts[bucket(lateness)];
        *count = count.saturating_add(1);
        if lateness > LATE {
            self.late = self.late.saturating_add(1);
        }
    }

    /// The largest of the last minute.
    pub fn largest(&self) -> Span {
        self.windows
            .iter()
            .map(|window| window.largest)
            .max()
            .unwrap_or_default()
    }

    /// The 99th percentile of the last half minute, renewed every 6 s, to 9 %.
    pub fn p99(&self) -> Span {
        self.p99
    }

    /// Ticks more than [`LATE`] late since start.
    pub fn late(&self) -> u32 {
        self.late
    }

    fn percentile(&self) -> Span {
        let recent = || (0..RECENT).map(|back| &self.windows[(self.place + WINDOWS - back) % WINDOWS]);
        let total: u32 = recent().flat_map(|window| window.counts).map(u32::from).sum();
        let mut above = total / 100;
        for bucket in (0..BUCKETS).rev() {
            let here: u32 = recent().map(|window| u32::from(window.counts[bucket])).sum();
            if here > above {
                return upper(bucket);
            }
            above -= here;
        }
        Span::ZERO
    }
}

/// The histogram's bucket of a lateness: its octave, and the step within it.
fn bucket(lateness: Span) -> usize {
    let us = lateness.as_us().max(1);
    let octave = us.ilog2();
    let within = (us << 3 >> octave) & 7;
    let place = usize::try_from(octave).unwrap_or(0) * STEPS + usize::try_from(within).unwrap_or(0);
    place.min(BUCKETS - 1)
}

/// The upper bound of a bucket.
fn upper(bucket: usize) -> Span {
    let (octave, within) = (bucket / STEPS, bucket % STEPS);
    let steps = u64::try_from(within + 1 + STEPS).unwrap_or(u64::MAX);
    Span::us((steps << octave) >> 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_a_minute_is_forgotten_after_it() {
        let mut lateness = Lateness::default();
        lateness.take(Moment(0), Span::ms(120));
        for second in 1..120u64 {
            lateness.take(Moment(second * 1_000_000), Span::ms(1));
        }
        assert_eq!((lateness.largest(), lateness.late()), (Span::ms(1), 1));
    }

    #[test]
    fn the_percentile_is_that_of_the_last_half_minute_to_nine_percent() {
        let mut lateness = Lateness::default();
        for tick in 0..3_000u64 {
            // One tick in fifty is ten times as late as the others.
            let us = if tick % 50 == 0 { 2_000 } else { 200 };
            lateness.take(Moment(tick * 20_000), Span::us(us));
        }
        let p99 = lateness.p99().as_us();
        assert!((2_000..=2_250).contains(&p99), "{p99}");
        for tick in 3_000..6_000u64 {
            lateness.take(Moment(tick * 20_000), Span::us(200));
        }
        let p99 = lateness.p99().as_us();
        assert!((200..=225).contains(&p99), "{p99}");
    }

    #[test]
    fn every_lateness_lies_below_the_upper_bound_of_its_bucket() {
        for us in [
            0, 1, 2, 3, 7, 8, 9, 100, 999, 1_000, 65_535, 1_000_000, 16_000_000,
        ] {
            let bound = upper(bucket(Span::us(us))).as_us();
            assert!(
                us <= bound && (us < 16 || bound <= us + us / 8 + 1),
                "{us} {bound}"
            );
        }
    }
}
