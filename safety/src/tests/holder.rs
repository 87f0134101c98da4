//! A unit's holder at its limits: what is noticed in which tick, what is counted, and which unit may be entered.

use super::bench::healthy;
use crate::{Climate, Inputs, Life, NewUnit, UnitRecord, Units};
use points::alarm::Alarm;
use points::command::Refusal;
use points::setting::Settings;
use points::unit::{Serial, Side};
use points::{Absent, Celsius, Date, Day, Flag, LoopState, Moment, Percent, Reading, Span};

const START: Date = Date::from_days(20_000);
const HOUR: Span = Span::s(3_600);

fn at_us(us: u64) -> Moment {
    Moment(us)
}

fn good() -> Units {
    Units::new(Some(&UnitRecord::commissioned(Some(START))), Moment::ZERO)
}

fn air(temperature: [Result<f64, Absent>; 2], humidity: Result<f64, Absent>) -> Climate {
    let at = Moment::ZERO;
    Climate {
        temperature: temperature.map(|seen| Reading {
            value: seen.map(Celsius::of),
            at,
        }),
        humidity: Reading {
            value: humidity.map(Percent::of),
            at,
        },
    }
}

fn signals(home: Result<Flag, Absent>, wire: Result<LoopState, Absent>) -> Inputs {
    let mut inputs = healthy();
    inputs.extinguisher_home[0].value = home;
    inputs.break_wire[0].value = wire;
    inputs
}

fn entered(serial: &str) -> NewUnit {
    NewUnit {
        unit: Side::Left,
        serial: Serial::new(serial).unwrap(),
        installed: None,
        inspected: true,
    }
}

#[test]
fn a_unit_fires_once_and_is_taken_out_once() {
    let mut units = good();
    assert!(!units.watch(at_us(0), &healthy()));
    let fired = signals(Ok(Flag::Set), Ok(LoopState::Alarm));
    assert!(units.watch(at_us(1), &fired), "it has changed");
    assert!(units.memory()[0].fired && !units.memory()[1].fired);
    assert!(!units.watch(at_us(2), &fired) && units.memory()[0].fired);

    let out = signals(Ok(Flag::Clear), Ok(LoopState::Open));
    assert!(!units.watch(at_us(10), &out));
    assert!(!units.watch(at_us(1_000_009), &out), "a contact bounces");
    assert!(!units.memory()[0].removed);
    assert!(units.watch(at_us(1_000_010), &out) && units.memory()[0].removed);
    assert!(!units.watch(at_us(2_000_000), &out));
}

#[test]
fn only_a_holder_that_is_empty_by_both_signals_is_empty() {
    for (home, wire, removed) in [
        (Ok(Flag::Clear), Ok(LoopState::Open), true),
        (Ok(Flag::Set), Ok(LoopState::Open), false),
        (Ok(Flag::Clear), Ok(LoopState::Normal), false),
        (Err(Absent::NoAnswer), Ok(LoopState::Open), false),
        (Ok(Flag::Clear), Err(Absent::NoAnswer), false),
    ] {
        let mut units = good();
        let inputs = signals(home, wire);
        units.watch(at_us(0), &inputs);
        units.watch(at_us(5_000_000), &inputs);
        assert_eq!(units.memory()[0].removed, removed, "{home:?} {wire:?}");
        assert!(!units.memory()[0].fired && !units.memory()[1].removed);
    }
}

