//! The rack's contact and output lines.

use serde::{Deserialize, Serialize};

use super::act::Act;
use super::relay::Relay;
use super::trouble::Trouble;
use crate::plant::probe::stream_seed;

macro_rules! lines {
    ($($(#[doc = $doc:literal])+ $name:ident, $all:ident { $($(#[doc = $vdoc:literal])+ $variant:ident = $text:literal;)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum $name { $($(#[doc = $vdoc])+ $variant,)+ }

        /// Every line with its name, in the order of their bits.
        pub const $all: &[($name, &str)] = &[$(($name::$variant, $text)),+];

        impl $name {
            /// The names, in the order of the bits.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// What each says, in the order of the bits.
            pub const ABOUT: &'static [&'static str] = &[$(concat!($($vdoc),+)),+];

            /// The line of this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                $all.iter().find(|(_, text)| *text == name).map(|(line, _)| *line)
            }
        }
    )+};
}

lines! {
    /// A line the controller reads. Levels are those of a healthy rack unless said otherwise.
    Input, INPUTS {
        /// High while the door is closed.
        Door = "door";
        /// High while the left filter is in.
        FilterLeft = "filter-left";
        /// High while the right filter is in.
        FilterRight = "filter-right";
        /// High while the left extinguisher is fully home.
        HomeLeft = "home-left";
        /// High while the right extinguisher is fully home.
        HomeRight = "home-right";
        /// High while the fire button is pressed (low in a healthy rack).
        FireButton = "fire-button";
        /// Low while the emergency power-off is pressed.
        EmergencyOff = "emergency-off";
        /// High while the seal is whole.
        Seal = "seal";
        /// Low once the thermal cut-out has opened.
        CutOut = "cut-out";
        /// High while mains is present.
        Mains = "mains";
        /// High while water is found (low in a healthy rack).
        Leak = "leak";
        /// High while the key is turned (low in a healthy rack).
        Key = "key";
        /// Low while the isolator is open.
        Isolator = "isolator";
        /// Low while the fan contact stands open.
        FanContactAux = "fan-contact-aux";
        /// Read-back of the host-down contact.
        HostDownBack = "host-down-back";
        /// Read-back of the power-cut trip.
        PowerCutBack = "power-cut-back";
        /// Read-back of the horn.
        HornBack = "horn-back";
        /// Read-back of the beacon.
        BeaconBack = "beacon-back";
        /// Read-back of the fire output.
        FireBack = "fire-back";
        /// Read-back of the pre-alarm output.
        PrealarmBack = "prealarm-back";
        /// Read-back of the fault output.
        FaultBack = "fault-back";
    }
    /// A line the controller drives.
    Output, OUTPUTS {
        /// Coil that opens the fan contact.
        FanContactOpen = "fan-contact-open";
        /// Coil that closes the fan contact.
        FanContactClose = "fan-contact-close";
        /// Host-down contact.
        HostDown = "host-down";
        /// Power-cut trip.
        PowerCut = "power-cut";
        /// Horn.
        Horn = "horn";
        /// Beacon.
        Beacon = "beacon";
        /// Fire output.
        Fire = "fire";
        /// Pre-alarm output.
        Prealarm = "prealarm";
        /// Fault output.
        Fault = "fault";
        /// Heartbeat.
        Heartbeat = "heartbeat";
    }
}

/// Each read-back with the output whose relay it senses.
pub(super) const READ_BACKS: [(Input, Output); 7] = [
    (Input::HostDownBack, Output::HostDown),
    (Input::PowerCutBack, Output::PowerCut),
    (Input::HornBack, Output::Horn),
    (Input::BeaconBack, Output::Beacon),
    (Input::FireBack, Output::Fire),
    (Input::PrealarmBack, Output::Prealarm),
    (Input::FaultBack, Output::Fault),
];

/// Edges that are kept for whoever listens; a listener that is further behind misses the oldest.
pub const EDGES_KEPT: usize = 64;
const CONTACTS: usize = INPUTS.len();

/// Levels of the input lines after each of the latest changes.
#[derive(Clone, Copy, Debug)]
struct Edges {
    /// Changes since the start.
    count: u64,
    levels: [u64; EDGES_KEPT],
}

/// Levels of all lines.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    /// What the contacts really are.
    real: u64,
    /// What they show.
    inputs: u64,
    /// What is commanded.
    outputs: u64,
    /// Where the relays really are.
    relays: u64,
    welded: u64,
    dead: u64,
    /// One bit for each contact with a trouble.
    troubled: u64,
    troubles: Vec<Trouble>,
    next_us: u64,
    edges: Edges,
}

impl Lines {
    /// A healthy rack, nothing commanded.
    pub(super) fn new(seed: u64) -> Self {
        let high = [
            Input::Door,
            Input::FilterLeft,
            Input::FilterRight,
            Input::HomeLeft,
            Input::HomeRight,
            Input::EmergencyOff,
            Input::Seal,
            Input::CutOut,
            Input::Mains,
            Input::Isolator,
            Input::FanContactAux,
        ];
        let inputs = high.iter().fold(0, |levels, line| levels | 1 << *line as u8);
        let trouble = |name| Trouble::none(stream_seed(seed, &format!("contact {name}")));
        Lines {
            real: inputs,
            inputs,
            outputs: 0,
            relays: 0,
            welded: 0,
            dead: 0,
            troubled: 0,
            troubles: Input::NAMES.iter().map(trouble).collect(),
            next_us: u64::MAX,
            edges: Edges {
                count: 0,
                levels: [inputs; EDGES_KEPT],
            },
        }
    }

