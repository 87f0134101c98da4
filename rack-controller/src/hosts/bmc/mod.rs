//! Baseboard management controllers: a second opinion on a host's power, a second way to stop it in good order, and the way
//! to start it again.
//!
//! ```text
//!  told, picture, power --> duty --> stop | start | force off | cap --> redfish or ipmi --> host
//!  core <-- sightings <-- power state
//! ```
//! A reset that was accepted is a request and no result: the power state is read again, and the request repeated every 30 s. A
//! cap is asked until it was taken, and read back.
//! Each controller has a thread of its own: one that hangs holds up no other.

pub mod duty;
pub mod ipmi;
pub mod plan;
pub mod redfish;

use std::sync::Arc;
use std::time::{Duration, Instant};

use points::host::{Gauge, Observation, Says};
use points::interlock::Effect;
use points::point::hosts::states;
use points::point::{drill, shutdown};
use points::{Count, DrillState, HostState, ShutdownStage};

use tokio::sync::watch;

use super::agent::plan::Enrolled;
use super::order::Orders;
use super::plan::{Plan, TargetPlan};
use super::rehearsal::Facts;
use super::sightings::Sightings;
use super::told::HostWord;
use crate::log;
use duty::{Act, Done, Duty, Given};
use plan::{BmcKind, BmcPlan};

/// Time between two looks at the power.
const LOOK: Duration = Duration::from_secs(2);
/// The same while it does not take the password: more tries would lock the account. While its host has to shut down it is
/// tried as often as a request is repeated.
const LOCKED: Duration = Duration::from_secs(60);
/// Time between two questions for the power that the host draws; and where it does not say.
const DRAWN_EVERY: Duration = Duration::from_secs(10);
const DRAWN_SELDOM: Duration = Duration::from_secs(300);
/// Stack of a thread, in bytes: requests are shallow, and memory is limited.
const STACK: usize = 512 << 10;

/// Power of a host, as its management controller tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// On, or on its way there or from there.
    On,
    /// Off.
    Off,
}

/// Why a request came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BmcError {
    /// It does not answer, or not in time.
    #[error("it does not answer: {0}")]
    NoAnswer(String),
    /// It answers that it cannot just now, or has an error of its own.
    #[error("it answers that it cannot now: {0}")]
    Busy(String),
    /// It shows a certificate that is not taken: nothing was asked of it, and no password was sent.
    #[error("its certificate is not trusted: {0}")]
    Untrusted(String),
    /// It does not know us. More tries lock the account on many.
    #[error("it does not take user or password: {0}; check both on it")]
    Unknown(String),
    /// It refuses.
    #[error("it refuses: {0}; check user and role on it")]
    Refused(String),
    /// It answers what is no answer of its protocol.
    #[error("it answers what was not asked: {0}")]
    Nonsense(String),
    /// It cannot do that.
    #[error("it cannot do that: {0}")]
    Unable(String),
    /// It has taken it, and what it says afterwards is something else.
    #[error("it has taken that and not done it: {0}")]
    NotDone(String),
}

/// What is asked of a management controller.
pub trait Bmc: Send {
    /// The power as it says.
    ///
    /// # Errors
    /// When it says nothing that can be used.
    fn power(&mut self) -> Result<Power, BmcError>;

    /// Does it, or asks the host to.
    ///
    /// # Errors
    /// When it is not accepted.
    fn act(&mut self, act: Act) -> Result<Done, BmcError>;

    /// The power that the host draws, W; none where it does not say.
    ///
    /// # Errors
    /// When it says nothing that can be used.
    fn drawn(&mut self) -> Result<Option<f64>, BmcError>;

    /// What it could do, without doing it.
    ///
    /// # Errors
    /// When it says nothing that can be used.
    fn able(&mut self) -> Result<Able, BmcError>;
}

/// What a management controller can do for a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Able {
    /// Let it shut down in good order.
    pub stops: bool,
    /// Cap its power.
    pub caps: bool,
}

