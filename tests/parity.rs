//! Parity on racks that are not the plan's: every constant drawn within 20 %, every sensor off within its class, loads that
//! move as a day's do. A calm rack has no finding; each fault of the signature table is put into the bytes of the rig, and what
//! is isolated, and when, is counted.
//!
//! Figures of the last campaign are in docs/parity.md.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use hil_rig::plant::{Between, PlantConfig, Profile};
use hil_rig::rack::{Act, Fault, Input, Instrument, Rack, RackConfig, Side};
use points::ParityFinding as Finding;
use points::alarm::Alarm;
use points::command::{Authority, Command, Name, Reason};
use points::point::{commissioning, parity};
use rack_controller::config::builtin;
use rack_controller::core::inline::Inline;
use rack_controller::site::Site;

/// Racks of a campaign: calm ones, and of each fault. Every second one is commissioned first.
const CALM: u64 = 4;
const FAULTY: u64 = 2;
/// Environment: so many times as many racks, and another first seed.
const MORE: &str = "PARITY_MORE";
const SEED: &str = "PARITY_SEED";
/// Workers; the other tests mostly wait.
const WORKERS: usize = 2;
/// A day, what a faulty rack is calm for, and how long it is watched, s.
const DAY_S: u64 = 86_400;
const CALM_S: u64 = 7_200;
const WATCHED_S: u64 = 10_800;
/// A commissioning run begins here and is over here, s.
const RUN_S: u64 = 400;
const RUN_OVER_S: u64 = 4_200;

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// SplitMix64.
struct Draw(u64);

impl Draw {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        #[expect(clippy::cast_precision_loss, reason = "53 bits")]
        let share = ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
        share
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
}

/// A rack that is not the plan's.
fn plant(draw: &mut Draw) -> PlantConfig {
    let mut plant = PlantConfig::default();
    let (heat, intake, blower, jet) = (
        &mut plant.heat,
        &mut plant.intake,
        &mut plant.blower,
        &mut plant.jet,
    );
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
        &mut intake.filter_linear_pa_s_m3,
        &mut intake.filter_square_pa_s2_m6,
        &mut intake.path_pa_s2_m6,
        &mut intake.gap_m2,
        &mut blower.shutoff_pa,
        &mut blower.free_flow_m3_s,
        &mut blower.lag_s,
        &mut blower.coast_s,
        &mut plant.air.volume_m3,
        &mut plant.air.stack_height_m,
        &mut jet.nozzle_loss,
        &mut jet.mixing_loss,
        &mut jet.suction_loss,
    ] {
        *constant *= draw.between(0.8, 1.2);
    }
    heat.chips_share = draw.between(0.75, 0.95);
    plant
}

/// What every sensor may be off by when it is well: K and Pa (data sheets SHT4x and SDP8xx, with tubes).
const OFF: [(Instrument, f64); 11] = [
    (Instrument::ExhaustA, 0.3),
    (Instrument::ExhaustB, 0.3),
    (Instrument::ExhaustC, 0.3),
    (Instrument::Room, 0.3),
    (Instrument::InletLeft, 0.3),
    (Instrument::InletRight, 0.3),
    (Instrument::Ceiling, 0.3),
    (Instrument::Draft, 0.2),
    (Instrument::Suction, 0.2),
    (Instrument::FilterLeft, 0.2),
    (Instrument::FilterRight, 0.2),
];

/// Hosts that stand at 4 kW while the rack is met, then move as the rig's day does, more or less of it.
fn load(seed: u64, from_s: u64, draw: &mut Draw) -> Profile {
    let (day, share) = (Profile::synthetic_load(seed), draw.between(0.5, 1.1));
    let mut points = vec![
        (0.0, 4_000.0),
        (f64::from(u32::try_from(from_s).unwrap()), 4_000.0),
    ];
    for minute in 1..=1_600_u32 {
        let day_s = 60.0 * f64::from(minute);
        points.push((points[1].0 + day_s, share * day.at(day_s)));
    }
    Profile::points(points, Between::Lines).unwrap()
}

/// A room that swings by up to 3 K over a day.
fn room(draw: &mut Draw) -> Profile {
    let (mean_c, swing_k) = (draw.between(20.0, 26.0), draw.between(0.0, 3.0));
    let at = |place: u32| {
        let day = f64::from(place) / 288.0;
        (
            300.0 * f64::from(place),
            mean_c + swing_k * (std::f64::consts::TAU * day).sin(),
        )
    };
    Profile::points((0..320).map(at).collect(), Between::Lines).unwrap()
}

