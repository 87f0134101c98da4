//! How much time hosts have once cooling is lost, and whether it has become short (D5).
//!
//! ```text
//!   cooling is lost --> cap asked --CAP_TIME--> hosts obey it? --no--> slope: time to the trip < lead ---> HOST_DOWN
//!                                                    |
//!                                                   yes: the model's lower bound: time to damage < lead --> HOST_DOWN
//! ```
//! The slope of the vote is what the power of before has done: probes lag by twelve seconds, the slope by ten more. For half
//! a minute after a cap it tells of a rise that has ended. So a rack whose hosts can be capped waits [`CAP_TIME`] for them,
//! and where the core's own meter shows that they obey, the model's lower bound is asked, which knows the power of now.
//! Nothing of this holds the trip (C08) back, nor the damage limit (C27): both are thresholds of the vote. Where the model is
//! silent, hosts do not obey, or the site names no tiers, the slope alone speaks, as it does everywhere else.

use points::{Moment, Span};

use crate::timer::Held;

/// Time in which hosts carry out a power cap and the meters show it. An agent has written its limits 0.1 s after the alarm,
/// a limit's own window is 1 s, a meter is read each second and the model runs ahead every two.
pub const CAP_TIME: Span = Span::s(6);

/// What is known of how hosts take a power cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Caps {
    /// No host of the site can be capped, or none is named.
    #[default]
    Unable,
    /// Some can be.
    Able,
    /// A cap is asked, and together they draw no more: measured by the core.
    Obeyed,
}

/// When the model sees the damage limit, at the soonest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Foreseen {
    /// It is silent.
    #[default]
    Silent,
    /// Not before this long.
    In(Span),
    /// Not as far as it looks, an hour, or never.
    Beyond,
}

impl Foreseen {
    const fn time(self) -> Option<Span> {
        match self {
            Foreseen::In(time) => Some(time),
            Foreseen::Silent | Foreseen::Beyond => None,
        }
    }
}

/// What the hosts' plan and the model say, for the judgement of a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostsTime {
    /// What the hosts' shutdown needs from its first tier to its last, where the site names its tiers.
    pub lead: Option<Span>,
    /// Time to the damage limit at least, by the model.
    pub foreseen: Foreseen,
    /// HOST_CAP is in force. It is latched with a loss of cooling, so a loss that comes and goes is waited for once.
    pub asked: bool,
    /// How hosts take a cap.
    pub caps: Caps,
}

/// Times by the slope of the vote; none while it does not rise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BySlope {
    /// Until the trip.
    pub trip: Option<Span>,
    /// Until the damage limit.
    pub damage: Option<Span>,
}

/// The judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    /// There is less than the hosts need.
    pub short: bool,
    /// What is left before a shutdown has to begin; none where nothing rises.
    pub spare: Option<Span>,
    /// Until hosts are damaged, at least.
    pub damage: Option<Span>,
}

/// Since when hosts have had a reason to cap themselves: cooling is lost, or they are asked already.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Loss(Held);

