//! What a management controller is asked when. Pure.

use std::time::{Duration, Instant};

use points::HostState;

use super::Power;
use crate::hosts::told::HostWord;

/// A request that has no effect is repeated after this (a reset is a request, not a result).
pub const AGAIN: Duration = Duration::from_secs(30);
/// A host that has other ears is asked here when it has not begun to stop after two polls of theirs.
pub const ESCALATE: Duration = Duration::from_secs(10);

/// What is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Let the operating system shut down.
    Stop,
    /// Power on.
    Start,
    /// Power off without asking the host.
    ForceOff,
    /// Stay below so many percent of what the host is rated for; 100 lifts the cap.
    Cap(u8),
}

impl Act {
    /// In words, for the log.
    pub fn words(self) -> String {
        match self {
            Act::Stop => "asked to shut its host down".into(),
            Act::Start => "asked to start its host".into(),
            Act::ForceOff => "switches its host off without asking it".into(),
            Act::Cap(100) => "asked to lift the power cap".into(),
            Act::Cap(percent) => format!("asked to cap its host at {percent} %"),
        }
    }
}

/// What is known when it is decided.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    /// What the host is told.
    pub word: HostWord,
    /// Number of the order.
    pub order: u32,
    /// The cap that is asked.
    pub cap_percent: Option<u8>,
    /// The host's power.
    pub power: Power,
    /// The host's state as the core judges it.
    pub state: HostState,
    /// Its tier comes back.
    pub restarting: bool,
    /// There is fire.
    pub fire: bool,
}

/// What has been asked so far.
#[derive(Clone, Debug)]
pub struct Duty {
    force_off: bool,
    /// Nothing else asks the host: it is asked here at once.
    alone: bool,
    told_since: Option<Instant>,
    /// It was switched off without being asked, since it was told.
    forced: bool,
    asked: Option<(Act, Instant)>,
    cap: u8,
}

impl Duty {
    /// Nothing yet. `force_off`: the site allows it for this host. `alone`: nothing else asks the host.
    pub const fn new(force_off: bool, alone: bool) -> Self {
        Duty {
            force_off,
            alone,
            told_since: None,
            forced: false,
            asked: None,
            cap: 100,
        }
    }

    /// Its host was switched off without being asked: what is off now was forced.
    pub const fn forced(&self) -> bool {
        self.forced
    }

    /// What is to be asked now.
    pub fn next(&mut self, now: Instant, given: &Given) -> Option<Act> {
        let act = match given.word {
            HostWord::ShutDown => self.stop(now, given),
            HostWord::Run | HostWord::Prepare => {
                (self.told_since, self.forced) = (None, false);
                (given.restarting && given.power == Power::Off).then_some(Act::Start)
            }
            // Nobody knows what hosts are to do: nothing is asked of them.
            HostWord::Unknown => return None,
        };
        let Some(act) = act else { return self.cap(given) };
        let again = self
            .asked
            .is_none_or(|(before, at)| before != act || now.saturating_duration_since(at) >= AGAIN);
        again.then(|| {
            self.asked = Some((act, now));
            act
        })
    }

    fn stop(&mut self, now: Instant, given: &Given) -> Option<Act> {
        let since = *self.told_since.get_or_insert(now);
        if given.power == Power::Off {
            return None;
        }
        if self.force_off && given.fire && given.state == HostState::Unresponsive {
            self.forced = true;
            return Some(Act::ForceOff);
        }
        let stopping = given.state == HostState::Acknowledged;
        let due = self.alone || now.saturating_duration_since(since) >= ESCALATE;
        (due && !stopping).then_some(Act::Stop)
    }

