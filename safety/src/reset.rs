//! Resets: what a person must have done before a latch lets go (D4).
//!
//! Every reset needs the key switch turned at the rack, freshly: a key that stands turned is a stuck contact or a
//! habit, not an act. Every reset names its latches and takes all of them or none. Nothing else ever clears a latch.

use points::command::{Authority, Refusal};
use points::interlock::{Cause, CauseSet, Latch, LatchSet};
use points::{ExtinguisherState, Flag, Moment, Reading, Span};

use crate::evidence::Evidence;
use crate::extinguisher;
use crate::input::{Inputs, UNITS, is_healthy, is_set};
use crate::judge::Safety;
use crate::latch::causes_of;

/// A key turned longer ago than this is held, not turned.
pub const KEY_FRESH: Span = Span::s(60);

/// Memory of the key switch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Key {
    seen_released: bool,
    turned: Option<Moment>,
}

impl Key {
    /// Takes in the switch. Only a turn that was seen to begin counts, so a key that was turned before the start is
    /// held; an unknown switch changes nothing.
    pub fn watch(&mut self, now: Moment, switch: &Reading<Flag>) {
        match switch.value {
            Ok(Flag::Clear) => {
                *self = Key {
                    seen_released: true,
                    turned: None,
                }
            }
            Ok(Flag::Set) if self.seen_released => self.turned = self.turned.or(Some(now)),
            Ok(Flag::Set) | Err(_) => {}
        }
    }
}

/// What the last evaluation saw, for the permissives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seen {
    pub inputs: Inputs,
    pub causes: CauseSet,
    pub evidence: Evidence,
    pub units: [ExtinguisherState; UNITS],
    pub fan_proven: bool,
    pub soak: Span,
}

/// What the reset of a latch is refused for, in the order in which it is told; before all of them come
/// [`Refusal::NotLatched`], [`Refusal::NoKey`] and [`Refusal::KeyHeld`]. A test holds it against the reset itself.
#[must_use]
pub const fn asks(latch: Latch) -> &'static [Refusal] {
    use Refusal::{CauseStands, DoorOpen, ExtinguisherNotReady, FanNotProven, NotInspected, Soaking};
    match latch {
        Latch::Fire => &[CauseStands, Soaking, DoorOpen, ExtinguisherNotReady, NotInspected],
        Latch::Unknown => &[CauseStands, DoorOpen, NotInspected],
        Latch::EmergencyOff => &[CauseStands, DoorOpen],
        Latch::OverTemperature | Latch::Blind | Latch::CoolingLoss => &[CauseStands, FanNotProven],
        Latch::PreAlarm | Latch::NotObeyed => &[CauseStands],
    }
}

/// Persons that a latch's reset needs where nobody turns the key switch (D4): two after a fire, or where there may have
/// been one.
const fn persons(latch: Latch) -> Authority {
    match latch {
        Latch::Fire | Latch::Unknown => Authority::TwoPersons,
        Latch::PreAlarm
        | Latch::OverTemperature
        | Latch::Blind
        | Latch::EmergencyOff
        | Latch::CoolingLoss
        | Latch::NotObeyed => Authority::OnePerson,
    }
}

impl Safety {
    /// Resets the named latches, all or none, judged against the last evaluation. `inspected`: the person has gone
    /// through the inspection list, which fire and unknown latches need.
    ///
    /// Resetting the emergency power-off lets the fan run again and takes the shunt trip's coil back; the feeds
    /// themselves are closed by hand (D12).
    ///
    /// # Errors
    /// With the first permissive that is missing.
    pub fn reset(
        &mut self,
        now: Moment,
        latches: LatchSet,
        inspected: bool,
        by: Authority,
    ) -> Result<(), Refusal> {
        if latches.is_empty() || latches.iter().any(|latch| !self.holds(latch)) {
            return Err(Refusal::NotLatched);
        }
        let Some(seen) = self.seen else {
            return Err(Refusal::NoKey);
        };
        let needs = latches.iter().map(persons).max().unwrap_or_default();
        self.entitled(now, by, needs)?;
        for latch in latches.iter() {
            self.permit(now, latch, inspected, &seen)?;
        }
        for latch in latches.iter() {
            if latch == Latch::Unknown {
                self.unknown = false;
                self.held_off = false;
            }
            self.interlocks.release(latch);
        }
        Ok(())
    }

