//! Causes, effects and latches: the words of the cause-and-effect matrix. The matrix itself is in `safety`.

macro_rules! numbered {
    ($(#[doc = $doc:literal])+ $name:ident, $row:ident, $rows:ident, $set:ident : $bits:ty;
     $($(#[doc = $vdoc:literal])+ $variant:ident = $number:literal, $key:literal, $title:literal;)+) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[repr(u8)]
        pub enum $name { $($(#[doc = $vdoc])+ $variant = $number,)+ }

        /// One row of the table.
        #[derive(Clone, Copy, Debug)]
        pub struct $row {
            /// The item.
            pub item: $name,
            /// Its key on every interface.
            pub key: &'static str,
            /// Its title for people.
            pub title: &'static str,
            doc: &'static str,
        }

        impl $row {
            /// What it means, for people.
            pub fn about(&self) -> &'static str {
                self.doc.trim()
            }
        }

        /// The table, in the order of the numbers.
        pub const $rows: &[$row] = &[$($row {
            item: $name::$variant, key: $key, title: $title, doc: concat!($($vdoc),+)
        }),+];

        impl $name {
            /// Every one, in the order of the numbers.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();

            /// Its place in the table.
            pub const fn index(self) -> usize {
                let first = Self::ALL[0] as usize;
                self as usize - first
            }

            /// Its row.
            pub const fn row(self) -> &'static $row {
                &$rows[self.index()]
            }

            /// Its key on every interface.
            pub const fn key(self) -> &'static str {
                self.row().key
            }

            /// The one with this key.
            pub fn from_key(key: &str) -> Option<Self> {
                $rows.iter().find(|row| row.key == key).map(|row| row.item)
            }
        }

        const _: () = {
            let mut place = 0;
            while place < $name::COUNT {
                assert!($name::ALL[place].index() == place, "numbers rise without a gap");
                place += 1;
            }
            assert!($name::COUNT <= <$bits>::BITS as usize, "the set holds them all");
        };

        /// A set of them.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $set(pub $bits);

        impl $set {
            /// None of them.
            pub const EMPTY: $set = $set(0);
            /// All of them.
            pub const ALL: $set = {
                let (mut bits, mut place) = (0, 0);
                while place < $name::COUNT {
                    bits |= 1 << place;
                    place += 1;
                }
                $set(bits)
            };

            /// Just these.
            pub const fn of(items: &[$name]) -> Self {
                let (mut bits, mut place) = (0, 0);
                while place < items.len() {
                    bits |= 1 << items[place].index();
                    place += 1;
                }
                $set(bits)
            }

            /// Whether it holds the item.
            pub const fn has(self, item: $name) -> bool {
                self.0 & (1 << item.index()) != 0
            }

            /// Whether it holds any of the other's.
            pub const fn any(self, other: Self) -> bool {
                self.0 & other.0 != 0
            }

            /// Whether it holds nothing.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// With the other's.
            #[must_use]
            pub const fn with(self, other: Self) -> Self {
                $set(self.0 | other.0)
            }

            /// Without the other's.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                $set(self.0 & !other.0)
            }

            /// What both hold.
            #[must_use]
            pub const fn and(self, other: Self) -> Self {
                $set(self.0 & other.0)
            }

            /// Puts the item in or takes it out.
            pub const fn put(&mut self, item: $name, present: bool) {
                if present {
                    self.0 |= 1 << item.index();
                } else {
                    self.0 &= !(1 << item.index());
                }
            }

            /// Its items, in order.
            pub fn iter(self) -> impl Iterator<Item = $name> {
                let mut left = self.0;
                core::iter::from_fn(move || {
                    let item = $name::ALL.get(left.trailing_zeros() as usize).copied()?;
                    left &= left - 1;
                    Some(item)
                })
            }
        }
    };
}

pub(crate) use numbered;

numbered! {
    /// A cause of the matrix. Numbers are those of the safety documents and only ever added to.
    Cause, CauseRow, CAUSES, CauseSet: u32;
    /// A break-wire says that an extinguisher unit has fired, or its loop failed together with other fire evidence.
    C01Fired = 1, "C01", "Extinguisher fired";
    /// Two evidence classes that share no sensor, converter or bus stand together.
    C02FireConfirmed = 2, "C02", "Fire confirmed";
    /// The manual fire button was pressed.
    C03ManualFire = 3, "C03", "Manual fire button";
    /// One evidence class of fire stands.
    C04PreAlarm = 4, "C04", "Fire pre-alarm";
    /// The hard-wired thermal cut-out in the ceiling is open.
    C05CutOut = 5, "C05", "Thermal cut-out open";
    /// The exhaust vote is above its warning limit.
    C06Warn = 6, "C06", "Exhaust warm";
    /// The exhaust vote is above its high limit.
    C07High = 7, "C07", "Exhaust hot";
    /// The exhaust vote is above its trip limit.
    C08Trip = 8, "C08", "Exhaust over-temperature";
    /// Exhaust air rises faster than any load explains.
    C09Rising = 9, "C09", "Exhaust rising fast";
    /// A driven blower does not turn.
    C10FanFailed = 10, "C10", "Blower failed";
    /// The blower turns but no air is drawn.
    C11NoFlow = 11, "C11", "No air flow";
    /// A filter is near or at the end of its life.
    C12Filter = 12, "C12", "Filter loaded";
    /// The door stands open.
    C13Door = 13, "C13", "Door open";
    /// An extinguisher unit cannot be relied on.
    C14Extinguisher = 14, "C14", "Extinguisher impaired";
    /// One of the three voted exhaust probes is lost.
    C15OneProbeLost = 15, "C15", "One exhaust probe lost";
    /// Two of the three voted exhaust probes are lost.
    C16TwoProbesLost = 16, "C16", "Two exhaust probes lost";
    /// No exhaust probe can be believed.
    C17AllBlind = 17, "C17", "All exhaust probes lost";
    /// The front (network, history) does not answer.
    C18FrontLost = 18, "C18", "Front lost";
    /// The safety watchdog ended the controller's last run.
    C19Watchdog = 19, "C19", "Watchdog acted";
    /// Mains is lost.
    C20MainsLost = 20, "C20", "Mains lost";
    /// The blower turns although its supply contact is commanded open.
    C21FanOffNotObeyed = 21, "C21", "Fan stop not obeyed";
    /// Power flows although it was cut.
    C22CutNotObeyed = 22, "C22", "Power cut not obeyed";
    /// A host is not down at its deadline.
    C23HostNotDown = 23, "C23", "Host not down in time";
    /// The emergency power-off was pressed.
    C24EmergencyOff = 24, "C24", "Emergency power-off";
    /// A sensor module is not the one that was paired, or the seal is broken.
    C25Untrusted = 25, "C25", "Untrusted module or seal";
    /// A peer rack warns.
    C26PeerWarning = 26, "C26", "Peer warning";
    /// Exhaust air is at the limit where hosts are damaged.
    C27Hard = 27, "C27", "Exhaust at damage limit";
    /// The blower's isolator is open, or its supply contact is open without a latch.
    C28CoolingIsolated = 28, "C28", "Cooling isolated";
    /// The coldest surface in the rack is hardly warmer than the room's dew point, or colder.
    C29Condensation = 29, "C29", "Condensation risk";
    /// A filter is not in its slot, by its contact or by the air.
    C30FilterMissing = 30, "C30", "Filter missing";
}

numbered! {
    /// An effect of the matrix.
    Effect, EffectRow, EFFECTS, EffectSet: u32;
    /// Open the blower's supply contact and drive nothing.
    FanOff = 0, "FAN_OFF", "Fan held off";
    /// Hold the fan at or above its degraded floor.
    FanFloor = 1, "FAN_FLOOR", "Fan at or above its floor";
    /// Full speed.
    FanMax = 2, "FAN_MAX", "Fan at full speed";
    /// Close the damper, where one is fitted.
    Damper = 3, "DAMPER", "Damper closed";
    /// Tell the hosts of a risk.
    HostWarn = 4, "HOST_WARN", "Hosts warned";
    /// Ask the hosts to drain.
    HostPrepare = 5, "HOST_PREPARE", "Hosts prepare";
    /// Ask the hosts to limit their power.
    HostCap = 6, "HOST_CAP", "Hosts limit power";
    /// Shed load that may be shed.
    HostShed = 7, "HOST_SHED", "Load shed";
    /// Shut the hosts down.
    HostDown = 8, "HOST_DOWN", "Hosts shut down";
    /// Cut the hosts' power.
    PduOff = 9, "PDU_OFF", "Hosts' power cut";
    /// Sound the horn.
    Horn = 10, "HORN", "Horn";
    /// Light the beacon.
    Beacon = 11, "BEACON", "Beacon";
    /// Fire output to the panel and the BMS.
    Fire = 12, "FIRE", "Fire output";
    /// Pre-alarm output.
    PreAlarm = 13, "PREALARM", "Pre-alarm output";
    /// Fault output (energised when healthy).
    Fault = 14, "FAULT", "Fault output";
    /// Warn peer racks.
    PeerWarn = 15, "PEER_WARN", "Peers warned";
    /// Send mail.
    Mail = 16, "MAIL", "Mail";
    /// Nothing that was stopped starts again before a reset.
    Lockout = 17, "LOCKOUT", "Restart locked out";
    /// Hold the fan at its least speed. Gives way to every other effect of the fan.
    FanLeast = 18, "FAN_LEAST", "Fan at its least speed";
}

numbered! {
    /// What a person resets: a named group of latched causes.
    Latch, LatchRow, LATCHES, LatchSet: u16;
    /// Fire, fired extinguisher, manual button or cut-out.
    Fire = 0, "fire", "Fire";
    /// Fire pre-alarm.
    PreAlarm = 1, "prealarm", "Fire pre-alarm";
    /// Over-temperature trip or damage limit.
    OverTemperature = 2, "over_temperature", "Over-temperature";
    /// All exhaust probes were lost.
    Blind = 3, "blind", "All probes lost";
    /// Emergency power-off.
    EmergencyOff = 4, "emergency_off", "Emergency power-off";
    /// The blower failed or was isolated.
    CoolingLoss = 5, "cooling_loss", "Cooling loss";
    /// An output was not obeyed.
    NotObeyed = 6, "not_obeyed", "Output not obeyed";
    /// The latch records could not be read: anything may have been latched.
    Unknown = 7, "unknown", "Latch records unreadable";
}

numbered! {
    /// The core's own hard-wired outputs besides the fan.
    OutputLine, OutputRow, OUTPUTS, OutputSet: u16;
    /// Dry contact that asks the hosts to shut down.
    HostDown = 0, "host_down", "Host-down contact";
    /// Shunt trip of the hosts' power, on a supervised line.
    PowerCut = 1, "power_cut", "Power-cut trip";
    /// Horn.
    Horn = 2, "horn", "Horn";
    /// Beacon.
    Beacon = 3, "beacon", "Beacon";
    /// Fire contact to the panel; energised in alarm, supervised line.
    Fire = 4, "fire", "Fire output";
    /// Pre-alarm contact; energised in alarm.
    PreAlarm = 5, "prealarm", "Pre-alarm output";
    /// Fault contact; energised when healthy.
    Fault = 6, "fault", "Fault output";
    /// Square wave to the external monostable relay.
    Heartbeat = 7, "heartbeat", "Heartbeat";
}

const _: () = {
    let mut line = 0;
    while line < OutputLine::COUNT {
        let (a, b) = (
            OutputLine::ALL[line].key().as_bytes(),
            crate::point::output::LINES[line].as_bytes(),
        );
        assert!(a.len() == b.len(), "output points carry the lines' keys");
        line += 1;
    }
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_was_put_in() {
        let mut set = CauseSet::of(&[Cause::C01Fired, Cause::C28CoolingIsolated]);
        assert!(set.has(Cause::C28CoolingIsolated) && !set.has(Cause::C02FireConfirmed));
        set.put(Cause::C01Fired, false);
        assert_eq!(
            set.iter().collect::<std::vec::Vec<_>>(),
            [Cause::C28CoolingIsolated]
        );
        assert_eq!(Cause::from_key("C17"), Some(Cause::C17AllBlind));
        assert_eq!(CauseSet::ALL.iter().count(), 30);
    }

    #[test]
    fn output_points_carry_the_lines_keys() {
        for (row, label) in OUTPUTS.iter().zip(crate::point::output::LINES) {
            assert_eq!(row.key, *label);
        }
    }
}
