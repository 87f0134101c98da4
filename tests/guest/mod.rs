//! A real host goes down with its rack: Debian with systemd, its own `upsmon` and a PostgreSQL under write load, in a virtual
//! machine whose every instruction is emulated. "Off, verified" is said after the emulator has ended and never before, a
//! log-out comes seconds earlier, no acknowledged commit is lost; and our agent does there what it does elsewhere on a fake bus.
//!
//! Part of the long tests: `tests/guest/run` makes guest and network. Without them these tests say so and are skipped.

mod agent;
mod machine;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hil_rig::rack::Input;
use points::{HostState, ShutdownStage};
use rack_controller::config::Config;
use rack_controller::front::RELOGIN;
use rack_controller::hosts::plan::OnControllerLoss;
use serde_json::{Value, json};

use self::machine::{HERE, Machine, THERE};
use super::database::{self, Over, Writer, judged};
use super::host_down::contact_closed;
use super::support::{Core, Rig, configuration, core, directory, eventually, http, seconds};

/// Commits before the rack trips: the load is under way.
const BEFORE: usize = 200;
/// Stock clients that write to the guest's database, from outside.
const WRITERS: usize = 3;
/// The state machine's own deadline of the tier: half as long again as signal, stop and verification.
const STAGE_S: f64 = 1.5 * 80.0;
/// A management controller is asked 10 s after the order, where the host has other ears; a request to it takes up to 12 s.
const ASKED_WITHIN_S: f64 = 10.0 + 12.0;
/// From the reset to the word that starts the host: 30 s of calm, and what the fan takes to be proven.
const BACK_WITHIN_S: f64 = 90.0;

fn state(picture: &Value) -> Option<f64> {
    core::number(picture, "host.1.state")
}

fn is(picture: &Value, wanted: HostState) -> bool {
    state(picture) == Some(f64::from(wanted as u8))
}

/// The rack, and the controller that ships on it.
struct Rack {
    core: Core,
    rig: Rig,
    config: std::path::PathBuf,
    data: std::path::PathBuf,
    _directory: tempfile::TempDir,
}

fn rack(change: impl FnOnce(&mut Config)) -> Rack {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), change);
    let data = core::commissioned(directory.path());
    let core = Core::start_at(&config, &data, &rig, HERE);
    core.served(20.0);
    Rack {
        core,
        rig,
        config,
        data,
        _directory: directory,
    }
}

/// When things happened, counted from the trip.
#[derive(Debug, Default)]
struct Course {
    /// The host has said that it stops.
    acknowledged: Option<Duration>,
    /// Its emulator has ended.
    exited: Option<Duration>,
    /// It is off, verified.
    verified: Option<Duration>,
}

impl Rack {
    /// Whoever watches over the core starts it anew.
    fn begins_anew(&mut self) {
        self.core = Core::start_at(&self.config, &self.data, &self.rig, HERE);
    }

    /// Mains is lost, and nothing cools: follows the guest until it is proven off.
    fn trips(&self, machine: &mut Machine) -> (Instant, Course) {
        self.rig.line(Input::Mains, false);
        self.rig.until("the core closes its contact", 5.0, contact_closed);
        let tripped = Instant::now();
        (tripped, self.follows(machine, tripped))
    }

    /// Until the guest is proven off.
    fn follows(&self, machine: &mut Machine, since: Instant) -> Course {
        let mut course = Course::default();
        eventually("the guest is proven off", seconds(STAGE_S), || {
            // Before the picture: whatever that says was so later.
            let off = machine.is_off();
            let picture = self.core.snapshot()?;
            let at = since.elapsed();
            if off {
                course.exited.get_or_insert(at);
            }
            if is(&picture, HostState::Acknowledged) {
                course.acknowledged.get_or_insert(at);
            }
            let verified = is(&picture, HostState::OffVerified);
            assert!(
                off || !verified,
                "off is said while the guest runs: {:?}",
                machine.console()
            );
            verified.then(|| course.verified = Some(at))
        });
        machine.hang_up();
        println!("{course:.2?}");
        let (exited, verified) = (
            course.exited.expect("it is off"),
            course.verified.expect("it is proven"),
        );
        assert!(exited < verified);
        course
    }

    /// Mains is back, and a person resets what is latched: the controller has the host switched on again.
    fn comes_back(&self, machine: &mut Machine) {
        self.rig.line(Input::Mains, true);
        self.core.until("mains is back", 10.0, |picture| {
            !core::raised(picture, "mains.lost")
        });
        self.rig.line(Input::Key, true);
        self.core.until("the key is seen", 5.0, |picture| {
            core::number(picture, "key_switch") == Some(1.0)
        });
        let reset =
            json!({ "command": "reset", "latches": ["cooling_loss"], "by": "M. Tester", "inspected": true });
        eventually("the reset is taken", seconds(60.0), || {
            (200..300).contains(&self.core.ask(&reset).status).then_some(())
        });
        self.rig.line(Input::Key, false);
        eventually(
            "the management controller is asked to start it",
            seconds(BACK_WITHIN_S),
            || machine.asked().contains("set power 1").then_some(()),
        );
        machine.boot();
        self.core.until("it runs, and its tier is back", 60.0, |picture| {
            let stage = core::number(picture, "tier.1.stage");
            is(picture, HostState::Online)
                && stage.is_some_and(|stage| stage < f64::from(ShutdownStage::Prepare as u8))
        });
    }

