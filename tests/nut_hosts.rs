//! What the tests of the NUT server stand on: the server in this process, told what to say, and hosts with nothing but
//! their distribution's `upsmon`. Each host has a private `/run`, because the place of its PID file is fixed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use points::host::TierSet;
use points::interlock::{Effect, EffectSet};
use points::point::{power, temperature};
use points::{Celsius, Snapshot, Watt};
use rack_controller::front::Latest;
use rack_controller::hosts::nut::{self, Watched};
use rack_controller::hosts::order::{Committed, Order, Orders};
use rack_controller::hosts::plan::{OnControllerLoss, Plan, TierPlan};
use rack_controller::hosts::sightings::Sightings;
use tokio::sync::watch;

use super::support::{Process, eventually, seconds};

/// The real one; the wrapper beside it refuses without a mode in a system-wide file.
pub(super) const UPSMON: &str = "/lib/nut/upsmon";
/// Gives a program a `/run` of its own.
pub(super) const PRIVATE: &str = "mount -t tmpfs none /run && mkdir /run/nut && exec \"$@\"";
/// Time between two pictures.
const PICTURE_EVERY: Duration = Duration::from_millis(200);

/// Whether the real counterparts can run here; these programs, and a private mount.
pub(super) fn runs(programs: &[&str]) -> bool {
    let private = Command::new("unshare")
        .args(["-m", "sh", "-c", PRIVATE, "sh", "true"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let missing = programs.iter().find(|program| !Path::new(program).exists());
    let runs = missing.is_none() && private.is_ok_and(|status| status.success());
    if !runs {
        super::support::skip(&format!(
            "{programs:?} (packages nut-client, nut-server, libnss3-tools) and a private mount are needed"
        ));
    }
    runs
}

/// Whether a host can run here.
pub(super) fn upsmon_runs() -> bool {
    runs(&[UPSMON])
}

/// What the core says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said {
    pub(super) effects: EffectSet,
    /// Pictures have stopped.
    pub(super) silent: bool,
}

impl Said {
    pub(super) const RUN: Said = Said {
        effects: EffectSet::EMPTY,
        silent: false,
    };
    pub(super) const SILENT: Said = Said {
        effects: EffectSet::EMPTY,
        silent: true,
    };

    pub(super) fn prepare() -> Said {
        Said {
            effects: EffectSet::of(&[Effect::HostPrepare]),
            silent: false,
        }
    }
}

/// The server, and what it is told.
pub(super) struct Served {
    pub(super) at: SocketAddr,
    pub(super) watched: Watched,
    pub(super) sightings: Sightings,
    plan: Arc<Plan>,
    said: Arc<Mutex<Said>>,
    orders: watch::Sender<Order>,
    number: u32,
    runtime: Option<tokio::runtime::Runtime>,
}

/// A tier.
pub(super) fn tier(name: &str, on_controller_loss: OnControllerLoss) -> TierPlan {
    TierPlan {
        name: name.into(),
        on_controller_loss,
        ..Plan::default().tiers.remove(0)
    }
}

impl Served {
    pub(super) fn start(plan: Plan) -> Served {
        let mut served = Served {
            at: SocketAddr::from(([127, 0, 0, 1], 0)),
            watched: Watched::default(),
            sightings: Sightings::default(),
            plan: Arc::new(plan),
            said: Arc::new(Mutex::new(Said::RUN)),
            orders: watch::channel(Order::None).0,
            number: 0,
            runtime: None,
        };
        served.again();
        served
    }

    /// One tier, `rack`.
    pub(super) fn rack(on_controller_loss: OnControllerLoss) -> Served {
        Served::start(Plan {
            tiers: vec![tier("rack", on_controller_loss)],
            ..Plan::default()
        })
    }

    /// Starts it at the place where it was.
    pub(super) fn again(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind(self.at))
            .expect("the address is free");
        self.at = listener.local_addr().expect("it listens");
        let (pictures, receiver) = watch::channel(picture(1, Said::RUN));
        let said = Arc::clone(&self.said);
        runtime.spawn(async move {
            for tick in 2.. {
                let now = *said.lock().expect("nobody panics with it");
                if !now.silent {
                    pictures.send_replace(picture(tick, now));
                }
                tokio::time::sleep(PICTURE_EVERY).await;
            }
        });
        let options = nut::Options {
            plan: Arc::clone(&self.plan),
            description: "Rack".into(),
            watched: self.watched.clone(),
            sightings: self.sightings.clone(),
            ..nut::Options::default()
        };
        let core = nut::Core {
            orders: Orders::new(self.orders.subscribe(), receiver),
            published: watch::channel(Order::Unknown).0,
        };
        runtime.spawn(nut::serve(listener, core, options));
        self.runtime = Some(runtime);
    }

    /// The core's pictures say this from now on.
    pub(super) fn say(&self, said: Said) {
        *self.said.lock().expect("nobody panics with it") = said;
    }

    /// The core orders these tiers down, or none.
    pub(super) fn order(&mut self, tiers: &[usize]) {
        self.number += 1;
        let set = tiers.iter().fold(TierSet::EMPTY, |set, tier| set.with(*tier));
        self.orders.send_replace(if set.is_empty() {
            Order::None
        } else {
            Order::Down(Committed {
                number: self.number,
                incident: 1,
                tiers: set,
                targets: points::host::TargetSet::EMPTY,
            })
        });
    }

    /// It ends: every connection breaks, nobody listens.
    pub(super) fn end(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }

    /// Its only thread does nothing any more; the kernel goes on taking what is sent to it. Whoever drops this lets it go.
    pub(super) fn hang(&self) -> std::sync::mpsc::Sender<()> {
        let (lets_go, holds) = std::sync::mpsc::channel::<()>();
        let runtime = self.runtime.as_ref().expect("it runs");
        runtime.spawn(async move {
            let _ = holds.recv();
        });
        lets_go
    }

    /// So many are logged in to a tier.
    #[track_caller]
    pub(super) fn logged_in(&self, tier: usize, count: usize) {
        eventually(&format!("{count} are logged in"), seconds(20.0), || {
            (self.watched.tiers()[tier].logins == count).then_some(())
        });
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn picture(tick: u64, said: Said) -> Arc<Latest> {
    let mut snapshot = Snapshot {
        tick,
        effects: said.effects,
        ..Snapshot::default()
    };
    snapshot.put_now(temperature::EXHAUST_VOTED, Celsius::of(31.4));
    snapshot.put_now(power::IT_POWER, Watt::of(2500.0));
    Arc::new(Latest {
        snapshot: Arc::new(snapshot),
        at: Instant::now(),
        time_ms: 0,
    })
}

/// What a host's `upsmon.conf` says.
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    pub(super) monitors: Vec<String>,
    pub(super) poll_s: u32,
    pub(super) final_s: u32,
    pub(super) supplies: u32,
    pub(super) further: String,
}

impl Recipe {
    /// As `upsmon` is when nobody sets anything.
    pub(super) fn usual(ups: &str, at: SocketAddr) -> Recipe {
        Recipe {
            monitors: vec![format!("{ups}@{at} 1 host sesame secondary")],
            poll_s: 5,
            final_s: 5,
            supplies: 1,
            further: String::new(),
        }
    }

    /// As our recipe for hosts has it.
    pub(super) fn ours(ups: &str, at: SocketAddr) -> Recipe {
        Recipe {
            poll_s: 1,
            final_s: 0,
            ..Recipe::usual(ups, at)
        }
    }
}

/// A host: its `upsmon`, and the file its shutdown command leaves.
pub(super) struct Host {
    pub(super) process: Process,
    down: PathBuf,
    _directory: tempfile::TempDir,
}

impl Host {
    pub(super) fn start(recipe: &Recipe) -> Host {
        let directory = super::support::directory();
        let down = directory.path().join("down");
        let mut text = String::from("RUN_AS_USER root\n");
        for monitor in &recipe.monitors {
            text.push_str(&format!("MONITOR {monitor}\n"));
        }
        text.push_str(&format!(
            "MINSUPPLIES {}\nSHUTDOWNCMD \"touch {}\"\nPOLLFREQ {poll}\nPOLLFREQALERT {poll}\nHOSTSYNC 15\n\
             DEADTIME 15\nFINALDELAY {}\n{}",
            recipe.supplies,
            down.display(),
            recipe.final_s,
            recipe.further,
            poll = recipe.poll_s,
        ));
        std::fs::write(directory.path().join("upsmon.conf"), text).expect("a file");
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", PRIVATE, "sh", UPSMON, "-F", "-D"]);
        command
            .env("NUT_CONFPATH", directory.path())
            .env("NUT_STATEPATH", directory.path());
        Host {
            process: Process::start("upsmon", &mut command),
            down,
            _directory: directory,
        }
    }

    pub(super) fn is_down(&self) -> bool {
        self.down.exists()
    }

    /// Seconds from `since` until its shutdown command runs, if it does within the limit.
    pub(super) fn goes_down(&mut self, since: Instant, limit_s: f64) -> Option<f64> {
        loop {
            if self.is_down() {
                return Some(since.elapsed().as_secs_f64());
            }
            if since.elapsed().as_secs_f64() >= limit_s {
                return None;
            }
            assert!(
                self.process.ended().is_none() || self.is_down(),
                "upsmon has ended: {:?}",
                self.process.err()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
