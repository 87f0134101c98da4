//! What the air over the filters says of them: pressures at a speed to resistances, and back.
//!
//! ```text
//!   jet:    s² (J0 - J1 Q/s - J2 (Q/s)²) + stack  =  D + K Q²        D = room minus rack, Q = extracted flow
//!   intake: Q = qL + qR + g √D                       D = R (a q + b q²) + S q²   on either side
//! ```
//! By the fan laws a jet's suction over the square of the blower's speed s is one curve over Q/s: three figures. The
//! filter's law, the slit behind each filter (S), the way through the rack (K) and the gaps (g) are those of the plant
//! study, sections 1.1 and 1.6; the jet's curve goes through its table and its signatures of filters of 2 and 4 times
//! the resistance. A site's commissioning may set its own.
//!
//! *Left and right.* Two filters between the same two rooms show the same pressure but for what their slits take: 1.5 Pa
//! of 26 when clean, 0.4 of 46 at their end. So pressures tell how both resist together, and only weakly which of them.

use libm::{log, sqrt};

/// One share of full speed seen for a while: means over at least ten seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// Speed of the blower, share of full speed.
    pub speed: f64,
    /// Pressure over each filter, Pa, left and right.
    pub drops_pa: [f64; 2],
    /// Room minus rack, Pa.
    pub draft_pa: f64,
    /// Exhaust over room, K.
    pub rise_k: f64,
}

/// What the air says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Said {
    /// ln of both filters' resistance over clean, as if they were equal.
    pub both: f64,
    /// How ln R grows per pascal of pressure.
    pub per_pa: f64,
    /// ln of left over right.
    pub apart: f64,
    /// How that grows per pascal of left minus right; negative: the dirtier one takes nearly all, and is behind less slit.
    pub apart_per_pa: f64,
}

const JET: (f64, f64, f64) = (65.4, 45.8, 19.3);
/// Of one filter: Pa s/m³ and Pa s²/m⁶.
const LINEAR: f64 = 60.0;
const SQUARE: f64 = 133.2;
/// Of one slit, and of the way through the rack, Pa s²/m⁶.
const SLIT: f64 = 20.0;
const CORE: f64 = 20.0;
/// Flow through the gaps per root of a pascal, m³/s: 60 cm² at 0.62.
const GAP: f64 = 0.62 * 1.307_4 * 0.006;
/// Pressure of the warm column per kelvin, Pa.
const STACK_PA_PER_K: f64 = 0.0386;
/// What no filter is below or above: a frame without one has 0.02.
const LEAST: f64 = 0.005;
const MOST: f64 = 50.0;
/// A side passes at least this share of the flow that both would share evenly.
const SHARE_LEAST: f64 = 0.1;
/// Below this speed or draft nothing is said.
const SPEED_LEAST: f64 = 0.15;
const DRAFT_LEAST_PA: f64 = 0.3;
/// Halvings of a pressure between 0 and what the jet can make.
const HALVINGS: u32 = 40;

/// Flow that the jet draws against a draft, m³/s.
pub(in crate::estimate) fn extracted(speed: f64, draft_pa: f64, rise_k: f64) -> Option<f64> {
    let (stalled, linear, square) = JET;
    let a = square + CORE;
    let half_b = 0.5 * linear * speed;
    let c = stalled * speed * speed + STACK_PA_PER_K * rise_k - draft_pa;
    (c > 0.0).then(|| c / (half_b + sqrt(half_b * half_b + a * c)))
}

/// Pressure over a filter of this resistance with this flow.
fn filter_pa(ratio: f64, flow: f64) -> f64 {
    ratio * (LINEAR + SQUARE * flow) * flow
}

/// ln R of two equal filters behind a draft.
fn both(speed: f64, draft_pa: f64, rise_k: f64) -> Option<f64> {
    let side = 0.5 * (extracted(speed, draft_pa, rise_k)? - GAP * sqrt(draft_pa.max(0.0)));
    let drop_pa = draft_pa - SLIT * side * side;
    let ratio = if side > 0.0 {
        drop_pa / filter_pa(1.0, side)
    } else {
        MOST
    };
    Some(log(ratio.clamp(LEAST, MOST)))
}

