//! The table of alarms. A row is the alarm's whole record of rationalisation: one that says less does not compile.

use super::{Group, Priority, Row, Severity, Storm};
use crate::interlock::Cause;
use crate::setting::Role;

/// Points of an alarm: some by their names, a family of them, or none.
macro_rules! at {
    () => { &[] };
    ([$($point:literal),+]) => { &[$($point),+] };
    ($family:ident) => { $family };
}

/// Names of a family of points.
macro_rules! family {
    ($before:literal, $after:literal: $($number:literal)+) => { &[$(concat!($before, $number, $after)),+] };
}

/// What is known of each host: an alarm of hosts shows at those that are as it says.
const HOSTS: &[&str] = family!("host.", ".state":
    1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
/// What becomes of each outlet.
const OUTLETS: &[&str] = family!("outlet.", ".state": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);

macro_rules! alarms {
    ($($name:ident = $number:literal, $text:literal, $priority:ident, latching $latching:literal, cause $cause:expr,
        delay $on:literal / $off:literal, $what:literal, $consequence:literal, $action:literal,
        because $because:literal, $severity:ident in $respond:literal min, group $group:ident, owner $owner:ident,
        shelve $shelve:literal min, storm $storm:ident, again $again:literal min, revision $revision:literal
        $(, basis $basis:literal)?
        $(, $(at $points:tt)? $(after [$($explains:ident),+])?)?;)+) => {
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
            because: $because, consequence: $consequence, action: $action, severity: Severity::$severity,
            respond_min: $respond, cause: $cause, on_delay_ms: $on, off_delay_ms: $off,
            basis: concat!($($basis)?), group: Group::$group, owner: Role::$owner, shelve_min: $shelve,
            storm: Storm::$storm, again_min: $again, revision: $revision,
            points: at!($($($points)?)?), explained_by: &[$($($(Alarm::$explains),+)?)?],
        }),+];
    };
}

