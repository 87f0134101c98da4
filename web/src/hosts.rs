//! Tiers and hosts by the names that the site gave them. A picture knows places only; the names are said by the core once,
//! when the link stands.

use std::net::IpAddr;

use points::host::{OUTLETS, Observation, Observations, TierTimes};
use points::point::{hosts, learned, shutdown};
use points::quantity::Quantity;
use points::{HostState, Moment, Reading, ShutdownStage, Snapshot, Span, StageReason};

use crate::json::Json;

/// What the site says of its tiers and hosts. Their places are those of the points `tier.N.*` and `host.N.*`, from 1 on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hosts {
    /// Tiers, the first one goes down first.
    pub tiers: Vec<Tier>,
    /// Hosts.
    pub hosts: Vec<Host>,
    /// Outlets.
    pub outlets: Vec<Outlet>,
}

/// An outlet of the site.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlet {
    /// Its number, from 1 on.
    pub number: u8,
    /// What it feeds, in words.
    pub feeds: String,
    /// The controller switches it.
    pub switched: bool,
}

/// A tier of the site.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// Its name.
    pub name: String,
    /// What its stage is made of, as the site has it; the stop time in force is a point.
    pub times: TierTimes,
    /// What its hosts do when the controller is gone: `stay` or `shut_down`.
    pub on_controller_loss: &'static str,
    /// Who is at the NUT server for it now.
    pub clients: Clients,
}

/// Clients of one tier at the NUT server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clients {
    /// Connections that are logged in.
    pub logged_in: usize,
    /// Those of them that come from no host that the site names.
    pub unnamed: usize,
    /// Connections that ask like a host and are not logged in.
    pub not_logged_in: usize,
    /// From where the unnamed ones come; not more than a few.
    pub unnamed_from: Vec<IpAddr>,
    /// From where those come that are not logged in; not more than a few.
    pub not_logged_in_from: Vec<IpAddr>,
}

impl Clients {
    fn write(&self, out: &mut Json) {
        let counts = [
            ("{\"logged_in\":", self.logged_in),
            (",\"unnamed\":", self.unnamed),
            (",\"not_logged_in\":", self.not_logged_in),
        ];
        for (key, count) in counts {
            out.raw(key);
            out.whole(u64::try_from(count).unwrap_or(u64::MAX));
        }
        let lists = [
            (",\"unnamed_from\":[", &self.unnamed_from),
            (",\"not_logged_in_from\":[", &self.not_logged_in_from),
        ];
        for (key, list) in lists {
            out.raw(key);
            let mut first = true;
            for address in list {
                out.comma(&mut first);
                out.string(&address.to_string());
            }
            out.raw("]");
        }
        out.raw("}");
    }
}

/// A host of the site.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Place of its tier, from 0 on.
    pub tier: usize,
    /// The two observations that prove it off; without them it is never proven.
    pub off_by: Option<[Observation; 2]>,
    /// How long its last stops took, from the order to the proof, the newest first.
    pub last_stops: Vec<Span>,
    /// What its agent says; none where none has spoken.
    pub agent: Option<Agent>,
}

/// What a host's agent has said, besides what counts as evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// It has said something within its lease.
    pub connected: bool,
    /// Whole seconds since it said something.
    pub heard_s: u64,
    /// What the host is doing, as it said last: `running`, `capped`, `draining`, `drained` or `stopping`.
    pub doing: &'static str,
    /// Time until the host would be down, by its own estimate, in seconds.
    pub stop_estimate_s: Option<u64>,
    /// The longest stop limit of its units, in seconds.
    pub unit_stop_s: Option<u64>,
    /// Its last request for more time in this preparation.
    pub hold: Option<Hold>,
    /// Its last line of progress, or its farewell.
    pub last_words: Option<String>,
}

/// A request for more time to prepare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Seconds that it asked for.
    pub asked_s: u64,
    /// Seconds that it was given.
    pub granted_s: u64,
    /// Why, in its own words.
    pub reason: String,
}

impl Agent {
    fn write(&self, out: &mut Json) {
        let whole = |out: &mut Json, value: Option<u64>| match value {
            Some(value) => out.whole(value),
            None => out.raw("null"),
        };
        let text = |out: &mut Json, value: Option<&str>| match value {
            Some(value) => out.string(value),
            None => out.raw("null"),
        };
        let hold = self.hold.as_ref();
        out.raw("{\"connected\":");
        out.boolean(self.connected);
        out.raw(",\"heard_s\":");
        out.whole(self.heard_s);
        out.raw(",\"doing\":");
        out.string(self.doing);
        out.raw(",\"stop_estimate_s\":");
        whole(out, self.stop_estimate_s);
        out.raw(",\"unit_stop_s\":");
        whole(out, self.unit_stop_s);
        out.raw(",\"hold_asked_s\":");
        whole(out, hold.map(|hold| hold.asked_s));
        out.raw(",\"hold_granted_s\":");
        whole(out, hold.map(|hold| hold.granted_s));
        out.raw(",\"hold_reason\":");
        text(out, hold.map(|hold| hold.reason.as_str()));
        out.raw(",\"last_words\":");
        text(out, self.last_words.as_deref());
        out.raw("}");
    }
}

