//! The process that owns the network. It restrains itself first, then serves what the core sends and passes on what
//! people ask. When the link closes it ends.

mod counts;
mod link;
pub(crate) mod listener;
pub mod modbus;
mod recorder;
mod restrain;
pub mod store;

pub use link::RELOGIN;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use points::setting::Settings;
use tokio::sync::watch;

use crate::hosts::order::Orders;
use crate::hosts::outlets::sightings::OutletSightings;
use crate::hosts::sightings::Sightings;
use crate::hosts::{agent, bmc, certificates, nut, outlets, power, probe, rehearsal, webhook};
use crate::link::Hello;
use crate::listen::Listeners;
use crate::log;

/// How the front is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen.
    pub listeners: Listeners,
    /// Memory this process may use, in MiB.
    pub memory_limit_mib: u64,
    /// Directory of journal and history.
    pub history: PathBuf,
}

/// The latest snapshot and when it came.
#[derive(Clone, Debug)]
pub struct Latest {
    /// The snapshot.
    pub snapshot: Arc<points::Snapshot>,
    /// When it came; from 2 s on it is stale.
    pub at: std::time::Instant,
    /// The same by the wall clock, in Unix milliseconds.
    pub time_ms: u64,
}

/// Threads of the runtime: one to serve, one so that a slow answer holds up nobody.
const THREADS: usize = 2;
/// Threads for what blocks: as many as queries run at once, and a spare.
const BLOCKING: usize = web::history::QUERIES_MAX + 1;
/// Stack of a thread, in bytes: handlers are shallow, and memory is limited.
const STACK: usize = 1 << 20;
/// Time that journal and history get for what they have not written when the core ends.
const CLOSE: Duration = Duration::from_millis(500);
/// Attempts to listen at an address that an ended front may still hold, and the wait between them.
const BIND: (u32, Duration) = (20, Duration::from_millis(100));

/// Runs the front on the link that is this process's standard input.
///
/// # Errors
/// When it cannot be restrained, has no link, or cannot listen.
pub fn run(options: &Options) -> std::io::Result<()> {
    restrain::restrain(options.memory_limit_mib)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .max_blocking_threads(BLOCKING)
        .thread_stack_size(STACK)
        .enable_all()
        .build()?;
    let store = Arc::new(store::Store::open(&options.history)?);
    let served = runtime.block_on(serve(options, &store));
    if !store.close(CLOSE) {
        log::line("journal and history were not written to their end in time");
    }
    served
}