/// The shipped controller beside such a rack; the rack's own constants are fitted where `commission` says so.
fn beside(seed: u64, commission: bool) -> Inline {
    let mut draw = Draw(seed.wrapping_mul(7_919));
    let from_s = if commission { RUN_OVER_S } else { 300 };
    let rack = RackConfig {
        seed,
        load: load(seed, from_s, &mut draw),
        room: room(&mut draw),
        plant: plant(&mut draw),
        ..RackConfig::default()
    };
    let mut config = builtin();
    config.core.tick_ms = 100;
    let site = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
    let mut inline = Inline::new(site, Rack::new(rack)).unwrap_or_else(|error| panic!("{error}"));
    for (instrument, most) in OFF {
        inline.act(&Act::Fault {
            instrument,
            fault: Fault::Offset,
            amount: Some(draw.between(-most, most)),
        });
    }
    if commission {
        #[expect(clippy::cast_precision_loss, reason = "minutes")]
        inline.run(RUN_S as f64);
        let asked = Command::Commissioning {
            by: Name::new("parity").unwrap(),
            reason: Reason::new("a new rack").unwrap(),
        };
        inline.command_by(&asked, Authority::OnePerson).unwrap();
        #[expect(clippy::cast_precision_loss, reason = "minutes")]
        inline.run((RUN_OVER_S - RUN_S) as f64);
        let result = inline.picture().get(commissioning::RESULT).ok();
        assert_eq!(result, Some(points::CommissioningResult::Fitted), "seed {seed}");
    }
    inline
}

/// Every change of the finding within `seconds`, with its second.
fn watch(inline: &mut Inline, seconds: u64) -> (Vec<(u64, Finding)>, bool) {
    let found = |inline: &Inline| {
        inline
            .picture()
            .get(parity::FINDING)
            .ok()
            .unwrap_or(Finding::None)
    };
    let (mut before, mut changes, mut alarm) = (found(inline), Vec::new(), false);
    for second in 1..=seconds {
        inline.run(1.0);
        let now = found(inline);
        if now != before {
            changes.push((second, now));
            before = now;
        }
        alarm |= inline.picture().alarms.active.has(Alarm::ParityFinding);
    }
    (changes, alarm)
}