alarms! {
    Fired = 0, "extinguisher.fired", Critical, latching true, cause Some(Cause::C01Fired), delay 0/0,
        "An extinguisher has fired", "Fire in the rack; powder covers everything",
        "Step back. Call the fire brigade. Do not open the door",
        because "A break-wire reads fired, or open beside another sign of fire",
        Harm in 1 min, group Fire, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "break-wire bands of the supervised loop",
        at ["extinguisher.left.state", "extinguisher.right.state"];
    Fire = 1, "fire.confirmed", Critical, latching true, cause Some(Cause::C02FireConfirmed), delay 0/0,
        "Fire in the rack", "The fan is off; hosts lose power",
        "Step back. Call the fire brigade. Do not open the door",
        because "Two classes of fire evidence that share no sensor stand together or within 60 s",
        Harm in 1 min, group Fire, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "smoke contact; exhaust air at 90 C, far above any heat of hosts",
        at ["smoke.a", "smoke.b"];
    ManualFire = 2, "fire.button", Critical, latching true, cause Some(Cause::C03ManualFire), delay 0/0,
        "The manual fire button was pressed", "The fan is off; hosts lose power",
        "Step back. Find out who pressed it and why",
        because "Somebody pressed the button, or the building's fire system closed its contact",
        Harm in 1 min, group Fire, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        at ["fire.button"];
    PreAlarm = 3, "fire.prealarm", High, latching true, cause Some(Cause::C04PreAlarm), delay 0/0,
        "One sign of fire", "Hosts shut down after ten minutes without an answer",
        "Look at the rack from outside. Answer within ten minutes",
        because "One class of fire evidence stands: smoke, heat of the air, or heat that nothing explains",
        Outage in 10 min, group Fire, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 2,
        basis "as for fire.confirmed; answered within safety.prealarm_down_delay",
        at ["smoke.a", "smoke.b", "heat.unexplained"];
    CutOut = 4, "cut_out.open", Critical, latching true, cause Some(Cause::C05CutOut), delay 0/0,
        "The thermal cut-out has opened", "The fan is off; hosts lose power",
        "Step back. Call the fire brigade",
        because "Air in the rack reached the cut-out's temperature",
        Harm in 1 min, group Fire, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "hard-wired, opens at 110 C: 30 K above any heat without fire",
        at ["cut_out.open"];
    Warm = 5, "exhaust.warm", Low, latching false, cause Some(Cause::C06Warn), delay 1000/5000,
        "Exhaust air is warm", "Cooling has no reserve", "Check room temperature, filters and load",
        because "Warm room, loaded filters, or more load than cooling was planned for",
        Reserve in 480 min, group Cooling, owner Operator, shelve 480 min, storm Folds, again 0 min, revision 1,
        basis "safety.exhaust_warn, dead-band safety.dead_band: above what control holds, below the trip",
        at ["rack.exhaust.temperature"] after [Hard, Trip, Hot, FanFailed, CoolingIsolated, MainsLost, NoFlow];
    Hot = 6, "exhaust.hot", High, latching false, cause Some(Cause::C07High), delay 0/5000,
        "Exhaust air is hot", "Hosts shut down if it rises further", "Reduce load. Check blower, filters and door",
        because "Cooling does not follow the load",
        Outage in 10 min, group Cooling, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "safety.exhaust_high, dead-band safety.dead_band, 30 s at least: leaves time to shed load",
        at ["rack.exhaust.temperature"] after [Hard, Trip, FanFailed, CoolingIsolated, MainsLost, NoFlow];
    Trip = 7, "exhaust.trip", Critical, latching true, cause Some(Cause::C08Trip), delay 0/0,
        "Exhaust over-temperature", "Hosts are being shut down", "Restore cooling, then reset",
        because "Cooling is lost or far too small",
        Outage in 5 min, group Cooling, owner Operator, shelve 0 min, storm Stays, again 60 min, revision 1,
        basis "safety.exhaust_trip, dead-band safety.dead_band: time for a shutdown in good order before damage",
        at ["rack.exhaust.temperature"];
    FanFailed = 8, "blower.failed", Critical, latching true, cause Some(Cause::C10FanFailed), delay 0/5000,
        "The blower does not turn", "At 12 kW hosts overheat within a minute",
        "Check the blower's supply and bearing. Reduce load at once",
        because "Supply, bearing or drive: two of speed, current and draft say that it stands",
        Outage in 1 min, group Cooling, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "standing below 30 rpm, 0.15 A and 1 Pa for 3 s",
        at ["blower.a.speed"];
    NoFlow = 9, "flow.none", High, latching false, cause Some(Cause::C11NoFlow), delay 5000/5000,
        "The blower turns but draws no air", "Hosts overheat", "Check pipe, discharge and exhaust openings",
        because "Pipe off or openings blocked: speed and current are right, draft is missing",
        Outage in 10 min, group Cooling, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "draft below 0.5 Pa above 30 % drive for 15 s",
        at ["rack.draft.pressure", "flow.extracted"] after [FanFailed, CoolingIsolated];
    FilterWarn = 10, "filter.loaded", Low, latching false, cause Some(Cause::C12Filter), delay 10000/10000,
        "A filter is loaded", "Cooling capacity falls", "Order a filter. Plan its change",
        because "Dust in the mat",
        Reserve in 10080 min, group Filters, owner Operator, shelve 10080 min, storm Folds, again 0 min, revision 1,
        basis "70 % of filter.end_of_life, dead-band 5 %: time to order one",
        at ["filter.left.resistance", "filter.right.resistance"] after [FilterEnd];
    FilterEnd = 11, "filter.end", Medium, latching false, cause None, delay 10000/10000,
        "A filter is at its end of life", "Cooling capacity is short", "Change the filter",
        because "Dust in the mat; it was not changed in time",
        Protection in 1440 min, group Filters, owner Operator, shelve 1440 min, storm Folds, again 1440 min, revision 1,
        basis "filter.end_of_life, dead-band 5 %",
        at ["filter.left.resistance", "filter.right.resistance"];
    FilterMissing = 12, "filter.missing", Medium, latching false, cause Some(Cause::C30FilterMissing), delay 5000/5000,
        "A filter is not in its slot", "Dust enters the hosts", "Put the filter in",
        because "Taken out and not put back; air comes in without resistance",
        Reserve in 60 min, group Filters, owner Operator, shelve 240 min, storm Folds, again 0 min, revision 2,
        basis "the slot's contact, or resistance below that of any mat",
        at ["filter.left.present", "filter.right.present"];
    DoorOpen = 13, "door.open", Medium, latching false, cause Some(Cause::C13Door), delay 0/1000,
        "The door is open", "Extinguishers are impaired; air takes a short way", "Close the door",
        because "Work at the rack, or a door that was left open",
        Reserve in 60 min, group Enclosure, owner Operator, shelve 120 min, storm Folds, again 60 min, revision 1,
        basis "safety.door_delay",
        at ["door.open"] after [DoorDoubted];
    Extinguisher = 14, "extinguisher.impaired", High, latching false, cause Some(Cause::C14Extinguisher), delay 0/2000,
        "An extinguisher is not ready", "A fire would not be put out", "Lock the unit home or replace it",
        because "Not home, missing, expired, or its signals disagree",
        Harm in 480 min, group Enclosure, owner Operator, shelve 0 min, storm Stays, again 1440 min, revision 1,
        basis "home contacts and break-wire of each unit",
        at ["extinguisher.left.state", "extinguisher.right.state"] after [Fired, DoorOpen, UnitUnknown, UnitExpired];
    ProbeLost = 15, "exhaust.probe", Medium, latching false, cause Some(Cause::C15OneProbeLost), delay 0/5000,
        "An exhaust probe is lost", "The vote has no spare", "Replace the probe",
        because "Cut wire, broken probe, or a probe far from its peers",
        Protection in 480 min, group Sensors, owner Engineer, shelve 4320 min, storm Folds, again 0 min, revision 1,
        basis "no answer, out of range, or safety.disagreement from its peers for 60 s",
        at ["rack.exhaust.a.temperature", "rack.exhaust.b.temperature", "rack.exhaust.c.temperature"] after [Blind, ProbesLost, VoteContradicted, BusFault];
    ProbesLost = 16, "exhaust.probes", High, latching false, cause Some(Cause::C16TwoProbesLost), delay 0/5000,
        "Two exhaust probes are lost", "One probe alone guards the rack", "Replace the probes within 72 h",
        because "A shared cable or bus, or a repair that was put off",
        Protection in 60 min, group Sensors, owner Engineer, shelve 0 min, storm Stays, again 480 min, revision 1,
        basis "one probe of three left",
        at ["rack.exhaust.a.temperature", "rack.exhaust.b.temperature", "rack.exhaust.c.temperature"] after [Blind];
    Blind = 17, "exhaust.blind", Critical, latching true, cause Some(Cause::C17AllBlind), delay 0/5000,
        "No exhaust probe can be believed", "The fan is at full speed; hosts go down if it lasts",
        "Restore a probe, then reset",
        because "Bus, supply or cable that all probes share",
        Outage in 5 min, group Sensors, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "no probe of three left; safety.blind_delay",
        at ["rack.exhaust.temperature"];
    FrontLost = 18, "front.lost", Medium, latching false, cause Some(Cause::C18FrontLost), delay 0/2000,
        "Network and history are down", "Nobody sees the rack from afar; it is still protected",
        "Wait for the restart; look at the log if it repeats",
        because "The network process died, hung, or ran out of memory",
        Protection in 480 min, group Controller, owner Engineer, shelve 480 min, storm Folds, again 0 min, revision 1,
        basis "silent for 2 s",
        at ["controller.front.alive"];
    Watchdog = 19, "watchdog.acted", High, latching true, cause Some(Cause::C19Watchdog), delay 0/0,
        "The last run ended by the watchdog", "The rack was cooled at full speed without judgement",
        "Read the log, then acknowledge",
        because "The controller hung, was killed, or lost its power",
        Protection in 60 min, group Controller, owner Engineer, shelve 0 min, storm Stays, again 0 min, revision 1;
    MainsLost = 20, "mains.lost", High, latching false, cause Some(Cause::C20MainsLost), delay 100/5000,
        "Mains is lost", "The blower may stand; hosts go down if it lasts", "Restore mains",
        because "Feed, breaker or building supply",
        Outage in 10 min, group Cooling, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "safety.mains_delay",
        at ["mains.present"];
    FanOffNotObeyed = 21, "fan_stop.not_obeyed", Critical, latching true, cause Some(Cause::C21FanOffNotObeyed), delay 0/0,
        "The blower still turns after the fire stop", "It feeds the fire", "Open the isolator from outside",
        because "A welded contact, or a second supply that nobody planned",
        Harm in 1 min, group Stops, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "current or speed 1.5 s after the stop",
        at ["blower.a.speed", "blower.a.contact.open"];
    CutNotObeyed = 22, "power_cut.not_obeyed", Critical, latching true, cause Some(Cause::C22CutNotObeyed), delay 0/0,
        "Power still flows after the cut", "Hosts burn under power", "CUT POWER BY HAND",
        because "The shunt trip failed, or a load hangs behind another breaker",
        Harm in 1 min, group Stops, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "more than 200 W 3 s after the cut",
        at ["output.power_cut", "it.power"];
    EmergencyOff = 23, "emergency_off", Critical, latching true, cause Some(Cause::C24EmergencyOff), delay 0/0,
        "The emergency power-off was pressed", "Fan and hosts are off", "Find out why; release, then reset",
        because "Somebody pressed the button",
        Outage in 5 min, group Stops, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        at ["emergency_off"];
    Untrusted = 24, "seal.broken", Medium, latching true, cause Some(Cause::C25Untrusted), delay 0/0,
        "The seal is broken", "Parts may have been changed", "Inspect and renew the seal",
        because "The rack was opened past its seal",
        Protection in 480 min, group Enclosure, owner Engineer, shelve 0 min, storm Stays, again 0 min, revision 1,
        at ["seal.broken"];
    Hard = 25, "exhaust.damage", Critical, latching true, cause Some(Cause::C27Hard), delay 0/0,
        "Exhaust air is at the damage limit", "Hosts' power is cut", "Restore cooling, then reset",
        because "Cooling is lost and hosts did not go down in time",
        Outage in 1 min, group Cooling, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "safety.exhaust_hard, dead-band safety.dead_band: the hosts' own limit",
        at ["rack.exhaust.temperature"];
    CoolingIsolated = 26, "cooling.isolated", High, latching false, cause Some(Cause::C28CoolingIsolated), delay 0/1000,
        "Cooling is isolated", "Hosts overheat; power is limited", "Close the isolator when the work is done",
        because "Somebody opened the isolator, or the contact opened without a command",
        Outage in 10 min, group Cooling, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "isolator or contact open for 1 s",
        at ["blower.a.isolator.open", "blower.a.contact.open"];
    LoopFault = 27, "loop.fault", Medium, latching false, cause None, delay 1000/2000,
        "A fire loop is cut, shorted or between bands", "Fire may be seen late", "Check cable and resistors",
        because "Broken wire, loose terminal, or a wrong resistor",
        Protection in 480 min, group Sensors, owner Engineer, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "bands of the supervised loop; between two bands is a fault",
        at ["extinguisher.left.break_wire", "extinguisher.right.break_wire", "smoke.a", "smoke.b"] after [BusFault];
    DeviceAbsent = 28, "device.absent", Medium, latching false, cause None, delay 3000/2000,
        "A configured device does not answer", "Its points are missing", "Check bus, cable and address",
        because "Unplugged, broken, or another address than the configuration says",
        Protection in 480 min, group Sensors, owner Engineer, shelve 4320 min, storm Folds, again 0 min, revision 1,
        basis "no answer for 3 s",
        at ["controller.devices"] after [BusFault];
    DeviceMismatch = 29, "device.mismatch", High, latching false, cause None, delay 0/2000,
        "Another chip answers at a configured address", "Its points are missing", "Check wiring and configuration",
        because "A part was swapped for another, or two cables were",
        Protection in 60 min, group Sensors, owner Engineer, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "identity read at start and after each return";
    BusFault = 30, "bus.fault", High, latching false, cause None, delay 0/2000,
        "A sensor bus is stuck", "All its points are missing", "Check the bus cable; power-cycle the bus",
        because "A short in the cable, or a chip that holds the line",
        Protection in 60 min, group Sensors, owner Engineer, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "clock or data low after nine clocks";
    LatchUnknown = 31, "latch.unknown", Critical, latching true, cause None, delay 0/0,
        "The latch records cannot be read", "Host power-on and overrides are locked",
        "Inspect the rack as after a fire, then reset",
        because "A disk that lost its records, or a directory that was never commissioned",
        Harm in 30 min, group Controller, owner Engineer, shelve 0 min, storm Stays, again 0 min, revision 1;
    OutputMismatch = 32, "output.mismatch", High, latching false, cause None, delay 1000/1000,
        "An output does not follow its command", "Interlocks may not act", "Check the relay and its read-back",
        because "A stuck relay, a cut read-back, or a board that does not answer",
        Protection in 60 min, group Stops, owner Engineer, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "read-back differs from the command for 1 s";
    Degraded = 33, "control.degraded", Low, latching false, cause None, delay 5000/5000,
        "Control runs on fewer inputs", "The fan runs faster than needed", "Restore the missing input",
        because "An input is lost that control would use",
        Reserve in 480 min, group Sensors, owner Operator, shelve 480 min, storm Folds, again 0 min, revision 1,
        after [Blind, ProbesLost, BusFault, ProbeLost, DoorOpen, DeviceAbsent];
    LateTicks = 34, "controller.late", High, latching false, cause None, delay 0/60000,
        "The controller runs late", "Reactions are slower than promised", "Check the machine's load",
        because "Another program takes the processor, or the machine is too small",
        Protection in 60 min, group Controller, owner Engineer, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "a tick more than 100 ms late",
        at ["controller.tick.lateness"];
    NotRealtime = 35, "controller.not_realtime", Low, latching false, cause None, delay 0/0,
        "Real-time scheduling is not granted", "Reactions may be slower than promised",
        "Grant the priority in the service's unit",
        because "The service's unit does not grant the priority",
        Upkeep in 10080 min, group Controller, owner Engineer, shelve 10080 min, storm Folds, again 0 min, revision 1,
        at ["controller.realtime"];
    Leak = 36, "leak", High, latching false, cause None, delay 500/5000,
        "Water is detected", "Electrical damage", "Find the leak; prepare to shut down",
        because "A pipe above, a roof, or condensation",
        Outage in 10 min, group Enclosure, owner Operator, shelve 0 min, storm Stays, again 60 min, revision 1,
        basis "leak contact for 0.5 s",
        at ["leak.detected"];
    ConfigurationFallback = 37, "configuration.fallback", High, latching false, cause None, delay 0/0,
        "The configuration is not in force as it is written", "Changes made, or what a file of it is for, are not there",
        "Run the check and mend what it names",
        because "A mistake in the file, or a certificate, key or password that cannot be read",
        Protection in 60 min, group Controller, owner Engineer, shelve 0 min, storm Stays, again 0 min, revision 1;
    SoftwareFireStop = 38, "fire_stop.software_only", High, latching false, cause None, delay 0/0,
        "The fire stop is in software only", "A fire stop does not outlast the controller",
        "Fit the latching contact",
        because "The site has no latching contact in the blower's supply",
        Harm in 1440 min, group Controller, owner Engineer, shelve 0 min, storm Stays, again 0 min, revision 1;
    ContactUnreadable = 39, "contact.unreadable", High, latching false, cause None, delay 1000/2000,
        "Fire button, cut-out or emergency-off cannot be read", "Pressing it stops nothing",
        "Check the contact lines",
        because "Cut cable, chatter, or an input board that does not answer",
        Harm in 480 min, group Enclosure, owner Engineer, shelve 0 min, storm Stays, again 60 min, revision 1,
        basis "no believable level for 1 s";
    LatchNotWritten = 40, "latch.not_written", High, latching false, cause None, delay 500/2000,
        "Latch records cannot be written", "A latch would not outlast a restart of the controller",
        "Check the disk: full, read-only or hung",
        because "A disk that is full, read-only or hung",
        Protection in 60 min, group Controller, owner Engineer, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "record older than the latches for 0.5 s";
    HostDownUnpublished = 41, "host_down.unpublished", High, latching true, cause None, delay 0/0,
        "Hosts were not told over the network to shut down", "Hosts without the contact stay up until power is cut",
        "Shut the hosts down by hand",
        because "The network process hangs or cannot reach its listeners",
        Outage in 10 min, group Stops, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "not confirmed for 2 s",
        at ["shutdown.published"];
    HistoryNotWritten = 42, "history.not_written", Low, latching false, cause None, delay 10000/5000,
        "History is not written", "Trends and the journal have a hole",
        "Check the disk of the data directory: full, read-only or hung",
        because "A disk that is full, read-only or hung",
        Upkeep in 1440 min, group Controller, owner Engineer, shelve 1440 min, storm Folds, again 0 min, revision 1,
        basis "not written for 10 s",
        at ["controller.history"];
    VoteContradicted = 43, "exhaust.contradicted", High, latching false, cause None, delay 0/5000,
        "Two exhaust probes are cooler than the third and the ceiling", "If the hotter is right, hosts run too hot; it is followed",
        "Measure the exhaust by hand. Replace the probes that are wrong",
        because "Two probes are wrong in the same way: wet, covered, or put where no exhaust air passes",
        Protection in 60 min, group Sensors, owner Engineer, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "safety.disagreement between the third and both others, ceiling with it, for 20 s",
        at ["rack.exhaust.a.temperature", "rack.exhaust.b.temperature", "rack.exhaust.c.temperature", "rack.ceiling.temperature"];
    TachometerDisagrees = 44, "blower.tachometer", Low, latching false, cause None, delay 0/5000,
        "The tachometer disagrees with current and draft", "A standing blower is found by two witnesses instead of three",
        "Check the tachometer's wire and its pulses per turn",
        because "A cut or noisy wire, or a wrong number of pulses per turn",
        Reserve in 480 min, group Cooling, owner Engineer, shelve 4320 min, storm Folds, again 0 min, revision 1,
        basis "counted speed against current and draft",
        at ["blower.a.speed", "blower.b.speed"] after [FanFailed];
    DoorDoubted = 45, "door.contact", Medium, latching false, cause None, delay 0/5000,
        "Air comes in beside the filters although the door's contact says closed",
        "The door counts as open: extinguishers are impaired, the fan keeps its floor",
        "Close the door and the side panels. If they are closed, replace the door's contact",
        because "A door that is not shut, a side panel that is off, or a contact that sticks",
        Reserve in 60 min, group Enclosure, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "draft against the filters' resistance",
        at ["door.open", "rack.draft.pressure"];
    UnitExpired = 46, "extinguisher.expired", High, latching false, cause None, delay 0/2000,
        "An extinguisher is past its date or has been too long in heat or damp", "It may not put a fire out",
        "Replace the unit and enter the new one's serial number",
        because "Its shelf life is over, or its powder and its red phosphorus have aged in warm or damp air",
        Harm in 1440 min, group Enclosure, owner Operator, shelve 0 min, storm Stays, again 1440 min, revision 1,
        basis "extinguisher.shelf_life; extinguisher.hot_hours, extinguisher.damp_hours",
        at ["extinguisher.left.state", "extinguisher.right.state", "extinguisher.left.exposure", "extinguisher.right.exposure"];
    UnitExpiring = 47, "extinguisher.expiring", Low, latching false, cause None, delay 0/2000,
        "An extinguisher has to be replaced soon", "It expires, and protection counts as impaired",
        "Order a unit. Plan its replacement",
        because "Thirty days of its shelf life are left, or nine tenths of what it bears in heat or damp are used",
        Reserve in 10080 min, group Enclosure, owner Operator, shelve 10080 min, storm Folds, again 10080 min, revision 1,
        basis "30 d before the end, 90 % of the exposure: time to order one",
        at ["extinguisher.left.life_left", "extinguisher.right.life_left", "extinguisher.left.exposure", "extinguisher.right.exposure"]
        after [UnitExpired];
    UnitUnknown = 48, "extinguisher.unknown", High, latching false, cause None, delay 0/0,
        "The records of the extinguishers cannot be read", "A unit that has fired or expired would not be told from a good one",
        "Inspect both units and enter their serial numbers",
        because "The data directory is new or damaged",
        Harm in 480 min, group Enclosure, owner Engineer, shelve 0 min, storm Stays, again 1440 min, revision 1,
        basis "neither of two records is whole",
        at ["extinguisher.left.state", "extinguisher.right.state"];
    DateDoubted = 49, "extinguisher.date", Low, latching false, cause None, delay 0/0,
        "The wall clock is unknown or has jumped: extinguishers do not age by it", "A unit past its date would not be told",
        "Set the clock. Acknowledge this once it is right: the date that it shows is then taken",
        because "A clock without battery, a time server that lies, or a controller that was off for two months",
        Reserve in 1440 min, group Enclosure, owner Engineer, shelve 0 min, storm Folds, again 1440 min, revision 1,
        basis "more than 2 d ahead or 1 d behind what has passed since the last believed day; 60 d ahead after a start",
        at ["extinguisher.left.life_left", "extinguisher.right.life_left"];
    InputOverridden = 50, "input.overridden", Medium, latching true, cause None, delay 0/0,
        "An input is overridden", "What it would raise is not raised",
        "End the override when the work is done. Acknowledge when it is over",
        because "A person's act, with a reason and an end",
        Protection in 240 min, group Sensors, owner Engineer, shelve 0 min, storm Stays, again 10 min, revision 1,
        basis "any input overridden",
        at ["inputs.override.left"];
    InputOutOfService = 51, "input.out_of_service", High, latching false, cause None, delay 0/0,
        "An input is out of service", "Its vote has no spare; what it alone would see is not seen",
        "Replace the part, then put it back in service",
        because "Two persons' act: the part cannot become healthy",
        Protection in 60 min, group Sensors, owner Engineer, shelve 0 min, storm Stays, again 1440 min, revision 1,
        basis "any input out of service";
    UnexplainedHeat = 52, "heat.unexplained", High, latching false, cause None, delay 0/5000,
        "Heat that nothing explains", "It may be a fire: beside smoke it stops the fan",
        "Look at the rack from outside. Look for a load that no meter counts",
        because "A fire that nobody smells yet, or a load that is not metered",
        Outage in 10 min, group Fire, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "more than 800 W and a quarter of the hosts' heat for 5 s, by the heat balance",
        at ["heat.unexplained"];
    Condensation = 53, "condensation.risk", Medium, latching false, cause Some(Cause::C29Condensation), delay 10000/60000,
        "Water may condense on cold surfaces in the rack",
        "Water on boards and contacts; damp extinguishers and coating age. The fan is held at its least speed while heat permits",
        "Dry or cool the room's air, or warm the rack: keep its hosts at work and the door shut",
        because "Humid air drawn over walls that are colder than its dew point: after a cold night, or with the room's air conditioner out",
        Reserve in 60 min, group Enclosure, owner Operator, shelve 240 min, storm Folds, again 240 min, revision 1,
        basis "safety.dew_point_margin, dead-band 1 K",
        at ["dew_point.margin", "room.dew_point"];
    FilterSoon = 54, "filter.end_soon", Low, latching false, cause None, delay 0/60000,
        "A filter has to be changed soon", "Cooling loses its reserve, then its hosts",
        "Order filters. Change both within the days that are left",
        because "Dust: the days left follow from how the resistance has grown",
        Reserve in 10080 min, group Cooling, owner Operator, shelve 10080 min, storm Folds, again 10080 min, revision 1,
        basis "filter.days_warning by the best estimate: time to order filters",
        at ["filter.left.days_left", "filter.right.days_left"] after [FilterEnd];
    SelfTest = 55, "self_test.failed", Low, latching false, cause None, delay 0/0,
        "The blower's self-test found something, or was not whole for a week",
        "Worn bearings, a lying tachometer or pressure sensor and the filters' end are told late",
        "Read what it found. Mend it, then start a self-test",
        because "What it found; or the site's hour never suits it, heat and open doors keep it from running",
        Reserve in 10080 min, group Cooling, owner Engineer, shelve 10080 min, storm Folds, again 10080 min, revision 1,
        basis "any finding of the last whole self-test; none whole for 7 d while self_test.allowed is set",
        at ["self_test.result", "self_test.findings"];
    BearingWear = 56, "blower.bearing", Low, latching false, cause None, delay 0/0,
        "The blower's bearings wear", "The blower will stand still one day",
        "Plan to replace the blower",
        because "Grease that has aged, dust in the bearing, a wheel out of balance",
        Reserve in 10080 min, group Cooling, owner Engineer, shelve 10080 min, storm Folds, again 10080 min, revision 1,
        basis "coast-down 15 % shorter or power 15 % higher than in the first nights, two nights running",
        at ["self_test.coast_down.share", "self_test.power.share"] after [FanFailed];
    OneBlowerLost = 57, "blower.one_lost", High, latching false, cause None, delay 12000/5000,
        "One of two blowers does not turn as it is driven",
        "The other carries the rack alone: the next failure is a loss of cooling, and a hot room or a full load may be too much for it",
        "Check the one that has failed: drive, bearing, wheel. Put off loads that can wait",
        because "Drive, bearing or wheel of one: its own tachometer says that it stands, or that it is far slower than the other",
        Protection in 60 min, group Cooling, owner Operator, shelve 0 min, storm Stays, again 240 min, revision 1,
        basis "standing for 3 s, or below 70 % of the other's speed for 10 s, while driven",
        at ["blower.a.state", "blower.b.state"] after [FanFailed, CoolingIsolated];
    ParityFinding = 58, "parity.finding", Low, latching false, cause None, delay 120000/60000,
        "Measurements contradict each other", "A sensor that is off is believed; a leak or a worn part is found late",
        "Read what is isolated. Check that sensor or part, and mend it",
        because "A sensor that drifts, a leak, a worn or weak blower: the finding names what explains it alone",
        Reserve in 10080 min, group Sensors, owner Engineer, shelve 10080 min, storm Folds, again 10080 min, revision 1,
        basis "cumulative sum of a residual: more than 2.5 deviations for minutes; told by no alarm of its own",
        at ["parity.finding"];
    HeadroomLow = 59, "cooling.headroom_low", Low, latching false, cause None, delay 600000/600000,
        "Cooling has little to spare", "A warmer room or more load makes the exhaust hot",
        "Cool the room, change loaded filters, or move load to another rack",
        because "Warm room, loaded filters, or more load than cooling was planned for",
        Reserve in 1440 min, group Cooling, owner Operator, shelve 10080 min, storm Folds, again 1440 min, revision 1,
        basis "less to spare than cooling.headroom_warning of the rated power for 10 min",
        at ["cooling.headroom"] after [Warm, Hot, Trip, Hard, FanFailed, CoolingIsolated, MainsLost, NoFlow];
    HostNotDown = 60, "host.not_down", Critical, latching false, cause None, delay 0/1000,
        "A host is not proven down at its deadline", "It loses its power running, or burns with it",
        "Shut it down by hand: its console, its management controller, its button",
        because "It hangs in its shutdown, has not heard, or runs again by itself",
        Outage in 5 min, group Stops, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "its tier's stage is over and not both of its observations say that it is off",
        at HOSTS;
    // Who is not logged in need be no host that the site names: no host's point is certain to be it.
    HostNotLoggedIn = 61, "host.not_logged_in", Low, latching false, cause None, delay 60000/5000,
        "A host asks for its UPS but is not logged in", "It obeys a shutdown, and nobody waits for it",
        "Correct user and password in its upsmon.conf; they are those of `[nut]` in the site's file",
        because "A wrong password or user, a user of another tier, or TLS that it does not offer",
        Upkeep in 1440 min, group Controller, owner Engineer, shelve 10080 min, storm Folds, again 1440 min, revision 1,
        basis "three polls of the status on one connection without a login, for 60 s",
        at ["shutdown.stage"];
    HostStays = 62, "host.heard_but_stays", Critical, latching false, cause None, delay 0/1000,
        "A host has heard that it has to shut down and stays", "It loses its power running",
        "Shut it down by hand. Set MINSUPPLIES in its upsmon.conf to all of its supplies",
        because "It monitors another UPS too and one of them is enough for it, or its shutdown command fails",
        Outage in 5 min, group Stops, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "logged in, told, and still polling 15 s later",
        at HOSTS;
    OutletNotObeyed = 63, "outlet.not_obeyed", Critical, latching false, cause None, delay 0/1000,
        "An outlet that is to be off is not", "What it feeds keeps its power in a fire",
        "Pull its plug or open its breaker by hand; the page names the outlet",
        because "A welded relay, a PDU that refuses, is not reached or switches a group, or somebody who switches it on again",
        Outage in 5 min, group Stops, owner Operator, shelve 0 min, storm Stays, again 0 min, revision 1,
        basis "to be off and read on, or above 5 W, or not read: 3 s after the order on the core's own line, 15 s on a network",
        at OUTLETS;
    CertificateEnds = 64, "certificate.ends", Low, latching false, cause None, delay 5000/5000,
        "A certificate ends within 30 days, or has ended", "On that day a channel to the hosts is lost: they hear of no shutdown, or are not seen",
        "Renew it: a rehearsal and the log say which it is, `/metrics` has all of them",
        because "Certificates have an end: that of the NUT server, of the agents, or of what a management controller, a PDU or a webhook is checked against",
        Upkeep in 10080 min, group Controller, owner Engineer, shelve 10080 min, storm Folds, again 10080 min, revision 1,
        basis "less than 30 days to the first known end, for 5 s; it is looked at each minute",
        at ["certificate.days_left"];
}
