//! The estimate beside racks of its own kind that are not its plan's, stepped finely.

use super::*;
use crate::estimate::bodies::Coat;
use proptest::prelude::*;

const LOOK_S: f64 = 0.5;
const FINE: u32 = 25;

/// What is really so.
struct Rack {
    plan: Plan,
    bodies: Bodies,
    around: Around,
    probe_c: f64,
    fire_w: f64,
    /// The flow that is told, over the flow that is.
    told: f64,
    now: Moment,
    balance: HeatBalance,
    hidden: Option<Absent>,
}

impl Rack {
    fn new(plan: Plan) -> Rack {
        let mut around = Around {
            air_c: 40.0,
            room_c: 24.0,
            power_w: 5_000.0,
            flow_m3_s: 0.24,
        };
        for _ in 0..200 {
            let bodies = Bodies::settled(&plan, &around);
            let (source_w, loss_w_k) = bodies.gives(&plan, &around);
            let carried = plan.air_j_m3_k * around.flow_m3_s;
            let air_c = (source_w + carried * around.room_c) / (loss_w_k + carried);
            around.air_c += 0.2 * (air_c - around.air_c);
        }
        Rack {
            bodies: Bodies::settled(&plan, &around),
            probe_c: around.air_c,
            plan,
            around,
            fire_w: 0.0,
            told: 1.0,
            now: Moment::ZERO + Span::s(100),
            balance: HeatBalance::new(Plan::STUDY),
            hidden: None,
        }
    }

    /// A rack that is as far off the plan as one may be, each constant to the side that is worse for a load that rises.
    fn off_plan() -> Rack {
        let mut plan = Plan::STUDY;
        plan.chips_j_k *= 0.8;
        plan.chassis_j_k *= 1.2;
        plan.chassis_w_k *= 1.2;
        plan.wall_j_k *= 1.2;
        plan.wall_inner_w_k *= 1.2;
        plan.air_j_k *= 1.2;
        let mut rack = Rack::new(plan);
        rack.told = 0.8;
        rack
    }

    fn look(&mut self) {
        let dt_s = LOOK_S / f64::from(FINE);
        for _ in 0..FINE {
            let (source_w, loss_w_k) = self.bodies.gives(&self.plan, &self.around);
            let carried = self.plan.air_j_m3_k * self.around.flow_m3_s;
            let gain_w = source_w + self.fire_w
                - loss_w_k * self.around.air_c
                - carried * (self.around.air_c - self.around.room_c);
            self.around.air_c += dt_s * gain_w / self.plan.air_j_k;
            self.bodies.step(&self.plan, dt_s, &self.around);
            self.probe_c += dt_s * (self.around.air_c - self.probe_c) / self.plan.probe_lag_s;
        }
        self.now += Span::ms(500);
        let seen = Seen {
            exhaust: Reading::good(Celsius::of(self.probe_c), self.now),
            room: Reading::good(Celsius::of(self.around.room_c), self.now),
            power: Reading::good(Watt::of(self.around.power_w), self.now),
            flow: Flow {
                m3_s: self.told * self.around.flow_m3_s,
                doubt: self.hidden,
            },
            new_way: false,
        };
        self.balance.look(self.now, &seen);
    }

    fn run(&mut self, seconds: f64) {
        let mut left_s = seconds;
        while left_s > 0.0 {
            self.look();
            left_s -= LOOK_S;
        }
    }

    /// The most unexplained heat within so many seconds; nothing may stand.
    fn calm(&mut self, seconds: f64) -> f64 {
        let (mut most, mut left_s) = (f64::MIN, seconds);
        while left_s > 0.0 {
            self.look();
            assert_ne!(self.balance.stands().ok(), Some(Flag::Set), "at {:?}", self.now);
            most = most.max(self.balance.reading().number().unwrap_or(f64::MIN));
            left_s -= LOOK_S;
        }
        most
    }

