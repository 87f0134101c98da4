//! The hosts' shutdown in a tick: what the verdict asks of the plan, and what of the plan stands in the picture.
//! Pure, like the tick.

mod because;

use points::alarm::{Alarm, AlarmSet};
use points::command::{Command, Name, Reason, Refusal};
use points::host::{EVIDENCE_MAX_AGE, Observation, OutletOrder, Roster, Seen, TARGETS, evidence_word};
use points::interlock::Effect;
use points::point::{Tag, certificates, derived, drill, evidence, hosts, learned, shutdown};
use points::quantity::Quantity;
use points::setting::{self, Settings};
use points::{Absent, Celsius, Count, Day, Moment, Percent, Reading, Second, Snapshot, Span, Watt};
use safety::hosts::{Demand, DrillView, HostRecord, PlanView, Planner, StopRecord, UNCAPPED};
use safety::{Caps, Foreseen, HostsTime, Inputs, Verdict};

use crate::hosts::certificates::SOON_DAYS;
use crate::hosts::order::Committed;
use crate::outlets::OutletDesk;
use crate::proof::Proof;
use crate::site::Site;
use crate::tick::Found;
use because::Because;

/// Hosts are powered again once the exhaust is so far below its high limit, K (D4's permissive).
const BELOW_HIGH_K: f64 = 5.0;
/// Hosts obey a cap where they draw no more than it and this, percent of rated: fans, supplies, the meter's error.
const OBEYED_WITHIN: f64 = 10.0;
/// Exhaust probes that vote at least, then.
const VOTERS: u8 = 2;

/// The plan and what the next tick asks of it.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown {
    planner: Planner,
    /// The site names its tiers: what they need is known better than by a setting.
    planned: bool,
    /// A host of the site can be capped.
    capable: bool,
    view: Option<PlanView>,
    /// What is told of the hosts' clients.
    conditions: AlarmSet,
    /// The outlets that feed the hosts.
    outlets: OutletDesk,
    /// What it takes to cut power before the deadline, and whether it holds.
    proof: Proof,
    proven_down: bool,
    /// What asked for the incident that is under way or was last.
    because: Because,
    /// What proves each target off.
    off_by: [Option<[Observation; 2]>; TARGETS],
    /// Who started the drill, and why; a restart finds it in the record.
    drilled_by: Option<(Name, Reason)>,
}

impl Shutdown {
    pub(crate) fn new(site: &Site, found: &Found, now: Moment) -> Self {
        let roster = site.roster();
        Shutdown {
            planner: Planner::new(roster, found.hosts.as_ref(), found.stops.as_ref(), now),
            planned: site.names_tiers,
            capable: site.hosts.can_cap(),
            view: None,
            conditions: AlarmSet::EMPTY,
            outlets: OutletDesk::new(site, found.hosts.as_ref(), now),
            proof: Proof::new(site),
            proven_down: false,
            because: Because::default(),
            off_by: off_by(&roster),
            drilled_by: found.hosts.as_ref().and_then(HostRecord::drilled_by),
        }
    }

    /// What the interlocks are told of the hosts: one that is not down at its deadline (C23), how much time they need and take a
    /// cap, and that every one is proven down.
    pub(crate) fn put(&self, inputs: &mut Inputs, picture: &Snapshot, rated_w: f64) {
        inputs.host_not_down = self.view.is_some_and(|view| view.not_down);
        inputs.hosts = self.time(inputs, picture, rated_w);
        inputs.hosts_proven_down = self.proven_down;
    }

    /// What the stages need, what the last picture foresees, and how hosts take a cap.
    fn time(&self, inputs: &Inputs, picture: &Snapshot, rated_w: f64) -> HostsTime {
        let asked = picture.get(derived::POWER_CAP).ok().map(Percent::get);
        let most = asked
            .filter(|percent| *percent < UNCAPPED)
            .map(|percent| rated_w * (percent + OBEYED_WITHIN) / 100.0);
        let drawn = inputs.it_power.number();
        HostsTime {
            lead: self.planned.then(|| self.planner.whole_lead()),
            foreseen: match picture.get(derived::TO_DAMAGE_LOW).value {
                Ok(time) => Span::from_s(time.get()).map_or(Foreseen::Silent, Foreseen::In),
                Err(Absent::NotInSight) => Foreseen::Beyond,
                Err(_) => Foreseen::Silent,
            },
            asked: picture.effects.has(Effect::HostCap),
            caps: match (self.capable, most, drawn) {
                (false, _, _) => Caps::Unable,
                (true, Some(most), Some(drawn)) if drawn <= most => Caps::Obeyed,
                (true, _, _) => Caps::Able,
            },
        }
    }

