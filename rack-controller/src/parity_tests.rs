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