    /// Whether enough persons stand behind an act, by one-time responses or one at the key switch. Asked by every act
    /// that needs a second factor.
    ///
    /// # Errors
    /// What is missing.
    pub fn entitled(&self, now: Moment, by: Authority, needs: Authority) -> Result<(), Refusal> {
        if by >= needs {
            return Ok(());
        }
        let turned = self.seen.is_some_and(|seen| is_set(&seen.inputs.key_switch));
        let fresh = self
            .key
            .turned
            .is_some_and(|turned| now.since(turned) <= KEY_FRESH);
        match (turned, by) {
            (true, _) if fresh => Ok(()),
            (true, _) => Err(Refusal::KeyHeld),
            (false, Authority::OnePerson) => Err(Refusal::SecondPerson),
            (false, Authority::Unproven | Authority::TwoPersons) => Err(Refusal::NoKey),
        }
    }

    fn permit(&self, now: Moment, latch: Latch, inspected: bool, seen: &Seen) -> Result<(), Refusal> {
        let standing = seen.causes.any(causes_of(latch));
        let inputs = &seen.inputs;
        let unless = |met: bool, refusal| if met { Ok(()) } else { Err(refusal) };
        let door = || unless(is_healthy(&inputs.door_open), Refusal::DoorOpen);
        unless(!standing, Refusal::CauseStands)?;
        match latch {
            Latch::Fire => {
                // "Gone" needs eyes that see: a blind rack or a cut loop cannot say that there is no fire.
                let eyes = !seen.evidence.loop_fault && !seen.causes.has(Cause::C17AllBlind);
                let contacts = is_healthy(&inputs.manual_fire) && is_healthy(&inputs.cut_out_open);
                unless(!seen.evidence.any() && contacts, Refusal::CauseStands)?;
                unless(now.since(self.last_evidence) >= seen.soak, Refusal::Soaking)?;
                door()?;
                unless(
                    (0..UNITS).all(|unit| is_ready(seen, unit)),
                    Refusal::ExtinguisherNotReady,
                )?;
                unless(eyes, Refusal::CauseStands)?;
                unless(inspected, Refusal::NotInspected)
            }
            Latch::Unknown => {
                unless(!seen.evidence.any(), Refusal::CauseStands)?;
                door()?;
                unless(inspected, Refusal::NotInspected)
            }
            // The fan cannot be proven while it is held off: release, door and key must do.
            Latch::EmergencyOff => {
                unless(is_healthy(&inputs.emergency_off), Refusal::CauseStands)?;
                door()
            }
            Latch::OverTemperature => {
                // Limits stay as they are while nothing is known, so "gone" needs a vote.
                unless(!seen.causes.has(Cause::C17AllBlind), Refusal::CauseStands)?;
                unless(seen.fan_proven, Refusal::FanNotProven)
            }
            Latch::Blind | Latch::CoolingLoss => unless(seen.fan_proven, Refusal::FanNotProven),
            Latch::PreAlarm | Latch::NotObeyed => Ok(()),
        }
    }
}

