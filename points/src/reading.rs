//! A reading is a value, or the reason there is none, and since when. It is never NaN and never a stand-in number.

use crate::quantity::Quantity;
use crate::time::{Moment, Span};

macro_rules! absences {
    ($($(#[doc = $doc:literal])+ $variant:ident = $number:literal, $name:literal, $quality:ident;)+) => {
        /// Why there is no value. The numbers are on the wire and are only ever added to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[repr(u8)]
        pub enum Absent { $($(#[doc = $doc])+ $variant = $number,)+ }

        impl Absent {
            /// Every reason, in the order of their numbers.
            pub const ALL: &'static [Absent] = &[$(Absent::$variant),+];

            /// Its short name, as scenarios write it apart from hyphens and case.
            pub const fn key(self) -> &'static str {
                match self { $(Absent::$variant => stringify!($variant)),+ }
            }

            /// The reason in words a technician reads.
            pub const fn text(self) -> &'static str {
                match self { $(Absent::$variant => $name),+ }
            }

            /// The class of quality that protocols carry for it.
            pub const fn quality(self) -> Quality {
                match self { $(Absent::$variant => Quality::$quality),+ }
            }
        }
    };
}

absences! {
    /// Nothing measures this point on this site.
    NotFitted = 0, "not fitted", Absent;
    /// The first reading after start has not come yet.
    Starting = 1, "starting", Stale;
    /// The chip does not acknowledge its address.
    NoAnswer = 2, "no answer on the bus", Absent;
    /// The transfer ended early without an error from the kernel.
    ShortTransfer = 3, "short transfer", Absent;
    /// The check sum does not match: the bytes are not what the chip sent.
    BadChecksum = 4, "bad check sum", Absent;
    /// The chip that answers is not the one configured.
    WrongChip = 5, "another chip answers", Absent;
    /// Above the range in which the sensor can be believed.
    OverRange = 6, "above range", OutOfRange;
    /// Below the range in which the sensor can be believed.
    UnderRange = 7, "below range", OutOfRange;
    /// It changed faster than the sensor can.
    Jump = 8, "impossible step", OutOfRange;
    /// It has not moved although it must.
    Stuck = 9, "stuck", Stale;
    /// The last value is too old.
    Stale = 10, "stale", Stale;
    /// The bus is held low.
    BusStuck = 11, "bus stuck low", Absent;
    /// The bus did not finish in time.
    BusTimeout = 12, "bus time-out", Absent;
    /// The multiplexer does not confirm the channel.
    WrongChannel = 13, "wrong multiplexer channel", Absent;
    /// The chip was not ready when it was read.
    NotReady = 14, "not ready", Absent;
    /// The chip lost its configuration.
    Unconfigured = 15, "chip lost its configuration", Absent;
    /// An analogue loop is cut.
    LoopOpen = 16, "loop open", Absent;
    /// An analogue loop is shorted.
    LoopShort = 17, "loop shorted", Absent;
    /// An analogue value lies between two bands.
    Between = 18, "between bands", OutOfRange;
    /// What it is computed from is missing or not to be trusted just now.
    Suspended = 19, "suspended", Stale;
    /// It disagrees with its peers.
    Disagrees = 20, "disagrees with its peers", OutOfRange;
    /// Lost while hot: a probe that fire may have killed.
    LostHot = 21, "lost while hot", OutOfRange;
    /// A person has taken the input out of the judgement for a time.
    Overridden = 22, "overridden", Forced;
    /// A time that is asked for lies further ahead than anybody looks, or never comes.
    NotInSight = 23, "not in sight", OutOfRange;
    /// A driver of the operating system holds the chip.
    Claimed = 24, "held by a driver of the kernel", Absent;
}

/// The class of a value's quality as protocols carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(u8)]
pub enum Quality {
    /// Fresh, in range, plausible.
    Good = 0,
    /// Too old, or not there yet.
    Stale = 1,
    /// Outside what the sensor can be believed in.
    OutOfRange = 2,
    /// Not fitted, or not answering.
    Absent = 3,
    /// A stated substitute stands in by a person's act.
    Substituted = 4,
    /// A person holds the value.
    Forced = 5,
    /// From an emulated rack.
    Simulated = 6,
}

impl Quality {
    /// The word for it.
    pub const fn text(self) -> &'static str {
        match self {
            Quality::Good => "good",
            Quality::Stale => "stale",
            Quality::OutOfRange => "out-of-range",
            Quality::Absent => "absent",
            Quality::Substituted => "substituted",
            Quality::Forced => "forced",
            Quality::Simulated => "simulated",
        }
    }
}

/// A value, or the reason there is none, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading<Q> {
    /// The value or the reason for its absence.
    pub value: Result<Q, Absent>,
    /// When it was measured; for an absence, since when there has been none.
    pub at: Moment,
}

impl<Q: Quantity> Reading<Q> {
    /// A value measured at `at`.
    pub const fn good(value: Q, at: Moment) -> Self {
        Reading { value: Ok(value), at }
    }

    /// No value since `since`, and why.
    pub const fn absent(reason: Absent, since: Moment) -> Self {
        Reading {
            value: Err(reason),
            at: since,
        }
    }

    /// The value, if there is one.
    pub fn ok(&self) -> Option<Q> {
        self.value.ok()
    }

    /// The bare number, if there is a value.
    pub fn number(&self) -> Option<f64> {
        self.value.ok().map(Quantity::get)
    }

    /// How old the value is, or for how long there has been none.
    pub const fn age(&self, now: Moment) -> Span {
        now.since(self.at)
    }

    /// This reading, or `Stale` when its value is older than `limit`. The age stays that of the value.
    #[inline]
    pub fn within(self, limit: Span, now: Moment) -> Self {
        if self.value.is_ok() && self.age(now) > limit {
            Reading {
                value: Err(Absent::Stale),
                at: self.at,
            }
        } else {
            self
        }
    }

    /// The value turned into another quantity; absence stays absence.
    pub fn map<R: Quantity>(self, turn: impl FnOnce(Q) -> R) -> Reading<R> {
        Reading {
            value: self.value.map(turn),
            at: self.at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Celsius;

    #[test]
    fn an_old_value_becomes_stale_and_keeps_its_age() {
        let reading = Reading::good(Celsius::of(40.0), Moment(0));
        assert_eq!(reading.within(Span::s(2), Moment(2_000_000)).number(), Some(40.0));
        let late = reading.within(Span::s(2), Moment(2_000_001));
        assert_eq!(late.value, Err(Absent::Stale));
        assert_eq!(late.age(Moment(3_000_000)), Span::s(3));
    }

    #[test]
    fn reasons_stand_in_the_order_of_their_numbers() {
        for (index, reason) in Absent::ALL.iter().enumerate() {
            assert_eq!(*reason as usize, index);
        }
    }
}