    /// Alarms about hosts that are not set up as they should be.
    pub(crate) const fn conditions(&self) -> AlarmSet {
        self.conditions.with(self.outlets.conditions())
    }

    pub(crate) fn record(&self) -> HostRecord {
        let record = self.planner.record().with_outlets(self.outlets.record());
        record.with_drilled_by(self.drilled_by)
    }

    /// What outlets are asked.
    pub(crate) const fn outlets(&self) -> OutletOrder {
        self.outlets.order()
    }

    /// What was learned of stop times.
    pub(crate) const fn stops(&self) -> StopRecord {
        self.planner.stops()
    }

    /// What the running or last drill has shown, and who started it.
    pub(crate) fn drill(&self) -> (Option<DrillView>, Option<(Name, Reason)>) {
        (self.view.map(|view| view.drill), self.drilled_by)
    }

    /// Counts the moments at which that has changed.
    pub(crate) const fn stop_changes(&self) -> u32 {
        self.planner.stop_changes()
    }

    /// What is committed now.
    pub(crate) fn committed(&self) -> Option<Committed> {
        let view = self.view?;
        let (number, tiers, targets) = view.committed?;
        Some(Committed {
            number,
            incident: view.seen_in,
            tiers,
            targets,
        })
    }

    /// A person's command about the sequence.
    pub(crate) fn command(
        &mut self,
        now: Moment,
        command: &Command,
        verdict: Option<&Verdict>,
    ) -> Result<(), Refusal> {
        let stands = verdict.is_none_or(|verdict| verdict.down_stands);
        match command {
            Command::HoldHosts { reason, .. }
            | Command::AbortHosts { reason, .. }
            | Command::DrillHosts { reason, .. }
                if reason.is_empty() =>
            {
                Err(Refusal::Unsigned)
            }
            Command::HoldHosts { minutes, .. } => self.planner.hold(now, Span::s(60 * u64::from(*minutes))),
            Command::AbortHosts { .. } => self.planner.abort(stands),
            Command::ResumeHosts { .. } => self.planner.resume(),
            Command::RehearseHosts { by } => {
                self.planner.rehearse(now)?;
                self.drilled_by = Some((*by, Reason::EMPTY));
                Ok(())
            }
            Command::DrillHosts { hosts, by, reason } => {
                self.planner.start_drill(now, *hosts)?;
                self.drilled_by = Some((*by, *reason));
                Ok(())
            }
            Command::Manual { .. }
            | Command::Automatic { .. }
            | Command::Acknowledge { .. }
            | Command::Shelve { .. }
            | Command::Unshelve { .. }
            | Command::AlarmOutOfService { .. }
            | Command::AlarmInService { .. }
            | Command::Silence { .. }
            | Command::Reset { .. }
            | Command::ReplaceUnit { .. }
            | Command::Override { .. }
            | Command::EndOverride { .. }
            | Command::OutOfService { .. }
            | Command::InService { .. }
            | Command::SelfTest { .. }
            | Command::Commissioning { .. } => Ok(()),
        }
    }

    /// A tick of the plan, and its part of the picture.
    pub(crate) fn step(
        &mut self,
        now: Moment,
        verdict: &Verdict,
        settings: &Settings,
        seen: &Seen,
        picture: &mut Snapshot,
    ) {
        let demand = demand(verdict, settings);
        let view = self.planner.step(now, &demand, seen);
        self.because.step(&demand, self.view.as_ref(), &view, picture);
        self.view = Some(view);
        self.proven_down = self.proof.holds(now, &view, seen, picture);
        self.outlets.step(now, verdict, (&demand, &view), seen, picture);
        self.conditions
            .put(Alarm::HostNotLoggedIn, !seen.unmanaged.is_empty());
        let soon = seen
            .certificate_days
            .is_some_and(|days| i64::from(days) < SOON_DAYS);
        self.conditions.put(Alarm::CertificateEnds, soon);
        let days = seen
            .certificate_days
            .map_or(Reading::absent(Absent::Suspended, now), |days| {
                Reading::good(Day::of(f64::from(days).min(certificates::ROWS[0].high)), now)
            });
        picture.put(certificates::DAYS_LEFT, days);
        self.conditions.put(Alarm::HostNotDown, view.hangs);
        self.conditions.put(Alarm::HostStays, !seen.staying.is_empty());
        picture.put_now(derived::STAGE, view.stage);
        picture.put_now(derived::POWER_CAP, Percent::of(view.cap));
        picture.put_now(shutdown::INCIDENT, Count::of(f64::from(view.incident % 65_535)));
        picture.put_now(shutdown::MODE, view.mode);
        put_span(picture, shutdown::LEAD, Some(view.lead));
        put_span(
            picture,
            shutdown::TIME_LEFT,
            demand.left.filter(|_| demand.host_down),
        );
        put_span(picture, shutdown::HELD, view.held);
        show_drill(&view.drill, picture);
        for (place, tier) in view.tiers.iter().enumerate() {
            let Some(tier) = tier else { continue };
            picture.put_now(hosts::states::TIER.at(place), tier.stage);
            put_span(picture, shutdown::TIER_LEFT.at(place), tier.left);
            picture.put_now(shutdown::TIER_REASON.at(place), tier.reason);
            picture.put_now(learned::TIER_STOP.at(place), Second::of(tier.stop.as_s()));
        }
        for ((place, state), reports) in view.targets.iter().enumerate().zip(&seen.reports) {
            let Some(state) = state else { continue };
            picture.put_now(hosts::states::HOST.at(place), *state);
            let [chip, power] = *reports;
            put_report(picture, hosts::temperatures::CHIP.at(place), chip, Celsius::of);
            put_report(picture, hosts::powers::POWER.at(place), power, Watt::of);
            self.show_evidence(now, place, &view, picture);
        }
    }

