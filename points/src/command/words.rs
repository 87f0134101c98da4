//! A command in words.

use core::fmt;

use super::{Command, Shelf};

/// The command in words, all of it, in one way only: what a person agrees to with a one-time response. Texts stand in
/// quotes in which quotes and backslashes are escaped, so that two commands never read alike.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().name)?;
        match self {
            Command::Manual {
                speed,
                owner,
                reason,
                minutes,
            } => write!(
                f,
                " speed={:.3} minutes={minutes} reason={reason:?} owner={owner:?}",
                speed.get()
            ),
            Command::Automatic { owner } => write!(f, " owner={owner:?}"),
            Command::Acknowledge { alarm, by, comment } => {
                write!(f, " alarm={} comment={comment:?} by={by:?}", alarm.row().name)
            }
            Command::Shelve {
                alarm,
                by,
                reason,
                shelf,
            } => {
                write!(f, " alarm={}", alarm.row().name)?;
                match shelf {
                    Shelf::Minutes(minutes) => write!(f, " minutes={minutes}")?,
                    Shelf::Once => f.write_str(" once")?,
                }
                write!(f, " reason={reason:?} by={by:?}")
            }
            Command::AlarmOutOfService { alarm, by, reason } => {
                write!(f, " alarm={} reason={reason:?} by={by:?}", alarm.row().name)
            }
            Command::Unshelve { alarm, by } | Command::AlarmInService { alarm, by } => {
                write!(f, " alarm={} by={by:?}", alarm.row().name)
            }
            Command::Silence { by } | Command::ResumeHosts { by } | Command::RehearseHosts { by } => {
                write!(f, " by={by:?}")
            }
            Command::HoldHosts { by, reason, minutes } => {
                write!(f, " minutes={minutes} by={by:?} reason={reason:?}")
            }
            Command::AbortHosts { by, reason } => write!(f, " by={by:?} reason={reason:?}"),
            Command::DrillHosts { hosts, by, reason } => {
                f.write_str(" hosts=")?;
                for (place, host) in hosts.iter().enumerate() {
                    let comma = if place > 0 { "," } else { "" };
                    write!(f, "{comma}{}", host + 1)?;
                }
                write!(f, " by={by:?} reason={reason:?}")
            }
            Command::Reset {
                latches,
                by,
                inspected,
            } => {
                f.write_str(" latches=")?;
                for (place, latch) in latches.iter().enumerate() {
                    let comma = if place > 0 { "," } else { "" };
                    write!(f, "{comma}{}", latch.key())?;
                }
                write!(f, " inspected={inspected} by={by:?}")
            }
            Command::ReplaceUnit {
                unit,
                serial,
                installed,
                by,
                inspected,
            } => {
                write!(f, " unit={} serial={serial:?}", unit.text())?;
                if let Some(installed) = installed {
                    write!(f, " installed={installed}")?;
                }
                write!(f, " inspected={inspected} by={by:?}")
            }
            Command::Override {
                input,
                by,
                reason,
                minutes,
            } => write!(
                f,
                " input={} minutes={minutes} reason={reason:?} by={by:?}",
                input.key()
            ),
            Command::EndOverride { input, by } => write!(f, " input={} by={by:?}", input.key()),
            Command::OutOfService {
                input,
                by,
                reason,
                serial,
            } => write!(
                f,
                " input={} serial={serial:?} reason={reason:?} by={by:?}",
                input.key()
            ),
            Command::InService { input, by, serial } => {
                write!(f, " input={} serial={serial:?} by={by:?}", input.key())
            }
            Command::SelfTest { by, reason } | Command::Commissioning { by, reason } => {
                write!(f, " reason={reason:?} by={by:?}")
            }
        }
    }
}
