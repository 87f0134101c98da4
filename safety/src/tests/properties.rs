//! The invariants, over random lives of a rack. Names carry the numbers of the safety paper.

use std::vec;

use proptest::prelude::*;

use super::Bench;
use crate::{MATRIX, Restored, Verdict};
use points::interlock::{Cause, CauseSet, Effect, EffectSet, Latch, LatchSet, OutputLine};
use points::{Absent, Flag, LoopState, Moment, Span};

/// Something that happens to a rack.
#[derive(Clone, Copy, Debug)]
enum Event {
    Probe(usize, f64),
    Lose(usize, Absent),
    Smoke(usize, LoopState),
    Unexplained(bool),
    Margin(Result<f64, Absent>),
    Filter(bool),
    Balance(Absent),
    Wire(usize, LoopState),
    Home(usize, bool),
    Button(bool),
    CutOut(bool),
    EmergencyOff(bool),
    Door(bool),
    Mains(bool),
    Isolator(bool),
    FanWorks(bool),
    FanStops(bool),
    Wish(f64),
    Heal,
    Restart,
    Reset(Latch),
    Answer,
    Silence,
}

fn event() -> impl Strategy<Value = Event> {
    let state = prop::sample::select(LoopState::ALL);
    let reason = prop::sample::select(&[
        Absent::OverRange,
        Absent::UnderRange,
        Absent::NoAnswer,
        Absent::LostHot,
        Absent::Starting,
        Absent::NotFitted,
    ]);
    let degrees = prop_oneof![
        Just(40.0),
        Just(46.0),
        Just(51.0),
        Just(56.0),
        Just(61.0),
        Just(95.0),
        20.0..120.0
    ];
    prop_oneof![
        3 => (0_usize..3, degrees).prop_map(|(index, degrees)| Event::Probe(index, degrees)),
        2 => (0_usize..3, reason.clone()).prop_map(|(index, reason)| Event::Lose(index, reason)),
        2 => (0_usize..2, state.clone()).prop_map(|(index, state)| Event::Smoke(index, state)),
        2 => any::<bool>().prop_map(Event::Unexplained),
        1 => reason.clone().prop_map(Event::Balance),
        2 => prop_oneof![(-9.0..9.0).prop_map(Ok), reason.prop_map(Err)].prop_map(Event::Margin),
        1 => any::<bool>().prop_map(Event::Filter),
        1 => (0_usize..2, state).prop_map(|(index, state)| Event::Wire(index, state)),
        1 => (0_usize..2, any::<bool>()).prop_map(|(index, home)| Event::Home(index, home)),
        1 => any::<bool>().prop_map(Event::Button),
        1 => any::<bool>().prop_map(Event::CutOut),
        1 => any::<bool>().prop_map(Event::EmergencyOff),
        1 => any::<bool>().prop_map(Event::Door),
        1 => any::<bool>().prop_map(Event::Mains),
        1 => any::<bool>().prop_map(Event::Isolator),
        1 => any::<bool>().prop_map(Event::FanWorks),
        1 => any::<bool>().prop_map(Event::FanStops),
        1 => (-10.0..150.0).prop_map(Event::Wish),
        2 => Just(Event::Heal),
        1 => Just(Event::Restart),
        3 => prop::sample::select(Latch::ALL).prop_map(Event::Reset),
        1 => Just(Event::Answer),
        1 => Just(Event::Silence),
    ]
}

/// Events, each with the ticks that follow it.
fn life() -> impl Strategy<Value = vec::Vec<(Event, usize)>> {
    prop::collection::vec(
        (event(), prop_oneof![1_usize..8, 1_usize..8, 50_usize..400]),
        1..30,
    )
}

