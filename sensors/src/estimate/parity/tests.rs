//! Parity on readings that are made up to meet every equation, and then do not.

use points::{Celsius, Pascal, Percent, Rpm, Watt};
use proptest::prelude::*;

use super::*;

/// The plan's clean rack.
fn planned_m3_s(percent: f64) -> f64 {
    0.564 * percent / 100.0
}

const CLEAN: Clean = Clean {
    full_rpm: 2_800.0,
    planned_m3_s,
    draft: (30.0, 33.3),
};
const SPEED: f64 = 0.6;

/// A rack at 60 % in which every equation is met.
fn well() -> Seen {
    let good = |c: f64| Reading::good(Celsius::of(c), Moment::ZERO);
    let pa = |pa: f64| Reading::good(Pascal::of(pa), Moment::ZERO);
    let draft_pa = 12.0;
    let m3_s = crate::estimate::filter::extracted(SPEED, draft_pa, 16.0).unwrap_or(0.0);
    let slit_pa = 5.0 * m3_s * m3_s;
    Seen {
        heat: Reading::good(Watt::of(50.0), Moment::ZERO),
        hosts: Reading::good(Watt::of(5_000.0), Moment::ZERO),
        exhaust: [40.1, 39.9, 40.0].map(good),
        room: good(24.0),
        inlets: [28.8, 28.9].map(good),
        draft: pa(-draft_pa),
        suction: pa(-(draft_pa + 20.0 * m3_s * m3_s - 0.6)),
        drops: [draft_pa - slit_pa + 0.1, draft_pa - slit_pa].map(pa),
        speed: Reading::good(Rpm::of(SPEED * 2_800.0), Moment::ZERO),
        drive: Reading::good(Percent::of(100.0 * SPEED), Moment::ZERO),
        doubted: false,
        power: Reading::good(Watt::of(100.0), Moment::ZERO),
        blower: None,
        air: None,
        heat_ways: None,
        coast: None,
    }
}

/// Parity and its clock.
struct Run {
    parity: Parity,
    second: u64,
}

impl Run {
    /// A rack that has been well for as long as learning takes.
    fn learned() -> Self {
        let mut run = Run {
            parity: Parity::new(false),
            second: 0,
        };
        run.pass(1_200, &well());
        assert_eq!(run.finding(), Ok(ParityFinding::None));
        run
    }

    fn pass(&mut self, seconds: u64, seen: &Seen) {
        for _ in 0..seconds {
            self.second += 1;
            self.parity
                .look(Moment::ZERO + points::Span::s(self.second), seen, &CLEAN);
        }
    }

    fn finding(&self) -> Result<ParityFinding, Absent> {
        self.parity.finding().value
    }
}

/// A reading moved by an amount.
fn by<Q: points::Quantity>(reading: Reading<Q>, amount: f64) -> Reading<Q> {
    reading.map(|value| Q::new(value.get() + amount).unwrap_or(value))
}

/// A way in which a rack is not well.
type Wrong = fn(&mut Seen);

const TABLE: &[(ParityFinding, Wrong)] = &[
    (ParityFinding::ExhaustA, |seen| {
        seen.exhaust[0] = by(seen.exhaust[0], 1.0)
    }),
    (ParityFinding::ExhaustB, |seen| {
        seen.exhaust[1] = by(seen.exhaust[1], -1.0)
    }),
    (ParityFinding::ExhaustC, |seen| {
        seen.exhaust[2] = by(seen.exhaust[2], 1.0)
    }),
    (ParityFinding::Room, |seen| {
        seen.room = by(seen.room, 2.0);
        seen.heat = by(seen.heat, 600.0);
    }),
    (ParityFinding::InletLeft, |seen| {
        seen.inlets[0] = by(seen.inlets[0], 1.5)
    }),
    (ParityFinding::InletRight, |seen| {
        seen.inlets[1] = by(seen.inlets[1], -1.5)
    }),
    (ParityFinding::Uneven, |seen| {
        seen.inlets[0] = by(seen.inlets[0], 1.5);
        seen.inlets[1] = by(seen.inlets[1], -1.5);
    }),
    (ParityFinding::Draft, |seen| seen.draft = by(seen.draft, 1.5)),
    (ParityFinding::FilterLeft, |seen| {
        seen.drops[0] = by(seen.drops[0], 1.5)
    }),
    (ParityFinding::FilterRight, |seen| {
        seen.drops[1] = by(seen.drops[1], -1.5)
    }),
    (ParityFinding::Suction, |seen| {
        seen.suction = by(seen.suction, -2.0)
    }),
    (ParityFinding::Tachometer, |seen| {
        seen.speed = by(seen.speed, -400.0);
    }),
    (ParityFinding::Drive, |seen| seen.drive = by(seen.drive, 15.0)),
    (ParityFinding::BearingOrMeter, |seen| {
        seen.power = by(seen.power, 20.0)
    }),
    (ParityFinding::BlowerMeter, |seen| {
        seen.power = by(seen.power, -20.0)
    }),
    (ParityFinding::Clogging, |seen| air(seen, 1.5)),
    (ParityFinding::Leak, |seen| air(seen, 0.7)),
    (ParityFinding::Door, |seen| air(seen, 0.25)),
    (ParityFinding::HeatAlone, |seen| {
        seen.heat = by(seen.heat, 1_500.0)
    }),
    (ParityFinding::Unisolated, |seen| {
        seen.power = by(seen.power, 20.0);
        seen.draft = by(seen.draft, 1.5);
    }),
];

