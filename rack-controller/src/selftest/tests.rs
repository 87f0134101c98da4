//! Whole nights beside the emulated rack.

use super::*;
use crate::config::builtin;
use crate::core::inline::Inline;
use crate::site::Site;
use hil_rig::rack::{Rack, RackConfig};
use hil_rig::scenario::{Deed, deed};
use points::command::{Command, Name, Reason};
use points::interlock::Latch;

const SECOND: Span = Span::s(1);

/// A rack whose site allows tests from this hour on.
fn rack(hour: f64) -> Inline {
    let mut config = builtin();
    config.core.tick_ms = 100;
    let mut site = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
    site.settings.set_named("self_test.hour", hour).expect("an hour");
    Inline::new(site, Rack::new(RackConfig::default())).unwrap_or_else(|error| panic!("{error}"))
}

fn act(inline: &Inline, text: &str) {
    match deed(text) {
        Ok(Deed::Now(act)) => inline.act(&act),
        other => panic!("{text}: {other:?}"),
    }
}

fn want(inline: &mut Inline) -> Result<(), Refusal> {
    inline.command(&Command::SelfTest {
        by: Name::new("mara").expect("short"),
        reason: Reason::new("after the blower was changed").expect("short"),
    })
}

fn state(picture: &Snapshot) -> Option<SelfTestState> {
    picture.get(self_test::STATE).ok()
}

fn result(inline: &Inline) -> Option<SelfTestResult> {
    inline.picture().get(self_test::RESULT).ok()
}

/// A rack that has settled, and a test that a person has started.
fn started() -> Inline {
    let mut inline = rack(12.0);
    inline.run(1_200.0);
    assert_eq!(want(&mut inline), Ok(()));
    inline
}

fn until(inline: &mut Inline, wanted: SelfTestState) {
    let came = inline.run_until(180.0, |picture| state(picture) == Some(wanted));
    assert!(came, "{wanted:?} never came");
}

/// Runs the test that runs to its end.
fn to_its_end(inline: &mut Inline) {
    inline.run(1.0);
    until(inline, SelfTestState::Idle);
    inline.run(11.0);
}

#[test]
fn a_night_runs_whole_at_its_hour_and_measures_what_is_so() {
    let mut inline = rack(1.0);
    inline.run(3_600.0 - 30.0);
    assert_eq!(result(&inline), Some(SelfTestResult::None), "not before its hour");
    assert_eq!(
        inline.picture().get(self_test::WAITS_FOR).ok(),
        Some(SelfTestWait::Hour)
    );
    let (mut full, mut none, mut done) = (Span::ZERO, Span::ZERO, false);
    for _ in 0..2_400 {
        inline.tick();
        let drive = inline.picture().fan.drive.get();
        assert!(!inline.picture().fan.contact_open);
        full = if drive >= 100.0 {
            full + Span::ms(100)
        } else {
            full
        };
        none = if drive <= 0.0 { none + Span::ms(100) } else { none };
        done |= result(&inline) == Some(SelfTestResult::Passed);
    }
    assert!(done && full >= Span::s(60) && full < Span::s(90), "{full:?}");
    assert_eq!(none, Span::s(2));
    let figure = |name: &str| {
        let point = points::point::find(name).unwrap_or_else(|| panic!("{name}"));
        inline.picture().cells[point.index]
            .value
            .unwrap_or_else(|why| panic!("{name}: {why:?}"))
    };
    assert!(figure("self_test.findings").abs() < 1e-9);
    assert!(
        (figure("blower.a.coast_down") - 3.0).abs() < 0.15,
        "{}",
        figure("blower.a.coast_down")
    );
    assert!((figure("self_test.speed") - 100.0).abs() < 1.0);
    let zeros = [
        "filter.left.pressure.zero",
        "filter.right.pressure.zero",
        "rack.draft.pressure.zero",
    ];
    assert!(
        zeros.iter().all(|name| figure(name).abs() < 0.3),
        "{:?}",
        zeros.map(figure)
    );
    for side in ["left", "right"] {
        let [low, best, high] =
            [".low", "", ".high"].map(|end| figure(&format!("filter.{side}.days_left{end}")));
        assert!(low > 10.0 && low <= best && best <= high, "{low} {best} {high}");
    }
    let last = f64::from(20_605 * 86_400) + 3_600.0;
    assert!((figure("self_test.last") - last).abs() < 300.0);
    // Once a night.
    let mut again = false;
    for _ in 0..36_000 {
        inline.tick();
        again |= state(inline.picture()) != Some(SelfTestState::Idle);
    }
    assert!(!again);
    assert!(inline.picture().alarms.raised.is_empty());
}

