//! How long a condition has stood without a break.

use points::{Moment, Span};

/// Since when a condition stands, if it does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Held {
    since: Option<Moment>,
}

impl Held {
    /// Takes in whether the condition stands now; for how long it has, if it does.
    pub fn watch(&mut self, now: Moment, stands: bool) -> Option<Span> {
        self.since = if stands {
            Some(self.since.unwrap_or(now))
        } else {
            None
        };
        self.since.map(|since| now.since(since))
    }

    /// Takes in whether the condition stands now; whether it has stood for at least `span`.
    pub fn stood(&mut self, now: Moment, stands: bool, span: Span) -> bool {
        self.watch(now, stands).is_some_and(|stood| stood >= span)
    }
}

/// A condition that counts for a while after it has gone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Lingering {
    last: Option<Moment>,
}

impl Lingering {
    /// Takes in whether the condition stands now; whether it stands or stood at most `span` ago.
    pub fn counts(&mut self, now: Moment, stands: bool, span: Span) -> bool {
        if stands {
            self.last = Some(now);
        }
        self.last.is_some_and(|last| now.since(last) <= span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_starts_the_time_again() {
        let mut held = Held::default();
        assert!(!held.stood(Moment(0), true, Span::s(1)));
        assert!(held.stood(Moment(1_000_000), true, Span::s(1)));
        assert!(!held.stood(Moment(1_100_000), false, Span::ZERO));
        assert!(!held.stood(Moment(1_200_000), true, Span::s(1)));
    }

    #[test]
    fn what_went_counts_for_its_span_and_no_longer() {
        let mut smoke = Lingering::default();
        assert!(!smoke.counts(Moment(0), false, Span::s(60)), "never stood");
        assert!(smoke.counts(Moment(0), true, Span::s(60)));
        assert!(smoke.counts(Moment(60_000_000), false, Span::s(60)));
        assert!(!smoke.counts(Moment(60_000_001), false, Span::s(60)));
    }
}
