//! The smallest drive that keeps what is to come under its limits.
//!
//! ```text
//!   exhaust, room, power, drive, flow by tachometer and draft --> observer --> ahead(flow) <= target? --> least flow --> drive
//!                                       share of the clean flow ----'             (bisected every 2 s)
//! ```
//! Trusted while the heat that its model cannot explain is small beside the hosts', the flow is at least half the clean
//! one, and it has looked for a while; without trust there is no answer, and the base regulator goes on.

use sensors::estimate::bodies::{Around, Plan};
use sensors::estimate::commission::Fit;
use sensors::estimate::observer::Observer;

use super::regulator::Inputs;
use super::{FlowMap, Temper};

/// Time between two answers, s.
const ANSWER_S: f64 = 2.0;
/// Halvings of the flow's span: to a thousandth.
const HALVINGS: u32 = 10;
/// Hottest that chips may get by the model, °C.
const CHIPS_C: f64 = 79.0;
/// Standard deviations by which the chips' conductance may be less than the fit says.
const DOUBT: f64 = 1.5;
/// Time that it looks before it answers, s.
const SETTLES_S: f64 = 60.0;
/// Trusted while no more heat than this is unexplained, either way: W, and share of the hosts' power.
const TRUSTED_W: f64 = 500.0;
/// See [`TRUSTED_W`].
const TRUSTED_SHARE: f64 = 0.2;
/// Least share of the clean flow that it is trusted with.
const LEAST_SHARE: f64 = 0.5;
/// Time constants with which the share of the clean flow follows what tachometer and draft say of it, and what heat does, s.
const TOLD_S: f64 = 30.0;
/// See [`TOLD_S`].
const LEARN_S: f64 = 300.0;
/// The air must be this much warmer than the room for its heat to say anything of the flow, K.
const LEARN_RISE_K: f64 = 4.0;
/// Least heat that the air carries for it, W.
const LEARN_CARRIED_W: f64 = 500.0;
/// Whatever is told and learned, the share stays within this.
const SHARE: std::ops::RangeInclusive<f64> = 0.3..=1.6;

/// The predictor.
#[derive(Clone, Debug)]
pub(super) struct Predictor {
    map: FlowMap,
    plan: Plan,
    /// Share by which the chips' rise over the air may be larger than thought.
    chips_doubt: f64,
    temper: Temper,
    observer: Option<Observer>,
    looked_s: f64,
    since_s: f64,
    /// Extracted flow over the clean rack's at the same drive.
    share: f64,
    flow_m3_s: f64,
}

impl Predictor {
    pub(super) fn new(map: FlowMap, fit: &Fit, temper: Temper) -> Self {
        Predictor {
            plan: fit.plan(),
            chips_doubt: DOUBT * fit.chips_w_sd,
            map,
            temper,
            observer: None,
            looked_s: 0.0,
            since_s: ANSWER_S,
            share: 1.0,
            flow_m3_s: 0.0,
        }
    }

    /// Forgets everything: what it looked at was not the rack as it should be.
    pub(super) fn forget(&mut self) {
        (self.observer, self.looked_s, self.since_s) = (None, 0.0, ANSWER_S);
    }

    /// The drive, percent, or none where it is not to be trusted.
    pub(super) fn step(&mut self, dt_s: f64, inputs: &Inputs) -> Option<f64> {
        let (Some(room_c), Some(power_w)) = (inputs.room_c, inputs.power_w) else {
            self.forget();
            return None;
        };
        if let Some(share) = inputs.flow_share {
            self.share += (share - self.share) * dt_s / (dt_s + TOLD_S);
        }
        let seen = Around {
            air_c: inputs.exhaust_c,
            room_c,
            power_w: power_w.max(0.0),
            flow_m3_s: self.share
                * self
                    .map
                    .flow(inputs.speed_percent.unwrap_or(inputs.drive_percent)),
        };
        let observer = self
            .observer
            .get_or_insert_with(|| Observer::settled(self.plan, seen, self.temper.walk_w));
        observer.look(dt_s, &seen);
        let heat_w = observer.heat_w();
        let rise_k = observer.air_c() - room_c;
        // More heat than explained is less flow than thought, in the long run.
        let carried_w = self.plan.air_j_m3_k * seen.flow_m3_s * rise_k;
        if rise_k > LEARN_RISE_K {
            self.share *= 1.0 - heat_w / carried_w.max(LEARN_CARRIED_W) * dt_s / (dt_s + LEARN_S);
            self.share = self.share.clamp(*SHARE.start(), *SHARE.end());
        }
        self.looked_s += dt_s;
        self.since_s += dt_s;
        let trusted = heat_w.abs() < TRUSTED_W + TRUSTED_SHARE * seen.power_w
            && self.share > LEAST_SHARE
            && self.looked_s > SETTLES_S;
        if !trusted {
            return None;
        }
        if self.since_s >= ANSWER_S {
            self.since_s = 0.0;
            self.flow_m3_s = least(
                observer,
                inputs,
                (self.temper.step_share, self.chips_doubt),
                self.share * self.map.most(),
            );
        }
        Some(self.map.drive(self.flow_m3_s / self.share))
    }
}