/// The draft at another share, as every sensor would see it.
fn air(seen: &mut Seen, share: f64) {
    let draft_pa = 12.0 * share;
    let m3_s = crate::estimate::filter::extracted(SPEED, draft_pa, 16.0).unwrap_or(0.0);
    let slit_pa = 5.0 * m3_s * m3_s;
    seen.draft = Reading::good(Pascal::of(-draft_pa), Moment::ZERO);
    let core_pa = 20.0 * m3_s * m3_s;
    seen.suction = Reading::good(Pascal::of(-(draft_pa + core_pa - 0.6)), Moment::ZERO);
    seen.drops = [0.1, 0.0].map(|off| Reading::good(Pascal::of(draft_pa - slit_pa + off), Moment::ZERO));
}

#[test]
fn each_row_of_the_table_is_isolated_and_gone_after_its_repair() {
    for (finding, wrong) in TABLE {
        let mut run = Run::learned();
        let mut seen = well();
        wrong(&mut seen);
        run.pass(900, &seen);
        assert_eq!(
            run.finding(),
            Ok(*finding),
            "{:?}",
            run.parity.tracks.map(|track| track.said)
        );
        run.pass(120, &well());
        assert_eq!(
            run.finding(),
            Ok(*finding),
            "back inside for a moment is no repair"
        );
        run.pass(900, &well());
        assert_eq!(
            run.finding(),
            Ok(ParityFinding::None),
            "{finding:?} after its repair"
        );
    }
}

#[test]
fn a_coast_down_since_the_power_departed_tells_bearings_from_the_meter() {
    let mut seen = well();
    seen.power = by(seen.power, 20.0);
    for (share, age_s, finding) in [
        (0.8, 100.0, ParityFinding::Bearing),
        (1.0, 100.0, ParityFinding::BlowerMeter),
        (0.8, 90_000.0, ParityFinding::BearingOrMeter),
    ] {
        let mut run = Run::learned();
        let before = Seen {
            coast: Some(Coast {
                share: 1.0,
                age_s: 3_600.0,
            }),
            ..well()
        };
        run.pass(10, &before);
        let departed = Seen {
            coast: before.coast,
            ..seen
        };
        run.pass(600, &departed);
        let told = Seen {
            coast: Some(Coast { share, age_s }),
            ..seen
        };
        run.pass(300, &told);
        assert_eq!(run.finding(), Ok(finding));
    }
}

#[test]
fn where_fewer_sensors_are_left_less_is_isolated_and_that_is_said() {
    let lost = Reading::absent(Absent::NoAnswer, Moment::ZERO);
    let mut run = Run::learned();
    let mut seen = well();
    seen.exhaust[0] = by(seen.exhaust[0], 1.0);
    seen.exhaust[2] = Reading::absent(Absent::NoAnswer, Moment::ZERO);
    run.pass(900, &seen);
    assert!(
        matches!(
            run.finding(),
            Ok(ParityFinding::Exhaust | ParityFinding::Unisolated)
        ),
        "{:?}",
        run.finding()
    );
    let mut run = Run::learned();
    let mut seen = well();
    air(&mut seen, 1.5);
    seen.drops = [lost; 2];
    run.pass(900, &seen);
    assert_eq!(run.finding(), Ok(ParityFinding::PressureOrAir));
}

#[test]
fn what_is_silent_keeps_its_reason_and_its_sums() {
    let mut run = Run::learned();
    let mut seen = well();
    seen.draft = by(seen.draft, 1.5);
    run.pass(900, &seen);
    let sum = run.parity.sum(1);
    for why in [Absent::Suspended, Absent::NoAnswer] {
        let silent = Seen {
            air: Some(why),
            ..well()
        };
        run.pass(3_600, &silent);
        assert_eq!(run.parity.residual(1).value, Err(why));
        assert_eq!(run.parity.sum(1).value, sum.value, "neither grown nor cleared");
        assert_eq!(run.finding(), Ok(ParityFinding::Draft), "an absence is no repair");
    }
    let mut run = Run::learned();
    let silent = Seen {
        blower: Some(Absent::Suspended),
        air: Some(Absent::Suspended),
        heat_ways: Some(Absent::Suspended),
        heat: Reading::absent(Absent::Suspended, Moment::ZERO),
        ..well()
    };
    run.pass(10, &silent);
    assert_eq!(
        run.finding(),
        Err(Absent::Suspended),
        "nothing judged is not nothing found"
    );
}