    /// Seconds until it stands, of `within_s`.
    fn found(&mut self, within_s: f64, mut grow: impl FnMut(f64) -> f64) -> Option<f64> {
        let mut at_s = 0.0;
        while at_s < within_s {
            at_s += LOOK_S;
            self.fire_w = grow(at_s);
            self.look();
            if self.balance.stands().ok() == Some(Flag::Set) {
                return Some(at_s);
            }
        }
        None
    }
}

#[test]
fn a_rack_is_learned_in_silence_and_then_explained() {
    for mut rack in [Rack::new(Plan::STUDY), Rack::off_plan()] {
        rack.run(590.0);
        assert_eq!(rack.balance.reading().value, Err(Absent::Suspended));
        rack.run(60.0);
        let heat = rack.balance.reading().number();
        assert!(heat.is_some_and(|heat| heat.abs() < 60.0), "{heat:?}");
        assert!(rack.calm(1_800.0) < 100.0);
    }
    let mut rack = Rack::off_plan();
    rack.told = 2.0;
    rack.run(3_600.0);
    assert_eq!(
        rack.balance.reading().value,
        Err(Absent::Disagrees),
        "no rack of the plan's"
    );
}

#[test]
fn heat_that_nothing_explains_is_found_measured_and_goes_with_its_fire() {
    let mut rack = Rack::off_plan();
    rack.run(900.0);
    let after = rack.found(60.0, |_| 2_000.0);
    assert!(
        after.is_some_and(|after| (5.0..12.0).contains(&after)),
        "{after:?}"
    );
    rack.run(20.0);
    let heat = rack.balance.reading().number();
    assert!(
        heat.is_some_and(|heat| (heat - 2_000.0).abs() < 400.0),
        "{heat:?}"
    );
    rack.fire_w = 0.0;
    rack.run(25.0);
    assert_eq!(rack.balance.stands().ok(), Some(Flag::Clear));
    // A slow fire by the square of time, a quarter of the hosts' 5 kW at 20.7 s.
    let slow = rack.found(60.0, |t_s| 2.93 * t_s * t_s);
    assert!(slow.is_some_and(|slow| slow <= 33.0), "{slow:?}");
}

#[test]
fn a_share_or_a_moment_of_it_is_no_sign() {
    let mut rack = Rack::off_plan();
    rack.run(900.0);
    rack.fire_w = 1_000.0;
    rack.calm(10.0);
    rack.fire_w = 0.0;
    rack.calm(60.0);
    assert_eq!(rack.found(4.0, |_| 3_000.0), None);
    rack.fire_w = 0.0;
    rack.calm(60.0);
}

#[test]
fn a_step_of_load_is_explained_by_chips_that_are_not_the_plans() {
    let mut rack = Rack::off_plan();
    rack.run(900.0);
    rack.around.power_w = 9_000.0;
    rack.calm(900.0);
    rack.around.power_w = 4_500.0;
    rack.calm(900.0);
    rack.around.flow_m3_s = 0.40;
    rack.calm(900.0);
}

#[test]
fn a_filter_that_clogs_is_learned_and_a_fire_behind_it_is_not() {
    let mut rack = Rack::off_plan();
    rack.run(900.0);
    // A quarter of the flow in ten hours, and nobody tells.
    for _ in 0..600 {
        rack.around.flow_m3_s *= 0.99952;
        rack.told /= 0.99952;
        rack.calm(60.0);
    }
    assert!(rack.around.flow_m3_s < 0.185);
    let found = rack.found(60.0, |t_s| 2.93 * t_s * t_s);
    assert!(found.is_some_and(|found| found <= 33.0), "{found:?}");
}

#[test]
fn a_fire_that_grows_by_two_watts_a_second_is_not_learned_away() {
    let mut rack = Rack::off_plan();
    rack.run(900.0);
    let found = rack.found(1_800.0, |t_s| 2.0 * t_s);
    assert!(found.is_some_and(|found| found < 1_200.0), "{found:?}");
}

