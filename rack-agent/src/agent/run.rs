//! The agent's life: everything that happens goes through duty, and what comes out is done here.

use std::path::Path;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use zbus::OwnedFd;

use super::bus::{self, Facts, Login};
use super::cap::{Caps, Written};
use super::config::{By, Config};
use super::disk::{Disk, DiskError};
use super::duty::{Act, Duty, Event, Limits};
use super::heat::Chips;
use super::hooks::{self, Asked, Said};
use super::line;
use super::notify::Notify;
use super::power_off::{self, Done};
use super::rehearse;
use super::talk::{About, News, Talk};
use crate::protocol::{FromAgent, Order, Phase, Rehearsal, State, bounded, ms};

/// Words that wait for the connection; a further one is dropped: the next sign of life says what counts.
const WORDS: usize = 64;
/// Things that have happened and wait; whoever brings more waits.
const HAPPENED: usize = 64;
/// Time between two looks at the time.
const TICK: Duration = Duration::from_millis(500);
/// The first answer of the bus is waited for so long: what the host says of itself is whole then.
const FIRST_FACTS: Duration = Duration::from_secs(5);
/// Limits that did not take a cap, or its end, are written again after this.
const CAP_AGAIN: Duration = Duration::from_secs(10);
/// Time the last word gets.
const LAST_WORD: Duration = Duration::from_secs(1);
/// What hooks leave of the time that a delay lock has.
pub(super) const BEFORE_LOCK_ENDS: Duration = Duration::from_secs(1);

