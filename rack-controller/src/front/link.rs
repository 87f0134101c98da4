//! The front's end of the link: a thread reads pictures, orders and transitions, a thread writes signs of life,
//! confirmations and commands.
//!
//! ```text
//!  core --> Hello, first --> who this rack is, settings, the order that stands
//!       --> HostDown ------> order -> published by the NUT server -> confirmed
//!       --> Picture -------> rendered once, shared; a sample for the history
//!       --> Transition ----> the journal; acknowledged when it is on disk
//! ```

use std::collections::HashMap;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use points::Snapshot;
use points::command::Refusal;
use points::host::{OutletOrder, TierSet, TierTimes};
use tokio::sync::{mpsc, oneshot, watch};
use web::{Asked, Asks, Rendered};

use super::Latest;
use super::recorder::Recorder;
use crate::hosts::agent::plan::{Enrolled, Granted};
use crate::hosts::agent::said::AgentWords;
use crate::hosts::agent::{ENROLMENTS_WAITING, EnrolAsk, HOLDS_WAITING, HoldAsk};
use crate::hosts::certificates::FirstEnd;
use crate::hosts::drill::Drill;
use crate::hosts::nut::{TierFigures, Watched};
use crate::hosts::order::Order;
use crate::hosts::outlets::sightings::OutletSightings;
use crate::hosts::plan::{OnControllerLoss, Plan};
use crate::hosts::rehearsal::Rehearsed;
use crate::hosts::sightings::Sightings;
use crate::link::{Down, Hello, Receiver, Sender, Up};
use crate::listen::Listeners;

/// Time between two signs of life.
const ALIVE_EVERY: Duration = Duration::from_millis(200);
/// Time between two looks at who is at the NUT server.
const CLIENTS_EVERY: Duration = Duration::from_secs(1);
/// Time between two looks for something to write.
const LOOK: Duration = Duration::from_millis(10);
/// Hosts that were logged in to a front before are so again after this: two polls of an `upsmon` that nobody has set up, and
/// some. Until then nobody's absence says anything.
pub const RELOGIN: Duration = Duration::from_secs(12);
/// Commands that wait for the link; a further one is refused by the page as "busy".
const COMMANDS_WAITING: usize = 16;
/// Answers that are awaited at once; with more, all of them are given up.
const AWAITED_MAX: usize = 64;

type Awaited = Arc<Mutex<HashMap<u32, Awaits>>>;

/// Who waits for an answer of the core.
enum Awaits {
    Act(oneshot::Sender<Result<(), Refusal>>),
    Challenge(oneshot::Sender<Result<u64, Refusal>>),
    Enrol(oneshot::Sender<Result<Granted, String>>),
}

/// What comes from the core and goes to it.
pub(super) struct Link {
    pub(super) hello: oneshot::Receiver<Box<Hello>>,
    pub(super) pictures: watch::Receiver<Arc<Rendered>>,
    pub(super) latest: watch::Receiver<Arc<Latest>>,
    pub(super) orders: watch::Receiver<Order>,
    /// What outlets are asked; nothing until the core has said it.
    pub(super) outlets: watch::Receiver<Option<OutletOrder>>,
    /// Who publishes an order says so here.
    pub(super) published: watch::Sender<Order>,
    pub(super) commands: mpsc::Sender<Asked>,
    /// Hosts whose agents may connect.
    pub(super) enrolled: watch::Receiver<Arc<Vec<Enrolled>>>,
    pub(super) enrolments: mpsc::Sender<EnrolAsk>,
    /// Requests of agents for more time.
    pub(super) holds: mpsc::Sender<HoldAsk>,
    /// The drill or rehearsal that runs or was last.
    pub(super) drills: watch::Receiver<Option<Drill>>,
    /// Who rehearses says here how it ended.
    pub(super) rehearsed: watch::Sender<Option<Rehearsed>>,
    pub(super) over: watch::Receiver<bool>,
}

/// What the channels see of the hosts.
pub(super) struct Seen {
    /// Of the targets.
    pub(super) sightings: Sightings,
    /// Of outlets.
    pub(super) outlets: OutletSightings,
    /// Who is at the NUT server.
    pub(super) watched: Watched,
    /// When the first certificate ends.
    pub(super) first_end: FirstEnd,
}

