//! What is to come, beside what came: times to the limits in racks that are not the plan's, cooling to spare against the
//! plant's own, and the coat's heat against what it holds.
//!
//! Figures of the last campaign are in docs/foresight.md.

use hil_rig::plant::{BlowerSupply, Plant, PlantConfig, Probe, ProbeConfig, Profile, Surroundings};
use hil_rig::rack::{Act, Rack, RackConfig, Side};
use points::point::derived;
use points::{Celsius, Moment, Reading, Watt};
use rack_controller::config::builtin;
use rack_controller::control::FlowMap;
use rack_controller::core::inline::Inline;
use rack_controller::site::Site;
use sensors::estimate::bodies::Plan;
use sensors::estimate::heat::Flow;
use sensors::estimate::limit::{Foresight, HORIZON_S, LIMITS, Seen, Times};

/// Racks of the campaign.
const RACKS: u64 = 300;
/// Limits of the exhaust by the shipped settings: warning, shutdown, damage, °C.
const LIMITS_C: [f64; LIMITS] = [45.0, 55.0, 60.0];
/// The exhaust before the blower stops, °C.
const HELD_C: f64 = 42.0;
/// The blower stops after this, s; the rack is watched for half an hour from then on.
const STOPS_S: f64 = 300.0;
/// Steps until then.
const STEPS: u64 = 21_000;
/// Asked so long after the stop, s.
const ASKED_S: [f64; 7] = [8.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0];
/// A limit nearer than this is no forecast any more, s.
const LEFT_S: f64 = 3.0;
/// Plant's step; the controller looks every fifth, and its probes measure once a second.
const STEP_S: f64 = 0.1;

/// SplitMix64.
struct Draw(u64);

impl Draw {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        #[expect(clippy::cast_precision_loss, reason = "53 bits")]
        let share = ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
        low + (high - low) * share
    }
}

/// A rack whose capacities and conductances lie within a fifth of the plan, its load and its room.
fn drawn(seed: u64) -> (PlantConfig, Surroundings) {
    let (mut draw, mut plant) = (Draw(seed), PlantConfig::default());
    let heat = &mut plant.heat;
    for constant in [
        &mut heat.chips_j_k,
        &mut heat.chassis_j_k,
        &mut heat.wall_j_k,
        &mut heat.coat_latent_j,
        &mut heat.air_j_k,
        &mut heat.chips_still_w_k,
        &mut heat.chips_moved_w_k,
        &mut heat.chassis_w_k,
        &mut heat.wall_inner_w_k,
        &mut heat.wall_outer_w_k,
    ] {
        *constant *= draw.between(0.8, 1.2);
    }
    let around = Surroundings {
        it_power_w: draw.between(3_000.0, 8_000.0),
        room_c: draw.between(20.0, 27.0),
        ..Surroundings::default()
    };
    (plant, around)
}

/// The largest of 0 to `most` for which something holds that holds for less.
fn largest(most: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, most);
    for _ in 0..30 {
        let middle = 0.5 * (low + high);
        if holds(middle) {
            low = middle
        } else {
            high = middle
        }
    }
    low
}

/// Probes of the rack: noise of their class, sixteenths of a kelvin, once a second.
struct Probes {
    exhaust: [Probe; 3],
    room: Probe,
    meter: Probe,
    read: [f64; 3],
    at: Moment,
}

impl Probes {
    fn new(seed: u64) -> Self {
        let air = ProbeConfig::air_temperature();
        let meter = ProbeConfig {
            noise_ratio: 0.002,
            ..ProbeConfig::silent(0.0)
        };
        Probes {
            exhaust: ["a", "b", "c"].map(|name| Probe::new(air, seed, name)),
            room: Probe::new(air, seed, "room"),
            meter: Probe::new(meter, seed, "meter"),
            read: [0.0; 3],
            at: Moment::ZERO,
        }
    }

    fn pass(&mut self, exhaust_c: f64, around: &Surroundings) {
        for probe in &mut self.exhaust {
            probe.advance(STEP_S, exhaust_c);
        }
        self.room.advance(STEP_S, around.room_c);
        self.meter.advance(STEP_S, around.it_power_w);
    }

    fn measure(&mut self, now: Moment) {
        let sixteenths = |celsius: f64| (celsius * 16.0).round() / 16.0;
        let mut exhaust = [0, 1, 2].map(|probe: usize| sixteenths(self.exhaust[probe].sample()));
        exhaust.sort_by(f64::total_cmp);
        self.read = [exhaust[1], sixteenths(self.room.sample()), self.meter.sample()];
        self.at = now;
    }

    fn seen(&self, speed: f64, lost: bool) -> Seen {
        let [exhaust_c, room_c, power_w] = self.read;
        // As the controller tells it: the commissioned curve, and below the slowest drive the filters' laminar part.
        let map = FlowMap::default();
        let slow = (speed / 20.0).min(1.0);
        Seen {
            exhaust: Reading::good(Celsius::of(exhaust_c), self.at),
            room: Reading::good(Celsius::of(room_c), self.at),
            power: Reading::good(Watt::of(power_w), self.at),
            flow: Flow {
                m3_s: map.flow(speed.max(20.0)) * slow * slow,
                doubt: None,
            },
            lost,
        }
    }
}

