//! Commands: a closed set, with who may give them and when they are refused. There is no command that releases an
//! extinguisher, none that raises fire, and none that starts a fan against a latch.

mod words;

use crate::alarm::Alarm;
use crate::date::Date;
use crate::host::TargetSet;
use crate::input::Input;
use crate::interlock::LatchSet;
use crate::quantity::Percent;
pub use crate::refusal::Refusal;
use crate::setting::Role;
use crate::text::Text;
use crate::unit::{Serial, Side};

/// A person's name on a command.
pub type Name = Text<40>;
/// The reason given for a command.
pub type Reason = Text<96>;

/// Longest time a person may hold the fan, in minutes.
pub const MANUAL_MINUTES_MAX: u16 = 240;
/// Time a person holds the fan when none is given, in minutes.
pub const MANUAL_MINUTES_DEFAULT: u16 = 15;

/// For how long an alarm is shelved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Shelf {
    /// For minutes: 1 to the limit of the alarm's row.
    Minutes(u16),
    /// Until it is gone once; for the limit of its row at most.
    Once,
}

/// Longest time an input may be overridden, in minutes (IEC 61511-1 wants a bound; the figure is ours).
pub const OVERRIDE_MINUTES_MAX: u16 = 240;
/// Time an input is overridden when none is given, in minutes.
pub const OVERRIDE_MINUTES_DEFAULT: u16 = 15;

/// Longest time a stage of the hosts' shutdown is held back in one go, in minutes.
pub const HOLD_MINUTES_MAX: u16 = 10;

/// How many persons stand behind a command by one-time responses that the core itself has verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Authority {
    /// Nobody: whoever gave it only said a name.
    #[default]
    Unproven,
    /// One person.
    OnePerson,
    /// Two different persons.
    TwoPersons,
}

/// Time for which the core takes responses to a challenge, in seconds: two persons agree within it (03-safety 1.6).
pub const CHALLENGE_VALID_S: u64 = 120;
/// Digits of a one-time response.
pub const RESPONSE_DIGITS: usize = 8;

/// A person's one-time response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Response {
    /// Who.
    pub person: Name,
    /// The digits, below 10^[`RESPONSE_DIGITS`].
    pub digits: u32,
}

/// What is given with a command to prove who stands behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Proofs {
    /// The challenge that the core gave for this very command.
    pub challenge: u64,
    /// Responses of two persons at most.
    pub responses: [Option<Response>; 2],
}