/// Exposure in percent of 2,000 hot hours or 4,000 damp ones, whichever is more.
#[test]
fn each_hour_in_heat_or_damp_is_its_share_of_what_is_borne() {
    let settings = Settings::default();
    let cool = Ok(40.0);
    for (left, right, humidity, shares) in [
        (Ok(60.0), cool, Ok(40.0), [50.0, 0.0]),
        (cool, Ok(60.0), Ok(40.0), [0.0, 50.0]),
        (cool, cool, Ok(80.0), [25.0, 25.0]),
        (Ok(60.0), cool, Ok(80.0), [50.0, 25.0]),
        (Ok(50.0), Ok(50.1), Ok(70.0), [0.0, 50.0]),
        (
            Err(Absent::NotFitted),
            Err(Absent::Stuck),
            Err(Absent::NotFitted),
            [0.0, 50.0],
        ),
    ] {
        let mut units = good();
        let air = air([left, right], humidity);
        // Time begins with the first look at it.
        units.age(at_us(0) + HOUR, Some(START), &air, &settings);
        let now = at_us(0) + HOUR + Span::s(1_000 * 3_600);
        units.age(now, Some(START.after(41)), &air, &settings);
        let figures = units.figures(&settings).map(|(_, share)| share.map(Percent::get));
        for (figure, share) in figures.into_iter().zip(shares) {
            assert!(
                (figure.unwrap() - share).abs() < 1e-9,
                "{left:?} {right:?} {humidity:?}: {figure:?}"
            );
        }
        let hot = units.record().memory();
        assert_eq!(hot, units.memory());
    }
}

#[test]
fn what_has_not_been_read_since_a_start_counts_after_a_minute() {
    let settings = Settings::default();
    let blind = air([Err(Absent::Starting); 2], Err(Absent::Starting));
    let shares = |until: Moment| {
        let mut units = good();
        units.age(at_us(0), Some(START), &blind, &settings);
        units.age(until, Some(START), &blind, &settings);
        units.figures(&settings)[0].1.unwrap().get()
    };
    assert!(shares(at_us(59_999_999)).abs() < 1e-12);
    assert!(
        shares(at_us(60_000_000)) > 0.0,
        "then unknown is never normal (I15)"
    );
    // What was read and is lost counts like that too, and what is hot counts at once.
    let mut units = good();
    let hot = air([Ok(60.0), Ok(40.0)], Ok(40.0));
    units.age(at_us(0), Some(START), &hot, &settings);
    units.age(at_us(30_000_000), Some(START), &hot, &settings);
    assert!(units.figures(&settings)[0].1.unwrap().get() > 0.0);
}

#[test]
fn worn_out_is_worn_out_at_the_whole_of_it_and_no_date_takes_that_back() {
    let settings = Settings::default();
    let hot = air([Ok(60.0), Ok(40.0)], Ok(40.0));
    let mut units = good();
    units.age(at_us(0), Some(START), &hot, &settings);
    let whole = at_us(2_000 * 3_600_000_000);
    units.age(at_us(whole.0 - 1), Some(START.after(83)), &hot, &settings);
    assert_eq!(units.life(), [Life::Good; 2]);
    assert!(units.conditions().has(Alarm::UnitExpiring) && !units.conditions().has(Alarm::UnitExpired));
    units.age(whole, Some(START.after(83)), &hot, &settings);
    assert_eq!(units.life(), [Life::Expired, Life::Good]);
    assert!(!units.conditions().has(Alarm::UnitExpiring) && units.conditions().has(Alarm::UnitExpired));
    units.confirm_date(whole, &settings);
    assert_eq!(units.life(), [Life::Expired, Life::Good]);
}

#[test]
fn ninety_percent_of_the_exposure_or_thirty_days_are_told() {
    let settings = Settings::default();
    let cool = air([Ok(40.0); 2], Ok(40.0));
    for (day, told) in [(1_794, false), (1_795, true)] {
        let mut units = good();
        units.age(at_us(0), Some(START), &cool, &settings);
        let now = at_us(day * 86_400_000_000);
        units.age(
            now,
            Some(START.after(u32::try_from(day).unwrap())),
            &cool,
            &settings,
        );
        assert_eq!(units.conditions().has(Alarm::UnitExpiring), told, "day {day}");
    }
    let hot = air([Ok(60.0), Ok(40.0)], Ok(40.0));
    for (hours_us, told) in [(1_800 * 3_600_000_000_u64, true), (1_799 * 3_600_000_000, false)] {
        let mut units = good();
        units.age(at_us(0), Some(START), &hot, &settings);
        units.age(at_us(hours_us), Some(START.after(75)), &hot, &settings);
        assert_eq!(units.conditions().has(Alarm::UnitExpiring), told);
    }
}

