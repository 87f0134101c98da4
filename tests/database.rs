//! A database under write load comes down with its rack and loses nothing that it has acknowledged: a real PostgreSQL and the
//! stock `upsmon`s of two tiers, the writers' host first, the database's last, whose shutdown command stops the database in good
//! order. What makes a loss visible is tried on the same cluster: stopped at once instead, its own log says so.
//!
//! Where PostgreSQL or `upsmon` is not installed the test says so and is skipped; `tests/run` installs them.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use hil_rig::rack::Act;
use rack_controller::config::{Config, Tier};
use rack_controller::front::RELOGIN;
use rack_controller::hosts::plan::OnControllerLoss;

use super::host_down::contact_closed;
use super::nut_hosts::{Host, Recipe, upsmon_runs};
use super::support::{Core, Process, Rig, configuration, core, directory, eventually, seconds};

/// Where Debian puts the programs of each version; what is on the path is a wrapper, or nothing.
const PROGRAMS: &str = "/usr/lib/postgresql";
/// PostgreSQL refuses to run as root; this user owns nothing else (nobody of Debian, and its group).
const USER: u32 = 65_534;
/// Writers on the first tier's host, and writers elsewhere, which write until the database takes no more.
const WRITERS: [usize; 2] = [2, 2];
/// Commits before the rack gets hot: the load is under way.
const BEFORE: usize = 200;
/// How much faster than a real one the rack warms up.
const SPEED: f64 = 5.0;
/// Why a tier was committed: those before are down.
const SETTLED: f64 = 2.0;

/// Stock `psql` for a server there: no start-up file, bare rows, the first mistake ends it.
pub(super) fn psql(program: &Path, host: &str) -> Command {
    let mut command = Command::new(program);
    let usual = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"];
    command.args(usual).args(["-h", host, "-U", "postgres"]);
    command
}

/// PostgreSQL's programs of the newest version that is installed.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(PROGRAMS).ok()?.flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    found.sort();
    let newest = found.pop().map(|(_, bin)| bin);
    if newest.is_none() {
        super::support::skip("PostgreSQL (package postgresql) is needed");
    }
    newest
}

/// A cluster of the test's own.
struct Cluster {
    programs: PathBuf,
    data: PathBuf,
    port: u16,
    server: Option<Process>,
}

impl Cluster {
    fn new(programs: PathBuf, directory: &Path) -> Cluster {
        let home = directory.join("database");
        std::fs::create_dir(&home).expect("a directory");
        std::os::unix::fs::chown(&home, Some(USER), Some(USER)).expect("it is its user's");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("a port")
            .port();
        let mut cluster = Cluster {
            programs,
            data: home.join("data"),
            port,
            server: None,
        };
        let made = cluster
            .command(
                "initdb",
                &["-U", "postgres", "--locale=C", "--auth=trust", "--no-sync"],
            )
            .output()
            .expect("it runs");
        assert!(made.status.success(), "{made:?}");
        cluster.start();
        cluster
    }

    /// One of its programs, as the cluster's user.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("setpriv");
        let user = USER.to_string();
        command
            .args(["--reuid", &user, "--regid", &user, "--clear-groups"])
            .arg(self.programs.join(program))
            .arg("-D")
            .arg(&self.data)
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::null());
        command
    }

    fn start(&mut self) {
        let home = self.data.parent().expect("it has one").display().to_string();
        let port = self.port.to_string();
        let mut command = self.command(
            "postgres",
            &[
                "-h",
                "127.0.0.1",
                "-p",
                &port,
                "-k",
                &home,
                "-c",
                "fsync=on",
                "-c",
                "lc_messages=C",
            ],
        );
        self.server = Some(Process::start("postgres", &mut command));
        eventually("the database takes connections", seconds(30.0), || {
            self.said("ready to accept connections").then_some(())
        });
    }

    fn said(&self, text: &str) -> bool {
        self.server.as_ref().is_some_and(|server| server.said(0, text))
    }

    /// Waits until it has ended; what this life of it has said.
    fn ended(&mut self) -> Vec<String> {
        let mut server = self.server.take().expect("it runs");
        server.end(30.0);
        server.err()
    }

    fn psql(&self) -> Command {
        let mut command = psql(&self.programs.join("psql"), "127.0.0.1");
        command.arg("-p").arg(self.port.to_string()).arg("postgres");
        command
    }

    fn ask(&self, statement: &str) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self
            .psql()
            .args(["-c", statement])
            .stdin(Stdio::null())
            .output()
            .expect("it runs");
        assert!(
            status.success(),
            "{statement}: {}",
            String::from_utf8_lossy(&stderr)
        );
        String::from_utf8_lossy(&stdout).into_owned()
    }
}