impl Loss {
    /// Judges the time that is left. `twice`: what hosts need where the site does not say it.
    pub fn judge(&mut self, now: Moment, lost: bool, slope: BySlope, hosts: &HostsTime, twice: Span) -> Left {
        let asked = self.0.watch(now, lost || hosts.asked);
        let lead = hosts.lead.unwrap_or(twice);
        let wait = asked
            .filter(|_| hosts.caps != Caps::Unable)
            .map_or(Span::ZERO, |since| CAP_TIME.left(since));
        let foreseen = hosts.foreseen.time();
        let (limit, damage) = if hosts.caps == Caps::Obeyed && hosts.foreseen != Foreseen::Silent {
            (foreseen, foreseen)
        } else {
            (slope.trip, [foreseen, slope.damage].into_iter().flatten().min())
        };
        Left {
            short: wait == Span::ZERO && limit.is_some_and(|left| left < lead),
            spare: limit.map(|left| left.left(lead).max(wait)),
            damage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LEAD: Span = Span::s(285);
    /// Not in sight.
    const BEYOND: u64 = u64::MAX;
    const STEEP: BySlope = BySlope {
        trip: Some(Span::s(15)),
        damage: Some(Span::s(25)),
    };

    fn hosts(caps: Caps, foreseen: Option<u64>) -> HostsTime {
        HostsTime {
            lead: Some(LEAD),
            foreseen: match foreseen {
                None => Foreseen::Silent,
                Some(BEYOND) => Foreseen::Beyond,
                Some(seconds) => Foreseen::In(Span::s(seconds)),
            },
            asked: true,
            caps,
        }
    }

    #[test]
    fn a_rack_that_can_be_capped_waits_for_its_hosts_and_no_longer() {
        let mut loss = Loss::default();
        let able = hosts(Caps::Able, Some(28));
        let mut at = |seconds: u64, hosts: &HostsTime| {
            loss.judge(Moment(seconds * 1_000_000), true, STEEP, hosts, LEAD)
        };
        assert!(!at(10, &able).short && !at(15, &able).short);
        assert!(at(16, &able).short, "they do not obey");
        let obeyed = at(17, &hosts(Caps::Obeyed, Some(474)));
        assert_eq!(
            obeyed,
            Left {
                short: false,
                spare: Some(Span::s(189)),
                damage: Some(Span::s(474)),
            }
        );
        assert!(at(18, &hosts(Caps::Obeyed, Some(284))).short);
        let beyond = at(18, &hosts(Caps::Obeyed, Some(BEYOND)));
        assert!(
            !beyond.short && beyond.damage.is_none(),
            "an hour at least: the slope tells of the power of before"
        );
        assert!(
            at(19, &hosts(Caps::Obeyed, None)).short,
            "the model is silent: the slope speaks"
        );
    }

    #[test]
    fn a_loss_that_comes_and_goes_is_waited_for_once_and_a_cap_asked_long_before_not_at_all() {
        let able = hosts(Caps::Able, None);
        let mut loss = Loss::default();
        let mut second = 0..;
        let looks = [true, false, true, false, true, true, false, true]
            .map(|lost| (second.next().unwrap_or(0), lost));
        let short = looks.map(|(second, lost): (u64, bool)| {
            loss.judge(Moment(second * 1_000_000), lost, STEEP, &able, LEAD)
                .short
        });
        assert_eq!(short, [false, false, false, false, false, false, true, true]);
        let mut loss = Loss::default();
        let mut at = |second: u64, lost| loss.judge(Moment(second * 1_000_000), lost, STEEP, &able, LEAD);
        at(0, false);
        assert!(at(60, true).short);
    }

    #[test]
    fn without_caps_it_is_short_at_once_and_without_tiers_twice_their_time_counts() {
        let judge = |hosts: &HostsTime, twice| {
            Loss::default()
                .judge(Moment(0), true, STEEP, hosts, Span::s(twice))
                .short
        };
        assert!(judge(&hosts(Caps::Unable, Some(9_000)), 1));
        assert!(judge(&HostsTime::default(), 16) && !judge(&HostsTime::default(), 15));
    }

    proptest! {
        /// Never later than the slope says by more than the wait, unless hosts are measured to obey and the model sees time.
        #[test]
        fn nothing_waits_longer_than_the_caps_time_without_proof(
            looks in prop::collection::vec(
                (0..3_u8, any::<bool>(), prop::option::of(prop_oneof![0..600_u64, Just(BEYOND)]), prop::option::of(0..600_u64)), 1..40),
        ) {
            let (mut loss, mut first) = (Loss::default(), None);
            for ((caps, lost, foreseen, trip), second) in looks.into_iter().zip(0..) {
                // HOST_CAP is latched by the first loss, and in force from the next look on.
                let hosts = |caps| HostsTime { asked: first.is_some(), ..hosts(caps, foreseen) };
                let caps = [Caps::Unable, Caps::Able, Caps::Obeyed][usize::from(caps)];
                let slope = BySlope { trip: trip.map(Span::s), damage: trip.map(|trip| Span::s(trip + 10)) };
                let left = loss.judge(Moment(second * 1_000_000), lost, slope, &hosts(caps), LEAD);
                first = first.or(lost.then_some(second));
                let proof = caps == Caps::Obeyed && foreseen.is_some_and(|left| left == BEYOND || Span::s(left) >= LEAD);
                let waits = caps != Caps::Unable && first.is_some_and(|first| Span::s(second - first) < CAP_TIME);
                if lost && trip.is_some_and(|trip| Span::s(trip) < LEAD) && !proof && !waits {
                    prop_assert!(left.short);
                }
                let seen = foreseen.filter(|seen| *seen != BEYOND);
                prop_assert!(left.damage <= [seen, trip.map(|trip| trip + 10)].into_iter().flatten().min().map(Span::s)
                    || caps == Caps::Obeyed && foreseen.is_some());
            }
        }
    }
}
