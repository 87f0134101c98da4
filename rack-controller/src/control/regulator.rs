//! Feed-forward from power and room temperature plus PI, both in the flow domain.
//!
//! The flow that carries `P` away at the target is `P / (rho cp (T_target - T_room))`. The gain of temperature error
//! to flow is that flow over the same difference, so that the loop's gain is the same at 20 % and at 100 % speed
//! (plant study, section 2.4). Integration stops where the drive is at its end and the error pushes on.

use super::FlowMap;

/// Density of air times its specific heat, J/(m³ K): 1.17 kg/m³ at 25 °C and 1006 J/(kg K).
const RHO_CP: f64 = 1.17 * 1006.0;
/// Share of the power that leaves through the walls; the study's worked example gives 10 %.
const WALL_SHARE: f64 = 0.08;
/// Smallest difference between target and room that feed-forward divides by, K.
const DELTA_MIN_K: f64 = 3.0;
/// Largest share of the feed-forward flow that the integral may add or take, in kelvin-equivalents.
const INTEGRAL_MAX_K: f64 = 60.0;
/// Lag of heat sinks behind power: heat arrives in the air over about this time, s. Feed-forward takes the larger of
/// the raw and the lagged power, so that it leads upwards and does not drop before the heat has left.
const HEAT_SINK_LAG_S: f64 = 45.0;
/// Power assumed where the meter has never told one but exhaust is seen: the integral corrects it, W. Of a meter that is lost
/// the last that it told is assumed.
const POWER_UNKNOWN_W: f64 = 6_000.0;
/// Room temperature assumed where its probe has never told one, °C: the warm end of the recommended envelope.
const ROOM_UNKNOWN_C: f64 = 27.0;

/// Time constant of the exhaust's mean, s, and how many times what the exhaust is above it counts as error: who does not know the
/// power sees a step of it in the exhaust alone, and late.
const LEAD_S: f64 = 10.0;
/// See [`LEAD_S`].
const LEAD: f64 = 2.0;

/// Room that is kept free beneath the target while the power is not known, K: a step of it is seen late.
const UNSEEN_K: f64 = 1.0;
/// A drive in force that is so far above the one asked for is held up by somebody else, percent.
const HELD_UP: f64 = 1.0;

/// Proportional gain: flow per flow-over-difference and kelvin.
const KP: f64 = 1.2;
/// Integral gain, 1/s.
const KI: f64 = 0.012;

/// What the regulator sees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs {
    pub(super) exhaust_c: f64,
    pub(super) target_c: f64,
    /// Rated power of the hosts, W.
    pub(super) rated_w: f64,
    pub(super) room_c: Option<f64>,
    pub(super) power_w: Option<f64>,
    pub(super) drive_percent: f64,
    /// The largest drive that there is.
    pub(super) top_percent: f64,
    /// Speed by the tachometer, percent of full.
    pub(super) speed_percent: Option<f64>,
    /// Extracted flow over that of the clean rack at this speed.
    pub(super) flow_share: Option<f64>,
}

#[derive(Clone, Debug)]
pub(super) struct Regulator {
    map: FlowMap,
    integral_k: f64,
    lagged_w: Option<f64>,
    /// Power and room as they were last told.
    power_w: f64,
    room_c: f64,
    /// The exhaust's mean.
    mean_c: Option<f64>,
}

impl Regulator {
    pub(super) fn new(map: FlowMap) -> Self {
        Regulator {
            map,
            integral_k: 0.0,
            lagged_w: None,
            power_w: POWER_UNKNOWN_W,
            room_c: ROOM_UNKNOWN_C,
            mean_c: None,
        }
    }

    /// Goes on from a drive that somebody else has found, so that it takes over without a bump.
    pub(super) fn follow(&mut self, drive_percent: f64, inputs: &Inputs) {
        let (feed_forward, gain) = self.feed_forward(inputs);
        let error_k = inputs.exhaust_c - inputs.target_c;
        let rest = (self.map.flow(drive_percent) - feed_forward) / gain - KP * error_k;
        if rest.is_finite() {
            self.integral_k = rest.clamp(-INTEGRAL_MAX_K, INTEGRAL_MAX_K);
        }
    }

