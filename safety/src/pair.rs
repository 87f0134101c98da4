//! Two blowers on one plenum, each behind a non-return flap: which of them is lost, and what the other makes up for.
//!
//! ```text
//!   driven and spun up, slow or standing --1 s--> make-up: full speed for 30 s --> control goes on with what is left
//!                          standing --3 s, slow --10 s--> lost --turns for 3 s--> there again
//!   one lost, exhaust hot (C07) and the trip near all the same --10 s--> what is left is not enough: as C10
//! ```
//! One that fails is no loss of cooling yet: the flap of the one that stands shuts, and the other carries the rack. So C10
//! stays what it was, for the blowers together ([`crate::fan`]); here each is judged by itself, by its own tachometer and, where
//! that says nothing, by a current of its own. A full speed too much costs half a minute of noise, so make-up does not wait for
//! a proof, and nothing is latched.

use points::{Absent, Ampere, Blower, Flag, Moment, Reading, Rpm, Span};

use crate::bound::Outputs;
use crate::fan::{DRIVE_HIGH_PERCENT, DRIVEN_PERCENT, FAILED_TIME, NO_CURRENT_A, SPIN_UP, STANDING_RPM};
use crate::input::{Inputs, is_set};
use crate::timer::Held;

/// Two blowers at one drive turn alike: one that is slower than this share of the other does not turn as it should. Worn
/// bearings leave it 0.83 (efficiency halved, at full drive), and below 0.6 its flap is shut.
const SLOW_SHARE: f64 = 0.7;
/// A wheel that starts beside one that runs needs so long to be as fast: 12.5 s of ramp, 2 s of lag, and margin.
const AS_FAST: Span = Span::s(20);
/// So long it has to be slow or standing before the other makes up for it, and slow before it counts as lost.
const WEAK_TIME: Span = Span::s(1);
const SLOW_TIME: Span = Span::s(10);
/// So long full speed is held then: rise and lag of the other take 15 s, and control finds its own way from there.
pub const MAKE_UP_TIME: Span = Span::s(30);
/// Heat that rises towards the trip beside one that is lost has to last so long: what is left is not enough.
const SHORT_TIME: Span = Span::s(10);

/// One of two blowers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlowerInputs {
    /// Its tachometer; absent where it is not believed.
    pub speed: Reading<Rpm>,
    /// Current of a supply of its own, where that is measured.
    pub current: Reading<Ampere>,
    /// An isolator of its own is open.
    pub isolated: Reading<Flag>,
}

/// What is found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PairFinding {
    /// Driven, and does not turn as it should.
    pub lost: [bool; 2],
    /// The other has to make up for one.
    pub make_up: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct One {
    driven: Held,
    weak: Held,
    standing: Held,
    slow: Held,
    turning: Held,
    was_weak: bool,
    lost: bool,
}

/// How one turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turns {
    Well,
    Slowly,
    Not,
    Unknown,
}

fn rpm(speed: &Reading<Rpm>) -> Option<f64> {
    match speed.value {
        Ok(speed) => Some(speed.get()),
        Err(Absent::UnderRange) => Some(0.0),
        Err(_) => None,
    }
}

fn turns(own: &BlowerInputs, other: &BlowerInputs, drive: f64) -> Turns {
    match (rpm(&own.speed), rpm(&other.speed)) {
        (Some(speed), _) if speed < STANDING_RPM => Turns::Not,
        (Some(speed), Some(other)) if speed < SLOW_SHARE * other => Turns::Slowly,
        (Some(_), _) => Turns::Well,
        (None, _) => match own.current.number() {
            Some(current) if current < NO_CURRENT_A && drive >= DRIVE_HIGH_PERCENT => Turns::Not,
            Some(_) | None => Turns::Unknown,
        },
    }
}

impl One {
    /// Whether it has just become weak.
    fn judge(&mut self, now: Moment, driven: bool, turns: Turns) -> bool {
        let driven_for = self.driven.watch(now, driven).unwrap_or(Span::ZERO);
        let standing = driven_for >= SPIN_UP && turns == Turns::Not;
        let slow = driven_for >= AS_FAST && turns == Turns::Slowly;
        let weak = self.weak.stood(now, standing || slow, WEAK_TIME);
        let failing = self.standing.stood(now, standing, FAILED_TIME)
            | self.slow.stood(now, slow || standing, SLOW_TIME);
        let well = driven && turns == Turns::Well;
        let there = self.turning.stood(now, well, FAILED_TIME);
        // One that is not driven, or that nothing is known of any more, proves nothing.
        let proves_nothing = !driven || turns == Turns::Unknown;
        self.lost = !proves_nothing && (failing || (self.lost && !there));
        let new = weak && !self.was_weak;
        self.was_weak = weak;
        new
    }
}

/// Memory of both.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PairWatch {
    blowers: [One; 2],
    makes_up_until: Moment,
    short: Held,
    finding: PairFinding,
}

impl PairWatch {
    /// Judges both by what was commanded in the last tick. Nothing is found where there is one.
    pub fn judge(&mut self, now: Moment, inputs: &Inputs, last: &Outputs) -> PairFinding {
        let Some(pair) = &inputs.pair else {
            return PairFinding::default();
        };
        let aux_open = inputs.contact_fitted && is_set(&inputs.contact_open);
        let cut_off = last.contact_open() || aux_open || is_set(&inputs.isolator_open);
        for blower in Blower::BOTH {
            let (own, other) = (&pair[blower.index()], &pair[blower.other().index()]);
            let drive = last.drive_of(blower).get();
            let driven = !cut_off && !is_set(&own.isolated) && drive >= DRIVEN_PERCENT;
            let one = &mut self.blowers[blower.index()];
            if one.judge(now, driven, turns(own, other, drive)) {
                self.makes_up_until = now + MAKE_UP_TIME;
            }
        }
        self.finding = PairFinding {
            lost: self.blowers.map(|one| one.lost),
            make_up: now < self.makes_up_until && !cut_off,
        };
        self.finding
    }

    /// Whether what is left of two does not cool enough: `hot` is C07, `trip_near` as for C10.
    pub fn falls_short(&mut self, now: Moment, hot: bool, trip_near: bool) -> bool {
        let alone = self.finding.lost != [false; 2];
        self.short.stood(now, alone && hot && trip_near, SHORT_TIME)
    }
}
