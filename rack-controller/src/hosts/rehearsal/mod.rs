//! The rehearsal of the hosts' shutdown: every channel is looked at, or asked, as far as that goes without
//! effect, and no host does anything.
//!
//! ```text
//!  core: a rehearsal is asked for --> this task --> what the channels see, what they were told --> a verdict for each host
//!                                       | `--> agents, webhooks: what would you do? --> answers --'
//!  core <-- how many are ready           `--> the report, kept
//! ```

mod facts;
mod verdict;

pub use facts::{AgentSaid, Facts};

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use points::Span;
use points::host::{Evidence, Observation, Says};
use points::point::learned;
use tokio::sync::watch;
use web::api;

use super::agent::plan::Enrolled;
use super::certificates;
use super::drill::Drill;
use super::nut::Watched;
use super::order::Orders;
use super::plan::{Plan, TargetPlan};
use super::sightings::Sightings;
use facts::Fact;
use verdict::{Known, NOT_READY, judged};

/// Longest that the channels are given to look and to answer: a management controller that hangs ends its look after less, and an
/// agent's own questions to its bus have ended by then.
const LOOKS_MOST: Duration = Duration::from_secs(20);
/// Between two looks at what they have seen.
const LOOK: Duration = Duration::from_millis(250);

/// How a rehearsal ended, for the core: its number, hosts that are ready and that are not.
pub type Rehearsed = (u32, u8, u8);

/// What a rehearsal looks at.
pub struct Looks {
    /// The site.
    pub plan: Arc<Plan>,
    /// What the channels see.
    pub sightings: Sightings,
    /// Who is at the NUT server.
    pub watched: Watched,
    /// What else they know.
    pub facts: Facts,
    /// Hosts whose agents may connect.
    pub enrolled: watch::Receiver<Arc<Vec<Enrolled>>>,
    /// What hosts are told, and the picture.
    pub orders: Orders,
    /// The rehearsal that runs, for the channels that are asked something.
    pub asking: Asking,
}

/// Says to the channels which rehearsal runs, by its number.
pub type Asking = watch::Sender<Option<u32>>;

/// The length of a tier's stage as it is now: what an order would leave to be down in.
pub(super) fn stage(plan: &Plan, tier: usize, orders: &Orders) -> Option<Span> {
    let (picture, fresh) = orders.picture(Instant::now());
    let learned = picture.snapshot.get(learned::TIER_STOP.at(tier)).ok();
    let stop = learned
        .and_then(|stop| Span::from_s(stop.get()))
        .filter(|_| fresh);
    Some(plan.tiers.get(tier)?.stage(stop))
}

/// Rehearses whenever the core asks for it; ends with the link.
pub async fn run(
    looks: Looks,
    mut asked: watch::Receiver<Option<Drill>>,
    done: watch::Sender<Option<Rehearsed>>,
    keep: impl Fn(&dyn Fn(f64) -> api::Drill) + Send,
) {
    while asked.changed().await.is_ok() {
        let drill = asked.borrow_and_update().clone();
        let Some(drill) = drill.filter(|drill| drill.is_rehearsal() && !drill.ended()) else {
            continue;
        };
        if done.borrow().is_some_and(|(number, ..)| number == drill.number) {
            // The core has not heard yet how it ended.
            continue;
        }
        let began = Instant::now();
        looks.asking.send_replace(Some(drill.number));
        while began.elapsed() < LOOKS_MOST && !looks.complete(began, drill.number) {
            tokio::time::sleep(LOOK).await;
        }
        let hosts = looks.judge(began, drill.number);
        let stages = looks.stages();
        looks.asking.send_replace(None);
        let count = |ready: bool| {
            let those = hosts.iter().filter(|host| (host.result != NOT_READY) == ready);
            u8::try_from(those.count()).unwrap_or(u8::MAX)
        };
        let (ready, not_ready) = (count(true), count(false));
        keep(&|time_s| drill.rehearsal(hosts.clone(), stages.clone(), not_ready == 0, time_s));
        done.send_replace(Some((drill.number, ready, not_ready)));
    }
}

