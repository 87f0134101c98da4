//! Whether the air comes in where it should: through both filters, and not through an open door that is told as closed.
//!
//! ```text
//!   room --filter, filter--> rack --core--> suction chamber
//!        draft = clean law       core = chamber suction - draft + stack = K Q²
//! ```
//! A door, or a missing side panel, lets air in beside the filters: the draft collapses to a quarter of the clean rack's
//! at this speed, more air flows through the core, and each filter still takes all of what is left of the draft. No
//! other fault does all three: filters that load raise the draft; a torn or missing one takes less than its share of the
//! draft; a blocked discharge starves the core; a slow or standing blower moves the curve along, since the speed is
//! counted and not commanded. A door that is open cannot be told from a side panel that is off.

use points::point::{contact, flow, temperature};
use points::{Absent, Flag, Moment, Quantity, Reading, Rpm, Snapshot, Span};
use sensors::estimate::commission::Fit;

use super::derive::clean_flow_and_draft;
use super::steady::{LOOK, Mean, Verdict};
use crate::control::FlowMap;
use crate::control::pair::jet_speed;

/// Below this speed nothing is judged, rpm: the slowest drive holds 560.
const LEAST_RPM: f64 = 500.0;
/// Draft over that of the clean closed rack below which air finds another way: 0.24 to 0.37 with the door open, filters
/// clean to at their end; 0.49 and more with both filters torn.
const COLLAPSED: f64 = 0.42;
/// And above which it does not any more.
const RECOVERED: f64 = 0.55;
/// Share of the draft that a filter in its place takes at least: 0.94 to 1, a torn one 0.8.
const IN_PLACE: f64 = 0.7;
/// And at most: more than the draft itself says that the draft's sensor is off.
const WHOLE: f64 = 1.3;
/// And below which it is missing: 0.19 to 0.45 with one or both out.
const MISSING: f64 = 0.5;
/// A draft below this, Pa, is not divided by.
const LEAST_PA: f64 = 0.3;
/// The path through the core, Pa s²/m⁶ (plant study, section 1.1: 25 over rack and slits, a fifth of it the slits').
const CORE: f64 = 20.0;
/// Pressure of the warm column per kelvin over the room, Pa: 1.17 kg/m³ of 1 m over 297 K.
const STACK_PA_PER_K: f64 = 0.0386;
/// The core must take this much more than in the clean closed rack (1.9 to 4.8 with the door open), and so many pascals
/// at least, which is what two sensors' zeros are worth.
const CORE_GAIN: f64 = 1.3;
const CORE_LEAST_PA: f64 = 0.2;
/// Time constant of the means: the sensors' noise is half of what a closed rack shows at the slowest drive.
const OVER: Span = Span::s(25);
/// For so long it has to look so, and for so long otherwise: with the means a door is told 80 s after it opens (H07).
const ASTRAY_TIME: Span = Span::s(30);
const CLOSED_TIME: Span = Span::s(15);

/// Memory of the ways in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Passage {
    looked: Moment,
    speed: Mean,
    draft: Mean,
    suction: Mean,
    drops: [Mean; 2],
    astray: Verdict,
    missing: Verdict,
    /// The plan's rack, as planned.
    map: FlowMap,
}

/// What a look sees, in pascals.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// Flow in m³/s and draft of the clean closed rack at this speed.
    clean: (f64, f64),
    draft: f64,
    suction: f64,
    drops: [f64; 2],
    /// Exhaust over room, kelvin.
    rise: f64,
}

impl Passage {
    /// Of a rack with so many blowers.
    pub(super) fn new(blowers: usize) -> Self {
        Passage {
            map: FlowMap::default().of_blowers(&Fit::PLAN, blowers),
            ..Passage::default()
        }
    }

