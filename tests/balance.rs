//! Class Q, unexplained heat, on racks that are not the plan's: every constant of the plant drawn within 20 %, every
//! sensor off by its datasheet's error. What is no fire raises none; what is one is found.
//!
//! Figures of the last campaign are in docs/heat-balance.md.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use hil_rig::plant::{CabinetFire, FireClass, PlantConfig, Profile, response, trace_file};
use hil_rig::rack::{Act, Fault, Instrument, Rack, RackConfig};
use points::alarm::Alarm;
use points::interlock::{Cause, Effect};
use points::point::derived;
use rack_controller::config::builtin;
use rack_controller::core::inline::Inline;
use rack_controller::scenario::recording;
use rack_controller::site::Site;
use rack_controller::transition::Change;

/// Racks of a campaign.
const RACKS: u64 = 40;
/// Environment: so many racks instead, and another first seed.
const MORE: &str = "BALANCE_RACKS";
const SEED: &str = "BALANCE_SEED";
/// Workers; the other tests mostly wait.
const WORKERS: usize = 2;
/// Time in which a rack settles and its balance is learned, s.
const SETTLES_S: f64 = 1_500.0;
/// Time watched after what is no fire, s: more than the ten minutes after which a pre-alarm shuts hosts down.
const WATCHED_S: f64 = 780.0;
/// Time watched after a fire begins, s.
const BURNS_S: f64 = 120.0;
const PRE_ALARM: Change = Change::Cause(Cause::C04PreAlarm, true);

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

/// What happens to a rack.
#[derive(Clone, Copy, Debug)]
enum Event {
    BlowerStop,
    DoorOpen,
    MoreLoad,
    HalfLoad,
    Fire(FireClass),
}

/// A rack that is not the plan's.
fn plant(draw: &mut Draw) -> PlantConfig {
    let mut plant = PlantConfig::default();
    let (heat, intake, blower) = (&mut plant.heat, &mut plant.intake, &mut plant.blower);
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
        &mut plant.jet.nozzle_loss,
        &mut plant.jet.mixing_loss,
        &mut plant.jet.suction_loss,
        &mut plant.smoke.rise_m,
    ] {
        *constant *= draw.between(0.8, 1.2);
    }
    heat.chips_share = draw.between(0.75, 0.95);
    plant
}

/// The shipped controller beside such a rack.
fn beside(rack: RackConfig) -> Inline {
    let mut config = builtin();
    config.core.tick_ms = 100;
    let site = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
    Inline::new(site, Rack::new(rack)).unwrap_or_else(|error| panic!("{error}"))
}

/// Rack of this seed with its sensors' errors, and the controller beside it, settled.
fn settled(seed: u64) -> (Inline, f64) {
    let mut draw = Draw(seed);
    let load_w = draw.between(3_000.0, 8_000.0);
    let room_c = draw.between(20.0, 27.0);
    let mut inline = beside(RackConfig {
        seed,
        load: Profile::constant(load_w),
        room: Profile::constant(room_c),
        plant: plant(&mut draw),
        ..RackConfig::default()
    });
    for (instrument, most) in [
        (Instrument::ExhaustA, 0.3),
        (Instrument::ExhaustB, 0.3),
        (Instrument::ExhaustC, 0.3),
        (Instrument::Room, 0.3),
        (Instrument::Draft, 0.2),
    ] {
        let fault = Fault::Offset;
        let amount = Some(draw.between(-most, most));
        inline.act(&Act::Fault {
            instrument,
            fault,
            amount,
        });
    }
    inline.run(SETTLES_S);
    (inline, load_w)
}

/// What came of it, times in seconds after it happened.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    by_heat: Option<f64>,
    pre_alarm: Option<f64>,
    fan_off: Option<f64>,
    confirmed: bool,
    host_down: Option<f64>,
    /// Hosts went down before anything but fire logic asked for it.
    down_by_fire: bool,
    /// Heat of the fire when it was found, W.
    fire_w: f64,
}

/// Causes that ask for the hosts' shutdown and are no sign of fire.
const OF_COOLING: [Cause; 6] = [
    Cause::C08Trip,
    Cause::C10FanFailed,
    Cause::C17AllBlind,
    Cause::C20MainsLost,
    Cause::C27Hard,
    Cause::C28CoolingIsolated,
];

