//! Stages of the hosts' shutdown with stock `upsmon`s: the second tier hears nothing before the first is done or its time is
//! over; and with kill -9 of core and front at random instants no stage is lost, invented, repeated or out of order.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hil_rig::rack::Input;
use rack_controller::config::{Config, Tier};
use rack_controller::front::RELOGIN;
use rack_controller::hosts::plan::OnControllerLoss;
use rustix::process::Signal;
use serde_json::Value;

use super::host_down::contact_closed;
use super::nut_hosts::{Host, Recipe, upsmon_runs};
use super::support::process::signal;
use super::support::{Core, Rig, configuration, core, directory, eventually, seconds};

/// POLLFREQ, FINALDELAY and a second: the longest from the trip to the shutdown command of the first tier's hosts, and from any tier's
/// word to its own.
const OBEYS_WITHIN_S: f64 = 1.0 + 0.0 + 1.0;
/// From the core's commit to the published word.
const PUBLISHED_WITHIN_S: f64 = 1.0;
/// Environment: more rounds of kills, for the long campaign; and another seed.
const MORE: &str = "STAGE_KILL_ROUNDS";
const SEED: &str = "STAGE_KILL_SEED";
/// Racks that trip, and how often core or front of each are killed.
const ROUNDS: u64 = 4;
const KILLS: u64 = 5;
/// Longest time between two kills, ms: a stage and a half.
const APART_MS: u64 = 2_200;

pub(super) fn tiers(config: &mut Config, names: &[&str], stage_s: f64) {
    config.setting.insert("safety.mains_delay".into(), 0.0);
    // A stage is half as long again as its parts.
    let part = stage_s / 1.5 / 3.0;
    for name in names {
        config.tier.push(Tier {
            name: (*name).into(),
            on_controller_loss: OnControllerLoss::Stay,
            signal_s: part,
            stop_s: part,
            verify_s: part,
        });
    }
}

pub(super) fn logged_in(picture_of: SocketAddr, tier: &str, count: usize) {
    let wanted = format!("NUMLOGINS {tier} {count}");
    eventually(&wanted, seconds(20.0), || {
        let answer = super::nut::ask(picture_of, &format!("GET NUMLOGINS {tier}"))?;
        (answer == wanted).then_some(())
    });
}

fn reason(picture: &Value, tier: usize) -> Option<f64> {
    core::number(picture, &format!("tier.{tier}.reason"))
}

#[test]
fn three_stock_hosts_of_two_tiers_go_down_tier_by_tier() {
    if !upsmon_runs() {
        return;
    }
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |config| {
        tiers(config, &["compute", "storage"], 60.0)
    });
    let core = Core::start(&config, &core::commissioned(directory.path()), &rig);
    core.served(20.0);
    let mut first = [(), ()].map(|()| Host::start(&Recipe::ours("compute", core.nut)));
    let mut second = Host::start(&Recipe::ours("storage", core.nut));
    logged_in(core.nut, "compute", 2);
    logged_in(core.nut, "storage", 1);
    // A front that has just begun does not know yet who is there.
    core.until("the logins are known", 30.0, |picture| {
        core::number(picture, "controller.uptime").is_some_and(|up| up > RELOGIN.as_secs_f64() + 1.0)
    });

    let tripped = Instant::now();
    rig.line(Input::Mains, false);
    for host in &mut first {
        let took = host.goes_down(tripped, OBEYS_WITHIN_S).expect("it goes down");
        println!("a host of the first tier after {took:.2} s");
        assert!(!second.is_down(), "the second tier waits for the first");
    }
    let acknowledged = Instant::now();
    let took = second
        .goes_down(acknowledged, PUBLISHED_WITHIN_S + OBEYS_WITHIN_S)
        .expect("it goes down");
    println!("the host of the second tier {took:.2} s after the last of the first");
    let picture = core.snapshot().expect("a picture");
    assert_eq!(
        (reason(&picture, 1), reason(&picture, 2)),
        (Some(1.0), Some(2.0)),
        "first; those before are down"
    );
}

