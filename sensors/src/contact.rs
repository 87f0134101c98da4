//! Debounced contacts.
//!
//! A level counts when it has stood unbroken for its span, over calls that came often enough to have noticed
//! a break. A contact that chatters (more than 20 changes within a second: a loose terminal, a failing reed)
//! has no state: it is [`Absent::Between`] until a level has stood for its span and for no less than a
//! second.

use points::reading::{Absent, Reading};
use points::state::Flag;
use points::time::{Moment, Span};

/// Without a call for longer than this the contact is [`Absent::Stale`].
pub const STALE: Span = Span::s(2);
/// Changes of the raw level within [`CHATTER_WITHIN`] that are still bounce.
pub const CHANGES_MOST: usize = 20;
/// The span in which changes are counted, and for which a chattering contact must be quiet.
pub const CHATTER_WITHIN: Span = Span::s(1);

/// One contact and its debouncing.
#[derive(Clone, Debug)]
pub struct Contact {
    set_after: Span,
    clear_after: Span,
    /// The raw level and since when it stands unbroken.
    raw: Option<(bool, Moment)>,
    /// The latest call.
    seen: Moment,
    /// The level that stood, or why none does.
    stood: Result<Flag, Absent>,
    /// Latest call that confirmed the level that stood; for an absence, since when.
    at: Moment,
    /// Moments of the latest changes; the oldest at `next` once that many have been.
    changes: [Option<Moment>; CHANGES_MOST],
    next: usize,
}

impl Contact {
    /// `set_after` and `clear_after`: how long the contact must stand set, or clear, before that counts.
    pub const fn new(set_after: Span, clear_after: Span) -> Self {
        Contact {
            set_after,
            clear_after,
            raw: None,
            seen: Moment::ZERO,
            stood: Err(Absent::Starting),
            at: Moment::ZERO,
            changes: [None; CHANGES_MOST],
            next: 0,
        }
    }

    /// The raw level as read at `now`. To be called every tick, not only on changes.
    #[inline]
    pub fn level(&mut self, now: Moment, set: bool) {
        let flag = Flag::from_bool(set);
        let stands = self.stood == Ok(flag) && self.raw.is_some_and(|(raw, _)| raw == set);
        if stands && now.since(self.seen) <= STALE {
            // Nearly every call: what stood stands on.
            self.seen = now;
            self.at = now;
        } else {
            self.judge(now, set, flag);
        }
    }

    fn judge(&mut self, now: Moment, set: bool, flag: Flag) {
        if self.raw.is_some() && now.since(self.seen) > STALE {
            // Nobody looked in between: what stood before proves nothing, and the level starts to stand anew.
            self.lose(Absent::Stale, self.at);
            self.raw = None;
        }
        self.seen = now;
        let since = match self.raw {
            Some((old, since)) if old == set => since,
            Some(_) => {
                self.changed(now);
                now
            }
            None => now,
        };
        self.raw = Some((set, since));
        let span = if set { self.set_after } else { self.clear_after };
        let span = if self.stood == Err(Absent::Between) {
            span.max(CHATTER_WITHIN)
        } else {
            span
        };
        if self.stood == Ok(flag) || now.since(since) >= span {
            self.stood = Ok(flag);
            self.at = now;
        }
    }

    /// The level that stood, with the moment of the latest call that confirmed it; [`Absent::Starting`] until
    /// the first level has stood, [`Absent::Stale`] when no call came for 2 s, [`Absent::Between`] while it
    /// chatters.
    #[inline]
    pub fn reading(&self, now: Moment) -> Reading<Flag> {
        // By the latest call of any level: while a long span runs for the new level, the old one is not
        // stale.
        let stale = now.since(self.seen) > STALE;
        match self.stood {
            Ok(_) if stale => Reading::absent(Absent::Stale, self.at),
            value => Reading { value, at: self.at },
        }
    }

    fn lose(&mut self, reason: Absent, since: Moment) {
        // An absence that stands already keeps its beginning.
        if self.stood.is_ok() {
            self.at = since;
            self.stood = Err(reason);
        } else if reason == Absent::Between {
            self.stood = Err(reason);
        }
    }