/// A stock client that commits one row after the other.
pub(super) struct Writer {
    child: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Writer {
    pub(super) fn start(mut client: Command) -> Writer {
        let mut child = client
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let (asks, answers) = (
            child.stdin.take().expect("a pipe"),
            child.stdout.take().expect("a pipe"),
        );
        Writer {
            child,
            asks,
            answers: BufReader::new(answers),
        }
    }

    /// Commits a row; its number once that is acknowledged, none when the database takes no more.
    fn commits(&mut self) -> Option<u64> {
        self.asks
            .write_all(b"INSERT INTO written DEFAULT VALUES RETURNING id;\n")
            .ok()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).ok()?;
        answer.trim().parse().ok()
    }

    /// Until it is told to stop, or the database takes no more.
    pub(super) fn writes(mut self, stop: impl Fn() -> bool, acknowledged: &Mutex<BTreeSet<u64>>) {
        while !stop() {
            let Some(id) = self.commits() else { break };
            acknowledged.lock().expect("nobody panics with it").insert(id);
        }
        drop(self.asks);
        let _ = self.child.wait();
    }
}

/// What makes a shutdown a good one: the database says so when it ends and when it starts again, and has whatever it had
/// acknowledged.
pub(super) fn judged(
    ended: &[String],
    began: &[String],
    acknowledged: &BTreeSet<u64>,
    there: &BTreeSet<u64>,
) -> Result<(), String> {
    let says = |lines: &[String], text: &str| lines.iter().any(|line| line.contains(text));
    let lost: Vec<&u64> = acknowledged.difference(there).collect();
    if !lost.is_empty() {
        return Err(format!(
            "{} acknowledged rows are lost: {:?} ...",
            lost.len(),
            &lost[..lost.len().min(5)]
        ));
    }
    if !says(ended, "database system is shut down") {
        return Err("it did not say that it is shut down".into());
    }
    if !says(began, "database system was shut down at") || says(began, "automatic recovery in progress") {
        return Err(format!("it was interrupted: {began:?}"));
    }
    Ok(())
}

/// Two tiers, and a rack that trips early enough for one to go after the other: with less time they are told together.
fn two_tiers(config: &mut Config) {
    config.setting.insert("safety.exhaust_trip".into(), 52.5);
    for name in ["writers", "databases"] {
        config.tier.push(Tier {
            name: name.into(),
            on_controller_loss: OnControllerLoss::Stay,
            signal_s: 3.0,
            stop_s: 4.0,
            verify_s: 3.0,
        });
    }
}

/// Ends the writers, whatever ends the test.
pub(super) struct Over<'a>(pub(super) &'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn told(core: &Core, tier: &str) -> bool {
    super::nut::ask(core.nut, &format!("GET VAR {tier} ups.status"))
        .is_some_and(|status| status.contains("FSD"))
}

