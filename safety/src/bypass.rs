//! Inputs that persons have taken out of the judgement: overridden for a time, or out of service without an end.
//!
//! ```text
//!              override (person, reason, minutes)              out of service (two persons, serial)
//!  judged ---------------------------------> overridden   judged --------------------------> as if not fitted
//!         <--- time, end, fire latch, start                      <-- in service (new serial)
//! ```
//! An override hides what an input alone would raise and helps no permissive: what it measures is unknown. It dies with its
//! time, with a start and with a fire latch (I07, I08). Out of service is for what cannot become healthy (D4): the input
//! counts as if the site did not have it, so that resets become possible again, and that outlives a start.

use points::command::{Authority, OVERRIDE_MINUTES_MAX, Refusal};
use points::input::{Input, InputSet, OVERRIDES_MAX, Override, VOTERS};
use points::interlock::Latch;
use points::{Absent, Flag, LoopState, Moment, Quantity, Reading, Span};

use crate::input::Inputs;
use crate::judge::Safety;

/// What is taken out of the judgement.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Bypasses {
    pub overrides: [Option<Override>; OVERRIDES_MAX],
    pub out_of_service: InputSet,
}

impl Bypasses {
    /// The inputs that are overridden.
    pub fn overridden(&self) -> InputSet {
        let mut set = InputSet::EMPTY;
        for standing in self.overrides.iter().flatten() {
            set.put(standing.input, true);
        }
        set
    }

    /// Ends what has run out; with `all` everything.
    fn expire(&mut self, now: Moment, all: bool) {
        for place in &mut self.overrides {
            if place.is_some_and(|standing| all || now >= standing.until) {
                *place = None;
            }
        }
    }

    fn end(&mut self, input: Input) -> bool {
        let place = self
            .overrides
            .iter_mut()
            .find(|place| place.is_some_and(|standing| standing.input == input));
        place.is_some_and(|place| place.take().is_some())
    }

    /// Puts in place of each input what it counts as.
    pub fn apply(&self, inputs: &mut Inputs, now: Moment) {
        let overridden = self.overridden();
        if overridden.is_empty() && self.out_of_service.is_empty() {
            return;
        }
        // What the site does not have stays so, whatever persons say of it.
        let out = |input| overridden.has(input) || self.out_of_service.has(input);
        let homes = inputs.extinguisher_home.map(|reading| is_fitted(&reading));
        let wires = inputs.break_wire.map(|reading| is_fitted(&reading));
        for input in overridden.iter() {
            replace(inputs, input, Absent::Overridden, now);
        }
        for input in self.out_of_service.iter() {
            replace(inputs, input, Absent::NotFitted, now);
        }
        // A unit of which one signal is left goes by that one.
        for unit in (0..homes.len()).filter(|unit| homes[*unit] && wires[*unit]) {
            let (home, wire) = (&mut inputs.extinguisher_home[unit], &mut inputs.break_wire[unit]);
            let home_out = out([Input::HomeLeft, Input::HomeRight][unit]);
            let wire_out = out([Input::BreakWireLeft, Input::BreakWireRight][unit]);
            match (home_out, wire_out) {
                // Pulled out of its holder it would be unplugged as well.
                (true, false) => {
                    home.value = match wire.value {
                        Ok(LoopState::Open) => Ok(Flag::Clear),
                        Ok(LoopState::Normal | LoopState::Alarm | LoopState::Short | LoopState::Between)
                        | Err(_) => Ok(Flag::Set),
                    };
                }
                (false, true) => {
                    wire.value = match home.value {
                        Ok(Flag::Set) | Err(_) => Ok(LoopState::Normal),
                        Ok(Flag::Clear) => Ok(LoopState::Open),
                    };
                }
                (true, true) | (false, false) => {}
            }
        }
    }
}

fn is_fitted<Q: Quantity>(reading: &Reading<Q>) -> bool {
    !matches!(reading.value, Err(Absent::NotFitted))
}

