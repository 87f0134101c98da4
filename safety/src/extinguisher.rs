//! The passive extinguisher units: watched, never acted upon. There is no release, hold or abort to call (D3, I06).

use points::{Absent, ExtinguisherState, Flag, LoopState, Reading};

use crate::unit::Life;

/// The state of a unit from its two signals and what is remembered of it. A holder that is empty is empty, whatever hung
/// there; a unit that has fired has fired, whatever its wire says since; nothing else is said of a unit that is not in
/// place.
pub(crate) fn state(home: &Reading<Flag>, wire: &Reading<LoopState>, life: Life) -> ExtinguisherState {
    let by_signals = by_signals(home, wire);
    match (by_signals, life) {
        (ExtinguisherState::Absent, _) => ExtinguisherState::Absent,
        (_, Life::Fired) => ExtinguisherState::Fired,
        (ExtinguisherState::Armed, Life::Expired) => ExtinguisherState::Expired,
        (ExtinguisherState::Armed, Life::Unknown) => ExtinguisherState::Suspect,
        (state, Life::Good | Life::Expired | Life::Unknown) => state,
    }
}

fn by_signals(home: &Reading<Flag>, wire: &Reading<LoopState>) -> ExtinguisherState {
    match (home.value, wire.value) {
        (_, Ok(LoopState::Alarm)) => ExtinguisherState::Fired,
        (Ok(Flag::Set), Ok(LoopState::Normal)) => ExtinguisherState::Armed,
        // The wire is still plugged in: the unit hangs in its holder.
        (Ok(Flag::Clear), Ok(LoopState::Normal)) => ExtinguisherState::Unlocked,
        // Not home and unplugged: taken out.
        (Ok(Flag::Clear), Ok(LoopState::Open)) | (Err(Absent::NotFitted), Err(Absent::NotFitted)) => {
            ExtinguisherState::Absent
        }
        (_, Ok(LoopState::Normal | LoopState::Open | LoopState::Short | LoopState::Between) | Err(_)) => {
            ExtinguisherState::Suspect
        }
    }
}

/// Whether the site has the unit at all. A site without one says so at commissioning.
pub(crate) fn is_fitted(home: &Reading<Flag>, wire: &Reading<LoopState>) -> bool {
    home.value != Err(Absent::NotFitted) || wire.value != Err(Absent::NotFitted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::Moment;

    #[test]
    fn a_unit_is_armed_only_when_both_signals_say_so() {
        use ExtinguisherState as State;
        for (home, wire, expected) in [
            (Ok(Flag::Set), Ok(LoopState::Normal), State::Armed),
            (Ok(Flag::Clear), Ok(LoopState::Normal), State::Unlocked),
            (Ok(Flag::Clear), Ok(LoopState::Open), State::Absent),
            (Ok(Flag::Set), Ok(LoopState::Open), State::Suspect),
            (Ok(Flag::Set), Ok(LoopState::Between), State::Suspect),
            (Ok(Flag::Set), Err(Absent::BusTimeout), State::Suspect),
            (Err(Absent::Stale), Ok(LoopState::Normal), State::Suspect),
            (Err(Absent::Stale), Ok(LoopState::Alarm), State::Fired),
            (Err(Absent::NotFitted), Err(Absent::NotFitted), State::Absent),
        ] {
            let home = Reading {
                value: home,
                at: Moment::ZERO,
            };
            let wire = Reading {
                value: wire,
                at: Moment::ZERO,
            };
            assert_eq!(state(&home, &wire, Life::Good), expected, "{home:?} {wire:?}");
            // Memory makes a unit no better, and is silent about an empty holder.
            let remembered = |life| state(&home, &wire, life);
            let armed = expected == State::Armed;
            assert_eq!(
                remembered(Life::Expired),
                if armed { State::Expired } else { expected }
            );
            assert_eq!(
                remembered(Life::Unknown),
                if armed { State::Suspect } else { expected }
            );
            let empty = expected == State::Absent;
            assert_eq!(
                remembered(Life::Fired),
                if empty { State::Absent } else { State::Fired }
            );
        }
    }
}
