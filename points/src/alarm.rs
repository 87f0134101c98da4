//! The alarm table: what is wrong, what follows if it is ignored, what to do. An alarm without an act is an event.

/// How soon and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Priority {
    /// Within the shift.
    Low = 1,
    /// Within the hour.
    Medium = 2,
    /// Within minutes.
    High = 3,
    /// At once.
    Critical = 4,
}

impl Priority {
    /// The word for it.
    pub const fn text(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Medium => "medium",
            Priority::High => "high",
            Priority::Critical => "critical",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Number: its bit in the alarm words. Only ever added.
    pub number: u16,
    /// The name on every interface.
    pub name: &'static str,
    /// How soon and how much.
    pub priority: Priority,
    /// Stays after its condition is gone until a person has acknowledged it.
    pub latching: bool,
    /// What is wrong.
    pub text: &'static str,
    /// What follows if it is ignored.
    pub consequence: &'static str,
    /// What to do.
    pub action: &'static str,
    /// The cause of the matrix it stands for, if any.
    pub cause: Option<Cause>,
    /// Condition must stand this long, in milliseconds.
    pub on_delay_ms: u32,
    /// Condition must be gone this long, in milliseconds.
    pub off_delay_ms: u32,
    /// Names of the points at which it shows.
    pub points: &'static [&'static str],
    /// Alarms that explain this one while they stand, the best explanation first: it is then a follow-on, shown
    /// folded. A critical alarm is never explained away.
    pub explained_by: &'static [Alarm],
}

use crate::interlock::Cause;

macro_rules! alarms {
    ($($name:ident = $number:literal, $text:literal, $priority:ident, latching $latching:literal, cause $cause:expr,
        delay $on:literal / $off:literal, $what:literal, $consequence:literal, $action:literal
        $(, $(at [$($point:literal),+])? $(after [$($explains:ident),+])?)?;)+) => {
        /// An alarm of the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[repr(u16)]
        pub enum Alarm { $(
            #[doc = $what]
            $name = $number,
        )+ }

        impl Alarm {
            /// Every alarm, in the order of the numbers.
            pub const ALL: &'static [Alarm] = &[$(Alarm::$name),+];
        }

        /// The table.
        pub const ROWS: &[Row] = &[$(Row {
            number: $number, name: $text, priority: Priority::$priority, latching: $latching, text: $what,
            consequence: $consequence, action: $action, cause: $cause, on_delay_ms: $on, off_delay_ms: $off,
            points: &[$($($($point),+)?)?], explained_by: &[$($($(Alarm::$explains),+)?)?],
        }),+];
    };
}

