//! Recordings that scenarios replay, by name. They are not part of the product: they lie in the folder `RIG_DATA`.

use std::path::PathBuf;
use std::sync::Arc;

use hil_rig::plant::{CabinetFire, Profile, response, trace_file};
use hil_rig::rack::{Act, Rack, RackConfig};
use hil_rig::scenario::{RECORDINGS, Scenario, StandError};

/// Load of a rack whose scenario names none, W.
const USUAL_LOAD_W: f64 = 5_000.0;

/// What hosts that feel their inlet air take more for each kelvin, share: measured are 0.5 to 1 % (plant study, section 2.1).
const INLET_SHARE_K: f64 = 0.01;

/// The folder of the recordings.
pub fn folder() -> PathBuf {
    std::env::var_os("RIG_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from)
}

/// The files of a recording in that folder.
pub fn files(name: &str) -> &'static [&'static str] {
    const CLOSED: &[&str] = &[response::FIRES[0].0];
    const OPEN: &[&str] = &[response::FIRES[1].0];
    match name {
        "cluster-day" => &crate::demo::RECORDED,
        "cabinet-fire-closed" => CLOSED,
        "cabinet-fire-open" => OPEN,
        _ => &[],
    }
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

/// One of the cabinet fires, by its place among those of the response table.
fn cabinet_fire(place: usize) -> Result<Arc<CabinetFire>, StandError> {
    let (file, _) = response::FIRES[place];
    let fire = trace_file::open(&folder().join(file), trace_file::cabinet_fire);
    fire.map(Arc::new).map_err(|error| StandError(error.to_string()))
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
    config.plant.second_blower = scenario.second_blower;
    if scenario.inlet_sensitive {
        config.inlet_share_k = INLET_SHARE_K;
    }
    if let Some(outlets) = scenario.outlets {
        config.first_outlet = outlets.first();
    }
    for host in &mut config.hosts {
        host.by_contact = !scenario.agents;
        if scenario.uncapped {
            host.cap_share_min = 1.0;
        }
    }
    for need in &scenario.needs {
        match need.as_str() {
            "cluster-day" => {
                let recorded = crate::demo::recorded(&folder());
                (config.load, config.room) = recorded.map_err(|error| StandError(error.to_string()))?;
            }
            "cabinet-fire-closed" => config.recorded_fire = Some(cabinet_fire(0)?),
            "cabinet-fire-open" => config.recorded_fire = Some(cabinet_fire(1)?),
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
            // `rack load profile`: work as the seed has it. A recording is a profile already.
            if load_w.is_none() && scenario.needs.is_empty() {
                config.load = Profile::synthetic_load(seed);
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn needing(name: &str) -> Scenario {
        Scenario {
            name: "x".into(),
            title: String::new(),
            covers: Vec::new(),
            seed: 1,
            tick: points::Span::ms(100),
            before: Vec::new(),
            second_blower: false,
            inlet_sensitive: false,
            agents: false,
            controllers: false,
            outlets: None,
            uncapped: false,
            site: Vec::new(),
            needs: vec![name.to_owned()],
            over_rig: false,
            steps: Vec::new(),
            notes: Vec::new(),
            text: String::new(),
        }
    }

    #[test]
    fn every_recording_loads_and_another_name_is_refused() {
        assert!(rack(&needing("cabinet"), 1).is_err());
        if !folder().join("MANIFEST.md").exists() {
            println!("skipped: set RIG_DATA to the folder of the recordings");
            return;
        }
        for (name, _) in RECORDINGS {
            let mut rack = rack(&needing(name), 1).unwrap_or_else(|error| panic!("{name}: {}", error.0));
            rack.act(&Act::FireReplay { from_s: Some(120.0) });
            rack.advance(rack.now_us() + 1_000_000);
            assert_eq!(
                rack.truth().ceiling_c > 150.0,
                name.starts_with("cabinet-fire"),
                "{name}"
            );
        }
    }
}