/// What can be asked of the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Command {
    /// Hold the fan at a speed; protective floors still rule.
    Manual {
        /// Speed to hold.
        speed: Percent,
        /// Who holds it.
        owner: Name,
        /// Why.
        reason: Reason,
        /// For how long, 1 to [`MANUAL_MINUTES_MAX`].
        minutes: u16,
    },
    /// Give the fan back to automatic control.
    Automatic {
        /// Who gives it back.
        owner: Name,
    },
    /// Acknowledge an alarm.
    Acknowledge {
        /// Which.
        alarm: Alarm,
        /// Who.
        by: Name,
        /// What was found; may be empty.
        comment: Reason,
    },
    /// Put an alarm aside for a while: it goes on being evaluated.
    Shelve {
        /// Which.
        alarm: Alarm,
        /// Who.
        by: Name,
        /// Why.
        reason: Reason,
        /// For how long.
        shelf: Shelf,
    },
    /// Bring an alarm back from the shelf.
    Unshelve {
        /// Which.
        alarm: Alarm,
        /// Who.
        by: Name,
    },
    /// Take an alarm out of service until a person takes it back, or the controller restarts.
    AlarmOutOfService {
        /// Which.
        alarm: Alarm,
        /// Who.
        by: Name,
        /// Why.
        reason: Reason,
    },
    /// Take an alarm back into service.
    AlarmInService {
        /// Which.
        alarm: Alarm,
        /// Who.
        by: Name,
    },
    /// Hold the next stage of the hosts' shutdown back. What has been told goes down; it ends by itself when time is short.
    HoldHosts {
        /// Who.
        by: Name,
        /// Why.
        reason: Reason,
        /// For how long, 1 to [`HOLD_MINUTES_MAX`].
        minutes: u16,
    },
    /// Let the next stage go on.
    ResumeHosts {
        /// Who.
        by: Name,
    },
    /// Stop the hosts' shutdown before its next stage, while no cause of it stands any more.
    AbortHosts {
        /// Who.
        by: Name,
        /// Why.
        reason: Reason,
    },
    /// Start a full drill of the hosts' shutdown: these hosts really stop, tier by tier, and come back. `abort_hosts` ends it.
    DrillHosts {
        /// Places of the hosts in the site's file.
        hosts: TargetSet,
        /// Who.
        by: Name,
        /// Why.
        reason: Reason,
    },
    /// Rehearse the hosts' shutdown: every channel is looked at or asked, and no host does anything.
    RehearseHosts {
        /// Who.
        by: Name,
    },
    /// Silence the horn for the causes that stand now; a new cause sounds it again.
    Silence {
        /// Who.
        by: Name,
    },
    /// Reset named latches. Needs every cause of the latch gone, and the key switch turned or one-time responses: of
    /// one person, for fire and unreadable records of two.
    Reset {
        /// Which.
        latches: LatchSet,
        /// Who.
        by: Name,
        /// The inspection list after a fire or an unreadable record has been gone through.
        inspected: bool,
    },
    /// Enter the extinguisher unit that hangs in a holder now: another one than before. Needs the key switch turned or a
    /// one-time response.
    ReplaceUnit {
        /// Which holder.
        unit: Side,
        /// Serial number of the new unit.
        serial: Serial,
        /// The day from which its shelf life counts; today where none is given.
        installed: Option<Date>,
        /// Who.
        by: Name,
        /// The inspection list has been gone through: after a discharge, or where nothing is known of the old unit.
        inspected: bool,
    },
    /// Take one input out of the judgement for a time.
    Override {
        /// Which.
        input: Input,
        /// Who.
        by: Name,
        /// Why.
        reason: Reason,
        /// For how long, 1 to [`OVERRIDE_MINUTES_MAX`].
        minutes: u16,
    },
    /// End an override before its time.
    EndOverride {
        /// Which.
        input: Input,
        /// Who.
        by: Name,
    },
    /// Take an input that cannot become healthy out of service, without an end: the vote degrades, an alarm stands.
    OutOfService {
        /// Which.
        input: Input,
        /// Who.
        by: Name,
        /// Why.
        reason: Reason,
        /// Serial number of the part that replaces it.
        serial: Serial,
    },
    /// Put an input back in service: its part is replaced.
    InService {
        /// Which.
        input: Input,
        /// Who.
        by: Name,
        /// Serial number of the part that is in place now.
        serial: Serial,
    },
    /// Start the blower's self-test now, whatever the hour. Giving the fan back to automatic control ends it.
    SelfTest {
        /// Who.
        by: Name,
        /// Why.
        reason: Reason,
    },
    /// Start a commissioning run. Giving the fan back to automatic control ends it.
    Commissioning {
        /// Who.
        by: Name,
        /// Why.
        reason: Reason,
    },
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The name on every interface.
    pub name: &'static str,
    /// Who may give it.
    pub role: Role,
    /// Needs the key switch at the rack or a one-time response.
    pub second_factor: bool,
    /// Takes protection away, for a time or for good: not done before the journal has it on disk.
    pub written_first: bool,
    /// What it does.
    pub about: &'static str,
    /// When it is refused.
    pub refused: &'static str,
}