/// Does everything with two workers.
fn side_by_side<T: Sync, R: Send>(jobs: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(place) else { return };
                    let result = work(job);
                    done.lock().unwrap().push((place, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

fn racks(count: u64) -> Vec<(u64, bool)> {
    let first = from_environment(SEED, 1);
    let count = count * from_environment(MORE, 1);
    (first..first + count).map(|seed| (seed, seed % 2 == 0)).collect()
}

#[test]
fn a_calm_rack_has_no_finding_for_a_day() {
    let all = racks(CALM);
    let days = all.len();
    let found = side_by_side(&all, |(seed, commission)| {
        let (changes, alarm) = watch(&mut beside(*seed, *commission), DAY_S);
        (*seed, changes, alarm)
    });
    let astray: Vec<_> = found
        .iter()
        .filter(|(_, changes, alarm)| !changes.is_empty() || *alarm)
        .collect();
    println!(
        "calm: {} of {days} racks found something within a day",
        astray.len()
    );
    assert!(astray.is_empty(), "{astray:?}");
}

/// A fault, what it is called, and what may be isolated: the first is what it is.
struct Case {
    what: &'static str,
    acts: Vec<Act>,
    may: &'static [Finding],
}

fn off(instrument: Instrument, fault: Fault, amount: f64) -> Vec<Act> {
    vec![Act::Fault {
        instrument,
        fault,
        amount: Some(amount),
    }]
}

fn cases() -> Vec<Case> {
    use Fault::{Drift, Offset};
    use Instrument as I;
    let case = |what, acts, may| Case { what, acts, may };
    let tach = |fault| {
        vec![Act::Fault {
            instrument: I::Fan,
            fault,
            amount: None,
        }]
    };
    let wear = |efficiency| Act::BlowerWear {
        blower: Side::Left,
        efficiency,
    };
    let door = vec![
        Act::ContactStuck {
            line: Input::Door,
            on: true,
        },
        Act::Door { open: true },
    ];
    let torn = Act::FilterResistance {
        side: Side::Left,
        ratio: 0.3,
    };
    // A room probe that drifts shows at the inlets where the flow is large enough for them to tell, and else in the heat alone.
    let room: &[Finding] = &[
        Finding::Room,
        Finding::HeatAlone,
        Finding::InletLeft,
        Finding::InletRight,
    ];
    vec![
        case(
            "exhaust A drifts 2 K/h",
            off(I::ExhaustA, Drift, 2.0),
            &[Finding::ExhaustA],
        ),
        case(
            "exhaust B drifts -2 K/h",
            off(I::ExhaustB, Drift, -2.0),
            &[Finding::ExhaustB],
        ),
        case(
            "exhaust C is 1.5 K off",
            off(I::ExhaustC, Offset, 1.5),
            &[Finding::ExhaustC],
        ),
        case("room drifts 2 K/h", off(I::Room, Drift, 2.0), room),
        case("room drifts -2 K/h", off(I::Room, Drift, -2.0), room),
        case(
            "left inlet drifts 2 K/h",
            off(I::InletLeft, Drift, 2.0),
            &[Finding::InletLeft],
        ),
        case(
            "draft drifts 2 Pa/h",
            off(I::Draft, Drift, 2.0),
            &[Finding::Draft],
        ),
        case(
            "draft drifts -2 Pa/h",
            off(I::Draft, Drift, -2.0),
            &[Finding::Draft],
        ),
        case(
            "suction drifts 2 Pa/h",
            off(I::Suction, Drift, 2.0),
            &[Finding::Suction],
        ),
        case(
            "left filter drifts 2 Pa/h",
            off(I::FilterLeft, Drift, 2.0),
            &[Finding::FilterLeft],
        ),
        case(
            "right filter drifts -2 Pa/h",
            off(I::FilterRight, Drift, -2.0),
            &[Finding::FilterRight],
        ),
        case(
            "tachometer counts half",
            tach(Fault::TachHalf),
            &[Finding::Tachometer],
        ),
        case(
            "tachometer counts nothing",
            tach(Fault::TachLost),
            &[Finding::Tachometer],
        ),
        case("bearings at 80 %", vec![wear(80.0)], &[Finding::BearingOrMeter]),
        case("bearings at 90 %", vec![wear(90.0)], &[Finding::BearingOrMeter]),
        case(
            "blower's meter 0.4 A off",
            off(I::Supply, Offset, 0.4),
            &[Finding::BearingOrMeter],
        ),
        case(
            "door open, contact says closed",
            door,
            &[Finding::Door, Finding::Leak],
        ),
        case(
            "gap of 300 cm²",
            vec![Act::PanelGap { area_cm2: 300.0 }],
            &[Finding::Leak],
        ),
        case("left filter torn to 0.3", vec![torn], &[Finding::Leak]),
        case(
            "dust, a filter's life in hours",
            vec![Act::Dust { ug_m3: 3.0e5 }],
            &[Finding::Clogging],
        ),
        case(
            "discharge blocked to 40 %",
            vec![Act::DischargeBlocked { percent: 40.0 }],
            &[Finding::Discharge, Finding::Leak],
        ),
    ]
}

fn median(mut times: Vec<u64>) -> Option<u64> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

/// Of every fault: what was told, in how many racks, last of all and ever.
#[test]
fn each_fault_of_the_table_is_isolated_and_none_is_taken_for_another() {
    let (cases, racks) = (cases(), racks(FAULTY));
    let jobs: Vec<(usize, u64, bool)> = (0..cases.len())
        .flat_map(|case| {
            racks
                .iter()
                .map(move |(seed, commission)| (case, *seed, *commission))
        })
        .collect();
    let found = side_by_side(&jobs, |(case, seed, commission)| {
        let mut inline = beside(100 + seed, *commission);
        let (before, _) = watch(&mut inline, CALM_S);
        assert!(
            before.is_empty(),
            "seed {seed}: {before:?} before anything is wrong"
        );
        for act in &cases[*case].acts {
            inline.act(act);
        }
        let (changes, _) = watch(&mut inline, WATCHED_S);
        (*case, *seed, changes)
    });
    println!(
        "| fault | racks | first told, median, s | isolated, median, s | worst, s | isolated as (racks) | never |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut astray = Vec::new();
    for (place, case) in cases.iter().enumerate() {
        let mine: Vec<_> = found.iter().filter(|(case, _, _)| *case == place).collect();
        let first = mine
            .iter()
            .filter_map(|(_, _, changes)| changes.first().map(|(second, _)| *second));
        let isolated: Vec<u64> = mine
            .iter()
            .filter_map(|(_, _, changes)| changes.iter().find(|(_, finding)| *finding == case.may[0]))
            .map(|(second, _)| *second)
            .collect();
        let mut last: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, seed, changes) in &mine {
            let told = changes.last().map_or(Finding::None, |(_, finding)| *finding);
            *last.entry(told.text()).or_default() += 1;
            let other = changes.iter().find(|(_, finding)| {
                !matches!(finding, Finding::None | Finding::Unisolated) && !case.may.contains(finding)
            });
            if let Some(other) = other {
                astray.push((case.what, *seed, *other));
            }
        }
        let told = |time: Option<u64>| time.map_or("-".to_owned(), |time| time.to_string());
        let last: Vec<String> = last
            .iter()
            .map(|(text, count)| format!("{text} ({count})"))
            .collect();
        println!(
            "| {} | {} | {} | {} | {} | {} | {} |",
            case.what,
            mine.len(),
            told(median(first.collect())),
            told(median(isolated.clone())),
            told(isolated.iter().max().copied()),
            last.join(", "),
            mine.len() - isolated.len(),
        );
    }
    assert!(astray.is_empty(), "taken for another: {astray:?}");
}
