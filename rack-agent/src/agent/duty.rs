//! What is to be done: pure. Orders, ends of hooks and time go in; acts come out, in the order in which they are to be done.
//!
//! ```text
//!              prepare            shutdown, or dead man
//!  running <-----------> draining ----+------------> stopping: hooks, then off (again every 30 s while the host lives)
//!     ^      run, cap    drained -----+                  |  only where it may be taken back: run, cap
//!     +--------------------------------------------------+
//! ```
//! A cap is beside this: it follows the orders at once, and is not given back while the host stops. When the controller falls
//! silent nothing happens, unless the tier's policy is `shut_down` and `prepare` stands: then the host stops after the
//! dead-man time, and a controller that comes back in time takes that back where the way of shutting down allows it. One that
//! says that it does not know is as silent: its core may hang, and whoever waited for it would wait while the rack burns.

use std::time::Duration;

use crate::protocol::{HOLD_MAX, OnLoss, Order, Phase, State};

/// A host that still lives so long after it was told to stop is told again.
pub const AGAIN: Duration = Duration::from_secs(30);

/// What happens.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// The controller's order.
    Order(&'a Order),
    /// Any other word of the controller.
    Heard,
    /// The hooks of this phase are through.
    HooksDone(Phase),
    /// A hook of `prepare` is close to its limit.
    HookLate,
    /// The controller has granted more time.
    Held(Duration),
    /// The host stops, whoever has told it to; or does not any more.
    HostStops(bool),
    /// Nothing; time has passed.
    Tick,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Lower the limits to this share.
    Cap(u8),
    /// Give the limits back.
    Release,
    /// End the hooks that run, and run those of this phase; within this time, where there is a limit.
    Hooks(Phase, Option<Duration>),
    /// Give the hooks that run more time.
    Extend(Duration),
    /// Ask the controller for more time.
    AskHold(Duration),
    /// Shut the host down: which attempt it is, and whether it may be taken back.
    Off {
        /// From 1.
        attempt: u32,
        /// It may be taken back.
        cancellable: bool,
    },
    /// Take a shutdown back.
    Cancel,
    /// Say what the host is doing.
    Tell(State, &'static str),
}

/// How the host stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stopping {
    #[default]
    No,
    /// Hooks run.
    Hooks,
    /// It was told to, so often, last at this time.
    Told(u32, Duration),
    /// It does.
    Seen,
}

/// Limits of duty.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time for the hooks before the host stops.
    pub shut_down: Duration,
    /// Time that is asked for when a hook of `prepare` is late; none asks for none.
    pub hold: Option<Duration>,
    /// Time until a scheduled shutdown.
    pub scheduled: Duration,
    /// Every shutdown is scheduled, not only what may be taken back.
    pub schedules: bool,
}

/// What the host is to do.
#[derive(Clone, Debug)]
pub struct Duty {
    limits: Limits,
    order: Option<Order>,
    heard: Duration,
    cap: Option<u8>,
    prepared: bool,
    drained: bool,
    stopping: Stopping,
    cancellable: bool,
    held: Duration,
    asked: bool,
}

impl Duty {
    /// Begins; `capped` says whether an earlier life of the agent has left a cap.
    pub fn new(limits: Limits, capped: bool) -> Duty {
        Duty {
            limits,
            order: None,
            heard: Duration::ZERO,
            // Its share is not known any more: whatever is asked next is done.
            cap: capped.then_some(u8::MAX),
            prepared: false,
            drained: false,
            stopping: Stopping::No,
            cancellable: false,
            held: Duration::ZERO,
            asked: false,
        }
    }

    /// What the host is doing.
    pub fn state(&self) -> State {
        match (self.stopping, self.prepared, self.drained, self.cap) {
            (Stopping::Hooks | Stopping::Told(..) | Stopping::Seen, ..) => State::Stopping,
            (Stopping::No, true, true, _) => State::Drained,
            (Stopping::No, true, false, _) => State::Draining,
            (Stopping::No, false, _, Some(_)) => State::Capped,
            (Stopping::No, false, _, None) => State::Running,
        }
    }

    /// Whether the host is on its way down.
    pub fn stops(&self) -> bool {
        self.stopping != Stopping::No
    }

    /// One thing happens at `now`, counted from any moment.
    pub fn step(&mut self, now: Duration, event: &Event<'_>) -> Vec<Act> {
        let mut acts = Vec::new();
        match event {
            Event::Order(order) => {
                if order.phase != Phase::Unknown {
                    self.heard = now;
                }
                self.obey(now, order, &mut acts);
                self.order = Some((*order).clone());
            }
            Event::Heard => {
                if !self.knows_nothing() {
                    self.heard = now;
                }
            }
            Event::HooksDone(phase) => self.hooks_done(now, *phase, &mut acts),
            Event::HookLate => self.late(&mut acts),
            Event::Held(granted) => {
                let granted = (*granted).min(HOLD_MAX.saturating_sub(self.held));
                self.held += granted;
                self.asked = false;
                if !granted.is_zero() && self.prepared && !self.stops() {
                    acts.push(Act::Extend(granted));
                }
            }
            // Said again when the bus has come back.
            Event::HostStops(true) if self.stopping == Stopping::Seen => {}
            Event::HostStops(true) => {
                acts.push(Act::Tell(State::Stopping, "the host shuts down"));
                if self.stopping == Stopping::No {
                    acts.push(Act::Hooks(Phase::ShutDown, Some(self.limits.shut_down)));
                }
                self.stopping = Stopping::Seen;
            }
            Event::HostStops(false) => {
                if self.stopping == Stopping::Seen {
                    self.stopping = Stopping::No;
                    acts.push(Act::Tell(self.state(), "the host's shutdown was taken back"));
                    acts.push(Act::Hooks(Phase::Run, None));
                }
            }
            Event::Tick => self.tick(now, &mut acts),
        }
        acts
    }