/// A unit expires on the day its shelf life is over; once it has, the days of a change of zone take nothing back.
#[test]
fn an_expiry_is_taken_back_only_by_three_days_or_more() {
    let settings = Settings::default();
    let cool = air([Ok(40.0); 2], Ok(40.0));
    let mut units = good();
    for (day, life) in [
        (1_824, Life::Good),
        (1_825, Life::Expired),
        (1_824, Life::Expired),
        (1_822, Life::Expired),
        (1_821, Life::Good),
        (1_822, Life::Good),
    ] {
        units.age(at_us(0), Some(START.after(day)), &cool, &settings);
        units.confirm_date(at_us(0), &settings);
        assert_eq!(units.life()[0], life, "day {day}");
        let left = units.figures(&settings)[0].0.map(Day::get);
        assert_eq!(left, Ok(f64::from(1_825_u32.saturating_sub(day))));
    }
}

#[test]
fn a_unit_of_unknown_age_has_no_days_and_does_not_expire_by_any() {
    let settings = Settings::default();
    let cool = air([Ok(40.0); 2], Ok(40.0));
    let mut units = Units::new(Some(&UnitRecord::commissioned(None)), Moment::ZERO);
    units.age(at_us(0), Some(START), &cool, &settings);
    assert_eq!(units.life(), [Life::Good; 2]);
    assert_eq!(units.figures(&settings)[0].0, Err(Absent::Suspended));
    assert!(units.figures(&settings)[0].1.is_ok() && !units.conditions().has(Alarm::UnitExpiring));
    let mut unread = Units::new(None, Moment::ZERO);
    unread.age(at_us(0), Some(START), &cool, &settings);
    assert_eq!(unread.life(), [Life::Unknown; 2]);
    assert_eq!(
        unread.figures(&settings)[1],
        (Err(Absent::Suspended), Err(Absent::Suspended))
    );
}

/// The record is written once an hour: it holds whole hours.
#[test]
fn a_record_changes_when_an_hour_is_full() {
    let settings = Settings::default();
    let worst = air([Ok(60.0); 2], Ok(90.0));
    let mut units = good();
    units.age(at_us(0), Some(START), &worst, &settings);
    let first = units.record();
    units.age(at_us(2 * 3_600_000_000 - 1), Some(START), &worst, &settings);
    let one = units.record();
    units.age(at_us(2 * 3_600_000_000), Some(START), &worst, &settings);
    let two = units.record();
    for (record, hours) in [(first, 0), (one, 1), (two, 2)] {
        for unit in record.units {
            assert_eq!(
                (unit.hot, unit.damp),
                (Span::s(3_600 * hours), Span::s(3_600 * hours))
            );
        }
        assert_eq!((record.day, record.memory()), (Some(START), units.memory()));
    }
}

#[test]
fn a_holder_with_one_signal_is_fitted_and_one_without_any_is_not() {
    let settings = Settings::default();
    let none = Absent::NotFitted;
    for (home, wire, fitted) in [
        (Err(none), Err(none), false),
        (Ok(Flag::Set), Err(none), true),
        (Err(none), Ok(LoopState::Normal), true),
        (Err(Absent::NoAnswer), Err(Absent::NoAnswer), true),
    ] {
        let mut units = Units::new(None, Moment::ZERO);
        units.watch(at_us(0), &signals(home, wire));
        let told = units.figures(&settings)[0];
        let why = if fitted { Absent::Suspended } else { none };
        assert_eq!(told, (Err(why), Err(why)), "{home:?} {wire:?}");
    }
}

