//! `GET /metrics`: every point, alarm and interlock in base units, for Prometheus and whatever reads OpenMetrics.
//!
//! Point names become metric names (`rack.inlet.{}.temperature` is `rack_inlet_temperature_celsius{member="left"}`), in
//! the base units of the field. A point without a value has no sample: its quality says why. When the picture is stale
//! only its age, the build and the counters are left, so a last value never looks like one of now.

use std::collections::BTreeMap;
use std::fmt::Error;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use points::alarm::{Alarm, AlarmSet};
use points::interlock::{Cause, Effect, Latch};
use points::point::{self, Point};
use points::snapshot::Snapshot;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, NoLabelSet, prometheus_text, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::rendered::Rendered;
use crate::{Shared, reply};

const OPEN: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
const CLASSIC: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// One count of something that happened in the front; it only ever grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Part of the front: `modbus`, `nut`, `history`, `events`.
    pub part: &'static str,
    /// What happened.
    pub event: &'static str,
    /// How often since the front started.
    pub count: u64,
}

/// A certificate and how long it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// Whose it is: `nut`, `agents`, or a channel and a name, as `bmc/web-1`.
    pub certificate: String,
    /// Seconds until its end; below zero when that is past.
    pub left_s: i64,
}

/// Clients of one tier at the NUT server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierClients {
    /// The tier's name.
    pub tier: String,
    /// What they do: `logged_in`, `unnamed` (those of them that the site does not name) or `not_logged_in`.
    pub state: &'static str,
    /// How many connections.
    pub count: usize,
}

/// What the front counts, and what only the front knows.
pub trait Counts: Send + Sync {
    /// Every count there is, in a fixed order.
    fn counts(&self) -> Vec<Count>;

    /// Every certificate whose end is known.
    fn expiries(&self) -> Vec<Expiry> {
        Vec::new()
    }

    /// Clients of every tier.
    fn clients(&self) -> Vec<TierClients> {
        Vec::new()
    }
}

