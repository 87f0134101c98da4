//! Hosts, their tiers, and what is observed of them: the words of the shutdown in order.
//!
//! A *target* is a host that the site's file names; a *tier* is a group that goes down together, the first tier first.
//! An *observation* is one way of looking at a target. What it says, how long ago and in which incident is evidence;
//! what follows from evidence is judged in `safety`, and nowhere else.

use crate::time::{Moment, Span};

/// Most tiers of a site.
pub const TIERS: usize = 8;
/// Most targets of a site.
pub const TARGETS: usize = 32;
/// Most switched outlets of a site.
pub const OUTLETS: usize = 16;

/// Evidence older than this says nothing (D5).
pub const EVIDENCE_MAX_AGE: Span = Span::s(15);

macro_rules! places {
    ($(#[doc = $doc:literal])+ $set:ident: $bits:ty, $most:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $set(pub $bits);

        impl $set {
            /// None of them.
            pub const EMPTY: $set = $set(0);

            /// Whether it holds the place.
            pub const fn has(self, place: usize) -> bool {
                place < $most && self.0 >> place & 1 == 1
            }

            /// Puts the place in or takes it out; a place beyond the last one is in no set.
            pub const fn put(&mut self, place: usize, present: bool) {
                if place < $most {
                    if present {
                        self.0 |= 1 << place;
                    } else {
                        self.0 &= !(1 << place);
                    }
                }
            }

            /// With this place.
            #[must_use]
            pub const fn with(mut self, place: usize) -> Self {
                self.put(place, true);
                self
            }

            /// With the other's.
            #[must_use]
            pub const fn and_also(self, other: Self) -> Self {
                $set(self.0 | other.0)
            }

            /// What is in both.
            #[must_use]
            pub const fn and(self, other: Self) -> Self {
                $set(self.0 & other.0)
            }

            /// Without the other's.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                $set(self.0 & !other.0)
            }

            /// Whether it holds nothing.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// Whether it holds all of the other's.
            pub const fn covers(self, other: Self) -> bool {
                other.0 & !self.0 == 0
            }

            /// How many it holds.
            pub const fn count(self) -> usize {
                self.0.count_ones() as usize
            }

            /// Its places, lowest first.
            pub fn iter(self) -> impl DoubleEndedIterator<Item = usize> {
                (0..$most).filter(move |place| self.has(*place))
            }
        }

        const _: () = assert!(<$bits>::BITS as usize == $most, "the set holds them all and no more");
    };
}

places! {
    /// A set of tiers, by their places; place 0 is the first to go down.
    TierSet: u8, TIERS
}

places! {
    /// A set of targets, by their places in the site's file.
    TargetSet: u32, TARGETS
}

places! {
    /// A set of switched outlets, by their places: outlet 1 is place 0.
    OutletSet: u16, OUTLETS
}

/// What is asked of switched outlets. One that is in neither set is left as it is, whatever it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OutletOrder {
    /// They are to be off.
    pub off: OutletSet,
    /// They were off by an order and are to be on again; one leaves this set when it has been read on.
    pub on: OutletSet,
}

impl OutletOrder {
    /// Nothing is asked of any.
    pub const NONE: OutletOrder = OutletOrder {
        off: OutletSet::EMPTY,
        on: OutletSet::EMPTY,
    };

    /// What is asked of one: on, off or nothing.
    pub const fn of(self, place: usize) -> Option<bool> {
        if self.off.has(place) {
            Some(false)
        } else if self.on.has(place) {
            Some(true)
        } else {
            None
        }
    }
}

/// What the front has read of an outlet of a networked PDU.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OutletEvidence {
    /// Its place.
    pub outlet: u8,
    /// Whether it is on.
    pub on: bool,
    /// Its power in watts, where the PDU measures it.
    pub watts: Option<f64>,
    /// How old that is.
    pub age: Span,
}

/// What was last read of an outlet of a networked PDU.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OutletSighting {
    /// Whether it was on.
    pub on: bool,
    /// Its power in watts, where the PDU measures it.
    pub watts: Option<f64>,
    /// When.
    pub at: Moment,
}

/// What a host reports of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(u8)]
pub enum Gauge {
    /// Its hottest chip, degrees Celsius: its agent, from the kernel.
    Chip = 0,
    /// Its power, watts: its management controller.
    Power = 1,
}

impl Gauge {
    /// How many there are.
    pub const COUNT: usize = 2;
}

