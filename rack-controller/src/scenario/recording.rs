//! Recordings that scenarios replay, by name. They are not part of the product: they lie in the folder `RIG_DATA`.

use std::path::PathBuf;

use hil_rig::plant::Profile;
use hil_rig::rack::{Act, Rack, RackConfig};
use hil_rig::scenario::{Scenario, StandError};

/// Every recording with what it is.
pub const RECORDINGS: &[(&str, &str)] = &[(
    "cluster-day",
    "a cluster's processor load as the rack's power, a weather year as its room",
)];

/// Load of a rack whose scenario names none, W.
const USUAL_LOAD_W: f64 = 5_000.0;

/// The folder of the recordings.
pub fn folder() -> PathBuf {
    std::env::var_os("RIG_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from)
}

/// Why a scenario cannot run here, if it cannot: its recordings are not at hand.
pub fn missing(scenario: &Scenario) -> Option<String> {
    let there = scenario.needs.is_empty() || folder().join("MANIFEST.md").exists();
    (!there).then(|| {
        format!(
            "needs {}; set RIG_DATA to the folder of the recordings",
            scenario.needs.join(", ")
        )
    })
}

/// The scenario's rack before the controller's first tick: settled at the load and room that its `rack` lines name.
///
/// # Errors
/// When a recording is unknown or cannot be read.
pub fn rack(scenario: &Scenario, seed: u64) -> Result<Rack, StandError> {
    let mut config = RackConfig {
        seed,
        load: Profile::constant(USUAL_LOAD_W),
        ..RackConfig::default()
    };
    for need in &scenario.needs {
        match need.as_str() {
            "cluster-day" => {
                let recorded = crate::demo::recorded(&folder());
                (config.load, config.room) = recorded.map_err(|error| StandError(error.to_string()))?;
            }
            other => {
                let names = RECORDINGS.iter().map(|(name, _)| *name);
                let hint = hil_rig::scenario::hint(other, names);
                return Err(StandError(format!("no recording is named `{other}`; {hint}")));
            }
        }
    }
    let (mut load_w, mut room_c) = (None, None);
    for act in &scenario.before {
        if let Act::Load { power_w } = act {
            load_w = *power_w;
        } else if let Act::Room { room_c: to_c } = act {
            room_c = *to_c;
        }
    }
    config.load = load_w.map_or(config.load, Profile::constant);
    config.room = room_c.map_or(config.room, Profile::constant);
    let mut rack = Rack::new(config);
    for act in &scenario.before {
        rack.act(act);
    }
    Ok(rack)
}
