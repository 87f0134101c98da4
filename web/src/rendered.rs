//! A picture rendered once; every reader of every view shares the bytes.
//!
//! The JSON lies inside the event's bytes (`event: snapshot`, `id`, `data`, empty line), so one buffer serves both.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use points::alarm::{Group, Row, Until};
use points::interlock::{Cause, Effect, Latch, OutputLine, OutputSet};
use points::point::{self, Point, contact, controller};
use points::snapshot::{Cell, Snapshot};
use points::unit::Side;
use points::{Absent, Moment, Quality};

use crate::PICTURE_MAX_AGE;
use crate::hosts::{self, Hosts};
use crate::json::Json;

/// The output that turns with every tick, which is no news.
const HEARTBEAT: OutputSet = OutputSet::of(&[OutputLine::Heartbeat]);
/// Room for a picture with every point fitted and some alarms, so that writing seldom grows the buffer.
const USUAL_BYTES: usize = 48 * 1024;
/// An alarm that shows at more points than these shows at a family of them.
const FAMILY: usize = 8;
/// Decimals of a speed or drive in percent.
const PERCENT_DECIMALS: u8 = 1;

/// A snapshot rendered once and shared by every view.
#[derive(Clone, Debug)]
pub struct Rendered {
    json: Bytes,
    event: Bytes,
    snapshot: Option<Arc<Snapshot>>,
    at: Instant,
}

impl Rendered {
    /// Renders the picture that came at `at`, which the wall clock calls `time_ms` (Unix milliseconds), with the names
    /// that the site gave its `hosts`.
    pub fn new(snapshot: Arc<Snapshot>, hosts: &Hosts, at: Instant, time_ms: u64) -> Rendered {
        let mut out = Json::with_capacity(USUAL_BYTES);
        out.raw("event: snapshot\nid: ");
        out.whole(snapshot.tick);
        out.raw("\ndata: ");
        let start = out.len();
        whole_picture(&mut out, &snapshot, hosts, time_ms);
        let end = out.len();
        out.raw("\n\n");
        let event = Bytes::from(out.into_bytes());
        Rendered {
            json: event.slice(start..end),
            event,
            snapshot: Some(snapshot),
            at,
        }
    }

    /// No picture yet; `at` is the moment the waiting began.
    pub fn empty(at: Instant) -> Rendered {
        Rendered {
            json: Bytes::new(),
            event: Bytes::new(),
            snapshot: None,
            at,
        }
    }

    /// The snapshot as JSON; empty before the first picture.
    pub fn json(&self) -> Bytes {
        self.json.clone()
    }

    /// The snapshot as one server-sent event; empty before the first picture.
    pub fn event(&self) -> Bytes {
        self.event.clone()
    }

    /// Number of the tick; nothing before the first picture.
    pub fn tick(&self) -> Option<u64> {
        self.snapshot.as_ref().map(|snapshot| snapshot.tick)
    }

    /// The snapshot it shows; nothing before the first picture.
    pub fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        self.snapshot.as_ref()
    }

    /// Whether this picture tells of something that nobody should wait for: an alarm, a cause, an effect, a latch,
    /// the fan's regime or the hosts' shutdown is another than in `before`.
    pub(crate) fn turns(&self, before: &Rendered) -> bool {
        let (Some(now), Some(before)) = (&self.snapshot, &before.snapshot) else {
            return self.snapshot.is_some() != before.snapshot.is_some();
        };
        let regime = |snapshot: &Snapshot| snapshot.get(controller::REGIME).ok();
        now.alarms != before.alarms
            || now.desk != before.desk
            || now.causes != before.causes
            || now.latched != before.latched
            || now.latches != before.latches
            || now.effects != before.effects
            || now.outputs.without(HEARTBEAT) != before.outputs.without(HEARTBEAT)
            || now.units != before.units
            || now.hold.is_some() != before.hold.is_some()
            || now.out_of_service != before.out_of_service
            || now.overrides != before.overrides
            || regime(now) != regime(before)
            || hosts::turn(before, now)
    }

    /// When the picture came.
    pub fn at(&self) -> Instant {
        self.at
    }

    /// How long ago the picture came.
    pub fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.at)
    }

    /// Whether there is a picture and it may be shown as such.
    pub fn is_fresh(&self, now: Instant) -> bool {
        self.snapshot.is_some() && self.age(now) < PICTURE_MAX_AGE
    }
}