/// What was said at each time asked, and when each limit was reached after the stop, by a probe without noise.
struct Stop {
    said: Vec<(usize, [Times; LIMITS])>,
    reached_s: [Option<f64>; LIMITS],
}

fn stop(seed: u64) -> Stop {
    let (config, around) = drawn(seed);
    let warm = |drive: f64| {
        let plant = Plant::new(config.clone(), seed, &around, &BlowerSupply::at(drive));
        plant.truth().exhaust_c > HELD_C
    };
    let drive = largest(1.0, warm);
    let mut plant = Plant::new(config.clone(), seed, &around, &BlowerSupply::at(drive));
    let (mut probes, mut foresight) = (Probes::new(seed), Foresight::new(Plan::STUDY));
    let mut shown = Probe::new(ProbeConfig::silent(12.0), seed, "shown");
    let mut stop = Stop {
        said: Vec::new(),
        reached_s: [None; LIMITS],
    };
    for step in 1..=STEPS {
        #[expect(clippy::cast_precision_loss, reason = "some twenty thousand steps")]
        let after_s = step as f64 * STEP_S - STOPS_S;
        let stopped = after_s > 0.0;
        let supply = if stopped {
            BlowerSupply::cut()
        } else {
            BlowerSupply::at(drive)
        };
        plant.step(STEP_S, &around, &supply);
        let truth = plant.truth();
        probes.pass(truth.exhaust_c, &around);
        let shown_c = shown.step(STEP_S, truth.exhaust_c);
        for (reached_s, limit_c) in stop.reached_s.iter_mut().zip(LIMITS_C) {
            if stopped && reached_s.is_none() && shown_c >= limit_c {
                *reached_s = Some(after_s);
            }
        }
        let now = Moment(step * 100_000);
        if step % 10 == 0 {
            probes.measure(now);
        }
        if step % 5 == 0 && step >= 10 {
            let speed = 100.0 * truth.speed_fraction;
            let lost = stopped && speed < 100.0 * drive - 10.0;
            foresight.look(now, &probes.seen(speed, lost));
            let asked = ASKED_S
                .iter()
                .position(|asked_s| (after_s - asked_s).abs() < 0.01);
            if let Some(asked) = asked {
                let ahead = foresight.ahead(0.0, LIMITS_C, HORIZON_S).expect("it has looked");
                stop.said.push((asked, ahead.times));
            }
        }
        if stop.reached_s.iter().all(Option::is_some) && after_s > 120.0 {
            break;
        }
    }
    stop
}

/// What was said of a limit at a time asked, over what was true.
#[derive(Clone, Debug, Default)]
struct Cell {
    left_s: Vec<f64>,
    error: Vec<f64>,
    low: Vec<f64>,
    low_late: usize,
    high_early: usize,
}

impl Cell {
    fn take(&mut self, times: &Times, left_s: f64) {
        let ratio = |time_s: Option<f64>| time_s.map_or(HORIZON_S, |time_s| time_s) / left_s;
        self.left_s.push(left_s);
        self.error.push(ratio(times.expected_s) - 1.0);
        self.low.push(ratio(times.low_s));
        self.low_late += usize::from(times.low_s.is_none_or(|low_s| low_s > left_s));
        self.high_early += usize::from(times.high_s.is_some_and(|high_s| high_s < left_s));
    }
}

fn quantile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() - 1) * percent / 100]
}

/// Racks are counted while a limit is still ahead; cells of fewer than thirty say nothing of a twentieth.
#[test]
fn the_time_to_a_limit_after_a_stop_is_told_within_a_fifth_and_its_lower_bound_is_early() {
    let mut cells = vec![vec![Cell::default(); LIMITS]; ASKED_S.len()];
    for seed in 1..=RACKS {
        let stop = stop(seed);
        for (asked, times) in stop.said {
            for ((cell, times), reached_s) in cells[asked].iter_mut().zip(times).zip(stop.reached_s) {
                let left_s = reached_s.map(|reached_s| reached_s - ASKED_S[asked]);
                if let Some(left_s) = left_s.filter(|left_s| *left_s > LEFT_S) {
                    cell.take(&times, left_s);
                }
            }
        }
    }
    println!(
        "| after, s | exhaust to, °C | racks | left, median, s | error p5 / median / p95, % | low over truth, median | low late, % | high early, % |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (asked_s, row) in ASKED_S.into_iter().zip(&cells) {
        for (limit_c, cell) in LIMITS_C.into_iter().zip(row) {
            let racks = cell.error.len();
            if racks < 30 {
                continue;
            }
            let percent = |part: usize| 100.0 * part as f64 / racks as f64;
            let [p5, middle, p95] = [5, 50, 95].map(|at| 100.0 * quantile(&cell.error, at));
            let low = quantile(&cell.low, 50);
            println!(
                "| {asked_s} | {limit_c} | {racks} | {:.0} | {p5:+.0} / {middle:+.0} / {p95:+.0} | {low:.2} | {:.1} | {:.1} |",
                quantile(&cell.left_s, 50),
                percent(cell.low_late),
                percent(cell.high_early),
            );
            if limit_c < LIMITS_C[1] {
                continue;
            }
            assert!(
                percent(cell.low_late) <= 5.0 && low >= 0.5,
                "after {asked_s} s to {limit_c} °C"
            );
            if asked_s >= 20.0 {
                assert!(
                    p5 >= -20.0 && p95 <= 20.0,
                    "after {asked_s} s to {limit_c} °C: {p5} to {p95} %"
                );
            }
        }
    }
}