/// `GET /metrics`.
#[utoipa::path(get, path = "/metrics", tag = "metrics", responses(
    (status = 200, content(
        (String = "application/openmetrics-text"),
        (String = "text/plain"),
     ), description = "OpenMetrics 1.0 for clients that ask for it, the classic text format for others"),
))]
pub(crate) async fn metrics(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let picture = shared.views.pictures.borrow().clone();
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Scrape {
        picture,
        now: Instant::now(),
        version: shared
            .views
            .site
            .borrow()
            .as_ref()
            .map_or("", |site| site.version),
        simulated: shared.views.site.borrow().as_ref().map(|site| site.simulated),
        counts: shared.views.counts.counts(),
        expiries: shared.views.counts.expiries(),
        clients: shared.views.counts.clients(),
    }));
    let asked = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let open = asked
        .into_iter()
        .any(|accept| accept.contains("application/openmetrics-text"));
    let mut body = String::new();
    let written = if open {
        text::encode(&mut body, &registry)
    } else {
        prometheus_text::encode(&mut body, &registry)
    };
    if written.is_err() {
        return reply::error(StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written");
    }
    let kind = if open { OPEN } else { CLASSIC };
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

/// What one scrape looks at.
#[derive(Debug)]
struct Scrape {
    picture: Arc<Rendered>,
    now: Instant,
    version: &'static str,
    simulated: Option<bool>,
    counts: Vec<Count>,
    expiries: Vec<Expiry>,
    clients: Vec<TierClients>,
}

impl Collector for Scrape {
    fn encode(&self, mut out: DescriptorEncoder<'_>) -> Result<(), Error> {
        let out = &mut out;
        gauges(
            out,
            "rack_build_info",
            "Version of the controller",
            [([("version", self.version)], 1.0)],
        )?;
        if let Some(simulated) = self.simulated {
            let none: [(&str, &str); 0] = [];
            gauges(
                out,
                "rack_simulated",
                "The rack is emulated: no value is measured of a real one",
                [(none, on(simulated))],
            )?;
        }
        if self.picture.tick().is_some() {
            let age = self.picture.age(self.now).as_secs_f64();
            let none: [(&str, &str); 0] = [];
            gauges(
                out,
                "rack_picture_age_seconds",
                "Age of the last picture from the core",
                [(none, age)],
            )?;
        }
        let events = self
            .counts
            .iter()
            .map(|one| ([("part", one.part), ("event", one.event)], one.count));
        counters(
            out,
            "rack_front_events",
            "What happened in the part of the controller that owns the network",
            events,
        )?;
        let expiries = self
            .expiries
            .iter()
            .map(|one| ([("certificate", one.certificate.as_str())], one.left_s as f64));
        gauges(
            out,
            "rack_certificate_expires_seconds",
            "Time until a certificate expires, below zero when it has",
            expiries,
        )?;
        let clients = self.clients.iter().map(|one| {
            (
                [("tier", one.tier.as_str()), ("state", one.state)],
                one.count as f64,
            )
        });
        gauges(
            out,
            "rack_tier_clients",
            "Connections to the NUT server: logged in, those of them that no host of the site is, and such as ask without being logged in",
            clients,
        )?;
        match self
            .picture
            .snapshot()
            .filter(|_| self.picture.is_fresh(self.now))
        {
            Some(snapshot) => picture(out, snapshot),
            None => Ok(()),
        }
    }
}

fn picture(out: &mut DescriptorEncoder<'_>, snapshot: &Snapshot) -> Result<(), Error> {
    for (name, family) in FAMILIES.iter() {
        let members = family.points.iter().filter_map(|point| {
            let value = snapshot.cells.get(point.index)?.believed(point).ok()?;
            Some((labels(point, family.points.len() > 1), value * family.scale))
        });
        gauges(out, name, &family.help, members)?;
    }
    let fitted = point::all().filter(|point| snapshot.is_fitted(point.index));
    let qualities = fitted.map(|point| {
        let quality = snapshot.quality(point.index) as u8;
        ([("point", point.to_string())], f64::from(quality))
    });
    let help = "Quality of a fitted point: 0 good, 1 stale, 2 out of range, 3 absent, 4 substituted, 5 forced, 6 simulated";
    gauges(out, "rack_point_quality", help, qualities)?;
    let alarms = |set: AlarmSet| {
        Alarm::ALL.iter().map(move |alarm| {
            let row = alarm.row();
            (
                [("alarm", row.name), ("priority", row.priority.text())],
                on(set.has(*alarm)),
            )
        })
    };
    gauges(
        out,
        "rack_alarm_active",
        "The alarm's condition stands",
        alarms(snapshot.alarms.active),
    )?;
    gauges(
        out,
        "rack_alarm_unacknowledged",
        "Nobody has acknowledged the alarm yet",
        alarms(snapshot.alarms.unacknowledged),
    )?;
    gauges(
        out,
        "rack_alarm_hidden",
        "A person has shelved the alarm or taken it out of service",
        alarms(snapshot.alarms.hidden()),
    )?;
    gauges(
        out,
        "rack_alarm_chattering",
        "The alarm came three times within a minute",
        alarms(snapshot.alarms.chattering),
    )?;
    let none: [(&str, &str); 0] = [];
    gauges(
        out,
        "rack_alarm_flood",
        "More than ten alarms came within ten minutes",
        [(none, on(snapshot.alarms.flood.is_some()))],
    )?;
    let causes = Cause::ALL
        .iter()
        .map(|one| ([("cause", one.key())], on(snapshot.causes.has(*one))));
    gauges(
        out,
        "rack_cause_active",
        "A cause of the cause-and-effect matrix stands",
        causes,
    )?;
    let effects = Effect::ALL
        .iter()
        .map(|one| ([("effect", one.key())], on(snapshot.effects.has(*one))));
    gauges(
        out,
        "rack_effect_active",
        "An effect of the cause-and-effect matrix is in force",
        effects,
    )?;
    let latches = Latch::ALL
        .iter()
        .map(|one| ([("latch", one.key())], on(snapshot.latches.has(*one))));
    gauges(
        out,
        "rack_latch_set",
        "A latch waits for a person's reset",
        latches,
    )
}

fn on(set: bool) -> f64 {
    f64::from(u8::from(set))
}

/// A family of gauges; one without members says nothing.
fn gauges<L: EncodeLabelSet>(
    out: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    members: impl IntoIterator<Item = (L, f64)>,
) -> Result<(), Error> {
    let mut members = members.into_iter().peekable();
    if members.peek().is_none() {
        return Ok(());
    }
    let mut family = out.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in members {
        family.encode_family(&labels)?.encode_gauge(&value)?;
    }
    Ok(())
}

/// A family of counters.
fn counters<L: EncodeLabelSet>(
    out: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    members: impl IntoIterator<Item = (L, u64)>,
) -> Result<(), Error> {
    let mut family = out.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, count) in members {
        family
            .encode_family(&labels)?
            .encode_counter::<NoLabelSet, u64, u64>(&count, None)?;
    }
    Ok(())
}