    /// What the journal says of the host, for whoever reads the run.
    fn tells(&self) {
        let journal = http::get(self.core.web, "/api/v1/journal?after=0&limit=1000")
            .expect("it answers")
            .json();
        for entry in journal["entries"].as_array().expect("a list") {
            if ["host", "tier", "latch"].contains(&entry["kind"].as_str().unwrap_or_default()) {
                println!("    {:.2} {} {}", entry["time"], entry["kind"], entry["text"]);
            }
        }
    }
}

/// The database's own log on the guest, from line `from` on.
fn log(machine: &Machine, from: usize) -> Vec<String> {
    let text = machine.types("cat /var/log/postgresql/postgresql-*-main.log");
    text.lines().skip(from).map(str::to_owned).collect()
}

fn psql(statement: Option<&str>) -> Command {
    let mut command = database::psql(Path::new("psql"), THERE);
    if let Some(statement) = statement {
        command.args(["-c", statement]);
    }
    command
}

#[test]
fn a_debian_guest_with_its_own_upsmon_is_off_only_when_it_is_and_its_database_loses_nothing() {
    let Some(mut machine) = Machine::new() else { return };
    let rack = rack(|config| machine.site(config, OnControllerLoss::Stay));
    let core = &rack.core;
    machine.boot();
    println!(
        "limits of power on it: {}",
        machine.types("ls -d /sys/class/powercap/* /sys/devices/system/cpu/cpu0/cpufreq 2>&1 || true")
    );
    let recipe = format!(
        "MONITOR databases@{} 1 host sesame secondary\nMINSUPPLIES 1\nSHUTDOWNCMD \"/sbin/shutdown -h +0\"\nPOLLFREQ 2\n\
         POLLFREQALERT 2\nHOSTSYNC 15\nDEADTIME 15\nFINALDELAY 0\n",
        core.nut
    );
    machine.types(&format!(
        "printf '{}' >/etc/nut/upsmon.conf && systemctl enable -q --now nut-monitor",
        recipe.replace('\n', "\\n")
    ));
    super::stages::logged_in(core.nut, "databases", 1);
    core.until("the host runs, and its login is known", 30.0, |picture| {
        is(picture, HostState::Online)
            && core::number(picture, "controller.uptime").is_some_and(|up| up > RELOGIN.as_secs_f64() + 1.0)
    });
    let made = psql(Some(
        "CREATE TABLE written (id bigserial PRIMARY KEY, at timestamptz DEFAULT clock_timestamp())",
    ))
    .status();
    assert!(made.expect("it runs").success());
    let lines = log(&machine, 0).len();

    let (acknowledged, over) = (Mutex::new(BTreeSet::new()), AtomicBool::new(false));
    let count = || acknowledged.lock().map_or(0, |ids| ids.len());
    let last = Mutex::new(Instant::now());
    let (tripped, course) = std::thread::scope(|scope| {
        let _over = Over(&over);
        for _ in 0..WRITERS {
            let (acknowledged, over, last) = (&acknowledged, &over, &last);
            let writer = Writer::start(psql(None));
            scope.spawn(move || {
                writer.writes(|| over.load(Ordering::Relaxed), acknowledged);
                *last.lock().expect("nobody panics with it") = Instant::now();
            });
        }
        eventually("the load is under way", seconds(60.0), || {
            (count() >= BEFORE).then_some(())
        });
        let before = count();
        let followed = rack.trips(&mut machine);
        assert!(count() > before, "it was written to until it stopped");
        followed
    });
    let (acknowledged, last) = (
        acknowledged.into_inner().expect("whole"),
        last.into_inner().expect("whole"),
    );
    println!(
        "{} rows acknowledged, the last writer ended {:.2} s after the trip",
        acknowledged.len(),
        last.duration_since(tripped).as_secs_f64()
    );
    let logged_out = course.acknowledged.expect("its log-out is seen");
    assert!(
        logged_out < course.exited.expect("it is off"),
        "a log-out is not yet off"
    );
    assert_eq!(machine.asked(), "", "a host that has begun to stop is asked once");

    rack.comes_back(&mut machine);
    super::stages::logged_in(core.nut, "databases", 1);
    let there = eventually("the database is back", seconds(60.0), || {
        let output = psql(Some("SELECT id FROM written")).output().expect("it runs");
        output.status.success().then_some(output)
    });
    let there: BTreeSet<u64> = String::from_utf8_lossy(&there.stdout)
        .lines()
        .filter_map(|id| id.parse().ok())
        .collect();
    println!("{} rows are there", there.len());
    let log = log(&machine, lines);
    rack.tells();
    assert_eq!(judged(&log, &log, &acknowledged, &there), Ok(()));
}

#[test]
fn a_debian_guest_that_hears_nothing_is_asked_by_its_management_controller_and_proven_off() {
    let Some(mut machine) = Machine::new() else { return };
    let rack = rack(|config| machine.site(config, OnControllerLoss::Stay));
    machine.boot();
    rack.core
        .until("the host runs", 30.0, |picture| is(picture, HostState::Online));
    machine.hang_up();
    rack.rig.line(Input::Mains, false);
    rack.rig.until("the core closes its contact", 5.0, contact_closed);
    let tripped = Instant::now();
    eventually(
        "its management controller is asked",
        seconds(ASKED_WITHIN_S),
        || machine.asked().contains("set shutdown 1").then_some(()),
    );
    println!("asked {:.2} s after the trip", tripped.elapsed().as_secs_f64());
    machine.presses_the_button();
    rack.follows(&mut machine, tripped);
}