#[test]
fn a_coat_seven_times_as_thick_hides_no_fire_and_fakes_none_while_it_melts() {
    let mut plan = Plan::STUDY;
    plan.coat = Coat {
        latent_j: 126_000.0,
        ..Coat::STUDY
    };
    let mut rack = Rack::new(plan);
    rack.run(900.0);
    // The room warms by 12 K within 20 min: the wall goes through the middle of the band, then back.
    for _ in 0..120 {
        rack.around.room_c += 0.1;
        rack.calm(10.0);
    }
    let melting = rack.found(60.0, |t_s| 2.93 * t_s * t_s);
    assert!(melting.is_some_and(|melting| melting <= 33.0), "{melting:?}");
    rack.fire_w = 0.0;
    rack.run(60.0);
    for _ in 0..120 {
        rack.around.room_c -= 0.1;
        rack.calm(10.0);
    }
}

#[test]
fn what_is_not_whole_is_silent_with_its_reason_and_again_for_three_times_as_long() {
    let mut rack = Rack::off_plan();
    rack.run(900.0);
    for (gap_s, silent_s) in [(1.0, 20.0), (20.0, 60.0), (300.0, 180.0)] {
        rack.hidden = Some(Absent::BusTimeout);
        rack.run(gap_s);
        assert_eq!(rack.balance.reading().value, Err(Absent::BusTimeout));
        assert_eq!(rack.balance.stands().value, Err(Absent::BusTimeout));
        rack.hidden = None;
        rack.run(silent_s - 1.0);
        assert_eq!(rack.balance.reading().value, Err(Absent::Suspended), "{gap_s}");
        rack.run(3.0);
        let heat = rack.balance.reading().number();
        assert!(heat.is_some_and(|heat| heat.abs() < 300.0), "{gap_s}: {heat:?}");
    }
}

#[test]
fn a_fire_that_begins_in_the_gap_is_found_after_it() {
    let mut rack = Rack::off_plan();
    rack.run(900.0);
    rack.hidden = Some(Absent::Suspended);
    rack.run(30.0);
    rack.fire_w = 3_000.0;
    rack.run(30.0);
    rack.hidden = None;
    let found = rack.found(240.0, |_| 3_000.0);
    assert!(
        found.is_some_and(|found| (180.0..200.0).contains(&found)),
        "{found:?}"
    );
}

#[test]
fn heat_that_is_missing_is_a_wrong_balance_and_is_learned_anew() {
    let mut rack = Rack::new(Plan::STUDY);
    rack.run(900.0);
    // A meter that counts a host too much.
    rack.fire_w = -1_600.0;
    rack.run(90.0);
    assert!(rack.balance.reading().value.is_err());
    rack.run(900.0);
    let heat = rack.balance.reading().number();
    assert!(heat.is_some_and(|heat| heat.abs() < 200.0), "{heat:?}");
}

proptest! {
    #[test]
    fn whatever_is_read_it_says_a_number_or_why_not_and_keeps_its_bounds(
        looks in proptest::collection::vec(
            (-60.0..200.0_f64, -60.0..80.0_f64, -1e4..1e5_f64, -1.0..3.0_f64, 0_u64..20_000, any::<bool>()), 1..200)
    ) {
        let (mut balance, mut now) = (HeatBalance::new(Plan::STUDY), Moment::ZERO);
        for (exhaust, room, power, m3_s, later_ms, new_way) in looks {
            now += Span::ms(later_ms);
            balance.look(now, &Seen {
                exhaust: Reading::good(Celsius::of(exhaust), now),
                room: Reading::good(Celsius::of(room), now),
                power: Reading::good(Watt::of(power), now),
                flow: Flow { m3_s, doubt: None },
                new_way,
            });
            prop_assert!(GAIN.contains(&balance.gain()));
            prop_assert!(balance.filter.heat_w().is_finite() && balance.limit_w >= LIMIT_W);
        }
    }
}
