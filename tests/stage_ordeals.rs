//! Stages of the hosts' shutdown with stock `upsmon`s while something else is wrong: a front that hangs, and a data directory
//! whose disk is full.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use hil_rig::rack::{Input, OUTPUTS, Report};
use rack_controller::config::Config;
use rack_controller::front::RELOGIN;
use rustix::process::Signal;
use tempfile::TempDir;

use super::host_down::contact_closed;
use super::nut_hosts::{Host, Recipe, upsmon_runs};
use super::stages::{logged_in, tiers};
use super::support::process::signal;
use super::support::{Core, Process, Rig, configuration, core, directory, eventually, seconds};

/// From a trip under a hung front to the publication by the next one, s.
const NEXT_FRONT_WITHIN_S: f64 = 5.0;
/// POLLFREQ, FINALDELAY and a second: from a tier's word to its hosts' shutdown command, s.
const OBEYS_WITHIN_S: f64 = 1.0 + 0.0 + 1.0;
/// A client that has lost its server asks again at its next poll, s.
const COMES_BACK_WITHIN_S: f64 = 1.0;
/// Longest that a full disk may delay the publication, s.
const DISK_WITHIN_S: f64 = 0.5;
/// How long before the trip the front hangs.
const BEFORE: Duration = Duration::from_secs(1);
/// From a fire to the cut of the hosts' power: the least that the setting allows, s.
const CUT_DELAY_S: f64 = 20.0;
/// Size of the small disk: what a new data directory needs and some more.
const DISK: &str = "size=8m";

fn power_cut(report: &Report) -> bool {
    let bit = OUTPUTS.iter().position(|(_, name)| *name == "power-cut");
    report.outputs >> bit.expect("a line") & 1 == 1
}

struct Rack {
    core: Core,
    rig: Rig,
    _directory: TempDir,
}

/// A site of two tiers with more time than any test takes.
fn two_tiers(directory: &Path, change: impl FnOnce(&mut Config)) -> PathBuf {
    configuration(directory, |config| {
        tiers(config, &["compute", "storage"], 60.0);
        change(config);
    })
}

fn rack(change: impl FnOnce(&mut Config)) -> Rack {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = two_tiers(directory.path(), change);
    let core = Core::start(&config, &core::commissioned(directory.path()), &rig);
    core.served(20.0);
    Rack {
        core,
        rig,
        _directory: directory,
    }
}

/// Both tiers' hosts, seen by a front that knows them.
fn hosts(core: &Core) -> [Host; 2] {
    let hosts = ["compute", "storage"].map(|tier| Host::start(&Recipe::ours(tier, core.nut)));
    logged_in(core.nut, "compute", 1);
    logged_in(core.nut, "storage", 1);
    core.until("the logins are known", 30.0, |picture| {
        core::number(picture, "controller.uptime").is_some_and(|up| up > RELOGIN.as_secs_f64() + 1.0)
    });
    hosts
}

/// Stops the front, and gives it time to be one that hung before the trip.
fn hangs(core: &Core) {
    signal(core.front().expect("a front").pid, Signal::STOP);
    // The event waited for is time itself.
    std::thread::sleep(BEFORE);
}

#[test]
fn a_front_that_hangs_before_a_fire_holds_up_neither_the_hosts_nor_the_cut() {
    if !upsmon_runs() {
        return;
    }
    let Rack {
        core,
        rig,
        _directory,
    } = rack(|config| {
        config.setting.insert("safety.fire_cut_delay".into(), CUT_DELAY_S);
    });
    let mut hosts = hosts(&core);
    hangs(&core);
    rig.line(Input::FireButton, true);
    rig.until("the core closes its contact", 2.0, contact_closed);
    let tripped = Instant::now();
    let limit = NEXT_FRONT_WITHIN_S + COMES_BACK_WITHIN_S + OBEYS_WITHIN_S;
    for host in &mut hosts {
        let took = host.goes_down(tripped, limit).expect("a fire skips tiers");
        println!("a host goes down {took:.2} s after the trip");
    }
    // From here on there is no front that could do anything.
    hangs(&core);
    assert!(!power_cut(&rig.report()), "not before the deadline");
    rig.until("the core cuts the hosts' power", CUT_DELAY_S, power_cut);
    let took = tripped.elapsed().as_secs_f64();
    println!("power cut {took:.2} s after the contact");
    assert!((CUT_DELAY_S - 0.5..=CUT_DELAY_S + 1.0).contains(&took), "{took}");
}

