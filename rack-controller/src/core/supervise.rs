//! Starts the front, hears whether it lives, and starts it anew with back-off when it does not.
//!
//! The front is this same binary through `/proc/self/exe`, spawned from a helper thread with ordinary scheduling. Its
//! standard input is its end of the link; every other descriptor of the core closes on exec. Whatever happens to it
//! changes nothing at the fan: the tick reads two atomics here and nothing else.

use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::Scope;
use std::time::{Duration, Instant};

use rustix::fs::{Gid, Mode, OFlags, Uid};

use super::clock::monotonic_us;
use super::persons::server::Persons;
use super::plane::PictureCell;
use super::publication::{CONFIRM_US, Progress, Publication};
use super::sightings::SightingCell;
use super::uplink::{Asked, Uplink};
use crate::hosts::agent::authority::AgentAuthority;
use crate::link::Hello;
use crate::listen::Listeners;
use crate::log;
use crate::transition::Ring;

/// Silence after which the front is lost.
pub const SILENCE_US: u64 = 2_000_000;
/// Time a new front has for its first sign of life.
const GRACE_US: u64 = 5_000_000;
/// Wait before a lost front is started anew: doubled from the first to the last of these, reset after a good minute.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));
const GOOD: Duration = Duration::from_secs(60);
/// Time a front gets to write its history to the end when it is told to leave.
const LEAVE: Duration = Duration::from_millis(800);
/// How often the supervisor looks.
const LOOK: Duration = Duration::from_millis(50);

/// What front and core share besides the link's threads.
#[derive(Clone)]
pub struct Shared<'a> {
    /// Transitions.
    pub ring: &'a Mutex<Ring>,
    /// Pictures.
    pub pictures: &'a PictureCell,
    /// The hosts' shutdown.
    pub publication: &'a Publication,
    /// What is seen of the hosts.
    pub sightings: &'a SightingCell,
    /// What every front hears first.
    pub hello: &'a Hello,
    /// Who may stand behind a command.
    pub persons: &'a Persons,
    /// Whose agents may connect.
    pub agents: &'a AgentAuthority,
    /// Commands for the tick.
    pub commands: SyncSender<Asked>,
}

/// How the front is started.
#[derive(Clone, Debug)]
pub struct FrontOptions {
    /// Where it listens.
    pub listeners: Listeners,
    /// Memory it may use, in MiB.
    pub memory_limit_mib: u64,
    /// User and group it runs as, where this process may choose.
    pub run_as: u32,
    /// Directory of journal and history; made for it, and its own.
    pub history: PathBuf,
}

#[derive(Debug, Default)]
struct State {
    /// Monotonic microseconds of the last sign of life.
    alive_us: AtomicU64,
    restarts: AtomicU32,
    down: AtomicBool,
    /// The front says that history is being written.
    history: AtomicBool,
}

/// How the front is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrontState {
    /// It answers.
    pub alive: bool,
    /// Times it was started anew.
    pub restarts: u32,
    /// It writes history.
    pub history: bool,
}

/// The supervisor of the front.
#[derive(Debug)]
pub struct Supervisor {
    state: Arc<State>,
}

impl Supervisor {
    /// Starts the front and watches it until `stop`.
    ///
    /// # Errors
    /// When the helper thread cannot be started.
    pub fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        options: &FrontOptions,
        shared: Shared<'scope>,
        stop: &Arc<AtomicBool>,
    ) -> std::io::Result<Self> {
        let state = Arc::new(State::default());
        let (own, stop, mut options) = (Arc::clone(&state), Arc::clone(stop), options.clone());
        own.alive_us.store(monotonic_us() + GRACE_US, Ordering::Relaxed);
        std::thread::Builder::new()
            .name("supervisor".into())
            .spawn_scoped(scope, move || {
                super::realtime::renounce();
                let (mut back_off, mut announced) = (BACK_OFF.0, false);
                while !stop.load(Ordering::Relaxed) {
                    let began = Instant::now();
                    match spawn(&options) {
                        Ok((child, stream)) => {
                            own.alive_us.store(monotonic_us() + GRACE_US, Ordering::Relaxed);
                            own.down.store(false, Ordering::Relaxed);
                            let uplink = Uplink {
                                ring: shared.ring,
                                pictures: shared.pictures,
                                publication: shared.publication,
                                sightings: shared.sightings,
                                hello: shared.hello,
                                persons: shared.persons,
                                agents: shared.agents,
                                commands: shared.commands.clone(),
                            };
                            let ready = |at: Listeners| {
                                shared.agents.listens(at.agent);
                                // A new front comes back at the same address, also where the first was free to choose.
                                options.listeners = options.listeners.with_ports_of(&at);
                                if !std::mem::replace(&mut announced, true) {
                                    super::uplink::announce(at);
                                } else {
                                    log::line(&format!("front is back at http://{}", at.web));
                                }
                            };
                            watch(child, stream, &uplink, &own, &stop, ready);
                        }
                        Err(error) => log::line(&format!("front cannot be started: {error}")),
                    }
                    own.down.store(true, Ordering::Relaxed);
                    shared.publication.front_lost(monotonic_us());
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    own.restarts.fetch_add(1, Ordering::Relaxed);
                    back_off = if began.elapsed() > GOOD {
                        BACK_OFF.0
                    } else {
                        back_off
                    };
                    log::line(&format!(
                        "front lost; starting it again in {} ms",
                        back_off.as_millis()
                    ));
                    std::thread::sleep(back_off);
                    back_off = (back_off * 2).min(BACK_OFF.1);
                }
            })?;
        Ok(Supervisor { state })
    }

    /// Whether the front answers, how often it was started anew, and whether it writes history.
    pub fn state(&self) -> FrontState {
        let silent = monotonic_us().saturating_sub(self.state.alive_us.load(Ordering::Relaxed));
        let alive = silent < SILENCE_US && !self.state.down.load(Ordering::Relaxed);
        FrontState {
            alive,
            restarts: self.state.restarts.load(Ordering::Relaxed),
            history: alive && self.state.history.load(Ordering::Relaxed),
        }
    }
}