/// The least flow up to `most_m3_s` that keeps air and chips under their limits.
///
/// A load that steps up to the rated one warms the air before the blower has come to speed: by the part of it that goes
/// straight into the air, over all that takes heat from it. `step_share` of that is kept free, most at low load, where it
/// costs least.
fn least(observer: &Observer, inputs: &Inputs, (step_share, chips_doubt): (f64, f64), most_m3_s: f64) -> f64 {
    let step_w = (inputs.rated_w - observer.around().power_w).max(0.0);
    let keeps = |flow_m3_s| {
        let ahead = observer.ahead(flow_m3_s);
        let free_k = step_share * observer.jump_k(step_w, flow_m3_s);
        let chips_c = ahead.chips_c + chips_doubt * (ahead.chips_c - ahead.air_c);
        ahead.air_c + free_k <= inputs.target_c && chips_c <= CHIPS_C
    };
    let (mut low, mut high) = (0.0, most_m3_s);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if keeps(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(power_w: f64, flow_share: Option<f64>) -> Inputs {
        Inputs {
            exhaust_c: 42.0,
            target_c: 42.0,
            rated_w: 12e3,
            room_c: Some(24.0),
            power_w: Some(power_w),
            drive_percent: 50.0,
            top_percent: 100.0,
            speed_percent: Some(50.0),
            flow_share,
        }
    }

    /// The rack of the plan under a predictor: a settled drive.
    fn driven(power_w: f64, share: f64, told: bool) -> (f64, f64) {
        let map = FlowMap::default();
        let mut predictor = Predictor::new(map, &Fit::PLAN, Temper::SHIPPED);
        let start = Around {
            air_c: 42.0,
            room_c: 24.0,
            power_w,
            flow_m3_s: share * map.flow(60.0),
        };
        // The observer is its own plant here: air that follows the plan at the true flow.
        let (mut rack, mut drive) = (Observer::settled(Plan::STUDY, start, 1.0), 60.0);
        let mut exhaust_c = start.air_c;
        for _ in 0..7_200 {
            let seen = Inputs {
                exhaust_c,
                drive_percent: drive,
                speed_percent: Some(drive),
                ..inputs(power_w, told.then_some(share))
            };
            drive = predictor.step(1.0, &seen).unwrap_or(drive);
            let flow_m3_s = share * map.flow(drive);
            exhaust_c = rack.free(1.0, flow_m3_s);
        }
        (drive, exhaust_c)
    }

    #[test]
    fn it_settles_below_its_target_and_learns_what_the_flow_really_is() {
        for (share, told) in [(1.0, true), (0.75, true), (0.75, false)] {
            let (drive, exhaust_c) = driven(6_000.0, share, told);
            assert!((20.0..100.0).contains(&drive), "{share} {told}: {drive}");
            assert!((39.0..=42.1).contains(&exhaust_c), "{share} {told}: {exhaust_c}");
        }
    }

    #[test]
    fn it_does_not_answer_before_it_has_looked_nor_without_room_or_power() {
        let mut predictor = Predictor::new(FlowMap::default(), &Fit::PLAN, Temper::SHIPPED);
        assert_eq!(predictor.step(1.0, &inputs(5_000.0, None)), None);
        for _ in 0..100 {
            predictor.step(1.0, &inputs(5_000.0, None));
        }
        assert!(predictor.looked_s > SETTLES_S);
        let blind = Inputs {
            room_c: None,
            ..inputs(5_000.0, None)
        };
        assert_eq!(predictor.step(1.0, &blind), None);
        assert!(predictor.looked_s.abs() < 1e-12, "it begins anew");
    }

    #[test]
    fn heat_that_it_cannot_explain_takes_its_answer_away() {
        let mut predictor = Predictor::new(FlowMap::default(), &Fit::PLAN, Temper::SHIPPED);
        let hot = Inputs {
            exhaust_c: 70.0,
            ..inputs(2_000.0, None)
        };
        let answers = (0..300).filter(|_| predictor.step(1.0, &hot).is_some()).count();
        assert!(answers < 60, "{answers}");
    }

    #[test]
    fn room_is_kept_for_a_step_of_the_load_most_where_the_load_is_low() {
        let around = |power_w| Around {
            air_c: 42.0,
            room_c: 24.0,
            power_w,
            flow_m3_s: 0.25,
        };
        let flow = |power_w: f64, step_share| {
            let observer = Observer::settled(Plan::STUDY, around(power_w), 1.0);
            least(&observer, &inputs(power_w, None), (step_share, 0.0), 0.56)
        };
        let more = |power_w| flow(power_w, 0.5) / flow(power_w, 0.0);
        assert!(
            more(4_000.0) > 1.03 && more(4_000.0) > more(8_000.0),
            "{}",
            more(4_000.0)
        );
        assert!((more(12_000.0) - 1.0).abs() < 1e-3);
    }
}