/// Points that share a metric's name.
struct Family {
    help: String,
    scale: f64,
    points: Vec<Point>,
}

static FAMILIES: LazyLock<BTreeMap<String, Family>> = LazyLock::new(|| {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    for point in point::all() {
        let (suffix, scale) = base_unit(point.row.kind.unit);
        let family = families.entry(name_of(&point, suffix)).or_insert_with(|| Family {
            help: help_of(&point),
            scale,
            points: Vec::new(),
        });
        family.points.push(point);
    }
    families
});

/// Every metric stands under the rack's own name, with its unit last.
fn name_of(point: &Point, suffix: &str) -> String {
    let parts = point.row.name.split('.').filter(|part| *part != "{}");
    let parts = parts.chain((!suffix.is_empty()).then_some(suffix));
    parts.fold(String::from("rack"), |name, part| {
        if name == "rack" && part == "rack" {
            return name;
        }
        name + "_" + part
    })
}

fn help_of(point: &Point) -> String {
    let about = point.row.about().trim_end_matches('.');
    let states = point.row.kind.states.iter().enumerate();
    let states: Vec<String> = states
        .map(|(number, state)| format!("{number} {state}"))
        .collect();
    if states.is_empty() {
        about.to_owned()
    } else {
        format!("{about}: {}", states.join(", "))
    }
}

/// The member of a family: what its name says in place of the braces. A single point whose name others share is the
/// one that speaks for all of them, as the voted exhaust does.
fn labels(point: &Point, shared: bool) -> Vec<(&'static str, &'static str)> {
    match point.label {
        "" if shared => vec![("member", "all")],
        "" => Vec::new(),
        label => vec![("member", label)],
    }
}

/// Suffix and factor to the base unit, by the unit of the table.
fn base_unit(unit: &str) -> (&'static str, f64) {
    match unit {
        "°C" => ("celsius", 1.0),
        "K" => ("kelvin", 1.0),
        "Pa" => ("pascals", 1.0),
        "m³/s" => ("cubic_meters_per_second", 1.0),
        "rpm" => ("rpm", 1.0),
        "W" => ("watts", 1.0),
        "kWh" => ("joules", 3.6e6),
        "kJ" => ("joules", 1e3),
        "%" => ("ratio", 0.01),
        "1" => ("ratio", 1.0),
        "s" => ("seconds", 1.0),
        "h" => ("seconds", 3600.0),
        "d" => ("seconds", 86_400.0),
        "V" => ("volts", 1.0),
        "A" => ("amperes", 1.0),
        "Hz" => ("hertz", 1.0),
        // States and bare counts have no unit.
        _ => ("", 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_of_the_table_has_a_base_unit() {
        for point in point::all() {
            let unit = point.row.kind.unit;
            assert!(
                unit.is_empty() || !base_unit(unit).0.is_empty(),
                "{unit} of {point}"
            );
        }
    }

    #[test]
    fn members_of_a_family_differ_and_share_their_unit() {
        for (name, family) in FAMILIES.iter() {
            let mut seen = std::collections::BTreeSet::new();
            for point in &family.points {
                assert!(
                    seen.insert(labels(point, family.points.len() > 1)),
                    "{name}: {point}"
                );
                let (suffix, scale) = base_unit(point.row.kind.unit);
                assert!(
                    name.ends_with(suffix) && scale.to_bits() == family.scale.to_bits(),
                    "{name}"
                );
            }
        }
        assert_eq!(FAMILIES["rack_inlet_temperature_celsius"].points.len(), 2);
        assert_eq!(FAMILIES["rack_exhaust_temperature_celsius"].points.len(), 4);
    }
}