#[test]
fn it_does_not_run_where_the_site_does_not_allow_it() {
    let mut config = builtin();
    config.core.tick_ms = 200;
    let mut site = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
    for (name, value) in [("self_test.allowed", 0.0), ("self_test.hour", 0.0)] {
        site.settings.set_named(name, value).expect("it fits");
    }
    let mut inline =
        Inline::new(site, Rack::new(RackConfig::default())).unwrap_or_else(|error| panic!("{error}"));
    let ran = inline.run_until(7_300.0, |picture| state(picture) == Some(SelfTestState::Full));
    assert!(!ran);
    assert_eq!(
        inline.picture().get(self_test::WAITS_FOR).ok(),
        Some(SelfTestWait::Disabled)
    );
    assert_eq!(want(&mut inline), Ok(()), "a person may");
    until(&mut inline, SelfTestState::Full);
}

/// In every phase, also without drive: what happens is in force in the tick that sees it, and the test is over.
#[test]
fn doors_fire_heat_and_persons_end_it_at_once() {
    for phase in [
        SelfTestState::Before,
        SelfTestState::Full,
        SelfTestState::Coasting,
    ] {
        for (what, upset) in [("door", "door open"), ("button", "contact fire-button high")] {
            let mut inline = started();
            until(&mut inline, phase);
            act(&inline, upset);
            let over = inline.run_until(2.0, |picture| state(picture) == Some(SelfTestState::Idle));
            assert!(over, "{what} in {phase:?}");
            let fan = inline.picture().fan;
            assert!(fan.contact_open == (what == "button"), "{what} in {phase:?}");
            assert!(fan.contact_open || fan.drive.get() >= 20.0, "{what} in {phase:?}");
            inline.run(11.0);
            assert_eq!(
                result(&inline),
                Some(SelfTestResult::Aborted),
                "{what} in {phase:?}"
            );
        }
    }
    let mut inline = started();
    until(&mut inline, SelfTestState::Full);
    let owner = Name::new("mara").expect("short");
    assert_eq!(inline.command(&Command::Automatic { owner }), Ok(()));
    inline.run(1.0);
    assert_eq!(state(inline.picture()), Some(SelfTestState::Idle));
}

#[test]
fn heat_keeps_it_from_running_and_ends_one_that_runs() {
    let mut inline = rack(12.0);
    act(&inline, "load 11 kW");
    act(&inline, "room 31 °C");
    let warm = inline.run_until(3_600.0, |picture| {
        let exhaust = picture.get(points::point::temperature::EXHAUST_VOTED).number();
        exhaust.is_some_and(|exhaust| exhaust > 43.5) && picture.causes.is_empty()
    });
    assert!(warm);
    assert_eq!(want(&mut inline), Err(Refusal::TooWarm));
    let mut inline = started();
    until(&mut inline, SelfTestState::Rising);
    act(&inline, "room 45 °C");
    let over = inline.run_until(60.0, |picture| state(picture) == Some(SelfTestState::Idle));
    assert!(over);
    let drive = inline.picture().fan.drive.get();
    inline.run(30.0);
    assert!(
        inline.picture().fan.drive.get() >= drive.min(60.0),
        "and cooling is not less"
    );
}