/// The unit is armed, or the site has none.
fn is_ready(seen: &Seen, unit: usize) -> bool {
    let (home, wire) = (
        &seen.inputs.extinguisher_home[unit],
        &seen.inputs.break_wire[unit],
    );
    seen.units[unit] == ExtinguisherState::Armed || !extinguisher::is_fitted(home, wire)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::ClassSet;
    use crate::record::Restored;
    use points::Absent;
    use std::vec::Vec;

    const NOTHING: Evidence = Evidence {
        live: ClassSet::EMPTY,
        held: ClassSet::EMPTY,
        confirmed: false,
        fired: false,
        loop_fault: false,
    };

    /// Everything is amiss, and whatever is asked for is put right: what is told on the way is the table.
    #[test]
    fn a_reset_asks_for_what_the_table_says_in_its_order() {
        let safety = Safety::new(Restored::NeverLatched, Moment::ZERO);
        for latch in Latch::ALL {
            let mut inputs = Inputs::starting(Moment::ZERO);
            inputs.extinguisher_home = [Reading::absent(Absent::Starting, Moment::ZERO); UNITS];
            let mut seen = Seen {
                inputs,
                causes: CauseSet::ALL,
                evidence: Evidence {
                    fired: true,
                    ..NOTHING
                },
                units: [ExtinguisherState::Suspect; UNITS],
                fan_proven: false,
                soak: Span::s(600),
            };
            let (mut now, mut inspected, mut told) = (Moment::ZERO, false, Vec::new());
            while let Err(refusal) = safety.permit(now, *latch, inspected, &seen) {
                assert!(!told.contains(&refusal), "{latch:?}: {refusal:?} is told again");
                told.push(refusal);
                let clear = Reading {
                    value: Ok(Flag::Clear),
                    at: now,
                };
                match refusal {
                    Refusal::CauseStands => {
                        seen.causes = CauseSet::EMPTY;
                        seen.evidence = NOTHING;
                        seen.inputs.manual_fire = clear;
                        seen.inputs.cut_out_open = clear;
                        seen.inputs.emergency_off = clear;
                    }
                    Refusal::Soaking => now = Moment::ZERO + seen.soak,
                    Refusal::DoorOpen => seen.inputs.door_open = clear,
                    Refusal::ExtinguisherNotReady => seen.units = [ExtinguisherState::Armed; UNITS],
                    Refusal::NotInspected => inspected = true,
                    Refusal::FanNotProven => seen.fan_proven = true,
                    other @ (Refusal::OutOfSpan
                    | Refusal::Unsigned
                    | Refusal::HeldByOther
                    | Refusal::LatchedOff
                    | Refusal::NotRaised
                    | Refusal::NotLatched
                    | Refusal::NoKey
                    | Refusal::KeyHeld
                    | Refusal::QueueFull
                    | Refusal::SerialUsed
                    | Refusal::UnitNotRemoved
                    | Refusal::UnitNotHome
                    | Refusal::DateUnknown
                    | Refusal::DateWrong
                    | Refusal::NotShelvable
                    | Refusal::ShelfTooLong
                    | Refusal::ShelfFull
                    | Refusal::NotShelved
                    | Refusal::OutOfService
                    | Refusal::InService
                    | Refusal::SecondPerson
                    | Refusal::NeverOverridden
                    | Refusal::VoteTaken
                    | Refusal::TooManyOverrides
                    | Refusal::NotOverridden
                    | Refusal::ServiceUnchanged
                    | Refusal::LastOfVote
                    | Refusal::BadResponse
                    | Refusal::NotEntitled
                    | Refusal::LockedOut
                    | Refusal::OverridesLocked
                    | Refusal::NotWritten
                    | Refusal::SelfTestRuns
                    | Refusal::TooWarm
                    | Refusal::NotAutomatic
                    | Refusal::CommissioningRuns
                    | Refusal::LoadUnfit
                    | Refusal::NotUnderWay
                    | Refusal::NoStageLeft
                    | Refusal::NoTime
                    | Refusal::FireStands
                    | Refusal::DrillRuns
                    | Refusal::NotAtRest
                    | Refusal::NotProvable
                    | Refusal::NotSeenUp) => panic!("{latch:?}: {other:?}"),
                }
            }
            assert_eq!(told, asks(*latch), "{latch:?}");
        }
    }
}