impl Hosts {
    /// Writes `"hosts":[...],"tiers":[...],"outlets":[...]`. A place that the points do not have is left out.
    pub(crate) fn write(&self, out: &mut Json, snapshot: &Snapshot) {
        out.raw("\"hosts\":[");
        let mut first = true;
        let places = hosts::states::HOST.iter().zip(&snapshot.evidence);
        for (host, (tag, ways)) in self.hosts.iter().zip(places) {
            out.comma(&mut first);
            out.raw("{\"name\":");
            out.string(&host.name);
            out.raw(",\"tier\":");
            match self.tiers.get(host.tier) {
                Some(tier) => out.string(&tier.name),
                None => out.raw("null"),
            }
            out.raw(",\"state\":");
            word(out, snapshot.get(tag), HostState::text);
            out.raw(",\"off_by\":");
            match host.off_by {
                Some([one, other]) => {
                    out.raw("[");
                    out.string(one.text());
                    out.raw(",");
                    out.string(other.text());
                    out.raw("]");
                }
                None => out.raw("null"),
            }
            out.raw(",\"last_stops_s\":[");
            let mut none_yet = true;
            for stop in &host.last_stops {
                out.comma(&mut none_yet);
                out.seconds(*stop);
            }
            out.raw("],\"evidence\":[");
            evidence(out, ways, snapshot.now);
            out.raw("],\"agent\":");
            match &host.agent {
                Some(agent) => agent.write(out),
                None => out.raw("null"),
            }
            out.raw("}");
        }
        out.raw("],\"tiers\":[");
        let mut first = true;
        let tags = hosts::states::TIER.iter().enumerate();
        for (tier, (place, stage)) in self.tiers.iter().zip(tags) {
            out.comma(&mut first);
            out.raw("{\"name\":");
            out.string(&tier.name);
            out.raw(",\"stage\":");
            word(out, snapshot.get(stage), ShutdownStage::text);
            out.raw(",\"time_left_s\":");
            match snapshot.get(shutdown::TIER_LEFT.at(place)).ok() {
                Some(left) => out.number(left.get(), 0),
                None => out.raw("null"),
            }
            out.raw(",\"length_s\":");
            let stop = snapshot.get(learned::TIER_STOP.at(place)).ok();
            let learned = stop.and_then(|stop| Span::from_s(stop.get()));
            let stop = learned.unwrap_or(tier.times.stop);
            out.seconds(TierTimes { stop, ..tier.times }.stage());
            out.raw(",\"stop_s\":");
            out.seconds(stop);
            out.raw(",\"reason\":");
            word(
                out,
                snapshot.get(shutdown::TIER_REASON.at(place)),
                StageReason::text,
            );
            out.raw(",\"on_controller_loss\":");
            out.string(tier.on_controller_loss);
            out.raw(",\"clients\":");
            tier.clients.write(out);
            out.raw("}");
        }
        out.raw("],\"outlets\":[");
        let mut first = true;
        for outlet in self.outlets.iter().take(OUTLETS) {
            out.comma(&mut first);
            out.raw("{\"number\":");
            out.number(f64::from(outlet.number), 0);
            out.raw(",\"feeds\":");
            out.string(&outlet.feeds);
            out.raw(if outlet.switched {
                ",\"switched\":true}"
            } else {
                ",\"switched\":false}"
            });
        }
        out.raw("]");
    }
}

/// What each way says that has ever said anything, in the order of their numbers.
fn evidence(out: &mut Json, ways: &Observations, now: Moment) {
    let mut first = true;
    for (way, seen) in Observation::ALL.into_iter().zip(ways) {
        let Some(seen) = seen else { continue };
        out.comma(&mut first);
        out.raw("{\"way\":");
        out.string(way.text());
        out.raw(",\"says\":");
        out.string(seen.says.text());
        out.raw(",\"age_s\":");
        out.seconds(now.since(seen.at));
        out.raw(",\"counts\":");
        out.boolean(seen.counts);
        out.raw("}");
    }
}

/// A state's word; null where nobody can say.
fn word<Q: Quantity>(out: &mut Json, reading: Reading<Q>, text: impl Fn(Q) -> &'static str) {
    match reading.ok() {
        Some(state) => out.string(text(state)),
        None => out.raw("null"),
    }
}

/// Whether the hosts' shutdown is elsewhere than it was: a stage, its order, a host, or a hold that began or ended.
pub(crate) fn turn(before: &Snapshot, now: &Snapshot) -> bool {
    let stages = hosts::states::TIER
        .iter()
        .any(|tag| now.get(tag).ok() != before.get(tag).ok());
    let states = hosts::states::HOST
        .iter()
        .any(|tag| now.get(tag).ok() != before.get(tag).ok());
    // What is seen of hosts is news; that it is seen again is not.
    let seen = |picture: &Snapshot| {
        picture
            .evidence
            .map(|ways| ways.map(|seen| seen.map(|seen| (seen.says, seen.counts))))
    };
    let held = |picture: &Snapshot| picture.get(shutdown::HELD).ok().is_some();
    let mode = |picture: &Snapshot| picture.get(shutdown::MODE).ok();
    stages || states || seen(now) != seen(before) || held(now) != held(before) || mode(now) != mode(before)
}