#[test]
fn the_date_of_a_unit_is_given_or_today_and_neither_ahead_nor_over() {
    let settings = Settings::default();
    let cool = air([Ok(40.0); 2], Ok(40.0));
    let mut undated = good();
    undated.age(at_us(0), None, &cool, &settings);
    let answer = undated.replace(&entered("A1"), &healthy(), &settings);
    assert_eq!(answer, Err(Refusal::DateUnknown));
    let given = NewUnit {
        installed: Some(START.after(9)),
        ..entered("A1")
    };
    assert_eq!(
        undated.replace(&given, &healthy(), &settings),
        Ok(()),
        "no clock says otherwise"
    );
    assert_eq!(undated.memory()[0].installed, Some(START.after(9)));

    for (installed, answer) in [
        (START.after(1), Err(Refusal::DateWrong)),
        (START, Ok(())),
        (Date::from_days(20_000 - 1_824), Ok(())),
        (Date::from_days(20_000 - 1_825), Err(Refusal::DateWrong)),
    ] {
        let mut units = good();
        units.age(at_us(0), Some(START), &cool, &settings);
        let given = NewUnit {
            installed: Some(installed),
            ..entered("A1")
        };
        assert_eq!(
            units.replace(&given, &healthy(), &settings),
            answer,
            "{installed}"
        );
        let kept = units.memory()[0];
        let told = (kept.installed, kept.serial == given.serial, kept.known);
        let changed = answer.is_ok();
        assert_eq!(
            told,
            (Some(if changed { installed } else { START }), changed, true)
        );
    }
}

/// What hangs there without a number is entered where it hangs; whatever has one, or has fired, is taken out first.
#[test]
fn which_unit_is_entered_where_it_hangs() {
    let settings = Settings::default();
    let cool = air([Ok(40.0); 2], Ok(40.0));
    for (numbered, fired, answer) in [
        (false, false, Ok(())),
        (true, false, Err(Refusal::UnitNotRemoved)),
        (false, true, Err(Refusal::UnitNotRemoved)),
        (true, true, Err(Refusal::UnitNotRemoved)),
    ] {
        let mut units = good();
        units.age(at_us(0), Some(START), &cool, &settings);
        if numbered {
            assert_eq!(units.replace(&entered("A1"), &healthy(), &settings), Ok(()));
        }
        if fired {
            units.watch(at_us(1), &signals(Ok(Flag::Set), Ok(LoopState::Alarm)));
        }
        assert_eq!(
            units.replace(&entered("A2"), &healthy(), &settings),
            answer,
            "{numbered} {fired}"
        );
    }
}

/// Only a unit of which nothing is known, or that has fired, needs the list of the inspection.
#[test]
fn an_inspection_is_asked_for_after_a_fire_and_of_the_unknown() {
    let settings = Settings::default();
    let cool = air([Ok(40.0); 2], Ok(40.0));
    for (known, fired, asked) in [
        (true, false, false),
        (false, false, true),
        (true, true, true),
        (false, true, true),
    ] {
        let mut units = if known {
            good()
        } else {
            Units::new(None, Moment::ZERO)
        };
        units.age(at_us(0), Some(START), &cool, &settings);
        if fired {
            units.watch(at_us(1), &signals(Ok(Flag::Set), Ok(LoopState::Alarm)));
        }
        let out = signals(Ok(Flag::Clear), Ok(LoopState::Open));
        units.watch(at_us(2), &out);
        units.watch(at_us(2_000_000), &out);
        let hasty = NewUnit {
            inspected: false,
            ..entered("A1")
        };
        let answer = units.replace(&hasty, &healthy(), &settings);
        assert_eq!(
            answer,
            if asked { Err(Refusal::NotInspected) } else { Ok(()) },
            "{known} {fired}"
        );
        if asked {
            assert_eq!(units.replace(&entered("A1"), &healthy(), &settings), Ok(()));
        }
        assert_eq!(units.life()[0], Life::Good);
        assert!(!units.memory()[0].removed, "it hangs there");
    }
}
