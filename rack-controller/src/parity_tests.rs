use points::ParityFinding as Finding;
use points::alarm::{Alarm, AlarmSet};

use super::*;

#[test]
fn what_an_alarm_tells_already_is_told_by_no_second_one() {
    let told = |finding: Finding, alarm: Option<Alarm>| {
        let mut active = AlarmSet::EMPTY;
        if let Some(alarm) = alarm {
            active.put(alarm, true);
        }
        tells(finding, active)
    };
    for finding in Finding::ALL.iter().copied() {
        let usual = matches!(finding, Finding::None | Finding::Clogging);
        assert_eq!(told(finding, None), !usual, "{finding:?}");
        assert_eq!(
            told(finding, Some(Alarm::Leak)),
            !usual,
            "another alarm explains nothing"
        );
    }
    for (finding, alarm) in [
        (Finding::ExhaustB, Alarm::ProbeLost),
        (Finding::Tachometer, Alarm::TachometerDisagrees),
        (Finding::Door, Alarm::DoorDoubted),
        (Finding::Leak, Alarm::FilterMissing),
        (Finding::Bearing, Alarm::BearingWear),
        (Finding::Drive, Alarm::FanFailed),
        (Finding::HeatAlone, Alarm::UnexplainedHeat),
        (Finding::Discharge, Alarm::NoFlow),
    ] {
        assert!(!told(finding, Some(alarm)), "{finding:?} beside {alarm:?}");
    }
}

/// What parity makes of a record that it finds, after a look on this day: what it has learned, and what it keeps.
fn after(found: ParityRecord, fit: Option<&Fit>, today: Option<Date>) -> (Learned, ParityRecord) {
    let mut parity = Parity::new(Some(found));
    if let Some(fit) = fit {
        parity.commissioned(fit);
    }
    for second in 1..=60 {
        parity.keep(Moment::ZERO + Span::s(second), today);
    }
    (parity.estimate.learned(), parity.record())
}

/// A record of a rack that was learned, of these constants and this day.
fn learned(mark: u32, day: Date) -> ParityRecord {
    // Foot and slope, their variances, no covariance; a quarter of an hour in one step of speed.
    let mut figures = [0.01, 0.0, 1e-4, 1e-4, 0.0, 900.0, 900.0, 0.0, 0.0, 0.0, 0.0];
    let mut all = NOTHING;
    for track in &mut all {
        figures[0] = -figures[0];
        *track = figures;
    }
    ParityRecord {
        mark,
        day,
        learned: all,
    }
}

fn is_nothing(figures: &[f32; FIGURES]) -> bool {
    figures.iter().all(|figure| figure.abs() < f32::EPSILON)
}

#[test]
fn a_restart_takes_over_what_was_learned_of_this_rack_and_not_long_ago() {
    let today = Date::from_days(20_800);
    let days_ago = |days: u32| Date::from_days(20_800 - days);
    let plan = mark(&Fit::PLAN, false);
    let (kept, record) = after(learned(plan, days_ago(3)), None, Some(today));
    for (channel, figures) in Channel::ALL.into_iter().zip(kept) {
        // The heat's zero is the balance's own, and a filter is changed while nobody looks.
        let own = matches!(channel, Channel::Heat | Channel::Flow);
        assert_eq!(is_nothing(&figures), own, "{channel:?}");
    }
    assert_eq!(
        (record.learned, record.day),
        (kept, today),
        "and keeps it anew, once a day"
    );
    for (found, fit, day, why) in [
        (learned(plan, days_ago(31)), None, Some(today), "too old"),
        (
            learned(plan, Date::from_days(20_801)),
            None,
            Some(today),
            "of tomorrow",
        ),
        (learned(plan, days_ago(0)), None, None, "no clock"),
        (
            learned(plan ^ 1, days_ago(0)),
            None,
            Some(today),
            "other constants",
        ),
        (
            learned(plan, days_ago(0)),
            Some(&Fit::PLAN),
            Some(today),
            "commissioned since",
        ),
    ] {
        assert_eq!(after(found, fit, day).0, NOTHING, "{why}");
    }
    let fitted = mark(&Fit::PLAN, true);
    assert_ne!(
        after(learned(fitted, today), Some(&Fit::PLAN), Some(today)).0,
        NOTHING
    );
}

#[test]
fn what_no_rack_can_have_taught_is_not_taken_over() {
    let (plan, today) = (mark(&Fit::PLAN, false), Date::from_days(20_800));
    for (place, value) in [
        (0, 9.0),
        (0, f32::NAN),
        (1, -9.0),
        (2, -1e-4),
        (2, 4.0),
        (4, 5.0),
        (5, 20.0),
        (5, f32::INFINITY),
        (6, 1e6),
        (7, f32::NAN),
    ] {
        let mut found = learned(plan, today);
        for track in &mut found.learned {
            track[place] = value;
        }
        assert_eq!(
            after(found, None, Some(today)).0,
            NOTHING,
            "figure {place}: {value}"
        );
    }
}

#[test]
fn a_part_with_another_serial_number_is_learned_anew() {
    let (plan, today) = (mark(&Fit::PLAN, false), Date::from_days(20_800));
    let mut parity = Parity::new(Some(learned(plan, today)));
    parity.keep(Moment::ZERO, Some(today));
    let before = parity.changes();
    parity.replaced(Input::ExhaustB);
    parity.replaced(Input::Door);
    parity.keep(Moment::ZERO + Span::s(1), Some(today));
    let gone = parity.estimate.learned();
    for (channel, figures) in Channel::ALL.into_iter().zip(gone) {
        let anew = matches!(channel, Channel::Heat | Channel::Flow | Channel::ExhaustB);
        assert_eq!(is_nothing(&figures), anew, "{channel:?}");
    }
    assert_ne!(parity.changes(), before, "and that is kept");
}