/// A host's report of itself.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HostReport {
    /// Place of the target.
    pub target: u8,
    /// Of what.
    pub gauge: Gauge,
    /// The value, in the gauge's unit.
    pub value: f64,
    /// How old it is.
    pub age: Span,
}

/// A way of looking at a target. Numbers are on the link and in records, and only ever added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[repr(u8)]
pub enum Observation {
    /// Its `upsmon` at the NUT server: logged in is up, a log-out is the begin of its shutdown, never its end.
    Nut = 0,
    /// Our agent on it: heartbeats, and its own word that it stops.
    Agent = 1,
    /// A TCP port of it answers, or nothing does.
    Tcp = 2,
    /// It answers ICMP echoes, or does not.
    Icmp = 3,
    /// What its baseboard management controller says of its power.
    Bmc = 4,
    /// Power that it draws: its outlet's, or its branch's.
    Power = 5,
}

impl Observation {
    /// How many there are.
    pub const COUNT: usize = 6;
    /// Every one, in the order of the numbers.
    pub const ALL: [Observation; Observation::COUNT] = [
        Observation::Nut,
        Observation::Agent,
        Observation::Tcp,
        Observation::Icmp,
        Observation::Bmc,
        Observation::Power,
    ];

    /// Its place.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its word on every interface and in the site's file.
    pub const fn text(self) -> &'static str {
        match self {
            Observation::Nut => "nut",
            Observation::Agent => "agent",
            Observation::Tcp => "tcp",
            Observation::Icmp => "icmp",
            Observation::Bmc => "bmc",
            Observation::Power => "power",
        }
    }

    /// Whether silence here can be seen at all as "off". A log-out of NUT cannot: it comes when the shutdown begins.
    pub const fn shows_off(self) -> bool {
        !matches!(self, Observation::Nut)
    }

    /// Whether it is the host's own software that says it runs. Power and a management controller tell of the board alone: they
    /// say "on" a minute before anything on it answers.
    pub const fn is_software(self) -> bool {
        !matches!(self, Observation::Bmc | Observation::Power)
    }

    /// Whether it goes through the host's network: all such ways say nothing, or the same, when that fails.
    pub const fn by_network(self) -> bool {
        matches!(
            self,
            Observation::Nut | Observation::Agent | Observation::Tcp | Observation::Icmp
        )
    }

    /// Whether two ways of looking fail for different reasons. Ports and echoes of one host go the same way.
    pub const fn independent(self, other: Observation) -> bool {
        const fn path(way: Observation) -> u8 {
            match way {
                Observation::Nut => 0,
                Observation::Agent => 1,
                Observation::Tcp | Observation::Icmp => 2,
                Observation::Bmc => 3,
                Observation::Power => 4,
            }
        }
        path(self) != path(other)
    }
}

/// What an observation says of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(u8)]
pub enum Says {
    /// It runs.
    Up = 0,
    /// It has begun to shut down: a log-out, its agent's word.
    Stopping = 1,
    /// It is off, or silent where a running host answers.
    Off = 2,
    /// It is off, and was switched off without its consent in this incident.
    Forced = 3,
}

impl Says {
    /// Its word on every interface.
    pub const fn text(self) -> &'static str {
        match self {
            Says::Up => "runs",
            Says::Stopping => "stopping",
            Says::Off => "off",
            Says::Forced => "forced off",
        }
    }

    /// Its three bits in the word of a host's evidence; 0 is kept for nothing.
    pub const fn bits(self) -> u16 {
        match self {
            Says::Up => 1,
            Says::Stopping => 2,
            Says::Off => 3,
            Says::Forced => 4,
        }
    }
}

/// What one way of looking says of a target, as it was weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Observed {
    /// What it said last.
    pub says: Says,
    /// When.
    pub at: Moment,
    /// It is young enough and of this incident; else it says nothing any more.
    pub counts: bool,
}

/// What every way of looking says of one target; nothing where that way never said anything.
pub type Observations = [Option<Observed>; Observation::COUNT];

/// The ways in the word of a host's evidence ([`evidence_word`]), the lowest three bits first.
pub const WORD_WAYS: [Observation; 5] = [
    Observation::Agent,
    Observation::Tcp,
    Observation::Icmp,
    Observation::Bmc,
    Observation::Power,
];