    /// Looks, and shows the door's contact as absent while it says closed and the air says otherwise.
    pub(super) fn judge(&mut self, now: Moment, picture: &mut Snapshot) {
        let dt = now.since(self.looked);
        // The contact is written anew in every tick: what is read here is what it says.
        let door = picture.get(contact::DOOR_OPEN);
        if dt >= LOOK {
            self.looked = now;
            let seen = self.see(dt, picture);
            if door.value == Ok(Flag::Clear) {
                self.astray
                    .look(now, seen.and_then(door_open), ASTRAY_TIME, CLOSED_TIME);
                self.missing
                    .look(now, seen.and_then(filter_missing), ASTRAY_TIME, CLOSED_TIME);
            } else {
                // Open, or not read: there is nothing to contradict.
                (self.astray, self.missing) = (Verdict::default(), Verdict::default());
            }
        }
        if let (Some(since), Ok(Flag::Clear)) = (self.astray.since(), door.value) {
            picture.put(contact::DOOR_OPEN, Reading::absent(Absent::Disagrees, since));
        }
    }

    fn see(&mut self, dt: Span, picture: &Snapshot) -> Option<Seen> {
        let speed = self.speed.follow(jet_speed(picture).number(), dt, OVER);
        let draft = self
            .draft
            .follow(picture.get(flow::RACK_DRAFT).number(), dt, OVER);
        let suction = self.suction.follow(picture.get(flow::SUCTION).number(), dt, OVER);
        let [left, right] = &mut self.drops;
        let left = left.follow(picture.get(flow::FILTER_DROP.at(0)).number(), dt, OVER);
        let right = right.follow(picture.get(flow::FILTER_DROP.at(1)).number(), dt, OVER);
        let rise =
            picture.get(temperature::EXHAUST_VOTED).number()? - picture.get(temperature::ROOM).number()?;
        Some(Seen {
            clean: clean_flow_and_draft(&self.map, Rpm::new(speed.filter(|rpm| *rpm >= LEAST_RPM)?)?),
            draft: -draft?,
            suction: -suction?,
            drops: [left?, right?],
            rise,
        })
    }

    /// The door's contact is not believed.
    pub(super) const fn door_doubted(&self) -> bool {
        self.astray.since().is_some()
    }

    /// A filter takes too little of the draft, whatever its contact says.
    pub(super) const fn filter_missing(&self) -> bool {
        self.missing.since().is_some()
    }
}

/// Whether the air says that a door or panel is open; none between the limits.
fn door_open(seen: Seen) -> Option<bool> {
    let (clean_m3_s, clean_pa) = seen.clean;
    let share = seen.draft / clean_pa;
    if share > RECOVERED {
        return Some(false);
    }
    let core = seen.suction - seen.draft + STACK_PA_PER_K * seen.rise;
    let gains = core > CORE_LEAST_PA.max(CORE_GAIN * CORE * clean_m3_s * clean_m3_s);
    let takes = IN_PLACE * seen.draft..WHOLE * seen.draft;
    let in_place = seen.draft >= LEAST_PA && seen.drops.iter().all(|drop| takes.contains(drop));
    (share < COLLAPSED).then_some(gains && in_place)
}

