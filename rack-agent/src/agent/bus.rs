//! systemd and logind over D-Bus.
//!
//! A *delay* lock is held from the start: whoever shuts the host down, logind says `PrepareForShutdown` and waits for the lock
//! (`InhibitDelayMaxSec`, 5 s unless the host's owner gives more), in which the controller is told and hooks run. The bus may be
//! away or come back: everything is tried again, and what needs it says so meanwhile.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use zbus::export::ordered_stream::OrderedStreamExt as _;
use zbus::{Connection, OwnedFd, Proxy};

/// Longest that an answer of the bus is waited for.
const ANSWER: Duration = Duration::from_secs(5);
/// Wait before the bus is tried again.
const AGAIN: Duration = Duration::from_secs(5);
/// Units that are asked how long they may take to stop; with more, the rest is not.
const UNITS_MAX: usize = 1_024;
/// Longest that all of them are asked.
const UNITS_WITHIN: Duration = Duration::from_secs(20);

const LOGIN: (&str, &str, &str) = (
    "org.freedesktop.login1",
    "/org/freedesktop/login1",
    "org.freedesktop.login1.Manager",
);
const SYSTEMD: (&str, &str, &str) = (
    "org.freedesktop.systemd1",
    "/org/freedesktop/systemd1",
    "org.freedesktop.systemd1.Manager",
);

/// What the bus has said.
#[derive(Debug)]
pub enum Event {
    /// It is there, with a lock that is held.
    There(Box<Login>, OwnedFd),
    /// The host shuts down, or does not any more.
    HostStops(bool),
    /// It is gone.
    Gone,
}

/// What is known of the host by the bus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The bus was tried at least once.
    pub tried: bool,
    /// A delay lock is held.
    pub inhibits: bool,
    /// The unit that may take longest to stop, and how long; none for units without a limit.
    pub longest_stop: Option<(String, Option<Duration>)>,
}