pub(super) fn start(
    listeners: Listeners,
    recorder: Arc<Recorder>,
    seen: Seen,
    agent_words: AgentWords,
) -> io::Result<Link> {
    let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let (picture, pictures) = watch::channel(Arc::new(Rendered::empty(Instant::now())));
    let none = Latest {
        snapshot: Arc::new(Snapshot::default()),
        // Before the first snapshot nothing is fresh.
        at: Instant::now()
            .checked_sub(Duration::from_secs(3600))
            .unwrap_or_else(Instant::now),
        time_ms: 0,
    };
    let (newest, latest) = watch::channel(Arc::new(none));
    let (order, orders) = watch::channel(Order::Unknown);
    let (outlet_order, outlets) = watch::channel(None);
    let (published, confirmations) = watch::channel(Order::Unknown);
    let (said, hello) = oneshot::channel();
    let (commands, asked) = mpsc::channel(COMMANDS_WAITING);
    let (agents, enrolled) = watch::channel(Arc::default());
    let (enrolments, enrolling) = mpsc::channel(ENROLMENTS_WAITING);
    let (holds, held) = mpsc::channel(HOLDS_WAITING);
    let (drill, drills) = watch::channel(None);
    let (rehearsed, rehearsals) = watch::channel(None);
    let (ended, over) = watch::channel(false);
    let awaited = Awaited::default();
    let tick = Arc::new(AtomicU64::new(0));
    let mut reader = Reader {
        hello: Some(said),
        picture,
        newest,
        order,
        outlets: outlet_order,
        agents,
        drill,
        awaited: Arc::clone(&awaited),
        recorder: Arc::clone(&recorder),
        tick: Arc::clone(&tick),
        hosts: web::Hosts::default(),
        watched: seen.watched.clone(),
        looked: None,
        agent_words,
    };
    let reading = stream.try_clone()?;
    std::thread::Builder::new()
        .name("link-read".into())
        .spawn(move || {
            reader.read(reading);
            let _ = ended.send(true);
        })?;
    let writer = Writer {
        seen,
        asked,
        enrolling,
        held,
        awaited,
        confirmations,
        rehearsals,
        recorder,
        tick,
    };
    std::thread::Builder::new()
        .name("link-write".into())
        .spawn(move || writer.write(&stream, listeners))?;
    Ok(Link {
        hello,
        pictures,
        latest,
        orders,
        outlets,
        published,
        commands,
        enrolled,
        enrolments,
        holds,
        drills,
        rehearsed,
        over,
    })
}

struct Reader {
    hello: Option<oneshot::Sender<Box<Hello>>>,
    picture: watch::Sender<Arc<Rendered>>,
    newest: watch::Sender<Arc<Latest>>,
    order: watch::Sender<Order>,
    outlets: watch::Sender<Option<OutletOrder>>,
    agents: watch::Sender<Arc<Vec<Enrolled>>>,
    drill: watch::Sender<Option<Drill>>,
    awaited: Awaited,
    recorder: Arc<Recorder>,
    tick: Arc<AtomicU64>,
    /// What the site calls its tiers and hosts, and who is at the NUT server.
    hosts: web::Hosts,
    watched: Watched,
    /// When the last look at that was.
    looked: Option<Instant>,
    /// What their agents say.
    agent_words: AgentWords,
}

impl Reader {
    fn read(&mut self, mut stream: UnixStream) {
        let mut receiver = Receiver::default();
        while let Ok(message) = receiver.receive::<Down>(&mut stream) {
            match message {
                Down::Hello(hello) => self.greet(hello),
                Down::HostDown(order) => {
                    self.order.send_replace(order.into());
                }
                Down::Outlets(order) => {
                    self.outlets.send_replace(Some(order));
                }
                Down::Picture(wire) => {
                    if let Some(snapshot) = wire.into_snapshot() {
                        self.show(snapshot);
                    }
                }
                Down::Transition(transition) => {
                    self.recorder.note(*transition);
                }
                Down::Answer { id, result } => {
                    if let Some(Awaits::Act(asker)) = self.awaits(id) {
                        let _ = asker.send(result);
                    }
                }
                Down::Agents(enrolled) => {
                    self.agents.send_replace(Arc::new(enrolled));
                }
                Down::Drill(drill) => {
                    self.recorder.drilled(&drill);
                    self.drill.send_replace(Some(*drill));
                }
                Down::Stops(stops) => {
                    for (host, last) in self.hosts.hosts.iter_mut().zip(stops) {
                        host.last_stops = last;
                    }
                }
                Down::Enrolled { id, result } => {
                    if let Some(Awaits::Enrol(asker)) = self.awaits(id) {
                        let _ = asker.send(result);
                    }
                }
                Down::Challenge { id, result } => {
                    if let Some(Awaits::Challenge(asker)) = self.awaits(id) {
                        let _ = asker.send(result);
                    }
                }
            }
        }
    }