/// Whether the air says that a filter is missing; none between the limits.
fn filter_missing(seen: Seen) -> Option<bool> {
    let (_, clean_pa) = seen.clean;
    let share = seen.draft / clean_pa;
    if share > RECOVERED {
        return Some(false);
    }
    let least = seen.drops[0].min(seen.drops[1]);
    let most = seen.drops[0].max(seen.drops[1]);
    (share < COLLAPSED && seen.draft >= LEAST_PA && most < WHOLE * seen.draft)
        .then_some(least < MISSING * seen.draft)
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::point::blower;
    use points::{Celsius, Pascal};

    /// Speed in rpm, then draft, suction and both drops in pascals, as the study's equations give them.
    type Air = (f64, f64, f64, [f64; 2]);

    fn write(picture: &mut Snapshot, now: Moment, air: Air, says_open: bool) {
        let (speed, draft, suction, drops) = air;
        picture.put(blower::SPEED.at(0), Reading::good(Rpm::of(speed), now));
        picture.put(flow::RACK_DRAFT, Reading::good(Pascal::of(-draft), now));
        picture.put(flow::SUCTION, Reading::good(Pascal::of(-suction), now));
        for (tag, drop) in flow::FILTER_DROP.iter().zip(drops) {
            picture.put(tag, Reading::good(Pascal::of(drop), now));
        }
        picture.put(temperature::EXHAUST_VOTED, Reading::good(Celsius::of(40.0), now));
        picture.put(temperature::ROOM, Reading::good(Celsius::of(24.0), now));
        picture.put(contact::DOOR_OPEN, Reading::good(Flag::from_bool(says_open), now));
    }

    /// Two minutes of it: whether the door is doubted, and whether a filter is missing.
    fn after(air: Air, says_open: bool) -> (bool, bool) {
        let (mut judge, mut picture) = (Passage::default(), Snapshot::default());
        for tick in 1..=1_200 {
            let now = Moment::ZERO + Span::ms(100 * tick);
            write(&mut picture, now, air, says_open);
            judge.judge(now, &mut picture);
        }
        let shown = picture.get(contact::DOOR_OPEN).value;
        assert_eq!(shown == Err(Absent::Disagrees), judge.door_doubted());
        (judge.door_doubted(), judge.filter_missing())
    }

    #[test]
    fn an_open_door_that_is_told_as_closed_is_not_believed() {
        for air in [
            (560.0, 0.54, 0.51, [0.53, 0.53]),
            (1_260.0, 1.92, 3.74, [1.91, 1.91]),
            (1_680.0, 4.0, 7.39, [3.99, 3.99]),
            (2_800.0, 7.52, 18.74, [7.32, 7.32]),
        ] {
            assert_eq!(after(air, false), (true, false), "{air:?}");
            assert_eq!(after(air, true), (false, false), "told as open: {air:?}");
        }
    }

    #[test]
    fn a_missing_filter_is_told_as_one() {
        for air in [
            (1_260.0, 2.34, 4.03, [0.59, 2.31]),
            (1_680.0, 1.58, 5.68, [0.44, 0.44]),
            (2_800.0, 9.36, 20.05, [1.75, 9.08]),
        ] {
            assert_eq!(after(air, false), (false, true), "{air:?}");
        }
    }

    #[test]
    fn nothing_else_is_a_door_or_a_missing_filter() {
        for (air, what) in [
            ((560.0, 2.28, 1.8, [2.25, 2.25]), "the slowest drive"),
            ((2_800.0, 27.4, 33.3, [26.0, 26.0]), "full drive"),
            ((1_680.0, 18.9, 18.8, [18.8, 18.8]), "filters at their end"),
            ((1_680.0, 16.1, 16.4, [15.4, 16.0]), "one clogged filter"),
            ((1_680.0, 6.04, 8.86, [5.23, 5.23]), "torn filters"),
            ((1_680.0, 2.39, 1.92, [2.36, 2.36]), "a discharge blocked to 60 %"),
            ((560.0, 0.74, 0.16, [0.74, 0.74]), "the same, slowest drive"),
            (
                (1_680.0, 0.1, -128.0, [0.1, 0.1]),
                "a discharge blocked altogether",
            ),
            ((0.0, 0.4, 0.1, [0.4, 0.4]), "a blower that stands"),
            ((1_680.0, 3.0, 13.3, [11.5, 11.5]), "a draft sensor that is off"),
            (
                (1_680.0, 12.0, 25.0, [11.5, 11.5]),
                "a suction sensor that is off",
            ),
            (
                (1_680.0, 12.0, 13.3, [0.0, 11.5]),
                "a filter's sensor that shows nothing",
            ),
        ] {
            assert_eq!(after(air, false), (false, false), "{what}");
        }
    }

    #[test]
    fn the_doubt_ends_when_the_draft_is_back_and_stays_when_nothing_is_measured() {
        let (mut judge, mut picture) = (Passage::default(), Snapshot::default());
        let mut now = Moment::ZERO;
        let mut run = |seconds: u64, air: Air, measured: bool| {
            for _ in 0..seconds * 10 {
                now += Span::ms(100);
                write(&mut picture, now, air, false);
                if !measured {
                    picture.put(flow::RACK_DRAFT, Reading::absent(Absent::NoAnswer, now));
                }
                judge.judge(now, &mut picture);
            }
            judge.door_doubted()
        };
        let (open, closed) = (
            (1_680.0, 3.13, 6.78, [3.09, 3.09]),
            (1_680.0, 11.96, 13.26, [11.5, 11.5]),
        );
        assert!(!run(29, open, true) && run(3, open, true));
        assert!(run(120, closed, false), "unknown is never normal");
        assert!(run(14, closed, true) && !run(3, closed, true));
    }
}