/// The table; rows are only ever added.
pub const ROWS: &[Row] = &[
    Row {
        name: "manual",
        role: Role::Operator,
        second_factor: false,
        written_first: true,
        about: "Hold the fan at a speed, with owner, reason and expiry",
        refused: "while the fan is latched off; outside 1 to 240 minutes; held by somebody else",
    },
    Row {
        name: "automatic",
        role: Role::Operator,
        second_factor: false,
        written_first: false,
        about: "Give the fan back to automatic control",
        refused: "never",
    },
    Row {
        name: "acknowledge",
        role: Role::Operator,
        second_factor: false,
        written_first: false,
        about: "Acknowledge an alarm",
        refused: "when the alarm is not raised",
    },
    Row {
        name: "silence",
        role: Role::Operator,
        second_factor: false,
        written_first: false,
        about: "Silence the horn",
        refused: "never",
    },
    Row {
        name: "reset",
        role: Role::Engineer,
        second_factor: true,
        written_first: false,
        about: "Reset named latches",
        refused: "without the key switch or one-time responses, while a cause stands, before the soak, without the inspection list",
    },
    Row {
        name: "replace_unit",
        role: Role::Engineer,
        second_factor: true,
        written_first: false,
        about: "Enter a new extinguisher unit with its serial number and date",
        refused: "without the key switch or a one-time response; for a serial number that is or was in use; for a day ahead or past the shelf life; \
                  unless the old unit was taken out and the new one is home with a whole wire; after a discharge without the \
                  inspection list",
    },
    Row {
        name: "shelve",
        role: Role::Operator,
        second_factor: false,
        written_first: true,
        about: "Put an alarm aside, with name, reason and end",
        refused: "for an alarm that is never shelved; beyond its limit; with eight put aside already",
    },
    Row {
        name: "unshelve",
        role: Role::Operator,
        second_factor: false,
        written_first: false,
        about: "Bring an alarm back from the shelf",
        refused: "when it is not shelved",
    },
    Row {
        name: "alarm_out_of_service",
        role: Role::Engineer,
        second_factor: false,
        written_first: true,
        about: "Take an alarm out of service, with name and reason, until a person takes it back or a restart",
        refused: "for an alarm that is never shelved; with eight put aside already",
    },
    Row {
        name: "alarm_in_service",
        role: Role::Engineer,
        second_factor: false,
        written_first: false,
        about: "Take an alarm back into service",
        refused: "when it is not out of service",
    },
    Row {
        name: "override",
        role: Role::Engineer,
        second_factor: true,
        written_first: true,
        about: "Take one input out of the judgement for a time, with owner, reason and expiry",
        refused: "for fire inputs, while a fire latch stands or records are unreadable, beside another one of its vote",
    },
    Row {
        name: "end_override",
        role: Role::Operator,
        second_factor: false,
        written_first: false,
        about: "End an override before its time",
        refused: "when the input is not overridden",
    },
    Row {
        name: "out_of_service",
        role: Role::Engineer,
        second_factor: true,
        written_first: true,
        about: "Take an input that cannot become healthy out of service, with its replacement's serial number",
        refused: "without two persons' one-time responses; when it is the last of its vote",
    },
    Row {
        name: "in_service",
        role: Role::Engineer,
        second_factor: true,
        written_first: false,
        about: "Put an input back in service after its replacement",
        refused: "when it is in service",
    },
    Row {
        name: "self_test",
        role: Role::Operator,
        second_factor: false,
        written_first: false,
        about: "Start the blower's self-test now: a minute at full speed, two seconds without drive; `automatic` ends it",
        refused: "while one runs, an interlock stands or is latched, a person holds the fan, the door is open, an input is missing, \
                  or the exhaust air is warmer than control holds it",
    },
    Row {
        name: "commissioning",
        role: Role::Engineer,
        second_factor: false,
        written_first: false,
        about: "Sweep the blower for forty minutes under a load that stands and fit this rack's own constants; `automatic` ends it",
        refused: "while one or a self-test runs, an interlock stands or is latched, a person holds the fan, the door is open, an \
                  input is missing, the exhaust air is warmer than control holds it, or the hosts' power is below a tenth or above \
                  six tenths of what the rack is rated for",
    },
    Row {
        name: "hold_hosts",
        role: Role::Operator,
        second_factor: false,
        written_first: true,
        about: "Hold the next stage of the hosts' shutdown back; it ends by itself when time is short",
        refused: "when no shutdown is under way or no stage is left, in a fire, and when the stages need all the time that is left",
    },
    Row {
        name: "resume_hosts",
        role: Role::Operator,
        second_factor: false,
        written_first: false,
        about: "Let the next stage of the hosts' shutdown go on",
        refused: "when none is held back",
    },
    Row {
        name: "abort_hosts",
        role: Role::Engineer,
        second_factor: false,
        written_first: true,
        about: "Stop the hosts' shutdown, or a drill of it, before its next stage; what has been told goes down",
        refused: "when neither is under way or no stage is left, while a cause of the shutdown stands, and in a fire",
    },
    Row {
        name: "drill_hosts",
        role: Role::Engineer,
        second_factor: false,
        written_first: true,
        about: "Drill the hosts' shutdown: the hosts named really stop, tier by tier, and come back; `abort_hosts` ends it",
        refused: "unless nothing warns, no host is told or on its way back, the fan is proven and the exhaust cool; for a host that is not \
                  seen to run or cannot be proven off; while a drill runs",
    },
    Row {
        name: "rehearse_hosts",
        role: Role::Operator,
        second_factor: false,
        written_first: false,
        about: "Rehearse the hosts' shutdown: every channel to every host is looked at or asked what it would do, and no host does anything",
        refused: "while a drill or rehearsal runs, or hosts are down or on their way back",
    },
];