/// Serves until the link closes or a server ends.
async fn serve(options: &Options, store: &Arc<store::Store>) -> std::io::Result<()> {
    {
        let web = bind(options.listeners.web, "--listen-web").await?;
        let modbus = bind(options.listeners.modbus, "--listen-modbus").await?;
        let nut = bind(options.listeners.nut, "--listen-nut").await?;
        let agents = match options.listeners.agent {
            Some(at) => Some(bind(at, "--listen-agent").await?),
            None => None,
        };
        let sightings = Sightings::default();
        let outlet_sightings = OutletSightings::default();
        let watched = nut::Watched::default();
        let recorder = Arc::new(recorder::Recorder::new(Arc::clone(store)));
        let facts = rehearsal::Facts::default();
        let first_end = certificates::FirstEnd::default();
        let agent_words = agent::said::AgentWords::default();
        let link = link::start(
            Listeners {
                web: web.local_addr()?,
                modbus: modbus.local_addr()?,
                nut: nut.local_addr()?,
                agent: agents.as_ref().map(|agents| agents.local_addr()).transpose()?,
            },
            Arc::clone(&recorder),
            link::Seen {
                sightings: sightings.clone(),
                watched: watched.clone(),
                outlets: outlet_sightings.clone(),
                first_end: first_end.clone(),
            },
            agent_words.clone(),
        )?;
        // Whoever connects meanwhile waits in the kernel's backlog.
        let hello = link
            .hello
            .await
            .map_err(|_| std::io::Error::other("the core is gone before it has said who it is"))?;
        let settings = hello
            .settings()
            .ok_or_else(|| std::io::Error::other("the core's settings are of another version"))?;
        let (site, settings) = site(&hello, settings);
        let modbus_server =
            modbus::Server::with_settings(&identity(&hello), modbus::Limits::default(), Some(settings));
        let plan = Arc::new(hello.plan.clone());
        let nut_options = nut::Options {
            description: format!("{}: shuts hosts down when it trips", hello.name),
            rated_w: Some(hello.rated_power_w),
            watched,
            sightings: sightings.clone(),
            plan: Arc::clone(&plan),
            ..nut::Options::default()
        };
        let counts = counts::All {
            modbus: modbus_server.counters(),
            nut: nut_options.watched.clone(),
            store: Arc::clone(store),
            plan: Arc::clone(&plan),
            facts: facts.clone(),
        };
        let views = web::Views {
            pictures: link.pictures,
            commands: link.commands,
            site,
            matrix: Arc::new(crate::dictionary::live_matrix()),
            records: Arc::new(recorder::Kept(Arc::clone(store))),
            counts: Arc::new(counts),
        };
        // Each server has its own task: a panic in one of them ends that task, and with it this process, which is
        // started anew; a connection's panic ends the connection.
        let modbus = modbus_server.run(modbus, link.latest.clone());
        let orders = Orders::new(link.orders, link.latest);
        probe::start(&hello.plan, &orders, &sightings)?;
        bmc::start(&hello.plan, &orders, &sightings, &facts, &link.enrolled)?;
        outlets::start(&hello.plan, &link.outlets, &outlet_sightings)?;
        let (asking, rehearsals) = watch::channel(None);
        webhook::start(&hello.name, &plan, &orders, &facts, &rehearsals)?;
        tokio::spawn(certificates::watch(Arc::clone(&plan), facts.clone(), first_end));
        let powers = power::watch(hello.plan.clone(), orders.clone(), sightings.clone());
        // Its end, where no outlet feeds a host, ends nothing.
        tokio::spawn(powers);
        let looks = rehearsal::Looks {
            plan,
            sightings: sightings.clone(),
            watched: nut_options.watched.clone(),
            facts: facts.clone(),
            enrolled: link.enrolled.clone(),
            orders: orders.clone(),
            asking,
        };
        let keep = move |report: &dyn Fn(f64) -> web::api::Drill| recorder.rehearsed(report);
        tokio::spawn(rehearsal::run(looks, link.drills, link.rehearsed, keep));
        let served = agent::Served {
            rack: hello.name.clone(),
            plan: hello.plan.clone(),
            orders: orders.clone(),
            sightings,
            facts,
            rehearsals,
            enrolled: link.enrolled,
            enrolments: link.enrolments,
            holds: link.holds,
            words: agent_words,
            book: agent::book::Book::new(&options.history),
        };
        let agents = serve_agents(agents, served);
        let core = nut::Core {
            orders,
            published: link.published,
        };
        let nut = nut::serve(nut, core, nut_options);
        let mut over = link.over;
        tokio::select! {
            served = axum::serve(listener::Capped::new(web), web::router(views)) => served,
            served = modbus => served,
            served = nut => served,
            served = agents => served,
            _ = over.changed() => Ok(()),
        }
    }
}

/// Serves the agents of hosts, where the site has them and the core could read their keys; else it waits for ever.
async fn serve_agents(
    listener: Option<tokio::net::TcpListener>,
    served: agent::Served,
) -> std::io::Result<()> {
    let plan = served.plan.agent.clone();
    let keys = plan.as_ref().and_then(|plan| plan.keys.clone());
    match (listener, plan, keys) {
        (Some(listener), Some(plan), Some(keys)) => agent::serve(listener, served, &plan, &keys).await,
        // The core has said why. A listener that nobody serves is closed.
        (listener, ..) => {
            drop(listener);
            std::future::pending().await
        }
    }
}

/// What the device says of itself over Modbus.
fn identity(hello: &Hello) -> modbus::Identity {
    let mark = if hello.simulated { " (simulated)" } else { "" };
    modbus::Identity {
        vendor: "rack-controller project".into(),
        product: env!("CARGO_PKG_NAME").into(),
        version: env!("CARGO_PKG_VERSION").into(),
        // The device's own page is where its documents are; its address is the one that was asked.
        url: String::new(),
        model: format!(
            "indirect venturi cooling, {:.0} kW{mark}",
            hello.rated_power_w / 1e3
        ),
        name: hello.name.clone(),
    }
}

/// What the views show of the rack, and the settings for who shows only them.
fn site(
    hello: &Hello,
    settings: Settings,
) -> (watch::Receiver<Option<Arc<web::Site>>>, watch::Receiver<Settings>) {
    let site = web::Site {
        name: hello.name.clone(),
        version: env!("CARGO_PKG_VERSION"),
        simulated: hello.simulated,
        rated_power_w: hello.rated_power_w,
        settings,
    };
    (watch::channel(Some(Arc::new(site))).1, watch::channel(settings).1)
}

async fn bind(address: SocketAddr, argument: &str) -> std::io::Result<tokio::net::TcpListener> {
    let mut left = BIND.0;
    loop {
        match tokio::net::TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && left > 0 => {
                left -= 1;
                tokio::time::sleep(BIND.1).await;
            }
            Err(error) => {
                log::line(&format!(
                    "cannot listen at {address}: {error}; choose another {argument}"
                ));
                return Err(error);
            }
        }
    }
}