fn happen(bench: &mut Bench, event: Event) {
    match event {
        Event::Probe(index, degrees) => bench.probe(index, degrees),
        Event::Lose(index, reason) => bench.lose(index, reason),
        Event::Smoke(index, state) => bench.inputs.smoke[index].value = Ok(state),
        Event::Unexplained(set) => bench.inputs.heat.unexplained.value = Ok(Flag::from_bool(set)),
        Event::Margin(margin) => bench.inputs.dew_point_margin.value = margin.map(points::Kelvin::of),
        Event::Filter(missing) => bench.inputs.filter_missing = missing,
        Event::Balance(reason) => bench.inputs.heat.unexplained.value = Err(reason),
        Event::Wire(index, state) => bench.inputs.break_wire[index].value = Ok(state),
        Event::Home(index, home) => bench.inputs.extinguisher_home[index].value = Ok(Flag::from_bool(home)),
        Event::Button(set) => bench.inputs.manual_fire.value = Ok(Flag::from_bool(set)),
        Event::CutOut(set) => bench.inputs.cut_out_open.value = Ok(Flag::from_bool(set)),
        Event::EmergencyOff(set) => bench.inputs.emergency_off.value = Ok(Flag::from_bool(set)),
        Event::Door(set) => bench.inputs.door_open.value = Ok(Flag::from_bool(set)),
        Event::Mains(set) => bench.inputs.mains_present.value = Ok(Flag::from_bool(set)),
        Event::Isolator(set) => bench.inputs.isolator_open.value = Ok(Flag::from_bool(set)),
        Event::FanWorks(works) => bench.fan_works = works,
        Event::FanStops(stops) => bench.fan_stops = stops,
        Event::Wish(wish) => bench.wish = wish,
        Event::Heal => bench.heal(),
        Event::Restart => bench.restart(),
        Event::Reset(_) | Event::Silence => bench.safety.silence(),
        Event::Answer => {
            let _refused = bench.safety.answer_prealarm(bench.now);
        }
    }
}

const STOPS: CauseSet = CauseSet::of(&[
    Cause::C01Fired,
    Cause::C02FireConfirmed,
    Cause::C03ManualFire,
    Cause::C05CutOut,
    Cause::C24EmergencyOff,
]);

/// What must remember the past to judge the present.
#[derive(Default)]
struct History {
    fire_since: Option<Moment>,
    down_since: Option<Moment>,
}

impl History {
    fn check(&mut self, bench: &Bench, verdict: &Verdict) -> Result<(), TestCaseError> {
        let off = verdict.effects.has(Effect::FanOff);
        let unknown = verdict.latches.has(Latch::Unknown);
        let stop = verdict.latched.any(STOPS);
        // I01, I02, I03: off in the very tick, by drive and by contact; I04: on only without a stop.
        prop_assert!(!stop || off);
        prop_assert!(!off || stop || unknown);
        prop_assert_eq!(off, bench.outputs.contact_open());
        prop_assert_eq!(off, bench.drive() < 1.0);
        prop_assert!(!verdict.causes.any(STOPS) || off);
        prop_assert!(!(off && bench.does(Effect::FanMax)));
        prop_assert!(!bench.does(Effect::FanMax) || bench.drive() >= 100.0);
        prop_assert!(bench.drive() <= 100.0 && (off || bench.drive() >= 20.0));
        // H47: the least speed is that, and gives way to every demand for air and to what is not known.
        let least = bench.does(Effect::FanLeast);
        let more = EffectSet::of(&[Effect::FanOff, Effect::FanMax, Effect::FanFloor]);
        prop_assert!(!least || bench.drive() <= 20.0 && verdict.causes.has(Cause::C29Condensation));
        prop_assert!(!least || !verdict.effects.any(more) && verdict.vote.level < Some(40.0));
        prop_assert!(!least || verdict.vote.voters >= 2 && !verdict.latches.has(Latch::OverTemperature));
        // I14: blind is full speed, unless fire evidence stands or the fan is off.
        let blind = verdict.causes.has(Cause::C17AllBlind);
        prop_assert!(!blind || off || verdict.evidence.any() || bench.drive() >= 100.0);
        prop_assert!(!(blind && verdict.evidence.any()) || verdict.host_down);
        // I12: a trip is a request in the same tick.
        prop_assert!(!verdict.causes.has(Cause::C08Trip) || verdict.host_down);
        // I11: never a cut without a request; I09: never before its deadline but by the button.
        prop_assert!(!verdict.power_cut || verdict.host_down);
        let button = verdict.latched.has(Cause::C24EmergencyOff);
        self.down_since = if verdict.host_down {
            self.down_since.or(Some(bench.now))
        } else {
            None
        };
        let down_for = self.down_since.map(|since| bench.now.since(since));
        prop_assert!(!verdict.power_cut || button || down_for >= Some(Span::s(10)));
        // I10: a fire cuts power at its deadline.
        let fire = verdict.latches.has(Latch::Fire);
        self.fire_since = if fire {
            self.fire_since.or(Some(bench.now))
        } else {
            None
        };
        let burns = self.fire_since.map(|since| bench.now.since(since));
        prop_assert!(burns < Some(Span::s(61)) || verdict.power_cut);
        // The lines are the effects, and the lock-out stands with every stop.
        prop_assert_eq!(bench.line(OutputLine::HostDown), verdict.host_down);
        prop_assert_eq!(bench.line(OutputLine::PowerCut), verdict.power_cut);
        prop_assert_eq!(bench.line(OutputLine::Fire), fire);
        prop_assert_eq!(bench.line(OutputLine::Fault), !bench.does(Effect::Fault));
        prop_assert!(!(off || unknown) || bench.does(Effect::Lockout));
        prop_assert_eq!(verdict.latches, bench.safety.record().latches());
        explained(bench, verdict)
    }
}

