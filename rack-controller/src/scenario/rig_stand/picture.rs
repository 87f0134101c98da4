//! The controller's picture as any client gets it: from the interface's JSON back to a snapshot.

use points::alarm::{Alarm, Process};
use points::interlock::{Cause, Effect, Latch};
use points::snapshot::Cell;
use points::{Absent, Moment, Percent, Quantity as _, Snapshot, Span, point};
use web::api;

/// What a client of the interface knows of the picture. `now` is the rack's clock when it was asked for.
pub fn snapshot(from: &api::Snapshot, now: Moment, names: &[String]) -> Snapshot {
    let mut picture = Snapshot {
        tick: from.tick,
        now,
        simulated: from.simulated,
        ..Snapshot::default()
    };
    for (cell, name) in picture.cells.iter_mut().zip(names) {
        if let Some(value) = from.points.get(name) {
            *cell = Cell {
                value: value.value.ok_or_else(|| reason(value)),
                at: earlier(now, value.age_s),
            };
        }
    }
    for alarm in &from.alarms {
        let Some(found) = Alarm::ALL.iter().find(|known| known.row().name == alarm.name) else {
            continue;
        };
        picture.alarms.raised.put(*found, true);
        picture.alarms.active.put(*found, alarm.active);
        picture
            .alarms
            .latched
            .put(*found, alarm.process == Process::Latched.text());
        picture.alarms.unacknowledged.put(*found, !alarm.acknowledged);
        picture.alarm_since[found.index()] = earlier(now, alarm.since_s);
    }
    for interlock in &from.interlocks {
        if let Some(cause) = Cause::from_key(&interlock.code) {
            picture.causes.put(cause, interlock.active);
            picture.latched.put(cause, interlock.latched);
        }
    }
    for effect in from.effects.iter().filter_map(|one| Effect::from_key(&one.key)) {
        picture.effects.put(effect, true);
    }
    for latch in from.latches.iter().filter_map(|one| Latch::from_key(&one.key)) {
        picture.latches.put(latch, true);
    }
    picture.fan.drive = Percent::new(from.fan.drive).unwrap_or_default();
    picture.fan.contact_open = from.fan.contact_open;
    picture
}

/// Names of all points, in the order of the table.
pub fn names() -> Vec<String> {
    point::all().map(|point| point.to_string()).collect()
}

fn earlier(now: Moment, age_s: f64) -> Moment {
    let age = Span::from_s(age_s).unwrap_or_default();
    Moment(now.as_us().saturating_sub(age.as_us()))
}

fn reason(value: &api::PointValue) -> Absent {
    let text = value.reason.as_deref().unwrap_or_default();
    let found = Absent::ALL.iter().find(|reason| reason.text() == text);
    found.copied().unwrap_or(Absent::NotFitted)
}
