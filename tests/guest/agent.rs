//! Our agent on the guest, under a real systemd and logind, started by the unit that ships: enrolled by the line printed at the
//! rack; it holds its delay lock, gives limits back when it is stopped, schedules a shutdown and takes it back, and shuts down
//! both ways. A shutdown by somebody else is held up for as long as logind lets it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hil_rig::rack::{Act, LoopLevel, Side};
use rack_controller::config::Agent;
use rack_controller::hosts::plan::OnControllerLoss;

use super::machine::{HERE, Machine};
use super::{Rack, rack};
use crate::support::{BINARY, Core, ROOT, eventually, seconds};

/// What a limit is before anybody touches it, µW: the emulated processor has none, so the tree is one of the test's own.
const FOUND: &str = "180000000";
const LIMIT: &str = "/srv/sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw";
/// The unit asks its database for a checkpoint, as a site's hook would, as the database's own user.
const HOOK: &str =
    "#!/bin/sh\nset -e\nrunuser -u postgres -- psql -q -c CHECKPOINT\necho \"$1\" >>/srv/hooks\n";
/// A hook that needs longer than logind waits by itself.
const SLOW: &str = "#!/bin/sh\n[ \"$1\" = shutdown ] || exit 0\nsleep 12\n";
/// What the agent gives a hook, and a little.
const HOOK_WITHIN_S: f64 = 60.0 + 10.0;
/// What logind waits for a delay lock when nobody sets it, and what the test sets.
const DELAY: Duration = Duration::from_secs(5);
const DELAY_LONGER_S: u64 = 30;

fn puts(machine: &Machine, text: &str, there: &str, mode: &str) {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("it is written");
    machine.put(file.path(), there, mode);
}

fn configured(machine: &Machine, by: &str, schedule_s: u32) {
    let text =
        format!("[cap]\nsysfs = \"/srv/sys\"\n[shut_down]\nby = \"{by}\"\nschedule_s = {schedule_s}\n");
    puts(machine, &text, "/etc/rack-agent/agent.toml", "600");
}

#[track_caller]
fn says(core: &Core, from: usize, text: &str, within_s: f64) {
    eventually(&format!("the core says {text:?}"), seconds(within_s), || {
        core.process.said(from, text).then_some(())
    });
}

/// Installs the agent as its page says, and types the line that the rack prints.
fn enrolled(machine: &Machine, rack: &Rack) {
    machine.types(&format!(
        "mkdir -p /etc/rack-agent/hooks.d $(dirname {LIMIT}) && echo {FOUND} >{LIMIT} && touch /srv/hooks"
    ));
    // Long enough that a controller is back in time.
    configured(machine, "power_off", 60);
    machine.put(crate::agent::binary(), "/usr/bin/rack-agent", "755");
    let unit = Path::new(ROOT).join("rack-agent/rack-agent.service");
    machine.put(&unit, "/etc/systemd/system/rack-agent.service", "644");
    puts(machine, HOOK, "/etc/rack-agent/hooks.d/10-checkpoint", "755");
    let claim = Command::new(BINARY)
        .args(["agent-claim", "db-1", "--data"])
        .arg(&rack.data)
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let line = String::from_utf8_lossy(&claim.stdout).into_owned();
    let enrolled = machine.types(line.trim());
    let (_, further) = enrolled
        .trim()
        .rsplit_once("start the service: ")
        .expect("what to type next");
    machine.types(&format!("systemctl daemon-reload; {further}"));
}

fn limit(machine: &Machine) -> String {
    machine.types(&format!("cat {LIMIT}")).trim().to_owned()
}

fn scheduled(machine: &Machine) -> bool {
    let said = machine.types(
        "busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager ScheduledShutdown",
    );
    said.contains("\"poweroff\"")
}

fn inhibits(machine: &Machine) -> bool {
    let locks = machine.types("systemd-inhibit --list --no-legend --no-pager");
    locks
        .lines()
        .any(|lock| lock.contains("rack-agent") && lock.contains("shutdown") && lock.contains("delay"))
}

/// Somebody types this on the host; how long until it is off.
fn somebody_stops(machine: &mut Machine) -> Duration {
    let typed = Instant::now();
    // The connection may break before the answer is there.
    machine.tries("systemctl poweroff");
    eventually("the guest is off", seconds(120.0), || {
        machine.is_off().then_some(())
    });
    machine.hang_up();
    typed.elapsed()
}

