//! The rack's contact and output lines.

use serde::{Deserialize, Serialize};

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

/// Levels of all lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lines {
    inputs: u64,
    outputs: u64,
}

impl Default for Lines {
    fn default() -> Self {
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
        Lines {
            inputs: high.iter().fold(0, |levels, line| levels | 1 << *line as u8),
            outputs: 0,
        }
    }
}

impl Lines {
    pub(super) fn inputs(&self) -> u64 {
        self.inputs
    }

    pub(super) fn outputs(&self) -> u64 {
        self.outputs
    }

    pub(super) fn input(&self, line: Input) -> bool {
        self.inputs >> line as u8 & 1 == 1
    }

    pub(super) fn output(&self, line: Output) -> bool {
        self.outputs >> line as u8 & 1 == 1
    }

    pub(super) fn set(&mut self, line: Input, high: bool) {
        self.inputs = self.inputs & !(1 << line as u8) | u64::from(high) << line as u8;
    }

    pub(super) fn set_outputs(&mut self, levels: u64) {
        self.outputs = levels;
        for (back, output) in READ_BACKS {
            self.set(back, self.output(output));
        }
    }
}