impl Looks {
    /// Every channel has looked since then.
    fn complete(&self, began: Instant, rehearsal: u32) -> bool {
        let evidence = self.sightings.gather(Instant::now());
        let since = began.elapsed();
        self.plan.targets.iter().enumerate().all(|(place, target)| {
            let fresh =
                |way: &Observation| seen(&evidence, place, *way).is_some_and(|one| within(one, since));
            let fact = self.facts.of(place);
            let able = fact.able.as_ref().is_some_and(|(at, _)| *at >= began);
            let answered = match fact.agent_in(rehearsal) {
                Some(AgentSaid::Would(_) | AgentSaid::TooOld) => true,
                Some(AgentSaid::Asked) => false,
                // Nobody is waited for who was never enrolled.
                None => !self.is_enrolled(target),
            };
            let called = target.webhook.as_ref().is_none_or(|webhook| !webhook.rehearse)
                || fact.webhook_in(rehearsal).is_some();
            target.off_by.iter().flatten().all(fresh) && (target.bmc.is_none() || able) && answered && called
        })
    }

    fn is_enrolled(&self, target: &TargetPlan) -> bool {
        let enrolled = self.enrolled.borrow();
        self.plan.agent.is_some() && enrolled.iter().any(|one| one.host == target.name)
    }

    /// The stages that a shutdown would have now, one after the other: each next one begins at the end of the one before at the
    /// latest.
    fn stages(&self) -> Vec<api::RehearsedStage> {
        let mut told_s = 0.0;
        let tiers = self.plan.tiers.iter().enumerate();
        tiers
            .map(|(place, tier)| {
                let own = self.plan.targets.iter().filter(|target| target.tier == place);
                let length = stage(&self.plan, place, &self.orders).unwrap_or(Span::ZERO);
                let stage = api::RehearsedStage {
                    tier: tier.name.clone(),
                    hosts: own.count(),
                    told_s,
                    over_s: told_s + length.as_s(),
                };
                told_s = stage.over_s;
                stage
            })
            .collect()
    }

    fn judge(&self, began: Instant, rehearsal: u32) -> Vec<api::DrilledHost> {
        let evidence = self.sightings.gather(Instant::now());
        let targets = self.plan.targets.iter().enumerate();
        targets
            .map(|(place, target)| {
                let tier = self.plan.tiers.get(target.tier);
                let fact = self.facts.of(place);
                let known = self.known((place, target), &fact, began, rehearsal);
                let up = |way| seen(&evidence, place, way).is_some_and(|one| one.says == Says::Up);
                let remarks = judged(target, tier, &known, up);
                api::DrilledHost {
                    name: target.name.clone(),
                    tier: tier.map(|tier| tier.name.clone()),
                    result: remarks.verdict().into(),
                    begun_s: None,
                    stopped_s: None,
                    proven_by: Vec::new(),
                    back_s: None,
                    remarks: remarks.texts,
                }
            })
            .collect()
    }
}

impl Looks {
    /// What there is to be said of a host besides what is seen of it.
    fn known(
        &self,
        (place, target): (usize, &TargetPlan),
        fact: &Fact,
        began: Instant,
        rehearsal: u32,
    ) -> Known {
        let able = fact.able.clone().filter(|(at, _)| *at >= began);
        let enrolled = self.is_enrolled(target);
        Known {
            nut: self.watched.host(&target.addresses),
            able: able.map(|(_, able)| able),
            unit_stop: fact.unit_stop,
            enrolled,
            certificates: certificates::remarks(&self.plan, &self.facts, place, enrolled, SystemTime::now()),
            agent: fact.agent_in(rehearsal).cloned(),
            webhook: fact.webhook_in(rehearsal).cloned(),
            stage: stage(&self.plan, target.tier, &self.orders),
        }
    }
}

fn seen(evidence: &[Evidence], place: usize, way: Observation) -> Option<&Evidence> {
    let own = |one: &&Evidence| usize::from(one.target) == place && one.by == way;
    evidence.iter().find(own)
}

/// It was seen no longer ago than this.
fn within(one: &Evidence, since: Duration) -> bool {
    Duration::from_micros(one.age.as_us()) <= since
}