/// logind.
#[derive(Clone, Debug)]
pub struct Login(Proxy<'static>);

/// Asks the bus, with a limit.
async fn within<T>(asked: impl Future<Output = zbus::Result<T>>) -> zbus::Result<T> {
    match timeout(ANSWER, asked).await {
        Ok(answer) => answer,
        Err(_) => Err(zbus::Error::Failure(format!(
            "no answer within {} s",
            ANSWER.as_secs()
        ))),
    }
}

impl Login {
    /// Shuts down now.
    ///
    /// # Errors
    /// When logind does not.
    pub async fn power_off(&self) -> zbus::Result<()> {
        within(self.0.call("PowerOff", &(false,))).await
    }

    /// Shuts down at this time of the host's own wall clock, microseconds since 1970.
    ///
    /// # Errors
    /// When logind does not.
    pub async fn schedule(&self, at_us: u64) -> zbus::Result<()> {
        within(self.0.call("ScheduleShutdown", &("poweroff", at_us))).await
    }

    /// Takes a scheduled one back; whether there was one.
    ///
    /// # Errors
    /// When logind does not answer.
    pub async fn cancel(&self) -> zbus::Result<bool> {
        within(self.0.call("CancelScheduledShutdown", &())).await
    }

    /// Takes a delay lock, which is held until the descriptor is closed.
    ///
    /// # Errors
    /// When logind gives none.
    pub async fn inhibit(&self) -> zbus::Result<OwnedFd> {
        let asked = (
            "shutdown",
            "rack-agent",
            "the rack controller is told, hooks run",
            "delay",
        );
        within(self.0.call("Inhibit", &asked)).await
    }

    /// Whether it would power off at this user's word: `yes`, `no`, `challenge` or `na`.
    ///
    /// # Errors
    /// When logind does not say.
    pub async fn can_power_off(&self) -> zbus::Result<String> {
        within(self.0.call("CanPowerOff", &())).await
    }

    /// Whether the host is on its way down.
    ///
    /// # Errors
    /// When logind does not say.
    pub async fn prepares_for_shutdown(&self) -> zbus::Result<bool> {
        within(self.0.get_property("PreparingForShutdown")).await
    }

    /// Longest that a delay lock holds a shutdown up.
    ///
    /// # Errors
    /// When logind does not say.
    pub async fn delay_max(&self) -> zbus::Result<Duration> {
        let us: u64 = within(self.0.get_property("InhibitDelayMaxUSec")).await?;
        Ok(Duration::from_micros(us))
    }
}

async fn connect(address: &str) -> zbus::Result<Connection> {
    within(
        zbus::connection::Builder::address(address)
            .method_timeout(ANSWER)
            .build(),
    )
    .await
}

async fn proxy(
    bus: &Connection,
    (name, path, interface): (&'static str, &'static str, &'static str),
) -> zbus::Result<Proxy<'static>> {
    zbus::proxy::Builder::new(bus)
        .destination(name)
        .path(path)
        .interface(interface)
        // What is asked seldom is asked anew.
        .cache_properties(zbus::proxy::CacheProperties::No)
        .build()
        .await
}

/// Watches the bus for as long as the agent lives.
pub async fn watch(address: String, events: mpsc::Sender<Event>, facts: watch::Sender<Facts>) {
    let mut told = None;
    loop {
        let ended = once(&address, &events, &facts, &mut told).await;
        facts.send_modify(|facts| {
            facts.tried = true;
            facts.inhibits = false;
        });
        let error = match ended {
            Ok(()) => "it ended".to_owned(),
            Err(error) => error.to_string(),
        };
        // Once for each episode.
        if told.as_ref() != Some(&error) {
            super::line(&format!(
                "system bus {address}: {error}; the host is shut down by command until it is back, and a shutdown by others is not seen"
            ));
            told = Some(error);
        }
        if events.send(Event::Gone).await.is_err() {
            return;
        }
        sleep(AGAIN).await;
    }
}

async fn once(
    address: &str,
    events: &mpsc::Sender<Event>,
    facts: &watch::Sender<Facts>,
    told: &mut Option<String>,
) -> zbus::Result<()> {
    let bus = connect(address).await?;
    let login = Login(proxy(&bus, LOGIN).await?);
    // Before the lock: what is said between the two would be lost.
    let mut signals = within(login.0.receive_signal("PrepareForShutdown")).await?;
    let lock = login.inhibit().await?;
    let longest_stop = match timeout(UNITS_WITHIN, longest_stop(&bus)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            super::line(&format!("systemd does not say how long units may take: {error}"));
            None
        }
        Err(_) => None,
    };
    if told.take().is_some() {
        super::line("system bus: back, a delay lock is held");
    }
    facts.send_replace(Facts {
        tried: true,
        inhibits: true,
        longest_stop,
    });
    // A shutdown may have begun, or ended, while nobody listened. One that does not say so is believed to have none.
    let stops = login.prepares_for_shutdown().await.unwrap_or(false);
    if events.send(Event::HostStops(stops)).await.is_err() {
        return Ok(());
    }
    let there = Event::There(Box::new(login.clone()), lock);
    if events.send(there).await.is_err() {
        return Ok(());
    }
    while let Some(signal) = signals.next().await {
        let stops: bool = signal.body().deserialize()?;
        let mut news = vec![Event::HostStops(stops)];
        if !stops {
            // A lock holds up one shutdown; the next one wants a new one.
            news.push(Event::There(Box::new(login.clone()), login.inhibit().await?));
        }
        for event in news {
            if events.send(event).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// A unit as `ListUnits` gives it.
type Unit = (
    String,
    String,
    String,
    String,
    String,
    String,
    zbus::OwnedObjectPath,
    u32,
    String,
    zbus::OwnedObjectPath,
);

/// Whether a service runs, or will when what is under way is done: the agent starts before others, so that it stops after
/// them, and at boot finds them waiting for their start.
fn will_run(unit: &Unit) -> bool {
    let runs = unit.3 == "active" && unit.4 == "running";
    unit.0.ends_with(".service") && (runs || unit.3 == "activating" || unit.8 == "start")
}

/// The service that may take longest to stop, of those that run or are about to.
async fn longest_stop(bus: &Connection) -> zbus::Result<Option<(String, Option<Duration>)>> {
    let manager = proxy(bus, SYSTEMD).await?;
    let units: Vec<Unit> = within(manager.call("ListUnits", &())).await?;
    let mut longest: Option<(String, u64)> = None;
    for unit in units.into_iter().filter(will_run).take(UNITS_MAX) {
        let runs = unit.4 == "running";
        let service = zbus::proxy::Builder::<Proxy<'_>>::new(bus)
            .destination(SYSTEMD.0)
            .path(unit.6)
            .interface("org.freedesktop.systemd1.Service")
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?;
        // What does its work once is over before anybody stops.
        if !runs
            && within(service.get_property::<String>("Type"))
                .await
                .is_ok_and(|kind| kind == "oneshot")
        {
            continue;
        }
        // One that is gone meanwhile has nothing left to stop.
        let Ok(us) = within(service.get_property::<u64>("TimeoutStopUSec")).await else {
            continue;
        };
        if longest.as_ref().is_none_or(|(_, most)| us > *most) {
            longest = Some((unit.0, us));
        }
    }
    // All ones are "no limit".
    Ok(longest.map(|(name, us)| (name, (us != u64::MAX).then(|| Duration::from_micros(us)))))
}
