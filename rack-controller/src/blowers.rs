//! What is shown of two blowers: what each one does and what they do together. Pure.

use points::point::{blower, blowers};
use points::{Absent, Blower, BlowerState, Flag, Reading, Rpm, Snapshot};
use safety::{Outputs, Verdict};

use crate::control::pair::jet_speed;
use crate::judge::SPEED_FULL_RPM;

/// What each of two blowers does, and both together.
pub(crate) fn show(picture: &mut Snapshot, verdict: &Verdict, outputs: &Outputs) {
    let now = picture.now;
    for blower in Blower::BOTH {
        let place = blower.index();
        let isolated = picture.get(blower::ISOLATOR_OPEN.at(place)).ok() == Some(Flag::Set);
        let speed = picture.get(blower::SPEED.at(place)).value;
        let state = if isolated {
            BlowerState::Isolated
        } else if outputs.drive_of(blower).get() <= 0.0 {
            if outputs.rests() == Some(blower) {
                BlowerState::Standby
            } else {
                BlowerState::Stopped
            }
        } else if verdict.lost[place] {
            BlowerState::Failed
        } else if speed.is_err() && speed != Err(Absent::UnderRange) {
            BlowerState::Unseen
        } else {
            BlowerState::Running
        };
        picture.put_now(blowers::STATE.at(place), state);
    }
    picture.put_now(
        blower::CONTACT_COMMAND.at(1),
        Flag::from_bool(outputs.contact_open()),
    );
    let jet = jet_speed(picture);
    // Too slow to be counted is a state of one wheel.
    let jet = if jet.value == Err(Absent::UnderRange) {
        Reading::good(Rpm::of(0.0), now)
    } else {
        jet
    };
    picture.put(blowers::JET_SPEED, jet);
}

/// Speed of the jet by the tachometers, percent of one blower's full speed.
pub(crate) fn speed_percent(picture: &Snapshot) -> Option<f64> {
    let rpm = jet_speed(picture).number()?;
    Some(100.0 * rpm / SPEED_FULL_RPM)
}
