//! The blower, or two of them together: does it turn when it is driven, does it move air, does it stand when it is stopped.
//!
//! Three witnesses, tachometer, current and draft, two of which must agree (H01); a site with fewer witnesses, or
//! one that has lost some, goes by those that are left, toward tripping (D4). Where the draft says nothing, behind an open
//! door for one, the tachometer decides: a wheel that is held draws current too.
//!
//! There is no re-try here: FAN_MAX is a level and the contact is never toggled, so that a blower is never started
//! again and again beside smoke (D3).

use points::{Absent, Moment, Quantity, Reading, Span};

use crate::bound::Outputs;
use crate::input::{Inputs, is_set, is_set_or_doubted};
use crate::timer::Held;

/// Below this drive, in percent, a standing blower proves nothing.
pub(crate) const DRIVEN_PERCENT: f64 = 20.0;
// Else a blower could stand at its lowest drive and nobody would say so, and one that turns would never be proven.
const _: () = assert!(
    points::setting::MINIMUM_SPEED.row().low >= DRIVEN_PERCENT,
    "every drive of automatic control is one at which the blower is watched"
);
/// From this drive on, in percent, missing draft and current mean something by themselves.
pub(crate) const DRIVE_HIGH_PERCENT: f64 = 50.0;
/// Time a blower takes to be seen turning after its drive rose from nothing or its contact closed: its drive ramps at
/// 8 %/s and lags 2 s, and a tachometer counts from about 500 rpm, which is 18 % of full speed: 6 s, and margin.
pub(crate) const SPIN_UP: Span = Span::s(10);
/// The witnesses must say so this long before the blower counts as failed, or as turning again.
pub(crate) const FAILED_TIME: Span = Span::s(3);
/// Slower than this, in rpm, is standing: tachometers invent a little.
pub(crate) const STANDING_RPM: f64 = 30.0;
/// Less than this, in ampere, is no current.
pub(crate) const NO_CURRENT_A: f64 = 0.15;
/// Less than this share of what the drive implies is no current either.
const NO_CURRENT_SHARE: f64 = 0.2;
/// Less than this, in pascals, is no draft at high drive (C10); half of it is no flow (C11).
const NO_DRAFT_PA: f64 = 1.0;
/// C11: draft below this, in pascals, at this drive, in percent, for this long.
const NO_FLOW_PA: f64 = 0.5;
const NO_FLOW_PERCENT: f64 = 30.0;
const NO_FLOW_TIME: Span = Span::s(15);
/// Time for which a blower must be seen to work before it counts as proven (D4).
pub const PROVEN_TIME: Span = Span::s(30);
/// Time the bistable contact and its auxiliary contact take, generously.
const CONTACT_TIME: Span = Span::s(1);
/// H21: current must be gone by then; more than this, in ampere, is a blower that still runs.
const STOP_TIME: Span = Span::ms(1500);
const STILL_CURRENT_A: f64 = 0.3;
/// H21: a blower that coasts (time constant about 3 s) is below half its speed by then.
const COAST_TIME: Span = Span::s(10);
const COAST_SHARE: f64 = 0.5;

/// What the blower's witnesses say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Finding {
    /// Driven and does not turn (C10).
    pub failed: bool,
    /// Turns and draws no air (C11).
    pub no_flow: bool,
    /// The contact stands open although it is commanded closed.
    pub contact_astray: bool,
    /// The contact does not stand as commanded, either way.
    pub contact_mismatch: bool,
    /// Stopped and still runs (C21).
    pub not_obeyed: bool,
    /// Seen to work for 30 s by any two witnesses, or by as many as the site has.
    pub proven: bool,
}

/// Time constant of the draft's mean: a pressure sensor's noise (0.3 Pa) is as large as what is looked for.
const DRAFT_MEAN: Span = Span::ms(400);

/// The same where a draft has to stay below [`NO_FLOW_PA`] for [`NO_FLOW_TIME`] unbroken: one sample in a hundred of
/// the sensor's noise beside a draft of nothing would break it.
const NO_FLOW_MEAN: Span = Span::s(1);

/// A running mean that forgets with a time constant. It starts anew after a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Mean {
    at: Moment,
    value: Option<f64>,
}

impl Mean {
    fn follow(&mut self, now: Moment, sample: Option<f64>, over: Span) -> Option<f64> {
        let dt = now.since(self.at).as_s();
        self.at = now;
        self.value = match (self.value, sample) {
            (Some(mean), Some(sample)) => Some(mean + (sample - mean) * dt / (dt + over.as_s())),
            (None, sample) => sample,
            (Some(_), None) => None,
        };
        self.value
    }
}

/// Memory of the blower.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct FanWatch {
    draft: Mean,
    steady_draft: Mean,
    driven: Held,
    failing: Held,
    turning: Held,
    failed: bool,
    dry: Held,
    working: Held,
    stopped: Held,
    speed_at_stop: Option<f64>,
    astray: Held,
    mismatch: Held,
}

/// `Some(true)` says it works, `Some(false)` says it does not, `None` says nothing.
type Witness = Option<bool>;

fn tachometer(inputs: &Inputs) -> Witness {
    match inputs.fan.speed.value {
        Ok(speed) => Some(speed.get() >= STANDING_RPM),
        Err(Absent::UnderRange) => Some(false),
        Err(_) => None,
    }
}

fn current(inputs: &Inputs) -> Witness {
    let implied = inputs.fan.expected_current.map_or(0.0, points::Ampere::get);
    let least = NO_CURRENT_A.max(NO_CURRENT_SHARE * implied);
    inputs.fan.current.number().map(|current| current >= least)
}