impl Command {
    /// Its row of the table.
    pub const fn row(&self) -> &'static Row {
        match self {
            Command::Manual { .. } => &ROWS[0],
            Command::Automatic { .. } => &ROWS[1],
            Command::Acknowledge { .. } => &ROWS[2],
            Command::Silence { .. } => &ROWS[3],
            Command::Reset { .. } => &ROWS[4],
            Command::ReplaceUnit { .. } => &ROWS[5],
            Command::Shelve { .. } => &ROWS[6],
            Command::Unshelve { .. } => &ROWS[7],
            Command::AlarmOutOfService { .. } => &ROWS[8],
            Command::AlarmInService { .. } => &ROWS[9],
            Command::Override { .. } => &ROWS[10],
            Command::EndOverride { .. } => &ROWS[11],
            Command::OutOfService { .. } => &ROWS[12],
            Command::InService { .. } => &ROWS[13],
            Command::SelfTest { .. } => &ROWS[14],
            Command::Commissioning { .. } => &ROWS[15],
            Command::HoldHosts { .. } => &ROWS[16],
            Command::ResumeHosts { .. } => &ROWS[17],
            Command::AbortHosts { .. } => &ROWS[18],
            Command::DrillHosts { .. } => &ROWS[19],
            Command::RehearseHosts { .. } => &ROWS[20],
        }
    }

    /// Who gives it, by the name on it.
    pub const fn by(&self) -> &Name {
        match self {
            Command::Manual { owner, .. } | Command::Automatic { owner } => owner,
            Command::Acknowledge { by, .. }
            | Command::Silence { by }
            | Command::HoldHosts { by, .. }
            | Command::ResumeHosts { by }
            | Command::AbortHosts { by, .. }
            | Command::DrillHosts { by, .. }
            | Command::RehearseHosts { by }
            | Command::Reset { by, .. }
            | Command::ReplaceUnit { by, .. }
            | Command::Shelve { by, .. }
            | Command::Unshelve { by, .. }
            | Command::AlarmOutOfService { by, .. }
            | Command::AlarmInService { by, .. }
            | Command::Override { by, .. }
            | Command::EndOverride { by, .. }
            | Command::OutOfService { by, .. }
            | Command::InService { by, .. }
            | Command::SelfTest { by, .. }
            | Command::Commissioning { by, .. } => by,
        }
    }
}