fn happen(seed: u64, event: Event) -> Found {
    let (mut inline, load_w) = settled(seed);
    let heat = inline.picture().get(derived::UNEXPLAINED_HEAT);
    assert!(
        heat.value.is_ok(),
        "seed {seed}: nothing is said after {SETTLES_S} s: {heat:?}"
    );
    let calm = |inline: &Inline| !inline.history.iter().any(|(_, change)| *change == PRE_ALARM);
    assert!(calm(&inline), "seed {seed}: a pre-alarm while it settles");
    inline.history.clear();
    let start = inline.now();
    inline.act(&match event {
        Event::BlowerStop => Act::BlowerJammed { on: true },
        Event::DoorOpen => Act::Door { open: true },
        Event::MoreLoad => Act::Load {
            power_w: Some(load_w + 4_000.0),
        },
        Event::HalfLoad => Act::Load {
            power_w: Some(0.5 * load_w),
        },
        Event::Fire(class) => Act::FireGrows {
            class,
            ceiling_w: None,
        },
    });
    let mut found = Found::default();
    let watched_s = if matches!(event, Event::Fire(_)) {
        BURNS_S
    } else {
        WATCHED_S
    };
    while inline.now().since(start).as_s() < watched_s {
        inline.tick();
        if found.by_heat.is_none() && inline.picture().alarms.active.has(Alarm::UnexplainedHeat) {
            found.by_heat = Some(inline.now().since(start).as_s());
            found.fire_w = inline.report().fire_w;
        }
    }
    let when = |wanted: Change| {
        let came = inline.history.iter().find(|(_, change)| *change == wanted);
        came.map(|(at, _)| at.since(start).as_s())
    };
    found.pre_alarm = when(PRE_ALARM);
    found.confirmed = when(Change::Cause(Cause::C02FireConfirmed, true)).is_some();
    found.fan_off = when(Change::Effect(Effect::FanOff, true));
    found.host_down = when(Change::Effect(Effect::HostDown, true));
    let cooling = OF_COOLING.map(|cause| when(Change::Cause(cause, true)));
    let cooling_s = cooling.into_iter().flatten().fold(f64::INFINITY, f64::min);
    found.down_by_fire = found.host_down.is_some_and(|down_s| down_s < cooling_s);
    found
}

/// Every rack of a campaign through an event, by its seed.
fn campaign(event: Event) -> Vec<(u64, Found)> {
    let (first, racks) = (from_environment(SEED, 1), from_environment(MORE, RACKS));
    let (next, all) = (AtomicU64::new(first), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + racks {
                return;
            }
            let found = happen(seed, event);
            all.lock().expect("nobody panics with it").push((seed, found));
        }
    };
    std::thread::scope(|scope| (0..WORKERS).for_each(|_| drop(scope.spawn(work))));
    let mut all = all.into_inner().expect("nobody panics with it");
    all.sort_by_key(|(seed, _)| *seed);
    all
}

/// Seeds of the racks to which it happened.
fn seeds(all: &[(u64, Found)], of: impl Fn(&Found) -> bool) -> Vec<u64> {
    let hit = all.iter().filter(|(_, found)| of(found));
    hit.map(|(seed, _)| *seed).collect()
}