    /// The controller's last order says that it does not know what hosts are to do.
    fn knows_nothing(&self) -> bool {
        let last = self.order.as_ref().map(|order| order.phase);
        last == Some(Phase::Unknown)
    }

    fn obey(&mut self, now: Duration, order: &Order, acts: &mut Vec<Act>) {
        if self
            .order
            .as_ref()
            .is_some_and(|old| old.incident != order.incident)
        {
            self.held = Duration::ZERO;
        }
        if order.phase != Phase::Unknown && order.cap_percent != self.cap {
            match order.cap_percent {
                Some(percent) => {
                    acts.push(Act::Cap(percent));
                    self.cap = Some(percent);
                }
                // The heat that asked for it is still there, as far as anybody knows.
                None if self.stops() => {}
                None => {
                    acts.push(Act::Release);
                    self.cap = None;
                }
            }
        }
        match order.phase {
            Phase::Unknown => {}
            Phase::Run | Phase::Cap => self.run_again(acts),
            Phase::Prepare => {
                if self.stops() && self.cancellable {
                    self.run_again(acts);
                }
                if !self.prepared && !self.stops() {
                    self.prepared = true;
                    self.drained = false;
                    acts.push(Act::Tell(State::Draining, "asked to prepare"));
                    acts.push(Act::Hooks(Phase::Prepare, None));
                }
            }
            Phase::ShutDown => {
                if !self.stops() {
                    self.stop(order.deadline_ms, order.abortable, acts);
                } else if !order.abortable
                    && std::mem::take(&mut self.cancellable)
                    && let Stopping::Told(..) = self.stopping
                {
                    // It was only scheduled, to be taken back: now it is committed.
                    self.stopping = Stopping::Told(1, now);
                    acts.push(Act::Off {
                        attempt: 1,
                        cancellable: false,
                    });
                }
                self.again(now, acts);
            }
        }
    }

    /// What was asked before is taken back, as far as it can be.
    fn run_again(&mut self, acts: &mut Vec<Act>) {
        if self.stops() {
            if !self.cancellable || self.stopping == Stopping::Seen {
                return;
            }
            if matches!(self.stopping, Stopping::Told(..)) {
                acts.push(Act::Cancel);
            }
            self.stopping = Stopping::No;
            self.cancellable = false;
        } else if !self.prepared {
            return;
        }
        self.prepared = false;
        self.drained = false;
        self.asked = false;
        acts.push(Act::Hooks(Phase::Run, None));
        acts.push(Act::Tell(self.state(), "may run again"));
    }

    fn stop(&mut self, deadline_ms: Option<u64>, cancellable: bool, acts: &mut Vec<Act>) {
        self.stopping = Stopping::Hooks;
        self.cancellable = cancellable;
        let half = deadline_ms.map(|ms| Duration::from_millis(ms / 2));
        let within = half.unwrap_or(self.limits.shut_down).min(self.limits.shut_down);
        acts.push(Act::Tell(State::Stopping, "told to shut down"));
        acts.push(Act::Hooks(Phase::ShutDown, Some(within)));
    }

    fn hooks_done(&mut self, now: Duration, phase: Phase, acts: &mut Vec<Act>) {
        match (phase, self.stopping) {
            (Phase::Prepare, Stopping::No) if self.prepared => {
                self.drained = true;
                acts.push(Act::Tell(State::Drained, "drained"));
            }
            (Phase::ShutDown, Stopping::Hooks) => {
                self.stopping = Stopping::Told(1, now);
                acts.push(Act::Off {
                    attempt: 1,
                    cancellable: self.cancellable,
                });
            }
            // Hooks of a phase that is over.
            (Phase::Prepare | Phase::ShutDown | Phase::Run | Phase::Cap | Phase::Unknown, _) => {}
        }
    }

    fn late(&mut self, acts: &mut Vec<Act>) {
        let left = HOLD_MAX.saturating_sub(self.held);
        if let Some(hold) = self.limits.hold
            && self.prepared
            && !self.stops()
            && !self.asked
            && !left.is_zero()
        {
            self.asked = true;
            acts.push(Act::AskHold(hold.min(left)));
        }
    }

    /// A host that was told to stop and still lives is told again.
    fn again(&mut self, now: Duration, acts: &mut Vec<Act>) {
        let scheduled = self.limits.schedules || self.cancellable;
        let wait = if scheduled {
            AGAIN + self.limits.scheduled
        } else {
            AGAIN
        };
        if let Stopping::Told(attempt, at) = self.stopping
            && now.saturating_sub(at) >= wait
        {
            let attempt = attempt.saturating_add(1);
            self.stopping = Stopping::Told(attempt, now);
            acts.push(Act::Off {
                attempt,
                cancellable: self.cancellable,
            });
        }
    }

    fn tick(&mut self, now: Duration, acts: &mut Vec<Act>) {
        self.again(now, acts);
        let Some(order) = &self.order else { return };
        let dead_man = Duration::from_millis(order.dead_man_ms);
        let silent = now.saturating_sub(self.heard);
        if self.prepared
            && !self.stops()
            && order.on_loss == OnLoss::ShutDown
            && silent >= dead_man + self.held
        {
            acts.push(Act::Tell(
                State::Draining,
                "the controller is silent or knows nothing, and this host was asked to prepare",
            ));
            self.stop(None, true, acts);
        }
    }
}

#[cfg(test)]
#[path = "duty_tests.rs"]
mod tests;