alarms! {
    Fired = 0, "extinguisher.fired", Critical, latching true, cause Some(Cause::C01Fired), delay 0/0,
        "An extinguisher has fired", "Fire in the rack; powder covers everything",
        "Step back. Call the fire brigade. Do not open the door",
        at ["extinguisher.left.state", "extinguisher.right.state"];
    Fire = 1, "fire.confirmed", Critical, latching true, cause Some(Cause::C02FireConfirmed), delay 0/0,
        "Fire in the rack", "The fan is off; hosts lose power",
        "Step back. Call the fire brigade. Do not open the door",
        at ["smoke.a", "smoke.b"];
    ManualFire = 2, "fire.button", Critical, latching true, cause Some(Cause::C03ManualFire), delay 0/0,
        "The manual fire button was pressed", "The fan is off; hosts lose power",
        "Step back. Find out who pressed it and why",
        at ["fire.button"];
    PreAlarm = 3, "fire.prealarm", High, latching true, cause Some(Cause::C04PreAlarm), delay 0/0,
        "One sign of fire", "Hosts shut down after ten minutes without an answer",
        "Look at the rack from outside. Answer within ten minutes",
        at ["smoke.a", "smoke.b"] after [Fired, Fire, ManualFire, CutOut];
    CutOut = 4, "cut_out.open", Critical, latching true, cause Some(Cause::C05CutOut), delay 0/0,
        "The thermal cut-out has opened", "The fan is off; hosts lose power",
        "Step back. Call the fire brigade",
        at ["cut_out.open"];
    Warm = 5, "exhaust.warm", Low, latching false, cause Some(Cause::C06Warn), delay 1000/5000,
        "Exhaust air is warm", "Cooling has no reserve", "Check room temperature, filters and load",
        at ["rack.exhaust.temperature"] after [Hard, Trip, Hot, FanFailed, CoolingIsolated, MainsLost, NoFlow];
    Hot = 6, "exhaust.hot", High, latching false, cause Some(Cause::C07High), delay 0/5000,
        "Exhaust air is hot", "Hosts shut down if it rises further", "Reduce load. Check blower, filters and door",
        at ["rack.exhaust.temperature"] after [Hard, Trip, FanFailed, CoolingIsolated, MainsLost, NoFlow];
    Trip = 7, "exhaust.trip", Critical, latching true, cause Some(Cause::C08Trip), delay 0/0,
        "Exhaust over-temperature", "Hosts are being shut down", "Restore cooling, then reset",
        at ["rack.exhaust.temperature"];
    FanFailed = 8, "blower.failed", Critical, latching true, cause Some(Cause::C10FanFailed), delay 0/5000,
        "The blower does not turn", "At 12 kW hosts overheat within a minute",
        "Check the blower's supply and bearing. Reduce load at once",
        at ["blower.a.speed"];
    NoFlow = 9, "flow.none", High, latching false, cause Some(Cause::C11NoFlow), delay 5000/5000,
        "The blower turns but draws no air", "Hosts overheat", "Check pipe, discharge and exhaust openings",
        at ["rack.draft.pressure", "flow.extracted"] after [FanFailed, CoolingIsolated];
    FilterWarn = 10, "filter.loaded", Low, latching false, cause Some(Cause::C12Filter), delay 10000/10000,
        "A filter is loaded", "Cooling capacity falls", "Order a filter. Plan its change",
        at ["filter.left.resistance", "filter.right.resistance"] after [FilterEnd];
    FilterEnd = 11, "filter.end", Medium, latching false, cause None, delay 10000/10000,
        "A filter is at its end of life", "Cooling capacity is short", "Change the filter",
        at ["filter.left.resistance", "filter.right.resistance"];
    FilterMissing = 12, "filter.missing", Medium, latching false, cause None, delay 5000/5000,
        "A filter is not in its slot", "Dust enters the hosts", "Put the filter in",
        at ["filter.left.present", "filter.right.present"];
    DoorOpen = 13, "door.open", Medium, latching false, cause Some(Cause::C13Door), delay 0/1000,
        "The door is open", "Extinguishers are impaired; air takes a short way", "Close the door",
        at ["door.open"] after [DoorDoubted];
    Extinguisher = 14, "extinguisher.impaired", High, latching false, cause Some(Cause::C14Extinguisher), delay 0/2000,
        "An extinguisher is not ready", "A fire would not be put out", "Lock the unit home or replace it",
        at ["extinguisher.left.state", "extinguisher.right.state"] after [Fired, DoorOpen];
    ProbeLost = 15, "exhaust.probe", Medium, latching false, cause Some(Cause::C15OneProbeLost), delay 0/5000,
        "An exhaust probe is lost", "The vote has no spare", "Replace the probe",
        at ["rack.exhaust.a.temperature", "rack.exhaust.b.temperature", "rack.exhaust.c.temperature"] after [Blind, ProbesLost, VoteContradicted, BusFault];
    ProbesLost = 16, "exhaust.probes", High, latching false, cause Some(Cause::C16TwoProbesLost), delay 0/5000,
        "Two exhaust probes are lost", "One probe alone guards the rack", "Replace the probes within 72 h",
        at ["rack.exhaust.a.temperature", "rack.exhaust.b.temperature", "rack.exhaust.c.temperature"] after [Blind];
    Blind = 17, "exhaust.blind", Critical, latching true, cause Some(Cause::C17AllBlind), delay 0/5000,
        "No exhaust probe can be believed", "The fan is at full speed; hosts shut down after the delay",
        "Restore a probe, then reset",
        at ["rack.exhaust.temperature"];
    FrontLost = 18, "front.lost", Medium, latching false, cause Some(Cause::C18FrontLost), delay 0/2000,
        "Network and history are down", "Nobody sees the rack from afar; it is still protected",
        "Wait for the restart; look at the log if it repeats",
        at ["controller.front.alive"];
    Watchdog = 19, "watchdog.acted", High, latching true, cause Some(Cause::C19Watchdog), delay 0/0,
        "The last run ended by the watchdog", "The rack was cooled at full speed without judgement",
        "Read the log, then acknowledge";
    MainsLost = 20, "mains.lost", High, latching false, cause Some(Cause::C20MainsLost), delay 100/5000,
        "Mains is lost", "The blower may stand; hosts shut down after the delay", "Restore mains",
        at ["mains.present"];
    FanOffNotObeyed = 21, "fan_stop.not_obeyed", Critical, latching true, cause Some(Cause::C21FanOffNotObeyed), delay 0/0,
        "The blower still turns after the fire stop", "It feeds the fire", "Open the isolator from outside",
        at ["blower.a.speed", "blower.a.contact.open"];
    CutNotObeyed = 22, "power_cut.not_obeyed", Critical, latching true, cause Some(Cause::C22CutNotObeyed), delay 0/0,
        "Power still flows after the cut", "Hosts burn under power", "CUT POWER BY HAND",
        at ["output.power_cut", "it.power"];
    EmergencyOff = 23, "emergency_off", Critical, latching true, cause Some(Cause::C24EmergencyOff), delay 0/0,
        "The emergency power-off was pressed", "Fan and hosts are off", "Find out why; release, then reset",
        at ["emergency_off"];
    Untrusted = 24, "seal.broken", Medium, latching true, cause Some(Cause::C25Untrusted), delay 0/0,
        "The seal is broken", "Parts may have been changed", "Inspect and renew the seal",
        at ["seal.broken"];
    Hard = 25, "exhaust.damage", Critical, latching true, cause Some(Cause::C27Hard), delay 0/0,
        "Exhaust air is at the damage limit", "Hosts' power is cut", "Restore cooling, then reset",
        at ["rack.exhaust.temperature"];
    CoolingIsolated = 26, "cooling.isolated", High, latching false, cause Some(Cause::C28CoolingIsolated), delay 0/1000,
        "Cooling is isolated", "Hosts overheat; power is limited", "Close the isolator when the work is done",
        at ["blower.a.isolator.open", "blower.a.contact.open"];
    LoopFault = 27, "loop.fault", Medium, latching false, cause None, delay 1000/2000,
        "A fire loop is cut, shorted or between bands", "Fire may be seen late", "Check cable and resistors",
        at ["extinguisher.left.break_wire", "extinguisher.right.break_wire", "smoke.a", "smoke.b"] after [BusFault];
    DeviceAbsent = 28, "device.absent", Medium, latching false, cause None, delay 3000/2000,
        "A configured device does not answer", "Its points are missing", "Check bus, cable and address",
        at ["controller.devices"] after [BusFault];
    DeviceMismatch = 29, "device.mismatch", High, latching false, cause None, delay 0/2000,
        "Another chip answers at a configured address", "Its points are missing", "Check wiring and configuration";
    BusFault = 30, "bus.fault", High, latching false, cause None, delay 0/2000,
        "A sensor bus is stuck", "All its points are missing", "Check the bus cable; power-cycle the bus";
    LatchUnknown = 31, "latch.unknown", Critical, latching true, cause None, delay 0/0,
        "The latch records cannot be read", "Host power-on and overrides are locked",
        "Inspect the rack as after a fire, then reset";
    OutputMismatch = 32, "output.mismatch", High, latching false, cause None, delay 1000/1000,
        "An output does not follow its command", "Interlocks may not act", "Check the relay and its read-back";
    Degraded = 33, "control.degraded", Low, latching false, cause None, delay 5000/5000,
        "Control runs on fewer inputs", "The fan runs faster than needed", "Restore the missing input",
        after [Blind, ProbesLost, BusFault, ProbeLost, DoorOpen, DeviceAbsent];
    LateTicks = 34, "controller.late", High, latching false, cause None, delay 0/60000,
        "The controller runs late", "Reactions are slower than promised", "Check the machine's load",
        at ["controller.tick.lateness"];
    NotRealtime = 35, "controller.not_realtime", Low, latching false, cause None, delay 0/0,
        "Real-time scheduling is not granted", "Reactions may be slower than promised",
        "Grant the priority in the service's unit",
        at ["controller.realtime"];
    Leak = 36, "leak", High, latching false, cause None, delay 500/5000,
        "Water is detected", "Electrical damage", "Find the leak; prepare to shut down",
        at ["leak.detected"];
    ConfigurationFallback = 37, "configuration.fallback", High, latching false, cause None, delay 0/0,
        "The configuration is invalid; the last good one runs", "Changes made are not in force",
        "Run the check and mend what it names";
    SoftwareFireStop = 38, "fire_stop.software_only", High, latching false, cause None, delay 0/0,
        "The fire stop is in software only", "A fire stop does not outlast the controller",
        "Fit the latching contact";
    ContactUnreadable = 39, "contact.unreadable", High, latching false, cause None, delay 1000/2000,
        "Fire button, cut-out or emergency-off cannot be read", "Pressing it stops nothing",
        "Check the contact lines";
    LatchNotWritten = 40, "latch.not_written", High, latching false, cause None, delay 500/2000,
        "Latch records cannot be written", "A latch would not outlast a restart of the controller",
        "Check the disk: full, read-only or hung";
    HostDownUnpublished = 41, "host_down.unpublished", High, latching true, cause None, delay 0/0,
        "Hosts were not told over the network to shut down", "Hosts without the contact stay up until power is cut",
        "Shut the hosts down by hand",
        at ["shutdown.published"];
    HistoryNotWritten = 42, "history.not_written", Low, latching false, cause None, delay 10000/5000,
        "History is not written", "Trends and the journal have a hole",
        "Check the disk of the data directory: full, read-only or hung",
        at ["controller.history"];
    VoteContradicted = 43, "exhaust.contradicted", High, latching false, cause None, delay 0/5000,
        "Two exhaust probes are cooler than the third and the ceiling", "If the hotter is right, hosts run too hot; it is followed",
        "Measure the exhaust by hand. Replace the probes that are wrong",
        at ["rack.exhaust.a.temperature", "rack.exhaust.b.temperature", "rack.exhaust.c.temperature", "rack.ceiling.temperature"];
    TachometerDisagrees = 44, "blower.tachometer", Low, latching false, cause None, delay 0/5000,
        "The tachometer disagrees with current and draft", "A standing blower is found by two witnesses instead of three",
        "Check the tachometer's wire and its pulses per turn",
        at ["blower.a.speed"] after [FanFailed];
    DoorDoubted = 45, "door.contact", Medium, latching false, cause None, delay 0/5000,
        "Air comes in beside the filters although the door's contact says closed",
        "The door counts as open: extinguishers are impaired, the fan keeps its floor",
        "Close the door and the side panels. If they are closed, replace the door's contact",
        at ["door.open", "rack.draft.pressure"];
}