#[test]
fn what_is_no_fire_raises_none_in_racks_that_are_not_the_plans() {
    println!(
        "| no fire | racks | unexplained | pre-alarm | FAN_OFF | HOST_DOWN by fire logic | HOST_DOWN for want of cooling |"
    );
    for (event, what) in [
        (Event::BlowerStop, "blower stops"),
        (Event::DoorOpen, "door opens"),
        (Event::MoreLoad, "load + 4 kW"),
        (Event::HalfLoad, "load - 50 %"),
    ] {
        let all = campaign(event);
        let unexplained = seeds(&all, |found| found.by_heat.is_some());
        let pre_alarm = seeds(&all, |found| found.pre_alarm.is_some());
        let fan_off = seeds(&all, |found| found.fan_off.is_some());
        let by_fire = seeds(&all, |found| found.down_by_fire);
        let down = seeds(&all, |found| found.host_down.is_some() && !found.down_by_fire);
        println!(
            "| {what} | {} | {} | {} | {} | {} | {} |",
            all.len(),
            unexplained.len(),
            pre_alarm.len(),
            fan_off.len(),
            by_fire.len(),
            down.len()
        );
        assert!(
            unexplained.is_empty() && pre_alarm.is_empty() && fan_off.is_empty() && by_fire.is_empty(),
            "{what}: seeds with unexplained heat {unexplained:?}, a pre-alarm {pre_alarm:?}, FAN_OFF {fan_off:?}, \
             HOST_DOWN {by_fire:?}"
        );
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// With smoke's detectors as they are: what they add to the heat balance stops the fan, and never before it has spoken.
#[test]
fn a_fire_is_found_by_its_heat_within_half_a_minute_in_racks_that_are_not_the_plans() {
    println!(
        "| fire | racks | found by Q, median (worst), s | heat then, median, kW | FAN_OFF beside modelled smoke, median, s |"
    );
    for (class, most_s) in [
        (FireClass::Slow, 35.0),
        (FireClass::Medium, 25.0),
        (FireClass::Fast, 18.0),
    ] {
        let all = campaign(Event::Fire(class));
        let missed = seeds(&all, |found| found.by_heat.is_none());
        assert!(missed.is_empty(), "{class:?}: never found with seeds {missed:?}");
        let by_heat: Vec<f64> = all.iter().filter_map(|(_, found)| found.by_heat).collect();
        let worst = by_heat.iter().copied().fold(0.0, f64::max);
        let fan_off: Vec<f64> = all.iter().filter_map(|(_, found)| found.fan_off).collect();
        let unconfirmed = seeds(&all, |found| !found.confirmed);
        let fire_kw = median(all.iter().map(|(_, found)| found.fire_w / 1e3).collect());
        let (middle, off) = (median(by_heat), median(fan_off));
        println!(
            "| {class:?} | {} | {middle:.1} ({worst:.1}) | {fire_kw:.1} | {off:.1} |",
            all.len()
        );
        assert!(middle <= most_s, "{class:?}: {middle} s");
        assert!(
            unconfirmed.is_empty(),
            "{class:?}: not confirmed with seeds {unconfirmed:?}"
        );
    }
}

/// Both recorded cabinet fires, in the rack as planned.
#[test]
fn recorded_cabinet_fires_stop_the_fan_before_their_separators_burn() {
    println!(
        "| recorded fire | pre-alarm, s | of it Q, s | FAN_OFF, s | separator (RTI 30 / 100 / 200), s |"
    );
    for (name, place) in [("cabinet-fire-closed", 0), ("cabinet-fire-open", 1)] {
        let file = recording::folder().join(response::FIRES[place].0);
        if !file.exists() {
            println!("skipped: {name} needs RIG_DATA, the folder of the recordings");
            continue;
        }
        let fire =
            trace_file::open(&file, trace_file::cabinet_fire).unwrap_or_else(|error| panic!("{error}"));
        replay(name, &fire);
    }
}

fn replay(name: &str, fire: &CabinetFire) {
    let mut inline = beside(RackConfig {
        load: Profile::constant(5_000.0),
        recorded_fire: Some(Arc::new(fire.clone())),
        ..RackConfig::default()
    });
    inline.run(SETTLES_S);
    inline.history.clear();
    let start = inline.now();
    inline.act(&Act::FireReplay { from_s: None });
    inline.run(900.0);
    let first = |wanted: Change| {
        let change = inline.history.iter().find(|(_, change)| *change == wanted);
        change.map(|(at, _)| at.since(start).as_s())
    };
    let shown = |time: Option<f64>| time.map_or("never".to_owned(), |time| format!("{time:.1}"));
    let by_heat = first(Change::Alarm(Alarm::UnexplainedHeat, true));
    let pre_alarm = first(PRE_ALARM);
    let fan_off = first(Change::Effect(Effect::FanOff, true));
    let answers = response::responses(fire);
    let separators = [30, 100, 200].map(|rti| {
        let wanted = format!("paper 230 C, RTI {rti}");
        let answer = answers.iter().find(|answer| answer.principle == wanted);
        answer.expect("one of the table's principles").after_s
    });
    println!(
        "| {name} | {} | {} | {} | {} |",
        shown(pre_alarm),
        shown(by_heat),
        shown(fan_off),
        separators.map(shown).join(" / ")
    );
    let fan_off = fan_off.expect("smoke or heat stands beside the heat balance");
    assert!(by_heat.is_some() && pre_alarm.is_some_and(|pre_alarm| pre_alarm <= fan_off));
    for separator in separators.into_iter().flatten() {
        assert!(
            fan_off < separator,
            "{name}: {fan_off} s, the separator burns at {separator} s"
        );
    }
}