#[test]
fn a_stock_host_that_hangs_holds_the_next_tier_up_until_its_deadline_and_no_longer() {
    if !upsmon_runs() {
        return;
    }
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |config| {
        tiers(config, &["compute", "storage"], 9.0)
    });
    let core = Core::start(&config, &core::commissioned(directory.path()), &rig);
    core.served(20.0);
    let hung = Host::start(&Recipe::ours("compute", core.nut));
    let mut second = Host::start(&Recipe::ours("storage", core.nut));
    logged_in(core.nut, "compute", 1);
    logged_in(core.nut, "storage", 1);
    // Its child polls, its parent waits: both hang.
    for pid in children(hung.process.pid()) {
        signal(pid, Signal::STOP);
    }
    rig.line(Input::Mains, false);
    rig.until("the core closes its contact", 5.0, contact_closed);
    let tripped = Instant::now();
    let limit = 9.0 + PUBLISHED_WITHIN_S + OBEYS_WITHIN_S;
    let took = second
        .goes_down(tripped, limit)
        .expect("the second tier goes down all the same");
    println!("the second tier's host {took:.2} s after the trip");
    assert!(took >= 8.5 && !hung.is_down(), "{took}");
    let picture = core.snapshot().expect("a picture");
    assert_eq!(
        reason(&picture, 2),
        Some(3.0),
        "those before did not come down in time"
    );
    for pid in children(hung.process.pid()) {
        signal(pid, Signal::CONT);
    }
}

/// A process and its children.
fn children(pid: i32) -> Vec<i32> {
    let listed = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let mut all = vec![pid];
    for child in listed.split_whitespace().filter_map(|word| word.parse().ok()) {
        all.extend(children(child));
    }
    all
}

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// SplitMix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

const NAMES: [&str; 3] = ["first", "second", "third"];

/// Where the server is; it moves when the core is started anew.
type Place = Arc<Mutex<SocketAddr>>;

/// One connection's questions until it breaks.
fn talk(at: SocketAddr, ask: &str, mut heard: impl FnMut(&str) -> bool) -> std::io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&at, Duration::from_millis(500))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut answer = String::new();
    loop {
        stream.write_all(ask.as_bytes())?;
        let mut all = String::new();
        for _ in 0..ask.lines().count() {
            answer.clear();
            if lines.read_line(&mut answer)? == 0 {
                return Ok(());
            }
            all.push_str(&answer);
        }
        if !heard(&all) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(15));
    }
}

/// A host that is logged in to a tier and hangs: its stage ends by its deadline.
fn hangs(place: &Place, tier: &str, over: &AtomicBool) {
    let login = format!("USERNAME a\nPASSWORD b\nLOGIN {tier}\n");
    while !over.load(Ordering::Relaxed) {
        let at = *place.lock().expect("nobody panics with it");
        let Ok(mut stream) = TcpStream::connect_timeout(&at, Duration::from_millis(500)) else {
            std::thread::sleep(Duration::from_millis(20));
            continue;
        };
        let _ = stream.set_read_timeout(Some(Duration::from_millis(100)));
        if stream.write_all(login.as_bytes()).is_err() {
            continue;
        }
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        loop {
            line.clear();
            match lines.read_line(&mut line) {
                Ok(0) => break,
                Ok(_) => {}
                Err(_) if over.load(Ordering::Relaxed) => return,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => break,
            }
        }
    }
}