    /// A cap is asked once for each value.
    fn cap(&mut self, given: &Given) -> Option<Act> {
        let wanted = given.cap_percent.unwrap_or(100);
        if wanted == self.cap || given.power == Power::Off {
            return None;
        }
        self.cap = wanted;
        Some(Act::Cap(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNS: Given = Given {
        word: HostWord::Run,
        order: 0,
        cap_percent: None,
        power: Power::On,
        state: HostState::Online,
        restarting: false,
        fire: false,
    };
    const TOLD: Given = Given {
        word: HostWord::ShutDown,
        order: 1,
        state: HostState::Notified,
        ..RUNS
    };

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_host_with_other_ears_is_asked_when_they_did_not_hear_and_again_until_it_is_off() {
        let (mut duty, at) = (Duty::new(false, false), Instant::now());
        assert_eq!(duty.next(at, &RUNS), None);
        assert_eq!(duty.next(at, &TOLD), None);
        assert_eq!(duty.next(at + s(9), &TOLD), None);
        let heard = Given {
            state: HostState::Acknowledged,
            ..TOLD
        };
        assert_eq!(duty.next(at + s(10), &heard), None);
        assert_eq!(duty.next(at + s(11), &TOLD), Some(Act::Stop));
        assert_eq!(duty.next(at + s(40), &TOLD), None);
        assert_eq!(duty.next(at + s(41), &TOLD), Some(Act::Stop));
        let off = Given {
            power: Power::Off,
            ..TOLD
        };
        assert_eq!(duty.next(at + s(90), &off), None);
    }

    #[test]
    fn one_that_only_its_controller_can_ask_is_asked_at_once() {
        let (mut duty, at) = (Duty::new(false, true), Instant::now());
        assert_eq!(duty.next(at, &TOLD), Some(Act::Stop));
        // Nobody knows any more: nothing is asked, and nothing is started.
        let unknown = Given {
            word: HostWord::Unknown,
            restarting: true,
            power: Power::Off,
            ..RUNS
        };
        assert_eq!(duty.next(at + s(60), &unknown), None);
    }

    #[test]
    fn force_is_for_a_fire_and_a_host_that_hangs_and_where_the_site_allows_it() {
        let at = Instant::now();
        let late = Given {
            state: HostState::Unresponsive,
            fire: true,
            ..TOLD
        };
        let mut duty = Duty::new(true, true);
        assert_eq!((duty.next(at, &late), duty.forced()), (Some(Act::ForceOff), true));
        // One that runs again without being asked to is told anew; released, it was forced by nobody.
        assert_eq!((duty.next(at, &RUNS), duty.forced()), (None, false));
        assert_eq!(Duty::new(false, true).next(at, &late), Some(Act::Stop));
        assert_eq!(
            Duty::new(true, true).next(at, &Given { fire: false, ..late }),
            Some(Act::Stop)
        );
        assert_eq!(
            Duty::new(true, true).next(
                at,
                &Given {
                    state: HostState::Notified,
                    ..late
                }
            ),
            Some(Act::Stop)
        );
    }

    #[test]
    fn it_is_started_while_its_tier_comes_back_and_at_no_other_time() {
        let (mut duty, at) = (Duty::new(false, true), Instant::now());
        let off = Given {
            power: Power::Off,
            ..RUNS
        };
        assert_eq!(duty.next(at, &off), None);
        let back = Given {
            restarting: true,
            ..off
        };
        assert_eq!(duty.next(at, &back), Some(Act::Start));
        assert_eq!(duty.next(at + s(29), &back), None);
        assert_eq!(duty.next(at + s(30), &back), Some(Act::Start));
        assert_eq!(
            duty.next(
                at + s(90),
                &Given {
                    restarting: true,
                    ..RUNS
                }
            ),
            None
        );
    }

    #[test]
    fn a_cap_is_asked_once_for_each_value() {
        let (mut duty, at) = (Duty::new(false, true), Instant::now());
        let capped = Given {
            cap_percent: Some(25),
            ..RUNS
        };
        assert_eq!(duty.next(at, &capped), Some(Act::Cap(25)));
        assert_eq!(duty.next(at, &capped), None);
        assert_eq!(duty.next(at, &RUNS), Some(Act::Cap(100)));
        assert_eq!(duty.next(at, &RUNS), None);
    }
}