    /// Flow that carries the hosts' heat away at the target, m³/s, and what a kelvin of error adds to it.
    fn feed_forward(&self, inputs: &Inputs) -> (f64, f64) {
        let power_w = inputs.power_w.unwrap_or(self.power_w).max(0.0);
        let delta_k = (inputs.target_c - inputs.room_c.unwrap_or(self.room_c)).max(DELTA_MIN_K);
        let most_w = power_w.max(self.lagged_w.unwrap_or(power_w));
        let flow = most_w * (1.0 - WALL_SHARE) / (RHO_CP * delta_k);
        (flow, flow / delta_k)
    }

    /// The drive that the readings call for, in percent.
    pub(super) fn step(&mut self, dt_s: f64, inputs: &Inputs) -> f64 {
        let unseen_k = match inputs.power_w {
            Some(_) => 0.0,
            None => UNSEEN_K,
        };
        let inputs = &Inputs {
            target_c: inputs.target_c - unseen_k,
            ..*inputs
        };
        self.power_w = inputs.power_w.unwrap_or(self.power_w);
        self.room_c = inputs.room_c.unwrap_or(self.room_c);
        let power_w = self.power_w.max(0.0);
        let lagged = self.lagged_w.unwrap_or(power_w);
        let lagged = lagged + (power_w - lagged) * (dt_s / HEAT_SINK_LAG_S).min(1.0);
        self.lagged_w = Some(lagged);
        let delta_k = (inputs.target_c - self.room_c).max(DELTA_MIN_K);
        let (feed_forward, gain) = self.feed_forward(inputs);
        let error_k = inputs.exhaust_c - inputs.target_c;
        let mean_c = self.mean_c.unwrap_or(inputs.exhaust_c);
        let mean_c = mean_c + (inputs.exhaust_c - mean_c) * dt_s / (dt_s + LEAD_S);
        self.mean_c = Some(mean_c);
        let lead_k = match inputs.power_w {
            Some(_) => 0.0,
            None => LEAD * (inputs.exhaust_c - mean_c).max(0.0),
        };
        let flow = feed_forward + gain * (KP * (error_k + lead_k) + self.integral_k);
        let drive = self.map.drive(flow.clamp(0.0, self.map.most()));
        // Conditional integration: not while the fan cannot follow (slewing or at an end) in the error's direction.
        let following = (drive - inputs.drive_percent).abs() < 10.0;
        let at_end = (drive >= inputs.top_percent && error_k > 0.0) || (drive <= 15.0 && error_k < 0.0);
        // Nor downwards while a floor or the slew holds the drive above what is asked for: it would be missed upwards.
        let held_up = drive < inputs.drive_percent - HELD_UP && error_k < 0.0;
        if following && !at_end && !held_up {
            self.integral_k = (self.integral_k + KI * error_k * dt_s * delta_k.min(20.0))
                .clamp(-INTEGRAL_MAX_K, INTEGRAL_MAX_K);
        }
        drive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A probe that is lost changes nothing at once; a meter that is lost asks for a little more air.
    #[test]
    fn what_is_lost_is_taken_as_it_was_last_told() {
        let seen = Inputs {
            exhaust_c: 42.0,
            target_c: 42.0,
            rated_w: 12e3,
            room_c: Some(20.0),
            power_w: Some(9e3),
            drive_percent: 60.0,
            top_percent: 100.0,
            speed_percent: None,
            flow_share: None,
        };
        let mut regulator = Regulator::new(FlowMap::default());
        let before = (0..600)
            .map(|_| regulator.step(0.1, &seen))
            .last()
            .expect("it was driven");
        let lost = Inputs { room_c: None, ..seen };
        assert!((regulator.clone().step(0.1, &lost) - before).abs() < 1e-9);
        let lost = Inputs {
            power_w: None,
            ..seen
        };
        let more = regulator.step(0.1, &lost) - before;
        assert!((1.0..12.0).contains(&more), "{more}");
    }

    #[test]
    fn the_integral_stops_at_the_end_of_the_drive() {
        let mut regulator = Regulator::new(FlowMap::default());
        let hot = Inputs {
            exhaust_c: 60.0,
            target_c: 42.0,
            rated_w: 12e3,
            room_c: Some(24.0),
            power_w: Some(12e3),
            drive_percent: 100.0,
            top_percent: 100.0,
            speed_percent: None,
            flow_share: None,
        };
        for _ in 0..10_000 {
            regulator.step(0.1, &hot);
        }
        assert!(regulator.integral_k.abs() < 1e-9, "{}", regulator.integral_k);
    }
}