/// Draft of a rack with two equal filters of this ln R.
pub(super) fn draft_pa(speed: f64, ln_ratio: f64, rise_k: f64) -> f64 {
    let (mut low, mut high) = (0.0, JET.0 * speed * speed + STACK_PA_PER_K * rise_k.max(0.0));
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        // A higher draft means a higher resistance.
        if both(speed, middle, rise_k).is_some_and(|found| found < ln_ratio) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

impl Sight {
    /// What the pressures say, once their zeros are taken off.
    pub(super) fn say(&self) -> Option<Said> {
        if self.speed < SPEED_LEAST || self.draft_pa < DRAFT_LEAST_PA {
            return None;
        }
        let [left, right] = self.drops_pa;
        // Three instruments for one draft: the slits take a little of it before either filter shows the rest.
        let rest = |draft_pa: f64| {
            let flow = extracted(self.speed, draft_pa, self.rise_k)?;
            let side = 0.5 * (flow - GAP * sqrt(draft_pa.max(0.0))).max(0.0);
            Some((side, SLIT * side * side))
        };
        let (_, slit_pa) = rest(self.draft_pa)?;
        let draft = (left + right + 2.0 * slit_pa + self.draft_pa) / 3.0;
        let step_pa = 0.01 * draft;
        let value = both(self.speed, draft, self.rise_k)?;
        let more = both(self.speed, draft + step_pa, self.rise_k)?;
        let (side, _) = rest(draft)?;
        let side = side.max(f64::MIN_POSITIVE);
        // S (qR² - qL²) = dL - dR, and both flows sum to twice the side's.
        let per_flow = 4.0 * SLIT * side;
        let most = (1.0 - SHARE_LEAST) * side;
        let half = ((right - left) / per_flow).clamp(-most, most);
        let ln_law = |flow: f64| log(filter_pa(1.0, flow));
        // Half is how much more the left one passes than the mean.
        let apart = ln_law(side - half) - ln_law(side + half);
        let steep = (LINEAR + 2.0 * SQUARE * side) / (LINEAR + SQUARE * side);
        Some(Said {
            both: value,
            per_pa: (more - value) / step_pa,
            apart,
            apart_per_pa: 2.0 * steep / (per_flow * side),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_studys_signatures_give_their_ratios() {
        // Speed, draft, drop, ratio: the study's table, and its filters of 2 and 4 times at 60 % (135 and 163 %).
        for (speed, draft, drop, ratio) in [
            (0.493, 8.8, 8.5, 1.0),
            (1.0, 27.4, 25.9, 1.0),
            (0.6, 1.355 * 11.54, 1.35 * 11.54, 2.0),
            (0.6, 18.85, 1.63 * 11.54, 4.0),
        ] {
            let sight = Sight {
                speed,
                drops_pa: [drop; 2],
                draft_pa: draft,
                rise_k: 16.0,
            };
            let said = sight.say().expect("it says something");
            assert!((said.both.exp() / ratio - 1.0).abs() < 0.06, "{said:?} {ratio}");
            assert!(said.apart.abs() < 1e-9 && said.per_pa > 0.0);
        }
    }

    #[test]
    fn a_draft_comes_back_and_the_side_that_shows_more_resists_more() {
        for ln_ratio in [0.0_f64, 0.7, 1.386] {
            for speed in [0.3, 1.0] {
                let draft = draft_pa(speed, ln_ratio, 10.0);
                assert!((both(speed, draft, 10.0).expect("it does") - ln_ratio).abs() < 1e-6);
            }
        }
        let sight = Sight {
            speed: 1.0,
            drops_pa: [30.5, 29.5],
            draft_pa: 31.0,
            rise_k: 10.0,
        };
        let said = sight.say().expect("it says something");
        assert!(said.apart > 0.1 && said.apart < 1.0, "{said:?}");
        let nothing = Sight { speed: 0.0, ..sight };
        assert_eq!(nothing.say(), None);
    }
}
