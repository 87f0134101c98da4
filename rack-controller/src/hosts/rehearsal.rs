//! The rehearsal of the hosts' shutdown: every channel is looked at as far as it goes without effect, and no host hears of it.
//!
//! ```text
//!  core: a rehearsal is asked for --> this task --> what the channels see, what they were told --> a verdict for each host
//!  core <-- how many are ready                  --> the report, kept
//! ```

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use points::host::{Evidence, Observation, Says, TARGETS};
use tokio::sync::watch;
use web::api;

use super::bmc::Able;
use super::drill::Drill;
use super::nut::{HostFigures, Watched};
use super::plan::{Plan, TargetPlan, TierPlan};
use super::sightings::Sightings;

/// Longest that the channels are given to look: a management controller that hangs ends its look after less.
const LOOKS_MOST: Duration = Duration::from_secs(20);
/// Between two looks at what they have seen.
const LOOK: Duration = Duration::from_millis(250);

/// What channels know of a host besides what they see of it.
#[derive(Clone, Debug, Default)]
struct Fact {
    /// The longest stop limit of its units, as its agent has said.
    unit_stop: Option<Duration>,
    /// What its management controller can do, as of the last rehearsal.
    able: Option<(Instant, Result<Able, String>)>,
}

/// The book of that. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Facts(Arc<Mutex<[Fact; TARGETS]>>);

impl Facts {
    /// A host's agent has said how long its units may take to stop, if it knows.
    pub fn agent(&self, target: usize, unit_stop: Option<Duration>) {
        if let Some(fact) = self.lock().get_mut(target) {
            fact.unit_stop = unit_stop;
        }
    }

    /// A host's management controller was asked what it can do.
    pub fn controller(&self, target: usize, able: Result<Able, String>) {
        if let Some(fact) = self.lock().get_mut(target) {
            fact.able = Some((Instant::now(), able));
        }
    }

    fn of(&self, target: usize) -> Fact {
        self.lock().get(target).cloned().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, [Fact; TARGETS]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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
        let began = Instant::now();
        while began.elapsed() < LOOKS_MOST && !looks.complete(began) {
            tokio::time::sleep(LOOK).await;
        }
        let hosts = looks.judge(began);
        let count = |ready: bool| {
            let those = hosts.iter().filter(|host| (host.result != NOT_READY) == ready);
            u8::try_from(those.count()).unwrap_or(u8::MAX)
        };
        let (ready, not_ready) = (count(true), count(false));
        keep(&|time_s| drill.rehearsal(hosts.clone(), not_ready == 0, time_s));
        done.send_replace(Some((drill.number, ready, not_ready)));
    }
}

const NOT_READY: &str = "not ready";

/// What is said of one host.
#[derive(Default)]
struct Remarks {
    texts: Vec<String>,
    /// Something keeps it from being stopped or proven off.
    fatal: bool,
    /// Something is not as it should be.
    remarkable: bool,
}

impl Remarks {
    fn info(&mut self, text: String) {
        self.texts.push(text);
    }

    fn remark(&mut self, text: String) {
        self.remarkable = true;
        self.texts.push(text);
    }

    fn fatal(&mut self, text: String) {
        self.fatal = true;
        self.texts.push(text);
    }

    const fn verdict(&self) -> &'static str {
        match (self.fatal, self.remarkable) {
            (true, _) => NOT_READY,
            (false, true) => "ready with remarks",
            (false, false) => "ready",
        }
    }
}

impl Looks {
    /// Every channel has looked since then.
    fn complete(&self, began: Instant) -> bool {
        let evidence = self.sightings.gather(Instant::now());
        let since = began.elapsed();
        self.plan.targets.iter().enumerate().all(|(place, target)| {
            let fresh =
                |way: &Observation| seen(&evidence, place, *way).is_some_and(|one| within(one, since));
            let able = self.facts.of(place).able.is_some_and(|(at, _)| at >= began);
            target.off_by.iter().flatten().all(fresh) && (target.bmc.is_none() || able)
        })
    }

