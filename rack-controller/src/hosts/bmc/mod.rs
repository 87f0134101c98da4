//! Baseboard management controllers: a second opinion on a host's power, a second way to stop it in good order, and the way
//! to start it again.
//!
//! ```text
//!  told, picture, power --> duty --> stop | start | force off | cap --> redfish or ipmi --> host
//!  core <-- sightings <-- power state
//! ```
//! A reset that was accepted is a request and no result: the power state is read again, and the request repeated every 30 s.
//! Each controller has a thread of its own: one that hangs holds up no other.

pub mod duty;
pub mod ipmi;
pub mod plan;
pub mod redfish;

use std::time::{Duration, Instant};

use points::host::{Observation, Says};
use points::interlock::Effect;
use points::point::hosts::states;
use points::point::{drill, shutdown};
use points::{Count, DrillState, HostState, ShutdownStage};

use super::order::Orders;
use super::plan::{Plan, TargetPlan};
use super::rehearsal::Facts;
use super::sightings::Sightings;
use crate::log;
use duty::{Act, Duty, Given};
use plan::{BmcKind, BmcPlan};

/// Time between two looks at the power.
const LOOK: Duration = Duration::from_secs(2);
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
    /// It shows a certificate that is not taken: nothing was asked of it, and no password was sent.
    #[error("its certificate is not trusted: {0}")]
    Untrusted(String),
    /// It refuses.
    #[error("it refuses: {0}; check user, password and role on it")]
    Refused(String),
    /// It answers what is no answer of its protocol.
    #[error("it answers what was not asked: {0}")]
    Nonsense(String),
    /// It cannot do that.
    #[error("it cannot do that: {0}")]
    Unable(String),
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
    fn act(&mut self, act: Act) -> Result<(), BmcError>;

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
pub fn start(plan: &Plan, orders: &Orders, sightings: &Sightings, facts: &Facts) -> std::io::Result<()> {
    for (place, target) in plan.targets.iter().enumerate() {
        let Some(bmc) = &target.bmc else { continue };
        let watch = Watch {
            place,
            target: target.clone(),
            orders: orders.clone(),
            sightings: sightings.clone(),
            facts: facts.clone(),
            rehearsed: None,
            duty: Duty::new(bmc.force_off, !target.has_ears()),
            trouble: None,
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
    duty: Duty,
    /// What went wrong last; told once.
    trouble: Option<String>,
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
            self.tell(done.err().as_ref());
            std::thread::sleep(LOOK.saturating_sub(began.elapsed()));
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

    fn once(&mut self, bmc: &mut dyn Bmc, now: Instant) -> Result<(), BmcError> {
        self.rehearse(bmc, now);
        let power = bmc.power()?;
        let told = self.orders.told(now);
        let says = match power {
            Power::On => Says::Up,
            Power::Off if self.duty.forced() => Says::Forced,
            Power::Off => Says::Off,
        };
        self.sightings
            .note(self.place, Observation::Bmc, says, Instant::now(), told.incident);
        let (latest, fresh) = self.orders.picture(now);
        let picture = &latest.snapshot;
        let given = Given {
            word: told.target(self.place, self.target.tier).word,
            order: told.order,
            cap_percent: told.tier(self.target.tier).cap_percent,
            power,
            state: picture
                .get(states::HOST.at(self.place))
                .ok()
                .filter(|_| fresh)
                .unwrap_or(HostState::Unknown),
            restarting: fresh
                && (picture.get(states::TIER.at(self.target.tier)).ok() == Some(ShutdownStage::Restarting)
                    || picture.get(states::HOST.at(self.place)).ok() == Some(HostState::Returning)),
            fire: picture.effects.has(Effect::Fire),
        };
        let Some(act) = self.duty.next(now, &given) else {
            return Ok(());
        };
        log::line(&format!(
            "{}: management controller: {}",
            self.target.name,
            act.words()
        ));
        bmc.act(act)
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
