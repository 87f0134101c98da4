//! What a management controller is asked when. Pure.

use std::time::{Duration, Instant};

use points::HostState;

use super::{BmcError, Power};
use crate::hosts::told::HostWord;

/// A request that has no effect is repeated after this (a reset is a request, not a result).
pub const AGAIN: Duration = Duration::from_secs(30);
/// One that was not taken, because there was no answer or no time for it, is repeated after this.
pub const RETRY: Duration = Duration::from_secs(5);
/// A host that has other ears is asked here when it has not begun to stop after two polls of theirs.
pub const ESCALATE: Duration = Duration::from_secs(10);

/// What is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Let the operating system shut down.
    Stop {
        /// The power button may be pushed where there is no better way. It would start a host that is off.
        button: bool,
    },
    /// Power on.
    Start,
    /// Power off without asking the host.
    ForceOff,
    /// Stay below so many percent of what the host is rated for; 100 lifts the cap.
    Cap(u8),
}

/// What came of a request that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was sent.
    Sent,
    /// It was so already, and nothing was sent.
    AlreadySo,
}

impl Act {
    /// In words, for the log.
    pub fn words(self) -> String {
        match self {
            Act::Stop { .. } => "asked to shut its host down".into(),
            Act::Start => "asked to start its host".into(),
            Act::ForceOff => "told to switch its host off without asking it".into(),
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
    /// The cap that is asked; 100 where none is. Nothing while nobody knows, or where it cannot be capped here: then the
    /// limit is left as it is.
    pub cap_percent: Option<u8>,
    /// The host's power; nothing where its controller answers and does not say.
    pub power: Option<Power>,
    /// The host's state as the core judges it.
    pub state: HostState,
    /// Its tier comes back.
    pub restarting: bool,
    /// There is fire.
    pub fire: bool,
    /// Something on the host hears that it has to stop: it is asked here later.
    pub ears: bool,
}

/// What has been asked so far.
#[derive(Clone, Debug)]
pub struct Duty {
    force_off: bool,
    told_since: Option<Instant>,
    /// It was switched off without being asked, since it was told.
    forced: bool,
    /// What was asked last, and from when on it may be asked again.
    asked: Option<(Act, Instant)>,
    /// The same of the cap.
    cap_asked: Option<(u8, Instant)>,
    /// The cap that its controller has taken; nothing while that is not known. An earlier front may have left one.
    cap: Option<u8>,
}

impl Duty {
    /// Nothing yet. `force_off`: the site allows it for this host.
    pub const fn new(force_off: bool) -> Self {
        Duty {
            force_off,
            told_since: None,
            forced: false,
            asked: None,
            cap_asked: None,
            cap: None,
        }
    }

    /// Its host was switched off without being asked: what is off now was forced.
    pub const fn forced(&self) -> bool {
        self.forced
    }

    /// Its host has to shut down.
    pub const fn is_told(&self) -> bool {
        self.told_since.is_some()
    }

    /// What is to be asked now.
    pub fn next(&mut self, now: Instant, given: &Given) -> Option<Act> {
        let act = match given.word {
            HostWord::ShutDown => self.stop(now, given),
            HostWord::Run | HostWord::Prepare => {
                (self.told_since, self.forced) = (None, false);
                (given.restarting && given.power == Some(Power::Off)).then_some(Act::Start)
            }
            // Nobody knows what hosts are to do: nothing is asked of them.
            HostWord::Unknown => return None,
        };
        // With its button or without, it is the same request.
        let same = |one: Act, other: Act| std::mem::discriminant(&one) == std::mem::discriminant(&other);
        let due = act.filter(|act| {
            self.asked
                .is_none_or(|(before, at)| !same(before, *act) || now >= at)
        });
        if let Some(act) = due {
            self.asked = Some((act, now + AGAIN));
            return due;
        }
        self.cap(now, given)
    }

    /// It was asked, and this came of it.
    pub fn asked(&mut self, act: Act, now: Instant, failed: Option<&BmcError>) {
        let again = match failed {
            None => now + AGAIN,
            Some(BmcError::NoAnswer(_) | BmcError::Busy(_)) => now + RETRY,
            Some(
                BmcError::Untrusted(_)
                | BmcError::Unknown(_)
                | BmcError::Refused(_)
                | BmcError::Nonsense(_)
                | BmcError::Unable(_)
                | BmcError::NotDone(_),
            ) => now + AGAIN,
        };
        match act {
            Act::Cap(percent) => {
                self.cap_asked = Some((percent, again));
                self.cap = failed.is_none().then_some(percent);
            }
            Act::Stop { .. } | Act::Start | Act::ForceOff => {
                self.asked = Some((act, again));
            }
        }
    }

    fn stop(&mut self, now: Instant, given: &Given) -> Option<Act> {
        let since = *self.told_since.get_or_insert(now);
        if given.power == Some(Power::Off) {
            return None;
        }
        if self.force_off && given.fire && given.state == HostState::Unresponsive {
            // Whether or not it answers: it may have done it all the same.
            self.forced = true;
            return Some(Act::ForceOff);
        }
        let stopping = given.state == HostState::Acknowledged;
        let due = !given.ears || now.saturating_duration_since(since) >= ESCALATE;
        let button = given.power == Some(Power::On);
        (due && !stopping).then_some(Act::Stop { button })
    }

    /// A cap is asked until it was taken, once for each value.
    fn cap(&mut self, now: Instant, given: &Given) -> Option<Act> {
        let wanted = given.cap_percent?;
        // What asked for a cap may be there as long as the host stops.
        let lifts =
            self.cap.is_none_or(|cap| wanted > cap) && given.word == HostWord::ShutDown && wanted == 100;
        if self.cap == Some(wanted) || lifts || given.power == Some(Power::Off) {
            return None;
        }
        let due = self
            .cap_asked
            .is_none_or(|(before, at)| before != wanted || now >= at);
        due.then(|| {
            self.cap_asked = Some((wanted, now + AGAIN));
            Act::Cap(wanted)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNS: Given = Given {
        word: HostWord::Run,
        cap_percent: None,
        power: Some(Power::On),
        state: HostState::Online,
        restarting: false,
        fire: false,
        ears: false,
    };
    const TOLD: Given = Given {
        word: HostWord::ShutDown,
        state: HostState::Notified,
        ..RUNS
    };

    const STOP: Act = Act::Stop { button: true };

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_host_with_other_ears_is_asked_when_they_did_not_hear_and_again_until_it_is_off() {
        let (mut duty, at) = (Duty::new(false), Instant::now());
        let told = Given { ears: true, ..TOLD };
        assert_eq!(duty.next(at, &RUNS), None);
        assert_eq!(duty.next(at, &told), None);
        assert_eq!(duty.next(at + s(9), &told), None);
        let heard = Given {
            state: HostState::Acknowledged,
            ..told
        };
        assert_eq!(duty.next(at + s(10), &heard), None);
        assert_eq!(duty.next(at + s(11), &told), Some(STOP));
        assert_eq!(duty.next(at + s(40), &told), None);
        assert_eq!(duty.next(at + s(41), &told), Some(STOP));
        let off = Given {
            power: Some(Power::Off),
            ..told
        };
        assert_eq!(duty.next(at + s(90), &off), None);
    }

    #[test]
    fn a_request_that_was_not_taken_is_repeated_soon() {
        let (mut duty, at) = (Duty::new(false), Instant::now());
        let busy = BmcError::Busy("503".into());
        assert_eq!(duty.next(at, &TOLD), Some(STOP));
        duty.asked(STOP, at + s(1), Some(&busy));
        assert_eq!(duty.next(at + s(5), &TOLD), None);
        assert_eq!(duty.next(at + s(6), &TOLD), Some(STOP));
        duty.asked(STOP, at + s(6), Some(&BmcError::Refused("403".into())));
        assert_eq!(duty.next(at + s(35), &TOLD), None, "a no stays one for a while");
        assert_eq!(duty.next(at + s(36), &TOLD), Some(STOP));
    }

    #[test]
    fn one_whose_power_nobody_says_is_asked_to_stop_and_neither_started_nor_its_button_pushed() {
        let (mut duty, at) = (Duty::new(false), Instant::now());
        let unread = |given: Given| Given { power: None, ..given };
        let stop = Act::Stop { button: false };
        assert_eq!(duty.next(at, &unread(TOLD)), Some(stop));
        let back = Given {
            restarting: true,
            ..RUNS
        };
        assert_eq!(duty.next(at, &unread(back)), None);
    }

    #[test]
    fn one_that_only_its_controller_can_ask_is_asked_at_once() {
        let (mut duty, at) = (Duty::new(false), Instant::now());
        assert_eq!(duty.next(at, &TOLD), Some(STOP));
        // Nobody knows any more: nothing is asked, and nothing is started.
        let unknown = Given {
            word: HostWord::Unknown,
            restarting: true,
            power: Some(Power::Off),
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
        let mut duty = Duty::new(true);
        assert_eq!((duty.next(at, &late), duty.forced()), (Some(Act::ForceOff), true));
        // One that runs again without being asked to is told anew; released, it was forced by nobody.
        assert_eq!((duty.next(at, &RUNS), duty.forced()), (None, false));
        assert_eq!(Duty::new(false).next(at, &late), Some(STOP));
        assert_eq!(
            Duty::new(true).next(at, &Given { fire: false, ..late }),
            Some(STOP)
        );
        assert_eq!(
            Duty::new(true).next(
                at,
                &Given {
                    state: HostState::Notified,
                    ..late
                }
            ),
            Some(STOP)
        );
    }

    #[test]
    fn it_is_started_while_its_tier_comes_back_and_at_no_other_time() {
        let (mut duty, at) = (Duty::new(false), Instant::now());
        let off = Given {
            power: Some(Power::Off),
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
    fn a_cap_is_asked_until_it_was_taken_and_then_no_more() {
        let (mut duty, at) = (Duty::new(false), Instant::now());
        let capped = |percent| Given {
            cap_percent: Some(percent),
            ..RUNS
        };
        // One that an earlier front has left is lifted: the first value is asked, whatever it is.
        assert_eq!(duty.next(at, &capped(100)), Some(Act::Cap(100)));
        duty.asked(Act::Cap(100), at, None);
        assert_eq!(duty.next(at, &capped(100)), None);
        assert_eq!(duty.next(at, &capped(25)), Some(Act::Cap(25)));
        duty.asked(Act::Cap(25), at, None);
        assert_eq!(duty.next(at, &capped(25)), None);
        // Nobody knows, or the picture is old: it stays.
        assert_eq!(duty.next(at, &RUNS), None);
        // The lift fails, and is repeated until it was taken.
        let late = BmcError::NoAnswer("timeout".into());
        assert_eq!(duty.next(at, &capped(100)), Some(Act::Cap(100)));
        duty.asked(Act::Cap(100), at, Some(&late));
        assert_eq!(duty.next(at + s(4), &capped(100)), None);
        assert_eq!(duty.next(at + s(5), &capped(100)), Some(Act::Cap(100)));
        duty.asked(
            Act::Cap(100),
            at + s(5),
            Some(&BmcError::NotDone("it reads 150 W".into())),
        );
        assert_eq!(duty.next(at + s(34), &capped(100)), None);
        assert_eq!(duty.next(at + s(35), &capped(100)), Some(Act::Cap(100)));
        // Another value does not wait for that.
        assert_eq!(duty.next(at + s(36), &capped(50)), Some(Act::Cap(50)));
    }

    #[test]
    fn a_host_that_stops_is_capped_lower_and_never_given_back_its_power() {
        let (mut duty, at) = (Duty::new(false), Instant::now());
        let told = |percent| Given {
            cap_percent: Some(percent),
            ..TOLD
        };
        assert_eq!(duty.next(at, &told(50)), Some(STOP));
        assert_eq!(duty.next(at, &told(50)), Some(Act::Cap(50)));
        duty.asked(Act::Cap(50), at, None);
        assert_eq!(duty.next(at, &told(25)), Some(Act::Cap(25)));
        duty.asked(Act::Cap(25), at, None);
        assert_eq!(duty.next(at, &told(100)), None);
        let released = Given {
            word: HostWord::Run,
            ..told(100)
        };
        assert_eq!(duty.next(at, &released), Some(Act::Cap(100)));
    }
}