fn spawn(options: &FrontOptions) -> std::io::Result<(Child, UnixStream)> {
    let (own, other) = UnixStream::pair()?;
    let mut command = Command::new("/proc/self/exe");
    let run_as = rustix::process::geteuid().is_root().then_some(options.run_as);
    if let Some(run_as) = run_as {
        // Neither root nor a member of any device group (std clears the supplementary groups with the user).
        command.uid(run_as).gid(run_as);
    }
    // A front without a history still serves: it says by itself that nothing is written.
    if let Err(error) = hand_over(&options.history, run_as) {
        log::line(&format!(
            "{}: {error}; history is not kept",
            options.history.display()
        ));
    }
    let child = command
        .arg("front")
        .args(options.listeners.arguments())
        .arg("--memory-limit-mib")
        .arg(options.memory_limit_mib.to_string())
        .arg("--history")
        .arg(std::path::absolute(&options.history)?)
        .stdin(Stdio::from(OwnedFd::from(other)))
        .stdout(Stdio::null())
        .spawn()?;
    Ok((child, own))
}

/// Makes the history's directory, readable and writable for the front's user alone.
fn hand_over(history: &Path, run_as: Option<u32>) -> std::io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(history)?;
    // By a descriptor that no link has led to: whoever could put one there would be given any directory.
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = rustix::fs::open(history, flags, Mode::empty())?;
    if let Some(run_as) = run_as {
        rustix::fs::fchmod(&directory, Mode::RWXU)?;
        rustix::fs::fchown(
            &directory,
            Some(Uid::from_raw(run_as)),
            Some(Gid::from_raw(run_as)),
        )?;
    }
    Ok(())
}

/// Watches one front until it is lost or the core stops.
fn watch(
    mut child: Child,
    stream: UnixStream,
    uplink: &Uplink<'_>,
    state: &State,
    stop: &AtomicBool,
    mut ready: impl FnMut(Listeners),
) {
    let (announce, announced) = sync_channel(4);
    let over = AtomicBool::new(false);
    let publication = uplink.publication;
    // An order from before this front listens is late only from then on.
    let mut listens_us = u64::MAX;
    let mut hangs = false;
    std::thread::scope(|scope| {
        let alive = |history| {
            state.history.store(history, Ordering::Relaxed);
            state.alive_us.store(monotonic_us(), Ordering::Relaxed);
        };
        uplink.start(scope, &stream, &over, alive, announce);
        while !over.load(Ordering::Relaxed) && !stop.load(Ordering::Relaxed) {
            std::thread::sleep(LOOK);
            let now_us = monotonic_us();
            announced.try_iter().for_each(|listeners| {
                listens_us = now_us;
                ready(listeners);
            });
            let silent = now_us.saturating_sub(state.alive_us.load(Ordering::Relaxed)) > SILENCE_US;
            let unpublished = match publication.progress(now_us) {
                Progress::Ordered { for_us } => for_us.min(now_us.saturating_sub(listens_us)) > CONFIRM_US,
                Progress::None | Progress::Confirmed { .. } => false,
            };
            if unpublished {
                log::line("the front has not published the hosts' shutdown within 2 s");
            }
            hangs = silent || unpublished;
            if hangs || !matches!(child.try_wait(), Ok(None)) {
                break;
            }
        }
        over.store(true, Ordering::Relaxed);
        // Closing the link is the order to leave; a front that hangs does not hear it.
        let _ = stream.shutdown(std::net::Shutdown::Both);
        let until = Instant::now() + LEAVE;
        while !hangs && Instant::now() < until && matches!(child.try_wait(), Ok(None)) {
            std::thread::sleep(LOOK);
        }
        let _ = child.kill();
        let _ = child.wait();
    });
}