/// How many alarms there are.
pub const COUNT: usize = ROWS.len();

const _: () = {
    let mut row = 0;
    while row < ROWS.len() {
        assert!(
            ROWS[row].number as usize == row,
            "alarm numbers rise without a gap"
        );
        assert!(
            !ROWS[row].text.is_empty() && !ROWS[row].action.is_empty(),
            "an alarm says what to do"
        );
        row += 1;
    }
    assert!(COUNT <= 64, "alarm words hold 64");
};

impl Alarm {
    /// Its place in the table.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its row.
    pub const fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The alarm that explains this one, if one of those that can is among the active ones.
    pub fn follows(self, active: AlarmSet) -> Option<Alarm> {
        let explained_by = self.row().explained_by;
        explained_by.iter().copied().find(|alarm| active.has(*alarm))
    }

    /// The alarm that stands for a cause, if one does.
    pub fn of_cause(cause: Cause) -> Option<Alarm> {
        Self::ALL
            .iter()
            .copied()
            .find(|alarm| alarm.row().cause == Some(cause))
    }
}

/// A set of alarms: one bit each, bit 0 is alarm 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AlarmSet(pub u64);

impl AlarmSet {
    /// None.
    pub const EMPTY: AlarmSet = AlarmSet(0);

    /// Whether it holds the alarm.
    pub const fn has(self, alarm: Alarm) -> bool {
        self.0 & (1 << alarm as u32) != 0
    }