fn whole_picture(out: &mut Json, snapshot: &Snapshot, hosts: &Hosts, time_ms: u64) {
    out.raw("{\"tick\":");
    out.whole(snapshot.tick);
    out.raw(",\"time\":");
    out.thousandths(time_ms);
    out.raw(",\"simulated\":");
    out.boolean(snapshot.simulated);
    out.raw(",\"regime\":");
    match snapshot.get(controller::REGIME).ok() {
        Some(regime) => out.string(regime.text()),
        None => out.raw("null"),
    }
    out.raw(",\"points\":{");
    all_points(out, snapshot);
    out.raw("},\"alarms\":[");
    alarms(out, snapshot);
    out.raw("],\"alarm_sequence\":");
    out.whole(snapshot.alarms.sequence);
    out.raw(",\"alarms_hidden\":[");
    hidden_alarms(out, snapshot);
    out.raw("],\"first_out\":[");
    first_out(out, snapshot);
    out.raw("],\"flood\":");
    flood(out, snapshot);
    out.raw(",\"interlocks\":[");
    let mut first = true;
    for cause in snapshot.causes.with(snapshot.latched).iter() {
        interlock(out, cause, snapshot, &mut first);
    }
    out.raw("],\"effects\":[");
    titled(
        out,
        snapshot
            .effects
            .iter()
            .map(Effect::row)
            .map(|row| (row.key, row.title)),
    );
    out.raw("],\"latches\":[");
    titled(
        out,
        snapshot
            .latches
            .iter()
            .map(Latch::row)
            .map(|row| (row.key, row.title)),
    );
    out.raw("],\"fan\":{\"drive\":");
    out.number(snapshot.fan.drive.get(), PERCENT_DECIMALS);
    out.raw(",\"contact_open\":");
    out.boolean(snapshot.fan.contact_open);
    out.raw("},\"outputs\":{");
    let mut first = true;
    for line in OutputLine::ALL {
        out.comma(&mut first);
        out.key(line.key());
        out.boolean(snapshot.outputs.has(*line));
    }
    out.raw("},\"hold\":");
    hold(out, snapshot);
    out.raw(",\"overrides\":[");
    overrides(out, snapshot);
    out.raw("],\"out_of_service\":[");
    out_of_service(out, snapshot);
    out.raw("]");
    out.raw(",\"extinguishers\":{");
    units(out, snapshot);
    out.raw("},");
    hosts.write(out, snapshot);
    out.raw("}");
}

/// What is remembered of the extinguisher units that the site has.
fn units(out: &mut Json, snapshot: &Snapshot) {
    let mut first = true;
    for (side, memory) in Side::ALL.into_iter().zip(&snapshot.units) {
        if !snapshot.is_fitted(contact::EXTINGUISHER_EXPOSURE.at(side.index()).index()) {
            continue;
        }
        out.comma(&mut first);
        out.key(side.text());
        out.raw("{\"known\":");
        out.boolean(memory.known);
        out.raw(",\"serial\":");
        if memory.serial.is_empty() {
            out.raw("null");
        } else {
            out.string(memory.serial.as_str());
        }
        out.raw(",\"installed\":");
        match memory.installed {
            Some(day) => out.string(&day.to_string()),
            None => out.raw("null"),
        }
        for (key, is) in [
            ("fired", memory.fired),
            ("expired", memory.expired),
            ("removed", memory.removed),
        ] {
            out.raw(",");
            out.key(key);
            out.boolean(is);
        }
        out.raw("}");
    }
}

/// What of a point's JSON never changes, escaped once.
struct Fixed {
    point: Point,
    /// `"name":{"value":`
    head: String,
    /// `,"unit":"Pa","quality":"`
    unit: String,
}

static FIXED: LazyLock<Vec<Fixed>> = LazyLock::new(|| point::all().map(Fixed::of).collect());

impl Fixed {
    fn of(point: Point) -> Fixed {
        let escaped = |text: &str| serde_json::Value::from(text).to_string();
        let head = format!("{}:{{\"value\":", escaped(&point.to_string()));
        let unit = format!(",\"unit\":{},\"quality\":\"", escaped(point.row.kind.unit));
        Fixed { point, head, unit }
    }
}