#[test]
fn tiers_keep_their_order_when_the_front_hangs_before_the_trip() {
    if !upsmon_runs() {
        return;
    }
    let Rack {
        core,
        rig,
        _directory,
    } = rack(|_| {});
    let [mut first, mut second] = hosts(&core);
    hangs(&core);
    rig.line(Input::Mains, false);
    rig.until("the core closes its contact", 5.0, contact_closed);
    let tripped = Instant::now();
    let limit = NEXT_FRONT_WITHIN_S + COMES_BACK_WITHIN_S + OBEYS_WITHIN_S;
    let took = first.goes_down(tripped, limit).expect("the first tier goes down");
    println!("the first tier's host {took:.2} s after the trip");
    assert!(!second.is_down(), "the second tier waits for the first");
    // A new front does not know at first who is still there, and the second tier waits until it does.
    let acknowledged = Instant::now();
    let took = second
        .goes_down(acknowledged, RELOGIN.as_secs_f64() + 1.0 + OBEYS_WITHIN_S)
        .expect("the second tier goes down");
    println!("the second tier's host {took:.2} s after the first one's");
    let picture = core.snapshot().expect("a picture");
    assert_eq!(
        core::number(&picture, "tier.2.reason"),
        Some(2.0),
        "those before are down"
    );
}

/// A data directory on a disk of its own, in a mount namespace that lives as long as its holder.
struct SmallDisk {
    holder: Process,
    data: PathBuf,
}

impl SmallDisk {
    fn mounted(directory: &Path) -> SmallDisk {
        let kept = core::commissioned(directory);
        let data = directory.join("small");
        std::fs::create_dir(&data).expect("a directory");
        let script = "mount -t tmpfs -o \"$1\" none \"$2\" && cp -a \"$3/.\" \"$2\" && echo '{\"ready\":true}' && exec sleep 600";
        let mut command = Command::new("unshare");
        command
            .args(["-m", "sh", "-c", script, "sh", DISK])
            .arg(&data)
            .arg(&kept);
        let mut holder = Process::start("disk", &mut command);
        holder.ready(10.0);
        SmallDisk { holder, data }
    }

    /// A core that lives on it.
    fn core(&self, config: &Path, rig: &Rig) -> Core {
        let mut enter = Command::new("nsenter");
        enter.arg(format!("--mount=/proc/{}/ns/mnt", self.holder.pid()));
        Core::start_in(enter, config, &self.data, rig)
    }

    /// Writes until it takes no more; how many bytes that were.
    fn fill(&self) -> u64 {
        let inside = Path::new("/proc")
            .join(self.holder.pid().to_string())
            .join("root")
            .join(self.data.strip_prefix("/").expect("an absolute path"));
        let mut file = std::fs::File::create(inside.join("filler")).expect("a file");
        let mut written = 0;
        loop {
            match file.write(&[7; 4096]) {
                Ok(bytes) => written += bytes as u64,
                Err(error) => {
                    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull, "{error}");
                    return written;
                }
            }
        }
    }
}

#[test]
fn a_full_disk_delays_no_tier_and_loses_none() {
    if !upsmon_runs() {
        return;
    }
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = two_tiers(directory.path(), |_| {});
    let disk = SmallDisk::mounted(directory.path());
    let mut core = disk.core(&config, &rig);
    core.served(20.0);
    let [mut first, mut second] = hosts(&core);
    println!("{} bytes filled the disk", disk.fill());
    rig.line(Input::Mains, false);
    rig.until("the core closes its contact", 5.0, contact_closed);
    let tripped = Instant::now();
    let took = first
        .goes_down(tripped, DISK_WITHIN_S + OBEYS_WITHIN_S)
        .expect("the first tier goes down");
    println!("the first tier's host {took:.2} s after the trip");
    let picture = core.until("the publication is confirmed", 5.0, |picture| {
        core::number(picture, "shutdown.published") == Some(1.0)
    });
    let delay = core::number(&picture, "shutdown.publish_delay").expect("a figure");
    println!("published {delay:.2} s after the commit");
    assert!(delay <= DISK_WITHIN_S, "{delay}");
    let acknowledged = Instant::now();
    let took = second
        .goes_down(acknowledged, DISK_WITHIN_S + 1.0 + OBEYS_WITHIN_S)
        .expect("the second tier goes down");
    println!("the second tier's host {took:.2} s after the first one's");

    // What was committed is on this disk: its records had their room before it was full.
    core.process.kill();
    core = disk.core(&config, &rig);
    for tier in ["compute", "storage"] {
        eventually("both tiers are told still", seconds(20.0), || {
            let said = super::nut::ask(core.nut, &format!("GET VAR {tier} ups.status"))?;
            assert!(!said.ends_with("\"OL\""), "taken back: {said}");
            said.contains("FSD").then_some(())
        });
    }
    let picture = core.until("the incident is known", 10.0, |picture| {
        core::number(picture, "tier.2.stage").is_some()
    });
    assert_eq!(
        core::number(&picture, "shutdown.incident"),
        Some(1.0),
        "not repeated"
    );
}
