//! What the front has kept of the core's changes, with the core's own moments: read from the journal after its end.

use std::path::Path;

use hil_rig::scenario::StandError;
use points::alarm::Alarm;
use points::interlock::{Cause, Effect, Latch};
use points::{HostState, Moment, OutletState, Regime};
use rusqlite::{Connection, OpenFlags};

use crate::transition::{AgentDid, Because, Change, tier_of};

/// Every change of the rack in the order in which the core gave it.
///
/// # Errors
/// When the journal cannot be read, or holds a word that this version does not know.
pub fn changes(events: &Path) -> Result<Vec<(Moment, Change)>, StandError> {
    let failed = |error: rusqlite::Error| StandError(format!("{}: {error}", events.display()));
    let journal = Connection::open_with_flags(events, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
    let mut query = journal
        .prepare(
            // What persons asked for is in the scenario itself.
            "SELECT moment_us, kind, name, \"on\", word.text FROM transition JOIN word ON word.id = transition.word \
             WHERE kind NOT IN ('ask', 'command') ORDER BY transition.sequence",
        )
        .map_err(failed)?;
    let rows = query.query_map([], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, bool>(3)?,
            row.get::<_, String>(4)?,
        ))
    });
    let rows: Vec<_> = rows.map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
    let read = rows.into_iter().map(|(moment, kind, name, on, text)| {
        let at = Moment(u64::try_from(moment).unwrap_or(0));
        let change = change(&kind, &name, on, &text);
        change
            .map(|change| (at, change))
            .ok_or_else(|| StandError(format!("the journal holds an unknown {kind}, `{name}`")))
    });
    read.collect()
}

fn change(kind: &str, name: &str, on: bool, text: &str) -> Option<Change> {
    match kind {
        "alarm" => {
            let alarm = Alarm::ALL.iter().find(|alarm| alarm.row().name == name)?;
            Some(Change::Alarm(*alarm, on))
        }
        "acknowledge" | "shelve" | "service" | "design" | "chatter" | "first" => {
            let alarm = *Alarm::ALL.iter().find(|alarm| alarm.row().name == name)?;
            Some(match kind {
                "acknowledge" => Change::Acknowledged(alarm, on),
                "shelve" => Change::Shelved(alarm, on),
                "service" => Change::OutOfService(alarm, on),
                "design" => Change::Designed(alarm, on),
                "chatter" => Change::Chattering(alarm, on),
                _ => Change::FirstOut(alarm, on),
            })
        }
        "flood" => Some(Change::Flood(on)),
        "cause" => Cause::from_key(name).map(|cause| Change::Cause(cause, on)),
        "effect" => Effect::from_key(name).map(|effect| Change::Effect(effect, on)),
        "latch" => Latch::from_key(name).map(|latch| Change::Latch(latch, on)),
        "regime" => {
            let regime = Regime::ALL.iter().find(|regime| regime.text() == name)?;
            Some(Change::Regime(*regime))
        }
        "tier" => {
            let place = place(name, "tier.")?;
            let (stage, reason) = tier_of(text)?;
            // What had asked for it no comparison looks at: both runs are read the same way.
            let because = Because::default();
            Some(Change::Tier {
                place,
                stage,
                reason,
                because,
            })
        }
        "host" => {
            let place = place(name, "host.")?;
            let state = *HostState::ALL.iter().find(|state| state.text() == text)?;
            Some(Change::Host { place, state })
        }
        "outlet" => {
            let place = place(name, "outlet.")?;
            let state = *OutletState::ALL.iter().find(|state| state.text() == text)?;
            Some(Change::Outlet { place, state })
        }
        "agent" => {
            let did = *AgentDid::ALL.iter().find(|did| did.text() == text)?;
            let place = place(name, "host.");
            Some(Change::Agent { place, did })
        }
        _ => None,
    }
}

/// The place that a name such as `tier.2` has, from 0 on.
fn place(name: &str, prefix: &str) -> Option<u8> {
    name.strip_prefix(prefix)?.parse::<u8>().ok()?.checked_sub(1)
}