#[test]
fn a_person_is_told_why_not() {
    let mut inline = started();
    assert_eq!(want(&mut inline), Err(Refusal::SelfTestRuns));
    let mut inline = rack(12.0);
    inline.run(1_200.0);
    act(&inline, "door open");
    inline.run(2.0);
    assert_eq!(want(&mut inline), Err(Refusal::NotAutomatic));
    act(&inline, "door closed");
    act(&inline, "contact mains low");
    inline.run(30.0);
    assert_eq!(want(&mut inline), Err(Refusal::CauseStands));
    act(&inline, "contact fire-button high");
    inline.run(5.0);
    assert!(inline.picture().latches.has(Latch::Fire));
    assert_eq!(want(&mut inline), Err(Refusal::LatchedOff));
    let unsigned = Command::SelfTest {
        by: Name::new("mara").expect("short"),
        reason: Reason::EMPTY,
    };
    assert_eq!(inline.command(&unsigned), Err(Refusal::Unsigned));
}

#[test]
fn worn_bearings_are_told_after_two_nights_and_kept_over_a_restart() {
    let mut inline = rack(12.0);
    inline.run(1_200.0);
    let night = |inline: &mut Inline| {
        inline.run(3_600.0);
        assert_eq!(want(inline), Ok(()));
        to_its_end(inline);
        inline.picture().alarms.raised.has(Alarm::BearingWear)
    };
    for _ in 0..3 {
        assert!(!night(&mut inline));
        assert_eq!(result(&inline), Some(SelfTestResult::Passed));
    }
    act(&inline, "blower wear a 80 %");
    assert!(!night(&mut inline));
    assert!(night(&mut inline));
    let share = |inline: &Inline| inline.picture().get(self_test::COAST).number().expect("a share");
    assert!((share(&inline) - 80.0).abs() < 5.0, "{}", share(&inline));
    assert_eq!(result(&inline), Some(SelfTestResult::Failed));
    let mut next = inline.succeed().unwrap_or_else(|error| panic!("{error}"));
    next.run(60.0);
    assert!(next.picture().alarms.raised.has(Alarm::BearingWear));
    assert!((share(&next) - 80.0).abs() < 5.0);
    assert!(next.picture().get(flow::FILTER_DAYS.at(0)).number().is_some());
}

#[test]
fn a_missing_filter_is_found_and_no_course_is_learned_from_it() {
    let mut inline = rack(12.0);
    inline.run(1_200.0);
    let before = inline.picture().get(flow::FILTER_DAYS.at(0)).number();
    assert!(before.is_some());
    act(&inline, "contact stuck filter-left on");
    act(&inline, "filter left out");
    inline.run(120.0);
    assert_eq!(want(&mut inline), Ok(()));
    to_its_end(&mut inline);
    assert_eq!(result(&inline), Some(SelfTestResult::Failed));
    let findings = inline.picture().get(self_test::FINDINGS).number();
    assert_eq!(findings, Some(32.0), "the filter, and nothing else");
    assert!(inline.picture().alarms.raised.has(Alarm::FilterMissing));
    assert!(inline.picture().alarms.raised.has(Alarm::SelfTest));
}

#[test]
fn a_sensor_whose_zero_is_off_is_found() {
    let mut inline = rack(12.0);
    inline.run(1_200.0);
    act(&inline, "fault filter-left offset 5 Pa");
    for _ in 0..4 {
        assert_eq!(want(&mut inline), Ok(()));
        to_its_end(&mut inline);
        inline.run(SECOND.as_s() * 3_600.0);
    }
    let zero = inline
        .picture()
        .get(self_test::FILTER_ZERO.at(0))
        .number()
        .expect("a zero");
    assert!((2.0..7.0).contains(&zero), "{zero}");
    let findings = inline.picture().get(self_test::FINDINGS).number();
    assert_eq!(findings, Some(4.0));
}