    fn awaits(&self, id: u32) -> Option<Awaits> {
        let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        awaited.remove(&id)
    }

    fn greet(&mut self, hello: Box<Hello>) {
        self.recorder.begin(hello.run, &hello.plan);
        self.hosts = named(&hello.plan);
        self.order.send_replace(hello.host_down.into());
        self.outlets.send_replace(Some(hello.outlets));
        if let Some(said) = self.hello.take() {
            let _ = said.send(hello);
        }
    }

    /// Shows a picture, unless it is the last one again: a core whose tick stands still sends on, and its picture has
    /// to grow old.
    fn show(&mut self, snapshot: Snapshot) {
        if self.tick.swap(snapshot.tick, Ordering::Relaxed) == snapshot.tick {
            return;
        }
        let (snapshot, at) = (Arc::new(snapshot), Instant::now());
        if self
            .looked
            .is_none_or(|last| at.duration_since(last) >= CLIENTS_EVERY)
        {
            self.looked = Some(at);
            for (tier, now) in self.hosts.tiers.iter_mut().zip(self.watched.tier_clients()) {
                tier.clients = web::hosts::Clients {
                    logged_in: now.figures.logins,
                    unnamed: now.figures.strangers,
                    not_logged_in: now.figures.polling_without_login,
                    unnamed_from: now.strangers,
                    not_logged_in_from: now.polling_without_login,
                };
            }
        }
        let time_ms = self.recorder.sample(&snapshot);
        for (place, host) in self.hosts.hosts.iter_mut().enumerate() {
            host.agent = self.agent_words.of(place, at);
        }
        let rendered = Rendered::new(Arc::clone(&snapshot), &self.hosts, at, time_ms);
        self.picture.send_replace(Arc::new(rendered));
        self.newest.send_replace(Arc::new(Latest {
            snapshot,
            at,
            time_ms,
        }));
    }
}

/// The names of the plan as the views show them.
fn named(plan: &Plan) -> web::Hosts {
    let tiers = plan.tiers.iter().map(|tier| web::hosts::Tier {
        name: tier.name.clone(),
        times: TierTimes {
            signal: tier.signal,
            stop: tier.stop,
            verify: tier.verify,
        },
        on_controller_loss: match tier.on_controller_loss {
            OnControllerLoss::Stay => "stay",
            OnControllerLoss::ShutDown => "shut_down",
        },
        clients: web::hosts::Clients::default(),
    });
    let hosts = plan.targets.iter().map(|target| web::hosts::Host {
        name: target.name.clone(),
        tier: target.tier,
        off_by: target.off_by,
        last_stops: Vec::new(),
        agent: None,
    });
    let outlets = plan.outlets.iter().map(|outlet| web::hosts::Outlet {
        number: u8::try_from(outlet.place + 1).unwrap_or(u8::MAX),
        feeds: outlet.label.clone(),
        switched: outlet.is_switchable(),
    });
    web::Hosts {
        tiers: tiers.collect(),
        hosts: hosts.collect(),
        outlets: outlets.collect(),
    }
}

struct Writer {
    seen: Seen,
    asked: mpsc::Receiver<Asked>,
    enrolling: mpsc::Receiver<EnrolAsk>,
    held: mpsc::Receiver<HoldAsk>,
    awaited: Awaited,
    confirmations: watch::Receiver<Order>,
    rehearsals: watch::Receiver<Option<Rehearsed>>,
    recorder: Arc<Recorder>,
    tick: Arc<AtomicU64>,
}