/// The shipped controller beside a rack at rest, after so many seconds.
fn beside(load_w: f64, room_c: f64, resistance: f64, seconds: f64) -> Inline {
    let mut config = builtin();
    config.core.tick_ms = 100;
    let site = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
    let rack = Rack::new(RackConfig {
        load: Profile::constant(load_w),
        room: Profile::constant(room_c),
        ..RackConfig::default()
    });
    let mut inline = Inline::new(site, rack).unwrap_or_else(|error| panic!("{error}"));
    for side in [Side::Left, Side::Right] {
        inline.act(&Act::FilterResistance {
            side,
            ratio: resistance,
        });
    }
    inline.run(seconds);
    inline
}

/// Error of the headroom, share of the load that full speed holds.
const HEADROOM_SHARE: f64 = 0.10;

#[test]
fn cooling_to_spare_is_what_the_plant_has_clean_clogged_and_in_a_hot_room() {
    println!(
        "| rack | room, °C | load, kW | full speed holds, kW | to spare, true, kW | told, kW | off, % of what it holds |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut clean_w = f64::NAN;
    for (what, resistance, room_c, load_w) in [
        ("clean", 1.0, 24.0, 5_000.0),
        ("clean", 1.0, 24.0, 9_000.0),
        ("filters twice as dense", 2.0, 24.0, 5_000.0),
        ("filters four times as dense", 4.0, 24.0, 4_000.0),
        ("hot room", 1.0, 33.0, 5_000.0),
        ("hot room, filters twice as dense", 2.0, 32.0, 4_000.0),
    ] {
        let holds_w = largest(20_000.0, |it_power_w| {
            let around = Surroundings {
                it_power_w,
                room_c,
                filter_left_resistance: resistance,
                filter_right_resistance: resistance,
                ..Surroundings::default()
            };
            let plant = Plant::new(PlantConfig::default(), 1, &around, &BlowerSupply::at(1.0));
            plant.truth().exhaust_c <= LIMITS_C[0] && plant.truth().chips_c <= 80.0
        });
        let inline = beside(load_w, room_c, resistance, 2_700.0);
        let told = inline.picture().get(derived::HEADROOM);
        let told_w = told.number().unwrap_or_else(|| panic!("{what}: {told:?}"));
        let off = (told_w + load_w - holds_w) / holds_w;
        println!(
            "| {what} | {room_c} | {:.1} | {:.2} | {:.2} | {:.2} | {:+.1} |",
            load_w / 1e3,
            holds_w / 1e3,
            (holds_w - load_w) / 1e3,
            told_w / 1e3,
            100.0 * off
        );
        assert!(
            off.abs() < HEADROOM_SHARE,
            "{what}: {told_w} W told, {} W true",
            holds_w - load_w
        );
        if clean_w.is_nan() {
            clean_w = told_w;
        }
        assert!(told_w <= clean_w, "{what}");
    }
}

/// Error of the coat's heat, kJ.
const COAT_KJ: f64 = 0.3;

#[test]
fn the_coats_heat_is_what_it_holds_while_it_melts_and_freezes() {
    let mut inline = beside(3_000.0, 24.0, 1.0, 600.0);
    let mut seen = Vec::new();
    for (room_c, load_w) in [(24.0, 3_000.0), (32.0, 8_000.0), (40.0, 5_000.0), (15.0, 2_000.0)] {
        inline.act(&Act::Room { room_c: Some(room_c) });
        inline.act(&Act::Load {
            power_w: Some(load_w),
        });
        for _ in 0..6 {
            inline.run(300.0);
            let truth = *inline.rack().borrow().truth();
            let holds_kj = truth.coat_molten * PlantConfig::default().heat.coat_latent_j / 1e3;
            let told = inline.picture().get(derived::STORED_HEAT);
            let told_kj = told.number().unwrap_or_else(|| panic!("{told:?}"));
            assert!(
                (told_kj - holds_kj).abs() < COAT_KJ,
                "{told_kj} of {holds_kj} kJ at {} °C",
                truth.wall_c
            );
            seen.push(holds_kj);
        }
    }
    let [least, most] = [0, 100].map(|percent| quantile(&seen, percent));
    println!("coat between {least:.1} and {most:.1} kJ, told within {COAT_KJ} kJ");
    assert!(
        least < 5.0 && most > 12.0,
        "{least} to {most} kJ: it melts and freezes"
    );
}