/// What counts of a target's evidence in one word: three bits for each of [`WORD_WAYS`], 0 nothing, else [`Says::bits`].
pub fn evidence_word(ways: &Observations) -> u16 {
    let mut word = 0;
    for (way, shift) in WORD_WAYS.into_iter().zip([0, 3, 6, 9, 12]) {
        if let Some(Some(seen)) = ways.get(way.index())
            && seen.counts
        {
            word |= seen.says.bits() << shift;
        }
    }
    word
}

/// A piece of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Evidence {
    /// Place of the target.
    pub target: u8,
    /// How it was looked at.
    pub by: Observation,
    /// What that says.
    pub says: Says,
    /// How old it is.
    pub age: Span,
    /// The incident in which it was seen; 0 outside any.
    pub incident: u32,
}

/// What a tier's stage takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierTimes {
    /// Longest time until a host of it has heard that it has to stop, and begins to.
    pub signal: Span,
    /// Time in which 95 of 100 stops of its slowest host are done.
    pub stop: Span,
    /// Time that two observations take to see that a host is off.
    pub verify: Span,
}

impl TierTimes {
    /// The stage's length: all of it, and half as much again (D5). At its end the next stage begins, whatever hosts do.
    pub const fn stage(&self) -> Span {
        let all = self.signal.as_us() + self.stop.as_us() + self.verify.as_us();
        Span::us(all + all / 2)
    }
}

/// A host that the site's file names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Place of its tier.
    pub tier: u8,
    /// The two observations that prove it off; without them it is never proven.
    pub off_by: Option<[Observation; 2]>,
    /// Of its name ([`key`]): what is remembered of it is found again by this.
    pub key: u64,
}

/// A name as a number that is never 0: FNV-1a of 64 bits. Two names of one site do not meet by accident.
pub const fn key(name: &str) -> u64 {
    let (bytes, mut key, mut place) = (name.as_bytes(), 0xcbf2_9ce4_8422_2325_u64, 0);
    while place < bytes.len() {
        key = (key ^ bytes[place] as u64).wrapping_mul(0x0100_0000_01b3);
        place += 1;
    }
    if key == 0 { 1 } else { key }
}

/// The site's tiers and targets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Roster {
    /// Tiers, the first one goes down first.
    pub tiers: [Option<TierTimes>; TIERS],
    /// Targets.
    pub targets: [Option<Target>; TARGETS],
    /// Of the tiers' names ([`key`]); 0 where there is none.
    pub keys: [u64; TIERS],
}

impl Roster {
    /// A site that names nobody: one tier, of whoever logs in.
    pub const PLAIN: Roster = {
        let mut tiers = [None; TIERS];
        tiers[0] = Some(TierTimes {
            signal: Span::s(10),
            stop: Span::s(90),
            verify: Span::s(20),
        });
        let mut keys = [0; TIERS];
        keys[0] = key("rack");
        Roster {
            tiers,
            targets: [None; TARGETS],
            keys,
        }
    };

    /// Tiers that there are.
    pub fn all(&self) -> TierSet {
        let there = |place: &usize| self.tiers.get(*place).is_some_and(Option::is_some);
        (0..TIERS).filter(there).fold(TierSet::EMPTY, TierSet::with)
    }

    /// Targets of a tier.
    pub fn members(&self, tier: usize) -> TargetSet {
        let own = |target: &Option<Target>| target.is_some_and(|target| usize::from(target.tier) == tier);
        let places = self.targets.iter().enumerate().filter(|(_, target)| own(target));
        places.fold(TargetSet::EMPTY, |set, (place, _)| set.with(place))
    }
}

/// What one way of looking said last.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sighting {
    /// What it said.
    pub says: Says,
    /// When.
    pub at: Moment,
    /// In which incident; 0 outside any.
    pub incident: u32,
}

/// What is seen of all targets, and who else is logged in.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Seen {
    /// The last of each way, by target and way.
    pub ways: [[Option<Sighting>; Observation::COUNT]; TARGETS],
    /// Hosts logged in by NUT that are no targets, by tier, and when that was told.
    pub logins: Option<([u16; TIERS], Moment)>,
    /// Tiers of which a host asks for its status like one but is not logged in.
    pub unmanaged: TierSet,
    /// Tiers of which a host has heard that it has to shut down and stays.
    pub staying: TierSet,
    /// Targets of which that is so, as far as the address they ask from says who they are.
    pub stays: TargetSet,
    /// The last of each outlet of a networked PDU.
    pub outlets: [Option<OutletSighting>; OUTLETS],
    /// What hosts have reported of themselves last, by target and gauge, and when.
    pub reports: [[Option<(f64, Moment)>; Gauge::COUNT]; TARGETS],
    /// How the last rehearsal ended: its number, hosts that are ready, hosts that are not.
    pub rehearsed: Option<(u32, u8, u8)>,
    /// Whole days until the first known certificate ends, 0 once it has; none while none is known.
    pub certificate_days: Option<u16>,
}