fn all_points(out: &mut Json, snapshot: &Snapshot) {
    let mut first = true;
    for (fixed, cell) in FIXED.iter().zip(&snapshot.cells) {
        out.comma(&mut first);
        out.raw(&fixed.head);
        match shown(fixed, cell) {
            Ok(Shown { number, state }) => {
                out.number(number, fixed.point.row.decimals);
                if let Some(state) = state {
                    out.raw(",\"state\":");
                    out.string(state);
                }
                out.raw(&fixed.unit);
                out.raw(
                    if snapshot.simulated {
                        Quality::Simulated
                    } else {
                        Quality::Good
                    }
                    .text(),
                );
                out.raw("\"");
            }
            Err(reason) => {
                out.raw("null");
                out.raw(&fixed.unit);
                out.raw(reason.quality().text());
                out.raw("\",\"reason\":");
                out.string(reason.text());
            }
        }
        out.raw(",\"age_s\":");
        out.seconds(snapshot.now.since(cell.at));
        out.raw("}");
    }
}

struct Shown {
    number: f64,
    state: Option<&'static str>,
}

/// The number as it may be shown, and the state it names.
fn shown(fixed: &Fixed, cell: &Cell) -> Result<Shown, Absent> {
    let number = cell.believed(&fixed.point)?;
    let names = fixed.point.row.kind.states.iter().zip(0u8..);
    let state = names
        .into_iter()
        .find(|(_, state)| (f64::from(*state) - number).abs() < 0.5);
    Ok(Shown {
        number,
        state: state.map(|(name, _)| *name),
    })
}

/// Whether a point of an alarm is one of this rack's: of a family of hosts or outlets only those that it has are named.
fn is_there(snapshot: &Snapshot, row: &Row, name: &str) -> bool {
    row.points.len() <= FAMILY || point::find(name).is_none_or(|point| snapshot.is_fitted(point.index))
}

fn alarms(out: &mut Json, snapshot: &Snapshot) {
    let mut first = true;
    for alarm in snapshot.raised() {
        let row = alarm.row();
        out.comma(&mut first);
        out.raw("{\"name\":");
        out.string(row.name);
        out.raw(",\"number\":");
        out.whole(row.number.into());
        out.raw(",\"priority\":");
        out.string(row.priority.text());
        out.raw(",\"active\":");
        out.boolean(snapshot.alarms.active.has(alarm));
        out.raw(",\"process\":");
        out.string(snapshot.alarms.process(alarm).text());
        out.raw(",\"display\":");
        out.string(snapshot.alarms.display(alarm).text());
        out.raw(",\"group\":");
        out.string(row.group.text());
        out.raw(",\"chattering\":");
        out.boolean(snapshot.alarms.chattering.has(alarm));
        out.raw(",\"folded\":");
        out.boolean(snapshot.alarms.folded.has(alarm));
        out.raw(",\"shelve_max_min\":");
        out.whole(row.shelve_min.into());
        out.raw(",\"respond_min\":");
        out.whole(row.respond_min.into());
        out.raw(",\"acknowledged\":");
        out.boolean(!snapshot.alarms.unacknowledged.has(alarm));
        for (key, text) in [
            ("text", row.text),
            ("consequence", row.consequence),
            ("action", row.action),
        ] {
            out.raw(",");
            out.key(key);
            out.string(text);
        }
        out.raw(",\"points\":[");
        let mut first_point = true;
        for name in row.points.iter().filter(|name| is_there(snapshot, row, name)) {
            out.comma(&mut first_point);
            out.string(name);
        }
        out.raw("],\"follows\":");
        match snapshot.alarms.explains(alarm) {
            Some(explains) => out.string(explains.row().name),
            None => out.raw("null"),
        }
        out.raw(",\"since_s\":");
        out.seconds(snapshot.now.since(snapshot.alarm_since[alarm.index()]));
        out.raw("}");
    }
}

fn hidden_alarms(out: &mut Json, snapshot: &Snapshot) {
    let mut first = true;
    for hidden in snapshot.desk.hidden.iter().flatten() {
        let row = hidden.alarm.row();
        let (how, end) = match hidden.until {
            Until::Moment(end) => ("shelved", Some(end)),
            Until::Gone(end) => ("once", Some(end)),
            Until::Person => ("out-of-service", None),
        };
        out.comma(&mut first);
        out.raw("{\"name\":");
        out.string(row.name);
        for (key, text) in [
            ("text", row.text),
            ("priority", row.priority.text()),
            ("how", how),
            ("by", hidden.by.as_str()),
            ("why", hidden.why.as_str()),
        ] {
            out.raw(",");
            out.key(key);
            out.string(text);
        }
        out.raw(",\"since_s\":");
        out.seconds(snapshot.now.since(hidden.since));
        out.raw(",\"left_s\":");
        match end {
            Some(end) => out.seconds(end.since(snapshot.now)),
            None => out.raw("null"),
        }
        out.raw(",\"raised\":");
        out.boolean(snapshot.alarms.raised.has(hidden.alarm));
        out.raw("}");
    }
}

