//! A readable live status on the terminal, for who has no browser.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use points::point::{blower, contact, controller, flow, power, temperature};
use points::{Quantity, Reading, Snapshot};

use crate::core::plane::PictureCell;

const EVERY: Duration = Duration::from_secs(1);

/// Shows the status once a second until `stop`, in place on a terminal.
pub fn show(pictures: &PictureCell, stop: &AtomicBool) {
    crate::core::realtime::renounce();
    let in_place = std::io::stderr().is_terminal();
    let mut lines = 0;
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(EVERY);
        let text = text(&pictures.get());
        let mut err = std::io::stderr().lock();
        if in_place && lines > 0 {
            let _ = write!(err, "\x1b[{lines}A\x1b[J");
        }
        lines = text.matches('\n').count();
        if write!(err, "{text}").is_err() {
            return;
        }
    }
}

fn value<Q: Quantity>(reading: Reading<Q>, decimals: usize) -> String {
    match reading.value {
        Ok(value) => format!("{:.decimals$} {}", value.get(), Q::KIND.unit),
        Err(reason) => format!("-- ({})", reason.text()),
    }
}

/// The status as lines.
pub fn text(picture: &Snapshot) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "rack {:>9.1} s  {}  {}",
        picture.now.since(points::Moment::ZERO).as_s(),
        picture
            .get(controller::REGIME)
            .ok()
            .map_or("starting", points::Regime::text),
        if picture.simulated { "(simulated)" } else { "" },
    );
    let _ = writeln!(
        out,
        "  room {}  exhaust {}  draft {}",
        value(picture.get(temperature::ROOM), 1),
        value(picture.get(temperature::EXHAUST_VOTED), 1),
        value(picture.get(flow::RACK_DRAFT), 1),
    );
    let _ = writeln!(
        out,
        "  load {}  fan {:.0} % commanded, {}  contact {}",
        value(picture.get(power::IT_POWER), 0),
        picture.fan.drive.get(),
        value(picture.get(blower::SPEED.at(0)), 0),
        match picture.get(blower::CONTACT_OPEN.at(0)).ok() {
            Some(flag) if flag.is_set() => "OPEN",
            Some(_) => "closed",
            None => "unknown",
        },
    );
    let door = picture
        .get(contact::DOOR_OPEN)
        .ok()
        .map_or("door unknown", |door| {
            if door.is_set() { "door OPEN" } else { "door closed" }
        });
    let effects: Vec<&str> = picture
        .effects
        .iter()
        .map(points::interlock::Effect::key)
        .collect();
    let _ = writeln!(
        out,
        "  {door}  effects: {}",
        if effects.is_empty() {
            "none".to_owned()
        } else {
            effects.join(" ")
        }
    );
    for alarm in picture.raised().take(6) {
        let row = alarm.row();
        let _ = writeln!(out, "  ! {:<8} {}. {}", row.priority.text(), row.text, row.action);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_picture_says_why_nothing_is_known() {
        let text = text(&Snapshot::default());
        assert!(
            text.contains("not fitted") && text.contains("door unknown"),
            "{text}"
        );
    }
}
