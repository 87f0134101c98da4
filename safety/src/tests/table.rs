//! The matrix as a table.

use std::string::String;

use crate::{Code, DelayId, MATRIX, When, latch_of, write_markdown};
use points::Span;
use points::interlock::{Cause, Effect};
use points::setting::Settings;

#[test]
fn every_row_that_stops_the_fan_cuts_the_power() {
    for row in &MATRIX {
        let effects = row.effects();
        assert!(
            !effects.has(Effect::FanOff) || effects.has(Effect::PduOff),
            "{:?}",
            row.cause
        );
    }
}

#[test]
fn only_fire_and_emergency_off_stop_the_fan() {
    let stops: std::vec::Vec<Cause> = MATRIX
        .iter()
        .filter(|row| row.effects().has(Effect::FanOff))
        .map(|row| row.cause)
        .collect();
    assert_eq!(
        stops,
        [
            Cause::C01Fired,
            Cause::C02FireConfirmed,
            Cause::C03ManualFire,
            Cause::C05CutOut,
            Cause::C24EmergencyOff
        ]
    );
}

#[test]
fn the_pre_alarm_has_no_fan_effect_and_filters_have_none() {
    for cause in [Cause::C04PreAlarm, Cause::C12Filter] {
        let effects = MATRIX[cause.index()].effects();
        for effect in [Effect::FanOff, Effect::FanMax, Effect::FanFloor] {
            assert!(!effects.has(effect), "{cause:?} {effect:?}");
        }
    }
}

#[test]
fn power_is_cut_at_once_only_by_the_button_and_never_before_the_request() {
    for row in &MATRIX {
        for act in row.acts.iter().filter(|act| act.effect == Effect::PduOff) {
            let at_once = matches!((act.code, act.when), (Code::Latched, When::Always));
            assert_eq!(at_once, row.cause == Cause::C24EmergencyOff, "{:?}", row.cause);
            assert!(row.latched().has(Effect::HostDown), "{:?}", row.cause);
        }
    }
}

#[test]
fn every_cause_whose_acts_latch_has_a_latch() {
    for row in &MATRIX {
        let latches = row
            .acts
            .iter()
            .any(|act| !matches!(act.code, Code::Follows | Code::FollowsAfter(_)));
        assert_eq!(latches, latch_of(row.cause).is_some(), "{:?}", row.cause);
    }
}

#[test]
fn delays_are_the_settings() {
    let settings = Settings::default();
    assert_eq!(DelayId::FireCut.span(&settings), Span::s(60));
    assert_eq!(DelayId::HardCut.span(&settings), Span::s(10));
    assert_eq!(DelayId::PreAlarmDown.span(&settings), Span::s(600));
}

#[test]
fn the_matrix_prints_with_every_cause_and_its_reason() {
    let mut text = String::new();
    write_markdown(&mut text).unwrap();
    assert_eq!(
        text.lines().filter(|line| line.starts_with("| C")).count(),
        MATRIX.len()
    );
    assert!(
        text.contains("| C04 | Fire pre-alarm | PREALARM L, HOST_WARN L,"),
        "{text}"
    );
    assert!(text.contains("PDU_OFF S(safety.fire_cut_delay)"));
    assert!(text.contains("HOST_DOWN D(safety.prealarm_down_delay) unless answered"));
}