impl Seen {
    /// Nothing yet.
    pub const NOTHING: Seen = Seen {
        ways: [[None; Observation::COUNT]; TARGETS],
        logins: None,
        unmanaged: TierSet::EMPTY,
        staying: TierSet::EMPTY,
        stays: TargetSet::EMPTY,
        outlets: [None; OUTLETS],
        reports: [[None; Gauge::COUNT]; TARGETS],
        rehearsed: None,
        certificate_days: None,
    };

    /// Takes a piece of evidence in; one of a target that cannot be is dropped.
    pub fn take(&mut self, evidence: &Evidence, now: Moment) {
        let ways = self.ways.get_mut(usize::from(evidence.target));
        if let Some(way) = ways.and_then(|ways| ways.get_mut(evidence.by.index())) {
            *way = Some(Sighting {
                says: evidence.says,
                at: Moment(now.as_us().saturating_sub(evidence.age.as_us())),
                incident: evidence.incident,
            });
        }
    }

    /// Takes in what a host reports of itself; of one that cannot be, and what is no number, nothing.
    pub fn take_report(&mut self, report: &HostReport, now: Moment) {
        let gauges = self.reports.get_mut(usize::from(report.target));
        if let Some(own) = gauges.and_then(|gauges| gauges.get_mut(report.gauge as usize))
            && report.value.is_finite()
        {
            let at = Moment(now.as_us().saturating_sub(report.age.as_us()));
            *own = Some((report.value, at));
        }
    }

    /// Takes in what was read of an outlet; one that cannot be is dropped, and so is power that is no number.
    pub fn take_outlet(&mut self, evidence: &OutletEvidence, now: Moment) {
        if let Some(own) = self.outlets.get_mut(usize::from(evidence.outlet)) {
            *own = Some(OutletSighting {
                on: evidence.on,
                watts: evidence.watts.filter(|watts| watts.is_finite()),
                at: Moment(now.as_us().saturating_sub(evidence.age.as_us())),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_words_and_places_agree() {
        for (place, way) in Observation::ALL.iter().enumerate() {
            assert_eq!(way.index(), place);
            assert!(!way.independent(*way), "{}", way.text());
        }
        assert!(!Observation::Tcp.independent(Observation::Icmp));
        assert!(Observation::Tcp.independent(Observation::Bmc));
    }

    #[test]
    fn the_word_of_evidence_holds_what_counts_and_nothing_else() {
        let seen = |says, counts| {
            Some(Observed {
                says,
                at: Moment(1),
                counts,
            })
        };
        let mut ways: Observations = [None; Observation::COUNT];
        assert_eq!(evidence_word(&ways), 0);
        ways[Observation::Nut.index()] = seen(Says::Up, true);
        assert_eq!(evidence_word(&ways), 0, "a log-in has no bits");
        ways[Observation::Agent.index()] = seen(Says::Stopping, true);
        ways[Observation::Icmp.index()] = seen(Says::Up, false);
        ways[Observation::Bmc.index()] = seen(Says::Off, true);
        assert_eq!(evidence_word(&ways), 0o03002);
        ways[Observation::Power.index()] = seen(Says::Forced, true);
        assert_eq!(evidence_word(&ways), 0o43002);
    }

    #[test]
    fn a_name_has_the_key_that_is_published_for_it() {
        // Of the function's authors: the empty text and "foobar".
        assert_eq!(
            (key(""), key("foobar")),
            (0xcbf2_9ce4_8422_2325, 0x8594_4171_f739_67e8)
        );
    }

    #[test]
    fn a_set_holds_its_places_and_none_beyond() {
        let mut set = TierSet::EMPTY.with(0).with(7).with(8);
        assert_eq!(set.0, 0b1000_0001);
        assert!(set.covers(TierSet::EMPTY.with(7)) && !set.covers(TierSet::EMPTY.with(1)));
        set.put(0, false);
        assert!(set.iter().eq([7]) && set.count() == 1 && !set.has(8) && !set.has(64));
    }
}