    fn judge(&self, began: Instant) -> Vec<api::DrilledHost> {
        let evidence = self.sightings.gather(Instant::now());
        let targets = self.plan.targets.iter().enumerate();
        targets
            .map(|(place, target)| {
                let tier = self.plan.tiers.get(target.tier);
                let fact = self.facts.of(place);
                let able = fact.able.filter(|(at, _)| *at >= began).map(|(_, able)| able);
                let nut = self.watched.host(&target.addresses);
                let up = |way| seen(&evidence, place, way).is_some_and(|one| one.says == Says::Up);
                let remarks = judged(target, tier, &nut, able, fact.unit_stop, up);
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

fn seen(evidence: &[Evidence], place: usize, way: Observation) -> Option<&Evidence> {
    let own = |one: &&Evidence| usize::from(one.target) == place && one.by == way;
    evidence.iter().find(own)
}

/// It was seen no longer ago than this.
fn within(one: &Evidence, since: Duration) -> bool {
    Duration::from_micros(one.age.as_us()) <= since
}

fn s(span: Duration) -> String {
    format!("{:.1} s", span.as_secs_f64())
}

/// What is to be said of a host: what can stop it, what proves it off, and whether its times fit its tier's.
fn judged(
    target: &TargetPlan,
    tier: Option<&TierPlan>,
    nut: &HostFigures,
    able: Option<Result<Able, String>>,
    unit_stop: Option<Duration>,
    up: impl Fn(Observation) -> bool,
) -> Remarks {
    let mut remarks = Remarks::default();
    let agent = up(Observation::Agent);
    let stops =
        nut.polls || agent || target.webhook.is_some() || matches!(able, Some(Ok(able)) if able.stops);
    if !stops {
        remarks.fatal("Nothing that could stop it is there: no upsmon of it asks, no agent speaks, no management controller stops it.".into());
    }
    match target.off_by {
        None => remarks.remark(
            "It can never be proven off: name two observations (off_by). Its tier waits for its whole stage."
                .into(),
        ),
        Some(ways) => {
            for way in ways.into_iter().filter(|way| !up(*way)) {
                remarks.fatal(format!(
                    "{} does not see it run: its stop could not be proven.",
                    way.text()
                ));
            }
        }
    }
    if !target.addresses.is_empty() {
        by_nut(&mut remarks, tier, nut);
    }
    match (unit_stop, tier) {
        (Some(unit), Some(tier)) if Duration::from_micros(tier.stop.as_us()) < unit => {
            remarks.remark(format!(
                "Deadline shorter than the worst case: a unit of it may take {} to stop, its tier has {}.",
                s(unit),
                s(Duration::from_micros(tier.stop.as_us()))
            ))
        }
        _ if agent => remarks.info("Its agent speaks.".into()),
        _ => {}
    }
    match (&target.bmc, able) {
        (None, _) => {}
        (Some(_), None) => remarks.remark("Its management controller has not answered in time.".into()),
        (Some(_), Some(Err(error))) => remarks.remark(format!("Its management controller: {error}.")),
        (Some(_), Some(Ok(able))) => {
            match able.stops {
                true => remarks.info("Its management controller answers and can let it shut down.".into()),
                false => remarks.remark(
                    "Its management controller cannot let it shut down in good order (no GracefulShutdown)."
                        .into(),
                ),
            }
            if !able.caps {
                remarks.info("Its management controller caps no power.".into());
            }
        }
    }
    if target.webhook.is_some() {
        remarks.info("Its webhook is not called by a rehearsal.".into());
    }
    remarks
}

fn by_nut(remarks: &mut Remarks, tier: Option<&TierPlan>, nut: &HostFigures) {
    if !nut.polls {
        return remarks.remark("No upsmon asks from its address: it hears nothing by NUT.".into());
    }
    if nut.logged_in {
        let every = nut
            .gap
            .map_or_else(String::new, |gap| format!(", asks every {}", s(gap)));
        remarks.info(format!("It is logged in by NUT{every}."));
    } else {
        let why = match nut.denied {
            true => "its logins are refused: compare user, password and tiers",
            false => "it has not tried to: look at its MONITOR line",
        };
        remarks.remark(format!(
            "It asks by NUT without being logged in; {why}. It obeys, but nobody counts on it."
        ));
    }
    let signal = tier.map(|tier| Duration::from_micros(tier.signal.as_us()));
    if let (Some(gap), Some(signal)) = (nut.gap, signal)
        && gap > signal
    {
        remarks.remark(format!(
            "It may hear the order only after {}, and its tier's signal_s is {}: set POLLFREQ and POLLFREQALERT to 1, or signal_s higher.",
            s(gap),
            s(signal)
        ));
    }
    remarks.info("Whether this supply is enough to stop it (MINSUPPLIES) only a full drill shows.".into());
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUT: HostFigures = HostFigures {
        polls: true,
        logged_in: true,
        denied: false,
        gap: Some(Duration::from_millis(1_002)),
    };
    const ABLE: Able = Able {
        stops: true,
        caps: true,
    };

    fn target() -> TargetPlan {
        TargetPlan {
            name: "web-1".into(),
            addresses: vec![[192, 0, 2, 1].into()],
            off_by: Some([Observation::Tcp, Observation::Nut]),
            ..TargetPlan::default()
        }
    }

    fn said(target: &TargetPlan, nut: HostFigures, unit_s: Option<u64>, up: bool) -> (&'static str, String) {
        let plan = Plan::default();
        let unit = unit_s.map(Duration::from_secs);
        let remarks = judged(target, plan.tiers.first(), &nut, Some(Ok(ABLE)), unit, |way| {
            up && way != Observation::Agent
        });
        (remarks.verdict(), remarks.texts.join(" "))
    }

    #[test]
    fn a_host_that_hears_and_is_seen_is_ready() {
        let (verdict, text) = said(&target(), NUT, None, true);
        assert_eq!(verdict, "ready", "{text}");
        assert!(
            text.contains("asks every 1.0 s") && text.contains("only a full drill"),
            "{text}"
        );
    }

    #[test]
    fn a_wrong_password_a_slow_poll_and_a_long_unit_are_remarks() {
        let denied = HostFigures {
            logged_in: false,
            denied: true,
            ..NUT
        };
        let (verdict, text) = said(&target(), denied, None, true);
        assert!(
            verdict == "ready with remarks" && text.contains("refused"),
            "{text}"
        );
        let slow = HostFigures {
            gap: Some(Duration::from_secs(15)),
            ..NUT
        };
        let (verdict, text) = said(&target(), slow, None, true);
        assert!(
            verdict == "ready with remarks" && text.contains("signal_s is 10.0 s"),
            "{text}"
        );
        let (verdict, text) = said(&target(), NUT, Some(3_600), true);
        assert!(
            verdict == "ready with remarks" && text.contains("Deadline shorter"),
            "{text}"
        );
    }

    #[test]
    fn one_that_is_not_seen_or_that_nothing_stops_is_not_ready() {
        assert_eq!(said(&target(), NUT, None, false).0, NOT_READY);
        let deaf = TargetPlan {
            addresses: Vec::new(),
            ..target()
        };
        let plan = Plan::default();
        let remarks = judged(
            &deaf,
            plan.tiers.first(),
            &HostFigures::default(),
            None,
            None,
            |way| way != Observation::Agent,
        );
        assert_eq!(remarks.verdict(), NOT_READY);
    }
}
