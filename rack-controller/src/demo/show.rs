//! A scenario shown on the demo: the shipped core and front beside the scenario's rack, every verdict on the terminal as
//! it is given. When the scenario is over, the rack lives on until the demo is interrupted.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use hil_rig::scenario::{Scenario, StandError, Step, Verdict, Watcher, play_watched};

use super::{Arguments, LOOK};
use crate::cli::complain;
use crate::scenario::library;
use crate::scenario::rig_stand::{RigStand, Service, Way};
use crate::scenario::runner::verdict_text;

/// Shows a scenario. The exit status is its verdict; one that was interrupted is not good.
pub(super) fn run(name: &str, arguments: &Arguments, stop: &AtomicBool) -> ExitCode {
    let scenario = match library::find(name) {
        Ok(scenario) => scenario,
        Err(error) => {
            complain(&error.to_string());
            return ExitCode::from(2);
        }
    };
    match show(&scenario, arguments, stop) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(&format!("demo: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn show(scenario: &Scenario, arguments: &Arguments, stop: &AtomicBool) -> Result<bool, StandError> {
    let service = Service {
        way: Way::Socket(arguments.speed),
        listeners: arguments.listeners,
        page: arguments.listen_rig_page,
    };
    let mut stand = RigStand::new(scenario, scenario.seed, &service)?;
    announce(&stand);
    complain(&format!(
        "demo: {}: {}; the rack's socket is {}; see `hil-rig act --help`",
        scenario.name,
        scenario.title,
        stand.socket().display()
    ));
    let mut teller = Teller { stop, told: 0 };
    let played = play_watched(scenario, &mut stand, &mut teller);
    teller.tell(&played.verdicts);
    let verdict = if played.good() { "pass" } else { "FAIL" };
    if !stop.load(Ordering::Relaxed) {
        complain(&format!(
            "demo: {verdict} {}; the rack lives on until this is interrupted",
            scenario.name
        ));
    }
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK);
    }
    stand.finish()?;
    Ok(played.good())
}

/// The ready line, as the demo without a scenario says it.
fn announce(stand: &RigStand) {
    let at = stand.listeners();
    let mut ready = serde_json::json!({
        "ready": true, "web": format!("http://{}", at.web), "modbus": at.modbus, "nut": at.nut,
    });
    if let Some(page) = stand.page() {
        ready["rig_page"] = format!("http://{page}").into();
    }
    // A closed standard output is no reason to stop a demo.
    let _ = writeln!(std::io::stdout(), "{ready}");
    let _ = std::io::stdout().flush();
}

/// Says every verdict when it is given, and ends the run when the demo is interrupted.
struct Teller<'a> {
    stop: &'a AtomicBool,
    told: usize,
}

impl Teller<'_> {
    fn tell(&mut self, verdicts: &[Verdict]) {
        for one in verdicts.get(self.told..).unwrap_or_default() {
            complain(&format!("demo: {}", verdict_text(one)));
        }
        self.told = verdicts.len();
    }
}

impl Watcher for Teller<'_> {
    fn step(&mut self, _: &Step, at_s: f64, verdicts: &[Verdict]) -> bool {
        self.tell(verdicts);
        self.look(at_s)
    }

    fn look(&mut self, _: f64) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }
}