/// Starts a thread for every target that has a management controller. They live as long as the process.
///
/// # Errors
/// When a thread cannot be started.
pub fn start(
    plan: &Plan,
    orders: &Orders,
    sightings: &Sightings,
    facts: &Facts,
    enrolled: &watch::Receiver<Arc<Vec<Enrolled>>>,
) -> std::io::Result<()> {
    for (place, target) in plan.targets.iter().enumerate() {
        let Some(bmc) = &target.bmc else { continue };
        let watch = Watch {
            place,
            target: target.clone(),
            orders: orders.clone(),
            sightings: sightings.clone(),
            facts: facts.clone(),
            rehearsed: None,
            enrolled: enrolled.clone(),
            caps: bmc.caps(),
            duty: Duty::new(bmc.force_off),
            drawn_at: Instant::now(),
            asked: None,
            trouble: None,
            act_trouble: None,
        };
        let bmc = bmc.clone();
        std::thread::Builder::new()
            .name(format!("bmc-{place}"))
            .stack_size(STACK)
            .spawn(move || watch.run(&bmc))?;
    }
    Ok(())
}

/// One target's thread.
struct Watch {
    place: usize,
    target: TargetPlan,
    orders: Orders,
    sightings: Sightings,
    facts: Facts,
    /// The rehearsal for which it was asked what it can do.
    rehearsed: Option<Count>,
    /// Hosts whose agents may connect: such a one hears by its agent.
    enrolled: watch::Receiver<Arc<Vec<Enrolled>>>,
    /// A cap can be set here.
    caps: bool,
    duty: Duty,
    /// When its power is asked for next.
    drawn_at: Instant,
    /// What was asked last and taken; told once.
    asked: Option<Act>,
    /// What went wrong with a look last; told once.
    trouble: Option<String>,
    /// What went wrong with a request last; told once.
    act_trouble: Option<String>,
}

impl Watch {
    fn run(mut self, plan: &BmcPlan) {
        let mut bmc: Box<dyn Bmc> = match plan.kind {
            BmcKind::Redfish => match redfish::Redfish::new(plan) {
                Ok(redfish) => Box::new(redfish),
                Err(error) => return self.tell(Some(&error)),
            },
            BmcKind::Ipmi => Box::new(ipmi::Ipmi::new(plan)),
        };
        loop {
            let began = Instant::now();
            let done = self.once(bmc.as_mut(), began);
            self.tell(done.as_ref().err());
            self.rest(began, done.as_ref().err());
        }
    }

    /// Waits for the next look; where the password is not taken longer, unless the word becomes another.
    fn rest(&self, began: Instant, error: Option<&BmcError>) {
        let word = || {
            let told = self.orders.told(Instant::now());
            told.target(self.place, self.target.tier).word
        };
        let pause = match error {
            Some(BmcError::Unknown(_)) if self.duty.is_told() => duty::AGAIN,
            Some(BmcError::Unknown(_)) => LOCKED,
            Some(
                BmcError::NoAnswer(_)
                | BmcError::Busy(_)
                | BmcError::Untrusted(_)
                | BmcError::Refused(_)
                | BmcError::Nonsense(_)
                | BmcError::Unable(_)
                | BmcError::NotDone(_),
            )
            | None => LOOK,
        };
        let before = word();
        while began.elapsed() < pause && word() == before {
            std::thread::sleep(LOOK.min(pause.saturating_sub(began.elapsed())));
        }
    }

    /// Where a rehearsal runs: what the controller could do, asked once.
    fn rehearse(&mut self, bmc: &mut dyn Bmc, now: Instant) {
        let (latest, fresh) = self.orders.picture(now);
        let picture = &latest.snapshot;
        let runs = fresh && picture.get(drill::STATE).ok() == Some(DrillState::Rehearsal);
        let number = picture.get(shutdown::DRILL_NUMBER).ok().filter(|_| runs);
        if number.is_some() && number != self.rehearsed {
            self.rehearsed = number;
            let able = bmc.able().map_err(|error| error.to_string());
            self.facts.controller(self.place, able);
        }
    }