#[test]
fn our_agent_on_a_real_systemd_caps_drains_takes_back_and_shuts_down_both_ways() {
    let Some(mut machine) = Machine::new() else { return };
    let mut rack = rack(|config| {
        machine.site(config, OnControllerLoss::ShutDown);
        config.setting.insert("safety.prealarm_prepare_delay".into(), 0.0);
        let listen = format!("{HERE}:4437");
        config.agent = Some(Agent {
            listen: listen.parse().expect("an address"),
            address: Some(listen),
            dead_man_s: 10.0,
        });
    });
    machine.boot();
    enrolled(&machine, &rack);
    says(&rack.core, 0, "agent of db-1: is there; the host runs", 20.0);
    assert!(inhibits(&machine), "a delay lock is held");
    println!("{}", machine.types("systemd-inhibit --list --no-pager").trim());

    // A pre-alarm: capped and drained.
    let smoke = |level| Act::Smoke {
        channel: Side::Left,
        level,
    };
    rack.rig.act(smoke(LoopLevel::Alarm));
    eventually("its limit is lowered", seconds(20.0), || {
        (limit(&machine) != FOUND).then_some(())
    });
    eventually("its hook has run", seconds(HOOK_WITHIN_S), || {
        machine.types("cat /srv/hooks").contains("prepare").then_some(())
    });
    let capped = limit(&machine);
    machine.types("systemctl stop rack-agent");
    assert_eq!(limit(&machine), FOUND, "given back by the one that is stopped");
    machine.types("systemctl start rack-agent");
    eventually("its limit is lowered again", seconds(20.0), || {
        (limit(&machine) == capped).then_some(())
    });
    eventually("it is drained again", seconds(HOOK_WITHIN_S), || {
        (machine.types("cat /srv/hooks").matches("prepare").count() > 1).then_some(())
    });

    // The controller is gone while the host was asked to prepare, and back in time.
    rack.core.process.kill();
    eventually("its shutdown is scheduled", seconds(40.0), || {
        scheduled(&machine).then_some(())
    });
    rack.begins_anew();
    eventually("it is taken back", seconds(40.0), || {
        (!scheduled(&machine)).then_some(())
    });
    says(&rack.core, 0, "the shutdown is taken back", 10.0);
    rack.rig.act(smoke(LoopLevel::Normal));
    // Evidence of fire is held for 60 s.
    eventually("it may run again", seconds(60.0 + HOOK_WITHIN_S), || {
        machine
            .types("tail -n 1 /srv/hooks")
            .contains("release")
            .then_some(())
    });

    println!("PowerOff:");
    machine.hang_up();
    rack.trips(&mut machine);
    says(&rack.core, 0, "agent of db-1: logind powers off", 1.0);
    let from = rack.core.process.err().len();
    rack.comes_back(&mut machine);
    says(&rack.core, from, "agent of db-1: is there; the host runs", 60.0);
    assert!(
        machine.types("cat /srv/hooks").contains("shutdown"),
        "its hook has run before"
    );

    println!("ScheduleShutdown:");
    // It was there before the database at this boot, and has named its unit all the same.
    says(
        &rack.core,
        from,
        "agent of db-1: a unit may take 3600 s to stop",
        1.0,
    );
    configured(&machine, "schedule", 5);
    let from = rack.core.process.err().len();
    machine.types("systemctl restart rack-agent");
    says(&rack.core, from, "agent of db-1: connected", 20.0);
    machine.hang_up();
    rack.trips(&mut machine);
    says(&rack.core, from, "agent of db-1: logind powers off in 5 s", 1.0);
    rack.comes_back(&mut machine);

    // Somebody else, and a hook that needs longer than logind waits by itself.
    puts(&machine, SLOW, "/etc/rack-agent/hooks.d/20-slow", "755");
    eventually("a delay lock is held", seconds(20.0), || {
        inhibits(&machine).then_some(())
    });
    let from = rack.core.process.err().len();
    let took = somebody_stops(&mut machine);
    println!(
        "somebody else, as logind is: off after {:.1} s",
        took.as_secs_f64()
    );
    says(&rack.core, from, "the host shuts down", 1.0);
    let done = "agent of db-1: hook 20-slow: done";
    assert!(!rack.core.process.said(from, done), "its time was over");
    assert!(took >= DELAY - Duration::from_secs(1), "it was waited for");

    machine.boot();
    machine.types(&format!(
        "mkdir -p /etc/systemd/logind.conf.d; printf '[Login]\\nInhibitDelayMaxSec={DELAY_LONGER_S}\\n' \
         >/etc/systemd/logind.conf.d/rack.conf; systemctl restart systemd-logind"
    ));
    eventually("a delay lock is held by the new one", seconds(30.0), || {
        inhibits(&machine).then_some(())
    });
    let from = rack.core.process.err().len();
    let took = somebody_stops(&mut machine);
    println!(
        "somebody else, with {DELAY_LONGER_S} s: off after {:.1} s",
        took.as_secs_f64()
    );
    says(&rack.core, from, done, 1.0);
}