#[test]
fn a_sensor_that_is_off_from_the_start_is_not_learned_away() {
    let mut run = Run {
        parity: Parity::new(false),
        second: 0,
    };
    let mut seen = well();
    seen.exhaust[1] = by(seen.exhaust[1], 6.0);
    run.pass(3_600, &seen);
    assert_eq!(run.finding(), Ok(ParityFinding::ExhaustB));
}

#[test]
fn what_is_wrong_while_it_is_learned_is_told_and_gone_when_it_is_mended() {
    let mut run = Run {
        parity: Parity::new(false),
        second: 0,
    };
    run.pass(600, &well());
    let mut seen = well();
    seen.exhaust[2] = by(seen.exhaust[2], -3.0);
    seen.drive = by(seen.drive, 20.0);
    run.pass(1_200, &seen);
    assert_eq!(run.finding(), Ok(ParityFinding::Unisolated), "two at once");
    run.pass(1_200, &well());
    assert_eq!(run.finding(), Ok(ParityFinding::None));
}

#[test]
fn a_drift_is_not_learned_away_however_slow() {
    let mut run = Run::learned();
    let mut seen = well();
    for _ in 0..200 {
        seen.suction = by(seen.suction, -0.02);
        run.pass(600, &seen);
    }
    assert_eq!(run.finding(), Ok(ParityFinding::Suction));
}

proptest! {
    /// Whatever is seen, nothing leaves its bounds and nothing that is absent is a number.
    #[test]
    fn whatever_is_seen_stays_bounded(
        figures in proptest::collection::vec((0_u8..6, 0_u8..8, -1e3_f64..1e3), 1..300)
    ) {
        let mut run = Run { parity: Parity::new(true), second: 0 };
        let mut seen = well();
        for (what, place, amount) in figures {
            let lost = place == 7;
            match what {
                0 => seen.exhaust[usize::from(place) % 3] = if lost { Reading::absent(Absent::NoAnswer, Moment::ZERO) } else { by(seen.exhaust[0], amount / 10.0) },
                1 => seen.draft = if lost { Reading::absent(Absent::Stuck, Moment::ZERO) } else { by(well().draft, amount / 10.0) },
                2 => seen.drops[usize::from(place) % 2] = by(well().drops[0], amount / 10.0),
                3 => seen.speed = if lost { Reading::absent(Absent::UnderRange, Moment::ZERO) } else { by(well().speed, amount) },
                4 => seen.power = by(well().power, amount),
                _ => seen.heat = by(well().heat, 10.0 * amount),
            }
            run.pass(30, &seen);
            for residual in 0..RESIDUALS {
                if let Ok(r) = run.parity.residual(residual).value {
                    prop_assert!(points::Quantity::get(r).abs() <= SHOWN_MOST);
                }
                if let Ok(sum) = run.parity.sum(residual).value {
                    prop_assert!(points::Quantity::get(sum).abs() <= 2.0);
                }
            }
        }
    }
}

/// A wheel at this share of full speed that takes what it should.
fn turning(share: f64) -> Seen {
    let power_w = 4.0 + 447.0 * share * share * share;
    Seen {
        speed: Reading::good(Rpm::of(share * 2_800.0), Moment::ZERO),
        power: Reading::good(Watt::of(power_w), Moment::ZERO),
        air: Some(Absent::Suspended),
        ..well()
    }
}

#[test]
fn a_wheel_that_slows_takes_the_power_of_its_speed_all_the_way() {
    let mut run = Run::learned();
    for second in 0..120 {
        let share = 0.3 + 0.3 * libm::exp(-f64::from(second) / 3.0);
        run.pass(1, &turning(share));
        let power = run.parity.channel(Channel::Power).unwrap_or(0.0);
        assert!(power.abs() < ALLOWANCE, "{second} s: {power}");
    }
    assert_eq!(
        run.finding(),
        Ok(ParityFinding::Drive),
        "it does not follow its drive"
    );
}

#[test]
fn a_wheel_that_is_known_to_stand_blames_nothing_then_or_when_it_runs_up_again() {
    let held = Seen {
        blower: Some(Absent::Suspended),
        // What a held wheel takes is nothing that its speed explains.
        power: Reading::good(Watt::of(60.0), Moment::ZERO),
        ..turning(0.0)
    };
    for stood_s in [5, 90, 3_600] {
        let mut run = Run::learned();
        run.pass(stood_s, &held);
        for second in 0..300 {
            run.pass(1, &turning(0.6 * (f64::from(second) * 0.08).min(1.0)));
            for channel in [Channel::Speed, Channel::Power] {
                let residual = run.parity.channel(channel).unwrap_or(0.0);
                assert!(
                    residual.abs() < ALLOWANCE,
                    "{stood_s} s, {second} s: {channel:?} {residual}"
                );
            }
            assert_eq!(run.finding().unwrap_or(ParityFinding::None), ParityFinding::None);
        }
        assert!(run.parity.channel(Channel::Speed).is_ok());
    }
}
