//! Recordings that scenarios replay, by name. They are not part of the product: they lie in the folder `RIG_DATA`.

use std::path::PathBuf;

use hil_rig::rack::RackConfig;
use hil_rig::scenario::{Scenario, StandError};

/// Every recording with what it is.
pub const RECORDINGS: &[(&str, &str)] = &[(
    "cluster-day",
    "a cluster's processor load as the rack's power, a weather year as its room",
)];

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

/// The scenario's rack before its first tick.
///
/// # Errors
/// When a recording is unknown or cannot be read.
pub fn rack(scenario: &Scenario, seed: u64) -> Result<RackConfig, StandError> {
    let mut rack = RackConfig {
        seed,
        load: hil_rig::plant::Profile::constant(5_000.0),
        ..RackConfig::default()
    };
    for need in &scenario.needs {
        match need.as_str() {
            "cluster-day" => {
                let recorded = crate::demo::recorded(&folder());
                (rack.load, rack.room) = recorded.map_err(|error| StandError(error.to_string()))?;
            }
            other => {
                let names = RECORDINGS.iter().map(|(name, _)| *name);
                let hint = hil_rig::scenario::hint(other, names);
                return Err(StandError(format!("no recording is named `{other}`; {hint}")));
            }
        }
    }
    Ok(rack)
}