    /// A look at the power, and what is to be asked. One that answers and does not say whether the host is on can still be
    /// asked to stop it.
    fn once(&mut self, bmc: &mut dyn Bmc, now: Instant) -> Result<(), BmcError> {
        self.rehearse(bmc, now);
        let read = bmc.power();
        let power = match &read {
            Ok(power) => Some(*power),
            Err(BmcError::Nonsense(_) | BmcError::Busy(_) | BmcError::Unable(_) | BmcError::NotDone(_)) => {
                None
            }
            Err(
                error @ (BmcError::NoAnswer(_)
                | BmcError::Untrusted(_)
                | BmcError::Unknown(_)
                | BmcError::Refused(_)),
            ) => {
                return Err(error.clone());
            }
        };
        let now = Instant::now();
        let told = self.orders.told(now);
        if let Some(power) = power {
            let says = match power {
                Power::On => Says::Up,
                Power::Off if self.duty.forced() => Says::Forced,
                Power::Off => Says::Off,
            };
            self.sightings
                .note(self.place, Observation::Bmc, says, now, told.incident);
        }
        let given = self.given(now, power);
        let stands = |act: &Act| match act {
            Act::Stop { .. } | Act::ForceOff => given.word == HostWord::ShutDown,
            Act::Start => given.restarting,
            Act::Cap(_) => true,
        };
        // Asked in another incident is another episode.
        self.asked = self.asked.filter(stands);
        if let Some(act) = self.duty.next(now, &given) {
            let done = bmc.act(act);
            self.duty.asked(act, Instant::now(), done.as_ref().err());
            self.tell_act(act, done);
        } else if given.word == HostWord::Run && now >= self.drawn_at && power.is_some() {
            self.drawn(bmc, now);
        }
        read.map(|_| ())
    }

    /// The power that the host draws, asked for while the host is to run and nothing else is to be asked. One that does not say is asked seldom, and it
    /// is no trouble: nothing rests on it.
    fn drawn(&mut self, bmc: &mut dyn Bmc, now: Instant) {
        let drawn = bmc.drawn().ok().flatten();
        self.drawn_at = now
            + if drawn.is_some() {
                DRAWN_EVERY
            } else {
                DRAWN_SELDOM
            };
        self.sightings
            .report(self.place, Gauge::Power, drawn, Instant::now());
    }

    /// What is known, to decide by.
    fn given(&self, now: Instant, power: Option<Power>) -> Given {
        let told = self.orders.told(now);
        let (latest, fresh) = self.orders.picture(now);
        let picture = &latest.snapshot;
        let tier = self.target.tier;
        let enrolled = self.enrolled.borrow();
        Given {
            word: told.target(self.place, tier).word,
            // An old picture asks for no cap, and for the lift of none.
            cap_percent: (self.caps && fresh).then(|| told.tier(tier).cap_percent.unwrap_or(100)),
            power,
            state: picture
                .get(states::HOST.at(self.place))
                .ok()
                .filter(|_| fresh)
                .unwrap_or(HostState::Unknown),
            restarting: fresh
                && (picture.get(states::TIER.at(tier)).ok() == Some(ShutdownStage::Restarting)
                    || picture.get(states::HOST.at(self.place)).ok() == Some(HostState::Returning)),
            fire: picture.effects.has(Effect::Fire),
            ears: self.target.has_ears() || enrolled.iter().any(|one| one.host == self.target.name),
        }
    }

    /// Says what was asked once it was taken, and trouble with it once; repeats are no news.
    fn tell_act(&mut self, act: Act, done: Result<Done, BmcError>) {
        let name = &self.target.name;
        match done {
            Ok(done) => {
                if self.act_trouble.take().is_some() {
                    log::line(&format!(
                        "{name}: management controller takes what it is asked again"
                    ));
                }
                if done == Done::Sent && self.asked != Some(act) {
                    log::line(&format!("{name}: management controller: {}", act.words()));
                }
                self.asked = Some(act);
            }
            Err(error) => {
                let text = format!("{}: {error}", act.words());
                if self.act_trouble.as_ref() != Some(&text) {
                    log::line(&format!("{name}: management controller: {text}"));
                    self.act_trouble = Some(text);
                }
            }
        }
    }

    /// Tells trouble once, and that it is over.
    fn tell(&mut self, error: Option<&BmcError>) {
        let text = error.map(ToString::to_string);
        if text == self.trouble {
            return;
        }
        match &text {
            Some(text) => log::line(&format!("{}: management controller: {text}", self.target.name)),
            None => log::line(&format!(
                "{}: management controller answers again",
                self.target.name
            )),
        }
        self.trouble = text;
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