/// Every effect in force has its causes told, and each of them stands or is latched; what stands beside the matrix is known.
fn explained(bench: &Bench, verdict: &Verdict) -> Result<(), TestCaseError> {
    let why = bench.safety.why();
    let walked = verdict.causes.with(verdict.latched);
    let mut held = EffectSet::EMPTY;
    for cause in Cause::ALL {
        let holds = why.holds[cause.index()];
        held = held.with(holds);
        let told = holds.with(why.waits[cause.index()]);
        prop_assert!(
            told.is_empty() || walked.has(*cause),
            "{cause:?} holds and is gone"
        );
        prop_assert!(told.without(MATRIX[cause.index()].effects()).is_empty());
        prop_assert!(!holds.any(why.waits[cause.index()]));
        prop_assert!(!why.holds[cause.index()].has(Effect::Horn) || !why.silenced.has(*cause));
    }
    let beaten = EffectSet::of(&[Effect::FanMax, Effect::FanFloor]);
    let off = verdict.effects.has(Effect::FanOff);
    let lost = held.without(verdict.effects);
    let lost = if off { lost.without(beaten) } else { lost };
    let more = off || verdict.effects.any(beaten);
    let lost = if more {
        lost.without(EffectSet::of(&[Effect::FanLeast]))
    } else {
        lost
    };
    prop_assert!(lost.is_empty(), "{lost:?} is held and not in force");
    // Unknown latches, an open door and probes that are on their way are told by themselves.
    let unknown = verdict.latches.has(Latch::Unknown);
    for effect in verdict.effects.without(held).iter() {
        let told = unknown || effect == Effect::FanMax || effect == Effect::FanFloor;
        prop_assert!(told, "{effect:?} is in force and nobody says why");
    }
    Ok(())
}