/// Why the agent does not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It was never enrolled.
    #[error(
        "this host is not enrolled; type `rack-controller agent-claim HOST` at the rack, and here what that prints"
    )]
    NotEnrolled,
    /// The state's folder.
    #[error("{0}")]
    Disk(#[from] DiskError),
    /// The system.
    #[error("{0}")]
    System(#[from] std::io::Error),
    /// The connection's task.
    #[error("{0}")]
    Talk(#[from] super::talk::TalkError),
}

/// What happens inside.
enum Inner {
    Hook(u32, Said),
    HooksDone(u32, Phase),
    PowerOff(Done),
}

/// Hooks that run.
struct Running {
    number: u32,
    task: JoinHandle<()>,
    more: watch::Sender<Duration>,
}

/// A cap that is given back in steps.
#[derive(Clone, Copy)]
struct Rising {
    percent: u8,
    at: Instant,
}

struct Host {
    config: Config,
    began: Instant,
    duty: Duty,
    order: Option<Order>,
    caps: Caps,
    percent: Option<u8>,
    rising: Option<Rising>,
    cap_told: Option<String>,
    /// When limits that did not take are written again.
    cap_again: Option<Instant>,
    words: mpsc::Sender<FromAgent>,
    state: watch::Sender<State>,
    inner: mpsc::Sender<Inner>,
    login: Option<Login>,
    lock: Option<OwnedFd>,
    host_stops: bool,
    hooks: Option<Running>,
    hooks_begun: u32,
    off: Option<JoinHandle<()>>,
    rehearsal: Option<JoinHandle<()>>,
    notify: Notify,
}

/// Runs until it is told to end.
///
/// # Errors
/// When it cannot begin: without the controller or the bus it runs, and waits for them.
pub async fn run(config: Config) -> Result<(), RunError> {
    let disk = Disk::open(&config.state)?;
    let identity = disk.identity()?.ok_or(RunError::NotEnrolled)?;
    let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    let boot_id = boot_id.trim().to_owned();
    let caps = Caps::find(&config.cap, disk.clone(), &boot_id)?;
    let (bus_events, mut from_bus) = mpsc::channel(HAPPENED);
    let (facts, mut known) = watch::channel(Facts::default());
    let bus_task = tokio::spawn(bus::watch(config.bus.clone(), bus_events, facts));
    // A bus that does not answer holds up nothing but this once.
    let _ = timeout(FIRST_FACTS, known.wait_for(|facts| facts.tried)).await;
    tell_longest_stop(&known.borrow());
    let (words, waiting) = mpsc::channel(WORDS);
    let (news, mut heard) = mpsc::channel(HAPPENED);
    let (inner, mut happened) = mpsc::channel(HAPPENED);
    let (state, states) = watch::channel(State::Running);
    let about = About {
        boot_id,
        cap: caps.able(),
        drain: !hooks::list(&config.hooks.folder).0.is_empty(),
        stop: Duration::from_secs(config.stop_estimate_s),
    };
    let mut talk = tokio::spawn(
        Talk {
            identity,
            disk,
            about,
            facts: known,
            state: states,
            chips: Chips::find(&config.cap.sysfs),
            words: waiting,
            news,
            unkept: false,
        }
        .run(),
    );
    let limits = Limits {
        shut_down: Duration::from_secs(config.hooks.shut_down_s),
        hold: (config.hooks.hold_s > 0).then(|| Duration::from_secs(config.hooks.hold_s)),
        scheduled: Duration::from_secs(config.shut_down.schedule_s),
        schedules: config.shut_down.by == By::Schedule,
    };
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let notify = Notify::from_environment();
    let mut tick = interval(notify.every().unwrap_or(TICK).min(TICK));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    notify.ready();
    let mut host = Host {
        duty: Duty::new(limits, caps.stands()),
        config,
        began: Instant::now(),
        order: None,
        caps,
        percent: None,
        rising: None,
        cap_told: None,
        cap_again: None,
        words,
        state,
        inner,
        login: None,
        lock: None,
        host_stops: false,
        hooks: None,
        hooks_begun: 0,
        off: None,
        rehearsal: None,
        notify,
    };
    loop {
        tokio::select! {
            Some(news) = heard.recv() => host.hear(news).await,
            Some(event) = from_bus.recv() => host.bus(event).await,
            Some(event) = happened.recv() => host.happens(event).await,
            _ = tick.tick() => {
                host.notify.alive();
                host.rise();
                host.write_again();
                host.step(&Event::Tick).await;
            }
            _ = term.recv() => break,
            _ = int.recv() => break,
            ended = &mut talk => {
                host.end();
                return match ended {
                    Ok(ended) => Ok(ended?),
                    // A bug: the service manager starts anew.
                    Err(error) => Err(std::io::Error::other(error).into()),
                };
            }
        }
    }
    host.notify.stopping();
    host.end();
    let reason = "the agent is told to end".to_owned();
    let state = host.duty.state();
    let _ = host.words.try_send(FromAgent::Bye { reason, state });
    let _ = timeout(LAST_WORD, &mut talk).await;
    bus_task.abort();
    Ok(())
}

fn tell_longest_stop(facts: &Facts) {
    match &facts.longest_stop {
        Some((unit, Some(longest))) => line(&format!(
            "{unit} may take longest to stop: {} s (TimeoutStopUSec)",
            longest.as_secs()
        )),
        Some((unit, None)) => line(&format!(
            "{unit} has no limit to its stop: this host may take for ever to go down; set TimeoutStopSec"
        )),
        None => {}
    }
}

impl Host {
    async fn hear(&mut self, news: News) {
        match news {
            News::Connected => {
                self.order = None;
                let state = self.duty.state();
                self.say(FromAgent::Progress {
                    state,
                    text: "connected".into(),
                });
                self.step(&Event::Heard).await;
            }
            News::Order(order) => {
                let new = self.order.as_ref().is_none_or(|old| !old.same_as(&order));
                if new {
                    line(&format!(
                        "told: {}{}",
                        order.phase.text(),
                        order
                            .cap_percent
                            .map_or_else(String::new, |cap| format!(", below {cap} %"))
                    ));
                    self.notify
                        .status(&format!("rack controller: {}", order.phase.text()));
                }
                let now = self.began.elapsed();
                let acts = self.duty.step(now, &Event::Order(&order));
                if new {
                    // At once: what takes time comes after.
                    let stops = self.duty.stops();
                    self.say(FromAgent::Ack {
                        sequence: order.sequence,
                        state: self.duty.state(),
                        stop_ms: stops.then(|| ms(self.config.stop())),
                    });
                }
                self.order = Some(*order);
                self.act(acts).await;
            }
            News::Rehearsal(rehearsal) => {
                self.rehearse(&rehearsal);
                self.step(&Event::Heard).await;
            }
            News::Held(granted) => self.step(&Event::Held(granted)).await,
            News::Lost => self.order = None,
        }
    }

    async fn bus(&mut self, event: bus::Event) {
        match event {
            bus::Event::There(login, lock) => {
                self.login = Some(*login);
                self.lock = Some(lock);
            }
            bus::Event::HostStops(stops) => {
                self.host_stops = stops;
                self.step(&Event::HostStops(stops)).await;
            }
            bus::Event::Gone => {
                self.login = None;
                self.lock = None;
            }
        }
        self.let_go();
    }

    async fn happens(&mut self, event: Inner) {
        let current = self.hooks.as_ref().map(|running| running.number);
        match event {
            Inner::Hook(number, said) if Some(number) == current => match said {
                Said::Line(text) => {
                    line(&text);
                    let state = self.duty.state();
                    self.say(FromAgent::Progress {
                        state,
                        text: bounded(&text),
                    });
                }
                Said::Late => self.step(&Event::HookLate).await,
            },
            Inner::HooksDone(number, phase) if Some(number) == current => {
                self.hooks = None;
                self.step(&Event::HooksDone(phase)).await;
            }
            // Of hooks that were ended.
            Inner::Hook(..) | Inner::HooksDone(..) => {}
            Inner::PowerOff(done) => {
                let (Ok(text) | Err(text)) = &done;
                line(&format!("shutdown: {text}"));
                let state = self.duty.state();
                self.say(FromAgent::Progress {
                    state,
                    text: bounded(text),
                });
            }
        }
        self.let_go();
    }

    /// The delay lock is given up when the host stops and everything here is done.
    fn let_go(&mut self) {
        if self.host_stops && self.hooks.is_none() && self.lock.take().is_some() {
            line("done here: the host may go down");
        }
    }

    async fn step(&mut self, event: &Event<'_>) {
        let acts = self.duty.step(self.began.elapsed(), event);
        self.act(acts).await;
    }

    async fn act(&mut self, acts: Vec<Act>) {
        self.state.send_replace(self.duty.state());
        for act in acts {
            match act {
                Act::Cap(percent) => {
                    self.rising = None;
                    self.percent = Some(percent);
                    let written = Ok(self.caps.lower(percent));
                    self.tell_cap(&format!("capped to {percent} %"), written);
                }
                Act::Release => self.release(),
                Act::Hooks(phase, within) => self.run_hooks(phase, within).await,
                Act::Extend(granted) => {
                    line(&format!("the controller grants {} s more", granted.as_secs()));
                    if let Some(running) = &self.hooks {
                        running.more.send_modify(|more| *more += granted);
                    }
                }
                Act::AskHold(ttl) => self.say(FromAgent::HoldRequest {
                    reason: "a hook of the drain needs longer".into(),
                    ttl_ms: ms(ttl),
                }),
                Act::Off { attempt, cancellable } => self.power_off(attempt, cancellable),
                Act::Cancel => self.cancel(),
                Act::Tell(state, text) => {
                    line(&format!("this host {}: {text}", state.text()));
                    self.say(FromAgent::Progress {
                        state,
                        text: text.into(),
                    });
                }
            }
        }
    }

    fn say(&self, word: FromAgent) {
        // Full, or nobody there: the next sign of life says what counts.
        let _ = self.words.try_send(word);
    }

    /// Gives the limits back, at once or in steps.
    fn release(&mut self) {
        let step = self.config.cap.release_step_percent;
        match self.percent.take() {
            Some(percent) if step > 0 => {
                self.rising = Some(Rising {
                    percent,
                    at: Instant::now(),
                });
                self.rise();
            }
            // A share that is not known, of an earlier life, has no next step.
            Some(_) | None => {
                self.rising = None;
                let written = self.caps.release();
                self.tell_cap("cap given back", written);
            }
        }
    }

    /// Writes what did not take again: it may have been somebody else's for a moment.
    fn write_again(&mut self) {
        if self.cap_again.is_none_or(|at| Instant::now() < at) {
            return;
        }
        if let Some(percent) = self.percent {
            let written = Ok(self.caps.lower(percent));
            self.tell_cap(&format!("capped to {percent} %"), written);
        } else if self.rising.is_none() && self.caps.stands() {
            let written = self.caps.release();
            self.tell_cap("cap given back", written);
        } else {
            self.cap_again = None;
        }
    }

    fn rise(&mut self) {
        let Some(rising) = self.rising.filter(|rising| Instant::now() >= rising.at) else {
            return;
        };
        let config = &self.config.cap;
        let percent = rising.percent.saturating_add(config.release_step_percent);
        if percent >= 100 {
            self.rising = None;
            let written = self.caps.release();
            self.tell_cap("cap given back", written);
        } else {
            self.rising = Some(Rising {
                percent,
                at: rising.at + Duration::from_secs(config.release_step_s),
            });
            let written = Ok(self.caps.lower(percent));
            self.tell_cap(&format!("cap raised to {percent} %"), written);
        }
    }

    fn tell_cap(&mut self, what: &str, written: Result<Written, DiskError>) {
        let whole = written.as_ref().is_ok_and(|written| written.failed.is_empty());
        self.cap_again = (!whole).then(|| Instant::now() + CAP_AGAIN);
        let text = match written {
            Ok(written) => format!("{what}: {}", written.text()),
            Err(error) => format!("{what}: not done, {error}"),
        };
        if self.cap_told.as_ref() != Some(&text) {
            line(&text);
            let state = self.duty.state();
            self.say(FromAgent::Progress {
                state,
                text: bounded(&text),
            });
            self.cap_told = Some(text);
        }
    }

    async fn run_hooks(&mut self, phase: Phase, within: Option<Duration>) {
        if let Some(old) = self.hooks.take() {
            // Dropped, its processes are ended.
            old.task.abort();
        }
        let mut within = within;
        if self.host_stops
            && let Some(login) = &self.login
            && let Ok(longest) = login.delay_max().await
        {
            let left = longest.saturating_sub(BEFORE_LOCK_ENDS);
            within = Some(within.map_or(left, |within| within.min(left)));
        }
        let order = self.order.as_ref();
        let asked = Asked {
            folder: self.config.hooks.folder.clone(),
            phase,
            incident: order.map_or(0, |order| order.incident),
            deadline: order
                .and_then(|order| order.deadline_ms)
                .map(Duration::from_millis),
            limit: Duration::from_secs(self.config.hooks.limit_s),
            within,
        };
        self.hooks_begun = self.hooks_begun.wrapping_add(1);
        let (number, inner) = (self.hooks_begun, self.inner.clone());
        let (more, granted) = watch::channel(Duration::ZERO);
        let task = tokio::spawn(async move {
            let (said, mut heard) = mpsc::channel(hooks::HOOKS_MAX);
            let passing = async {
                while let Some(one) = heard.recv().await {
                    let _ = inner.send(Inner::Hook(number, one)).await;
                }
            };
            tokio::join!(hooks::run(asked, granted, said), passing);
            let _ = inner.send(Inner::HooksDone(number, phase)).await;
        });
        self.hooks = Some(Running { number, task, more });
    }

    /// Answers what an order to shut down would come to, beside everything else: nothing waits for it. A rehearsal that comes
    /// before the last one is answered takes its place.
    fn rehearse(&mut self, asked: &Rehearsal) {
        if let Some(before) = self.rehearsal.take() {
            before.abort();
        }
        line("asked what it would do in a shutdown; nothing is done");
        let (number, words) = (asked.rehearsal, self.words.clone());
        let asked = rehearse::Asked {
            config: self.config.clone(),
            login: self.login.clone(),
            limits: self.caps.files(),
            deadline: asked.deadline_ms.map(Duration::from_millis),
        };
        self.rehearsal = Some(tokio::spawn(async move {
            let would = rehearse::would(asked).await;
            // Full, or nobody there: whoever has asked finds no answer, and says so.
            let _ = words.try_send(FromAgent::Rehearsed {
                rehearsal: number,
                would,
            });
        }));
    }

    fn power_off(&mut self, attempt: u32, cancellable: bool) {
        let (config, login, inner) = (
            self.config.shut_down.clone(),
            self.login.clone(),
            self.inner.clone(),
        );
        self.off = Some(tokio::spawn(async move {
            let done = power_off::shut_down(&config, login.as_ref(), attempt, cancellable).await;
            let _ = inner.send(Inner::PowerOff(done)).await;
        }));
    }

    fn cancel(&mut self) {
        let (begun, login, inner) = (self.off.take(), self.login.clone(), self.inner.clone());
        tokio::spawn(async move {
            if let Some(begun) = begun {
                // What is not scheduled yet cannot be taken back yet.
                let _ = begun.await;
            }
            let done = power_off::cancel(login.as_ref()).await;
            let _ = inner.send(Inner::PowerOff(done)).await;
        });
    }

    /// The last act: a host that goes on is given its limits back, one that stops keeps them.
    fn end(&mut self) {
        if let Some(old) = self.hooks.take() {
            old.task.abort();
        }
        if self.caps.stands() && !self.duty.stops() && !self.host_stops {
            let written = self.caps.release();
            self.tell_cap("the agent ends, cap given back", written);
        }
    }
}

/// Gives back what an agent that is gone has capped; what to print.
///
/// # Errors
/// When the state's folder cannot be read or written.
pub fn release(config: &Config) -> Result<String, RunError> {
    let boot_id = std::fs::read_to_string(Path::new("/proc/sys/kernel/random/boot_id"))?;
    let mut caps = Caps::find(&config.cap, Disk::open(&config.state)?, boot_id.trim())?;
    if !caps.stands() {
        return Ok("no cap stands\n".into());
    }
    Ok(format!("given back: {}\n", caps.release()?.text()))
}