/// With the door open the draft says nothing (D12). A healthy rack shows 2 Pa at the lowest drive and 8 Pa at half
/// drive, loaded filters more: hardly any is standstill at every drive, little is so at high drive only.
fn draft(mean_pa: Option<f64>, drive: f64) -> Witness {
    let draft = mean_pa?.abs();
    let telling = !(NO_FLOW_PA..NO_DRAFT_PA).contains(&draft) || drive >= DRIVE_HIGH_PERCENT;
    telling.then_some(draft >= NO_DRAFT_PA)
}

fn is_fitted<Q: Quantity>(reading: &Reading<Q>) -> bool {
    reading.value.err() != Some(Absent::NotFitted)
}

impl FanWatch {
    /// Judges the blower by what was commanded in the last tick.
    pub fn judge(&mut self, now: Moment, inputs: &Inputs, last: &Outputs) -> Finding {
        let drive = last.drive().get();
        let aux_open = inputs.contact_fitted && is_set(&inputs.contact_open);
        let cut_off = last.contact_open() || aux_open || is_set(&inputs.isolator_open);
        let driven = !cut_off && drive >= DRIVEN_PERCENT;
        let spun_up = self.driven.stood(now, driven, SPIN_UP);

        // With the door open the draft says nothing (D12).
        let sample_pa = inputs
            .draft
            .number()
            .filter(|_| !is_set_or_doubted(&inputs.door_open));
        let mean_pa = self.draft.follow(now, sample_pa, DRAFT_MEAN);
        let steady_pa = self.steady_draft.follow(now, sample_pa, NO_FLOW_MEAN);
        let witnesses = [tachometer(inputs), current(inputs), draft(mean_pa, drive)];
        let standing = witnesses
            .iter()
            .filter(|witness| **witness == Some(false))
            .count();
        let working = witnesses.iter().filter(|witness| **witness == Some(true)).count();
        let failing = match standing + working {
            // The last witness decides; current only where the drive asks for plenty of it.
            1 => standing == 1 && (witnesses[0].is_some() || drive >= DRIVE_HIGH_PERCENT),
            // A held wheel draws current as well: without a draft nothing speaks against a tachometer that counts none.
            2 if witnesses[2].is_none() => witnesses[0] == Some(false),
            _ => standing >= 2,
        };
        let failing_long = self.failing.stood(now, spun_up && failing, FAILED_TIME);
        let turning_long = self.turning.stood(now, spun_up && !failing, FAILED_TIME);
        self.failed = driven && (failing_long || (self.failed && !turning_long));

        let fitted = [
            is_fitted(&inputs.fan.speed),
            is_fitted(&inputs.fan.current),
            is_fitted(&inputs.draft),
        ];
        let needed = fitted.iter().filter(|fitted| **fitted).count().clamp(1, 2);
        let proven = self.working.stood(now, spun_up && working >= needed, PROVEN_TIME);

        let dry = driven
            && drive >= NO_FLOW_PERCENT
            && witnesses[0] == Some(true)
            && steady_pa.is_some_and(|draft| draft.abs() < NO_FLOW_PA);

        let aux = inputs.contact_open.ok().filter(|_| inputs.contact_fitted);
        let mismatch = aux.is_some_and(|open| open.is_set() != last.contact_open());
        Finding {
            failed: self.failed,
            no_flow: self.dry.stood(now, dry, NO_FLOW_TIME),
            contact_astray: self
                .astray
                .stood(now, aux_open && !last.contact_open(), CONTACT_TIME),
            contact_mismatch: self.mismatch.stood(now, mismatch, CONTACT_TIME),
            not_obeyed: self.judge_stop(now, inputs, last),
            proven,
        }
    }

    /// H21: whether a stopped blower still runs. Coasting down is not running.
    fn judge_stop(&mut self, now: Moment, inputs: &Inputs, last: &Outputs) -> bool {
        let speed = inputs.fan.speed.number();
        let Some(stopped) = self.stopped.watch(now, last.contact_open()) else {
            self.speed_at_stop = speed;
            return false;
        };
        // After a restart the first speed seen stands in for that at the stop.
        self.speed_at_stop = self.speed_at_stop.or(speed);
        let by_current =
            stopped > STOP_TIME && inputs.fan.current.number().is_some_and(|a| a > STILL_CURRENT_A);
        let by_speed = stopped > COAST_TIME
            && speed.is_some_and(|speed| {
                speed > STANDING_RPM
                    && self
                        .speed_at_stop
                        .is_some_and(|start| speed > COAST_SHARE * start)
            });
        by_current || by_speed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_goes_a_fifth_of_the_way_in_a_quarter_of_its_time_constant_and_forgets_over_a_gap() {
        let (mut mean, over) = (Mean::default(), Span::ms(400));
        let mut follow = |at_ms, sample| mean.follow(Moment::ZERO + Span::ms(at_ms), sample, over);
        assert_eq!(follow(700, Some(6.0)), Some(6.0), "the first sample as it is");
        assert!((follow(800, Some(1.0)).unwrap() - 5.0).abs() < 1e-9);
        assert!((follow(900, Some(5.0)).unwrap() - 5.0).abs() < 1e-9);
        assert!(
            (follow(1_300, Some(9.0)).unwrap() - 7.0).abs() < 1e-9,
            "half of it in one"
        );
        assert_eq!(follow(1_400, None), None);
        assert_eq!(follow(1_500, Some(-3.0)), Some(-3.0));
    }
}