impl Writer {
    /// Writes until the core takes nothing any more.
    fn write(mut self, stream: &UnixStream, listeners: Listeners) {
        let mut sender = Sender::new(stream);
        if sender.send(&Up::Ready(listeners)).is_err() {
            return;
        }
        let began = Instant::now();
        let (mut id, mut due, mut confirmed) = (0u32, Instant::now(), Order::Unknown);
        let mut kept = 0;
        loop {
            let published = *self.confirmations.borrow_and_update();
            if published != confirmed {
                confirmed = published;
                if let Order::Down(committed) = published
                    && sender.send(&Up::Published(committed.number)).is_err()
                {
                    return;
                }
            }
            while let Ok(Asked { command, asks }) = self.asked.try_recv() {
                id = id.wrapping_add(1);
                let (awaits, message) = match asks {
                    Asks::Act { proofs, answer } => {
                        (Awaits::Act(answer), Up::Command { id, command, proofs })
                    }
                    Asks::Challenge { answer } => (Awaits::Challenge(answer), Up::Challenge { id, command }),
                };
                self.awaits(id, awaits);
                if sender.send(&message).is_err() {
                    return;
                }
            }
            while let Ok(ask) = self.enrolling.try_recv() {
                id = id.wrapping_add(1);
                self.awaits(id, Awaits::Enrol(ask.answer));
                let (secret, public_key) = (ask.secret, ask.public_key);
                let message = Up::Enrol {
                    id,
                    secret,
                    public_key,
                };
                if sender.send(&message).is_err() {
                    return;
                }
            }
            while let Ok(HoldAsk { target, granted }) = self.held.try_recv() {
                if sender.send(&Up::Held { target, granted }).is_err() {
                    return;
                }
            }
            // A person's command waits in the core until its intent is kept.
            let now_kept = self.recorder.kept();
            if Instant::now() >= due || now_kept != kept {
                kept = now_kept;
                due = Instant::now() + ALIVE_EVERY;
                let evidence = self.seen.sightings.gather(Instant::now());
                let tiers = self.seen.watched.tiers();
                let those = |which: fn(&TierFigures) -> bool| {
                    let places = tiers.iter().enumerate().filter(|(_, tier)| which(tier));
                    places.fold(TierSet::EMPTY, |set, (place, _)| set.with(place))
                };
                let seen = Up::Seen {
                    evidence,
                    logins: (began.elapsed() >= RELOGIN)
                        .then(|| tiers.map(|tier| u16::try_from(tier.strangers).unwrap_or(u16::MAX))),
                    unmanaged: those(|tier| tier.polling_without_login > 0),
                    staying: those(|tier| tier.heard_but_stays > 0),
                    stays: self.seen.watched.stays(),
                    outlets: self.seen.outlets.gather(Instant::now()),
                    reports: self.seen.sightings.reports(Instant::now()),
                    rehearsed: *self.rehearsals.borrow(),
                    certificate_days: self.seen.first_end.days(SystemTime::now()),
                };
                if sender.send(&seen).is_err() {
                    return;
                }
                let alive = Up::Alive {
                    tick: self.tick.load(Ordering::Relaxed),
                    transition: kept,
                    history: self.recorder.works(),
                };
                if sender.send(&alive).is_err() {
                    return;
                }
            }
            std::thread::sleep(LOOK);
        }
    }

    fn awaits(&self, id: u32, awaits: Awaits) {
        let mut waiting = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= AWAITED_MAX {
            waiting.clear();
        }
        waiting.insert(id, awaits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::store::Store;

    #[test]
    fn the_picture_of_a_core_that_stands_still_grows_old() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Arc::new(Store::open(directory.path()).expect("it starts"));
        let (picture, pictures) = watch::channel(Arc::new(Rendered::empty(Instant::now())));
        let (newest, latest) = watch::channel(Arc::new(Latest {
            snapshot: Arc::default(),
            at: Instant::now(),
            time_ms: 0,
        }));
        let mut reader = Reader {
            hello: None,
            picture,
            newest,
            order: watch::channel(Order::Unknown).0,
            outlets: watch::channel(None).0,
            agents: watch::channel(Arc::default()).0,
            drill: watch::channel(None).0,
            awaited: Awaited::default(),
            recorder: Arc::new(Recorder::new(store)),
            tick: Arc::default(),
            hosts: web::Hosts::default(),
            watched: Watched::default(),
            looked: None,
            agent_words: AgentWords::default(),
        };
        let mut show = |tick| {
            reader.show(Snapshot {
                tick,
                ..Snapshot::default()
            });
            (Arc::clone(&latest.borrow()), Arc::clone(&pictures.borrow()))
        };
        let (first, again, next) = (show(5), show(5), show(6));
        assert!(Arc::ptr_eq(&first.0, &again.0) && Arc::ptr_eq(&first.1, &again.1));
        assert_eq!((first.1.tick(), next.1.tick()), (Some(5), Some(6)));
        assert!(next.0.at > first.0.at);
    }
}
