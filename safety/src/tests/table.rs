//! The matrix as a table.

use std::string::String;

use crate::{Code, DelayId, MATRIX, When, latch_of, write_markdown};
use points::Span;
use points::interlock::{Cause, Effect, EffectSet};
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
    for cause in [Cause::C04PreAlarm, Cause::C12Filter, Cause::C30FilterMissing] {
        let effects = MATRIX[cause.index()].effects();
        for effect in [Effect::FanOff, Effect::FanMax, Effect::FanFloor, Effect::FanLeast] {
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
fn a_delay_is_the_setting_of_its_name_or_ten_seconds() {
    let mut lengths = std::vec::Vec::new();
    for id in [
        DelayId::FireCut,
        DelayId::PreAlarmPrepare,
        DelayId::PreAlarmDown,
        DelayId::OverTemperatureGrace,
        DelayId::Blind,
        DelayId::Mains,
    ] {
        let mut settings = Settings::default();
        let span = id.span(&settings);
        let other = span.as_s() - 1.0;
        settings.set_named(id.text(), other).unwrap();
        assert_eq!(id.span(&settings), span.left(Span::s(1)), "{id:?}");
        lengths.push(span);
    }
    assert_eq!(lengths, [60, 60, 600, 300, 600, 300].map(Span::s));
    let hard = (
        DelayId::HardCut.span(&Settings::default()),
        DelayId::HardCut.text(),
    );
    assert_eq!(hard, (Span::s(10), "10 s"));
}

#[test]
fn what_stays_until_a_reset_is_what_is_coded_so() {
    for row in &MATRIX {
        for act in row.acts {
            let follows = matches!(act.code, Code::Follows | Code::FollowsAfter(_));
            assert_eq!(act.latches(), !follows, "{:?} {:?}", row.cause, act.effect);
            let plainly = act.code == Code::Latched && act.when == When::Always;
            assert_eq!(act.is_plainly_latched(), plainly);
            assert!(!plainly || row.latched().has(act.effect));
            assert!(row.effects().has(act.effect));
        }
        let of_acts = |set: EffectSet| {
            set.iter()
                .all(|effect| row.acts.iter().any(|act| act.effect == effect))
        };
        assert!(of_acts(row.effects()));
    }
}

/// A writer whose paper ends.
struct Paper(usize);

impl core::fmt::Write for Paper {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.0 = self.0.checked_sub(text.len()).ok_or(core::fmt::Error)?;
        Ok(())
    }
}

#[test]
fn a_table_that_cannot_be_written_whole_says_so() {
    let mut text = String::new();
    write_markdown(&mut text).unwrap();
    assert_eq!(write_markdown(&mut Paper(text.len())), Ok(()));
    for length in 0..text.len() {
        assert!(write_markdown(&mut Paper(length)).is_err(), "{length}");
    }
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
    for cells in [
        "| FAN_MAX U, HOST_CAP L, HOST_WARN U, FAULT U, HOST_DOWN L when the trip is near |",
        "| MAIL U, FAULT U at the end of life |",
        ", PDU_OFF S(safety.over_temperature_grace) where the site allows it, HORN U, ",
        "HOST_PREPARE U(safety.prealarm_prepare_delay), ",
        "| FAN_MAX U without fire evidence, HOST_WARN U, FAULT U, HOST_DOWN L with fire evidence, HOST_DOWN D(safety.blind_delay) |",
        "PDU_OFF S(10 s), ",
        "| FAN_LEAST U while heat permits, MAIL U |",
    ] {
        assert!(text.contains(cells), "{cells} in {text}");
    }
}