/// Puts the reason in place of what the input measures.
fn replace(inputs: &mut Inputs, input: Input, reason: Absent, now: Moment) {
    fn none<Q: Quantity>(reading: &mut Reading<Q>, reason: Absent, now: Moment) {
        if is_fitted(reading) {
            *reading = Reading::absent(reason, now);
        }
    }
    match input {
        Input::ExhaustA => none(&mut inputs.exhaust[0].reading, reason, now),
        Input::ExhaustB => none(&mut inputs.exhaust[1].reading, reason, now),
        Input::ExhaustC => none(&mut inputs.exhaust[2].reading, reason, now),
        Input::Ceiling => none(&mut inputs.ceiling, reason, now),
        Input::SmokeA => none(&mut inputs.smoke[0], reason, now),
        Input::SmokeB => none(&mut inputs.smoke[1], reason, now),
        Input::BreakWireLeft => none(&mut inputs.break_wire[0], reason, now),
        Input::BreakWireRight => none(&mut inputs.break_wire[1], reason, now),
        Input::HomeLeft => none(&mut inputs.extinguisher_home[0], reason, now),
        Input::HomeRight => none(&mut inputs.extinguisher_home[1], reason, now),
        Input::FireButton => none(&mut inputs.manual_fire, reason, now),
        Input::EmergencyOff => none(&mut inputs.emergency_off, reason, now),
        Input::CutOut => none(&mut inputs.cut_out_open, reason, now),
        Input::Door => none(&mut inputs.door_open, reason, now),
        Input::Mains => none(&mut inputs.mains_present, reason, now),
        Input::Seal => none(&mut inputs.seal_broken, reason, now),
        Input::Isolator => none(&mut inputs.isolator_open, reason, now),
        Input::FanContact => none(&mut inputs.contact_open, reason, now),
        Input::Tachometer => {
            none(&mut inputs.fan.speed, reason, now);
            if let Some([first, _]) = &mut inputs.pair {
                none(&mut first.speed, reason, now);
            }
        }
        Input::BlowerCurrent => none(&mut inputs.fan.current, reason, now),
        Input::Draft => none(&mut inputs.draft, reason, now),
        Input::FilterLeft => none(&mut inputs.filter_resistance[0], reason, now),
        Input::FilterRight => none(&mut inputs.filter_resistance[1], reason, now),
        Input::PowerMeter => none(&mut inputs.it_power, reason, now),
        Input::PowerCutReadBack => none(&mut inputs.power_cut_stands, reason, now),
    }
}

impl Safety {
    /// Overrides one input for so many minutes. An override of the same input is begun anew: an extension is a new
    /// approval (03-safety 1.6).
    ///
    /// # Errors
    /// With the first thing that forbids it.
    pub fn override_input(&mut self, now: Moment, asked: &Override, by: Authority) -> Result<(), Refusal> {
        let input = asked.input;
        let needs = input.override_needs().ok_or(Refusal::NeverOverridden)?;
        let span = asked.until.since(now);
        if span < Span::s(60) || span > Span::s(60 * u64::from(OVERRIDE_MINUTES_MAX)) {
            return Err(Refusal::OutOfSpan);
        }
        if self.overrides_locked() {
            return Err(Refusal::OverridesLocked);
        }
        self.entitled(now, by, needs)?;
        let bypasses = &mut self.bypasses;
        let taken = bypasses.overridden().with(bypasses.out_of_service);
        let mut others = taken;
        others.put(input, false);
        if others.any(input.vote()) || bypasses.out_of_service.has(input) {
            return Err(Refusal::VoteTaken);
        }
        bypasses.end(input);
        let place = bypasses.overrides.iter_mut().find(|place| place.is_none());
        *place.ok_or(Refusal::TooManyOverrides)? = Some(*asked);
        Ok(())
    }

    /// Ends an override.
    ///
    /// # Errors
    /// When none of this input stands.
    pub fn end_override(&mut self, input: Input) -> Result<(), Refusal> {
        if self.bypasses.end(input) {
            Ok(())
        } else {
            Err(Refusal::NotOverridden)
        }
    }

    /// Takes an input out of service, by two persons, or puts it back, by one or by the key switch.
    ///
    /// # Errors
    /// With the first thing that forbids it.
    pub fn put_out_of_service(
        &mut self,
        now: Moment,
        input: Input,
        out: bool,
        by: Authority,
    ) -> Result<(), Refusal> {
        if self.bypasses.out_of_service.has(input) == out {
            return Err(Refusal::ServiceUnchanged);
        }
        if out && by < Authority::TwoPersons {
            return Err(Refusal::SecondPerson);
        }
        if !out {
            self.entitled(now, by, Authority::OnePerson)?;
        }
        let mut left = VOTERS.without(self.bypasses.out_of_service);
        left.put(input, false);
        if out && VOTERS.has(input) && left.is_empty() {
            return Err(Refusal::LastOfVote);
        }
        // At most one of a vote is overridden or out by choice: what is left has to see.
        for of_the_vote in input.vote().iter() {
            self.bypasses.end(of_the_vote);
        }
        self.bypasses.out_of_service.put(input, out);
        Ok(())
    }

    /// Overrides that stand.
    pub const fn overrides(&self) -> &[Option<Override>; OVERRIDES_MAX] {
        &self.bypasses.overrides
    }

    /// Inputs that are out of service.
    pub const fn out_of_service(&self) -> InputSet {
        self.bypasses.out_of_service
    }

    /// Nothing is overridden beside a fire, or while anything may have been latched (D4).
    fn overrides_locked(&self) -> bool {
        self.holds(Latch::Fire) || self.unknown
    }

    /// Lets overrides end, before anything is judged.
    pub(crate) fn expire_overrides(&mut self, now: Moment) {
        if self.bypasses.overrides.iter().any(Option::is_some) {
            let locked = self.overrides_locked();
            self.bypasses.expire(now, locked);
        }
    }
}
