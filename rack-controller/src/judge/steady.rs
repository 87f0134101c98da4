//! What is judged by means of seconds: a running mean, and a condition that has to stand.

use points::{Moment, Span};

/// Those who judge by means look so often: a mean of seconds needs no tick of 10 ms.
pub(super) const LOOK: Span = Span::ms(500);

/// A running mean that forgets with a time constant. It starts anew after a gap.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean(Option<f64>);

impl Mean {
    /// Takes a sample that stood for `dt` and gives the mean over `over`.
    pub(super) fn follow(&mut self, sample: Option<f64>, dt: Span, over: Span) -> Option<f64> {
        self.0 = sample.map(|sample| {
            let keep = over.as_s() / (dt.as_s() + over.as_s());
            self.0.map_or(sample, |mean| sample + (mean - sample) * keep)
        });
        self.0
    }

    /// The mean as it is.
    pub(super) const fn now(self) -> Option<f64> {
        self.0
    }
}

/// A verdict that needs a condition to stand for a time, and the contrary to stand for another. What says neither
/// leaves it as it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Verdict {
    /// Since when it stands.
    stands: Option<Moment>,
    /// Since when the latest look said the contrary of it.
    contrary: Option<Moment>,
}

impl Verdict {
    /// Takes a look: it is so, it is not so, or nothing can be said.
    pub(super) fn look(&mut self, now: Moment, says: Option<bool>, on: Span, off: Span) {
        if says != Some(self.stands.is_none()) {
            self.contrary = None;
            return;
        }
        let since = *self.contrary.get_or_insert(now);
        let needed = if self.stands.is_none() { on } else { off };
        if now.since(since) >= needed {
            self.stands = if self.stands.is_none() { Some(now) } else { None };
            self.contrary = None;
        }
    }

    /// Since when it stands, if it does.
    pub(super) const fn since(&self) -> Option<Moment> {
        self.stands
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_needs_its_time_both_ways_and_silence_leaves_it() {
        let (mut verdict, on, off) = (Verdict::default(), Span::s(10), Span::s(5));
        let mut at = |second: u64, says| {
            verdict.look(Moment::ZERO + Span::s(second), says, on, off);
            verdict.since().is_some()
        };
        assert!(!at(0, Some(true)) && !at(9, Some(true)) && !at(10, Some(false)));
        assert!(!at(11, Some(true)) && !at(20, Some(true)) && at(21, Some(true)));
        assert!(at(22, Some(false)) && at(26, None) && at(30, Some(false)));
        assert!(at(34, Some(false)) && !at(35, Some(false)));
    }

    #[test]
    fn a_mean_starts_anew_after_a_gap() {
        let (mut mean, dt, over) = (Mean::default(), Span::s(1), Span::s(1));
        assert_eq!(mean.follow(Some(4.0), dt, over), Some(4.0));
        assert_eq!(mean.follow(Some(8.0), dt, over), Some(6.0));
        assert_eq!(mean.follow(None, dt, over), None);
        assert_eq!(mean.follow(Some(1.0), dt, over), Some(1.0));
    }
}