    /// What the contacts show.
    pub(super) fn inputs(&self) -> u64 {
        self.inputs
    }

    /// What the contacts really are.
    pub(super) fn contacts(&self) -> u64 {
        self.real
    }

    /// What is commanded.
    pub(super) fn outputs(&self) -> u64 {
        self.outputs
    }

    /// Where the relays really are.
    pub(super) fn relays(&self) -> u64 {
        self.relays
    }

    /// What a contact really is.
    pub(super) fn input(&self, line: Input) -> bool {
        self.real >> line as u8 & 1 == 1
    }

    /// Where a relay really is.
    pub(super) fn relay(&self, line: Output) -> bool {
        self.relays >> line as u8 & 1 == 1
    }

    /// A contact really is so from now on.
    pub(super) fn set(&mut self, now_us: u64, line: Input, high: bool) {
        let bit = 1 << line as u8;
        if (self.real & bit != 0) == high {
            return;
        }
        self.real ^= bit;
        let shows = self.troubled & bit == 0 || self.troubles[line as usize].changed(now_us);
        if shows {
            self.show(line, high);
        }
        if self.troubled & bit != 0 {
            self.plan();
        }
    }

    fn show(&mut self, line: Input, high: bool) {
        let bit = 1 << line as u8;
        if (self.inputs & bit != 0) == high {
            return;
        }
        self.inputs ^= bit;
        let [place, count] = [self.edges.count % EDGES_KEPT as u64, self.edges.count + 1];
        if let Some(levels) = usize::try_from(place)
            .ok()
            .and_then(|place| self.edges.levels.get_mut(place))
        {
            *levels = self.inputs;
        }
        self.edges.count = count;
    }

    fn plan(&mut self) {
        self.next_us = self
            .troubles
            .iter()
            .map(|trouble| trouble.next_us)
            .fold(u64::MAX, u64::min);
    }

    /// When the next edge comes by itself; `u64::MAX` for never.
    pub(super) fn next_us(&self) -> u64 {
        self.next_us
    }

    /// The edges that are due by now.
    pub(super) fn pass(&mut self, now_us: u64) {
        while self.next_us <= now_us {
            for (line, _) in INPUTS {
                if self.troubles[*line as usize].next_us <= self.next_us {
                    self.troubles[*line as usize].edge();
                    self.show(*line, self.inputs >> *line as u8 & 1 == 0);
                }
            }
            self.plan();
        }
    }

    /// Changes a contact's trouble; one that is well again shows what is.
    pub(super) fn trouble(&mut self, line: Input, change: impl FnOnce(&mut Trouble)) {
        let trouble = &mut self.troubles[line as usize];
        change(trouble);
        let (any, moves) = (trouble.any(), trouble.next_us < u64::MAX);
        self.troubled = self.troubled & !(1 << line as u8) | u64::from(any) << line as u8;
        if !any || (!moves && !trouble.is_stuck()) {
            self.show(line, self.input(line));
        }
        self.plan();
    }

    /// Changes since the start.
    pub(super) fn edges(&self) -> u64 {
        self.edges.count
    }

    /// The levels after each change since so many, oldest first, as far as they are kept.
    pub(super) fn edges_since(&self, seen: u64) -> impl Iterator<Item = u64> + '_ {
        let kept = self.edges.count.saturating_sub(EDGES_KEPT as u64);
        let place = |count: u64| usize::try_from(count % EDGES_KEPT as u64).unwrap_or(0);
        (seen.max(kept)..self.edges.count).map(move |count| self.edges.levels[place(count)])
    }

    /// What is commanded from now on; relays and their read-backs follow.
    pub(super) fn set_outputs(&mut self, now_us: u64, levels: u64) {
        self.outputs = levels;
        self.relays = (levels | self.welded) & !self.dead;
        for (back, output) in READ_BACKS {
            self.set(now_us, back, self.relay(output));
        }
    }

    /// A relay follows its coil or does not.
    pub(super) fn set_relay(&mut self, now_us: u64, line: Output, relay: Relay) {
        let bit = 1 << line as u8;
        self.welded = self.welded & !bit | if relay == Relay::Welded { bit } else { 0 };
        self.dead = self.dead & !bit | if relay == Relay::Dead { bit } else { 0 };
        self.set_outputs(now_us, self.outputs);
    }

    /// No contact and no relay has a fault any more.
    pub(super) fn mend(&mut self, now_us: u64) {
        for (line, _) in INPUTS {
            self.trouble(*line, Trouble::mend);
        }
        (self.welded, self.dead) = (0, 0);
        self.set_outputs(now_us, self.outputs);
    }

    /// What stands, each as the act that makes it.
    pub(super) fn standing(&self) -> impl Iterator<Item = Act> + '_ {
        let contacts = INPUTS
            .iter()
            .flat_map(|(line, _)| self.troubles[*line as usize].acts(*line));
        let relays = OUTPUTS.iter().filter_map(|(line, _)| {
            let bit = 1 << *line as u8;
            let relay = match (self.welded & bit != 0, self.dead & bit != 0) {
                (true, _) => Relay::Welded,
                (false, true) => Relay::Dead,
                (false, false) => return None,
            };
            Some(Act::Relay { output: *line, relay })
        });
        contacts.chain(relays)
    }
}

const _: () = assert!(CONTACTS <= 64, "one bit each");
