//! What a decision costs: the shipped control, the safety layer around it, and the memory that both keep.
//!
//! `cargo bench -p rack-controller --bench control`. One rack of the plan is driven for half an hour at ten decisions a second,
//! round by round through each of the ways; every round has to end at the drive and the exhaust that it is known to end at.
//! The run fails where the dearest way takes more than a hundredth of a tick of 20 ms, or more than 30 steps of the
//! plant that was measured in the same rounds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark states what must hold by panicking and prints its table"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use hil_rig::plant::{BlowerSupply, Plant, PlantConfig, Surroundings};
use points::setting::Settings;
use points::{Absent, Celsius, CubicMetrePerSecond, Flag, Moment, Percent, Quantity, Reading, Span, Watt};
use rack_controller::control::{Control, Goal, View};
use rack_controller::tick::Machine;
use safety::{Inputs, Restored, Safety, exit};

/// Decisions of a round, ten a second: half an hour.
const DECISIONS: u64 = 18_000;
const STEP_S: f64 = 0.1;
const ROUNDS: usize = 9;
/// Load and room of the rack.
const LOAD_W: f64 = 6_000.0;
const ROOM_C: f64 = 24.0;
/// A hundredth of the shipped tick.
const MOST: Duration = Duration::from_micros(200);
/// Steps of the plant that a decision may take at most.
const MOST_STEPS: f64 = 30.0;

/// A way through control.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// The predictor rules.
    Predictive,
    /// Power is not known: the base regulator rules.
    Base,
    /// The search for the least power stands above the predictor.
    Searching,
}

fn good<Q: Quantity>(value: f64, now: Moment) -> Reading<Q> {
    Reading::good(Q::new(value).expect("finite"), now)
}

/// Half an hour of a rack: time of all decisions, time of all steps of the plant, and how it ended.
fn round(way: Way) -> (Duration, Duration, f64, f64) {
    let around = Surroundings {
        it_power_w: LOAD_W,
        room_c: ROOM_C,
        ..Surroundings::default()
    };
    let mut config = PlantConfig::default();
    config.air.buffet_ratio = 0.0;
    let mut plant = Plant::new(config, 1, &around, &BlowerSupply::at(0.6));
    let goal = Goal {
        optimise: way == Way::Searching,
        ..Goal::new(&Settings::default(), 12e3)
    };
    let (mut control, mut drive) = (Control::new(), Percent::new(60.0).expect("finite"));
    let (mut decided, mut stepped) = (Duration::ZERO, Duration::ZERO);
    for decision in 1..=DECISIONS {
        let now = Moment::ZERO + Span::ms(100 * decision);
        let truth = *plant.truth();
        let view = View {
            exhaust: good::<Celsius>(truth.exhaust_c, now),
            room: good::<Celsius>(ROOM_C, now),
            it_power: match way {
                Way::Predictive | Way::Searching => good::<Watt>(LOAD_W, now),
                Way::Base => Reading::absent(Absent::NoAnswer, now),
            },
            blowers_w: Some(truth.blower_power_w),
            door_open: Reading::good(Flag::Clear, now),
            speed_percent: Some(100.0 * truth.speed_fraction),
            flow: good::<CubicMetrePerSecond>(truth.extracted_flow_m3_s, now),
            pair: None,
        };
        let began = Instant::now();
        drive = black_box(&mut control)
            .decide(now, black_box(&view), &goal, drive)
            .drive;
        decided += began.elapsed();
        let began = Instant::now();
        plant.step(STEP_S, &around, &BlowerSupply::at(drive.get() / 100.0));
        stepped += began.elapsed();
    }
    (decided, stepped, drive.get(), plant.truth().exhaust_c)
}

/// The same number of evaluations of a healthy rack by the safety layer.
fn evaluations() -> Duration {
    let settings = Settings::default();
    let mut safety = Safety::new(Restored::NeverLatched, Moment::ZERO);
    let outputs = exit(&Restored::NeverLatched, Some(false));
    let began = Instant::now();
    for decision in 1..=DECISIONS {
        let now = Moment::ZERO + Span::ms(100 * decision);
        let inputs = Inputs::starting(now);
        let verdict = black_box(&mut safety).evaluate(now, black_box(&inputs), &settings, &outputs);
        black_box(verdict);
    }
    began.elapsed()
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// What `Instant` itself takes of a timed piece, ns.
fn timer_ns() -> f64 {
    let began = Instant::now();
    for _ in 0..DECISIONS {
        black_box(Instant::now().elapsed());
    }
    1e9 * began.elapsed().as_secs_f64() / DECISIONS as f64
}

fn main() {
    let ways = [Way::Base, Way::Predictive, Way::Searching];
    let per = |time: Duration| 1e9 * time.as_secs_f64() / DECISIONS as f64;
    let (mut decided, mut stepped, mut judged, mut timer) =
        ([const { Vec::new() }; 3], Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for (way, times) in ways.into_iter().zip(&mut decided) {
            let (decisions, steps, drive, exhaust_c) = round(way);
            match way {
                Way::Base => assert!((drive - 60.0).abs() < 0.5, "the degraded floor: {drive}"),
                Way::Predictive | Way::Searching => assert!(
                    (38.0..42.1).contains(&exhaust_c) && (40.0..70.0).contains(&drive),
                    "{way:?}: {exhaust_c} at {drive}"
                ),
            }
            times.push(per(decisions));
            stepped.push(per(steps));
        }
        judged.push(per(evaluations()));
        timer.push(timer_ns());
    }
    let timer_ns = median(timer);
    let net = |times: Vec<f64>| (median(times) - timer_ns).max(0.0);
    let step_ns = net(stepped);
    println!("| what | ns | steps of the plant |\n|---|---|---|");
    println!("| a step of the plant | {step_ns:.0} | 1 |");
    let judged_ns = median(judged);
    println!(
        "| safety's evaluation of a healthy rack | {judged_ns:.0} | {:.1} |",
        judged_ns / step_ns
    );
    for (way, times) in ways.into_iter().zip(decided) {
        let ns = net(times);
        println!("| a decision, {way:?} | {ns:.0} | {:.1} |", ns / step_ns);
        assert!(ns < 1e9 * MOST.as_secs_f64(), "{way:?}: {ns} ns");
        assert!(ns < MOST_STEPS * step_ns, "{way:?}: {ns} ns against {step_ns}");
    }
    println!("\n| state of | bytes |\n|---|---|");
    for (what, bytes) in [
        ("control", size_of::<Control>()),
        ("safety", size_of::<Safety>()),
        ("the whole machine, but for its picture", size_of::<Machine>()),
        ("a picture", size_of::<points::Snapshot>()),
    ] {
        println!("| {what} | {bytes} |");
    }
}