/// What the tiers say, asked from the last to the first over one connection: whoever hears the last one's order hears the
/// first one's too.
fn watch(place: &Place, seed: u64, tripped: &AtomicBool, down: &Mutex<[bool; 3]>, over: &AtomicBool) {
    let ask: String = NAMES
        .iter()
        .rev()
        .map(|name| format!("GET VAR {name} ups.status\n"))
        .collect();
    while !over.load(Ordering::Relaxed) {
        let at = *place.lock().expect("nobody panics with it");
        let _ = talk(at, &ask, |answers| {
            let before_trip = !tripped.load(Ordering::SeqCst);
            let said: Vec<&str> = answers.lines().rev().collect();
            let mut down = down.lock().expect("nobody panics with it");
            for (tier, said) in said.iter().enumerate() {
                let told = said.contains("FSD");
                assert!(!(told && before_trip), "seed {seed}: invented: {answers}");
                assert!(
                    !(down[tier] && said.contains("\"OL\"")),
                    "seed {seed}: taken back: {answers}"
                );
                down[tier] |= told;
            }
            assert!(
                said[1..]
                    .iter()
                    .zip(&said)
                    .all(|(later, earlier)| !later.contains("FSD") || earlier.contains("FSD")),
                "seed {seed}: out of order: {answers}"
            );
            !over.load(Ordering::Relaxed)
        });
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn round(seed: u64) -> u64 {
    let mut stream = seed;
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |config| tiers(config, &NAMES, 1.5));
    let data = core::commissioned(directory.path());
    let mut core = Core::start(&config, &data, &rig);
    core.served(20.0);
    let place: Place = Arc::new(Mutex::new(core.nut));
    let (tripped, over, down) = (
        AtomicBool::new(false),
        AtomicBool::new(false),
        Mutex::new([false; 3]),
    );
    let mut within = 0;
    std::thread::scope(|scope| {
        for name in NAMES {
            let (place, over) = (&place, &over);
            scope.spawn(move || hangs(place, name, over));
        }
        let watcher = scope.spawn(|| watch(&place, seed, &tripped, &down, &over));
        for name in NAMES {
            logged_in(core.nut, name, 1);
        }
        tripped.store(true, Ordering::SeqCst);
        rig.line(Input::Mains, false);
        for _ in 0..KILLS {
            std::thread::sleep(Duration::from_millis(random(&mut stream) % APART_MS));
            within += u64::from(down.lock().is_ok_and(|down| *down != [true; 3]));
            if random(&mut stream).is_multiple_of(2) {
                if let Some(front) = core.front() {
                    signal(front.pid, Signal::KILL);
                }
            } else {
                core.process.kill();
                core = Core::start(&config, &data, &rig);
                *place.lock().expect("nobody panics with it") = core.nut;
            }
        }
        let all = || down.lock().is_ok_and(|down| *down == [true; 3]).then_some(());
        let began = Instant::now();
        while all().is_none() && began.elapsed() < Duration::from_secs(30) && !watcher.is_finished() {
            std::thread::sleep(Duration::from_millis(20));
        }
        over.store(true, Ordering::Relaxed);
        watcher
            .join()
            .expect("nothing was lost, invented or out of order");
        assert_eq!(
            all(),
            Some(()),
            "seed {seed}: a stage was lost: {:?}",
            down.lock()
        );
    });
    let picture = core.until("the plan has done its work", 10.0, |picture| {
        core::number(picture, "tier.3.stage") == Some(4.0)
    });
    assert_eq!(
        core::number(&picture, "shutdown.incident"),
        Some(1.0),
        "seed {seed}: repeated"
    );
    within
}

#[test]
fn kills_at_random_instants_lose_invent_repeat_and_reorder_no_stage() {
    let seed = from_environment(SEED, 11);
    let rounds = from_environment(MORE, ROUNDS);
    // Four at a time: more would measure the machine.
    let (mut within, all) = (0, rounds * KILLS);
    for first in (0..rounds).step_by(4) {
        std::thread::scope(|scope| {
            let numbers = first..rounds.min(first + 4);
            let racks: Vec<_> = numbers
                .map(|number| scope.spawn(move || round(seed + 1000 * number)))
                .collect();
            for rack in racks {
                within += rack
                    .join()
                    .expect("nothing was lost, invented, repeated or out of order");
            }
        });
    }
    println!("{all} kills in {rounds} racks, {within} of them before every tier was told");
    assert!(
        within * 2 > all,
        "most kills came too late to say anything: {within} of {all}"
    );
}