fn first_out(out: &mut Json, snapshot: &Snapshot) {
    let mut first = true;
    for group in Group::ALL {
        let Some(one) = snapshot.desk.first(group) else {
            continue;
        };
        out.comma(&mut first);
        out.raw("{\"group\":");
        out.string(group.text());
        out.raw(",\"name\":");
        out.string(one.alarm.row().name);
        out.raw(",\"tick\":");
        out.whole(one.tick);
        out.raw(",\"since_s\":");
        out.seconds(snapshot.now.since(one.at));
        out.raw("}");
    }
}

fn flood(out: &mut Json, snapshot: &Snapshot) {
    let Some(began) = snapshot.alarms.flood else {
        return out.raw("null");
    };
    out.raw("{\"since_s\":");
    out.seconds(snapshot.now.since(began));
    out.raw(",\"folded\":");
    out.whole(snapshot.alarms.folded.len() as u64);
    out.raw("}");
}

fn interlock(out: &mut Json, cause: Cause, snapshot: &Snapshot, first: &mut bool) {
    out.comma(first);
    out.raw("{\"code\":");
    out.string(cause.row().key);
    out.raw(",\"title\":");
    out.string(cause.row().title);
    out.raw(",\"active\":");
    out.boolean(snapshot.causes.has(cause));
    out.raw(",\"latched\":");
    out.boolean(snapshot.latched.has(cause));
    let (why, place) = (&snapshot.why, cause.index());
    out.raw(",\"stands_s\":");
    since(out, snapshot, snapshot.causes.has(cause), why.stands_since[place]);
    out.raw(",\"latched_s\":");
    since(
        out,
        snapshot,
        snapshot.latched.has(cause),
        why.latched_since[place],
    );
    out.raw(",\"silenced\":");
    out.boolean(why.silenced.has(cause));
    for (key, set) in [("holds", why.holds[place]), ("waits", why.waits[place])] {
        out.raw(",");
        out.key(key);
        out.raw("[");
        let mut first = true;
        for effect in set.iter() {
            out.comma(&mut first);
            out.string(effect.key());
        }
        out.raw("]");
    }
    out.raw("}");
}

/// For how long, in seconds; null where not at all.
fn since(out: &mut Json, snapshot: &Snapshot, is: bool, since: Moment) {
    if is {
        out.seconds(snapshot.now.since(since));
    } else {
        out.raw("null");
    }
}

fn titled(out: &mut Json, rows: impl Iterator<Item = (&'static str, &'static str)>) {
    let mut first = true;
    for (key, title) in rows {
        out.comma(&mut first);
        out.raw("{\"key\":");
        out.string(key);
        out.raw(",\"title\":");
        out.string(title);
        out.raw("}");
    }
}

fn hold(out: &mut Json, snapshot: &Snapshot) {
    let Some(hold) = &snapshot.hold else {
        return out.raw("null");
    };
    out.raw("{\"owner\":");
    out.string(hold.owner.as_str());
    out.raw(",\"reason\":");
    out.string(hold.reason.as_str());
    out.raw(",\"speed\":");
    out.number(hold.speed.get(), PERCENT_DECIMALS);
    out.raw(",\"left_s\":");
    out.seconds(hold.until.since(snapshot.now));
    out.raw("}");
}

fn out_of_service(out: &mut Json, snapshot: &Snapshot) {
    let mut first = true;
    for input in snapshot.out_of_service.iter() {
        out.comma(&mut first);
        out.raw("{\"key\":");
        out.string(input.key());
        out.raw(",\"title\":");
        out.string(input.row().title);
        out.raw(",\"point\":");
        out.string(input.point());
        out.raw("}");
    }
}

fn overrides(out: &mut Json, snapshot: &Snapshot) {
    let mut first = true;
    for standing in snapshot.overrides.iter().flatten() {
        out.comma(&mut first);
        out.raw("{\"key\":");
        out.string(standing.input.key());
        out.raw(",\"title\":");
        out.string(standing.input.row().title);
        out.raw(",\"point\":");
        out.string(standing.input.point());
        out.raw(",\"by\":");
        out.string(standing.by.as_str());
        out.raw(",\"reason\":");
        out.string(standing.reason.as_str());
        out.raw(",\"left_s\":");
        out.seconds(standing.until.since(snapshot.now));
        out.raw("}");
    }
}