#[cfg(test)]
mod tests {
    use super::super::publication::Committer;
    use super::*;
    use crate::link::{Receiver as LinkReceiver, Sender as LinkSender, Up};

    /// A front that lives, and publishes what it is told or does not.
    fn speak(stream: UnixStream, publishes: bool) {
        let told = stream.try_clone().expect("a socket");
        let orders = std::thread::spawn(move || {
            let (mut receiver, mut from) = (LinkReceiver::default(), told);
            let mut heard = None;
            while heard.is_none() {
                match receiver.receive::<crate::link::Down>(&mut from) {
                    Ok(crate::link::Down::Hello(hello)) => heard = hello.host_down,
                    Ok(crate::link::Down::HostDown(order)) => heard = order,
                    Ok(_) => {}
                    Err(_) => return None,
                }
            }
            heard
        });
        let mut sender = LinkSender::new(&stream);
        let _ = sender.send(&Up::Ready(Listeners::DEFAULT));
        let order = publishes.then(|| orders.join().expect("it listens")).flatten();
        if let Some(order) = order {
            let _ = sender.send(&Up::Published(order.number));
        }
        let alive = Up::Alive {
            tick: 1,
            transition: 0,
            history: true,
        };
        while sender.send(&alive).is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Watches such a front; gives whether it was let go before it was told to stop, and how far the order came.
    fn watched(publishes: bool, for_at_most: Duration) -> (bool, Progress) {
        let sightings = SightingCell::default();
        let (ring, pictures, publication) = (
            Mutex::new(Ring::default()),
            PictureCell::default(),
            Publication::default(),
        );
        let (commands, _taken) = sync_channel(1);
        let data = tempfile::tempdir().expect("a directory");
        let persons = Persons::open(data.path(), "rack");
        let agents = AgentAuthority::open(data.path(), &crate::hosts::plan::Plan::default());
        let uplink = Uplink {
            ring: &ring,
            pictures: &pictures,
            publication: &publication,
            sightings: &sightings,
            persons: &persons,
            agents: &agents,
            hello: &Hello {
                run: 1,
                name: "rack".into(),
                simulated: true,
                rated_power_w: 1.0,
                settings: Vec::new(),
                outlets: points::host::OutletOrder::NONE,
                host_down: None,
                plan: crate::hosts::plan::Plan::default(),
            },
            commands,
        };
        Committer::default().step(
            &publication,
            monotonic_us(),
            Some(crate::hosts::order::Committed {
                number: 1,
                incident: 1,
                tiers: points::host::TierSet::EMPTY.with(0),
                targets: points::host::TargetSet::EMPTY,
            }),
            true,
        );
        let (own, other) = UnixStream::pair().expect("a socket pair");
        let child = Command::new("sleep").arg("60").spawn().expect("a process");
        let (state, stop, over) = (State::default(), AtomicBool::new(false), AtomicBool::new(false));
        state.alive_us.store(monotonic_us(), Ordering::Relaxed);
        std::thread::scope(|scope| {
            scope.spawn(move || speak(other, publishes));
            scope.spawn(|| {
                let until = Instant::now() + for_at_most;
                while Instant::now() < until && !over.load(Ordering::Relaxed) {
                    std::thread::sleep(LOOK);
                }
                stop.store(true, Ordering::Relaxed);
            });
            watch(child, own, &uplink, &state, &stop, |_| ());
            over.store(true, Ordering::Relaxed);
            (
                !stop.load(Ordering::Relaxed),
                publication.progress(monotonic_us()),
            )
        })
    }

    #[test]
    fn a_front_that_lives_but_does_not_publish_is_let_go() {
        let (let_go, progress) = watched(false, Duration::from_secs(20));
        assert!(let_go, "{progress:?}");
        assert!(
            matches!(progress, Progress::Ordered { for_us } if for_us > CONFIRM_US),
            "{progress:?}"
        );
    }

    #[test]
    fn the_historys_directory_is_handed_over_and_no_link_is_followed() {
        let directory = tempfile::tempdir().expect("a directory");
        let history = directory.path().join("history");
        hand_over(&history, None).expect("it is made");
        hand_over(&history, None).expect("it is there");
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&history, &link).expect("a link");
        assert!(hand_over(&link, None).is_err());
    }

    #[test]
    fn a_front_that_publishes_stays() {
        let (let_go, progress) = watched(true, Duration::from_micros(CONFIRM_US) + Duration::from_secs(1));
        assert!(!let_go, "{progress:?}");
        assert!(matches!(progress, Progress::Confirmed { .. }), "{progress:?}");
    }
}