/// Runs so many ticks, checking each.
fn live(bench: &mut Bench, history: &mut History, ticks: usize) -> Result<(), TestCaseError> {
    for _ in 0..ticks {
        let before = bench.safety.record();
        let verdict = bench.tick();
        history.check(bench, &verdict)?;
        // I05, I18: nothing but a reset lets a latch go.
        let after = bench.safety.record();
        prop_assert!(
            before.causes().without(after.causes()).is_empty(),
            "a latch let go by itself"
        );
        prop_assert!(before.latches().without(after.latches()).is_empty());
        prop_assert!(before.effects().without(after.effects()).is_empty());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn i01_to_i14_hold_over_random_lives_and_persons_acts_lead_back_to_normal(
        life in life(),
        step in prop::sample::select(&[10_u64, 20, 100, 200]),
        unreadable in any::<bool>(),
    ) {
        let restored = if unreadable { Restored::Unreadable } else { Restored::NeverLatched };
        let mut bench = Bench::start(restored, Some(false));
        bench.step = Span::ms(step);
        let mut history = History::default();
        for (event, ticks) in life {
            if let Event::Reset(latch) = event {
                let fire = bench.safety.record().latches().has(Latch::Fire);
                let quiet = bench.safety.last_evidence;
                if bench.reset(latch).is_ok() {
                    prop_assert!(!(fire && latch == Latch::Fire) || bench.now.since(quiet) >= Span::s(600), "I05");
                }
                // The ticks of the reset were not looked at.
                history.fire_since = history.fire_since.filter(|_| latch != Latch::Fire);
                continue;
            }
            if matches!(event, Event::Restart) {
                let record = bench.safety.record();
                bench.restart();
                prop_assert_eq!(record, bench.safety.record(), "I18");
                history.fire_since = None; // the deadline runs anew
            } else {
                happen(&mut bench, event);
            }
            live(&mut bench, &mut history, ticks)?;
        }
        // Liveness: whatever is latched, persons' acts lead back to Normal.
        bench.heal();
        bench.step = Span::ms(500);
        live(&mut bench, &mut history, 1400)?;
        for _ in 0..3 {
            for latch in Latch::ALL {
                if bench.safety.record().latches().has(*latch) {
                    // Refused until the others have let the fan run: the next round will do.
                    let _refused = bench.reset(*latch);
                }
            }
            bench.run(40.0);
        }
        let verdict = bench.tick();
        prop_assert_eq!(verdict.latches, LatchSet::EMPTY);
        prop_assert!(!bench.off() && !verdict.host_down && !verdict.power_cut);
        prop_assert!(bench.line(OutputLine::Fault), "healthy: {:?}", verdict.causes);
    }

    #[test]
    fn i17_two_lives_that_differ_only_in_a_pre_alarm_have_equal_fan_commands(
        degrees in prop::collection::vec((0_usize..3, 30.0..62.0, 1_usize..300), 1..12),
        pulses in prop::collection::vec((any::<bool>(), any::<bool>()), 1..12),
        wish in 20.0..100.0,
        margin in -5.0..9.0,
    ) {
        let (mut bench, mut twin) = (Bench::new(), Bench::new());
        (bench.wish, twin.wish) = (wish, wish);
        for rack in [&mut bench, &mut twin] {
            rack.inputs.dew_point_margin.value = Ok(points::Kelvin::of(margin));
        }
        for ((index, degrees, ticks), (stands, by_smoke)) in degrees.iter().zip(&pulses) {
            bench.probe(*index, *degrees);
            twin.probe(*index, *degrees);
            // One class at a time, the other forgotten: what both together do is no pre-alarm.
            bench.smoke(0, *stands && *by_smoke);
            bench.unexplained(*stands && !*by_smoke);
            bench.inputs.heat.buses = super::bench::buses(&[1, 2, 3, 4]);
            for _ in 0..*ticks {
                bench.tick();
                twin.tick();
                prop_assert_eq!(bench.outputs.fan(), twin.outputs.fan());
            }
        }
    }

    #[test]
    fn i13_exactly_one_hot_probe_never_trips(hot in 0_usize..3, degrees in 50.0..150.0, ticks in 1_usize..1500) {
        let mut bench = Bench::new();
        bench.probe(hot, degrees);
        for _ in 0..ticks {
            let verdict = bench.tick();
            prop_assert!(!verdict.causes.has(Cause::C08Trip) && !verdict.host_down && !bench.off());
        }
    }

    #[test]
    fn i15_a_value_that_is_not_good_never_counts_as_normal(
        lost in prop::sample::subsequence(vec![0_usize, 1, 2], 1..3),
        reason in prop::sample::select(&[Absent::UnderRange, Absent::Stale, Absent::Stuck, Absent::NoAnswer,
            Absent::Disagrees, Absent::LostHot, Absent::NotFitted, Absent::Starting]),
    ) {
        // With the others at the trip, the lost ones do not hold the vote down.
        let mut bench = Bench::new();
        bench.probes(56.0);
        for index in lost {
            bench.lose(index, reason);
        }
        prop_assert!(bench.tick().host_down);
    }

    #[test]
    fn any_bytes_are_a_record_or_an_error(bytes in prop::array::uniform32(any::<u8>()), more in prop::array::uniform32(any::<u8>())) {
        let mut whole = [0; crate::RECORD_BYTES];
        whole[..32].copy_from_slice(&bytes);
        whole[32..].copy_from_slice(&more);
        prop_assert!(crate::LatchRecord::from_bytes(&whole).is_err());
    }
}