    /// Puts the alarm in or takes it out.
    pub const fn put(&mut self, alarm: Alarm, present: bool) {
        if present {
            self.0 |= 1 << alarm as u32;
        } else {
            self.0 &= !(1 << alarm as u32);
        }
    }

    /// Its alarms, in order.
    pub fn iter(self) -> impl Iterator<Item = Alarm> {
        let mut left = self.0;
        core::iter::from_fn(move || {
            let alarm = Alarm::ALL.get(left.trailing_zeros() as usize).copied()?;
            left &= left - 1;
            Some(alarm)
        })
    }

    /// How many it holds.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether it holds none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_causes_have_one_alarm() {
        assert_eq!(
            ROWS.iter().map(|row| row.name).collect::<BTreeSet<_>>().len(),
            COUNT
        );
        let causes: std::vec::Vec<Cause> = ROWS.iter().filter_map(|row| row.cause).collect();
        assert_eq!(causes.iter().collect::<BTreeSet<_>>().len(), causes.len());
    }

    #[test]
    fn alarms_show_at_points_that_there_are() {
        for row in ROWS {
            for name in row.points {
                assert!(crate::point::find(name).is_some(), "{}: {name}", row.name);
            }
        }
    }

    #[test]
    fn explanations_end_and_never_explain_a_critical_alarm() {
        for alarm in Alarm::ALL {
            let explained_by = alarm.row().explained_by;
            let critical = alarm.row().priority == Priority::Critical;
            assert!(explained_by.is_empty() || !critical, "{alarm:?}");
            // Everything active: whoever follows explanations comes to one that has none.
            let (mut at, mut steps) = (*alarm, 0);
            while let Some(next) = at.follows(AlarmSet(u64::MAX)) {
                (at, steps) = (next, steps + 1);
                assert!(steps < COUNT, "{alarm:?} explains itself");
            }
        }
        let mut active = AlarmSet::EMPTY;
        active.put(Alarm::Hot, true);
        assert_eq!(Alarm::Hot.follows(active), None);
        active.put(Alarm::FanFailed, true);
        assert_eq!(Alarm::Hot.follows(active), Some(Alarm::FanFailed));
    }
}
