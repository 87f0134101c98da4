//! A snapshot as JSON, rendered once.

use std::time::{Duration, Instant};

use bytes::Bytes;
use points::point::{self, controller};
use points::{Regime, Snapshot};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::json;

/// A snapshot rendered once and shared by every view.
#[derive(Clone, Debug)]
pub struct Rendered {
    json: Bytes,
    event: Bytes,
    tick: u64,
    at: Option<Instant>,
}

impl Rendered {
    /// Renders a snapshot taken at `at`.
    pub fn new(snapshot: &Snapshot, at: Instant) -> Self {
        // Serialising finite numbers and text into memory does not fail; nothing is shown if it ever did.
        let json = serde_json::to_vec(&View(snapshot)).unwrap_or_default();
        let mut event = Vec::with_capacity(json.len() + 64);
        event.extend_from_slice(b"event: snapshot\nid: ");
        event.extend_from_slice(snapshot.tick.to_string().as_bytes());
        event.extend_from_slice(b"\ndata: ");
        event.extend_from_slice(&json);
        event.extend_from_slice(b"\n\n");
        Rendered {
            json: json.into(),
            event: event.into(),
            tick: snapshot.tick,
            at: Some(at),
        }
    }

    /// No picture has come yet.
    pub fn empty(_since: Instant) -> Self {
        Rendered {
            json: Bytes::new(),
            event: Bytes::new(),
            tick: 0,
            at: None,
        }
    }

    /// The JSON.
    pub fn json(&self) -> Bytes {
        self.json.clone()
    }

    /// The server-sent event.
    pub fn event(&self) -> Bytes {
        self.event.clone()
    }

    /// Number of the tick.
    pub fn tick(&self) -> u64 {
        self.tick
    }

    /// Age of the picture; none before the first.
    pub fn age(&self) -> Option<Duration> {
        self.at.map(|at| at.elapsed())
    }

    /// The picture may be shown as now.
    pub fn fresh(&self) -> bool {
        self.age().is_some_and(|age| age < crate::STALE)
    }
}

struct View<'a>(&'a Snapshot);

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let s = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("tick", &s.tick)?;
        map.serialize_entry("now_s", &rounded(s.now.since(points::Moment::ZERO).as_s(), 3))?;
        map.serialize_entry("simulated", &s.simulated)?;
        map.serialize_entry("regime", &s.get(controller::REGIME).ok().map(Regime::text))?;
        map.serialize_entry("points", &Points(s))?;
        map.serialize_entry("alarms", &Alarms(s))?;
        map.serialize_entry("interlocks", &Interlocks(s))?;
        map.serialize_entry(
            "effects",
            &Keys(|| s.effects.iter().map(points::interlock::Effect::key)),
        )?;
        map.serialize_entry(
            "latches",
            &Keys(|| s.latches.iter().map(points::interlock::Latch::key)),
        )?;
        map.serialize_entry(
            "fan",
            &json!({ "drive": rounded(s.fan.drive.get(), 1), "contact_open": s.fan.contact_open }),
        )?;
        map.serialize_entry(
            "outputs",
            &Keys(|| s.outputs.iter().map(points::interlock::OutputLine::key)),
        )?;
        let hold = s.hold.map(|hold| {
            json!({
                "owner": hold.owner.as_str(), "reason": hold.reason.as_str(), "speed": hold.speed.get(),
                "left_s": rounded(hold.until.since(s.now).as_s(), 0),
            })
        });
        map.serialize_entry("hold", &hold)?;
        // No host is known before hosts are configured.
        map.serialize_entry("hosts", &[(); 0])?;
        map.end()
    }
}

/// Rounded to decimals, so that nobody reads digits that were never measured.
fn rounded(value: f64, decimals: u8) -> f64 {
    let scale = 10f64.powi(i32::from(decimals));
    (value * scale).round() / scale
}

struct Points<'a>(&'a Snapshot);

impl Serialize for Points<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let s = self.0;
        let mut map = serializer.serialize_map(Some(point::COUNT))?;
        for point in point::all() {
            map.serialize_entry(&Name(&point), &Value(s, &point))?;
        }
        map.end()
    }
}

struct Name<'a>(&'a point::Point);

impl Serialize for Name<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

struct Value<'a>(&'a Snapshot, &'a point::Point);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Value(s, point) = self;
        let cell = &s.cells[point.index];
        let kind = &point.row.kind;
        let mut map = serializer.serialize_map(None)?;
        match cell.value {
            Ok(number) => {
                map.serialize_entry("value", &rounded(number, point.row.decimals))?;
                if let Some(state) = kind
                    .states
                    .iter()
                    .zip(0u8..)
                    .find(|(_, n)| (f64::from(*n) - number).abs() < 0.5)
                {
                    map.serialize_entry("state", state.0)?;
                }
            }
            Err(reason) => {
                map.serialize_entry("value", &None::<f64>)?;
                map.serialize_entry("reason", reason.text())?;
            }
        }
        map.serialize_entry("unit", kind.unit)?;
        map.serialize_entry("quality", s.quality(point.index).text())?;
        map.serialize_entry("age_s", &rounded(s.age(point.index).as_s(), 1))?;
        map.end()
    }
}

struct Alarms<'a>(&'a Snapshot);

impl Serialize for Alarms<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let s = self.0;
        let mut list = serializer.serialize_seq(None)?;
        for alarm in s.raised() {
            let row = alarm.row();
            let since = s.alarm_since.get(alarm.index()).copied().unwrap_or_default();
            list.serialize_element(&json!({
                "name": row.name, "number": row.number, "priority": row.priority.text(),
                "active": s.alarms.active.has(alarm), "acknowledged": !s.alarms.unacknowledged.has(alarm),
                "text": row.text, "consequence": row.consequence, "action": row.action,
                "since_s": rounded(s.now.since(since).as_s(), 0),
            }))?;
        }
        list.end()
    }
}

struct Interlocks<'a>(&'a Snapshot);

impl Serialize for Interlocks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let s = self.0;
        let mut list = serializer.serialize_seq(None)?;
        for cause in s.causes.with(s.latched).iter() {
            list.serialize_element(&json!({
                "code": cause.key(), "title": cause.row().title,
                "active": s.causes.has(cause), "latched": s.latched.has(cause),
            }))?;
        }
        list.end()
    }
}

/// A list of keys.
struct Keys<F>(F);

impl<F: Fn() -> I, I: Iterator<Item = &'static str>> Serialize for Keys<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::{Moment, Pascal, Reading, point::flow};

    #[test]
    fn the_json_is_that_of_the_contract() {
        let mut s = Snapshot {
            tick: 3,
            now: Moment(10_000_000),
            ..Snapshot::default()
        };
        s.put(
            flow::RACK_DRAFT,
            Reading::good(Pascal::of(-9.4321), Moment(9_700_000)),
        );
        let rendered = Rendered::new(&s, Instant::now());
        let json: serde_json::Value = serde_json::from_slice(&rendered.json()).expect("it is JSON");
        let draft = &json["points"]["rack.draft.pressure"];
        assert_eq!(
            draft,
            &json!({ "value": -9.4, "unit": "Pa", "quality": "good", "age_s": 0.3 })
        );
        let suction = &json["points"]["chamber.suction.pressure"];
        assert_eq!(
            (&suction["value"], &suction["reason"]),
            (&json!(null), &json!("not fitted"))
        );
        assert_eq!(
            json["points"].as_object().map(serde_json::Map::len),
            Some(point::COUNT)
        );
        for key in ["alarms", "interlocks", "hosts"] {
            assert!(json[key].is_array(), "{key}");
        }
    }
}