#[test]
fn a_database_under_write_load_loses_no_acknowledged_commit_to_a_trip() {
    let Some(programs) = programs().filter(|_| upsmon_runs()) else {
        return;
    };
    let directory = directory();
    let rig = Rig::start(directory.path(), SPEED, 5000.0);
    let config = configuration(directory.path(), two_tiers);
    let core = Core::start(&config, &core::commissioned(directory.path()), &rig);
    core.served(20.0);
    // Near its trip while all the others get ready.
    rig.act(Act::Room { room_c: Some(48.0) });

    let mut cluster = Cluster::new(programs, directory.path());
    cluster.ask(
        "CREATE TABLE written (id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())",
    );
    let mut writers = Host::start(&Recipe::ours("writers", core.nut));
    let stop = cluster.command("pg_ctl", &["stop", "-m", "fast", "-t", "30"]);
    let words: Vec<String> = std::iter::once(stop.get_program())
        .chain(stop.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let mut recipe = Recipe::ours("databases", core.nut);
    // Of two such lines the later one counts.
    recipe.further = format!("SHUTDOWNCMD \"{}\"\n", words.join(" "));
    let mut database = Host::start(&recipe);
    for tier in ["writers", "databases"] {
        super::stages::logged_in(core.nut, tier, 1);
    }
    core.until("the logins are known", 30.0, |picture| {
        core::number(picture, "controller.uptime")
            .is_some_and(|up| up > SPEED * (RELOGIN.as_secs_f64() + 1.0))
    });

    let (acknowledged, first_is_down, over) =
        (Mutex::default(), AtomicBool::new(false), AtomicBool::new(false));
    let count = || {
        acknowledged
            .lock()
            .map_or(0, |ids: std::sync::MutexGuard<'_, BTreeSet<u64>>| ids.len())
    };
    let ended = std::thread::scope(|scope| {
        let _over = Over(&over);
        for elsewhere in [false, true] {
            for _ in 0..WRITERS[usize::from(elsewhere)] {
                let stop = if elsewhere { &over } else { &first_is_down };
                let (writer, acknowledged, over) = (Writer::start(cluster.psql()), &acknowledged, &over);
                scope.spawn(move || {
                    writer.writes(
                        || stop.load(Ordering::Relaxed) || over.load(Ordering::Relaxed),
                        acknowledged,
                    );
                });
            }
        }
        eventually("the load is under way", seconds(30.0), || {
            (count() >= BEFORE).then_some(())
        });
        rig.act(Act::Room { room_c: Some(53.0) });
        rig.until("the core closes its contact", 600.0, contact_closed);
        let (tripped, at_trip) = (Instant::now(), count());
        // The last tier's word is read before the first host's state: it cannot have come first.
        eventually("the database's tier is told", seconds(30.0), || {
            let last = told(&core, "databases");
            let first = writers.is_down();
            first_is_down.store(first, Ordering::Relaxed);
            assert!(
                first || !last,
                "the database is told before the writers' host is down"
            );
            last.then_some(())
        });
        println!(
            "{at_trip} rows before the trip, the database told {:.2} s after it",
            tripped.elapsed().as_secs_f64()
        );
        let ended = cluster.ended();
        println!(
            "the database is shut down {:.2} s after the trip",
            tripped.elapsed().as_secs_f64()
        );
        assert!(count() > at_trip, "it was written to until it stopped");
        ended
    });
    let picture = core.snapshot().expect("a picture");
    assert_eq!(
        core::number(&picture, "tier.2.reason"),
        Some(SETTLED),
        "those before are down"
    );
    assert!(
        database.process.end(10.0).success(),
        "{:?}",
        database.process.err()
    );
    assert!(writers.process.end(10.0).success());

    let acknowledged = acknowledged.into_inner().expect("nobody panics with it");
    let there = |cluster: &Cluster| -> BTreeSet<u64> {
        let all = cluster.ask("SELECT id FROM written");
        all.lines().filter_map(|id| id.parse().ok()).collect()
    };
    cluster.start();
    let began = cluster.server.as_ref().expect("it runs").err();
    println!(
        "{} rows acknowledged, {} are there",
        acknowledged.len(),
        there(&cluster).len()
    );
    assert_eq!(judged(&ended, &began, &acknowledged, &there(&cluster)), Ok(()));

    // That the same words find a database that was not stopped in good order.
    let stopped = cluster.command("pg_ctl", &["stop", "-m", "immediate"]).output();
    assert!(stopped.expect("it runs").status.success());
    let ended = cluster.ended();
    cluster.start();
    let began = cluster.server.as_ref().expect("it runs").err();
    let found = judged(&ended, &began, &acknowledged, &there(&cluster));
    assert!(
        found.as_ref().is_err_and(|why| why.contains("interrupted")),
        "{found:?}"
    );
}