    /// Notes a change; with the one that is `CHANGES_MOST` changes ago still within the span there are too
    /// many.
    fn changed(&mut self, now: Moment) {
        let oldest = self.changes[self.next];
        self.changes[self.next] = Some(now);
        self.next = (self.next + 1) % CHANGES_MOST;
        if oldest.is_some_and(|oldest| now.since(oldest) <= CHATTER_WITHIN) {
            self.lose(Absent::Between, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: u64) -> Moment {
        Moment::ZERO + Span::ms(ms)
    }

    /// A contact that has been clear for a second, called every 10 ms.
    fn clear(set_after: Span) -> Contact {
        let mut contact = Contact::new(set_after, Span::ms(100));
        for ms in (0..=1000).step_by(10) {
            contact.level(at(ms), false);
        }
        assert_eq!(contact.reading(at(1000)), Reading::good(Flag::Clear, at(1000)));
        contact
    }

    #[test]
    fn unknown_until_the_first_level_stood() {
        let mut contact = Contact::new(Span::ms(50), Span::ms(100));
        assert_eq!(contact.reading(at(5)).value, Err(Absent::Starting));
        for ms in [0, 20, 40] {
            contact.level(at(ms), true);
            assert_eq!(contact.reading(at(ms)).value, Err(Absent::Starting));
        }
        contact.level(at(50), true);
        assert_eq!(contact.reading(at(60)), Reading::good(Flag::Set, at(50)));
    }

    #[test]
    fn each_level_has_its_own_span() {
        let mut contact = clear(Span::ms(50));
        contact.level(at(1010), true);
        contact.level(at(1059), true);
        assert_eq!(contact.reading(at(1059)), Reading::good(Flag::Clear, at(1000)));
        contact.level(at(1060), true);
        assert_eq!(contact.reading(at(1060)), Reading::good(Flag::Set, at(1060)));
        contact.level(at(1100), false);
        contact.level(at(1199), false);
        assert_eq!(contact.reading(at(1199)).value, Ok(Flag::Set));
        contact.level(at(1200), false);
        assert_eq!(contact.reading(at(1200)).value, Ok(Flag::Clear));
    }

    #[test]
    fn stale_when_sampling_stops_and_proven_anew_after() {
        let mut contact = clear(Span::ms(50));
        assert_eq!(contact.reading(at(3000)), Reading::good(Flag::Clear, at(1000)));
        assert_eq!(
            contact.reading(at(3001)),
            Reading::absent(Absent::Stale, at(1000))
        );
        contact.level(at(9000), false);
        assert_eq!(
            contact.reading(at(9000)),
            Reading::absent(Absent::Stale, at(1000))
        );
        contact.level(at(9100), false);
        assert_eq!(contact.reading(at(9100)), Reading::good(Flag::Clear, at(9100)));
    }

    #[test]
    fn a_span_longer_than_the_age_limit_does_not_make_it_stale() {
        let mut contact = clear(Span::s(5));
        for ms in (1010..6010).step_by(10) {
            contact.level(at(ms), true);
            assert_eq!(contact.reading(at(ms)), Reading::good(Flag::Clear, at(1000)));
        }
        contact.level(at(6010), true);
        assert_eq!(contact.reading(at(6010)), Reading::good(Flag::Set, at(6010)));
    }

    #[test]
    fn chatter_is_no_state_until_quiet_for_a_second() {
        let mut contact = clear(Span::ZERO);
        for change in 1..=21 {
            contact.level(at(1000 + change * 10), change % 2 == 1);
            assert_eq!(
                contact.reading(at(1000 + change * 10)).value.is_ok(),
                change <= 20
            );
        }
        for ms in (1220..2210).step_by(10) {
            contact.level(at(ms), true);
            assert_eq!(
                contact.reading(at(ms)),
                Reading::absent(Absent::Between, at(1210))
            );
        }
        contact.level(at(2210), true);
        assert_eq!(contact.reading(at(2210)), Reading::good(Flag::Set, at(2210)));
    }

    #[test]
    fn twenty_one_changes_over_more_than_a_second_are_bounce() {
        let mut contact = clear(Span::ms(100));
        for change in 1..=100 {
            contact.level(at(1000 + change * 51), change % 2 == 1);
            assert_eq!(contact.reading(at(1000 + change * 51)).value, Ok(Flag::Clear));
        }
    }

    proptest! {
        #[test]
        fn bounce_shorter_than_the_span_never_toggles(
            pulses in prop::collection::vec((1u64..50, 60u64..400), 0..60)
        ) {
            let mut contact = clear(Span::ms(50));
            let mut ms = 1000;
            for (set, clear) in pulses {
                for _ in 0..set {
                    ms += 1;
                    contact.level(at(ms), true);
                    prop_assert_eq!(contact.reading(at(ms)).value, Ok(Flag::Clear));
                }
                for _ in 0..clear {
                    ms += 1;
                    contact.level(at(ms), false);
                    prop_assert_eq!(contact.reading(at(ms)).value, Ok(Flag::Clear));
                }
            }
        }

        #[test]
        fn whatever_comes_a_state_is_one_that_was_seen_and_is_fresh(
            calls in prop::collection::vec((0u64..3_000_000, any::<bool>()), 0..300), late in 0u64..4_000_000
        ) {
            let mut contact = Contact::new(Span::ms(50), Span::ms(100));
            let mut now = Moment::ZERO;
            let mut seen = [false; 2];
            for (wait, set) in calls {
                now += Span::us(wait);
                contact.level(now, set);
                seen[usize::from(set)] = true;
                let reading = contact.reading(now + Span::us(late));
                prop_assert!(reading.at <= now);
                if let Some(flag) = reading.ok() {
                    prop_assert!(seen[usize::from(flag.is_set())]);
                    prop_assert!(Span::us(late) <= STALE);
                }
            }
        }
    }
}