    /// What each way says of a target, and how old its proof is.
    fn show_evidence(&self, now: Moment, place: usize, view: &PlanView, picture: &mut Snapshot) {
        let (Some(ways), Some(own)) = (view.evidence.get(place), picture.evidence.get_mut(place)) else {
            return;
        };
        *own = *ways;
        let word = Count::of(f64::from(evidence_word(ways)));
        picture.put_now(evidence::says::EVIDENCE.at(place), word);
        let Some(Some(proof)) = self.off_by.get(place) else {
            return;
        };
        let ages = proof.map(|way| ways.get(way.index()).copied().flatten());
        let older = match ages {
            [Some(one), Some(other)] => Some(now.since(one.at.min(other.at))),
            [None, _] | [_, None] => None,
        };
        put_span(picture, evidence::ages::AGE.at(place), older);
    }
}

/// What proves each target off.
fn off_by(roster: &Roster) -> [Option<[Observation; 2]>; TARGETS] {
    roster
        .targets
        .map(|target| target.and_then(|target| target.off_by))
}

/// What a host says of itself, as old as it is; past the age of evidence nothing.
fn put_report<Q: Quantity>(
    picture: &mut Snapshot,
    tag: Tag<Q>,
    said: Option<(f64, Moment)>,
    of: impl Fn(f64) -> Q,
) {
    let now = picture.now;
    let Some((value, at)) = said else { return };
    if now.since(at) <= EVIDENCE_MAX_AGE {
        picture.put(tag, Reading::good(of(value), at));
    } else {
        picture.put(tag, Reading::absent(Absent::Stale, at));
    }
}

/// The drill's part of the picture.
fn show_drill(view: &DrillView, picture: &mut Snapshot) {
    let (done, failed) = view.report.counts();
    let few = |count: usize| Count::of(f64::from(u8::try_from(count).unwrap_or(u8::MAX)));
    picture.put_now(drill::STATE, view.state);
    picture.put_now(drill::DONE, few(done));
    picture.put_now(drill::FAILED, few(failed));
    picture.put_now(
        shutdown::DRILL_NUMBER,
        Count::of(f64::from(view.report.number % 65_535)),
    );
    picture.put_now(shutdown::DRILL_RESULT, view.report.result);
}

/// What the verdict asks. The time that is left is until hosts are damaged, or until their power is cut: what the matrix
/// counts down to once hosts are to go down.
fn demand(verdict: &Verdict, settings: &Settings) -> Demand {
    let cut = verdict
        .countdown
        .filter(|_| verdict.host_down && !verdict.power_cut);
    let cool = verdict
        .vote
        .value
        .number()
        .is_some_and(|level| level < settings.get(setting::HIGH) - BELOW_HIGH_K);
    Demand {
        host_down: verdict.host_down,
        stands: verdict.down_stands,
        fire: verdict.effects.has(Effect::FanOff),
        power_cut: verdict.power_cut,
        advice: verdict.stage,
        cap: if verdict.cap {
            settings.get(setting::CAP)
        } else {
            UNCAPPED
        },
        left: [verdict.to_damage, cut].into_iter().flatten().min(),
        may_restart: !verdict.effects.has(Effect::Lockout)
            && !verdict.power_cut
            && verdict.fan_proven
            && verdict.vote.voters >= VOTERS
            && cool,
    }
}

/// A span in seconds, or that there is none just now.
pub(crate) fn put_span(picture: &mut Snapshot, tag: Tag<Second>, span: Option<Span>) {
    let now = picture.now;
    let seconds = span.map(|span| Second::of(span.as_s().min(65_000.0)));
    let none = Reading::absent(Absent::Suspended, now);
    picture.put(tag, seconds.map_or(none, |seconds| Reading::good(seconds, now)));
}
